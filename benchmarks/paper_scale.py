"""The paper's table at its own scale: V = 10,000, L = 16, d = 200, all 69.9 million words.

Usage: paper_scale.py CACHE [TEXT ...] [--only NAME ...] [--leave-out NAME ...] [--keep] [--shared].
--keep makes those of --only (M* among them) and keeps the stored rows of the others. CACHE is
a folder for counts and vectors, each made once, so that a run can be broken off and taken up. TEXT
are the four parts of the text, in order. W2V_RATINGS names the folder of wordsim353.tsv and
simlex999.txt. When all vectors are there, results/paper_scale.json is written.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import stored
from scores import DRAWS, scores
from vectors import gensim, write_kept

import w2vlib
from w2vlib.corpus._reading import whole_text

V, L, D = 10_000, 16, 200
STEPS, SIGMA = 20, 1e-3
EPOCHS, SAMPLE = 10, 1e-4  # of gensim
PAPER = {  # as printed, in %; the paper's text is another, larger Wikipedia
    "M*": 66.3,
    "quadratic model, trained": 65.1,
    "SGNS from counts": 68.0,
    "PPMI": 50.6,
    "PMI": 8.4,
}


def pmi(stats, least):
    """PMI as the paper has it, log(x + 1e-25) for unseen pairs, but no less than ``least``."""
    out = np.empty((V, V), np.float32)
    total, p_i = stats.pair_counts.sum(), stats.p_i
    for i, counts in enumerate(stats.pair_counts):
        out[i] = np.maximum(np.log(counts / total / (p_i[i] * p_i) + 1e-25), least)
    return out


def from_matrix(matrix):
    """Top eigenvectors of a matrix as word vectors."""
    return lambda stats: w2vlib.embeddings_from_matrix(matrix(stats), stats.words, D).vectors


def quadratic(stats):
    """Gradient descent on the quadratic loss with constant weights, from a small start.

    The rate is nine tenths of the stability edge, and the time is what the slowest of the d modes
    needs, by the closed form, to come within e^-8 of its end.
    """
    M = w2vlib.m_star(stats, dtype=np.float32)
    eigvals, _ = w2vlib.top_eigenpairs(M, D + 1)
    lowest = -w2vlib.top_eigenpairs(-M, 1)[0]
    rate = 0.9 * w2vlib.stability_edge(np.append(eigvals, lowest))
    end = (np.log(float(eigvals[D - 1]) / SIGMA**2) + 8) / float(eigvals[D - 1])
    history = w2vlib.train(
        M, D, sigma=SIGMA, learning_rate=rate, steps=int(np.ceil(end / rate)), record=2,
        rng=np.random.default_rng(0), dtype="float32", check_edge=False, progress=True,
    )  # fmt: skip
    return history.embeddings[-1]


def as_used(stats, texts):
    """word2vec as it is used, on the same words: the text without those outside the vocabulary.

    gensim reads a file, so one is written; its vectors come back in the order of the statistics.
    """
    keep = set(stats.words)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kept.txt"
        articles = (line.split() for text in texts for line in whole_text(text).splitlines())
        write_kept(articles, keep, path)
        words, found = gensim(path, V, D, epochs=EPOCHS, sample=SAMPLE)
    at = {word: k for k, word in enumerate(words)}
    return found[[at[word] for word in stats.words]]


MODELS = {
    "M*": from_matrix(lambda stats: w2vlib.m_star(stats, dtype=np.float32)),
    "weighted closed form": lambda stats: (
        w2vlib.pca_embeddings(stats, D, weights="word2vec").vectors
    ),
    "weighted closed form, k = 1, t = 1e-4": lambda stats: (
        w2vlib.pca_embeddings(stats, D, weights="word2vec", negative=1, sample=1e-4).vectors
    ),
    "PPMI": from_matrix(lambda stats: pmi(stats, 0)),
    "PMI": from_matrix(lambda stats: pmi(stats, -np.inf)),
    "SGNS from counts": lambda stats: (
        w2vlib.sgns_embeddings(stats, D, steps=STEPS, progress=True).vectors
    ),
    "quadratic model, trained": quadratic,
    "gensim": as_used,  # which needs the text itself
}


def counted(cache, texts):
    """Count the text, or read the counts that are there."""
    path = cache / "counts.npz"
    if not path.exists():
        start = time.perf_counter(), time.process_time()
        stats = w2vlib.count_cooccurrences(texts, vocab_size=V, window=L)
        stats.save(path)
        took = time.perf_counter() - start[0], time.process_time() - start[1]
        print(f"counted in {took[0]:.0f} s, {took[1]:.0f} s of processor")
    return w2vlib.CorpusStatistics.load(path)


def made(cache, name, stats, texts):
    """Return vectors and what they took, made now or before."""
    path = cache / f"{name.replace(' ', '_').replace('*', 'star')}.npz"
    if not path.exists():
        start = time.perf_counter(), time.process_time()
        given = (stats, texts) if MODELS[name] is as_used else (stats,)
        vectors = np.asarray(MODELS[name](*given), np.float32)
        took = time.perf_counter() - start[0], time.process_time() - start[1]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        np.savez(path, vectors=vectors, took=[*took, peak])
        print(f"{name}: {took[0]:.0f} s, {took[1]:.0f} s of processor", flush=True)
    with np.load(path) as file:
        return file["vectors"], [round(float(x), 2) for x in file["took"]]


def main():
    """Make what is missing, score all and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("texts", type=Path, nargs="*")
    parser.add_argument("--only", nargs="*", choices=list(MODELS), default=list(MODELS))
    parser.add_argument("--leave-out", nargs="*", choices=list(MODELS), default=[])
    parser.add_argument("--keep", action="store_true", help="the stored rows of all others")
    parser.add_argument("--shared", action="store_true", help="other work ran on the machine")
    options = parser.parse_args()
    stats = counted(options.cache, options.texts)
    wanted = [name for name in options.only if name not in options.leave_out]
    made_now = {name: made(options.cache, name, stats, options.texts) for name in wanted}
    kept = stored.read("paper_scale") if options.keep else {"rows": {}}
    if len(options.only) < len(MODELS) and not options.keep:
        return
    models = {
        name: w2vlib.Embeddings(stats.words, vectors) for name, (vectors, _) in made_now.items()
    }
    shuffled = np.random.default_rng(0).permutation(made_now["M*"][0])
    models["M*, vectors dealt out anew"] = w2vlib.Embeddings(stats.words, shuffled)
    rows = scores(models)
    nearest = scores({"M*": models["M*"]}, rule="c")["M*"]
    for name, row in rows.items():
        if name in made_now:
            _, processor, peak = made_now[name][1]
            row |= {"processor_seconds": processor, "peak_gb": peak}
            if options.shared:
                row["shared_machine"] = True
        row["paper"] = PAPER.get(name)
    rows = {**rows, **kept["rows"]}  # a row that is stored stays as it was measured
    rows = {name: rows[name] for name in (*MODELS, "M*, vectors dealt out anew") if name in rows}
    missing = [name for name in MODELS if name not in rows]
    stored.write(
        "paper_scale",
        {
            "what": "Table of Karkada et al. (2025) on our text",
            "text": "English Wikipedia, 30,729 articles, 69,898,445 tokens",
            "V": V, "L": L, "d": D, "tokens_of_the_vocabulary": stats.n_tokens,
            "pairs_that_never_co_occur": round(float((stats.pair_counts == 0).mean()), 4),
            "intervals": f"95 %, {DRAWS} draws of word pairs within families, and of rated pairs",
            "sgns_steps": STEPS,
            "nearest_neighbour_of_c": nearest["analogies"],
            "gensim": {"epochs": EPOCHS, "sample": SAMPLE, "window": L, "negative": 5},
            "left_out": missing,
            "rows": rows,
            "machine": kept.get("machine") or stored.machine(options.shared),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
