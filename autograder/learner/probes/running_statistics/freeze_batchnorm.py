"""Probes of freeze_batchnorm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import recipe
from autograder.learner.probes.running_statistics.inputs import draw_state

exercise = Exercise("freeze_batchnorm", arguments=("model",), returns=(), mutates=("model",), tensors=True)


def _paper_case(*parts, training=True, affine=True):
    """Add a rung: these layers of one feature in a Sequential, and what may move in it afterwards."""
    shown = ", ".join(f"{part}(1)" if part != "Dropout" else "Dropout()" for part in parts)
    mode = "training" if training else "evaluation"
    options = {} if affine else {"affine": False}

    @exercise.case_of(f"model = Sequential({shown}) in {mode} mode{', affine=False' * (not affine)}")
    def play(call):
        built = {"Linear": recipe("Linear", 1, 1), "Dropout": recipe("Dropout")}
        built["BatchNorm1d"] = recipe("BatchNorm1d", 1, **options)
        model = call.build(recipe("Sequential", *[built[part] for part in parts], training=training))
        call(model)
        found = {"model.training": model.describe()["training"]}
        for number, part in enumerate(parts):
            found[f"training, part {number}"] = model.attribute(f"{number}.training")
            if part == "Linear" or (part == "BatchNorm1d" and affine):
                found[f"weight asks for a gradient, part {number}"] = model.attribute(f"{number}.weight.requires_grad")
                found[f"bias asks for a gradient, part {number}"] = model.attribute(f"{number}.bias.requires_grad")
        return found


_paper_case("BatchNorm1d")
_paper_case("BatchNorm1d", training=False)
_paper_case("BatchNorm1d", affine=False)
_paper_case("Linear", "BatchNorm1d")
_paper_case("Dropout", "BatchNorm1d")
_paper_case("Linear", "BatchNorm1d", "Dropout", "BatchNorm1d")
_paper_case("Linear", "Dropout")


def _model(call, rng, training=True, affine=True, drop=0.0):
    """Linear, batch norm, a dropout of nothing or all, and a part that holds a batch norm and linear layers."""
    first = recipe("BatchNorm1d", 5, eps=0.1, affine=affine, state=draw_state(rng, 5, affine))
    inner = recipe("BatchNorm1d", 4, eps=0.2, momentum=0.3, state=draw_state(rng, 4))
    part = recipe("Sequential", recipe("Linear", 5, 4), inner, recipe("Linear", 4, 2))
    layers = recipe("Linear", 3, 5), first, recipe("Dropout", drop), part
    return call.build(recipe("Sequential", *layers, training=training))


NORMS = {"1": "the outer", "3.1": "the inner"}
SHAPES = {"0.weight": (5, 3), "1.weight": (5,), "1.bias": (5,), "3.0.bias": (4,), "3.1.weight": (4,), "3.1.bias": (4,)}


def _batch(rng, n=6):
    return rng.normal([2.0, -1.0, 0.5], [1.0, 3.0, 0.5], size=(n, 3))


def _statistics(model):
    return {
        f"{name} of {word} layer": model.attribute(f"{place}.{name}")
        for place, word in NORMS.items()
        for name in ("running_mean", "running_var", "num_batches_tracked")
    }


@exercise.probe(
    "what comes out in training mode",
    symptom="In training mode the outputs are not those of the running statistics. Which mode is a frozen layer in?",
)
def freeze_outputs(call, rng):
    model = _model(call, rng)
    call(model)
    return {"what the model gives": model(_batch(rng)), "for a row alone": model(_batch(rng, 1))}


@exercise.probe(
    "the statistics stay",
    symptom="The running statistics move when batches pass in training mode. What keeps a layer from updating them?",
)
def freeze_statistics(call, rng):
    model = _model(call, rng)
    call(model)
    for _ in range(3):
        model(_batch(rng))
    return _statistics(model)


@exercise.probe(
    "which parameters get a gradient",
    symptom="After a step backward the wrong parameters have a gradient. Which of them are to stand still?",
)
def freeze_gradients(call, rng):
    found = {}
    for affine in (True, False):
        model = _model(call, rng, affine=affine)
        call(model)
        gradients = model.gradients(_batch(rng), rng.normal(0.7, 1.0, size=(6, 2)))
        for name, shape in SHAPES.items():
            if affine or not name.startswith("1."):
                word = "with" if affine else "without"
                found[f"gradient of {name} (0 for none), {word} affine"] = gradients.get(name, np.zeros(shape))
    return found


def _modes(model, word):
    places = {"the dropout": "2", "the inner part": "3", "a linear layer": "3.2"}
    found = {f"the mode of {name}, {word}": model.attribute(f"{place}.training") for name, place in places.items()}
    found |= {f"the mode of {NORMS[place]} batch norm, {word}": model.attribute(f"{place}.training") for place in NORMS}
    return found | {f"the mode of the model, {word}": model.describe()["training"]}


@exercise.probe(
    "modes of a model in training",
    symptom="A part of a model in training mode is in the wrong mode afterwards. Which parts are to stand still?",
)
def freeze_modes(call, rng):
    model = _model(call, rng, drop=1.0)
    call(model)
    return _modes(model, "in training mode") | {"what comes out, with a dropout of all": model(_batch(rng))}


@exercise.probe(
    "a model in evaluation mode",
    symptom="A model that comes in evaluation mode is not as it should be: its mode, or what may be trained.",
)
def freeze_in_evaluation(call, rng):
    model = _model(call, rng, training=False, drop=1.0)
    call(model)
    named = {"a linear layer": "0.weight", "the inner batch norm": "3.1.bias"}
    wanted = {f"{word} learns": model.attribute(f"{place}.requires_grad") for word, place in named.items()}
    return _modes(model, "in evaluation mode") | wanted | {"what comes out": model(_batch(rng))}


@exercise.probe(
    "frozen again after train()",
    symptom="It is wrong when the model is set to training mode and frozen again. What does each call have to do anew?",
)
def freeze_again(call, rng):
    model = _model(call, rng)
    call(model)
    model.train()
    call(model)
    out = model(_batch(rng))
    return {"what the model gives": out} | _statistics(model)


@exercise.probe(
    "nothing to freeze",
    symptom="A model without batch norm is changed. Which parts may the function touch?",
)
def freeze_nothing(call, rng):
    model = call.build(recipe("Sequential", recipe("Linear", 3, 4), recipe("Dropout", 0.0), recipe("LayerNorm", 4)))
    call(model)
    named = {"the linear layer": "0", "the dropout": "1", "the layer norm": "2"}
    found = {f"the mode of {word}": model.attribute(f"{place}.training") for word, place in named.items()}
    for word, place in (("the linear layer", "0"), ("the layer norm", "2")):
        found[f"{word} learns"] = model.attribute(f"{place}.weight.requires_grad")
    return found | {"what the model gives": np.asarray(model(_batch(rng)))}
