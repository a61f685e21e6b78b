"""Write students' pages, and write them again from what is kept and what the gradebook says by now."""

from __future__ import annotations

from dataclasses import replace

import nbformat
from traitlets.config import Config

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.grading.class_list import facts_for_pages
from autograder.grading.classroom import Classroom
from autograder.grading.database import connected
from autograder.grading.feedback import feedback_page
from autograder.grading.gradebook import LessonRows
from autograder.grading.kept import students_with_verdicts
from autograder.grading.lateness import late_rule, penalty_of
from autograder.grading.lock import alone_in
from autograder.grading.recorder import store_page
from autograder.grading.standing import Row, Standing
from autograder.grading.verdicts import load_verdicts
from autograder.lessons import load_lesson


class PagesError(CourseError):
    """There is nothing to write pages from; the message says what to do."""


def write_pages(lesson: str, classroom: Classroom) -> list[str]:
    """Write the pages of all that has been graded, with the points and comments of now; nothing is judged.

    Returns:
        whose pages were written.

    Raises:
        PagesError: nothing of the lesson has been graded there.
    """
    students = students_with_verdicts(lesson, classroom)
    graded = {student: kept for student in students if (kept := load_verdicts(student, lesson, classroom))}
    if not graded:
        told, first = ("was kept as this version keeps it", "regrade") if students else ("has been graded", "grade")
        raise PagesError(f"nothing of {lesson} {told} in {shown_path(classroom.root)}. Use `{first}` first.")
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    hand_ins = facts_for_pages(lesson, classroom)
    with alone_in(classroom, lesson), connected(classroom) as connection:
        known = _standings(LessonRows(connection, lesson), list(graded), late_rule(classroom.config(lesson)))
        for student, now in known.items():
            notebook, about = taken_notebook(student, lesson, classroom), hand_ins.get(student)
            page = feedback_page(load_lesson(lesson), released, notebook, graded[student], now, student, about)
            store_page(page, student, lesson, classroom)
        return list(known)


def _standings(rows: LessonRows, students: list[str], rule: Config | None) -> dict[str, Standing]:
    """What the gradebook says of students; what is taken for being late anew: more time may have been given since."""
    before = rows.standings(students)
    penalties = {student: penalty_of(standing, student, rule) for student, standing in before.items()}
    changed = [student for student, penalty in penalties.items() if (penalty or 0) != before[student].penalty]
    rows.write(Row(student, None, penalty=penalties[student]) for student in changed)
    return {
        student: replace(before[student], penalty=penalties[student] or 0) for student in students if student in before
    }


def taken_notebook(student: str, lesson: str, classroom: Classroom) -> nbformat.NotebookNode:
    """A student's notebook as it was taken in and judged."""
    return nbformat.v4.reads(classroom.notebook("submitted", student, lesson).read_text(encoding="utf-8"))
