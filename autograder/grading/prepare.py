"""Put a lesson into the gradebook, as nbgrader's own `generate_assignment` does."""

from __future__ import annotations

import contextlib
import logging
import shutil
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import nbgrader
import sqlalchemy
from alembic.script import ScriptDirectory
from nbgrader.api import Base, Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory

from autograder.build.builder import holds_cells, solution_notebook
from autograder.build.notebooks import make_notebook
from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom
from autograder.grading.database import alone_at_gradebook, making, new_one, shown
from autograder.lessons import load_lesson


class GradingError(CourseError):
    """The lesson or the gradebook does not allow grading at all; the message says what to do."""


def prepare(lesson: str, classroom: Classroom, due: datetime | None = None) -> None:
    """Put the lesson into the gradebook and its released notebook into the classroom.

    Args:
        due: when it is due, in UTC; None leaves what the gradebook has.

    Raises:
        GradingError: the lesson is not built, or its graded cells changed while the gradebook has grades of it.
        GradebookError: the gradebook cannot be used.
    """
    with alone_at_gradebook(classroom):
        _prepare(lesson, classroom, due)


def _prepare(lesson: str, classroom: Classroom, due: datetime | None) -> None:
    source = solution_notebook(lesson)
    if not holds_cells(source, make_notebook(load_lesson(lesson))):
        raise GradingError(f"{shown_path(source)} is not what the lesson's text gives. Run `make build` first.")
    copy = classroom.notebook("source", ".", lesson)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)
    log = classroom.root / "logs" / f"{lesson}.log"
    try:
        with _logged(log):
            _generate_assignment(classroom, lesson)
            if due:
                with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
                    gradebook.update_or_create_assignment(lesson, duedate=due)
    except CourseError:
        raise
    except Exception as error:
        if "Cannot add or remove cells" in log.read_text(encoding="utf-8"):
            raise GradingError(
                f"the graded cells of {lesson} are no longer those that the gradebook has grades for. Keep "
                f"{shown(classroom)} for the old grades, and grade into a new one: {new_one(classroom)}."
            ) from error
        raise GradingError(f"nbgrader cannot prepare {lesson}: see {shown_path(log)}.") from error


def _generate_assignment(classroom: Classroom, lesson: str) -> None:
    _make_gradebook(classroom)
    config = classroom.config(lesson)
    config.CourseDirectory.db_url = classroom.patient_url
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, force=True).start()


def _make_gradebook(classroom: Classroom) -> None:
    """Make the gradebook if it is not there. nbgrader would call the program `alembic` for it, which takes seconds.

    The version comes first: nbgrader adds tables that are missing, and never a version.
    """
    with making(classroom) as connection:
        if not sqlalchemy.inspect(connection).get_table_names():
            version = ScriptDirectory(Path(nbgrader.__file__).parent / "alembic").get_current_head()
            connection.execute(sqlalchemy.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(sqlalchemy.text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
            Base.metadata.create_all(connection)


@contextlib.contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Send what nbgrader and its libraries log and warn to a file, and to no terminal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logger = logging.getLogger("traitlets")
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    kept = logger.handlers, logger.level, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BaseException:
        logger.exception("Grading stopped.")
        raise
    finally:
        handler.close()
        logger.handlers, logger.propagate = kept[0], kept[2]
        logger.setLevel(kept[1])
