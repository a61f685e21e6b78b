"""Judge a class: several submissions at a time, each in a sandboxed process, and in the order of intake."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing import forkserver

from autograder.grading import worker
from autograder.grading.classroom import Classroom
from autograder.grading.intake import Submission
from autograder.grading.judge import Judged
from autograder.grading.keys import verdict_keys
from autograder.grading.verdicts import KeptVerdicts, load_verdicts
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import require

#: Submissions that wait for a free worker, for each worker; so memory stays flat, however large the class.
AHEAD = 4


@dataclass(frozen=True)
class Found:
    """What became of one submission.

    Attributes:
        judged: what the judge found; None if there is nothing.
        failed: why there is nothing, or "".
        keys: exercise -> the key of its verdict.
        before: what was kept of the student.
    """

    judged: Judged | None = None
    failed: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    before: KeptVerdicts | None = None

    @property
    def is_news(self) -> bool:
        """Whether anything was judged that was not kept."""
        return self.judged is not None and (self.before is None or self.judged is not self.before.judged)


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

    def judge(self, *args) -> Callable[[], Judged]:
        """Begin to judge a submission; what comes back waits for the end.

        If a process was killed, all are replaced, and what they had begun is begun once more.
        """
        future = self._submit(args)

        def wait() -> Judged:
            try:
                return future.result()
            except BrokenProcessPool:
                return self._submit(args).result()

        return wait

    def _submit(self, args: tuple) -> Future:
        try:
            return self._processes.submit(worker.judge_text, self.lesson, *args)
        except BrokenProcessPool:
            self._start()
            return self._processes.submit(worker.judge_text, self.lesson, *args)

    def _start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        self._processes = ProcessPoolExecutor(self.jobs, context, worker.warm_up, (self.lesson, self.level))
        for _ in range(self.jobs):
            self._processes.submit(os.getpid)

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *_) -> None:
        self._processes.shutdown(cancel_futures=True)


def secret_of(submission: Submission, secret: str) -> str:
    """What decides on the data of one student's hidden tests: a secret of its own for each attempt of each student.

    Args:
        secret: the classroom's.
    """
    return hashlib.sha256("\0".join((secret, submission.student, submission.attempt)).encode()).hexdigest()


def judge_all(
    submissions: Iterable[Submission], classroom: Classroom, judges: Judges
) -> Iterator[tuple[Submission, Found]]:
    """Judge submissions, each with its own fate, in their order."""
    lesson, common = load_lesson(judges.lesson), classroom.secret()
    waiting: deque[tuple[Submission, Found, Callable[[], Judged] | None]] = deque()
    for submission in submissions:
        found, wait = Found(), None
        if not submission.refused:
            secret = secret_of(submission, common)
            text = classroom.notebook("submitted", submission.student, lesson.name).read_text(encoding="utf-8")
            wanted = verdict_keys(lesson, text, secret, judges.level.name)
            before = load_verdicts(submission.student, lesson.name, classroom)
            settled = before.current(wanted) if before else {}
            found = Found(before.judged if before and len(settled) == len(wanted) else None, "", wanted, before)
            if found.judged is None:
                wait = judges.judge(text, submission.untouched, secret, settled)
        waiting.append((submission, found, wait))
        while len(waiting) > AHEAD * judges.jobs:
            yield _finished(*waiting.popleft())
    for waited in waiting:
        yield _finished(*waited)


def _begin_imports(lesson: str) -> None:
    """Start the process that workers are forked from, which imports what they need while this one goes on."""
    with contextlib.suppress(ValueError):  # Windows, where `require` says what to do
        modules = [worker.__name__, f"autograder.exercises.{load_lesson(lesson).topic}"]
        multiprocessing.get_context("forkserver").set_forkserver_preload(modules)
        forkserver.ensure_running()


def _finished(submission: Submission, found: Found, wait: Callable[[], Judged] | None) -> tuple[Submission, Found]:
    if wait is None:
        return submission, found
    try:
        return submission, replace(found, judged=wait())
    except Exception as error:  # one student's trouble stops nobody else
        return submission, replace(found, failed=f"{type(error).__name__}: {error}")
