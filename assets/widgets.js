// Brings the book's interactive figures to life without a kernel and without a foreign host.
//
// MyST-NB writes the state of all widgets of a notebook into the page's head, and a small script
// element in the place of each view. Ours are anywidgets: their JavaScript is part of the state, so
// all there is to do is to import it and to call its render() with a model made from that state.
// Widgets of any other kind live in a Python kernel; in their place stands a note that says so.

const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

// A state without its values or without an author's module is damaged, whatever the reason.
function readStates() {
  const states = {};
  for (const script of document.querySelectorAll(STATE)) {
    Object.assign(states, JSON.parse(script.textContent).state);
  }
  return states;
}

function toDataView(base64) {
  return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}

// The part of a Jupyter widget model that a figure needs: values, and who wants to hear of changes.
class Model {
  #values;
  #listeners = new Map();

  constructor({ state, buffers = [] }) {
    this.#values = { ...state };
    for (const { path, data } of buffers) {
      // Binary traits are kept apart in the saved state; path says where they belong.
      const keys = [...path];
      const last = keys.pop();
      keys.reduce((part, key) => part[key], this.#values)[last] = toDataView(data);
    }
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    const changes = typeof name === "object" ? name : { [name]: value };
    const changed = Object.keys(changes).filter((key) => this.#values[key] !== changes[key]);
    Object.assign(this.#values, changes);
    for (const key of changed) this.#tell(`change:${key}`, this.#values[key]);
    if (changed.length) this.#tell("change");
  }

  on(events, callback) {
    for (const event of events.split(" ")) {
      if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
      this.#listeners.get(event).add(callback);
    }
  }

  off(events, callback) {
    for (const event of events ? events.split(" ") : this.#listeners.keys()) {
      if (callback) this.#listeners.get(event)?.delete(callback);
      else this.#listeners.delete(event);
    }
  }

  // No kernel listens behind this page: there is nobody to save for or to send to.
  save_changes() {}
  send() {}

  #tell(event, value) {
    for (const callback of [...(this.#listeners.get(event) ?? [])]) callback(this, value);
  }
}

async function start(saved) {
  const model = new Model(saved);
  const url = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
  const module = await import(url);
  URL.revokeObjectURL(url);
  const widget = typeof module.default === "function" ? await module.default() : module.default;
  if (!widget?.render) throw new Error("its module has no render function");
  if (model.get("_css")) {
    const style = document.createElement("style");
    style.textContent = model.get("_css");
    document.head.append(style);
  }
  await widget.initialize?.({ model });
  return { model, widget };
}

function note(place, text) {
  const paragraph = document.createElement("p");
  paragraph.className = "widget-note";
  paragraph.textContent = text;
  place.replaceChildren(paragraph);
}

async function show(view, states, started) {
  const place = document.createElement("div");
  place.className = "widget";
  view.after(place);
  try {
    if (!states) throw new Error("the state saved in this page cannot be read");
    const id = JSON.parse(view.textContent).model_id;
    const saved = states[id];
    if (!saved) throw new Error("this page holds no saved state for it");
    if (!saved.state?._esm) {
      note(place, "This control needs a running Python kernel. Download the notebook (button at the top of the page) and run it to use the control.");
      return;
    }
    // Views of one model share it, as they do in Jupyter.
    started[id] ??= start(saved);
    const { model, widget } = await started[id];
    await widget.render({ model, el: place });
  } catch (error) {
    note(place, `This interactive figure could not be started: ${error.message}.`);
    // Behind the view stands, for readers without scripts, what the figure shows in words.
    const next = view.parentElement.querySelector("noscript");
    const words = new DOMParser().parseFromString(next?.textContent ?? "", "text/html");
    place.firstChild.append(` ${words.body.textContent.trim()}`);
  }
}

const views = document.querySelectorAll(VIEW);
if (views.length) {
  let states = null;
  try {
    states = readStates();
  } catch {
    // Said in the place of each figure, where the reader looks.
  }
  const started = {};
  for (const view of views) show(view, states, started);
}
