"""Predict, run, judge: the parts of an experiment that are the same every time."""

from __future__ import annotations

import contextlib
import math
import random
import string
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder import stored
from autograder.learner import record
from autograder.learner.diagnosis.answer import not_done
from autograder.learner.message import filled
from autograder.learner.progress import Standing, standing

STUB = "Exercise:"


@contextlib.contextmanager
def needs(*exercises: str) -> Iterator[None]:
    """Say what the block rests on: which exercise is missing, and which has not passed its check.

    What stops since an exercise is missing, or wrong, is told in one line; any other error shows as usual.
    """
    here = vars(sys.modules["__main__"])
    found = {name: standing(name) for name in exercises if name in here and not _is_stub(here[name])}
    doubtful = {name: state for name, state in found.items() if state is not Standing.RIGHT}
    for name, state in doubtful.items():
        print(filled(f"Your `{name}` {state.value}: what follows is measured with it as it is."))
    stubs = [name for name in exercises if _is_stub(here.get(name))]
    try:
        yield
    except NotImplementedError as error:
        if not str(error).startswith(STUB):
            raise
        known = not_done(error)
        _tell_missing(*([known] if known else stubs or exercises))
    except NameError as error:
        if stubs and error.name not in exercises:  # made by a cell above, which could not, since an exercise is missing
            return _tell_missing(*stubs)
        if error.name not in exercises:
            raise
        print(f"The cell of `{error.name}` has not been run since the kernel started. Run it, then this one.")
    except Exception as error:
        wrong = [name for name, state in doubtful.items() if state is Standing.WRONG]
        if not wrong:
            raise
        print(f"This cell stopped with {type(error).__name__}: {error}\nFirst put right your {_listed(wrong)}.")


def _tell_missing(*names: str) -> None:
    those = "that exercise" if len(names) == 1 else "those exercises"
    print(filled(f"This cell needs your {_listed(names)}: solve {those} above, then run this cell again."))


def _listed(names) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _is_stub(thing) -> bool:
    """Whether a function, or a method of a class, still holds its placeholder."""
    if isinstance(thing, type):
        return any(_is_stub(each) for each in vars(thing).values() if callable(each))
    code = getattr(thing, "__code__", None)
    return any(isinstance(each, str) and each.startswith(STUB) for each in getattr(code, "co_consts", ()))


@dataclass(frozen=True)
class Prediction:
    """A recorded guess.

    Attributes:
        options: name of an outcome -> the outcome, in the order shown.
        choice: the name of that which was chosen; "" while there is none.
    """

    lesson: str
    name: str
    options: Mapping[str, str]
    choice: str

    def shown(self, outcome: str) -> str:
        """An option with the letter that it has for this learner."""
        letter = string.ascii_lowercase[list(self.options).index(outcome)]
        return f"{letter}) {self.options[outcome]}"


def predict(lesson: str, name: str, choice: str) -> Prediction:
    """Record a prediction before the experiment is run.

    Args:
        lesson: the lesson's name.
        name: the prediction's name.
        choice: one of the letters shown, or "?" if not chosen yet.

    Raises:
        StoredError: there is no such lesson.
        LookupError: the lesson has no such prediction.
        ValueError: `choice` is no such letter.
    """
    asked = stored.lesson(lesson)["predictions"]
    if name not in asked:
        raise LookupError(f"{lesson} has no prediction {name!r}; it has {', '.join(asked)}.")
    options = asked[name]["options"]
    guess = Prediction(lesson, name, {key: options[key] for key in _order(lesson, name, list(options))}, "")
    print(filled(asked[name]["question"]))
    for outcome in guess.options:
        print(filled(f"  {guess.shown(outcome)}", indent="     "))
    letters = dict(zip(string.ascii_lowercase, guess.options, strict=False))
    letter = choice.strip().lower()
    if letter == "?":
        print('No prediction yet: put a letter in place of "?" and run this cell again, before the experiment.')
        return guess
    if letter not in letters:
        raise ValueError(f"choice={choice!r} is not one of {', '.join(letters)}. Put one of these letters in quotes.")
    made = Prediction(lesson, name, guess.options, letters[letter])
    print(filled(f"Recorded: {made.shown(made.choice)}"))
    record.note("predicted", lesson=lesson, prediction=name, choice=made.choice, order=list(made.options))
    return made


def _order(lesson: str, name: str, outcomes: list[str]) -> list[str]:
    """The outcomes in this learner's own order: as it was when they guessed first; as written where none is kept."""
    for found in record.notes("predicted", lesson=lesson, prediction=name)[:1]:
        if sorted(map(str, found.get("order", []))) == sorted(outcomes):
            return found["order"]
    who = record.learner()
    return random.Random(f"{who} {lesson} {name}").sample(outcomes, len(outcomes)) if who else outcomes


def closest(value: float, outcomes: Mapping[str, float], within: float = 3.0) -> str:
    """The outcome whose number is nearest to a measured one by ratio; "" if even that is too far off.

    Args:
        value: what was measured.
        outcomes: name of an outcome -> its number, above 0.
        within: the largest factor between the two.
    """
    if not (value > 0 and math.isfinite(value)):
        return ""
    off = {name: abs(math.log(value / number)) for name, number in outcomes.items()}
    nearest = min(off, key=off.__getitem__)
    return nearest if off[nearest] <= math.log(within) else ""


def verdict(prediction: Prediction, outcome: str, measured: str) -> None:
    """Compare what was measured with what was predicted.

    Args:
        outcome: the name of the outcome that the measurement supports, "" if it supports none; compute it from the
            numbers.
        measured: the numbers themselves, in one sentence.

    Raises:
        ValueError: the prediction has no such outcome.
    """
    if outcome and outcome not in prediction.options:
        raise ValueError(f"outcome={outcome!r} is not one of {', '.join(prediction.options)}.")
    print(filled(f"Measured: {measured}", indent=" " * len("Measured: ")))
    record.note("measured", lesson=prediction.lesson, prediction=prediction.name, outcome=outcome, measured=measured)
    if not outcome:
        print("Outcome:  none of the options fits this. Before you believe it, look at what it was measured with.")
        return
    print(filled(f"Outcome:  {prediction.shown(outcome)}", indent=" " * len("Outcome:  ")))
    if not prediction.choice:
        print("You had recorded no prediction. Next time, guess first: being wrong is how the picture sticks.")
    elif prediction.choice == outcome:
        print("Your prediction was right.")
    else:
        print(
            filled(f"You had predicted {prediction.shown(prediction.choice)}. Which step of the reasoning misled you?")
        )
