"""The .npz format of co-occurrence statistics: lossless, without pickle, with a checksum."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .._support.errors import W2VError
from .._support.files import atomic_write, check_readable
from .._support.validation import vocabulary_size

if TYPE_CHECKING:
    from ._statistics import CorpusStatistics

FORMAT = 1


def write_statistics(path: str | os.PathLike[str], stats: CorpusStatistics) -> None:
    """Write the upper triangle of the pair counts as byte planes, which pack well."""
    triangle = np.concatenate([row[i:] for i, row in enumerate(stats.pair_counts)])
    n_planes = max((int(triangle.max()).bit_length() + 7) // 8, 1)
    planes = triangle.astype("<u8").view(np.uint8).reshape(-1, 8)
    about = {"format": FORMAT, "window": stats.window, "source": stats.source}
    arrays = {
        "about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        "words": np.frombuffer("\n".join(stats.words).encode(), np.uint8),
        "word_counts": stats.word_counts.astype("<i8"),
        **{f"pair_counts_byte{k}": planes[:, k].copy() for k in range(n_planes)},
    }
    arrays["sha256"] = np.frombuffer(bytes.fromhex(digest(arrays)), np.uint8)
    with atomic_write(path) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_statistics(
    path: str | os.PathLike[str], vocab_size: int | None, *, sha256: str | None = None
) -> dict[str, Any]:
    """Return the first ``vocab_size`` words and their counts, as ``CorpusStatistics`` takes them.

    ``sha256`` is what the content must have, where that is known beforehand.
    """
    path = check_readable(path, "write statistics with stats.save(path) first")
    remedy = "copy it again, or count the text again with w2vlib.count_cooccurrences"
    try:
        with open(path, "rb") as file:
            if file.read(2) != b"PK":  # np.load would take it for a pickle
                raise W2VError(
                    f"{path} is not a readable statistics file, by its first bytes; if it is a "
                    "text, give it a name that does not end in .npz"
                )
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        stored, found = arrays.pop("sha256").tobytes().hex(), digest(arrays)
        if not stored == found == (sha256 or found):
            raise W2VError(
                f"{path} was changed or damaged: its content has SHA-256 {found[:16]}..., "
                f"it should have {(sha256 or stored)[:16]}...; {remedy}"
            )
        about = json.loads(arrays["about"].tobytes())
        if about["format"] != FORMAT:
            raise W2VError(
                f"{path} has format {about['format']}, this w2vlib reads format {FORMAT}; "
                "update w2vlib"
            )
        words = tuple(arrays["words"].tobytes().decode().split("\n"))
        V = len(words)
        if not _has_layout(arrays, V):
            raise ValueError
        keep = V if vocab_size is None else vocab_size
        keep = vocabulary_size(keep, V, "words of these statistics")
        planes = [arrays[f"pair_counts_byte{k}"] for k in range(len(arrays) - 3)]
        return {
            "words": words[:keep],
            "word_counts": arrays["word_counts"][:keep],
            "pair_counts": _square(planes, V, keep),
            "window": about["window"],
            "source": about["source"],
        }
    except W2VError:
        raise
    except Exception as error:  # anything, for a file that was cut or that somebody else wrote
        # NumPy's own message is left out: it advises unpickling a file of unknown origin.
        raise W2VError(
            f"{path} is not a readable statistics file ({type(error).__name__}); {remedy}"
        ) from error


def _has_layout(arrays: dict[str, np.ndarray], V: int) -> bool:
    """Whether arrays have the names, shapes and types that :func:`write_statistics` gives them."""
    expected = {name: ((arrays[name].size,), "|u1") for name in ("about", "words")}
    expected["word_counts"] = (V,), "<i8"
    for k in range(min(max(len(arrays) - 3, 1), 8)):
        expected[f"pair_counts_byte{k}"] = (V * (V + 1) // 2,), "|u1"
    return {name: (array.shape, array.dtype.str) for name, array in arrays.items()} == expected


def _square(planes: list[np.ndarray], V: int, keep: int) -> np.ndarray:
    """Put the first ``keep`` rows of a packed triangle of V rows into a full symmetric table."""
    table = np.empty((keep, keep), np.int64)
    start = 0
    for i in range(keep):
        row = slice(start, start + keep - i)
        bits = (plane[row].astype(np.int64) << 8 * k for k, plane in enumerate(planes))
        table[i, i:] = table[i:, i] = sum(bits)
        start += V - i
    table.setflags(write=False)
    return table


def digest(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 over names and contents, so that it does not depend on how zlib packed them."""
    sha = hashlib.sha256()
    for name in sorted(arrays):
        sha.update(name.encode() + b"\0" + np.ascontiguousarray(arrays[name]).data)
    return sha.hexdigest()
