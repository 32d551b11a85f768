"""Python in the page: one chapter in a browser, edited, run, stopped, reset (w2vbook/live)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from accessibility import faults
from chromium import LONGEST
from conftest import ROOT
from live_pages import LivePage, check_built, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DEADLINE = LONGEST
NAME = "04_from_loss_to_target"
# Counting, and training by drawn pairs: Numba compiles it here, AssemblyScript for the page.
KERNELS = """
import json, numpy as np, w2vlib
draw = np.random.default_rng(1)
text = [" ".join(draw.choice(list("abcdefgh"), 60)) for _ in range(20)]
stats = w2vlib.count_cooccurrences(text, vocab_size=6, window=5)
found = {"words": stats.words, "pairs": stats.pair_counts.tolist()}
for dtype in ("float64", "float32"):
    for batch in (None, 4):
        settings = {"learning_rate": 0.05, "steps": 500, "record": 2, "dtype": dtype, "tied": False}
        settings |= {"method": "sgd", "loss": "sgns", "weights": "word2vec", "batch_size": batch}
        run = w2vlib.train(stats, 5, rng=np.random.default_rng(0), **settings)
        found[f"{dtype}, {batch}"] = [run.W.tolist(), run.C.tolist()]
fit = w2vlib.sgns_embeddings(stats, 2).vectors.astype(float)
found["float32, expected loss"] = (fit @ fit.T).tolist()
print(json.dumps(found))
"""
# Chapter 3's own functions, with what draws an odd number of halves of words before and after.
CHAPTER_3 = """
import json
import numpy as np
from numba import njit
{functions}
rng = np.random.default_rng(5)
text = rng.integers(-1, 9, size=(40, 30))
keep, own, other = rng.random(9), rng.random(9), rng.integers(9, size=9)
W, C = word2vec(text, 9, 5, 3, 4, keep, own, other, 0.05, 2, rng)
positives, negatives = drawn_pairs(text, 9, 3, 4, keep, own, other, 3, rng)
after = rng.integers(1000, size=3).tolist(), rng.random()
found = [W.tolist(), C.tolist(), positives.tolist(), negatives.tolist(), after]
print(json.dumps(found))
"""
pytestmark = pytest.mark.browser


def functions_of_chapter_3() -> list[str]:
    """Return the functions that Chapter 3 compiles, as its cells have them."""
    text = (ROOT / "chapters" / "03_word2vec_itself.ipynb").read_text(encoding="utf-8")
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    return [source for source in sources if source.startswith("@njit")]


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    check_built(site)
    with served(site) as found:
        yield found


@pytest.fixture(scope="module")
def chapter(address: str, browser: Browser) -> Iterator[LivePage]:
    """Open a chapter whose first cells have run; what is asked of it last is no foreign host's."""
    context = browser.new_context(
        bypass_csp=False,
        viewport={"width": 1280, "height": 900},
        color_scheme="light",
        reduced_motion="reduce",
    )
    live = LivePage(context.new_page(), address, NAME)
    live.page.wait_for_load_state("networkidle")
    assert not [url for url in live.asked if "/live/" in url], "loaded before it was asked for"
    live.start()
    live.run("planted-counts")
    yield live
    assert not live.wrong
    assert not [url for url in live.asked if not url.startswith((address, "blob:", "data:"))]
    context.close()


def test_a_cell_runs_with_those_above_and_prints_what_is_stored(chapter: LivePage) -> None:
    assert chapter.record("planted-counts")["text"].startswith("cat-purrs: P_ij = 8/256")
    assert chapter.record("fig-hook")["images"] == 1
    figure = chapter.page.query_selector("#fig-04-hook")
    assert figure is not None
    assert figure.query_selector("figcaption")
    alt = figure.eval_on_selector(".live-output img", "one => one.naturalWidth > 500 && one.alt")
    assert alt.startswith("Six lines over a logarithmic time axis")
    assert chapter.page.inner_text("#c04-planted-counts .cell_output").startswith("cat-purrs")


def test_an_edited_cell_shows_what_it_gives_now_and_state_lasts(chapter: LivePage) -> None:
    given = chapter.run("planted-counts", "seen = 6 * 7\nprint(seen)\n{'a': seen}")
    assert (given["text"], given["plain"]) == ("42\n", ["{'a': 42}"])
    assert chapter.run("planted-counts", "seen + len(words)")["plain"] == ["47"]
    assert "Cell 4 has run." in chapter.said()


def test_shift_and_enter_run_a_cell_and_go_to_the_next(chapter: LivePage) -> None:
    chapter.write("planted-counts", "print('typed')")
    chapter.page.click("#c04-planted-counts .cm-content")
    chapter.page.keyboard.press("Shift+Enter")
    chapter.wait()
    assert chapter.record("planted-counts")["text"] == "typed\n"
    inside = "document.activeElement.closest('.cell').id"
    assert chapter.page.evaluate(inside) not in ("c04-planted-counts", "")


def test_an_error_is_shown_with_its_line_and_said(chapter: LivePage) -> None:
    given = chapter.run("planted-counts", "def f(x):\n    return x.foo\n\nf(3)")
    assert given["state"] == "failed"
    assert 'File "<cell 4>", line 2, in f' in given["error"]
    assert "w2v_page" not in given["error"]
    shown = chapter.page.inner_text("#c04-planted-counts .live-error")
    assert "AttributeError: 'int' object has no attribute 'foo'" in shown
    assert "AttributeError" in chapter.said()
    given = chapter.run("planted-counts", "print('kept')\nimport gensim")
    assert "gensim is not among the packages of this page" in given["error"]
    assert given["text"] == "kept\n"
    assert "line 1" in chapter.run("planted-counts", "a = = 1")["error"]


def test_two_hundred_megabytes_are_cut_and_said(chapter: LivePage) -> None:
    given = chapter.run("planted-counts", "for _ in range(200):\n    print('x' * 1_000_000)")
    assert given["state"] == "done"
    assert len(given["text"]) == 400_000
    note = chapter.page.inner_text("#c04-planted-counts .live-note")
    assert note.startswith("200 MB more were printed")


def test_a_full_memory_is_an_error_and_no_end(chapter: LivePage) -> None:
    code = "import numpy as np\nhog = [np.empty(200_000_000) for _ in range(3)]"
    given = chapter.run("planted-counts", code)
    assert given["state"] == "failed"
    assert "MemoryError" in given["error"]
    assert "no more memory" in given["error"]
    assert chapter.run("planted-counts", "print(words[1])")["text"] == "cat\n"


def test_an_endless_loop_is_stopped_and_the_cells_above_run_again(chapter: LivePage) -> None:
    chapter.write("planted-counts", "while True:\n    pass")
    chapter.page.evaluate("i => w2vLive.cells[i].runButton.click()", chapter.at("planted-counts"))
    chapter.page.wait_for_selector("text=(Stop is at the top of the page)")
    assert chapter.page.inner_text("#c04-planted-counts .live-cell button") == "Stop"
    chapter.page.click(".live-bar button:text-is('Stop')")
    chapter.wait()
    assert "Stopped" in chapter.said()
    assert chapter.run("planted-counts", "print(len(words))")["text"] == "5\n"


def test_the_end_of_python_is_said_and_it_starts_anew(chapter: LivePage) -> None:
    ends = "import _host\n_host.call(b'no message')"
    chapter.write("planted-counts", ends)
    chapter.page.evaluate("() => { w2vLive.run(w2vLive.cells, { goOn: true }); }")
    chapter.wait()
    given = chapter.record("planted-counts")
    assert given["state"] == "failed"
    assert "Python ended: " in given["error"]
    assert "Cell 4 ended with an error: Python ended" in chapter.said()
    left = "w2vLive.cells.slice(4).map(c => c.state)"
    assert set(chapter.page.evaluate(left)) == {"new"}, "cells ran on without those above"
    assert chapter.run("planted-counts", "print(len(words))")["text"] == "5\n"


def test_stop_while_python_is_loaded_ends_the_run(site: Path, browser: Browser) -> None:
    check_built(site)
    with served(site, slowly=True) as address:
        live = LivePage(browser.new_page(bypass_csp=False), address, NAME)
        live.page.click(".live-bar button")
        live.until("window.w2vLive?.python.manifest")
        live.page.evaluate("() => { w2vLive.run(w2vLive.cells); }")
        live.page.wait_for_selector("text=/Loading Python: [1-9]/")
        live.page.click(".live-bar button:text-is('Stop')")
        live.wait()
        assert live.said().startswith("Stopped.")
        assert live.page.evaluate("w2vLive.cells.every(c => c.state === 'new')")
        assert live.run("planted-counts")["state"] == "done"
        assert not live.wrong
        live.page.close()


def test_a_figure_is_drawn_from_the_state_that_the_reader_made(chapter: LivePage) -> None:
    code = (
        "from w2vbook.interactives import WindowCounter\n"
        "WindowCounter('rain falls on the sea and the sea falls asleep')"
    )
    given = chapter.run("planted-counts", code)
    assert (given["state"], given["widgets"]) == ("done", 1), given["error"]
    place = "#c04-planted-counts .live-output .w2v"
    chapter.page.wait_for_selector(place)
    assert "sea" in chapter.page.inner_text(place)
    assert not chapter.page.query_selector("#c04-planted-counts .failed")


def test_kernels_of_the_page_give_the_numbers_of_numba(
    chapter: LivePage, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(KERNELS, {})
    here = json.loads(capsys.readouterr().out)
    given = chapter.run("planted-counts", KERNELS)
    assert given["state"] == "done", given["error"]
    assert not given.get("errors")
    there = json.loads(given["text"])
    assert list(there) == list(here)
    assert (there.pop("words"), there.pop("pairs")) == (here.pop("words"), here.pop("pairs"))
    for name, values in there.items():
        within = 1e-9 if name.startswith("float64") else 2e-3
        np.testing.assert_allclose(values, here[name], rtol=within, atol=within / 1e3)


def test_functions_of_chapter_3_give_the_numbers_of_numba(
    chapter: LivePage, capsys: pytest.CaptureFixture[str]
) -> None:
    functions = functions_of_chapter_3()
    code = CHAPTER_3.format(functions="\n\n\n".join(functions))
    exec(code, {})
    here = json.loads(capsys.readouterr().out)
    which = "print(word2vec.__code__.co_name, drawn_pairs.__code__.co_name)"
    given = chapter.run("planted-counts", code + which)
    assert given["state"] == "done", given["error"]
    printed, compiled = given["text"].splitlines()
    *tables, after = json.loads(printed)
    assert compiled == "_word2vec _drawn_pairs"
    assert after == here.pop()
    for there, wanted in zip(tables, here, strict=True):
        np.testing.assert_allclose(there, wanted, rtol=1e-9, atol=1e-12)
    # What a reader has edited is not the compiled function.
    edited = functions[1].replace("+= 1", "+= 2")
    drawn = "drawn_pairs(text, 9, 3, 4, keep, own, other, 3, np.random.default_rng(1))[0].sum()"
    twice = chapter.run("planted-counts", f"print({drawn})\n{edited}\nprint({drawn})")
    before, now = map(float, twice["text"].split())
    assert now == 2 * before


def test_an_exercise_can_be_checked_in_the_page(chapter: LivePage) -> None:
    code = (
        "from w2vbook.exercises import check\n"
        "check('ex-04-by-hand', p_ij=1, p_i_p_j=1, pmi=1, m_star=1)"
    )
    given = chapter.run("planted-counts", code)
    assert given["state"] == "done", given["error"]
    assert "p_ij" in given["text"]


def test_edits_survive_a_reload_and_go_into_the_notebook(chapter: LivePage) -> None:
    mine = "print('mine, é ✓')\n"
    chapter.write("planted-counts", mine)
    with chapter.page.expect_download() as expected:
        chapter.page.click("text=Download as a notebook")
    notebook = json.loads(Path(expected.value.path()).read_text(encoding="utf-8"))
    codes = {cell["id"]: "".join(cell["source"]) for cell in notebook["cells"]}
    assert expected.value.suggested_filename == f"{NAME}.ipynb"
    assert codes["planted-counts"] == mine
    assert "def sigmoid" in codes["fig-hook"]
    chapter.page.reload()
    chapter.start()
    assert chapter.page.evaluate("w2vLive.cells[3].code") == mine
    assert chapter.run("planted-counts")["text"] == "mine, é ✓\n"


def test_reset_brings_the_books_code_and_output_back(chapter: LivePage) -> None:
    chapter.run("planted-counts", "print('mine')")
    chapter.page.click("#c04-planted-counts button:text-is('Reset')")
    assert "print('mine')" not in chapter.page.inner_text("#c04-planted-counts")
    assert chapter.page.inner_text("#c04-planted-counts .cell_output").startswith("cat-purrs")
    assert (
        chapter.page.evaluate("Object.keys(localStorage).some(k => k.startsWith('w2v-live'))")
        is False
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_added_is_accessible_and_fits_a_phone(chapter: LivePage, theme: str) -> None:
    chapter.run("planted-counts", "print('mine')\n1 / 0")
    chapter.page.emulate_media(color_scheme=theme)
    chapter.page.wait_for_timeout(300)
    assert chapter.page.get_attribute("html", "data-theme") == theme
    assert not faults(chapter.page)
    chapter.page.set_viewport_size({"width": 360, "height": 780})
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not chapter.page.evaluate(wide)
    chapter.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_browser_without_what_it_needs_is_told(address: str, browser: Browser) -> None:
    page = browser.new_page(bypass_csp=False)
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto(f"{address}/chapters/{NAME}.html")
    assert "it needs Chrome 137" in page.inner_text(".live-state")
    assert not page.is_visible(".live-bar button")
    page.close()
