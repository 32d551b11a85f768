"""The look of the book: colours that everyone can tell apart, and what each figure draws."""

import itertools
import subprocess
import sys
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from colour_vision import LIGHT, SIGHT, closest, contrast
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import W2VError, plotting
from w2vlib.plotting._axes import overlap, spread

NAN = float("nan")


@pytest.fixture(autouse=True)
def book_style():
    with plt.rc_context():
        plt.switch_backend("agg")
        plotting.use_book_style()
        yield
        plt.close("all")


def boxes(texts):
    """Pixel boxes of texts as they are drawn at last, lines to them left out: (x0, y0, x1, y1)."""
    texts[0].figure.draw_without_rendering()
    return np.array([mpl.text.Text.get_window_extent(text).extents for text in texts])


def overlapping(table):
    return [
        (i, j)
        for i, j in itertools.combinations(range(len(table)), 2)
        if overlap(table[[i]], table[[j]]) > 1e-6
    ]


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize("color", [*plotting.PALETTE, plotting.GREY])
def test_every_colour_reads_as_text_on_the_background(color):
    for background in (plotting.PAPER, *LIGHT):
        assert contrast(color, background) >= 4.5  # WCAG 2, level AA


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_stay_apart_for_every_reader(sight):
    distance, one, other = closest({color: color for color in plotting.PALETTE}, sight)
    assert distance >= 12, (one, other)


def test_each_colour_has_a_marker():
    assert len(set(plotting.PALETTE)) == len(set(plotting.MARKERS)) == len(plotting.PALETTE)
    assert len(plotting.MARKERS) == len(plotting.PALETTE)


# ---------------------------------------------------------------- style


def test_figures_are_opaque_and_letters_hold_on_a_phone():
    figure, ax = plt.subplots()
    figure.canvas.draw()
    assert np.asarray(figure.canvas.buffer_rgba())[..., 3].min() == 255
    assert figure.get_figwidth() == 6.4
    pixels_at_330 = 330 / (72 * figure.get_figwidth())
    for text in (ax.xaxis.label, ax.text(0, 0, "word"), *ax.get_xticklabels()):
        assert text.get_fontsize() * pixels_at_330 >= 8.5


def test_the_style_file_has_the_colours_of_the_library():
    rc = mpl.rcParams
    assert tuple(rc["axes.prop_cycle"].by_key()["color"]) == plotting.PALETTE
    for names, color in (
        ("figure.facecolor savefig.facecolor axes.facecolor", plotting.PAPER),
        ("text.color axes.labelcolor xtick.color ytick.color", plotting.INK),
        ("axes.edgecolor", plotting.GREY),
    ):
        for name in names.split():
            assert mpl.colors.same_color(rc[name], color), name


def test_only_fonts_that_come_with_matplotlib_are_used(tmp_path):
    _, ax = plt.subplots()
    ax.set_title(r"λ → −∞, “words” ≤ 2 · $\lambda_k$, straße")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a missing letter is a warning
        plt.savefig(tmp_path / "figure.png")
    found = mpl.font_manager.findfont(mpl.rcParams["font.family"][0])
    assert found.startswith(mpl.get_data_path())


def test_theory_is_dotted_and_shows_on_top_of_solid_training():
    _, ax = plt.subplots()
    (training,) = ax.plot([0, 1], [0, 0], color=plotting.BLUE, **plotting.TRAINING)
    (theory,) = ax.plot([0, 1], [0, 0], color=plotting.BLUE, **plotting.THEORY)
    ax.set_axis_off()
    assert training.get_linestyle() == "-"
    assert theory.get_linestyle() == "--"  # what matplotlib calls every pattern of its own
    assert theory.get_zorder() > training.get_zorder()

    def light():
        ax.figure.canvas.draw()
        return np.asarray(ax.figure.canvas.buffer_rgba())[..., 0] > 220  # the red of paper

    both = light()
    theory.set_visible(False)
    rims = both & ~light()
    assert rims.sum() > 300  # the dots have the colour of the line, so rims must part them


def test_plotting_does_not_import_torch():
    code = "import sys, w2vlib.plotting; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---------------------------------------------------------------- heat map

TABLE = np.array([[2.0, -1.0, -np.inf], [-1.0, 0.0, 0.5], [-np.inf, 0.5, 1.0]])


def test_the_heat_map_is_centred_at_zero():
    ax = plotting.word_heatmap(TABLE, ["a", "b", "c"], label="PMI")
    (image,) = ax.images
    assert image.get_clim() == (-2, 2)
    red, green, blue, _ = image.to_rgba(0.0)
    assert min(red, green, blue) > 0.95
    assert image.to_rgba(-2.0)[2] > image.to_rgba(-2.0)[0]  # purple below
    assert image.to_rgba(2.0)[0] > image.to_rgba(2.0)[2]  # orange above
    assert image.colorbar.ax.get_ylabel() == "PMI"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c"]


def test_the_heat_map_writes_small_tables_and_marks_what_is_not_finite():
    ax = plotting.word_heatmap(TABLE, ["a", "b", "c"])
    written = {(t.get_position()): t.get_text() for t in ax.texts}
    assert written[0, 0] == "2.0"
    assert written[1, 0] == "−1.0"
    assert written[2, 0] == "−∞"
    assert ax.images[0].get_array().mask.tolist() == (~np.isfinite(TABLE)).tolist()
    for text in ax.texts:
        column, row = text.get_position()
        background = ax.images[0].to_rgba(ax.images[0].get_array())[row, column, :3]
        assert contrast(text.get_color(), background) >= 4.5
    assert not plotting.word_heatmap(np.eye(9), list("abcdefghi")).texts
    assert len(plotting.word_heatmap(np.eye(9), list("abcdefghi"), values=True).texts) == 81


@pytest.mark.parametrize("value", np.linspace(-1, 1, 21))
def test_written_values_read_on_every_colour(value):
    ax = plotting.word_heatmap([[1.0, value], [value, 0.0]], ["a", "b"], limit=1)
    background = ax.images[0].to_rgba(value)[:3]
    assert contrast(ax.texts[1].get_color(), background) >= 4.5


def test_a_table_of_nothing_but_zeros_is_drawn():
    assert plotting.word_heatmap(np.zeros((2, 2)), ["a", "b"]).images[0].get_clim() == (-1, 1)


@pytest.mark.parametrize(
    ("matrix", "options", "message"),
    [
        (np.ones((2, 3)), {}, r"shape \(2, 3\) for 2 words; pass a symmetric one, \(2, 2\)"),
        ([[0.0, 1.0], [2.0, 0.0]], {}, r"pass a symmetric one"),
        (np.eye(2), {"limit": 0.0}, r"limit=0\.0; choose a finite number above 0"),
        (np.eye(2), {"limit": NAN}, r"limit=nan"),
        (np.eye(2), {"limit": "x"}, r"limit='x'; choose a finite number above 0"),
    ],
)
def test_heat_maps_that_cannot_be_are_refused(matrix, options, message):
    with pytest.raises(W2VError, match=message):
        plotting.word_heatmap(matrix, ["a", "b"], **options)


def test_a_heat_map_of_nothing_is_refused():
    with pytest.raises(W2VError, match="0 words; a heat map needs at least one"):
        plotting.word_heatmap(np.zeros((0, 0)), [])


@pytest.mark.parametrize("values", [[[1j]], "x", [[1], [1, 2]], [[10**400]]])
def test_what_is_no_real_numbers_is_refused(values):
    with pytest.raises(W2VError, match=r"the matrix is no.*; pass numbers"):
        plotting.word_heatmap(values, ["a"])
    with pytest.raises(W2VError, match=r"eigvals is no.*; pass numbers"):
        plotting.spectrum(values)


def test_dollar_signs_in_words_begin_no_formula():
    words = ["$x$", r"$\foo$"]
    for ax in (
        plotting.word_heatmap(np.eye(2), words),
        plotting.word_scatter([0, 1], [0, 1], words),
        plotting.labelled_bars([1, 2], words),
    ):
        ax.figure.draw_without_rendering()  # fails at an unknown formula
        texts = [*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts]
        shown = [text for text in texts if text.get_text() in words]
        assert len(shown) >= 2
        assert not any(text.get_parse_math() for text in shown)


# ---------------------------------------------------------------- scatter


def test_names_cover_neither_each_other_nor_points_where_there_is_room():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 24))
    ax = plotting.word_scatter(x, y, [f"word{k}" for k in range(24)])
    table = boxes(ax.texts)
    assert overlapping(table) == []
    points = ax.transData.transform(np.column_stack([x, y]))
    assert overlap(table, np.hstack([points - 4, points + 4])).sum() == 0
    frame = ax.get_window_extent()
    assert np.all(table[:, :2] > [frame.x0 - 1, frame.y0 - 1])
    assert np.all(table[:, 2:] < [frame.x1 + 1, frame.y1 + 1])


def test_words_at_one_place_are_spread_and_tied_to_it():
    ax = plotting.word_scatter(np.zeros(8), np.zeros(8), [f"name{k}" for k in range(8)])
    table = boxes(ax.texts)
    assert overlapping(table) == []
    near = np.abs(table - np.tile(ax.transData.transform((0, 0)), 2)).min(axis=1) < 12
    assert near.any()
    assert not near.all()
    assert [t.arrow_patch is None for t in ax.texts] == near.tolist()


def test_groups_differ_in_colour_and_marker():
    words = ["june", "may", "cat", ""]
    ax = plotting.word_scatter([0, 1, 2, 3], [1, 0, 2, 3], words, groups=["m", "m", "a", "a"])
    months, animals = (line for line in ax.lines if line.get_label() in "ma")
    assert months.get_color() != animals.get_color()
    assert months.get_marker() != animals.get_marker()
    assert months.get_xdata().tolist() == [0, 1]
    assert [(t.get_text(), t.get_color()) for t in ax.texts] == [
        ("june", months.get_color()),
        ("may", months.get_color()),
        ("cat", animals.get_color()),
    ]


@pytest.mark.parametrize(
    ("x", "y", "words", "groups", "message"),
    [
        ([1, 2], [1, 2], ["a"], None, r"2 x, 2 y, 1 words and 1 groups; pass one of each"),
        ([1], [1, 2], ["a"], None, r"1 x, 2 y"),
        ([1], [1], ["a"], [1, 2], r"1 words and 2 groups"),
        ([], [], [], None, r"entries of x are NaN or infinite; pass finite numbers, at least one"),
        ([NAN], [1], ["a"], None, r"1 of the 1 entries of x are NaN"),
        ([1], [[1]], ["a"], None, r"y has shape \(1, 1\); pass a vector"),
        ([1], [1], "a", None, r"words is one string, 'a'; pass a list of words"),
        ([1], [1], None, None, r"words is None; pass a list of words"),
        ([1], [1], ["a"], 3, r"groups is 3; pass a list of names"),
        (range(7), range(7), list("abcdefg"), range(7), r"7 groups but 6 colours; put some groups"),
    ],
)
def test_scatters_that_cannot_be_are_refused(x, y, words, groups, message):
    with pytest.raises(W2VError, match=message):
        plotting.word_scatter(x, y, words, groups=groups)


# ---------------------------------------------------------------- spectrum


def test_the_spectrum_shows_both_signs_by_size():
    ax = plotting.spectrum([1.0, -50.0, 9.0, 0.0, -2.0, 3.0], label="M*")
    positive, negative = ax.lines
    assert positive.get_xydata().tolist() == [[1, 9], [2, 3], [3, 1]]
    assert negative.get_xydata().tolist() == [[1, 50], [2, 2]]
    assert positive.get_markerfacecolor() != negative.get_markerfacecolor() == plotting.PAPER
    assert positive.get_marker() != negative.get_marker()
    assert ax.get_xscale() == ax.get_yscale() == "log"
    plotting.spectrum([4.0], ax=ax, color=plotting.RED, label="PPMI")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "M*: 3 positive",
        "M*: 2 negative, as |λ|",
        "PPMI: 1 positive",
    ]


@pytest.mark.parametrize(("top", "few"), [(20, 2), (5000, 3), (1e7, 5)])
def test_the_spectrum_has_some_plain_numbers_on_its_axis(top, few):
    ax = plotting.spectrum(np.geomspace(1.5, top, 50))
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    shown = [t.get_text() for t in ax.get_yticklabels() if low <= t.get_position()[1] <= high]
    assert few <= len(shown) <= 8
    assert not any("mathdefault" in text for text in shown)


@pytest.mark.parametrize(
    ("eigvals", "message"),
    [
        ([0.0, 0.0], "none of the 2 eigenvalues differs from zero"),
        ([1.0, NAN], r"1 of the 2 entries of eigvals are NaN"),
        (np.eye(2), r"eigvals has shape \(2, 2\)"),
    ],
)
def test_spectra_that_cannot_be_are_refused(eigvals, message):
    with pytest.raises(W2VError, match=message):
        plotting.spectrum(eigvals)


# ---------------------------------------------------------------- bars


def test_bars_carry_their_values_at_their_ends():
    ax = plotting.labelled_bars([3.0, -2.0], ["up", "down"], intervals=[[2, 4], [-2.5, -1]])
    assert [bar.get_width() for bar in ax.patches] == [3, -2]
    assert [(t.get_text(), t.xy, t.get_ha()) for t in ax.texts] == [
        ("3.0", (4, 0), "left"),
        ("−2.0", (-2.5, 1), "right"),
    ]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["up", "down"]
    assert ax.yaxis_inverted()
    (segments,) = (c.get_segments() for c in ax.collections)
    assert [s[:, 0].tolist() for s in segments] == [[2, 4], [-2.5, -1]]
    table, frame = boxes(ax.texts), ax.get_window_extent()
    assert frame.x0 < table[:, 0].min()
    assert table[:, 2].max() < frame.x1


@pytest.mark.parametrize(
    ("values", "labels", "intervals", "message"),
    [
        ([1, 2], ["a"], None, r"2 values but 1 labels"),
        ([1], None, None, r"labels is None; pass a list of names"),
        ([], [], None, r"entries of values are NaN or infinite; pass finite numbers, at least one"),
        ([NAN], ["a"], None, r"1 of the 1 entries of values are NaN"),
        ([1], ["a"], [0, 2], r"intervals has shape \(2,\); pass \(1, 2\)"),
        ([1], ["a"], [[2, 3]], r"an interval does not hold its value"),
        ([1], ["a"], [[-np.inf, 3]], r"pass lower <= value <= upper"),
        ([1], ["a"], [[NAN, 3]], r"an interval does not hold its value"),
    ],
)
def test_bars_that_cannot_be_are_refused(values, labels, intervals, message):
    with pytest.raises(W2VError, match=message):
        plotting.labelled_bars(values, labels, intervals=intervals)


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("{:.1f} (pre-trained)", "−1.5 (pre-trained)"),
        ("two-sided: {:g}", "two-sided: −1.5"),
        ("{:.1e}", "−1.5e+00"),
        ("{0:.0f} to {0:+.2f}, 2020-21", "−2 to −1.50, 2020-21"),
    ],
)
def test_only_the_sign_of_a_number_becomes_a_true_minus(form, shown):
    assert plotting.labelled_bars([-1.5], ["a"], form=form).texts[0].get_text() == shown


@pytest.mark.parametrize("form", ["{:d}", "{x}", "{:.1f", "{1}", None, 3])
def test_what_is_no_format_is_refused(form):
    with pytest.raises(W2VError, match=r"form=.* does not format the number 1 .*; pass one such"):
        plotting.labelled_bars([1.0], ["a"], form=form)
    assert not plt.get_fignums()  # nothing half drawn is left


def test_what_is_no_axes_is_refused():
    figure, both = plt.subplots(1, 2)
    for ax in (figure, both, "x"):
        for draw in (
            lambda ax: plotting.spectrum([1.0], ax=ax),
            lambda ax: plotting.labelled_bars([1.0], ["a"], ax=ax),
            lambda ax: plotting.word_heatmap([[1.0]], ["a"], ax=ax),
            lambda ax: plotting.word_scatter([1.0], [1.0], ["a"], ax=ax),
            plotting.label_lines,
        ):
            with pytest.raises(W2VError, match=r"ax is .*; pass Axes, such as"):
                draw(ax)


# ---------------------------------------------------------------- labels of lines


def test_lines_are_named_at_their_right_ends():
    _, ax = plt.subplots()
    ax.plot([0, 5, 9], [0, 1, 7], label="first")
    ax.plot([9, 0], [3, 0], label="falls to the left")
    ax.plot([0, 4, 5], [1, 2, NAN], label="stops early")
    ax.plot([0, 1], [5, 5])
    ax.plot([NAN], [NAN], label="empty")
    plotting.label_lines(ax)
    assert {t.get_text(): t.xy for t in ax.texts} == {
        "first": (9, 7),
        "falls to the left": (9, 3),
        "stops early": (4, 2),
    }
    assert [t.get_color() for t in ax.texts] == [line.get_color() for line in ax.lines[:3]]


@pytest.mark.parametrize(
    "x", [["may", "june"], np.array(["2020-01-01", "2021-01-01"], "datetime64[D]")]
)
def test_lines_over_categories_and_dates_are_named(x):
    _, ax = plt.subplots()
    ax.plot(x, [1, 2], label="rising")
    assert [(t.get_text(), t.xy[1]) for t in plotting.label_lines(ax).texts] == [("rising", 2)]


def test_what_is_no_line_is_refused():
    with pytest.raises(W2VError, match=r"lines\[0\] is .*None.*; pass Line2D"):
        plotting.label_lines(lines=[None])


def test_chosen_lines_of_the_current_axes():
    lines = plt.plot([0, 1], [[0, 1], [1, 2]], label=["a", "b"])
    assert [t.get_text() for t in plotting.label_lines(lines=lines[1:]).texts] == ["b"]
    assert not plotting.label_lines(plt.subplots()[1]).texts


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_names_of_lines_that_end_together_are_moved_apart_inside_the_figure(scale):
    _, ax = plt.subplots()
    for k, end in enumerate([1.0, 1.001, 1.002, 1.003, 9.0]):
        ax.plot([0, 1], [0.5, end], label=f"mode {k}")
    ax.set_yscale(scale)
    plotting.label_lines(ax)
    table = boxes(ax.texts)
    assert overlapping(table) == []
    assert np.all(np.diff(table[:, 1]) > 0)  # in the order of the lines
    assert table[:, 2].max() <= ax.figure.bbox.x1
    assert ax.texts[4].xyann[1] == pytest.approx(0, abs=1e-6)  # has room, stays where it is


def test_heights_move_by_the_least_sum_of_squares():
    assert spread(np.array([0.0, 10.0, 11.0]), 3.0).tolist() == [0, 9, 12]


def test_the_area_that_boxes_share():
    others = np.array([[1.0, 1, 3, 3], [5, 5, 6, 6]])
    assert overlap(np.array([[0.0, 0, 2, 2]]), others).tolist() == [[1, 0]]


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8), st.floats(0.1, 20))
def test_spread_keeps_gaps_order_and_balance(heights, gap):
    heights = np.array(heights)
    moved = spread(heights, gap)
    order = np.argsort(heights, kind="stable")
    assert np.all(np.diff(moved[order]) >= gap - 1e-9)
    assert moved.sum() == pytest.approx(heights.sum(), abs=1e-6)
    if len(heights) == 1 or np.diff(heights[order]).min() >= gap:
        np.testing.assert_allclose(moved, heights, atol=1e-9)
