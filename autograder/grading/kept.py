"""The file in the classroom that keeps a student's verdicts: its text, whatever stands in it."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.files import write_whole
from autograder.grading.classroom import Classroom


def kept_text(student: str, lesson: str, classroom: Classroom) -> str:
    """The text of what was kept, if all that was made from it is still there; else ""."""
    graded = f"{classroom.root}/autograded/{student}/{lesson}/{lesson}.ipynb"  # a Path takes as long to make as to read
    try:
        with open(f"{classroom.root}/results/{lesson}/{student}.json", encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError):
        return ""
    return text if os.path.exists(graded) else ""


def store_verdicts(student: str, lesson: str, classroom: Classroom, text: str) -> None:
    """Keep the text of a student's verdicts."""
    write_whole(_path(student, lesson, classroom), text)


def students_with_verdicts(lesson: str, classroom: Classroom) -> list[str]:
    """Whose verdicts in a lesson are kept, by name."""
    return sorted(path.stem for path in (classroom.root / "results" / lesson).glob("*.json"))


def _path(student: str, lesson: str, classroom: Classroom) -> Path:
    return classroom.root.joinpath("results", lesson, f"{student}.json")
