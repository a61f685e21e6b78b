"""The report: its numbers, whom it names, and what nobody can put into it."""

import itertools
import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import nbformat
import numpy as np
import pytest
import sqlalchemy
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.collecting.people import HandIn, Person, store_hand_ins
from autograder.exercises.bank import banks_of
from autograder.exercises.hidden import NOT_DONE, PartResult
from autograder.files import write_whole
from autograder.grading import grade, sample_class
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.database import connected
from autograder.grading.gradebook import LessonRows
from autograder.grading.judge import Judged, Verdict
from autograder.grading.kept import store_verdicts
from autograder.grading.marking import graded_notebook, points_of
from autograder.grading.prepare import prepare
from autograder.grading.standing import Row
from autograder.grading.ungraded import load_ungraded
from autograder.grading.verdicts import KeptVerdicts, verdicts_text
from autograder.lessons import load_lesson
from autograder.reports import course_report as of_course
from autograder.reports import lesson_report as of_lesson
from autograder.reports.course_report import course_report
from autograder.reports.gradebook import ReportError, marks_of, opened
from autograder.reports.item_statistics import discrimination, histogram, spread
from autograder.reports.lesson_report import lesson_report
from autograder.reports.report import page
from autograder.reports.students import known_people, students_of

FORWARD, SCALING, WELCOME = (load_lesson(name) for name in ("03_forward", "01_standardize", "00_welcome"))
#: Student -> which of the six exercises of lesson 03 are right: 3, 8, 3, 3, 3 and 3 points.
CLASS = {
    "ada": "111111", "bo": "111111", "cy": "111100", "di": "111011", "ed": "110111", "flo": "110000",
    "gus": "111000", "hal": "010000", "ira": "100110", "jo": "100000", "kim": "000010", "lu": "000000",
}  # fmt: skip
WORTH = (3, 8, 3, 3, 3, 3)
POINTS = [sum(worth for worth, right in zip(WORTH, rights) if right == "1") for rights in CLASS.values()]


def part(name, worth, right, mistake="", message="wrong"):
    named = (mistake,) if mistake else ()
    return PartResult(name, worth if right else 0, worth, right, mistake, "" if right else message, named)


def judged(lesson, rights, mistakes=None, message="wrong"):
    """What the judge would have found, where exercises are right, wrong, wrong by a mistake, or not done (a blank)."""
    verdicts = {}
    for bank, right in zip(banks_of(lesson), rights):
        told = NOT_DONE if right == " " else message
        facts = (right == "1", (mistakes or {}).get(bank.name, ""), told)
        hidden = (part("fresh data", bank.points, *facts),)
        verdicts[bank.name] = Verdict(part("visible check", bank.visible_points, *facts), hidden, bank.name)
    return Judged(verdicts, {}, "namespaces", 1.0)


def record(lesson, classroom, found, notes=()):
    """Put what was judged into a classroom, as grading does."""
    released = nbformat.read(classroom.notebook("release", ".", lesson.name), as_version=4)
    with connected(classroom) as connection:
        rows = LessonRows(connection, lesson.name)
        for student, verdicts in found.items():
            submitted = classroom.notebook("submitted", student, lesson.name)
            submitted.parent.mkdir(parents=True)
            submitted.write_text(nbformat.writes(released), encoding="utf-8")
            rows.write([Row(student, points_of(verdicts))])
            graded = classroom.notebook("autograded", student, lesson.name)
            write_whole(graded, graded_notebook(lesson, released, verdicts))
            kept = KeptVerdicts(verdicts, dict.fromkeys(verdicts.verdicts, "key"), notes)
            store_verdicts(student, lesson.name, classroom, verdicts_text(kept))


def read(lesson, classroom):
    with opened(classroom) as gradebook:
        return students_of(lesson, classroom, gradebook, known_people(classroom))


def figures(lesson, classroom):
    return lesson_report(lesson, classroom, read(lesson, classroom))


def page_of(report):
    return page(report["lesson"], report, ["In short."], {}, hidden=False)


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """The class above, as recorded; only read in."""
    room = Classroom.apart(tmp_path_factory.mktemp("classroom"))
    prepare(read_built(FORWARD.name), room)
    record(FORWARD, room, {student: judged(FORWARD, rights) for student, rights in CLASS.items()})
    return room


@pytest.fixture
def empty(tmp_path):
    room = Classroom.apart(tmp_path / "room")
    prepare(read_built(FORWARD.name), room)
    return room


# Numbers


def test_the_spread_is_that_of_the_points(classroom):
    points = figures(FORWARD, classroom)["points"]
    assert sorted(POINTS) == [0, 3, 3, 8, 9, 11, 14, 17, 20, 20, 23, 23]
    assert points["spread"] == {
        "n": 12, "mean": round(151 / 12, 4), "sd": round(float(np.std(POINTS, ddof=1)), 4), "min": 0,
        "lower_quartile": 6.75, "median": 12.5, "upper_quartile": 20, "max": 23,
    }  # fmt: skip
    assert [(bar["from"], bar["students"]) for bar in points["histogram"] if bar["students"]] == [
        (0, 1), (2, 2), (8, 2), (10, 1), (14, 1), (16, 1), (20, 2), (23, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("most", [0.5, 1, 3, 20, 36, 1000])
def test_a_histogram_counts_everybody_once_and_full_points_apart(most):
    points = [0, most / 3, most / 2, most, most, most + 1]
    bars = histogram(points, most)
    assert sum(bar["students"] for bar in bars) == 6 and bars[-1]["students"] == 3 and len(bars) <= 16
    assert [bar["from"] for bar in bars[1:]] == [bar["below"] for bar in bars[:-1]]


def test_nothing_has_no_spread():
    assert spread([]) == {"n": 0} and histogram([], 0) == []
    assert spread([3.0])["sd"] == 0


def test_an_exercise_is_compared_with_the_rest_and_not_with_itself(classroom):
    for place, exercise in enumerate(figures(FORWARD, classroom)["exercises"]):
        own = np.array([WORTH[place] * (rights[place] == "1") for rights in CLASS.values()])
        r = np.corrcoef(own, np.array(POINTS) - own)[0, 1]
        low, high = np.tanh(np.arctanh(r) + np.array([-1.959964, 1.959964]) / 3)
        assert exercise["share"] == pytest.approx(own.mean() / WORTH[place], abs=1e-4)
        found = exercise["discrimination"]
        assert [found["r"], found["low"], found["high"]] == pytest.approx([r, low, high], abs=1e-4)


def test_discrimination_is_as_worked_by_hand():
    half = [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    rest = np.array([2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0])
    assert discrimination(half, rest + half)["r"] == 1
    assert discrimination(half, half - rest)["r"] == -1
    crossed = np.array([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0])
    assert discrimination(half, crossed + half) == {"r": 0, "low": -0.5739, "high": 0.5739, "why": ""}  # tanh(1.96 / 3)


def test_a_small_class_or_equal_points_have_no_discrimination_and_the_page_says_why():
    assert discrimination([0, 1] * 4, [0, 2] * 4)["why"] == "fewer than 10 students"
    assert discrimination([1] * 12, [*range(12)])["why"] == "all have the same points"


def test_parts_are_as_the_tests_found_them(classroom):
    first = figures(FORWARD, classroom)["exercises"][0]
    assert [(part["name"], part["max_points"], part["share"]) for part in first["parts"]] == [
        ("visible check", 1, round(9 / 12, 4)), ("fresh data", 2, round(9 / 12, 4)),
    ]  # fmt: skip


def test_points_set_by_hand_and_penalties_count(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "111111"), "bo": judged(FORWARD, "000000")})
    with closing(Gradebook(empty.db_url, empty.course_id)) as book:
        book.find_grade("hidden_batchnorm_forward", FORWARD.name, FORWARD.name, "bo").manual_score = 6.5
        book.find_grade("check_batchnorm_forward", FORWARD.name, FORWARD.name, "bo").extra_credit = 0.5
        book.find_submission_notebook(FORWARD.name, FORWARD.name, "ada").late_submission_penalty = 4
        book.find_submission(FORWARD.name, "ada").timestamp = datetime(2026, 3, 2, 12)
        book.find_submission(FORWARD.name, "ada").extension = timedelta(days=1)
        book.find_assignment(FORWARD.name).duedate = datetime(2026, 3, 1, 10, 30)
        book.db.commit()
    report = figures(FORWARD, empty)
    assert {student["id"]: student["points"] for student in report["students"]} == {"ada": 19, "bo": 7}
    assert report["exercises"][1]["share"] == round((8 + 7) / 16, 4)
    assert [part["share"] for part in report["exercises"][1]["parts"]] == [0.5, 0.5]
    assert report["by_hand"] == [{"student": "bo", "cells": ["hidden_batchnorm_forward"]}]
    assert report["late"] == [{"student": "ada", "handed_in": "2026-03-02T12:00", "hours": 1.5, "penalty": 4}]
    assert report["counts"]["late"] == 1 and "1.5 hours late, 4 points off" in text_of(page_of(report))


def test_points_of_stock_nbgrader_count_though_nothing_is_known_of_mistakes(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "111111")})
    (empty.root / "results" / FORWARD.name / "ada.json").unlink()
    report = figures(FORWARD, empty)
    assert report["judged"]["elsewhere"] == 1 and report["points"]["spread"]["mean"] == 23
    assert "by another tool" in page_of(report)


def test_an_exercise_that_the_lesson_no_longer_has_is_left_out(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "011111", {"batch_statistics": "unbiased_variance"})})
    path = empty.root / "results" / FORWARD.name / "ada.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"batch_statistics"', '"gone"'), encoding="utf-8")
    report = figures(FORWARD, empty)
    assert report["mistakes"] == [] and report["exercises"][0]["parts"] == [] and page_of(report)


def test_the_gradebook_is_asked_as_few_questions_about_many_as_about_few(classroom):
    with opened(classroom) as gradebook:
        asked = []
        sqlalchemy.event.listen(gradebook.engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))
        assert len(marks_of(gradebook, FORWARD.name)) == 12
        assert len(asked) == 2 + 2 * len(FORWARD.exercises)  # of all submissions, of the cells, of each cell's points


# People


def test_who_needs_help_and_with_what_is_told(classroom, empty):
    wrong = judged(FORWARD, "0 1000", {"batch_statistics": "unbiased_variance"})
    record(FORWARD, empty, {"ada": judged(FORWARD, "110001"), "bo": wrong})
    (row,) = figures(FORWARD, empty)["help"]["students"]
    assert (row["student"], row["points"]) == ("bo", 3)
    assert [(lack["exercise"], lack["why"]) for lack in row["exercises"]] == [
        ("batch_statistics", ["unbiased_variance"]),
        ("batchnorm_forward", ["not done"]),
        ("redundant_bias", ["gives wrong values"]),
        ("weight_scale_gap", ["gives wrong values"]),
        ("blinding_row", ["gives wrong values"]),
    ]
    listed = [row["student"] for row in figures(FORWARD, classroom)["help"]["students"]]
    assert listed == ["lu", "jo", "kim", "hal", "ira", "flo"]  # 0, 3, 3, 8, 9 and 11 of 23


def test_a_mistake_is_counted_by_students_and_explained_as_learners_read_it(empty):
    name = {"batch_statistics": "unbiased_variance"}
    found = {student: judged(FORWARD, "011111", name) for student in ("ada", "bo")}
    record(FORWARD, empty, found | {"cy": judged(FORWARD, "011111", {"batch_statistics": "renamed since"})})
    first, second = figures(FORWARD, empty)["mistakes"]
    assert first["names"] == ["unbiased_variance"] and first["students"] == ["ada", "bo"]
    mistake = banks_of(FORWARD)[0].mistakes["unbiased_variance"]
    assert (first["causes"], first["look_at"]) == ([mistake.cause], [mistake.look])
    assert second["causes"] == [] and second["example"]["message"] == "wrong"


def test_damage_and_which_definition_was_judged_are_told(empty):
    found = judged(FORWARD, "111111")
    verdicts = found.verdicts | {"redundant_bias": replace(found.verdicts["redundant_bias"], note="judged elsewhere.")}
    record(FORWARD, empty, {"ada": replace(found, verdicts=verdicts)}, notes=("a cell was put back.",))
    report = figures(FORWARD, empty)
    assert report["notes"] == [
        {"student": "ada", "notes": ["a cell was put back.", "redundant_bias: judged elsewhere."]}
    ]
    assert "ada : a cell was put back. redundant_bias: judged elsewhere." in text_of(page_of(report))


def test_an_example_is_the_definition_that_was_judged(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "011111", {"batch_statistics": "unbiased_variance"})})
    path = empty.notebook("submitted", "ada", FORWARD.name)
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "batch_statistics").source = "\n".join(["x = 1"] * 50)
    nbformat.write(notebook, path)
    shown = figures(FORWARD, empty)["mistakes"][0]["example"]["code"].splitlines()
    assert shown == [*["x = 1"] * 40, "… and 10 more lines"]


def test_who_has_not_handed_in_is_known_from_other_weeks_and_downloads(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "111111")})
    with closing(Gradebook(empty.db_url, empty.course_id)) as book:
        book.add_student("bo", first_name="Bo", last_name="Derek")
    cy = HandIn(Person("cy", "Cy Young", section="B"), empty.root, "03_forward.ipynb")
    store_hand_ins([cy], "moodle", empty.root / "handed_in" / f"{FORWARD.name}.json")
    report = figures(FORWARD, empty)
    assert report["not_handed_in"] == [{"student": "bo", "why": ""}]
    assert [row["student"] for row in report["not_graded"]] == ["cy"]
    assert [row["section"] for row in report["sections"]] == [""] or report["sections"] == []
    assert {"Bo Derek", "Cy Young"} <= {student["name"] for student in report["students"]}


def test_a_roster_says_who_is_in_the_class(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "111111"), "guest": judged(FORWARD, "111111")})
    with closing(Gradebook(empty.db_url, empty.course_id)) as book:
        book.add_student("left")
    roster = "id,name,section\nada,Ada Lovelace,A\nnew,Newton,B\n"
    (empty.root / "roster.csv").write_text(roster, encoding="utf-8")
    report = figures(FORWARD, empty)
    assert [(student["id"], student["name"], student["state"]) for student in report["students"]] == [
        ("ada", "Ada Lovelace", "graded"), ("guest", "", "graded"), ("new", "Newton", "not handed in"),
    ]  # fmt: skip
    assert [(row["section"], row["spread"]["n"]) for row in report["sections"]] == [("", 1), ("A", 1)]


# What grading leaves


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that was graded in earnest, with all that can go wrong."""
    folder = tmp_path_factory.mktemp("class")
    room = Classroom.apart(tmp_path_factory.mktemp("graded"))
    samples = {sample.student: sample for sample in sample_class.sample_class(WELCOME)}
    sample_class.write_submissions(list(samples.values()), WELCOME.name, folder)
    released = nbformat.reads(samples["lovelace"].text, as_version=4)
    answers = {
        "<script>alert(1)": "def center(x):\n    '</pre><script>alert(2)</script>'\n    return x * 3.7",
        "stops": "raise ValueError('</td><script>')",
        "raises": "def center(x):\n    raise OSError('<script>')",
        "returns": "def center(x):\n    return 'nothing'",
        "changes": "def center(x):\n    x -= x.mean(axis=0)\n    return x",
    }
    for student, answer in answers.items():
        path = folder / student / WELCOME.name / f"{WELCOME.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(sample_class.filled(released, {"center": answer})), encoding="utf-8")
    (folder / "nobody").mkdir()
    grade.grade_folder(WELCOME.name, folder, room, jobs=2, trusted=True)
    return room, folder


@pytest.mark.slow
def test_who_could_not_be_graded_is_told_with_the_reason_until_it_is_mended(graded, tmp_path):
    room, folder = graded
    report = figures(WELCOME, room)
    assert [row["student"] for row in report["not_graded"]] == ["ramanujan"]
    assert "is not JSON" in report["not_graded"][0]["why"]
    assert [row["student"] for row in report["not_handed_in"]] == ["nobody"]
    assert report["notes"] and report["judged"]["isolation"]
    assert [version["current"] for version in report["judged"]["versions"]] == [True]
    again = tmp_path / "again" / "ramanujan" / WELCOME.name
    again.mkdir(parents=True)
    right = (folder / "lovelace" / WELCOME.name / f"{WELCOME.name}.ipynb").read_text(encoding="utf-8")
    (again / f"{WELCOME.name}.ipynb").write_text(right, encoding="utf-8")
    grade.grade_folder(WELCOME.name, again.parents[1], room, trusted=True)
    assert set(load_ungraded(WELCOME.name, room)) == {"nobody"}


@pytest.mark.slow
def test_failures_without_a_name_are_told_by_kind(graded):
    room, _ = graded
    kinds = {failure["kind"]: failure["students"] for failure in figures(WELCOME, room)["unnamed"]}
    assert kinds.pop("its cell stops") == ["stops"]
    assert kinds.pop("stops when it is called") == ["raises"]
    assert kinds.pop("returns what cannot be compared") == ["returns"]
    assert "<script>alert(1)" in kinds.pop("gives wrong values")
    named = {student for mistake in figures(WELCOME, room)["mistakes"] for student in mistake["students"]}
    assert {"hopper", "changes"} <= named and not kinds


@pytest.mark.slow
def test_nothing_that_a_student_has_written_is_live_in_the_page(graded):
    room, _ = graded
    report = figures(WELCOME, room)
    html = page_of(report)
    assert "<script" not in html and html.count("&lt;script&gt;") >= 3
    assert "default-src &#39;none&#39;" in html


@pytest.mark.slow
def test_an_anonymous_page_has_no_names_no_code_and_no_notes(graded, capsys):
    room, _ = graded
    report = json.loads(run(capsys, "report", "00", "--classroom", str(room.root), "--json", "--anonymous"))
    text = json.dumps(report)
    assert not [name for name in ("hopper", "lovelace", "nobody", "alert", "x.mean", "was deleted") if name in text]
    assert report["counts"] == figures(WELCOME, room)["counts"] and report["mistakes"][0]["example"] is None
    again = json.loads(run(capsys, "report", "--classroom", str(room.root), "--json", "--anonymous"))
    assert {s["id"] for s in again["students"]} == {s["id"] for s in report["students"]}
    for ids in ([s["id"] for s in report["students"]], *(row["students"] for row in report["mistakes"])):
        assert ids == sorted(ids)


# The page


def test_the_page_shows_the_figures_that_json_has(classroom):
    report = figures(FORWARD, classroom)
    text = text_of(page_of(report))
    for student in report["students"]:
        numbers = [student["points"], *student["exercises"].values()]
        assert f" {student['id']} {' '.join(f'{number:g}' for number in numbers)} " in text
    for exercise in report["exercises"]:
        found = exercise["discrimination"]
        share, r = f"{exercise['share'] * 100:.0f} %", f"{found['r']:.2f}".replace("-", "−")
        assert f" {exercise['name']} {exercise['max_points']:g} {share} {r} (" in text
    for bar in report["points"]["histogram"]:
        assert bar["students"] == 0 or f" {bar['students']} " in text


def test_the_page_can_be_read_by_everybody(classroom):
    html = page_of(figures(FORWARD, classroom))
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in itertools.pairwise(levels))
    tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
    assert len(tables) >= 5 and all("<caption>" in table for table in tables)
    heads = re.findall(r"<th[ >][^>]*", html)
    assert heads and all("scope=" in head for head in heads)
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids)) and set(re.findall(r'href="#([^"]*)"', html)) <= set(ids)
    assert "This page names students." in html and 'lang="en"' in html


def test_a_class_of_one_has_a_page(empty):
    record(FORWARD, empty, {"ada": judged(FORWARD, "111111")})
    report = figures(FORWARD, empty)
    html = text_of(page_of(report))
    assert "fewer than 10 students" in html and "Nobody." in html and html.count("None.") == 3
    assert report["mistakes"] == report["unnamed"] == report["notes"] == report["late"] == []


# The course


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    room = Classroom.apart(tmp_path_factory.mktemp("course"))
    for lesson in (SCALING, FORWARD):
        prepare(read_built(lesson.name), room)
    again = {"standardize": "eps_outside_root"}, {"batchnorm_forward": "eps_outside_root"}
    all_right = "1" * len(SCALING.exercises)
    found = {"bo": judged(SCALING, f"110{all_right[3:]}", again[0])}
    record(SCALING, room, found | {student: judged(SCALING, all_right) for student in ("ada", "cy")})
    record(FORWARD, room, {"ada": judged(FORWARD, "111111"), "bo": judged(FORWARD, "101111", again[1])})
    record(FORWARD, room, {"dropped": judged(FORWARD, "001000")})
    return room


def test_the_course_counts_what_is_missing_as_nothing_and_shows_development(course):
    report = course_report({lesson: read(lesson, course) for lesson in (SCALING, FORWARD)})
    rows = {student["id"]: student for student in report["students"]}
    scaling, forward, lost = worth_of(SCALING), sum(WORTH), worth_of(SCALING, 2)
    assert {id: row["share"] for id, row in rows.items()} == {
        "ada": 1, "bo": round((scaling - lost + 15) / (scaling + forward), 4),
        "cy": round(scaling / (scaling + forward), 4), "dropped": round(3 / (scaling + forward), 4),
    }  # fmt: skip
    assert rows["bo"]["change"] == pytest.approx(15 / forward - (1 - lost / scaling), abs=1e-4)
    assert rows["cy"]["change"] is None and rows["cy"]["lessons"][FORWARD.name]["state"] == "not handed in"
    helped = {row["student"]: row["why"] for row in report["help"]["students"]}
    assert helped["cy"] == ["not handed in: 03_forward"] and "ada" not in helped
    assert [(lesson["graded"], lesson["not_handed_in"]) for lesson in report["lessons"]] == [(3, 1), (3, 1)]


def worth_of(lesson, place=None):
    """The points of one exercise, or of all."""
    banks = banks_of(lesson) if place is None else [banks_of(lesson)[place]]
    return sum(bank.points + bank.visible_points for bank in banks)


def test_a_mistake_that_comes_back_is_told_with_its_places(course):
    (mistake,) = course_report({lesson: read(lesson, course) for lesson in (SCALING, FORWARD)})["returning"]
    assert mistake["name"] == "eps_outside_root" and len(mistake["causes"]) == 1
    assert mistake["students"] == [
        {
            "student": "bo",
            "places": [
                {"lesson": SCALING.name, "exercise": "standardize"},
                {"lesson": FORWARD.name, "exercise": "batchnorm_forward"},
            ],
        }
    ]


def test_the_course_has_a_page(course, capsys):
    run(capsys, "report", "03", "--classroom", str(course.root))
    told = run(capsys, "report", "--classroom", str(course.root))
    html = (course.root / "reports" / "course.html").read_text(encoding="utf-8")
    assert "2 lessons graded, of 4 students." in told and "course.html" in told
    assert "eps_outside_root" in html and html.count("<svg") == 4 and 'href="03_forward.html"' in html
    assert 'href="01_standardize.html"' not in html  # not written yet


# The command


def run(capsys, *arguments, status=0):
    assert main([*arguments]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def test_the_command_writes_the_page_and_says_in_short_what_is_in_it(classroom, capsys, tmp_path):
    told = run(capsys, "report", "forward", "--classroom", str(classroom.root), "--output", str(tmp_path / "my.html"))
    assert "12 graded." in told and "Median 12.5 of 23 points" in told and "my.html" in told
    html = (tmp_path / "my.html").read_text(encoding="utf-8")
    assert html.count("In short") == 0 and "Median 12.5 of 23 points" in html


def test_json_is_the_figures_and_nothing_else(classroom, capsys, tmp_path):
    asked = ("report", "03", "--classroom", str(classroom.root), "--json")
    assert json.loads(run(capsys, *asked)) == json.loads(json.dumps(figures(FORWARD, classroom)))
    run(capsys, *asked, "--output", str(tmp_path / "figures.json"))
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["format"] == 1


def test_all_keys_of_json_are_described(classroom):
    for told, report in ((of_lesson, figures(FORWARD, classroom)), (of_course, course_report({FORWARD: []}))):
        assert set(report) <= set(re.findall(r"\w+", told.__doc__))


def test_where_nothing_was_graded_the_command_says_so_and_makes_nothing(tmp_path, capsys):
    told = run(capsys, "report", "03", "--classroom", str(tmp_path / "none"), status=2)
    assert "nothing of 03_forward has been graded in" in told and "Use `grade` first." in told
    with pytest.raises(ReportError, match="nothing has been graded"), opened(Classroom.apart(tmp_path / "none")):
        pass
    assert not (tmp_path / "none").exists()


def test_a_lesson_of_which_nothing_was_graded_is_told(classroom, capsys):
    told = run(capsys, "report", "05", "--classroom", str(classroom.root), status=2)
    assert "nothing of 05_running_statistics has been graded" in told
