import { figure, h } from "./kit.js";

const RIGHT = "right";

// "1/16", "−0.44", "25 %", "1,234", "0,44", "2e-3" -> a number; NaN for all else.
export function parse(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/\s+/g, "");
  const percent = plain.endsWith("%");
  const parts = (percent ? plain.slice(0, -1) : plain).split("/").map((part) => {
    const dotted = /^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(part) ? part.replaceAll(",", "") : part.replace(",", ".");
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(dotted) ? Number(dotted) : NaN;
  });
  const value = parts.length === 1 ? parts[0] : parts.length === 2 ? parts[0] / parts[1] : NaN;
  return percent ? value / 100 : value;
}

function close(answer, value, rtol, atol) {
  return Math.abs(answer - value) <= Math.max(rtol * (Math.abs(value) || 1), atol);
}

// As in w2vbook/exercises/_answers.py.
const LEAD = /^((it|they|the|an?|at|from|is|are|about) )+/;
const bare = (text) => text.toLowerCase().replace(/['"`‘’“”$]/g, "").replace(/[\s.,;:!?()/&+–—-]+/g, " ").trim();

// The same verdict as w2vbook.exercises gives.
export function judge(part, text) {
  if (!text.trim()) return "";
  if (part.kind === "word") {
    for (const said of [bare(text), bare(text).replace(LEAD, "")]) {
      if (part.value.includes(said)) return RIGHT;
      const slip = part.slips.find(([wrong]) => wrong === said);
      if (slip) return slip[1];
    }
    return "not yet";
  }
  const answer = parse(text);
  if (!Number.isFinite(answer)) return "this is not a number; write 0.25, 1/4, 25 % or 2.5e-1";
  if (close(answer, part.value, part.rtol, part.atol)) return RIGHT;
  const slip = part.slips.find(([wrong]) => close(answer, wrong, part.rtol, part.atol));
  if (slip) return slip[1];
  // Nothing is near 0, and what is more than a tenth off was not rounded.
  const near = part.value && close(answer, part.value, Math.min(10 * part.rtol, 0.1), 0);
  return near ? "close: you may have rounded too early" : "not yet";
}

export default figure(({ model, root, set, say }) => {
  const parts = model.get("parts");
  if (!Array.isArray(parts) || !parts.length) throw new Error("its questions are missing");
  const typed = (i) => {
    const text = model.get("answers")?.[i];
    return typeof text === "string" ? text : "";
  };
  const rows = parts.map((part, i) => {
    const input = h("input", { type: "text", size: 12, autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
    const said = h("span", { class: "verdict" });
    const send = () => {
      if (input.value !== typed(i)) set("answers", parts.map((_, k) => (k === i ? input.value.slice(0, 60) : typed(k))));
    };
    input.addEventListener("change", send);
    input.addEventListener("keydown", (event) => event.key === "Enter" && send());
    const element = h("div", { class: "controls answer" }, h("label", {}, part.about, input), said);
    return { input, said, element, judge: (text) => judge(part, text) };
  });
  root.setAttribute("aria-label", "Interactive figure: check your answer");
  root.append(...rows.map((row) => row.element));

  return () => {
    let right = 0;
    const words = rows.map((row, i) => {
      if (document.activeElement !== row.input) row.input.value = typed(i);
      const verdict = row.judge(typed(i));
      right += verdict === RIGHT;
      row.said.textContent = verdict && `${verdict === RIGHT ? "✓" : "✗"} ${verdict}`;
      row.said.className = verdict === RIGHT ? "verdict green" : "verdict red";
      return verdict;
    });
    if (words.some(Boolean)) {
      say(`${right} of ${rows.length} right. ${words.map((text, i) => text && `${parts[i].about}: ${text}`).filter(Boolean).join(". ")}`);
    }
  };
});
