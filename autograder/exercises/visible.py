"""The visible check's cell as learners run it: small tests by hand, then the probes."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass

from autograder.exercises.bank import Bank
from autograder.exercises.hidden import NOT_DONE
from autograder.learner.check import CheckFailed


@dataclass(frozen=True)
class VisibleVerdict:
    """What the visible check cell said: whether it passed, the mistakes it named, and its message."""

    passed: bool
    mistakes: tuple[str, ...] = ()
    message: str = ""


def run_visible_check(bank: Bank, namespace: dict) -> VisibleVerdict:
    """Run the visible check cell in a namespace that holds the answer."""
    lesson = bank.lesson
    cells = (lesson.cell("setup").source, lesson.cell("check", bank.name).source)
    answers = {name: namespace[name] for name in lesson.exercises}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(cells[0], namespace)
        namespace |= answers
        try:
            exec(_with_alias(cells[1], bank.name), namespace)
        except CheckFailed as error:
            return VisibleVerdict(False, error.mistakes[:2], str(error))
        except NotImplementedError:
            return VisibleVerdict(False, message=NOT_DONE)
    return VisibleVerdict(True)


def _with_alias(source: str, name: str) -> str:
    """A check cell that also takes an answer whose function has another name."""
    return source.replace(f"checking({name})", f'checking({name}, "{name}")').replace(
        f"check({name})", f'check({name}, "{name}")'
    )
