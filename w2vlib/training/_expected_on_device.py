"""word2vec's expected loss through torch, for a GPU: the counts stay on the device."""

from __future__ import annotations

import numpy as np

from ..targets import ExpectedPairs
from ._expected_loss import Slopes

_BLOCK = 2048  # rows whose products are made at a time: some tables of (2048, V) beside the counts


class LossOnDevice:
    """What ``expected_loss`` returns, computed by torch; call it with W and C, float32.

    The counts are moved once, V x V single-precision numbers. Sums are in another order than on the
    processor, so results agree to single precision and no further.
    """

    def __init__(self, pairs: ExpectedPairs, device: str) -> None:
        import torch

        def moved(values: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(np.asarray(values, np.float32), device=device)

        V = len(pairs)
        self._parts = [slice(low, min(low + _BLOCK, V)) for low in range(0, V, _BLOCK)]
        self._counts = [moved(pairs.counts_of(part)) for part in self._parts]
        self._keep = moved(pairs.keep / np.sqrt(pairs.total))
        self._centres = moved(pairs.centres * pairs.negative)
        self._noise = moved(pairs.noise)
        self._device = device

    def __call__(self, W: np.ndarray, C: np.ndarray) -> Slopes:
        """Return the loss with its slopes and curvatures, see ``expected_loss``."""
        import torch

        words, contexts = (torch.as_tensor(X, device=self._device) for X in (W, C))
        to_words, to_contexts = torch.empty_like(words), torch.zeros_like(contexts)
        rows, columns = torch.empty_like(words[:, 0]), torch.zeros_like(contexts[:, 0])
        loss = 0.0
        for part, counts in zip(self._parts, self._counts, strict=True):
            x = words[part] @ contexts.T
            joint = self._keep[part, None] * self._keep * counts
            total = joint + self._centres[part, None] * self._noise
            share = torch.sigmoid(x)
            # G log(1 + e^-x) + Q x, pair by pair.
            drawn = (total - joint) * x
            pair_losses = total * torch.nn.functional.softplus(-x) + drawn
            loss += float(pair_losses.sum(dtype=torch.float64))
            slopes = total * share - joint
            curvatures = total * share * (1 - share)
            rows[part] = curvatures.sum(1)
            columns += curvatures.sum(0)
            to_words[part] = slopes @ contexts
            to_contexts += slopes.T @ words[part]
        all_words, all_contexts, a, b = (
            one.cpu().numpy() for one in (to_words, to_contexts, rows, columns)
        )
        return Slopes(loss, all_words, all_contexts, a.astype(float), b.astype(float))
