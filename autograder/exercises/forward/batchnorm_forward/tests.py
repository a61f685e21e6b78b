"""Hidden tests of batchnorm_forward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.forward.batchnorm_forward import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "fresh batches, gamma and beta",
            3,
            ("seven rows, five columns, eps 0", "four rows, six columns, eps 0", "as many rows as columns"),
        ),
        Part(
            "eps from 0.1 to 1, constant and narrow columns",
            1,
            ("eps from 0.1 to 1", "a constant column", "a column of spread 0.01"),
        ),
        Part("eps not given", 1, ("eps not given",)),
        Part("a batch of one, a value far out", 1, ("a batch of one", "a value far out")),
        Part("whole numbers, float32 far from zero", 1, ("whole numbers", "float32 far from zero")),
    ],
)
