"""What every interactive figure is tested for, and the page on which it is tested.

A test file makes its ``figures`` (a fixture: name -> figure) and lists them in ``NAMES``; it then
imports the tests below, all by a star or some by name, and they run once for each name.
``open_page`` and its kin are fixtures of conftest.py.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from accessibility import OF_COLOURS, faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from w2vbook.interactives._base import Interactive

ROOT = Path(__file__).resolve().parent.parent
# What stands beyond the panel of a figure.
STICKS_OUT = """() => {
  const panel = document.querySelector(".w2v").getBoundingClientRect();
  return [...document.querySelectorAll(".w2v *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && (box.right > panel.right + 0.5 || box.left < panel.left - 0.5);
  }).map((e) => e.outerHTML.slice(0, 120));
}"""
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width"><style>body { margin: 12px }</style></head>
<body><main><h1>t</h1><div id="here"></div></main><script type="module">
// What lives on behind a figure unless the figure ends it; started counts all that ever began.
const live = new Set();
window.started = 0;
const begin = (key) => {
  window.started++;
  live.add(key);
  return key;
};
for (const what of ["Timeout", "Interval", "AnimationFrame"]) {
  const frame = what === "AnimationFrame";
  const [start, stop] = [(frame ? "request" : "set") + what, (frame ? "cancel" : "clear") + what];
  const [starts, stops] = [window[start].bind(window), window[stop].bind(window)];
  window[start] = (callback, ...rest) => {
    const id = starts((...given) => {
      if (what !== "Interval") live.delete(`${stop} ${id}`);
      callback(...given);
    }, ...rest);
    begin(`${stop} ${id}`);
    return id;
  };
  window[stop] = (id) => {
    live.delete(`${stop} ${id}`);
    stops(id);
  };
}
for (const kind of ["MutationObserver", "ResizeObserver", "IntersectionObserver", "Worker"]) {
  const works = kind === "Worker";
  const [start, stop] = works ? ["postMessage", "terminate"] : ["observe", "disconnect"];
  const { [start]: starts, [stop]: stops } = window[kind].prototype;
  window[kind].prototype[start] = function (...rest) {
    begin(this);
    return starts.apply(this, rest);
  };
  window[kind].prototype[stop] = function () {
    live.delete(this);
    return stops.apply(this);
  };
}
const lasting = [window, document, document.documentElement, document.body];
const { addEventListener, removeEventListener } = EventTarget.prototype;
const keyOf = (target, type, callback) => {
  callback.keys ??= new Map();
  const name = `${lasting.indexOf(target)} ${type}`;
  if (!callback.keys.has(name)) callback.keys.set(name, { name });
  return callback.keys.get(name);
};
EventTarget.prototype.addEventListener = function (type, callback, options) {
  if (lasting.includes(this)) {
    const key = begin(keyOf(this, type, callback));
    if (options?.signal) addEventListener.call(options.signal, "abort", () => live.delete(key));
  }
  return addEventListener.call(this, type, callback, options);
};
EventTarget.prototype.removeEventListener = function (type, callback, options) {
  if (lasting.includes(this)) live.delete(keyOf(this, type, callback));
  return removeEventListener.call(this, type, callback, options);
};
window.alive = () => {
  const ofModel = Object.values(window.model?.listeners ?? {}).flatMap((all) => [...all]);
  return [...live, ...ofModel].map((one) => one.name ?? String(one));
};

class Model {
  listeners = {};
  saved = 0;
  constructor(values) { this.values = values; }
  get(name) { return this.values[name]; }
  set(name, value) {
    if (this.values[name] === value) return;
    this.values[name] = value;
    for (const event of [`change:${name}`, "change"]) {
      for (const callback of this.listeners[event] ?? []) callback(this, value);
    }
  }
  on(event, callback) { (this.listeners[event] ??= new Set()).add(callback); }
  off(event, callback) { this.listeners[event]?.delete(callback); }
  save_changes() { this.saved++; }
}
// Jupyter's bytes are a view into a longer message, at any place.
function bytes(base64) {
  const found = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const message = new Uint8Array(found.length + 7);
  message.set(found, 3);
  return new DataView(message.buffer, 3, found.length);
}
window.show = async (name, values, packed) => {
  const module = await import(`./${name}.js`);
  for (const [key, data] of Object.entries(packed)) values[key] = bytes(data);
  const style = document.createElement("style");
  style.textContent = await (await fetch(`./${name}.css`)).text();
  document.head.append(style);
  window.model = new Model(values);
  const el = document.querySelector("#here");
  window.host = new AbortController();
  lasting.push(host.signal);
  window.remove = module.default.render({ model, el, signal: host.signal });
};
// Shows the figure once for each value with that value damaged, and mends it. Returns what was said
// in between, and what did not come back.
window.damage = async (name, values, packed, sound) => {
  const [said, lost] = [{}, []];
  for (const key of [...Object.keys(values), ...Object.keys(packed)]) {
    const { [key]: value = null, ...others } = { ...values };
    const { [key]: data, ...bytesOfOthers } = packed;
    await show(name, { ...others, [key]: null }, bytesOfOthers);
    await frames();
    const alert = document.querySelector(".w2v > [role=alert]");
    if (alert) {
      said[key] = alert.textContent;
      model.set(key, data === undefined ? value : bytes(data));
      const until = performance.now() + 10000;
      const text = () => document.querySelector(".w2v").innerText;
      while (text() !== sound && performance.now() < until) await frames();
      if (text() !== sound) lost.push([key, text()]);
    }
    remove();
  }
  return { said, lost };
};
window.frames = (n = 2) => new Promise((done) => {
  const next = () => (n-- > 0 ? requestAnimationFrame(next) : done());
  next();
});
window.ready = true;
</script></body></html>"""


@pytest.fixture(scope="module")
def address(
    figures: dict[str, Interactive],
    serve: Callable[[Path], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """Serve a page, and the modules as Python hands them out."""
    folder = tmp_path_factory.mktemp("interactives")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    for name, figure in figures.items():
        (folder / f"{name}.js").write_text(figure._esm, encoding="utf-8")
        (folder / f"{name}.css").write_text(figure._css, encoding="utf-8")
    for shared in ("kit.js", "eigen.js"):
        shutil.copy(ROOT / "w2vbook" / "interactives" / shared, folder)
    return serve(folder)


Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def fullest(figures: dict[str, Interactive]) -> dict[str, Interactive]:
    """Return the figures that must fit: a test file may fill them up first."""
    return figures


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Return a function that opens the page and shows a figure on it."""
    contexts = []
    # Collected: Playwright's connection does not survive an error that is raised while it listens.
    errors: list[str] = []

    def start(name: str | None = None, figure: Interactive | None = None, **options: Any) -> Page:
        changes = options.pop("changes", {})
        context = browser.new_context(**{"viewport": {"width": 800, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.wait_for_function("window.ready")
        if name and figure is not None:
            values, packed = unpacked(figure)
            page.evaluate("a => show(...a)", [name, {**values, **changes}, packed])
            page.evaluate("frames()")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not errors, errors


def set_all(page: Page, setting: dict[str, Any]) -> None:
    """Give a figure's model these values, as a link does."""
    page.evaluate(
        "all => Object.entries(all).forEach(([name, value]) => model.set(name, value))", setting
    )


# As a reader does who scrolls a page of the site from its head to its foot: then all of it is laid
# out, its figures live, and its boxes that scroll are known.
READ_THROUGH = """async () => {
  const whole = document.createElement("style");
  whole.textContent = "* { content-visibility: visible !important }";
  document.head.append(whole);
  const frames = async (n) => { while (n--) await new Promise(requestAnimationFrame); };
  for (let y = 0; y < document.documentElement.scrollHeight; y += 2 * innerHeight) {
    scrollTo(0, y);
    await frames(2);
  }
  const begins = (one) => one.checkVisibility() && (one.matches(".waits") || !one.firstChild);
  const widgets = [...document.querySelectorAll(".widget")];
  const until = performance.now() + 100000;
  let last;
  while ((last = widgets.find(begins)) && performance.now() < until) {
    last.scrollIntoView(); // what starts above it may have pushed it away
    await frames(2);
  }
  scrollTo(0, 0);
  await frames(2);
}"""


def until(page: Page, condition: str) -> None:
    """Wait until a condition holds, on a page whose policy forbids playwright's own way to wait."""
    page.evaluate(
        f"""async () => {{
          const until = performance.now() + 30000;
          while (!({condition})) {{
            if (performance.now() > until) throw new Error("waited in vain");
            await new Promise(requestAnimationFrame);
          }}
        }}"""
    )


def unpacked(figure: Interactive) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the synchronised values of a figure, bytes apart."""
    state = {key: value for key, value in figure.get_state().items() if not key.startswith("_")}
    state = {key: state[key] for key in state if key not in ("layout", "tooltip", "tabbable")}
    packed = {k: base64.b64encode(v).decode() for k, v in state.items() if isinstance(v, bytes)}
    return {k: v for k, v in state.items() if k not in packed}, packed


def write_page_of_the_site(folder: Path, values: dict[str, Any], packed: dict[str, str]) -> None:
    """Write a page with one figure, as the book has it, and the host that brings it to life."""
    buffers = [{"encoding": "base64", "path": [key], "data": packed[key]} for key in packed]
    saved = {"model_module": "anywidget", "state": values, "buffers": buffers}
    state = json.dumps({"version_major": 2, "state": {"one": saved}}).replace("</", r"<\/")
    kind = "application/vnd.jupyter.widget"
    shutil.copy(ROOT / "assets" / "widgets.js", folder)
    (folder / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
        f'<script type="{kind}-state+json">{state}</script></head><body>'
        f'<script type="{kind}-view+json">{{"model_id": "one"}}</script>'
        f'<script type="module" src="widgets.js"></script></body></html>',
        encoding="utf-8",
    )


def trait(page: Page, name: str) -> Any:
    page.evaluate("frames()")
    return page.evaluate(f"model.get('{name}')")


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def told(page: Page, text: str = "") -> str:
    """Wait until a screen reader is told something that holds the text, and return it."""
    page.wait_for_function(
        """text => {
          const said = document.querySelector("[role=status]").textContent;
          return said && said.includes(text);
        }""",
        arg=text,
    )
    return page.get_by_role("status").text_content() or ""


def table(page: Page) -> list[list[str]]:
    """Return the texts of a table's cells, row by row."""
    page.evaluate("frames()")
    return page.eval_on_selector_all(
        "tbody tr", "rows => rows.map(r => [...r.querySelectorAll('td')].map(c => c.textContent))"
    )


# ---- what holds for all ----


def test_module_is_whole_and_loads_nothing(name: str, figures: dict[str, Interactive]) -> None:
    for text in (figures[name]._esm, figures[name]._css):
        assert "import " not in re.sub(r"//.*|/\*.*?\*/", "", text)
        addresses = set(re.findall(r"https?://[^\"'\s]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, never fetched
    assert len(re.findall(r"^export default", figures[name]._esm, re.MULTILINE)) == 1


def test_text_stands_in_where_the_figure_cannot_run(
    name: str, figures: dict[str, Interactive]
) -> None:
    bundle = figures[name]._repr_mimebundle_()
    assert bundle is not None
    data, _ = bundle
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figures[name].model_id
    # Stored in the notebook and compared with every run: nothing in it may name this object.
    for kind in ("text/plain", "text/html"):
        assert figures[name].model_id not in data[kind]
        assert "0x" not in data[kind]
    assert "Interactive figure:" in data["text/html"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_figure_fits_and_is_accessible(
    name: str, width: int, fullest: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page(name, fullest[name], viewport={"width": width, "height": 800})
    for theme, only in (("light", ()), ("dark", OF_COLOURS)):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.evaluate("frames()")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not page.evaluate(STICKS_OUT)
        paper = page.evaluate("getComputedStyle(document.querySelector('.w2v')).backgroundColor")
        assert paper == {"light": "rgb(253, 252, 249)", "dark": "rgb(28, 32, 37)"}[theme]
        # A figure that still computes shows its last results pale, and they fade in again.
        page.wait_for_function(
            "![...document.querySelectorAll('.w2v progress')].some((bar) => bar.checkVisibility())"
            " && !document.querySelector('.w2v .old') && document.getAnimations().length === 0"
        )
        assert not faults(page, only)


@pytest.mark.browser
def test_figure_is_laid_out_anew_when_its_width_changes(
    name: str, fullest: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page(name, fullest[name])
    for width in (1280, 700, 600, 520, 480, 360, 640):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("frames(3)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not page.evaluate(STICKS_OUT), width


@pytest.mark.browser
@pytest.mark.parametrize("end", ["remove()", "host.abort()"])
def test_all_that_a_figure_starts_ends_with_it(
    name: str, end: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page()
    before = page.evaluate("alive()")
    values, packed = unpacked(figures[name])
    page.evaluate("a => show(...a)", [name, values, packed])
    if "text" in values:  # reading it takes longer than the figure lives
        page.evaluate("model.set('text', 'one two three four five six\\n'.repeat(300000))")
        page.evaluate("frames()")
    for button in page.get_by_role("button", name="Play").all():
        button.click()
    page.evaluate("model.set('_touched', 1)")  # a frame waits
    assert len(page.evaluate("alive()")) > len(before)
    assert page.evaluate(f"() => {{ {end}; return alive(); }}") == before
    started = page.evaluate("started")
    page.wait_for_timeout(300)
    assert page.evaluate("started") == started
    assert page.locator(".w2v").count() == 0


@pytest.mark.browser
def test_figure_recovers_when_a_damaged_value_is_mended(
    name: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page(name, figures[name])
    page.wait_for_function("!document.querySelector('.w2v .old')")
    page.evaluate("frames()")
    sound = page.locator(".w2v").inner_text()
    page.evaluate("remove()")
    found = page.evaluate("a => damage(...a)", [name, *unpacked(figures[name]), sound])
    assert found["said"]
    assert not found["lost"], found


@pytest.mark.browser
def test_screen_reader_is_told_once_the_hand_rests(
    name: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page(name, figures[name])
    live = page.get_by_role("status")
    page.wait_for_timeout(500)
    assert live.text_content() == ""  # nothing is said on arrival
    moved = page.get_by_role("slider").last
    began = time.monotonic()
    for _ in range(3):
        moved.press("ArrowRight")
    early = live.text_content()
    assert early == "" or time.monotonic() - began > 0.4  # nor in the midst of a movement
    page.wait_for_timeout(600)  # what was said on the way, on a slow machine, is no longer there
    said = told(page)
    for sentence in said.split(". "):
        assert sentence.rstrip(".") in page.inner_text(".w2v")


@pytest.mark.browser
def test_figure_runs_on_the_site_without_a_kernel(
    name: str,
    figures: dict[str, Interactive],
    browser: Browser,
    serve: Callable[[Path], str],
    tmp_path: Path,
) -> None:
    figure = figures[name]
    values, packed = unpacked(figure)
    write_page_of_the_site(tmp_path, {**values, "_esm": figure._esm, "_css": figure._css}, packed)
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(serve(tmp_path), wait_until="networkidle")
    moved = page.get_by_role("slider").last
    before = page.inner_text(".w2v")
    moved.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.w2v').innerText !== before", arg=before
    )
    assert page.get_by_role("alert").count() == 0
    assert not faults
    context.close()


__all__ = [name for name in globals() if name.startswith("test_")]  # by a star
