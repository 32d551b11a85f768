"""Write the students' notebooks where the book is built from: each is a page of the site.

``_toc.yml`` says which; the build does not run them. They are what ``release`` makes, byte for
byte, and are looked through for solutions and hidden tests before they come to lie there.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from .files import atomic_write
from .leaks import leaks_in_files
from .masters import ROOT, MasterError, find, read
from .release import student_file

FOLDER = "assignments"
_LISTED = re.compile(rf"^\s*-\s*file:\s*{FOLDER}/(?!index\b)(\w+)\s*$", re.MULTILINE)


def listed(toc: str) -> list[str]:
    r"""Return the assignments that a table of contents names.

    >>> listed("- file: assignments/index\n  - file: assignments/a1_x\n#  - file: assignments/a2")
    ['a1_x']
    """
    return _LISTED.findall(toc)


def write_pages(book: Path = ROOT) -> list[Path]:
    """Write a notebook into ``book/assignments`` for each that ``_toc.yml`` names; remove others.

    Raises
    ------
    MasterError
        A name has no master, a master is faulty, or something would leak; nothing is written then.
    """
    paths = [find(name) for name in listed((book / "_toc.yml").read_text(encoding="utf-8"))]
    folder = book / FOLDER
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            (Path(scratch) / path.name).write_bytes(student_file(path))
        leaks = leaks_in_files([read(path) for path in paths], Path(scratch), released=True)
        if leaks:
            raise MasterError(
                "solutions or hidden tests would be in the book:\n  " + "\n  ".join(leaks)
            )
        for old in set(folder.glob("*.ipynb")) - {folder / path.name for path in paths}:
            old.unlink()
        for path in paths:
            data = (Path(scratch) / path.name).read_bytes()
            target = folder / path.name
            if not target.is_file() or target.read_bytes() != data:
                with atomic_write(target) as file:
                    file.write(data)
    return [folder / path.name for path in paths]
