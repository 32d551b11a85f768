"""The laws of single modes: growth, learning time, effective start, loss, discrete steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import (
    finite_array,
    finite_vector,
    modes_and_start,
    positive_number,
    squared_norm_of,
    start_and_eigenvectors,
    times_from_zero,
)


def mode_strengths(
    t: ArrayLike, eigvals: ArrayLike, start: ArrayLike, *, rates: ArrayLike | None = None
) -> FloatArray:
    r"""Squared singular values of an aligned model, t.shape + (d,): a logistic curve for each mode.

    .. math:: s_k^2(t) = \frac{\lambda_k}{1 + (\lambda_k / s_k^2(0) - 1)\, e^{-\lambda_k t}}

    Sources: Saxe, McClelland and Ganguli (2014); Karkada et al. (2025), arXiv 2502.09863.

    Parameters
    ----------
    t : array_like
        Times, learning rate times steps; 0 or later.
    eigvals : (d,)
        Of any sign: a mode with a negative one dies out, with a zero one it decays like 1/t.
    start : float or (d,)
        :math:`s_k^2(0)`, positive, else W2VError; it may exceed the eigenvalue.
    rates : (d,), optional
        Takes the place of the eigenvalues in the exponent: see :func:`discrete_rates`.

    Examples
    --------
    >>> mode_strengths([0, 5, 50], [4.0, 1.0], start=1e-4).round(4).tolist()
    [[0.0001, 0.0001], [3.9997, 0.0146], [4.0, 1.0]]
    """
    eigvals, start = modes_and_start(eigvals, start)
    rate = eigvals if rates is None else finite_array("rates", rates)
    if rate.shape != eigvals.shape or not np.all(np.sign(rate) == np.sign(eigvals)):
        raise W2VError(
            f"rates has shape {rate.shape}, eigvals {eigvals.shape}; pass one rate for each mode, "
            "of the eigenvalue's sign, such as discrete_rates(eigvals, learning_rate)"
        )
    time = times_from_zero(t)[..., None]
    size = np.abs(rate) * time
    # With both halves of the fraction divided by the larger exponential nothing overflows.
    ratio = np.divide(rate, eigvals, out=np.ones_like(rate), where=eigvals != 0)
    integral = time * exprel(-size) * ratio  # (1 - e^-|x|) / |lambda|
    decay = np.exp(-size)
    grows, dies = start / (decay + start * integral), start * decay / (1 + start * integral)
    return np.asarray(np.where(rate >= 0, grows, dies))


def learning_times(eigvals: ArrayLike, start: ArrayLike) -> FloatArray:
    r"""When each mode is learned: its curve passes half its height, if it starts far below.

    .. math:: \tau_k = \frac{\ln(\lambda_k / s_k^2(0))}{\lambda_k}

    Returns (d,) times for ``eigvals`` (d,), all positive, else W2VError: a model with tied weights
    never learns other modes. ``start`` is :math:`s_k^2(0)`, one number or (d,); where it exceeds
    the eigenvalue the time is negative.

    Source: Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> learning_times([4.0, 1.0], start=1e-4).round(3).tolist()
    [2.649, 9.21]
    """
    eigvals, start = modes_and_start(eigvals, start)
    if (eigvals <= 0).any():
        raise W2VError(
            f"{int((eigvals <= 0).sum())} of the {len(eigvals)} eigenvalues are not positive "
            f"(smallest {eigvals.min():.3g}) and are never learned; pass eigvals[eigvals > 0]"
        )
    return np.asarray(np.log(eigvals / start) / eigvals)


def effective_start(W0: ArrayLike, eigvecs: ArrayLike) -> FloatArray:
    r"""Squared start of each mode, as the logistic law needs it, for a start that is not aligned.

    .. math:: U^T W(0) = L Q, \qquad s_k^2(0) = L_{kk}^2

    with L lower triangular and Q a rotation: L_kk is the part of row k that the modes before k
    leave free. For entries of standard deviation sigma it is about sigma sqrt(d - k + 1).

    Returns (d,) for ``W0`` (V, d) and ``eigvecs`` (V, K), those of the d largest eigenvalues or
    more, the largest first; W2VError for W0 = 0, which never leaves the origin.

    Examples
    --------
    >>> W0 = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0]])
    >>> effective_start(W0, np.eye(3)).round(3).tolist()  # 5^2, and 1^2 less 0.6^2
    [25.0, 0.64]
    """
    W0, eigvecs = start_and_eigenvectors(W0, eigvecs)
    upper = np.linalg.qr((eigvecs[:, : W0.shape[1]].T @ W0).T, mode="r")
    return np.asarray(np.diag(upper) ** 2)


def flow_loss(
    strengths: ArrayLike, eigvals: ArrayLike, *, total: float | None = None
) -> FloatArray:
    r"""Loss of an aligned model, from the strengths of its d modes.

    .. math::

        L = \frac18 \Big[ \sum_{k \le d} (\lambda_k - s_k^2)^2 + \sum_{k > d} \lambda_k^2 \Big]

    Returns (...) for ``strengths`` (..., d), from :func:`mode_strengths`. The first d ``eigvals``
    belong to them; W2VError where there are fewer. ``total`` is :math:`\|M^*\|_F^2`, the sum of
    all squared eigenvalues, learned or not; without it the result is the excess over the smallest
    loss that d dimensions allow.

    Examples
    --------
    >>> flow_loss([[0.0, 0.0], [4.0, 0.0]], [4.0, 1.0, -2.0], total=21.0).tolist()
    [2.625, 0.625]
    """
    strengths = finite_array("strengths", strengths)
    d = strengths.shape[-1] if strengths.ndim else 0
    eigvals = finite_vector("eigvals", eigvals)[:d]
    if len(eigvals) < d or not d:
        raise W2VError(
            f"strengths of shape {strengths.shape} for {len(eigvals)} eigenvalues; the last axis "
            "holds one strength for each mode, and each needs its eigenvalue"
        )
    inside = np.sum((eigvals - strengths) ** 2, axis=-1)
    if total is None:
        return np.asarray(inside - np.sum(np.minimum(eigvals, 0) ** 2)) / 8
    return np.asarray(inside + squared_norm_of("total", total, eigvals) - np.sum(eigvals**2)) / 8


def discrete_rates(eigvals: ArrayLike, learning_rate: float) -> FloatArray:
    r"""Rates at which modes grow under gradient descent: what takes the place of the eigenvalues.

    A step :math:`W \leftarrow W + \frac\eta2 (M^* - W W^T) W` takes the time eta and multiplies a
    small mode's squared strength by :math:`(1 + \eta \lambda / 2)^2`, the flow by
    :math:`e^{\eta\lambda}`:

    .. math:: r_k = \frac{2}{\eta} \ln\Big(1 + \frac{\eta \lambda_k}{2}\Big) < \lambda_k

    Returns (d,) rates for ``eigvals`` (d,); ``learning_rate`` is eta. W2VError where
    1 + eta lambda / 2 is not positive: such a mode jumps through the origin in one step.

    Examples
    --------
    >>> discrete_rates([2.0, 0.0, -1.0], 0.1).round(4).tolist()
    [1.9062, 0.0, -1.0259]
    """
    eigvals = finite_vector("eigvals", eigvals)
    eta = positive_number("learning_rate", learning_rate)
    if 1 + eta * eigvals.min() / 2 <= 0:
        raise W2VError(
            f"learning_rate={eta:.4g} multiplies the mode of eigenvalue {eigvals.min():.4g} by "
            f"{1 + eta * eigvals.min() / 2:.3g} a step; choose less than {-2 / eigvals.min():.4g}"
        )
    return np.asarray(2 * np.log1p(eta * eigvals / 2) / eta)


def stability_edge(eigvals: ArrayLike) -> float:
    r"""Learning rate above which gradient descent leaves the minimum that it should learn.

    .. math:: \eta < \min\Big(\frac{2}{\lambda_1},\ \frac{4}{\lambda_1 - \lambda_V}\Big)

    At W = U_d Lambda_d^{1/2}, a step multiplies a small error within the learned modes j, k by
    :math:`1 - \frac\eta2 (\lambda_j + \lambda_k)` or 1 (a rotation), and one of column j along an
    unlearned mode k by :math:`1 - \frac\eta2 (\lambda_j - \lambda_k)`; sizes below 1 are stable.
    The second bound is the smaller one for M* of a thousand words or more.

    ``eigvals`` are all eigenvalues of M*, or at least the largest and the smallest, in any order.

    Examples
    --------
    >>> stability_edge([4.0, 1.0, -2.0]), stability_edge([4.0, 1.0, -12.0])
    (0.5, 0.25)
    """
    eigvals = finite_vector("eigvals", eigvals)
    top = max(float(eigvals.max()), 0.0)
    spread = top - float(eigvals.min())
    return min(2 / top if top else np.inf, 4 / spread if spread else np.inf)
