"""What `make test` runs: the gates that a change has to pass, each with the time that it takes.

What keeps all processors busy comes alone. What waits now and then, or is one process, runs beside others. The first
lane shows what it does, and the others say all at the end of a gate. The first gate that fails ends everything, and is
told last.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Gate:
    """One thing that has to be right.

    Attributes:
        name: what it looks at.
        arguments: of the Python that looks; it tells by its exit status.
    """

    name: str
    arguments: tuple[str, ...]


def gate(name: str, module: str) -> Gate:
    """A gate that is a module, with arguments that have no spaces in them."""
    return Gate(name, ("-m", *module.split()))


#: A file of tests is begun in the order that tests/conftest.py gives, by the next process that has time.
SPREAD = "-n logical --dist loadfile --no-loadscope-reorder"
#: Programs at a time for what runs beside the unit tests, which take the other half of the processors, and often wait.
HALF = max(1, (os.cpu_count() or 2) // 2)
#: Gates, one after another.
Lane = Sequence[Gate]
#: Stages, one after another: each has lanes that run side by side, as many as a small machine has processors.
STAGES: tuple[tuple[Lane, ...], ...] = (
    (
        (
            gate("Lint", "ruff check ."),
            gate("Format", "ruff format --check autograder"),
            gate("Types", "mypy"),
            gate("Are notebooks what the texts in solutions give?", "autograder build --check"),
        ),
        (gate("Do solution notebooks give their stored outputs?", "pytest -q --nbval --nbval-current-env solutions"),),
    ),
    (
        (gate("Unit tests", f"pytest {SPREAD} --durations 15"),),
        (gate("Do other processors tell the same?", f"autograder audit --processors --jobs {HALF}"),),
    ),
    ((gate("Audit: every known mistake against every check", "autograder audit"),),),
)


@dataclass
class Run:
    """Gates that are run until one fails.

    Attributes:
        took: gate -> its seconds.
        failed: what did not pass; not what was stopped, since something else had failed.
    """

    took: dict[Gate, float] = field(default_factory=dict)
    failed: list[Gate] = field(default_factory=list)
    _running: list[subprocess.Popen[str]] = field(default_factory=list)
    _shows: bool = False  # a gate is running that shows what it does
    _later: list[str] = field(default_factory=list)  # what is said when it has ended
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stage(self, lanes: Sequence[Lane]) -> None:
        """Run lanes side by side, to the end of all; none if a gate has failed before."""
        with ThreadPoolExecutor(len(lanes)) as pool:
            for done in [pool.submit(self._lane, lane, shown=lane is lanes[0]) for lane in lanes]:
                done.result()
        self._say_the_rest()

    def _lane(self, lane: Lane, shown: bool) -> None:
        for one in lane:
            with self._lock:
                if self.failed:
                    return
                if shown:
                    say(f"== {one.name}")
                    self._shows = True
                start = time.perf_counter()
                process = _started(one, shown)
                self._running.append(process)
            told = process.communicate()[0]
            with self._lock:
                self._running.remove(process)
                self._shows &= not shown
                self._ended(one, process.returncode, time.perf_counter() - start, told)

    def _ended(self, one: Gate, status: int, seconds: float, told: str | None) -> None:
        if self.failed:  # this was stopped
            return
        self.took[one] = seconds
        took = f"   {_minutes(seconds)}"
        if told is None:
            say(took)
        else:
            self._later.append(f"== {one.name}\n{told.rstrip()}\n{took}")
        self._say_the_rest()
        if status:
            self.failed.append(one)
            for other in self._running:
                _stop(other)

    def _say_the_rest(self) -> None:
        """Say what has had to wait, unless a gate shows what it does."""
        while self._later and not self._shows:
            say(self._later.pop(0))


def run(stages: Sequence[Sequence[Lane]]) -> int:
    """Run all gates, and say how long each took; the status to exit with."""
    start, made = time.perf_counter(), Run()
    for lanes in stages:
        made.stage(lanes)
    say("\n== Time")
    for one, seconds in made.took.items():
        say(f"{_minutes(seconds)}  {one.name}")
    say(f"{_minutes(time.perf_counter() - start)}  in all")
    for one in made.failed:
        print(f"FAILED: {one.name} To see it alone: python {' '.join(one.arguments)}", file=sys.stderr)
    return 1 if made.failed else 0


def say(text: str) -> None:
    """Print at once, above what a gate that starts now will show."""
    print(text, flush=True)


def _started(one: Gate, shown: bool) -> subprocess.Popen[str]:
    """Start a gate; one that is not shown is silent until it ends."""
    command, told = [sys.executable, *one.arguments], None if shown else subprocess.PIPE
    to_one_pipe = None if shown else subprocess.STDOUT
    return subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=to_one_pipe, encoding="utf-8", errors="replace")


def _stop(process: subprocess.Popen[str]) -> None:
    """End a gate, and what it has started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.terminate()
    process.terminate()


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60:3d} min {int(seconds) % 60:2d} s"


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # gates may say more than a terminal can show
    try:
        raise SystemExit(run(STAGES))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
