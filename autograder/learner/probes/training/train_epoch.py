"""Probes of train_epoch."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.training.inputs import build_model, draw_batches, state_after

exercise = Exercise(
    "train_epoch", arguments=("model", "batches", "rate"), returns=("loss",), mutates=("model",), tensors=True
)


@exercise.probe("one batch of six rows", symptom="One step on one batch is wrong.")
def epoch_one(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 6), 0.3) | state_after(model)


@exercise.probe(
    "three batches of five rows",
    symptom="One batch is right, several are not: what is left over from the batch before?",
)
def epoch_three(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 5, 5, 5), 0.2) | state_after(model)


@exercise.probe(
    "batches of 7, 2 and 4 rows",
    symptom="Equal batches are right, unequal ones are not: every row should count the same in the mean loss.",
)
def epoch_unequal(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 7, 2, 4), 0.2) | state_after(model)


@exercise.probe(
    "a model in evaluation mode",
    symptom="A model that comes in evaluation mode is not trained in training mode.",
)
def epoch_from_evaluation(call, rng):
    model = build_model(call, rng, training=False)
    return call(model, draw_batches(rng, 5, 4), 0.2) | state_after(model)


@exercise.probe(
    "gradients left over from before",
    symptom="Gradients that were there before the call enter the first step.",
)
def epoch_old_gradients(call, rng):
    model, (x, y) = build_model(call, rng), draw_batches(rng, 6)[0]
    model.steps(x, y, lr=0.0, n=1)  # moves no weight, and leaves gradients behind
    return call(model, draw_batches(rng, 5, 3), 0.2) | state_after(model)


@exercise.probe(
    "a batch of one row",
    symptom="A batch of a single row is not dealt with as the text says: skip it, and do not count it.",
)
def epoch_single_row(call, rng):
    model = build_model(call, rng)
    return call(model, draw_batches(rng, 5, 1, 4, 1), 0.2) | state_after(model)


@exercise.probe("rates from 0.01 to 1", symptom="The result is wrong for some rates: is the argument used?")
def epoch_rates(call, rng):
    found, batches = {}, draw_batches(rng, 4, 3)
    model_stream = rng.randint(2**31)
    for rate in (0.01, 1.0):
        model = build_model(call, np.random.RandomState(model_stream))
        made = call(model, batches, rate) | state_after(model)
        found |= {f"{name} at rate {rate:g}": value for name, value in made.items()}
    return found


@exercise.probe("two epochs", symptom="The second epoch is wrong: does it go on from where the first one ended?")
def epoch_twice(call, rng):
    model, batches = build_model(call, rng), draw_batches(rng, 4, 5)
    first = call(model, batches, 0.1)["loss"]
    return {"loss of epoch 1": first, "loss of epoch 2": call(model, batches, 0.1)["loss"]} | state_after(model)
