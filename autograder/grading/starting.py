"""What judging starts while the rest is still being imported: the sandbox, and the process that workers come from."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from itertools import islice
from multiprocessing import forkserver
from pathlib import Path

from autograder.lessons import Lesson, load_lesson
from autograder.sandbox.isolation import Opening, needs_of

#: What the process imports that workers are forked from.
PRELOAD = "autograder.grading.preload"
#: The variable that tells it for which lesson.
LESSON = "BATCHNORM_COURSE_LESSON"

_begun: dict[str, Opening] = {}


def begin(lesson: str, submissions: str = "") -> None:
    """Start what judges of a lesson will need; it ends with this process.

    Args:
        submissions: the folder or archive that was given, or "". For a single notebook less is loaded beforehand.
    """
    if lesson not in _begun:
        found = load_lesson(lesson)
        _begun[lesson] = Opening(needs_of(found, alone=bool(submissions) and _holds_one(Path(submissions))))
        _begin_imports(found)


def _holds_one(folder: Path) -> bool:
    """Whether there is a single notebook in a folder, and so no archive of a class."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.suffix for path in islice(files, 2)] == [".ipynb"]


def begun(lesson: str) -> Opening:
    """The sandbox that was started for a lesson, or one that is started now. It is its caller's to close."""
    begin(lesson)
    return _begun.pop(lesson)


def _begin_imports(lesson: Lesson) -> None:
    with contextlib.suppress(ValueError), _told(lesson.name):  # Windows, where `require` says what to do
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*needs_of(lesson, alone=True).imports, PRELOAD])
        forkserver.ensure_running()


@contextlib.contextmanager
def _told(lesson: str) -> Iterator[None]:
    """Tell a process that starts meanwhile of which lesson it may get the tests ready."""
    os.environ[LESSON] = lesson
    try:
        yield
    finally:
        del os.environ[LESSON]
