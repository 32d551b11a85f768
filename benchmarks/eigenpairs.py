"""Top eigenpairs of M* in float32, beside SciPy's ``eigh`` (subset) and ``eigsh`` (ARPACK).

Usage: eigenpairs.py [--threads N] [--busy N] [--rounds N] [--text FILE] [V ...]. Without --threads
the libraries choose their own. --busy starts N processes that spin. V above 5,000 needs a text to
count, such as a dump of Wikipedia.
"""

import argparse
import multiprocessing
import os
import time

PEERS = ("w2vlib", "eigh", "eigsh")


def main():
    """Print a row for each V and d: median seconds, and medians of the ratios of each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("V", type=int, nargs="*", default=[1000, 2000, 5000])
    parser.add_argument("--d", type=int, nargs="*", default=[10, 50, 100, 200])
    parser.add_argument("--threads", type=int)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--text")
    args = parser.parse_args()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.pop(name, None)
        if args.threads:
            os.environ[name] = str(args.threads)
    spinning = [multiprocessing.Process(target=spin, daemon=True) for _ in range(args.busy)]
    for process in spinning:
        process.start()
    threads = args.threads or "default"
    print(f"threads: {threads}; {args.busy} processes spin; medians of {args.rounds} rounds")
    print("              seconds                    of the clock   of processors")
    print(
        "V      d     w2vlib   eigh     eigsh     /eigh /eigsh   /eigh /eigsh   overlap", flush=True
    )
    for V in args.V:
        matrix = target(V, args.text)
        for d in args.d:
            print(row(matrix, d, args.rounds), flush=True)


def spin():
    """Keep a processor busy."""
    while True:
        pass


def target(V, text):
    """M* of the V most frequent words."""
    import numpy as np

    import w2vlib

    most = len(w2vlib.load_statistics().words)
    if most >= V:
        stats = w2vlib.load_statistics(V)
    elif text and text.endswith(".npz"):
        stats = w2vlib.CorpusStatistics.load(text)
    elif text:
        stats = w2vlib.count_cooccurrences(text, vocab_size=V)
    else:
        raise SystemExit(f"V = {V:,} exceeds the {most:,} words of the bundled counts; pass --text")
    return w2vlib.m_star(stats, dtype=np.float32)


def row(matrix, d, rounds):
    """One line of the table; the solvers take turns."""
    import numpy as np
    import scipy.linalg
    import scipy.sparse.linalg

    from w2vlib import subspace_overlap, top_eigenpairs

    V = len(matrix)
    solvers = {
        "w2vlib": lambda: top_eigenpairs(matrix, d),
        "eigh": lambda: scipy.linalg.eigh(matrix, subset_by_index=[V - d, V - 1]),
        "eigsh": lambda: scipy.sparse.linalg.eigsh(matrix, k=d, which="LA"),
    }
    seconds = np.empty((2, rounds, len(PEERS)))  # of the clock, and of processors
    for i in range(rounds):
        found = []
        for k, peer in enumerate(PEERS):
            start = np.array([time.perf_counter(), time.process_time()])
            found.append(solvers[peer]()[1])
            seconds[:, i, k] = np.array([time.perf_counter(), time.process_time()]) - start
    overlap = min(subspace_overlap(found[0], theirs) for theirs in found[1:])
    ratios = np.median(seconds[:, :, :1] / seconds[:, :, 1:], axis=1)
    return (
        f"{V:<6,} {d:<5} "
        + "".join(f"{x:<9.3f}" for x in np.median(seconds[0], axis=0))
        + "".join(f" {wall:<5.2f} {other:<6.2f} " for wall, other in ratios)
        + f" {overlap:.6f}"
    )


if __name__ == "__main__":
    main()
