"""The colours of the interactive figures, light and dark, for every kind of sight."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pytest
from colour_vision import DARK, LIGHT, SIGHT, closest, contrast, delta_e2000
from interactive_pages import ROOT

from w2vlib import plotting

DIRECTIONS = ("blue", "red", "green", "purple", "ochre", "ink")  # TONES of kit.js
SIGNS = ("together", "apart", "ink")
ENOUGH = 12


def themes() -> dict[str, dict[str, str]]:
    """Return the named colours of kit.css, light and dark."""
    css = (ROOT / "w2vbook" / "interactives" / "kit.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for block in re.findall(r"\{([^{}]*--paper: #[^{}]*)\}", css)
    )
    return {"light": light, "dark": dark}


BACKGROUNDS = {"light": LIGHT, "dark": DARK}
each_theme = pytest.mark.parametrize("theme", BACKGROUNDS)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # of the 34 pairs of Sharma, Wu and Dalal (2005), table 1
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_gives_published_values(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    assert delta_e2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=5e-5)


@each_theme
@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("names", [DIRECTIONS, SIGNS], ids=["directions", "signs"])
def test_colours_of_one_set_stay_apart(theme: str, sight: str, names: tuple[str, ...]) -> None:
    colours = themes()[theme]
    distance, one, other = closest({name: colours[name] for name in names}, sight)
    assert distance >= ENOUGH, (one, other)


@each_theme
@pytest.mark.parametrize("name", [*DIRECTIONS, "together", "apart", "quiet"])
def test_each_colour_reads_as_text(theme: str, name: str) -> None:
    colours = themes()[theme]
    for background in (*BACKGROUNDS[theme], colours["paper"]):
        assert contrast(colours[name], background) >= 4.5


def test_interactive_and_drawn_figures_share_their_colours() -> None:
    colours = themes()["light"]
    assert [colours[name] for name in DIRECTIONS] == list(plotting.PALETTE)
    assert (colours["paper"], colours["quiet"]) == (plotting.PAPER, plotting.GREY)


@each_theme
def test_forecasts_page_has_the_colours_of_the_figures(theme: str) -> None:
    css = (ROOT / "w2vlib" / "forecasting" / "page.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", css[at:])[:6])
        for at in (0, css.index("@media"))
    )
    found = {"light": light, "dark": dark}[theme]
    names = {"paper": "paper", "ink": "ink", "quiet": "grey", "rule": "line", "blue": "blue"}
    assert {name: found[own] for name, own in names.items()} == {
        name: themes()[theme][name] for name in names
    }


@pytest.mark.parametrize("sight", SIGHT)
def test_heat_maps_show_the_sign_to_everyone(sight: str) -> None:
    map_ = mpl.colormaps[plotting.DIVERGING]
    for size in (0.4, 0.7, 1.0):
        ends = {
            name: mpl.colors.to_hex(map_(0.5 + side * size / 2))
            for name, side in (("apart", -1), ("chance", 0), ("together", 1))
        }
        distance, one, other = closest(ends, sight)
        assert distance >= ENOUGH, (size, one, other)
