"""The audit and the hidden tests: do they see holes, and do they grade each part by itself?"""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.audit.audit import audit, summary
from autograder.exercises import hidden
from autograder.exercises.bank import Bank, BankError, Part, bank_of, banks_of
from autograder.lessons import load_lesson


@pytest.fixture
def bank():
    """A copy of lesson 00's bank that a test may change."""
    own = bank_of("center")
    return dataclasses.replace(
        own, mistakes=dict(own.mistakes), accepted=dict(own.accepted), hidden_probes=dict(own.hidden_probes)
    )


def judged(bank, monkeypatch):
    monkeypatch.setattr("autograder.audit.audit.bank_of", lambda name: bank)
    return list(audit(["00_welcome"]))


def test_an_audit_of_a_sound_bank_passes(bank, monkeypatch):
    count = summary(judged(bank, monkeypatch))
    assert count["passed"]
    assert count["rejected_visible"] == count["rejected_hidden"] == count["named_visible"] == count["mistakes"] > 5


def test_a_mistake_that_slips_through_is_a_hole(bank, monkeypatch):
    bank.mistake("harmless", ("x - x", "0 + x - x"), cause="none", look="nowhere")
    rows = judged(bank, monkeypatch)
    assert [row.hole for row in rows if row.answer == "harmless"] == ["passes the hidden tests"]
    assert not summary(rows)["passed"]


def test_a_right_answer_that_is_rejected_is_a_hole(bank, monkeypatch):
    bank.accepts("wrong after all")(lambda x: x)
    rows = judged(bank, monkeypatch)
    assert "rejected" in next(row.hole for row in rows if row.answer == "wrong after all")
    assert not summary(rows)["passed"]


def test_an_oracle_that_disagrees_is_a_hole(bank, monkeypatch):
    def off(x):
        return x - x.mean(axis=0) * 1.001

    rows = judged(dataclasses.replace(bank, oracle=off), monkeypatch)
    assert "differ" in next(row.hole for row in rows if row.kind == "oracle")


def test_mistakes_without_a_name_fail_the_audit(bank, monkeypatch):
    from autograder.learner import stored

    nameless = {name: stored.Known(facts.right, {}) for name, facts in stored.known("center").items()}
    monkeypatch.setattr(stored, "known", lambda name: nameless)
    count = summary(judged(bank, monkeypatch))
    assert count["holes"] == 0 and count["named_visible"] == 0 and not count["passed"]


def test_an_edit_that_no_longer_fits_the_solution_is_named(bank):
    bank.mistake("adrift", ("no such text", "x"), cause="", look="")
    with pytest.raises(BankError, match="'adrift' of center .* 0 times"):
        bank.wrong("adrift")


def test_a_probe_that_belongs_to_no_part_is_refused(bank, monkeypatch):
    bank.probe("lonely", symptom="")(lambda call, rng: {})
    monkeypatch.setattr("autograder.exercises.welcome.center", bank)
    with pytest.raises(BankError, match="center.*lonely"):
        banks_of(load_lesson("00_welcome"))


def test_a_hidden_probe_is_played_by_the_hidden_tests_alone(bank, monkeypatch):
    @bank.probe("negative", symptom="Negative numbers are lost.")
    def play(call, rng):
        return call(-np.ones((2, 2)) * [[1], [2]])

    bank.parts = [*bank.parts, Part("negative", 1, ("negative",))]

    def loses_the_negative(x):
        return np.zeros_like(x) if x.shape == (2, 2) and (x < 0).all() else x - x.mean(axis=0)

    assert [part.name for part in hidden.grade_parts(bank, loses_the_negative) if not part.passed] == ["negative"]
    assert "negative" not in bank.exercise.probes


def test_points_are_given_part_by_part(capsys):
    def truncates_whole_numbers(x):
        return (x - x.mean(axis=0)).astype(x.dtype)

    points = hidden.grade(truncates_whole_numbers, "center")
    results = hidden.grade_parts(bank_of("center"), truncates_whole_numbers)
    assert 0 < points < bank_of("center").points
    assert [result.passed for result in results] == [True, False]
    assert results[1].mistake == "integers_truncated"
    assert "✗ whole numbers: 0 of 1" in capsys.readouterr().out


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
    right = bank.lesson.reference | {"fit_standardizer": lambda x: (x.mean(axis=0), x.std(axis=0))}
    monkeypatch.setattr(Bank, "lesson", SimpleNamespace(reference=right))
    assert all(result.passed for result in hidden.grade_parts(bank, namespace["uses_it"]))


def test_hidden_messages_hold_no_values_of_hidden_cases():
    results = hidden.grade_parts(bank_of("center"), lambda x: 3.7 * x)
    assert not any(character.isdigit() for result in results for character in result.message)


def test_hidden_inputs_are_not_the_visible_ones():
    bank = bank_of("center")
    seeds = {seed for part in bank.parts for seed in hidden._seeds(bank, part, "")}
    assert len(seeds) == sum(part.draws for part in bank.parts)
    assert 0 not in seeds
