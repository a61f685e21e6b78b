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


def _paper_layer(make, *args, mode=True, **state):
    """A layer in float64 with these numbers in it."""
    bn = make(*args)
    bn.double()
    if state:
        bn.load_state_dict(bn.state_dict() | {name: np.array(values, dtype=float) for name, values in state.items()})
    bn.train(mode)
    return bn


def _column(*values):
    return np.array(values, dtype=float)[:, None]


@exercise.case_of("bn = BatchNorm1d(2): what it holds", "names of its parameters, then everything in its state_dict")
def layer_paper_new(make):
    bn = make(2)
    told = bn.describe()
    names = {f"{name} is a parameter": name in told["parameters"] for name in ("weight", "bias")}
    names |= {f"{name} is a buffer": name in told["buffers"] for name in BUFFERS}
    return names | bn.state_dict()


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=0, momentum=0.5)", "out = bn(x) in training mode, x = [[1], [3]]; then what bn holds"
)
def layer_paper_training(make):
    bn = _paper_layer(make, 1, 0.0, 0.5)
    before = {name: bn.identity(name) for name in BUFFERS}
    found = {"out": bn(_column(1, 3))} | _statistics(bn)
    return found | {f"{name} is the same tensor as before": bn.identity(name) == before[name] for name in BUFFERS}


@exercise.case_of(
    "bn = BatchNorm1d(2, eps=0, momentum=0.5)",
    "out = bn(x) in training mode, x = [[1, 5], [3, 9]]; then its running statistics",
)
def layer_paper_columns(make):
    bn = _paper_layer(make, 2, 0.0, 0.5)
    return {"out": bn(np.array([[1.0, 5.0], [3.0, 9.0]]))} | _statistics(bn)


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=3, momentum=0.25) in training mode",
    "running_mean [6], running_var [10], weight [4], bias [5]",
    "bn(x) for x = [[1], [3]], then for x = [[-1], [3]]",
)
def layer_paper_batches(make):
    bn = _paper_layer(make, 1, 3.0, 0.25, running_mean=[6], running_var=[10], weight=[4], bias=[5])
    first = {"out of the first x": bn(_column(1, 3))}
    bn(_column(-1, 3))
    return first | _statistics(bn, " after both")


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=3) in evaluation mode",
    "running_mean [1], running_var [1], weight [2], bias [10]",
    "bn(x) for x = [[5], [9]], then for x = [[5]] alone; and its buffers afterwards",
)
def layer_paper_evaluation(make):
    bn = _paper_layer(make, 1, 3.0, mode=False, running_mean=[1], running_var=[1], weight=[2], bias=[10])
    outs = {"out": bn(_column(5, 9)), "out of the row alone": bn(_column(5))}
    return outs | _statistics(bn, " afterwards")


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=0) in training mode, x = [[0], [4]]",
    "gradients by x, weight and bias, where the gradient by out is [[4], [0]]; then what bn holds",
)
def layer_paper_gradients(make):
    bn = _paper_layer(make, 1, 0.0)
    found = _gradients(bn, _column(0, 4), _column(4, 0))
    return found | {"tensors that keep a graph": len(bn.holding_graph())}


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=0, momentum=None) in training mode", "bn(x) for x = [[1], [3]], then for x = [[3], [9]]"
)
def layer_paper_average(make):
    bn = _paper_layer(make, 1, 0.0, None)
    bn(_column(1, 3))
    bn(_column(3, 9))
    return _statistics(bn, " after both")


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=0, momentum=0.5, affine=False) in training mode", "out = bn(x), x = [[1], [3]]"
)
def layer_paper_plain(make):
    bn = _paper_layer(make, 1, 0.0, 0.5, False)
    held = {"number of parameters": len(bn.describe()["parameters"]), "weight is None": bn.attribute("weight") is None}
    return held | {"out": bn(_column(1, 3))}


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=0, momentum=0.5, affine=True, track_running_stats=False)",
    "out = bn(x) in evaluation mode, x = [[1], [3]]; and does a single row raise a ValueError?",
)
def layer_paper_untracked(make):
    bn = _paper_layer(make, 1, 0.0, 0.5, True, False, mode=False)
    found = {"number of buffers": len(bn.describe()["buffers"]), "out": bn(_column(1, 3))}
    return found | {"a ValueError is raised": bn.error(_column(4)) == "ValueError"}


@exercise.case_of(
    "bn = BatchNorm1d(1, eps=0, momentum=0.5) in training mode, x = [[4]], a single row",
    "does bn(x) raise a ValueError, and what does bn hold afterwards?",
)
def layer_paper_single(make):
    bn = _paper_layer(make, 1, 0.0, 0.5)
    return {"a ValueError is raised": bn.error(_column(4)) == "ValueError"} | _statistics(bn, " afterwards")


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


@exercise.probe(
    "one training batch, momentum 0.3",
    symptom=(
        "A training batch of seven rows and five columns goes wrong: the output, or what the layer keeps of the batch."
    ),
)
def layer_training(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    return {"out": bn(draw_columns(rng, 7, 5))} | _statistics(bn)


@exercise.probe(
    "a new layer",
    symptom=(
        "A new layer does not hold what the text asks for. Which names, kinds, shapes and starting values "
        "are asked for?"
    ),
)
def layer_new(make, rng):
    bn = make(5, 0.3, 0.4)
    _expect_structure(bn, _shapes("weight", "bias", d=5), _shapes(*BUFFERS, d=5))
    for name, wanted in (("eps", 0.3), ("momentum", 0.4)):
        if bn.attribute(name) != wanted:
            raise BadReturn(f"its `{name}` is {bn.attribute(name)} after BatchNorm1d(5, 0.3, 0.4); expected {wanted}")
    return {f"{name} of a new layer": value for name, value in bn.state_dict().items()}


@exercise.probe(
    "eps and momentum not given",
    symptom="It is wrong when a layer is made without eps and momentum. Which values do they have then?",
)
def layer_defaults(make, rng):
    bn = make(3)
    bn.double()
    x = rng.normal(2.0, [1.0, 0.01, 0.003], size=(6, 3))
    return {"out": bn(x)} | _statistics(bn)


@exercise.probe(
    "torch's layer loads its state",
    symptom="It is wrong when torch's layer loads the state that yours has after a batch. What belongs to a state?",
)
def layer_saves(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    bn(draw_columns(rng, 7, 5))
    theirs = make.build(recipe("BatchNorm1d", 5, eps=0.3, momentum=0.3))
    theirs.load_state_dict(bn.state_dict())
    return {f"{name} in torch's layer": value for name, value in theirs.state_dict().items()}


@exercise.probe(
    "it loads the state of torch's layer",
    symptom=(
        "It is wrong when yours has loaded a state that torch's layer saved, and is used in evaluation. What "
        "belongs to a state?"
    ),
)
def layer_loads(make, rng):
    theirs = make.build(recipe("BatchNorm1d", 4, eps=0.2, momentum=0.7, state=draw_state(rng, 4)))
    bn = make(4, 0.2, 0.7)
    bn.double()
    bn.load_state_dict(theirs.state_dict())
    bn.eval()
    return {"out": bn(draw_columns(rng, 3, 4))} | _statistics(bn)


@exercise.probe(
    "two layers side by side",
    symptom="It is wrong when two layers of the same kind are trained in turn. What should each have to itself?",
)
def layer_pair(make, rng):
    first, second = make(3, 0.2, 0.3), make(3, 0.2, 0.3)
    first.double()
    second.double()
    first(draw_columns(rng, 5, 3))
    second(draw_columns(rng, 4, 3))
    first(draw_columns(rng, 6, 3))
    return _statistics(first, " of the first") | _statistics(second, " of the second")


@exercise.probe(
    "as many rows as columns, momentum 0.7",
    symptom=(
        "It is wrong when a training batch has as many rows as columns. Along which axis are the statistics taken?"
    ),
)
def layer_square(make, rng):
    bn = _trained(make, rng, 4, eps=0.1, momentum=0.7)
    return {"out": bn(draw_columns(rng, 4, 4))} | _statistics(bn)


@exercise.probe(
    "five training batches, one after the other",
    symptom="It is wrong when five batches of different sizes follow one another. What should each update start from?",
)
def layer_chain(make, rng):
    bn = _trained(make, rng, 4, eps=0.2, momentum=0.3)
    outs = [bn(draw_columns(rng, n, 4)) for n in (6, 2, 3, 9, 4)]
    return {"last out": outs[-1]} | _statistics(bn, " after five batches")


@exercise.probe(
    "gradients in training",
    symptom="A gradient in training is wrong or missing. Which parts of the formula depend on x there?",
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
    symptom=(
        "The buffers are not right after two training batches: their values, a graph on them, or another "
        "tensor in their place."
    ),
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
    "a training batch of one",
    symptom="A single row in training is not refused as the text asks. Which error is it, and what stays as it was?",
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
    symptom=(
        "It is wrong for float32 values around 10 000. How many digits do their squares need, and how many has float32?"
    ),
)
def layer_float32(make, rng):
    bn = make(4, 1e-5, 0.5)
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    running = {"running_mean": np.full(4, 9999.0), "running_var": np.array([0.5, 1.5, 2.5, 3.5])}
    state = {"weight": 1.5 * signs, "bias": 9.0 * signs} | running  # out stays away from 0, where rounding matters
    bn.load_state_dict({name: value.astype(np.float32) for name, value in state.items()} | {BUFFERS[2]: np.array(3)})
    return {"out": bn(draw_far_from_zero(rng, 8, 4))} | _statistics(bn)


@exercise.probe(
    "evaluation on other rows",
    symptom=(
        "It is wrong in evaluation, for three rows after one batch of training. Which mean and variance count there?"
    ),
)
def layer_evaluation(make, rng):
    bn = _trained(make, rng, 5, eps=0.3, momentum=0.3)
    bn(draw_columns(rng, 7, 5))
    bn.eval()
    return {"out": bn(draw_columns(rng, 3, 5))}


@exercise.probe(
    "rows one at a time in evaluation",
    symptom="It is wrong in evaluation when rows come one at a time. What may the output of a row depend on there?",
)
def layer_rows(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    return {f"row {i}": bn(row[None]) for i, row in enumerate(draw_columns(rng, 3, 4))}


@exercise.probe(
    "evaluation changes nothing",
    symptom=(
        "The running statistics are not as they should be after three batches in evaluation. Which mode may "
        "change them?"
    ),
)
def layer_pure(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    for n in (5, 1, 2):
        bn(draw_columns(rng, n, 4))
    return _statistics(bn, " after evaluating")


@exercise.probe(
    "to and fro between training and evaluation",
    symptom=(
        "It is wrong when the layer goes to and fro between evaluation and training. What differs between "
        "the two modes?"
    ),
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
    symptom=(
        "It is wrong when a new layer is evaluated before any training. Which mean and variance does it start with?"
    ),
)
def layer_untrained(make, rng):
    bn = make(4, 0.5, 0.3)
    bn.double()
    bn.eval()
    return {"out": bn(draw_columns(rng, 3, 4))}


@exercise.probe(
    "gradients in evaluation",
    symptom="A gradient in evaluation is wrong or missing. What depends on x there, and what is constant?",
)
def layer_evaluation_gradients(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.3)
    bn.eval()
    return _gradients(bn, draw_columns(rng, 5, 4), rng.normal(0.7, 1.0, size=(5, 4)))


@exercise.probe(
    "momentum None",
    symptom=(
        "It is wrong for momentum None. How much should each batch count then, also when some were counted before?"
    ),
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


@exercise.probe(
    "momentum 0",
    symptom="It is wrong for momentum 0. What should become of the running statistics there, and what of the output?",
)
def layer_frozen(make, rng):
    bn = _trained(make, rng, 4, eps=0.3, momentum=0.0)
    return {"out": bn(draw_columns(rng, 6, 4))} | _statistics(bn)


@exercise.probe(
    "affine=False",
    symptom="It is wrong for a layer made with affine=False. What does such a layer hold, and what does it compute?",
)
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
    symptom=(
        "It is wrong for a layer made with track_running_stats=False. What does it hold, and what does each mode use?"
    ),
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
