"""Build lessons, and check that what is committed is what the sources give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder import stored
from autograder.build.notebooks import holds_cells, make_notebook, solution_notebook
from autograder.build.overwriting import notebook_text, refuse_to_lose, was_changed, write_notebook, write_picture
from autograder.build.release import release
from autograder.build.running import run
from autograder.build.stored import is_current, write_stored_lesson
from autograder.console import shown_path
from autograder.lessons import NOTEBOOKS, ROOT, SOLUTIONS, Lesson, lesson_names, load_lesson

PICTURES = ROOT / "data"


def released_notebook(name: str) -> Path:
    """Where a lesson's learners' notebook lies."""
    return NOTEBOOKS / name / f"{name}.ipynb"


def build(name: str, *, force: bool = False, execute: bool = False) -> list[str]:
    """Build one lesson; return what was done, a line each.

    Args:
        force: replace notebooks that somebody changed (a copy is kept).
        execute: run the instructor's notebook even if its cells have not changed.

    Raises:
        LessonError, BankError, CannotRun, ReleaseError, SomebodysWork, OSError
    """
    lesson, done = load_lesson(name), []
    path, released_path = solution_notebook(name), released_notebook(name)
    fresh = make_notebook(lesson)
    released = release(lesson, fresh)
    if not force:  # refuse before anything is run or written
        refuse_to_lose(path, fresh)
        refuse_to_lose(released_path, released)
    if write_stored_lesson(lesson):
        done.append(f"wrote what learners' checks know of {name}")
        execute = True
    if execute or not holds_cells(path, fresh, executed=True) or was_changed(path):
        solved = make_notebook(lesson)
        path.parent.mkdir(parents=True, exist_ok=True)
        run(solved, path.parent)
        if write_notebook(solved, path, force=force):
            done.append(f"ran and wrote {shown_path(path)}")
        for cell_id, picture in _pictures(lesson, solved):
            write_picture(solved, cell_id, picture)
    if write_notebook(released, released_path, force=force):
        done.append(f"wrote {shown_path(released_path)}")
    return done


def stale(name: str) -> list[str]:
    """What of a lesson's committed products is not what its sources give, a line each, with what to do."""
    lesson, problems = load_lesson(name), []
    fresh = make_notebook(lesson)
    path, released_path = solution_notebook(name), released_notebook(name)
    if not is_current(lesson):
        problems.append(shown_path(stored.FOLDER / f"{name}.json"))
    if not holds_cells(path, fresh, executed=True) or was_changed(path):
        problems.append(shown_path(path))
    expected = notebook_text(release(lesson, fresh))
    if not released_path.exists() or released_path.read_text(encoding="utf-8") != expected:
        problems.append(shown_path(released_path))
    problems += [shown_path(p) for _, p in _pictures(lesson, fresh) if not p.exists()]
    return [f"{problem} is not what {shown_path(lesson.path)} gives. Run `make build`." for problem in problems]


def strays() -> list[str]:
    """Files among the products that no source gives."""
    expected = {released_notebook(name) for name in lesson_names()} | {
        solution_notebook(name) for name in lesson_names()
    }
    found = {
        p
        for folder in (SOLUTIONS, NOTEBOOKS)
        for p in folder.glob("*/**/*")
        if p.is_file() and ".ipynb_checkpoints" not in p.parts
    }
    found |= {p for p in stored.FOLDER.glob("*.json") if p.stem not in lesson_names()}
    return [f"{shown_path(p)} comes from no lesson. Delete or move it." for p in sorted(found - expected)]


def _pictures(lesson: Lesson, notebook: nbformat.NotebookNode) -> Iterator[tuple[str, Path]]:
    for cell in lesson.cells:
        if cell.picture:
            yield (
                next(c.id for c in notebook.cells if c.source == cell.source),
                PICTURES / f"{cell.picture}.png",
            )
