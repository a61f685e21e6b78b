"""What each student has in a lesson, as exports need it: points set by hand and late penalties included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from autograder.collecting.people import Person
from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom
from autograder.lessons import Lesson, load_lesson
from autograder.reports.gradebook import opened
from autograder.reports.students import Student, known_people, students_of


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
        total: the points that count: what a penalty leaves, as in nbgrader's own exports. None, and not 0 as there,
            for who has nothing graded: whether that is to count as 0 is for people to say.
        points, penalty: all points, and those taken off for being late.
        exercises: exercise -> points, and of how many; empty if nothing of this student's was graded.
        parts: exercise, part -> the points that the tests gave.
        by_hand: graded cells whose points a person has set.
        isolation: how the student's code was shut in, or "".
        notes: what was odd about the notebook, or why it has no grade.
    """

    person: Person
    layout: str = ""
    file: str = ""
    attempt: str = ""
    handed_in: datetime | None = None
    late: bool | None = None
    total: float | None = None
    points: float | None = None
    penalty: float = 0
    exercises: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    parts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    isolation: str = ""
    notes: tuple[str, ...] = ()

    @property
    def max_points(self) -> float:
        return sum(most for _, most in self.exercises.values())


def load_marks(lesson: str, classroom: Classroom) -> list[Marks]:
    """The marks of all that the gradebook or the download knows, by id.

    Raises:
        ReportError: there is no gradebook.
        ExportError: nothing of the lesson has been graded.
    """
    loaded = load_lesson(lesson)
    with opened(classroom) as gradebook:
        students = students_of(loaded, classroom, gradebook, known_people(classroom, lesson))
    if not any(student.marks for student in students):
        raise ExportError(f"nothing of {lesson} has been graded in {shown_path(classroom.root)}. Use `grade` first.")
    return [_marks(student, loaded) for student in sorted(students, key=lambda student: student.id)]


def _marks(student: Student, lesson: Lesson) -> Marks:
    told, marks, kept = student.hand_in, student.marks, student.kept
    is_known = told.get("late") is not None or (marks is not None and marks.hours_late is not None)
    common = Marks(
        student.person,
        layout=told.get("layout") or "",
        file=told.get("file") or "",
        attempt=told.get("attempt") or "",
        handed_in=student.handed_in,
        late=student.is_late if is_known else None,
        notes=(student.ungraded.why,) if student.ungraded else kept.notes if kept else (),
    )
    if marks is None:
        return common
    exercises = ((name, student.points_for(name)) for name in lesson.exercises)
    return replace(
        common,
        total=marks.points,
        points=marks.earned,
        penalty=marks.penalty,
        exercises={name: points for name, points in exercises if points},
        parts={
            (name, part.name): part.points
            for name, verdict in student.verdicts.items()
            for part in (verdict.visible, *verdict.hidden)
        },
        by_hand=tuple(sorted(marks.by_hand)),
        isolation=kept.judged.isolation if kept else "",
    )
