"""Recordings of a run on its way, and which of them a run that goes on can have."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .._support.errors import W2VError
from .._support.validation import finite_array, shown, whole_number
from ._history import History

_KEEP_UNASKED = 1 << 28  # bytes of embeddings


class Recording(NamedTuple):
    step: int
    loss: float
    singular_values: np.ndarray
    W: np.ndarray | None  # where it is kept


class Recorder:
    """Collects recordings; each is added as a whole, so that an interrupt leaves no half one."""

    def __init__(self, record: Any, keep_embeddings: Any, steps: int, W: np.ndarray) -> None:
        self._shape, self._dtype, self.rows = W.shape, W.dtype, list[Recording]()
        # Steps that are named one by one can be refused by a checkpoint; a number is a wish.
        self._named = _is_sequence(record)
        self._due = steps_to_record("record", 101 if record is None else record, steps)
        keep = bool(keep_embeddings) if isinstance(keep_embeddings, np.bool_) else keep_embeddings
        if keep is None and len(self._due) * W.nbytes > _KEEP_UNASKED:
            keep = False
        if keep is None or isinstance(keep, bool):
            self._kept = set() if keep is False else self._due
        else:
            self._kept = steps_to_record("keep_embeddings", keep, steps)
        self._keep = keep
        self._steps = np.array(sorted(self._due | self._kept))
        self._left_out: set[int] = set()  # recordings of a checkpoint that are not asked for

    def next_due(self, step: int) -> int:
        """First step to record after ``step``, or a huge one."""
        place = int(np.searchsorted(self._steps, step, side="right"))
        return int(self._steps[place]) if place < len(self._steps) else 1 << 62

    def is_due(self, step: int) -> bool:
        last = self.rows[-1].step if self.rows else -1
        return step > last and (step in self._due or step in self._kept)

    def add(self, step: int, loss: float, W: np.ndarray) -> Recording:
        s = np.full(W.shape[1], np.nan)
        if np.isfinite(W).all():
            s = np.linalg.svd(W.astype(np.float64), compute_uv=False)
        self.rows.append(Recording(step, loss, s, W.copy() if step in self._kept else None))
        return self.rows[-1]

    def to_arrays(self, rows: list[Recording] | None = None) -> dict[str, np.ndarray]:
        """Return recordings, all by default, as a checkpoint holds them."""
        rows = self.rows if rows is None else rows
        kept = [row for row in rows if row.W is not None]
        singular_values = np.array([row.singular_values for row in rows])
        return {
            "record_steps": np.array([row.step for row in rows], np.int64),
            "record_loss": np.array([row.loss for row in rows], np.float64),
            "record_s": singular_values.reshape(-1, self._shape[1]),
            "kept_steps": np.array([row.step for row in kept], np.int64),
            "kept": np.array([row.W for row in kept], self._dtype).reshape(-1, *self._shape),
        }

    def restore(self, arrays: dict[str, np.ndarray], path: object) -> None:
        """Take up the recordings of a checkpoint, or say which of those asked for it lacks."""
        now = int(arrays["step"])
        W = dict(zip(arrays["kept_steps"].tolist(), arrays["kept"], strict=True))
        columns = (arrays[name].tolist() for name in ("record_steps", "record_loss"))
        rows = [
            Recording(step, loss, s, W.get(step))
            for step, loss, s in zip(*columns, arrays["record_s"], strict=True)
        ]
        past = {row.step for row in rows}
        missing = {step for step in self._due if step < now} - past
        if missing and self._named:
            raise _they_are_past("record", "recordings", missing, now, path)
        if missing:
            self._due = past | (self._due - missing)
        if self._keep is None:
            self._kept = {step for step in self._due if step in W or step >= now}
        elif self._keep is True:
            self._kept = self._due
        if missing := {step for step in self._kept if step < now} - set(W):
            raise _they_are_past("keep_embeddings", "embeddings", missing, now, path)
        if now in self._kept - set(W):  # at this step they can still be recorded
            rows = [row for row in rows if row.step != now]
        self.rows, self._left_out = rows, past - self._due - self._kept
        self._steps = np.array(sorted(self._due | self._kept))

    def history(self, learning_rate: float, **others: Any) -> History:
        rows = [row for row in self.rows if row.step not in self._left_out]
        rows = [row if row.step in self._kept else row._replace(W=None) for row in rows]
        arrays = self.to_arrays(rows)
        return History(
            arrays["record_steps"],
            arrays["record_steps"] * learning_rate,
            arrays["record_loss"],
            arrays["record_s"],
            embedding_steps=arrays["kept_steps"],
            _embeddings=arrays["kept"],
            **others,
        )


def steps_to_record(name: str, wanted: int | Sequence[int], steps: int) -> set[int]:
    """Return the steps that a number of recordings, or a list of steps, stands for."""
    if not _is_sequence(wanted):
        count = whole_number(name, wanted, least=2, hint=", to record start and end; or steps")
        at = np.linspace(0, steps, min(count, steps + 1)).round()
    else:
        at = finite_array(name, wanted)
        if (at % 1).any() or at.min() < 0 or at.max() > steps:
            raise W2VError(
                f"{name} is {shown(wanted)}; pass a number, or steps from 0 to steps={steps:,}"
            )
    return set(at.astype(np.int64).ravel().tolist())


def _is_sequence(value: object) -> bool:
    return isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str)


def _they_are_past(name: str, what: str, missing: set[int], now: int, path: object) -> W2VError:
    return W2VError(
        f"{name} asks for {what} at {len(missing):,} steps, first {min(missing):,}, that the "
        f"checkpoint {path} at step {now:,} does not hold and that are past; leave {name} out, "
        f"choose among the steps that it holds or later ones, or choose another path"
    )
