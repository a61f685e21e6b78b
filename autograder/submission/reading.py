"""Read a handed-in notebook file, however badly treated, without following links and within limits."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.console import LONGEST_NAME, one_line, shortened
from autograder.submission.decoding import decoded
from autograder.submission.no_notebooks import what_bytes, what_data, what_text
from autograder.submission.opening import MAX_BYTES, MAX_FILE, Refused, read_bytes
from autograder.submission.pieces import as_python
from autograder.submission.unwrapping import NoJSON, notebooks_in

__all__ = ["MAX_BYTES", "MAX_FILE", "Handed", "HandedCell", "Refused", "read_notebook"]

#: Nobody writes so many cells, or so many characters into one, or into all.
MAX_CELLS, MAX_SOURCE, MAX_TEXT = 2_000, 200_000, 2_000_000
#: Where a notebook keeps the order in which its cells were handed in, if that is another.
ORDER = "handed_in_order"
#: Where lines end for `str.splitlines`, by which Jupyter cuts a text into the lines of a list.
LINE_ENDS = ("\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
#: Such ends are none in Python's own text.
ODD_ENDS = re.compile("[\x85\u2028\u2029]")
#: What git, or nbdime in its place, leaves in a text that two people have changed.
CONFLICT = re.compile("^(<{7} |>{7} )", re.MULTILINE)
#: Where the text of a cell stands: today, and in notebooks of before 2015.
TEXT_KEYS = ("source", "input", "code", "text")


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
        language: which the notebook says that it is written in, or "".
        order: ids of cells in the order in which they were handed in, if the notebook was put in another since.
    """

    cells: list[HandedCell]
    notes: tuple[str, ...] = ()
    language: str = ""
    order: tuple[str, ...] = ()


def read_notebook(path: Path) -> Handed:
    """The cells of a notebook file, however badly treated.

    Raises:
        Refused: the file is no notebook; the message says what it is, or where it breaks.
    """
    try:
        content, packed = read_bytes(path)
        notebook, notes = _notebook(content)
        handed = _handed(notebook)
    except (Refused, RecursionError) as error:
        told = error if isinstance(error, Refused) else "cannot be read: its JSON is nested too deep."
        raise Refused(f"{shortened(one_line(path.name), LONGEST_NAME)} {told}") from error
    return Handed(handed.cells, (*packed, *notes, *handed.notes), handed.language, handed.order)


def _notebook(content: bytes) -> tuple[dict, list[str]]:
    """The one notebook that a file's content is or holds, and sentences on what is odd about it."""
    if told := what_bytes(content):
        raise Refused(told)
    text, about_encoding = decoded(content)
    if not text.strip():
        raise Refused("is empty. Hand in the notebook again.")
    try:
        found, data, notes = notebooks_in(text)
    except NoJSON as no_json:
        raise Refused(what_text(text, no_json.error)) from no_json.error
    except ValueError as error:
        raise Refused(f"cannot be read as JSON: {error}.") from error
    if not found:
        raise Refused(what_data(data))
    if any(other != found[0] for other in found):
        raise Refused(f"holds {len(found)} notebooks. Hand in one.")
    return found[0], [*about_encoding, *notes]


def _handed(notebook: dict) -> Handed:
    """What counts of a notebook of any version."""
    cells = [cell for cell in _cells_of(notebook) if isinstance(cell, dict)]
    if len(cells) > MAX_CELLS:
        raise Refused(f"has {len(cells)} cells, more than {MAX_CELLS}. Hand it in without copies.")
    lines = [list(_strings(next((cell[key] for key in TEXT_KEYS if cell.get(key) is not None), ""))) for cell in cells]
    lengths = [sum(map(len, texts)) for texts in lines]
    if max(lengths, default=0) > MAX_SOURCE:
        raise Refused(f"has a cell of more than {MAX_SOURCE:,} characters. Hand it in without that text.")
    if sum(lengths) > MAX_TEXT:
        raise Refused(f"has cells of more than {MAX_TEXT:,} characters. Hand it in without that text.")
    texts = [_joined(parts, cell.get("cell_type") != "markdown") for cell, parts in zip(cells, lines)]
    mended = sum(text != "".join(parts) for text, parts in zip(texts, lines))
    unsettled = sum(bool(CONFLICT.search(text)) for text in texts)
    told = f"lines in {mended} of {len(cells)} cells had no line ends in the file; they were joined as lines."
    notes = [told] if mended else []
    notes += [f"{unsettled} of {len(cells)} cells have conflict markers of git in their text."] if unsettled else []
    return Handed(list(map(_handed_cell, cells, texts)), tuple(notes), *_told(notebook.get("metadata")))


def _cells_of(notebook: dict) -> list:
    """The cells; before version 4 they stood in worksheets."""
    sheets = notebook.get("worksheets")
    own = [notebook, *(sheets if isinstance(sheets, list) else [])]
    lists = [sheet["cells"] for sheet in own if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)]
    if not lists:
        raise Refused("is a notebook without cells. Hand it in again.")
    return list(itertools.chain(*lists))


def _joined(lines: list[str], is_code: bool) -> str:
    """The text of a cell: its lines as they are, or with line ends where these were forgotten or are none in Python.

    Line ends are put into code if it runs with them, or does not run without.
    """
    plain = "".join(lines)
    if any(line and not line.endswith(LINE_ENDS) for line in lines[:-1]):
        ended = "".join(map(_ended, lines, [*lines[1:], "\n"]))
        return plain if is_code and _is_python(plain) and not _is_python(ended) else ended
    if is_code and ODD_ENDS.search(plain) and not _is_python(plain):
        ended = ODD_ENDS.sub("\n", plain)
        return ended if _is_python(ended) else plain
    return plain


def _ended(line: str, following: str) -> str:
    """A line with its end, unless it has one, or the next one begins with it."""
    return line if line.endswith(LINE_ENDS) or following.startswith(LINE_ENDS) else f"{line}\n"


def _strings(text: object) -> Iterator[str]:
    """The strings in what should be a string or a list of them."""
    if isinstance(text, str):
        yield text
    elif isinstance(text, list | dict):
        for part in text.values() if isinstance(text, dict) else text:
            yield from _strings(part)
    elif text is not None:
        yield str(text)


def _is_python(text: str) -> bool:
    """Whether IPython could run the text, and there is something to run in it: a comment swallows what is joined."""
    try:
        return bool(ast.parse(as_python(text)).body)
    except (ValueError, RecursionError, MemoryError):
        return False


def _handed_cell(cell: dict, text: str) -> HandedCell:
    metadata = cell["metadata"] if isinstance(cell.get("metadata"), dict) else {}
    settings = metadata.get("nbgrader")
    return HandedCell(
        kind=str(cell.get("cell_type", "")).lower(),
        source=re.sub("\r\n?", "\n", text).encode("utf-8", "replace").decode("utf-8"),  # no halves of characters
        id=str(cell.get("id") or metadata.get("id") or ""),  # Colab keeps it in the metadata
        settings=dict(settings) if isinstance(settings, dict) else {},
    )


def _told(metadata: object) -> tuple[str, tuple[str, ...]]:
    """What a notebook's metadata tell: the language, or "", and the order of cells, if one is kept there."""
    found = metadata if isinstance(metadata, dict) else {}
    order = found.get(ORDER)
    kept = tuple(map(str, order[:MAX_CELLS])) if isinstance(order, list) else ()
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        if isinstance(found.get(key), dict) and isinstance(found[key].get(name), str):
            return found[key][name].strip(), kept
    return "", kept
