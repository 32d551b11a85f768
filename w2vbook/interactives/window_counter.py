"""Chapter 2: a window moves along a text, and the table of pair counts fills."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from w2vlib import W2VError
from w2vlib._support.validation import true_or_false, whole_number

from ._base import Interactive, one_text
from ._tables import Shown, square

MOST_LETTERS = 200_000
MOST_WORDS = 12
LARGEST_WINDOW = 16
TEXT = """the cat sat on the mat
the dog sat on the rug
the king ruled the land
the queen ruled the land"""


class WindowCounter(Interactive):
    r"""Move a window along a text and watch the pair counts fill, word by word.

    The reader types or pastes a text, moves the centre word and changes the window. The counts are
    those of :func:`w2vlib.count_cooccurrences`, computed in the browser.

    Parameters
    ----------
    text : str
        At most 200,000 characters; a line is an article.
    window : int
        L, 1 to 16. A follower at distance delta adds L + 1 - delta.
    vocab_size : int
        The most frequent words that are counted, 2 to 12. All others are removed first.
    position : int
        How many centre words have been counted; the text's length shows the whole table.
    show_probabilities : bool
        Show P_ij in place of the counts.

    Raises
    ------
    W2VError
        Not a text, a text that is too long for the panel, or a number out of its range.

    Examples
    --------
    >>> figure = WindowCounter("the cat sat\nthe dog sat", window=2)
    >>> figure.window, figure.position
    (2, 1)
    """

    linked = ("window", "position", "show_probabilities")

    text = traitlets.Unicode(TEXT).tag(sync=True)
    window = traitlets.Int(2).tag(sync=True)
    vocab_size = traitlets.Int(MOST_WORDS).tag(sync=True)
    position = traitlets.Int(1).tag(sync=True)
    show_probabilities = traitlets.Bool(False).tag(sync=True)

    _check = traitlets.validate("window", "position")(Interactive.in_range)

    def __init__(
        self,
        text: str = TEXT,
        *,
        window: int = 2,
        vocab_size: int = MOST_WORDS,
        position: int = 1,
        show_probabilities: bool = False,
    ) -> None:
        super().__init__(
            text=_checked_text(text),
            window=whole_number("window", window, least=1, most=LARGEST_WINDOW),
            vocab_size=whole_number("vocab_size", vocab_size, least=2, most=MOST_WORDS),
            position=whole_number("position", position, least=0, most=MOST_LETTERS),
            show_probabilities=true_or_false("show_probabilities", show_probabilities),
        )

    @traitlets.validate("text")
    def _check_text(self, proposal: Any) -> str:
        return _checked_text(proposal["value"])

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {"window": (1, LARGEST_WINDOW), "position": (0, MOST_LETTERS)}

    def counts(self, position: int) -> tuple[list[str], np.ndarray, int]:
        """Return the words, their counts when so many have been the centre, and how many can be.

        Raises
        ------
        W2VError
            The text is empty, or is not in letters that make words.

        Examples
        --------
        >>> words, table, last = WindowCounter("a b a").counts(1)  # b is next to a, and a behind
        >>> words, table.tolist(), last
        (['a', 'b'], [[2, 2], [2, 0]], 3)
        """
        from w2vlib.corpus._tokens import tokenized  # compiles: only who counts waits for it

        with tokenized(self.text.split("\n"), progress=False) as text:
            vocabulary = text.vocabulary
            kept = vocabulary.most_frequent(min(self.vocab_size, vocabulary.n))
            text.ids.seek(0)
            ids = np.frombuffer(text.ids.read(), np.int32)
            words = [vocabulary.word(int(one)) for one in kept]
        rank = np.full(vocabulary.n, -1)
        rank[kept] = np.arange(len(kept))
        articles = np.cumsum(ids < 0)  # at the end of each
        inside = (ids >= 0) & (rank[ids] >= 0)  # the others are gone before windows are laid
        rows, articles = rank[ids[inside]], articles[inside]
        table = np.zeros((len(kept), len(kept)), dtype=int)
        for delta in range(1, self.window + 1):
            centre = np.arange(min(position, max(len(rows) - delta, 0)))
            centre = centre[articles[centre] == articles[centre + delta]]
            pair = rows[centre], rows[centre + delta]
            np.add.at(table, pair, self.window + 1 - delta)
            np.add.at(table, pair[::-1], self.window + 1 - delta)
        return words, table, len(rows)

    def numbers(self) -> Shown | None:
        """Return the counts so far, and those of the whole text; None of a text without words."""
        try:
            words, whole, last = self.counts(MOST_LETTERS)
            now = self.counts(min(self.position, last))[1]
        except W2VError:
            return None
        return Shown(
            f"window L = {self.window}, centre word {min(self.position, last)} of {last}",
            [square("Counts so far", words, now), square("Counts of the whole text", words, whole)],
        )

    def __repr__(self) -> str:
        """Return what is counted, without an address."""
        return f"WindowCounter({len(self.text):,} characters of text, window={self.window})"

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        start = " ".join(self.text[:200].split())
        return (
            f"Interactive figure: a window of {self.window} words to the right of a centre word "
            f"moves along the text “{start}”, and a table of pair counts fills: a word at distance "
            f"δ from the centre adds {self.window} + 1 − δ to the pair's count. It needs "
            f"JavaScript; w2vlib.count_cooccurrences computes the same table."
        )


def _checked_text(text: Any) -> str:
    return one_text(
        text, MOST_LETTERS, "the panel counts", "count all of it with w2vlib.count_cooccurrences"
    )
