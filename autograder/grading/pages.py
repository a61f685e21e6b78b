"""Write students' pages, and write them again from what is kept and what the gradebook says by now."""

from __future__ import annotations

from datetime import datetime

import nbformat

from autograder.build.notebooks import make_notebook
from autograder.collecting.people import load_hand_ins
from autograder.console import say_progress, shown_path
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.feedback import feedback_page
from autograder.grading.recorder import Recorder
from autograder.grading.standing import standing
from autograder.grading.verdicts import KeptVerdicts, load_verdicts, students_with_verdicts
from autograder.lessons import load_lesson
from autograder.page import OURS


class PagesError(CourseError):
    """There is nothing to write pages from; the message says what to do."""


def write_page(student: str, recorder: Recorder, released: nbformat.NotebookNode, kept: KeptVerdicts) -> None:
    """Write a student's page from the gradebook as it is now.

    A page that something else made, as stock nbgrader's `generate_feedback`, is moved to the classroom's `previous`.
    """
    lesson, classroom = recorder.lesson, recorder.classroom
    now = standing(recorder.gradebook, lesson, student)
    assert now, "a page is written for what has been recorded"
    notebook = nbformat.v4.reads(classroom.notebook("submitted", student, lesson).read_text(encoding="utf-8"))
    hand_in = load_hand_ins(classroom.root / "handed_in" / f"{lesson}.json").get(student)
    page = feedback_page(load_lesson(lesson), released, notebook, kept, now, student, hand_in)
    path = classroom.notebook("feedback", student, lesson, ".html")
    if path.is_file() and OURS not in path.read_text(encoding="utf-8", errors="replace"):
        aside = classroom.root / "previous" / student / lesson / f"{lesson}_{datetime.now():%Y-%m-%d_%H%M%S_%f}.html"
        aside.parent.mkdir(parents=True, exist_ok=True)
        path.rename(aside)
        say_progress(f"{student}: a page that something else made was moved to {shown_path(aside)}")
    write_whole(path, page)


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
    with Recorder(lesson, classroom, source) as recorder:
        written = [student for student in graded if standing(recorder.gradebook, lesson, student)]
        for student in written:
            write_page(student, recorder, released, graded[student])
    return written
