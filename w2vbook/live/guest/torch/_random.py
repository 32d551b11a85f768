"""Normal numbers as torch draws them on a processor: of 16 or more, in pairs by Box and Muller."""

from __future__ import annotations

import numpy as np

from ._tensor import Tensor


class Generator:
    """Torch's stream of random numbers: the Mersenne twister."""

    def __init__(self) -> None:
        self.manual_seed(0)

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream."""
        self._twister = np.random.MT19937()
        self._twister._legacy_seeding(seed)
        return self

    def uniform(self, n: int) -> np.ndarray:
        """Draw n numbers from [0, 1), of 24 bits each."""
        bits = self._twister.random_raw(n) & np.uint64(2**24 - 1)
        return bits.astype(np.float32) * np.float32(2**-24)


_default = Generator()


def randn(*shape: int, generator: Generator | None = None) -> Tensor:
    """Draw normal numbers; fewer than 16 would come from another rule."""
    n = int(np.prod(shape))
    if n < 16:
        raise NotImplementedError("torch of this page draws 16 numbers or more")
    source = generator or _default
    drawn = source.uniform(n)
    out = np.empty(n, np.float32)
    whole = n - n % 16
    out[:whole] = _normal(drawn[:whole])
    if whole < n:  # the last 16 are drawn again
        out[-16:] = _normal(source.uniform(16))
    return Tensor(out.reshape(shape))


def _normal(drawn: np.ndarray) -> np.ndarray:
    first, second = drawn.reshape(-1, 2, 8).transpose(1, 0, 2)
    radius = np.sqrt(np.float32(-2) * np.log(1 - first))
    angle = np.float32(2 * np.pi) * second
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
