"""What is written by hand about a lesson elsewhere than in its cells: its points, and its row in the README's map."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.exercises.bank import banks_of
from autograder.exercises.mistakes import BankError
from autograder.lessons import ROOT, Lesson, load_lesson

README = ROOT / "README.md"
POINTS = re.compile(r"(Points\W+)(\d+)")


def total_points(lesson: Lesson) -> float:
    """What the visible checks and the hidden tests of a lesson are worth together."""
    visible = sum(cell.points or 0 for cell in lesson.cells if cell.kind == "check")
    return visible + sum(bank.points for bank in banks_of(lesson))


def stated_points(text: str, points: float) -> str:
    """A lesson's text with so many points at its top."""
    return POINTS.sub(rf"\g<1>{points:g}", text, count=1)


def row_of(lesson: Lesson, readme: str) -> str:
    """The lesson's row in the README's map.

    Raises:
        BankError: there is none.
    """
    found = re.search(rf"^\| \[.*\]\(notebooks/{lesson.name}/.*$", readme, re.MULTILINE)
    if not found:
        raise BankError(f"{README.name} has no row for {lesson.name}. Add it to the map of the course.")
    return found[0]


def stale_text(name: str) -> Iterator[str]:
    """What the lesson's text and the README's map say that is no longer so, a sentence each, with what to do."""
    lesson = load_lesson(name)
    points = f"{total_points(lesson):g}"
    stated = POINTS.search(lesson.cells[0].source)
    if not stated or stated[2] != points:
        yield (
            f"{lesson.path.name} states {stated[2] if stated else 'no'} points, and its exercises have {points}. "
            f"Write {points} behind `Points` in its first cell."
        )
    _, _, exercises, *_, worth, _ = row_of(lesson, README.read_text(encoding="utf-8")).split("|")
    if worth.strip() != points:
        yield f"{README.name}'s map gives {lesson.name} {worth.strip()} points. Write {points}."
    listed = tuple(re.findall(r"`(\w+)`", exercises))
    if listed != lesson.exercises:
        names = " ".join(f"`{name}`" for name in lesson.exercises)
        yield f"{README.name}'s map lists other exercises for {lesson.name}. Write {names}."
