"""Top eigenpairs of M* on disjoint halves of the text. ``python tools/resample_modes.py FOLDER``.

What other articles would have given is the error bar of a concept. Each of the four parts of the
text is dealt at random into four groups of articles, and the 16 groups are counted separately.
Halves of the text are sums of 8 groups, chosen by rows of a Hadamard matrix: one row puts the
first two parts against the last two, the others put a random half of each part against the rest.
Any two rows are orthogonal, so that their differences tell of different noise.

The vocabulary stays that of the bundled statistics: other words are removed before windows are
laid, then the 2,000 most frequent are kept, as in ``w2vlib.load_statistics(2000)``. The groups
have to add up to that table exactly, or nothing is written.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import scipy.linalg

import w2vlib
from w2vlib import W2VError
from w2vlib._support.files import atomic_write
from w2vlib.corpus._file_format import digest

OUT = Path(w2vlib.__file__).parent / "data" / "mode_halves_v2000.npz"
V, D, WINDOW, SEED = 2000, 40, 16, 0
PARTS = GROUPS_PER_PART = 4
# Row 8 of the matrix has the sign of the group's part (first two, last two); the low two bits of
# the others are not zero, so that they halve the groups of each part.
SPLITS = {"random 1": 1, "random 2": 2, "random 3": 3, "random 4": 5, "first parts": 8}


def deal(path: Path, part: int, words: Iterable[str]) -> Iterator[list[str]]:
    """Yield the groups of one text file (an article a line), reduced to ``words``."""
    keep = set(words)
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        articles = [" ".join([word for word in line.split() if word in keep]) for line in lines]
    group = np.random.default_rng([SEED, part]).integers(GROUPS_PER_PART, size=len(articles))
    for g in range(GROUPS_PER_PART):
        yield [article for article, mine in zip(articles, group, strict=True) if mine == g]


def count(articles: list[str], words: Sequence[str], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return word counts (n,) and pair counts (n, n) of the first ``n`` of ``words``.

    All of ``words`` lie in the windows; no others may occur in ``articles``.
    """
    distinct = set().union(*(article.split() for article in articles))
    found = w2vlib.count_cooccurrences(
        articles, vocab_size=len(distinct), window=WINDOW, progress=False
    )
    present = [i for i, word in enumerate(words[:n]) if word in found.index]
    rows = [found.index[words[i]] for i in present]
    word_counts, pair_counts = np.zeros(n, np.int64), np.zeros((n, n), np.int64)
    word_counts[present] = found.word_counts[rows]
    pair_counts[np.ix_(present, present)] = found.pair_counts[np.ix_(rows, rows)]
    return word_counts, pair_counts


def eigenpairs(
    groups: Sequence[tuple[np.ndarray, np.ndarray]], words: tuple[str, ...], d: int = D
) -> tuple[np.ndarray, np.ndarray]:
    """Return the top ``d`` eigenpairs of M* of the sum of some groups: (d,) and (d, V)."""
    word_counts, pair_counts = (sum(tables) for tables in zip(*groups, strict=True))
    stats = w2vlib.CorpusStatistics(words, word_counts, pair_counts, WINDOW)  # type: ignore[arg-type]
    eigvals, eigvecs = w2vlib.top_eigenpairs(w2vlib.m_star(stats), d)
    return eigvals, eigvecs.T


def main(folder: Path) -> None:
    """Count the groups, check their sum, write the eigenpairs of all halves."""
    bundled = w2vlib.load_statistics()
    words = bundled.words[:V]
    texts = [folder / f"enwiki-part{part + 1}.txt.xz" for part in range(PARTS)]
    groups = []
    for part, text in enumerate(texts):
        for articles in deal(text, part, bundled.words):
            groups.append(count(articles, bundled.words, V))
            print(f"group {len(groups)}: {len(articles):,} articles", flush=True)
    kept = bundled.truncate(V)
    difference = np.abs(sum(pairs for _, pairs in groups) - kept.pair_counts).max()
    if difference or np.any(sum(counts for counts, _ in groups) != kept.word_counts):
        raise W2VError(
            f"the groups add up to other counts than the bundled ones (pairs differ by up to "
            f"{difference:,}); pass the folder of the text that they were counted from"
        )
    signs = scipy.linalg.hadamard(PARTS * GROUPS_PER_PART)
    eigvals, eigvecs = [], []
    for row in SPLITS.values():
        for sign in (1, -1):
            half = [group for group, s in zip(groups, signs[row], strict=True) if s == sign]
            lam, rows = eigenpairs(half, words)
            eigvals.append(lam)
            eigvecs.append(rows)
            print(f"row {row} {sign:+d}: {lam[:3].round(1)}", flush=True)
    about = {"splits": list(SPLITS), "seed": SEED, "window": WINDOW, "bundled": "enwiki_v5000_l16"}
    shape = (len(SPLITS), 2)
    arrays = {
        "about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "eigvals": np.array(eigvals, "<f8").reshape(*shape, D),
        "eigvecs": np.array(eigvecs, "<f2").reshape(*shape, D, V),
    }
    with atomic_write(OUT) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, SHA-256 of the content {digest(arrays)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/resample_modes.py FOLDER (of enwiki-part1.txt.xz to 4)")
    main(Path(sys.argv[1]))
