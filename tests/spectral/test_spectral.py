"""Eigenpairs: against LAPACK, with the spectra that make simple methods fail."""

import sys

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

import w2vlib
from w2vlib import (
    W2VError,
    _support,
    embeddings_from_matrix,
    load_statistics,
    m_star,
    pca_embeddings,
    ppmi,
    subspace_overlap,
    top_eigenpairs,
)
from w2vlib._support import memory, products
from w2vlib._support.threads import own_threads
from w2vlib.spectral import _lanczos


def symmetric(eigvals, seed=0):
    """Return a matrix with these eigenvalues, and its eigenvectors."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((len(eigvals), len(eigvals))))
    return (Q * eigvals) @ Q.T, Q


V = 800  # above _lanczos._LEAST_V: these go through block Lanczos
SPECTRA = {
    "power law": 100 * np.arange(1, V + 1) ** -0.6 - 1.5,
    "huge negative eigenvalue": np.r_[-5000.0, 100 * np.arange(1, V) ** -0.6 - 1.5],
    "many negative": np.linspace(-50, 10, V),
    "all negative": -np.arange(1.0, V + 1),
    "equal in groups": np.repeat([9.0, 5.0, 1.0, -3.0], V // 4),
    "low rank": np.r_[np.arange(12.0, 0, -1), np.zeros(V - 12)],
    "identity": np.ones(V),
    "zero": np.zeros(V),
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_block_lanczos_against_the_planted_spectrum(name, dtype):
    d = 10
    planted = np.sort(SPECTRA[name])[::-1]
    matrix = symmetric(SPECTRA[name])[0].astype(dtype)
    matrix = (matrix + matrix.T) / 2
    eigvals, eigvecs = top_eigenpairs(matrix, d)
    size = max(abs(planted).max(), 1e-300)
    accuracy = {np.float32: 2e-6, np.float64: 1e-12}[dtype]
    assert np.abs(eigvals - planted[:d]).max() <= accuracy * size
    assert np.all(np.diff(eigvals) <= 0)
    np.testing.assert_allclose(eigvecs.T @ eigvecs, np.eye(d), atol=100 * accuracy)
    residuals = np.linalg.norm(matrix @ eigvecs - eigvecs * eigvals, axis=0)
    assert residuals.max() <= 1.01 * _lanczos._TOLERANCE[matrix.dtype.name] * size
    assert eigvals.dtype == eigvecs.dtype == dtype
    if name in ("power law", "huge negative eigenvalue"):  # else LAPACK might hide its faults
        assert _lanczos.block_lanczos(matrix, d) is not None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_m_star_of_wikipedia_against_lapack(dtype):
    M = m_star(load_statistics(1500), dtype=dtype)
    assert _lanczos.is_worth_while(len(M), 50)
    eigvals, eigvecs = top_eigenpairs(M, 50)
    expected, vectors = scipy.linalg.eigh(M.astype(float), subset_by_index=[1450, 1499])
    np.testing.assert_allclose(eigvals, expected[::-1], rtol=1e-4 if dtype == np.float32 else 1e-10)
    assert subspace_overlap(eigvecs, vectors) > (0.99999 if dtype == np.float32 else 1 - 1e-10)


MANY = {  # more often than a Krylov space of 16 vectors holds it
    "nothing else": np.repeat(np.linspace(-1, 1, 14), 50),
    "above a few": np.r_[np.ones(40), np.linspace(0.95, 0.7, 6), np.linspace(-0.1, 0.1, 654)],
    "below others": np.r_[5, 4, 3, np.full(40, 2.0), 1 / np.arange(1, 658)],
    "nearly equal": np.r_[1 - 1e-13 * np.arange(40), np.linspace(-1, 0.5, 660)],
}


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_eigenvalues_that_come_many_times(name, rotated, dtype):
    planted = np.sort(MANY[name])[::-1]
    matrix = symmetric(planted)[0] if rotated else np.diag(planted)
    matrix = ((matrix + matrix.T) / 2).astype(dtype)
    for d in (20, 30):
        eigvals, eigvecs = top_eigenpairs(matrix, d)
        accuracy = {np.float32: 1e-5, np.float64: 1e-11}[dtype]
        np.testing.assert_allclose(eigvals, planted[:d], atol=accuracy)
        np.testing.assert_allclose(eigvecs.T @ eigvecs, np.eye(d), atol=1e-4)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
@pytest.mark.parametrize("size", [30, V])
def test_scale_does_not_matter(size, scale):
    matrix, _ = symmetric(np.linspace(-50, 10, size))  # converges slowly
    matrix = (matrix + matrix.T) / 2
    (eigvals, eigvecs), (expected, vectors) = (
        top_eigenpairs(matrix * scale, 8),
        top_eigenpairs(matrix, 8),
    )
    np.testing.assert_allclose(eigvals, expected * scale, rtol=1e-9)
    np.testing.assert_allclose(eigvecs, vectors, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_scale_does_not_matter_in_float32(scale):
    matrix = symmetric(SPECTRA["many negative"])[0]
    matrix = ((matrix + matrix.T) * scale).astype(np.float32)
    expected = 2 * scale * np.sort(SPECTRA["many negative"])[:-6:-1]
    np.testing.assert_allclose(top_eigenpairs(matrix, 5)[0], expected, rtol=1e-3)


def test_an_eigenvalue_beyond_the_largest_number_is_said():
    for n, dtype in ((2, np.float64), (V, np.float32)):
        with pytest.raises(W2VError, match=r"largest eigenvalue is .* divide the matrix"):
            top_eigenpairs(np.full((n, n), np.finfo(dtype).max, dtype), 1)


@pytest.mark.parametrize("d", [np.int8(30), np.uint8(60)])
def test_d_may_be_a_small_numpy_integer(d):
    matrix, _ = symmetric(SPECTRA["power law"])
    np.testing.assert_allclose(top_eigenpairs(matrix, d)[0], SPECTRA["power law"][:d])


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 12), data=st.data())
def test_small_matrices_against_numpy(n, data):
    d = data.draw(st.integers(1, n))
    entries = st.floats(-1e3, 1e3, allow_subnormal=False)
    matrix = np.array(data.draw(st.lists(entries, min_size=n * n, max_size=n * n))).reshape(n, n)
    matrix = matrix + matrix.T
    eigvals, eigvecs = top_eigenpairs(matrix, d)
    np.testing.assert_allclose(eigvals, np.linalg.eigvalsh(matrix)[::-1][:d], atol=1e-9)
    np.testing.assert_allclose(matrix @ eigvecs, eigvecs * eigvals, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_numbers_every_time_and_with_any_number_of_threads(dtype, monkeypatch):
    matrix = symmetric(SPECTRA["huge negative eigenvalue"])[0]
    matrix = ((matrix + matrix.T) / 2).astype(dtype)
    expected = top_eigenpairs(matrix, 5)
    for number in ("1", "1", "2", "5", "40"):
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", number)
        eigvals, eigvecs = top_eigenpairs(matrix, 5)
        # The same arithmetic, shared out differently: equal but for LAPACK's choice of kernels.
        np.testing.assert_allclose(eigvals, expected[0], rtol=100 * np.finfo(dtype).eps)
        np.testing.assert_allclose(eigvecs, expected[1], atol=1000 * np.finfo(dtype).eps)


@pytest.mark.parametrize("size", [20, V])
def test_sign_rule(size):
    matrix, _ = symmetric(np.linspace(1, 2, size), seed=3)
    _, eigvecs = top_eigenpairs(matrix, 4)
    largest = np.abs(eigvecs).argmax(axis=0)
    assert np.all(eigvecs[largest, np.arange(4)] > 0)


def test_storage_order_does_not_matter():
    matrix, _ = symmetric(SPECTRA["power law"])
    matrix = (matrix + matrix.T) / 2
    expected = top_eigenpairs(matrix, 3)[1]
    for same in (np.asfortranarray(matrix), np.repeat(matrix, 2, axis=1)[:, ::2]):
        np.testing.assert_allclose(top_eigenpairs(same, 3)[1], expected, atol=1e-9)


def test_integers_are_welcome():
    eigvals, _ = top_eigenpairs(np.array([[2, 1], [1, 2]]), 2)
    np.testing.assert_allclose(eigvals, [3, 1])


NAN = np.array([[1.0, np.nan], [np.nan, 1.0]])
BAD_MATRICES = {
    "not square": (np.ones((3, 2)), 1, r"shape \(3, 2\)"),
    "a vector": (np.ones(3), 1, r"shape \(3,\)"),
    "empty": (np.ones((0, 0)), 1, r"shape \(0, 0\)"),
    "NaN": (NAN, 1, "2 of the matrix's 4 entries are NaN"),
    "PMI with -inf": (np.array([[1.0, -np.inf], [-np.inf, 1]]), 1, "floor under it or take ppmi"),
    "one-sided": (np.array([[1.0, 5], [2, 1]]), 1, r"differ by up to 3 .*\(M \+ M.T\) / 2"),
    "complex": (np.eye(2) * 1j, 1, "pass real numbers"),
    "text": (np.array([["a"]]), 1, "pass real numbers"),
    "objects": (np.array([[None]]), 1, "type object; pass real numbers"),
    "rows of different lengths": ([[1.0], [1.0, 2.0]], 1, "no array .* pass a square one, V x V"),
    "one number": (3.0, 1, r"shape \(\)"),
    "nothing": (None, 1, r"shape \(\)"),
    "d is text": (np.eye(2), "2", "d='2'; choose a whole number"),
    "no d": (np.eye(2), None, "d=None; choose a whole number"),
    "d = 0": (np.eye(2), 0, "choose a whole number, 1 to 2"),
    "d too large": (np.eye(2), 3, r"d=3; .* 1 to 2: a 2 x 2 matrix has 2 eigenpairs"),
    "d not whole": (np.eye(2), 1.0, "choose a whole number"),
}


@pytest.mark.parametrize("case", BAD_MATRICES)
def test_bad_matrices(case):
    matrix, d, message = BAD_MATRICES[case]
    with pytest.raises(W2VError, match=message):
        top_eigenpairs(matrix, d)


def test_lapack_takes_over_where_lanczos_needs_too_long(monkeypatch):
    monkeypatch.setitem(_lanczos._TOLERANCE, "float64", 0.0)
    matrix, _ = symmetric(SPECTRA["power law"])
    assert _lanczos.block_lanczos(matrix, 5) is None
    np.testing.assert_allclose(top_eigenpairs(matrix, 1)[0], [98.5])


def test_no_convergence_is_said(monkeypatch):
    def fails(*_, **__):
        raise np.linalg.LinAlgError("internal error")

    monkeypatch.setattr(scipy.linalg, "eigh", fails)
    with pytest.raises(W2VError, match=r"top 1 eigenpairs of the 2 x 2 matrix did not converge"):
        top_eigenpairs(np.eye(2), 1)


# --- operators, and products of narrow blocks ----------------------------------------------------


@pytest.fixture(scope="module")
def few():
    """Sparse statistics of 700 words, most pairs of which never occur."""
    rng = np.random.default_rng(0)
    text = [" ".join(map(str, rng.zipf(1.3, 200) % 900)) for _ in range(200)]
    return w2vlib.count_cooccurrences(text, vocab_size=700, window=3, sparse=True)


@pytest.mark.parametrize("d", [10, 300])  # by block Lanczos, and by LAPACK
def test_eigenpairs_of_an_operator_are_those_of_its_matrix(few, d):
    eigvals, eigvecs = top_eigenpairs(w2vlib.m_star_operator(few), d)
    expected, vectors = top_eigenpairs(m_star(few.to_dense(), dtype=np.float32), d)
    np.testing.assert_allclose(eigvals, expected, atol=1e-5 * expected[0])
    assert subspace_overlap(eigvecs, vectors) > 0.9999
    assert eigvecs.dtype == np.float32


@pytest.mark.parametrize("settings", [{}, {"weights": "word2vec"}, {"negative": 3}])
def test_embeddings_of_sparse_counts_are_those_of_dense_ones(few, settings):
    W, expected = (pca_embeddings(stats, 8, **settings).vectors for stats in (few, few.to_dense()))
    np.testing.assert_allclose(W @ W.T, expected @ expected.T, atol=1e-3)


def operator(matrix):
    return scipy.sparse.linalg.aslinearoperator(np.array(matrix))


BAD_OPERATORS = {
    "not square": (operator(np.ones((3, 2))), r"operator has shape \(3, 2\)"),
    "one-sided": (operator([[1.0, 5], [2, 1]]), r"operator is not symmetric: .*\(M \+ M.T\) / 2"),
    "NaN": (operator(NAN), "products with the operator are NaN"),
    "complex": (operator(np.eye(2) * 1j), "type complex128; pass one of float32"),
}


@pytest.mark.parametrize("case", BAD_OPERATORS)
def test_bad_operators(case):
    with pytest.raises(W2VError, match=BAD_OPERATORS[case][1]):
        top_eigenpairs(BAD_OPERATORS[case][0], 1)


def test_an_operator_too_large_for_lapack_is_said(few, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1e6)
    with pytest.raises(W2VError, match=r"did not find all 300 .* 700 x 700 .* smaller d"):
        top_eigenpairs(w2vlib.m_star_operator(few), 300)


@pytest.mark.parametrize("compiled", [None, "yes"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 5, 24, 25, 401])
def test_narrow_products(compiled, dtype, n):
    from w2vlib._support import product_kernels

    kernels = product_kernels if compiled else None
    rng = np.random.default_rng(0)
    matrix = rng.integers(-9, 9, (n, 5000)).astype(dtype)  # exact, whatever the order
    block = rng.integers(-9, 9, (5000, 16)).astype(dtype)
    table = scipy.sparse.csr_array(np.where(rng.random(matrix.shape) < 0.01, matrix, 0))
    with own_threads() as pool:
        for rows in (matrix, matrix[:, 1:4999]):
            part = block[: rows.shape[1]]
            found = products.dense_product(rows, part, pool, kernels)
            assert np.array_equal(found, rows @ part)
            assert found.dtype == dtype
        found = products.sparse_product(table, block, pool, kernels)
        assert np.array_equal(found, table @ block)


def test_compiled_products_change_nothing_but_rounding(monkeypatch):
    matrix = symmetric(SPECTRA["huge negative eigenvalue"])[0].astype(np.float32)
    matrix = (matrix + matrix.T) / 2
    assert products.kernels(1e9) is None
    expected = top_eigenpairs(matrix, 10)
    monkeypatch.setattr(products, "_WORTH_COMPILING", 0)
    assert products.kernels(1.0) is not None
    eigvals, eigvecs = top_eigenpairs(matrix, 10)
    np.testing.assert_allclose(eigvals, expected[0], rtol=1e-4)
    assert subspace_overlap(eigvecs, expected[1]) > 0.99999
    monkeypatch.setitem(sys.modules, "w2vlib._support.product_kernels", None)  # no Numba
    monkeypatch.delattr(_support, "product_kernels", raising=False)
    assert products.kernels(1.0) is None


# --- embeddings ----------------------------------------------------------------------------------


def test_w_w_transposed_is_the_best_fit():
    matrix, Q = symmetric(np.array([5.0, 3.0, 1.0, -2.0, -7.0]))
    emb = embeddings_from_matrix(matrix, list("abcde"), d=2)
    best = (Q[:, :2] * [5.0, 3.0]) @ Q[:, :2].T
    np.testing.assert_allclose(emb.vectors @ emb.vectors.T, best, atol=1e-12)
    assert emb.words == tuple("abcde")


def test_d_above_the_positive_eigenvalues():
    matrix, _ = symmetric(np.array([5.0, 3.0, 0.0, -2.0, -7.0]))
    with pytest.raises(W2VError, match=r"d=3 exceeds the 2 positive eigenvalues .* choose d <= 2"):
        embeddings_from_matrix(matrix, list("abcde"), d=3)
    with pytest.raises(W2VError, match="4 words for a matrix of 5 rows"):
        embeddings_from_matrix(matrix, list("abcd"), d=2)
    with pytest.raises(W2VError, match=r"the matrix has no positive eigenvalue: .* another matrix"):
        embeddings_from_matrix(-np.eye(2), list("ab"), d=1)
    with pytest.raises(W2VError, match="words is one string, 'ab'"):
        embeddings_from_matrix(np.eye(2), "ab", d=1)
    with pytest.raises(W2VError, match=r"shape \(\); pass a square one"):
        embeddings_from_matrix(None, ["a"], d=1)
    with pytest.raises(W2VError, match="words is None"):
        embeddings_from_matrix(np.eye(2), None, d=1)


def test_pca_embeddings_of_wikipedia():
    stats = load_statistics(1000)
    emb = pca_embeddings(stats, 20)
    eigvals, eigvecs = scipy.linalg.eigh(m_star(stats), subset_by_index=[980, 999])
    best = (eigvecs * eigvals) @ eigvecs.T
    np.testing.assert_allclose(emb.vectors @ emb.vectors.T, best, atol=2e-4)
    assert emb.words == stats.words


REFERENCE = {50: (0.541, 2364), 100: (0.659, 2364), 200: (0.673, 2364)}  # V = 5,000, 69.9M words


@pytest.mark.slow
def test_figures_of_an_independent_implementation():
    """Analogies within 1 point, questions exactly, eigenvalues within 0.1 % (see the data card)."""
    stats = load_statistics()
    eigvals, eigvecs = top_eigenpairs(m_star(stats, dtype=np.float32), 200)
    np.testing.assert_allclose(eigvals[:3], [1543.2, 1090.3, 1018.2], rtol=1e-3)
    for d, (accuracy, n_questions) in REFERENCE.items():
        emb = w2vlib.Embeddings(stats.words, eigvecs[:, :d] * np.sqrt(eigvals[:d]))
        result = w2vlib.analogy_accuracy(emb)
        assert result.n_questions == n_questions
        assert result.overall == pytest.approx(accuracy, abs=0.01)


def test_ppmi_works_too():
    stats = load_statistics(700)
    emb = embeddings_from_matrix(ppmi(stats), stats.words, d=10)
    assert emb.vectors.shape == (700, 10)


# --- subspaces -----------------------------------------------------------------------------------


def test_overlap_does_not_see_bases():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((30, 4)), rng.standard_normal((30, 6))
    expected = subspace_overlap(A, B)
    assert subspace_overlap(A @ rng.standard_normal((4, 4)), B) == pytest.approx(expected)
    assert subspace_overlap(B, A) == pytest.approx(expected)
    assert subspace_overlap(A, np.c_[A, B]) == pytest.approx(1)
    angles = scipy.linalg.subspace_angles(A, B)
    assert expected == pytest.approx(np.mean(np.cos(angles) ** 2))


def test_overlap_of_nothing():
    e = np.eye(4)
    assert subspace_overlap(e[:, :2], e[:, 2:]) == pytest.approx(0)


@pytest.mark.parametrize(
    ("A", "B", "message"),
    [
        (np.ones(3), np.eye(3), r"A has shape \(3,\)"),
        (np.eye(3), np.full((3, 1), np.nan), "3 of the 3 entries of B are NaN"),
        ("x", np.eye(3), "A is not an array of real numbers"),
        ([["1"], ["2"]], np.eye(2), r"A is not an array of real numbers \(text\)"),
        (np.eye(3), np.eye(3) * 1j, "B is not an array of real numbers .*complex"),
        (np.eye(3), None, "1 of the 1 entries of B are NaN"),
        (np.ones((3, 2)), np.eye(3), "2 columns of A depend"),
        (np.ones((2, 3)), np.eye(2), "3 columns of A depend"),
        (np.eye(3)[:, :2], np.eye(4)[:, :2], "A has 3 rows and B 4"),
    ],
)
def test_bad_subspaces(A, B, message):
    with pytest.raises(W2VError, match=message):
        subspace_overlap(A, B)
