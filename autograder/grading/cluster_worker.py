"""What is done in a worker of a Dask cluster: it says whether it may judge, and judges, in processes of its own."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.grading.keys import judged_with
from autograder.grading.pool import Begun, Judges
from autograder.grading.task import Marked, Task
from autograder.lessons import load_lesson


@dataclass
class _Kept:
    """Processes that judge, and how many submissions they have now."""

    judges: Judges
    users: int = 0


#: Lesson, and whether submissions may run unprotected -> what judges it here.
_kept: dict[tuple[str, bool], _Kept] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Welcome:
    """What a worker says when it is asked whether it may judge.

    Attributes:
        jobs: how many submissions it judges at a time.
        level: how strangers' code is shut in there.
        unfit: why it may not, or "".
        address: where it is.
    """

    jobs: int = 0
    level: str = ""
    unfit: str = ""
    address: str = ""


def fit_for(lesson: str, trusted: bool) -> str:
    """What Dask calls what only workers have that may judge a lesson."""
    return f"batchnorm-course {lesson}{' trusted' if trusted else ''}"


async def welcome(lesson: str, trusted: bool, wanted: Mapping[str, str], dask_worker: Any) -> Welcome:
    """Look whether this worker may judge; if so, make it ready, and have the scheduler send it submissions.

    Args:
        wanted: what verdicts must be found with, see `judged_with`.
        dask_worker: what Dask calls it.
    """
    jobs = dask_worker.state.nthreads
    told = await asyncio.to_thread(_welcome, lesson, trusted, wanted, jobs)
    await dask_worker.set_resources(**{fit_for(lesson, trusted): 0 if told.unfit else jobs})
    return told


def _welcome(lesson: str, trusted: bool, wanted: Mapping[str, str], jobs: int) -> Welcome:
    try:
        here = judged_with(load_lesson(lesson))
        if other := [name for name, now in wanted.items() if here.get(name) != now]:
            told = ", ".join(f"{name} is {here.get(name)} there and {wanted[name]} here" for name in other)
            return Welcome(unfit=f"it would judge otherwise: {told}. Bring both to the same.")
        if multiprocessing.current_process().daemon:
            return Welcome(unfit="it may start no processes. Start it with: dask worker --no-nanny")
        with _in_use(lesson, trusted, jobs) as judges:
            return Welcome(jobs, judges.level.name)
    except Exception as error:  # whatever is the matter with one worker stops no other
        dismiss(lesson, trusted)  # when it is asked again, that may have been put right
        return Welcome(unfit=f"{type(error).__name__}: {error}")


def mark_here(lesson: str, trusted: bool, task: Task) -> Marked:
    """Grade one submission."""
    from distributed import get_worker

    with _in_use(lesson, trusted, get_worker().state.nthreads) as judges:
        begun = Begun(task, judges)
        while not (found := begun.wait(60)):
            pass
        return found


def dismiss(lesson: str, trusted: bool) -> None:
    """Let go of the processes that judge a lesson, unless another grader has them judge now."""
    with _lock:
        kept = _kept.get((lesson, trusted))
        if kept and not kept.users:
            del _kept[lesson, trusted]
            threading.Thread(target=kept.judges.__exit__).start()


@contextlib.contextmanager
def _in_use(lesson: str, trusted: bool, jobs: int) -> Iterator[Judges]:
    """The processes that judge a lesson; they are started if they are not there, and stay."""
    with _lock:
        if (lesson, trusted) not in _kept:
            _kept[lesson, trusted] = _Kept(Judges(lesson, trusted, jobs))
        kept = _kept[lesson, trusted]
        kept.users += 1
    try:
        yield kept.judges
    finally:
        with _lock:
            kept.users -= 1
