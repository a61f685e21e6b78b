"""Put a lesson into the gradebook, as nbgrader's own `generate_assignment` does."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.database import alone_at_gradebook, connected, has_gradebook, new_one, patient_url, shown
from autograder.grading.lesson_rows import LessonCell, add_lesson, known_cells, set_due
from autograder.grading.tables import are_kept, make_tables


class GradingError(CourseError):
    """The lesson or the gradebook does not allow grading at all; the message says what to do."""


@dataclass(frozen=True)
class BuiltLesson:
    """A lesson as it is built, see `built.read_built`.

    Attributes:
        source: the text of the instructor's notebook.
        released: the text of the learners'.
        cells: what the gradebook keeps of its cells, by name.
        kernel: the metadata that say with what it runs.
    """

    lesson: str
    source: str
    released: str
    cells: Mapping[str, LessonCell]
    kernel: Mapping[str, str]


def prepare(built: BuiltLesson, classroom: Classroom, due: datetime | None = None) -> None:
    """Put a lesson into the gradebook and its released notebook into the classroom.

    Args:
        due: when it is due, in UTC; None leaves what the gradebook has.

    Raises:
        GradingError: the lesson's graded cells changed while the gradebook has grades of it.
        GradebookError: the gradebook cannot be used.
    """
    with alone_at_gradebook(classroom):
        _prepare(built, classroom, due)


def import_for(classroom: Classroom) -> None:
    """Import what `prepare` will need and takes long to import: nbgrader, for a gradebook that it has to make."""
    if not are_kept(classroom) and not has_gradebook(classroom):
        import nbgrader.api  # noqa: F401


def _prepare(built: BuiltLesson, classroom: Classroom, due: datetime | None) -> None:
    lesson = built.lesson
    write_whole(classroom.notebook("source", ".", lesson), built.source)
    if not has_gradebook(classroom):
        make_tables(classroom)
    with connected(classroom) as connection:
        known = known_cells(connection, lesson)
        if not known:
            add_lesson(connection, lesson, classroom.course_id, built.cells, built.kernel)
    if known and known != built.cells:
        _generate_assignment(lesson, classroom)
    write_whole(classroom.notebook("release", ".", lesson), built.released)
    if due:
        with connected(classroom) as connection:
            set_due(connection, lesson, due)


def _generate_assignment(lesson: str, classroom: Classroom) -> None:
    """Have nbgrader itself put another version of a lesson in place of the one that the gradebook has."""
    from nbgrader.converters import GenerateAssignment  # takes longer to import than to grade a student
    from nbgrader.coursedir import CourseDirectory

    config, log = classroom.config(lesson), classroom.root / "logs" / f"{lesson}.log"
    config.CourseDirectory.db_url = patient_url(classroom)
    try:
        with _logged(log):
            GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, force=True).start()
    except Exception as error:
        if "Cannot add or remove cells" in log.read_text(encoding="utf-8"):
            raise GradingError(
                f"the graded cells of {lesson} are no longer those that the gradebook has grades for. Keep "
                f"{shown(classroom)} for the old grades, and grade into a new one: {new_one(classroom)}."
            ) from error
        raise GradingError(f"nbgrader cannot prepare {lesson}: see {shown_path(log)}.") from error


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
