"""The cover: its clock, the picture that stands in for it, and the page as a reader meets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from interactive_pages import *  # noqa: F403
from interactive_pages import Open, slider, told, trait

import w2vlib
from w2vbook.interactives._base import Interactive
from w2vbook.interactives.cover_clock import SIZES, CoverClock, still
from w2vlib import W2VError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ["cover_clock"]
PAGE = "chapters/cover.html"


@pytest.fixture(scope="module")
def figures() -> dict[str, Interactive]:
    return {"cover_clock": CoverClock(w2vlib.load_statistics(1000))}


@pytest.fixture
def clock(figures: dict[str, Interactive], open_page: Open) -> Callable[..., Page]:
    return lambda **options: open_page("cover_clock", figures["cover_clock"], **options)


# ---- the clock ----


def times(figure: Interactive) -> np.ndarray:
    return figure._times()  # type: ignore[attr-defined]


def test_it_opens_when_the_third_direction_is_half_learned(
    figures: dict[str, Interactive],
) -> None:
    figure = figures["cover_clock"]
    d = 6
    values = np.frombuffer(figure.eigvals, "<f8")  # type: ignore[attr-defined]
    assert len(values) == d
    start = 1e-16 * np.arange(d, 0, -1)
    s2 = w2vlib.mode_strengths([figure.t], values, start)[0]  # type: ignore[attr-defined]
    assert s2[2] == pytest.approx(values[2] / 2, rel=1e-6)
    assert (s2[:2] > 0.98 * values[:2]).all()
    assert (s2[3:] < 0.1 * values[3:]).all()


def test_values_out_of_range_are_refused() -> None:
    stats = w2vlib.load_statistics(100)
    with pytest.raises(W2VError, match=r"d is 0|d=0"):
        CoverClock(stats, d=0)
    with pytest.raises(W2VError, match="sigma"):
        CoverClock(stats, sigma=1.0)


@pytest.mark.browser
@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_status_names_the_words_that_part(
    step: int, figures: dict[str, Interactive], clock: Callable[..., Page]
) -> None:
    figure = figures["cover_clock"]
    page = clock()
    page.evaluate("document.querySelector('.cc-track input').focus()")
    slider(page, "Time").press("ArrowRight")  # a hand has come
    page.evaluate(f"model.set('t', {1.002 * times(figure)[step]})")
    status = page.locator(".cc-now")
    page.wait_for_function(
        f"document.querySelector('.cc-now').innerText.includes('step {step + 1} of 6')"
    )
    # Counted anew, from a decomposition of the whole matrix.
    stats = w2vlib.load_statistics(1000)
    vectors = np.linalg.eigh(w2vlib.m_star(stats).astype(float))[1][:, ::-1][:, step]
    order = np.argsort(vectors)
    n = 3 if step < 2 else 2
    ends = {frozenset(stats.words[i] for i in rows) for rows in (order[:n], order[-n:])}
    said = page.locator(".cc-now i").all_inner_texts()
    assert {frozenset(text.split(", ")) for text in said} == ends
    assert ("off this plane" in status.inner_text()) == (step >= 2)
    assert ("In steps." in status.inner_text()) == (step >= 1)  # two steps have been taken


@pytest.mark.browser
def test_nothing_is_told_before_a_hand_comes(clock: Callable[..., Page]) -> None:
    page = clock()
    assert page.locator(".cc-now").inner_text() == "Drag the handle, or use the arrow keys."
    slider(page, "Time").press("Home")
    assert told(page) == "t = 0.000: all words lie at one point."
    assert slider(page, "Time").get_attribute("aria-valuetext") == "t = 0.000"
    slider(page, "Time").press("End")
    assert "all 6 steps are taken. In steps." in told(page, "6 steps")


SPREAD = """() => {
  const found = document.querySelector(".cc-points").getAttribute("d").match(/M[^h]+/g);
  const all = found.map((one) => one.slice(1).split(" ").map(Number));
  const size = (axis) => {
    const values = all.map((point) => point[axis]);
    return Math.max(...values) - Math.min(...values);
  };
  return [all.length, size(0), size(1)];
}"""


@pytest.mark.browser
def test_cloud_opens_from_a_point_to_a_line_to_a_plane(
    figures: dict[str, Interactive], clock: Callable[..., Page]
) -> None:
    page = clock(viewport={"width": 800, "height": 900})
    first, second, _ = times(figures["cover_clock"])[:3]
    seen = []
    for t in (0.5 * first, (first + second) / 2 - 0.008, 2 * second):
        page.evaluate(f"model.set('t', {t})")
        page.evaluate("frames()")
        seen.append(page.evaluate(SPREAD))
    (n, *point), (_, *line), (_, *plane) = seen
    assert n == 1000
    assert max(point) < 5
    assert line[0] > 300
    assert line[1] < 0.2 * line[0]
    assert min(plane) > 300


@pytest.mark.browser
def test_time_follows_the_finger(clock: Callable[..., Page]) -> None:
    page = clock()
    box = page.locator(".cc-track").bounding_box()
    assert box
    seen = []
    page.mouse.move(box["x"] + 12, box["y"] + 40)
    page.mouse.down()
    seen.append(trait(page, "t"))
    for part in (0.25, 0.5, 1.0, 1.2):
        page.mouse.move(box["x"] + 12 + part * (box["width"] - 24), box["y"] + 40)
        seen.append(trait(page, "t"))
    page.mouse.up()
    end = seen[-1]
    assert seen == pytest.approx([0, end / 4, end / 2, end, end], abs=1e-3)
    # The knob stands under the finger, and the arrows go on from there.
    knob = page.locator(".cc-knob circle").bounding_box()
    assert knob
    assert knob["x"] + knob["width"] / 2 == pytest.approx(box["x"] + box["width"] - 12, abs=1)
    page.keyboard.press("ArrowLeft")
    assert trait(page, "t") == pytest.approx(end * 299 / 300)


# ---- the motion on arrival ----


@pytest.mark.browser
def test_time_runs_once_and_rests(clock: Callable[..., Page]) -> None:
    page = clock(changes={"moves": True})
    rest = page.evaluate("model.get('t') && window.model.values.t")
    assert rest < 0.2
    seen = [trait(page, "t")]
    while len(seen) < 100 and (len(seen) < 3 or seen[-1] != seen[-3]):
        page.wait_for_timeout(150)
        seen.append(trait(page, "t"))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(0.26, abs=0.001)
    started = page.evaluate("started")
    page.wait_for_timeout(400)
    assert page.evaluate("started") - started < 4  # nothing but what this test asks for
    assert page.get_by_role("status").text_content() == ""  # a picture that moves by itself is mute


@pytest.mark.browser
@pytest.mark.parametrize(
    "act",
    [
        "dispatchEvent(new PointerEvent('pointerdown'))",
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }))",
        "dispatchEvent(new Event('scroll'))",
        "dispatchEvent(new WheelEvent('wheel'))",
        "document.dispatchEvent(new Event('visibilitychange'))",
    ],
)
def test_anything_that_a_reader_does_ends_the_motion(act: str, clock: Callable[..., Page]) -> None:
    page = clock(changes={"moves": True})
    page.wait_for_timeout(300)
    assert trait(page, "t") < 0.2
    page.evaluate(act)
    assert trait(page, "t") == pytest.approx(0.26, abs=0.001)
    page.wait_for_timeout(200)
    assert trait(page, "t") == pytest.approx(0.26, abs=0.001)


@pytest.mark.browser
def test_hand_on_the_slider_is_not_overruled(clock: Callable[..., Page]) -> None:
    page = clock(changes={"moves": True})
    page.wait_for_timeout(200)
    slider(page, "Time").press("Home")
    page.wait_for_timeout(300)
    assert trait(page, "t") == 0


@pytest.mark.browser
def test_nothing_moves_where_motion_is_unwanted(clock: Callable[..., Page]) -> None:
    page = clock(changes={"moves": True}, reduced_motion="reduce")
    assert trait(page, "t") == pytest.approx(0.26, abs=0.001)


# ---- the picture in its place ----


def test_still_shows_the_first_state(figures: dict[str, Interactive]) -> None:
    figure = figures["cover_clock"]
    html = still(figure.get_state())
    assert html.count("<svg") == 2 * len(SIZES)
    for path in re.findall(r'class="points" d="([^"]*)"', html):
        assert path.count("M") == 1000
    for name, (width, height, _) in SIZES.items():
        part = html.split(f"cover-still-{name}")[1].split("</div>")[0]
        spots = np.array(re.findall(r"M([\d.-]+) ([\d.-]+)h0", part), float)
        assert (spots >= 0).all()
        assert (spots <= (width, height)).all()
        assert {"function", "my", "largest"} <= set(re.findall(r">([a-z]+)</text>", part))
    earlier = CoverClock(w2vlib.load_statistics(1000))
    earlier.t = 0.05
    assert still(earlier.get_state()) != html


# ---- the page ----


@pytest.fixture(scope="module")
def page_address(site: Path, serve: Callable[[Path], str]) -> str:
    if not (site / PAGE).is_file():
        pytest.fail(f"there is no {PAGE}")
    return f"{serve(site)}/{PAGE}"


@pytest.fixture
def cover(browser: Browser, page_address: str) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_cover(width: int, height: int, **options: Any) -> Page:
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(page_address, wait_until="networkidle")
        return page

    yield open_cover
    for context in contexts:
        context.close()


DOORS = ".cover-doors a"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_first_screen_holds_the_clock_and_the_doors(
    width: int, height: int, cover: Callable[..., Page]
) -> None:
    page = cover(width, height)
    parts = [
        "article h1", ".cover-headline", ".cover-question", ".cc-cloud", ".cc-track", ".cc-now",
        ".cover-promise", *[f"{DOORS} >> nth={n}" for n in range(3)],
    ]  # fmt: skip
    for part in parts:
        box = page.locator(part).bounding_box()
        assert box, part
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height, part
    for door in page.locator(DOORS).all():
        box = door.bounding_box()
        assert box
        assert box["height"] >= 44
    assert page.locator(".cover-still").is_hidden()
    assert page.locator(".bd-sidebar-primary").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    # The page does not change its height when the status changes.
    before = page.locator(DOORS).first.bounding_box()
    for key in ("Home", "End", *["PageDown"] * 5, *["ArrowRight"] * 9):
        slider(page, "Time").press(key)
        assert page.locator(DOORS).first.bounding_box() == before, key


@pytest.mark.browser
@pytest.mark.parametrize(("width", "shown"), [(1280, "wide"), (360, "narrow")])
def test_picture_is_there_without_scripts(
    width: int, shown: str, cover: Callable[..., Page]
) -> None:
    page = cover(width, 740, java_script_enabled=False)
    for name in SIZES:
        assert page.locator(f".cover-still-{name}").is_visible() == (name == shown)
    box = page.locator(f".cover-still-{shown} .cloud").bounding_box()
    assert box
    assert box["width"] > 0.5 * width
    assert page.locator(".widget-note").is_visible()


@pytest.mark.browser
def test_time_runs_on_the_page_and_scrolling_ends_it(browser: Browser, page_address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 600})
    page = context.new_page()
    page.goto(page_address)
    knob = "document.querySelector('.cc-knob')?.getAttribute('transform')"
    page.wait_for_function(knob)
    page.wait_for_function(f"still => {knob} !== still", arg=page.evaluate(knob))
    seen = []  # on its way: where it stands before it begins it may stand again at the end
    for _ in range(4):
        seen.append(page.evaluate(knob))
        page.wait_for_timeout(150)
    assert len(set(seen)) > 2
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(300)
    ended = page.evaluate(knob)
    page.wait_for_timeout(300)
    assert page.evaluate(knob) == ended
    assert ended not in seen
    context.close()


@pytest.mark.browser
def test_contents_can_be_unfolded(cover: Callable[..., Page]) -> None:
    page = cover(1280, 800)
    page.locator("button.primary-toggle").click()
    page.locator(".bd-sidebar-primary").wait_for(state="visible")
    page.locator("button.primary-toggle").click()
    page.locator(".bd-sidebar-primary").wait_for(state="hidden")


@pytest.mark.browser
def test_site_begins_with_the_cover_under_the_books_title(
    site: Path, cover: Callable[..., Page]
) -> None:
    page = cover(1280, 800)
    assert page.title() == "What Does word2vec Learn?"
    page.goto(page.url.replace(PAGE, "index.html"))
    page.wait_for_url(f"**/{PAGE}")
    promise = page.inner_text(".cover-promise")
    assert "proved in a simplified setting, observed in the real one" in promise
    assert "in word2vec as it is used, they melt" in page.inner_text(".cover-note")
    assert page.locator("article .highlight").count() == 0  # no code
