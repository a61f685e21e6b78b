"""What a process does that judges submissions: it keeps a warm zygote, and asks it for a process for each student.

Whoever sends work to it imports this, too, and not what judges: that is imported where it is used. There `preload` has
done it before.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from functools import partial

from autograder.grading.prepare import BuiltLesson
from autograder.grading.task import Marked, Task
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import Level, StudentGone, Zygote, zygote_for

#: Bytes of memory for a worker.
MEMORY = 8 * 2**30

_zygote: Zygote | None = None
_new_zygote: Callable[[], Zygote] | None = None


def end_with_parent() -> None:
    """Let this worker end, and all that it has started, when the process that wanted its work is gone."""

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def warm_up(lesson: str, level: Level, zygote: Zygote | None) -> None:
    """Make this process ready: it keeps one zygote, and what is known about the tests.

    Args:
        zygote: one to branch from, whose memory all workers share; None if each has its own.
    """
    from autograder.exercises.bank import banks_of

    global _new_zygote, _zygote
    gc.freeze()  # what all workers share is not looked at again, which would copy it
    end_with_parent()
    _limit_memory()
    _new_zygote = partial(_zygote_from, zygote, lesson, level)
    _zygote = _new_zygote()
    banks_of(load_lesson(lesson))
    _zygote.ready()
    gc.collect()
    gc.freeze()  # what is here now stays, too


def _zygote_from(zygote: Zygote | None, lesson: str, level: Level) -> Zygote:
    if zygote:
        with contextlib.suppress(StudentGone):  # it has ended, as when the machine ran out of memory
            return zygote.branch()
    return zygote_for(load_lesson(lesson), level)


def read_built(lesson: str) -> BuiltLesson:
    """A lesson as it is built.

    Raises:
        GradingError: as `built.read_built`.
    """
    from autograder.grading import built

    return built.read_built(lesson)


def mark_one(lesson: str, task: Task) -> Marked:
    """Grade one submission."""
    from autograder.grading.marking import mark

    global _zygote
    assert _zygote and _new_zygote, "warm_up comes first"
    if not _zygote.alive:  # as when the machine ran out of memory: that was for one student, and not for the next
        _zygote.close()
        _zygote = _new_zygote()
    return mark(load_lesson(lesson), task, _zygote)


def _limit_memory() -> None:
    """Have what a stranger makes the judge compute fail in this worker, before it fails on the whole machine."""
    import resource  # not on Windows, where nothing is graded

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError, ValueError):  # a lower limit is there, or the system has none
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
