import {
  TONES, axes, choice, clamp, curve, dot, ends, figure, fillTable, fixed, h, logistic, nearWords, numbers, place, power, scale, slider, ticks,
} from "./kit.js";
import { eigenpairs } from "./eigen.js";
import { mostFrequent, scriptWatch, textProblem, tokensOf } from "./text.js";

export const MOST_LETTERS = 20000000; // of a text; more are not read
const EDITABLE = 50000; // letters; of a longer text the box shows the beginning, as it would freeze
const SHOWN = 2000;
const PIECE = 1 << 14; // letters that are read at a time
const BLOCK = 1 << 18; // bytes of a file
const LONGEST = 1 << 20; // letters without a blank
const SLICE = 8; // ms of work, after which the page may draw
const MODES = 16;

const number = (value) => value.toLocaleString("en");
const sum = (values) => values.reduce((total, value) => total + value, 0);
const places = (value, figures) => clamp(figures - Math.ceil(Math.log10(value)), 0, 6);
const short = (word, most) => ([...word].length > most ? `${[...word].slice(0, most - 1).join("")}…` : word);

// Long work goes in slices, on the page itself: not every notebook allows a worker. due() tells that a
// slice is over; rest(share) waits for the next one, for ever once the work is halted for good.
export function pacer(onShare = () => {}) {
  let end = performance.now() + SLICE;
  let [halted, go, timer] = [false, null, 0];
  const next = () => {
    if (halted || !go) return;
    end = performance.now() + SLICE;
    go();
    go = null;
  };
  return {
    due: () => performance.now() > end,
    rest(share) {
      onShare(share);
      return new Promise((done) => {
        go = done;
        if (!halted) timer = setTimeout(next);
      });
    },
    halt(value) {
      halted = value;
      clearTimeout(timer);
      next();
    },
  };
}

export async function readFile(file, pace) {
  const refuse = (what) => {
    throw new Error(`“${file.name}” is ${what}. Save it as plain text in UTF-8, or copy the text and paste it here.`);
  };
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let at = 0; at < file.size && text.length <= MOST_LETTERS; at += BLOCK) {
    const bytes = new Uint8Array(await file.slice(at, at + BLOCK).arrayBuffer());
    const mark = at ? "" : bytes.subarray(0, 4).join();
    if (/^(255,254,0,0|0,0,254,255)$/.test(mark)) refuse("UTF-32, not UTF-8");
    if (/^(255,254|254,255)\b/.test(mark)) refuse("UTF-16, not UTF-8");
    if (bytes.includes(0)) refuse(`not a text: byte ${number(at + bytes.indexOf(0))} is zero`);
    try {
      text += decoder.decode(bytes, { stream: at + BLOCK < file.size });
    } catch {
      refuse("not UTF-8");
    }
    if (pace.due()) await pace.rest(at / file.size);
  }
  return text;
}

// Text -> the number of each word in order, -1 at a line end, and how often each word occurs.
export async function readWords(text, pace) {
  const index = new Map();
  const counts = [];
  const ids = new Int32Array(text.length);
  const script = scriptWatch();
  const blank = /\s/g; // neither a word nor a letter and its marks meet there
  let n = 0;
  for (let at = 0; at < text.length;) {
    blank.lastIndex = at + PIECE;
    const end = blank.exec(text) ? blank.lastIndex : text.length;
    if (end - at > LONGEST) throw new Error("A million characters without a space: put spaces between the words first.");
    const piece = text.slice(at, end);
    const tokens = tokensOf(piece);
    script.add(piece, tokens);
    for (const token of tokens) {
      let id = -1;
      if (token !== "\n") {
        id = index.get(token);
        if (id === undefined) {
          id = counts.push(0) - 1;
          index.set(token, id);
        }
        counts[id]++;
      }
      ids[n++] = id;
    }
    at = end;
    if (pace.due()) await pace.rest(at / text.length);
  }
  const words = [...index.keys()];
  const trouble = textProblem(script, words);
  if (trouble) throw new Error(trouble);
  return { index, words, counts, ids: ids.subarray(0, n) };
}

// The V x V table of w2vlib.count_cooccurrences, row by row. whole: line ends do not end an article.
export async function countPairs({ ids, counts }, most, window, whole, pace) {
  const rows = mostFrequent(counts, most);
  const V = rows.length;
  const rank = new Int32Array(counts.length).fill(-2);
  rows.forEach((id, i) => { rank[id] = i; });
  const kept = new Int32Array(ids.length); // words outside are gone before windows are laid
  let n = 0;
  for (let at = 0; at < ids.length; at++) {
    const row = ids[at] < 0 ? -1 - whole : rank[ids[at]];
    if (row > -2) kept[n++] = row;
    if (!(at & 65535) && pace.due()) await pace.rest(at / ids.length / 4);
  }
  const table = new Float64Array(V * V);
  for (let centre = 0; centre < n; centre++) {
    const row = kept[centre] * V;
    const end = row < 0 ? 0 : Math.min(centre + window, n - 1);
    for (let at = centre + 1; at <= end; at++) {
      if (kept[at] < 0) break;
      table[row + kept[at]] += window + 1 + centre - at;
    }
    if (!(centre & 1023) && pace.due()) await pace.rest(0.25 + (0.75 * centre) / n);
  }
  for (let i = 0; i < V; i++) {
    for (let j = 0; j <= i; j++) table[i * V + j] = table[j * V + i] += table[i * V + j];
  }
  return { V, rows, table };
}

// M* = 2 (P_ij - P_i P_j) / (P_ij + P_i P_j)
export function targetMatrix(wordCounts, table) {
  const V = wordCounts.length;
  const [tokens, pairs] = [sum(wordCounts), sum(table)];
  return table.map((count, at) => {
    const joint = count / pairs;
    const chance = (wordCounts[Math.floor(at / V)] / tokens) * (wordCounts[at % V] / tokens);
    return (2 * (joint - chance)) / (joint + chance);
  });
}

// When each of d directions is half learned, as w2vlib.forecast has it. quantiles: 5, 50 and 95 % of
// chi-square with 1 ... 16 degrees of freedom.
export function timetable(values, quantiles, d, sigma) {
  const top = values.slice(0, d);
  const all = sum(top.map((lambda) => lambda ** 2));
  return top.map((lambda, k) => {
    const starts = [0, 1, 2].map((q) => sigma * sigma * quantiles[q * MODES + d - 1 - k]);
    const [late, time, early] = starts.map((start) => Math.log(lambda / start) / lambda);
    return { lambda, start: starts[1], early, time, late, gain: lambda ** 2 / all, valid: 2 * starts[2] <= lambda };
  });
}

// Rounding leaves an eigenvalue that is zero a little off; such a direction carries nothing.
export function positive(values) {
  const size = Math.max(...values.map(Math.abs));
  return values.filter((value) => value > values.length * 2.3e-16 * size).length;
}

// The reader's text and word, for each model. They stay in this page's memory: what is in a model goes
// to a kernel, which may run elsewhere, and into links.
const memory = new WeakMap();

export default figure(({ model, root, set, say, touch, redraw, signal }) => {
  const quantiles = numbers(model.get("quantiles"), Float64Array, 3 * MODES, "quantiles");
  if (!memory.has(model)) memory.set(model, { word: "" });
  const own = memory.get(model);
  const take = (source) => {
    touch();
    own.source = source;
    redraw();
  };
  const given = () => {
    const text = model.get("text");
    if (typeof text === "string") return { text, name: "The example" };
    return { text: "", trouble: "The text in the saved state is damaged. Type or paste one." };
  };
  const takeText = (text) => take({ text, name: "Your text" });
  const takeFile = (file) => file && take({ file, name: `“${short(file.name, 40)}”` });

  const plain = { spellcheck: "false", autocapitalize: "off", autocomplete: "off" };
  const box = h("textarea", { rows: 5, ...plain });
  box.addEventListener("input", () => takeText(box.value));
  box.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!box.readOnly && text.length + box.value.length <= EDITABLE) return;
    event.preventDefault();
    takeText(text);
  });
  const file = h("input", { type: "file", accept: ".txt,.md,.csv,text/*", onchange: () => takeFile(file.files[0]) });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    const [first] = event.dataTransfer.files;
    if (!first && event.target === box && !box.readOnly) return; // words moved inside the box
    event.preventDefault();
    if (first) takeFile(first);
    else takeText(event.dataTransfer.getData("text/plain"));
  });
  const button = (text, onclick) => h("button", { type: "button", onclick }, text);
  const about = h("p", { class: "note" });

  const sliders = [
    ["vocab_size", "Words V", 50, 600, 10, 200],
    ["window", "Window L", 1, 16, 1, 5],
    ["d", "Dimension d", 1, MODES, 1, 8],
    ["sigma", "Start σ", -12, -1, 0.1, -6],
  ].map(([trait, name, min, max, step, usual]) => {
    const [to, from] = trait === "sigma" ? [(value) => 10 ** value, Math.log10] : [Number, Math.round];
    const { element, show } = slider({ name, min, max, step, short: true, oninput: (value) => set(trait, to(value)) });
    // Shows the trait's value, or the nearest that is possible, and returns it.
    const read = () => {
      const value = model.get(trait);
      const raw = typeof value === "number" ? from(value) : NaN;
      const at = Number.isNaN(raw) ? usual : clamp(raw, min, max);
      const good = trait === "sigma" && at === raw ? value : to(at); // 10 ** log10(1e-6) is not 1e-6
      show(at, trait === "sigma" ? power(good) : String(good));
      return good;
    };
    return { trait, element, read };
  });
  const lines = choice({
    name: "What an article is",
    labels: ["a line is an article", "all is one article (a book)"],
    onchange: (value) => set("whole", value),
  });

  const bar = h("progress", { max: 1, "aria-label": "Progress" });
  const stage = h("span");
  const stop = button("Stop", () => {
    job.halted = !job.halted;
    job.pace.halt(job.halted);
    showStage();
  });
  const busy = h("div", { class: "controls busy" }, bar, stop, stage);
  const message = h("p", { class: "message" });
  const warning = h("p", { class: "note" });
  const summary = h("p");
  const [rise, fall] = [0, 1].map(() => h("svg", { "aria-hidden": "true" }));
  const chartBox = h("div", {}, rise);
  const table = h("table", { class: "times ends" });
  const search = h("input", { type: "search", size: 12, ...plain });
  search.addEventListener("input", () => {
    own.word = search.value;
    redraw();
  });
  const found = h("p");
  const results = h("div", { class: "results" }, summary, h("div", { class: "plots even" }, chartBox, h("div", {}, fall)),
    table, h("div", { class: "controls" }, h("label", {}, "Look a word up", search)), found);
  root.setAttribute("aria-label", "Interactive figure: what word2vec will learn from your text, and when");
  root.append(
    h("p", {}, h("b", { class: "green" }, "Nothing leaves your machine."),
      " This page counts the text itself; it sends nothing and keeps nothing."),
    h("label", { class: "field" }, "Your text: type, paste, or drop a file here", box),
    h("div", { class: "controls" }, h("label", {}, "Open a file", file),
      button("Example", () => take(given())), button("Clear", () => takeText(""))),
    about,
    h("div", { class: "controls" }, ...sliders.map(({ element }) => element)),
    lines.element, busy, message, warning, results,
  );

  // One piece of work at a time: a text, and how it is counted.
  let job = {};
  signal.addEventListener("abort", () => job.pace?.halt(true));
  function showStage() {
    stop.textContent = job.halted ? "Go on" : "Stop";
    stage.textContent = (job.halted ? "Stopped: " : "") + job.stage;
  }
  function start(source, key, settings) {
    // While a text is still being read, it does not matter yet how it will be counted.
    if (job.source === source && job.reading) return Object.assign(job, { key, settings });
    job.pace?.halt(true);
    const begun = performance.now();
    const mine = { source, key, settings, reading: true };
    mine.pace = pacer((share) => {
      if (job !== mine) return;
      bar.value = share;
      if (performance.now() - begun > 200) busy.classList.add("seen");
      showStage();
    });
    job = mine;
    compute(mine)
      .then((result) => { mine.result = result; }, (error) => { mine.trouble = error.message; })
      .then(() => {
        mine.reading = false;
        if (job === mine) redraw();
      });
  }

  async function compute(mine) {
    const { source, pace } = mine;
    if (source.trouble) throw new Error(source.trouble);
    mine.stage = "opening the file";
    if (source.file) source.text ??= await readFile(source.file, pace);
    source.cut ||= source.text.length > MOST_LETTERS;
    if (source.cut) source.text = source.text.slice(0, MOST_LETTERS);
    redraw();
    mine.stage = "reading words";
    const read = source.read ??= await readWords(source.text, pace);
    mine.stage = "counting pairs";
    mine.reading = false;
    const { rows, table } = await countPairs(read, ...mine.settings, pace);
    const met = table.filter(Boolean).length;
    if (!met) throw new Error("No two of these words stand in one window: write longer lines, or take all as one article.");
    mine.stage = "finding directions";
    const counts = rows.map((row) => read.counts[row]);
    const finding = eigenpairs(targetMatrix(counts, table), rows.length, MODES);
    let step = finding.next();
    for (; !step.done; step = finding.next()) if (pace.due()) await pace.rest(step.value);
    const pairs = step.value;
    return { ...pairs, read, counts, words: rows.map((row) => read.words[row]), unseen: 1 - met / table.length };
  }

  const names = (words) => words.flatMap((word, i) => [i ? ", " : "", h("bdi", {}, short(word, 24))]);

  function drawCharts(modes, poles) {
    const width = Math.max(chartBox.clientWidth, 240);
    const height = 220;
    const end = 1.08 * Math.max(...modes.map(({ time }) => time));
    const x = scale(0, end, 46, width - 22);
    const draw = (svg, high, ys, yName, unit, curves, labels, up) => {
      const y = scale(0, high, height - 40, 24);
      place(svg, { width, height });
      axes(svg, { x, y, xs: ticks(0, end, width < 420 ? 4 : 6), ys, xName: "time (learning rate × steps)", yName, unit });
      svg.append(h("g", { class: "theory" }, ...curves.map((f, k) =>
        h("path", { d: curve(f, x, y, 0, end, 300), class: labels[k][3] }))));
      const used = [];
      for (const [t, value, text, tone] of labels) {
        const clear = used.every((other) => Math.abs(other - y(value)) > 13);
        if (!clear || x(t) + 7 * (text.length - 4) > width) continue;
        used.push(y(value));
        svg.append(h("text", { x: x(t) + 6, y: y(value) + 4 - up, class: tone }, text));
      }
    };
    const strengths = modes.map(({ lambda, start }) => (t) => logistic(t, lambda, start));
    const left = (t) => sum(strengths.map((s2, k) => (modes[k].lambda - s2(t)) ** 2));
    const share = (t) => (100 * left(t)) / left(0);
    const top = 1.04 * modes[0].lambda;
    draw(rise, top, ticks(0, top, 4), "strengths s²", "", strengths,
      modes.map(({ lambda }, k) => [end, lambda, String(k + 1), TONES[k] ?? ""]), 0);
    draw(fall, 100, [0, 50, 100], "loss still to fall", " %", [share], modes.slice(0, 4).map(({ time }, k) =>
      [time, share(time), `${k + 1}  ${poles[k].map(([word]) => `\u2068${short(word, 9)}\u2069`).join(" … ")}`, ""]), 7);
  }

  function drawTable(modes, poles, digits) {
    const cell = (big, small) => h("td", {}, big, h("small", {}, small));
    const rows = modes.map(({ lambda, early, time, late, gain }, k) => h("tr", {},
      h("th", { scope: "row" }, h("b", { class: TONES[k] ?? "" }, String(k + 1))),
      cell(fixed(time, digits), `${fixed(early, digits)}–${fixed(late, digits)}`),
      cell(fixed(lambda, places(lambda, 4)), `${fixed(100 * gain, 1)} %`),
      h("td", {}, ...poles[k].map((words, low) => h("div", {}, low ? "− " : "+ ", ...names(words))))));
    fillTable(table, "Small: where 90 % of random starts lie, if directions do not interfere; the share of the fall of the loss.",
      ["k", "time", "λ", "words at both ends"], rows);
  }

  function readWord({ words, counts, vectors, read }, modes, poles) {
    const word = tokensOf(own.word)[0];
    if (search.value !== own.word) search.value = own.word;
    const i = words.indexOf(word);
    const tell = (...parts) => found.replaceChildren(...(word ? [h("bdi", {}, `“${short(word, 40)}”`)] : []), ...parts, ".");
    if (!word) return tell("For instance ", ...names(words.slice(-3)));
    if (i < 0) {
      const times = read.counts[read.index.get(word)];
      const near = nearWords(words, word);
      return tell(times ? ` (${number(times)} times) is not among the ${words.length} words taken` : " does not occur in the text",
        ...(near.length ? ["; near it: ", ...names(near)] : []));
    }
    const vector = (row) => modes.map(({ lambda }, k) => vectors[k][row] * Math.sqrt(lambda));
    const cosine = (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
    const me = vector(i);
    const near = words.map((other, row) => [other, row === i ? -2 : cosine(me, vector(row))]);
    near.sort((a, b) => b[1] - a[1]);
    const k = me.reduce((best, value, at) => (Math.abs(value) > Math.abs(me[best]) ? at : best), 0);
    tell(`: word ${i + 1} of ${words.length}, ${number(counts[i])} times. It stands furthest out on direction ${k + 1}, at `
      + `${fixed(me[k], 2)}, on the side of `, ...names(poles[k][Number(me[k] < 0)].slice(0, 3)), ". Nearest by angle: ",
    ...near.slice(0, 5).flatMap(([other, value], at) => [at ? ", " : "", ...names([other]), ` (${fixed(value, 2)})`]));
  }

  return () => {
    if (!own.source || own.given !== model.get("text")) {
      own.given = model.get("text");
      own.source = given();
    }
    const { source } = own;
    const settings = sliders.map(({ read }) => read());
    const odd = sliders.filter(({ trait }, i) => model.get(trait) !== settings[i]).map(({ trait }) => trait);
    const [V, window, most, sigma] = settings;
    const whole = model.get("whole") === true;
    lines.show(whole);

    const text = source.text ?? "";
    box.readOnly = text.length > EDITABLE;
    const shown = box.readOnly ? text.slice(0, SHOWN) : text;
    if (box.value !== shown) box.value = shown;
    if (!source.file) file.value = "";
    about.textContent = [
      source.name && `${source.name}: ${number(text.length)} characters.`,
      source.cut && `It has more, but only the first ${number(MOST_LETTERS)} are read.`,
      box.readOnly && `The box shows the first ${number(SHOWN)}.`,
    ].filter(Boolean).join(" ");

    const key = [V, window, whole].join();
    if (job.source !== source || job.key !== key) start(source, key, [V, window, whole]);
    const { result } = job;
    let { trouble } = job;
    const running = !result && !trouble;
    results.classList.toggle("old", running);
    if (running) message.hidden = true; // it was about another text
    if (running) return;
    busy.classList.remove("seen");
    const d = result ? Math.min(most, positive(result.values)) : 0;
    const modes = result ? timetable(result.values, quantiles, d, sigma) : [];
    const early = modes.findIndex(({ valid }) => !valid);
    if (early >= 0) {
      trouble = `From σ = ${power(sigma)} direction ${early + 1} starts above half of its eigenvalue, `
        + `${fixed(modes[early].lambda, 2)}, so it has no learning time. Choose a smaller σ.`;
    } else if (result && !d) trouble = "M* of this text has no positive eigenvalue: nothing can be learned. Give a longer text.";
    const counts = result?.counts ?? [];
    const rarest = counts.at(-1);
    warning.textContent = [
      odd.length && `Damaged or out of range, and replaced: ${odd.join(", ")}.`,
      d && d < most && `M* has only ${d} positive eigenvalue${d > 1 ? "s" : ""}, and a tied model learns no others: the forecast is for d = ${d}.`,
      result && counts.length < V && `The text has only ${counts.length} different words; all are taken.`,
      rarest < 20 && `The rarest word taken occurs ${rarest > 1 ? `${rarest} times` : "once"}: where counts are small, directions are mostly chance.`,
    ].filter(Boolean).join(" ");
    message.textContent = trouble;
    message.hidden = !trouble;
    results.hidden = Boolean(trouble);
    if (trouble) return say(trouble);

    const poles = result.vectors.slice(0, d).map((u) =>
      ends(u, Math.min(5, u.length >> 1)).map((side) => side.map((row) => result.words[row])));
    const digits = places(modes[0].time, 3);
    summary.replaceChildren(
      `${number(sum(counts))} words of text: the ${counts.length} most frequent of ${number(result.read.words.length)}; `
        + `${fixed(100 * result.unseen, 1)} % of their pairs never meet. `,
      h("b", { class: "blue" }, `Direction 1 will be half learned at time ${fixed(modes[0].time, digits)}`),
      `${d > 1 ? `, direction ${d} at ${fixed(modes[d - 1].time, digits)}` : ""}.`,
    );
    drawCharts(modes, poles);
    drawTable(modes, poles, digits);
    readWord(result, modes, poles);
    say(summary.textContent);
  };
});
