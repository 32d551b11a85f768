"""What word vectors are worth: analogies and two lists of human ratings, with intervals of 95 %."""

import os
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

import w2vlib

RATINGS = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}
DRAWS = 1000


def scores(models, rule="b - a + c"):
    """Score several models of the same words; differences from the first are paired.

    ``models`` maps names to Embeddings. Word pairs of the analogies' families, and rated pairs, are
    drawn again, the same for all models. W2V_RATINGS names the folder of the ratings' files,
    which are not part of the project; without it there are no correlations.
    """
    embs = list(models.values())
    tables = []
    for pairs in w2vlib.analogy_families().values():
        known = [pair for pair in dict.fromkeys(pairs) if pair[0] in embs[0] and pair[1] in embs[0]]
        if len(known) > 1:
            tables.append(np.stack([w2vlib.analogy_table(emb, known, rule=rule) for emb in embs]))
    asked = sum(table[0].size - len(table[0]) for table in tables)
    exact = sum(table.sum(axis=(1, 2)) for table in tables) / asked
    draws = w2vlib.bootstrap_accuracy(tables, DRAWS, rng=np.random.default_rng(0))
    measured = {"analogies": (100 * exact, 100 * draws, asked)}
    if folder := os.environ.get("W2V_RATINGS"):
        for name, file in RATINGS.items():
            measured[name] = correlations(embs, Path(folder) / file)
    rows = {name: {} for name in models}
    for test, (value, draws, n) in measured.items():
        digits = 2 if test == "analogies" else 4
        for k, row in enumerate(rows.values()):
            row[test] = round(float(value[k]), digits)
            row[f"{test}_95"] = ends(draws[:, k], digits)
            row[f"{test}_n"] = n
            if k:
                row[f"{test}_less_first_95"] = ends(draws[:, k] - draws[:, 0], digits)
    return rows


def ends(draws, digits):
    """Return the ends of the interval that holds 95 % of the draws."""
    return [round(float(x), digits) for x in np.percentile(draws, [2.5, 97.5])]


def correlations(embs, path):
    """Spearman's correlation of cosines with ratings: value, draws, number of pairs."""
    known = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            a, b, rating = line.split("\t")
            rows = [w if w in embs[0] else w.strip().lower() for w in (a.strip(), b.strip())]
            if all(w in embs[0] for w in rows):
                known.append((*(embs[0].index[w] for w in rows), float(rating)))
    a, b, rating = np.array(known).T
    a, b = a.astype(int), b.astype(int)
    cosines = np.array([(emb.unit_vectors[a] * emb.unit_vectors[b]).sum(axis=1) for emb in embs])
    value = spearman(cosines, rating)
    for emb, ours in zip(embs, value, strict=True):  # the library's own, another way
        assert abs(w2vlib.similarity_correlation(emb, path).correlation - ours) < 1e-6
    drawn = np.random.default_rng(0).integers(0, len(a), (DRAWS, len(a)))
    draws = np.array([spearman(cosines[:, rows], rating[rows]) for rows in drawn])
    return value, draws, len(a)


def spearman(x, y):
    """Rank correlation of each row of x with y."""
    x, y = rankdata(x, axis=-1), rankdata(y)
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean()
    return x @ y / np.sqrt((x**2).sum(axis=-1) * (y @ y))
