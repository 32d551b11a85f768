"""Command line: ``python -m w2vlib count text.txt --vocab-size 5000 --out statistics.npz``."""

from __future__ import annotations

import argparse
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


if __name__ == "__main__":
    sys.exit(main())
