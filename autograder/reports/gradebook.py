"""What a gradebook says of all students at once. It is asked a few questions, however large the class is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, func, select

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.grading import database
from autograder.grading.classroom import Classroom
from autograder.grading.gradebook import (
    ASSIGNMENT,
    CELL,
    GRADE,
    GRADE_CELL,
    NOTEBOOK,
    SUBMITTED,
    SUBMITTED_NOTEBOOK,
)
from autograder.lessons import lesson_names

#: A row of the gradebook that holds points.
GIVEN = GRADE.c.auto_score.is_not(None) | GRADE.c.manual_score.is_not(None)
#: The points that count, as nbgrader has them: those set by hand if there are any, and what was given besides.
SCORE = func.coalesce(GRADE.c.manual_score, GRADE.c.auto_score, 0.0) + func.coalesce(GRADE.c.extra_credit, 0.0)


class ReportError(CourseError):
    """There is nothing to report on; the message says what to do first."""


@dataclass
class Marks:
    """What one student has in one lesson, once all of it is read.

    Attributes:
        cells: graded cell -> points and how many it is worth; what was set by hand counts.
        by_hand: cells whose points were set by hand.
        handed_in: when, in UTC; None if the gradebook does not know.
        hours_late: after the date that is due for this student; None if one of the two is not known.
        penalty: points taken off for that.
    """

    cells: dict[str, tuple[float, float]] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    handed_in: datetime | None = None
    hours_late: float | None = None
    penalty: float = 0

    @cached_property
    def earned(self) -> float:
        """All points, whatever was taken off for being late."""
        return sum(points for points, _ in self.cells.values())

    @cached_property
    def points(self) -> float:
        """The points that count, as in nbgrader's own exports: what the penalty leaves, and never less than 0."""
        return max(0, self.earned - self.penalty)

    @cached_property
    def max_points(self) -> float:
        return sum(most for _, most in self.cells.values())


@contextlib.contextmanager
def opened(classroom: Classroom) -> Iterator[Connection]:
    """A connection to the classroom's gradebook, to read in.

    Raises:
        ReportError: there is none. (To open one that is not there would make it.)
        GradebookError: it cannot be used.
    """
    if not database.has_gradebook(classroom):
        raise ReportError(f"nothing has been graded in {shown_path(classroom.root)}. Use `grade` first.")
    with database.connected(classroom) as connection:
        yield connection


def graded_lessons(gradebook: Connection) -> list[str]:
    """The lessons of which anybody has any points, be it 0, in the order of the course."""
    has_points = select(GRADE.c.id).where(GRADE.c.cell_id == CELL.c.id, GIVEN).exists()  # by an index, to the first one
    query = select(ASSIGNMENT.c.name).distinct().join(NOTEBOOK, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id)
    query = query.join(CELL, CELL.c.notebook_id == NOTEBOOK.c.id)
    graded = set(gradebook.scalars(query.where(has_points)))
    return [lesson for lesson in lesson_names() if lesson in graded]


def marks_of(gradebook: Connection, lesson: str) -> dict[str, Marks]:
    """Id -> marks, of all who have any points in a lesson, be it 0."""
    submissions = _submissions(gradebook, lesson)
    query = select(CELL.c.id, CELL.c.name, GRADE_CELL.c.max_score).join(GRADE_CELL, GRADE_CELL.c.id == CELL.c.id)
    query = query.join(NOTEBOOK, CELL.c.notebook_id == NOTEBOOK.c.id)
    query = query.join(ASSIGNMENT, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == lesson)
    found: dict[str, Marks] = {}
    for id, cell, most in gradebook.execute(query).all():
        rows = select(GRADE.c.notebook_id, SCORE, GRADE.c.manual_score).where(GRADE.c.cell_id == id, GIVEN)
        for notebook, points, by_hand in gradebook.execute(rows).all():
            student, marks = submissions[notebook]
            found[student] = marks
            marks.cells[cell] = points, most
            if by_hand is not None:
                marks.by_hand.append(cell)
    return found


def _submissions(gradebook: Connection, lesson: str) -> dict[str, tuple[str, Marks]]:
    """A handed-in notebook's id in the gradebook -> whose it is, and what is known of it besides points."""
    asked = (SUBMITTED_NOTEBOOK.c.id, SUBMITTED.c.student_id, SUBMITTED.c.timestamp, SUBMITTED.c.extension)
    query = select(*asked, ASSIGNMENT.c.duedate, SUBMITTED_NOTEBOOK.c.late_submission_penalty)
    query = query.join(SUBMITTED, SUBMITTED_NOTEBOOK.c.assignment_id == SUBMITTED.c.id)
    query = query.join(ASSIGNMENT, SUBMITTED.c.assignment_id == ASSIGNMENT.c.id).where(ASSIGNMENT.c.name == lesson)
    found = {}
    for id, student, handed_in, extension, due, penalty in gradebook.execute(query).all():
        late = handed_in - (due + extension if extension else due) if handed_in and due else None
        hours = None if late is None else max(0, late.total_seconds() / 3600)
        found[id] = student, Marks(handed_in=handed_in, hours_late=hours, penalty=penalty or 0)
    return found
