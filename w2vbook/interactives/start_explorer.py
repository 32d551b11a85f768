"""Chapter 7: a random start, and how it comes into line with the eigenvectors of M*."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets
from scipy.optimize import brentq

from w2vlib import (
    CorpusStatistics,
    ExactFlow,
    W2VError,
    effective_start,
    learning_times,
    m_star,
    mode_strengths,
    top_eigenpairs,
)
from w2vlib._support.validation import number_between, whole_number

from ._base import SIGMAS, Interactive
from ._chance import normal, uniforms
from ._tables import TIMES, Shown, Table, numbered

MOST_DIMENSIONS = 6
NEGATIVE = 6


class StartExplorer(Interactive):
    r"""Draw a random start, and compare two forecasts of its learning with the exact solution.

    In the basis of the eigenvectors the start is an n x d matrix of normal numbers times sigma. Its
    squared singular values are drawn over time from the exact solution of

    .. math:: \frac{dK}{dt} = \frac12 (M^* K + K M^*) - K^2, \qquad K = W W^T

    and, for each direction, from the logistic law with two starts: sigma squared, and the effective
    start :math:`L_{kk}^2` of the LQ decomposition U^T W(0) = L Q. A map shows how far the left
    singular vectors of W(t) lie along each eigenvector.

    Parameters
    ----------
    stats : CorpusStatistics
        M* is taken of all its words.
    d : int
        Embedding dimension shown first, 1 to 6.
    sigma : float
        Standard deviation of the start's entries, 1e-12 to 0.1.
    seed : int
        Of the start, 0 to 999. The browser draws it; the button takes the next.
    t : float, optional
        Time shown first; by default when the second direction is about to be learned.
    n_modes : int
        How many modes the start has: the six most negative eigenvalues (as far as there are as
        many), the others the largest positive ones. All further modes are left out, which moves the
        exact times by less than 0.2 % up to sigma = 0.01, and by some per cent at 0.1.

    Raises
    ------
    W2VError
        A number out of range, or fewer positive eigenvalues than ``d``.

    References
    ----------
    Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> StartExplorer(load_statistics(500), d=3)
    StartExplorer(500 words, d=3, 24 positive and 6 negative modes, sigma=1e-06)
    """

    linked = ("d", "sigma", "seed", "t")

    V = traitlets.Int().tag(sync=True)
    modes = traitlets.Int().tag(sync=True)
    eigvals = traitlets.Bytes().tag(sync=True)
    d = traitlets.Int(1).tag(sync=True)
    sigma = traitlets.Float(1e-6).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    t = traitlets.Float(0.0).tag(sync=True)

    _check = traitlets.validate("d", "sigma", "seed", "t")(Interactive.in_range)

    def __init__(
        self,
        stats: CorpusStatistics,
        *,
        d: int = 4,
        sigma: float = 1e-6,
        seed: int = 0,
        t: float | None = None,
        n_modes: int = 30,
    ) -> None:
        n_modes = whole_number("n_modes", n_modes, least=8, most=60)
        matrix = m_star(stats, dtype=np.float32)
        largest = min(n_modes - NEGATIVE, len(matrix))
        values = top_eigenpairs(matrix, largest)[0].astype(np.float64)
        below = -top_eigenpairs(-matrix, min(NEGATIVE, len(matrix)))[0].astype(np.float64)
        noise = 1e-5 * np.abs([values[0], below[0]]).max()
        values, below = values[values > noise], below[below < -noise]
        if len(values) < whole_number("d", d, least=1, most=MOST_DIMENSIONS):
            raise W2VError(
                f"d={d} exceeds the {len(values)} positive eigenvalues of M* of {len(matrix)} "
                f"words; choose d <= {len(values)}, or statistics with more words"
            )
        eigvals = np.concatenate([values, below[::-1]])  # falling
        sigma = number_between("sigma", sigma, *SIGMAS)
        if t is None:
            second = min(2, d) - 1
            t = max(0.0, learning_times(eigvals[:d], sigma**2)[second] - 1 / eigvals[second])
        super().__init__(
            V=len(matrix),
            modes=len(eigvals),
            eigvals=eigvals.astype("<f8").tobytes(),
            d=d,
            sigma=sigma,
            seed=whole_number("seed", seed, least=0, most=999),
            t=float(t),
        )

    def _most(self) -> int:
        return min(MOST_DIMENSIONS, int((np.frombuffer(self.eigvals, "<f8") > 0).sum()))

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"d": (1, self._most()), "sigma": SIGMAS, "seed": (0, 999), "t": (0, None)}

    def start(self) -> np.ndarray:
        """Return the start as the browser draws it, (modes, d), in the basis of the eigenvectors.

        Examples
        --------
        >>> from w2vlib import load_statistics
        >>> StartExplorer(load_statistics(500), d=3).start().shape
        (30, 3)
        """
        uniform = uniforms(self.seed)
        columns = [[normal(uniform) for _ in range(self.modes)] for _ in range(self.d)]
        return self.sigma * np.transpose(columns)

    def numbers(self) -> Shown:
        """Return exact curves and both forecasts over time, the half times, and the overlaps."""
        every = np.frombuffer(self.eigvals, "<f8")
        eigvals, start, basis = every[: self.d], self.start(), np.eye(self.modes)
        flow = ExactFlow(every, basis, start)
        sizes = self.sigma**2, effective_start(start, basis)
        plain, projected = (np.maximum(learning_times(eigvals, size), 0) for size in sizes)
        end = float((np.maximum(plain, projected) + 7 / eigvals).max())  # as in the browser
        now = min(self.t, end)
        t = np.linspace(0, end, TIMES)
        exact = flow.singular_values(t) ** 2  # (T, d)
        told = ["exact", "law from L²", "law from σ²"]
        curves = [exact, *(mode_strengths(t, eigvals, size) for size in sizes[::-1])]
        course = {"time t": t}
        for name, strengths in zip(told, curves, strict=True):
            course |= numbered(f"s² of {{}}, {name}", strengths)
        crossed = [_half_time(flow, k, eigvals[k] / 2, t, exact[:, k]) for k in range(self.d)]
        modes: dict[str, Any] = {
            "direction": np.arange(1, self.d + 1),
            "eigenvalue": eigvals,
            "start L²": sizes[1],
        }
        modes |= {"half at t, exact": crossed, "from L²": projected, "from σ²": plain}
        left = np.linalg.svd(flow.embeddings(now), full_matrices=False)[0]  # (modes, d)
        overlaps = {"eigenvector": np.arange(1, self.modes + 1), "eigenvalue": every}
        overlaps |= numbered("overlap of singular vector {}", np.abs(left).round(6))
        return Shown(
            f"d = {self.d}, sigma = {self.sigma:g}, seed {self.seed}, t = {now:.4g}",
            [
                Table("Squared singular values s² of W by time", course),
                Table("When each direction is half learned", modes),
                Table(f"Overlaps with the eigenvectors of M* at t = {now:.4g}", overlaps),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        eigvals = np.frombuffer(self.eigvals, "<f8")
        return (
            f"StartExplorer({self.V:,} words, d={self.d}, {(eigvals > 0).sum()} positive and "
            f"{(eigvals < 0).sum()} negative modes, sigma={self.sigma:g})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        eigvals = np.frombuffer(self.eigvals, "<f8")[: self.d]
        plain = learning_times(eigvals, self.sigma**2)
        mean = learning_times(eigvals, self.sigma**2 * np.arange(self.d, 0, -1))
        told = "; ".join(
            f"direction {k + 1}, eigenvalue {value:.4g}, at t = {a:.3g} and {b:.3g}"
            for k, (value, a, b) in enumerate(zip(eigvals, plain, mean, strict=True))
        )
        return (
            f"Interactive figure: a random start of sigma = {self.sigma:g} in d = {self.d} "
            f"dimensions is drawn, and its exact learning curves are compared with the logistic "
            f"law, from sigma squared and from the effective start; a map shows how the singular "
            f"vectors of W turn to the eigenvectors of M*. Half the height, as the law forecasts "
            f"it from sigma squared and from the mean effective start: {told}."
        )


def _half_time(flow: ExactFlow, k: int, level: float, t: np.ndarray, curve: np.ndarray) -> float:
    """Return when a squared singular value first passes a level; infinity where it never does."""
    i = int(np.argmax(curve >= level))
    if i == 0:
        return 0.0 if curve[0] >= level else np.inf

    def above(time: float) -> float:
        return float(flow.singular_values(time)[k] ** 2 - level)

    return float(brentq(above, t[i - 1], t[i]))
