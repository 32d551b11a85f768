"""Text to vectors with a large vocabulary: seconds, processor seconds and memory of each stage.

Usage: large_vocabulary.py [--V N] [--d N] [--threads N] [--compare] TEXT [TEXT ...]. Counts are
sparse, and M* is an operator that is never formed. --compare makes the dense table and matrix as
well and says whether counts are equal and how far the eigenpairs agree (V = 10,000: 2 GB more).
"""

import argparse
import os
import resource
import time
from pathlib import Path


def main():
    """Print a line for each stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--V", type=int, default=30_000)
    parser.add_argument("--d", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compare", action="store_true")
    args = parser.parse_args()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(args.threads)
    import w2vlib

    w2vlib.count_cooccurrences(["warm up the compiler"], vocab_size=3, sparse=True)
    stats = timed(
        "sparse counts",
        lambda: w2vlib.count_cooccurrences(args.texts, vocab_size=args.V, sparse=True),
    )
    print(stats, f"{stats.pair_counts.nnz / args.V**2:.2%} of all pairs occur")
    operator = timed("M* as an operator", lambda: w2vlib.m_star_operator(stats))
    eigvals, eigvecs = timed("eigenpairs", lambda: w2vlib.top_eigenpairs(operator, args.d))
    print("largest eigenvalues", *[f"{value:.1f}" for value in eigvals[:3]])
    if args.compare:
        compare(w2vlib, args, stats, eigvecs)


def compare(w2vlib, args, stats, eigvecs):
    """Do the same with full tables."""
    dense = timed(
        "dense counts", lambda: w2vlib.count_cooccurrences(args.texts, vocab_size=len(stats))
    )
    print("equal counts:", (dense.pair_counts == stats.pair_counts.toarray()).all())
    matrix = timed("M* as a matrix", lambda: w2vlib.m_star(dense, dtype="float32"))
    _, expected = timed("eigenpairs", lambda: w2vlib.top_eigenpairs(matrix, args.d))
    print(f"overlap {w2vlib.subspace_overlap(eigvecs, expected):.6f}")


def timed(name, function):
    """Return the result, after a line of what it took."""
    start = time.perf_counter(), time.process_time()
    result = function()
    seconds, processor = time.perf_counter() - start[0], time.process_time() - start[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    took = f"{seconds:8.1f} s, of processors {processor:8.1f} s; peak {peak:.2f} GB"
    print(f"{name:20}{took}", flush=True)
    return result


if __name__ == "__main__":
    main()
