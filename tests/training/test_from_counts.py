"""word2vec's loss from counts: against sums written out, and against training that takes longer."""

import numpy as np
import pytest

import w2vlib
from w2vlib import Embeddings, W2VError, load_statistics, pca_embeddings, sgns_embeddings
from w2vlib.targets import expected_pairs, weighted_target, weights_of
from w2vlib.training import _from_counts
from w2vlib.training._expected_loss import expected_loss
from w2vlib.training._expected_on_device import LossOnDevice

SETTINGS = {"negative": 5, "sample": 1e-4, "ns_exponent": 0.75}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def loss_written_out(A, B, W, C):
    x = W.astype(float) @ C.T.astype(float)
    return float(np.sum(A * np.logaddexp(0, -x) + B * np.logaddexp(0, x)))


@pytest.fixture(scope="module")
def small():
    return load_statistics(300)


# ---- the parts ----


@pytest.mark.parametrize("negative", [0.5, 5])
@pytest.mark.parametrize("sample", [0, 1e-4])
def test_expected_pairs_are_those_of_the_weights(small, negative, sample):
    pairs = expected_pairs(small, negative=negative, sample=sample, ns_exponent=0.75)
    A, B = weights_of(small, "word2vec", negative=negative, sample=sample)
    np.testing.assert_allclose(np.concatenate([P for _, P in pairs.positives()]), A, rtol=1e-6)
    Q = pairs.negative * np.outer(pairs.centres, pairs.noise)
    np.testing.assert_allclose(Q, B, rtol=1e-6)


@pytest.mark.parametrize("size", [0.1, 1.5])
def test_torch_gives_the_same_loss_and_slopes(small, size, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("w2vlib.training._expected_on_device._BLOCK", 128)  # three of them
    W, C = (size * np.random.default_rng(0).standard_normal((2, 300, 4))).astype(np.float32)
    pairs = expected_pairs(small, **SETTINGS)
    found, expected = LossOnDevice(pairs, "cpu")(W, C), expected_loss(pairs, W, C)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    for name in ("to_words", "to_contexts", "rows", "columns"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())


def test_steps_through_torch_end_at_the_same_loss(small, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(_from_counts, "pick_device", lambda device, sgd: "the processor's torch")
    monkeypatch.setattr(
        _from_counts, "LossOnDevice", lambda pairs, device: LossOnDevice(pairs, "cpu")
    )
    losses = {}
    for device in ("cuda", None):
        if device is None:
            monkeypatch.undo()

        def keep(step, loss, W, C, device=device):
            losses[device, step] = loss

        sgns_embeddings(small, 10, steps=5, device=device, callback=keep, progress=False)
    for step in range(6):
        assert losses["cuda", step] == pytest.approx(losses[None, step], rel=1e-5)


@pytest.mark.parametrize("device", ["cuda", "tpu"])
def test_a_device_that_is_not_there_is_told(small, device):
    torch = pytest.importorskip("torch")
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(W2VError, match=r"no GPU was found|choose 'cpu' or 'cuda'"):
        sgns_embeddings(small, 10, steps=1, device=device)


@pytest.mark.parametrize("size", [0.1, 1.5])  # of products: 0.02 and 5
def test_loss_slopes_and_curvatures_against_sums_written_out(small, size, monkeypatch):
    monkeypatch.setattr("w2vlib.training._expected_loss._BLOCK", 32)  # several in a strip
    rng = np.random.default_rng(0)
    W, C = (size * rng.standard_normal((2, 300, 4))).astype(np.float32)
    found = expected_loss(expected_pairs(small, **SETTINGS), W, C)
    A, B = weights_of(small, "word2vec", negative=5, sample=1e-4)
    x = W.astype(float) @ C.T.astype(float)
    slopes, curvatures = (A + B) * sigmoid(x) - A, (A + B) * sigmoid(x) * sigmoid(-x)
    assert found.loss == pytest.approx(loss_written_out(A, B, W, C), rel=1e-6)
    for ours, expected in (
        (found.to_words, slopes @ C),
        (found.to_contexts, slopes.T @ W),
        (found.rows, curvatures.sum(axis=1)),
        (found.columns, curvatures.sum(axis=0)),
    ):
        np.testing.assert_allclose(ours, expected, atol=1e-5 * np.abs(expected).max())


def test_far_beyond_every_minimum_the_loss_is_infinite_and_its_slopes_are_finite(small):
    W, C = (40 * np.random.default_rng(0).standard_normal((2, 300, 4))).astype(np.float32)
    found = expected_loss(expected_pairs(small, **SETTINGS), W, C)
    assert found.loss == np.inf
    assert all(np.isfinite(X).all() for X in (found.to_words, found.to_contexts, found.rows))


def test_the_weighted_target_is_the_target_of_these_weights(small):
    g = small.p_i**0.75
    A, B = weights_of(small, "word2vec", negative=2, sample=1e-4)
    B = (B + B.T) / 2
    expected = np.sqrt(np.outer(g, g)) * 2 * (A - B) / (A + B)
    pairs = expected_pairs(small, negative=2, sample=1e-4, ns_exponent=0.75)
    np.testing.assert_allclose(weighted_target(pairs, g), expected, atol=1e-6 * expected.max())


# ---- the weighted closed form ----


def test_the_weighted_closed_form_is_the_best_tied_fit(small):
    emb = pca_embeddings(small, 20, weights="word2vec", negative=1, sample=1e-4)
    A, B = weights_of(small, "word2vec", negative=1, sample=1e-4)
    B, g = (B + B.T) / 2, small.p_i**0.75
    M = 2 * (A - B) / (A + B)

    def misfit(W):
        return np.sum(np.outer(g, g) * (M - W @ W.T) ** 2)

    W = emb.vectors.astype(float)
    slope = np.outer(g, g) * (M - W @ W.T) @ W
    assert np.abs(slope).max() < 1e-5 * np.abs(np.outer(g, g) * M @ W).max()
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-2):
        assert misfit(W + size * rng.standard_normal(W.shape)) > misfit(W)
    assert misfit(pca_embeddings(small, 20).vectors.astype(float)) > misfit(W)


def test_constant_weights_are_the_default_and_own_weights_may_be_given(small):
    plain = pca_embeddings(small, 10)
    own = pca_embeddings(small, 10, weights=np.full(300, 0.01), negative=1, sample=0, ns_exponent=1)
    word2vec = pca_embeddings(small, 10, weights="word2vec")
    given = pca_embeddings(small, 10, weights=small.p_i**0.75)
    assert w2vlib.subspace_overlap(plain.vectors, own.vectors) > 0.999  # margins of P for p_i
    assert w2vlib.subspace_overlap(word2vec.vectors, given.vectors) > 0.999999
    assert w2vlib.subspace_overlap(plain.vectors, word2vec.vectors) < 0.99
    shifted = pca_embeddings(small, 10, negative=2)
    assert w2vlib.subspace_overlap(plain.vectors, shifted.vectors) < 0.999


def test_word2vecs_weights_answer_more_analogies():
    stats = load_statistics()
    plain, weighted = (
        w2vlib.analogy_accuracy(pca_embeddings(stats, 200, weights=weights)).overall
        for weights in ("constant", "word2vec")
    )
    assert weighted > plain + 0.02  # 67.3 and 70.3 % of 2,364


# ---- the steps ----


def test_it_comes_to_where_long_training_comes():
    stats = load_statistics(80)
    reached = sgns_embeddings(stats, 6, **SETTINGS, steps=300, tolerance=1e-9)
    rng = np.random.default_rng(0)
    W0 = tuple(0.3 * rng.standard_normal((2, 80, 6)))
    trained = w2vlib.train(
        stats, 6, loss="sgns", weights="word2vec", tied=False, negative=5, sample=1e-4, W0=W0,
        learning_rate=15, steps=20_000, check_edge=False,
    )  # fmt: skip
    A, B = weights_of(stats, "word2vec", negative=5, sample=1e-4)
    ours = loss_written_out(A, B, reached.vectors, reached.contexts)
    assert ours == pytest.approx(loss_written_out(A, B, trained.W, trained.C), abs=1e-3)
    assert w2vlib.subspace_overlap(reached.vectors, trained.W) > 0.98
    assert w2vlib.subspace_overlap(reached.contexts, trained.C) > 0.98


def losses(stats, d, **options):
    """Return the loss at the start and after each step."""
    found = []
    sgns_embeddings(stats, d, callback=lambda *state: found.append(state[:2]), **options)
    assert [step for step, _ in found] == list(range(len(found)))
    return np.array([loss for _, loss in found])


@pytest.mark.parametrize("first", [0.3, 30.0])  # the second would leap far beyond the minimum
@pytest.mark.parametrize("negative", [0.5, 1, 20])
def test_no_step_raises_the_loss(small, first, negative, monkeypatch):
    monkeypatch.setattr(_from_counts, "_FIRST_STEP", first)
    found = losses(small, 20, negative=negative, steps=12, tolerance=0)
    assert len(found) == 13
    assert (np.diff(found) <= 0).all()
    assert found[0] - found[-1] > 0.01


def test_it_stops_where_steps_no_longer_pay_or_when_told_to(small):
    assert len(losses(small, 10, steps=200, tolerance=1e-3)) < 30
    calls = []
    sgns_embeddings(small, 10, steps=9, callback=lambda step, *_: calls.append(step) or step == 2)
    assert calls == [0, 1, 2]
    sgns_embeddings(small, 10, steps=9, callback=lambda *_: calls.append("start") or True)
    assert calls == [0, 1, 2, "start"]


def test_no_step_is_the_closed_form_and_one_column_for_the_negatives(small):
    start = sgns_embeddings(small, 10, negative=5, steps=0)
    closed = pca_embeddings(small, 9, weights="word2vec", negative=1, sample=1e-4)
    scores = start.vectors @ start.contexts.T
    expected = closed.vectors @ closed.vectors.T - np.log(5)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert start.vectors.dtype == start.contexts.dtype == np.float32
    alone = sgns_embeddings(small, 10, negative=1, steps=0)
    np.testing.assert_array_equal(alone.vectors, alone.contexts)
    # One start for all k would be far off for some: the column is worth many steps.
    without = loss_at(small, closed.vectors, closed.vectors)
    assert loss_at(small, start.vectors, start.contexts) < without - 0.5


def test_it_begins_where_it_is_told_to(small):
    # Five steps and five more are ten, but for the length of the sixth; the start is kept.
    first = sgns_embeddings(small, 10, steps=5)
    kept = first.vectors.copy()
    seen = []
    sgns_embeddings(small, 10, start=first, steps=5, callback=lambda *at: seen.append(at))
    np.testing.assert_array_equal(seen[0][2], kept)
    np.testing.assert_array_equal(seen[0][3], first.contexts)
    np.testing.assert_array_equal(first.vectors, kept)
    assert seen[5][1] < seen[0][1] == loss_at(small, first.vectors, first.contexts)
    tied = sgns_embeddings(small, 10, start=pca_embeddings(small, 10), steps=0)
    np.testing.assert_array_equal(tied.vectors, tied.contexts)


def loss_at(stats, W, C):
    return expected_loss(expected_pairs(stats, **SETTINGS), W, C).loss


@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_same_numbers_with_any_number_of_threads(small, threads, monkeypatch):
    expected = sgns_embeddings(small, 10, steps=3)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
    found = sgns_embeddings(small, 10, steps=3)
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    np.testing.assert_array_equal(found.contexts, expected.contexts)


def test_progress_only_where_asked_for(small, capfd):
    sgns_embeddings(small, 5, steps=2)
    assert capfd.readouterr().err == ""
    sgns_embeddings(small, 5, steps=2, progress=True)
    assert "loss" in capfd.readouterr().err


# ---- bad input ----


def lonely():
    counts = np.ones((4, 4), int)
    counts[3] = counts[:, 3] = 0
    return w2vlib.CorpusStatistics(("a", "b", "c", "alone"), np.ones(4, int), counts, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"d": 301}, "d=301; choose a whole number, 2 to 300"),
        ({"d": 200}, "d=200, of which one .* d=199 exceeds the 1.. positive eigenvalues"),
        ({"d": 1}, "d=1; choose a whole number, 2 to 300 .one direction is for the negatives"),
        ({"negative": 0}, "negative=0; choose a finite number above 0"),
        ({"sample": -1}, "sample=-1; choose a finite number, 0 or above"),
        ({"sample": "x"}, "sample='x'; choose"),
        ({"ns_exponent": np.nan}, "ns_exponent=nan; choose"),
        ({"steps": -1}, "steps=-1; choose a whole number, 0 or more"),
        ({"steps": 1.5}, "steps=1.5; choose"),
        ({"tolerance": -1}, "tolerance=-1; choose"),
        ({"start": np.eye(3)}, "start is of type ndarray; pass Embeddings"),
        ({"start": Embeddings(["a", "b"], np.eye(2))}, "start holds 2 words and d=2, the .* 300"),
        ({"progress": "no"}, "progress='no'; choose True or False"),
        ({"stats": np.eye(3)}, "stats is of type ndarray; pass CorpusStatistics"),
        ({"stats": lonely()}, "the word 'alone' co-occurs with no word"),
    ],
)
def test_bad_settings(small, options, message):
    arguments = {"stats": small, "d": 10, "steps": 1} | options
    with pytest.raises(W2VError, match=message):
        sgns_embeddings(arguments.pop("stats"), arguments.pop("d"), **arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "plain"}, "weights='plain' is unknown; choose 'constant' or 'word2vec'"),
        ({"weights": np.ones(3)}, r"weights has shape \(3,\)"),
        ({"weights": np.zeros(300)}, "least entry 0; pass 300 numbers above 0"),
        ({"weights": "word2vec", "negative": -1}, "negative=-1; choose"),
        ({"weights": "word2vec", "d": 290}, "positive eigenvalues"),
    ],
)
def test_bad_weights_of_the_closed_form(small, options, message):
    with pytest.raises(W2VError, match=message):
        pca_embeddings(small, **({"d": 10} | options))


def test_a_tiny_sample_is_no_trouble(small):
    assert np.isfinite(sgns_embeddings(small, 5, sample=1e-300, steps=2).vectors).all()


def test_both_vectors_of_a_word_are_kept_and_checked():
    emb = Embeddings(["a", "b"], [[1, 2], [3, 4]], contexts=[[5, 6], [7, 8]])
    np.testing.assert_array_equal(emb.contexts, [[5, 6], [7, 8]])
    with pytest.raises(ValueError, match="read-only"):
        emb.contexts[0] = 0
    assert Embeddings(["a", "b"], [[1, 2], [3, 4]]).contexts is None
    for wrong, message in (
        ([[1], [2]], r"contexts has shape \(2, 1\), vectors \(2, 2\)"),
        ([[1, 2]], "contexts has shape"),
        ([[1, 2], [3, np.nan]], "contexts holds NaN or infinity 1 times"),
    ):
        with pytest.raises(W2VError, match=message):
            Embeddings(["a", "b"], [[1, 2], [3, 4]], contexts=wrong)
