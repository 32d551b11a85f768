"""Read the tables that people saved, from any spreadsheet, and add to them without a loss."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from .files import atomic_write

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class ReportError(ValueError):
    """A table that people filled in cannot be used; the message names the line and the remedy."""


@dataclass(frozen=True)
class Table:
    """A table as it was saved: its rows by column, on which line each ends, and how to add one."""

    path: Path
    data: bytes
    encoding: str
    delimiter: str
    head: list[str]
    rows: list[dict[str, str]]
    lines: list[int]

    def append(self, rows: list[list[str]]) -> None:
        """Write rows at the end; what stood in the file stays as it is, byte for byte."""
        end = "\r\n" if "\r\n".encode(self.encoding) in self.data else "\n"
        open_line = not self.data.endswith(tuple(c.encode(self.encoding) for c in "\r\n"))
        buffer = io.StringIO(end if open_line else "")
        buffer.seek(0, io.SEEK_END)
        csv.writer(buffer, delimiter=self.delimiter, lineterminator=end).writerows(rows)
        with atomic_write(self.path) as file:
            file.write(self.data + buffer.getvalue().encode(self.encoding))


def read_table(path: Path) -> Table:
    """Return a table in UTF-8, UTF-16 or Windows-1252, between commas, semicolons or tabs.

    Raises
    ------
    ReportError
        It is no such table.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}") from None
    text, encoding = _decoded(path, data)
    first = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    head: list[str] = []
    rows, lines = [], []
    try:
        for cells in reader:
            if not head:
                head = cells
            elif cells:
                cells += [""] * (len(head) - len(cells))
                rows.append(dict(zip(head, cells, strict=False)))
                lines.append(reader.line_num)
    except csv.Error as error:
        raise ReportError(
            f"{path}, line {reader.line_num}: {error}; look for a quotation mark that is not "
            "closed, in this line or before, or save the table again as 'CSV UTF-8'"
        ) from None
    return Table(path, data, encoding, delimiter, head, rows, lines)


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    """Return the text of a table and its encoding; no character of it is a replacement."""
    utf_16 = _UTF_16.get(data[:2])
    for encoding in [utf_16] if utf_16 else ["utf-8", "cp1252"]:
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise ReportError(
        f"{path} is neither UTF-8 nor UTF-16 nor Windows-1252; save it as 'CSV UTF-8' in the "
        "spreadsheet"
    )
