import { axes, clamp, curve, figure, fixed, h, needNumbers, numbers, onDrag, place, power, scale, select, slider } from "./kit.js";

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
  const pmiReach = 2 * Math.ceil((Math.max(3, ...finite) + 0.3) / 2);

  const pair = select({
    name: "Pair",
    options: pairs.map(([a, b], i) => `${a} – ${b}  (PMI ${fixed(pmis[i], 2)})`),
    onchange: (value) => set("selected", value),
  });
  const moveTo = (value) => set("x", clamp(value, -REACH, REACH));
  const point = slider({ name: "x = w·w′", min: -REACH, max: REACH, step: 0.01, oninput: moveTo });
  const main = h("svg", { class: "drag", "aria-hidden": "true" });
  const side = h("svg", { "aria-hidden": "true" });
  const facts = h("dl");
  const summary = h("p");
  root.setAttribute("aria-label", "Interactive figure: the loss of one pair of words and its parabola");
  root.append(
    h("div", { class: "controls" }, pair.element, point.element),
    h("div", { class: "plots" }, h("div", {}, main), h("div", {}, side)),
    facts,
    summary,
  );

  let toX; // the axis of x as it was drawn last
  onDrag(main, (left) => moveTo(Math.round(toX.invert(left) * 100) / 100));

  const label = (x, y, text, attributes = {}) => h("text", { x, y, ...attributes }, text);

  // Where the curve is lowest: a line down from its name. Beyond the axis, an arrow at the edge.
  function lowest(x, y, at, name, tone, leftOfOther) {
    const px = x(clamp(at, -REACH, REACH));
    const anchor = px < x(-REACH) + 72 ? "start" : px > x(REACH) - 72 ? "end" : leftOfOther ? "end" : "start";
    const arrow = Math.abs(at) <= REACH ? "" : at < 0 ? "← " : "→ ";
    return h("g", {},
      h("line", { x1: px, x2: px, y1: y(TOP) - 2, y2: y(0), class: `drop ${tone}` }),
      label(px, y(TOP) - 8, `${arrow}${name} ${fixed(at, 2)}`, { "text-anchor": anchor, class: tone }),
    );
  }

  function drawMain(i, at) {
    const width = Math.max(main.parentNode.clientWidth, 240);
    const height = clamp(width * 0.72, 250, 330);
    const x = scale(-REACH, REACH, 24, width - 8);
    const y = scale(0, TOP, height - 42, 44);
    toX = x;
    place(main, { width, height });
    axes(main, { x, y, xs: [-6, -4, -2, 0, 2, 4, 6], ys: [0, 1, 2, 3, 4], xName: "x", yName: "loss of the pair" });
    const inside = (f) => (value) => {
      const found = f(value, joint[i], chance[i]);
      return found <= TOP ? found : NaN;
    };
    const attracted = targets[i] >= 0;
    main.append(
      h("line", { x1: x(0), x2: x(0), y1: y(0), y2: y(TOP), class: "grid" }),
      lowest(x, y, targets[i], "M*", "red", attracted),
      lowest(x, y, pmis[i], "PMI", "blue", !attracted),
      h("path", { d: curve(inside(parabola), x, y, -REACH, REACH), class: "line red" }),
      h("path", { d: curve(inside(loss), x, y, -REACH, REACH), class: "line blue" }),
      h("line", { x1: x(at), x2: x(at), y1: y(0), y2: y(TOP), class: "axis" }),
    );
    for (const [f, tone] of [[parabola, "red"], [loss, "blue"]]) {
      const value = f(at, joint[i], chance[i]);
      if (value <= TOP) main.append(h("circle", { cx: x(at), cy: y(value), r: 6.5, class: `dot ${tone}` }));
    }
  }

  function drawSide(i) {
    const width = Math.max(side.parentNode.clientWidth, 200);
    const height = clamp(main.clientHeight, 200, width < 300 ? 330 : 230);
    const x = scale(-pmiReach, pmiReach, 24, width - 10);
    const y = scale(-2, 2, height - 42, 44);
    place(side, { width, height });
    const xs = [-pmiReach, -pmiReach / 2, 0, pmiReach / 2, pmiReach];
    axes(side, { x, y, xs, ys: [-2, -1, 0, 1, 2], xName: "PMI", yName: "M* = 2 tanh(PMI / 2)" });
    const spot = (k, r, tone) => {
      const cx = x(clamp(pmis[k], -pmiReach, pmiReach));
      return h("circle", { cx, cy: y(targets[k]), r, class: `dot ${tone}` });
    };
    side.append(
      h("line", { x1: x(0), x2: x(0), y1: y(-2), y2: y(2), class: "grid" }),
      h("line", { x1: x(-2), y1: y(-2), x2: x(2), y2: y(2), class: "axis", "stroke-dasharray": "3 4" }),
      label(x(1.2), y(1.65), "M* = PMI", { "text-anchor": "end", class: "quiet" }),
      h("path", { d: curve((value) => 2 * Math.tanh(value / 2), x, y, -pmiReach, pmiReach), class: "line" }),
      ...pairs.map((_, k) => spot(k, 3.5, "")),
      spot(i, 7, "red"),
    );
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const tiny = (value) => (value ? power(value, 2) : "0");

  return () => {
    const i = model.get("selected");
    if (!(i in pairs)) throw new Error(`pair ${i} of ${pairs.length} is asked for`);
    needNumbers(model, "x");
    const at = clamp(model.get("x"), -REACH, REACH);
    const [exact, fitted] = [loss(at, joint[i], chance[i]), parabola(at, joint[i], chance[i])];
    pair.input.value = i;
    point.show(at, fixed(at, 2));
    drawMain(i, at);
    drawSide(i);
    facts.replaceChildren(
      fact("P(i, j)", tiny(joint[i])),
      fact("P(i) P(j)", tiny(chance[i])),
      fact("PMI", fixed(pmis[i], 3)),
      fact("M*", fixed(targets[i], 3)),
      fact("loss at x", fixed(exact, 4)),
      fact("parabola at x", fixed(fitted, 4)),
      fact("loss − parabola", fixed(exact - fitted, 4)),
      fact("−x⁴ / 192", fixed(-(at ** 4) / 192, 4)),
    );
    const [a, b] = pairs[i];
    const where = joint[i] ? `is lowest at PMI = ${fixed(pmis[i], 2)}` : "falls for ever to the left (they never meet)";
    summary.replaceChildren(
      `For “${a}” and “${b}” the `, h("b", { class: "blue" }, "loss"), ` ${where}, its `,
      h("b", { class: "red" }, "parabola"), ` is lowest at M* = ${fixed(targets[i], 2)}.`,
      ` At x = ${fixed(at, 2)} they are ${fixed(exact, 3)} and ${fixed(fitted, 3)}.`,
    );
    say(summary.textContent);
  };
});
