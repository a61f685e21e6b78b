"""Which mistakes a class has made, and what went wrong that no mistake explains."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

from autograder.exercises.bank import folder_of
from autograder.exercises.hidden import NOT_DONE, PartResult
from autograder.exercises.mistakes import Mistake, read_mistakes
from autograder.grading.judge import RIGHT_BUT_FOR_HELPERS, Verdict
from autograder.reports.students import Student

#: How what is said of a part begins -> what kind of failure that is; anything else is about values.
KINDS = {
    "It calls `": "needs another exercise first",
    RIGHT_BUT_FOR_HELPERS: "needs another exercise first",
    "It stopped with": "stops when it is called",
    "What it returned": "returns what cannot be compared",
    "It changed one": "changes its argument",
}
CELL_STOPS, WRONG_VALUES = "its cell stops", "gives wrong values"
#: How messages begin that only point to another one, and those that quote a student's own numbers.
AS_ABOVE, EXPLAINED = "The same as in", "✗"
#: What follows tells the situation, and so would tell failures of a kind from each other.
SITUATION = ", on this:"


def parts_of(verdict: Verdict) -> tuple[PartResult, ...]:
    return (verdict.visible, *verdict.hidden)


def is_not_done(verdict: Verdict) -> bool:
    return verdict.visible.message == NOT_DONE


def names_in(verdict: Verdict) -> list[tuple[str, ...]]:
    """What was named in an exercise: mistakes each by itself, or two that come together or cannot be told apart."""
    return list(dict.fromkeys(tuple(sorted(part.mistakes)) for part in parts_of(verdict) if part.mistakes))


def mistakes_made(students: Sequence[Student]) -> dict[tuple[str, tuple[str, ...]], list[Student]]:
    """Exercise and names -> who made it; the most frequent first."""
    found = defaultdict(list)
    for student in students:
        for exercise, verdict in student.verdicts.items():
            for names in names_in(verdict):
                found[exercise, names].append(student)
    return _by_frequency(found)


def unnamed_failures(students: Sequence[Student]) -> dict[tuple[str, str, str], list[Student]]:
    """Exercise, kind and what was seen -> whose answers have failed so, of those that were tried and have no name."""
    found = defaultdict(list)
    for student in students:
        for exercise in student.verdicts:
            if failure := unnamed_failure(student, exercise):
                found[exercise, *failure].append(student)
    return _by_frequency(found)


def unnamed_failure(student: Student, exercise: str) -> tuple[str, str] | None:
    """The kind, and what was seen; None if the answer is right, not there, or has a named mistake."""
    verdict = student.verdicts[exercise]
    if all(part.passed for part in parts_of(verdict)) or is_not_done(verdict) or names_in(verdict):
        return None
    ran = student.kept.judged.ran.get(verdict.cell) if student.kept else None
    if ran and ran.error:
        name = ran.error[0]
        return CELL_STOPS, f"It stops with {name if hasattr(builtins, name) else 'an error of its own'}."
    hidden = [part.message for part in verdict.hidden if not part.passed and not part.message.startswith(AS_ABOVE)]
    return _told(hidden[0] if hidden else verdict.visible.message)


def _told(message: str) -> tuple[str, str]:
    """The kind that a message is of, and the message as far as students share it."""
    kind = next((kind for begin, kind in KINDS.items() if message.startswith(begin)), WRONG_VALUES)
    seen = "Only the visible check fails" if message.startswith(EXPLAINED) else message.partition(SITUATION)[0]
    return kind, seen if seen.endswith(("?", ".")) else f"{seen}."


def _by_frequency(found: dict) -> dict:
    return dict(sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])))


@cache
def _bank(exercise: str) -> dict[str, Mistake]:
    return read_mistakes(folder_of(exercise))


def explained(exercise: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Cause, and where to look, of the mistakes of an exercise that its bank still has."""
    return ((_bank(exercise)[name].cause, _bank(exercise)[name].look) for name in names if name in _bank(exercise))
