"""Compile with Numba, and keep the result on disk where there is a place for it."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np


def _uncompiled(*kernel: Callable[..., Any], **options: Any) -> Any:
    """Take the place of ``njit``: the same numbers, slowly, from Python itself."""

    def decorate(kernel: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(kernel)
        def run(*args: Any) -> Any:
            with np.errstate(over="ignore"):  # integers that wrap, as compiled ones do
                return kernel(*args)

        return run

    return decorate(*kernel) if kernel else decorate


try:
    from numba import njit
except ImportError:  # there is no Numba for this machine, WebAssembly for one
    njit = _uncompiled  # type: ignore[assignment]

REORDER = {"reassoc", "contract", "nsz", "arcp"}  # fastmath that lets sums use vector registers


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a kernel: ``numba.njit`` with a cache, or without one.

    An installation that is read-only, for a user without a home to write to, has no place for a
    cache. The kernel is then compiled anew by each process, which takes seconds.
    """

    def decorate(kernel: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, **options)(kernel)
        except RuntimeError:  # "cannot cache function": no place was found
            return njit(**options)(kernel)

    return decorate
