"""Put a handed-in notebook back into the lesson's form, so that honest work gets what it deserves.

Everything comes from the released notebook: cells, order, types, metadata, tests. Only the text of solution cells
and free cells, and the cells that the student added, come from the student.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder.console import LONGEST_NAME, shortened
from autograder.submission.pieces import additions, compiles, defines, read_piece
from autograder.submission.reading import ORDER, HandedCell
from autograder.submission.rejoin import rejoined

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


def repair(released: NotebookNode, handed: list[HandedCell], order: Sequence[str] = ()) -> Repaired:
    """Fill the released notebook with a student's text.

    Args:
        order: ids of the cells as they were handed in, if they have been put in another order since.
    """
    locked = {cell.id for cell in released.cells if _settings(cell) and not _is_solution(cell)}
    handed = rejoined(handed, locked)
    cells = _sort(released, handed)
    notebook = NotebookNode(released | {"cells": [], "metadata": NotebookNode(released.metadata)})
    notes = list(cells.notes)
    made: list[tuple[HandedCell, NotebookNode]] = [(cell, _own(cell)) for cell in cells.added[""]]
    notebook.cells = [own for _, own in made]
    for cell in released.cells:
        found = cells.found[cell.id]
        notes += _differences(cell, found)
        added = [(other, _own(other)) for other in cells.added[cell.id]]
        filled = NotebookNode(cell) if _settings(cell) else _free(cell, found)
        if _is_solution(cell):
            earlier, filled.source = _answer(cell, found)
            copies = [(other, _own(other)) for other in earlier]
            notebook.cells += [own for _, own in copies]
            made += copies
        elif _settings(cell):
            added = [(other, _own(other)) for other in _added_to(cell, found)] + added
        notebook.cells += [filled, *(own for _, own in added)]
        made += [*((other, filled) for other in found[-1:]), *added]
    for number, cell in enumerate(cell for cell in notebook.cells if cell.id == ""):
        cell.id = f"added-{number}"
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for cell in filter(_is_solution, released.cells):
        place = _elsewhere(cell, notebook, is_there=bool(cells.found[cell.id]))
        elsewhere[place].append(cell.id)
        notes += [] if place or cells.found[cell.id] else [f"{cell.id} was deleted; it was put back."]
    given = {cell.id: cell.source for cell in released.cells}
    texts = {cell.id: cell.source for cell in notebook.cells}
    untouched = [name for name in elsewhere.pop("", ()) if texts[name] == given[name]]
    notes += [f"{', '.join(names)}: found {place}, and judged there." for place, names in elsewhere.items()]
    _keep_order(notebook, handed, made, order)
    return Repaired(notebook, tuple(notes), tuple(untouched))


def _added_to(cell: NotebookNode, found: list[HandedCell]) -> list[HandedCell]:
    """What a student has added to a locked cell, as cells to run below it; of a test's, only what it defines."""
    is_test = bool(_settings(cell).get("grade"))
    texts = [additions(cell.source, copied.source, definitions=is_test) for copied in found]
    return [HandedCell("code", text) for text in texts if text]


def _elsewhere(cell: NotebookNode, notebook: NotebookNode, is_there: bool) -> str:
    """Where the answer stands of an exercise whose own cell has none, or ""; then nothing takes its name away."""
    places = {other.id: place for place, other in enumerate(notebook.cells)}
    own = notebook.cells[places[cell.id]]
    others = [other for other in notebook.cells if other is not own and _is_students(other)]
    others = [other for other in others if defines(other.source, cell.id)]
    if not others or (is_there and own.source != cell.source and defines(own.source, cell.id)):
        return ""
    if not is_there:
        own.source = ""
    first = min(places[other.id] for other in others)
    return "in another cell" if first < places.get(f"hidden_{cell.id}", first + 1) else "below its test"


def _keep_order(
    notebook: NotebookNode,
    handed: list[HandedCell],
    made: list[tuple[HandedCell, NotebookNode]],
    before: Sequence[str],
) -> None:
    """Keep the order in which code was handed in, where that is another than the lesson's."""
    of = {id(cell): own.id for cell, own in made}
    order = [of[id(cell)] for cell in handed if id(cell) in of]
    places = {cell.id: place for place, cell in enumerate(notebook.cells) if _is_students(cell)}
    order = [name for name in dict.fromkeys(order) if name in places]
    if order != sorted(order, key=places.__getitem__):
        notebook.metadata[ORDER] = order
    elif before:
        notebook.metadata[ORDER] = list(before)


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
    """Take an added cell that defines an exercise whose own cell is gone, and nothing else, for that cell."""
    for after, added in reversed(cells.added.items()):
        for cell in reversed(added):
            if cell.kind == "code" and read_piece(cell.source).defines == {exercise}:
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
    if not all(map(compiles, sources)) and compiles(joined):
        return [], joined
    last = max(range(len(worked)), key=lambda i: (compiles(sources[i]), i))
    return worked[:last], sources[last]


def _differences(cell: NotebookNode, found: list[HandedCell]) -> list[str]:
    """Sentences on what happened to a cell that must not change."""
    wanted = _settings(cell)
    if not wanted:
        return []
    if not found:
        return [] if _is_solution(cell) else [f"{cell.id} was deleted; it was put back."]
    notes = []
    if len(found) > 1:
        what = "all were run in order" if _is_solution(cell) else "the copies were left out"
        notes.append(f"{cell.id} was there {len(found)} times; {what}.")
    last = found[-1]
    if last.kind != cell.cell_type:
        notes.append(f"{cell.id} was made a {last.kind} cell; it is code again.")
    if not _is_solution(cell) and last.source.strip() != cell.source.strip():
        kept = " and ".join(other.source.partition("\n")[0] for other in _added_to(cell, found))
        also = f" What was added was run below it: {shortened(kept, LONGEST_NAME)}" if kept else ""
        notes.append(f"the text of {cell.id} was changed; the course's own text was run.{also}")
    if last.settings and any((last.settings.get(key) or 0) != (wanted.get(key) or 0) for key in SETTINGS):
        notes.append(f"nbgrader's settings of {cell.id} were changed; they were put back.")
    return notes


def _free(cell: NotebookNode, found: list[HandedCell]) -> NotebookNode:
    if not found:
        return NotebookNode(cell)
    made = _own(found[0])
    made.id, made.metadata = cell.id, cell.metadata
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


def _is_students(cell: NotebookNode) -> bool:
    """Whether a cell runs for what the student wrote in it, and is no test."""
    return cell.cell_type == "code" and not _settings(cell).get("grade")
