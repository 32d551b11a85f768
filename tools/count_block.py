"""Count the pairs of a few ordered words, with all other words as one word.

The texts spell digits out one by one ("one nine eight four"), so years are no words there. This
joins them again, and counts months, weekdays, years, decades, centuries, ordinals and numbers::

    python tools/count_block.py enwiki-part1.txt.xz ... --out w2vlib/data/enwiki_ordered_words.npz

A table of 20,000 x 20,000 words would need 3.2 GB. But M* of a few words needs only their own
counts and the totals, so all other words of the vocabulary share one row, which is exact.
"""

from __future__ import annotations

import argparse
import bz2
import calendar
import gzip
import lzma
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from w2vlib import CorpusStatistics, W2VError
from w2vlib.corpus._tokens import count_pairs, tokenized

OTHER = "(all other words)"
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VALUE = {word: str(value) for value, word in enumerate(DIGITS)}
_DIGIT = f"(?:{'|'.join(DIGITS)})"
# A whole run of digit words, with an "s" or an ordinal's ending and "century" behind it.
_RUN = re.compile(
    rf"\b({_DIGIT}(?: {_DIGIT})*)\b(?:( s)\b| (st|nd|rd|th) (?:century|centuries)\b)?"
)

# "may" and "march" are other words, too; with a number behind them they are months.
_DATED = re.compile(rf"\b(may|march)(?= (?:{_DIGIT}|\d{{4}})\b)")

MONTHS = tuple(name.lower() for name in calendar.month_name if name)
WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
YEARS = tuple(str(year) for year in range(1800, 2011))
DECADES = tuple(f"{year}s" for year in range(1820, 2010, 10))
CENTURIES = tuple(
    f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n if n < 20 else n % 10, 'th') }_century"
    for n in range(1, 22)
)
# fmt: off
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth",
    "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)
NUMBERS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty",
    "ninety",
)
# fmt: on
DATED = ("may_dated", "march_dated")
WORDS = MONTHS + DATED + WEEKDAYS + YEARS + DECADES + CENTURIES + ORDINALS + NUMBERS


def _joined(match: re.Match[str]) -> str:
    run, plural, ordinal = match.groups()
    number = "".join(VALUE[word] for word in run.split())
    if ordinal:
        return f"{number}{ordinal}_century" if 1 <= len(number) <= 2 else match.group()
    if len(number) == 4 and plural and number[3] == "0":
        return f"{number}s"
    if len(number) == 4 and not plural:
        return number
    return match.group()


def join_digits(text: str) -> str:
    """Join exactly four digit words in a row to a number, with "s" to a decade; and centuries.

    Longer and shorter runs stay as they are. "may" and "march" in front of a number are marked.

    Examples
    --------
    >>> join_digits("in one nine eight four and the one nine six zero s")
    'in 1984 and the 1960s'
    >>> join_digits("the one nine th century has one zero zero years")
    'the 19th_century has one zero zero years'
    >>> join_digits("it may march in may one nine one four")
    'it may march in may_dated 1914'
    """
    return _DATED.sub(r"\1_dated", _RUN.sub(_joined, text))


def articles(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the articles of texts that hold one a line, with their digits joined."""
    openers: dict[str, Callable[..., Iterable[str]]] = {
        ".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open,
    }  # fmt: skip
    for path in paths:
        with openers.get(path.suffix, open)(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield join_digits(line)


def count_block(
    texts: Iterable[str], words: Sequence[str], *, vocab_size: int, window: int, source: str = ""
) -> CorpusStatistics:
    """Count pairs of ``words``; the rest of the ``vocab_size`` most frequent words is one word.

    Returns
    -------
    CorpusStatistics
        ``OTHER`` first, then the words by frequency. Its p_i, p_ij and M* for the words are those
        of the full table, because merging rows changes neither their counts nor the totals.

    Raises
    ------
    W2VError
        A word is not among the ``vocab_size`` most frequent ones.
    """
    with tokenized(texts) as text:
        vocabulary = text.vocabulary
        kept = vocabulary.most_frequent(vocab_size)
        row_of = {vocabulary.word(int(k)): int(k) for k in kept}
        missing = [word for word in words if word not in row_of]
        if missing:
            raise W2VError(
                f"{len(missing)} of the {len(words)} words are not among the {vocab_size:,} most "
                f"frequent ones, such as {', '.join(missing[:5])}; take a larger vocabulary"
            )
        chosen = np.array([row_of[word] for word in words])
        order = np.argsort(-vocabulary.counts[chosen], kind="stable")
        chosen = chosen[order]
        rank = np.full(vocabulary.n, -1, np.int32)
        rank[kept] = 0  # all that is not chosen shares the first row
        rank[chosen] = np.arange(1, len(words) + 1)
        table = count_pairs(text, rank, len(words) + 1, window)
        counts = vocabulary.counts[chosen]
        n_others = vocabulary.counts[kept].sum() - counts.sum()
    names = (OTHER, *(words[k] for k in order))
    return CorpusStatistics(names, np.array([n_others, *counts]), table, window, source=source)


def main(arguments: Sequence[str] | None = None) -> int:
    """Count the ordered words of texts and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--vocab-size", type=int, default=20_000)
    parser.add_argument("--window", type=int, default=16)
    parser.add_argument("--source", default=SOURCE)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        stats = count_block(
            articles(options.texts),
            WORDS,
            vocab_size=options.vocab_size,
            window=options.window,
            source=options.source,
        )
        stats.save(options.out)
    except (W2VError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(stats)
    return 0


SOURCE = (
    "English Wikipedia, 30,729 articles (page ids 12 to about 60,000, spring 2015), CC BY-SA; "
    "digits joined by tools/count_block.py, V = 20,000"
)

if __name__ == "__main__":
    sys.exit(main())
