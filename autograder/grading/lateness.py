"""What is taken for being late: nbgrader's rule, as `nbgrader_config.py` sets it."""

from __future__ import annotations

from traitlets.config import Config

from autograder.grading.standing import Standing

#: Settings that say what is taken. Where none of them is set, nbgrader's own rule takes nothing.
SETTINGS = ("AssignLatePenalties", "LateSubmissionPlugin")


def late_rule(config: Config) -> Config | None:
    """The settings, if anything is ever taken for being late."""
    return config if any(config.get(name) for name in SETTINGS) else None


def penalty_of(standing: Standing, student: str, rule: Config | None) -> float | None:
    """What nbgrader's plugin takes, between nothing and all points; None if it takes nothing."""
    if rule is None or not standing.seconds_late:
        return None
    from nbgrader.preprocessors import AssignLatePenalties  # takes as long to import as a student to grade

    step = AssignLatePenalties(config=rule)
    step.init_plugin()
    score = standing.before_penalty
    taken = step.plugin_inst.late_submission_penalty(student, score, standing.seconds_late)
    return None if taken is None else min(max(0.0, taken), score)
