// Python in a worker, as the page sees it: started, asked to run cells, stopped.

export class Python {
  #worker = null;
  #module = null; // compiled once, and given to the next worker after a stop
  #waiting = new Map();
  #next = 0;
  #show = () => {};
  #started = null;
  #abort = null; // rejects what #started promises
  #files = new Map(); // the reader's, given to the next worker, too

  // tell hears of what happens: {type: "progress" | "ready" | "fetching" | "fatal", ...}.
  constructor(base, tell = () => {}) {
    this.base = base;
    this.tell = tell;
    this.busy = false;
    this.ready = false;
  }

  // Starts the interpreter unless it runs; resolves when it is ready.
  start() {
    this.#started ??= new Promise((resolve, reject) => {
      this.#abort = reject;
      this.#start(reject).then(resolve, (error) => {
        if (this.#abort === reject) this.stop({ fatal: error.message });
      });
    });
    return this.#started;
  }

  async #start(abort) {
    this.manifest ??= await this.#manifest();
    if (this.#abort !== abort) return; // stopped meanwhile
    const worker = new Worker(new URL("worker.js", this.base), { type: "module" });
    this.#worker = worker;
    await new Promise((resolve) => {
      worker.onerror = (event) => {
        event.preventDefault?.();
        if (worker !== this.#worker) return;
        this.#die(event.message || "the worker could not be started");
      };
      worker.onmessage = ({ data }) => {
        if (worker !== this.#worker) return;
        if (data.type === "ready") {
          this.#module = data.module;
          this.ready = true;
          this.tell({ type: "ready", times: data.times, memory: data.memory });
          resolve();
        } else if (data.type === "done") {
          const { resolve: answer } = this.#waiting.get(data.id);
          this.#waiting.delete(data.id);
          answer(data);
        } else if (data.type === "fatal") this.#die(data.text);
        else if (data.type === "progress" || data.type === "fetching") this.tell(data);
        else this.#show(data);
      };
      worker.postMessage({ type: "start", base: this.base.href, manifest: this.manifest, module: this.#module });
    });
    for (const [name, data] of this.#files) worker.postMessage({ type: "put", name, data });
  }

  async #manifest() {
    const response = await fetch(new URL("manifest.json", this.base));
    if (!response.ok) throw new Error("Python is not part of this copy of the book");
    return response.json();
  }

  #die(text) {
    this.stop({ fatal: text });
    this.tell({ type: "fatal", text });
  }

  #ask(message) {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, { resolve });
      this.#worker.postMessage({ ...message, id });
    });
  }

  // Runs a cell; show hears of each output. Resolves with {ok, ms, memory}, or {stopped} or {fatal}.
  async run(source, name, show = () => {}) {
    try {
      await this.start();
    } catch (error) {
      return { ok: false, stopped: error.stopped, fatal: error.fatal };
    }
    this.busy = true;
    this.#show = show;
    try {
      return await this.#ask({ type: "run", source, name });
    } finally {
      this.busy = false;
      this.#show = () => {};
    }
  }

  // Puts a file where cells find it by its name.
  put(name, data) {
    this.#files.set(name, data);
    this.#worker?.postMessage({ type: "put", name, data });
  }

  // Asks a function of w2v_page; null while a cell runs.
  async ask(type, ...values) {
    if (!this.ready || this.busy) return null;
    return (await this.#ask({ type, values })).value ?? null;
  }

  // Ends the interpreter, whatever it does; all that it knew is gone, and whoever waits hears why.
  stop(why = { stopped: true }) {
    this.#worker?.terminate();
    this.#worker = this.#started = null;
    this.busy = this.ready = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { resolve } of waiting) resolve({ ok: false, ...why });
    const abort = this.#abort;
    this.#abort = null;
    abort?.(Object.assign(new Error(why.fatal ?? "stopped"), why)); // nothing where it had started
  }
}
