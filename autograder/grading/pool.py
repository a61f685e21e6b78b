"""Grade a class: several submissions at a time, each in a sandboxed process, and in the order of intake."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import forkserver

from autograder.grading import worker
from autograder.grading.intake import Submission
from autograder.grading.marking import Marked, Task
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import require

#: Submissions that wait for a free worker, for each worker; so memory stays flat, however large the class.
AHEAD = 4
#: So many submissions are recorded at once, or as many as are finished after so many seconds.
TOGETHER, SECONDS = 64, 0.5


class Judges:
    """Processes that judge a lesson's submissions, several at a time. They warm up at once.

    Args:
        trusted: the instructor has said that the submissions may run unprotected.
        jobs: how many processes.

    Attributes:
        level: how strangers' code is shut in.

    Raises:
        IsolationError: there is no isolation, and nobody has said so.
    """

    def __init__(self, lesson: str, trusted: bool, jobs: int) -> None:
        self.lesson, self.jobs = lesson, jobs
        _begin_imports(lesson)
        self.level = require(trusted)
        self._start()

    def submit(self, task: Task) -> Future:
        """Begin to grade a submission. If a process was killed, all are replaced."""
        try:
            return self._processes.submit(worker.mark_one, self.lesson, task)
        except BrokenProcessPool:
            self._start()
            return self._processes.submit(worker.mark_one, self.lesson, task)

    def _start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        self._processes = ProcessPoolExecutor(self.jobs, context, worker.warm_up, (self.lesson, self.level))
        for _ in range(self.jobs):
            self._processes.submit(os.getpid)

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_) -> None:
        self._processes.shutdown(cancel_futures=True)


class _Begun:
    """A submission that is being graded. What a process had begun that was killed is begun once more."""

    def __init__(self, task: Task, judges: Judges) -> None:
        self._task, self._judges = task, judges
        self._future, self._again = judges.submit(task), False

    def wait(self, seconds: float) -> Marked | None:
        """What became of it; None if it is not finished yet."""
        try:
            return self._future.result(seconds)
        except BrokenProcessPool as error:
            if self._again:
                return self._failed(error)
            self._future, self._again = self._judges.submit(self._task), True
            return None
        except Exception as error:  # one student's trouble stops nobody else
            return self._failed(error) if self._future.done() else None

    def _failed(self, error: Exception) -> Marked:
        handed = self._task.handed
        submission = Submission(handed.student, notes=handed.notes, asides=handed.asides)
        return Marked(submission, f"{type(error).__name__}: {error}")


class _Refused:
    """A submission that cannot be graded."""

    def __init__(self, submission: Submission) -> None:
        self._submission = submission

    def wait(self, _: float) -> Marked:
        """That it was refused."""
        return Marked(self._submission)


def mark_all(tasks: Iterable[Task | Submission], judges: Judges) -> Iterator[list[Marked]]:
    """Grade submissions, each with its own fate, in their order; together come those that were finished together.

    So they can be recorded together, and nothing that is finished waits for long.
    """
    waiting: deque[_Begun | _Refused] = deque()
    finished: list[Marked] = []
    coming, since = iter(tasks), time.monotonic()
    while True:
        for task in islice(coming, max(0, AHEAD * judges.jobs - len(waiting))):
            waiting.append(_Refused(task) if isinstance(task, Submission) else _Begun(task, judges))
        if not waiting:
            break
        found = waiting[0].wait(SECONDS)
        if found:
            finished.append(found)
            waiting.popleft()
        late = found is None or time.monotonic() - since > SECONDS
        if finished and (late or len(finished) >= TOGETHER):
            yield finished
            finished, since = [], time.monotonic()
    if finished:
        yield finished


def _begin_imports(lesson: str) -> None:
    """Start the process that workers are forked from, which imports what they need while this one goes on."""
    with contextlib.suppress(ValueError):  # Windows, where `require` says what to do
        modules = [worker.__name__, f"autograder.exercises.{load_lesson(lesson).topic}"]
        multiprocessing.get_context("forkserver").set_forkserver_preload(modules)
        forkserver.ensure_running()
