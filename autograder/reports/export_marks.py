"""What each student has in a lesson, as the gradebook has it: points set by hand and late penalties included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import joinedload, selectinload, undefer

from autograder.collecting.people import Person, load_hand_ins
from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom
from autograder.grading.verdicts import load_verdicts


class ExportError(CourseError):
    """What was asked for cannot be exported; the message says why."""


@dataclass(frozen=True, eq=False)
class Marks:
    """One student's marks in one lesson.

    Attributes:
        person: who; what nobody has told is "".
        layout, file, attempt: of the download that it came in, or "".
        handed_in: when, in UTC; None if nothing tells.
        late: None if nothing tells.
        exercises: exercise -> points, and of how many; empty if nothing of this student's was graded.
        parts: exercise, part -> the points that the tests gave.
        penalty: points taken off for being late.
        by_hand: graded cells whose points a person has set.
        isolation: how the student's code was shut in, or "".
        notes: what was odd about the notebook.
    """

    person: Person
    layout: str = ""
    file: str = ""
    attempt: str = ""
    handed_in: datetime | None = None
    late: bool | None = None
    exercises: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    parts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    penalty: float = 0
    by_hand: tuple[str, ...] = ()
    isolation: str = ""
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float | None:
        """All points without the penalty; None, and not 0, for who has nothing graded."""
        return sum(points for points, _ in self.exercises.values()) if self.exercises else None

    @property
    def total(self) -> float | None:
        """The points that count, as nbgrader counts them: what a penalty leaves, and never less than 0."""
        return None if self.points is None else max(0.0, self.points - self.penalty)

    @property
    def max_points(self) -> float:
        return sum(most for _, most in self.exercises.values())


def load_marks(lesson: str, classroom: Classroom) -> list[Marks]:
    """The marks of all that the gradebook or the download knows, by id.

    Raises:
        ExportError: nothing of the lesson has been graded.
    """
    if not classroom.notebook("release", ".", lesson).exists():  # to ask the gradebook would make one
        raise _nothing(lesson, classroom)
    hand_ins = load_hand_ins(classroom.root / "handed_in" / f"{lesson}.json")
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        grades = _grades(gradebook, lesson)
        submissions = {found.student_id: found for found in _submissions(gradebook, lesson)}
        students = {student.id: student for student in gradebook.students}
        if not grades:
            raise _nothing(lesson, classroom)
        return [
            _marks(
                lesson,
                classroom,
                _person(name, students.get(name), hand_ins.get(name, {})),
                hand_ins.get(name, {}),
                submissions.get(name),
                grades.get(name, []),
            )
            for name in sorted({*students, *hand_ins})
        ]


def graded_lessons(classroom: Classroom) -> list[str]:
    """The lessons of which something was graded, in order."""
    return sorted({path.parent.name for path in (classroom.root / "autograded").glob("*/*/*.ipynb")})


def _nothing(lesson: str, classroom: Classroom) -> ExportError:
    return ExportError(f"nothing of {lesson} has been graded in {shown_path(classroom.root)}. Use `grade` first.")


def _submissions(gradebook: Gradebook, lesson: str) -> list[SubmittedAssignment]:
    found = gradebook.db.query(SubmittedAssignment).join(SubmittedAssignment.assignment)
    found = found.options(joinedload(SubmittedAssignment.assignment), selectinload(SubmittedAssignment.notebooks))
    return found.filter(Assignment.name == lesson).all()


def _grades(gradebook: Gradebook, lesson: str) -> dict[str, list[Grade]]:
    """Student -> rows of points, of those who have any: one question to the gradebook."""
    found = gradebook.db.query(Grade, SubmittedAssignment.student_id)
    found = found.options(joinedload(Grade.cell), undefer(Grade.max_score))
    found = found.join(Grade.notebook).join(SubmittedNotebook.assignment).join(SubmittedAssignment.assignment)
    rows = defaultdict(list)
    for grade, student in found.filter(Assignment.name == lesson):
        rows[student].append(grade)
    given = {student for student, grades in rows.items() for grade in grades if _is_given(grade)}
    return {student: rows[student] for student in given}


def _is_given(grade: Grade) -> bool:
    return grade.auto_score is not None or grade.manual_score is not None


def _person(name: str, student, facts: Mapping) -> Person:
    """Who it is: as the download has it, else as the gradebook has it."""
    in_full = " ".join(filter(None, [getattr(student, "first_name", ""), getattr(student, "last_name", "")]))
    return Person(
        name,
        facts.get("name") or in_full,
        facts.get("email") or getattr(student, "email", "") or "",
        facts.get("section", ""),
        facts.get("ids", {}),
    )


def _marks(lesson: str, classroom: Classroom, person: Person, facts: Mapping, submission, grades: list) -> Marks:
    kept = load_verdicts(person.id, lesson, classroom) if grades else None
    verdicts = kept.judged.verdicts if kept else {}
    when, late = _when(facts, submission)
    return Marks(
        person,
        layout=facts.get("layout") or "",
        file=facts.get("file") or "",
        attempt=facts.get("attempt") or "",
        handed_in=when,
        late=late,
        exercises=_by_exercise(grades),
        parts={
            (name, part.name): part.points
            for name, verdict in verdicts.items()
            for part in (verdict.visible, *verdict.hidden)
        },
        penalty=sum(book.late_submission_penalty or 0 for book in submission.notebooks) if submission else 0,
        by_hand=tuple(sorted(grade.name for grade in grades if grade.manual_score is not None)),
        isolation=kept.judged.isolation if kept else "",
        notes=kept.notes if kept else (),
    )


def _when(facts: Mapping, submission) -> tuple[datetime | None, bool | None]:
    """When somebody handed in, and whether that was late: where the gradebook knows both times, what it goes by."""
    told = datetime.fromisoformat(facts["handed_in"]) if facts.get("handed_in") else None
    when = (submission.timestamp if submission else None) or told
    if submission and when and submission.assignment.duedate:
        return when, when > submission.duedate
    return when, facts.get("late")


def _by_exercise(grades: list) -> dict[str, tuple[float, float]]:
    """Exercise -> points, and of how many: its check and its hidden tests together."""
    found: dict[str, tuple[float, float]] = {}
    for grade in grades:
        name = grade.name.removeprefix("check_").removeprefix("hidden_")
        points, most = found.get(name, (0, 0))
        found[name] = (points + (grade.score or 0), most + grade.max_score)
    return found
