"""Hidden tests of init_std."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.signal.init_std import exercise

bank = Bank(
    exercise,
    parts=[
        Part("relu, after He", 1, ("relu",)),
        Part("tanh and identity, after Xavier", 1, ("tanh", "identity")),
    ],
)
