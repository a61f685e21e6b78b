"""Open a handed-in file and get at a notebook's bytes: regular files only, unpacked, without outputs too large to read.

What is read stays bounded: of a file of any size not more than `MAX_BYTES` is kept in memory.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
import lzma
import mmap
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from autograder.console import listed, one_line
from autograder.errors import CourseError

#: Larger files are refused, packed or unpacked, and notebooks that hold more than `MAX_BYTES` besides their outputs.
MAX_FILE, MAX_BYTES = 300_000_000, 20_000_000
#: What is packed is unpacked so many times, and by so many bytes at a time.
MAX_PACKED, CHUNK = 3, 2**20
#: In the JSON of a notebook: a string (or the rest, if it does not end), the beginning of a value that nobody has
#: typed (outputs, pictures, widgets), and where lists and objects begin and end.
STRING = rb'"(?:[^"\\]++|\\.)*+"?'
KEY = re.compile(rb'("(?:outputs|attachments|widgets)"\s*+:\s*+)(?=[\[{])|' + STRING, re.DOTALL)
BRACKET = re.compile(STRING + rb"|([\[{])|([\]}])", re.DOTALL)


class Refused(CourseError):
    """One student's notebook cannot be graded; the message says why and what to do."""


def read_bytes(path: Path) -> tuple[bytes, list[str]]:
    """Read a regular file, and nothing else, without following a link or waiting on a pipe.

    Returns:
        its content, unpacked, and without outputs if it is larger than `MAX_BYTES`; what was done, a sentence each.

    Raises:
        Refused: it cannot be read, is no regular file, an archive of several files, or too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused("is not an ordinary file. Hand in the notebook itself.")
        with open(os.open(path, flags), "rb") as file:
            return _read(file, MAX_PACKED)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror or 'it is damaged'}.") from error


def _read(file: IO[bytes], deep: int) -> tuple[bytes, list[str]]:
    """The content of an open file, unpacked."""
    if os.fstat(file.fileno()).st_size > MAX_FILE:
        raise Refused(f"is larger than {_megabytes(MAX_FILE)}. Hand it in with all outputs cleared.")
    begin = file.read(MAX_BYTES + 1)
    packing = next((name for name, (magic, _) in PACKINGS.items() if begin.startswith(magic)), "")
    if packing and deep:
        with tempfile.TemporaryFile() as unpacked:
            _unpack(file, packing, unpacked)
            content, notes = _read(unpacked, deep - 1)
        return content, [f"the file was packed with {packing}; it was unpacked.", *notes]
    if len(begin) <= MAX_BYTES:
        return begin, []
    with tempfile.TemporaryFile() as recoded:
        encoding = json.detect_encoding(begin[:4])
        if encoding.startswith(("utf-16", "utf-32")):
            file.seek(0)
            decode = codecs.getincrementaldecoder(encoding)("replace").decode
            _write(recoded, (decode(chunk).encode("utf-8", "replace") for chunk in _chunks(file)))
            file = recoded
        return _without_outputs(file), ["the file is very large; its outputs were left out."]


def _unpack(file: IO[bytes], packing: str, unpacked: IO[bytes]) -> None:
    file.seek(0)
    try:
        _write(unpacked, _chunks(PACKINGS[packing][1](file)))
    except (EOFError, RuntimeError, ValueError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        cause = "it is locked with a password" if "password" in str(error) else "it is damaged, or ends too early"
        raise Refused(f"is packed with {packing} and cannot be unpacked: {cause}. Hand in the notebook.") from error
    unpacked.seek(0)


def _write(target: IO[bytes], chunks: Iterable[bytes]) -> None:
    """Write to a file of bounded size."""
    written = 0
    for chunk in chunks:
        written += len(chunk)
        if written > MAX_FILE:
            raise Refused(f"holds more than {_megabytes(MAX_FILE)}. Hand it in with all outputs cleared.")
        target.write(chunk)
    target.flush()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _unzip(file: IO[bytes]) -> IO[bytes]:
    """The one notebook in a zip archive, or its one file."""
    archive = zipfile.ZipFile(file)
    members = [m for m in archive.infolist() if not m.is_dir() and not re.search(r"(^|/)(\.|__)", m.filename)]
    notebooks = [member for member in members if member.filename.lower().endswith(".ipynb")]
    names = [one_line(member.filename) for member in members]
    if {"[Content_Types].xml", "mimetype"} & set(names):
        raise Refused("is a document of Word or another office program. Hand in the notebook itself.")
    if len(notebooks or members) != 1:
        raise Refused(f"is an archive of {len(names)} files ({listed(names)}). Hand in the notebook itself.")
    return archive.open((notebooks or members)[0])


#: Packing -> how such files begin, and what opens them.
PACKINGS: dict[str, tuple[bytes, Callable]] = {
    "gzip": (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    "bzip2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
    "zip": (b"PK\x03\x04", _unzip),
}


def _without_outputs(file: IO[bytes]) -> bytes:
    """A notebook's JSON without the values of outputs, pictures and widgets."""
    content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # closed with the last match in it
    kept, size, begin = [], 0, 0
    while begin < len(content):
        key = next((match for match in KEY.finditer(content, begin) if match.lastindex), None)
        end = key.end() if key else len(content)
        size += end - begin
        if size > MAX_BYTES:
            much = f"more than {_megabytes(MAX_BYTES)} besides its outputs"
            raise Refused(f"holds {much}. Hand in the notebook without that text.")
        kept += [content[begin:end], b"null" if key else b""]
        begin = _end_of_value(content, end)
    return b"".join(kept)


def _end_of_value(content: mmap.mmap, begin: int) -> int:
    """Where the list or the object ends that begins there; the end of all if it does not end."""
    depth = 0
    for match in BRACKET.finditer(content, begin):
        depth += {1: 1, 2: -1, None: 0}[match.lastindex]
        if match.lastindex and not depth:
            return match.end()
    return len(content)


def _megabytes(number: int) -> str:
    return f"{number / 1e6:.0f} MB"
