"""Interactive figures of the book, which work on a page without a kernel.

Each is an anywidget: a Python class that prepares the numbers, and an ES module beside it that
computes and draws in the browser. ``import w2vlib`` does not load them.
"""

from .analogy_playground import AnalogyPlayground
from .answer_box import AnswerBox
from .concept_reader import ConceptReader
from .eight_words import EightWords
from .forecast_race import ForecastRace
from .learning_clock import LearningClock
from .loss_parabola import LossParabola
from .matrix_viewer import MatrixViewer
from .own_text import OwnText
from .start_explorer import StartExplorer
from .step_reader import StepReader
from .symmetry_explorer import SymmetryExplorer
from .window_counter import WindowCounter

__all__ = [
    "AnalogyPlayground",
    "AnswerBox",
    "ConceptReader",
    "EightWords",
    "ForecastRace",
    "LearningClock",
    "LossParabola",
    "MatrixViewer",
    "OwnText",
    "StartExplorer",
    "StepReader",
    "SymmetryExplorer",
    "WindowCounter",
]
