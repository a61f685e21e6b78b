"""What students have written themselves, from the classroom's copies of their notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping

import nbformat

from autograder.grading.classroom import Classroom


def own_code(student: str, lesson: str, classroom: Classroom, given: nbformat.NotebookNode) -> dict[str, str]:
    """Cell -> text of a student's code cells that are not as they were released; none if there is no notebook.

    Args:
        given: the released notebook.
    """
    try:
        text = classroom.notebook("submitted", student, lesson).read_text(encoding="utf-8")
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]  # much faster than nbformat
        found = {cell["id"]: _source(cell) for cell in cells}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    released = {cell.id: cell.source for cell in given.cells}
    return {cell: source for cell, source in found.items() if released.get(cell) != source}


def released_notebook(lesson: str, classroom: Classroom) -> nbformat.NotebookNode:
    """The lesson as the class got it."""
    return nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)


def _source(cell: Mapping) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
