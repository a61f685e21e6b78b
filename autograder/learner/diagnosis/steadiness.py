"""What of a mistake's fingerprint is the mistake's own, and what is noise that each processor shows differently.

A number divided by what should be 0, or chosen among equals, follows the last digits: those depend on the order in
which a processor adds. To find out here what another processor would change, the inputs are moved by a few units in
their last place: what follows them is noise. So the verdict is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np

from autograder.learner.diagnosis.answer import Answer, Implementation, LocalImplementation
from autograder.learner.diagnosis.compare import (
    EXACT,
    NOISE,
    NOTHING,
    SLACK,
    difference,
    distance,
    fingerprint,
    shapes_of,
)
from autograder.learner.diagnosis.exercise import Exercise, Probe
from autograder.learner.diagnosis.objects import Recipe, Ref
from autograder.learner.diagnosis.observe import Observation, observe
from autograder.learner.diagnosis.plain_data import mapped

#: Numbers that move further than this part of the whole are noise. None is near: in the banks, what holds moves by at
#: most 1e-9, and noise by at least 1e-2.
MOVES = 1e-5
#: Each moves the inputs in a way of its own. In one of them noise may happen to stay.
NUDGES = (1, 2, 3)
#: In float32: the last place as a part of a number, and how many roundings an answer may pile up beyond those of its
#: inputs.
UNIT, ROUNDINGS = 4 * 2.0**-24, 8
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
        moving = Moved(LocalImplementation(answer), moving_by(nudge))
        return observe(self._exercise, self._probe, moving, self._seed)


def float32_slack(exercise: Exercise, probe: Probe, right: Callable, seed: int) -> dict[str, float]:
    """Output -> how far from the right answer arithmetic in float32 may lead.

    It is measured: the right answer computes in float32, and is given inputs that are rounded to float32 and moved in
    its last place. No exercise asks for float64, so that what is right but for this is right.

    Returns:
        Absolute differences; at most SLACK of the largest value, so that no other mistake hides behind it.
    """
    exact = observe(exercise, probe, LocalImplementation(right), seed).outputs
    slack = dict.fromkeys(exact, 0.0)
    for nudge, kept in ((0, True), (0, False), *((nudge, False) for nudge in NUDGES)):
        moving = Moved(LocalImplementation(right), partial(in_float32, nudge=nudge, kept=kept))
        seen = observe(exercise, probe, moving, seed).outputs
        for name, want in exact.items():
            if name in seen and seen[name].shape == want.shape:
                finite = np.isfinite(want) & np.isfinite(seen[name])
                moved = np.max(np.abs(seen[name][finite] - want[finite].astype(float)), initial=0.0)
                size = np.max(np.abs(want[finite].astype(float)), initial=0.0)
                if size < NOISE:  # 0 is right: there is no size to go by
                    slack[name] = NOTHING
                    continue
                slack[name] = float(min(max(slack[name], ROUNDINGS * moved, UNIT * size), SLACK * size))
    return slack


def moving_by(nudge: int) -> Callable:
    """Moves arrays of floats by a few units in the last place."""
    return partial(nudged, nudge=nudge)


class Moved:
    """An implementation that gets its arrays moved a little.

    Args:
        move: gives an argument in place of each.
    """

    def __init__(self, implementation: Implementation, move: Callable) -> None:
        self._implementation, self._move = implementation, move

    def answering(self, exercise: Exercise) -> Answer:
        return _MovedAnswer(self._implementation.answering(exercise), self._move)

    def names_used(self) -> set[str]:
        return self._implementation.names_used()

    def with_helpers(self, helpers: dict[str, Callable]) -> Moved:
        return Moved(self._implementation.with_helpers(helpers), self._move)


class _MovedAnswer:
    """`autograder.learner.diagnosis.answer.Answer`, with moved arguments."""

    def __init__(self, answer: Answer, move: Callable) -> None:
        self._answer, self._move = answer, move

    def call(self, args: tuple, kwargs: dict) -> tuple[dict | Ref | None, list[str]]:
        return self._answer.call(self._moved(args), self._moved(kwargs))

    def call_each(self, calls: list[tuple]) -> tuple[list, list[str]]:
        return self._answer.call_each(self._moved(calls))

    def build(self, recipe: Recipe) -> tuple[Ref, list[str]]:
        return self._answer.build(self._recipe(recipe))

    def perform(self, number: int, operation: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
        return self._answer.perform(number, operation, self._moved(args), self._moved(kwargs))

    def _moved(self, value):
        return mapped(self._move, value)

    def _recipe(self, recipe: Recipe) -> Recipe:
        args = tuple(self._recipe(arg) if isinstance(arg, Recipe) else arg for arg in recipe.args)
        return replace(recipe, args=args, state=recipe.state and self._moved(dict(recipe.state)))


def nudged(value, nudge: int):
    """An array of floats, moved by one to four units in the last place; anything else as it is.

    Equal numbers stay equal, opposite ones opposite. Numbers of few digits stay as they are: to add 4.0 to itself is
    exact in whatever order, so that what is made to be exact, as a constant column, has no noise.
    """
    if not isinstance(value, np.ndarray) or value.dtype not in BITS:
        return value
    whole, last = BITS[value.dtype]
    bits = np.abs(value).view(whole)
    with np.errstate(over="ignore"):  # it shall: the first bits of what is left are the draw
        draw = (bits.astype(np.uint64) + np.uint64(nudge)) * SCATTER >> np.uint64(61)
    steps = np.array([-4, -3, -2, -1, 1, 2, 3, 4])[draw.astype(int)]
    moved = np.copysign((bits.astype(np.int64) + steps).astype(whole).view(value.dtype), value)
    return np.where(np.isfinite(value) & (bits & last > 0), moved, value)


def in_float32(value, nudge: int, kept: bool):
    """An array of float64 as float32 holds it, moved in the last place of that; anything else as it is.

    Args:
        kept: it stays in float32.
    """
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        return value
    with np.errstate(over="ignore"):
        rounded = value.astype(np.float32)
    moved = nudged(rounded, nudge) if nudge else rounded
    return moved if kept else moved.astype(np.float64)
