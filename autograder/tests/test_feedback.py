"""The page that a student gets back: what it says in each state that an exercise and a hand-in can be in."""

import html
import re
from dataclasses import replace
from datetime import datetime

import pytest

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises.bank import bank_of
from autograder.exercises.hidden import NOT_DONE, PartResult
from autograder.grading.feedback import ALL_POINTS, NOTHING_DONE, STANDS_IN, feedback_page
from autograder.grading.judge import ONLY_VISIBLE, RIGHT_BUT_FOR_HELPERS, Judged, Verdict
from autograder.grading.sample_class import filled
from autograder.grading.standing import CellPoints, Standing
from autograder.grading.verdicts import KeptVerdicts
from autograder.learner.check import UNNAMED
from autograder.learner.diagnosis.exercise import exercise_names
from autograder.learner.message import CAUSE, COMPANY, LOOK, ON_PAPER, in_one_paragraph, listed, paragraph, read_message
from autograder.lessons import ROOT, load_lesson
from autograder.page import COURSE
from autograder.sandbox.remote import Ran

LESSON = load_lesson("00_welcome")
RELEASED = release(LESSON, make_notebook(LESSON))
ANSWER = "def center(x):\n    return x - x.mean(axis=1)"
CASE = ["x = [[1], [3]]", "yours: out = [[0, -2], [2, 0]]", "expected: out = [[-1, -2], [1, 0]]"]


# The message, as text and back.


@pytest.mark.parametrize("exercise", exercise_names())
def test_a_message_can_be_read_back_as_it_was_made(exercise):
    bank = bank_of(exercise)
    cases = [list(case.told) for case in bank.exercise.ladder]
    for number, mistake in enumerate(bank.mistakes.values()):
        case = [*cases[number % len(cases)], *CASE[1:]]
        blocks = [("Seen", [mistake.look]), (ON_PAPER, case), (CAUSE, [mistake.cause]), (LOOK, [mistake.look])]
        lines = [paragraph("Seen", mistake.look), *listed(ON_PAPER, case)]
        lines += [paragraph(CAUSE, mistake.cause), paragraph(LOOK, mistake.look)]
        if mistake.company:
            blocks.append((COMPANY, [str(mistake.company)]))
            lines.append(paragraph(COMPANY, str(mistake.company)))
        assert read_message("\n".join([f"✗ {exercise}", *lines])) == (f"✗ {exercise}", blocks)
        told = in_one_paragraph(mistake.cause, mistake.look)
        assert read_message(told) == ("", [(CAUSE, [mistake.cause]), (LOOK, [mistake.look])])


def test_long_lines_of_data_and_words_with_hyphens_come_back_whole():
    data = ["x = [" + ", ".join(map(str, range(60))) + "]", "gamma = [1]"]
    text = "one-by-one " * 30
    message = "\n".join(["head", *listed(ON_PAPER, data), paragraph("Seen", text)])
    assert read_message(message) == ("head", [(ON_PAPER, data), ("Seen", [text.strip()])])


@pytest.mark.parametrize("text", ["", NOT_DONE, "one\ntwo\n  three", "✗ \n\n"])
def test_text_of_another_form_is_a_head(text):
    assert read_message(text)[0].split("\n")[0] == text.split("\n")[0]


# The page.


def part(name, passed, message="", mistakes=()):
    return PartResult(name, 1.0 * passed, 1, passed, next(iter(mistakes), ""), message, tuple(mistakes))


RIGHT = Verdict(part("visible check", True), (part("columns", True), part("integers", True)))
UNDONE = Verdict(part("visible check", False, NOT_DONE), (part("columns", False, NOT_DONE),))
HEAD = "✗ center is not right yet (0 of 3 probes agree)."
SEEN = "\n".join([HEAD, *listed(ON_PAPER, CASE), paragraph(CAUSE, UNNAMED)])


def standing_of(verdict, **changed):
    parts = {"check_center": (verdict.visible,), "hidden_center": verdict.hidden}
    cells = {
        cell: CellPoints(sum(part.max_points for part in of), sum(part.points for part in of))
        for cell, of in parts.items()
    }
    return Standing(**{"cells": cells} | changed)


def page_of(verdict, answer=ANSWER, ran=None, notes=(), hand_in=None, standing=None, graded="2026-02-01T10:00:00"):
    judged = Judged({"center": verdict}, {"center": ran or Ran()}, "namespaces", 1)
    kept = KeptVerdicts(judged, {"center": "key"}, tuple(notes), "", graded)
    notebook = filled(RELEASED, {"center": answer} if answer else {})
    return feedback_page(LESSON, RELEASED, notebook, kept, standing or standing_of(verdict), "ada", hand_in)


def text_of(page):
    """What is read, in one line."""
    page = re.sub(r"</?code>", "", page)
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


def test_the_top_says_course_lesson_student_file_attempt_and_times():
    hand_in = {
        "name": "Ada Lovelace",
        "attempt": "2",
        "file": "my (1).ipynb",
        "handed_in": "2026-01-31T11:00:00",
    }
    told = text_of(page_of(RIGHT, hand_in=hand_in))
    for words in (
        COURSE, LESSON.title, "Ada Lovelace (ada)", "2026-01-31 11:00 UTC, attempt 2", "my (1).ipynb",
        "graded 2026-02-01 10:00 UTC", "points 3 of 3",
    ):  # fmt: skip
        assert words in told
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith(f"# {COURSE}\n")


def test_lateness_and_what_it_costs_are_told_and_the_points_are_those_that_count():
    times = {"handed_in": datetime(2026, 1, 31, 14, 5), "class_due": datetime(2026, 1, 31, 12), "penalty": 1.5}
    told = text_of(page_of(RIGHT, standing=standing_of(RIGHT, **times)))
    assert "due 2026-01-31 12:00 UTC: 2 h 5 min late" in told
    assert "3, less 1.5 for lateness" in told and "taken off for lateness −1.5" in told
    assert "points 1.5 of 3" in told and "all 1.5 of 3" in told
    in_time = text_of(
        page_of(RIGHT, standing=standing_of(RIGHT, **times | {"class_due": times["handed_in"], "penalty": 0}))
    )
    assert "handed in in time" in in_time and "taken off" not in in_time
    unknown = text_of(page_of(RIGHT, standing=standing_of(RIGHT, class_due=times["class_due"])))
    assert "due 2026-01-31 12:00 UTC" in unknown and "in time" not in unknown
    assert "yes, as Canvas has it" in text_of(page_of(RIGHT, hand_in={"late": True, "layout": "canvas"}))


def test_a_penalty_takes_no_more_than_there_is():
    assert "points 0 of 3" in text_of(page_of(RIGHT, standing=standing_of(RIGHT, penalty=7)))


def test_all_points_leave_nothing_to_do():
    assert ALL_POINTS in text_of(page_of(RIGHT))


def test_a_notebook_in_which_nothing_is_done_is_told_so_kindly_and_once():
    page = page_of(UNDONE, answer="")
    told = text_of(page)
    assert NOTHING_DONE in told and told.count("not done yet") == 1 and NOT_DONE not in told
    assert "Your answer" not in told and "#center" not in page  # it is what was released, and the table says all


def test_a_wrong_answer_is_told_in_blocks_with_arrays_as_tables():
    wrong = Verdict(part("visible check", False, SEEN), (part("columns", False, "The same as in the visible check."),))
    page = page_of(wrong)
    assert "<dt>On paper</dt>" in page and "<dt>Cause</dt>" in page
    yours, expected = re.findall(r'<table class="array">.*?</table>', page, re.DOTALL)
    assert text_of(yours) == "yours: out 0 -2 2 0" and text_of(expected) == "expected: out -1 -2 1 0"
    assert re.findall(r'<td class="wrong">([^<]*)<', yours) == ["0", "2"] and "wrong" not in expected
    assert "Begin with center" in text_of(page)


def test_arrays_of_other_forms_are_told_as_they_are():
    case = ["x = [1]", "yours: out = [[[1], [2]]]", "expected: out = [[[1], [3]]]"]
    said = "\n".join([HEAD, *listed(ON_PAPER, case)])
    page = page_of(Verdict(part("visible check", False, said), (part("columns", False),)))
    assert "yours: out = [[[1], [2]]]" in text_of(page) and 'class="array"' not in page
    stopped = "\n".join([HEAD, *listed(ON_PAPER, ["x = [1]", "yours: ValueError: no = [1]"])])
    assert "ValueError: no" in text_of(page_of(Verdict(part("visible check", False, stopped), (part("c", False),))))


def test_where_a_part_knows_the_mistake_nothing_says_that_nobody_does():
    named = part("columns", False, in_one_paragraph("Rows are taken for columns.", "the axis."), ("rows",))
    told = text_of(page_of(Verdict(part("visible check", False, SEEN), (named,))))
    assert UNNAMED not in told and "Cause Rows are taken for columns." in told and "Look at the axis." in told
    unnamed = text_of(page_of(Verdict(part("visible check", False, SEEN), (part("columns", False, "It is wrong."),))))
    assert UNNAMED in unnamed


def test_a_failed_check_beside_hidden_tests_that_pass_is_explained_once():
    right = (part("columns", True), part("integers", True))
    assert STANDS_IN in text_of(page_of(Verdict(part("visible check", False, SEEN), right)))
    helped = text_of(page_of(Verdict(part("visible check", False, RIGHT_BUT_FOR_HELPERS), right)))
    assert STANDS_IN not in helped and RIGHT_BUT_FOR_HELPERS in helped


def test_a_failed_check_is_never_called_right():
    told = text_of(
        page_of(Verdict(part("visible check", False, ONLY_VISIBLE), (part("columns", False, "It is wrong."),)))
    )
    assert ONLY_VISIBLE in told and "right on" not in told


def test_points_and_comments_set_by_hand_stand_beside_what_the_tests_gave():
    wrong = Verdict(part("visible check", False, SEEN), (part("columns", False, "It is wrong."),))
    cells = {"check_center": CellPoints(1, 0), "hidden_center": CellPoints(2, 0, set=2, added=0.5)}
    told = text_of(page_of(wrong, standing=Standing(cells, {"center": "Nicely\nput.", "essay": "And <more>."})))
    assert "Set by hand for the hidden tests: 2 of 2 points count; the tests themselves gave 0." in told
    assert "+0.5 points besides" in told and "center: 2.5 of 3" in told and "set by hand" in told
    assert "Nicely put." in told and "And <more>." in told


def test_a_cell_that_stopped_beside_tests_that_pass_says_what_was_tested():
    stopped = Ran(error=("ZeroDivisionError", "division by zero"))
    told = text_of(page_of(RIGHT, ran=stopped))
    assert "The cell stopped with ZeroDivisionError: division by zero" in told
    assert "What was tested is center as it stands when all cells have run." in told
    failed = Verdict(part("visible check", False, "there is no `center` in the notebook"), (part("columns", False),))
    assert "What was tested" not in text_of(page_of(failed, ran=stopped))


def test_nothing_of_a_students_is_markup():
    evil = "<script>alert(1)</script>"
    ran = Ran(text=evil, error=(evil, f"`{evil}`"), outputs=({"image/png": "PHN2Zz4=", "text/html": evil},))
    hand_in = {"name": evil, "file": evil, "attempt": evil}
    wrong = Verdict(part("visible check", False, f"it stopped with `{evil}`."), (part("columns", True),))
    page = page_of(wrong, answer=evil, ran=ran, notes=[evil, f"`{evil}`"], hand_in=hand_in)
    assert "<script" not in page and "<img" not in page and "alert(1)" in page


def test_the_page_needs_no_more_than_its_file():
    page = page_of(replace(RIGHT, visible=part("visible check", False, SEEN)))
    assert not re.search(r"(src|href)=\"(?!#|data:image/png;base64,)", page)
    assert re.findall(r'href="#([^"]+)"', page) == re.findall(r'<h2 id="([^"]+)"', page) == ["center"]
