"""Hidden tests of losers."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.losers import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "who lies behind, and by how much",
            1,
            ("six norms, three seeds", "one lucky seed", "as many seeds as norms", "a single norm", "a single seed"),
        ),
        Part("every seed against every seed", 0.5, ("seeds far apart", "scores that touch")),
        Part(
            "margin: given, not given; whole numbers",
            0.5,
            ("margins from 0 to 40", "margin not given", "whole numbers"),
        ),
    ],
)
