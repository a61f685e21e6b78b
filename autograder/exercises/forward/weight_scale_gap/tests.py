"""Hidden tests of weight_scale_gap."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.forward.weight_scale_gap import exercise


def torch_gap(x, weight, scale, eps):
    hats = [
        torch.batch_norm(tensor(x) @ tensor(w), None, None, None, None, True, 0.1, eps, False)
        for w in (weight, scale * weight)
    ]
    return float((hats[0] - hats[1]).abs().max())


bank = Bank(
    exercise,
    parts=[
        Part("eps 0: scales of both signs", 1, ("scale 3, eps 0", "scale -2, eps 0")),
        Part(
            "eps that counts: scales from 0.1 to 20",
            1,
            ("scale 0.2, eps 0.3", "scale 20, eps 0.5", "scale -0.5, eps 1", "a square weight"),
        ),
    ],
    oracle=torch_gap,
)
