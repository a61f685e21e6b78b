"""Tell learners before they hand in what grading will make of their notebook: the same reading, repairs and order."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.learner import stored
from autograder.learner.diagnosis.guard import IN_NUMPY
from autograder.lesson_names import match_lesson
from autograder.submission.reading import Refused, read_cells
from autograder.submission.repair import repair
from autograder.submission.staging import Stagings

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"
#: A cell that runs longer than this many seconds is stopped. Grading allows less.
CELL_SECONDS = 60
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
    """

    path: Path
    refused: str = ""
    notes: tuple[str, ...] = ()
    exercises: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether it can be graded, and nothing in it stops that runs in the notebook."""
        return not self.refused and STOPPED not in {state for state, _ in self.exercises.values()}

    @property
    def is_begun(self) -> bool:
        """Whether anything is to be graded."""
        return any(state != NOT_DONE for state, _ in self.exercises.values())


def find_notebook(asked: str) -> tuple[str, Path]:
    """A lesson and its notebook, from the lesson's name or number, or from a file that is called like it.

    Raises:
        UnknownLesson: there is no such lesson.
    """
    name = match_lesson(asked, stored.lessons())
    return name, Path(asked) if asked.endswith(".ipynb") else NOTEBOOKS / name / f"{name}.ipynb"


def look_over(lesson: str, path: Path) -> Readiness:
    """Read a notebook as grading does, and run its answers and visible checks in a fresh kernel.

    Raises:
        StoredError: there is no such lesson.
    """
    facts = stored.lesson(lesson)
    try:
        repaired = repair(nbformat.from_dict(facts["released"]), read_cells(path))
    except Refused as error:
        return Readiness(path, str(error))
    exercises, untouched = facts["exercises"], set(repaired.untouched)
    needed = Stagings(repaired.notebook, facts).first().cells
    wanted = {cell.id for cell in needed} | {f"check_{name}" for name in exercises if name not in untouched}
    cells = [cell for cell in repaired.notebook.cells if cell.id in wanted]
    if not stored.uses_torch(lesson):
        cells.insert(0, nbformat.v4.new_code_cell(NO_TORCH))
    ran = {cell.id: cell for cell in _run(cells)} if untouched < set(exercises) else {}
    told = {name: _told(name, ran) if name not in untouched else (NOT_DONE, "") for name in exercises}
    return Readiness(path, "", repaired.notes, told)


def progress(ready: Readiness) -> str:
    """A line: how many of the lesson's exercises pass."""
    lesson, states = ready.path.stem, [state for state, _ in ready.exercises.values()]
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
    """Run cells in a fresh kernel, in an empty folder; one that has to be stopped has that as its error."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        with client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                except (CellTimeoutError, DeadKernelError) as error:
                    what = "it ran too long" if isinstance(error, CellTimeoutError) else "the kernel died"
                    cell.outputs = [nbformat.v4.new_output("error", ename="Stopped", evalue=what, traceback=[])]
                    break
    return notebook.cells


def _told(name: str, ran: dict[str, NotebookNode]) -> tuple[str, str]:
    """The state of one exercise, from what its cell and its check have put out."""
    for error in _errors(ran.get(name)):
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
