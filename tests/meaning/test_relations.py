"""Differences of word pairs against planted ones, the noise law against random matrices."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.integrate import quad

import w2vlib
from w2vlib import (
    Embeddings,
    MarchenkoPastur,
    W2VError,
    analogy_table,
    bootstrap_accuracy,
    marchenko_pastur_fit,
    participation_ratio,
    relation_spectrum,
    relation_strength,
    task_vectors,
)

PAIRS = [(f"a{n}", f"b{n}") for n in range(6)]


def some_words(seed=0, d=4, dtype=np.float64):
    """Twelve words, the second of each pair near the first plus a common vector."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(6, d))
    b = a + rng.normal(size=d) + 0.6 * rng.normal(size=(6, d))
    words = [w for pair in PAIRS for w in pair]
    return Embeddings(words, np.stack([a, b], axis=1).reshape(12, d).astype(dtype))


def noise_eigenvalues(rng, rows, columns, scale=1.0):
    """All eigenvalues of X X^T, by another road than the library's."""
    X = scale * rng.normal(size=(rows, columns))
    return np.linalg.eigvalsh(X @ X.T).clip(min=0)[::-1]


# ---------------------------------------------------------------- task vectors


def test_differences_by_hand():
    emb = Embeddings(["cat", "cats", "dog", "dogs"], [[1, 0], [1, 3], [0, 2], [4, 3]])
    R, mean = task_vectors(emb, [("dog", "dogs"), ("cat", "cats")])
    assert R.tolist() == [[4, 1], [0, 3]]
    assert mean.tolist() == [2, 2]
    R, _ = task_vectors(emb, [("dog", "dogs")], unit=True)
    np.testing.assert_allclose(R, [[0.8, -0.4]], atol=1e-15)


def test_differences_of_single_precision_are_double():
    R, mean = task_vectors(some_words(dtype=np.float32), iter(PAIRS))
    assert R.dtype == mean.dtype == np.float64
    np.testing.assert_allclose(R, task_vectors(some_words(), PAIRS)[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([], "0 pairs; pass at least 1"),
        (
            "abba",
            r"the list of pairs is one string, 'abba'; pass a list of pairs \(word_a, word_b\)",
        ),
        (None, "the list of pairs is None; pass a list"),
        ([None], "None is not a pair of words"),
        ([{"a0", "b0"}], "is not a pair of words"),
        (["ab"], "'ab' is not a pair of words"),
        ([("a0", "b0", "a1")], r"\('a0', 'b0', 'a1'\) is not a pair"),
        ([("a0", 3)], r"\('a0', 3\) is not a pair"),
        ([("a0", "x"), ("y", "z")], "3 words of the 2 pairs are not among the 12 .* first 'x'"),
    ],
)
@pytest.mark.parametrize("function", [task_vectors, analogy_table])
def test_bad_pairs(function, pairs, message):
    with pytest.raises(W2VError, match=message):
        function(some_words(), pairs)


@pytest.mark.parametrize("function", [task_vectors, analogy_table])
@pytest.mark.parametrize("emb", [None, "model.bin", np.eye(3)])
def test_bad_embeddings(function, emb):
    with pytest.raises(W2VError, match=r"emb is of type \w+; pass Embeddings, such as"):
        function(emb, PAIRS)


def test_yes_or_no_is_no_word():
    with pytest.raises(W2VError, match="unit='no'; choose True or False"):
        task_vectors(some_words(), PAIRS, unit="no")
    with pytest.raises(W2VError, match="exclude_inputs=None; choose True or False"):
        analogy_table(some_words(), PAIRS, exclude_inputs=None)
    with pytest.raises(W2VError, match="rule='b' is unknown; choose 'b - a \\+ c' or 'b \\+ c'"):
        analogy_table(some_words(), PAIRS, rule="b")


# ---------------------------------------------------------------- spectrum


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_spectrum_is_that_of_the_matrix_of_inner_products(shape):
    R = np.random.default_rng(2).normal(size=shape)
    found = relation_spectrum(R)
    expected = np.linalg.eigvalsh(R @ R.T)[::-1]
    np.testing.assert_allclose(found.eigvals, expected, atol=1e-12)
    assert found.spike == pytest.approx(expected[0])
    assert found.mean_bulk == pytest.approx((np.sum(R**2) - expected[0]) / (min(shape) - 1))
    assert found.signal_to_noise == pytest.approx(found.spike / found.mean_bulk)


def test_parallel_differences_have_no_noise():
    found = relation_spectrum(np.outer([1, 2, 2], [3.0, 4.0]))
    assert found.eigvals.round(9).tolist() == [225, 0, 0]
    assert found.signal_to_noise == np.inf
    assert relation_spectrum([[1.0], [2.0]]).signal_to_noise == np.inf  # no room for noise


def test_a_planted_spike_stands_where_random_matrix_theory_puts_it():
    # Rows m + noise, p = N |m|^2: the spike is at (p + N v)(p + n v) / p (Benaych-Georges and
    # Nadakuditi 2012).
    rng = np.random.default_rng(3)
    N, n, v = 200, 400, 0.25
    m = np.zeros(n)
    m[7] = 2.0
    found = relation_spectrum(m + np.sqrt(v) * rng.normal(size=(N, n)))
    planted = N * m @ m
    assert found.spike == pytest.approx((planted + N * v) * (planted + n * v) / planted, rel=0.05)
    assert found.eigvals[1] < 1.05 * MarchenkoPastur(v, n, N, 0).edges[1] < found.spike
    fit = marchenko_pastur_fit(found.eigvals[1:])
    assert fit.variance == pytest.approx(v, rel=0.05)
    assert fit.dimension == pytest.approx(n, rel=0.05)
    assert fit.ks < 0.03
    # The spike left in the bulk spoils the fit: it is not insensitive to what it is given.
    assert marchenko_pastur_fit(found.eigvals).dimension < 0.7 * n


@pytest.mark.parametrize(
    ("R", "message"),
    [
        ([1.0, 2.0], r"R has shape \(2,\) .* pass the differences .* shape \(N, d\)"),
        ([[1.0, np.nan], [0, 1]], r"1 of the 4 entries of R are NaN"),
        (np.zeros((0, 3)), r"0 of the 0 entries of R .* at least one"),
        ([["a", "b"], ["c", "d"]], "R is not an array of real numbers"),
        (None, "R "),
        ([[1.0, 2.0]], r"R has shape \(1, 2\) and 2 entries that are not zero; .* at least 2"),
        ([[0.0, 0.0], [0.0, 0.0]], "and 0 entries that are not zero; .* not all zero"),
    ],
)
def test_bad_differences(R, message):
    with pytest.raises(W2VError, match=message):
        relation_spectrum(R)


# ---------------------------------------------------------------- strength


def test_strength_by_hand():
    R = [[3, 3], [1, 1], [-1, 2]]  # mean (1, 2), squared distances from it 5, 1 and 4: s^2 = 5
    assert relation_strength(R) == pytest.approx((5 - 5 / 3) / 5)
    assert relation_strength(np.stack([R, R])).shape == (2,)


@pytest.mark.parametrize("N", [10, 16, 40])
@pytest.mark.parametrize("d", [8, 16, 64])
def test_strength_is_zero_for_noise_and_that_of_the_plant_for_a_relation(N, d):
    rng = np.random.default_rng(9)
    sizes = np.arange(1, d + 1.0) ** -0.5
    noise = rng.normal(size=(3000, N, d)) * sizes
    v = np.sum(sizes**2)  # s^2 in expectation
    found = relation_strength(noise)
    assert np.abs(found.mean()) < 4 * found.std() / np.sqrt(3000) + 3 / (N * (N - 1) * d**0.5)
    r = np.sqrt(0.3 * v) * np.eye(d)[0]
    assert relation_strength(noise + r).mean() == pytest.approx(0.3, rel=0.15)


def test_strength_is_a_mean_of_products_between_different_pairs():
    R = np.random.default_rng(10).normal(size=(7, 5))
    G = R @ R.T
    between = (G.sum() - np.trace(G)) / (7 * 6)
    s2 = (np.trace(G) - G.sum() / 7) / 6
    assert relation_strength(R) == pytest.approx(between / s2)


@pytest.mark.parametrize(
    ("R", "message"),
    [
        ([1.0, 2.0], r"R has shape \(2,\); pass the differences of at least 2 word pairs"),
        ([[1.0, 2.0]], r"R has shape \(1, 2\); pass the differences"),
        ([[1.0, 2.0], [1.0, 2.0]], "the 2 rows of R are all equal"),
        ([[1.0, np.nan], [0, 1]], "1 of the 4 entries of R are NaN"),
    ],
)
def test_no_strength(R, message):
    with pytest.raises(W2VError, match=message):
        relation_strength(R)


# ---------------------------------------------------------------- the law of noise


@pytest.mark.parametrize(("N", "n"), [(30, 200), (100, 300), (80, 80), (120, 40), (60, 20)])
def test_pure_noise_gives_variance_and_dimension_back(N, n):
    rng = np.random.default_rng(4)
    fits = [marchenko_pastur_fit(noise_eigenvalues(rng, N, n, scale=3)) for _ in range(60)]
    assert np.mean([f.dimension for f in fits]) == pytest.approx(n, rel=0.02)
    assert np.mean([f.variance for f in fits]) == pytest.approx(9, rel=0.02)
    assert np.mean([f.ks for f in fits]) < 2.5 / N  # eigenvalues are stiff: nearer than 1/sqrt(N)


def test_dimension_is_the_participation_ratio_of_the_noise_covariance():
    rng = np.random.default_rng(5)
    sizes = np.arange(1, 301.0) ** -0.6  # eigenvalues of the covariance
    dimensions = [
        marchenko_pastur_fit(
            np.linalg.svd(rng.normal(size=(40, 300)) * np.sqrt(sizes), compute_uv=False) ** 2
        ).dimension
        for _ in range(200)
    ]
    assert np.mean(dimensions) == pytest.approx(sizes.sum() ** 2 / np.sum(sizes**2), rel=0.03)


def test_moments_are_those_of_the_exact_formula():
    # Solve the two equations of the docstring by hand: N = 3, eigenvalues 4, 1, 1.
    fit = marchenko_pastur_fit([4.0, 1.0, 1.0])
    N, n, v = 3, fit.dimension, fit.variance
    ratio = N * n * (N + n + 1) / (N * n * (N * n + 2))
    assert ratio == pytest.approx((16 + 1 + 1) / 36)
    assert N * n * v == pytest.approx(6)
    assert fit.dimension == pytest.approx(6)  # (4 - 1) / (1.5 - 1)


def test_zeros_may_be_listed_or_counted():
    values = noise_eigenvalues(np.random.default_rng(6), 50, 20)
    values[20:] = 0
    listed, counted = marchenko_pastur_fit(values), marchenko_pastur_fit(values[:20], 50)
    # Sums over 50 and over 20 numbers round differently, by some 1e-16 of each addend.
    assert dataclasses.astuple(listed) == pytest.approx(dataclasses.astuple(counted), rel=1e-12)
    assert listed.mass_at_zero == pytest.approx(0.6, abs=0.02)
    assert marchenko_pastur_fit(values[:20]).dimension > 40  # zeros forgotten: another matrix


@pytest.mark.parametrize(("N", "n"), [(50, 200), (200, 50), (60, 60), (3, 900)])
def test_density_and_distribution_agree_with_quadrature(N, n):
    law = MarchenkoPastur(variance=0.5, dimension=n, rows=N, ks=0)
    lower, upper = law.edges
    assert law.mass_at_zero == pytest.approx(max(0, 1 - n / N))
    for share in (0.1, 0.5, 0.9, 1.0):
        x = lower + share * (upper - lower)
        area = quad(lambda s: float(law.density(s * s)) * 2 * s, np.sqrt(lower), np.sqrt(x))[0]
        assert law.cdf(x) == pytest.approx(law.mass_at_zero + area, abs=2e-6)
    mean = quad(lambda s: s * s * float(law.density(s * s)) * 2 * s, np.sqrt(lower), np.sqrt(upper))
    assert mean[0] == pytest.approx(n * 0.5)
    assert law.cdf([-1.0, 2 * upper]).tolist() == [0.0, pytest.approx(1.0, abs=1e-12)]
    assert law.density([lower / 2 if lower else -1, upper * 2]).tolist() == [0, 0]


def test_distance_is_large_where_the_shape_is_wrong():
    rng = np.random.default_rng(7)
    good = marchenko_pastur_fit(noise_eigenvalues(rng, 60, 90))
    two_levels = marchenko_pastur_fit(np.repeat([5.0, 1.0], [10, 50]))
    assert good.ks < 0.05
    assert two_levels.ks > 0.3


def test_distance_by_hand():
    # All values beyond the upper edge of a law would be at distance 1; here the distance is read
    # off the two step functions at every jump, from both sides.
    values = noise_eigenvalues(np.random.default_rng(8), 12, 5)
    fit = marchenko_pastur_fit(values[:5], 12)
    x = np.sort(values[:5])
    cdf = fit.cdf(x)
    gaps = [abs(7 / 12 - float(fit.cdf(0.0)))]
    gaps += [abs((7 + k) / 12 - c) for k, c in enumerate(cdf)]
    gaps += [abs((8 + k) / 12 - c) for k, c in enumerate(cdf)]
    assert fit.ks == pytest.approx(max(gaps))


@pytest.mark.parametrize(
    "values", [[9.0, 9.0, 9.0, 1.0], [9.0, 1.0, 1.0, 1.0], [8.0, 6.0, 4.0, 3.0, 1.0, 1.0]]
)
def test_distance_counts_the_gaps_on_both_sides_of_a_jump(values):
    fit = marchenko_pastur_fit(values)
    gaps = []
    for x in set(values):
        at = float(fit.cdf(x))
        gaps += [abs(sum(v <= x for v in values) / len(values) - at)]
        gaps += [abs(sum(v < x for v in values) / len(values) - at)]
    assert fit.ks == pytest.approx(max(gaps))


@pytest.mark.parametrize(
    ("eigvals", "n", "message"),
    [
        ([1.0, 2.0], None, r"shape \(2,\); a fit needs at least 3"),
        ([1.0, 2.0, np.inf], None, r"1 of the 3 entries of eigvals are NaN or infinite"),
        ([[1.0, 2.0, 3.0]], None, r"shape \(1, 3\); pass a vector"),
        ("abc", None, "eigvals is not an array of real numbers"),
        ([3.0, 1.0, -1.0], None, "run from -1 to 3"),
        ([0.0, 0.0, 0.0], None, "run from 0 to 0"),
        ([3.0, 1.0, 1.0], 2, "n=2; choose a whole number, 3 to .*: n counts all eigenvalues"),
        ([3.0, 1.0, 1.0], 4.5, "n=4.5; choose a whole number, 3 to .*: n counts all"),
        ([3.0, 1.0, 1.0], 10**400, "choose a whole number, 3 to"),
        ([2.0, 2.0, 2.0], None, "the 3 eigenvalues are all equal, about 2"),
    ],
)
def test_bad_bulks(eigvals, n, message):
    with pytest.raises(W2VError, match=message):
        marchenko_pastur_fit(eigvals, n)


# ---------------------------------------------------------------- analogies


@pytest.mark.parametrize("exclude_inputs", [True, False])
def test_table_agrees_with_one_question_at_a_time(exclude_inputs):
    emb = some_words(seed=1)
    table = analogy_table(emb, PAIRS, exclude_inputs=exclude_inputs)
    assert table.dtype == bool
    assert 0 < table.sum() < 30
    for (i, (a, b)), (j, (c, d)) in itertools.permutations(enumerate(PAIRS), 2):
        if exclude_inputs:
            answer = emb.analogy(a, b, c, n=1)[0][0]
        else:
            answer = emb.nearest(
                emb.unit_vectors[[emb.index[w] for w in (b, c)]].sum(axis=0)
                - emb.unit_vectors[emb.index[a]],
                n=1,
            )[0][0]
        assert table[i, j] == (answer == d), (a, b, c)
    assert not table.diagonal().any()


def test_tables_of_wikipedia_add_up_to_the_accuracy():
    emb = w2vlib.pca_embeddings(w2vlib.load_statistics(1000), 60)
    families = {
        name: [pair for pair in pairs if pair[0] in emb and pair[1] in emb]
        for name, pairs in w2vlib.analogy_families().items()
    }
    tables = [analogy_table(emb, pairs) for pairs in families.values() if len(pairs) > 1]
    result = w2vlib.analogy_accuracy(emb)
    assert sum(t.size - len(t) for t in tables) == result.n_questions > 100
    assert sum(t.sum() for t in tables) == round(result.overall * result.n_questions) > 0


def test_zero_vectors_answer_nothing():
    vectors = some_words().vectors.copy()
    vectors[3] = 0  # b1
    table = analogy_table(Embeddings(some_words().words, vectors), PAIRS)
    assert not table[1].any()
    assert not table[:, 1].any()
    assert table.any()


def test_the_answer_of_a_zero_vector_is_not_right_by_default():
    # All scores of the question about the zero pair are beaten by the zero vector itself.
    vectors = -np.eye(4)[[0, 0, 1, 1]]
    vectors[2:] = 0
    emb = Embeddings(["a0", "b0", "a1", "b1"], vectors)
    assert not analogy_table(emb, PAIRS[:2]).any()


def test_one_pair_is_no_analogy():
    with pytest.raises(W2VError, match="1 pair makes no analogy; pass at least 2"):
        analogy_table(some_words(), PAIRS[:1])


# ---------------------------------------------------------------- bootstrap


def test_bootstrap_is_the_share_over_drawn_pairs():
    table = np.array([[0, 1, 0], [1, 0, 0], [1, 1, 0]])
    shares = bootstrap_accuracy([table], 50, rng=np.random.default_rng(0))
    rng = np.random.default_rng(0)
    copies = rng.multinomial(3, np.ones(3) / 3, size=50)
    for share, times in zip(shares, copies, strict=True):
        drawn = np.repeat(np.arange(3), times)
        asked = [(i, j) for i in drawn for j in drawn if i != j]
        if asked:  # else it was drawn again
            assert share == pytest.approx(np.mean([table[i, j] for i, j in asked]))
    assert len(set(shares.round(6))) == 3  # 2 pairs of three, or all
    assert np.isfinite(shares).all()


def test_families_are_weighed_by_their_questions():
    full, empty = 1 - np.eye(2), np.zeros((30, 30))
    shares = bootstrap_accuracy([full, empty], 4000, rng=np.random.default_rng(1))
    # Two pairs give 2 questions or none, thirty about 870.
    assert 0 < shares.mean() < 2 / 800
    assert (shares == 0).mean() == pytest.approx(0.5, abs=0.04)


def test_models_are_scored_on_the_same_draws():
    rng = np.random.default_rng(2)
    first = (rng.random((20, 20)) < 0.5) & ~np.eye(20, dtype=bool)
    second = (rng.random((8, 8)) < 0.5) & ~np.eye(8, dtype=bool)
    shares = bootstrap_accuracy(
        [np.stack([t, t, ~t & ~np.eye(len(t), dtype=bool)]) for t in (first, second)],
        200,
        rng=np.random.default_rng(3),
    )
    assert shares.shape == (200, 3)
    np.testing.assert_array_equal(shares[:, 0], shares[:, 1])
    np.testing.assert_allclose(shares[:, 0] + shares[:, 2], 1)  # right and wrong, the same draws
    alone = bootstrap_accuracy([first, second], 200, rng=np.random.default_rng(3))
    np.testing.assert_allclose(alone, shares[:, 0])


def test_interval_covers_the_truth_as_often_as_it_says():
    # Each pair is easy or hard; a question is right where both are easy.
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(200):
        easy = rng.random(40) < 0.7
        table = np.outer(easy, easy) & ~np.eye(40, dtype=bool)
        low, high = np.percentile(bootstrap_accuracy([table], 300, rng=rng), [2.5, 97.5])
        inside += low <= 0.49 <= high
    assert 0.87 <= inside / 200 <= 0.99


@pytest.mark.parametrize(
    ("tables", "n_samples", "message"),
    [
        ([], 10, "0 tables"),
        ([np.zeros((2, 3))], 10, r"table 0 has shape \(2, 3\)"),
        ([np.zeros((1, 1))], 10, r"table 0 has shape \(1, 1\)"),
        ([np.zeros((2, 2)), np.eye(3)], 10, "table 1 has 3 right answers on its diagonal"),
        ([np.zeros((2, 2)), np.zeros((4, 3, 3))], 10, r"leading shapes \[\(\), \(4,\)\]"),
        (3, 10, "tables is 3; pass a list of arrays"),
        ([None], 10, "table 0"),
        ([[[0, np.nan], [1, 0]]], 10, "1 of the 4 entries of table 0 are NaN"),
        ([np.zeros((2, 2))], 10**9, "n_samples=1000000000; choose a whole number, 1 to 10,000,000"),
        ([np.zeros((2, 2))], 0, "n_samples=0"),
        ([np.zeros((2, 2))], 2.5, "n_samples=2.5"),
    ],
)
def test_bad_tables(tables, n_samples, message):
    with pytest.raises(W2VError, match=message):
        bootstrap_accuracy(tables, n_samples, rng=np.random.default_rng(0))


@pytest.mark.parametrize("rng", [None, 3, np.random])
def test_the_bootstrap_draws_from_a_generator_that_is_passed(rng):
    with pytest.raises(W2VError, match=r"rng=.*; pass rng=np.random.default_rng\(0\)"):
        bootstrap_accuracy([np.zeros((2, 2))], 3, rng=rng)


# ---------------------------------------------------------------- participation ratio


@pytest.mark.parametrize(
    ("v", "expected"),
    [([5.0], 1), ([0, -3], 1), ([1, -1, 1, 1], 4), ([2, 1], 25 / 17), ([1e-200, 1e-200], 2)],
)
def test_participation_by_hand(v, expected):
    assert participation_ratio(v) == pytest.approx(expected)


def test_participation_of_rows():
    assert participation_ratio([[1, 0, 0], [1, 1, 1]]).tolist() == [1, 3]
    gaussian = np.random.default_rng(0).normal(size=(200, 900))
    assert participation_ratio(gaussian).mean() == pytest.approx(300, rel=0.02)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(float, st.integers(1, 8), elements=st.floats(-9, 9)), st.floats(0.01, 100))
def test_participation_lies_between_one_and_the_length(v, scale):
    if np.abs(v).max() < 1e-3:
        return
    ratio = participation_ratio(v)
    assert 1 - 1e-9 <= ratio <= np.count_nonzero(v) + 1e-9
    assert participation_ratio(-scale * v) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("v", "message"),
    [
        ([], "0 of the 0 entries of v"),
        ([0.0, 0.0], r"shape \(2,\) and holds 1 zero vectors"),
        ([[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]], r"shape \(3, 2\) and holds 2 zero vectors"),
        ([1.0, np.nan], "1 of the 2 entries of v are NaN or infinite"),
        (np.nan, "1 of the 1 entries of v"),
        (["a"], "v is not an array of real numbers"),
    ],
)
def test_participation_of_nothing(v, message):
    with pytest.raises(W2VError, match=message):
        participation_ratio(v)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variance": 0}, "variance=0; choose a finite number above 0"),
        ({"dimension": np.nan}, "dimension=nan; choose"),
        ({"rows": 2.5}, "rows=2.5; choose a whole number"),
    ],
)
def test_bad_laws(change, message):
    with pytest.raises(W2VError, match=message):
        MarchenkoPastur(**{"variance": 1.0, "dimension": 3.0, "rows": 2, "ks": 0.0} | change)


@pytest.mark.parametrize("name", ["density", "cdf"])
def test_a_law_is_a_function_of_numbers(name):
    law = MarchenkoPastur(1.0, 3.0, 2, 0.0)
    with pytest.raises(W2VError, match="x is not an array of real numbers"):
        getattr(law, name)("far out")
