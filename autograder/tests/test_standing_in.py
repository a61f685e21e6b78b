"""What an answer calls besides itself: right functions stand in for wrong and undone ones, and some are refused."""

import functools
import os

import pytest

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises import hidden
from autograder.exercises.bank import bank_of
from autograder.exercises.hidden import NOT_DONE, grade_parts
from autograder.grading.attempt import attempt
from autograder.grading.judge import judge, judge_visibly
from autograder.grading.worker import zygote_for
from autograder.learner.check import CheckFailed, check, checking
from autograder.learner.diagnosis.answer import LocalAnswer, LocalImplementation
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.diagnosis.standing_in import StandIns, names_used
from autograder.lessons import STUB, load_lesson
from autograder.sandbox.isolation import try_sandbox

FORWARD = load_lesson("03_forward")
STATISTICS = "def batch_statistics(x):\n    "
WRONG = STATISTICS + "return x.mean(axis=0), x.var(axis=0, ddof=1)\n"
UNDONE = STATISTICS + f"{STUB}\n"
#: Ways to `batch_statistics` that do not name it in the answer: each defines `stats`.
WAYS = {
    "a function of one's own": "def stats(x):\n    return batch_statistics(x)",
    "two functions": "def first(x):\n    return batch_statistics(x)\ndef stats(x):\n    return first(x)",
    "another name": "stats = batch_statistics",
    "a default argument": "def stats(x, of=batch_statistics):\n    return of(x)",
    "a keyword with a default": "stats = lambda x, *, of=batch_statistics: of(x)",
    "a closure": "def around(of):\n    def inner(x):\n        return of(x)\n    return inner\n"
    "stats = around(batch_statistics)",
    "a partial function": "from functools import partial\nstats = partial(batch_statistics)",
    "a method": "class Of:\n    def of(self, x):\n        return batch_statistics(x)\nstats = Of().of",
    "an object": "class Of:\n    def __call__(self, x):\n        return batch_statistics(x)\nstats = Of()",
    "an attribute": "class Of:\n    of = staticmethod(batch_statistics)\nstats = lambda x: Of.of(x)",
    "a table": "BY_NAME = {'stats': batch_statistics}\nstats = lambda x: BY_NAME['stats'](x)",
}


def through(way, name="batchnorm_forward"):
    """A right answer that calls `stats`, behind what defines it."""
    return f"{way}\n" + FORWARD.cell("exercise", name).source.replace("batch_statistics(", "stats(")


def points(name, answers):
    bank = bank_of(name)
    return sum(part.points for part in grade_parts(bank, LocalImplementation(bank.lesson.define(answers)[name])))


@pytest.mark.parametrize("before", [WRONG, UNDONE], ids=["wrong", "undone"])
@pytest.mark.parametrize("way", WAYS)
def test_a_right_function_stands_in_for_one_that_is_called_in_whatever_way(way, before):
    answers = {"batch_statistics": before, "batchnorm_forward": through(WAYS[way])}
    assert points("batchnorm_forward", answers) == bank_of("batchnorm_forward").points


def test_a_right_function_stands_in_for_one_that_was_defined_anew_after_it_was_referred_to():
    early = f"{WRONG}stats = batch_statistics\n{WRONG}"
    assert points("batchnorm_forward", {"batch_statistics": early, "batchnorm_forward": through("")}) == 7


def test_after_a_call_everything_is_as_it_was():
    space = {"__name__": "notebook"}
    exec("def helper(x):\n    return x\nother = helper\ndef answer(x):\n    return other(x) + lent(x)", space)
    code, names = space["helper"].__code__, dict(space)
    answer = LocalAnswer(
        Exercise("answer", ("x",), ("out",)), space["answer"], {"helper": lambda x: 2 * x, "lent": lambda x: 40 * x}
    )
    assert answer.call((1,), {})[0]["out"] == 42
    assert space["helper"].__code__ is code and space == names
    raising = LocalAnswer(Exercise("answer", ("x",), ("out",)), space["answer"], {"lent": lambda x: 1 / 0})
    with pytest.raises(Exception, match="division"):
        raising.call((1,), {})
    assert space == names


def test_a_function_with_variables_from_outside_is_stood_in_for_too():
    def around(number, unset):
        def helper(x, y=number):
            return x + number + (unset if x < 0 else 0)

        return helper

    space = {"__name__": "notebook", "helper": around(1, 2)}
    stands = StandIns({"helper": lambda x, more=0: x * 10 + more}, space["helper"], space)
    with stands.standing():
        assert space["helper"](1, more=2) == 12
    assert space["helper"](1) == 2


def test_the_names_that_an_answer_uses_are_found_at_any_depth_and_only_those():
    for way in WAYS.values():
        space = FORWARD.define({"batchnorm_forward": through(way)})
        assert "batch_statistics" in names_used(space["batchnorm_forward"])
        assert "redundant_bias" not in names_used(space["batchnorm_forward"])


# What may not be called


#: Exercise -> the one that it may not call.
REFUSED = {"batchnorm_backward_compact": "batchnorm_backward", "batchnorm_backward": "numerical_gradient"}
CALLS = {
    "itself": "def {answer}(dout, cache):\n    return {other}(dout, cache)",
    "a wrapper": "def w(*given):\n    return {other}(*given)\ndef {answer}(dout, cache):\n    return w(dout, cache)",
    "another name": "w = {other}\ndef {answer}(dout, cache):\n    return w(dout, cache)",
    "the same function": "{answer} = {other}",
    "a default": "def {answer}(dout, cache, w={other}):\n    return w(dout, cache)",
    "caught": "def {answer}(dout, cache):\n    try:\n        {other}(dout, cache)\n    except Exception:\n"
    "        pass\n    return {right}",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("way", CALLS)
def test_what_an_answer_may_not_call_it_may_not_call_through_anything_either(name, way):
    bank = bank_of(name)
    solution = bank.solution.replace(f"def {name}", "def hidden_right")
    text = CALLS[way].format(answer=name, other=REFUSED[name], right="hidden_right(dout, cache)")
    function = bank.lesson.define({name: f"{solution}\n{text}"})[name]
    assert not any(part.passed for part in grade_parts(bank, LocalImplementation(function)))
    assert not judge_visibly(bank, LocalImplementation(function)).passed
    with pytest.raises(CheckFailed, match=REFUSED[name]):
        check(function, name)


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_holds_the_same_mathematics_itself_counts_and_so_do_functions_of_ones_own(name):
    bank = bank_of(name)
    solution = bank.solution.replace(f"def {name}", "def my_own")
    decorated = (
        "import functools\ndef noted(f):\n    @functools.wraps(f)\n    def inner(*given):\n        return f(*given)\n"
        f"    return inner\n{REFUSED[name]} = noted({REFUSED[name]})\n{solution}\n"
        f"@noted\ndef {name}(dout, cache):\n    return my_own(dout, cache)"
    )
    assert points(name, {name: decorated}) == bank.points


def test_what_is_refused_is_called_again_after_the_check():
    space = {"__name__": "notebook"}
    exec("def other(x):\n    return x\ndef answer(x):\n    return other(x)", space)
    with pytest.raises(BadReturn, match="it calls `other`"):
        LocalAnswer(Exercise("answer", ("x",), ("out",), without=("other",)), space["answer"]).call((1,), {})
    assert space["answer"](1) == 1


# An exercise that is not done


needs_processes = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be run on Windows")


@functools.cache
def judged(**answers):
    """The verdicts on lesson 03 with the solutions, but for these answers."""
    made = release(FORWARD, make_notebook(FORWARD))
    untouched = {name for name, answer in answers.items() if answer is None}
    for cell in made.cells:
        if cell.id in FORWARD.exercises and cell.id not in untouched:
            cell.source = answers.get(cell.id) or FORWARD.cell("exercise", cell.id).source
    with zygote_for(FORWARD, try_sandbox()) as zygote:
        return judge(FORWARD, made, zygote, untouched, "a secret").verdicts


def total(verdicts):
    return sum(part.points for verdict in verdicts.values() for part in (verdict.visible, *verdict.hidden))


@needs_processes
def test_an_exercise_left_undone_costs_no_more_than_a_wrong_one():
    wrong, undone = judged(batch_statistics=WRONG), judged(batch_statistics=None)
    assert total(undone) == total(wrong) == 15
    assert {part.message for part in undone["batch_statistics"].hidden} == {NOT_DONE}
    for name in FORWARD.exercises[1:]:
        assert all(part.passed for part in undone[name].hidden), name
        assert NOT_DONE not in {part.message for part in (undone[name].visible, *undone[name].hidden)}
    assert undone["batchnorm_forward"].visible.message == "It calls `batch_statistics`, which is not implemented yet."


@needs_processes
def test_right_functions_stand_in_in_the_students_process_too():
    verdicts = judged(batch_statistics=WRONG, batchnorm_forward=through(WAYS["a function of one's own"]))
    assert all(part.passed for part in verdicts["batchnorm_forward"].hidden)


def test_a_mistake_is_named_although_what_the_answer_calls_is_not_done():
    bank = bank_of("batchnorm_forward")
    wrong = bank.mistakes["eps_outside_root"].source(bank.solution)
    answer = LocalImplementation(bank.lesson.define({"batch_statistics": UNDONE, bank.name: wrong})[bank.name])
    assert "eps is added to the standard deviation" in " ".join(judge_visibly(bank, answer).message.split())
    assert "eps_outside_root" in {part.mistake for part in grade_parts(bank, answer)}


def test_what_is_not_done_itself_is_not_implemented_whatever_else_is_missing():
    bank = bank_of("batchnorm_forward")
    source = f"def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    {STUB}"
    answer = LocalImplementation(bank.lesson.define({"batch_statistics": UNDONE, bank.name: source})[bank.name])
    assert {part.message for part in [judge_visibly(bank, answer), *grade_parts(bank, answer)]} == {NOT_DONE}


def test_where_nothing_can_stand_in_the_undone_exercise_is_named():
    name = "make_generator"
    bank = bank_of(name)
    assert "ResidualBlock" not in hidden.reference_helpers(bank)
    space = bank.lesson.define({name: f"def {name}(*given):\n    return ResidualBlock(*given)"})
    exec(f"class ResidualBlock:\n    def __init__(self, *given):\n        {STUB}", space)
    told = {part.message for part in grade_parts(bank, LocalImplementation(space[name]))}
    assert told == {"It calls `ResidualBlock`, which is not implemented yet."}


@pytest.mark.parametrize("way", ["a function of one's own", "another name", "a partial function"])
def test_the_check_in_the_notebook_says_which_exercise_is_to_be_done_first(way):
    space = FORWARD.define({"batch_statistics": UNDONE, "batchnorm_forward": through(WAYS[way])})
    words = "✗ batchnorm_forward needs your `batch_statistics`, which is not done yet: do that first."
    with pytest.raises(CheckFailed, match=words):
        check(space["batchnorm_forward"])
    with pytest.raises(CheckFailed, match=words), checking(space["batchnorm_forward"]):
        space["batchnorm_forward"](*[__import__("numpy").ones(2)] * 3)
    with pytest.raises(NotImplementedError):
        check(space["batch_statistics"])


# A plain Python file


@needs_processes
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", ["", WRONG], ids=["not defined", "wrong"])
def test_what_a_file_calls_is_the_courses_own_in_whatever_way(way, before, tmp_path):
    path = tmp_path / "answer.py"
    path.write_text(f"import numpy as np\n{before}{through(WAYS[way])}", encoding="utf-8")
    found = attempt("batchnorm_forward", path, trusted=True)
    assert found["points"] == found["max_points"], found
