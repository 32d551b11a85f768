"""What the site does for every interactive figure: settings in the address, and links to them.

assets/widgets.js stands alone on a page here, once with a figure that tells its values, once with
real ones.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from accessibility import faults
from interactive_pages import READ_THROUGH, ROOT, unpacked

import w2vlib
from w2vbook import interactives
from w2vbook.interactives import (
    AnalogyPlayground,
    ConceptReader,
    ForecastRace,
    LearningClock,
    LossParabola,
    MatrixViewer,
    OwnText,
    StartExplorer,
    SymmetryExplorer,
    WindowCounter,
)
from w2vbook.interactives._base import Interactive, _kind
from w2vlib import W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Page

KIND = "application/vnd.jupyter.widget"
PAIRS = [("man", "men"), ("king", "son"), ("he", "she"), ("his", "her"), ("men", "women")]
HOURS = [str(i) for i in range(12)]
BLOCK = 0.5 ** np.abs(np.subtract.outer(range(12), range(12)))


@pytest.fixture(scope="module")
def figures() -> dict[str, Interactive]:
    """Return one of each that has limits."""
    stats = w2vlib.load_statistics(500)
    t = np.linspace(0, 1, 11)
    curves = w2vlib.mode_strengths(t, [40.0, 20.0], 1e-4)
    run = {"name": "a run", "times": t, "strengths": curves, "loss": np.ones(11)}
    predicted = {"heights": [40.0, 20.0], "half_times": [0.3, 0.6], "strengths": curves}
    made = [
        LearningClock(stats, d=8),
        WindowCounter(),
        LossParabola(stats),
        MatrixViewer(stats, d_max=10),
        StartExplorer(stats),
        ForecastRace([run], [predicted]),
        AnalogyPlayground(
            w2vlib.pca_embeddings(stats, 20),
            rng=np.random.default_rng(0),
            families={"some": PAIRS, "fewer": PAIRS[:4]},
            question=("he", "she", "king"),
            expected="",
        ),
        ConceptReader(stats, d=10, word="king"),
        OwnText(),
        SymmetryExplorer({"hours": (HOURS, BLOCK, "line"), "months": (HOURS, BLOCK, "ring")}),
    ]
    return {figure._name: figure for figure in made}


# ---- the Python side ----


# Fields to type into have no setting: an answer is nothing that an instructor links to.
@pytest.mark.parametrize("name", sorted({*interactives.__all__} - {"AnswerBox"}))
def test_every_figure_names_its_setting(name: str) -> None:
    figure = getattr(interactives, name)
    traits = figure.class_traits()
    assert figure.linked
    for trait in figure.linked:
        assert _kind(traits[trait], trait, None)["kind"] in ("truth", "whole", "number", "text")
        assert traits[trait].metadata["sync"]


def test_state_says_what_the_address_may_hold(figures: dict[str, Interactive]) -> None:
    state = figures["learning_clock"].get_state()
    assert state["_name"] == "learning_clock"
    assert state["_linked"] == {
        "d": {"kind": "whole", "many": False, "low": 1, "high": 20},
        "sigma": {"kind": "number", "many": False, "low": 1e-12, "high": 0.1},
        "t": {"kind": "number", "many": False, "low": 0, "high": None},
        "directions": {"kind": "whole", "many": True, "low": 1, "high": 20, "length": 2},
        "word": {"kind": "text", "many": False, "low": None, "high": None},
    }
    assert "text" not in figures["window_counter"].linked  # a text of one's own is no setting
    assert "answers" not in figures["forecast_race"].linked


NAMES = [
    "learning_clock", "window_counter", "loss_parabola", "matrix_viewer", "start_explorer",
    "analogy_playground", "concept_reader", "own_text", "symmetry_explorer",
]  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, "forecast_race"])
def test_limits_are_those_of_the_validators(name: str, figures: dict[str, Interactive]) -> None:
    figure = figures[name]
    limits = figure.limits()
    told = {"whole", "number"}
    assert set(limits) == {key for key, kind in figure._linked.items() if kind["kind"] in told}
    for key, (low, high) in limits.items():
        many, before = figure._linked[key]["many"], getattr(figure, key)
        wrap = (lambda value: [value, value]) if many else (lambda value: value)
        setattr(figure, key, wrap(low))
        if high is not None:
            setattr(figure, key, wrap(high))
        if (name, key) != ("window_counter", "position"):  # the browser knows how many words
            for value in (low - 1, *([high + 1] if high is not None else [])):
                with pytest.raises(W2VError, match=r"\d"):
                    setattr(figure, key, wrap(value))
        setattr(figure, key, before)


def test_state_says_how_long_lists_are_and_which_texts_there_are(
    figures: dict[str, Interactive],
) -> None:
    told = figures["symmetry_explorer"]._linked
    assert (told["directions"]["length"], told["shown"]["choices"]) == (2, ["hours", "months"])
    assert figures["matrix_viewer"]._linked["cell"]["length"] == 2
    for figure in figures.values():
        for key, length in figure.lengths.items():
            for value in ([1] * (length - 1), [1] * (length + 1)):
                with pytest.raises(W2VError, match=key):
                    setattr(figure, key, value)
        for key in figure.choices():
            with pytest.raises(W2VError, match="choose one of"):
                setattr(figure, key, "another")


def test_what_a_link_cannot_carry_is_refused() -> None:
    import traitlets

    with pytest.raises(W2VError, match="a link cannot carry block, which is a Bytes"):
        _kind(traitlets.Bytes(), "block", None)
    with pytest.raises(W2VError, match="a link cannot carry pairs, which is a List of List"):
        _kind(traitlets.List(traitlets.List()), "pairs", None)


# ---- the host, with a figure that tells its values ----

ESM = """export default {
  render({ model, el }) {
    const names = ["whole", "number", "truth", "text", "wholes", "texts"];
    const shown = document.createElement("output");
    const button = document.createElement("button");
    button.textContent = "More";
    const show = () => {
      if (model.get("whole") === 13) throw new Error("thirteen is refused");
      shown.textContent = JSON.stringify(Object.fromEntries(names.map((n) => [n, model.get(n)])));
    };
    model.on("change", show);
    button.onclick = () => { model.set("number", model.get("number") + 1); model.save_changes(); };
    show();
    el.append(button, shown);
    shown.model = model;
  },
};"""
LINKED = {
    "whole": {"kind": "whole", "many": False, "low": 0, "high": 20},
    "number": {"kind": "number", "many": False, "low": -5, "high": None},
    "truth": {"kind": "truth", "many": False, "low": None, "high": None},
    "text": {"kind": "text", "many": False, "low": None, "high": None},
    "wholes": {"kind": "whole", "many": True, "low": 1, "high": 9},
    "texts": {"kind": "text", "many": True, "low": None, "high": None},
}
SAVED = {"whole": 1, "number": 2.5, "truth": False, "text": "", "wholes": [1, 2], "texts": []}


DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
STAND_IN = f'<img src="{DOT}" alt="A picture."><p class="widget-note">In words.</p>'


def teller(**more: Any) -> dict[str, Any]:
    """Return the saved state of a figure that tells its values."""
    return {"state": {"_esm": ESM, "_name": "teller", "_linked": LINKED, **SAVED, **more}}


def real(figure: Interactive) -> dict[str, Any]:
    """Return the saved state of a figure of the book."""
    values, packed = unpacked(figure)
    own = {key: figure.get_state()[key] for key in ("_esm", "_css", "_name", "_linked")}
    buffers = [{"encoding": "base64", "path": [key], "data": data} for key, data in packed.items()]
    return {"state": {**values, **own}, "buffers": buffers}


Open = Callable[..., "Page"]


@pytest.fixture
def host(tmp_path: Path, serve: Callable[[Path], str], browser: Any) -> Iterator[Open]:
    """Return a function that opens a page of the site with these figures on it."""
    for name in ("widgets.js", "book.css", "book.js"):
        shutil.copy(ROOT / "assets" / name, tmp_path)
    contexts = []
    errors: list[str] = []

    def start(
        query: str, *states: dict[str, Any], init: str = "", files: bool = False, **options: Any
    ) -> Page:
        state = json.dumps({"state": dict(enumerate(states))}).replace("</", r"<\/")
        body = "".join(
            f'<figure id="fig-{n}"><script type="{KIND}-view+json">{{"model_id": "{n}"}}</script>'
            f"<noscript>{STAND_IN}</noscript><figcaption>{n}</figcaption></figure>"
            for n in range(len(states))
        )
        (tmp_path / "index.html").write_text(
            f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>t</title>'
            f'<link rel="stylesheet" href="book.css"><style>body {{ color: '
            f"var(--pst-color-text-base); background: var(--pst-color-background) }}</style>"
            f'<script type="{KIND}-state+json">{state}</script></head><body><main><h1>t</h1>'
            f'<div class="bd-article">{body}</div></main>'
            f'<script defer src="book.js"></script><script defer src="widgets.js"></script>'
            f"</body></html>",
            encoding="utf-8",
        )
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_init_script(init)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((tmp_path.as_uri() if files else serve(tmp_path)) + f"/index.html{query}")
        page.wait_for_function(
            f"document.querySelectorAll('.widget-tools').length >= {min(len(states), 2)}"
            " || document.querySelector('.widget:not(.waits) .widget-note')"
        )
        return page

    yield start
    for context in contexts:
        context.close()
    assert not errors


def shown(page: Page, n: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(page.locator("output").nth(n).inner_text())
    return told


@pytest.mark.browser
@pytest.mark.parametrize("files", [False, True], ids=["http", "file"])
def test_values_are_read_from_the_address(files: bool, host: Open) -> None:
    query = (
        "?teller.whole=20&teller.number=-1.5e-3&teller.truth=true&teller.text=%3Cb%3E%20%26"
        "&teller.wholes=9%2C1,3&teller.texts=king,a%5C,b,&other=1#fig-0"
    )
    page = host(query, teller(), files=files)
    assert shown(page) == {
        "whole": 20,
        "number": -0.0015,
        "truth": True,
        "text": "<b> &",
        "wholes": [9, 1, 3],
        "texts": ["king", "a,b", ""],
    }
    assert page.locator(".widget-note").count() == 0
    assert page.url.endswith(query)  # untouched until something moves


@pytest.mark.browser
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("number=abc", "number = “abc”"),
        ("number=", "number = “”"),
        ("number=Infinity", "number = “Infinity”"),
        ("number=1e999", "number = “1e999”"),
        ("number=0x10", "number = “0x10”"),
        ("number=-6", "number = “-6”"),
        ("whole=1.5", "whole = “1.5”"),
        ("whole=21", "whole = “21”"),
        ("whole=13", "whole = “13”"),  # the figure itself cannot draw it
        ("truth=yes", "truth = “yes”"),
        ("wholes=1,10", "wholes = “1,10”"),
        ("_esm=alert(1)", "_esm = “alert(1)”"),
        ("__proto__=1", "__proto__ = “1”"),
        ("constructor=1", "constructor = “1”"),
        ("whole=%E0%A4%A", "whole = “�%A”"),
        ("text2=<img src=x onerror=alert(1)>", "text2 = “<img src=x onerror=alert(1)>”"),
    ],
)
def test_what_does_not_fit_is_ignored_and_said(asked: str, said: str, host: Open) -> None:
    page = host(f"?teller.truth=true&teller.{asked}&teller.text=fine", teller())
    # Of two values for one trait the later one counts, whether it fits or not.
    assert shown(page) == {**SAVED, "truth": not asked.startswith("truth"), "text": "fine"}
    note = page.locator(".widget-note").inner_text()
    assert note == f"The link asks for {said}, which this figure cannot show."
    page.get_by_role("button", name="More").click()
    assert page.locator(".widget-note").count() == 0  # from now on the address says what is shown


# What no figure may show, or show as something else: the note says so, the rest is granted.
REFUSED = [
    ("symmetry_explorer", "shown=days", "mix=0.5"),
    ("symmetry_explorer", "shown=", "mix=0.5"),
    ("symmetry_explorer", "directions=1,2,3", "shown=months"),
    ("symmetry_explorer", "directions=3", "shown=months"),
    ("symmetry_explorer", "directions=", "shown=months"),
    ("symmetry_explorer", "mix=1.01", "shuffle=9"),
    ("symmetry_explorer", "shuffle=1000", "directions=7,7"),
    ("concept_reader", "k=-5", "n=20"),
    ("concept_reader", "k=11", "word=she"),
    ("concept_reader", "n=21", "k=10"),
    ("own_text", "d=17", "vocab_size=600"),
    ("own_text", "sigma=0.2", "window=16"),
    ("own_text", "vocab_size=49", "whole=true"),
    ("analogy_playground", "d=21", "a=him"),
    ("analogy_playground", "family=2", "d=20"),
    ("matrix_viewer", "cell=1", "k=10"),
    ("matrix_viewer", "cell=1,2,3", "untied=true"),
]


@pytest.mark.browser
@pytest.mark.parametrize(("name", "bad", "good"), REFUSED)
def test_a_figure_refuses_a_value_and_grants_the_other(
    name: str, bad: str, good: str, figures: dict[str, Interactive], host: Open
) -> None:
    page = host(f"?{name}.{bad}&{name}.{good}", real(figures[name]))
    trait, value = bad.split("=")
    said = f"The link asks for {trait} = “{value}”, which this figure cannot show."
    assert page.locator(".widget-note").all_inner_texts() == [said]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link to this setting").click()
    page.wait_for_function("document.body.innerText.includes('Copied.')")
    link = page.evaluate("navigator.clipboard.readText()")
    assert f"{name}.{good}" in link
    assert f"{name}.{bad}&" not in f"{link.split('#')[0]}&"


@pytest.mark.browser
def test_a_long_text_is_refused(host: Open) -> None:
    page = host("?teller.text=" + "x" * 301, teller())
    assert shown(page) == SAVED
    assert f"text = “{'x' * 39}…”," in page.locator(".widget-note").inner_text()
    assert shown(host("?teller.text=" + "x" * 300, teller()))["text"] == "x" * 300


@pytest.mark.browser
@pytest.mark.parametrize("files", [False, True], ids=["http", "file"])
def test_address_follows_the_readers_hand(files: bool, host: Open) -> None:
    page = host("?utm=%20a&teller2.whole=3#fig-0", teller(), teller(text="t"), files=files)
    assert [shown(page, n)["whole"] for n in (0, 1)] == [1, 3]
    page.evaluate("document.querySelectorAll('output')[1].model.set('number', 7)")  # not by hand
    page.wait_for_timeout(700)
    assert page.url.endswith("?utm=%20a&teller2.whole=3#fig-0")
    page.get_by_role("button", name="More").first.click()
    page.wait_for_function("location.search.includes('teller.number')")
    query = "?utm=%20a&teller2.whole=3&teller.whole=1&teller.number=3.5&teller.truth=false"
    assert page.url.endswith(f"{query}&teller.wholes=1,2#fig-0")
    page.reload()
    page.wait_for_function("document.querySelectorAll('.widget-tools').length === 2")
    assert shown(page)["number"] == 3.5
    assert shown(page, 1)["whole"] == 3


@pytest.mark.browser
def test_what_is_written_is_read_again(host: Open) -> None:
    values = {
        "whole": 19,
        "number": 1e-7 / 3,
        "truth": True,
        "text": "100 % & a+b=ü#“q”\\",
        "wholes": [9],
        "texts": ["a,b", "c\\", "", "+"],
    }
    page = host("", teller())
    page.evaluate(
        "v => { const { model } = document.querySelector('output'); "
        "model.set(v); model.save_changes(); }",
        values,
    )
    page.wait_for_function("location.search !== ''")
    page.reload()
    page.wait_for_selector(".widget-tools")
    assert shown(page) == {**values, "number": float(f"{values['number']:.6g}")}


@pytest.mark.browser
def test_address_changes_a_few_times_a_second_at_most(host: Open) -> None:
    count = """window.changes = 0;
      const real = history.replaceState.bind(history);
      history.replaceState = (...all) => { window.changes++; real(...all); };"""
    page = host("", teller(), init=count)
    seconds = page.evaluate("""() => new Promise((done) => {
      const { model } = document.querySelector("output");
      const begin = performance.now();
      let n = 0;
      const timer = setInterval(() => {
        model.set("number", n);
        model.save_changes();
        if (++n === 120) {
          clearInterval(timer);
          done((performance.now() - begin) / 1000);
        }
      }, 10);
    })""")
    page.wait_for_function("location.search.includes('teller.number=119')")
    assert 1 <= page.evaluate("changes") <= 2 + 2 * seconds


@pytest.mark.browser
def test_page_goes_on_where_the_address_may_not_be_changed(host: Open) -> None:
    page = host("", teller(), init="history.replaceState = () => { throw new Error('no'); };")
    page.get_by_role("button", name="More").click()
    page.wait_for_timeout(700)
    assert shown(page)["number"] == 3.5


@pytest.mark.browser
def test_link_of_one_figure_is_copied(host: Open) -> None:
    page = host("?x=1", teller(), teller(whole=5))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy link to this setting").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.body.innerText.includes('Copied.')")
    link = page.evaluate("navigator.clipboard.readText()")
    query = "?teller2.whole=5&teller2.number=2.5&teller2.truth=false&teller2.wholes=1,2"
    assert link == page.url.split("?")[0] + query + "#fig-1"
    assert page.url.endswith("?x=1")  # copying moves nothing


@pytest.mark.browser
@pytest.mark.parametrize(
    "clipboard", ["undefined", "{ writeText: () => Promise.reject(new Error('no')) }"]
)
@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 360)])
def test_link_is_shown_where_it_cannot_be_copied(
    clipboard: str, theme: str, width: int, host: Open, figures: dict[str, Interactive]
) -> None:
    init = f"Object.defineProperty(navigator, 'clipboard', {{ value: {clipboard} }});"
    page = host(
        "", real(figures["loss_parabola"]), init=init, viewport={"width": width, "height": 700}
    )
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.get_by_role("button", name="Copy link to this setting").click()
    field = page.get_by_role("textbox", name="Link to this setting")
    link = page.url + "?loss_parabola.selected=0&loss_parabola.x=2#fig-0"
    assert field.input_value() == link
    assert page.evaluate("getSelection().toString()") == link
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("button", name="Copy link").bounding_box()["height"] >= 24
    assert not faults(page)


@pytest.mark.browser
def test_two_views_of_one_figure_share_a_setting(host: Open, tmp_path: Path) -> None:
    page = host("?teller.whole=13&teller.number=4", teller())
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    view = re.search(r'<script type="[^"]*view\+json">.*?</script>', html)
    assert view
    twice = html.replace(view.group(), view.group() * 2)
    # Under a name of its own: within a second a server takes a changed file for the same.
    (tmp_path / "twice.html").write_text(twice, encoding="utf-8")
    page.goto(page.url.replace("index.html", "twice.html"))
    page.wait_for_function("document.querySelectorAll('.widget-tools').length === 2")
    page.get_by_role("button", name="More").first.click()
    assert shown(page, 0) == shown(page, 1) == {**SAVED, "number": 5}


# ---- real figures ----


@pytest.mark.browser
def test_a_link_sets_the_learning_clock(figures: dict[str, Interactive], host: Open) -> None:
    link = "?learning_clock.t=0.12&learning_clock.d=5&learning_clock.directions=3,1"
    page = host(f"{link}&learning_clock.word=war", real(figures["learning_clock"]))
    time = page.get_by_role("slider", name="Time")
    assert time.get_attribute("aria-valuetext") == "0.120"
    assert page.get_by_role("slider", name="Dimension").input_value() == "5"
    assert "direction 3" in page.get_by_label("Across").locator("option:checked").inner_text()
    assert page.get_by_role("searchbox").input_value() == "war"
    assert "“war” stands at" in page.inner_text(".w2v")
    time.press("ArrowRight")
    page.wait_for_function("!location.search.includes('t=0.12&')")
    assert "learning_clock.word=war" in page.url


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("learning_clock", "t=abc&d=99&directions=1&word=<img src=x onerror=alert(1)>"),
        ("learning_clock", "t=1e300&sigma=1e-12&d=1&directions=20,20"),
        ("window_counter", "window=16&position=199999&show_probabilities=true"),
        ("loss_parabola", "selected=99&x=6"),
        ("matrix_viewer", "k=0&untied=true&cell=5"),
        ("matrix_viewer", "cell=&k=10"),
        ("matrix_viewer", "cell=1,2,3,4,5"),
        ("start_explorer", "d=6&sigma=0.1&seed=999&t=1e9"),
        ("forecast_race", "run=0&direction=2&guess=1e9"),
        ("forecast_race", "run=1&direction=0&guess=-1"),
    ],
)
def test_no_link_blanks_a_figure(
    name: str, query: str, figures: dict[str, Interactive], host: Open
) -> None:
    asked = "&".join(f"{name}.{pair}" for pair in query.split("&"))
    page = host(f"?{asked}", real(figures[name]))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.get_by_role("alert").count() == 0
    assert page.get_by_role("slider").count() >= 1
    before = page.inner_text(".w2v")
    page.get_by_role("slider").last.press("Home")
    page.get_by_role("slider").last.press("ArrowRight")
    page.wait_for_timeout(200)
    assert page.get_by_role("alert").count() == 0
    assert len(page.inner_text(".w2v")) > len(before) / 2


@pytest.mark.browser
@pytest.mark.parametrize("name", [*NAMES, "forecast_race"])
def test_damaged_state_is_mended_or_said(
    name: str, figures: dict[str, Interactive], host: Open
) -> None:
    """No panel is empty, none shows NaN, nothing is thrown: ten damages of each linked value."""
    whole = real(figures[name])
    damaged: dict[str, dict[str, Any]] = {}
    for key in figures[name].linked:
        for value in (None, "x", [], {}, [None], True, 3.7, 1e12):
            damaged[f"{key}={value!r}"] = {**whole, "state": {**whole["state"], key: value}}
        without = {k: v for k, v in whole["state"].items() if k != key}
        damaged[f"no {key}"] = {**whole, "state": without}
    for n, buffer in enumerate(whole["buffers"]):
        for what, change in (
            ("NaN", lambda raw: b"\xff" * len(raw)),
            ("cut", lambda raw: raw[:-1]),
        ):
            data = base64.b64encode(change(base64.b64decode(buffer["data"]))).decode()
            buffers = [*whole["buffers"][:n], {**buffer, "data": data}, *whole["buffers"][n + 1 :]]
            damaged[f"{buffer['path'][0]} {what}"] = {**whole, "buffers": buffers}
    page = host("", *damaged.values())
    page.evaluate(READ_THROUGH)
    page.wait_for_function(f"document.querySelectorAll('.widget-tools').length === {len(damaged)}")
    page.wait_for_timeout(500)
    panels = page.eval_on_selector_all(
        ".w2v",
        """all => all.map((one) => [one.querySelector(":scope > [role=alert]")?.textContent ?? "",
          one.textContent, /="[^"]*NaN[^"]*"/.test(one.innerHTML)])""",
    )
    assert len(panels) == len(damaged)
    for what, (alert, text, odd) in zip(damaged, panels, strict=True):
        assert len(text) > 30, what
        assert alert.startswith("This interactive figure cannot be drawn: ") or not (
            odd or "NaN" in text or "undefined" in text
        ), (what, text)


# ---- where a figure cannot run, and on paper ----


@pytest.mark.browser
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"state": {"_esm": "this is not JavaScript"}}, "could not be started"),
        ({"state": {"_model_module": "@jupyter-widgets/controls"}}, "needs a running Python"),
    ],
    ids=["broken", "kernel"],
)
def test_picture_stands_where_a_figure_cannot_start(
    state: dict[str, Any], said: str, host: Open
) -> None:
    page = host("", state)
    assert said in page.locator(".widget-note").first.inner_text()
    assert page.get_by_role("img", name="A picture.").is_visible()
    assert page.get_by_text("In words.").count() == (1 if said.startswith("could") else 0)


@pytest.mark.browser
def test_picture_stands_below_a_panel_that_says_what_is_wrong(
    figures: dict[str, Interactive], host: Open
) -> None:
    state = real(figures["learning_clock"])
    state["buffers"] = []
    page = host("", state)
    assert "cannot be drawn: eigvals holds 0 numbers" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("img", name="A picture.").is_visible()
    assert page.get_by_text("In words.").is_visible()


# The named points of the cloud, in the blue of light or of dark panels.
KIT = (ROOT / "w2vbook" / "interactives" / "kit.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    ",".join(str(int(blue[n : n + 2], 16)) for n in (0, 2, 4))
    for blue in re.findall(r"--blue: #(\w{6});", KIT)[:2]
)
BLUES = """() => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = { light: 0, dark: 0 };
  for (let i = 0; i < data.length; i += 4) {
    const colour = data.slice(i, i + 3).join();
    if (colour === "LIGHT") found.light++;
    if (colour === "DARK") found.dark++;
  }
  return Object.keys(found).filter((name) => found[name] > 20).join();
}""".replace("LIGHT", LIGHT).replace("DARK", DARK)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_a_dark_page_is_printed_on_light_paper(
    width: int, figures: dict[str, Interactive], host: Open
) -> None:
    states = [real(figures[name]) for name in ("learning_clock", "window_counter")]
    page = host("", *states, viewport={"width": width, "height": 900})
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    paper = "getComputedStyle(document.querySelector('.w2v')).backgroundColor"
    assert page.evaluate(paper) == "rgb(28, 32, 37)"
    assert page.evaluate(BLUES) == "dark"

    # What a browser does: no frame comes between this event and the paper.
    now = page.evaluate(f"(dispatchEvent(new Event('beforeprint')), [{paper}, ({BLUES})()])")
    assert now == ["rgb(253, 252, 249)", "light"]
    page.emulate_media(media="print")
    assert page.evaluate(paper) == "rgb(253, 252, 249)"
    page.set_viewport_size({"width": 652, "height": 900})  # A4, less its margins
    for drawing in page.locator(".w2v :is(canvas, svg, table)").all():
        assert drawing.is_visible()
        box = drawing.bounding_box()
        assert box
        assert box["width"] > 100
        assert box["x"] + box["width"] <= 652
    for role in ("slider", "button", "radio", "searchbox", "textbox"):
        assert page.get_by_role(role).count() == 0, role
    assert "At t = " in page.inner_text(".w2v")

    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(paper) == "rgb(28, 32, 37)"
    assert page.evaluate(BLUES) == "dark"
    assert page.get_by_role("slider").first.is_visible()


@pytest.mark.browser
def test_a_page_becomes_a_pdf(figures: dict[str, Interactive], host: Open) -> None:
    page = host("", real(figures["learning_clock"]), viewport={"width": 1280, "height": 900})
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate("""() => addEventListener("beforeprint", () => {
      window.printed = [document.documentElement.dataset.theme,
        document.querySelector(".w2v").clientWidth];
    })""")
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.evaluate("printed") == ["light", 638]  # without the panel's border
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("document.querySelector('.w2v').clientWidth") > 700
