"""Is what the README says and prints true?"""

import contextlib
import re

import pytest

from autograder import cli
from autograder.exercises.bank import bank_of, banks_of
from autograder.exercises.hidden import grade_parts
from autograder.learner.check import CheckFailed, check
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.lessons import ROOT, lesson_names, load_lesson

README = (ROOT / "README.md").read_text(encoding="utf-8")


def printed_example():
    return README.partition("<!-- test_readme.py compares")[2].partition("```text\n")[2].partition("\n```")[0]


def test_the_printed_example_is_what_check_prints():
    bank = bank_of("batchnorm_forward")
    with pytest.raises(CheckFailed) as told:
        check(bank.wrong("eps_outside_root"))
    assert printed_example() == str(told.value)


def test_the_example_gets_the_points_that_the_readme_says():
    bank = bank_of("batchnorm_forward")
    earned = sum(result.points for result in grade_parts(bank, LocalImplementation(bank.wrong("eps_outside_root"))))
    total = bank.points + bank.lesson.cell("check", bank.name).points
    assert f"still gets {earned:g} of {total:g}" in README


def test_the_map_lists_every_lesson_with_its_exercises_and_points():
    rows = re.findall(r"^\| \[(\d\d) .*?\]\((.*?)\) \| (.*?) \|.*\| (\d+) \|$", README, re.MULTILINE)
    listed = {
        path.split("/")[1]: (set(re.findall(r"`(\w+)`", written)), int(points)) for _, path, written, points in rows
    }
    assert list(listed) == lesson_names()
    for name, (exercises, points) in listed.items():
        lesson = load_lesson(name)
        visible = sum(cell.points for cell in lesson.cells if cell.kind == "check")
        assert exercises == set(lesson.exercises)
        assert points == visible + sum(bank.points for bank in banks_of(lesson))


def test_every_file_that_the_readme_links_is_there():
    links = [link for link in re.findall(r"\]\((?!https?:)(.*?)\)", README) if not link.startswith("#")]
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_every_command_that_the_readme_names_exists(capsys):
    commands = set(re.findall(r"-m autograder ([a-z]+)", README))
    assert commands >= {"audit", "build", "bundle", "grade", "try", "bench", "lab"}
    for command in commands:
        with contextlib.suppress(SystemExit):
            cli.main([command, "--help"])
        assert f"usage: python -m autograder {command}" in capsys.readouterr().out


def test_every_make_target_that_the_readme_names_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z]+)", README)) - {"does"}
    assert targets >= {"lab", "test", "grade", "build"}
    assert not [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)]
