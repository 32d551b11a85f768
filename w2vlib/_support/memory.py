"""How much memory a table may take."""

from pathlib import Path

from .errors import W2VError

_SYSTEM = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> float:
    """Bytes that can be had without swapping, also within a container; infinite where unknown."""
    return min(_of_the_machine(), _of_the_container())


def _of_the_machine() -> float:
    try:
        fields = dict(line.split(":") for line in _SYSTEM.read_text().splitlines())
        return 1024 * float(fields["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):  # not Linux, or nothing sensible
        return float("inf")


def _of_the_container() -> float:
    try:
        limit = float((_CGROUP / "memory.max").read_text())
        used = float((_CGROUP / "memory.current").read_text())
        kept = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        return limit - used + float(kept["inactive_file"])  # of files, dropped when needed
    except (OSError, KeyError, ValueError):  # no such file, or "max"
        return float("inf")


def check_room(n_bytes: float, what: str, remedy: str) -> None:
    """Say that a table is too large before it is allocated: the system may end the process."""
    if n_bytes > (free := available_memory()):
        raise W2VError(f"{what} takes {_size(n_bytes)}, and {_size(free)} are free; {remedy}")


def check_table(V: int, remedy: str) -> None:
    """Say that a table of 64-bit counts for each pair of V words is too large."""
    check_room(8 * V * V, f"a table of {V:,} x {V:,} pairs", remedy)


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.2g} GB" if n_bytes < 1e10 else f"{n_bytes / 1e9:,.0f} GB"
