"""Hidden tests of weight_scale_gap."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.forward.weight_scale_gap import exercise

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
)
