"""What the gradebook says of one student's submission, with all that a person has set there by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class CellPoints:
    """A graded cell's points.

    Attributes:
        max_points: what it is worth.
        tested: what the tests gave; None if they were not run.
        set: what a person has set instead; None if nobody has.
        added: extra credit; None if nobody has given any.
    """

    max_points: float
    tested: float | None = None
    set: float | None = None
    added: float | None = None

    @property
    def points(self) -> float:
        """Those that count, extra credit included, as nbgrader counts them."""
        known = self.tested if self.set is None else self.set
        return 0.0 if known is None else known + self.extra

    @property
    def extra(self) -> float:
        """Of them, extra credit."""
        return self.added or 0

    @property
    def by_hand(self) -> bool:
        """Whether a person has set them, whatever the tests gave."""
        return self.set is not None


@dataclass(frozen=True)
class Standing:
    """One student's submission of a lesson.

    Attributes:
        cells: graded cell -> points.
        comments: cell -> what a person has written about it.
        handed_in: in UTC, or None.
        class_due: when it is due for the class, in UTC, or None.
        extension: how much more time the student has, or None.
        penalty: points taken off for lateness.
    """

    cells: Mapping[str, CellPoints]
    comments: Mapping[str, str] = field(default_factory=dict)
    handed_in: datetime | None = None
    class_due: datetime | None = None
    extension: timedelta | None = None
    penalty: float = 0

    @property
    def due(self) -> datetime | None:
        """When it is due for the student."""
        return self.class_due and self.class_due + (self.extension or timedelta())

    @property
    def is_tested(self) -> bool:
        """Whether the tests have given any points, be it 0."""
        return any(cell.tested is not None for cell in self.cells.values())

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

    def tested(self, points: Mapping[str, float]) -> Standing:
        """The same when the tests have given other points.

        Args:
            points: graded cell -> points.
        """
        cells = {name: replace(cell, tested=points[name]) for name, cell in self.cells.items()}
        return replace(self, cells=cells)

    def arrived(self, handed_in: datetime | None, extension: timedelta | None) -> Standing:
        """The same when more is known of it; None changes nothing, and no time at all takes an extension away."""
        more = self.extension if extension is None else extension or None
        return replace(self, handed_in=handed_in or self.handed_in, extension=more)


@dataclass(frozen=True)
class Row:
    """What is to be recorded of one student's submission.

    Attributes:
        points: graded cell -> what the tests gave; None leaves what is there.
        untouched: exercises whose cell is as it was released.
        person: first_name, last_name, email, lms_user_id, as far as they are known; what the gradebook has stays.
        handed_in: when, in UTC; None leaves what is there.
        extension: how much more time than the class; None leaves what is there, and no time at all takes it away.
        penalty: what is taken for being late; None for nothing.
    """

    student: str
    points: Mapping[str, float] | None
    untouched: Collection[str] = ()
    person: Mapping[str, str] = field(default_factory=dict)
    handed_in: datetime | None = None
    extension: timedelta | None = None
    penalty: float | None = None
