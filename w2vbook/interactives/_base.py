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
from w2vlib._support.validation import number_between, number_from_zero, whole_number

from ._tables import Shown

HERE = Path(__file__).parent
SIGMAS = (1e-12, 0.1)  # sizes of a start that the sliders reach
_IMPORT = re.compile(r'import \{\s*\w+(?:,\s*\w+)*,?\s*\} from "\./(\w+)\.js";\n')


def module(name: str) -> str:
    """Return ``name.js`` behind the files that it imports from: one ES module that loads nothing.

    A bundler would bring Node, or a runtime of its own, to every reader, and little is needed: the
    imports at the head of a file are taken away, and everything else stays as it is written.
    """
    files: dict[str, str] = {}

    def add(part: str) -> None:
        text = (HERE / f"{part}.js").read_text(encoding="utf-8")
        while found := _IMPORT.match(text):
            text = text[found.end() :]
            if found[1] not in files:
                add(found[1])
        if line := re.search(r"^\s*import\b.*", text, re.MULTILINE):
            raise W2VError(
                f"{part}.js has {line[0].strip()!r}, which is not understood; write "
                'import { names } from "./file.js"; at the head of the file, without "as"'
            )
        files[part] = text

    add(name)
    return "\n".join(files.values())


class Interactive(anywidget.AnyWidget):
    """An interactive figure: it computes in the browser, with or without a kernel behind it."""

    _file: ClassVar[str]
    _css = (HERE / "kit.css").read_text(encoding="utf-8")
    #: The traits that make up a setting: what a link to it has to carry.
    linked: ClassVar[tuple[str, ...]] = ()
    #: Those of them that are lists of a fixed length.
    lengths: ClassVar[dict[str, int]] = {}

    # The site reads both: what this figure is called in an address, and what may stand there.
    _name = traitlets.Unicode().tag(sync=True)
    _linked = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        if not hasattr(cls, "_file"):  # traitlets make classes of these classes
            cls._file = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
            cls._esm = module(cls._file)
        super().__init_subclass__(**options)

    @traitlets.default("_name")
    def _name_of_class(self) -> str:
        return self._file

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

    def in_range(self, proposal: Any) -> Any:
        """Return a number of the setting, or a list of them, within its limits."""
        trait, value = proposal["trait"], proposal["value"]
        name = trait.name
        low, high = self.limits()[name]
        if isinstance(trait, traitlets.List):
            n = self.lengths[name]
            if len(value) != n:
                raise W2VError(f"{name}={value}; pass {n} whole numbers, {low} to {high}")
            return [
                _check_number(f"{name}[{i}]", one, low, high, whole=True)
                for i, one in enumerate(value)
            ]
        return _check_number(name, value, low, high, whole=isinstance(trait, traitlets.Int))

    def text_alternative(self) -> str:
        """Return what the figure shows, in words, for places where it cannot run."""
        raise NotImplementedError

    def numbers(self) -> Shown | None:
        """Return the numbers that the figure shows in its present setting; None where none.

        They are what the browser draws, computed from what travels to it. The site has them as
        tables and CSV files.
        """
        return None

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


def quantised(columns: np.ndarray, most: int, kind: str) -> tuple[bytes, bytes]:
    """Return the columns, one after another, as whole numbers up to ``most``; and their steps."""
    steps = np.abs(columns).max(axis=0) / most
    whole_numbers = np.rint(columns / np.where(steps > 0, steps, 1))
    return whole_numbers.T.astype(kind).tobytes(), steps.astype("<f8").tobytes()


def carried(whole_numbers: bytes, steps: bytes, kind: str = "<i2") -> np.ndarray:
    """Return the columns that `quantised` has packed.

    >>> carried(*quantised(np.array([[1.0, -2], [0.5, 0.25]]), 2047, "<i2")).round(3).tolist()
    [[1.0, -2.0], [0.5, 0.25]]
    """
    sizes = np.frombuffer(steps, "<f8")
    columns: np.ndarray = np.frombuffer(whole_numbers, kind).reshape(len(sizes), -1).T * sizes
    return columns


def words_at_ends(words: Sequence[str], column: np.ndarray, n: int) -> tuple[str, str]:
    """Return the words of the n largest entries of a column, and those of the n smallest."""
    order = np.argsort(-column, kind="stable")
    high, low = (", ".join(words[i] for i in rows) for rows in (order[:n], order[: -n - 1 : -1]))
    return high, low


def one_text(text: Any, most: int, what: str, remedy: str) -> str:
    """Return a str of at most ``most`` characters, which ``what`` takes."""
    if not isinstance(text, str):
        raise W2VError(
            f"text is a {type(text).__name__}; pass one str with an article a line "
            f"(of a list of articles: '\\n'.join(articles))"
        )
    if len(text) > most:
        raise W2VError(
            f"the text has {len(text):,} characters and {what} {most:,} at most; "
            f"pass text[:{most}], or {remedy}"
        )
    return text


def _check_number(name: str, value: Any, low: float, high: float | None, *, whole: bool) -> float:
    if high is None:
        return number_from_zero(name, value)
    if whole:
        return whole_number(name, value, least=int(low), most=int(high))
    return number_between(name, value, low, high)


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
