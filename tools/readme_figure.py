"""Draw README's figure of accuracy against seconds: the cells of the page "Scaling up", for GitHub.

Twice, for light pages and for dark ones, with nothing behind it. Each file keeps the checksum of
the measurements, and tests/test_repository.py asks for new files when it changes. ``make bench``
measures; ``python tools/readme_figure.py`` draws.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import nbformat
import numpy as np

from w2vlib import plotting

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
FIGURES = ROOT / "assets" / "figures"
CELLS = "scale-16", "scale-17"  # they read the measurements, and draw them
INK = "#59636e"
DARK = {INK: "#9198a1", plotting.BLUE: "#6fb0e2", plotting.RED: "#f0908c"}


def main() -> None:
    """Run the cells and keep what they draw."""
    page = nbformat.read(ROOT / "chapters" / "scaling.ipynb", as_version=4)
    sources = {cell.id: cell.source for cell in page.cells}
    names: dict[str, Any] = {"json": json, "np": np, "results": RESULTS}
    for cell in CELLS:
        exec(compile(sources[cell], cell, "exec"), names)
    figure = names["fig"]
    for ax in figure.axes:
        ax.tick_params(colors=INK)
        ax.grid(color=INK, alpha=0.25)
        for part in (*ax.spines.values(), ax.xaxis.label, ax.yaxis.label):
            (getattr(part, "set_edgecolor", None) or part.set_color)(INK)
    checksum = json.loads((RESULTS / "bench.json").read_text("utf-8"))["sha256"]
    written = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "accuracy", "svg.fonttype": "path"}):
        about = {"Date": None, "Creator": None, "Description": f"bench.json {checksum}"}
        figure.savefig(written, format="svg", transparent=True, metadata=about)
    text = written.getvalue()
    (FIGURES / "accuracy-light.svg").write_text(text, encoding="utf-8")
    for light, dark in DARK.items():
        text = text.replace(light, dark)
    (FIGURES / "accuracy-dark.svg").write_text(text, encoding="utf-8")
    plt.close(figure)


if __name__ == "__main__":
    main()
