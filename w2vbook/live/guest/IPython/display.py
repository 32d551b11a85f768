"""Stands in for IPython.display."""

from __future__ import annotations

from w2v_page import display  # type: ignore[import-not-found]

__all__ = ["HTML", "Markdown", "display"]


class _Text:
    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


class HTML(_Text):
    """HTML that the page shows."""

    def _repr_html_(self) -> str:
        return self.data


class Markdown(_Text):
    """Text in Markdown, which the page shows as it is."""

    def _repr_markdown_(self) -> str:
        return self.data
