"""Training in closed form: laws of single modes, the exact flow from any start, stability."""

from ._exact import Curves, ExactFlow
from ._mode_laws import (
    discrete_rates,
    effective_start,
    flow_loss,
    learning_times,
    mode_strengths,
    stability_edge,
)
from ._solutions import gradient_flow, untied_flow

__all__ = [
    "Curves",
    "ExactFlow",
    "discrete_rates",
    "effective_start",
    "flow_loss",
    "gradient_flow",
    "learning_times",
    "mode_strengths",
    "stability_edge",
    "untied_flow",
]
