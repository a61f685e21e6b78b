"""How far a learner has come: what the checks said since the kernel started, and before."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from autograder import stored
from autograder.learner import record


class Standing(Enum):
    """What is known about an answer as it is now; each says so of the answer."""

    RIGHT = "passes its check"
    WRONG = "does not pass its check"
    CHANGED = "has not been checked since it was changed"
    UNCHECKED = "has not been checked since the kernel started"


@dataclass(frozen=True)
class _Checked:
    function: Callable
    right: bool


_checked: dict[str, _Checked] = {}


def checked(exercise: str, function: Callable, right: bool, mistakes: tuple[str, ...] = ()) -> None:
    """Note what a check said about an exercise.

    Args:
        function: the learner's.
        mistakes: names of those that were recognised.
    """
    _checked[exercise] = _Checked(function, right)
    record.note("checked", exercise=exercise, right=right, mistakes=list(mistakes))


def standing(exercise: str) -> Standing:
    """What is known about the answer that the notebook holds now."""
    last = _checked.get(exercise)
    if last is None:
        return Standing.UNCHECKED
    now = vars(sys.modules["__main__"]).get(exercise, last.function)
    if not _same(now, last.function):
        return Standing.CHANGED
    return Standing.RIGHT if last.right else Standing.WRONG


def _same(one: Callable, other: Callable) -> bool:
    """Whether two functions are one, or were made by the same cell, run twice."""
    code = getattr(one, "__code__", None)
    return one is other or (code is not None and code == getattr(other, "__code__", None))


def score_so_far(lesson: str) -> None:
    """Print what is earned in a lesson: the points of each visible check and the questions; hidden tests stay open.

    Raises:
        StoredError: there is no such lesson.
    """
    facts = stored.lesson(lesson)
    width = max(map(len, facts["exercises"]))
    points = {name: found["points"] for name, found in facts["exercises"].items()}
    earned = sum(points[name]["visible"] for name in points if standing(name) is Standing.RIGHT)
    for name, worth in points.items():
        print(f"{name:<{width}}  {_line(name, worth)}")
    visible, hidden = (sum(worth[part] for worth in points.values()) for part in ("visible", "hidden"))
    print(f"\nVisible checks: {earned:g} of {_points(visible)}. Hidden tests: {_points(hidden)}, open until graded.")
    if questions := facts["quizzes"] | facts["derivations"]:
        print(f"Questions answered rightly: {sum(map(_answered, questions))} of {len(questions)}.")


_rightly: set[str] = set()


def answered(lesson: str, question: str, answer: str, right: bool) -> None:
    """Note the answer to a question; the last one counts."""
    (_rightly.add if right else _rightly.discard)(question)
    record.note("answered", lesson=lesson, question=question, answer=answer, right=right)


def _answered(question: str) -> bool:
    return question in _rightly or any(found.get("right") for found in record.notes("answered", question=question)[-1:])


def _line(exercise: str, worth: dict[str, float]) -> str:
    found = standing(exercise)
    if found is Standing.RIGHT:
        return f"✓ {worth['visible']:g} of {_points(worth['visible'])}; hidden: {worth['hidden']:g} open"
    if found is Standing.WRONG:
        return f"✗ 0 of {_points(worth['visible'])}: it {found.value}"
    return f"· {found.value}{_before(exercise)}"


def _before(exercise: str) -> str:
    """When it was last found right, if that was not in this kernel's time."""
    for found in reversed(record.notes("checked", exercise=exercise, right=True)):
        try:
            day = datetime.fromisoformat(found["at"])
        except (KeyError, TypeError, ValueError):
            continue
        return f" (it was right on {day.day} {day:%b %Y})"
    return ""


def _points(number: float) -> str:
    return f"{number:g} point" if number == 1 else f"{number:g} points"
