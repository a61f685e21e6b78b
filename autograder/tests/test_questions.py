"""What the lessons ask cannot be guessed from how it is asked, and the released notebook does not answer it."""

import re
from collections import Counter

import nbformat
import pytest

from autograder import stored
from autograder.build.notebooks import solution_notebook
from autograder.lessons import lesson_names, load_lesson

LESSONS = lesson_names()
#: The largest share of questions whose true answer may stand in one place, or be the longest of all.
IN_ONE_PLACE, LONGEST = 0.4, 0.45


def outcome(lesson, name):
    """Which outcome of a prediction was measured when the instructor's notebook was run."""
    options = lesson.questions("predict")[name]["options"]
    cells = nbformat.read(solution_notebook(lesson.name), as_version=4).cells
    judged = re.compile(rf"verdict\(\s*{name}\b")
    judging = [cell for cell in cells if cell.cell_type == "code" and judged.search(cell.source)]
    printed = "".join(output.get("text", "") for cell in judging for output in cell.outputs)
    told = re.findall(r"^Outcome:  \w\) (.*)$", printed, re.MULTILINE)
    return next((key for key, text in options.items() if text in told), "")


PREDICTIONS = [(load_lesson(name), guess) for name in LESSONS for guess in load_lesson(name).questions("predict")]
KINDS = ("quiz", "derive")
QUIZZES = [quiz for name in LESSONS for kind in KINDS for quiz in load_lesson(name).questions(kind).values()]


def shares(answered):
    """Of pairs of options' texts and the true one's place: of each place, and of the longest option."""
    places = Counter(place for _, place in answered)
    longest = sum(len(texts[place]) == max(map(len, texts)) for texts, place in answered)
    return {place: count / len(answered) for place, count in places.items()}, longest / len(answered)


@pytest.mark.parametrize(("lesson", "name"), PREDICTIONS, ids=[f"{one.name}-{name}" for one, name in PREDICTIONS])
def test_each_prediction_is_judged_by_what_is_measured(lesson, name):
    assert outcome(lesson, name), "no outcome was measured for it"


def test_the_true_outcome_stands_in_any_place_and_is_of_any_length():
    asked = [
        (list(lesson.questions("predict")[name]["options"].items()), outcome(lesson, name))
        for lesson, name in PREDICTIONS
    ]
    answered = [([text for _, text in options], [key for key, _ in options].index(true)) for options, true in asked]
    places, longest = shares(answered)
    print(f"{len(answered)} predictions: {sorted(places.items())}, the longest: {longest:.2f}")
    assert max(places.values()) <= IN_ONE_PLACE and longest <= LONGEST


def test_the_right_choice_has_any_letter_and_is_of_any_length():
    choices = [quiz for quiz in QUIZZES if "choices" in quiz]
    answered = [
        ([text for text, _ in quiz["choices"].values()], list(quiz["choices"]).index(quiz["right"])) for quiz in choices
    ]
    places, longest = shares(answered)
    print(f"{len(answered)} choices: {sorted(places.items())}, the longest: {longest:.2f}")
    assert max(places.values()) <= IN_ONE_PLACE and longest <= LONGEST


@pytest.mark.parametrize("name", LESSONS)
def test_a_released_notebook_answers_none_of_its_questions(name):
    text = "\n".join("".join(cell["source"]) for cell in stored.lesson(name)["released"]["cells"])
    lesson = load_lesson(name)
    for kind in KINDS:
        for question, asked in lesson.questions(kind).items():
            assert f'{kind}("{name}", "{question}", answer="?")' in text
            told = [told for _, told in asked.get("choices", {}).values()] + [asked.get("then", "")]
            blank = asked.get("blank", {})
            told += [blank.get("right", ""), blank.get("told", ""), *blank.get("wrong", {}).values()]
            assert not [each for each in told if each and each in text], question
    for guess in lesson.questions("predict"):
        assert f'{guess} = predict("{name}", "{guess}", choice="?")' in text
