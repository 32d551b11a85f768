"""The same vectors by optimisation: gradient descent and sampled SGD, quadratic loss and SGNS."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._support.errors import W2VError
from .._support.validation import (
    largest_asymmetry,
    one_of,
    positive_number,
    random_generator,
    symmetric_matrix,
    whole_number,
)
from ..corpus import CorpusStatistics
from ..targets import Weights, default_negatives, m_star, weights_of
from ._checkpoint import load_checkpoint, save_checkpoint
from ._history import DivergenceError, History, Recorder
from ._settings import (
    edge_and_remedy,
    fingerprint,
    pick_device,
    recordings,
    start_of,
)

_EXPLODED = 10.0  # times the loss at the start
_CHECKPOINT_EVERY = 60.0  # seconds
_KEEP_UP_TO = 1 << 28  # bytes of embeddings that are kept unasked


def train(
    stats: CorpusStatistics | np.ndarray,
    d: int,
    *,
    loss: str = "quadratic",
    method: str = "gradient_descent",
    weights: Weights = "constant",
    tied: bool = True,
    sigma: float = 1e-6,
    W0: np.ndarray | tuple[np.ndarray, np.ndarray] | None = None,
    learning_rate: float,
    steps: int,
    batch_size: int | None = None,
    negatives: float | None = None,
    sample: float = 1e-3,
    record: int | Sequence[int] | None = None,
    keep_embeddings: bool | Sequence[int] | None = None,
    rng: np.random.Generator | None = None,
    dtype: str = "float64",
    device: str | None = None,
    check_edge: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    callback: Callable[[int, np.ndarray], object] | None = None,
    progress: bool | None = None,
) -> History:
    r"""Train word vectors by gradient descent from a small random start, and record how they grow.

    .. math::

        L = \sum_{ij} A_{ij} f(-x_{ij}) + B_{ij} f(x_{ij}), \qquad
        x_{ij} = w_i \cdot w_j \text{ (tied) or } w_i \cdot c_j

    with f(x) = log(1 + e^x) for "sgns" and its parabola log 2 + x/2 + x^2/8 for "quadratic", where
    L = const + 1/8 sum G (x - M*)^2; A, B, G and M* as in :func:`weights_of`.

    Parameters
    ----------
    stats : CorpusStatistics, or (V, V) symmetric
        A matrix stands for M* with G = 1; then the loss must be quadratic.
    d : int
        Embedding dimension.
    loss : {"quadratic", "sgns"}
    method : {"gradient_descent", "sgd"}
        All pairs in each step, or a few that are drawn: pairs in proportion to A, with k negatives
        for the same centre, weighted so that the mean step is the step of gradient descent.
    weights : {"constant", "word2vec", "plain"} or (psi_plus, psi_minus)
        See :func:`weights_of`.
    tied : bool
        One matrix W for words and contexts; else a second one, C. Then each takes half of the
        gradient: from a balanced start, the untied model needs twice the time of the tied one.
    sigma : float
        Standard deviation of the entries at the start.
    W0 : (V, d), or a pair (W0, C0) for an untied model
        The start itself, in place of ``sigma``.
    learning_rate, steps : float, int
        Gradient-flow time is their product, dW/dt = -grad L. For tied weights, "quadratic" and
        "constant" a step is W + (learning_rate / 2) (M* - W W^T) W.
    batch_size : int, optional
        Pairs in a step of SGD, which goes along the mean of their gradients, times sum A. By
        default a step is one pair, as in word2vec; where sum A = 1 ("word2vec", "plain") the
        learning rate is then word2vec's alpha.
    negatives, sample : float
        See :func:`weights_of`. SGD draws ``negatives`` for each pair, which must be a whole number.
    record : int or sequence of int, optional
        How many recordings, evenly spaced (101 by default), or at which steps.
    keep_embeddings : bool or sequence of int, optional
        Keep W at each recording, at none, or at these steps. By default where that is below 268 MB.
    rng : numpy.random.Generator
        Draws the start, and the pairs of SGD. The same rng gives the same numbers.
    dtype : {"float64", "float32"}
        Single precision needs sigma >= 1e-7: below, rounding is a stronger start than sigma.
    device : str, optional
        Where gradient descent runs: "cpu" by default, or "cuda".
    check_edge : bool
        Refuse a learning rate at which gradient descent cannot settle (G = 1 only).
    checkpoint : path, optional
        Written every minute and at the end. Where it exists the run goes on from it, and gives
        what it would have given without a break, to the last bit.
    callback : function of (step, W), optional
        Called at each recording.
    progress : bool, optional
        Show a progress bar. By default where the standard error is a terminal.

    Returns
    -------
    History
        Also after Ctrl-C: then ``stopped`` says so, and all that was recorded is there.

    Raises
    ------
    DivergenceError
        The loss exploded; ``error.history`` holds what was recorded.
    W2VError
        Bad input; the message says the remedy.

    References
    ----------
    Karkada, Simon, Bahri and DeWeese (2025), arXiv 2502.09863; Mikolov et al. (2013).

    Examples
    --------
    >>> M = np.diag([4.0, 1.0, -2.0])
    >>> history = train(M, 2, learning_rate=0.05, steps=1200, rng=np.random.default_rng(0))
    >>> (history.singular_values[-1] ** 2).round(6).tolist(), history.times[-1].item()
    ([4.0, 1.0], 60.0)
    """
    try:
        from tqdm import tqdm

        from ._descent import EvenSquares, GradientDescent, WeightedPairs, loss_of  # imports torch
    except ImportError as error:
        raise W2VError(f"training needs torch ({error}); run: pip install torch") from error

    for name, value, choices in (
        ("loss", loss, ("quadratic", "sgns")),
        ("method", method, ("gradient_descent", "sgd")),
        ("dtype", dtype, ("float64", "float32")),
    ):
        one_of(name, value, choices)
    learning_rate = positive_number("learning_rate", learning_rate)
    whole_number("steps", steps)
    sgns, sgd = loss == "sgns", method == "sgd"
    where = pick_device(device, sgd)
    if batch_size is not None:
        whole_number("batch_size", batch_size)
        if not sgd:
            raise W2VError(
                f"batch_size={batch_size} belongs to method='sgd'; gradient descent takes all pairs"
            )
    if negatives is None:
        negatives = default_negatives(weights)
    A, B, M = _pairs_and_target(stats, weights, negatives, sample, sgns, sgd)
    start = start_of(len(A if M is None else M), d, tied, sigma, W0, rng, dtype)
    due = recordings("record", 101 if record is None else record, steps)
    if keep_embeddings is None:
        keep_embeddings = len(due) * start[0].nbytes <= _KEEP_UP_TO
    if isinstance(keep_embeddings, bool):
        kept = due if keep_embeddings else due[:0]
    else:
        kept = recordings("keep_embeddings", keep_embeddings, steps)
    if check_edge and M is not None and not sgd:
        edge, message = edge_and_remedy(M, tied)
        if learning_rate >= edge:
            raise W2VError(f"learning_rate={learning_rate:g} cannot settle: {message}")

    objective = (
        WeightedPairs(A, B, sgns=sgns, tied=tied, dtype=dtype, device=where)
        if M is None
        else EvenSquares(M, dtype, where)
    )
    model: Any
    if sgd:
        from ._sampling import Sgd

        whole_number("negatives", negatives)
        model = Sgd(
            A, B, start, learning_rate, sgns=sgns, negatives=int(negatives), batch_size=batch_size,
            full_loss=lambda vectors: loss_of(objective, vectors), rng=random_generator(rng),
        )  # fmt: skip
    else:
        model = GradientDescent(objective, start, learning_rate, dtype, where)
    recorder = Recorder(due, kept, start[0].shape)
    name = weights if isinstance(weights, str) else "custom"
    if checkpoint is not None:
        identity = {
            "V": start[0].shape[0], "d": start[0].shape[1], "loss": loss, "method": method,
            "weights": name if name == weights else fingerprint(*weights), "sample": float(sample),
            "negatives": float(negatives), "tied": bool(tied), "learning_rate": learning_rate,
            "batch_size": batch_size and int(batch_size), "dtype": dtype,
            "statistics": fingerprint(stats),
            "start": f"sigma={float(sigma)}" if W0 is None else fingerprint(*start),
        }  # fmt: skip
        if saved := load_checkpoint(checkpoint, identity, steps):
            model.restore(saved)
            recorder.restore(saved)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(checkpoint, identity, {**model.state(), **recorder.to_arrays()})

    def history(stopped: str = "") -> History:
        vectors = model.vectors()
        return recorder.history(
            learning_rate, W=vectors[0], C=vectors[1] if len(vectors) == 2 else None,
            stopped=stopped, words=getattr(stats, "words", None),
            title=f"{loss} loss by {method}, weights {name}, {'tied' if tied else 'untied'}",
        )  # fmt: skip

    stopped, saved_at = "", time.monotonic()
    hide = None if progress is None else not progress
    bar = tqdm(total=steps, initial=model.step, unit="step", unit_scale=True, disable=hide)
    with bar, np.errstate(all="ignore"):  # infinity is looked for, below
        try:
            while True:
                if recorder.is_due(model.step) or not model.is_finite():
                    W = model.vectors()[0]
                    recorder.add(model.step, model.loss(), W)
                    now = recorder.rows[-1][1]
                    bar.set_postfix_str(f"loss {now:.6g}")
                    if not now <= _EXPLODED * max(recorder.rows[0][1], objective.at_zero):
                        remedy = "choose a smaller learning_rate, or a larger batch_size"
                        if M is not None and not sgd:
                            remedy = edge_and_remedy(M, tied)[1]
                        raise DivergenceError(
                            f"the loss went from {recorder.rows[0][1]:.4g} to {now:.4g} by step "
                            f"{model.step:,} with learning_rate={learning_rate:g}: {remedy}. What "
                            f"was recorded is in error.history",
                            history("diverged"),
                        )
                    if callback is not None:
                        callback(model.step, W)
                if model.step >= steps:
                    break
                if time.monotonic() - saved_at > _CHECKPOINT_EVERY:
                    save()
                    saved_at = time.monotonic()
                before = model.step
                model.advance(min(recorder.next_due(before), steps))
                bar.update(model.step - before)
        except KeyboardInterrupt:
            stopped = f"interrupted at step {model.step:,} of {steps:,}"
    save()
    return history(stopped)


def _pairs_and_target(
    stats: CorpusStatistics | np.ndarray,
    weights: Weights,
    negatives: float,
    sample: float,
    sgns: bool,
    sgd: bool,
) -> tuple[Any, Any, np.ndarray | None]:
    """Return A and B, where they are needed, and M* where G = 1 makes the loss even squares."""
    if not isinstance(stats, CorpusStatistics):
        if not isinstance(stats, np.ndarray):
            raise W2VError(f"stats is {type(stats).__name__}; pass CorpusStatistics, or M* (V, V)")
        constant = isinstance(weights, str) and weights == "constant" and negatives == 1
        if sgns or sgd or not constant:
            raise W2VError(
                "a matrix M* is enough only for loss='quadratic', method='gradient_descent' and "
                "weights='constant' without negatives; pass CorpusStatistics for anything else"
            )
        matrix, exponent = symmetric_matrix(stats)
        return None, None, np.ldexp(matrix.astype(np.float64, copy=False), exponent)
    constant = isinstance(weights, str) and weights == "constant" and negatives == 1
    if constant and not (sgns or sgd):
        return None, None, m_star(stats)
    A, B = weights_of(stats, weights, negatives=negatives, sample=sample)
    M = None
    if not sgns and np.allclose(A + B, 1, rtol=0, atol=1e-12) and not largest_asymmetry(A):
        M = 2 * (A - B)
    return (A, B, M) if M is None or sgd else (None, None, M)
