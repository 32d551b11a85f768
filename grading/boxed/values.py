"""Plain data as bytes and back, between a box that may lie and a grader that must not fall for it.

A value becomes a JSON text and the raw bytes of its arrays. Nothing is ever unpickled, no code
travels, and :func:`unpack` believes nothing: it checks every length, type and depth.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_BYTES = 64 << 20  # of one value: a matrix of 2,800 x 2,800 floats
MAX_JSON = 24 << 20
MAX_ITEMS = 500_000
MAX_DEPTH = 30
MAX_INT_BITS = 100_000
_HEAD = struct.Struct(">I")
_EXACT = 1 << 53
_KINDS = "biufc"  # bool, int, unsigned, float, complex

Special = Callable[[Any], "dict[str, Any] | None"]
Unspecial = Callable[["dict[str, Any]"], Any]


class ValueTroubleError(ValueError):
    """A value that cannot travel, or bytes that are no value."""


class Opaque:
    """What cannot travel as plain data; ``what`` says in words what it is."""

    def __init__(self, what: str) -> None:
        self.what = what


def describe(value: object) -> str:
    """Say in a few words what an object is.

    >>> describe(iter([])), describe(dict)
    ('an object of type list_iterator', 'a class')
    """
    return "a class" if isinstance(value, type) else f"an object of type {type(value).__name__}"


def pack(value: object, special: Special = lambda value: None) -> bytes:
    """Encode plain data; ``special`` may name what is not plain, the rest becomes `Opaque`.

    >>> unpack(pack({"p": [1, float("inf"), 2**70, (True, None)]}))
    {'p': [1, inf, 1180591620717411303424, (True, None)]}
    """
    packer = _Packer(special)
    node = packer.node(value, 0)
    text = json.dumps(node, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(text) > MAX_JSON or len(text) + packer.size > MAX_BYTES:
        raise ValueTroubleError(f"larger than {MAX_BYTES >> 20} MB")
    return b"".join([_HEAD.pack(len(text)), text, *packer.blobs])


def unpack(data: bytes, special: Unspecial = lambda node: Opaque("an object")) -> Any:
    """Decode what :func:`pack` made.

    Raises
    ------
    ValueTroubleError
        The bytes are not what `pack` writes, whatever they are.
    """
    if not _HEAD.size <= len(data) <= MAX_BYTES + _HEAD.size:
        raise ValueTroubleError("no value: wrong length")
    (length,) = _HEAD.unpack_from(data)
    if length > min(MAX_JSON, len(data) - _HEAD.size):
        raise ValueTroubleError("no value: wrong length")
    start = _HEAD.size + length
    try:
        node = json.loads(data[_HEAD.size : start].decode("ascii"))
        return _Unpacker(memoryview(data)[start:], special).value(node, 0)
    except ValueTroubleError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, MemoryError, OverflowError) as error:
        raise ValueTroubleError(f"no value: {type(error).__name__}") from None


class _Packer:
    def __init__(self, special: Special) -> None:
        self.special, self.size, self.items = special, 0, 0
        self.blobs: list[bytes] = []

    def blob(self, data: bytes) -> list[int]:
        if self.size + len(data) > MAX_BYTES:
            raise ValueTroubleError(f"larger than {MAX_BYTES >> 20} MB")
        self.blobs.append(data)
        self.size += len(data)
        return [self.size - len(data), len(data)]

    def node(self, value: Any, depth: int) -> Any:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH:
            raise ValueTroubleError(f"more than {MAX_ITEMS:,} items, or nested too deeply")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, np.generic | np.ndarray):
            return self.array(value, depth)
        if isinstance(value, int):
            return self.integer(int(value))
        if isinstance(value, float):
            number = float(value)
            return number if math.isfinite(number) else {"t": "float", "v": repr(number)}
        if isinstance(value, complex):
            parts = [self.node(float(part), depth + 1) for part in (value.real, value.imag)]
            return {"t": "complex", "v": parts}
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, bytes | bytearray):
            return {"t": "bytes", "at": self.blob(bytes(value))}
        if isinstance(value, dict):
            pairs = [[self.node(x, depth + 1) for x in pair] for pair in value.items()]
            return {"t": "dict", "v": pairs}
        if isinstance(value, list | range):
            return [self.node(item, depth + 1) for item in value]
        for kind in (tuple, set, frozenset):
            if isinstance(value, kind):
                items = [self.node(item, depth + 1) for item in value]
                return {"t": kind.__name__, "v": items}
        return self.other(value, depth)

    def integer(self, value: int) -> Any:
        if -_EXACT < value < _EXACT:
            return value
        if value.bit_length() > MAX_INT_BITS:
            raise ValueTroubleError(f"a whole number of more than {MAX_INT_BITS:,} bits")
        return {"t": "int", "v": hex(value)}

    def array(self, value: Any, depth: int) -> Any:
        scalar, array = not isinstance(value, np.ndarray), np.asarray(value)
        node: dict[str, Any] = {"t": "array", "shape": list(array.shape), "scalar": scalar}
        if isinstance(value, np.ma.MaskedArray) or array.dtype.hasobject or array.dtype.names:
            return self.other(value, depth, f"an array of dtype {array.dtype}")
        if array.dtype.kind in "US":
            if array.size * array.itemsize > MAX_BYTES:
                raise ValueTroubleError(f"larger than {MAX_BYTES >> 20} MB")
            node["words"] = [self.node(item, depth + 1) for item in array.ravel().tolist()]
            return node
        if array.dtype.kind not in _KINDS or array.itemsize > 16:
            return self.other(value, depth, f"an array of dtype {array.dtype}")
        if array.nbytes > MAX_BYTES:
            raise ValueTroubleError(f"an array of shape {array.shape}: over {MAX_BYTES >> 20} MB")
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        return node | {"dtype": array.dtype.str, "at": self.blob(array.tobytes())}

    def other(self, value: Any, depth: int, what: str = "") -> Any:
        special = self.special(value)
        if special is not None:
            return {key: self.node(item, depth + 1) for key, item in special.items()} | {
                "t": "special"
            }
        if type(value).__module__.split(".")[0] == "torch" and hasattr(value, "detach"):
            return self.node(value.detach().cpu().numpy(), depth + 1)
        return {"t": "opaque", "what": (what or describe(value))[:200]}


class _Unpacker:
    def __init__(self, blobs: memoryview, special: Unspecial) -> None:
        self.blobs, self.special, self.items = blobs, special, 0

    def value(self, node: Any, depth: int) -> Any:
        self.items += 1
        if self.items > MAX_ITEMS or depth > MAX_DEPTH + 2:
            raise ValueTroubleError("no value: too many items, or nested too deeply")
        if isinstance(node, list):
            return [self.value(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            return node
        kind = node["t"]
        if kind == "array":
            return self.array(node, depth)
        if kind == "dict":
            return {self.value(k, depth + 1): self.value(v, depth + 1) for k, v in node["v"]}
        if kind in ("tuple", "set", "frozenset"):
            make = {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]
            return make(self.value(item, depth + 1) for item in _checked(node["v"], list))
        if kind == "float":
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[node["v"]]
        if kind == "complex":
            real, imag = (float(self.value(part, depth + 1)) for part in node["v"])
            return complex(real, imag)
        if kind == "int":
            if len(_checked(node["v"], str)) > MAX_INT_BITS // 4 + 8:
                raise ValueTroubleError("no value: a number too long")
            return int(node["v"], 16)
        if kind == "bytes":
            return bytes(self.blob(node["at"]))
        if kind == "opaque":
            return Opaque(_checked(node["what"], str)[:200])
        if kind == "special":
            fields = {k: self.value(v, depth + 1) for k, v in node.items() if k != "t"}
            return self.special(fields)
        raise ValueTroubleError("no value: an unknown kind")

    def blob(self, at: Any) -> memoryview:
        start, length = (_checked(number, int) for number in _checked(at, list))
        if min(start, length) < 0 or start + length > len(self.blobs):
            raise ValueTroubleError("no value: an array outside its bytes")
        return self.blobs[start : start + length]

    def array(self, node: dict[str, Any], depth: int) -> Any:
        shape = [_checked(n, int) for n in _checked(node["shape"], list)]
        if len(shape) > 16 or any(not 0 <= n <= MAX_BYTES for n in shape):
            raise ValueTroubleError("no value: an impossible shape")
        size = math.prod(shape)
        if "words" in node:
            words = [self.value(item, depth + 1) for item in _checked(node["words"], list)]
            same = {type(word) for word in words} <= {str} or {type(w) for w in words} <= {bytes}
            longest = max((len(word) for word in words if isinstance(word, str | bytes)), default=0)
            if len(words) != size or not same or longest * size * 4 > MAX_BYTES:
                raise ValueTroubleError("no value: an array of words that is none")
            array = np.array(words, dtype=None if words else "<U1").reshape(shape)
        else:
            dtype, raw = np.dtype(_checked(node["dtype"], str)[:8]), self.blob(node["at"])
            if dtype.kind not in _KINDS or not 0 < dtype.itemsize <= 32:
                raise ValueTroubleError("no value: an impossible dtype")
            if len(raw) != size * dtype.itemsize:
                raise ValueTroubleError("no value: a shape that does not fit its bytes")
            if dtype.kind == "b":  # a byte that is neither 0 nor 1 is no truth value
                array = (np.frombuffer(raw, dtype=np.uint8) != 0).reshape(shape)
            else:
                array = np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
        return array[()] if node["scalar"] is True and array.ndim == 0 else array


def _checked(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueTroubleError(f"no value: {type(value).__name__} where {kind.__name__} belongs")
    return value
