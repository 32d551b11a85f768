"""Chapter 2: a window moves along a text, and the table of pair counts fills."""

from __future__ import annotations

from typing import Any

import traitlets

from w2vlib._support.validation import true_or_false, whole_number

from ._base import Interactive, one_text

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
