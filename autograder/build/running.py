"""Run an instructor's notebook."""

from __future__ import annotations

import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.build.notebooks import KERNEL
from autograder.errors import CourseError

#: A cell that runs longer than this many seconds is taken for stuck.
CELL_TIMEOUT = 300


class CannotRun(CourseError):
    """A cell of an instructor's notebook stopped with an error."""


def run(notebook: nbformat.NotebookNode, folder: Path, *, allow_errors: bool = False) -> dict[str, float]:
    """Run all cells in place, as if the notebook lay in `folder`; no timestamps are kept.

    Returns:
        cell id -> seconds it took.

    Raises:
        CannotRun: a cell failed and `allow_errors` is off.
    """
    started, seconds = {}, {}
    client = NotebookClient(
        notebook,
        on_cell_execute=lambda cell, **_: started.update({cell.id: time.perf_counter()}),
        on_cell_executed=lambda cell, **_: seconds.update({cell.id: time.perf_counter() - started[cell.id]}),
        timeout=CELL_TIMEOUT,
        kernel_name=KERNEL["name"],
        allow_errors=allow_errors,
        force_raise_errors=not allow_errors,
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise CannotRun(f"{folder.name}: a cell stopped.\n{error}") from error
    notebook.metadata["language_info"] = {"name": "python"}
    return seconds
