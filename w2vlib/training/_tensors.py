"""torch, or the few of its functions that gradient descent calls, on NumPy's arrays.

With torch missing, training on the CPU gives the same numbers to rounding. The products with M*,
which take most of the time, are NumPy's in either case.
"""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

__all__ = ["torch"]


class Tensor(np.ndarray):
    """An array with the methods of a torch tensor that `GradientDescent` and its losses use."""

    device: Any = SimpleNamespace(type="cpu")

    def numpy(self) -> np.ndarray:
        return self.view(np.ndarray)

    def cpu(self) -> "Tensor":
        return self

    def sub_(self, other: Any) -> "Tensor":
        self -= other
        return self

    def div_(self, other: Any) -> "Tensor":
        self /= other
        return self


def _tensor(X: Any, dtype: Any = None, device: str = "cpu") -> Tensor:
    return np.array(X, dtype).view(Tensor)


def _as_tensor(X: Any, dtype: Any = None, device: str = "cpu") -> Tensor:
    return np.asarray(X, dtype).view(Tensor)


in_numpy = SimpleNamespace(
    Tensor=Tensor,
    float32=np.float32,
    float64=np.float64,
    tensor=_tensor,
    as_tensor=_as_tensor,
    from_numpy=_as_tensor,
    zeros_like=np.zeros_like,
    isfinite=np.isfinite,
    sigmoid=expit,
    addcmul=lambda a, b, c: a + b * c,
    sub=lambda a, b, alpha: a - alpha * b,
    nn=SimpleNamespace(functional=SimpleNamespace(softplus=lambda x: np.logaddexp(0, x))),
    cuda=SimpleNamespace(is_available=lambda: False),
    get_num_threads=lambda: 1,
    set_num_threads=lambda n: None,
)

if TYPE_CHECKING:
    import torch
else:
    try:
        import torch

        if hasattr(torch, "STAND_IN"):  # the part of it that the book's cells need in the page
            torch = in_numpy
    except ImportError:
        torch = in_numpy
