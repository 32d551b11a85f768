"""SymmetryExplorer: what it carries, its numbers against NumPy and SciPy, what hands do to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.fft
import scipy.linalg
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, slider, trait, unpacked

import w2vlib
from w2vbook.interactives import SymmetryExplorer
from w2vbook.interactives._base import Interactive
from w2vlib import W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ["symmetry_explorer"]
CLOSE = 1e-6
MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
ORDINALS = [
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
]
YEARS = [str(year) for year in range(1800, 2011, 3)]


def grid() -> np.ndarray:
    """Return 20 places around half the globe, latitude beside longitude, east first."""
    rng = np.random.default_rng(3)
    return np.column_stack([rng.uniform(-50, 70, 20), np.linspace(170, -120, 20)])


@pytest.fixture(scope="module")
def explorer() -> SymmetryExplorer:
    path = w2vlib.corpus.BUNDLED.parent / "enwiki_ordered_words.npz"
    stats = w2vlib.CorpusStatistics.load(path)
    target = w2vlib.m_star(stats)

    def block(words: list[str]) -> np.ndarray:
        rows = [stats.index[word] for word in words]
        return target[np.ix_(rows, rows)]

    dated = [f"{name}_dated" if name in ("march", "may") else name for name in MONTHS]
    steps = np.linalg.norm(grid()[:, None] - grid(), axis=2)
    noise = np.random.default_rng(4).normal(0, 0.1, (20, 20))
    return SymmetryExplorer(
        {
            "months": (MONTHS, block(dated), "ring"),
            "months as they are": (MONTHS, block(MONTHS), "ring"),
            "ordinals": (ORDINALS, block(ORDINALS), "line"),
            "years": (YEARS, block(YEARS), "line"),
            "places": (
                [f"place {i}" for i in range(20)],
                np.exp(-steps / 60) + noise + noise.T,
                grid(),
            ),
        }
    )


@pytest.fixture(scope="module")
def figures(explorer: SymmetryExplorer) -> dict[str, Interactive]:
    return {"symmetry_explorer": explorer}


def centred(A: np.ndarray) -> np.ndarray:
    J = np.eye(len(A)) - 1 / len(A)
    return J @ A @ J


def pca(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(centred(A))
    return values[::-1], vectors[:, ::-1]


def distance(n: int, order: str) -> np.ndarray:
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.minimum(steps, n - steps) if order == "ring" else steps


def averaged(A: np.ndarray, apart: np.ndarray) -> np.ndarray:
    return np.array([A[apart == m].mean() if (apart == m).any() else 0 for m in range(99)])[apart]


def explained(A: np.ndarray, ideal: np.ndarray) -> float:
    """Return the share of variance that distance explains, as Chapter 11 writes it."""
    off = ~np.eye(len(A), dtype=bool)
    return float(1 - np.var((A - ideal)[off]) / np.var(A[off]))


def slow_waves(n: int, order: str) -> np.ndarray:
    i = np.arange(n)
    if order == "ring":
        return np.column_stack([np.cos(2 * np.pi * i / n), np.sin(2 * np.pi * i / n)])
    return np.column_stack([np.cos(np.pi * k * (i + 0.5) / n) for k in (1, 2)])


def overlap(vectors: np.ndarray, waves: np.ndarray) -> float:
    Q, _ = np.linalg.qr(waves - waves.mean(axis=0))
    return float(np.sum((vectors.T @ Q) ** 2) / Q.shape[1])


def run(page: Page, body: str, *arguments: Any) -> Any:
    """Run JavaScript that may use the figure's functions; ``a`` are the arguments."""
    return page.evaluate(
        f"""async (a) => {{ const m = await import("./symmetry_explorer.js");
        const flat = (rows) => Float64Array.from(rows.flat()); {body} }}""",
        list(arguments),
    )


# ---- the Python side ----


def test_blocks_and_distances_are_carried(explorer: SymmetryExplorer) -> None:
    blocks = np.frombuffer(explorer.blocks, "<f4")
    apart = np.frombuffer(explorer.apart, "u1")
    sizes = [len(one["words"]) for one in explorer.sets]
    assert sizes == [12, 12, 12, len(YEARS), 20]
    assert len(blocks) == len(apart) == sum(n * n for n in sizes)
    for one in explorer.sets[:4]:
        n, start = len(one["words"]), one["start"]
        assert (apart[start : start + n * n].reshape(n, n) == distance(n, one["order"])).all()
    stats = w2vlib.CorpusStatistics.load(w2vlib.corpus.BUNDLED.parent / "enwiki_ordered_words.npz")
    i, j = (stats.index[word] for word in ("third", "first"))
    assert explorer.block("ordinals")[2, 0] == pytest.approx(w2vlib.m_star(stats)[i, j], rel=1e-6)


def test_places_run_from_west_to_east_and_lie_on_a_globe(explorer: SymmetryExplorer) -> None:
    one = explorer.sets[-1]
    assert one["order"] == "map"
    assert one["words"] == [f"place {i}" for i in range(19, -1, -1)]
    assert one["points"] == grid()[::-1].tolist()
    steps = np.linalg.norm(grid()[:, None] - grid(), axis=2)
    nearness = np.corrcoef(
        explorer.block("places").ravel(), np.exp(-steps[::-1, ::-1] / 60).ravel()
    )
    assert nearness[0, 1] > 0.8
    apart = np.frombuffer(explorer.apart, "u1")[one["start"] :].reshape(20, 20)
    (lat1, lon1), (lat2, lon2) = np.radians(grid()[19]), np.radians(grid()[4])
    half = np.sin((lat2 - lat1) / 2) ** 2  # the haversine formula
    half += np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    assert apart[0, 15] == np.ceil(2 * 6.371 * np.arcsin(np.sqrt(half)))
    assert (np.diag(apart) == 0).all()
    assert (apart + np.eye(20) > 0).all()


def test_it_says_what_it_shows(explorer: SymmetryExplorer) -> None:
    assert repr(explorer) == "SymmetryExplorer(5 sets, 'months' shown: 12 words on a ring)"
    text = explorer.text_alternative()
    values, _ = pca(explorer.block("ordinals"))
    told = ", ".join(f"{value:.3g}" for value in values[:3])
    assert f"ordinals (12 words on a line) {told};" in text
    with pytest.raises(W2VError, match="no set 'weeks'; there are months, months as they are"):
        explorer.block("weeks")


LINE = np.exp(-distance(8, "line") / 3)
WORDS = list("abcdefgh")


@pytest.mark.parametrize(
    ("sets", "options", "message"),
    [
        ({}, {}, "0 sets of words; pass at least one"),
        ({"x": (WORDS[:6], LINE[:6, :6], "line")}, {}, "x: 6 words; pass a list of 7 to 90"),
        ({"x": ("abcdefgh", LINE, "line")}, {}, "x: 8 words; pass a list"),
        ({"x": (["a"] * 91, np.eye(91), "line")}, {}, "91 words"),
        ({"x": (WORDS, LINE[:7], "line")}, {}, r"shape \(7, 8\); 8 words need \(8, 8\)"),
        ({"x": (WORDS, np.triu(LINE), "line")}, {}, "not finite and symmetric"),
        ({"x": (WORDS, LINE * np.nan, "line")}, {}, "not finite and symmetric"),
        ({"x": (WORDS, np.eye(8), "line")}, {}, "all entries beside the diagonal are alike"),
        ({"x": (WORDS, LINE, "circle")}, {}, "order='circle'; choose 'ring', 'line', or pass"),
        ({"x": (WORDS, LINE, grid())}, {}, r"coordinates of shape \(20, 2\); 8 words need"),
        ({"x": (WORDS, LINE, grid()[:8, ::-1])}, {}, "latitudes from -90 to 90"),
        ({"x": (WORDS, LINE, grid()[:8] * np.nan)}, {}, "latitudes from -90 to 90"),
        ({"x": (WORDS, LINE, "line")}, {"shown": "y"}, "shown='y'; choose one of x"),
        (
            {"x": (WORDS, LINE, "line")},
            {"directions": (1, 8)},
            r"directions\[1\]=8; choose.*1 to 7",
        ),
        (
            {"x": (WORDS, LINE, "line")},
            {"directions": (1,)},
            r"directions=\[1\]; pass 2 whole numbers",
        ),
        ({"x": (WORDS, LINE, "line")}, {"mix": 1.1}, "mix=1.1; choose a number from 0 to 1"),
        ({"x": (WORDS, LINE, "line")}, {"mix": float("nan")}, "mix=nan"),
        ({"x": (WORDS, LINE, "line")}, {"shuffle": 1000}, "shuffle=1000; .*0 to 999"),
    ],
)
def test_bad_input_is_refused_with_numbers_and_a_remedy(
    sets: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(W2VError, match=message):
        SymmetryExplorer(sets, **options)


@pytest.mark.parametrize(
    ("name", "value"),
    [("shown", "weeks"), ("directions", [0, 1]), ("mix", -0.1), ("shuffle", -1)],
)
def test_bad_values_are_refused_later_as_well(
    name: str, value: Any, explorer: SymmetryExplorer
) -> None:
    before = getattr(explorer, name)
    with pytest.raises(W2VError):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before
    assert name in explorer.linked


# ---- numbers ----


@pytest.mark.browser
def test_eigenpairs_are_those_of_numpy(explorer: SymmetryExplorer, open_page: Open) -> None:
    page = open_page()
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(40, 40))
    ring = scipy.linalg.circulant(np.exp(-distance(12, "ring")[0] / 2))  # equal pairs
    blocks = [centred(explorer.block(one["name"])) for one in explorer.sets]
    for A in (noise + noise.T, ring, -np.eye(3), np.zeros((4, 4)), *blocks):
        values, _ = np.linalg.eigh(A)
        got, vectors = run(
            page,
            """const [A, n] = [flat(a[0]), a[0].length];
            const { atOnce, eigenpairs } = await import("./eigen.js");
            const { values, vectors } = atOnce(eigenpairs(A, n, n));
            return [values, vectors.map((v) => [...v])];""",
            A.tolist(),
        )
        np.testing.assert_allclose(got, values[::-1], atol=CLOSE)
        V = np.array(vectors).T
        np.testing.assert_allclose(V.T @ V, np.eye(len(A)), atol=CLOSE)
        np.testing.assert_allclose(V @ np.diag(got) @ V.T, A, atol=CLOSE)


@pytest.mark.browser
def test_averages_and_shares_are_those_of_the_chapter(
    explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page()
    apart = np.frombuffer(explorer.apart, "u1")
    for one in explorer.sets:
        A, n = explorer.block(one["name"]), len(one["words"])
        steps = apart[one["start"] : one["start"] + n * n].reshape(n, n)
        middle, mean, share = run(
            page,
            """const [A, n, apart] = [flat(a[0]), a[0].length, a[1].flat()];
            const ideal = m.average(A, (i) => apart[i]);
            return [[...m.centred(A, n)], [...ideal], m.explained(A, ideal, n)];""",
            A.tolist(),
            steps.tolist(),
        )
        ideal = averaged(A, steps)
        np.testing.assert_allclose(np.reshape(middle, A.shape), centred(A), atol=CLOSE)
        np.testing.assert_allclose(np.reshape(mean, A.shape), ideal, atol=CLOSE)
        assert share == pytest.approx(explained(A, ideal), abs=CLOSE)
        if one["order"] == "ring":
            np.testing.assert_allclose(ideal, scipy.linalg.circulant(ideal[0]), atol=1e-9)
        if one["order"] == "line":
            np.testing.assert_allclose(ideal, scipy.linalg.toeplitz(ideal[0]), atol=1e-9)


WAVES = """return m.waves(...a).map(({ name, mark, columns }) =>
  ({ name, mark, columns: columns.map((column) => [...column]) }));"""


@pytest.mark.browser
@pytest.mark.parametrize("n", [7, 12, 31])
def test_waves_around_a_ring_are_eigenvectors_of_every_circulant_matrix(
    n: int, open_page: Open
) -> None:
    kernel = np.random.default_rng(n).normal(size=n)
    A = scipy.linalg.circulant(kernel + kernel[-np.arange(n)])
    hat = np.fft.fft(A[0]).real
    found = run(open_page(), WAVES, n, "ring")
    columns = np.array([column for one in found for column in one["columns"]]).T
    np.testing.assert_allclose(columns.T @ columns, np.eye(n - 1), atol=CLOSE)
    for k, one in enumerate(found, start=1):
        assert one["mark"] == k
        assert len(one["columns"]) == (1 if 2 * k == n else 2)
        for column in one["columns"]:
            np.testing.assert_allclose(A @ column, hat[k] * np.array(column), atol=CLOSE)


@pytest.mark.browser
def test_waves_along_a_line_are_cosines_and_places_have_coordinates(open_page: Open) -> None:
    page = open_page()
    found = run(page, WAVES, 9, "line")
    columns = np.array([column for one in found for column in one["columns"]])
    expected = scipy.fft.dct(np.eye(9), axis=0, norm="ortho")[1:]
    np.testing.assert_allclose(columns, -expected, atol=CLOSE)
    found = run(page, WAVES, 20, "map", grid().tolist())
    assert [one["name"] for one in found] == ["longitude", "latitude"]
    for one, values in zip(found, grid().T[::-1], strict=True):
        unit = (values - values.mean()) / np.std(values) / np.sqrt(20)
        np.testing.assert_allclose(one["columns"], [unit], atol=CLOSE)


@pytest.mark.browser
def test_overlap_and_shuffles(explorer: SymmetryExplorer, open_page: Open) -> None:
    page = open_page()
    _, vectors = pca(explorer.block("months"))
    waves = slow_waves(12, "ring")
    orders, overlaps = run(
        page,
        """const slow = m.waves(12, "ring")[0].columns;
        const orders = Array.from({ length: 1001 }, (_, seed) => m.permutation(12, seed));
        return [orders, orders.map((order) => m.overlap(a[0], slow, order))];""",
        vectors[:, :2].T.tolist(),
    )
    assert orders[0] == list(range(12))
    assert all(sorted(order) == orders[0] for order in orders)
    for order, found in list(zip(orders, overlaps, strict=True))[:50]:
        assert found == pytest.approx(overlap(vectors[:, :2], waves[order]), abs=CLOSE)
    # Each item comes to each place about as often: chi-square with 121 degrees of freedom.
    counts = np.array([np.bincount(place, minlength=12) for place in np.transpose(orders[1:])])
    assert np.sum((counts - 1000 / 12) ** 2 / (1000 / 12)) < 180
    rng = np.random.default_rng(0)
    null = [overlap(vectors[:, :2], waves[rng.permutation(12)]) for _ in range(4000)]
    assert np.quantile(overlaps[1:], 0.95) == pytest.approx(np.quantile(null, 0.95), abs=0.03)


# ---- what hands do ----


def text_of(page: Page) -> str:
    page.evaluate("frames()")
    return str(page.locator(".w2v > p").first.inner_text())


def points(page: Page) -> np.ndarray:
    """Return where the words stand, in the pixels of the picture."""
    page.evaluate("frames()")
    return np.array(
        page.eval_on_selector_all(
            "circle.dot", "all => all.map((c) => ['cx', 'cy'].map((k) => +c.getAttribute(k)))"
        )
    )


def bars(page: Page) -> np.ndarray:
    page.evaluate("frames()")
    return np.array(
        page.eval_on_selector_all("rect.column", "all => all.map((r) => +r.getAttribute('height'))")
    )


def check(page: Page, explorer: SymmetryExplorer, names: list[int] | None = None) -> None:
    """Compare picture, bars and sentence with NumPy, for the setting that the figure has now."""
    shown, mix = trait(page, "shown"), trait(page, "mix")
    across, up = (k - 1 for k in trait(page, "directions"))
    one = next(one for one in explorer.sets if one["name"] == shown)
    A, n = explorer.block(shown), len(one["words"])
    if names is not None:
        A = A[np.ix_(names, names)]
    steps = np.frombuffer(explorer.apart, "u1")[one["start"] : one["start"] + n * n].reshape(n, n)
    ideal = averaged(A, steps)
    values, vectors = pca((1 - mix) * A + mix * ideal)
    heights = bars(page)
    np.testing.assert_allclose(heights / heights[0], values[:7].clip(0) / values[0], atol=1e-5)
    # Inner products of the points: they do not see signs, nor the rotation of an equal pair.
    xy = points(page)
    centre = xy.mean(axis=0)  # of centred vectors
    xy = (xy - centre) / np.sqrt(np.sum((xy - centre) ** 2))
    expected = vectors[:, [across, up]] * np.sqrt(values[[across, up]].clip(0))
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(xy @ xy.T, expected @ expected.T, atol=1e-4)

    text = text_of(page)
    assert f"distance explains {100 * explained(A, ideal):.0f} % of" in text
    waves = np.array(one["points"]) if one["order"] == "map" else slow_waves(n, one["order"])
    if one["order"] == "map":  # each coordinate for itself
        found = np.mean([overlap(vectors[:, [across, up]], column[:, None]) for column in waves.T])
    else:
        found = overlap(vectors[:, [across, up]], waves)
    told = re.search(r"Overlap with the (?:map|slowest waves) ([\d.]+); 95 %", text)
    assert told
    assert float(told[1]) == pytest.approx(found, abs=0.0051)


@pytest.mark.browser
def test_every_set_shows_the_numbers_of_numpy(explorer: SymmetryExplorer, open_page: Open) -> None:
    page = open_page("symmetry_explorer", explorer)
    check(page, explorer)
    for name in ("months as they are", "ordinals", "years", "places"):
        page.get_by_label("Words").select_option(label=name)
        assert trait(page, "shown") == name
        check(page, explorer)
        for key in ("PageUp", "ArrowRight"):
            slider(page, "Averaged").press(key)
            check(page, explorer)
        slider(page, "Averaged").press("Home")
        assert trait(page, "mix") == 0
    assert page.get_by_text("north").count() == 1
    assert page.locator(".theory path").count() == 2 * 7  # dotted eigenvalues; no order to join


@pytest.mark.browser
def test_the_ring_becomes_perfect_without_a_jump(
    explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page("symmetry_explorer", explorer)
    handle = slider(page, "Averaged")
    end = page.locator("svg").first.locator(".theory path").last.get_attribute("d")
    before = points(page)
    for _ in range(100):
        handle.press("ArrowRight")
        now = points(page)
        assert np.abs(now - before).max() < 6  # of 340 pixels
        before = now
    assert trait(page, "mix") == 1
    check(page, explorer)
    # The kernel's Fourier transform: pairs. And the points lie on a circle, 30 degrees apart.
    ideal = averaged(explorer.block("months"), distance(12, "ring"))
    hat = np.sort(np.fft.fft(ideal[0]).real[1:])[::-1]
    np.testing.assert_allclose(bars(page) / bars(page)[0], hat[:7] / hat[0], atol=1e-5)
    xy = now - now.mean(axis=0)
    radius = np.linalg.norm(xy, axis=1)
    np.testing.assert_allclose(radius, radius[0], rtol=1e-4)
    angles = np.unwrap(np.arctan2(xy[:, 1], xy[:, 0]))
    np.testing.assert_allclose(np.abs(np.diff(angles)), np.pi / 6, atol=1e-4)
    # Where the dotted line was, before it all began.
    told = np.array(re.findall(r"[\d.]+", end or ""), float).reshape(-1, 2)
    np.testing.assert_allclose(now, told, atol=0.05)
    assert "direction 1 is 100 % wave 1, direction 2 is 100 % wave 1. Overlap" in text_of(page)
    # Shown at once from a link, it is the same picture.
    again = open_page("symmetry_explorer", explorer, changes={"mix": 1.0})
    np.testing.assert_allclose(points(again), now, atol=0.05)


@pytest.mark.browser
def test_signs_are_those_of_the_picture_before(explorer: SymmetryExplorer, open_page: Open) -> None:
    # Here the nearest wave changes on the way: a sign taken from it alone would mirror the picture.
    page = open_page("symmetry_explorer", explorer, changes={"shown": "places"})
    before = points(page)
    for mix in np.linspace(0.025, 1, 40):
        page.evaluate("mix => model.set('mix', mix)", float(mix))
        now = points(page)
        assert np.abs(now - before).max() < 12
        before = now


@pytest.mark.browser
def test_names_are_shuffled_and_put_back(explorer: SymmetryExplorer, open_page: Open) -> None:
    page = open_page("symmetry_explorer", explorer)
    true, names = points(page), page.locator("svg").first.text_content()
    for seed in (1, 2):
        page.get_by_role("button", name="Shuffle names").click()
        assert trait(page, "shuffle") == seed
        order = run(page, "return m.permutation(12, a[0]);", seed)
        check(page, explorer, order)
        assert text_of(page).startswith(f"Shuffle {seed}: distance explains")
    page.evaluate("model.set('shuffle', 999)")
    page.get_by_role("button", name="Shuffle names").click()
    assert trait(page, "shuffle") == 1
    page.get_by_role("button", name="True order").click()
    assert trait(page, "shuffle") == 0
    np.testing.assert_allclose(points(page), true, atol=0.05)
    assert page.locator("svg").first.text_content() == names


@pytest.mark.browser
def test_directions_are_chosen_by_name_and_by_tap(
    explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page("symmetry_explorer", explorer, has_touch=True)
    page.get_by_label("Across").select_option(label="4")
    page.get_by_label("Up").select_option(label="6")
    assert trait(page, "directions") == [4, 6]
    check(page, explorer)
    for bar, expected in ((2, [6, 2]), (3, [2, 3]), (3, [2, 3]), (7, [3, 7])):
        page.locator("rect.hit").nth(bar - 1).tap()
        assert trait(page, "directions") == expected
        assert page.get_by_label("Across").input_value() == str(expected[0] - 1)
        assert page.locator("rect.column").nth(bar - 1).get_attribute("class") == "column red"
        check(page, explorer)
    page.set_viewport_size({"width": 360, "height": 800})
    page.evaluate("frames(3)")
    for control in page.locator(".w2v :is(rect.hit, button, select, input)").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24


@pytest.mark.browser
def test_block_is_drawn_larger_entries_stronger(
    explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page("symmetry_explorer", explorer)
    for mix in (0.0, 1.0):
        page.evaluate("mix => model.set('mix', mix)", mix)
        page.evaluate("frames()")
        opacity = page.evaluate(
            """() => { const c = document.querySelector("canvas"), n = c.width;
            const { data } = c.getContext("2d").getImageData(0, 0, n, n);
            return Array.from({ length: n * n }, (_, i) => data[4 * i + 3] / 255); }"""
        )
        A = explorer.block("months")
        A = A if mix == 0 else averaged(A, distance(12, "ring"))
        expected = (A - A.min()) / np.ptp(A)
        np.testing.assert_allclose(np.reshape(opacity, A.shape), expected, atol=0.01)


# What Chapter 11 says the reader will see.


@pytest.mark.browser
def test_what_the_chapter_promises(explorer: SymmetryExplorer, open_page: Open) -> None:
    page = open_page("symmetry_explorer", explorer, changes={"shown": "months as they are"})
    xy = points(page)
    far = np.abs(xy[:, 0] - xy[:, 0].mean())
    assert far.argmax() == MONTHS.index("may")
    assert (far[[i for i in range(12) if MONTHS[i] != "may"]] < 0.5 * far.max()).all()
    A = explorer.block("months as they are") + np.diag([np.nan] * 12)
    assert np.nanmean(A, axis=0).argmin() == MONTHS.index("may")

    page.evaluate("model.set('shown', 'months')")
    assert "distance explains 65 %" in text_of(page)
    shares, led = [], []
    for seed in (1, 2, 3):
        page.evaluate("seed => { model.set('shuffle', seed); model.set('mix', 0); }", seed)
        told = re.search(r"explains (\d+) %.* waves ([\d.]+); .* below ([\d.]+)\.", text_of(page))
        assert told
        shares.append(int(told[1]))
        assert float(told[2]) < float(told[3])
        slider(page, "Averaged").press("End")
        led.append(re.findall(r"direction \d is 100 % wave (\d+)", text_of(page)))
    assert max(shares) < 10
    assert led[0] == ["1", "1"]  # a ring
    assert led[2] == ["2", "2"]  # twice around


# ---- from outside anything may come ----


@pytest.mark.browser
@pytest.mark.parametrize(
    "changes",
    [
        {"shown": "nowhere", "directions": None, "mix": "much", "shuffle": "<b>"},
        {"shown": 7, "directions": [0, 99], "mix": 5, "shuffle": -3},
        {"shown": None, "directions": ["x", None], "mix": None, "shuffle": 1e12},
        {"shown": "years", "directions": [2.4, 2.4], "mix": -1, "shuffle": {"a": 1}},
    ],
)
def test_damaged_settings_are_met_with_the_nearest_that_is_right(
    changes: dict[str, Any], explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page("symmetry_explorer", explorer, changes=changes)
    assert page.get_by_role("alert").count() == 0
    assert len(points(page)) in (12, len(YEARS))
    assert np.isfinite(points(page)).all()
    assert "NaN" not in page.locator(".w2v").inner_html()
    for key, mix in (("Home", 0), ("End", 1)):
        slider(page, "Averaged").press(key)
        assert slider(page, "Averaged").input_value() == str(100 * mix)
    assert trait(page, "mix") == 1
    page.get_by_role("button", name="True order").click()
    page.get_by_label("Across").select_option(label="1")
    page.get_by_label("Up").select_option(label="2")
    page.get_by_label("Words").select_option(label="months")
    # Before, both directions may have been one; of an equal pair that leaves open which.
    page.wait_for_function("String(model.get('directions')) === '1,2'")
    check(page, explorer)


@pytest.mark.browser
def test_two_changes_before_the_next_drawing_both_count(
    explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page("symmetry_explorer", explorer, changes={"directions": [5, 6], "shuffle": 3})
    found = page.evaluate("""() => {
      for (const [name, at] of [["Across", 1], ["Up", 2]]) {
        const labels = [...document.querySelectorAll("label")];
        const input = labels.find((e) => e.textContent.includes(name)).querySelector("select");
        input.value = at;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
      const buttons = [...document.querySelectorAll("button")];
      const shuffle = buttons.find((e) => e.textContent === "Shuffle names");
      shuffle.click();
      shuffle.click();
      return [model.get("directions"), model.get("shuffle")];
    }""")
    assert found == [[2, 3], 5]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("trait_name", "message"),
    [("blocks", "blocks holds 1 numbers, 5873 are needed"), ("apart", "apart holds 4 numbers")],
)
def test_damaged_numbers_are_said_in_the_panel(
    trait_name: str, message: str, explorer: SymmetryExplorer, open_page: Open
) -> None:
    page = open_page()
    values, packed = unpacked(explorer)
    page.evaluate(
        "a => show(...a)", ["symmetry_explorer", values, {**packed, trait_name: "AAAAAA=="}]
    )
    assert message in page.get_by_role("alert").inner_text()


@pytest.mark.browser
def test_words_are_text_whatever_they_are(open_page: Open) -> None:
    words = [
        "<img src=x onerror='window.hacked=1'>",
        "</svg>",
        "",
        "W" * 90,
        "日本",
        "é",
        "a b",
        "\\",
    ]
    figure = SymmetryExplorer(
        {"<b>bold</b>": (words, LINE, "line"), "flat": (words, -LINE, "ring")}
    )
    page = open_page("symmetry_explorer", figure, viewport={"width": 360, "height": 800})
    check(page, figure)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".w2v img").count() == 0
    assert "<b>bold</b>" in page.get_by_label("Words").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Words").select_option(label="flat")
    assert np.isfinite(points(page)).all()
