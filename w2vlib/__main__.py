"""Command line: ``python -m w2vlib count text.txt --vocab-size 5000 --out statistics.npz``.

``python -m w2vlib forecast text.txt`` says what word2vec will learn from a text, and when.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import CorpusStatistics, W2VError, count_cooccurrences, load_statistics

_MOST_WORDS, _LEAST_COUNT = 5000, 20  # of a vocabulary that is chosen here


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m w2vlib", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    count = commands.add_parser("count", help="count the pairs of words in text files")
    count.add_argument("texts", nargs="+", type=Path, metavar="TEXT", help="an article a line")
    count.add_argument("--vocab-size", type=int, default=5000, help="words to keep (%(default)s)")
    count.add_argument("--window", type=int, default=16, help="half-window (%(default)s)")
    count.add_argument("--source", default="", help="where the text comes from, for the record")
    count.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    _add_forecast(commands)
    options = parser.parse_args(arguments)
    try:
        return _forecast(options) if options.command == "forecast" else _count(options)
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130


def _count(options: argparse.Namespace) -> int:
    try:
        _check_out(options.out, options.texts)
        stats = count_cooccurrences(
            options.texts,
            vocab_size=options.vocab_size,
            window=options.window,
            source=options.source,
        )
        stats.save(options.out)
    except W2VError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{stats!r} -> {options.out} ({options.out.stat().st_size:,} bytes)")
    return 0


def _check_out(out: Path, texts: Sequence[Path]) -> None:
    """Say before the counting, not after it, that the result cannot go there."""
    same = out.exists() and any(text.exists() and text.samefile(out) for text in texts)
    if same or (out.exists() and not out.is_file()):
        what = "the text itself" if same else "a folder" if out.is_dir() else "a pipe or a device"
        raise W2VError(f"--out {out} is {what}; name another file")
    if not os.access(out.parent, os.W_OK):
        what = "you may not write to it" if out.parent.is_dir() else "it does not exist"
        raise W2VError(
            f"cannot write {out} in the folder {out.parent}: {what}; "
            "name a file in another folder with --out"
        )


def _add_forecast(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "forecast",
        help="what word2vec will learn from a text, in which order, and when",
        description="Count a text, print what word2vec's model will learn from it and when, and "
        "write the forecast as one HTML page.",
    )
    command.add_argument(
        "text",
        nargs="?",
        type=Path,
        metavar="TEXT",
        help="a text file, an article a line, or an .npz file of statistics; "
        "without it the bundled statistics of Wikipedia",
    )
    command.add_argument(
        "--whole",
        action="store_true",
        help="the file is one article, broken into lines, such as a book",
    )
    command.add_argument(
        "--vocab-size",
        type=int,
        help=f"words to keep (those that occur {_LEAST_COUNT} times or more, "
        f"at most {_MOST_WORDS:,})",
    )
    command.add_argument("--window", type=int, help="half-window (16)")
    command.add_argument("-d", type=int, default=20, help="dimensions of the model (%(default)s)")
    command.add_argument(
        "--sigma",
        type=float,
        default=1e-6,
        help="standard deviation of the entries of W(0) (%(default)g)",
    )
    command.add_argument("--out", type=Path, help="the page (TEXT with .forecast.html at its end)")


def _forecast(options: argparse.Namespace) -> int:
    from .forecasting import forecast

    for stream in (sys.stdout, sys.stderr):  # a word must not stop the table on an old terminal
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        out = _page_path(options.out, options.text)
        result = forecast(_statistics(options), options.d, sigma=options.sigma)
        print(result)
        result.save_html(out)
    except (W2VError, OSError) as error:  # OSError: the file may not be read
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"-> {out} ({out.stat().st_size:,} bytes); open it in a browser")
    return 0


def _page_path(out: Path | None, text: Path | None) -> Path:
    """Where the page goes; says before the counting, not after it, that it cannot go there."""
    if text is not None and text.is_dir():
        raise W2VError(f"{text} is a folder; name a text file in it")
    if out is None:
        packed = text is not None and text.suffix in (".gz", ".xz", ".bz2")
        plain = Path("wikipedia") if text is None else text.with_suffix("") if packed else text
        out = plain.with_name(f"{plain.stem}.forecast.html")
    _check_out(out, [] if text is None else [text])
    return out


def _statistics(options: argparse.Namespace) -> CorpusStatistics:
    """Statistics of the text, or those of a file, which need no counting."""
    text, vocab_size = options.text, options.vocab_size
    if text is None or text.suffix == ".npz":
        given = [
            name for name in ("window", "whole") if getattr(options, name) not in (None, False)
        ]
        if given:
            raise W2VError(
                f"--{given[0]} belongs to the counting of a text, and these statistics are "
                "counted already; leave it out, or name a text file"
            )
        if text is None:
            return load_statistics(vocab_size)
        return CorpusStatistics.load(text, vocab_size)
    window = 16 if options.window is None else options.window
    articles: list[str] | Path = [_joined(text)] if options.whole else text
    if vocab_size is None:
        vocab_size = _choose_vocabulary(articles, text)
    return count_cooccurrences(articles, vocab_size=vocab_size, window=window, source=text.name)


def _choose_vocabulary(articles: list[str] | Path, text: Path) -> int:
    from .corpus._tokens import read_ids

    with tempfile.TemporaryFile() as ids:
        types, _ = read_ids(articles, ids, None)
        ids.flush()
        token = np.memmap(ids, np.int32, "r") >= 0 if ids.tell() else np.zeros(0, bool)
        n_articles = int((token[:-1] & ~token[1:]).sum())  # ends of lines that hold words
    n_tokens = int(types.counts.sum())
    frequent = int((types.counts >= _LEAST_COUNT).sum())
    if frequent < 2:
        raise W2VError(
            f"{text} is too short: of its {types.n:,} different words {frequent} occur "
            f"{_LEAST_COUNT} times or more, and a forecast needs many; give a longer text, or "
            "set --vocab-size yourself"
        )
    size = min(frequent, _MOST_WORDS)
    print(
        f"{n_tokens:,} words in {n_articles:,} article{'s' * (n_articles != 1)}; "
        f"{frequent:,} different ones occur {_LEAST_COUNT} times or more: vocabulary of {size:,} "
        "(--vocab-size sets another)"
    )
    if n_articles > 1 and n_tokens < 20 * n_articles:
        print(
            f"a line holds {n_tokens / n_articles:.0f} words on average, and windows end with the "
            "line; if the lines are not articles of their own, use --whole"
        )
    return size


def _joined(text: Path) -> str:
    from .corpus._reading import blocks

    content = b"".join(blocks(text, lambda _: None))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise W2VError(
            f"{text} is not UTF-8 (byte {error.start:,}); convert it first, for instance with: "
            "iconv -f latin1 -t utf-8 old.txt > new.txt"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
