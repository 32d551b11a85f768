"""Command line: ``python -m w2vlib vectors text.txt --out vectors.txt`` makes word vectors.

``python -m w2vlib count text.txt --out statistics.npz`` keeps the counts alone, and
``python -m w2vlib forecast text.txt`` says what word2vec will learn from a text, and when.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import CorpusStatistics, W2VError, load_statistics, pca_embeddings, sgns_embeddings
from ._support.files import check_readable
from ._support.validation import window_size
from .corpus._counting import count_tokenized, table_size

# A vocabulary that is chosen here holds the words that occur so often, and at most so many.
_MIN_OCCURRENCES, _MAX_CHOSEN = 20, 5000
_SPARSE_ABOVE = 20_000  # words: the table of more keeps only the pairs that occur
_SHORT_LINE = 20  # words; windows reach 16 to either side


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 2 for an error, 130 when stopped."""
    for stream in (sys.stdout, sys.stderr):  # a word must not stop the output on an old terminal
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    except (W2VError, OSError) as error:  # OSError: of a name that is too long, for example
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m w2vlib", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    whole = "a file is one article, broken into lines, such as a book"
    size = f"words to keep (all that occur {_MIN_OCCURRENCES} times, at most {_MAX_CHOSEN:,})"

    command = commands.add_parser("count", help="count the pairs of words in text files")
    command.set_defaults(run=_count)
    add = command.add_argument
    add("texts", nargs="+", type=Path, metavar="TEXT", help="one article per line")
    add("--whole", action="store_true", help=whole)
    add("--vocab-size", type=int, default=5000, help="words to keep (%(default)s)")
    add("--window", type=int, default=16, help="half-window (%(default)s)")
    add("--source", default="", help="where the text comes from, for the record")
    add("--out", type=Path, required=True, help="the .npz file to write")

    command = commands.add_parser(
        "vectors",
        help="word vectors of a text, in word2vec's format",
        description="Count a text and write word vectors, which gensim and many other tools read.",
    )
    command.set_defaults(run=_vectors, source="")
    add = command.add_argument
    text = "a text file, one article per line, or an .npz file of statistics"
    add("text", type=Path, metavar="TEXT", help=text)
    add("--whole", action="store_true", help=whole)
    add("--vocab-size", type=int, help=size)
    add("--window", type=int, help="half-window (16)")
    add("--dim", type=int, default=200, help="length of a vector (%(default)s)")
    methods = "pca: the weighted closed form; sgns: word2vec's own loss, from there (%(default)s)"
    add("--method", choices=("pca", "sgns"), default="sgns", help=methods)
    add(
        "--out", type=Path, required=True, help="the file; .gz packs it, .bin is the binary variant"
    )

    command = commands.add_parser(
        "forecast",
        help="what word2vec will learn from a text, in which order, and when",
        description="Count a text, print what word2vec's model will learn from it and when, and "
        "write the forecast as one HTML page.",
    )
    command.set_defaults(run=_forecast)
    add = command.add_argument
    text = "a text file, one article per line, or an .npz file of statistics (those of Wikipedia)"
    add("text", nargs="?", type=Path, metavar="TEXT", help=text)
    add("--whole", action="store_true", help=whole)
    add("--vocab-size", type=int, help=size)
    add("--window", type=int, help="half-window (16)")
    add("-d", type=int, default=20, help="dimensions of the model (%(default)s)")
    sigma = "standard deviation of the entries of W(0) (%(default)g)"
    add("--sigma", type=float, default=1e-6, help=sigma)
    add("--out", type=Path, help="the page (TEXT with .forecast.html at its end)")
    return parser


def _count(options: argparse.Namespace) -> None:
    _check_files(options.texts, options.out)
    stats = _counted(options.texts, options.source, options)
    stats.save(options.out)
    print(f"{stats!r} -> {options.out} ({options.out.stat().st_size:,} bytes)")


def _vectors(options: argparse.Namespace) -> None:
    _check_files([options.text], options.out)
    begin = time.perf_counter()
    stats = _statistics(options)
    counted = time.perf_counter()
    print(f"{'counts':7}{counted - begin:7.1f} s   {stats!r}")
    losses: list[float] = []
    if options.method == "pca":
        emb = pca_embeddings(stats, options.dim, weights="word2vec")
    else:
        emb = sgns_embeddings(stats, options.dim, callback=lambda _, loss, *__: losses.append(loss))
    found = f"after {len(losses) - 1} steps, loss {losses[-1]:.4f}" if losses else "in closed form"
    print(f"{'vectors':7}{time.perf_counter() - counted:7.1f} s   {emb!r} {found}")
    emb.save_word2vec_format(
        options.out, binary=options.out.name.removesuffix(".gz").endswith(".bin")
    )
    print(f"-> {options.out} ({options.out.stat().st_size:,} bytes)")


def _forecast(options: argparse.Namespace) -> None:
    from .forecasting import forecast

    text, out = options.text, options.out
    if out is None:
        packed = text is not None and text.suffix in (".gz", ".xz", ".bz2")
        plain = Path("wikipedia") if text is None else text.with_suffix("") if packed else text
        out = plain.parent / f"{plain.stem}.forecast.html"
    _check_files([] if text is None else [text], out)
    result = forecast(_statistics(options), options.d, sigma=options.sigma)
    print(result)
    result.save_html(out)
    print(f"-> {out} ({out.stat().st_size:,} bytes); open it in a browser")


def _check_files(texts: Sequence[Path], out: Path) -> None:
    """Say before the counting, not after it, that a text or the result is no usable file."""
    for text in texts:
        check_readable(
            text, "name a text file (save what comes from a pipe or from standard input first)"
        )
    same = out.exists() and any(text.samefile(out) for text in texts)
    if same or (out.exists() and not out.is_file()):
        what = "the text itself" if same else "a folder" if out.is_dir() else "a pipe or a device"
        raise W2VError(f"--out {out} is {what}; name another file")
    if not os.access(out.parent, os.W_OK):
        what = "you may not write to it" if out.parent.is_dir() else "it does not exist"
        raise W2VError(
            f"cannot write {out} in the folder {out.parent}: {what}; "
            "name a file in another folder with --out"
        )


def _statistics(options: argparse.Namespace) -> CorpusStatistics:
    """Statistics of the text, or those of a file, which need no counting."""
    text = options.text
    if text is not None and text.suffix != ".npz":
        options.window = 16 if options.window is None else options.window
        return _counted([text], text.name, options)
    for name in ("window", "whole"):
        if getattr(options, name) not in (None, False):
            raise W2VError(
                f"--{name} belongs to the counting of a text, and these statistics are "
                "counted already; leave it out, or name a text file"
            )
    if text is None:
        return load_statistics(options.vocab_size)
    return CorpusStatistics.load(text, options.vocab_size)


def _counted(texts: Sequence[Path], source: str, options: argparse.Namespace) -> CorpusStatistics:
    from .corpus._reading import whole_text
    from .corpus._tokens import tokenized  # compiles: only who counts waits for it

    window, vocab_size = window_size(options.window), options.vocab_size
    sparse = vocab_size is not None and vocab_size > _SPARSE_ABOVE
    if vocab_size is not None:
        table_size(vocab_size, sparse)
    with tokenized(map(whole_text, texts) if options.whole else texts) as text:
        counts = text.vocabulary.counts[: text.vocabulary.n]
        size = _chosen_size(counts, text.n_articles) if vocab_size is None else vocab_size
        words_in_a_line = counts.sum() / max(text.n_articles, 1)
        if text.n_articles > len(texts) and words_in_a_line < _SHORT_LINE:
            print(
                f"a line holds {words_in_a_line:.0f} words on average, and windows end with the "
                "line; if the lines are not articles of their own, use --whole"
            )
        return count_tokenized(text, size, window, source, sparse)


def _chosen_size(counts: np.ndarray, n_articles: int) -> int:
    """Choose the number of words, and say which."""
    frequent = int((counts >= _MIN_OCCURRENCES).sum())
    if frequent < 2:
        raise W2VError(
            f"the text is too short: of its {len(counts):,} different words {frequent} occur "
            f"{_MIN_OCCURRENCES} times or more, and a forecast needs many; give a longer text, or "
            "set --vocab-size yourself"
        )
    size = min(frequent, _MAX_CHOSEN)
    print(
        f"{counts.sum():,} words in {n_articles:,} article{'s' * (n_articles != 1)}; "
        f"{frequent:,} different ones occur {_MIN_OCCURRENCES} times or more: vocabulary of "
        f"{size:,} (--vocab-size sets another)"
    )
    return size


if __name__ == "__main__":
    sys.exit(main())
