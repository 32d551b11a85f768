"""Chapter 11: the directions of a block of M*, and the waves of a hidden order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import traitlets

from w2vlib import W2VError

from ._base import Interactive
from ._chance import shuffle, uniforms
from ._tables import Shown, Table, square

SHOWN = 7  # directions
FEWEST, MOST = SHOWN, 90  # words: 90 are computed and drawn in about a frame
SHUFFLES = 999
KILOMETRES = 6371.0  # the Earth's radius


class Wave(NamedTuple):
    """A slow function of an order: its name, and it as columns of length 1, (n, 1 or 2)."""

    name: str
    columns: np.ndarray


class Mode(NamedTuple):
    """An eigenpair of a centred block, and the wave that it is nearest to."""

    value: float
    vector: np.ndarray
    near: str
    share: float


class SymmetryExplorer(Interactive):
    r"""Show words on eigenvectors of their block of M*, and what symmetry makes of the block.

    The block A is centred, J A J with J = I - 1/n, and its eigenpairs are found in the browser. A
    slider moves from A to its average over distance,

    .. math:: (1 - m)\, A + m\, C, \qquad C_{ij} = \text{mean of } A_{kl}
              \text{ over all pairs as far apart as } i, j

    which is circulant on a ring and Toeplitz on a line. A button shuffles the names.

    Parameters
    ----------
    sets : mapping of str to (words, block, order)
        For each name in the list of sets: 7 to 90 words in their true order, the (n, n) symmetric
        block of M*, and the order, ``"ring"``, ``"line"``, or an (n, 2) array of latitudes and
        longitudes in degrees. Places are put in order from west to east; their distances count in
        thousands of kilometres.
    shown : str, optional
        The set shown first; by default the first one.
    directions : (int, int)
        The directions drawn across and up, counted from 1.
    mix : float
        How much of the average is mixed in, 0 to 1.
    shuffle : int
        0 for the true order, or the seed of a shuffle, up to 999.

    Raises
    ------
    W2VError
        No sets, an unknown order, shapes that do not fit, entries that are not finite, or a value
        out of range.

    Examples
    --------
    >>> import numpy as np
    >>> steps = np.abs(np.subtract.outer(range(12), range(12)))
    >>> SymmetryExplorer({"hours": ([str(i) for i in range(12)], 0.5 ** steps, "line")})
    SymmetryExplorer(1 sets, 'hours' shown: 12 words on a line)
    """

    linked = ("shown", "directions", "mix", "shuffle")
    lengths: ClassVar[dict[str, int]] = {"directions": 2}

    sets: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    blocks = traitlets.Bytes().tag(sync=True)
    apart = traitlets.Bytes().tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)
    directions = traitlets.List(traitlets.Int()).tag(sync=True)
    mix = traitlets.Float(0.0).tag(sync=True)
    shuffle = traitlets.Int(0).tag(sync=True)

    _check = traitlets.validate("directions", "mix", "shuffle")(Interactive.in_range)

    def __init__(
        self,
        sets: Mapping[str, tuple[Sequence[str], np.ndarray, str | np.ndarray]],
        *,
        shown: str | None = None,
        directions: tuple[int, int] = (1, 2),
        mix: float = 0.0,
        shuffle: int = 0,
    ) -> None:
        if not sets:
            raise W2VError("0 sets of words; pass at least one: {name: (words, block, order)}")
        told: list[dict[str, Any]] = []
        blocks: list[np.ndarray] = []
        apart: list[np.ndarray] = []
        for name, (words, block, order) in sets.items():
            one, matrix, steps = _prepare(name, words, np.asarray(block, float), order)
            told.append({**one, "start": sum(map(len, blocks))})
            blocks.append(matrix.ravel())
            apart.append(steps.ravel())
        super().__init__(
            sets=told,
            blocks=np.concatenate(blocks).astype("<f4").tobytes(),
            apart=np.concatenate(apart).astype("u1").tobytes(),
            shown=told[0]["name"] if shown is None else shown,
            directions=list(directions),
            mix=mix,
            shuffle=shuffle,
        )

    @traitlets.validate("shown")
    def _check_shown(self, proposal: Any) -> str:
        names = [one["name"] for one in self.sets]
        if proposal["value"] not in names:
            raise W2VError(f"shown={proposal['value']!r}; choose one of {', '.join(names)}")
        return str(proposal["value"])

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"directions": (1, SHOWN), "mix": (0, 1), "shuffle": (0, SHUFFLES)}

    def choices(self) -> dict[str, list[str]]:
        """Return the names of the sets."""
        return {"shown": [one["name"] for one in self.sets]}

    def block(self, name: str) -> np.ndarray:
        """Return the (n, n) block of a set as the browser gets it; places run from west to east."""
        for one in self.sets:
            if one["name"] == name:
                n, start = len(one["words"]), one["start"]
                entries = np.frombuffer(self.blocks, "<f4")[start : start + n * n]
                return entries.reshape(n, n).astype(float)
        raise W2VError(f"no set {name!r}; there are {', '.join(one['name'] for one in self.sets)}")

    def _one(self) -> dict[str, Any]:
        """Return the set that is shown."""
        return next(one for one in self.sets if one["name"] == self.shown)

    def numbers(self) -> Shown:
        """Return the words on two directions, the eigenvalues with their waves, and the block."""
        one = self._one()
        n, start, words = len(one["words"]), one["start"], one["words"]
        names = list(range(n))
        if self.shuffle:
            shuffle(names, uniforms(self.shuffle))
        A = self.block(self.shown)[np.ix_(names, names)]
        apart = np.frombuffer(self.apart, "u1")[start : start + n * n].reshape(n, n)
        means = np.bincount(apart.ravel(), A.ravel()) / np.maximum(np.bincount(apart.ravel()), 1)
        ideal = means[apart]
        waves = _waves(n, one["order"], one.get("points"))
        # In the browser's order, which decides on signs.
        ends: list[list[Mode]] = []
        for mix in (0.0, 1.0, self.mix):
            block = A + min(mix, 1 - 1e-8) * (ideal - A)
            ends.append(_modes(block, waves, ends[-1] if ends else None))
        _, averaged, now = ends
        places: dict[str, Any] = {"word": words}
        sets = [("", now)] + [(", averaged", averaged)] * (one["order"] != "map")
        for told, modes in sets:
            for side, k in zip(("across", "up"), self.directions, strict=True):
                mode = modes[k - 1]
                sign = -1 if mode.vector @ now[k - 1].vector < 0 else 1
                places[f"{side}: direction {k}{told}"] = sign * np.sqrt(mode.value) * mode.vector
        each = {
            "direction": range(1, SHOWN + 1),
            "eigenvalue": [mode.value for mode in now],
            "eigenvalue, averaged": [mode.value for mode in averaged],
            "nearest": [mode.near for mode in now],
            "share in it, %": [100 * mode.share for mode in now],
        }
        order = f"shuffle {self.shuffle}" if self.shuffle else "true order"
        return Shown(
            f"{self.shown}, {order}, {100 * self.mix:.0f} % averaged",
            [
                Table("Words on two directions", places),
                Table("Directions", each),
                square("The block of M*", words, A + self.mix * (ideal - A)),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        one = self._one()
        return (
            f"SymmetryExplorer({len(self.sets)} sets, {self.shown!r} shown: "
            f"{len(one['words'])} words on a {one['order']})"
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        told = []
        for one in self.sets:
            n = len(one["words"])
            J = np.eye(n) - 1 / n
            values = np.linalg.eigvalsh(J @ self.block(one["name"]) @ J)[:-4:-1]
            first = ", ".join(f"{value:.3g}" for value in values)
            told.append(f"{one['name']} ({n} words on a {one['order']}) {first}")
        return (
            f"Interactive figure: words drawn on two eigenvectors of their centred block of M*, "
            f"joined in their true order; a slider averages the block over distance, a button "
            f"shuffles the names. The three largest eigenvalues: {'; '.join(told)}."
        )


def _prepare(
    name: str, words: Sequence[str], block: np.ndarray, order: str | np.ndarray
) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Return what is told of a set, its block, and how far apart its words are, in whole steps."""
    n = len(words)
    if isinstance(words, str) or not FEWEST <= n <= MOST:
        raise W2VError(f"{name}: {n} words; pass a list of {FEWEST} to {MOST}")
    if block.shape != (n, n):
        raise W2VError(f"{name}: the block has shape {block.shape}; {n} words need ({n}, {n})")
    if not np.isfinite(block).all() or not np.allclose(block, block.T, atol=1e-5):
        raise W2VError(
            f"{name}: the block is not finite and symmetric; pass rows and columns of M*"
        )
    if np.ptp(block[~np.eye(n, dtype=bool)]) < 1e-9:
        raise W2VError(
            f"{name}: all entries beside the diagonal are alike; no direction stands out"
        )
    one = {"name": name, "words": list(words)}
    places = np.arange(n)
    steps = np.abs(places[:, None] - places)
    if isinstance(order, str):
        if order not in ("ring", "line"):
            raise W2VError(f"{name}: order={order!r}; choose 'ring', 'line', or pass coordinates")
        return (
            {**one, "order": order},
            block,
            np.minimum(steps, n - steps) if order == "ring" else steps,
        )
    points = np.asarray(order, float)
    if points.shape != (n, 2) or not (np.abs(points) <= [90, 180]).all():
        raise W2VError(
            f"{name}: coordinates of shape {points.shape}; {n} words need ({n}, 2), latitudes from "
            f"-90 to 90 beside longitudes from -180 to 180"
        )
    east = np.argsort(points[:, 1], kind="stable")
    points, block = points[east], block[np.ix_(east, east)]
    lat, lon = np.radians(points).T
    on_globe = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    km = KILOMETRES * np.arccos(np.clip(on_globe @ on_globe.T, -1, 1))
    steps = np.where(steps > 0, 1 + km // 1000, 0).astype(int)
    told = {"order": "map", "points": points.tolist(), "words": [words[i] for i in east]}
    return {**one, **told}, block, steps


def _waves(n: int, order: str, points: Any) -> list[Wave]:
    """Return the slow functions of an order, slowest first; on a map longitude and latitude."""

    def unit(columns: np.ndarray) -> np.ndarray:
        columns = columns - columns.mean(axis=0)
        lengths = np.linalg.norm(columns, axis=0)
        return np.asarray(columns / np.where(lengths > 0, lengths, 1))

    i = np.arange(n)
    if order == "map":
        places = np.asarray(points)[:, ::-1]
        return [
            Wave(name, unit(places[:, [k]])) for k, name in enumerate(("longitude", "latitude"))
        ]
    made = []
    for k in range(1, (n // 2 if order == "ring" else n - 1) + 1):
        columns = [-np.cos(np.pi * k * (i + 0.5) / n)]
        if order == "ring":
            turn = 2 * np.pi * k * i / n
            columns = [np.cos(turn), np.sin(turn)][: 2 if 2 * k < n else 1]
        made.append(Wave(f"wave {k}", unit(np.column_stack(columns))))
    return made


def _modes(block: np.ndarray, waves: list[Wave], before: list[Mode] | None) -> list[Mode]:
    """Return the first modes of a block, with the signs of those before where they are alike."""
    n = len(block)
    J = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(J @ block @ J)
    made = []
    for k in range(SHOWN):
        v = vectors[:, n - 1 - k]
        shares = [float(np.sum((v @ wave.columns) ** 2)) for wave in waves]
        best = int(np.argmax(shares))
        side = v @ before[k].vector if before else 0.0
        if abs(side) < 0.1:
            side = v @ waves[best].columns[:, 0]
        value = max(float(values[n - 1 - k]), 0.0)  # a negative one draws nothing
        made.append(Mode(value, -v if side < 0 else v, waves[best].name, shares[best]))
    return made
