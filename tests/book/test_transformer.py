"""The transformer of Chapter 14: its data, its arithmetic, and what the chapter says of it."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scripts import load_script

from w2vbook import transformer
from w2vbook.transformer import Trained, Transformer
from w2vlib import subspace_overlap, top_eigenpairs

CHAPTER = Path(__file__).resolve().parents[2] / "chapters" / "14_to_language_models.ipynb"
train_transformer = load_script("tools/train_transformer.py")


@pytest.fixture(scope="module")
def trained() -> Trained:
    return transformer.load()


def small(**options: int) -> Transformer:
    torch.manual_seed(0)
    return Transformer(torch.ones(7) / 7, d=8, heads=2, context=5, sigma=1.0, **options)


def test_counts_agree_with_each_other(trained: Trained) -> None:
    assert len(set(trained.words)) == len(trained.words) == 2500
    assert np.all(np.diff(trained.unigrams) <= 0)  # the most frequent first
    before = trained.next_counts.sum(axis=1)
    assert np.all(before <= trained.unigrams)  # the last word of an article has no next one
    assert trained.unigrams.sum() - before.sum() < 10_000
    assert trained.unigrams.sum() == 13_502_522  # as the card says


def test_words_of_the_tests_are_in_the_vocabulary(trained: Trained) -> None:
    assert set(train_transformer.needed()) <= set(trained.words)
    assert len(transformer.PAIRS) == 16


def test_the_model_predicts_better_than_neighbours_do(trained: Trained) -> None:
    model = trained.model()
    ids = torch.tensor([[trained.index[word] for word in ("one", "of", "the", "most")]])
    with torch.no_grad():
        p = torch.softmax(model(ids)[0, -1], dim=0)
    assert p.sum() == pytest.approx(1, abs=1e-4)
    assert (
        p[trained.index["important"]] > 20 * trained.unigrams[trained.index["important"]] / 1.35e7
    )
    assert trained.losses[-1, 1] < trained.bigram_loss < trained.unigram_loss


def test_no_word_sees_those_behind_it() -> None:
    model, ids = small(), torch.tensor([[1, 2, 3, 4]])
    other = torch.tensor([[1, 2, 3, 6]])
    assert torch.allclose(model(ids)[:, :3], model(other)[:, :3])
    assert not torch.allclose(model(ids)[:, 3], model(other)[:, 3])


def test_a_push_acts_where_it_is_added_and_behind() -> None:
    model, ids = small(), torch.tensor([[1, 2, 3, 4]])
    push = torch.zeros(1, 4, 8)
    push[:, 1] = 1.0 * torch.arange(8)
    moved = (model.stream(ids, push) - model.stream(ids)).abs().amax(dim=2)[0] > 1e-6
    assert moved.tolist() == [False, True, True, True]


def test_untrained_it_guesses_by_frequency() -> None:
    p = torch.tensor([0.5, 0.25, 0.125, 0.125])
    model = Transformer(p, d=8, heads=2, sigma=1e-9)
    guess = torch.softmax(model(torch.tensor([[0, 3]])), dim=2)
    assert torch.allclose(guess, p.expand(1, 2, 4), atol=1e-6)


def test_neighbours_are_counted_within_articles() -> None:
    articles = [
        np.array([0, 1, 0, 1], np.int16),
        np.array([1, 1], np.int16),
        np.array([2], np.int16),
    ]
    counts = train_transformer.next_counts(articles)
    assert counts[0, 1] == 2
    assert counts[1, 0] == counts[1, 1] == 1
    assert counts.sum() == 4


def test_the_rate_warms_up_holds_and_ends_at_nothing() -> None:
    rates = [train_transformer.rate_at(n, 1000) for n in range(1000)]
    assert rates[0] == pytest.approx(3e-5)
    assert rates[100] == rates[799] == pytest.approx(3e-3)
    assert rates[900] == pytest.approx(1.5e-3)
    assert rates[-1] < 3e-5


def test_windows_depend_on_step_and_seed_alone() -> None:
    stream = torch.arange(1000)
    one = train_transformer.windows(stream, 5, 0)
    assert torch.equal(one, train_transformer.windows(stream, 5, 0))
    assert not torch.equal(one, train_transformer.windows(stream, 6, 0))
    assert torch.equal(one[:, 1:], one[:, :-1] + 1)


def test_text_is_read_article_by_article(tmp_path: Path) -> None:
    with lzma.open(tmp_path / "text.xz", "wt") as file:
        file.write("the king said\nthe queen\n")
    articles = train_transformer.read(tmp_path / "text.xz")
    assert articles == [["the", "king", "said"], ["the", "queen"]]
    ids = train_transformer.encode(articles, {"the": 0, "queen": 1})
    assert [list(x) for x in ids] == [[0], [0, 1]]


def overlaps(counts: np.ndarray, E: np.ndarray) -> dict[str, tuple[float, float]]:
    """Return the overlap of ten directions of E with two forecasts, and with words exchanged."""
    P, V = counts / counts.sum(), len(counts)
    now = P.sum(axis=1)
    chance = np.outer(now, P.sum(axis=0))
    forms = {
        "Q": ((P - chance) / np.sqrt(chance), np.sqrt(now)),
        "M*": (2 * (P - chance) / (P + chance), np.ones(V)),
    }
    rng, found = np.random.default_rng(1), {}
    exchanged = np.concatenate([rng.permutation(some) for some in np.split(np.arange(V), 100)])
    for name, (matrix, w) in forms.items():
        frame = top_eigenpairs(matrix @ matrix.T, 10)[1]
        centred = w[:, None] * (E - w**2 @ E / np.sum(w**2))
        own = np.linalg.svd(centred, full_matrices=False)[0][:, :10]
        found[name] = subspace_overlap(own, frame), subspace_overlap(own, frame[exchanged])
    return found


def test_m_star_of_neighbours_and_not_q_is_what_the_embeddings_share(trained: Trained) -> None:
    found = overlaps(trained.next_counts, trained.E[-1])
    assert found["M*"] == pytest.approx((0.42, 0.01), abs=0.015)
    assert found["Q"][0] == pytest.approx(0.26, abs=0.015)


def test_a_second_run_confirms_m_star() -> None:
    counts, steps, E = transformer.load_second()
    assert steps.tolist() == [1000, 2000, 3000]
    found = [overlaps(counts, one) for one in E]
    assert [each["M*"][0] for each in found] == pytest.approx([0.39, 0.44, 0.46], abs=0.01)
    assert max(each["M*"][1] for each in found) < 0.02
    assert all(each["Q"][0] < 0.23 for each in found)


@pytest.mark.slow
def test_the_solution_of_where_to_push_says_what_its_code_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    space = {"np": np, "torch": torch, "transformer": transformer, "real": transformer.load()}
    # Up to what the chapter prints of the pairs, which needs SciPy and says nothing of this.
    for cell, end in (
        ("c14-80", None),
        ("c14-65", "own ="),
        ("c14-66", "with "),
        ("c14-68", "\n\n\nm"),
    ):
        exec(sources[cell].partition(end)[0] if end else sources[cell], space)
    (solution,) = (text for text in sources.values() if "{solution} ex-14-late" in text)
    code, _, says = solution.partition("```python\n")[2].partition("```")
    capsys.readouterr()
    exec(code, space)
    printed = re.findall(r"-?\d\.\d*", capsys.readouterr().out)
    said = re.findall(r"-?\d\.\d+", says)
    # Pushed along what is written, at the end and at the noun; then along the task vector.
    assert [float(printed[i]) for i in (0, 2, 1, 3)] == [float(number) for number in said]
