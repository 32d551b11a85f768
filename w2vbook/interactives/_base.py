"""What the interactives have in common: one module of JavaScript, and a text in place of it."""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from w2vlib import W2VError

HERE = Path(__file__).parent
SIZES = (1e-12, 0.1)  # of a start that the sliders reach
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(kit|eigen|text)\.js";\n', re.MULTILINE)
_UNSENT = re.compile(r"^ *(?://[^\n]*\n)?", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async|function|const)", re.MULTILINE)


def module(name: str) -> str:
    """Return ``name.js`` behind the files it imports from: one ES module that loads nothing."""
    own = (HERE / f"{name}.js").read_text(encoding="utf-8")
    shared = [(HERE / f"{part}.js").read_text("utf-8") for part in _IMPORT.findall(own)]
    parts = [*(_EXPORT.sub("", part) for part in shared), _IMPORT.sub("", own)]
    return "\n".join(sent(part) for part in parts)


def sent(source: str) -> str:
    """Return a script without lines of comments and without indentation: what pages carry."""
    return _UNSENT.sub("", source)


def style() -> str:
    """Return the style sheet of all interactives."""
    return (HERE / "kit.css").read_text(encoding="utf-8")


class Interactive(anywidget.AnyWidget):
    """An interactive figure: it computes in the browser, with or without a kernel behind it."""

    #: The traits that make up a setting: what a link to it has to carry.
    linked: ClassVar[tuple[str, ...]] = ()
    #: Those of them that are lists of a fixed length.
    lengths: ClassVar[dict[str, int]] = {}

    # The site reads both: what this figure is called in an address, and what may stand there.
    _name = traitlets.Unicode().tag(sync=True)
    _linked = traitlets.Dict().tag(sync=True)

    @traitlets.default("_name")
    def _name_of_class(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @traitlets.default("_linked")
    def _read_linked(self) -> dict[str, dict[str, Any]]:
        limits, choices = self.limits(), self.choices()
        found = {name: _kind(self.traits()[name], name, limits.get(name)) for name in self.linked}
        for name in self.lengths:
            found[name]["length"] = self.lengths[name]
        for name in choices:
            found[name]["choices"] = choices[name]
        return found

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the least and the largest value (None: any) of the numbers in a setting."""
        return {}

    def choices(self) -> dict[str, list[str]]:
        """Return the texts that a setting may hold, where it may not hold any."""
        return {}

    def text_alternative(self) -> str:
        """Return what the figure shows, in words, for places where it cannot run."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        # Taken where there is no JavaScript for widgets: a notebook on a code host, a mail, a site
        # read with scripts off. It holds no identity of this object, so it is the same in each run.
        text = html.escape(self.text_alternative())
        data["text/plain"] = repr(self)
        data["text/html"] = f'<p class="widget-note">{text}</p>'
        return data, metadata


# What a link can carry, and lists of it.
_KINDS: tuple[tuple[type, str], ...] = (
    (traitlets.Bool, "truth"),
    (traitlets.Int, "whole"),
    (traitlets.Float, "number"),
    (traitlets.Unicode, "text"),
)


def _kind(trait: Any, name: str, limits: tuple[float, float | None] | None) -> dict[str, Any]:
    """Return what the address may hold for a trait, as assets/widgets.js reads it."""
    many = isinstance(trait, traitlets.List)
    one = trait._trait if many else trait
    kind = next((kind for cls, kind in _KINDS if isinstance(one, cls)), None)
    if kind is None:
        raise W2VError(
            f"a link cannot carry {name}, which is a {type(trait).__name__} of "
            f"{type(one).__name__}; link numbers, truth values, texts, and lists of one of these"
        )
    low, high = limits or (None, None)
    return {"kind": kind, "many": many, "low": low, "high": high}


def rows_of(words: Sequence[str], vocabulary: Sequence[str], index: dict[str, int]) -> list[int]:
    """Return the rows of ``words``, or say which are unknown and what stands near them."""
    unknown = [word for word in words if word not in index]
    if unknown:
        near = difflib.get_close_matches(str(unknown[0]), vocabulary, n=3)
        hint = f" (near {unknown[0]!r}: {', '.join(near)})" if near else ""
        raise W2VError(
            f"{len(unknown)} of {len(words)} words are not in the vocabulary of "
            f"{len(vocabulary):,}: {', '.join(map(repr, unknown[:5]))}{hint}; leave them out, or "
            f"take statistics with more words"
        )
    return [index[word] for word in words]


def whole(value: Any, name: str, least: int, most: int) -> int:
    """Return ``value`` as int, or say which whole numbers ``name`` may be."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        raise W2VError(f"{name}={value!r}; choose a whole number, {least} to {most:,}")
    return int(value)


def start_size(sigma: Any) -> float:
    """Return ``sigma`` as float, or say which sizes of a start the sliders reach."""
    number = isinstance(sigma, (int, float, np.number)) and not isinstance(sigma, bool)
    if not number or not SIZES[0] <= sigma <= SIZES[1]:
        raise W2VError(f"sigma={sigma!r}; choose the size of the start, 1e-12 to 0.1")
    return float(sigma)


def moment(t: float) -> float:
    """Return ``t``, or say that learning begins at 0."""
    if not 0 <= t < np.inf:  # so written, it stops NaN as well
        raise W2VError(f"t={t}; learning begins at t = 0: choose a finite time, 0 or later")
    return t
