"""The interactive that forecasts a text of the reader's own: OwnText.

Its numbers against w2vlib on texts of several kinds; what a text may be, from a box, the clipboard
and a file; that the page stays alive with 10 MB of it; and that nothing of it goes anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, slider, told, trait

import w2vlib
from w2vbook.interactives import OwnText
from w2vbook.interactives._base import HERE, Interactive
from w2vbook.interactives.own_text import COMMON, MOST_LETTERS, TOPICS, planted_text
from w2vlib import W2VError
from w2vlib.forecasting._table import decimals

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CLOSE = 1e-6
NAMES = ["own_text"]


@pytest.fixture(scope="module")
def figures() -> dict[str, Interactive]:
    return {"own_text": OwnText()}


def drawn(words: list[str], n: int, length: int, seed: int) -> str:
    """Return lines of words, the earlier ones of the list more often, like those of a language."""
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(2, len(words) + 2)
    chosen = rng.choice(words, size=(n, length), p=p / p.sum())
    return "\n".join(" ".join(line) for line in chosen)


SCRIPTS = {
    "Greek": "Ο άνεμος ΣΟΦΟΣ και η θάλασσα του λόγος ΝΗΣΟΣ νύχτα ΦΩΣ σοφός ἀρχή πόλις ψυχή",
    "Hindi": "हिन्दी में यह एक किताब है और नदी का पानी की मिट्टी शहर ज़मीन ज़मीन घर",
    "Arabic": "كتاب في البيت على النهر مدينة قلم ليل نهار من",
}
GREEK, HINDI, ARABIC = (words.split() for words in SCRIPTS.values())
MANY = [f"w{k}" for k in range(900)]

TEXTS = {
    "planted": (planted_text(), 96, 5, False),
    "cut through ties": (planted_text(), 70, 16, False),
    "Greek": (drawn(GREEK, 60, 20, 1), 15, 3, False),
    "Hindi, one article": (drawn(HINDI, 60, 20, 2), 14, 5, True),
    "Arabic, short lines": (drawn(ARABIC, 200, 2, 3), 10, 16, False),
    "repeated words": ("go go go, stop GO\n\n\n a_1 b; A_1 b… b b a_1\ngo stop go", 4, 2, False),
    "marks": ("İstanbul straße e\u0301te\u0301 été x²\u200cy ½—z\r\nStraße ÉTÉ z", 7, 4, False),
    "600 words": (drawn(MANY, 400, 60, 4), 600, 4, False),
}

TINY = "red blue red blue\nsun moon sun moon\nred blue blue\nsun sun moon"  # 14 words

COMPUTE = """async ([text, V, L, whole, quantiles]) => {
  const m = await import("./own_text.js");
  const { ends: endsOf } = await import("./kit.js");
  const { atOnce, eigenpairs } = await import("./eigen.js");
  const pace = m.pacer();
  const read = await m.readWords(text, pace);
  const { rows, table } = await m.countPairs(read, V, L, whole, pace);
  const counts = rows.map((row) => read.counts[row]);
  const target = m.targetMatrix(counts, table);
  const matrix = Array.from(target);
  const { values, vectors } = atOnce(eigenpairs(target, rows.length, 16));
  const d = Math.min(8, m.positive(values));
  const modes = m.timetable(values, quantiles, d, 1e-6);
  const ends = vectors.slice(0, d).map((u) => endsOf(u, Math.min(5, u.length >> 1)));
  const words = rows.map((row) => read.words[row]);
  const arrays = { table: Array.from(table), vectors: vectors.map((u) => Array.from(u)) };
  // As one string: that is far faster.
  return JSON.stringify({ words, counts, matrix, values, d, modes, ends, ...arrays });
}"""


def statistics(text: str, V: int, L: int, whole: bool) -> w2vlib.CorpusStatistics:
    articles = [text] if whole else text.split("\n")
    return w2vlib.count_cooccurrences(articles, vocab_size=V, window=L)


# ---- the Python side ----


def test_example_is_what_it_says() -> None:
    lines = [line.split() for line in planted_text().split("\n")]
    assert (len(lines), {len(line) for line in lines}) == (240, {30})
    words = [word for line in lines for word in line]
    topics = [set(topic.split()) for topic in TOPICS]
    assert set(words) == set(COMMON.split()).union(*topics)
    assert 0.30 < np.mean([word in COMMON.split() for word in words]) < 0.40
    # A line's own topic has most of its words.
    share = [max(sum(w in topic for w in line) for topic in topics) / len(line) for line in lines]
    assert np.mean(share) > 0.4


def test_text_alternative_tells_the_forecast() -> None:
    figure = OwnText(d=3)
    timetable = figure.forecast()
    told = figure.text_alternative()
    assert timetable.words[0][0][0] in told
    assert f"t = {timetable.times[2]:.3g}" in told
    assert "has only one distinct word" not in told
    assert "one distinct word, 'same'" in OwnText("same same").text_alternative()
    assert "exceeds the" in OwnText(TINY, d=16).text_alternative()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": ["a", "b"]}, "text is a list; pass one str"),
        ({"text": "x" * (MOST_LETTERS + 1)}, "has 1,000,001 characters and a page carries"),
        ({"vocab_size": 49}, "vocab_size=49; choose a whole number, 50 to 600"),
        ({"window": 17}, "window=17; choose a whole number, 1 to 16"),
        ({"d": 0}, "d=0; choose a whole number, 1 to 16"),
        ({"sigma": 0}, "sigma=0; choose a number from 1e-12 to 0.1"),
    ],
)
def test_bad_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(W2VError, match=re.escape(message)):
        OwnText(**options)


def test_settings_can_be_changed_later_within_their_range() -> None:
    figure = OwnText()
    figure.window = 16
    for name, value in (("d", 17), ("sigma", 1.0), ("vocab_size", 601)):
        with pytest.raises(W2VError, match=name):
            setattr(figure, name, value)
    assert figure.linked == ("vocab_size", "window", "d", "sigma", "whole")


# ---- numbers ----


@pytest.mark.browser
@pytest.mark.parametrize("kind", TEXTS)
def test_numbers_are_those_of_w2vlib(kind: str, open_page: Open) -> None:
    text, V, L, whole = TEXTS[kind]
    stats = statistics(text, V, L, whole)
    quantiles = np.frombuffer(OwnText("a b").quantiles, "<f8").tolist()
    got = json.loads(open_page().evaluate(COMPUTE, [text, V, L, whole, quantiles]))
    assert tuple(got["words"]) == stats.words
    assert got["counts"] == stats.word_counts.tolist()
    assert got["table"] == stats.pair_counts.ravel().tolist()
    M = w2vlib.m_star(stats)
    np.testing.assert_allclose(got["matrix"], M.ravel(), rtol=0, atol=1e-14)
    every = np.linalg.eigvalsh(M)[::-1]
    np.testing.assert_allclose(got["values"], every, rtol=0, atol=1e-11 * np.abs(every).max())

    n = min(16, V)
    U = np.array(got["vectors"]).T
    np.testing.assert_allclose(U.T @ U, np.eye(n), atol=1e-12)
    np.testing.assert_allclose(M @ U, U * every[:n], atol=1e-11 * np.abs(every).max())
    _, known = w2vlib.top_eigenpairs(M, n)
    gaps = np.abs(np.subtract.outer(every[:n], every)) + 1e9 * np.eye(n, V)
    apart = gaps.min(axis=1) > 1e-4  # elsewhere only the space of several is fixed
    sizes = np.sort(np.abs(known), axis=0)
    clear = apart & (sizes[-1] - sizes[-2] > 1e-9)  # or the sign is a matter of rounding
    np.testing.assert_allclose(U[:, clear], known[:, clear], rtol=0, atol=CLOSE)
    if V > 50:
        assert clear.sum() >= 14

    d = got["d"]
    timetable = w2vlib.forecast(stats, d)
    names = {"lambda": "eigvals", "start": "start", "time": "times", "gain": "gain"}
    names |= {"early": "times_low", "late": "times_high"}
    for mine, theirs in names.items():
        values = [mode[mine] for mode in got["modes"]]
        np.testing.assert_allclose(values, getattr(timetable, theirs), rtol=1e-9)
    for k in np.flatnonzero(clear[:d]):
        for rows, words in zip(got["ends"][k], timetable.words[k], strict=True):
            # Words of equal entries may change places, so entries are compared.
            theirs = known[[stats.index[word] for word in words], k]
            np.testing.assert_allclose(known[rows, k], theirs, atol=1e-9)
    if d < min(8, V):
        with pytest.raises(W2VError, match=f"exceeds the {d} positive"):
            w2vlib.forecast(stats, d + 1)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["equal", "diagonal", "zero", "blocks", "rank one", "ordinary"])
def test_eigenpairs_of_awkward_matrices(kind: str, open_page: Open) -> None:
    rng = np.random.default_rng(6)
    A = rng.normal(size=(40, 40))
    A += A.T
    u = rng.normal(size=40)
    matrix = {
        "equal": 3 * np.eye(40) - 2,
        "diagonal": np.diag(np.arange(40.0) % 7 - 3),
        "zero": np.zeros((40, 40)),
        "blocks": np.kron(np.eye(4), A[:10, :10]),
        "rank one": np.outer(u, u),
        "ordinary": A,
    }[kind]
    got = open_page().evaluate(
        """async ([A, V]) => {
          const { atOnce, eigenpairs } = await import("./eigen.js");
          const { values, vectors } = atOnce(eigenpairs(Float64Array.from(A), V, 16));
          return { values, vectors: vectors.map((u) => Array.from(u)) };
        }""",
        [matrix.ravel().tolist(), 40],
    )
    every = np.linalg.eigvalsh(matrix)[::-1]
    U = np.array(got["vectors"]).T
    np.testing.assert_allclose(got["values"], every, atol=1e-12 * max(np.abs(every).max(), 1))
    np.testing.assert_allclose(U.T @ U, np.eye(16), atol=1e-13)
    np.testing.assert_allclose(matrix @ U, U * every[:16], atol=1e-12 * max(np.abs(every).max(), 1))
    assert (U[np.abs(U).argmax(axis=0), np.arange(16)] > 0).all()


# ---- what the panel shows ----


def settled(page: Page) -> None:
    """Wait until the text has been worked through."""
    page.evaluate("frames()")
    page.wait_for_function(
        "!document.querySelector('.results.old, .busy.seen') "
        "&& (document.querySelector('.results p').textContent "
        "|| document.querySelector('.message').textContent)",
        timeout=60_000,
    )
    page.evaluate("frames()")


def opened(open_page: Open, figure: OwnText | None = None, **options: Any) -> Page:
    page = open_page("own_text", figure or OwnText(), **options)
    settled(page)
    return page


def box_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your text")


def give(page: Page, text: str) -> None:
    box_of(page).fill(text)
    settled(page)


def message(page: Page) -> str:
    shown = page.locator(".message")
    return shown.inner_text() if shown.is_visible() else ""


def check_table(page: Page, timetable: w2vlib.Forecast) -> None:
    """Compare the printed timetable with a forecast."""
    rows = page.eval_on_selector_all(
        ".ends tbody tr",
        """rows => rows.map((r) => [...r.cells].map((c) =>
          [...c.childNodes].map((n) => n.textContent)))""",
    )
    assert len(rows) == len(timetable)
    near = 0.51 * 10.0 ** -decimals(timetable.times[0])
    for k, (number, (time, span), (value, gain), (high, low)) in enumerate(rows):
        assert number == [str(k + 1)]
        assert float(time) == pytest.approx(timetable.times[k], abs=near)
        assert [float(end) for end in span.split("–")] == pytest.approx(
            [timetable.times_low[k], timetable.times_high[k]], abs=near
        )
        assert float(value) == pytest.approx(timetable.eigvals[k], rel=6e-4)
        assert float(gain.split()[0]) == pytest.approx(100 * timetable.gain[k], abs=0.06)
        assert high == "+ " + ", ".join(timetable.words[k][0])
        assert low == "− " + ", ".join(timetable.words[k][1])


@pytest.mark.browser
def test_example_stands_there_at_once_with_its_forecast(open_page: Open) -> None:
    figure = OwnText()
    page = opened(open_page, figure)
    check_table(page, figure.forecast())
    assert box_of(page).input_value() == planted_text()
    assert "7,200 words of text: the 96 most frequent of 96" in page.inner_text(".w2v")
    unseen = 100 * np.mean(statistics(planted_text(), 96, 5, False).pair_counts == 0)
    assert f"{unseen:.1f} % of their pairs never meet" in page.inner_text(".w2v")
    assert page.locator(".plots .theory path").count() == 8 + 1  # all is theory, so all is dotted
    assert "Nothing leaves your machine." in page.inner_text(".w2v")


@pytest.mark.browser
def test_curves_are_those_of_the_forecast(open_page: Open) -> None:
    figure = OwnText(d=3)
    timetable = figure.forecast()
    page = opened(open_page, figure)
    paths = page.eval_on_selector_all(
        ".plots .theory path", "all => all.map(p => p.getAttribute('d'))"
    )
    ticks = page.eval_on_selector_all(
        ".plots svg line.grid", "all => all.map(l => [l.x1, l.x2, l.y1].map(v => v.baseVal.value))"
    )
    left, right, zero = ticks[0]
    t_end = 1.08 * timetable.times.max()
    for path, eigval, start in zip(paths, timetable.eigvals, timetable.start, strict=False):
        points = np.array(re.findall(r"([\d.]+) ([\d.]+)", path), float)
        t = (points[:, 0] - left) / (right - left) * t_end
        expected = w2vlib.mode_strengths(t, [eigval], start).ravel()
        scale = (zero - ticks[1][2]) / 20  # pixels from one line of the grid to the next, 20
        np.testing.assert_allclose((zero - points[:, 1]) / scale, expected, atol=0.4)
    points = np.array(re.findall(r"([\d.]+) ([\d.]+)", paths[3]), float)
    t = (points[:, 0] - left) / (right - left) * t_end
    share = timetable.loss(t, excess=True) / timetable.loss(0.0, excess=True)
    np.testing.assert_allclose((180 - points[:, 1]) / (180 - 24), share, atol=0.01)


@pytest.mark.browser
def test_controls_change_the_forecast(open_page: Open) -> None:
    page = opened(open_page)
    text = planted_text()
    slider(page, "Dimension d").press("Home")
    slider(page, "Dimension d").press("ArrowRight")
    settled(page)
    assert trait(page, "d") == 2
    check_table(page, w2vlib.forecast(statistics(text, 96, 5, False), 2))
    slider(page, "Start").press("ArrowRight")
    assert trait(page, "sigma") == pytest.approx(10**-5.9)
    check_table(page, w2vlib.forecast(statistics(text, 96, 5, False), 2, sigma=10**-5.9))
    slider(page, "Window").press("End")
    settled(page)
    assert trait(page, "window") == 16
    check_table(page, w2vlib.forecast(statistics(text, 96, 16, False), 2, sigma=10**-5.9))
    slider(page, "Words V").press("Home")
    settled(page)
    assert trait(page, "vocab_size") == 50
    check_table(page, w2vlib.forecast(statistics(text, 50, 16, False), 2, sigma=10**-5.9))
    page.get_by_label("all is one article").check()
    settled(page)
    assert trait(page, "whole") is True
    check_table(page, w2vlib.forecast(statistics(text, 50, 16, True), 2, sigma=10**-5.9))
    # The text itself goes nowhere: what a model holds reaches a kernel.
    assert trait(page, "text") == text


@pytest.mark.browser
@pytest.mark.parametrize("name", ["Words V", "Window", "Dimension d", "Start"])
def test_sliders_at_their_ends(name: str, open_page: Open) -> None:
    page = opened(open_page)
    for key in ("End", "Home"):
        slider(page, name).press(key)
        settled(page)
        assert page.locator(".ends tbody tr").count() >= 1
        assert page.get_by_role("alert").count() == 0
        assert "NaN" not in page.locator(".w2v").inner_html()


@pytest.mark.browser
def test_a_file_is_read(open_page: Open, tmp_path: Path) -> None:
    page = opened(open_page)
    text = drawn(GREEK, 300, 25, 7)
    path = tmp_path / "λόγος.txt"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    page.get_by_label("Open a file").set_input_files(path)
    settled(page)
    timetable = w2vlib.forecast(statistics(text, 15, 5, False), 4)
    slider(page, "Dimension d").press("Home")
    for _ in range(3):
        slider(page, "Dimension d").press("ArrowRight")
    settled(page)
    check_table(page, timetable)
    assert f"“λόγος.txt”: {len(text):,} characters." in page.inner_text(".w2v")
    assert box_of(page).input_value() == text
    page.get_by_role("button", name="Clear").click()
    settled(page)
    assert "no words in the text yet" in message(page)
    page.get_by_role("button", name="Example").click()
    settled(page)
    assert box_of(page).input_value() == planted_text()
    page.get_by_label("Open a file").set_input_files(path)  # the same one again
    settled(page)
    check_table(page, timetable)


DROP = """([name, text]) => {
  const data = new DataTransfer();
  if (name) data.items.add(new File([text], name, { type: "text/plain" }));
  else data.setData("text/plain", text);
  const target = document.querySelector(".w2v p");
  const over = new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true });
  const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  target.dispatchEvent(over);
  target.dispatchEvent(drop);
  return over.defaultPrevented && drop.defaultPrevented; // or the browser would leave the page
}"""


@pytest.mark.browser
@pytest.mark.parametrize("name", ["a.txt", None])
def test_a_file_or_a_text_is_dropped(name: str | None, open_page: Open) -> None:
    page = opened(open_page)
    assert page.evaluate(DROP, [name, TINY])
    settled(page)
    assert "14 words of text: the 4 most frequent of 4" in page.inner_text(".w2v")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "no words in the text yet"),
        ("café one two".encode("latin-1"), "“x.txt” is not UTF-8. Save it as plain text"),
        ("one two".encode("utf-16"), "“x.txt” is UTF-16, not UTF-8."),
        ("one two".encode("utf-32"), "“x.txt” is UTF-32, not UTF-8."),
        ("one two".encode("utf-16-be"), "not a text: byte 0 is zero"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "“x.txt” is not"),
        (b"a b" * 100_000 + b"\0", "not a text: byte 300,000 is zero"),
        (b"a b " * 100_000 + b"\xc3", "is not UTF-8"),  # a letter that ends in the middle
    ],
)
def test_a_file_that_is_no_text_is_refused_in_words(
    content: bytes, expected: str, open_page: Open, tmp_path: Path
) -> None:
    page = opened(open_page)
    (tmp_path / "x.txt").write_bytes(content)
    page.get_by_label("Open a file").set_input_files(tmp_path / "x.txt")
    settled(page)
    assert expected in message(page)
    assert not page.locator(".ends").is_visible()
    give(page, TINY)
    assert message(page) == ""
    assert page.locator(".ends tbody tr").count() >= 1


@pytest.mark.browser
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "There are no words in the text yet"),
        (" \n .,!? \n", "There are no words in the text yet"),
        ("alone", "one distinct word, “alone”, and pairs need two"),
        ("same same same", "one distinct word, “same”"),
        ("a\nb\nc", "No two of these words stand in one window"),
        ("我们的语言模型学习词语之间的关系 它从文本中计算词语的频率", "written without spaces"),
        ("她在家看书，雨下得很大，他喜欢吃鱼。", "written without spaces"),
        ("x" * 1_100_000, "A million characters without a space"),
    ],
)
def test_a_text_that_cannot_be_counted_is_refused_in_words(
    text: str, expected: str, open_page: Open
) -> None:
    page = opened(open_page)
    give(page, text)
    assert expected in message(page)
    assert not page.locator(".ends").is_visible()
    assert page.get_by_role("alert").count() == 0
    page.get_by_role("button", name="Example").click()
    settled(page)
    assert message(page) == ""
    assert page.locator(".ends tbody tr").count() == 8


@pytest.mark.browser
def test_no_two_words_meet_unless_all_is_one_article(open_page: Open) -> None:
    page = opened(open_page)
    give(page, "red\nblue\n" * 4 + "sun\nmoon\n" * 2 + "sun")
    assert "No two of these words" in message(page)
    page.get_by_label("all is one article").check()
    settled(page)
    assert "13 words of text: the 4 most frequent of 4" in page.inner_text(".w2v")


@pytest.mark.browser
def test_fewer_positive_eigenvalues_than_dimensions(open_page: Open) -> None:
    page = opened(open_page, OwnText(d=16))
    give(page, TINY)
    stats = statistics(TINY, 4, 5, False)
    n = int((np.linalg.eigvalsh(w2vlib.m_star(stats)) > 1e-9).sum())
    assert f"M* has only {n} positive eigenvalue" in page.inner_text(".w2v")
    assert f"the forecast is for d = {n}." in page.inner_text(".w2v")
    assert page.locator(".ends tbody tr").count() == n


@pytest.mark.browser
def test_a_start_that_is_too_large_is_told(open_page: Open) -> None:
    text = drawn(GREEK, 300, 25, 7)  # eigenvalues from 0.8 down
    page = opened(open_page, OwnText(text, d=7, sigma=0.1))
    with pytest.raises(W2VError, match="above half of its eigenvalue"):
        w2vlib.forecast(statistics(text, 15, 5, False), 7, sigma=0.1)
    assert "starts above half of its eigenvalue" in message(page)
    slider(page, "Start").press("Home")
    settled(page)
    assert message(page) == ""


@pytest.mark.browser
def test_hostile_text_stays_text(open_page: Open) -> None:
    page = opened(open_page)
    hostile = "<script>window.hacked = 1</script> <img src=x onerror='window.hacked=1'> ${1+1} "
    give(page, hostile * 4 + "__proto__ constructor toString __proto__ constructor\n" * 5)
    page.get_by_label("Look a word up").fill("<img src=x onerror='window.hacked=1'>")
    page.wait_for_timeout(600)  # until the sentence for screen readers has been said
    assert page.evaluate("window.hacked") is None
    assert page.locator("#here :is(script, img)").count() == 0
    words = page.inner_text(".ends")
    assert "hacked" in words or "script" in words
    for word in ("__proto__", "constructor"):
        page.get_by_label("Look a word up").fill(word)
        assert f"“{word}”: word " in found(page)


def found(page: Page) -> str:
    page.evaluate("frames()")
    return page.locator(".results > p").last.inner_text()


@pytest.mark.browser
def test_a_word_is_looked_up(open_page: Open) -> None:
    figure = OwnText()
    page = opened(open_page, figure)
    timetable = figure.forecast()
    stats = statistics(planted_text(), 96, 5, False)
    i = stats.index["ship"]
    vectors = timetable.eigvecs * np.sqrt(timetable.eigvals)
    k = int(np.abs(vectors[i]).argmax())
    side = ", ".join(timetable.words[k][int(vectors[i, k] < 0)][:3])
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    cosines = unit @ unit[i]
    order = np.argsort(-cosines)[1:6]
    search = page.get_by_label("Look a word up")
    search.fill("  SHIP ")
    told = found(page).replace("−", "-")
    assert f"“ship”: word {i + 1} of 96, {stats.word_counts[i]} times." in told
    assert f"on direction {k + 1}, at {vectors[i, k]:.2f}, on the side of {side}." in told
    near = ", ".join(f"{stats.words[j]} ({cosines[j]:.2f})" for j in order)
    assert f"Nearest by angle: {near}." in told
    search.fill("shipyard")
    assert "“shipyard” does not occur in the text; near it: " in found(page)
    assert "ship" in found(page).split("near it: ")[1]
    search.fill("")
    assert "For instance" in found(page)
    slider(page, "Words V").press("Home")  # of 96 words 46 are left out
    settled(page)
    rare, times = stats.words[-1], stats.word_counts[-1]
    search.fill(rare)
    assert f"“{rare}” ({times} times) is not among the 50 words taken" in found(page)


@pytest.mark.browser
def test_a_screen_reader_is_told_of_a_new_text(open_page: Open) -> None:
    page = opened(open_page)
    give(page, TINY)
    told(page, "14 words of text")
    give(page, "")
    told(page, "no words in the text yet")


# ---- long texts ----

LONG = 1_700_000  # words: about 10 MB


@contextmanager
def busiest(page: Page) -> Iterator[list[float]]:
    """Yield a list that will hold the processor times of the page's tasks, the longest first.

    Processor time, because on a machine that is busy with other work every task takes long.
    """
    browser = page.context.browser
    assert browser is not None
    times: list[float] = []
    browser.start_tracing(page=page, categories=["toplevel"])
    yield times
    for event in json.loads(browser.stop_tracing())["traceEvents"]:
        if event["name"] == "ThreadControllerImpl::RunTask":
            times.append(event.get("tdur", 0) / 1e6)
    times.sort(reverse=True)


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "long.txt"
    words = [f"{chr(97 + k % 26)}{k}xyz" for k in range(3000)]
    path.write_text(drawn(words, LONG // 100, 100, 8), encoding="utf-8")
    assert path.stat().st_size > 10_000_000
    return path


@pytest.mark.browser
def test_ten_megabytes_are_counted_and_the_page_stays_alive(
    open_page: Open, long_file: Path
) -> None:
    page = opened(open_page, OwnText(vocab_size=600, window=5))
    with busiest(page) as times:
        page.get_by_label("Open a file").set_input_files(long_file)
        page.wait_for_selector(".busy.seen")
        settled(page)
    assert times[0] < 0.2
    assert sum(times) > 0.5  # they are the ones meant, and many
    stats = w2vlib.count_cooccurrences(long_file, vocab_size=600, window=5)
    check_table(page, w2vlib.forecast(stats, 8))
    n = len(long_file.read_text())
    told = page.inner_text(".w2v")
    assert f"“long.txt”: {n:,} characters. The box shows the first 2,000." in told
    box = box_of(page)
    assert len(box.input_value()) == 2000
    assert box.get_attribute("readonly") is not None  # its beginning is not the text
    page.get_by_role("button", name="Clear").click()
    settled(page)
    box.press_sequentially(TINY)
    settled(page)
    assert "14 words of text" in page.inner_text(".w2v")


@pytest.mark.browser
def test_ten_megabytes_are_pasted(open_page: Open) -> None:
    page = opened(open_page, permissions=["clipboard-read", "clipboard-write"])
    text = drawn(MANY, 100, 60, 9) + "\n"
    n = 1 + 10_000_000 // len(text)
    page.evaluate("([text, n]) => navigator.clipboard.writeText(text.repeat(n))", [text, n])
    box_of(page).focus()
    with busiest(page) as times:
        page.keyboard.press("Control+v")
        page.wait_for_selector(".busy.seen")
        settled(page)
    assert times[0] < 0.4  # to hand over 10 MB takes the browser itself a while, once
    assert f"Your text: {n * len(text):,} characters." in page.inner_text(".w2v")
    check_table(page, w2vlib.forecast(statistics(text * n, 200, 5, False), 8))
    assert trait(page, "text") == planted_text()
    # A short text, pasted over it.
    page.evaluate("text => navigator.clipboard.writeText(text)", TINY)
    box_of(page).focus()
    page.keyboard.press("Control+v")
    settled(page)
    assert box_of(page).input_value() == TINY
    assert "14 words of text: the 4 most frequent of 4" in page.inner_text(".w2v")


@pytest.mark.browser
def test_work_stops_goes_on_and_gives_way_to_another_text(open_page: Open, long_file: Path) -> None:
    page = opened(open_page)
    page.get_by_label("Open a file").set_input_files(long_file)
    page.wait_for_selector(".busy.seen:has-text('reading words')")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector(".busy:has-text('Stopped: reading words')")
    at = page.get_by_role("progressbar").get_attribute("value")
    page.wait_for_timeout(400)
    assert page.get_by_role("progressbar").get_attribute("value") == at
    slider(page, "Window").press("Home")  # taken when the counting begins
    page.get_by_role("button", name="Go on").click()
    page.wait_for_function("at => document.querySelector('progress').value !== Number(at)", arg=at)
    settled(page)
    stats = w2vlib.count_cooccurrences(long_file, vocab_size=200, window=1)
    check_table(page, w2vlib.forecast(stats, 8))

    # Another text while this one is read; and another after a stop.
    for stop in (False, True):
        page.get_by_label("Open a file").set_input_files([])
        page.get_by_label("Open a file").set_input_files(long_file)
        page.wait_for_selector(".busy.seen")
        if stop:
            page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Clear").click()
        give(page, TINY)
        assert "14 words of text: the 4 most frequent of 4" in page.inner_text(".w2v")
        page.wait_for_timeout(300)
        assert "14 words of text" in page.inner_text(".w2v")
        assert not page.locator(".busy").is_visible()


@pytest.mark.browser
def test_beyond_the_limit_only_the_beginning_is_read(open_page: Open, tmp_path: Path) -> None:
    page = opened(open_page)
    path = tmp_path / "huge.txt"
    path.write_text((TINY + "\n") * 320_000)
    page.get_by_label("Open a file").set_input_files(path)
    page.wait_for_selector(".busy.seen")
    settled(page)
    told = page.inner_text(".w2v")
    assert "only the first 20,000,000 are read" in told
    words = ((TINY + "\n") * 320_000)[:20_000_000].split()
    n = len(set(words))
    assert f"{len(words):,} words of text: the {n} most frequent of {n};" in told


# ---- state and privacy ----


@pytest.mark.browser
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"vocab_size": None}, "replaced: vocab_size."),
        ({"vocab_size": 10**9, "window": -3}, "replaced: vocab_size, window."),
        ({"window": "5", "d": [8], "sigma": {}}, "replaced: window, d, sigma."),
        ({"d": 7.5}, "replaced: d."),
        ({"sigma": 0, "d": 99}, "replaced: d, sigma."),
        ({"sigma": -1}, "replaced: sigma."),
        ({"whole": "no"}, "7,200 words of text"),
        ({"text": None}, "The text in the saved state is damaged"),
        ({"text": 7}, "The text in the saved state is damaged"),
    ],
)
def test_damaged_state_is_told_and_the_figure_works(
    changes: dict[str, Any], told: str, open_page: Open
) -> None:
    page = opened(open_page, changes=changes)
    assert told in page.inner_text(".w2v")
    assert page.get_by_role("alert").count() == 0
    page.get_by_role("button", name="Clear").click()
    give(page, TINY)
    assert page.locator(".ends tbody tr").count() >= 1
    assert "NaN" not in page.inner_text(".w2v")


@pytest.mark.browser
def test_what_is_damaged_takes_its_usual_value(open_page: Open) -> None:
    page = opened(open_page, changes={"vocab_size": None, "window": [7], "sigma": "x"})
    values = [slider(page, name).input_value() for name in ("Words V", "Window", "Start")]
    assert values == ["200", "5", "-6"]


@pytest.mark.browser
def test_a_huge_text_in_the_state_is_cut(open_page: Open) -> None:
    page = opened(open_page)
    page.evaluate("model.set('text', 'red blue\\nsun moon\\n'.repeat(1_200_000))")
    settled(page)
    assert "only the first 20,000,000 are read" in page.inner_text(".w2v")


@pytest.mark.browser
def test_damaged_quantiles_are_told(open_page: Open) -> None:
    page = open_page("own_text", OwnText(), changes={})
    page.evaluate("""async () => {
      const module = await import("./own_text.js");
      model.set("quantiles", new DataView(new ArrayBuffer(16)));
      module.default.render({ model, el: document.querySelector("#here") });
    }""")
    assert "quantiles holds 2 numbers, 48 are needed" in page.get_by_role("alert").inner_text()


@pytest.mark.browser
def test_python_can_replace_the_text(open_page: Open) -> None:
    page = opened(open_page)
    give(page, "my own words here")
    page.evaluate("text => model.set('text', text)", TINY)
    settled(page)
    assert box_of(page).input_value() == TINY


@pytest.mark.browser
def test_nothing_leaves_the_page(open_page: Open, tmp_path: Path) -> None:
    page = opened(open_page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("websocket", lambda socket: requests.append(socket.url))
    before = page.evaluate("[location.href, JSON.stringify(model.values), model.saved]")
    give(page, TINY.replace("red", "secret"))
    page.get_by_label("Look a word up").fill("secret")
    path = tmp_path / "secret.txt"
    path.write_text(TINY.replace("sun", "secret"))
    page.get_by_label("Open a file").set_input_files(path)
    settled(page)
    assert "secret" in page.inner_text(".ends")
    page.wait_for_timeout(300)
    assert requests == []
    assert page.evaluate("[location.href, JSON.stringify(model.values), model.saved]") == before
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])"
    assert "secret" not in page.evaluate(kept)
    assert page.context.cookies() == []


def test_the_scripts_know_no_way_out() -> None:
    for name in ("own_text", "kit", "text", "eigen"):
        source = (HERE / f"{name}.js").read_text(encoding="utf-8")
        code = re.sub(r"//.*", "", source)
        ways = r"fetch|XMLHttp|Socket|EventSource|Beacon|Worker|Storage|cookie|\bimport\(|src:|href"
        assert not re.search(ways, code), name


@pytest.mark.browser
def test_it_runs_from_a_file_on_disk(browser: Any, tmp_path: Path) -> None:
    """A page that is opened from a folder, without any server: no module may be fetched there."""
    figure = OwnText()
    source = figure._esm.replace("export default figure(", "window.made = figure(")
    source = re.sub(r"(?m)^export (?=async|function|const)|^export \{.*", "", source)
    quantiles = np.frombuffer(figure.quantiles, "<f8").tolist()
    (tmp_path / "index.html").write_text(
        f"""<!DOCTYPE html><meta charset="utf-8"><div id="here"></div><script type="module">
        {source}
        const values = {{ text: {json.dumps(TINY)}, d: 2, window: 5, vocab_size: 50, sigma: 1e-6,
          quantiles: new DataView(Float64Array.from({quantiles}).buffer) }};
        const model = {{ get: (name) => values[name], on() {{}}, off() {{}} }};
        window.made.render({{ model, el: document.querySelector("#here") }});
        </script>""",
        encoding="utf-8",
    )
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_function("document.querySelector('.results p')?.textContent")
    assert "14 words of text" in page.inner_text(".w2v")
    page.close()
    assert not errors
