"""Measure what learners and instructors wait for, and print it side by side. Nothing here passes or fails."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from functools import partial
from io import StringIO
from itertools import cycle
from pathlib import Path

import psutil

from autograder.build.notebooks import make_notebook
from autograder.build.running import run
from autograder.console import say_progress
from autograder.exercises.bank import banks_of
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.judge import judge_exercise
from autograder.grading.prepare import prepare
from autograder.grading.sample_class import Sample, sample_class, write_submissions
from autograder.learner.check import CheckFailed, check
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.lessons import ROOT, lesson_names, load_lesson
from autograder.sandbox.isolation import try_sandbox

#: The lesson that is graded, with so many submissions by stock nbgrader, by the engine, and to see how cost grows.
LESSON = "03_forward"
STOCK_STUDENTS, STUDENTS, GROWTH = 4, 100, (50, 1000)
#: Seconds between two looks at the memory of all processes. A look takes a tenth of a second from what is measured.
LOOK = 3


def bench(sections: Sequence[str] = ()) -> None:
    """Time imports, checks, lessons and grading; print a table, with progress on stderr.

    Args:
        sections: imports, checks, lessons, grading, growth; all if empty.
    """
    measured = {"imports": _imports, "checks": _checks, "lessons": _lessons, "grading": _grading, "growth": _growth}
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; wall clock, medians where something is repeated")
    for name in sections or measured:
        print()
        measured[name]()


def stock_nbgrader(command: str, lesson: str, classroom: Classroom, *options: str) -> None:
    """Run an nbgrader command from the course's root, as an instructor would, on another classroom's folders.

    Args:
        options: more of the command's options.

    Raises:
        subprocess.CalledProcessError: nbgrader failed; its `output` says how.
    """
    settings = classroom.config(lesson).CourseDirectory
    places = ["root", "db_url", *(key for key in settings if key.endswith("_directory"))]
    flags = [f"--CourseDirectory.{key}={settings[key]}" for key in places]
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    subprocess.run(
        [sys.executable, "-m", "nbgrader", command, lesson, *flags, *options],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        text=True,
    )


def _imports() -> None:
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


def _checks() -> None:
    print("check() of one exercise (target: under 0.5 s)         right      wrong")
    for bank in (bank for name in lesson_names() for bank in banks_of(load_lesson(name))):
        say_progress(f"checking {bank.name}")
        wrong = bank.wrong(next(iter(bank.mistakes)))
        right, named = (_median(partial(_check, f, bank.name)) for f in (bank.reference, wrong))
        print(f"  {bank.name:<45}{right * 1000:>8.0f} ms{named * 1000:>8.0f} ms")


def _lessons() -> None:
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


def _grading() -> None:
    """The same mix of right and wrong submissions: by stock nbgrader, by the engine, with nothing around the tests."""
    print(f"Grading {LESSON}, gradebook and feedback included; isolation: {try_sandbox().name}")
    say_progress(f"grading {STOCK_STUDENTS} with nbgrader's commands")
    with tempfile.TemporaryDirectory() as folder:
        stock = Classroom.apart(Path(folder) / "stock")
        _hand_in(STOCK_STUDENTS, stock.root / "submitted")
        prepare(LESSON, stock)
        steps = [partial(stock_nbgrader, step, LESSON, stock) for step in ("autograde", "generate_feedback")]
        seconds = sum(map(_seconds, steps))
    per_minute = 60 * STOCK_STUDENTS / seconds
    print(f"  {f'nbgrader autograde, generate_feedback ({STOCK_STUDENTS})':<52}{per_minute:>8.1f} a minute")
    say_progress(f"judging {STUDENTS} with nothing around the tests")
    bare = _seconds(_judge_bare)
    print(f"  {f'the same tests in one warm process ({STUDENTS})':<52}{60 * STUDENTS / bare:>8.1f} a minute")
    for jobs in sorted({1, os.cpu_count() or 1}):
        seconds, megabytes = _grade(STUDENTS, jobs)
        ours = 60 * STUDENTS / seconds
        label = f"python -m autograder grade --jobs {jobs} ({STUDENTS})"
        ratios = f"{ours / per_minute:>5.1f} x nbgrader, {seconds / bare:.2f} x the bare cost"
        print(f"  {label:<52}{ours:>8.1f} a minute {ratios}, {megabytes:.0f} MB", flush=True)


def _growth() -> None:
    print(f"Grading {LESSON} as the class grows, {os.cpu_count()} jobs (target: flat)")
    for students in GROWTH:
        seconds, megabytes = _grade(students, os.cpu_count() or 1)
        each = 1000 * seconds / students
        print(f"  {students:>6} submissions {seconds:>8.1f} s {each:>8.0f} ms each {megabytes:>8.0f} MB", flush=True)


def _grade(students: int, jobs: int) -> tuple[float, float]:
    """Seconds for a class, preparation included, and the most memory that all processes held together, in megabytes."""
    say_progress(f"grading {students} with --jobs {jobs}")
    with tempfile.TemporaryDirectory() as folder:
        handed_in, classroom = Path(folder) / "class", Classroom.apart(Path(folder) / "room")
        _hand_in(students, handed_in)
        with _memory() as most, redirect_stderr(StringIO()):
            seconds = _seconds(lambda: grade_folder(LESSON, handed_in, classroom, jobs, trusted=True))
    return seconds, max(most) / 1e6


def _judge_bare() -> None:
    """Run the answers of the class and the tests on them in this process, as a loop would."""
    lesson = load_lesson(LESSON)
    for sample in _class(STUDENTS):
        with redirect_stdout(StringIO()):
            namespace = lesson.define(sample.answers)
            for bank in banks_of(lesson):
                judge_exercise(bank, LocalImplementation(namespace[bank.name]), "a secret")


@contextmanager
def _memory() -> Iterator[list[int]]:
    """Look now and then at the memory of this process and of all below it; shared pages count once."""
    seen, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(LOOK):
            processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
            seen.append(sum(map(_held, processes)))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        done.set()
        looking.join()


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except (psutil.Error, AttributeError, OSError):
        with suppress(psutil.Error):
            return process.memory_info().rss
        return 0


def _hand_in(students: int, folder: Path) -> None:
    write_submissions(_class(students), LESSON, folder)


def _class(students: int) -> list[Sample]:
    """Right and wrong submissions in turn, each with a text of its own."""
    readable = [sample for sample in sample_class(load_lesson(LESSON)) if sample.answers]
    return [
        replace(
            sample, student=f"student{number:05}", text=sample.text.replace("# Batch norm", f"# {number} Batch norm")
        )
        for number, sample in zip(range(students), cycle(readable))
    ]


def _check(function: Callable, exercise: str) -> None:
    with redirect_stdout(StringIO()), suppress(CheckFailed):
        check(function, exercise)


def _median(action: Callable, times: int = 5) -> float:
    return statistics.median(_seconds(action) for _ in range(times))


def _seconds(action: Callable) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
