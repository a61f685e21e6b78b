"""What is told about each student: points by exercise, and a reason wherever points are missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.collecting.moments import duration
from autograder.console import shortened
from autograder.grading.intake import Submission
from autograder.grading.standing import Standing

if TYPE_CHECKING:  # whoever tells of results need not judge
    from autograder.grading.judge import Judged, Verdict


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one student: check and hidden tests together."""

    points: float
    max_points: float


@dataclass(frozen=True)
class Result:
    """One student's line in the table.

    Attributes:
        points: all points, less what is taken for being late; None if there is no grade.
        exercises: exercise -> its result; empty if there is no grade.
        notes: what to look at, a sentence each.
        failed: a notebook that could be read could not be graded.
        handed_in: there was something to grade, whether or not that was possible.
        before: exercise -> the points that were there before; empty if there were none.
    """

    student: str
    points: float | None = None
    max_points: float = 0
    exercises: dict[str, ExerciseResult] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failed: bool = False
    handed_in: bool = True
    before: dict[str, float] = field(default_factory=dict, compare=False)


def not_graded(submission: Submission) -> Result:
    """For a submission that intake refused."""
    notes = (submission.refused, *submission.asides)
    return Result(submission.student, notes=notes, handed_in=submission.handed_in)


def failed(submission: Submission, why: str) -> Result:
    """For a submission that could not be judged or recorded."""
    return Result(submission.student, notes=(f"not graded: {why}", *submission.notes, *submission.asides), failed=True)


def result(submission: Submission, judged: Judged, now: Standing, before: Standing | None = None) -> Result:
    """What to tell about one student, points set by hand included.

    Args:
        now: with what was judged.
        before: as the gradebook had it; None if it had nothing.
    """
    exercises, reasons = {}, defaultdict(list)
    for name, verdict in judged.verdicts.items():
        points = _points(name, now)
        max_points = sum(now.cells[cell].max_points for cell in _cells(name))
        exercises[name] = ExerciseResult(points, max_points)
        if points < max_points:
            reasons[_why(name, submission, verdict, judged)].append(name)
    notes = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    notes += [f"{name}: {verdict.note}" for name, verdict in judged.verdicts.items() if verdict.note]
    notes += [f"points for {name} were set by hand." for name, cell in now.cells.items() if cell.by_hand]
    notes = [*_told_late(now), *notes, *submission.notes, *submission.asides]
    was = {name: _points(name, before) for name in exercises} if before and before.is_tested else {}
    return Result(submission.student, now.points, now.max_points, exercises, tuple(notes), before=was)


def _cells(exercise: str) -> tuple[str, str]:
    return f"check_{exercise}", f"hidden_{exercise}"


def _points(exercise: str, standing: Standing) -> float:
    return sum(standing.cells[cell].points for cell in _cells(exercise))


def _told_late(standing: Standing) -> list[str]:
    """`late by 1 day 3 h, an extension of 2 days not counted; 2 points were taken for it.`"""
    if not standing.seconds_late:
        return []
    more = standing.extension
    extended = f", an extension of {duration(more.total_seconds())} not counted" if more else ""
    taken = f"; {standing.penalty:g} points were taken for it" if standing.penalty else ""
    return [f"late by {duration(standing.seconds_late)}{extended}{taken}."]


def _why(name: str, submission: Submission, verdict: Verdict, judged: Judged) -> str:
    """Why points are missing in an exercise, as shortly as possible."""
    if name in submission.untouched:
        return "nothing handed in."
    ran = judged.ran.get(verdict.cell)
    if ran and ran.error:
        return shortened(f"its cell stops with {': '.join(ran.error)}")
    named = dict.fromkeys(part.mistake for part in verdict.hidden if part.mistake)
    told = dict.fromkeys(part.message for part in verdict.hidden if not (part.passed or part.mistake))
    if named or told:
        return "; ".join([*named, *told])
    if verdict.visible.passed:
        return "points were taken by hand."
    return "the visible check fails, the hidden tests pass. Does it call another exercise that is wrong, or not done?"
