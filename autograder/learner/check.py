"""`check(function)`: is it right, and if not, which mistake is it?"""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Callable, Iterator

from autograder.learner import progress, stored
from autograder.learner.diagnosis.answer import LocalImplementation, names_used, not_done
from autograder.learner.diagnosis.diagnose import Diagnosis, describe, diagnose
from autograder.learner.diagnosis.exercise import exercise_names, find_exercise

UNNAMED = (
    "not a mistake that this course knows by name. The lines above are the best clues; try a case that is small "
    "enough for paper."
)


class CheckFailed(AssertionError):
    """An exercise is not right yet. The message says what was seen, the known cause, and where to look.

    Attributes:
        mistakes: names of the known mistakes that were recognised.
    """

    def __init__(self, message: str, mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows: the message alone, without the frames of the checker."""
        return str(self).splitlines()


def check(function: Callable, exercise: str | None = None) -> None:
    """Check a function against its exercise and name the mistake if there is one.

    Args:
        function: your function (or class).
        exercise: the exercise's name, if the function is called something else.

    Raises:
        CheckFailed: it is not right yet.
        NotImplementedError: it still holds the exercise's placeholder.
    """
    _report(_name(function, exercise), function, by_hand="")


@contextlib.contextmanager
def checking(function: Callable, exercise: str | None = None) -> Iterator[None]:
    """Run the small tests in the block, then `check(function)`; a failed test is told together with its cause.

    Raises:
        CheckFailed: a test in the block or the check failed.
        NotImplementedError: the exercise still holds its placeholder.
    """
    name = _name(function, exercise)
    try:
        yield
    except NotImplementedError as error:
        _tell_who_is_missing(name, error)
        raise
    except AssertionError as error:
        _report(name, function, by_hand=str(error) or "a test in this cell failed.")
    except Exception as error:
        _report(name, function, by_hand=f"the small test stopped with {type(error).__name__}: {error}")
    else:
        _report(name, function, by_hand="")


def _name(function: Callable, exercise: str | None) -> str:
    """The exercise that a function answers: as told, by the function's own name, or by its name in the notebook."""
    if not callable(function):
        raise TypeError(f"check() takes your function itself, as in check(batchnorm_forward), not {function!r:.60}.")
    name = exercise or getattr(function, "__name__", "")
    known = exercise_names()
    if name not in known and exercise is None:
        notebook = vars(sys.modules["__main__"])
        name = next((known_name for known_name in known if notebook.get(known_name) is function), name)
    if name not in known:
        raise TypeError(
            f"no exercise is called {name!r}; the exercises are {', '.join(known)}. Say which one you mean: "
            f'check({name}, "exercise_name").'
        )
    return name


def _report(name: str, function: Callable, by_hand: str) -> None:
    answer = LocalImplementation(function, in_numpy=not stored.uses_torch(stored.exercise(name)["lesson"]))
    try:
        found = diagnose(find_exercise(name), answer, stored.known(name), stored.VISIBLE_SEED)
    except NotImplementedError as error:
        _tell_who_is_missing(name, error)
        raise
    if found.passed and not by_hand:
        progress.record(name)
        print(f"✓ {name}: right on all {found.played} probes.")
        return
    if getattr(function, "__name__", "") == name:
        progress.forget(name)
    message = explain(name, found, by_hand)
    broken = [helper for helper in sorted(names_used(function)) if progress.is_broken(helper)]
    if broken:
        told = f"{name} calls your `{broken[0]}`, which fails its own check: put that right before you look here."
        message += "\n" + _paragraph("First", told)
    raise CheckFailed(message, found.mistakes) from None


def _tell_who_is_missing(name: str, error: NotImplementedError) -> None:
    """Say which other exercise is to be done first, if it is one."""
    missing = not_done(error)
    if missing not in ("", name):
        raise CheckFailed(f"✗ {name} needs your `{missing}`, which is not done yet: do that first.") from None


def explain(name: str, found: Diagnosis, by_hand: str = "") -> str:
    """The message for a wrong answer: observed, known cause, where to look."""
    right = found.played - len(found.findings)
    lines = [f"✗ {name} is not right yet ({right} of {found.played} probes agree)."]
    if by_hand:
        lines.append(_paragraph("By hand", by_hand))
    if not found.findings:
        return "\n".join(lines)
    first = found.findings[0]
    seen, *further = describe(first)
    lines.append(_paragraph("Seen", f"{first.probe.name}: {seen}"))
    if found.mistakes:
        messages = [stored.exercise(name)["mistakes"][mistake] for mistake in found.mistakes[:2]]
        sure = "This gives exactly what is seen" if found.complete else "This explains part of what is seen"
        lines.append(_paragraph("Cause", f"{' Or: '.join(m['cause'] for m in messages)} ({sure}.)"))
        lines.append(_paragraph("Look at", messages[0]["look"]))
    elif first.difference.is_about_values:
        if right:
            further.append(f"only some probes fail. {first.probe.symptom}")
        lines += [_paragraph("Also", clue) for clue in further]
        lines.append(_paragraph("Cause", UNNAMED))
    return "\n".join(lines)


def _paragraph(label: str, text: str) -> str:
    return textwrap.fill(text, 100, initial_indent=f"  {label:<8} ", subsequent_indent=" " * 11)
