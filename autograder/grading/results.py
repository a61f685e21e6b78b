"""What is told about each student: points by exercise, and a reason wherever points are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.collecting.moments import duration
from autograder.console import shortened
from autograder.exercises.hidden import PartResult
from autograder.grading.intake import Submission
from autograder.grading.judge import Judged, Verdict
from autograder.grading.recorder import Lateness, Recorder

NOT_LATE = Lateness()


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one student: check and hidden tests together, and the parts of the hidden tests."""

    points: float
    max_points: float
    parts: tuple[PartResult, ...] = ()


@dataclass(frozen=True)
class Result:
    """One student's line in the table.

    Attributes:
        points: all points, less what is taken for being late; None if there is no grade.
        exercises: exercise -> its result; empty if there is no grade.
        notes: what to look at, a sentence each.
        failed: a notebook that could be read could not be graded.
        handed_in: there was something to grade, whether or not that was possible.
        lateness: how late the work came, and what that cost.
        before: exercise -> the points that were there before; empty if there were none.
    """

    student: str
    points: float | None = None
    max_points: float = 0
    exercises: dict[str, ExerciseResult] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failed: bool = False
    handed_in: bool = True
    lateness: Lateness = field(default_factory=Lateness)
    before: dict[str, float] = field(default_factory=dict, compare=False)


def not_graded(submission: Submission) -> Result:
    """For a submission that intake refused."""
    notes = (submission.refused, *submission.asides)
    return Result(submission.student, notes=notes, handed_in=submission.handed_in)


def failed(submission: Submission, why: str) -> Result:
    """For a submission that could not be judged or recorded."""
    return Result(submission.student, notes=(f"not graded: {why}", *submission.notes, *submission.asides), failed=True)


def result(
    submission: Submission,
    judged: Judged,
    recorder: Recorder,
    before: Mapping[str, float],
    lateness: Lateness = NOT_LATE,
) -> Result:
    """What to tell about one student, points set by hand included.

    Args:
        before: graded cell -> the points that were there before.
    """
    rows = recorder.rows(submission.student)
    grades = {row.name: (row.score, row.max_score) for row in rows}
    by_hand = [row.name for row in rows if row.manual_score is not None]
    exercises, reasons = {}, defaultdict(list)
    for name, verdict in judged.verdicts.items():
        points, max_points = map(sum, zip(grades[f"check_{name}"], grades[f"hidden_{name}"]))
        exercises[name] = ExerciseResult(points, max_points, verdict.hidden)
        if points < max_points:
            reasons[_why(name, submission, verdict, judged)].append(name)
    notes = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    notes += [f"{name}: {verdict.note}" for name, verdict in judged.verdicts.items() if verdict.note]
    notes += [f"points for {name} were set by hand." for name in by_hand]
    total, full = map(sum, zip(*grades.values()))
    was = {name: before[f"check_{name}"] + before[f"hidden_{name}"] for name in exercises} if before else {}
    left = max(0.0, total - lateness.penalty)
    notes = [*_told_late(lateness), *notes, *submission.notes, *submission.asides]
    return Result(submission.student, left, full, exercises, tuple(notes), lateness=lateness, before=was)


def _told_late(lateness: Lateness) -> list[str]:
    """`late by 1 day 3 h, an extension of 2 days not counted; 2 points were taken for it.`"""
    if not lateness.seconds:
        return []
    more = lateness.extension
    extended = f", an extension of {duration(more.total_seconds())} not counted" if more else ""
    taken = f"; {lateness.penalty:g} points were taken for it" if lateness.penalty else ""
    return [f"late by {duration(lateness.seconds)}{extended}{taken}."]


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
