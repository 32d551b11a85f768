"""word2vec's own loss, minimised from counts: the closed form, then a few scaled gradient steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from .._support.errors import W2VError
from .._support.validation import instance_of, number_from_zero, true_or_false, whole_number
from ..corpus import CorpusStatistics
from ..spectral import pca_embeddings
from ..targets import expected_pairs
from ..vectors import Embeddings
from ._expected_loss import Slopes, expected_loss
from ._expected_on_device import LossOnDevice
from ._settings import pick_device

# Words and contexts move at once, and either alone would do: so a full step is a half.
_FIRST_STEP, _LONGEST_STEP, _GROWTH, _SHORTEST_STEP = 0.3, 1.0, 1.15, 1e-4
_DAMPING = 1e-3  # of the mean curvature, for words and directions that have hardly any


def sgns_embeddings(
    stats: CorpusStatistics,
    d: int,
    *,
    negative: float = 5,
    sample: float = 1e-4,
    ns_exponent: float = 0.75,
    steps: int = 20,
    tolerance: float = 1e-5,
    start: Embeddings | None = None,
    device: str | None = None,
    callback: Callable[[int, float, np.ndarray, np.ndarray], object] | None = None,
    progress: bool | None = None,
) -> Embeddings:
    r"""Word vectors that minimise word2vec's own loss, from counts alone.

    .. math::

        L = \sum_{ij} P_{ij} \log(1 + e^{-x_{ij}}) + Q_{ij} \log(1 + e^{x_{ij}}), \qquad
        x_{ij} = w_i \cdot c_j

    is what word2vec (SGNS) descends on average: P_ij is the probability of a pair after
    subsampling, and Q_ij = k a_i q_j of its k negatives. The start is the weighted closed form of
    :func:`pca_embeddings`. A step costs three products of (V, V) and (V, d), however long the text
    was. Results do not depend on the number of threads, and nothing is drawn at random.

    Parameters
    ----------
    stats : CorpusStatistics
    d : int
        Embedding dimension.
    negative : float
        k, negative examples for each positive one.
    sample : float
        Subsampling threshold; 0 keeps every word.
    ns_exponent : float
        Negatives are drawn in proportion to p_i to this power.
    steps : int
        At most so many; 0 returns the start.
    tolerance : float
        Stop after a step that lowers the loss by less than this share of what all steps and the
        start have lowered it by, counted from vectors of length 0.
    start : Embeddings, optional
        Vectors of these words to begin with, and their contexts; where there are none the vectors
        serve as both. By default the weighted closed form.
    device : {'cpu', 'cuda'}, optional
        "cuda" takes the steps on a GPU, through torch, with the counts in its memory (V x V numbers
        in single precision); the start is made on the CPU. By default all is done there.
    callback : function, optional
        Called with step, loss, W (V, d) and C (V, d) at the start and after each step; return True
        to stop. The arrays are the model's own: copy what you keep.
    progress : bool, optional
        Show a progress bar. By default where the standard error is a terminal.

    Returns
    -------
    Embeddings
        ``vectors`` W and ``contexts`` C, float32.

    Raises
    ------
    W2VError
        d exceeds the positive eigenvalues of the start's matrix, a setting is out of range,
        ``start`` is of other words or another d, a word co-occurs with no other, or there is no
        such device.

    Notes
    -----
    With G = P + Q, the sigmoid s, R = G s(x) - P, H = G s (1 - s), and a, b the sums of the rows
    and columns of H, a step is

    .. math::

        W \leftarrow W - \eta\, \mathrm{diag}(a)^{-1} R\, C\,
        (C^\top \mathrm{diag}(b / \sum b)\, C)^{-1}

    and the same for C: Newton's step, with H replaced by the product of its margins. A step that
    would raise the loss is halved. Scaled gradients for matrices of low rank: Tong, Ma and Chi
    (2021). The same loss from the start of an SVD, by Riemannian steps: Fonarev et al. (2017).

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> emb = sgns_embeddings(load_statistics(500), d=20, steps=5)
    >>> emb.vectors.shape, emb.contexts.shape
    ((500, 20), (500, 20))
    """
    from tqdm import tqdm  # only who trains waits for it

    steps = whole_number("steps", steps, least=0)
    tolerance = number_from_zero("tolerance", tolerance)
    device = pick_device(device, sgd=False)
    hidden = None if progress is None else not true_or_false("progress", progress)
    settings = {"sample": sample, "ns_exponent": ns_exponent}
    pairs = expected_pairs(stats, negative=negative, **settings)
    if start is None:
        W, C = _start(stats, d, pairs.negative, settings)
    else:
        W, C = _given(start, stats, d)
    slopes: Callable[[np.ndarray, np.ndarray], Slopes] = partial(expected_loss, pairs)
    if device != "cpu":
        slopes = LossOnDevice(pairs, device)
    at = slopes(W, C)
    at_zero, size = (1 + pairs.negative) * np.log(2), _FIRST_STEP

    def told_to_stop(step: int) -> bool:
        return callback is not None and callback(step, at.loss, W, C) is True

    stopped = told_to_stop(0)
    with tqdm(total=steps, disable=hidden, desc="word2vec's loss", leave=False) as bar:
        for step in range(1, steps + 1):
            if stopped:
                break
            before = at.loss
            to_W = _scaled(at.to_words, at.rows, C, at.columns)
            to_C = _scaled(at.to_contexts, at.columns, W, at.rows)
            while size > _SHORTEST_STEP:
                new_W, new_C = W - np.float32(size) * to_W, C - np.float32(size) * to_C
                new = slopes(new_W, new_C)
                if new.loss < at.loss:
                    W, C, at = new_W, new_C, new
                    size = min(_GROWTH * size, _LONGEST_STEP)
                    break
                size /= 2
            bar.update()
            bar.set_postfix_str(f"loss {at.loss:.4f}")
            # The callback is asked in any case: it sees every step.
            stopped = told_to_stop(step) or before - at.loss <= tolerance * abs(at_zero - at.loss)
    return Embeddings(stats.words, W, C)


def _given(start: Embeddings, stats: CorpusStatistics, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Return copies of the vectors and contexts to begin with, (V, d) float32."""
    instance_of("start", start, Embeddings, "what pca_embeddings returns")
    if start.words != stats.words or start.vectors.shape[1] != d:
        raise W2VError(
            f"start holds {len(start)} words and d={start.vectors.shape[1]}, the statistics "
            f"{len(stats)} words, and d={d} is asked for; pass vectors of the same words and d"
        )
    contexts = start.vectors if start.contexts is None else start.contexts
    return start.vectors.astype(np.float32), contexts.astype(np.float32)


def _start(
    stats: CorpusStatistics, d: int, negative: float, settings: dict[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted closed form for one negative, and one direction that accounts for k.

    The best score of a pair falls by log k where it has k negatives. As a constant this is one more
    product, of two columns.
    """
    shift = np.log(negative)
    if not shift:
        W = pca_embeddings(stats, d, weights="word2vec", negative=1, **settings).vectors
        return W, W.copy()
    d = whole_number("d", d, least=2, most=len(stats), hint=" (one direction is for the negatives)")
    try:
        start = pca_embeddings(stats, d - 1, weights="word2vec", negative=1, **settings)
    except W2VError as error:
        raise W2VError(f"d={d}, of which one direction is for the negatives: {error}") from error
    column = np.full((len(stats), 1), np.sqrt(abs(shift)), np.float32)
    W = start.vectors
    return np.hstack([W, column]), np.hstack([W, np.float32(-np.sign(shift)) * column])


def _scaled(
    gradient: np.ndarray, curvature: np.ndarray, others: np.ndarray, their_curvature: np.ndarray
) -> np.ndarray:
    """Divide the gradient by the curvature of each word and of each direction of the others."""
    share = (their_curvature / their_curvature.sum()).astype(np.float32)
    gram = ((others.T * share) @ others).astype(float)  # (d, d)
    gram += _DAMPING * np.trace(gram) / len(gram) * np.eye(len(gram))
    step = np.linalg.solve(gram, gradient.T.astype(float)).T
    step /= (curvature + _DAMPING * curvature.mean())[:, None]
    return step.astype(np.float32)
