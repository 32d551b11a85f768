"""Stands in for torch.optim."""

from __future__ import annotations

from typing import Any


class SGD:
    """Plain gradient descent, with a rate for each group of parameters."""

    def __init__(self, groups: list[dict[str, Any]]) -> None:
        self.param_groups = groups

    def zero_grad(self) -> None:
        """Forget the slopes."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def step(self) -> None:
        """Go one step down."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.array = parameter.array - group["lr"] * parameter.grad.array
