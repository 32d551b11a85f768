"""Data of one's own for every student of the course: public, seeded, and without answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from w2vlib import CorpusStatistics, W2VError, analogy_families, load_statistics
from w2vlib._support.validation import instance_of, shown, whole_number, word_list

from ._planted import Language, planted_eigenpairs

_STUDENT = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_ASSIGNMENT = re.compile(r"[a-z][a-z0-9_]{0,63}")


def personal_rng(student: str, assignment: str) -> np.random.Generator:
    """Return the random generator of one student in one assignment.

    Its seed is the SHA-256 of ``assignment:student``: the same on every machine, and another for
    another student or assignment. Anyone can compute it, so it hides nothing.

    Parameters
    ----------
    student
        The id that the instructor goes by: 1 to 64 letters, digits and ``. _ @ -``, a letter or
        digit first. Spaces around it and capitals do not count.
    assignment
        The name of the assignment, such as ``a1_counts_and_pmi``.

    Raises
    ------
    W2VError
        One of the two is not of that form.

    Examples
    --------
    >>> personal_rng("ada", "a1_counts_and_pmi").integers(100, size=5)
    array([68, 48, 83, 69, 70])
    >>> first = personal_rng(" Ada ", "a1_counts_and_pmi").random()
    >>> bool(first == personal_rng("ada", "a1_counts_and_pmi").random())
    True
    """
    name = student.strip().lower() if isinstance(student, str) else ""
    if not _STUDENT.fullmatch(name) or name == "your-id":
        raise W2VError(
            f"STUDENT is {shown(student)}; write the id that your instructor knows you by: 1 to 64 "
            "letters, digits, dots, hyphens, underscores or @"
        )
    if not isinstance(assignment, str) or not _ASSIGNMENT.fullmatch(assignment):
        raise W2VError(
            f"assignment is {shown(assignment)}; name one as in "
            "'a1_counts_and_pmi': small letters, digits and underscores"
        )
    digest = hashlib.sha256(f"{assignment}:{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


_TOPICS = (
    *("king", "queen", "crown", "throne"),
    *("bread", "butter", "salt", "spoon"),
    *("ship", "sail", "wave", "captain"),
)
_EVERYWHERE = ("the", "of", "and")


def personal_language(student: str, assignment: str) -> Language:
    """Return a student's planted language: 15 words, three topics.

    Every topic has four words of its own (60 % of its text, unevenly), shares three words with the
    others (30 %), and borrows the rest (10 %) from the other topics.

    Examples
    --------
    >>> language = personal_language("ada", "a1_counts_and_pmi")
    >>> len(language.words), language.word_given_topic.sum(axis=1).round(12).tolist()
    (15, [1.0, 1.0, 1.0])
    """
    rng = personal_rng(student, assignment)
    # Steps of 1/20 and 1/200, so that nothing depends on rounding.
    shares = [(8, 7, 5), (9, 6, 5), (10, 6, 4)]
    pi = rng.permutation(shares[rng.integers(len(shares))]) / 20
    everywhere = rng.permutation((30, 20, 10)) / 200
    rows = np.full((3, len(_TOPICS) + len(_EVERYWHERE)), 0.1 / 8)
    for k, row in enumerate(rows):
        row[4 * k : 4 * k + 4] = rng.permutation((48, 36, 24, 12)) / 200
        row[-3:] = everywhere
    return Language((*_TOPICS, *_EVERYWHERE), pi, rows)


def personal_sentence(student: str) -> str:
    """Return the sentence that a student counts by hand: 12 words, five different ones.

    Examples
    --------
    >>> personal_sentence("ada")
    'spoon the spoon the crown the spoon throne bread bread crown throne'
    """
    rng = personal_rng(student, "a1_sentence")
    words = np.array(["the", *rng.choice(_TOPICS, 4, replace=False)])
    # Every word twice at least, so that no row of the table is nearly empty.
    rows = rng.permutation([0, 0, 0, *range(1, 5), *range(1, 5), rng.integers(1, 5)])
    return " ".join(words[rows])


def personal_pairs(student: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the pair probabilities P_ij (6, 6) and the word probabilities P_i (6,) of a student.

    P_ij is symmetric, has one pair that never co-occurs, and P_i is the sum of its rows.

    Examples
    --------
    >>> p_ij, p_i = personal_pairs("ada")
    >>> bool(np.isclose(p_ij.sum(), 1)), int((p_ij == 0).sum())
    (True, 2)
    """
    rng = personal_rng(student, "a2_loss_to_least_squares")
    counts = np.triu(rng.integers(2, 40, (6, 6)))
    i, j = sorted(rng.choice(6, 2, replace=False))
    counts[i, j] = 0
    counts = counts + np.triu(counts, 1).T
    p_ij = counts / counts.sum()
    return p_ij, p_ij.sum(axis=0)


def personal_matrix(student: str, assignment: str, *, V: int = 24) -> tuple[np.ndarray, list[str]]:
    """Return a symmetric matrix (V, V) whose eigenpairs are known to whoever planted it, and words.

    Examples
    --------
    >>> matrix, words = personal_matrix("ada", "a3_pca_embeddings")
    >>> matrix.shape, bool((matrix == matrix.T).all())
    ((24, 24), True)
    """
    rng = personal_rng(student, assignment)
    eigvals, eigvecs = planted_eigenpairs(rng, V)
    matrix = (eigvecs * eigvals) @ eigvecs.T
    words = [f"w{i:02d}" for i in rng.permutation(V)]
    return (matrix + matrix.T) / 2, words


def personal_words(student: str, assignment: str, *, n: int = 1500) -> list[str]:
    """Return a student's own vocabulary: ``n`` of the 3,000 most frequent bundled words, in order.

    The words of the analogy questions and the 100 most frequent ones are all kept, so that every
    student has enough questions; ``n`` is at least their number.

    Examples
    --------
    >>> words = personal_words("ada", "a3_pca_embeddings")
    >>> len(words), words[:3]
    (1500, ['the', 'of', 'and'])
    """
    rng = personal_rng(student, assignment)
    words = load_statistics(3000).words
    asked = {word for pairs in analogy_families().values() for pair in pairs for word in pair}
    keep = {i for i, word in enumerate(words) if i < 100 or word in asked}
    n = whole_number("n", n, least=len(keep), most=len(words))
    rest = [i for i in range(len(words)) if i not in keep]
    keep.update(int(i) for i in rng.choice(rest, n - len(keep), replace=False))
    return [words[i] for i in sorted(keep)]


def restricted(stats: CorpusStatistics, words: Sequence[str]) -> CorpusStatistics:
    """Return the statistics of some of the words: their rows and columns.

    Examples
    --------
    >>> stats = load_statistics(500)
    >>> len(restricted(stats, ["the", "king", "war"]))
    3
    """
    instance_of("stats", stats, CorpusStatistics, "such as load_statistics()")
    words = word_list(words)
    missing = [word for word in words if word not in stats.index]
    if missing:
        raise W2VError(
            f"{len(missing)} of {len(words)} words are not among the {len(stats):,} of stats, "
            f"first {missing[0]!r}; leave them out, or load statistics of more words"
        )
    rows = [stats.index[word] for word in words]
    return CorpusStatistics(
        words, stats.word_counts[rows], stats.pair_counts[np.ix_(rows, rows)], stats.window
    )


def personal_modes(student: str) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues (5,), descending, and starts s_k^2(0) (5,) of a student.

    They are drawn again until the order of learning is not that of the eigenvalues, tells the order
    from the ranks (which answer another question), and does not depend on rounding.

    Examples
    --------
    >>> eigvals, start = personal_modes("ada")
    >>> bool((np.diff(eigvals) < 0).all()), bool((start < 1e-5).all())
    (True, True)
    """
    rng = personal_rng(student, "a4_staircase")
    while True:
        eigvals = (12 * 0.72 ** np.arange(5) * rng.uniform(0.94, 1.06, 5)).round(3)
        start = 10 ** rng.uniform(-14, -5, 5)
        times = np.log(eigvals / start) / eigvals
        order = np.argsort(times)
        gaps = np.diff(times[order])
        # The later of two starts to show when the earlier is nearly done: the steps just separate.
        near = np.log(9) * (1 / eigvals[order[:-1]] + 1 / eigvals[order[1:]])
        told_apart = not np.array_equal(order, np.argsort(order))
        if told_apart and gaps.min() > 0.1 and np.abs(gaps - near).min() > 0.02:
            return eigvals, start


def personal_start(student: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a matrix M (12, 12) and a small random start W0 (12, 3) of a student.

    W0 is drawn again where chance would decide the order: where a direction starts with next to
    nothing, or where the fourth is ahead of the third.

    Examples
    --------
    >>> M, W0 = personal_start("x1")
    >>> M.shape, W0.shape
    ((12, 12), (12, 3))
    >>> from w2vlib import effective_start
    >>> eigvecs = np.linalg.eigh(M)[1][:, ::-1]
    >>> bool(effective_start(W0, eigvecs).min() > 2e-7)
    True
    """
    M, _ = personal_matrix(student, "a5_forecast", V=12)
    rng = personal_rng(student, "a5_start")
    eigvals, eigvecs = np.linalg.eigh(M)
    eigvals, eigvecs = eigvals[::-1], eigvecs[:, ::-1]
    while True:
        W0 = 1e-3 * rng.standard_normal((12, 3))
        rows = eigvecs.T @ W0
        Q, R = np.linalg.qr(rows[:3].T)
        start = np.diag(R) ** 2
        times = np.log(eigvals[:3] / start) / eigvals[:3]
        rival = (rows[3] @ Q[:, 2]) ** 2 * np.exp((eigvals[3] - eigvals[2]) * times[2])
        if start.min() > 2e-7 and np.diff(times).min() > 0.15 and rival < 0.05 * start[2]:
            return M, W0


def personal_kin_language(student: str) -> Language:
    """Return a planted language in which two of the three topics are related.

    Relatives lend each other more of their words than they lend the third topic or borrow from it.
    So M* has two large positive eigenvalues that stand apart: the third topic against the
    relatives, and one relative against the other.

    Examples
    --------
    >>> language = personal_kin_language("ada")
    >>> q = language.word_given_topic
    >>> len(language.words), q.sum(axis=1).round(12).tolist()
    (15, [1.0, 1.0, 1.0])
    >>> p_ij, chance = (q.T * language.pi) @ q, np.outer(language.pi @ q, language.pi @ q)
    >>> eigvals = np.linalg.eigvalsh(2 * (p_ij - chance) / (p_ij + chance))
    >>> eigvals[:-4:-1].round(1).tolist()
    [6.9, 2.4, 0.0]
    """
    rng = personal_rng(student, "a5_language")
    third = int(rng.integers(3))
    lent = rng.choice([0.12, 0.14, 0.16])
    shares = [(7, 7, 6), (8, 6, 6), (8, 7, 5)]
    pi = rng.permutation(shares[rng.integers(len(shares))]) / 20
    everywhere = rng.permutation((30, 20, 10)) / 200
    rows = np.full((3, len(_TOPICS) + len(_EVERYWHERE)), 0.05 / 4)
    for k, row in enumerate(rows):
        for j in range(3):
            if j != k and third not in (j, k):
                row[4 * j : 4 * j + 4] = lent / 4
        row[-3:] = everywhere
        row[4 * k : 4 * k + 4] = 0  # the rest is its own
        row[4 * k : 4 * k + 4] = (1 - row.sum()) * rng.permutation((4, 3, 2, 1)) / 10
    return Language((*_TOPICS, *_EVERYWHERE), pi, rows)


#: Words for people by what they do, among the 5,000 bundled ones.
OCCUPATIONS = (
    *("actor", "artist", "author", "captain", "composer", "director", "doctor", "editor"),
    *("engineer", "judge", "leader", "minister", "musician"),
    *("philosopher", "poet", "priest", "producer", "professor", "scientist", "singer", "soldier"),
    *("student", "teacher", "writer"),
)


def personal_relations(student: str) -> tuple[list[str], list[str]]:
    """Return the families of analogies and the occupations that a student studies.

    Two families: ``family`` (gender), which all share, and another with 12 pairs or more; and 12
    occupations.

    Examples
    --------
    >>> families, occupations = personal_relations("ada")
    >>> families[0], len(occupations)
    ('family', 12)
    """
    rng = personal_rng(student, "a6_directions_and_bias")
    known = set(load_statistics().words)
    pairs = {
        name: sum(a in known and b in known for a, b in family)
        for name, family in analogy_families().items()
    }
    others = sorted(name for name, count in pairs.items() if count >= 12 and name != "family")
    jobs = [word for word in OCCUPATIONS if word in known]
    return ["family", str(rng.choice(others))], sorted(rng.choice(jobs, 12, replace=False).tolist())
