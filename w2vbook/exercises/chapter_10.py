"""Exercises of Chapter 10, linear directions."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from w2vlib import (
    Embeddings,
    analogy_accuracy,
    analogy_families,
    embeddings_from_matrix,
    load_statistics,
    marchenko_pastur_fit,
    pca_embeddings,
    relation_spectrum,
    task_vectors,
)

from ._answers import NO, YES, Part, number, word


@functools.cache
def _gender() -> tuple[Embeddings, list[tuple[str, str]]]:
    emb = pca_embeddings(load_statistics(), 200)
    family = analogy_families()["family"]
    return emb, [(a, b) for a, b in family if a in emb and b in emb]


def interaction() -> Sequence[Part]:
    """Ask what a mild interaction does to a sum, a length and a direction."""
    # The planted language: 8 nouns (topic by topic, man before woman), 4 topic words, 2 marks.
    T = np.zeros((4, 2, 14))
    for A, G in np.ndindex(4, 2):
        topic = np.where(np.arange(4) == A, 0.7, 0.1)
        gender = np.where(np.arange(2) == G, 0.8, 0.2)
        mild = np.where(np.arange(2) == G, 0.6, 0.4)
        nouns = [topic[a] * (mild if a == 1 else gender) for a in range(4)]
        T[A, G] = np.concatenate([0.5 * np.concatenate(nouns), 0.3 * topic, 0.2 * gender])
    articles = T.reshape(8, 14)
    p = articles.mean(axis=0)
    # tanh(PMI/2) = (P_ij - P_i P_j) / (P_ij + P_i P_j)
    joint, chance = articles.T @ articles / 8, np.outer(p, p)
    X = embeddings_from_matrix(
        2 * (joint - chance) / (joint + chance), [str(i) for i in range(14)], 4
    ).vectors
    woman, queen = X[1] - X[0], X[3] - X[2]
    lengths = np.linalg.norm(woman), np.linalg.norm(queen)
    ratio = float(lengths[1] / lengths[0])
    return [
        word(
            "sum",
            "is the sum still true? yes or no",
            YES,
            slips=[(each, "the probabilities of words are still products") for each in NO],
        ),
        number(
            "cosine",
            "the cosine of queen - king with woman - man at d = 4",
            float(queen @ woman / (lengths[0] * lengths[1])),
            slips=[(ratio, "that is the ratio of their lengths")],
        ),
        number(
            "length",
            "the length of queen - king as a share of that of woman - man",
            ratio,
            rtol=0.05,
            slips=[(1.0, "that is the cosine; the step is no longer as long")],
        ),
    ]


def leave() -> Sequence[Part]:
    """Ask how often the task vector of the others is right."""
    emb, pairs = _gender()
    unit = emb.unit_vectors
    rows = np.array([[emb.index[a], emb.index[b]] for a, b in pairs])
    R = unit[rows[:, 1]] - unit[rows[:, 0]]

    def right(leave_out: bool, without: bool = True) -> int:
        hits = 0
        for n, (c, d) in enumerate(rows):
            others = np.delete(R, n, axis=0) if leave_out else R
            score = unit @ (unit[c] + others.mean(axis=0))
            if without:
                score[c] = -9
            hits += int(score.argmax() == d)
        return hits

    kept = (right(True), right(False), right(True, False))
    slips = [
        (kept[1], "the pair itself must be left out of its task vector"),
        (kept[2], "c itself must not be an answer"),
    ]
    return [
        number(
            "right",
            f"how many of {len(rows)} are right",
            kept[0],
            slips=slips,
            rtol=1e-3,
            invited=False,
        )
    ]


def more() -> Sequence[Part]:
    """Ask what is left of all analogies without ten gender directions."""
    emb, pairs = _gender()
    basis = np.linalg.svd(task_vectors(emb, pairs, unit=True)[0], full_matrices=False)[2]

    def score(n: int) -> float:
        cut = emb.unit_vectors - (emb.unit_vectors @ basis[:n].T) @ basis[:n]
        return analogy_accuracy(Embeddings(emb.words, cut)).overall

    return [
        number(
            "overall", "the share of all analogies that is right afterwards", score(10), rtol=0.01
        )
    ]


def throne() -> Sequence[Part]:
    """Ask what the counts say about *throne*, near *woman* and near *man*."""
    stats = load_statistics()
    woman, man, one, queen = (stats.index[w] for w in ("woman", "man", "throne", "queen"))
    counts, whole = stats.pair_counts, stats.word_counts
    base = float(np.log(whole[woman] / whole[man]))

    def odds(x: int) -> float:
        return float(np.log(counts[x, woman] / counts[x, man]))

    slips = [
        (odds(one), "subtract the log odds of the two words in the whole text"),
        (base, "that is the log odds in the whole text"),
        (odds(queen) - base, "that is *queen*"),
    ]
    return [
        number(
            "odds",
            "the log odds near throne, less those of the whole text",
            odds(one) - base,
            slips=slips,
            rtol=0.02,
        )
    ]


def law() -> Sequence[Part]:
    """Ask how much of the bulk of many plurals the law of noise misses."""
    emb = _gender()[0]
    plurals = [(w, w + "s") for w in emb.words if len(w) > 2 and w + "s" in emb]
    found = relation_spectrum(task_vectors(emb, plurals)[0])

    def above(eigvals: NDArray[np.float64]) -> int:
        return int((found.eigvals > marchenko_pastur_fit(eigvals).edges[1]).sum())

    return [
        number(
            "above",
            f"how many of the bulk of {len(plurals)} pairs lie above the edge",
            above(found.eigvals[1:]) - 1,
            slips=[
                (above(found.eigvals[1:]), "the spike is no part of the bulk"),
            ],
            rtol=1e-3,
            invited=False,
        )
    ]


EXERCISES = {
    "ex-10-interaction": interaction,
    "ex-10-leave": leave,
    "ex-10-more": more,
    "ex-10-throne": throne,
    "ex-10-law": law,
}
