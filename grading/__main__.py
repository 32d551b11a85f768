"""The course's commands: ``python -m grading check|release|pages|solutions|grade|gradescope``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from w2vlib import W2VError

from . import check as checks
from . import gradescope, masters
from .box import why_no_box
from .grade import NoBoxError
from .masters import ROOT, MasterError
from .report import ReportError
from .session import Wish, grade
from .submissions import SubmissionError

YES = {"": False, "no": False, "yes": True}
AS_BEFORE = {"": None, "no": False, "yes": True}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except (MasterError, SubmissionError, NoBoxError, ReportError, W2VError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run, about in (
        ("check", _check, "full marks for a master, none for a blank notebook"),
        ("release", _release, "write the students' notebooks, and look for leaks"),
        ("gradescope", _gradescope, "write a zip for Gradescope's autograder"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("assignment", nargs="*", help="names; all masters where none is given")
        command.set_defaults(run=run)
        if name == "release":
            command.add_argument("--address", default="", help="GitHub repositories, with {name}")
    command = commands.add_parser("pages", help="write the notebooks that the book is built from")
    command.set_defaults(run=_pages)
    command = commands.add_parser("grade", help="grade a folder of submissions")
    command.add_argument("assignment")
    command.add_argument("submissions")
    command.add_argument("--out", default="", help="where results go; grades/ where it is empty")
    command.add_argument("--box", default="", choices=["", "yes", "no"], help="no: without a box")
    command.add_argument("--resume", default="", choices=list(YES), help="yes: only what is new")
    command.add_argument("--roster", default="", help="Canvas's exported gradebook")
    command.add_argument("--student", default="", help="grade this one, again if need be")
    command.add_argument("--anonymous", default="", choices=list(YES), help="yes: codes, no ids")
    command.add_argument("--jobs", default=2, type=int, help="submissions at a time")
    command.set_defaults(run=_grade)
    command = commands.add_parser("solutions", help="write solutions, for one student or for all")
    command.add_argument("assignment")
    command.add_argument("--student", default="", help="run with the data of this one")
    command.set_defaults(run=_solutions)
    command = commands.add_parser("autograde", help="what Gradescope runs")
    command.add_argument("assignment")
    command.add_argument("base")
    command.set_defaults(run=lambda given: gradescope.autograde(given.assignment, Path(given.base)))
    return parser


def _paths(names: list[str]) -> list[Path]:
    paths = [Path(n) if n.endswith(".ipynb") else masters.find(n) for n in names]
    paths = paths or list(masters.known().values())
    if not paths:
        raise MasterError(f"there is no master yet: {masters.SOURCE} holds no NAME/NAME.ipynb")
    return paths


def _check(given: argparse.Namespace) -> int:
    status = 0
    for path in _paths(given.assignment):
        result = checks.check_master(path, boxed=why_no_box() is None)
        print(result.report)
        for fault in result.faults:
            print(f"  FAULT {fault}")
            status = 1
    return status


def _release(given: argparse.Namespace) -> int:
    from .handout import hand_out
    from .release import release

    paths = _paths(given.assignment)
    written = release(paths)
    hand_out(paths, given.address)
    for path in written:
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    print("beside each notebook: README.md for students, and all that they need to set up")
    return 0


def _pages(given: argparse.Namespace) -> int:
    from .bookpages import write_pages

    write_pages()
    return 0


def _gradescope(given: argparse.Namespace) -> int:
    for path in _paths(given.assignment):
        print(gradescope.build(path.stem).relative_to(ROOT))
    return 0


def _solutions(given: argparse.Namespace) -> int:
    from .solutions import write_solutions

    path = write_solutions(masters.find(given.assignment), given.student)
    print(path.relative_to(ROOT))
    return 0


def _grade(given: argparse.Namespace) -> int:
    if not given.submissions.strip():
        raise SubmissionError(
            "SUBMISSIONS is empty; name a folder or a zip: "
            "make grade ASSIGNMENT=a1_counts_and_pmi SUBMISSIONS=handed_in"
        )
    wish = Wish(
        assignment=given.assignment,
        submissions=Path(given.submissions).expanduser(),  # make leaves the ~ of VAR=~/x as it is
        out=Path(given.out or ROOT / "grades").expanduser(),
        no_box=given.box == "no",
        resume=YES[given.resume],
        jobs=max(1, given.jobs),
        roster=Path(given.roster).expanduser() if given.roster else None,
        student=given.student,
        anonymous=AS_BEFORE[given.anonymous],
    )
    return grade(wish)


if __name__ == "__main__":
    sys.exit(main())
