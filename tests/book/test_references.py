"""Each entry of the bibliography is whole, was compared with a public record, and is cited."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pybtex.backends.plaintext import Backend
from pybtex.database import Entry, parse_file
from pybtex.style.formatting.plain import Style

ROOT = Path(__file__).resolve().parents[2]
BIBLIOGRAPHY = parse_file(str(ROOT / "references.bib"))
KEYS = set(BIBLIOGRAPHY.entries.keys())
VENUES = ("journal", "booktitle", "publisher", "howpublished", "eprint")
IDENTIFIERS = ("doi", "isbn", "eprint", "url")
# Their field `checked` says that no identifier was found, or that those found disagree.
WITHOUT_IDENTIFIER = {"firth1957synopsis", "fukumizu1998effect", "kac1953eigenvalues"}
CITED = re.compile(r"\{cite:\w+\}`([^`]+)`")


def cited_keys() -> set[str]:
    """Return the keys that the pages of the book cite."""
    pages = [ROOT / "README.md"]
    for folder in ("chapters", "assignments", "w2vbook"):
        pages += [
            page for end in ("ipynb", "md", "py") for page in (ROOT / folder).rglob(f"*.{end}")
        ]
    groups = [group for page in pages for group in CITED.findall(page.read_text(encoding="utf-8"))]
    return {key.strip() for group in groups for key in group.split(",")}


each_entry = pytest.mark.parametrize(
    "entry", BIBLIOGRAPHY.entries.values(), ids=BIBLIOGRAPHY.entries.keys()
)


@each_entry
def test_an_entry_is_whole(entry: Entry) -> None:
    assert entry.persons.get("author")
    assert not any("others" in str(person) for person in entry.persons["author"])
    assert entry.fields["title"].strip()
    assert re.fullmatch(r"(1[89]\d\d|20\d\d)[a-c]?", entry.fields["year"])
    assert any(entry.fields.get(venue) for venue in VENUES)
    found = any(entry.fields.get(identifier) for identifier in IDENTIFIERS)
    assert found != (entry.key in WITHOUT_IDENTIFIER)


def test_no_two_entries_are_cited_alike() -> None:
    cited = {}
    for entry in BIBLIOGRAPHY.entries.values():
        names = [" ".join(person.last_names) for person in entry.persons["author"]]
        shown = (*(names if len(names) < 3 else names[:1]), entry.fields["year"])
        assert cited.setdefault(shown, entry.key) == entry.key


@each_entry
def test_an_identifier_has_its_form(entry: Entry) -> None:
    forms = {
        "doi": r"10\.\d{4,9}/\S+",
        "eprint": r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}",
        "isbn": r"[\d-]+[\dX]",
        "url": r"https://\S+",
        "pages": r"\d+--\d+",
    }
    for field, form in forms.items():
        if field in entry.fields:
            assert re.fullmatch(form, entry.fields[field]), field
    assert ("eprint" in entry.fields) == (entry.fields.get("archiveprefix") == "arXiv")
    if "pages" in entry.fields:
        first, last = map(int, entry.fields["pages"].split("--"))
        assert first < last
    if "isbn" in entry.fields:
        digits = [10 if d == "X" else int(d) for d in entry.fields["isbn"].replace("-", "")]
        if len(digits) == 10:
            assert sum((10 - place) * d for place, d in enumerate(digits)) % 11 == 0
        else:
            assert sum((1, 3)[place % 2] * d for place, d in enumerate(digits)) % 10 == 0


@each_entry
def test_an_entry_says_what_it_was_compared_with(entry: Entry) -> None:
    assert re.search(r"\b(author|not found)", entry.fields.get("checked", ""))


def test_no_page_shows_what_an_entry_was_compared_with() -> None:
    shown = {
        item.key: item.text.render(Backend()) for item in Style().format_bibliography(BIBLIOGRAPHY)
    }
    assert shown.keys() == BIBLIOGRAPHY.entries.keys()
    for key, entry in BIBLIOGRAPHY.entries.items():
        assert entry.fields["checked"][:25].lower() not in shown[key].lower()


def test_each_cited_key_has_its_entry() -> None:
    assert sorted(cited_keys() - KEYS) == []


def test_each_entry_is_cited() -> None:
    assert sorted(KEYS - cited_keys()) == []


def test_no_two_entries_are_of_the_same_work() -> None:
    titles = [
        re.sub(r"\W", "", entry.fields["title"]).lower() for entry in BIBLIOGRAPHY.entries.values()
    ]
    assert len(titles) == len(set(titles))
