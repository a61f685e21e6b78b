"""Where the gradebook is, a file or a PostgreSQL server, and how many grade into it, changes nothing that is in it."""

import os
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
import sqlalchemy
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.cli import main
from autograder.collecting.people import Person
from autograder.collecting.roster import Extension, Roster
from autograder.grading import prepare, sample_class
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.database import GradebookError, has_gradebook
from autograder.grading.grade import grade_folder, regrade
from autograder.lessons import ROOT, load_lesson

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows")

NAME, OTHER = "00_welcome", "02_signal"
#: A program that grades a class into a classroom.
GRADES = """
import sys
from pathlib import Path
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom
from autograder.grading import grade, pool
from autograder.grading.grade import grade_folder

if __name__ == "__main__":
    lesson, folder, room, db_url, *stop = sys.argv[1:]
    if stop:  # when so many are recorded, wait for a line
        say, pool.TOGETHER = grade.say_progress, 1
        grade.say_progress = lambda line: (say(line), line.startswith(f"[{stop[0]}/") and input())
    try:
        rows = grade_folder(lesson, Path(folder), Classroom(Path(room), db_url), trusted=True)
    except CourseError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.exit(any(row.failed for row in rows))
"""


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """Lesson -> the folder of its sample class."""
    folders = {name: tmp_path_factory.mktemp(name) for name in (NAME, OTHER)}
    for name, folder in folders.items():
        sample_class.write_submissions(sample_class.sample_class(load_lesson(name)), name, folder)
    return folders


@pytest.fixture(scope="module")
def alone(classes, tmp_path_factory):
    """Lesson -> what is in the gradebook, of a class that was graded alone, into a file."""

    def graded(name):
        room = Classroom.apart(tmp_path_factory.mktemp("alone"))
        grade_folder(name, classes[name], room, jobs=2, trusted=True)
        return content(room.db_url, name)

    return {name: graded(name) for name in classes}


def content(db_url, lesson):
    """All that the gradebook has of a lesson, by what it is about, and that of everything once."""
    with Gradebook(db_url, "batchnorm") as book:
        submissions = book.assignment_submissions(lesson)
        grades = [row for found in submissions for notebook in found.notebooks for row in notebook.grades]
        comments = [row for found in submissions for notebook in found.notebooks for row in notebook.comments]
        rows = [("submission", found.student.id, found.name, found.timestamp, found.extension) for found in submissions]
        rows += [("grade", row.student.id, row.name, row.auto_score, row.needs_manual_grade) for row in grades]
        rows += [("comment", row.student.id, row.name, row.auto_comment, row.manual_comment) for row in comments]
        rows += [
            ("late", n.student.id, n.late_submission_penalty, n.flagged, 0) for s in submissions for n in s.notebooks
        ]
        assert len({row[:3] for row in rows}) == len(rows), "something is there twice"
        return sorted(rows, key=repr)


def begin(tmp_path, *arguments, **options):
    """Start a program that grades, as the head of a group of its own."""
    program = tmp_path / "grades.py"
    program.write_text(GRADES)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, program, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, process_group=0, **options)


# What is in it


@pytest.mark.slow
def test_a_server_gets_what_a_file_gets_and_all_that_reads_it_says_the_same(postgresql, classes, tmp_path, capsys):
    due = datetime(2026, 1, 31, 11)
    handed_in = dict.fromkeys(("hopper", "turing", "lovelace"), due + timedelta(hours=1.5))
    people = [Person(path.name, "Ada \0 Augusta" + 40 * " King", "a@b.example") for path in classes[NAME].iterdir()]
    roster = Roster(tuple(people), {"hopper": Extension(timedelta(days=2, microseconds=5))})
    told = []
    for place, db_url in (("file", f"sqlite:///{tmp_path}/a.db"), ("server", postgresql.make())):
        room = Classroom(tmp_path / place, db_url)
        rows = grade_folder(NAME, classes[NAME], room, trusted=True, handed_in=handed_in, roster=roster, due=due)
        again = regrade(NAME, room, trusted=True)
        assert not any(row.failed for row in rows + again)
        assert [row.points for row in again] == [row.points for row in rows if row.points is not None]
        told.append([content(db_url, NAME), read_by_nbgrader(room), read_by_us(room, tmp_path, capsys)])
    for file, server in zip(*told):
        assert file == server
    assert any(row[0] == "submission" and row[4] for row in told[1][0]), "nobody has more time"


def read_by_nbgrader(room):
    """What formgrader's lists and `nbgrader export` are made from, but for numbers of rows."""
    with Gradebook(room.db_url, room.course_id) as book:
        exported = room.root / "export.csv"
        plugin = CsvExportPlugin()
        plugin.to = str(exported)
        plugin.export(book)
        lists = [book.student_dicts(), book.submission_dicts(NAME), book.notebook_submission_dicts(NAME, NAME)]
        lists += [[found.to_dict() for found in book.assignments], [book.find_student("hopper").to_dict()]]
        averages = book.average_assignment_score(NAME), book.average_notebook_code_score(NAME, NAME)
    rows = [sorted((name, value) for name, value in row.items() if name != "id") for found in lists for row in found]
    return sorted(exported.read_text().splitlines()), sorted(map(repr, rows)), averages


def read_by_us(room, tmp_path, capsys):
    """What report, export and feedback pages say."""
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Classroom, "of_the_course", classmethod(lambda cls: room))
        for command in (["report", NAME, "--json"], ["feedback", NAME]):
            capsys.readouterr()
            assert main(command) == 0
            told.append(capsys.readouterr().out.replace(str(room.root), ""))
        output = tmp_path / f"{room.root.name}.csv"
        assert main(["export", NAME, "--csv", "--output", str(output)]) == 0
    return told, output.read_text()


# Two graders at once


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rooms", "lessons"),
    [(("one", "one"), (NAME, NAME)), (("one", "two"), (NAME, NAME)), (("one", "two"), (NAME, OTHER))],
    ids=["one classroom", "two classrooms", "two lessons"],
)
def test_two_graders_at_once_record_what_one_alone_does(new_gradebook, classes, alone, tmp_path, rooms, lessons):
    graders = [
        begin(tmp_path, lesson, classes[lesson], tmp_path / room, new_gradebook)
        for room, lesson in zip(rooms, lessons)
    ]  # fmt: skip
    said = [grader.communicate()[1] for grader in graders]
    assert [grader.returncode for grader in graders] == [0, 0], said
    # Whose folder or file it is, waits; a server's graders wait only while one puts its lesson there.
    assert ("postgresql" in new_gradebook and rooms[0] != rooms[1]) or "".join(said).count("Waiting for") == 1
    for lesson in lessons:
        assert content(new_gradebook, lesson) == alone[lesson]


# A server that is not there


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Make a classroom whose gradebook is at an address; the commands take it for the course's."""

    def made(db_url):
        room = Classroom(tmp_path / "room", db_url)
        monkeypatch.setattr(Classroom, "of_the_course", classmethod(lambda cls: room))
        return room

    return made


COMMANDS = (["grade", NAME, "--submissions", "."], ["report"], ["export", NAME, "--csv"])


@pytest.mark.parametrize(
    ("db_url", "words"),
    [
        (
            "postgresql://me:hush@/b?host=/nowhere",
            ["postgresql://me:***@/b?host=%2Fnowhere cannot be used", "server runs"],
        ),
        ("postgresql://127.0.0.1:1/b?password=hush", ["postgresql://127.0.0.1:1/b cannot be used", "server runs"]),
        ("postgresql//me:hush@somewhere", ["is no gradebook's address", "nbgrader_config.py"]),
        ("postgrescool://me:hush@somewhere/b", ["is no gradebook's address", "postgrescool"]),
        (
            f"sqlite:///{ROOT}/pyproject.toml",
            ["pyproject.toml cannot be used", "file is not a database", "Move it away"],
        ),
    ],
)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_gradebook_that_cannot_be_opened_is_told_without_its_password(room, capsys, command, db_url, words):
    room(db_url)
    assert main(command) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words) and "hush" not in told, told


def test_a_wrong_password_is_told_and_not_said(postgresql, room, capsys):
    room(postgresql.url("postgres", password="hush"))
    assert main(["report"]) == 2
    told = capsys.readouterr().err
    assert "password authentication failed" in told and "lets you in" in told and "hush" not in told


def test_a_missing_driver_is_named_with_what_installs_it(room, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    room("postgresql://me:hush@somewhere/b")
    assert main(["report"]) == 2
    told = capsys.readouterr().err
    assert "pip install -c constraints.txt 'psycopg[binary]'" in told and "hush" not in told


def test_in_an_empty_database_nothing_has_been_graded(postgresql, room, capsys):
    empty = room(postgresql.make())
    assert not has_gradebook(empty)
    assert main(["report"]) == 2
    assert "nothing has been graded" in capsys.readouterr().err


def test_a_database_that_cannot_keep_all_names_is_refused(postgresql, room):
    latin = room(postgresql.make("--encoding=LATIN1", "--template=template0", "--locale=C"))
    with pytest.raises(GradebookError, match="keeps text as LATIN1"):
        prepare.prepare(read_built(NAME), latin)
    assert not has_gradebook(latin)


def test_a_database_that_we_may_not_write_in_is_told(postgresql, room):
    ours = room(postgresql.make())
    with sqlalchemy.create_engine(ours.db_url).begin() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN PASSWORD 'hush'")
    others = Classroom(ours.root, ours.db_url.replace(f"grader:{postgresql.password}", "reader:hush"))
    with pytest.raises(GradebookError, match="permission denied.*lets you in") as caught:
        prepare.prepare(read_built(NAME), others)
    assert "hush" not in str(caught.value)


def test_where_the_gradebook_is_is_said_without_its_password(postgresql, room, classes, capsys):
    graded = room(postgresql.make())
    assert main(["grade", NAME, "--submissions", str(classes[NAME]), "--trust-submissions"]) == 0
    told = capsys.readouterr().out
    assert "Gradebook:      postgresql://grader:***@/gradebook_" in told and postgresql.password not in told
    written = (path.read_bytes() for path in graded.root.rglob("*") if path.is_file())
    assert not any(postgresql.password.encode() in text for text in written)


@pytest.mark.slow
def test_a_server_that_starts_again_while_grading_goes_on_costs_nobody_a_row(postgresql, classes, alone, tmp_path):
    db_url = postgresql.make()
    grading = tmp_path, NAME, classes[NAME], tmp_path / "room", db_url
    grader = begin(*grading)
    while not (line := grader.stderr.readline()).startswith("[2/"):
        assert line
    postgresql.stop()
    time.sleep(1)
    postgresql.start()
    grader.communicate()
    assert begin(*grading).wait() == 0
    assert content(db_url, NAME) == alone[NAME]


@pytest.mark.slow
def test_a_server_that_stays_away_ends_grading_with_a_word_and_what_was_finished_is_kept(
    postgresql, classes, alone, tmp_path
):
    db_url = postgresql.make()
    grading = tmp_path, NAME, classes[NAME], tmp_path / "room", db_url
    grader = begin(*grading, 2, stdin=subprocess.PIPE)
    while not (line := grader.stderr.readline()).startswith("[2/"):
        assert line
    postgresql.stop()
    said = grader.communicate("go on\n")[1]
    postgresql.start()
    assert grader.returncode == 1 and "GradebookError: the gradebook postgresql://grader:***@/" in said
    assert postgresql.password not in said and "Traceback" not in said
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "room" / "results").rglob("*.json")}
    assert begin(*grading).wait() == 0
    assert len(kept) >= 2 and all(path.stat().st_mtime_ns == changed for path, changed in kept.items())
    assert content(db_url, NAME) == alone[NAME]
