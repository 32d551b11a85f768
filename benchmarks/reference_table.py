"""Our figures beside those of an independent implementation, on slices of the big text.

Usage: reference_table.py FOLDER, with enwiki-part1.txt.xz to part4 and wordsim353.tsv in it (they
are not part of the project). About five minutes on one core.

At 17M, V = 2,000, four words (map, screen, investment, input) share the last place of the
vocabulary. We keep "map", the first in the text; the reference's eigenvalues are those of
"investment".
"""

import lzma
import sys
from itertools import islice
from pathlib import Path

import numpy as np

import w2vlib

# slice, V: questions, zeros in %, accuracy at d = 50, 100, 200, WordSim353, first eigenvalues
REFERENCE = {
    ("17M", 2000): (534, 6, 59.7, 65.2, 62.2, 0.608, 583.0, 398.7, 361.0),
    ("17M", 5000): (2426, 41, 47.7, 56.3, 54.4, 0.681, 1375.8, 1014.7, 905.6),
    ("17M", 10000): (5958, 72, 37.5, 48.0, 51.5, 0.700, 2007.7, 1492.5, 1383.5),
    ("69.9M", 2000): (606, 1, 68.0, 75.7, 77.4, 0.714, 579.9, 396.2, 357.4),
    ("69.9M", 3000): (1026, 4, 64.1, 73.2, 76.5, 0.728, 889.9, 635.0, 577.9),
    ("69.9M", 5000): (2364, 17, 54.1, 65.9, 67.3, 0.714, 1543.2, 1090.3, 1018.2),
    ("69.9M", 10000): (6328, 49, 43.6, 56.2, 62.1, 0.721, 2720.0, 1973.0, 1866.7),
}


def articles(folder):
    """Yield the articles of the four parts, in order."""
    for path in sorted(folder.glob("enwiki-part*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            yield from lines


def number_of_articles(folder, n_tokens):
    """Return how many whole articles reach that many tokens."""
    total = 0
    for number, article in enumerate(articles(folder), start=1):
        total += len(article.split())
        if total >= n_tokens:
            return number
    return number


def figures(stats, ratings):
    """Return what the reference lists, in its order."""
    M = w2vlib.m_star(stats, dtype=np.float32)
    eigvals, eigvecs = w2vlib.top_eigenpairs(M, 200)
    embeddings = {
        d: w2vlib.Embeddings(stats.words, eigvecs[:, :d] * np.sqrt(eigvals[:d]))
        for d in (50, 100, 200)
    }
    results = {d: w2vlib.analogy_accuracy(emb) for d, emb in embeddings.items()}
    similarity = w2vlib.similarity_correlation(embeddings[200], ratings).correlation
    zeros = 100 * (stats.pair_counts == 0).mean()
    accuracies = [100 * result.overall for result in results.values()]
    return results[200].n_questions, zeros, *accuracies, similarity, *eigvals[:3]


def main():
    """Print ours over the reference for each slice and vocabulary."""
    folder = Path(sys.argv[1])
    n_articles = {"17M": number_of_articles(folder, 17_000_000), "69.9M": None}
    print("| text | V | | questions | zeros | d = 50 | 100 | 200 | WordSim353 | eigenvalues |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (text, V), reference in REFERENCE.items():
        stats = w2vlib.count_cooccurrences(
            islice(articles(folder), n_articles[text]), vocab_size=V, window=16
        )
        ours = figures(stats, folder / "wordsim353.tsv")
        for who, row in (("ours", ours), ("reference", reference)):
            n, zeros, a, b, c, similarity, *eigvals = row
            print(
                f"| {text} | {V:,} | {who} | {n:,} | {zeros:.0f} % | {a:.1f} | {b:.1f} | {c:.1f} | "
                f"{similarity:.3f} | {', '.join(f'{x:.1f}' for x in eigvals)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
