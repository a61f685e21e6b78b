"""Probes of evaluate."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import recipe
from autograder.learner.probes.training.inputs import build_model, draw_batches, modes_of, state_after

exercise = Exercise(
    "evaluate", arguments=("model", "batches"), returns=("accuracy", "loss"), mutates=("model",), tensors=True
)


def _paper_case(*batches, training=False):
    """Add a rung: logits 100·x and 0, and these batches of x and y."""
    mode = "training" if training else "evaluation"
    given = ", ".join(f"({[[value] for value in x]}, {list(y)})" for x, y in batches)

    @exercise.case_of(
        f"model = Linear(1, 2, bias=False) in {mode} mode, its weight [[100], [0]]", f"batches = [{given}]"
    )
    def play(call):
        state = {"weight": np.array([[100.0], [0.0]])}
        model = call.build(recipe("Linear", 1, 2, bias=False, state=state, training=training))
        return call(model, [_batch(x, y) for x, y in batches]) | {"model.training": model.describe()["training"]}


def _batch(x, y):
    return np.array(x, dtype=float)[:, None], np.array(y)


_paper_case(([1, 2], [0, 0]))
_paper_case(([1, 3], [1, 1]))
_paper_case(([1, -1], [0, 0]), training=True)
_paper_case(([1], [0]))
_paper_case(([1, 1, 1], [0, 0, 0]), ([2], [1]))


def _paper_net(first, told, frozen=""):
    """Add a rung: a layer before the Linear, which is in another mode than the rest if its name is given."""

    @exercise.case_of(
        f"model = Sequential({told}, Linear(1, 2, bias=False)) in training mode",
        *([f"but model[{frozen}] in evaluation mode"] if frozen else []),
        "weight [[100], [0]] in the Linear"
        + ", running_mean [1], running_var [1], weight [2] in the batch norm" * (told == PAPER_TOLD),
        "batches = [([[2], [2]], [0, 1])]",
        *([] if frozen else ["afterwards one step of training on them, rate 1, with model[0] in evaluation mode"]),
    )
    def play(call):
        last = recipe("Linear", 1, 2, bias=False, state={"weight": np.array([[100.0], [0.0]])})
        model = call.build(recipe("Sequential", first, last))
        if frozen:
            model.train(False, part=frozen)
        names = [name for name in model.state_dict() if "num_batches" not in name]
        found = call(model, [_batch([2, 2], [0, 1])])
        found |= {f"{name} afterwards": model.state_dict()[name] for name in names}
        found |= {f"model{part}.training": model.attribute(f"{name}training") for part, name in PAPER_PARTS.items()}
        if not frozen:
            model.train(False, part="0")  # so that the step is one on paper
            found |= {"loss of the step": model.steps(*_batch([2, 2], [0, 1]), lr=1.0, n=1)}
        return found


PAPER_PARTS = {"": "", "[0]": "0.", "[1]": "1."}
PAPER_STATE = {"running_mean": np.array([1.0]), "running_var": np.array([1.0]), "weight": np.array([2.0])}
PAPER_NORM = recipe("BatchNorm1d", 1, eps=3, momentum=0.5, state=PAPER_STATE)
PAPER_TOLD = "BatchNorm1d(1, eps=3)"
_paper_net(PAPER_NORM, PAPER_TOLD)
_paper_net(recipe("Dropout", 0.5), "Dropout(0.5)")
_paper_net(PAPER_NORM, PAPER_TOLD, frozen="0")


@exercise.probe("one batch of nine rows", symptom="Accuracy or loss is wrong for a single batch of nine rows.")
def evaluate_one(call, rng):
    return call(build_model(call, rng, training=False), draw_batches(rng, 9))


@exercise.probe(
    "a model in training mode",
    symptom="It is wrong when the model comes in training mode. Which mode does measuring need?",
)
def evaluate_from_training(call, rng):
    return call(build_model(call, rng, training=True), draw_batches(rng, 6, 6))


@exercise.probe(
    "batches of 7, 2 and 4 rows",
    symptom="It is wrong for batches of 7, 2 and 4 rows. How much should a row count in each of them?",
)
def evaluate_unequal(call, rng):
    return call(build_model(call, rng, training=False), draw_batches(rng, 7, 2, 4))


@exercise.probe(
    "batches of one row",
    symptom=(
        "It is wrong when the model comes in training mode and most batches have a single row. How much "
        "should each row count?"
    ),
)
def evaluate_rows(call, rng):
    return call(build_model(call, rng, training=True), draw_batches(rng, 1, 1, 1, 3, 1))


@exercise.probe(
    "a model with dropout",
    symptom=(
        "It is wrong for a model with dropout that comes in training mode. What should dropout do while one measures?"
    ),
)
def evaluate_dropout(call, rng):
    return call(build_model(call, rng, training=True, dropout=True), draw_batches(rng, 5, 8))


@exercise.probe(
    "the model afterwards, came in training mode",
    symptom=(
        "The model came in training mode and is not as it came: its modes, its weights or its running "
        "statistics differ."
    ),
)
def evaluate_leaves_training(call, rng):
    model = build_model(call, rng, training=True)
    call(model, draw_batches(rng, 5, 3))
    return state_after(model)


@exercise.probe(
    "training that goes on afterwards",
    symptom=(
        "Two steps of training after the call do not go as they should. What of the model may a measurement change?"
    ),
)
def evaluate_lets_train(call, rng):
    model, (x, y) = build_model(call, rng), draw_batches(rng, 6)[0]
    call(model, draw_batches(rng, 5, 3))
    return {"losses of two further steps": model.steps(x, y, lr=0.1, n=2)} | state_after(model)


@exercise.probe(
    "the model afterwards, came in evaluation mode",
    symptom=(
        "The model came in evaluation mode and is not as it came: its modes, its weights or its running "
        "statistics differ."
    ),
)
def evaluate_leaves_evaluation(call, rng):
    model = build_model(call, rng, training=False)
    call(model, draw_batches(rng, 5, 3))
    return state_after(model)


@exercise.probe(
    "a part in another mode than the rest",
    symptom=(
        "It is wrong when one part of the model comes in another mode than the rest: a result, or a mode afterwards."
    ),
)
def evaluate_leaves_parts(call, rng):
    found = {}
    for training, part, told in ((True, "1", "batch norm frozen"), (False, "2", "only dropout in training")):
        model = build_model(call, rng, training=training, dropout=True)
        model.train(not training, part=part)
        made = call(model, draw_batches(rng, 6, 2)) | modes_of(model)
        found |= {f"{name}, {told}": value for name, value in made.items()}
    return found
