"""Grading a class: what is graded, and what is told."""

import hashlib
import json
import os
import shutil
import sysconfig
from concurrent.futures import Future
from datetime import datetime
from types import SimpleNamespace

import nbformat
import psutil
import pytest
import sqlalchemy
from nbgrader.api import Gradebook

from autograder.bench.peers import stock_nbgrader
from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import main
from autograder.collecting.times import TimesError, read_times
from autograder.exercises.bank import bank_of
from autograder.exercises.hidden import PartResult, seeds
from autograder.grading import grade, pool, sample_class
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.intake import received_before
from autograder.grading.judge import Judged, Verdict
from autograder.grading.kept import kept_text
from autograder.grading.keys import secret_of
from autograder.grading.marking import mark
from autograder.grading.prepare import GradingError, prepare
from autograder.grading.results import ExerciseResult, Result
from autograder.grading.standing import CellPoints, Standing
from autograder.grading.table import changes, table
from autograder.grading.tables import are_kept, make_tables
from autograder.grading.task import Task
from autograder.grading.verdicts import load_verdicts, read_verdicts
from autograder.lessons import load_lesson

NAME = "00_welcome"
LESSON = load_lesson(NAME)
RIGHT = "def center(x):\n    return x - x.mean(axis=0)"
RIGHT_VERDICT = Verdict(PartResult("visible check", 1, 1, True), (PartResult("fresh data", 2, 2, True),))


def contents(folder):
    """Path -> digest and time of change, of all files below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def with_answer(notebook, answer):
    return nbformat.writes(sample_class.filled(notebook, {"center": answer}))


def hand_in(folder, student, text):
    path = folder / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def grade_rows(classroom, lesson=NAME):
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        return {
            (submission.student.id, row.name): row.auto_score
            for submission in gradebook.assignment_submissions(lesson)
            for book in submission.notebooks
            for row in book.grades
        }


# The whole way


@pytest.fixture(scope="module")
def samples():
    return sample_class.sample_class(LESSON)


@pytest.fixture(scope="module")
def handed_in(samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    sample_class.write_submissions(samples, NAME, folder)
    return folder


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory):
    """The sample class, graded once: its classroom, the results by student, the folder before and after."""
    classroom = Classroom.apart(tmp_path_factory.mktemp("classroom"))
    before = contents(handed_in)
    results = {
        result.student: result for result in grade.grade_folder(NAME, handed_in, classroom, jobs=2, trusted=True)
    }
    return classroom, results, before, contents(handed_in)


@pytest.mark.slow
def test_each_student_of_the_sample_class_gets_the_points_deserved_in_each_exercise_and_part(graded, samples):
    classroom, results, _, _ = graded
    for sample in samples:
        if sample.answers is None:
            continue
        verdicts = load_verdicts(sample.student, NAME, classroom).judged.verdicts
        for exercise, deserved in sample.expected(LESSON).items():
            got = results[sample.student].exercises[exercise]
            hidden = {part.name: part.points for part in verdicts[exercise].hidden}
            assert hidden | {"visible check": got.points - sum(hidden.values())} == deserved, sample.student
        assert results[sample.student].max_points == sum(
            exercise.max_points for exercise in results["lovelace"].exercises.values()
        )


def test_a_new_gradebook_is_as_nbgrader_makes_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")  # it calls alembic
    ours, theirs = (f"sqlite:///{tmp_path}/{name}.db" for name in ("ours", "theirs"))
    make_tables(Classroom(tmp_path, ours))
    assert are_kept(Classroom(tmp_path, ours)), "write tables.sql anew: python -m autograder.grading.tables"
    Gradebook(theirs).close()
    made = []
    for url in (ours, theirs):
        with sqlalchemy.create_engine(url).connect() as gradebook:
            tables = gradebook.execute(sqlalchemy.text("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"))
            version = gradebook.execute(sqlalchemy.text("SELECT version_num FROM alembic_version"))
            made.append((sorted(tables.all()), version.scalar_one()))
    assert made[0] == made[1] and len(made[0][0]) > 10


@pytest.mark.slow
def test_judges_that_are_killed_cost_nobody_a_grade(graded, handed_in, tmp_path, monkeypatch):
    wait, killed = pool.Begun.wait, []

    def kill_once():
        servers = [child for child in psutil.Process().children() if "forkserver" in "".join(child.cmdline())]
        processes = [process for server in servers for process in server.children()]
        if not killed:
            killed.extend(processes)
            for process in processes:
                process.kill()

    def kill_and_wait(self, seconds):
        kill_once()
        return wait(self, seconds)

    monkeypatch.setattr(pool.Begun, "wait", kill_and_wait)
    results = grade.grade_folder(NAME, handed_in, Classroom.apart(tmp_path), trusted=True)
    assert killed and {result.student: result.points for result in results} == {
        student: result.points for student, result in graded[1].items()
    }


@pytest.mark.slow
def test_the_table_names_mistakes_untouched_exercises_and_damage(graded):
    _, results, _, _ = graded
    assert results["hopper"].notes == ("center: mean_of_rows",)
    assert results["gauss"].notes == ("center: nothing handed in.",)
    assert results["lovelace"].notes == ()
    assert "check_center was deleted; it was put back." in results["franklin"].notes
    assert results["ramanujan"].points is None
    assert "is not JSON (line" in results["ramanujan"].notes[0]
    assert not any(result.failed for result in results.values())


@pytest.mark.slow
def test_grading_leaves_the_submissions_as_they_were(graded):
    _, _, before, after = graded
    assert before == after


@pytest.mark.slow
def test_feedback_is_written_and_shows_the_diagnosis(graded):
    classroom, _, _, _ = graded
    page = classroom.notebook("feedback", "hopper", NAME, ".html").read_text(encoding="utf-8")
    assert "The mean of each row is subtracted" in page
    assert "columns, not rows" in page


@pytest.mark.slow
def test_stock_nbgrader_gives_the_same_grade_rows(graded, handed_in, tmp_path):
    stock = Classroom.apart(tmp_path)
    students = ("hopper", "lovelace", "gauss")
    for student in students:
        shutil.copytree(handed_in / student, tmp_path / "submitted" / student)
    shutil.copytree(graded[0].root / "source", tmp_path / "source")
    for command in ("generate_assignment", "autograde"):
        stock_nbgrader(command, NAME, stock)
    ours = {key: score for key, score in grade_rows(graded[0]).items() if key[0] in students}
    assert grade_rows(stock) == ours
    assert len(ours) == 2 * len(students)


def leave_out_experiments(path):
    """They take stock nbgrader most of its time, and decide no points."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    nbformat.write(notebook, path)


#: Lesson -> students of its sample class: functions that call each other, classes on tensors, wrong ones and right.
CORPUS = {"03_forward": ("noether",), "05_running_statistics": ("hopper", "turing")}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", CORPUS)
def test_stock_nbgrader_gives_the_same_grade_rows_in_larger_lessons(lesson, tmp_path):
    samples = [s for s in sample_class.sample_class(load_lesson(lesson)) if s.student in CORPUS[lesson]]
    ours, stock = Classroom.apart(tmp_path / "ours"), Classroom.apart(tmp_path / "stock")
    sample_class.write_submissions(samples, lesson, tmp_path / "class")
    for path in (tmp_path / "class").rglob("*.ipynb"):
        leave_out_experiments(path)
    assert all(
        result.points is not None for result in grade.grade_folder(lesson, tmp_path / "class", ours, 2, trusted=True)
    )
    shutil.copytree(ours.root / "source", stock.root / "source")
    shutil.copytree(ours.root / "submitted", stock.root / "submitted")
    for command in ("generate_assignment", "autograde"):
        stock_nbgrader(command, lesson, stock)
    rows = grade_rows(stock, lesson)
    assert rows == grade_rows(ours, lesson)
    assert len(rows) == 2 * len(load_lesson(lesson).exercises) * len(samples) and len(set(rows.values())) > 2


@pytest.mark.slow
def test_grading_the_same_again_changes_nothing(graded, handed_in, tmp_path):
    classroom, results, _, _ = graded
    rows = grade_rows(classroom)
    shutil.copytree(handed_in / "lovelace", tmp_path / "lovelace")
    assert grade.grade_folder(NAME, tmp_path, classroom, trusted=True) == [results["lovelace"]]
    assert grade_rows(classroom) == rows
    assert not (classroom.root / "previous").exists()


@pytest.mark.slow
def test_a_manual_score_and_comment_survive_grading_again(graded, handed_in, tmp_path):
    classroom, _, _, _ = graded
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        gradebook.find_grade("hidden_center", NAME, NAME, "hopper").manual_score = 1.5
        gradebook.find_comment("center", NAME, NAME, "hopper").manual_comment = "Nearly."
        gradebook.db.commit()
    shutil.copytree(handed_in / "hopper", tmp_path / "hopper")
    (again,) = grade.grade_folder(NAME, tmp_path, classroom, trusted=True)
    assert again.points == 1.5
    assert "points for hidden_center were set by hand." in again.notes
    assert "Nearly." in classroom.notebook("feedback", "hopper", NAME, ".html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_process_that_dies_costs_only_its_student_and_a_warning_costs_nothing(graded, samples, tmp_path, capsys):
    notebook = nbformat.reads(samples[0].text, as_version=4)
    hand_in(tmp_path, "dies", with_answer(notebook, "import os\nos._exit(1)"))
    hand_in(
        tmp_path,
        "warns",
        with_answer(notebook, f"import sys\n{RIGHT}".replace("return", "print(1, file=sys.stderr); return")),
    )
    dies, warns = grade.grade_folder(NAME, tmp_path, graded[0], trusted=True)
    assert dies.points == 0
    assert "center: its cell stops with Stopped: its process ended" in dies.notes[0]
    assert warns.points == warns.max_points
    assert "[1/2] dies 0 of 3\n[2/2] warns 3 of 3" in capsys.readouterr().err


@pytest.fixture
def secrets_used(monkeypatch):
    """The secrets of what is judged from now on, in order."""
    used = []

    def judge(lesson, notebook, zygote, untouched, secret, settled):
        used.append(secret)
        return Judged({"center": RIGHT_VERDICT}, {}, "none", 0.0)

    def submit(self, task):
        future = Future()
        future.set_result(mark(LESSON, task, SimpleNamespace(level="none")))
        return future

    monkeypatch.setattr("autograder.grading.marking.judge", judge)
    monkeypatch.setattr(pool.Judges, "submit", submit)
    return used


def test_each_student_and_each_attempt_gets_data_of_its_own_and_judging_again_the_same(
    tmp_path, monkeypatch, secrets_used
):
    released = release(LESSON, make_notebook(LESSON))
    paths = [hand_in(tmp_path / "class", student, with_answer(released, RIGHT)) for student in ("ada", "bob")]
    room = Classroom.apart(tmp_path / "room")

    def graded():
        before = len(secrets_used)
        assert all(row.points == 3 for row in grade.grade_folder(NAME, tmp_path / "class", room, trusted=True))
        return secrets_used[before:]

    ada, bob = graded()
    assert ada != bob
    part = bank_of("center").parts[0]
    assert not set(seeds(bank_of("center"), part, ada)) & set(seeds(bank_of("center"), part, bob))
    assert graded() == []  # the same again costs nothing
    secrets_used.clear()
    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.marking.verdict_keys", lambda *given: {"center": "another engine"})
        assert all(row.points == 3 for row in grade.regrade(NAME, room, trusted=True))
    assert secrets_used == [ada, bob]
    assert all(row.points == 3 for row in grade.regrade(NAME, room, trusted=True))
    paths[0].write_text(with_answer(released, RIGHT + "\n# again"), encoding="utf-8")
    secrets_used.clear()
    grade.grade_folder(NAME, tmp_path / "class", room, trusted=True)
    assert len(secrets_used) == 1 and secrets_used[0] not in (ada, bob)


def test_what_the_data_were_drawn_for_is_recorded_and_decides_when_a_classroom_is_graded_again(graded, secrets_used):
    classroom, _, _, _ = graded
    text = kept_text("hopper", NAME, classroom)
    attempt = read_verdicts(text).attempt
    assert len(attempt) == 64
    [handed] = [one for one in received_before(NAME, classroom) if one.student == "hopper"]
    other = text.replace(attempt, "of a lesson in another form")
    nothing = Standing({f"{kind}_center": CellPoints(1.0) for kind in ("check", "hidden")})
    for same, drawn_for in ((True, "of a lesson in another form"), (None, attempt), (False, attempt)):
        marked = mark(LESSON, Task(handed, "secret", nothing, kept=other, same=same), SimpleNamespace(level="none"))
        assert marked.submission.attempt == drawn_for
        assert secrets_used[-1] == secret_of("hopper", drawn_for, "secret")
    assert secret_of("hopper", attempt, "secret") != secret_of("lovelace", attempt, "secret")


#: Halves of characters, which Python strings can hold and files cannot: what a student puts them into -> the answer.
HALVES = {
    "prints": "import sys\nprint('a\\ud800')\nprint('\\udfff', file=sys.stderr)\n" + RIGHT,
    "displays": "from IPython.display import display\n"
    "display({'text/plain': '\\ud800', 'image/png': 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB\\ud800'}, raw=True)\n" + RIGHT,
    "raises": "def center(x):\n    raise type('N\\ud800', (Exception,), {})('told \\udfff')",
    "stops": "raise type('N\\ud800', (Exception,), {})('told \\udfff')",
    "returns": "def center(x):\n    return '\\ud800'",
    "is not done": "def center(x):\n    raise NotImplementedError('\\ud800')",
    "is called so": "center = lambda x: x - x.mean(axis=0)\ncenter.__name__ = center.__qualname__ = '\\ud800'",
    "holds it": RIGHT + "  # \ud800",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows")
def test_half_a_character_stops_nobodys_grading(tmp_path, capsys):
    notebook = json.loads(sample_class.sample_class(LESSON)[0].text)
    for student, answer in HALVES.items():
        for cell in notebook["cells"]:
            if cell["id"] == "center":
                cell["source"] = answer
        path = hand_in(tmp_path / "class", student, json.dumps(notebook))
    (tmp_path / "class" / os.fsdecode(b"n\xffame")).mkdir()
    (path.parent / os.fsdecode(b"\xff.txt")).write_text("")
    (tmp_path / "class" / os.fsdecode(b"\xff.txt")).write_text("")
    classroom = Classroom.apart(tmp_path / "room")
    results = {row.student: row for row in grade.grade_folder(NAME, tmp_path / "class", classroom, trusted=True)}
    right = {student for student in HALVES if student not in ("raises", "stops", "returns", "is not done")}
    for student in HALVES:
        assert results[student].points == (results[student].max_points if student in right else 0), results[student]
        for step, suffix in (("autograded", ".ipynb"), ("feedback", ".html")):
            assert classroom.notebook(step, student, NAME, suffix).read_text(encoding="utf-8")
        assert (classroom.root / "results" / NAME / f"{student}.json").exists()
    table([*results.values()], LESSON.exercises).encode("utf-8")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows")
def test_one_student_cannot_fill_the_table(tmp_path):
    answer = "raise type('N' * 10**6, (Exception,), {})('told ' * 10**6)"
    path = hand_in(tmp_path / "class", "eve", with_answer(release(LESSON, make_notebook(LESSON)), answer))
    for number in range(3000):
        (path.parent / f"{'stray' * 10}{number}.txt").touch()
        (path.parent / f"{NAME} ({number}).ipynb").touch()
    classroom = Classroom.apart(tmp_path / "room")
    results = grade.grade_folder(NAME, tmp_path / "class", classroom, trusted=True)
    assert "… and 2,990 more" in " ".join(results[0].notes)
    assert len(table(results, LESSON.exercises)) < 5000
    assert (classroom.root / "results" / NAME / "eve.json").stat().st_size < 50_000
    assert classroom.notebook("feedback", "eve", NAME, ".html").stat().st_size < 50_000


@pytest.mark.slow
def test_after_a_test_is_mended_only_what_it_touches_is_judged_and_changed(samples, tmp_path, capsys):
    folder, classroom = tmp_path / "class", Classroom.apart(tmp_path / "classroom")
    sample_class.write_submissions(
        [s for s in samples if s.student in ("lovelace", "hopper", "ramanujan")], NAME, folder
    )
    grade.grade_folder(NAME, folder, classroom, trusted=True)
    before = contents(classroom.root)
    capsys.readouterr()
    assert "2 of 2 students have the points they had." in changes(grade.regrade(NAME, classroom, trusted=True))
    touched = {
        path.relative_to(classroom.root) for path, found in contents(classroom.root).items() if before[path] != found
    }
    # Prepared afresh.
    assert {path.parts[0] for path in touched} <= {"gradebook.db", "lock", "source", "release", "logs"}

    # Now the tests are said to have changed, and the first part of the points was wrong.
    for path in (classroom.root / "results" / NAME).glob("*.json"):
        facts = json.loads(path.read_text())
        path.write_text(json.dumps(facts | {"keys": dict.fromkeys(facts["keys"], "of the old tests")}))
    with Gradebook(classroom.db_url, classroom.course_id) as book:
        book.find_grade("hidden_center", NAME, NAME, "hopper").auto_score = 0.5
        book.db.commit()
    results = grade.regrade(NAME, classroom, trusted=True)
    assert changes(results).splitlines() == [
        "student  before  after",
        "----------------------",
        "hopper      0.5      0  center",
        "1 of 2 students have the points they had.",
    ]
    assert {row.student: row.points for row in results} == {"hopper": 0, "lovelace": 3}


@pytest.mark.slow
def test_who_hands_in_late_gets_the_penalty_that_nbgrader_is_set_to(samples, tmp_path, monkeypatch):
    folder, classroom = tmp_path / "class", Classroom.apart(tmp_path / "room")
    sample_class.write_submissions([s for s in samples if s.student in ("lovelace", "franklin")], NAME, folder)
    grade.grade_folder(NAME, folder, classroom, trusted=True)
    with Gradebook(classroom.db_url, classroom.course_id) as book:
        book.find_assignment(NAME).duedate = datetime(2026, 1, 31, 12)
        book.db.commit()
    times = tmp_path / "times.csv"
    times.write_text("student,handed_in\nlovelace,2026-01-31T12:30+01:00\nfranklin,2026-01-31T12:30\n")
    config = Classroom.config

    def zero_when_late(self, *args):
        changed = config(self, *args)
        changed.LateSubmissionPlugin.penalty_method = "zero"
        return changed

    monkeypatch.setattr(Classroom, "config", zero_when_late)
    grade.grade_folder(NAME, folder, classroom, trusted=True, handed_in=read_times(times))
    with Gradebook(classroom.db_url, classroom.course_id) as book:
        found = {s.student.id: (s.total_seconds_late, s.score) for s in book.assignment_submissions(NAME)}
        penalties = {s.student.id: s.notebooks[0].late_submission_penalty for s in book.assignment_submissions(NAME)}
    assert found == {"lovelace": (0, 3), "franklin": (1800, 3)}
    assert penalties == {"lovelace": None, "franklin": 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,time\n", "needs the columns student and handed_in"),
        ("", "needs the columns"),
        ("student,handed_in\nada,noon\n", "line 2: 'noon' is not a time such as 2026-01-31T12:00"),
        ("student,handed_in\nada\n", "line 2: None is not a time"),
    ],
)
def test_a_file_of_times_that_cannot_be_used_is_told(text, words, tmp_path):
    path = tmp_path / "times.csv"
    path.write_text(text)
    with pytest.raises(TimesError, match=words):
        read_times(path)
    with pytest.raises(TimesError, match="nowhere.csv cannot be read"):
        read_times(tmp_path / "nowhere.csv")


# What the command says


@pytest.mark.parametrize(
    ("lesson", "submissions", "words"),
    [
        ("99", ".", "no lesson is called '99'. The lessons are: 00_welcome"),
        (NAME, "nowhere", "there is no folder nowhere. Expected is nowhere/<student>/00_welcome/00_welcome.ipynb."),
        (NAME, "empty", "empty holds no students' folders"),
        (NAME, "other", "nobody in other handed in anything for 00_welcome"),
        (
            NAME,
            "file.zip",
            "file.zip cannot be unpacked: File is not a zip file. Download it again, or unpack it yourself.",
        ),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong_and_what_is_expected(
    lesson, submissions, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "other" / "ada" / "01_standardize").mkdir(parents=True)
    (tmp_path / "file.zip").touch()
    before = sorted(tmp_path.rglob("*"))
    assert main(["grade", lesson, "--submissions", submissions]) == 2
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_without_submissions_the_sample_class_is_graded_and_said_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sample_class, "FOLDER", tmp_path)
    seen = []
    monkeypatch.setattr(
        grade, "grade_folder", lambda *arguments: seen.append(arguments) or [Result("ada", failed=True)]
    )
    assert main(["grade", "welcome"]) == 1
    ((_, folder, classroom, *_),) = seen
    assert "sample class" in capsys.readouterr().err
    assert (folder / "lovelace" / NAME / f"{NAME}.ipynb").is_file()
    assert classroom.root == tmp_path / "sample" / NAME


def test_a_lesson_that_is_not_built_is_not_graded(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.grading.built.solution_notebook", lambda name: tmp_path / f"{name}.ipynb")
    with pytest.raises(GradingError, match="Run `make build` first"):
        prepare(read_built(NAME), Classroom.apart(tmp_path))


def test_the_table_holds_nothing_that_steers_a_terminal():
    text = table([Result("ada", notes=("red \x1b[31m\nalert",)), Result("bo", 1, 3)], ())
    assert "\x1b" not in text
    assert text.splitlines()[2:] == ["ada               –", "    red  [31m alert", "bo                1"]


def test_the_table_has_the_names_of_those_whose_ids_are_none():
    lines = table([Result("u1"), Result("ada"), Result("u2")], (), {"u1": "Ada\x1bLovelace", "ada": "ada"}).splitlines()
    assert [line.rstrip(" –") for line in lines[2:]] == ["u1 Ada Lovelace", "ada", "u2"]


def test_names_too_long_for_the_terminal_stand_below_the_table(monkeypatch):
    names = ("a" * 60, "b" * 60)
    full = Result("ada", 3, 4, {name: ExerciseResult(1.5, 2) for name in names})
    monkeypatch.setenv("COLUMNS", "90")
    assert table([full], names).splitlines() == [
        "student  points (4)  1 (2)  2 (2)",
        "-" * 33,
        "ada               3    1.5    1.5",
        "",
        f"  1  {names[0]}",
        f"  2  {names[1]}",
    ]
    monkeypatch.setenv("COLUMNS", "200")
    assert table([full], names).splitlines()[0] == f"student  points (4)  {names[0]} (2)  {names[1]} (2)"
