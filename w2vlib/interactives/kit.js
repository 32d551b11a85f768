// What the interactives share: a panel that never stays blank, controls, scales, numbers.
//
// Python puts this file in front of each module (see _base.py), so a figure is one self-contained
// ES module and loads nothing. The figure's state lives in the widget's model alone: a control sets
// it there, and whatever changed it, the next frame draws it.

// A figure from build(context), which makes the controls once and returns the function that draws.
// context: model; root, the panel's element; set(name, value), for controls; redraw(); say(text), for
// screen readers. What goes wrong is said in the panel.
export function figure(build) {
  return {
    render({ model, el }) {
      const root = h("div", { class: "w2v", role: "group" });
      const live = h("p", { class: "unseen", role: "status" });
      el.append(root);
      let frame = 0;
      let pause = 0;
      let touched = false;
      let draw;

      const fail = (error) => {
        const text = `This interactive figure cannot be drawn: ${error.message}.`;
        root.replaceChildren(h("p", { class: "message", role: "alert" }, text));
      };
      const redraw = () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => {
          try {
            draw();
          } catch (error) {
            fail(error);
          }
        });
      };
      const set = (name, value) => {
        touched = true;
        model.set(name, value);
        model.save_changes();
      };
      // Said when the hand rests: a sentence for each step of a drag would never end. And nothing is
      // said before a hand has come: a page that is opened should not talk.
      const say = (text) => {
        if (!touched) return;
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
      try {
        draw = build({ model, root, set, say, redraw });
        root.append(live);
        draw();
        width = root.clientWidth;
        model.on("change", redraw);
        resized.observe(root);
      } catch (error) {
        fail(error);
      }
      return () => {
        cancelAnimationFrame(frame);
        clearTimeout(pause);
        resized.disconnect();
        model.off("change", redraw);
        root.remove();
      };
    },
  };
}

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "line", "circle", "rect", "text", "tspan"]);

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
  return map;
}

// The path of a curve; it is lifted where the function is not finite.
export function curve(f, x, y, from, to, steps = 160) {
  let path = "";
  for (let i = 0; i <= steps; i++) {
    const value = from + ((to - from) * i) / steps;
    const height = f(value);
    if (Number.isFinite(height)) {
      path += `${path ? "L" : "M"}${x(value).toFixed(2)} ${y(height).toFixed(2)}`;
    }
  }
  return path;
}

// A traitlets.Bytes as numbers. Its bytes may start anywhere in a message, hence the copy.
export function numbers(view, Type, length, what) {
  const found = view ? view.byteLength / Type.BYTES_PER_ELEMENT : 0;
  if (found !== length) throw new Error(`${what} holds ${found} numbers, ${length} are needed`);
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
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
