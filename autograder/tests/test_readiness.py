"""What learners are told before they hand in: the same as what graders will see, and what will not run for them."""

import copy
import gzip
import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from autograder import stored
from autograder.cli import main
from autograder.collecting.collect import collect
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.intake import received
from autograder.grading.taking_in import take_in
from autograder.lesson_names import UnknownLesson
from autograder.lessons import ROOT, load_lesson
from autograder.submission import readiness
from autograder.submission.readiness import find_notebooks, look_over

NAME = "00_welcome"
RIGHT = "def center(x):\n    return x - x.mean(axis=0)"


@pytest.fixture
def hand_in(tmp_path):
    """Write a notebook with an answer, and further cells before it; return its path."""

    def write(answer, *before, change=None):
        notebook = nbformat.from_dict(copy.deepcopy(stored.lesson(NAME)["released"]))
        place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "center")
        notebook.cells[place].source = answer
        notebook.cells[place:place] = [nbformat.v4.new_code_cell(source) for source in before]
        if change:
            change(notebook.cells)
        path = tmp_path / f"{NAME}.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def test_the_released_notebook_is_known_and_not_begun(capsys):
    assert main(["check", NAME]) == 0
    assert "· 00_welcome: not begun" in capsys.readouterr().out


def test_a_right_answer_is_ready(hand_in, capsys):
    path = hand_in("def center(x):\n    return x - means(x)", "def means(x):\n    return x.mean(axis=0)")
    assert main(["check", "--submit", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} can be graded.\n✓ center: passes its visible check\n"
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "✓ 00_welcome: 1 of 1 exercises pass their visible check\n"


def test_a_wrong_answer_is_told_its_mistake_and_can_be_graded(hand_in, capsys):
    assert main(["check", "--submit", str(hand_in("def center(x):\n    return x - x.mean()"))]) == 0
    out = capsys.readouterr().out
    assert "✗ center: is not right yet" in out and "One mean of the whole matrix" in out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("offset = later\n" + RIGHT, "its cell stops with NameError: name 'later' is not defined No cell above makes"),
        ("import pandas_of_mine\n" + RIGHT, "ModuleNotFoundError: No module named 'pandas_of_mine' Grading has the"),
        ("def center(x:", "its cell stops with SyntaxError"),
        ("import os\nos._exit(1)", "its cell stops with Stopped: the kernel died"),
    ],
)
def test_what_will_not_run_for_graders_is_told(answer, words, hand_in, capsys):
    assert main(["check", "--submit", str(hand_in(answer))]) == 1
    assert words in capsys.readouterr().out


def test_a_cell_that_never_ends_is_stopped(hand_in, monkeypatch):
    monkeypatch.setattr(readiness, "CELL_SECONDS", 2)
    found = look_over(NAME, hand_in("while True: pass"))
    assert found.exercises["center"] == (readiness.STOPPED, "its cell stops with Stopped: it ran too long")


def test_damage_is_told_as_graders_are_told(hand_in, capsys):
    def damage(cells):
        cells[:] = [cell for cell in cells if cell.id != "check_center"]

    assert main(["check", "--submit", str(hand_in(RIGHT, change=damage))]) == 0
    assert "Note: check_center was deleted; it was put back." in capsys.readouterr().out


def test_a_file_that_graders_will_refuse_is_refused_with_their_reason(tmp_path, capsys):
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text('{"cells": [')
    assert main(["check", "--submit", str(path)]) == 1
    assert "cannot be graded: 00_welcome.ipynb is not JSON (line 1" in capsys.readouterr().out
    assert main(["check", "--submit", str(tmp_path / "00_welcome-2.ipynb")]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_the_courses_own_notebook_is_found_by_number_and_name():
    assert find_notebooks("00") == find_notebooks(NAME) == [(NAME, readiness.NOTEBOOKS / NAME / f"{NAME}.ipynb")]
    with pytest.raises(UnknownLesson, match="no lesson is called '99'. The lessons are: 00_welcome, 01"):
        find_notebooks("99")


# Which file


def test_nothing_but_the_answer_is_said_in_a_fresh_process(hand_in):
    noisy = "import os, warnings\nos.write(2, b'low')\nwarnings.warn('a warning')\npattern = '\\d'\n"
    path = hand_in(noisy + RIGHT)
    command = [sys.executable, "-m", "autograder", "check", "--submit", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{path} can be graded.\n✓ center: passes its visible check\n"


@pytest.mark.parametrize("name", ["00_welcome.ipynb.json", "00_Welcome-Copy1.IPYNB", "my work.ipynb", "work", "1.txt"])
def test_the_very_file_is_read_whatever_it_is_called(name, hand_in, tmp_path, monkeypatch, capsys):
    hand_in(RIGHT).rename(tmp_path / name)
    hand_in("def center(x):\n    return x")  # another beside it, under the lesson's own name
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--submit", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{name} can be graded.\n  Note: {name} was taken for {NAME}.ipynb.\n✓ center: passes")


@pytest.mark.parametrize(
    "name", ["00_welcome.ipynb", "away/00_welcome.ipynb", "away/", "./00_welcome", "00_welcome.txt"]
)
def test_a_file_that_is_not_there_is_an_error_that_says_so(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--submit", name]) == 2
    out, err = capsys.readouterr()
    assert not out and f"there is no file {os.path.normpath(name)}." in err


def test_of_a_folder_all_notebooks_are_looked_over(hand_in, tmp_path, capsys):
    (tmp_path / "mine" / "deep" / ".ipynb_checkpoints").mkdir(parents=True)
    hand_in(RIGHT).rename(tmp_path / "mine" / "deep" / "a.ipynb")
    for name in ("b.ipynb", ".hidden.ipynb", "deep/.ipynb_checkpoints/a.ipynb", "notes.txt"):
        (tmp_path / "mine" / name).write_text('{"nbformat": 4, "cells": [{"source": "1 + 1"}]}')
    assert main(["check", "--submit", str(tmp_path / "mine")]) == 1
    out = capsys.readouterr().out
    assert out.count("can be graded.") == 1 and out.count("b.ipynb is not of any lesson: this is another note") == 1
    (tmp_path / "empty").mkdir()
    assert main(["check", "--submit", str(tmp_path / "empty")]) == 2
    assert "there is no notebook in" in capsys.readouterr().err


def test_the_courses_own_folder_of_a_lesson_is_looked_over(capsys):
    assert main(["check", str(readiness.NOTEBOOKS / NAME)]) == 0
    assert "· 00_welcome: not begun" in capsys.readouterr().out


#: What is done to a right notebook's bytes, or None.
ODD = {
    "nothing": None,
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "gzip": gzip.compress,
    "a fence": lambda content: b"```json\n" + content + b"\n```",
    "cut off": lambda content: content[:500],
    "a script": lambda content: RIGHT.encode(),
    "a page": lambda content: b"<html><title>Log in</title></html>",
    "another lesson": lambda content: json.dumps(stored.lesson("03_forward")["released"]).encode(),
    "another course": lambda content: b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "1 + 1"}]}',
}


@pytest.mark.parametrize("form", ODD)
def test_check_says_what_grading_says(form, hand_in, tmp_path):
    path = hand_in("def center(x):\n    return None", change=lambda cells: cells.pop())
    path.write_bytes(ODD[form](path.read_bytes()) if ODD[form] else path.read_bytes())
    (tmp_path / "class" / "ada" / NAME).mkdir(parents=True)
    shutil.copy(path, tmp_path / "class" / "ada" / NAME)
    classroom = Classroom.apart(tmp_path / "room")
    with collect(tmp_path / "class", NAME) as found:
        [handed] = received(found.students, NAME, classroom)
        taken, _ = take_in(handed, NAME, nbformat.from_dict(stored.lesson(NAME)["released"]))
    told = look_over(NAME, path)
    assert (told.refused, told.notes) == (taken.refused, taken.notes)
    assert bool(told.refused) == (form in {"cut off", "a script", "a page", "another lesson", "another course"})


# Lessons in NumPy


MEAN = "(torch.tensor(x) - torch.tensor(x).mean(0)).numpy()"
#: Answers with torch in a lesson without it, and what is told about each.
IN_TORCH = {
    "imported in the function": (f"def center(x):\n    import torch\n    return {MEAN}", "graded where torch cannot"),
    "imported in the cell": (f"import torch\ndef center(x):\n    return {MEAN}", "Leave torch out: this lesson is"),
    "imported and not used": (f"import torch\n{RIGHT}", "Leave torch out: this lesson is"),
    "a part of it imported": ("from torch import tensor\n" + RIGHT, "Leave torch out: this lesson is"),
    "taken if it is there": (f"try:\n    import torch\nexcept ImportError:\n    torch = None\n{RIGHT}", ""),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows")
def test_a_notebook_with_torch_in_a_lesson_in_numpy_is_told_what_grading_says(hand_in, tmp_path, capsys):
    for name, (answer, words) in IN_TORCH.items():
        path = hand_in(answer)
        folder = tmp_path / "class" / name / NAME
        folder.mkdir(parents=True)
        shutil.copy(path, folder)
        told = look_over(NAME, path).exercises["center"]
        assert (told[0] == readiness.PASSED) == (not words) and words in " ".join(told[1].split()), name
    results = grade_folder(NAME, tmp_path / "class", Classroom.apart(tmp_path / "room"), trusted=True)
    for result in results:
        assert result.points == (0 if IN_TORCH[result.student][1] else result.max_points), result


@pytest.mark.parametrize("lesson", stored.lessons())
def test_learners_and_graders_agree_on_which_lessons_use_torch(lesson):
    assert stored.uses_torch(lesson) == load_lesson(lesson).uses_torch
