"""What Jupyter is for a notebook: runs a cell and shows its figures, results and errors.

The worker (worker.js) calls `run` and the other public functions; what they show leaves through
``_host.call`` as JSON. It is matplotlib's backend, too: ``module://w2v_page``.
"""

from __future__ import annotations

import ast
import base64
import builtins
import io
import json
import linecache
import os
import sys
import traceback
import warnings
from typing import Any

_IN_PAGE = "_host" in sys.builtin_module_names
SPACE: dict[str, Any] = sys.modules["__main__"].__dict__ if _IN_PAGE else {}
_HERE = __name__
_known: set[str] = set()  # widgets whose state the page has


def _post(**message: Any) -> None:
    import _host  # type: ignore[import-not-found]

    _host.call(json.dumps(message).encode())


# ---- a cell ----


def run(source: str, name: str) -> None:
    """Run a cell in the lasting namespace, and show what its last line gives."""
    ok = True
    try:
        try:
            _run(source, f"<{name}>")
        except SystemExit as ended:
            if ended.code not in (None, 0):
                raise
        _show_figures()
    except BaseException as error:
        ok = False
        _show_error(error)
        _close_figures()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    _post(type="answer", value=ok)


def _run(source: str, name: str) -> None:
    # Tracebacks read the lines from here.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, name, "exec"), SPACE)
        return
    del tree.body[-1]
    exec(compile(tree, name, "exec"), SPACE)
    value = eval(compile(ast.Expression(last.value), name, "eval"), SPACE)
    if value is not None and not source.rstrip().endswith(";"):
        SPACE["_"] = value
        display(value)


def _show_error(error: BaseException) -> None:
    """Show a traceback without the lines of this module, the error's own line last."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") == _HERE:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames)
    last = traceback.format_exception_only(type(error), error)[-1].strip()
    if isinstance(error, MemoryError):
        lines.append("The page has no more memory for Python: take fewer words.\n")
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        lines.append(f"{top} is not among the packages of this page: run the notebook instead.\n")
    _post(type="error", text="".join(lines), last=last)


def complete(text: str) -> None:
    """Answer with what could stand at the end of ``text``: names, attributes, modules."""
    import rlcompleter

    found: list[str] = []
    completer = rlcompleter.Completer(SPACE)
    try:
        while len(found) < 200 and (one := completer.complete(text, len(found))) is not None:
            found.append(one.rstrip("() "))
    except Exception:  # an object's own __dir__ or __getattr__
        found = []
    start = text.rpartition(".")[2]
    names = [one for one in dict.fromkeys(found) if start.startswith("_") or "._" not in one]
    _post(type="answer", value=names)


def modules() -> None:
    """Answer with the files of the library that were imported so far."""
    found = set()
    for name, module in sys.modules.items():
        spec = getattr(module, "__spec__", None)
        path = getattr(spec, "origin", None) or ""
        if ".zip/" in path:
            found.add(path.rpartition(".zip/")[2])
            if spec and spec.name != name:  # one that has put another in its place
                found.add(f"{name.replace('.', '/')}.pyc")
    _post(type="answer", value=sorted(found))


# ---- what can be shown ----


def display(*values: Any, **_: Any) -> None:
    """Show values as Jupyter does."""
    for value in values:
        _post(type="show", **_bundle(value))


def _bundle(value: Any) -> dict[str, Any]:
    if isinstance(value, sys.modules["anywidget"].AnyWidget if "anywidget" in sys.modules else ()):
        return {"widget": _state(value), "plain": repr(value), "html": value.text_alternative()}
    if value.__class__.__name__ == "Figure" and hasattr(value, "savefig"):
        return {"png": _png(value), "plain": repr(value)}
    bundle: dict[str, Any] = {"plain": _pretty(value)}
    for method, kind in (("_repr_html_", "html"), ("_repr_markdown_", "markdown")):
        made = getattr(value, method, None)
        if callable(made) and not isinstance(value, type) and (text := made()) is not None:
            bundle[kind] = text
    return bundle


def _pretty(value: Any) -> str:
    if type(value).__repr__ in (dict.__repr__, list.__repr__, tuple.__repr__, set.__repr__):
        import pprint

        return pprint.pformat(value, width=79, compact=False, sort_dicts=False)
    return repr(value)


def _state(widget: Any) -> dict[str, Any]:
    """Return a widget's values as the page's host of widgets reads them, bytes apart."""
    state, buffers = {}, []
    for name, value in widget.get_state().items():
        if isinstance(value, (bytes, bytearray, memoryview)):
            data = base64.b64encode(bytes(value)).decode()
            buffers.append({"path": [name], "encoding": "base64", "data": data})
        else:
            state[name] = value
    return {"state": state, "buffers": buffers}


# ---- matplotlib's backend ----


def _png(figure: Any) -> str:
    out = io.BytesIO()
    figure.savefig(
        out, format="png", dpi=figure.dpi, bbox_inches="tight", facecolor=figure.get_facecolor()
    )
    return base64.b64encode(out.getvalue()).decode()


def _show_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    try:
        for number in pyplot.get_fignums():
            display(pyplot.figure(number))
    finally:
        pyplot.close("all")


def _close_figures() -> None:
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def show(*_: Any, **__: Any) -> None:
    """Be ``plt.show``."""
    _show_figures()


def __getattr__(name: str) -> Any:
    """Give matplotlib what a backend has, once it asks."""
    if name in ("FigureCanvas", "FigureManager"):
        from matplotlib.backend_bases import FigureManagerBase
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        class Manager(FigureManagerBase):
            @classmethod
            def pyplot_show(cls, *args: Any, **kwargs: Any) -> None:
                _show_figures()

        class Canvas(FigureCanvasAgg):
            manager_class = Manager

        globals().update(FigureCanvas=Canvas, FigureManager=Manager)
        return globals()[name]
    raise AttributeError(name)


# ---- the interpreter, made ready ----


class _Rest:
    """Modules that a page seldom needs: from a second archive, fetched for the first of them."""

    names: frozenset[str] | None = None

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        import zipimport

        archive, listed = "/site/rest.zip", "/site/rest.txt"
        if cls.names is None:
            with open(listed, encoding="utf-8") as file:
                cls.names = frozenset(file.read().split())
        if name not in cls.names:
            return None
        parts = name.split(".")[:-1]
        return zipimport.zipimporter("/".join([archive, *parts])).find_spec(name)


if SPACE:
    builtins.display = display  # type: ignore[attr-defined]
    SPACE["w2v_page"] = sys.modules[__name__]
    sys.meta_path.append(_Rest)
    os.chdir("/reader")
    # tqdm would watch its bars from a second thread.
    warnings.filterwarnings("ignore", message="tqdm:disabling monitor")
    for _stream in (sys.stdout, sys.stderr):
        _stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
