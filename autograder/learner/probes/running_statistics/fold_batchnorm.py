"""Probes of fold_batchnorm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import recipe
from autograder.learner.probes.running_statistics.inputs import draw_state

exercise = Exercise(
    "fold_batchnorm", arguments=("weight", "bias", "bn"), returns=("folded_weight", "folded_bias"), tensors=True
)


def _paper_case(matrix, vector, *, eps=0, training=False, **state):
    """Add a rung: this linear layer, and a batch norm that holds these numbers."""
    affine = "weight" in state
    made = f"BatchNorm1d({len(matrix)}, eps={eps}{'' if affine else ', affine=False'})"
    mode = "training" if training else "evaluation"
    held = ", ".join(f"{name} {values}" for name, values in state.items())

    @exercise.case_of(f"weight = {matrix}, bias = {vector}", f"bn = {made} in {mode} mode, with {held}")
    def play(call):
        arrays = {name: np.array(values, dtype=float) for name, values in state.items()}
        bn = recipe("BatchNorm1d", len(matrix), eps=eps, affine=affine, state=arrays, training=training)
        given = None if vector is None else np.array(vector, dtype=float)
        return call(np.array(matrix, dtype=float), given, call.build(bn))


_paper_case([[6]], [0], running_mean=[0], running_var=[4], weight=[1], bias=[0])
_paper_case([[6]], [0], running_mean=[0], running_var=[4], weight=[3], bias=[0])
_paper_case([[6]], [4], running_mean=[0], running_var=[4], weight=[3], bias=[0])
_paper_case([[6]], [4], running_mean=[2], running_var=[4], weight=[3], bias=[0])
_paper_case([[6]], [4], running_mean=[2], running_var=[4], weight=[3], bias=[10])
_paper_case([[6]], [4], eps=3, running_mean=[2], running_var=[1], weight=[3], bias=[10])
_paper_case([[1, 2], [5, 3]], [4, 0], eps=1, running_mean=[1, 2], running_var=[3, 8], weight=[6, -3], bias=[10, 20])
_paper_case([[6, 2]], None, running_mean=[2], running_var=[4], weight=[3], bias=[10])
_paper_case([[6]], [4], running_mean=[2], running_var=[4])
_paper_case([[6]], [4], training=True, running_mean=[2], running_var=[4], weight=[3], bias=[10])


def _bn(call, rng, d, training=False, affine=True, **options):
    return call.build(
        recipe("BatchNorm1d", d, affine=affine, state=draw_state(rng, d, affine), training=training, **options)
    )


@exercise.probe(
    "three inputs, four outputs, with a bias",
    symptom="The values are wrong for a plain layer of three inputs and four outputs, with a bias.",
)
def fold_plain(call, rng):
    return call(rng.normal(size=(4, 3)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, eps=0.3))


@exercise.probe(
    "a square weight", symptom="It is wrong when weight is square. Which part of weight belongs to one output?"
)
def fold_square(call, rng):
    return call(rng.normal(size=(4, 4)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, eps=0.2))


@exercise.probe(
    "no bias", symptom="It is wrong when the layer has no bias, so that bias is None. What does the layer add then?"
)
def fold_without_bias(call, rng):
    return call(rng.normal(size=(5, 2)), None, _bn(call, rng, 5, eps=0.4))


@exercise.probe(
    "batch norm with affine=False",
    symptom="It is wrong for a batch norm with affine=False. What are gamma and beta then?",
)
def fold_plain_norm(call, rng):
    return call(rng.normal(size=(4, 3)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, affine=False, eps=0.3))


@exercise.probe(
    "small eps, small variance",
    symptom="It is wrong when eps and the running variances are both small. How do the two enter the scale?",
)
def fold_small(call, rng):
    bn = call.build(
        recipe(
            "BatchNorm1d",
            3,
            eps=1e-3,
            state=draw_state(rng, 3) | {"running_var": rng.uniform(1e-4, 1e-3, size=3)},
            training=False,
        )
    )
    return call(rng.normal(size=(3, 2)), rng.normal(size=3), bn)


@exercise.probe(
    "a batch norm in training mode",
    symptom=(
        "It is wrong when the batch norm comes in training mode. Which statistics are folded, and what may "
        "change in it?"
    ),
)
def fold_training(call, rng):
    return call(rng.normal(size=(4, 3)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, training=True, eps=0.3))
