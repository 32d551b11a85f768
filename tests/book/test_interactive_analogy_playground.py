"""The analogy playground: what it carries, its numbers in the browser, and what hands do to it."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from accessibility import faults
from interactive_pages import *  # noqa: F403 (the tests that hold for every figure)
from interactive_pages import Open, slider, trait

import w2vlib
from w2vbook.interactives import AnalogyPlayground
from w2vbook.interactives._base import Interactive
from w2vlib import Embeddings, W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ["analogy_playground"]
NAME = NAMES[0]
CLOSE = 1e-9
RNG = 7


@pytest.fixture(scope="module")
def emb() -> Embeddings:
    return w2vlib.pca_embeddings(w2vlib.load_statistics(1400), 40)


@pytest.fixture(scope="module")
def figure(emb: Embeddings) -> AnalogyPlayground:
    return AnalogyPlayground(emb, rng=np.random.default_rng(RNG), n_words=1200, d_max=36, d=30)


@pytest.fixture(scope="module")
def figures(figure: AnalogyPlayground) -> dict[str, Interactive]:
    return {NAME: figure}


def in_browser(page: Page, figure: AnalogyPlayground, body: str, *args: Any) -> Any:
    """Run JavaScript with the module's functions and the columns of ``figure``."""
    emb = figure.carried()
    steps = [np.frombuffer(figure.fine, "<i2"), np.frombuffer(figure.coarse, "i1")]
    given = {
        "steps": np.concatenate(steps).tolist(),
        "scales": np.frombuffer(figure.scales, "<f8").tolist(),
        "n": len(emb),
        "args": args,
    }
    return page.evaluate(
        f"""async ({{steps, scales, n, args}}) => {{
          const m = await import("./{NAME}.js");
          const {{ columnsOf }} = await import("./kit.js");
          const columns = columnsOf(Int16Array.from(steps), Float64Array.from(scales));
          {body}
        }}""",
        given,
    )


def ranking(page: Page) -> list[tuple[int, str, float]]:
    page.evaluate("frames()")
    rows = page.eval_on_selector_all(
        "tbody tr", "rows => rows.map(r => [...r.children].map(c => c.textContent))"
    )
    return [(int(k), word, float(score.replace("−", "-"))) for k, word, score, *_ in rows]


def summary(page: Page) -> str:
    page.evaluate("frames()")
    return page.locator(".answers > p").first.inner_text()


def fill(page: Page, **words: str) -> None:
    labels = {"a": "a", "b": "is to b", "c": "as c", "expected": "is to (expected)"}
    for name, word in words.items():
        page.get_by_label(labels[name], exact=True).fill(word)
    page.evaluate("frames()")


# ---- the Python side ----


def test_it_carries_the_vectors_up_to_half_a_step(
    emb: Embeddings, figure: AnalogyPlayground
) -> None:
    exact, carried = emb.vectors[:1200, :36], figure.carried().vectors
    assert figure.carried().words == emb.words[:1200]
    steps = np.abs(exact).max(axis=0) / np.where(np.arange(36) < 24, 32767, 127)
    off = np.abs(carried - exact) / steps
    assert 0.49 < off.max() <= 0.5 + 1e-6
    assert figure.carried(5).vectors.shape == (1200, 5)


def test_rounding_hardly_changes_an_answer() -> None:
    # What the docstring states, of the vectors that chapter 10 shows.
    stats = w2vlib.load_statistics()
    emb = w2vlib.embeddings_from_matrix(w2vlib.m_star(stats, dtype=np.float32), stats.words, 128)
    carried = AnalogyPlayground(emb, rng=np.random.default_rng(RNG), d_max=128).carried()
    index = carried.index
    questions = []
    for pairs in w2vlib.analogy_families().values():
        rows = [(index[a], index[b]) for a, b in pairs if a in index and b in index]
        questions += [(*p, q[0]) for p in rows for q in rows if p != q]
    a, b, c = np.array(questions).T

    def best(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        query = unit[b] - unit[a] + unit[c]
        scores = query @ unit.T / np.linalg.norm(query, axis=1, keepdims=True)
        for barred in (a, b, c):
            scores[np.arange(len(a)), barred] = -np.inf
        return scores.argmax(axis=1), scores.max(axis=1)

    dims = (4, 8, 16, 24, 32, 48, 64, 96, 128)
    differ = {}
    for d in dims:
        exact, score = best(emb.vectors[: len(index), :d].astype(float))
        rounded, near = best(carried.vectors[:, :d])
        differ[d] = int((exact != rounded).sum())
    assert len(questions) == 632
    assert sum(differ[d] for d in dims if d < 32) == 0
    assert 0 < sum(differ.values()) < 30, differ
    assert np.abs(score - near).max() < 0.0035


def test_relations_are_scored_among_all_words(emb: Embeddings, figure: AnalogyPlayground) -> None:
    assert figure.dims == [2, 4, 8, 16, 32, 40]
    families = w2vlib.analogy_families()
    shape = len(figure.names), len(figure.dims)
    accuracy = np.frombuffer(figure.accuracy).reshape(2, *shape, 3)
    ratios = np.frombuffer(figure.ratios).reshape(*shape, 2)
    name = "gram6-nationality-adjective"
    f = figure.names.index("nationality adjective")
    pairs = [pair for pair in families[name] if all(word in emb for word in pair)]
    for k, d in enumerate(figure.dims):
        cut = Embeddings(emb.words, emb.vectors[:, :d])
        for allowed in (0, 1):
            found = w2vlib.analogy_accuracy(cut, {name: pairs}, exclude_inputs=not allowed)
            right, low, high = accuracy[allowed, f, k]
            assert right == pytest.approx(100 * found.overall)
            assert low <= right <= high
        R = np.array([cut[b] - cut[a] for a, b in pairs], dtype=float)
        values = np.linalg.eigvalsh(R @ R.T)[::-1]
        bulk = values[1:].sum() / (min(R.shape) - 1)
        assert ratios[f, k, 0] == pytest.approx(values[0] / bulk, rel=1e-3)
        # Noise of equal variance has about (1 + sqrt(m/M))^2; word vectors are less even.
        m, M = sorted(R.shape)
        assert 0.8 < ratios[f, k, 1] / (1 + np.sqrt(m / M)) ** 2 < 3.5
    assert np.all(accuracy[0, f, -1, 2] > accuracy[0, f, -1, 1])
    answers, spike, chance = figure.peaks()["nationality adjective"]
    assert answers == figure.dims[int(accuracy[0, f, :, 0].argmax())]
    assert spike == figure.dims[int(ratios[f, :, 0].argmax())]
    assert f"largest at d = {spike} (" in figure.told[f]
    assert f"(dotted) it is largest at d = {chance} (" in figure.told[f]
    assert chance == figure.dims[int(ratios[f, :, 1].argmax())]
    assert f"answers are right at d = {answers} (" in figure.told[f]


def test_only_relations_with_enough_pairs_are_shown(
    emb: Embeddings, figure: AnalogyPlayground
) -> None:
    index = set(emb.words[:1200])
    enough = []
    for name, pairs in w2vlib.analogy_families().items():
        known = [pair for pair in pairs if set(pair) <= set(emb.words)]
        carried = [list(pair) for pair in known if set(pair) <= index]
        if len(known) >= 4 and len(carried) >= 2:
            enough.append((re.sub(r"gram\d-", "", name).replace("-", " "), carried))
    assert list(zip(figure.names, figure.pairs, strict=True)) == enough
    assert 4 < len(enough) < 12
    letters = Embeddings(tuple("abcdefghi"), np.random.default_rng(0).normal(size=(9, 3)))
    families = {"far": ["ab", "ef", "gh", "ci"], "near": ["ab", "cd", "ef", "gh"]}
    toy = AnalogyPlayground(
        letters,
        rng=np.random.default_rng(0),
        families={name: [tuple(pair) for pair in pairs] for name, pairs in families.items()},
        question=("a", "b", "c"),
        expected="",
        n_words=4,
        d=1,
    )
    assert toy.names == ["near"]


def test_a_column_of_zeros_stays_zero() -> None:
    vectors = np.random.default_rng(0).normal(size=(9, 3))
    vectors[:, 1] = 0
    emb = Embeddings(tuple("abcdefghi"), vectors)
    families = {"x": [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]}
    figure = AnalogyPlayground(
        emb,
        rng=np.random.default_rng(0),
        families=families,
        question=("a", "b", "c"),
        expected="",
        d=1,
    )
    assert (figure.carried().vectors[:, 1] == 0).all()
    assert (np.frombuffer(figure.scales) > 0).all()
    assert "a : b = c : ?" in repr(figure)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"question": ("man", "woman", "kingg")}, "'kingg' .*near 'kingg': king"),
        ({"question": "man"}, "question='man'; pass the three words"),
        ({"question": ("man", "woman")}, "pass the three words"),
        ({"expected": "qwertz"}, "1 of 4 words are not in the vocabulary of 1,200: 'qwertz'"),
        ({"family": "plurals"}, "family='plurals'; choose one of family, "),
        ({"families": {"x": [("king", "queen")]}}, "none of the 1 families has 4 pairs among"),
        ({"d": 0}, "d=0; choose a whole number, 1 to 36"),
        ({"d": 37}, "d=37; choose a whole number, 1 to 36"),
        ({"d_max": 129}, "d_max=129; choose a whole number, 2 to 128"),
        ({"n_words": 3}, "n_words=3; choose a whole number, 4 to 2,048"),
    ],
)
def test_bad_input_is_refused(emb: Embeddings, options: dict[str, Any], message: str) -> None:
    with pytest.raises(W2VError, match=message):
        AnalogyPlayground(
            emb, rng=np.random.default_rng(0), **{"n_words": 1200, "d_max": 36, **options}
        )


def test_traits_are_checked(emb: Embeddings) -> None:
    figure = AnalogyPlayground(emb, rng=np.random.default_rng(0), d_max=10, family="family")
    assert figure.names[figure.family] == "family"
    for name, value in (("d", 11), ("d", 0), ("family", -1), ("family", 99)):
        with pytest.raises(W2VError, match=f"{name}={value}; choose a whole number"):
            setattr(figure, name, value)
    figure.c = "kin"  # what is half typed is no fault
    assert "none: 'kin' is not among the 1,400 words" in figure.text_alternative()


def test_text_alternative_tells_answers_and_peaks(figure: AnalogyPlayground) -> None:
    text = figure.text_alternative()
    for word, score in figure.carried(30).analogy("man", "woman", "king", n=3):
        assert f"{word} ({score:.2f})" in text
    assert text.endswith(figure.told[0])


# ---- numbers in the browser ----


@pytest.mark.browser
def test_scores_and_ranks_are_the_librarys(figure: AnalogyPlayground, open_page: Open) -> None:
    page = open_page()
    questions = [
        ("man", "woman", "king", "queen"),
        ("france", "french", "germany", "german"),
        ("good", "better", "large", "larger"),
        ("king", "king", "man", "father"),  # a word twice, as b = a ...
        ("king", "man", "king", "son"),  # ... and as c = a
        ("king", "man", "man", "woman"),
    ]
    index = figure.carried().index
    rows = [[index[word] for word in asked] for asked in questions]
    found = in_browser(
        page,
        figure,
        """const [questions, dims] = args;
        return questions.map(([a, b, c, x]) => {
          const asked = m.question([a, b, c], n);
          const out = [];
          columns.forEach((column, k) => {
            asked.add(column);
            if (!dims.includes(k + 1)) return;
            const scores = asked.scores();
            out.push({
              order: m.ranked(scores, [a, b, c]).slice(0, 10),
              all: m.ranked(scores, []).slice(0, 4),
              scores: [...scores],
              rank: m.rankOf(x, scores, [a, b, c]),
              cosines: asked.cosines(x),
            });
          });
          return out;
        });""",
        rows,
        [1, 2, 3, 17, 36],
    )
    for (a, b, c, x), by_d in zip(questions, found, strict=True):
        for d, ours in zip([1, 2, 3, 17, 36], by_d, strict=True):
            emb = figure.carried(d)
            answers = emb.analogy(a, b, c, n=len(emb))
            assert [emb.words[i] for i in ours["order"]] == [word for word, _ in answers[:10]]
            scores = [ours["scores"][i] for i in ours["order"]]
            np.testing.assert_allclose(scores, [s for _, s in answers[:10]], rtol=0, atol=CLOSE)
            assert ours["rank"] == [word for word, _ in answers].index(x) + 1
            unit = emb.unit_vectors
            query = unit[index[b]] - unit[index[a]] + unit[index[c]]
            exact = (unit @ query / np.linalg.norm(query)).round(11)
            np.testing.assert_allclose(ours["scores"], exact, rtol=0, atol=CLOSE)
            assert ours["all"] == np.argsort(-exact, kind="stable")[:4].tolist()
            np.testing.assert_allclose(
                ours["cosines"],
                unit[[index[a], index[b], index[c]]] @ unit[index[x]],
                rtol=0,
                atol=CLOSE,
            )


@pytest.mark.browser
def test_plane_holds_the_corners_and_tells_what_is_off_it(open_page: Open) -> None:
    page = open_page()
    rng = np.random.default_rng(2)
    for case in range(4):
        a, b, c, x = rng.normal(size=(4, 12))
        if case == 1:
            b = a
        if case == 2:
            c = a
        if case == 3:
            a, b, c, x = (np.array([v]) for v in (1.0, -1.0, 1.0, -1.0))
        points = [a, b, c, b - a + c, x]
        found = np.array(
            page.evaluate(
                f"async (points) => (await import('./{NAME}.js')).inPlane(points)",
                [p.tolist() for p in points],
            )
        )
        np.testing.assert_allclose(found[:4, 2], 0, atol=CLOSE)
        np.testing.assert_allclose(found[0], 0, atol=CLOSE)
        for i, j in combinations(range(4), 2):  # true to scale
            length = np.linalg.norm(points[i] - points[j])
            assert np.linalg.norm(found[i] - found[j]) == pytest.approx(length, abs=CLOSE)
        spanned = np.stack([b - a, c - a], axis=1)
        coefficients = np.linalg.lstsq(spanned, x - a, rcond=None)[0]
        off = np.linalg.norm(x - a - spanned @ coefficients)
        assert found[4, 2] == pytest.approx(off, abs=CLOSE)
        assert found[1, 0] >= 0
        assert found[2, 1] >= 0


# ---- what hands do ----


@pytest.mark.browser
def test_it_opens_with_the_librarys_answers(figure: AnalogyPlayground, open_page: Open) -> None:
    page = open_page(NAME, figure)
    emb = figure.carried(30)
    answers = emb.analogy("man", "woman", "king", n=len(emb))
    rank = [word for word, _ in answers].index("queen") + 1
    shown = ranking(page)
    assert [(k, w) for k, w, _ in shown[:10]] == [
        (k + 1, w) for k, (w, _) in enumerate(answers[:10])
    ]
    assert [s for _, _, s in shown[:10]] == [pytest.approx(s, abs=5.1e-4) for _, s in answers[:10]]
    if rank > 10:
        assert shown[10][:2] == (rank, "queen")
    assert f"man : woman = king : {answers[0][0]} (cosine {answers[0][1]:.3f})" in summary(page)
    assert f"“queen” is number {rank};" in summary(page)
    firsts = sum(
        figure.carried(d).analogy("man", "woman", "king", n=1)[0][0] == "queen"
        for d in range(1, 37)
    )
    assert f"first at {firsts} of 36 values of d" in summary(page)
    assert page.evaluate("model.saved") == 0


@pytest.mark.browser
def test_slider_checkbox_and_fields_change_the_answers(
    figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure)
    for key, d in (("Home", 1), ("ArrowRight", 2), ("End", 36), ("ArrowLeft", 35)):
        slider(page, "Dimensions d").press(key)
        assert trait(page, "d") == d
        best = figure.carried(d).analogy("man", "woman", "king", n=1)[0]
        assert ranking(page)[0][1:] == (best[0], pytest.approx(best[1], abs=5.1e-4))
    fill(page, a=" France ", b="FRENCH", c="germany", expected="german")
    assert trait(page, "a") == " France "
    best = figure.carried(35).analogy("france", "french", "germany", n=1)[0]
    assert ranking(page)[0][1] == best[0]
    fill(page, a="man", b="woman", c="king", expected="")
    best = figure.carried(35).analogy("man", "woman", "king", n=1)[0]
    assert "With nothing barred “king” would be first" in summary(page)
    page.get_by_label("a, b, c may be answers").check()
    assert trait(page, "inputs") is True
    emb = figure.carried(35)
    man, woman, king = (emb.unit_vectors[emb.index[w]] for w in ("man", "woman", "king"))
    query = woman - man + king
    score = king @ query / np.linalg.norm(query)
    assert score > best[1]
    assert ranking(page)[0] == (1, "king", pytest.approx(score, abs=5.1e-4))
    assert "With nothing barred" not in summary(page)
    page.get_by_label("a, b, c may be answers").uncheck()
    assert ranking(page)[0][1] == best[0]
    fill(page, expected="woman")
    assert "“woman” cannot be the answer: inputs are barred" in summary(page)
    fill(page, expected="")
    assert page.locator("p.message").is_hidden()
    assert f"rank of “{best[0]}” among" in page.locator("svg.drag").text_content()  # type: ignore[operator]


@pytest.mark.browser
def test_words_are_suggested(figure: AnalogyPlayground, open_page: Open) -> None:
    page = open_page(NAME, figure)
    field = page.get_by_label("as c", exact=True)
    field.fill("")
    field.press_sequentially("ger")
    shown = page.eval_on_selector_all("datalist option", "all => all.map(o => o.value)")
    assert shown == [word for word in figure.words if word.startswith("ger")][:8]
    assert shown
    assert field.get_attribute("list") == page.locator("datalist").get_attribute("id")


@pytest.mark.browser
def test_unknown_words_are_said_and_the_last_picture_pales(
    figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure)
    before = ranking(page)
    message = page.locator("p.message")
    assert message.is_hidden()
    fill(page, c="kingz")
    near = [word for word in figure.words if word.startswith("king")][:4]
    assert message.inner_text() == (
        f"“kingz” is not among the 1,200 words; near it: {', '.join(near)}."
    )
    assert ranking(page) == before
    assert "stale" in (page.locator(".answers").get_attribute("class") or "")
    fill(page, c="<script>alert(1)</script>")
    assert "“<script>alert(1)</script>” is not among the 1,200 words." in message.inner_text()
    assert page.locator(".w2v script").count() == 0
    fill(page, c="")
    assert message.inner_text() == "Type a word under “as c”."
    fill(page, c="x" * 500)
    assert len(page.get_by_label("as c", exact=True).input_value()) == 60
    page.set_viewport_size({"width": 360, "height": 800})
    page.evaluate("frames(3)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    fill(page, c="king", expected="qqq")
    assert "“qqq” is not among" in message.inner_text()
    assert ranking(page)[:10] == before[:10]
    assert "stale" not in (page.locator(".answers").get_attribute("class") or "")


@pytest.mark.browser
def test_a_zero_vector_is_said_as_the_library_says_it(open_page: Open) -> None:
    vectors = np.random.default_rng(0).normal(size=(9, 3))
    vectors[2, 0] = 0  # word c has no direction at d = 1
    emb = Embeddings(tuple("abcdefghi"), vectors)
    figure = AnalogyPlayground(
        emb,
        rng=np.random.default_rng(0),
        families={"x": [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]},
        question=("a", "b", "c"),
        expected="d",
        d=2,
    )
    page = open_page(NAME, figure)
    best = figure.carried(2).analogy("a", "b", "c", n=1)[0][0]
    assert ranking(page)[0][1] == best
    assert len(ranking(page)) == 6
    slider(page, "Dimensions d").press("Home")
    page.evaluate("frames()")
    with pytest.raises(W2VError, match="'c' is zero, no direction"):
        figure.carried(1).analogy("a", "b", "c")
    assert "is zero: it has no direction" in page.locator("p.message").inner_text()
    assert "NaN" not in page.locator(".w2v").inner_html()


@pytest.mark.browser
def test_relation_and_next_question(figure: AnalogyPlayground, open_page: Open) -> None:
    page = open_page(NAME, figure)
    f = figure.names.index("comparative")
    page.get_by_role("combobox", name="Relation").select_option("comparative")
    pairs = figure.pairs[f]
    asked = [[*p, *q] for p in pairs for q in pairs if p is not q]
    assert trait(page, "family") == f

    def question() -> list[str]:
        return [trait(page, name) for name in ("a", "b", "c", "expected")]

    assert question() == asked[0]
    assert page.get_by_label("as c", exact=True).input_value() == asked[0][2]
    for k in range(1, len(asked) + 1):
        page.get_by_role("button", name="Next question").click()
        assert question() == asked[k % len(asked)]
    assert figure.told[f] in page.inner_text(".w2v")
    page.get_by_label("a, b, c may be answers").check()
    page.evaluate("frames()")
    assert figure.told[len(figure.names) + f] in page.inner_text(".w2v")


@pytest.mark.browser
@pytest.mark.parametrize("allowed", [False, True])
def test_curves_are_the_carried_numbers(
    allowed: bool, figure: AnalogyPlayground, open_page: Open
) -> None:
    f = figure.names.index("nationality adjective")
    page = open_page(NAME, figure, changes={"family": f, "inputs": allowed})
    shape = len(figure.names), len(figure.dims)
    accuracy = np.frombuffer(figure.accuracy).reshape(2, *shape, 3)[int(allowed), f]
    ratios = np.frombuffer(figure.ratios).reshape(*shape, 2)[f]

    def heights(chart: int, path: str) -> np.ndarray:
        d = page.locator(".halves svg").nth(chart).locator(path).get_attribute("d")
        return np.array([float(y) for y in re.findall(r" ([\d.]+)", d or "")])

    n = len(figure.dims)
    np.testing.assert_allclose(
        heights(0, "path.line"), 160 - 1.32 * accuracy[:, 0], rtol=0, atol=0.06
    )
    band = heights(0, "path.band")
    np.testing.assert_allclose(band[:n], 160 - 1.32 * accuracy[:, 1], rtol=0, atol=0.06)
    np.testing.assert_allclose(band[n:][::-1], 160 - 1.32 * accuracy[:, 2], rtol=0, atol=0.06)
    octaves = int(np.ceil(np.log2(ratios.max())))
    for path, values in (("path.line", ratios[:, 0]), ("path.dots", ratios[:, 1])):
        np.testing.assert_allclose(
            heights(1, path), 160 - 132 * np.log2(values) / octaves, rtol=0, atol=0.06
        )


@pytest.mark.browser
@pytest.mark.parametrize("has_touch", [False, True], ids=["mouse", "touch"])
def test_rank_is_drawn_for_every_d_and_dragged(
    has_touch: bool, figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure, has_touch=has_touch)
    path = page.locator("svg.drag path.line").get_attribute("d") or ""
    drawn = np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float)
    ranks = []
    for d in range(1, 37):
        answers = figure.carried(d).analogy("man", "woman", "king", n=1200)
        ranks.append([word for word, _ in answers].index("queen") + 1)
    np.testing.assert_allclose(
        drawn[:, 1], 28 + 122 * np.log10(ranks) / np.log10(1200), rtol=0, atol=0.06
    )
    page.get_by_label("a, b, c may be answers").check()
    page.evaluate("frames()")
    path = page.locator("svg.drag path.line").get_attribute("d") or ""
    allowed = []
    a, b, c, x = (figure.words.index(word) for word in ("man", "woman", "king", "queen"))
    for d in range(1, 37):
        unit = figure.carried(d).unit_vectors
        scores = (unit @ (unit[b] - unit[a] + unit[c])).round(11)
        allowed.append(np.sum(scores > scores[x]) + np.sum(scores[:x] == scores[x]) + 1)
    heights = [float(y) for y in re.findall(r" ([\d.]+)", path)]
    expected = 28 + 122 * np.log10(allowed) / np.log10(1200)
    np.testing.assert_allclose(heights, expected, rtol=0, atol=0.06)
    assert allowed != ranks
    course = page.locator("svg.drag")
    course.scroll_into_view_if_needed()
    box = course.bounding_box()
    assert box is not None
    place = (box["x"] + drawn[11, 0], box["y"] + 90)
    if has_touch:
        page.touchscreen.tap(*place)
    else:
        page.mouse.move(*place)
        page.mouse.down()
        page.mouse.move(box["x"] + 9999, box["y"] + 90)
        assert trait(page, "d") == 36
        page.mouse.move(*place)
        page.mouse.up()
    assert trait(page, "d") == 12


@pytest.mark.browser
@pytest.mark.parametrize("width", [800, 360])
def test_picture_is_true_to_scale_and_names_do_not_overlap(
    width: int, figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure, viewport={"width": width, "height": 900})
    questions = [
        ["man", "woman", "king", "queen"],
        ["france", "french", "germany", "german"],
        ["king", "king", "man", "father"],
        ["international", "government", "administration", "development"],
    ]
    for asked in questions:
        fill(page, **dict(zip(("a", "b", "c", "expected"), asked, strict=True)))
        for d in (1, 2, 3, 12, 36):
            page.evaluate("d => model.set('d', d)", d)
            page.evaluate("frames()")
            picture = page.locator(".answers svg").first
            dots = np.array(
                picture.evaluate(
                    "s => [...s.querySelectorAll('circle')].map(c => [+c.getAttribute('cx'), "
                    "+c.getAttribute('cy')])"
                )
            )
            unit = figure.carried(d).unit_vectors
            a, b, c = unit[[figure.words.index(word) for word in asked[:3]]]
            corners = [a, b, c, b - a + c]
            wanted = [np.linalg.norm(p - q) for p, q in combinations(corners, 2)]
            found = [np.linalg.norm(p - q) for p, q in combinations(dots[:4], 2)]
            size = sum(found) / (sum(wanted) or 1)
            np.testing.assert_allclose(found, size * np.array(wanted), rtol=0, atol=0.01)
            boxes = picture.evaluate(
                "s => [...s.querySelectorAll('text')].map(t => { const b = t.getBBox();"
                " return [b.x, b.y, b.x + b.width, b.y + b.height, t.textContent]; })"
            )
            side = picture.evaluate("s => [s.clientWidth, s.clientHeight]")
            for left, top, right, bottom, _ in boxes:
                assert left >= -0.5
                assert top >= -4
                assert right <= side[0] + 0.5
                assert bottom <= side[1] + 4
            for one, two in combinations(boxes, 2):
                apart = one[2] <= two[0] or two[2] <= one[0]
                apart = apart or one[3] <= two[1] + 3 or two[3] <= one[1] + 3
                assert apart, (asked, d, one, two)


@pytest.mark.browser
def test_distances_from_the_corner_are_told(figure: AnalogyPlayground, open_page: Open) -> None:
    page = open_page(NAME, figure)
    emb = figure.carried(30)
    a, b, c, x = (emb.unit_vectors[emb.index[w]] for w in ("man", "woman", "king", "queen"))
    whole = np.linalg.norm(x - (b - a + c))
    basis = np.linalg.qr(np.stack([b - a, c - a], axis=1))[0]
    off = np.linalg.norm((x - a) - basis @ (basis.T @ (x - a)))
    told = f"“queen” {whole:.2f} ({off:.2f} off the plane)"
    assert told in page.locator(".answers .note").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize(
    "changes",
    [
        {"d": None},
        {"d": "many"},
        {"d": 1e9},
        {"d": -4},
        {"d": 7.4},
        {"d": {"x": 1}},
        {"family": 99},
        {"family": "length"},
        {"family": None},
        {"inputs": "yes"},
        {"expected": 5},
        {"expected": ["queen"]},
    ],
)
def test_a_damaged_setting_is_met(
    changes: dict[str, Any], figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure, changes=changes)
    assert page.get_by_role("alert").count() == 0
    d = (
        {"many": 1, None: 1, 1e9: 36, -4: 1, 7.4: 7}.get(
            changes["d"] if not isinstance(changes.get("d"), dict) else None, 1
        )
        if "d" in changes
        else 30
    )
    best = figure.carried(d).analogy("man", "woman", "king", n=1)[0][0]
    assert ranking(page)[0][1] == best
    assert page.get_by_role("combobox", name="Relation").input_value() == "0"


@pytest.mark.browser
@pytest.mark.parametrize("value", [None, 5, {"x": 1}, ["king"], "", "kingz"])
def test_a_damaged_word_is_said(value: Any, figure: AnalogyPlayground, open_page: Open) -> None:
    page = open_page(NAME, figure, changes={"c": value})
    assert page.locator("p.message").is_visible()
    assert not page.locator(".answers").is_visible()
    fill(page, c="king")
    assert page.locator(".answers").is_visible()
    assert ranking(page)[0][0] == 1


@pytest.mark.browser
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"d_max": 35}, "scales holds 36 numbers, 35 are needed"),
        ({"words": None}, "cannot be drawn"),
        ({"pairs": None}, "pairs do not fit"),
        ({"pairs": [[]]}, "pairs do not fit"),
        ({"names": ["one"]}, "accuracy holds"),
        ({"n_fine": 3}, "fine holds 28800 numbers, 3600 are needed"),
    ],
)
def test_damaged_data_are_said_in_the_panel(
    changes: dict[str, Any], message: str, figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure, changes=changes)
    assert message in page.get_by_role("alert").inner_text()


@pytest.mark.browser
def test_it_follows_its_model(figure: AnalogyPlayground, open_page: Open) -> None:
    assert set(figure.linked) == {"a", "b", "c", "expected", "d", "inputs", "family"}
    page = open_page(NAME, figure)
    page.evaluate("model.set('c', 'son')")
    assert "man : woman = son : " in summary(page)
    assert page.get_by_label("as c", exact=True).input_value() == "son"
    assert page.evaluate("model.saved") == 0  # a change from outside is not sent back


@pytest.mark.browser
def test_it_is_accessible_while_a_word_is_unknown(
    figure: AnalogyPlayground, open_page: Open
) -> None:
    page = open_page(NAME, figure)
    fill(page, b="womann")
    assert not faults(page)


@pytest.mark.browser
def test_a_full_page_of_words_answers_within_a_frame(open_page: Open) -> None:
    rng = np.random.default_rng(1)
    words = tuple(f"w{i}" for i in range(2048))
    emb = Embeddings(words, rng.normal(size=(2048, 128)))
    families = {"x": [(f"w{i}", f"w{i + 1}") for i in range(0, 8, 2)]}
    figure = AnalogyPlayground(
        emb, rng=rng, families=families, question=words[:3], expected="w9", d=64
    )
    page = open_page(NAME, figure)
    took = page.evaluate("""async () => {
      const times = [];
      for (let d = 60; d < 80; d++) {
        let draw;
        const ask = window.requestAnimationFrame;
        window.requestAnimationFrame = (callback) => { draw = callback; return 1; };
        model.set("d", d);
        window.requestAnimationFrame = ask;
        const start = performance.now();
        draw();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[2];
    }""")
    assert took < 33, took  # twice a frame: other work shares this machine
