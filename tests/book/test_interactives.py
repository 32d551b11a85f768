"""The interactives: their Python side, their numbers in the browser, and what hands do to them.

The numbers that JavaScript computes are compared with w2vlib's own. Then each figure stands on a
page with a model as Jupyter makes it, is dragged, typed into and keyed, and the values that change
are read back; last, each stands on a page of the site, without a kernel.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import ROOT, Open, slider, table, trait, write_page_of_the_site

import w2vlib
from w2vbook.interactives import LossParabola, MatrixViewer, WindowCounter, _base
from w2vbook.interactives._base import Interactive
from w2vbook.interactives.matrix_viewer import BLOCKS, WORDS
from w2vbook.interactives.window_counter import TEXT
from w2vlib import W2VError, plotting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CLOSE = 1e-6


@pytest.fixture(scope="module")
def stats() -> w2vlib.CorpusStatistics:
    return w2vlib.load_statistics(1000)


@pytest.fixture(scope="module")
def figures(stats: w2vlib.CorpusStatistics) -> dict[str, Interactive]:
    """Return one of each; what JavaScript shows of them is compared with w2vlib."""
    return {
        "window_counter": WindowCounter(),
        "loss_parabola": LossParabola(stats),
        "matrix_viewer": MatrixViewer(stats, d_max=30, k=5),
        "own_matrix_viewer": MatrixViewer(stats, own=True),
    }


NAMES = ["window_counter", "loss_parabola", "matrix_viewer", "own_matrix_viewer"]
each_figure = pytest.mark.parametrize("name", NAMES)


# ---- the Python side ----


def test_importing_the_library_does_not_import_anywidget() -> None:
    code = "import sys, w2vlib; sys.exit('anywidget' in sys.modules or 'ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


LITERAL = """const b = `  ${a ? `// no comment
      not an import` : ""}
  // kept`; // kept
"""


def test_figures_are_bundled_as_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "kit": "export const a = 1;\n",
        "far": 'import { a } from "./kit.js";\nexport const c = a;\n',
        "own": 'import {\n  a,\n} from "./kit.js";\nimport { c } from "./far.js";\n' + LITERAL,
        "renamed": 'import { a as b } from "./kit.js";\n',
        "late": 'const b = 1;\nimport { a } from "./kit.js";\n',
        "foreign": 'import { a } from "https://example.org/kit.js";\n',
    }.items():
        (tmp_path / f"{name}.js").write_text(text, encoding="utf-8")
    monkeypatch.setattr(_base, "HERE", tmp_path)
    kit, far = "export const a = 1;\n", "export const c = a;\n"
    assert _base.module("own") == f"{kit}\n{far}\n{LITERAL}"
    for name in ("renamed", "late", "foreign"):
        with pytest.raises(W2VError, match=f"{name}.js has 'import .* which is not understood"):
            _base.module(name)


def test_no_style_of_the_pages_reaches_into_a_figure() -> None:
    # The strip at a chapter's head once laid out the text of the window counter.
    used: set[str] = set()
    for path in (ROOT / "w2vbook" / "interactives").glob("*.js"):
        for names in re.findall(r'class(?:: |Name = )"([^"]+)"', path.read_text(encoding="utf-8")):
            used |= set(names.split())
    assert {"reel", "controls"} <= used
    for path in (ROOT / "assets").glob("*.css"):
        rules = re.findall(r"([^{}]+)\{", path.read_text(encoding="utf-8"))
        alone = {one.strip() for rule in rules for one in rule.split(",")}
        assert not {f".{name}" for name in used - {"w2v"}} & alone, path.name


def test_text_alternative_tells_the_numbers(figures: dict[str, Any]) -> None:
    assert "the–and 0.00 and 0.00" in figures["loss_parabola"].text_alternative()
    assert re.search(r"falls from \d\d% to \d\d%", figures["matrix_viewer"].text_alternative())
    assert "a window of 2 words" in figures["window_counter"].text_alternative()


def test_text_alternative_cannot_become_markup() -> None:
    bundle = WindowCounter("<script>alert(1)</script> & co")._repr_mimebundle_()
    assert bundle is not None
    assert "&lt;script&gt;alert(1)" in bundle[0]["text/html"]
    assert "<script" not in bundle[0]["text/html"]


def test_loss_parabola_carries_the_probabilities(stats: w2vlib.CorpusStatistics) -> None:
    figure = LossParabola(stats, pairs=[("the", "of"), ("king", "war")])
    rows = [[stats.index[word] for word in pair] for pair in figure.pairs]
    for k, (i, j) in enumerate(rows):
        assert np.frombuffer(figure.p_ij, "<f8")[k] == stats.p_ij[i, j]
        assert np.frombuffer(figure.p_i_p_j, "<f8")[k] == stats.p_i[i] * stats.p_i[j]


def test_loss_parabola_tells_a_pair_that_never_meets() -> None:
    stats = w2vlib.count_cooccurrences(["a b", "a c"], vocab_size=3, window=2)
    assert "b–c -inf and -2.00" in LossParabola(stats, pairs=[("b", "c")]).text_alternative()


def test_matrix_viewer_carries_block_and_eigenpairs(stats: w2vlib.CorpusStatistics) -> None:
    words = ["war", "king", "music"]
    figure = MatrixViewer(stats, words=words, d_max=50)
    matrix = w2vlib.m_star(stats)
    rows = [stats.index[word] for word in words]
    block = np.frombuffer(figure.block, "<f4").reshape(3, 3)
    np.testing.assert_allclose(block, matrix[np.ix_(rows, rows)], atol=CLOSE)
    assert figure.norm == pytest.approx(np.linalg.norm(matrix), rel=CLOSE)

    every = np.linalg.eigvalsh(matrix)[::-1]
    np.testing.assert_allclose(np.frombuffer(figure.eigvals, "<f8"), every[:50], rtol=1e-4)
    signed = every[np.argsort(-np.abs(every))][:50]
    assert (signed < 0).any()
    np.testing.assert_allclose(np.frombuffer(figure.signed_eigvals, "<f8"), signed, rtol=1e-4)

    # Eigenvectors by what they build, since their signs are free.
    for eigvals, eigvecs, largest in (
        (figure.eigvals, figure.eigvecs, np.argsort(-np.linalg.eigh(matrix)[0])[:50]),
        (figure.signed_eigvals, figure.signed_eigvecs, None),
    ):
        values, vectors = np.linalg.eigh(matrix)
        chosen = np.argsort(-np.abs(values))[:50] if largest is None else largest
        expected = (vectors[rows][:, chosen] * values[chosen]) @ vectors[rows][:, chosen].T
        ours = np.frombuffer(eigvecs, "<f4").reshape(3, 50)
        np.testing.assert_allclose(
            (ours * np.frombuffer(eigvals, "<f8")) @ ours.T, expected, atol=1e-3
        )


def test_matrix_viewer_takes_any_symmetric_matrix() -> None:
    matrix = np.diag([3.0, -4.0, 2.0])
    figure = MatrixViewer(matrix, words=["a", "b"], vocabulary=["a", "b", "c"], d_max=2, name="D")
    assert repr(figure) == "MatrixViewer(D of 2 words out of 3, rank 0 to 2)"
    np.testing.assert_allclose(np.frombuffer(figure.eigvals, "<f8"), [3, 2], atol=1e-12)
    np.testing.assert_allclose(np.frombuffer(figure.signed_eigvals, "<f8"), [-4, 3], atol=1e-12)


def test_default_words_and_pairs_are_in_the_bundled_statistics() -> None:
    stats = w2vlib.load_statistics()
    assert len(LossParabola(stats).pairs) == 13
    assert {*WORDS, *BLOCKS} <= set(stats.words)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8])
def test_matrix_viewer_takes_matrices_of_integers(dtype: type) -> None:
    matrix = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]).astype(dtype)  # eigenvalues 2, -1, -1
    figure = MatrixViewer(matrix, words=ABC, vocabulary=ABC, d_max=1, k=1)
    np.testing.assert_allclose(np.frombuffer(figure.signed_eigvals, "<f8"), [2], atol=1e-12)


SQUARE = np.eye(3)
ABC = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda s: WindowCounter(["a b"]), "text is a list; pass one str"),
        (lambda s: WindowCounter("a " * 100_001), "200,002 characters.*200,000"),
        (lambda s: WindowCounter("a b", window=0), "window=0; choose a whole number, 1 to 16"),
        (lambda s: WindowCounter("a b", window=17), "window=17.*1 to 16"),
        (lambda s: WindowCounter("a b", window=2.5), "window=2.5"),
        (lambda s: WindowCounter("a b", window=True), "window=True"),
        (lambda s: WindowCounter("a b", vocab_size=13), "vocab_size=13.*2 to 12"),
        (lambda s: WindowCounter("a b", position=-1), "position=-1.*0 to 200,000"),
        (lambda s: LossParabola(s, pairs=[]), "pairs has 0 entries"),
        (lambda s: LossParabola(s, pairs=["king"]), r"1 entries, .*\('king',\).*at least one pair"),
        (
            lambda s: LossParabola(s, pairs=[("king", "zzyzx")]),
            "1 of 2 words.*1,000: 'zzyzx'; leave",
        ),
        (lambda s: LossParabola(s, pairs=[("kingg", "of")]), "near 'kingg': king"),
        (lambda s: LossParabola(s, x=7.0), "x=7.0; choose a number from -6 to 6"),
        (lambda s: LossParabola(s, x=float("nan")), "x=nan"),
        (lambda s: MatrixViewer(s, words=["king"]), "1 words to show.*2 to 40"),
        (lambda s: MatrixViewer(s, words="king"), "pass a list of 2 to 40"),
        (lambda s: MatrixViewer(s, words=list(s.words[:41])), "41 words to show"),
        (lambda s: MatrixViewer(s, words=["king", "zzyzx"]), "'zzyzx'"),
        (lambda s: MatrixViewer(s, d_max=999), r"d_max=999 exceeds the \d+ positive eigenvalues"),
        (lambda s: MatrixViewer(s, d_max=0), "d=0"),
        (
            lambda s: MatrixViewer(-SQUARE, words=ABC, vocabulary=ABC, d_max=1),
            "no positive eigenvalue",
        ),
        (lambda s: MatrixViewer(s, d_max=5, k=-1), "k=-1; choose a whole number, 0 to 5"),
        (lambda s: MatrixViewer(SQUARE, words=ABC), "no words for the 3 rows.*vocabulary="),
        (lambda s: MatrixViewer(SQUARE, words=ABC, vocabulary=["a"]), "1 words for the 3 rows"),
        (lambda s: MatrixViewer(np.arange(3), words=ABC, vocabulary=ABC, d_max=1), "a square one"),
        (
            lambda s: MatrixViewer(w2vlib.pmi(s), vocabulary=s.words),
            "NaN or infinite",
        ),
        (lambda s: MatrixViewer(s, own=True, d_max=5), "leave out d_max and untied"),
        (lambda s: MatrixViewer(s, own=True, untied=True), "leave out d_max and untied"),
        (lambda s: MatrixViewer(s, own=1), "own=1"),
        (lambda s: MatrixViewer(s, own=True, k=19), r"k=19; choose a whole number, 0 to \d+"),
        (lambda s: MatrixViewer(np.arange(3), vocabulary=ABC, words=ABC, own=True), "a square one"),
        (
            lambda s: MatrixViewer(-SQUARE, words=ABC, vocabulary=ABC, own=True),
            "of these 3 words has no positive eigenvalue",
        ),
    ],
)
def test_bad_input_is_refused_with_numbers_and_a_remedy(
    make: Callable[[w2vlib.CorpusStatistics], object],
    message: str,
    stats: w2vlib.CorpusStatistics,
) -> None:
    with pytest.raises(W2VError, match=message):
        make(stats)


def test_bad_values_are_refused_later_as_well(figures: dict[str, Any]) -> None:
    for name, key, value in [
        ("window_counter", "window", 0),
        ("window_counter", "text", "a " * 100_001),
        ("loss_parabola", "selected", 99),
        ("loss_parabola", "x", -6.1),
        ("matrix_viewer", "k", 31),
        ("matrix_viewer", "cell", [0, 99]),
        ("matrix_viewer", "cell", [0]),
        ("matrix_viewer", "view", 3),
    ]:
        before = getattr(figures[name], key)
        with pytest.raises(W2VError):
            setattr(figures[name], key, value)
        assert getattr(figures[name], key) == before


# ---- numbers ----

COUNT = """async ([text, vocabSize, window]) => {
  const { readText, countPairs } = await import("./window_counter.js");
  const read = readText(text, vocabSize);
  return [read.words, Array.from(countPairs(read, read.places.length, window))];
}"""
TEXTS = [
    (TEXT, 11, 2),
    (TEXT, 4, 3),  # words outside the vocabulary go before windows are laid
    ("a a a a b", 2, 16),  # a word beside itself counts twice; the window outlasts the text
    ("b a a b c c\n\nc d d", 3, 1),  # ties by first appearance, an empty line
    ("Die Straße, die STRASSE; die_strasse 3 ½ naïve", 7, 2),
    ("Ὀδυσσεύς ΟΔΥΣΣΕΥΣ ὀδυσσεύς — ό", 2, 2),  # a sigma at the end of a word
    ("क्या हिन्दी क्या हिन्दी में है", 4, 3),  # vowels written as marks
    (
        "e\u0301te\u0301 \u00e9t\u00e9 e\u0301te\u0301 I\u0307",
        2,
        2,
    ),  # one word, written in two ways
    ("J\u030c \u01f0 J\u030c x", 2, 2),  # one letter in lower case, two in upper case
    ("it's a don't-care: it's <b>a</b>\ttab\u00a0nbsp", 9, 5),
    ("a" * 300 + " b " + "a" * 300, 2, 2),
]


@pytest.mark.browser
@pytest.mark.parametrize(("text", "vocab_size", "window"), TEXTS)
def test_pairs_are_counted_as_in_python(
    text: str, vocab_size: int, window: int, open_page: Open
) -> None:
    expected = w2vlib.count_cooccurrences(text.split("\n"), vocab_size=vocab_size, window=window)
    words, counts = open_page().evaluate(COUNT, [text, vocab_size, window])
    assert tuple(words) == expected.words
    assert np.array_equal(np.reshape(counts, expected.pair_counts.shape), expected.pair_counts)


@pytest.mark.browser
def test_loss_and_parabola_are_those_of_the_theory(
    stats: w2vlib.CorpusStatistics, open_page: Open
) -> None:
    rows = [0, 3, 50, 186]
    joint, p_i = stats.p_ij[np.ix_(rows, rows)].ravel(), stats.p_i[rows]
    chance = np.outer(p_i, p_i).ravel()
    joint[1] = 0.0  # a pair that never meets
    xs = np.linspace(-6, 6, 25)
    got = open_page().evaluate(
        """async ([joint, chance, xs]) => {
          const { loss, parabola, mStar, pmi } = await import("./loss_parabola.js");
          const of = (f) => joint.map((p, i) => xs.map((x) => f(x, p, chance[i])));
          const target = joint.map((p, i) => mStar(p, chance[i]));
          const logs = joint.map((p, i) => String(pmi(p, chance[i])));
          return { loss: of(loss), parabola: of(parabola), target, logs };
        }""",
        [joint.tolist(), chance.tolist(), xs.tolist()],
    )
    p, q, x = joint[:, None], chance[:, None], xs
    exact = (p * np.log(1 + np.exp(-x)) + q * np.log(1 + np.exp(x))) / (p + q)
    np.testing.assert_allclose(got["loss"], exact, atol=CLOSE)
    # The expansion of the loss to x^2, term by term, and not by its lowest point.
    first, second = (q - p) / (2 * (p + q)), 1 / 8
    np.testing.assert_allclose(got["parabola"], np.log(2) + first * x + second * x**2, atol=CLOSE)
    expected = w2vlib.m_star(stats)[np.ix_(rows, rows)].ravel()
    expected[1] = -2
    np.testing.assert_allclose(got["target"], expected, atol=CLOSE)
    expected = w2vlib.pmi(stats)[np.ix_(rows, rows)].ravel()
    expected[1] = -np.inf
    np.testing.assert_allclose([float(value) for value in got["logs"]], expected, atol=CLOSE)


@pytest.mark.browser
def test_rank_k_and_its_errors_are_those_of_numpy(
    stats: w2vlib.CorpusStatistics, open_page: Open
) -> None:
    matrix = w2vlib.m_star(stats)
    rows = [stats.index[word] for word in WORDS if word in stats.index]
    eigvals, eigvecs = w2vlib.top_eigenpairs(matrix, 40)
    block = matrix[np.ix_(rows, rows)]
    got = open_page().evaluate(
        """async ([block, eigvals, eigvecs, n, norm]) => {
          const { rankBlock, relativeErrors } = await import("./matrix_viewer.js");
          const ranks = [0, 1, 7, 40].map((k) => Array.from(rankBlock(eigvals, eigvecs, n, k)));
          return { ranks, ...relativeErrors(block, eigvals, eigvecs, n, norm) };
        }""",
        [
            block.ravel().tolist(),
            eigvals.tolist(),
            eigvecs[rows].ravel().tolist(),
            len(rows),
            float(np.linalg.norm(matrix)),
        ],
    )
    for place, k in enumerate([0, 1, 7, 40]):
        fit = (eigvecs[:, :k] * eigvals[:k]) @ eigvecs[:, :k].T
        part = fit[np.ix_(rows, rows)]
        np.testing.assert_allclose(got["ranks"][place], part.ravel(), atol=CLOSE)
        whole = np.linalg.norm(matrix - fit) / np.linalg.norm(matrix)
        assert got["ofWhole"][k] == pytest.approx(whole, abs=CLOSE)
        error = np.linalg.norm(block - part) / np.linalg.norm(block)
        assert got["ofBlock"][k] == pytest.approx(error, abs=CLOSE)


@pytest.mark.browser
def test_colours_are_those_of_the_books_heat_maps(open_page: Open) -> None:
    import matplotlib as mpl

    values = np.linspace(-2.5, 2.5, 41)
    got = open_page().evaluate(
        """async (values) => {
          const { colour } = await import("./matrix_viewer.js");
          return values.map((value) => colour(value, 2));
        }""",
        values.tolist(),
    )
    scale = mpl.colors.Normalize(-2, 2, clip=True)
    expected = 255 * mpl.colormaps[plotting.DIVERGING](scale(values))[:, :3]
    assert np.abs(np.array(got) - expected).max() <= 3


# ---- window counter ----


def counts(page: Page) -> np.ndarray:
    return np.array([[int(cell or 0) for cell in row] for row in table(page)])


@pytest.mark.browser
def test_window_counter_fills_the_table_of_python(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter())
    assert counts(page).sum() == 6  # the first centre word: 2 + 1, both ways round
    assert page.locator(".centre").inner_text() == "the"
    assert page.locator(".follower").all_inner_texts() == ["cat+2", "sat+1"]
    slider(page, "Centre word").press("End")
    expected = w2vlib.count_cooccurrences(TEXT.split("\n"), vocab_size=11, window=2)
    assert np.array_equal(counts(page), expected.pair_counts)
    heads = page.locator("tbody th").all_inner_texts()
    assert tuple(heads) == expected.words
    total = expected.pair_counts.sum()
    assert f"The table sums to {total}: every window has been laid." in page.inner_text(".w2v")

    page.get_by_label("probabilities P").check()
    shown = [[float("0" + cell) for cell in row] for row in table(page)]
    np.testing.assert_allclose(shown, expected.p_ij, atol=5.1e-4)

    slider(page, "Window L").press("ArrowRight")
    wider = w2vlib.count_cooccurrences(TEXT.split("\n"), vocab_size=11, window=3)
    page.get_by_label("counts N").check()
    assert np.array_equal(counts(page), wider.pair_counts)
    assert [trait(page, name) for name in ("window", "position")] == [3, 22]


@pytest.mark.browser
def test_window_counter_moves_by_keys_and_marks_the_cells(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter("x y z", window=1))
    marked = "cells => cells.map(c => [c.parentNode.rowIndex - 1, c.cellIndex - 1])"
    centre = slider(page, "Centre word")
    for position, cells in [(1, [[0, 1], [1, 0]]), (2, [[1, 2], [2, 1]]), (3, [])]:
        page.evaluate("frames()")
        assert trait(page, "position") == position
        assert page.eval_on_selector_all("td.now", marked) == cells
        centre.press("ArrowRight")
    assert centre.get_attribute("aria-valuetext") == "3 of 3: “z”"
    centre.press("Home")
    assert counts(page).sum() == 0
    assert "No window has been laid yet" in page.inner_text(".w2v")


@pytest.mark.browser
def test_window_counter_reads_what_is_typed(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter())
    page.get_by_role("textbox").fill("one two one")
    page.evaluate("frames()")  # drawn: only then does the slider reach to the new end
    slider(page, "Centre word").press("End")
    # window 2: one-two 2, one-one 1 (and so twice), two-one 2
    assert counts(page).tolist() == [[2, 4], [4, 0]]
    page.get_by_role("textbox").press_sequentially(" two")
    page.evaluate("frames()")
    slider(page, "Centre word").press("End")
    expected = w2vlib.count_cooccurrences(["one two one two"], vocab_size=2, window=2)
    assert np.array_equal(counts(page), expected.pair_counts)
    assert trait(page, "text") == "one two one two"
    page.locator("td").nth(2).hover()
    assert "one, two: N = 6, P = 0.375000" in page.inner_text(".w2v")


@pytest.mark.browser
def test_window_counter_leaves_out_rare_words(open_page: Open) -> None:
    words = [f"w{k}" for k in range(14)]
    text = " ".join(words + words[:12])
    page = open_page("window_counter", WindowCounter(text, position=26))
    assert page.locator(".out").all_inner_texts() == ["w12", "w13"]
    assert "The 12 most frequent of 14 words are counted" in page.inner_text(".w2v")
    expected = w2vlib.count_cooccurrences([text], vocab_size=12, window=2)
    assert np.array_equal(counts(page), expected.pair_counts)


@pytest.mark.browser
def test_window_counter_plays_and_pauses(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter())
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("model.get('position') === 3")
    page.get_by_role("button", name="Pause").click()
    stopped = trait(page, "position")
    page.wait_for_timeout(900)
    assert trait(page, "position") == stopped
    assert page.get_by_role("button", name="Play").is_visible()


@pytest.mark.browser
def test_nothing_plays_where_motion_is_unwanted(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter(), reduced_motion="reduce")
    assert not page.get_by_text("Play", exact=True).is_visible()


@pytest.mark.browser
def test_window_counter_does_not_run_what_it_reads(open_page: Open) -> None:
    hostile = "<script>window.hacked = 1</script> <img src=x onerror='window.hacked=1'> ${1+1}"
    page = open_page("window_counter", WindowCounter())
    page.get_by_role("textbox").fill(hostile)
    slider(page, "Centre word").press("End")
    page.locator("td").first.hover()
    page.wait_for_timeout(600)  # until the sentence for screen readers has been said
    assert page.evaluate("window.hacked") is None
    assert page.locator("#here :is(script, img)").count() == 0
    assert "hacked" in page.locator("tbody th").all_inner_texts()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There are no words in the text yet"),
        (" \n .,!? \n", "There are no words in the text yet"),
        ("one one one", "one distinct word, “one”, and pairs need two"),
        ("我们的语言模型学习词语之间的关系 它从文本中计算词语的频率", "written without spaces"),
        ("她在家看书，雨下得很大，他喜欢吃鱼。", "written without spaces"),
    ],
)
def test_window_counter_says_what_is_wrong_and_recovers(
    text: str, message: str, open_page: Open
) -> None:
    page = open_page("window_counter", WindowCounter(text))
    assert message in page.locator(".message").inner_text()
    assert not page.locator("table").is_visible()
    page.get_by_role("textbox").fill("a b")
    page.evaluate("frames()")
    assert counts(page).tolist() == [[0, 2], [2, 0]]
    page.get_by_role("textbox").fill(text)
    page.evaluate("frames()")
    assert message in page.locator(".message").inner_text()


@pytest.mark.browser
def test_window_counter_says_where_no_two_words_meet(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter("a\nb\nc", position=3))
    assert "No two of these words stand in one window" in page.inner_text(".w2v")


@pytest.mark.browser
def test_a_huge_text_neither_freezes_nor_blanks_the_page(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter())
    page.get_by_role("textbox").focus()
    # As a paste does it, 10 MB at once.
    took = page.evaluate("""async () => {
      const start = performance.now();
      document.querySelector("textarea").select();
      document.execCommand("insertText", false, "the quick brown fox ".repeat(500000));
      await frames();
      return performance.now() - start;
    }""")
    assert took < 5000
    assert "longer than 200,000 characters" in page.locator(".message").inner_text()
    assert trait(page, "text") == "the quick brown fox " * 10_000
    start = page.evaluate("performance.now()")
    slider(page, "Centre word").press("End")
    cells = table(page)
    assert page.evaluate("performance.now()") - start < 1000
    expected = w2vlib.count_cooccurrences(
        ["the quick brown fox " * 10_000], vocab_size=4, window=2
    ).pair_counts
    assert cells[0] == [f"{n / 1000:.1f}k" if n >= 10_000 else str(n or "") for n in expected[0]]
    page.get_by_role("textbox").fill("a b")
    page.evaluate("frames()")
    assert not page.locator(".message").is_visible()


@pytest.mark.browser
def test_a_huge_text_in_the_saved_state_is_cut(open_page: Open) -> None:
    page = open_page("window_counter", WindowCounter(), changes={"text": "a b " * 2_500_000})
    assert "longer than 200,000 characters" in page.locator(".message").inner_text()
    assert page.locator("tbody tr").count() == 2


# ---- loss and parabola ----


@pytest.mark.browser
def test_loss_parabola_follows_the_pointer(stats: w2vlib.CorpusStatistics, open_page: Open) -> None:
    page = open_page("loss_parabola", LossParabola(stats, pairs=[("the", "of")]))
    joint, chance = stats.p_ij[0, 1], stats.p_i[0] * stats.p_i[1]
    box = page.locator("svg.drag").bounding_box()
    assert box is not None

    def at(x: float) -> float:
        return box["x"] + 24 + (x + 6) / 12 * (box["width"] - 32)

    page.mouse.move(at(2), box["y"] + 100)
    page.mouse.down()
    for x in (1.0, -1.0, -3.0):
        page.mouse.move(at(x), box["y"] + 120)
        assert trait(page, "x") == pytest.approx(x, abs=0.03)
    page.mouse.move(at(-9), box["y"] + 120)  # beyond the axis
    assert trait(page, "x") == -6
    page.mouse.move(at(-3), box["y"] + 120)
    page.mouse.up()
    page.mouse.move(at(5), box["y"] + 120)  # no longer held
    x = trait(page, "x")
    assert x == pytest.approx(-3, abs=0.03)
    assert float(slider(page, "x =").input_value()) == x
    loss = (joint * np.log(1 + np.exp(-x)) + chance * np.log(1 + np.exp(x))) / (joint + chance)
    facts = dict(
        zip(
            page.locator("dt").all_inner_texts(),
            page.locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    assert float(facts["loss at x"]) == pytest.approx(loss, abs=5e-5)
    m = w2vlib.m_star(stats)[0, 1]
    parabola = np.log(2) - m * m / 8 + (x - m) ** 2 / 8
    assert float(facts["parabola at x"]) == pytest.approx(parabola, abs=5e-5)
    assert float(facts["M*"]) == pytest.approx(m, abs=5e-4)
    assert float(facts["loss − parabola"].replace("−", "-")) == pytest.approx(
        loss - parabola, abs=1e-4
    )


@pytest.mark.browser
def test_loss_parabola_obeys_keys_and_selection(
    stats: w2vlib.CorpusStatistics, open_page: Open
) -> None:
    figure = LossParabola(stats)
    page = open_page("loss_parabola", figure)
    slider(page, "x =").press("ArrowRight")
    assert trait(page, "x") == 2.01
    slider(page, "x =").press("Home")
    assert trait(page, "x") == -6
    for choice, (a, b) in enumerate(figure.pairs):
        page.get_by_role("combobox").select_option(index=choice)
        assert trait(page, "selected") == choice
        value = w2vlib.m_star(stats)[stats.index[a], stats.index[b]]
        shown = f"{abs(value):.2f}"
        sign = "−" if value < 0 and float(shown) else ""
        assert f"lowest at M* = {sign}{shown}." in page.inner_text(".w2v")


@pytest.mark.browser
def test_loss_parabola_shows_a_pair_that_never_meets(open_page: Open) -> None:
    stats = w2vlib.count_cooccurrences(["a b", "a c"], vocab_size=3, window=2)
    page = open_page("loss_parabola", LossParabola(stats, pairs=[("b", "c")]))
    text = page.inner_text(".w2v")
    assert "falls for ever to the left" in text
    assert "← PMI −∞" in page.locator("svg.drag").text_content()  # type: ignore[operator]
    assert "NaN" not in page.locator(".w2v").inner_html()


# ---- matrix viewer ----


def pixels(page: Page, which: int) -> np.ndarray:
    page.evaluate("frames()")
    data = (
        page.locator("canvas")
        .nth(which)
        .evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)")
    )
    n = int(np.sqrt(len(data) / 4))
    return np.reshape(data, (n, n, 4))[:, :, :3]


@pytest.mark.browser
def test_matrix_viewer_paints_the_rank_that_is_chosen(
    stats: w2vlib.CorpusStatistics, open_page: Open
) -> None:
    import matplotlib as mpl

    figure = MatrixViewer(stats, d_max=30, k=5)
    page = open_page("matrix_viewer", figure)
    matrix = w2vlib.m_star(stats)
    rows = [stats.index[word] for word in figure.words]
    colours = mpl.colormaps[plotting.DIVERGING]
    scale = mpl.colors.Normalize(-figure.limit, figure.limit, clip=True)

    def painted(values: np.ndarray) -> np.ndarray:
        return 255 * colours(scale(values[np.ix_(rows, rows)]))[:, :, :3]

    values, vectors = np.linalg.eigh(matrix)
    tied, untied = np.argsort(-values), np.argsort(-np.abs(values))
    assert np.abs(pixels(page, 0) - painted(matrix)).max() <= 3
    rank = slider(page, "Rank k")
    for key, k in [(None, 5), ("ArrowRight", 6), ("Home", 0), ("End", 30)]:
        if key:
            rank.press(key)
        assert trait(page, "k") == k
        fit = (vectors[:, tied[:k]] * values[tied[:k]]) @ vectors[:, tied[:k]].T
        assert np.abs(pixels(page, 1) - painted(fit)).max() <= 4
        whole = np.linalg.norm(matrix - fit) / np.linalg.norm(matrix)
        part, block = (M[np.ix_(rows, rows)] for M in (matrix - fit, matrix))
        some = np.linalg.norm(part) / np.linalg.norm(block)
        told = f"{100 * some:.1f} % on these {len(rows)} words, {100 * whole:.1f} % on all 1,000"
        assert told in page.inner_text(".w2v")
    page.get_by_label("untied").check()
    fit = (vectors[:, untied[:30]] * values[untied[:30]]) @ vectors[:, untied[:30]].T
    assert np.abs(pixels(page, 1) - painted(fit)).max() <= 4
    negative = (values[untied[:30]] < 0).sum()
    assert negative > 0
    assert f"Negative eigenvalues among the 30: {negative}." in page.inner_text(".w2v")


@pytest.mark.browser
def test_matrix_viewer_of_all_words_has_one_error(open_page: Open) -> None:
    matrix = np.diag([3.0, -4.0, 2.0])
    figure = MatrixViewer(matrix, words=list("abc"), vocabulary=list("abc"), d_max=2, k=1)
    page = open_page("matrix_viewer", figure)
    error = np.sqrt((16 + 4) / (9 + 16 + 4))
    assert f"Relative error at rank 1: {100 * error:.1f} % on all 3 words." in page.inner_text(
        ".w2v"
    )
    assert page.locator("svg path.line").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize("has_touch", [False, True], ids=["mouse", "touch"])
def test_matrix_viewer_reads_a_cell(
    has_touch: bool, stats: w2vlib.CorpusStatistics, open_page: Open
) -> None:
    figure = MatrixViewer(stats, words=["king", "war", "music"], d_max=20)
    page = open_page("matrix_viewer", figure, has_touch=has_touch)
    matrix = w2vlib.m_star(stats)
    index = stats.index
    canvas = page.locator("canvas").first
    box = canvas.bounding_box()
    assert box is not None
    place = (box["x"] + 5 / 6 * box["width"], box["y"] + 1 / 2 * box["height"])
    if has_touch:
        page.touchscreen.tap(*place)
    else:
        page.mouse.move(*place)
    assert trait(page, "cell") == [1, 2]
    value = f"{matrix[index['war'], index['music']]:.3f}".replace("-", "−")
    assert f"war – music: M* is {value}, rank 4 gives" in page.inner_text(".w2v")
    page.get_by_label("Row").select_option("music")
    page.get_by_label("Column").select_option("war")
    assert trait(page, "cell") == [2, 1]
    assert f"music – war: M* is {value}" in page.inner_text(".w2v")


@pytest.fixture(scope="module")
def own() -> MatrixViewer:
    return MatrixViewer(w2vlib.load_statistics(), own=True)


@pytest.fixture(scope="module")
def counted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return M* of the twenty words from the counts by NumPy alone, and its eigenpairs."""
    stats = w2vlib.load_statistics()
    pairs = np.asarray(stats.pair_counts, dtype=np.float64)
    rows = [stats.words.index(word) for word in BLOCKS]
    alone = np.array(stats.word_counts)[rows] / np.sum(stats.word_counts)
    chance = np.outer(alone, alone)
    joint = pairs[np.ix_(rows, rows)] / pairs.sum()
    block = 2 * (joint - chance) / (joint + chance)
    values, vectors = np.linalg.eigh(block)
    return block, values[::-1], vectors[:, ::-1]


def shown(value: float, digits: int = 2) -> str:
    text = f"{abs(value):.{digits}f}"
    return ("−" if value < 0 and float(text) else "") + text


def test_own_eigenpairs_are_those_of_the_block(
    own: MatrixViewer, counted: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    block, values, vectors = counted
    assert own.words == list(BLOCKS)
    assert (own.d_max, own.positive, own.k, own.cell) == (20, 12, 1, [0, 1])
    np.testing.assert_allclose(np.frombuffer(own.block, "<f4"), block.ravel(), atol=CLOSE)
    np.testing.assert_allclose(np.frombuffer(own.eigvals, "<f8"), values, atol=1e-5)
    ours = np.frombuffer(own.eigvecs, "<f4").reshape(20, 20)
    for k in (1, 2, 12, 20):
        fit = (vectors[:, :k] * values[:k]) @ vectors[:, :k].T
        np.testing.assert_allclose((ours[:, :k] * values[:k]) @ ours[:, :k].T, fit, atol=1e-4)
    # What the book says of them.
    errors = [np.sqrt((values[k:] ** 2).sum()) / np.linalg.norm(block) for k in range(13)]
    assert [f"{100 * error:.1f}" for error in errors[:4]] == ["100.0", "69.5", "55.7", "42.1"]
    assert f"{100 * errors[12]:.1f}" == "36.8"
    assert (values > 0).sum() == 12
    assert values[-1] == pytest.approx(-9.22, abs=0.005)
    assert (np.sign(vectors[:, -1]) == np.sign(vectors[0, -1])).all()
    assert "100%, 70%, 56%, 42% is left over" in own.text_alternative()
    assert "from k = 12 on it stays at 36.8%" in own.text_alternative()


def test_zero_eigenvalues_are_not_positive_ones() -> None:
    flat = np.outer([1.0, 2, 3], [1.0, 2, 3]) / 7
    assert MatrixViewer(flat, words=ABC, vocabulary=ABC, own=True).positive == 1


@pytest.mark.browser
def test_own_ranks_are_painted_and_told(
    own: MatrixViewer, counted: tuple[np.ndarray, np.ndarray, np.ndarray], open_page: Open
) -> None:
    import matplotlib as mpl

    block, values, vectors = counted
    page = open_page("matrix_viewer", own)
    scale = mpl.colors.Normalize(-own.limit, own.limit, clip=True)

    def painted(table: np.ndarray) -> np.ndarray:
        return 255 * mpl.colormaps[plotting.DIVERGING](scale(table))[:, :, :3]

    rank = slider(page, "Rank k")
    assert np.abs(pixels(page, 0) - painted(block)).max() <= 3
    for key, k in [(None, 1), ("ArrowRight", 2), ("Home", 0), ("End", 20)]:
        if key:
            rank.press(key)
        assert trait(page, "k") == k
        used = min(k, 12)
        fit = (vectors[:, :used] * values[:used]) @ vectors[:, :used].T
        assert np.abs(pixels(page, 1) - painted(fit)).max() <= 4
        text = page.inner_text(".w2v")
        left = np.linalg.norm(block - fit) / np.linalg.norm(block)
        assert f"{shown(100 * left, 1)} % is left over" in text
        assert f"together {shown(fit[0, 1])}" in text or k < 2
        assert f"M* is {shown(block[0, 1])}." in text
        assert page.locator(".bar-kept").count() == used
    page.get_by_label("Left over").check()
    assert np.abs(pixels(page, 1) - painted(block - fit)).max() <= 4


@pytest.mark.browser
def test_river_and_lake_share_water_from_the_second_number_on(
    own: MatrixViewer, counted: tuple[np.ndarray, np.ndarray, np.ndarray], open_page: Open
) -> None:
    block, values, vectors = counted
    products = values * vectors[0] * vectors[1]
    assert [shown(products[:k].sum()) for k in (1, 2)] == ["0.00", "2.08"]
    assert shown(block[0, 1]) == "1.80"
    page = open_page("matrix_viewer", own)
    assert "river · lake: product 0.00; M* is 1.80." in page.inner_text(".w2v")
    slider(page, "Rank k").press("ArrowRight")
    assert trait(page, "k") == 2
    first, second = shown(products[0]), shown(products[1])
    said = f"river · lake: products {first} and {second}, together 2.08; M* is 1.80."
    assert said in page.inner_text(".w2v")
    # The rows as they are drawn: their products are the third line's.
    drawn = page.locator(".stick").evaluate_all(
        "all => all.map((one) => [Number(one.getAttribute('height')), one.className.baseVal])"
    )
    assert len(drawn) == 6
    tone = "together" if products[1] > 0 else "apart"
    assert drawn[5][1] == f"stick {tone}"
    texts = page.locator(".stick + text").all_text_contents()
    numbers = np.array([float(text.replace("−", "-")) for text in texts]).reshape(3, 2)
    for row, at in ((0, 0), (1, 1)):
        size = np.sqrt(values[:2]) * np.abs(vectors[at, :2])
        np.testing.assert_allclose(np.abs(numbers[row]), size, atol=0.0051)
    np.testing.assert_allclose(numbers[2], products[:2], atol=0.0051)
    page.get_by_label("Row").select_option("matrix")
    page.get_by_label("Column").select_option("king")
    i, j = BLOCKS.index("matrix"), BLOCKS.index("king")
    total = (values * vectors[i] * vectors[j])[:2].sum()
    said = f"together {shown(total)}; M* is {shown(block[i, j])}."
    page.evaluate("frames()")
    assert said in page.inner_text(".w2v")


@pytest.mark.browser
def test_past_the_positive_eigenvalues_the_map_stands_still_and_says_why(
    own: MatrixViewer, open_page: Open
) -> None:
    page = open_page("matrix_viewer", own, changes={"k": 12})
    still = page.get_by_role("paragraph").filter(has_text="From here on the map stands still")
    before = pixels(page, 1)
    assert not still.is_visible()
    box = page.locator("canvas").nth(1).bounding_box()
    slider(page, "Rank k").press("ArrowRight")
    assert trait(page, "k") == 13
    assert (pixels(page, 1) == before).all()
    assert still.is_visible()
    told = still.inner_text()
    assert "36.8 % stays, most of it one direction, −9.22, in which all 20 words avoid" in told
    assert "eigenvalue −0.03 (not kept)" in page.inner_text(".w2v")
    assert page.locator("canvas").nth(1).bounding_box() == box  # nothing jumps


@pytest.mark.browser
def test_a_block_without_negative_eigenvalues_blames_none(open_page: Open) -> None:
    figure = MatrixViewer(SQUARE, words=ABC, vocabulary=ABC, own=True, k=3)
    page = open_page("matrix_viewer", figure)
    text = page.inner_text(".w2v")
    assert "All 3 positive eigenvalues are kept, and there are no negative ones." in text
    assert "0.0 % is left over" in text
    assert "negative" not in page.locator(".spectrum").text_content()  # type: ignore[operator]


@pytest.mark.browser
def test_a_phone_shows_one_map_at_a_time(own: MatrixViewer, open_page: Open) -> None:
    page = open_page("matrix_viewer", own, viewport={"width": 360, "height": 800})
    titles = page.locator(".map text:first-child")
    for label, title in (
        ("W Wᵀ", "W Wᵀ, rank 1"),
        ("M*", "M*"),
        ("Left over", "left over: M* − W Wᵀ"),
    ):
        page.get_by_label(label, exact=True).check()
        page.evaluate("frames()")
        seen = [one.text_content() for one in titles.all() if one.is_visible()]
        assert seen == [title]
    page.set_viewport_size({"width": 800, "height": 900})
    page.evaluate("frames(3)")
    assert [one.text_content() for one in titles.all() if one.is_visible()] == [
        "M*",
        "left over: M* − W Wᵀ",
    ]
    assert not page.get_by_label("M*", exact=True).is_visible()


@pytest.mark.browser
def test_the_rank_is_dragged_along_the_eigenvalues(own: MatrixViewer, open_page: Open) -> None:
    page = open_page("matrix_viewer", own)
    box = page.locator(".spectrum").bounding_box()
    assert box is not None
    step = (box["width"] - 24) / 20
    page.mouse.move(box["x"] + 12 + step, box["y"] + box["height"] - 12)
    page.mouse.down()
    for k in (5, 14, 3):
        page.mouse.move(box["x"] + 12 + k * step, box["y"] + 40)
        assert trait(page, "k") == k
        line = page.locator(".spectrum circle").get_attribute("cx")
        assert float(line or "nan") == pytest.approx(12 + k * step, abs=0.01)
    page.mouse.up()


# ---- what holds for all ----


@pytest.mark.browser
@each_figure
def test_figure_follows_its_model(
    name: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    trait_name, value, shown = {
        "window_counter": ("position", 2, "“cat”"),
        "loss_parabola": ("x", -1.5, "At x = −1.50"),
        "matrix_viewer": ("k", 9, "rank 9 gives"),
        "own_matrix_viewer": ("k", 3, "3 products, together"),
    }[name]
    page = open_page(name, figures[name])
    assert shown not in page.inner_text(".w2v")
    page.evaluate("([name, value]) => model.set(name, value)", [trait_name, value])
    page.evaluate("frames()")
    assert shown in page.inner_text(".w2v")
    assert page.evaluate("model.saved") == 0  # a change from outside is not sent back


@pytest.mark.browser
def test_a_curve_is_lifted_where_it_has_no_value(open_page: Open) -> None:
    got = open_page().evaluate("""async () => {
      const { curve, pathOf } = await import("./kit.js");
      const gap = (value) => (Math.abs(value - 2) < 0.5 ? NaN : value);
      const same = (value) => value;
      return [curve(gap, same, same, 0, 4, 4), curve(() => NaN, same, same, 0, 1),
        pathOf([[NaN, 0], [1, 1], [2, Infinity], [3, 3]])];
    }""")
    assert got == [
        "M0.00 0.00L1.00 1.00M3.00 3.00L4.00 4.00",
        "",
        "M1.00 1.00M3.00 3.00",
    ]


FAKE = """export default { render({ model, el, signal }) {
  (window.signals ??= []).push(signal);
  const panel = document.createElement("div");
  panel.className = model.get("t") ? "w2v failed" : "w2v";
  el.append(panel);
  if (model.get("t") === 2) throw new Error("no");
} };"""


@pytest.mark.browser
@pytest.mark.parametrize("t", [1, 2])
def test_the_site_ends_a_figure_that_cannot_show_what_a_link_asks(
    t: int, browser: Browser, serve: Callable[[Path], str], tmp_path: Path
) -> None:
    kind = {"kind": "number", "many": False, "low": None, "high": None}
    write_page_of_the_site(
        tmp_path, {"_esm": FAKE, "_css": "", "_name": "fake", "_linked": {"t": kind}, "t": 0}, {}
    )
    with browser.new_page() as page:
        page.goto(f"{serve(tmp_path)}/?fake.t={t}")
        page.wait_for_selector(".w2v:not(.failed)", state="attached")
        assert page.evaluate("signals.map((one) => one.aborted)") == [True, True, False]
        assert page.locator(".w2v").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("matrix_viewer", {"d_max": 29}, "signed_eigvals|eigvals holds 30 numbers, 29 are needed"),
        ("matrix_viewer", {"words": None}, "cannot be drawn"),
        ("loss_parabola", {"pairs": [["a", "b"]]}, "numbers, 1 are needed"),
        ("loss_parabola", {"selected": 99}, "pair 99 of"),
        ("window_counter", {"text": None}, "cannot be drawn"),
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
    assert re.search(message, page.get_by_role("alert").inner_text())
