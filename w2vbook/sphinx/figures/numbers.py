"""The numbers of each figure beside its picture: an IPython extension for the kernels of the build.

A kernel that has loaded it hands out, with the picture of a matplotlib figure or the view of an
interactive one, the numbers that it shows. The book's build starts its kernels so (``data.py``
beside this): cells need no line for it, and kernels elsewhere know nothing of it.
"""

from __future__ import annotations

from typing import Any

from IPython.core.formatters import JSONFormatter
from traitlets import Unicode

MIME = "application/vnd.w2vbook.numbers+json"


class NumbersFormatter(JSONFormatter):
    """Hands out the numbers of figures; of other objects nothing.

    It is no entry of a formatter's table, since matplotlib's setup takes figures out of all tables.
    """

    format_type = Unicode(MIME)

    def __call__(self, shown: Any) -> dict[str, Any] | None:
        """Return what is handed out for an object."""
        kinds = [(kind.__module__, kind.__name__) for kind in type(shown).__mro__]
        # No imports before: a notebook without figures loads neither matplotlib nor the library.
        if kinds[0] == ("matplotlib.figure", "Figure"):
            from w2vbook.sphinx.figures.reading import read_figure

            return read_figure(shown)
        if ("w2vbook.interactives._base", "Interactive") in kinds:
            from w2vbook.sphinx.figures.opened import read_interactive

            return read_interactive(shown)
        return None


def load_ipython_extension(shell: Any) -> None:
    """Hand out numbers from now on."""
    formatter = NumbersFormatter(parent=shell.display_formatter)
    shell.display_formatter.formatters[MIME] = formatter
