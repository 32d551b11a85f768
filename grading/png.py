"""Pictures from a submission: none larger than a page can show, and nothing in them but pixels."""

from __future__ import annotations

import struct

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 8_000_000  # a small file may unfold into gigabytes in whoever looks at it
_KEPT = {b"IHDR": 13, b"PLTE": 768, b"tRNS": 256, b"pHYs": 9, b"IDAT": 1 << 30, b"IEND": 0}
_HEAD = struct.Struct(">I4s")


def only_pixels(data: bytes) -> bytes | None:
    r"""Return a PNG without texts, animations and what stands behind its end; None if it is none.

    >>> tiny = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    >>> chunks = [b"\0\0\0\x0dIHDR" + tiny, b"\0\0\0\0tEXt", b"\0\0\0\0IDAT", b"\0\0\0\0IEND"]
    >>> picture = SIGNATURE + b"".join(chunk + bytes(4) for chunk in chunks)
    >>> len(picture) - len(only_pixels(picture + b"more"))
    12
    """
    if not data.startswith(SIGNATURE):
        return None
    kept, at, kind = [SIGNATURE], len(SIGNATURE), b""
    while kind != b"IEND":
        if at + 12 > len(data):
            return None
        length, kind = _HEAD.unpack_from(data, at)
        end = at + 12 + length  # four bytes of a check sum are at the end
        if end > len(data) or (len(kept) == 1) != (kind == b"IHDR"):
            return None
        if length <= _KEPT.get(kind, -1):
            kept.append(data[at:end])
        if kind == b"IHDR":
            if length != _KEPT[kind]:
                return None
            width, height = struct.unpack_from(">II", data, at + 8)
            if not 0 < width * height <= MAX_PIXELS:
                return None
        at = end
    return b"".join(kept)
