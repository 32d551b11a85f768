"""A tensor: an array of NumPy's that knows what it was made of.

An operation keeps its tensors and, for each, a function that takes the slope of the result to the
slope of that tensor; `Tensor.backward` goes back along them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np

Slope: TypeAlias = Callable[[np.ndarray], np.ndarray]
Index: TypeAlias = "int | slice | EllipsisType | np.ndarray | Tensor | tuple[Any, ...] | None"
recording = [True]


def _plain(value: Any) -> Any:
    """Return the array of a tensor; numbers have no type of their own, as in torch."""
    if isinstance(value, Tensor):
        return value.array
    return value.item() if isinstance(value, np.generic) else value


def _fitted(slope: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a slope over the axes along which its tensor was repeated."""
    slope = slope.sum(axis=tuple(range(slope.ndim - len(shape))))
    once = tuple(k for k, size in enumerate(shape) if size == 1 and slope.shape[k] != 1)
    return slope.sum(axis=once, keepdims=True) if once else slope


def made(array: Any, *parents: tuple[Any, Slope]) -> Tensor:
    """Return a tensor made of others, each with the way back for a slope."""
    result = Tensor(np.asarray(array))
    if recording[0]:
        result.parents = [p for p in parents if isinstance(p[0], Tensor) and p[0].requires_grad]
        result.requires_grad = bool(result.parents)
    return result


class Tensor:
    """An array that knows what it was made of."""

    __array_ufunc__ = None  # a number of NumPy's times a tensor is a tensor

    def __init__(self, array: np.ndarray, requires_grad: bool = False) -> None:
        self.array = array
        self.requires_grad = requires_grad
        self.grad: Tensor | None = None
        self.parents: list[tuple[Tensor, Slope]] = []

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.array, dtype)

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> str:
        return f"tensor({np.array2string(self.array, separator=', ', prefix='tensor(')})"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def data(self) -> Tensor:
        return Tensor(self.array)

    @data.setter
    def data(self, value: Tensor) -> None:
        self.array = value.array

    # ---- arithmetic ----

    def __add__(self, other: Any) -> Tensor:
        b = _plain(other)
        return made(self.array + b, (self, self._fit), (other, _fit(other)))

    def __mul__(self, other: Any) -> Tensor:
        a, b = self.array, _plain(other)
        to_other = _fit(other)
        return made(a * b, (self, lambda g: self._fit(g * b)), (other, lambda g: to_other(g * a)))

    def __truediv__(self, other: Any) -> Tensor:
        a, b = self.array, _plain(other)
        to_other = _fit(other)
        here = (self, lambda g: self._fit(g / b))
        return made(a / b, here, (other, lambda g: to_other(-g * a / b**2)))

    def __pow__(self, power: float) -> Tensor:
        a = self.array
        return made(a**power, (self, lambda g: g * power * a ** (power - 1)))

    def __matmul__(self, other: Tensor) -> Tensor:
        a, b = self.array, other.array
        if a.ndim > 2 and b.ndim == 2:  # one product instead of many
            flat = self.reshape(-1, a.shape[-1]) @ other
            return flat.reshape(*a.shape[:-1], b.shape[1])

        def left(g: np.ndarray) -> np.ndarray:
            return self._fit(np.multiply.outer(g, b) if b.ndim == 1 else g @ b.swapaxes(-1, -2))

        def right(g: np.ndarray) -> np.ndarray:
            if b.ndim == 1:
                return np.tensordot(g, a, g.ndim)
            return other._fit(np.multiply.outer(a, g) if a.ndim == 1 else a.swapaxes(-1, -2) @ g)

        return made(a @ b, (self, left), (other, right))

    def __neg__(self) -> Tensor:
        return self * -1

    def __sub__(self, other: Any) -> Tensor:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Tensor:
        return (-self).__add__(other)

    def __rtruediv__(self, other: float) -> Tensor:
        return self**-1 * other

    def __iadd__(self, other: Any) -> Tensor:
        self.array += _plain(other)
        return self

    __radd__, __rmul__ = __add__, __mul__

    def _fit(self, slope: np.ndarray) -> np.ndarray:
        return _fitted(slope, self.shape)

    def exp(self) -> Tensor:
        out = np.exp(self.array)
        return made(out, (self, lambda g: g * out))

    def log(self) -> Tensor:
        return made(np.log(self.array), (self, lambda g: g / self.array))

    def sqrt(self) -> Tensor:
        out = np.sqrt(self.array)
        return made(out, (self, lambda g: g / (2 * out)))

    def sum(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        shape = self.shape

        def slope(g: np.ndarray) -> np.ndarray:
            g = g if dim is None or keepdim else np.expand_dims(g, dim)
            return np.broadcast_to(g, shape)

        return made(self.array.sum(axis=dim, keepdims=keepdim), (self, slope))

    def mean(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        total = self.sum(dim, keepdim)
        return total * (total.array.size / self.array.size)

    def log_softmax(self, dim: int) -> Tensor:
        shifted = self.array - self.array.max(axis=dim, keepdims=True)
        out = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
        return made(out, (self, lambda g: g - np.exp(out) * g.sum(axis=dim, keepdims=True)))

    def softmax(self, dim: int) -> Tensor:
        out = np.exp(self.array - self.array.max(axis=dim, keepdims=True))
        out /= out.sum(axis=dim, keepdims=True)
        return made(out, (self, lambda g: out * (g - (g * out).sum(axis=dim, keepdims=True))))

    # ---- shapes ----

    def __getitem__(self, index: Index) -> Tensor:
        parts = index if isinstance(index, tuple) else (index,)
        at = tuple(part.array if isinstance(part, Tensor) else part for part in parts)

        def slope(g: np.ndarray) -> np.ndarray:
            out = np.zeros_like(self.array)
            np.add.at(out, at, g)
            return out

        return made(self.array[at], (self, slope))

    def __setitem__(self, index: Index, value: Any) -> None:
        self.array[index] = _plain(value)

    def reshape(self, *shape: int) -> Tensor:
        return made(self.array.reshape(shape), (self, lambda g: g.reshape(self.shape)))

    def transpose(self, one: int, other: int) -> Tensor:
        out = self.array.swapaxes(one, other)
        return made(out, (self, lambda g: g.swapaxes(one, other)))

    @property
    def T(self) -> Tensor:
        return made(self.array.T, (self, lambda g: g.T))

    def flatten(self, start: int) -> Tensor:
        return self.reshape(*self.shape[:start], -1)

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Tensor:
        return self.reshape(*self.shape[:dim], *sizes, *self.shape[dim + 1 :])

    def chunk(self, parts: int, dim: int) -> list[Tensor]:
        size, before = self.shape[dim] // parts, (slice(None),) * dim
        return [self[(*before, slice(k * size, (k + 1) * size))] for k in range(parts)]

    def repeat(self, *times: int) -> Tensor:
        return Tensor(np.tile(self.array, times))

    def triu(self, diagonal: int = 0) -> Tensor:
        return Tensor(np.triu(self.array, diagonal))

    # ---- in and out ----

    def float(self) -> Tensor:
        return self._as(np.float32)

    def double(self) -> Tensor:
        return self._as(np.float64)

    def _as(self, kind: Any) -> Tensor:
        before = self.array.dtype
        return made(self.array.astype(kind), (self, lambda g: g.astype(before)))

    def detach(self) -> Tensor:
        return Tensor(self.array)

    def numpy(self) -> np.ndarray:
        if self.requires_grad:
            raise RuntimeError("a tensor with a slope: detach() it first")
        return self.array

    def item(self) -> Any:
        return self.array.item()

    def backward(self) -> None:
        """Add the slope of this number to the ``grad`` of all that it was made of."""
        order: list[Tensor] = []
        seen: set[int] = set()
        todo = [(self, False)]
        while todo:
            one, after = todo.pop()
            if after:
                order.append(one)
            elif id(one) not in seen:
                seen.add(id(one))
                todo += [(one, True), *((parent, False) for parent, _ in one.parents)]
        slopes = {id(self): np.ones_like(self.array)}
        for one in reversed(order):
            slope = slopes.pop(id(one))
            for parent, back in one.parents:
                given = back(slope)
                slopes[id(parent)] = slopes[id(parent)] + given if id(parent) in slopes else given
            if not one.parents:
                one.grad = Tensor(slope if one.grad is None else one.grad.array + slope)


def _fit(other: Any) -> Slope:
    return other._fit if isinstance(other, Tensor) else np.asarray
