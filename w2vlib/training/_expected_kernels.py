"""Compiled kernel of word2vec's expected loss: from products to slopes and curvatures."""

import numpy as np

from .._support.compiled import REORDER, compiled


@compiled(fastmath=REORDER, nogil=True)
def slopes_and_curvatures(odds, logs, counts, row_keep, keep, row_noise, noise, rows, columns):  # type: ignore[no-untyped-def]
    """Turn e^-x (n, V) into the slopes R = G s(x) - P, in place; return the sum of G log(1 + e^-x).

    ``logs`` holds log(1 + e^-x). The curvatures H = G s (1 - s) are summed over each row into
    ``rows`` (n,), and those of each column are added to ``columns`` (V,).
    """
    loss = 0.0
    for i in range(len(odds)):
        in_row, row_loss = np.float32(0), np.float32(0)
        for j in range(len(keep)):
            joint = row_keep[i] * keep[j] * np.float32(counts[i, j])
            total = joint + row_noise[i] * noise[j]
            share = total / (np.float32(1) + odds[i, j])  # G s
            curvature = share * odds[i, j] / (np.float32(1) + odds[i, j])
            odds[i, j] = share - joint
            row_loss += total * logs[i, j]
            in_row += curvature
            columns[j] += curvature
        rows[i] = in_row
        loss += row_loss
    return loss
