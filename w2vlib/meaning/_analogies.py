"""Analogy questions, and the share of them that vectors answer correctly."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._support.errors import W2VError
from .._support.validation import instance_of, one_of, shown, true_or_false
from ..vectors import Embeddings
from ._pairs import EMBEDDINGS, word_pairs

# What is added to c: so many a and so many b. The first is the question, the others its baselines.
RULES = {"b - a + c": (-1, 1), "b + c": (0, 1), "c": (0, 0), "a - b + c": (1, -1)}


@dataclass(frozen=True, repr=False)
class AnalogyResult:
    """Share of analogy questions answered correctly; prints as a table.

    ``overall`` is the share of all ``n_questions`` that the vocabulary allowed; ``by_family`` holds
    the share and the number of questions for each family that had any.
    """

    overall: float
    n_questions: int
    by_family: dict[str, tuple[float, int]]

    def __repr__(self) -> str:
        rows = [*self.by_family.items(), ("all families", (self.overall, self.n_questions))]
        width = max(len(name) for name, _ in rows)
        lines = [f"{'family':<{width}}  right %  questions"]
        lines += [f"{name:<{width}}  {100 * share:7.1f}  {n:9,}" for name, (share, n) in rows]
        return "\n".join(lines)


def analogy_families() -> dict[str, list[tuple[str, str]]]:
    """Return the word pairs behind Google's analogy questions, by family.

    The distinct pairs of the families of ``questions-words.txt`` (Mikolov, Chen, Corrado and Dean
    2013; Apache License 2.0), in lower case. Most pairs of ``capital-common-countries`` are in
    ``capital-world`` as well.

    Examples
    --------
    >>> families = analogy_families()
    >>> len(families), sum(len(pairs) for pairs in families.values())
    (14, 573)
    >>> families["family"][:2]
    [('boy', 'girl'), ('brother', 'sister')]
    """
    text = files("w2vlib").joinpath("data", "analogy_families.json").read_text("utf-8")
    return {family: [*map(tuple, pairs)] for family, pairs in json.loads(text)["families"].items()}


def analogy_accuracy(
    emb: Embeddings,
    families: Mapping[str, Iterable[Sequence[str]]] | None = None,
    *,
    exclude_inputs: bool = True,
    rule: str = "b - a + c",
) -> AnalogyResult:
    r"""Ask every analogy question that the vocabulary allows.

    Within each family, every pair (a, b) is put together with every other pair (c, d), in both
    orders. The question "a is to b as c is to ?" is answered by 3CosAdd as in
    :meth:`Embeddings.analogy`; the correct answer is d. This re-pairing, of Karkada, Simon, Bahri
    and DeWeese (2025), gives more questions at a small vocabulary than Google's own list has.

    Parameters
    ----------
    families : mapping of str to pairs of words, optional
        The word pairs; by default :func:`analogy_families`, whose words are lower case. W2VError
        where none has two pairs in the vocabulary.
    exclude_inputs : bool
        Leave a, b and c out of the candidate answers, as is usual: most often c or b would win.
    rule : {"b - a + c", "b + c", "c", "a - b + c"}
        Which sum the answer should be nearest to. The second does without a, the third asks for
        the nearest neighbour of c, the fourth takes the step the wrong way: what they answer owes
        nothing to the relation (Linzen 2016).

    Notes
    -----
    A question whose answer is among its own inputs (two cities in one state: b = d) counts, and
    cannot be answered correctly while inputs are excluded: 6 of the 2,364 questions at 5,000 words
    of Wikipedia. Neither can one with a zero vector. Of equal scores the earlier word wins.

    Examples
    --------
    >>> emb = Embeddings(["low", "lower", "high", "higher"], [[3, 1], [2, 2], [1, 1], [0, 4]])
    >>> analogy_accuracy(emb, {"comparative": [("low", "lower"), ("high", "higher")]})
    family        right %  questions
    comparative     100.0          2
    all families    100.0          2

    Here the step was not needed: the nearest neighbour of c is the answer, too.

    >>> pairs = {"comparative": [("low", "lower"), ("high", "higher")]}
    >>> analogy_accuracy(emb, pairs, rule="c").overall
    1.0
    """
    instance_of("emb", emb, Embeddings, EMBEDDINGS)
    exclude_inputs = true_or_false("exclude_inputs", exclude_inputs)
    rule = one_of("rule", rule, tuple(RULES))
    families = analogy_families() if families is None else families
    if not isinstance(families, Mapping):
        raise W2VError(f"families is {shown(families)}; pass a dict of names to word pairs")
    by_family = {}
    n_correct = n_questions = 0
    for family, pairs in families.items():
        distinct = dict.fromkeys(word_pairs(pairs, f" in family {family!r}"))
        rows = [(emb.index[a], emb.index[b]) for a, b in distinct if a in emb and b in emb]
        if len(rows) < 2:
            continue
        correct = answered_correctly(emb.unit_vectors, np.array(rows), exclude_inputs, rule)
        found, n = int(correct.sum()), len(rows) * (len(rows) - 1)
        by_family[family] = (found / n, n)
        n_correct, n_questions = n_correct + found, n_questions + n
    if not n_questions:
        raise W2VError(
            f"no question can be asked: none of the {len(families)} families has two pairs among "
            f"the {len(emb):,} words; use a larger vocabulary, in lower case, or your own families"
        )
    return AnalogyResult(n_correct / n_questions, n_questions, by_family)


def answered_correctly(
    unit: NDArray[np.floating[Any]], pairs: NDArray[np.int64], exclude_inputs: bool, rule: str
) -> NDArray[np.bool_]:
    """Return which questions between one family's pairs (n, 2) are answered correctly, (n, n)."""
    a, b = pairs.T
    of_a, of_b = RULES[rule]
    # The score of x for (a, b), (c, d) is x.(b - a) + x.c: two products (n, V) serve all n(n-1)
    # questions. Dividing by the length of b - a + c would not change which x comes first.
    score_ab = (of_b * unit[b] + of_a * unit[a]) @ unit.T  # (n, V)
    score_c = unit[a] @ unit.T  # (n, V), the same words in the role of c
    known = (unit[pairs] != 0).any(axis=2).all(axis=1)  # (n,) pairs without a zero vector
    each = np.arange(len(pairs))
    correct = np.zeros((len(pairs), len(pairs)), dtype=bool)
    for first in each[known]:
        scores = score_ab[first] + score_c  # (n, V), a question a row
        if exclude_inputs:
            scores[:, pairs[first]] = -np.inf
            scores[each, a] = -np.inf
        correct[first] = (scores.argmax(axis=1) == b) & known
    np.fill_diagonal(correct, False)  # a pair is not put together with itself
    return correct
