"""Grading that is killed at any moment, with all that it has started, and done again: nothing is lost, nothing twice.

`KILLS=10 python -m pytest -n0 autograder/tests/test_killed.py` does it ten times; each says its seed where it fails.
"""

import contextlib
import copy
import os
import random
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.grading import sample_class
from autograder.grading.classroom import Classroom
from autograder.lessons import ROOT, load_lesson

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows"),
]

NAME = "00_welcome"
ANSWERS = {"right": "def center(x):\n    return x - x.mean(axis=0)", "wrong": "def center(x):\n    return x - x.mean()"}
STUDENTS = 24
#: How often a grader is killed before one is left to finish; and how often all of that is tried.
DEATHS, REPEATS = 4, int(os.environ.get("KILLS", "1"))
#: A program that grades a class into a classroom.
GRADES = """
import sys
from pathlib import Path
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder

if __name__ == "__main__":
    folder, room, db_url = sys.argv[1:]
    rows = grade_folder("00_welcome", Path(folder), Classroom(Path(room), db_url), jobs=2, trusted=True)
    sys.exit('; '.join(f'{row.student}: {row.notes}' for row in rows if row.failed) or 0)
"""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A class whose students have each written something of their own: right, wrong, right, wrong."""
    released = release(load_lesson(NAME), make_notebook(load_lesson(NAME)))
    folder = tmp_path_factory.mktemp("class")
    for number in range(STUDENTS):
        made = copy.deepcopy(sample_class.filled(released, {"center": list(ANSWERS.values())[number % 2]}))
        made.cells.append(nbformat.v4.new_markdown_cell(f"I am {number}.", id="me"))
        path = folder / f"student{number:02}" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(made), encoding="utf-8")
    return folder


class Grader:
    """One after another, graders of one class into one classroom."""

    def __init__(self, folder, handed_in, db_url):
        self.room, self.db_url = folder / "room", db_url
        program = folder / "grades.py"
        program.write_text(GRADES)
        self._command = [sys.executable, program, handed_in, self.room, db_url]

    def start(self):
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, process_group=0
        )

    def kill(self, draw):
        """Start one and kill it, with all that it has started, after so many lines of progress and a moment."""
        running = self.start()
        for _ in range(draw.randrange(STUDENTS + 1)):
            running.stderr.readline()
        time.sleep(draw.choice((0, 0.05 * draw.random(), 3 * draw.random())))
        started = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
        with contextlib.suppress(ProcessLookupError):  # it has come to its end
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        assert not psutil.wait_procs(started, timeout=30)[1], "something survives the grader"

    def kept(self):
        """What is finished: path -> when it was written."""
        files = (self.room / "results" / NAME).glob("*.json")
        return {path.name: path.stat().st_mtime_ns for path in files if path.name[0] != "."}

    def rows(self):
        """Student -> the points of each cell; nobody is there twice."""
        with Gradebook(self.db_url, "batchnorm") as book:
            submissions = book.assignment_submissions(NAME)
            found = {
                submission.student.id: sorted(
                    (row.name, row.auto_score, row.manual_score) for n in submission.notebooks for row in n.grades
                )
                for submission in submissions
            }
            assert len(found) == len(submissions) and {len(rows) for rows in found.values()} <= {2}
            return found

    def set_by_hand(self, student):
        with Gradebook(self.db_url, "batchnorm") as book:
            book.find_grade("hidden_center", NAME, NAME, student).manual_score = 0.5
            book.db.commit()


@pytest.mark.parametrize("number", range(REPEATS))
def test_what_is_killed_at_any_moment_is_completed_by_grading_again(handed_in, new_gradebook, tmp_path, number):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw, grader = random.Random(seed), Grader(tmp_path, handed_in, new_gradebook)
    by_hand = None
    for _ in range(DEATHS):
        before = grader.kept()
        grader.kill(draw)
        kept = grader.kept()
        assert before.items() <= kept.items(), "what was finished was done again"
        if kept and not by_hand:
            by_hand = min(kept).removesuffix(".json")
            grader.set_by_hand(by_hand)
    before = grader.kept()
    last = grader.start()
    said = last.communicate()[1]
    assert last.returncode == 0, said
    kept, rows = grader.kept(), grader.rows()
    assert before.items() <= kept.items() and len(kept) == STUDENTS
    points = {"right": [1.0, 2.0], "wrong": [0.0, 0.0]}
    for student, cells in rows.items():
        assert [auto for _, auto, _ in cells] == points["wrong" if int(student[-2:]) % 2 else "right"]
        assert [hand for _, _, hand in cells] == [None, 0.5 if student == by_hand else None]
    assert sorted(rows) == sorted(path.name for path in handed_in.iterdir())
    for step in ("autograded", "feedback", "submitted"):
        assert len(list((grader.room / step).glob(f"*/{NAME}/{NAME}.*"))) == STUDENTS
    assert not list(grader.room.rglob("*.writing"))


def test_a_classroom_never_has_half_a_secret(tmp_path, monkeypatch):
    room = Classroom.apart(tmp_path / "room")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", raise_interrupt)
        room.secret()
    secret = room.secret()
    assert len(secret) == 32 and room.secret() == secret
    assert (room.root / "secret").stat().st_mode & 0o077 == 0 and len(list(room.root.iterdir())) == 1


def raise_interrupt(*_):
    raise KeyboardInterrupt
