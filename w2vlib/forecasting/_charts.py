"""The two charts of a forecast's page, each drawn for a desk and for a phone."""

from collections.abc import Callable

from markupsafe import Markup

from ._svg import FONT, Chart, text_width
from ._table import mode_name, time_grid
from ._timetable import Timetable

ROWS_DRAWN = 25  # modes in the chart of times
_TIME = "time (learning rate × steps)"


def for_desk_and_phone(
    draw: Callable[[Timetable, str, int], Markup], forecast: Timetable
) -> Markup:
    """Return a chart twice, by its class in page.css and its width in pixels."""
    return draw(forecast, "wide", 720) + "\n" + draw(forecast, "narrow", 328)


def staircase(forecast: Timetable, kind: str, width: int) -> Markup:
    """Return the loss against time, the first steps named by the words at their ends."""
    narrow = kind == "narrow"
    t, size = time_grid(forecast), (width, 300 if narrow else 380)
    chart = Chart(size, left=44, top=28, x_end=float(t[-1]), y_ends=(0, 100))
    chart.text(0, 8, "loss still to fall (%)")
    chart.x_axis(_TIME, 4 if narrow else 7)
    chart.y_axis([(percent, str(percent)) for percent in (0, 50, 100)], grid=True)
    scale = 100 / float(forecast.loss(0.0, excess=True))
    chart.line("theory", *map(chart.at, t, scale * forecast.loss(t, excess=True)))
    named = []
    for i in range(min(4 if narrow else 6, len(forecast))):
        text = mode_name(forecast, i, 9 if narrow else 16)
        time = float(forecast.times[i])
        x, y = chart.at(time, scale * float(forecast.loss(time, excess=True)))
        if x + 22 + text_width(text) > chart.right:
            break
        named.append((x, y, text))
    height = chart.height
    for x, y, text in reversed(named):  # from below: names may only move up, off the curve
        height = min(y - 8, height - 1.35 * FONT)
        chart.line("leader", (x + 5, y - 1), (x + 19, height))
        chart.text(x + 22, height, text)
    return chart.svg(
        kind,
        f"Falling staircase of the loss against time: {len(forecast)} steps between time "
        f"{forecast.times.min():.3g} and {forecast.times.max():.3g}.",
    )


def times(forecast: Timetable, kind: str, width: int) -> Markup:
    """Return a row for each mode: its time, and the range of 90 % of random starts."""
    narrow = kind == "narrow"
    n = min(len(forecast), ROWS_DRAWN)
    names = [mode_name(forecast, i, 8 if narrow else 14) for i in range(n)]
    left = 8 + min(max(map(text_width, names)), 0.6 * width)
    end = 1.04 * float(forecast.times_high[:n].max())
    chart = Chart((width, 22 * n + 58), left=left, top=8, x_end=end, y_ends=(n, 0))
    chart.x_axis(_TIME, 3 if narrow else 5)
    chart.y_axis([(i + 0.5, name) for i, name in enumerate(names)], grid=False)
    spans = (forecast.times_low, forecast.times, forecast.times_high)
    for i in range(n):
        low, middle, high = (chart.at(float(span[i]), i + 0.5) for span in spans)
        chart.line("span", low, high)
        chart.dot(*middle)
    label = f"Learning times of {n} modes with the range of 90 % of starts, as in the table."
    return chart.svg(kind, label)
