"""Take the pictures that stand in for the interactive figures. ``make pictures``.

A reader without scripts sees them, and so does one in whose browser a figure cannot be started.
They are taken from the built site in Chromium, in light colours and without the controls, at one
width, and are stored in assets/figures under the label of the figure. pictures.json beside them
holds a key for each: it changes with the figure's code, its text alternative or its state, and then
tests/book/test_pictures.py asks for a new picture. The next ``make book`` puts them into the pages.
README.md begins with a row of moments of the learning clock, light and dark, taken the same way.

``python tools/picture_figures.py [LABEL ...]`` takes those of the figures named, or all.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2vbook.sphinx.widget_states import whole

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
FOLDER = ROOT / "assets" / "figures"
WIDTH = 720  # CSS pixels of a panel; the picture has twice as many
LARGEST = 90_000  # bytes of a picture
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
CLOCK = "fig-01-clock"  # the figure of README's row
ROW = ("clock-light", "clock-dark")
LARGEST_ROW = 250_000
COMMON = {"layout", "tabbable", "tooltip"}  # of all widgets
TIES = {"found"}  # neighbours: between nearly equal ones another processor chooses otherwise


@dataclass(frozen=True)
class Figure:
    """An interactive figure as a page holds it."""

    page: str
    label: str  # the id of its figure element
    text: str  # its text alternative
    key: str


def figures_of(site: Path) -> Iterator[Figure]:
    """Yield the interactive figures of a built site, in the order of its pages."""
    view = re.compile(
        rf'(?:<figure[^>]*\bid="(?P<label>[\w-]+)"[^>]*>\s*)?<script type="{re.escape(VIEW)}">'
        r"(?P<view>[^<]*)</script>\s*<noscript>(?P<words>.*?)</noscript>",
        re.DOTALL,
    )
    state = re.compile(rf'<script type="{re.escape(STATE)}">(.*?)</script>', re.DOTALL)
    for path in sorted((site / "chapters").glob("*.html")):
        page = path.read_text(encoding="utf-8")
        models: dict[str, Any] = {}
        for saved in state.findall(page):
            models |= whole(json.loads(saved))["state"]
        for found in view.finditer(page):
            model = models[json.loads(found["view"])["model_id"]]["state"]
            words = re.search(r'<p class="widget-note">(.*?)</p>', found["words"], re.DOTALL)
            # Fields to type into have no setting, and nothing that a picture could show.
            if "_esm" in model and model.get("_linked"):
                text = html.unescape(words[1]) if words else ""
                yield Figure(path.name, found["label"] or "", text, key_of(model, text))


def key_of(state: dict[str, Any], text: str) -> str:
    """Return a key of what a figure shows: its code, its words and its plain values.

    Arrays are left out: their last digits differ from machine to machine. So are numbers beyond
    their fourth digit.
    """

    def rounded(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return f"{value:.4g}"
        return [rounded(one) for one in value] if isinstance(value, list) else value

    plain = {
        name: rounded(value)
        for name, value in state.items()
        if name in ("_esm", "_css") or not (name.startswith("_") or name in COMMON | TIES)
    }
    told = json.dumps([plain, text], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def stored_keys() -> dict[str, str]:
    """Return label -> key of the pictures that are stored."""
    path = FOLDER / "pictures.json"
    stored: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return stored


def packed(png: bytes, largest: int = LARGEST) -> bytes:
    """Return a picture as WebP of at most ``largest`` bytes."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in range(84, 20, -6):
        data = io.BytesIO()
        picture.save(data, "WEBP", quality=quality, method=6)
        if len(data.getvalue()) <= largest:
            return data.getvalue()
    raise ValueError(f"a picture of {picture.size} pixels does not fit into {largest} bytes")


def find_chromium() -> str | None:
    """Return the system's Chromium; None leaves it to playwright, which may have one.

    Debian's shell without windows comes first: a page costs it half of the work.
    """
    names = "chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable"
    found = (os.environ.get("W2V_BROWSER"), *map(shutil.which, names.split()))
    return next((path for path in found if path and Path(path).exists()), None)


def launch(playwright: Any) -> Any:
    """Start Chromium. Its own sandbox cannot start as root, which is what containers are."""
    args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=find_chromium(), args=args)


def take(browser: Any, site: Path, figures: Iterable[Figure]) -> Iterator[tuple[Figure, bytes]]:
    """Yield each figure with its picture, as PNG."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        device_scale_factor=2,
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.add_init_script("localStorage.setItem('mode', 'light')")
    page = context.new_page()
    opened = ""
    for figure in figures:
        if figure.page != opened:
            page.goto((site / "chapters" / figure.page).as_uri(), wait_until="networkidle")
            page.evaluate("document.fonts.ready")
            page.emulate_media(media="print")  # which hides the controls
            page.add_style_tag(content=f".w2v {{ width: {WIDTH}px !important }}")
            opened = figure.page
        page.locator(
            f"#{figure.label}"
        ).scroll_into_view_if_needed()  # it starts when one comes near
        panel = page.locator(f"#{figure.label} .w2v").first
        panel.wait_for()
        page.wait_for_timeout(300)  # for the frame that draws at this width
        yield figure, panel.screenshot(animations="disabled")
    context.close()


COLUMN = """<figure><figcaption><b>t = {t}</b><br>{told}</figcaption>
<img src="data:image/png;base64,{cloud}"><img src="data:image/png;base64,{rise}"></figure>"""
ROW_PAGE = """<!DOCTYPE html><style>
body {{ display: flex; gap: 14px; width: max-content; margin: 0; padding: 14px; }}
body {{ background: {paper} }}
figure {{ margin: 0; width: 300px; font: 16px/1.4 sans-serif; color: {ink} }}
img {{ display: block; width: 100%; margin-top: 10px }}
</style>{columns}"""


def row_of_moments(browser: Any, site: Path, clock: Figure, mode: str) -> bytes:
    """Return the learning clock at four moments in a row, as PNG: a point, a line, a plane, all."""
    half = [float(t) for t in re.findall(r"\) at t = (\d+\.\d+)", clock.text)]
    moments = (0.6 * half[0], (half[0] + half[1]) / 2, (half[1] + half[2]) / 2, 99)
    context = browser.new_context(
        viewport={"width": 900, "height": 900}, device_scale_factor=2, reduced_motion="reduce"
    )
    context.add_init_script(
        f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{mode}')"
    )
    page = context.new_page()
    columns = []
    for t in moments:
        address = (site / "chapters" / clock.page).as_uri()
        page.goto(f"{address}?learning_clock.t={t:.4g}#{clock.label}", wait_until="networkidle")
        page.add_style_tag(content=".w2v { width: 320px !important }")
        panel = page.locator(f"#{clock.label} .w2v").first
        panel.wait_for()
        page.wait_for_timeout(300)
        found = re.search(r"At t = ([\d.]+): (\d+ of \d+ directions learned)", panel.inner_text())
        assert found, "the learning clock no longer tells the time"
        cloud, rise = panel.locator("canvas"), panel.locator("svg").first
        encoded = (base64.b64encode(part.screenshot()).decode() for part in (cloud, rise))
        columns.append((found[1], found[2], *encoded))
    names = ("t", "told", "cloud", "rise")
    html_ = "".join(COLUMN.format(**dict(zip(names, column, strict=True))) for column in columns)
    css = "name => getComputedStyle(document.querySelector('.w2v')).getPropertyValue(name)"
    paper, ink = (page.evaluate(css, name) for name in ("--paper", "--ink"))
    page.set_content(ROW_PAGE.format(paper=paper, ink=ink, columns=html_))
    page.wait_for_timeout(300)
    row: bytes = page.locator("body").screenshot()
    context.close()
    return row


def main(labels: list[str]) -> int:
    """Take and store the pictures; say what changed."""
    from playwright.sync_api import sync_playwright

    if not (SITE / "index.html").is_file():
        sys.exit(f"{SITE} holds no book yet; run: make book")
    found = list(figures_of(SITE))
    unknown = set(labels) - {figure.label for figure in found}
    if unknown:
        sys.exit(f"no such figure: {', '.join(sorted(unknown))}")
    stored = stored_keys()
    wanted = [one for one in found if one.label and (not labels or one.label in labels)]
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for figure, png in take(browser, SITE, wanted):
            data = packed(png)
            (FOLDER / f"{figure.label}.webp").write_bytes(data)
            stored[figure.label] = figure.key
            print(f"{figure.label}: {len(data) / 1000:.0f} kB")
        for clock in [one for one in wanted if one.label == CLOCK]:
            for name in ROW:
                row = row_of_moments(browser, SITE, clock, name.removeprefix("clock-"))
                (FOLDER / f"{name}.webp").write_bytes(packed(row, LARGEST_ROW))
        browser.close()
    for label in set(stored) - {figure.label for figure in found} if not labels else ():
        del stored[label]
        (FOLDER / f"{label}.webp").unlink(missing_ok=True)
        print(f"{label}: removed, no page has it")
    text = json.dumps(stored, indent=1, sort_keys=True)
    (FOLDER / "pictures.json").write_text(text + "\n", encoding="utf-8")
    print("The next `make book` puts them into the pages.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
