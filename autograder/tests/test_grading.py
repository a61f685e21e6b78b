"""Grading a class: what is taken in, what is put right, what is graded, and what is told."""

import copy
import hashlib
import json
import os
import shutil
import sysconfig
from datetime import datetime

import nbformat
import psutil
import pytest
import sqlalchemy
from nbgrader.api import Gradebook

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import main
from autograder.exercises.bank import banks_of
from autograder.grading import grade, pool, sample_class
from autograder.grading.bench import stock_nbgrader
from autograder.grading.classroom import Classroom
from autograder.grading.intake import SubmissionsError, find_students, take_in, taken_before
from autograder.grading.prepare import GradingError, _make_gradebook, prepare
from autograder.grading.results import ExerciseResult, Result
from autograder.grading.table import changes, table
from autograder.grading.times import TimesError, read_times
from autograder.lessons import load_lesson
from autograder.submission.reading import MAX_BYTES, MAX_CELLS, MAX_SOURCE, HandedCell, Refused, read_cells
from autograder.submission.repair import repair

NAME = "00_welcome"
LESSON = load_lesson(NAME)
RIGHT = "def center(x):\n    return x - x.mean(axis=0)"


def contents(folder):
    """Path -> digest and time of change, of all files below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


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
    _, results, _, _ = graded
    for sample in samples:
        if sample.answers is None:
            continue
        for exercise, deserved in sample.expected(LESSON).items():
            got = results[sample.student].exercises[exercise]
            hidden = {part.name: part.points for part in got.parts}
            assert hidden | {"visible check": got.points - sum(hidden.values())} == deserved, sample.student
        assert results[sample.student].max_points == sum(
            exercise.max_points for exercise in results["lovelace"].exercises.values()
        )


def test_a_new_gradebook_is_as_nbgrader_makes_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")  # it calls alembic
    ours, theirs = (f"sqlite:///{tmp_path}/{name}.db" for name in ("ours", "theirs"))
    _make_gradebook(ours)
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
    finished, killed = pool.finished, []

    def kill_once(*args):
        servers = [child for child in psutil.Process().children() if "forkserver" in "".join(child.cmdline())]
        judges = [judge for server in servers for judge in server.children()]
        if not killed:
            killed.extend(judges)
            for judge in judges:
                judge.kill()
        return finished(*args)

    monkeypatch.setattr(pool, "finished", kill_once)
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


#: Lesson -> students of its sample class: functions that call each other, classes on tensors, wrong ones and right.
CORPUS = {"03_forward": ("noether",), "05_running_statistics": ("hopper", "turing")}


@pytest.mark.slow
@pytest.mark.parametrize("lesson", CORPUS)
def test_stock_nbgrader_gives_the_same_grade_rows_in_larger_lessons(lesson, tmp_path):
    samples = [s for s in sample_class.sample_class(load_lesson(lesson)) if s.student in CORPUS[lesson]]
    ours, stock = Classroom.apart(tmp_path / "ours"), Classroom.apart(tmp_path / "stock")
    sample_class.write_submissions(samples, lesson, tmp_path / "class")
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
    hand_in(tmp_path, "dies", _with_answer(notebook, "import os\nos._exit(1)"))
    hand_in(
        tmp_path,
        "warns",
        _with_answer(notebook, f"import sys\n{RIGHT}".replace("return", "print(1, file=sys.stderr); return")),
    )
    dies, warns = grade.grade_folder(NAME, tmp_path, graded[0], trusted=True)
    assert dies.points == 0
    assert "center: its cell stops with Stopped: its process ended" in dies.notes[0]
    assert warns.points == warns.max_points
    assert "[1/2] dies 0 of 3\n[2/2] warns 3 of 3" in capsys.readouterr().err


def _with_answer(notebook, answer):
    changed = copy.deepcopy(notebook)
    next(cell for cell in changed.cells if cell.id == "center").source = answer
    return nbformat.writes(changed)


@pytest.mark.slow
def test_after_a_test_is_mended_only_what_it_touches_is_judged_and_changed(samples, tmp_path, monkeypatch, capsys):
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
    assert {path.parts[0] for path in touched} <= {"gradebook.db", "source", "release", "logs"}  # prepared afresh

    # Now the tests are said to have changed, and the first part of the points was wrong.
    monkeypatch.setattr("autograder.grading.keys.tests_digest", lambda exercise: "changed")
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


def test_nothing_can_be_regraded_where_nothing_was_graded(tmp_path):
    with pytest.raises(SubmissionsError, match="nothing of 00_welcome has been graded .* Use `grade` first."):
        taken_before(NAME, _with_release(Classroom.apart(tmp_path)))


# What the command says


@pytest.mark.parametrize(
    ("lesson", "submissions", "words"),
    [
        ("99", ".", "no lesson is called '99'. The lessons are: 00_welcome"),
        (NAME, "nowhere", "there is no folder nowhere. Expected is nowhere/<student>/00_welcome/00_welcome.ipynb."),
        (NAME, "empty", "empty holds no students' folders"),
        (NAME, "other", "nobody in other handed in anything for 00_welcome"),
        (NAME, "file.zip", "file.zip is a file, and no zip archive"),
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


def test_the_classrooms_own_copies_are_not_taken_for_submissions(tmp_path):
    hand_in(tmp_path / "submitted", "ada", "{}")
    with pytest.raises(SubmissionsError, match="where grading keeps its own copies"):
        find_students(tmp_path / "submitted", NAME, _with_release(Classroom.apart(tmp_path)))


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
    monkeypatch.setattr("autograder.grading.prepare.solution_notebook", lambda name: tmp_path / f"{name}.ipynb")
    with pytest.raises(GradingError, match="Run `make build` first"):
        prepare(NAME, Classroom.apart(tmp_path))


def test_the_table_holds_nothing_that_steers_a_terminal():
    text = table([Result("ada", notes=("red \x1b[31m\nalert",)), Result("bo", 1, 3)], ())
    assert "\x1b" not in text
    assert text.splitlines()[2:] == ["ada               –", "    red  [31m alert", "bo                1"]


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


# Taking in


@pytest.fixture(scope="module")
def released():
    return release(LESSON, make_notebook(LESSON))


def _with_release(classroom, notebook=None):
    path = classroom.notebook("release", ".", NAME)
    path.parent.mkdir(parents=True)
    nbformat.write(notebook or release(LESSON, make_notebook(LESSON)), path)
    return classroom


@pytest.fixture
def classroom(tmp_path, released):
    return _with_release(Classroom.apart(tmp_path / "classroom"), released)


def taken(folder, classroom):
    students = find_students(folder, NAME, classroom)
    return {submission.student: submission for submission in take_in(students, NAME, classroom)}


BROKEN = {
    "empty": (b"", "is empty"),
    "blank": (b" \n", "is empty"),
    "cut off": (b'{"cells": [\n {"source": "x', r"not JSON \(line 2, column 13\): it ends too early"),
    "not JSON": (b'{"cells": nothing}', r"not JSON \(line 1, column 11\)"),
    "not UTF-8": ('{"é": 1}'.encode("latin-1"), r"not UTF-8 text \(byte 2\)"),
    "UTF-16": ("{}".encode("utf-16"), "not UTF-8"),
    "a list": (b"[]", "JSON, but not a notebook"),
    "other JSON": (b'{"a": 1}', "JSON, but not a notebook"),
    "no cells": (b'{"nbformat": 4}', "without cells"),
    "an odd old one": (b'{"nbformat": 3, "worksheets": 5}', "old notebook that cannot be read"),
    "too deep": (b"[" * 100_000, "cannot be read as JSON|not JSON"),
    "too large": (b" " * (MAX_BYTES + 1), "larger than 20 MB"),
    "too many cells": (json.dumps({"nbformat": 4, "cells": [{}] * (MAX_CELLS + 1)}).encode(), "has 2001 cells"),
    "a huge cell": (
        json.dumps({"nbformat": 4, "cells": [{"source": "x" * (MAX_SOURCE + 1)}]}).encode(),
        "a cell of more than 200,000 characters",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_notebook_is_told_where_it_breaks(kind, tmp_path):
    content, words = BROKEN[kind]
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(Refused, match=words):
        read_cells(path)


def test_odd_but_readable_notebooks_are_read(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [{"cell_type": "code", "source": ["a\n", "b"], "metadata": None}, {"source": "\ud800"}, "no cell"]
    path.write_text("\ufeff" + json.dumps({"nbformat": 4, "cells": cells}), encoding="utf-8")
    assert read_cells(path) == [HandedCell("code", "a\nb"), HandedCell("", "?")]


def test_one_students_damage_is_noted_and_stops_nobody(tmp_path, classroom, released):
    folder = tmp_path / "class"
    text = nbformat.writes(released)
    whole = hand_in(folder, "whole", text)
    hand_in(folder, "cut", text[:500])
    long = "ё" * 120  # few enough characters, and too many bytes for names of files that are made from it
    for name in ("x[1]", "y?", "y*", "y#", 'Зоя "O\'Hara" 100% ✓', long):
        hand_in(folder, name, text)
    (folder / "flat").mkdir()
    (folder / "flat" / f"{NAME}.ipynb").write_text(text)
    (folder / "absent").mkdir()
    (folder / "misnamed").mkdir()
    (folder / "misnamed" / "my 00_welcome.ipynb").touch()
    (folder / "packed").mkdir()
    (folder / "packed" / "all.zip").touch()
    (folder / "downloaded").mkdir()
    for number in (1, 2):
        (folder / "downloaded" / f"{NAME} ({number}).ipynb").write_text(text)
    (folder / "linked" / NAME).mkdir(parents=True)
    (folder / "linked" / NAME / f"{NAME}.ipynb").symlink_to(whole)
    (folder / "linked_folder").symlink_to(whole.parents[1])
    (folder / "piped" / NAME).mkdir(parents=True)
    os.mkfifo(folder / "piped" / NAME / f"{NAME}.ipynb")
    (folder / ".git").mkdir()
    found = taken(folder, classroom)
    graded = ["downloaded", "flat", "whole", "x_1_", "y#", 'Зоя "O\'Hara" 100% ✓']
    assert [student for student, submission in found.items() if not submission.refused] == graded
    absent = [student for student, submission in found.items() if not submission.handed_in]
    assert absent == ["absent", "misnamed", "packed"]
    assert "not JSON" in found["cut"].refused
    assert "nbgrader cannot take the name 'x[1]'." in found["x_1_"].notes
    assert "cannot be shortened safely" in found[long].refused
    assert "Rename it." in found["y?"].refused and "Rename it." in found["y*"].refused
    assert "'my 00_welcome.ipynb'" in found["misnamed"].refused
    assert "'all.zip' is an archive: hand in the notebook itself" in found["packed"].refused
    assert "00_welcome (2).ipynb was taken for 00_welcome.ipynb." in found["downloaded"].notes
    assert "link" in found["linked"].refused
    assert "link" in found["linked_folder"].refused
    assert "not an ordinary file" in found["piped"].refused
    assert sorted(path.name for path in (classroom.root / "submitted").iterdir()) == graded


def test_other_files_are_told_and_not_copied(tmp_path, classroom, released):
    path = hand_in(tmp_path / "class", "ada", nbformat.writes(released))
    (path.parent / "helper.py").touch()
    (path.parents[1] / path.name).touch()
    notes = taken(tmp_path / "class", classroom)["ada"].notes
    assert notes == (f"ada/{NAME}.ipynb was there too and was not used.", "handed in besides and not used: helper.py.")


def test_an_earlier_submission_that_differs_is_kept(tmp_path, classroom, released):
    path = hand_in(tmp_path / "class", "ada", _with_answer(released, RIGHT))
    taken(tmp_path / "class", classroom)
    copied = classroom.notebook("submitted", "ada", NAME)
    first = copied.read_bytes()
    taken(tmp_path / "class", classroom)
    assert not (classroom.root / "previous").exists()
    path.write_text(_with_answer(released, RIGHT + "\n"))
    taken(tmp_path / "class", classroom)
    assert copied.read_bytes() != first
    assert [old.read_bytes() for old in (classroom.root / "previous").rglob("*.ipynb")] == [first]
    path.write_text("{")
    assert "was left as it is" in taken(tmp_path / "class", classroom)["ada"].refused
    assert copied.exists()


# Putting right


def handed(released, change=None):
    """The cells of a right notebook, after a change to its list of cells."""
    notebook = nbformat.reads(_with_answer(released, RIGHT), as_version=4)
    if change:
        change(notebook.cells)
    return [
        HandedCell(cell.cell_type, cell.source, cell.get("id", ""), cell.metadata.get("nbgrader", {}))
        for cell in notebook.cells
    ]


def place(cells, name):
    return next(i for i, cell in enumerate(cells) if cell.id == name)


def _copy_test(cells):
    cells.append(copy.deepcopy(cells[place(cells, "hidden_center")]))


def _copy_answer(cells):
    stub = copy.deepcopy(cells[place(cells, "center")])
    stub.source = "def center(x):\n    raise NotImplementedError(1)"
    cells.insert(place(cells, "center"), stub)


def _split_answer(cells):
    at = place(cells, "center")
    second = copy.deepcopy(cells[at])
    cells[at].source, second.source = RIGHT.split("\n")
    cells.insert(at + 1, second)


def _retype_answer(cells):
    at = place(cells, "center")
    cells[at].metadata, cells[at].id = {}, "mine"


def _forget_ids(cells):
    for cell in cells:
        del cell["id"]


def _set(name, **settings):
    return lambda cells: cells[place(cells, name)].metadata.nbgrader.update(settings)


def _become(name, kind):
    return lambda cells: cells[place(cells, name)].update(cell_type=kind)


def _delete(name):
    return lambda cells: cells.pop(place(cells, name))


def _rewrite(name, source):
    return lambda cells: cells[place(cells, name)].update(source=source)


SETTINGS_NOTE = "nbgrader's settings of {} were changed; they were put back."
REPAIRS = {
    "a copied test": (_copy_test, "hidden_center was there 2 times; the copies were left out."),
    "a copied answer": (_copy_answer, "center was there 2 times; all were run in order."),
    "an answer split in two": (_split_answer, "center was there 2 times; all were run in order."),
    "an answer in another cell": (_retype_answer, "center stood in a cell of its own; it was put where it belongs."),
    "a deleted test": (_delete("check_center"), "check_center was deleted; it was put back."),
    "a deleted set-up": (_delete("setup"), "setup was deleted; it was put back."),
    "changed points": (_set("check_center", points=100), SETTINGS_NOTE.format("check_center")),
    "a test not graded": (_set("hidden_center", grade=False), SETTINGS_NOTE.format("hidden_center")),
    "a changed type": (_become("center", "markdown"), "center was made a markdown cell; it is code again."),
    "an edited test": (
        _rewrite("check_center", "pass"),
        "the text of check_center was changed; the course's own text was run.",
    ),
    "no ids": (_forget_ids, None),
    "nothing": (None, None),
}


@pytest.mark.parametrize("kind", REPAIRS)
def test_damage_is_put_right_and_noted(kind, released):
    change, note = REPAIRS[kind]
    repaired = repair(released, handed(released, change))
    assert repaired.notes == ((note,) if note else ())
    assert repaired.untouched == ()
    nbformat.validate(repaired.notebook)
    graded = [(cell.id, cell.metadata) for cell in repaired.notebook.cells if "nbgrader" in cell.metadata]
    assert graded == [(cell.id, cell.metadata) for cell in released.cells if "nbgrader" in cell.metadata]
    assert repaired.notebook.cells[place(repaired.notebook.cells, "center")].source == RIGHT


def test_what_the_student_changed_and_added_stays_in_its_place(released):
    def change(cells):
        after = place(cells, "center")
        cells.insert(after, nbformat.v4.new_code_cell("helper = 1", metadata={"tags": ["skip-execution"]}))
        cells[0].source = "my title"

    cells = repair(released, handed(released, change)).notebook.cells
    added = cells[place(cells, "center") - 1]
    assert (added.source, added.metadata) == ("helper = 1", {})
    assert cells[0].source == "my title"
    assert len(cells) == len(released.cells) + 1


def test_an_untouched_or_emptied_answer_counts_as_not_handed_in(released):
    assert repair(released, []).untouched == LESSON.exercises
    emptied = [HandedCell("code", " \n", "center", {"grade_id": "center"})]
    assert repair(released, emptied).untouched == LESSON.exercises


def test_of_two_copies_of_an_answer_the_last_worked_one_counts(released):
    settings = {"grade_id": "center"}
    stub = next(cell.source for cell in released.cells if cell.id == "center")
    for sources in ([RIGHT, stub], ["x = 1", RIGHT], [RIGHT, "def center(:"]):
        cells = repair(released, [HandedCell("code", source, "", settings) for source in sources]).notebook.cells
        assert cells[place(cells, "center")].source == RIGHT


def test_the_banks_points_are_the_notebooks_points(released):
    points = {cell.id: cell.metadata.nbgrader["points"] for cell in released.cells if cell.id.startswith("hidden_")}
    assert points == {f"hidden_{bank.name}": bank.points for bank in banks_of(LESSON)}
