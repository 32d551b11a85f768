"""ConceptReader: what it carries, its numbers against NumPy's, and what hands do to it.

Entries travel as whole numbers. The browser is compared with the carried ones to 1e-6, and those
with the eigenvectors to half a step.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, set_all, slider, trait, unpacked

import w2vlib
from w2vbook.interactives import ConceptReader
from w2vbook.interactives._base import Interactive
from w2vlib import W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ["concept_reader"]
CLOSE = 1e-6
V, D = 600, 12
HALVES = Path(w2vlib.__file__).parent / "data" / "mode_halves_v2000.npz"


@pytest.fixture(scope="module")
def stats() -> w2vlib.CorpusStatistics:
    return w2vlib.load_statistics(V)


@pytest.fixture(scope="module")
def eigenpairs(stats: w2vlib.CorpusStatistics) -> tuple[np.ndarray, np.ndarray]:
    return w2vlib.top_eigenpairs(w2vlib.m_star(stats), D)


@pytest.fixture(scope="module")
def given(eigenpairs: Any) -> dict[str, np.ndarray]:
    """Return overlaps, margins and a rotation: made here, so that each can be told from another."""
    rng = np.random.default_rng(4)
    overlaps = rng.uniform(0, 0.2, (3, D, D))
    for k in range(D):
        overlaps[:, k, k] = (0.95, 0.97, 0.99)
    overlaps[:, 4, 4] = (0.2, 0.4, 0.9)  # mode 5 goes with mode 7
    overlaps[:, 4, 6], overlaps[:, 6, 4] = 0.8, 0.6
    R = np.linalg.qr(rng.standard_normal((D, D)))[0]
    return {
        "stability": overlaps,
        "margin": np.abs(rng.standard_normal((V, D))) * 0.08,
        "rotated": eigenpairs[1] @ R,
    }


@pytest.fixture(scope="module")
def figures(stats: w2vlib.CorpusStatistics, given: Any) -> dict[str, Interactive]:
    return {"concept_reader": ConceptReader(stats, d=D, k=2, word="king", **given)}


@pytest.fixture
def page(figures: dict[str, Interactive], open_page: Open) -> Page:
    return open_page("concept_reader", figures["concept_reader"])


def carried(figure: ConceptReader) -> np.ndarray:
    """Return the entries that travel, (V, d)."""
    whole = np.frombuffer(figure.eigvecs, "<i2").reshape(figure.d, -1)
    return (np.frombuffer(figure.steps)[:, None] * whole).T


def ends(column: np.ndarray, n: int, words: Any) -> tuple[list[str], list[str]]:
    order = np.argsort(column, kind="stable")
    return [words[i] for i in order[:n]], [words[i] for i in order[::-1][:n]]


def text_of(page: Page) -> str:
    page.evaluate("frames()")
    return str(page.inner_text(".w2v"))


TONES = ("apart", "together")  # of the negative and of the positive end


def shown_words(page: Page) -> tuple[list[str], list[str]]:
    """Return the words drawn at the negative and at the positive end."""
    page.evaluate("frames()")
    both = [page.locator(f".pick-word.{tone} text").all_text_contents() for tone in TONES]
    return both[0], both[1]


# ---- the Python side ----


def test_carries_eigenpairs_to_half_a_step(
    figures: dict[str, Any], eigenpairs: Any, stats: w2vlib.CorpusStatistics
) -> None:
    figure = figures["concept_reader"]
    values, vectors = eigenpairs
    np.testing.assert_array_equal(np.frombuffer(figure.eigvals), values)
    steps = np.frombuffer(figure.steps)
    np.testing.assert_allclose(steps, np.abs(vectors).max(axis=0) / 32767, rtol=1e-12)
    off = np.abs(carried(figure) - vectors)
    assert (off <= steps / 2 * (1 + 1e-9)).all()
    assert off.max() > steps.min() / 4  # they do travel rounded
    assert figure.words == list(stats.words)
    assert repr(figure) == "ConceptReader(12 concepts of 600 words, k=2)"


def test_carries_margins_and_rotation(
    figures: dict[str, Any], given: dict[str, np.ndarray], eigenpairs: Any
) -> None:
    figure = figures["concept_reader"]
    steps = np.frombuffer(figure.margin_steps)
    margin = (steps[:, None] * np.frombuffer(figure.margin, "u1").reshape(D, V)).T
    assert (np.abs(margin - given["margin"]) <= steps / 2 * (1 + 1e-9)).all()
    R = np.frombuffer(figure.rotation, "<f4").reshape(D, D)
    np.testing.assert_allclose(eigenpairs[1] @ R, given["rotated"], atol=CLOSE)


def test_stability_is_mean_range_and_partner(
    figures: dict[str, Any], given: dict[str, np.ndarray]
) -> None:
    carried_summary = np.frombuffer(figures["concept_reader"].stability, "<f4").reshape(D, 5)
    np.testing.assert_allclose(carried_summary[4], [0.5, 0.2, 0.9, 7, 0.7], rtol=CLOSE)
    np.testing.assert_allclose(carried_summary[6], [0.97, 0.95, 0.99, 5, 0.7], rtol=CLOSE)
    for k in range(D):  # by hand: the stranger met most, whichever half is asked
        o = given["stability"]
        met = {m: np.mean([(o[s, k, m] + o[s, m, k]) / 2 for s in range(3)]) for m in range(D)}
        del met[k]
        assert carried_summary[k, 3] == max(met, key=met.__getitem__) + 1
        assert carried_summary[k, 4] == pytest.approx(max(met.values()), rel=CLOSE)


def test_chapter_9_has_a_figure_that_a_page_can_carry() -> None:
    stats = w2vlib.load_statistics(2000)
    with np.load(HALVES) as file:
        halves = file["eigvecs"][:4].astype(float)
    halves /= np.linalg.norm(halves, axis=-1, keepdims=True)
    overlaps = np.abs(np.einsum("skv,slv->skl", halves[:, 0], halves[:, 1]))
    margin = np.abs(halves[:, 0] - halves[:, 1]).mean(axis=0).T
    figure = ConceptReader(stats, stability=overlaps, margin=margin)
    values, packed = unpacked(figure)
    assert len(gzip.compress(json.dumps([values, packed]).encode())) < 300_000
    modes = np.frombuffer(figure.eigvecs, "<i2")
    assert len(gzip.compress(modes.tobytes())) < 250_000
    assert "agree on 12 of the 40 with an overlap of 0.9 or more" in figure.text_alternative()
    # The plane of modes 15 and 16.
    partner = np.frombuffer(figure.stability, "<f4").reshape(40, 5)[:, 3]
    assert [partner[14], partner[15], partner[7], partner[8]] == [16, 15, 9, 8]


def test_text_alternative_tells_the_numbers(
    figures: dict[str, Any], eigenpairs: Any, stats: w2vlib.CorpusStatistics
) -> None:
    values, vectors = eigenpairs
    text = figures["concept_reader"].text_alternative()
    for k in range(3):
        low, high = ends(vectors[:, k], 4, stats.words)
        told = f"concept {k + 1}, eigenvalue {values[k]:.0f}: {', '.join(high)} against "
        assert told + ", ".join(low) in text
    assert "concept 4" not in text
    assert "agree on 11 of the 12" in text
    parts = values * vectors[stats.index["king"]] ** 2
    best = np.argsort(-parts)[0]
    assert f"of 'king': concepts {best + 1} ({parts[best] / parts.sum():.0%})" in text
    bare = ConceptReader(stats, d=D, k=9).text_alternative()
    assert "concept 9, eigenvalue" in bare
    assert "agree" not in bare
    assert "shares" not in bare


def changed(values: np.ndarray, at: tuple[int, ...], value: float) -> np.ndarray:
    copy = values.copy()
    copy[at] = value
    return copy


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda s, g: ConceptReader(s, d=2), "d=2; choose a whole number, 3 to 60"),
        (lambda s, g: ConceptReader(s, d=61), "d=61.*3 to 60"),
        (lambda s, g: ConceptReader(s.truncate(40), d=40), r"d=40 exceeds the \d+ positive.*40 wo"),
        (lambda s, g: ConceptReader(s, d=D, k=0), "k=0; choose a whole number, 1 to 12"),
        (lambda s, g: ConceptReader(s, d=D, k=13), "k=13.*1 to 12"),
        (lambda s, g: ConceptReader(s, d=D, n=2), "n=2.*3 to 20"),
        (lambda s, g: ConceptReader(s, d=D, n=21), "n=21.*3 to 20"),
        (lambda s, g: ConceptReader(s, d=D, word="kingg"), "near 'kingg': king"),
        (lambda s, g: ConceptReader(s, d=D, rotate=True), "rotate=True.*pass rotated"),
        (
            lambda s, g: ConceptReader(s, d=D, margin=g["margin"].T),
            r"margin has shape \(12, 600\); pass an array of shape \(600, 12\)",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, margin=changed(g["margin"], (3, 4), -0.5)),
            "margin holds 1 numbers such as -0.5; pass finite ones, 0 or larger$",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, margin=changed(g["margin"], (3, 4), np.nan)),
            "margin holds 1 numbers such as nan",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, margin=changed(g["margin"], (3, 4), np.inf)),
            "margin holds 1 numbers such as inf",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, stability=g["stability"][0]),
            r"stability has shape \(12, 12\); pass an array of shape \(12, 12, 12\)",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, stability=0.9),
            r"stability has shape \(\); pass an array of shape \(1, 12, 12\)",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, stability=np.empty((0, D, D))),
            r"stability holds no split",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, stability=changed(g["stability"], (0, 1, 2), 1.2)),
            "stability holds 1 numbers such as 1.2.*0 or larger, at most 1$",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, rotated=g["rotated"][:, :5]),
            r"rotated has shape \(600, 5\); pass an array of shape \(600, 12\)",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, rotated=2 * g["rotated"]),
            r"columns are up to 3 from orthonormal; pass U @ R",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, rotated=np.eye(V, D)),
            r"rotated lies up to \S+ outside the space of the first 12",
        ),
        (
            lambda s, g: ConceptReader(s, d=D, rotated=changed(g["rotated"], (0, 0), np.nan)),
            "up to nan outside",
        ),
    ],
)
def test_bad_input_is_refused_with_numbers_and_a_remedy(
    make: Callable[[Any, Any], object], message: str, stats: w2vlib.CorpusStatistics, given: Any
) -> None:
    with pytest.raises(W2VError, match=message):
        make(stats, given)


def test_more_words_than_a_page_carries_are_refused() -> None:
    words = [f"w{i}" for i in range(5001)]
    stats = w2vlib.count_cooccurrences([" ".join(words)], vocab_size=5001, window=1)
    with pytest.raises(W2VError, match=r"5,001 words.*stats.truncate\(5000\)"):
        ConceptReader(stats)


@pytest.mark.parametrize(("name", "value"), [("k", 0), ("k", 13), ("n", 2), ("n", 21)])
def test_bad_values_are_refused_later_as_well(
    name: str, value: int, figures: dict[str, Any]
) -> None:
    before = getattr(figures["concept_reader"], name)
    with pytest.raises(W2VError):
        setattr(figures["concept_reader"], name, value)
    assert getattr(figures["concept_reader"], name) == before


# ---- numbers ----


@pytest.mark.browser
def test_columns_profile_and_shares_are_those_of_numpy(
    figures: dict[str, Any], given: dict[str, np.ndarray], eigenpairs: Any, page: Page
) -> None:
    got = page.evaluate("""async () => {
      const js = await import("./concept_reader.js");
      const { columnsOf, ends } = await import("./kit.js");
      const read = (name, Type) => {
        const view = model.get(name);
        return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
      };
      const U = columnsOf(read("eigvecs", Int16Array), read("steps", Float64Array));
      const Z = js.turn(U, read("rotation", Float32Array));
      const eigvals = read("eigvals", Float64Array);
      const parts = [U.map((u, k) => u[9] * Math.sqrt(eigvals[k])), Z.map((z) => z[9])];
      return {
        U: U.map((u) => [...u]), Z: Z.map((z) => [...z]), parts, told: parts.map(js.sharesOf),
        ends: U.map((u) => ends(u, 5)),
      };
    }""")
    U, Z = np.transpose(got["U"]), np.transpose(got["Z"])
    figure = figures["concept_reader"]
    np.testing.assert_allclose(U, carried(figure), atol=1e-15)
    np.testing.assert_allclose(Z, carried(figure) @ np.frombuffer(
        figure.rotation, "<f4").reshape(D, D), atol=CLOSE)  # fmt: skip
    # And the true ones, to what the rounding moves.
    step = np.frombuffer(figure.steps).max()
    np.testing.assert_allclose(U, eigenpairs[1], atol=step / 2)
    np.testing.assert_allclose(Z, given["rotated"], atol=step / 2 * np.sqrt(D) + CLOSE)
    for k in range(D):
        order = np.argsort(carried(figure)[:, k])
        assert got["ends"][k] == [order[:-6:-1].tolist(), order[:5].tolist()]
    for parts, told, exact in zip(
        got["parts"],
        got["told"],
        (np.sqrt(eigenpairs[0]) * carried(figure)[9], Z[9]),
        strict=True,
    ):
        np.testing.assert_allclose(parts, exact, rtol=CLOSE, atol=CLOSE)
        shares = exact**2 / np.sum(exact**2)
        np.testing.assert_allclose(told["shares"], shares, atol=CLOSE)
        assert told["order"] == np.argsort(-shares, kind="stable").tolist()
        held = np.cumsum(np.sort(shares)[::-1])
        assert told["half"] == 1 + np.sum(held < 0.5)


@pytest.mark.browser
def test_histogram_and_near_words(open_page: Open) -> None:
    entries = np.random.default_rng(0).normal(0, 1, 500)
    reach = float(np.abs(entries).max())
    got = open_page().evaluate(
        """async ([entries, reach]) => {
          const { histogram } = await import("./concept_reader.js");
          const { nearWords } = await import("./kit.js");
          const words = ["the", "king", "kingdom", "kings", "kin", "kind", "war"];
          const asked = ["kingdoms", "kixx", "zebra", "", "war"];
          return [histogram(entries, reach, 9), asked.map((word) => nearWords(words, word))];
        }""",
        [entries.tolist(), reach],
    )
    assert got[0] == np.histogram(entries, 9, (-reach, reach))[0].tolist()
    assert got[1] == [["kingdom"], ["king", "kingdom", "kings", "kin"], [], ["the", "king",
        "kingdom", "kings"], ["war"]]  # fmt: skip


# ---- what hands do ----


@pytest.mark.browser
def test_buttons_slider_and_keys_choose_the_concept(
    page: Page, figures: dict[str, Any], eigenpairs: Any, stats: w2vlib.CorpusStatistics
) -> None:
    columns = carried(figures["concept_reader"])

    def holds(k: int) -> None:
        assert trait(page, "k") == k
        text = text_of(page)
        assert f"Number {k}: λ = {eigenpairs[0][k - 1]:.0f}," in text
        spread = 1 / np.sum(columns[:, k - 1] ** 4)
        assert f"spread over {spread:.0f} words" in text
        assert shown_words(page) == ends(columns[:, k - 1], 12, stats.words)

    holds(2)
    page.get_by_role("button", name="Next").click()
    holds(3)
    for _ in range(3):
        page.get_by_role("button", name="Previous").click()
    holds(1)  # and no further
    slider(page, "Number k").press("ArrowRight")
    holds(2)
    slider(page, "Number k").press("End")
    holds(D)
    page.get_by_role("button", name="Next").press("Enter")
    holds(D)


@pytest.mark.browser
def test_number_of_words_at_each_end(page: Page) -> None:
    few = slider(page, "Words at each end")
    few.press("Home")
    assert trait(page, "n") == 3
    low, high = shown_words(page)
    assert (len(low), len(high)) == (3, 3)
    before = page.locator(".ends").bounding_box()
    few.press("End")
    assert [len(side) for side in shown_words(page)] == [20, 20]
    after = page.locator(".ends").bounding_box()
    assert before
    assert after
    assert after["height"] - before["height"] == pytest.approx(17 * 26)  # rows for a finger


@pytest.mark.browser
def test_reader_is_warned_of_a_mode_that_halves_do_not_share(
    page: Page, figures: dict[str, Any], given: dict[str, np.ndarray]
) -> None:
    calm = text_of(page)
    assert "Halves of the articles agree on it to 0.97 (0.95 to 0.99)" in calm
    assert "Do not read" not in calm
    page.evaluate("model.set('k', 5)")
    text = text_of(page)
    assert "Do not read it alone. Halves of the articles agree on it to 0.50 (0.20 to 0.90)" in text
    assert "it mixes most with concept 7 (0.70)" in text
    # The bars of a word's profile: mode 5 alone is hollow.
    hollow = page.locator(".drag .entry").evaluate_all(
        "bars => bars.map((bar) => bar.classList.contains('open'))"
    )
    assert [k + 1 for k, is_open in enumerate(hollow) if is_open] == [5]
    column = carried(figures["concept_reader"])[:, 4]
    figure = figures["concept_reader"]
    margin = np.frombuffer(figure.margin, "u1").reshape(D, V)[4]
    margin = margin * np.frombuffer(figure.margin_steps)[4]
    certain = round(100 * np.mean(np.abs(column) > given["margin"][:, 4]))
    assert f"The sign is certain for {certain} % of the words" in text
    # A word is hollow where its interval reaches zero, and its line is as long as the interval.
    for tone, sign in (("apart", 1), ("together", -1)):
        rows = np.argsort(sign * column, kind="stable")[:12]
        group = page.locator(f".pick-word.{tone}")
        open_words = group.filter(has=page.locator(".entry.open")).locator("text")
        expected = [figure.words[i] for i in rows if abs(column[i]) <= margin[i]]
        assert open_words.all_text_contents() == expected
        assert 0 < len(expected) < 12
        widths = group.locator(".whisker").evaluate_all(
            "all => all.map(l => l.width.baseVal.value)"
        )
        bars = group.locator(".entry").evaluate_all("all => all.map(b => b.width.baseVal.value)")
        ratio = 2 * margin[rows] / np.abs(column[rows])
        np.testing.assert_allclose(np.divide(widths, bars), ratio, rtol=1e-4, atol=1e-4)


@pytest.mark.browser
def test_a_word_is_looked_up_by_typing_and_by_a_tap(
    page: Page, figures: dict[str, Any], eigenpairs: Any, stats: w2vlib.CorpusStatistics
) -> None:
    columns = carried(figures["concept_reader"])

    def holds(word: str) -> None:
        i = stats.index[word]
        k = trait(page, "k") - 1
        shares = eigenpairs[0] * columns[i] ** 2
        shares /= shares.sum()
        order = np.argsort(-shares)
        half = 1 + np.sum(np.cumsum(shares[order]) < 0.5)
        text = text_of(page).replace("−", "-")
        assert f"“{word}” lies in {half} of {D} concepts, {100 * shares[k]:.0f} % in number" in text
        assert f"{columns[i, k]:.3f} on concept {k + 1}" in text
        jumps = page.locator(".found button").all_text_contents()
        for jump, m in zip(jumps, order[:3], strict=True):
            plus = bool(columns[i, m] > 0)
            three = ", ".join(ends(columns[:, m], 3, stats.words)[plus])
            assert jump == f"{m + 1}: {100 * shares[m]:.0f} %, {'+' if plus else '−'} {three}"
        # The bar of each concept, signed, and the mark among all entries.
        parts = np.sqrt(eigenpairs[0]) * columns[i]
        bars = page.locator(".drag .entry").evaluate_all(
            """all => all.map((b) => b.height.baseVal.value
              * (b.classList.contains("together") ? 1 : -1))"""
        )
        np.testing.assert_allclose(
            bars / np.abs(bars).max(), parts / np.abs(parts).max(), atol=1e-3
        )
        assert page.locator(".ends .green").text_content() == word

    holds("king")
    page.get_by_label("Look up").fill("  Music ")
    assert trait(page, "word") == "  Music "
    holds("music")
    page.locator(".pick-word.apart").nth(2).click()
    tapped = shown_words(page)[0][2]
    assert trait(page, "word") == tapped
    assert page.get_by_label("Look up").input_value() == tapped
    holds(tapped)
    assert page.locator(".pick-word .chosen").all_text_contents() == [tapped]


@pytest.mark.browser
def test_mark_stands_at_the_entry_on_the_axis_of_the_bars(
    page: Page, figures: dict[str, Any], stats: w2vlib.CorpusStatistics
) -> None:
    column = carried(figures["concept_reader"])[:, 1]
    row = int(column.argmax())
    page.evaluate("word => model.set('word', word)", stats.words[row])
    page.evaluate("frames()")
    mark, tip = page.evaluate("""() => {
      const mark = document.querySelector(".ends .mark");
      const bar = document.querySelector(".pick-word.together .entry");
      const right = (box) => box.x.baseVal.value + box.width.baseVal.value;
      return [(mark.x.baseVal.value + right(mark)) / 2, right(bar)];
    }""")
    assert mark == pytest.approx(tip, abs=0.1)
    counts = page.locator(".count").evaluate_all("all => all.map(b => b.height.baseVal.value)")
    assert len(counts) == 61
    assert np.argmax(counts) in range(20, 41)  # most entries are near zero


@pytest.mark.browser
def test_bars_and_buttons_go_to_their_concept(page: Page) -> None:
    box = page.locator(".drag").bounding_box()
    assert box
    left, right = 42, box["width"] - 6
    for k in (1, 5, D):
        at = left + (right - left) * (k - 0.5) / D
        page.mouse.click(box["x"] + at, box["y"] + 60)
        assert trait(page, "k") == k
    page.mouse.move(box["x"] + right - 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, box["y"] + 60)  # dragged beyond the first
    assert trait(page, "k") == 1
    page.mouse.up()
    second = page.locator(".found button").nth(1)
    second.focus()
    page.keyboard.press("Enter")
    assert trait(page, "k") == int(str(second.text_content()).split(":")[0])
    assert second.evaluate("button => button === document.activeElement")


@pytest.mark.browser
def test_rotated_directions_have_entries_and_no_eigenvalue(
    page: Page, given: dict[str, np.ndarray], stats: w2vlib.CorpusStatistics
) -> None:
    page.get_by_text("rotated", exact=True).click()
    assert trait(page, "rotate") is True
    text = text_of(page)
    Z = given["rotated"]
    assert "Number 2: no eigenvalue, no step of learning" in text
    assert f"spread over {1 / np.sum(Z[:, 1] ** 4):.0f} words" in text
    for told in ("λ", "Halves", "certain"):
        assert told not in text.split("entries of all")[0]
    assert shown_words(page) == ends(Z[:, 1], 12, stats.words)
    shares = np.square(Z[stats.index["king"]])
    half = 1 + np.sum(np.cumsum(np.sort(shares)[::-1]) < shares.sum() / 2)
    assert f"“king” lies in {half} of {D} directions" in text
    assert page.locator(".entry.open").count() == 0
    page.get_by_text("eigenvectors", exact=True).click()
    assert trait(page, "rotate") is False
    assert "λ =" in text_of(page)


@pytest.mark.browser
def test_plain_reader_without_halves_or_rotation(
    stats: w2vlib.CorpusStatistics,
    open_page: Open,
) -> None:
    page = open_page("concept_reader", ConceptReader(stats, d=3), changes={"rotate": True})
    text = text_of(page)
    assert "Number 1: λ =" in text  # a link may ask for what is not there
    for told in ("Halves", "certain", "rotated", "Half of"):
        assert told not in text
    assert "or tap one above" in text
    page.locator(".pick-word.together").first.click()
    assert "Half of the squared length" in text_of(page)


@pytest.mark.browser
def test_unknown_and_hostile_words_are_met_with_near_ones(page: Page) -> None:
    field = page.get_by_label("Look up")
    field.fill("kingg")
    assert re.search(r"“kingg” is not among the words; near it: king(, \w+)*\.", text_of(page))
    assert page.locator(".found").is_hidden()
    assert page.locator(".ends .mark").count() == 0
    field.fill("<img src=x onerror=alert(1)>" + "y" * 400)
    assert "“<img src=x onerror=alert(1)>yyy" in text_of(page)
    assert page.locator(".w2v img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    field.fill("")
    assert "or tap one above" in text_of(page)
    field.fill("war")
    assert "Half of the squared length of “war”" in text_of(page)
    assert page.locator(".found").is_visible()


@pytest.mark.browser
def test_a_pasted_book_is_no_word(page: Page) -> None:
    page.get_by_role("searchbox").fill("z" * 50_000)
    page.evaluate("frames()")
    assert page.get_by_role("alert").count() == 0
    assert f"“{'z' * 60}” is not among the words" in page.inner_text(".w2v")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("setting", "holds"),
    [
        ({"k": 999}, "12 of 12"),
        ({"k": -3}, "1 of 12"),
        ({"k": 3.4}, "3 of 12"),
        ({"k": "x"}, "1 of 12"),
        ({"k": None}, "1 of 12"),
        ({"k": {"a": [1]}}, "1 of 12"),
        ({"n": "many"}, "2 of 12"),
        ({"n": 1e9}, "2 of 12"),
        ({"word": None}, "or tap one above"),
        ({"word": 7}, "“7” is not among the words"),
        ({"word": {"a": 1}}, "is not among the words"),
        ({"rotate": "yes"}, "no eigenvalue"),
        ({"rotate": []}, "no eigenvalue"),
        ({"rotate": None}, "λ ="),
    ],
)
def test_any_setting_from_a_link_is_met(setting: Any, holds: str, page: Page) -> None:
    set_all(page, setting)
    assert holds in text_of(page)
    assert page.get_by_role("alert").count() == 0
    assert 3 <= len(shown_words(page)[0]) <= 20


def test_linked_traits_exist(figures: dict[str, Any]) -> None:
    assert set(ConceptReader.linked) <= set(figures["concept_reader"].trait_names(sync=True))
    assert ConceptReader.linked == ("k", "word", "n", "rotate")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "length"),
    [("eigvecs", 2 * V * D), ("steps", 8 * D), ("eigvals", 8 * D), ("margin", V * D),
     ("margin_steps", 8 * D), ("stability", 20 * D), ("rotation", 4 * D * D)],
)  # fmt: skip
def test_damaged_numbers_are_said_in_the_panel(
    name: str,
    length: int,
    figures: dict[str, Interactive],
    open_page: Open,
) -> None:
    page = open_page()
    values, packed = unpacked(figures["concept_reader"])
    assert len(getattr(figures["concept_reader"], name)) == length
    packed[name] = packed[name][:16]  # twelve bytes
    page.evaluate("a => show(...a)", ["concept_reader", values, packed])
    page.evaluate("frames()")
    message = page.get_by_role("alert").text_content()
    assert message
    assert "cannot be drawn" in message
    assert f"{name} holds" in message


@pytest.mark.browser
def test_touch(figures: dict[str, Interactive], open_page: Open) -> None:
    page = open_page(
        "concept_reader",
        figures["concept_reader"],
        viewport={"width": 360, "height": 780},
        has_touch=True,
    )
    page.locator(".pick-word.together").nth(4).tap()
    assert trait(page, "word") == shown_words(page)[1][4]
    box = page.locator(".drag").bounding_box()
    assert box
    page.evaluate("document.querySelector('.drag').scrollIntoView()")
    box = page.locator(".drag").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] - 8, box["y"] + 50)
    assert trait(page, "k") == D
    small = page.locator("button, .pick-word").evaluate_all(
        "all => all.filter((e) => e.getBoundingClientRect().height < 24).length"
    )
    assert small == 0
