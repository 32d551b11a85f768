"""Counting on a cluster: the same integers whatever dies, and clear words where nothing is left."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from w2vlib import W2VError, count_cooccurrences
from w2vlib.corpus import _distributed

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install distributed")

WORDS = np.array([f"word{k}" for k in range(20)])


@pytest.fixture(scope="module")
def client():
    """Two workers, each a process that is started anew when it dies."""
    import dask

    faster = {
        "distributed.worker.multiprocessing-method": "forkserver",
        "distributed.comm.timeouts.connect": "3s",  # how long to look for a worker that was killed
    }
    with (
        dask.config.set(faster),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def texts(tmp_path):
    """Nine files; the first has the fewest words, and one is empty."""
    rng = np.random.default_rng(0)
    paths = []
    for k in range(9):
        path = tmp_path / f"part{k}.txt"
        articles = [" ".join(rng.choice(WORDS[: 6 + 2 * k], n)) for n in rng.integers(1, 60, 5 * k)]
        path.write_text("\n".join(articles))
        paths.append(path)
    return paths


def killer(folder, prefix, times):
    """Return a plugin that kills its worker as it finishes a task, so many times in all."""

    class Killer(distributed.WorkerPlugin):
        name = "killer"

        def transition(self, key, start, finish, **_):
            if str(key).startswith(prefix) and finish == "memory":
                for k in range(times):
                    try:
                        os.close(os.open(f"{folder}/killed{k}", os.O_CREAT | os.O_EXCL))
                    except FileExistsError:
                        continue
                    os.kill(os.getpid(), signal.SIGKILL)

    return Killer()


@pytest.fixture
def kill(client, tmp_path):
    """Arrange deaths; return how many there were so far."""

    def arrange(prefix, times=1):
        client.register_plugin(killer(str(tmp_path), prefix, times))
        return lambda: len([*tmp_path.glob("killed*")])

    yield arrange
    client.unregister_worker_plugin("killer")


def same(a, b):
    """Whether two statistics agree in every word and every integer."""
    dense = [np.asarray(x.to_dense().pair_counts) for x in (a, b)]
    return (
        a.words == b.words
        and np.array_equal(a.word_counts, b.word_counts)
        and np.array_equal(*dense)
        and a.pair_counts.dtype == b.pair_counts.dtype
    )


@pytest.mark.parametrize(("tasks", "sparse"), [(1000, False), (2, True)])
def test_same_integers_as_in_one_process(client, texts, tasks, sparse, monkeypatch):
    monkeypatch.setattr(_distributed, "_TASKS", tasks)
    settings = {"vocab_size": 12, "window": 5, "sparse": sparse, "source": "a test"}
    ours = count_cooccurrences(texts, client=client, **settings)
    assert same(ours, count_cooccurrences(texts, **settings))
    assert ours.source == "a test"


def test_one_path(client, texts):
    ours = count_cooccurrences(str(texts[8]), client=client, vocab_size=9, window=3)
    assert same(ours, count_cooccurrences(texts[8], vocab_size=9, window=3))


def test_of_equals_the_one_that_comes_first_in_the_text(client, tmp_path):
    paths = [tmp_path / f"{k}.txt" for k in range(6)]
    for path, text in zip(paths, ["c b", "a", "b", "a c", "d", ""], strict=True):
        path.write_text(text)
    ours = count_cooccurrences(paths, client=client, vocab_size=4, window=1)
    assert ours.words == ("c", "b", "a", "d")


@pytest.mark.parametrize("prefix", ["w2vlib_words", "w2vlib_pairs", "w2vlib_add_pairs"])
def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(client, texts, kill, prefix):
    deaths = kill(prefix)
    ours = count_cooccurrences(texts, client=client, vocab_size=15, window=4)
    assert deaths() == 1
    assert same(ours, count_cooccurrences(texts, vocab_size=15, window=4))


def test_a_task_that_kills_every_worker(client, texts, kill, tmp_path, monkeypatch):
    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 1)
    deaths, out = kill("w2vlib_pairs", times=100), tmp_path / "statistics.npz"
    with pytest.raises(W2VError, match=r"ended 2 workers, .* nothing was counted: give workers"):
        count_cooccurrences(texts[8], client=client, vocab_size=9).save(out)
    assert deaths() >= 2  # a worker that was started again may have taken it once more
    assert not out.exists()


@pytest.mark.parametrize("fault", ["vanishes", "changes"])
def test_a_file_that_goes_while_it_is_counted(client, texts, fault, monkeypatch):
    result = _distributed._Run.result

    def spoil_after_the_first_pass(run, future):
        found = result(run, future)
        if isinstance(found, tuple):
            texts[3].unlink() if fault == "vanishes" else texts[3].write_text("word0 word1")
        return found

    monkeypatch.setattr(_distributed._Run, "result", spoil_after_the_first_pass)
    what = {"vanishes": "does not exist", "changes": "was changed while it was counted"}[fault]
    with pytest.raises(W2VError, match=rf"part3.txt'? {what}.*\(on the worker tcp://"):
        count_cooccurrences(texts, client=client, vocab_size=9)


def test_a_cluster_without_workers(monkeypatch, texts):
    monkeypatch.setattr(_distributed, "_PATIENCE", 0.0)
    monkeypatch.setattr(_distributed, "_LOOK", 0.01)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", processes=False) as cluster,
        distributed.Client(cluster) as empty,
        pytest.raises(W2VError, match=r"no worker for .* start workers"),
    ):
        count_cooccurrences(texts, client=empty, vocab_size=9)


def test_a_function_that_workers_do_not_have(client, texts, monkeypatch):
    monkeypatch.setattr(_distributed, "read_words", lambda files: 1 / 0)
    with pytest.raises(W2VError, match=r"ZeroDivisionError.*every worker has this version"):
        count_cooccurrences(texts, client=client, vocab_size=9)


REFUSED = {
    "more words than there are": ({"vocab_size": 500}, "exceeds the 20 distinct words of the text"),
    "a window beyond integers": ({"vocab_size": 9, "window": 1 << 61}, "choose window <= "),
    "texts": ({"articles": ["a b", "b a"], "vocab_size": 2}, "article 0 is 'a b'; .* pass paths"),
    "nothing": ({"articles": [], "vocab_size": 2}, "empty list"),
    "a folder": ({"articles": [Path(__file__).parent], "vocab_size": 2}, "is a folder.*on the wor"),
    "no client": ({"client": 8786, "vocab_size": 2}, "client is of type int; pass Client"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(client, texts, case):
    given, message = REFUSED[case]
    with pytest.raises(W2VError, match=message):
        count_cooccurrences(**{"articles": texts, "client": client} | given)


def test_texts_without_enough_words(client, tmp_path):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("one one one")
    with pytest.raises(W2VError, match="only one distinct word, 'one'"):
        count_cooccurrences(paths, client=client, vocab_size=2)


def test_a_closed_client(texts):
    with distributed.Client(processes=False, n_workers=0, dashboard_address=":0") as closed:
        pass
    with pytest.raises(W2VError, match="the client is closed"):
        count_cooccurrences(texts, client=closed, vocab_size=2)


def test_without_dask(texts, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(W2VError, match=r"pip install 'w2vlib\[distributed\]'"):
        count_cooccurrences(texts, client=object(), vocab_size=2)
