"""Chapter 8: guess when a direction is learned, then see the forecast and what training did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from w2vlib import W2VError
from w2vlib._support.validation import whole_number

from ._base import Interactive
from ._tables import Shown, Table

MOST_NUMBERS = 100_000


class ForecastRace(Interactive):
    r"""Let the reader guess when a direction of a recorded run reached half its height.

    Then the recorded curve is drawn, solid, over the dotted forecast, and the errors of forecast
    and guess are told. One direction after the other; what is revealed stays.

    Parameters
    ----------
    runs : sequence of mappings or objects
        Each with ``name``, ``times`` (T,), ``strengths`` (T, d), the squared singular values of W,
        and ``loss`` (T,), as recorded.
    forecasts : sequence of mappings or objects
        One for each run, with ``heights`` (d,), the eigenvalues to which the curves rise,
        ``half_times`` (d,), and ``strengths`` (T, d) at the run's times.
    run, direction : int
        Shown first; runs are counted from 0, directions from 1.

    Raises
    ------
    W2VError
        Something missing, shapes that do not fit, NaN, times that do not rise, too many numbers.

    Notes
    -----
    A curve reaches half its height where the line between two recordings passes half of the
    forecast's height: record often enough.

    Examples
    --------
    >>> import numpy as np
    >>> from w2vlib import learning_times, mode_strengths
    >>> t, eigvals = np.linspace(0, 10, 101), [4.0, 2.0]
    >>> curves = mode_strengths(t, eigvals, 1e-4)
    >>> run = {"name": "a run", "times": t, "strengths": curves, "loss": np.ones(101)}
    >>> forecast = {
    ...     "heights": eigvals, "half_times": learning_times(eigvals, 1e-4), "strengths": curves}
    >>> ForecastRace([run], [forecast])
    ForecastRace(1 runs: a run)
    """

    linked = ("run", "direction", "guess")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    sizes: traitlets.List[list[int]] = traitlets.List().tag(sync=True)
    times = traitlets.Bytes().tag(sync=True)
    strengths = traitlets.Bytes().tag(sync=True)
    loss = traitlets.Bytes().tag(sync=True)
    heights = traitlets.Bytes().tag(sync=True)
    half_times = traitlets.Bytes().tag(sync=True)
    forecast = traitlets.Bytes().tag(sync=True)
    run = traitlets.Int(0).tag(sync=True)
    direction = traitlets.Int(1).tag(sync=True)
    guess = traitlets.Float(0.0).tag(sync=True)
    answers: traitlets.List[list[float]] = traitlets.List().tag(sync=True)

    _check = traitlets.validate("run", "direction", "guess")(Interactive.in_range)

    def __init__(
        self, runs: Sequence[Any], forecasts: Sequence[Any], *, run: int = 0, direction: int = 1
    ) -> None:
        if isinstance(runs, Mapping) or not len(runs) == len(forecasts) > 0:
            raise W2VError(
                f"{len(runs)} runs and {len(forecasts)} forecasts; pass two lists, a forecast for "
                f"each run and at least one run"
            )
        read = [_read(n, *pair) for n, pair in enumerate(zip(runs, forecasts, strict=True))]
        total = sum(one["strengths"].size for one in read)
        if total > MOST_NUMBERS:
            raise W2VError(
                f"{total:,} recorded strengths, and a page should hold no more than "
                f"{MOST_NUMBERS:,}; pass every {-(-total // MOST_NUMBERS)}th recording"
            )
        run = whole_number("run", run, least=0, most=len(read) - 1)

        def packed(key: str) -> bytes:
            return b"".join(one[key].astype("<f8").tobytes() for one in read)

        super().__init__(
            names=[one["name"] for one in read],
            sizes=[list(one["strengths"].shape) for one in read],
            run=run,
            direction=whole_number("direction", direction, least=1, most=len(read[run]["heights"])),
            guess=float(read[run]["times"][-1] / 2),
            **{key: packed(key) for key in (*_OF_RUNS, *_OF_FORECASTS, "forecast")},
        )

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        most = max(d for _, d in self.sizes)  # run and direction arrive one after the other
        return {"run": (0, len(self.names) - 1), "direction": (1, most), "guess": (0, None)}

    def _records(self) -> Iterator[dict[str, Any]]:
        """Yield each run and its forecast, as arrays, with the recorded half times."""
        at = {"times": 0, "heights": 0, "strengths": 0}
        for name, (T, d) in zip(self.names, self.sizes, strict=True):
            sizes = {"times": T, "heights": d, "strengths": T * d}
            one: dict[str, Any] = {"name": name}
            for key, like in _CARRIED.items():
                values = np.frombuffer(getattr(self, key), "<f8")[at[like] :][: sizes[like]]
                one[key] = values.reshape(T, d) if like == "strengths" else values
            one["recorded"] = [
                _crossing(one["times"], one["strengths"][:, k], one["heights"][k] / 2)
                for k in range(d)
            ]
            yield one
            at = {key: start + sizes[key] for key, start in at.items()}

    def numbers(self) -> Shown:
        """Return what the guesses are compared with, and all curves of the run that is shown."""
        runs = list(self._records())
        rows = [(run, k) for run in runs for k in range(len(run["heights"]))]
        halves = {
            "run": [run["name"] for run, _ in rows],
            "direction": [k + 1 for _, k in rows],
            "height": [run["heights"][k] for run, k in rows],
            "half of it at t, recorded": [run["recorded"][k] for run, k in rows],
            "half of it at t, forecast": [run["half_times"][k] for run, k in rows],
        }
        run = runs[self.run]
        course = {"time t": run["times"], "loss": run["loss"]}
        for k in range(len(run["heights"])):
            course[f"direction {k + 1}, recorded"] = run["strengths"][:, k]
            course[f"direction {k + 1}, forecast"] = run["forecast"][:, k]
        name = run["name"]
        return Shown(
            f"the run {name}, direction {self.direction}, before any guess; what it reveals later "
            "is in the tables",
            [
                Table("When each direction reached half of its height", halves),
                Table(f"Strengths and loss of the run {name}, by time", course),
            ],
        )

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return f"ForecastRace({len(self.names)} runs: {', '.join(self.names)})"

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        told = []
        for run in self._records():
            pairs = zip(run["half_times"], run["recorded"], strict=True)
            directions = "; ".join(
                f"direction {k} forecast t = {forecast:.3g}, recorded "
                + (f"{recorded:.3g}" if np.isfinite(recorded) else "not in this run")
                for k, (forecast, recorded) in enumerate(pairs, 1)
            )
            told.append(f"{run['name']}: {directions}")
        return (
            "Interactive figure: guess when each direction of a recorded training run reached half "
            f"its height, then compare with the forecast and the record. {'. '.join(told)}."
        )


_OF_RUNS = ("times", "strengths", "loss")
_OF_FORECASTS = ("heights", "half_times")
#: What travels, and what it is as long as.
_CARRIED = {"times": "times", "loss": "times", "heights": "heights", "half_times": "heights"}
_CARRIED |= {"strengths": "strengths", "forecast": "strengths"}


def _read(n: int, run: Any, forecast: Any) -> dict[str, Any]:
    """Return a run and its forecast as arrays, or say what does not fit."""
    found: dict[str, Any] = {}
    wanted = [(run, key, key) for key in ("name", *_OF_RUNS)]
    wanted += [(forecast, key, key) for key in _OF_FORECASTS]
    wanted += [(forecast, "strengths", "forecast")]
    for source, key, name in wanted:
        kind = "run" if source is run else "forecast"
        value = source.get(key) if isinstance(source, Mapping) else getattr(source, key, None)
        if value is None:
            raise W2VError(f"{kind} {n} has no {key!r}; see the docstring for what it needs")
        if key == "name":
            found[name] = str(value)
            continue
        found[name] = np.asarray(value, dtype=np.float64)
        if not np.isfinite(found[name]).all():
            bad = int((~np.isfinite(found[name])).sum())
            raise W2VError(f"{key} of {kind} {n} holds {bad} NaN or infinite; leave them out")
    T, d = len(np.atleast_1d(found["times"])), len(np.atleast_1d(found["heights"]))
    fit = {"times": (T,), "strengths": (T, d), "loss": (T,)}
    fit |= {"heights": (d,), "half_times": (d,), "forecast": (T, d)}
    for name, shape in fit.items():
        if found[name].shape != shape:
            raise W2VError(
                f"{name} of run {n} has shape {found[name].shape}, and with {T} times and {d} "
                f"heights it should have {shape}"
            )
    times = found["times"]
    if T < 2 or not (np.diff(times) > 0).all() or times[0] < 0:
        raise W2VError(f"the {T} times of run {n} do not rise from 0; pass at least two, in order")
    return found


def _crossing(times: np.ndarray, values: np.ndarray, level: float) -> float:
    """When recorded values first pass a level, on the line between two recordings."""
    above = values >= level
    i = int(np.argmax(above))
    if not above[i]:
        return np.inf
    if i == 0:
        return float(times[0])
    return float(np.interp(level, values[i - 1 : i + 1], times[i - 1 : i + 1]))
