"""What :func:`w2vlib.train` starts from, and what follows from its settings."""

import copy
import hashlib
from typing import Any

import numpy as np

from .._support.errors import W2VError
from .._support.validation import (
    finite_array,
    largest_asymmetry,
    positive_number,
    random_generator,
    shown,
    symmetric_matrix,
    whole_number,
)
from ..corpus import CorpusStatistics
from ..flow import stability_edge
from ..spectral import top_eigenpairs
from ..targets import Weights, m_star, weights_of

_LEAST_FLOAT32_START = 1e-7


def pairs_and_target(
    stats: object, weights: Weights, negative: float, sample: float, *, sgns: bool, sgd: bool
) -> tuple[Any, Any, np.ndarray | None]:
    """Return A and B, where they are needed, and M* where G = 1 makes the loss plain squares."""
    constant = isinstance(weights, str) and weights == "constant" and negative == 1
    if not isinstance(stats, CorpusStatistics):
        if not isinstance(stats, np.ndarray):
            raise W2VError(f"stats is {shown(stats)}; pass CorpusStatistics, or M* as array (V, V)")
        if sgns or sgd or not constant:
            raise W2VError(
                "a matrix M* is enough only for loss='quadratic', method='gradient_descent' and "
                "weights='constant' without negative=; pass CorpusStatistics for anything else"
            )
        matrix, exponent = symmetric_matrix(stats)
        return None, None, np.ldexp(matrix.astype(np.float64, copy=False), exponent)
    if constant and not (sgns or sgd):
        return None, None, m_star(stats)
    A, B = weights_of(stats, weights, negative=negative, sample=sample)
    M = None
    if not sgns and np.allclose(A + B, 1, rtol=0, atol=1e-12) and not largest_asymmetry(A):
        M = 2 * (A - B)
    return (A, B, M) if M is None or sgd else (None, None, M)


def starting_vectors(
    V: int, d: int, tied: bool, sigma: float, W0: Any, rng: Any, dtype: str
) -> list[np.ndarray]:
    """Return [W0], or [W0, C0] for an untied model."""
    if (d := whole_number("d", d)) > V:
        raise W2VError(f"d={d} exceeds the {V} words; choose d <= {V}")
    n = 1 if tied else 2
    if W0 is None:
        positive_number("sigma", sigma)
        start = [sigma * random_generator(rng).standard_normal((V, d)) for _ in range(n)]
    else:
        if not tied and not (isinstance(W0, (tuple, list)) and len(W0) == 2):
            raise W2VError("an untied model starts from two matrices; pass the pair W0=(W0, C0)")
        start = [finite_array("W0", X) for X in ([W0] if tied else W0)]
        if [X.shape for X in start] != n * [(V, d)]:
            found = " and ".join(str(X.shape) for X in start)
            needed = f"({V}, {d})" if tied else f"a pair (W0, C0) of shape ({V}, {d}) each"
            raise W2VError(f"W0 has shape {found}; pass {needed}")
    if dtype == "float32" and (size := float(np.std(start[0]))) < _LEAST_FLOAT32_START:
        raise W2VError(
            f"a start of size {size:.1e} is below {_LEAST_FLOAT32_START:g}, where rounding in "
            f"float32 seeds the modes more than the start does; take dtype='float64'"
        )
    return [X.astype(dtype) for X in start]


def stability_limit(M: np.ndarray, tied: bool) -> tuple[float, str]:
    """Return the learning rate above which gradient descent cannot settle, and a remedy."""
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


def pick_device(device: object, sgd: bool) -> str:
    """Return the name of torch's device."""
    name = "cpu" if device is None else str(device)
    if name.partition(":")[0] not in ("cpu", "cuda"):
        raise W2VError(f"device={shown(device)} is unknown; choose 'cpu' or 'cuda', or none")
    if name != "cpu":
        from ._tensors import torch

        if sgd:
            raise W2VError(f"method='sgd' runs on the CPU, not on {name!r}; leave device out")
        if not torch.cuda.is_available():
            raise W2VError(f"device={device!r}, but no GPU was found; leave device out")
    return name


def fingerprint(*values: Any) -> str:
    """Return twelve letters that stand for arrays, statistics or the state of a generator."""
    sha = hashlib.sha256()
    for value in values:
        if isinstance(value, np.random.Generator):
            value = copy.deepcopy(value).integers(1 << 62, size=4)  # what it would draw
        elif isinstance(value, CorpusStatistics):
            sha.update(value.word_counts.data)
            value = value.pair_counts
        sha.update(np.ascontiguousarray(value).data)
    return sha.hexdigest()[:12]
