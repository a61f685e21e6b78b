"""Grade a class: several submissions at a time, each in a sandboxed process, and in the order of intake."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Protocol

from autograder.errors import CourseError
from autograder.grading import starting, worker
from autograder.grading.intake import Submission
from autograder.grading.prepare import BuiltLesson
from autograder.grading.task import Marked, Task
from autograder.sandbox.isolation import Level, OwnZygote

#: Submissions that wait for a free worker, for each worker; so memory stays flat, however large the class.
AHEAD = 4
#: So many submissions are recorded at once, or as many as are finished after so many seconds.
TOGETHER, SECONDS = 64, 0.5


class NobodyJudges(CourseError):
    """There is nobody left who would judge; the message says what to do."""


class Judge(Protocol):
    """What grades submissions, several at a time: processes here, or on the workers of a cluster.

    Attributes:
        jobs: how many at a time.
        level: how strangers' code is shut in.
    """

    lesson: str

    @property
    def jobs(self) -> int: ...

    @property
    def level(self) -> Level: ...

    def ready(self, submissions: int) -> None:
        """Wait until so many submissions can be judged."""

    def built(self) -> BuiltLesson:
        """The lesson as it is built.

        Raises:
            GradingError: it is not built, or its text has changed since.
        """

    def submit(self, task: Task) -> Coming:
        """Begin to grade a submission."""


class Coming(Protocol):
    """What is begun, as far as it need be a `Future`."""

    def done(self) -> bool: ...

    def result(self, timeout: float) -> Marked: ...


class Judges:
    """Processes that judge a lesson's submissions, several at a time. They begin to warm up at once.

    Args:
        trusted: the instructor has said that the submissions may run unprotected.
        jobs: how many processes, at most.
    """

    def __init__(self, lesson: str, trusted: bool, jobs: int) -> None:
        self.lesson, self.jobs = lesson, jobs
        self._trusted, self._lock = trusted, threading.RLock()
        self._zygote: OwnZygote | None = None
        self._opening = starting.begun(lesson)

    def ready(self, submissions: int = sys.maxsize) -> None:
        """Wait until they can judge so many submissions.

        Raises:
            IsolationError: strangers' code cannot be shut in here, and nobody has said that it need not be.
        """
        with self._lock:
            if self._zygote is None:
                self.jobs = max(1, min(self.jobs, submissions))
                self._zygote = self._opening.zygote(self._trusted)
                self._start()

    @property
    def level(self) -> Level:
        """How strangers' code is shut in."""
        self.ready()
        assert self._zygote
        return Level(self._zygote.level)

    def built(self) -> BuiltLesson:
        """The lesson as it is built; one of the processes reads it, since they have its tests."""
        try:
            return self._begin(worker.read_built).result()
        except BrokenProcessPool:  # what is the matter with them is told where they should judge
            return worker.read_built(self.lesson)

    def submit(self, task: Task) -> Future:
        """Begin to grade a submission. If a process was killed, all are replaced. Threads may share it."""
        return self._begin(worker.mark_one, task)

    def _begin(self, work: Callable, *arguments: object) -> Future:
        self.ready()
        with self._lock:
            try:
                return self._processes.submit(work, self.lesson, *arguments)
            except BrokenProcessPool:
                self._start()
                return self._processes.submit(work, self.lesson, *arguments)

    def _start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        given = (self.lesson, self.level, self._zygote and self._zygote.shared())
        self._processes = ProcessPoolExecutor(self.jobs, context, worker.warm_up, given)
        for _ in range(self.jobs):
            self._processes.submit(os.getpid)

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_) -> None:
        if self._zygote:
            self._processes.shutdown(cancel_futures=True)
        self._opening.close()


class Begun:
    """A submission that is being graded. What a process had begun that was killed is begun once more."""

    def __init__(self, task: Task, judges: Judge) -> None:
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
        except NobodyJudges:
            raise
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


def mark_all(tasks: Iterable[Task | Submission], judges: Judge) -> Iterator[list[Marked]]:
    """Grade submissions, each with its own fate, in their order; together come those that were finished together.

    So they can be recorded together, and nothing that is finished waits for long.
    """
    waiting: deque[Begun | _Refused] = deque()
    finished: list[Marked] = []
    coming, since = iter(tasks), time.monotonic()
    while True:
        for task in islice(coming, max(0, AHEAD * judges.jobs - len(waiting))):
            waiting.append(_Refused(task) if isinstance(task, Submission) else Begun(task, judges))
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
