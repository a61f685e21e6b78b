"""Take in a class's submissions: find them, judge each, put damaged ones right, copy them into the classroom.

The folder of submissions is only read. Whatever is wrong with one student's files is told in that student's
`Submission` and stops nobody else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat

from autograder.console import listed, shown_path, writable
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom
from autograder.submission.reading import Refused
from autograder.submission.recognise import read_lesson
from autograder.submission.repair import repair

#: nbgrader uses students' names as folder names and file patterns, and 128 characters of them in the gradebook. Names
#: of files made from them add to their bytes, of which a name of a file may have 255.
UNSAFE, LONGEST, LONGEST_BYTES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff*?\[\]/\\]"), 128, 230


class SubmissionsError(CourseError):
    """The folder of submissions cannot be used; the message says why."""


class Missing(Refused):
    """A student handed in no notebook of the lesson."""


@dataclass(frozen=True)
class Submission:
    """What one student handed in for a lesson.

    Attributes:
        student: the name of the student's folder.
        refused: why it cannot be graded, or "".
        handed_in: a notebook was there, whether or not it can be graded.
        notes: what was damaged and put right, or is odd.
        untouched: exercises whose cell is as it was released.
        attempt: stands for what the student has written; it decides, with the name, on the hidden tests' data.
    """

    student: str
    refused: str = ""
    handed_in: bool = True
    notes: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    attempt: str = ""


def take_in(students: list[Path], lesson: str, classroom: Classroom) -> Iterator[Submission]:
    """Look at each student's submission and copy what can be graded into the classroom, one by one.

    The classroom must hold the lesson's released notebook. A copy that is there already and differs is moved to
    the classroom's `previous` folder.

    Args:
        students: their folders, from `find_students`.
    """
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    names = Counter(map(_safe, (student.name for student in students)))
    return (_take_in(student, released, lesson, classroom, names) for student in students)


def taken_before(lesson: str, classroom: Classroom) -> list[Submission]:
    """All that was taken into the classroom, put into the form of the lesson as it is now.

    Raises:
        SubmissionsError: there is nothing of the lesson.
    """
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    found = sorted((classroom.root / "submitted").glob(f"*/{lesson}/{lesson}.ipynb"))
    if not found:
        raise SubmissionsError(
            f"nothing of {lesson} has been graded in {shown_path(classroom.root)}. Use `grade` first."
        )
    return [_take_in(path.parents[1], released, lesson, classroom, Counter()) for path in found]


def _safe(name: str) -> str:
    """A student's name as nbgrader can take it."""
    return UNSAFE.sub("_", name)


def _take_in(
    folder: Path, released: nbformat.NotebookNode, lesson: str, classroom: Classroom, names: Counter[str]
) -> Submission:
    """Take in one student's folder; `names` counts those of the class as they are recorded."""
    student = _safe(folder.name)
    kept = classroom.notebook("submitted", student, lesson)
    try:
        too_long = len(student) > LONGEST or len(student.encode()) > LONGEST_BYTES
        if too_long or (student != folder.name and names[student] > 1):
            raise Refused("nbgrader cannot take the folder's name, and it cannot be shortened safely. Rename it.")
        path, notes = _find_notebook(folder, lesson)
        notes += [f"nbgrader cannot take the name {folder.name!r}."] if student != folder.name else []
        handed = read_lesson(lesson, path)
        repaired = repair(released, handed.cells)
        text = nbformat.v4.writes(repaired.notebook)  # unchecked: its form is that of the released one
        _store(f"{text}\n", kept, classroom)
    except Missing as error:
        return Submission(folder.name, str(error), handed_in=False)
    except Exception as error:  # one student's trouble stops nobody else
        told = str(error) if isinstance(error, Refused | OSError) else f"it cannot be read: {error!r:.100}."
        also = " What this student handed in before was left as it is." if kept.exists() else ""
        return Submission(folder.name, f"{told}{also}")
    attempt = _attempt(repaired.notebook, released)
    return Submission(student, "", True, (*handed.notes, *repaired.notes, *notes), repaired.untouched, attempt)


def _attempt(notebook: nbformat.NotebookNode, released: nbformat.NotebookNode) -> str:
    """A digest of the code that is the student's own; a lesson that is mended elsewhere does not change it."""
    given = {(cell.id, cell.source) for cell in released.cells}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    own = [cell.source for cell in code if (cell.id, cell.source) not in given]
    return hashlib.sha256(json.dumps(own).encode()).hexdigest()


def not_students(folder: Path) -> list[str]:
    """Names in the folder of submissions that are nobody's folder, and so are not used."""
    return sorted(path.name for path in folder.iterdir() if is_somebodys(path.name) and not path.is_dir())


def find_students(folder: Path, lesson: str, classroom: Classroom) -> list[Path]:
    """The students' folders, by name.

    Raises:
        SubmissionsError: the folder is missing, is no folder, is the classroom's own, or holds nothing of the lesson.
    """
    expected = f"Expected is {shown_path(folder)}/<student>/{lesson}/{lesson}.ipynb."
    if not folder.exists():
        raise SubmissionsError(f"there is no folder {shown_path(folder)}. {expected}")
    if not folder.is_dir():
        raise SubmissionsError(f"{shown_path(folder)} is a file, and no zip archive. {expected}")
    own = (classroom.root / "submitted").resolve()
    if folder.resolve() == own or own in folder.resolve().parents:
        raise SubmissionsError(
            f"{shown_path(folder)} is where grading keeps its own copies. Name the folder with what students handed in."
        )
    try:
        students = [path for path in sorted(folder.iterdir()) if path.is_dir() and is_somebodys(path.name)]
    except OSError as error:
        raise SubmissionsError(f"{shown_path(folder)} cannot be read: {error.strerror}.") from error
    if not students:
        raise SubmissionsError(f"{shown_path(folder)} holds no students' folders. {expected}")
    if not any(_notebooks(student, lesson) for student in students):
        raise SubmissionsError(f"nobody in {shown_path(folder)} handed in anything for {lesson}. {expected}")
    return students


def _find_notebook(student: Path, lesson: str) -> tuple[Path, list[str]]:
    """A student's notebook, and notes on other files that are not used."""
    found = _notebooks(student, lesson)
    if not found:
        raise Missing(f"nothing handed in.{_hint(student, lesson)}")
    path = found[0]
    for part in (student, path.parent, path):
        if part.is_symlink():
            raise Refused(f"{part.name} is a link to another place, and links are not followed. Hand in the file.")
    others = [f"{other.parent.name}/{other.name}" for other in found[1:]]
    notes = [f"there too and not used: {listed(others)}."] if others else []
    if path.parent != student:
        extra = sorted(writable(p.name) for p in path.parent.iterdir() if p not in found and is_somebodys(p.name))
        notes += [f"handed in besides and not used: {listed(extra)}."] if extra else []
    return path, notes


def _notebooks(student: Path, lesson: str) -> list[Path]:
    """Files that are the lesson's notebook, the best first: by its own name, or the latest of a browser's copies."""
    copy_of = re.compile(rf"{re.escape(lesson)}[ _-]?\(?(\d+)\)?\.ipynb")
    places = (student / lesson, student)
    own = [place / f"{lesson}.ipynb" for place in places if os.path.lexists(place / f"{lesson}.ipynb")]
    files = [path for place in places if place.is_dir() and not place.is_symlink() for path in place.iterdir()]
    numbered = [(int(match[1]), path) for path in files if (match := copy_of.fullmatch(path.name))]
    return own + [path for _, path in sorted(numbered, reverse=True)]


def _hint(student: Path, lesson: str) -> str:
    """What was probably meant, where the notebook is not found."""
    files = sorted(path.relative_to(student).as_posix() for path in student.rglob("*") if path.is_file())
    files = [name for name in files if all(map(is_somebodys, name.split("/")))]
    near = [name for name in files if name.endswith(".ipynb") and lesson[:2] in name]
    closed = [name for name in files if name.endswith((".zip", ".tar", ".gz", ".7z", ".rar"))]
    if near:
        return f" If {near[0]!r} is meant, rename it to {lesson}.ipynb."
    return f" {closed[0]!r} is an archive: hand in the notebook itself." if closed else ""


def is_somebodys(name: str) -> bool:
    """Whether a file or folder can be anybody's work: not what systems and editors leave behind."""
    return not name.startswith((".", "__"))


def _store(text: str, path: Path, classroom: Classroom) -> None:
    """Write the classroom's copy; one that is there and differs is moved to `previous`, never lost."""
    if path.is_file() and path.read_bytes() == text.encode():
        return
    if path.exists():
        kept = next(place for place in _places(path, classroom) if not place.exists())
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.rename(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _places(path: Path, classroom: Classroom) -> Iterator[Path]:
    """Names in `previous` for an earlier copy: with the time, and a number where the time is taken."""
    place = classroom.root / "previous" / path.parent.relative_to(classroom.root / "submitted")
    now = datetime.now().strftime("%Y-%m-%d_%H%M%S")
    yield place / f"{path.stem}_{now}.ipynb"
    for number in range(2, 10_000):
        yield place / f"{path.stem}_{now}_{number}.ipynb"
