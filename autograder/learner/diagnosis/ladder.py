"""The ladder: cases small enough for paper. The first on which an answer is wrong is shown with what it gave."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.learner.diagnosis.answer import Implementation
from autograder.learner.diagnosis.compare import Difference, difference
from autograder.learner.diagnosis.exercise import Case, Exercise, Probe
from autograder.learner.diagnosis.observe import Observation, observe
from autograder.learner.diagnosis.writing import written_apart


@dataclass(frozen=True)
class Wrong:
    """A case on which an answer is wrong.

    Attributes:
        case: what was given.
        seen: what the answer gave.
        difference: how that differs from what is right.
    """

    case: Case
    seen: Observation
    difference: Difference


def smallest_wrong(exercise: Exercise, implementation: Implementation, right: list[dict]) -> Wrong | None:
    """The first case of the ladder on which an answer is wrong; None if it is right on all.

    Args:
        right: for each case the right outputs.

    Raises:
        NotImplementedError: the exercise is not done yet.
    """
    for case, want in zip(exercise.ladder, right, strict=True):
        seen = play_case(exercise, case, implementation)
        found = difference(seen, want, rtol=1e-6)
        if found:
            return Wrong(case, seen, found)
    return None


def play_case(exercise: Exercise, case: Case, implementation: Implementation) -> Observation:
    """What an answer gives for one case."""
    return observe(exercise, Probe("", lambda call, rng: case.play(call), ""), implementation, seed=0)


def lines_about(wrong: Wrong) -> list[str]:
    """The case, what the answer gave, and what is right: each begins with its heading."""
    found, seen = wrong.difference, wrong.seen
    lines = list(wrong.case.told)
    if found.kind == "changed":
        return [*lines, f"yours: `{found.output}` is not what it was before", f"expected: `{found.output}` as it was"]
    if found.got is None or found.want is None:
        gave = f"{seen.raised}: {seen.detail}" if seen.raised else seen.problem or f"no {found.output}"
        return [*lines, f"yours: {gave}"]
    got, want = written_apart(found.got, found.want)
    return [*lines, f"yours: {found.output} = {got}", f"expected: {found.output} = {want}"]
