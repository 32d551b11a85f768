"""Print the oldest versions that pyproject.toml declares, as constraints for pip.

``python tools/lower_bounds.py > oldest.txt; pip install '.[train,book]' -c oldest.txt`` makes an
environment in which a bound that is too low shows.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
BOUND = re.compile(r"([\w-]+)>=([\d.]+)")


def oldest(project: str) -> list[str]:
    """Return ``name==version`` for each dependency, extras included."""
    table = tomllib.loads(project)["project"]
    declared = list(table["dependencies"])
    for more in table["optional-dependencies"].values():
        declared += more
    found = [BOUND.fullmatch(one) for one in declared]
    if None in found:
        raise ValueError(f"{declared[found.index(None)]!r} is not of the form name>=version")
    return [f"{one[1]}=={one[2]}" for one in found if one]


if __name__ == "__main__":
    print("\n".join(oldest(PROJECT.read_text(encoding="utf-8"))))
