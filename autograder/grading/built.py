"""Read a lesson as it is built: all that the gradebook and the classroom get of it.

It needs the lesson's tests, which take long to load: so it is done where they are loaded in any case.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache

import nbformat
from nbformat import NotebookNode

from autograder import stored
from autograder.build.notebooks import KERNEL, holds_cells, make_notebook, solution_notebook
from autograder.console import shown_path
from autograder.grading.lesson_rows import LessonCell
from autograder.grading.notebook_text import notebook_text
from autograder.grading.prepare import BuiltLesson, GradingError
from autograder.lessons import load_lesson


def read_built(lesson: str) -> BuiltLesson:
    """A lesson as it is built.

    Raises:
        GradingError: it is not built, or its text has changed since.
    """
    path, instructors = solution_notebook(lesson), made(lesson)
    if not holds_cells(path, instructors):
        raise GradingError(f"{shown_path(path)} is not what the lesson's text gives. Run `make build` first.")
    source, released = path.read_text(encoding="utf-8"), stored.lesson(lesson)["released"]
    # What learners get, as nbgrader makes it of the source: with that one's own metadata.
    given = nbformat.from_dict({**released, "metadata": json.loads(source)["metadata"]})
    return BuiltLesson(lesson, source, notebook_text(given), lesson_cells(instructors, given), dict(KERNEL))


@cache
def made(lesson: str) -> NotebookNode:
    """The instructor's notebook of a lesson, as its text gives it."""
    return make_notebook(load_lesson(lesson))


def lesson_cells(made: NotebookNode, released: NotebookNode) -> dict[str, LessonCell]:
    """A lesson's cells, by name: with the hidden tests, and without the solutions.

    Args:
        made: the instructor's notebook.
        released: the learners'.
    """
    stubs = {cell.id: cell.source for cell in released.cells}
    return {
        cell.metadata.nbgrader.grade_id: _lesson_cell(cell, stubs) for cell in made.cells if "nbgrader" in cell.metadata
    }


def _lesson_cell(cell: NotebookNode, stubs: Mapping[str, str]) -> LessonCell:
    facts = cell.metadata.nbgrader
    grade, solution = bool(facts.get("grade")), bool(facts.get("solution"))
    source = stubs[cell.id] if solution else cell.source
    locked = not solution and (grade or bool(facts.get("locked")))
    points = float(facts.points) if grade else None
    # As `nbgrader.utils.compute_checksum` has it.
    parts = [source, cell.cell_type, grade, solution, locked, facts.grade_id, *([points] if grade else [])]
    checksum = hashlib.md5("".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
    return LessonCell(source, cell.cell_type, points, solution, locked, checksum)
