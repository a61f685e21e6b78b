"""What a verdict on an exercise depends on, as a key: the same key, the same verdict.

All of the package counts, except what cannot matter. To count too much costs time when it changes; to count too little
would leave old verdicts in force.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from autograder import stored
from autograder.exercises.bank import folder_of
from autograder.learner.diagnosis.exercise import INPUTS
from autograder.lessons import ROOT, Lesson, lesson_of

PACKAGE = ROOT / "autograder"
#: What no verdict can depend on: commands, what is built or told from verdicts, what measures and tests.
IRRELEVANT = (
    "__main__.py", "cli.py", "environment.py", "page.py",
    "audit", "bench", "build", "classroom", "collecting", "reports", "tests",
    "grading/built.py", "grading/class_list.py", "grading/cluster.md", "grading/cluster.py",
    "grading/cluster_worker.py", "grading/database.py", "grading/feedback.py", "grading/gradebook.py",
    "grading/gradescope", "grading/jupyterhub.md", "grading/kept.py", "grading/lateness.py", "grading/lesson_rows.py",
    "grading/lock.py", "grading/pages.py", "grading/receipts.py", "grading/recorder.py", "grading/results.py",
    "grading/standing.py", "grading/table.py", "grading/tables.py", "grading/task.py", "grading/understanding.py",
    "grading/ungraded.py",
)  # fmt: skip
#: Folders in which each exercise has what is its own.
BY_EXERCISE = ("exercises", "learner/probes")
SUFFIXES = (".py", ".md")
PACKAGES = ("numpy", "torch", "ipython", "matplotlib")


def verdict_keys(lesson: Lesson, notebook: str, secret: str, isolation: str) -> dict[str, str]:
    """Exercise -> key; it changes with the submission, the tests of this exercise, and how they are run.

    Args:
        notebook: the text of the submission as it was taken in.
        secret: decides on the hidden tests' data.
        isolation: the name of the level at which code is shut in.
    """
    return {name: _digest(notebook, secret, isolation, _engine(), _tests(name)) for name in lesson.exercises}


def secret_of(student: str, attempt: str, secret: str) -> str:
    """What decides on the data of one student's hidden tests: a secret of its own for each attempt of each student.

    Args:
        attempt: stands for what the student has written.
        secret: the classroom's.
    """
    return hashlib.sha256("\0".join((secret, student, attempt)).encode()).hexdigest()


def judged_with(lesson: Lesson) -> dict[str, str]:
    """What verdicts are found with now: Python, packages, and as `course` a digest of the tests and what runs them."""
    course = _digest(_engine(), *map(_tests, lesson.exercises))[:12]
    return {**_runs_on(), "course": course}


@cache
def _runs_on() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


@cache
def _engine() -> str:
    """The code that all verdicts depend on, and what it runs on."""
    return _digest(
        platform.python_version(), *(f"{name} {version(name)}" for name in PACKAGES), *_texts(engine_files())
    )


@cache
def _tests(exercise: str) -> str:
    """The lesson's solutions, what is stored for learners about this exercise, its folder and its probes."""
    lesson = lesson_of(exercise)
    solutions = [lesson.cell("exercise", name).source for name in lesson.exercises]
    texts = [lesson.cell("setup").source, str(lesson.cell("check", exercise).points), *solutions]
    texts += [json.dumps(stored.exercise(exercise), sort_keys=True)]
    return _digest(*texts, *lesson.experiments, *_texts(exercise_files(exercise)))


def engine_files() -> list[Path]:
    """The files that matter to each exercise."""
    return [path for path in _files(PACKAGE) if not _belongs_to_one_exercise(path)]


def exercise_files(exercise: str) -> list[Path]:
    """The files that matter to one exercise: its folder, its probes and what these share with others of the lesson.

    And the folders of exercises that its tests name: their wrong answers may be what it is to find.
    """
    folder = folder_of(exercise)
    tests = (folder / "tests.py").read_text(encoding="utf-8")
    named = [name for name in lesson_of(exercise).exercises if name != exercise and f'"{name}"' in tests]
    probes = PACKAGE / "learner" / "probes" / folder.parent.name
    own = [probes / f"{name}.py" for name in (exercise, INPUTS)]
    folders = [folder, *(folder.parent / name for name in named)]
    return [*(path for place in folders for path in _files(place)), *(path for path in own if path.exists())]


def _belongs_to_one_exercise(path: Path) -> bool:
    """Whether it lies in a topic's folder; what lies beside these folders is for all."""
    return any(path.is_relative_to(PACKAGE / place) and path.parent != PACKAGE / place for place in BY_EXERCISE)


def _files(folder: Path) -> list[Path]:
    """A folder's files of text that are written by hand, in order."""
    left_out = {PACKAGE / name for name in IRRELEVANT}
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)
    return [path for path in found if left_out.isdisjoint((path, *path.parents))]


def _texts(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        yield f"{path.relative_to(PACKAGE).as_posix()}\0{path.read_text(encoding='utf-8')}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()
