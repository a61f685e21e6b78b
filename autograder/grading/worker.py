"""What a process does that judges submissions: it keeps a warm zygote, and asks it for a process for each student."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable
from functools import partial

from nbformat import v4

from autograder.exercises.bank import banks_of
from autograder.grading.judge import Judged, Verdict, judge
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import Level, Zygote, zygote_for

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


def judge_text(lesson: str, text: str, untouched: tuple[str, ...], secret: str, settled: dict[str, Verdict]) -> Judged:
    """Judge the text of a notebook that intake has put in order; the rest as `judge`."""
    global _zygote
    assert _zygote and _new_zygote, "warm_up comes first"
    if not _zygote.alive:  # as when the machine ran out of memory: that was for one student, and not for the next
        _zygote.close()
        _zygote = _new_zygote()
    return judge(load_lesson(lesson), v4.reads(text), _zygote, untouched, secret, settled)


def _limit_memory() -> None:
    """Have what a stranger makes the judge compute fail in this worker, before it fails on the whole machine."""
    import resource  # not on Windows, where nothing is graded

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError, ValueError):  # a lower limit is there, or the system has none
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
