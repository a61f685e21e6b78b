"""The sample class is made from the sources and deserves what it says."""

import json

import pytest

from autograder.exercises.bank import banks_of
from autograder.grading.sample_class import sample_class
from autograder.lessons import load_lesson

LESSON = load_lesson("00_welcome")


@pytest.fixture(scope="module")
def samples():
    return {sample.student: sample for sample in sample_class(LESSON)}


def total(sample):
    return sum(points for parts in sample.expected(LESSON).values() for points in parts.values())


def full_points():
    return sum(bank.points + LESSON.cell("check", bank.name).points for bank in banks_of(LESSON))


def test_right_answers_in_two_styles_deserve_full_points(samples):
    assert samples["noether"].answers != samples["lovelace"].answers
    assert total(samples["lovelace"]) == total(samples["noether"]) == full_points()


def test_damage_costs_an_honest_student_nothing(samples):
    assert total(samples["franklin"]) == full_points()
    notebook = json.loads(samples["franklin"].text)
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    assert names.count("hidden_center") == 2
    assert "check_center" not in names


def test_mistakes_and_untouched_exercises_cost_points(samples):
    assert total(samples["hopper"]) < full_points()
    assert total(samples["curie"]) < full_points()
    assert total(samples["gauss"]) < full_points()


def test_one_file_is_cut_off(samples):
    assert samples["ramanujan"].answers is None
    with pytest.raises(ValueError, match="line"):
        json.loads(samples["ramanujan"].text)


def test_no_notebook_holds_a_solution_or_hidden_test_that_its_student_did_not_write(samples):
    for sample in samples.values():
        assert "BEGIN SOLUTION" not in sample.text
        assert "BEGIN HIDDEN" not in sample.text
