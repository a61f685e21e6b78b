"""A teacher's week from the download to the gradebook: who, when, until when, how late, and what that costs."""

import json
import zipfile
from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.collecting.roster import read_roster
from autograder.collecting.times import read_time, read_times
from autograder.grading import grade, sample_class
from autograder.grading.class_list import class_list
from autograder.grading.classroom import Classroom
from autograder.grading.table import table
from autograder.lessons import load_lesson

NAME = "00_welcome"
LESSON = load_lesson(NAME)
ROSTER = """\
id,name,email,section,extension
ada,Ada Lovelace,ada@x.org,A,
bo,Bo Y,bo@x.org,A,1 day
cy,Cy Z,cy@x.org,B,
di,Di W,di@x.org,B,
"""
TIMES = "student,handed_in\nada,2026-01-31T13:00+01:00\nBo Y,2026-02-02T13:30+01:00\ncy@x.org,2026-02-01T12:20Z\n"
DUE = "2026-02-01T12:00+00:00"


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """The download, the classroom, and what grading it has told; late work gets nothing."""
    folder = tmp_path_factory.mktemp("week")
    right = next(sample.text for sample in sample_class.sample_class(LESSON) if sample.student == "lovelace")
    with zipfile.ZipFile(folder / "moodle.zip", "w") as archive:
        for number, name in enumerate(("Ada Lovelace", "Bo Y", "Cy Z"), 1001):
            archive.writestr(f"{name}_{number}_assignsubmission_file_/{NAME}.ipynb", right)
        archive.writestr(f"Eve X_1004_assignsubmission_file_/{NAME}.ipynb", right)
    (folder / "roster.csv").write_text(ROSTER)
    (folder / "times.csv").write_text(TIMES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Classroom, "config", _zero_when_late(Classroom.config))
        classroom = Classroom.apart(folder / "room")
        yield folder, classroom, {row.student: row for row in _grade(folder, classroom, DUE)}


def _zero_when_late(config):
    def zero_when_late(self, *args):
        changed = config(self, *args)
        changed.LateSubmissionPlugin.penalty_method = "zero"
        return changed

    return zero_when_late


def _grade(folder, classroom, due):
    times, roster = read_times(folder / "times.csv"), read_roster(folder / "roster.csv")
    until = read_time(due, "--due") if due else None
    return grade.grade_folder(NAME, folder / "moodle.zip", classroom, 1, True, times, roster, until)


@pytest.mark.slow
def test_the_table_has_the_points_that_are_left_and_says_how_late(week):
    _, _, results = week
    assert {name: row.points for name, row in results.items()} == {
        "ada": 3, "bo": 0, "cy": 0, "di": None, "Eve X": None,
    }  # fmt: skip
    assert results["ada"].notes == ()
    assert results["bo"].notes == ("late by 30 min, an extension of 1 day not counted; 3 points were taken for it.",)
    assert results["cy"].notes == ("late by 20 min; 3 points were taken for it.",)
    assert "late by 20 min" in table(list(results.values()), LESSON.exercises)


@pytest.mark.slow
def test_who_is_missing_and_who_is_unknown_has_a_line(week):
    _, classroom, results = week
    assert results["di"].notes == ("nothing handed in. (The roster has this student.)",)
    assert "not in the roster" in results["Eve X"].notes[0]
    assert not (classroom.root / "submitted" / "Eve X").exists()


@pytest.mark.slow
def test_the_gradebook_knows_names_times_and_extensions(week):
    _, classroom, _ = week
    with Gradebook(classroom.db_url, classroom.course_id) as book:
        student, submission = book.find_student("bo"), book.find_submission(NAME, "bo")
        assert (student.first_name, student.last_name, student.email) == ("Bo", "Y", "bo@x.org")
        assert (submission.timestamp, submission.extension) == (datetime(2026, 2, 2, 12, 30), timedelta(days=1))
        assert submission.duedate == datetime(2026, 2, 2, 12)
        assert {s.id for s in book.students} == {"ada", "bo", "cy"}


@pytest.mark.slow
def test_what_the_download_told_is_kept_for_exports(week):
    _, classroom, _ = week
    facts = json.loads((classroom.root / "handed_in" / f"{NAME}.json").read_text())
    assert facts.keys() == {"ada", "bo", "cy"}
    assert facts["bo"] == {
        "layout": "moodle", "id": "bo", "name": "Bo Y", "email": "bo@x.org", "section": "A", "ids": {"moodle": "1002"},
        "file": f"Bo Y_1002_assignsubmission_file_/{NAME}.ipynb", "attempt": "", "handed_in": "2026-02-02T12:30:00",
        "late": True,
    }  # fmt: skip
    assert [facts["ada"]["late"], facts["cy"]["late"]] == [False, True]


@pytest.mark.slow
def test_the_weeks_before_are_the_memory_where_there_is_no_roster(week):
    _, classroom, _ = week
    known = class_list("01_standardize", classroom)
    assert not known.is_closed and {person.id for person in known.people} == {"ada", "bo", "cy"}
    assert all("moodle" not in person.ids for person in known.people)
    assert {p.ids["moodle"] for p in class_list(NAME, classroom).people} == {"1001", "1002", "1003"}


@pytest.mark.slow
def test_another_due_date_is_heeded_without_judging_again(week, monkeypatch):
    folder, classroom, _ = week
    before = {path: path.stat().st_mtime_ns for path in (classroom.root / "autograded").rglob("*.ipynb")}
    later = {row.student: row for row in _grade(folder, classroom, "2026-02-01T12:25+00:00")}
    assert later["cy"].points == 3 and later["cy"].notes == ()
    assert later["bo"].notes[0].startswith("late by 5 min")
    assert {row.student: row.points for row in grade.regrade(NAME, classroom, trusted=True)}["cy"] == 3
    assert _grade(folder, classroom, DUE)[3].points == 0
    assert before == {path: path.stat().st_mtime_ns for path in (classroom.root / "autograded").rglob("*.ipynb")}


def test_a_dry_run_tells_what_was_understood_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("autograder.grading.classroom.FOLDER", tmp_path / "room")
    (tmp_path / "class.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for day in (30, 31):
            name = f"Welcome_ada_attempt_2026-01-{day}-12-00-00_{NAME}.ipynb"
            archive.writestr(name, "{}")
        archive.writestr(f"Welcome_bob_attempt_2026-01-30-12-00-00_{NAME}.ipynb", "{}")
        archive.writestr("Welcome_cyd_attempt_2026-01-30-12-00-00_work.pdf", "%PDF")
        archive.writestr("notes.docx", "x")
    (tmp_path / "roster.csv").write_text("id,extension\nada,2 h\nbob,\ncyd,\ndie,\n")
    before = sorted(tmp_path.rglob("*"))
    options = ["--roster", str(tmp_path / "roster.csv"), "--due", "2026-01-31T10:30+01:00", "--dry-run"]
    assert main(["grade", NAME, "--submissions", str(tmp_path / "class.zip"), *options]) == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert capsys.readouterr().out.splitlines() == [
        "Layout: blackboard. Nothing was graded, and nothing written.",
        "",
        "student  name  attempt              handed in             late       file",
        "-------------------------------------------------------------------------",
        "ada            2026-01-31-12-00-00  2026-01-31 12:00 UTC  by 30 min  "
        f"Welcome_ada_attempt_2026-01-31-12-00-00_{NAME}.ipynb",
        "    earlier attempts, not used: 2026-01-30 12:00:00.",
        "bob            2026-01-30-12-00-00  2026-01-30 12:00 UTC  no         "
        f"Welcome_bob_attempt_2026-01-30-12-00-00_{NAME}.ipynb",
        "cyd                                                                  –",
        "    nothing handed in. There are only work.pdf.",
        "",
        "2 of 3 students would be graded.",
        "There are no receipts (.txt) in the download: its assignment is taken to be 'Welcome_'.",
        "The download tells times without a time zone: where no receipt has one, UTC is taken.",
        "Not used, since nobody's: notes.docx",
        "In the roster and not there: die",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--due", "noon"], "--due: 'noon' is not a time such as 2026-01-31T12:00"),
        (["--roster", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["--times", "nowhere.csv"], "nowhere.csv cannot be read"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_done(options, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["grade", NAME, "--submissions", ".", *options]) == 2
    assert words in capsys.readouterr().err and not list(tmp_path.iterdir())
