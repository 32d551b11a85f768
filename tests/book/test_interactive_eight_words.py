"""EightWords: the made-up text, training against its Python twin, and what the book says of it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.optimize
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, slider, told, trait, unpacked

import w2vlib
from w2vbook.interactives import EightWords
from w2vbook.interactives._base import Interactive
from w2vbook.interactives.eight_words import (
    MOST_BY_HAND,
    NEGATIVES,
    WORDS,
    descend,
    pair_counts,
    statistics,
    target,
    twins,
)
from w2vlib import W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ["eight_words"]
PAIRS = 24 * 256
SEEDS = range(20)


@pytest.fixture(scope="module")
def figure() -> EightWords:
    return EightWords()


@pytest.fixture(scope="module")
def figures(figure: EightWords) -> dict[str, Interactive]:
    return {"eight_words": figure}


@cache
def run_of(seed: int, negative: int = 1, rate: float = 0.2) -> np.ndarray:
    return EightWords(seed=seed, negative=negative, rate=rate).run()


def directions() -> tuple[np.ndarray, np.ndarray]:
    """Return the two positive eigenvalues of M*, and their eigenvectors as columns."""
    return w2vlib.top_eigenpairs(target(1), 2)


def strengths(W: np.ndarray) -> np.ndarray:
    """Return |a_k' W|^2 for both directions, (..., 2)."""
    return np.asarray(np.sum((directions()[1].T @ W) ** 2, axis=-1))


def crossing(values: np.ndarray, level: float) -> int:
    assert values.max() > level
    return int(np.argmax(values > level))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def parallel(W: np.ndarray) -> float:
    """Return the cosine between king -> queen and man -> woman, from the middles of twins."""
    corners = W.reshape(4, 2, 2).mean(axis=1)
    return cosine(corners[1] - corners[0], corners[3] - corners[2])


def procrustes(C: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return C turned, and mirrored where that is nearer, so that it lies nearest to W."""
    U, _, Vt = np.linalg.svd(C.T @ W)
    return np.asarray(C @ U @ Vt)


def miss_by_chance(C: np.ndarray, W: np.ndarray, rng: np.random.Generator) -> float:
    """Return how far C lies from W, in its own size, when the words' names are exchanged."""
    null = [W[rng.permutation(8)] for _ in range(199)]
    missed = [np.linalg.norm(V - procrustes(C, V)) for V in null]
    return float(np.median(missed) / np.linalg.norm(C))


def own_loss(W: np.ndarray, negative: int) -> float:
    """Return word2vec's loss, expected over the pairs of the text and the drawn words."""
    stats, X = statistics(), W @ W.T
    pulls, pushes = np.logaddexp(0, -X), np.logaddexp(0, X)
    return float(np.sum(stats.p_ij * pulls + negative / 64 * pushes))


# ---- the text and its closed form ----


def test_table_of_counts_is_the_one_that_was_drawn() -> None:
    counts = pair_counts()
    assert counts.sum() == 256
    assert (counts == counts.T).all()
    assert (counts.sum(axis=1) == 32).all()
    assert counts[WORDS.index("king")].tolist() == [8, 8, 5, 5, 2, 2, 1, 1]
    assert counts[WORDS.index("girl")].tolist() == [1, 1, 2, 2, 5, 5, 8, 8]


def test_target_and_its_eigenvalues() -> None:
    stats = statistics()
    np.testing.assert_allclose(target(1), w2vlib.m_star(stats), atol=1e-15)
    # By hand: 8, 5, 2 and 1 of 256, where chance gives 4.
    expected = {8: 2 / 3, 5: 2 / 9, 2: -2 / 3, 1: -6 / 5}
    for count, value in expected.items():
        np.testing.assert_allclose(target(1)[pair_counts() == count], value, atol=1e-12)
    values = np.linalg.eigvalsh(target(1))[::-1]
    # Of a table with this symmetry: twice the sums over the four kinds of pair, with signs.
    a, b, c, d = expected.values()
    np.testing.assert_allclose(values[:2], [2 * (a + b - c - d), 2 * (a - b + c - d)], atol=1e-12)
    assert [f"{value:.2f}" for value in values[:2]] == ["5.51", "1.96"]
    assert (values[2:] < 1e-12).all()
    # So two dimensions are as good as any number: the best fit has no more than the two.
    W = w2vlib.embeddings_from_matrix(w2vlib.m_star(stats), WORDS, 2).vectors
    np.testing.assert_allclose(W @ W.T, directions()[1] * values[:2] @ directions()[1].T, atol=1e-5)


def test_what_is_carried(figure: EightWords) -> None:
    assert figure.words == list(WORDS)
    assert figure._linked["by_hand"] == {
        "kind": "whole",
        "many": True,
        "low": 0,
        "high": 64 * PAIRS + 63,
    }
    assert np.frombuffer(figure.counts, "u1").reshape(8, 8).tolist() == pair_counts().tolist()
    eigvals = np.frombuffer(figure.eigvals, "<f8").reshape(3, 2)
    eigvecs = np.frombuffer(figure.eigvecs, "<f8").reshape(8, 2)
    np.testing.assert_allclose(np.abs(eigvecs), 1 / np.sqrt(8), atol=1e-12)
    targets = np.frombuffer(figure.targets, "<f8").reshape(3, 8, 8)
    for matrix, values, negative in zip(targets, eigvals, NEGATIVES[1:], strict=True):
        np.testing.assert_allclose(matrix, target(negative))
        # Both are the two largest, whatever the number of negatives.
        np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[:-3:-1], atol=1e-12)
        np.testing.assert_allclose(matrix @ eigvecs, eigvecs * values, atol=1e-12)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_where_the_own_loss_is_lowest_in_the_plane(row: int, figure: EightWords) -> None:
    negative = NEGATIVES[1:][row]
    shown = np.frombuffer(figure.lowest, "<f8").reshape(3, 2)[row]
    for seed in range(3):
        start = np.random.default_rng(seed).normal(0, 0.5, 16)
        found = scipy.optimize.minimize(lambda w: own_loss(w.reshape(8, 2), negative), start)
        np.testing.assert_allclose(strengths(found.x.reshape(8, 2)), shown, atol=2e-3)
    # "below": the parabola's are larger.
    assert (shown < np.frombuffer(figure.eigvals, "<f8").reshape(3, 2)[row]).all()


# ---- the rule ----


@pytest.mark.parametrize(
    ("i", "j", "negatives"),
    [(0, 1, [7]), (0, 0, [3]), (2, 5, []), (4, 6, [4, 4, 6, 1, 0]), (3, 3, [3, 3])],
)
def test_a_step_goes_down_the_gradient(i: int, j: int, negatives: list[int]) -> None:
    W = np.random.default_rng(1).normal(size=(8, 2))

    def loss(flat: np.ndarray) -> float:
        X = flat.reshape(8, 2) @ flat.reshape(8, 2).T
        return float(np.logaddexp(0, -X[i, j]) + np.logaddexp(0, X[i, negatives]).sum())

    moved = W.tolist()
    descend(moved, i, j, negatives, 0.3)
    gradient = scipy.optimize.approx_fprime(W.ravel(), loss, 1e-7).reshape(8, 2)
    np.testing.assert_allclose((W - np.array(moved)) / 0.3, gradient, atol=1e-5)


def test_each_reading_has_every_pair_once_and_negatives_are_uniform(
    figure: EightWords, open_page: Open
) -> None:
    found = train(open_page(), figure, PAIRS)
    cells = np.array([8 * i + j for i, j, _ in found["steps"]]).reshape(24, 256)
    for reading in cells:
        assert np.bincount(reading, minlength=64).tolist() == pair_counts().ravel().tolist()
    assert (cells[0] != cells[1]).any()
    drawn = np.bincount([n for _, _, negatives in found["steps"] for n in negatives], minlength=8)
    # Chi-square with 7 degrees of freedom.
    assert drawn.sum() == PAIRS
    assert np.sum((drawn - PAIRS / 8) ** 2 / (PAIRS / 8)) < 24


# ---- JavaScript against Python ----


def train(page: Page, figure: EightWords, pairs: int, by_hand: tuple[int, ...] = ()) -> Any:
    """Train in the page; return W after each step, and the steps."""
    setting = {
        "counts": pair_counts().ravel().tolist(),
        "readings": 24,
        "sigma": 0.01,
        "lastRate": 0.01,
        "seed": figure.seed,
        "rate": figure.rate,
        "negative": figure.negative,
        "byHand": list(by_hand),
    }
    return page.evaluate(
        """async ([setting, pairs]) => {
          const m = await import("./eight_words.js");
          const run = m.training(setting);
          run.to(pairs);
          const steps = run.steps.map(({ i, j, negatives }) => [i, j, negatives]);
          return { W: run.W.map((vectors) => [...vectors]), steps };
        }""",
        [setting, pairs],
    )


@pytest.mark.browser
@pytest.mark.parametrize(
    ("seed", "negative", "rate"),
    [(37, 1, 0.2), (0, 0, 0.2), (5, 2, 0.05), (999, 5, 0.5), (12, 1, 0.5)],
)
def test_browser_trains_step_by_step_as_python(
    seed: int, negative: int, rate: float, open_page: Open
) -> None:
    figure = EightWords(seed=seed, negative=negative, rate=rate)
    expected = figure.run()
    found = np.array(train(open_page(), figure, len(expected) - 1)["W"]).reshape(-1, 8, 2)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.browser
def test_same_seed_same_run_and_a_chosen_pair_changes_nothing_before(
    figure: EightWords, open_page: Open
) -> None:
    page = open_page()
    plain = train(page, figure, 300)
    assert train(page, figure, 300) == plain
    assert train(page, EightWords(seed=38), 300)["W"][0] != plain["W"][0]
    king, woman = WORDS.index("king"), WORDS.index("woman")
    # Chosen after 200 pairs, twice, and once after 100; out of order.
    codes = (64 * 200 + 8 * king + woman, 64 * 100 + 9 * woman, 64 * 200 + 8 * king + woman)
    chosen = train(page, figure, 300, codes)
    assert chosen["W"][:101] == plain["W"][:101]
    assert [chosen["steps"][k][:2] for k in (100, 201, 202)] == [[woman] * 2, *[[king, woman]] * 2]
    rest = [step for k, step in enumerate(chosen["steps"]) if k not in (100, 201, 202)]
    assert rest == plain["steps"]
    # The step itself is one of the rule.
    W = np.reshape(chosen["W"][201], (8, 2)).tolist()
    descend(W, king, woman, chosen["steps"][201][2], 0.2 * (1 - 0.99 * 200 / (PAIRS - 1)))
    np.testing.assert_allclose(np.ravel(W), chosen["W"][202], atol=1e-12)


@pytest.mark.browser
def test_corners_are_turned_as_by_procrustes(open_page: Open) -> None:
    page = open_page()
    rng = np.random.default_rng(2)
    for C, W in rng.normal(size=(6, 2, 8, 2)):
        found = page.evaluate(
            """async ([C, W]) => [...(await import("./eight_words.js"))
              .turned(Float64Array.from(C), Float64Array.from(W))]""",
            [C.ravel().tolist(), W.ravel().tolist()],
        )
        np.testing.assert_allclose(np.reshape(found, (8, 2)), procrustes(C, W), atol=1e-12)


# ---- what the book says of it, over twenty starts ----


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_each_word_ends_nearest_to_its_twin(seed: int) -> None:
    assert twins(run_of(seed)[-1]) == 8


@pytest.mark.parametrize("seed", [*SEEDS, 37])
def test_order_the_line_comes_before_the_plane(seed: int) -> None:
    values, _ = directions()
    now = strengths(run_of(seed))
    line, plane = (crossing(now[:, k], values[k] / 2) for k in (0, 1))
    assert line < plane
    assert now[line, 1] < 0.3 * values[1]


def test_order_bar_two_is_under_a_quarter_in_nearly_all_starts() -> None:
    values, _ = directions()
    shares = []
    for seed in SEEDS:
        now = strengths(run_of(seed))
        shares.append(now[crossing(now[:, 0], values[0] / 2), 1] / values[1])
    assert sum(share < 0.25 for share in shares) >= 19


def test_forecast_corners_fit_and_arrows_are_parallel() -> None:
    values, vectors = directions()
    C = vectors * np.sqrt(values)
    rng = np.random.default_rng(0)
    for seed in SEEDS:
        W = run_of(seed)[-1]
        assert parallel(W) > 0.96
        miss = np.linalg.norm(W - procrustes(C, W)) / np.linalg.norm(C)
        assert miss < 0.2
        # Null: the same dots under shuffled names, turned to fit as well.
        assert miss_by_chance(C, W, rng) > 4 * miss


def test_runs_settle_near_the_lowest_point_of_the_own_loss_below_the_eigenvalues() -> None:
    ends = np.array([strengths(run_of(seed)[-1]) for seed in SEEDS])
    values, _ = directions()
    np.testing.assert_allclose(ends.mean(axis=0), [5.1, 1.6], atol=0.1)
    assert (ends.mean(axis=0) < values).all()
    # Single runs scatter: 0.27 and 0.25 here.
    assert (ends.std(axis=0) < 0.35).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_without_push_all_agree(seed: int) -> None:
    W = run_of(seed, negative=0)
    assert len(W) == 1025
    unit = W[-1] / np.linalg.norm(W[-1], axis=1, keepdims=True)
    assert (unit @ unit.T).min() > 0.89
    unit = run_of(seed)[-1] / np.linalg.norm(run_of(seed)[-1], axis=1, keepdims=True)
    assert (unit @ unit.T).min() < -0.9  # with push some are opposite


# ---- what hands do ----


def text_of(page: Page) -> str:
    page.evaluate("frames()")
    return str(page.locator(".w2v").inner_text())


def shown(page: Page) -> np.ndarray:
    """Return the coordinates in the folded table."""
    page.evaluate("frames()")
    cells = page.locator("details td").all_text_contents()
    return np.array([float(cell.replace("−", "-")) for cell in cells]).reshape(8, 2)


@pytest.mark.browser
def test_one_pair_and_the_numbers_beside_it(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure)
    W = figure.run()
    steps = train(page, figure, 12)["steps"]
    for read in range(2, 13):
        page.get_by_role("button", name="One pair").click()
        assert trait(page, "read") == read
        np.testing.assert_allclose(shown(page), W[read], atol=5.1e-4)
        i, j, (n,) = steps[read - 1]
        cells = page.locator(".list tbody tr").first.locator("th, td").all_text_contents()
        assert cells == [f"{WORDS[i]} – {WORDS[j]}", WORDS[n]]
        assert f"{target(1)[i, j]:.2f}".replace("-", "−") in text_of(page)
        assert page.locator(".force.push").count() == (1 if i == n else 2)
    assert told(page, "12 of 6,144").startswith("12 of 6,144 pairs.")


@pytest.mark.browser
def test_boxes_tick_when_measured(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure)
    W = figure.run()
    values, vectors = directions()
    now = strengths(W)
    line, plane = (crossing(now[:, k], values[k] / 2) for k in (0, 1))

    def ticks() -> list[bool]:
        page.evaluate("frames()")
        return [mark == "✓" for mark in page.locator(".seen-list i").all_text_contents()]

    assert ticks() == [False, False, False]
    page.evaluate("n => model.set('read', n)", line - 1)
    assert not ticks()[1]
    page.evaluate("n => model.set('read', n)", line)
    assert ticks()[1]
    assert f"after {line:,} pairs the first bar passed half of its mark; the second was" in text_of(
        page
    )
    page.evaluate("n => model.set('read', n)", plane)
    assert f"passed half after {plane:,}." in text_of(page)
    forecast = page.get_by_role("checkbox", name="Forecast")
    assert forecast.is_disabled()
    slider(page, "Pairs read").press("End")
    assert ticks() == [True, True, False]
    assert "8 of 8 words have their twin nearest (by chance 1.1)" in text_of(page)
    forecast.check()
    assert ticks() == [True, True, True]
    C = vectors * np.sqrt(values)
    miss = np.linalg.norm(W[-1] - procrustes(C, W[-1])) / np.linalg.norm(C)
    found = re.search(r"corners by (\d+) % .* \(.* at random: (\d+) %\)", text_of(page))
    assert found
    assert float(found[1]) == pytest.approx(100 * miss, abs=0.51)
    by_chance = miss_by_chance(C, W[-1], np.random.default_rng(0))
    assert float(found[2]) == pytest.approx(100 * by_chance, abs=5)
    assert f"to a cosine of {parallel(W[-1]):.2f}" in text_of(page)
    assert f"Royal/common {now[-1, 0]:.1f} of 5.5, man/woman {now[-1, 1]:.1f} of 2.0" in text_of(
        page
    )
    assert page.locator(".plane .dots").count() == 5
    # Another run: nothing of the first is left, and the corners may be looked at from the start.
    page.get_by_role("button", name="Again").click()
    assert trait(page, "seed") == 38
    page.get_by_role("button", name="Pause").click()
    assert trait(page, "read") < 300
    assert forecast.is_enabled()


@pytest.mark.browser
def test_play_starts_slowly_and_ends_by_itself(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(3000)
    assert 2 <= trait(page, "read") <= 8  # two a second; faster from the eighth on
    page.get_by_role("button", name="Pause").click()
    rests = trait(page, "read")
    page.wait_for_timeout(300)
    assert trait(page, "read") == rests
    assert page.locator(".force").count() > 0
    page.evaluate("model.set('read', 6000)")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("model.get('read') === 6144")
    page.get_by_role("button", name="Play").wait_for()
    page.locator("button.lit", has_text="Again").wait_for()
    np.testing.assert_allclose(shown(page), figure.run()[-1], atol=5.1e-4)


@pytest.mark.browser
def test_play_stops_out_of_sight(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure, changes={"read": 20})
    page.evaluate("document.body.style.paddingBottom = '4000px'")
    page.get_by_role("button", name="Play").click()
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_function(
        "document.querySelector('.w2v button:nth-of-type(2)').textContent === 'Play'"
    )
    read = trait(page, "read")
    assert read < 1000  # long before the end
    page.wait_for_timeout(300)
    assert trait(page, "read") == read


@pytest.mark.browser
def test_reduced_motion_reads_by_readings(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure, reduced_motion="reduce")
    assert page.get_by_role("button", name="Play").count() == 0
    page.get_by_role("button", name="256 pairs").click()
    assert trait(page, "read") == 257
    page.get_by_role("button", name="Again").click()
    page.evaluate("frames(5)")
    assert trait(page, "read") == 0


@pytest.mark.browser
def test_push_and_rate_change_the_run(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure, changes={"read": PAIRS})
    for label, negative in (("off", 0), ("2", 2), ("5", 5), ("1 word", 1)):
        page.get_by_role("radio", name=label, exact=True).check()
        assert trait(page, "negative") == negative
        np.testing.assert_allclose(shown(page), run_of(37, negative)[-1], atol=5.1e-4)
        if not negative:
            assert "1,024 of 1,024 pairs." in text_of(page)
            assert "All agree, nothing is told apart: the smallest cosine between two words is" in (
                text_of(page)
            )
            assert page.get_by_role("checkbox", name="Forecast").is_disabled()
    slider(page, "Rate").press("End")
    assert trait(page, "rate") == 0.5
    np.testing.assert_allclose(shown(page), run_of(37, 1, 0.5)[-1], atol=5.1e-4)


@pytest.mark.browser
def test_a_pair_is_chosen_in_menus_or_by_taps(figure: EightWords, open_page: Open) -> None:
    page = open_page("eight_words", figure, has_touch=True, changes={"read": 500})
    before = shown(page)
    page.get_by_label("Pair by hand").select_option(label="king")
    page.get_by_label("and its second word").select_option(label="woman")
    for times in (1, 2, 3):
        page.get_by_role("button", name="Read this pair").click()
        assert f"500 of 6,144 pairs, and {times} by hand." in text_of(page)
    king, woman = WORDS.index("king"), WORDS.index("woman")
    assert trait(page, "by_hand") == [64 * 500 + 8 * king + woman] * 3
    after = shown(page)
    assert after[king] @ after[woman] > before[king] @ before[woman] + 0.05  # they were pulled
    dots = page.locator("circle.word")
    for name in ("girl", "prince"):
        box = dots.nth(WORDS.index(name)).bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.evaluate("frames()")
        if name == "girl":
            assert "girl and …? Tap a second word" in text_of(page)
    assert trait(page, "by_hand")[3] == 64 * 500 + 8 * WORDS.index("girl") + WORDS.index("prince")
    page.evaluate("model.set('read', 499)")
    assert "499 of 6,144 pairs. " in text_of(page)  # before they were chosen
    np.testing.assert_allclose(shown(page), figure.run()[499], atol=5.1e-4)
    page.evaluate("model.set('read', 500)")
    # The run goes on from there, and Again forgets it.
    page.get_by_role("button", name="One pair").click()
    assert trait(page, "read") == 501
    for _ in range(MOST_BY_HAND):
        if page.get_by_role("button", name="Read this pair").is_enabled():
            page.get_by_role("button", name="Read this pair").click()
            page.evaluate("frames()")
    assert len(trait(page, "by_hand")) == MOST_BY_HAND
    assert page.get_by_role("button", name="Read this pair").is_disabled()
    page.get_by_role("button", name="Again").click()
    page.evaluate("frames()")
    assert trait(page, "by_hand") == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_everything_stays_in_the_plane_and_names_can_be_read(
    width: int, figure: EightWords, open_page: Open
) -> None:
    page = open_page("eight_words", figure, viewport={"width": width, "height": 900})
    settings: list[dict[str, Any]] = [
        {"read": read, "negative": negative, "forecast": negative == 1 and read > 300}
        for negative in (1, 0, 5)
        for read in (0, 1, 5, 40, 300, 420, 900, 1500, PAIRS)
    ]
    for setting in settings:
        page.evaluate("s => { for (const k in s) model.set(k, s[k]); }", setting)
        page.evaluate("frames()")
        out = page.evaluate(
            """() => {
              const frame = document.querySelector(".plane").getBoundingClientRect();
              return [...document.querySelectorAll(".plane > :not(.trail)")].filter((e) => {
                const b = e.getBoundingClientRect();
                return b.left < frame.left - 1 || b.right > frame.right + 1
                  || b.top < frame.top - 1 || b.bottom > frame.bottom + 1;
              }).map((e) => e.outerHTML);
            }"""
        )
        assert not out, setting
        covered = page.evaluate(
            """() => {
              const boxes = [...document.querySelectorAll(".plane .halo")]
                .map((e) => e.getBoundingClientRect());
              return boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) =>
                Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
                * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))
                / (a.width * a.height)));
            }"""
        )
        assert len(covered) == 28
        assert max(covered) < 0.3, setting


# ---- from outside anything may come ----


@pytest.mark.browser
@pytest.mark.parametrize(
    "changes",
    [
        {"read": 1e9, "seed": -4, "rate": 99, "by_hand": ["x", -3, 1.5, None]},
        {"read": -3, "seed": 1e12, "rate": -1, "by_hand": None},
        {"read": 17.3, "seed": 3.2, "rate": 0, "by_hand": [10**9] * 99, "forecast": "yes"},
        {"read": 300, "by_hand": {"a": 1}, "negative": 0, "forecast": True},
    ],
)
def test_damaged_settings_are_met_with_the_nearest_that_is_right(
    changes: dict[str, Any], figure: EightWords, open_page: Open
) -> None:
    page = open_page("eight_words", figure, changes=changes)
    assert page.get_by_role("alert").count() == 0
    assert "NaN" not in page.locator(".w2v").inner_html()
    assert np.isfinite(shown(page)).all()


@pytest.mark.browser
def test_what_cannot_be_drawn_is_said(figure: EightWords, open_page: Open) -> None:
    page = open_page()
    values, packed = unpacked(figure)
    page.evaluate("a => show(...a)", ["eight_words", values, {**packed, "targets": "AAAAAA=="}])
    assert "targets holds 0.5 numbers, 192 are needed" in page.get_by_role("alert").inner_text()
    page = open_page("eight_words", figure, changes={"negative": 3})
    assert "3 negatives are asked for; 0, 1, 2, 5" in page.get_by_role("alert").inner_text()
    page = open_page("eight_words", figure, changes={"sigma": 1e200, "read": 9})
    assert re.search(
        r"vectors are not finite after \d+ pairs; choose a smaller rate",
        page.get_by_role("alert").inner_text(),
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"negative": 3}, r"negative=3; choose one of \(0, 1, 2, 5\)"),
        ({"seed": 1000}, "seed=1000"),
        ({"read": PAIRS + 1}, "read=6145"),
        ({"rate": 0.6}, "rate=0.6"),
    ],
)
def test_wrong_arguments_are_met_with_what_is_right(options: dict[str, Any], message: str) -> None:
    with pytest.raises(W2VError, match=message):
        EightWords(**options)


def test_pairs_by_hand_are_checked(figure: EightWords) -> None:
    with pytest.raises(W2VError, match="by_hand has 41 pairs; pass 40 at most"):
        EightWords().by_hand = [1] * 41
    with pytest.raises(W2VError, match="by_hand"):
        EightWords().by_hand = [64 * PAIRS + 64]
    assert figure.by_hand == []


def test_text_alternative_tells_the_run() -> None:
    text = EightWords().text_alternative()
    now = strengths(run_of(37)[-1])
    assert f"strengths are {now[0]:.1f} and {now[1]:.1f}" in text
    assert "8 of 8 words have their twin nearest" in text
    assert "nothing pushes" in EightWords(negative=0).text_alternative()
    assert "no number of" in EightWords(negative=5, rate=0.05).text_alternative()
