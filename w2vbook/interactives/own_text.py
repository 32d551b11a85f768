"""Chapter 8: a text of the reader's own, counted and forecast in the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets
from scipy.stats import chi2

from w2vlib import Forecast, W2VError, forecast, mode_strengths
from w2vlib._support.validation import number_between, true_or_false

from ._base import SIGMAS, Interactive, one_text
from ._tables import TIMES, Shown, Table, numbered

MOST_LETTERS = 1_000_000
MODES = 16
RANGES = {"vocab_size": (50, 600), "window": (1, 16), "d": (1, MODES)}
TOPICS = (
    "sea ship sail wave harbour captain island storm wind anchor "
    "crew fish tide coast deck rope mast whale shore voyage",
    "court judge law case trial crime police witness prison lawyer "
    "guilt proof jury sentence theft oath verdict appeal arrest justice",
    "paint colour canvas artist museum portrait brush drawing sculpture picture "
    "gallery light stone bronze studio pencil frame style shadow pattern",
    "army soldier battle general enemy attack gun victory siege sword "
    "cavalry camp march defeat weapon shield fortress truce wound command",
)
COMMON = "the of and in a to was with by for on from at as it that"


def planted_text() -> str:
    """Return 240 lines of 30 words: each has one of four topics, and a third are common words.

    Examples
    --------
    >>> planted_text()[:41]
    'to general weapon drawing pencil and voya'
    """
    rng = np.random.default_rng(8)
    words = " ".join(TOPICS).split()
    liking = np.kron(np.eye(4), np.ones(20)) + 0.1  # (4, 80): a topic prefers its own words
    liking *= rng.gamma(4, size=80)
    lines = []
    for topic in rng.choice(4, size=240, p=[0.4, 0.3, 0.2, 0.1]):
        own = rng.choice(words, size=30, p=liking[topic] / liking[topic].sum())
        common = rng.choice(COMMON.split(), size=30)
        lines.append(" ".join(np.where(rng.random(30) < 0.35, common, own)))
    return "\n".join(lines)


class OwnText(Interactive):
    r"""Forecast, in the page itself, what word2vec will learn from a text of the reader's own.

    The reader types, pastes or opens a text. The browser counts its pairs as
    :func:`w2vlib.count_cooccurrences` does, takes the top eigenpairs of M*, and shows the timetable
    of :func:`w2vlib.forecast`:

    .. math:: \tau_k = \frac{\ln(\lambda_k / s_k^2(0))}{\lambda_k}, \qquad
        s_k^2(0) = \sigma^2 \,\mathrm{median}(\chi^2_{d-k+1})

    Nothing of that text comes back to Python: it stays in the page's memory, so that it leaves the
    reader's machine neither for a kernel, which may run elsewhere, nor in a link.

    Parameters
    ----------
    text : str, optional
        Shown first, at most 1,000,000 characters, an article a line; by default 240 lines about
        four topics, made by chance.
    vocab_size : int
        Words to count, 50 to 600; all of them, where the text has fewer.
    window : int
        L, 1 to 16.
    d : int
        Dimension of the model, 1 to 16; as many as M* has positive eigenvalues, if those are fewer.
    sigma : float
        Standard deviation of the entries of W(0), 1e-12 to 0.1.
    whole : bool
        Take the text as one article, broken into lines, such as a book.

    Raises
    ------
    W2VError
        Not a text, a text that is too long for a page, or a number out of its range.

    References
    ----------
    Karkada et al. (2025), arXiv 2502.09863.

    Examples
    --------
    >>> OwnText(window=4)
    OwnText(39,970 characters of text, vocab_size=200, window=4, d=8, sigma=1e-06)
    """

    linked = ("vocab_size", "window", "d", "sigma", "whole")

    text = traitlets.Unicode().tag(sync=True)
    vocab_size = traitlets.Int(200).tag(sync=True)
    window = traitlets.Int(5).tag(sync=True)
    d = traitlets.Int(8).tag(sync=True)
    sigma = traitlets.Float(1e-6).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)
    quantiles = traitlets.Bytes().tag(sync=True)

    _check = traitlets.validate("vocab_size", "window", "d", "sigma")(Interactive.in_range)

    def __init__(
        self,
        text: str | None = None,
        *,
        vocab_size: int = 200,
        window: int = 5,
        d: int = 8,
        sigma: float = 1e-6,
        whole: bool = False,
    ) -> None:
        starts = [chi2.ppf(q, np.arange(1, MODES + 1)) for q in (0.05, 0.5, 0.95)]
        super().__init__(
            text=_checked_text(planted_text() if text is None else text),
            vocab_size=vocab_size,
            window=window,
            d=d,
            sigma=number_between("sigma", sigma, *SIGMAS),
            whole=true_or_false("whole", whole),
            quantiles=np.array(starts, "<f8").tobytes(),
        )

    @traitlets.validate("text")
    def _check_text(self, proposal: Any) -> str:
        return _checked_text(proposal["value"])

    def limits(self) -> dict[str, tuple[float, float | None]]:
        """Return the range of each number in a setting."""
        return {**RANGES, "sigma": SIGMAS}

    def __repr__(self) -> str:
        """Return what is shown, without an address."""
        return (
            f"OwnText({len(self.text):,} characters of text, vocab_size={self.vocab_size}, "
            f"window={self.window}, d={self.d}, sigma={self.sigma:g})"
        )

    def forecast(self) -> Forecast:
        """Return the forecast for ``text``, which the figure shows first.

        Raises
        ------
        W2VError
            The text is empty or too short, as in :func:`w2vlib.forecast`.
        """
        from w2vlib.corpus._counting import count_tokenized
        from w2vlib.corpus._tokens import tokenized  # compiles: only who counts waits for it

        articles = [self.text] if self.whole else self.text.split("\n")
        with tokenized(articles, progress=False) as text:
            vocab_size = min(self.vocab_size, text.vocabulary.n)
            stats = count_tokenized(text, vocab_size, self.window, source="", sparse=False)
        return forecast(stats, self.d, sigma=self.sigma)

    def numbers(self) -> Shown | None:
        """Return the timetable, and the strengths and the loss over time; None of a bad text."""
        try:
            found = self.forecast()
        except W2VError:
            return None
        t = np.linspace(0, 1.08 * found.times.max(), TIMES)  # as in the browser
        curves = mode_strengths(t, found.eigvals, found.start)  # (T, d)
        left = np.sum((found.eigvals - curves) ** 2, axis=1)
        high, low = ([", ".join(pair[side]) for pair in found.words] for side in (0, 1))
        timetable = {
            "direction": found.k,
            "half learned at t": found.times,
            "t, low": found.times_low,
            "t, high": found.times_high,
            "eigenvalue": found.eigvals,
            "share of the fall of the loss, %": 100 * found.gain,
            "words at the + end": high,
            "words at the − end": low,
        }
        course = {"time t": t, **numbered("s² of direction {}", curves)}
        course["loss still to fall, %"] = 100 * left / left[0]
        words = f"{found.n_tokens:,} words, {len(found.eigvecs)} of them different"
        return Shown(
            f"a text of {words}; window L = {self.window}, d = {self.d}, sigma = {self.sigma:g}",
            [
                Table("Directions, in the order of learning", timetable),
                Table("Strengths s² and loss by time", course),
            ],
        )

    def text_alternative(self) -> str:
        """Return what the figure shows, in words."""
        try:
            timetable = self.forecast()
        except W2VError as error:
            told = f"Of the text that it begins with it says: {error}."
        else:
            steps = [
                f"direction {k} ({' / '.join(', '.join(words[:3]) for words in ends)}) "
                f"at t = {time:.3g}"
                for k, time, ends in zip(timetable.k, timetable.times, timetable.words, strict=True)
            ]
            told = (
                f"It begins with a text of {timetable.n_tokens:,} words, "
                f"{len(timetable.eigvecs)} of them different, of which a model of "
                f"d = {self.d} dimensions learns, from a start of "
                f"sigma = {self.sigma:g}: {'; '.join(steps[:4])}."
            )
        return (
            "Interactive figure: type, paste or open a text, and the browser counts its pairs of "
            "words and forecasts what word2vec will learn from it, in which order, and when; the "
            f"text stays on the reader's machine. {told} It needs JavaScript; "
            "python -m w2vlib forecast computes the same."
        )


def _checked_text(text: Any) -> str:
    return one_text(text, MOST_LETTERS, "a page carries", "open the file in the figure itself")
