"""Top eigenpairs of M* (V = 5,000) beside scipy's subset ``eigh``, in float32, and ``eigsh``.

Usage: eigenpairs.py [threads]. Set the number of BLAS threads (1 by default) before NumPy starts.
"""

import os
import sys

THREADS = sys.argv[1] if len(sys.argv) > 1 else "1"
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = THREADS

import time

import numpy as np
import scipy.linalg
import scipy.sparse.linalg

import w2vlib

ROUNDS = 3


def main():
    """Print seconds, ratios and subspace overlap; the solvers take turns."""
    M = w2vlib.m_star(w2vlib.load_statistics(), dtype=np.float32)
    V = len(M)
    for d in (50, 100, 200):
        times = {"w2vlib": [], "eigh": [], "eigsh": []}
        for round_ in range(ROUNDS):
            start = time.perf_counter()
            _, ours = w2vlib.top_eigenpairs(M, d)
            times["w2vlib"].append(time.perf_counter() - start)
            start = time.perf_counter()
            _, theirs = scipy.linalg.eigh(M, subset_by_index=[V - d, V - 1])
            times["eigh"].append(time.perf_counter() - start)
            if round_ == 0 and d == 200:
                start = time.perf_counter()
                scipy.sparse.linalg.eigsh(M, k=d, which="LA")
                times["eigsh"].append(time.perf_counter() - start)
        overlap = w2vlib.subspace_overlap(ours, theirs)
        ratio = np.median(np.array(times["w2vlib"]) / np.array(times["eigh"]))
        print(
            f"V = {V:,}, d = {d}, float32, {THREADS} thread(s): w2vlib "
            f"{np.median(times['w2vlib']):.2f} s, eigh {np.median(times['eigh']):.2f} s, "
            f"ratio {ratio:.3f}, subspace overlap {overlap:.6f}"
            + (f", eigsh {times['eigsh'][0]:.1f} s" if times["eigsh"] else "")
        )


if __name__ == "__main__":
    main()
