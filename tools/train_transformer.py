r"""Train the small transformer of Chapter 14 on real text, and keep its embeddings as it learns.

::

    python tools/train_transformer.py enwiki-part1.txt.xz --held-out enwiki-part2.txt.xz --out run

Two layers, d = 128, four heads, pre-layer-norm, MLP of four times the width, context 64; Adam with
PyTorch's defaults, rate 0.003 after 100 steps of warm-up, falling linearly to zero in the last
fifth; 6,000 steps of 16 windows; one thread; seed 0. Vocabulary: the words that the tests need and
the most frequent ones, 2,500 in all. Other words are removed before the text is cut into windows,
as everywhere in this book. About 12 minutes on one core.

What counts as failure
----------------------
Written before the model was trained. The chapter reports the outcome whichever it is.

1. *The subspace.* Let N = P(now, next) - p p^T from counts of neighbours, and Q the same divided by
   the roots of both words' frequencies. Take E with its frequency-weighted mean removed and each
   row multiplied by the root of its word's frequency, and the ten leading left singular vectors of
   it and of Q. Their overlap (mean squared cosine) is the statistic. Nulls, with the same ten
   directions and basis: Q of independent Poisson counts with the same unigrams and total; Q with
   words exchanged among words of similar frequency (100 bins); and a unigram model: functions of
   frequency alone (ten bins with the same number of words, and ten with the same number of
   tokens). At a checkpoint the forecast fails if the overlap is below 0.3 or less than 0.1 above
   the largest null. The forecast as a whole fails if it does at more than half of the shipped
   checkpoints from step 100 on. N (with E weighted by nothing) and M* (in windows, and of
   neighbours) are shown beside it, whatever they give.
2. *The order.* Over the first 100 singular vectors of Q: rank correlation of their singular values
   with the size of E along them. Fails at a checkpoint if below 0.5 or below the null with words
   exchanged.
3. *Steering.* Push at the noun with the mean difference of the other pairs (she minus he); measure
   the change of log p(she) - log p(he) behind it, averaged over ``TEMPLATES``. Fails if the 95 %
   bootstrap interval of the mean over nouns (of pairs and of roles, each) does not lie above the
   95th percentile of the size of the same mean for 200 random vectors of the embeddings'
   covariance and the same length, or not above the largest of the topics' and the other
   relations' pushes of the same length, either sign. First, the model itself must tell the nouns
   apart: if log p(she) - log p(he) is not higher behind the woman of a pair than behind the man in
   three quarters of the pairs, the model is too weak for the question, and that is what is said.
4. *Months and numbers.* Gram matrix of the centred vectors of 12 months (rows of length 1), and its
   correlation, off the diagonal, with cos(2 pi (i - j) / 12); for the ordered numbers and ordinals
   the rank correlation of the first principal coordinate with the order. A ring (a line) fails if
   the statistic is not above 95 % of sets of random words of the same frequencies, and above 95 %
   of random orders of the same words.

Added after the first run, in which Q failed and the M* of neighbours did not, and before the second
one (seed 1, 3,000 steps, on the third part of the text) was looked at:

5. *M\* again.* Overlap of the ten leading left singular vectors of M* (next word) and of E, mean
   row removed. It is confirmed if at steps 1,000, 2,000 and 3,000 of the second run the overlap is
   at least 0.2 and at least ten times the largest null, and grows from each to the next.
"""

from __future__ import annotations

import argparse
import lzma
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from w2vbook.transformer import (
    MONTHS,
    NUMBERS,
    ORDINALS,
    OTHERS,
    PAIRS,
    ROLES,
    TEMPLATES,
    TOPICS,
    Transformer,
)  # fmt: skip

V, CONTEXT, BATCH, RATE, WARM_UP = 2500, 64, 16, 3e-3, 100
KEPT = (10, 20, 30, 50, 100, 200, 300, 500, 1000, 1500, 2000, 3000, 4000, 5000, 6000)
SHIPPED = (10, 30, 100, 300, 1000, 2000, 4000, 6000)  # of these, the book keeps E
SECOND = (1000, 2000, 3000)  # and of the second run
SMOOTHING = 200  # words of unigram text that are added to each word's successors


def needed() -> list[str]:
    """Words of the chapter's tests."""
    groups: list[Sequence[str]] = [*PAIRS, ROLES, MONTHS, NUMBERS, ORDINALS, *TOPICS.values()]
    groups += [pair for family in OTHERS.values() for pair in family]
    groups.append(" ".join(TEMPLATES).replace("NOUN", "he she his her him").split())
    return list(dict.fromkeys(word for group in groups for word in group))


def read(path: Path, most: int | None = None) -> list[list[str]]:
    """Read the words of each article."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [line.split() for line, _ in zip(lines, range(most or 10**9), strict=False)]


def encode(articles: list[list[str]], index: dict[str, int]) -> list[np.ndarray]:
    """Give each article as numbers of words, without words outside the vocabulary."""
    return [
        np.array([index[word] for word in article if word in index], np.int16)
        for article in articles
    ]


def next_counts(articles: list[np.ndarray]) -> np.ndarray:
    """Count how often word j comes right after word i in an article, (V, V)."""
    table = np.zeros(V * V, np.int64)
    for ids in articles:
        pairs = V * ids[:-1].astype(np.int64) + ids[1:]
        np.add.at(table, pairs, 1)
    return table.reshape(V, V)


def windows(stream: torch.Tensor, step: int, seed: int, n: int = BATCH) -> torch.Tensor:
    """Cut the windows (n, CONTEXT + 1) of a step, a function of step and seed alone."""
    draw = torch.Generator().manual_seed(1_000_003 * seed + step)
    starts = torch.randint(len(stream) - CONTEXT, (n,), generator=draw)
    return stream[starts[:, None] + torch.arange(CONTEXT + 1)].long()


def loss_of(model: Transformer, x: torch.Tensor) -> torch.Tensor:
    """Return the mean loss in nats per word."""
    return cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())


def rate_at(step: int, steps: int) -> float:
    """Return the rate: warm-up, constant, then down to zero in the last fifth."""
    return RATE * min(1.0, (step + 1) / WARM_UP, (steps - step) / (steps / 5))


def train(
    stream: torch.Tensor, test: torch.Tensor, p: np.ndarray, out: Path, steps: int, seed: int
) -> None:
    """Train, and write E and U at the steps KEPT, the model now and then, and a log."""
    torch.manual_seed(seed)
    model = Transformer(torch.tensor(p, dtype=torch.float32), context=CONTEXT)
    adam, first, state = torch.optim.Adam(model.parameters()), 0, out / "state.pt"
    if state.exists():  # go on where a run was cut off
        saved = torch.load(state)
        model.load_state_dict(saved["model"])
        adam.load_state_dict(saved["adam"])
        first = saved["step"]
    held_out = windows(test, 0, 12345, 200)
    for step in range(first, steps + 1):
        if step in KEPT or step == steps:
            pair = {name: getattr(model, name).detach().numpy() for name in ("E", "U")}
            np.savez(out / f"step{step:05}.npz", **pair)
        if step % 250 == 0 or step in KEPT:
            with torch.no_grad():
                found = loss_of(model, held_out).item()
            line = f"{step} {found:.4f} {time.process_time():.0f}"
            with (out / "log.txt").open("a") as log:
                print(line, file=log)
            saved = {"model": model.state_dict(), "adam": adam.state_dict(), "step": step}
            torch.save(saved, state)
        if step == steps:
            break
        for group in adam.param_groups:
            group["lr"] = rate_at(step, steps)
        loss = loss_of(model, windows(stream, step, seed))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()


def packed_counts(run: Path) -> dict[str, Any]:
    """Return the words and counts of a run, the counts of neighbours by their bytes."""
    with np.load(run / "counts.npz") as data:
        words, unigrams, counts = (data[name] for name in ("words", "unigrams", "counts"))
    assert counts.max() < 1 << 24
    planes = {f"next_counts_byte{k}": (counts >> 8 * k & 255).astype(np.uint8) for k in range(3)}
    return {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "unigrams": unigrams,
    } | planes


def kept(run: Path, steps: Sequence[int]) -> np.ndarray:
    """Return the embeddings after some steps, in half precision."""
    return np.array([np.load(run / f"step{step:05}.npz")["E"] for step in steps], np.float16)


def pack(run: Path, folder: Path) -> None:
    """Write what the book needs of a run: counts, embeddings at SHIPPED, the model at the end."""
    np.savez_compressed(folder / "transformer_counts.npz", **packed_counts(run))
    with np.load(run / "counts.npz") as data:
        unigrams, counts, pairs = (data[name] for name in ("unigrams", "counts", "held_out"))
    p = unigrams / unigrams.sum()
    smooth = (counts + SMOOTHING * p) / (counts.sum(axis=1, keepdims=True) + SMOOTHING)
    log = np.loadtxt(run / "log.txt")
    np.savez_compressed(
        folder / "transformer_embeddings.npz", E=kept(run, SHIPPED), steps=np.array(SHIPPED),
        losses=log[:, :2], unigram_loss=-np.sum(pairs * np.log(p)) / pairs.sum(),
        bigram_loss=-np.sum(pairs * np.log(smooth)) / pairs.sum(),
    )  # fmt: skip
    state = torch.load(run / "state.pt")["model"]
    half = {name: value.numpy().astype(np.float16) for name, value in state.items() if name != "E"}
    np.savez_compressed(folder / "transformer_model.npz", **half)


def pack_second(run: Path, folder: Path) -> None:
    """Write what a test needs of the second run: counts, and embeddings at SECOND."""
    arrays: dict[str, Any] = packed_counts(run) | {
        "E": kept(run, SECOND),
        "steps": np.array(SECOND),
    }
    np.savez_compressed(folder / "transformer_second.npz", **arrays)


def main() -> None:
    """Read the texts, count, and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pack", type=Path, help="then write the book's files to this folder")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    articles = read(options.text)
    frequency = Counter(word for article in articles for word in article)
    chosen = {word: frequency[word] for word in needed()}
    for word, _ in frequency.most_common():
        if len(chosen) == V:
            break
        chosen.setdefault(word, frequency[word])
    words = sorted(chosen, key=lambda word: -frequency[word])
    index = {word: i for i, word in enumerate(words)}
    train_ids = encode(articles, index)
    del articles
    test_ids = encode(read(options.held_out, 500), index)
    stream = torch.from_numpy(np.concatenate(train_ids))
    test = torch.from_numpy(np.concatenate(test_ids))
    counts = next_counts(train_ids)
    unigrams = np.bincount(stream.numpy(), minlength=V)
    held_out_pairs = next_counts(test_ids)
    np.savez(
        options.out / "counts.npz", words=np.array(words), unigrams=unigrams, counts=counts,
        held_out=held_out_pairs,
    )  # fmt: skip
    print(f"{len(stream):,} words of {V:,} to learn from, {len(test):,} held out", flush=True)
    train(stream, test, unigrams / unigrams.sum(), options.out, options.steps, options.seed)
    if options.pack:
        (pack_second if options.seed else pack)(options.out, options.pack)


if __name__ == "__main__":
    main()
