"""Tell learners before they hand in what grading will make of their notebook: the same reading, repairs and order.

And the same shell for the cells, in a fresh process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder import stored
from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.lesson_names import lesson_in, match_lesson
from autograder.stored import IN_NUMPY
from autograder.submission.fresh import Error, FreshProcess, Stopped
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
#: What helps when a cell stops in a fresh process although it has run in the notebook.
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


def look_over(lesson: str, path: Path, fresh: FreshProcess | None = None) -> Readiness:
    """Read a notebook as grading does, and run its answers and visible checks in a fresh process.

    Args:
        fresh: one that has been started already.

    Raises:
        StoredError: there is no such lesson.
    """
    with fresh or FreshProcess() as first:  # it gets ready meanwhile
        try:
            handed, facts = read_lesson(lesson, path), stored.lesson(lesson)
            repaired = repair(nbformat.from_dict(facts["released"]), handed.cells, handed.order)
        except Refused as error:
            return Readiness(path, str(error), lesson=lesson)
        stagings, told = Stagings(repaired.notebook, facts), dict.fromkeys(facts["exercises"], (NOT_DONE, ""))
        checks = {cell.id: cell.source for cell in repaired.notebook.cells}
        notes = [*handed.notes, *repaired.notes]
        worked = [name for name in told if name not in repaired.untouched]
        told |= _staged(stagings, stagings.first(), worked, checks, lesson, first) if worked else {}
    is_right = all(told[name][0] == PASSED for name in worked)
    for staging in () if is_right else stagings.further():  # as grading looks further where an answer fails
        failing = [name for name in worked if name in staging.exercises and told[name][0] != PASSED]
        found = _staged(stagings, staging, failing, checks, lesson) if failing else {}
        passing = {name: state for name, state in found.items() if state[0] == PASSED}
        told |= passing
        notes += [f"{name}: {note}" for name in passing if (note := stagings.judged(name, staging)[1])]
    return Readiness(path, "", tuple(notes), told, lesson)


def _staged(
    stagings: Stagings,
    staging: Staging,
    exercises: list[str],
    sources: Mapping[str, str],
    lesson: str,
    fresh: FreshProcess | None = None,
) -> dict[str, tuple[str, str]]:
    """The state of exercises when a notebook is run one way, and their visible checks after that.

    Args:
        sources: cell id -> text, of all cells.
    """
    run = {} if stored.uses_torch(lesson) else {"": NO_TORCH}
    run |= {cell.id: cell.source for cell in staging.cells}
    run |= {f"check_{name}": sources[f"check_{name}"] for name in exercises}
    ran = _run(run, fresh)
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


def _run(cells: Mapping[str, str], fresh: FreshProcess | None) -> dict[str, Error | None]:
    """Run cells in a fresh process, and again in another without one that had to be stopped.

    Returns:
        cell id -> the error that it stopped with, of those that were run.
    """
    stopped: dict[str, Error | None] = {}
    while len(stopped) <= MAX_STOPPED:
        ran, last = _run_once({name: source for name, source in cells.items() if name not in stopped}, fresh)
        if last is None:
            break
        stopped[last], fresh = ran[last], None
    return ran | stopped


def _run_once(cells: Mapping[str, str], fresh: FreshProcess | None) -> tuple[dict[str, Error | None], str | None]:
    """Run cells up to one that has to be stopped, which is its error; tell its id, too."""
    ran: dict[str, Error | None] = {}
    with fresh or FreshProcess() as process:
        process.begin(cells.values())
        for name in cells:
            try:
                ran[name] = process.wait(CELL_SECONDS)
            except Stopped as error:
                ran[name] = Error(STOP, str(error))
                return ran, name
    return ran, None


def _told(name: str, cell: str, ran: Mapping[str, Error | None]) -> tuple[str, str]:
    """The state of one exercise, from the errors of the cell with its answer and of its check."""
    if error := ran.get(cell):
        about_torch = error.name in ADVICE and re.search(r"\btorch\b", error.text)
        advice = f"Leave torch out: {IN_NUMPY}." if about_torch else ADVICE.get(error.name, "")
        return STOPPED, f"its cell stops with {error.name}: {error.text} {advice}".strip()
    if f"check_{name}" not in ran:
        return STOPPED, "a cell before it had to be stopped"
    if error := ran[f"check_{name}"]:
        if error.name == "NotImplementedError":
            return NOT_DONE, ""
        return FAILED, error.text if error.name == "CheckFailed" else f"{error.name}: {error.text}"
    return PASSED, ""
