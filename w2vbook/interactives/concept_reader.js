import {
  axes, choice, clamp, columnsOf, ends, figure, fixed, h, nearWords, numbers, onDrag, place, scale, slider, ticks,
} from "./kit.js";

// The columns of U R; R is (d, d), row by row.
export function turn(U, R) {
  return U.map((_, k) => {
    const sum = U[0].map(() => 0);
    U.forEach((column, l) => {
      for (let i = 0; i < sum.length; i++) sum[i] += column[i] * R[l * U.length + k];
    });
    return sum;
  });
}

// Shares of the squared length, from the largest on by `order`, of which `half` hold half of it.
export function sharesOf(parts) {
  const size = parts.reduce((sum, part) => sum + part * part, 0) || 1;
  const shares = parts.map((part) => (part * part) / size);
  const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
  let [held, half] = [0, 0];
  while (half < order.length && held < 0.5) held += shares[order[half++]];
  return { shares, order, half };
}

// How many entries lie in each of n equal parts of -reach to reach.
export function histogram(column, reach, n) {
  const counts = Array(n).fill(0);
  for (const u of column) counts[clamp(Math.floor(((u / reach + 1) / 2) * n), 0, n - 1)]++;
  return counts;
}

const ROW = 26; // pixels, for a finger
const PARTS = 61; // of the histogram
const STABLE = 0.9;

export default figure(({ model, root, set, say }) => {
  const words = model.get("words");
  const d = model.get("d");
  const size = words.length * d;
  const read = (name, Type, length) => numbers(model.get(name), Type, length, name);
  const optional = (name, ...how) => model.get(name)?.byteLength > 0 && read(name, ...how);
  const widths = optional("margin", Uint8Array, size);
  const R = optional("rotation", Float32Array, d * d);
  const concepts = {
    name: "concept",
    columns: columnsOf(read("eigvecs", Int16Array, size), read("steps", Float64Array, d)),
    eigvals: read("eigvals", Float64Array, d),
    margins: widths && columnsOf(widths, read("margin_steps", Float64Array, d)),
    halves: optional("stability", Float32Array, 5 * d),
  };
  const rotated = R && { name: "direction", columns: turn(concepts.columns, R) };
  const isShaky = (halves, k) => halves && halves[5 * k] < STABLE;
  const poles = (column) => ends(column, 3).reverse().map((rows) => rows.map((i) => words[i]).join(", "));
  const whole = (name, low, high) => clamp(Math.round(model.get(name)) || low, low, high);
  const tidy = (word) => String(word).trim().slice(0, 60).toLowerCase();
  const goTo = (k) => set("k", clamp(k, 1, d));

  const button = (text, onclick) => h("button", { type: "button", onclick }, text);
  const which = slider({ name: "Number k", min: 1, max: d, oninput: goTo });
  const steps = [-1, 1].map((by) => button(by < 0 ? "Previous" : "Next", () => goTo(whole("k", 1, d) + by)));
  const kind = choice({ name: "Directions", labels: ["eigenvectors", "rotated"], onchange: (value) => set("rotate", value) });
  kind.element.hidden = !R;
  const many = slider({ name: "Words at each end", min: 3, max: 20, short: true, oninput: (n) => set("n", n) });
  const search = h("input", { type: "search", autocomplete: "off" });
  search.addEventListener("input", () => set("word", search.value));
  const found = h("span", { class: "note" });
  const [summary, reading] = [h("p"), h("p")];
  const jumps = [0, 1, 2].map(() => button("", (event) => goTo(event.target.value)));
  const [poleBox, profile] = ["ends", "drag"].map((look) => h("svg", { class: look, "aria-hidden": "true" }));
  const wordBox = h("div", { class: "found" }, profile, reading, h("div", { class: "controls" }, ...jumps));
  root.setAttribute("aria-label", "Interactive figure: the words of each concept, the concepts of each word");
  root.append(
    h("div", { class: "controls" }, which.element, ...steps, kind.element),
    summary,
    poleBox,
    h("div", { class: "controls" }, many.element, h("label", {}, "Look up", search), found),
    wordBox,
    h("p", { class: "note" }, "Tap a word, or a bar below. Lines: intervals. Hollow: the sign, or the concept, is not stable."),
  );
  let toK;
  onDrag(profile, (left) => goTo(Math.round(toK(left))));

  const bar = (a, b, y, low, look) =>
    h("rect", { x: Math.min(a, b), width: Math.abs(b - a), y: Math.min(y, low), height: Math.abs(low - y), class: look });

  // Both ends, back to back; below them, on the same axis, all entries.
  function drawEnds({ columns, margins }, k, chosen, width) {
    const column = columns[k];
    const margin = margins ? margins[k] : column.map(() => 0);
    const n = whole("n", 3, 20);
    many.show(n, n);
    const sides = ends(column, n).reverse();
    const reach = 1.02 * Math.max(...sides.flat().map((i) => Math.abs(column[i]) + margin[i]));
    const x = scale(-reach, reach, 8, width - 8);
    const [top, bottom] = [24 + ROW * n, 102 + ROW * n];
    const xName = `entries of all ${words.length.toLocaleString("en")} words`;
    place(poleBox, { width, height: bottom + 40 });
    axes(poleBox, { x, y: scale(0, 1, bottom, top), xs: ticks(-reach, reach, width / 80), ys: [], xName, yName: "" });
    sides.forEach((rows, side) => {
      const tone = ["apart", "together"][side];
      const beside = x(0) + 18 * side - 9;
      poleBox.append(h("text", { x: beside, y: 13, class: tone }, `${"−+"[side]} end`));
      rows.forEach((i, row) => {
        const [y, u, wide] = [20 + ROW * row, column[i], margin[i]];
        const level = y + 19 + 2 * side;
        poleBox.append(h("g", { class: `pick-word ${tone}`, onclick: () => set("word", words[i]) },
          bar(x(0), side * width, y, y + ROW, "touch"),
          bar(x(0), x(u), y + 2, y + 24, `entry ${Math.abs(u) > wide ? "" : "open"}`),
          bar(x(u - wide), x(u + wide), level, level + 1.6, "whisker"),
          h("text", { x: beside, y: y + 15, class: i === chosen ? "chosen" : "" }, words[i])));
      });
    });
    const counts = histogram(column, reach, PARTS);
    const high = scale(0, Math.max(...counts), bottom, top + 16);
    const at = scale(0, PARTS, 8, width - 8);
    counts.forEach((count, part) => poleBox.append(bar(at(part), at(part + 0.9), bottom, high(count), "count")));
    if (chosen < 0) return;
    const mark = x(column[chosen]);
    poleBox.append(
      bar(mark - 1.2, mark + 1.2, top + 14, bottom, "mark"),
      h("text", { x: clamp(mark, 60, width - 60), y: top + 11, class: "green chosen" }, words[chosen]),
    );
  }

  function tellConcept({ name, columns, eigvals, margins, halves }, k) {
    const [low, high] = poles(columns[k]);
    const spread = 1 / columns[k].reduce((sum, u) => sum + u ** 4, 0);
    summary.replaceChildren(
      h("b", {}, `Number ${k + 1}`),
      eigvals ? `: λ = ${fixed(eigvals[k], 0)}` : ": no eigenvalue, no step of learning",
      `, spread over ${fixed(spread, 0)} words. + ${high}; − ${low}. `,
    );
    if (halves) {
      const [mean, least, most, partner, shared] = halves.subarray(5 * k);
      if (isShaky(halves, k)) summary.append(h("b", { class: "red" }, "Do not read it alone."), " ");
      summary.append(
        `Halves of the articles agree on it to ${fixed(mean, 2)} (${fixed(least, 2)} to ${fixed(most, 2)})`,
        `; it mixes most with ${name} ${partner} (${fixed(shared, 2)}). `,
      );
    }
    const certain = margins && columns[k].filter((u, i) => Math.abs(u) > margins[k][i]).length;
    if (margins) summary.append(`The sign is certain for ${fixed((100 * certain) / words.length, 0)} % of the words.`);
  }

  function tellWord({ name, columns, eigvals, halves }, k, i, width) {
    const parts = columns.map((column, l) => column[i] * (eigvals ? Math.sqrt(eigvals[l]) : 1));
    const { shares, order, half } = sharesOf(parts);
    const percent = (l) => `${fixed(100 * shares[l], 0)} %`;
    found.textContent = `${fixed(columns[k][i], 3)} on ${name} ${k + 1}`;
    reading.textContent = `Half of the squared length of “${words[i]}” lies in ${half} of ${d} ${name}s`
      + `, ${percent(k)} in number ${k + 1}. The largest:`;
    jumps.forEach((jump, rank) => {
      const l = order[rank];
      const side = Number(parts[l] > 0);
      jump.value = l + 1;
      jump.textContent = `${l + 1}: ${percent(l)}, ${"−+"[side]} ${poles(columns[l])[side]}`;
    });
    const x = scale(0.5, d + 0.5, 42, width - 6);
    const y = scale(1.1 * Math.min(...parts, 0), 1.1 * Math.max(...parts, 1e-9), 142, 24);
    toK = x.invert;
    place(profile, { width, height: 182 });
    axes(profile, {
      x, y, xs: ticks(1, d, Math.min(d - 1, 4)), ys: ticks(y.from, y.to, 4),
      xName: `${name} k`, yName: `entry of the word${eigvals ? " × √λ" : ""}`,
    });
    profile.append(bar(x(k + 0.5), x(k + 1.5), 20, 142, "here"), ...parts.map((part, l) =>
      bar(x(l + 0.65), x(l + 1.35), y(0), y(part), `entry ${part < 0 ? "apart" : "together"} ${isShaky(halves, l) ? "open" : ""}`)));
  }

  return () => {
    const basis = (model.get("rotate") && rotated) || concepts;
    const k = whole("k", 1, d) - 1;
    const word = tidy(model.get("word") ?? "");
    const i = words.indexOf(word);
    const width = Math.max(summary.clientWidth, 240);
    which.show(k + 1, `${k + 1} of ${d}`);
    kind.show(basis === rotated);
    tellConcept(basis, k);
    drawEnds(basis, k, i, width);
    if (tidy(search.value) !== word) search.value = word;
    wordBox.hidden = i < 0;
    if (i >= 0) tellWord(basis, k, i, width);
    else {
      const near = nearWords(words, word).join(", ") || "none";
      found.textContent = word ? `“${word}” is not among the words; near it: ${near}.` : "or tap one above";
    }
    say(`${summary.textContent} ${wordBox.hidden ? found.textContent : reading.textContent}`);
  };
});
