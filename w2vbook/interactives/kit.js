// What the interactives share: a panel that never stays blank, controls, scales, numbers.
//
// Python puts this file in front of each module (see _base.py), so a figure is one self-contained
// ES module and loads nothing. The figure's state lives in the widget's model alone: a control sets
// it there, and whatever changed it, the next frame draws it.

// A figure from build(context), which makes the controls once and returns the function that draws.
// context: model; root, the panel's element; set(name, value), for controls; redraw(); say(text), for
// screen readers; touch(), for what a hand does to no trait; signal, which aborts when the figure ends:
// all that a figure starts beyond its own elements has to end with it. What goes wrong is said in the
// panel, until a change of the model makes the figure valid again.
export function figure(build) {
  return {
    render({ model, el, signal: host }) {
      // The host's signal ends the figure; so does what is returned, for hosts that give none.
      const life = new AbortController();
      const { signal } = life;
      const end = () => life.abort();
      // JupyterLab takes the arrow keys for its headings, unless the control that has them says no.
      const keepKeys = ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true");
      const root = h("div", { class: "w2v", role: "group", onfocusin: keepKeys });
      const live = h("p", { class: "unseen", role: "status" });
      const alert = h("p", { class: "message", role: "alert" });
      let frame = 0;
      let pause = 0;
      let touched = false;
      let draw;

      const drawNow = () => {
        cancelAnimationFrame(frame);
        root.classList.remove("failed"); // what is hidden has no width to be drawn in
        try {
          if (!draw) {
            draw = build({ model, root, set, say, touch, redraw, signal });
            root.append(live);
          }
          draw();
          alert.remove();
        } catch (error) {
          clearTimeout(pause);
          const text = `This interactive figure cannot be drawn: ${error.message}.`;
          if (alert.textContent !== text) alert.textContent = text;
          if (!alert.isConnected) root.append(alert);
          root.classList.add("failed");
        }
      };
      const redraw = () => {
        cancelAnimationFrame(frame);
        if (!signal.aborted) frame = requestAnimationFrame(drawNow);
      };
      // Before paper comes no frame, and a page of it is narrower than most windows. Another width, if
      // by a pixel, lets a figure take its colours anew: on paper they are light.
      const onPaper = () => {
        root.style.maxWidth = "min(640px, 100% - 1px)";
        drawNow();
      };
      const offPaper = () => {
        root.style.maxWidth = "";
        redraw();
      };
      const touch = () => {
        touched = true;
      };
      const set = (name, value) => {
        touch();
        model.set(name, value);
        model.save_changes();
      };
      // Said when the hand rests: a sentence for each step of a drag would never end. And nothing is
      // said before a hand has come: a page that is opened should not talk.
      const say = (text) => {
        if (!touched || signal.aborted) return;
        clearTimeout(pause);
        pause = setTimeout(() => {
          if (live.textContent !== text) live.textContent = text;
        }, 400);
      };

      let width = 0;
      const resized = new ResizeObserver(() => {
        if (root.clientWidth !== width) redraw();
        width = root.clientWidth;
      });
      signal.addEventListener("abort", () => {
        cancelAnimationFrame(frame);
        clearTimeout(pause);
        resized.disconnect();
        model.off("change", redraw);
        root.remove();
      });
      if (host?.aborted) return end();
      host?.addEventListener("abort", end, { signal });
      el.append(root);
      drawNow();
      width = root.clientWidth;
      model.on("change", redraw);
      resized.observe(root);
      addEventListener("beforeprint", onPaper, { signal });
      addEventListener("afterprint", offPaper, { signal });
      return end;
    },
  };
}

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "line", "circle", "rect", "text", "tspan", "clipPath"]);

// An element. Text goes in as text, so nothing that a reader types can become markup.
export function h(tag, attributes = {}, ...children) {
  const made = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function place(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

// A slider with its name and its value. show(value, text) moves it.
export function slider({ name, min, max, step = 1, short = false, oninput }) {
  const input = h("input", { type: "range", min, max, step });
  input.addEventListener("input", () => oninput(Number(input.value)));
  const output = h("output", { "aria-hidden": "true" });
  const element = h("label", { class: short ? "slider short" : "slider" }, h("span", {}, name), input, output);
  const show = (value, text, spoken = text) => {
    input.value = value;
    input.setAttribute("aria-valuetext", spoken);
    output.textContent = text;
  };
  return { element, input, show };
}

// Two names for the two values of a switch. show(value) marks one.
export function choice({ name, labels, onchange }) {
  const group = `w2v-${Math.random().toString(36).slice(2)}`;
  const inputs = labels.map((_, i) =>
    h("input", { type: "radio", name: group, onchange: () => onchange(Boolean(i)) }));
  const parts = labels.map((label, i) => h("label", {}, inputs[i], label));
  const element = h("fieldset", { class: "controls", "aria-label": name }, ...parts);
  const show = (value) => {
    inputs[Number(value)].checked = true;
  };
  return { element, show };
}

export function select({ name, options, onchange }) {
  const input = h("select", {}, ...options.map((text, i) => h("option", { value: i }, text)));
  input.addEventListener("change", () => onchange(Number(input.value)));
  return { element: h("label", {}, name, input), input };
}

// Calls back with the pointer's place inside the element, in its own pixels, while it is dragged.
// A finger that moves up or down still scrolls the page.
export function onDrag(element, callback) {
  const tell = (event) => {
    const box = element.getBoundingClientRect();
    callback(event.clientX - box.left, event.clientY - box.top);
  };
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    tell(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) tell(event);
  });
}

export function scale(from, to, start, end) {
  const map = (value) => start + ((value - from) / (to - from)) * (end - start);
  map.invert = (pixel) => from + ((pixel - start) / (end - start)) * (to - from);
  return Object.assign(map, { from, to });
}

// A path through points, lifted where one of them is not finite.
export function pathOf(points) {
  let pen = "M";
  let path = "";
  for (const [x, y] of points) {
    const drawn = Number.isFinite(x) && Number.isFinite(y);
    if (drawn) path += `${pen}${x.toFixed(2)} ${y.toFixed(2)}`;
    pen = drawn ? "L" : "M";
  }
  return path;
}

export function curve(f, x, y, from, to, steps = 160) {
  const values = Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps);
  return pathOf(values.map((value) => [x(value), y(f(value))]));
}

// A traitlets.Bytes as numbers. Its bytes may start anywhere in a message, hence the copy.
export function numbers(view, Type, length, what, check = Number.isFinite) {
  const found = (view?.byteLength ?? 0) / Type.BYTES_PER_ELEMENT;
  if (found !== length) throw new Error(`${what} holds ${found} numbers, ${length} are needed`);
  const values = new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const odd = values.findIndex((value) => !check(value));
  if (odd >= 0) throw new Error(`${what} holds ${values[odd]} at place ${odd}`);
  return values;
}

// Whole numbers, column after column, times the step of their column.
export function columnsOf(whole, steps) {
  const n = whole.length / steps.length;
  return Array.from(steps, (step, k) => Float64Array.from(whole.subarray(k * n, (k + 1) * n), (value) => step * value));
}

// Stops a figure whose saved state lacks a number.
export function needNumbers(model, ...names) {
  const odd = names.find((name) => !Number.isFinite(model.get(name)));
  if (odd) throw new Error(`${odd} = ${model.get(odd)} is not a finite number`);
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

// A number with a true minus sign; infinite ones by their symbol.
export function fixed(value, digits) {
  const size = Math.abs(value);
  const text = size === Infinity ? "∞" : size.toFixed(digits);
  return (value < 0 && Number(size.toFixed(digits)) !== 0 ? "−" : "") + text;
}

// s^2(t) of one mode of W: lambda / (1 + (lambda / start - 1) exp(-lambda t)), so written that
// nothing overflows, whatever the sign of lambda.
export function logistic(t, lambda, start) {
  if (lambda === 0) return start / (1 + start * t);
  return start / (Math.exp(-lambda * t) - (start * Math.expm1(-lambda * t)) / lambda);
}

// When that curve passes lambda / 2; at once, where it starts higher.
export function halfTime(lambda, start) {
  return start < lambda / 2 ? Math.log(lambda / start - 1) / lambda : 0;
}

// Round numbers for an axis, about n steps of them.
export function ticks(from, to, n) {
  const rough = (to - from) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const [first, last] = [Math.ceil(from / step - 1e-9), Math.floor(to / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

// Decimals that show steps of this size.
export function decimals(step) {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

const byStep = (all) => (value) => fixed(value, decimals(all[1] - all[0]));

// The grid, the numbers and the names of a chart's two axes. xText, yText: how a number is written.
export function axes(svg, { x, y, xs, ys, xName, yName, unit = "", xText = byStep(xs), yText = byStep(ys) }) {
  const [left, right, bottom] = [x(x.from), x(x.to), y(y.from)];
  const text = (at, high, value, attributes) => h("text", { x: at, y: high, ...attributes }, value);
  svg.replaceChildren(text(0, 13, yName));
  if (xName) svg.append(text((left + right) / 2, bottom + 35, xName, { "text-anchor": "middle" }));
  for (const value of ys) {
    svg.append(
      h("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "grid" }),
      text(left - 6, y(value) + 4, yText(value) + unit, { "text-anchor": "end", class: "quiet" }),
    );
  }
  for (const value of xs) {
    svg.append(text(x(value), bottom + 17, xText(value), { "text-anchor": "middle", class: "quiet" }));
  }
}

// A size of any order: 10⁻⁶, 2.5 × 10⁻⁷.
export function power(value, digits = 1) {
  const [factor, exponent] = value.toExponential(digits).split("e");
  const raise = (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)];
  const raised = String(Number(exponent)).replace(/./g, raise);
  return `${Number(factor) === 1 ? "" : `${factor} × `}10${raised}`;
}

// A button that calls step(seconds since the last call) once a frame, at first with 0, until it returns
// false. Nothing moves unless the reader asks for it, and where motion is unwanted there is no button.
export function player({ signal, step }) {
  const button = h("button", { type: "button" }, "Play");
  let frame = 0; // not 0 while it plays
  let before;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    button.textContent = "Play";
  };
  const next = (now) => {
    if (!step((now - before) / 1000)) return stop();
    before = now;
    frame = requestAnimationFrame(next);
  };
  button.addEventListener("click", () => {
    if (frame) return stop();
    before = performance.now();
    button.textContent = "Pause";
    step(0);
    frame = requestAnimationFrame(next);
  });
  signal.addEventListener("abort", stop);
  button.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return { button, stop };
}

// The tones of the first six directions, and a theory's dotted path on a light rim, so that it shows on
// top of the solid line that it forecasts.
export const TONES = ["blue", "red", "green", "purple", "ochre", ""];

export function dotted(d, tone) {
  return h("g", { class: `theory over ${tone}` }, h("path", { d, class: "rim" }), h("path", { d }));
}

// By how many per cent a time is too early or too late; empty where there is nothing to compare with.
export function percentOff(t, right) {
  if (!(right > 0 && Number.isFinite(right))) return "";
  const text = fixed(100 * (t / right - 1), 1);
  return `${text === "0.0" || text[0] === "−" ? "" : "+"}${text} %`;
}

export function fillTable(table, caption, head, rows) {
  const names = head.map((name) => h("th", { scope: "col" }, name));
  table.replaceChildren(h("caption", {}, caption), h("thead", {}, h("tr", {}, ...names)), h("tbody", {}, ...rows));
}

// The cells of times, and of how far they are off the right one.
export function timeCells(times, right, printed) {
  return times.map((t) => {
    const off = percentOff(t, right);
    return h("td", {}, printed(t), ...(off ? [" ", h("span", { class: "whole" }, `(${off})`)] : []));
  });
}

export const OFF = "Time at half the height, and how far it is off";

export const LETTERS = 13; // height of a name, in pixels

// Where names of these widths go: right of their point, left, above or below, the earlier ones first,
// none over another, over a point that has a name, or over the edge. A name without room gets null.
export function placeNames(points, width, height) {
  const high = LETTERS + 2;
  const taken = [];
  const clear = (left, top, wide, others) =>
    others.every(([l, t, r, b]) => left + wide < l || r < left || top + high < t || b < top);
  return points.map(([x, y, wide]) => {
    const beside = [
      [x + 6, y - high / 2], [x - 6 - wide, y - high / 2], [x - wide / 2, y - high - 5], [x - wide / 2, y + 5],
    ];
    const point = [x - 3, y - 3, x + 3, y + 3];
    const free = beside.find(([left, top]) =>
      left >= 0 && top >= 0 && left + wide <= width && top + high <= height && clear(left, top, wide, taken));
    if (!free || taken.some(([l, t, r, b]) => l < point[2] && point[0] < r && t < point[3] && point[1] < b)) return null;
    taken.push([free[0], free[1], free[0] + wide, free[1] + high], point);
    return free;
  });
}

// Numbers from 0 to 1 out of a seed: a counter of 32 bits, mixed.
export function uniforms(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Rows of the n largest entries of a column, and of the n smallest, the outermost first.
export function ends(column, n) {
  const rows = [...column.keys()].sort((i, j) => column[j] - column[i]);
  return [rows.slice(0, n), rows.slice(-n).reverse()];
}

// At most four known words that begin as this one does, or as much of it as any does.
export function nearWords(words, word) {
  const near = words.filter((other) => other.startsWith(word)).slice(0, 4);
  return near.length || word.length < 2 ? near : nearWords(words, word.slice(0, -1));
}

export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export const norm = (a) => Math.sqrt(dot(a, a));

// Singular values, falling, and left singular vectors, by rotating pairs of columns until they are
// orthogonal (one-sided Jacobi): tiny ones come out as exactly as large ones.
export function svd(W) {
  const columns = W.map((column) => Float64Array.from(column));
  for (let sweep = 0, apart = 1; apart > 1e-14 && sweep < 40; sweep++) {
    apart = 0;
    for (let p = 0; p < columns.length; p++) {
      for (let q = p + 1; q < columns.length; q++) {
        const [a, b] = [columns[p], columns[q]];
        const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
        if (!ab) continue;
        apart = Math.max(apart, Math.abs(ab) / Math.sqrt(aa) / Math.sqrt(bb));
        const zeta = (bb - aa) / (2 * ab);
        const tan = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cos = 1 / Math.hypot(1, tan);
        for (let i = 0; i < a.length; i++) {
          [a[i], b[i]] = [cos * (a[i] - tan * b[i]), cos * (tan * a[i] + b[i])];
        }
      }
    }
  }
  const found = columns.map((column) => ({ s: norm(column), column })).sort((x, y) => y.s - x.s);
  return { s: found.map(({ s }) => s), u: found.map(({ s, column }) => column.map((value) => value / s)) };
}
