"""Beginning an exercise: what is written works, and only four files are touched by hand until it is a real one."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from autograder.build import new
from autograder.exercises.mistakes import BankError
from autograder.lessons import ROOT

#: Edits that turn what is written into an exercise with three mistakes and one other style: file -> (old, new).
LESSON, MISTAKES = "solutions/{lesson}.py", "autograder/exercises/{topic}/{name}/mistakes.md"
PROBES, ACCEPTED = "autograder/learner/probes/{topic}/{name}.py", "autograder/exercises/{topic}/{name}/accepted.py"
HALVED = "the numbers are halved and one is added: [[1.5, 2.0], [2.5, 3.0]]."
BY_HAND = {
    LESSON: [
        ("Double each number.", "Halve each number, and add one."),
        ("out = 2 * x\n    ### END", "half = x / 2\n    out = half + 1\n    ### END"),
        ("[[2.0, 4.0], [6.0, 8.0]]", "[[1.5, 2.0], [2.5, 3.0]]"),
        ("each number is doubled: [[2, 4], [6, 8]].", HALVED),
    ],
    MISTAKES: [
        ("### not_doubled\nThe numbers come back as they were given;", "### not_halved\nThe numbers are not halved."),
        ("- out = 2 * x\n+ out = 1 * x\n```\n", "- half = x / 2\n+ half = x\n```\n" + """
### doubled
The numbers are doubled, and are to be halved.
Look at: the operation.
```diff
- half = x / 2
+ half = x * 2
```

### one_missing
Nothing is added to the half.
Look at: what is done after halving.
```diff
- out = half + 1
+ out = half
```
"""),
    ],
    PROBES: [('"a batch of one"', '"one row"'), ("one row alone", "one row")],
    ACCEPTED: [("a_sum(x):\n    return x + x", "one_fraction(x):\n    return (x + 2) * 0.5")],
}  # fmt: skip


@pytest.fixture
def course(tmp_path):
    """A copy of the course to which exercises may be added."""
    folder = tmp_path / "copy"
    left_out = shutil.ignore_patterns("classroom", "__pycache__", "tests", ".venv", ".git", "*.egg-info", ".*_cache")
    shutil.copytree(ROOT, folder, ignore=left_out)
    return folder


def end_after(course, lesson, exercise):
    """Cut a lesson's text behind an exercise: to build and run what comes later takes most of the time."""
    path = course / LESSON.format(lesson=lesson)
    text = path.read_text(encoding="utf-8")
    hidden = text.index(f'# %% hidden="{exercise}"')
    path.write_text(text[: text.index("\n# %%", hidden) + 1], encoding="utf-8")


def command(course, *arguments):
    environment = os.environ | {"PYTHONPATH": str(course)}
    ran = subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.slow
def test_what_is_written_works_as_it_is(course):
    for arguments in (["new", "twice", "--lesson", "00"], ["build", "twice"]):
        status, told = command(course, *arguments)
        assert status == 0, told
    status, told = command(course, "audit", "twice")
    assert status == 0 and "0 holes: the audit passed." in told, told
    assert "\n1 mistakes" in told and "2 right answers: accepted 2.\n" in told, told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lesson", "name", "after"),
    [("00_welcome", "halve_and_add", ""), ("05_running_statistics", "halve_and_add_one", "convert_momentum")],
)
def test_an_exercise_with_three_mistakes_and_another_style_takes_four_files_by_hand(course, lesson, name, after):
    topic = lesson.split("_", 1)[1]
    if after:
        end_after(course, lesson, after)
    status, told = command(course, "new", name, "--lesson", lesson, *(["--after", after] if after else []))
    assert status == 0, told
    for file, edits in BY_HAND.items():
        path = course / file.format(lesson=lesson, topic=topic, name=name)
        text = path.read_text(encoding="utf-8")
        for old, changed in edits:
            assert old in text, (file, old)
            text = text.replace(old, changed)
        path.write_text(text, encoding="utf-8")
    assert len(BY_HAND) <= 4

    status, told = command(course, "build", name)
    assert status == 0, told
    status, told = command(course, "audit", name)
    assert status == 0, told
    assert re.search(r"3 mistakes: rejected by the visible checks 3, by the hidden tests 3; named .* 3, .* 3\.", told)
    assert "2 right answers: accepted 2." in told
    status, told = command(course, "build", "--check", lesson)
    assert status == 0, told


@pytest.mark.parametrize(
    ("name", "after", "words"),
    [
        ("two words", "", "cannot be the name of a function"),
        ("lambda", "", "cannot be the name of a function"),
        ("center", "", "an exercise called 'center' is there already"),
        ("brand_new", "nowhere", "has no exercise 'nowhere'; it has center"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_written(name, after, words):
    with pytest.raises(BankError, match=words):
        new.new_exercise(name, "00_welcome", after)
