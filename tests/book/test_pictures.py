"""The pictures that stand in for the interactive figures, and the pages that hold them."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import load_script
from docutils import nodes
from interactive_pages import ROOT
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = ROOT / "assets" / "figures"


tool = load_script("tools/picture_figures.py")
extension = load_script("w2vbook/sphinx/book.py")


# ---- the pictures of the book ----


def test_every_interactive_figure_has_a_picture_of_today(site: Path) -> None:
    figures = list(tool.figures_of(site))
    assert figures
    stored = tool.stored_keys()
    wanting = {
        "without a label": [one.page for one in figures if not one.label],
        "without a picture": [one.label for one in figures if one.label not in stored],
        "changed since": [one.label for one in figures if stored.get(one.label, "") != one.key],
        "gone": sorted(set(stored) - {one.label for one in figures}),
    }
    wanting = {what: labels for what, labels in wanting.items() if labels}
    assert not wanting, f"{wanting}; run: make pictures, then make book"


def test_pages_hold_the_pictures(site: Path) -> None:
    for figure in tool.figures_of(site):
        page = (site / "chapters" / figure.page).read_text(encoding="utf-8")
        source = f"../_static/figures/{figure.label}.webp"
        assert f'<noscript><img src="{source}"' in page, f"{figure.label}; run: make book"
        assert (site / "chapters" / source).resolve().is_file(), figure.label


def test_pictures_are_those_of_the_keys_and_small() -> None:
    labels = {path.stem for path in FOLDER.glob("*.webp")} - set(tool.ROW)
    assert labels == set(tool.stored_keys())
    for path in FOLDER.glob("*.webp"):
        most = tool.LARGEST_ROW if path.stem in tool.ROW else tool.LARGEST
        assert path.stat().st_size <= most, path.name
        with Image.open(path) as picture:
            assert picture.width == 2 * tool.WIDTH or path.stem in tool.ROW, path.name


def test_readme_shows_the_row_of_moments() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|srcset)="(assets/[^"]+)"', text)
    moments = [one for one in sources if one.endswith(".webp")]  # the other figure is a drawing
    assert sorted(moments) == [f"assets/figures/{name}.webp" for name in sorted(tool.ROW)]
    assert all((ROOT / source).is_file() for source in sources)
    alt = re.search(r'<img [^>]*alt="([^"]+)"', text)
    assert alt
    assert len(alt[1]) > 60


@pytest.mark.browser
@pytest.mark.parametrize("media", ["screen", "print"])
def test_pictures_are_seen_without_scripts(media: str, site: Path, browser: Browser) -> None:
    figure = next(one for one in tool.figures_of(site) if one.label in tool.stored_keys())
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.emulate_media(media=media)
    page.goto((site / "chapters" / figure.page).as_uri())
    picture = page.locator(f"#{figure.label} img")
    box = picture.bounding_box()
    assert box
    assert 250 < box["width"] <= 360
    stored = Image.open(FOLDER / f"{figure.label}.webp")
    assert box["height"] / box["width"] == pytest.approx(stored.height / stored.width, rel=0.02)
    assert "described by the text" in (picture.get_attribute("alt") or "")
    assert figure.text[:60] in page.locator(f"#{figure.label} .widget-note").inner_text()
    assert page.locator(f"#{figure.label} .widget-note").is_visible()
    seen = np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("L"))
    assert seen.min() < 100 < 200 < seen.max(), "an empty picture"
    context.close()


# ---- how they are found, named and put in ----

STATE = {
    "_esm": "export default {}",
    "_css": ".w2v {}",
    "_linked": {"t": {}},
    "_view_name": "A",
    "layout": "IPY_MODEL_1",
    "t": 0.123456,
    "words": ["a", "b"],
}


@pytest.mark.parametrize(
    ("changes", "text", "same"),
    [
        ({}, "In words.", True),
        ({"layout": "IPY_MODEL_2", "_view_name": "B"}, "In words.", True),
        ({"t": 0.12346}, "In words.", True),  # another machine's last digits
        ({"t": 0.124}, "In words.", False),
        ({"words": ["a", "c"]}, "In words.", False),
        ({"_esm": "export default { }"}, "In words.", False),
        ({"_css": ""}, "In words.", False),
        ({}, "In other words.", False),
    ],
)
def test_key_changes_with_what_a_figure_shows(
    changes: dict[str, Any], text: str, same: bool
) -> None:
    before = tool.key_of(STATE, "In words.")
    assert (tool.key_of({**STATE, **changes}, text) == before) == same


def test_figures_are_found_in_pages(tmp_path: Path) -> None:
    view = '<script type="{kind}">{{"model_id": "{model}"}}</script>'
    fields = {**STATE, "_linked": {}}  # to type into: no picture
    states = {"one": {"state": STATE}, "two": {"state": {"value": 1}}, "three": {"state": fields}}
    words = '<img src="a.webp"><p class="widget-note">1 &lt; 2</p>'
    parts = [
        f'<script type="{tool.STATE}">{json.dumps({"state": states})}</script>',
        f'<figure class="align-default" id="fig-06-x">\n{view.format(kind=tool.VIEW, model="one")}'
        f"<noscript>{words}</noscript></figure>",
        f"<div>{view.format(kind=tool.VIEW, model='one')}<noscript>{words}</noscript></div>",
        f"<div>{view.format(kind=tool.VIEW, model='two')}<noscript>No.</noscript></div>",
        f"<div>{view.format(kind=tool.VIEW, model='three')}<noscript>{words}</noscript></div>",
    ]
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "06.html").write_text("".join(parts), encoding="utf-8")
    found = list(tool.figures_of(tmp_path))
    assert [(one.page, one.label, one.text) for one in found] == [
        ("06.html", "fig-06-x", "1 < 2"),
        ("06.html", "", "1 < 2"),
    ]
    assert found[0].key == tool.key_of(STATE, "1 < 2")  # the picture itself is no part of it


def png(width: int, height: int, noise: bool) -> bytes:
    pixels = np.full((height, width, 3), 250, np.uint8)
    if noise:
        pixels = np.random.default_rng(0).integers(0, 255, pixels.shape).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def test_pictures_are_packed_until_they_fit() -> None:
    small = tool.packed(png(200, 100, noise=True))
    assert len(small) <= tool.LARGEST
    assert Image.open(io.BytesIO(small)).size == (200, 100)
    assert len(tool.packed(png(200, 100, noise=True), 12_000)) <= 12_000
    with pytest.raises(ValueError, match=r"\(1400, 900\) pixels does not fit into 60000 bytes"):
        tool.packed(png(1400, 900, noise=True), 60_000)


@pytest.mark.parametrize(
    ("label", "docname", "expected"),
    [
        ("fig-06-x", "chapters/06_x", 'src="../_static/figures/fig-06-x.webp" width="50" '),
        ("fig-06-x", "index", 'src="_static/figures/fig-06-x.webp" width="50" height="20"'),
        ("fig-06-new", "chapters/06_x", ""),  # no picture yet: no fault
        (None, "chapters/06_x", ""),
    ],
)
def test_picture_is_put_before_the_words(
    label: str | None,
    docname: str,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extension, "FIGURES", tmp_path)
    (tmp_path / "fig-06-x.webp").write_bytes(tool.packed(png(100, 40, noise=False)))
    bundle = nodes.container()
    if label:
        nodes.figure("", bundle, ids=[label])
    transform = object.__new__(extension.TextForWidgets)
    monkeypatch.setattr(
        extension.TextForWidgets, "env", type("E", (), {"docname": docname})(), raising=False
    )
    found = transform.picture_of(bundle)
    assert expected in found
    assert bool(found) == bool(expected)
