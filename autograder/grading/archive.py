"""Unpack an archive of submissions, as learning management systems give it, into a folder for each student.

Known are the layouts of Moodle, Canvas and Blackboard, folders `<student>/...` (with the lesson's folder in them or
not, at any depth), and files `<student>_<lesson>.ipynb`. Archives in the archive stay closed.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from autograder.grading.intake import SubmissionsError, not_anybodys
from autograder.submission.reading import MAX_BYTES

#: No class hands in so many files, or so many bytes of notebooks.
MAX_FILES, MAX_TOTAL = 50_000, 20 * 2**30
#: Moodle: a folder `Full Name_12345_assignsubmission_file_`; the number changes with each assignment.
MOODLE = re.compile(r"(?P<student>.+)_(?P<number>\d+)_assignsubmission_\w+")
#: Canvas: a file `lastnamefirst_LATE_1234_567890_name.ipynb`; the first number is the student's for good.
CANVAS = re.compile(r"(?P<student>[^_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)")
#: Blackboard: a file `Assignment_username_attempt_2026-01-31-12-00-00_name.ipynb`.
BLACKBOARD = re.compile(r".+_(?P<student>[^_]+)_attempt_\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d_(?P<file>.+)")


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
    total = sum(min(member.file_size, MAX_BYTES) for member in members if member.filename.endswith(".ipynb"))
    if len(members) > MAX_FILES or total > MAX_TOTAL:
        raise SubmissionsError(f"{opened.filename} is too large: {len(members):,} files, {total / 2**30:.0f} GB.")
    owners = {member.filename: _owner(member.filename, lesson) for member in members}
    same_name = _numbers(owned for owned in owners.values() if owned)
    nobodys = []
    for member in members:
        if not (owned := owners[member.filename]):
            nobodys += [] if not_anybodys(PurePosixPath(member.filename).name) else [member.filename]
            continue
        student, number, file = owned
        name = f"{student}_{number}" if len(same_name[student]) > 1 else student
        path = folder / name / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
        if path.suffix == ".ipynb":
            _copy(opened, member, path)
    return nobodys


def _owner(name: str, lesson: str) -> tuple[str, str, str] | None:
    """Whose a file is: the student's name, the number that tells namesakes apart, and the file's name; or None."""
    parts = PurePosixPath(name).parts
    if not all(map(_is_safe, parts)) or any(map(not_anybodys, parts)):
        return None
    *folders, file = parts
    for part in folders:
        if match := MOODLE.fullmatch(part):
            return match["student"], match["number"], file
    if lesson in folders[1:]:
        return folders[folders.index(lesson, 1) - 1], "", file
    for known in (CANVAS, BLACKBOARD):
        if match := known.fullmatch(file):
            number = match.groupdict().get("number", "")
            return "_".join(filter(None, [match["student"], number])), "", match["file"]
    if match := re.fullmatch(rf"(?P<student>.+?)[ _-]+(?P<file>{re.escape(lesson)}.*\.ipynb)", file):
        return match["student"], "", match["file"]
    return (folders[-1], "", file) if folders else None


def _is_safe(part: str) -> bool:
    """Whether a part of a path stays where it is put, on every system."""
    return (
        part not in ("..", "/", "")
        and len(part.encode("utf-8", "replace")) < 200
        and not re.search(r"[\x00-\x1f\\:]", part)
    )


def _numbers(owners: Iterator[tuple[str, str, str]]) -> dict[str, set[str]]:
    found = defaultdict(set)
    for student, number, _ in owners:
        found[student].add(number)
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
