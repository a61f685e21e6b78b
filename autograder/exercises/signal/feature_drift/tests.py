"""Hidden tests of feature_drift."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.signal.feature_drift import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "shift of the means",
            2,
            ("shift: nine rows, four units", "shift: as many rows as units", "shift: larger units of measurement"),
        ),
        Part("stretch of the spreads", 1, ("stretch: nine rows, four units", "stretch: as many rows as units")),
        Part(
            "no drift, constant units, a single row, whole numbers",
            1,
            (
                "the same rows in another order",
                "some units constant",
                "all units constant",
                "a single row",
                "shift: whole numbers",
            ),
        ),
    ],
)
