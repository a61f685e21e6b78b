"""What a process does that judges submissions: it keeps a warm zygote, and asks it for a process for each student."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from functools import partial

from autograder.exercises.bank import banks_of
from autograder.grading.marking import Marked, Task, mark
from autograder.lessons import Lesson, load_lesson
from autograder.sandbox.isolation import NAMESPACES, OWN_USER, Level, Zygote

#: Bytes of memory for a worker.
MEMORY = 8 * 2**30

_zygote: Zygote | None = None
_new_zygote: Callable[[], Zygote] | None = None


def zygote_for(lesson: Lesson, level: Level, *, torch: bool | None = None) -> Zygote:
    """Where processes for a lesson's answers come from; torch is loaded, or not there, as in the lesson or as told."""
    torch = lesson.uses_torch if torch is None else torch
    # What torch would import at the first call of an optimizer, or that is watched, takes longer than all the rest.
    imports = ("numpy", "matplotlib.pyplot", *(("torch", "torch._dynamo") if torch else ()))
    hidden = () if torch else ("torch",)
    return Zygote(imports, level.name == NAMESPACES, hidden, own_user=level.name == OWN_USER)


def end_with_parent() -> None:
    """Let this worker end, and all that it has started, when the process that wanted its work is gone."""

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def warm_up(lesson: str, level: Level) -> None:
    """Make this process ready: it keeps one zygote, and what is known about the tests."""
    global _new_zygote, _zygote
    end_with_parent()
    _limit_memory()
    _new_zygote = partial(zygote_for, load_lesson(lesson), level)
    _zygote = _new_zygote()
    banks_of(load_lesson(lesson))
    gc.collect()
    gc.freeze()  # what is here now stays, and need not be looked at again and again


def mark_one(lesson: str, task: Task) -> Marked:
    """Grade one submission."""
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
