"""StepReader: what it carries, neighbours against Embeddings.nearest, and what hands do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, set_all, slider, trait, unpacked

import w2vlib
from w2vbook.interactives import StepReader
from w2vlib import W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from w2vbook.interactives._base import Interactive

NAMES = ["step_reader"]
WORDS = ["king", "music", "river"]
SCORES = [[41.2, 36, 47], [60.6, 55, 66.4], [64.4, 59, 70], [64.1, 58.7, 69]]
ALONE, LOSS = [20.4, 22, 25.6, 26], [3.25, 2.5, 2.41, 2.403]


@pytest.fixture(scope="module")
def stages() -> dict[str, w2vlib.Embeddings]:
    vectors = w2vlib.pca_embeddings(w2vlib.load_statistics(400), 20).vectors
    words = w2vlib.load_statistics(400).words
    names = ("constant", "weights", "step 1", "step 2")
    return {
        name: w2vlib.Embeddings(words, vectors[:, :d])
        for name, d in zip(names, (4, 8, 12, 20), strict=True)
    }


def reader(stages: dict[str, w2vlib.Embeddings], **options: Any) -> StepReader:
    given = {"scores": SCORES, "baseline": ALONE, "loss": LOSS, "words": WORDS, "n": 6}
    return StepReader(stages, **{**given, **options})


@pytest.fixture(scope="module")
def figures(stages: dict[str, w2vlib.Embeddings]) -> dict[str, Interactive]:
    return {"step_reader": reader(stages, stage=1, word="music")}


@pytest.fixture
def page(figures: dict[str, Interactive], open_page: Open) -> Page:
    return open_page("step_reader", figures["step_reader"])


def test_carries_the_neighbours_of_each_stage(
    figures: dict[str, Any], stages: dict[str, w2vlib.Embeddings]
) -> None:
    figure = figures["step_reader"]
    near = np.frombuffer(figure.neighbours, "<u2").reshape(4, 3, 6)
    cosines = np.frombuffer(figure.cosines, "<i2").reshape(4, 3, 6) / 32767
    for t, emb in enumerate(stages.values()):
        for a, word in enumerate(WORDS):
            names, values = zip(*emb.nearest(word, n=6), strict=True)
            assert [figure.found[i] for i in near[t, a]] == list(names)
            np.testing.assert_allclose(cosines[t, a], values, atol=0.51 / 32767)
    curves = np.frombuffer(figure.curves, "<f8").reshape(4, 5)
    np.testing.assert_array_equal(curves, np.column_stack([SCORES, ALONE, LOSS]))
    assert len(figure.found) < 60
    assert repr(figure) == "StepReader(4 stages, 'weights' first; neighbours of 3 words)"
    assert "weights: 60.6 % (55 to 66), c alone 22 %, loss 2.50" in figure.text_alternative()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scores": SCORES[:3]}, r"scores has shape \(3, 3\); pass finite numbers of shape \(4, 3"),
        ({"loss": [1, 2, 3, np.nan]}, "loss has shape .* pass finite numbers"),
        ({"words": []}, "0 words; pass 1 to 120"),
        ({"words": ["kingg"]}, "near 'kingg': king"),
        ({"n": 2}, "n=2"),
        ({"stage": 4}, "stage=4"),
        ({"word": "cat"}, "choose one of king, music, river"),
    ],
)
def test_bad_input(
    options: dict[str, Any], message: str, stages: dict[str, w2vlib.Embeddings]
) -> None:
    with pytest.raises(W2VError, match=message):
        reader(stages, **options)


def test_stages_are_of_the_same_words(stages: dict[str, w2vlib.Embeddings]) -> None:
    first = stages["constant"]
    other = w2vlib.Embeddings(first.words[::-1], first.vectors)
    with pytest.raises(W2VError, match="'b' is of other words"):
        reader({"a": first, "b": other}, scores=SCORES[:2], baseline=[1, 2], loss=[2, 1])
    with pytest.raises(W2VError, match="1 stages; pass 2 to 40"):
        reader({"a": first})


def text_of(page: Page) -> str:
    page.evaluate("frames()")
    return str(page.inner_text(".w2v"))


@pytest.mark.browser
def test_slider_menu_and_drag_show_a_stage_and_a_word(
    page: Page, stages: dict[str, w2vlib.Embeddings]
) -> None:
    def holds(t: int, word: str) -> None:
        name, emb = list(stages.items())[t]
        assert (trait(page, "stage"), trait(page, "word")) == (t, word)
        near, first = ([w for w, _ in e.nearest(word, n=6)] for e in (emb, stages["constant"]))
        gone = ", ".join(w for w in first if w not in near) or "none"
        text = text_of(page)
        assert f"{name}: {SCORES[t][0]:.1f} % of the analogies" in text
        assert f"c alone {ALONE[t]:.1f} %, loss {LOSS[t]:.3f}" in text
        assert f"Nearest to {word}: {', '.join(near)}. Gone since constant: {gone}." in text
        bars = page.locator("rect.entry")
        assert bars.evaluate_all("all => all.map((b) => b.classList.contains('open'))") == [
            w not in first for w in near
        ]
        widths = bars.evaluate_all("all => all.map((b) => b.width.baseVal.value)")
        cosines = [cosine for _, cosine in emb.nearest(word, n=6)]
        np.testing.assert_allclose(
            np.array(widths) / widths[0], np.array(cosines) / cosines[0], rtol=1e-3
        )

    holds(1, "music")
    slider(page, "Stage").press("ArrowRight")
    holds(2, "music")
    page.get_by_label("Neighbours of").select_option("river")
    holds(2, "river")
    slider(page, "Stage").press("Home")
    holds(0, "river")
    box = page.locator("svg.drag").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 17, box["y"] + 80)
    holds(3, "river")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("setting", "holds"),
    [
        ({"stage": 99}, "step 2: 64.1 %"),
        ({"stage": -1}, "constant: 41.2 %"),
        ({"stage": "x"}, "constant: 41.2 %"),
        ({"stage": 1.4}, "weights: 60.6 %"),
        ({"word": "zebra"}, "Nearest to king:"),
        ({"word": None}, "Nearest to king:"),
    ],
)
def test_any_setting_from_a_link_is_met(setting: Any, holds: str, page: Page) -> None:
    set_all(page, setting)
    assert holds in text_of(page)
    assert page.get_by_role("alert").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("name", ["curves", "neighbours", "cosines"])
def test_damaged_numbers_are_said_in_the_panel(
    name: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page()
    values, packed = unpacked(figures["step_reader"])
    packed[name] = packed[name][:16]  # twelve bytes
    page.evaluate("a => show(...a)", ["step_reader", values, packed])
    page.evaluate("frames()")
    message = page.get_by_role("alert").text_content()
    assert message
    assert "cannot be drawn" in message
