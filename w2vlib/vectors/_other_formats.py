"""Name what a file is that holds no vectors in word2vec's format."""

from __future__ import annotations

from pathlib import Path

from .._support.errors import W2VError

_VIA_GENSIM = "and write it anew with its save_word2vec_format"
_PICKLE = ("a Python pickle", f"if gensim saved it, load it with KeyedVectors.load {_VIA_GENSIM}")
_PAGE = ("a web page, as where a download asks for a login", "open it to see, then fetch anew")
_UTF_16 = ("UTF-16 text", "save it as UTF-8")
_ARCHIVE = ("an archive", "unpack it and pass the file inside")
_FORMATS = {
    b"\xba\x16\x4f\x2f": (
        "a fastText model",
        "take the .vec file beside it, or load it with "
        f"gensim.models.fasttext.load_facebook_vectors {_VIA_GENSIM}",
    ),
    **{bytes([0x80, protocol]): _PICKLE for protocol in range(2, 6)},
    **dict.fromkeys((b"<!doctype", b"<html", b"<head", b"<?xml"), _PAGE),
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff"), _UTF_16),
    **dict.fromkeys((b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd"), _ARCHIVE),
    b"\x93NUMPY": ("a NumPy array", "pass Embeddings(words, numpy.load(path))"),
    b"\x89HDF": ("an HDF5 file", "read it with h5py and pass Embeddings(words, vectors)"),
    b"version https://git-lfs": ("a pointer to a file in Git LFS", "run: git lfs pull"),
}


def refuse_other_formats(path: Path, start: bytes) -> None:
    """Raise W2VError where the first bytes are those of another format."""
    start = start[:200].lstrip().lower()
    if not start:
        raise W2VError(f"{path} is empty; fetch or write it anew")
    for first_bytes, (kind, remedy) in _FORMATS.items():
        if start.startswith(first_bytes.lower()):
            raise W2VError(f"{path} is {kind}, not a file in word2vec's format; {remedy}")
