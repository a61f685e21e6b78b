"""Several programs at one gradebook: graders wait for each other, and for what else writes there; nothing is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from nbgrader.api import Gradebook

from autograder.grading import database, gradebook
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.database import connected
from autograder.grading.gradebook import LessonRows
from autograder.grading.lock import alone_in
from autograder.grading.prepare import prepare
from autograder.grading.standing import Row
from autograder.lessons import ROOT, load_lesson

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows")

NAME = "00_welcome"
LESSON = load_lesson(NAME)
#: A program that holds the lock of a classroom until it is ended.
HOLDS = """
import sys, time
from pathlib import Path
from autograder.grading.classroom import Classroom
from autograder.grading.lock import alone_in

with alone_in(Classroom.apart(Path(sys.argv[1])), "03_forward"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def room(tmp_path):
    return Classroom.apart(tmp_path / "room")


def begin(program, *args):
    """Start a program; what it says can be read while it runs."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(program), *map(str, args)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c():
    """A program that a shell starts in the background is deaf to Ctrl-C, and so is what that one starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def program(tmp_path):
    def write(text):
        path = tmp_path / "program.py"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def holder(program, room):
    process = begin(program(HOLDS), room.root)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_is_told_who_is_at_it_and_goes_on_when_the_first_was_killed(holder, room, capsys):
    def kill_once_told():
        while "Waiting for" not in "".join(told):
            told.append(capsys.readouterr().err)
            time.sleep(0.05)
        holder.kill()

    told = []
    killing = threading.Thread(target=kill_once_told)
    killing.start()
    with alone_in(room, NAME):
        assert str(os.getpid()) in (room.root / "lock").read_text()
    killing.join()
    (line,) = "".join(told).splitlines()
    assert ", who has been grading 03_forward since 2" in line and f"(process {holder.pid} on " in line
    assert (room.root / "lock").read_text() == ""


def test_ctrl_c_ends_the_waiting_and_changes_nothing(holder, program, room):
    before = sorted(room.root.rglob("*"))
    waiting = begin(program(HOLDS), room.root)
    assert "Waiting for" in waiting.stderr.readline()
    waiting.send_signal(signal.SIGINT)
    _, said = waiting.communicate()
    assert waiting.returncode != 0 and said.strip().endswith("KeyboardInterrupt")
    assert sorted(room.root.rglob("*")) == before and holder.poll() is None


def test_a_folder_that_cannot_be_locked_is_told_and_graded_in(room, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with alone_in(room, NAME):
        pass
    assert "cannot be locked (No locks available): see to it that nobody else grades now." in capsys.readouterr().err


# Programs that know nothing of the lock


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    classroom = Classroom.apart(tmp_path_factory.mktemp("prepared"))
    prepare(read_built(NAME), classroom)
    return classroom


@pytest.fixture
def rows(prepared):
    with connected(prepared) as connection:
        yield LessonRows(connection, NAME)


def record(rows, student, points):
    rows.write([Row(student, {"check_center": 1, "hidden_center": points})])


def points(rows, student):
    return {name: cell.points for name, cell in rows.standings([student])[student].cells.items()}


def test_what_another_program_writes_at_the_same_time_is_met_by_writing_again(prepared, rows, monkeypatch):
    execute = LessonRows._execute

    def execute_after_another_did(self, *given):
        monkeypatch.setattr(LessonRows, "_execute", execute)
        with Gradebook(prepared.db_url, prepared.course_id) as others:
            others.add_student("met")
        return execute(self, *given)

    monkeypatch.setattr(LessonRows, "_execute", execute_after_another_did)
    record(rows, "met", 2)
    assert sum(points(rows, "met").values()) == 3


def test_a_program_that_holds_the_gradebook_for_a_while_is_waited_for(prepared, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0)
    other = sqlite3.connect(prepared.root / "gradebook.db", isolation_level=None, check_same_thread=False)
    waits = []

    def let_go(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            other.execute("COMMIT")

    monkeypatch.setattr(gradebook.time, "sleep", let_go)
    with connected(prepared) as connection:
        rows = LessonRows(connection, NAME)
        other.execute("BEGIN IMMEDIATE")
        record(rows, "patient", 1)
        assert sum(points(rows, "patient").values()) == 2
    assert len(waits) == 2
    other.close()


def test_a_score_set_by_hand_while_grading_goes_on_stays(prepared, rows):
    record(rows, "hand", 0)
    assert points(rows, "hand")["hidden_center"] == 0
    with Gradebook(prepared.db_url, prepared.course_id) as formgrader:
        formgrader.find_grade("hidden_center", NAME, NAME, "hand").manual_score = 1.5
        formgrader.db.commit()
    record(rows, "hand", 1)
    assert points(rows, "hand")["hidden_center"] == 1.5
    with Gradebook(prepared.db_url, prepared.course_id) as formgrader:
        grade = formgrader.find_grade("hidden_center", NAME, NAME, "hand")
        assert (grade.auto_score, grade.score, grade.needs_manual_grade) == (1, 1.5, True)
