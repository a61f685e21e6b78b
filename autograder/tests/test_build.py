"""The builder: the same every time, nobody's work lost, nothing hidden let out."""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.build import builder, bundle, notebooks, overwriting
from autograder.build.notebooks import make_notebook, without_outputs
from autograder.build.release import ReleaseError, release
from autograder.build.running import CannotRun, run
from autograder.build.text import README, stale_text
from autograder.exercises.bank import banks_of
from autograder.lessons import HIDDEN_TESTS, ROOT, SOLUTION, STUB, lesson_names, load_lesson

LESSONS = lesson_names()


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A folder with copies of one lesson's products, which the builder takes for the course's own."""
    monkeypatch.setattr(notebooks, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(builder, "SOLUTIONS", tmp_path / "solutions")
    monkeypatch.setattr(builder, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(overwriting, "BACKUPS", tmp_path / "backups")
    for folder in ("solutions", "notebooks"):
        shutil.copytree(ROOT / folder / "00_welcome", tmp_path / folder / "00_welcome")
    return tmp_path


def learners_file(work):
    return work / "notebooks/00_welcome/00_welcome.ipynb"


def edit(path, change):
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


@pytest.mark.parametrize("name", LESSONS)
def test_cell_ids_are_stable_unique_and_valid(name):
    notebook = make_notebook(load_lesson(name))
    ids = [cell.id for cell in notebook.cells]
    assert ids == [cell.id for cell in make_notebook(load_lesson(name)).cells]
    assert len(set(ids)) == len(ids)
    nbformat.validate(notebook)


@pytest.mark.parametrize("name", LESSONS)
def test_a_release_is_the_same_to_the_byte_every_time(name):
    lesson = load_lesson(name)
    made = [overwriting.notebook_text(release(lesson, make_notebook(lesson))) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("name", LESSONS)
def test_every_graded_cell_has_points_and_every_exercise_its_two_graded_cells(name):
    lesson = load_lesson(name)
    graded = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in make_notebook(lesson).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert set(graded) == {f"{kind}_{exercise}" for exercise in lesson.exercises for kind in ("check", "hidden")}
    assert all(points > 0 for points in graded.values())


def without_regions(solution):
    return re.sub(rf"{SOLUTION[0]}.*?{SOLUTION[1]}", "", solution, flags=re.DOTALL)


#: How lines begin that tell nothing of a solution.
TELLS_NOTHING = ("#", "def ", "@", "import ", "from ", '"""', "raise", "for ")


def secrets(lesson):
    """Lines that must not reach learners: of solutions, of wrong answers, of accepted answers.

    Short lines, lines that the exercise gives, and bare calls of another exercise tell nothing.
    """
    call = re.compile(rf"[\w, ]+ = ({'|'.join(lesson.exercises)})\([\w, ]*\)")
    for bank in banks_of(lesson):
        solution = lesson.cell("exercise", bank.name).source
        regions = re.findall(rf"{SOLUTION[0]}(.*?){SOLUTION[1]}", solution, flags=re.DOTALL)
        given = {line.strip() for line in without_regions(solution).splitlines()}
        texts = [*regions, *(mistake.code for mistake in bank.mistakes.values())]
        texts += [line for mistake in bank.mistakes.values() for edit in mistake.edits for line in edit.added]
        texts += bank.accepted.values()
        for text in texts:
            for line in map(str.strip, text.splitlines()):
                told = line.startswith(
                    ("#", "def ", "@", "import ", "from ", '"""', "raise", "for ")
                ) or call.fullmatch(line)
                if len(line) > 24 and not told and not any(line in shown for shown in given):
                    yield line


def test_nothing_hidden_reaches_the_learners_notebooks_or_zip(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "stale", lambda name: [])
    path, count = bundle.bundle(tmp_path / "course.zip")
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    assert len(contents) == count
    assert not [name for name in contents if "/exercises/" in name or "/solutions/" in name or "/grading/" in name]
    notebooks = {name: text for name, text in contents.items() if name.endswith(".ipynb")}
    assert len(notebooks) == len(LESSONS)
    for marker in (*SOLUTION, *HIDDEN_TESTS, "grade("):
        assert not [name for name, text in notebooks.items() if marker in text]
    for lesson in map(load_lesson, LESSONS):
        found = set(secrets(lesson))
        assert found
        for name, text in contents.items():
            lessons_own = name.endswith(".ipynb") or "/learner/lessons/" in name
            if (lessons_own and lesson.name not in name) or name.endswith("README.md"):
                continue  # what one lesson asks for, a later one may show
            plain = text.replace('\\"', '"').replace("\\\\", "\\")
            assert not [line for line in found if line in plain], name


def test_the_zip_has_all_that_a_learner_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "stale", lambda name: [])
    with zipfile.ZipFile(bundle.bundle(tmp_path / "course.zip")[0]) as archive:
        archive.extractall(tmp_path)
    course = tmp_path / "batchnorm-course"
    for needed in (
        "README.md",
        "Makefile",
        "environment.yml",
        "data/wine.csv",
        "data/mnist.npz",
        "autograder/learner/check.py",
    ):
        assert (course / needed).is_file()
    code = "from autograder.learner import check, load_wine; check(lambda x: x - x.mean(axis=0), 'center'); load_wine()"
    completed = _python(course, code)
    assert completed.returncode == 0, completed.stderr
    looked_over = _python(
        course, "from autograder.cli import main; raise SystemExit(main(['check', '--submit', '00']))"
    )
    assert looked_over.returncode == 0 and "00_welcome.ipynb can be graded." in looked_over.stdout, looked_over.stderr
    refused = _python(course, "from autograder.cli import main; raise SystemExit(main(['audit']))")
    assert refused.returncode == 2 and "needs the instructor's copy" in refused.stderr


#: Without the finder that makes this checkout importable from everywhere.
ALONE = (
    "import sys; sys.meta_path[:] = [f for f in sys.meta_path if '__editable__' not in getattr(f, '__module__', '')]; "
)


def _python(folder, code):
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", ALONE + code]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_an_existing_zip_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "stale", lambda name: [])
    path = tmp_path / "mine.zip"
    path.write_text("my thesis")
    with pytest.raises(bundle.BundleError, match="exists"):
        bundle.bundle(path)
    assert path.read_text() == "my thesis"


def test_a_stale_course_is_not_bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "stale", lambda name: [f"{name} is old"])
    with pytest.raises(bundle.BundleError, match="00_welcome is old"):
        bundle.bundle(tmp_path / "course.zip")


@pytest.mark.parametrize(
    "change",
    [
        lambda notebook: notebook.cells.append(new_code_cell("my_notes = 1")),
        lambda notebook: notebook.cells[2].update(source="my answer"),
        lambda notebook: notebook.cells.pop(),
        lambda notebook: next(c for c in notebook.cells if c.cell_type == "code").outputs.append(
            nbformat.v4.new_output("stream", text="I ran it")
        ),
    ],
    ids=["a cell added", "an answer written", "a cell deleted", "a cell run"],
)
def test_a_notebook_that_somebody_worked_in_is_left_alone(work, change):
    edit(learners_file(work), change)
    before = learners_file(work).read_bytes()
    with pytest.raises(overwriting.SomebodysWork, match=r"00_welcome\.ipynb was changed .*--force"):
        builder.build("00_welcome")
    assert learners_file(work).read_bytes() == before
    builder.build("00_welcome", force=True)
    assert [copy.read_bytes() for copy in (work / "backups").iterdir()] == [before]
    assert STUB in learners_file(work).read_text().replace('\\"', '"')


def test_a_notebook_that_cannot_be_read_counts_as_somebodys_work(work):
    learners_file(work).write_text("not JSON at all")
    with pytest.raises(overwriting.SomebodysWork):
        builder.build("00_welcome")
    assert learners_file(work).read_text() == "not JSON at all"


def test_a_notebook_only_saved_again_does_not_count_as_changed(work):
    edit(learners_file(work), lambda notebook: notebook.metadata.language_info.update(version="3.99"))
    assert not overwriting.was_changed(learners_file(work))


def test_what_is_current_is_not_written_again(work):
    times = {path: path.stat().st_mtime_ns for path in work.rglob("*.ipynb")}
    assert builder.build("00_welcome") == []
    assert times == {path: path.stat().st_mtime_ns for path in work.rglob("*.ipynb")}


def test_what_nbgraders_own_release_wrote_may_be_written_again(work):
    edit(learners_file(work), lambda notebook: notebook.metadata[overwriting.STAMP].update(built="by nbgrader"))
    assert builder.build("00_welcome") == ["wrote notebooks/00_welcome/00_welcome.ipynb"]
    assert not (work / "backups").exists()


@pytest.mark.parametrize("which", ["solutions", "notebooks"])
def test_check_names_the_stale_file(work, which):
    assert builder.stale("00_welcome") == []
    path = work / which / "00_welcome/00_welcome.ipynb"
    edit(path, lambda notebook: notebook.cells[0].update(source="# Another title"))
    assert [line.split()[0] for line in builder.stale("00_welcome")] == [f"{which}/00_welcome/00_welcome.ipynb"]
    path.unlink()
    assert len(builder.stale("00_welcome")) == 1


def test_an_instructors_notebook_that_was_never_run_is_stale(work):
    path = work / "solutions/00_welcome/00_welcome.ipynb"
    nbformat.write(without_outputs(nbformat.read(path, as_version=4)), path)
    assert len(builder.stale("00_welcome")) == 1


def test_files_that_no_lesson_gives_are_named(work):
    (work / "notebooks/00_welcome/answers.txt").write_text("x")
    assert builder.strays()[0].startswith("notebooks/00_welcome/answers.txt")


def test_a_cell_that_fails_stops_the_build_with_its_error(tmp_path):
    with pytest.raises(CannotRun, match="ZeroDivisionError"):
        run(new_notebook(cells=[new_code_cell("1 / 0")]), tmp_path)


def test_what_nbgrader_refuses_is_said():
    lesson = load_lesson("00_welcome")
    notebook = make_notebook(lesson)
    notebook.cells[-1].source = f"{SOLUTION[0]}\n{SOLUTION[1]}"
    with pytest.raises(ReleaseError, match="could not release 00_welcome"):
        release(lesson, notebook)


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_a_released_notebook_runs_and_only_unsolved_exercises_stop_their_checks(name):
    path = builder.released_notebook(name)
    notebook = nbformat.read(path, as_version=4)
    run(notebook, path.parent, allow_errors=True)
    failed = {
        cell.id: output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }
    assert set(failed) == {f"check_{exercise}" for exercise in load_lesson(name).exercises}
    assert {(output.ename, output.evalue[:9]) for output in failed.values()} == {("NotImplementedError", "Exercise:")}
    noise = [o.text for c in notebook.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert not noise


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_and_the_map_state_its_points_and_exercises(name):
    assert not [*stale_text(name)]


def test_points_and_exercises_that_are_stated_wrongly_are_told(monkeypatch, tmp_path):
    lesson = load_lesson("00_welcome")
    text = (
        README.read_text(encoding="utf-8")
        .replace("| `center` |", "| `centre` |")
        .replace("10 min | 3 |", "10 min | 4 |")
    )
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr("autograder.build.text.README", tmp_path / "README.md")
    first = dataclasses.replace(lesson.cells[0], source="# 00\n**Points** 5")
    changed = dataclasses.replace(lesson, cells=(first, *lesson.cells[1:]))
    monkeypatch.setattr("autograder.build.text.load_lesson", lambda name: changed)
    assert [*stale_text("00_welcome")] == [
        "00_welcome.py states 5 points, and its exercises have 3. Write 3 behind `Points` in its first cell.",
        "README.md's map gives 00_welcome 4 points. Write 3.",
        "README.md's map lists other exercises for 00_welcome. Write `center`.",
    ]
