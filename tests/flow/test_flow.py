"""Gradient flow: against many-digit arithmetic, an ODE solver, and gradient descent."""

import functools

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import w2vlib
from w2vlib import (
    ExactFlow,
    W2VError,
    discrete_rates,
    effective_start,
    flow_loss,
    gradient_flow,
    learning_times,
    mode_strengths,
    stability_edge,
    untied_flow,
)
from w2vlib.flow import _riccati

LAM = np.array([4.0, 3.1, 2.4, 1.0, 0.9, 0.3, 0.0, 0.0, -0.2, -1.5, -3.0, -6.0])
V = len(LAM)
U = np.linalg.qr(np.random.default_rng(1).standard_normal((V, V)))[0]
M = (U * LAM) @ U.T


def random_start(d, sigma, seed=0, rows=V):
    return sigma * np.random.default_rng(seed).standard_normal((rows, d))


def exact(lam, U, W0, t):
    """Singular values, mode strengths and loss in hundreds of digits, from the formula as it is."""
    spread = lam.max() - min(lam.min(), 0)
    mp.mp.dps = int(350 + 2 * spread * t / np.log(10))
    t, lam = mp.mpf(float(t)), [mp.mpf(float(x)) for x in lam]
    A = mp.matrix(U.tolist()).T * mp.matrix(W0.tolist())
    n, d = A.rows, A.cols
    growth = [mp.exp(x * t) for x in lam]
    phi = [(g - 1) / x if x else t for g, x in zip(growth, lam, strict=True)]

    def gram(weights):
        return mp.matrix(d, d) + mp.matrix(
            [
                [mp.fsum(A[k, i] * weights[k] * A[k, j] for k in range(n)) for j in range(d)]
                for i in range(d)
            ]
        )

    inverse = (mp.eye(d) + gram(phi)) ** -1
    L = mp.cholesky((inverse + inverse.T) / 2)
    square = L.T * gram(growth) * L
    values = mp.eigsy((square + square.T) / 2, eigvals_only=True)
    s = sorted((mp.sqrt(abs(x)) for x in values), reverse=True)
    strengths = []
    for k in range(n):
        row = A[k, :] * inverse * A[k, :].T
        strengths.append(growth[k] * row[0, 0])
    K2 = mp.fsum(x**4 for x in s)
    cross = mp.fsum(x * e for x, e in zip(lam, strengths, strict=True))
    return s, strengths, (mp.fsum(x * x for x in lam) - 2 * cross + K2) / 8


def relative_error(got, expected):
    return max(abs(float(mp.mpf(float(g)) / e - 1)) for g, e in zip(got, expected, strict=True))


# Many digits


@pytest.mark.parametrize("start", [1e-120, 1e-6, 1.0, 40.0])
def test_mode_strengths_to_the_last_digit(start):
    lam, times = np.array([3.0, 1e-12, 0.0, -1e-12, -2.0]), [0, 1e-9, 0.1, 3.0, 60.0, 200.0]
    with np.errstate(all="raise", under="ignore"):
        got = mode_strengths(times, lam, start)
    mp.mp.dps = 400
    for t, row in zip(times, got, strict=True):
        for x, value in zip(lam, row, strict=True):
            t_, x, s0 = mp.mpf(t), mp.mpf(float(x)), mp.mpf(start)
            expected = x / (1 + (x / s0 - 1) * mp.exp(-x * t_)) if x else s0 / (1 + s0 * t_)
            assert value == pytest.approx(float(expected), rel=3e-14)


def test_mode_strengths_never_overflow():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = mode_strengths([0.0, 1e8], [500.0, 0.0, -500.0], [1e-200, 1.0, 1e200])
    np.testing.assert_allclose(got, [[1e-200, 1, 1e200], [500, 1e-8, 0]], rtol=1e-7)


E = np.eye(V)
TALL = np.vstack([np.eye(4), np.zeros((V - 4, 4))]) + random_start(4, 0.3, seed=3)
MIXED = np.linalg.qr(random_start(3, 1.0, seed=9, rows=3))[0]
STARTS = {  # eigenvectors, W0
    "random, sigma 1": (U, random_start(4, 1.0)),
    "random, sigma 1e-2": (U, random_start(4, 1e-2)),
    "random, sigma 1e-8": (U, random_start(4, 1e-8)),
    "random, sigma 1e-60": (U, random_start(4, 1e-60)),
    "above the minimum": (U, random_start(4, 30.0)),
    "one column": (U, random_start(1, 1e-3)),
    "as many columns as words": (U, random_start(V, 1e-3)),
    "columns of all sizes": (E, random_start(4, 1.0) * [1, 1e-40, 1e-5, 1e-20]),
    "rows of all sizes": (E, random_start(4, 1.0) * np.geomspace(1e-30, 1, V)[:, None]),
    "aligned, with later modes ahead": (E, E[:, [4, 2, 0]] * [1.0, 1e-3, 1e-7]),
    "the same, mixed": (E, E[:, [4, 2, 0]] * [1.0, 1e-3, 1e-7] @ MIXED),
    "small columns in the leading modes": (E, np.tril(TALL) * np.geomspace(1e-18, 1, 4)),
    "nothing in the leading modes": (E, E[:, 4:7] @ random_start(3, 0.1, rows=3)),
    "next to nothing in the first": (
        E,
        random_start(4, 1.0) * np.r_[1e-14, np.ones(V - 1)][:, None],
    ),
}
TIMES = [0.0, 1e-6, 0.1, 2.0, 9.0, 40.0, 110.0]


@pytest.mark.parametrize("name", STARTS)
def test_against_hundreds_of_digits(name):
    vectors, W0 = STARTS[name]
    flow = ExactFlow(LAM, vectors, W0)
    curves = flow.curves(TIMES)
    for i, t in enumerate(TIMES):
        s, strengths, loss = exact(LAM, vectors, W0, t)
        assert relative_error(curves.singular_values[i], s) < 1e-12
        largest = float(max(strengths))
        np.testing.assert_allclose(
            curves.mode_strengths[i], [float(e) for e in strengths], rtol=0, atol=1e-12 * largest
        )
        assert float(flow.loss(t)) == pytest.approx(float(loss), rel=1e-13)


def test_the_last_mode_long_past():
    W0 = random_start(4, 1e-60)
    s, *_ = exact(LAM, U, W0, 1500.0)
    assert relative_error(ExactFlow(LAM, U, W0).singular_values(1500.0), s) < 1e-12
    np.testing.assert_allclose(
        ExactFlow(LAM, U, W0).singular_values(1e9), np.sqrt(LAM[:4]), rtol=1e-13
    )


def test_modes_that_part_late():
    lam = np.array([4.0, 4.0 - 1e-6])
    first, second = ExactFlow(lam, np.eye(2), [[1e-3], [2e-3]]).mode_strengths(1e6)
    assert second / first == pytest.approx(4 * np.exp(-(lam[0] - lam[1]) * 1e6), rel=1e-13)


@pytest.mark.parametrize("name", STARTS)
def test_the_safe_way_agrees_with_the_fast_one(name, monkeypatch):
    flow = ExactFlow(LAM, *STARTS[name])
    expected = flow.singular_values(TIMES), flow.mode_strengths(TIMES), flow.embeddings(TIMES)
    monkeypatch.setattr(_riccati, "_by_cholesky", lambda *_: None)
    np.testing.assert_allclose(flow.singular_values(TIMES), expected[0], rtol=1e-12)
    top = expected[1].max(axis=1, keepdims=True)
    assert np.all(np.abs(flow.mode_strengths(TIMES) - expected[1]) <= 1e-12 * top)
    W, W_fast = flow.embeddings(TIMES), expected[2]
    apart = np.abs(W @ W.swapaxes(1, 2) - W_fast @ W_fast.swapaxes(1, 2)).max(axis=(1, 2))
    assert np.all(apart <= 1e-12 * top[:, 0])


def test_parallel_columns_take_the_safe_way(monkeypatch):
    taken = []
    by_qr = _riccati._by_qr
    monkeypatch.setattr(_riccati, "_by_qr", lambda *a: taken.append(1) or by_qr(*a))
    ExactFlow(LAM, *STARTS["random, sigma 1e-8"]).singular_values(TIMES)
    assert not taken
    ExactFlow(LAM, *STARTS["next to nothing in the first"]).singular_values(TIMES)
    assert taken


# The differential equation


@pytest.mark.parametrize("sigma", [1.0, 0.3, 1e-2])
def test_against_an_ode_solver(sigma):
    d, times = 3, np.array([0.0, 0.3, 1.0, 3.0, 8.0, 20.0])
    W0 = random_start(d, sigma)

    def right_side(_, w):
        W = w.reshape(V, d)
        return (0.5 * (M - W @ W.T) @ W).ravel()

    solved = solve_ivp(
        right_side, (0, 20), W0.ravel(), "DOP853", t_eval=times, rtol=1e-12, atol=1e-13
    )
    for W, w in zip(gradient_flow(M, W0, times), solved.y.T, strict=True):
        expected = w.reshape(V, d)
        np.testing.assert_allclose(W @ W.T, expected @ expected.T, atol=1e-8)


@pytest.mark.parametrize("shape", [(7, 5), (5, 7), (6, 6)])
def test_untied_flow_against_an_ode_solver(shape):
    rng = np.random.default_rng(2)
    m, n, d = *shape, 3
    target = rng.standard_normal(shape)
    if m == n:
        target = target + target.T  # with eigenvalues of both signs
    Q, P = (np.linalg.qr(rng.standard_normal((k, d)))[0] for k in shape)
    inner = 0.3 * rng.standard_normal((d, d))
    W0, C0 = Q @ inner, P @ inner
    times = np.array([0.0, 1.0, 5.0, 15.0])

    def right_side(_, y):
        W, C = y[: m * d].reshape(m, d), y[m * d :].reshape(n, d)
        rest = target - W @ C.T
        return np.r_[(rest @ C / 4).ravel(), (rest.T @ W / 4).ravel()]

    start = np.r_[W0.ravel(), C0.ravel()]
    solved = solve_ivp(right_side, (0, 15), start, "DOP853", t_eval=times, rtol=1e-12, atol=1e-13)
    W, C = untied_flow(target, W0, C0, times)
    assert W.shape == (4, m, d)
    for i, y in enumerate(solved.y.T):
        W_, C_ = y[: m * d].reshape(m, d), y[m * d :].reshape(n, d)
        np.testing.assert_allclose(W[i] @ C[i].T, W_ @ C_.T, atol=1e-8)
        np.testing.assert_allclose(W[i] @ W[i].T, W_ @ W_.T, atol=1e-8)


def test_untied_flow_learns_the_largest_singular_values():
    Q = np.linalg.qr(random_start(V, 1.0, seed=5))[0]
    W0 = random_start(2, 0.1)
    W, C = untied_flow(M, W0, Q @ W0, 100.0)
    left, sigma, right = np.linalg.svd(M)
    np.testing.assert_allclose(W @ C.T, (left[:, :2] * sigma[:2]) @ right[:2], atol=1e-6)
    assert np.linalg.eigvalsh((W @ C.T + C @ W.T) / 2)[0] < -5.9  # which a tied model cannot


# Gradient descent


@functools.cache
def wikipedia():
    matrix = w2vlib.m_star(w2vlib.load_statistics(500))
    return matrix, *w2vlib.top_eigenpairs(matrix, 500)


def descend(matrix, W0, learning_rate, every, records):
    """Singular values of plain gradient descent, at the start and after every so many steps."""
    W, recorded = W0.copy(), [np.linalg.svd(W0, compute_uv=False)]
    for _ in range(records):
        for _ in range(every):
            W += learning_rate / 2 * (matrix @ W - W @ (W.T @ W))
        recorded.append(np.linalg.svd(W, compute_uv=False))
    return np.array(recorded)


@pytest.mark.parametrize("sigma", [1e-1, 1e-3, 1e-6])
def test_against_gradient_descent_on_wikipedia(sigma):
    matrix, lam, vectors = wikipedia()
    W0 = random_start(3, sigma, rows=500)
    end = 1.3 * learning_times(lam[:3], effective_start(W0, vectors)).max()
    records, every = 20, int(np.ceil(end * lam[0] / 0.01 / 20))
    eta = end / (records * every)
    times = np.linspace(0, end, records + 1)
    plain = ExactFlow(lam, vectors, W0).singular_values(times)
    corrected = ExactFlow(lam, vectors, W0, learning_rate=eta).singular_values(times)
    whole = descend(matrix, W0, eta, every, records)
    halves = descend(matrix, W0, eta / 2, 2 * every, records)
    # Gradient descent is off by a multiple of eta: from two runs its limit, the flow.
    assert np.abs(plain / (2 * halves - whole) - 1).max() < 1e-3
    assert np.abs(corrected / whole - 1).max() < 2e-3
    assert np.abs(plain / whole - 1).max() > 2 * np.abs(corrected / whole - 1).max()


# What is passed, what is not


@pytest.mark.parametrize("learning_rate", [None, 0.1])
def test_the_bound_on_neglected_modes_holds_and_is_worth_having(learning_rate):
    times = np.array([0.0, 0.01, 0.1, 0.5, 1.0, 3.0, 8.0, 15.0, 40.0])
    for seed in range(20):
        W0 = random_start(2, 10.0 ** -(seed % 5), seed)
        whole = ExactFlow(LAM, U, W0, learning_rate=learning_rate).singular_values(times)
        for K in (2, 4, 6, 9, 11):
            flow = ExactFlow(
                LAM[:K], U[:, :K], W0, squared_norm=np.sum(LAM**2), learning_rate=learning_rate
            )
            error = np.abs(whole / flow.singular_values(times) - 1).max(axis=1)
            bound = flow.neglected_bound(times)
            assert np.all(error <= bound + 1e-12)
            blind = ExactFlow(LAM[:K], U[:, :K], W0, learning_rate=learning_rate)
            assert np.all(blind.neglected_bound(times)[1:] >= bound[1:] * (1 - 1e-9))
            assert bound[0] == error[0].round(12) == 0
            if K == 4:
                assert bound[1] < 0.1
                assert bound[-1] < 1e-6


def test_the_bound_is_sharp_where_nearly_all_lies_outside():
    lam = np.array([2.0, 2.0, 2.0, 2.0])
    W0 = np.array([[1e-6], [0.0], [1e-3], [2e-3]])
    flow = ExactFlow(lam[:2], np.eye(4)[:, :2], W0, squared_norm=16.0)
    for t in (0.5, 2.0):
        true = ExactFlow(lam, np.eye(4), W0).singular_values(t)[0]
        error = true / flow.singular_values(t)[0] - 1
        assert error <= flow.neglected_bound(t) <= 1.01 * error


def test_with_all_modes_nothing_is_neglected():
    assert np.all(ExactFlow(LAM, U, random_start(2, 0.1)).neglected_bound([0, 1.0]) == 0)


def test_top_modes_of_wikipedia_are_enough():
    matrix, lam, vectors = wikipedia()
    W0 = random_start(10, 1e-3, rows=500)
    times = learning_times(lam[:10], effective_start(W0, vectors))
    whole = ExactFlow(lam, vectors, W0)
    top = ExactFlow(lam[:60], vectors[:, :60], W0, squared_norm=np.sum(matrix**2))
    bound = top.neglected_bound(times[-1])
    error = np.abs(whole.singular_values(times[-1]) / top.singular_values(times[-1]) - 1).max()
    assert error <= bound < 0.05
    assert top.loss(times) == pytest.approx(whole.loss(times), rel=1e-4)
    blind = ExactFlow(lam[:60], vectors[:, :60], W0)
    np.testing.assert_allclose(blind.excess_loss(times), top.excess_loss(times))
    with pytest.raises(W2VError, match=r"all 500 modes .* 60 were passed; pass squared_norm"):
        blind.loss(1.0)


def test_what_the_methods_say_is_true_of_the_embeddings():
    W0 = random_start(3, 0.2)
    flow = ExactFlow(LAM, U, W0)
    times = np.array([[0.0, 0.5], [2.0, 7.0]])
    W = flow.embeddings(times)
    assert W.shape == (2, 2, V, 3)
    np.testing.assert_allclose(W[0, 0], W0, atol=1e-15)
    np.testing.assert_allclose(flow.singular_values(times), np.linalg.svd(W, compute_uv=False))
    along = np.sum((U.T @ W) ** 2, axis=-1)
    np.testing.assert_allclose(flow.mode_strengths(times), along, atol=1e-13)
    loss = np.sum((M - W @ W.swapaxes(-1, -2)) ** 2, axis=(-1, -2)) / 8
    np.testing.assert_allclose(flow.loss(times), loss)
    least = np.sum((M - (U[:, :3] * LAM[:3]) @ U[:, :3].T) ** 2) / 8
    np.testing.assert_allclose(flow.excess_loss(times), loss - least, atol=1e-12)
    curves = flow.curves(times)
    np.testing.assert_array_equal(curves.singular_values, flow.singular_values(times))
    np.testing.assert_array_equal(curves.mode_strengths, flow.mode_strengths(times))
    np.testing.assert_array_equal(curves.excess_loss, flow.excess_loss(times))
    assert gradient_flow((LAM, U), W0, 1.0).shape == (V, 3)
    np.testing.assert_allclose(gradient_flow((LAM, U), W0, times), W)
    np.testing.assert_allclose(
        gradient_flow(M, W0, 0.5, modes=6), gradient_flow((LAM, U), W0, 0.5, modes=6), atol=1e-9
    )
    assert repr(flow) == "ExactFlow(V=12, d=3, modes=12)"


def test_a_flow_keeps_what_it_was_given():
    lam, vectors, W0 = LAM.copy(), U.copy(), random_start(3, 0.2)
    flow = ExactFlow(lam, vectors, W0)
    before = flow.embeddings(2.0), flow.loss(2.0)
    lam *= 2
    vectors[:, 0] *= -1
    W0 += 1
    np.testing.assert_array_equal(flow.embeddings(2.0), before[0])
    np.testing.assert_array_equal(flow.loss(2.0), before[1])
    np.testing.assert_allclose(flow.embeddings(0.0), flow.W0, atol=1e-15)


@pytest.mark.parametrize("columns", [[0, 0, 1], [0, 1, None], [None, 2, 2], [1, None, 0]], ids=str)
def test_a_start_of_lower_rank_keeps_its_rank(columns):
    X = np.c_[random_start(3, 0.1), np.zeros(V)]
    W0 = X[:, [3 if c is None else c for c in columns]]
    rank = len({c for c in columns if c is not None})
    flow = ExactFlow(LAM, U, W0)
    # W0 W0^T is all that matters: the same from as many columns as the rank.
    left, s, _ = np.linalg.svd(W0, full_matrices=False)
    same = ExactFlow(LAM, U, left[:, :rank] * s[:rank])
    got = flow.singular_values(TIMES)
    np.testing.assert_allclose(got[:, :rank], same.singular_values(TIMES), rtol=1e-10)
    assert np.all(got[:, rank:] == 0)
    W = flow.embeddings([0.0, 2.0])
    np.testing.assert_allclose(W[0], W0, atol=1e-15)
    V_ = same.embeddings(2.0)
    np.testing.assert_allclose(W[1] @ W[1].T, V_ @ V_.T, atol=1e-12)


def test_a_start_of_lower_rank_in_later_modes():
    got = ExactFlow(LAM, E, E[:, [4, 4, 0]]).mode_strengths([0.0, 50.0])
    np.testing.assert_allclose(got[0], np.r_[1, 0, 0, 0, 2, np.zeros(7)], atol=1e-15)
    np.testing.assert_allclose(got[1], np.r_[4, 0, 0, 0, 0.9, np.zeros(7)], atol=1e-12)


# Properties

sizes = st.integers(1, 6)
eigenvalues = st.lists(
    st.one_of(st.floats(-5, 5), st.sampled_from([0.0, 1.0, -1.0])), min_size=6, max_size=6
)
logs_of_sigma = st.floats(-12, 1)


def problem(lam, d, log_sigma, seed):
    rng = np.random.default_rng(seed)
    vectors = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    return np.sort(lam)[::-1].copy(), vectors, 10**log_sigma * rng.standard_normal((6, d))


@settings(max_examples=60, deadline=None)
@given(eigenvalues, sizes, logs_of_sigma, st.integers(0, 999))
def test_the_loss_never_rises(lam, d, log_sigma, seed):
    lam, vectors, W0 = problem(lam, d, log_sigma, seed)
    excess = ExactFlow(lam, vectors, W0).excess_loss(np.r_[0, np.geomspace(1e-3, 100, 40)])
    assert np.all(np.diff(excess) <= 1e-12 * max(excess[0], np.sum(lam**2)))
    assert np.all(excess >= 0)


@settings(max_examples=60, deadline=None)
@given(eigenvalues, sizes, st.floats(-3, 1), st.integers(0, 999), st.floats(0, 2), st.floats(0, 5))
def test_a_stop_on_the_way_changes_nothing(lam, d, log_sigma, seed, first, second):
    lam, vectors, W0 = problem(lam, d, log_sigma, seed)
    straight = gradient_flow((lam, vectors), W0, first + second)
    stopped = gradient_flow((lam, vectors), gradient_flow((lam, vectors), W0, first), second)
    scale = np.linalg.norm(straight, 2) ** 2 + np.linalg.norm(stopped, 2) ** 2
    # Rounding of the stop adds 1e-16 of its size along the modes, which grow e^5 at most.
    np.testing.assert_allclose(stopped @ stopped.T, straight @ straight.T, atol=1e-7 * scale)


@settings(max_examples=60, deadline=None)
@given(eigenvalues, sizes, logs_of_sigma, st.integers(0, 999), st.floats(0, 30))
def test_a_rotation_of_the_start_changes_nothing(lam, d, log_sigma, seed, t):
    lam, vectors, W0 = problem(lam, d, log_sigma, seed)
    Q = np.linalg.qr(np.random.default_rng(seed + 1).standard_normal((d, d)))[0]
    W, rotated = (gradient_flow((lam, vectors), start, t) for start in (W0, W0 @ Q))
    size = np.linalg.norm(W, 2) ** 2
    np.testing.assert_allclose(rotated @ rotated.T, W @ W.T, atol=1e-8 * size + 1e-300)


# The laws of single modes


def test_mode_strengths_solve_the_differential_equation():
    lam, start = np.array([2.0, 0.0, -1.0]), np.array([1e-3, 0.5, 4.0])
    times = np.linspace(0, 12, 7)
    solved = solve_ivp(
        lambda _, e: lam * e - e**2, (0, 12), start, t_eval=times, rtol=1e-10, atol=1e-14
    )
    np.testing.assert_allclose(mode_strengths(times, lam, start), solved.y.T, rtol=1e-8)
    assert mode_strengths(1.0, lam, start).shape == (3,)
    assert mode_strengths(np.ones((2, 5)), lam, 0.1).shape == (2, 5, 3)


def test_an_aligned_model_follows_the_logistic_law():
    start = np.array([1e-4, 1e-6, 2e-3])
    flow = ExactFlow(LAM, U, U[:, :3] * np.sqrt(start))
    expected = mode_strengths(TIMES, LAM[:3], start)
    np.testing.assert_allclose(flow.mode_strengths(TIMES)[:, :3], expected, rtol=1e-10)
    loss = flow_loss(expected, LAM, total=np.sum(LAM**2))
    np.testing.assert_allclose(flow.loss(TIMES), loss, rtol=1e-13)
    np.testing.assert_allclose(flow.excess_loss(TIMES), flow_loss(expected, LAM), atol=1e-14)


def test_a_loss_counts_negative_modes_that_cannot_be_learned():
    lam = np.array([2.0, -1.0, -3.0])
    assert flow_loss([2.0, 0.0], lam, total=14.0) == pytest.approx((1 + 9) / 8)
    assert flow_loss([2.0, 0.0], lam) == 0
    assert flow_loss([0.0, 1.0], lam) == pytest.approx((4 + 4 - 1) / 8)


def test_half_height_at_the_learning_time():
    lam, start = np.array([5.0, 2.0, 0.1]), np.array([1e-9, 1e-5, 1e-3])
    times = learning_times(lam, start)
    heights = np.diag(mode_strengths(times, lam, start))
    np.testing.assert_allclose(heights, lam / (2 - start / lam), rtol=1e-12)


def test_effective_start_is_what_the_modes_before_leave():
    W0 = random_start(4, 0.1)
    A = U.T @ W0
    expected = []
    for k in range(4):  # Gram-Schmidt on the rows of U^T W0
        basis = np.linalg.svd(A[:k], full_matrices=False)[2] if k else np.zeros((0, 4))
        expected.append(np.sum((A[k] - A[k] @ basis.T @ basis) ** 2))
    np.testing.assert_allclose(effective_start(W0, U), expected, rtol=1e-10)
    np.testing.assert_allclose(effective_start(W0, U[:, :4]), expected, rtol=1e-10)


def test_small_random_starts_obey_the_logistic_law_with_the_effective_start():
    lam = np.array([5.0, 4.0, 3.0, 1.0, 0.2, -1.0])
    vectors = np.linalg.qr(random_start(6, 1.0, rows=6))[0]
    worst = []
    for sigma in (1e-6, 1e-12, 1e-24):
        W0 = random_start(3, sigma, seed=4, rows=6)
        start = effective_start(W0, vectors)
        times = learning_times(lam[:3], start)
        exact_squares = ExactFlow(lam, vectors, W0).singular_values(times) ** 2
        law = np.sort(mode_strengths(times, lam[:3], start))[:, ::-1]
        worst.append(np.abs(np.diag(exact_squares) / np.diag(law) - 1).max())
    assert worst[0] > 30 * worst[1] > 900 * worst[2]
    assert worst[2] < 1e-6


# Steps


@pytest.mark.parametrize("lam", [3.0, 0.0, -2.0])
def test_discrete_rates_are_the_growth_of_small_modes(lam):
    eta, w = 0.2, 1e-9
    for _ in range(50):
        w += eta / 2 * (lam - w**2) * w
    rate = discrete_rates([lam], eta)[0]
    assert w**2 == pytest.approx(1e-18 * np.exp(rate * 50 * eta), rel=1e-12)
    law = mode_strengths(50 * eta, [lam], 1e-18, rates=[rate])
    assert law == pytest.approx(w**2, rel=1e-4)
    np.testing.assert_allclose(discrete_rates([lam], 1e-9), [lam], rtol=1e-8)


@pytest.mark.parametrize("lam", [3.0, 0.0, -2.0, 1e-9])
def test_laws_with_discrete_rates_follow_gradient_descent(lam):
    eta, s0, steps = 1e-3, 0.3, 4000
    w = np.sqrt(s0)
    for _ in range(steps):
        w += eta / 2 * (lam - w**2) * w
    rates = discrete_rates([lam], eta)
    law = mode_strengths(steps * eta, [lam], s0, rates=rates)
    assert law == pytest.approx(w**2, rel=2e-3)
    flow = ExactFlow([lam], [[1.0]], [[np.sqrt(s0)]], learning_rate=eta)
    np.testing.assert_allclose(flow.mode_strengths(steps * eta), law, rtol=1e-12)


EDGES = {  # eigenvalues, and which bound is the smaller
    "the first eigenvalue binds": ([4.0, 2.0, 1.0, -2.0], 2 / 4),
    "the most negative one binds": ([4.0, 2.0, 1.0, -12.0], 4 / 16),
    "none is positive": ([-1.0, -2.0, -3.0, -8.0], 4 / 8),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("side", [0.99, 1.01])
def test_gradient_descent_on_both_sides_of_the_edge(name, side):
    lam, edge = np.array(EDGES[name][0]), EDGES[name][1]
    assert stability_edge(lam) == edge
    assert stability_edge([lam[-1], lam[0]]) == edge
    vectors = np.linalg.qr(random_start(4, 1.0, rows=4))[0]
    matrix = (vectors * lam) @ vectors.T
    least = vectors[:, :2] * np.sqrt(np.maximum(lam[:2], 0))
    W = least + random_start(2, 1e-6, rows=4)
    apart = [np.linalg.norm(W @ W.T - least @ least.T) + np.linalg.norm(W - least)]
    for _ in range(900):
        W += side * edge / 2 * (matrix @ W - W @ (W.T @ W))
        apart.append(np.linalg.norm(W @ W.T - least @ least.T))
        if not apart[-1] < 1:
            break  # it diverges
    assert apart[-1] < 1e-7 if side < 1 else not apart[-1] < 0.01


def test_a_zero_matrix_has_no_edge():
    assert stability_edge([0.0, 0.0]) == np.inf


# Errors

NAN = np.where(np.arange(V)[:, None] == 2, np.nan, np.ones((V, 2)))
OK = random_start(2, 0.1)
BAD = {
    "negative time": (lambda: mode_strengths([0, -2.0], LAM, 1.0), r"t=-2 is negative"),
    "negative time of a flow": (lambda: gradient_flow(M, OK, -1.0), r"t=-1 is negative"),
    "infinite time": (lambda: mode_strengths(np.inf, LAM, 1.0), "1 of the 1 entries of t are NaN"),
    "no time": (lambda: gradient_flow(M, OK, []), "0 of the 0 entries of t"),
    "text for time": (lambda: mode_strengths("now", LAM, 1.0), "t is not an array of real numbers"),
    "zero start": (
        lambda: mode_strengths(1.0, [1, 2], [1, 0]),
        "start=0 is not positive.*effective",
    ),
    "start of wrong shape": (
        lambda: mode_strengths(1.0, [1, 2], [1, 1, 1]),
        r"start has shape \(3,\) for 2 eigenvalues.*shape \(2,\)",
    ),
    "eigenvalues in a table": (lambda: learning_times(M, 1.0), r"eigvals has shape \(12, 12\)"),
    "rates of another sign": (
        lambda: mode_strengths(1.0, [1.0, -1.0], 1.0, rates=[1.0, 1.0]),
        r"rates has shape \(2,\), eigvals \(2,\); pass one rate",
    ),
    "never learned": (
        lambda: learning_times([2.0, 0, -1], 0.1),
        r"2 of the 3 eigenvalues are not positive \(smallest -1\).*eigvals\[eigvals > 0\]",
    ),
    "W0 = 0": (lambda: gradient_flow(M, 0 * OK, 1.0), "W0 is 0 everywhere.*draw it at random"),
    "W0 = 0, its start": (lambda: effective_start(0 * OK, U), "W0 is 0 everywhere"),
    "NaN in W0": (lambda: gradient_flow(M, NAN, 1.0), "2 of the 24 entries of W0 are NaN"),
    "NaN in M*": (lambda: gradient_flow(M * np.nan, OK, 1.0), "144 of the matrix's 144 entries"),
    "M* not symmetric": (lambda: gradient_flow(M + np.triu(M), OK, 1.0), "not symmetric"),
    "W0 of other words": (
        lambda: gradient_flow(M, OK[:5], 1.0),
        r"W0 has shape \(5, 2\) and eigvecs \(12, 12\)",
    ),
    "W0 a vector": (lambda: gradient_flow(M, OK[:, 0], 1.0), r"W0 has shape \(12,\)"),
    "d above V": (
        lambda: gradient_flow(M, np.ones((V, V + 1)), 1.0),
        r"d=13 columns for 12 eigenvectors of 12 words; choose d <= 12",
    ),
    "fewer modes than d": (
        lambda: gradient_flow(M, OK, 1.0, modes=1),
        "d=2 columns for 1 eigenvectors.*pass 2 to 12 eigenvectors",
    ),
    "eigenvalues rising": (
        lambda: ExactFlow(LAM[::-1], U, OK),
        r"eigenvalue 2 \(-3\) exceeds the one before it \(-6\); sort",
    ),
    "too few eigenvalues": (lambda: ExactFlow(LAM[:5], U, OK), "5 eigenvalues for 12 eigenvectors"),
    "eigenvectors too long": (lambda: ExactFlow(LAM, 2 * U, OK), "not orthonormal"),
    "norm too small": (
        lambda: ExactFlow(LAM, U, OK, squared_norm=3.0),
        r"squared_norm=3, .* is less than the 80.56 .*np.sum\(m_star\*\*2\)",
    ),
    "total too small": (
        lambda: flow_loss([1.0], [4.0], total=2.0),
        "total=2, .* is less than the 16",
    ),
    "too many strengths": (lambda: flow_loss([1.0, 2.0], [4.0]), r"\(2,\) for 1 eigenvalues"),
    "no learning rate": (
        lambda: discrete_rates([1.0], 0.0),
        "learning_rate=0.0; choose a finite number above 0",
    ),
    "learning rate NaN": (lambda: discrete_rates([1.0], np.nan), "learning_rate=nan"),
    "a jump over the origin": (
        lambda: discrete_rates([1.0, -4.0], 0.75),
        "0.75 multiplies the mode of eigenvalue -4 by -0.5 a step; choose less than 0.5",
    ),
    "the same in a flow": (
        lambda: ExactFlow(LAM, U, OK, learning_rate=0.5),
        "eigenvalue -6 by -0.5 a step; choose less than 0.333",
    ),
    "start not balanced": (
        lambda: untied_flow(M, OK, 2 * OK, 1.0),
        r"not balanced: W0\^T W0 and C0\^T C0 differ by .*C0 = Q @ W0",
    ),
    "three arrays": (lambda: gradient_flow((LAM, U, U), OK, 1.0), r"holds 3 .*\(eigvals, eigvecs"),
    "a number for M*": (lambda: gradient_flow(3.0, OK, 1.0), r"the matrix has shape \(\)"),
    "text for M*": (lambda: gradient_flow("x", OK, 1.0), "target is not an array of real numbers"),
    "no modes": (lambda: gradient_flow((LAM, U), OK, 1.0, modes=0), "modes=0; .* 1 to 12"),
    "too many modes": (lambda: gradient_flow(M, OK, 1.0, modes=13), "modes=13; .* 1 to 12"),
    "untied shapes": (lambda: untied_flow(M, OK, OK[:5], 1.0), r"C0 \(5, 2\); pass \(m, n\)"),
    "untied columns": (lambda: untied_flow(M, OK, OK[:, :1], 1.0), r"and C0 \(12, 1\); pass"),
}

NO_NUMBERS = {
    "text": ("x", "{} is not an array of real numbers"),
    "numbers as text": (["1", "2"], r"{} is not an array of real numbers \(text\)"),
    "text among objects": (np.array([1, "2"], object), "{} is not an array of real numbers"),
    "complex": ([1j, 2.0], "{} is not an array of real numbers .*complex"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), "{} is not an array of real numbers .*datetime"),
    "rows of different lengths": ([[1.0], [1.0, 2.0]], "{} is not an array of real numbers"),
    "objects": ([object()], "{} is not an array of real numbers"),
    "too large": ([10**400], "{} is not an array of real numbers"),
    "None": ([None], "1 of the 1 entries of {} are NaN"),
    "NaN": ([1.0, np.nan], "1 of the 2 entries of {} are NaN"),
    "nothing": ([], "0 of the 0 entries of {} are NaN"),
}
ARRAYS = {  # every array that a public function of this stage takes
    "mode_strengths, t": (lambda x: mode_strengths(x, [1.0], 0.1), "t"),
    "mode_strengths, eigvals": (lambda x: mode_strengths(1.0, x, 0.1), "eigvals"),
    "mode_strengths, start": (lambda x: mode_strengths(1.0, [1.0], x), "start"),
    "mode_strengths, rates": (lambda x: mode_strengths(1.0, [1.0], 0.1, rates=x), "rates"),
    "learning_times, eigvals": (lambda x: learning_times(x, 0.1), "eigvals"),
    "learning_times, start": (lambda x: learning_times([1.0], x), "start"),
    "effective_start, W0": (lambda x: effective_start(x, U), "W0"),
    "effective_start, eigvecs": (lambda x: effective_start(OK, x), "eigvecs"),
    "flow_loss, strengths": (lambda x: flow_loss(x, LAM), "strengths"),
    "flow_loss, eigvals": (lambda x: flow_loss([1.0], x), "eigvals"),
    "discrete_rates, eigvals": (lambda x: discrete_rates(x, 0.1), "eigvals"),
    "stability_edge, eigvals": (stability_edge, "eigvals"),
    "ExactFlow, eigvals": (lambda x: ExactFlow(x, U, OK), "eigvals"),
    "ExactFlow, eigvecs": (lambda x: ExactFlow(LAM, x, OK), "eigvecs"),
    "ExactFlow, W0": (lambda x: ExactFlow(LAM, U, x), "W0"),
    "a flow's t": (lambda x: ExactFlow(LAM, U, OK).curves(x), "t"),
    "gradient_flow, W0": (lambda x: gradient_flow(M, x, 1.0), "W0"),
    "gradient_flow, eigvals": (lambda x: gradient_flow((x, U), OK, 1.0), "eigvals"),
    "gradient_flow, eigvecs": (lambda x: gradient_flow((LAM, x), OK, 1.0), "eigvecs"),
    "untied_flow, target": (lambda x: untied_flow(x, OK, OK, 1.0), "target"),
    "untied_flow, W0": (lambda x: untied_flow(M, x, OK, 1.0), "W0"),
    "untied_flow, C0": (lambda x: untied_flow(M, OK, x, 1.0), "C0"),
    "untied_flow, t": (lambda x: untied_flow(M, OK, OK, x), "t"),
}


@pytest.mark.parametrize("what", NO_NUMBERS)
@pytest.mark.parametrize("where", ARRAYS)
def test_what_is_no_array_of_numbers_is_refused_by_name(where, what):
    (call, name), (value, message) = ARRAYS[where], NO_NUMBERS[what]
    with pytest.raises(W2VError, match=message.format(name)):
        call(value)


NUMBERS = {
    "discrete_rates": (lambda x: discrete_rates([1.0], x), "learning_rate"),
    "ExactFlow, squared_norm": (lambda x: ExactFlow(LAM, U, OK, squared_norm=x), "squared_norm"),
    "ExactFlow, learning_rate": (lambda x: ExactFlow(LAM, U, OK, learning_rate=x), "learning_rate"),
    "flow_loss": (lambda x: flow_loss([1.0], [1.0], total=x), "total"),
    "gradient_flow": (lambda x: gradient_flow(M, OK, 1.0, modes=x), "modes"),
    "gradient_flow of eigenpairs": (lambda x: gradient_flow((LAM, U), OK, 1, modes=x), "modes"),
}


@pytest.mark.parametrize("value", ["x", "1", np.nan, np.inf, 1j, [1.0], object], ids=repr)
@pytest.mark.parametrize("where", NUMBERS)
def test_what_is_no_number_is_refused_by_name(where, value):
    call, name = NUMBERS[where]
    with pytest.raises(W2VError, match=f"^{name}=.*; choose a "):
        call(value)


@pytest.mark.parametrize("name", BAD)
def test_errors_hold_numbers_and_remedies(name):
    call, message = BAD[name]
    with pytest.raises(W2VError, match=message):
        call()
