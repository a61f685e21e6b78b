"""Read a folder or an archive as one tree of files, archives inside included, and trust no name or size in it."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import itertools
import lzma
import os
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from autograder.console import shown_path
from autograder.errors import CourseError

#: No class hands in so many files, so many bytes in archives inside, or folders in folders.
MAX_FILES, MAX_INNER, MAX_DEPTH = 500_000, 2**34, 40
#: An archive inside is opened if it is not larger than this, unpacked, and holds not more files: it is one student's.
MAX_PACKED, MAX_PACKED_FILES = 2**30, 20_000
#: Archives in archives are opened so many times: a zip of zips, one for each student, who has handed in a zip.
MAX_NESTED = 2
ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
#: What systems and editors leave behind, and nobody hands in.
JUNK = re.compile(
    r"__MACOSX|__pycache__|\._.*|\.DS_Store|thumbs\.db|desktop\.ini|\$RECYCLE\.BIN|@eaDir|~\$.*|\.~lock\..*|\.git"
    r"|\.gitignore|\.gitattributes|\.gitkeep|\.svn|\.hg|\.idea|\.vscode|\.venv|node_modules|\.ipynb_checkpoints"
    r"|\.ipython|\.jupyter|\.cache|\.config|\.local|\.conda|\.(mypy|ruff|pytest)_cache|\.nbgrader\.log",
    re.IGNORECASE,
)
PACKINGS: dict[bytes, Callable] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
#: What damaged, locked and odd archives raise.
DAMAGE: tuple[type[Exception], ...] = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError)
DAMAGE += (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error)


class SubmissionsError(CourseError):
    """The folder or archive of submissions cannot be used; the message says why."""


@dataclass(frozen=True)
class Member:
    """A file in the tree.

    Attributes:
        parts: the names on the way to it; an archive inside counts as a folder.
        size: in bytes, as the archive says.
        opened: opens it for reading.
        path: where it lies on disk, or None.
        is_link: it only says where something else lies.
    """

    parts: tuple[str, ...]
    size: int
    opened: Callable[[], AbstractContextManager[IO[bytes]]] = field(compare=False)
    path: Path | None = None
    is_link: bool = False

    @property
    def name(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True)
class Tree:
    """All that a folder or an archive holds.

    Attributes:
        members: the files, in order; what nobody has handed in is left out.
        folders: the folders, empty ones too, and archives that were opened.
        unsafe: names that lead out of the tree, or may not be read; nothing of them is used.
        name: what the folder or archive itself is called.
    """

    members: tuple[Member, ...]
    folders: frozenset[tuple[str, ...]]
    unsafe: tuple[str, ...] = ()
    name: str = ""


@contextlib.contextmanager
def read_tree(place: Path) -> Iterator[Tree]:
    """Read what a folder, or a zip or tar archive, holds; files can be read while the tree is open.

    Raises:
        SubmissionsError: there is nothing, it is neither, it is damaged, or it is far too large.
    """
    with contextlib.ExitStack() as stack:
        try:
            tree = _tree(place, stack)
        except DAMAGE as error:
            told = f"{shown_path(place)} cannot be {'read' if place.is_dir() else 'unpacked'}"
            why = getattr(error, "strerror", None) or error
            raise SubmissionsError(f"{told}: {why}. Download it again, or unpack it yourself.") from error
        yield tree


def _tree(place: Path, stack: contextlib.ExitStack) -> Tree:
    """Read a folder or an archive, which stays open until the stack is closed."""
    unreadable: list[str] = []
    if place.is_dir():
        found = _in_folder(place, unreadable)
    else:
        file = stack.enter_context(place.open("rb"))
        found = _in_archive(stack.enter_context(_archive(file, MAX_INNER)))
    members, folders, unsafe = _sorted_out(place, found)
    for _ in range(MAX_NESTED):
        members, opened, more = _with_inner(place, members)
        folders, unsafe = folders | opened, [*unsafe, *more]
    members.sort(key=lambda member: member.parts)
    name = ARCHIVE.sub("", place.resolve().name)
    return Tree(tuple(members), frozenset(folders), (*unsafe, *unreadable), name)


#: A file or a folder, and whether it is a folder.
Found = tuple[Member, bool]


def _sorted_out(place: Path, found: Iterator[Found]) -> tuple[list[Member], set[tuple[str, ...]], list[str]]:
    """Files, folders, and unsafe names of what was found, without what nobody hands in."""
    members: list[Member] = []
    folders: set[tuple[str, ...]] = set()
    unsafe: list[str] = []
    for number, (member, is_folder) in enumerate(found):
        if number > MAX_FILES:
            raise SubmissionsError(f"{shown_path(place)} is too large: more than {MAX_FILES:,} files.")
        if any(map(JUNK.fullmatch, member.parts)) or not member.parts:
            continue
        if not all(map(_is_safe, member.parts)) or len(member.parts) > MAX_DEPTH:
            unsafe.append(member.name)
            continue
        folders.update(member.parts[:end] for end in range(1, len(member.parts)))
        if is_folder:
            folders.add(member.parts)
        else:
            members.append(member)
    return members, folders, unsafe


def _is_safe(part: str) -> bool:
    """Whether a part of a path stays where it is put, on every system."""
    return part not in ("", ".", "..") and not re.search(r"[\x00-\x1f]|^[A-Za-z]:|[/\\]", part)


# Folders


def _in_folder(root: Path, unreadable: list[str]) -> Iterator[Found]:
    """All below a folder; names of folders in it that may not be read are added to `unreadable`."""

    def failed(error: OSError) -> None:
        if Path(error.filename) == root:
            raise error
        unreadable.append(f"{Path(error.filename).relative_to(root).as_posix()} (cannot be read)")

    for folder, folders, files in os.walk(root, onerror=failed):
        place = Path(folder)
        parts = place.relative_to(root).parts
        folders[:] = sorted(name for name in folders if not JUNK.fullmatch(name))
        for name in folders:
            yield _on_disk(place / name, (*parts, name)), not (place / name).is_symlink()
        for name in sorted(files):
            yield _on_disk(place / name, (*parts, name)), False


def _on_disk(path: Path, parts: tuple[str, ...]) -> Member:
    facts = path.lstat()
    return Member(parts, facts.st_size, partial(_open_regular, path), path, stat.S_ISLNK(facts.st_mode))


def _open_regular(path: Path) -> IO[bytes]:
    """Open an ordinary file: no link is followed, and no pipe waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = open(os.open(path, flags), "rb")  # noqa: SIM115  (given away)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError("it is not an ordinary file")
    return file


# Archives


class _Zip:
    """The entries of an open zip archive."""

    def __init__(self, file: IO[bytes]) -> None:
        self.archive = zipfile.ZipFile(file)

    def __iter__(self) -> Iterator[tuple[str, int, bool, bool, Any]]:
        """Name, size, whether it is a folder, whether it is a link, what opens it."""
        for info in self.archive.infolist():
            if info.flag_bits & 0x1:
                raise RuntimeError("it is locked with a password")
            name = _name_in_zip(info)
            is_link = stat.S_ISLNK(info.external_attr >> 16)
            yield name, info.file_size, info.is_dir() or name.endswith("/"), is_link, info

    def open(self, info: zipfile.ZipInfo) -> IO[bytes]:
        return self.archive.open(info)


class _Tar:
    """The entries of an open tar archive, which is not packed."""

    def __init__(self, file: IO[bytes]) -> None:
        self.archive = tarfile.TarFile(fileobj=file)

    def __iter__(self) -> Iterator[tuple[str, int, bool, bool, Any]]:
        for info in self.archive:
            if info.isdir() or info.isreg() or info.issym() or info.islnk():
                yield info.name, info.size, info.isdir(), info.issym() or info.islnk(), info

    def open(self, info: tarfile.TarInfo) -> IO[bytes]:
        file = self.archive.extractfile(info)
        if file is None:
            raise OSError(f"{info.name} holds nothing")
        return file


def _name_in_zip(info: zipfile.ZipInfo) -> str:
    """The name: Windows writes backslashes, macOS writes UTF-8 and does not say so."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


@contextlib.contextmanager
def _archive(file: IO[bytes], most: int) -> Iterator[_Zip | _Tar]:
    """What a file holds, whatever it is called; of a packed one not more than so many bytes."""
    begin = file.read(300)
    file.seek(0)
    unpack = next((opener for magic, opener in PACKINGS.items() if begin.startswith(magic)), None)
    if unpack:
        with tempfile.TemporaryFile() as unpacked:
            with unpack(file) as packed:
                _copy(packed, unpacked, most)
            unpacked.seek(0)
            yield _Tar(unpacked)
    else:
        yield _Tar(file) if begin[257:262] == b"ustar" else _Zip(file)


def _copy(source: IO[bytes], target: IO[bytes], most: int) -> None:
    """Copy a file that may be endless.

    Raises:
        ValueError: it has more bytes than that.
    """
    for chunk in iter(lambda: source.read(2**20), b""):
        most -= len(chunk)
        if most < 0:
            raise ValueError("it is far too large")
        target.write(chunk)


def _in_archive(archive: _Zip | _Tar, prefix: tuple[str, ...] = ()) -> Iterator[Found]:
    for name, size, is_folder, is_link, info in archive:
        yield Member((*prefix, *_parts(name)), size, partial(archive.open, info), None, is_link), is_folder


def _parts(name: str) -> tuple[str, ...]:
    """The parts of a name in an archive; an absolute one keeps its empty first part, which is not safe."""
    return tuple(part for part in name.removesuffix("/").split("/") if part != ".")


# Archives inside


def _with_inner(place: Path, members: list[Member]) -> tuple[list[Member], set[tuple[str, ...]], list[str]]:
    """The files with what archives among them hold in their place; the folders of these, and unsafe names."""
    files: list[Member] = []
    folders: set[tuple[str, ...]] = set()
    unsafe: list[str] = []
    left = MAX_INNER
    for member in members:
        inner = _entries(member) if ARCHIVE.search(member.parts[-1]) and member.size <= min(left, MAX_PACKED) else None
        if inner is None:
            files.append(member)
            continue
        left -= member.size
        inside, below, more = _sorted_out(place, iter(inner))
        files += inside
        folders |= below | {member.parts}
        unsafe += more
    return files, folders, unsafe


def _entries(member: Member) -> list[Found] | None:
    """What an archive in the tree holds; None if it cannot be opened, or holds nothing or too much: it stays a file."""
    try:
        if member.is_link:
            return None
        with _unpacked(member) as archive:
            found = list(itertools.islice(_in_archive(archive, member.parts), MAX_PACKED_FILES + 1))
    except DAMAGE:
        return None
    if not found or len(found) > MAX_PACKED_FILES:
        return None
    return [
        (replace(entry, opened=partial(_inner, member, number)), is_folder)
        for number, (entry, is_folder) in enumerate(found)
    ]


@contextlib.contextmanager
def _unpacked(member: Member) -> Iterator[_Zip | _Tar]:
    with member.opened() as source, tempfile.TemporaryFile() as whole:
        _copy(source, whole, MAX_PACKED)
        whole.seek(0)
        with _archive(whole, MAX_PACKED) as archive:
            yield archive


@contextlib.contextmanager
def _inner(member: Member, number: int) -> Iterator[IO[bytes]]:
    """The file with that number in an archive of the tree, which is opened anew: there may be thousands of them."""
    with _unpacked(member) as archive:
        *_, info = next(itertools.islice(archive, number, None))
        with archive.open(info) as file:
            yield file
