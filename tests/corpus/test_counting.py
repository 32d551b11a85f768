"""Counting: against counts by hand, and against a loop that any reader can check."""

import bz2
import gzip
import lzma
import os
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import (
    CorpusStatistics,
    W2VError,
    count_cooccurrences,
)
from w2vlib._support import memory
from w2vlib.corpus import _reading, _sparse, _tokens


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
        patch.setattr(_sparse, "_TOKENS_AT_A_TIME", chunk)
        patch.setattr(_sparse, "_CELLS_AT_A_TIME", V)
        few = count_cooccurrences(articles, vocab_size=V, window=window, sparse=True)
    assert stats.words == few.words == words
    assert stats.word_counts.tolist() == few.word_counts.tolist() == word_counts
    assert np.array_equal(stats.pair_counts, table)
    assert np.array_equal(few.pair_counts.toarray(), table)
    assert few.pair_counts.nnz == np.count_nonzero(table)


def test_a_window_longer_than_any_article_is_fine():
    articles = ["a b c a", "b c"]
    for window in (3, 4, 1000, 10**9):
        _, _, table = count_slowly(articles, 3, window)
        stats = count_cooccurrences(articles, vocab_size=3, window=window)
        assert np.array_equal(stats.pair_counts, table)


@pytest.mark.parametrize(
    "window", [np.int8(2), np.uint8(3), np.int8(100), np.int16(20_000), np.int32(47_000)]
)
def test_numpy_integers_count_as_python_integers(window):
    text = ["a b " * 23_500]  # as short as may be for a window whose square exceeds 32 bits
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


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("vocab_size", [0, 1, -5, 2.0, 70_000])
def test_bad_vocab_size(vocab_size, sparse):
    with pytest.raises(W2VError, match="vocab_size="):
        count_cooccurrences(["a b"], vocab_size=vocab_size, sparse=sparse)


def test_more_words_than_a_dense_table_holds():
    text = [" ".join(map(str, range(70_000)))]
    with pytest.raises(W2VError, match=r"exceeds the 65,534 .* sparse=True"):
        count_cooccurrences(text, vocab_size=70_000)
    table = count_cooccurrences(text, vocab_size=70_000, window=2, sparse=True).pair_counts
    beside = [table[i, i + 1] for i in (0, 65_533, 65_534, 65_535, 69_998)]
    assert beside == [2] * 5
    assert table.sum() == 2 * (2 * 69_999 + 69_998)
    with pytest.raises(W2VError, match="sparse=1; choose True or False"):
        count_cooccurrences(text, vocab_size=2, sparse=1)


def test_counts_beyond_32_bits_stay_exact():
    text = ["a b " * 4_000]
    for window in (2, 7_999):
        dense = count_cooccurrences(text, vocab_size=2, window=window)
        few = count_cooccurrences(text, vocab_size=2, window=window, sparse=True)
        assert np.array_equal(few.pair_counts.toarray(), dense.pair_counts)
        assert few.pair_counts.dtype == (np.int32 if window == 2 else np.int64)
    assert dense.pair_counts.min() > 2**32


def test_counts_do_not_depend_on_threads(monkeypatch):
    monkeypatch.setattr(_tokens, "_IDS_AT_A_TIME", 5000)
    rng = np.random.default_rng(0)
    text = [" ".join(map(str, rng.zipf(1.3, 3000) % 300)) for _ in range(20)]
    _, _, expected = count_slowly(text, 250, 3)
    tables = []
    for number in ("1", "2", "7"):
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", number)
        dense = count_cooccurrences(text, vocab_size=250, window=3).pair_counts
        assert np.array_equal(dense, expected)
        few = count_cooccurrences(text, vocab_size=250, window=3, sparse=True)
        tables.append(few.pair_counts)
    for table in tables:
        assert np.array_equal(table.toarray(), expected)
        assert np.array_equal(table.indices, tables[0].indices)


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
    monkeypatch.setattr(memory, "available_memory", lambda: 9e9)
    text = " ".join(map(str, range(50_000)))
    message = r"a table of 50,000 x 50,000 pairs takes 20 GB, and 9 GB are free; pass sparse=True"
    with pytest.raises(W2VError, match=message):
        count_cooccurrences([text], vocab_size=50_000)
    stats = count_cooccurrences([text], vocab_size=50_000, window=1, sparse=True)
    assert stats.pair_counts.nnz == 2 * 49_999
    with pytest.raises(W2VError, match=r"takes 20 GB, .*stats.truncate\(10_000\)"):
        stats.to_dense()


def test_free_memory_is_that_of_the_container_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_SYSTEM", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert memory.available_memory() == float("inf")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   7 kB\n")
    assert memory.available_memory() == 7 * 1024
    for name, content in (("max", "3000"), ("current", "2000"), ("stat", "inactive_file 10")):
        (tmp_path / f"memory.{name}").write_text(f"{content}\n")
    assert memory.available_memory() == 1010
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_memory() == 7 * 1024


def test_progress_bar_only_where_asked_for(capsys):
    count_cooccurrences(["a b"], vocab_size=2)
    assert capsys.readouterr().err == ""
    count_cooccurrences(["a b"], vocab_size=2, progress=True)
    assert "counting" in capsys.readouterr().err
