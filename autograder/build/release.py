"""Make the learners' notebook with nbgrader's own `generate_assignment`."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory

from autograder.errors import CourseError
from autograder.lessons import Lesson
from autograder.settings import nbgrader_config


class ReleaseError(CourseError):
    """nbgrader refused the instructor's notebook."""


def release(lesson: Lesson, solved: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook that learners get: no solutions, no hidden tests, no answers to questions, no outputs.

    Raises:
        ReleaseError: nbgrader refused the notebook.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source" / lesson.name
        source.mkdir(parents=True)
        nbformat.write(solved, source / f"{lesson.name}.ipynb")
        config = nbgrader_config()
        config.CourseDirectory.update(
            root=folder, source_directory="source", release_directory="release", assignment_id=lesson.name
        )
        config.SaveCells.enabled = False
        converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, no_database=True)
        converter.log.setLevel(logging.ERROR)
        try:
            converter.start()
        except (Exception, SystemExit) as error:
            raise ReleaseError(f"nbgrader could not release {lesson.name}: {error}") from error
        return nbformat.read(Path(folder) / "release" / lesson.name / f"{lesson.name}.ipynb", as_version=4)
