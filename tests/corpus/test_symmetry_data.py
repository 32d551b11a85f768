"""The small data of Chapter 11: the block of ordered words, its counting, and the places."""

from __future__ import annotations

import doctest
import hashlib
import importlib.util
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

import w2vlib
from w2vlib import CorpusStatistics, W2VError, corpus

ROOT = Path(__file__).resolve().parents[2]
DATA = corpus.BUNDLED.parent
BLOCK = DATA / "enwiki_ordered_words.npz"
PLACES = DATA / "places.json"


def load_tool():
    """Import tools/count_block.py, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("count_block", ROOT / "tools" / "count_block.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


@pytest.fixture(scope="module")
def block():
    return CorpusStatistics.load(BLOCK)


# --- joining digits ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("in one nine eight four he", "in 1984 he"),
        ("one nine eight four", "1984"),
        ("one nine eight four eight five", "one nine eight four eight five"),  # 1984-85
        ("one two three", "one two three"),
        ("the one nine six zero s were", "the 1960s were"),
        ("the one nine six five s were", "the one nine six five s were"),
        ("one nine six zero she", "1960 she"),  # no s of its own
        ("one nine th century", "19th_century"),
        ("three rd centuries", "3rd_century"),
        ("one nine th june", "one nine th june"),
        ("one zero zero th century", "one zero zero th century"),
        ("someone nine eight four two", "someone 9842"),  # whole words only
        ("it may be", "it may be"),
        ("may one nine one four", "may_dated 1914"),
        ("march three to may", "march_dated three to may"),
        ("dismay one", "dismay one"),
    ],
)
def test_digits_are_joined(text, joined):
    assert tool.join_digits(text) == joined


def test_doctests_of_the_tool():
    assert doctest.testmod(tool).attempted > 0
    assert doctest.testmod(tool).failed == 0


# --- counting with all other words as one --------------------------------------------------------


def random_articles(rng, n=60):
    return [" ".join(rng.choice(list("abcdefghij"), rng.integers(1, 40))) for _ in range(n)]


@pytest.mark.parametrize("vocab_size", [6, 10])
def test_a_block_is_the_block_of_the_full_table(vocab_size):
    texts = random_articles(np.random.default_rng(1))
    full = w2vlib.count_cooccurrences(texts, vocab_size=vocab_size, window=4)
    words = [full.words[k] for k in (4, 0, 2)]
    small = tool.count_block(texts, words, vocab_size=vocab_size, window=4)
    assert small.words == (tool.OTHER, *(full.words[k] for k in (0, 2, 4)))
    rows = [0, 2, 4]
    others = np.setdiff1d(np.arange(vocab_size), rows)
    assert np.array_equal(small.pair_counts[1:, 1:], full.pair_counts[np.ix_(rows, rows)])
    assert np.array_equal(
        small.pair_counts[0, 1:], full.pair_counts[np.ix_(others, rows)].sum(axis=0)
    )
    assert small.pair_counts.sum() == full.pair_counts.sum()
    assert small.n_tokens == full.n_tokens
    np.testing.assert_allclose(
        w2vlib.m_star(small)[1:, 1:], w2vlib.m_star(full)[np.ix_(rows, rows)], rtol=1e-12
    )


def test_a_missing_word_is_named():
    texts = random_articles(np.random.default_rng(1))
    with pytest.raises(W2VError, match=r"1 of the 2 words .* 10 most frequent ones, such as zebra"):
        tool.count_block(texts, ["a", "zebra"], vocab_size=10, window=4)


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("a b c\n")
    out = tmp_path / "out.npz"
    assert tool.main([str(text), "--vocab-size", "3", "--out", str(out)]) == 1
    assert "take a larger vocabulary" in capsys.readouterr().err
    assert tool.main([str(tmp_path / "none.txt"), "--out", str(out)]) == 1
    assert not out.exists()


# --- what is shipped -----------------------------------------------------------------------------


def test_the_block_holds_the_words_of_the_tool(block):
    assert block.words[0] == tool.OTHER
    assert set(block.words[1:]) == set(tool.WORDS)
    assert len(set(tool.WORDS)) == len(tool.WORDS) == len(block) - 1
    assert np.all(np.diff(block.word_counts) <= 0)
    assert np.array_equal(block.pair_counts, block.pair_counts.T)
    assert block.window == 16
    # Each token has at most L neighbours on either side, with weights L, L - 1, ..., 1.
    assert np.all(block.pair_counts.sum(axis=1) <= block.word_counts * 16 * 17)
    assert np.all(block.pair_counts.sum(axis=1) > block.word_counts * 16 * 17 * 0.9)


def test_the_block_agrees_with_the_bundled_statistics(block):
    """Words without digits in them occur as often in both, though their windows differ."""
    stats = w2vlib.load_statistics()
    shared = [word for word in (*tool.MONTHS, *tool.ORDINALS, "twelve") if word in stats.index]
    assert len(shared) > 20
    for word in shared:
        dated = block.word_counts[block.index[f"{word}_dated"]] if word in ("may", "march") else 0
        assert block.word_counts[block.index[word]] + dated == stats.word_counts[stats.index[word]]


def test_places_are_on_the_map_and_in_the_vocabulary():
    tables = json.loads(PLACES.read_text("utf-8"))
    names = [name for table in tables.values() for name in table]
    assert len(set(names)) == len(names) >= 80
    index = w2vlib.load_statistics().index
    for table in tables.values():
        for name, (latitude, longitude) in table.items():
            assert name in index
            assert -90 <= latitude <= 90
            assert -180 <= longitude <= 180


@pytest.mark.parametrize(
    ("city", "region", "degrees"),
    [
        ("paris", "france", 4),
        ("rome", "italy", 3),
        ("london", "england", 3),
        ("chicago", "illinois", 4),
        ("sydney", "australia", 20),
        ("tokyo", "japan", 3),
        ("warsaw", "poland", 3),
        ("edinburgh", "scotland", 3),
        ("miami", "florida", 4),
        ("toronto", "ontario", 10),
    ],
)
def test_cities_lie_in_their_regions(city, region, degrees):
    """A swapped coordinate or a lost sign moves a place much farther than this."""
    tables = json.loads(PLACES.read_text("utf-8"))
    points = {name: point for table in tables.values() for name, point in table.items()}
    assert np.abs(np.subtract(points[city], points[region])).max() <= degrees


def test_data_card_tells_the_truth(block):
    card = (DATA / "DATA_CARD.md").read_text("utf-8")
    for path in (BLOCK, PLACES):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in card, path.name
        assert f"{path.stat().st_size:,} bytes" in card
    assert f"{block.n_tokens:,}" in card
    assert f"{len(block) - 1} words" in card
    assert block.source == tool.SOURCE
    places = json.loads(PLACES.read_text("utf-8"))
    assert f"{sum(map(len, places.values()))} places" in card


@pytest.mark.text_data
def test_a_part_of_the_text_counts_as_the_tool_says(text_data):
    """The merged table equals the full one on real articles, digits joined."""
    texts = []
    with lzma.open(text_data / "enwiki-part1.txt.xz", "rt", encoding="utf-8") as lines:
        for _, line in zip(range(300), lines, strict=False):
            texts.append(tool.join_digits(line))
    words = ("january", "may_dated", "1945", "1960s", "first")
    full = w2vlib.count_cooccurrences(texts, vocab_size=8000, window=16, progress=False)
    small = tool.count_block(texts, words, vocab_size=8000, window=16)
    rows = [full.index[word] for word in small.words[1:]]
    assert np.array_equal(small.pair_counts[1:, 1:], full.pair_counts[np.ix_(rows, rows)])
    assert small.pair_counts.sum() == full.pair_counts.sum()


@pytest.mark.text_data
@pytest.mark.slow
def test_the_block_rebuilds_bit_for_bit(tmp_path, text_data):
    out = tmp_path / "rebuilt.npz"
    parts = sorted(str(path) for path in Path(text_data).glob("enwiki-part*.txt.xz"))
    assert tool.main([*parts, "--out", str(out)]) == 0
    assert out.read_bytes() == BLOCK.read_bytes()
