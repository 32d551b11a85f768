"""Text to word vectors, one maker and one setting per process: seconds, memory and three scores.

Usage: vectors.py TEXT V D MAKER [NAME=VALUE ...]. Prints one line of JSON. TEXT holds an article a
line, of V distinct words at most (``bench.py`` makes it), so that all makers see the same tokens.
The makers read the file themselves; what a peer needs before it learns (its vocabulary) counts, as
our counting does. Processor seconds are of all threads and of programs that were started.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

L, NEGATIVE = 16, 5


def write_kept(articles, keep, path):
    """Write articles without the words that are not kept, a line each; return how many stay."""
    n_kept = 0
    with open(path, "w", encoding="utf-8") as file:
        for article in articles:
            if words := [word for word in article if word in keep]:
                file.write(" ".join(words) + "\n")
                n_kept += len(words)
    return n_kept


def closed_form(text, V, d, weights="constant"):
    """Count, and take the top eigenvectors."""
    import w2vlib

    stats = w2vlib.count_cooccurrences(text, vocab_size=V, window=L, progress=False)
    emb = w2vlib.pca_embeddings(stats, d, weights=weights)
    return emb.words, emb.vectors


def sgns_from_counts(text, V, d, steps=20):
    """Count, take the weighted closed form, and step down word2vec's own loss from there."""
    import w2vlib

    stats = w2vlib.count_cooccurrences(text, vocab_size=V, window=L, progress=False)
    emb = w2vlib.sgns_embeddings(stats, d, steps=int(steps), progress=False)
    return emb.words, emb.vectors


def gensim(text, V, d, epochs=5, sample=1e-4, alpha=0.025):
    """word2vec as most people run it."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        corpus_file=str(text), vector_size=d, sg=1, negative=NEGATIVE, window=L, min_count=1,
        max_final_vocab=V, sample=float(sample), epochs=int(epochs), alpha=float(alpha),
        workers=1, seed=0,
    )  # fmt: skip
    return model.wv.index_to_key, model.wv.vectors


def word2vec(text, V, d, epochs=5, sample=1e-4):
    """Run the C program of Mikolov et al. (2013), from the package ``word2vec``."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "vectors.txt"
        subprocess.run(
            [
                Path(sys.executable).with_name("word2vec"), "-train", text, "-output", out, "-cbow",
                "0", "-size", str(d), "-window", str(L), "-negative", str(NEGATIVE), "-hs", "0",
                "-sample", str(sample), "-iter", str(epochs), "-threads", "1", "-min-count", "1",
                "-binary", "0",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return _read(out)


def fasttext(text, V, d, epochs=5, sample=1e-4):
    """Skip-gram without subwords, so the same model."""
    import fasttext as program

    model = program.train_unsupervised(
        str(text), model="skipgram", dim=d, ws=L, neg=NEGATIVE, epoch=int(epochs), t=float(sample),
        minCount=1, minn=0, maxn=0, bucket=1, thread=1, verbose=0, lr=0.025,
    )  # fmt: skip
    words = model.get_words()
    return words, np.stack([model.get_word_vector(word) for word in words])


def glove(text, V, d, steps=100, x_max=100, rate=0.05):
    """GloVe's loss, all pairs in each step (package ``mittens``), on counts made here."""
    from mittens import GloVe

    import w2vlib

    stats = w2vlib.count_cooccurrences(text, vocab_size=V, window=L, progress=False)
    # GloVe gives a pair at distance delta the weight 1 / delta; ours falls linearly, from 16 to 1.
    np.random.seed(0)  # noqa: NPY002 (the package draws from there)
    model = GloVe(n=d, xmax=float(x_max), max_iter=int(steps), learning_rate=float(rate))
    return stats.words, model.fit(stats.pair_counts / L)


def _read(path):
    """Read word2vec's text format; the end of a sentence is no word."""
    import w2vlib

    emb = w2vlib.Embeddings.load_word2vec_format(path)
    keep = [k for k, word in enumerate(emb.words) if word != "</s>"]
    return [emb.words[k] for k in keep], emb.vectors[keep]


MAKERS = {
    "w2vlib closed form": closed_form,
    "w2vlib sgns": sgns_from_counts,
    "gensim": gensim,
    "word2vec": word2vec,
    "fastText": fasttext,
    "GloVe": glove,
}


def peak():
    """Return this program's largest memory in kB; what getrusage says begins with its parent's."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmHWM:")[1].split()[0])


def main():
    """Make vectors once, and print what it took."""
    text, V, d, maker = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    settings = dict(setting.split("=") for setting in sys.argv[5:])
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    start = time.perf_counter()
    words, vectors = MAKERS[maker](text, V, d, **settings)
    wall = time.perf_counter() - start
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(
        b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime
        for a, b in zip(before, after, strict=True)
    )
    from scores import scores

    import w2vlib

    row = {
        "maker": maker,
        "settings": settings,
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "peak_gb": round(max(peak(), after[1].ru_maxrss) / 1e6, 2),
        "words": len(words),
        **scores({maker: w2vlib.Embeddings(words, np.asarray(vectors))})[maker],
    }
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
