"""Checks of what :func:`w2vlib.train` is asked for, and what follows from it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from .._support.errors import W2VError
from .._support.validation import positive_number, random_generator, whole_number
from ..corpus import CorpusStatistics
from ..flow import stability_edge
from ..spectral import top_eigenpairs

_LEAST_FLOAT32_START = 1e-7


def start_of(
    V: int, d: int, tied: bool, sigma: float, W0: Any, rng: Any, dtype: str
) -> list[np.ndarray]:
    """Return [W0], or [W0, C0] for an untied model."""
    whole_number("d", d)
    if d > V:
        raise W2VError(f"d={d} exceeds the {V} words; choose d <= {V}")
    n = 1 if tied else 2
    if W0 is None:
        positive_number("sigma", sigma)
        start = [sigma * random_generator(rng).standard_normal((V, d)) for _ in range(n)]
    else:
        if not tied and not (isinstance(W0, (tuple, list)) and len(W0) == 2):
            raise W2VError("an untied model starts from two matrices; pass the pair W0=(W0, C0)")
        try:
            start = [np.asarray(X, np.float64) for X in ([W0] if tied else W0)]
        except (TypeError, ValueError) as error:
            raise W2VError(f"W0 is no table of numbers ({error}); pass ({V}, {d})") from error
        if [X.shape for X in start] != n * [(V, d)]:
            raise W2VError(
                f"W0 has shape {' and '.join(str(X.shape) for X in start)}; pass "
                + (f"({V}, {d})" if tied else f"a pair (W0, C0) of shape ({V}, {d}) each")
            )
        if not all(np.isfinite(X).all() for X in start):
            raise W2VError("W0 holds NaN or infinity; pass finite numbers")
    if dtype == "float32" and (size := float(np.std(start[0]))) < _LEAST_FLOAT32_START:
        raise W2VError(
            f"a start of size {size:.1e} is below {_LEAST_FLOAT32_START:g}, where rounding in "
            f"float32 seeds the modes more than the start does; take dtype='float64'"
        )
    return [X.astype(dtype) for X in start]


def edge_and_remedy(M: np.ndarray, tied: bool) -> tuple[float, str]:
    """Return the largest learning rate with which gradient descent can settle, and a remedy."""
    top, bottom = float(top_eigenpairs(M, 1)[0][0]), -float(top_eigenpairs(-M, 1)[0][0])
    if tied:
        rule = "min(2 / lambda_1, 4 / (lambda_1 - lambda_min))"
        edge = stability_edge([top, bottom])
    else:
        size = max(abs(top), abs(bottom))
        rule, edge = "4 / max |lambda|", 4 / size if size else np.inf
    return edge, (
        f"for eigenvalues from lambda_min = {bottom:.6g} to lambda_1 = {top:.6g} the stability "
        f"edge is {rule} = {edge:.4g}; choose learning_rate < {edge:.4g}, and a tenth of it to "
        f"follow gradient flow closely"
    )


def recordings(name: str, wanted: Any, steps: int) -> np.ndarray:
    if isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
        if wanted < 2:
            raise W2VError(f"{name}={wanted}; choose 2 or more, to record start and end")
        return np.unique(np.linspace(0, steps, int(wanted)).round().astype(np.int64))
    at = np.unique(np.asarray(wanted))
    if at.dtype.kind not in "iu" or not at.size or at[0] < 0 or at[-1] > steps:
        raise W2VError(f"{name} is {wanted!r}; pass a number, or steps from 0 to steps={steps:,}")
    return at.astype(np.int64)


def pick_device(device: str | None, sgd: bool) -> str:
    name = "cpu" if device is None else str(device)
    if name.partition(":")[0] not in ("cpu", "cuda"):
        raise W2VError(f"device={device!r} is unknown; choose 'cpu' or 'cuda', or leave it out")
    if name != "cpu":
        import torch

        if sgd:
            raise W2VError(f"method='sgd' runs on the CPU, not on {name!r}; leave device out")
        if not torch.cuda.is_available():
            raise W2VError(f"device={device!r}, but no GPU was found; leave device out")
    return name


def fingerprint(*arrays: Any) -> str:
    sha = hashlib.sha256()
    for array in arrays:
        if isinstance(array, CorpusStatistics):
            sha.update(array.word_counts.data)
            array = array.pair_counts
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()[:12]
