"""What a gradebook says of all students at once. It is asked a few questions, however large the class is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy
from nbgrader.api import Assignment, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import Session

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.grading import database
from autograder.grading.classroom import Classroom
from autograder.lessons import lesson_names

#: A row of the gradebook that holds points.
GIVEN = Grade.auto_score.is_not(None) | Grade.manual_score.is_not(None)


class ReportError(CourseError):
    """There is nothing to report on; the message says what to do first."""


@dataclass
class Marks:
    """What one student has in one lesson.

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

    @property
    def earned(self) -> float:
        """All points, whatever was taken off for being late."""
        return sum(points for points, _ in self.cells.values())

    @property
    def points(self) -> float:
        """The points that count, as in nbgrader's own exports: what the penalty leaves, and never less than 0."""
        return max(0, self.earned - self.penalty)

    @property
    def max_points(self) -> float:
        return sum(most for _, most in self.cells.values())


@contextlib.contextmanager
def opened(classroom: Classroom) -> Iterator[Session]:
    """A session with the classroom's gradebook, to read in.

    Raises:
        ReportError: there is none. (To open one that is not there would make it.)
        GradebookError: it cannot be used.
    """
    if not database.has_gradebook(classroom):
        raise ReportError(f"nothing has been graded in {shown_path(classroom.root)}. Use `grade` first.")
    with database.opened(classroom) as engine, Session(engine) as session:
        yield session


def graded_lessons(session: Session) -> list[str]:
    """The lessons of which anybody has any points, be it 0, in the order of the course."""
    query = sqlalchemy.select(Assignment.name).distinct().select_from(Grade)
    query = query.join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
    query = query.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    query = query.join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    graded = set(session.scalars(query.where(GIVEN)))
    return [lesson for lesson in lesson_names() if lesson in graded]


def marks_of(session: Session, lesson: str) -> dict[str, Marks]:
    """Id -> marks, of all who have any points in a lesson, be it 0."""
    query = sqlalchemy.select(
        SubmittedAssignment.student_id, GradeCell.name, Grade.score, GradeCell.max_score, Grade.manual_score
    )
    query = query.select_from(Grade).join(GradeCell, Grade.cell_id == GradeCell.id)
    query = query.join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
    query = query.where(GIVEN)
    found: dict[str, Marks] = {}
    for student, cell, points, most, by_hand in session.execute(_of_lesson(query, lesson)):
        marks = found.setdefault(student, Marks())
        marks.cells[cell] = points, most
        marks.by_hand += [cell] if by_hand is not None else []
    _add_times(session, lesson, found)
    return found


def _add_times(session: Session, lesson: str, found: dict[str, Marks]) -> None:
    query = sqlalchemy.select(
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
        SubmittedAssignment.extension,
        Assignment.duedate,
        SubmittedNotebook.late_submission_penalty,
    ).select_from(SubmittedNotebook)
    for student, handed_in, extension, due, penalty in session.execute(_of_lesson(query, lesson)):
        if marks := found.get(student):
            marks.handed_in, marks.penalty = handed_in, marks.penalty + (penalty or 0)
            if handed_in and due:
                late = handed_in - (due + extension if extension else due)
                marks.hours_late = max(0, late.total_seconds() / 3600)


def _of_lesson(query: sqlalchemy.Select, lesson: str) -> sqlalchemy.Select:
    query = query.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    query = query.join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    return query.where(Assignment.name == lesson)
