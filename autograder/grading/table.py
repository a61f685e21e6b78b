"""The table at the end of grading."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from autograder.collecting.collect import Collected, Student
from autograder.collecting.moments import duration
from autograder.console import LONGEST_NAME, one_line, shortened
from autograder.grading.results import Result

NO_GRADE = "–"
#: Characters of a note: one student cannot fill the table.
LONGEST_NOTE = 2_000


def table(results: list[Result], exercises: tuple[str, ...], names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A line for each student with all points and those of each exercise; below it, indented, what to look at.

    The head says in parentheses what each column is worth. Exercises too long for the terminal go below the table.

    Args:
        names: id -> name, of those whose id is none.
    """
    rows = [[_called(result.student, names), *_row(result, exercises)] for result in results]
    full = next((result for result in results if result.points is not None), None)
    worth = [f" ({column:g})" for column in _numbers(full, exercises)] if full else [""] * (1 + len(exercises))
    short = [str(number) for number in range(1, len(exercises) + 1)]
    for columns in (exercises, short):
        head = ["student", *map(str.__add__, ("points", *columns), worth)]
        widths = [max(map(len, column)) for column in zip(head, *rows)]
        if len(_line(head, widths)) <= _terminal():
            break
    lines = [_line(head, widths), "-" * len(_line(head, widths))]
    for result, row in zip(results, rows):
        lines += [_line(row, widths), *_below(result.notes)]
    if columns is short:
        lines += ["", *map("{:>3}  {}".format, short, exercises)]
    return "\n".join(lines)


def understood(collected: Collected, late: Mapping[str, float | None], remarks: Sequence[str]) -> str:
    """A line for each student with the file that counts, its attempt, when it came and whether that was late; below it,
    indented, what is odd or why it is not graded.

    Args:
        late: id -> by how many seconds; None if nothing tells.
        remarks: sentences on the whole.
    """
    head = ["student", "name", "attempt", "handed in", "late", "file"]
    rows = [_understood(student, late.get(student.person.id)) for student in collected.students]
    widths = [max(map(len, column)) for column in zip(head, *(row[:-1] for row in rows))]
    lines = [f"Layout: {collected.layout}. Nothing was graded, and nothing written.", "", _aligned(head, widths)]
    lines.append("-" * len(lines[-1]))
    for student, row in zip(collected.students, rows):
        lines.append(_aligned(row, widths))
        lines += _below(
            tuple(filter(None, (student.refused, *(student.hand_in.notes if student.hand_in else ()), *student.notes)))
        )
    graded = sum(bool(student.hand_in) for student in collected.students)
    lines += ["", f"{graded} of {len(rows)} students would be graded.", *map(one_line, remarks)]
    return "\n".join(lines)


def _understood(student: Student, seconds: float | None) -> list[str]:
    hand_in = student.hand_in
    who = [shortened(one_line(text), LONGEST_NAME) for text in (student.person.id, student.person.name)]
    if hand_in is None:
        return [*who, "", "", "", NO_GRADE]
    when = f"{hand_in.handed_in:%Y-%m-%d %H:%M} UTC" if hand_in.handed_in else "unknown"
    late = {True: "late", False: "no", None: "unknown"}[hand_in.late]
    late = late if seconds is None else f"by {duration(seconds)}" if seconds else "no"
    return [*who, one_line(hand_in.attempt), when, late, shortened(one_line(hand_in.name), 2 * LONGEST_NAME)]


def _aligned(row: list[str], widths: list[int]) -> str:
    return "  ".join([*map(str.ljust, row, widths), row[-1]])


def changes(results: list[Result]) -> str:
    """A line for each exercise of each student whose points are no longer what they were."""
    changed = [
        (result, name, now.points)
        for result in results
        for name, now in result.exercises.items()
        if result.before.get(name) != now.points
    ]
    rows = [
        [one_line(result.student), f"{result.before[name]:g}" if result.before else NO_GRADE, f"{points:g}", name]
        for result, name, points in changed
    ]
    head = ["student", "before", "after"]
    widths = [max(map(len, column)) for column in zip(head, *(row[:-1] for row in rows))]
    lines = [_line(head, widths), "-" * len(_line(head, widths))] if rows else []
    lines += [f"{_line(row[:-1], widths)}  {row[-1]}" for row in rows]
    same = sum(result.points is not None for result in results) - len({result.student for result, *_ in changed})
    return "\n".join([*lines, *_ungraded(results), f"{same} of {len(results)} students have the points they had."])


def _ungraded(results: list[Result]) -> list[str]:
    return [
        line
        for result in results
        if result.points is None
        for line in [one_line(result.student), *_below(result.notes)]
    ]


def _numbers(result: Result, exercises: tuple[str, ...]) -> list[float]:
    return [result.max_points, *(result.exercises[name].max_points for name in exercises)]


def _called(student: str, names: Mapping[str, str]) -> str:
    """A student's id, and the name if that is another."""
    name = names.get(student, "")
    return one_line(f"{student} {name}" if name and name != student else student)


def _row(result: Result, exercises: tuple[str, ...]) -> list[str]:
    if result.points is None:
        return [NO_GRADE] * (1 + len(exercises))
    points = [result.points, *(result.exercises[name].points for name in exercises)]
    return [f"{number:g}" for number in points]


def _line(row: list[str], widths: list[int]) -> str:
    student, *numbers = row
    return "  ".join([student.ljust(widths[0]), *(text.rjust(width) for text, width in zip(numbers, widths[1:]))])


def _below(notes: tuple[str, ...]) -> list[str]:
    return [line for note in notes for line in _wrapped(shortened(one_line(note), LONGEST_NOTE), _terminal())]


def _wrapped(note: str, width: int) -> list[str]:
    return textwrap.wrap(note, width, initial_indent="    ", subsequent_indent="      ")


def _terminal() -> int:
    return max(shutil.get_terminal_size((110, 24)).columns, 60)
