import { cloudOf, endTime, lossOf, starts, strengthsAt } from "./flow.js";
import {
  LETTERS, axes, clamp, curve, figure, fixed, h, halfTime, logistic, nearWords, needNumbers, onDrag, place, placeNames,
  player, power, scale, select, slider, ticks,
} from "./kit.js";

export default figure(({ model, root, set, say, redraw, signal }) => {
  const { words, most, eigvals, columns, outermost } = cloudOf(model);
  const n = words.length;
  const poles = outermost.map((rows) => rows.map((side) => side.map((i) => words[i]).join(", ")).join(" / "));
  const labels = model.get("labels").map((word) => words.indexOf(word));

  let end = 1; // of the time axis
  const moveTo = (t) => set("t", clamp(t, 0, end));
  const byHand = (t) => {
    playing.stop();
    moveTo(t);
  };
  const time = slider({ name: "Time t", min: 0, max: 1000, oninput: (value) => byHand((value / 1000) * end) });
  const playing = player({
    signal,
    step(seconds) {
      if (!seconds && model.get("t") >= end) moveTo(0);
      else moveTo(model.get("t") + (seconds / 12) * end);
      return model.get("t") < end;
    },
  });
  const size = slider({
    name: "Start σ", min: -12, max: -1, step: 0.1, short: true, oninput: (value) => set("sigma", 10 ** value),
  });
  const dimension = slider({
    name: "Dimension d", min: 1, max: most, short: true, oninput: (value) => set("d", value),
  });
  const which = [0, 1].map((axis) =>
    select({
      name: h("b", { class: axis ? "red" : "blue" }, axis ? "Up" : "Across"),
      options: poles.map((text, k) => `direction ${k + 1}: ${text}`),
      onchange: (k) => set("directions", model.get("directions").map((old, i) => (i === axis ? k + 1 : old))),
    }));
  const plain = { spellcheck: "false", autocapitalize: "off", autocomplete: "off" };
  const search = h("input", { type: "search", size: 14, ...plain });
  search.addEventListener("input", () => set("word", search.value));
  const found = h("span", { class: "note" });

  const rise = h("svg", { class: "drag", "aria-hidden": "true" });
  const fall = h("svg", { class: "drag", "aria-hidden": "true" });
  const canvas = h("canvas", { role: "img", "aria-label": "The cloud of words. A field below finds a word in it." });
  const chartBox = h("div", {}, rise, fall);
  const cloudBox = h("div", { class: "cloud" }, canvas);
  const summary = h("p");
  root.setAttribute("aria-label", "Interactive figure: word vectors learn one direction after another");
  root.append(
    h("div", { class: "controls first" }, playing.button, time.element),
    h("div", { class: "plots clock" }, chartBox, cloudBox),
    summary,
    h("div", { class: "controls" }, size.element, dimension.element),
    h("div", { class: "controls" }, which[0].element, which[1].element),
    h("div", { class: "controls" }, h("label", {}, "Find a word", search), found),
    h("p", { class: "note" }, "All is computed from the closed form (dotted). Direction k starts at s²(0) = σ² (d − k + 1),"
      + " the mean of its effective start: σ² times a chi-square with d − k + 1 degrees of freedom."),
  );

  // Charts. They change with all but the time, which only moves a clip and a mark.
  const id = `w2v-${Math.random().toString(36).slice(2)}`;
  const charts = [rise, fall].map((svg, i) => ({
    svg,
    clip: h("rect", { y: -10, height: 999 }),
    mark: h("line", { class: "axis" }),
    dot: h("circle", { r: 6, class: "dot" }),
    id: `${id}-${i}`,
  }));
  let toX;
  for (const { svg } of charts) onDrag(svg, (left) => byHand(toX.invert(left)));

  // Where cloud and curves do not fit side by side both are less high, so that one screen shows them.
  const isBeside = () => cloudBox.offsetLeft > chartBox.offsetLeft;

  // names: [height on the axis, text, tone] at the right end, the most important first.
  function drawChart(chart, { height, low, high, lines, names = [], xName, yName, unit }) {
    const { svg, clip, mark, dot } = chart;
    const width = Math.max(chartBox.clientWidth, 240);
    const x = scale(0, end, 46, width - 22);
    const y = scale(low, high, height - (xName ? 40 : 22), 24);
    toX = x;
    chart.y = y;
    place(svg, { width, height });
    axes(svg, { x, y, xs: ticks(0, end, width < 420 ? 4 : 6), ys: ticks(low, high, 4), xName, yName, unit });
    const shapes = lines.map(({ f, tone }) => [curve(f, x, y, 0, end, 300), tone]);
    place(clip, { x: 0, width: 0 });
    svg.append(
      h("clipPath", { id: chart.id }, clip),
      ...shapes.map(([d, tone]) => h("path", { d, class: `faint ${tone}` })),
      h("g", { "clip-path": `url(#${chart.id})`, class: "theory" }, ...shapes.map(([d, tone]) => h("path", { d, class: tone }))),
      mark,
    );
    place(mark, { y1: y(low), y2: y(high) });
    const used = [];
    for (const [value, text, tone] of names) {
      if (used.some((other) => Math.abs(other - y(value)) < 13)) continue;
      used.push(y(value));
      svg.append(h("text", { x: x(end) + 5, y: y(value) + 4, class: tone }, text));
    }
    if (lines.length === 1) svg.append(dot);
  }

  function drawCharts(start, directions) {
    const squaredNorm = model.get("squared_norm");
    const tone = (k) => ["blue", "red"][directions.indexOf(k + 1)] ?? "";
    const order = [...start.keys()].sort((a, b) => Boolean(tone(b)) - Boolean(tone(a)) || a - b);
    const loss0 = lossOf(strengthsAt(0, eigvals, start), eigvals, squaredNorm);
    const share = (t) => (100 * lossOf(strengthsAt(t, eigvals, start), eigvals, squaredNorm)) / loss0;
    const less = isBeside() ? 0 : 60;
    drawChart(charts[0], {
      height: 220 - less,
      low: 0,
      high: Math.max(eigvals[0], ...start) * 1.04,
      yName: "squared singular values s²",
      lines: order.map((k) => ({ f: (t) => logistic(t, eigvals[k], start[k]), tone: tone(k) })).reverse(),
      names: order.map((k) => [eigvals[k], String(k + 1), tone(k) || "quiet"]),
    });
    const low = share(end);
    drawChart(charts[1], {
      height: 170 - less / 2,
      low: Math.max(0, low - (100 - low) * 0.08),
      high: 100,
      yName: "loss, % of its start",
      unit: " %",
      xName: "time t",
      lines: [{ f: share, tone: "" }],
    });
    return share;
  }

  // The cloud.
  const pen = canvas.getContext("2d");
  let colours;
  let sprite; // a point
  let frame; // of the cloud: scale and origin
  let view; // its size

  function prepareCloud(directions) {
    const css = getComputedStyle(root);
    const of = (name) => css.getPropertyValue(`--${name}`).trim();
    colours = { ink: of("ink"), rule: of("rule"), paper: of("paper"), blue: of("blue"), red: of("red") };
    const dpr = Math.min(devicePixelRatio || 1, 2);
    const width = Math.max(cloudBox.clientWidth, 200);
    const height = isBeside() ? clamp(width, 260, 388) : 280;
    view = { width, height, dpr, family: css.fontFamily };
    canvas.width = Math.round(width * dpr);
    canvas.height = Math.round(height * dpr);
    canvas.style.cssText = `width:${width}px;height:${height}px`;
    // One scale for both axes, such that the cloud fills the picture once it is learned.
    const span = directions.map((k) => {
      const column = columns[k - 1];
      const reach = Math.sqrt(eigvals[k - 1]);
      return [Math.min(0, ...column) * reach, Math.max(0, ...column) * reach];
    });
    const room = [width - 48, height - 56];
    const unit = Math.min(...span.map(([low, high], i) => room[i] / (high - low)));
    const middle = span.map(([low, high]) => (low + high) / 2);
    frame = { unit, x0: width / 2 - middle[0] * unit, y0: height / 2 + middle[1] * unit };
    sprite = h("canvas", { width: 5 * dpr, height: 5 * dpr });
    const dot = sprite.getContext("2d");
    dot.fillStyle = colours.ink;
    dot.globalAlpha = 0.38;
    dot.arc(2.5 * dpr, 2.5 * dpr, 1.9 * dpr, 0, 7);
    dot.fill();
  }

  // Word i stands at u_ik s_k(t) on each of the two directions; one beyond d is not learned at all.
  let where; // i -> pixels
  function drawCloud([a, b], strengths, chosen) {
    const { width, height, dpr, family } = view;
    const { x0, y0 } = frame;
    const [fx, fy] = [a, b].map((k) => (k <= strengths.length ? Math.sqrt(strengths[k - 1]) * frame.unit : 0));
    const [across, up] = [columns[a - 1], columns[b - 1]];
    where = (i) => [x0 + fx * across[i], y0 - fy * up[i]];
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(dpr, 0, 0, dpr, 0, 0);
    pen.font = `13px ${family}`;
    pen.textBaseline = "middle";
    pen.lineWidth = 1;
    pen.strokeStyle = colours.rule;
    pen.strokeRect(0.5, 0.5, width - 1, height - 1);
    pen.beginPath();
    pen.moveTo(0, y0);
    pen.lineTo(width, y0);
    pen.moveTo(x0, 0);
    pen.lineTo(x0, height);
    pen.stroke();
    for (let i = 0; i < n; i++) {
      const [x, y] = where(i);
      pen.drawImage(sprite, x - 2.5, y - 2.5, 5, 5);
    }

    const ranked = chosen < 0 ? [] : [chosen];
    for (const k of [a, b]) ranked.push(...outermost[k - 1].flat());
    // Near the origin names say nothing.
    const shown = [...new Set([...ranked, ...labels])].filter((i) => {
      const [x, y] = where(i);
      return i === chosen || Math.hypot(x - x0, y - y0) > 16;
    });
    const boxes = shown.map((i) => [...where(i), pen.measureText(words[i]).width + 2]);
    const places = placeNames(boxes, width, height - 22);
    const named = shown.map((i, order) => [i, places[order]]).filter(([, free]) => free);
    pen.lineJoin = "round";
    pen.textAlign = "left";
    const print = (text, x, y, tone) => {
      pen.strokeStyle = colours.paper;
      pen.lineWidth = 3.5;
      pen.strokeText(text, x, y);
      pen.fillStyle = tone;
      pen.fillText(text, x, y);
    };
    for (const [i] of named) {
      pen.fillStyle = i === chosen ? colours.red : colours.blue;
      pen.beginPath();
      pen.arc(...where(i), i === chosen ? 6 : 3, 0, 7);
      pen.fill();
    }
    for (const [i, [left, top]] of named) {
      print(words[i], left + 1, top + LETTERS / 2 + 1, i === chosen ? colours.red : colours.ink);
    }
    print(`↑ direction ${b}`, 6, height - 12, colours.red);
    pen.textAlign = "right";
    print(`direction ${a} →`, width - 6, height - 12, colours.blue);
    canvas.dataset.names = named.map(([i]) => words[i]).join(" ");
  }

  // A tap picks the word that is nearest.
  canvas.addEventListener("click", (event) => {
    let [nearest, best] = [20, -1]; // pixels at most
    for (let i = 0; i < n; i++) {
      const [x, y] = where(i);
      const far = Math.hypot(x - event.offsetX, y - event.offsetY);
      if (far < nearest) [nearest, best] = [far, i];
    }
    if (best >= 0) set("word", words[best]);
  });

  // The canvas does not follow the page's colours by itself.
  const recoloured = new MutationObserver(() => {
    shape = "";
    redraw();
  });
  signal.addEventListener("abort", () => recoloured.disconnect());
  const attributeFilter = ["class", "data-theme", "theme", "data-jp-theme-light"];
  for (const page of [document.documentElement, document.body]) recoloured.observe(page, { attributeFilter });

  let shape = ""; // what the charts and the cloud were laid out for
  let known;

  function readWord(directions, strengths) {
    const word = model.get("word").trim().toLowerCase();
    if (search.value.trim().toLowerCase() !== word) search.value = word;
    const i = words.indexOf(word);
    if (i >= 0) {
      const at = (k) => fixed(k <= strengths.length ? Math.sqrt(strengths[k - 1]) * columns[k - 1][i] : 0, 2);
      found.textContent = `“${word}” stands at ${at(directions[0])} across and ${at(directions[1])} up.`;
    } else if (word) {
      const near = nearWords(words, word).join(", ");
      found.textContent = `“${word}” is not among the ${n.toLocaleString("en")} words shown${near && `; near it: ${near}`}.`;
    } else found.textContent = "or tap a point of the cloud";
    return i;
  }

  return () => {
    needNumbers(model, "d", "t", "squared_norm");
    const d = clamp(model.get("d"), 1, most);
    const sigma = model.get("sigma");
    if (!(sigma > 0 && sigma < Infinity)) throw new Error(`the start sigma = ${sigma} is not positive`);
    const directions = model.get("directions");
    const wrong = directions.find((k) => !(k - 1 in columns));
    if (wrong !== undefined) throw new Error(`direction ${wrong} of ${most} is asked for`);
    const start = starts(d, sigma);
    const now = [d, sigma, directions, chartBox.clientWidth, cloudBox.clientWidth].join();
    if (now !== shape) {
      shape = "";
      end = endTime(eigvals, start);
      const halves = start.map((value, k) => halfTime(eigvals[k], value));
      const order = [...start.keys()].sort((i, j) => halves[i] - halves[j]);
      known = { share: drawCharts(start, directions), halves, order };
      prepareCloud(directions);
      shape = now;
    }
    const t = clamp(model.get("t"), 0, end);
    const strengths = strengthsAt(t, eigvals, start);
    const digits = Math.max(0, 2 - Math.floor(Math.log10(end)));
    const share = known.share(t);
    const px = toX(t);
    for (const { clip, mark, dot, y } of charts) {
      place(clip, { width: px });
      place(mark, { x1: px, x2: px });
      place(dot, { cx: px, cy: y(clamp(share, y.from, y.to)) });
    }
    const chosen = readWord(directions, strengths);
    drawCloud(directions, strengths, chosen);

    time.show(Math.round((t / end) * 1000), fixed(t, digits));
    size.show(Math.log10(sigma), power(sigma));
    dimension.show(d, String(d));
    which.forEach(({ input }, i) => { input.value = directions[i] - 1; });
    const learned = strengths.filter((s2, k) => s2 >= eigvals[k] / 2).length;
    const next = known.order.find((k) => strengths[k] < eigvals[k] / 2);
    let news = "The dimensions are used up: nothing more can be learned.";
    if (next !== undefined) {
      const reached = strengths[next] / eigvals[next];
      const stage = reached > 0.02 ? `is being learned: ${fixed(100 * reached, 0)} % of its height`
        : `comes next, half of it by t = ${fixed(known.halves[next], digits)}`;
      news = `Direction ${next + 1} (${poles[next]}) ${stage}.`;
    }
    summary.replaceChildren(
      `At t = ${fixed(t, digits)}: `, h("b", {}, `${learned} of ${d} directions learned`),
      `; the loss has fallen ${fixed(100 - share, 1)} %. ${news}`,
    );
    say(summary.textContent);
  };
});
