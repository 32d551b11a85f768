"""A forecast as one HTML page: figures in SVG, a table, and what it all assumes."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ._table import decimals, printable, time_grid

if TYPE_CHECKING:
    from ._model import Forecast

_ROWS = 25  # of the figure of times
_SIZES = (("wide", 720), ("narrow", 328))  # pixels; CSS shows the one that fits
_FONT = 14

_STYLE = """
:root { color-scheme: light dark; --paper: #fdfcf9; --ink: #24242e; --grey: #63636d;
  --line: #dddcd8; --blue: #1146d8; --box: #f3f1ea; }
@media (prefers-color-scheme: dark) { :root { --paper: #17181d; --ink: #e8e6e1; --grey: #a9a9b3;
  --line: #3a3b44; --blue: #93b1ff; --box: #202128; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.55;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.5rem 0 0.75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.5rem 0 0.5rem; }
sub, sup { line-height: 0; }
.one { white-space: nowrap; }
p, ul { margin: 0.6rem 0; } li { margin: 0.35rem 0; } ul { padding-left: 1.2rem; }
.lead { font-size: 1.08rem; } .small, figcaption, caption { font-size: 0.9rem; }
figcaption, caption, .quiet { color: var(--grey); }
figcaption { margin-top: 0.4rem; }
figure { margin: 1.25rem 0; } code { font-size: 0.92em; overflow-wrap: anywhere; }
.formula { margin: 0.8rem 0; padding: 0.6rem 0.8rem; background: var(--box); border-radius: 4px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg.wide { max-width: 720px; } svg.narrow { display: none; max-width: 400px; }
@media (max-width: 640px) { svg.wide { display: none; } svg.narrow { display: block; } }
svg text { fill: var(--ink); font: 14px system-ui, -apple-system, "Segoe UI", Roboto,
  "DejaVu Sans", sans-serif; }
svg .quiet { fill: var(--grey); } svg .num { font-variant-numeric: tabular-nums; }
.axis { stroke: var(--grey); fill: none; } .grid { stroke: var(--line); fill: none; }
.theory { stroke: var(--blue); stroke-width: 3.4; stroke-dasharray: 0 6.4; stroke-linecap: round;
  stroke-linejoin: round; fill: none; }
.span { stroke: var(--blue); stroke-width: 3; opacity: 0.45; stroke-linecap: round; }
.dot { fill: var(--blue); } .leader { stroke: var(--grey); stroke-width: 0.8; fill: none; }
table.w2v-forecast { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
.w2v-forecast caption { text-align: left; padding: 0 0 0.5rem; }
.w2v-forecast th, .w2v-forecast td { text-align: left; vertical-align: top;
  padding: 0.4rem 0.9rem 0.4rem 0; border-bottom: 1px solid var(--line, #8888); }
.w2v-forecast thead th { border-bottom: 2px solid var(--grey, #888); }
.w2v-forecast .n { white-space: nowrap; font-variant-numeric: tabular-nums; }
.w2v-forecast td.words { padding-right: 0; overflow-wrap: anywhere; width: 60%; }
.w2v-forecast .end { display: block; padding-left: 1.1em; text-indent: -1.1em; }
.w2v-forecast .sub { display: block; font-size: 0.85em; color: var(--grey, inherit); }
@media (max-width: 640px) { table.w2v-forecast { font-size: 0.86rem; }
  .w2v-forecast th, .w2v-forecast td { padding-right: 0.6rem; }
  .w2v-forecast td.words { width: 48%; } }
"""


def page(forecast: Forecast) -> str:
    """Return the whole page."""
    source = _text(forecast.source) or "a text"
    d, V = len(forecast), len(forecast.eigvecs)
    rate = 0.1 * forecast.largest_rate
    steps = forecast.steps(rate)
    first, second = (", ".join(map(_word, end[:3])) for end in forecast.words[0])
    last = f", and mode {d} after {steps[-1]:,.0f}" if d > 1 else ""
    uncertain = ""
    if forecast.last_lost >= 0.05:
        uncertain = (
            f"<li><b>The last modes are the least certain.</b> They compete with directions beyond "
            f"number {d}, for which there is no room. In about {100 * forecast.last_lost:.0f} % of "
            f"starts one of those takes the last place, and mode {d} comes much later.</li>"
        )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Forecast: {source}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>What word2vec will learn, and when</h1>
<p class="lead">A forecast from counts alone. Nothing was trained.</p>
<p><span class="quiet">Text:</span> {source}<br>
<span class="quiet">Counted:</span> {forecast.n_tokens:,} words of running text, the {V:,} most
frequent different ones, windows of {forecast.window} words to either side;
{100 * forecast.unseen:.1f} % of the pairs of words never met<br>
<span class="quiet">Model:</span> {d} dimension{"s" * (d > 1)}, every entry of W(0) drawn with
standard deviation {_power(forecast.sigma)}</p>
<p>Training starts with all word vectors near zero. It learns one direction of meaning, a mode, at a
time, in the order below. The first has words such as <b>{first}</b> at one end and
<b>{second}</b> at the other.</p>

<h2>The loss falls in steps</h2>
<figure>
{_figure(forecast, _staircase)}
<figcaption>Forecast of the training loss, in per cent of the whole drop. Each step is one mode that
is learned; the first ones are named by the words at their two ends.</figcaption>
</figure>

<h2>When each mode is learned</h2>
<figure>
{_figure(forecast, _times)}
<figcaption>Dot: the forecast time, half of all random starts are earlier. Bar: 90 % of random
starts.{f" The first {_ROWS} of {d} modes." if d > _ROWS else ""} Where bars overlap,
the order may change from start to start.</figcaption>
</figure>

<h2>The modes</h2>
{table(forecast)}

<h2>From time to steps</h2>
<p>Time is learning rate × number of steps of gradient descent on the whole loss. A step of size η
multiplies a mode that is still small by 1 + ηλ/2, so mode k takes</p>
<p class="formula">ln(λ<sub>k</sub> / s<sub>k</sub>²(0)) / (2 ln(1 + ηλ<sub>k</sub>/2)) steps.</p>
<p>With η = {rate:.3g}, a tenth of the rate at which gradient descent begins to diverge, mode 1 is
half learned after about {steps[0]:,.0f} steps{last}. In Python:
<code>forecast.steps(learning_rate)</code>.</p>

<h2>What is forecast, and what it assumes</h2>
<ul>
<li><b>The target.</b> Counts give the matrix M* with entries 2(P<sub>ij</sub> −
P<sub>i</sub>P<sub>j</sub>) / (P<sub>ij</sub> + P<sub>i</sub>P<sub>j</sub>). Mode k is its k-th
eigenvector. Its eigenvalue λ<sub>k</sub> says how much the mode lowers the loss
(λ<sub>k</sub>²/8), and how fast it grows.</li>
<li><b>The loss</b> is ‖M* − WWᵀ‖² / 8: word2vec's, to second order, with constant weights and one
matrix W for words and contexts. word2vec with its own weights and step sizes learns much the same
directions in nearly the same order, in smoother steps and at other times.</li>
<li><b>The law.</b> Each mode grows on a logistic curve and is half learned at
<span class="one">τ<sub>k</sub> = ln(λ<sub>k</sub> / s<sub>k</sub>²(0)) / λ<sub>k</sub></span>.</li>
<li><b>The start</b> is random and small. Of mode k, d − k + 1 dimensions are still free, so
s<sub>k</sub>²(0) is σ² times a chi-square number with that many degrees of freedom; the forecast
takes its median. The bars take its 5 % and 95 % points. They hold the luck of the start only,
neither chance in the text nor the noise of sampled training.</li>
<li><b>One mode at a time.</b> Modes with nearly equal eigenvalues grow together and disturb each
other, and then fewer than 90 % of the starts fall within the bars.</li>
{uncertain}
<li><b>Signs are free.</b> A mode and its mirror image are the same; which end is called + is a
convention. A mode is a contrast of two groups of words, and need not have a simple name.</li>
</ul>
<p class="small quiet">Theory: D. Karkada, J. B. Simon, Y. Bahri, M. R. DeWeese, “Closed-form
training dynamics reveal learned features and linear structure in word2vec-like models”,
arXiv 2502.09863 (2025). Made by w2vlib.</p>
</main>
</body>
</html>
"""


def table(forecast: Forecast) -> str:
    """Return the table of modes, for the page and for notebooks."""
    digits = decimals(forecast.times[0])
    rows = []
    for i in range(len(forecast)):
        ends = "".join(
            f'<span class="end">{sign} {", ".join(map(_word, words))}</span>'
            for sign, words in zip("+−", forecast.words[i], strict=True)
        )
        rows.append(
            f'<tr><th scope="row" class="n">{forecast.k[i]}</th>'
            f'<td class="n">{forecast.times[i]:.{digits}f}<span class="sub">'
            f"{forecast.times_low[i]:.{digits}f}–{forecast.times_high[i]:.{digits}f}</span></td>"
            f'<td class="n">{forecast.eigvals[i]:.4g}'
            f'<span class="sub">{100 * forecast.gain[i]:.1f} %</span></td>'
            f'<td class="words">{ends}</td></tr>'
        )
    return (
        '<table class="w2v-forecast"><caption>Modes in the order in which they are learned. Under '
        "each time, the range of 90 % of random starts; under each eigenvalue, the mode's "
        "share of the drop of the loss.</caption>"
        '<thead><tr><th scope="col">k</th><th scope="col">time</th><th scope="col">λ</th>'
        '<th scope="col">words at both ends</th></tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table>"
    )


def _text(text: str) -> str:
    return escape(printable(text))


def _word(word: str) -> str:
    """Isolated, so that a word written from right to left keeps the rest of the line in order."""
    return f"<bdi>{_text(word)}</bdi>"


def _power(number: float) -> str:
    mantissa, exponent = f"{number:.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    if -3 < int(exponent) < 3:
        return f"{number:g}"
    sign = "−" if int(exponent) < 0 else ""
    power = f"10<sup>{sign}{abs(int(exponent))}</sup>"
    return power if mantissa == "1" else f"{mantissa} × {power}"


# Figures. Coordinates are pixels; letters keep their size because each width has its own drawing.


def _figure(forecast: Forecast, draw: object) -> str:
    return "\n".join(draw(forecast, name, width) for name, width in _SIZES)  # type: ignore[operator]


def _svg(name: str, width: float, height: float, label: str, body: Sequence[str]) -> str:
    inside = "\n".join(body)
    return (
        f'<svg class="{name}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{label}">\n{inside}\n</svg>'
    )


def _label(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{text}</text>'


def _line(kind: str, *points: tuple[float, float]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _width(text: str) -> float:
    """Width of a text in pixels, from above."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return 0.61 * _FONT * (len(text) - wide) + 1.05 * _FONT * wide


def _short(word: str, most: int) -> str:
    word = printable(word)
    return word if len(word) <= most else word[: most - 1] + "…"


def _ticks(end: float, most: int) -> list[tuple[float, str]]:
    """Round numbers from 0 up to ``end``, at most ``most`` of them beside the 0."""
    rough = end / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(n * step, f"{n * step:.{digits}f}") for n in range(int(end / step + 1e-9) + 1)]


def _time_axis(x0: float, x1: float, y: float, end: float, top: float, most: int) -> list[str]:
    body = []
    for value, text in _ticks(end, most):
        x = x0 + (x1 - x0) * value / end
        body.append(_line("grid", (x, top), (x, y)))
        body.append(_label(x, y + 18, text, anchor="middle", kind="num"))
    body.append(_line("axis", (x0, y), (x1, y)))
    title = "time (learning rate × steps)"
    body.append(_label(min((x0 + x1 + _width(title)) / 2, x1), y + 38, title, anchor="end"))
    return body


def _staircase(forecast: Forecast, name: str, width: int) -> str:
    narrow = name == "narrow"
    height, x0, x1, top = (300, 40, width - 8, 26) if narrow else (380, 46, width - 10, 28)
    bottom = height - 46
    t = time_grid(forecast)
    end = float(t[-1])
    full = float(forecast.loss(0.0, excess=True))
    left = 100 * np.asarray(forecast.loss(t, excess=True)) / full

    def at(time: float, percent: float) -> tuple[float, float]:
        return x0 + (x1 - x0) * time / end, bottom - (bottom - top) * percent / 100

    body = _time_axis(x0, x1, bottom, end, top, 4 if narrow else 7)
    body.append(_label(0, 12, "loss still to fall (%)"))
    for percent in (0, 50, 100):
        y = at(0, percent)[1]
        body.append(_line("grid", (x0, y), (x1, y)))
        body.append(_label(x0 - 6, y + 5, str(percent), anchor="end", kind="num"))
    body.append(_line("theory", *(at(*point) for point in zip(t, left, strict=True))))
    most = 9 if narrow else 16
    named = []
    for i in range(min(4 if narrow else 6, len(forecast))):
        text = f"{forecast.k[i]}  " + " … ".join(_short(end[0], most) for end in forecast.words[i])
        half = 100 * float(forecast.loss(forecast.times[i], excess=True)) / full
        point = at(float(forecast.times[i]), half)
        if point[0] + 22 + _width(text) > x1:
            break
        named.append((point, text))
    y = float(height)
    for point, text in reversed(named):  # from below: names may only move up, off the curve
        y = min(point[1] - 8, y - 1.35 * _FONT)
        body.append(_line("leader", (point[0] + 5, point[1] - 1), (point[0] + 19, y)))
        body.append(_label(point[0] + 22, y + 5, escape(text)))
    label = (
        f"Falling staircase of the loss against time: {len(forecast)} steps between time "
        f"{forecast.times.min():.3g} and {forecast.times.max():.3g}."
    )
    return _svg(name, width, height, label, body)


def _times(forecast: Forecast, name: str, width: int) -> str:
    narrow = name == "narrow"
    n = min(len(forecast), _ROWS)
    most = 8 if narrow else 14
    texts = [" … ".join(_short(end[0], most) for end in forecast.words[i]) for i in range(n)]
    x0 = 26 + min(max(map(_width, texts)), 0.55 * width)
    x1, row, top = width - 12, 22, 8
    bottom = top + row * n + 4
    end = 1.04 * float(forecast.times_high[:n].max())
    body = _time_axis(x0, x1, bottom, end, top, 3 if narrow else 5)
    for i, text in enumerate(texts):
        y = top + row * (i + 0.5)

        def at(time: float) -> float:
            return x0 + (x1 - x0) * float(time) / end

        low, mid, high = (
            at(values[i]) for values in (forecast.times_low, forecast.times, forecast.times_high)
        )
        body.append(_label(18, y + 5, str(forecast.k[i]), anchor="end", kind="quiet num"))
        body.append(_label(26, y + 5, escape(text)))
        body.append(_line("span", (low, y), (high, y)))
        body.append(f'<circle class="dot" cx="{mid:.1f}" cy="{y:.1f}" r="4"/>')
    label = (
        f"Learning times of {n} modes with their 90 percent ranges; the table holds the numbers."
    )
    return _svg(name, width, bottom + 46, label, body)
