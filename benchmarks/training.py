"""Training: pairs per second of SGD beside gensim's word2vec, and steps of gradient descent.

Both see 5 negatives for each pair of centre and context, d = 100, one thread, single precision, and
both are timed without what comes before the learning (gensim's vocabulary, our tables of
probabilities, which are printed on their own line). CPU seconds are counted, not those of the
clock: so a busy machine disturbs the ratio less.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import time

import numpy as np
import torch
from gensim.models import Word2Vec

import w2vlib
from w2vlib import train, weights_of
from w2vlib.training._sgd import StochasticGradientDescent

D, K, ROUNDS = 100, 5, 5
RATE = 0.025  # word2vec's


def cpu(function, *arguments):
    """Return CPU seconds of this process, all its threads together, and the result."""
    start = time.process_time()
    result = function(*arguments)
    return time.process_time() - start, result


def gensim_model(stats, n_sentences=300, length=1000, window=5):
    """Peer: a text drawn from the unigram probabilities, and a model that knows its words."""
    draws = np.random.default_rng(0).choice(len(stats), (n_sentences, length), p=stats.p_i)
    words = np.array(stats.words)
    sentences = [list(words[row]) for row in draws]
    model = Word2Vec(
        vector_size=D, sg=1, negative=K, window=window, shrink_windows=False, sample=0,
        min_count=1, workers=1, alpha=RATE, min_alpha=RATE, seed=0,
    )  # fmt: skip
    model.build_vocab(sentences)
    n_pairs = n_sentences * (2 * window * length - window * (window + 1))
    return lambda: model.train(sentences, total_examples=n_sentences, epochs=1), n_pairs


def our_model(stats, dtype, batch_size=None):
    """Set up word2vec's own updates on the pairs of the statistics."""
    rng = np.random.default_rng(0)
    A, B = weights_of(stats, "word2vec", negative=K)
    start = [rng.uniform(-0.5 / D, 0.5 / D, (len(stats), D)).astype(dtype) for _ in range(2)]
    return StochasticGradientDescent(
        A, B, start, RATE, sgns=True, negative=K, batch_size=batch_size,
        full_loss=lambda vectors: 0.0, rng=rng,
    )  # fmt: skip


def forward(model, steps):
    """Take that many steps."""
    end = model.step + steps
    while model.step < end:
        model.advance(end)


def sgd_against_gensim():
    stats = w2vlib.load_statistics()
    theirs, n_theirs = gensim_model(stats)
    our_model(stats.truncate(100), "float32")  # compiles
    seconds, ours = cpu(our_model, stats, "float32")
    print(f"tables of probabilities, V = {len(stats):,}: {seconds:.1f} s")
    models = {
        "float32": (ours, 1),
        "float64": (our_model(stats, "float64"), 1),
        "float32, batches of 1,000": (our_model(stats, "float32", 1000), 1000),
    }
    n_ours = 2_000_000
    times = {name: [] for name in ("gensim", *models)}
    for _ in range(ROUNDS):
        times["gensim"].append(cpu(theirs)[0] / n_theirs)
        for name, (model, size) in models.items():
            forward(model, 10)
            times[name].append(cpu(forward, model, n_ours // size)[0] / n_ours)
    for name, values in times.items():
        print(
            f"{name:26} {1e-6 / np.median(values):5.2f} million pairs/s (best "
            f"{1e-6 / min(values):5.2f}), "
            f"{np.median(np.array(times['gensim']) / values):5.2f} times gensim's"
        )


def gradient_descent():
    """Time steps of gradient descent, beside the one product with M* that each needs."""
    V, d, steps = 2000, 64, 533
    stats = w2vlib.load_statistics(V)
    M, W = w2vlib.m_star(stats), np.zeros((d, V))
    for loss, n in (("quadratic", steps), ("sgns", steps // 10)):
        options = {"loss": loss, "learning_rate": 2e-4, "record": [0, n], "sigma": 1e-6}
        train(stats, d, steps=2, rng=np.random.default_rng(0), **options | {"record": [0]})
        products = [cpu(lambda: W @ M)[0] for _ in range(20)]
        before = time.perf_counter()
        seconds, history = cpu(
            lambda n=n, options=options: train(
                stats, d, steps=n, rng=np.random.default_rng(0), **options
            )
        )
        clock = time.perf_counter() - before
        print(
            f"V = {V:,}, d = {d}, {loss}: {n} steps in {seconds:.2f} CPU s ({clock:.2f} s by the "
            f"clock), {seconds / n * 1e3:.1f} ms a step = {seconds / n / np.median(products):.2f} "
            f"products with M*; loss {history.loss[0]:.6g} -> {history.loss[-1]:.6g}"
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    sgd_against_gensim()
    gradient_descent()
