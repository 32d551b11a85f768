"""A forecast as one HTML page, from the templates and the style sheet in this folder."""

from collections.abc import Iterable
from functools import cache

import jinja2
from markupsafe import Markup

from ._charts import ROWS_DRAWN, for_desk_and_phone, staircase, times
from ._table import decimals, printable
from ._timetable import Timetable


def page(forecast: Timetable) -> str:
    """Return the whole page."""
    rate = 0.1 * forecast.largest_learning_rate
    return _template("page.html.jinja").render(
        forecast=forecast,
        learning_rate=rate,
        steps=forecast.steps(rate),
        staircase=for_desk_and_phone(staircase, forecast),
        times=for_desk_and_phone(times, forecast),
        rows_drawn=ROWS_DRAWN,
    )


def page_table(forecast: Timetable) -> str:
    """Return the table of modes, for notebooks as for the page."""
    return _template("table.html.jinja").render(forecast=forecast)


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("w2vlib", "forecasting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (decimals, printable, isolated, scientific):
        environment.filters[function.__name__] = function
    return environment.get_template(name)


def isolated(words: Iterable[str]) -> Markup:
    """List words; one that is written from right to left keeps the rest of the line in order."""
    return Markup(", ").join(Markup("<bdi>{}</bdi>").format(printable(word)) for word in words)


def scientific(number: float) -> Markup:
    """Write a number with a power of ten, unless it is of ordinary size."""
    mantissa, exponent = f"{number:.2e}".split("e")
    if -3 < int(exponent) < 3:
        return Markup(f"{number:g}")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"10<sup>{int(exponent)}</sup>".replace("-", "−")
    return Markup(power if mantissa == "1" else f"{mantissa} × {power}")
