"""Make the archive that an instructor uploads to Gradescope."""

from __future__ import annotations

import json
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path

from autograder.build.builder import stale
from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.lessons import ROOT, find_lesson

#: Gradescope looks for these at the top of the archive, and runs them.
SCRIPTS = ("setup.sh", "run_autograder")
#: What the run reads: the lesson, what decides on the hidden tests' data, and when students see their results.
SETTINGS = "gradescope.json"
FILES = ("LICENSE", "nbgrader_config.py", "pyproject.toml", "constraints.txt")
#: What does not grade.
LEFT_OUT = ("tests", "classroom", "audit", "bench", "reports")
SUFFIXES = {".py", ".md", ".json", ".html", ".csv", ".sh", ".sql", ".npz"}


class ArchiveError(CourseError):
    """The archive cannot be made as things are."""


def write_archive(lesson: str, output: Path, hidden: str = "after_due_date", *, force: bool = False) -> int:
    """Write a lesson's archive; return the number of files in it.

    The secret that decides on the hidden tests' data is drawn here: another archive draws other data.

    Args:
        hidden: when students see the hidden tests' results, in Gradescope's words, such as after_due_date.

    Raises:
        UnknownLesson: there is no such lesson.
        ArchiveError: the file exists and `force` is off, or the lesson is not built.
    """
    name = find_lesson(lesson)
    if output.exists() and not force:
        raise ArchiveError(f"{shown_path(output)} exists. Choose another --output, or pass --force to replace it.")
    if problems := stale(name):
        raise ArchiveError("the archive would hold something out of date:\n" + "\n".join(problems))
    settings = {"lesson": name, "hidden": hidden, "secret": secrets.token_hex(16)}
    names = [*FILES, *sorted(_needed(name))]
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for script in SCRIPTS:
            _add(archive, script, (Path(__file__).parent / script).read_bytes(), 0o755)
        _add(archive, SETTINGS, json.dumps(settings, indent=1).encode(), 0o600)
        for place in names:
            _add(archive, place, (ROOT / place).read_bytes(), 0o644)
    return len(SCRIPTS) + 1 + len(names)


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name)
    entry.external_attr, entry.compress_type = mode << 16, zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _needed(lesson: str) -> Iterator[str]:
    """The package, the data, the lessons' texts, and the built notebook of the lesson."""
    yield f"solutions/{lesson}/{lesson}.ipynb"
    yield from (path.relative_to(ROOT).as_posix() for path in (ROOT / "solutions").glob("*.py"))
    left_out = [ROOT / "autograder" / name for name in LEFT_OUT]
    for path in (path for folder in ("autograder", "data") for path in (ROOT / folder).rglob("*")):
        inside = path.relative_to(ROOT)
        hidden = any(part.startswith((".", "__pycache__")) for part in inside.parts)
        wanted = path.suffix in SUFFIXES or path.name in SCRIPTS
        if wanted and not hidden and path.is_file() and not any(path.is_relative_to(place) for place in left_out):
            yield inside.as_posix()
