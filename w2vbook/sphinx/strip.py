"""Sphinx extension of this book: a strip at the head of each chapter says where it stands.

text -> counts -> M* -> modes -> vectors -> meaning, and training as the way around M* and modes.
What a chapter lights is in the tables below and nowhere else: the strip is put under the title of
the finished page, so that the notebooks and the search know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from w2vbook.sphinx.book import chapter_number

STYLES = "strip.css"


@dataclass(frozen=True)
class Stage:
    """A stage: its name, the page that it leads to, and the path of its drawing of 20 pixels."""

    name: str
    page: str
    drawing: str


STAGES = {
    "text": Stage("text", "02_words_to_numbers", "M3 4.5h14M3 10h14M3 15.5h9"),
    "counts": Stage(
        "counts",
        "02_words_to_numbers",
        "M3 3h14v14H3zM3 7.7h14M3 12.3h14M7.7 3v14M12.3 3v14",
    ),
    "mstar": Stage(
        "M*",
        "04_from_loss_to_target",
        "M3 3h14v14H3zM5 6.5h3M6.5 5v3M5 13.5h3M12 6.5h3M12 13.5h3M13.5 12v3",
    ),
    "modes": Stage(
        "modes", "06_one_concept_at_a_time", "M2 17c6 0 4-13 9-13h7M5 17c7 0 5-7 10-7h3"
    ),
    "vectors": Stage(
        "vectors",
        "05_factorising_m_star",
        "M4 16L12 3.5l-4.2 1.7M12 3.5l.4 4.4M4 16l13.5-3.5l-4-1.8M17.5 12.5l-2.7 3.4",
    ),
    "meaning": Stage(
        "meaning",
        "09_what_the_concepts_are",
        "M4.5 15.5L8 4.5h8l-3.5 11zM4.5 15.5h.01M8 4.5h.01M16 4.5h.01M12.5 15.5h.01",
    ),
}
ORDER = list(STAGES)
TRAINING = "training"  # leads past M* and the modes, from the counts to the vectors
TRAINING_PAGE = "03_word2vec_itself"

#: What each chapter lights; the first is where it stands.
CHAPTERS: dict[int | str, tuple[str, ...]] = {
    1: ("text", "meaning"),
    2: ("counts", "text"),
    3: (TRAINING,),
    4: ("mstar",),
    5: ("vectors",),
    6: ("modes",),
    7: ("modes",),
    8: (TRAINING, "modes"),
    9: ("meaning",),
    10: ("meaning", "vectors"),
    11: ("meaning", "mstar"),
    12: ("modes", TRAINING),
    13: ("counts", "vectors", "meaning"),
    14: ("meaning", "modes"),
    "A": ("modes",),
    "B": ("meaning",),
}
#: Chapter 1 knows the ends alone.
OPEN_QUESTIONS = {1: ("counts", "mstar", "modes", "vectors")}
#: Stages that word2vec's own settings do not reach from the one before.
CRACKED = {12: ("mstar", "modes")}
CRACK = "Not with word2vec’s own settings: "

SVG = '<svg class="{}" viewBox="0 0 {}" aria-hidden="true"><path d="{}"/></svg>'
ARROW = SVG.format("strip-arrow", "18 10", "M0 5h16M12 1l4 4-4 4")
BROKEN = SVG.format(
    "strip-arrow strip-broken", "22 12", "M0 6h6M14 6h8M18 2l4 4-4 4M11 0L8.5 5l3.5 2-2.5 5"
)
UNSEEN = '<span class="visually-hidden">{}</span>'


def passed(chapter: int | str) -> set[str]:
    """Return what the chapters from the second to the one before this have lit."""
    earlier = [n for n in CHAPTERS if isinstance(n, int) and n > 1]
    if isinstance(chapter, int):
        earlier = [n for n in earlier if n < chapter]
    return {stage for n in earlier for stage in CHAPTERS[n]}


def _attributes(stage: str, chapter: int | str, href: str) -> str:
    lit = CHAPTERS[chapter]
    state = "lit" if stage in lit else "passed" if stage in passed(chapter) else "coming"
    current = ' aria-current="step"' if stage == lit[0] else ""
    return f'class="strip-{state}" href="{href}"{current}'


def _item(stage: str, chapter: int | str, href: str) -> str:
    made = STAGES[stage]
    arrow = "" if stage == ORDER[0] else ARROW
    if stage in CRACKED.get(chapter, ()):  # type: ignore[arg-type]
        arrow = BROKEN + UNSEEN.format(CRACK)
    if stage in OPEN_QUESTIONS.get(chapter, ()):  # type: ignore[arg-type]
        shown = f'<span class="strip-open" aria-hidden="true">?</span>{UNSEEN.format(made.name)}'
    else:
        shown = f"{SVG.format('strip-icon', '20 20', made.drawing)}<span>{made.name}</span>"
    return f"<li>{arrow}<a {_attributes(stage, chapter, href)}>{shown}</a></li>"


def _turn(stages: list[str], chapter: int | str, href: Callable[[str], str], way: str) -> str:
    """Return the link to the first of the stages that another chapter explains."""
    mark = "‹" if way == "Back" else "›"
    for stage in stages:
        if chapter_number(STAGES[stage].page) != chapter:
            label = f"{way} to {STAGES[stage].name}"
            target = href(STAGES[stage].page)
            return f'<a class="strip-turn" href="{target}" aria-label="{label}">{mark}</a>'
    return '<span class="strip-turn"></span>'


def strip(chapter: int | str, href: Callable[[str], str]) -> str:
    """Return a chapter's strip as HTML; ``href`` gives the address of a page in ``chapters/``."""
    lit = CHAPTERS[chapter]
    items = "".join(_item(stage, chapter, href(STAGES[stage].page)) for stage in ORDER)
    training = _attributes(TRAINING, chapter, href(TRAINING_PAGE))
    around = f"<a {training}><span>{TRAINING}</span></a>".replace('="', '="strip-around ', 1)
    if chapter in OPEN_QUESTIONS:
        around = ""
    shown = [stage for stage in ORDER if stage in lit]
    numbers = " and ".join(str(ORDER.index(stage) + 1) for stage in shown)
    names = " and ".join(STAGES[stage].name for stage in shown)
    now = f"{numbers} of {len(ORDER)}: {names}" if shown else ""
    here = lit[0]
    back = ORDER[: ORDER.index("counts") + 1 if here == TRAINING else ORDER.index(here)]
    on = ORDER[ORDER.index("vectors") if here == TRAINING else ORDER.index(here) + 1 :]
    return (
        '<div class="strip-box"><nav class="strip" aria-label="Where this chapter stands">'
        f"{_turn(back[::-1], chapter, href, 'Back')}<ol>{items}</ol>"
        f'<p class="strip-now" aria-hidden="true">{now}</p>{around}'
        f"{_turn(on, chapter, href, 'On')}</nav></div>"
    )


def insert(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Put the strip under the title of a chapter."""
    chapter = chapter_number(pagename)
    if chapter not in CHAPTERS or app.builder.format != "html":
        return
    title, end, rest = context["body"].partition("</h1>")
    if not end:
        raise ExtensionError(f"{pagename} has no title that a strip could stand under")
    made = strip(chapter, lambda page: context["pathto"](f"chapters/{page}"))
    context["body"] = f"{title}{end}\n{made}{rest}"
    app.add_css_file(STYLES, priority=900)  # after the styles that it changes


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the strip to Sphinx."""
    app.connect("html-page-context", insert)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
