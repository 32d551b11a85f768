"""Compile with Numba, and keep the result on disk where there is a place for it."""

from collections.abc import Callable
from typing import Any

from numba import njit

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
