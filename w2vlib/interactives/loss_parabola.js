import { clamp, curve, figure, fixed, h, numbers, onDrag, place, scale, select, slider } from "./kit.js";

// All in the constant-weight setting, Psi = 1 / (P_ij + P_i P_j), for a pair with joint probability
// `joint` and product of single probabilities `chance`.

export function pmi(joint, chance) {
  return Math.log(joint / chance);
}

export function mStar(joint, chance) {
  return (2 * (joint - chance)) / (joint + chance);
}

// log(1 + exp(x)), also where exp(x) is too large a number.
function softplus(x) {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

// Psi P_ij log(1 + exp(-x)) + Psi P_i P_j log(1 + exp(x))
export function loss(x, joint, chance) {
  return (joint * softplus(-x) + chance * softplus(x)) / (joint + chance);
}

// Its Taylor expansion at x = 0, to x^2.
export function parabola(x, joint, chance) {
  const m = mStar(joint, chance);
  return Math.LN2 - (m * m) / 8 + ((x - m) * (x - m)) / 8;
}

const REACH = 6; // x runs from -6 to 6
const TOP = 4; // of the loss axis

export default figure(({ model, root, set, say }) => {
  const pairs = model.get("pairs");
  const joint = numbers(model.get("p_ij"), Float64Array, pairs.length, "p_ij");
  const chance = numbers(model.get("p_i_p_j"), Float64Array, pairs.length, "p_i_p_j");
  const pmis = pairs.map((_, i) => pmi(joint[i], chance[i]));
  const targets = pairs.map((_, i) => mStar(joint[i], chance[i]));
  const finite = pmis.filter(Number.isFinite).map(Math.abs);
  const pmiReach = Math.ceil(Math.max(4, ...finite) + 0.3);

  const pair = select({
    name: "Pair",
    options: pairs.map(([a, b], i) => `${a} – ${b}  (PMI ${fixed(pmis[i], 2)})`),
    onchange: (value) => set("selected", value),
  });
  const x_ = slider({ name: "x = w·w′", min: -REACH, max: REACH, step: 0.01, oninput: (value) => set("x", value) });

  const main = h("svg", { class: "w2v-drag", "aria-hidden": "true" });
  const side = h("svg", { "aria-hidden": "true" });
  const facts = h("dl");
  const summary = h("p", { class: "w2v-summary" });
  root.setAttribute("aria-label", "Interactive figure: the loss of one pair of words and its parabola");
  root.append(
    h("div", { class: "w2v-row" }, pair.element, x_.element),
    h("div", { class: "w2v-plots" }, h("div", {}, main), h("div", {}, side)),
    facts,
    summary,
  );

  let toX = null;
  onDrag(main, (left) => toX && set("x", clamp(Math.round(toX.invert(left) * 100) / 100, -REACH, REACH)));

  const label = (x, y, text, attributes = {}) => h("text", { x, y, ...attributes }, text);

  function axes(svg, x, y, xs, ys, xName, yName) {
    const [left, right] = [x(xs[0]), x(xs.at(-1))];
    const [bottom, top] = [y(ys[0]), y(ys.at(-1))];
    for (const value of ys) {
      svg.append(
        h("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "grid" }),
        label(left - 7, y(value) + 4, fixed(value, 0), { "text-anchor": "end", class: "quiet" }),
      );
    }
    for (const value of xs) {
      svg.append(label(x(value), bottom + 18, fixed(value, 0), { "text-anchor": "middle", class: "quiet" }));
    }
    svg.append(
      h("line", { x1: x(0), x2: x(0), y1: bottom, y2: top, class: "grid" }),
      label((left + right) / 2, bottom + 36, xName, { "text-anchor": "middle" }),
      label(left - 22, top - 10, yName),
    );
  }

  // A curve's lowest point; one that lies beyond the axis is told by an arrow at its edge.
  function minimum(svg, x, y, at, height, name, colour) {
    const inside = Math.abs(at) <= REACH;
    const px = x(clamp(at, -REACH, REACH));
    const py = y(height);
    const arrow = at < 0 ? `M${px + 11} ${py - 6}L${px + 1} ${py}l10 6Z` : `M${px - 11} ${py - 6}L${px - 1} ${py}l-10 6Z`;
    const mark = inside
      ? h("path", { d: `M${px} ${py - 6}l6 6l-6 6l-6-6Z`, class: `dot fill-${colour}` })
      : h("path", { d: arrow, class: `dot fill-${colour}` });
    svg.append(mark);
    return { px, name: `${name} ${fixed(at, 2)}`, colour };
  }

  function drawMain(i, at) {
    const width = Math.max(main.parentNode.clientWidth, 240);
    const height = Math.min(330, Math.max(240, width * 0.62));
    const x = scale(-REACH, REACH, 30, width - 12);
    const y = scale(0, TOP, height - 66, 26);
    toX = x;
    place(main, { width, height });
    main.replaceChildren();
    axes(main, x, y, [-6, -4, -2, 0, 2, 4, 6], [0, 1, 2, 3, 4], "x", "loss of the pair");

    const inside = (f) => (value) => {
      const found = f(value, joint[i], chance[i]);
      return found <= TOP * 1.04 ? found : NaN;
    };
    main.append(
      h("line", { x1: x(at), x2: x(at), y1: y(0), y2: y(TOP), class: "axis" }),
      h("path", { d: curve(inside(parabola), x, y, -REACH, REACH), class: "line red" }),
      h("path", { d: curve(inside(loss), x, y, -REACH, REACH), class: "line blue" }),
    );
    const m = targets[i];
    const marks = [
      minimum(main, x, y, m, parabola(m, joint[i], chance[i]), "M*", "red"),
      minimum(main, x, y, pmis[i], loss(clamp(pmis[i], -40, 40), joint[i], chance[i]), "PMI", "blue"),
    ];
    // The names of the two minima, in one line above the axis, apart from one another.
    const bottom = y(0) + 52;
    const apart = 46;
    let [a, b] = marks.map(({ px }) => clamp(px, 64, width - 48));
    if (Math.abs(a - b) < 2 * apart) {
      const middle = clamp((a + b) / 2, 64 + apart, width - 48 - apart);
      const side_ = (marks[0].px - marks[1].px || -m) <= 0 ? -apart : apart;
      [a, b] = [middle + side_, middle - side_];
    }
    void bottom;
    marks.forEach((mark, k) => {
      main.append(label(k ? b : a, y(0) - 6, mark.name, { "text-anchor": "middle", class: `fill-${mark.colour} halo` }));
    });
    for (const [f, colour] of [[parabola, "red"], [loss, "blue"]]) {
      const value = f(at, joint[i], chance[i]);
      if (value <= TOP) main.append(h("circle", { cx: x(at), cy: y(value), r: 6, class: `dot fill-${colour}` }));
    }
  }

  function drawSide(i) {
    const width = Math.max(side.parentNode.clientWidth, 220);
    const height = Math.min(330, Math.max(200, width * 0.62));
    const x = scale(-pmiReach, pmiReach, 30, width - 12);
    const y = scale(-2, 2, height - 66, 26);
    place(side, { width, height });
    side.replaceChildren();
    const ends = [-pmiReach, -pmiReach / 2, 0, pmiReach / 2, pmiReach].map(Math.round);
    axes(side, x, y, ends, [-2, -1, 0, 1, 2], "PMI", "M* = 2 tanh(PMI / 2)");
    side.append(
      h("line", { x1: x(-2), y1: y(-2), x2: x(2), y2: y(2), class: "axis", "stroke-dasharray": "3 4" }),
      h("path", { d: curve((value) => 2 * Math.tanh(value / 2), x, y, -pmiReach, pmiReach), class: "line ink" }),
    );
    const point = (k, attributes) => h("circle", { cx: x(clamp(pmis[k], -pmiReach, pmiReach)), cy: y(targets[k]), ...attributes });
    pairs.forEach((_, k) => side.append(point(k, { r: 3.5, class: "dot fill-grey" })));
    side.append(point(i, { r: 7, class: "dot fill-red" }));
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const tiny = (value) => (value === 0 ? "0" : value.toExponential(2).replace("-", "−"));

  return () => {
    const i = model.get("selected");
    if (!(i in pairs)) throw new Error(`pair ${i} of ${pairs.length} is asked for`);
    const at = clamp(model.get("x"), -REACH, REACH);
    const [exact, fitted] = [loss(at, joint[i], chance[i]), parabola(at, joint[i], chance[i])];
    pair.input.value = i;
    x_.show(at, fixed(at, 2));
    drawMain(i, at);
    drawSide(i);
    facts.replaceChildren(
      fact("P(i, j)", tiny(joint[i])),
      fact("P(i) P(j)", tiny(chance[i])),
      fact("PMI, lowest point of the loss", fixed(pmis[i], 3)),
      fact("M*, lowest point of the parabola", fixed(targets[i], 3)),
      fact("loss at x", fixed(exact, 4)),
      fact("parabola at x", fixed(fitted, 4)),
      fact("loss − parabola", fixed(exact - fitted, 4)),
      fact("−x⁴ / 192", fixed(-(at ** 4) / 192, 4)),
    );
    const [a, b] = pairs[i];
    summary.textContent = `“${a}” and “${b}”: the loss is lowest at PMI = ${fixed(pmis[i], 2)}, the parabola at M* = ${fixed(targets[i], 2)}. At x = ${fixed(at, 2)} the loss is ${fixed(exact, 3)} and the parabola ${fixed(fitted, 3)}.`;
    say(summary.textContent);
  };
});
