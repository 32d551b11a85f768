"""A forecast as one HTML page, from the templates and the style sheet in this folder."""

from collections.abc import Iterable
from functools import cache

import jinja2
from markupsafe import Markup

from ._charts import ROWS_DRAWN, staircase_charts, times_charts
from ._table import decimals, printable
from ._timetable import Timetable


def page(forecast: Timetable) -> str:
    """Return the whole page."""
    rate = 0.1 * forecast.largest_learning_rate
    return _template("page.html.jinja").render(
        forecast=forecast,
        digits=decimals(forecast.times[0]),
        learning_rate=rate,
        steps=forecast.steps(rate),
        staircase=staircase_charts(forecast),
        times=times_charts(forecast),
        rows_drawn=ROWS_DRAWN,
    )


def page_table(forecast: Timetable) -> str:
    """Return the table of modes, for notebooks as for the page."""
    digits = decimals(forecast.times[0])
    return _template("table.html.jinja").render(forecast=forecast, digits=digits)


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("w2vlib", "forecasting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"isolated": _isolated, "scientific": _scientific}
    environment.filters["printable"] = printable
    return environment.get_template(name)


def _isolated(words: Iterable[str]) -> Markup:
    """List words; one that is written from right to left keeps the rest of the line in order."""
    return Markup(", ").join(Markup("<bdi>{}</bdi>").format(printable(word)) for word in words)


def _scientific(number: float) -> Markup:
    mantissa, exponent = f"{number:.2e}".split("e")
    if -3 < int(exponent) < 3:
        return Markup(f"{number:g}")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"10<sup>{int(exponent)}</sup>".replace("-", "−")
    return Markup(power if mantissa == "1" else f"{mantissa} × {power}")
