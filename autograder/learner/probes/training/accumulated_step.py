"""Probes of accumulated_step."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import recipe
from autograder.learner.probes.training.inputs import build_model, draw_batches, state_after

exercise = Exercise(
    "accumulated_step", arguments=("model", "parts", "rate"), returns=("loss",), mutates=("model",), tensors=True
)


def _paper_case(*parts, weights=(0, 0), rate=1, told=(), before=None):
    """Add a rung: two logits, x times a weight each, and these parts of x and y.

    Args:
        told: what is to be said besides.
        before: what happens to the model first.
    """
    given = ", ".join(f"({[[value] for value in x]}, {list(y)})" for x, y in parts)

    @exercise.case_of(
        f"model = Linear(1, 2, bias=False), its weight {[[w] for w in weights]}",
        *told,
        f"parts = [{given}], rate = {rate}",
    )
    def play(call):
        state = {"weight": np.array(weights, dtype=float)[:, None]}
        model = call.build(recipe("Linear", 1, 2, bias=False, state=state))
        if before:
            before(model)
        found = call(model, [_part(x, y) for x, y in parts], rate)
        return found | {"weight": model.attribute("weight")}


def _part(x, y):
    return np.array(x, dtype=float)[:, None], np.array(y)


_paper_case(([2, 4], [0, 0]))
_paper_case(([2, 4], [0, 0]), rate=0.5)
_paper_case(([2, 4], [0, 0]), ([0, 0], [0, 0]))
_paper_case(([2, 4], [0, 0]), ([6, 8], [0, 0]))
_paper_case(([100, 100], [0, 1]), ([1, 1], [0, 1]), weights=(1, 0))
_paper_case(([2, 2, 2, 2], [0, 0, 0, 0]), ([8, 8], [0, 0]))
_paper_case(([1, 1, 1, 1], [0, 0, 0, 0]), ([1, 1], [1, 1]), weights=(100, 0))
_paper_case(
    ([2, 4], [0, 0]),
    told=("loss.backward() was called before, for x = [[6], [6]], y = [0, 0]",),
    before=lambda model: model.steps(*_part([6, 6], [0, 0]), lr=0.0, n=1),
)


@exercise.case_of(
    "model = Sequential(BatchNorm1d(1, eps=3, momentum=0.5), Linear(1, 2)) in evaluation mode",
    "weight [[0], [0]] and bias [0, 0] in the Linear, the batch norm as it is made",
    "parts = [([[1], [3]], [0, 0]), ([[5], [7]], [0, 0])], rate = 1",
)
def step_paper_batch_norm(call):
    last = recipe("Linear", 1, 2, state={"weight": np.zeros((2, 1)), "bias": np.zeros(2)})
    model = call.build(recipe("Sequential", recipe("BatchNorm1d", 1, eps=3, momentum=0.5), last, training=False))
    found = call(model, [_part([1, 3], [0, 0]), _part([5, 7], [0, 0])], 1.0)
    state, found = model.state_dict(), found | {"model.training": model.describe()["training"]}
    return found | {name: state[name] for name in ("0.running_mean", "0.running_var", "1.weight", "1.bias")}


@exercise.probe("one part of six rows", symptom="The loss, or the model afterwards, is wrong for a single part.")
def step_one(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 6), 0.3) | state_after(model)


@exercise.probe(
    "three parts of five rows",
    symptom="It is wrong for three parts of five rows. How many steps are made, and with which gradients?",
)
def step_three(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 5, 5, 5), 0.3) | state_after(model)


@exercise.probe(
    "parts of 7, 2 and 4 rows",
    symptom="It is wrong for parts of 7, 2 and 4 rows. How much should a row count, and how much a part?",
)
def step_unequal(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 7, 2, 4), 0.3) | state_after(model)


@exercise.probe(
    "a model in evaluation mode",
    symptom="It is wrong when the model comes in evaluation mode. Which mode does training need?",
)
def step_from_evaluation(call, rng):
    model = build_model(call, rng, training=False)
    return call(model, draw_batches(rng, 5, 4), 0.2) | state_after(model)


@exercise.probe(
    "gradients left over from before",
    symptom="It is wrong when the model comes with gradients from before. Which gradients should the step follow?",
)
def step_old_gradients(call, rng):
    model, (x, y) = build_model(call, rng), draw_batches(rng, 6)[0]
    model.steps(x, y, lr=0.0, n=1)  # moves no weight, and leaves gradients behind
    return call(model, draw_batches(rng, 5, 3), 0.2) | state_after(model)


@exercise.probe("rates from 0.01 to 1", symptom="It is wrong for rate 0.01 or rate 1. How does the rate enter a step?")
def step_rates(call, rng):
    found, parts = {}, draw_batches(rng, 4, 3)
    model_stream = rng.randint(2**31)
    for rate in (0.01, 1.0):
        model = build_model(call, np.random.RandomState(model_stream))
        made = call(model, parts, rate) | state_after(model)
        found |= {f"{name} at rate {rate:g}": value for name, value in made.items()}
    return found


@exercise.probe(
    "two steps", symptom="It is wrong when two steps follow one another. What should the second one start from?"
)
def step_twice(call, rng):
    model, parts = build_model(call, rng), draw_batches(rng, 4, 5)
    first = call(model, parts, 0.1)["loss"]
    return {"loss of step 1": first, "loss of step 2": call(model, parts, 0.1)["loss"]} | state_after(model)
