"""Hidden tests of instance_norm."""

from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.alternatives.instance_norm import exercise


def torch_instance_norm(x, gamma, beta, eps=1e-5):
    # torch refuses one position per channel; group norm with a group per channel does not
    return functional.group_norm(tensor(x), x.shape[1], tensor(gamma), tensor(beta), eps)


bank = Bank(
    exercise,
    parts=[
        Part(
            "each channel of each picture, gamma and beta",
            1,
            ("three pictures, four channels of 5 x 2, eps 0", "all lengths equal", "a value far out"),
        ),
        Part(
            "eps: given, not given, a constant picture, one position; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant picture", "one position", "whole numbers"),
        ),
    ],
    oracle=torch_instance_norm,
)
