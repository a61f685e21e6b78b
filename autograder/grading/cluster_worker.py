"""What is done in a worker of a Dask cluster: it says whether it may judge, and judges, in processes of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.grading.keys import judged_with
from autograder.grading.marking import Marked, Task
from autograder.grading.pool import Begun, Judges
from autograder.lessons import load_lesson

#: Lesson, and whether submissions may run unprotected -> the processes that judge it here.
_judges: dict[tuple[str, bool], Judges] = {}
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
        other = [
            f"{name} is {here.get(name)} there and {now} here" for name, now in wanted.items() if here.get(name) != now
        ]
        if other:
            return Welcome(unfit=f"it would judge otherwise: {', '.join(other)}. Update the course there, or here.")
        if multiprocessing.current_process().daemon:
            return Welcome(unfit="it may start no processes. Start it with: dask worker --no-nanny")
        return Welcome(jobs, _judges_of(lesson, trusted, jobs).level.name)
    except Exception as error:  # whatever is the matter with one worker stops no other
        return Welcome(unfit=f"{type(error).__name__}: {error}")


def mark_here(lesson: str, trusted: bool, task: Task) -> Marked:
    """Grade one submission."""
    begun = Begun(task, _judges_of(lesson, trusted))
    while not (found := begun.wait(60)):
        pass
    return found


def dismiss(lesson: str, trusted: bool) -> None:
    """Let go of the processes that judge a lesson; if somebody else still needs them, they are started again."""
    with _lock:
        if judges := _judges.pop((lesson, trusted), None):
            threading.Thread(target=judges.__exit__).start()


def _judges_of(lesson: str, trusted: bool, jobs: int = 1) -> Judges:
    with _lock:
        if (lesson, trusted) not in _judges:
            _judges[lesson, trusted] = Judges(lesson, trusted, jobs)
        return _judges[lesson, trusted]
