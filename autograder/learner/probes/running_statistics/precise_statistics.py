"""Probes of precise_statistics."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import recipe
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.probes.running_statistics.inputs import draw_state

exercise = Exercise("precise_statistics", arguments=("model", "loader"), returns=(), mutates=("model",), tensors=True)


def _paper_case(*batches, training=True, **state):
    """Add a rung: a single batch norm in a Sequential, and these batches."""
    held = ", ".join(f"{name} {values}" for name, values in state.items()) or "as it is made"
    mode = "training" if training else "evaluation"
    d = len(batches[0][0])

    @exercise.case_of(
        f"model = Sequential(BatchNorm1d({d})) in {mode} mode, the batch norm {'with ' * bool(state)}{held}",
        f"loader = {list(batches)}",
    )
    def play(call):
        arrays = {name: np.array(values, dtype=float) for name, values in state.items()}
        model = call.build(recipe("Sequential", recipe("BatchNorm1d", d, state=arrays), training=training))
        call(model, [np.array(batch, dtype=float) for batch in batches])
        found = {name: model.attribute(f"0.{name}") for name in ("running_mean", "running_var")}
        return found | {
            "model.training": model.describe()["training"],
            "momentum as before": model.attribute("0.momentum") == 0.1,
        }


_paper_case([[1], [3]])
_paper_case([[1], [3]], running_mean=[7], running_var=[9])
_paper_case([[0], [3], [6]])
_paper_case([[0], [3]], [[3], [6]])
_paper_case([[0], [2], [4]], [[9], [10]])
_paper_case([[1], [3]], training=False)
_paper_case([[1, 10], [3, 16]], [[3, 10], [1, 16]], [[2, 13], [2, 13]])


def _paper_chain(training, mode):
    """Add a rung: two batch norms, the second of which sees what the first one gives."""

    @exercise.case_of(
        f"model = Sequential(BatchNorm1d(1, eps=3), BatchNorm1d(1)) in {mode} mode",
        "weight [4] and bias [5] in the first batch norm",
        "loader = [[[1], [3]]]",
    )
    def play(call):
        first = recipe("BatchNorm1d", 1, eps=3, state={"weight": np.array([4.0]), "bias": np.array([5.0])})
        model = call.build(recipe("Sequential", first, recipe("BatchNorm1d", 1), training=training))
        call(model, [np.array([[1.0], [3.0]])])
        found = {
            f"{name} of {word} layer": model.attribute(f"{number}.{name}")
            for number, word in ((0, "the first"), (1, "the second"))
            for name in ("running_mean", "running_var")
        }
        return found | {"buffers that keep a graph": len(model.holding_graph())}


_paper_chain(True, "training")
_paper_chain(False, "evaluation")


def _model(call, rng, training, momentum=0.3):
    """Linear, batch norm, ReLU, Linear, batch norm: the second batch norm sees what the first one gave."""
    return call.build(
        recipe(
            "Sequential",
            recipe("Linear", 3, 5),
            recipe("BatchNorm1d", 5, eps=0.1, momentum=momentum, state=draw_state(rng, 5)),
            recipe("ReLU"),
            recipe("Linear", 5, 4),
            recipe("BatchNorm1d", 4, eps=0.2, momentum=momentum, state=draw_state(rng, 4)),
            training=training,
        )
    )


def _loader(rng, *sizes):
    """Batches of these sizes around places of their own, so that their means differ much."""
    return [rng.normal(rng.uniform(-3, 3, size=3), 1.0, size=(n, 3)) for n in sizes]


def _found(model, *layers):
    return {
        f"{name} of {word} layer": model.attribute(f"{number}.{name}")
        for number, word in layers
        for name in ("running_mean", "running_var")
    }


BOTH = ((1, "the first"), (4, "the second"))


@exercise.probe("one batch of eight rows", symptom="The statistics are wrong for a single batch of eight rows.")
def precise_one(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 8))
    return _found(model, *BOTH)


@exercise.probe(
    "four batches of six rows",
    symptom="It is wrong for four batches of six rows. Of which rows together are mean and variance taken?",
)
def precise_equal(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 6, 6, 6, 6))
    return _found(model, *BOTH)


@exercise.probe(
    "batches of 7, 2 and 4 rows",
    symptom="It is wrong for batches of 7, 2 and 4 rows. How much should a row count in each of them?",
)
def precise_unequal(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 7, 2, 4))
    return _found(model, *BOTH)


@exercise.probe(
    "a model in evaluation mode",
    symptom="It is wrong when the model comes in evaluation mode. In which mode are the rows collected?",
)
def precise_from_evaluation(call, rng):
    model = _model(call, rng, training=False)
    call(model, _loader(rng, 6, 3))
    return _found(model, *BOTH)


@exercise.probe(
    "the rest of the model",
    symptom=(
        "The model is not as it should be afterwards: its statistics, its mode, its weights, a momentum, or "
        "a graph on a buffer."
    ),
)
def precise_rest(call, rng):
    found = {}
    for training in (True, False):
        model = _model(call, rng, training=training)
        before = model.state_dict()
        call(model, _loader(rng, 5, 4))
        words = {True: "training", False: "evaluation"}
        if model.describe()["training"] is not training:
            raise BadReturn(f"the model was in {words[training]} mode and is left in {words[not training]} mode")
        if kept := model.holding_graph():
            raise BadReturn(f"the buffer `{kept[0]}` carries a graph (it has a grad_fn)")
        for number, word in BOTH:
            if model.attribute(f"{number}.momentum") != 0.3:
                raise BadReturn(f"the momentum of {word} batch norm was 0.3 and is another one afterwards")
        after = model.state_dict()
        changed = [name for name in before if name.endswith(("weight", "bias")) and (before[name] != after[name]).any()]
        if changed:
            raise BadReturn(f"the parameter `{changed[0]}` has changed; the weights are to stay fixed")
        now = _found(model, *BOTH).items()
        found |= {f"{name}, the model in {words[training]} mode": value for name, value in now}
    return found


@exercise.probe(
    "called twice",
    symptom="It is wrong when it is called twice with the same batches. What may the second result depend on?",
)
def precise_twice(call, rng):
    model, loader = _model(call, rng, training=True), _loader(rng, 6, 3, 5)
    call(model, loader)
    call(model, loader)
    return _found(model, *BOTH)


@exercise.probe(
    "training that goes on afterwards",
    symptom="The model cannot be trained on afterwards: do its parameters still ask for a gradient?",
)
def precise_then_training(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 6))
    found = model.gradients(rng.normal(size=(5, 3)), rng.normal(0.7, 1.0, size=(5, 4)))
    if "0.weight" not in found:
        raise BadReturn("no gradient reaches the weights of the model any more")
    return {f"gradient of {name}": found[name] for name in ("0.weight", "4.weight")}


@exercise.probe(
    "a batch norm inside of a part",
    symptom="It is wrong where a batch norm is not a part of the model itself but of one of its parts. "
    "Which layers get new statistics?",
)
def precise_nested(call, rng):
    part = recipe("Sequential", recipe("Linear", 3, 5), recipe("BatchNorm1d", 5, eps=0.1, state=draw_state(rng, 5)))
    last = recipe("BatchNorm1d", 5, eps=0.2, state=draw_state(rng, 5))
    model = call.build(recipe("Sequential", part, recipe("ReLU"), last))
    call(model, _loader(rng, 6, 4))
    return _found(model, ("0.1", "the inner"), ("2", "the outer"))


@exercise.probe(
    "what stays on the model",
    symptom="Hooks stay on the model, so that every later forward pass goes on collecting rows. What takes them off?",
)
def precise_hooks(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 5, 3))
    return _found(model, *BOTH) | {"hooks on the model": model.hooks()}
