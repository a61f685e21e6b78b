"""Who was not graded, and why: kept in the classroom until something of theirs is graded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.results import Result


@dataclass(frozen=True)
class Ungraded:
    """What one student's last submission came to.

    Attributes:
        why: in sentences.
        handed_in: whether there was anything of the lesson.
    """

    why: str
    handed_in: bool


def store_ungraded(lesson: str, classroom: Classroom, results: Iterable[Result]) -> None:
    """Keep who of these was not graded; forget it of those who now are. What is there of others stays."""
    known = _load(_path(lesson, classroom))
    for row in results:
        known.pop(row.student, None)
        if row.points is None:
            known[row.student] = {"why": " ".join(row.notes), "handed_in": row.handed_in}
    if known or _path(lesson, classroom).exists():
        write_whole(_path(lesson, classroom), json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def load_ungraded(lesson: str, classroom: Classroom) -> dict[str, Ungraded]:
    """Student -> why there is no grade of the last submission."""
    return {student: Ungraded(**facts) for student, facts in _load(_path(lesson, classroom)).items()}


def _load(path: Path) -> dict[str, dict]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _path(lesson: str, classroom: Classroom) -> Path:
    return classroom.root / "ungraded" / f"{lesson}.json"
