"""Collect what a class has handed in, out of a folder or an archive: who, which file, which attempt, when."""

from __future__ import annotations

import contextlib
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.collecting.attempts import PLAIN, Attempt, attempts_of
from autograder.collecting.choosing import Chooser, Missing
from autograder.collecting.layouts import SHELVES, Laid, lay_out
from autograder.collecting.people import HandIn, Person
from autograder.collecting.roster import Roster, same
from autograder.collecting.tree import SubmissionsError, read_tree
from autograder.console import LONGEST_NAME, listed, shortened, shown_path
from autograder.submission.reading import Refused


@dataclass(frozen=True)
class Student:
    """A student, and what of theirs counts.

    Attributes:
        person: who.
        hand_in: the file that counts; None if there is none.
        refused: why there is none, or why it is not graded; or "".
        handed_in: there was something to grade, whether or not that is possible.
        notes: what is odd about whose it is, a sentence each.
    """

    person: Person
    hand_in: HandIn | None = None
    refused: str = ""
    handed_in: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collected:
    """A class's work for a lesson.

    Attributes:
        layout: the name of the layout it came in.
        students: by id; those too who handed in nothing.
        missing: who is in the roster and not there.
        nobodys: names of files and folders that are nobody's.
        remarks: what was not certain about the whole, a sentence each.
    """

    layout: str
    students: tuple[Student, ...]
    missing: tuple[Person, ...] = ()
    nobodys: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@contextlib.contextmanager
def collect(place: Path, lesson: str, roster: Roster | None = None) -> Iterator[Collected]:
    """Collect a class's work; what lies in archives can be read while the context is open.

    Args:
        place: a folder, or a zip or tar archive.
        lesson: its name.
        roster: who is known. A closed one is the whole class.

    Raises:
        SubmissionsError: the folder or archive cannot be used, or holds nothing of the lesson.
    """
    roster = roster or Roster()
    expected = f"Expected is {shown_path(place)}/<student>/{lesson}/{lesson}.ipynb. What a system gives is read, too."
    if not place.exists():
        raise SubmissionsError(f"there is no folder {shown_path(place)}. {expected}")
    with read_tree(place) as tree, tempfile.TemporaryDirectory(prefix="batchnorm-course-") as folder:
        laid = lay_out(tree, lesson, roster.is_known)
        attempts = attempts_of(laid, tree, lesson)
        if not attempts:
            raise SubmissionsError(f"{shown_path(place)} holds no students' folders. {expected}")
        students = _students(attempts, laid, roster, Chooser(lesson, Path(folder)))
        if not any(student.handed_in for student in students):
            raise SubmissionsError(f"nobody in {shown_path(place)} handed in anything for {lesson}. {expected}")
        yield Collected(
            laid.layout,
            tuple(sorted(students, key=lambda student: student.person.id)),
            _missing(roster, students),
            (*laid.nobodys, *tree.unsafe),
            tuple(laid.assumed),
        )


def _students(attempts: Sequence[Attempt], laid: Laid, roster: Roster, chooser: Chooser) -> list[Student]:
    """Each student of a download once."""
    by_key: dict[tuple, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_key[tuple(map(_one_form, attempt.key))].append(attempt)
    known = {key: _identified(found, roster) for key, found in by_key.items()}
    same_id: dict[str, list[tuple]] = defaultdict(list)
    for key, student in known.items():
        same_id[student.person.id].append(key)
    students = []
    for key, student in known.items():
        others = [_where(by_key[other]) for other in same_id[student.person.id] if other != key]
        places = _places(by_key[key])
        if others:
            told = f"{_where(by_key[key])} and {listed(others)} are taken for the same student, {student.person.id!r}"
            student = Student(by_key[key][0].person, refused=f"{told}. Say in the roster who is who.")
        elif laid.layout in PLAIN and len(places) > 1 and _are_folders(by_key[key]):
            told = f"several folders have this name: {listed(places)}. Leave or rename one."
            student = replace(student, refused=told)
        students.append(student if student.refused else _with_file(student, by_key[key], laid, chooser))
    return _with_case(students)


def _one_form(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _where(attempts: Sequence[Attempt]) -> str:
    return shortened("/".join(attempts[0].place), LONGEST_NAME)


def _places(attempts: Sequence[Attempt]) -> list[str]:
    """The places of a student; those in a system's own folders for drafts and the like count as one.

    Names that look the same and are written with other characters are shown by these.
    """
    places = dict.fromkeys("/".join(a.place) for a in attempts if not set(SHELVES) & set(a.place[:-1]))
    return [place if len({_one_form(name) for name in places}) == len(places) else ascii(place) for place in places]


def _are_folders(attempts: Sequence[Attempt]) -> bool:
    return any(owned.member.parts != attempt.place for attempt in attempts for owned in attempt.files)


def _identified(attempts: Sequence[Attempt], roster: Roster) -> Student:
    """Whose attempts these are, by the roster, or by what was handed in before."""
    person = replace(attempts[0].person, id=_one_form(attempts[0].person.id))
    found = roster.find(person)
    if len(found) > 1:
        who = listed([one.id for one in found])
        return Student(person, refused=f"this may be {who}, and nothing tells which. Say in the roster who is who.")
    if found:
        known = found[0]
        ids = {**known.ids, **person.ids}
        name, email = known.name or person.name, known.email or person.email
        return Student(Person(known.id, name, email, known.section, ids))
    near = roster.near(person.id) or roster.near(person.name)
    asked = f" Is {near!r} meant?" if near else ""
    if roster.is_closed:
        return Student(person, refused=f"not in the roster.{asked} Add this student, or rename what was handed in.")
    notes = (*attempts[0].notes, f"new in this classroom.{asked}") if near else attempts[0].notes
    return Student(person, notes=notes)


def _with_file(student: Student, attempts: Sequence[Attempt], laid: Laid, chooser: Chooser) -> Student:
    try:
        choice = chooser.choose(attempts)
    except Missing as error:
        return replace(student, refused=str(error), handed_in=False)
    except Refused as error:
        return replace(student, refused=str(error))
    attempt = choice.attempt
    hand_in = HandIn(
        student.person, choice.path, choice.file.member.name, attempt.mark, attempt.when, attempt.late, choice.notes
    )
    marked = (f"{laid.layout} has marked it as late.",) if attempt.late else ()
    return replace(student, hand_in=hand_in, notes=(*student.notes, *marked))


def _with_case(students: Iterable[Student]) -> list[Student]:
    """The students, with a note on those whose ids differ only in how letters are written."""
    alike: dict[str, list[str]] = defaultdict(list)
    students = list(students)
    for student in students:
        alike[same(student.person.id)].append(student.person.id)
    return [
        replace(student, notes=(*student.notes, f"not the same as {listed(others)}, which is written nearly so."))
        if (others := [name for name in alike[same(student.person.id)] if name != student.person.id])
        else student
        for student in students
    ]


def _missing(roster: Roster, students: Iterable[Student]) -> tuple[Person, ...]:
    """Who is in the class and has no place in the download."""
    there = {student.person.id for student in students}
    return tuple(person for person in roster.people if person.id not in there) if roster.is_closed else ()
