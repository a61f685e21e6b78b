"""What is written into the gradebook without nbgrader is what nbgrader writes itself."""

from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory

from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.database import connected
from autograder.grading.gradebook import LessonRows
from autograder.grading.prepare import prepare
from autograder.grading.standing import Row
from autograder.lessons import lesson_names

NAME = "00_welcome"
POINTS = {"check_center": 1, "hidden_center": 0.5}


def generated(classroom, lesson):
    config = classroom.config(lesson)
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, force=True).start()


def facts_of(classroom, lesson):
    """All that the gradebook knows of a lesson, without numbers that are drawn."""
    with Gradebook(classroom.db_url, classroom.course_id) as book:
        assignment = book.find_assignment(lesson)
        [notebook] = assignment.notebooks
        cells = [*notebook.grade_cells, *notebook.solution_cells, *notebook.source_cells, *notebook.task_cells]
        return assignment.course_id, notebook.kernelspec, sorted(map(_facts, cells), key=str)


def _facts(entry):
    return {name: value for name, value in entry.to_dict().items() if name != "id"} | {"kind": type(entry).__name__}


@pytest.mark.parametrize("lesson", lesson_names())
def test_a_lesson_is_put_into_the_gradebook_and_released_as_nbgrader_does_it(lesson, tmp_path):
    ours, theirs = (Classroom.apart(tmp_path / name) for name in ("ours", "theirs"))
    prepare(read_built(lesson), ours)
    source = theirs.notebook("source", ".", lesson)
    source.parent.mkdir(parents=True)
    source.write_bytes(ours.notebook("source", ".", lesson).read_bytes())
    generated(theirs, lesson)
    assert facts_of(ours, lesson) == facts_of(theirs, lesson)
    assert ours.notebook("release", ".", lesson).read_bytes() == theirs.notebook("release", ".", lesson).read_bytes()
    before = facts_of(theirs, lesson)
    prepare(read_built(lesson), theirs)  # finds all there, and leaves it
    assert facts_of(theirs, lesson) == before


@pytest.fixture
def room(tmp_path):
    classroom = Classroom.apart(tmp_path / "room")
    prepare(read_built(NAME), classroom)
    return classroom


def test_another_version_of_a_lesson_is_put_in_place_by_nbgrader(room):
    with Gradebook(room.db_url, room.course_id) as book:
        book.find_source_cell("hidden_center", NAME, NAME).source = "old"
        book.find_grade_cell("hidden_center", NAME, NAME).max_score = 1
        book.db.commit()
    prepare(read_built(NAME), room)
    with Gradebook(room.db_url, room.course_id) as book:
        assert book.find_grade_cell("hidden_center", NAME, NAME).max_score == 2
        assert "hidden" in book.find_source_cell("hidden_center", NAME, NAME).source.lower()


def write(room, *rows):
    with connected(room) as connection:
        LessonRows(connection, NAME).write(rows)


def students_facts(room):
    with Gradebook(room.db_url, room.course_id) as book:
        return {
            submission.student.id: (
                submission.student.first_name, submission.student.last_name, submission.student.email,
                submission.student.lms_user_id, submission.timestamp, submission.extension,
                [
                    (n.flagged, n.late_submission_penalty, n.score, n.needs_manual_grade, n.failed_tests)
                    for n in submission.notebooks
                ],
                sorted((_facts(grade) for n in submission.notebooks for grade in n.grades), key=str),
                sorted((_facts(comment) for n in submission.notebooks for comment in n.comments), key=str),
            )
            for submission in book.assignment_submissions(NAME)
        }  # fmt: skip


def as_nbgrader_writes(room, row):
    """The same row by nbgrader's own interface."""
    with Gradebook(room.db_url, room.course_id) as book:
        person = {name: text or None for name, text in row.person.items()}
        book.update_or_create_student(row.student, **person)
        submission = book.update_or_create_submission(NAME, row.student)
        submission.timestamp, submission.extension = row.handed_in, row.extension
        [notebook] = submission.notebooks
        notebook.late_submission_penalty = row.penalty
        for grade in notebook.grades:
            grade.auto_score, grade.needs_manual_grade = row.points[grade.name], grade.manual_score is not None
        for comment in notebook.comments:
            comment.auto_comment = "No response." if comment.name in row.untouched else None
        book.db.commit()


NOON = datetime(2026, 1, 31, 12)
ROWS = {
    "points alone": Row("ada", POINTS),
    "untouched": Row("ada", dict.fromkeys(POINTS, 0), ("center",)),
    "all that is told": Row(
        "ada",
        POINTS,
        (),
        {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@x.org", "lms_user_id": "17"},
        NOON,
        timedelta(days=1),
        0.25,
    ),
}


@pytest.mark.parametrize("told", ROWS)
def test_a_submission_is_recorded_as_nbgrader_does_it(told, room, tmp_path):
    theirs = Classroom.apart(tmp_path / "theirs")
    prepare(read_built(NAME), theirs)
    write(room, ROWS[told])
    as_nbgrader_writes(theirs, ROWS[told])
    assert students_facts(room) == students_facts(theirs)
    write(room, ROWS["untouched"], Row("bob", POINTS))  # and again, over what is there, beside another one
    again = students_facts(room)
    assert again["ada"][:6] == students_facts(theirs)["ada"][:6] and again["ada"][6][0][2] == 0
    assert again["bob"][6][0][2] == 1.5


def test_what_is_not_told_stays(room):
    write(room, ROWS["all that is told"])
    other = {"first_name": "Another", "email": ""}
    write(room, Row("ada", None, (), other, None, None, 0.25))
    facts = students_facts(room)["ada"]
    assert facts[:6] == ("Ada", "Lovelace", "ada@x.org", "17", NOON, timedelta(days=1))
    assert facts[6] == [(False, 0.25, 1.5, False, True)]
    write(room, Row("ada", None, extension=timedelta(0)))
    assert students_facts(room)["ada"][5] is None and students_facts(room)["ada"][6][0][1] is None


def test_what_is_read_is_what_was_written_with_what_a_person_set(room):
    write(room, ROWS["all that is told"])
    with Gradebook(room.db_url, room.course_id) as book:
        book.find_assignment(NAME).duedate = NOON
        grade = book.find_grade("hidden_center", NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit = 2, 0.5
        book.find_comment("center", NAME, NAME, "ada").manual_comment = "Well done."
        book.db.commit()
    with connected(room) as connection:
        rows = LessonRows(connection, NAME)
        found = rows.standings(["ada", "nobody"])
        assert not rows.nothing.is_tested and rows.nothing.max_points == 3
    [(student, standing)] = found.items()
    cell = standing.cells["hidden_center"]
    assert (student, cell.points, cell.tested, cell.by_hand, cell.extra) == ("ada", 2.5, 0.5, True, 0.5)
    assert (standing.handed_in, standing.due, standing.seconds_late) == (NOON, NOON + timedelta(days=1), 0)
    assert (standing.points, standing.max_points, standing.comments) == (3.25, 3, {"center": "Well done."})


def test_names_that_are_too_long_for_the_gradebook_are_cut(room):
    write(room, Row("ada", POINTS, (), {"last_name": "x" * 1000}))
    assert students_facts(room)["ada"][1] == "x" * 128


def test_nothing_is_written_where_one_row_cannot_be(room):
    with pytest.raises(KeyError):
        write(room, Row("ada", POINTS), Row("bob", {"check_center": 1}))
    assert students_facts(room) == {}
