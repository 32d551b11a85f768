import { axes, choice, clamp, curve, figure, fixed, h, needNumbers, numbers, place, scale, select, slider } from "./kit.js";

// sum over the first k eigenpairs of lambda u u^T, on the rows that are shown; (n, n), row by row.
export function rankBlock(eigvals, eigvecs, n, k) {
  const d = eigvals.length;
  const block = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let m = 0; m < k; m++) sum += eigvals[m] * eigvecs[i * d + m] * eigvecs[j * d + m];
      block[i * n + j] = sum;
      block[j * n + i] = sum;
    }
  }
  return block;
}

// Relative errors |M - M_k| / |M| for k = 0 ... d, of the rows shown and of the whole matrix. The
// latter needs no matrix: what k eigenpairs leave over is |M|^2 minus their squared eigenvalues.
export function relativeErrors(block, eigvals, eigvecs, n, norm) {
  const d = eigvals.length;
  const rest = Float64Array.from(block);
  const size = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const blockNorm = size(rest) || 1;
  const ofBlock = [size(rest) / blockNorm];
  const ofWhole = [1];
  let left = norm * norm;
  for (let m = 0; m < d; m++) {
    for (let i = 0; i < n; i++) {
      const factor = eigvals[m] * eigvecs[i * d + m];
      for (let j = 0; j < n; j++) rest[i * n + j] -= factor * eigvecs[j * d + m];
    }
    left -= eigvals[m] ** 2;
    ofBlock.push(size(rest) / blockNorm);
    ofWhole.push(Math.sqrt(Math.max(left, 0)) / norm);
  }
  return { ofBlock, ofWhole };
}

// ColorBrewer's PuOr, purple below zero: the colours of w2vlib.plotting.word_heatmap.
const PUOR = "2d004b 542788 8073ac b2abd2 d8daeb f7f7f7 fee0b6 fdb863 e08214 b35806 7f3b08"
  .split(" ")
  .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));

export function colour(value, limit) {
  const at = clamp((value / limit + 1) / 2, 0, 1) * (PUOR.length - 1);
  const low = Math.min(Math.floor(at), PUOR.length - 2);
  return PUOR[low].map((start, i) => Math.round(start + (PUOR[low + 1][i] - start) * (at - low)));
}

const percent = (share) => `${fixed(100 * share, 1)} %`;
const lettersFor = (size) => clamp(size - 1, 8, 13); // pixels, of the names along cells of a size

// Numbers per word: row i of W holds sqrt(lambda_m) u_im, for the first d eigenpairs of those given.
export function wordRow(eigvals, eigvecs, i, d) {
  const stride = eigvals.length;
  return Array.from({ length: d }, (_, m) => Math.sqrt(eigvals[m]) * eigvecs[i * stride + m]);
}

function heatMap(n) {
  const canvas = h("canvas", { width: n, height: n });
  const svg = h("svg", { "aria-hidden": "true" });
  const element = h("div", { class: "map" }, canvas, svg);
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  const title = h("text");
  const outline = [h("rect", { class: "pick" }), h("rect", { class: "pick" })]; // light, then dark
  let side = 0;

  function layOut(words, left, top, size) {
    side = size;
    const letters = lettersFor(size);
    const wide = n * size;
    canvas.style.cssText = `left:${left}px;top:${top}px;width:${wide}px;height:${wide}px`;
    place(svg, { width: left + wide, height: top + wide });
    svg.replaceChildren(title);
    place(title, { x: left, y: 13 });
    const style = `font-size:${letters}px`;
    words.forEach((word, i) => {
      const middle = (i + 0.5) * size + letters * 0.35;
      if (left > 5) svg.append(h("text", { x: left - 5, y: top + middle, style, "text-anchor": "end" }, word));
      svg.append(h("text", { style, transform: `translate(${left + middle} ${top - 5}) rotate(-90)` }, word));
    });
    svg.append(h("g", { transform: `translate(${left} ${top})` }, ...outline));
  }
  function paint(values, limit) {
    for (let i = 0; i < n * n; i++) image.data.set([...colour(values[i], limit), 255], 4 * i);
    context.putImageData(image, 0, 0);
  }
  function mark(row, column) {
    for (const rect of outline) place(rect, { x: column * side, y: row * side, width: side, height: side });
  }
  return { element, canvas, title, layOut, paint, mark };
}

// The rank as a slider that lies on the eigenvalues: those to the left of its handle are kept, as far as
// they are positive. The native input lies over the drawing, unseen, and gives it keys and voice.
const HALF = 12; // half of the native handle, in pixels: so far its ends stay from those of the input

function spectrumSlider({ eigvals, positive, oninput }) {
  const d = eigvals.length;
  const svg = h("svg", { "aria-hidden": "true" });
  const input = h("input", { type: "range", min: 0, max: d, step: 1, "aria-label": "Rank k" });
  input.addEventListener("input", () => oninput(Number(input.value)));
  const element = h("div", { class: "spectrum" }, svg, input);

  function draw(k, spoken) {
    input.value = k;
    input.setAttribute("aria-valuetext", spoken);
    const wide = Math.max(element.clientWidth, 200);
    const high = 150;
    const x = scale(0, d, HALF, wide - HALF);
    const y = scale(Math.min(0, eigvals[d - 1]), Math.max(0, eigvals[0]), high - 34, 22);
    const bars = [...eigvals].map((value, m) => {
      const size = Math.max(Math.abs(y(value) - y(0)), 1.5);
      const kept = m < Math.min(k, positive);
      return h("rect", {
        x: x(m) + 2, y: value < 0 ? y(0) : y(0) - size, width: x(m + 1) - x(m) - 4, height: size,
        class: kept ? "bar-kept" : "bar-left",
      });
    });
    const end = (m, text) => h("text", { x: x(m) - 2, y: 13, "text-anchor": "end", class: "quiet" }, text);
    const track = high - 12;
    place(svg, { width: wide, height: high });
    svg.replaceChildren(
      h("line", { x1: x(0), x2: x(d), y1: y(0), y2: y(0), class: "axis" }),
      ...bars,
      end(positive, `${positive} positive`),
      ...(positive < d ? [end(d, `${d - positive} negative`)] : []),
      h("line", { x1: x(0), x2: x(d), y1: track, y2: track, class: "track" }),
      h("line", { x1: x(0), x2: x(k), y1: track, y2: track, class: "track done" }),
      h("line", { x1: x(k), x2: x(k), y1: 22, y2: track, class: "drop blue" }),
      h("circle", { cx: x(k), cy: track, r: 9, class: "dot blue" }),
    );
  }
  return { element, draw };
}

// Two words' numbers, mode by mode, and their products, whose sum is the score of the two.
function pairOfRows() {
  const svg = h("svg", { "aria-hidden": "true" });
  const element = h("div", {}, svg);

  function draw(names, rows, used) {
    const d = rows[0].length;
    const wide = Math.max(element.clientWidth, 200);
    const left = 84;
    const slot = (wide - left) / d;
    const letters = slot >= 40;
    const strip = letters ? 62 : 44;
    const products = rows[0].map((value, m) => value * rows[1][m]);
    const most = Math.max(...rows.flat().map(Math.abs), 1e-12);
    place(svg, { width: wide, height: 3 * strip + 20 });
    svg.replaceChildren();
    for (const [i, [name, values, limit]] of [
      [names[0], rows[0], most],
      [`× ${names[1]}`, rows[1], most],
      ["= products", products, Math.max(...products.map(Math.abs), 1e-12)],
    ].entries()) {
      const middle = (i + 0.5) * strip;
      const y = scale(0, limit, middle, middle - (strip / 2 - (letters ? 15 : 4)));
      svg.append(
        h("text", { x: 0, y: middle + 4 }, name),
        h("line", { x1: left, x2: wide, y1: middle, y2: middle, class: "grid" }),
      );
      values.slice(0, used).forEach((value, m) => {
        const tone = i < 2 ? "" : value < 0 ? "apart" : "together";
        const size = Math.max(Math.abs(y(value) - middle), 1);
        const [x, width] = [left + m * slot + slot * 0.2, slot * 0.6];
        svg.append(h("rect", { x, y: value < 0 ? middle : middle - size, width, height: size, class: `stick ${tone}` }));
        if (!letters) return;
        const at = { x: x + width / 2, y: value < 0 ? middle + size + 12 : middle - size - 4, "text-anchor": "middle" };
        svg.append(h("text", { ...at, class: tone || "quiet" }, fixed(value, 2)));
      });
    }
    for (let m = 0; m < d; m++) {
      const at = { x: left + (m + 0.5) * slot, y: 3 * strip + 14, "text-anchor": "middle" };
      svg.append(h("text", { ...at, class: m < used ? "" : "quiet" }, m + 1));
    }
  }
  return { element, draw };
}

export default figure(({ model, root, set, say }) => {
  const words = model.get("words");
  const n = words.length;
  const d = model.get("d_max");
  const name = model.get("name");
  const limit = model.get("limit");
  const own = model.get("own");
  needNumbers(model, "norm", "limit", "positive");
  const positive = model.get("positive");
  const V = model.get("V").toLocaleString("en");
  const some = n < model.get("V"); // not all words: two errors
  const block = numbers(model.get("block"), Float32Array, n * n, "block");
  // Tied weights reach the largest eigenvalues, untied ones those of largest size.
  const [tied, untied] = (own ? [""] : ["", "signed_"]).map((kind) => {
    const eigvals = numbers(model.get(`${kind}eigvals`), Float64Array, d, `${kind}eigvals`);
    const eigvecs = numbers(model.get(`${kind}eigvecs`), Float32Array, n * d, `${kind}eigvecs`);
    return { eigvals, eigvecs, ...relativeErrors(block, eigvals, eigvecs, n, model.get("norm")) };
  });

  const oninput = (value) => set("k", value);
  const k_ = own
    ? spectrumSlider({ eigvals: tied.eigvals, positive, oninput })
    : slider({ name: "Rank k", min: 0, max: d, oninput });
  const which = choice({
    name: "Which eigenvalues",
    labels: ["tied W Wᵀ: positive λ only", "untied W Cᵀ: largest |λ|"],
    onchange: (value) => set("untied", value),
  });
  const fitted = own ? "W Wᵀ" : "Rank k";
  const shows = `w2v-${Math.random().toString(36).slice(2)}`;
  const views = [name, fitted, "Left over"].map((label, i) => {
    const input = h("input", { type: "radio", name: shows, onchange: () => set("view", i) });
    return { input, element: h("label", {}, input, label) };
  });
  const view_ = h("fieldset", { class: "controls", "aria-label": "Map" }, ...views.map(({ element }) => element));
  const maps = [heatMap(n), heatMap(n)];
  const mapsBox = h("div", { class: "maps" }, ...maps.map(({ element }) => element));
  const stops = PUOR.map((rgb) => `rgb(${rgb})`).join(",");
  const ends = [-limit, limit].map((value) => fixed(value, Number.isInteger(limit) ? 0 : 1));
  const colours = h("i", { style: `background:linear-gradient(90deg,${stops})` });
  const bar = h("div", { class: "bar" }, ends[0], colours, ends[1]);
  const choose = (row, column) => {
    if (String([row, column]) !== String(model.get("cell"))) set("cell", [row, column]);
  };
  const row_ = select({ name: "Row", options: words, onchange: (i) => choose(i, model.get("cell")[1]) });
  const column_ = select({ name: "Column", options: words, onchange: (j) => choose(model.get("cell")[0], j) });
  const pair_ = h("div", { class: "controls pair" }, row_.element, column_.element);
  const rows = pairOfRows();
  const reading = h("p");
  const chart = h("svg", { "aria-hidden": "true" });
  const chartBox = h("div", {}, chart);
  const summary = h("p");
  // Two texts in one place, of which one is seen: so nothing below them jumps.
  const [source, still] = [h("p"), h("p")];
  const note = h("div", { class: "stack" }, source, still);
  root.setAttribute("aria-label", own
    ? `Interactive figure: ${name} of ${n} words beside W Wᵀ of rank k`
    : `Interactive figure: ${name} of ${n} words and its approximation of rank k`);
  if (own) {
    root.append(k_.element, summary, note, view_, mapsBox, bar, pair_, rows.element, reading);
    source.textContent = `The bars are the eigenvalues of this block of ${n} words alone, the largest first (those ` +
      `of all ${V} words differ). W Wᵀ is made of the filled ones: each gives every word one more number, and the ` +
      "products of these numbers add up to the map.";
    still.textContent = whyItStands();
  } else {
    const controls = h("div", { class: "controls" }, k_.element, which.element);
    root.append(controls, view_, mapsBox, bar, pair_, reading, chartBox, summary);
  }

  // What no W Wᵀ can hold, and in which direction most of it lies.
  function whyItStands() {
    const negative = [...tied.eigvals.slice(positive)].filter((value) => value < 0);
    if (!negative.length) return `All ${positive} positive eigenvalues are kept, and there are no negative ones.`;
    const last = negative.at(-1);
    const most = last ** 2 / negative.reduce((sum, value) => sum + value ** 2, 0) > 0.5;
    const signs = words.map((_, i) => Math.sign(tied.eigvecs[i * d + d - 1]));
    const all = signs.every((sign) => sign === signs[0]) ? `, in which all ${n} words avoid one another` : "";
    return "From here on the map stands still: W Wᵀ can have no negative eigenvalue, because a word times itself " +
      `is a square. ${percent(tied.ofBlock[positive])} stays` +
      `${most ? `, most of it one direction, ${fixed(last, 2)}${all}` : ""}. Two separate matrices could hold it ` +
      "(chapter 5).";
  }

  let size = 1;
  for (const { canvas } of maps) {
    const point = (event) => choose(...[event.offsetY, event.offsetX].map((at) => clamp(Math.floor(at / size), 0, n - 1)));
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.setAttribute("aria-hidden", "true"); // the two menus of words say the same
  }

  function layOut() {
    const width = mapsBox.clientWidth;
    const longest = Math.max(...words.map((word) => word.length));
    const room = (letters) => longest * letters * 0.56 + 8;
    const beside = width >= 520;
    let labels = room(beside ? 12 : 9.5);
    const fit = () => clamp(Math.floor(beside ? (width - labels - 14) / (2 * n) : (width - labels) / n), 3, 26);
    labels = Math.max(labels, room(lettersFor(fit()))); // larger cells have larger names
    size = fit();
    const top = 20 + room(lettersFor(size));
    maps[0].layOut(words, labels, top, size);
    maps[1].layOut(words, beside ? 0 : labels, top, size);
    maps[0].paint(block, limit);
    return beside;
  }

  function drawChart(k, { ofBlock, ofWhole }) {
    const wide = Math.max(chartBox.clientWidth, 240);
    const high = 170;
    const x = scale(0, d, 46, wide - 10);
    const y = scale(0, Math.max(1, ...ofBlock), high - 38, 26);
    place(chart, { width: wide, height: high });
    axes(chart, {
      x, y, xs: new Set([0, Math.round(d / 2), d]), ys: [0, 0.5, 1], xName: "rank k", yName: "relative error",
      xText: String, yText: (value) => `${value * 100} %`,
    });
    chart.append(h("line", { x1: x(k), x2: x(k), y1: y(0), y2: y(1), class: "axis" }));
    // Each curve has its name at its end, above it; the lower one below it, unless the axis is there.
    const curves = [[ofWhole, "red", `all ${V} words`]];
    if (some) curves.push([ofBlock, "blue", `these ${n} words`]);
    curves.sort(([one], [other]) => one[d] - other[d]);
    const above = (values) => Math.min(...Array.from(values).flatMap((value, m) => (x(m) > x(d) - 100 ? y(value) : []))) - 8;
    let free = Infinity; // of names, from here on upwards
    for (const [values, tone, text] of curves) {
      const below = y(values[d]) + 19;
      const fits = curves.length > 1 && values === curves[0][0] && below < y(0) - 4;
      if (!fits) free = Math.min(above(values), free - 16);
      chart.append(
        h("path", { d: curve((m) => values[Math.round(m)], x, y, 0, d, d), class: `line ${tone}` }),
        h("circle", { cx: x(k), cy: y(values[k]), r: 5.5, class: `dot ${tone}` }),
        h("text", { x: x(d), y: fits ? below : free, "text-anchor": "end", class: tone }, text),
      );
    }
  }

  return () => {
    needNumbers(model, "k", "view");
    const k = clamp(Math.round(model.get("k")), 0, d);
    const [row, column] = model.get("cell");
    if (!(row in words && column in words)) throw new Error(`cell ${row}, ${column} of ${n} × ${n} is asked for`);
    const shown = !own && model.get("untied") ? untied : tied;
    const used = own ? Math.min(k, positive) : k;
    const fit = rankBlock(shown.eigvals, shown.eigvecs, n, used);

    const beside = layOut();
    const view = clamp(model.get("view"), beside ? 1 : 0, 2); // two maps: the first one is always there
    views[0].element.hidden = beside;
    views[view].input.checked = true;
    maps[0].element.hidden = !beside && view !== 0;
    maps[1].element.hidden = !beside && view === 0;
    const rank = own ? `W Wᵀ, rank ${used}` : `rank ${k}`;
    maps[0].title.textContent = name;
    maps[1].title.textContent = view === 2 ? `left over: ${name} − ${own ? "W Wᵀ" : rank}` : rank;
    maps[1].paint(view === 2 ? fit.map((value, i) => block[i] - value) : fit, limit);
    for (const map of maps) map.mark(row, column);
    row_.input.value = row;
    column_.input.value = column;

    const at = row * n + column;
    if (own) {
      const products = wordRow(shown.eigvals, shown.eigvecs, row, positive);
      const other = wordRow(shown.eigvals, shown.eigvecs, column, positive);
      rows.draw([words[row], words[column]], [products, other], used);
      const each = products.slice(0, used).map((value, m) => fixed(value * other[m], 2));
      const sum = ["no product yet", `product ${each[0]}`, `products ${each.join(" and ")}, together ${fixed(fit[at], 2)}`];
      const told = sum[used] ?? `${used} products, together ${fixed(fit[at], 2)}`;
      reading.textContent = `${words[row]} · ${words[column]}: ${told}; ${name} is ${fixed(block[at], 2)}.`;
      const stands = k > positive || k === d;
      source.classList.toggle("off", stands);
      still.classList.toggle("off", !stands);
      const value = k ? `, eigenvalue ${fixed(shown.eigvals[k - 1], 2)}${k > positive ? " (not kept)" : ""}` : "";
      summary.replaceChildren(
        `Rank ${k} of ${d}${value}: `, h("b", {}, `${percent(shown.ofBlock[used])} is left over`),
        `, |${name} − W Wᵀ| / |${name}|.`,
      );
      k_.draw(k, `rank ${k} of ${d}${value}`);
      say(`${summary.textContent} ${reading.textContent}${stands ? ` ${still.textContent}` : ""}`);
      return;
    }
    k_.show(k, `${k} of ${d}`, `rank ${k} of ${d}`);
    which.show(model.get("untied"));
    drawChart(k, shown);
    const [exact, approximate] = [fixed(block[at], 3), fixed(fit[at], 3)];
    reading.textContent = `${words[row]} – ${words[column]}: ${name} is ${exact}, rank ${k} gives ${approximate}.`;
    const negative = shown.eigvals.slice(0, k).filter((value) => value < 0).length;
    const signs = shown === untied ? ` Negative eigenvalues among the ${k}: ${negative}.` : "";
    summary.replaceChildren(
      `Relative error at rank ${k}: `,
      ...(some ? [h("b", { class: "blue" }, `${percent(shown.ofBlock[k])} on these ${n} words`), ", "] : []),
      h("b", { class: "red" }, `${percent(shown.ofWhole[k])} on all ${V}${some ? "" : " words"}`),
      `.${signs}`,
    );
    say(`${reading.textContent} ${summary.textContent}`);
  };
});
