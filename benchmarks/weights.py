"""Weights and settings of the closed form: chosen on one text, reported on another.

::

    python benchmarks/weights.py TUNE.txt.xz REST.txt.xz... [--ratings wordsim353.tsv simlex999.txt]

Prints analogies (re-paired within families, inputs excluded) and, where files of ratings are given,
their rank correlation with cosines, at V = 5,000, d = 200, L = 16. The rows of the first text are
for choosing. Those of the others, taken as one text, show what the choice is worth on pages that
had no part in it.
"""

from __future__ import annotations

import argparse
import lzma
from collections.abc import Iterator
from pathlib import Path

import w2vlib

V, D = 5000, 200
SETTINGS = [  # k, g = p^x, power of the negatives, subsampling
    *((k, 0.75, 0.75, 1e-4) for k in (0.5, 1, 2, 3, 5)),
    *((2, x, 0.75, 1e-4) for x in (0.5, 0.6, 1)),
    *((2, 0.75, 0.75, t) for t in (0, 1e-5, 1e-3)),
    *((k, 0.75, 0.75, 1e-3) for k in (1, 3)),
    (2, 0.75, 1, 1e-4),
    (2, 0.5, 1, 0),
]


def articles(paths: list[Path]) -> Iterator[str]:
    """Read texts one after the other, an article a line."""
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            yield from file


def main() -> None:
    """Count, tune on the first text, report on the others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tune", type=Path)
    parser.add_argument("rest", type=Path, nargs="+")
    parser.add_argument("--ratings", type=Path, nargs="*", default=[])
    options = parser.parse_args()

    def row(stats: w2vlib.CorpusStatistics, name: str, **settings: object) -> None:
        emb = w2vlib.pca_embeddings(stats, D, **settings)
        found = w2vlib.analogy_accuracy(emb)
        rated = [w2vlib.similarity_correlation(emb, path).correlation for path in options.ratings]
        print(f"{name:44}{100 * found.overall:6.1f} %", *[f"{r:8.3f}" for r in rated], flush=True)

    names = [path.stem[:9] for path in options.ratings]
    print(f"{'':44}analogies", *names)
    for title, paths in (("for choosing", [options.tune]), ("other pages", options.rest)):
        stats = w2vlib.count_cooccurrences(articles(paths), vocab_size=V)
        print(f"{title}: {stats.n_tokens:,} tokens of these words")
        row(stats, "constant weights: M*")
        for k, x, power, t in SETTINGS:
            name = f"k = {k:g}, g = p^{x:g}, q ~ p^{power:g}, t = {t:g}"
            weights = stats.p_i**x
            row(stats, name, weights=weights, negative=k, sample=t, ns_exponent=power)


if __name__ == "__main__":
    main()
