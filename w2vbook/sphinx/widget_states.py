"""Sphinx extension of this book: the states of a page's interactive figures, made small.

What several figures of a page share (code, words, a matrix) is saved once; the others say whose it
is, and assets/widgets.js looks it up. Long data stands in files of its own, which are loaded when
the reader comes near the figure. Models are named in their order: their own names are drawn anew
with each build, and the same book must give the same pages.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

STATE = "application/vnd.jupyter.widget-state+json"
SHORT = 1000  # characters that are not worth a look elsewhere
LONG = 20_000  # characters of data that are worth a file
DATA = "_static/data"
DRAWN = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def shared(saved: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a page's widgets with each long value in it once.

    A value that another widget has under the same name becomes ``{"$same": ID}`` with that
    widget's id; a buffer gets ``"$same"`` instead of its data.

    Examples
    --------
    >>> code = "x" * SHORT
    >>> saved = {"state": {"a": {"state": {"_esm": code}}, "b": {"state": {"_esm": code}}}}
    >>> shared(saved)["state"]["b"]
    {'state': {'_esm': {'$same': 'a'}}}
    """
    first: dict[tuple[str, str], str] = {}

    def whose(name: str, value: str, model: str) -> str | None:
        owner = first.setdefault((name, value), model)
        return None if owner == model or len(value) < SHORT else owner

    models = {}
    for model, one in saved["state"].items():
        state = {}
        for name, value in one["state"].items():
            owner = whose(name, json.dumps(value), model)
            state[name] = {"$same": owner} if owner else value
        models[model] = {**one, "state": state}
        if "buffers" in one:
            models[model]["buffers"] = [
                {"path": part["path"], "encoding": part["encoding"], "$same": owner}
                if (owner := whose(str(part["path"]), part["data"], model))
                else part
                for part in one["buffers"]
            ]
    return {**saved, "state": models}


def whole(saved: dict[str, Any]) -> dict[str, Any]:
    """Return a state that `shared` has made as it was before.

    Examples
    --------
    >>> code = "x" * SHORT
    >>> saved = {"state": {"a": {"state": {"_esm": code}}, "b": {"state": {"_esm": code}}}}
    >>> whole(shared(saved)) == saved
    True
    """
    models = saved["state"]

    def buffer(part: dict[str, Any]) -> dict[str, Any]:
        if "$same" not in part:
            return part
        owner = models[part["$same"]]["buffers"]
        return next(other for other in owner if other["path"] == part["path"])

    made = {}
    for model, one in models.items():
        state = {
            name: models[value["$same"]]["state"][name]
            if isinstance(value, dict) and "$same" in value
            else value
            for name, value in one["state"].items()
        }
        made[model] = {**one, "state": state}
        if "buffers" in one:
            made[model]["buffers"] = [buffer(part) for part in one["buffers"]]
    return {**saved, "state": made}


def apart(saved: dict[str, Any], folder: Path, address: str) -> dict[str, Any]:
    """Return a state whose long data stands in files of ``folder``, which has this address."""
    models = {}
    for model, one in saved["state"].items():
        models[model] = dict(one)
        if "buffers" in one:
            models[model]["buffers"] = [
                _put(part, folder, address) if len(part.get("data", "")) > LONG else part
                for part in one["buffers"]
            ]
    return {**saved, "state": models}


def _put(part: dict[str, Any], folder: Path, address: str) -> dict[str, Any]:
    name = f"{hashlib.sha256(part['data'].encode()).hexdigest()[:16]}.js"
    folder.mkdir(parents=True, exist_ok=True)
    text = f'(window.w2vData ??= {{}})["{name}"] = "{part["data"]}";\n'
    (folder / name).write_text(text, encoding="ascii")
    rest = {key: value for key, value in part.items() if key != "data"}
    return {**rest, "$file": f"{address}/{name}"}


def renamed(saved: dict[str, Any], body: str) -> tuple[dict[str, Any], str]:
    r"""Return a state and the page around it with the models' ids in the order of the state.

    Examples
    --------
    >>> drawn = "5b49bc8815004cabb43691783a25a6b0"
    >>> saved = {"state": {drawn: {"state": {"layout": f"IPY_MODEL_{drawn}"}}}}
    >>> renamed(saved, f'{{"model_id": "{drawn}"}}')
    ({'state': {'m1': {'state': {'layout': 'IPY_MODEL_m1'}}}}, '{"model_id": "m1"}')
    """
    names = {one: f"m{count}" for count, one in enumerate(saved["state"], 1)}

    def rename(text: str) -> str:
        return DRAWN.sub(lambda found: names.get(found[0], found[0]), text)

    return json.loads(rename(json.dumps(saved))), rename(body)


def share_states(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.Node
) -> None:
    """Save in the page's state once what several figures share, and apart what is long."""
    for script in context["script_files"]:
        attributes = getattr(script, "attributes", {})
        if attributes.get("type") == STATE:
            address = "../" * pagename.count("/") + DATA
            saved, context["body"] = renamed(json.loads(attributes["body"]), context["body"])
            saved = apart(shared(saved), Path(app.outdir) / DATA, address)
            # As MyST-NB does: the end of a script may not stand within one.
            attributes["body"] = json.dumps(saved).replace("</script>", r"<\/script>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the job to Sphinx."""
    app.connect("html-page-context", share_states)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
