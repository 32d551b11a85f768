"""Print the environment that makes this machine's kernels those of another processor.

``env $(python tools/second_processor.py) python -m pytest chapters`` runs the notebooks with the
oldest kernels for linear algebra, and with two threads for it (or as many as the argument says):
what is printed must not depend on either. Only what this processor has can be taken away from it;
elsewhere than on x86 the threads alone are another number.
"""

from __future__ import annotations

import importlib
import platform
import sys

OLDEST = {
    "OPENBLAS_CORETYPE": "Prescott",
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}
THREADS = {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}


def extensions() -> list[str]:
    """Return the groups of instructions that NumPy uses here and can do without."""
    built = importlib.import_module("numpy._core._multiarray_umath")
    return [name for name in built.__cpu_dispatch__ if built.__cpu_features__.get(name)]


def environment(machine: str, extensions: list[str]) -> dict[str, str]:
    """Return the variables and their values for a kind of machine."""
    if machine.lower() not in ("x86_64", "amd64"):
        return THREADS
    fewer = {"NPY_DISABLE_CPU_FEATURES": ",".join(extensions)} if extensions else {}
    return {**OLDEST, **fewer, **THREADS}


if __name__ == "__main__":
    found = environment(platform.machine(), extensions())
    for name, value in (found | dict.fromkeys(THREADS, *sys.argv[1:2] or "2")).items():
        print(f"{name}={value}")
