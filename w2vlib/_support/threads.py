"""How many threads to use, and how to keep two kinds of them from multiplying."""

from __future__ import annotations

import functools
import math
import os
from contextlib import AbstractContextManager
from pathlib import Path

import threadpoolctl

_SET_BY_USER = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def n_threads() -> int:
    """As many threads as linear algebra may use: what the user has set, else all processors.

    ``OMP_NUM_THREADS`` may hold a list, one number for each level of nesting; the first one counts.
    """
    for name in _SET_BY_USER:
        outermost = os.environ.get(name, "").split(",")[0].strip()
        if outermost.isdigit() and int(outermost) > 0:
            return int(outermost)
    has_affinity = hasattr(os, "sched_getaffinity")
    processors = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return max(1, min(processors, _container_limit()))


def _container_limit() -> int:
    """Return the processors that a container (cgroup 2) may use, rounded up."""
    try:
        quota, period = _CGROUP_LIMIT.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):  # no such file, or "max"
        return 1 << 30


def one_blas_thread() -> AbstractContextManager[object]:
    """Hold BLAS to one thread inside a ``with`` block: for code that runs threads of its own."""
    held: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return held


@functools.cache
def _controller() -> threadpoolctl.ThreadpoolController:
    """Look for the BLAS libraries once: it takes milliseconds."""
    return threadpoolctl.ThreadpoolController()
