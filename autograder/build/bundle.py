"""Make the learners' zip: notebooks, data, environment and the learner room, and nothing an instructor would hide."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from autograder.build.builder import stale
from autograder.errors import CourseError
from autograder.lessons import ROOT, lesson_names

#: The whole list: what is not named here stays out.
FILES = (
    "README.md",
    "LICENSE",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "environment.yml",
    "autograder/__init__.py",
    "autograder/__main__.py",
    "autograder/cli.py",
    "autograder/console.py",
    "autograder/environment.py",
    "autograder/errors.py",
    "autograder/files.py",
    "autograder/lesson_names.py",
    "autograder/stored.py",
)
FOLDERS = {
    "notebooks": ("*.ipynb",),
    "data": ("*.csv", "*.npz", "*.md", "*.png"),
    "autograder/learner": ("*.py", "*.json"),
    "autograder/submission": ("*.py",),
}


class BundleError(CourseError):
    """The zip cannot be made as things are."""


def bundle(output: Path, *, force: bool = False) -> tuple[Path, int]:
    """Write the zip; return its path and the number of files in it.

    Raises:
        BundleError: the zip exists and `force` is off, or a notebook is out of date.
    """
    if output.exists() and not force:
        raise BundleError(f"{output} exists. Move it away, choose another --output, or pass --force to replace it.")
    problems = [problem for name in lesson_names() for problem in stale(name)]
    if problems:
        raise BundleError("the learners would get something out of date:\n" + "\n".join(problems))
    names = [*FILES, *sorted(_in_folders())]
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(ROOT / name, f"batchnorm-course/{name}")
    return output, len(names)


def _in_folders() -> Iterator[str]:
    for folder, patterns in FOLDERS.items():
        for pattern in patterns:
            for path in (ROOT / folder).rglob(pattern):
                if not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(ROOT).parts):
                    yield path.relative_to(ROOT).as_posix()
