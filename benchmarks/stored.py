"""Results that are kept: small JSON files, with a checksum and with what they were made."""

import hashlib
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PACKAGES = (
    "numpy", "scipy", "numba", "torch", "gensim", "fasttext-community", "word2vec", "mittens",
    "scikit-learn", "primme", "dask", "distributed",
)  # fmt: skip


def checksum(content):
    """SHA-256 of what a file says, whatever its line breaks."""
    kept = {name: value for name, value in content.items() if name != "sha256"}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read(name):
    """Return a stored result; ValueError where it was changed by hand or damaged."""
    content = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    if content.get("sha256") != checksum(content):
        raise ValueError(f"{name}.json is not what was measured: its checksum is wrong")
    return content


def write(name, content):
    """Keep a result, with its checksum."""
    RESULTS.mkdir(exist_ok=True)
    content = {**content, "sha256": checksum(content)}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def machine(shared):
    """Return the processor, its threads in use, and the versions of all that took part."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "threads_used": int(os.environ.get("OPENBLAS_NUM_THREADS", 0)) or None,
        "shared_with_other_work": shared,
        "python": platform.python_version(),
        "versions": found,
    }
