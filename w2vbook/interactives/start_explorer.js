import {
  OFF, TONES, axes, clamp, curve, dot, dotted, figure, fillTable, fixed, h, halfTime, logistic, needNumbers, norm, numbers,
  onDrag, place, power, scale, slider, svd, ticks, timeCells, uniforms,
} from "./kit.js";

// Matrices are lists of columns, each a Float64Array: all work here goes along columns.

const add = (a, factor, b) => {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
};

// Standard normal numbers from a seed, by the method of Box and Muller.
// A matrix with more columns begins with the columns of the narrower one.
export function gaussian(seed, rows, columns) {
  const uniform = uniforms(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Array.from({ length: columns }, () => Float64Array.from({ length: rows }, normal));
}

// Orthonormal columns that span the same, one after the other; twice, so that they stay orthogonal
// where columns are nearly parallel.
export function orthonormal(columns) {
  const found = [];
  for (const column of columns) {
    const rest = Float64Array.from(column);
    for (let pass = 0; pass < 2; pass++) for (const q of found) add(rest, -dot(q, rest), q);
    const size = norm(rest);
    found.push(rest.map((value) => value / size));
  }
  return found;
}

// A rotated from the right so that its first d rows are lower triangular: A = L Q. Learning does not
// see such a rotation, and the size of L_kk is the effective start of mode k.
export function triangular(A) {
  const d = A.length;
  const row = (i) => Float64Array.from(A, (column) => column[i]);
  const axes = orthonormal(Array.from({ length: d }, (_, i) => row(i)));
  return axes.map((axis, j) => A[0].map((_, i) => (i < j ? 0 : dot(row(i), axis))));
}

// log of phi = (exp(lambda t) - 1) / lambda, and D^2 = lambda / (1 - exp(-lambda t)).
function growth(lambda, t) {
  if (lambda === 0) return [Math.log(t), 1 / t];
  const size = Math.abs(lambda);
  const logPhi = Math.max(lambda, 0) * t + Math.log(-Math.expm1(-size * t)) - Math.log(size);
  return [logPhi, lambda > 0 ? lambda / -Math.expm1(-lambda * t) : size / Math.expm1(size * t)];
}

// W(t) in the basis of the eigenvectors, up to a rotation from the right, from any start: the
// solution of the Riccati equation of W W^T. L: the start, triangular; eigvals fall.
export function exactW(t, eigvals, L) {
  if (!(t > 0)) return L;
  const d = L.length;
  const grown = Array.from(eigvals, (lambda) => growth(lambda, t));
  // [I; phi^(1/2) L], each column scaled so that its entries are of order one.
  const stacked = L.map((column, j) => {
    const shift = Math.max(0, grown[j][0] / 2 + Math.log(Math.abs(column[j])));
    const made = new Float64Array(d + column.length);
    made[j] = Math.exp(-shift);
    for (let k = j; k < column.length; k++) made[d + k] = column[k] * Math.exp(grown[k][0] / 2 - shift);
    return made;
  });
  return orthonormal(stacked).map((q) => q.slice(d).map((value, k) => Math.sqrt(grown[k][1]) * value));
}

// When a squared singular value passes lambda / 2, between two times: halve the time between.
function crossing(strength, level, low, high) {
  if (!(strength(high) >= level)) return Infinity;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (strength(middle) < level) low = middle;
    else high = middle;
  }
  return high;
}

const STEPS = 200; // of the curves

export default figure(({ model, root, set, say }) => {
  const modes = model.get("modes");
  const eigvals = numbers(model.get("eigvals"), Float64Array, modes, "eigvals");
  const positive = eigvals.filter((value) => value > 0).length;
  const most = Math.min(TONES.length, positive);

  let end = 1;
  const moveTo = (t) => set("t", clamp(t, 0, end));
  const time = slider({ name: "Time t", min: 0, max: 1000, oninput: (value) => moveTo((value / 1000) * end) });
  const size = slider({
    name: "Start σ", min: -12, max: -1, step: 0.1, short: true, oninput: (value) => set("sigma", 10 ** value),
  });
  const dimension = slider({
    name: "Dimension d", min: 1, max: most, short: true, oninput: (value) => set("d", value),
  });
  const seed = h("input", { type: "number", min: 0, max: 999, step: 1 });
  seed.addEventListener("change", () => set("seed", clamp(Math.round(Number(seed.value)) || 0, 0, 999)));
  const fresh = h("button", { type: "button" }, "New start");
  fresh.addEventListener("click", () => set("seed", (model.get("seed") + 1) % 1000));
  const chart = h("svg", { class: "drag", "aria-hidden": "true" });
  const map = h("svg", { "aria-hidden": "true" });
  const table = h("table", { class: "times" });
  const summary = h("p");
  const chartBox = h("div", {}, chart);
  const mapBox = h("div", {}, map);
  root.setAttribute("aria-label", "Interactive figure: a random start comes into line with the eigenvectors");
  const draw = h("div", { class: "controls" }, h("label", {}, "Seed", seed), fresh);
  root.append(
    h("div", { class: "controls" }, size.element, dimension.element, draw),
    h("div", { class: "controls" }, time.element),
    chartBox,
    h("p", { class: "note" }, "Solid: exact. Dotted: logistic from the effective start L²ₖₖ. Thin: logistic from σ²"
      + " for every mode."),
    h("p", {}, "Overlap of the left singular vectors of W(t), one a row, with the eigenvectors of M*, one a"
      + " column"),
    mapBox,
    table,
    summary,
    h("p", { class: "note" }, `The start is drawn in ${modes} modes: the ${positive} largest eigenvalues and the`
      + ` ${modes - positive} most negative ones. The others, nearer to zero, are left out: that matters only where σ is near 0.1.`),
  );
  let toX;
  onDrag(chart, (left) => moveTo(toX.invert(left)));

  let shape = "";
  let known;

  // All that does not change with the time shown.
  function compute(d, sigma, seedOf) {
    const W0 = gaussian(seedOf, modes, d).map((column) => column.map((value) => sigma * value));
    const L = triangular(W0);
    const lambda = Array.from(eigvals.slice(0, d));
    const effective = lambda.map((_, k) => L[k][k] ** 2);
    const plain = lambda.map((value) => halfTime(value, sigma * sigma));
    const projected = lambda.map((value, k) => halfTime(value, effective[k]));
    const last = Math.max(...lambda.map((value, k) => Math.max(plain[k], projected[k]) + 7 / value));
    const at = (t) => svd(exactW(t, eigvals, L)).s.map((s) => s * s);
    const grid = Array.from({ length: STEPS + 1 }, (_, i) => at((i / STEPS) * last));
    const exact = lambda.map((value, k) => {
      const i = grid.findIndex((strengths) => strengths[k] >= value / 2);
      if (i < 1) return i ? Infinity : 0;
      return crossing((t) => at(t)[k], value / 2, ((i - 1) / STEPS) * last, (i / STEPS) * last);
    });
    return { L, lambda, effective, plain, projected, exact, last, grid };
  }

  function drawChart(sigma) {
    const { lambda, effective, grid } = known;
    const width = Math.max(chartBox.clientWidth, 240);
    const height = width < 420 ? 250 : 300;
    const high = Math.max(lambda[0], ...grid[0]) * 1.05;
    const x = scale(0, end, 46, width - 22);
    const y = scale(0, high, height - 40, 24);
    toX = x;
    place(chart, { width, height });
    const xs = ticks(0, end, width < 420 ? 4 : 8);
    axes(chart, { x, y, xs, ys: ticks(0, high, 4), xName: "time t", yName: "squared singular values of W" });
    const path = (f, tone) => h("path", { d: curve(f, x, y, 0, end, STEPS), class: tone });
    lambda.forEach((value, k) => chart.append(path((t) => logistic(t, value, sigma * sigma), `faint ${TONES[k]}`)));
    const exact = (k) => (t) => grid[Math.round((t / end) * STEPS)][k];
    lambda.forEach((_, k) => chart.append(path(exact(k), `line solid ${TONES[k]}`)));
    let before = -99;
    lambda.forEach((value, k) => {
      chart.append(dotted(curve((t) => logistic(t, value, effective[k]), x, y, 0, end, STEPS), TONES[k]));
      before = Math.max(before + 14, y(value) + 4);
      chart.append(h("text", { x: x(end) + 6, y: before, class: TONES[k] }, String(k + 1)));
    });
    chart.append(known.mark);
    place(known.mark, { y1: y(0), y2: y(high) });
  }

  // d x K: how much of each singular vector lies on each eigenvector.
  function layOutMap() {
    const d = known.lambda.length;
    const width = Math.max(mapBox.clientWidth, 240);
    const left = 26;
    const gap = modes > positive ? 12 : 0;
    const side = (width - left - gap - 4) / modes;
    const high = Math.min(Math.max(side, 16), 24);
    const at = (k) => left + k * side + (k < positive ? 0 : gap);
    place(map, { width, height: d * high + 40 });
    map.replaceChildren();
    const text = (x, y, value, anchor, tone) => map.append(h("text", { x, y, "text-anchor": anchor, class: tone }, value));
    const box = { width: Math.max(side - 1, 1), height: high - 1, class: "cell" };
    known.cells = Array.from({ length: d }, (_, j) => {
      text(left - 8, (j + 0.5) * high + 4, String(j + 1), "end", TONES[j]);
      const row = Array.from(eigvals, (_, k) => h("rect", { x: at(k), y: j * high, ...box }));
      map.append(...row);
      return row;
    });
    const foot = d * high + 14;
    const every = [1, 2, 5, 10].find((step) => step * side >= 44) ?? 20;
    for (let k = every; k <= positive; k += every) text(at(k - 1) + side / 2, foot, String(k), "middle", "quiet");
    text(left, foot + 19, "positive eigenvalues, the largest first", "start", "quiet");
    if (gap) text(width - 4, foot + (width < 480 ? 0 : 19), "negative", "end", "quiet");
  }

  const digits = () => Math.max(0, 3 - Math.floor(Math.log10(end)));
  const printed = (t) => (Number.isFinite(t) ? fixed(t, digits()) : "never");

  function fillTimes() {
    const { plain, projected, exact } = known;
    fillTable(table, OFF, ["direction", "from σ²", "from L²ₖₖ", "exact"], exact.map((t, k) => h("tr", {},
      h("th", { scope: "row" }, h("b", { class: TONES[k] }, String(k + 1))),
      ...timeCells([plain[k], projected[k]], t, printed),
      h("td", {}, printed(t)))));
  }

  return () => {
    needNumbers(model, "d", "t", "seed");
    const d = clamp(model.get("d"), 1, most);
    const sigma = model.get("sigma");
    if (!(sigma > 0 && sigma < Infinity)) throw new Error(`the start sigma = ${sigma} is not positive`);
    const start = [d, sigma, model.get("seed")].join();
    const now = `${start} ${chartBox.clientWidth}`;
    if (now !== shape) {
      shape = "";
      if (known?.start !== start) {
        known = { ...compute(d, sigma, model.get("seed")), start, mark: h("line", { class: "axis" }) };
      }
      end = known.last;
      drawChart(sigma);
      layOutMap();
      fillTimes();
      shape = now;
    }
    const t = clamp(model.get("t"), 0, end);
    const { s, u } = svd(exactW(t, eigvals, known.L));
    place(known.mark, { x1: toX(t), x2: toX(t) });
    known.cells.forEach((row, j) =>
      row.forEach((cell, k) => place(cell, { "fill-opacity": Math.abs(u[j][k]).toFixed(3) })));

    time.show(Math.round((t / end) * 1000), fixed(t, digits()));
    size.show(Math.log10(sigma), power(sigma));
    dimension.show(d, String(d));
    if (document.activeElement !== seed) seed.value = model.get("seed");
    const share = u.map((column, j) => column[j] ** 2);
    const least = share.indexOf(Math.min(...share));
    const learned = s.filter((value, k) => value * value >= known.lambda[k] / 2).length;
    summary.replaceChildren(
      `At t = ${fixed(t, digits())}: `, h("b", {}, `${learned} of ${d} directions learned`),
      `. Singular vector 1 lies to ${fixed(100 * share[0], 1)} % along eigenvector 1 (squared overlap)`,
      d > 1 ? `; the least aligned is ${least + 1}, to ${fixed(100 * share[least], 1)} %.` : ".",
    );
    say(summary.textContent);
  };
});
