"""Hidden tests of sweep."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.sweep import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "each arm tuned by itself, on other seeds",
            2,
            ("arms with best rates of their own", "seeds that matter much", "one arm, one tuning seed"),
        ),
        Part("runs that diverge", 1, ("runs that diverge",)),
        Part("edges and ties", 1, ("rates in no order", "equally good rates")),
        Part("what it refuses, and what not", 1, ("seeds in both lists", "fewer than three seeds to report")),
    ],
)
