// Small repairs to every page, most of them for people who use a keyboard or a screen reader.

// A box that scrolls must be reachable with the keyboard.
const BOXES = "div.math > mjx-container, .pst-scrollable-table-container, div.highlight pre, .widget";

function makeReachable() {
  for (const box of document.querySelectorAll(BOXES)) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      if (!box.hasAttribute("role")) {
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.matches("pre") ? "Code" : "Wide content");
      }
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

nameParts();
makeReachable();
window.addEventListener("resize", makeReachable);
document.addEventListener("toggle", makeReachable, true); // code that was folded had no width
window.addEventListener("load", () => {
  // Equations have their width only once MathJax has set them.
  const typeset = window.MathJax?.startup?.promise ?? Promise.resolve();
  typeset.then(makeReachable);
});
