"""Grade a class's submissions of one lesson: take them in, judge each, record what was found, print the table."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import nbformat

from autograder.build.notebooks import make_notebook
from autograder.collecting.people import load_hand_ins, store_hand_ins
from autograder.collecting.roster import Roster
from autograder.collecting.times import read_time, read_times
from autograder.console import say_progress, shown_path
from autograder.grading.class_list import class_list, handed_in_path
from autograder.grading.classroom import Classroom
from autograder.grading.database import shown
from autograder.grading.intake import Submission, absent, take_in, taken_before
from autograder.grading.judge import Judged
from autograder.grading.keys import judged_with
from autograder.grading.lock import alone_in
from autograder.grading.pages import Pages, taken_notebook
from autograder.grading.pool import Found, Judges, judge_all
from autograder.grading.prepare import prepare
from autograder.grading.receipts import collected_since, pass_on
from autograder.grading.recorder import Arrival, Recorder
from autograder.grading.results import Result, failed, not_graded, result
from autograder.grading.sample_class import write_sample_class
from autograder.grading.table import changes, table, understood
from autograder.grading.understanding import is_collected, never_there, understand
from autograder.grading.ungraded import store_ungraded
from autograder.grading.verdicts import KeptVerdicts, load_verdicts, store_verdicts
from autograder.lessons import find_lesson, load_lesson


def grade_and_print(
    lesson: str,
    submissions: str | None,
    jobs: int = 1,
    trusted: bool = False,
    times: str | None = None,
    roster: str | None = None,
    due: str | None = None,
    dry_run: bool = False,
) -> bool:
    """Grade and print the table; without submissions, grade the sample class in a classroom of its own.

    Args:
        submissions: a folder or an archive of what was handed in, in any layout that `collecting` knows; the
            classroom's own `submitted` is what `nbgrader collect` has collected, and all that was taken in before.
        jobs: submissions judged at a time.
        trusted: run them even where they cannot be shut in.
        times: a file that says when each was handed in, see `read_times`.
        roster: a file that says who is in the class, see `read_roster`; else the classroom's `roster.csv`, if there.
        due: when the lesson is due, such as 2026-02-01T12:00+01:00; kept in the gradebook.
        dry_run: only say what was understood, and write nothing.

    Returns:
        False if somebody's readable notebook could not be graded, or nobody's was readable. A damaged notebook is
        told in the table and is no failure: grading again would change nothing, asking the student would.

    Raises:
        UnknownLesson: there is no such lesson.
        SubmissionsError, TimesError, RosterError: the submissions, a time, or a file of times or students cannot be
            used.
        GradingError: the lesson is not built, or does not fit the gradebook.
        IsolationError: strangers' code cannot be shut in here.
    """
    name = find_lesson(lesson)
    at = read_times(Path(times)) if times else {}
    until = read_time(due, "--due") if due else None
    if submissions is None:
        folder, classroom = write_sample_class(name)
        say_progress(
            f"No --submissions given: this grades a sample class made up from the lesson, {shown_path(folder)}"
        )
    else:
        folder, classroom = Path(submissions), Classroom.of_the_course()
    known = class_list(name, classroom, Path(roster) if roster else None)
    if dry_run:
        print(look(name, folder, classroom, at, known, until))
        return True
    results = grade_folder(name, folder, classroom, jobs, trusted or submissions is None, at, known, until)
    names = {student: facts["name"] for student, facts in load_hand_ins(handed_in_path(name, classroom)).items()}
    names |= {person.id: person.name for person in known.people if person.name}
    print(table(results, load_lesson(name).exercises, names))
    print(f"\nFeedback pages: {shown_path(classroom.root / 'feedback')}/<student>/{name}/{name}.html")
    print(f"Gradebook:      {shown(classroom)}", flush=True)
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
    roster: Roster | None = None,
    due: datetime | None = None,
) -> list[Result]:
    """Grade a folder or an archive of submissions into a classroom; show progress on stderr.

    Args:
        handed_in: student -> when the work came in, in UTC; see `read_times`.
        roster: who is in the class; None leaves it to what the classroom knows.
        due: when the lesson is due, in UTC; None leaves what the gradebook has.

    Raises:
        SubmissionsError, RosterError, GradingError, IsolationError: as in `grade_and_print`.
    """
    with understand(lesson, folder, classroom, handed_in, roster, due) as found:  # complains before it writes
        students = found.collected.students
        with Judges(lesson, trusted, jobs) as judges, alone_in(classroom, lesson):
            prepare(lesson, classroom, due)
            gone = [absent(person) for person in never_there(found.collected, lesson, classroom)]
            store_hand_ins(found.news, found.collected.layout, handed_in_path(lesson, classroom))
            _say(found.remarks)
            submissions: Iterable[Submission] = itertools.chain(take_in(students, lesson, classroom), gone)
            if is_collected(folder, classroom):
                submissions = (_with_notes_if_known(submission, lesson, classroom) for submission in submissions)
            results = _grade_submissions(submissions, len(students) + len(gone), classroom, judges, found.arrivals)
        _say(found.remarks)  # again, where the teacher looks when all is done
    return results


def look(
    lesson: str,
    folder: Path,
    classroom: Classroom,
    handed_in: Mapping[str, datetime] | None = None,
    roster: Roster | None = None,
    due: datetime | None = None,
) -> str:
    """What would be graded, as text: who, which file, which attempt, when, late or not, what is left aside and why.

    Args:
        handed_in, roster, due: as in `grade_folder`.

    Raises:
        SubmissionsError, RosterError: as in `grade_and_print`.
    """
    with understand(lesson, folder, classroom, handed_in, roster, due) as found:
        late = {s.person.id: found.seconds_late(s.hand_in) for s in found.collected.students}
        return understood(found.collected, late, found.remarks)


def _say(remarks: Iterable[str]) -> None:
    for remark in remarks:
        say_progress(remark)


def regrade(lesson: str, classroom: Classroom, jobs: int = 1, trusted: bool = False) -> list[Result]:
    """Grade what a classroom holds already; what neither a test nor the engine has changed for is not judged again.

    Raises:
        SubmissionsError: nothing of the lesson has been graded there.
        GradingError, IsolationError: as in `grade_and_print`.
    """
    with Judges(lesson, trusted, jobs) as judges, alone_in(classroom, lesson):
        prepare(lesson, classroom)
        submissions = taken_before(lesson, classroom)
        noted = (_with_notes(submission, lesson, classroom) for submission in submissions)
        return _grade_submissions(noted, len(submissions), classroom, judges)


def _with_notes(submission: Submission, lesson: str, classroom: Classroom) -> Submission:
    """A submission with what was said of it when it was handed in, and judged on the data that were drawn for it then.

    The copy in the classroom has been put in order, unless it was collected since.
    """
    before = load_verdicts(submission.student, lesson, classroom)
    if not before or collected_since(submission.student, lesson, classroom):
        return submission
    notes = tuple(dict.fromkeys((*before.notes, *submission.notes)))
    return replace(submission, notes=notes, attempt=before.attempt or submission.attempt)


def _with_notes_if_known(submission: Submission, lesson: str, classroom: Classroom) -> Submission:
    """As `_with_notes`, if the student has written nothing else since."""
    noted = _with_notes(submission, lesson, classroom)
    return noted if noted.attempt == submission.attempt else submission


def _grade_submissions(
    submissions: Iterable[Submission],
    students: int,
    classroom: Classroom,
    judges: Judges,
    arrivals: Mapping[str, Arrival] = MappingProxyType({}),
) -> list[Result]:
    say_progress(f"{judges.lesson}: {students} students, isolation: {judges.level.name}")
    results: list[Result] = []
    try:
        for number, row in enumerate(_results(submissions, classroom, judges, arrivals), 1):
            results.append(row)
            points = "not graded" if row.points is None else f"{row.points:g} of {row.max_points:g}"
            say_progress(f"[{number}/{students}] {row.student} {points}")
    finally:
        store_ungraded(judges.lesson, classroom, results)
    return results


def _results(
    submissions: Iterable[Submission], classroom: Classroom, judges: Judges, arrivals: Mapping[str, Arrival]
) -> Iterator[Result]:
    lesson = judges.lesson
    released = nbformat.read(classroom.notebook("release", ".", lesson), as_version=4)
    with Recorder(lesson, classroom, make_notebook(load_lesson(lesson))) as recorder:
        pages = Pages(recorder, released)
        for submission, found in judge_all(submissions, classroom, judges):
            if submission.refused:
                yield not_graded(submission)
            elif found.judged is None:
                yield failed(submission, found.failed)
            else:
                yield _record(submission, found, found.judged, recorder, pages, arrivals.get(submission.student))


def _record(
    submission: Submission,
    found: Found,
    judged: Judged,
    recorder: Recorder,
    pages: Pages,
    arrival: Arrival | None,
) -> Result:
    """Write the graded notebook and the gradebook's rows, then the feedback page, and last keep the verdict."""
    lesson, classroom, student = recorder.lesson, recorder.classroom, submission.student
    try:
        notebook = taken_notebook(student, lesson, classroom)
        before = recorder.points(student)
        if found.is_news or not before:
            recorder.record(student, notebook, judged, submission.untouched)
        if arrival:
            recorder.arrived(arrival, student)
        row = result(submission, judged, recorder, before, recorder.lateness(student, notebook))
        kept = _kept(lesson, submission, found, judged)
        pages.write(student, notebook, kept)
        store_verdicts(student, lesson, classroom, kept)
        pass_on(student, lesson, classroom)
        return row
    except Exception as error:  # one student's trouble stops nobody else
        return failed(submission, f"{type(error).__name__}: {error}")


def _kept(lesson: str, submission: Submission, found: Found, judged: Judged) -> KeptVerdicts:
    """What is kept of a submission; one that was not judged again is as old as it was."""
    graded = found.before.graded if found.before and not found.is_news else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    tools = judged_with(load_lesson(lesson))
    return KeptVerdicts(judged, found.keys, submission.notes, submission.attempt, graded, tools)
