// Small repairs to every page, most of them for people who use a keyboard or a screen reader.

// A box that scrolls must be reachable with the keyboard. It is measured when the reader comes near:
// what is far away is not laid out yet, and asking for its width would lay it out.
const BOXES = "div.math > .formula, .pst-scrollable-table-container, div.highlight pre, .cell_output > .output, .widget";

const near = new IntersectionObserver((entries) => {
  // All is read before anything is written: each reading after a writing would lay out the page anew.
  const boxes = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target);
  const wide = boxes.filter((box) => box.tabIndex !== 0 && box.scrollWidth > box.clientWidth + 1);
  for (const box of wide) {
    box.tabIndex = 0;
    if (!box.hasAttribute("role")) {
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", box.matches("pre") ? "Code" : "Wide content");
    }
  }
}, { rootMargin: "100% 0px" });

function makeReachable() {
  near.disconnect();
  for (const box of document.querySelectorAll(BOXES)) near.observe(box);
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

// The theme prints by a script in an attribute, which the page's policy forbids (content_policy.py).
document.querySelector(".btn-download-pdf-button")?.addEventListener("click", () => print());

// The search's results come with extracts of the pages, which a page opened as a file may not fetch.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

nameParts();
makeReachable();
addEventListener("resize", makeReachable);
document.fonts.addEventListener("loadingdone", makeReachable); // which may be wider than those before them

// The theme's mark in *Contents* goes astray after a jump: it is set right where scrolling ends.
addEventListener("scrollend", () => {
  const links = [...document.querySelectorAll(".page-toc a[href^='#']")];
  const above = ({ hash }) => document.getElementById(decodeURIComponent(hash.slice(1)))?.getBoundingClientRect().top < innerHeight / 3;
  const atEnd = scrollY + innerHeight > document.documentElement.scrollHeight - 2;
  const here = atEnd ? links.at(-1) : links.findLast(above);
  for (const link of links) link.classList.toggle("active", Boolean(here && link.parentElement.contains(here)));
});

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
