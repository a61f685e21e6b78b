"""Predictions, what experiments rest on, questions, and how far a learner has come."""

import json
import sys
import types

import pytest

from autograder import stored
from autograder.learner import (
    closest,
    derive,
    needs,
    predict,
    progress,
    quiz,
    record,
    score_so_far,
    verdict,
)
from autograder.learner.progress import Standing
from autograder.lessons import STUB

#: Gives a lesson of the course, and not the little one of these tests.
REAL = stored.lesson
OPTIONS = {"more": "more of it", "less": "less of it", "same": "as much"}
ASKED = {
    "exercises": {
        "center": {"points": {"visible": 1, "hidden": 2}},
        "standardize": {"points": {"visible": 2, "hidden": 3}},
    },
    "predictions": {"how_many": {"question": "How many?", "options": OPTIONS}},
    "quizzes": {"q": {"right": "b", "choices": {"a": "no, because", "b": "yes, since"}}},
    "derivations": {
        "slope": {
            "names": ["x", "n"],
            "right": "2 * x / n",
            "wrong": {"2 * x": "The mean's share is missing."},
            "told": "The slope of a square, shared by n.",
            "then": "$$2x/n$$",
        },
        "term": {"right": "a", "choices": {"a": "yes", "b": "no"}, "then": "It **vanishes**."},
    },
}


@pytest.fixture(autouse=True)
def notebook(monkeypatch):
    """A lesson with little in it, and a notebook in which nothing has been run."""
    monkeypatch.setattr(stored, "lesson", lambda name: ASKED)
    monkeypatch.setattr(progress, "_checked", {})
    monkeypatch.setattr(progress, "_rightly", set())
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    return vars(main)


@pytest.fixture
def recorded(monkeypatch, tmp_path):
    """A place where a record is kept; restart the kernel by calling it."""

    def restart():
        progress._checked.clear()
        progress._rightly.clear()

    monkeypatch.setenv(record.VARIABLE, str(tmp_path / "deep" / "record.jsonl"))
    monkeypatch.setattr(record, "is_kept", lambda: True)
    return restart


def define(notebook, text):
    exec(text, notebook)
    return notebook["center"]


def letter_of(capsys, outcome):
    predict("any", "how_many", "?")
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    return next(line[0] for line in lines if line.endswith(f") {OPTIONS[outcome]}"))


@pytest.mark.parametrize("lesson", sorted(stored.lessons()))
def test_no_line_of_a_prediction_is_cut_within_a_word_beside_the_list_of_files(lesson, capsys, monkeypatch):
    monkeypatch.setattr(stored, "lesson", REAL)
    for name, asked in stored.lesson(lesson).get("predictions", {}).items():
        for option in asked["options"]:
            made = predict(lesson, name, "a")
            verdict(made, option, "as it was measured.")
    assert max(map(len, capsys.readouterr().out.splitlines()), default=0) <= 100


def test_a_prediction_is_compared_with_the_outcome(capsys):
    less, more = (letter_of(capsys, outcome) for outcome in ("less", "more"))
    verdict(predict("any", "how_many", more), "less", "3 against 5")
    out = capsys.readouterr().out
    assert f"Recorded: {more}) more of it" in out and f"Outcome:  {less}) less of it" in out
    assert f"You had predicted {more}) more of it." in out
    verdict(predict("any", "how_many", less.upper()), "less", "3 against 5")
    assert "Your prediction was right." in capsys.readouterr().out
    verdict(predict("any", "how_many", "?"), "less", "3 against 5")
    assert "no prediction" in capsys.readouterr().out


def test_a_measurement_that_fits_no_option_gets_none(capsys):
    verdict(predict("any", "how_many", "a"), "", "a million")
    out = capsys.readouterr().out
    assert "none of the options fits" in out and "Your prediction" not in out and "You had" not in out


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(9.0, "ten"), (25, "ten"), (31, ""), (0.4, "one"), (0.3, ""), (0, ""), (-1, ""), (float("nan"), "")],
)
def test_the_closest_outcome_is_none_where_all_are_far(value, outcome):
    assert closest(value, {"one": 1, "ten": 10}, within=3) == outcome


def test_what_is_no_letter_or_no_outcome_is_told():
    with pytest.raises(ValueError, match="'z' is not one of a, b, c"):
        predict("any", "how_many", "z")
    with pytest.raises(ValueError, match="not one of more, less, same"):
        verdict(predict("any", "how_many", "a"), "much", "3")
    with pytest.raises(LookupError, match="no prediction 'why'; it has how_many"):
        predict("any", "why", "a")


def test_each_learner_has_an_order_of_their_own_and_keeps_it(recorded, capsys, monkeypatch, tmp_path):
    seen = set()
    for number in range(12):
        monkeypatch.setenv(record.VARIABLE, str(tmp_path / f"{number}.jsonl"))
        letters = [tuple(letter_of(capsys, outcome) for outcome in OPTIONS) for _ in range(2)]
        assert letters[0] == letters[1]
        seen.add(letters[0])
    assert len(seen) > 2


def test_a_guess_is_kept_with_the_order_in_which_it_was_made(recorded, capsys, monkeypatch):
    more = letter_of(capsys, "more")
    predict("any", "how_many", more)
    monkeypatch.setattr(record, "learner", lambda: "somebody else")
    assert letter_of(capsys, "more") == more
    assert [found["choice"] for found in record.notes("predicted")] == ["more"]


def test_needs_names_only_what_is_missing(notebook, capsys):
    done, missing = define(notebook, "def center(x):\n    return x"), f"def standardize(x):\n    {STUB}"
    exec(missing, notebook)
    progress.checked("center", done, right=True)
    with needs("center", "standardize"):
        notebook["standardize"](1)
    assert capsys.readouterr().out == (
        "This cell needs your `standardize`: solve that exercise above, then run this cell again.\n"
    )
    with pytest.raises(NotImplementedError), needs("center"):
        raise NotImplementedError("something else")


def test_needs_says_what_has_not_passed_its_check(notebook, capsys):
    center = define(notebook, "def center(x):\n    return x")
    with needs("center"):
        pass
    assert "Your `center` has not been checked since the kernel started: what" in capsys.readouterr().out
    progress.checked("center", center, right=False)
    with needs("center"):
        pass
    assert "Your `center` does not pass its check: what follows is measured" in capsys.readouterr().out
    progress.checked("center", center, right=True)
    with needs("center"):
        pass
    assert capsys.readouterr().out == ""
    define(notebook, "def center(x):\n    return x")
    with needs("center"):
        pass
    assert capsys.readouterr().out == "", "the same cell, run again"
    define(notebook, "def center(x):\n    return -x")
    with needs("center"):
        pass
    assert "Your `center` has not been checked since it was changed" in capsys.readouterr().out


def test_what_stops_on_a_wrong_answer_is_told_in_a_line_and_other_errors_show(notebook, capsys):
    center = define(notebook, "def center(x):\n    return x")
    progress.checked("center", center, right=False)
    with needs("center"):
        raise ValueError("shapes do not fit")
    out = capsys.readouterr().out
    assert "This cell stopped with ValueError: shapes do not fit\nFirst put right your `center`." in out
    progress.checked("center", center, right=True)
    with pytest.raises(ValueError, match="shapes"), needs("center"):
        raise ValueError("shapes do not fit")


def test_a_function_whose_cell_was_not_run_is_named(notebook, capsys):
    with needs("center"):
        exec("center(1)", notebook)
    assert capsys.readouterr().out.startswith("The cell of `center` has not been run since the kernel started.")
    with pytest.raises(NameError), needs("center"):
        exec("other(1)", notebook)


def test_what_a_cell_above_could_not_make_is_put_down_to_the_missing_exercise(notebook, capsys):
    exec(f"def center(x):\n    {STUB}", notebook)
    with needs("center"):
        exec("trained(1)", notebook)
    assert capsys.readouterr().out.startswith("This cell needs your `center`")


def test_each_answer_to_a_quiz_has_its_own_feedback(capsys):
    for answer, words in {
        "a": "✗ Not a. no, because",
        "B": "✓ Right. yes, since",
        "?": "Put a, b in place",
    }.items():
        quiz("any", "q", answer)
        assert words in capsys.readouterr().out
    with pytest.raises(ValueError, match="'z' is not one of a, b"):
        quiz("any", "q", "z")
    with pytest.raises(LookupError, match="no question 'x'"):
        quiz("any", "x", "a")


@pytest.mark.parametrize(
    "answer", ["2 * x / n", "x / (n / 2)", " (x + x) / n", "sqrt(4 * x**2) / n", "np.divide(2 * x, n)"]
)
def test_a_formula_is_right_however_it_is_written_and_unfolds_what_follows(answer, capsys):
    derive("any", "slope", answer)
    out = capsys.readouterr().out
    assert "✓ Right. The slope of a square" in out and "Markdown" in out


def test_a_wrong_formula_gets_its_feedback_and_unfolds_nothing(capsys):
    for answer, words in {
        "x*2": "The mean's share is missing.",
        "x": "try it on paper",
        "0": "try it on paper",
    }.items():
        derive("any", "slope", answer)
        out = capsys.readouterr().out
        assert "✗ Not that." in out and words in out and "Markdown" not in out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("2 * y", "the name y in it; those to use are x, n, and np, sqrt"),
        ("2 x", "no formula"),
        ("x[5]()", "cannot be used"),
    ],
)
def test_what_is_no_formula_is_told(answer, words):
    with pytest.raises(ValueError, match=words):
        derive("any", "slope", answer)


def test_whoever_is_stuck_may_be_shown_and_it_does_not_count(capsys):
    for question in ("slope", "term"):
        derive("any", question, "?")
        out = capsys.readouterr().out
        assert 'Stuck? Put "show".' in out and "Markdown" not in out
        derive("any", question, "show")
        assert "Markdown" in capsys.readouterr().out
    score_so_far("any")
    assert "Questions answered rightly: 0 of 3." in capsys.readouterr().out


def test_the_score_tells_what_is_earned_and_what_is_open(notebook, capsys):
    progress.checked("center", define(notebook, "def center(x):\n    return x"), right=True)
    quiz("any", "q", "b")
    derive("any", "term", "a")
    capsys.readouterr()
    score_so_far("any")
    out = capsys.readouterr().out
    assert "center       ✓ 1 of 1 point; hidden: 2 open" in out
    assert "standardize  · has not been checked since the kernel started" in out
    assert "Visible checks: 1 of 3 points. Hidden tests: 5 points, open until graded." in out
    assert "Questions answered rightly: 2 of 3." in out
    quiz("any", "q", "a")
    progress.checked("center", notebook["center"], right=False)
    capsys.readouterr()
    score_so_far("any")
    out = capsys.readouterr().out
    assert "center       ✗ 0 of 1 point: it does not pass its check" in out and "rightly: 1 of 3." in out


def test_after_a_restart_it_is_known_what_was_right_before(notebook, recorded, capsys):
    center = define(notebook, "def center(x):\n    return x")
    progress.checked("center", center, right=True)
    quiz("any", "q", "b")
    recorded()
    assert progress.standing("center") is Standing.UNCHECKED
    score_so_far("any")
    out = capsys.readouterr().out
    assert "center       · has not been checked since the kernel started (it was right on " in out
    assert "standardize  · has not been checked since the kernel started\n" in out
    assert "Questions answered rightly: 1 of 3." in out


def test_a_damaged_record_costs_only_its_damaged_lines(recorded):
    record.note("checked", exercise="center", right=True)
    with record.path().open("ab") as file:
        file.write(b'{"kind": "checked", "exer\n[1]\n\xff\n')
    record.note("checked", exercise="center", right=False)
    assert [found["right"] for found in record.notes("checked", exercise="center")] == [True, False]
    assert record.learner() == record.learner() != ""


def test_what_cannot_be_recorded_stops_nobody(recorded, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(record.VARIABLE, str(tmp_path / "file" / "record.jsonl"))
    record.note("checked", exercise="center", right=True)
    assert record.notes("checked") == [] and record.learner() == ""


def test_nothing_is_recorded_outside_of_a_kernel(monkeypatch, tmp_path):
    monkeypatch.setenv(record.VARIABLE, str(tmp_path / "record.jsonl"))
    record.note("checked", exercise="center", right=True)
    assert not list(tmp_path.iterdir())


def test_a_record_is_plain_lines_that_anybody_can_read(recorded):
    record.note("answered", question="q", answer="b", right=True)
    (line,) = record.path().read_text(encoding="utf-8").splitlines()
    assert json.loads(line).items() >= {"kind": "answered", "question": "q", "answer": "b", "right": True}.items()
