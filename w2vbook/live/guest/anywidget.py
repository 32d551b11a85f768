"""Stands in for anywidget: the page's own host of widgets (assets/widgets.js) draws them."""

from __future__ import annotations

from typing import Any

import traitlets


class AnyWidget(traitlets.HasTraits):
    """A widget's values, which the page reads when the widget is shown."""

    _esm = _css = ""

    def get_state(self) -> dict[str, Any]:
        """Return the values that the browser's side has to know."""
        state = {name: _plain(getattr(self, name)) for name in self.traits(sync=True)}
        return {**state, "_esm": str(self._esm), "_css": str(self._css)}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"text/plain": repr(self)}, {}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
