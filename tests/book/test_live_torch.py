"""The page's stand-in for torch gives what torch gives (w2vbook/live/guest/torch)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

torch = pytest.importorskip("torch")
FOLDER = ROOT / "w2vbook" / "live" / "guest" / "torch"
CHAPTER = ROOT / "chapters" / "14_to_language_models.ipynb"


@pytest.fixture(scope="module")
def page() -> ModuleType:
    """Load the stand-in under another name, beside torch."""
    where = {"submodule_search_locations": [str(FOLDER)]}
    spec = importlib.util.spec_from_file_location("page_torch", FOLDER / "__init__.py", **where)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["page_torch"] = module
    spec.loader.exec_module(module)
    return module


def leaves(torch: Any, *shapes: tuple[int, ...]) -> list[Any]:
    draw = np.random.default_rng(3)
    values = [draw.uniform(0.5, 2, shape) for shape in shapes]
    return [torch.tensor(value, requires_grad=True) for value in values]


FORMULAS = {
    "sums": lambda t, a, b, v: (a + 2 - v * 3 + 1 / b).sum(),
    "broadcast": lambda t, a, b, v: ((a * v)[:, None] / b).sum(),
    "powers": lambda t, a, b, v: ((a**2).mean(dim=0) * v.exp() + (b + 1).log().sqrt()[0]).sum(),
    "products": lambda t, a, b, v: (a @ b.T @ v[:3] + a @ v).sum(),
    "batches": lambda t, a, b, v: (a[None] @ b.T[None] @ a[None] @ b.T).sum(),
    "chances": lambda t, a, b, v: (a.softmax(1) * b + t.log_softmax(b, dim=0) * a).sum(),
    "indices": lambda t, a, b, v: (a[t.tensor([[0, 2], [2, 2]])] * v).sum() + b[1, 2],
    "shapes": lambda t, a, b, v: (
        a.reshape(2, -1).transpose(0, 1).flatten(0) * b.unflatten(1, (2, 2)).flatten(0)
    ).sum(),
    "pieces": lambda t, a, b, v: (a.chunk(2, dim=1)[1] * b.chunk(2, dim=1)[0]).sum(),
    "shared": lambda t, a, b, v: (lambda c: (c * c + c).sum())(a @ b.T),
    "entropy": lambda t, a, b, v: t.nn.functional.cross_entropy(a @ b.T, t.tensor([2, 0, 1])),
    "gelu": lambda t, a, b, v: (t.nn.functional.gelu(a) * b).sum(),
    "precision": lambda t, a, b, v: (a.float() @ v.float()).sum().double() + b.sum(),
    "attention": lambda t, a, b, v: (
        t.nn.functional.scaled_dot_product_attention(a[None], b[None], a[None], is_causal=True) * v
    ).sum(),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_slopes_are_those_of_torch(page: ModuleType, name: str) -> None:
    found = []
    for library in (torch, page):
        given = leaves(library, (3, 4), (3, 4), (4,))
        result = FORMULAS[name](library, *given)
        result.backward()
        slopes = [np.zeros(x.shape) if x.grad is None else x.grad.numpy() for x in given]
        found.append([result.detach().numpy(), *slopes])
    for theirs, ours in zip(*found, strict=True):
        assert theirs.dtype == ours.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 7])
def test_normal_numbers_are_those_of_torch(page: ModuleType, seed: int) -> None:
    draws = [library.Generator().manual_seed(seed) for library in (torch, page)]
    for shape in ((71, 16), (4, 4), (3, 7), (1000,)):
        theirs = torch.randn(*shape, generator=draws[0]).numpy()
        ours = page.randn(*shape, generator=draws[1]).numpy()
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_layer_norm_and_training_are_those_of_torch(page: ModuleType) -> None:
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    (source,) = ("".join(cell["source"]) for cell in cells if cell.get("id") == "c14-35")
    draw = np.random.default_rng(0)
    sentences, p = draw.integers(8, size=(30, 6)), draw.dirichlet(np.ones(8))
    found = []
    for library in (torch, page):
        space = {"torch": library, "np": np, "V": 8, "rng": None}
        exec(source.partition("\n\n\ntext, fresh")[0], space)
        model = space["TinyLM"](p, sigma=0.3, seed=1)
        x, wanted = library.tensor(sentences[:, :-1]), library.tensor(sentences[:, 1:])
        norm, rates = library.nn.LayerNorm(8), {"query": 0.2}
        groups = [{"params": [w], "lr": rates.get(k, 1.0)} for k, w in model.named_parameters()]
        step = library.optim.SGD(groups)
        for _ in range(20):
            step.zero_grad()
            scores = norm(model(x)).reshape(-1, 8)
            library.nn.functional.cross_entropy(scores, wanted.reshape(-1)).backward()
            step.step()
        found.append({name: w.detach().numpy() for name, w in model.named_parameters()})
    assert list(found[0]) == list(found[1])
    for name, theirs in found[0].items():
        np.testing.assert_allclose(found[1][name], theirs, rtol=1e-3, atol=1e-4)


def test_what_is_not_there_is_said(page: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"torch\.fft is not in the page"):
        page.fft  # noqa: B018


def test_the_library_does_not_train_with_it() -> None:
    code = "import sys, types; sys.modules['torch'] = types.SimpleNamespace(STAND_IN=True)\n"
    code += "from w2vlib.training import _tensors as t; print(t.torch is t.in_numpy)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
