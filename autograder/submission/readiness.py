"""Tell learners before they hand in what grading will make of their notebook: the same reading, repairs and order."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.learner import stored
from autograder.learner.diagnosis.guard import IN_NUMPY
from autograder.lesson_names import lesson_in, match_lesson
from autograder.submission.reading import Refused, read_notebook
from autograder.submission.recognise import read_lesson, which_lesson
from autograder.submission.repair import repair
from autograder.submission.staging import Staging, Stagings

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"
#: A cell that runs longer than this many seconds is stopped. Grading allows less.
CELL_SECONDS = 60
#: So many cells that have to be stopped are left out, and the error of such a cell.
MAX_STOPPED, STOP = 3, "Stopped"
PASSED, FAILED, STOPPED, NOT_DONE = "passed", "failed", "stopped", "not done"
#: What helps when a cell stops in a fresh kernel although it has run in the notebook.
ADVICE = {
    "NameError": "No cell above makes that name. In the notebook, restart the kernel, run all cells, and see.",
    "ModuleNotFoundError": "Grading has the course's packages and no others.",
}
#: Run first where torch is not there when a lesson is graded.
NO_TORCH = "import sys\nsys.modules['torch'] = None"


@dataclass(frozen=True)
class Readiness:
    """What grading will make of a notebook.

    Attributes:
        path: the file.
        refused: why it cannot be graded at all, or "".
        notes: what is damaged and will be put right.
        exercises: exercise -> (PASSED, FAILED, STOPPED or NOT_DONE, what is told about it).
        lesson: of which it was taken to be, or "".
    """

    path: Path
    refused: str = ""
    notes: tuple[str, ...] = ()
    exercises: dict[str, tuple[str, str]] = field(default_factory=dict)
    lesson: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether it can be graded, and nothing in it stops that runs in the notebook."""
        return not self.refused and STOPPED not in {state for state, _ in self.exercises.values()}

    @property
    def is_begun(self) -> bool:
        """Whether anything is to be graded."""
        return any(state != NOT_DONE for state, _ in self.exercises.values())


class NoSuchFile(CourseError):
    """A file that was asked for is not there; the message names it."""


def find_notebooks(asked: str) -> list[tuple[str, Path]]:
    """Lessons and their notebooks: the course's own by a lesson's name or number, or the file or folder that is given.

    Returns:
        (lesson, file), or ("", file) where neither the file's name nor what is in it tells a lesson.

    Raises:
        UnknownLesson: there is no such lesson.
        NoSuchFile: there is no such file, or no notebook in the folder.
    """
    path = Path(asked).expanduser()
    if not (path.is_file() or path.suffix or {"/", os.sep} & set(asked)):
        name = match_lesson(asked, stored.lessons())
        return [(name, NOTEBOOKS / name / f"{name}.ipynb")]
    if not os.path.lexists(path):
        raise NoSuchFile(f"there is no file {shown_path(path)}. Give a file that is there, or a lesson: 03_forward.")
    files = sorted(path.rglob("*.[iI][pP][yY][nN][bB]")) if path.is_dir() else [path]
    files = [file for file in files if not any(part.startswith(".") for part in file.relative_to(path).parts)]
    if not files:
        raise NoSuchFile(f"there is no notebook in {shown_path(path)}.")
    return [(_lesson_of(file), file) for file in files]


def _lesson_of(path: Path) -> str:
    """The lesson for which a file is handed in: by its name, or else by its cells, or ""."""
    try:
        return lesson_in(path.name, stored.lessons()) or which_lesson(read_notebook(path).cells)
    except Refused:
        return ""


def look_over(lesson: str, path: Path) -> Readiness:
    """Read a notebook as grading does, and run its answers and visible checks in a fresh kernel.

    Raises:
        StoredError: there is no such lesson.
    """
    try:
        handed, facts = read_lesson(lesson, path), stored.lesson(lesson)
        repaired = repair(nbformat.from_dict(facts["released"]), handed.cells, handed.order)
    except Refused as error:
        return Readiness(path, str(error), lesson=lesson)
    stagings, told = Stagings(repaired.notebook, facts), dict.fromkeys(facts["exercises"], (NOT_DONE, ""))
    checks = {cell.id: cell for cell in repaired.notebook.cells}
    notes = [*handed.notes, *repaired.notes]
    worked = [name for name in told if name not in repaired.untouched]
    told |= _staged(stagings, stagings.first(), worked, checks, lesson) if worked else {}
    is_right = all(told[name][0] == PASSED for name in worked)
    for staging in () if is_right else stagings.further():  # as grading looks further where an answer fails
        failing = [name for name in worked if name in staging.exercises and told[name][0] != PASSED]
        found = _staged(stagings, staging, failing, checks, lesson) if failing else {}
        passing = {name: state for name, state in found.items() if state[0] == PASSED}
        told |= passing
        notes += [f"{name}: {note}" for name in passing if (note := stagings.judged(name, staging)[1])]
    return Readiness(path, "", tuple(notes), told, lesson)


def _staged(
    stagings: Stagings, staging: Staging, exercises: list[str], cells: dict[str, NotebookNode], lesson: str
) -> dict[str, tuple[str, str]]:
    """The state of exercises when a notebook is run one way, and their visible checks after that."""
    run = [*staging.cells, *(cells[f"check_{name}"] for name in exercises)]
    if not stored.uses_torch(lesson):
        run.insert(0, nbformat.v4.new_code_cell(NO_TORCH))
    ran = {cell.id: cell for cell in _run(run)}
    return {name: _told(name, stagings.judged(name, staging)[0], ran) for name in exercises}


def progress(ready: Readiness) -> str:
    """A line: how many of the lesson's exercises pass."""
    lesson, states = ready.lesson or ready.path.name, [state for state, _ in ready.exercises.values()]
    if ready.refused:
        return f"✗ {lesson}: {ready.refused}"
    if not ready.is_begun:
        return f"· {lesson}: not begun"
    mark = "✓" if states.count(PASSED) == len(states) else "✗" if {FAILED, STOPPED} & set(states) else "·"
    return f"{mark} {lesson}: {states.count(PASSED)} of {len(states)} exercises pass their visible check"


def details(ready: Readiness) -> str:
    """All that grading will say of the notebook itself, and where each exercise stands."""
    if ready.refused:
        return f"✗ {ready.path} cannot be graded: {ready.refused}"
    marks = {PASSED: "✓", FAILED: "✗", STOPPED: "✗", NOT_DONE: "·"}
    words = {PASSED: "passes its visible check", NOT_DONE: "not done yet"}
    lines = [f"{ready.path} can be graded.", *(f"  Note: {note}" for note in ready.notes)]
    for name, (state, told) in ready.exercises.items():
        first, *further = (words.get(state) or told).splitlines()
        lines += [f"{marks[state]} {name}: {first.removeprefix(f'✗ {name} ')}", *further]
    return "\n".join(lines)


def _run(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Run copies of cells in a fresh kernel, and again without one that had to be stopped."""
    stopped: list[NotebookNode] = []
    while len(stopped) <= MAX_STOPPED:
        ran = _run_once([copy.deepcopy(cell) for cell in cells if cell.id not in {done.id for done in stopped}])
        last = next((cell for cell in ran if any(error.ename == STOP for error in _errors(cell))), None)
        if last is None:
            break
        stopped.append(last)
    return [*ran, *stopped]


def _run_once(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Run cells in a fresh kernel, in an empty folder, up to one that has to be stopped: that is its error."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        # What a kernel says besides its cells' outputs is for nobody: of its network, its debugger, its end.
        with client.setup_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                except (CellTimeoutError, DeadKernelError) as error:
                    what = "it ran too long" if isinstance(error, CellTimeoutError) else "the kernel died"
                    cell.outputs = [nbformat.v4.new_output("error", ename=STOP, evalue=what, traceback=[])]
                    break
    return notebook.cells


def _told(name: str, cell: str, ran: dict[str, NotebookNode]) -> tuple[str, str]:
    """The state of one exercise, from what the cell with its answer and its check have put out."""
    for error in _errors(ran.get(cell)):
        about_torch = error.ename in ADVICE and re.search(r"\btorch\b", error.evalue)
        advice = f"Leave torch out: {IN_NUMPY}." if about_torch else ADVICE.get(error.ename, "")
        return STOPPED, f"its cell stops with {error.ename}: {error.evalue} {advice}".strip()
    check = ran.get(f"check_{name}")
    for error in _errors(check):
        if error.ename == "NotImplementedError":
            return NOT_DONE, ""
        return FAILED, error.evalue if error.ename == "CheckFailed" else f"{error.ename}: {error.evalue}"
    if check is None or check.execution_count is None:
        return STOPPED, "a cell before it had to be stopped"
    return PASSED, ""


def _errors(cell: NotebookNode | None) -> Iterator[NotebookNode]:
    return (output for output in (cell.outputs if cell else []) if output.output_type == "error")
