"""What judging starts while the rest is still being imported: the sandbox, and the process that workers come from."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing import forkserver

from autograder.lessons import Lesson, load_lesson
from autograder.sandbox.isolation import Opening, needs_of

#: What the process imports that workers are forked from.
PRELOAD = "autograder.grading.preload"
#: The variable that tells it for which lesson.
LESSON = "BATCHNORM_COURSE_LESSON"

_begun: dict[str, Opening] = {}


def begin(lesson: str) -> None:
    """Start what judges of a lesson will need; it ends with this process."""
    if lesson not in _begun:
        found = load_lesson(lesson)
        _begun[lesson] = Opening(needs_of(found))
        _begin_imports(found)


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
