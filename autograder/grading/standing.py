"""What the gradebook says of one student's submission, with all that a person has set there by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader.api import Grade, MissingEntry

from autograder.grading.recorder import Recorder


@dataclass(frozen=True)
class CellPoints:
    """A graded cell's points.

    Attributes:
        points: those that count, extra credit included.
        by_hand: a person has set them, whatever the tests gave.
        extra: of them, extra credit.
    """

    points: float
    max_points: float
    by_hand: bool = False
    extra: float = 0


@dataclass(frozen=True)
class Standing:
    """One student's submission of a lesson.

    Attributes:
        cells: graded cell -> points.
        comments: cell -> what a person has written about it.
        handed_in, due: in UTC, or None; the latter with the student's extension.
        penalty: points taken off for lateness.
    """

    cells: Mapping[str, CellPoints]
    comments: Mapping[str, str] = field(default_factory=dict)
    handed_in: datetime | None = None
    due: datetime | None = None
    penalty: float = 0

    @property
    def before_penalty(self) -> float:
        return sum(cell.points for cell in self.cells.values())

    @property
    def points(self) -> float:
        """All points that count, as nbgrader exports them."""
        return max(0.0, self.before_penalty - self.penalty)

    @property
    def max_points(self) -> float:
        return sum(cell.max_points for cell in self.cells.values())

    @property
    def seconds_late(self) -> float:
        if not (self.handed_in and self.due):
            return 0
        return max(0.0, (self.handed_in - self.due).total_seconds())


def standing(recorder: Recorder, student: str) -> Standing | None:
    """What there is of a student's submission; None if it has not been recorded."""
    try:
        submission = recorder.gradebook.find_submission(recorder.lesson, student)
    except MissingEntry:
        return None
    return Standing(
        {grade.name: _cell_points(grade) for grade in recorder.rows(student)},
        recorder.comments(student),
        submission.timestamp,
        submission.duedate,
        submission.late_submission_penalty or 0,
    )


def _cell_points(grade: Grade) -> CellPoints:
    return CellPoints(grade.score, grade.max_score, grade.manual_score is not None, grade.extra_credit or 0)
