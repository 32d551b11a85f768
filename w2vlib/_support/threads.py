"""How many threads to use, and how to keep two kinds of them from multiplying."""

import math
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

_SET_BY_USER = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_ONE_THREAD = sys.platform in ("emscripten", "wasi")  # WebAssembly in a page
_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")
_TASKS = 64  # of uneven rows, for as many threads as there are


def n_threads() -> int:
    """As many threads as linear algebra may use: what the user has set, else all processors."""
    for name in _SET_BY_USER:
        # OMP_NUM_THREADS may hold a list, one number for each level of nesting.
        outermost = os.environ.get(name, "").split(",")[0].strip()
        if outermost.isdecimal() and int(outermost) > 0:
            return int(outermost)
    has_affinity = hasattr(os, "sched_getaffinity")
    processors = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return max(1, min(processors, _container_limit()))


def _container_limit() -> int:
    """Return the number of processors that a container (cgroup 2) may use, rounded up."""
    try:
        quota, period = _CGROUP_LIMIT.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no such file, "max", or nothing sensible
        return 1 << 30


@contextmanager
def own_threads() -> Iterator[Executor]:
    """Yield :func:`n_threads` threads; BLAS is held to one thread in each of them meanwhile.

    The limit belongs to the whole process (with OpenMP to each thread), so a second caller waits:
    restoring what it found would leave one BLAS thread for good. Where a process has one thread, as
    in a web page, that one does the work.
    """
    if _ONE_THREAD:
        yield _AtOnce()
        return
    with (
        _one_at_a_time,
        threadpoolctl.threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(n_threads(), initializer=_one_blas_thread) as pool,
    ):
        yield pool


def equal_parts(starts: np.ndarray) -> np.ndarray:
    """Divide rows that begin at ``starts`` (V + 1,) into runs of about equal size: where to cut."""
    edges = np.searchsorted(starts, np.linspace(0, starts[-1], _TASKS + 1)[1:-1])
    return np.unique(np.concatenate([[0], edges, [len(starts) - 1]]))


class _AtOnce(Executor):
    """A pool without threads: what is submitted is done at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread, unless another thread is at it: then only speed is lost."""
    if not _one_at_a_time.acquire(blocking=False):
        yield
        return
    try:
        with threadpoolctl.threadpool_limits(1, user_api="blas"):
            yield
    finally:
        _one_at_a_time.release()


_one_at_a_time = threading.RLock()


def _one_blas_thread() -> None:
    """Hold BLAS to one thread, for as long as this thread lives if OpenMP runs BLAS's threads."""
    threadpoolctl.threadpool_limits(1, user_api="blas")
