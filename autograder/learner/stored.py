"""Read `lessons/NN_name.json`: what the builder stored for learners about each exercise and quiz.

It holds the right outputs on the visible probes, fingerprints of known mistakes and the messages about them, and the
notebook as it was given out: no solution, and no wrong code.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

from autograder.errors import CourseError
from autograder.learner.diagnosis.diagnose import Known
from autograder.learner.diagnosis.pairs import Pairs

FOLDER = Path(__file__).parent / "lessons"
#: Seed of the visible check's random stream.
VISIBLE_SEED = 0


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


@cache
def known(name: str) -> dict[str, Known]:
    """Probe name -> what is known about it on the visible stream."""
    return {probe: _known(facts) for probe, facts in exercise(name)["probes"].items()}


@cache
def pairs(name: str) -> Pairs:
    """What two mistakes at once show on the visible stream."""
    return Pairs(exercise(name)["pairs"])


@cache
def ladder(name: str) -> list[dict[str, np.ndarray]]:
    """The right outputs of each case of an exercise's ladder."""
    return [_outputs(right) for right in exercise(name)["ladder"]]


def _known(facts: dict) -> Known:
    slack = {name: stored.get("slack", 0.0) for name, stored in facts["right"].items()}
    return Known(_outputs(facts["right"]), facts["mistakes"], slack=lambda: slack)


def _outputs(stored: dict) -> dict[str, np.ndarray]:
    return {name: _array(facts) for name, facts in stored.items()}


def _array(stored: dict) -> np.ndarray:
    kind = bool if stored.get("truth") else np.float64
    return np.array(stored["values"], dtype=kind).reshape(stored["shape"])
