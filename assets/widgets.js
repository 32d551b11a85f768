// Brings the book's interactive figures to life without a kernel and without a foreign host.
//
// MyST-NB writes the state of all widgets of a notebook into the page's head, and a small script
// element in the place of each view. Ours are anywidgets: their JavaScript is part of the state, so
// all there is to do is to import it and to call its render() with a model made from that state.
// Widgets of any other kind live in a Python kernel; in their place stands a note that says so.
// A figure starts when the reader comes near: until then a page neither computes nor loads what is
// not seen yet.
//
// A setting of a figure can be linked to: ?learning_clock.t=0.12&learning_clock.d=8 in the address.
// The second figure of a kind on a page is called learning_clock2.

const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

// A state without its values or without an author's module is damaged, whatever the reason.
function readStates() {
  const states = {};
  for (const script of document.querySelectorAll(STATE)) {
    Object.assign(states, JSON.parse(script.textContent).state);
  }
  // What figures share is saved once (w2vbook/sphinx/widget_states.py).
  for (const one of Object.values(states)) {
    for (const [name, value] of Object.entries(one?.state ?? {})) {
      if (value?.$same) one.state[name] = states[value.$same].state[name];
    }
    for (const part of one?.buffers ?? []) {
      const same = ({ path }) => String(path) === String(part.path);
      if (part.$same) Object.assign(part, { ...states[part.$same].buffers.find(same), path: part.path });
    }
  }
  return states;
}

// What is long stands in a script of its own (widget_states.py): a page opened as a file may not fetch.
const files = {};

function load(address) {
  files[address] ??= new Promise((done, fail) => {
    const name = address.split("/").pop();
    const onload = () => (window.w2vData?.[name] ? done(window.w2vData[name]) : fail(new Error(`${name} is damaged`)));
    const onerror = () => {
      delete files[address]; // the next view tries again
      fail(new Error(`its numbers (${name}) cannot be loaded`));
    };
    document.head.append(h("script", { src: address, onload, onerror }));
  });
  return files[address];
}

async function loadAll({ buffers = [] }) {
  for (const part of buffers) if (part.$file) part.data ??= await load(part.$file);
}

function toDataView(base64) {
  return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}

// The part of a Jupyter widget model that a figure needs: values, and who wants to hear of changes.
class Model {
  #values;
  #listeners = new Map();
  #moved;

  // moved is called when the reader has changed something.
  constructor({ state, buffers = [] }, moved = () => {}) {
    this.#moved = moved;
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

  // No kernel listens behind this page: there is nobody to send to, and the address keeps what is saved.
  save_changes() {
    this.#moved();
  }

  send() {}

  #tell(event, value) {
    for (const callback of [...(this.#listeners.get(event) ?? [])]) callback(this, value);
  }
}

// ---- settings in the address ----

const LONGEST = 300; // letters of a text that a link carries
const REST = 500; // ms between two changes of the address: Safari stops at 100 in 30 s

// What may stand in the address for each kind of value; undefined: nothing of this kind.
const READ = {
  whole: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined),
  number: (text) => (/^-?(\d+\.?\d*|\.\d+)(e-?\d{1,3})?$/i.test(text) ? Number(text) : undefined),
  truth: (text) => (text === "true" || text === "false" ? text === "true" : undefined),
  text: (text) => (text.length <= LONGEST ? text : undefined),
};

// Items stand between commas; a comma inside an item has a backslash before it.
function split(text) {
  const items = [""];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === ",") items.push("");
    else items[items.length - 1] += text[i] === "\\" ? text[++i] ?? "" : text[i];
  }
  return text ? items : [];
}

function readValue(text, { kind, many, low, high, length, choices }) {
  const values = (many ? split(text) : [text]).map(READ[kind]);
  const inside = (value) => Number.isFinite(value) && value >= (low ?? value) && value <= (high ?? value);
  const fits = kind === "number" || kind === "whole" ? inside : (value) => value !== undefined && (choices?.includes(value) ?? true);
  if (!values.every(fits) || values.length !== (length ?? values.length)) return undefined;
  return many ? values : values[0];
}

function writeValue(value, { kind, many }) {
  const write = (one) => String(kind === "number" ? Number(Number(one).toPrecision(6)) : one).replace("e+", "e");
  return many ? [value].flat().map((one) => write(one).replace(/[\\,]/g, "\\$&")).join(",") : write(value);
}

// What the address asks of a figure: [trait, text, value], the value undefined where it does not fit.
function askedOf({ name, linked }) {
  const found = new Map();
  for (const [key, text] of new URLSearchParams(location.search)) {
    if (!key.startsWith(`${name}.`)) continue;
    const trait = key.slice(name.length + 1);
    found.set(trait, [trait, text, Object.hasOwn(linked, trait) ? readValue(text, linked[trait]) : undefined]);
  }
  return [...found.values()];
}

// The whole setting of a figure, the way the address holds it. What was empty and is empty says nothing.
function settingOf({ name, linked, saved, model }) {
  const pairs = [];
  for (const [trait, kind] of Object.entries(linked)) {
    const text = writeValue(model.get(trait), kind);
    if (text.length > LONGEST || (!text && !writeValue(saved.state[trait], kind))) continue;
    pairs.push(`${name}.${trait}=${encodeURIComponent(text).replaceAll("%2C", ",")}`);
  }
  return pairs;
}

const figures = []; // those of this page that can be linked to, in their order
let resting = 0;

function writeAddress() {
  resting = 0;
  const moved = figures.filter((figure) => figure.moved);
  const own = (key = "") => moved.some(({ name }) => key.startsWith(`${name}.`));
  const keyOf = (pair) => new URLSearchParams(pair).keys().next().value;
  const others = location.search.slice(1).split("&").filter((pair) => pair && !own(keyOf(pair)));
  const query = [...others, ...moved.flatMap(settingOf)].join("&");
  try {
    history.replaceState(history.state, "", `${location.pathname}${query && "?"}${query}${location.hash}`);
  } catch {
    // A browser may forbid it for files; the button below the figure does without.
  }
}

function linkTo(figure, place) {
  const anchor = place.closest("[id]")?.id ?? "";
  return `${location.href.split(/[?#]/)[0]}?${settingOf(figure).join("&")}#${anchor}`;
}

function h(tag, attributes, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

function addTools(figure, place) {
  const said = h("span", {});
  said.setAttribute("role", "status");
  const field = h("input", { readOnly: true, hidden: true });
  field.setAttribute("aria-label", "Link to this setting");
  const copy = async () => {
    const link = linkTo(figure, place);
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = "Copied.";
      field.hidden = true;
    } catch {
      // No right to the clipboard, or none at all outside https: the reader copies by hand.
      Object.assign(field, { value: link, hidden: false });
      field.select();
      said.textContent = "Copy it from here:";
    }
  };
  const button = h("button", { type: "button", onclick: copy }, "Copy link to this setting");
  const tools = h("div", { className: "widget-tools" }, button, said, field);
  place.after(tools);
  return tools;
}

function cut(text) {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function sayRefused(figure, refused, above) {
  const asked = refused.map(([trait, text]) => `${cut(trait)} = “${cut(text)}”`);
  const text = `The link asks for ${asked.join(", ")}, which this figure cannot show.`;
  figure.note = h("p", { className: "widget-note" }, text);
  above.after(figure.note);
}

// ---- figures ----

const FAILED = ".w2v.failed"; // a panel that says why it shows nothing
const styles = new Set(); // that stand in this page

// The figure as it is saved, but for the values that the address asks for.
async function start(figure, asked = []) {
  const { saved } = figure;
  const model = new Model(saved, () => {
    figure.moved = true;
    figure.note?.remove();
    if (figure.name) resting ||= setTimeout(writeAddress, REST);
  });
  model.set(Object.fromEntries(asked.map(([trait, , value]) => [trait, value])));
  const url = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
  const module = await import(url);
  URL.revokeObjectURL(url);
  const widget = typeof module.default === "function" ? await module.default() : module.default;
  if (!widget?.render) throw new Error("its module has no render function");
  const css = model.get("_css");
  if (css && !styles.has(css)) document.head.append(h("style", {}, css));
  styles.add(css);
  await widget.initialize?.({ model });
  return { model, widget };
}

// Draws a view of a figure. remove() ends all that the figure has started: through the signal, and
// through what older modules return.
async function draw({ model, widget }, place) {
  const life = new AbortController();
  const remove = () => {
    life.abort();
    place.replaceChildren();
  };
  try {
    const end = await widget.render({ model, el: place, signal: life.signal });
    if (end) life.signal.addEventListener("abort", end);
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

// Draws a figure with these values; null if it cannot show them. A panel says so itself.
async function tryOut(figure, asked, place) {
  try {
    const started = await start(figure, asked);
    const remove = await draw(started, place);
    if (!place.querySelector(FAILED)) return { ...started, remove };
    remove();
  } catch {
    // It cannot show them, whatever the reason.
  }
  return null;
}

// Starts a figure with what the address asks for: all of it, or each value that it can show.
async function startAsAsked(figure, place) {
  await loadAll(figure.saved);
  const asked = figures.includes(figure) ? askedOf(figure) : [];
  let granted = asked.filter(([, , value]) => value !== undefined);
  let started = granted.length ? await tryOut(figure, granted, place) : null;
  if (granted.length && !started) {
    const wanted = granted;
    granted = [];
    for (const one of wanted) {
      const next = await tryOut(figure, [...granted, one], place);
      next?.remove();
      if (next) granted.push(one);
      started = next ?? started;
    }
  }
  started ??= await start(figure);
  figure.model = started.model;
  figure.refused = asked.filter((one) => !granted.includes(one));
  return started;
}

// For Python in the page (w2vbook/live): a figure whose state was made there.
window.w2vFigures = { draw: async (saved, place) => draw(await start({ saved }), place) };

function note(place, text) {
  place.replaceChildren(h("p", { className: "widget-note" }, text));
}

// Behind a view stands, for readers without scripts, a picture of the figure and what it shows in words.
function standIn(view) {
  const next = view.parentElement.querySelector("noscript");
  return new DOMParser().parseFromString(next?.textContent ?? "", "text/html").body;
}

// One figure for each model; views of one model share it, as they do in Jupyter.
function figureOf(id, saved, known) {
  if (known.has(id)) return known.get(id);
  const { _name: kind = "", _linked: linked = {} } = saved.state;
  const before = [...known.values()].filter((figure) => figure.kind === kind).length;
  const figure = { saved, kind, linked, name: kind && `${kind}${before ? before + 1 : ""}`, moved: false };
  known.set(id, figure);
  if (Object.keys(linked).length) figures.push(figure);
  return figure;
}

// What stands in the place of a figure that waits: on paper its picture.
function layOut(view, states, known) {
  const place = h("div", { className: "widget waits" });
  const one = { view, place };
  view.after(place);
  try {
    if (!states) throw new Error("the state saved in this page cannot be read");
    const id = JSON.parse(view.textContent).model_id;
    const saved = states[id];
    if (!saved) throw new Error("this page holds no saved state for it");
    if (saved.state?._esm) one.figure = figureOf(id, saved, known);
  } catch (error) {
    one.error = error;
  }
  const { body } = one.error ? {} : { body: standIn(view) };
  const picture = body?.querySelector("img");
  if (picture) {
    picture.loading = "lazy";
    place.style.minHeight = `${picture.getAttribute("height")}px`;
    place.append(h("div", { className: "stand-in" }, ...body.childNodes));
  }
  return one;
}

async function show({ view, place, figure, error: fault }) {
  place.replaceChildren();
  place.classList.remove("waits");
  try {
    if (fault) throw fault;
    if (!figure) {
      note(place, "This control needs a running Python kernel. Download the notebook (button at the top of the page) and run it to use the control.");
      place.append(...standIn(view).querySelectorAll("img"));
      return;
    }
    figure.started ??= startAsAsked(figure, place);
    const started = await figure.started;
    if (!place.firstChild) await draw(started, place);
    if (place.querySelector(FAILED)) place.append(h("div", { className: "stand-in" }, ...standIn(view).childNodes));
    if (!figures.includes(figure)) return;
    const tools = addTools(figure, place);
    if (figure.refused.length && !figure.note) sayRefused(figure, figure.refused, tools);
  } catch (error) {
    note(place, `This interactive figure could not be started: ${error.message}.`);
    place.append(...standIn(view).childNodes);
  } finally {
    place.style.minHeight = "";
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
  const known = new Map();
  const waiting = new Map([...views].map((view) => layOut(view, states, known)).map((one) => [one.place, one]));
  // With room between them: the page scrolls and answers while its figures start.
  let last = Promise.resolve();
  const room = () => new Promise((done) => (window.requestIdleCallback ?? setTimeout)(done, { timeout: 500 }));
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      last = last.then(() => show(waiting.get(target))).then(room);
    }
  }, { rootMargin: "75% 0px" });
  for (const place of waiting.keys()) near.observe(place);
}
