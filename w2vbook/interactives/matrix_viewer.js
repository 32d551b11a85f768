import { axes, choice, clamp, curve, figure, fixed, h, needNumbers, numbers, place, scale, slider } from "./kit.js";

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

// ColorBrewer's RdBu, blue below zero: the colours of w2vlib.plotting.word_heatmap.
const RDBU = "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f"
  .split(" ")
  .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));

export function colour(value, limit) {
  const at = clamp((value / limit + 1) / 2, 0, 1) * (RDBU.length - 1);
  const low = Math.min(Math.floor(at), RDBU.length - 2);
  return RDBU[low].map((start, i) => Math.round(start + (RDBU[low + 1][i] - start) * (at - low)));
}

const lettersFor = (size) => clamp(size - 1, 8, 13); // pixels, of the names along cells of a size

function heatMap(title, n) {
  const canvas = h("canvas", { width: n, height: n });
  const svg = h("svg", { "aria-hidden": "true" });
  const element = h("div", { class: "map" }, canvas, svg);
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  const outline = [h("rect", { class: "pick" }), h("rect", { class: "pick" })]; // light, then dark
  let side = 0;

  function layOut(words, left, top, size) {
    side = size;
    const letters = lettersFor(size);
    const wide = n * size;
    canvas.style.cssText = `left:${left}px;top:${top}px;width:${wide}px;height:${wide}px`;
    place(svg, { width: left + wide, height: top + wide });
    svg.replaceChildren(h("text", { x: left, y: 13 }, title));
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
  return { element, canvas, layOut, paint, mark };
}

export default figure(({ model, root, set, say }) => {
  const words = model.get("words");
  const n = words.length;
  const d = model.get("d_max");
  const name = model.get("name");
  const limit = model.get("limit");
  needNumbers(model, "norm", "limit");
  const V = model.get("V").toLocaleString("en");
  const block = numbers(model.get("block"), Float32Array, n * n, "block");
  // Tied weights reach the largest eigenvalues, untied ones those of largest size.
  const [tied, untied] = ["", "signed_"].map((kind) => {
    const eigvals = numbers(model.get(`${kind}eigvals`), Float64Array, d, `${kind}eigvals`);
    const eigvecs = numbers(model.get(`${kind}eigvecs`), Float32Array, n * d, `${kind}eigvecs`);
    return { eigvals, eigvecs, ...relativeErrors(block, eigvals, eigvecs, n, model.get("norm")) };
  });

  const k_ = slider({ name: "Rank k", min: 0, max: d, oninput: (value) => set("k", value) });
  const which = choice({
    name: "Which eigenvalues",
    labels: ["tied W Wᵀ: positive λ only", "untied W Cᵀ: largest |λ|"],
    onchange: (value) => set("untied", value),
  });
  const maps = [heatMap(name, n), heatMap("", n)];
  const mapsBox = h("div", { class: "maps" }, ...maps.map(({ element }) => element));
  const stops = RDBU.map((rgb) => `rgb(${rgb})`).join(",");
  const ends = [-limit, limit].map((value) => fixed(value, Number.isInteger(limit) ? 0 : 1));
  const colours = h("i", { style: `background:linear-gradient(90deg,${stops})` });
  const bar = h("div", { class: "bar" }, ends[0], colours, ends[1]);
  const reading = h("p");
  const chart = h("svg", { "aria-hidden": "true" });
  const chartBox = h("div", {}, chart);
  const summary = h("p");
  root.setAttribute("aria-label", `Interactive figure: ${name} of ${n} words and its approximation of rank k`);
  root.append(h("div", { class: "controls" }, k_.element, which.element), mapsBox, bar, reading, chartBox, summary);

  let size = 1;
  const choose = (row, column) => {
    const cell = [clamp(row, 0, n - 1), clamp(column, 0, n - 1)];
    if (String(cell) !== String(model.get("cell"))) set("cell", cell);
  };
  const keys = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  maps.forEach(({ canvas }, i) => {
    const point = (event) => choose(Math.floor(event.offsetY / size), Math.floor(event.offsetX / size));
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("keydown", (event) => {
      const move = keys[event.key];
      if (!move) return;
      event.preventDefault();
      const [row, column] = model.get("cell");
      choose(row + move[0], column + move[1]);
    });
    place(canvas, {
      tabindex: 0,
      role: "application",
      "aria-label": `${i ? "The approximation" : name} as a heat map. The arrow keys move from cell to cell.`,
    });
  });

  let width = 0;
  function layOut() {
    if (mapsBox.clientWidth === width) return;
    width = mapsBox.clientWidth;
    const longest = Math.min(Math.max(...words.map((word) => [...word].length)), 14);
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
    // Each curve has its name at its end, on the side away from the other.
    const blockAbove = ofBlock[d] > ofWhole[d];
    for (const [values, tone, text, above] of [
      [ofWhole, "red", `all ${V} words`, !blockAbove],
      [ofBlock, "blue", `these ${n} words`, blockAbove],
    ]) {
      chart.append(
        h("path", { d: curve((m) => values[Math.round(m)], x, y, 0, d, d), class: `line ${tone}` }),
        h("circle", { cx: x(k), cy: y(values[k]), r: 5.5, class: `dot ${tone}` }),
        h("text", { x: x(d), y: y(values[d]) + (above ? -8 : 19), "text-anchor": "end", class: tone }, text),
      );
    }
  }

  return () => {
    needNumbers(model, "k");
    const k = clamp(Math.round(model.get("k")), 0, d);
    const [row, column] = model.get("cell");
    if (!(row in words && column in words)) throw new Error(`cell ${row}, ${column} of ${n} × ${n} is asked for`);
    const shown = model.get("untied") ? untied : tied;
    const fit = rankBlock(shown.eigvals, shown.eigvecs, n, k);
    layOut();
    k_.show(k, `${k} of ${d}`, `rank ${k} of ${d}`);
    which.show(model.get("untied"));
    maps[1].element.querySelector("text").textContent = `rank ${k}`;
    maps[1].paint(fit, limit);
    for (const map of maps) map.mark(row, column);
    drawChart(k, shown);
    const at = row * n + column;
    const [exact, fitted] = [fixed(block[at], 3), fixed(fit[at], 3)];
    reading.textContent = `${words[row]} – ${words[column]}: ${name} is ${exact}, rank ${k} gives ${fitted}.`;
    const percent = (value) => `${fixed(100 * value, 1)} %`;
    const negative = shown.eigvals.slice(0, k).filter((value) => value < 0).length;
    const signs = shown === untied ? ` Negative eigenvalues among the ${k}: ${negative}.` : "";
    summary.replaceChildren(
      `Relative error at rank ${k}: `, h("b", { class: "blue" }, `${percent(shown.ofBlock[k])} on these ${n} words`),
      ", ", h("b", { class: "red" }, `${percent(shown.ofWhole[k])} on all ${V}`),
      `.${signs}`,
    );
    say(`${reading.textContent} ${summary.textContent}`);
  };
});
