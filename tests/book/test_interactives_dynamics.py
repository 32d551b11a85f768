"""The interactives about learning over time: LearningClock, StartExplorer, ForecastRace.

As in test_interactives.py: numbers in the browser against the
library and against an ODE solver, then what hands do, then what holds for every figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, slider, trait

import w2vlib
from w2vbook.interactives import ForecastRace, LearningClock, StartExplorer
from w2vbook.interactives._base import Interactive, carried
from w2vlib import (
    ExactFlow,
    W2VError,
    effective_start,
    flow_loss,
    learning_times,
    mode_strengths,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLOSE = 1e-6
LEARNING_RATE = 2e-3


@pytest.fixture(scope="module")
def stats() -> w2vlib.CorpusStatistics:
    return w2vlib.load_statistics(1000)


@pytest.fixture(scope="module")
def race() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return two recorded runs of gradient descent, and their forecasts."""
    matrix = w2vlib.m_star(w2vlib.load_statistics(150))
    eigvals, eigvecs = w2vlib.top_eigenpairs(matrix, 3)
    runs, forecasts = [], []
    for sigma, d in ((1e-4, 3), (1e-2, 2)):
        W0 = np.random.default_rng(5).normal(0, sigma, (150, d))
        W, times, strengths, loss = W0, [], [], []
        for step in range(1201):
            if step % 6 == 0:
                times.append(LEARNING_RATE * step)
                strengths.append(np.linalg.svd(W, compute_uv=False) ** 2)
                loss.append(np.sum((matrix - W @ W.T) ** 2) / 8)
            W = W + LEARNING_RATE / 2 * (matrix - W @ W.T) @ W
        start = effective_start(W0, eigvecs)
        heights = eigvals[:d]
        run = {"name": f"sigma = {sigma:g}", "times": times, "strengths": strengths, "loss": loss}
        runs.append(run)
        forecasts.append(
            {
                "heights": heights,
                "half_times": learning_times(heights, start),
                "strengths": mode_strengths(times, heights, start),
            }
        )
    return runs, forecasts


@pytest.fixture(scope="module")
def figures(stats: w2vlib.CorpusStatistics, race: Any) -> dict[str, Interactive]:
    return {
        "learning_clock": LearningClock(stats, d=8),
        "start_explorer": StartExplorer(stats, sigma=1e-3),
        "forecast_race": ForecastRace(*race),
    }


@pytest.fixture(scope="module")
def fullest(figures: dict[str, Interactive], race: Any) -> dict[str, Interactive]:
    """Return the race with all that it can show."""
    run = ForecastRace(*race)
    run.answers = [[0, 1, 0.1], [0, 2, 0.2], [0, 3, 0.3]]
    return {**figures, "forecast_race": run}


NAMES = ["learning_clock", "start_explorer", "forecast_race"]
each_figure = pytest.mark.parametrize("name", NAMES)


def text_of(page: Page) -> str:
    page.evaluate("frames()")
    return str(page.inner_text(".w2v"))


def summary_of(page: Page) -> str:
    """Return the sentence about what is shown now."""
    page.evaluate("frames()")
    every = page.locator(".w2v > p:not(.note):not(.unseen)").all_inner_texts()
    return next(text for text in every if re.match(r"At t =|Direction \d+ rises", text))


def first_number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, (pattern, text)
    return float(found[1].replace("−", "-").replace(",", ""))


# ---- the Python side ----


def test_learning_clock_carries_eigenpairs_and_norm(stats: w2vlib.CorpusStatistics) -> None:
    figure = LearningClock(stats, d=3, n_words=50)
    matrix = w2vlib.m_star(stats)
    values, vectors = np.linalg.eigh(matrix)
    np.testing.assert_allclose(np.frombuffer(figure.eigvals), values[:-21:-1], rtol=1e-4)
    assert figure.squared_norm == pytest.approx(np.sum(values**2), rel=1e-5)
    ours = carried(figure.eigvecs, figure.steps)[:, :3]
    expected = (vectors[:50, -3:] * values[-3:]) @ vectors[:50, -3:].T
    np.testing.assert_allclose((ours * values[:-4:-1]) @ ours.T, expected, atol=1e-3)
    assert figure.words == list(stats.words[:50])
    # It opens while the third direction is learned.
    start = 1e-12 * np.array([3, 2, 1])
    reached = mode_strengths(figure.t, values[:-4:-1], start) / values[:-4:-1]
    assert reached[1] > 0.4
    assert 0.2 < reached[2] < 0.35


def test_text_alternatives_tell_the_numbers(figures: dict[str, Any], race: Any) -> None:
    clock = figures["learning_clock"]
    values = np.frombuffer(clock.eigvals)[:8]
    start = 1e-12 * np.arange(8, 0, -1)
    text = clock.text_alternative()
    for k, time in enumerate(learning_times(values, start)[:4]):
        assert re.search(rf"direction {k + 1} \([^)]+\) at t = {time:.3g}[;.]", text)
    told = flow_loss([[0.0] * 8, values], values, total=clock.squared_norm)
    assert f"the loss has fallen {1 - told[1] / told[0]:.1%}" in text

    first = np.frombuffer(figures["start_explorer"].eigvals)[0]
    plain, mean = np.log(first / 1e-6) / first, np.log(first / 4e-6) / first
    text = figures["start_explorer"].text_alternative()
    assert f"direction 1, eigenvalue {first:.4g}, at t = {plain:.3g} and {mean:.3g}" in text

    (run, _), (forecast, _) = race
    recorded = np.interp(forecast["heights"][0] / 2, np.array(run["strengths"])[:, 0], run["times"])
    text = figures["forecast_race"].text_alternative()
    said = f"direction 1 forecast t = {forecast['half_times'][0]:.3g}, recorded {recorded:.3g}"
    assert said in text


def test_start_explorer_takes_both_ends_of_the_spectrum(stats: w2vlib.CorpusStatistics) -> None:
    values = np.linalg.eigvalsh(w2vlib.m_star(stats))[::-1]
    figure = StartExplorer(stats, n_modes=20)
    ours = np.frombuffer(figure.eigvals)
    np.testing.assert_allclose(ours, np.r_[values[:14], values[-6:]], rtol=1e-4)
    assert repr(figure) == (
        "StartExplorer(1,000 words, d=4, 14 positive and 6 negative modes, sigma=1e-06)"
    )


@pytest.mark.parametrize(("sigma", "least", "most"), [(1e-2, 0.0, 0.002), (1e-1, 0.01, 0.1)])
def test_modes_left_out_matter_only_for_large_starts(
    sigma: float, least: float, most: float, stats: w2vlib.CorpusStatistics
) -> None:
    values = np.linalg.eigvalsh(w2vlib.m_star(stats))[::-1]
    kept = np.r_[0:24, len(values) - 6 : len(values)]
    moved = []
    for seed in range(3):
        W0 = np.random.default_rng(seed).normal(0, sigma, (len(values), 4))
        every, few = half_times(values, W0), half_times(values[kept], W0[kept])
        moved.append(np.abs(few / every - 1).max())
    assert least <= max(moved) < most


def with_(sources: Any, **changes: Any) -> list[dict[str, Any]]:
    return [{**sources[0], **changes}, *sources[1:]]


ANY = ["a b c d e f"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda s, r: LearningClock(s, d=0), "d=0; choose a whole number, 1 to 20"),
        (lambda s, r: LearningClock(s, d=21), "d=21.*1 to 20"),
        (lambda s, r: LearningClock(s, sigma=0.2), "sigma=0.2; .*1e-12 to 0.1"),
        (lambda s, r: LearningClock(s, sigma=float("nan")), "sigma=nan"),
        (lambda s, r: LearningClock(s, sigma="1"), "sigma='1'"),
        (lambda s, r: LearningClock(s, t=-1.0), "t=-1.0; choose a finite number, 0 or above"),
        (lambda s, r: LearningClock(s, t=float("inf")), "t=inf"),
        (lambda s, r: LearningClock(s, n_words=2001), "n_words=2001.*2 to 2,000"),
        (lambda s, r: LearningClock(s, directions=(1, 21)), r"directions\[1\]=21; choose.*1 to 20"),
        (lambda s, r: LearningClock(s, directions=(1,)), r"directions=\[1\]; pass 2 whole numbers"),
        (lambda s, r: LearningClock(s, labels=["kingg"]), "near 'kingg': king"),
        (lambda s, r: LearningClock(s, word="zzyzx"), "1 of .* words.*'zzyzx'"),
        (
            lambda s, r: LearningClock(
                w2vlib.count_cooccurrences(["a b", "a c"], vocab_size=2, window=2)
            ),
            "of 2 words has 0 positive eigenvalues.*take statistics with more",
        ),
        (lambda s, r: StartExplorer(s, d=7), "d=7; choose a whole number, 1 to 6"),
        (lambda s, r: StartExplorer(s, sigma=0), "sigma=0;"),
        (lambda s, r: StartExplorer(s, seed=1000), "seed=1000.*0 to 999"),
        (lambda s, r: StartExplorer(s, n_modes=7), "n_modes=7.*8 to 60"),
        (lambda s, r: StartExplorer(s, t=float("nan")), "t=nan"),
        (
            lambda s, r: StartExplorer(
                w2vlib.count_cooccurrences(ANY, vocab_size=6, window=2), d=6
            ),
            r"d=6 exceeds the \d positive eigenvalues of M\* of 6 words; choose d <= \d",
        ),
        (lambda s, r: ForecastRace([], []), "0 runs and 0 forecasts"),
        (lambda s, r: ForecastRace(r[0], r[1][:1]), "2 runs and 1 forecasts"),
        (lambda s, r: ForecastRace(r[0][0], r[1][0]), "4 runs and 3 forecasts; pass two lists"),
        (lambda s, r: ForecastRace(*r, run=2), "run=2.*0 to 1"),
        (lambda s, r: ForecastRace(*r, run=1, direction=3), "direction=3.*1 to 2"),
        (lambda s, r: ForecastRace(with_(r[0], loss=None), r[1]), "run 0 has no 'loss'"),
        (lambda s, r: ForecastRace(r[0], with_(r[1], heights=None)), "forecast 0 has no 'heights'"),
        (
            lambda s, r: ForecastRace(with_(r[0], loss=[1.0]), r[1]),
            r"loss of run 0 has shape \(1,\).*201 times and 3 heights.*\(201,\)",
        ),
        (
            lambda s, r: ForecastRace(r[0], with_(r[1], strengths=np.ones((201, 2)))),
            r"forecast of run 0 has shape \(201, 2\).*\(201, 3\)",
        ),
        (
            lambda s, r: ForecastRace(with_(r[0], times=r[0][0]["times"][::-1]), r[1]),
            "the 201 times of run 0 do not rise",
        ),
        (
            lambda s, r: ForecastRace(with_(r[0], loss=np.full(201, np.nan)), r[1]),
            "loss of run 0 holds 201 NaN",
        ),
        (
            lambda s, r: ForecastRace(
                [{"name": "", "times": range(10**5), "strengths": np.ones((10**5, 2)), "loss": 1}],
                [{"heights": [1, 1], "half_times": [1, 1], "strengths": np.ones((10**5, 2))}],
            ),
            "loss of run 0 has shape",
        ),
        (
            lambda s, r: ForecastRace(
                [
                    {
                        "name": "long",
                        "times": np.arange(10**5),
                        "strengths": np.ones((10**5, 2)),
                        "loss": np.ones(10**5),
                    }
                ],
                [{"heights": [1, 1], "half_times": [1, 1], "strengths": np.ones((10**5, 2))}],
            ),
            "200,000 recorded strengths.*100,000; pass every 2th recording",
        ),
    ],
)
def test_bad_input_is_refused_with_numbers_and_a_remedy(
    make: Callable[[Any, Any], object], message: str, stats: w2vlib.CorpusStatistics, race: Any
) -> None:
    with pytest.raises(W2VError, match=message):
        make(stats, race)


@pytest.mark.parametrize(
    ("name", "trait_name", "value"),
    [
        ("learning_clock", "d", 21),
        ("learning_clock", "sigma", 1.0),
        ("learning_clock", "t", -1.0),
        ("learning_clock", "directions", [0, 1]),
        ("start_explorer", "d", 7),
        ("start_explorer", "seed", -1),
        ("start_explorer", "sigma", 0.0),
        ("start_explorer", "t", float("nan")),
        ("forecast_race", "run", 2),
        ("forecast_race", "direction", 4),
        ("forecast_race", "guess", -1.0),
    ],
)
def test_bad_values_are_refused_later_as_well(
    name: str, trait_name: str, value: Any, figures: dict[str, Interactive]
) -> None:
    before = getattr(figures[name], trait_name)
    with pytest.raises(W2VError):
        setattr(figures[name], trait_name, value)
    assert getattr(figures[name], trait_name) == before


def test_runs_may_be_objects(race: Any) -> None:
    class Run:
        def __init__(self, source: dict[str, Any]) -> None:
            self.__dict__.update(source)

    runs, forecasts = ([Run(one) for one in part] for part in race)
    assert ForecastRace(runs, forecasts).strengths == ForecastRace(*race).strengths


# ---- numbers ----

EIGVALS = [1543.2, 580.4, 398.0, 12.5, 1.0, 1e-3, 0.0, -1.0, -764.5]
TIMES = [0.0, 1e-9, 1e-3, 0.05, 0.1, 1.0, 30.0, 1e4]


@pytest.mark.browser
@pytest.mark.parametrize("start", [1e-30, 2e-24, 1e-6, 0.2, 400.0])
def test_logistic_is_that_of_the_library(start: float, open_page: Open) -> None:
    expected = mode_strengths(TIMES, EIGVALS, start)
    got = open_page().evaluate(
        """async ([times, eigvals, start]) => {
          const { strengthsAt } = await import("./learning_clock.js");
          return times.map((t) => strengthsAt(t, eigvals, eigvals.map(() => start)));
        }""",
        [TIMES, EIGVALS, start],
    )
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.browser
def test_clock_has_the_starts_times_and_loss_of_the_theory(
    figures: dict[str, Any], open_page: Open
) -> None:
    clock = figures["learning_clock"]
    eigvals = np.frombuffer(clock.eigvals)
    got = open_page().evaluate(
        """async ([eigvals, d, sigma, squared_norm]) => {
          const clock = await import("./learning_clock.js");
          const { starts, strengthsAt, lossOf, endTime } = clock;
          const { ends } = await import("./kit.js");
          const start = starts(d, sigma);
          const end = endTime(eigvals, start);
          const at = [0, 0.2, 0.5, 1].map((part) => strengthsAt(part * end, eigvals, start));
          const loss = at.map((strengths) => lossOf(strengths, eigvals, squared_norm));
          return { start, end, at, loss, ends: ends(Float32Array.of(3, -1, 7, 0, 2), 2) };
        }""",
        [eigvals.tolist(), 7, 1e-3, clock.squared_norm],
    )
    start = 1e-6 * np.arange(7, 0, -1)
    np.testing.assert_allclose(got["start"], start, rtol=1e-12)
    halves = np.log(eigvals[:7] / start - 1) / eigvals[:7]
    np.testing.assert_allclose(
        np.diag(mode_strengths(halves, eigvals[:7], start)), eigvals[:7] / 2, rtol=1e-9
    )
    assert got["end"] == pytest.approx((halves + 6 / eigvals[:7]).max(), rel=CLOSE)
    times = got["end"] * np.array([0, 0.2, 0.5, 1])
    expected = mode_strengths(times, eigvals[:7], start)
    np.testing.assert_allclose(got["at"], expected, rtol=CLOSE)
    assert (expected[-1] > 0.99 * eigvals[:7]).all()  # the axis ends when all is learned
    loss = flow_loss(expected, eigvals[:7], total=clock.squared_norm)
    np.testing.assert_allclose(got["loss"], loss, rtol=CLOSE)
    assert got["ends"] == [[2, 0], [1, 3]]


EXACT = """async ([eigvals, columns, times]) => {
  const { triangular, exactW } = await import("./start_explorer.js");
  const { svd } = await import("./kit.js");
  const L = triangular(columns.map((column) => Float64Array.from(column)));
  const at = times.map((t) => svd(exactW(t, eigvals, L)));
  const list = (columns) => columns.map((column) => [...column]);
  return { L: list(L), s: at.map(({ s }) => s), u: at.map(({ u }) => list(u)) };
}"""


@pytest.mark.browser
@pytest.mark.parametrize("d", [1, 2, 4, 6])
@pytest.mark.parametrize("sigma", [1e-12, 1e-6, 1e-3, 0.1])
def test_exact_solution_is_that_of_the_library(
    d: int, sigma: float, figures: dict[str, Any], open_page: Open
) -> None:
    eigvals = np.frombuffer(figures["start_explorer"].eigvals)
    n = len(eigvals)
    W0 = np.random.default_rng(d).normal(0, sigma, (n, d))
    last = 2 * learning_times(eigvals[:d], sigma**2).max() + 5 / eigvals[d]
    times = last * np.array([0, 1e-6, 0.05, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 30])
    got = open_page().evaluate(EXACT, [eigvals.tolist(), W0.T.tolist(), times.tolist()])
    L = np.array(got["L"]).T
    assert np.array_equal(L, np.tril(L))
    np.testing.assert_allclose(L @ L.T, W0 @ W0.T, atol=1e-12 * sigma**2)
    np.testing.assert_allclose(np.diag(L) ** 2, effective_start(W0, np.eye(n)), rtol=1e-9)
    flow = ExactFlow(eigvals, np.eye(n), W0)
    np.testing.assert_allclose(got["s"], flow.singular_values(times), rtol=1e-9)
    # Left singular vectors, by the K that they build.
    for W, s, u in zip(flow.embeddings(times), got["s"], got["u"], strict=True):
        built = (np.array(u).T * np.square(s)) @ np.array(u)
        np.testing.assert_allclose(built, W @ W.T, atol=1e-8 * s[0] ** 2)


@pytest.mark.browser
def test_exact_solution_is_that_of_an_ode_solver(open_page: Open) -> None:
    eigvals = np.array([9.0, 6.0, 5.5, 3.0, 0.0, -2.0, -8.0])
    W0 = np.random.default_rng(0).normal(0, 0.1, (7, 3))

    def slope(t: float, flat: np.ndarray) -> np.ndarray:
        W = flat.reshape(W0.shape)
        return ((eigvals[:, None] * W - W @ (W.T @ W)) / 2).ravel()

    times = np.array([0.0, 0.1, 0.5, 1.0, 2.0, 4.0])
    solved = scipy.integrate.solve_ivp(
        slope, (0, 4), W0.ravel(), t_eval=times, method="DOP853", rtol=1e-12, atol=1e-15
    )
    expected = [np.linalg.svd(y.reshape(7, 3), compute_uv=False) for y in solved.y.T]
    got = open_page().evaluate(EXACT, [eigvals.tolist(), W0.T.tolist(), times.tolist()])
    np.testing.assert_allclose(got["s"], expected, rtol=1e-8)


@pytest.mark.browser
def test_columns_stay_orthogonal_where_they_are_nearly_parallel(open_page: Open) -> None:
    columns = 1 + 1e-7 * np.random.default_rng(0).normal(size=(4, 30))
    got = open_page().evaluate(
        """async (columns) => (await import("./start_explorer.js"))
          .orthonormal(columns).map((column) => [...column])""",
        columns.tolist(),
    )
    np.testing.assert_allclose(got @ np.transpose(got), np.eye(4), atol=1e-14)
    factor = np.linalg.lstsq(np.transpose(got), columns.T, rcond=None)[0]
    np.testing.assert_allclose(np.transpose(got) @ factor, columns.T, atol=1e-14)


@pytest.mark.browser
def test_starts_are_standard_normal_and_repeatable(open_page: Open) -> None:
    got = open_page().evaluate("""async () => {
      const { gaussian } = await import("./start_explorer.js");
      const flat = (seed, n, d) => gaussian(seed, n, d).map((column) => [...column]);
      const many = Array.from({ length: 400 }, (_, seed) => flat(seed, 30, 4)).flat(2);
      return { many, a: flat(3, 5, 4), again: flat(3, 5, 2), b: flat(4, 5, 4) };
    }""")
    many = np.array(got["many"])
    assert scipy.stats.kstest(many, "norm").pvalue > 0.01
    by_seed = many.reshape(400, -1)
    assert np.abs(np.corrcoef(by_seed[:-1].ravel(), by_seed[1:].ravel())[0, 1]) < 0.02
    assert got["again"] == got["a"][:2]  # more dimensions keep the columns that were there
    assert not np.isin(got["b"], got["a"]).any()


@pytest.mark.browser
def test_names_cover_neither_each_other_nor_named_points(open_page: Open) -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.normal(150, 60, (80, 2)), rng.uniform(20, 90, 80)])
    places = open_page().evaluate(
        """async (points) => (await import("./kit.js")).placeNames(points, 300, 300)""",
        points.tolist(),
    )
    assert places[0] is not None  # the first has the choice
    boxes = [
        (left, top, left + wide, top + 13)
        for place, (_, _, wide) in zip(places, points, strict=True)
        if place
        for left, top in [place]
    ]
    assert 10 < len(boxes) < 80
    named = [(x - 2, y - 2, x + 2, y + 2) for p, (x, y, _) in zip(places, points, strict=True) if p]
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0 <= top
        assert right <= 300 >= bottom
        for other, (x0, y0, x1, y1) in enumerate([*boxes, *named]):
            apart = right <= x0 or x1 <= left or bottom <= y0 or y1 <= top
            assert apart or other == n


@pytest.mark.browser
def test_recorded_half_times_are_those_of_numpy(race: Any, open_page: Open) -> None:
    run, forecast = race[0][0], race[1][0]
    strengths = np.array(run["strengths"])
    levels = [*(forecast["heights"] / 2), 0.0, 1e9]
    columns = [0, 1, 2, 0, 0]
    got = open_page().evaluate(
        """async ([times, columns, levels]) => {
          const { crossing } = await import("./forecast_race.js");
          return columns.map((values, k) => String(crossing(times, values, levels[k])));
        }""",
        [run["times"], [strengths[:, k].tolist() for k in columns], levels],
    )
    for k, text in enumerate(got[:3]):
        rising = strengths[: np.argmax(strengths[:, k]) + 1, k]
        expected = np.interp(levels[k], rising, run["times"][: len(rising)])
        assert float(text) == pytest.approx(expected, rel=CLOSE)
    assert got[3:] == ["0", "Infinity"]


# ---- the learning clock ----


def check_summary(page: Page, figure: LearningClock) -> None:
    """Compare what the figure says with the library, for the values that it has now."""
    t, d, sigma = (trait(page, name) for name in ("t", "d", "sigma"))
    eigvals = np.frombuffer(figure.eigvals)[:d]
    strengths = mode_strengths([0.0, t], eigvals, sigma**2 * np.arange(d, 0, -1))
    first, now = flow_loss(strengths, eigvals, total=figure.squared_norm)
    learned = int((strengths[1] >= eigvals / 2).sum())
    text = summary_of(page)
    assert f"{learned} of {d} directions learned" in text
    fallen = first_number(r"fallen ([\d.−]+) %", text)
    assert fallen == pytest.approx(100 * (1 - now / first), abs=0.051)


@pytest.mark.browser
def test_clock_follows_the_pointer(figures: dict[str, Any], open_page: Open) -> None:
    figure = figures["learning_clock"]
    page = open_page("learning_clock", figure)
    slider(page, "Time t").press("End")
    end = trait(page, "t")
    check_summary(page, figure)
    assert "8 of 8 directions learned" in summary_of(page)
    assert "The dimensions are used up" in summary_of(page)
    for panel in (0, 1):
        box = page.locator("svg.drag").nth(panel).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 60, box["y"] + 60)
        page.mouse.down()
        for share in (0.2, 0.35, 0.5):
            x = box["x"] + 46 + share * (box["width"] - 68)
            page.mouse.move(x, box["y"] + 80)
            assert trait(page, "t") == pytest.approx(share * end, abs=0.01 * end)
            check_summary(page, figure)
            clip = page.locator("clipPath rect").nth(panel).get_attribute("width")
            assert float(clip or 0) == pytest.approx(x - box["x"], abs=1)
        page.mouse.move(box["x"] - 50, box["y"] + 80)  # beyond the axis
        assert trait(page, "t") == 0
        page.mouse.up()
    assert "0 of 8 directions learned; the loss has fallen 0.0 %. Direction 1" in summary_of(page)
    assert "comes next" in summary_of(page)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "height", "beside"),
    [(1280, 800, True), (664, 800, True), (560, 800, False), (360, 740, False)],
)
def test_one_screen_shows_the_clocks_cloud_and_its_curves(
    width: int, height: int, beside: bool, figures: dict[str, Any], open_page: Open
) -> None:
    bar = 48  # of the site, over the page
    page = open_page(
        "learning_clock", figures["learning_clock"], viewport={"width": width, "height": height}
    )
    top, *bottoms = page.evaluate(
        """() => {
          const box = (one) => one.getBoundingClientRect();
          const shown = document.querySelectorAll(".w2v .clock svg, .w2v .clock canvas");
          const top = box(document.querySelector(".w2v")).top;
          return [top, ...[...shown].map((one) => box(one).bottom)];
        }"""
    )
    assert len(bottoms) == 3
    assert max(bottoms) - top <= height - bar
    cloud, curves = (
        page.locator(".cloud").bounding_box(),
        page.locator(".drag").first.bounding_box(),
    )
    assert cloud is not None
    assert curves is not None
    assert (cloud["x"] > curves["x"]) == beside


@pytest.mark.browser
def test_clock_obeys_keys(figures: dict[str, Any], open_page: Open) -> None:
    figure = figures["learning_clock"]
    page = open_page("learning_clock", figure)
    slider(page, "Start").press("ArrowRight")
    assert trait(page, "sigma") == pytest.approx(10**-5.9)
    check_summary(page, figure)
    slider(page, "Start").press("Home")
    assert trait(page, "sigma") == 1e-12
    check_summary(page, figure)
    slider(page, "Dimension").press("ArrowLeft")
    assert trait(page, "d") == 7
    check_summary(page, figure)
    slider(page, "Dimension").press("Home")
    slider(page, "Time t").press("End")
    check_summary(page, figure)
    assert "1 of 1 directions learned" in summary_of(page)
    # A start beyond the slider's largest strengths is possible, and nothing overflows.
    slider(page, "Start").press("End")
    slider(page, "Dimension").press("End")
    slider(page, "Time t").press("ArrowLeft")
    check_summary(page, figure)
    assert "NaN" not in page.locator(".w2v").inner_html()


def ink(page: Page) -> np.ndarray:
    """Return the (x, y) of every dark grey pixel of the cloud: the points of words, no lines."""
    page.evaluate("frames()")
    data = page.locator("canvas").evaluate(
        """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height);
                  return [d.width, d.height, Array.from(d.data)]; }"""
    )
    pixels = np.reshape(data[2], (data[1], data[0], 4)).astype(int)
    dark = (pixels[:, :, 3] > 40) & (pixels[:, :, :3].max(axis=2) < 80)
    rows, columns = np.nonzero(dark)
    return np.column_stack([columns, rows])


@pytest.mark.browser
def test_cloud_grows_from_a_point_to_a_line_to_a_plane(
    stats: w2vlib.CorpusStatistics, open_page: Open
) -> None:
    figure = LearningClock(stats, d=4, labels=[], t=0.0)
    page = open_page("learning_clock", figure)
    eigvals = np.frombuffer(figure.eigvals)[:4]
    times = learning_times(eigvals, 1e-12 * np.arange(4, 0, -1))
    extents = []
    for t in (0.0, times[0] + 3 / eigvals[0], times[3] + 9 / eigvals[3]):
        page.evaluate("t => model.set('t', t)", float(t))
        points = ink(page)
        # Without the outermost, which are the letters of names.
        low, high = np.percentile(points, [10, 90], axis=0)
        extents.append((high - low).tolist())
    point, line, plane = extents
    assert max(point) <= 20
    assert line[0] > 5 * line[1]
    assert plane[1] > 0.5 * plane[0] > 50
    names = page.locator("canvas").get_attribute("data-names") or ""
    # The outermost words of both directions are named.
    vectors = carried(figure.eigvecs, figure.steps)
    outermost = {
        figure.words[i] for k in (0, 1) for i in (vectors[:, k].argmax(), vectors[:, k].argmin())
    }
    assert outermost <= set(names.split())


@pytest.mark.browser
def test_clock_finds_a_word_by_name_and_by_hand(figures: dict[str, Any], open_page: Open) -> None:
    figure = figures["learning_clock"]
    page = open_page("learning_clock", figure)
    slider(page, "Time t").press("End")
    search = page.get_by_role("searchbox")
    search.press_sequentially("King")
    assert trait(page, "word") == "King"
    eigvals = np.frombuffer(figure.eigvals)
    vectors = carried(figure.eigvecs, figure.steps)
    row = figure.words.index("king")
    where = vectors[row, :2] * np.sqrt(eigvals[:2])
    text = text_of(page)
    assert first_number(r"“king” stands at ([\d.−]+) across", text) == pytest.approx(
        where[0], abs=0.006
    )
    assert first_number(r"across and ([\d.−]+) up", text) == pytest.approx(where[1], abs=0.006)
    assert "king" in (page.locator("canvas").get_attribute("data-names") or "").split()
    search.fill("kin")
    assert "“kin” is not among the 1,000 words shown; near it: king" in text_of(page)
    search.fill("<img src=x onerror='window.hacked=1'>")
    assert "is not among the 1,000 words shown." in text_of(page)
    assert page.evaluate("window.hacked") is None

    # A tap on a point chooses its word: here on the one furthest across.
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    furthest = figure.words[int(vectors[:, 0].argmax())]
    search.fill("")
    places = ink(page)
    names = page.evaluate("document.querySelector('canvas').dataset.names").split()
    assert furthest in names
    assert len(places)
    spans = [(min(0, v.min()), max(0, v.max())) for v in (vectors[:, :2] * np.sqrt(eigvals[:2])).T]
    unit = min(
        (size - margin) / (high - low)
        for size, margin, (low, high) in zip(
            (box["width"], box["height"]), (48, 56), spans, strict=True
        )
    )
    at = vectors[figure.words.index(furthest), :2] * np.sqrt(eigvals[:2])
    middle = [sum(span) / 2 for span in spans]
    canvas.click(
        position={
            "x": box["width"] / 2 + (at[0] - middle[0]) * unit,
            "y": box["height"] / 2 - (at[1] - middle[1]) * unit,
        }
    )
    assert trait(page, "word") == furthest
    assert search.input_value() == furthest


@pytest.mark.browser
def test_clock_shows_other_directions(figures: dict[str, Any], open_page: Open) -> None:
    page = open_page("learning_clock", figures["learning_clock"])
    page.get_by_role("combobox").nth(0).select_option(index=3)
    page.get_by_role("combobox").nth(1).select_option(index=9)  # beyond d = 8
    assert trait(page, "directions") == [4, 10]
    page.get_by_role("searchbox").fill("king")
    slider(page, "Time t").press("End")
    assert "and 0.00 up." in text_of(page)  # it is not learned, and stays at 0
    page.evaluate("model.set('d', 12)")
    slider(page, "Time t").press("End")
    assert "and 0.00 up." not in text_of(page)


@pytest.mark.browser
def test_clock_plays_and_pauses(figures: dict[str, Any], open_page: Open) -> None:
    page = open_page("learning_clock", figures["learning_clock"], changes={"t": 0.0})
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("model.get('t') > 0")
    page.get_by_role("button", name="Pause").click()
    stopped = trait(page, "t")
    page.wait_for_timeout(200)
    assert trait(page, "t") == stopped
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("t => model.get('t') > t", arg=stopped)
    slider(page, "Time t").press("Home")  # a hand on the slider stops it
    assert trait(page, "t") == 0
    assert page.get_by_role("button", name="Play").is_visible()


@pytest.mark.browser
def test_nothing_plays_where_motion_is_unwanted(figures: dict[str, Any], open_page: Open) -> None:
    page = open_page("learning_clock", figures["learning_clock"], reduced_motion="reduce")
    assert not page.get_by_text("Play", exact=True).is_visible()


@pytest.mark.browser
def test_cloud_takes_the_colours_of_the_page(figures: dict[str, Any], open_page: Open) -> None:
    page = open_page("learning_clock", figures["learning_clock"])
    brightness = """async () => { await frames(3); const c = document.querySelector("canvas");
      const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
      let sum = 0, n = 0;
      for (let i = 0; i < d.length; i += 4) {
        if (d[i + 3] > 20 && d[i + 3] < 200) { sum += d[i]; n++; }
      }
      return sum / n; }"""
    light = page.evaluate(brightness)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(brightness) > light + 60


# ---- the start explorer ----


def table(page: Page) -> list[list[str]]:
    page.evaluate("frames()")
    return page.eval_on_selector_all(
        "tbody tr", "rows => rows.map(r => [...r.children].map(c => c.textContent))"
    )


def half_times(eigvals: np.ndarray, W0: np.ndarray) -> np.ndarray:
    """Return when each squared singular value passes half its eigenvalue, by the library."""
    d = W0.shape[1]
    flow = ExactFlow(eigvals, np.eye(len(eigvals)), W0)
    times = np.linspace(0, 3 * learning_times(eigvals[:d], np.mean(W0**2)).max(), 2001)
    strengths = flow.singular_values(times) ** 2
    return np.array([np.interp(eigvals[k] / 2, strengths[:, k], times) for k in range(d)])


DRAW = """async ([seed, n, d]) => {
  const { gaussian } = await import("./start_explorer.js");
  return gaussian(seed, n, d).map((column) => [...column]);
}"""


@pytest.mark.browser
def test_start_explorer_compares_three_forecasts(figures: dict[str, Any], open_page: Open) -> None:
    figure = figures["start_explorer"]
    page = open_page("start_explorer", figure)
    eigvals = np.frombuffer(figure.eigvals)
    n = len(eigvals)
    size, dimension = slider(page, "Start"), slider(page, "Dimension")
    for act in (
        None,
        lambda: page.get_by_role("button", name="New start").click(),
        lambda: size.press("End"),
        lambda: dimension.press("End"),
        lambda: size.press("Home"),
        lambda: page.get_by_role("spinbutton").fill("77"),
    ):
        if act:
            act()
        page.get_by_role("spinbutton").blur()
        seed, d, sigma = (trait(page, name) for name in ("seed", "d", "sigma"))
        W0 = sigma * np.array(page.evaluate(DRAW, [seed, n, d])).T
        rows = table(page)
        assert [row[0] for row in rows] == [str(k + 1) for k in range(d)]
        start = effective_start(W0, np.eye(n))
        plain = np.log(eigvals[:d] / sigma**2 - 1) / eigvals[:d]
        projected = np.log(eigvals[:d] / start - 1) / eigvals[:d]
        exact = half_times(eigvals, W0)
        for row, *expected in zip(rows, plain, projected, exact, strict=True):
            shown = [float(cell.split()[0]) for cell in row[1:]]
            np.testing.assert_allclose(shown, expected, rtol=2e-3, atol=1.1e-4)
            off = first_number(r"\(\+?([−\d.]+) %\)", row[1])
            assert off == pytest.approx(100 * (expected[0] / expected[2] - 1), abs=0.3)
    assert (seed, d, sigma) == (77, 6, 1e-12)


@pytest.mark.browser
def test_start_explorer_shows_the_alignment(figures: dict[str, Any], open_page: Open) -> None:
    figure = figures["start_explorer"]
    page = open_page("start_explorer", figure)
    eigvals = np.frombuffer(figure.eigvals)
    n = len(eigvals)
    W0 = 1e-3 * np.array(page.evaluate(DRAW, [0, n, 4])).T
    flow = ExactFlow(eigvals, np.eye(n), W0)
    time = slider(page, "Time t")
    box = page.locator("svg.drag").bounding_box()
    assert box is not None
    for share in (None, 0.0, 0.3, 0.6, 1.0):
        if share == 0.0:
            time.press("Home")
        elif share == 1.0:
            time.press("End")
        elif share is not None:
            page.mouse.move(box["x"] + 46 + share * (box["width"] - 68), box["y"] + 90)
            page.mouse.down()
            page.mouse.up()
        t = trait(page, "t")
        U, s, _ = np.linalg.svd(flow.embeddings(t), full_matrices=False)
        cells = page.eval_on_selector_all(
            ".cell", "cells => cells.map(c => Number(c.getAttribute('fill-opacity')))"
        )
        np.testing.assert_allclose(np.reshape(cells, (4, n)), np.abs(U.T), atol=2e-3)
        text = summary_of(page)
        learned = int((s**2 >= eigvals[:4] / 2).sum())
        assert f"{learned} of 4 directions learned" in text
        assert first_number(r"lies to ([\d.]+) %", text) == pytest.approx(
            100 * U[0, 0] ** 2, abs=0.06
        )
    assert learned == 4


@pytest.mark.browser
def test_start_explorer_draws_solid_dotted_and_thin_curves(
    figures: dict[str, Any], open_page: Open
) -> None:
    figure = figures["start_explorer"]
    page = open_page("start_explorer", figure)
    eigvals = np.frombuffer(figure.eigvals)
    n = len(eigvals)
    W0 = 1e-3 * np.array(page.evaluate(DRAW, [0, n, 4])).T
    slider(page, "Time t").press("End")
    end = trait(page, "t")
    read = (
        """path => path.getAttribute("d").slice(1).split("L").map(p => p.split(" ").map(Number))"""
    )
    solid = ExactFlow(eigvals, np.eye(n), W0)
    effective = effective_start(W0, np.eye(n))
    for selector, strengths in (
        ("path.solid", lambda t: solid.singular_values(t) ** 2),
        (".theory .rim", lambda t: mode_strengths(t, eigvals[:4], effective)),
        ("path.faint", lambda t: mode_strengths(t, eigvals[:4], 1e-6)),
    ):
        paths = page.locator(selector)
        assert paths.count() == 4
        for k in range(4):
            points = np.array(paths.nth(k).evaluate(read))
            left, right = points[0, 0], points[-1, 0]
            times = (points[:, 0] - left) / (right - left) * end
            values = strengths(times)[:, k]
            # Linear in the strength: one pixel is about two thousandths of the axis.
            fit = np.polyfit(values, points[:, 1], 1)
            np.testing.assert_allclose(np.polyval(fit, values), points[:, 1], atol=1.5)
            assert fit[0] < 0


# ---- the forecast race ----


@pytest.mark.browser
def test_race_hides_until_a_guess_is_made_and_then_tells_the_errors(
    race: Any, figures: dict[str, Any], open_page: Open
) -> None:
    page = open_page("forecast_race", figures["forecast_race"])
    run, forecast = race[0][0], race[1][0]
    assert page.locator("path").count() == 1  # that of the loss, still empty
    assert page.locator("path").get_attribute("d") == ""
    assert not page.locator("table").is_visible()
    assert "Guess a time, then press Reveal" in summary_of(page)
    slider(page, "Your guess").press("ArrowLeft")
    assert trait(page, "guess") == pytest.approx(0.499 * run["times"][-1])
    box = page.locator("svg.drag").bounding_box()
    assert box is not None
    for k in range(3):
        share = 0.2 + 0.2 * k
        page.mouse.move(box["x"] + 46 + share * (box["width"] - 66), box["y"] + 80)
        page.mouse.down()
        page.mouse.up()
        guess = trait(page, "guess")
        assert guess == pytest.approx(share * run["times"][-1], rel=0.02)
        page.get_by_role("button", name="Reveal").click()
        assert trait(page, "answers")[-1] == [0, k + 1, guess]
        page.mouse.click(box["x"] + 100, box["y"] + 80)  # too late to change it
        assert trait(page, "guess") == guess
        assert slider(page, "Your guess").is_disabled()
        strengths = np.array(run["strengths"])[:, k]
        rising = strengths[: strengths.argmax() + 1]
        recorded = np.interp(forecast["heights"][k] / 2, rising, run["times"][: len(rising)])
        text = summary_of(page)
        assert first_number(r"at t = ([\d.]+)\.", text) == pytest.approx(recorded, abs=1e-3)
        for pattern, value in (
            (r"forecast was off by \+?([−\d.]+) %", forecast["half_times"][k]),
            (r"guess by \+?([−\d.]+) %", guess),
        ):
            off = 100 * (value / recorded - 1)
            assert first_number(pattern, text) == pytest.approx(off, abs=0.051)
        assert len(table(page)) == k + 1
        assert table(page)[k][0] == str(k + 1)
        assert page.locator("path.solid").count() == k + 1
        assert page.locator(".theory").count() == k + 1
        if k < 2:
            page.get_by_role("button", name="Next direction").click()
            assert trait(page, "direction") == k + 2
            assert trait(page, "guess") == run["times"][-1] / 2
    loss = page.locator("path.line:not(.solid)").get_attribute("d") or ""
    assert loss.count("L") == len(run["times"]) - 1  # the whole of it, now that all is known
    page.get_by_role("button", name="Start again").click()
    assert trait(page, "answers") == []
    assert trait(page, "direction") == 1


@pytest.mark.browser
def test_race_draws_the_record_solid_and_the_forecast_dotted(
    race: Any, figures: dict[str, Any], open_page: Open
) -> None:
    page = open_page("forecast_race", figures["forecast_race"], changes={"answers": [[0, 2, 0.1]]})
    read = (
        """path => path.getAttribute("d").slice(1).split("L").map(p => p.split(" ").map(Number))"""
    )
    for selector, source in (("path.solid", race[0][0]), (".theory .rim", race[1][0])):
        points = np.array(page.locator(selector).evaluate(read))
        values = np.array(source["strengths"])[:, 1]
        fit = np.polyfit(values, points[:, 1], 1)
        np.testing.assert_allclose(np.polyval(fit, values), points[:, 1], atol=0.2)
        assert np.polyfit(race[0][0]["times"], points[:, 0], 1)[0] > 0


@pytest.mark.browser
def test_race_goes_on_to_another_run(figures: dict[str, Any], open_page: Open) -> None:
    page = open_page("forecast_race", figures["forecast_race"], changes={"direction": 3})
    page.get_by_role("button", name="Reveal").click()
    page.get_by_role("combobox").select_option(index=1)
    assert [trait(page, name) for name in ("run", "direction")] == [1, 1]
    assert not page.locator("table").is_visible()
    slider(page, "Direction k").press("End")
    assert trait(page, "direction") == 2
    page.get_by_role("button", name="Reveal").click()
    assert [answer[:2] for answer in trait(page, "answers")] == [[0, 3], [1, 2]]
    page.get_by_role("combobox").select_option(index=0)
    assert [row[0] for row in table(page)] == ["3"]


@pytest.mark.browser
def test_race_says_where_a_run_ended_too_early(race: Any, open_page: Open) -> None:
    runs = [{key: value if key == "name" else value[:60] for key, value in race[0][0].items()}]
    forecasts = [{**race[1][0], "strengths": race[1][0]["strengths"][:60]}]
    figure = ForecastRace(runs, forecasts, direction=3)
    assert "recorded not in this run" in figure.text_alternative()
    page = open_page("forecast_race", figure)
    page.get_by_role("button", name="Reveal").click()
    assert "This run ended before half of that was reached" in summary_of(page)
    assert table(page)[0][1] == "not in this run"
    assert "NaN" not in page.locator(".w2v").inner_html()


# ---- what holds for all ----


@pytest.mark.browser
@each_figure
def test_figure_follows_its_model(
    name: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    trait_name, value, shown = {
        "learning_clock": ("t", 0.0, "At t = 0.000: 0 of 8"),
        "start_explorer": ("t", 0.0, "At t = 0.0000: 0 of 4"),
        "forecast_race": ("direction", 2, "Direction 2 rises"),
    }[name]
    page = open_page(name, figures[name])
    assert shown not in text_of(page)
    page.evaluate("([name, value]) => model.set(name, value)", [trait_name, value])
    assert shown in text_of(page)
    assert page.evaluate("model.saved") == 0  # a change from outside is not sent back


@pytest.mark.browser
@pytest.mark.parametrize("mended_by", ["the model", "the reader"])
def test_clock_recovers_from_a_time_that_is_none(
    mended_by: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page("learning_clock", figures["learning_clock"])
    page.evaluate("model.set('t', NaN)")
    page.evaluate("frames()")
    assert "t = NaN is not a finite number" in page.get_by_role("alert").inner_text()
    assert not page.locator("svg").first.is_visible()  # a picture of another time would mislead
    if mended_by == "the model":
        page.evaluate("model.set('t', 0.1)")
    else:
        slider(page, "Time t").press("Home")
    assert "At t = 0." in summary_of(page)
    assert page.get_by_role("alert").count() == 0
    assert page.locator("svg").first.is_visible()
    assert slider(page, "Dimension d").is_visible()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("learning_clock", {"modes": 19}, "eigvals holds 20 numbers, 19 are needed"),
        ("learning_clock", {"words": ["a"]}, "eigvecs holds 20000 numbers, 20 are needed"),
        ("learning_clock", {"directions": [1, 99]}, "direction 99 of 20"),
        ("learning_clock", {"sigma": 0}, "sigma = 0 is not positive"),
        ("start_explorer", {"modes": 3}, "numbers, 3 are needed"),
        ("start_explorer", {"sigma": None}, "is not positive"),
        ("forecast_race", {"sizes": [[9, 1]]}, "times holds 402 numbers, 9 are needed"),
        ("forecast_race", {"run": 5}, "run 5 of 2"),
    ],
)
def test_damaged_state_is_said_in_the_panel(
    name: str,
    changes: dict[str, Any],
    message: str,
    figures: dict[str, Interactive],
    open_page: Open,
) -> None:
    page = open_page(name, figures[name], changes=changes)
    assert message in page.get_by_role("alert").inner_text()
