"""The numbers of a figure, from the kernel that draws it to the page that shows them as tables."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
import subprocess
import sys
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from accessibility import OF_COLOURS, faults
from docutils import nodes
from docutils.utils import new_document
from interactive_pages import ROOT
from matplotlib.axes import Axes

import w2vlib
from w2vbook.sphinx.book import WIDGET_VIEW
from w2vbook.sphinx.figures.data import (
    FOLDER,
    TAKEN,
    FigureData,
    caption_of,
    keep_numbers,
    take_numbers,
)
from w2vbook.sphinx.figures.numbers import MIME, NumbersFormatter
from w2vbook.sphinx.figures.reading import read_figure
from w2vbook.sphinx.figures.tables import SHOWN, as_csv, as_html, formulas, tables
from w2vlib import plotting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Figures that show no numbers: words in places that mean nothing.
DRAWINGS = {"fig-03-sentence"}
OPENED = ("fig-01-map", "fig-01-clock", "fig-02-window", "fig-12-clock")  # looked at in a browser
DRAWN = re.compile(r'<img[^>]*src="\.\./_images/[0-9a-f]{64}\.webp"')
AS_IT_OPENS = "<p>The numbers of the figure as it opens: "


@pytest.fixture
def ax() -> Iterator[Axes]:
    backend = mpl.get_backend()
    plt.switch_backend("agg")
    with plt.rc_context():
        plotting.use_book_style()
        figure, made = plt.subplots()
        yield made
        plt.close(figure)
    plt.switch_backend(backend)


def series(ax: Axes) -> list[dict[str, Any]]:
    """Return what is read from the only panel of a figure."""
    numbers = read_figure(ax.figure.figure)
    return numbers["panels"][0]["series"] if numbers else []


# ---- what is read ----


def test_line_has_its_label_and_the_labels_of_the_axes(ax: Axes) -> None:
    ax.plot([0, 1, 2], [0.5, 1 / 3, 123456.7], label="loss")
    ax.set(xlabel="step\n(thousands)", ylabel="nats", title="a run")
    (one,) = series(ax)
    assert one["columns"] == ["step (thousands)", "nats"]
    assert one["rows"] == [(0, 0.5), (1, 0.33333), (2, 123460)]
    assert (one["name"], one["kind"], one["total"]) == ("loss", "line", 3)
    assert read_figure(ax.figure)["panels"][0]["title"] == "a run"


def test_log_axes_keep_the_values_and_are_told(ax: Axes) -> None:
    ax.loglog([1, 10, 100], [1e-12, 1e-6, 1], "o")
    (one,) = series(ax)
    assert one["rows"] == [(1, 1e-12), (10, 1e-6), (100, 1)]
    assert one["kind"] == "points"
    assert read_figure(ax.figure)["panels"][0]["log"] == ["x", "y"]
    ax.set(xscale="linear", yscale="symlog", ylabel="size")
    assert read_figure(ax.figure)["panels"][0]["log"] == ["size"]


def test_what_is_no_number_stays_a_gap(ax: Axes) -> None:
    ax.plot([0, 1, 2, 3], np.ma.masked_greater([0, np.nan, -np.inf, 5], 4))
    assert series(ax)[0]["rows"] == [(0, 0), (1, None), (2, "−∞"), (3, None)]


def test_nothing_is_read_from_what_shows_no_numbers(ax: Axes) -> None:
    assert read_figure(ax.figure) is None
    ax.plot([], [], label="nothing")
    ax.text(0.5, 0.5, "a word")
    assert read_figure(ax.figure) is None
    ax.plot([0, 1], [2, 3], color="red")
    assert len(series(ax)) == 1
    ax.axis("off")  # a drawing
    assert read_figure(ax.figure) is None


def test_scatter_has_the_names_at_its_points(ax: Axes) -> None:
    plotting.word_scatter([1, 2, 3], [0.1, 0.3, 0.2], ["cat", "", "$dog"], ax=ax)
    (one,) = series(ax)
    assert one["columns"] == ["name", "x", "y"]
    assert one["rows"] == [("cat", 1, 0.1), (None, 2, 0.3), ("$dog", 3, 0.2)]


def test_coloured_scatter_has_the_numbers_of_its_colours(ax: Axes) -> None:
    ax.scatter([1, 2], [3, 4], c=[0.25, 0.75])
    assert series(ax)[0]["rows"] == [(1, 3, 0.25), (2, 4, 0.75)]


def test_bars_have_categories_and_intervals(ax: Axes) -> None:
    ends = [[60, 70.5], [40, 55]]
    plotting.labelled_bars([66.3, 50.6], ["M*", "PPMI"], intervals=ends, ax=ax)
    ax.set_xlabel("right (%)")
    table = next(tables(read_figure(ax.figure)))
    assert table.head == ["category", "right (%)", "right (%), low", "right (%), high"]
    assert table.rows == [["M*", 66.3, 60, 70.5], ["PPMI", 50.6, 40, 55]]
    assert table.caption == "right (%) by category"


def test_histogram_has_edges_and_heights(ax: Axes) -> None:
    ax.hist([1, 2, 2, 3], bins=[1, 2, 3, 4])
    heights = [(1, 2, 1), (2, 3, 2), (3, 4, 1)]
    assert series(ax)[0]["rows"] == heights
    ax.cla()
    ax.hist([1, 2, 2, 3], bins=[1, 2, 3, 4], histtype="step")
    assert series(ax)[0]["rows"] == heights


def test_stacked_bars_say_where_they_begin(ax: Axes) -> None:
    ax.bar(["a", "b"], [1, 2], bottom=[5, 6])
    (one,) = series(ax)
    assert one["columns"] == ["category", "value, from", "value"]
    assert one["rows"] == [("a", 5, 6), ("b", 6, 8)]


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_image_is_a_table_with_the_words_of_its_ticks(ax: Axes, origin: Any) -> None:
    image = ax.imshow([[1, np.nan], [3, 4], [5, 6]], origin=origin)
    ax.set_xticks([0, 1], ["cat", "dog"])
    ax.set_yticks([0, 2], [1, 3])  # ranks, one without a tick
    ax.figure.colorbar(image, label="PMI", drawedges=True)
    numbers = read_figure(ax.figure)
    assert len(numbers["panels"]) == 1  # the scale is none
    (one,) = numbers["panels"][0]["series"]
    assert one["columns"] == ["row", "cat", "dog"]
    assert one["rows"] == [(1, 1, None), (2, 3, 4), (3, 5, 6)]
    assert one["name"] == "PMI"


def test_ticks_name_what_stands_at_them(ax: Axes) -> None:
    ax.plot([1, 2, 3], [0, 1, 2], "o")
    ax.set_yticks([0, 1, 2], ["$10^{-6}$", "$10^{-3}$", "0.1"])
    assert series(ax)[0]["rows"] == [("$10^{-6}$", 1), ("$10^{-3}$", 2), ("0.1", 3)]


@pytest.mark.parametrize(
    ("places", "texts"), [([1, 1000], ["1", "1,000"]), ([0.1, 1], ["10 %", "100 %"])]
)
def test_ticks_that_are_their_numbers_change_nothing(ax: Axes, places: Any, texts: Any) -> None:
    ax.plot([0.4, 7], [0, 1], "o")
    ax.set_xticks(places, texts)
    assert series(ax)[0]["rows"] == [(0.4, 0), (7, 1)]


def test_ticks_that_count_otherwise_are_followed(ax: Axes) -> None:
    ax.plot([1, 3, 8], [0, 1, 2], "o")
    ax.set_xticks([1, 2, 8], ["−1", "−2", "−8"])
    assert [row[0] for row in series(ax)[0]["rows"]] == [-1, -3, -8]


def test_bands_and_error_bars_have_both_ends(ax: Axes) -> None:
    ax.fill_between([0, 1, 2], [1, 2, 3], [4, 5, 7])
    assert series(ax)[0]["rows"] == [(0, 1, 4), (1, 2, 5), (2, 3, 7)]
    ax.cla()
    ax.errorbar([0, 1], [5, 6], yerr=[[1, 2], [3, 4]], label="mean")
    (one,) = series(ax)
    assert one["columns"] == ["x", "y", "y, low", "y, high"]
    assert one["rows"] == [(0, 5, 4, 8), (1, 6, 4, 10)]
    assert one["name"] == "mean"


def test_pieces_arrows_and_lines_across_are_told(ax: Axes) -> None:
    ax.hlines([1, 2], [0, 1], [5, 6])
    ax.annotate("", (3, 4), (1, 2), arrowprops={"color": "red"})
    ax.axhline(7)
    ax.axhline(0)
    ax.axvspan(-1, 2.5)
    ax.quiver(0, 0, 3, 4, angles="xy", scale_units="xy", scale=1)
    (panel,) = read_figure(ax.figure)["panels"]
    rows = [one["rows"] for one in panel["series"]]
    assert rows == [[(1, 0, 5), (2, 1, 6)], [(0, 3, 0, 4)], [(1, 3, 2, 4)]]
    assert panel["also"] == ["blue line: at y = 7", "shaded: x from -1 to 2.5"]


def test_contours_have_heights(ax: Axes) -> None:
    ax.contour([0, 1], [0, 1], [[0, 1], [0, 1]], levels=[0.25])
    ax.contourf([0, 1], [0, 1], [[0, 1], [0, 1]], levels=[0, 0.25])
    (one,) = series(ax)
    assert {row[:2] for row in one["rows"]} == {(0.25, 0.25)}


def test_single_points_of_one_look_are_one_series(ax: Axes) -> None:
    for word, x in (("a", 1), ("b", 2)):
        ax.plot(x, x, "s", color=plotting.RED)
        ax.annotate(word, (x, x), xytext=(5, 5), textcoords="offset points")
    ax.plot(3, 3, "o", color=plotting.RED)
    first, second = series(ax)
    assert first["rows"] == [("a", 1, 1), ("b", 2, 2)]
    assert (first["name"], second["name"]) == ("red squares", "red circles")


def test_names_come_from_labels_texts_and_looks(ax: Axes) -> None:
    t = np.arange(3)
    ax.plot(t, t, color=plotting.BLUE, label="1", **plotting.TRAINING)
    ax.plot(t, t + 1, color=plotting.BLUE, **plotting.THEORY)
    ax.plot(t, t + 2, "--", color=plotting.RED)
    ax.plot(t, t + 3, color=plotting.GREEN)
    ax.text(1, 1.5, "paper", color=plotting.RED)
    ax.text(1, 2.5, "a remark")
    table = next(tables(read_figure(ax.figure)))
    assert table.head == ["x", "1", "1, dotted blue line", "paper", "green line"]
    assert table.rows[1] == [1, 1, 2, 3, 4]


def test_shared_axes_lend_their_label(ax: Axes) -> None:
    figure, (above, below) = plt.subplots(2, sharex=True)
    above.plot([0, 1, 2], [0, 1, 2])
    below.plot([0, 1, 2], [0, 1, 2])
    below.set(xlabel="time", ylabel="loss")
    assert [panel["x"] for panel in read_figure(figure)["panels"]] == ["time", "time"]
    assert read_figure(figure)["panels"][0]["y"] == "y"  # another thing than the loss
    plt.close(figure)


# ---- tables ----


def test_many_rows_are_thinned_evenly_and_that_is_said(ax: Axes) -> None:
    ax.plot(np.arange(5000), np.arange(5000) / 7, ".")
    ax.annotate("here", (4321, 4321 / 7), xytext=(5, 5), textcoords="offset points")
    ax.annotate("there", (7, 1), xytext=(5, 5), textcoords="offset points")
    table = next(tables(read_figure(ax.figure)))
    assert len(table.rows) in (1001, 1002)
    assert [row[1] for row in table.rows if row[0]] == [7, 4321]  # what has a name stays
    places = [row[1] for row in table.rows]
    assert (places[0], places[-1]) == (0, 4999)
    assert max(np.diff(places)) <= 6
    page = as_html(table, 1, "a.csv")
    assert SHOWN <= page.count("<tr><th scope=") <= SHOWN + 2
    assert f"of 5,000 rows, evenly spaced; the file has {len(table.rows):,}." in page
    assert len(list(csv.reader(io.StringIO(as_csv(table))))) == len(table.rows) + 1


def test_series_over_other_values_have_tables_of_their_own(ax: Axes) -> None:
    ax.plot([0, 1, 2], [0, 1, 2], label="a")
    ax.plot([0, 1, 3], [0, 1, 2], label="b")
    assert [(one.caption, one.rows[-1]) for one in tables(read_figure(ax.figure))] == [
        ("a", [2, 2]),
        ("b", [3, 2]),
    ]


def test_groups_of_points_stand_in_one_table(ax: Axes) -> None:
    groups = ["land", "sea", "sea"]
    plotting.word_scatter([1, 2, 3], [3, 2, 1], ["hill", "bay", "reef"], groups=groups, ax=ax)
    (table,) = tables(read_figure(ax.figure))
    assert table.head == ["series", "name", "x", "y"]
    assert table.rows == [
        ["land", "hill", 1, 3],
        ["sea", "bay", 2, 2],
        ["sea", "reef", 3, 1],
    ]


def test_texts_are_escaped_and_formulas_typeset() -> None:
    assert formulas("<b> & $x_1$").startswith("&lt;b&gt; &amp; <span class=")
    assert "<msub>" in formulas("$x_1$")
    assert formulas(r"$\nosuchsign$") == r"\nosuchsign"


# ---- the kernel and the notebook ----


def test_only_figures_have_numbers(ax: Axes) -> None:
    hand_out = NumbersFormatter()
    assert hand_out(3) is None
    assert hand_out("Figure") is None
    ax.plot([0, 1, 2], [3, 4, 5])
    assert hand_out(ax.figure)["panels"]


def test_tables_of_an_interactive_figure_stand_alone() -> None:
    columns = ["x", "y"]
    one = {"kind": "table", "name": "first", "keys": 1, "columns": columns, "total": 1, "wide": 0}
    series_ = [one | {"rows": [[1, 2]]}, one | {"name": "second", "rows": [[1, 3]]}]
    panel = {"title": "", "x": "", "y": "", "log": [], "also": [], "series": series_}
    made = list(tables({"panels": [panel]}))
    assert [(table.caption, table.rows) for table in made] == [
        ("first", [[1, 2]]),
        ("second", [[1, 3]]),
    ]
    (alone,) = tables({"panels": [panel | {"series": series_[:1]}]})
    assert alone.caption == "first"


def test_extension_loads_neither_matplotlib_nor_the_library() -> None:
    code = "import sys, w2vbook.sphinx.figures.numbers\n"
    code += "print({'matplotlib', 'w2vlib'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_numbers_are_taken_out_of_the_outputs() -> None:
    picture = "iVBORw0KGgo="
    cell = nbformat.v4.new_code_cell()
    data = {"image/png": picture, "text/plain": "<Figure>", MIME: {"panels": [1]}}
    cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    cell.outputs.append(nbformat.v4.new_output("stream", text="a line\n"))
    notebook = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("words")])
    take_numbers(notebook)
    assert sorted(cell.outputs[0].data) == ["image/png", "text/plain"]
    assert TAKEN[hashlib.sha256(a2b_base64(picture)).hexdigest()] == {"panels": [1]}


def test_numbers_of_a_widget_are_kept_under_its_id() -> None:
    view = {"version_major": 2, "model_id": "5b49bc88"}
    cell = nbformat.v4.new_code_cell()
    data = {WIDGET_VIEW: view, "text/plain": "a figure", MIME: {"opens": "x", "panels": [2]}}
    cell.outputs = [nbformat.v4.new_output("execute_result", data=data)]
    take_numbers(nbformat.v4.new_notebook(cells=[cell]))
    assert sorted(cell.outputs[0].data) == [WIDGET_VIEW, "text/plain"]
    assert TAKEN["5b49bc88"] == {"opens": "x", "panels": [2]}


def test_figure_around_a_widget_gets_its_numbers() -> None:
    """In the document that MyST-NB makes: a figure, in it the parts of a cell's output."""
    page = new_document("page")
    figure = nodes.figure("", ids=["fig-x"])
    part = nodes.container(mime_type=WIDGET_VIEW)
    part += nodes.raw("", '<script>{"model_id": "a1b2"}</script>', format="html")
    figure += part
    page += [figure, part.deepcopy()]  # the second one stands in no figure, as the cover's does
    TAKEN["a1b2"] = {"panels": [3]}
    keep_numbers(None, page)
    (found,) = page.findall(FigureData)
    assert found.parent is figure
    assert (found["name"], found["numbers"]) == ("fig-x", {"panels": [3]})


def test_stored_notebooks_hold_no_numbers() -> None:
    for path in ROOT.glob("chapters/*.ipynb"):
        assert MIME not in path.read_text(encoding="utf-8"), path.name


# ---- the built site ----


@pytest.fixture(scope="module")
def figures(site: Path) -> dict[str, str]:
    """Return label -> what stands in it for the drawn and interactive figures of the chapters."""
    found = {}
    for path in sorted(site.glob("chapters/*.html")):
        text = path.read_text(encoding="utf-8")
        for one in re.findall(r"<figure\b.*?</figure>", text, re.DOTALL):
            if DRAWN.search(one) or WIDGET_VIEW in one:
                found[re.search(r'id="([^"]*)"', one)[1]] = one
    assert len(found) > 80
    return found


def interactive(figures: dict[str, str]) -> set[str]:
    return {name for name, one in figures.items() if WIDGET_VIEW in one}


def link_of(figure: str) -> str | None:
    found = re.search(
        r'<p class="figure-data"><a href="\.\./([^"]*)">Data of this figure</a>', figure
    )
    return found[1] if found else None


def test_every_figure_leads_to_its_data(figures: dict[str, str]) -> None:
    assert {name for name, one in figures.items() if not link_of(one)} == DRAWINGS
    for name, one in figures.items():
        assert link_of(one) in (f"{FOLDER}/{name}.html", None)
        assert one.count("figure-data") == (name not in DRAWINGS) * 2


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    found = {path.stem: path.read_text("utf-8") for path in (site / FOLDER).glob("*.html")}
    assert found
    return found


def test_there_is_no_other_data(figures: dict[str, str], pages: dict[str, str], site: Path) -> None:
    assert set(pages) == set(figures) - DRAWINGS
    named = {name for page in pages.values() for name in re.findall(r'href="([^"/]+\.csv)"', page)}
    assert named == {path.name for path in (site / FOLDER).glob("*.csv")}


def test_pages_of_interactive_figures_say_at_which_setting(
    figures: dict[str, str], pages: dict[str, str]
) -> None:
    assert len(interactive(figures)) >= 19
    assert {name for name, page in pages.items() if AS_IT_OPENS in page} == interactive(figures)
    opening = "d\u00a0=\u00a08, sigma\u00a0=\u00a01e-08, t\u00a0=\u00a00.2509"
    assert f"{AS_IT_OPENS}{opening}. Its controls change them.</p>\n<div" in pages["fig-01-clock"]


def test_clock_of_chapter_1_has_the_strengths_of_the_library(site: Path) -> None:
    eigvals, _ = w2vlib.top_eigenpairs(w2vlib.m_star(w2vlib.load_statistics(1000)), 8)
    text = (site / FOLDER / "fig-01-clock-1.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(io.StringIO(text))
    assert head[0] == "time t"
    assert head[-1] == "loss, % of its start"
    found = np.array(rows, dtype=float)
    strengths = w2vlib.mode_strengths(found[:, 0], eigvals, 1e-16 * np.arange(8, 0, -1))
    # Times are rounded, too: of the steepest rise, 0.05 x 5e-6 x 261 x 261 / 4.
    np.testing.assert_allclose(found[:, 1:-1], strengths, rtol=1e-3, atol=1e-2)


def test_every_table_has_rows_and_says_what_it_is(pages: dict[str, str], site: Path) -> None:
    for name, page in pages.items():
        found = re.findall(r"<table>(.*?)</table>", page, re.DOTALL)
        assert found, name
        for count, table in enumerate(found, 1):
            caption = re.search(r'<caption id="table-(\d+)">(.+?)</caption>', table, re.DOTALL)
            assert caption, name
            assert caption[1] == str(count)
            head, body = table.split("<tbody>")
            heads = head.split("<thead>")[1].split('<th scope="col">')[1:]
            assert all(re.sub(r"<[^>]*>|\s", "", one) for one in heads), f"{name}: a bare column"
            rows = body.split('<tr><th scope="row">')[1:]
            assert rows, name
            assert {row.count("<td>") for row in rows} == {len(heads) - 1}, name
            file = (site / FOLDER / f"{name}-{count}.csv").read_text(encoding="utf-8")
            lines = list(csv.reader(io.StringIO(file)))
            assert len(lines) > len(rows)
            assert {len(line) for line in lines} == {len(heads)}, name


def test_pages_hold_no_script_and_little(pages: dict[str, str], site: Path) -> None:
    for name, page in pages.items():
        assert not re.search(r"<script|\son\w+=|https?://(?!www\.w3\.org)", page), name
        assert len(page.encode()) < 150_000, name
    sizes = [path.stat().st_size for path in (site / FOLDER).iterdir()]
    assert max(sizes) < 300_000
    assert sum(sizes) < 4_000_000


def test_search_does_not_know_the_data(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert FOLDER not in index


def test_numbers_are_those_of_the_library(site: Path) -> None:
    stats = w2vlib.load_statistics()
    row = 4374
    share = stats.pair_counts[row] / stats.pair_counts.sum()
    chance = share / stats.p_i[row] / stats.p_i
    chance[row] = 0
    top = np.argsort(-chance)[:10]
    text = (site / FOLDER / "fig-02-hidden-1.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["category", "times more often than chance"]
    assert [word for word, _ in rows] == [stats.words[place] for place in top]
    assert all(
        math.isclose(float(value), chance[place], rel_tol=1e-4)
        for (_, value), place in zip(rows, top, strict=True)
    )


def test_caption_is_that_of_the_figure(figures: dict[str, str], pages: dict[str, str]) -> None:
    for name, page in pages.items():
        number, caption = caption_of(name, figures[name])
        assert f"<h1>Data of {number}</h1>\n<p>{caption}</p>" in page
        assert "<a " not in caption
        assert re.fullmatch(r"Figure [\w.]+", unescape(number))


@pytest.mark.browser
@pytest.mark.parametrize("name", OPENED)
def test_page_can_be_read_by_everyone(
    name: str, site: Path, browser: Browser, serve: Callable[[Path], str]
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, color_scheme="dark")
    page = context.new_page()
    wrong: list[str] = []
    page.on(
        "console",
        lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None,
    )
    page.goto(f"{serve(site)}/{FOLDER}/{name}.html", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not faults(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    assert not faults(page, only=OF_COLOURS)
    page.get_by_role("link", name="Back to Figure").click()
    page.wait_for_url(f"**/chapters/*.html#{name}")
    assert not wrong
    context.close()


@pytest.mark.browser
def test_page_opens_as_a_file_and_the_link_is_not_printed(site: Path, browser: Browser) -> None:
    page = browser.new_page(bypass_csp=False)
    page.goto((site / "chapters" / "02_words_to_numbers.html").as_uri())
    link = page.locator("#fig-02-hidden").get_by_role("link", name="Data of this figure")
    page.emulate_media(media="print")
    assert not link.is_visible()
    page.emulate_media(media="screen")
    link.click()
    page.wait_for_url(f"**/{FOLDER}/fig-02-hidden.html")
    assert page.get_by_role("rowheader").count() == 10
    page.close()
