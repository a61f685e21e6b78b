"""A name is a claim: what carries one, and what does not."""

import dataclasses

import numpy as np
import pytest

from autograder import stored
from autograder.exercises.bank import Bank, bank_of
from autograder.exercises.hidden import grade_parts
from autograder.exercises.merging import merged
from autograder.exercises.mistakes import Edit, Mistake
from autograder.exercises.pairs import stored_pairs
from autograder.grading.judge import judge_exercise, judge_visibly
from autograder.learner.check import CheckFailed, check, diagnose_visibly
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.compare import fingerprint
from autograder.learner.diagnosis.diagnose import Known, diagnose
from autograder.learner.diagnosis.observe import observe
from autograder.learner.stored import VISIBLE_SEED, known

PROBE = "seven rows, five columns, eps 0"


def answer(exercise: str, text: str) -> LocalImplementation:
    return LocalImplementation(bank_of(exercise).defined_by(text))


def forward(body: str, signature: str = "x, gamma, beta, eps=1e-5") -> LocalImplementation:
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    return answer("batchnorm_forward", f"def batchnorm_forward({signature}):\n{lines}\n")


COARSE = {
    "an error's type": "raise ValueError('shapes')",
    "NaN": "return np.full(x.shape, np.nan), None",
    "infinity": "return np.full(x.shape, np.inf), None",
    "zeros": "return np.zeros(x.shape), None",
    "ones": "return np.ones(x.shape), None",
    "a shape": "return np.zeros(x.shape[1]), None",
}


@pytest.mark.parametrize("body", COARSE.values(), ids=COARSE)
def test_a_coarse_trace_is_no_name_even_if_a_known_mistake_leaves_the_same(body):
    bank, wrong = bank_of("batchnorm_forward"), forward(body)
    facts = {}
    for name, right in known(bank.name).items():
        seen = observe(bank.exercise, bank.exercise.probes[name], wrong, VISIBLE_SEED)
        facts[name] = Known(right.right, {"it": fingerprint(seen)})
    found = diagnose(bank.exercise, wrong, facts, VISIBLE_SEED)
    assert found.findings and not found.mistakes


def test_an_answer_that_stops_in_places_is_named_by_the_numbers_it_gives_elsewhere():
    found = diagnose_visibly("center", answer("center", "def center(x):\n    return x - x.mean(axis=1)\n"))
    assert {finding.kind for finding in found.findings} == {"raised", "values"}
    assert found.mistakes == ("mean_of_rows_along_the_columns",) and found.complete


def test_numbers_close_to_the_right_ones_are_not_taken_for_a_mistake_that_is_as_close():
    bank = bank_of("batchnorm_forward")
    right = bank.known(PROBE, VISIBLE_SEED, mistakes=False).right["out"]
    facts = {PROBE: Known({"out": right}, {"it": fingerprint_of(right * (1 + 3e-6))})}
    close = LocalImplementation(lambda x, gamma, beta, eps=0: (right * (1 + 3.05e-6), None))
    assert not diagnose(bank.exercise, close, facts, VISIBLE_SEED).mistakes
    same = LocalImplementation(lambda x, gamma, beta, eps=0: (right * (1 + 3e-6), None))
    assert diagnose(bank.exercise, same, facts, VISIBLE_SEED).mistakes == ("it",)


def fingerprint_of(out):
    bank = bank_of("batchnorm_forward")
    gives = LocalImplementation(lambda x, gamma, beta, eps=0: (out, None))
    return fingerprint(observe(bank.exercise, bank.exercise.probes[PROBE], gives, VISIBLE_SEED))


UNKNOWN = forward("return gamma * (x - x.mean(axis=0)) / np.cbrt(x.var(axis=0) + eps) + 7 * beta, None")


def test_a_hint_about_what_is_special_waits_until_the_plain_case_is_right():
    parts = grade_parts(bank_of("batchnorm_forward"), UNKNOWN)
    assert not any(part.passed for part in parts)
    symptoms = {probe.symptom for probe in [*bank_of("batchnorm_forward").exercise.probes.values()][1:]}
    assert not symptoms & {part.message for part in parts}


def test_no_part_repeats_a_paragraph_of_another_or_of_the_visible_check():
    bank = bank_of("batchnorm_forward")
    for wrong in (
        UNKNOWN,
        LocalImplementation(bank.wrong("eps_outside_root")),
        LocalImplementation(bank.wrong("beta_left_out")),
    ):
        verdict = judge_exercise(bank, wrong)
        told = [part.message for part in verdict.hidden if not part.passed and not part.message.startswith("The same")]
        assert len(set(told)) == len(told)
        assert not any(message in " ".join(verdict.visible.message.split()) for message in told)


def test_a_mistake_that_shows_everywhere_has_one_name_everywhere():
    bank = bank_of("batchnorm_forward")
    verdict = judge_exercise(bank, LocalImplementation(bank.wrong("gamma_left_out")))
    failed = [part for part in (verdict.visible, *verdict.hidden) if not part.passed]
    assert len(failed) > 2 and {part.mistake for part in failed} == {"gamma_left_out"}


def test_a_name_that_other_data_do_not_bear_out_is_taken_back():
    """On the visible data this is a known mistake, on all others something else."""
    bank = bank_of("center")
    seen = [np.array(0)]

    def wrong(x):
        visible = stored_input(x)
        seen[0] = x
        return x - x.mean() if visible else 2 * x

    found = diagnose_visibly(bank.name, LocalImplementation(wrong))
    assert found.mistakes == ("one_mean_for_all",)
    verdict = judge_exercise(bank, LocalImplementation(wrong))
    assert not verdict.visible.mistake and "mean of all" not in verdict.visible.message
    assert not any(part.mistake for part in verdict.hidden)


def stored_input(x) -> bool:
    """Whether the visible check gives this array."""
    noted = []
    bank = bank_of("center")
    for probe in bank.exercise.probes.values():
        observe(bank.exercise, probe, LocalImplementation(lambda x: noted.append(x.copy()) or x), VISIBLE_SEED)
    return any(np.array_equal(x, one) for one in noted)


def test_two_mistakes_at_once_are_both_named():
    bank = bank_of("batchnorm_forward")
    pair = ("eps_outside_root", "gamma_left_out")
    wrong = LocalImplementation(bank.with_mistakes(pair))
    found = diagnose_visibly(bank.name, wrong)
    assert set(found.mistakes) == set(pair) and found.together and found.complete
    verdict = judge_exercise(bank, wrong)
    assert "two mistakes at once" in " ".join(verdict.visible.message.split())
    assert any(set(part.mistakes) == set(pair) for part in verdict.hidden)
    with pytest.raises(CheckFailed, match="two mistakes at once"):
        check(wrong.function, bank.name)


def test_pairs_are_stored_as_numbers_without_code():
    for exercise in stored.lesson("03_forward")["exercises"].values():
        for others in exercise["pairs"].values():
            assert all(
                len(text) < 120 and text.replace("=", "").replace("+", "").replace("/", "").isalnum()
                for text in others.values()
            )


def test_stored_pairs_are_what_the_bank_gives():
    facts = stored.exercise("center")
    assert stored_pairs(bank_of("center")) == {name: facts[name] for name in ("pairs_made_from", "pairs")}


def test_what_has_not_changed_is_not_made_anew(monkeypatch):
    bank, facts = bank_of("center"), stored.exercise("center")
    changed = Mistake("mean_added", "cause", "look", (Edit(("    return x - x.mean(axis=0)",), ("    return x",)),))
    other = dataclasses.replace(bank, mistakes=bank.mistakes | {"mean_added": changed})
    made, with_mistakes = [], Bank.with_mistakes

    def noting(self, mistakes):
        made.append(tuple(mistakes))
        return with_mistakes(self, mistakes)

    monkeypatch.setattr(Bank, "with_mistakes", noting)
    stored_pairs(other, facts)
    assert made and all("mean_added" in pair for pair in made if len(pair) == 2)


def test_changes_are_merged_where_they_do_not_meet():
    assert merged("a = b + c\n", "a = b - c\n", "a = b + d\n") == "a = b - d\n"
    assert merged("f(a, b=1)\n", "f(a)\n", "f(a, b=1, c=2)\n") == "f(a, c=2)\n"
    assert merged("a = b + c\n", "a = b - c\n", "a = b * c\n") is None


def test_the_two_mistakes_that_are_met_most_often_together_are_both_named():
    text = """
def update_running(running_mean, running_var, x, momentum):
    mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
    return running_mean * (1 - momentum) + mean * momentum, running_var * (1 - momentum) + var * momentum
"""
    found = diagnose_visibly("update_running", answer("update_running", text))
    assert set(found.mistakes) == {"kept_dimension", "biased_variance"} and found.complete


def test_before_it_says_not_known_the_visible_check_is_played_with_right_earlier_exercises():
    bank = bank_of("batchnorm_forward")
    wrong = "def batch_statistics(x):\n    return x.mean(axis=0) + 1.0, x.var(axis=0) * 2\n"
    defined = bank.lesson.define({"batch_statistics": wrong, bank.name: bank.solution})[bank.name]
    assert "right when the earlier exercises" in judge_visibly(bank, LocalImplementation(defined)).message
    mistake = bank.mistakes["eps_outside_root"].source(bank.solution)
    defined = bank.lesson.define({"batch_statistics": wrong, bank.name: mistake})[bank.name]
    assert judge_visibly(bank, LocalImplementation(defined)).mistake == "eps_outside_root"


def test_who_has_mended_an_earlier_exercise_is_not_sent_back_to_it():
    bank = bank_of("batchnorm_forward")
    wrong = "def batch_statistics(x):\n    return x.mean(axis=1), x.var(axis=1)\n"
    mistake = bank.mistakes["gamma_left_out"].source(bank.solution)
    notebook = bank.lesson.define({"batch_statistics": wrong, bank.name: mistake})
    with pytest.raises(CheckFailed, match="First .* calls your `batch_statistics`"):
        check(notebook[bank.name], bank.name)
    exec(bank_of("batch_statistics").solution, notebook)
    with pytest.raises(CheckFailed) as told:
        check(notebook[bank.name], bank.name)
    assert "First" not in str(told.value) and told.value.mistakes == ("gamma_left_out",)


@pytest.mark.parametrize("exercise", ["batchnorm_forward", "rms_norm", "group_norm", "batchnorm_backward"])
def test_arithmetic_in_float32_keeps_all_points(exercise):
    bank = bank_of(exercise)

    def low(value):
        if isinstance(value, dict):
            return {key: low(entry) for key, entry in value.items()}
        return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value

    def in_float32(*args, **kwargs):
        return bank.reference(*map(low, args), **{name: low(value) for name, value in kwargs.items()})

    verdict = judge_exercise(bank, LocalImplementation(in_float32))
    assert verdict.visible.passed and all(part.passed for part in verdict.hidden)
