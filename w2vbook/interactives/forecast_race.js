import {
  OFF, TONES, axes, clamp, dotted, figure, fillTable, fixed, h, needNumbers, numbers, onDrag, pathOf, percentOff, place, scale, select,
  slider, ticks, timeCells,
} from "./kit.js";

// When recorded values first pass a level: on the line between two recordings. Infinity: never.
export function crossing(times, values, level) {
  const i = values.findIndex((value) => value >= level);
  if (i < 1) return i ? Infinity : times[0];
  return times[i - 1] + ((level - values[i - 1]) / (values[i] - values[i - 1])) * (times[i] - times[i - 1]);
}

export default figure(({ model, root, set, say }) => {
  const names = model.get("names");
  const sizes = model.get("sizes"); // [T, d] of each run
  const total = (of) => sizes.reduce((sum, [T, d]) => sum + of(T, d), 0);
  const read = (name, of) => {
    const all = numbers(model.get(name), Float64Array, total(of), name);
    let from = 0;
    return sizes.map(([T, d]) => all.subarray(from, (from += of(T, d))));
  };
  const times = read("times", (T) => T);
  const loss = read("loss", (T) => T);
  const heights = read("heights", (T, d) => d);
  const halfTimes = read("half_times", (T, d) => d);
  const [recorded, forecast] = ["strengths", "forecast"].map((name) =>
    read(name, (T, d) => T * d).map((all, r) =>
      Array.from({ length: sizes[r][1] }, (_, k) => times[r].map((_t, i) => all[i * sizes[r][1] + k]))));
  const reached = recorded.map((columns, r) =>
    columns.map((values, k) => crossing(times[r], values, heights[r][k] / 2)));

  let end = 1;
  const run = select({ name: "Run", options: names, onchange: (r) => begin(r, 1) });
  const direction = slider({
    name: "Direction k", min: 1, max: 2, short: true, oninput: (k) => begin(model.get("run"), k),
  });
  const guess = slider({
    name: "Your guess", min: 0, max: 1000, oninput: (value) => set("guess", (value / 1000) * end),
  });
  const button = h("button", { type: "button" }, "Reveal");
  const svg = h("svg", { class: "drag", "aria-hidden": "true" });
  const chartBox = h("div", {}, svg);
  const table = h("table", { class: "times" });
  const summary = h("p");
  root.setAttribute("aria-label", "Interactive figure: guess when a direction is learned, then see the record");
  if (names.length < 2) run.element.hidden = true;
  root.append(
    h("div", { class: "controls" }, run.element, direction.element),
    h("div", { class: "controls first" }, guess.element, button),
    summary,
    chartBox,
    h("p", { class: "note" }, "Solid: recorded while training. Dotted: forecast. The loss is shown up to the last of"
      + " the times revealed."),
    table,
  );

  function begin(r, k) {
    set("run", r);
    set("direction", clamp(k, 1, sizes[r][1]));
    set("guess", times[r].at(-1) / 2);
  }
  const answerTo = (r, k) => model.get("answers").find(([run_, k_]) => run_ === r && k_ === k)?.[2];
  const open = (r) => Array.from({ length: sizes[r][1] }, (_, i) => i + 1).filter((k) => answerTo(r, k) === undefined);

  button.addEventListener("click", () => {
    const [r, k] = [model.get("run"), model.get("direction")];
    const answers = model.get("answers");
    if (answerTo(r, k) === undefined) return set("answers", [...answers, [r, k, model.get("guess")]]);
    const left = open(r);
    if (!left.length) set("answers", answers.filter(([run_]) => run_ !== r));
    return begin(r, left.find((other) => other > k) ?? left[0] ?? 1);
  });
  let toX;
  onDrag(svg, (left) => {
    if (!guess.input.disabled) set("guess", clamp(toX.invert(left), 0, end));
  });

  function draw(r, k, at, answers) {
    const width = Math.max(chartBox.clientWidth, 240);
    const [high, low, gap] = [220, 90, 44]; // of the two charts, and between them
    const t = times[r];
    const top = Math.max(...heights[r], ...recorded[r].map((values) => Math.max(...values))) * 1.05;
    const x = scale(0, end, 46, width - 20);
    const y = scale(0, top, high, 24);
    const z = scale(0, Math.max(...loss[r]) * 1.04, high + gap + low, high + gap);
    toX = x;
    place(svg, { width, height: high + gap + low + 40 });
    const xs = ticks(0, end, width < 420 ? 4 : 8);
    axes(svg, { x, y, xs, ys: ticks(0, top, 4), yName: "strength" });
    const path = (values, scaleY, last = Infinity) =>
      pathOf([...t].filter((time) => time <= last).map((time, i) => [x(time), scaleY(values[i])]));
    const tone = (j) => TONES[(j - 1) % TONES.length];
    const shown = answers.map(([, j]) => j);
    for (const j of shown) svg.append(h("path", { d: path(recorded[r][j - 1], y), class: `line solid ${tone(j)}` }));
    let before = Infinity;
    for (const j of [...new Set([...shown, k])].sort((a, b) => b - a)) {
      const height = y(heights[r][j - 1]);
      if (shown.includes(j)) svg.append(dotted(path(forecast[r][j - 1], y), tone(j)));
      else svg.append(h("line", { x1: x(0), x2: x(end), y1: height, y2: height, class: `drop ${tone(j)}` }));
      before = Math.min(before - 14, height + 4);
      svg.append(h("text", { x: x(end) + 6, y: before, class: tone(j) }, String(j)));
    }
    const half = y(heights[r][k - 1] / 2);
    const late = at > end / 2;
    svg.append(
      h("line", { x1: x(at), x2: x(at), y1: y(0), y2: y(top), class: "axis" }),
      h("text", { x: x(at) + (late ? -9 : 9), y: half + 4, "text-anchor": late ? "end" : "start" }, "your guess"),
      h("circle", { cx: x(at), cy: half, r: 6.5, class: `dot ${tone(k)}` }),
      h("line", { x1: x(0), x2: x(end), y1: z(0), y2: z(0), class: "grid" }),
      h("text", { x: 0, y: z(z.to) - 6 }, "loss"),
      h("text", { x: x(0) - 6, y: z(0) + 4, "text-anchor": "end", class: "quiet" }, "0"),
      h("text", { x: (x(0) + x(end)) / 2, y: z(0) + 20, "text-anchor": "middle" }, "time t"),
    );
    const passed = shown.map((j) => reached[r][j - 1]).filter(Number.isFinite);
    const last = shown.length === sizes[r][1] ? Infinity : Math.max(-1, ...passed);
    svg.append(h("path", { d: path(loss[r], z, last), class: "line" }));
  }

  const digits = () => Math.max(0, 3 - Math.floor(Math.log10(end)));
  const printed = (t) => (Number.isFinite(t) ? fixed(t, digits()) : "not in this run");

  return () => {
    const r = model.get("run");
    if (!(r in names)) throw new Error(`run ${r} of ${names.length} is asked for`);
    needNumbers(model, "direction", "guess");
    const most = sizes[r][1];
    const k = clamp(Math.round(model.get("direction")), 1, most);
    end = times[r].at(-1);
    const answers = model.get("answers").filter(([run_]) => run_ === r).sort(([, a], [, b]) => a - b);
    const answer = answerTo(r, k);
    const at = clamp(answer ?? model.get("guess"), 0, end);
    run.input.value = r;
    direction.input.max = most;
    direction.show(k, `${k} of ${most}`);
    guess.input.disabled = answer !== undefined;
    guess.show(Math.round((at / end) * 1000), printed(at));
    button.textContent = "Reveal";
    if (answer !== undefined) button.textContent = open(r).length ? "Next direction" : "Start again";
    draw(r, k, at, answers);

    const rows = answers.map(([, j, guessed]) => {
      const t = reached[r][j - 1];
      const tone = TONES[(j - 1) % TONES.length];
      return h("tr", {}, h("th", { scope: "row" }, h("b", { class: tone }, String(j))), h("td", {}, printed(t)),
        ...timeCells([halfTimes[r][j - 1], guessed], t, printed));
    });
    fillTable(table, OFF, ["direction", "recorded", "forecast", "your guess"], rows);
    table.hidden = !rows.length;

    const t = reached[r][k - 1];
    const height = `Direction ${k} rises to ${fixed(heights[r][k - 1], 1)}.`;
    if (answer === undefined) {
      summary.textContent = `${height} When will it have reached half of that? Guess a time, then press Reveal.`;
    } else if (Number.isFinite(t)) {
      summary.textContent = `${height} It passed half of that at t = ${printed(t)}. The forecast was off by`
        + ` ${percentOff(halfTimes[r][k - 1], t)}, your guess by ${percentOff(answer, t)}.`;
    } else {
      summary.textContent = `${height} This run ended before half of that was reached; the forecast is`
        + ` t = ${printed(halfTimes[r][k - 1])}.`;
    }
    say(summary.textContent);
  };
});
