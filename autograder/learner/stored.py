"""What is stored about an exercise, as the visible check compares it: right outputs, and the marks of mistakes."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.learner.diagnosis.diagnose import Known
from autograder.learner.diagnosis.pairs import Pairs
from autograder.stored import exercise

#: Seed of the visible check's random stream.
VISIBLE_SEED = 0


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
