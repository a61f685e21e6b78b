"""The audit and the hidden tests: do they see holes, and do they grade each part by itself?"""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from autograder.audit.audit import BANK, audit, summary
from autograder.exercises import hidden
from autograder.exercises.bank import Bank, Part, bank_of
from autograder.exercises.mistakes import BankError, Edit, Mistake
from autograder.grading.judge import judge_exercise
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.exercise import exercise_names
from autograder.learner.diagnosis.observe import observe
from autograder.learner.stored import VISIBLE_SEED

CONSTANTS = (None, (), 0.0, 1.0, -1.0, np.inf, np.nan)
ERRORS = (ValueError, RuntimeError, TypeError, ZeroDivisionError)
#: Exercises whose right answer may be the same whatever the data, and why.
SAME_MAY_BE_RIGHT = {"probe": "it asks for inputs of one's own choice, and the seed need not be used"}


@pytest.fixture
def bank():
    """A copy of lesson 00's bank that a test may change."""
    own = bank_of("center")
    return dataclasses.replace(own, mistakes=dict(own.mistakes), hidden_probes=dict(own.hidden_probes))


def judged(bank, monkeypatch, **how):
    monkeypatch.setattr("autograder.audit.audit.bank_of", lambda name: bank)
    return list(audit(["center"], scope=BANK, **how))


def test_an_audit_of_a_sound_bank_passes(bank, monkeypatch):
    count = summary(judged(bank, monkeypatch))
    assert count["passed"]
    assert count["rejected_visible"] == count["rejected_hidden"] == count["named_visible"] == count["mistakes"] > 5


def test_a_mistake_that_slips_through_is_a_hole(bank, monkeypatch):
    bank.mistakes["harmless"] = Mistake("harmless", "none", "nowhere", code=bank.solution.replace("x - x", "0 + x - x"))
    rows = judged(bank, monkeypatch)
    assert [row.hole for row in rows if row.answer == "harmless"] == ["passes the hidden tests"]
    assert not summary(rows)["passed"]


def test_a_right_answer_that_is_rejected_is_a_hole(bank, monkeypatch):
    bank.accepted["wrong after all"] = "def center(x):\n    return x\n"
    rows = judged(bank, monkeypatch)
    assert "rejected" in next(row.hole for row in rows if row.answer == "wrong after all")
    assert not summary(rows)["passed"]


ONLY_HERE = """
import sys

def center(x):
    return x - x.mean(axis=0) if "autograder.audit" in sys.modules else x
"""


#: Where it is graded, nothing has the name, whatever had it before.
DEFINED_ONLY_HERE = """
import sys

if "autograder.audit" in sys.modules:
    def center(x):
        return x - x.mean(axis=0)
"""


def test_an_answer_that_is_right_only_in_this_process_is_a_hole_unless_all_run_here(bank, monkeypatch):
    bank.mistakes.clear()
    only_here = {"defined only here": DEFINED_ONLY_HERE, "right only here": ONLY_HERE}
    bank.accepted.update(only_here)
    for shut_in, wanted in ((True, "the visible check fails where it is graded, and not in the notebook"), (False, "")):
        rows = judged(bank, monkeypatch, shut_in=shut_in)
        assert [row.hole for row in rows if row.answer in only_here] == [wanted, wanted]


def test_points_that_another_class_would_not_get_are_a_hole(bank, monkeypatch):
    bank.mistakes.clear()
    monkeypatch.setattr("autograder.audit.audit.parts_passed", lambda bank, answer, secret: [secret == "", True])
    assert {row.hole for row in judged(bank, monkeypatch) if row.kind == "reference"} == {
        "its points depend on the data that are drawn, or on where it runs"
    }


def test_an_oracle_that_disagrees_is_a_hole(bank, monkeypatch):
    def off(x):
        return x - x.mean(axis=0) * 1.001

    bank.oracle = off
    assert "differ" in next(row.hole for row in judged(bank, monkeypatch) if row.kind == "oracle")


@pytest.mark.parametrize("name", exercise_names())
def test_every_exercise_has_an_oracle_of_its_own_name(name):
    oracle = bank_of(name).oracle
    assert oracle.__name__ == name and oracle.__module__.endswith(f".{name}.oracle")


def test_an_oracle_of_another_name_is_refused(bank, monkeypatch):
    monkeypatch.setattr("autograder.exercises.bank._module", lambda place: SimpleNamespace(centre=abs))
    with pytest.raises(BankError, match=r"oracle\.py defines no `center`"):
        judged(bank, monkeypatch)


def test_mistakes_without_a_name_fail_the_audit(bank, monkeypatch):
    from autograder.learner import stored

    nameless = {name: stored.Known(facts.right, {}) for name, facts in stored.known("center").items()}
    monkeypatch.setattr(stored, "known", lambda name: nameless)
    count = summary(judged(bank, monkeypatch))
    assert count["holes"] == 0 and count["named_visible"] == 0 and not count["passed"]


def test_an_edit_that_no_longer_fits_the_solution_is_named(bank):
    bank.mistakes["adrift"] = Mistake("adrift", "", "", (Edit(("no such text",), ("x",)),), place="mistakes.md:3")
    with pytest.raises(BankError, match=r"mistakes\.md:3: 'adrift' removes .*no such text.* 0 times"):
        bank.wrong("adrift")


def test_a_probe_that_belongs_to_no_part_is_refused(bank):
    bank.probe("lonely", symptom="")(lambda call, rng: {})
    with pytest.raises(BankError, match="center.*lonely"):
        bank.validate()


def test_a_hidden_probe_is_played_by_the_hidden_tests_alone(bank, monkeypatch):
    @bank.probe("negative", symptom="Negative numbers are lost.")
    def play(call, rng):
        return call(-np.ones((2, 2)) * [[1], [2]])

    bank.parts = [*bank.parts, Part("negative", 1, ("negative",))]

    def loses_the_negative(x):
        return np.zeros_like(x) if x.shape == (2, 2) and (x < 0).all() else x - x.mean(axis=0)

    assert [
        part.name for part in hidden.grade_parts(bank, LocalImplementation(loses_the_negative)) if not part.passed
    ] == ["negative"]
    assert "negative" not in bank.exercise.probes


def test_points_are_given_part_by_part(capsys):
    def truncates_whole_numbers(x):
        return (x - x.mean(axis=0)).astype(x.dtype)

    points = hidden.grade(truncates_whole_numbers, "center")
    results = hidden.grade_parts(bank_of("center"), LocalImplementation(truncates_whole_numbers))
    assert 0 < points < bank_of("center").points
    assert [result.passed for result in results] == [True, False]
    assert results[1].mistake == "integers_truncated"
    assert "✗ whole numbers: 0 of 1" in capsys.readouterr().out


def test_what_is_kept_of_an_exercise_is_bounded_and_what_is_asked_for_again_stays(monkeypatch):
    monkeypatch.setattr("autograder.exercises.bank.MAX_KNOWN", 3)
    bank = dataclasses.replace(bank_of("center"))
    probe = next(iter(bank.exercise.probes))
    kept = bank.known(probe, 0)
    for seed in range(1, 9):
        bank.known(probe, seed, mistakes=False)
        assert bank.known(probe, 0) is kept and len(bank._known) <= 3


def test_mistakes_are_named_on_the_same_data_for_all_and_points_depend_on_ones_own(monkeypatch):
    bank = bank_of("center")
    tried, shows = [], Bank.shows

    def noting(self, mistakes, probe, seed):
        tried.append(seed)
        return shows(self, mistakes, probe, seed)

    monkeypatch.setattr(Bank, "shows", noting)
    results = [hidden.grade_parts(bank, LocalImplementation(bank.wrong("mean_of_rows")), secret) for secret in "ab"]
    usual = {next(hidden.seeds(bank, part, hidden.NAMES)) for part in bank.parts}
    own = {seed for secret in "ab" for part in bank.parts for seed in hidden.seeds(bank, part, secret)}
    assert set(tried) == usual and not usual & own
    assert results[0] == results[1] and {part.mistake for part in results[0]} == {"mean_of_rows"}


def test_an_error_costs_points_only_where_it_is_made(monkeypatch):
    namespace = {"np": np}
    code = """
def fit_standardizer(x):
    return x.mean(axis=0) + 1.0, x.std(axis=0)

def uses_it(x):
    return x - fit_standardizer(x)[0]
"""
    exec(code, namespace)
    bank = bank_of("center")
    right = {"fit_standardizer": lambda x: (x.mean(axis=0), x.std(axis=0))} | bank.lesson.reference
    monkeypatch.setattr(bank, "lesson", SimpleNamespace(reference=right))
    assert all(result.passed for result in hidden.grade_parts(bank, LocalImplementation(namespace["uses_it"])))


def test_hidden_messages_hold_no_values_of_hidden_cases():
    results = hidden.grade_parts(bank_of("center"), LocalImplementation(lambda x: 3.7 * x))
    assert not any(character.isdigit() for result in results for character in result.message)


def test_hidden_inputs_are_not_the_visible_ones():
    bank = bank_of("center")
    seeds = {seed for part in bank.parts for seed in hidden.seeds(bank, part, "")}
    assert len(seeds) == sum(part.draws for part in bank.parts)
    assert 0 not in seeds


class Idle(torch.nn.Module):
    """Takes whatever it is given, and passes it on."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, x, *rest):
        return x


class Plain:
    """No module, and nothing in it."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, x, *rest):
        return x


def one_layer(sizes, *rest):
    return torch.nn.Sequential(torch.nn.Linear(sizes[0], sizes[-1]))


def always(value) -> Callable:
    """An answer that gives, or raises, the same for all arguments."""

    def answer(*args, **kwargs):
        if isinstance(value, type) and issubclass(value, Exception):
            raise value("not today")
        return value

    return answer


def filled(name: str, place: int, fill: float | None, row: bool, count: int) -> Callable:
    """An answer that gives `count` times an argument, or its first row; or one value in the shape of that."""

    def answer(*args, **kwargs):
        given = args[place] if place < len(args) else kwargs[name]
        part = given[0] if row else given
        return (part if fill is None else np.full(np.shape(part), fill),) * count if count > 1 else part

    return answer


def in_turn(bank: Bank, part: Part) -> Callable:
    """An answer that says, call by call, what is right on the visible check's data."""
    said = []

    def noted(*args, **kwargs):
        try:
            said.append(bank.reference(*args, **kwargs))
        except Exception as error:
            said.append(error)
            raise
        return said[-1]

    for probe in part.probes:
        observe(bank.exercise, bank.all_probes.probes[probe], LocalImplementation(noted), VISIBLE_SEED)
    turns = itertools.cycle(said)

    def answer(*args, **kwargs):
        result = next(turns)
        if isinstance(result, Exception):
            raise result
        return result

    return answer


def one_for_all(bank: Bank, part: Part) -> Iterator[Callable]:
    """Answers that build what is right for the arguments of one call of the visible check, whatever is asked for."""
    calls = {}

    def noted(*args, **kwargs):
        calls[repr((args, kwargs))] = args, kwargs
        return bank.reference(*args, **kwargs)

    for probe in part.probes:
        observe(bank.exercise, bank.all_probes.probes[probe], LocalImplementation(noted), VISIBLE_SEED)
    for args, kwargs in calls.values():
        yield lambda *_, args=args, kwargs=kwargs, **__: bank.reference(*args, **kwargs)


def lazy_answers(bank: Bank, part: Part) -> Iterator[tuple[str, Callable]]:
    """Answers that do nothing of what a part asks, each with a word on what it does."""
    count = max(1, len(bank.exercise.returns))
    for value in (*CONSTANTS, *ERRORS):
        yield f"always {value}", always(value)
        yield f"always {count} times {value}", always((value,) * count)
    for (place, name), fill, row in itertools.product(
        enumerate(bank.exercise.arguments), (None, 0.0, 1.0, np.inf, np.nan), (False, True)
    ):
        yield f"{fill} like {name}{'[0]' * row}", filled(name, place, fill, row, count)
    if bank.exercise.returns:
        if bank.name not in SAME_MAY_BE_RIGHT:
            yield "what was right before", in_turn(bank, part)
        return
    for made in (Idle, Plain, one_layer):
        yield made.__name__, made
    for number, answer in enumerate(one_for_all(bank, part)):
        yield f"configuration {number} for all", answer


@pytest.mark.parametrize("exercise", exercise_names())
def test_an_answer_without_work_gets_no_points(exercise):
    bank = bank_of(exercise)
    gained = [
        f"{part.name}: {told}"
        for part in bank.parts
        for told, answer in lazy_answers(bank, part)
        if hidden.failure(bank, part, LocalImplementation(answer), "") is None
    ]
    assert not gained


@pytest.mark.parametrize("exercise", exercise_names())
def test_the_visible_point_needs_each_visible_probe_on_fresh_data(exercise):
    """The judge gives it to answers that pass all parts made of visible probes alone."""
    bank = bank_of(exercise)
    visible = set(bank.exercise.probes)
    fresh = {probe for part in bank.parts if visible.issuperset(part.probes) for probe in part.probes}
    assert fresh == visible


@pytest.mark.parametrize("exercise", exercise_names())
def test_handing_the_task_on_to_another_exercise_gets_no_points(exercise):
    """Also where the reference stands in for that, because the answer to it is wrong."""
    bank = bank_of(exercise)
    gained = []
    for other in set(bank.lesson.exercises) - {exercise}:
        handed_on = f"def {exercise}(*args, **kwargs):\n    return {other}(*args, **kwargs)\n"
        wrong = f"def {other}(*args, **kwargs):\n    return args\n"
        answer = bank.lesson.define({exercise: handed_on, other: wrong})[exercise]
        gained += [
            f"{part.name}: {other}"
            for part in bank.parts
            if hidden.failure(bank, part, LocalImplementation(answer), "") is None
        ]
    assert not gained


def test_who_calls_an_exercise_that_may_not_be_called_is_told():
    bank = bank_of("variance_backward")
    calls = "def variance_backward(dx_hat, cache):\n    return numerical_gradient(None, dx_hat, dx_hat)\n"
    verdict = judge_exercise(bank, LocalImplementation(bank.lesson.define({bank.name: calls})[bank.name]))
    assert "it calls `numerical_gradient`; this exercise asks" in " ".join(verdict.visible.message.split())
    assert not any(part.points for part in verdict.hidden)
