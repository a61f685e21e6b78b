"""Pages written again: what a person has set in the gradebook reaches them, and nothing is judged for it."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.collecting.people import HandIn, Person, store_hand_ins
from autograder.grading import sample_class
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.pages import PagesError, write_pages
from autograder.grading.pool import Judges
from autograder.lessons import load_lesson

NAME = "00_welcome"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be run on Windows")
STUDENTS = ("curie", "lovelace", "ramanujan")


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    samples = [sample for sample in sample_class.sample_class(load_lesson(NAME)) if sample.student in STUDENTS]
    sample_class.write_submissions(samples, NAME, folder)
    return folder


@pytest.fixture(scope="module")
def classroom(handed_in, tmp_path_factory):
    made = Classroom.apart(tmp_path_factory.mktemp("classroom"))
    grade_folder(NAME, handed_in, made, trusted=True)
    return made


def page(classroom, student):
    return classroom.notebook("feedback", student, NAME, ".html").read_text(encoding="utf-8")


def test_points_comments_and_lateness_reach_the_page_without_a_judge(classroom, monkeypatch):
    monkeypatch.setattr(Judges, "__init__", None)
    before = page(classroom, "lovelace")
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=datetime(2026, 1, 31, 12))
        submission = gradebook.update_or_create_submission(NAME, "curie", timestamp=datetime(2026, 1, 31, 15))
        [notebook] = submission.notebooks
        for grade in notebook.grades:
            if grade.name == "hidden_center":
                grade.manual_score, grade.extra_credit = 1.5, 0.25
        next(comment for comment in notebook.comments if comment.name == "center").manual_comment = "The idea counts."
        gradebook.db.commit()
    person = Person("curie", "Marie Curie", "m@x.org")
    kept = classroom.root / "handed_in" / f"{NAME}.json"
    store_hand_ins([HandIn(person, Path("x"), "Curie_1.ipynb", "3")], "moodle", kept)
    assert write_pages(NAME, classroom) == ["curie", "lovelace"]
    told = page(classroom, "curie")
    for words in (
        "Marie Curie (curie)", "attempt 3", "Curie_1.ipynb", "3 h late", "The idea counts.", "1.75 of 3",
        "1.5 of 2 points count", "+0.25 points",
    ):  # fmt: skip
        assert words in told, words
    assert before != page(classroom, "lovelace")  # it is due now
    assert "3 of 3" in page(classroom, "lovelace")


def files_of(classroom):
    found = (path for path in classroom.root.rglob("*") if path.is_file() and path.name != "lock")
    return {path: path.stat().st_mtime_ns for path in found}


def test_writing_again_changes_no_file(classroom):
    write_pages(NAME, classroom)
    before = files_of(classroom)
    write_pages(NAME, classroom)
    assert files_of(classroom) == before


def test_more_time_given_later_reaches_the_page(classroom):
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.find_submission(NAME, "curie").extension = timedelta(hours=4)
        gradebook.db.commit()
    write_pages(NAME, classroom)
    assert "handed in in time" in page(classroom, "curie")


def test_grading_again_writes_the_same_page(classroom, handed_in):
    grade_folder(NAME, handed_in, classroom, trusted=True)
    before = {student: page(classroom, student) for student in ("curie", "lovelace")}
    write_pages(NAME, classroom)
    assert {student: page(classroom, student) for student in before} == before


def test_a_page_that_something_else_made_is_kept_aside(classroom):
    path = classroom.notebook("feedback", "curie", NAME, ".html")
    path.write_text("<html>of stock nbgrader</html>")
    write_pages(NAME, classroom)
    kept = [found.read_text() for found in (classroom.root / "previous").rglob("*.html")]
    assert kept == ["<html>of stock nbgrader</html>"] and "Batch normalization" in page(classroom, "curie")


def test_where_nothing_was_graded_that_is_said(tmp_path, monkeypatch, capsys):
    empty = Classroom.apart(tmp_path)
    with pytest.raises(PagesError, match=f"nothing of {NAME} has been graded"):
        write_pages(NAME, empty)
    monkeypatch.setattr(Classroom, "of_the_course", lambda: empty)
    assert main(["feedback", "00"]) == 2 and "Use `grade` first" in capsys.readouterr().err


def test_the_command_says_how_many_and_where(classroom, monkeypatch, capsys):
    monkeypatch.setattr(Classroom, "of_the_course", lambda: classroom)
    assert main(["feedback", "00"]) == 0
    assert capsys.readouterr().out.startswith("2 pages: ")
