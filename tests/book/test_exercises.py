"""The checkers of exercises: right is right, each slip is named, and the page says the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
import pytest
from interactive_pages import (  # noqa: F401 (tests that hold for every figure)
    Open,
    test_all_that_a_figure_starts_ends_with_it,
    test_figure_fits_and_is_accessible,
    test_figure_is_laid_out_anew_when_its_width_changes,
    test_figure_recovers_when_a_damaged_value_is_mended,
    test_module_is_whole_and_loads_nothing,
    test_text_stands_in_where_the_figure_cannot_run,
    told,
    trait,
)

from w2vbook.exercises import (
    array,
    check,
    function,
    labels,
    need_numbers,
    number,
    parts_of,
    verdict,
    word,
)
from w2vbook.interactives import AnswerBox
from w2vlib import W2VError, forecast, load_statistics

if TYPE_CHECKING:
    from w2vbook.exercises import Part
    from w2vbook.interactives._base import Interactive

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
NAMES = ["answer_box"]
TYPED = ("number", "word")


@pytest.fixture(scope="module")
def figures() -> dict[str, Interactive]:
    return {"answer_box": AnswerBox("ex-04-by-hand")}


def right_answer(part: Part) -> Any:
    return part.value[0] if part.kind == "word" else part.value


# ---- every exercise of the book ----


@pytest.mark.parametrize("label", labels())
def test_right_answers_are_right_and_none_is_no_answer(label: str) -> None:
    parts = parts_of(label)
    assert parts
    said = verdict(label, **{part.name: right_answer(part) for part in parts})
    assert set(said.values()) == {"right"}
    assert all(text.startswith("to do: ") for text in verdict(label).values())


@pytest.mark.parametrize("label", labels())
def test_each_slip_gets_its_own_message(label: str) -> None:
    for part in parts_of(label):
        for wrong, message in part.slips:
            assert part.judge(wrong) == message


@pytest.mark.parametrize("label", labels())
def test_nonsense_is_not_right(label: str) -> None:
    for part in parts_of(label):
        for nonsense in (float("nan"), "zzz", [], object(), -7.3e11, lambda *a: None):
            said = part.judge(nonsense)
            assert isinstance(said, str)
            assert said != "right", (part.name, nonsense)


def exercises_and_checks(path: Path) -> tuple[list[str], list[str]]:
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    asked = re.findall(r"\{exercise\}.*?\n:label:\s*(\S+)", text)
    return asked, re.findall(r'^(?:check|AnswerBox)\("([^"]+)"', code, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(CHAPTERS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_check_stands_below_each_exercise(path: Path) -> None:
    asked, checked = exercises_and_checks(path)
    assert checked == asked


def test_no_checker_is_left_without_its_exercise() -> None:
    asked = [label for path in CHAPTERS.glob("*.ipynb") for label in exercises_and_checks(path)[0]]
    assert sorted(asked) == labels()


# ---- right answers, found in another way ----


def test_the_forecast_answers_when_two_steps_are_apart() -> None:
    (part,) = parts_of("ex-01-sigma")
    plan = forecast(load_statistics(1000), 8, sigma=part.value)
    assert np.diff(plan.times)[0] == pytest.approx(4 / plan.eigvals[1], rel=1e-3)
    assert part.judge(1.5e-3) == "right"
    assert part.judge(1e-4) == "ln(lambda_k) is missing in the times"


def test_a_solver_answers_what_decay_and_rates_do() -> None:
    rng = np.random.default_rng(1)
    M, g, W0 = rng.standard_normal((4, 4)), rng.uniform(0.5, 2, 4), rng.standard_normal((4, 2))
    M = M + M.T
    products = next(part for part in parts_of("ex-07-rates") if part.name == "products").value
    # dW/dt = (1/2) (M - W W^T) diag(g) W
    W = W0
    for _ in range(20_000):
        W = W + 1e-4 / 2 * (M - W @ W.T) @ (g[:, None] * W)
    np.testing.assert_allclose(products(M, g, W0, 2.0), W @ W.T, atol=2e-3)
    end = next(part for part in parts_of("ex-06-decay") if part.name == "end").value
    s = 0.1
    for _ in range(20_000):
        s = s + 1e-3 * ((3.0 - s**2) * s / 2 - 0.4 * s)
    assert s**2 == pytest.approx(end(3.0, 0.4))


# ---- the bank: right words in other forms, and wrong ones that come near ----

WORDS = {
    ("ex-01-seed", "times"): (["Yes.", "yes, they do"], ["no", "yes and no", "not yes", "yes/no"]),
    ("ex-02-rare", "pair"): (
        ["nine, one", "one and nine", "(One; nine)", "nine–one", ("one", "nine"), '"one" "nine"'],
        ["one", "nine", "one nine zero", "not one nine", "and", ["one", 9], ["one", "two"]],
    ),
    ("ex-05-thin", "end"): (
        ["the lower end", "negative eigenvalues", "The negative end.", "the bottom", "lowest"],
        ["the upper end", "positive eigenvalues", "both", "not the negative", "end", "the", ""],
    ),
    ("ex-10-interaction", "sum"): (["Yes, it is", "y"], ["no", "yes or no", "it is"]),
    ("ex-11-round", "ten"): (["no, they do not", "No!"], ["yes", "no yes", "do not"]),
    ("ex-12-sample", "change"): (
        ["it increases", "It goes up.", "grows", "larger"],
        ["it decreases", "goes down", "rise or fall", "does not rise", "it"],
    ),
    ("ex-13-gauge", "scaled"): (["no, they do not", "N"], ["yes, they do", "they depend"]),
    ("ex-13-gauge", "plain"): (["Yes, they do", "y"], ["no, they do not", "no or yes"]),
    ("ex-14-bias", "first"): (
        ["the frequency", "word-frequency", "the frequency of words", "frequency (P_i)"],
        ["the topic", "topics", "word", "not the frequency", "words"],
    ),
    ("ex-14-even", "interfere"): (["no, they do not", "N"], ["yes, they do", "they do not know"]),
    ("ex-14-late", "works"): (
        ["the last position", "at the end, before U", "at the last token", "End"],
        ["at the noun", "the first position", "at the", "before", "noun or end"],
    ),
    ("ex-reproduction-sigma", "gap"): (
        ["about the same", "roughly the same", "the same as from the tiny start", "about equal"],
        ["larger than from the tiny start", "bigger", "not the same", "about", "smaller"],
    ),
    ("ex-reproduction-exact", "rest"): (
        ["the steps", "from the size of the steps", "the learning rate", "step-size"],
        ["the start", "the alignment", "from the", "start and steps"],
    ),
    ("ex-reproduction-larger", "nearer"): (
        ["M*", "the M^*", "$M^\\star$", "m_star"],
        ["PPMI", "M", "*", "PMI", "M* or PPMI"],
    ),
    ("ex-meaning-offset", "costs"): (["no, it does not", "No"], ["yes", "it does not matter"]),
    ("ex-meaning-more", "change"): (
        ["it decreases", "it falls.", "goes down", "smaller"],
        ["it increases", "rises", "fall or rise", "neither"],
    ),
}


@pytest.mark.parametrize(("label", "name"), WORDS)
def test_bank_of_words(label: str, name: str) -> None:
    part = next(part for part in parts_of(label) if part.name == name)
    right, wrong = WORDS[label, name]
    assert {str(answer): part.judge(answer) for answer in right} == {
        str(answer): "right" for answer in right
    }
    assert [answer for answer in wrong if part.judge(answer) == "right"] == []


def test_the_bank_holds_every_word_of_the_book() -> None:
    asked = {(x, part.name) for x in labels() for part in parts_of(x) if part.kind == "word"}
    assert asked == set(WORDS)


def test_who_gives_w_hears_that_its_products_are_asked_for() -> None:
    for turn in (np.eye(2), np.array([[0.0, -1], [1, 0]])):
        part = function(
            "fit", "the best W W^T", lambda W: W @ W.T, [(np.diag([2.0, 3.0]),)], products=True
        )
        assert part.judge(lambda W, turn=turn: W @ turn) == "that is W, and it is right; give W W^T"
        assert part.judge(lambda W: W @ W.T) == "right"
        assert part.judge(lambda W: 2 * W) != "right"
    products = next(part for part in parts_of("ex-07-rates") if part.name == "products")

    def flow(M: np.ndarray, g: np.ndarray, W0: np.ndarray, t: float) -> np.ndarray:
        eigvals, eigvecs = np.linalg.eigh(products.value(M, g, W0, t))
        top = slice(-W0.shape[1], None)
        return np.asarray(eigvecs[:, top] * np.sqrt(np.maximum(eigvals[top], 0)))

    assert "give W W^T" in products.judge(flow)


# ---- the kinds of answers ----


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (0.25, "right"),
        (np.float32(0.2505), "right"),
        (np.array(0.25), "right"),
        (0.26, "close: you may have rounded too early"),
        (0.3, "not yet"),
        (0.75, "the rest to one is wanted"),
        (-0.25, "the size is right, the sign is not"),
        (25, "100 times too large: give the share itself, not per cent"),
        (0.25 / np.log(10), "that is with logarithms of base 10; the book's are natural"),
        (4, "that is one over the right answer"),
        (float("nan"), "NaN is no number: .*"),
        (float("inf"), "not yet"),
        ("0.25", "a str; give one number"),
        (np.array([0.25]), "an ndarray; give one number"),
        ([0.25, 1], "a list; give one number"),
        (0.25 + 0j, "a complex; give one number"),
        (True, "a bool; give one number"),
    ],
)
def test_a_number_is_judged(answer: object, said: str) -> None:
    part = number("p", "a share", 0.25, slips=[(0.75, "the rest to one is wanted")], logs=True)
    assert re.fullmatch(said, part.judge(answer))


def test_a_slip_that_is_the_right_answer_is_not_named() -> None:
    part = number("p", "one", 1.0, slips=[(1.001, "never said")])
    assert part.judge(1.001) == "right"
    assert part.judge(-1) == "the size is right, the sign is not"
    zero = number("p", "zero", 0.0)
    assert (zero.judge(0.001), zero.judge(0.02)) == ("right", "not yet")


def test_a_share_may_be_rounded_to_whole_per_cent() -> None:
    part = number("p", "a share", 0.004, atol=0.005)
    assert [part.judge(answer) for answer in (0.0, 0.004, 0.01)] == ["right", "right", "not yet"]


def test_rounding_is_no_excuse_for_more_than_a_tenth() -> None:
    part = number("p", "a size", 1.0, rtol=0.05, invited=False)
    assert part.judge(1.09) == "close: you may have rounded too early"
    assert part.judge(1.2) == "not yet"


def test_only_logarithms_have_a_base_and_a_count_is_not_given_away() -> None:
    share = number("p", "a share", 0.5)
    assert share.judge(0.5 / np.log(2)) == "not yet"
    count = number("p", "a count", 8, rtol=1e-3, invited=False)
    assert [count.judge(answer) for answer in (8, 4, 16, -8)] == ["right", *["not yet"] * 3]


def test_a_word_is_judged() -> None:
    part = word("w", "a word", ["Queen"], slips=[("king", "that is one of the inputs")])
    for answer, said in [
        (" queen ", "right"),
        ("'Queen.'", "right"),
        ("KING", "that is one of the inputs"),
        ("prince", "not yet"),
        (3, "an int; give one word, in quotation marks"),
    ]:
        assert part.judge(answer) == said


def test_an_array_is_judged() -> None:
    value = np.array([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]])
    part = array("m", "a matrix", value, slips=[(value / 2, "one order of each pair only")])
    for answer, said in [
        (value.astype(int).tolist(), "right"),
        (value / 2, "one order of each pair only"),
        (value[:2], r"its shape is \(2, 3\), not \(3, 3\)"),
        (np.triu(value), "it is not symmetric.*both orders.*"),
        (value + np.eye(3), "not yet: 3 of 9 entries are off"),
        (np.where(value == 3, np.nan, value), "2 of its entries are NaN"),
        ("abc", "a str; give an array of numbers"),
    ]:
        assert re.fullmatch(said, part.judge(answer))
    skew = np.array([[1.0, 2], [3, 4]])
    assert array("m", "a matrix", skew).judge(skew.T) == "that is its transpose"
    signs = array("u", "vectors", skew, up_to_signs=True)
    assert signs.judge(skew * [-1, 1]) == "right"
    assert signs.judge(skew * [[-1], [1]]) != "right"


def test_a_function_is_judged() -> None:
    def twice(x: Any) -> Any:
        return 2 * np.asarray(x)

    part = function("f", "twice x", twice, [(1.0,), (np.arange(3),)], slips=[(lambda x: x, "once")])

    def fails(x: Any) -> Any:
        raise KeyError("lost")

    for answer, said in [
        (lambda x: x + x, "right"),
        (lambda x: x, "once"),
        (2.0, "a float; give the function itself, without calling it"),
        (fails, r"its value at \(1\) stops with KeyError: 'lost'"),
        (lambda x: None, r"it returns nothing: is `return` missing\?"),
        (lambda x: np.sum(2 * x), r"its value at \(array\(3,\)\) has shape \(\), not \(3,\)"),
        (lambda x: 2 * x + (np.ndim(x) > 0), r"not yet: its value at \(array\(3,\)\) is off"),
    ]:
        assert re.fullmatch(said, part.judge(answer))


def test_a_function_cannot_spoil_the_cases() -> None:
    part = function("f", "the mean", lambda x: np.mean(x), [(np.arange(3.0),)])

    def writes(x: np.ndarray) -> float:
        x -= x.mean()
        return 0.0

    assert part.judge(writes) != "right"
    assert part.judge(lambda x: 0.0) != "right"
    assert part.judge(lambda x: np.float32(np.mean(x))) == "right"


def test_plain_numbers_pass_and_others_are_named() -> None:
    need_numbers(
        a=1, b=2.5 + 1j, c=[1, [2]][:1], d=(True, 2**70), e=range(3), f=np.float32(1), g=[]
    )
    for odd, said in [
        ([1, None], "a NoneType cannot be graded; give plain numbers"),
        (iter([1]), "a list_iterator cannot"),
        (np.sin, "a ufunc cannot"),
        ([[1], [2, 3]], "its rows have different lengths"),
        (np.ma.array([1.0]), "a MaskedArray cannot"),
    ]:
        with pytest.raises(W2VError, match=f"^times: {said}"):
            need_numbers(ok=1, times=odd)


def test_check_prints_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    check("ex-04-by-hand", p_ij=0.0625, m_star=-9 / 41)
    assert capsys.readouterr().out.splitlines() == [
        "ex-04-by-hand: 1 of 4 parts are right",
        "  p_ij     right",
        "  p_i_p_j  to do: P_i P_j of cat and dog",
        "  pmi      to do: PMI of cat and dog, with the natural logarithm",
        "  m_star   the factor 2 of M* = 2 tanh(PMI/2) is missing",
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check("ex-04-by-hnd"), "no exercise 'ex-04-by-hnd'.*near it: ex-04-by-hand"),
        (lambda: check("ex-04-by-hand", pj=1), "no part 'pj'; its parts are p_ij, p_i_p_j"),
        (lambda: AnswerBox("nothing"), "no exercise 'nothing'"),
    ],
)
def test_what_is_unknown_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(W2VError, match=message):
        call()


def test_answers_are_as_many_as_questions() -> None:
    with pytest.raises(W2VError, match="1 answers for 4 questions of ex-04-by-hand"):
        AnswerBox("ex-04-by-hand").answers = ["1"]


# ---- the answer box in a browser ----


@pytest.mark.browser
def test_numbers_are_read_as_people_write_them(open_page: Open) -> None:
    texts = {
        "1/16": 1 / 16,
        "-18/41": -18 / 41,
        "−0.44": -0.44,
        " 25 % ": 0.25,
        "1,234.5": 1234.5,
        "1,234": 1234,
        "0,44": 0.44,
        "2.5e-3": 0.0025,
        ".5": 0.5,
        "+3.": 3,
    }
    bad = ["", "abc", "1/2/3", "--1", "1e", "<b>1</b>", "1 or 2", "0x10", "Infinity", "1/0"]
    got = open_page().evaluate(
        """async (texts) => {
          const { parse } = await import("./answer_box.js");
          return texts.map(parse).map((value) => (Number.isFinite(value) ? value : null));
        }""",
        [*texts, *bad],
    )
    np.testing.assert_allclose(got[: len(texts)], list(texts.values()), rtol=1e-12)
    assert got[len(texts) :] == [None] * len(bad)


@pytest.mark.browser
def test_the_page_judges_as_python_does(open_page: Open) -> None:
    typed = [
        (label, part)
        for label in labels()
        for part in parts_of(label)
        if part.kind in TYPED and all(each.kind in TYPED for each in parts_of(label))
    ]
    assert typed
    cases, expected = [], []
    for label, part in typed:
        box = AnswerBox(label)
        carried = next(each for each in box.parts if each["name"] == part.name)
        answers = [right_answer(part), *(wrong for wrong, _ in part.slips)]
        if part.kind == "number":
            answers += [part.value * 1.02 + 1e-9, part.value * 3.3 + 17, 0.123456]
        else:
            bank = [each for half in WORDS[label, part.name] for each in half]
            answers += [each for each in bank if isinstance(each, str) and each]
        for answer in answers:
            cases.append([carried, answer if part.kind == "word" else repr(float(answer))])
            expected.append(part.judge(answer))
    got = open_page().evaluate(
        """async (cases) => {
          const { judge } = await import("./answer_box.js");
          return cases.map(([part, text]) => judge(part, text));
        }""",
        cases,
    )
    assert got == expected


@pytest.mark.browser
def test_the_box_answers_what_is_typed(figures: dict[str, Interactive], open_page: Open) -> None:
    page = open_page("answer_box", figures["answer_box"])
    field = page.get_by_label("P_ij of cat and dog")
    field.fill("1/16")
    field.press("Enter")
    assert trait(page, "answers") == ["1/16", "", "", ""]
    assert page.locator(".verdict").all_inner_texts() == ["✓ right", "", "", ""]
    last = page.get_by_label("M* of cat and dog")
    last.fill("0.44")
    last.press("Tab")
    page.evaluate("frames()")
    assert page.locator(".verdict").last.inner_text() == "✗ the size is right, the sign is not"
    told(page, "1 of 4 right")
    last.fill("<img src=x onerror=alert(1)>")
    last.press("Enter")
    page.evaluate("frames()")
    assert "not a number" in page.locator(".verdict").last.inner_text()
    assert page.locator(".w2v img").count() == 0
    page.evaluate("model.set('answers', ['0.0625', '25/256', '', ''])")
    page.evaluate("frames()")
    assert page.locator(".verdict").all_inner_texts()[:2] == ["✓ right", "✓ right"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("changes", "message"), [({"parts": None}, "missing"), ({"parts": []}, "missing")]
)
def test_damaged_questions_are_said(
    changes: dict[str, Any], message: str, figures: dict[str, Interactive], open_page: Open
) -> None:
    page = open_page("answer_box", figures["answer_box"], changes=changes)
    assert message in page.get_by_role("alert").inner_text()


@pytest.mark.browser
def test_damaged_answers_do_no_harm(figures: dict[str, Interactive], open_page: Open) -> None:
    page = open_page("answer_box", figures["answer_box"], changes={"answers": [None, 3]})
    page.evaluate("frames()")
    assert page.locator(".verdict").all_inner_texts() == [""] * 4
