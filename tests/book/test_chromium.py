"""The watch over Chromium (tests/chromium.py): a page that never answers holds up no test."""

import threading
import time

import pytest
from chromium import MOST, Chromium, Watch, watch

pytestmark = pytest.mark.browser
NEVER = "new Promise(() => {})"


@pytest.fixture
def another(browser):
    """Return a second Chromium beside the tests' own."""
    made = Chromium(browser.playwright)
    yield made
    made.close()


def test_another_browser_stays(browser, another):
    page = browser.new_page()
    another.new_page()
    another.end("a test")
    assert page.evaluate("1 + 1") == 2


def test_what_waits_for_a_page_that_hangs_is_told_so_and_the_next_page_works(another, capfd):
    from playwright.sync_api import Error

    late = Watch()
    late.browser = another
    page = another.new_page()
    began = time.monotonic()
    late.begin("a test", 0.5)
    with pytest.raises(Error, match="closed"):
        page.evaluate(NEVER)
    assert time.monotonic() - began < 60
    assert capfd.readouterr().err.strip() == "a test hangs: its browser is ended after 0 s"
    assert another.new_page().evaluate("1 + 1") == 2
    assert another.hung == ["a test"]


def test_a_test_that_ends_in_time_keeps_its_browser(another):
    in_time = Watch()
    in_time.browser = another
    page = another.new_page()
    in_time.begin("a test", 0.3)
    in_time.stop()
    page.wait_for_timeout(600)
    assert page.evaluate("1 + 1") == 2
    assert not another.hung


def test_no_more_than_a_few_hangs_are_waited_for(another):
    another.hung = ["one", "another", "one"][:MOST]
    with pytest.raises(pytest.fail.Exception, match=r"hung 3 times: in one, another, one"):
        another.new_page()


def test_this_test_is_watched():
    assert watch.timer.is_alive()
    assert isinstance(watch.timer, threading.Timer)
