"""The same work for all tools: the same answers, the same calls of them, the same values that are right.

The engine and nbgrader run the lesson's own tests. For tools that know nothing of the course there is a recording:
what the tests pass to an answer and what is right, in a file, and a module of twenty lines that compares.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.bench import recorded_calls
from autograder.build.notebooks import KERNEL, make_notebook
from autograder.build.release import release
from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.hidden import reference_helpers, seeds
from autograder.grading.sample_class import Sample, filled, sample_class
from autograder.learner.diagnosis.answer import LocalAnswer
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.observe import observe
from autograder.learner.stored import VISIBLE_SEED
from autograder.lessons import Lesson, load_lesson

#: What the answers of lessons without torch need.
IMPORTS = "import numpy as np"


def plain_class(lesson: Lesson, students: int) -> list[Sample]:
    """Right, wrong and half done answers in turn, each in the lesson's own cells and with a line of the student's own.

    Nothing is damaged: stock nbgrader would stop.
    """
    released = _released(lesson.name)
    different = {str(sample.answers): sample for sample in sample_class(lesson) if sample.answers}
    made = zip(range(students), cycle(different.values()))
    return [_signed(sample, f"student{number:05}", released) for number, sample in made]


def _signed(sample: Sample, student: str, released: nbformat.NotebookNode) -> Sample:
    answers = {name: f"# by {student}\n{text}" for name, text in (sample.answers or {}).items()}
    return replace(sample, student=student, answers=answers, text=nbformat.writes(filled(released, answers)) + "\n")


@cache
def _released(lesson: str) -> nbformat.NotebookNode:
    return release(load_lesson(lesson), make_notebook(load_lesson(lesson)))


def minimal(lesson: Lesson) -> nbformat.NotebookNode:
    """The instructor's notebook with nothing in it but answers and tests."""
    notebook = make_notebook(lesson)
    names = {"setup"} | {f"{kind}{name}" for name in lesson.exercises for kind in ("", "check_", "hidden_")}
    notebook.cells = [cell for cell in notebook.cells if cell.id in names]
    return notebook


def minimal_class(lesson: Lesson, students: int) -> list[Sample]:
    """`plain_class` in minimal notebooks."""
    released = release(lesson, minimal(lesson))
    return [
        replace(sample, text=nbformat.writes(filled(released, sample.answers or {})) + "\n")
        for sample in plain_class(lesson, students)
    ]


def as_module(sample: Sample) -> str:
    """A student's answers as one Python file."""
    return "\n\n\n".join([IMPORTS, *(sample.answers or {}).values()]) + "\n"


def as_bare_notebook(sample: Sample) -> str:
    """A student's answers as a notebook without tests."""
    cells = [new_code_cell(text, id=f"cell-{n}") for n, text in enumerate([IMPORTS, *(sample.answers or {}).values()])]
    return nbformat.writes(new_notebook(cells=cells, metadata={"kernelspec": KERNEL})) + "\n"


# The recording


@dataclass(frozen=True)
class RecordedTest:
    """One test: the visible check of an exercise, or a part of its hidden tests.

    Attributes:
        helpers: names of the exercises that may stand in for the student's own where those are wrong.
        calls: of the function: arguments, keyword arguments, the right values (None where any will do), and how far
            they may be off, relatively and absolutely.
    """

    exercise: str
    name: str
    points: float
    helpers: tuple[str, ...]
    calls: tuple[tuple, ...]


def recorded_tests(lesson: Lesson) -> list[RecordedTest]:
    """All of a lesson's tests, on data drawn once."""
    return [test for bank in banks_of(lesson) for test in _tests_of(bank)]


def _tests_of(bank: Bank) -> Iterator[RecordedTest]:
    visible = _calls(bank, {(probe, VISIBLE_SEED) for probe in bank.exercise.probes})
    yield RecordedTest(bank.name, "visible check", bank.visible_points, (), visible)
    helpers = tuple(reference_helpers(bank))
    for part in bank.parts:
        calls = _calls(bank, {(probe, seed) for probe in part.probes for seed in seeds(bank, part, "")})
        yield RecordedTest(bank.name, part.name, part.points, helpers, calls)


def _calls(bank: Bank, plays: set[tuple[str, int]]) -> tuple[tuple, ...]:
    return tuple(call for probe, seed in sorted(plays) for call in _recorded(bank, probe, seed))


def _recorded(bank: Bank, probe: str, seed: int) -> list[tuple]:
    play = bank.all_probes.probes[probe]
    recorder = _Recording(bank)
    observe(bank.exercise, play, recorder, seed)
    slack = max(bank.known(probe, seed, mistakes=False).slack().values(), default=0.0)
    return [(*call, play.rtol, slack) for call in recorder.calls]


class _Recording:
    """An implementation, the right one, that writes down how it is called."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self.calls: list[tuple[tuple, dict, list[Any]]] = []

    def answering(self, exercise: Exercise) -> LocalAnswer:
        answer, call = LocalAnswer(exercise, self._bank.reference), LocalAnswer.call

        def recorded(args: tuple, kwargs: dict) -> tuple:
            values, changed = call(answer, args, kwargs)
            by_name = values if isinstance(values, dict) else {}
            right = [None if name in exercise.opaque else by_name.get(name) for name in exercise.returns]
            self.calls.append((args, kwargs, right))
            return values, changed

        answer.call = recorded  # type: ignore[method-assign]
        return answer

    def names_used(self) -> set[str]:
        return set()

    def with_helpers(self, helpers: dict) -> _Recording:
        return self


def write_recording(lesson: Lesson, folder: Path) -> list[RecordedTest]:
    """Write into a folder what a tool needs that knows nothing of the course: calls, comparison, earlier solutions."""
    tests = recorded_tests(lesson)
    shutil.copy(Path(recorded_calls.__file__), folder)
    solutions = [lesson.cell("exercise", name).source for name in lesson.exercises]
    (folder / "reference.py").write_text("\n\n\n".join([IMPORTS, *solutions]) + "\n", encoding="utf-8")
    plain = {(test.exercise, test.name): (test.helpers, test.calls) for test in tests}
    (folder / "calls.pickle").write_bytes(pickle.dumps(plain))
    return tests
