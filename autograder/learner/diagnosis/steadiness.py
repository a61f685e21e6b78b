"""What of a mistake's fingerprint is the mistake's own, and what is noise that each processor shows differently.

A number divided by what should be 0, or chosen among equals, follows the last digits: those depend on the order in
which a processor adds. To find out here what another processor would change, the inputs are moved by a few units in
their last place: what follows them is noise. So the verdict is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from autograder.learner.diagnosis.answer import Answer, Implementation, LocalImplementation
from autograder.learner.diagnosis.compare import EXACT, difference, distance, fingerprint, shapes_of
from autograder.learner.diagnosis.exercise import Exercise, Probe
from autograder.learner.diagnosis.objects import Recipe, Ref
from autograder.learner.diagnosis.observe import Observation, observe
from autograder.learner.diagnosis.plain_data import mapped

#: Numbers that move further than this part of the whole are noise. None is near: in the banks, what holds moves by at
#: most 1e-9, and noise by at least 1e-2.
MOVES = 1e-5
#: Each moves the inputs in a way of its own. In one of them noise may happen to stay.
NUDGES = (1, 2, 3)
#: Float type -> the type of its bits as whole numbers, and those of its last bits that are 0 in a number of few digits.
BITS = {np.dtype(np.float64): (np.uint64, 2**21 - 1), np.dtype(np.float32): (np.uint32, 2**8 - 1)}
#: 2**64 divided by the golden ratio: multiplied by it, neighbours come to lie far apart.
SCATTER = np.uint64(0x9E3779B97F4A7C15)


class Steadiness:
    """Of what answers show on one probe and seed.

    Args:
        right: the right answer.
    """

    def __init__(self, exercise: Exercise, probe: Probe, right: Callable, seed: int) -> None:
        self._exercise, self._probe, self._seed = exercise, probe, seed
        self._wanted = cache(lambda nudge: self._seen(right, nudge).outputs)

    def lasting(self, wrong: Callable, print_: dict) -> dict | None:
        """What of the fingerprint of a wrong answer holds on every machine.

        Args:
            print_: what the wrong answer shows as the inputs are.

        Returns:
            The fingerprint; or its shapes, where the numbers move; or None, where even these do, or where it moves
            whether anything is wrong. A probe about rounding has no numbers to compare, and inputs made for it.
        """
        if self._probe.rtol > EXACT:
            return print_
        kept = print_
        for nudge in NUDGES:
            seen = self._seen(wrong, nudge)
            moved = fingerprint(seen)
            noticed = difference(seen, self._wanted(nudge), self._probe.rtol)
            if shapes_of(moved) != shapes_of(print_) or not noticed:
                return None
            if distance(moved, print_) > MOVES:
                kept = shapes_of(print_)
        return kept

    def _seen(self, answer: Callable, nudge: int) -> Observation:
        return observe(self._exercise, self._probe, Nudged(LocalImplementation(answer), nudge), self._seed)


class Nudged:
    """An implementation that gets its arrays of floats moved by one to four units in the last place.

    Equal numbers stay equal, opposite ones opposite. Numbers of few digits stay as they are: to add 4.0 to itself is
    exact in whatever order, so that what is made to be exact, as a constant column, has no noise.
    """

    def __init__(self, implementation: Implementation, nudge: int) -> None:
        self._implementation, self._nudge = implementation, nudge

    def answering(self, exercise: Exercise) -> Answer:
        return _NudgedAnswer(self._implementation.answering(exercise), self._nudge)

    def names_used(self) -> set[str]:
        return self._implementation.names_used()

    def with_helpers(self, helpers: dict[str, Callable]) -> Nudged:
        return Nudged(self._implementation.with_helpers(helpers), self._nudge)


class _NudgedAnswer:
    """`autograder.learner.diagnosis.answer.Answer`, with nudged arguments."""

    def __init__(self, answer: Answer, nudge: int) -> None:
        self._answer, self._nudge = answer, nudge

    def call(self, args: tuple, kwargs: dict) -> tuple[dict | Ref | None, list[str]]:
        return self._answer.call(self._nudged(args), self._nudged(kwargs))

    def call_each(self, calls: list[tuple]) -> tuple[list, list[str]]:
        return self._answer.call_each(self._nudged(calls))

    def build(self, recipe: Recipe) -> tuple[Ref, list[str]]:
        return self._answer.build(self._recipe(recipe))

    def perform(self, number: int, operation: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
        return self._answer.perform(number, operation, self._nudged(args), self._nudged(kwargs))

    def _nudged(self, value):
        return mapped(lambda entry: nudged(entry, self._nudge), value)

    def _recipe(self, recipe: Recipe) -> Recipe:
        args = tuple(self._recipe(arg) if isinstance(arg, Recipe) else arg for arg in recipe.args)
        return replace(recipe, args=args, state=recipe.state and self._nudged(dict(recipe.state)))


def nudged(value, nudge: int):
    """An array of floats, moved by a few units in the last place; anything else as it is."""
    if not isinstance(value, np.ndarray) or value.dtype not in BITS:
        return value
    whole, last = BITS[value.dtype]
    bits = np.abs(value).view(whole)
    with np.errstate(over="ignore"):  # it shall: the first bits of what is left are the draw
        draw = (bits.astype(np.uint64) + np.uint64(nudge)) * SCATTER >> np.uint64(61)
    steps = np.array([-4, -3, -2, -1, 1, 2, 3, 4])[draw.astype(int)]
    moved = np.copysign((bits.astype(np.int64) + steps).astype(whole).view(value.dtype), value)
    return np.where(np.isfinite(value) & (bits & last > 0), moved, value)
