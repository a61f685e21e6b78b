"""What learners wait for: imports, checks, whole lessons."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path

from autograder.build.notebooks import make_notebook
from autograder.build.running import run
from autograder.console import say_progress
from autograder.exercises.bank import banks_of
from autograder.learner.check import CheckFailed, check
from autograder.lessons import ROOT, lesson_names, load_lesson


def imports() -> None:
    """Seconds, beside those of NumPy."""
    print("Importing (a new Python each time)")
    times = {}
    for module in ("numpy", "autograder.learner", "autograder.exercises"):
        say_progress(f"importing {module}")
        command = [
            sys.executable,
            "-c",
            f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)",
        ]
        times[module] = statistics.median(float(subprocess.check_output(command, cwd=ROOT)) for _ in range(5))
        print(f"  {module:<34}{times[module]:>8.2f} s {times[module] / times['numpy']:>7.1f} x numpy")


def checks() -> None:
    """Milliseconds of `check()`, of a right answer and a wrong one."""
    print("check() of one exercise (target: under 0.5 s)         right      wrong")
    for bank in (bank for name in lesson_names() for bank in banks_of(load_lesson(name))):
        say_progress(f"checking {bank.name}")
        wrong = bank.wrong(next(iter(bank.mistakes)))
        right, named = (_median(partial(_check, f, bank.name)) for f in (bank.reference, wrong))
        print(f"  {bank.name:<45}{right * 1000:>8.0f} ms{named * 1000:>8.0f} ms")


def lessons() -> None:
    """Seconds and memory of each instructor's notebook."""
    print("Running an instructor's notebook (target: under 60 s, each cell 10 s, 1000 MB)")
    print(f"  {'':<28}{'whole':>8}{'slowest cell':>14}  {'':<28}{'memory':>9}")
    for name in lesson_names():
        say_progress(f"running {name}")
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            seconds, slowest, megabytes = alone.submit(_run_lesson, name).result()
        cell, longest = slowest
        print(f"  {name:<28}{seconds:>6.1f} s{longest:>12.1f} s  {cell:<28}{megabytes:>6.0f} MB", flush=True)


def _run_lesson(name: str) -> tuple[float, tuple[str, float], float]:
    """Seconds, the slowest cell and its seconds, and the most memory of the kernel in megabytes."""
    notebook = make_notebook(load_lesson(name))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        cells = run(notebook, Path(folder))
        seconds = time.perf_counter() - start
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, max(cells.items(), key=lambda item: item[1]), kilobytes / 1000


def _check(function: Callable, exercise: str) -> None:
    with redirect_stdout(StringIO()), suppress(CheckFailed):
        check(function, exercise)


def _median(action: Callable, times: int = 5) -> float:
    return statistics.median(_seconds(action) for _ in range(times))


def _seconds(action: Callable) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
