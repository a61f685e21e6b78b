"""Which lesson a notebook is: known by what is in it, however it is called and whatever has happened to it."""

import json
import random

import pytest

from autograder import stored
from autograder.lesson_names import lesson_in
from autograder.submission.reading import Handed, HandedCell, Refused
from autograder.submission.recognise import may_be_notebook, read_lesson, what_else, which_lesson

LESSONS = stored.lessons()
NAME = "00_welcome"
FOREIGN = [
    HandedCell("markdown", "# Homework 3: Trees\nRead this."),
    HandedCell("code", "def evaluate(tree):\n    return 1", "a1", {"grade_id": "cell-a1"}),
    HandedCell("code", "assert evaluate([])", "a2", {"grade_id": "test-a1"}),
]


def cells_of(lesson, *, ids=True):
    return [
        HandedCell(cell["cell_type"], cell["source"], *((cell["id"], cell["metadata"].get("nbgrader", {})) * ids))
        for cell in stored.lesson(lesson)["released"]["cells"]
    ]


def scrambled(cell, draw):
    """A cell with each second line rewritten."""
    lines = [line if draw.random() < 0.5 else "something else entirely" for line in cell.source.split("\n")]
    return HandedCell(cell.kind, "\n".join(lines))


DAMAGES = {
    "none": lambda cells, draw: cells,
    "no ids": lambda cells, draw: [HandedCell(cell.kind, cell.source) for cell in cells],
    "ids alone": lambda cells, draw: [HandedCell(cell.kind, "", cell.id) for cell in cells],
    "nbgrader's ids alone": lambda cells, draw: [HandedCell("code", "", "", cell.settings) for cell in cells],
    "half of the lines": lambda cells, draw: [scrambled(cell, draw) for cell in cells],
    "half of the cells": lambda cells, draw: draw.sample(cells, len(cells) // 2),
    "six cells": lambda cells, draw: draw.sample([cell for cell in cells if cell.id != "setup"], 6),
    "backwards": lambda cells, draw: cells[::-1],
    "all in one cell": lambda cells, draw: [HandedCell("code", "\n".join(cell.source for cell in cells))],
    "no marks but letters": lambda cells, draw: [
        HandedCell(cell.kind, cell.source.encode("ascii", "replace").decode()) for cell in cells
    ],
    "with another course's": lambda cells, draw: FOREIGN + cells,
}


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_lesson_is_known_whatever_has_happened_to_it_and_called_by_its_name_where_another_is_due(lesson, damage):
    cells = DAMAGES[damage](cells_of(lesson), random.Random(lesson))
    assert which_lesson(cells) == lesson
    for due in LESSONS:
        assert what_else(due, Handed(cells)) == ("" if due == lesson else f"this is {lesson}.")


@pytest.mark.parametrize("exercise", [name for lesson in LESSONS for name in stored.lesson(lesson)["exercises"]])
def test_a_single_answer_in_an_empty_notebook_is_enough_to_be_graded(exercise):
    lesson = stored.exercise(exercise)["lesson"]
    for source in (
        f"def {exercise}(*args):\n    return 0",
        f"{exercise} = lambda x: x",
        f"class {exercise}:\n    a = 1",
    ):
        assert what_else(lesson, Handed([HandedCell("code", "import numpy as np\n" + source)])) == ""


def test_two_lessons_in_one_notebook_are_each_graded():
    cells = cells_of("00_welcome") + cells_of("08_alternatives")
    assert what_else("00_welcome", Handed(cells)) == what_else("08_alternatives", Handed(cells)) == ""
    assert what_else("03_forward", Handed(cells)).startswith("this is 0")


def test_some_cells_copied_from_another_lesson_do_not_make_it_that():
    cells = cells_of("04_backward") + cells_of("03_forward")[:30]
    assert which_lesson(cells) == "04_backward"
    assert what_else("04_backward", Handed(cells)) == ""
    assert (
        what_else("03_forward", Handed(cells_of("04_backward") + cells_of("03_forward")[7:9])) == "this is 04_backward."
    )


OTHERS = {
    "another course": (Handed(FOREIGN), "this is another course's notebook ('Homework 3: Trees'); its exercises are "
                                        "called cell-a1, test-a1."),
    "R": (Handed([HandedCell("code", "x <- c(1, 2)")], language="R"), "this is a notebook in R."),
    "Julia": (Handed([HandedCell("code", "evaluate = 3")], language="julia"), "this is a notebook in julia."),
    "anything": (Handed([HandedCell("markdown", "## My *trip*\n"), HandedCell("code", "1 + 1")], language="python"),
                 "this is another notebook ('My *trip*'); nothing of the lesson is in it."),
    "no title": (Handed([HandedCell("code", "# 1\n1 + 1")]),
                 "this is another notebook; nothing of the lesson is in it."),
    "a new one": (Handed([HandedCell("code", " \n")]), "it is an empty notebook."),
    "no cells": (Handed([]), "it is an empty notebook."),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("lesson", ["00_welcome", "06_training"])
def test_what_is_no_lesson_is_told_what_it_is(kind, lesson):
    handed, told = OTHERS[kind]
    assert which_lesson(handed.cells) == ""
    assert what_else(lesson, handed) == told


def test_a_lesson_in_a_notebook_that_says_another_language_is_graded():
    assert what_else(NAME, Handed(cells_of(NAME), language="R")) == ""


def test_a_name_that_many_use_is_no_proof():
    assert which_lesson([HandedCell("code", "def evaluate(model):\n    return 1")]) == ""


def test_a_notebook_under_another_name_is_read_with_a_note_and_another_lesson_is_refused(tmp_path):
    path = tmp_path / "my solution.ipynb"
    path.write_text(json.dumps(stored.lesson(NAME)["released"]), encoding="utf-8")
    assert read_lesson(NAME, path).notes == (f"my solution.ipynb was taken for {NAME}.ipynb.",)
    with pytest.raises(Refused) as refused:
        read_lesson("03_forward", path)
    assert str(refused.value) == (
        "my solution.ipynb is not 03_forward: this is 00_welcome. Hand in your notebook of the lesson."
    )


# Names of files

MAY_BE = [
    "03_forward.ipynb", "03_forward.IPYNB", "03_Forward.Ipynb", "03_forward.ipynb.json", "03_forward.ipynb.txt",
    "03_forward.json", "03_forward.ipynb.gz", "03_forward.ipynb.zip", "03_forward.zip", "03_forward",
    "03_forward-Copy1.ipynb", "Copy_of_03_forward.ipynb", "03_forward.ipynb.download",
    "03_forward.ipynb.crdownload", "03_forward.ipynb~", "03_forward.ipynb.1", "03_forward.ipynb.bak",
    "03_forward.ipynb_old", "03_forward.txt", "forward_03.ipynb", "03-forward(1).ipynb",
    "03_forward.ipynb.ipynb", "03_forward_v1.2", "Copy of 03_forward.ipynb", "03_forward - Copy.ipynb",
    "03 forward (1).ipynb", "03_forward (1).ipynb.json",
]  # fmt: skip
MAY_NOT_BE = [
    "03_forward.py", "03_forward.html", "03_forward.pdf", "03_forward.docx", "03_forward.png", "03_forward.csv",
    "notes.md",
]  # fmt: skip


def test_names_under_which_notebooks_arrive_are_looked_into():
    assert [name for name in MAY_BE if not may_be_notebook(name)] == []
    assert [name for name in MAY_NOT_BE if may_be_notebook(name)] == []


def test_the_lesson_in_a_files_name_is_found():
    assert {lesson_in(name, LESSONS) for name in MAY_BE} == {"03_forward"}
    for name in (
        "forward.ipynb",
        "03.ipynb",
        "Untitled.ipynb",
        "03_forward and 04_backward.ipynb",
        "2003_forward.ipynb",
    ):
        assert lesson_in(name, LESSONS) == ""
    assert lesson_in("05-Running statistics (2).ipynb", LESSONS) == "05_running_statistics"
