"""Begin an exercise: its folder, its probes and the lesson's cells, with something small that works to be replaced."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path

from autograder.build.text import README, row_of, stated_points, total_points
from autograder.console import shown_path
from autograder.exercises.bank import EXERCISES, folder_of
from autograder.exercises.mistakes import BankError
from autograder.learner import probes
from autograder.learner.diagnosis.exercise import exercise_names
from autograder.lessons import Lesson, load_lesson

CELLS = '''
# %% [markdown]
# ## The exercise: {name}
#
# Say what `{name}(x)` is to give, and all that the hidden tests look at. It takes `x` of shape (N, D) and returns a new
# array of the same shape. One line is enough.

# %% exercise="{name}"
def {name}(x):
    """Double each number.

    Args:
        x: shape (N, D), floating-point or whole numbers.

    Returns:
        a new array of shape (N, D).
    """
    ### BEGIN SOLUTION
    out = 2 * x
    ### END SOLUTION
    return out

# %% check="{name}" points={visible}
with checking({name}):
    out = {name}({array}([[1.0, 2.0], [3.0, 4.0]]))
    assert np.allclose(out, [[2.0, 4.0], [6.0, 8.0]]), "each number is doubled: [[2, 4], [6, 8]]."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Say where.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Say which.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# Say it in words.
# </details>

# %% hidden="{name}"
'''
PROBES = '''"""Probes of {name}."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("{name}", arguments=("x",), returns=("out",){tensors})

# Cases for paper, the simplest first: whole numbers, round results, one new thing in each.
exercise.case(x=[[1]])
exercise.case(x=[[0]])
exercise.case(x=[[-2]])
exercise.case(x=[[1], [3]])
exercise.case(x=[[1, 3]])
exercise.case(x=[[1, 2], [4, 7], [0, -5]])


@exercise.probe("seven rows, five columns", symptom="The values are wrong on a plain batch of seven rows.")
def plain(call, rng):
    return call(rng.normal([3.0, -1.0, 100.0, 0.0, 7.0], [1.0, 0.3, 5.0, 0.05, 2.0], size=(7, 5)))


@exercise.probe("as many rows as columns", symptom="It is wrong for as many rows as columns.")
def square(call, rng):
    return call(rng.normal([3.0, -1.0, 0.0], 1.0, size=(3, 3)))


@exercise.probe("a batch of one", symptom="It is wrong for a batch of one row alone.")
def single(call, rng):
    return call(rng.normal([3.0, -1.0, 0.0, 5.0], 1.0, size=(1, 4)))
'''
TESTS = '''"""Hidden tests of {name}."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.{topic}.{name} import exercise

bank = Bank(exercise, parts=[Part("fresh batches", {hidden}, tuple(exercise.probes))])
'''
MISTAKES = """# Mistakes in `{name}`

### not_doubled
The numbers come back as they were given; each of them is to be doubled.
Look at: what is done to x before it is handed back.
```diff
- out = 2 * x
+ out = 1 * x
```
"""
ACCEPTED = '''"""Right answers to {name} in other styles."""


def a_sum(x):
    return x + x
'''
VISIBLE, HIDDEN = 1, 2


def new_exercise(name: str, lesson: str, after: str = "") -> list[Path]:
    """Write an exercise that is worth points, has one mistake and one other style, and passes the audit.

    The points that the lesson and the README state are raised.

    Args:
        name: of the function.
        lesson: full name of the lesson that gets it.
        after: the exercise after which its cells come; the lesson's last one if not given.

    Returns:
        the files that were written or changed.

    Raises:
        BankError: the name cannot be used, there is no such exercise to follow, or a file is there already.
    """
    found = load_lesson(lesson)
    _refuse(name, found, after)
    torch = found.uses_torch
    facts = {"name": name, "topic": found.topic, "visible": VISIBLE, "hidden": HIDDEN}
    facts |= {"array": "torch.tensor" if torch else "np.array", "tensors": ", tensors=True" if torch else ""}
    texts = {path: text.format(**facts) for path, text in _files(name, found.topic)}
    for path in texts:
        if path.exists():
            raise BankError(f"{shown_path(path)} exists. Move it away, or choose another name.")
    changed = _lesson_with(CELLS.format(**facts), found, after) | _map_with(name, found, after)
    for path, text in (texts | changed).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*texts, *changed]


def _refuse(name: str, lesson: Lesson, after: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise BankError(f"{name!r} cannot be the name of a function. Use letters, digits and _.")
    if name in exercise_names():
        raise BankError(
            f"an exercise called {name!r} is there already: {shown_path(folder_of(name))}. Choose another name."
        )
    if after and after not in lesson.exercises:
        raise BankError(f"{lesson.name} has no exercise {after!r}; it has {', '.join(lesson.exercises)}.")


def _files(name: str, topic: str) -> Iterator[tuple[Path, str]]:
    """The files of an exercise, each with its text."""
    folder = EXERCISES / topic / name
    yield Path(probes.__path__[0]) / topic / f"{name}.py", PROBES
    yield folder / "tests.py", TESTS
    yield folder / "mistakes.md", MISTAKES
    yield folder / "accepted.py", ACCEPTED


def _lesson_with(cells: str, lesson: Lesson, after: str) -> dict[Path, str]:
    """The lesson's text with more cells, and with the points that it has then."""
    lines = lesson.path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = lesson.cell("hidden", after or lesson.exercises[-1]).line
    text = "".join([*lines[:place], cells.rstrip("\n") + "\n", *lines[place:]])
    return {lesson.path: stated_points(text, total_points(lesson) + VISIBLE + HIDDEN)}


def _map_with(name: str, lesson: Lesson, after: str) -> dict[Path, str]:
    """The README with the exercise in the lesson's row."""
    text = README.read_text(encoding="utf-8")
    row = row_of(lesson, text)
    columns = row.split("|")
    names = list(lesson.exercises)
    names.insert(names.index(after) + 1 if after else len(names), name)
    columns[2] = f" {' '.join(f'`{exercise}`' for exercise in names)} "
    columns[-2] = f" {total_points(lesson) + VISIBLE + HIDDEN:g} "
    return {README: text.replace(row, "|".join(columns))}
