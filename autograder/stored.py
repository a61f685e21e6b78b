"""Read `learner/lessons/NN_name.json`: what the builder stored for learners about each lesson.

It holds the right outputs on the visible probes, fingerprints of known mistakes and the messages about them, and the
notebook as it was given out: no solution, and no wrong code.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from autograder.errors import CourseError

FOLDER = Path(__file__).parent / "learner" / "lessons"
#: The rule of the lessons that do not import torch.
IN_NUMPY = "this lesson is written in NumPy, and graded where torch cannot be imported"


class StoredError(CourseError):
    """A stored file is missing or damaged."""


def lessons() -> list[str]:
    """The names of all lessons, in order."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def lesson(name: str) -> dict:
    """Everything stored about one lesson.

    Raises:
        StoredError: there is no such lesson, or its file is damaged.
    """
    path = FOLDER / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoredError(f"no lesson is called {name!r}. The lessons are: {', '.join(lessons())}.") from None
    except ValueError as error:
        raise StoredError(
            f"{path} is damaged ({error}). Get a fresh copy of the course's `autograder` folder."
        ) from error


@cache
def uses_torch(name: str) -> bool:
    """Whether a lesson's answers are written in torch; elsewhere it is not there when they are graded."""
    cells = lesson(name)["released"]["cells"]
    return any(cell["id"] == "setup" and "import torch" in "".join(cell["source"]) for cell in cells)


@cache
def exercise(name: str) -> dict:
    """Everything stored about one exercise, with the name of its lesson under `lesson`.

    Raises:
        StoredError: no stored lesson has that exercise.
    """
    for known_lesson in lessons():
        found = lesson(known_lesson)["exercises"].get(name)
        if found:
            return found | {"lesson": known_lesson}
    raise StoredError(f"nothing is stored about {name!r}. Whoever edits the course runs `make build` first.")
