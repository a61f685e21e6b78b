"""Measure what learners and instructors wait for, and print it side by side. Nothing here passes or fails."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path

from autograder.build.notebooks import make_notebook, run
from autograder.exercises.bank import banks_of
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.prepare import prepare
from autograder.grading.sample_class import Sample, sample_class, write_submissions
from autograder.learner.check import CheckFailed, check
from autograder.lessons import ROOT, lesson_names, load_lesson
from autograder.sandbox.isolation import level

STUDENTS, STOCK_STUDENTS = 100, 4


def bench() -> None:
    """Time imports, checks, lessons and grading; print a table, with progress on stderr."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; wall clock, medians where something is repeated\n")
    _imports()
    _checks()
    _lessons()
    _grading("03_forward")


def stock_nbgrader(command: str, lesson: str, classroom: Classroom) -> None:
    """Run an nbgrader command from the course's root, as an instructor would, on another classroom's folders.

    Raises:
        subprocess.CalledProcessError: nbgrader failed; its `output` says how.
    """
    settings = classroom.config(lesson).CourseDirectory
    places = ["root", "db_url", *(key for key in settings if key.endswith("_directory"))]
    flags = [f"--CourseDirectory.{key}={settings[key]}" for key in places]
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    subprocess.run(
        [sys.executable, "-m", "nbgrader", command, lesson, *flags],
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
        _tell(f"importing {module}")
        command = [
            sys.executable,
            "-c",
            f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)",
        ]
        times[module] = statistics.median(float(subprocess.check_output(command, cwd=ROOT)) for _ in range(5))
        print(f"  {module:<34}{times[module]:>8.2f} s {times[module] / times['numpy']:>7.1f} x numpy")


def _checks() -> None:
    print("\ncheck() of one exercise (target: under 0.5 s)         right      wrong")
    for bank in (bank for name in lesson_names() for bank in banks_of(load_lesson(name))):
        _tell(f"checking {bank.name}")
        wrong = bank.wrong(next(iter(bank.mistakes)))
        right, named = (_median(partial(_check, f, bank.name)) for f in (bank.reference, wrong))
        print(f"  {bank.name:<45}{right * 1000:>8.0f} ms{named * 1000:>8.0f} ms")


def _lessons() -> None:
    print("\nRunning an instructor's notebook (target: under 60 s)")
    for name in lesson_names():
        _tell(f"running {name}")
        with tempfile.TemporaryDirectory() as folder:
            seconds = _seconds(lambda name=name, folder=folder: run(make_notebook(load_lesson(name)), Path(folder)))
        print(f"  {name:<45}{seconds:>8.1f} s")


def _grading(lesson: str) -> None:
    """Right submissions, each with a text of its own: so many are graded a minute, all included."""
    print(f"\nGrading right submissions of {lesson}, gradebook and feedback included; isolation: {level().name}")
    with tempfile.TemporaryDirectory() as folder:
        stock = Classroom.apart(Path(folder) / "stock")
        _hand_in(lesson, STOCK_STUDENTS, stock.root / "submitted")
        prepare(lesson, stock)
        _tell("grading with nbgrader's commands")
        seconds = _seconds(lambda: [stock_nbgrader(step, lesson, stock) for step in ("autograde", "generate_feedback")])
        per_minute = 60 * STOCK_STUDENTS / seconds
        print(f"  {f'nbgrader autograde, generate_feedback ({STOCK_STUDENTS})':<48}{per_minute:>8.1f} a minute")
        for jobs in sorted({1, os.cpu_count() or 1}):
            handed_in = Path(folder) / f"class{jobs}"
            _hand_in(lesson, STUDENTS, handed_in)
            classroom = Classroom.apart(Path(folder) / f"ours{jobs}")
            seconds = _seconds(
                lambda jobs=jobs, handed_in=handed_in, classroom=classroom: grade_folder(
                    lesson, handed_in, classroom, jobs, trusted=True
                )
            )
            ours = 60 * STUDENTS / seconds
            label = f"python -m autograder grade --jobs {jobs} ({STUDENTS})"
            print(f"  {label:<48}{ours:>8.1f} a minute   {ours / per_minute:.1f} x as fast")


def _hand_in(lesson: str, students: int, folder: Path) -> None:
    right = sample_class(load_lesson(lesson))[0]
    texts = [right.text.replace("# Batch norm", f"# {i} Batch norm") for i in range(students)]
    samples = [Sample(f"student{i}", right.shows, text, right.answers) for i, text in enumerate(texts)]
    write_submissions(samples, lesson, folder)


def _check(function: Callable, exercise: str) -> None:
    with redirect_stdout(StringIO()), suppress(CheckFailed):
        check(function, exercise)


def _median(action: Callable, times: int = 5) -> float:
    return statistics.median(_seconds(action) for _ in range(times))


def _seconds(action: Callable) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _tell(line: str) -> None:
    print(f"... {line}", file=sys.stderr, flush=True)
