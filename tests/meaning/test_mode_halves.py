"""The modes of disjoint halves of the text: what is shipped, and the tool that makes it."""

from __future__ import annotations

import importlib.util
import json
import lzma
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg

import w2vlib

DATA = Path(w2vlib.__file__).parent / "data"
SHIPPED = DATA / "mode_halves_v2000.npz"
SHA256 = "d6ad043cb5642828e7b05c05960fc7836f637ac279e49165d871ef8976101798"
SPLITS = ["random 1", "random 2", "random 3", "random 4", "first parts"]
TOOL = Path(__file__).resolve().parents[2] / "tools" / "resample_modes.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("resample_modes", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shipped():
    with np.load(SHIPPED, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def modes(shipped):
    """Eigenvectors of all halves, (split, half, V, mode), float64."""
    return shipped["eigvecs"].astype(float).swapaxes(2, 3)


@pytest.fixture(scope="module")
def bundled():
    return w2vlib.top_eigenpairs(w2vlib.m_star(w2vlib.load_statistics(2000)), 40)


# --- what is shipped ------------------------------------------------------------------------------


def test_content_has_its_checksum_and_the_data_card_says_so(tool, shipped):
    assert tool.digest(shipped) == SHA256
    card = (DATA / "DATA_CARD.md").read_text(encoding="utf-8")
    assert SHA256 in card
    assert f"{SHIPPED.stat().st_size:,} bytes" in card


def test_a_changed_byte_changes_the_checksum(tool, shipped):
    changed = shipped["eigvecs"].copy()
    changed.view(np.uint16)[0, 0, 0, 0] ^= 1
    assert tool.digest(shipped | {"eigvecs": changed}) != SHA256


def test_rows_are_the_bundled_words(shipped):
    words = tuple(shipped["words"].tobytes().decode().split("\n"))
    assert words == w2vlib.load_statistics(2000).words
    assert json.loads(shipped["about"].tobytes())["splits"] == SPLITS


def test_shapes_and_order(shipped):
    assert shipped["eigvecs"].shape == (5, 2, 40, 2000)
    assert shipped["eigvals"].shape == (5, 2, 40)
    assert (np.diff(shipped["eigvals"], axis=-1) <= 0).all()


def test_modes_of_a_half_are_orthonormal(modes):
    gram = modes.swapaxes(2, 3) @ modes
    assert np.abs(gram - np.eye(40)).max() < 5e-4  # half precision: 11 bits


def test_halves_are_near_the_bundled_modes_and_not_the_same(shipped, modes, bundled):
    eigvals, eigvecs = bundled
    for half in modes.reshape(10, 2000, 40):
        overlap = w2vlib.subspace_overlap(half[:, :14], eigvecs[:, :14])
        assert 0.97 < overlap < 0.9999
    assert np.abs(shipped["eigvals"][..., :14] / eigvals[:14] - 1).max() < 0.05


def test_average_of_two_halves_is_nearer_than_either(modes, bundled):
    # Noise of disjoint halves is opposite: the sum of the projectors cancels most of it.
    top = bundled[1][:, :14]
    for first, second in modes[..., :14]:
        both = np.hstack([first, second])
        left, _, _ = np.linalg.svd(both, full_matrices=False)
        mean = w2vlib.subspace_overlap(left[:, :14], top)
        assert mean > 0.985
        assert mean > max(w2vlib.subspace_overlap(half, top) for half in (first, second))


def test_modes_one_by_one_come_back_or_do_not(modes):
    """Single modes, which the overlap of spaces does not see: Chapter 9's list, in all splits."""
    overlaps = np.abs(np.einsum("svk,svk->sk", modes[:4, 0], modes[:4, 1]))  # (split, mode)
    stable = overlaps.mean(axis=0) >= 0.9
    assert (np.flatnonzero(stable) + 1).tolist() == [*range(1, 8), *range(10, 15)]
    assert overlaps[:, [*range(7), *range(9, 14)]].min() > 0.8
    assert np.sum(overlaps[:, 14] > 0.5) == np.sum(overlaps[:, 15] > 0.5) == 1  # 15 and 16
    for k, least in ((8, 0.9), (15, 0.8)):  # but the plane of two
        planes = modes[:4, :, :, k - 1 : k + 1]
        assert np.mean([w2vlib.subspace_overlap(*pair) for pair in planes]) > least


# --- the tool -------------------------------------------------------------------------------------


def test_splits_are_disjoint_balanced_and_orthogonal(tool):
    rows = scipy.linalg.hadamard(16)[list(tool.SPLITS.values())]
    assert (rows @ rows.T == 16 * np.eye(5, dtype=int)).all()
    assert (rows.sum(axis=1) == 0).all()
    of_part = rows.reshape(5, 4, 4).sum(axis=2)  # groups of each part of the text
    assert (of_part[:4] == 0).all(), "a random half has half of every part"
    assert of_part[4].tolist() == [4, 4, -4, -4]


TEXT = ["king saw the queen", "the dog bit the king", "queen and dog ran", "the the cat", "sea"] * 4


@pytest.fixture
def text_file(tmp_path):
    path = tmp_path / "text.txt.xz"
    path.write_bytes(lzma.compress("".join(line + "\n" for line in TEXT).encode()))
    return path


def test_each_article_is_dealt_once_without_other_words(tool, text_file):
    kept = ("the", "king", "queen", "dog")
    groups = list(tool.deal(text_file, 0, kept))
    assert len(groups) == 4
    wanted = [" ".join(word for word in line.split() if word in kept) for line in TEXT]
    assert sorted(article for group in groups for article in group) == sorted(wanted)
    assert groups == list(tool.deal(text_file, 0, kept)), "the deal is seeded"
    assert groups != list(tool.deal(text_file, 1, kept)), "each part has its own deal"


def test_counts_are_those_of_the_whole_vocabulary_cut_to_the_first_words(tool):
    # By hand: "king the queen" with "the" not among the kept two, but inside the windows.
    counts, pairs = tool.count(["king the queen"], ("queen", "king", "ghost", "the"), 3)
    assert counts.tolist() == [1, 1, 0]
    assert pairs.tolist() == [[0, 15, 0], [15, 0, 0], [0, 0, 0]]  # distance 2: 16 + 1 - 2


def test_groups_add_up_to_the_text(tool):
    kept = ("the", "king", "queen", "dog", "saw", "bit", "and", "ran", "cat", "sea")
    counts, pairs = tool.count(TEXT, kept, 6)
    some, some_pairs = tool.count(TEXT[:7], kept, 6)
    rest, rest_pairs = tool.count(TEXT[7:], kept, 6)
    assert (some + rest == counts).all()
    assert (some_pairs + rest_pairs == pairs).all()
    assert pairs.any()


def test_eigenpairs_are_those_of_the_summed_counts(tool):
    rng = np.random.default_rng(0)
    tables = rng.integers(1, 50, (2, 8, 8))
    groups = [(table.sum(axis=1) + 1, table + table.T) for table in tables]
    words = tuple("abcdefgh")
    eigvals, rows = tool.eigenpairs(groups, words, 2)
    counts, pairs = groups[0][0] + groups[1][0], groups[0][1] + groups[1][1]
    p, p_ij = counts / counts.sum(), pairs / pairs.sum()
    chance = np.outer(p, p)
    values, vectors = np.linalg.eigh(2 * (p_ij - chance) / (p_ij + chance))
    assert np.allclose(eigvals, values[:-3:-1])
    assert np.allclose(np.abs(np.sum(rows * vectors[:, :-3:-1].T, axis=1)), 1)


@pytest.mark.slow
@pytest.mark.text_data
def test_the_half_of_the_first_two_parts_is_rebuilt_from_the_text(tool, text_data, shipped):
    bundled = w2vlib.load_statistics()
    groups = [
        tool.count(articles, bundled.words, tool.V)
        for part in (0, 1)
        for articles in tool.deal(text_data / f"enwiki-part{part + 1}.txt.xz", part, bundled.words)
    ]
    eigvals, rows = tool.eigenpairs(groups, bundled.words[: tool.V])
    assert np.allclose(eigvals, shipped["eigvals"][4, 0], rtol=1e-9)
    assert np.abs(rows - shipped["eigvecs"][4, 0]).max() < 1e-4
