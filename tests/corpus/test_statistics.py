"""CorpusStatistics: what they accept, their files, and the bundled ones."""

import hashlib
import io
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import w2vlib
from w2vlib import (
    CorpusStatistics,
    W2VError,
    count_cooccurrences,
)
from w2vlib.corpus import BUNDLED, _file_format, _statistics


@pytest.fixture
def stats():
    articles = ["the cat sat on the mat", "the dog sat on the cat", "a dog a cat"]
    return count_cooccurrences(articles, vocab_size=6, window=4, source="three sentences")


def test_probabilities(stats):
    assert stats.p_i.sum() == pytest.approx(1)
    assert stats.p_ij.sum() == pytest.approx(1)
    assert np.array_equal(stats.p_ij, stats.p_ij.T)
    assert stats.p_i[stats.index["the"]] == 4 / stats.n_tokens
    assert len(stats) == 6
    assert "V=6" in repr(stats)


def test_counts_cannot_be_changed_by_accident(stats):
    with pytest.raises(ValueError, match="read-only"):
        stats.pair_counts[0, 0] = 1


@pytest.mark.parametrize("kind", ["array", "view", "read-only view", "other integers"])
def test_changing_the_callers_array_changes_no_statistics(kind):
    counts, table = np.array([1, 1]), np.array([[0, 1], [1, 0]])
    given = {
        "array": table,
        "view": table[:],
        "read-only view": np.broadcast_to(table, (2, 2)),
        "other integers": table.astype(np.int16),
    }[kind]
    made = CorpusStatistics(("a", "b"), counts, given, 1)
    table[0, 1] = counts[0] = 5  # the caller's arrays stay the caller's
    assert made.pair_counts.tolist() == [[0, 1], [1, 0]]
    assert made.word_counts.tolist() == [1, 1]


def test_counts_of_our_own_are_not_copied(stats):
    again = CorpusStatistics(stats.words, stats.word_counts, stats.pair_counts, 4)
    assert again.pair_counts is stats.pair_counts


def test_truncate_keeps_the_block(stats):
    small = stats.truncate(3)
    assert small.words == stats.words[:3]
    assert np.array_equal(small.pair_counts, stats.pair_counts[:3, :3])
    assert small.p_ij.sum() == pytest.approx(1)
    assert (small.window, small.source) == (stats.window, stats.source)
    with pytest.raises(W2VError, match=r"vocab_size=7 exceeds the 6 words"):
        stats.truncate(7)


ONES = np.ones((2, 2), int)
BAD_STATISTICS = {
    "twice the same word": ((("a", "a"), [1, 1], ONES, 1), "'a' comes twice, in rows 0 and 1"),
    "shape": ((("a", "b"), [1, 1, 1], ONES, 1), r"word_counts has shape \(3,\)"),
    "ragged": ((("a", "b"), [1, [1, 2]], ONES, 1), "word_counts is no table of integers"),
    "floats": ((("a", "b"), [1, 1], ONES * 0.5, 1), "type float64; 2 words need integers"),
    "negative": ((("a", "b"), [1, 1], -ONES, 1), "pair_counts holds -1"),
    "a word that never occurs": ((("a", "b"), [1, 0], ONES, 1), "word_counts holds 0"),
    "one-sided": ((("a", "b"), [1, 1], [[0, 7], [2, 0]], 1), "differ by up to 5; .*N.T"),
    "no pairs": ((("a", "b"), [1, 1], 0 * ONES, 1), "no two of the 2 words"),
    "window": ((("a", "b"), [1, 1], ONES, 0), "window=0"),
    "one word": ((("a",), [2], [[2]], 1), "1 words; pairs need 2"),
    "line end": ((("a", "b\nc"), [1, 1], ONES, 1), r"the word 'b\\nc' holds a line end"),
    "half a letter": ((("a", "\ud800"), [1, 1], ONES, 1), "half a surrogate pair"),
    "no words": ((("a", ["b"]), [1, 1], ONES, 1), r"word 1 is \['b'\], list; pass strings"),
    "words in one string": (("ab", [1, 1], ONES, 1), "words is one string"),
    "sum of pairs": (
        (("a", "b"), [1, 1], ONES * 2**62, 1),
        r"sum of pair_counts is 1.84e\+19, more than 64-bit .* at most 9.2e\+18",
    ),
    "sum of words": ((("a", "b"), [2**62, 2**62], ONES, 1), "sum of word_counts is 9.22e"),
    "unsigned": (
        (("a", "b"), [1, 1], ONES.astype(np.uint64) * np.uint64(2**63), 1),
        "sum of pair_counts is 3.69e",
    ),
}


def test_the_source_must_be_words():
    for source in (None, Path("text")):
        with pytest.raises(W2VError, match=r"source is .*; pass a str"):
            CorpusStatistics(("a", "b"), np.array([1, 1]), ONES, 1, source=source)
        with pytest.raises(W2VError, match=r"source is .*; pass a str"):
            count_cooccurrences([], vocab_size=2, source=source)


@pytest.mark.parametrize("case", BAD_STATISTICS)
def test_bad_statistics(case):
    (words, word_counts, pair_counts, window), message = BAD_STATISTICS[case]
    with pytest.raises(W2VError, match=message):
        CorpusStatistics(words, word_counts, np.array(pair_counts), window)


# --- files ---------------------------------------------------------------------------------------


def assert_same(a, b):
    assert a.words == b.words
    assert np.array_equal(a.word_counts, b.word_counts)
    assert np.array_equal(a.pair_counts, b.pair_counts)
    assert (a.window, a.source) == (b.window, b.source)


def test_save_and_load(tmp_path, stats):
    stats.save(tmp_path / "stats.npz")
    assert_same(CorpusStatistics.load(tmp_path / "stats.npz"), stats)
    assert_same(CorpusStatistics.load(tmp_path / "stats.npz", 3), stats.truncate(3))
    stats.save(tmp_path / "again.npz")
    assert (tmp_path / "stats.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.integers(0, 2**59), min_size=6, max_size=6).filter(any),
    words=st.lists(st.text("abé語ю", min_size=1), min_size=3, max_size=3, unique=True),
)
def test_files_are_lossless(tmp_path_factory, counts, words):
    table = np.zeros((3, 3), np.int64)
    table[np.triu_indices(3)] = counts
    table = table | table.T
    stats = CorpusStatistics(tuple(words), np.array([3, 2, 1]), table, 7, source="ü")
    path = tmp_path_factory.mktemp("stats") / "s.npz"
    stats.save(path)
    assert_same(CorpusStatistics.load(path), stats)


def test_every_changed_byte_is_found(tmp_path, stats):
    path = tmp_path / "stats.npz"
    stats.save(path)
    good = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(good), 60):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x40]) + good[at + 1 :])
        try:
            loaded = CorpusStatistics.load(path)
        except W2VError:
            continue
        assert_same(loaded, stats)  # a byte that carries nothing, such as a date
    for length in (0, 10, len(good) // 2, len(good) - 5):
        path.write_bytes(good[:length])
        with pytest.raises(W2VError, match="not a readable statistics file"):
            CorpusStatistics.load(path)


def test_tampered_content_is_refused(tmp_path, stats):
    path = tmp_path / "stats.npz"
    stats.save(path)
    arrays = dict(np.load(path))
    arrays["pair_counts_byte0"] = arrays["pair_counts_byte0"] + np.uint8(1)
    np.savez_compressed(path, **arrays)
    with pytest.raises(W2VError, match="was changed or damaged"):
        CorpusStatistics.load(path)


def test_foreign_files_are_refused(tmp_path, stats):
    path = tmp_path / "other.npz"
    np.savez(path, a=np.ones(3))
    with pytest.raises(W2VError, match="not a readable statistics file"):
        CorpusStatistics.load(path)
    np.savez(path, sha256=np.array([{"a": 1}], dtype=object))
    with pytest.raises(W2VError, match="not a readable statistics file"):
        CorpusStatistics.load(path)
    path.write_text("the cat sat on the mat")
    with pytest.raises(W2VError, match=r"by its first bytes; if it is a text, .* not end in .npz"):
        CorpusStatistics.load(path)
    with pytest.raises(W2VError, match="does not exist"):
        CorpusStatistics.load(tmp_path / "missing.npz")


def test_nobody_is_told_to_load_a_file_unsafely(tmp_path):
    np.savez(tmp_path / "s.npz", words=np.array([{"a": 1}], dtype=object))
    (tmp_path / "t.npz").write_bytes(b"PK a text that happens to begin so")
    for name in ("s.npz", "t.npz"):
        with pytest.raises(W2VError, match="not a readable statistics file") as error:
            CorpusStatistics.load(tmp_path / name)
        assert not {"pickle", "unsafely"} & set(str(error.value).split())


BAD_LAYOUTS = {
    "a word too many": {"words": np.frombuffer(b"a\nb\nc", np.uint8)},
    "floats": {"word_counts": np.array([3.0, 2.0])},
    "short words": {"word_counts": np.array([3])},
    "short plane": {"pair_counts_byte0": np.array([1, 2], np.uint8)},
    "wide plane": {"pair_counts_byte0": np.array([1, 2, 3], np.uint16)},
    "square plane": {"pair_counts_byte0": np.ones((3, 1), np.uint8)},
    "missing plane": {"pair_counts_byte2": np.array([1, 2, 3], np.uint8)},
    "nine planes": {f"pair_counts_byte{k}": np.array([1, 2, 3], np.uint8) for k in range(9)},
    "more": {"other": np.array([1], np.uint8)},
    "words of words": {"words": np.array(["a", "b"])},
    "window": {"about": b'{"format": 1, "window": "x", "source": ""}'},
    "source": {"about": b'{"format": 1, "window": 1, "source": 7}'},
    "list": {"about": b"[1]"},
}


@pytest.mark.parametrize("case", BAD_LAYOUTS)
def test_a_right_checksum_over_wrong_arrays_is_refused(tmp_path, case):
    arrays = {
        "about": json.dumps({"format": 1, "window": 1, "source": ""}).encode(),
        "words": np.frombuffer(b"a\nb", np.uint8),
        "word_counts": np.array([3, 2]),
        "pair_counts_byte0": np.array([2, 1, 0], np.uint8),
    }

    def write(arrays):
        about = np.frombuffer(arrays["about"], np.uint8)
        arrays = {**arrays, "about": about}
        sha256 = np.frombuffer(bytes.fromhex(_file_format.digest(arrays)), np.uint8)
        np.savez(tmp_path / "s.npz", sha256=sha256, **arrays)

    write(arrays)
    assert CorpusStatistics.load(tmp_path / "s.npz").words == ("a", "b")
    write(arrays | BAD_LAYOUTS[case])
    with pytest.raises(W2VError, match=r"not a readable statistics file|window='x'|source is 7"):
        CorpusStatistics.load(tmp_path / "s.npz")


def test_an_absurd_shape_in_a_file_is_refused(tmp_path):
    member = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**30,)}
    np.lib.format.write_array_header_1_0(member, header)
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as archive:
        archive.writestr("words.npy", member.getvalue())
    with pytest.raises(W2VError, match="not a readable statistics file"):
        CorpusStatistics.load(tmp_path / "s.npz")


def test_paths_that_are_none(stats):
    for path in (None, 5, "", "a\0b", b"name"):
        with pytest.raises(W2VError, match="is no path"):
            stats.save(path)
        with pytest.raises(W2VError, match="is no path"):
            CorpusStatistics.load(path)


def test_only_files_are_written_over(tmp_path, stats):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(W2VError, match="pipe: it is a pipe; name a file"):
        stats.save(tmp_path / "pipe")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    with pytest.raises(W2VError, match="it is a folder; name a file"):
        stats.save(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["pipe"]


def test_links_and_permissions_stay(tmp_path, stats):
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "s.npz", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    stats.save(link)
    assert link.is_symlink()
    assert_same(CorpusStatistics.load(target), stats)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_later_format_is_refused(tmp_path, stats, monkeypatch):
    monkeypatch.setattr(_file_format, "FORMAT", 3)
    stats.save(tmp_path / "new.npz")
    monkeypatch.undo()
    with pytest.raises(W2VError, match="has format 3, this w2vlib reads formats 1 and 2"):
        CorpusStatistics.load(tmp_path / "new.npz")


def test_where_nothing_can_be_written(tmp_path, stats):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(W2VError, match=r"cannot write .*choose a folder"):
            stats.save(folder / "stats.npz")


def test_a_full_disk_leaves_the_old_file(tmp_path, stats, monkeypatch):
    path = tmp_path / "stats.npz"
    stats.save(path)
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(W2VError, match="No space left on device"):
        stats.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["stats.npz"]


# --- the bundled statistics ----------------------------------------------------------------------


def test_bundled_statistics():
    stats = w2vlib.load_statistics(2000)
    assert stats.words[:5] == ("the", "of", "and", "in", "to")
    assert stats.window == 16
    assert stats.index["king"] < 2000
    assert "Wikipedia" in stats.source


def test_bundled_statistics_must_be_ours(tmp_path, stats, monkeypatch):
    stats.save(tmp_path / "stats.npz")
    monkeypatch.setattr(_statistics, "BUNDLED", tmp_path / "stats.npz")
    with pytest.raises(W2VError, match="was changed or damaged"):
        w2vlib.load_statistics()


def test_data_card_tells_the_truth():
    card = (BUNDLED.parent / "DATA_CARD.md").read_text()
    stats = w2vlib.load_statistics()
    assert hashlib.sha256(BUNDLED.read_bytes()).hexdigest() in card
    assert _statistics.BUNDLED_SHA256 in card
    assert f"{BUNDLED.stat().st_size:,}" in card
    assert f"{stats.n_tokens:,}" in card
    assert stats.source in card
    assert BUNDLED.stat().st_size <= 12_500_000


# --- sparse counts -------------------------------------------------------------------------------


@pytest.fixture
def few():
    rng = np.random.default_rng(0)
    text = [" ".join(map(str, rng.zipf(1.4, 60) % 80)) for _ in range(50)]
    return count_cooccurrences(text, vocab_size=60, window=3, source="drawn", sparse=True)


def test_sparse_statistics_are_the_dense_ones(few):
    dense = few.to_dense()
    assert few.is_sparse
    assert not dense.is_sparse
    assert np.array_equal(few.pair_counts.toarray(), dense.pair_counts)
    assert dense.pair_counts.dtype == np.int64
    assert f"{few.pair_counts.nnz:,} sparse counts" in repr(few)
    small = few.truncate(7)
    assert np.array_equal(small.pair_counts.toarray(), dense.pair_counts[:7, :7])
    assert small.is_sparse
    assert dense.to_dense() is dense
    with pytest.raises(W2VError, match=r"p_ij needs the full table .* take stats.to_dense\(\)"):
        few.p_ij  # noqa: B018


def test_sparse_counts_cannot_be_changed_by_accident(few):
    table = few.pair_counts
    for part in (table.data, table.indices, table.indptr):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 1
    again = CorpusStatistics(few.words, few.word_counts, table, 3)
    assert again.pair_counts is table  # not copied
    own = sparse.coo_matrix(table, copy=True)
    made = CorpusStatistics(few.words, few.word_counts, own, 3)
    own.data[:] = 0
    assert np.array_equal(made.pair_counts.toarray(), table.toarray())


def test_sparse_tables_are_brought_into_one_form():
    rows, columns = np.array([[0, 1, 0, 1, 1, 0], [1, 0, 1, 0, 1, 0]])
    table = sparse.coo_array((np.array([1, 2, 2, 1, 3, 0]), (rows, columns)), (2, 2))
    made = CorpusStatistics(("a", "b"), np.array([1, 1]), table, 1)
    assert made.pair_counts.toarray().tolist() == [[0, 3], [3, 3]]
    assert made.pair_counts.indices.tolist() == [1, 0, 1]
    assert made.pair_counts.dtype == np.int32


BAD_SPARSE = {
    "shape": (np.ones((3, 3), int), r"shape \(3, 3\)"),
    "floats": (np.ones((2, 2)), "type float64; 2 words need integers"),
    "negative": (-ONES, "pair_counts holds -1"),
    "one-sided": (np.array([[0, 7], [2, 0]]), "differ by up to 5; .*N.T"),
    "no pairs": (0 * ONES, "no two of the 2 words"),
    "sum": (ONES * 2**62, "more than 64-bit"),
}


@pytest.mark.parametrize("case", BAD_SPARSE)
def test_bad_sparse_tables(case):
    table, message = BAD_SPARSE[case]
    with pytest.raises(W2VError, match=message):
        CorpusStatistics(("a", "b"), np.array([1, 1]), sparse.csr_array(table), 1)


@pytest.mark.parametrize("rows", [1024, 7])
def test_sparse_files(tmp_path, few, monkeypatch, rows):
    monkeypatch.setattr(_file_format, "_ROWS", rows)
    path = tmp_path / "stats.npz"
    few.save(path)
    for vocab_size in (None, 20):
        found = CorpusStatistics.load(path, vocab_size)
        expected = few if vocab_size is None else few.truncate(vocab_size)
        assert found.is_sparse
        assert found.words == expected.words
        assert found.source == "drawn"
        assert np.array_equal(found.pair_counts.toarray(), expected.pair_counts.toarray())
        assert np.array_equal(found.pair_counts.indices, expected.pair_counts.indices)
        assert found.pair_counts.dtype == expected.pair_counts.dtype
    few.save(tmp_path / "again.npz")
    assert path.read_bytes() == (tmp_path / "again.npz").read_bytes()


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.integers(0, 2**59) | st.just(0), min_size=6, max_size=6).filter(any))
def test_sparse_files_are_lossless(tmp_path_factory, counts):
    table = np.zeros((3, 3), np.int64)
    table[np.triu_indices(3)] = counts
    table = table | table.T
    stats = CorpusStatistics(tuple("abc"), np.array([3, 2, 1]), sparse.csr_array(table), 7)
    path = tmp_path_factory.mktemp("stats") / "s.npz"
    stats.save(path)
    assert np.array_equal(CorpusStatistics.load(path).pair_counts.toarray(), table)


BAD_ROWS = {
    "more cells than a row has": {"row_lengths": np.array([3, 0])},
    "fewer": {"row_lengths": np.array([1, 1])},
    "negative": {"row_lengths": np.array([4, -1])},
    "a column twice": {"gaps_byte0": np.array([0, 0, 0], np.uint8)},
    "a column beyond the last": {"gaps_byte0": np.array([0, 1, 1], np.uint8)},
    "no gaps": {"other": np.array([0, 1, 0], np.uint8)},
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_right_checksum_over_wrong_rows_is_refused(tmp_path, case):
    def write(arrays):
        sha256 = np.frombuffer(bytes.fromhex(_file_format.digest(arrays)), np.uint8)
        np.savez(tmp_path / "s.npz", sha256=sha256, **arrays)

    about = json.dumps({"format": 2, "window": 1, "source": ""}).encode()
    arrays = {
        "about": np.frombuffer(about, np.uint8),
        "words": np.frombuffer(b"a\nb", np.uint8),
        "word_counts": np.array([3, 2]),
        "row_lengths": np.array([2, 1]),
        "gaps_byte0": np.array([0, 1, 0], np.uint8),
        "pair_counts_byte0": np.array([2, 1, 4], np.uint8),
    }
    write(arrays)
    loaded = CorpusStatistics.load(tmp_path / "s.npz")
    assert loaded.pair_counts.toarray().tolist() == [[2, 1], [1, 4]]
    write(arrays | BAD_ROWS[case])
    with pytest.raises(W2VError, match="not a readable statistics file"):
        CorpusStatistics.load(tmp_path / "s.npz")
