"""Build one chapter alone: a quick look while writing. ``make page PAGE=chapters/NAME.ipynb``.

The page is executed and built with the glossary and the bibliography beside it, in a folder of its
own, so that several people can build at the same time. Links into other chapters cannot be
followed here; `make book` checks those.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BESIDE = ("glossary", "bibliography")


def contents(pages: list[str]) -> str:
    """Return the table of contents of a book of these pages and of those that they lead to."""
    first, *rest = dict.fromkeys(
        [Path(page).with_suffix("").as_posix() for page in pages]
        + [f"chapters/{name}" for name in BESIDE]
    )
    lines = ["format: jb-book", f"root: {first}", "chapters:", *[f"  - file: {n}" for n in rest]]
    return "\n".join(lines) + "\n"


def main(page: str) -> int:
    """Build ``page`` and say where it is."""
    source = (ROOT / page).resolve()
    if not source.is_file():
        sys.exit(f"{page}: no such page; name one as in PAGE=chapters/04_from_loss_to_target.ipynb")
    output = ROOT / "_build" / "pages" / source.stem
    with tempfile.TemporaryDirectory() as folder:
        toc_file = Path(folder) / "_toc.yml"
        toc_file.write_text(contents([str(source.relative_to(ROOT))]), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
        command += ["--toc", str(toc_file), "--path-output", str(output), "--keep-going", "-n"]
        done = subprocess.run(command, check=False)
    print(f"page: {output}/_build/html/{source.parent.name}/{source.stem}.html")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
