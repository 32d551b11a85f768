"""Counting: against counts by hand, and against a loop that any reader can check."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import stat
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import w2vlib
from w2vlib import (
    CorpusStatistics,
    W2VError,
    count_cooccurrences,
)
from w2vlib.corpus import _bundled, _file_format, _reading, _tokens


def count_slowly(articles, V, L):
    """Count in the way that the book explains it: one pair of tokens after the other."""
    tokens = [article.split() for article in articles]
    counts = Counter(word for article in tokens for word in article)
    words = [word for word, _ in counts.most_common(V)]  # of equals, the first in the text
    index = {word: i for i, word in enumerate(words)}
    table = np.zeros((V, V), np.int64)
    for article in tokens:
        row = [index[word] for word in article if word in index]
        for p in range(len(row)):
            for q in range(p + 1, min(p + L, len(row) - 1) + 1):
                table[row[p], row[q]] += L + 1 - (q - p)
                table[row[q], row[p]] += L + 1 - (q - p)
    return tuple(words), [counts[word] for word in words], table


HAND_COUNTED = {
    "neighbours": (["a b"], 1, ("a", "b"), [[0, 1], [1, 0]]),
    "weights fall with distance": (
        ["a b c"],
        2,
        ("a", "b", "c"),
        [[0, 2, 1], [2, 0, 2], [1, 2, 0]],
    ),
    "a word with itself counts both ways": (["a a b"], 1, ("a", "b"), [[2, 1], [1, 0]]),
    "articles do not touch": (["a b", "b a a"], 5, ("a", "b"), [[10, 14], [14, 0]]),
    "case does not matter": (["A b", "a B"], 1, ("a", "b"), [[0, 2], [2, 0]]),
    "punctuation separates": (["a,b;a-b"], 1, ("a", "b"), [[0, 3], [3, 0]]),
    "a rare word leaves no gap": (["a x b", "a b"], 1, ("a", "b"), [[0, 2], [2, 0]]),
    "newlines inside an article are spaces": (["a\nb"], 1, ("a", "b"), [[0, 1], [1, 0]]),
}


@pytest.mark.parametrize("case", HAND_COUNTED)
def test_hand_counted(case):
    articles, window, words, table = HAND_COUNTED[case]
    stats = count_cooccurrences(articles, vocab_size=len(words), window=window)
    assert stats.words == words
    assert stats.pair_counts.tolist() == table


WORDS = st.sampled_from(["a", "b", "c", "d", "e", "f", "rare1", "rare2"])


@settings(max_examples=60, deadline=None)
@given(
    articles=st.lists(st.lists(WORDS, max_size=25).map(" ".join), min_size=1, max_size=8),
    window=st.integers(1, 30),
    V=st.integers(2, 8),
    chunk=st.integers(1, 40),
    block=st.integers(1, 60),
)
def test_equals_the_slow_count_however_the_text_is_cut(articles, window, V, chunk, block):
    n_types = len({word for article in articles for word in article.split()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_tokens, "_IDS_AT_A_TIME", chunk)
        patch.setattr(_reading, "BLOCK", block)
        patch.setattr(_tokens, "_IN_MEMORY", 64)
        if n_types < V:
            with pytest.raises(W2VError):
                count_cooccurrences(articles, vocab_size=V, window=window)
            return
        words, word_counts, table = count_slowly(articles, V, window)
        if not table.any():
            with pytest.raises(W2VError, match="one article"):
                count_cooccurrences(articles, vocab_size=V, window=window)
            return
        stats = count_cooccurrences(articles, vocab_size=V, window=window)
    assert stats.words == words
    assert stats.word_counts.tolist() == word_counts
    assert np.array_equal(stats.pair_counts, table)


def test_a_window_longer_than_any_article_is_fine():
    articles = ["a b c a", "b c"]
    for window in (3, 4, 1000, 10**9):
        _, _, table = count_slowly(articles, 3, window)
        stats = count_cooccurrences(articles, vocab_size=3, window=window)
        assert np.array_equal(stats.pair_counts, table)


@pytest.mark.parametrize(
    "window", [np.int8(2), np.uint8(3), np.int8(100), np.int16(20_000), np.int32(60_000)]
)
def test_numpy_integers_count_as_python_integers(window):
    text = ["a b " * 50_000]
    stats = count_cooccurrences(text, vocab_size=np.int8(2), window=window)
    expected = count_cooccurrences(text, vocab_size=2, window=int(window))
    assert np.array_equal(stats.pair_counts, expected.pair_counts)
    assert type(stats.window) is int


def test_huge_numpy_window_is_refused_as_a_python_integer_is():
    with pytest.raises(W2VError, match="choose window <= 50000"):
        count_cooccurrences(["a " * 49_999 + "b"], vocab_size=2, window=np.int64(2**60))


def test_more_words_than_the_first_tables_hold():
    rng = np.random.default_rng(1)
    text = " ".join(f"w{k}x{'y' * (k % 40)}" for k in rng.permutation(90_000))
    stats = count_cooccurrences([text, "b a b"], vocab_size=2, window=1)
    assert stats.words[0] == "b"
    assert stats.word_counts.tolist() == [2, 1]
    everything = count_cooccurrences([text], vocab_size=1000, window=1)
    assert everything.words == tuple(text.split()[:1000])  # all equally frequent: first come
    assert everything.pair_counts.sum() == 2 * 999


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".txt", bytes), (".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)],
)
def test_files_packed_or_not_give_the_same(tmp_path, suffix, pack):
    articles = ["the cat sat on the mat", "the dog sat", "a dog and a cat"]
    path = tmp_path / f"text{suffix}"
    path.write_bytes(pack("\n".join(articles).encode()))
    from_file = count_cooccurrences(path, vocab_size=5, window=3)
    from_list = count_cooccurrences(articles, vocab_size=5, window=3)
    twice = count_cooccurrences([path, articles[0], path], vocab_size=5, window=3)
    assert from_file.words == from_list.words
    assert np.array_equal(from_file.pair_counts, from_list.pair_counts)
    again = count_cooccurrences([*articles, articles[0], *articles], vocab_size=5, window=3)
    assert np.array_equal(twice.pair_counts, again.pair_counts)
    assert count_cooccurrences(str(path), vocab_size=5).words == from_list.words


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_streams_one_after_the_other(tmp_path, pack):
    path = tmp_path / "text"
    first, second = pack(b"a b\n" * 999), pack(b"b c\n" * 500)
    path.write_bytes(first + second)
    stats = count_cooccurrences(path, vocab_size=3, window=1)
    assert stats.word_counts.tolist() == [1499, 999, 500]
    path.write_bytes(first + b"\0" * 8 + second + b"\0" * 4)  # padding
    assert count_cooccurrences(path, vocab_size=3, window=1).n_tokens == stats.n_tokens
    damaged = [first + second[:-6], first + b"junk and more", first + second + b"junk"]
    damaged.append(first + second[:30] + bytes([second[30] ^ 0xFF]) + second[31:])
    damaged.append(first + bytes([second[0] ^ 0xFF]) + second[1:])
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(W2VError, match="is damaged after"):
            count_cooccurrences(path, vocab_size=3, window=1)


@pytest.mark.parametrize("blank", ["\t", "\r", "\v", "\f"])
def test_other_blanks_divide_a_long_file(tmp_path, monkeypatch, blank):
    monkeypatch.setattr(_reading, "BLOCK", 100)
    path = tmp_path / "text"
    path.write_text(f"the{blank}cat{blank}" * 200, newline="")
    stats = count_cooccurrences(path, vocab_size=2, window=1)
    assert stats.word_counts.tolist() == [200, 200]


def test_a_long_article_is_cut_into_blocks(monkeypatch):
    text = "thé cat\u3000e\u0301te\u0301\nΟΔΟΣ sat\x1c\u0301x I\u0307 " * 50
    whole = count_cooccurrences([text], vocab_size=7, window=5)
    sizes = []
    plain_words = _tokens.plain_words
    monkeypatch.setattr(_reading, "BLOCK", 64)
    monkeypatch.setattr(
        _tokens, "plain_words", lambda block, *rest: sizes.append(len(block))
        or plain_words(block, *rest),
    )  # fmt: skip
    cut = count_cooccurrences([text], vocab_size=7, window=5)
    assert max(sizes) <= 4 * 64
    assert cut.words == whole.words
    assert np.array_equal(cut.pair_counts, whole.pair_counts)


def test_windows_line_ends_and_tabs(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"a\tb\r\nb a\r\n\r\nb a")
    stats = count_cooccurrences(path, vocab_size=2, window=1)
    assert stats.pair_counts.tolist() == [[0, 3], [3, 0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Кот и кот", ("кот", "и")),
        ("Café café CAFÉ a", ("café", "a")),
        (unicodedata.normalize("NFD", "café a"), ("café", "a")),  # one spelling of é
        ("J\u030c \u01f0 J\u030c x", ("\u01f0", "x")),  # composed only in lower case
        ("हिन्दी भाषा हिन्दी", ("हिन्दी", "भाषा")),  # vowel signs are marks, not letters
        ("naïve “quotes” naïve", ("naïve", "quotes")),
        ("new_york 1984 new_york", ("new_york", "1984")),
        ("今日 は 今日", ("今日", "は")),  # cut into words beforehand
    ],
)
def test_words_of_any_alphabet(text, words):
    assert count_cooccurrences([text], vocab_size=2, window=2).words == words


BAD_TEXT = {
    "empty": ([""], "no words"),
    "nothing": ([], "no words"),
    "punctuation only": (["... !"], "no words"),
    "one word": (["word word word"], "only one distinct word, 'word'"),
    "too few types": (["a b c"], r"vocab_size=5 exceeds the 3 distinct words .* <= 3"),
    "no pair in one article": (["a", "b", "c", "d", "e"], "no two of the 5 words"),
    "no spaces between words": (
        ["日本語の文章には単語の間に空白がありません" * 9] * 3,
        "without spaces",
    ),
    "lists of words": ([["a", "b"]], r"article 0 is a list.*' '\.join"),
    "bytes": (b"a b c", "articles is b'a b c'; pass a path"),
    "None": (None, "articles is None; pass a path"),
    "a number": (5, "articles is 5; pass a path"),
    "zero byte in a path": ("a\0b", r"is no path; .*\[text\]"),
    "empty path": ("", r"'' is no path; .*\[text\]"),
    "a long text as a path": ("the cat " * 5000, r"^.{80,90}\.\.\. .*\[text\] to count a text"),
}


@pytest.mark.parametrize("case", BAD_TEXT)
def test_bad_text(case):
    articles, message = BAD_TEXT[case]
    with pytest.raises(W2VError, match=message):
        count_cooccurrences(articles, vocab_size=5)


E_ACUTE = "\u00e9".encode()
BAD_FILES = {
    "binary": (b"a b\0c d" * 9, "zero byte at offset 3"),
    "latin-1": (
        "a b caf\xe9 d".encode("latin-1"),
        r"not UTF-8 \(byte 0xe9 at offset 7\).*-f latin1",
    ),
    "utf-16": ("a b a b".encode("utf-16"), "text is UTF-16.*iconv -f utf-16"),
    "utf-32": ("a b a b".encode("utf-32"), "text is UTF-32.*iconv -f utf-32"),
    "cut by head -c": ("a é b ".encode() + E_ACUTE[:1], r"letter at the end .* head -c 7 old"),
    "one bad byte": ("é è x\n".encode() * 9 + b"\x93 a", r"UTF-8 but for 1 .* drop .* iconv -c"),
    "two bad bytes of many": ("é è ".encode() * 9 + b"\x93a\x94 b", "UTF-8 but for 2 or more"),
    "utf-16 without zero bytes": ("我们今天".encode("utf-16"), "text is UTF-16"),
    "cut gzip": (gzip.compress(b"a b c " * 999)[:-12], "damaged after"),
    "cut xz": (lzma.compress(b"a b c " * 999)[:-12], "damaged after"),
    "spoilt gzip": (gzip.compress(b"a b c " * 99)[:20] + b"??" * 30, "damaged after"),
    "empty": (b"", "no words"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(tmp_path, case):
    content, message = BAD_FILES[case]
    path = tmp_path / "text"
    path.write_bytes(content)
    with pytest.raises(W2VError, match=message):
        count_cooccurrences(path, vocab_size=2)


def test_the_file_that_is_not_utf8_is_named_with_the_offset_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(_reading, "BLOCK", 8)
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("a b c d e f g h")
    bad.write_bytes(b"a b c d e caf\xe9 f")
    with pytest.raises(W2VError, match=r"/bad is not UTF-8 \(byte 0xe9 at offset 13\);"):
        count_cooccurrences([good, "one more", bad], vocab_size=2)


def test_letters_of_earlier_blocks_tell_utf8_from_latin1(tmp_path, monkeypatch):
    monkeypatch.setattr(_reading, "BLOCK", 8)
    (tmp_path / "text").write_bytes("é è à ".encode() * 9 + b"a b c d e f \x93 g")
    with pytest.raises(W2VError, match=r"UTF-8 but for 1 or more bytes \(byte 0x93 at") as error:
        count_cooccurrences(tmp_path / "text", vocab_size=2)
    assert "latin1" not in str(error.value)


def test_a_file_that_may_not_be_opened_is_named(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "text").write_text("a b")
    monkeypatch.setattr(_reading, "open", refused, raising=False)
    with pytest.raises(W2VError, match=r"text cannot be read: Permission denied") as error:
        count_cooccurrences(tmp_path / "text", vocab_size=2)
    assert "TMPDIR" not in str(error.value)


# Which texts are refused as written without spaces; the browser's figures decide in the same way
# (tests/book/test_interactive_own_text.py).
UNSPACED = {
    "sentences": ("我们的语言模型学习词语之间的关系", True),
    "short clauses": ("她在家看书，雨下得很大，他喜欢吃鱼。", True),
    "a clause a line": ("她在家看书，\n雨下得很大，\n他喜欢吃鱼。", True),
    "clauses with blanks": ("她在家看书 雨下得很大 他喜欢吃鱼", True),
    "with numbers": ("在2015年，有3个模型，共7层。", True),
    "a segmenter's words": ("我们 的 语言 模型 ， 学习 词语 之间 的 关系", False),
    "Japanese words": ("今日 は とても 天気 が いい です", False),
    "Thai": ("ฉันรักภาษาไทยมากและอยากเรียนรู้เพิ่มเติมทุกวัน", True),
    "Thai words": ("ฉัน รัก ภาษา ไทย มาก และ อยาก เรียนรู้ ทุกวัน", False),
    "a quotation": ("the poem begins with 床前明月光，疑是地上霜 and goes on in English", False),
}


@pytest.mark.parametrize("case", UNSPACED)
def test_text_without_spaces_between_words_is_refused(case):
    text, refused = UNSPACED[case]
    articles = [text] * 3
    if refused:
        with pytest.raises(W2VError, match=r"written without spaces .* word segmenter"):
            count_cooccurrences(articles, vocab_size=2)
    else:
        assert len(count_cooccurrences(articles, vocab_size=2)) == 2


def test_an_error_of_the_articles_is_not_called_one_of_the_counting():
    def articles():
        yield "a b"
        raise OSError(5, "the tape is torn")

    with pytest.raises(W2VError, match=r"the articles, not their counting, .*the tape is torn"):
        count_cooccurrences(articles(), vocab_size=2)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(W2VError, match="pipe' is a pipe; pass the path of a text file"):
        count_cooccurrences(tmp_path / "pipe", vocab_size=2)
    with pytest.raises(W2VError, match="pipe' is a pipe; write statistics with"):
        CorpusStatistics.load(tmp_path / "pipe")


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(W2VError, match=r"does not exist.*\[text\]"):
        count_cooccurrences("the text itself, not a path", vocab_size=2)
    with pytest.raises(W2VError, match="is a folder"):
        count_cooccurrences(tmp_path, vocab_size=2)


def test_endless_word(tmp_path, monkeypatch):
    monkeypatch.setattr(_reading, "BLOCK", 100)
    path = tmp_path / "text"
    path.write_bytes(b"x" * 500)
    with pytest.raises(W2VError, match="bytes without a space"):
        count_cooccurrences(path, vocab_size=2)


@pytest.mark.parametrize("window", [0, -3, 2.5, "5", True])
def test_bad_window(window):
    with pytest.raises(W2VError, match=r"window=.*1 or more"):
        count_cooccurrences(["a b"], vocab_size=2, window=window)


@pytest.mark.parametrize("vocab_size", [0, 1, -5, 2.0, 70_000])
def test_bad_vocab_size(vocab_size):
    with pytest.raises(W2VError, match="vocab_size="):
        count_cooccurrences(["a b"], vocab_size=vocab_size)


def test_window_too_large_for_integers():
    with pytest.raises(W2VError, match="choose window <= 3"):
        count_cooccurrences(["a b c"], vocab_size=2, window=10**19)


def test_no_room_for_the_words(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_tokens.tempfile, "SpooledTemporaryFile", full)
    with pytest.raises(W2VError, match=r"No space left.*TMPDIR"):
        count_cooccurrences(["a b"], vocab_size=2)


def test_no_memory_for_the_table(monkeypatch):
    empty = np.empty

    def no_tables(shape, dtype):
        if shape == (50_000, 50_000):
            raise MemoryError
        return empty(shape, dtype)

    monkeypatch.setattr(_tokens.np, "empty", no_tables)
    text = " ".join(map(str, range(50_000)))
    with pytest.raises(W2VError, match="needs a table of 20 GB"):
        count_cooccurrences([text], vocab_size=50_000)


def test_progress_bar_only_where_asked_for(capsys):
    count_cooccurrences(["a b"], vocab_size=2)
    assert capsys.readouterr().err == ""
    count_cooccurrences(["a b"], vocab_size=2, progress=True)
    assert "counting" in capsys.readouterr().err


# --- the statistics object ---------------------------------------------------------------------


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
    monkeypatch.setattr(_file_format, "FORMAT", 2)
    stats.save(tmp_path / "new.npz")
    monkeypatch.undo()
    with pytest.raises(W2VError, match="has format 2, this w2vlib reads format 1"):
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
    monkeypatch.setattr(_bundled, "BUNDLED", tmp_path / "stats.npz")
    with pytest.raises(W2VError, match="was changed or damaged"):
        w2vlib.load_statistics()


def test_data_card_tells_the_truth():
    card = (_bundled.BUNDLED.parent / "DATA_CARD.md").read_text()
    stats = w2vlib.load_statistics()
    assert hashlib.sha256(_bundled.BUNDLED.read_bytes()).hexdigest() in card
    assert _bundled.BUNDLED_SHA256 in card
    assert f"{_bundled.BUNDLED.stat().st_size:,}" in card
    assert f"{stats.n_tokens:,}" in card
    assert stats.source in card
    assert _bundled.BUNDLED.stat().st_size <= 12_500_000
