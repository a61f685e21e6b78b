"""Write students' pages, and write them again from what is kept and what the gradebook says by now."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry

from autograder.build.notebooks import make_notebook
from autograder.collecting.people import load_hand_ins
from autograder.console import say_progress, shown_path
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.class_list import handed_in_path
from autograder.grading.classroom import Classroom
from autograder.grading.feedback import feedback_page
from autograder.grading.lock import alone_in
from autograder.grading.recorder import Recorder
from autograder.grading.standing import standing
from autograder.grading.verdicts import KeptVerdicts, load_verdicts, students_with_verdicts
from autograder.lessons import load_lesson
from autograder.page import OURS


class PagesError(CourseError):
    """There is nothing to write pages from; the message says what to do."""


class Pages:
    """Writes the pages of one lesson's students.

    Args:
        released: the lesson as learners get it.
    """

    def __init__(self, recorder: Recorder, released: nbformat.NotebookNode) -> None:
        self.recorder, self.released = recorder, released
        self._hand_ins: dict[str, dict] = {}
        with contextlib.suppress(ValueError):  # a damaged file costs names and attempts on the pages, and no page
            self._hand_ins = load_hand_ins(handed_in_path(recorder.lesson, recorder.classroom))

    def write(self, student: str, notebook: nbformat.NotebookNode, kept: KeptVerdicts) -> bool:
        """Write a student's page with what the gradebook says now; say whether it knows the student's work.

        A page that something else made, such as `nbgrader generate_feedback`, is moved to the classroom's `previous`.
        """
        lesson, classroom = self.recorder.lesson, self.recorder.classroom
        if not (now := standing(self.recorder, student)):
            return False
        hand_in = self._hand_ins.get(student)
        page = feedback_page(load_lesson(lesson), self.released, notebook, kept, now, student, hand_in)
        path = classroom.notebook("feedback", student, lesson, ".html")
        if path.is_file() and OURS not in path.read_text(encoding="utf-8", errors="replace"):
            _move_aside(path, student, classroom)
        write_whole(path, page)
        return True


def _move_aside(path: Path, student: str, classroom: Classroom) -> None:
    name = f"{path.stem}_{datetime.now():%Y-%m-%d_%H%M%S_%f}.html"
    aside = classroom.root / "previous" / student / path.stem / name
    aside.parent.mkdir(parents=True, exist_ok=True)
    path.rename(aside)
    say_progress(f"{student}: a page that something else made was moved to {shown_path(aside)}")


def write_pages(lesson: str, classroom: Classroom) -> list[str]:
    """Write the pages of all that has been graded, with the points and comments of now; nothing is judged.

    Returns:
        whose pages were written.

    Raises:
        PagesError: nothing of the lesson has been graded there.
    """
    students, source = students_with_verdicts(lesson, classroom), make_notebook(load_lesson(lesson))
    graded = {student: kept for student in students if (kept := load_verdicts(student, lesson, classroom))}
    if not graded:
        told, first = ("was kept as this version keeps it", "regrade") if students else ("has been graded", "grade")
        raise PagesError(f"nothing of {lesson} {told} in {shown_path(classroom.root)}. Use `{first}` first.")
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    with alone_in(classroom, lesson), Recorder(lesson, classroom, source) as recorder:
        pages = Pages(recorder, released)
        return [student for student, kept in graded.items() if _write_again(student, pages, kept)]


def _write_again(student: str, pages: Pages, kept: KeptVerdicts) -> bool:
    recorder = pages.recorder
    notebook = taken_notebook(student, recorder.lesson, recorder.classroom)
    with contextlib.suppress(MissingEntry):  # and so there is no page
        recorder.lateness(student, notebook)  # more time may have been given since
    return pages.write(student, notebook, kept)


def taken_notebook(student: str, lesson: str, classroom: Classroom) -> nbformat.NotebookNode:
    """A student's notebook as it was taken in and judged."""
    return nbformat.v4.reads(classroom.notebook("submitted", student, lesson).read_text(encoding="utf-8"))
