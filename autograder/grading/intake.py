"""Take in what was collected: whose is what, the notebooks put in order, and copies of them in the classroom.

What was handed in is only read. Whatever is wrong with one student's files is told in that student's
`Submission` and stops nobody else.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.collecting.collect import Student
from autograder.collecting.people import Person
from autograder.collecting.roster import same
from autograder.collecting.tree import SubmissionsError
from autograder.console import LONGEST_NAME, shortened, shown_path
from autograder.files import write_whole
from autograder.grading.classroom import Classroom

#: nbgrader uses students' names as folder names and file patterns, and 128 characters of them in the gradebook. Names
#: of files made from them add to their bytes, of which a name of a file may have 255.
UNSAFE, LONGEST, LONGEST_BYTES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff*?\[\]/\\]"), 128, 230


@dataclass(frozen=True)
class Submission:
    """What one student handed in for a lesson.

    Attributes:
        student: the id of the student in the gradebook.
        refused: why it cannot be graded, or "".
        handed_in: a notebook was there, whether or not it can be graded.
        notes: what was damaged and put right, or is odd.
        untouched: exercises whose cell is as it was released.
        asides: what only the teacher should know, a sentence each.
        attempt: stands for what the student has written; it decides, with the name, on the hidden tests' data.
    """

    student: str
    refused: str = ""
    handed_in: bool = True
    notes: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    attempt: str = ""
    asides: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandedIn:
    """One student's file, before it is read.

    Attributes:
        student: the id of the student in the gradebook.
        path: the file.
        notes, asides: as of the `Submission`.
        had_before: the classroom holds a copy of something that the student handed in before.
    """

    student: str
    path: Path
    notes: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    had_before: bool = False


def received(students: Sequence[Student], lesson: str, classroom: Classroom) -> Iterator[HandedIn | Submission]:
    """Each student's file, or why there is none that can be graded.

    Args:
        students: what was collected of each.
    """
    fold = same if _folds_case(classroom.root) else str
    names = Counter(fold(safe_id(student.person.id)) for student in students)
    for student in students:
        name = student.person.id
        if not student.handed_in:
            yield Submission(name, student.refused, handed_in=False, asides=student.notes)
            continue
        refused = student.refused or _unusable(name, names[fold(safe_id(name))] > 1)
        kept = classroom.notebook("submitted", safe_id(name), lesson)
        had_before = not _is_too_long(name) and kept.exists()
        if refused or student.hand_in is None:
            yield Submission(name, f"{refused}{still_there(had_before)}", asides=student.notes)
            continue
        renamed = (f"nbgrader cannot take the name {name!r}.",) if safe_id(name) != name else ()
        notes = (*student.hand_in.notes, *renamed)
        yield HandedIn(safe_id(name), student.hand_in.path, notes, student.notes, had_before)


def received_before(lesson: str, classroom: Classroom) -> list[HandedIn]:
    """All that was taken into the classroom, to be put into the form of the lesson as it is now.

    Raises:
        SubmissionsError: there is nothing of the lesson.
    """
    found = sorted(classroom.collected.glob(f"*/{lesson}/{lesson}.ipynb"))
    if not found:
        raise SubmissionsError(
            f"nothing of {lesson} has been graded in {shown_path(classroom.root)}. Use `grade` first."
        )
    return [HandedIn(path.parents[1].name, path, had_before=True) for path in found]


def absent(person: Person) -> Submission:
    """Stands for somebody of the roster who is not in what was handed in."""
    return Submission(safe_id(person.id), "nothing handed in. (The roster has this student.)", handed_in=False)


def safe_id(name: str) -> str:
    """A student's id as nbgrader can take it."""
    return UNSAFE.sub("_", name)


def _folds_case(folder: Path) -> bool:
    """Whether `Ada` and `ada` are one folder there."""
    other = folder.with_name(folder.name.swapcase())
    return other != folder and other.exists() and other.samefile(folder)


def _is_too_long(name: str) -> bool:
    return len(safe_id(name)) > LONGEST or len(safe_id(name).encode()) > LONGEST_BYTES


def _unusable(name: str, is_several: bool) -> str:
    """Why nbgrader could not take a student's name or tell it from another one, or ""."""
    if not (_is_too_long(name) or is_several):
        return ""
    told = f"nbgrader cannot take the name {shortened(repr(name), LONGEST_NAME)}, and it cannot be shortened"
    return f"{told} safely. Rename it."


def still_there(had_before: bool) -> str:
    """What to add where a submission is refused."""
    return " What this student handed in before was left as it is." if had_before else ""


def refuse_part(folder: Path, classroom: Classroom) -> None:
    """Stop where the folder of submissions is a part of what lies in the classroom.

    Raises:
        SubmissionsError: it is.
    """
    if classroom.collected.resolve() in folder.resolve().parents:
        raise SubmissionsError(f"{shown_path(folder)} lies in a classroom. Name the folder with all students' folders.")


def store_copy(text: str, path: Path, classroom: Classroom) -> None:
    """Write the classroom's copy; one that is there and differs is kept in `previous`, never lost.

    It may be what `nbgrader collect` laid there, and all that there is of it: so it stays until the new one is written.
    """
    if path.is_file() and path.read_bytes() == text.encode():
        return
    if path.exists():
        kept = next(place for place in _places(path, classroom) if not place.exists())
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, kept)
    write_whole(path, text)


def _places(path: Path, classroom: Classroom) -> Iterator[Path]:
    """Names in `previous` for an earlier copy: with the time, and a number where the time is taken."""
    place = classroom.root / "previous" / path.parent.relative_to(classroom.collected)
    now = datetime.now().strftime("%Y-%m-%d_%H%M%S")
    yield place / f"{path.stem}_{now}.ipynb"
    for number in range(2, 10_000):
        yield place / f"{path.stem}_{now}_{number}.ipynb"
