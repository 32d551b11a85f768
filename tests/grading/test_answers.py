"""A bank of answers to the masters' tests: right ones in other forms, and wrong ones.

An answer is Python that runs after the master's own solution and changes what it left. Values and
functions reach the tests as they do in grading, as plain data, but in this process.
"""

from __future__ import annotations

import copy
import functools
import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2vlib
from grading.answers import steps
from grading.boxed.values import pack
from grading.grade import own_answers
from grading.masters import HIDDEN, read, without
from grading.proxies import opened
from grading.testing import Outcome, names_used, run_test

SOURCE = Path(__file__).resolve().parents[2] / "assignments" / "source"
NAMES = {path.name[:2]: path.name for path in SOURCE.iterdir() if path.is_dir()}
EMPTY = "np.empty((0, 1, 1))"


@functools.cache
def solved(short: str) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
    """Return a master's tests, what its set-up defines, and what its own answers leave."""
    name = NAMES[short]
    master = read(SOURCE / name / f"{name}.ipynb")
    trusted = {"np": np, "math": math, "w2vlib": w2vlib, "STUDENT": "ada"}
    student: dict[str, Any] = {}
    tests = {}
    manual = {cell.grade_id for cell in master.of_role("manual")}
    for step in steps(master, own_answers(master), "ada"):
        if step["kind"] == "test":
            tests[step["grade_id"]] = step["source"]
        elif step["grade_id"] not in manual:  # figures
            exec(step["source"], student)
            if step["kind"] == "setup":
                exec(step["source"], trusted)
    return tests, trusted, student


def outcome(short: str, test: str, answer: str) -> Outcome:
    """Run one test of a master on its own answers with a change."""
    tests, trusted, given = solved(short)
    student = dict(given)
    exec(answer, student)
    functions: list[Any] = []

    def handle(value: Any) -> dict[str, Any] | None:
        if not callable(value) or isinstance(value, type):
            return None
        functions.append(value)
        return {"function": len(functions) - 1}

    def ask(number: int, args: list[Any], keywords: dict[str, Any]) -> dict[str, Any]:
        try:
            got = functions[number](*copy.deepcopy(args), **keywords)
        except Exception as error:
            return {"error": {"name": type(error).__name__, "message": str(error)}}
        return {"value": pack(got, handle)}

    source = tests[test]
    namespace = dict(trusted)
    for name in names_used(source):
        if name not in trusted and name in student:
            namespace[name] = opened(pack(student[name], handle), name, ask)
    return run_test(source, namespace, 60)


# Right answers: other types, other ways, and what carries a slip on that has cost its points.
RIGHT = {
    ("a1", "test-by-hand-form"): ["by_hand = by_hand.tolist()", "by_hand = by_hand.astype(float)"],
    ("a1", "test-expected"): ["p_ij = sum(w * np.outer(q, q) for w, q in LANGUAGE)"],
    ("a1", "test-errors"): [
        "errors = tuple(np.float32(each) for each in errors)",
        # P_i P_j instead of P_ij, and the errors against it
        "p_ij = np.outer(p_i, p_i)\nerrors = [np.sqrt(np.mean((COUNTED(n) - p_ij) ** 2))"
        " for n in (50, 200, 800)]",
    ],
    ("a1", "test-m-star"): [
        "def m_star(p, q):\n    r = p / np.outer(q, q)\n    return 2 * (r - 1) / (r + 1)"
    ],
    ("a2", "test-loss"): ["old_loss = loss\nloss = lambda *a: float(old_loss(*a))"],
    ("a2", "test-slope"): [
        "from scipy.special import expit\n"
        "slope = lambda x, plus, minus: minus * expit(x) - plus * expit(-x)"
    ],
    ("a2", "test-expansion-weights"): ["old = expansion\nexpansion = lambda *a: list(old(*a))"],
    ("a2", "test-expansion-constant"): ["old = expansion\nexpansion = lambda *a: list(old(*a))"],
    ("a3", "test-best-form"): ["old = best_vectors\nbest_vectors = lambda A, d: -old(A, d)"],
    ("a3", "test-best-few"): ["old = best_vectors\nbest_vectors = lambda A, d: -old(A, d)"],
    ("a3", "test-analogy-simple"): ["old = analogy\nanalogy = lambda *a: np.int64(old(*a))"],
    ("a3", "test-analogy-inputs"): ["old = analogy\nanalogy = lambda *a: float(old(*a))"],
    ("a3", "test-interval"): [
        "right = list(map(int, right))",
        "drawn = np.random.default_rng(7).integers(len(sizes), size=(1000, len(sizes)))\n"
        "scores = [hits[row].sum() / sizes[row].sum() for row in drawn]\n"
        "low, high = np.percentile(scores, 2.5), np.percentile(scores, 97.5)",
        # Inputs are not barred: that costs its points, the interval of these answers is right.
        "UNIT = W / np.linalg.norm(W, axis=1, keepdims=True)\n"
        "analogy = lambda W, a, b, c: int(np.argmax(UNIT @ (UNIT[b] - UNIT[a] + UNIT[c])))\n"
        "right = np.array([analogy(W, *each[:3]) == each[3] for each in questions])\n"
        "hits, score = np.bincount(of, right), right.mean()\n"
        "low, high = np.quantile(hits[drawn].sum(1) / sizes[drawn].sum(1), [0.025, 0.975])",
    ],
    ("a3", "test-score"): [
        "right = right.tolist()\nscore = float(score)",
        "analogy = lambda W, a, b, c: 0",  # scored by other means: the answers are true
        # Lengths left as they are: that costs its points, the score of these answers is right.
        *[
            f"UNIT = W / np.linalg.norm(W, axis=1, keepdims=True)\n"
            f"def analogy(W, a, b, c):\n"
            f"    X, Y = {x_y}\n"
            f"    s = X @ (Y[b] - Y[a] + Y[c])\n    s[[a, b, c]] = -np.inf\n"
            f"    return int(np.argmax(s))\n"
            f"right = np.array([analogy(W, *each[:3]) == each[3] for each in questions])\n"
            f"score = right.mean()"
            for x_y in ("W, W", "W / np.linalg.norm(W, axis=1, keepdims=True), W")
        ],
    ],
    ("a4", "test-drops"): [
        "drops = tuple(drops)",
        "order = order[::-1]\ndrops = drops[::-1]",  # the order has cost its points
    ],
    ("a4", "test-separate"): [
        "separate = float(separate)",
        # not divided by lambda, or twice, throughout, or in the middle only
        *[
            f"times = np.log((eigvals - start) / start) / eigvals**{p}\n"
            f"order = np.argsort(times)\nwide = np.log(9) / eigvals**{w}\n"
            "separate = np.sum((times + wide)[order[:-1]] < (times - wide)[order[1:]])\n"
            "order = order + 1"
            for p, w in ((0, 0), (0, 1), (2, 2), (2, 1))
        ],
        "times = sorted(times)",  # the number is true
    ],
    ("a4", "test-times"): [
        "times = list(times)",
        "times = tuple(np.log(eigvals / start) / eigvals)",
    ],
    ("a4", "test-order"): [
        "order = np.array(order)",
        "order = tuple(np.float64(each) for each in order)",
        "times = sorted(times)",  # the order is true
        "times = times * eigvals",  # not divided: the true order, and that of these times
        "times = times * eigvals\norder = np.argsort(times) + 1",
        "times = times * 3 / 2\norder = np.argsort(times) + 1",
        "times = times / eigvals\norder = np.argsort(times) + 1",
        "times = [float('nan')] * 5",
    ],
    ("a4", "test-corrected"): ["times = times * eigvals\ncorrected = corrected * eigvals[0]"],
    ("a4", "test-run"): ["steps = float(steps)", "steps += 1"],
    ("a5", "test-starts-simple"): [
        "def effective_starts(W0, eigvecs):\n    d = W0.shape[1]\n"
        "    K = eigvecs[:, :d].T @ W0\n    return np.diag(np.linalg.cholesky(K @ K.T)) ** 2"
    ],
    ("a5", "test-exact-zero"): [
        "old = exact_products\nexact_products = lambda *a: old(*a).tolist()"
    ],
    ("a5", "test-times"): [
        "old = effective_starts\neffective_starts = lambda *a: np.sqrt(old(*a))\n"
        "times = np.log(top / effective_starts(W0, eigvecs)) / top"
    ],
    ("a5", "test-timetable-simple"): ["old = timetable\ntimetable = lambda *a: list(old(*a))"],
    ("a6", "test-loo-simple"): [
        "old = leave_one_out\nleave_one_out = lambda *a: list(map(int, old(*a)))"
    ],
    ("a5", "test-timetable-own"): ["old = timetable\ntimetable = lambda *a: np.array(old(*a))"],
}

SPREAD = "np.full((2, 2), 0.4), np.full((2, 2), 1.0)"
WRONG = {
    ("a1", "test-by-hand-form"): [
        "by_hand = np.full((5, 5), 64 / 25)",
        "by_hand = np.diag([12, 13, 13, 13, 13])",
        "by_hand = np.zeros((5, 5))",
        f"by_hand = {EMPTY}",
    ],
    ("a1", "test-by-hand"): ["by_hand = np.zeros((5, 5))", f"by_hand = {EMPTY}"],
    ("a1", "test-count-simple"): ["count_pairs = lambda *a: np.zeros((3, 3))"],
    ("a1", "test-expected"): [
        f"p_ij = {EMPTY}",
        f"p_i = {EMPTY}",
        "p_ij = np.full((15, 15), 1 / 225)",
    ],
    ("a1", "test-pmi"): [f"pmi = lambda p, q: {EMPTY}", "pmi = lambda p, q: np.log(p)"],
    ("a1", "test-m-star"): [
        f"m_star = lambda p, q: {EMPTY}",
        f"old = m_star\nm_star = lambda p, q: old(p, q) if p.all() else {EMPTY}",
        f"old = m_star\nm_star = lambda p, q: old(p, q) if len(p) == 2 else {EMPTY}",
    ],
    ("a1", "test-errors"): [
        "p_ij = np.zeros((15, 15))\nerrors = [COUNTED(n).std() for n in (50, 200, 800)]",
        "p_ij = np.zeros((15, 15))\n"
        "errors = [np.sqrt(np.mean(COUNTED(800) ** 2)) * f for f in (1.01, 1, 0.99)]",
        "p_ij = np.full((15, 15), 1 / 225)\n"
        "errors = [COUNTED(800).std() * f for f in (1.01, 1, 0.99)]",
        "errors = [0.0, 0.0, 0.0]",
        "errors = [float('nan')] * 3",
        "errors = [errors[1]] * 3",
        f"errors = {EMPTY}",
    ],
    ("a2", "test-loss"): [
        "loss = lambda *a: 2 * np.log(2)",
        f"loss = lambda x, plus, minus: {EMPTY} if x.any() else 2 * np.log(2)",
    ],
    ("a2", "test-loss-large"): [f"loss = lambda *a: {EMPTY}", "loss = lambda *a: 1500.0"],
    ("a2", "test-slope"): [
        f"old = slope\nslope = lambda x, *a: old(x, *a) if x.size > 1 else {EMPTY}",
        f"slope = lambda *a: {EMPTY}",
        "slope = lambda x, *a: np.zeros_like(x)",
    ],
    ("a2", "test-rest"): ["rest = np.zeros((6, 6))", f"rest = {EMPTY}", "rest = np.eye(6)"],
    ("a2", "test-expansion-weights"): [f"expansion = lambda *a: ({SPREAD})"],
    ("a2", "test-expansion-target"): [f"expansion = lambda *a: ({EMPTY}, {EMPTY})"],
    ("a2", "test-expansion-constant"): [
        "expansion = lambda *a: (np.ones((6, 6)), np.full((6, 6), -2.0))",
        "old = expansion\nexpansion = lambda *a: (1.0, old(*a)[1])",
        f"old = expansion\nexpansion = lambda *a: ({EMPTY}, old(*a)[1])",
    ],
    ("a2", "test-worst"): ["worst = 0", f"worst = {EMPTY}", "worst = 1 / 192"],
    ("a3", "test-best-form"): [
        "best_vectors = lambda A, d: np.diag([2.0, 1, 0])[:, :2]",
        "best_vectors = lambda A, d: np.eye(len(A))[:, :d]",
        f"best_vectors = lambda A, d: {EMPTY}",
    ],
    ("a3", "test-best-few"): ["best_vectors = lambda A, d: np.diag([2**0.5, 0, 0])"],
    ("a3", "test-best-loss"): ["best_loss = lambda A, d: 0.0", f"best_loss = lambda A, d: {EMPTY}"],
    ("a3", "test-analogy-simple"): ["analogy = lambda *_: 3", "analogy = lambda *_: np.empty(0)"],
    ("a3", "test-analogy-inputs"): [
        "analogy = lambda *_: 3",
        "analogy = lambda W, a, b, c: min({0, 1, 2, 3, 4} - {a, b, c})",
        "analogy = lambda W, a, b, c: c",
    ],
    ("a3", "test-analogy-unit"): ["analogy = lambda *_: 3"],
    ("a3", "test-score"): [
        "right = ~right\nscore = right.mean()",
        "right = [True] * 3\nscore = 1.0",
        "right = np.zeros(len(right))\nscore = 0.0",
        # as many as are true, but others
        "right = right[np.random.default_rng(1).permutation(len(right))]",
        # constants, the inputs, and no bar: they cost more than the points of part 2
        *[
            f"analogy = {function}\n"
            "right = np.array([analogy(W, *each[:3]) == each[3] for each in questions])\n"
            "score = right.mean()"
            for function in (
                "lambda *_: 3",
                "lambda W, a, b, c: c",
                "lambda W, a, b, c: int(np.argmax(W @ (W[b] - W[a] + W[c])))",
            )
        ],
        # the true function, and answers of another one
        "right = np.array([np.argmax(np.delete(W, each[:3], 0) @ W[each[2]]) == each[3]"
        " for each in questions])\nscore = right.mean()",
    ],
    ("a3", "test-interval"): [
        # made-up data
        "right = np.random.default_rng(1).random(len(right)) < score\nscore = right.mean()\n"
        "low, high = score - 0.1, score + 0.1",
        "low, high = score - 0.05, score + 0.05",
        "low, high = score - 0.15, min(1, score + 0.3)",
        "low, high = score, score",
        # a constant, and what follows
        "analogy = lambda *_: 3\nright = np.array([each[3] == 3 for each in questions])\n"
        "score, low, high = 0.0, 0.0, 0.2",
        # as if questions were independent
        "half = 1.96 * np.sqrt(score * (1 - score) / len(right))\n"
        "low, high = score - half, score + half",
    ],
    ("a4", "test-strength"): [
        f"strength = lambda t, lam, s2: {EMPTY} if np.ndim(t) else 0.1",
        "strength = lambda t, lam, s2: s2 + 0 * t",
    ],
    ("a4", "test-times"): [
        "times = times * eigvals",
        "times = times / eigvals",
        "times = [1, 2, 3, 4, 5]",
        "times = [float('nan')] * 5",
        "times = sorted(times)",
        f"times = {EMPTY}",
    ],
    ("a4", "test-order"): [
        "times = [1, 2, 3, 4, 5]\norder = [1, 2, 3, 4, 5]",
        "times = [float('nan')] * 5\norder = [1, 2, 3, 4, 5]",
        "times = [0.0] * 5\norder = [1, 2, 3, 4, 5]",
        "times = eigvals[::-1]\norder = [1, 2, 3, 4, 5]",
        "times = sorted(times)\norder = [1, 2, 3, 4, 5]",
        "order = np.argsort(np.argsort(times)) + 1",  # ranks
        "order = order[::-1]",
        "order = [1, 2, 3, 4, 5]",
        f"order = {EMPTY}",
    ],
    ("a4", "test-loss"): [
        "loss = lambda t: np.sum((eigvals - start) ** 2) / 8",
        f"old = loss\nloss = lambda t: old(t) if t == 0 else {EMPTY}",
    ],
    ("a4", "test-drops"): ["drops = np.ones(5)", f"drops = {EMPTY}", "drops = drops[::-1]"],
    ("a4", "test-separate"): [
        "separate = (separate + 1) % 5",
        # constants, with times of no law and with true ones
        *[f"times = {times}\nseparate = 9" for times in ("[1, 2, 3, 4, 5]", "times")],
        "times = [1, 2, 3, 4, 5]\nseparate = (separate + 1) % 5",
        "times = [float('nan')] * 5\nseparate = (separate + 1) % 5",
    ],
    ("a4", "test-corrected"): [
        "times = [0.0] * 5\ncorrected = 0.0",
        "times = [float('inf')] * 5\ncorrected = float('inf')",
        "times = [1.0] * 5\ncorrected = 0.15 / np.log(1.15)",
        f"corrected = {EMPTY}",
        "corrected = times[0]",
    ],
    ("a4", "test-run"): [f"late = {EMPTY}", "late = 100 * late", "steps = 0"],
    ("a5", "test-starts-simple"): [
        "effective_starts = lambda *a: [25, 1.44]",
        f"effective_starts = lambda *a: {EMPTY}",
    ],
    ("a5", "test-exact-simple"): [
        f"exact_products = lambda M, W, t: W @ W.T if t == 0 else {EMPTY}",
        "exact_products = lambda M, W, t: W @ W.T",
    ],
    ("a5", "test-exact-zero"): ["exact_products = lambda *a: np.full((3, 3), 0.125)"],
    ("a5", "test-descend"): ["descend = lambda M, W0, rate, steps: np.array([W0] * (steps + 1))"],
    ("a5", "test-times"): [
        "effective_starts = lambda *a: np.full(3, 1e-5)\n"
        "times = np.log(eigvals[:3] / 1e-5) / eigvals[:3]",
        "times = [1, 2, 3]",
        "times = [float('nan')] * 3",
    ],
    ("a5", "test-timetable-simple"): ["timetable = lambda *a: ([5, 2], [1, 1])"],
    ("a5", "test-timetable-own"): [
        "old = timetable\ntimetable = lambda *a: (np.empty((0, 1)), old(*a)[1])",
        "timetable = lambda M, d, s: (np.ones(d), np.ones(d))",
    ],
    ("a6", "test-loo-simple"): ["leave_one_out = lambda *a: np.ones(3, dtype=bool)"],
    ("a5", "test-planted"): ["planted = counted", f"planted = {EMPTY}", "planted = np.eye(15)"],
}
# What the bank calls: the parts of a1's language, and the share of each pair in n articles.
HELP = {
    "a1": """
LANGUAGE = list(zip(language.pi, language.word_given_topic))
def COUNTED(n):
    table = count_pairs(language.articles(n, np.random.default_rng(9)), list(language.words), 5)
    return table / table.sum()
"""
}
CASES = [
    pytest.param(short, test, answer, passes, id=f"{short}-{test}-{number}-{passes}")
    for passes, bank in ((True, RIGHT), (False, WRONG))
    for (short, test), answers in bank.items()
    for number, answer in enumerate(answers)
]


@pytest.mark.parametrize(("short", "test", "answer", "passes"), CASES)
def test_bank_of_answers(short: str, test: str, answer: str, passes: bool) -> None:
    got = outcome(short, test, HELP.get(short, "") + answer)
    assert got.passed is passes, got
    assert passes or got.message, "a student who fails must hear why"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("times = times * eigvals", "divide by lambda"),
        ("times = times / eigvals", "divide by lambda once, not twice"),
        (
            "times = np.log(eigvals / np.sqrt(start)) / eigvals",
            "start holds s^2(0) already, not s(0)",
        ),
    ],
)
def test_hints_of_times_name_the_slip_that_was_made(answer: str, says: str) -> None:
    assert outcome("a4", "test-times", answer).message == says


HEIGHTS = "these are heights of the loss; a drop is the difference of two heights"


@pytest.mark.parametrize(
    ("short", "test", "answer", "says"),
    [
        (
            "a3",
            "test-score",
            "right = ~right\nscore = right.mean()",
            "right does not hold what your",
        ),
        (
            "a3",
            "test-score",
            "analogy = lambda *_: 3\nright = np.array([each[3] == 3 for each in questions])\n"
            "score = right.mean()",
            "the score is off because analogy is: see what its tests in part 2 say",
        ),
        ("a4", "test-drops", "drops = eigvals**2", "the loss has a factor 1/8"),
        ("a4", "test-drops", "drops = eigvals", "the loss holds squares, and a factor 1/8"),
        ("a4", "test-drops", "drops = [-each for each in drops]", "a drop is by how much the loss"),
        ("a4", "test-drops", "drops = sum(drops) - np.cumsum(drops)", HEIGHTS),
        ("a4", "test-drops", "drops = np.cumsum(drops[::-1])[::-1]", HEIGHTS),
        (
            "a4",
            "test-drops",
            "drops = [0.1] * 5",
            "drops are off: what is a direction's term in the",
        ),
        ("a4", "test-drops", "drops = drops[::-1]", "the drops are right, but not in your order"),
        (
            "a5",
            "test-starts-own",
            "effective_starts = lambda W, U: np.ones(W.shape[1])",
            "the starts",
        ),
        (
            "a5",
            "test-starts-own",
            "old = effective_starts\neffective_starts = lambda W, U: np.sqrt(old(W, U))",
            "these are the lengths; the starts are their squares",
        ),
        (
            "a5",
            "test-starts-own",
            "effective_starts = lambda W, U: np.sum((U[:, : W.shape[1]].T @ W) ** 2, axis=1)",
            "these are whole rows",
        ),
        (
            "a5",
            "test-timetable-own",
            "def timetable(M, d, sigma):\n    lam = np.linalg.eigvalsh(M)[::-1][:d]\n"
            "    return lam, np.log(lam / sigma**2) / lam",
            "every direction starts at sigma^2 here",
        ),
    ],
)
def test_hints_name_the_slip_that_was_made(short: str, test: str, answer: str, says: str) -> None:
    assert outcome(short, test, answer).message.startswith(says)


# Types: what no test can read is refused by name in the cell that the student sees.


def _sympy(numbers: np.ndarray) -> object:
    sympy = pytest.importorskip("sympy")
    return [sympy.Float(float(x)) for x in numbers.flat]


ODD = {
    "Fraction": lambda numbers: [Fraction(float(x)) for x in numbers.flat],
    "Decimal": lambda numbers: tuple(Decimal(float(x)) for x in numbers.flat),
    "Float": _sympy,
    "dict_values": lambda numbers: dict(enumerate(numbers.flat)).values(),
    "MaskedArray": np.ma.array,
    "set": lambda numbers: set(numbers.flat),
    "str": lambda numbers: [str(x) for x in numbers.flat],
}


def asked(short: str) -> list[tuple[str, str]]:
    """Return the visible part of each test that asks for numbers by name, with that name."""
    found = []
    for source in solved(short)[0].values():
        visible = without(source, HIDDEN)
        for call in re.findall(r"need_numbers\((.*)\)", visible):
            found += [(visible, name) for name in re.findall(r"\b(\w+)=\1\b(?!\()", call)]
    return found


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("short", ["a1", "a2", "a3", "a4", "a5"])
def test_types_are_refused_by_name_in_the_visible_test(short: str, kind: str) -> None:
    names = set()
    for visible, name in asked(short):
        student = dict(solved(short)[2])
        student[name] = ODD[kind](np.ones(np.shape(student[name])))
        with pytest.raises(w2vlib.W2VError, match=rf"^{name}: an? {kind} cannot be graded"):
            exec(visible, student)
        names.add(name)
    assert len(names) >= 3


@pytest.mark.parametrize(
    ("short", "test", "answer"),
    [
        ("a2", "test-slope", "slope = lambda x, *a: np.ma.array(x)"),
        ("a3", "test-best-loss", "best_loss = lambda A, d: Fraction(1)"),
        ("a4", "test-strength", "strength = lambda t, lam, s2: Fraction(s2)"),
        ("a5", "test-exact-simple", "exact_products = lambda *a: np.ma.ones((2, 2))"),
    ],
)
def test_types_that_functions_return_are_refused_by_name(
    short: str, test: str, answer: str
) -> None:
    student = dict(solved(short)[2]) | {"Fraction": Fraction}
    exec(answer, student)
    name = answer.split()[0]
    with pytest.raises(
        w2vlib.W2VError, match=f"^{name}: a (MaskedArray|Fraction) cannot be graded"
    ):
        exec(without(solved(short)[0][test], HIDDEN), student)


@pytest.mark.parametrize(
    "answer",
    ["list(times)", "tuple(times)", "np.float32(times)", "times.astype(complex).real", "[*times]"],
)
def test_types_that_are_numbers_pass(answer: str) -> None:
    assert outcome("a4", "test-times", f"times = {answer}").passed
