"""When each handed in, as the teacher has it from a system: a submission's own word is not taken for it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from autograder.collecting.collect import Collected, Student
from autograder.collecting.moments import as_utc
from autograder.collecting.people import Person
from autograder.collecting.roster import roster_of
from autograder.console import listed, shown_path
from autograder.errors import CourseError

COLUMNS = ("student", "handed_in")
EXAMPLE = "2026-01-31T12:00+01:00"


class TimesError(CourseError):
    """A time, or the file of times, cannot be used; the message says why."""


def read_times(path: Path) -> dict[str, datetime]:
    """Student -> time in UTC, without a time zone, as nbgrader's gradebook keeps it.

    Args:
        path: a CSV file with the columns student (an id, an address or a name) and handed_in, the latter as
            2026-01-31T12:00+01:00; a time without a zone is taken for UTC.

    Raises:
        TimesError: the file cannot be read, has other columns, or a line of it holds no time, or a student again.
    """
    times: dict[str, datetime] = {}
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise TimesError(
                    f"{shown_path(path)} needs the columns {' and '.join(COLUMNS)}: a line for each student."
                )
            for row in reader:
                where = f"{shown_path(path)}, line {reader.line_num}"
                when = read_time(row["handed_in"], where)
                if times.setdefault(row["student"], when) != when:
                    raise TimesError(f"{where}: {row['student']!r} stands there twice, with two times. Leave one.")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TimesError(f"{shown_path(path)} cannot be read: {error}.") from error
    return times


def read_time(text: str | None, where: str) -> datetime:
    """A time in UTC, without a zone.

    Raises:
        TimesError: it is none; `where` begins the message.
    """
    try:
        return as_utc(datetime.fromisoformat(text or ""))
    except ValueError:
        raise TimesError(f"{where}: {text!r} is not a time such as {EXAMPLE}.") from None


def with_times(collected: Collected, times: Mapping[str, datetime]) -> tuple[Collected, list[str]]:
    """What was collected with the times that the teacher gives, which count for more than the download's.

    Returns:
        that, and sentences on names that nobody has, and students of whom no time is known.
    """
    if not times:
        return collected, []
    people = [student.person for student in collected.students]
    roster = roster_of([*people, *collected.missing])
    found = {name: roster.find(Person(name, name, name)) for name in times}
    at = {known[0].id: times[name] for name, known in found.items() if len(known) == 1}
    unknown = [f"{name!r}{_meant(roster.near(name))}" for name, known in found.items() if len(known) != 1]
    students = tuple(_at(student, at.get(student.person.id)) for student in collected.students)
    without = [s.person.id for s in students if s.hand_in and s.hand_in.handed_in is None]
    told = [f"Times of nobody in the class: {listed(unknown)}."] if unknown else []
    told += [f"No time is known of: {listed(without)}."] if without else []
    return replace(collected, students=students), told


def _meant(near: str) -> str:
    return f" (is {near!r} meant?)" if near else ""


def _at(student: Student, when: datetime | None) -> Student:
    if when is None or student.hand_in is None:
        return student
    return replace(student, hand_in=replace(student.hand_in, handed_in=when))
