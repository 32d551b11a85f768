import { clamp, figure, fixed, h, slider } from "./kit.js";

export const MOST_LETTERS = 200000;
const SHOWN = 60; // tokens of the text that are shown at a time

// The same rule as w2vlib.count_cooccurrences: runs of letters, digits, marks and underscores.
const WORD = /[\p{L}\p{N}\p{M}_]+/gu;
// Thai, Lao, Myanmar, Khmer, kana and Han put no spaces between words.
const UNSPACED = /[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff]+/g;

// Text -> the vocabulary (most frequent first, of equals the first in the text) and the tokens in
// the order of the text. token.id is -1 outside the vocabulary. places: the tokens inside it.
export function readText(text, vocabSize) {
  const counts = new Map();
  const tokens = [];
  text.normalize("NFC").toLowerCase().split("\n").forEach((line, article) => {
    for (const [word] of line.matchAll(WORD)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      tokens.push({ word, article, id: -1 });
    }
  });
  // A Map keeps its keys in the order of their arrival, and the sort is stable.
  const ranked = [...counts].sort((a, b) => b[1] - a[1]).slice(0, vocabSize);
  const words = ranked.map(([word]) => word);
  const index = new Map(words.map((word, id) => [word, id]));
  for (const token of tokens) token.id = index.get(token.word) ?? -1;
  const places = [];
  tokens.forEach((token, place) => token.id >= 0 && places.push(place));
  return { words, tokens, places, types: counts.size };
}

// The followers of the n-th token in the vocabulary: words outside are gone before windows are laid.
export function followers({ tokens, places }, n, window) {
  const found = [];
  for (let delta = 1; delta <= window && n + delta < places.length; delta++) {
    const place = places[n + delta];
    if (tokens[place].article !== tokens[places[n]].article) break;
    found.push({ place, id: tokens[place].id, weight: window + 1 - delta });
  }
  return found;
}

// The V x V table, row by row, when the first n tokens have been the centre. A pair counts for
// (i, j) and for (j, i), so a word beside itself counts twice.
export function countPairs(read, n, window) {
  const V = read.words.length;
  const table = new Float64Array(V * V);
  for (let centre = 0; centre < n; centre++) {
    const i = read.tokens[read.places[centre]].id;
    for (const { id, weight } of followers(read, centre, window)) {
      table[i * V + id] += weight;
      table[id * V + i] += weight;
    }
  }
  return table;
}

// What keeps a text from being counted, in words, or null.
export function problem(text, read) {
  const runs = text.match(UNSPACED) ?? [];
  const unspaced = runs.join("").length;
  if (unspaced > text.replace(/\s/g, "").length / 2 && unspaced > 8 * runs.length) {
    return "This script is written without spaces between the words. Put spaces between them first.";
  }
  if (read.types === 0) return "There are no words in the text yet. Type a few, one article a line.";
  if (read.types === 1) return `The text has only one distinct word, “${read.words[0]}”, and pairs need two. Type another.`;
  return null;
}

// At most five characters: 87, 12.3k, 4.56M.
function short(count) {
  if (count < 10000) return String(count);
  const [size, unit] = count < 1e6 ? [count / 1e3, "k"] : [count / 1e6, "M"];
  return size.toFixed(size < 100 ? 1 : 0) + unit;
}

export default figure(({ model, root, set, say }) => {
  const number = (value) => value.toLocaleString("en");
  let read;
  let readOf = null; // the text that was read

  const text = h("textarea", { rows: 4, spellcheck: "false", "aria-label": "Text, one article a line" });
  text.addEventListener("input", () => set("text", text.value));

  const moveTo = (position) => set("position", clamp(position, 0, read.places.length));
  const position = slider({ name: "Centre word", min: 0, max: 1, oninput: (value) => { stop(); moveTo(value); } });
  const window_ = slider({ name: "Window L", min: 1, max: 16, oninput: (value) => set("window", value) });

  // Nothing moves unless the reader asks for it; where motion is unwanted, there is no such button.
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const play = h("button", { type: "button" }, "Play");
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (model.get("position") >= read.places.length) moveTo(0);
    play.textContent = "Pause";
    timer = setInterval(() => {
      if (!root.isConnected || model.get("position") >= read.places.length) stop();
      else moveTo(model.get("position") + 1);
    }, 700);
  });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) play.hidden = true;

  const group = `w2v-${Math.random().toString(36).slice(2)}`;
  const choice = (name, value) => {
    const input = h("input", { type: "radio", name: group, onchange: () => set("show_probabilities", value) });
    return { input, element: h("label", {}, input, name) };
  };
  const counts = choice("counts N", false);
  const probabilities = choice("probabilities P", true);

  const strip = h("p", { class: "w2v-strip" });
  const table = h("table");
  const caption = h("p", { class: "w2v-note" });
  const summary = h("p", { class: "w2v-summary" });
  const message = h("p", { class: "w2v-message" });
  const body = [
    h("div", { class: "w2v-row" }, window_.element, position.element, play),
    strip,
    summary,
    h("fieldset", { class: "w2v-row", "aria-label": "The table shows" }, counts.element, probabilities.element),
    h("div", { class: "w2v-scroll" }, table),
    caption,
  ];
  root.setAttribute("aria-label", "Interactive figure: a window moves along a text and counts pairs of words");
  root.append(text, message, ...body);

  function drawStrip(centre, found) {
    const places = read.places;
    // A long text is shown in pieces, so that it stays still while the window moves inside one.
    const at = centre < 0 ? 0 : places[centre];
    const begin = Math.floor(at / SHOWN) * SHOWN;
    const end = Math.max(begin + SHOWN, ...found.map(({ place }) => place + 1));
    const weights = new Map(found.map(({ place, weight }) => [place, weight]));
    const parts = [];
    if (begin > 0) parts.push("… ");
    for (let place = begin; place < Math.min(end, read.tokens.length); place++) {
      const { word, article, id } = read.tokens[place];
      if (place > begin && article !== read.tokens[place - 1].article) parts.push(h("i", {}, "¶ "));
      const span = h("span", {}, word.length > 40 ? `${word.slice(0, 39)}…` : word);
      if (id < 0) span.className = "out";
      else if (centre >= 0 && place === at) span.className = "centre";
      else if (weights.has(place)) {
        span.className = "follower";
        span.append(h("sup", {}, `+${weights.get(place)}`));
      }
      parts.push(span, " ");
    }
    if (end < read.tokens.length) parts.push("…");
    strip.replaceChildren(...parts);
  }

  function drawTable(table_, total, centre, found, asProbability) {
    const V = read.words.length;
    const largest = Math.max(...table_, 1);
    const now = new Set();
    for (const { id } of found) {
      now.add(centre * V + id);
      now.add(id * V + centre);
    }
    const head = h("tr", {}, h("td"), ...read.words.map((word) => h("th", { scope: "col" }, h("span", { title: word }, word))));
    head.firstChild.style.border = "0";
    const rows = read.words.map((word, i) => {
      const row = h("tr", {}, h("th", { scope: "row", title: word }, word));
      for (let j = 0; j < V; j++) {
        const count = table_[i * V + j];
        const p = total ? count / total : 0;
        const shown = !count ? "" : asProbability ? p.toFixed(3).replace(/^0/, "") : short(count);
        const exact = `${word}, ${read.words[j]}: N = ${number(count)}, P = ${p.toFixed(6)}`;
        const cell = h("td", { title: exact, class: now.has(i * V + j) && "now" }, shown);
        if (count && !now.has(i * V + j)) {
          cell.style.backgroundColor = `rgba(var(--w2v-blue-wash), ${(0.05 + 0.33 * Math.sqrt(count / largest)).toFixed(3)})`;
        }
        row.append(cell);
      }
      return row;
    });
    table.replaceChildren(h("thead", {}, head), h("tbody", {}, ...rows));
  }

  return () => {
    let value = model.get("text");
    const tooLong = value.length > MOST_LETTERS ? number(value.length) : "";
    if (tooLong) value = value.slice(0, MOST_LETTERS);
    if (value !== readOf) {
      read = readText(value, model.get("vocab_size"));
      if (readOf !== null) {
        stop();
        model.set("position", Math.min(1, read.places.length));
      }
      readOf = value;
    }
    if (text.value !== value) text.value = value;
    const trouble = problem(value, read);
    message.hidden = !(trouble || tooLong);
    message.textContent = trouble ?? (tooLong && `The text has ${tooLong} characters. This panel counts the first ${number(MOST_LETTERS)}; w2vlib.count_cooccurrences takes a text of any length.`);
    for (const part of body) part.hidden = Boolean(trouble);
    if (trouble) {
      stop();
      return say(trouble);
    }

    const window = model.get("window");
    const n = clamp(model.get("position"), 0, read.places.length);
    const asProbability = model.get("show_probabilities");
    const pairs = countPairs(read, n, window);
    const total = pairs.reduce((sum, count) => sum + count, 0);
    const found = n ? followers(read, n - 1, window) : [];
    const centre = n ? read.tokens[read.places[n - 1]].id : -1;

    position.input.max = read.places.length;
    const centreWord = n ? `“${read.words[centre]}”` : "none yet";
    position.show(n, `${number(n)} / ${number(read.places.length)}`, `${n} of ${read.places.length}: ${centreWord}`);
    window_.show(window, String(window));
    (asProbability ? probabilities : counts).input.checked = true;
    drawStrip(n - 1, found);
    drawTable(pairs, total, centre, found, asProbability);

    const list = found.map(({ id, weight }) => `${read.words[id]} +${weight}`).join(", ");
    const step = !n
      ? "No window laid yet."
      : `Centre ${centreWord}: ${list ? `adds ${list} (and the same with the two words exchanged).` : "no word follows it in its article."}`;
    const sum = `The table sums to ${number(total)}${n === read.places.length ? ": every window has been laid." : "."}`;
    summary.textContent = `${step} ${sum}`;
    say(summary.textContent);
    const left = read.types - read.words.length;
    caption.textContent = left > 0
      ? `The ${read.words.length} most frequent of ${number(read.types)} words are counted. The others are struck out: they are removed before windows are laid.`
      : asProbability
        ? "P = N / (sum of the table). Rest on a cell for its exact values."
        : "At distance δ a follower adds L + 1 − δ. Rest on a cell for its exact values.";
  };
});
