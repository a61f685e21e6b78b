"""Probes of evaluate."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.training.inputs import build_model, draw_batches, modes_of, state_after

exercise = Exercise(
    "evaluate", arguments=("model", "batches"), returns=("accuracy", "loss"), mutates=("model",), tensors=True
)


@exercise.probe("one batch of nine rows", symptom="Accuracy or loss is wrong on one batch.")
def evaluate_one(call, rng):
    return call(build_model(call, rng, training=False), draw_batches(rng, 9))


@exercise.probe(
    "a model in training mode",
    symptom="A model that comes in training mode is not evaluated in evaluation mode.",
)
def evaluate_from_training(call, rng):
    return call(build_model(call, rng, training=True), draw_batches(rng, 6, 6))


@exercise.probe(
    "batches of 7, 2 and 4 rows",
    symptom="Equal batches are right, unequal ones are not: every row should count the same.",
)
def evaluate_unequal(call, rng):
    return call(build_model(call, rng, training=False), draw_batches(rng, 7, 2, 4))


@exercise.probe("batches of one row", symptom="Rows that come one at a time are evaluated wrongly or not at all.")
def evaluate_rows(call, rng):
    return call(build_model(call, rng, training=True), draw_batches(rng, 1, 1, 1, 3, 1))


@exercise.probe("a model with dropout", symptom="The result is wrong for a model with dropout, which is off here.")
def evaluate_dropout(call, rng):
    return call(build_model(call, rng, training=True, dropout=True), draw_batches(rng, 5, 8))


@exercise.probe(
    "the model afterwards, came in training mode",
    symptom="The model came in training mode and is not as it was: its mode, its weights or its running statistics.",
)
def evaluate_leaves_training(call, rng):
    model = build_model(call, rng, training=True)
    call(model, draw_batches(rng, 5, 3))
    return state_after(model)


@exercise.probe(
    "training that goes on afterwards",
    symptom="The model came in training mode and cannot be trained on: are its gradients still switched on?",
)
def evaluate_lets_train(call, rng):
    model, (x, y) = build_model(call, rng), draw_batches(rng, 6)[0]
    call(model, draw_batches(rng, 5, 3))
    return {"losses of two further steps": model.steps(x, y, lr=0.1, n=2)} | state_after(model)


@exercise.probe(
    "the model afterwards, came in evaluation mode",
    symptom="The model came in evaluation mode and is not as it was: its mode, its weights or its running statistics.",
)
def evaluate_leaves_evaluation(call, rng):
    model = build_model(call, rng, training=False)
    call(model, draw_batches(rng, 5, 3))
    return state_after(model)


@exercise.probe(
    "a part in another mode than the rest",
    symptom="One part of the model came in another mode than the rest, and the modes are not as they were.",
)
def evaluate_leaves_parts(call, rng):
    found = {}
    for training, part, told in ((True, "1", "batch norm frozen"), (False, "2", "only dropout in training")):
        model = build_model(call, rng, training=training, dropout=True)
        model.train(not training, part=part)
        made = call(model, draw_batches(rng, 6, 2)) | modes_of(model)
        found |= {f"{name}, {told}": value for name, value in made.items()}
    return found
