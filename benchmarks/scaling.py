"""What counting costs, and how tables and vocabularies grow: for the page "Scaling up".

Usage: scaling.py TEXT.xz [TEXT.xz ...] [--shared]. The first text is measured stage by stage, all
of them in one count. Processor seconds of one thread; results/scaling.json is written.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import lzma
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import stored

import w2vlib
from w2vlib.corpus._tokens import count_pairs, tokenized

L, SIZES, GROWTH_V, PARTS = 16, (5000, 10_000), 5000, 8
LARGE_V, LARGE_D = 100_000, 200


def clock(work):
    """Return processor seconds of this process, rounded, and the result."""
    start = time.process_time()
    result = work()
    return round(time.process_time() - start, 2), result


def unpack(path):
    """Read a packed file to its end."""
    with lzma.open(path, "rb") as file:
        while file.read(1 << 22):
            pass


def stages(path, folder):
    """Seconds of each stage for one text, and the plain files that it was divided into."""
    found = {"unpack_xz": clock(lambda: unpack(path))[0]}
    with lzma.open(path, "rt", encoding="utf-8") as file:
        articles = file.readlines()
    words = np.cumsum([len(article.split()) for article in articles])
    ends = np.searchsorted(words, words[-1] * np.arange(1, PARTS + 1) / PARTS) + 1
    parts = []
    for k, end in enumerate(ends):
        parts.append(Path(folder) / f"part{k}.txt")
        begin = ends[k - 1] if k else 0
        parts[-1].write_text("".join(articles[begin:end]), encoding="utf-8")
    del articles
    start = time.process_time()
    with tokenized(parts, progress=False) as text:
        found["read"] = round(time.process_time() - start, 2)
        ranks = text.vocabulary.most_frequent(max(SIZES))
        for V in SIZES:
            rank = np.full(text.vocabulary.n, -1, np.int32)
            rank[ranks[:V]] = np.arange(V)
            found[f"pairs_V{V}"] = clock(lambda r=rank, V=V: count_pairs(text, r, V, L))[0]
        n_words = int(text.vocabulary.counts.sum())
        kept = [text.vocabulary.word(int(k)) for k in ranks[:GROWTH_V]]
    return n_words, found, parts, kept


def growth(parts, kept):
    """Distinct words, and cells above 0 of the table of one vocabulary, as the text grows."""
    table, rows, n, known = np.zeros((GROWTH_V, GROWTH_V), bool), [], 0, set()
    row_of = {word: k for k, word in enumerate(kept)}
    for k, part in enumerate(parts):
        with tokenized(part, progress=False) as text:
            seen = [text.vocabulary.word(j) for j in range(text.vocabulary.n)]
            rank = np.array([row_of.get(word, -1) for word in seen], np.int32)
            table |= count_pairs(text, rank, GROWTH_V, L) > 0
            n += int(text.vocabulary.counts.sum())
            known.update(seen)
        if (k + 1) & k == 0:  # 1, 2, 4, 8 parts
            rows.append({"words": n, "distinct": len(known), "cells": int(table.sum())})
    return rows


def whole(texts, V, out):
    """Count all texts in a process of its own: processor seconds and peak memory."""
    start = time.process_time()
    stats = w2vlib.count_cooccurrences(texts, vocab_size=V, window=L, progress=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    took = round(time.process_time() - start, 2), round(peak, 2), stats.n_tokens
    out.put((*took, *vocabulary(texts)))


def large(texts, V, d, out):
    """All texts with a large vocabulary: sparse counts, M* never formed, a process of its own."""
    w2vlib.count_cooccurrences(["warm up the compiler"], vocab_size=3, sparse=True)
    begin = time.perf_counter()
    counting, stats = clock(
        lambda: w2vlib.count_cooccurrences(texts, vocab_size=V, sparse=True, progress=False)
    )
    solving, (eigvals, _) = clock(lambda: w2vlib.top_eigenpairs(w2vlib.m_star_operator(stats), d))
    out.put(
        {
            "V": V,
            "d": d,
            "pairs_that_occur": int(stats.pair_counts.nnz),
            "count": counting,
            "eigenpairs": solving,
            "wall": round(time.perf_counter() - begin, 1),
            "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
            "first_eigenvalue": round(float(eigvals[0]), 1),
        }
    )


def in_a_process(work, *given):
    """Return what work puts into a queue; its memory is its own."""
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    one = spawn.Process(target=work, args=(*given, queue))
    one.start()
    found = queue.get()
    one.join()
    return found


def vocabulary(texts):
    """Distinct words of all texts, and how often those of some ranks occur."""
    with tokenized(texts, progress=False) as text:
        counts = np.sort(text.vocabulary.counts[: text.vocabulary.n])[::-1]
    ranks = [rank for rank in (1000, 10_000, 100_000) if rank <= len(counts)]
    return int(counts.sum()), len(counts), {str(rank): int(counts[rank - 1]) for rank in ranks}


def on_a_cluster(parts, V):
    """Count files on two local workers: processor seconds of all, and the integers compared."""
    import distributed

    def used():
        both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in both)

    alone, stats = clock(lambda: w2vlib.count_cooccurrences(parts, vocab_size=V, progress=False))
    start = used()
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        ours = w2vlib.count_cooccurrences(parts, vocab_size=V, client=client, progress=False)
    equal = ours.words == stats.words and np.array_equal(ours.pair_counts, stats.pair_counts)
    return {
        "files": len(parts),
        "V": V,
        "one_process": alone,
        "two_workers": round(used() - start, 2),
        "same_integers": bool(equal),
        "cells_of_the_sum": int(np.count_nonzero(np.triu(stats.pair_counts))),
    }


def main():
    """Measure, and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--shared", action="store_true", help="other work ran on the machine")
    options = parser.parse_args()
    w2vlib.count_cooccurrences(["warm up the compiler", "up the"], vocab_size=3)
    with tempfile.TemporaryDirectory() as folder:
        n_words, found, parts, kept = stages(options.texts[0], folder)
        print(n_words, found, flush=True)
        rows = growth(parts, kept)
        print(rows, flush=True)
        cluster = on_a_cluster(parts, GROWTH_V)
        print(cluster, flush=True)
    seconds, peak, n_kept, n_all, distinct, at_rank = in_a_process(whole, options.texts, max(SIZES))
    print(seconds, peak, flush=True)
    many = in_a_process(large, options.texts, LARGE_V, LARGE_D)
    print(many, flush=True)
    stored.write(
        "scaling",
        {
            "what": "processor seconds of one thread",
            "words": n_words,
            "stages": found,
            "growth": {"V": GROWTH_V, "rows": rows},
            "cluster": cluster,
            "whole_text": {
                "files": len(options.texts),
                "V": max(SIZES),
                "L": L,
                "words": n_all,
                "words_of_the_vocabulary": n_kept,
                "distinct": distinct,
                "count_at_rank": at_rank,
                "seconds_packed": seconds,
                "peak_gb": peak,
            },
            "large": many,
            "machine": stored.machine(options.shared),
        },
    )


if __name__ == "__main__":
    main()
