"""Read a handed-in notebook file, however badly treated, without following links and within limits."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.errors import CourseError

#: Larger files are refused, and notebooks that hold more than so much besides their outputs.
MAX_FILE, MAX_BYTES = 500_000_000, 20_000_000
#: Nobody writes so many cells, or so many characters into one, or into all.
MAX_CELLS, MAX_SOURCE, MAX_TEXT = 2_000, 200_000, 2_000_000


class Refused(CourseError):
    """One student's notebook cannot be graded; the message says why and what to do."""


@dataclass(frozen=True)
class HandedCell:
    """What counts of a cell in a handed-in notebook."""

    kind: str
    source: str
    id: str = ""
    settings: dict = field(default_factory=dict)  # its `nbgrader` metadata

    @property
    def grade_id(self) -> str:
        return str(self.settings.get("grade_id", ""))


@dataclass(frozen=True)
class Handed:
    """What counts of a handed-in notebook.

    Attributes:
        cells: in order.
        notes: what is odd about the file, a sentence each.
        language: which the notebook says that it is written in, in small letters, or "".
    """

    cells: list[HandedCell]
    notes: tuple[str, ...] = ()
    language: str = ""


def read_cells(path: Path) -> list[HandedCell]:
    """The cells of a notebook file; see `read_notebook`."""
    return read_notebook(path).cells


def read_notebook(path: Path) -> Handed:
    """The cells of a notebook file, however badly treated.

    Raises:
        Refused: the file is no notebook; the message says where it breaks.
    """
    data = _read_json(path)
    if not (isinstance(data, dict) and isinstance(data.get("nbformat"), int)):
        raise Refused(f"{path.name} is JSON, but not a notebook. Hand in the notebook itself.")
    if data["nbformat"] < 4:
        try:
            data = nbformat.convert(nbformat.from_dict(data), 4)
        except Exception as error:
            raise Refused(f"{path.name} is an old notebook that cannot be read: {error!r:.100}.") from error
    if not isinstance(data.get("cells"), list):
        raise Refused(f"{path.name} is a notebook without cells. Hand it in again.")
    if len(data["cells"]) > MAX_CELLS:
        raise Refused(f"{path.name} has {len(data['cells'])} cells, more than {MAX_CELLS}. Hand it in without copies.")
    cells = [_handed(cell, path) for cell in data["cells"] if isinstance(cell, dict)]
    if sum(len(cell.source) for cell in cells) > MAX_TEXT:
        raise Refused(f"{path.name} has cells of more than {MAX_TEXT:,} characters. Hand it in without that text.")
    return Handed(cells, (), _language(data.get("metadata")))


def _language(metadata: object) -> str:
    found = metadata if isinstance(metadata, dict) else {}
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        if isinstance(found.get(key), dict) and isinstance(found[key].get(name), str):
            return found[key][name].strip().lower()
    return ""


def _read_json(path: Path) -> object:
    try:
        text = _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8 text (byte {error.start}). Hand in the notebook again.") from error
    if not text.strip():
        raise Refused(f"{path.name} is empty. Hand in the notebook again.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        cut = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        why = "it ends too early, as after a broken upload" if cut else error.msg
        raise Refused(f"{path.name} is not JSON ({where}): {why}. Hand in the notebook again.") from error
    except (RecursionError, ValueError) as error:
        raise Refused(f"{path.name} cannot be read as JSON: {error}.") from error


def _read_bytes(path: Path) -> bytes:
    """Read a regular file, and nothing else, without following a link or waiting on a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused(f"{path.name} is not an ordinary file. Hand in the notebook itself.")
        with open(os.open(path, flags), "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        size = f"{MAX_BYTES / 1e6:.0f} MB"
        raise Refused(f"{path.name} is larger than {size}. Hand it in with all outputs cleared.")
    return content


def _handed(cell: dict, path: Path) -> HandedCell:
    source, metadata = cell.get("source", ""), cell.get("metadata")
    if isinstance(source, list):
        source = "".join(map(str, source))
    if len(str(source)) > MAX_SOURCE:
        raise Refused(f"{path.name} has a cell of more than {MAX_SOURCE:,} characters. Hand it in without that text.")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return HandedCell(
        kind=str(cell.get("cell_type", "")),
        source=str(source).encode("utf-8", "replace").decode("utf-8"),  # a lone surrogate could not be written
        id=str(cell.get("id", "")),
        settings=dict(settings) if isinstance(settings, dict) else {},
    )
