"""Packed files are known by their first bytes and end with an error where they are damaged."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from w2vlib import W2VError
from w2vlib._support.packed import DAMAGE, unpacked

TEXT = b"".join(b"line %d\n" % number for number in range(30_000))


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("v.txt")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def halves(pack):
    return pack(TEXT[:99]) + pack(TEXT[99:])


PACKED = {
    "plain": TEXT,
    "nothing": b"",
    "gzip": gzip.compress(TEXT),
    "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT),
    "zip": zipped(("v.txt", TEXT)),
    "zip, stored": zipped(("v.txt", TEXT), compression=zipfile.ZIP_STORED),
    "zip of a Mac": zipped(("folder/", b""), ("v.txt", TEXT), ("__MACOSX/._v.txt", b"finder")),
    "two gzips": halves(gzip.compress),
    "two bzip2s": halves(bz2.compress),
    "two xz, zeros between": lzma.compress(TEXT[:99]) + bytes(8) + lzma.compress(TEXT[99:]),
}


def read(tmp_path, content):
    path = tmp_path / "file.other"
    path.write_bytes(content)
    with open(path, "rb") as raw:
        return unpacked(raw, path).read()


@pytest.mark.parametrize("content", PACKED.values(), ids=PACKED)
def test_the_first_bytes_tell_how_a_file_is_packed(tmp_path, content):
    assert read(tmp_path, content) == (TEXT if content else b"")


@pytest.mark.parametrize("kind", sorted(PACKED.keys() - {"plain", "nothing", "zip of a Mac"}))
def test_a_packed_file_cut_off_is_damage(tmp_path, kind):
    with pytest.raises(DAMAGE):
        read(tmp_path, PACKED[kind][:-30])


ARCHIVES = {
    "zip of two": (zipped(("a", b""), ("b", b"")), r"zip archive of 2 files \('a', 'b'\); unpack"),
    "zip of four": (zipped(*[(name, b"") for name in "abcd"]), r"of 4 files .*'c', \.\.\.\)"),
    "zip of none": (zipped(("a/", b"")), r"zip archive of 0 files"),
    "tar": (tarred(TEXT), r"tar archive; unpack it \(tar -xf\) and pass the file inside"),
    "tar.gz": (gzip.compress(tarred(TEXT)), r"tar archive"),
    "tar.xz": (lzma.compress(tarred(TEXT)), r"tar archive"),
}


@pytest.mark.parametrize(("content", "message"), ARCHIVES.values(), ids=ARCHIVES)
def test_archives_of_several_files_are_named(tmp_path, content, message):
    with pytest.raises(W2VError, match=message):
        read(tmp_path, content)


def test_a_zip_with_a_password_asks_for_another_tool(tmp_path):
    content = bytearray(zipped(("v.txt", TEXT)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # the flag "encrypted"
    with pytest.raises(W2VError, match=r"cannot unpack .*; unpack it with another tool"):
        read(tmp_path, bytes(content))
