import { cloudOf, endTime, lossOf, starts, strengthsAt } from "./flow.js";
import {
  LETTERS, clamp, curve, figure, fixed, h, halfTime, needNumbers, onDrag, pathOf, place, placeNames, scale,
} from "./kit.js";

const STOPS = 300; // of the slider
const STRETCH = 1.5; // of the cloud along one axis, at most, so that it fills the room
const RUN = { seconds: 4, from: 0.4 }; // the motion on arrival, from this share of the time shown first

export default figure(({ model, root, set, say, signal }) => {
  const { words, most, eigvals, columns, outermost } = cloudOf(model);
  const candidates = [...new Set([...outermost.slice(0, 2).flat(2), ...model.get("labels").map((word) => words.indexOf(word))])];

  let end = 1; // of the time axis
  let touched = false;
  const byHand = (t) => {
    touched = true;
    set("t", clamp(t, 0, end));
  };
  const input = h("input", { type: "range", min: 0, max: STOPS, "aria-label": "Time t" });
  input.addEventListener("input", () => byHand((input.value / STOPS) * end));
  const cloud = h("svg", { class: "cc-cloud", "aria-hidden": "true" });
  const stairs = h("svg", { "aria-hidden": "true" });
  const track = h("div", { class: "cc-track drag" }, stairs, input);
  const status = h("p", { class: "cc-now" });
  root.classList.add("cover-clock");
  root.setAttribute("aria-label", "Interactive figure: the words part along one direction after another");
  root.append(cloud, track, status);
  let toX;
  onDrag(track, (left) => {
    byHand(toX.invert(left));
    input.focus({ preventScroll: true }); // so that the arrows go on where the finger stopped
  });

  // The cloud: all its points are one path, and the names move with theirs.
  const points = h("path", { class: "cc-points" });
  const marks = h("path", { class: "cc-marks" });
  const names = candidates.map((i) => h("text", {}, words[i]));
  cloud.append(points, marks, ...names);
  let view; // size, origin and scale of the cloud

  function layOutCloud() {
    const [width, height] = [Math.max(cloud.clientWidth, 200), Math.max(cloud.clientHeight, 160)];
    place(cloud, { viewBox: `0 0 ${width} ${height}` });
    const [x, y] = [0, 1].map((k) => [Math.min(...columns[k]), Math.max(...columns[k])].map((u) => u * Math.sqrt(eigvals[k])));
    const room = [(width - Math.min(120, width / 5)) / (x[1] - x[0]), (height - 36) / (y[1] - y[0])];
    const [ux, uy] = room.map((unit) => Math.min(unit, STRETCH * Math.min(...room)));
    const wide = names.map((name) => name.getComputedTextLength() + 2);
    view = { width, height, ux, uy, wide, x0: width / 2 - (ux * (x[0] + x[1])) / 2, y0: height / 2 + (uy * (y[0] + y[1])) / 2 };
  }

  function drawCloud(strengths) {
    const { width, height, ux, uy, wide, x0, y0 } = view;
    const [fx, fy] = [ux, uy].map((unit, k) => (k < strengths.length ? Math.sqrt(strengths[k]) * unit : 0));
    const where = (i) => [x0 + fx * columns[0][i], y0 - fy * columns[1][i]];
    const dots = (rows) => rows.map((i) => pathOf([where(i)]) + "h0").join("");
    const far = candidates.map((i) => Math.hypot(where(i)[0] - x0, where(i)[1] - y0) > 18);
    const shown = [...candidates.keys()].filter((order) => far[order]); // names say nothing near the origin
    const places = placeNames(shown.map((order) => [...where(candidates[order]), wide[order]]), width, height);
    const free = new Map(shown.map((order, at) => [order, places[at]]).filter(([, spot]) => spot));
    points.setAttribute("d", dots([...words.keys()]));
    marks.setAttribute("d", dots([...free.keys()].map((order) => candidates[order])));
    names.forEach((name, order) => {
      const spot = free.get(order);
      place(name, { x: (spot?.[0] ?? 0) + 1, y: (spot?.[1] ?? 0) + LETTERS, visibility: spot ? "visible" : "hidden" });
    });
  }

  // The loss falls in steps; the curve is what the hand moves along.
  const mark = h("line", { class: "axis" });
  const knob = h("g", { class: "cc-knob" }, h("circle", { r: 11 }), h("path", { d: "M-3 -4L-7 0L-3 4M3 -4L7 0L3 4" }));
  const clip = h("rect", { x: 0, y: 0, width: 0, height: 999 });
  const id = `w2v-${Math.random().toString(36).slice(2)}`;

  function drawStairs(start, share) {
    const [width, height] = [Math.max(track.clientWidth, 200), Math.max(track.clientHeight, 50)];
    const low = share(end);
    const x = scale(0, end, 12, width - 12);
    const y = scale(low - (100 - low) * 0.1, 100, height - 18, 13);
    const line = curve(share, x, y, 0, end, 300);
    place(stairs, { viewBox: `0 0 ${width} ${height}` });
    const halves = start.map((value, k) => halfTime(eigvals[k], value));
    stairs.replaceChildren(
      h("clipPath", { id }, clip),
      h("path", { class: "cc-ground", d: `${line}L${x(end)} ${y(y.from)}L${x(0)} ${y(y.from)}Z` }),
      h("path", { class: "faint", d: line }),
      h("g", { "clip-path": `url(#${id})`, class: "theory" }, h("path", { d: line })),
      ...halves.map((t, k) => h("text", { class: "quiet", x: x(t), y: height - 4, "text-anchor": "middle" }, String(k + 1))),
      h("text", { class: "quiet", x: 12, y: height - 4 }, "time →"),
      h("text", { class: "quiet", x: width - 12, y: 13, "text-anchor": "end" }, "loss"),
      mark, knob,
    );
    place(mark, { y1: 6, y2: y(y.from) });
    toX = x;
    return (t) => {
      const px = x(t);
      place(clip, { width: px });
      place(mark, { x1: px, x2: px });
      place(knob, { transform: `translate(${px} ${y(share(t))})` });
    };
  }

  function tell(t, strengths, start) {
    const digits = Math.max(0, 2 - Math.floor(Math.log10(end)));
    const d = strengths.length;
    const reached = strengths.map((s2, k) => s2 / eigvals[k]);
    const taken = reached.filter((part) => part >= 0.5).length;
    const speed = strengths.map((s2, k) => (reached[k] > 0.02 && reached[k] < 0.98 ? s2 * (eigvals[k] - s2) : 0));
    const k = speed.indexOf(Math.max(...speed));
    const at = `t = ${fixed(t, digits)}`;
    let news = [`${at}: all words lie at one point.`];
    if (speed[k] > 0) {
      const beyond = k > 1 ? ", off this plane" : "";
      const [high, low] = outermost[k].map((rows) => h("i", {}, rows.slice(0, k > 1 ? 2 : 3).map((i) => words[i]).join(", ")));
      news = [`${at}, step ${k + 1} of ${d}${beyond}: `, high, " part from ", low, "."];
    } else if (taken === d) news = [`${at}: all ${d} steps are taken.`];
    else if (taken) news = [`${at}: ${taken} of ${d} steps taken, a rest before the next.`];
    if (taken > 1) news.push(" ", h("b", {}, "In steps."), " This is the forecast; Chapter 1 does the training.");
    if (!touched) news = ["Drag the handle, or use the arrow keys."];
    status.replaceChildren(...news);
    say(status.textContent);
    input.setAttribute("aria-valuetext", at);
    input.value = Math.round((t / end) * STOPS);
  }

  // The one motion of the book that nobody asked for: time runs once from the point to what is shown.
  // A hand, a key, scrolling or another tab ends it for good.
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
  if (model.get("moves") && !still) {
    const rest = model.get("t");
    const running = new AbortController();
    let frame = 0;
    const stop = () => {
      cancelAnimationFrame(frame);
      running.abort();
    };
    const settle = () => {
      stop();
      model.set("t", rest);
    };
    let begin;
    const run = (now) => {
      begin ??= now;
      const part = (now - begin) / 1000 / RUN.seconds;
      if (part >= 1) return settle();
      model.set("t", rest * (RUN.from + (1 - RUN.from) * part));
      frame = requestAnimationFrame(run); // after the drawing has asked for its frame: a change takes that back
    };
    frame = requestAnimationFrame(run);
    // Of scrolling the page's own alone: the theme scrolls its column of contents while a page loads.
    const options = { signal: running.signal, passive: true };
    for (const kind of ["pointerdown", "keydown", "wheel", "scroll"]) addEventListener(kind, settle, options);
    document.addEventListener("visibilitychange", settle, options);
    signal.addEventListener("abort", stop);
  }

  let shape = ""; // what the drawings were laid out for
  let move;
  return () => {
    needNumbers(model, "d", "t", "squared_norm");
    const d = clamp(model.get("d"), 1, most);
    const sigma = model.get("sigma");
    if (!(sigma > 0 && sigma < Infinity)) throw new Error(`the start sigma = ${sigma} is not positive`);
    const start = starts(d, sigma);
    const now = [d, sigma, cloud.clientWidth, cloud.clientHeight, track.clientWidth].join();
    if (now !== shape) {
      shape = "";
      end = endTime(eigvals, start);
      const lossAt = (t) => lossOf(strengthsAt(t, eigvals, start), eigvals, model.get("squared_norm"));
      const first = lossAt(0);
      move = drawStairs(start, (t) => (100 * lossAt(t)) / first);
      layOutCloud();
      shape = now;
    }
    const t = clamp(model.get("t"), 0, end);
    const strengths = strengthsAt(t, eigvals, start);
    drawCloud(strengths);
    move(t);
    tell(t, strengths, start);
  };
});
