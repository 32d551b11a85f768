// "Run this page": the cells of a chapter become editors, and Python in this browser runs them.
//
// assets/live.js loads this when the reader asks for it. The page's own notebook says what its cells
// are, those that the page does not show among them. What a cell gives stands where its stored output
// stood; what the reader has changed is kept in this browser and can be taken away as a notebook.
import { emptyCell, isAnswer, isTest, keepAdded, keptAdded, Tests, TextAnswer, verdict, withAdded } from "./assignment.js";
import { mount } from "./editor.js";
import { Python } from "./python.js";

const KEPT = `w2v-live:${location.pathname}`; // label of a cell -> what the reader has made of it
const LARGE = 1.5e9; // bytes of memory that are worth a word
const SLOW = 3000; // ms after which a running cell says how long it has run

function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("aria-") || name.startsWith("data-") || name === "role" || name === "class") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const plural = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;

// ---- what a cell shows ----

const LINE = /^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$/;

// The little of Markdown that a cell of the book makes: tables, bold, italics, formulas as they are.
function markdown(text) {
  const place = h("div", { class: "output text_markdown" });
  const inline = (source) => source.split(/(\*\*[^*]+\*\*|\*[^*]+\*|\$[^$]+\$)/).map((part) => {
    if (part.startsWith("**")) return h("strong", {}, part.slice(2, -2));
    if (part.startsWith("*") && part.length > 2) return h("em", {}, part.slice(1, -1));
    return part.startsWith("$") ? h("em", {}, part.slice(1, -1)) : part;
  });
  let table = null;
  for (const line of text.split("\n")) {
    if (/^:{3}|^:name:/.test(line) || LINE.test(line)) {
      if (line.startsWith(":::{")) place.append(h("p", {}, ...inline(line.replace(/^:+\{\w+\}\s*/, ""))));
    } else if (line.startsWith("|")) {
      const row = h("tr", {}, ...line.slice(1, -1).split("|").map((cell) => h(table ? "td" : "th", {}, ...inline(cell.trim()))));
      if (!table) place.append((table = h("table", { class: "table" })));
      table.append(row);
    } else {
      table = null;
      if (line.trim()) place.append(h("p", {}, ...inline(line)));
    }
  }
  return place;
}

function printed(kind) {
  const box = h("pre", { class: "live-text" });
  return h("div", { class: `output ${kind} notranslate` }, h("div", { class: "highlight" }, box));
}

const sorted = (value) =>
  value && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
    : Array.isArray(value) ? value.map(sorted) : value;

// ---- a cell ----

class Cell {
  constructor(chapter, number, { id, source, label, element, tags, metadata = {}, after = "" }) {
    // Of an assignment: a cell that students may not change, a test, one that they added behind another.
    const locked = chapter.assignment && metadata.editable === false;
    const test = chapter.assignment && isTest(metadata);
    Object.assign(this, { chapter, number, id, source, label, element, tags, locked, test, after });
    this.code = source; // as it stands in the editor
    this.state = "new"; // new, waiting, running, done, failed
    this.record = null; // what it printed when it ran last
    this.name = after ? `your cell ${number}` : `cell ${number}`;
  }

  get visible() {
    return Boolean(this.element);
  }

  get edited() {
    return this.code !== this.source;
  }

  // The page's code becomes an editor, with buttons below it.
  open() {
    const stored = this.element?.querySelector(".cell_input .highlight");
    if (stored && !this.locked) {
      const place = h("div", { class: "highlight live-editor" });
      stored.parentElement.after(place);
      stored.parentElement.classList.add("live-stored");
      this.editor = mount(place, {
        source: this.code,
        label: `Code of ${this.name}. Shift and Enter run it; Escape, then Tab, leaves it.`,
        changed: (text) => this.changed(text),
        run: (way) => this.chapter.pressed(this, way),
        complete: (text) => this.chapter.python.ask("complete", text),
      });
    }
    if (!this.element) return;
    this.said = h("span", { class: "live-said" });
    const button = (text, title, press) => h("button", { type: "button", title, onclick: press }, text);
    this.runButton = button("Run", "Run this cell (Shift+Enter), after those above that have not run", () => this.chapter.pressed(this, "stay"));
    this.runButton.setAttribute("aria-label", `Run ${this.name}`);
    this.aboveButton = button("Run all above", "Run all cells above, then this one (Alt+Enter)", () => this.chapter.pressed(this, "above"));
    this.resetButton = button("Reset", "Back to the book's own code and output", () => this.reset());
    this.resetButton.hidden = !this.edited;
    this.bar = h("div", { class: "live-cell" }, this.runButton, ...(stored ? [this.aboveButton] : []), this.resetButton, this.said);
    if (this.tags.includes("own-text")) this.bar.append(this.#picker());
    if (this.chapter.assignment) {
      if (this.after) this.bar.insertBefore(button("Remove", "Take your cell out", () => this.chapter.remove(this)), this.said);
      this.bar.insertBefore(button("Add a cell", "Put a cell of your own below this one", () => this.chapter.add(this)), this.said);
    }
    if (!stored && !this.element.querySelector(".cell_output")) return;
    const output = this.element.querySelector(":scope > .cell_output");
    if (output) output.before(this.bar);
    else this.element.append(this.bar);
    if (!stored) this.bar.classList.add("live-quiet");
  }

  // A text of the reader's, for this cell; Python finds it as my_text.txt.
  #picker() {
    const field = h("input", { type: "file", accept: ".txt,text/plain", hidden: true });
    const button = h("button", { type: "button", onclick: () => field.click() }, "Choose your text");
    field.addEventListener("change", async () => {
      const [file] = field.files;
      if (!file) return;
      this.chapter.python.put("my_text.txt", new Uint8Array(await file.arrayBuffer()));
      button.textContent = `Choose your text (now ${file.name})`;
      this.chapter.pressed(this, "stay");
    });
    return h("span", {}, button, field);
  }

  changed(text) {
    this.code = text;
    this.resetButton.hidden = !this.edited && !this.shown;
    if (this.state === "done" || this.state === "failed") this.say("edited since it ran");
    this.chapter.tests?.show(true);
    this.chapter.keep();
  }

  say(text) {
    if (this.said) this.said.textContent = text;
  }

  // Where outputs stand: in the cell's figure, above its caption, or in the cell.
  get slot() {
    let output = this.element.querySelector(":scope > .cell_output");
    if (!output) {
      output = h("div", { class: "cell_output docutils container" });
      this.element.append(output);
    }
    return output.querySelector("figure:has(> figcaption)") ?? output;
  }

  begin() {
    this.record = { text: "", plain: [], error: "", images: 0, widgets: 0, ms: 0 };
    this.made = [];
    if (!this.visible) return;
    this.element.classList.add("live-running");
    const slot = this.slot;
    this.stored ??= { slot, nodes: [...slot.childNodes].filter((node) => node.nodeName !== "FIGCAPTION") };
  }

  // Takes the place of what stands there; the stored output stays at hand for Reset.
  #empty() {
    if (this.shown) return;
    const slot = this.slot;
    this.box?.remove();
    for (const node of this.stored.nodes) node.remove?.();
    this.box = h("div", { class: "live-output" });
    slot.insertBefore(this.box, slot.querySelector(":scope > figcaption"));
    this.shown = true;
  }

  show(data) {
    const { record } = this;
    if (data.type === "text") {
      if (data.stream === "stdout") record.text += data.text;
      else record.errors = (record.errors ?? "") + data.text;
    } else if (data.type === "error") record.error = data.text;
    else if (data.type === "show") {
      record.plain.push(data.markdown ?? data.plain);
      if (data.png) record.images++;
      if (data.widget) record.widgets++;
    }
    if (!this.visible) return;
    if (data.type === "show" && data.widget && this.#unchanged(data.widget)) {
      this.kept = true;
      return;
    }
    if (!this.fresh) {
      this.shown = false; // what this run shows takes the place of what the last one did
      this.#empty();
      this.fresh = true;
    }
    this.#add(data);
  }

  #add(data) {
    const { box } = this;
    if (data.type === "text") {
      let last = box.lastElementChild;
      if (last?.dataset.stream !== data.stream) {
        last = printed("stream");
        last.dataset.stream = data.stream;
        if (data.stream === "stderr") last.classList.add("live-stderr");
        box.append(last);
      }
      last.querySelector("pre").append(data.text);
    } else if (data.type === "error") {
      const place = printed("traceback live-error");
      place.querySelector("pre").textContent = data.text;
      box.append(place);
    } else if (data.type === "left-out") {
      box.append(h("p", { class: "live-note" }, `${megabytes(data.size)} more were printed; a page shows the first 0.4 MB of a cell.`));
    } else if (data.png) {
      const image = h("img", { alt: this.#alt(), src: `data:image/png;base64,${data.png}` });
      box.append(h("div", { class: "output image_png" }, image));
    } else if (data.widget) {
      const place = h("div", { class: "widget" });
      box.append(place);
      this.chapter.draw(data.widget, place, data.html);
    } else if (data.html) {
      const place = h("div", { class: "output text_html" });
      place.innerHTML = data.html;
      box.append(place);
    } else if (data.markdown) box.append(markdown(data.markdown));
    else {
      const place = printed("text_plain");
      place.querySelector("pre").textContent = data.plain;
      box.append(place);
    }
  }

  // A figure that would be the same stays as the reader has left it, answers that were typed included.
  #unchanged(widget) {
    const key = JSON.stringify(sorted(widget));
    if (this.widgetKey !== undefined) return this.widgetKey === key && !this.edited;
    this.widgetKey = key;
    return !this.edited && this.tags.includes("remove-input") && !this.chapter.anyEdited;
  }

  #alt() {
    const stored = this.stored?.nodes.flatMap((node) => [...(node.querySelectorAll?.("img") ?? []), ...(node.nodeName === "IMG" ? [node] : [])])[0];
    if (!this.edited && !this.chapter.anyEdited && stored?.alt) return stored.alt;
    return `Figure drawn by ${this.name}, run in this page`;
  }

  end({ ok, ms, stopped, fatal }) {
    this.state = ok ? "done" : stopped ? "new" : "failed";
    this.element?.classList.remove("live-running");
    if (this.record) Object.assign(this.record, { ms, ok: Boolean(ok) });
    if (fatal) this.show({ type: "error", text: `Python starts anew with the next cell that you run.\nPython ended: ${fatal}\n` });
    else if (this.visible && ok && !this.fresh && !this.kept && this.stored) {
      this.shown = false;
      if (!this.stored.slot.querySelector(":scope > figcaption") || this.box) this.#empty(); // it shows nothing now
    }
    this.fresh = this.kept = false;
    if (this.resetButton) this.resetButton.hidden = !this.edited && !this.shown;
    const seconds = `${(ms / 1000).toFixed(ms < 995 ? 2 : 1)} s`;
    this.say(this.test && !stopped ? verdict(this) : ok ? `ran in ${seconds}` : stopped ? "stopped" : "ended with an error");
  }

  reset() {
    this.editor?.set(this.source);
    this.code = this.source;
    if (this.shown) {
      this.box.remove();
      const caption = this.stored.slot.querySelector(":scope > figcaption");
      for (const node of this.stored.nodes) this.stored.slot.insertBefore(node, caption);
      this.shown = false;
    }
    this.state = "new";
    this.widgetKey = undefined;
    this.resetButton.hidden = true;
    this.say("");
    this.chapter.keep();
    this.runButton.focus();
  }
}

// ---- the chapter ----

class Chapter {
  constructor(bar, notebook, cells) {
    this.bar = bar;
    this.assignment = bar.dataset.assignment !== undefined;
    this.notebook = notebook;
    this.queue = [];
    this.python = new Python(new URL(".", import.meta.url), (event) => this.#hear(event));
    this.#makeBar();
    const kept = this.#kept();
    this.cells = cells.map((cell, at) => new Cell(this, at + 1, cell));
    for (const cell of this.cells) {
      cell.code = kept[cell.id] ?? cell.source;
      cell.open();
    }
    this.texts = [];
    if (this.assignment) this.#openAssignment(kept);
    const changed = [...this.cells, ...this.texts].filter((cell) => cell.edited).length;
    if (changed) this.tell(`${plural(changed, "cell")} as you left them.`);
  }

  #openAssignment(kept) {
    const { prefix } = this.bar.dataset;
    for (const cell of this.notebook.cells.filter(isAnswer)) {
      const text = new TextAnswer(this, { id: cell.id, source: [cell.source].flat().join(""), label: `${prefix}${cell.id.toLowerCase()}` });
      text.code = kept[cell.id] ?? text.source;
      text.open(h);
      this.texts.push(text);
    }
    for (const { id, after, code } of keptAdded()) {
      const above = this.cells.find((cell) => cell.id === after);
      if (above) this.#put(above, id, code);
    }
    this.tests = new Tests(h, this.bar, this.cells.filter(({ test }) => test));
  }

  // Puts a cell of the student's behind another.
  #put(above, id, code) {
    const label = `${this.bar.dataset.prefix}${id}`;
    const element = emptyCell(h, label);
    above.element.after(element);
    this.own = (this.own ?? 0) + 1;
    const cell = new Cell(this, this.own, { id, label, element, source: "", tags: [], after: above.id });
    cell.code = code;
    this.cells.splice(this.cells.indexOf(above) + 1, 0, cell);
    cell.open();
    return cell;
  }

  add(above) {
    const id = `added-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16)}`;
    // No two stand behind the same cell, so their order is told by what each stands behind.
    for (const one of this.cells) if (one.after === above.id) one.after = id;
    const cell = this.#put(above, id, "");
    this.keep();
    cell.editor.focus();
  }

  remove(cell) {
    if (cell === this.running || this.queue.includes(cell)) return;
    for (const one of this.cells) if (one.after === cell.id) one.after = cell.after;
    this.cells.splice(this.cells.indexOf(cell), 1);
    cell.element.remove();
    this.keep();
    this.cells.find(({ id }) => id === cell.after).runButton.focus();
  }

  get anyEdited() {
    return this.cells.some((cell) => cell.edited);
  }

  #makeBar() {
    const button = (text, press, title = "") => h("button", { type: "button", title, onclick: press }, text);
    this.runAll = this.assignment
      ? button("Run all and check", () => this.check(), "Start Python anew, run every cell in order, and list the visible tests")
      : button("Run all", () => this.run(this.cells), "Run every cell of this page, in order");
    this.stopButton = button("Stop", () => this.stop(), "End what runs; Python then starts anew");
    this.resetAll = button("Reset all", () => this.reset(), "Back to the book's own code and outputs");
    this.download = this.assignment
      ? button("Download to hand in", () => this.save(), "The notebook with your answers")
      : button("Download as a notebook", () => this.save(), "With your changes, for Jupyter");
    this.stopButton.hidden = true;
    this.progress = h("progress", { max: 1, hidden: true, "aria-label": "Loading Python" });
    this.said = h("span", { class: "live-state", role: "status" });
    this.bar.replaceChildren(this.runAll, this.stopButton, this.resetAll, this.download, this.progress, this.said);
    this.bar.classList.add("live-open");
  }

  // Said to everyone, by screen readers, too.
  tell(text) {
    this.said.textContent = text;
  }

  #hear(event) {
    if (event.type === "progress") {
      this.progress.hidden = false;
      this.progress.value = event.here / event.total;
      const loaded = event.here === event.total;
      this.said.textContent = loaded ? "Starting Python" : `Loading Python: ${megabytes(event.here)} of ${megabytes(event.total)}`;
    } else if (event.type === "ready") {
      this.progress.hidden = true;
      if (!this.running) this.tell("Python is ready: run any cell, or all. Nothing that you type leaves this machine.");
    } else if (event.type === "fetching") this.tell(`Loading ${megabytes(event.size)} more`);
    else if (event.type === "fatal") {
      this.progress.hidden = true;
      this.tell(`Python ended: ${event.text}`);
    }
  }

  async start() {
    try {
      await this.python.start();
    } catch (error) {
      if (!error.stopped) this.tell(`Python could not be started: ${error.message}.`);
    }
  }

  // A reader has asked for a cell: those above run first, all of them or those that have not run.
  pressed(cell, way) {
    const above = this.cells.slice(0, this.cells.indexOf(cell));
    // In an assignment, those that were edited since they ran have not run as they stand.
    const waits = ({ state, code, ran }) => state === "new" || state === "failed" || (this.assignment && code !== ran);
    const first = way === "above" ? above : above.filter(waits);
    const others = first.filter((one) => !this.queue.includes(one) && one !== this.running);
    // In an assignment what is not yet written must not stand in the way of what follows.
    this.run([...others, cell], { goOn: this.assignment });
    if (way !== "next") return;
    const next = this.cells.slice(this.cells.indexOf(cell) + 1).find(({ editor, element }) => editor && element.getClientRects().length && !element.querySelector("details:not([open]) .live-editor"));
    next?.editor.focus();
  }

  // As the student's visible_tests.py does: from nothing, past what fails.
  check() {
    if (this.running) return;
    this.python.stop();
    this.#forget(null);
    this.checking = true;
    this.run(this.cells, { goOn: true });
  }

  async run(cells, { goOn = false } = {}) {
    for (const cell of cells) {
      if (this.queue.includes(cell)) continue;
      cell.state = "waiting";
      cell.say("waits");
      this.queue.push(cell);
    }
    if (this.running) return this.finished;
    this.finished = this.#work(goOn);
    return this.finished;
  }

  async #work(goOn) {
    this.stopButton.hidden = false;
    let failed = null;
    let last = null;
    let ran = 0;
    while (this.queue.length) {
      const cell = this.queue.shift();
      this.running = last = cell;
      cell.state = "running";
      cell.ran = cell.code;
      cell.say("runs");
      const begin = performance.now();
      const clock = setInterval(() => {
        const passed = performance.now() - begin;
        if (passed > SLOW) cell.say(`runs for ${Math.round(passed / 1000)} s (Stop is at the top of the page)`);
        if (passed > SLOW && cell.runButton) this.#stopHere(cell);
      }, 500);
      cell.begin();
      const result = await this.python.run(cell.code, cell.name, (data) => cell.show(data));
      clearInterval(clock);
      this.#stopHere(null);
      cell.end({ ...result, ms: result.ms ?? performance.now() - begin });
      ran++;
      this.memory = result.memory ?? this.memory;
      if (result.stopped || result.fatal) this.#forget(result.fatal ? cell : null);
      if (!result.ok && (!goOn || this.stopped || result.fatal)) {
        failed = cell;
        for (const waiting of this.queue.splice(0)) {
          waiting.state = "new";
          waiting.say("");
        }
      }
      await new Promise((done) => setTimeout(done)); // the page may paint
    }
    this.running = null;
    this.stopButton.hidden = true;
    const memory = this.memory > LARGE ? ` Python holds ${megabytes(this.memory)}.` : "";
    if (this.stopped) this.tell("Stopped. Python starts anew: with the next cell, those above it run again.");
    else if (this.checking) this.tell(this.#checked());
    else if (failed) this.tell(`${failed.name[0].toUpperCase()}${failed.name.slice(1)} ended with an error: ${failed.record?.error.trim().split("\n").pop() || "Python ended"}`);
    else this.tell(ran === 1 ? `${last.name[0].toUpperCase()}${last.name.slice(1)} has run.${memory}` : `${plural(ran, "cell")} have run.${memory}`);
    if (this.checking && !this.stopped) this.tests.box.open = true;
    this.tests?.show();
    this.stopped = this.checking = false;
  }

  // What a check found, in a line; where the course's own cells fail, that first: it is the id mostly.
  #checked() {
    const course = this.cells.find(({ locked, test, state }) => locked && !test && state === "failed");
    const why = course ? `${course.record.error.trim().split("\n").pop().replace(/^[\w.]+: /, "")}. ` : "";
    const { pass, fail } = this.tests.count();
    return `${why}${pass} of ${plural(pass + fail, "visible test")} ${pass === 1 ? "passes" : "pass"}. This is no grade.`;
  }

  // A cell that takes long has its own button to stop it.
  #stopHere(cell) {
    if (this.stopping && this.stopping !== cell) {
      this.stopping.runButton.textContent = "Run";
      this.stopping.runButton.onclick = ((one) => () => this.pressed(one, "stay"))(this.stopping);
      this.stopping = null;
    }
    if (cell && this.stopping !== cell) {
      this.stopping = cell;
      cell.runButton.textContent = "Stop";
      cell.runButton.onclick = () => this.stop();
    }
  }

  // A new interpreter knows nothing of what has run.
  #forget(but) {
    for (const cell of this.cells) {
      if (cell !== but && (cell.state === "done" || cell.state === "failed")) cell.state = "new";
    }
  }

  stop() {
    if (!this.running) return;
    this.stopped = true;
    this.python.stop();
  }

  async reset() {
    if (this.assignment && !confirm("Take all your answers out of this page? They cannot be brought back.")) return;
    this.stop();
    if (this.running) await this.finished;
    for (const cell of this.cells.filter(({ after }) => after)) this.remove(cell);
    for (const text of this.texts) text.reset();
    for (const cell of this.cells) if (cell.resetButton && !cell.resetButton.hidden) cell.reset();
    this.#forget(null);
    this.tests?.show();
    this.tell("The page is as it was.");
    this.runAll.focus();
  }

  #kept() {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      return {};
    }
  }

  keep() {
    const edited = [...this.cells, ...this.texts].filter((cell) => cell.edited && !cell.after);
    const edits = Object.fromEntries(edited.map((cell) => [cell.id, cell.code]));
    try {
      if (this.assignment) keepAdded(this.cells);
      if (Object.keys(edits).length) localStorage.setItem(KEPT, JSON.stringify(edits));
      else localStorage.removeItem(KEPT);
    } catch {
      this.tell("This browser keeps nothing: download the notebook before you leave.");
    }
  }

  // The notebook with the reader's code; its outputs come when it is run.
  save() {
    const codes = new Map([...this.cells, ...this.texts].map((cell) => [cell.id, cell.code]));
    const lines = (text) => (text ? text.split(/(?<=\n)/) : []);
    const all = withAdded(this.notebook.cells, this.cells.filter(({ after }) => after));
    const cells = all.map((cell) => {
      const source = lines(codes.get(cell.id) ?? [cell.source].flat().join(""));
      return cell.cell_type === "code" ? { ...cell, source, outputs: [], execution_count: null } : { ...cell, source };
    });
    const file = new Blob([`${JSON.stringify({ ...this.notebook, cells }, null, 1)}\n`], { type: "application/x-ipynb+json" });
    const url = URL.createObjectURL(file);
    const name = location.pathname.split("/").pop().replace(/\.html$/, ".ipynb");
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async draw(widget, place, words) {
    try {
      await window.w2vFigures.draw(widget, place);
    } catch (error) {
      place.innerHTML = words;
      place.prepend(h("p", { class: "live-note" }, `This figure could not be drawn: ${error.message}`));
    }
  }
}

// begin(bar) makes the page live; bar is the element that held the button.
export async function begin(bar) {
  const { prefix, notebook } = bar.dataset;
  const response = await fetch(notebook);
  if (!response.ok) throw new Error("the notebook of this page was not found");
  const document_ = await response.json();
  const cells = document_.cells
    .filter(({ cell_type: kind }) => kind === "code")
    .map(({ id, source, metadata }) => {
      const label = prefix + id.toLowerCase().replace(new RegExp(`^${prefix}`), "");
      return { id, label, metadata, source: [source].flat().join(""), tags: metadata.tags ?? [], element: document.getElementById(label)?.closest(".cell") };
    })
    .filter(({ source }) => source.trim());
  const live = new Chapter(bar, document_, cells);
  window.w2vLive = live;
  await live.start();
  return live;
}
