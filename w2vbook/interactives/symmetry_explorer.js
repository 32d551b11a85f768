import {
  axes, clamp, dot, dotted, figure, fixed, h, norm, numbers, place, placeNames, scale, select, slider, ticks, uniforms,
} from "./kit.js";
import { atOnce, eigenpairs } from "./eigen.js";

// Matrices are (n, n), row by row.

const upTo = (n) => [...Array(n).keys()];
const sum = (all, f = (x) => x) => all.reduce((total, x, i) => total + f(x, i), 0);
const unit = (values) => { // its mean taken away, of length 1
  const mean = sum(values) / values.length;
  const column = values.map((x) => x - mean);
  const length = norm(column) || 1;
  return column.map((x) => x / length);
};

// Each entry replaced by the mean of its class. Where classes are distances, the result is circulant on
// a ring and Toeplitz on a line.
export function average(A, classOf) {
  const classes = [];
  A.forEach((x, i) => (classes[classOf(i)] ??= []).push(x));
  const means = classes.map((all) => sum(all) / all.length);
  return A.map((_, i) => means[classOf(i)]);
}

// J A J with J = I - 1/n: inner products once the mean vector is taken away.
export function centred(A, n) {
  return [(i) => Math.floor(i / n), (i) => i % n].reduce((B, side) => {
    const means = average(B, side);
    return B.map((x, i) => x - means[i]);
  }, A);
}

// The share of the variance of the entries beside the diagonal that their ideal explains.
export function explained(A, ideal, n) {
  const [a, b] = [A, ideal].map((all) => unit(all.filter((_, i) => i % (n + 1))));
  return dot(a, b) ** 2;
}

// The slow functions of an order, slowest first, as columns of length 1: wave k runs k times around a
// ring, or makes k half turns along a line; on a map longitude and latitude stand for them.
export function waves(n, order, points) {
  const wave = (name, mark, ...parts) => ({ name, mark, columns: parts.map((f) => unit(upTo(n).map(f))) });
  if (order === "map") return ["longitude", "latitude"].map((name, k) => wave(name, name.slice(0, 3), (i) => points[i][1 - k]));
  return upTo(order === "ring" ? n >> 1 : n - 1).map((j) => {
    const k = j + 1;
    const around = [Math.cos, Math.sin].map((f) => (i) => f((2 * Math.PI * k * i) / n));
    const along = [(i) => -Math.cos((Math.PI * k * (i + 0.5)) / n)];
    return wave(`wave ${k}`, k, ...(order === "ring" ? around.slice(0, 2 * k < n ? 2 : 1) : along));
  });
}

// A permutation of n from a seed; 0 changes nothing.
export function permutation(n, seed) {
  const [order, uniform] = [upTo(n), uniforms(seed)];
  for (let i = n - 1; seed && i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// How much of each column, in the mean, lies in the plane of some vectors; order exchanges the names.
export function overlap(vectors, columns, order) {
  let held = 0;
  for (const column of columns) {
    for (const v of vectors) {
      let part = 0;
      for (let i = 0; i < v.length; i++) part += v[i] * column[order[i]];
      held += part * part;
    }
  }
  return held / columns.length;
}

const SHUFFLES = 1000;
const SHOWN = 7; // directions

export default figure(({ model, root, set, say }) => {
  const sets = model.get("sets");
  const count = sum(sets, ({ words }) => words.length ** 2);
  const blocks = numbers(model.get("blocks"), Float32Array, count, "blocks");
  const apart = numbers(model.get("apart"), Uint8Array, count, "apart");
  let base = {}; // all that stays while the slider moves
  const shuffles = {}; // for each number of words
  // Read from the model: two changes may come before the next drawing. What comes from outside may be anything.
  const part = (x, low, high) => clamp(Number(x) || low, low, high);
  const chosen = () => [0, 1].map((i) => Math.round(part(model.get("directions")?.[i], 1, SHOWN)));
  const shuffle = () => Math.round(part(model.get("shuffle"), 0, 999));
  let [directions, seed] = [chosen(), shuffle()]; // as drawn

  const which = select({ name: "Words", options: sets.map(({ name }) => name), onchange: (i) => set("shown", sets[i].name) });
  const pick = ["Across", "Up"].map((name, axis) => select({
    name: h("b", { class: axis ? "red" : "blue" }, name),
    options: upTo(SHOWN).map((k) => k + 1),
    onchange: (k) => set("directions", chosen().map((old, i) => (i === axis ? k + 1 : old))),
  }));
  const mixing = slider({ name: "Averaged", min: 0, max: 100, oninput: (x) => set("mix", x / 100) });
  const button = (text, next) => h("button", { type: "button", onclick: () => set("shuffle", next()) }, text);
  const [picture, bars] = [0, 1].map(() => h("svg", { "aria-hidden": "true" }));
  const heat = h("canvas", { "aria-hidden": "true" });
  const pen = heat.getContext("2d");
  const left = h("div", {}, picture);
  const right = h("div", {}, h("p", { class: "heat" }, heat, "The block of M*: the stronger the colour, the larger."), bars);
  const summary = h("p");
  root.setAttribute("aria-label", "Interactive figure: a block of M* and its directions");
  root.append(
    h("div", { class: "controls" }, which.element, ...pick.map(({ element }) => element)),
    h("div", { class: "controls" }, mixing.element, button("Shuffle names", () => (shuffle() % 999) + 1), button("True order", () => 0)),
    h("div", { class: "plots" }, left, right),
    summary,
  );

  function prepare({ name, words, order, points, start }) {
    const n = words.length;
    const names = permutation(n, seed);
    const A = Float64Array.from({ length: n * n }, (_, i) => blocks[start + names[Math.floor(i / n)] * n + names[i % n]]);
    const ideal = average(A, (i) => apart[start + i]);
    const all = waves(n, order, points);
    base = {
      key: name + seed, n, words, order, A, ideal, all, share: explained(A, ideal, n),
      slow: all.flatMap(({ columns }) => columns).slice(0, 2),
      orders: shuffles[n] ??= upTo(SHUFFLES + 1).map((i) => permutation(n, i)),
    };
    base.ends = [0, 1].map((mix) => (base.now = solve(mix)));
  }
  const mixed = (m) => base.A.map((x, i) => x + m * (base.ideal[i] - x));

  // Of an averaged ring, any rotation of a pair of waves will do. A hair before, they are definite, and
  // the picture does not jump. Signs are those of the picture before; negative eigenvalues draw nothing.
  function solve(mix) {
    const { n, now, all } = base;
    const { values, vectors } = atOnce(eigenpairs(centred(mixed(Math.min(mix, 1 - 1e-8)), n), n, SHOWN));
    return upTo(SHOWN).map((k) => {
      const v = vectors[k];
      const shares = all.map(({ columns }) => sum(columns, (column) => dot(v, column) ** 2));
      const share = Math.max(...shares);
      const near = all[shares.indexOf(share)];
      let side = now ? dot(v, now[k].v) : 0;
      if (Math.abs(side) < 0.1) side = dot(v, near.columns[0]);
      return { ...near, share, value: Math.max(values[k], 0), v: side < 0 ? v.map((x) => -x) : v };
    });
  }

  function drawPicture() {
    const { n, words, order, now, ends, slow } = base;
    const width = Math.max(left.clientWidth, 240);
    const height = clamp(width, 260, 400);
    const [x0, y0, radius] = [width / 2, height / 2, height / 2 - 24];
    const points = (modes) => {
      const columns = directions.map((k) => {
        const { v, value } = modes[k - 1];
        return v.map((x) => x * Math.sqrt(value) * (dot(v, now[k - 1].v) < 0 ? -1 : 1));
      });
      return words.map((_, i) => columns.map((column) => column[i]));
    };
    const size = radius / (Math.max(...[now, ...ends].flatMap(points).flat().map(Math.abs)) || 1);
    const spots = (modes) => points(modes).map(([x, y]) => [x0 + x * size, y0 - y * size]);
    const path = (all) => `M${all.join("L")}${order === "ring" ? "Z" : ""}`;
    const print = (x, y, text, tone, anchor) => h("text", { x, y, class: tone, "text-anchor": anchor }, text);
    const here = spots(now);
    const named = words.map((word, i) => [...here[i], word]);
    place(picture, { width, height });
    picture.replaceChildren(
      h("path", { d: `M0 ${y0}H${width}M${x0} 0V${height}`, class: "grid" }),
      print(width, height - 4, `direction ${directions[0]} →`, "blue", "end"),
      print(0, height - 4, `↑ direction ${directions[1]}`, "red"),
    );
    if (order === "map") {
      // Where east and north lie: an arrow that reaches the edge is held in full.
      slow.forEach((column, i) => {
        const [x, y] = directions.map((k) => dot(column, now[k - 1].v) * radius);
        named.unshift([x0 + x, y0 - y, i ? "north" : "east"]);
        picture.append(h("path", { d: `M${x0} ${y0}l${x} ${-y}`, class: "line quiet" }));
      });
    } else picture.append(h("path", { d: path(here), class: "faint" }), dotted(path(spots(ends[1])), "quiet"));
    here.forEach(([cx, cy], i) => {
      const style = `--hue:${order === "ring" ? (360 * i) / n : 265 - (240 * i) / n}`;
      picture.append(h("circle", { cx, cy, r: 5.5, class: "dot", style }));
    });
    pen.font = `13px ${getComputedStyle(root).fontFamily}`;
    const boxes = named.map(([x, y, text]) => [x, y, pen.measureText(text).width + 4]);
    placeNames(boxes, width, height - 20).forEach((free, i) => free && picture.append(print(free[0] + 2, free[1] + 12, named[i][2], "halo")));
  }

  function drawBlock(block) {
    const [low, high] = [Math.min(...block), Math.max(...block)];
    heat.width = heat.height = base.n;
    pen.fillStyle = "#4a7cf0"; // on light and on dark
    block.forEach((x, i) => {
      pen.globalAlpha = (x - low) / (high - low);
      pen.fillRect(i % base.n, Math.floor(i / base.n), 1, 1);
    });
  }

  function drawBars() {
    const { now, ends } = base;
    const width = Math.max(right.clientWidth, 230);
    const high = Math.max(...[now, ...ends].flat().map(({ value }) => value)) || 1;
    const x = scale(0.5, SHOWN + 0.5, 58, width);
    const y = scale(0, high, 138, 26);
    const wide = x(2) - x(1);
    place(bars, { width, height: 196 });
    axes(bars, { x, y, xs: [], ys: ticks(0, high, 3), yName: "eigenvalues (dotted: averaged)" });
    const column = (texts, attributes) => bars.append(...texts.map((text, i) => h("text", { y: 156 + 18 * i, ...attributes }, text)));
    column(["direction", "nearest", "share, %"], { x: 0, class: "quiet" });
    now.forEach(({ value, mark, share }, k) => {
      const [middle, top, tone] = [x(k + 1), y(value), ["blue", "red"][directions.indexOf(k + 1)] ?? "quiet"];
      column([k + 1, mark, fixed(100 * share, 0)], { x: middle, "text-anchor": "middle", class: tone });
      // Two taps choose both axes: what was up goes across.
      const onclick = () => chosen().includes(k + 1) || set("directions", [chosen()[1], k + 1]);
      bars.append(
        h("rect", { x: middle - wide / 3, width: wide / 1.5, y: top, height: 138 - top, class: `column ${tone}` }),
        dotted(`M${middle - wide * 0.4} ${y(ends[1][k].value)}h${wide * 0.8}`, ""),
        h("rect", { x: middle - wide / 2, width: wide, y: 20, height: 176, class: "hit", onclick }),
      );
    });
  }

  return () => {
    const one = sets.find(({ name }) => name === model.get("shown")) ?? sets[0];
    [directions, seed] = [chosen(), shuffle()];
    const mix = part(model.get("mix"), 0, 1);
    if (base.key !== one.name + seed) prepare(one);
    base.now = solve(mix);
    drawPicture();
    drawBlock(mixed(mix));
    drawBars();

    which.input.value = sets.indexOf(one);
    pick.forEach(({ input }, i) => { input.value = directions[i] - 1; });
    const percent = (x) => `${fixed(100 * x, 0)} %`;
    mixing.show(100 * mix, percent(mix));
    const modes = directions.map((k) => base.now[k - 1]);
    const [found, ...shuffled] = base.orders.map((order) => overlap(modes.map(({ v }) => v), base.slow, order));
    const usual = shuffled.sort((a, b) => b - a)[SHUFFLES / 20];
    const near = modes.map(({ name, share }, i) => `direction ${directions[i]} is ${percent(share)} ${name}`).join(", ");
    summary.replaceChildren(
      `${seed ? `Shuffle ${seed}` : "True order"}: distance explains ${percent(base.share)} of the entries' variance; ${near}. `,
      h("b", { class: "blue" }, `Overlap with ${base.order === "map" ? "the map" : "the slowest waves"} ${fixed(found, 2)}`),
      `; 95 % of ${SHUFFLES} shuffles stay below ${fixed(usual, 2)}.`,
    );
    say(summary.textContent);
  };
});
