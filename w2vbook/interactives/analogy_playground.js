import {
  axes, clamp, columnsOf, figure, fillTable, fixed, h, nearWords, numbers, onDrag, pathOf, place, scale, select, slider, ticks,
} from "./kit.js";

// A question whose dimensions come one by one: add(column) brings the next. Products with a, b, c and
// squared lengths grow with it, so all d from 1 to D cost no more than the last of them.
export function question(rows, n) {
  const [A, B, C] = rows.map(() => new Float64Array(n));
  const squares = new Float64Array(n);
  const add = (column) => {
    const [a, b, c] = rows.map((row) => column[row]);
    for (let i = 0; i < n; i++) {
      const x = column[i];
      squares[i] += x * x;
      A[i] += a * x;
      B[i] += b * x;
      C[i] += c * x;
    }
  };
  // Of word i with a, b and c. A zero vector has none: 0.
  const cosines = (i) => [A, B, C].map((dots, j) => dots[i] / Math.sqrt(squares[i] * squares[rows[j]]) || 0);
  // Of all words with b - a + c. Rounded, so that equal ones are equal; null where there is no direction.
  const scores = () => {
    const [ofB, ofC] = [cosines(rows[1]), cosines(rows[2])];
    const length = Math.sqrt(3 + 2 * (ofB[2] - ofB[0] - ofC[0]));
    if (!(length > 1e-9) || rows.some((row) => !squares[row])) return null;
    const [a, b, c] = rows.map((row) => length * Math.sqrt(squares[row]));
    return squares.map((square, i) =>
      Math.round(((C[i] / c + B[i] / b - A[i] / a) / Math.sqrt(square) || 0) * 1e12) / 1e12);
  };
  return { add, cosines, scores };
}

// Rows by falling score, of equal ones the earlier first.
export function ranked(scores, barred) {
  const rows = [...scores.keys()].filter((i) => !barred.includes(i));
  return rows.sort((i, j) => scores[j] - scores[i] || i - j);
}

export function rankOf(x, scores, barred) {
  let rank = 1;
  for (let i = 0; i < scores.length; i++) {
    if ((scores[i] > scores[x] || (scores[i] === scores[x] && i < x)) && !barred.includes(i)) rank++;
  }
  return rank;
}

// A vector at length 1; one that has no length is zero.
function unit(u) {
  const length = Math.hypot(...u);
  return u.map((value) => (length > 1e-9 ? value / length : 0));
}

// Coordinates of points in the plane through the first three, and how far each is off it. The first
// axis points from a to b, c lies on the side of the second.
export function inPlane(points) {
  const dot = (u, v) => u.reduce((sum, value, k) => sum + value * v[k], 0);
  const less = (u, v, times = 1) => u.map((value, k) => value - times * v[k]);
  const from = points.map((point) => less(point, points[0]));
  const x = unit(from[1]);
  const y = unit(less(from[2], x, dot(from[2], x)));
  return from.map((u) => {
    const at = [dot(u, x), dot(u, y)];
    return [...at, Math.hypot(...less(less(u, x, at[0]), y, at[1]))];
  });
}

// Where names go: beside their points, outwards first, none over another, a point or the edge. Points
// that fall together share a name.
export function nameTags(points, width, height, measure) {
  const tags = [];
  for (const point of points) {
    const same = tags.find((tag) => Math.hypot(tag.x - point.x, tag.y - point.y) < 12);
    if (same) same.text += `, ${point.text}`;
    else tags.push({ ...point });
  }
  const taken = tags.map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
  const sides = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [-1, -1], [1, 1], [-1, 1]];
  for (const tag of tags) {
    while (measure(tag.text) > width) tag.text = `${tag.text.slice(0, -2)}…`;
    const wide = measure(tag.text);
    const out = ([dx, dy]) => (dx * (tag.x - width / 2) + dy * (tag.y - height / 2)) / Math.hypot(dx, dy);
    sides.sort((p, q) => out(q) - out(p));
    const boxes = [10, 24, 40, 60].flatMap((far) => sides.map(([dx, dy]) => {
      const left = clamp(tag.x + dx * far - (wide * (1 - dx)) / 2, 0, Math.max(0, width - wide));
      const top = clamp(tag.y + dy * (far + 4) - 8, 0, height - 16);
      return [left, top, left + wide, top + 16];
    }));
    const free = boxes.find(([l, t, r, b]) => taken.every((box) => r < box[0] || box[2] < l || b < box[1] || box[3] < t));
    taken.push(free ?? boxes[0]);
    [tag.left, tag.top] = taken.at(-1);
  }
  return tags;
}

const NAMES = ["a", "b", "c", "expected"];
const LABELS = ["a", "is to b", "as c", "is to (expected)"];

export default figure(({ model, root, set, say }) => {
  const [words, D, fine, names, pairs, told, dims] =
    ["words", "d_max", "n_fine", "names", "pairs", "told", "dims"].map((name) => model.get(name));
  const [n, F, T] = [words.length, names.length, dims.length];
  const read = (name, Type, length, check) => numbers(model.get(name), Type, length, name, check);
  const scales = read("scales", Float64Array, D);
  const columns = [
    ...columnsOf(read("fine", Int16Array, fine * n), scales.subarray(0, fine)),
    ...columnsOf(read("coarse", Int8Array, (D - fine) * n), scales.subarray(fine)),
  ];
  const accuracy = read("accuracy", Float64Array, 6 * F * T);
  const ratios = read("ratios", Float64Array, 2 * F * T, () => true); // NaN where there is no law
  const arePairs = (all) => all.length > 1 && all.every((pair) => pair.length === 2);
  if (pairs?.length !== F || !pairs.every(arePairs)) throw new Error(`pairs do not fit ${F} names`);
  if (told?.length !== 2 * F) throw new Error(`told does not fit ${F} names`);

  // A setting may come from a link, and be anything.
  const typed = (name) => {
    const value = model.get(name);
    return typeof value === "string" ? value.trim().slice(0, 60) : "";
  };
  const relation = () => Math.max(0, [...names.keys()].indexOf(model.get("family")));

  // The questions of a relation: each pair with each of the others.
  const questions = (f) => pairs[f].flatMap((p) => pairs[f].filter((q) => q !== p).map((q) => [...p, ...q]));
  const ask = (f, k) => {
    questions(f)[k].forEach((word, j) => set(NAMES[j], word));
    set("family", f);
  };
  const family = select({ name: "Relation", options: names, onchange: (f) => ask(f, 0) });
  const another = () => {
    const all = questions(relation());
    ask(relation(), (all.findIndex((one) => one.join() === NAMES.map(typed).join()) + 1) % all.length);
  };
  const list = h("datalist", { id: `w2v-${Math.random().toString(36).slice(2)}` });
  const plain = { type: "search", spellcheck: "false", autocapitalize: "off", autocomplete: "off", list: list.id };
  const fields = NAMES.map((name) => {
    const input = h("input", plain);
    input.addEventListener("input", () => {
      const start = input.value.trim().toLowerCase();
      const found = words.filter((word) => start && word.startsWith(start)).slice(0, 8);
      list.replaceChildren(...found.map((value) => h("option", { value })));
      set(name, input.value);
    });
    return input;
  });
  const dimension = slider({ name: "Dimensions d", min: 1, max: D, oninput: (value) => set("d", value) });
  const box = h("input", { type: "checkbox", onchange: () => set("inputs", box.checked) });
  const [summary, about] = [h("p"), h("p")];
  const message = h("p", { class: "message" });
  const distances = h("p", { class: "note" });
  const table = h("table", { class: "times" });
  const [picture, course, shares, spikes] = ["", "drag", "", ""].map((kind) => h("svg", { class: kind, "aria-hidden": "true" }));
  const framed = (svg) => h("div", {}, svg);
  const answer = h("div", { class: "answers" },
    summary, h("div", { class: "plots" }, framed(picture), table), distances, framed(course));
  root.setAttribute("aria-label", "Interactive figure: word analogies in d dimensions");
  root.append(
    h("div", { class: "controls" }, family.element, h("button", { type: "button", onclick: another }, "Next question")),
    h("div", { class: "words" }, ...fields.map((input, j) => h("label", { class: "field" }, LABELS[j], input)), list),
    h("div", { class: "controls" }, dimension.element, h("label", {}, box, "a, b, c may be answers")),
    message, answer, about, h("div", { class: "plots halves" }, framed(shares), framed(spikes)),
  );

  const pen = h("canvas").getContext("2d");
  function measure(text) {
    pen.font = `13px ${getComputedStyle(root).fontFamily}`;
    return pen.measureText(text).width + 5;
  }
  function drawPicture(rows, shown, d) {
    const [a, b, c, ...others] = [...rows, ...shown].map((i) => unit(columns.slice(0, d).map((column) => column[i])));
    const points = inPlane([a, b, c, a.map((value, k) => b[k] - value + c[k]), ...others]);
    const width = Math.max(picture.parentNode.clientWidth, 220);
    const sides = [width, clamp(width * 0.75, 230, 330)];
    const ends = [0, 1].map((k) => points.map((point) => point[k])).map((all) => [Math.min(...all), Math.max(...all)]);
    const size = Math.min(...ends.map(([low, high], k) => (sides[k] - 84) / (high - low || 1)));
    const [x, y] = ends.map(([low, high], k) => (v) => sides[k] / 2 + (v - (low + high) / 2) * (k ? -size : size));
    const texts = [...rows, -1, ...shown].map((i) => words[i] ?? "b − a + c");
    const tones = ["", "", "", "blue", "red", "green"];
    const dots = points.map(([u, v], i) => ({ x: x(u), y: y(v), text: texts[i], tone: tones[i] }));
    const line = (i, j, kind) =>
      h("line", { x1: dots[i].x, y1: dots[i].y, x2: dots[j].x, y2: dots[j].y, class: kind });
    place(picture, { width, height: sides[1] });
    picture.replaceChildren(
      line(0, 2, "axis"), line(1, 3, "axis"), line(0, 1, "line blue"), line(2, 3, "line blue"),
      ...shown.map((_, k) => line(3, 4 + k, `drop ${tones[4 + k]}`)),
      ...dots.map(({ x: cx, y: cy, tone }) => h("circle", { cx, cy, r: 5.5, class: `dot ${tone}` })),
      ...nameTags(dots, ...sides, measure).map(({ left, top, text, tone }) => h("text", { x: left, y: top + 13, class: `tag ${tone}` }, text)),
    );
    const far = points.slice(4).map(([u, v, off], k) => {
      const whole = Math.hypot(u - points[3][0], v - points[3][1], off);
      return `“${words[shown[k]]}” ${fixed(whole, 2)} (${fixed(off, 2)} off the plane)`;
    });
    distances.textContent = "All vectors have length 1. The four corners lie in the plane drawn, the answers do not."
      + ` Distance from b − a + c: ${far.join(", ")}.`;
  }

  function drawTable(asked, scores, order, x) {
    const rows = order.filter((i, k) => k < 10 || i === x).map((i) => {
      const word = h(i === x ? "b" : "span", { class: "green" }, words[i]);
      const values = [String(order.indexOf(i) + 1), fixed(scores[i], 3), ...asked.cosines(i).map((value) => fixed(value, 2))];
      const cells = values.map((text) => h("td", {}, text));
      return h("tr", {}, cells[0], h("th", { scope: "row" }, word), ...cells.slice(1));
    });
    fillTable(table, "Cosine with b − a + c, and with each of a, b, c", ["rank", "answer", "cosine", "a", "b", "c"], rows);
  }

  // A chart: its axes, and a mark at d. Returns its scales, and draws a path through [x, y].
  function chart(svg, { high, xEnds, yEnds, at, ...rest }) {
    const width = Math.max(svg.parentNode.clientWidth, 200);
    const x = scale(...xEnds, 52, width - 16);
    const y = scale(...yEnds, high - 40, 28);
    place(svg, { width, height: high });
    axes(svg, { x, y, xName: "dimensions d", ...rest });
    svg.append(h("line", { x1: x(at), x2: x(at), y1: 28, y2: high - 40, class: "axis" }));
    const draw = (points, kind, end = "") => {
      const d = pathOf(points.map(([u, v]) => [x(u), y(v)]));
      if (d) svg.append(h("path", { d: d + end, class: kind }));
    };
    return { x, y, draw };
  }

  let curve = {}; // ranks of a word for all d, and of which question
  let toX;
  onDrag(course, (left) => set("d", clamp(Math.round(toX.invert(left)), 1, D)));
  function drawCourse(rows, barred, i, d) {
    const key = [rows, barred, i].join();
    if (curve.key !== key) {
      const asked = question(rows, n);
      curve = { key, ranks: columns.map((column) => {
        asked.add(column);
        const scores = asked.scores();
        return scores ? rankOf(i, scores, barred) : NaN;
      }) };
    }
    const top = Math.log10(n);
    const { x, y, draw } = chart(course, {
      high: 190, xEnds: [1, D], yEnds: [top, 0], at: d, yName: `rank of “${words[i]}” among the answers`,
      xs: [1, ...ticks(0, D, 8).slice(1)], ys: [...Array(Math.floor(top) + 1).keys()], yText: (v) => (10 ** v).toLocaleString("en"),
    });
    toX = x;
    draw(curve.ranks.map((rank, k) => [k + 1, Math.log10(rank)]), "line green");
    course.append(h("circle", { cx: x(d), cy: y(Math.log10(curve.ranks[d - 1])), r: 6, class: "dot green" }));
    return curve.ranks;
  }

  function drawRelation(d, allowed) {
    const f = relation();
    const log = dims.map(Math.log2);
    const [right, low, up] = [0, 1, 2].map((i) => log.map((u, k) => [u, accuracy[((allowed * F + f) * T + k) * 3 + i]]));
    const [ratio, edge] = [0, 1].map((i) => log.map((u, k) => [u, Math.log2(ratios[(f * T + k) * 2 + i])]));
    const most = Math.ceil(Math.max(1, ...[...ratio, ...edge].map(([, v]) => v).filter(Number.isFinite)));
    const text = (v) => String(2 ** v);
    const ends = [log[0], log.at(-1)];
    const shared = { high: 200, xEnds: ends, at: clamp(Math.log2(d), ...ends), xs: log.slice(0, -1), xText: text };
    const share = chart(shares, {
      ...shared, yEnds: [0, 100], ys: [0, 25, 50, 75, 100], unit: " %", yName: "right answers, with 95 % interval",
    });
    share.draw([...low, ...up.reverse()], "band", "Z");
    share.draw(right, "line blue");
    const spike = chart(spikes, {
      ...shared, yEnds: [0, most], ys: [...Array(most + 1).keys()], yText: text, yName: "spike over mean of the bulk",
    });
    spike.draw(ratio, "line purple");
    spike.draw(edge, "dots");
    about.textContent = told[allowed * F + f];
  }

  return () => {
    const d = clamp(Math.round(Number(model.get("d"))) || 1, 1, D);
    const allowed = model.get("inputs") === true;
    family.input.value = relation();
    dimension.show(d, `${d} of ${D}`);
    box.checked = allowed;
    drawRelation(d, Number(allowed));

    const faults = [];
    const [a, b, c, x] = NAMES.map((name, j) => {
      const word = typed(name);
      if (fields[j].value.trim() !== word) fields[j].value = word;
      const row = [word, word.toLowerCase()].map((one) => words.indexOf(one)).find((i) => i >= 0);
      if (!word && j < 3) faults.push(`Type a word under “${LABELS[j]}”.`);
      if (word && row === undefined) {
        const near = nearWords(words, word.toLowerCase()).join(", ");
        faults.push(`“${word}” is not among the ${n.toLocaleString("en")} words${near && `; near it: ${near}`}.`);
      }
      return row;
    });
    const rows = [a, b, c];
    const asked = rows.includes(undefined) ? null : question(rows, n);
    if (asked) columns.slice(0, d).forEach(asked.add);
    const scores = asked?.scores();
    if (asked && !scores) faults.push(`At d = ${d} b − a + c or one of its words is zero: it has no direction.`);
    message.textContent = faults.join(" ");
    message.hidden = !faults.length;
    // What was drawn last stays, pale, while a word is being typed.
    answer.classList.toggle("stale", !scores);
    answer.hidden = !scores && !table.firstChild;
    if (!scores) return say(message.textContent);

    const barred = allowed ? [] : rows;
    const order = ranked(scores, barred);
    const [first] = order;
    const follow = order.includes(x) ? x : first;
    drawTable(asked, scores, order, x);
    drawPicture(rows, [...new Set([first, follow])], d);
    const ranks = drawCourse(rows, barred, follow, d);
    let rest = ` (cosine ${fixed(scores[first], 3)}).`;
    if (x === follow) {
      const times = ranks.filter((rank) => rank === 1).length;
      rest += ` “${words[x]}” is number ${ranks[d - 1].toLocaleString("en")}; it is first at ${times} of ${D} values of d.`;
    } else if (x !== undefined) rest += ` “${words[x]}” cannot be the answer: inputs are barred.`;
    const [winner] = ranked(scores, []);
    if (winner !== first) rest += ` With nothing barred “${words[winner]}” would be first.`;
    const asks = `At d = ${d}, ${words[a]} : ${words[b]} = ${words[c]} : `;
    summary.replaceChildren(asks, h("b", { class: "red" }, words[first]), rest);
    return say([...faults, summary.textContent].join(" "));
  };
});
