// What a page has besides where its notebook is an assignment: fields for answers in words, cells of
// the student's own, and a list that says which visible tests pass. It grades nothing.
import { mount } from "./editor.js";

const ADDED = `w2v-live-added:${location.pathname}`;

export const isAnswer = ({ cell_type: kind, metadata }) => kind === "markdown" && Boolean(metadata.nbgrader?.solution);
export const isTest = (metadata) => Boolean(metadata.nbgrader?.grade && !metadata.nbgrader.solution);

// A test of which nothing is visible holds comments alone.
const isHidden = (source) => source.split("\n").every((line) => ["", "#"].includes(line.trim().slice(0, 1)));

// What the last line of a traceback says, in the words that the grader has for it.
function inWords(error) {
  const last = error.trim().split("\n").pop();
  const [, name] = last.match(/^NameError: name '(\w+)' is not defined/) ?? [];
  if (name) return `${name} is not defined: its cell was left open, or raised an exception`;
  if (/^NotImplementedError\b/.test(last)) return "a function that it calls is not written yet";
  return last.replace(/^(AssertionError|w2vlib\S*Error): /, "").replace(/^AssertionError$/, "a condition of the test does not hold");
}

// What a test says after a run: one of "passes", "FAILS: ...", "hidden until grading", "not run yet".
export function verdict({ source, state, record }) {
  if (isHidden(source)) return "hidden until grading";
  if (state === "done") return "passes";
  return state === "failed" ? `FAILS: ${inWords(record?.error || "Python ended")}` : "not run yet";
}

// A text cell that the student writes: a field in the place of its text.
export class TextAnswer {
  constructor(chapter, { id, source, label }) {
    Object.assign(this, { chapter, id, source, code: source, element: document.getElementById(label) });
  }

  get edited() {
    return this.code !== this.source;
  }

  open(h) {
    const place = h("div", { class: "live-editor live-prose" });
    for (const child of this.element.children) child.classList.add("live-stored");
    this.element.append(place);
    this.editor = mount(place, {
      source: this.code,
      label: "Your answer in words. Formulas stand between dollar signs.",
      prose: true,
      changed: (text) => {
        this.code = text;
        this.chapter.keep();
      },
    });
  }

  reset() {
    this.editor.set(this.source);
  }
}

// The list of tests below the bar.
export class Tests {
  constructor(h, bar, cells) {
    this.h = h;
    this.cells = cells;
    this.summary = h("summary");
    this.body = h("tbody");
    const head = h("tr", {}, h("th", { scope: "col" }, "test"), h("th", { scope: "col" }, "what it says"));
    const table = h("table", { class: "table" }, h("thead", {}, head), this.body);
    this.box = h("details", { class: "live-tests" }, this.summary, table);
    bar.after(this.box);
    this.show();
  }

  count() {
    const found = { pass: 0, fail: 0, hidden: 0, waiting: 0 };
    for (const cell of this.cells) {
      const said = verdict(cell);
      found[said === "passes" ? "pass" : said.startsWith("FAILS") ? "fail" : said.startsWith("hidden") ? "hidden" : "waiting"]++;
    }
    return found;
  }

  // What is said of all of them, in one line.
  said() {
    const { pass, fail, hidden, waiting } = this.count();
    const parts = [`${pass} pass`, `${fail} fail`, ...(waiting ? [`${waiting} not run yet`] : []), `${hidden} hidden until grading`];
    return `Visible tests: ${parts.join(", ")}.`;
  }

  show(stale = false) {
    const { h } = this;
    this.summary.textContent = `${this.said()}${stale ? " You have changed something since." : ""} This is no grade.`;
    this.body.replaceChildren(...this.cells.map((cell) => {
      const said = verdict(cell);
      const link = h("a", { href: `#${cell.label}` }, cell.id);
      const kind = said === "passes" ? "live-passes" : said.startsWith("FAILS") ? "live-fails" : "";
      return h("tr", {}, h("th", { scope: "row" }, link), h("td", kind ? { class: kind } : {}, said));
    }));
  }
}

// ---- cells of the student's own ----

// [{id, after, code}], in the order in which they were made.
export function keptAdded() {
  try {
    const kept = JSON.parse(localStorage.getItem(ADDED)) ?? [];
    return kept.filter(({ id, after, code }) => [id, after, code].every((one) => typeof one === "string"));
  } catch {
    return [];
  }
}

export function keepAdded(cells) {
  const kept = cells.filter(({ after }) => after).map(({ id, after, code }) => ({ id, after, code }));
  if (kept.length) localStorage.setItem(ADDED, JSON.stringify(kept));
  else localStorage.removeItem(ADDED);
}

// An element like those that the site has for its cells.
export function emptyCell(h, label) {
  const input = h("div", { class: "cell_input docutils container" }, h("div", {}, h("div", { class: "highlight" })));
  return h("div", { class: "cell docutils container live-added", id: label }, input);
}

// The notebook's cells with those that were added behind theirs.
export function withAdded(cells, added) {
  const behind = (id) => added.filter(({ after }) => after === id).flatMap((one) => [one, ...behind(one.id)]);
  const made = ({ id, code }) => ({ cell_type: "code", id, metadata: {}, source: code, outputs: [], execution_count: null });
  return cells.flatMap((cell) => [cell, ...behind(cell.id).map(made)]);
}
