"""Forecasts: against gradient flow from many random starts, against gradient descent, as a page."""

import math
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import accessibility
import numpy as np
import pytest
from scipy.stats import binom, chi2

import w2vlib
from w2vlib import (
    CorpusStatistics,
    ExactFlow,
    Forecast,
    W2VError,
    effective_start,
    forecast,
    load_statistics,
    m_star,
)
from w2vlib.__main__ import main
from w2vlib.forecasting._compute import _chi_square

WORDS = 32
PLANTED = {
    "far apart": (0.45, 0.22, 0.11, 0.055),
    "closer": (0.35, 0.24, 0.16, 0.1),
    "two equal": (0.3, 0.2, 0.2, 0.05),
}


def signs(k):
    """Row k of a Walsh-Hadamard matrix: +1 and -1, rows orthogonal, products of rows are rows."""
    return np.array([(-1) ** bin(k & i).count("1") for i in range(WORDS)])


def planted(strengths, words=None):
    """Return statistics with P_ij = P_i P_j (1 + sum_k a_k h_k(i) h_k(j)), and eigenvalues of M*.

    All words are equally frequent. M* is a function of the sum, so that every Walsh row is an
    eigenvector of it, with the transform of the first row as eigenvalues.
    """
    x = sum(a * signs(2**k) for k, a in enumerate(strengths))  # of word 0 with each word
    first = 2 * x / (2 + x)
    eigvals = {k: float(first @ signs(k)) for k in range(WORDS)}
    every = np.arange(WORDS)
    counts = np.rint(10**7 * (1 + x[every[:, None] ^ every])).astype(np.int64)
    words = [f"w{i}" for i in range(WORDS)] if words is None else words
    return CorpusStatistics(tuple(words), counts.sum(1), counts, 5, source="planted"), eigvals


def learned_at(timetable, m_star, n, seed=0):
    """Times at which u_k^T W W^T u_k passes half of lambda_k, (n, d), from n random starts."""
    eigvals, eigvecs = np.linalg.eigh(m_star)
    eigvals, eigvecs = eigvals[::-1], eigvecs[:, ::-1]
    d, rng = len(timetable), np.random.default_rng(seed)
    t = np.linspace(0.8 * timetable.times_low.min(), 1.6 * timetable.times_high.max(), 150)
    out = np.full((n, d), np.inf)
    for row in out:
        W0 = timetable.sigma * rng.standard_normal((len(m_star), d))
        share = ExactFlow(eigvals, eigvecs, W0).mode_strengths(t)[:, :d] / eigvals[:d]
        logit = np.log(share / np.maximum(1 - share, 1e-15))  # a straight line for a logistic
        for k in range(d):
            i = int((share[:, k] >= 0.5).argmax())
            if i:
                part = -logit[i - 1, k] / (logit[i, k] - logit[i - 1, k])
                row[k] = t[i - 1] + part * (t[i] - t[i - 1])
    return out


@pytest.fixture(scope="module")
def starts():
    """Forecast and 200 simulated starts of the corpus whose modes are far apart."""
    stats, _ = planted(PLANTED["far apart"])
    timetable = forecast(stats, 4, sigma=1e-6)
    return timetable, learned_at(timetable, m_star(stats), 200)


@pytest.fixture(scope="module")
def wikipedia():
    return load_statistics(300)


@pytest.fixture(scope="module")
def timetable(wikipedia):
    return forecast(wikipedia, 6, n_words=3)


# --- the numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANTED)
def test_modes_of_a_planted_corpus_are_found(name):
    stats, eigvals = planted(PLANTED[name])
    timetable = forecast(stats, 3)
    expected = sorted(eigvals.values())[::-1][:3]
    np.testing.assert_allclose(timetable.eigvals, expected, rtol=1e-5)
    top = [k for k, _ in sorted(eigvals.items(), key=lambda item: -item[1])][:3]
    planted_modes = np.column_stack([signs(k) for k in top])
    assert w2vlib.subspace_overlap(timetable.eigvecs, planted_modes) > 1 - 1e-9
    assert timetable.k.tolist() == [1, 2, 3]
    squares = np.square(expected)
    np.testing.assert_allclose(timetable.gain, squares / np.sum(squares), 1e-5)


def test_times_are_the_median_of_random_starts(starts):
    timetable, simulated = starts
    # The standard error of a median of 200 is 1.25 / sqrt(200) of the spread of the times.
    spread = (timetable.times_high - timetable.times_low) / 3.3
    off = np.median(simulated, axis=0) - timetable.times
    assert np.all(np.abs(off) <= 4 * 1.25 * spread / math.sqrt(200))
    assert np.all(np.abs(off) <= 0.01 * timetable.times)


def test_the_median_start_predicts_better_than_the_mean_start(starts):
    timetable, simulated = starts
    middle = np.median(simulated, axis=0)
    mean_start = timetable.sigma**2 * np.arange(4, 0, -1)
    from_mean = np.log(timetable.eigvals / mean_start) / timetable.eigvals
    assert np.abs(timetable.times / middle - 1).max() < 0.5 * np.abs(from_mean / middle - 1).max()


def test_the_interval_holds_ninety_per_cent_of_random_starts(starts):
    timetable, simulated = starts
    inside = (simulated >= timetable.times_low) & (simulated <= timetable.times_high)
    for k, count in enumerate(inside.sum(axis=0), start=1):
        # Fewer than one run in ten thousand would be outside by chance alone.
        assert binom.cdf(count, 200, 0.9) > 5e-5, f"mode {k}: {count} of 200"
        assert binom.sf(count - 1, 200, 0.9) > 5e-5, f"mode {k}: {count} of 200"


def test_quantiles_of_the_starts():
    freedom = np.arange(1, 500)
    for probability in (0.001, 0.05, 0.5, 0.95):
        expected = chi2.ppf(probability, freedom)  # of another algorithm
        np.testing.assert_allclose(_chi_square(probability, freedom), expected, rtol=1e-10)


def test_both_ends_of_the_interval_are_missed_equally_often(starts):
    timetable, simulated = starts
    for missed in (simulated < timetable.times_low, simulated > timetable.times_high):
        assert 0.025 <= missed.mean() <= 0.08  # 0.05 of 800


def test_starts_are_those_of_a_random_matrix():
    stats, _ = planted(PLANTED["closer"])
    timetable = forecast(stats, 4, sigma=0.01)
    rng = np.random.default_rng(1)
    drawn = np.array(
        [
            effective_start(0.01 * rng.standard_normal((WORDS, 4)), timetable.eigvecs)
            for _ in range(4000)
        ]
    )
    np.testing.assert_allclose(np.median(drawn, axis=0), timetable.start, rtol=0.1)
    times = np.log(timetable.eigvals / drawn) / timetable.eigvals
    low, high = np.quantile(times, (0.05, 0.95), axis=0)
    np.testing.assert_allclose(low, timetable.times_low, rtol=0.02)
    np.testing.assert_allclose(high, timetable.times_high, rtol=0.02)


def test_wikipedia_is_learned_as_forecast(wikipedia):
    timetable = forecast(wikipedia, 12)
    simulated = learned_at(timetable, m_star(wikipedia), 60)
    middle = np.median(simulated[:, :10], axis=0)  # the last two may lose their places
    assert np.abs(timetable.times[:10] / middle - 1).max() < 0.03
    inside = (simulated >= timetable.times_low) & (simulated <= timetable.times_high)
    assert 0.8 < inside[:, :8].mean() < 0.96


def test_the_chance_to_lose_the_last_place():
    stats, _ = planted((0.3, 0.2, 0.1, 0.097))
    timetable = forecast(stats, 3)
    assert 0.2 < timetable.last_mode_risk < 0.5
    everything = forecast(stats, 4)
    rng, lost, n = np.random.default_rng(3), 0, 300
    t = np.linspace(0.7 * timetable.times[2], 1.5 * timetable.times_high[2], 60)
    lam, U = np.linalg.eigh(m_star(stats))
    for _ in range(n):
        W0 = 1e-6 * rng.standard_normal((WORDS, 3))
        strengths = ExactFlow(lam[::-1], U[:, ::-1], W0).mode_strengths(t)
        first = [(strengths[:, k] > everything.eigvals[k] / 2).argmax() or 999 for k in (2, 3)]
        lost += first[1] < first[0]
    assert abs(lost / n - timetable.last_mode_risk) < 4 * math.sqrt(0.25 / n)
    assert forecast(stats, 2).last_mode_risk < 1e-3  # a wide gap: nothing can come between


def test_the_forecast_is_exact_for_an_aligned_start(timetable, wikipedia):
    lam, U = np.linalg.eigh(m_star(wikipedia))
    flow = ExactFlow(lam[::-1], U[:, ::-1], timetable.eigvecs * np.sqrt(timetable.start))
    t = np.linspace(0, 1.2 * timetable.times[-1], 40).reshape(8, 5)
    np.testing.assert_allclose(timetable.loss(t), flow.loss(t), rtol=1e-9)
    np.testing.assert_allclose(timetable.loss(t, excess=True), flow.excess_loss(t), atol=1e-6)
    np.testing.assert_allclose(
        timetable.strengths(t), flow.mode_strengths(t)[..., :6], rtol=1e-6, atol=1e-11
    )
    half = np.array([timetable.strengths(tau)[k] for k, tau in enumerate(timetable.times)])
    np.testing.assert_allclose(half, timetable.eigvals / 2, rtol=1e-9)


def test_the_loss_is_complete(timetable, wikipedia):
    M = m_star(wikipedia)
    assert timetable.loss(0.0) == pytest.approx(np.sum(M**2) / 8, rel=1e-9)
    W = timetable.eigvecs * np.sqrt(timetable.eigvals)
    assert timetable.loss(100.0) == pytest.approx(np.sum((M - W @ W.T) ** 2) / 8, rel=1e-9)
    assert timetable.loss(100.0, excess=True) == pytest.approx(0, abs=1e-9)
    drop = timetable.loss(0.0) - timetable.loss(100.0)
    np.testing.assert_allclose(timetable.gain * drop, timetable.eigvals**2 / 8, rtol=1e-6)


@pytest.mark.parametrize("part", [0.05, 0.5])
def test_steps_of_gradient_descent(part):
    stats, _ = planted(PLANTED["far apart"])
    timetable, M = forecast(stats, 3, sigma=1e-8), m_star(stats)
    rate = part * timetable.largest_learning_rate
    W = timetable.eigvecs * np.sqrt(timetable.start)
    crossed = np.full(3, np.nan)
    before = np.zeros(3)
    for step in range(1, 100_000):
        W = W + rate / 2 * (M @ W - W @ (W.T @ W))
        share = np.sum((timetable.eigvecs.T @ W) ** 2, axis=1) / timetable.eigvals
        for k in np.flatnonzero((share >= 0.5) & np.isnan(crossed)):
            crossed[k] = step - (share[k] - 0.5) / (share[k] - before[k])
        before = share
        if not np.isnan(crossed).any():
            break
    np.testing.assert_allclose(timetable.steps(rate), crossed, rtol=0.02)
    # Without the correction for finite steps the first mode comes out too early.
    assert np.all(timetable.times / rate < timetable.steps(rate))


def test_gradient_descent_diverges_beyond_the_largest_rate():
    stats, _ = planted(PLANTED["closer"])
    timetable, M = forecast(stats, 3), m_star(stats)
    for factor, stays in ((0.97, True), (1.1, False)):
        W = timetable.eigvecs * np.sqrt(timetable.eigvals)
        W = W + 1e-6 * np.cos(np.arange(96)).reshape(32, 3)
        for _ in range(2000):
            W = W + factor * timetable.largest_learning_rate / 2 * (M @ W - W @ (W.T @ W))
            if not np.isfinite(W).all():
                break
        near = np.isfinite(W).all() and np.allclose(
            W @ W.T, timetable.eigvecs * timetable.eigvals @ timetable.eigvecs.T, atol=1e-3
        )
        assert near == stays


def test_smaller_starts_are_learned_later(wikipedia, timetable):
    later = forecast(wikipedia, 6, sigma=1e-9)
    assert np.all(later.times > timetable.times)
    gap = np.log(1e6) / timetable.eigvals  # sigma^2 is a million times smaller
    np.testing.assert_allclose(later.times - timetable.times, gap, rtol=1e-6)


def test_single_precision_is_enough():
    stats = load_statistics(1200)  # above the size that is done in double precision
    timetable, M = forecast(stats, 8), m_star(stats)
    exact = np.linalg.eigvalsh(M)[::-1]
    np.testing.assert_allclose(timetable.eigvals, exact[:8], rtol=1e-4)
    assert timetable.squared_norm == pytest.approx(np.sum(exact**2), rel=1e-5)
    expected = min(2 / exact[0], 4 / (exact[0] - exact[-1]))
    assert timetable.largest_learning_rate == pytest.approx(expected, rel=1e-4)


def test_words_at_both_ends(timetable, wikipedia):
    for column, (high, low) in zip(timetable.eigvecs.T, timetable.words, strict=True):
        order = np.argsort(column)
        assert high == tuple(wikipedia.words[i] for i in order[:-4:-1])
        assert low == tuple(wikipedia.words[i] for i in order[:3])


def test_ends_never_overlap():
    timetable = forecast(planted(PLANTED["closer"])[0], 1, n_words=1000)
    high, low = timetable.words[0]
    assert len(high) == len(low) == WORDS // 2
    assert not set(high) & set(low)


def test_a_forecast_cannot_be_changed(timetable):
    with pytest.raises(ValueError, match="read-only"):
        timetable.times[0] = 1.0
    with pytest.raises(AttributeError):
        timetable.sigma = 1.0


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0, -1e-6, math.nan, math.inf, "small", None, np.ones(2)])
def test_bad_sigma(wikipedia, sigma):
    with pytest.raises(W2VError, match=r"sigma=.*choose a finite number above 0, such as 1e-6"):
        forecast(wikipedia, 3, sigma=sigma)


def test_sigma_too_large_or_too_small(wikipedia):
    for large in (1e200, 10.0):
        with pytest.raises(W2VError, match=r"above half of its eigenvalue.*limit is") as error:
            forecast(wikipedia, 3, sigma=large)
    limit = float(re.search(r"limit is ([\d.e+-]+)\)", str(error.value)).group(1))
    forecast(wikipedia, 3, sigma=0.98 * limit)
    for small in (1e-200, 3e-162, 0.9e-150):
        with pytest.raises(W2VError, match="sigma >= 1e-150"):
            forecast(wikipedia, 3, sigma=small)
    smallest = forecast(wikipedia, 3, sigma=1e-150)
    assert np.isfinite([smallest.times_low, smallest.times_high]).all()
    assert 0 <= smallest.last_mode_risk <= 1


@pytest.mark.parametrize("name", ["d", "n_words"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3"])
def test_bad_whole_numbers(wikipedia, name, value):
    with pytest.raises(W2VError, match=f"{name}=.*choose a whole number"):
        forecast(wikipedia, **{"d": 3, name: value})


@pytest.mark.parametrize("d", [31, 32, 33, 5000])
def test_more_dimensions_than_positive_eigenvalues(d):
    stats, eigvals = planted(PLANTED["far apart"])
    n = sum(value > 1e-5 for value in eigvals.values())
    with pytest.raises(W2VError, match=f"d={d} exceeds the {n} positive eigenvalues"):
        forecast(stats, d)
    assert len(forecast(stats, n)) == n
    with pytest.raises(W2VError, match=f"choose d <= {n}"):
        forecast(stats, n + 1)


def test_nothing_to_learn():
    counts = np.array([[0, 9], [9, 0]])  # the words only meet each other
    stats = CorpusStatistics(("a", "b"), np.array([9, 9]), counts, 1)
    M = m_star(stats)
    assert np.linalg.eigvalsh(M)[-1] < 0
    with pytest.raises(W2VError, match="has no positive eigenvalue"):
        forecast(stats, 1)


@pytest.mark.parametrize("rate", [0, -0.1, "largest", math.nan, "x", None, True, np.ones(2)])
def test_bad_learning_rates(timetable, rate):
    edge = timetable.largest_learning_rate
    with pytest.raises(W2VError, match=f"learning_rate=.* above 0 and below {edge:.4g}"):
        timetable.steps(edge if isinstance(rate, str) and rate == "largest" else rate)


@pytest.mark.parametrize("stats", ["a text", None, np.eye(3)])
def test_what_is_no_statistics_is_refused(stats):
    with pytest.raises(W2VError, match=r"(?s)stats is .*; pass CorpusStatistics, such as"):
        forecast(stats, 3)


def test_what_is_no_axes_is_refused(timetable):
    import matplotlib.pyplot as plt

    figure, both = plt.subplots(1, 2)
    for ax in ("x", figure, both):
        with pytest.raises(W2VError, match=r"ax is .*; pass Axes, such as"):
            timetable.plot(ax)
    plt.close("all")


# --- what one sees --------------------------------------------------------------------------------


def test_the_printed_table(timetable):
    lines = repr(timetable).splitlines()
    assert "d=6" in lines[0]
    assert "V=300" in lines[0]
    for k in range(6):
        number, eigenvalue, gain, time, low, to, high = lines[2 + k].split()[:7]
        assert (int(number), to) == (k + 1, "to")
        assert float(eigenvalue) == pytest.approx(timetable.eigvals[k], abs=0.006)
        assert float(gain) == pytest.approx(100 * timetable.gain[k], abs=0.06)
        shown = [float(low), float(time), float(high)]
        expected = [timetable.times_low[k], timetable.times[k], timetable.times_high[k]]
        np.testing.assert_allclose(shown, expected, rtol=0.01)
        assert " | ".join(", ".join(end) for end in timetable.words[k]) in lines[2 + k]
    assert "learning rate x steps" in repr(timetable)


def test_a_long_table_is_cut(wikipedia):
    timetable = forecast(wikipedia, 60)
    assert "... and 35 more" in repr(timetable)
    assert len(repr(timetable).splitlines()) < 32


def test_the_plot_is_the_loss(timetable):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert timetable.plot(ax) is ax
    t, loss = ax.lines[0].get_data()
    np.testing.assert_allclose(loss, timetable.loss(t))
    assert ax.lines[0].get_linestyle() != "-"  # theory is dotted
    texts = [text.get_text() for text in ax.texts]
    assert f"1  {timetable.words[0][0][0]} … {timetable.words[0][1][0]}" in texts
    assert timetable.plot() is not ax
    plt.close("all")


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</svg></table><iframe src=//evil.example>",
    "</style><link rel=stylesheet href=https://evil.example/a.css>",
    "&lt;script&gt;",
    "{braces}%s\\",
    "\x1b[31mred\x00",
    "\u202eright-to-left",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u8a9e\u8a00" * 30,
    "averylongwordwithoutanybreak" * 8,
    "$x_1$ \\frac",
)


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def hostile():
    words = [*HOSTILE, *(f"w{i}" for i in range(WORDS - len(HOSTILE)))]
    stats, _ = planted(PLANTED["two equal"], words)
    object.__setattr__(stats, "source", "<script>source()</script> https://evil.example")
    return forecast(stats, 4, n_words=WORDS)


def test_hostile_words_are_only_text(hostile, tmp_path):
    hostile.save_html(tmp_path / "page.html")
    content = (tmp_path / "page.html").read_text("utf-8")
    page = Page(content)
    assert page.open == []
    known = (
        "html head meta link title style body main h1 h2 p span br b figure svg line polyline text"
    )
    known += " circle figcaption table caption thead tbody tr th td div bdi ul li code sub sup"
    assert page.tags <= set(known.split())
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "style", "srcset", "xlink:href", "action"):
            assert value == "data:,"
    text = "".join(page.text)
    for word in HOSTILE:
        visible = "".join(c if c.isprintable() else "\ufffd" for c in word)
        assert visible in text
    assert "<script>source()</script>" in text
    assert not re.search(r"url\(|@import|javascript:", content)


def test_hostile_words_do_not_steer_the_terminal(hostile):
    shown = repr(hostile)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "<script>alert(1)</script>" in shown
    assert "<script>" not in hostile._repr_html_()


def test_the_page_holds_the_numbers(timetable, tmp_path):
    timetable.save_html(tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text("utf-8"))
    text = " ".join("".join(page.text).split())
    assert "script" not in page.tags
    assert not any(
        "http" in (value or "") for name, value in page.attributes if name != "http-equiv"
    )
    for k in range(6):
        for word in timetable.words[k][0] + timetable.words[k][1]:
            assert word in text
        assert f"{timetable.eigvals[k]:.4g}" in text
    assert f"{timetable.steps(0.1 * timetable.largest_learning_rate)[0]:,.0f} steps" in text
    assert f"{100 * timetable.last_mode_risk:.0f} %" in text
    assert dict(page.attributes)["lang"] == "en"
    for wanted in ("prefers-color-scheme: dark", "width=device-width"):
        assert wanted in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_in_a_browser(hostile, tmp_path, browser, width, scheme):
    hostile.save_html(tmp_path / "page.html")
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    requests, faults = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto((tmp_path / "page.html").as_uri())
    assert requests == [(tmp_path / "page.html").as_uri()]
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg:visible").count() == 2
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text, td, p')].filter(e => e.getClientRects().length)"
        ".map(e => e.tagName == 'text' ? e.getBoundingClientRect().height"
        " : parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12
    assert accessibility.faults(page) == []
    page.close()


def test_unwritable_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    (tmp_path / "text.txt").write_text("too short, but that would show only in the counting")
    arguments = ["forecast", str(tmp_path / "text.txt"), "--out", str(tmp_path / "page.html")]
    assert main(arguments) == 2
    assert "you may not write to it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


@pytest.mark.parametrize("error", [(13, "Permission denied"), (28, "No space left on device")])
def test_never_a_partial_file(timetable, tmp_path, monkeypatch, error):
    (tmp_path / "page.html").write_text("old")
    with pytest.raises(W2VError, match=r"cannot write .*none.*choose a folder that exists"):
        timetable.save_html(tmp_path / "none" / "page.html")

    def refused(*_):
        raise OSError(*error)

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(W2VError, match=f"cannot write .*{error[1]}"):
        timetable.save_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


# --- the command line -----------------------------------------------------------------------------


TOPICS = (
    ["crown", "king", "queen", "throne", "duke", "castle", "sword", "knight"],
    ["bread", "rice", "flour", "oven", "salt", "butter", "spoon", "kitchen"],
)
SHARED = ["the", "of", "and", "with", "from"]


def write_text(path, n_lines=400, seed=0):
    """Write articles of one of two topics each, with some words that both share."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(n_lines):
        words = rng.choice(TOPICS[rng.integers(2)], 12).tolist() + rng.choice(SHARED, 8).tolist()
        rng.shuffle(words)
        lines.append(" ".join(words))
    path.write_text("\n".join(lines), encoding="utf-8")


def run(*arguments, cwd, **environment):
    here = Path(w2vlib.__file__).resolve().parent.parent
    return subprocess.run(
        [sys.executable, "-m", "w2vlib", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(here), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line_end_to_end(tmp_path):
    write_text(tmp_path / "mytext.txt")
    with open(tmp_path / "mytext.txt", "a") as file:
        file.write("\n\n \n")  # lines without words are no articles
    done = run("forecast", "mytext.txt", "-d", "2", "--window", "8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "8,000 words in 400 articles; 21 different ones occur 20 times or more" in done.stdout
    assert "vocabulary of 21" in done.stdout
    table = next(line for line in done.stdout.splitlines() if line.startswith("  1 "))
    ends = [set(end.split(", ")) for end in table.split("  ")[-1].split(" | ")]
    assert all(any(end <= set(topic) for topic in TOPICS) for end in ends)  # court, kitchen
    assert not ends[0] & ends[1]
    assert "mytext.forecast.html" in done.stdout
    page = (tmp_path / "mytext.forecast.html").read_text("utf-8")
    assert all(f"<bdi>{word}</bdi>" in page for end in ends for word in end)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mytext.forecast.html",
        "mytext.txt",
    ]
    stats = w2vlib.count_cooccurrences(tmp_path / "mytext.txt", vocab_size=21, window=8)
    first = forecast(stats, 2).eigvals[0]
    assert f"{first:.2f}" in table


def test_command_line_on_an_old_terminal(tmp_path):
    text = " ".join(["\u05e9\u05dc\u05d5\u05dd caf\u00e9 tea cup pot"] * 40)
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    arguments = ("forecast", "t.txt", "-d", "1", "--window", "1")
    done = run(*arguments, cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "caf\\xe9" in done.stdout
    assert "caf\u00e9" in (tmp_path / "t.forecast.html").read_text("utf-8")


def test_command_line_with_statistics_and_options(tmp_path, capsys, monkeypatch, wikipedia):
    monkeypatch.chdir(tmp_path)
    wikipedia.save("some.npz")
    assert main(["forecast", "some.npz", "--vocab-size", "200", "-d", "3", "--out", "a.html"]) == 0
    assert repr(forecast(wikipedia.truncate(200), 3)) in capsys.readouterr().out
    assert Path("a.html").is_file()
    assert main(["forecast", "--vocab-size", "250", "-d", "4", "--sigma", "1e-9"]) == 0
    assert repr(forecast(load_statistics(250), 4, sigma=1e-9)) in capsys.readouterr().out
    assert Path("wikipedia.forecast.html").is_file()


def test_command_line_for_a_book_in_short_lines(tmp_path, capsys):
    write_text(tmp_path / "a.txt")
    words = (tmp_path / "a.txt").read_text().split()
    book = "\n".join(" ".join(words[i : i + 6]) for i in range(0, len(words), 6))
    (tmp_path / "book.txt").write_text(book)
    name = str(tmp_path / "book.txt")
    assert main(["forecast", name, "-d", "1"]) == 0
    shown = capsys.readouterr().out
    assert "a line holds 6 words on average" in shown
    assert main(["forecast", name, "-d", "1", "--whole"]) == 0
    shown = capsys.readouterr().out
    assert "in 1 article;" in shown
    assert "--whole" not in shown
    whole = w2vlib.count_cooccurrences([book], vocab_size=21)
    assert repr(forecast(whole, 1)).splitlines()[2] in shown


def test_a_large_vocabulary_is_limited(tmp_path, capsys, monkeypatch):
    import w2vlib.__main__ as command_line

    monkeypatch.setattr(command_line, "_MAX_CHOSEN", 15)
    write_text(tmp_path / "a.txt")
    assert main(["forecast", str(tmp_path / "a.txt"), "-d", "1"]) == 0
    shown = capsys.readouterr().out
    assert "21 different ones occur 20 times or more: vocabulary of 15" in shown
    assert "V=15," in shown


def bad_commands(tmp_path):
    write_text(tmp_path / "good.txt")
    (tmp_path / "short.txt").write_text("far too short a text")
    (tmp_path / "binary.txt").write_bytes(b"a\0b")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 " * 50)
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "bad.npz").write_text("no statistics")
    return {
        "missing": (["none.txt"], "does not exist"),
        "folder": (["."], "is a folder"),
        "short": (["short.txt"], "too short: of its 5 different words 0 occur 20 times"),
        "empty": (["empty.txt"], "the text has no words"),
        "binary": (["binary.txt"], "zero byte"),
        "latin": (["latin.txt"], "not UTF-8"),
        "latin whole": (["latin.txt", "--whole"], "not UTF-8"),
        "npz": (["bad.npz"], "not a readable statistics file"),
        "npz window": (["bad.npz", "--window", "5"], "--window belongs to the counting"),
        "bundled whole": (["--whole"], "--whole belongs to the counting"),
        "d": (["good.txt", "-d", "20"], "exceeds the"),
        "d zero": (["good.txt", "-d", "0"], "d=0"),
        "sigma": (["good.txt", "-d", "1", "--sigma", "0"], "sigma=0"),
        "sigma nan": (["good.txt", "-d", "1", "--sigma", "nan"], "sigma=nan"),
        "window": (["good.txt", "--window", "0"], "window=0"),
        "vocabulary": (["good.txt", "--vocab-size", "999"], "exceeds the 21 distinct words"),
        "out folder": (["good.txt", "-d", "1", "--out", "no/such/page.html"], "it does not exist"),
        "out is a folder": (["good.txt", "-d", "1", "--out", "."], "is a folder"),
        "out is the text": (["good.txt", "-d", "1", "--out", "good.txt"], "is the text itself"),
    }


def test_command_line_errors_say_the_remedy_and_leave_no_file(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands = bad_commands(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name, (arguments, message) in commands.items():
        assert main(["forecast", *arguments]) == 2, name
        shown = capsys.readouterr().err
        assert message in shown, f"{name}: {shown}"
        assert shown.startswith("error: ")
        assert "Traceback" not in shown
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before, name


def test_an_error_ends_the_process_without_a_traceback(tmp_path):
    done = run("forecast", "none.txt", cwd=tmp_path)
    assert done.returncode == 2
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_forecast_waits_for_no_slow_import():
    code = (
        "import sys; from w2vlib import forecast; from w2vlib import load_statistics;"
        "timetable = forecast(load_statistics(100), 2);"
        "assert not {'torch', 'matplotlib', 'jinja2', 'scipy.stats'} & set(sys.modules);"
        "assert len(timetable._repr_html_()) > 500;"
        "assert not {'torch', 'matplotlib'} & set(sys.modules)"
    )
    here = Path(w2vlib.__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": str(here)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_a_forecast_is(timetable):
    assert isinstance(timetable, Forecast)
    assert timetable.eigvals.shape == timetable.times.shape == timetable.gain.shape == (6,)
    assert timetable.eigvecs.shape == (300, 6)
    assert timetable.gain.sum() == pytest.approx(1)
    assert np.all(timetable.times_low < timetable.times)
    assert np.all(timetable.times < timetable.times_high)
