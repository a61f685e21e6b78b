"""Who is in the class and until when they have time: the roster, or those whom the classroom knows from before."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from autograder.collecting.people import Person, load_hand_ins
from autograder.collecting.roster import CHANGING, Roster, read_roster, roster_of
from autograder.grading.classroom import Classroom
from autograder.grading.database import connected, has_gradebook
from autograder.grading.gradebook import ASSIGNMENT, STUDENT, SUBMITTED


def class_list(lesson: str, classroom: Classroom, roster: Path | None = None) -> Roster:
    """The class by a roster, or by the classroom's own `roster.csv`, or else by the weeks before.

    Raises:
        RosterError: the roster cannot be used.
    """
    own = classroom.root / "roster.csv"
    if roster or own.exists():
        return read_roster(roster or own)
    return roster_of([*_handed_in(lesson, classroom), *_in_gradebook(classroom)])


def handed_in_path(lesson: str, classroom: Classroom) -> Path:
    """Where it is kept who handed in what."""
    return classroom.root / "handed_in" / f"{lesson}.json"


def facts_for_pages(lesson: str, classroom: Classroom) -> dict[str, dict]:
    """Student -> what the download told, as `load_hand_ins` has it.

    A damaged file costs names and attempts on the pages, and no page.
    """
    try:
        return load_hand_ins(handed_in_path(lesson, classroom))
    except ValueError:
        return {}


def _handed_in(lesson: str, classroom: Classroom) -> Iterator[Person]:
    """All who have handed in anything; numbers that change with each assignment count in this one only."""
    for path in sorted((classroom.root / "handed_in").glob("*.json")):
        with contextlib.suppress(json.JSONDecodeError, KeyError, AttributeError):
            for facts in load_hand_ins(path).values():
                person = Person(facts["id"], facts["name"], facts["email"], facts["section"], facts["ids"])
                is_this = path == handed_in_path(lesson, classroom)
                ids = {system: text for system, text in person.ids.items() if is_this or system not in CHANGING}
                yield replace(person, ids=ids)


def _in_gradebook(classroom: Classroom) -> Iterator[Person]:
    with opened_gradebook(classroom) as gradebook:
        for student in gradebook.execute(select(STUDENT)) if gradebook else ():
            name = " ".join(filter(None, (student.first_name, student.last_name)))
            yield Person(student.id, name, student.email or "")


@contextlib.contextmanager
def opened_gradebook(classroom: Classroom) -> Iterator[Connection | None]:
    """The gradebook, if there is one: to open one that is not there would make it.

    Raises:
        GradebookError: it cannot be used.
    """
    if not has_gradebook(classroom):
        yield None
        return
    with connected(classroom) as connection:
        yield connection


def due_date(lesson: str, classroom: Classroom) -> datetime | None:
    """When the lesson is due, in UTC, as the gradebook has it."""
    with opened_gradebook(classroom) as gradebook:
        query = select(ASSIGNMENT.c.duedate).where(ASSIGNMENT.c.name == lesson)
        return gradebook.scalar(query) if gradebook else None


def extensions(lesson: str, classroom: Classroom, roster: Roster, due: datetime | None) -> dict[str, timedelta]:
    """Student -> how much more time: the roster's word, else the gradebook's."""
    with opened_gradebook(classroom) as gradebook:
        query = select(SUBMITTED.c.student_id, SUBMITTED.c.extension)
        query = query.join(ASSIGNMENT, SUBMITTED.c.assignment_id == ASSIGNMENT.c.id)
        query = query.where(ASSIGNMENT.c.name == lesson, SUBMITTED.c.extension.is_not(None))
        found = gradebook.execute(query).all() if gradebook else ()
    own = {student: extension.after(due) for student, extension in roster.extensions.items()} if due else {}
    return dict(found) | own
