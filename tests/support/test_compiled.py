"""Without Numba the kernels run as Python and give what the compiled ones give."""

import json
import subprocess
import sys

import numpy as np
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
print((vectors @ vectors.T).tolist())
"""


@pytest.mark.slow
def test_kernels_without_numba_give_the_same_numbers() -> None:
    printed = []
    for missing in (True, False):
        command = [sys.executable, "-c", SCRIPT.format(missing=missing)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        printed.append(done.stdout)
    *numbers, products = zip(*(text.splitlines() for text in printed), strict=True)
    assert numbers[-1][0].startswith("sgns 4 [[")
    for python, compiled in numbers:
        assert python == compiled
    # Steps in float32 end where the loss is flat, to within what their roundings leave open.
    assert np.allclose(*map(json.loads, products), atol=0.01)
