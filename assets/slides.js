// A chapter as slides: what the notebook tags `slide`, one piece at a time, on the same page, so that
// the interactive figures stay alive. ?slides opens the show, ?slides=5 its fifth slide.
(() => {
const PIECES = ".slide, .cell.tag_slide";
const TYPED = "input, select, textarea, [contenteditable], [role='slider'], canvas";

const article = document.querySelector("article.bd-article");
const pieces = article ? [...article.querySelectorAll(PIECES)].filter((piece) => !piece.parentElement.closest(PIECES)) : [];
const title = article?.querySelector("h1");
let shown = -1;
let bar;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// The address tells which slide is shown, beside what figures write there.
function tell(number) {
  const address = new URL(location.href);
  if (number) address.searchParams.set("slides", number);
  else address.searchParams.delete("slides");
  try {
    history.replaceState(history.state, "", address);
  } catch {
    // Browsers forbid it for some files, and a hundred times in half a minute.
  }
}

// Only the way from the article down to the piece, and the heading of its section, stay visible.
function show(number) {
  shown = Math.min(Math.max(number, 0), pieces.length - 1);
  for (const element of article.querySelectorAll(".slide-path, .slide-now")) {
    element.classList.remove("slide-path", "slide-now");
  }
  const piece = pieces[shown];
  piece.classList.add("slide-now");
  for (let up = piece.parentElement; up !== article; up = up.parentElement) up.classList.add("slide-path");
  const section = piece.closest("section");
  const heading = section?.querySelector(":scope > :is(h1, h2, h3)") ?? title;
  heading?.classList.add("slide-now");
  bar.querySelector(".slide-count").textContent = `${shown + 1} / ${pieces.length}`;
  bar.querySelector(".slide-back").disabled = shown === 0;
  bar.querySelector(".slide-on").disabled = shown === pieces.length - 1;
  tell(shown + 1);
  dispatchEvent(new Event("resize")); // what measures itself had no width until now
  scrollTo(0, 0);
}

function leave() {
  const piece = pieces[shown];
  document.body.classList.remove("slides");
  bar.remove();
  removeEventListener("keydown", onKey);
  tell();
  piece.scrollIntoView();
}

const KEYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };

function onKey(event) {
  // A slider keeps its arrows, a field its blanks, a button its blank.
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(TYPED)) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  if (event.key === "Escape") return leave();
  const to = event.key === "Home" ? 0 : event.key === "End" ? pieces.length - 1 : shown + (KEYS[event.key] ?? NaN);
  if (Number.isNaN(to)) return;
  event.preventDefault();
  show(to);
}

// A swipe turns the page, unless it moves a figure or scrolls something wide.
function watchSwipes() {
  let from = null;
  article.addEventListener("touchstart", (event) => {
    from = event.target.closest(".w2v, pre, table, mjx-container") ? null : event.touches[0];
  }, { passive: true });
  article.addEventListener("touchend", (event) => {
    if (!from || !document.body.classList.contains("slides")) return;
    const [x, y] = [event.changedTouches[0].clientX - from.clientX, event.changedTouches[0].clientY - from.clientY];
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) show(shown - Math.sign(x));
  });
}

function start(number) {
  const button = (name, label, text, act) => {
    const element = make("button", { type: "button", class: name, "aria-label": label }, text);
    element.addEventListener("click", act);
    return element;
  };
  const chapter = document.querySelector("article h1")?.firstChild.textContent ?? document.title;
  bar = make("nav", { class: "slide-bar", "aria-label": "Slides" },
    make("h1", { class: "visually-hidden" }, chapter), // each slide is a page: of which chapter?
    button("slide-back", "Previous slide", "‹", () => show(shown - 1)),
    make("span", { class: "slide-count", role: "status" }),
    button("slide-on", "Next slide", "›", () => show(shown + 1)),
    button("slide-leave", "Text: leave the slides", "Text", leave));
  document.body.append(bar);
  document.body.classList.add("slides");
  addEventListener("keydown", onKey);
  show(number);
}

if (pieces.length) {
  const open = make("button", { type: "button", class: "btn btn-sm slide-open", title: "Show this chapter as slides" }, "Slides");
  open.addEventListener("click", () => start(0));
  document.querySelector(".article-header-buttons")?.prepend(open);
  watchSwipes();
  const asked = new URLSearchParams(location.search).get("slides");
  if (asked !== null) start((Number.parseInt(asked, 10) || 1) - 1);
}
})();
