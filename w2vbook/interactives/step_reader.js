import { axes, clamp, figure, fixed, h, numbers, onDrag, pathOf, place, scale, select, slider, ticks } from "./kit.js";

// The neighbours that came since the first stage, and those that went.
export function changes(first, now) {
  return [now.filter((i) => !first.includes(i)), first.filter((i) => !now.includes(i))];
}

const ROW = 26; // pixels

export default figure(({ model, root, set, say }) => {
  const [names, asked, found] = ["names", "asked", "found"].map((name) => model.get(name));
  const [T, A] = [names.length, asked.length];
  const curves = numbers(model.get("curves"), Float64Array, 5 * T, "curves");
  const all = model.get("neighbours")?.byteLength / 2;
  const n = Math.max(1, Math.floor(all / (T * A)) || 0);
  const isWord = (i) => i < found.length;
  const near = numbers(model.get("neighbours"), Uint16Array, T * A * n, "neighbours", isWord);
  const cosines = numbers(model.get("cosines"), Int16Array, T * A * n, "cosines");
  const curve = (k) => Array.from({ length: T }, (_, t) => curves[5 * t + k]);
  const [score, low, high, alone, loss] = [0, 1, 2, 3, 4].map(curve);
  const rows = (t, a) => Array.from({ length: n }, (_, r) => (t * A + a) * n + r);

  const goTo = (t) => set("stage", clamp(Math.round(t), 0, T - 1));
  const stage = slider({ name: "Stage", min: 0, max: T - 1, oninput: goTo });
  const word = select({ name: "Neighbours of", options: asked, onchange: (a) => set("word", asked[a]) });
  const [summary, moved] = [h("p"), h("p")];
  const chart = h("svg", { class: "drag", "aria-hidden": "true" });
  const list = h("svg", { "aria-hidden": "true" });
  root.setAttribute("aria-label", "Interactive figure: score, loss and neighbours at each stage");
  root.append(
    h("div", { class: "controls" }, stage.element),
    summary,
    h("div", {}, chart),
    h("div", { class: "controls" }, word.element),
    moved,
    h("div", {}, list),
    h("p", { class: "note" }, "Band: 95 % interval. Dashed: c alone. Bars: cosines; hollow: not among the neighbours at first."),
  );
  let toStage;
  onDrag(chart, (left) => goTo(toStage(left)));

  function drawCurves(t, width) {
    const [top, gap, small] = [190, 46, 70];
    const x = scale(0, T - 1, 46, width - 16);
    toStage = x.invert;
    const most = Math.max(...high);
    const y = scale(0, most > 80 ? 100 : 80, top, 24);
    const z = scale(Math.min(...loss), Math.max(...loss), top + gap + small, top + gap);
    place(chart, { width, height: top + gap + small + 40 });
    axes(chart, { x, y, xs: [], ys: ticks(0, y.to, 4), yName: "analogies answered", unit: " %" });
    const line = (values, to) => pathOf(values.map((value, i) => [x(i), to(value)]));
    const back = [...low.keys()].reverse().map((i) => [x(i), y(low[i])]);
    chart.append(
      h("path", { class: "band", d: `${line(high, y)}${pathOf(back).replace("M", "L")}Z` }),
      h("path", { class: "line red", d: line(alone, y) }),
      h("path", { class: "line blue", d: line(score, y) }),
      h("text", { x: 0, y: z(z.to) - 14 }, "loss"),
      h("path", { class: "line", d: line(loss, z) }),
      h("line", { class: "axis", x1: x(t), x2: x(t), y1: 24, y2: z(z.from) }),
      h("circle", { class: "dot blue", r: 6.5, cx: x(t), cy: y(score[t]) }),
      h("circle", { class: "dot", r: 5, cx: x(t), cy: z(loss[t]) }),
    );
    for (const end of [z.from, z.to]) {
      chart.append(h("text", { x: x(0) - 6, y: z(end) + 4, "text-anchor": "end", class: "quiet" }, fixed(end, 2)));
    }
    const anchor = t < T / 3 ? "start" : t > (2 * T) / 3 ? "end" : "middle";
    chart.append(h("text", { x: x(t), y: z(z.from) + 24, "text-anchor": anchor }, names[t]));
  }

  function drawNeighbours(t, a, fresh, width) {
    const x = scale(0, 1, 112, width - 44);
    place(list, { width, height: ROW * n });
    list.replaceChildren(...rows(t, a).flatMap((at, r) => {
      const cosine = cosines[at] / 32767;
      const wide = Math.max(x(cosine) - x(0), 1);
      const open = fresh.includes(near[at]) ? "open" : "";
      return [
        h("text", { x: 104, y: ROW * r + 17, "text-anchor": "end" }, found[near[at]]),
        h("rect", { x: x(0), y: ROW * r + 3, width: wide, height: ROW - 6, class: `entry blue ${open}` }),
        h("text", { x: x(0) + wide + 6, y: ROW * r + 17, class: "quiet" }, fixed(cosine, 2)),
      ];
    }));
  }

  return () => {
    const t = clamp(Math.round(model.get("stage")) || 0, 0, T - 1);
    const a = Math.max(asked.indexOf(model.get("word")), 0);
    const width = Math.max(summary.clientWidth, 240);
    const now = rows(t, a).map((at) => near[at]);
    const [fresh, gone] = changes(rows(0, a).map((at) => near[at]), now);
    const told = (all) => all.map((i) => found[i]).join(", ") || "none";
    stage.show(t, `${t} of ${T - 1}`, names[t]);
    word.input.value = a;
    summary.textContent = `${names[t]}: ${fixed(score[t], 1)} % of the analogies (${fixed(low[t], 0)} to ${fixed(high[t], 0)}`
      + `), c alone ${fixed(alone[t], 1)} %, loss ${fixed(loss[t], 3)}.`;
    moved.textContent = `Nearest to ${asked[a]}: ${told(now)}. Gone since ${names[0]}: ${told(gone)}.`;
    drawCurves(t, width);
    drawNeighbours(t, a, fresh, width);
    say(`${summary.textContent} ${moved.textContent}`);
  };
});
