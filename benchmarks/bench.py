"""One table of this library beside its peers: counting, eigenpairs, the flow, word vectors.

Usage: bench.py TEXT [--words N] [--matrix V] [--stages ...] [--rounds N] [--epochs N ...]
[--cache FILE] [--shared]. TEXT has an article a line; of its first N words the V = 5,000 most
frequent ones are kept, so all see the same text. All run on one thread. Peers take turns with ours,
round by round; the table has medians and ranges. A peer that is not installed is left out and named
(requirements.txt here lists them). W2V_RATINGS names the folder of wordsim353.tsv and
simlex999.txt. Word vectors take long with the peers' larger settings: each row is kept in --cache
as soon as it is there.

Writes results/bench.json. ``stored.py`` reads it, with its checksum.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
import stored
from counting import count_in_text_order
from scipy.integrate import solve_ivp
from vectors import write_kept

import w2vlib
from w2vlib.corpus._reading import whole_text
from w2vlib.corpus._tokens import count_pairs, tokenized

V, L, D = 5000, 16, 100
N_TOKENS = 1_000_000  # for the peers that count slowly
FLOW_V, FLOW_D, SIGMA = 1000, 20, 1e-3


def clock(work):
    """Return (seconds, processor seconds), and the result."""
    start = time.perf_counter(), time.process_time()
    result = work()
    return (time.perf_counter() - start[0], time.process_time() - start[1]), result


def in_turns(works, rounds, accept):
    """Time each of ``works``, round by round; ``accept`` says of a result how equal it is.

    A result that is not equal enough (None) is not worth a second round.
    """
    times, found = {name: [] for name in works}, {}
    for turn in range(rounds):
        for name, work in works.items():
            if turn and found[name][0] is None:
                continue
            took, result = clock(work)
            times[name].append(took)
            found[name] = accept(result)
    rows = []
    for name, runs in times.items():
        wall, processor = np.array(runs).T
        rows.append(
            {
                "who": name,
                "seconds": round(float(np.median(wall)), 3),
                "processor_seconds": round(float(np.median(processor)), 3),
                "processor_range": [round(float(x), 3) for x in (processor.min(), processor.max())],
                "rounds": len(runs),
                "equal": found[name][0] is not None,
                "note": found[name][1],
            }
        )
    return rows


# --- counting ---------------------------------------------------------------------------------


def numpy_table(tokens):
    """Peer: one np.bincount for each distance."""
    table = np.zeros(V * V, np.int64)
    article = np.cumsum(tokens < 0)
    for distance in range(1, L + 1):
        a, b = tokens[:-distance], tokens[distance:]
        together = (a >= 0) & (b >= 0) & (article[:-distance] == article[distance:])
        table += (L + 1 - distance) * np.bincount(a[together] * V + b[together], minlength=V * V)
    table = table.reshape(V, V)
    return table + table.T


def scipy_table(tokens):
    """Peer: one sparse array for each distance, whose equal pairs SciPy adds."""
    table = scipy.sparse.csr_array((V, V), dtype=np.int64)
    article = np.cumsum(tokens < 0)
    for distance in range(1, L + 1):
        a, b = tokens[:-distance], tokens[distance:]
        together = (a >= 0) & (b >= 0) & (article[:-distance] == article[distance:])
        ones = np.full(int(together.sum()), L + 1 - distance)
        pairs = a[together].astype(np.int32), b[together].astype(np.int32)
        table = table + scipy.sparse.coo_array((ones, pairs), shape=(V, V)).tocsr()
    return table + table.T


def counting(text, rounds):
    """Ids of words -> table of pairs; the integers must be the same."""
    with open(text, encoding="utf-8") as lines, tempfile.TemporaryDirectory() as folder:
        part, n = Path(folder) / "part.txt", 0
        with open(part, "w", encoding="utf-8") as file:
            for line in lines:
                file.write(line)
                n += len(line.split())
                if n >= N_TOKENS:
                    break
        with tokenized(part, progress=False) as ids:
            size = min(V, ids.vocabulary.n)
            rank = np.full(ids.vocabulary.n, -1, np.int32)
            rank[ids.vocabulary.most_frequent(size)] = np.arange(size)
            exact = count_pairs(ids, rank, V, L)
            ids.ids.seek(0)
            known = np.frombuffer(ids.ids.read(), np.int32)
            tokens = np.where(known < 0, -1, rank[known]).astype(np.int64)

            def in_text_order():
                table = np.zeros((V, V), np.int64)
                count_in_text_order(tokens, table)
                return table + table.T

            def same(table):
                table = table.toarray() if scipy.sparse.issparse(table) else table
                equal = np.array_equal(table, exact)
                return (True if equal else None), "the same integers" if equal else "other integers"

            in_text_order()
            works = {
                "w2vlib": lambda: count_pairs(ids, rank, V, L),
                "Numba, in the order of the text": in_text_order,
                "NumPy, bincount": lambda: numpy_table(tokens),
                "SciPy, sparse": lambda: scipy_table(tokens),
            }
            rows = in_turns(works, rounds, same)
    return {"what": f"{n:,} words -> pairs; V = {V:,}, L = {L}", "rows": rows, "missing": []}


# --- eigenpairs -------------------------------------------------------------------------------


def solvers(M):
    """Top eigenpairs of M*, each peer at the loosest setting with overlap .9999 or its best."""
    V, missing = len(M), []
    works = {
        "w2vlib": lambda: w2vlib.top_eigenpairs(M, D)[1],
        "SciPy eigh (LAPACK)": lambda: scipy.linalg.eigh(M, subset_by_index=[V - D, V - 1])[1],
        "SciPy eigsh (ARPACK), tol 1e-3": lambda: scipy.sparse.linalg.eigsh(
            M, k=D, which="LA", tol=1e-3
        )[1],
    }
    if find_spec("sklearn"):
        from sklearn.utils.extmath import randomized_svd

        def randomized():
            left, _, right = randomized_svd(
                M, 3 * D, n_iter=10, power_iteration_normalizer="QR", random_state=0
            )
            return left[:, np.sum(left * right.T, axis=0) > 0][:, :D]  # of positive eigenvalues

        works["scikit-learn randomized_svd, 10 iterations"] = randomized
    else:
        missing.append("scikit-learn: not installed")
    if find_spec("torch"):
        import torch

        def lobpcg():
            torch.manual_seed(0)
            return torch.lobpcg(torch.from_numpy(M), k=D, largest=True, niter=200, tol=1e-4)[
                1
            ].numpy()

        works["torch.lobpcg, tol 1e-4"] = lobpcg
    else:
        missing.append("torch: not installed")
    if find_spec("primme"):
        import primme

        works["PRIMME, tol 1e-4"] = lambda: primme.eigsh(M, k=D, which="LA", tol=1e-4)[1]
    else:
        missing.append("PRIMME: not installed (pip builds it where LAPACK's headers are)")
    return works, missing


def eigenpairs(rounds, V):
    """Matrix -> top eigenvectors; their spaces must overlap with LAPACK's by .999."""
    M = w2vlib.m_star(w2vlib.load_statistics(V), dtype=np.float32)
    exact = scipy.linalg.eigh(M.astype(float), subset_by_index=[V - D, V - 1])[1]

    def same(vectors):
        overlap = w2vlib.subspace_overlap(np.asarray(vectors, float), exact)
        return (True if overlap > 0.999 else None), f"overlap {overlap:.6f} with LAPACK in float64"

    w2vlib.top_eigenpairs(M[:1000, :1000].copy(), 10)  # compiles
    works, missing = solvers(M)
    what = f"M* of the bundled counts, V = {V:,}, float32 -> top {D} eigenvectors"
    return {"what": what, "rows": in_turns(works, rounds, same), "missing": missing}


# --- the flow ---------------------------------------------------------------------------------


def flow(rounds):
    """From a random start to the end of learning: singular values at 200 times."""
    M = w2vlib.m_star(w2vlib.load_statistics(FLOW_V))
    W0 = SIGMA * np.random.default_rng(0).standard_normal((FLOW_V, FLOW_D))
    eigvals, eigvecs = np.linalg.eigh(M)
    start = w2vlib.effective_start(W0, eigvecs[:, ::-1])
    end = 1.2 * w2vlib.learning_times(eigvals[::-1][:FLOW_D], start).max()
    times = np.linspace(0, end, 200)

    def exact():
        eigvals, eigvecs = np.linalg.eigh(M)
        eigvecs = np.ascontiguousarray(eigvecs[:, ::-1])
        return w2vlib.ExactFlow(eigvals[::-1].copy(), eigvecs, W0).singular_values(times)

    def right_side(_, w):
        W = w.reshape(FLOW_V, FLOW_D)
        return (0.5 * (M @ W - W @ (W.T @ W))).ravel()

    def solver(method):
        def solve():
            found = solve_ivp(
                right_side, (0, end), W0.ravel(), method, t_eval=times, rtol=1e-6, atol=1e-12
            )
            shape = FLOW_V, FLOW_D
            return np.array([np.linalg.svd(w.reshape(shape), compute_uv=False) for w in found.y.T])

        return solve

    def descent():
        step = 0.05 * w2vlib.stability_edge(eigvals[::-1])
        each = int(np.ceil(times[1] / step))
        W, found = W0.copy(), [np.linalg.svd(W0, compute_uv=False)]
        for _ in times[1:]:
            for _ in range(each):
                W += times[1] / each / 2 * (M @ W - W @ (W.T @ W))
            found.append(np.linalg.svd(W, compute_uv=False))
        return np.array(found)

    truth = exact()

    def same(values):
        apart = float(np.abs(values - truth).max() / truth.max())
        return (True if apart < 0.05 else None), f"largest difference {apart:.0e} of s_1"

    works = {
        "w2vlib ExactFlow, eigenpairs included": exact,
        "SciPy solve_ivp, RK45": solver("RK45"),
        "SciPy solve_ivp, DOP853": solver("DOP853"),
        "gradient descent, 1/20 of the edge": descent,
    }
    what = f"singular values at 200 times, V = {FLOW_V:,}, d = {FLOW_D}, float64"
    return {"what": what, "rows": in_turns(works, rounds, same), "missing": []}


# --- word vectors -----------------------------------------------------------------------------


def runs(epochs):
    """Return makers and settings, the cheap ones first; gensim over subsampling and epochs."""
    listed = [
        ("w2vlib closed form", {}),
        ("w2vlib closed form", {"weights": "word2vec"}),
        ("w2vlib sgns", {"steps": 20}),
        ("GloVe", {"steps": 100}),
    ]
    for n in epochs:
        listed += [(who, {"epochs": n, "sample": 1e-4}) for who in ("word2vec", "fastText")]
    settings = (1, 1e-4), (5, 1e-5), (5, 1e-4), (5, 1e-3), (10, 1e-4)
    return listed + [("gensim", {"epochs": n, "sample": sample}) for n, sample in settings]


def numbers(settings):
    """Return settings in one form, however they were written."""

    def plain(value):
        try:
            return float(value)
        except ValueError:
            return value

    return frozenset((name, plain(value)) for name, value in settings.items())


def held_out():
    """Return what is made of a text that no default was chosen on: ours, and the best peer."""
    ours = [run for run in runs([]) if run[0].startswith("w2vlib")]
    return ours + [("gensim", {"epochs": n, "sample": 1e-4}) for n in (5, 10)]


def vectors(text, listed, cache):
    """Text -> vectors, a process for each row."""
    known = {}
    if cache and cache.exists():
        for line in cache.read_text("utf-8").splitlines():
            row = json.loads(line)
            known[row["maker"], numbers(row["settings"])] = row
    rows, missing = [], []
    for maker, given in listed:
        key = maker, numbers(given)
        if key not in known:
            program = [sys.executable, Path(__file__).with_name("vectors.py"), text, str(V), str(D)]
            done = subprocess.run(
                [*program, maker, *(f"{name}={value}" for name, value in given.items())],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                missing.append(f"{maker} {given}: {done.stderr.strip().splitlines()[-1]}")
                continue
            known[key] = json.loads(done.stdout.splitlines()[-1])
            if cache:
                with open(cache, "a", encoding="utf-8") as file:
                    file.write(json.dumps(known[key]) + "\n")
        rows.append(known[key])
        print(f"  {maker} {given}: {rows[-1]['processor_seconds']} s", file=sys.stderr, flush=True)
    what = f"text -> vectors: the same {V:,} words and tokens, d = {D}, window {L}, 5 negatives"
    return {"what": what, "rows": rows, "missing": missing}


def kept_text(text, least, folder):
    """Write the first articles, without the words outside the vocabulary: all see the same tokens.

    As many whole articles are taken as reach ``least`` words; returns the path and both numbers of
    words.
    """
    articles, n_words = [], 0
    for line in whole_text(text).splitlines():
        articles.append(line.split())
        n_words += len(articles[-1])
        if n_words >= least:
            break
    counts = Counter(word for article in articles for word in article)
    keep = {word for word, _ in counts.most_common(V)}
    out = folder / f"kept_{V}.txt"
    return out, n_words, write_kept(articles, keep, out)


def table(result):
    """Return the table as Markdown."""
    lines = []
    for stage in result["stages"].values():
        lines += ["", stage["what"], ""]
        if "maker" not in stage["rows"][0]:
            lines += [
                "| who | s | s of processor | range | equal |",
                "| --- | --- | --- | --- | --- |",
            ]
            for row in stage["rows"]:
                span = "{} to {}".format(*row["processor_range"])
                cells = row["who"], row["seconds"], row["processor_seconds"], span, row["note"]
                lines.append("| " + " | ".join(map(str, cells)) + " |")
        else:
            lines += [
                "| who | s | s of processor | GB | analogies, % | WordSim353 | SimLex999 |",
                "| --- | --- | --- | --- | --- | --- | --- |",
            ]
            for row in stage["rows"]:
                settings = ", ".join(f"{name} {value}" for name, value in row["settings"].items())
                low, high = row["analogies_95"]
                cells = (
                    f"{row['maker']} {settings}".strip(), row["seconds"], row["processor_seconds"],
                    row.get("peak_gb", ""), f"{row['analogies']:.1f} ({low:.1f} to {high:.1f})",
                    row.get("wordsim353", ""), row.get("simlex999", ""),
                )  # fmt: skip
                lines.append("| " + " | ".join(map(str, cells)) + " |")
        lines += [f"Left out: {line}" for line in stage["missing"]]
    return "\n".join(lines)


def main():
    """Run the stages, keep what was measured, print the table."""
    stages = ("counting", "eigenpairs", "flow", "vectors")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--stages", nargs="*", choices=stages, default=stages)
    parser.add_argument("--words", type=int, default=17_000_000, help="of the text, from its start")
    parser.add_argument("--matrix", type=int, default=V, help="words of the matrix of eigenpairs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--epochs", type=int, nargs="*", default=[1, 5], help="of the two C programs"
    )
    parser.add_argument("--held-out", type=Path, help="a text that no default was chosen on")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--shared", action="store_true", help="other work ran on the machine")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        text, n_words, n_kept = kept_text(options.text, options.words, Path(folder))
        for stage in options.stages:
            print(stage, file=sys.stderr, flush=True)
            found[stage] = {
                "counting": lambda: counting(text, options.rounds),
                "eigenpairs": lambda: eigenpairs(options.rounds, options.matrix),
                "flow": lambda: flow(options.rounds),
                "vectors": lambda: vectors(text, runs(options.epochs), options.cache),
            }[stage]()
        if options.held_out:
            print("held out", file=sys.stderr, flush=True)
            text, more_words, _ = kept_text(options.held_out, options.words, Path(folder))
            cache = options.cache and options.cache.with_name("held_out.jsonl")
            found["held_out"] = vectors(text, held_out(), cache)
            found["held_out"]["words_of_the_text"] = more_words
    before = stored.read("bench") if (stored.RESULTS / "bench.json").exists() else {}
    # Stages that were not run now stay, if they saw the same text.
    kept = before["stages"] if before.get("words_of_the_text") == n_words else {}
    order = *stages, "held_out"
    result = {
        "words_of_the_text": n_words,
        "words_of_the_vocabulary": n_kept,
        "V": V,
        "d": D,
        "stages": {name: (kept | found)[name] for name in order if name in kept | found},
        "machine": stored.machine(options.shared),
    }
    stored.write("bench", result)
    print(table(result))


if __name__ == "__main__":
    main()
