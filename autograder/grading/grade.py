"""Grade a class's submissions of one lesson: take them in, judge each, record what was found, print the table."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import nbformat

from autograder.build.notebooks import make_notebook
from autograder.console import listed, say_progress, shown_path
from autograder.grading.archive import unpack
from autograder.grading.classroom import Classroom
from autograder.grading.intake import Submission, find_students, not_students, take_in, taken_before
from autograder.grading.judge import Judged
from autograder.grading.pages import write_page
from autograder.grading.pool import Found, Judges, judge_all
from autograder.grading.prepare import prepare
from autograder.grading.recorder import Recorder
from autograder.grading.results import Result, failed, not_graded, result
from autograder.grading.sample_class import write_sample_class
from autograder.grading.table import changes, table
from autograder.grading.times import read_times
from autograder.grading.verdicts import KeptVerdicts, load_verdicts, store_verdicts
from autograder.lessons import find_lesson, load_lesson


def grade_and_print(
    lesson: str, submissions: str | None, jobs: int = 1, trusted: bool = False, times: str | None = None
) -> bool:
    """Grade and print the table; without submissions, grade the sample class in a classroom of its own.

    Args:
        submissions: a folder of students' folders, or a zip archive of one.
        jobs: submissions judged at a time.
        trusted: run them even where they cannot be shut in.
        times: a file that says when each was handed in, see `read_times`.

    Returns:
        False if somebody's readable notebook could not be graded, or nobody's was readable. A damaged notebook is
        told in the table and is no failure: grading again would change nothing, asking the student would.

    Raises:
        UnknownLesson: there is no such lesson.
        SubmissionsError, TimesError: the submissions, or the file of times, cannot be used.
        GradingError: the lesson is not built, or does not fit the gradebook.
        IsolationError: strangers' code cannot be shut in here.
    """
    name, handed_in = find_lesson(lesson), read_times(Path(times)) if times else {}
    if submissions is None:
        folder, classroom = write_sample_class(name)
        say_progress(
            f"No --submissions given: this grades a sample class made up from the lesson, {shown_path(folder)}"
        )
    else:
        folder, classroom = Path(submissions), Classroom.of_the_course()
    with _unpacked(folder, name) as folder:
        results = grade_folder(name, folder, classroom, jobs, trusted or submissions is None, handed_in)
    print(table(results, load_lesson(name).exercises))
    print(f"\nFeedback pages: {shown_path(classroom.root / 'feedback')}/<student>/{name}/{name}.html")
    print(f"Gradebook:      {classroom.db_url.removeprefix('sqlite:///')}", flush=True)
    return any(row.points is not None for row in results) and not any(row.failed for row in results)


def regrade_and_print(lesson: str, jobs: int = 1, trusted: bool = False) -> bool:
    """Judge again what the change of a test or of the engine touches in what was graded, and print what it changed.

    Returns:
        False if somebody's notebook could not be graded.

    Raises:
        UnknownLesson, SubmissionsError, GradingError, IsolationError: as in `grade_and_print`.
    """
    results = regrade(find_lesson(lesson), Classroom.of_the_course(), jobs, trusted)
    print(changes(results))
    return not any(row.failed for row in results)


def grade_folder(
    lesson: str,
    folder: Path,
    classroom: Classroom,
    jobs: int = 1,
    trusted: bool = False,
    handed_in: Mapping[str, datetime] | None = None,
) -> list[Result]:
    """Grade a folder of submissions into a classroom; show progress on stderr.

    Args:
        handed_in: student -> when, in UTC.

    Raises:
        SubmissionsError, GradingError, IsolationError: as in `grade_and_print`.
    """
    students = find_students(folder, lesson, classroom)  # complains before anything is written
    with Judges(lesson, trusted, jobs) as judges:
        prepare(lesson, classroom)
        if unused := not_students(folder):
            say_progress(f"Not used, since not in a student's folder: {listed(unused)}")
        submissions = take_in(students, lesson, classroom)
        return _grade_submissions(submissions, len(students), classroom, judges, handed_in or {})


def regrade(lesson: str, classroom: Classroom, jobs: int = 1, trusted: bool = False) -> list[Result]:
    """Grade what a classroom holds already; what neither a test nor the engine has changed for is not judged again.

    Raises:
        SubmissionsError: nothing of the lesson has been graded there.
        GradingError, IsolationError: as in `grade_and_print`.
    """
    with Judges(lesson, trusted, jobs) as judges:
        prepare(lesson, classroom)
        submissions = taken_before(lesson, classroom)
        noted = (_with_notes(submission, lesson, classroom) for submission in submissions)
        return _grade_submissions(noted, len(submissions), classroom, judges)


def _with_notes(submission: Submission, lesson: str, classroom: Classroom) -> Submission:
    """A submission with what was said of it when it was handed in, and judged on the data that were drawn for it then.

    The copy in the classroom has been put in order.
    """
    before = load_verdicts(submission.student, lesson, classroom)
    if not before:
        return submission
    return replace(submission, notes=(*before.notes, *submission.notes), attempt=before.attempt or submission.attempt)


def _grade_submissions(
    submissions: Iterable[Submission],
    students: int,
    classroom: Classroom,
    judges: Judges,
    handed_in: Mapping[str, datetime] = MappingProxyType({}),
) -> list[Result]:
    say_progress(f"{judges.lesson}: {students} students, isolation: {judges.level.name}")
    results = []
    for number, row in enumerate(_results(submissions, classroom, judges, handed_in), 1):
        results.append(row)
        points = "not graded" if row.points is None else f"{row.points:g} of {row.max_points:g}"
        say_progress(f"[{number}/{students}] {row.student} {points}")
    return results


def _results(
    submissions: Iterable[Submission], classroom: Classroom, judges: Judges, handed_in: Mapping[str, datetime]
) -> Iterator[Result]:
    lesson = judges.lesson
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    with Recorder(lesson, classroom, make_notebook(load_lesson(lesson))) as recorder:
        for submission, found in judge_all(submissions, classroom, judges):
            if submission.refused:
                yield not_graded(submission)
            elif found.judged is None:
                yield failed(submission, found.failed)
            else:
                yield _record(submission, found, found.judged, recorder, released, handed_in.get(submission.student))


def _record(
    submission: Submission,
    found: Found,
    judged: Judged,
    recorder: Recorder,
    released: nbformat.NotebookNode,
    when: datetime | None,
) -> Result:
    """Write the graded notebook and the gradebook's rows, then the feedback page, and last keep the verdict."""
    lesson, classroom, student = recorder.lesson, recorder.classroom, submission.student
    try:
        notebook = nbformat.v4.reads(classroom.notebook("submitted", student, lesson).read_text(encoding="utf-8"))
        before = recorder.points(student)
        if found.is_news or not before or (when and recorder.handed_in(student) != when):
            recorder.record(student, notebook, judged, submission.untouched, when)
        row = result(submission, judged, recorder, before)
        kept = _kept(submission, found, judged)
        write_page(student, recorder, released, kept)
        store_verdicts(student, lesson, classroom, kept)
        return row
    except Exception as error:  # one student's trouble stops nobody else
        return failed(submission, f"{type(error).__name__}: {error}")


def _kept(submission: Submission, found: Found, judged: Judged) -> KeptVerdicts:
    """What is kept of a submission; one that was not judged again is as old as it was."""
    graded = found.before.graded if found.before and not found.is_news else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    return KeptVerdicts(judged, found.keys, submission.notes, submission.attempt, graded)


@contextlib.contextmanager
def _unpacked(submissions: Path, lesson: str) -> Iterator[Path]:
    """The folder of submissions, for a moment if it was packed."""
    if not zipfile.is_zipfile(submissions):
        yield submissions
        return
    with tempfile.TemporaryDirectory(prefix="batchnorm-course-") as folder:
        say_progress(f"Unpacking {shown_path(submissions)}")
        if nobodys := unpack(submissions, lesson, Path(folder)):
            say_progress(f"Not used, since nobody's: {listed(nobodys)}")
        yield Path(folder)
