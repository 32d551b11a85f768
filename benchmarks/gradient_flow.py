"""Exact flow (V = 5,000, d = 100) beside gradient descent and an ODE solver, on M* of Wikipedia.

Usage: gradient_flow.py [threads], the number of BLAS threads (1 by default).
The peers are timed over a part of the run; for the whole of it they are taken to keep their pace.
"""

import os
import sys

THREADS = sys.argv[1] if len(sys.argv) > 1 else "1"
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = THREADS

import time

import numpy as np
from scipy.integrate import solve_ivp

import w2vlib
from w2vlib import ExactFlow, effective_start, learning_times, stability_edge

V, D, SIGMA, TIMES, ROUNDS = 5000, 100, 1e-3, 500, 3


def clock(work):
    """Return seconds, processor seconds and the result."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - processor, result


def main():
    """Print seconds (the least of three), and ratios to the peers; the ways agree."""
    matrix = w2vlib.m_star(w2vlib.load_statistics(V))
    _, seconds, (eigvals, eigvecs) = clock(lambda: np.linalg.eigh(matrix))
    eigvals, eigvecs = eigvals[::-1].copy(), np.ascontiguousarray(eigvecs[:, ::-1])
    print(f"V = {V:,}, d = {D}, {THREADS} thread(s); all eigenpairs in {seconds:.0f} s, once")
    W0 = SIGMA * np.random.default_rng(0).standard_normal((V, D))
    squared_norm = float(np.sum(matrix**2))
    end = learning_times(eigvals[:D], effective_start(W0, eigvecs)).max()
    times = np.linspace(0, 1.2 * end, TIMES)

    flows, least = {}, {}
    for modes in (V, 500):
        build, _, flow = clock(
            lambda K=modes: ExactFlow(eigvals[:K], eigvecs[:, :K], W0, squared_norm=squared_norm)
        )
        runs = [clock(lambda flow=flow: flow.curves(times)) for _ in range(ROUNDS)]
        flows[modes] = runs[0][2]
        wall, processor = min(run[0] for run in runs), min(run[1] for run in runs)
        least[modes] = processor
        print(
            f"{TIMES} times, {modes:,} modes: {wall:.2f} s ({processor:.2f} s of processor) for "
            f"singular values, mode strengths and loss; built in {build:.2f} s"
        )
    apart = np.abs(flows[500].singular_values / flows[V].singular_values - 1).max(axis=1)
    bound = ExactFlow(
        eigvals[:500], eigvecs[:, :500], W0, squared_norm=squared_norm
    ).neglected_bound(times[-1])
    print(
        f"top 500 modes: singular values off by {apart.max():.1e} at the worst time, "
        f"{apart[-1]:.1e} at the last (bound {bound:.1e})"
    )

    eta = 0.1 * stability_edge(eigvals)
    W, steps = W0.copy(), 20

    def descend():
        for _ in range(steps):
            W[:] += eta / 2 * (matrix @ W - W @ (W.T @ W))

    _, processor, _ = clock(descend)
    exact = ExactFlow(eigvals, eigvecs, W0, learning_rate=eta).singular_values(steps * eta)
    compare(
        f"gradient descent, {times[-1] / eta:,.0f} steps at a tenth of the stability edge",
        processor * times[-1] / eta / steps,
        least,
        seconds,
        np.abs(exact / np.linalg.svd(W, compute_uv=False) - 1).max(),
        f"{steps} steps",
    )

    part = times[-1] / 200

    def right_side(_, w):
        X = w.reshape(V, D)
        return (0.5 * (matrix @ X - X @ (X.T @ X))).ravel()

    _, processor, solved = clock(
        lambda: solve_ivp(right_side, (0, part), W0.ravel(), t_eval=[part], rtol=1e-6, atol=1e-12)
    )
    exact = ExactFlow(eigvals, eigvecs, W0).singular_values(part)
    found = np.linalg.svd(solved.y[:, -1].reshape(V, D), compute_uv=False)
    compare(
        "scipy's solve_ivp, RK45, relative tolerance 1e-6",
        200 * processor,
        least,
        seconds,
        np.abs(found / exact - 1).max(),
        "1/200 of the run",
    )


def compare(peer, theirs, ours, eigenpairs, apart, after):
    """Print a peer's time, and ours over it."""
    print(
        f"{peer}: {theirs:.0f} s of processor; ours over it {ours[V] / theirs:.4f} with all modes, "
        f"{ours[500] / theirs:.4f} with 500, {(ours[V] + eigenpairs) / theirs:.3f} if all "
        f"eigenpairs are still to be found; singular values after {after} differ by {apart:.1e}"
    )


if __name__ == "__main__":
    main()
