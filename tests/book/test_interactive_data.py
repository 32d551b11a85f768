"""The numbers of the interactive figures: tables of what the browser draws as a figure opens.

Numbers are compared with the library, with formulas, and with what stands in the browser. How they
come to their pages, and the pages of the built site: test_figure_data.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from interactive_pages import ROOT, Open

import w2vlib
from w2vbook import interactives
from w2vbook.interactives import (
    AnalogyPlayground,
    AnswerBox,
    ConceptReader,
    EightWords,
    ForecastRace,
    LearningClock,
    LossParabola,
    MatrixViewer,
    OwnText,
    StartExplorer,
    StepReader,
    SymmetryExplorer,
    WindowCounter,
)
from w2vbook.interactives._base import Interactive
from w2vbook.interactives._tables import Table
from w2vbook.interactives.cover_clock import CoverClock
from w2vbook.sphinx.figures.numbers import NumbersFormatter
from w2vbook.sphinx.figures.tables import as_csv, tables
from w2vlib import W2VError

TEXT = "the cat sat on the mat\nthe dog sat on the rug\nthe king ruled the land"
STEPS = np.abs(np.subtract.outer(range(12), range(12)))
RING = np.minimum(STEPS, 12 - STEPS)
BLOCK = 0.6**RING + 0.1 * np.cos(3 * STEPS**2)  # near a ring, but not one
LINE = {"line": ([f"w{i}" for i in range(12)], 0.8**STEPS + 0.05 * np.cos(STEPS**2), "line")}


@pytest.fixture(scope="module")
def stats() -> w2vlib.CorpusStatistics:
    return w2vlib.load_statistics(500)


@pytest.fixture(scope="module")
def figures(stats: w2vlib.CorpusStatistics) -> dict[str, Interactive]:
    emb = w2vlib.pca_embeddings(w2vlib.load_statistics(1500), 20)
    rng = np.random.default_rng(0)
    t, heights = np.linspace(0, 5.5, 551), np.array([4.0, 2.0])
    law = w2vlib.mode_strengths(t, heights, 1e-4)
    late = w2vlib.mode_strengths(t, heights, 1e-5)
    runs = [
        {"name": name, "times": t, "strengths": curves, "loss": np.exp(-t)}
        for name, curves in (("early", law), ("late", late))
    ]
    forecast = {
        "heights": heights,
        "half_times": w2vlib.learning_times(heights, 1e-4),
        "strengths": law,
    }
    stages = {"before": emb, "after": w2vlib.Embeddings(emb.words, emb.vectors[:, :5])}
    scores = [[40, 30, 50], [60, 50, 70]]
    Z = np.linalg.qr(rng.standard_normal((10, 10)))[0]
    halves = np.abs(np.linalg.qr(rng.standard_normal((3, 10, 10)))[0])
    eigvecs = w2vlib.top_eigenpairs(w2vlib.m_star(stats), 10)[1]
    concepts: dict[str, Any] = {"stability": halves, "margin": np.full((500, 10), 0.01)}
    ring = {"ring": ([f"w{i}" for i in range(12)], BLOCK, "ring")}
    return {
        "learning_clock": LearningClock(stats, d=6, directions=(2, 7)),
        "cover_clock": CoverClock(stats),
        "start_explorer": StartExplorer(stats, d=3, sigma=1e-4, seed=5),
        "matrix_viewer": MatrixViewer(stats, d_max=30, k=3),
        "analogy_playground": AnalogyPlayground(emb, rng=rng),
        "concept_reader": ConceptReader(
            stats, d=10, k=2, word="king", rotated=eigvecs @ Z, **concepts
        ),
        "eight_words": EightWords(read=300),
        "forecast_race": ForecastRace(runs, [forecast, forecast], run=1),
        "loss_parabola": LossParabola(stats),
        "own_text": OwnText(d=4),
        "step_reader": StepReader(
            stages, scores=scores, baseline=[20, 25], loss=[2, 1], words=["king", "war"], stage=1
        ),
        "symmetry_explorer": SymmetryExplorer({**ring, **LINE}, mix=0.25, shuffle=3),
        "window_counter": WindowCounter(TEXT, window=3, position=7),
    }


NAMES = [
    *("learning_clock", "cover_clock", "start_explorer", "matrix_viewer", "analogy_playground"),
    *("concept_reader", "eight_words", "forecast_race", "loss_parabola", "own_text"),
    *("step_reader", "symmetry_explorer", "window_counter"),
]


def tables_of(figure: Interactive) -> list[Table]:
    shown = figure.numbers()
    assert shown is not None
    return list(shown.tables)


def block_of(one: Table) -> np.ndarray:
    """Return the numbers of a table without its first column."""
    return np.array([list(column) for column in list(one.columns.values())[1:]], dtype=float).T


# ---- all of them ----


def test_every_class_is_looked_at() -> None:
    public = {getattr(interactives, name) for name in interactives.__all__}
    classes = {one for one in public if isinstance(one, type) and issubclass(one, Interactive)}
    assert len(classes) == len(NAMES)  # without the cover's clock, and with:
    assert AnswerBox in classes
    assert "numbers" not in vars(AnswerBox)  # it shows none
    for one in classes - {AnswerBox}:
        assert "numbers" in vars(one), one.__name__


@pytest.mark.parametrize("name", NAMES)
def test_figure_gives_tables(name: str, figures: dict[str, Interactive]) -> None:
    numbers = NumbersFormatter()(figures[name])
    assert numbers is not None
    json.dumps(numbers, allow_nan=False)
    assert numbers["opens"]
    assert not re.search(r"[.:;]$|array|np\.", numbers["opens"])
    made = list(tables(numbers))
    assert len({one.caption for one in made}) == len(made) > 1
    for one in made:
        assert one.rows
        assert len(set(one.head)) == len(one.head) > 1
        assert {len(row) for row in one.rows} == {len(one.head)}
        assert one.total == len(one.rows)
        assert len(as_csv(one)) < 300_000


def test_answer_box_has_no_numbers() -> None:
    assert NumbersFormatter()(AnswerBox("ex-04-by-hand")) is None


def test_figure_that_shows_nothing_has_no_numbers() -> None:
    assert WindowCounter("").numbers() is None
    assert OwnText("one two").numbers() is None


def test_run_that_grows_beyond_all_numbers_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def diverges(self: EightWords) -> np.ndarray:
        raise W2VError("the vectors are not finite")

    figure = EightWords()
    assert figure.numbers() is not None
    monkeypatch.setattr(EightWords, "run", diverges)
    assert figure.numbers() is None


def test_numbers_come_without_matplotlib_and_without_a_browser() -> None:
    code = "import sys\nfrom w2vbook.interactives import WindowCounter as W\n"
    code += "print(len(W('a b').numbers().tables), 'matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2 False\n"


# ---- by another route ----


def test_clock_has_the_strengths_of_the_library(
    stats: w2vlib.CorpusStatistics, figures: dict[str, Interactive]
) -> None:
    figure = figures["learning_clock"]
    course, modes, cloud = tables_of(figure)
    M = w2vlib.m_star(stats)
    eigvals, eigvecs = w2vlib.top_eigenpairs(M, 6)
    start = 1e-12 * np.arange(6, 0, -1)
    t = course.columns["time t"]
    assert (len(t), t[0]) == (200, 0)
    strengths = w2vlib.mode_strengths(t, eigvals, start)
    np.testing.assert_allclose(block_of(course)[:, :6], strengths, rtol=2e-4)
    W = eigvecs * np.sqrt(strengths[150])
    loss = np.sum((M - W @ W.T) ** 2) / np.sum(M**2)
    assert course.columns["loss, % of its start"][150] == pytest.approx(100 * loss, rel=1e-3)
    now = w2vlib.mode_strengths([figure.t], eigvals, start)[0]
    np.testing.assert_allclose(modes.columns["s² now"], now, rtol=1e-3)
    assert cloud.columns["word"] == list(stats.words)
    step = np.abs(eigvecs[:, 1]).max() / 2047  # entries travel as whole numbers of it
    place = cloud.columns["across: direction 2"]
    side = np.sign(place @ eigvecs[:, 1])
    np.testing.assert_allclose(place, side * eigvecs[:, 1] * np.sqrt(now[1]), atol=step * 16)
    assert not np.any(cloud.columns["up: direction 7"])  # d = 6 learns no seventh


def test_start_has_the_curves_of_training(figures: dict[str, Interactive]) -> None:
    figure = figures["start_explorer"]
    course, modes, overlaps = tables_of(figure)
    eigvals = np.frombuffer(figure.eigvals, "<f8")
    W, h = figure.start(), 1e-5
    t = course.columns["time t"]
    for place in (40, 80):  # by small steps
        W_t = W
        for _ in range(round(t[place] / h)):
            W_t = W_t + h / 2 * (eigvals[:, None] * W_t - W_t @ (W_t.T @ W_t))
        s = np.linalg.svd(W_t, compute_uv=False) ** 2
        np.testing.assert_allclose(block_of(course)[place, :3], s, rtol=0.02)
    halves = modes.columns["half at t, exact"]
    exact = w2vlib.ExactFlow(eigvals, np.eye(len(eigvals)), W).singular_values(halves) ** 2
    np.testing.assert_allclose(np.diag(exact), eigvals[:3] / 2, rtol=1e-6)
    squares = block_of(overlaps)[:, 1:] ** 2
    np.testing.assert_allclose(squares.sum(axis=0), 1, atol=1e-4)
    assert squares[0, 0] > 0.9  # the first is being learned, along the first eigenvector


def test_viewer_has_the_block_and_what_is_left_over(
    stats: w2vlib.CorpusStatistics, figures: dict[str, Interactive]
) -> None:
    figure = figures["matrix_viewer"]
    block, fit, course = tables_of(figure)
    M = w2vlib.m_star(stats)
    rows = [stats.index[word] for word in figure.words]
    np.testing.assert_allclose(block_of(block), M[np.ix_(rows, rows)], atol=1e-6)
    assert list(block.columns["word"]) == list(block.columns)[1:] == figure.words
    values, vectors = np.linalg.eigh(M)
    rank3 = (vectors[:, -3:] * values[-3:]) @ vectors[:, -3:].T
    np.testing.assert_allclose(block_of(fit), rank3[np.ix_(rows, rows)], atol=2e-3)
    left = [100 * np.linalg.norm(A) / np.linalg.norm(B) for A, B in (
        ((M - rank3)[np.ix_(rows, rows)], M[np.ix_(rows, rows)]), (M - rank3, M)
    )]  # fmt: skip
    np.testing.assert_allclose(block_of(course)[3, 1:], left, rtol=1e-3)


def test_viewer_of_a_block_keeps_what_is_positive(stats: w2vlib.CorpusStatistics) -> None:
    figure = MatrixViewer(stats, own=True)
    figure.k = figure.d_max
    block, fit, pair, course = tables_of(figure)
    A = block_of(block)
    values, vectors = np.linalg.eigh(A)
    nearest = (vectors * np.maximum(values, 0)) @ vectors.T
    np.testing.assert_allclose(block_of(fit), nearest, atol=1e-5)
    assert sum(pair.columns["product"]) == pytest.approx(nearest[0, 1], abs=1e-5)
    left = 100 * np.linalg.norm(A - nearest) / np.linalg.norm(A)
    assert block_of(course)[-1, 1] == pytest.approx(left, rel=1e-4)


def test_viewer_with_untied_weights_has_the_other_eigenvalues(
    stats: w2vlib.CorpusStatistics,
) -> None:
    figure = MatrixViewer(stats, words=["king", "war"], d_max=5, k=2, untied=True)
    values = np.linalg.eigvalsh(w2vlib.m_star(stats))
    largest = values[np.argsort(-np.abs(values))][:5]
    course = tables_of(figure)[2]
    np.testing.assert_allclose(course.columns["eigenvalue k"][1:], largest, rtol=1e-4)


def test_parabola_by_the_formulas(
    stats: w2vlib.CorpusStatistics, figures: dict[str, Interactive]
) -> None:
    curves, pairs = tables_of(figures["loss_parabola"])
    i, j = (stats.index[word] for word in figures["loss_parabola"].pairs[0])
    joint = stats.pair_counts[i, j] / stats.pair_counts.sum()
    chance = stats.p_i[i] * stats.p_i[j]
    x = curves.columns["x"]
    Psi = 1 / (joint + chance)
    loss = Psi * joint * np.log(1 + np.exp(-x)) + Psi * chance * np.log(1 + np.exp(x))
    np.testing.assert_allclose(curves.columns["loss"], loss)
    slope = Psi * (chance - joint) / 2
    np.testing.assert_allclose(curves.columns["parabola"], np.log(2) + slope * x + x**2 / 8)
    assert pairs.columns["pair"][0] == " – ".join(figures["loss_parabola"].pairs[0])
    assert pairs.columns["PMI"][0] == pytest.approx(np.log(joint / chance))
    assert pairs.columns["M*"][0] == pytest.approx(w2vlib.m_star(stats)[i, j], rel=1e-6)


def test_race_has_records_and_forecasts(figures: dict[str, Interactive]) -> None:
    halves, course = tables_of(figures["forecast_race"])
    assert halves.columns["run"] == ["early", "early", "late", "late"]
    by = [halves.columns[f"half of it at t, {name}"] for name in ("recorded", "forecast")]
    expected = [w2vlib.learning_times([4, 2], start) for start in (1e-4, 1e-5)]
    np.testing.assert_allclose(by[0][:2], expected[0], rtol=1e-3)
    np.testing.assert_allclose(by[0][2], expected[1][0], rtol=1e-3)
    assert np.isinf(by[0][3])  # not in this run
    np.testing.assert_allclose(by[1], np.tile(expected[0], 2))
    t = course.columns["time t"]
    curves = w2vlib.mode_strengths(t, [4, 2], 1e-5)
    np.testing.assert_allclose(course.columns["direction 2, recorded"], curves[:, 1])
    np.testing.assert_allclose(course.columns["loss"], np.exp(-t))


def test_own_text_has_the_timetable(figures: dict[str, Interactive]) -> None:
    timetable, course = tables_of(figures["own_text"])
    lines = figures["own_text"].text.split("\n")
    words = len({word for line in lines for word in line.split()})
    found = w2vlib.forecast(w2vlib.count_cooccurrences(lines, vocab_size=words, window=5), 4)
    np.testing.assert_allclose(timetable.columns["half learned at t"], found.times)
    t = course.columns["time t"]
    half = np.interp(found.times[2], t, course.columns["s² of direction 3"])
    assert half == pytest.approx(found.eigvals[2] / 2, rel=0.03)
    assert course.columns["loss still to fall, %"][0] == 100
    assert course.columns["loss still to fall, %"][-1] < 5


def test_steps_have_the_neighbours(figures: dict[str, Interactive]) -> None:
    curves, near = tables_of(figures["step_reader"])
    assert block_of(curves).tolist() == [[40, 30, 50, 20, 2], [60, 50, 70, 25, 1]]
    emb = w2vlib.pca_embeddings(w2vlib.load_statistics(1500), 20)
    first = emb.nearest("king", n=8)
    assert near.columns["word"][:8] == [word for word, _ in first]
    cosines = [cosine for _, cosine in first]
    np.testing.assert_allclose(near.columns["cosine"][:8], cosines, atol=1 / 32767)
    stays = near.columns["a neighbour at first"]
    assert set(stays[:8]) == {"yes"}
    later = near.columns["word"][8:]
    assert [one == "yes" for one in stays[8:]] == [word in dict(first) for word in later]


def test_concepts_have_ends_histogram_and_parts(
    stats: w2vlib.CorpusStatistics, figures: dict[str, Interactive]
) -> None:
    ends, bars, each = tables_of(figures["concept_reader"])
    eigvals, U = w2vlib.top_eigenpairs(w2vlib.m_star(stats), 10)
    order = np.argsort(-U[:, 1])
    rows = [*order[:12], *order[:-13:-1]]
    assert ends.columns["word"] == [stats.words[i] for i in rows]
    np.testing.assert_allclose(ends.columns["entry"], U[rows, 1], atol=1e-5)
    widths = np.subtract(ends.columns["high"], ends.columns["low"])
    np.testing.assert_allclose(widths, 0.02)
    assert sum(bars.columns["words"]) == 500
    low, high = bars.columns["entry, from"][40], bars.columns["entry, to"][40]
    assert bars.columns["words"][40] == np.sum((U[:, 1] >= low) & (U[:, 1] < high)) > 0
    parts = np.sqrt(eigvals) * U[stats.index["king"]]
    np.testing.assert_allclose(each.columns["part of 'king'"], parts, atol=1e-3)
    assert each.columns["mixes most with"].dtype.kind == "f"
    assert sum(each.columns["share of its squared length, %"]) == pytest.approx(100)


def test_rotated_concepts_have_no_eigenvalues(
    stats: w2vlib.CorpusStatistics, figures: dict[str, Interactive]
) -> None:
    figure = figures["concept_reader"]
    figure.rotate = True
    try:
        ends, _, each = tables_of(figure)
    finally:
        figure.rotate = False
    assert list(each.columns)[:2] == ["direction", "spread over words"]
    U = w2vlib.top_eigenpairs(w2vlib.m_star(stats), 10)[1]
    z = U @ np.frombuffer(figure.rotation, "<f4").reshape(10, 10)[:, 1]
    assert ends.columns["word"][0] == stats.words[z.argmax()]
    np.testing.assert_allclose(ends.columns["entry"][[0, 12]], [z.max(), z.min()], atol=1e-4)
    assert set(ends.columns) == {"word", "end", "entry"}
    assert sum(each.columns["share of its squared length, %"]) == pytest.approx(100)


def test_playground_has_the_answers_of_the_library(figures: dict[str, Interactive]) -> None:
    figure = figures["analogy_playground"]
    listed, plane, ranks, course = tables_of(figure)
    best = figure.carried(15).analogy("man", "woman", "king", n=10)
    assert listed.columns["answer"][:10] == [word for word, _ in best]
    found = listed.columns["cosine with b − a + c"][:10]
    np.testing.assert_allclose(found, [score for _, score in best], atol=1e-6)
    rank = ranks.columns["rank of 'queen'"]
    every = figure.carried(7).analogy("man", "woman", "king", n=1400)
    assert rank[6] == [word for word, _ in every].index("queen") + 1
    corners = block_of(plane)
    a, b, c, d = corners[:4]
    np.testing.assert_allclose(d, b - a + c, atol=1e-9)  # a parallelogram
    np.testing.assert_allclose(corners[:4, 2], 0, atol=1e-9)
    assert course.columns["dimensions d"] == figure.dims


def test_counter_has_the_counts_of_the_library(figures: dict[str, Interactive]) -> None:
    now, whole = tables_of(figures["window_counter"])
    stats = w2vlib.count_cooccurrences(TEXT.split("\n"), vocab_size=10, window=3)
    assert tuple(whole.columns["word"]) == stats.words
    assert block_of(whole).tolist() == stats.pair_counts.tolist()
    # Seven centres: the first line, and "the" of the second, before "dog sat on".
    first = w2vlib.count_cooccurrences([TEXT.split("\n")[0]], vocab_size=5, window=3)
    index = {word: row for row, word in enumerate(now.columns["word"])}
    expected = np.zeros((10, 10))
    rows = [index[word] for word in first.words]
    expected[np.ix_(rows, rows)] = first.pair_counts
    for word, weight in (("dog", 3), ("sat", 2), ("on", 1)):
        expected[index["the"], index[word]] += weight
        expected[index[word], index["the"]] += weight
    assert block_of(now).tolist() == expected.tolist()


def test_averaged_ring_has_waves(figures: dict[str, Interactive]) -> None:
    places, each, block = tables_of(
        SymmetryExplorer({"r": (list("abcdefghijkl"), BLOCK, "ring")}, mix=1)
    )
    C = block_of(block)
    np.testing.assert_allclose(C, np.roll(C, (1, 1), (0, 1)), atol=1e-6)  # circulant
    np.testing.assert_allclose(each.columns["share in it, %"], 100, atol=1e-3)
    wave = np.abs(np.fft.fft(C[0]))
    assert each.columns["eigenvalue"][0] == pytest.approx(wave[1:].max(), rel=1e-6)
    spots = block_of(places)[:, :2]
    np.testing.assert_allclose(np.linalg.norm(spots, axis=1), np.linalg.norm(spots[0]), rtol=1e-4)


def test_eight_words_have_strengths_along_their_directions(
    figures: dict[str, Interactive],
) -> None:
    places, bars, course = tables_of(figures["eight_words"])
    W = block_of(places)  # (8, 4): now, in the end
    royal = np.array([1, 1, 1, 1, -1, -1, -1, -1]) / np.sqrt(8)
    man = np.array([1, 1, -1, -1, 1, 1, -1, -1]) / np.sqrt(8)
    expected = [[np.sum((u @ W[:, k : k + 2]) ** 2) for k in (0, 2)] for u in (royal, man)]
    np.testing.assert_allclose(block_of(bars)[:, :2], expected, rtol=1e-9)
    assert course.columns["pairs read"][-1] == 6144
    np.testing.assert_allclose(block_of(course)[-1], np.array(expected)[:, 1])


# ---- what stands in the browser ----

CELLS = """() => [...document.querySelectorAll(".w2v table tr")].map((row) =>
  [...row.children].map((cell) => cell.textContent))"""


@pytest.mark.browser
def test_browser_trains_the_same_eight_words(
    open_page: Open,
    figures: dict[str, Interactive],
) -> None:
    page = open_page("eight_words", figures["eight_words"])
    rows = {row[0]: row[1:] for row in page.evaluate(CELLS)}
    places = tables_of(figures["eight_words"])[0].columns
    for i, word in enumerate(places["word"]):
        shown = [float(text.replace("−", "-")) for text in rows[word]]
        ours = [places["across, now"][i], places["up, now"][i]]
        np.testing.assert_allclose(shown, ours, atol=6e-4)


@pytest.mark.browser
def test_browser_draws_the_same_start(
    open_page: Open,
    figures: dict[str, Interactive],
) -> None:
    page = open_page("start_explorer", figures["start_explorer"])
    drawn = page.evaluate(
        """async () => (await import("./start_explorer.js")).gaussian(5, 30, 3)
          .map((column) => [...column])"""
    )
    np.testing.assert_allclose(figures["start_explorer"].start(), 1e-4 * np.transpose(drawn))
    halves = tables_of(figures["start_explorer"])[1].columns["half at t, exact"]
    found = [float(row[-1]) for row in page.evaluate(CELLS) if row[0] in "123"]
    np.testing.assert_allclose(found, halves, rtol=2e-3)


@pytest.mark.browser
@pytest.mark.parametrize("shown", ["ring", "line"])
def test_browser_draws_the_same_directions(
    shown: str,
    open_page: Open,
    figures: dict[str, Interactive],
) -> None:
    figure = figures["symmetry_explorer"]
    figure.shown = shown
    page = open_page("symmetry_explorer", figure)
    spots = page.evaluate(
        """() => [...document.querySelectorAll(".w2v circle.dot")].map((one) =>
          [Number(one.getAttribute("cx")), -Number(one.getAttribute("cy"))])"""
    )
    texts = page.evaluate(
        """() => [...document.querySelectorAll('.w2v svg text[text-anchor="middle"]')]
          .map((one) => one.textContent)"""
    )
    places, each, _ = tables_of(figure)
    ours = block_of(places)[:, :2]
    drawn = np.array(spots) - np.mean(spots, axis=0)
    size = np.sum(drawn * ours) / np.sum(ours**2)
    assert size > 0
    np.testing.assert_allclose(drawn, size * ours, atol=0.2)  # pixels
    shares = [f"{share:.0f}" for share in each.columns["share in it, %"]]
    assert texts[2::3][:7] == shares or texts[14:21] == shares, texts


@pytest.mark.browser
def test_browser_counts_the_same(
    open_page: Open,
    figures: dict[str, Interactive],
) -> None:
    page = open_page("window_counter", figures["window_counter"])
    head, *rows = page.evaluate(CELLS)
    now = tables_of(figures["window_counter"])[0]
    assert head[1:] == list(now.columns)[1:]
    counts = [[int(text or 0) for text in row[1:]] for row in rows]
    assert counts == block_of(now).tolist()


@pytest.mark.browser
def test_browser_ranks_the_same_answers(
    open_page: Open,
    figures: dict[str, Interactive],
) -> None:
    page = open_page("analogy_playground", figures["analogy_playground"])
    rows = [row for row in page.evaluate(CELLS) if row[0].isdigit()]
    listed = tables_of(figures["analogy_playground"])[0].columns
    assert [row[1] for row in rows] == listed["answer"]
    shown = [[float(text.replace("−", "-")) for text in row[2:]] for row in rows]
    ours = [column for name, column in listed.items() if name not in ("answer", "rank")]
    np.testing.assert_allclose(shown, np.transpose(ours), atol=6e-3)
