"""The page that a student gets back. All that comes from the student is shown as plain text or as a picture."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nbformat import NotebookNode

from autograder.grading.judge import Judged
from autograder.grading.results import Result
from autograder.lessons import Lesson
from autograder.page import page_environment

PNG = b"\x89PNG\r\n\x1a\n"


def _pictures(outputs: Iterable[dict]) -> Iterator[str]:
    """The base64 text of what really are PNG pictures."""
    for output in outputs:
        try:
            content = base64.b64decode(str(output.get("image/png", "")))
        except (binascii.Error, ValueError):
            continue
        if content.startswith(PNG):
            yield base64.b64encode(content).decode()


ENVIRONMENT = page_environment(Path(__file__).parent)
ENVIRONMENT.filters["pictures"] = _pictures


def feedback_page(
    lesson: Lesson,
    released: NotebookNode,
    notebook: NotebookNode,
    judged: Judged,
    result: Result,
    notes: Sequence[str],
    comments: Mapping[str, str],
) -> str:
    """The page as HTML.

    Args:
        released: the lesson as learners get it; cells that are as there are not shown.
        notebook: the student's, as it was judged.
        result: the points, those set by hand included.
        notes: what intake put right.
        comments: cell -> what a person has written about it.
    """
    sources = {cell.id: cell.source for cell in notebook.cells}
    given = {cell.id: cell.source for cell in released.cells}
    exercises = [
        {
            "name": name,
            "points": result.exercises[name].points,
            "max_points": result.exercises[name].max_points,
            "parts": (verdict.visible, *verdict.hidden),
            "source": sources.get(verdict.cell, ""),
            "ran": judged.ran.get(verdict.cell),
            "comment": comments.get(name, ""),
        }
        for name, verdict in judged.verdicts.items()
    ]
    shown = {verdict.cell for verdict in judged.verdicts.values()}
    others = [
        {"source": sources[cell], "ran": ran}
        for cell, ran in judged.ran.items()
        if cell not in shown and sources[cell] != given.get(cell)
    ]
    page = ENVIRONMENT.get_template("feedback.html")
    return page.render(title=lesson.title, result=result, notes=notes, exercises=exercises, others=others)
