"""The command that makes the box: what a submission can see, and nothing else."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import w2vbook
import w2vlib

HERE = Path(__file__).resolve().parent
INSIDE = "/opt/w2v"
SCRATCH = "/tmp"  # in the box: a file system of its own, of limited size
THREAD_NAMES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Limits:
    """What a submission may use."""

    cell_seconds: float = 60.0
    total_seconds: float = 300.0
    memory: int = 4 << 30
    scratch: int = 64 << 20
    files: int = 5_000  # in the scratch space, folders and links among them
    grace: float = 3.0  # between asking the kernel to stop and ending it


def environment(home: str, packages: str) -> dict[str, str]:
    """Return all that the kernel's environment holds."""
    one_thread = dict.fromkeys(THREAD_NAMES, "1")
    return one_thread | {
        "HOME": home,
        "IPYTHONDIR": home,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": home,
        "NUMBA_CACHE_DIR": home,
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": packages,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:FigureCanvasAgg is non-interactive",
        "TMPDIR": home,
    }


@functools.cache
def _font_cache() -> Path | None:
    """Return Matplotlib's list of fonts, which takes seconds to make and holds no secret."""
    import matplotlib
    from matplotlib import font_manager

    found = (
        Path(matplotlib.get_cachedir()) / f"fontlist-v{font_manager.FontManager.__version__}.json"
    )
    return found if found.is_file() else None


def prefixes() -> list[str]:
    """Return where Python and its packages are installed, outside of the system's own folder."""
    both = dict.fromkeys((sys.base_prefix, sys.prefix))
    return [prefix for prefix in both if not Path(prefix).resolve().is_relative_to("/usr")]


def exposed(paths: dict[str, Path]) -> list[str]:
    """Return a line for each path, by what it is, that every submission could read in its box."""
    tops = [Path(top).resolve() for top in ("/usr", "/lib", "/bin", *prefixes())]
    packages = [Path(package.__file__ or "").parent.resolve() for package in (w2vlib, w2vbook)]
    return [
        f"{what} ({path}) lies in {top}"
        for what, path in paths.items()
        for top in dict.fromkeys(tops + packages)
        if path.resolve().is_relative_to(top)
    ]


def box_command(limits: Limits) -> list[str]:
    """Return the bubblewrap command that the kernel's command is appended to."""
    command = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent"]
    command += ["--new-session", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534"]
    command += ["--hostname", "box", "--clearenv", "--ro-bind", "/usr", "/usr"]
    for name in ("lib", "lib32", "lib64", "bin"):
        path = Path("/") / name
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    for name in ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"):
        command += ["--ro-bind-try", name, name]
    # Not /proc: whoever started the box may own files there that change the whole machine.
    command += ["--dev", "/dev", "--remount-ro", "/dev"]
    command += ["--size", str(limits.scratch), "--tmpfs", SCRATCH]
    for prefix in prefixes():
        command += ["--ro-bind", prefix, prefix]
    command += ["--ro-bind", str(HERE / "boxed"), f"{INSIDE}/boxed"]
    for package in (w2vlib, w2vbook):
        folder = Path(package.__file__ or "").parent
        command += ["--ro-bind", str(folder), f"{INSIDE}/{package.__name__}"]
    settings = environment(SCRATCH, INSIDE)
    if (cache := _font_cache()) is not None:
        settings["W2V_FONT_CACHE"] = f"{INSIDE}/{cache.name}"
        command += ["--ro-bind", str(cache), f"{INSIDE}/{cache.name}"]
    for name, value in settings.items():
        command += ["--setenv", name, value]
    return [*command, "--remount-ro", "/", "--chdir", SCRATCH, "--"]
