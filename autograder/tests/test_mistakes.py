"""How mistakes and right answers are written down, and what is said when they are written wrongly."""

from dataclasses import replace

import pytest

from autograder.exercises.accepted import read_accepted
from autograder.exercises.mistakes import BankError, read_mistakes

SOLUTION = """
def scale(x, low, high):
    for column in x.T:
        width = high - low
        if width == 0:
            width = 1
    return x / width
""".strip()
COMPANY = (
    "Company: [jax#442](https://github.com/jax-ml/jax/issues/442), Feb 2019: It was squared,\nand nobody saw it.\n"
)
HEAD = "### too_wide\nThe width is\ntoo large, for `low` is added.\nLook at: the sign in\nfront of `low`.\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def written(folder, text, name="mistakes.md"):
    (folder / name).write_text(text, encoding="utf-8")
    return read_mistakes(folder)


def test_a_mistake_is_a_name_a_cause_a_place_to_look_and_lines_that_change(folder):
    found = written(folder, f"# Mistakes\n\n{HEAD}```diff\n- width = high - low\n+ width = high + low\n```\n")
    [mistake] = found.values()
    assert (mistake.name, mistake.cause) == ("too_wide", "The width is too large, for `low` is added.")
    assert mistake.look == "the sign in front of `low`."
    assert mistake.source(SOLUTION) == SOLUTION.replace("high - low", "high + low")


def test_lines_are_indented_as_at_their_place_and_several_places_may_change(folder):
    diff = "- if width == 0:\n-     width = 1\n+ if not width:\n+     width = 1\n\n+- return x / width"
    with pytest.raises(BankError, match="a place in a `diff` block"):
        written(folder, f"{HEAD}```diff\n{diff}\n```\n")
    diff = "- if width == 0:\n-     width = 1\n+ if not width:\n+     width = 1\n\n- return x / width\n+ return x"
    source = written(folder, f"{HEAD}```diff\n{diff}\n```\n")["too_wide"].source(SOLUTION)
    assert "\n        if not width:\n            width = 1\n    return x" in source and source.endswith("return x")


def test_lines_can_be_taken_out(folder):
    diff = "- if width == 0:\n-     width = 1"
    source = written(folder, f"{HEAD}```diff\n{diff}\n```\n")["too_wide"].source(SOLUTION)
    assert source == SOLUTION.replace("        if width == 0:\n            width = 1\n", "")


def test_other_headings_and_what_stands_below_them_divide_the_page(folder):
    entry = f"{HEAD}```python\na\n```\n"
    text = f"# Mistakes\n\n## Width\n\nThey widen.\n\n{entry}\n## More\n\n{entry.replace('too_wide', 'wider')}"
    found = written(folder, text)
    assert list(found) == ["too_wide", "wider"] and found["too_wide"].look == "the sign in front of `low`."


def test_who_else_has_made_it_is_told_with_its_source_and_date(folder):
    block = "```python\na\n```\n"
    [mistake] = written(folder, f"{HEAD}{COMPANY}{block}").values()
    assert (mistake.cause, mistake.look) == (
        "The width is too large, for `low` is added.",
        "the sign in front of `low`.",
    )
    assert mistake.company.name == "jax#442" and mistake.company.date == "Feb 2019"
    address = "https://github.com/jax-ml/jax/issues/442"
    assert str(mistake.company) == f"jax#442, Feb 2019: It was squared, and nobody saw it. {address}"
    assert written(folder, f"{HEAD}\n{COMPANY}\n{block}")["too_wide"] == replace(mistake, place=mistake.place)
    assert written(folder, f"{HEAD}{block}")["too_wide"].company is None


@pytest.mark.parametrize(
    "line",
    [
        "Company: somebody.",
        COMPANY.replace("issues/442", "issues/443"),
        COMPANY.replace("jax-ml/jax", "jax-ml/flax"),
        COMPANY.replace("https", "http"),
        COMPANY.replace("Feb 2019", "2019"),
        COMPANY.replace("It was squared,\nand nobody saw it.", ""),
        COMPANY + COMPANY,
    ],
)
def test_a_source_that_is_not_told_in_full_is_refused(folder, line):
    with pytest.raises(BankError, match=r"mistakes\.md:1: 'too_wide': one line below `Look at:` may say `Company: "):
        written(folder, f"{HEAD}{line.strip()}\n```python\na\n```\n")


def test_who_else_has_made_it_stands_below_where_to_look(folder):
    head, look_at, look = HEAD.partition("Look at:")
    with pytest.raises(BankError, match="one line below `Look at:`"):
        written(folder, f"{head}{COMPANY}{look_at}{look}```python\na\n```\n")


def test_a_whole_function_is_taken_as_it_is(folder):
    code = "def scale(x, low, high):\n    return x\n"
    assert written(folder, f"{HEAD}```python\n{code}```\n")["too_wide"].source(SOLUTION) == code


@pytest.mark.parametrize(("line", "times"), [("width = 2", 0), ("width", 0)])
def test_a_removed_line_that_is_not_there_once_is_told_with_its_place(folder, line, times):
    mistake = written(folder, f"# M\n\n{HEAD}```diff\n- {line}\n+ pass\n```\n")["too_wide"]
    with pytest.raises(BankError, match=rf"mistakes\.md:3: 'too_wide' removes .* which stands {times} times"):
        mistake.source(SOLUTION)
    twice = written(folder, f"{HEAD}```diff\n- return x / width\n+ pass\n```\n")["too_wide"]
    with pytest.raises(BankError, match="stands 2 times"):
        twice.source(SOLUTION + "\n    return x / width")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("### Too wide\nA.\nLook at: b.\n```diff\n- a\n+ b\n```\n", "is no name for a mistake"),
        ("### too_wide\nA.\n```diff\n- a\n+ b\n```\n", "needs a cause, and a line that begins with `Look at:`"),
        ("### too_wide\nLook at: b.\n```diff\n- a\n+ b\n```\n", "needs a cause"),
        (HEAD, "needs one block"),
        (f"{HEAD}```text\na\n```\n", "needs one block"),
        (f"{HEAD}```diff\n+ a\n- b\n```\n", "a place in a `diff` block"),
        (f"{HEAD}```diff\n  a\n```\n", "a place in a `diff` block"),
        (f"{HEAD}```python\na\n```\n\n{HEAD}```python\na\n```\n", r"'too_wide' stands at .*mistakes\.md:1, too"),
    ],
)
def test_a_wrong_form_is_told_with_file_and_line(folder, text, words):
    with pytest.raises(BankError, match=rf"mistakes\.md:\d+: .*{words}"):
        written(folder, text)


def test_a_long_list_may_go_on_in_further_files_but_one_there_must_be(folder):
    with pytest.raises(BankError, match=r"mistakes\.md is missing"):
        read_mistakes(folder)
    written(folder, f"{HEAD}```python\na\n```\n")
    more = written(folder, f"{HEAD.replace('too_wide', 'wider')}```python\na\n```\n", "mistakes_of_width.md")
    assert list(more) == ["too_wide", "wider"]


ACCEPTED = '''"""Right answers to scale in other styles."""

import math

import numpy as np

WIDEST = 3


def _halved(x):
    return x / WIDEST


def a_recursion(x):
    return a_recursion(x[1:]) + math.sqrt(x.a_recursion)


@np.vectorize
def with_a_helper(x):
    return _halved(x)
'''


def test_a_right_answer_is_graded_under_the_exercises_name_with_what_it_needs(folder):
    (folder / "accepted.py").write_text(ACCEPTED, encoding="utf-8")
    found = read_accepted(folder / "accepted.py", "scale")
    assert found["a_recursion"] == (
        "import math\n\ndef scale(x):\n    return scale(x[1:]) + math.sqrt(x.a_recursion)\n"
    )
    assert found["with_a_helper"] == (
        "import numpy as np\n\nWIDEST = 3\n\ndef _halved(x):\n    return x / WIDEST\n\n"
        "@np.vectorize\ndef scale(x):\n    return _halved(x)\n"
    )
    assert list(found) == ["a_recursion", "with_a_helper"]


@pytest.mark.parametrize("text", [None, "def scale(:"])
def test_right_answers_that_cannot_be_read_are_told(folder, text):
    if text:
        (folder / "accepted.py").write_text(text, encoding="utf-8")
    with pytest.raises(BankError, match=r"accepted\.py cannot be read"):
        read_accepted(folder / "accepted.py", "scale")
