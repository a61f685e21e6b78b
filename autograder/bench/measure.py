"""What a command costs: time by the clock, time of processors, and memory, of all the processes that it starts."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shlex
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from autograder.console import say_progress
from autograder.errors import CourseError
from autograder.lessons import ROOT

#: What is measured is measured so many times; medians are told, with the least and the most.
REPEATS = 3
#: Seconds between two looks at the memory.
LOOK = 0.5
#: To Linux: processes whose parent has ended become this one's.
PR_SET_CHILD_SUBREAPER = 36


#: Of what a failed command has said, so many characters are told.
LONGEST = 2000


class BenchError(CourseError):
    """What was to be measured failed; the message says with what."""


@dataclass(frozen=True)
class Cost:
    """Of one run.

    Attributes:
        wall: seconds by the clock.
        processor: seconds of processors, of all processes together.
        memory: seconds since the beginning -> megabytes of all processes together; shared pages count once.
        output: what was printed.
    """

    wall: float
    processor: float
    memory: Mapping[float, float] = field(default_factory=dict)
    output: str = ""

    @property
    def megabytes(self) -> float:
        return max(self.memory.values(), default=0.0)


def cost_of(command: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, and to that of all processes that it has left behind.

    Raises:
        BenchError: it failed.
    """
    _adopt_orphans()
    others, before = _children(), _processor_seconds()
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with _memory(process.pid) as memory:
        output, _ = process.communicate()
        wall = time.perf_counter() - start
    _await_orphans(others)
    if process.returncode:
        raise BenchError(f"{shlex.join(command)}\nfailed:\n{output[-LONGEST:]}")
    return Cost(wall, _processor_seconds() - before, memory, output)


def work(*arguments: str) -> Cost:
    """What a task of `work.py` costs."""
    return cost_of(python("-m", "autograder.bench.work", *arguments))


def together(costs: Sequence[Cost]) -> Cost:
    """The cost of several commands, one after the other."""
    memory: dict[float, float] = {}
    for number, cost in enumerate(costs):
        before = sum(earlier.wall for earlier in costs[:number])
        memory |= {before + second: megabytes for second, megabytes in cost.memory.items()}
    return Cost(sum(cost.wall for cost in costs), sum(cost.processor for cost in costs), memory)


def in_turn(rows: Mapping[str, Callable[[], Cost]], repeats: int = REPEATS) -> dict[str, list[Cost]]:
    """The costs of each row, several times; one after the other in each round, so that a slow minute hits all alike."""
    found: dict[str, list[Cost]] = {name: [] for name in rows}
    for number in range(repeats):
        for name, run in rows.items():
            say_progress(f"[{number + 1}/{repeats}] {name}")
            found[name].append(run())
    return found


def told(values: Sequence[float], form: str = ",.1f") -> str:
    """Median, and from the least to the most: `1.5 (1.4–1.9)`."""
    least, most = min(values), max(values)
    return f"{statistics.median(values):{form}} ({least:{form}}–{most:{form}})"


def python(*arguments: str) -> list[str]:
    """A command that runs Python as this process does."""
    return [sys.executable, *arguments]


def _adopt_orphans() -> None:
    """Have what a command leaves behind, such as the server that forks workers, end as a child of this process.

    Only of its own children is a process told how long they took. Other systems than Linux do not tell of the rest.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _await_orphans(others: set[int]) -> None:
    while left := _children() - others:
        for child in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _processor_seconds() -> float:
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _memory(root: int) -> Iterator[dict[float, float]]:
    """Look now and then at the memory of a process and of all below it."""
    seen: dict[float, float] = {}
    start, done = time.perf_counter(), threading.Event()

    def look() -> None:
        while not done.wait(LOOK if seen else LOOK / 5):
            with contextlib.suppress(psutil.Error):
                tree = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
                seen[time.perf_counter() - start] = sum(map(_held, tree)) / 1e6

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        done.set()
        looking.join()


def _held(process: psutil.Process) -> int:
    """Bytes of one process; of what it shares with others, its share."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    with contextlib.suppress(psutil.Error):
        return process.memory_info().rss
    return 0
