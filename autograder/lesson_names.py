"""What a lesson answers to, in all commands alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import CourseError


class UnknownLesson(CourseError):
    """No lesson, or no exercise, has the asked name."""


def match_lesson(asked: str, names: Sequence[str]) -> str:
    """The one of `names` that is meant: by `03`, `forward` or `03_forward`, by how one of these begins, or by a file.

    A file is called like the lesson, and may have more behind it, as in `03_forward (1).ipynb`.

    Raises:
        UnknownLesson: none is, or more than one.
    """
    word = Path(asked).name.removesuffix(".py").removesuffix(".ipynb")
    rules = (
        lambda name: is_called(name, word),
        lambda name: word and any(called.startswith(word) for called in _called(name)),
        lambda name: word.startswith(name),
    )
    found = next(filter(None, ([name for name in names if rule(name)] for rule in rules)), [])
    if len(found) != 1:
        problem = f"{asked!r} may be {' or '.join(found)}" if found else f"no lesson is called {asked!r}"
        raise UnknownLesson(f"{problem}. The lessons are: {', '.join(names)}.")
    return found[0]


def lesson_in(filename: str, names: Sequence[str]) -> str:
    """The one of `names` that stands in the name of a file, or "": `Copy_of_03_forward.ipynb`, `Forward-03 (1).ipynb`.

    Number and topic count, in any order and case, whatever stands between them.
    """
    digits, letters = re.findall(r"\d+", filename), re.sub(r"[\W_]+", "", filename).lower()

    def stands_in(name: str) -> bool:
        number, _, topic = name.partition("_")
        return number in digits and topic.replace("_", "").lower() in letters

    found = [name for name in names if stands_in(name)]
    return found[0] if len(found) == 1 else ""


def is_called(lesson: str, word: str) -> bool:
    """Whether a lesson's name, number or topic is that word."""
    return word in _called(lesson)


def _called(name: str) -> tuple[str, ...]:
    """`03_forward`, `03` and `forward`."""
    return (name, *name.split("_", 1))
