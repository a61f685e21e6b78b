"""What a learner is told."""

import functools
import json
import re
import sys

import numpy as np
import pytest

from autograder import stored
from autograder.learner import check, checking, progress, score_so_far
from autograder.learner.check import CheckFailed
from autograder.learner.progress import Standing
from autograder.lessons import STUB


def told(function, exercise="center"):
    with pytest.raises(CheckFailed) as error:
        check(function, exercise)
    return " ".join(str(error.value).split())


def test_right_code_passes_and_counts(capsys):
    check(lambda x: x - x.mean(axis=0), "center")
    score_so_far("00_welcome")
    out = capsys.readouterr().out
    assert "✓ center: right on all" in out
    assert "center  ✓ 1 of 1 point; hidden: 2 open" in out
    assert "Visible checks: 1 of 1 point. Hidden tests: 2 points, open until graded." in out


def test_code_that_breaks_again_no_longer_counts():
    def center(x):
        return x

    check(lambda x: x - x.mean(axis=0), "center")
    told(lambda x: x)
    assert progress.standing("center") is Standing.RIGHT, "another function's failure says nothing about one's own"
    told(center, None)
    assert progress.standing("center") is Standing.WRONG


def test_a_known_mistake_is_named_with_what_was_seen_the_cause_and_where_to_look():
    message = told(lambda x: x - x.mean(axis=1, keepdims=True))
    assert "Seen" in message and "expected" in message
    assert "mean of each row" in message
    assert "Look at" in message


def test_the_same_mistake_in_another_style_is_named_too():
    def rows_in_a_loop(x):
        return np.array([[value - sum(row) / len(row) for value in row] for row in x])

    assert "mean of each row" in told(rows_in_a_loop)


def test_an_unknown_mistake_is_described_by_its_symptom():
    message = told(lambda x: 3 * (x - x.mean(axis=0)))
    assert "every value of out is 3 times what it should be" in message
    assert "not a mistake that this course knows" in message


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: None, "returned nothing"),
        (lambda x: [[1.0]], "out is a list; return a NumPy array"),
        (lambda x: "text", "out is a str"),
        (lambda x: x + 1j, "complex128"),
        (lambda x: x.T, "shape (3, 4); expected (4, 3)"),
        (lambda x: x / 0 * np.nan, "NaN"),
        (lambda x: undefined_name, "NameError: name 'undefined_name' is not defined"),  # noqa: F821
        (lambda: 1, "TypeError"),
    ],
)
def test_what_cannot_be_compared_is_said_in_words(function, words):
    assert words in told(function)


def test_the_line_that_raised_is_quoted():
    def divides(x):
        return 1 / (len(x) - len(x))

    assert "in the line `return 1 / (len(x) - len(x))`" in told(divides)


def test_a_changed_argument_is_a_mistake():
    def in_place(x):
        x = x if x.dtype == float else x.astype(float)
        x -= x.mean(axis=0)
        return x

    assert "changed its argument `x`" in told(in_place)


def test_what_is_not_done_is_not_wrong():
    namespace = {}
    exec(f"def center(x):\n    {STUB}", namespace)
    with pytest.raises(NotImplementedError, match="Exercise:"):
        check(namespace["center"])


@pytest.mark.parametrize("convert", [lambda a: a.astype(np.float16).astype(float), lambda a: a + 1e-5])
def test_values_off_by_more_than_the_tolerance_fail(convert):
    told(lambda x: convert(x - x.mean(axis=0)))


def test_rounding_noise_passes():
    check(lambda x: (x - x.mean(axis=0)) * (1 + 1e-12), "center")


def test_printing_and_warnings_are_kept_quiet(capsys):
    import warnings

    def noisy(x):
        print("debug")
        warnings.warn("careful", stacklevel=2)
        return x - x.mean(axis=0)

    check(noisy, "center")
    seen = capsys.readouterr()
    assert "debug" not in seen.out and not seen.err


def test_a_failed_small_test_is_told_together_with_its_cause():
    def center(x):
        return x - x.mean()

    with pytest.raises(CheckFailed) as error, checking(center):
        assert center(np.eye(2))[0, 0] == 7, "seven is expected here."
    assert "seven is expected here." in str(error.value)
    assert error.value.mistakes == ("one_mean_for_all",)


def test_a_small_test_that_stops_is_explained():
    def center(x):
        return None

    with pytest.raises(CheckFailed, match="returned nothing"), checking(center):
        center(np.eye(2))[0]


def test_jupyter_shows_the_message_without_the_frames_of_the_checker():
    message = CheckFailed("one\ntwo")
    assert message._render_traceback_() == ["one", "two"]


def test_an_answer_under_another_name_is_found_by_its_name_in_the_notebook(monkeypatch, capsys):
    answer = functools.partial(lambda x, axis: x - x.mean(axis=axis), axis=0)
    monkeypatch.setattr(sys.modules["__main__"], "center", answer, raising=False)
    check(answer)
    with checking(answer):
        assert answer(np.eye(2)).sum() == 0
    assert capsys.readouterr().out.count("✓ center") == 2


def test_a_broken_helper_is_pointed_out_first():
    def fit_standardizer(x):
        return x.mean(axis=1), x.std(axis=1)

    with pytest.raises(CheckFailed):
        check(fit_standardizer)
    namespace = {"fit_standardizer": fit_standardizer}
    exec("def standardize(x, mean, std, eps=1e-5):\n    return x - fit_standardizer(x)[0].mean()", namespace)
    first = "First standardize calls your `fit_standardizer`, which fails its own check"
    assert first in told(namespace["standardize"], None)


def test_what_is_called_like_an_exercise_of_another_lesson_is_given_and_not_blamed():
    namespace = {}
    exec("def batchnorm_backward(dout, cache):\n    return dout, dout[0], dout[0]", namespace)
    exec("def batchnorm2d_backward(dout, cache):\n    return batchnorm_backward(dout, cache)", namespace)
    assert "which fails its own check" not in told(namespace["batchnorm2d_backward"], None)


@pytest.mark.parametrize(
    ("thing", "words"), [(3, "takes your function itself"), (np.mean, "no exercise is called 'mean'")]
)
def test_check_on_something_else_says_what_it_takes(thing, words):
    with pytest.raises(TypeError, match=words):
        check(thing)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("def center(x):\n    import torch\n    return torch.tensor(x).numpy()", "stopped with ModuleNotFoundError"),
        ("def center(x):\n    from torch.nn import functional\n    return x", "stopped with ModuleNotFoundError"),
        ("import torch\ndef center(x):\n    return torch.tensor(x).numpy()", "stopped with NameError"),
        ("import torch as t\ndef center(x):\n    return t.tensor(x).numpy()", "stopped with NameError"),
        ("from torch import tensor\ndef center(x):\n    return tensor(x).numpy()", "stopped with NameError"),
        (
            # Stops at something that torch imports at its first use, or is seen to call torch.
            "import torch\ndef center(x, of=torch.tensor):\n    return (of(x) - of(x).mean(0)).numpy()",
            "torch",
        ),
    ],
)
def test_torch_in_a_lesson_in_numpy_is_told_as_where_it_is_graded(way, words):
    space = {"__name__": "notebook"}
    exec(way, space)
    message = " ".join(told(space["center"]).split())
    assert words in message and "written in NumPy, and graded where torch cannot be imported" in message
    import torch

    assert torch.ones(1) == 1


def test_torch_beside_an_answer_in_numpy_does_not_matter(capsys):
    space = {"__name__": "notebook"}
    exec("import torch\ndef center(x):\n    return x - x.mean(axis=0)", space)
    check(space["center"])
    assert "torch" in space and "right on all" in capsys.readouterr().out


def test_a_damaged_stored_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    stored.lesson.cache_clear()
    (tmp_path / "77_x.json").write_text("{")
    with pytest.raises(stored.StoredError, match=r"77_x\.json is damaged"):
        stored.lesson("77_x")
    with pytest.raises(stored.StoredError, match="no lesson is called '78_y'"):
        stored.lesson("78_y")


def test_what_learners_get_holds_no_code():
    for path in stored.FOLDER.glob("*.json"):
        messages = json.loads(path.read_text(encoding="utf-8"))["exercises"]
        assert messages and not re.search(r"\bdef \w+\(|\blambda\b|\bimport \w|\bnp\.\w+\(.*\)", json.dumps(messages))
