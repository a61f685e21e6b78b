"""Where grading keeps its things: one folder with nbgrader's own layout, and a gradebook."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config

from autograder.files import write_once
from autograder.lessons import ROOT
from autograder.settings import nbgrader_config

FOLDER = ROOT / "autograder" / "classroom"


@dataclass(frozen=True)
class Classroom:
    """A folder with `source`, `release`, `submitted`, `autograded`, `feedback`, and the gradebook's address.

    Attributes:
        root: the folder.
        db_url: the gradebook, as SQLAlchemy writes it.
    """

    root: Path
    db_url: str

    @classmethod
    def of_the_course(cls) -> Classroom:
        """The real one: the folder and gradebook that stock nbgrader uses from the course's root."""
        return cls(FOLDER, nbgrader_config().CourseDirectory.db_url)

    @classmethod
    def apart(cls, root: Path) -> Classroom:
        """One with a gradebook of its own."""
        return cls(root, f"sqlite:///{root / 'gradebook.db'}")

    @property
    def course_id(self) -> str:
        return nbgrader_config().CourseDirectory.course_id

    def notebook(self, step: str, student: str, lesson: str, suffix: str = ".ipynb") -> Path:
        """Where a student's file of one step lies; the student of `source` and `release` is "."."""
        return self.root.joinpath(step, student, lesson, f"{lesson}{suffix}")

    @property
    def collected(self) -> Path:
        """Where `nbgrader collect` lays what it collects, and intake its copies."""
        return self.root / "submitted"

    def secret(self) -> str:
        """What decides on the hidden tests' data: made once for a classroom, and kept in it, readable by its owner."""
        path = self.root / "secret"
        write_once(path, secrets.token_hex(16))
        return path.read_text(encoding="utf-8")

    def config(self, lesson: str, student: str = "*") -> Config:
        """The course's nbgrader settings, for this folder and one student."""
        config = nbgrader_config()
        steps = ("source", "release", "submitted", "autograded", "feedback")
        config.CourseDirectory.update(
            {f"{step}_directory": step for step in steps},
            root=str(self.root),
            db_url=self.db_url,
            assignment_id=lesson,
            student_id=student,
        )
        return config
