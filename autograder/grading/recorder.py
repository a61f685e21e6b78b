"""Keep what was found of each student: files in the classroom, and rows in nbgrader's gradebook.

Submissions are recorded many at a time, their rows in one transaction. Verdicts are written last: grading that was
interrupted anywhere is completed by grading again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError

from autograder.console import say_progress, shown_path
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.gradebook import LessonRows
from autograder.grading.intake import store_copy
from autograder.grading.kept import store_verdicts
from autograder.grading.receipts import pass_on
from autograder.grading.results import Result, failed, not_graded
from autograder.grading.task import Marked
from autograder.page import OURS


class Recorder:
    """Keeps what was found of one lesson's students in a classroom.

    Args:
        rows: the lesson's, in the classroom's gradebook.
    """

    def __init__(self, classroom: Classroom, rows: LessonRows) -> None:
        self._classroom, self._rows = classroom, rows

    def record(self, found: Iterable[Marked]) -> Iterator[Result]:
        """Keep submissions, and give their lines, in order; one student's trouble stops nobody else."""
        found = _each(found, self._store_notebooks)
        try:
            self._rows.write(marked.row for marked in found if marked.row)
        except OperationalError:  # the gradebook is away, or held by another program, and that is nobody's fault here
            raise
        except Exception:  # whose rows cannot be written is found out one by one
            found = _each(found, lambda marked: self._rows.write([marked.row] if marked.row else []))
        return map(_line, _each(found, self._store_the_rest))

    def _store_notebooks(self, marked: Marked) -> None:
        place = (marked.submission.student, self._rows.lesson)
        store_copy(marked.notebook, self._classroom.notebook("submitted", *place), self._classroom)
        if marked.graded:
            write_whole(self._classroom.notebook("autograded", *place), marked.graded)

    def _store_the_rest(self, marked: Marked) -> None:
        place = (marked.submission.student, self._rows.lesson, self._classroom)
        store_page(marked.page, *place)
        store_verdicts(*place, marked.kept)
        pass_on(*place)


def _each(found: Iterable[Marked], store: Callable[[Marked], None]) -> list[Marked]:
    """Store what was graded; of what cannot be stored, only why is left."""
    return [_tried(marked, store) if marked.result else marked for marked in found]


def _tried(marked: Marked, store: Callable[[Marked], None]) -> Marked:
    try:
        store(marked)
        return marked
    except Exception as error:
        return Marked(marked.submission, f"{type(error).__name__}: {error}")


def _line(marked: Marked) -> Result:
    if marked.result:
        return marked.result
    return failed(marked.submission, marked.failed) if marked.failed else not_graded(marked.submission)


def store_page(page: str, student: str, lesson: str, classroom: Classroom) -> None:
    """Write a student's page.

    One that something else made, such as `nbgrader generate_feedback`, is moved to the classroom's `previous`.
    """
    path = classroom.notebook("feedback", student, lesson, ".html")
    if path.is_file() and OURS not in path.read_text(encoding="utf-8", errors="replace"):
        _move_aside(path, student, classroom)
    write_whole(path, page)


def _move_aside(path: Path, student: str, classroom: Classroom) -> None:
    name = f"{path.stem}_{datetime.now():%Y-%m-%d_%H%M%S_%f}.html"
    aside = classroom.root / "previous" / student / path.stem / name
    aside.parent.mkdir(parents=True, exist_ok=True)
    path.rename(aside)
    say_progress(f"{student}: a page that something else made was moved to {shown_path(aside)}")
