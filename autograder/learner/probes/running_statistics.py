"""Probes of lesson 05."""

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise
from autograder.learner.diagnosis.objects import BadReturn, recipe

update_running = Exercise(
    "update_running",
    arguments=("running_mean", "running_var", "x", "momentum"),
    returns=("new_mean", "new_var"),
    forbidden=TORCH_NORMS,
)
convert_momentum = Exercise("convert_momentum", arguments=("value", "source", "target"), returns=("converted",))
batchnorm_inference = Exercise(
    "batchnorm_inference",
    arguments=("x", "running_mean", "running_var", "gamma", "beta", "eps"),
    returns=("out",),
    forbidden=TORCH_NORMS,
)
BatchNorm1d = Exercise(
    "BatchNorm1d",
    arguments=("num_features", "eps", "momentum", "affine", "track_running_stats"),
    returns=(),
    forbidden=TORCH_NORMS,
)
precise_statistics = Exercise(
    "precise_statistics", arguments=("model", "loader"), returns=(), mutates=("model",), tensors=True
)
fold_batchnorm = Exercise(
    "fold_batchnorm", arguments=("weight", "bias", "bn"), returns=("folded_weight", "folded_bias"), tensors=True
)

MEANS = np.array([3.0, -1.0, 100.0, 0.5, 7.0, -20.0])
SPREADS = np.array([1.0, 0.3, 5.0, 0.05, 2.0, 0.7])


def _columns(rng, n, d):
    """A batch whose columns differ in place and spread. Shape (n, d)."""
    return rng.normal(MEANS[:d], SPREADS[:d], size=(n, d))


def _affine(rng, d):
    """gamma of both signs, none 1; beta of both signs, none 0. Shapes (d,), (d,)."""
    signs = np.where(np.arange(d) % 2, -1.0, 1.0)
    return signs * rng.uniform(1.2, 2.5, size=d), -signs * rng.uniform(0.3, 4.0, size=d)


def _running(rng, d):
    """Running statistics beside those of the columns: no mean 0, no variance 1. Shapes (d,), (d,)."""
    mean = MEANS[:d] + SPREADS[:d] * rng.uniform(0.5, 1.5, size=d)
    return mean, SPREADS[:d] ** 2 * rng.uniform(1.5, 3.0, size=d)


def _far_from_zero(rng, n, d):
    """Whole numbers around 10 000 in float32: their mean is exact, their squares are not. Shape (n, d)."""
    return (10000 + rng.randint(-1, 3, size=(n, d))).astype(np.float32)


# update_running


@update_running.probe(
    "seven rows, five columns, momentum 0.3", symptom="The values are wrong on a plain batch of seven rows."
)
def update_plain(call, rng):
    return call(*_running(rng, 5), _columns(rng, 7, 5), 0.3)


@update_running.probe(
    "four rows, six columns, momentum 0.8", symptom="The result is wrong when the batch has fewer rows than columns."
)
def update_wide(call, rng):
    return call(*_running(rng, 6), _columns(rng, 4, 6), 0.8)


@update_running.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def update_square(call, rng):
    return call(*_running(rng, 5), _columns(rng, 5, 5), 0.25)


@update_running.probe(
    "five batches, one after the other",
    symptom="One update is right, but several in a row are not: does each one start from the result of the last?",
)
def update_chain(call, rng):
    mean, var = _running(rng, 4)
    for n in (6, 2, 3, 9, 4):
        mean, var = call(mean, var, _columns(rng, n, 4), 0.3).values()
    return {"mean after five batches": mean, "var after five batches": var}


@update_running.probe(
    "momentum 1 and momentum 0",
    symptom="An extreme goes wrong: momentum 1 keeps the batch only, momentum 0 keeps the old value only.",
)
def update_extremes(call, rng):
    (mean, var), x = _running(rng, 4), _columns(rng, 6, 4)
    return {
        f"{name} with momentum {momentum:g}": value
        for momentum in (1.0, 0.0)
        for name, value in call(mean, var, x, momentum).items()
    }


@update_running.probe(
    "a constant column and a narrow one",
    symptom="A column of variance 0, or of spread 0.01, goes wrong: is anything added to the variance?",
)
def update_narrow(call, rng):
    x = rng.normal([4.0, 2.0, -3.0], [1.0, 0.01, 0.02], size=(8, 3))
    x[:, 0] = 4.0
    return call(np.array([3.0, 2.01, -3.02]), np.array([0.002, 0.0003, 0.0005]), x, 0.4)


@update_running.probe(
    "whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?"
)
def update_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    return call(np.array([4, 13, -44, 302]), np.array([9, 7, 11, 6]), x, 0.3)


@update_running.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The variance is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def update_float32(call, rng):
    mean, var = np.full(4, 9999.0, np.float32), np.array([0.5, 1.5, 2.5, 3.5], np.float32)
    return call(mean, var, _far_from_zero(rng, 8, 4), 0.5)


# convert_momentum

NAMES = ("paper", "pytorch", "keras", "flax")


def _converted(call, values, source, target):
    told = call.each((value, source, target) for value in values)
    return {
        f"{value:g} from {source} to {target}": found["converted"] for value, found in zip(values, told, strict=True)
    }


@convert_momentum.probe(
    "between the three libraries",
    symptom="A conversion between PyTorch, Keras and Flax is wrong: where is momentum the weight of the new value?",
)
def convert_libraries(call, rng):
    values = rng.uniform(0.02, 0.45, size=2)
    found = {}
    for source in NAMES[1:]:
        for target in NAMES[1:]:
            found |= _converted(call, values, source, target)
    return found


@convert_momentum.probe(
    "from the paper",
    symptom="A number of averaged batches is converted to the wrong momentum: which weight is 2/(k+1)?",
)
def convert_from_paper(call, rng):
    values = np.array([1.0, 2.0, 7.0, float(rng.randint(20, 300))])
    return {key: value for target in NAMES for key, value in _converted(call, values, "paper", target).items()}


@convert_momentum.probe(
    "to the paper", symptom="A momentum is converted to the wrong number of averaged batches: which k has 2/(k+1)?"
)
def convert_to_paper(call, rng):
    values = np.append(rng.uniform(0.02, 0.98, size=3), 0.5)
    return {key: value for source in NAMES[1:] for key, value in _converted(call, values, source, "paper").items()}


# batchnorm_inference


@batchnorm_inference.probe(
    "seven rows, five columns, eps 0.3", symptom="The values are wrong on a plain batch of seven rows, five columns."
)
def inference_plain(call, rng):
    return call(_columns(rng, 7, 5), *_running(rng, 5), *_affine(rng, 5), 0.3)


@batchnorm_inference.probe(
    "three rows, six columns, eps 0", symptom="The result is wrong when the batch has fewer rows than columns."
)
def inference_wide(call, rng):
    return call(_columns(rng, 3, 6), *_running(rng, 6), *_affine(rng, 6), eps=0.0)


@batchnorm_inference.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def inference_square(call, rng):
    return call(_columns(rng, 5, 5), *_running(rng, 5), *_affine(rng, 5), eps=0.0)


@batchnorm_inference.probe(
    "the rows one at a time",
    symptom="A row alone does not get what it gets in company: does anything depend on the other rows?",
)
def inference_rows(call, rng):
    fixed = (*_running(rng, 4), *_affine(rng, 4), 0.2)
    told = call.each((row[None], *fixed) for row in _columns(rng, 3, 4))
    return {f"row {i}": found["out"] for i, found in enumerate(told)}


@batchnorm_inference.probe(
    "eps from 0.1 to 1", symptom="The result is wrong for some eps from 0.1 to 1: where does eps enter, and how?"
)
def inference_eps(call, rng):
    fixed = _columns(rng, 4, 4), *_running(rng, 4), *_affine(rng, 4)
    return {f"out with eps {eps:g}": call(*fixed, eps=eps)["out"] for eps in (0.1, 0.4, 1.0)}


@batchnorm_inference.probe(
    "eps not given, narrow columns",
    symptom="The result is wrong when the call leaves eps out: which value does the signature give it?",
)
def inference_default(call, rng):
    x = rng.normal(0.5, [1.0, 0.01, 0.003], size=(5, 3))
    return call(x, np.array([0.4, 0.49, 0.51]), np.array([0.7, 2e-4, 0.0]), *_affine(rng, 3))


@batchnorm_inference.probe(
    "whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?"
)
def inference_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    return call(x, np.array([4, 13, -44, 302]), np.array([9, 7, 11, 6]), *_affine(rng, 4), eps=0.5)


# BatchNorm1d


def _state(rng, d, affine=True, count=6):
    """A saved state of a layer that has been trained for a while: nothing in it is 0 or 1."""
    (gamma, beta), (mean, var) = _affine(rng, d), _running(rng, d)
    buffers = {"running_mean": mean, "running_var": var, "num_batches_tracked": np.array(count)}
    return ({"weight": gamma, "bias": beta} if affine else {}) | buffers


def _trained(make, rng, d, affine=True, count=6, **options):
    """The learner's layer in float64, with such a state."""
    bn = make(d, affine=affine, **options)
    bn.double()
    bn.load_state_dict(_state(rng, d, affine, count))
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


@BatchNorm1d.probe("a new layer", symptom="What a new layer holds is wrong: names, kinds, shapes or starting values.")
def layer_new(make, rng):
    bn = make(5, 0.3, 0.4)
    _expect_structure(bn, _shapes("weight", "bias", d=5), _shapes(*BUFFERS, d=5))
    for name, wanted in (("eps", 0.3), ("momentum", 0.4)):
        if bn.attribute(name) != wanted:
            raise BadReturn(f"its `{name}` is {bn.attribute(name)} after BatchNorm1d(5, 0.3, 0.4); expected {wanted}")
    return {f"{name} of a new layer": value for name, value in bn.state_dict().items()}


@BatchNorm1d.probe(
    "eps and momentum not given",
    symptom="A layer made without eps and momentum goes wrong: which values does the signature give them?",
)
def layer_defaults(make, rng):
    bn = make(3)
    bn.double()
    x = rng.normal(2.0, [1.0, 0.01, 0.003], size=(6, 3))
    return {"out": bn(x)} | _statistics(bn)


@BatchNorm1d.probe(
    "torch's layer loads its state", symptom="torch.nn.BatchNorm1d does not work with the state that yours saves."
)
def layer_saves(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    bn(_columns(rng, 7, 5))
    theirs = make.build(recipe("BatchNorm1d", 5, eps=0.3, momentum=0.3))
    theirs.load_state_dict(bn.state_dict())
    return {f"{name} in torch's layer": value for name, value in theirs.state_dict().items()}


@BatchNorm1d.probe(
    "it loads the state of torch's layer", symptom="Your layer does not work with the state that torch's layer saves."
)
def layer_loads(make, rng):
    theirs = make.build(recipe("BatchNorm1d", 4, eps=0.2, momentum=0.7, state=_state(rng, 4)))
    bn = make(4, 0.2, 0.7)
    bn.double()
    bn.load_state_dict(theirs.state_dict())
    bn.eval()
    return {"out": bn(_columns(rng, 3, 4))} | _statistics(bn)


@BatchNorm1d.probe("two layers side by side", symptom="Training one layer changes another one: what do the two share?")
def layer_pair(make, rng):
    first, second = make(3, 0.2, 0.3), make(3, 0.2, 0.3)
    first.double()
    second.double()
    first(_columns(rng, 5, 3))
    second(_columns(rng, 4, 3))
    first(_columns(rng, 6, 3))
    return _statistics(first, " of the first") | _statistics(second, " of the second")


@BatchNorm1d.probe(
    "one training batch, momentum 0.3",
    symptom="A training batch of seven rows, five columns goes wrong.",
)
def layer_training(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    return {"out": bn(_columns(rng, 7, 5))} | _statistics(bn)


@BatchNorm1d.probe(
    "as many rows as columns, momentum 0.7",
    symptom="A training batch with as many rows as columns goes wrong: is one of them taken for the other?",
)
def layer_square(make, rng):
    bn = _trained(make, rng, 4, eps=0.1, momentum=0.7)
    return {"out": bn(_columns(rng, 4, 4))} | _statistics(bn)


@BatchNorm1d.probe(
    "five training batches, one after the other",
    symptom="One training batch is right, but several in a row are not.",
)
def layer_chain(make, rng):
    bn = _trained(make, rng, 4, eps=0.2, momentum=0.3)
    outs = [bn(_columns(rng, n, 4)) for n in (6, 2, 3, 9, 4)]
    return {"last out": outs[-1]} | _statistics(bn, " after five batches")


@BatchNorm1d.probe(
    "gradients in training",
    symptom="Values are right but gradients are not: in training, mean and variance depend on x, too.",
)
def layer_gradients(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    return _gradients(bn, _columns(rng, 6, 4), rng.normal(0.7, 1.0, size=(6, 4)))


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


@BatchNorm1d.probe(
    "nothing but numbers is kept",
    symptom="A buffer keeps the graph of its batches alive, or is replaced by another tensor.",
)
def layer_kept(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    for n in (5, 3):
        before = {name: bn.identity(name) for name in BUFFERS}
        bn.gradients(_columns(rng, n, 4), rng.normal(0.7, 1.0, size=(n, 4)))
        if kept := bn.holding_graph():
            raise BadReturn(f"after a training batch `{kept[0]}` still carries its graph (it has a grad_fn)")
        moved = [name for name in BUFFERS if bn.identity(name) != before[name]]
        if moved:
            raise BadReturn(f"after a training batch `{moved[0]}` is another tensor; it should be changed in place")
    return _statistics(bn)


@BatchNorm1d.probe(
    "a training batch of one", symptom="A single row in training should be refused with a ValueError, changing nothing."
)
def layer_single_training(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    raised = bn.error(_columns(rng, 1, 4))
    if raised != "ValueError":
        told = f"raises {raised}" if raised else "passes without an error"
        raise BadReturn(f"a training batch of one row {told}; expected is a ValueError")
    return _statistics(bn, " after the refusal")


@BatchNorm1d.probe(
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
    return {"out": bn(_far_from_zero(rng, 8, 4))} | _statistics(bn)


@BatchNorm1d.probe("evaluation on other rows", symptom="In evaluation, three rows it has not been trained on go wrong.")
def layer_evaluation(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    bn(_columns(rng, 7, 5))
    bn.eval()
    return {"out": bn(_columns(rng, 3, 5))}


@BatchNorm1d.probe(
    "rows one at a time in evaluation",
    symptom="In evaluation a row alone does not get what it gets in company.",
)
def layer_rows(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    return {f"row {i}": bn(row[None]) for i, row in enumerate(_columns(rng, 3, 4))}


@BatchNorm1d.probe("evaluation changes nothing", symptom="Evaluating changes the statistics that the layer keeps.")
def layer_pure(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    for n in (5, 1, 2):
        bn(_columns(rng, n, 4))
    return _statistics(bn, " after evaluating")


@BatchNorm1d.probe(
    "to and fro between training and evaluation",
    symptom="Each mode is right by itself, but not after switching from one to the other and back.",
)
def layer_modes(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    found = {}
    for turn in (1, 2):
        bn.eval()
        found[f"out of evaluation {turn}"] = bn(_columns(rng, 3, 4))
        bn.train()
        found[f"out of training {turn}"] = bn(_columns(rng, 6, 4))
    return found | _statistics(bn)


@BatchNorm1d.probe(
    "evaluation of a new layer",
    symptom="A layer that was never trained goes wrong in evaluation: it should use mean 0 and variance 1.",
)
def layer_untrained(make, rng):
    bn = make(4, 0.5, 0.3)
    bn.double()
    bn.eval()
    return {"out": bn(_columns(rng, 3, 4))}


@BatchNorm1d.probe(
    "gradients in evaluation",
    symptom="In evaluation the gradients are wrong: mean and variance are constants there.",
)
def layer_evaluation_gradients(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    return _gradients(bn, _columns(rng, 5, 4), rng.normal(0.7, 1.0, size=(5, 4)))


@BatchNorm1d.probe(
    "momentum None",
    symptom="With momentum None the buffers should be the plain average over all batches so far.",
)
def layer_cumulative(make, rng):
    fresh = make(4, 0.3, None)
    fresh.double()
    found = {}
    for batch, n in enumerate((5, 3, 6), 1):
        fresh(_columns(rng, n, 4))
        found |= _statistics(fresh, f" after batch {batch}")
    later = _trained(make, rng, 4, count=4, eps=0.3, momentum=None)
    later(_columns(rng, 6, 4))
    return found | _statistics(later, " after batch 5, the first four loaded")


@BatchNorm1d.probe("momentum 0", symptom="With momentum 0 the running mean and variance should stay as they are.")
def layer_frozen(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.0)
    return {"out": bn(_columns(rng, 6, 4))} | _statistics(bn)


@BatchNorm1d.probe("affine=False", symptom="A layer made with affine=False goes wrong.")
def layer_plain(make, rng):
    bn = make(4, 0.3, 0.4, False)
    _expect_structure(bn, {}, _shapes(*BUFFERS, d=4))
    bn.double()
    theirs = make.build(recipe("BatchNorm1d", 4, eps=0.3, affine=False, state=_state(rng, 4, affine=False)))
    bn.load_state_dict(theirs.state_dict())
    out = bn(_columns(rng, 6, 4))
    theirs.load_state_dict(bn.state_dict())
    bn.eval()
    return {"out in training": out, "out in evaluation": bn(_columns(rng, 3, 4))} | _statistics(theirs)


@BatchNorm1d.probe(
    "track_running_stats=False",
    symptom="A layer made with track_running_stats=False goes wrong: it has no buffers and always uses the batch.",
)
def layer_untracked(make, rng):
    bn = make(4, 0.3, 0.4, True, False)
    _expect_structure(bn, _shapes("weight", "bias", d=4), {})
    bn.double()
    gamma, beta = _affine(rng, 4)
    bn.load_state_dict({"weight": gamma, "bias": beta})
    found = {}
    for word, mode, n in (("training", True, 6), ("evaluation", False, 3)):
        bn.train(mode)
        x = _columns(rng, n, 4)
        if stopped := bn.error(x):
            raise BadReturn(f"without running statistics a batch in {word} stops with {stopped}")
        found[f"out in {word}"] = bn(x)
        raised = bn.error(x[:1])
        if raised != "ValueError":
            told = f"raises {raised}" if raised else "passes without an error"
            raise BadReturn(f"without running statistics one row in {word} {told}; expected is a ValueError")
    return found


# precise_statistics


def _model(call, rng, training, momentum=0.3):
    """Linear, batch norm, ReLU, Linear, batch norm: the second batch norm sees what the first one gave."""
    return call.build(
        recipe(
            "Sequential",
            recipe("Linear", 3, 5),
            recipe("BatchNorm1d", 5, eps=0.1, momentum=momentum, state=_state(rng, 5)),
            recipe("ReLU"),
            recipe("Linear", 5, 4),
            recipe("BatchNorm1d", 4, eps=0.2, momentum=momentum, state=_state(rng, 4)),
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


@precise_statistics.probe("one batch of eight rows", symptom="The statistics are wrong when there is only one batch.")
def precise_one(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 8))
    return _found(model, *BOTH)


@precise_statistics.probe(
    "four batches of six rows", symptom="One batch is right, but several are not put together as the text defines."
)
def precise_equal(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 6, 6, 6, 6))
    return _found(model, *BOTH)


@precise_statistics.probe(
    "batches of 7, 2 and 4 rows",
    symptom="Batches of equal size are right, batches of different sizes are not: every row should count the same.",
)
def precise_unequal(call, rng):
    model = _model(call, rng, training=True)
    call(model, _loader(rng, 7, 2, 4))
    return _found(model, *BOTH)


@precise_statistics.probe(
    "a model in evaluation mode",
    symptom="The statistics are wrong for a model that was in evaluation mode: rows are recorded in training.",
)
def precise_from_evaluation(call, rng):
    model = _model(call, rng, training=False)
    call(model, _loader(rng, 6, 3))
    return _found(model, *BOTH)


@precise_statistics.probe(
    "the rest of the model",
    symptom="Something else of the model has changed: its mode, its weights, a momentum.",
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


@precise_statistics.probe(
    "called twice",
    symptom="A second call on the same batches gives something else: do the old running statistics enter?",
)
def precise_twice(call, rng):
    model, loader = _model(call, rng, training=True), _loader(rng, 6, 3, 5)
    call(model, loader)
    call(model, loader)
    return _found(model, *BOTH)


# fold_batchnorm


def _bn(call, rng, d, training=False, affine=True, **options):
    return call.build(
        recipe("BatchNorm1d", d, affine=affine, state=_state(rng, d, affine), training=training, **options)
    )


@fold_batchnorm.probe(
    "three inputs, four outputs, with a bias",
    symptom="The values are wrong for a layer with three inputs, four outputs.",
)
def fold_plain(call, rng):
    return call(rng.normal(size=(4, 3)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, eps=0.3))


@fold_batchnorm.probe(
    "a square weight", symptom="The result is wrong for a square weight: are its rows taken for its columns?"
)
def fold_square(call, rng):
    return call(rng.normal(size=(4, 4)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, eps=0.2))


@fold_batchnorm.probe("no bias", symptom="The result is wrong for a layer without a bias (bias is None).")
def fold_without_bias(call, rng):
    return call(rng.normal(size=(5, 2)), None, _bn(call, rng, 5, eps=0.4))


@fold_batchnorm.probe(
    "batch norm with affine=False", symptom="The result is wrong for a batch norm without gamma and beta."
)
def fold_plain_norm(call, rng):
    return call(rng.normal(size=(4, 3)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, affine=False, eps=0.3))


@fold_batchnorm.probe(
    "small eps, small variance",
    symptom="The result is wrong where eps and the running variance are small: where does eps enter?",
)
def fold_small(call, rng):
    bn = call.build(
        recipe(
            "BatchNorm1d",
            3,
            eps=1e-3,
            state=_state(rng, 3) | {"running_var": rng.uniform(1e-4, 1e-3, size=3)},
            training=False,
        )
    )
    return call(rng.normal(size=(3, 2)), rng.normal(size=3), bn)


@fold_batchnorm.probe(
    "a batch norm in training mode",
    symptom="Folding should use the running statistics whatever the mode, and leave the batch norm as it is.",
)
def fold_training(call, rng):
    return call(rng.normal(size=(4, 3)), rng.normal(3.0, 2.0, size=4), _bn(call, rng, 4, training=True, eps=0.3))
