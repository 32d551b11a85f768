"""Chapter 4: the loss of one pair of words, and the parabola that stands in for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from w2vlib import CorpusStatistics, W2VError

from ._base import Interactive, rows_of
from ._tables import Shown, Table

#: From the strongest attraction to pairs that never meet.
PAIRS = (
    ("king", "queen"),
    ("hong", "kong"),
    ("los", "angeles"),
    ("new", "york"),
    ("war", "peace"),
    ("one", "two"),
    ("the", "of"),
    ("the", "and"),
    ("music", "physics"),
    ("football", "god"),
    ("king", "computer"),
    ("church", "software"),
    ("mother", "electron"),
)


class LossParabola(Interactive):
    r"""Compare the loss of one pair of words with its parabola, and their lowest points.

    In the constant-weight setting, Psi = 1 / (P_ij + P_i P_j), the loss of the pair is

    .. math:: \Psi P_{ij} \log(1 + e^{-x}) + \Psi P_i P_j \log(1 + e^{x})

    with its minimum at PMI; its Taylor expansion to x^2 has its minimum at M*.

    Parameters
    ----------
    stats : CorpusStatistics
        Where the probabilities come from.
    pairs : sequence of (str, str), optional
        Pairs of words to choose from, the first one shown first. By default 13 pairs from the
        strongest attraction to a pair that never meets, as far as ``stats`` has their words.
    x : float
        Where both are compared at first, -6 to 6.

    Raises
    ------
    W2VError
        No pair, a pair that is not two words, an unknown word, or x out of range.

    References
    ----------
    Levy and Goldberg (2014); Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> from w2vlib import load_statistics
    >>> figure = LossParabola(load_statistics(1000), pairs=[("king", "queen"), ("the", "of")])
    >>> figure
    LossParabola(2 pairs, king–queen first)
    """

    linked = ("selected", "x")

    pairs: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    p_ij = traitlets.Bytes().tag(sync=True)
    p_i_p_j = traitlets.Bytes().tag(sync=True)
    selected = traitlets.Int(0).tag(sync=True)
    x = traitlets.Float(2.0).tag(sync=True)

    _check = traitlets.validate("selected", "x")(Interactive.in_range)

    def __init__(
        self,
        stats: CorpusStatistics,
        *,
        pairs: Sequence[tuple[str, str]] | None = None,
        x: float = 2.0,
    ) -> None:
        if pairs is None:
            pairs = [pair for pair in PAIRS if all(word in stats.index for word in pair)]
        shown = [tuple(pair) if isinstance(pair, (tuple, list)) else (pair,) for pair in pairs]
        wrong = next((pair for pair in shown if len(pair) != 2), None)
        if wrong is not None or not shown:
            raise W2VError(
                f"pairs has {len(shown)} entries, the first unfit one {wrong!r}; pass at least one "
                f"pair of words, as in pairs=[('king', 'queen')]"
            )
        rows = rows_of([word for pair in shown for word in pair], stats.words, stats.index)
        i, j = np.reshape(rows, (-1, 2)).T
        p_i = stats.p_i
        super().__init__(
            pairs=[list(pair) for pair in shown],
            p_ij=(stats.pair_counts[i, j] / stats.pair_counts.sum()).astype("<f8").tobytes(),
            p_i_p_j=(p_i[i] * p_i[j]).astype("<f8").tobytes(),
            x=x,
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"selected": (0, len(self.pairs) - 1), "x": (-6, 6)}

    def _targets(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return P_ij, P_i P_j, PMI and M* of the pairs."""
        joint, chance = np.frombuffer(self.p_ij, "<f8"), np.frombuffer(self.p_i_p_j, "<f8")
        with np.errstate(divide="ignore"):
            pmi = np.log(joint / chance)
        return joint, chance, pmi, 2 * (joint - chance) / (joint + chance)

    def numbers(self) -> Shown:
        """Return loss and parabola of the pair over x, and the lowest points of all pairs."""
        joint, chance, pmi, targets = self._targets()
        names = [" – ".join(pair) for pair in self.pairs]
        x = np.linspace(-6, 6, 121)
        here = self.selected
        share, target = joint[here] / (joint[here] + chance[here]), targets[here]
        loss = share * np.logaddexp(0, -x) + (1 - share) * np.logaddexp(0, x)
        parabola = np.log(2) - target**2 / 8 + (x - target) ** 2 / 8
        pairs = {"pair": names, "P(i, j)": joint, "P(i) P(j)": chance, "PMI": pmi, "M*": targets}
        return Shown(
            f"the pair {names[here]}, x = {self.x:g}",
            [
                Table(f"Loss of {names[here]} by x", {"x": x, "loss": loss, "parabola": parabola}),
                Table("All pairs: the loss is lowest at PMI, the parabola at M*", pairs),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return f"LossParabola({len(self.pairs)} pairs, {'–'.join(self.pairs[0])} first)"

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        lowest = zip(self.pairs, *self._targets()[2:], strict=True)
        told = "; ".join(f"{a}–{b} {pmi:z.2f} and {m:z.2f}" for (a, b), pmi, m in lowest)
        return (
            "Interactive figure: the loss of one pair of words against x, and its parabola. The "
            f"loss is lowest at PMI, the parabola at M*. For the pairs to choose from: {told}."
        )
