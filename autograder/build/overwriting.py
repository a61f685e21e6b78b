"""Write notebooks without ever losing anybody's work.

Each notebook that the builder writes carries a stamp: the digest of its cells. A notebook on disk whose cells no
longer fit its stamp was changed by somebody, and is left alone unless the caller insists; then a copy is kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path

import nbformat

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.lessons import ROOT

STAMP = "batchnorm_course"
BACKUPS = ROOT / "autograder" / "classroom" / "backups"


class SomebodysWork(CourseError):
    """A notebook was changed after it was built."""


def write_notebook(notebook: nbformat.NotebookNode, path: Path, *, force: bool = False) -> bool:
    """Write a stamped notebook unless the same one is there; return whether anything was written.

    Args:
        force: replace a changed notebook too, after keeping a copy of it in BACKUPS.

    Raises:
        SomebodysWork: the notebook on disk was changed by somebody and `force` is off.
        OSError: the folder cannot be written.
    """
    text = notebook_text(notebook)
    if path.exists() and path.read_bytes() == text.encode():
        return False
    if not force:
        refuse_to_lose(path, notebook)
    elif would_lose(path, notebook):
        keep_copy(path)
    write_whole(path, text)
    return True


def refuse_to_lose(path: Path, new: nbformat.NotebookNode) -> None:
    """Stop if writing a notebook would lose somebody's work.

    Raises:
        SomebodysWork: it would; the message says what to do.
    """
    if would_lose(path, new):
        raise SomebodysWork(
            f"{shown_path(path)} was changed after it was built, so it is left as it is. Move it away to keep it, "
            "or build with --force, which keeps a copy."
        )


def would_lose(path: Path, new: nbformat.NotebookNode) -> bool:
    """Whether the notebook on disk was changed by somebody, and not only into what is to be written anyway."""
    return path.exists() and was_changed(path) and not _same_cells(path, new)


def notebook_text(notebook: nbformat.NotebookNode) -> str:
    """The file's text, with its stamp."""
    notebook.metadata[STAMP] = {"built": _digest(notebook)}
    return nbformat.writes(notebook) + "\n"


def was_changed(path: Path) -> bool:
    """Whether a notebook differs from what the builder wrote there (one that cannot be read counts as changed)."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return notebook.metadata.get(STAMP, {}).get("built") != _digest(notebook)
    except Exception:
        return True


def _same_cells(path: Path, notebook: nbformat.NotebookNode) -> bool:
    """Whether a file has these very cells, as after nbgrader's own `generate_assignment`: then no work is lost."""
    try:
        return _digest(nbformat.read(path, as_version=4)) == _digest(notebook)
    except Exception:
        return False


def keep_copy(path: Path) -> Path:
    """Copy a file into BACKUPS under a name with the time, and say so."""
    BACKUPS.mkdir(parents=True, exist_ok=True)
    copy = BACKUPS / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**6:06d}{path.suffix}"
    copy.write_bytes(path.read_bytes())
    print(f"kept a copy of {shown_path(path)} as {shown_path(copy)}")
    return copy


def write_picture(notebook: nbformat.NotebookNode, cell_id: str, path: Path) -> None:
    """Store the first figure of a cell as a PNG file.

    Raises:
        LookupError: the cell drew no figure.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []) if cell.id == cell_id else []:
            if "image/png" in output.get("data", {}):
                path.write_bytes(base64.b64decode(output.data["image/png"]))
                return
    raise LookupError(f"cell {cell_id} is to give {shown_path(path)} but draws no figure.")


def _digest(notebook: nbformat.NotebookNode) -> str:
    cells = [
        (cell.cell_type, cell.source, [_bare(output) for output in cell.get("outputs", [])]) for cell in notebook.cells
    ]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def _bare(output: dict) -> dict:
    return {key: value for key, value in output.items() if key not in ("execution_count", "metadata")}
