"""Read what grading found: points from the gradebook, part results and errors from the graded notebook."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import nbformat
from nbgrader.api import Gradebook

from autograder.exercises.hidden import PARTS_TYPE, PartResult
from autograder.grading.classroom import Classroom
from autograder.grading.intake import Submission
from autograder.grading.running import Run
from autograder.lessons import load_lesson


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
        points: all points; None if there is no grade.
        exercises: exercise -> its result; empty if there is no grade.
        notes: what to look at, a sentence each.
        failed: a notebook that could be read could not be graded.
    """

    student: str
    points: float | None = None
    max_points: float = 0
    exercises: dict[str, ExerciseResult] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failed: bool = False


def result(submission: Submission, run: Run | None, lesson: str, classroom: Classroom) -> Result:
    """What to tell about one student.

    Args:
        run: how grading went; None if there was nothing to run.
    """
    if run is None:
        return Result(submission.student, notes=(submission.refused,))
    if run.failed:
        return Result(submission.student, notes=(f"not graded: {run.failed}", *submission.notes), failed=True)
    try:
        return _graded(submission, lesson, classroom)
    except Exception as error:  # the graded notebook is partly the student's making
        told = f"graded, but the result cannot be read: {type(error).__name__}: {error}"
        return Result(submission.student, notes=(told[:200], *submission.notes), failed=True)


def _graded(submission: Submission, lesson: str, classroom: Classroom) -> Result:
    outputs = _outputs(submission.student, lesson, classroom)
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        graded = gradebook.find_submission(lesson, submission.student)
        grades = {grade.name: (grade.score, grade.max_score) for book in graded.notebooks for grade in book.grades}
        by_hand = [grade.name for book in graded.notebooks for grade in book.grades if grade.manual_score is not None]
        points, max_points = graded.score, graded.max_score
    exercises, reasons = {}, defaultdict(list)
    for name in load_lesson(lesson).exercises:
        cells = [grades[f"check_{name}"], grades[f"hidden_{name}"]]
        parts = _parts(outputs[f"hidden_{name}"])
        exercises[name] = ExerciseResult(*map(sum, zip(*cells)), parts)
        if exercises[name].points < exercises[name].max_points:
            reasons[_why(name, submission, parts, outputs)].append(name)
    notes = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    notes += [f"points for {name} were set by hand." for name in by_hand]
    return Result(submission.student, points, max_points, exercises, (*notes, *submission.notes))


def _outputs(student: str, lesson: str, classroom: Classroom) -> dict[str, list]:
    """Cell id -> outputs, of the graded notebook."""
    notebook = nbformat.read(classroom.notebook("autograded", student, lesson), as_version=4)
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def _parts(outputs: list) -> tuple[PartResult, ...]:
    found = [output.data[PARTS_TYPE] for output in outputs if PARTS_TYPE in output.get("data", {})]
    return tuple(PartResult(**part) for part in found[0]) if found else ()


def _why(name: str, submission: Submission, parts: tuple[PartResult, ...], outputs: dict[str, list]) -> str:
    """Why points are missing in an exercise, as shortly as possible."""
    if name in submission.untouched:
        return "nothing handed in."
    error = _error(outputs[name])
    if error:
        return f"its cell stops with {error}"
    named = dict.fromkeys(part.mistake for part in parts if part.mistake)
    told = dict.fromkeys(part.message for part in parts if not (part.passed or part.mistake))
    if named or told:
        return "; ".join([*named, *told])
    if parts and all(part.passed for part in parts):
        if not _error(outputs[f"check_{name}"]):
            return "points were taken by hand."
        return "the visible check fails, the hidden tests pass. Does it call another exercise that is wrong?"
    return f"the tests stop with {_error(outputs[f'hidden_{name}']) or _error(outputs[f'check_{name}'])}"


def _error(outputs: list) -> str:
    return next((f"{out.ename}: {out.evalue}".split("\n")[0] for out in outputs if out.output_type == "error"), "")
