import { choice, clamp, figure, h, needNumbers, player, slider } from "./kit.js";
import { mostFrequent, scriptWatch, textProblem, tokensOf } from "./text.js";

export const MOST_LETTERS = 200000;
const SHOWN = 60; // tokens of the text that are shown at a time

// Text -> the vocabulary (most frequent first, of equals the first in the text) and the tokens in
// the order of the text. token.id is -1 outside the vocabulary. places: the tokens inside it.
export function readText(text, vocabSize) {
  const counts = new Map();
  const tokens = [];
  let article = 0;
  const all = tokensOf(text);
  for (const word of all) {
    if (word === "\n") article++;
    else {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      tokens.push({ word, article, id: -1 });
    }
  }
  // A Map keeps its keys in the order of their arrival.
  const found = [...counts.keys()];
  const words = mostFrequent([...counts.values()], vocabSize).map((i) => found[i]);
  const index = new Map(words.map((word, id) => [word, id]));
  for (const token of tokens) token.id = index.get(token.word) ?? -1;
  const places = [];
  tokens.forEach((token, place) => token.id >= 0 && places.push(place));
  const script = scriptWatch();
  script.add(text, all);
  return { words, tokens, places, types: found.length, trouble: textProblem(script, found) };
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

// At most five characters: 87, 12.3k, 4.56M.
function short(count) {
  if (count < 10000) return String(count);
  const [size, unit] = count < 1e6 ? [count / 1e3, "k"] : [count / 1e6, "M"];
  return size.toFixed(size < 100 ? 1 : 0) + unit;
}

export default figure(({ model, root, set, say, redraw, signal }) => {
  const number = (value) => value.toLocaleString("en");
  let read;
  let readOf = null; // the text that was read
  let cut = false; // whether a longer one was given

  // One letter more than is counted: enough to notice, and a huge text never enters the page.
  const text = h("textarea", { rows: 4, spellcheck: "false", maxlength: MOST_LETTERS + 1 });
  text.addEventListener("input", () => {
    cut = text.value.length > MOST_LETTERS;
    if (cut) text.value = text.value.slice(0, MOST_LETTERS);
    set("text", text.value);
    redraw(); // also where what is left is the text as it was
  });

  const moveTo = (position) => set("position", clamp(position, 0, read.places.length));
  const moveByHand = (position) => {
    playing.stop();
    moveTo(position);
  };
  const position = slider({ name: "Centre word", min: 0, max: 1, oninput: moveByHand });
  const reach = slider({ name: "Window L", min: 1, max: 16, short: true, oninput: (value) => set("window", value) });

  let rested = 0; // seconds on the word
  const playing = player({
    signal,
    step(seconds) {
      rested = seconds && rested + seconds;
      const last = read.places.length;
      if (!seconds && model.get("position") >= last) moveTo(0);
      else if (rested > 0.7) {
        rested = 0;
        moveTo(model.get("position") + 1);
      }
      return model.get("position") < last;
    },
  });

  const show = choice({
    name: "The table shows",
    labels: ["counts N", "probabilities P"],
    onchange: (value) => set("show_probabilities", value),
  });

  const strip = h("p", { class: "reel" });
  const table = h("table");
  const caption = h("p", { class: "note" });
  let rule = ""; // what the line under the table says while no cell is pointed at
  for (const event of ["pointerover", "pointerdown", "pointerleave"]) {
    table.addEventListener(event, ({ type, target }) => {
      caption.textContent = (type !== "pointerleave" && target.dataset.reading) || rule;
    });
  }
  const summary = h("p");
  const message = h("p", { class: "message" });
  const controls = h("div", { class: "controls" }, reach.element, playing.button, position.element);
  const body = [controls, strip, summary, show.element, table, caption];
  root.setAttribute("aria-label", "Interactive figure: a window moves along a text and counts pairs");
  root.append(h("label", { class: "field" }, "Your text, one article a line", text), message, ...body);

  function drawStrip(centre, found) {
    // A long text is shown in pieces, so that it stays still while the window moves inside one.
    const at = centre < 0 ? 0 : read.places[centre];
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
    const columns = read.words.map((word) => h("th", { scope: "col" }, h("span", { title: word }, word)));
    const rows = read.words.map((word, i) => {
      const row = h("tr", {}, h("th", { scope: "row", title: word }, word));
      for (let j = 0; j < V; j++) {
        const count = table_[i * V + j];
        const p = total ? count / total : 0;
        const shown = !count ? "" : asProbability ? p.toFixed(3).replace(/^0/, "") : short(count);
        const reading = `${word}, ${read.words[j]}: N = ${number(count)}, P = ${p.toFixed(6)}`;
        const cell = h("td", { "data-reading": reading }, shown);
        const depth = count && 0.05 + 0.33 * Math.sqrt(count / largest);
        if (now.has(i * V + j)) cell.className = "now";
        else cell.style.backgroundColor = `rgba(var(--wash), ${depth.toFixed(3)})`;
        row.append(cell);
      }
      return row;
    });
    const head = h("thead", {}, h("tr", {}, h("td"), ...columns));
    table.replaceChildren(head, h("tbody", {}, ...rows));
  }

  return () => {
    const given = model.get("text");
    const value = given.slice(0, MOST_LETTERS);
    if (value !== readOf) {
      read = readText(value, model.get("vocab_size"));
      if (readOf !== null) {
        playing.stop();
        model.set("position", Math.min(1, read.places.length));
      }
      readOf = value;
    }
    if (text.value !== value) {
      text.value = value;
      cut = given.length > MOST_LETTERS;
    }
    const { trouble } = read;
    message.hidden = !(trouble || cut);
    message.textContent = trouble ?? `The text is longer than ${number(MOST_LETTERS)} characters, and only so many are`
      + " counted here. w2vlib.count_cooccurrences takes a text of any length.";
    for (const part of body) part.hidden = Boolean(trouble);
    if (trouble) {
      playing.stop();
      return say(trouble);
    }

    needNumbers(model, "window", "position");
    const window = model.get("window");
    const n = clamp(Math.round(model.get("position")), 0, read.places.length);
    const asProbability = model.get("show_probabilities");
    const pairs = countPairs(read, n, window);
    const total = pairs.reduce((sum, count) => sum + count, 0);
    const found = n ? followers(read, n - 1, window) : [];
    const centre = n ? read.tokens[read.places[n - 1]].id : -1;

    position.input.max = read.places.length;
    const last = read.places.length;
    const centreWord = n ? `“${read.words[centre]}”` : "none yet";
    position.show(n, `${number(n)} / ${number(last)}`, `${n} of ${last}: ${centreWord}`);
    reach.show(window, String(window));
    show.show(asProbability);
    drawStrip(n - 1, found);
    drawTable(pairs, total, centre, found, asProbability);

    const list = found.map(({ id, weight }) => `${read.words[id]} +${weight}`).join(", ");
    let step = "No window has been laid yet.";
    if (list) step = `Centre ${centreWord} adds ${list}, and the same with the two words exchanged.`;
    else if (n) step = `Centre ${centreWord} adds nothing: no word follows it in its article.`;
    let sum = `The table sums to ${number(total)}${n === last ? ": every window has been laid." : "."}`;
    if (n === last && !total) sum = "No two of these words stand in one window: write longer lines.";
    summary.textContent = `${step} ${sum}`;
    say(summary.textContent);

    rule = "At distance δ a follower adds L + 1 − δ to the pair.";
    if (asProbability) rule = "P is N divided by the sum of the table.";
    if (read.types > read.words.length) {
      rule = `The ${read.words.length} most frequent of ${number(read.types)} words are counted. The others are`
        + " struck out: they are removed before windows are laid.";
    }
    rule += " Point at a cell to read it exactly.";
    caption.textContent = rule;
  };
});
