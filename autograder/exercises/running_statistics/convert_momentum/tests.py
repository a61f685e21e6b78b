"""Hidden tests of convert_momentum."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.convert_momentum import exercise


def through_the_weight_of_the_old(value, source, target):
    """Independent: by way of the weight that the old value keeps."""
    kept = {"paper": lambda k: (k - 1) / (k + 1), "pytorch": lambda m: 1 - m}.get(source, lambda m: m)(value)
    return {"paper": (1 + kept) / (1 - kept), "pytorch": 1 - kept}.get(target, kept)


bank = Bank(
    exercise,
    parts=[
        Part("between the three libraries", 1, ("between the three libraries",)),
        Part("from and to the paper", 1, ("from the paper", "to the paper")),
    ],
    oracle=through_the_weight_of_the_old,
)
