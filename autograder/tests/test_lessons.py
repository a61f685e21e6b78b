"""What a lesson's text may be, and what its author is told when it is not."""

import jupytext
import pytest

from autograder import lessons
from autograder.cli import main
from autograder.lesson_names import UnknownLesson
from autograder.lessons import LessonError, find_lesson, lesson_names, load_lesson, read_lesson, split_cells

GOOD = """\
# %% [markdown]
# # 42 A lesson

# %% setup
import math

# %% exercise="double"
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double" points=1
with checking(double):
    assert double(2) == 4, "twice two is four."

# %% hidden="double"
# %% quiz="why"
{"question": "Why?", "choices": {"a": ("this", "yes"), "b": ("that", "no")}, "right": "a"}

# %% predict="guess"
guess = {"question": "How many?", "options": {"few": "less than 5", "many": "more"}}

# %% derive="term"
{"question": "Which?", "choices": {"a": ("this", "yes"), "b": ("that", "no")}, "right": "a", "then": "So it is."}

# %% derive="slope"
{"question": "Slope of $x^2$?", "blank": {"names": ["x"], "right": "2 * x", "wrong": {"x": "No."}}, "then": "$2x$"}

# %% folded experiment="drawing"
# Draws a line
print(double(2))
"""

BROKEN = {
    "a nested region": (
        "    return 2 * x\n",
        "    ### BEGIN SOLUTION\n    return 2 * x\n",
        "inside the region opened in line 9",
    ),
    "an unclosed region": ("    ### END SOLUTION\n", "", "never closed"),
    "a region closed twice": (
        "    ### END SOLUTION\n",
        "    ### END SOLUTION\n    ### END SOLUTION\n",
        "never opened",
    ),
    "a hidden region by hand": (
        "import math",
        "import math\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS",
        "not written here",
    ),
    "a solution outside an exercise": (
        "import math",
        "import math\n### BEGIN SOLUTION\n### END SOLUTION",
        "only in an exercise",
    ),
    "an exercise without a solution": (
        "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n",
        "    return 1\n",
        "no `### BEGIN",
    ),
    "an exercise without a check": ('# %% check="double" points=1\n', "# %%\n", "has no `# %% check="),
    "an exercise without hidden tests": ('# %% hidden="double"\n', "", "has no `# %% hidden="),
    "a check without points": (" points=1", "", "has no points"),
    "points that are no number": ("points=1", 'points="many"', "must be a number above 0"),
    "negative points": ("points=1", "points=-1", "must be a number above 0"),
    "a check that checks nothing": ("with checking(double):", "with open('x'):", "never calls"),
    "a check of an unknown exercise": (
        "# %% quiz",
        '# %% hidden="triple"\n# %% quiz',
        "there is no exercise",
    ),
    "an exercise used twice": (
        "# %% hidden",
        '# %% exercise="double"\n### BEGIN SOLUTION\n### END SOLUTION\n# %% hidden',
        "more than once",
    ),
    "an unknown marker": ('hidden="double"', 'secret="double"', "'secret'"),
    "a marker without quotes": ('hidden="double"', "hidden=double", "the marker says"),
    "a name with spaces": ('quiz="why"', 'quiz="why not"', "must be a name in quotes"),
    "Python that does not parse": ("return 2 * x", "return 2 *", "not valid Python"),
    "a quiz without the right letter": ('"right": "a"', '"right": "c"', "a quiz is"),
    "a prediction with letters": ('"few": "less', '"a": "less', "a predict is"),
    "a prediction with one option": (', "many": "more"', "", "a predict is"),
    "a derivation without what follows": (', "then": "So it is."', "", "a derive is"),
    "a derivation with a formula that does not parse": ('"2 * x"', '"2 x"', "a derive is"),
    "a blank without names": ('["x"]', "[]", "a derive is"),
    "a folded cell that says nothing": ("# Draws a line\n", "", "begins with a comment"),
    "a folded check": ("# %% check", "# %% folded check", "a folded cell is plain code"),
    "two setup cells": ("# %% quiz", "# %% setup\nimport os\n# %% quiz", "exactly one"),
    "no title": ("# # 42", "# 42", "begins with a title"),
    "text before the first cell": (
        "# %% [markdown]",
        "x = 1\n# %% [markdown]",
        "must begin with a cell marker",
    ),
}


LESSONS = lesson_names()


def written(tmp_path, text):
    path = tmp_path / "42_a_lesson.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_lesson_is_read(tmp_path):
    lesson = read_lesson(written(tmp_path, GOOD))
    assert [cell.kind for cell in lesson.cells] == [
        "markdown",
        "setup",
        "exercise",
        "check",
        "hidden",
        "quiz",
        "predict",
        "derive",
        "derive",
        "experiment",
    ]
    assert [cell.name for cell in lesson.cells if cell.folded] == ["drawing"]
    assert lesson.title == "42 A lesson"
    assert lesson.exercises == ("double",)
    assert lesson.reference["double"](4) == 8


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_lesson_is_refused_by_file_line_and_reason(tmp_path, fault):
    old, new, told = BROKEN[fault]
    assert old in GOOD
    with pytest.raises(LessonError, match=r"42_a_lesson\.py:\d+: ") as error:
        read_lesson(written(tmp_path, GOOD.replace(old, new, 1)))
    assert told in str(error.value)


def test_the_named_line_is_the_marker_of_the_broken_cell(tmp_path):
    with pytest.raises(LessonError, match=r":13: .*has no points"):
        read_lesson(written(tmp_path, GOOD.replace(" points=1", "")))


ODD = """\
# %% [markdown]
# Prose, `#` and # more.
#
#   indented
#no space

#%%
x = 1  # %% no marker

# a comment
# %% setup


def f():
    return "# %%"
# %%     exercise="a"   points=1.5
y = 2


# %%
# %% [markdown]
"""


@pytest.mark.parametrize(
    "text", [GOOD, ODD, *((lessons.SOLUTIONS / f"{name}.py").read_text("utf-8") for name in LESSONS)]
)
def test_a_text_has_the_cells_that_jupytext_finds_in_it(text):
    theirs = jupytext.reads(text, fmt="py:percent").cells
    assert [source for _, _, source in split_cells(text)] == [cell.source for cell in theirs]
    prose = [said.startswith("[markdown]") for _, said, _ in split_cells(text)]
    assert prose == [cell.cell_type == "markdown" for cell in theirs]


def test_text_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "42_a_lesson.py"
    path.write_bytes(GOOD.encode() + "# é".encode("latin-1"))
    with pytest.raises(LessonError, match="not UTF-8"):
        read_lesson(path)


ASKED = [
    "03",
    "forward",
    "forw",
    "03_",
    "03_forward",
    "solutions/03_forward.py",
    "a/03_forward.ipynb",
    "03_forward-2.ipynb",
]


@pytest.mark.parametrize("asked", ASKED)
def test_a_lesson_is_found_by_number_topic_name_the_beginning_of_these_or_path(asked):
    assert find_lesson(asked) == "03_forward"


@pytest.mark.parametrize("asked", ["99", "", "orward", "0"])
def test_an_unknown_lesson_is_answered_with_the_list(asked):
    with pytest.raises(UnknownLesson, match="The lessons are: 00_welcome"):
        find_lesson(asked)


@pytest.mark.parametrize(
    "command",
    [
        ["build", "--check"],
        ["audit"],
        ["check"],
        ["grade", "--submissions", "nowhere"],
        ["regrade"],
        ["new", "something", "--lesson"],
    ],
    ids=lambda command: command[0],
)
def test_all_commands_match_lessons_alike(command, capsys):
    """A name that fits two lessons, and one that fits none, are answered with the same words everywhere."""
    assert main([*command, "0"]) == 2
    assert "'0' may be 00_welcome or 01_standardize or" in capsys.readouterr().err
    assert main([*command, "nothing"]) == 2
    assert "no lesson is called 'nothing'. The lessons are: 00_welcome, 01_" in capsys.readouterr().err


@pytest.mark.parametrize("name", lesson_names())
def test_every_lesson_defines_its_reference(name):
    lesson = load_lesson(name)
    assert lesson.exercises
    assert all(callable(function) for function in lesson.reference.values())


@pytest.mark.parametrize("asked", ["03", "forward", "03_forward"])
def test_to_name_one_lesson_reads_no_other_so_that_a_broken_one_does_not_stop_it(asked, monkeypatch):
    right = load_lesson("03_forward")

    def only_this(name):
        assert name == "03_forward"
        return right

    monkeypatch.setattr(lessons, "load_lesson", only_this)
    assert lessons.find_exercises(asked) == right.exercises


def test_an_exercise_is_found_by_its_name_and_a_word_that_is_both_means_the_lesson():
    assert lessons.find_exercises("batchnorm_forward") == ("batchnorm_forward",)
    assert len(lessons.find_exercises("standardize")) == len(load_lesson("01_standardize").exercises)
