"""Tables as files of comma-separated values: those that we write, and those of other systems, which we fill in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder.console import listed, one_line, shortened, shown_path, writable
from autograder.reports.export_marks import ExportError

#: What a spreadsheet takes for a formula: at the beginning of a cell, or of what it takes for one where semicolons
#: separate.
FORMULA = re.compile(r"(^|[;,])(\s*)(?=[=+\-@＝＋－＠])")
MARK = "\ufeff"  # says that a file is in Unicode; without it spreadsheets spoil all letters that are not English
UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def safe(text: str) -> str:
    """Text of somebody's for a cell: one line, not too long, and no formula."""
    return FORMULA.sub(r"\1\2'", shortened(one_line(writable(text))))


def number(points: float | None) -> str:
    """Points as all systems read them, with a point and up to two decimals; where there are none nothing, and not 0."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """A table as RFC 4180 has it, in UTF-8 with its mark: spreadsheets and the systems that we write for take both."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return MARK + text.getvalue()


class Sheet:
    """A table that came from another system: what is not written to stays as it was, to the byte.

    Attributes:
        header: the names of its columns.
        rows: numbers of the rows below them.
    """

    def __init__(self, path: Path, header_has: str = "") -> None:
        """Read it.

        Args:
            header_has: a column that tells the row of names from what may stand above it; else it is the first.

        Raises:
            ExportError: the file cannot be read, or is no such table.
        """
        self.path = path
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ExportError(f"{shown_path(path)} cannot be read: {error.strerror}.") from error
        self._text, self._encoding = _decoded(content)
        first = self._text.lstrip(MARK).partition("\n")[0]
        self._cells = list(_spans(self._text, max(",;\t", key=first.count), path))
        heads = (i for i in range(len(self._cells)) if not header_has or header_has in self._row(i))
        head = next(heads, None)
        if head is None:
            raise ExportError(f"{shown_path(path)} has no column {header_has!r}. Give the file as it was downloaded.")
        self.header = self._row(head)
        self.rows = range(head + 1, len(self._cells))
        self._written: dict[tuple[int, int], str] = {}

    def column(self, *names: str, option: str = "") -> int:
        """The place of the one column with one of these names.

        Raises:
            ExportError: there is none, or more than one; `option` is what could tell.
        """
        found = [place for place, head in enumerate(self.header) if head in names]
        if len(found) != 1:
            what = "has no column" if not found else "has more than one column"
            advice = f" Say which is meant: {option}." if option else ""
            raise ExportError(
                f"{shown_path(self.path)} {what} {' or '.join(map(repr, names))}.{advice} "
                f"Its columns: {listed([one_line(head) for head in self.header])}."
            )
        return found[0]

    def cell(self, row: int, column: int) -> str:
        """A cell's text; "" where the row is too short."""
        spans = self._cells[row]
        return _unquoted(self._text[slice(*spans[column])]) if column < len(spans) else ""

    def write(self, row: int, column: int, text: str) -> None:
        """Put a number or a word into a cell, in quotes if there were any.

        Raises:
            ExportError: the row is too short.
        """
        if column >= len(self._cells[row]):
            line = self._text.count("\n", 0, self._cells[row][0][0]) + 1
            raise ExportError(f"{shown_path(self.path)}, line {line}: there are too few columns. Download it again.")
        span = self._cells[row][column]
        self._written[span] = f'"{text}"' if self._text[slice(*span)].startswith('"') else text

    def content(self) -> bytes:
        """The file as it is now."""
        pieces, place = [], 0
        for (start, end), text in sorted(self._written.items()):
            pieces += [self._text[place:start], text]
            place = end
        return "".join([*pieces, self._text[place:]]).encode(self._encoding)

    def _row(self, row: int) -> list[str]:
        return [self.cell(row, column).strip() for column in range(len(self._cells[row]))]


def _decoded(content: bytes) -> tuple[str, str]:
    """A file's text, with the mark if it has one, and how it is encoded. Spreadsheets write all of these."""
    encoding = UTF16.get(content[:2], "utf-8")
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _spans(text: str, delimiter: str, path: Path) -> Iterator[list[tuple[int, int]]]:
    """Row after row, where in the text each cell begins and ends."""
    cell = re.compile(rf'("[^"]*(?:""[^"]*)*"|[^{delimiter}\r\n]*)({delimiter}|\r\n|\r|\n|\Z)')
    place, row = len(text) - len(text.lstrip(MARK)), []
    while place < len(text):
        found = cell.match(text, place)
        assert found  # the second form takes anything
        if found[1].startswith('"') and not (len(found[1]) > 1 and found[1].endswith('"')):
            line = text.count("\n", 0, place) + 1
            raise ExportError(f"{shown_path(path)}, line {line}: a quotation mark is not closed. Download it again.")
        row.append(found.span(1))
        place = found.end()
        if found[2] != delimiter:
            yield row
            row = []
    if row:
        yield [*row, (len(text), len(text))]


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text
