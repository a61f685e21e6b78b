"""Put a handed-in notebook back into the lesson's form, so that honest work gets what it deserves.

Everything comes from the released notebook: cells, order, types, metadata, tests. Only the text of solution cells
and free cells, and the cells that the student added, come from the student.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.submission.needed import as_python
from autograder.submission.reading import HandedCell

#: What nbgrader's settings of a cell may not differ in without being told.
SETTINGS = ("grade", "locked", "points", "solution", "task")


@dataclass(frozen=True)
class Repaired:
    """A notebook that nbgrader can grade.

    Attributes:
        notebook: the released notebook with the student's text in it.
        notes: what was damaged and put right, a sentence each.
        untouched: exercises whose cell is as it was released.
    """

    notebook: NotebookNode
    notes: tuple[str, ...]
    untouched: tuple[str, ...]


def repair(released: NotebookNode, handed: list[HandedCell]) -> Repaired:
    """Fill the released notebook with a student's text."""
    cells = _sort(released, handed)
    notebook, notes, untouched = copy.deepcopy(NotebookNode(released | {"cells": []})), [], []
    notebook.cells = [_own(cell) for cell in cells.added[""]]
    for cell in released.cells:
        filled = copy.deepcopy(cell)
        found = cells.found[cell.id]
        notes += _differences(cell, found)
        if not _settings(cell):
            filled = _free(cell, found)
        elif _is_solution(cell):
            earlier, filled.source = _answer(cell, found)
            notebook.cells += [_own(copied) for copied in earlier]
            untouched += [cell.id] if filled.source == cell.source else []
        notebook.cells += [filled, *map(_own, cells.added[cell.id])]
    for number, cell in enumerate(cell for cell in notebook.cells if cell.id == ""):
        cell.id = f"added-{number}"
    return Repaired(notebook, (*cells.notes, *notes), tuple(untouched))


class _Sorted:
    """Which released cell each handed-in cell is, and which cells the student added after which."""

    def __init__(self) -> None:
        self.found: dict[str, list[HandedCell]] = defaultdict(list)
        self.added: dict[str, list[HandedCell]] = defaultdict(list)
        self.notes: list[str] = []


def _sort(released: NotebookNode, handed: list[HandedCell]) -> _Sorted:
    result, after = _Sorted(), ""
    by_id = {known.id: known for known in released.cells}
    for cell in handed:
        name = _identify(by_id, cell, result.found)
        if name:
            after = name
            result.found[name].append(cell)
        else:
            result.added[after].append(cell)
    for cell in released.cells:
        if _is_solution(cell) and not result.found[cell.id]:
            _find_stray_answer(cell.id, result)
    return result


def _identify(by_id: Mapping[str, NotebookNode], cell: HandedCell, found: dict[str, list[HandedCell]]) -> str:
    """The id of the released cell that this cell is, or ""."""
    for name in (cell.grade_id, cell.id):
        if name in by_id and (_settings(by_id[name]) or not found[name]):
            return name
    for known in by_id.values():  # some editors drop the ids
        if (known.cell_type, known.source) == (cell.kind, cell.source) and not found[known.id]:
            return known.id
    return ""


def _find_stray_answer(exercise: str, cells: _Sorted) -> None:
    """Take an added cell that defines an exercise whose own cell is gone for that cell."""
    defines = re.compile(rf"^(?:def|class)\s+{exercise}\b|^{exercise}\s*=[^=]", re.MULTILINE)
    for after, added in reversed(cells.added.items()):
        for cell in reversed(added):
            if cell.kind == "code" and defines.search(cell.source):
                cells.added[after] = [other for other in added if other is not cell]
                cells.found[exercise].append(cell)
                cells.notes.append(f"{exercise} stood in a cell of its own; it was put where it belongs.")
                return


def _answer(cell: NotebookNode, found: list[HandedCell]) -> tuple[list[HandedCell], str]:
    """Copies to run before the answer, and the answer: the last worked copy, or the halves of a split cell joined."""
    worked = [copied for copied in found if copied.source.strip() and copied.source != cell.source]
    if not worked:
        return [], cell.source
    sources = [copied.source for copied in worked]
    joined = "\n".join(sources)
    if not all(map(_is_python, sources)) and _is_python(joined):
        return [], joined
    last = max(range(len(worked)), key=lambda i: (_is_python(sources[i]), i))
    return worked[:last], sources[last]


def _differences(cell: NotebookNode, found: list[HandedCell]) -> list[str]:
    """Sentences on what happened to a cell that must not change."""
    wanted = _settings(cell)
    if not wanted:
        return []
    if not found:
        return [f"{cell.id} was deleted; it was put back."]
    notes = []
    if len(found) > 1:
        what = "all were run in order" if _is_solution(cell) else "the copies were left out"
        notes.append(f"{cell.id} was there {len(found)} times; {what}.")
    last = found[-1]
    if last.kind != cell.cell_type:
        notes.append(f"{cell.id} was made a {last.kind} cell; it is code again.")
    if not _is_solution(cell) and last.source.strip() != cell.source.strip():
        notes.append(f"the text of {cell.id} was changed; the course's own text was run.")
    if last.settings and any((last.settings.get(key) or 0) != (wanted.get(key) or 0) for key in SETTINGS):
        notes.append(f"nbgrader's settings of {cell.id} were changed; they were put back.")
    return notes


def _free(cell: NotebookNode, found: list[HandedCell]) -> NotebookNode:
    if not found:
        return copy.deepcopy(cell)
    made = _own(found[0])
    made.id, made.metadata = cell.id, copy.deepcopy(cell.metadata)
    return made


def _own(cell: HandedCell) -> NotebookNode:
    """A cell of the student's own: its text and type, none of its metadata."""
    kind = cell.kind if cell.kind in ("code", "markdown") else "raw"
    made = NotebookNode(id="", cell_type=kind, metadata=NotebookNode(), source=cell.source)
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def _settings(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def _is_solution(cell: NotebookNode) -> bool:
    return bool(_settings(cell).get("solution"))


def _is_python(source: str) -> bool:
    """Whether IPython could run the text: Python, with its magics."""
    try:
        as_python(source)
    except (ValueError, RecursionError, MemoryError):
        return False
    return True
