"""Probes of lesson 06."""

import zlib

import numpy as np

from autograder.learner.diagnosis.answer import AnswerError
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import BadReturn, recipe

make_mlp = Exercise("make_mlp", arguments=("sizes", "norm", "placement", "activation"), returns=())
train_epoch = Exercise(
    "train_epoch", arguments=("model", "batches", "rate"), returns=("loss",), mutates=("model",), tensors=True
)
evaluate = Exercise(
    "evaluate", arguments=("model", "batches"), returns=("accuracy", "loss"), mutates=("model",), tensors=True
)
interval = Exercise("interval", arguments=("scores",), returns=("mean", "low", "high"))
sweep = Exercise(
    "sweep",
    arguments=("run", "arms", "rates", "tuning_seeds", "reporting_seeds"),
    returns=("best", "at_edge", "scores"),
)
dropout_variance_ratio = Exercise("dropout_variance_ratio", arguments=("mean", "var", "keep"), returns=("ratio",))


# make_mlp


def _with_numbers_of_its_own(net, rng):
    """Give each parameter and running statistic values that depend on its place only; no gamma is 0 or 1."""
    salt = rng.randint(2**31)
    net.double()
    state = net.state_dict()
    for place, (name, old) in enumerate(state.items()):
        draw = np.random.RandomState(salt + place)
        if name.endswith("running_var"):
            state[name] = draw.uniform(0.3, 3.0, size=old.shape)
        elif old.ndim == 1:
            state[name] = draw.uniform(0.4, 1.6, size=old.shape) * np.where(np.arange(old.size) % 3 == 1, -1, 1)
        elif old.ndim == 2:
            state[name] = draw.normal(size=old.shape) * 1.5 / np.sqrt(old.shape[1])
    net.load_state_dict(state)
    return net


COUNTED, PRESENT = ("Linear", "BatchNorm1d", "LayerNorm"), ("ReLU", "Sigmoid")


def _structure(net):
    """How many layers of each kind that has numbers, which activations, learned numbers, running statistics."""
    told = net.describe()
    kinds = told["modules"][1:]
    if odd := [kind for kind in kinds if kind not in COUNTED + PRESENT]:
        raise BadReturn(f"there is an object of class {odd[0]} among its layers; the text names the kinds of layers")
    if told["modules"][0] != "Sequential" or any("." in name.rsplit(".", 1)[0] for name in told["parameters"]):
        raise BadReturn("it is not one flat torch.nn.Sequential of layers")
    sizes = {name: int(np.prod(shape)) for name, shape in told["parameters"].items()}
    counts = {f"number of {kind} layers": kinds.count(kind) for kind in COUNTED}
    return counts | {
        "kinds of activation (relu, sigmoid)": np.array([kind in kinds for kind in PRESENT], dtype=float),
        "learned numbers": sum(sizes.values()),
        "running statistics": sum("running" in name for name in told["buffers"]),
    }


def _behaviour(net, rng, width):
    """What it gives in training for a batch, and in evaluation for one row."""
    _with_numbers_of_its_own(net, rng)
    rows = rng.normal(0.5, 1.5, size=(7, width))
    in_training = net(rows)
    net.eval()
    return {"out in training": in_training, "out in evaluation, one row": net(rows[:1])}


@make_mlp.probe(
    "batch norm before relu, 4-5-3-2",
    symptom="The net with batch norm before relu is wrong: list its layers in order, which have a bias, and whether "
    "any got an option that the text does not ask for.",
)
def mlp_before(call, rng):
    net = call((4, 5, 3, 2), "batch", "before", "relu")
    return _structure(net) | _behaviour(net, rng, 4)


@make_mlp.probe(
    "batch norm after relu, 4-5-3-2",
    symptom="The net with batch norm after relu is wrong: which of its biases does batch norm take away there?",
)
def mlp_after(call, rng):
    net = call((4, 5, 3, 2), "batch", "after", "relu")
    return _structure(net) | _behaviour(net, rng, 4)


@make_mlp.probe(
    "no norm, both placements",
    symptom="The net without a norm is wrong: placement has no meaning there, and every layer keeps its bias.",
)
def mlp_plain(call, rng):
    found = {}
    for placement in ("before", "after"):
        net = call((4, 5, 3, 2), "none", placement, "relu")
        made = _structure(net) | _behaviour(net, rng, 4)
        found |= {f"{name} ({placement})": value for name, value in made.items()}
    return found


@make_mlp.probe(
    "layer norm, both placements",
    symptom="The net with layer norm is wrong: does a row's mean over the features take a bias away?",
)
def mlp_layer_norm(call, rng):
    found = {}
    for placement in ("before", "after"):
        net = call((4, 5, 3, 2), "layer", placement, "relu")
        made = _structure(net) | _behaviour(net, rng, 4)
        found |= {f"{name} ({placement})": value for name, value in made.items()}
    return found


@make_mlp.probe("sigmoid", symptom="The net is wrong for sigmoid: is the activation the one that was asked for?")
def mlp_sigmoid(call, rng):
    net = call((3, 4, 4, 2), "batch", "before", "sigmoid")
    return _structure(net) | _behaviour(net, rng, 3)


@make_mlp.probe(
    "hidden layers of equal width",
    symptom="Hidden layers of equal width go wrong: does each have layers of its own?",
)
def mlp_equal(call, rng):
    net = call([4, 4, 4, 4], "batch", "after", "sigmoid")
    return _structure(net) | _behaviour(net, rng, 4)


@make_mlp.probe(
    "no hidden layer, or one",
    symptom="With two sizes there is no hidden layer: one Linear from the inputs to the logits is all. With three "
    "sizes there are two.",
)
def mlp_linear(call, rng):
    inputs, outputs = rng.choice(np.arange(2, 8), 2, replace=False).tolist()
    net = call((inputs, outputs), "batch", "before", "relu")
    deeper = call((inputs, 5, outputs), "none", "before", "relu").describe()["modules"].count("Linear")
    return _structure(net) | _behaviour(net, rng, inputs) | {"Linear layers with one hidden layer": deeper}


# train_epoch and evaluate

NAMES = ("0.weight", "1.weight", "1.bias", "3.weight", "3.bias")


def _model(call, rng, training=True, dropout=False):
    """Linear without bias, batch norm, relu or dropout, Linear: 4 inputs, 5 hidden units, 3 classes."""
    signs = np.array([1.0, -1, 1, -1, 1])
    state = {
        "0.weight": rng.normal(size=(5, 4)),
        "1.weight": signs * rng.uniform(1.2, 2.5, size=5),
        "1.bias": rng.uniform(0.3, 1.0, size=5),
        "1.running_mean": rng.normal(2.0, 1.0, size=5),
        "1.running_var": rng.uniform(2.0, 9.0, size=5),
        "3.weight": rng.normal(size=(3, 5)),
        "3.bias": rng.normal(size=3),
    }
    return call.build(
        recipe(
            "Sequential",
            recipe("Linear", 4, 5, bias=False),
            recipe("BatchNorm1d", 5, eps=0.1, momentum=0.3),
            recipe("Dropout", 0.5) if dropout else recipe("ReLU"),
            recipe("Linear", 5, 3),
            state=state,
            training=training,
        )
    )


def _batches(rng, *sizes):
    """Batches of these sizes around places of their own: inputs (n, 4), labels (n,) from 0 to 2."""
    return [(rng.normal(rng.uniform(-2, 2, size=4), 1.5, size=(n, 4)), rng.randint(0, 3, size=n)) for n in sizes]


def _after(model):
    """All numbers of the model, and the modes of its parts."""
    state = model.state_dict()
    told = {name: state[name] for name in (*NAMES, "1.running_mean", "1.running_var", "1.num_batches_tracked")}
    return told | _modes(model)


def _modes(model):
    """The mode of the model and of each of its four parts."""
    modes = [model.attribute(f"{part}training") for part in ("", "0.", "1.", "2.", "3.")]
    return {"training modes": np.array(modes, dtype=float)}


@train_epoch.probe("one batch of six rows", symptom="One step on one batch is wrong.")
def epoch_one(call, rng):
    model = _model(call, rng)
    return call(model, _batches(rng, 6), 0.3) | _after(model)


@train_epoch.probe(
    "three batches of five rows",
    symptom="One batch is right, several are not: what is left over from the batch before?",
)
def epoch_three(call, rng):
    model = _model(call, rng)
    return call(model, _batches(rng, 5, 5, 5), 0.2) | _after(model)


@train_epoch.probe(
    "batches of 7, 2 and 4 rows",
    symptom="Equal batches are right, unequal ones are not: every row should count the same in the mean loss.",
)
def epoch_unequal(call, rng):
    model = _model(call, rng)
    return call(model, _batches(rng, 7, 2, 4), 0.2) | _after(model)


@train_epoch.probe(
    "a model in evaluation mode",
    symptom="A model that comes in evaluation mode is not trained in training mode.",
)
def epoch_from_evaluation(call, rng):
    model = _model(call, rng, training=False)
    return call(model, _batches(rng, 5, 4), 0.2) | _after(model)


@train_epoch.probe(
    "gradients left over from before",
    symptom="Gradients that were there before the call enter the first step.",
)
def epoch_old_gradients(call, rng):
    model, (x, y) = _model(call, rng), _batches(rng, 6)[0]
    model.steps(x, y, lr=0.0, n=1)  # moves no weight, and leaves gradients behind
    return call(model, _batches(rng, 5, 3), 0.2) | _after(model)


@train_epoch.probe(
    "a batch of one row",
    symptom="A batch of a single row is not dealt with as the text says: skip it, and do not count it.",
)
def epoch_single_row(call, rng):
    model = _model(call, rng)
    return call(model, _batches(rng, 5, 1, 4, 1), 0.2) | _after(model)


@train_epoch.probe("rates from 0.01 to 1", symptom="The result is wrong for some rates: is the argument used?")
def epoch_rates(call, rng):
    found, batches = {}, _batches(rng, 4, 3)
    model_stream = rng.randint(2**31)
    for rate in (0.01, 1.0):
        model = _model(call, np.random.RandomState(model_stream))
        made = call(model, batches, rate) | _after(model)
        found |= {f"{name} at rate {rate:g}": value for name, value in made.items()}
    return found


@train_epoch.probe("two epochs", symptom="The second epoch is wrong: does it go on from where the first one ended?")
def epoch_twice(call, rng):
    model, batches = _model(call, rng), _batches(rng, 4, 5)
    first = call(model, batches, 0.1)["loss"]
    return {"loss of epoch 1": first, "loss of epoch 2": call(model, batches, 0.1)["loss"]} | _after(model)


@evaluate.probe("one batch of nine rows", symptom="Accuracy or loss is wrong on one batch.")
def evaluate_one(call, rng):
    return call(_model(call, rng, training=False), _batches(rng, 9))


@evaluate.probe(
    "a model in training mode",
    symptom="A model that comes in training mode is not evaluated in evaluation mode.",
)
def evaluate_from_training(call, rng):
    return call(_model(call, rng, training=True), _batches(rng, 6, 6))


@evaluate.probe(
    "batches of 7, 2 and 4 rows",
    symptom="Equal batches are right, unequal ones are not: every row should count the same.",
)
def evaluate_unequal(call, rng):
    return call(_model(call, rng, training=False), _batches(rng, 7, 2, 4))


@evaluate.probe("batches of one row", symptom="Rows that come one at a time are evaluated wrongly or not at all.")
def evaluate_rows(call, rng):
    return call(_model(call, rng, training=True), _batches(rng, 1, 1, 1, 3, 1))


@evaluate.probe("a model with dropout", symptom="The result is wrong for a model with dropout, which is off here.")
def evaluate_dropout(call, rng):
    return call(_model(call, rng, training=True, dropout=True), _batches(rng, 5, 8))


@evaluate.probe(
    "the model afterwards, came in training mode",
    symptom="The model came in training mode and is not as it was: its mode, its weights or its running statistics.",
)
def evaluate_leaves_training(call, rng):
    model = _model(call, rng, training=True)
    call(model, _batches(rng, 5, 3))
    return _after(model)


@evaluate.probe(
    "training that goes on afterwards",
    symptom="The model came in training mode and cannot be trained on: are its gradients still switched on?",
)
def evaluate_lets_train(call, rng):
    model, (x, y) = _model(call, rng), _batches(rng, 6)[0]
    call(model, _batches(rng, 5, 3))
    return {"losses of two further steps": model.steps(x, y, lr=0.1, n=2)} | _after(model)


@evaluate.probe(
    "the model afterwards, came in evaluation mode",
    symptom="The model came in evaluation mode and is not as it was: its mode, its weights or its running statistics.",
)
def evaluate_leaves_evaluation(call, rng):
    model = _model(call, rng, training=False)
    call(model, _batches(rng, 5, 3))
    return _after(model)


@evaluate.probe(
    "a part in another mode than the rest",
    symptom="One part of the model came in another mode than the rest, and the modes are not as they were.",
)
def evaluate_leaves_parts(call, rng):
    found = {}
    for training, part, told in ((True, "1", "batch norm frozen"), (False, "2", "only dropout in training")):
        model = _model(call, rng, training=training, dropout=True)
        model.train(not training, part=part)
        made = call(model, _batches(rng, 6, 2)) | _modes(model)
        found |= {f"{name}, {told}": value for name, value in made.items()}
    return found


# interval


def _scores(rng, n):
    """Scores around 97 whose interval always ends above 100, though none of them has to be."""
    spread = rng.permutation(np.linspace(-1, 1, n)) + rng.normal(scale=0.1, size=n)
    return 97 + rng.uniform(3.0, 6.0) * spread


@interval.probe("three scores", symptom="The result is wrong for three scores.")
def interval_three(call, rng):
    return call(_scores(rng, 3))


@interval.probe("two, five and ten scores", symptom="The result is wrong for some number of scores: how does n enter?")
def interval_sizes(call, rng):
    return {f"{name} of {n}": value for n in (2, 5, 10) for name, value in call(_scores(rng, n)).items()}


@interval.probe("differences of both signs", symptom="The result is wrong for scores of both signs.")
def interval_signs(call, rng):
    return call(rng.permutation([-2.6, -0.7, 0.4, 2.1]) * rng.uniform(0.7, 1.5) + rng.normal(scale=0.05, size=4))


@interval.probe("equal scores", symptom="For equal scores both ends are the mean.")
def interval_equal(call, rng):
    return call(np.full(5, float(rng.randint(3, 90))))


@interval.probe("whole numbers", symptom="The result is wrong for whole numbers.")
def interval_integers(call, rng):
    return call(rng.randint(60, 80, size=6) + np.array([0, 1, 2, 0, 1, 5]))


# sweep: the functions that stand for a training run

ARMS = ["plain", "batch", "layer", "group", "instance", "none"]


NOISE = np.random.RandomState()


def _noise(*what):
    """A normal number that depends on its arguments only."""
    NOISE.seed(zlib.crc32(" ".join(map(str, what)).encode()))
    return NOISE.normal()


def _peak(arm):
    return zlib.crc32(str(arm).encode()) % 5 - 3  # log2 of the arm's best rate


def smooth_run(arm, rate, seed):
    """Every arm has a best rate of its own; seeds matter little."""
    rate, seed = float(rate), int(seed)
    return 90.0 - 5.0 * (np.log2(rate) - _peak(arm)) ** 2 + 0.3 * _noise("smooth", arm, f"{rate:.4g}", seed)


def noisy_run(arm, rate, seed):
    """Seeds matter more than the rate, so that the choice depends on which seeds are looked at, and how."""
    rate, seed = float(rate), int(seed)
    skewed = np.exp(1.5 * _noise("skew", arm, f"{rate:.4g}", seed))
    return 60.0 + 4.0 * _noise("noisy", arm, f"{rate:.4g}", seed) + 2.0 * skewed


def diverging_run(arm, rate, seed):
    """Negative scores that rise with the rate until one seed in four diverges (nan), and then all."""
    rate, seed = float(rate), int(seed)
    limit = 2.0 ** (_peak(arm) + 0.5)
    if rate > 2 * limit or (rate > limit and seed % 4 == 3):
        return float("nan")
    return -40.0 + 3.0 * np.log2(rate) + 0.3 * _noise("diverging", arm, f"{rate:.4g}", seed)


def level_run(arm, rate, seed):
    """Two rates are exactly as good as each other and better than the rest."""
    return 80.0 + (10.0 if float(rate) in (0.25, 1.0) else 0.0) + int(seed) % 4


def _seeds(rng, tuning, reporting):
    drawn = rng.choice(1000, size=tuning + reporting, replace=False).tolist()
    return drawn[:tuning], drawn[tuning:]


RATES = [0.03125, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0]


@sweep.probe(
    "arms with best rates of their own",
    symptom="The result is wrong where each arm has a best rate of its own.",
)
def sweep_smooth(call, rng):
    return call(smooth_run, ARMS, RATES, *_seeds(rng, 3, 4))


@sweep.probe(
    "seeds that matter much",
    symptom="The choice of the rate is wrong where seeds matter much: over which seeds, and how, is it judged?",
)
def sweep_noisy(call, rng):
    return call(noisy_run, ARMS, RATES[:6], *_seeds(rng, 4, 3))


@sweep.probe("one arm, one tuning seed", symptom="The result is wrong for a single arm and a single tuning seed.")
def sweep_single(call, rng):
    return call(noisy_run, [ARMS[rng.randint(6)]], RATES[1:5], *_seeds(rng, 1, 5))


@sweep.probe(
    "runs that diverge",
    symptom="A rate at which some run gave nan is chosen, or nan disturbs the choice.",
)
def sweep_diverging(call, rng):
    first, later = 4 * int(rng.randint(0, 200)), 4 * int(rng.randint(250, 450))
    rates = [0.0625, 0.03125, *RATES[2:6], 8.0, 16.0]
    tuning, reporting = [first + 3, first, first + 1, first + 7], [later + 1, later + 3, later + 5]
    return call(diverging_run, rng.permutation(ARMS).tolist(), rates, tuning, reporting)


@sweep.probe(
    "rates in no order",
    symptom="The result is wrong for rates that are not sorted: what is the edge of the grid then?",
)
def sweep_unsorted(call, rng):
    return call(smooth_run, ARMS, rng.permutation(RATES[1:6]).tolist(), *_seeds(rng, 2, 3))


@sweep.probe("equally good rates", symptom="Of two equally good rates the one that stands first is asked for.")
def sweep_level(call, rng):
    grids = {"falling": [4.0, 1.0, 0.5, 0.25, 2.0], "rising": [0.125, 0.25, 0.5, 1.0, 2.0]}
    seeds = _seeds(rng, 2, 3)
    played = {word: call(level_run, ARMS[:2], grid, *seeds) for word, grid in grids.items()}
    return {f"{name}, {word} rates": value for word, made in played.items() for name, value in made.items()}


def _refuses(call, *args):
    """Whether a call raises a ValueError; other errors pass."""
    try:
        call(*args)
    except AnswerError as error:
        if error.kind != "ValueError":
            raise
        return 1.0
    return 0.0


def _arms_served(call, rng, tuning, reporting):
    """How many best rates there are for some arms; not which, for that is asked elsewhere."""
    return call(smooth_run, ARMS[: rng.randint(2, 7)], RATES, tuning, reporting)["best"].size


@sweep.probe(
    "seeds in both lists",
    symptom="Seeds that stand in both lists should be refused with a ValueError, separate ones should not.",
)
def sweep_overlap(call, rng):
    tuning, reporting = _seeds(rng, 3, 4)
    return {
        "refused, one seed in both lists": _refuses(call, smooth_run, ARMS[:1], RATES, tuning, [*reporting, tuning[2]]),
        "refused, the same lists": _refuses(call, smooth_run, ARMS[:1], RATES, reporting, reporting),
        "arms with a best rate, separate lists": _arms_served(call, rng, tuning, reporting),
    }


@sweep.probe(
    "fewer than three seeds to report",
    symptom="Fewer than three different reporting seeds should be refused with a ValueError, three should not.",
)
def sweep_few(call, rng):
    tuning, reporting = _seeds(rng, 2, 3)
    return {
        "refused, two seeds": _refuses(call, smooth_run, ARMS[:1], RATES, tuning, reporting[:2]),
        "refused, one seed three times": _refuses(call, smooth_run, ARMS[:1], RATES, tuning, reporting[:1] * 3),
        "arms with a best rate, three seeds": _arms_served(call, rng, tuning, reporting),
    }


# dropout_variance_ratio


@dropout_variance_ratio.probe("columns of mean 0", symptom="The ratio is wrong for columns of mean 0.")
def ratio_centred(call, rng):
    return call(np.zeros(4), rng.uniform(0.3, 5.0, size=4), 0.5)


@dropout_variance_ratio.probe(
    "columns of other means",
    symptom="Columns of mean 0 are right, others are not: what does dropout do to a constant?",
)
def ratio_means(call, rng):
    return call(np.array([3.0, -1.0, 0.2, 7.0, -4.0]) * rng.uniform(0.8, 1.2), rng.uniform(0.3, 5.0, size=5), 0.5)


@dropout_variance_ratio.probe("keep from 0.1 to 1", symptom="The ratio is wrong for some keep: how does it enter?")
def ratio_keep(call, rng):
    mean, var = rng.normal(1.0, 2.0, size=3), rng.uniform(0.3, 5.0, size=3)
    return {f"ratio with keep {keep:g}": call(mean, var, keep)["ratio"] for keep in (0.1, 0.8, 1.0)}


@dropout_variance_ratio.probe("whole numbers", symptom="The ratio is wrong for whole numbers.")
def ratio_integers(call, rng):
    return call(rng.randint(1, 6, size=3), rng.randint(1, 9, size=3), 0.25)
