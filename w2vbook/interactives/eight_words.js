import {
  LETTERS, clamp, figure, fillTable, fixed, h, needNumbers, numbers, pathOf, place, player, scale, select, slider, ticks, uniforms,
} from "./kit.js";

// Vectors are one list: word i has W[2 i] and W[2 i + 1].
const inner = (W, i, j) => W[2 * i] * W[2 * j] + W[2 * i + 1] * W[2 * j + 1];
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// What pulls and what pushes: [i, j, force], so that w_i moves by rate * force * w_j, and w_j by
// rate * force * w_i: minus the gradient of log(1 + exp(-w_i w_j)) + sum_n log(1 + exp(w_i w_n)).
export function forces(W, i, j, negatives) {
  return [[i, j, sigmoid(-inner(W, i, j))], ...negatives.map((n) => [i, n, -sigmoid(inner(W, i, n))])];
}

export function descend(W, i, j, negatives, rate) {
  const next = Float64Array.from(W);
  for (const [a, b, force] of forces(W, i, j, negatives)) {
    for (let k = 0; k < 2; k++) {
      next[2 * a + k] += rate * force * W[2 * b + k];
      next[2 * b + k] += rate * force * W[2 * a + k];
    }
  }
  return next;
}

// A run that is trained as far as anyone looks. counts: of the pairs, row by row. byHand: pairs that
// the reader chose, each as 64 * (pairs read before) + 8 i + j.
export function training({ counts, readings, sigma, lastRate, seed, rate, negative, byHand = [] }) {
  const n = Math.sqrt(counts.length);
  const pairs = Array.from(counts).flatMap((count, cell) => Array(count).fill(cell));
  const all = readings * pairs.length;
  const uniform = uniforms(seed);
  const drawn = uniforms(seed + 1000);
  const drawnByHand = uniforms(seed + 2000);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const hand = [...byHand].sort((a, b) => Math.floor(a / 64) - Math.floor(b / 64)); // a stable sort
  const W = [Float64Array.from({ length: 2 * n }, () => sigma * normal())]; // after each step
  const steps = []; // the pair of each step
  const at = []; // how many steps were made when so many pairs of the text were read
  const reach = [radius(W[0])]; // how far from zero any word is, or was not long ago
  const rateAt = (read) => rate * (1 - ((1 - lastRate) * Math.min(read, all - 1)) / (all - 1));

  function radius(vectors) {
    let most = 0;
    for (let i = 0; i < n; i++) most = Math.max(most, Math.hypot(vectors[2 * i], vectors[2 * i + 1]));
    return most;
  }

  function step(cell, uniformOf, read, chosen) {
    const [i, j] = [Math.floor(cell / n), cell % n];
    const negatives = Array.from({ length: negative }, () => Math.floor(uniformOf() * n));
    const next = descend(W.at(-1), i, j, negatives, rateAt(read));
    if (!next.every(Number.isFinite)) {
      throw new Error(`the vectors are not finite after ${steps.length + 1} pairs; choose a smaller rate`);
    }
    steps.push({ i, j, negatives, rate: rateAt(read), chosen });
    W.push(next);
    reach.push(Math.max(0.999 * reach.at(-1), radius(next)));
  }

  // Trains on, until so many pairs of the text are read, and what was chosen up to there.
  function to(read) {
    while (at.length <= read) {
      const now = at.length;
      if (now) {
        const place = (now - 1) % pairs.length;
        if (!place) shuffle(pairs, uniform);
        step(pairs[place], drawn, now - 1, false);
      }
      while (hand.length && Math.floor(hand[0] / 64) <= now) step(hand.shift() % 64, drawnByHand, now, true);
      at.push(steps.length);
    }
    return at[read];
  }
  return { to, W, steps, reach };
}

function shuffle(items, uniform) {
  for (let last = items.length - 1; last > 0; last--) {
    const k = Math.floor(uniform() * (last + 1));
    [items[last], items[k]] = [items[k], items[last]];
  }
}

// The squared length of W's projection on each column of a table with two columns.
export function strengths(W, columns) {
  return [0, 1].map((k) => {
    let [x, y] = [0, 0];
    for (let i = 0; 2 * i < W.length; i++) {
      x += columns[2 * i + k] * W[2 * i];
      y += columns[2 * i + k] * W[2 * i + 1];
    }
    return x * x + y * y;
  });
}

// C, turned about zero and mirrored where needed, so that it lies as near to W as it can.
export function turned(C, W) {
  const A = [0, 0, 0, 0]; // C^T W
  for (let i = 0; i < C.length; i += 2) {
    for (let k = 0; k < 4; k++) A[k] += C[i + (k >> 1)] * W[i + (k & 1)];
  }
  const turn = [A[0] + A[3], A[1] - A[2]];
  const mirror = [A[0] - A[3], A[1] + A[2]];
  const plain = Math.hypot(...turn) >= Math.hypot(...mirror);
  const [x, y] = plain ? turn : mirror;
  const size = Math.hypot(x, y) || 1;
  const [cos, sin, sign] = [x / size, y / size, plain ? 1 : -1];
  return C.map((_, k) => (k % 2 ? sin * C[k - 1] + sign * cos * C[k] : cos * C[k] - sign * sin * C[k + 1]));
}

const apart = (W, i, j) => Math.hypot(W[2 * i] - W[2 * j], W[2 * i + 1] - W[2 * j + 1]);

// For each word, the nearest other one.
export function nearest(W) {
  const all = Array.from({ length: W.length / 2 }, (_, i) => i);
  return all.map((i) => all.filter((j) => j !== i).reduce((best, j) => (apart(W, i, j) < apart(W, i, best) ? j : best)));
}

function cosine(a, b) {
  return (a[0] * b[0] + a[1] * b[1]) / (Math.hypot(...a) * Math.hypot(...b) || 1);
}

export function leastCosine(W) {
  const rows = Array.from({ length: W.length / 2 }, (_, i) => [W[2 * i], W[2 * i + 1]]);
  return Math.min(...rows.flatMap((a, i) => rows.slice(i + 1).map((b) => cosine(a, b))));
}

// The middle of the twins i and i + 1.
const corner = (W, i) => [0, 1].map((k) => (W[2 * i + k] + W[2 * i + 2 + k]) / 2);

// How far W lies from the corners, once they are turned to it, as a share of their own size.
export function missOf(C, W) {
  const corners = turned(C, W);
  return Math.hypot(...corners.map((value, k) => value - W[k])) / Math.hypot(...C);
}

// The median of that over 199 random exchanges of the words' names.
export function missByChance(C, W) {
  const uniform = uniforms(0);
  const order = Array.from({ length: W.length / 2 }, (_, i) => i);
  const all = Array.from({ length: 199 }, () => {
    shuffle(order, uniform);
    return missOf(C, order.flatMap((i) => [W[2 * i], W[2 * i + 1]]));
  });
  return all.sort((a, b) => a - b)[99];
}

// The arrows king -> queen and man -> woman, between the middles of twins: how parallel they are.
export function parallel(W) {
  const arrow = (from, to) => corner(W, to).map((value, k) => value - corner(W, from)[k]);
  return cosine(arrow(0, 2), arrow(4, 6));
}

// A number of the form 1, 2 or 5 times a power of ten, at most this large.
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [5, 2, 1].find((factor) => factor * power <= value * 1.0001);
}

const SLOW = 12; // pairs a second: up to here an eye can follow single pairs
const TRAIL = 120; // steps
const MOST_BY_HAND = 40;
const PULL = "together"; // tones of the kit
const PUSH = "apart";
// Where a name may stand, seen from its dot: quarters first, so that four words at one place have room.
const PLACES = [[1, -1], [1, 1], [-1, -1], [-1, 1], [1, 0], [-1, 0], [0, -1.3], [0, 1.3]];

const STYLE = `
.w2v .eight { display: flex; flex-wrap: wrap; gap: 12px 18px; }
.w2v .eight > :first-child { flex: 3 1 300px; min-width: 0; max-width: 470px; }
.w2v .eight > :last-child { flex: 2 1 250px; min-width: 0; display: flex; flex-direction: column; gap: 12px; }
.w2v .eight .plane { cursor: pointer; }
.w2v .eight .word { fill: var(--ink); stroke: var(--paper); stroke-width: 1.5; }
.w2v .eight .trail { fill: none; stroke: var(--quiet); stroke-width: 1.4; }
.w2v .eight .force { fill: none; stroke: var(--tone); stroke-width: 2.4; }
.w2v .eight .push { stroke-dasharray: 5 3.5; }
.w2v .eight .head { fill: var(--tone, var(--ink)); }
.w2v .eight .ring { fill: none; stroke: var(--tone); stroke-width: 2; }
.w2v .eight .learned { fill: none; stroke: var(--ink); stroke-width: 1.6; }
.w2v .eight .bar-fill { fill: var(--quiet); fill-opacity: 0.5; }
.w2v .eight .own { stroke: var(--ink); stroke-width: 1.5; }
.w2v .eight .dots { stroke-width: 3; }
.w2v .eight .list { min-height: 184px; }
.w2v .eight caption { white-space: nowrap; }
@container (max-width: 480px) { .w2v .eight .list { min-height: 128px; } }
.w2v .eight dl { grid-template-columns: repeat(3, auto); }
.w2v .eight dd { font-size: 14px; white-space: nowrap; }
.w2v .eight .note { min-height: 58px; }
.w2v .seen-list { display: flex; flex-direction: column; gap: 5px; margin: 0; padding: 0; list-style: none; }
.w2v .seen-list li { display: flex; gap: 8px; margin: 0; }
.w2v .seen-list i { flex: none; width: 1.3em; font-style: normal; font-weight: 650; text-align: center; }
.w2v .lit { border-color: var(--blue); box-shadow: 0 0 0 1px var(--blue); font-weight: 650; }
.w2v .eight-words button:disabled { opacity: 0.5; cursor: default; }
.w2v details summary { cursor: pointer; min-height: 30px; }
`;

export default figure(({ model, root, set, say, touch, redraw, signal }) => {
  const words = model.get("words");
  const n = words.length;
  const counts = numbers(model.get("counts"), Uint8Array, n * n, "counts");
  const some = model.get("choices_of_negative");
  const pushing = some.filter(Boolean);
  const targets = numbers(model.get("targets"), Float64Array, pushing.length * n * n, "targets");
  const eigvals = numbers(model.get("eigvals"), Float64Array, pushing.length * 2, "eigvals");
  const lowest = numbers(model.get("lowest"), Float64Array, pushing.length * 2, "lowest");
  const eigvecs = numbers(model.get("eigvecs"), Float64Array, n * 2, "eigvecs");
  needNumbers(model, "readings", "without_push", "sigma", "last_rate");
  const perReading = counts.reduce((sum, count) => sum + count);
  const all = model.get("readings") * perReading;
  const total = () => (model.get("negative") ? all : model.get("without_push") * perReading);
  const readNow = () => clamp(Math.round(model.get("read")), 0, total());
  const counted = (value) => value.toLocaleString("en");

  // ---- controls ----

  let pace = 0; // pairs a second while it plays
  let debt = 0; // parts of a pair that have not been read yet
  let finished = false; // whether a run has been seen to its end
  const moveTo = (read) => set("read", clamp(read, 0, total()));
  const byHand = (read) => {
    stop();
    moveTo(read);
  };
  const playing = player({
    signal,
    step(seconds) {
      const read = readNow();
      if (!seconds) {
        debt = 0;
        if (read >= total()) moveTo(0);
        return true;
      }
      // At first two pairs a second, then faster and faster; who has seen a run need not wait for that.
      pace = finished ? Math.max(40, 0.9 * read) : read < 8 ? 2 : Math.max(2, 0.604 * read);
      debt += pace * Math.min(seconds, 0.1);
      const more = Math.floor(debt);
      debt -= more;
      if (more) moveTo(read + more);
      const on = read + more < total();
      if (!on) pace = 0;
      return on;
    },
  });
  function stop() {
    playing.stop();
    pace = 0;
  }
  // The player's own listener came first: the button already says what it will do next.
  playing.button.addEventListener("click", () => {
    if (playing.button.textContent === "Play") pace = 0;
    redraw();
  });
  const away = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting || !pace) return;
    stop();
    redraw();
  });
  away.observe(root);
  signal.addEventListener("abort", () => away.disconnect());

  const button = (name, onclick) => h("button", { type: "button", onclick }, name);
  const onePair = button("One pair", () => byHand(readNow() + 1));
  const reading = button(`${perReading} pairs`, () => byHand(readNow() + perReading));
  reading.hidden = !playing.button.hidden;
  const again = button("Again", () => {
    stop();
    set("by_hand", []);
    set("seed", (model.get("seed") + 1) % 1000);
    moveTo(0);
    if (!playing.button.hidden) playing.button.click();
  });
  const time = slider({ name: "Pairs read", min: 0, max: all, oninput: byHand });
  const rate = slider({
    name: "Rate", min: 0.02, max: 0.5, step: 0.01, short: true, oninput: (value) => set("rate", value),
  });
  const group = `w2v-${Math.random().toString(36).slice(2)}`;
  const push = some.map((value) => h("input", { type: "radio", name: group, onchange: () => set("negative", value) }));
  const pushes = h("fieldset", { class: "controls", "aria-label": "Words pushed away by each pair" },
    h("span", {}, "Push"),
    ...some.map((value, k) => h("label", {}, push[k], ["off", "1 word"][value] ?? String(value))));
  const forecast = h("input", { type: "checkbox" });
  forecast.addEventListener("change", () => set("forecast", forecast.checked));
  const chosen = ["Pair by hand", "and"].map((name) =>
    select({ name, options: words, onchange: () => {
      touch();
      redraw();
    } }));
  chosen[1].input.value = n - 2;
  chosen[1].input.setAttribute("aria-label", "and its second word");
  const readIt = button("Read this pair", () => readByHand(...chosen.map(({ input }) => Number(input.value))));
  const handful = () => [model.get("by_hand")].flat().filter((code) => Number.isInteger(code) && code >= 0).slice(0, MOST_BY_HAND);
  function readByHand(i, j) {
    stop();
    if (handful().length < MOST_BY_HAND) set("by_hand", [...handful(), 64 * readNow() + n * i + j]);
  }

  // ---- what is shown ----

  const plane = h("svg", { class: "plane", "aria-hidden": "true" });
  const bars = h("svg", { "aria-hidden": "true" });
  const planeBox = h("div", {}, plane);
  const legend = h("p", { class: "note" });
  planeBox.append(legend);
  const barBox = h("div", {}, bars);
  const list = h("table", { class: "times" });
  const facts = h("dl");
  const summary = h("p");
  const boxes = h("ul", { class: "seen-list" });
  const coordinates = h("table", { class: "times" });
  const truth = h("p", { class: "note" });
  root.setAttribute("aria-label", "Interactive figure: word2vec trains eight words in the plane, pair by pair");
  root.classList.add("eight-words");
  root.append(
    h("style", {}, STYLE),
    h("div", { class: "controls" }, onePair, playing.button, reading, again, time.element),
    h("div", { class: "eight" }, planeBox, h("div", {}, barBox, facts, h("div", { class: "list" }, list))),
    summary,
    boxes,
    h("div", { class: "controls" }, pushes, rate.element, h("label", {}, forecast, "Forecast")),
    h("div", { class: "controls" }, chosen[0].element, chosen[1].element, readIt,
      h("span", { class: "note" }, "or tap two words in the plane")),
    truth,
    h("details", {}, h("summary", {}, "Coordinates of the words"), coordinates),
  );

  let first = -1; // the word that was tapped, while the second is waited for
  let spots = []; // where the dots are, in pixels
  plane.addEventListener("click", (event) => {
    const box = plane.getBoundingClientRect();
    const far = spots.map(([x, y]) => Math.hypot(event.clientX - box.left - x, event.clientY - box.top - y));
    const hit = far.indexOf(Math.min(...far));
    stop();
    touch();
    if (!(far[hit] < 34)) first = -1;
    else if (first < 0) first = hit;
    else {
      chosen[0].input.value = first;
      chosen[1].input.value = hit;
      readByHand(first, hit);
      first = -1;
    }
    redraw();
  });

  const text = (x, y, value, attributes = {}) => h("text", { x, y, ...attributes }, value);
  const ruler = h("canvas").getContext("2d");
  const names = { side: Array(n).fill(-1), wide: [] };

  // Each name goes where it covers least, and stays on its side of the dot if it can.
  function placeNames(points, size) {
    const taken = points.map(([x, y]) => [x - 5, y - 5, x + 5, y + 5]);
    return points.map(([x, y], i) => {
      let best = null;
      for (const far of [9, 24]) {
        PLACES.forEach(([right, down], side) => {
          const wide = names.wide[i];
          const across = right ? far * (down ? 0.75 : 1) : 0;
          const left = x + (right < 0 ? -across - wide : right > 0 ? across : -wide / 2);
          const top = y + down * far * 0.9 - 8;
          const box = [left, top, left + wide, top + 16];
          const over = ([l, t, r, b]) =>
            Math.max(0, Math.min(r, box[2]) - Math.max(l, box[0])) * Math.max(0, Math.min(b, box[3]) - Math.max(t, box[1]));
          const out = Math.max(0, 2 - left, box[2] - size + 2, 2 - top, box[3] - size + 2);
          const cost = taken.reduce((sum, one, k) => sum + (k < n ? 1 : 3) * over(one), 0) + 60 * out + (far > 9 ? 60 : 0)
            + 3 * ((side - (i % 4) + PLACES.length) % PLACES.length) - (names.side[i] === side ? 25 : 0);
          if (!best || cost < best.cost) best = { cost, box, side, far };
        });
      }
      names.side[i] = best.side;
      taken.push(best.box);
      return best;
    });
  }

  // An arrow between two places in pixels.
  function arrow([x, y], [toX, toY], kind, tone) {
    const long = Math.hypot(toX - x, toY - y);
    if (!(long > 1)) return [];
    const [ux, uy] = [(toX - x) / long, (toY - y) / long];
    const head = Math.min(9, long);
    const [baseX, baseY] = [toX - ux * head, toY - uy * head];
    const wing = head * 0.5;
    return [
      h("line", { x1: x, y1: y, x2: baseX, y2: baseY, class: `${kind} ${tone}` }),
      h("path", { class: `head ${tone}`,
        d: `M${toX} ${toY}L${baseX - uy * wing} ${baseY + ux * wing}L${baseX + uy * wing} ${baseY - ux * wing}Z` }),
    ];
  }

  function drawPlane(run, made, corners, settled, negative) {
    const W = run.W[made];
    const size = clamp(planeBox.clientWidth, 240, 470);
    const far = Math.max(0.03, run.reach[made], corners ? Math.max(...corners.map(Math.abs)) * 1.05 : 0) * 1.2;
    const x = scale(-far, far, 0, size);
    const y = scale(-far, far, size, 0);
    const spot = (vectors, i) => [x(vectors[2 * i]), y(vectors[2 * i + 1])];
    place(plane, { width: size, height: size });
    plane.replaceChildren(h("rect", { x: 0.5, y: 0.5, width: size - 1, height: size - 1, fill: "none", class: "grid" }));
    const grid = ticks(-far, far, 6);
    const digits = Math.max(0, -Math.floor(Math.log10(grid[1] - grid[0]) + 1e-9));
    for (const value of grid) {
      const kind = Math.abs(value) < 1e-9 ? "axis" : "grid";
      plane.append(
        h("line", { x1: x(value), x2: x(value), y1: 0, y2: size, class: kind, "stroke-opacity": 0.6 }),
        h("line", { x1: 0, x2: size, y1: y(value), y2: y(value), class: kind, "stroke-opacity": 0.6 }),
      );
      if (kind === "grid" && x(value) > 34 && x(value) < size - 34) {
        plane.append(text(x(value), size - 5, fixed(value, digits), { "text-anchor": "middle", class: "quiet" }));
      }
    }

    // Where each word has been.
    for (const [back, opacity] of [[TRAIL, 0.18], [TRAIL / 3, 0.3], [TRAIL / 10, 0.5]]) {
      const since = Math.max(0, made - back);
      for (let i = 0; i < n; i++) {
        const path = pathOf(run.W.slice(since, made + 1).map((vectors) => spot(vectors, i)));
        plane.append(h("path", { d: path, class: "trail", "stroke-opacity": opacity }));
      }
    }

    if (corners) {
      const at = [0, 2, 6, 4].map((i) => spot(corners, i));
      plane.append(
        h("path", { d: `${pathOf(at)}Z`, class: "dots" }),
        ...at.map(([cx, cy]) => h("path", { d: `M${cx - 11} ${cy}a11 11 0 1 0 22 0a11 11 0 1 0 -22 0`, class: "dots" })),
      );
      if (settled) {
        const middle = (i) => corner(W, i).map((value, k) => (k ? y : x)(value));
        for (const i of [0, 4]) {
          const [from, end] = [middle(i), middle(i + 2)];
          const share = Math.max(0.5, 1 - 16 / Math.hypot(end[0] - from[0], end[1] - from[1])); // the head is seen
          plane.append(...arrow(from, from.map((value, k) => value + share * (end[k] - value)), "learned", ""));
        }
      }
    }

    spots = words.map((_, i) => spot(W, i));
    // The forces of the last pair, from where its words stood.
    const over = settled && !run.steps[made - 1]?.chosen;
    const last = pace > SLOW || over ? undefined : run.steps[made - 1];
    let factor = 0;
    const bold = new Set(first < 0 ? [] : [first]);
    if (last) {
      const before = run.W[made - 1];
      const pulls = forces(before, last.i, last.j, last.negatives);
      const moves = pulls.flatMap(([a, b, force]) =>
        (a === b ? [[a, a]] : [[a, b], [b, a]]).map(([from, to]) => ({
          from, pull: force > 0, by: [0, 1].map((k) => last.rate * force * before[2 * to + k] * (a === b ? 2 : 1)),
        })));
      // As long as they can be in the frame, and at most a third of its side.
      const longest = Math.max(...moves.map(({ by }) => Math.hypot(...by)), 1e-300);
      const room = moves.flatMap(({ from, by }) =>
        by.map((value, k) => (0.97 * far - Math.sign(value) * before[2 * from + k]) / Math.max(Math.abs(value), 1e-300)));
      factor = Math.max(1, roundDown(Math.min((0.6 * far) / longest, ...room)));
      for (const { from, pull, by } of moves) {
        const end = [0, 1].map((k) => before[2 * from + k] + factor * by[k]);
        plane.append(...arrow(spot(before, from), [x(end[0]), y(end[1])], `force ${pull ? "" : "push"}`, pull ? PULL : PUSH));
        bold.add(from);
      }
    }
    for (const [cx, cy] of spots) plane.append(h("circle", { cx, cy, r: 4.5, class: "word" }));
    for (const i of bold) {
      const tone = i === first ? "blue" : i === last?.i || i === last?.j ? PULL : PUSH;
      plane.append(h("circle", { cx: spots[i][0], cy: spots[i][1], r: 8, class: `ring ${tone}` }));
    }
    const { fontFamily } = getComputedStyle(root);
    names.wide = words.map((word, i) => {
      ruler.font = `${bold.has(i) ? 650 : 400} ${LETTERS}px ${fontFamily}`;
      return ruler.measureText(word).width;
    });
    placeNames(spots, size).forEach(({ box, far: gap }, i) => {
      if (gap > 9) {
        const [nearX, nearY] = [clamp(spots[i][0], box[0], box[2]), clamp(spots[i][1], box[1], box[3])];
        plane.append(h("line", { x1: spots[i][0], y1: spots[i][1], x2: nearX, y2: nearY, class: "grid" }));
      }
      plane.append(text(box[0], box[3] - 4, words[i], { class: bold.has(i) ? "halo chosen" : "halo" }));
    });

    const parts = [];
    if (first >= 0) parts.push(h("b", {}, `${words[first]} and …? Tap a second word (or the same one again). `));
    if (last) {
      parts.push(h("b", { class: PULL }, "Solid: the pair pulls. "));
      if (last.negatives.length) parts.push(h("b", { class: PUSH }, `Dashed: the drawn word${last.negatives.length > 1 ? "s are" : " is"} pushed. `));
      parts.push(`Arrows ${counted(factor)} times as long as the step.`);
    } else if (over) parts.push(negative ? "The run is over." : "The run ends here: from now on the vectors would only grow longer.");
    else if (pace) parts.push("Too fast now for arrows.");
    else parts.push("All eight start near zero.");
    parts.push(` The frame reaches to ±${fixed(far, far < 0.1 ? 3 : 2)}.`);
    legend.replaceChildren(...parts);
  }

  function drawBars(now, marks, own) {
    const width = Math.max(barBox.clientWidth, 200);
    const most = Math.max(6, ...now) * 1.04;
    const x = scale(0, most, 0, width - 4);
    place(bars, { width, height: 118 });
    bars.replaceChildren(text(0, 13, "strength", { class: "quiet" }));
    ["royal | common", "man | woman"].forEach((name, k) => {
      const top = 22 + 50 * k;
      const told = `${fixed(now[k], 2)}${marks ? ` of ${fixed(marks[k], 2)}` : ""}`;
      bars.append(
        text(0, top + 11, name),
        text(width - 4, top + 11, told, { "text-anchor": "end" }),
        h("rect", { x: 0, y: top + 20, width: width - 4, height: 16, fill: "none", class: "grid" }),
        h("rect", { x: 0, y: top + 20, width: Math.max(0, x(now[k])), height: 16, class: "bar-fill" }),
      );
      if (!marks) return;
      bars.append(
        h("line", { x1: x(own[k]), x2: x(own[k]), y1: top + 20, y2: top + 36, class: "own" }),
        h("path", { d: `M${x(marks[k])} ${top + 17}V${top + 40}`, class: "dots" }),
      );
    });
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const row = (head, ...cells) =>
    h("tr", {}, h("th", { scope: "row" }, head), ...cells.map((cell) => h("td", {}, cell)));

  function fillList(run, made, negative) {
    const from = run.steps.slice(Math.max(0, made - (negative > 2 || root.clientWidth < 480 ? 3 : 5)), made).reverse();
    const rows = from.map(({ i, j, negatives, chosen: own }) =>
      row(`${words[i]} – ${words[j]}${own ? " (by hand)" : ""}`, negatives.map((k) => words[k]).join(", ") || "nobody"));
    fillTable(list, "The last pairs, newest first", ["pair", "pushed away"], rows);
  }

  // When the first strength passed half of its mark, when the second one, and how far that one then was.
  const known = { key: "", line: 0, plane: 0, share: 0, seen: 0 };
  function follow(run, made, marks) {
    for (; known.seen <= made; known.seen++) {
      const now = strengths(run.W[known.seen], eigvecs);
      if (!known.line && now[0] > marks[0] / 2) [known.line, known.share] = [known.seen, now[1] / marks[1]];
      if (!known.plane && now[1] > marks[1] / 2) known.plane = known.seen;
    }
  }

  function fillBoxes(W, made, marks, corners, settled) {
    const near = nearest(W);
    const twins = near.filter((j, i) => j === (i ^ 1)).length;
    const line = known.line && known.line <= made;
    const later = known.plane && known.plane <= made;
    const lineFirst = line && !(known.plane && known.plane < known.line);
    const box = (done, name, told) => h("li", {}, h("i", { "aria-hidden": "true" }, done ? "✓" : "○"),
      h("span", {}, h("b", {}, name), ` ${told}`));
    let order = "the first bar has not passed half of its mark yet.";
    if (line) {
      const share = fixed(100 * known.share, known.share < 0.01 ? 1 : 0);
      order = `after ${counted(known.line)} pairs the first bar passed half of its mark; the second `
        + (!lineFirst ? `had done so after ${counted(known.plane)}.`
          : `was at ${share} %${later ? ` and passed half after ${counted(known.plane)}.` : "."}`);
    }
    const cos = parallel(W);
    let theory = "let the run end, then tick Forecast to see the corners that follow from the counts.";
    let fits = false;
    if (corners && settled) {
      const miss = missOf(corners, W);
      fits = cos > 0.95 && miss < 0.25;
      theory = `the dots miss the dotted corners by ${fixed(100 * miss, 0)} % of their distance from zero`
        + ` (with names exchanged at random: ${fixed(100 * missByChance(corners, W), 0)} %); king → queen and man → woman`
        + ` are parallel to a cosine of ${fixed(cos, 2)}. Nothing but a turn was fitted.`;
    }
    boxes.replaceChildren(
      box(twins === n, "Groups:", `${twins} of ${n} words have their twin nearest (by chance ${fixed(n / (n - 1), 1)}).`),
      box(lineFirst && known.share < 0.25, "Order:", order),
      box(fits, "Forecast:", theory),
    );
    boxes.hidden = !marks;
  }

  let run;
  return () => {
    needNumbers(model, "seed", "read", "rate", "negative");
    const negative = model.get("negative");
    const which = some.indexOf(negative);
    if (which < 0) throw new Error(`${negative} negatives are asked for; ${some.join(", ")} can be chosen`);
    const seed = clamp(Math.round(model.get("seed")), 0, 999);
    const speed = clamp(model.get("rate"), 0.02, 0.5);
    const hand = handful();
    const key = [seed, speed, negative, ...hand].join();
    if (key !== known.key) {
      run = training({ counts, readings: model.get("readings"), sigma: model.get("sigma"), lastRate: model.get("last_rate"),
        seed, rate: speed, negative, byHand: hand });
      Object.assign(known, { key, line: 0, plane: 0, share: 0, seen: 0 });
    }
    const end = total();
    const read = readNow();
    const settled = read === end;
    const made = run.to(read);
    const W = run.W[made];
    const row0 = pushing.indexOf(negative);
    const marks = row0 < 0 ? null : Array.from(eigvals.slice(2 * row0, 2 * row0 + 2));
    const own = row0 < 0 ? null : lowest.slice(2 * row0, 2 * row0 + 2);
    if (marks) follow(run, made, marks);
    if (settled) finished = true;
    const wanted = Boolean(model.get("forecast")) && Boolean(marks);
    const corners = wanted ? turned(eigvecs.map((value, k) => value * Math.sqrt(marks[k % 2])), W) : null;

    time.input.max = end;
    time.show(read, counted(read), `${counted(read)} of ${counted(end)}`);
    rate.show(speed, fixed(speed, 2));
    push.forEach((input, k) => {
      input.checked = k === which;
    });
    forecast.checked = wanted;
    forecast.disabled = !marks || !(finished || wanted);
    onePair.disabled = settled;
    reading.disabled = settled;
    again.classList.toggle("lit", settled);
    playing.button.classList.toggle("lit", read < 2 && !pace);
    readIt.disabled = hand.length >= MOST_BY_HAND;

    const now = strengths(W, eigvecs);
    drawPlane(run, made, corners, settled, negative);
    drawBars(now, marks, own);
    fillList(run, made, negative);
    fillBoxes(W, made, marks, corners, settled);
    const last = run.steps[made - 1] ?? { i: Number(chosen[0].input.value), j: Number(chosen[1].input.value) };
    const x = (vectors) => {
      const value = inner(vectors, last.i, last.j);
      return fixed(value, Math.abs(value) < 0.01 ? 5 : 3);
    };
    facts.replaceChildren(
      fact("pair", `${words[last.i]} – ${words[last.j]}`),
      fact("its x = w · w′", made ? `${x(run.W[made - 1])} → ${x(W)}` : x(W)),
      fact("its M*", marks ? fixed(targets[row0 * n * n + last.i * n + last.j], 2) : "none"),
    );
    const strength = (k) => `${fixed(now[k], 1)}${marks ? ` of ${fixed(marks[k], 1)}` : ""}`;
    const more = made > read ? `, and ${made - read} by hand` : "";
    summary.replaceChildren(
      `${counted(read)} of ${counted(end)} pairs${more}. Royal/common ${strength(0)}, man/woman ${strength(1)}. `,
      negative ? `Nearest to king: ${words[nearest(W)[0]]}.`
        : `${settled ? "All agree, nothing is told apart" : "Nothing pushes"}: the smallest cosine between two words is`
          + ` ${fixed(leastCosine(W), 2)}.`,
    );
    truth.textContent = marks
      ? `Proved: the parabola with equal weights is lowest at the dotted marks, ${fixed(marks[0], 2)} and`
        + ` ${fixed(marks[1], 2)}, the two largest eigenvalues of M*. This run descends word2vec’s own loss instead, which is lowest at`
        + ` the thin lines, ${fixed(own[0], 2)} and ${fixed(own[1], 2)}; a single run ends somewhere near them.`
      : "Without push nothing keeps the words apart: the loss goes on falling as all vectors grow in the same direction.";
    fillTable(coordinates, `After ${counted(read)} pairs`, ["word", "across", "up"],
      words.map((word, i) => row(word, fixed(W[2 * i], 3), fixed(W[2 * i + 1], 3))));
    say(summary.textContent);
  };
});
