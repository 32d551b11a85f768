"""Stands in for torch.nn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .._tensor import Tensor
from . import functional as functional


class Parameter(Tensor):
    """A tensor that is trained."""

    def __init__(self, values: Tensor) -> None:
        super().__init__(values.array, requires_grad=True)


class Module:
    """Something with parameters: its own, and those of the modules in it."""

    def forward(self, *args: Any) -> Tensor:
        """Compute; a class says how."""
        raise NotImplementedError

    def __call__(self, *args: Any) -> Tensor:
        """Compute."""
        return self.forward(*args)

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Go through all parameters, its own first."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield name, value
        for name, value in vars(self).items():
            if isinstance(value, Module):
                for below, parameter in value.named_parameters():
                    yield f"{name}.{below}", parameter

    def parameters(self) -> Iterator[Parameter]:
        """Go through all parameters, without their names."""
        return (parameter for _, parameter in self.named_parameters())

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Put numbers into the parameters."""
        for name, parameter in self.named_parameters():
            if parameter.shape != state[name].shape:
                raise ValueError(f"{name} is {parameter.shape}, not {state[name].shape}")
            parameter.array = np.array(state[name].array)

    def eval(self) -> Any:
        """Return the module: nothing here differs between training and use."""
        return self


class ModuleList(Module):
    """Several modules, in order."""

    def __init__(self, modules: Iterable[Module]) -> None:
        vars(self).update({str(k): module for k, module in enumerate(modules)})

    def __iter__(self) -> Iterator[Any]:
        return iter(vars(self).values())


class LayerNorm(Module):
    """Mean zero and variance one over the last axis, then a scale and a shift."""

    def __init__(self, d: int, eps: float = 1e-5) -> None:
        self.eps = eps
        self.weight, self.bias = (Parameter(Tensor(f(d, np.float32))) for f in (np.ones, np.zeros))

    def forward(self, x: Tensor) -> Tensor:
        """Norm it."""
        x = x - x.mean(-1, keepdim=True)
        spread = ((x * x).mean(-1, keepdim=True) + self.eps).sqrt()
        return x / spread * self.weight + self.bias
