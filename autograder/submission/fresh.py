"""A fresh process that runs a notebook's cells, in the shell in which graders run them.

It gets ready while the one that started it goes on. Run as a program, this file is that process.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Error:
    """What a cell stopped with: the error's name and its text."""

    name: str
    text: str


class Stopped(Exception):
    """A cell has not come to its end; the message says why."""


class FreshProcess:
    """Runs cells once, in an empty folder."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))  # this copy of the course
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=os.environ | {"PYTHONPATH": path},
        )
        self._told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self, sources: Iterable[str]) -> None:
        """Have it run cells, one after another."""
        if self._process.stdin:
            with contextlib.suppress(OSError), self._process.stdin as stdin:  # it has ended: `wait` tells
                stdin.write(json.dumps(list(sources)).encode())

    def wait(self, seconds: float) -> Error | None:
        """Wait for the end of the next cell; None if it came without an error.

        Raises:
            Stopped: it did not come.
        """
        try:
            told = self._told.get(timeout=seconds)
        except queue.Empty:
            raise Stopped("it ran too long") from None
        if not told:
            raise Stopped("the kernel died")
        error = json.loads(told)
        return Error(*error) if error else None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> FreshProcess:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _listen(self) -> None:
        if self._process.stdout:
            with self._process.stdout as stdout:
                for line in stdout:
                    self._told.put(line)
        self._told.put(b"")


def main() -> None:
    """Run the cells that stand on standard input, as JSON; tell of each, in a line, the error that it stopped with."""
    from autograder.learner.eager import leave_compiler_out
    from autograder.learner.shell import PICTURES, load_when_used, make_shell

    leave_compiler_out()
    shell = make_shell()
    load_when_used(PICTURES)
    sources = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as tell:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # what cells say, and ask, is for nobody
            os.dup2(null, stream)
        for source in sources:
            done = shell.run_cell(source)
            error = done.error_before_exec or done.error_in_exec
            print(json.dumps([type(error).__name__, str(error)] if error else None), file=tell, flush=True)
    os._exit(0)  # whatever cells have left running


if __name__ == "__main__":
    main()
