"""Grade a class's submissions of one lesson: take them in, run each, print the table."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.grading.classroom import Classroom, shown
from autograder.grading.intake import find_students, not_students, take_in
from autograder.grading.results import Result, result
from autograder.grading.running import grade_one, prepare
from autograder.grading.sample_class import write_sample_class
from autograder.grading.table import table
from autograder.lessons import find_lesson, load_lesson


def grade_class(lesson: str, submissions: str | None) -> bool:
    """Grade and print the table; without submissions, grade the sample class in a classroom of its own.

    Returns:
        False if somebody's readable notebook could not be graded, or nobody's was readable. A damaged notebook is
        told in the table and is no failure: grading again would change nothing, asking the student would.

    Raises:
        UnknownLesson: there is no such lesson.
        SubmissionsError: the folder of submissions cannot be used.
        GradingError: the lesson is not built, or does not fit the gradebook.
    """
    name = find_lesson(lesson)
    if submissions is None:
        folder, classroom = write_sample_class(name)
        _tell(f"No --submissions given, so this grades a sample class, made up from the lesson: {shown(folder)}")
    else:
        folder, classroom = Path(submissions), Classroom.of_the_course()
    results = grade_folder(name, folder, classroom)
    print(table(results, load_lesson(name).exercises))
    print(f"\nFeedback pages: {shown(classroom.root / 'feedback')}/<student>/{name}/{name}.html")
    print(f"Gradebook:      {classroom.db_url.removeprefix('sqlite:///')}", flush=True)
    return any(row.points is not None for row in results) and not any(row.failed for row in results)


def grade_folder(lesson: str, folder: Path, classroom: Classroom) -> list[Result]:
    """Grade a folder of submissions into a classroom; show progress on stderr.

    Raises:
        SubmissionsError, GradingError: as in `grade_class`.
    """
    students = find_students(folder, lesson, classroom)  # complains before anything is written
    _tell(f"{lesson}: {len(students)} students")
    prepare(lesson, classroom)
    submissions = take_in(folder, lesson, classroom)
    unused = not_students(folder)
    if unused:
        _tell(f"Not used, since not in a student's folder: {', '.join(unused)}")
    results = []
    for number, submission in enumerate(submissions, 1):
        run = None if submission.refused else grade_one(submission.student, lesson, classroom)
        results.append(result(submission, run, lesson, classroom))
        took = "not graded" if results[-1].points is None else f"{run.seconds:.1f} s"
        _tell(f"[{number}/{len(submissions)}] {submission.student} {took}")
    return results


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
