"""Predict, run, judge: the parts of an experiment that are the same every time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

STUB = "Exercise:"


@contextlib.contextmanager
def needs(*exercises: str) -> Iterator[None]:
    """Say in one line which exercise is missing, where the block would otherwise end in a traceback.

    Only the placeholder of an exercise is caught; any other error shows as usual.
    """
    try:
        yield
    except NotImplementedError as error:
        if not str(error).startswith(STUB):
            raise
        names = " and ".join(f"`{name}`" for name in exercises)
        print(f"This cell needs your {names}: solve that exercise above, then run this cell again.")


@dataclass(frozen=True)
class Prediction:
    """A recorded guess. `choice` is "" while the learner has not chosen."""

    question: str
    options: Mapping[str, str]
    choice: str


def predict(question: str, options: Mapping[str, str], choice: str) -> Prediction:
    """Record a prediction before the experiment is run.

    Args:
        question: what will be measured.
        options: letter -> possible outcome.
        choice: one of the letters, or "?" if not chosen yet.

    Raises:
        ValueError: `choice` is no such letter.
    """
    print(question)
    for letter, text in options.items():
        print(f"  {letter})  {text}")
    if choice == "?":
        print('No prediction yet: put a letter in place of "?" and run this cell again, before the experiment.')
        return Prediction(question, options, "")
    if choice not in options:
        raise ValueError(f"choice={choice!r} is not one of {', '.join(options)}. Put one of these letters in quotes.")
    print(f"Recorded: {choice}) {options[choice]}")
    return Prediction(question, options, choice)


def verdict(prediction: Prediction, outcome: str, measured: str) -> None:
    """Compare what was measured with what was predicted.

    Args:
        outcome: the letter of the option that the measurement turned out to support; compute it from the numbers.
        measured: the numbers themselves, in one sentence.

    Raises:
        ValueError: `outcome` is none of the prediction's letters.
    """
    if outcome not in prediction.options:
        raise ValueError(f"outcome={outcome!r} is not one of {', '.join(prediction.options)}.")
    print(f"Measured: {measured}")
    print(f"Outcome:  {outcome}) {prediction.options[outcome]}")
    if not prediction.choice:
        print("You had recorded no prediction. Next time, guess first: being wrong is how the picture sticks.")
    elif prediction.choice == outcome:
        print("Your prediction was right.")
    else:
        guess = f"{prediction.choice}) {prediction.options[prediction.choice]}"
        print(f"You had predicted {guess}. Which step of the reasoning misled you?")
