"""What `try` says about a plain Python file."""

import os

import pytest

from autograder.cli import main
from autograder.grading.attempt import AttemptError
from autograder.grading.attempt import attempt as attempt_guarded
from autograder.lesson_names import UnknownLesson
from autograder.sandbox import remote

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be run on Windows")

RIGHT = "def center(x):\n    return x - x.mean(axis=0)\n"
ROWS = "def center(x):\n    return x - x.mean(axis=1, keepdims=True)\n"


def attempt(exercise, path):
    return attempt_guarded(exercise, path, trusted=True)


def written(folder, text):
    path = folder / "answer.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_right_answer_gets_all_points(tmp_path):
    result = attempt("center", written(tmp_path, RIGHT))
    assert result["points"] == result["max_points"] == 3
    assert [part["passed"] for part in result["parts"]] == [True, True, True]


def test_a_known_mistake_is_named_in_each_part(tmp_path):
    result = attempt("center", written(tmp_path, ROWS))
    assert result["points"] == 0
    assert {part["mistake"] for part in result["parts"]} == {"mean_of_rows"}


def test_an_answer_without_the_function_is_told_what_to_name_it(tmp_path):
    with pytest.raises(AttemptError, match=r"defines no `center`; it defines centre\. Name your function `center`"):
        attempt("center", written(tmp_path, RIGHT.replace("center", "centre")))


def test_a_placeholder_is_not_implemented_and_not_wrong(tmp_path):
    result = attempt("center", written(tmp_path, "def center(x):\n    raise NotImplementedError\n"))
    assert result["points"] == 0
    assert {part["message"] for part in result["parts"]} == {"Not implemented yet."}


def test_an_endless_loop_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "CALL_SECONDS", 1)
    result = attempt("center", written(tmp_path, "def center(x):\n    while True: pass\n"))
    assert result["points"] == 0
    assert "had to be stopped" in result["parts"][1]["message"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def center(x:\n", "not valid Python"),
        ("def center(x): return x\n1 / 0\n", "stopped with ZeroDivisionError"),
        ("def center(x): return x\nimport os; os._exit(0)\n", "stopped with Stopped: its process ended"),
    ],
)
def test_a_file_that_does_not_run_is_told_why(tmp_path, text, words):
    with pytest.raises(AttemptError, match=words):
        attempt("center", written(tmp_path, text))


def test_a_missing_file_and_an_unknown_exercise_are_told_apart(tmp_path):
    with pytest.raises(AttemptError, match="cannot be read"):
        attempt("center", tmp_path / "nowhere.py")
    with pytest.raises(UnknownLesson, match="The exercises are: center"):
        attempt("centre", tmp_path / "nowhere.py")


def test_the_command_fails_for_a_wrong_answer_and_prints_json(tmp_path, capsys):
    assert main(["try", "center", str(written(tmp_path, ROWS)), "--json", "--trust-submissions"]) == 1
    assert '"mistake": "mean_of_rows"' in capsys.readouterr().out
    assert main(["try", "center", str(written(tmp_path, RIGHT)), "--trust-submissions"]) == 0
    assert "center: 3 of 3 points" in capsys.readouterr().out
