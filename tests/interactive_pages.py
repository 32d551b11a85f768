"""What every interactive figure is tested for, and the page on which it is tested.

A test file makes its ``figures`` (a fixture: name -> figure) and lists them in ``NAMES``; it then
imports the tests below, which run once for each name. ``open_page`` and its kin are fixtures of
conftest.py.
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

import axe_playwright_python
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from w2vbook.interactives._base import Interactive

ROOT = Path(__file__).resolve().parent.parent
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# What stands beyond the panel of a figure.
STICKS_OUT = """() => {
  const panel = document.querySelector(".w2v").getBoundingClientRect();
  return [...document.querySelectorAll(".w2v *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && (box.right > panel.right + 0.5 || box.left < panel.left - 0.5);
  }).map((e) => e.outerHTML.slice(0, 120));
}"""
# Of code, one token of each look on each ground: axe would take most of its time for the rest.
ONE_OF_EACH = """() => {
  const groundOf = (element) => {
    for (const grounds = []; ; element = element.parentElement) {
      if (!element) return grounds.join();
      const ground = getComputedStyle(element).backgroundColor;
      grounds.push(ground);
      if (ground.startsWith("rgb(")) return grounds.join(); // what lies below it is not seen
    }
  };
  const [seen, again] = [new Set(), []];
  for (const block of document.querySelectorAll(".highlight pre")) {
    const ground = groundOf(block);
    for (const token of block.querySelectorAll("span[class]")) {
      const { color, backgroundColor, font, opacity } = getComputedStyle(token);
      const look = [token.className, color, backgroundColor, font, opacity, ground].join();
      if (seen.has(look)) again.push(token);
      seen.add(look);
    }
  }
  for (const token of again) token.replaceWith(...token.childNodes);
}"""

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width"><style>body { margin: 12px }</style></head>
<body><main><h1>t</h1><div id="here"></div></main><script type="module">
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
  window.remove = module.default.render({ model: window.model, el });
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
        shutil.copy(ROOT / "w2vlib" / "interactives" / shared, folder)
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

    def start(name: str | None = None, figure: Interactive | None = None, **options: Any) -> Page:
        changes = options.pop("changes", {})
        context = browser.new_context(**{"viewport": {"width": 800, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"JavaScript error: {error}"))
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


def unpacked(figure: Interactive) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the synchronised values of a figure, bytes apart."""
    state = {key: value for key, value in figure.get_state().items() if not key.startswith("_")}
    state = {key: state[key] for key in state if key not in ("layout", "tooltip", "tabbable")}
    packed = {k: base64.b64encode(v).decode() for k, v in state.items() if isinstance(v, bytes)}
    return {k: v for k, v in state.items() if k not in packed}, packed


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
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figure_fits_and_is_accessible(
    name: str, width: int, theme: str, fullest: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page(name, fullest[name], viewport={"width": width, "height": 800})
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.evaluate("frames()")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.evaluate(STICKS_OUT)
    paper = page.evaluate("getComputedStyle(document.querySelector('.w2v')).backgroundColor")
    assert paper == {"light": "rgb(253, 252, 249)", "dark": "rgb(28, 32, 37)"}[theme]
    # A figure that still computes shows its last results pale.
    page.wait_for_function(
        "![...document.querySelectorAll('.w2v progress')].some((bar) => bar.checkVisibility())"
    )
    page.wait_for_timeout(600)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    faults = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
    assert not faults, faults


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
    saved = {
        "model_module": "anywidget",
        "state": {**values, "_esm": figure._esm, "_css": figure._css},
        "buffers": [
            {"encoding": "base64", "path": [key], "data": data} for key, data in packed.items()
        ],
    }
    state = json.dumps({"version_major": 2, "state": {"one": saved}}).replace("</", r"<\/")
    kind = "application/vnd.jupyter.widget"
    shutil.copy(ROOT / "assets" / "widgets.js", tmp_path)
    (tmp_path / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
        f'<script type="{kind}-state+json">{state}</script></head><body>'
        f'<script type="{kind}-view+json">{{"model_id": "one"}}</script>'
        f'<script type="module" src="widgets.js"></script></body></html>',
        encoding="utf-8",
    )
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
