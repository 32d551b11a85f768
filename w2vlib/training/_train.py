"""Training: the settings checked, the model set up, and the loop that records how it learns."""

import os
import time
from collections.abc import Callable, Sequence

import numpy as np

from .._support.errors import W2VError
from .._support.validation import (
    file_path,
    number_from_zero,
    one_of,
    positive_number,
    random_generator,
    shown,
    true_or_false,
    whole_number,
)
from ..corpus import CorpusStatistics
from ..targets import Weights, default_negatives
from ._checkpoint import load_checkpoint, save_checkpoint
from ._history import DivergenceError, History
from ._recorder import Recorder, Recording
from ._settings import (
    fingerprint,
    pairs_and_target,
    pick_device,
    stability_limit,
    starting_vectors,
)

_DIVERGED = 10.0  # times the loss at the start
_CHECKPOINT_EVERY = 60.0  # seconds


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
    negative: float | None = None,
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
    weights, negative, sample
        See :func:`weights_of`. For SGD ``negative`` must be a whole number.
    tied : bool
        One matrix W for words and contexts; else a second one, C. Then each takes half of the
        gradient: from a balanced start, the untied model needs twice the time of the tied one.
    sigma, W0 : float; (V, d), or a pair (W0, C0) for an untied model
        Standard deviation of the entries at the start, or the start itself.
    learning_rate, steps : float, int
        Gradient-flow time is their product, dW/dt = -grad L. For tied weights, "quadratic" and
        "constant" a step is W + (learning_rate / 2) (M* - W W^T) W.
    batch_size : int, optional
        Pairs in a step of SGD, which goes along the mean of their gradients, times sum A. By
        default one pair, as in word2vec, whose alpha is the learning rate where sum A = 1.
    record : int or sequence of int, optional
        How many recordings, evenly spaced (101 by default), or at which steps.
    keep_embeddings : bool or sequence of int, optional
        Keep W at each recording, at none, or at these steps. By default where that is below 268 MB.
    rng : numpy.random.Generator
        Draws the start, and the pairs of SGD. The same rng gives the same numbers.
    dtype : {"float64", "float32"}
        Single precision needs sigma >= 1e-7: below, rounding is a stronger start than sigma.
    device : {"cpu", "cuda"}, optional
        Where gradient descent runs.
    check_edge : bool
        Refuse a learning rate at which gradient descent cannot settle (G = 1 only).
    checkpoint : path, optional
        Written every minute and at the end. Where it exists the run goes on from it, given the same
        settings and rng, freshly seeded, and equals an unbroken run to the last bit. A list of
        steps that names past ones without a recording is refused; for a number of recordings, those
        in the file stand in.
    callback : function of (step, W), optional
        Called at each recording.
    progress : bool, optional
        Show a progress bar. By default where the standard error is a terminal.

    Returns
    -------
    History
        Also after Ctrl-C, as ``stopped`` then says. Where the loss explodes, DivergenceError is
        raised, and its ``history`` holds what was recorded.

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
    from tqdm import tqdm  # only who trains waits for it, and for torch

    from ._gradient_descent import GradientDescent
    from ._losses import LeastSquares, WeightedPairLoss, loss_of, threads_for

    sgns = one_of("loss", loss, ("quadratic", "sgns")) == "sgns"
    sgd = one_of("method", method, ("gradient_descent", "sgd")) == "sgd"
    one_of("dtype", dtype, ("float64", "float32"))
    tied, check_edge = true_or_false("tied", tied), true_or_false("check_edge", check_edge)
    learning_rate = positive_number("learning_rate", learning_rate)
    steps = whole_number("steps", steps, most=1 << 53)
    sample = number_from_zero("sample", sample)
    device = pick_device(device, sgd)
    if batch_size is not None:
        batch_size = whole_number("batch_size", batch_size, most=1 << 28)
        if not sgd:
            raise W2VError(
                f"batch_size={batch_size} belongs to method='sgd'; gradient descent takes all pairs"
            )
    negative = default_negatives(weights) if negative is None else negative
    k = whole_number("negative", negative, most=1 << 16) if sgd else 0
    negative = positive_number("negative", negative)
    if callback is not None and not callable(callback):
        raise W2VError(f"callback={shown(callback)}; pass a function of (step, W)")
    hide_bar = None if progress is None else not true_or_false("progress", progress)

    A, B, M = pairs_and_target(stats, weights, negative, sample, sgns=sgns, sgd=sgd)
    draws = "" if W0 is not None and not sgd else fingerprint(random_generator(rng))
    start = starting_vectors(len(A if M is None else M), d, tied, sigma, W0, rng, dtype)
    recorder = Recorder(record, keep_embeddings, steps, start[0])
    if check_edge and M is not None and not sgd:
        edge, remedy = stability_limit(M, tied)
        if learning_rate >= edge:
            raise W2VError(f"learning_rate={learning_rate:g} cannot settle: {remedy}")
    objective = (
        WeightedPairLoss(A, B, sgns=sgns, tied=tied, dtype=dtype, device=device)
        if M is None
        else LeastSquares(M, dtype, device)
    )
    if sgd:
        from ._sgd import StochasticGradientDescent

        model: GradientDescent | StochasticGradientDescent = StochasticGradientDescent(
            A, B, start, learning_rate, sgns=sgns, negative=k, batch_size=batch_size,
            full_loss=lambda vectors: loss_of(objective, vectors), rng=random_generator(rng),
        )  # fmt: skip
    else:
        model = GradientDescent(objective, start, learning_rate, dtype, device)

    named = weights if isinstance(weights, str) else "custom"
    if checkpoint is not None:
        checkpoint = file_path(checkpoint)
        identity = {
            "V": start[0].shape[0], "d": start[0].shape[1], "loss": loss, "method": method,
            "weights": named if named == weights else fingerprint(*weights), "sample": sample,
            "negative": negative, "tied": tied, "learning_rate": learning_rate,
            "batch_size": batch_size, "dtype": dtype, "statistics": fingerprint(stats),
            "start": f"sigma={float(sigma)}" if W0 is None else fingerprint(*start), "rng": draws,
        }  # fmt: skip
        like = {**model.state(), **recorder.to_arrays()}
        if saved := load_checkpoint(checkpoint, identity, like, steps):
            recorder.restore(saved, checkpoint)
            model.restore(saved)

    def save() -> None:
        if checkpoint is not None:
            save_checkpoint(checkpoint, identity, {**model.state(), **recorder.to_arrays()})

    def history(stopped: str) -> History:
        vectors = model.vectors()
        return recorder.history(
            learning_rate, W=vectors[0], C=None if tied else vectors[1], stopped=stopped,
            words=getattr(stats, "words", None),
            title=f"{loss} loss by {method}, weights {named}, {'tied' if tied else 'untied'}",
        )  # fmt: skip

    def look_at(recording: Recording, W: np.ndarray) -> None:
        bar.set_postfix_str(f"loss {recording.loss:.6g}")
        first = recorder.rows[0].loss
        if not recording.loss <= _DIVERGED * max(first, objective.at_zero):
            remedy = "choose a smaller learning_rate, or a larger batch_size"
            if M is not None and not sgd:
                remedy = stability_limit(M, tied)[1]
            raise DivergenceError(
                f"the loss went from {first:.4g} to {recording.loss:.4g} by step "
                f"{recording.step:,} with learning_rate={learning_rate:g}: {remedy}. What was "
                f"recorded is in error.history",
                history("diverged"),
            )
        if callback is not None:
            callback(recording.step, W)

    bar = tqdm(total=steps, initial=model.step, unit="step", unit_scale=True, disable=hide_bar)
    with bar, threads_for(objective), np.errstate(all="ignore"):  # infinity is looked for
        stopped, saved_at = "", time.monotonic()
        try:
            while True:
                if recorder.is_due(model.step) or not model.is_finite():
                    W = model.vectors()[0]
                    look_at(recorder.add(model.step, model.loss(), W), W)
                if (before := model.step) >= steps:
                    break
                if time.monotonic() - saved_at > _CHECKPOINT_EVERY:
                    save()
                    saved_at = time.monotonic()
                model.advance(min(recorder.next_due(before), steps))
                bar.update(model.step - before)
        except KeyboardInterrupt:
            stopped = f"interrupted at step {model.step:,} of {steps:,}"
    save()
    return history(stopped)
