"""What nbgrader's exchange lays beside a handed-in notebook, and asks for again where the feedback lies.

`nbgrader submit` writes when it was, and a secret that only this student and the graders know. `release_feedback`
makes from the secret the name under which the student's `fetch_feedback` looks for the page.
"""

from __future__ import annotations

import secrets
import stat
from datetime import datetime
from pathlib import Path

from autograder.console import say_progress, shown_path
from autograder.files import write_once, write_whole
from autograder.grading.classroom import Classroom

TIME, SECRET = "timestamp.txt", "submission_secret.txt"
RECEIPTS = (TIME, SECRET)


def pass_on(student: str, lesson: str, classroom: Classroom) -> None:
    """Lay the receipts of what was handed in beside the graded notebook and the feedback page.

    Who did not hand in through the exchange gets some that lead nowhere: `release_feedback` stops a whole class for
    one that is missing.
    """
    submitted, graded, feedback = (
        classroom.notebook(step, student, lesson).parent for step in ("submitted", "autograded", "feedback")
    )
    for name in RECEIPTS:
        if text := _text(submitted / name):
            write_whole(graded / name, text)
            write_whole(feedback / name, text)
    write_once(feedback / TIME, "")
    write_once(feedback / SECRET, secrets.token_hex(64))
    page = classroom.notebook("feedback", student, lesson, ".html")
    if (
        not page.stat().st_mode & stat.S_IROTH
    ):  # the exchange takes a page with its rights, and its student must read it
        page.chmod(0o644)


def collected_since(student: str, lesson: str, classroom: Classroom) -> bool:
    """Whether the exchange brought something else of the student after it was graded."""
    submitted, graded = (classroom.notebook(step, student, lesson).parent for step in ("submitted", "autograded"))
    return any(_text(submitted / name) not in ("", _text(graded / name)) for name in RECEIPTS)


def collected_times(lesson: str, classroom: Classroom) -> dict[str, datetime]:
    """Student -> when, in UTC, by the receipts of what `nbgrader collect` has collected, as nbgrader takes them."""
    found = {}
    for path in sorted(classroom.collected.glob(f"*/{lesson}/{TIME}")):
        if text := _text(path).strip():
            try:
                from nbgrader.utils import parse_utc  # takes longer to import than a student to grade

                found[path.parents[1].name] = parse_utc(text)
            except (ValueError, OverflowError):
                say_progress(f"{shown_path(path)} holds no time, and is not used.")
    return found


def _text(path: Path) -> str:
    """A receipt, or nothing: it is short, and no link to another place."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 1000:
        return ""
    return path.read_text(encoding="utf-8", errors="replace")
