"""Probes of BatchNorm1d."""

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise
from autograder.learner.diagnosis.objects import recipe
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.probes.inputs import FAR_OUT, draw_affine, draw_far_from_zero, draw_far_out
from autograder.learner.probes.running_statistics.inputs import draw_columns, draw_state

exercise = Exercise(
    "BatchNorm1d",
    arguments=("num_features", "eps", "momentum", "affine", "track_running_stats"),
    returns=(),
    forbidden=TORCH_NORMS,
)


def _trained(make, rng, d, affine=True, count=6, **options):
    """The learner's layer in float64, with such a state."""
    bn = make(d, affine=affine, **options)
    bn.double()
    bn.load_state_dict(draw_state(rng, d, affine, count))
    return bn


def _statistics(bn, when=""):
    names = ("running_mean", "running_var", "num_batches_tracked")
    return {f"{name}{when}": _number(bn.attribute(name), name) for name in names}


def _number(value, name):
    if value is None:
        raise BadReturn(f"`{name}` is None after construction; the layer should have it")
    return value


def _listed(shapes):
    return ", ".join(f"{name} {tuple(shape)}" for name, shape in sorted(shapes.items())) or "nothing"


def _expect_structure(bn, parameters, buffers):
    """Raise in words if the layer does not hold exactly these."""
    found = bn.describe()
    for kind, wanted in (("parameters", parameters), ("buffers", buffers)):
        if found[kind] != wanted:
            raise BadReturn(f"its {kind} are: {_listed(found[kind])}; expected: {_listed(wanted)}")


def _shapes(*names, d):
    return {name: [] if name == "num_batches_tracked" else [d] for name in names}


BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


@exercise.probe("a new layer", symptom="What a new layer holds is wrong: names, kinds, shapes or starting values.")
def layer_new(make, rng):
    bn = make(5, 0.3, 0.4)
    _expect_structure(bn, _shapes("weight", "bias", d=5), _shapes(*BUFFERS, d=5))
    for name, wanted in (("eps", 0.3), ("momentum", 0.4)):
        if bn.attribute(name) != wanted:
            raise BadReturn(f"its `{name}` is {bn.attribute(name)} after BatchNorm1d(5, 0.3, 0.4); expected {wanted}")
    return {f"{name} of a new layer": value for name, value in bn.state_dict().items()}


@exercise.probe(
    "eps and momentum not given",
    symptom="A layer made without eps and momentum goes wrong: which values does the signature give them?",
)
def layer_defaults(make, rng):
    bn = make(3)
    bn.double()
    x = rng.normal(2.0, [1.0, 0.01, 0.003], size=(6, 3))
    return {"out": bn(x)} | _statistics(bn)


@exercise.probe(
    "torch's layer loads its state", symptom="torch.nn.BatchNorm1d does not work with the state that yours saves."
)
def layer_saves(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    bn(draw_columns(rng, 7, 5))
    theirs = make.build(recipe("BatchNorm1d", 5, eps=0.3, momentum=0.3))
    theirs.load_state_dict(bn.state_dict())
    return {f"{name} in torch's layer": value for name, value in theirs.state_dict().items()}


@exercise.probe(
    "it loads the state of torch's layer", symptom="Your layer does not work with the state that torch's layer saves."
)
def layer_loads(make, rng):
    theirs = make.build(recipe("BatchNorm1d", 4, eps=0.2, momentum=0.7, state=draw_state(rng, 4)))
    bn = make(4, 0.2, 0.7)
    bn.double()
    bn.load_state_dict(theirs.state_dict())
    bn.eval()
    return {"out": bn(draw_columns(rng, 3, 4))} | _statistics(bn)


@exercise.probe("two layers side by side", symptom="Training one layer changes another one: what do the two share?")
def layer_pair(make, rng):
    first, second = make(3, 0.2, 0.3), make(3, 0.2, 0.3)
    first.double()
    second.double()
    first(draw_columns(rng, 5, 3))
    second(draw_columns(rng, 4, 3))
    first(draw_columns(rng, 6, 3))
    return _statistics(first, " of the first") | _statistics(second, " of the second")


@exercise.probe(
    "one training batch, momentum 0.3",
    symptom="A training batch of seven rows, five columns goes wrong.",
)
def layer_training(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    return {"out": bn(draw_columns(rng, 7, 5))} | _statistics(bn)


@exercise.probe(
    "as many rows as columns, momentum 0.7",
    symptom="A training batch with as many rows as columns goes wrong: is one of them taken for the other?",
)
def layer_square(make, rng):
    bn = _trained(make, rng, 4, eps=0.1, momentum=0.7)
    return {"out": bn(draw_columns(rng, 4, 4))} | _statistics(bn)


@exercise.probe(
    "five training batches, one after the other",
    symptom="One training batch is right, but several in a row are not.",
)
def layer_chain(make, rng):
    bn = _trained(make, rng, 4, eps=0.2, momentum=0.3)
    outs = [bn(draw_columns(rng, n, 4)) for n in (6, 2, 3, 9, 4)]
    return {"last out": outs[-1]} | _statistics(bn, " after five batches")


@exercise.probe(
    "gradients in training",
    symptom="Values are right but gradients are not: in training, mean and variance depend on x, too.",
)
def layer_gradients(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    return _gradients(bn, draw_columns(rng, 6, 4), rng.normal(0.7, 1.0, size=(6, 4)))


def _gradients(bn, x, dout):
    known = bn.describe()["parameters"]
    found = bn.gradients(x, dout)
    for name in ("weight", "bias"):
        if name not in known:
            raise BadReturn(f"`{name}` is no parameter, so there is no gradient to train it with")
        if name not in found:
            raise BadReturn(f"no gradient reaches the parameter `{name}`")
    if found["x"] is None:
        raise BadReturn("no gradient reaches x: on the way to the output it is cut off from its graph")
    return {f"gradient of {name}": found[name] for name in ("x", "weight", "bias")}


@exercise.probe(
    "nothing but numbers is kept",
    symptom="A buffer keeps the graph of its batches alive, or is replaced by another tensor.",
)
def layer_kept(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    for n in (5, 3):
        before = {name: bn.identity(name) for name in BUFFERS}
        bn.gradients(draw_columns(rng, n, 4), rng.normal(0.7, 1.0, size=(n, 4)))
        if kept := bn.holding_graph():
            raise BadReturn(f"after a training batch `{kept[0]}` still carries its graph (it has a grad_fn)")
        moved = [name for name in BUFFERS if bn.identity(name) != before[name]]
        if moved:
            raise BadReturn(f"after a training batch `{moved[0]}` is another tensor; it should be changed in place")
    return _statistics(bn)


@exercise.probe(
    "a training batch of one", symptom="A single row in training should be refused with a ValueError, changing nothing."
)
def layer_single_training(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    raised = bn.error(draw_columns(rng, 1, 4))
    if raised != "ValueError":
        told = f"raises {raised}" if raised else "passes without an error"
        raise BadReturn(f"a training batch of one row {told}; expected is a ValueError")
    return _statistics(bn, " after the refusal")


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def layer_float32(make, rng):
    bn = make(4, 1e-5, 0.5)
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    running = {"running_mean": np.full(4, 9999.0), "running_var": np.array([0.5, 1.5, 2.5, 3.5])}
    state = {"weight": 1.5 * signs, "bias": 9.0 * signs} | running  # out stays away from 0, where rounding matters
    bn.load_state_dict({name: value.astype(np.float32) for name, value in state.items()} | {BUFFERS[2]: np.array(3)})
    return {"out": bn(draw_far_from_zero(rng, 8, 4))} | _statistics(bn)


@exercise.probe("evaluation on other rows", symptom="In evaluation, three rows it has not been trained on go wrong.")
def layer_evaluation(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    bn(draw_columns(rng, 7, 5))
    bn.eval()
    return {"out": bn(draw_columns(rng, 3, 5))}


@exercise.probe(
    "rows one at a time in evaluation",
    symptom="In evaluation a row alone does not get what it gets in company.",
)
def layer_rows(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    return {f"row {i}": bn(row[None]) for i, row in enumerate(draw_columns(rng, 3, 4))}


@exercise.probe("evaluation changes nothing", symptom="Evaluating changes the statistics that the layer keeps.")
def layer_pure(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    for n in (5, 1, 2):
        bn(draw_columns(rng, n, 4))
    return _statistics(bn, " after evaluating")


@exercise.probe(
    "to and fro between training and evaluation",
    symptom="Each mode is right by itself, but not after switching from one to the other and back.",
)
def layer_modes(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    found = {}
    for turn in (1, 2):
        bn.eval()
        found[f"out of evaluation {turn}"] = bn(draw_columns(rng, 3, 4))
        bn.train()
        found[f"out of training {turn}"] = bn(draw_columns(rng, 6, 4))
    return found | _statistics(bn)


@exercise.probe(
    "evaluation of a new layer",
    symptom="A layer that was never trained goes wrong in evaluation: it should use mean 0 and variance 1.",
)
def layer_untrained(make, rng):
    bn = make(4, 0.5, 0.3)
    bn.double()
    bn.eval()
    return {"out": bn(draw_columns(rng, 3, 4))}


@exercise.probe(
    "gradients in evaluation",
    symptom="In evaluation the gradients are wrong: mean and variance are constants there.",
)
def layer_evaluation_gradients(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    return _gradients(bn, draw_columns(rng, 5, 4), rng.normal(0.7, 1.0, size=(5, 4)))


@exercise.probe(
    "momentum None",
    symptom="With momentum None the buffers should be the plain average over all batches so far.",
)
def layer_cumulative(make, rng):
    fresh = make(4, 0.3, None)
    fresh.double()
    found = {}
    for batch, n in enumerate((5, 3, 6), 1):
        fresh(draw_columns(rng, n, 4))
        found |= _statistics(fresh, f" after batch {batch}")
    later = _trained(make, rng, 4, count=4, eps=0.3, momentum=None)
    later(draw_columns(rng, 6, 4))
    return found | _statistics(later, " after batch 5, the first four loaded")


@exercise.probe("momentum 0", symptom="With momentum 0 the running mean and variance should stay as they are.")
def layer_frozen(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.0)
    return {"out": bn(draw_columns(rng, 6, 4))} | _statistics(bn)


@exercise.probe("affine=False", symptom="A layer made with affine=False goes wrong.")
def layer_plain(make, rng):
    bn = make(4, 0.3, 0.4, False)
    _expect_structure(bn, {}, _shapes(*BUFFERS, d=4))
    bn.double()
    theirs = make.build(recipe("BatchNorm1d", 4, eps=0.3, affine=False, state=draw_state(rng, 4, affine=False)))
    bn.load_state_dict(theirs.state_dict())
    out = bn(draw_columns(rng, 6, 4))
    theirs.load_state_dict(bn.state_dict())
    bn.eval()
    return {"out in training": out, "out in evaluation": bn(draw_columns(rng, 3, 4))} | _statistics(theirs)


@exercise.probe(
    "track_running_stats=False",
    symptom="A layer made with track_running_stats=False goes wrong: it has no buffers and always uses the batch.",
)
def layer_untracked(make, rng):
    bn = make(4, 0.3, 0.4, True, False)
    _expect_structure(bn, _shapes("weight", "bias", d=4), {})
    bn.double()
    gamma, beta = draw_affine(rng, 4)
    bn.load_state_dict({"weight": gamma, "bias": beta})
    found = {}
    for word, mode, n in (("training", True, 6), ("evaluation", False, 3)):
        bn.train(mode)
        x = draw_columns(rng, n, 4)
        if stopped := bn.error(x):
            raise BadReturn(f"without running statistics a batch in {word} stops with {stopped}")
        found[f"out in {word}"] = bn(x)
        raised = bn.error(x[:1])
        if raised != "ValueError":
            told = f"raises {raised}" if raised else "passes without an error"
            raise BadReturn(f"without running statistics one row in {word} {told}; expected is a ValueError")
    return found


@exercise.probe(
    "the first batches of a new layer",
    symptom="A new layer goes wrong: its first batch is mixed with mean 0 and variance 1, as any batch with the old.",
)
def layer_first_batches(make, rng):
    bn = make(4, 0.2, 0.3)
    bn.double()
    found = {}
    for word, n in (("the first", 6), ("the second", 4)):
        bn(draw_columns(rng, n, 4))
        found |= _statistics(bn, f" after {word} batch")
    return found


@exercise.probe(
    "training, whether or not gradients are recorded",
    symptom="In training, statistics are taken of every batch, whether or not anything needs a gradient.",
)
def layer_training_without_gradients(make, rng):
    found = {}
    for word in ("no graph is recorded", "the layer is frozen"):
        bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
        if word == "the layer is frozen":
            bn.freeze()
            found[f"out while {word}"] = bn(draw_columns(rng, 6, 4))
        else:
            found[f"out while {word}"] = bn.call_without_graph(draw_columns(rng, 6, 4))
        found |= _statistics(bn, f" while {word}")
    return found


@exercise.probe(
    "evaluation, whether or not gradients are recorded",
    symptom="In evaluation, the running statistics are used and stay, whether or not anything needs a gradient.",
)
def layer_evaluation_with_gradients(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    found = {"out while a graph is recorded": bn.gradients(draw_columns(rng, 5, 4), rng.normal(size=(5, 4)))["out"]}
    found["out while no graph is recorded"] = bn.call_without_graph(draw_columns(rng, 5, 4))
    return found | _statistics(bn)


@exercise.probe(
    "nothing piles up", symptom="With every batch the layer keeps more: batches, outputs or statistics of the past."
)
def layer_growth(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)

    def kept_after(turns):
        for _ in range(turns):
            bn.train()
            bn(draw_columns(rng, 5, 4))
            bn.eval()
            bn(draw_columns(rng, 5, 4))
        return bn.kept_numbers()

    if kept_after(2) < kept_after(3):
        raise BadReturn("it keeps more after five batches than after two: something on it grows with every call")
    return _statistics(bn)


@exercise.probe(
    "the kinds of its numbers",
    symptom="What is saved has another kind of numbers than torch's: floating point for all but the count.",
)
def layer_kinds(make, rng):
    bn = make(4, 0.3, 0.3)
    bn(draw_columns(rng, 6, 4).astype(np.float32))
    for name, value in bn.state_dict().items():
        wanted = np.int64 if name == "num_batches_tracked" else np.float32
        if value.dtype != wanted:
            raise BadReturn(f"`{name}` is saved as {value.dtype}; torch's layer saves {np.dtype(wanted)} there")
    return {"saved": len(bn.state_dict())}


@exercise.probe("a value far out", symptom=FAR_OUT)
def layer_far_out(make, rng):
    bn = _trained(make, rng, 2, eps=0.3, momentum=0.3)
    found = {"out in training": bn(draw_far_out(rng))}
    bn.eval()
    return found | {"out in evaluation": bn(500.0 * draw_columns(rng, 2, 2))}
