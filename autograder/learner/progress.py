"""What this session's checks have accepted so far."""

from __future__ import annotations

from autograder.learner import stored

_right: set[str] = set()


def record(exercise: str) -> None:
    """Note that an exercise passed its check."""
    _right.add(exercise)


def forget(exercise: str) -> None:
    """Note that an exercise does not pass (any more)."""
    _right.discard(exercise)


def score_so_far(lesson: str) -> None:
    """Print, for each exercise of a lesson, whether its check passed since the kernel started, and its points.

    Raises:
        StoredError: there is no such lesson.
    """
    exercises = stored.lesson(lesson)["exercises"]
    width = max(map(len, exercises))
    for name, facts in exercises.items():
        mark, word = ("✓", "right") if name in _right else ("·", "not yet")
        print(f"{mark} {name:<{width}}  {word:<8}{facts['points']['visible'] + facts['points']['hidden']:>3g} points")
    done = [facts["points"] for name, facts in exercises.items() if name in _right]
    total = sum(facts["points"]["visible"] + facts["points"]["hidden"] for facts in exercises.values())
    print(f"{len(done)} of {len(exercises)} exercises pass their visible check; the lesson has {total:g} points.")
