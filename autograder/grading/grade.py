"""Grade a class's submissions of one lesson: take them in, judge each, record what was found, print the table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder.build.notebooks import make_notebook
from autograder.grading.classroom import Classroom, shown
from autograder.grading.feedback import feedback_page
from autograder.grading.intake import Submission, find_students, not_students, take_in
from autograder.grading.kept import keep
from autograder.grading.prepare import prepare
from autograder.grading.recorder import Recorder, write_whole
from autograder.grading.results import Result, failed, not_graded, result
from autograder.grading.running import Found, judge_all
from autograder.grading.sample_class import write_sample_class
from autograder.grading.table import table
from autograder.lessons import find_lesson, load_lesson
from autograder.sandbox.isolation import Level, require


def grade_class(lesson: str, submissions: str | None, jobs: int = 1, trusted: bool = False) -> bool:
    """Grade and print the table; without submissions, grade the sample class in a classroom of its own.

    Args:
        jobs: submissions judged at a time.
        trusted: run them even where they cannot be shut in.

    Returns:
        False if somebody's readable notebook could not be graded, or nobody's was readable. A damaged notebook is
        told in the table and is no failure: grading again would change nothing, asking the student would.

    Raises:
        UnknownLesson: there is no such lesson.
        SubmissionsError: the folder of submissions cannot be used.
        GradingError: the lesson is not built, or does not fit the gradebook.
        IsolationError: strangers' code cannot be shut in here.
    """
    name = find_lesson(lesson)
    if submissions is None:
        folder, classroom = write_sample_class(name)
        _tell(f"No --submissions given, so this grades a sample class, made up from the lesson: {shown(folder)}")
    else:
        folder, classroom = Path(submissions), Classroom.of_the_course()
    results = grade_folder(name, folder, classroom, jobs, trusted or submissions is None)
    print(table(results, load_lesson(name).exercises))
    print(f"\nFeedback pages: {shown(classroom.root / 'feedback')}/<student>/{name}/{name}.html")
    print(f"Gradebook:      {classroom.db_url.removeprefix('sqlite:///')}", flush=True)
    return any(row.points is not None for row in results) and not any(row.failed for row in results)


def grade_folder(lesson: str, folder: Path, classroom: Classroom, jobs: int = 1, trusted: bool = False) -> list[Result]:
    """Grade a folder of submissions into a classroom; show progress on stderr.

    Raises:
        SubmissionsError, GradingError, IsolationError: as in `grade_class`.
    """
    students = find_students(folder, lesson, classroom)  # complains before anything is written
    level = require(trusted)
    _tell(f"{lesson}: {len(students)} students, isolation: {level.name}")
    prepare(lesson, classroom)
    submissions = take_in(folder, lesson, classroom)
    if unused := not_students(folder):
        _tell(f"Not used, since not in a student's folder: {', '.join(unused)}")
    results = []
    for number, graded in enumerate(_graded(submissions, lesson, classroom, jobs, level), 1):
        results.append(graded)
        points = "not graded" if graded.points is None else f"{graded.points:g} of {graded.max_points:g}"
        _tell(f"[{number}/{len(submissions)}] {graded.student} {points}")
    return results


def _graded(
    submissions: list[Submission], lesson: str, classroom: Classroom, jobs: int, level: Level
) -> Iterator[Result]:
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    with Recorder(lesson, classroom, make_notebook(load_lesson(lesson))) as recorder:
        for submission, found in judge_all(submissions, lesson, classroom, level, jobs):
            if submission.refused:
                yield not_graded(submission)
            elif found.judged is None:
                yield failed(submission, found.failed)
            else:
                yield _recorded(submission, found, recorder, released)


def _recorded(submission: Submission, found: Found, recorder: Recorder, released: nbformat.NotebookNode) -> Result:
    """Write the graded notebook and the gradebook's rows, then the feedback page, and last keep the verdict."""
    lesson, classroom, student = recorder.lesson, recorder.classroom, submission.student
    try:
        notebook = nbformat.read(classroom.notebook("submitted", student, lesson), as_version=4)
        if found.key or not recorder.has(student):
            recorder.record(student, notebook, found.judged, submission.untouched)
        told = result(submission, found.judged, recorder)
        comments = recorder.comments(student)
        page = feedback_page(load_lesson(lesson), released, notebook, found.judged, told, submission.notes, comments)
        write_whole(classroom.notebook("feedback", student, lesson, ".html"), page)
        if found.key:
            keep(student, lesson, classroom, found.key, found.judged)
        return told
    except Exception as error:  # one student's trouble stops nobody else
        return failed(submission, f"{type(error).__name__}: {error}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
