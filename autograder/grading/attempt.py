"""Grade a plain Python file against one exercise, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from autograder.exercises.audit import run_visible_check
from autograder.exercises.bank import Bank, bank_of
from autograder.exercises.hidden import PartResult, grade_parts

#: Seconds after which an answer is taken for stuck.
TIMEOUT = 60


class AttemptError(ValueError):
    """The file cannot be graded at all; the message says why."""


def attempt(exercise: str, file: Path, timeout: float = TIMEOUT) -> dict:
    """Grade the function called `exercise` in a file.

    Args:
        timeout: seconds after which an answer is taken for stuck.

    Returns:
        {"exercise", "points", "max_points", "parts"}; each part is
        {"name", "points", "max_points", "passed", "mistake", "message"}

    Raises:
        UnknownLesson: there is no such exercise.
        AttemptError: the file is missing, is not Python, or does not define the function.
    """
    bank = bank_of(exercise)
    try:
        compile(file.read_text(encoding="utf-8"), str(file), "exec")
    except OSError as error:
        raise AttemptError(f"{file} cannot be read: {error.strerror}.") from error
    except (SyntaxError, ValueError) as error:
        raise AttemptError(f"{file} is not valid Python: {error}.") from error
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [
            sys.executable,
            "-m",
            "autograder.grading.attempt",
            exercise,
            str(file.resolve()),
            str(result),
        ]
        try:
            subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=timeout)
        except subprocess.TimeoutExpired:
            return _no_points(bank, f"it was still running after {timeout:g} seconds and was stopped.")
        if not result.exists():
            return _no_points(bank, "the Python process ended before the tests were done.")
        answer = json.loads(result.read_text(encoding="utf-8"))
    if "error" in answer:
        raise AttemptError(answer["error"])
    return answer


def _grade_file(exercise: str, file: Path) -> dict:
    bank = bank_of(exercise)
    namespace = bank.lesson.define()
    del namespace[exercise]
    before = set(namespace)
    try:
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), namespace)
    except Exception as error:
        return {"error": f"{file} stopped with {type(error).__name__}: {error}"}
    if exercise not in namespace:
        defined = ", ".join(name for name in namespace if name not in before and name[0] != "_") or "nothing"
        return {"error": f"{file} defines no `{exercise}`; it defines {defined}. Name your function `{exercise}`."}
    return _result(bank, all_parts(bank, namespace))


def all_parts(bank: Bank, namespace: dict) -> list[PartResult]:
    """The visible check as a part of its own, then the hidden parts, for the answer in a namespace."""
    return [_visible(bank, namespace), *grade_parts(bank, namespace[bank.name])]


def _visible(bank: Bank, namespace: dict) -> PartResult:
    points = bank.lesson.cell("check", bank.name).points
    verdict = run_visible_check(bank, namespace)
    mistake = verdict.mistakes[0] if verdict.mistakes else ""
    return PartResult(
        "visible check", points if verdict.passed else 0, points, verdict.passed, mistake, verdict.message
    )


def _no_points(bank: Bank, message: str) -> dict:
    visible = bank.lesson.cell("check", bank.name).points
    parts = [("visible check", visible), *((part.name, part.points) for part in bank.parts)]
    return _result(bank, [PartResult(name, 0, points, False, "", message) for name, points in parts])


def _result(bank: Bank, parts: list[PartResult]) -> dict:
    return {
        "exercise": bank.name,
        "points": sum(part.points for part in parts),
        "max_points": sum(part.max_points for part in parts),
        "parts": [asdict(part) for part in parts],
    }


if __name__ == "__main__":
    _exercise, _file, _output = sys.argv[1:]
    with open(os.devnull, "w") as _nowhere, contextlib.redirect_stdout(_nowhere):
        _answer = _grade_file(_exercise, Path(_file))
    Path(_output).write_text(json.dumps(_answer), encoding="utf-8")
