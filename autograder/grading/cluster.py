"""Judge a class on the workers of a Dask cluster: what `pool.Judges` is on this machine, on several.

The scheduler of the cluster hands tasks to its workers. Each of them keeps, for each lesson, the same processes that
judge on one machine, and is asked before it gets any task how it shuts strangers' code in, and whether it has the same
tests, engine and packages as this copy of the course. Workers may come, die and come again at any time; so may the
scheduler, which is waited for. Whatever was under way is then done again. Workers read and write no file of the
classroom: a task holds all that they need, and what they find comes back. See `cluster.md`.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
import uuid
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Any, NoReturn

from autograder.console import one_line, say_progress, shortened
from autograder.grading import cluster_worker
from autograder.grading.built import read_built
from autograder.grading.cluster_worker import Welcome
from autograder.grading.keys import judged_with
from autograder.grading.marking import released
from autograder.grading.pool import NobodyJudges
from autograder.grading.prepare import BuiltLesson
from autograder.grading.taking_in import take_in
from autograder.grading.task import Marked, Task
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import Level
from autograder.submission.opening import Refused, read_bytes

#: Seconds for which a scheduler, or a worker that may judge, is waited for before grading gives up; for which the
#: scheduler may take to answer; and between looks at who has come.
PATIENCE, ANSWER, LOOK = 300, 10, 2
ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:\d+")
KEPT = "What was finished is kept."


class Cluster:
    """Workers of a cluster that judge a lesson's submissions. Use it in a `with` statement, as `pool.Judges`.

    Args:
        address: of the scheduler, such as tcp://host:8786, or tls://host:8786 where Dask is set to certificates.
        trusted: as for `Judges`; it is asked of each worker.

    Raises:
        NobodyJudges: the package is missing, the address is none, or there is no worker that may judge.
    """

    def __init__(self, address: str, lesson: str, trusted: bool) -> None:
        self.lesson, self._address, self._trusted = lesson, address, trusted
        self._wanted = judged_with(load_lesson(lesson))
        self._met: dict[str, Welcome] = {}
        self._under_way: set[Sent] = set()
        self._missed: set[str] = set()  # what no worker had at the last look
        self._client: Any = None
        self._alone: float | None = None  # since when no worker is there
        say_progress(f"{lesson}: connecting to {address}")
        self._connect()
        self._wait_for_workers()

    @property
    def jobs(self) -> int:
        """How many submissions can be judged at a time now."""
        return max(1, sum(worker.jobs for worker in self._fit()))

    @property
    def level(self) -> Level:
        """How strangers' code is shut in; where workers do it in several ways, all are named."""
        return Level(", ".join(sorted({worker.level for worker in self._fit()})))

    def _fit(self) -> list[Welcome]:
        return [worker for worker in self._met.values() if not worker.unfit]

    def built(self) -> BuiltLesson:
        """The lesson as it is built here."""
        return read_built(self.lesson)

    def submit(self, task: Task) -> Future | Sent:
        """Begin to grade a submission; what cannot be opened is refused here."""
        try:
            content, done = read_bytes(task.handed.path)
        except Refused:
            refused: Future = Future()
            refused.set_result(Marked(take_in(task.handed, self.lesson, released(self.lesson))[0]))
            return refused
        if done:  # packed, or too large: the worker does that again, and says so to the student
            content = task.handed.path.read_bytes()
        sent = Sent(self, replace(task, content=content))
        self._under_way.add(sent)
        return sent

    def begin(self, task: Task, key: str) -> Future:
        """Give a task to the scheduler, under a name; where that is impossible, what comes back is cancelled."""
        fit = {cluster_worker.fit_for(self.lesson, self._trusted): 1}
        try:
            executor = self._client.get_executor(pure=False, resources=fit)
            return executor.submit(cluster_worker.mark_here, self.lesson, self._trusted, task, key=key)
        except _away():
            lost: Future = Future()
            lost.cancel()
            return lost

    def finished(self, sent: Sent) -> None:
        """Forget a task: it need not be given to another scheduler."""
        self._under_way.discard(sent)

    def begin_again(self) -> None:
        """Connect to the scheduler that was lost, or to the one in its place, and give it all that is under way.

        Raises:
            NobodyJudges: there is none for too long.
        """
        say_progress(f"The scheduler {self._address} is lost. Waiting for it; Ctrl-C ends the waiting. {KEPT}")
        self._connect()
        for sent in self._under_way:
            sent.begin()

    def look(self) -> None:
        """Ask workers that are new whether they may judge, from time to time.

        Raises:
            NobodyJudges: there has been none that may for too long.
        """
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        with contextlib.suppress(*_away()):  # that a scheduler is lost is told where its tasks are waited for
            self._meet()
            self._begin_what_is_missed()
        self._alone = None if self._fit() else self._alone or now
        if self._alone and now - self._alone > PATIENCE:
            self._give_up(f"for {PATIENCE} seconds no worker has been there that may judge")

    def _begin_what_is_missed(self) -> None:
        """Begin again what no worker has at two looks: Dask leaves a task for ever that came when none was fit."""
        held = {key for keys in self._client.processing().values() for key in keys}
        held |= {key for key, state in self._client.futures.items() if state.status == "finished"}
        missed = (
            {sent for sent in self._under_way if sent.key not in held and not sent.done()} if self._fit() else set()
        )
        for sent in missed:
            if sent.key in self._missed:
                sent.begin()
        self._missed = {sent.key for sent in missed}

    def _connect(self) -> None:
        begun = time.monotonic()
        while True:
            self._close()
            try:
                self._client, self._met = _client(self._address), {}
                return self._meet()
            except _away() as error:
                if time.monotonic() - begun > PATIENCE:
                    self._give_up(f"the scheduler has not answered for {PATIENCE} seconds ({one_line(str(error))})")
            time.sleep(LOOK)

    def _wait_for_workers(self) -> None:
        if not self._met:
            say_progress(f"Waiting for workers of {self._address}.")
        while not self._met:
            time.sleep(LOOK)
            self.look()
        if not self._fit():
            self._give_up("no worker may judge")

    def _meet(self) -> None:
        """Ask the workers that are new, and tell of those that may not judge."""
        there = {facts["id"]: address for address, facts in self._client.scheduler_info()["workers"].items()}
        self._met = {number: worker for number, worker in self._met.items() if number in there}
        new = {there[number]: number for number in there.keys() - self._met.keys()}
        given = (self.lesson, self._trusted, self._wanted)
        found = self._client.run(cluster_worker.welcome, *given, workers=list(new), on_error="return") if new else {}
        for address, told in found.items():
            worker = told if isinstance(told, Welcome) else Welcome(unfit=f"it cannot be asked ({told!r})")
            self._met[new[address]] = replace(worker, address=address)
            if worker.unfit:
                say_progress(f"{address} gets no submissions: {shortened(worker.unfit)}")
        self._looked = time.monotonic()

    def _give_up(self, why: str) -> NoReturn:
        told = "".join(f"\n  {worker.address}: {worker.unfit}" for worker in self._met.values() if worker.unfit)
        raise NobodyJudges(f"{self._address}: {why}. {KEPT} Put it right, and grade again.{told}")

    def ready(self, submissions: int) -> None:
        """There is nothing more to wait for."""

    def _close(self) -> None:
        if self._client:
            with contextlib.suppress(*_away()):
                self._client.close(timeout=1)
        self._client = None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_) -> None:
        fit = [worker.address for worker in self._fit()]
        if self._client and fit:
            with contextlib.suppress(*_away(), RuntimeError):  # the latter where the connection is being closed
                self._client.run(cluster_worker.dismiss, self.lesson, self._trusted, workers=fit, on_error="ignore")
        self._close()


class Sent:
    """A task that is on its way: like a `Future`, but it outlives the scheduler that it was given to.

    Attributes:
        key: what Dask calls it.
    """

    def __init__(self, cluster: Cluster, task: Task) -> None:
        self._cluster, self._task = cluster, task
        self.begin()

    def begin(self) -> None:
        """Give it to the scheduler that is there, unless it is finished."""
        done = getattr(self, "_future", None)
        if not (done and done.done() and not done.cancelled()):
            self.key = f"grade-{uuid.uuid4().hex}"
            self._future = self._cluster.begin(self._task, self.key)

    def done(self) -> bool:
        """Whether it is finished, be it in vain."""
        return self._future.done()

    def result(self, timeout: float) -> Marked:
        """What became of it.

        Raises:
            TimeoutError: it is not finished yet.
            NobodyJudges: there is nobody who would do it.
            Exception: what it failed with.
        """
        self._cluster.look()
        try:
            return self._future.result(timeout)
        except CancelledError:
            self._cluster.begin_again()
            raise TimeoutError from None
        finally:
            if self._future.done() and not self._future.cancelled():
                self._cluster.finished(self)


def _client(address: str) -> Any:
    """Connect to a scheduler.

    Raises:
        NobodyJudges: that can never be.
    """
    if not ADDRESS.fullmatch(address):
        raise NobodyJudges(f"--cluster: {address} is no scheduler's address. One is tcp://host:8786.")
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise NobodyJudges(
            f"--cluster needs the package {error.name}: python -m pip install -c constraints.txt distributed"
        ) from error
    for name in [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it is told here, in other words
    security = Security()
    if address.startswith("tls") and not security.get_connection_args("client")["ssl_context"]:
        raise NobodyJudges(f"--cluster {address} needs certificates: see autograder/grading/cluster.md.")
    return Client(address, timeout=ANSWER, set_as_default=False, security=security)


def _away() -> tuple[type[Exception], ...]:
    """What says that a scheduler does not answer, or has been lost."""
    from distributed.client import ClosedClientError

    return (OSError, CancelledError, ClosedClientError)
