"""The figures of one lesson's report. The page shows these and nothing else; `--json` prints them as they are.

format, lesson, title, max_points: 1, until a key changes its meaning; the lesson.
counts: of students: known, graded, not_graded, not_handed_in, late.
points: spread (n, mean, sd, min, lower_quartile, median, upper_quartile, max) and histogram (from, below, students).
exercises: name, max_points, n, share of the points, discrimination (r, low, high; why there is none), not_done, and
    the same of its parts.
mistakes: the most frequent first: exercise, names (one; or two that come together or cannot be told apart), students,
    causes, look_at, example (student, code, message; null if students may not be quoted).
unnamed: failures that no mistake explains: exercise, kind, seen, students, example.
help: rule, in a sentence; students: student, points, exercises (exercise, points, max_points, why).
not_handed_in, not_graded: student, why.
late: student, handed_in (UTC), hours (null if only the download says that it was late), penalty.
by_hand: points that a person has set: student, cells.
notes: damage, and what else is odd: student, notes.
sections: section, and the spread of its points; empty if there are none.
judged: isolation (level -> students), versions (students, versions, and whether they are the current ones), elsewhere
    (students whose points came from another tool, so that nothing is known of parts and mistakes).
students: all: id, name, section, state, points and exercises (name -> points), null where there are none.

A student is an id. An exercise's points are the gradebook's, with what was set by hand. Parts are as the tests found
them. Penalties for being late are taken from a student's points, and not from an exercise's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograder.grading.classroom import Classroom
from autograder.grading.keys import judged_with
from autograder.lessons import Lesson
from autograder.reports.examples import example
from autograder.reports.item_statistics import histogram, item, rounded, spread
from autograder.reports.mistakes_made import (
    explained,
    is_not_done,
    mistakes_made,
    names_in,
    parts_of,
    unnamed_failure,
    unnamed_failures,
)
from autograder.reports.students import Student

FORMAT = 1
#: Who has less than this share of what could be had needs help.
ENOUGH = 0.5
RULE = (
    "Listed is who has less than half of the points, the fewest first; and with what: the exercises of which less than "
    "half is there."
)


def lesson_report(lesson: Lesson, classroom: Classroom, students: Sequence[Student], quoting: bool = True) -> dict:
    """The figures, by key.

    Args:
        students: all, from `students_of`.
        quoting: show students' own code, and what was said of that and of their notebooks.
    """
    exercises, graded = list(lesson.exercises), [student for student in students if student.marks]
    most = max((student.marks.max_points for student in graded if student.marks), default=0)
    points = [student.marks.points for student in graded if student.marks]
    tested = {s.id: sum(part.points for verdict in s.verdicts.values() for part in parts_of(verdict)) for s in graded}
    return {
        "format": FORMAT,
        "lesson": lesson.name,
        "title": lesson.title,
        "max_points": most,
        "counts": counts(students),
        "points": {"spread": spread(points), "histogram": histogram(points, most)},
        "exercises": [_exercise(name, graded, tested) for name in exercises],
        "mistakes": list(_mistakes(lesson, classroom, graded, quoting)),
        "unnamed": list(_unnamed(lesson, classroom, graded, quoting)),
        "help": {"rule": RULE, "students": list(_help(exercises, graded))},
        "not_handed_in": [_why(student) for student in students if student.is_missing],
        "not_graded": [_why(student) for student in students if student.ungraded and student.ungraded.handed_in],
        "late": list(_late(students)),
        "by_hand": [{"student": s.person.id, "cells": s.marks.by_hand} for s in graded if s.marks and s.marks.by_hand],
        "notes": [{"student": s.person.id, "notes": s.notes} for s in graded if s.notes and quoting],
        "sections": by_section((s.person.section, s.marks.points) for s in graded if s.marks),
        "judged": _judged(lesson, graded),
        "students": [_student(student, exercises) for student in students],
    }


def counts(students: Sequence[Student]) -> dict[str, int]:
    """How many students are known, and what became of them."""
    return {
        "known": len(students),
        "graded": sum(student.marks is not None for student in students),
        "not_graded": sum(bool(student.ungraded and student.ungraded.handed_in) for student in students),
        "not_handed_in": sum(student.is_missing for student in students),
        "late": sum(student.is_late for student in students),
    }


# Exercises


def _exercise(name: str, graded: Sequence[Student], tested: Mapping[str, float]) -> dict:
    """An exercise and its parts.

    Args:
        tested: student -> what the tests gave in the whole lesson, to compare parts with: not what people did.
    """
    found = [(mine, student.marks.earned) for student in graded if student.marks and (mine := student.points_for(name))]
    own, totals = [points for (points, _), _ in found], [total for _, total in found]
    most = max((most for (_, most), _ in found), default=0)
    judged = [student for student in graded if name in student.verdicts]
    not_done = sum(is_not_done(student.verdicts[name]) for student in judged)
    return item(name, own, totals, most) | {"not_done": not_done, "parts": list(_parts(name, judged, tested))}


def _parts(name: str, judged: Sequence[Student], tested: Mapping[str, float]) -> Iterator[dict]:
    by_part: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for student in judged:
        for part in parts_of(student.verdicts[name]):
            by_part[part.name].append((part.points, part.max_points, tested[student.id]))
    for part_name, rows in by_part.items():
        own, most, all_points = zip(*rows)
        yield item(part_name, own, all_points, max(most))


# What went wrong


def _mistakes(lesson: Lesson, classroom: Classroom, graded: Sequence[Student], quoting: bool) -> Iterator[dict]:
    for (exercise, names), students in mistakes_made(graded).items():
        told = list(explained(exercise, names))
        yield {
            "exercise": exercise,
            "names": list(names),
            "students": _ids(students),
            "causes": [cause for cause, _ in told],
            "look_at": [look for _, look in told],
            "example": _example(lesson, classroom, students, exercise, names) if quoting else None,
        }


def _unnamed(lesson: Lesson, classroom: Classroom, graded: Sequence[Student], quoting: bool) -> Iterator[dict]:
    for (exercise, kind, seen), students in unnamed_failures(graded).items():
        yield {
            "exercise": exercise,
            "kind": kind,
            "seen": seen,
            "students": _ids(students),
            "example": _example(lesson, classroom, students, exercise, ()) if quoting else None,
        }


def _example(
    lesson: Lesson, classroom: Classroom, students: Sequence[Student], exercise: str, names: Sequence[str]
) -> dict:
    return example(students, exercise, names, lambda id: classroom.notebook("submitted", id, lesson.name))


def _help(exercises: Sequence[str], graded: Sequence[Student]) -> Iterator[dict]:
    for student in sorted(graded, key=lambda student: student.marks.points if student.marks else 0):
        if student.marks and student.marks.points < ENOUGH * student.marks.max_points:
            found = [_lacking(student, exercise) for exercise in exercises]
            told = [lacking for lacking in found if lacking]
            yield {"student": student.person.id, "points": rounded(student.marks.points), "exercises": told}


def _lacking(student: Student, exercise: str) -> dict | None:
    points, most = student.points_for(exercise) or (0, 0)
    if points >= ENOUGH * most:
        return None
    told = {"exercise": exercise, "points": rounded(points), "max_points": most}
    return told | {"why": why_lacking(student, exercise)}


def why_lacking(student: Student, exercise: str) -> list[str]:
    """What is wrong with an answer, shortly: names of mistakes, or a kind of failure."""
    verdict = student.verdicts.get(exercise)
    if verdict is None:
        return []
    if is_not_done(verdict):
        return ["not done"]
    if names := names_in(verdict):
        return list(dict.fromkeys(name for group in names for name in group))
    failure = unnamed_failure(student, exercise)
    return [failure[0]] if failure else ["points were set by hand"]


# Students


def _ids(students: Sequence[Student]) -> list[str]:
    return [student.person.id for student in students]


def _why(student: Student) -> dict:
    return {"student": student.person.id, "why": student.ungraded.why if student.ungraded else ""}


def _late(students: Sequence[Student]) -> Iterator[dict]:
    for student in students:
        if student.is_late or (student.marks and student.marks.penalty):
            hours, penalty = (student.marks.hours_late, student.marks.penalty) if student.marks else (None, 0)
            when = student.handed_in.isoformat(timespec="minutes") if student.handed_in else None
            hours = None if hours is None else rounded(hours)
            yield {"student": student.person.id, "handed_in": when, "hours": hours, "penalty": penalty}


def by_section(values: Iterable[tuple[str, float]]) -> list[dict]:
    """How values are spread in each section; empty if nobody is in one."""
    found = defaultdict(list)
    for section, value in values:
        found[section].append(value)
    return [{"section": name, "spread": spread(found[name])} for name in sorted(found)] if set(found) - {""} else []


def _judged(lesson: Lesson, graded: Sequence[Student]) -> dict[str, Any]:
    kept = [student.kept for student in graded if student.kept]
    now = judged_with(lesson)
    versions = Counter(tuple(sorted(found.judged_with.items())) for found in kept)
    return {
        "isolation": dict(Counter(found.judged.isolation for found in kept).most_common()),
        "versions": [
            {"students": count, "current": dict(version) == now, "versions": dict(version)}
            for version, count in versions.most_common()
        ],
        "elsewhere": len(graded) - len(kept),
    }


def _student(student: Student, exercises: Sequence[str]) -> dict:
    found = {name: student.points_for(name) for name in exercises}
    return {
        "id": student.person.id,
        "name": student.person.name,
        "section": student.person.section,
        "state": state(student),
        "points": rounded(student.marks.points) if student.marks else None,
        "exercises": {name: rounded(points[0]) if points else None for name, points in found.items()},
    }


def state(student: Student) -> str:
    """One of graded, not graded, not handed in; of who is graded and has a newer submission that is not: graded."""
    return "graded" if student.marks else "not handed in" if student.is_missing else "not graded"
