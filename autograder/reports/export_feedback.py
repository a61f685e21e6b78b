"""Feedback pages in an archive, named as Moodle and Canvas want them back.

Both go by the names that they gave to the files when they were downloaded. Moodle takes the number from the folder's
name ("Upload multiple feedback files in a zip"); Canvas those of the student and of the file that was handed in, from
the file's name ("Re-Upload Submissions").
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

from autograder.console import listed, one_line
from autograder.grading.classroom import Classroom
from autograder.reports.export_marks import ExportError, Marks
from autograder.reports.export_systems import Exported

#: What Canvas calls a file: whose, LATE or not, the student's number, the file's; the rest is as the student had it.
CANVAS = re.compile(r"(?P<kept>anon_[^_]+_\d+|(?:.*?_)?(?P<student>\d+)_\d+)_.+", re.DOTALL)
MOODLE = re.compile(r"(?P<kept>[^_]+_(?P<student>\d+)_assignsubmission_file)(?:_.*)?", re.DOTALL)


def feedback_archive(system: str, lesson: str, classroom: Classroom, marks: Sequence[Marks]) -> Exported:
    """A zip archive of the class's feedback pages.

    Args:
        system: "moodle" or "canvas".

    Raises:
        ExportError: there is no page, or of nobody it is known under which name the system wants it.
    """
    pages = {mark.person.id: classroom.notebook("feedback", mark.person.id, lesson, ".html") for mark in marks}
    named = [(mark, _name(system, lesson, mark)) for mark in marks if pages[mark.person.id].is_file()]
    if not any(name for _, name in named):
        raise ExportError(
            f"there is no feedback of {lesson} whose name in {system.title()} is known. Grade what {system.title()}'s "
            "own download gave: its names hold the numbers that the feedback needs."
        )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for mark, name in named:
            if name:
                archive.writestr(zipfile.ZipInfo(name), pages[mark.person.id].read_bytes(), zipfile.ZIP_DEFLATED)
    nameless = [one_line(mark.person.id) for mark, name in named if not name]
    told = [f"Left out, since no name for {system.title()} is known: {listed(nameless)}."] if nameless else []
    if system == "canvas":
        told.append("Canvas shows a page under the name of the file that was handed in: it is HTML all the same.")
    return Exported(content.getvalue(), len(named) - len(nameless), told)


def _name(system: str, lesson: str, mark: Marks) -> str:
    """What the system wants a student's page to be called; "" if that is not known."""
    number = mark.person.ids.get(system, "")
    if system == "moodle":
        found = next(filter(None, map(MOODLE.fullmatch, PurePosixPath(mark.file).parts)), None)
        if found and number in ("", found["student"]):
            return f"{found['kept']}_/{lesson}.html"
        name = re.sub(r"[\W_]+", " ", mark.person.name).strip() or "student"
        return f"{name}_{number}_assignsubmission_file_/{lesson}.html" if number.isdecimal() else ""
    found = CANVAS.fullmatch(PurePosixPath(mark.file).name)
    return f"{found['kept']}_{lesson}.html" if found and number in ("", found["student"]) else ""
