"""The law of eigenvalues of pure noise, and its fit to a bulk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._support.errors import W2VError
from .._support.validation import finite_vector, positive_number, real_array, whole_number

_ZERO = 1e-9  # an eigenvalue below this part of the largest is zero up to rounding
_MOST_ROWS = 10**7
_GRID = 4097  # points of the integral over the density: the error is below 1e-6


@dataclass(frozen=True)
class MarchenkoPastur:
    """A Marchenko-Pastur law for the eigenvalues of X X^T, with X of ``rows`` x ``dimension``.

    ``variance`` is that of X's entries, ``dimension`` the effective number of columns, which need
    not be whole, ``rows`` the number of eigenvalues, zeros among them, and ``ks`` the largest
    distance, from 0 to 1, of the law's distribution function from that of the eigenvalues it was
    fitted to.
    """

    variance: float
    dimension: float
    rows: int
    ks: float

    def __post_init__(self) -> None:
        positive_number("variance", self.variance)
        positive_number("dimension", self.dimension)
        whole_number("rows", self.rows, most=_MOST_ROWS)

    @property
    def edges(self) -> tuple[float, float]:
        r"""Ends of the bulk, :math:`v (\sqrt n \mp \sqrt N)^2` for N rows and n columns."""
        root_n, root_rows = np.sqrt(float(self.dimension)), np.sqrt(self.rows)
        lower, upper = self.variance * (np.array([-1, 1]) * root_rows + root_n) ** 2
        return float(lower), float(upper)

    @property
    def mass_at_zero(self) -> float:
        """Share of eigenvalues that are exactly zero, where the rows outnumber the columns."""
        return max(0.0, 1 - self.dimension / self.rows)

    def density(self, x: ArrayLike) -> NDArray[np.float64]:
        r"""Density of the non-zero eigenvalues; it integrates to 1 minus :attr:`mass_at_zero`.

        .. math:: \frac{\sqrt{(\lambda_+ - x)(x - \lambda_-)}}{2 \pi N v x}
        """
        x = real_array("x", x)
        lower, upper = self.edges
        inside = (x > lower) & (x < upper)
        safe = np.where(inside, x, upper)
        root = np.sqrt((upper - safe) * (safe - lower))
        height = root / (2 * np.pi * self.rows * self.variance * safe)
        return np.asarray(np.where(inside, height, 0))

    def cdf(self, x: ArrayLike) -> NDArray[np.float64]:
        """Share of eigenvalues up to x, by integrating the density."""
        x = real_array("x", x)
        lower, upper = self.edges
        centre, half = (upper + lower) / 2, (upper - lower) / 2
        # With x = centre - half cos(angle) the square roots at the edges are smooth.
        angle = np.linspace(0, np.pi, _GRID)
        points = centre - half * np.cos(angle)
        height = self.density(points) * half * np.sin(angle)
        if lower <= _ZERO * upper:  # N = n: the density is infinite at 0, the integrand is not
            height[0] = height[1]
        steps = (height[1:] + height[:-1]) / 2 * (angle[1] - angle[0])
        area = np.concatenate([[0.0], np.cumsum(steps)])
        area *= (1 - self.mass_at_zero) / area[-1]
        inside = np.interp(x, points, area)
        return np.asarray(np.where(x < 0, 0.0, self.mass_at_zero + inside))


def marchenko_pastur_fit(eigvals: ArrayLike, n: int | None = None) -> MarchenkoPastur:
    r"""Fit the Marchenko-Pastur law to a bulk of eigenvalues, by two moments.

    With :math:`q = \sum_n \lambda_n^2 / (\sum_n \lambda_n)^2` over N eigenvalues,

    .. math::

        \hat n = \frac{N + 1 - 2q}{N q - 1}, \qquad
        \hat v = \frac{\sum_n \lambda_n}{N \hat n}

    Parameters
    ----------
    eigvals : (m,)
        The bulk: eigenvalues of R R^T, spikes left out. W2VError for fewer than three, for NaN or
        negative ones, and where all are equal, which fits no finite dimension.
    n : int, optional
        N, the number of eigenvalues with the zeros that ``eigvals`` leaves out; by default m. For
        N0 pairs and one spike it is N0 - 1: what is left when one direction is projected off.

    Notes
    -----
    The sample's :math:`\sum \lambda^2` and :math:`(\sum \lambda)^2` are set equal to their exact
    means for a Gaussian X of N x n entries with variance v, :math:`N n (N + n + 1) v^2` and
    :math:`N n (N n + 2) v^2`. If the rows have covariance C instead, the means are the same
    functions of :math:`v = \mathrm{tr}\, C / n` and :math:`n = (\mathrm{tr}\, C)^2 /
    \mathrm{tr}\, C^2`, the participation ratio of C's eigenvalues. The shape of the law is then an
    approximation, and ``ks`` says how good. Sources: Marchenko and Pastur (1967); Karkada et al.
    (2025), arXiv 2502.09863, who fit an effective dimension to the bulk of word pairs.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(scale=2.0, size=(100, 300))
    >>> fit = marchenko_pastur_fit(np.linalg.svd(X, compute_uv=False) ** 2)
    >>> round(fit.dimension, -1), round(fit.variance, 1), bool(fit.ks < 0.05)
    (300.0, 3.9, True)
    """
    values = finite_vector("eigvals", eigvals)
    if len(values) < 3:
        raise W2VError(f"eigvals has shape {values.shape}; a fit needs at least 3 of them")
    top = float(values.max())
    if top <= 0 or values.min() < -_ZERO * top:
        raise W2VError(
            f"the eigenvalues run from {values.min():.3g} to {top:.3g}; those of R R^T are not "
            "negative, and not all zero"
        )
    rows, hint = len(values), ": n counts all eigenvalues, zeros included"
    if n is not None:
        rows = whole_number("n", n, least=rows, most=_MOST_ROWS, hint=hint)
    q = float(np.sum(values**2) / values.sum() ** 2)
    if rows * q - 1 < 1e-9:
        raise W2VError(
            f"the {len(values)} eigenvalues are all equal, about {top:.3g}; no finite dimension "
            "fits: a bulk of noise is spread out"
        )
    dimension = (rows + 1 - 2 * q) / (rows * q - 1)
    law = MarchenkoPastur(float(values.sum() / (rows * dimension)), dimension, rows, ks=np.nan)
    return MarchenkoPastur(law.variance, dimension, rows, ks=_ks_distance(law, values))


def _ks_distance(law: MarchenkoPastur, values: NDArray[np.float64]) -> float:
    """Return the largest gap of two distribution functions, with jumps at zero on both sides."""
    x = np.sort(np.where(values > _ZERO * values.max(), values, 0.0))
    x = np.concatenate([np.zeros(law.rows - len(x)), x])
    at = law.cdf(x)
    before = np.where(x > 0, at, 0.0)  # the law's only jump is at zero
    up_to = np.searchsorted(x, x, side="right") / law.rows
    below = np.searchsorted(x, x, side="left") / law.rows
    return float(max(np.abs(up_to - at).max(), np.abs(below - before).max()))
