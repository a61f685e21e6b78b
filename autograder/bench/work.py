"""What is measured, each in a process of its own: `python -m autograder.bench.work TASK ARGUMENTS`.

As in `cli.py`, each task imports what it needs, so that only that is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path


def grade(lesson: str, jobs: str, submissions: str, room: str, times: str = "", due: str = "") -> None:
    """Grade a folder into a classroom of its own; what comes out goes to its `points.json`."""
    from autograder.collecting.times import read_time, read_times
    from autograder.grading.classroom import Classroom
    from autograder.grading.grade import grade_folder

    classroom = Classroom.apart(Path(room))
    at = read_times(Path(times)) if times else {}
    until = read_time(due, "due") if due else None
    results = grade_folder(lesson, Path(submissions), classroom, int(jobs), True, at, None, until)
    points = {row.student: row.points for row in results}
    (classroom.root / "points.json").write_text(json.dumps(points), encoding="utf-8")


def regrade(lesson: str, jobs: str, room: str) -> None:
    """Judge again what has changed."""
    from autograder.grading.classroom import Classroom
    from autograder.grading.grade import regrade

    regrade(lesson, Classroom.apart(Path(room)), int(jobs), True)


def feedback(lesson: str, room: str) -> None:
    """Write all pages again."""
    from autograder.grading.classroom import Classroom
    from autograder.grading.pages import write_pages

    write_pages(lesson, Classroom.apart(Path(room)))


def in_process(lesson: str, students: str) -> None:
    """The engine's tests on a class's answers in this process, one after the other: mistakes named, nothing around."""
    from contextlib import redirect_stdout
    from io import StringIO

    from autograder.bench.equal_work import plain_class
    from autograder.exercises.bank import banks_of
    from autograder.grading.judge import judge_exercise
    from autograder.learner.diagnosis.answer import LocalImplementation
    from autograder.lessons import load_lesson

    loaded = load_lesson(lesson)
    samples = plain_class(loaded, int(students))
    with _timed():
        for sample in samples:
            with redirect_stdout(StringIO()):
                namespace = loaded.define(sample.answers)
                for bank in banks_of(loaded):
                    judge_exercise(bank, LocalImplementation(namespace[bank.name]), sample.student)


def recorded(lesson: str, students: str) -> None:
    """The recorded calls on a class's answers in this process: compared, and nothing else."""
    from autograder.bench.equal_work import plain_class, recorded_tests
    from autograder.bench.recorded_calls import passes
    from autograder.lessons import load_lesson

    loaded = load_lesson(lesson)
    samples, tests = plain_class(loaded, int(students)), recorded_tests(loaded)
    with _timed():
        for sample in samples:
            namespace = loaded.define(sample.answers)
            for test in tests:
                passes(namespace[test.exercise], {name: loaded.reference[name] for name in test.helpers}, test.calls)


def pytest(jobs: str, tests: str, *students: str) -> None:
    """Run a folder of tests on each student's module, so many at a time."""

    def run(student: str) -> None:
        bare = {"PYTHONPATH": student, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={student}/results.xml"]
        found = subprocess.run([*command, tests], cwd=student, env=os.environ | bare, capture_output=True, text=True)
        if found.returncode not in (0, 1):  # 1: a test failed
            raise RuntimeError(found.stdout)

    with ThreadPoolExecutor(int(jobs)) as pool:
        list(pool.map(run, students))


@contextmanager
def _timed() -> Iterator[None]:
    """Print, as the last line, how long the block took; what came before it was preparation."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    print(json.dumps({"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}))


TASKS: dict[str, Callable[..., None]] = {
    task.__name__: task for task in (grade, regrade, feedback, in_process, recorded, pytest)
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](*sys.argv[2:])
