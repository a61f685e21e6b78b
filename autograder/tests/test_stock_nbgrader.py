"""nbgrader's own commands from the course's root: run as a teacher, and students, run them, in a copy of the course.

No environment is activated: of the programs that belong to Python, only the one that is called is found.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from jupyter_server.utils import url_path_join
from nbgrader.api import Gradebook

from autograder.grading.sample_class import filled
from autograder.lessons import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="neither grading nor the exchange works on Windows"),
]

NAME = "00_welcome"
NBGRADER = Path(sysconfig.get_path("scripts")) / "nbgrader"
RIGHT = "def center(x):\n    return x - x.mean(axis=0)"
WRONG = "def center(x):\n    return x"


class Course:
    """A fresh copy of the course, without a gradebook, and an exchange beside it.

    Attributes:
        root: the copy.
        homes: holds each student's home folder.
    """

    def __init__(self, folder):
        self.root, self.homes = folder / "course", folder / "homes"
        left_out = shutil.ignore_patterns("classroom", "tests", "__pycache__", ".*", "*.egg-info", "*.zip")
        shutil.copytree(ROOT, self.root, ignore=left_out)
        self.classroom = self.root / "autograder" / "classroom"
        exchange, settings = folder / "exchange", folder / "settings"
        exchange.mkdir()
        exchange.chmod(0o777)
        settings.mkdir()
        # What an administrator writes for everybody on a Hub; the course's own file lies in its root.
        (settings / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = 'batchnorm'\n"
        )
        self.env = {
            "PATH": os.pathsep.join(path for path in ("/usr/bin", "/bin") if not Path(path, "alembic").exists()),
            "PYTHONPATH": str(self.root),
            "JUPYTER_CONFIG_PATH": str(settings),
            "HOME": str(folder),
        }

    def run(self, *command, status=0):
        """Run nbgrader, or the course's own commands, in the root; return what it says."""
        return self._run(command, self.root, {}, status)

    def run_as(self, student, *command, status=0):
        """Run nbgrader in a student's home, who has neither the course's folder nor its settings."""
        home = self.homes / student
        home.mkdir(parents=True, exist_ok=True)
        return self._run((*command, f"--student={student}"), home, {"HOME": str(home)}, status)

    def _run(self, command, cwd, env, status):
        program = [sys.executable, "-m", "autograder"] if command[0] in ("grade", "regrade") else [NBGRADER]
        said = subprocess.run([*program, *command], cwd=cwd, env=self.env | env, capture_output=True, text=True)
        assert said.returncode == status, said.stdout + said.stderr
        return said.stdout + said.stderr

    def gradebook(self):
        return Gradebook(f"sqlite:///{self.classroom}/gradebook.db", "batchnorm")

    def scores(self):
        """Student -> points."""
        with self.gradebook() as book:
            return {submission.student.id: submission.score for submission in book.assignment_submissions(NAME)}

    def fetched(self, student):
        """The notebook that a student has fetched."""
        return self.homes / student / NAME / f"{NAME}.ipynb"

    def answer(self, student, answer):
        path = self.fetched(student)
        nbformat.write(filled(nbformat.read(path, as_version=4), {"center": answer}), path)
        return path.read_bytes()

    def pages(self, student):
        """The feedback pages that a student has fetched, the oldest attempt's first."""
        found = sorted((self.homes / student / NAME / "feedback").glob(f"*/{NAME}.html"))
        return [page.read_text(encoding="utf-8") for page in found]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """One copy for tests that do not mind what others did to it."""
    return Course(tmp_path_factory.mktemp("stock"))


def notebooks(course):
    files = sorted(path for place in ("notebooks", "solutions") for path in (course.root / place).rglob("*.*"))
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def hand_in(folder, course, student, answer):
    """Write a submission into a folder of students' folders."""
    released = nbformat.read(course.root / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
    path = folder / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(filled(released, {"center": answer}), path)
    return path


# The exchange of a Hub


def test_the_exchange_closes(tmp_path):
    course = Course(tmp_path)
    course.run("generate_assignment", NAME)
    course.run("release_assignment", NAME)
    for student in ("ada", "bob"):
        course.run_as(student, "fetch_assignment", NAME)

    # Ada hands in twice. Then it is too late, and Bob hands in what he has damaged.
    course.answer("ada", WRONG)
    course.run_as("ada", "submit", NAME)
    second = course.answer("ada", RIGHT)
    course.run_as("ada", "submit", NAME)
    course.run("db", "assignment", "add", NAME, f"--duedate={datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC")
    notebook = nbformat.read(course.fetched("bob"), as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "check_center"]
    nbformat.write(notebook, course.fetched("bob"))
    damaged = course.answer("bob", RIGHT)
    course.run_as("bob", "submit", NAME)

    course.run("collect", NAME)
    told = course.run("grade", NAME, "--collected")
    assert "check_center was deleted; it was put back." in told
    assert "not used" not in told
    assert course.scores() == {"ada": 3, "bob": 3}
    with course.gradebook() as book:
        late = {row.student.id: row.total_seconds_late > 0 for row in book.assignment_submissions(NAME)}
    assert late == {"ada": False, "bob": True}
    # What was handed in is kept as it was; what lies in its place has been put in order, so stock nbgrader takes it.
    kept = {path.read_bytes() for path in (course.classroom / "previous").rglob("*.ipynb")}
    kept |= {path.read_bytes() for path in (course.classroom / "submitted").rglob("*.ipynb")}
    assert {second, damaged} <= kept

    # Carol sent hers by mail. It leads no feedback to anybody, and keeps nobody else's back.
    hand_in(tmp_path / "mail", course, "carol", WRONG)
    course.run("grade", NAME, "--submissions", tmp_path / "mail")
    course.run("release_feedback", NAME)
    for student in ("ada", "bob"):
        course.run_as(student, "fetch_feedback", NAME)
        page = course.classroom / "feedback" / student / NAME / f"{NAME}.html"
        assert course.pages(student) == [page.read_text(encoding="utf-8")]

    # The second round: a third attempt is collected and graded, and nothing else is judged or told anew.
    before = course.pages("ada")
    course.answer("ada", WRONG)
    course.run_as("ada", "submit", NAME)
    course.run("collect", NAME, "--update")
    told = course.run("grade", NAME, "--collected")
    assert "check_center was deleted; it was put back." in told
    assert course.scores() == {"ada": 0, "bob": 3, "carol": 0}
    course.run("release_feedback", NAME)
    course.run_as("ada", "fetch_feedback", NAME)
    first, third = course.pages("ada")
    assert [first] == before and third != first

    # Stock nbgrader takes what was put in order, and gives the same.
    course.run("autograde", NAME, "--force")
    assert course.scores() == {"ada": 0, "bob": 3, "carol": 0}
    course.run("release_feedback", NAME)


# One command after another


def test_a_fresh_copy_is_released_and_no_notebook_is_touched(course):
    before = notebooks(course)
    course.run("generate_assignment", NAME, "--force")
    assert notebooks(course) == before
    released = course.classroom / "release" / NAME / f"{NAME}.ipynb"
    learners = course.root / "notebooks" / NAME / f"{NAME}.ipynb"
    sources = [[cell.source for cell in nbformat.read(path, as_version=4).cells] for path in (released, learners)]
    assert sources[0] == sources[1]
    # What stops in the middle takes nothing with it either.
    (course.classroom / "gradebook.db").write_text("no gradebook")
    course.run("generate_assignment", NAME, "--force", status=1)
    assert notebooks(course) == before
    (course.classroom / "gradebook.db").unlink()


@pytest.mark.parametrize(("place", "words"), [("solutions", "Success!"), ("notebooks", "VALIDATION FAILED")])
def test_validate_tells_solved_notebooks_from_released_ones(course, place, words):
    before = notebooks(course)
    assert words in course.run("validate", f"{place}/{NAME}/{NAME}.ipynb")
    assert notebooks(course) == before


def test_zip_collect_autograde_export_and_generate_feedback_work_from_the_root(course, tmp_path):
    course.run("generate_assignment", NAME, "--force")
    archive = course.root / "downloaded" / NAME / "archive" / "class.zip"
    archive.parent.mkdir(parents=True)
    with ZipFile(archive, "w") as file:
        for student, answer in {"dora": RIGHT, "emil": WRONG}.items():
            path = hand_in(tmp_path, course, student, answer)
            file.write(path, f"{student}_2026-01-31-12-00-00_attempt_{NAME}.ipynb")
    pattern = r".*/(?P<student_id>\w+)_(?P<timestamp>[-\d]+)_attempt_(?P<file_id>\w+)"
    course.run("zip_collect", NAME, f"--FileNameCollectorPlugin.named_regexp={pattern}")
    course.run("autograde", NAME)
    assert course.scores() == {"dora": 3, "emil": 0}
    course.run("export")
    rows = (course.root / "grades.csv").read_text().splitlines()
    assert {(row.split(",")[3], float(row.split(",")[-2])) for row in rows[1:]} == {("dora", 3), ("emil", 0)}
    course.run("generate_feedback", NAME)
    page = course.classroom / "feedback" / "emil" / NAME / f"{NAME}.html"
    assert "hidden_center" in page.read_text()
    # Ours takes over what was collected so, gives the same, and replaces the page, which shows hidden tests.
    course.run("grade", NAME, "--collected")
    assert course.scores() == {"dora": 3, "emil": 0}
    assert "hidden_center" not in page.read_text()


@contextmanager
def formgrader(course, folder):
    """Start a Jupyter server with formgrader in the course's root; give a function that asks it."""
    said = folder / "server.log"
    extensions = dict.fromkeys(("jupyterlab", "jupyterlab_jupytext", "jupyter_lsp", "notebook"), False)
    options = ["--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=token"]
    options += [f"--ServerApp.jpserver_extensions={extensions | {'nbgrader.server_extensions.formgrader': True}}"]
    command = [sys.executable, "-m", "jupyter", "server", *options]
    with open(said, "w") as log:
        server = subprocess.Popen(command, cwd=course.root, env=course.env, stdout=log, stderr=log)
    try:
        while not (lines := [line for line in said.read_text().splitlines() if "http://127.0.0.1:" in line]):
            assert server.poll() is None, said.read_text()
            time.sleep(0.1)
        place = lines[0].split()[-1].partition("?")[0]

        def ask(path, body=None):
            data = json.dumps(body).encode() if body else None
            headers = {"Authorization": "token token", "Content-Type": "application/json"}
            url = url_path_join(place, "formgrader", path)
            request = urllib.request.Request(url, data, headers, method="PUT" if body else "GET")
            with urllib.request.urlopen(request) as answer:
                return answer.read().decode()

        yield ask
    finally:
        server.terminate()
        server.wait()


def test_formgrader_shows_what_was_graded_and_a_score_set_in_it_stays(course, tmp_path):
    hand_in(tmp_path / "class", course, "fay", WRONG)
    course.run("grade", NAME, "--submissions", tmp_path / "class")
    with formgrader(course, tmp_path) as ask:
        (welcome,) = [row for row in json.loads(ask("api/assignments")) if row["name"] == NAME]
        assert welcome["max_score"] == 3 and welcome["status"] == "draft" and welcome["num_submissions"] >= 1
        (fays,) = [row for row in json.loads(ask(f"api/submissions/{NAME}")) if row["student"] == "fay"]
        assert (fays["score"], fays["autograded"], fays["submitted"]) == (0, True, True)
        (notebook,) = [
            row for row in json.loads(ask(f"api/submitted_notebooks/{NAME}/{NAME}")) if row["student"] == "fay"
        ]
        for page in ("", "gradebook", f"manage_submissions/{NAME}", f"submissions/{notebook['id']}"):
            assert "<title>" in ask(page)
        grades = json.loads(ask(f"api/grades?submission_id={notebook['id']}"))
        (hidden,) = [row for row in grades if row["name"] == "hidden_center"]
        ask(f"api/grade/{hidden['id']}", {"manual_score": 1.5})
        told = course.run("grade", NAME, "--submissions", tmp_path / "class")
        assert "points for hidden_center were set by hand." in told
        assert json.loads(ask(f"api/grade/{hidden['id']}"))["manual_score"] == 1.5
    assert course.scores()["fay"] == 1.5
    assert course.run("regrade", NAME) and course.scores()["fay"] == 1.5
