"""Command line: ``python -m w2vlib count text.txt --vocab-size 5000 --out statistics.npz``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import W2VError, count_cooccurrences


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
    options = parser.parse_args(arguments)
    try:
        return _count(options)
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


if __name__ == "__main__":
    sys.exit(main())
