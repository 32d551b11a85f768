"""The .npz format of co-occurrence statistics: lossless, without pickle, with a checksum."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .._support.errors import W2VError
from .._support.files import atomic_write, check_readable
from .._support.memory import check_table
from .._support.validation import vocabulary_size
from ._sparse import lock, sparse_table

if TYPE_CHECKING:
    from ._statistics import CorpusStatistics

FORMAT, SPARSE_FORMAT = 1, 2
_ROWS = 1024  # of a sparse table that are packed at a time


def write_statistics(path: str | os.PathLike[str], stats: CorpusStatistics) -> None:
    """Write the upper triangle of the pair counts as byte planes, which pack well."""
    number = SPARSE_FORMAT if stats.is_sparse else FORMAT
    about = {"format": number, "window": stats.window, "source": stats.source}
    arrays = {
        "about": np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8),
        "words": np.frombuffer("\n".join(stats.words).encode(), np.uint8),
        "word_counts": stats.word_counts.astype("<i8"),
    }
    if stats.is_sparse:
        arrays |= _packed_rows(stats.pair_counts)
    else:
        triangle = np.concatenate([row[i:] for i, row in enumerate(stats.pair_counts)])
        planes = [np.empty(triangle.size, np.uint8) for _ in range(_n_planes(triangle.max()))]
        _fill(planes, slice(None), triangle)
        arrays |= {f"pair_counts_byte{k}": plane for k, plane in enumerate(planes)}
    arrays["sha256"] = np.frombuffer(bytes.fromhex(digest(arrays)), np.uint8)
    with atomic_write(path) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def _n_planes(largest: int) -> int:
    """Return the number of bytes that hold numbers up to this one."""
    return max((int(largest).bit_length() + 7) // 8, 1)


def _fill(planes: list[np.ndarray], part: slice, numbers: np.ndarray) -> None:
    for k, plane in enumerate(planes):
        plane[part] = numbers >> 8 * k & 255


def _packed_rows(table: sparse.csr_array) -> dict[str, np.ndarray]:
    """Return the cells on and above the diagonal: their columns as gaps, and their values.

    A gap is the distance from the cell before it in its row, or from the diagonal.
    """
    V = table.shape[0]
    lengths = np.empty(V, "<i8")
    n_above = (table.nnz + np.count_nonzero(table.diagonal())) // 2
    gaps, values = (
        [np.empty(n_above, np.uint8) for _ in range(_n_planes(largest))]
        for largest in (V, table.data.max())
    )
    at = 0
    for begin in range(0, V, _ROWS):
        rows = table[begin : begin + _ROWS]
        i = np.repeat(np.arange(begin, begin + rows.shape[0]), np.diff(rows.indptr))
        above = rows.indices >= i
        i, j = i[above], rows.indices[above].astype(np.int64)
        lengths[begin : begin + _ROWS] = np.bincount(i - begin, minlength=rows.shape[0])
        first = np.diff(i, prepend=-1) > 0
        gap = np.where(first, j - i, np.diff(j, prepend=0))
        part = slice(at, at + len(i))
        _fill(gaps, part, gap)
        _fill(values, part, rows.data[above])
        at += len(i)
    return {
        "row_lengths": lengths,
        **{f"gaps_byte{k}": plane for k, plane in enumerate(gaps)},
        **{f"pair_counts_byte{k}": plane for k, plane in enumerate(values)},
    }


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
        if about["format"] not in (FORMAT, SPARSE_FORMAT):
            raise W2VError(
                f"{path} has format {about['format']}, this w2vlib reads formats {FORMAT} and "
                f"{SPARSE_FORMAT}; update w2vlib"
            )
        words = tuple(arrays["words"].tobytes().decode().split("\n"))
        V, is_sparse = len(words), about["format"] == SPARSE_FORMAT
        if not _has_layout(arrays, V, is_sparse):
            raise ValueError
        keep = V if vocab_size is None else vocab_size
        keep = vocabulary_size(keep, V, "words of these statistics")
        table: Any = _square_of_rows(arrays, keep) if is_sparse else _square(arrays, V, keep)
        return {
            "words": words[:keep],
            "word_counts": arrays["word_counts"][:keep],
            "pair_counts": table,
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


def _has_layout(arrays: dict[str, np.ndarray], V: int, is_sparse: bool) -> bool:
    """Whether arrays have the names, shapes and types that :func:`write_statistics` gives them."""
    expected = {name: ((arrays[name].size,), "|u1") for name in ("about", "words")}
    expected["word_counts"] = (V,), "<i8"
    n_cells = V * (V + 1) // 2
    if is_sparse:
        expected["row_lengths"] = (V,), "<i8"
        lengths = arrays["row_lengths"]
        if lengths.shape != (V,) or lengths.min() < 0 or (lengths > np.arange(V, 0, -1)).any():
            return False
        n_cells = int(lengths.sum())
        expected |= {f"gaps_byte{k}": ((n_cells,), "|u1") for k in range(_n_planes(V))}
    for k in range(min(max(len(arrays) - len(expected), 1), 8)):
        expected[f"pair_counts_byte{k}"] = (n_cells,), "|u1"
    return {name: (array.shape, array.dtype.str) for name, array in arrays.items()} == expected


def _numbers(arrays: dict[str, np.ndarray], name: str, part: slice) -> np.ndarray:
    """Return numbers from their byte planes, as int64."""
    planes = (arrays[f"{name}_byte{k}"] for k in range(8) if f"{name}_byte{k}" in arrays)
    return np.asarray(sum(plane[part].astype(np.int64) << 8 * k for k, plane in enumerate(planes)))


def _square(arrays: dict[str, np.ndarray], V: int, keep: int) -> np.ndarray:
    """Put the first ``keep`` rows of a packed triangle of V rows into a full symmetric table."""
    check_table(keep, "keep fewer words, vocab_size=")
    table = np.empty((keep, keep), np.int64)
    start = 0
    for i in range(keep):
        table[i, i:] = table[i:, i] = _numbers(
            arrays, "pair_counts", slice(start, start + keep - i)
        )
        start += V - i
    lock(table)
    return table


def _square_of_rows(arrays: dict[str, np.ndarray], keep: int) -> sparse.csr_array:
    """Put the first ``keep`` rows of packed rows into a whole symmetric sparse table."""
    V = len(arrays["row_lengths"])
    ends = np.concatenate([[0], np.cumsum(arrays["row_lengths"])])
    above = []
    for begin in range(0, keep, _ROWS):
        end = min(begin + _ROWS, keep)
        part, starts = slice(ends[begin], ends[end]), ends[begin:end] - ends[begin]
        lengths = arrays["row_lengths"][begin:end]
        gaps = _numbers(arrays, "gaps", part)
        sums = np.concatenate([[0], np.cumsum(gaps)])
        i = np.repeat(np.arange(begin, end), lengths)
        j = i + sums[1:] - np.repeat(sums[starts], lengths)
        gaps[starts[lengths > 0]] = 1  # the first of a row may be 0, the diagonal
        if gaps.min(initial=1) < 1 or j.max(initial=0) >= V:
            raise ValueError
        values = _numbers(arrays, "pair_counts", part)
        if values.max(initial=0) < 1 << 30:  # leaves room for a sum of two
            values = values.astype(np.int32)
        kept = j < keep
        own = np.concatenate([[0], np.cumsum(np.bincount(i[kept] - begin, minlength=end - begin))])
        rows = (values[kept], j[kept].astype(np.int32), own)
        above.append(sparse.csr_array(rows, shape=(end - begin, keep)))
    triangle = sparse.vstack(above, format="csr")
    above.clear()
    table = triangle + triangle.T.tocsr()
    diagonal = triangle.diagonal()  # which came twice
    n_before = np.bincount(triangle.indices, minlength=keep) - (diagonal > 0)
    at = (table.indptr[:-1] + n_before)[diagonal > 0]
    table.data[at] = diagonal[diagonal > 0]
    table = sparse_table(table.data, table.indices, table.indptr)
    lock(table)
    return table


def digest(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 over names and contents, so that it does not depend on how zlib packed them."""
    sha = hashlib.sha256()
    for name in sorted(arrays):
        sha.update(name.encode() + b"\0" + np.ascontiguousarray(arrays[name]).data)
    return sha.hexdigest()
