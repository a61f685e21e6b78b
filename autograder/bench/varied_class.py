"""A class as large as one likes, in which hardly two hand in the same: made by rule, so the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import nbformat

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.merging import merged
from autograder.grading.sample_class import filled, in_new_cells, mishandled, without_markers
from autograder.lessons import Lesson

#: When it is due, and within which time before that most hand in.
DUE, WEEK = datetime(2026, 2, 1, 11, 0), timedelta(days=6)
#: Kinds of students, and how many of a hundred.
KINDS = {
    "right": 36, "one mistake": 24, "several mistakes": 12, "two mistakes in one answer": 8, "half done": 8,
    "in new cells": 3, "damaged cells": 3, "cut off": 2, "untouched": 4,
}  # fmt: skip
#: Of a hundred so many are late.
LATE = 12


@dataclass(frozen=True)
class HandedIn:
    """One student's file.

    Attributes:
        kind: one of KINDS.
        when: it came in, in UTC.
    """

    student: str
    kind: str
    text: str
    when: datetime


def varied_class(lesson: Lesson, students: int) -> Iterator[HandedIn]:
    """Students one by one; who is the same in any larger class."""
    released = release(lesson, make_notebook(lesson))
    banks = banks_of(lesson)
    for number in range(students):
        draw = random.Random(f"{lesson.name} {number}")
        [kind] = draw.choices([*KINDS], [*KINDS.values()])
        answers = _answers(kind, banks, draw)
        answers |= {name: _signed(text, number, draw) for name, text in answers.items()}
        yield HandedIn(f"student{number:05}", kind, _text(kind, released, answers, banks), _when(draw))


def _answers(kind: str, banks: list[Bank], draw: random.Random) -> dict[str, str]:
    """Exercise -> what stands in its cell; nothing for what is left as it was."""
    answers = {} if kind == "untouched" else {bank.name: _right(bank, draw) for bank in banks}
    if kind in ("one mistake", "several mistakes"):
        wrong = draw.sample(banks, 1 if kind == "one mistake" else draw.randint(min(2, len(banks)), len(banks)))
        answers |= {bank.name: _wrong(bank, 1, draw) for bank in wrong}
    if kind == "two mistakes in one answer":
        bank = draw.choice(banks)
        answers[bank.name] = _wrong(bank, 2, draw)
    if kind == "half done":
        done = draw.randint(1, len(banks)) if len(banks) > 1 else 0
        answers = {bank.name: answers[bank.name] for bank in banks[:done]}
    return answers


def _right(bank: Bank, draw: random.Random) -> str:
    """The solution, or one of the answers in another style that need nothing but what the lesson imports."""
    plain = [text for text in bank.accepted.values() if "import " not in text]
    return draw.choice([without_markers(bank.solution), *plain])


def _wrong(bank: Bank, mistakes: int, draw: random.Random) -> str:
    """The solution with so many mistakes of the bank; with fewer where they are made in the same place."""
    chosen = draw.sample([*bank.mistakes.values()], min(mistakes, len(bank.mistakes)))
    texts = [mistake.source(bank.solution) for mistake in chosen]
    together = merged(bank.solution, *texts) if len(texts) > 1 else None
    return without_markers(together or texts[0])


def _signed(text: str, number: int, draw: random.Random) -> str:
    """An answer with words of the student's own."""
    words = draw.sample(["first try", "see the paper", "works now", "checked by hand", "why does this hold?"], 2)
    return f"# {number}: {', '.join(words)}\n{text}"


def _text(kind: str, released: nbformat.NotebookNode, answers: dict[str, str], banks: list[Bank]) -> str:
    if kind == "in new cells":
        return in_new_cells(released, answers)
    if kind == "damaged cells":
        return mishandled(released, answers, banks)
    text = nbformat.writes(filled(released, answers)) + "\n"
    return text[: len(text) * 2 // 3] if kind == "cut off" else text


def _when(draw: random.Random) -> datetime:
    late = draw.random() * 100 < LATE
    away = draw.random() * (WEEK / 3 if late else WEEK)
    return (DUE + away if late else DUE - away).replace(microsecond=0)
