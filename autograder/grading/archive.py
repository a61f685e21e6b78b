"""Unpack an archive of submissions, as learning management systems give it, into a folder for each student.

Known are the layouts of Moodle, Canvas and Blackboard, folders `<student>/...` (with the lesson's folder in them or
not, at any depth), and files `<student>_<lesson>.ipynb`. Archives in the archive stay closed.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.grading.intake import SubmissionsError, is_somebodys
from autograder.submission.reading import MAX_BYTES

#: No class hands in so many files, or so many bytes of notebooks. What one student hands in beyond so many files of a
#: kind is left out, so that nobody can make the class too large.
MAX_FILES, MAX_TOTAL, MAX_OF_ONE = 500_000, 20 * 2**30, 20
#: Moodle: a folder `Full Name_12345_assignsubmission_file_`; the number changes with each assignment.
MOODLE = re.compile(r"(?P<student>.+)_(?P<number>\d+)_assignsubmission_\w+")
#: Canvas: a file `lastnamefirst_LATE_1234_567890_name.ipynb`; the first number is the student's for good.
CANVAS = re.compile(r"(?P<student>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)")
#: Blackboard: a file `Assignment_username_attempt_2026-01-31-12-00-00_name.ipynb`.
BLACKBOARD = re.compile(r".+_(?P<student>[^_]+)_attempt_\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d_(?P<file>.+)")


@dataclass(frozen=True)
class Owned:
    """Whose a file is.

    Attributes:
        student: the student's name.
        number: tells namesakes apart, or "".
        file: the file's name.
        depth: how deep in the archive the part of the path stands that names the student.
    """

    student: str
    number: str
    file: str
    depth: int

    @property
    def who(self) -> tuple[str, str]:
        return self.student, self.number


def unpack(archive: Path, lesson: str, folder: Path) -> list[str]:
    """Write each student's notebooks to `folder/<student>/`; of other files only the names, as empty files.

    Returns:
        names in the archive that are nobody's.

    Raises:
        SubmissionsError: the file is no zip archive, or far too large.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpack(opened, lesson, folder)
    except (zipfile.BadZipFile, OSError) as error:
        raise SubmissionsError(f"{archive} cannot be unpacked: {error}. Download it again.") from error


def _unpack(opened: zipfile.ZipFile, lesson: str, folder: Path) -> list[str]:
    members = [member for member in opened.infolist() if not member.is_dir()]
    owners = _owners(members[:MAX_FILES], lesson)
    used = _first_of_each(members[:MAX_FILES], owners, lesson)
    total = sum(min(member.file_size, MAX_BYTES) for member, _ in used if member.filename.endswith(".ipynb"))
    if len(members) > MAX_FILES or total > MAX_TOTAL:
        raise SubmissionsError(f"{opened.filename} is too large: {len(members):,} files, {total / 2**30:.0f} GB.")
    same_name = _numbers(owned for owned in owners.values() if owned)
    nobodys = [name for name, owned in owners.items() if not owned and is_somebodys(PurePosixPath(name).name)]
    for member, owned in used:
        name = f"{owned.student}_{owned.number}" if len(same_name[owned.student]) > 1 else owned.student
        path = folder / name / owned.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
        if path.suffix == ".ipynb":
            _copy(opened, member, path)
    return nobodys


def _owners(members: list[zipfile.ZipInfo], lesson: str) -> dict[str, Owned | None]:
    """Whose each file is.

    Of places that bear the same name, the outermost is that student's: only others can have put one further in.
    """
    owners = {member.filename: _owner(member.filename, lesson) for member in members}
    outermost: dict[tuple[str, str], int] = {}
    for owned in filter(None, owners.values()):
        outermost[owned.who] = min(owned.depth, outermost.get(owned.who, owned.depth))
    return {name: owned if owned and owned.depth == outermost[owned.who] else None for name, owned in owners.items()}


def _first_of_each(
    members: list[zipfile.ZipInfo], owners: dict[str, Owned | None], lesson: str
) -> list[tuple[zipfile.ZipInfo, Owned]]:
    """Somebody's files; of each student not more than so many of a kind, and the lesson's own before others."""
    found: list[tuple[zipfile.ZipInfo, Owned]] = []
    numbers: Counter = Counter()
    for member in sorted(members, key=lambda member: lesson not in PurePosixPath(member.filename).name):
        if owned := owners[member.filename]:
            kind = (owned.who, member.filename.endswith(".ipynb"))
            numbers[kind] += 1
            found += [(member, owned)] if numbers[kind] <= MAX_OF_ONE else []
    return found


def _owner(name: str, lesson: str) -> Owned | None:
    parts = PurePosixPath(name).parts
    if not all(_is_safe(part) and is_somebodys(part) for part in parts):
        return None
    *folders, file = parts
    for depth, part in enumerate(folders):
        if match := MOODLE.fullmatch(part):
            return Owned(match["student"], match["number"], file, depth)
    if lesson in folders[1:]:
        depth = folders.index(lesson, 1) - 1
        return Owned(folders[depth], "", file, depth)
    for known in (CANVAS, BLACKBOARD):
        if match := known.fullmatch(file):
            number = match.groupdict().get("number", "")
            return Owned("_".join(filter(None, [match["student"], number])), "", match["file"], len(folders))
    if match := re.fullmatch(rf"(?P<student>.+?)[ _-]+(?P<file>{re.escape(lesson)}.*\.ipynb)", file):
        return Owned(match["student"], "", match["file"], len(folders))
    return Owned(folders[-1], "", file, len(folders) - 1) if folders else None


def _is_safe(part: str) -> bool:
    """Whether a part of a path stays where it is put, on every system."""
    return (
        part not in ("..", "/", "")
        and len(part.encode("utf-8", "replace")) < 200
        and not re.search(r"[\x00-\x1f\\:]", part)
    )


def _numbers(owners: Iterator[Owned]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for owned in owners:
        found[owned.student].add(owned.number)
    return found


def _copy(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    """Write a notebook; of a huge one only its size, and of a damaged one nothing: intake will tell."""
    with open(path, "wb") as file:
        if member.file_size > MAX_BYTES:
            file.truncate(MAX_BYTES + 1)
            return
        # A damaged or locked entry: zlib, lzma and zipfile each have errors of their own.
        with contextlib.suppress(Exception), opened.open(member) as source:
            file.write(source.read(MAX_BYTES + 1))
