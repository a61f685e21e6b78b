"""Grade a plain Python file against one exercise, in the same sandbox as a submission."""

from __future__ import annotations

import ast
from dataclasses import asdict
from pathlib import Path

from autograder.console import one_line
from autograder.errors import CourseError
from autograder.lessons import lesson_of
from autograder.sandbox.isolation import Opening, needs_of

#: What a file finds under the name of an earlier exercise while it is read: it may refer to that, and not yet call it.
LENT = """def {0}(*args, **kwargs):
    raise NotImplementedError("the course's own {0} can be called only while your function is graded")
"""


class AttemptError(CourseError):
    """The file cannot be graded at all; the message says why."""


def attempt(exercise: str, file: Path, trusted: bool = False) -> dict:
    """Grade the function or class called `exercise` in a file. Earlier exercises that it calls are the course's own.

    Args:
        trusted: run it even where it cannot be shut in.

    Returns:
        {"exercise", "points", "max_points", "parts"}; each part is
        {"name", "points", "max_points", "passed", "mistake", "message"}

    Raises:
        UnknownLesson: there is no such exercise.
        AttemptError: the file is missing, is not Python, stops with an error, or does not define the function.
        IsolationError: strangers' code cannot be shut in here.
    """
    lesson, source = lesson_of(exercise), _read(file, exercise)
    with Opening(needs_of(lesson, alone=True)) as opening:
        # While that starts.
        from autograder.exercises.bank import bank_of
        from autograder.exercises.hidden import reference_helpers
        from autograder.grading.judge import judge_exercise
        from autograder.learner.eager import leave_compiler_out
        from autograder.sandbox.remote import RemoteImplementation, StudentProcess

        leave_compiler_out()
        bank = bank_of(exercise)
        helpers = reference_helpers(bank)
        cells = [lesson.cell("setup").source, "\n".join(map(LENT.format, helpers)), source]
        process = StudentProcess(opening.zygote(trusted), cells, bank.exercise.forbidden)
        if error := process.ran[2].error:
            raise AttemptError(f"{file} stopped with {one_line(': '.join(error))}")
        answer = RemoteImplementation(process, exercise, helpers)
        verdict = judge_exercise(bank, answer)
        parts = [verdict.visible, *verdict.hidden]
        process.close()
    return {
        "exercise": exercise,
        "points": sum(part.points for part in parts),
        "max_points": sum(part.max_points for part in parts),
        "parts": [asdict(part) for part in parts],
    }


def _read(file: Path, exercise: str) -> str:
    try:
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source, str(file))
    except OSError as error:
        raise AttemptError(f"{file} cannot be read: {error.strerror}.") from error
    except (SyntaxError, ValueError) as error:
        raise AttemptError(f"{file} is not valid Python: {error}.") from error
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    defined = [node.name for node in nodes if node in tree.body]
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    if exercise not in {*defined, *named}:
        told = ", ".join(defined) or "nothing"
        raise AttemptError(f"{file} defines no `{exercise}`; it defines {told}. Name your function `{exercise}`.")
    return source
