"""Take in a class's submissions: find them, judge each, put damaged ones right, copy them into the classroom.

The folder of submissions is only read. Whatever is wrong with one student's files is told in that student's
`Submission` and stops nobody else.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat

from autograder.grading.classroom import Classroom, shown
from autograder.grading.repair import HandedCell, repair

#: Larger notebooks are refused: such a size comes from outputs, which grading makes afresh anyway.
MAX_BYTES = 20_000_000
#: nbgrader uses students' names as folder names and file patterns, and 128 characters of them in the gradebook.
STUDENT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff*?\[\]/\\]{1,128}")


class SubmissionsError(ValueError):
    """The folder of submissions cannot be used; the message says why."""


class Refused(ValueError):
    """One student's notebook cannot be graded; the message says why and what to do."""


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
    """

    student: str
    refused: str = ""
    handed_in: bool = True
    notes: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


def take_in(folder: Path, lesson: str, classroom: Classroom) -> list[Submission]:
    """Judge each student's submission in a folder and copy what can be graded into the classroom.

    The classroom must hold the lesson's released notebook. A copy that is there already and differs is moved to
    the classroom's `previous` folder.

    Raises:
        SubmissionsError: the folder is missing, is no folder, is the classroom's own, or holds nothing of the lesson.
    """
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    submissions = []
    for student_folder in find_students(folder, lesson, classroom):
        student = student_folder.name
        try:
            path, notes = _find_notebook(student_folder, lesson)
            repaired = repair(released, read_cells(path))
        except Missing as error:
            submissions.append(Submission(student, str(error), handed_in=False))
        except (Refused, OSError) as error:
            kept = classroom.notebook("submitted", student, lesson).exists()
            also = " What this student handed in before was left as it is." if kept else ""
            submissions.append(Submission(student, f"{error}{also}"))
        else:
            text = nbformat.writes(repaired.notebook) + "\n"
            _store(text, classroom.notebook("submitted", student, lesson), classroom)
            submissions.append(Submission(student, "", True, (*repaired.notes, *notes), repaired.untouched))
    return submissions


def not_students(folder: Path) -> list[str]:
    """Names in the folder of submissions that are nobody's folder, and so are not used."""
    return sorted(path.name for path in folder.iterdir() if not path.is_dir() and _counts(path.name))


def find_students(folder: Path, lesson: str, classroom: Classroom) -> list[Path]:
    """The students' folders, by name.

    Raises:
        SubmissionsError: the folder is missing, is no folder, is the classroom's own, or holds nothing of the lesson.
    """
    expected = f"Expected is {shown(folder)}/<student>/{lesson}/{lesson}.ipynb."
    if not folder.exists():
        raise SubmissionsError(f"there is no folder {shown(folder)}. {expected}")
    if not folder.is_dir():
        raise SubmissionsError(f"{shown(folder)} is a file. If it is an archive, unpack it first. {expected}")
    own = (classroom.root / "submitted").resolve()
    if folder.resolve() == own or own in folder.resolve().parents:
        raise SubmissionsError(
            f"{shown(folder)} is where grading keeps its own copies. Name the folder with what students handed in."
        )
    try:
        students = [path for path in sorted(folder.iterdir()) if path.is_dir() and _counts(path.name)]
    except OSError as error:
        raise SubmissionsError(f"{shown(folder)} cannot be read: {error.strerror}.") from error
    if not students:
        raise SubmissionsError(f"{shown(folder)} holds no students' folders. {expected}")
    if not any(_notebooks(student, lesson) for student in students):
        raise SubmissionsError(f"nobody in {shown(folder)} handed in anything for {lesson}. {expected}")
    return students


def read_cells(path: Path) -> list[HandedCell]:
    """The cells of a notebook file, however badly treated.

    Raises:
        Refused: the file is no notebook; the message says where it breaks.
    """
    data = _read_json(path)
    if not (isinstance(data, dict) and isinstance(data.get("nbformat"), int)):
        raise Refused(f"{path.name} is JSON, but not a notebook. Ask for the notebook itself.")
    if data["nbformat"] < 4:
        try:
            data = nbformat.convert(nbformat.from_dict(data), 4)
        except Exception as error:
            raise Refused(f"{path.name} is an old notebook that cannot be read: {error!r:.100}.") from error
    if not isinstance(data.get("cells"), list):
        raise Refused(f"{path.name} is a notebook without cells. Ask for it again.")
    return [_handed(cell) for cell in data["cells"] if isinstance(cell, dict)]


def _find_notebook(student: Path, lesson: str) -> tuple[Path, list[str]]:
    """A student's notebook, and notes on other files that are not used."""
    if not STUDENT.fullmatch(student.name):
        raise Refused(
            "the folder's name has more than 128 characters or one that nbgrader cannot take (* ? [ ] \\ or a control "
            "character). Rename the folder."
        )
    found = _notebooks(student, lesson)
    if not found:
        others = sorted(path.relative_to(student).as_posix() for path in student.rglob("*.ipynb"))
        near = [name for name in others if lesson[:2] in name and all(map(_counts, name.split("/")))]
        hint = f" If {near[0]!r} is meant, rename it to {lesson}.ipynb." if near else ""
        raise Missing(f"nothing handed in.{hint}")
    path = found[0]
    for part in (student, path.parent, path):
        if part.is_symlink():
            raise Refused(f"{part.name} is a link to another place, and links are not followed. Ask for the file.")
    notes = [f"{other.parent.name}/{other.name} was there too and was not used." for other in found[1:]]
    if path.parent != student:
        extra = sorted(p.name for p in path.parent.iterdir() if p != path and _counts(p.name))
        notes += [f"handed in besides and not used: {', '.join(extra)}."] if extra else []
    return path, notes


def _notebooks(student: Path, lesson: str) -> list[Path]:
    places = (student / lesson / f"{lesson}.ipynb", student / f"{lesson}.ipynb")
    return [path for path in places if os.path.lexists(path)]


def _counts(name: str) -> bool:
    """Whether a file or folder is anybody's work; not what systems and editors leave behind."""
    return not name.startswith((".", "__"))


def _read_json(path: Path) -> object:
    try:
        text = _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8 text (byte {error.start}). Ask for the notebook again.") from error
    if not text.strip():
        raise Refused(f"{path.name} is empty. Ask for the notebook again.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        cut = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        why = "it ends too early, as after a broken upload" if cut else error.msg
        raise Refused(f"{path.name} is not JSON ({where}): {why}. Ask for the notebook again.") from error
    except (RecursionError, ValueError) as error:
        raise Refused(f"{path.name} cannot be read as JSON: {error}.") from error


def _read_bytes(path: Path) -> bytes:
    """Read a regular file, and nothing else, without following a link or waiting on a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused(f"{path.name} is not an ordinary file. Ask for the notebook itself.")
        with open(os.open(path, flags), "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        size = f"{MAX_BYTES / 1e6:.0f} MB"
        raise Refused(f"{path.name} is larger than {size}. Ask for it again with all outputs cleared.")
    return content


def _handed(cell: dict) -> HandedCell:
    source, metadata = cell.get("source", ""), cell.get("metadata")
    if isinstance(source, list):
        source = "".join(map(str, source))
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return HandedCell(
        kind=str(cell.get("cell_type", "")),
        source=str(source).encode("utf-8", "replace").decode("utf-8"),  # a lone surrogate could not be written
        id=str(cell.get("id", "")),
        settings=dict(settings) if isinstance(settings, dict) else {},
    )


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
