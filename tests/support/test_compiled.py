"""Without Numba the kernels run as Python and give what the compiled ones give."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
if {missing}:
    sys.modules["numba"] = sys.modules["llvmlite"] = None
import numpy as np, w2vlib
text = ["the cat saw the dog and the dog saw a cat", "a cat and a dog saw the sea"] * 3
stats = w2vlib.count_cooccurrences(text, vocab_size=5, window=3)
print(stats.words, stats.word_counts.tolist(), stats.pair_counts.tolist())
settings = {{"method": "sgd", "learning_rate": 0.05, "steps": 60, "dtype": "float64", "record": 2}}
for loss in ("quadratic", "sgns"):
    for batch in (None, 4):
        rng = np.random.default_rng(0)
        run = w2vlib.train(stats, 2, loss=loss, batch_size=batch, tied=False, rng=rng, **settings)
        print(loss, batch, run.W.round(12).tolist())
vectors = w2vlib.sgns_embeddings(stats, 2).vectors
print((vectors @ vectors.T).round(3).tolist())
"""


@pytest.mark.slow
def test_kernels_without_numba_give_the_same_numbers() -> None:
    printed = []
    for missing in (True, False):
        command = [sys.executable, "-c", SCRIPT.format(missing=missing)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    assert "sgns 4 [[" in printed[0]
