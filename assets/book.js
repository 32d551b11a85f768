// Small repairs to every page, most of them for people who use a keyboard or a screen reader.

// A box that scrolls must be reachable with the keyboard.
const BOXES = "div.math > .formula, .pst-scrollable-table-container, div.highlight pre, .widget";

function makeReachable() {
  // All is read before anything is written: each reading after a writing would lay out the page anew.
  const boxes = [...document.querySelectorAll(BOXES)];
  const wide = boxes.filter((box) => box.tabIndex !== 0 && box.scrollWidth > box.clientWidth + 1);
  for (const box of wide) {
    box.tabIndex = 0;
    if (!box.hasAttribute("role")) {
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.matches("pre") ? "Code" : "Wide content");
    }
  }
}

function nameParts() {
  const sidebar = document.getElementById("pst-primary-sidebar");
  sidebar?.setAttribute("role", "complementary");
  sidebar?.setAttribute("aria-label", "Table of contents of the book");
  for (const toggle of document.querySelectorAll(".sidebar-toggle")) {
    toggle.setAttribute("aria-label", toggle.title || toggle.dataset.bsTitle || "Toggle sidebar");
  }
  for (const icon of document.querySelectorAll("i[class*='fa-'], span[class*='fa-']")) {
    icon.setAttribute("aria-hidden", "true");
  }
}

// Paper is light. What is drawn in the page's colours hears of the change and is drawn anew.
let theme = "";
window.addEventListener("beforeprint", () => {
  const page = document.documentElement;
  theme = page.dataset.theme;
  page.dataset.theme = "light";
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = theme;
});

// Code that is wider than its box wraps, with a mark (assets/book.css): each of its lines becomes an
// element. Pygments ends and begins its own elements with the lines, and the text stays as it is, to
// the copy button, too. What a cell prints keeps its columns, and scrolls.
const narrow = matchMedia("(max-width: 600px)");
const WHOLE = ".bd-article div.highlight pre:not(:has(> .code-line))";

function breakCode() {
  const blocks = [...document.querySelectorAll(WHOLE)].filter((block) => !block.closest(".cell_output"));
  // What is folded has no width yet.
  const wide = blocks.filter((block) =>
    narrow.matches || !block.clientWidth || block.scrollWidth > block.clientWidth + 1);
  for (const block of wide) {
    const lines = block.innerHTML.split("\n");
    const last = lines.pop();
    block.innerHTML = lines.map((line) => `<span class="code-line">${line}\n</span>`).join("") + last;
  }
}

// Both read the page's layout: once the fonts are there, and it has been painted.
function settle() {
  breakCode();
  makeReachable();
}

nameParts();
if (narrow.matches) breakCode();
window.addEventListener("resize", settle);
document.addEventListener("toggle", makeReachable, true); // code that was folded had no width
document.fonts.ready.then(() => requestAnimationFrame(() => setTimeout(settle)));

// Copied text holds the LaTeX of its formulas; one that is selected in part is copied whole.
const MATH = "math";

function withLatex(range) {
  const whole = range.cloneRange();
  const around = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(MATH);
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) whole.setStartBefore(first);
  if (last) whole.setEndAfter(last);
  const copied = whole.cloneContents();
  const formulas = copied.querySelectorAll(MATH);
  for (const formula of formulas) {
    const latex = formula.querySelector("annotation")?.textContent ?? formula.textContent;
    const mark = formula.getAttribute("display") === "block" ? "$$" : "$";
    formula.replaceWith(mark + latex + mark);
  }
  return formulas.length ? copied : null;
}

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!event.clipboardData || selection.rangeCount !== 1 || event.target.closest?.("input, textarea")) return;
  const copied = withLatex(selection.getRangeAt(0));
  if (!copied) return;
  // What is shown has line breaks where blocks end; a box off the page has the same ones.
  const box = document.createElement("div");
  box.style.cssText = "position: fixed; left: -9999px; width: 60rem; white-space: pre-wrap";
  box.append(copied);
  document.body.append(box);
  const text = box.innerText;
  box.remove();
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});
