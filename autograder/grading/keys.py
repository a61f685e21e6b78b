"""What a verdict on an exercise depends on, as a key: the same key, the same verdict."""

from __future__ import annotations

import hashlib
import importlib
import json
import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from autograder.exercises.bank import Bank, bank_of
from autograder.learner import stored
from autograder.lessons import ROOT, Lesson
from autograder.submission.needed import about

#: The code that all verdicts depend on.
ENGINE = (
    "exercises/bank.py", "exercises/hidden.py", "grading/judge.py", "learner/*.py", "learner/diagnosis/*.py",
    "sandbox/*.py", "submission/*.py",
)  # fmt: skip
PACKAGES = ("numpy", "torch", "ipython", "matplotlib")


def keys(lesson: Lesson, notebook: str, secret: str, isolation: str) -> dict[str, str]:
    """Exercise -> key; it changes with the submission, the tests of this exercise, and how they are run.

    Args:
        notebook: the text of the submission as it was taken in.
        secret: decides on the hidden tests' data.
        isolation: the name of the level at which code is shut in.
    """
    return {name: _digest(notebook, secret, isolation, _engine(), _tests(name)) for name in lesson.exercises}


@cache
def _engine() -> str:
    files = [path.read_text(encoding="utf-8") for name in ENGINE for path in sorted((ROOT / "autograder").glob(name))]
    return _digest(platform.python_version(), *(f"{name} {version(name)}" for name in PACKAGES), *files)


@cache
def _tests(exercise: str) -> str:
    """The lesson's solutions, what is stored for learners about this exercise, and its part of bank and probes."""
    bank = bank_of(exercise)
    lesson = bank.lesson
    solutions = [lesson.cell("exercise", name).source for name in lesson.exercises]
    texts = [lesson.cell("setup").source, str(lesson.cell("check", exercise).points), *solutions]
    texts += [json.dumps(stored.exercise(exercise), sort_keys=True)]
    return _digest(*texts, *lesson.experiments, *_about_tests(bank))


def _about_tests(bank: Bank) -> tuple[str, str]:
    """What of the lesson's bank, and of its probes, is about one exercise."""
    topic = bank.lesson.topic
    tests = _about(f"exercises.{topic}", bank)
    return tests, _about(f"learner.probes.{topic}", bank, re.findall(r"\w+", tests))


def _about(module: str, bank: Bank, mentioned: Iterable[str] = ()) -> str:
    """Of a module's text, what is about the bank or its exercise, or defines a name that is mentioned."""
    loaded = importlib.import_module(f"autograder.{module}")
    held = [name for name, value in vars(loaded).items() if value is bank or value is bank.exercise]
    return about(Path(loaded.__file__).read_text(encoding="utf-8"), held, mentioned)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()
