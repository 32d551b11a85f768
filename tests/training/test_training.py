"""Training: brute-force losses, autograd, closed forms, honest statistics, and broken runs."""

import math
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from w2vlib import (
    CorpusStatistics,
    DivergenceError,
    History,
    W2VError,
    embeddings_from_matrix,
    load_statistics,
    m_star,
    pca_embeddings,
    subspace_overlap,
    train,
    weights_of,
)
from w2vlib.training import _checkpoint, _losses, _recorder, _sgd, _sgd_kernels, _train


def tiny(V=5, seed=0):
    """Return statistics with rare, frequent and missing pairs, and words that meet themselves."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 4, (V, V)) * rng.integers(1, 60, (V, V))
    table[0, 1] = 0
    table[V - 1, 0] = 7
    table = np.triu(table) + np.triu(table).T
    counts = np.sort(rng.integers(20, 900, V))[::-1]
    return CorpusStatistics(tuple("abcdefghij"[:V]), counts.copy(), table, 5)


def rng(seed=0):
    return np.random.default_rng(seed)


STATS = tiny()
V, D = len(STATS), 3
UNEVEN = (rng(7).uniform(0.5, 2, (V, V)), rng(8).uniform(0.5, 2, (V, V)))  # not symmetric either
WEIGHTS = {"constant": "constant", "plain": "plain", "word2vec": "word2vec", "own": UNEVEN}
MODELS = [
    pytest.param(loss, name, tied, id=f"{loss}-{name}-{'tied' if tied else 'untied'}")
    for loss in ("quadratic", "sgns")
    for name in WEIGHTS
    for tied in (True, False)
]
SAMPLE = 0.1  # below the frequencies of most of these few words


def start(tied, scale=0.7, shape=(V, D)):
    W, C = rng(1).normal(0, scale, shape), rng(2).normal(0, scale, shape)
    return W if tied else (W, C)


def after(steps, loss, name, tied, **others):
    """Train from a start of ordinary size."""
    settings = {"learning_rate": 1e-3, "rng": rng(), "record": [0], "sample": SAMPLE} | others
    return train(
        STATS, D, loss=loss, weights=WEIGHTS[name], tied=tied, W0=start(tied), steps=steps,
        check_edge=False, **settings,
    )  # fmt: skip


# --- the loss and its gradient --------------------------------------------------------------------


def by_hand(loss, name, W, C):
    """Add up the loss pair by pair, from the book's formula."""
    total, pairs, tokens = 0.0, STATS.pair_counts.sum(), STATS.word_counts.sum()
    p = [n / tokens for n in STATS.word_counts.tolist()]
    keep = [min(1, math.sqrt(SAMPLE / x) + SAMPLE / x) for x in p]
    norm = sum(
        keep[i] * keep[j] * STATS.pair_counts[i, j] / pairs for i in range(V) for j in range(V)
    )
    for i in range(V):
        for j in range(V):
            joint, chance = STATS.pair_counts[i, j] / pairs, p[i] * p[j]
            if name == "constant":
                A, B = joint / (joint + chance), chance / (joint + chance)
            elif name == "plain":
                A, B = joint, chance
            elif name == "own":
                A, B = UNEVEN[0][i, j] * joint, UNEVEN[1][i, j] * chance
            else:
                A = keep[i] * keep[j] * joint / norm
                centre = sum(
                    keep[i] * keep[m] * STATS.pair_counts[i, m] / pairs / norm for m in range(V)
                )
                B = 5 * centre * p[j] ** 0.75 / sum(x**0.75 for x in p)
            x = (W[i] * C[j]).sum()
            if loss == "sgns":
                total = total + A * torch.log1p(torch.exp(-x)) + B * torch.log1p(torch.exp(x))
            elif name == "constant" or not tied_view(W, C):
                total = total + (A + B) * (x - 2 * (A - B) / (A + B)) ** 2 / 8
            else:  # x is symmetric, so that M* is that of the symmetric parts
                total = total + (A + B) * x**2 / 8 - (A - B) * x / 2
    return total


def tied_view(W, C):
    return W is C


def symmetric_constant(loss, name):
    """Return what the quadratic loss has at x = 0 in a tied model."""
    A, B = weights_of(STATS, WEIGHTS[name], sample=SAMPLE)
    A, B = (A + A.T) / 2, (B + B.T) / 2
    return float(((A - B) ** 2 / (A + B)).sum() / 2)


@pytest.mark.parametrize(("loss", "name", "tied"), MODELS)
@pytest.mark.parametrize("block", [1, 1 << 18])
def test_loss_and_gradient_against_a_double_loop_and_autograd(monkeypatch, loss, name, tied, block):
    monkeypatch.setattr(_losses, "_BLOCK", block)
    history = after(1, loss, name, tied)
    leaves = [
        torch.tensor(X, requires_grad=True) for X in ([start(True)] if tied else start(False))
    ]
    value = by_hand(loss, name, leaves[0], leaves[-1])
    value.backward()
    expected = value.item()
    if tied and loss == "quadratic" and name != "constant":
        expected += symmetric_constant(loss, name)
    assert history.loss[0] == pytest.approx(expected, rel=1e-12)
    for leaf, end in zip(leaves, (history.W, history.C), strict=False):
        step = (leaf.detach().numpy() - end) / 1e-3
        np.testing.assert_allclose(step, leaf.grad.numpy(), rtol=1e-9, atol=1e-12)
    assert (history.C is None) == tied


def test_gradient_against_finite_differences():
    """The slope of the recorded loss itself, for each of the two objectives."""
    for loss, name in (("quadratic", "constant"), ("quadratic", "plain"), ("sgns", "word2vec")):
        W, h = start(True), 1e-5
        settings = {"loss": loss, "weights": name, "learning_rate": 1e-3, "steps": 1, "record": [0]}
        step = (W - train(STATS, D, W0=W, **settings).W) / 1e-3
        for place in ((0, 0), (3, 2)):
            up, down = W.copy(), W.copy()
            up[place] += h
            down[place] -= h
            high, low = (train(STATS, D, W0=X, **settings).loss[0] for X in (up, down))
            assert step[place] == pytest.approx((high - low) / (2 * h), rel=1e-6)


def test_one_step_is_the_formula_of_the_book():
    M, W, eta = m_star(STATS), start(True), 0.01
    history = train(STATS, D, W0=W, learning_rate=eta, steps=1)
    np.testing.assert_allclose(history.W, W + eta / 2 * (M - W @ W.T) @ W, atol=1e-15)
    np.testing.assert_allclose(history.loss[0], ((M - W @ W.T) ** 2).sum() / 8, rtol=1e-13)
    from_matrix = train(M, D, W0=W, learning_rate=eta, steps=1)
    assert np.array_equal(from_matrix.W, history.W)


@pytest.mark.filterwarnings("error")
def test_read_only_input_is_welcome():
    M = m_star(STATS)
    M.flags.writeable = False
    assert np.array_equal(run(stats=M).W, run().W)


def test_small_x_makes_sgns_the_quadratic_loss():
    """With a start of 1e-3 the two losses take the same first step, to third order in x."""
    ends = [
        train(STATS, D, loss=loss, W0=1e-3 * start(True), learning_rate=0.1, steps=1).W
        for loss in ("quadratic", "sgns")
    ]
    moved = np.abs(ends[0] - 1e-3 * start(True)).max()
    assert np.abs(ends[0] - ends[1]).max() < 1e-9 * moved


# --- the weights ----------------------------------------------------------------------------------


def test_constant_weights_are_constant():
    A, B = weights_of(STATS)
    np.testing.assert_allclose(A + B, 1, rtol=1e-15)
    np.testing.assert_allclose(2 * (A - B), m_star(STATS), atol=1e-14)
    joint, chance = STATS.p_ij, np.outer(STATS.p_i, STATS.p_i)
    psi = 1 / (joint + chance)
    np.testing.assert_allclose(weights_of(STATS, (psi, psi)), (A, B), rtol=1e-13)
    A, B = weights_of(STATS, negative=3)
    np.testing.assert_allclose(A + B, 1, rtol=1e-15)
    np.testing.assert_allclose(B * joint, 3 * A * chance, rtol=1e-12)


def test_word2vec_weights():
    A, B = weights_of(STATS, "word2vec", negative=4, sample=SAMPLE)
    assert (A.sum(), B.sum()) == pytest.approx((1, 4))
    np.testing.assert_allclose(B.sum(axis=1), 4 * A.sum(axis=1))
    np.testing.assert_allclose(B.sum(axis=0), 4 * STATS.p_i**0.75 / (STATS.p_i**0.75).sum())
    assert np.array_equal(A, A.T)
    everything, _ = weights_of(STATS, "word2vec", sample=0)
    np.testing.assert_allclose(everything, STATS.p_ij, rtol=1e-14)
    rare = np.argmin(STATS.p_i)
    assert A[rare].sum() > everything[rare].sum()  # subsampling gives room to rare words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("glove",), "weights='glove' is unknown; choose 'constant' or 'word2vec' or 'plain'"),
        ((([1, 2], 1.0),), r"psi_plus has shape \(2,\); pass \(5, 5\) or a number"),
        (((1.0, -2.0),), "psi_minus holds -2; pass weights that are 0 or above"),
        (((np.nan, 1.0),), "1 of the 1 entries of psi_plus are NaN"),
        (((1.0, 1.0, 1.0),), "weights holds 3 arrays; pass the pair"),
        ((3,), "weights=3 is unknown"),
    ],
)
def test_bad_weights(arguments, message):
    with pytest.raises(W2VError, match=message):
        weights_of(STATS, *arguments)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"negative": 0}, "negative=0; choose"), ({"sample": -1}, "sample=-1; choose")],
)
def test_bad_settings_of_weights(settings, message):
    with pytest.raises(W2VError, match=message):
        weights_of(STATS, "word2vec", **settings)


# --- against the closed form ----------------------------------------------------------------------


def planted(eigvals, seed=3):
    Q, _ = np.linalg.qr(rng(seed).standard_normal((len(eigvals), len(eigvals))))
    M = (Q * eigvals) @ Q.T
    return (M + M.T) / 2, Q


def test_aligned_start_follows_the_logistic_law():
    lambdas, s0 = np.array([6.0, 3.0, 1.5]), 1e-3
    M, Q = planted(np.r_[lambdas, -1, -4])
    history = train(M, 3, W0=s0 * Q[:, :3], learning_rate=1e-3, steps=12_000, record=60)
    t = history.times[:, None]
    expected = lambdas / (1 + (lambdas / s0**2 - 1) * np.exp(-lambdas * t))
    np.testing.assert_allclose(history.times, history.steps * 1e-3)
    assert np.abs(history.singular_values**2 - expected).max() < 0.04  # O(learning rate)
    loss = (((lambdas - expected) ** 2).sum(axis=1) + 1 + 16) / 8
    np.testing.assert_allclose(history.loss, loss, atol=0.03)
    gaps = [  # halving the step halves the gap: it is the step's, not the formula's
        np.abs(
            train(M, 3, W0=s0 * Q[:, :3], learning_rate=h, steps=int(4 / h), record=[int(2.4 / h)])
            .singular_values[0] ** 2
            - lambdas / (1 + (lambdas / s0**2 - 1) * np.exp(-lambdas * 2.4))
        ).max()
        for h in (2e-3, 1e-3)
    ]  # fmt: skip
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.05)


def test_random_start_follows_the_flow():
    """Against an ODE solver; the gap shrinks with the step as that of a first-order method does."""
    M, _ = planted(np.array([6.0, 3.0, 1.5, -1.0, -4.0]))
    W0 = 0.3 * rng().standard_normal((5, 3))

    def slope(t, W):
        W = W.reshape(5, 3)
        return ((M - W @ W.T) @ W / 2).ravel()

    flow = scipy.integrate.solve_ivp(slope, (0, 1), W0.ravel(), rtol=1e-10, atol=1e-12)
    expected = flow.y[:, -1].reshape(5, 3)
    gaps = [
        np.abs(train(M, 3, W0=W0, learning_rate=h, steps=round(1 / h)).W - expected).max()
        for h in (1e-3, 5e-4)
    ]
    assert gaps[0] < 0.01
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.05)


def test_training_ends_where_pca_is():
    stats = load_statistics(300)
    history = train(stats, 8, learning_rate=0.01, steps=1500, rng=rng())
    expected = pca_embeddings(stats, 8).vectors
    np.testing.assert_allclose(history.W @ history.W.T, expected @ expected.T, atol=2e-4)
    assert history.words == stats.words


def test_tied_learns_positive_eigenvalues_untied_the_largest():
    M, Q = planted(np.array([5.0, 2.0, 1.0, -3.0, -4.0]))
    tied = train(M, 2, learning_rate=0.1, steps=600, rng=rng())
    np.testing.assert_allclose(tied.W @ tied.W.T, (Q[:, :2] * [5, 2]) @ Q[:, :2].T, atol=1e-8)
    untied = train(M, 2, learning_rate=0.1, steps=900, rng=rng(), tied=False)
    best = 5 * np.outer(Q[:, 0], Q[:, 0]) - 4 * np.outer(Q[:, 4], Q[:, 4])
    np.testing.assert_allclose(untied.W @ untied.C.T, best, atol=1e-8)
    np.testing.assert_allclose(untied.singular_values[-1] ** 2, [5, 4], atol=1e-3)  # balanced


def test_balanced_untied_needs_twice_the_time():
    M, _ = planted(np.array([5.0, 3.0, 2.0, 1.0, 0.5]))
    W = 1e-2 * rng().standard_normal((5, 2))
    tied = train(M, 2, W0=W, learning_rate=0.01, steps=500)
    untied = train(M, 2, W0=(W, W), learning_rate=0.02, steps=500, tied=False)
    np.testing.assert_allclose(untied.singular_values, tied.singular_values, rtol=1e-10)
    assert untied.times[-1] == 2 * tied.times[-1]


def test_single_precision_agrees():
    stats = load_statistics(200)
    settings = {"learning_rate": 0.01, "steps": 200, "sigma": 1e-3}
    for loss in ("quadratic", "sgns"):
        double = train(stats, 4, loss=loss, rng=rng(), **settings)
        single = train(stats, 4, loss=loss, rng=rng(), dtype="float32", **settings)
        assert single.W.dtype == np.float32
        np.testing.assert_allclose(single.singular_values, double.singular_values, rtol=2e-3)
        np.testing.assert_allclose(single.loss, double.loss, rtol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_gpu_agrees():
    settings = {"learning_rate": 0.01, "steps": 100, "sigma": 1e-3}
    for loss in ("quadratic", "sgns"):
        ours = train(load_statistics(200), 4, loss=loss, rng=rng(), **settings)
        theirs = train(load_statistics(200), 4, loss=loss, rng=rng(), device="cuda", **settings)
        np.testing.assert_allclose(ours.W, theirs.W, atol=1e-8)


# --- sampling -------------------------------------------------------------------------------------


def probabilities(table):
    """Return the probabilities that an alias table stands for."""
    n = len(table)
    own = table[:, 0].astype(np.float64)
    out = own / n
    np.add.at(out, table[:, 1].astype(int), (1 - own) / n)
    return out


@pytest.mark.parametrize("n", [1, 2, 7, 1000])
def test_alias_tables_hold_the_probabilities(n):
    weights = rng(n).pareto(0.3, (3, n)) + 1e-9  # over many orders of magnitude
    weights[:, 1::3] = 0
    weights[2] = 1
    for row, table in zip(weights, _sgd_kernels.alias_tables(weights), strict=True):
        np.testing.assert_allclose(probabilities(table), row / row.sum(), rtol=1e-6, atol=1e-16)
        assert np.all((probabilities(table) == 0) == (row == 0))


def chi_square(counts, expected):
    """Return the p value; cells are joined, rare ones with rare ones, until each expects 20."""
    order = np.argsort(expected)[np.sum(expected == 0) :]
    counts, expected = counts[order], expected[order]
    which = np.floor(np.cumsum(expected) / 20 + 1e-9)
    edges = np.flatnonzero(np.diff(which, prepend=-1))
    counts, expected = np.add.reduceat(counts, edges), np.add.reduceat(expected, edges)
    counts, expected = (np.r_[x[:-2], x[-2:].sum()] for x in (counts, expected))
    return scipy.stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue


@pytest.mark.parametrize("name", ["plain", "word2vec", "constant"])
@pytest.mark.parametrize("stats", [STATS, load_statistics(150)], ids=["tiny", "Wikipedia"])
def test_pairs_are_drawn_in_proportion(name, stats):
    A, B = weights_of(stats, name)
    n, k, V = 300_000, 2, len(stats)
    model = _sgd.StochasticGradientDescent(
        A, B, [np.ones((V, 2))], 0.1, sgns=True, negative=k, batch_size=None,
        full_loss=lambda vectors: 0.0, rng=rng(),
    )  # fmt: skip
    pairs = np.empty((n, 2 + k), np.int32)
    _sgd_kernels.draw_pairs(n, 0, *model._tables[:3], np.uint64(5), pairs)
    counts = np.bincount(pairs[:, 0] * V + pairs[:, 1], minlength=V * V)
    if name == "plain":
        np.testing.assert_allclose(A, stats.p_ij)
    assert chi_square(counts, n * (A / A.sum()).ravel()) > 1e-3
    assert not counts[A.ravel() == 0].any()
    negatives = A.sum(axis=1, keepdims=True) / A.sum() * B / B.sum(axis=1, keepdims=True)
    for m in (2, 3):
        counts = np.bincount(pairs[:, 0] * V + pairs[:, m], minlength=V * V)
        assert chi_square(counts, n * negatives.ravel()) > 1e-3
    one_table = len(model._tables[2]) == 1
    assert one_table == (name != "constant")  # these memory-hungry tables only where needed


def test_draws_do_not_depend_on_one_another():
    """Two negatives of one pair, a context and a negative, and one pair and the next."""
    p, n = STATS.p_i, 300_000
    tables = [
        _sgd_kernels.alias_tables(np.outer(x, p)) for x in (np.ones(1), np.ones(V), np.ones(1))
    ]
    pairs = np.empty((n, 4), np.int32)
    _sgd_kernels.draw_pairs(n, 0, *tables, np.uint64(6), pairs)
    halves = [(pairs[:, a], pairs[:, b]) for a, b in ((0, 1), (1, 2), (2, 3))]
    for one, other in [*halves, (pairs[:-1, 3], pairs[1:, 0]), (pairs[:-1, 0], pairs[1:, 0])]:
        counts = np.bincount(one * V + other, minlength=V * V)
        assert chi_square(counts, len(one) * np.outer(p, p).ravel()) > 1e-3
    again = np.empty((100, 4), np.int32)
    _sgd_kernels.draw_pairs(100, 500, *tables, np.uint64(6), again)
    assert np.array_equal(again, pairs[500:600])  # so that a run can go on from any pair


@pytest.mark.parametrize(("loss", "name", "tied"), MODELS)
def test_sampled_gradients_have_the_full_one_as_mean(loss, name, tied):
    """z scores of the mean of 60 batches: as a standard normal has them."""
    full = after(1, loss, name, tied)
    batches = [
        after(1, loss, name, tied, method="sgd", batch_size=2000, rng=rng(seed))
        for seed in range(60)
    ]
    for part in "W" if tied else "WC":
        moved = np.array([getattr(batch, part) for batch in batches])
        error = moved.std(axis=0, ddof=1) / math.sqrt(len(moved))
        z = (moved.mean(axis=0) - getattr(full, part)) / error
        assert np.abs(z).max() < 4.2  # of 15 numbers: one run in 1,000 by Student's t
        assert 0.2 < np.mean(z**2) < 2.8


def test_pair_by_pair_is_a_batch_of_one_while_steps_are_small():
    settings = {"method": "sgd", "learning_rate": 1e-6, "sample": SAMPLE, "negative": 3}
    for tied in (True, False):
        one = after(500, "sgns", "plain", tied, batch_size=1, **settings)
        word2vec = after(500, "sgns", "plain", tied, **settings)
        moved = np.abs(one.W - (start(True))).max()
        assert moved > 1e-5
        assert np.abs(one.W - word2vec.W).max() < 1e-4 * moved


def test_a_batch_is_the_mean_of_its_pairs():
    """Against NumPy, from the pairs that the same random numbers draw."""
    batch, k, eta = 50, 2, 0.1
    end = after(
        1, "sgns", "plain", True, method="sgd", batch_size=batch, negative=k, learning_rate=eta
    ).W
    A, B = weights_of(STATS, "plain", negative=k)
    a, b = A.sum(axis=1), B.sum(axis=1)
    tables = [_sgd_kernels.alias_tables(X) for X in (a[None], A, STATS.p_i[None])]
    pairs = np.empty((batch, 2 + k), np.int32)
    seed = rng().integers(1 << 64, dtype=np.uint64)
    _sgd_kernels.draw_pairs(batch, 0, *tables, seed, pairs)
    W = start(True)
    gradient = np.zeros_like(W)
    for i, *others in pairs:
        for m, j in enumerate(others):
            slope = 1 / (1 + math.exp(-W[i] @ W[j]))
            g = slope - 1 if m == 0 else slope * b[i] / (a[i] * k)
            gradient[i] += g * W[j] / batch
            gradient[j] += g * W[i] / batch
    np.testing.assert_allclose(end, W - eta * gradient, atol=1e-14)


@pytest.mark.parametrize("batch_size", [None, 16_000])
def test_sgd_learns_what_gradient_descent_learns(batch_size):
    """In the same time t; a step of one pair is 16,000 times as short as one of a batch."""
    stats, parts = load_statistics(60), 1 if batch_size else 16_000
    full = train(stats, 3, learning_rate=0.02, steps=400, rng=rng(), sigma=1e-2)
    sampled = train(
        stats, 3, method="sgd", batch_size=batch_size, learning_rate=0.02 / parts,
        steps=400 * parts, rng=rng(), sigma=1e-2,
    )  # fmt: skip
    np.testing.assert_allclose(sampled.times, full.times)
    assert np.abs(sampled.loss / full.loss - 1).max() < 0.2  # early or late at the steepest
    assert sampled.loss[-1] == pytest.approx(full.loss[-1], rel=0.05)
    assert subspace_overlap(sampled.W, full.W) > 0.98


# --- what is recorded -----------------------------------------------------------------------------


def test_recordings():
    settings = {"learning_rate": 0.01, "steps": 50, "rng": rng()}
    history = train(STATS, 2, record=[0, 7, 50, 7], sigma=0.1, **settings)
    assert history.steps.tolist() == [0, 7, 50]
    assert history.embedding_steps.tolist() == [0, 7, 50]
    np.testing.assert_allclose(history.embeddings[-1], history.W)
    for row in range(3):
        values = np.linalg.svd(history.embeddings[row], compute_uv=False)
        np.testing.assert_allclose(history.singular_values[row], values)
    assert train(STATS, 2, **settings).steps.tolist() == list(range(51))
    assert train(STATS, 2, record=3, **settings).steps.tolist() == [0, 25, 50]
    some = train(STATS, 2, record=3, keep_embeddings=[3, 4], **settings)
    assert some.embedding_steps.tolist() == [3, 4]
    assert some.embeddings.shape == (2, V, 2)
    none = train(STATS, 2, keep_embeddings=False, **settings)
    with pytest.raises(W2VError, match=r"kept no embeddings .* keep_embeddings=True \(0 MB for 51"):
        _ = none.embeddings


def test_embeddings_that_would_fill_the_memory_are_not_kept_unasked(monkeypatch):
    monkeypatch.setattr(_recorder, "_KEEP_UNASKED", 3 * V * 2 * 8)
    settings = {"learning_rate": 0.01, "steps": 50, "rng": rng()}
    assert train(STATS, 2, record=3, **settings).embeddings.shape == (3, V, 2)
    with pytest.raises(W2VError, match="kept no embeddings"):
        _ = train(STATS, 2, record=4, **settings).embeddings


def test_history_as_a_table_and_as_embeddings():
    history = train(STATS, 2, learning_rate=0.01, steps=2000, rng=rng())
    lines = repr(history).splitlines()
    assert lines[0] == (
        "History(quadratic loss by gradient_descent, weights constant, tied; V=5, d=2, "
        "101 recordings)"
    )
    assert lines[-1].split()[:2] == ["2,000", "20"]
    assert float(lines[-1].split()[2]) == pytest.approx(history.loss[-1], rel=1e-5)
    assert history.to_embeddings().words == STATS.words
    assert np.array_equal(history.to_embeddings()["c"], history.W[2])
    from_matrix = train(m_star(STATS), 2, learning_rate=0.01, steps=1, rng=rng())
    with pytest.raises(W2VError, match=r"pass the 5 words of its rows"):
        from_matrix.to_embeddings()
    assert from_matrix.to_embeddings(list("vwxyz")).words == tuple("vwxyz")


def test_the_callback_sees_every_recording():
    seen = []
    history = train(
        STATS, 2, learning_rate=0.01, steps=10, record=3, rng=rng(),
        callback=lambda step, W: seen.append((step, W)),
    )  # fmt: skip
    assert [step for step, _ in seen] == [0, 5, 10]
    np.testing.assert_array_equal(seen[1][1], history.embeddings[1])
    for method in ("gradient_descent", "sgd"):  # what it does to W is its own affair
        assert_same(run(method=method, callback=lambda step, W: W.fill(7)), run(method=method))


def _threads():
    """Return how many threads torch has, and how many BLAS may use."""
    pools = threadpool_info()
    return torch.get_num_threads(), {p["num_threads"] for p in pools if p["user_api"] == "blas"}


def test_threads_of_torch_do_not_add_to_those_of_blas():
    """Torch gets one thread, BLAS one for products of small blocks; both are given back."""
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(3)
    try:
        with threadpool_limits(2, user_api="blas"):
            for loss in ("quadratic", "sgns"):
                run(2, loss=loss, callback=lambda *_: seen.append(_threads()))
                with pytest.raises(ZeroDivisionError):
                    run(2, loss=loss, callback=lambda *_: 1 // 0)
                assert _threads() == (3, {2})
        assert seen[0] == (1, {2})
        assert seen[-1] == (1, {1})
    finally:
        torch.set_num_threads(before)


def test_progress_only_where_asked_for(capfd):
    train(STATS, 2, learning_rate=0.01, steps=10, rng=rng())
    assert capfd.readouterr().err == ""
    train(STATS, 2, learning_rate=0.01, steps=10, rng=rng(), progress=True)
    bar = capfd.readouterr().err
    assert "10.0/10.0" in bar
    assert "loss" in bar


@pytest.mark.parametrize("method", ["gradient_descent", "sgd"])
def test_the_same_rng_gives_the_same_numbers(method):
    first, second, other = (
        train(STATS, 2, method=method, learning_rate=0.001, steps=300, sigma=0.1, rng=rng(seed))
        for seed in (0, 0, 1)
    )
    assert_same(first, second)
    assert not np.array_equal(first.W, other.W)


# --- runs that end early, and go on ---------------------------------------------------------------


def assert_same(a: History, b: History):
    for name in ("steps", "times", "loss", "singular_values", "W", "embedding_steps", "embeddings"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert (a.C is None and b.C is None) or np.array_equal(a.C, b.C)
    assert (a.stopped, a.title, a.words) == (b.stopped, b.title, b.words)


def interrupt_at(step):
    def callback(now, W):
        if now == step:
            raise KeyboardInterrupt

    return callback


RUNS = {
    "quadratic": {},
    "sgns, untied": {"loss": "sgns", "tied": False},
    "plain weights": {"weights": "plain"},
    "own weights": {"weights": UNEVEN},
    "SGD": {"method": "sgd", "loss": "sgns", "weights": "word2vec", "tied": False},
    "SGD in batches": {"method": "sgd", "batch_size": 7},
    "single precision": {"dtype": "float32"},
    "own start": {"W0": start(True)},
}


def run(steps=100, stats=STATS, **settings):
    return train(
        stats, D, steps=steps, **{"learning_rate": 0.01, "rng": rng(), "sigma": 0.1} | settings
    )


@pytest.mark.parametrize("name", RUNS)
def test_resumed_runs_equal_unbroken_ones(tmp_path, name):
    path = tmp_path / "run.npz"
    whole = run(**RUNS[name])
    first = run(**RUNS[name], checkpoint=path, callback=interrupt_at(40))
    assert first.stopped == "interrupted at step 40 of 100"
    assert first.steps.tolist() == list(range(41))
    assert np.array_equal(first.loss, whole.loss[:41])
    again = run(**RUNS[name], checkpoint=path, callback=interrupt_at(70))
    assert again.steps[-1] == 70
    assert_same(run(**RUNS[name], checkpoint=path), whole)
    seen = []
    done = run(**RUNS[name], checkpoint=path, callback=lambda step, W: seen.append(step))
    assert_same(done, whole)
    assert not seen  # nothing was left to do
    longer = run(120, **RUNS[name], checkpoint=path, record=range(121))
    assert_same(longer, run(120, **RUNS[name], record=range(121)))


def test_nothing_is_lost_without_a_checkpoint_either():
    history = run(callback=interrupt_at(40))
    assert history.stopped
    assert "stopped: interrupted at step 40" in repr(history)
    assert np.array_equal(history.W, run().embeddings[40])


@pytest.mark.parametrize("name", ["quadratic", "SGD"])
@pytest.mark.skipif(os.name == "nt", reason="no POSIX signals")
def test_a_real_interrupt_at_any_moment(tmp_path, name):
    """Ctrl-C falls somewhere into a step; the run that goes on from there is the unbroken one."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    path, steps = tmp_path / "run.npz", 20_000 if name == "quadratic" else 4_000_000
    settings = RUNS[name] | {"record": 5, "learning_rate": 1e-4}
    timers = []

    def start_timer(step, W):
        if step == 0:
            timers.append(threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGINT)))
            timers[0].start()

    try:
        broken = run(steps, **settings, checkpoint=path, callback=start_timer)
        timers[0].join()
    finally:
        signal.signal(signal.SIGINT, handler)
    assert broken.stopped
    assert_same(run(steps, **settings, checkpoint=path), run(steps, **settings))


def test_checkpoints_are_written_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(_train, "_CHECKPOINT_EVERY", -1.0)
    path, there = tmp_path / "run.npz", []
    run(checkpoint=path, callback=lambda step, W: there.append(path.exists()))
    assert there == [False] + [True] * 100
    with np.load(path, allow_pickle=False) as file:
        assert file["step"] == 100
        assert file["W"].shape == (V, D)
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    run(checkpoint=path, callback=interrupt_at(40))
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_checkpoint.np, "savez", full_disk)
    with pytest.raises(OSError, match="No space left"):
        run(checkpoint=path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


OTHERS = {
    "d": ({"d": 2}, "d is 3 there and 2 here"),
    "statistics": ({"stats": tiny(seed=9)}, "statistics is [0-9a-f]{12} there and"),
    "word counts": (
        {"stats": CorpusStatistics(STATS.words, STATS.word_counts + 1, STATS.pair_counts, 5)},
        "statistics is [0-9a-f]{12} there and",
    ),
    "V": ({"stats": tiny(V=7)}, "V is 5 there and 7 here"),
    "loss": ({"loss": "sgns"}, "loss is quadratic there and sgns here"),
    "weights": ({"weights": "plain"}, "weights is constant there and plain here"),
    "own weights": ({"weights": UNEVEN}, "weights is constant there and [0-9a-f]{12} here"),
    "method": ({"method": "sgd"}, "method is gradient_descent there and sgd here"),
    "tied": ({"tied": False}, "tied is True there and False here"),
    "learning rate": ({"learning_rate": 0.02}, "learning_rate is 0.01 there and 0.02 here"),
    "sigma": ({"sigma": 0.2}, r"start is sigma=0.1 there and sigma=0.2 here"),
    "rng": ({"rng": rng(1)}, r"rng is [0-9a-f]{12} there and [0-9a-f]{12} here.*freshly seeded"),
    "start": ({"W0": start(True)}, r"start is sigma=0.1 there and [0-9a-f]{12} here"),
    "dtype": ({"dtype": "float32"}, "dtype is float64 there and float32 here"),
    "negative": ({"negative": 2}, "negative is 1.0 there and 2.0 here"),
    "steps": ({"steps": 20}, "is at step 40, beyond steps=20; ask for 40 steps or more"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_checkpoint_of_another_model_is_refused_and_kept(tmp_path, name):
    path = tmp_path / "run.npz"
    run(checkpoint=path, callback=interrupt_at(40))
    before = path.read_bytes()
    change, message = OTHERS[name]
    settings = {
        "stats": STATS, "d": D, "steps": 100, "learning_rate": 0.01, "rng": rng(), "sigma": 0.1,
        "checkpoint": path,
    } | change  # fmt: skip
    with pytest.raises(W2VError, match=message):
        train(**settings)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"hello", "truncated", "foreign"])
def test_a_file_that_is_no_checkpoint_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "run.npz"
    if content == "foreign":
        np.savez(path, x=np.arange(3))
    elif content == "truncated":
        run(checkpoint=path)
        path.write_bytes(path.read_bytes()[:-100])
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(
        W2VError, match=r"run.npz is no readable checkpoint .* it was left as it is"
    ):
        run(checkpoint=path)
    assert path.read_bytes() == before


def test_three_seeds_with_one_path_are_three_runs(tmp_path):
    """The same start and the same pairs go on; others would silently be those of the file."""
    path = tmp_path / "run.npz"
    for settings in ({}, {"method": "sgd", "W0": start(True), "learning_rate": 1e-3}):
        path.unlink(missing_ok=True)
        first = run(**settings, checkpoint=path, rng=rng(0))
        assert_same(run(**settings, checkpoint=path, rng=rng(0)), first)
        for generator in (rng(1), rng(2), np.random.Generator(np.random.MT19937(0))):
            with pytest.raises(W2VError, match=r"rng is .* there and .* here"):
                run(**settings, checkpoint=path, rng=generator)
    path.unlink()
    first = run(W0=start(True), checkpoint=path, rng=rng(0))
    assert_same(run(W0=start(True), checkpoint=path, rng=None), first)  # nothing is drawn


def test_what_is_asked_of_past_steps_is_given_or_refused(tmp_path):
    path = tmp_path / "run.npz"
    run(
        record=[0, 10, 20, 60, 100],
        keep_embeddings=[20],
        checkpoint=path,
        callback=interrupt_at(60),
    )
    before = path.read_bytes()
    for settings, message in (
        ({"record": [0, 10, 30, 70]}, r"record asks for recordings at 1 steps, first 30"),
        ({"record": [0], "keep_embeddings": [10, 20]}, r"embeddings at 1 steps, first 10, .* past"),
        (
            {"record": [0, 20, 60], "keep_embeddings": True},
            "at 1 steps, first 0, .* leave keep",
        ),
        ({"record": 11, "keep_embeddings": True}, r"embeddings at 2 steps, first 0"),
    ):
        with pytest.raises(W2VError, match=message):
            run(**settings, checkpoint=path)
        assert path.read_bytes() == before

    def steps(**settings):
        copy = tmp_path / "copy.npz"
        copy.write_bytes(before)
        history = run(**settings, checkpoint=copy)
        whole = run(record=range(101))
        np.testing.assert_array_equal(history.loss, whole.loss[history.steps])
        if len(history.embedding_steps):
            np.testing.assert_array_equal(
                history.embeddings, whole.embeddings[history.embedding_steps]
            )
        return history.steps.tolist(), history.embedding_steps.tolist()

    assert steps(record=[10, 20, 90], keep_embeddings=[20, 80]) == ([10, 20, 80, 90], [20, 80])
    assert steps(record=[0, 60, 90], keep_embeddings=[60]) == ([0, 60, 90], [60])  # it stands at 60
    assert steps(record=[20, 70], keep_embeddings=False) == ([20, 70], [])
    assert steps(record=[10, 20, 70]) == ([10, 20, 70], [20, 70])
    # A number is a wish: the file's own recordings, then evenly spaced ones.
    assert steps(record=5) == ([0, 10, 20, 60, 75, 100], [20, 60, 75, 100])
    assert steps(record=5, keep_embeddings=False) == ([0, 10, 20, 60, 75, 100], [])


def test_recordings_that_are_not_asked_for_stay_in_the_file(tmp_path):
    path = tmp_path / "run.npz"
    whole = run(checkpoint=path)
    assert run(record=[0, 50], keep_embeddings=False, checkpoint=path).steps.tolist() == [0, 50]
    assert_same(run(checkpoint=path), whole)


def test_an_interrupt_before_the_first_recording(tmp_path, monkeypatch):
    def interrupt(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_recorder.Recorder, "add", lambda *_: interrupt(None))
        history = run(checkpoint=tmp_path / "run.npz")
    assert (len(history), history.stopped) == (0, "interrupted at step 0 of 100")
    assert repr(history).splitlines()[1] == "stopped: interrupted at step 0 of 100"
    with pytest.raises(W2VError, match=r"interrupted at step 0 .* before its first recording"):
        _ = history.embeddings
    assert_same(run(checkpoint=tmp_path / "run.npz"), run())


CHANGES = {
    "no W": lambda arrays: arrays.pop("W"),
    "no recordings": lambda arrays: arrays.pop("record_s"),
    "shape": lambda arrays: arrays.update(W=np.zeros((V, D + 1))),
    "type": lambda arrays: arrays.update(W=np.zeros((V, D), np.float32)),
    "lengths": lambda arrays: arrays.update(record_loss=np.zeros(3)),
    "about": lambda arrays: arrays.update(about=np.frombuffer(b"[1]", np.uint8)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_checkpoint_whose_arrays_do_not_fit_is_refused_and_kept(tmp_path, name):
    path = tmp_path / "run.npz"
    run(checkpoint=path, callback=interrupt_at(40))
    with np.load(path) as file:
        arrays = dict(file)
    CHANGES[name](arrays)
    np.savez(path, **arrays)
    before = path.read_bytes()
    with pytest.raises(W2VError, match=r"no readable checkpoint .* or delete it to start"):
        run(checkpoint=path)
    assert path.read_bytes() == before


def test_damaged_checkpoints_never_end_in_a_traceback(tmp_path):
    path, noise = tmp_path / "run.npz", rng(5)
    run(10, checkpoint=path)
    whole = path.read_bytes()
    for place in noise.choice(len(whole), 150, replace=False):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            run(10, checkpoint=path)
        except W2VError:
            continue


def test_a_missing_folder_is_noticed_before_the_work(tmp_path):
    seen = []
    with pytest.raises(W2VError, match=r"cannot write checkpoints to .*nowhere"):
        run(checkpoint=tmp_path / "nowhere" / "run.npz", callback=lambda *_: seen.append(1))
    assert not seen


# --- learning rates that are too large ------------------------------------------------------------

EDGES = {
    "2 / lambda_1": (np.array([4.0, 1.0, 0.5, -1.0, -2.0]), True, 2 / 4),
    "4 / (lambda_1 - lambda_min)": (np.array([4.0, 1.0, 0.5, -1.0, -9.0]), True, 4 / 13),
    "nothing to learn": (np.array([-1.0, -2.0, -3.0, -4.0, -5.0]), True, 4 / 5),
    "untied": (np.array([4.0, 1.0, 0.5, -1.0, -5.0]), False, 4 / 5),
}


@pytest.mark.parametrize("name", EDGES)
def test_the_edge_is_where_training_begins_to_fail(name):
    eigvals, tied, edge = EDGES[name]
    M, _ = planted(eigvals)
    with pytest.raises(W2VError, match=f"cannot settle: .* choose learning_rate < {edge:.4g},"):
        train(M, 2, learning_rate=1.001 * edge, steps=10, rng=rng(), tied=tied)
    settled = train(M, 2, learning_rate=0.99 * edge, steps=4000, rng=rng(), tied=tied)
    keep = np.sort(np.maximum(eigvals, 0) if tied else np.abs(eigvals))[::-1][:2]
    least = ((eigvals**2).sum() - (keep**2).sum()) / 8
    assert settled.loss[-1] == pytest.approx(least, abs=1e-6)
    try:
        beyond = train(
            M, 2, learning_rate=1.01 * edge, steps=4000, rng=rng(), tied=tied, check_edge=False
        )
    except DivergenceError:
        pass
    else:
        assert beyond.loss[-20:].max() > least + 1e-4


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({"learning_rate": 3.0, "check_edge": False}, "the stability edge is min"),
        (
            {"learning_rate": 3.0, "check_edge": False, "record": [0, 100_000]},
            "stability edge is min",
        ),
        ({"learning_rate": 60.0, "loss": "sgns"}, "choose a smaller learning_rate"),
        ({"learning_rate": 9.0, "method": "sgd", "batch_size": 3}, "or a larger batch_size"),
        ({"learning_rate": 9.0, "method": "sgd"}, "or a larger batch_size"),
    ],
)
def test_divergence_keeps_what_was_recorded(settings, remedy, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(DivergenceError, match=remedy) as error:
        run(100_000, **settings, checkpoint=path)
    history = error.value.history
    assert history.stopped == "diverged"
    assert history.steps[0] == 0
    assert np.isfinite(history.loss[0])
    assert not history.loss[-1] <= 10 * history.loss[0]
    assert not path.exists()  # no one wants to go on from there
    assert history.steps[-1] < 100_000


def test_divergence_is_noticed_while_the_numbers_are_finite():
    with pytest.raises(DivergenceError) as error:
        run(1000, learning_rate=3.0, check_edge=False, record=range(1001))
    loss = error.value.history.loss
    assert loss[:-1].max() <= 10 * loss[0] < loss[-1] < np.inf


# --- bad input ------------------------------------------------------------------------------------

NAN = np.full((V, V), np.nan)
BAD = {
    "loss": ({"loss": "hinge"}, "loss='hinge' is unknown; choose 'quadratic' or 'sgns'"),
    "method": ({"method": "adam"}, "choose 'gradient_descent' or 'sgd'"),
    "weights": ({"weights": "glove"}, "choose 'constant' or 'word2vec' or 'plain'"),
    "dtype": ({"dtype": "float16"}, "choose 'float64' or 'float32'"),
    "sigma": ({"sigma": -1e-3}, "sigma=-0.001; choose a finite number above 0"),
    "sigma zero": ({"sigma": 0}, "sigma=0; choose a finite number above 0"),
    "learning rate": ({"learning_rate": 0}, "learning_rate=0; choose a finite"),
    "infinite rate": ({"learning_rate": np.inf}, "learning_rate=inf; choose a finite"),
    "steps": ({"steps": 0}, "steps=0; choose a whole number"),
    "steps not whole": ({"steps": 2.5}, "steps=2.5; choose a whole number"),
    "d": ({"d": 6}, "d=6 exceeds the 5 words; choose d <= 5"),
    "d zero": ({"d": 0}, "d=0; choose a whole number"),
    "shape": ({"W0": np.ones((2, 3))}, r"W0 has shape \(2, 3\); pass \(5, 3\)"),
    "untied": ({"tied": False, "W0": np.ones((5, 3))}, r"pass the pair W0=\(W0, C0\)"),
    "untied shape": (
        {"tied": False, "W0": (np.ones((5, 3)), np.ones((5, 2)))},
        r"shape \(5, 3\) and \(5, 2\); pass a pair",
    ),
    "NaN start": ({"W0": np.full((5, 3), np.nan)}, "15 of the 15 entries of W0 are NaN"),
    "text start": ({"W0": [["a"]]}, "W0 is not an array of real numbers"),
    "NaN": ({"stats": NAN}, "25 of the matrix's 25 entries are NaN"),
    "one-sided": ({"stats": np.triu(np.ones((5, 5)))}, "the matrix is not symmetric"),
    "matrix, sgns": ({"stats": np.eye(5), "loss": "sgns"}, "pass CorpusStatistics"),
    "matrix, sgd": ({"stats": np.eye(5), "method": "sgd"}, "pass CorpusStatistics"),
    "matrix, plain": ({"stats": np.eye(5), "weights": "plain"}, "pass CorpusStatistics"),
    "matrix, k": ({"stats": np.eye(5), "negative": 2}, "pass CorpusStatistics"),
    "rng": ({"rng": 3}, r"rng=3; pass rng=np.random.default_rng\(0\)"),
    "no rng": ({"rng": None}, "rng=None; pass"),
    "batch": ({"batch_size": 3}, "batch_size=3 belongs to method='sgd'"),
    "batch zero": ({"batch_size": 0, "method": "sgd"}, "batch_size=0; choose"),
    "negative": ({"negative": 1.5, "method": "sgd"}, "negative=1.5; choose a whole number"),
    "float32": ({"dtype": "float32", "sigma": 1e-8}, "below 1e-07, .* take dtype='float64'"),
    "record": (
        {"record": 1},
        "record=1; choose a whole number, 2 or more, to record start",
    ),
    "record beyond": ({"record": [0, 99]}, "pass a number, or steps from 0 to steps=10"),
    "keep": ({"keep_embeddings": [-1]}, "keep_embeddings is .* steps from 0 to steps=10"),
    "device": ({"device": "tpu"}, "device='tpu' is unknown; choose 'cpu' or 'cuda'"),
    "sgd on GPU": ({"device": "cuda", "method": "sgd"}, "'sgd' runs on the CPU, not on 'cuda'"),
    "psi": ({"weights": (np.ones(3), 1.0)}, r"psi_plus has shape \(3,\)"),
    "stats": ({"stats": "text.txt"}, "stats is 'text.txt'; pass CorpusStatistics"),
    "huge steps": ({"steps": 10**400}, "choose a whole number, 1 to"),
    "huge batch": ({"batch_size": 1 << 70, "method": "sgd"}, "choose a whole number, 1 to"),
    "tied": ({"tied": "no"}, "tied='no'; choose True or False"),
    "check_edge": ({"check_edge": NAN}, "check_edge=array"),
    "progress": ({"progress": 1}, "progress=1; choose True or False"),
    "callback": ({"callback": "print"}, "callback='print'; pass a function"),
    "checkpoint": ({"checkpoint": 3}, "3 is no path"),
    "checkpoint in a folder": ({"checkpoint": os.curdir}, "is a folder; choose another path"),
    "ragged record": ({"record": [[1], [1, 2]]}, "record is not an array of real numbers"),
    "half steps": ({"record": [0, 2.5]}, r"record is \[0, 2.5\]; pass a number, or steps"),
    "no steps": ({"record": []}, "0 of the 0 entries of record"),
    "record of None": ({"keep_embeddings": [None]}, "entries of keep_embeddings are NaN"),
    "k": ({"negative": np.ones(2)}, "negative=array.*choose a finite number"),
    "sample": ({"sample": "x"}, "sample='x'; choose a finite number, 0 or above"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    change, message = BAD[name]
    good = {"stats": STATS, "d": D, "learning_rate": 0.01, "steps": 10, "rng": rng()}
    with pytest.raises(W2VError, match=message):
        train(**good | change)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu():
    with pytest.raises(W2VError, match="no GPU was found; leave device out"):
        run(device="cuda")


def test_words_that_sgd_would_never_draw():
    table = np.array([[0, 5, 0], [5, 0, 0], [0, 0, 0]])
    stats = CorpusStatistics(("a", "b", "c"), np.array([5, 5, 2]), table, 1)
    with pytest.raises(W2VError, match=r"1 words, first that of row 2, have no positive pairs"):
        train(stats, 1, method="sgd", learning_rate=0.1, steps=5, rng=rng())


def test_the_theory_runs_without_torch():
    code = "import sys, w2vlib, w2vlib.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("loss", ["quadratic", "sgns"])
@pytest.mark.parametrize("weights", ["constant", "word2vec"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_without_torch_the_numbers_are_the_same(monkeypatch, tied, loss, weights, dtype):
    from w2vlib.training import _gradient_descent, _losses, _tensors

    settings = {"tied": tied, "loss": loss, "weights": weights, "dtype": dtype, "steps": 40}
    table = np.array([[0, 9, 2, 1], [9, 0, 4, 3], [2, 4, 2, 6], [1, 3, 6, 8]])
    stats = CorpusStatistics(tuple("abcd"), table.sum(axis=1), table, 1)
    histories = []
    for library in (torch, _tensors.in_numpy):
        for module in (_losses, _gradient_descent):
            monkeypatch.setattr(module, "torch", library)
        histories.append(train(stats, 2, learning_rate=0.05, sigma=0.1, rng=rng(), **settings))
    tolerance = {"rtol": 1e-11 if dtype == "float64" else 1e-4}
    np.testing.assert_allclose(histories[1].W, histories[0].W, **tolerance)
    np.testing.assert_allclose(histories[1].loss, histories[0].loss, **tolerance)
    assert histories[1].W.dtype == histories[0].W.dtype


def test_training_runs_where_torch_is_missing():
    code = (
        "import sys; sys.modules['torch'] = None; import numpy as np, w2vlib\n"
        "M = np.diag([4.0, 1.0, -2.0]); rng = np.random.default_rng(0)\n"
        "history = w2vlib.train(M, 2, learning_rate=0.05, steps=1200, rng=rng)\n"
        "assert (history.singular_values[-1] ** 2).round(6).tolist() == [4.0, 1.0]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_best_rank_d_fit_is_reached_from_any_start():
    M, _ = planted(np.array([5.0, 3.0, 1.0, -2.0, -7.0]))
    best = embeddings_from_matrix(M, list("abcde"), d=2).vectors
    history = train(M, 2, W0=rng(4).normal(0, 1, (5, 2)), learning_rate=0.1, steps=2000)
    np.testing.assert_allclose(history.W @ history.W.T, best @ best.T, atol=1e-9)
