"""Submissions that attack the grader, and unlucky ones: all graded in one run, as in a course.

Each case says what it hands in and which points it must get. One run grades them all, so a case
that stopped the run or touched a neighbour would fail the others, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import grading_course as course
import pytest

from grading import masters
from grading.box import Box, DiedError, Limits, why_no_box
from grading.session import Wish, grade

# The library takes most of a second to import, in each kernel; these cases do not need it.
QUICK = """\
import numpy as np

counts = np.random.default_rng(len(STUDENT)).integers(1, 50, size=(4, 4))
counts = counts + counts.T"""
LIMITS = Limits(cell_seconds=10, total_seconds=100, memory=3 << 30, grace=1)
ALL = {"shares-test": 2.0, "top-test": 3.0, "big-test": 1.0}
NO_TOP = ALL | {"top-test": 0.0}
NONE = dict.fromkeys(ALL, 0.0)
WRONG = {
    "shares": "def shares(counts, *, axis=None):\n    return counts * 0",
    "top": "# The first eigenvector of counts, of length 1.\ntop = np.ones(4) / 2",
    "big": "# The factorial of 30 as an int.\nbig, smallest = 1, {'share': 0}",
}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """A submission: its cells (or bytes), the points it must get, and words of its page.

    Words may be several, of which one must be there: on a busy machine another limit comes first.
    """

    what: Callable[[], list[dict[str, Any]] | bytes]
    scores: dict[str, float]
    says: str | tuple[str, ...] = ""
    status: str = "graded"


def top(source: str) -> Callable[[], list[dict[str, Any]]]:
    """Return a submission that is right but for the cell ``top``."""
    return lambda: course.answered(top=source)


def without_tests() -> list[dict[str, Any]]:
    return [cell for cell in course.answered() if "-test" not in cell["id"]]


def with_edited_tests() -> list[dict[str, Any]]:
    cells = course.answered(**WRONG)
    for cell in cells:
        if "-test" in cell["id"]:
            cell["source"] = "assert True"
            cell["metadata"]["nbgrader"]["points"] = 100
    return cells


def copied_and_reordered() -> list[dict[str, Any]]:
    cells = course.answered()
    scratch = json.loads(json.dumps(cells[5])) | {"id": "copied", "source": "top = np.zeros(4)"}
    return [cells[7], cells[1], cells[0], scratch, cells[5], cells[3], *cells[8:], cells[2]]


def without_metadata() -> list[dict[str, Any]]:
    cells = course.answered()
    for number, cell in enumerate(cells):
        cell["metadata"], cell["id"] = {}, f"new-{number}"
    return cells


def with_helper() -> list[dict[str, Any]]:
    cells = course.answered(
        shares="def shares(counts, *, axis=None):\n    return helper(counts, axis)"
    )
    helper = "def helper(c, axis):\n    return c / c.sum(axis=axis, keepdims=axis is not None)"
    return [*cells[:3], course.cell(helper), *cells[3:]]


def _patch_everything() -> list[dict[str, Any]]:
    patch = """
import builtins, sys, w2vbook.course
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
builtins.abs = builtins.isinstance = lambda *a: True
w2vbook.course.personal_rng = lambda *a: None
counts = np.zeros((4, 4)); secret = key = STUDENT = None
sys.modules["tools"] = sys.modules["pytest"] = sys
"""
    return course.answered(**(WRONG | {"shares": WRONG["shares"] + patch}))


YES = """
class Yes:
    def __eq__(self, other): return True
    def __getattr__(self, name): return Yes()
    def __call__(self, *a, **k): return Yes()
    def __array__(self, *a, **k): return np.ones(4)
    def __bool__(self): return True
    shape = (4, 4)
    def __rmatmul__(self, o): return 1.0
    def __matmul__(self, o): return 1.0
"""
STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
LOOK = """
import glob, os
seen = []
home, here = os.path.expanduser("~"), os.getcwd()
for pattern in ("PLANTED", "PLANTED/*", "ROOT/assignments", "ROOT/README.md", "/etc/passwd",
                "/proc/*", "/sys/*", "HOME/*", "/home/*", "/mnt/*", "/var/*", "/run/*"):
    seen += glob.glob(pattern)
for path in ("PLANTED/secret.txt", "ROOT/README.md", "/proc/sys/kernel/core_pattern",
             "/dev/shm/x", "/x"):
    # A clone in /tmp: its path may be in the scratch space, its files may not.
    for mode in ("r", "r+" if path.startswith("ROOT") else "w"):
        try:
            open(path, mode); seen.append(path + mode)
        except OSError:
            pass
print("SEEN", seen)
print("ENV", [name for name in os.environ if "KEY" in name or "TOKEN" in name])
top = np.linalg.eigh(counts)[1][:, -1]
"""
NETWORK = """
import socket, urllib.request
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", PORT), 2),
    lambda: socket.socketpair()[0].connect("\\0abstract"),
    lambda: urllib.request.urlopen("http://127.0.0.1:PORT", timeout=2),
):
    try:
        attempt(); print("REACHED")
    except OSError as error:
        print(type(error).__name__)
raise SystemExit("no network")
"""
PEEK = """def shares(counts, *, axis=None):
    global peeked
    peeked = [float(x) for x in np.ravel(counts)]
    return counts / counts.sum(axis=axis, keepdims=axis is not None)"""
TELL = """# The first eigenvector of counts, of length 1.
print("PEEKED", peeked)
top = np.linalg.eigh(counts)[1][:, -1]
class Leak(Exception): pass
raise Leak(str(peeked))"""
WHISPER = """# The factorial of 30 as an int, and the smallest share.
big = 265252859812191058636308480000000
smallest = {"share": type("Told" + "_".join(map(str, map(int, peeked))), (), {})()}"""
SHOUT = "for _ in range(200):\n    print('x' * 1_000_000)\ntop = np.linalg.eigh(counts)[1][:, -1]"
WARN = """import sys, warnings
warnings.warn("careful")
print("to stderr", file=sys.stderr)
top = np.linalg.eigh(counts)[1][:, -1]"""
JUNK = """import os
for fd in range(3, 30):
    try: os.write(fd, b"\\xff" * 100_000)
    except OSError: pass"""
SCRIPT = "print('<script>alert(1)</script>')\nraise ValueError('<img src=x onerror=alert(1)>')"
STRAY = "print('caf\\ud83d')\nraise ValueError('caf\\ud800')"
KILL = "import os, signal\nos.kill(-1, signal.SIGKILL)"

CASES = {
    "right": Case(course.answered, ALL),
    "flipped-signs": Case(top("top = -np.linalg.eigh(counts)[1][:, -1]"), ALL),
    "warns": Case(top(WARN), ALL, "careful"),
    "wrong": Case(lambda: course.answered(**WRONG), NONE, "its sign does not count"),
    "infinite-loop": Case(top("while True:\n    pass"), NO_TOP, "stopped after 10 s"),
    "stubborn-loop": Case(top(STUBBORN), NO_TOP, "did not stop by itself"),
    "sys-exit": Case(top("import sys\nsys.exit(0)"), NO_TOP, "SystemExit"),
    "os-exit": Case(top("import os\nos._exit(0)"), NO_TOP, "The kernel died"),
    "deleted-tests": Case(without_tests, ALL),
    "edited-tests": Case(with_edited_tests, NONE, "this cell was changed"),
    "patched": Case(_patch_everything, NONE),
    "easier-data": Case(
        lambda: course.answered(
            shares=course.SHARES + "\ncounts = np.diag([1.0, 2, 3, 4])",
            top="top = np.array([0, 0, 0, 1.0])",
        ),
        NO_TOP | {"big-test": 0.0},
        "top is not the first eigenvector",
    ),
    "always-equal": Case(
        lambda: course.answered(
            shares=f"{YES}\nshares = Yes()", top="top = Yes()", big="big = smallest = Yes()"
        ),
        NONE,
        "is a function, not called; expected a number",
    ),
    "copied": Case(copied_and_reordered, ALL, "comes 2 times"),
    "metadata-lost": Case(without_metadata, ALL, "had lost its label"),
    "helper-added": Case(with_helper, ALL),
    "corrupt-json": Case(lambda: b'{"cells": [', NONE, "no notebook", "not graded"),
    "nested-json": Case(lambda: b"[" * 200_000, NONE, "no notebook", "not graded"),
    "empty-file": Case(lambda: b"", NONE, "the file is empty", "not graded"),
    "huge-file": Case(lambda: b" " * (41 << 20), NONE, "", "not graded"),
    "shouts": Case(top(SHOUT), ALL, "more characters of output were dropped"),
    "allocates": Case(top("top = np.ones(30 << 27)"), NO_TOP, "MemoryError"),
    "fork-bomb": Case(top("import os\nwhile True:\n    os.fork()"), NO_TOP, "PermissionError"),
    "thread-bomb": Case(
        top("import threading, time\nwhile True:\n    threading.Timer(99, print).start()"),
        NO_TOP,
        ("more than 64 threads", "can't start new thread"),
    ),
    "kills": Case(top(KILL), NO_TOP, "PermissionError"),
    "looks-around": Case(top(LOOK), ALL),
    "network": Case(top(NETWORK), NO_TOP),
    "missing-package": Case(top("import a_package_that_nobody_has"), NO_TOP, "ModuleNotFoundError"),
    "protocol-junk": Case(top(JUNK), NO_TOP, "The kernel died"),
    "script": Case(top(SCRIPT), NO_TOP),
    "surrogates": Case(top(STRAY), NO_TOP, "ValueError in line 2: caf?"),
    "peeks": Case(
        lambda: course.answered(shares=PEEK, top=TELL, big=WHISPER), ALL | {"big-test": 0.0}
    ),
    "big-values": Case(
        lambda: course.answered(top="top = [[0.0] * 4] * 200_000", big="big = 1 << 10**7"),
        {"shares-test": 2.0, "top-test": 0.0, "big-test": 0.0},
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Path:
    """Grade all cases in one run, and return the folder of what came of it."""
    why = why_no_box()
    if why is not None:
        if os.environ.get("W2V_REQUIRE_BOX") == "1":
            pytest.fail(f"W2V_REQUIRE_BOX=1, but {why}")
        pytest.skip(f"no box: {why}")
    base = tmp_path_factory.mktemp("hostile")
    (base / "secret.txt").write_text("the key of the gradebook")
    port = serve(base).rpartition(":")[2]
    cells = course.cells()
    cells[2]["source"] = QUICK
    course.write(base / "source" / course.NAME / f"{course.NAME}.ipynb", cells)
    handed_in = base / "handed-in"
    for name, case in CASES.items():
        what = case.what()
        if isinstance(what, list):
            what = [cell for cell in what if name == "right" or "pyplot" not in cell["source"]]
            for cell in what:
                text = cell["source"].replace("PLANTED", str(base)).replace("PORT", port)
                text = text.replace("ROOT", str(masters.ROOT)).replace("HOME", str(Path.home()))
                cell["source"] = text
            course.write(handed_in / name / f"{course.NAME}.ipynb", what)
        else:
            (handed_in / name).mkdir()
            (handed_in / name / f"{course.NAME}.ipynb").write_bytes(what)
    wrong_kernel = course.notebook(course.answered())
    wrong_kernel["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    (handed_in / "wrong-kernel.ipynb").write_text(json.dumps(wrong_kernel))
    for name in ("twice/" + course.NAME, "Twice"):
        course.write(handed_in / f"{name}.ipynb", course.answered())
    (handed_in / "linked.ipynb").symlink_to(base / "secret.txt")
    (handed_in / "link-inside").mkdir()
    (handed_in / "link-inside" / f"{course.NAME}.ipynb").symlink_to(
        handed_in / "wrong-kernel.ipynb"
    )
    course.write(handed_in / "a-folder" / f"{course.NAME}.ipynb" / "a.ipynb", course.answered())
    course.write(handed_in / "=cmd()" / f"{course.NAME}.ipynb", course.answered())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masters, "SOURCE", base / "source")
        patch.setenv("W2V_TEST_KEY", "not for submissions")
        status = grade(Wish(course.NAME, handed_in, base / "out", limits=LIMITS))
    assert status == 0
    return base / "out" / course.NAME


def result(graded: Path, student: str) -> dict[str, Any]:
    return json.loads((graded / "results" / f"{student}.json").read_text())


@pytest.mark.parametrize("name", CASES)
def test_case_gets_the_points_it_deserves(graded: Path, name: str) -> None:
    case, found = CASES[name], result(graded, name)
    page = (graded / "feedback" / f"{name}.html").read_text()
    assert found["scores"] == case.scores, [
        s.get("detail") or s.get("error") for s in found["steps"]
    ]
    assert found["status"] == case.status
    whole = (graded / "instructor" / f"{name}.html").read_text()
    words = (case.says,) if isinstance(case.says, str) else case.says
    assert any(one in unescape(whole) for one in words)
    assert "<script" not in page + whole
    assert "np.arange(6.0)" not in page  # a line of a hidden test
    assert max(len(page), len(whole)) < 200_000


def test_figure_reaches_the_instructor_only_after_a_hidden_test(graded: Path) -> None:
    assert "data:image/png;base64,iVBOR" in (graded / "instructor" / "right.html").read_text()
    assert "data:image" not in (graded / "feedback" / "right.html").read_text()


def test_wrong_kernel_name_does_not_matter(graded: Path) -> None:
    assert result(graded, "wrong-kernel")["scores"] == ALL


def test_duplicate_student_is_not_graded_and_named(graded: Path) -> None:
    found = result(graded, "twice")
    assert (found["status"], found["auto"]) == ("not graded", 0)
    assert "two or more files for one student" in found["trouble"]


def test_links_and_odd_names_are_passed_over(graded: Path) -> None:
    log = (graded / "grading.log").read_text()
    assert "linked.ipynb: a link, not followed" in log
    assert "=cmd()/: no student id" in log
    assert "a link, which is not followed" in result(graded, "link-inside")["trouble"]
    assert "this is no file" in result(graded, "a-folder")["trouble"]
    assert {path.stem for path in (graded / "results").iterdir()} == {
        *CASES,
        "twice",
        "wrong-kernel",
        "link-inside",
        "a-folder",
    }


def test_submission_sees_nothing_but_its_box(graded: Path) -> None:
    texts = [step.get("text", "") for step in result(graded, "looks-around")["steps"]]
    assert "SEEN []\nENV []\n" in texts


def test_submission_reaches_no_network(graded: Path) -> None:
    text = "".join(step.get("text", "") for step in result(graded, "network")["steps"])
    assert text.count("PermissionError") + text.count("URLError") == 3
    assert "REACHED" not in text


def test_hidden_arguments_do_not_come_back_in_feedback(graded: Path) -> None:
    """The function noted what the hidden test passed; the instructor's page shows the attempt."""
    seen = "[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]"
    assert seen in (graded / "instructor" / "peeks.html").read_text()
    page = (graded / "feedback" / "peeks.html").read_text()
    assert seen not in page
    assert "1_2_3_4_5_6" not in page
    assert "1_2_3_4_5_6" in (graded / "instructor" / "peeks.html").read_text()
    assert "Leak" not in page.replace("class Leak(Exception)", "").replace("raise Leak(", "")


def test_gradebook_is_whole(graded: Path) -> None:
    lines = (graded / "scores.csv").read_text().splitlines()
    assert len(lines) == 1 + len(CASES) + 4
    assert "right,,graded,6,10,4,,6,6,2,3,1,,," in next(
        line for line in lines if line.startswith("right,")
    )


FORBIDDEN = {
    "a new process": "os.posix_spawn('/bin/true', ['true'], {})",
    "another program": "os.execv('/bin/true', ['true'])",
    "memory outside the address space": "os.memfd_create('x')",
    "shared memory": "if libc.shmget(0, 4096, 0o1600) < 0: raise OSError",
    "a socket": "import socket; socket.socket(socket.AF_UNIX)",
    "a new namespace": "if libc.unshare(0x10000000): raise OSError",
    "another's memory": "if libc.ptrace(16, 1, 0, 0): raise OSError",
    "more memory": "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))",
    "the limits of another process": "resource.prlimit(1, resource.RLIMIT_AS, (1, 1))",
    "more scratch": "for i in range(80): open(f'/tmp/{i}', 'wb').write(bytes(1 << 20))",
    "a large file": "open(os.environ['TMPDIR'] + '/large', 'wb').write(bytes(65 << 20))",
    "a write to Python": "open(os.path.join(sys.prefix, 'x'), 'w')",
    "a write to the library": "import w2vlib; open(w2vlib.__file__, 'a')",
}
PREPARE = "import ctypes, os, resource, sys; libc = ctypes.CDLL(None)"
REFUSED = ("PermissionError", "OSError", "ValueError")


def test_kernel_refuses(graded: Path) -> None:
    """Each of these raises in the box; the kernel lives on, and answers."""
    with Box(LIMITS) as box:
        assert box.ask("run", 60, source=PREPARE, seconds=50.0)["error"] is None
        for what, source in FORBIDDEN.items():
            answer = box.ask("run", 60, source=source, seconds=50.0)
            assert answer["error"], f"{what}: allowed"
            assert answer["error"]["name"] in REFUSED, (what, answer)
        answer = box.ask("run", 60, source="print(6 * 7)", seconds=50.0)
        assert answer["text"] == "42\n"


def test_kernel_that_announces_a_monstrous_answer_is_ended(graded: Path) -> None:
    source = """
import os, struct
for fd in range(3, 12):
    try: os.write(fd, struct.pack(">Q", 1 << 60))
    except OSError: pass"""
    with Box(LIMITS) as box, pytest.raises(DiedError, match="no answer"):
        box.ask("run", 5, source=source, seconds=5.0)


@pytest.mark.parametrize("outer", [["unshare", "-rn"], ["unshare", "--net"]])
def test_box_works_where_the_network_is_cut(graded: Path, outer: list[str]) -> None:
    """As in .ci/run, which cuts the network around all tests."""
    if subprocess.run([*outer, "true"], check=False, capture_output=True).returncode:
        pytest.skip(f"{' '.join(outer)} is not allowed here")
    code = "from grading.box import why_no_box; print(why_no_box())"
    done = subprocess.run([*outer, sys.executable, "-c", code], cwd=masters.ROOT,
                          check=True, capture_output=True, text=True)  # fmt: skip
    assert done.stdout == "None\n"
