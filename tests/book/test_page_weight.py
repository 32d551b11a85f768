"""What the pages weigh: a page with an interactive opens on a phone's network, too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import load_script
from interactive_pages import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HEAVIEST_PAGE = 600_000  # bytes over the wire, gzip
SCRIPTS = 235_000  # bytes of all our scripts together, comments among them
VIEW = "application/vnd.jupyter.widget-view+json"


weights = load_script("benchmarks/page_weight.py")


@pytest.fixture(scope="module")
def weighed(site: Path, browser: Browser) -> dict[str, dict[str, int]]:
    """Return page -> file -> bytes for the pages with an interactive."""
    pages = [
        path.relative_to(site).as_posix()
        for path in sorted((site / "chapters").glob("*.html"))
        if f'type="{VIEW}"' in path.read_text(encoding="utf-8")
    ]
    assert pages
    return weights.weigh(browser, site, pages)


@pytest.mark.browser
def test_pages_with_an_interactive_are_light(weighed: dict[str, dict[str, int]]) -> None:
    heavy = {
        name: weights.by_kind(files)
        for name, files in weighed.items()
        if sum(files.values()) > HEAVIEST_PAGE
    }
    assert not heavy


@pytest.mark.browser
def test_everything_that_a_page_loads_is_there_and_counted(
    weighed: dict[str, dict[str, int]],
) -> None:
    for name, files in weighed.items():
        assert not [file for file, size in files.items() if size == 0], name
        kinds = weights.by_kind(files)
        assert kinds["other"] == 0, name
        assert min(kinds[kind] for kind in ("page", "styles", "scripts", "fonts")) > 5_000, name


@pytest.mark.browser
def test_whole_icon_font_and_png_pictures_are_not_loaded(
    weighed: dict[str, dict[str, int]], site: Path
) -> None:
    for name, files in weighed.items():
        assert "_static/icons.woff" in files, name
        assert not [file for file in files if "fontawesome" in file or file.endswith(".png")], name


def test_our_scripts_are_small() -> None:
    figures = [*ROOT.glob("w2vbook/interactives/*.js")]
    pages = [*ROOT.glob("assets/*.js")]
    assert len(figures) > 10
    assert len(pages) > 2
    assert sum(path.stat().st_size for path in [*figures, *pages]) < SCRIPTS


def test_pictures_become_webp_without_loss(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    lean = load_script("w2vbook/sphinx/lean_pages.py")
    drawn = np.zeros((40, 60, 4), np.uint8)
    drawn[..., :3] = np.random.default_rng(0).integers(0, 255, (40, 60, 3))
    for alpha in (255, 120):
        drawn[..., 3] = alpha
        Image.fromarray(drawn).save(tmp_path / "a.png")
        lean.as_webp(tmp_path / "a.png", tmp_path / "a.webp")
        again = np.asarray(Image.open(tmp_path / "a.webp").convert("RGBA"))
        np.testing.assert_array_equal(again, drawn)


def test_icons_that_pages_name_are_found(tmp_path: Path) -> None:
    lean = load_script("w2vbook/sphinx/lean_pages.py")
    (tmp_path / "_static" / "styles").mkdir(parents=True)
    (tmp_path / "_static" / "styles" / "theme.css").write_text(
        '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-moon:before{content:"\\f186"}'
        '.fa-sun::before{content:"\\f185"}html{--icon:"\uf00d"}',
        encoding="utf-8",
    )
    page = '<i class="fa-solid fa-navicon"></i><i class="fa-sun fa-lg"></i>'
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert lean.icons_used(tmp_path) == {"\uf0c9", "\uf185", "\uf00d"}
    assert re.fullmatch(r"[\w.]+", lean.ICONS)
    css = (ROOT / "assets" / "book.css").read_text(encoding="utf-8")
    assert f'url("{lean.ICONS}")' in css


def test_bytes_are_counted_as_they_travel(tmp_path: Path) -> None:
    text, noise = tmp_path / "a.js", tmp_path / "a.webp"
    text.write_bytes(b"x" * 10_000)
    noise.write_bytes(bytes(range(256)))
    assert weights.packed(text) < 100
    assert weights.packed(noise) == 256
    kinds = weights.by_kind({"a.css": 1, "b.woff2": 4, "c.bin": 8})
    assert kinds["styles"] == 1
    assert (kinds["fonts"], kinds["other"]) == (4, 8)
