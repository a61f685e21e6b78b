"""What learners read: messages of mistakes, symptoms of probes, cases for paper, and the sentences made of numbers."""

import ast
import re
from collections.abc import Iterator

import numpy as np
import pytest

from autograder.exercises.bank import bank_of, banks_of
from autograder.learner.check import STOPS, UNNAMED, CheckFailed, _named, check, checking, explain
from autograder.learner.diagnosis.answer import STOPPED, LocalImplementation
from autograder.learner.diagnosis.compare import Difference
from autograder.learner.diagnosis.diagnose import ALSO_PLAIN, Diagnosis, Known, Played, describe
from autograder.learner.diagnosis.exercise import Probe, exercise_names
from autograder.learner.diagnosis.ladder import smallest_wrong
from autograder.learner.diagnosis.observe import Observation
from autograder.learner.diagnosis.symptoms import symptoms
from autograder.lessons import STUB, lesson_names, load_lesson

#: Words of a cause and where to look together, and of a symptom.
MESSAGE, SYMPTOM = range(15, 61), range(8, 41)
#: Words of what is told of others who made a mistake; how many mistakes at least are told with it.
COMPANY, IN_COMPANY = range(12, 49), 12
#: An assigned expression up to this length may stand in a message, a line of code up to the second.
SHORT_VALUE, SHORT_LINE = 12, 6
CASES, NUMBERS, SHARE = 6, 12, 0.8

every_exercise = pytest.mark.parametrize("exercise", exercise_names())


# What the banks say.


@every_exercise
def test_cause_and_look_of_a_mistake_together_have_15_to_60_words(exercise):
    messages = {mistake.name: f"{mistake.cause} {mistake.look}" for mistake in bank_of(exercise).mistakes.values()}
    assert {name: text for name, text in messages.items() if len(text.split()) not in MESSAGE} == {}


@every_exercise
def test_what_is_told_of_others_has_12_to_48_words(exercise):
    known = {mistake.name: mistake.company for mistake in bank_of(exercise).mistakes.values() if mistake.company}
    assert {name: told for name, told in known.items() if len(told.told.split()) not in COMPANY} == {}


def test_in_every_lesson_somebody_is_told_to_be_in_good_company():
    companies = {
        lesson: [mistake.company for bank in banks_of(load_lesson(lesson)) for mistake in bank.mistakes.values()]
        for lesson in lesson_names()
    }
    count = {lesson: sum(map(bool, found)) for lesson, found in companies.items()}
    assert [lesson for lesson in count if not count[lesson]] == [] and sum(count.values()) >= IN_COMPANY


@every_exercise
def test_a_symptom_has_8_to_40_words(exercise):
    probes = bank_of(exercise).all_probes.probes
    assert {name: probe.symptom for name, probe in probes.items() if len(probe.symptom.split()) not in SYMPTOM} == {}


@every_exercise
def test_no_message_holds_code_of_the_solution_or_of_its_mistake(exercise):
    bank = bank_of(exercise)
    solution = {*code_in(bank.solution)}
    found = {}
    for mistake in bank.mistakes.values():
        message = f"{mistake.cause} {mistake.look} {mistake.company or ''}"
        told = [text for text in solution | {*code_in(mistake.source(bank.solution))} if text in message]
        found |= {mistake.name: told} if told else {}
    assert found == {}


def code_in(source: str) -> Iterator[str]:
    """Lines and assigned or returned expressions, in one line each; names with commas between them are no code."""
    lines = [line.split("  #")[0].strip() for line in source.split("\n")]
    yield from (line for line in lines if len(line) > SHORT_LINE and not is_names(line))
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return) and node.value:
            value = " ".join((ast.get_source_segment(source, node.value) or "").split())
            if len(value) > SHORT_VALUE and not is_names(value):
                yield value


def is_names(text: str) -> bool:
    return bool(re.fullmatch(r"[\w, ]*", text))


def test_a_line_and_a_value_count_as_code_and_names_do_not():
    source = "def f(x):\n    a = x.mean() - 10  # why\n    b = a\n    return a, b\n"
    assert [*code_in(source)] == ["def f(x):", "a = x.mean() - 10", "x.mean() - 10"]
    assert [*code_in("if x:\n!")] == []


# What can be done on paper.


@every_exercise
def test_a_ladder_has_six_cases_at_least_and_arrays_of_12_numbers_at_most(exercise):
    ladder = bank_of(exercise).exercise.ladder
    assert len(ladder) >= CASES
    given = [array for case in ladder for line in case.told for array in arrays_in(line)]
    assert [array for array in given if np.size(array) > NUMBERS] == []
    right = [value for outputs in bank_of(exercise).right_on_paper() for value in outputs.values()]
    assert [value for value in right if value.size > NUMBERS] == []


def arrays_in(line: str) -> Iterator[list]:
    """The lists of numbers in a line, as they are written; of a list of arrays each one."""
    place = 0
    while (place := line.find("[", place)) >= 0:
        ends = (end for end in range(place + 1, len(line) + 1) if balanced(line[place:end]))
        text = line[place : next(ends, place)]
        if not re.fullmatch(r"[-\d.,\s\[\]e]+", text) or line[place - 1 : place].isalnum():
            place += 1
            continue
        place += len(text)
        value = ast.literal_eval(text)
        try:
            np.array(value, dtype=float)
        except ValueError:  # arrays of several shapes
            yield from value
        else:
            yield value


def balanced(text: str) -> bool:
    return text.count("[") == text.count("]")


def test_lists_are_found_in_a_line():
    assert [*arrays_in("x = [[1, 2.5], [-3, 0]] and [7]")] == [[[1, 2.5], [-3, 0]], [7]]
    assert [*arrays_in("loader = [[[1], [2]], [[3]]]")] == [[[1], [2]], [[3]]]
    assert [*arrays_in("f adds z[0] to [1, 2] and [n]")] == [[1, 2]]


@every_exercise
def test_the_ladder_catches_four_in_five_mistakes(exercise):
    bank = bank_of(exercise)
    right, enough = bank.right_on_paper(), SHARE * len(bank.mistakes)
    caught, slips = 0, []
    for name in bank.mistakes:
        if smallest_wrong(bank.exercise, LocalImplementation(bank.wrong(name)), right):
            caught += 1
        else:
            slips.append(name)
        if caught >= enough:  # the rest would only take time
            return
    raise AssertionError(f"these go unnoticed on paper: {slips}")


# Sentences on numbers.

TABLE = np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 0.0], [7.0, 1.0, 3.0], [2.0, 8.0, 6.0]])
ROWS = np.arange(4.0)[:, None]
MEANS = TABLE.mean(axis=0)
UNEVEN = (TABLE - MEANS) * [2.0, 3.0, 0.5] + MEANS
FEW = TABLE[:, :2]
CONSTANT = np.column_stack([np.full(4, 5.0), TABLE[:, 0]])
WOBBLING = CONSTANT + np.column_stack([[1e-3, -1e-3, 1e-3, -1e-3], np.zeros(4)])


def changed(array, place, value):
    array = np.array(array)
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("got", "want", "sentences"),
    [
        (
            TABLE.reshape(-1),
            TABLE,
            ["out has shape (12,); expected (4, 3). The numbers themselves are right: only the shape is not."],
        ),
        (TABLE.T, TABLE, ["out has shape (3, 4); expected (4, 3). It is the right matrix, transposed."]),
        (7.0, TABLE, ["out has shape (); expected (4, 3). It is one number."]),
        (TABLE[:2] + 1, TABLE, ["out has shape (2, 3); expected (4, 3)."]),
        (changed(TABLE, (0, 1), np.nan), TABLE, ["out has NaN or infinite values in column 1."]),
        (changed(TABLE, 0, np.inf), TABLE, ["out has NaN or infinite values."]),
        (np.nan, 3.0, ["out is nan."]),
        (np.inf, 3.0, ["out is inf."]),
        (0 * TABLE, TABLE, ["every value of out is 0."]),
        (1e-16 * TABLE, TABLE, ["every value of out is 0 but for rounding (8e-16)."]),
        (3 * TABLE, TABLE, ["every value of out is 3 times what it should be."]),
        (TABLE * 3 / 4, TABLE, ["every value of out is 3/4 times what it should be."]),
        (-TABLE, TABLE, ["every value of out is -1 times what it should be."]),
        (TABLE * 2**0.5, TABLE, ["every value of out is √2 times what it should be."]),
        (TABLE * (3 / 4) ** 0.5, TABLE, ["every value of out is √(3/4) times what it should be."]),
        (TABLE * 3.14159, TABLE, ["every value of out is 3.142 times what it should be."]),
        (TABLE + 0.25, TABLE, ["every value of out is too large by the same 0.25."]),
        (TABLE - 2, TABLE, ["every value of out is too small by the same 2."]),
        (changed(FEW, (0, 0), 9), FEW, ["out is right in column 1 and wrong in column 0."]),
        (
            (TABLE - MEANS) * 2 + MEANS,
            TABLE,
            ["out has the right column means, and not the right spread: each is 2 times what it should be."],
        ),
        (
            UNEVEN,
            TABLE,
            [
                "out has the right column means, and not the right spread: 0.5 to 3 times what it should be, "
                "depending on the column."
            ],
        ),
        (TABLE + np.array([1, 2, 3]), TABLE, ["out has the right spread in each column, and a wrong mean."]),
        (
            WOBBLING[:, [0, 0]],
            CONSTANT[:, [0, 0]],
            ["out has the right column means, and not the right spread: a constant column does not stay constant."],
        ),
        (changed(TABLE, 3, [0, 0, 0.5]), TABLE, ["out is right in row 0, 1, 2 only."]),
        (changed(TABLE, (2, 1), 9).ravel(), TABLE.ravel(), ["out[7] is 9, expected 1."]),
        (9.0, 3.0, ["out is 9, expected 3."]),
        (np.array([True, False]), np.array([True, True]), ["out[1] is False, expected True."]),
    ],
)
def test_a_sentence_says_how_numbers_differ(got, want, sentences):
    found = Difference("values", "out", np.asarray(got), np.asarray(want))
    assert symptoms(found) == sentences


@pytest.mark.parametrize(
    ("name", "got", "want", "arguments", "sentence"),
    [
        ("out", [1.0, 2, 9], [1.0, 2, 4], {"per_call": True}, "out in call 3 of 3 is 9, expected 4."),
        ("out", [1.0, 2, 9], [1.0, 2, 4], {"per_call": True, "example": False}, "out has wrong values."),
        ("the result of adding 0", [1.0, 9], [1.0, 4], {}, "the result of adding 0: entry 1 is 9, expected 4."),
        ("a sum", 9.0, 4.0, {}, "a sum: it is 9, expected 4."),
        ("a sum", 9.0, 4.0, {"example": False}, "a sum: it has wrong values."),
        ("a sum", [2.0, 4], [1.0, 2], {}, "a sum: every value is 2 times what it should be."),
        ("a sum", [2.0, 4], 1.0, {}, "a sum: it has shape (2,); expected ()."),
        ("out", 1 + 1e-7, 1.0, {}, "out is 1.0000001, expected 1."),
    ],
)
def test_a_sentence_begins_with_the_name_of_the_output_or_the_situation(name, got, want, arguments, sentence):
    assert symptoms(Difference("values", name, np.asarray(got), np.asarray(want)), **arguments) == [sentence]


# Sentences on probes that failed.

PROBE = Probe("a few rows", lambda call, rng: {}, "It is wrong where rows are few.")


def played(kind, output="", got=None, want=None, **seen):
    arrays = (None if a is None else np.asarray(a) for a in (got, want))
    return Played(PROBE, Known({}, {}), Observation(**seen), Difference(kind, output, *arrays))


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        (played("raised", raised=STOPPED, detail="it took longer than 2 s"), "it took longer than 2 s."),
        (played("raised", raised="KeyError", detail="'x'"), "it stopped with KeyError: 'x'."),
        (played("raised", raised="KeyError"), "it stopped with KeyError."),
        (played("problem", problem="out is a list; return a NumPy array"), "out is a list; return a NumPy array."),
        (played("missing", "out"), "out is missing."),
        (played("changed", "x"), "it changed its argument `x`: the caller's array is not what it was before."),
        (played("values", "out", [3.0, 6], [1.0, 2]), "every value of out is 3 times what it should be."),
        (
            played("values", "out", [3.0, 6], [1.0, 2], single=frozenset({"out"})),
            "out in call 2 of 2 is 6, expected 2.",
        ),
    ],
)
def test_a_failed_probe_is_described_by_what_was_seen(finding, sentence):
    assert describe(finding, plain_is_right=True) == [sentence]


@pytest.mark.parametrize(
    ("finding", "plain_is_right", "sentence"),
    [
        (played("raised", raised=STOPPED, detail="it took longer than 2 s"), True, "it took longer than 2 s."),
        (
            played("raised", raised="KeyError", detail="[7.25]"),
            True,
            "It stopped with KeyError, on this: a few rows.",
        ),
        (
            played("raised", raised="X725", detail="[7.25]"),
            True,
            "It stopped with an error of its own, on this: a few rows.",
        ),
        (
            played("problem", problem="7.25"),
            True,
            "What it returned cannot be compared, on this: a few rows.",
        ),
        (
            played("problem", problem="out is a list; return a NumPy array"),
            True,
            "What it returned cannot be compared, on this: a few rows (out is a list; return a NumPy array).",
        ),
        (
            played("changed", "x"),
            True,
            "It changed one of its arguments: the caller's array is not what it was before.",
        ),
        (played("values", "out", [7.25], [1.0]), True, "It is wrong where rows are few."),
        (
            played("values", "out", [7.25], [1.0]),
            False,
            "The results differ from the right ones here as on plain data: put that right first.",
        ),
    ],
)
def test_of_hidden_data_no_number_is_told(finding, plain_is_right, sentence):
    assert describe(finding, plain_is_right=plain_is_right, values=False) == [sentence]
    assert ALSO_PLAIN.startswith("The results differ")


# Whole messages of the check.

MESSAGES = {
    "low": {"cause": "It is too low.", "look": "the sum."},
    "high": {"cause": "It is too high.", "look": "the factor."},
}


@pytest.mark.parametrize(
    ("names", "options", "paragraphs"),
    [
        (
            ("low",),
            {"complete": True},
            ["Cause It is too low. (This gives exactly what is seen.)", "Look at the sum."],
        ),
        (
            ("low", "high"),
            {"complete": True},
            [
                "Cause It is too low. Or: It is too high. (Each of the two gives exactly what is seen.)",
                "Look at the sum.",
            ],
        ),
        (
            ("low", "high"),
            {"complete": True, "together": True},
            [
                "Cause two mistakes at once. It is too low. And: It is too high. (Together they give exactly what is "
                "seen.)",
                "Look at the sum. And: the factor.",
            ],
        ),
        (
            ("low",),
            {"explained": 2},
            [
                "Cause It is too low. (That is exactly what 2 of the 3 failing probes show; the rest has another "
                "cause.)",
                "Look at the sum.",
            ],
        ),
    ],
)
def test_a_named_mistake_is_told_with_how_sure_that_is(names, options, paragraphs):
    failed = tuple(played("missing", "out") for _ in range(3))
    assert [*map(unwrapped, _named(Diagnosis(failed, names, **options), MESSAGES))] == paragraphs


def test_who_else_has_made_it_is_told_last_unless_it_might_be_another_mistake():
    company = {"company": "jax#442, Feb 2019: It was low. https://github.com/jax-ml/jax/issues/442"}
    messages = {"low": MESSAGES["low"] | company, "high": MESSAGES["high"]}
    failed = (played("missing", "out"),)

    def last(*names, **options):
        return unwrapped(_named(Diagnosis(failed, names, complete=True, **options), messages)[-1])

    told = f"Company You are in good company: {company['company']}"
    assert last("low") == last("high", "low", together=True) == told
    assert last("high") == last("low", "high").replace("sum", "factor") == "Look at the factor."


def unwrapped(paragraph):
    return " ".join(paragraph.split())


def told(function, exercise=None):
    with pytest.raises(CheckFailed) as error:
        check(function, exercise)
    return str(error.value)


def test_a_right_answer_is_told_with_the_number_of_probes(capsys):
    check(lambda x: x - x.mean(axis=0), "center")
    assert capsys.readouterr().out == "✓ center: right on all 3 probes.\n"


def test_an_unnamed_mistake_is_told_by_what_is_seen_and_done_on_paper():
    assert told(lambda x: 3 * (x - x.mean(axis=0)), "center") == (
        "✗ center is not right yet (0 of 3 probes agree).\n"
        "  Seen     four rows, three columns: every value of out is 3 times what it should be.\n"
        "  On paper x = [[1], [3]]\n"
        "           yours: out = [[-3], [3]]\n"
        "           expected: out = [[-1], [1]]\n"
        "  Cause    not a mistake that this course knows by name. The lines above are the best clues."
    )
    assert UNNAMED == "not a mistake that this course knows by name. The lines above are the best clues."


def test_an_error_leaves_no_numbers_to_compare():
    def center(x):
        raise KeyError(7)

    lines = told(center).splitlines()
    assert lines[1].startswith("  Seen     four rows, three columns: it stopped with KeyError: 7")
    assert unwrapped("\n".join(lines[-2:])) == f"Cause {STOPS}"
    assert STOPS == (
        "an error leaves no numbers to compare. Print the shape and the type of what stands in the line that stopped."
    )


def test_what_is_special_about_a_probe_is_told_where_plain_data_are_right():
    right = played("values")
    right = Played(right.probe, right.facts, right.seen, None)
    found = Diagnosis((right, played("values", "out", [3.0, 7], [1.0, 2])))
    message = explain("center", found, None)
    assert message == (
        "✗ center is not right yet (1 of 2 probes agree).\n"
        "  Seen     a few rows: out[1] is 7, expected 2.\n"
        "  Also     It is wrong where rows are few.\n"
        "  Cause    not a mistake that this course knows by name. The lines above are the best clues."
    )


def test_an_earlier_exercise_that_is_wrong_comes_first():
    found = Diagnosis((played("missing", "out"),))
    assert unwrapped(explain("center", found, None, first="scale")) == (
        "✗ center is not right yet (0 of 1 probes agree). Seen a few rows: out is missing. "
        "First center calls your `scale`, which fails its own check: put that right before you look here."
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (AssertionError("3 is not 4"), "  By hand  3 is not 4"),
        (AssertionError(), "  By hand  a test in this cell failed."),
        (ValueError("too few"), "  By hand  the small test stopped with ValueError: too few"),
    ],
)
def test_a_small_test_that_fails_is_told_with_what_it_said(error, line):
    with pytest.raises(CheckFailed) as failed, checking(lambda x: x - x.mean(axis=0), "center"):
        raise error
    assert str(failed.value).splitlines() == ["✗ center is not right yet (3 of 3 probes agree).", line]


def test_an_exercise_that_has_to_be_done_before_is_told():
    undone = f"def batch_statistics(x):\n    {STUB}"
    calls = "def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    return batch_statistics(x)"
    space = load_lesson("03_forward").define({"batch_statistics": undone, "batchnorm_forward": calls})
    assert told(space["batchnorm_forward"]) == (
        "✗ batchnorm_forward needs your `batch_statistics`, which is not done yet: do that first."
    )


def test_what_is_no_exercise_is_refused_in_words():
    with pytest.raises(TypeError) as refused:
        check(3)
    assert str(refused.value) == "check() takes your function itself, as in check(batchnorm_forward), not 3."
    with pytest.raises(TypeError) as refused:
        check(lambda x: x, "centre")
    assert str(refused.value) == (
        f"no exercise is called 'centre'; the exercises are {', '.join(exercise_names())}. Say which one you mean: "
        'check(centre, "exercise_name").'
    )
