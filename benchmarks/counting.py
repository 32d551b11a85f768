"""Counting: words and pairs per second on one core and on two, beside two peers, and peak memory.

The peers: Python's own ``str.split`` and ``Counter`` for reading; for pairs, a compiled loop that
fills the table in the order of the text, which is the obvious fast way. Two bounds stand beside
them: the same increments with a single row for a table, which stays in the nearest cache, and the
time in which memory could move the tokens and the table once.
"""

import os

THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"
for name in (*THREADS, "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from numba import njit

import w2vlib
from w2vlib.corpus._tokens import count_pairs, tokenized

V, L, ROUNDS = 5000, 16, 5


@njit
def count_in_text_order(tokens, table):
    """Peer: one pass over the text, one addition for each pair; -1 ends an article."""
    for p in range(tokens.size):
        if tokens[p] < 0:
            continue
        for q in range(p + 1, min(p + L + 1, tokens.size)):
            if tokens[q] < 0:
                break
            table[tokens[p], tokens[q]] += L + 1 - (q - p)


@njit
def increments_alone(tokens, row):
    """Bound: what any count must do at least, with nothing to fetch from memory."""
    for p in range(tokens.size - L):
        for q in range(p + 1, p + L + 1):
            row[tokens[q]] += L + 1 - (q - p)


def drawn_text(folder):
    """Draw 10 million words from the bundled unigram probabilities, in articles of 2,000."""
    stats = w2vlib.load_statistics()
    words = np.array(stats.words)
    draws = np.random.default_rng(0).choice(V, size=(5000, 2000), p=stats.p_i)
    path = Path(folder) / "drawn.txt"
    path.write_text("\n".join(" ".join(words[row]) for row in draws))
    return [path]


def timed(function, *arguments):
    """Return seconds and result."""
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def python_reading(texts):
    """Peer: count words with str.split and Counter."""
    counts = Counter()
    for path in texts:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                counts.update(line.split())
    return counts


def main():
    """Print one line for each stage, medians over rounds that take turns."""
    with tempfile.TemporaryDirectory() as folder:
        texts = [Path(name) for name in sys.argv[1:]] or drawn_text(folder)
        w2vlib.count_cooccurrences(["warm up the compiler", "up the"], vocab_size=3)
        count_in_text_order(np.zeros(2, np.int64), np.zeros((2, 2), np.int64))
        increments_alone(np.zeros(2, np.uint16), np.zeros(2, np.uint32))
        names = ("reading", "Counter", "pairs", "on two", "in text order", "increments", "all")
        times = {name: [] for name in names}
        for _ in range(ROUNDS):
            seconds, stats = timed(
                lambda: w2vlib.count_cooccurrences(texts, vocab_size=V, window=L)
            )
            times["all"].append(seconds)
            start = time.perf_counter()
            with tokenized(texts, progress=False) as text:
                times["reading"].append(time.perf_counter() - start)
                vocabulary = text.vocabulary
                rank = np.full(vocabulary.n, -1, np.int32)
                rank[vocabulary.most_frequent(V)] = np.arange(V)
                seconds, table = timed(count_pairs, text, rank, V, L)
                times["pairs"].append(seconds)
                os.environ.update(dict.fromkeys(THREADS, "2"))
                text.ids.seek(0)
                seconds, again = timed(count_pairs, text, rank, V, L)
                times["on two"].append(seconds)
                os.environ.update(dict.fromkeys(THREADS, "1"))
                assert np.array_equal(again, table)
                text.ids.seek(0)
                ids = np.frombuffer(text.ids.read(), np.int32)
            tokens = np.where(ids < 0, -1, rank[ids])[(ids < 0) | (rank[ids] >= 0)].astype(np.int64)
            peer = np.zeros((V, V), np.int64)
            times["in text order"].append(timed(count_in_text_order, tokens, peer)[0])
            assert np.array_equal(peer + peer.T, table)
            words = tokens[tokens >= 0].astype(np.uint16)
            times["increments"].append(timed(increments_alone, words, np.zeros(V, np.uint32))[0])
            times["Counter"].append(timed(python_reading, texts)[0])
    n_words, n_pairs = int(vocabulary.counts.sum()), stats.n_tokens * L
    print(f"{n_words:,} words, {vocabulary.n:,} distinct; V = {V:,}, L = {L}; one core")
    for name, amount, unit in (
        ("reading", n_words, "words/s"),
        ("Counter", n_words, "words/s"),
        ("pairs", n_pairs, "pairs/s"),
        ("on two", n_pairs, "pairs/s"),
        ("in text order", n_pairs, "pairs/s"),
        ("increments", n_pairs, "pairs/s"),
        ("all", n_words, "words/s"),
    ):
        rates = amount / np.array(times[name]) / 1e6
        print(f"{name:14} median {np.median(rates):6.1f} million {unit}, best {rates.max():6.1f}")
    for ours, theirs in (
        ("reading", "Counter"),
        ("pairs", "in text order"),
        ("on two", "pairs"),
        ("increments", "pairs"),
    ):
        ratio = np.median(np.array(times[theirs]) / np.array(times[ours]))
        print(f"{ours} is {ratio:.2f} times as fast as {theirs} (median of the rounds)")
    block = np.zeros(1 << 27, np.uint8)
    moved = 2 * block.nbytes / min(timed(block.copy)[0] for _ in range(5))
    least = (2 * stats.n_tokens + 8 * V * V) / moved
    print(f"memory moves {moved / 1e9:.1f} GB/s: tokens and table, once, in {least:.3f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory of this whole run, peers and their copies included: {peak:.2f} GB")


if __name__ == "__main__":
    main()
