"""The numbers of a forecast: a timetable of training with a row for each mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._support.errors import W2VError
from .._support.types import FloatArray
from .._support.validation import positive_number
from ..flow import discrete_rates, flow_loss, mode_strengths

Ends = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class Timetable:
    """The fields that :class:`Forecast` documents, and what follows from them."""

    k: NDArray[np.int64]
    eigvals: FloatArray
    eigvecs: NDArray[np.floating[Any]]
    start: FloatArray
    times: FloatArray
    times_low: FloatArray
    times_high: FloatArray
    gain: FloatArray
    words: tuple[Ends, ...]
    last_mode_risk: float
    largest_learning_rate: float
    sigma: float
    squared_norm: float
    n_tokens: int
    window: int
    unseen_pair_share: float
    source: str

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.k)

    def strengths(self, t: ArrayLike) -> FloatArray:
        """Return the squared singular values s_k^2(t), shape ``t.shape + (d,)``."""
        return mode_strengths(t, self.eigvals, self.start)

    def loss(self, t: ArrayLike, *, excess: bool = False) -> FloatArray:
        r"""Return the loss :math:`\frac18 \|M^* - W W^T\|_F^2`, shape ``t.shape``.

        With ``excess`` only what is above the smallest loss that d dimensions allow.
        """
        total = None if excess else self.squared_norm
        return flow_loss(self.strengths(t), self.eigvals, total=total)

    def steps(self, learning_rate: float) -> FloatArray:
        r"""Return the number of steps of gradient descent until each mode is half learned, (d,).

        It is :math:`\ln(\lambda_k / s_k^2(0)) / (2 \ln(1 + \eta\lambda_k/2))`, a little more than
        in the flow, since a step multiplies a small mode by :math:`1 + \eta\lambda_k/2`.

        Raises
        ------
        W2VError
            A rate that is not positive, or at which gradient descent diverges.
        """
        edge = self.largest_learning_rate
        hint = f" and below {edge:.4g}, where gradient descent on this M* begins to diverge"
        rate = positive_number("learning_rate", learning_rate, hint=hint)
        if rate >= edge:
            raise W2VError(f"learning_rate={rate:.4g}; choose a finite number above 0{hint}")
        return np.asarray(self.times * self.eigvals / (discrete_rates(self.eigvals, rate) * rate))
