"""Taking a class in: what is found, read and put right, and what is told about the rest."""

import copy
import os

import nbformat
import pytest

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.collecting.collect import collect
from autograder.collecting.tree import SubmissionsError
from autograder.exercises.bank import banks_of
from autograder.grading import sample_class
from autograder.grading.classroom import Classroom
from autograder.grading.intake import Submission, received, received_before, refuse_part, store_copy
from autograder.grading.taking_in import take_in
from autograder.lessons import load_lesson
from autograder.submission.reading import HandedCell
from autograder.submission.repair import repair

NAME = "00_welcome"
LESSON = load_lesson(NAME)
RIGHT = "def center(x):\n    return x - x.mean(axis=0)"


def with_answer(notebook, answer):
    return nbformat.writes(sample_class.filled(notebook, {"center": answer}))


def hand_in(folder, student, text):
    path = folder / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


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
    with collect(folder, NAME) as found:
        return {one.student: one for one in (take(one, classroom) for one in received(found.students, NAME, classroom))}


def take(handed, classroom):
    """The submission, whose notebook is in the classroom if there is one, as grading does it."""
    if isinstance(handed, Submission):
        return handed
    submission, notebook = take_in(handed, NAME, nbformat.read(classroom.notebook("release", ".", NAME), as_version=4))
    if notebook:
        text = f"{nbformat.v4.writes(notebook)}\n"
        store_copy(text, classroom.notebook("submitted", submission.student, NAME), classroom)
    return submission


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
    assert absent == ["absent", "packed"]
    assert "not JSON" in found["cut"].refused
    assert "nbgrader cannot take the name 'x[1]'." in found["x_1_"].notes
    assert "cannot be shortened safely" in found[long].refused
    assert "Rename it." in found["y?"].refused and "Rename it." in found["y*"].refused
    assert "my 00_welcome.ipynb is empty" in found["misnamed"].refused
    assert "'all.zip' is an archive that cannot be opened: hand in the notebook itself" in found["packed"].refused
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
    assert notes == (f"there too and not used: ada/{NAME}.ipynb.", "handed in besides and not used: helper.py.")


def test_an_earlier_submission_that_differs_is_kept(tmp_path, classroom, released):
    path = hand_in(tmp_path / "class", "ada", with_answer(released, RIGHT))
    taken(tmp_path / "class", classroom)
    copied = classroom.notebook("submitted", "ada", NAME)
    first = copied.read_bytes()
    taken(tmp_path / "class", classroom)
    assert not (classroom.root / "previous").exists()
    path.write_text(with_answer(released, RIGHT + "\n"))
    taken(tmp_path / "class", classroom)
    assert copied.read_bytes() != first
    assert [old.read_bytes() for old in (classroom.root / "previous").rglob("*.ipynb")] == [first]
    path.write_text("{")
    assert "was left as it is" in taken(tmp_path / "class", classroom)["ada"].refused
    assert copied.exists()


# Putting right


def handed(released, change=None):
    """The cells of a right notebook, after a change to its list of cells."""
    notebook = nbformat.reads(with_answer(released, RIGHT), as_version=4)
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


def test_an_answer_that_was_split_inside_is_one_again(released):
    for halves in ("def center(x):|    return x - x.mean(axis=0)", "center = (lambda x:|    x - x.mean(axis=0))"):
        first, second = halves.split("|")
        cells = [HandedCell("code", first, "center"), HandedCell("code", second), HandedCell("code", "y = 1")]
        repaired = repair(released, cells).notebook.cells
        assert repaired[place(repaired, "center")].source == f"{first}\n{second}"
        assert [cell.source for cell in repaired if cell.id.startswith("added")] == ["y = 1"]


def test_a_cell_of_its_own_below_an_answer_stays_one(released):
    for own in ("    y = 1", "y = 1", "def helper(x):\n    return x", "def broken(:", ""):
        repaired = repair(released, [HandedCell("code", RIGHT, "center"), HandedCell("code", own)]).notebook.cells
        assert repaired[place(repaired, "center")].source == RIGHT


@pytest.mark.parametrize(
    ("added", "kept"),
    [
        ("import math", "import math"),
        ("import numpy as np, math", "import math"),
        ("from autograder.learner import check, load_wine", "from autograder.learner import load_wine"),
        ("AXIS = 0", "AXIS = 0"),
        ("import sys\nsys.path.append('.')", "import sys\nsys.path.append('.')"),
        ("import math as np", None),
        ("np = None", None),
        ("def check(*_):\n    pass", None),
        ("1 +", None),
    ],
)
def test_what_was_added_to_the_set_up_is_run_below_it(added, kept, released):
    setup = next(cell.source for cell in released.cells if cell.id == "setup")
    cells = repair(released, [HandedCell("code", f"{setup}\n{added}", "setup")]).notebook.cells
    assert cells[place(cells, "setup")].source == setup
    below = cells[place(cells, "setup") + 1]
    assert (below.source if below.id.startswith("added") else None) == kept


def test_of_what_was_added_to_a_test_only_definitions_are_run(released):
    test = next(cell.source for cell in released.cells if cell.id == "check_center")
    handed = [HandedCell("code", f"def helper():\n    pass\nprint(1)\n{test}", "check_center")]
    added = [cell.source for cell in repair(released, handed).notebook.cells if cell.id.startswith("added")]
    assert added == ["def helper():\n    pass"]


def test_what_was_released_is_not_put_back_over_an_answer_that_stands_elsewhere(released):
    everything = HandedCell("code", f"import math\n{RIGHT}", "mine")
    repaired = repair(released, [everything])
    assert repaired.notebook.cells[place(repaired.notebook.cells, "center")].source == ""
    assert repaired.untouched == () and repaired.notes[-1] == "center: found in another cell, and judged there."


def test_the_banks_points_are_the_notebooks_points(released):
    points = {cell.id: cell.metadata.nbgrader["points"] for cell in released.cells if cell.id.startswith("hidden_")}
    assert points == {f"hidden_{bank.name}": bank.points for bank in banks_of(LESSON)}


def test_nothing_can_be_regraded_where_nothing_was_graded(tmp_path):
    with pytest.raises(SubmissionsError, match="nothing of 00_welcome has been graded .* Use `grade` first."):
        received_before(NAME, _with_release(Classroom.apart(tmp_path)))


def test_one_students_folder_in_the_classroom_is_not_taken_for_a_class(tmp_path):
    hand_in(tmp_path / "submitted", "ada", "{}")
    with pytest.raises(SubmissionsError, match="ada lies in a classroom. Name the folder with all students' folders."):
        refuse_part(tmp_path / "submitted" / "ada", Classroom.apart(tmp_path))


def test_what_was_collected_into_the_classroom_is_put_in_order_there_and_kept_as_it_was(classroom, released):
    damaged = copy.deepcopy(released)
    damaged.cells = [cell for cell in damaged.cells if cell.id != "check_center"]
    path = hand_in(classroom.collected, "ada", with_answer(damaged, RIGHT))
    (path.parent / "timestamp.txt").write_text("2026-01-31 12:00:00.000000 UTC")
    collected = path.read_bytes()
    found = taken(classroom.collected, classroom)["ada"]
    assert found.notes == ("check_center was deleted; it was put back.",)
    assert path.read_bytes() != collected
    assert [old.read_bytes() for old in (classroom.root / "previous").rglob("*.ipynb")] == [collected]
    in_order = path.read_bytes()
    assert taken(classroom.collected, classroom)["ada"].attempt == found.attempt and path.read_bytes() == in_order


def test_an_attempt_is_what_the_student_wrote_whatever_else_is_in_the_lesson(tmp_path, released):
    hand_in(tmp_path / "class", "ada", with_answer(released, RIGHT))
    hand_in(tmp_path / "class", "bob", with_answer(released, RIGHT + "  # mine"))
    mended = copy.deepcopy(released)
    mended.cells[0].source += " (mended)"
    rooms = [_with_release(Classroom.apart(tmp_path / name), book) for name, book in [("a", released), ("b", mended)]]
    (first, bob), (second, _) = (
        [found.attempt for found in taken(tmp_path / "class", room).values()] for room in rooms
    )
    assert first == second != bob
