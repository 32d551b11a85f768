"""The timetable of training: what will be learned, in which order, and when."""

from ._compute import forecast
from ._model import Forecast

__all__ = ["Forecast", "forecast"]
