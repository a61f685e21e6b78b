"""What is known of each student in a lesson: points, verdicts, how it was handed in, or that it was not."""

from __future__ import annotations

import contextlib
import gc
import hashlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from autograder.collecting.people import Person, load_hand_ins
from autograder.grading.class_list import class_list, handed_in_path
from autograder.grading.classroom import Classroom
from autograder.grading.intake import safe_id
from autograder.grading.judge import Verdict
from autograder.grading.ungraded import Ungraded, load_ungraded
from autograder.grading.verdicts import KeptVerdicts, load_verdicts
from autograder.lessons import Lesson
from autograder.reports.gradebook import Marks, marks_of

#: Said of work that is in the classroom and has no points.
WAITING = "handed in, and not graded yet. Use `grade`."


@dataclass(frozen=True)
class Student:
    """One student in one lesson.

    Attributes:
        id: as the classroom has it.
        person: as the report calls the student.
        marks: None if nothing was graded.
        kept: the verdicts behind the marks; None if they came from another tool.
        ungraded: why the newest submission has no grade; None if it has.
        hand_in: what the download told, see `load_hand_ins`.
    """

    id: str
    person: Person
    marks: Marks | None = None
    kept: KeptVerdicts | None = None
    ungraded: Ungraded | None = None
    hand_in: Mapping = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Nothing of the lesson was ever handed in."""
        return self.marks is None and not (self.ungraded and self.ungraded.handed_in)

    @cached_property
    def verdicts(self) -> Mapping[str, Verdict]:
        return self.kept.judged.verdicts if self.kept else {}

    @property
    def notes(self) -> list[str]:
        """What was damaged or odd, and which definition was judged where that needs saying."""
        told = [f"{exercise}: {verdict.note}" for exercise, verdict in self.verdicts.items() if verdict.note]
        return [*(self.kept.notes if self.kept else ()), *told]

    @property
    def handed_in(self) -> datetime | None:
        """When, in UTC."""
        told = self.hand_in.get("handed_in")
        return (self.marks and self.marks.handed_in) or (datetime.fromisoformat(told) if told else None)

    @property
    def is_late(self) -> bool:
        """By the gradebook's dates; where it has none, by what the download says."""
        if self.marks and self.marks.hours_late is not None:
            return self.marks.hours_late > 0
        return bool(self.hand_in.get("late"))

    def points_for(self, exercise: str) -> tuple[float, float] | None:
        """Points for an exercise, check and hidden tests together, and how many it is worth; None if not graded."""
        return self._by_exercise.get(exercise)

    @cached_property
    def _by_exercise(self) -> dict[str, tuple[float, float]]:
        found: dict[str, tuple[float, float]] = {}
        for cell, (points, most) in (self.marks.cells if self.marks else {}).items():
            kind, _, exercise = cell.partition("_")
            if kind in ("check", "hidden"):
                before = found.get(exercise, (0, 0))
                found[exercise] = before[0] + points, before[1] + most
        return found


@contextlib.contextmanager
def all_kept() -> Iterator[None]:
    """Look for no garbage: what is read of a class is wanted to the end, and to look it through again and again takes
    a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def students_of(
    lesson: Lesson, classroom: Classroom, gradebook: Connection, people: Mapping[str, Person]
) -> list[Student]:
    """All students, by name: those who have handed in, and those who are only known.

    Args:
        people: whoever is known, from `known_people`.
    """
    marks, ungraded = marks_of(gradebook, lesson.name), load_ungraded(lesson.name, classroom)
    hand_ins = load_hand_ins(handed_in_path(lesson.name, classroom))
    exercises, found = set(lesson.exercises), []
    for id in {*people, *marks, *ungraded, *hand_ins}:
        waits = id not in marks and (id in hand_ins or classroom.notebook("submitted", id, lesson.name).exists())
        why = ungraded.get(id) or (Ungraded(WAITING, True) if waits else None)
        kept = _kept(id, lesson.name, exercises, classroom) if id in marks else None
        person = _downloaded(people.get(id, Person(id)), hand_ins.get(id, {}))
        found.append(Student(id, person, marks.get(id), kept, why, hand_ins.get(id, {})))
    return sorted(found, key=lambda student: (called(student.person).casefold(), student.id))


def _kept(student: str, lesson: str, exercises: Set[str], classroom: Classroom) -> KeptVerdicts | None:
    """What was kept of a student, of those exercises that the lesson still has."""
    kept = load_verdicts(student, lesson, classroom)
    if kept is None or kept.judged.verdicts.keys() <= exercises:
        return kept
    verdicts = {name: verdict for name, verdict in kept.judged.verdicts.items() if name in exercises}
    return replace(kept, judged=replace(kept.judged, verdicts=verdicts))


def called(person: Person) -> str:
    return person.name or person.id


def known_people(classroom: Classroom, lesson: str = "") -> dict[str, Person]:
    """Id -> who it is: the class by its roster; without one, all whom the gradebook or a download knows.

    Args:
        lesson: the one in which other systems' numbers are asked for; some change from one to the next.
    """
    people = class_list(lesson, classroom).people
    known = {safe_id(person.id): person for person in people}
    return {id: person if person.id == id else replace(person, id=id) for id, person in known.items()}


def _downloaded(person: Person, facts: Mapping) -> Person:
    """A person with what a download tells besides."""
    if not facts:
        return person
    told = {name: getattr(person, name) or facts.get(name) or "" for name in ("name", "email", "section")}
    return replace(person, **told, ids={**person.ids, **(facts.get("ids") or {})})


def anonymous(student: Student, classroom: Classroom) -> Student:
    """A student without what tells who it is: the same number in all lessons, and none of the student's own words."""
    digest = hashlib.sha256(f"{classroom.secret()}{student.id}".encode("utf-8", "replace")).hexdigest()
    return replace(
        student,
        person=Person(f"student {digest[:6]}", section=student.person.section),
        ungraded=replace(student.ungraded, why="") if student.ungraded else None,
    )
