"""A student's own answer and what was said of it, short enough for a page."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.console import one_line, shortened
from autograder.grading.judge import Verdict
from autograder.lessons import lesson_of
from autograder.reports.mistakes_made import AS_ABOVE, parts_of
from autograder.reports.students import Student

#: Of a text so many lines are shown, and of a line so many characters.
MOST_LINES, LONGEST_LINE = 40, 160
#: Of so many students the shortest answer is looked for.
MOST_ASKED = 10


def example(students: Sequence[Student], exercise: str, names: Sequence[str], notebook: Callable[[str], Path]) -> dict:
    """The shortest answer of those who have the most points: little else is wrong there.

    Args:
        names: the mistakes that it is an example of; none for a failure without a name.
        notebook: tells where that of a student is, by id.

    Returns:
        {"student", "code", "message"}; the code is "" if it is not found.
    """
    by_points = sorted(students, key=lambda student: -(student.marks.points if student.marks else 0))
    answers = [
        (student, without_given(answer(notebook(student.id), student.verdicts[exercise].cell), exercise))
        for student in by_points[:MOST_ASKED]
    ]
    student, code = min(answers, key=lambda entry: (not entry[1], len(entry[1])))
    message = message_about(student.verdicts[exercise], names)
    return {"student": student.person.id, "code": capped(code), "message": capped(message)}


def answer(notebook: Path, cell: str) -> str:
    """What stands in the cell that was judged; "" if it is not found."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return next(("".join(found["source"]) for found in cells if found.get("id") == cell), "")
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def without_given(code: str, exercise: str) -> str:
    """Code without the docstrings that the lesson gave."""
    solution = lesson_of(exercise).cell("exercise", exercise).source
    given = re.findall(r'^ *""".*?""" *\n', solution, re.DOTALL | re.MULTILINE)
    return functools.reduce(lambda left, docstring: left.replace(docstring, ""), given, code)


def message_about(verdict: Verdict, names: Sequence[str]) -> str:
    """What the student was told: of the part that names these mistakes or, without names, of the first that failed."""
    failed = [part for part in parts_of(verdict) if not part.passed]
    naming = [part for part in failed if set(names) <= set(part.mistakes) and not part.message.startswith(AS_ABOVE)]
    return next((part.message for part in (*naming, *failed)), "")


def capped(text: str) -> str:
    """A text of somebody's with few and short lines, and nothing in it that changes the order of letters."""
    lines = text.strip("\n").expandtabs(4).splitlines()
    shown = [shortened(one_line(line), LONGEST_LINE) for line in lines[:MOST_LINES]]
    more = len(lines) - len(shown)
    return "\n".join([*shown, *([f"… and {more:,} more lines"] if more else [])])
