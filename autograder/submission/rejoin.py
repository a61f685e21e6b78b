"""Put code in one piece again that was split into several cells inside of a function, a class or parentheses."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace

from autograder.submission.pieces import compiles, statements
from autograder.submission.reading import HandedCell


def rejoined(handed: list[HandedCell], locked: Collection[str]) -> list[HandedCell]:
    """The cells, with such code in the first of its cells.

    Args:
        locked: ids of cells that are not the student's to write in.
    """
    joined: list[HandedCell] = []
    for cell in handed:
        above = joined[-1] if joined and not {joined[-1].grade_id, joined[-1].id} & set(locked) else None
        is_code = above and above.kind == cell.kind == "code" and not cell.grade_id
        if above and is_code and _continues(above.source, cell.source):
            joined[-1] = replace(above, source=f"{above.source.rstrip()}\n{cell.source}")
        else:
            joined.append(cell)
    return joined


def _continues(above: str, below: str) -> bool:
    """Whether a cell's text is the rest of what the cell above it begins."""
    are_whole, is_indented = compiles(above) and compiles(below), below.lstrip("\r\n")[:1] in (" ", "\t")
    if are_whole and not is_indented:  # nearly always
        return False
    if not (above.strip() and below.strip() and compiles(f"{above.rstrip()}\n{below}")):
        return False
    if not are_whole:
        return True
    last = next(reversed(statements(above)), None)
    return is_indented and isinstance(last, ast.FunctionDef | ast.ClassDef) and not _returns(last)


def _returns(statement: ast.stmt) -> bool:
    """Whether a function is at its end."""
    return isinstance(statement, ast.FunctionDef) and isinstance(statement.body[-1], ast.Return | ast.Raise)
