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


# --- places ---------------------------------------------------------------------------------------

# Centres from other polygons than those of the file. Countries: the centroid of the largest land
# mass of Esri's generalised countries (github.com/gavinr/world-countries-centroids, 1.0).
ESRI = """
    afghanistan 34.1 66.6, argentina -35.7 -64.5, australia -25.7 134, austria 47.6 13.8,
    belgium 50.6 4.7, brazil -11.5 -54.4, bulgaria 42.8 25.3, canada 57.6 -98.4,
    chile -37.8 -70.8, china 38.1 104.7, croatia 44.9 16.6, cuba 21.5 -79.7, denmark 56 9.4,
    egypt 26.6 30.2, finland 65 25.7, france 46.6 2.2, germany 51.1 10.4, ghana 7.9 -1.2,
    greece 39.4 23.1, hungary 47.2 19.4, india 23.6 81.2, indonesia 0.2 114, iran 32.9 54.2,
    iraq 33.1 43.8, ireland 53.3 -8.2, israel 31.5 35, italy 43 12.8, japan 36.8 137.5,
    lebanon 33.9 35.9, lithuania 55.3 23.9, malaysia 3.7 114.6, morocco 28.7 -8.8,
    netherlands 52.1 5.6, nigeria 9.6 8.1, norway 65 16.7, pakistan 30.1 69.1,
    palestine 31.9 35.2, peru -8.5 -74.1, philippines 15.6 121.8, poland 52.1 19.4,
    portugal 39.7 -7.9, romania 45.8 25.1, russia 59 98.7, serbia 44 20.9, singapore 1.4 103.8,
    spain 40.4 -3.7, sweden 62.7 17.1, switzerland 46.7 8.3, syria 35.1 38.5,
    thailand 13.7 101.1, turkey 38.9 35.6, ukraine 48.7 31.3, venezuela 7.1 -66.4,
    vietnam 16.5 105.9
"""
# States of the United States: Google's table of "canonical concepts" (states.csv).
GOOGLE = """
    alaska 63.6 -154.5, arizona 34 -111.1, california 36.8 -119.4, florida 27.7 -81.5,
    illinois 40.6 -89.4, kentucky 37.8 -84.3, louisiana 31.2 -92.1, maryland 39 -76.7,
    massachusetts 42.4 -71.4, minnesota 46.7 -94.7, oklahoma 35 -97.1, oregon 43.8 -120.6,
    pennsylvania 41.2 -77.2, texas 32 -99.9
"""
# One island alone there, or a polygon without the areas in dispute: how far off, in degrees.
APART = {
    "malaysia": 5.0,
    "philippines": 4.1,
    "indonesia": 4.1,
    "china": 2.5,
    "norway": 2.0,
    "india": 1.8,
    "chile": 1.8,
    "brazil": 1.6,
    "russia": 1.5,
    "thailand": 1.5,
}


def second_table():
    rows = [row.split() for row in (ESRI + "," + GOOGLE).replace("\n", " ").split(",")]
    return {name: (float(latitude), float(longitude)) for name, latitude, longitude in rows}


@pytest.fixture(scope="module")
def places():
    tables = json.loads(PLACES.read_text("utf-8"))
    return {name: tuple(point) for table in tables.values() for name, point in table.items()}


def degrees_apart(a, b):
    """Return the great circle between two points, in degrees."""
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(a), np.radians(b)
    cosine = np.sin(lat_a) * np.sin(lat_b)
    cosine += np.cos(lat_a) * np.cos(lat_b) * np.cos(lon_a - lon_b)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def test_areas_have_their_centre_where_a_second_table_has_it(places):
    second = second_table()
    areas = {name for table in ("countries", "regions") for name in tables()[table]}
    assert areas - set(second) == {"scotland", "sicily", "taiwan"}
    for name in sorted(areas & set(second)):
        apart = degrees_apart(places[name], second[name])
        assert apart < APART.get(name, 1.3), f"{name} lies {apart:.1f} degrees off"


def tables():
    return json.loads(PLACES.read_text("utf-8"))


def test_places_are_on_the_map_and_in_the_vocabulary(places):
    assert sum(map(len, tables().values())) == len(places) >= 100
    index = w2vlib.load_statistics().index
    for name, (latitude, longitude) in places.items():
        assert name in index
        assert -90 <= latitude <= 90
        assert -180 <= longitude <= 180


@pytest.mark.parametrize(
    ("city", "region", "degrees"),
    [
        ("paris", "france", 3),
        ("rome", "italy", 1),
        ("london", "scotland", 6),
        ("chicago", "illinois", 3),
        ("sydney", "australia", 17),
        ("tokyo", "japan", 3),
        ("warsaw", "poland", 2),
        ("edinburgh", "scotland", 2),
        ("miami", "florida", 4),
        ("boston", "massachusetts", 1),
        ("alexandria", "egypt", 5),
        ("munich", "germany", 4),
    ],
)
def test_cities_lie_near_their_regions(city, region, degrees, places):
    """A swapped coordinate or a lost sign moves a place much farther than this."""
    assert degrees_apart(places[city], places[region]) <= degrees


# Two words that turn a name into another place, a river, a lake or a person.
OTHERWISE = """
    west virginia, kansas city, south sudan, south wales, grover cleveland, clark kent, jack kent,
    kent cooke, kent state, whitney houston, sam houston, thomson houston, virginia woolf,
    tennessee williams, indiana jones, irving berlin, lord baltimore, baron baltimore,
    lord melbourne, lord liverpool, milan kundera, alexandria virginia, athens georgia,
    wild turkey, turkey meat, south georgia, george washington, michael jordan
"""
LEFT_OUT = """
    amsterdam cleveland colorado detroit england georgia houston indiana jordan kansas kent mexico
    michigan mississippi missouri ohio ontario sudan tennessee virginia wales washington
"""


def otherwise(name):
    """Return the pairs of words with ``name`` that do not mean the place."""
    listed = [tuple(pair.split()) for pair in OTHERWISE.split(",")]
    water = [("lake", name), (name, "river"), (name, "rivers"), ("new", name)]
    return {pair for pair in listed if name in pair} | set(water)


def test_names_with_a_second_meaning_were_left_out(places):
    assert not set(LEFT_OUT.split()) & set(places)


@pytest.mark.text_data
@pytest.mark.slow
def test_the_next_word_seldom_gives_a_name_another_meaning(text_data, places):
    """Of the names that were kept, fewer than one in twenty occurrences; of the others, more."""
    names = [*places, *LEFT_OUT.split()]
    seen, other = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    meant = {name: otherwise(name) for name in names}
    for path in sorted(text_data.glob("enwiki-part*.txt.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                words = ["", *line.split(), ""]
                for before, word, after in zip(words, words[1:], words[2:], strict=False):
                    if word in seen:
                        seen[word] += 1
                        other[word] += bool({(before, word), (word, after)} & meant[word])
    share = {name: other[name] / seen[name] for name in names}
    assert max(share[name] for name in places) < 0.05
    assert min(share[name] for name in LEFT_OUT.split()) > 0.05


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
