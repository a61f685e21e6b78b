"""Grade a class's submissions of one lesson: take them in, judge each, record what was found, print the table."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from autograder.collecting.people import load_hand_ins, store_hand_ins
from autograder.collecting.roster import Roster
from autograder.collecting.times import read_time, read_times
from autograder.console import say_progress, shown_path
from autograder.grading.class_list import class_list, facts_for_pages, handed_in_path
from autograder.grading.classroom import Classroom
from autograder.grading.database import connected, shown
from autograder.grading.gradebook import LessonRows
from autograder.grading.intake import HandedIn, Submission, absent, received, received_before
from autograder.grading.kept import kept_text
from autograder.grading.lateness import late_rule
from autograder.grading.lock import alone_in
from autograder.grading.pool import Judge, Judges, mark_all
from autograder.grading.prepare import import_for, prepare
from autograder.grading.receipts import collected_since
from autograder.grading.recorder import Recorder
from autograder.grading.results import Result
from autograder.grading.standing import Row
from autograder.grading.table import changes, table, understood
from autograder.grading.task import Task
from autograder.grading.understanding import is_collected, never_there, understand
from autograder.grading.ungraded import store_ungraded
from autograder.lessons import find_lesson, load_lesson

#: Of so many students the gradebook is asked at once.
ASKED = 200


def grade_and_print(
    lesson: str,
    submissions: str | None,
    jobs: int = 1,
    trusted: bool = False,
    times: str | None = None,
    roster: str | None = None,
    due: str | None = None,
    dry_run: bool = False,
    cluster: str = "",
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
        cluster: the address of a scheduler whose workers judge, instead of processes here.

    Returns:
        False if somebody's readable notebook could not be graded, or nobody's was readable. A damaged notebook is
        told in the table and is no failure: grading again would change nothing, asking the student would.

    Raises:
        UnknownLesson: there is no such lesson.
        SubmissionsError, TimesError, RosterError: the submissions, a time, or a file of times or students cannot be
            used.
        GradingError: the lesson is not built, or does not fit the gradebook.
        IsolationError, NobodyJudges: strangers' code cannot be shut in here, or on no worker of the cluster.
    """
    name = find_lesson(lesson)
    at = read_times(Path(times)) if times else {}
    until = read_time(due, "--due") if due else None
    if submissions is None:
        from autograder.grading.sample_class import write_sample_class  # with what builds lessons, and nbgrader

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
    results = grade_folder(name, folder, classroom, jobs, trusted or submissions is None, at, known, until, cluster)
    names = {student: facts["name"] for student, facts in load_hand_ins(handed_in_path(name, classroom)).items()}
    names |= {person.id: person.name for person in known.people if person.name}
    print(table(results, load_lesson(name).exercises, names))
    print(f"\nFeedback pages: {shown_path(classroom.root / 'feedback')}/<student>/{name}/{name}.html")
    print(f"Gradebook:      {shown(classroom)}", flush=True)
    return any(row.points is not None for row in results) and not any(row.failed for row in results)


def regrade_and_print(lesson: str, jobs: int = 1, trusted: bool = False, cluster: str = "") -> bool:
    """Judge again what the change of a test or of the engine touches in what was graded, and print what it changed.

    Returns:
        False if somebody's notebook could not be graded.

    Raises:
        UnknownLesson, SubmissionsError, GradingError, IsolationError: as in `grade_and_print`.
    """
    results = regrade(find_lesson(lesson), Classroom.of_the_course(), jobs, trusted, cluster)
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
    cluster: str = "",
) -> list[Result]:
    """Grade a folder or an archive of submissions into a classroom; show progress on stderr.

    Args:
        handed_in: student -> when the work came in, in UTC; see `read_times`.
        roster: who is in the class; None leaves it to what the classroom knows.
        due: when the lesson is due, in UTC; None leaves what the gradebook has.
        cluster: as in `grade_and_print`.

    Raises:
        SubmissionsError, RosterError, GradingError, IsolationError: as in `grade_and_print`.
    """
    with (
        _judges(lesson, trusted, jobs, cluster) as judges,  # which warm up while the rest is looked at
        understand(lesson, folder, classroom, handed_in, roster, due) as found,
    ):
        students = found.collected.students
        import_for(classroom)
        judges.ready(len(students))  # all that may complain does so before anything is written
        built = judges.built()
        with alone_in(classroom, lesson):
            prepare(built, classroom, due)
            gone = [absent(person) for person in never_there(found.collected, lesson, classroom)]
            store_hand_ins(found.news, found.collected.layout, handed_in_path(lesson, classroom))
            _say(found.remarks)
            handed = [*received(students, lesson, classroom), *gone]
            same = None if is_collected(folder, classroom) else False
            results = _grade_all(handed, classroom, judges, found.rows, same)
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


def regrade(lesson: str, classroom: Classroom, jobs: int = 1, trusted: bool = False, cluster: str = "") -> list[Result]:
    """Grade what a classroom holds already; what neither a test nor the engine has changed for is not judged again.

    Raises:
        SubmissionsError: nothing of the lesson has been graded there.
        GradingError, IsolationError: as in `grade_and_print`.
    """
    with _judges(lesson, trusted, jobs, cluster) as judges, alone_in(classroom, lesson):
        handed = received_before(lesson, classroom)
        judges.ready(len(handed))
        prepare(judges.built(), classroom)
        return _grade_all(handed, classroom, judges, {}, True)


def _judges(lesson: str, trusted: bool, jobs: int, cluster: str) -> contextlib.AbstractContextManager[Judge]:
    if not cluster:
        return Judges(lesson, trusted, jobs)
    from autograder.grading.cluster import Cluster  # most graders have none

    return Cluster(cluster, lesson, trusted)


def _grade_all(
    handed: Sequence[HandedIn | Submission],
    classroom: Classroom,
    judges: Judge,
    told: Mapping[str, Row],
    same: bool | None,
) -> list[Result]:
    """Grade what was handed in; `told` and `same` as of a `Task`."""
    say_progress(f"{judges.lesson}: {len(handed)} students, isolation: {judges.level.name}")
    results: list[Result] = []
    try:
        with connected(classroom) as connection:
            rows = LessonRows(connection, judges.lesson)
            tasks = _tasks(handed, rows, classroom, told, same)
            recorder = Recorder(classroom, rows)
            for found in mark_all(tasks, judges):
                for row in recorder.record(found):
                    results.append(row)
                    points = "not graded" if row.points is None else f"{row.points:g} of {row.max_points:g}"
                    say_progress(f"[{len(results)}/{len(handed)}] {row.student} {points}")
    finally:
        store_ungraded(judges.lesson, classroom, results)
    return results


def _tasks(
    handed: Sequence[HandedIn | Submission],
    rows: LessonRows,
    classroom: Classroom,
    told: Mapping[str, Row],
    same: bool | None,
) -> Iterator[Task | Submission]:
    """What is to be done, with what the gradebook has; that is asked about many students at once."""
    lesson, secret, rule = rows.lesson, classroom.secret(), late_rule(classroom.config(rows.lesson))
    about = facts_for_pages(lesson, classroom)
    for start in range(0, len(handed), ASKED):
        some = handed[start : start + ASKED]
        known = rows.standings([one.student for one in some if isinstance(one, HandedIn)])
        for one in some:
            if isinstance(one, Submission):
                yield one
                continue
            student = one.student
            yield Task(
                one,
                secret,
                before=known.get(student, rows.nothing),
                is_recorded=student in known,
                kept=kept_text(student, lesson, classroom),
                same=False if same is False or collected_since(student, lesson, classroom) else same,
                told=told.get(student, Row(student, None)),
                late_rule=rule,
                about=about.get(student, {}),
            )
