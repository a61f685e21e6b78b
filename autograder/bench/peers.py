"""The tools that others use, each at its best on the same answers and tests: nbgrader, pytest, otter-grader.

They have what they have: none of them shuts submissions in, keeps hidden data from them or names a mistake (but in
nbgrader, where the lesson's own cells do), and only nbgrader keeps a gradebook and writes pages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder.bench.equal_work import as_bare_notebook, as_module, minimal, recorded_tests, write_recording
from autograder.bench.measure import Cost, cost_of, python, together
from autograder.build.notebooks import make_notebook
from autograder.grading.classroom import Classroom
from autograder.grading.sample_class import Sample, write_submissions
from autograder.lessons import ROOT, Lesson

#: The Python that has otter-grader, which wants other versions of packages than the course; by default this one.
OTTER_PYTHON = os.environ.get("OTTER_PYTHON", sys.executable)

PYTEST_FILE = """\
import pytest
import student
from recorded_calls import lent, passes, recorded

TESTS = recorded()


@pytest.mark.parametrize(("exercise", "name"), TESTS, ids=[*map("/".join, TESTS)])
def test_exercise(exercise, name):
    helpers, calls = TESTS[exercise, name]
    assert passes(getattr(student, exercise), lent(helpers), calls)
"""
OTTER_FILE = """\
import sys

sys.path.insert(0, {folder!r})
OK_FORMAT = False

from otter.test_files import test_case
from recorded_calls import lent, passes, recorded

name = {exercise!r}
points = None
"""
OTTER_CASE = """

@test_case(points={points}, name={name!r})
def test_{number}(env):
    helpers, calls = recorded()[{exercise!r}, {name!r}]
    assert passes(env[{exercise!r}], lent(helpers), calls)
"""


# nbgrader


def stock_nbgrader(command: str, lesson: str, classroom: Classroom, *options: str) -> None:
    """Run an nbgrader command from the course's root, as an instructor would, on another classroom's folders.

    Args:
        options: more of the command's options.

    Raises:
        subprocess.CalledProcessError: nbgrader failed; its `output` says how.
    """
    subprocess.run(
        _nbgrader(command, lesson, classroom, *options),
        cwd=ROOT,
        env=os.environ | _path(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        text=True,
    )


def _nbgrader(command: str, lesson: str, classroom: Classroom, *options: str) -> list[str]:
    settings = classroom.config(lesson).CourseDirectory
    places = ["root", "db_url", *(key for key in settings if key.endswith("_directory"))]
    flags = [f"--CourseDirectory.{key}={settings[key]}" for key in places]
    return python("-m", "nbgrader", command, lesson, *flags, *options)


def _path() -> dict[str, str]:
    return {"PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])}


def by_nbgrader(lesson: Lesson, samples: Sequence[Sample], folder: Path, *, whole: bool = False) -> Cost:
    """Grade with nbgrader's own commands, which make gradebook and pages.

    Args:
        folder: to work in; what is there goes.
        whole: the notebooks are the lesson as it is, and not minimal ones.
    """
    classroom = Classroom.apart(cleared(folder))
    source = classroom.notebook("source", ".", lesson.name)
    source.parent.mkdir(parents=True)
    nbformat.write(make_notebook(lesson) if whole else minimal(lesson), source)
    stock_nbgrader("generate_assignment", lesson.name, classroom)
    write_submissions(list(samples), lesson.name, classroom.collected)
    steps = ("autograde", "generate_feedback")
    return together([cost_of(_nbgrader(step, lesson.name, classroom), environment=_path()) for step in steps])


def nbgrader_points(lesson: Lesson, folder: Path) -> dict[str, float]:
    """Student -> points, after `by_nbgrader`."""
    classroom = Classroom.apart(folder)
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        return {found.student.id: found.score for found in gradebook.assignment_submissions(lesson.name)}


# pytest


def by_pytest(lesson: Lesson, samples: Sequence[Sample], folder: Path, jobs: int = 1) -> Cost:
    """Grade with a plain pytest file: a process for each student, so many at a time.

    Args:
        folder: to work in; what is there goes.
    """
    tests = _folder(cleared(folder) / "tests")
    write_recording(lesson, tests)
    (tests / "test_lesson.py").write_text(PYTEST_FILE, encoding="utf-8")
    for sample in samples:
        (_folder(folder / sample.student) / "student.py").write_text(as_module(sample), encoding="utf-8")
    students = [str(folder / sample.student) for sample in samples]
    return cost_of(python("-m", "autograder.bench.work", "pytest", str(jobs), str(tests), *students))


def pytest_points(lesson: Lesson, folder: Path) -> dict[str, float]:
    """Student -> points, after `by_pytest`."""
    worth = {f"{test.exercise}/{test.name}": test.points for test in recorded_tests(lesson)}
    found = {}
    for path in folder.glob("*/results.xml"):
        passed = [case for case in ElementTree.parse(path).iter("testcase") if case.find("failure") is None]
        ids = [str(case.get("name")).partition("[")[2].removesuffix("]") for case in passed]
        found[path.parent.name] = sum(worth[id] for id in ids)
    return found


# otter-grader


def has_otter() -> str:
    """The version of otter-grader; "" if it is not installed."""
    code = "from importlib.metadata import version; print(version('otter-grader'))"
    try:
        found = subprocess.run([OTTER_PYTHON, "-c", code], capture_output=True, text=True)
    except OSError:
        return ""
    return found.stdout.strip()


def by_otter(lesson: Lesson, samples: Sequence[Sample], folder: Path) -> Cost:
    """Grade with `otter.api.grade_submission`, which needs no container, one notebook after the other in one process.

    Args:
        folder: to work in; what is there goes.
    """
    archive = _otter_archive(lesson, cleared(folder))
    for sample in samples:
        (_folder(folder / sample.student) / "student.ipynb").write_text(as_bare_notebook(sample), encoding="utf-8")
    students = [str(folder / sample.student) for sample in samples]
    command = [OTTER_PYTHON, str(Path(__file__).with_name("otter_work.py")), str(archive), *students]
    return cost_of(command, folder, _otter_path())


def otter_points(folder: Path) -> dict[str, float]:
    """Student -> points, after `by_otter`."""
    return {path.parent.name: json.loads(path.read_text())["points"] for path in folder.glob("*/results.json")}


def _otter_archive(lesson: Lesson, folder: Path) -> Path:
    """What `otter generate` makes of the tests; what they need is read from beside it."""
    calls, tests = _folder(folder / "calls"), _folder(folder / "tests")
    recorded = write_recording(lesson, calls)
    for exercise in lesson.exercises:
        text = OTTER_FILE.format(folder=str(calls), exercise=exercise)
        for number, test in enumerate(recorded):
            if test.exercise == exercise:
                text += OTTER_CASE.format(points=test.points, name=test.name, number=number, exercise=exercise)
        (tests / f"{exercise}.py").write_text(text, encoding="utf-8")
    archive = folder / "autograder.zip"
    command = [OTTER_PYTHON, "-m", "otter", "generate", "-t", str(tests), "-o", str(archive), "--no-environment"]
    subprocess.run(command, cwd=folder, env=os.environ | _otter_path(), capture_output=True, check=True)
    return archive


def _otter_path() -> dict[str, str]:
    """Where its own programs and kernel are, and not those of the course."""
    return {"PATH": os.pathsep.join([str(Path(OTTER_PYTHON).parent), os.environ.get("PATH", "")]), "PYTHONPATH": ""}


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def cleared(folder: Path) -> Path:
    """A folder with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
