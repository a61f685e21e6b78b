"""Read one student's file, and put it in order."""

from __future__ import annotations

import hashlib
import json

import nbformat

from autograder.grading.intake import HandedIn, Submission, still_there
from autograder.submission.reading import Refused
from autograder.submission.recognise import read_lesson
from autograder.submission.repair import repair


def take_in(
    handed: HandedIn, lesson: str, released: nbformat.NotebookNode
) -> tuple[Submission, nbformat.NotebookNode | None]:
    """Read one student's file and put it in order; without a notebook if it is refused.

    Args:
        released: the lesson as learners get it.
    """
    try:
        read = read_lesson(lesson, handed.path)
        repaired = repair(released, read.cells, read.order)
        attempt = _attempt(repaired.notebook, released)
    except Exception as error:  # one student's trouble stops nobody else
        told = str(error) if isinstance(error, Refused | OSError) else f"it cannot be read: {error!r:.100}."
        return Submission(handed.student, f"{told}{still_there(handed.had_before)}", asides=handed.asides), None
    notes = (*read.notes, *repaired.notes, *handed.notes)
    taken = Submission(handed.student, "", True, notes, repaired.untouched, attempt, handed.asides)
    return taken, repaired.notebook


def _attempt(notebook: nbformat.NotebookNode, released: nbformat.NotebookNode) -> str:
    """A digest of the code that is the student's own; a lesson that is mended elsewhere does not change it."""
    given = {(cell.id, cell.source) for cell in released.cells}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [cell.source for cell in code if (cell.id, cell.source) not in given]
    return hashlib.sha256(json.dumps(own).encode()).hexdigest()
