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

from .._errors import W2VError

HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(kit|eigen|text)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async|function|const)", re.MULTILINE)


def module(name: str) -> str:
    """Return ``name.js`` behind the files it imports from: one ES module that loads nothing."""
    own = (HERE / f"{name}.js").read_text(encoding="utf-8")
    shared = [(HERE / f"{part}.js").read_text("utf-8") for part in _IMPORT.findall(own)]
    return "\n".join([*(_EXPORT.sub("", part) for part in shared), _IMPORT.sub("", own)])


def style() -> str:
    """Return the style sheet of all interactives."""
    return (HERE / "kit.css").read_text(encoding="utf-8")


class Interactive(anywidget.AnyWidget):
    """An interactive figure: it computes in the browser, with or without a kernel behind it."""

    #: The traits that make up a setting: what a link to it has to carry.
    linked: ClassVar[tuple[str, ...]] = ()

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
    if not number or not 1e-12 <= sigma <= 0.1:
        raise W2VError(f"sigma={sigma!r}; choose the size of the start, 1e-12 to 0.1")
    return float(sigma)


def moment(t: float) -> float:
    """Return ``t``, or say that learning begins at 0."""
    if not 0 <= t < np.inf:  # so written, it stops NaN as well
        raise W2VError(f"t={t}; learning begins at t = 0: choose a finite time, 0 or later")
    return t
