"""Threads: what the user, the processors and the container allow; two kinds never multiply."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from w2vlib import top_eigenpairs
from w2vlib._support import threads
from w2vlib._support.threads import n_threads, own_threads


def blas_threads():
    """Return how many threads each BLAS library of this process would use now."""
    return {
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of eight processors in a container without a limit, and nothing set by the user."""
    for name in threads._SET_BY_USER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "_CGROUP_LIMIT", tmp_path / "cpu.max")
    return monkeypatch


@pytest.fixture
def two_blas_threads():
    """Let BLAS use two threads, whatever the test run has set."""
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("this BLAS has no second thread")
        yield


SET_BY_USER = {
    "nothing": ({}, 8),
    "OpenBLAS": ({"OPENBLAS_NUM_THREADS": "3"}, 3),
    "MKL": ({"MKL_NUM_THREADS": "2"}, 2),
    "OpenMP": ({"OMP_NUM_THREADS": "4"}, 4),
    "levels of nesting": ({"OMP_NUM_THREADS": "2,1"}, 2),
    "with blanks": ({"OMP_NUM_THREADS": " 2 , 1 "}, 2),
    "OpenBLAS before OpenMP": ({"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "1"}, 1),
    "zero": ({"OMP_NUM_THREADS": "0"}, 8),
    "no number": ({"OPENBLAS_NUM_THREADS": "all", "MKL_NUM_THREADS": "5"}, 5),
    "a power": ({"OMP_NUM_THREADS": "2²"}, 8),
    "empty": ({"OMP_NUM_THREADS": ""}, 8),
    "below zero": ({"OMP_NUM_THREADS": "-1"}, 8),
}


@pytest.mark.parametrize("case", SET_BY_USER)
def test_what_the_user_has_set(machine, case):
    variables, expected = SET_BY_USER[case]
    for name, value in variables.items():
        machine.setenv(name, value)
    assert n_threads() == expected


CONTAINERS = {
    "no limit": ("max 100000", 8),
    "two processors": ("200000 100000", 2),
    "one and a half": ("150000 100000", 2),
    "a tenth": ("10000 100000", 1),
    "more than the machine has": ("6400000 100000", 8),
    "nothing sensible": ("1 0", 8),
    "empty": ("", 8),
}


@pytest.mark.parametrize("case", CONTAINERS)
def test_what_a_container_allows(machine, case):
    text, expected = CONTAINERS[case]
    threads._CGROUP_LIMIT.write_text(text + "\n")
    assert n_threads() == expected


def test_the_affinity_counts_and_may_be_unknown(machine):
    machine.setattr(threads.os, "sched_getaffinity", lambda _: {3})
    assert n_threads() == 1
    machine.delattr(threads.os, "sched_getaffinity")
    machine.setattr(threads.os, "cpu_count", lambda: None)
    assert n_threads() == 1


@pytest.mark.usefixtures("two_blas_threads")
def test_blas_is_held_to_one_thread_and_let_go():
    with own_threads() as pool:
        assert blas_threads() == pool.submit(blas_threads).result(30) == {1}
        with own_threads():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}
    with pytest.raises(ZeroDivisionError), own_threads():
        1 / 0  # noqa: B018
    assert blas_threads() == {2}


TWO_CALLERS = """
import threading, numpy, scipy.linalg
import test_threads
from w2vlib._support.threads import own_threads
before = test_threads.blas_threads()
inside, order = threading.Event(), []
def second():
    inside.wait(30)
    with own_threads():
        order.append(("second", test_threads.blas_threads()))
other = threading.Thread(target=second)
other.start()
with own_threads():
    inside.set()
    other.join(0.2)  # it waits for this block
    order.append(("first", test_threads.blas_threads()))
other.join(30)
assert order == [("first", {1}), ("second", {1})], order
assert test_threads.blas_threads() == before
print(before)
"""


def test_two_callers_at_once_take_turns_and_leave_blas_as_it_was():
    unset = {k: v for k, v in os.environ.items() if k not in threads._SET_BY_USER}
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    run = subprocess.run(
        [sys.executable, "-c", TWO_CALLERS], env=unset | {"PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


@pytest.mark.usefixtures("two_blas_threads")
def test_no_blas_threads_beside_the_threads_of_block_lanczos(monkeypatch):
    matmul, seen = np.matmul, set()

    def spy(*args, **kwargs):
        seen.update(blas_threads())
        return matmul(*args, **kwargs)

    matrix = np.diag(100 * np.arange(1, 801) ** -0.6)
    monkeypatch.setattr(np, "matmul", spy)
    top_eigenpairs(matrix, 5)
    assert seen == {1}
    assert blas_threads() == {2}
