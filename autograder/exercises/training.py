"""Bank of lesson 06."""

import itertools
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import training

# make_mlp


def module_by_module(sizes, norm, placement, activation):
    net, hidden = nn.Sequential(), list(itertools.pairwise(sizes))[:-1]
    for fan_in, width in hidden:
        net.append(nn.Linear(fan_in, width))
        parts = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[activation](), *_norms(norm, width)
        for part in parts if placement == "after" else reversed(parts):
            net.append(part)
    net.append(nn.Linear(*sizes[-2:]))
    for first, second in itertools.pairwise(net):
        if isinstance(second, nn.BatchNorm1d) and isinstance(first, nn.Linear):
            first.register_parameter("bias", None)
    return net


def _norms(norm, width):
    return {"batch": lambda: [nn.BatchNorm1d(width)], "layer": lambda: [nn.LayerNorm(width)], "none": list}[norm]()


make_mlp = Bank(
    training.make_mlp,
    parts=[
        Part("batch norm before the activation", 2, ("batch norm before relu, 4-5-3-2", "sigmoid")),
        Part(
            "batch norm after the activation",
            1,
            ("batch norm after relu, 4-5-3-2", "hidden layers of equal width"),
        ),
        Part("no norm, layer norm", 1, ("no norm, both placements", "layer norm, both placements")),
        Part("no hidden layer, or one", 1, ("no hidden layer, or one",)),
    ],
    oracle=module_by_module,
)
REDUNDANT = 'redundant = norm == "batch" and placement == "before"'
LINEAR = "linear = nn.Linear(fan_in, width, bias=not redundant)"
ACT = 'act = nn.ReLU() if activation == "relu" else nn.Sigmoid()'
PLAIN = "layers += [linear, act]"
NORM = 'norm_layer = nn.BatchNorm1d(width) if norm == "batch" else nn.LayerNorm(width)'
ORDER = 'layers += [linear, norm_layer, act] if placement == "before" else [linear, act, norm_layer]'
LAST = "layers.append(nn.Linear(sizes[-2], sizes[-1]))"
WHOLE = "return nn.Sequential(*layers)"

make_mlp.mistake(
    "bias_kept_before_batch_norm",
    (LINEAR, "linear = nn.Linear(fan_in, width)"),
    cause="Linear layers keep a bias that batch norm takes away again: it changes nothing and never gets a gradient.",
    look="which linear layers have batch norm directly behind them.",
)
make_mlp.mistake(
    "bias_left_out_wherever_there_is_batch_norm",
    (REDUNDANT, 'redundant = norm == "batch"'),
    cause="The bias is left out in every net with batch norm; with the activation in between it has work to do.",
    look="what stands directly behind the linear layer when the norm comes after the activation.",
)
make_mlp.mistake(
    "bias_left_out_before_layer_norm",
    (REDUNDANT, 'redundant = norm != "none" and placement == "before"'),
    cause="The bias is left out before layer norm, too; the mean of a row does not take away a number per feature.",
    look="which of the two norms subtracts a mean per column.",
)
make_mlp.mistake(
    "bias_left_out_with_any_norm",
    (REDUNDANT, 'redundant = norm != "none"'),
    cause="The bias is left out with every norm and placement; only batch norm directly behind makes it redundant.",
    look="the table of norms and placements: in which single case is a bias redundant?",
)
make_mlp.mistake(
    "no_bias_in_hidden_layers",
    (LINEAR, "linear = nn.Linear(fan_in, width, bias=False)"),
    cause="No hidden layer has a bias; only batch norm directly behind makes it redundant.",
    look="what the bias depends on.",
)
make_mlp.mistake(
    "bias_by_placement_alone",
    (REDUNDANT, 'redundant = placement == "before"'),
    cause="The bias depends on the placement alone; without batch norm it is needed in either place.",
    look="what else has to hold for a bias to be redundant.",
)
make_mlp.mistake(
    "bias_the_other_way_round",
    (LINEAR, "linear = nn.Linear(fan_in, width, bias=redundant)"),
    cause="The bias is there where it is redundant, and missing where it is needed.",
    look="the sign of the condition that is given to the linear layer.",
)
make_mlp.mistake(
    "batch_norm_on_the_logits",
    (WHOLE, 'return nn.Sequential(*layers, *([nn.BatchNorm1d(sizes[-1])] if norm == "batch" else []))'),
    cause="Batch norm follows the last layer: the logits of a row would depend on its companions.",
    look="what stands behind the last linear layer.",
)
make_mlp.mistake(
    "norm_on_the_logits",
    (
        WHOLE,
        'end = {"batch": [nn.BatchNorm1d(sizes[-1])], "layer": [nn.LayerNorm(sizes[-1])], "none": []}[norm]\n'
        "    return nn.Sequential(*layers, *end)",
    ),
    cause="A norm follows the last layer; the logits are the answer and stay as they are.",
    look="what stands behind the last linear layer.",
)
make_mlp.mistake(
    "activation_on_the_logits",
    (
        LAST,
        'layers += [nn.Linear(sizes[-2], sizes[-1]), nn.ReLU() if activation == "relu" else nn.Sigmoid()]',
    ),
    cause="An activation follows the last layer; logits have to be free to take any value.",
    look="what stands behind the last linear layer.",
)
make_mlp.mistake(
    "last_layer_without_a_bias_in_batch_norm_nets",
    (LAST, 'layers.append(nn.Linear(sizes[-2], sizes[-1], bias=norm != "batch"))'),
    cause="In nets with batch norm the last layer has no bias; no norm follows it, so its bias is needed.",
    look="the last linear layer.",
)
make_mlp.mistake(
    "last_layer_without_a_bias",
    (LAST, "layers.append(nn.Linear(sizes[-2], sizes[-1], bias=False))"),
    cause="The last layer has no bias; no batch norm follows it, so the bias is not redundant.",
    look="the last linear layer.",
)
make_mlp.mistake(
    "last_layer_missing",
    (LAST, "pass"),
    cause="The last linear layer, to the outputs, is missing.",
    look="the gap behind the loop.",
)
make_mlp.mistake(
    "placement_swapped",
    (ORDER, 'layers += [linear, norm_layer, act] if placement == "after" else [linear, act, norm_layer]'),
    cause="The norm stands after the activation for `before`, and before it for `after`.",
    look="the order of the layers for each placement.",
)
make_mlp.mistake(
    "placement_ignored",
    (ORDER, "layers += [linear, norm_layer, act]"),
    cause="The norm always stands before the activation, whatever the placement.",
    look="where the argument `placement` enters.",
)
make_mlp.mistake(
    "norm_before_the_linear_layer",
    (ORDER, 'layers += [norm_layer, linear, act] if placement == "before" else [linear, act, norm_layer]'),
    (
        NORM,
        "side = fan_in if placement == 'before' else width\n"
        '            norm_layer = nn.BatchNorm1d(side) if norm == "batch" else nn.LayerNorm(side)',
    ),
    cause="For `before` the norm stands in front of the linear layer; it belongs between linear layer and activation.",
    look="what the norm is meant to come before.",
)
make_mlp.mistake(
    "always_batch_norm",
    (NORM, "norm_layer = nn.BatchNorm1d(width)"),
    cause="Batch norm is used also where layer norm is asked for.",
    look="how the norm is chosen.",
)
make_mlp.mistake(
    "norms_swapped",
    (NORM, 'norm_layer = nn.BatchNorm1d(width) if norm == "layer" else nn.LayerNorm(width)'),
    cause="Layer norm and batch norm have changed places.",
    look="how the norm is chosen.",
)
make_mlp.mistake(
    "norm_in_plain_nets",
    (PLAIN, "layers += [linear, nn.BatchNorm1d(width), act]"),
    cause="A net without a norm gets batch norm all the same.",
    look="what is appended for `none`.",
)
make_mlp.mistake(
    "activation_missing_in_plain_nets",
    (PLAIN, "layers += [linear]"),
    cause="A net without a norm has no activations: linear layers alone make one linear layer.",
    look="what is appended for `none`.",
)
make_mlp.mistake(
    "always_relu",
    (ACT, "act = nn.ReLU()"),
    cause="The activation is always relu, whatever was asked for.",
    look="where the argument `activation` enters.",
)
make_mlp.mistake(
    "always_sigmoid",
    (ACT, "act = nn.Sigmoid()"),
    cause="The activation is always the sigmoid, whatever was asked for.",
    look="where the argument `activation` enters.",
)
make_mlp.mistake(
    "no_activation",
    (ORDER, "layers += [linear, norm_layer]"),
    cause="Hidden layers with a norm have no activation: linear layers and norms alone make a nearly linear net.",
    look="what is appended where there is a norm.",
)
make_mlp.mistake(
    "norm_without_gamma_and_beta",
    (NORM, 'norm_layer = (nn.BatchNorm1d(width, affine=False) if norm == "batch" else nn.LayerNorm(width))'),
    cause="Batch norm has no gamma and beta; as torch makes it, it has both.",
    look="the options given to batch norm.",
)
make_mlp.mistake(
    "one_batch_norm_for_all_layers",
    (
        NORM,
        'norm_layer = next((old for old in layers if getattr(old, "num_features", 0) == width), '
        'nn.BatchNorm1d(width) if norm == "batch" else nn.LayerNorm(width))',
    ),
    cause="Layers of equal width share one batch norm: gamma, beta and running statistics serve two layers at once.",
    look="how many batch norm objects are made for two layers of equal width.",
)
make_mlp.mistake(
    "one_linear_layer_for_equal_widths",
    (
        LINEAR,
        'linear = next((old for old in layers if getattr(old, "weight", None) is not None and '
        "old.weight.shape == (width, fan_in)), nn.Linear(fan_in, width, bias=not redundant))",
    ),
    cause="Layers of equal shape are one and the same linear layer, with one set of weights.",
    look="how many linear layers are made for equal widths.",
)
make_mlp.mistake(
    "norm_of_the_input_width",
    (NORM, 'norm_layer = nn.BatchNorm1d(fan_in) if norm == "batch" else nn.LayerNorm(fan_in)'),
    cause="The norm is made for the number of inputs of the linear layer; it gets its outputs.",
    look="the size that is given to the norm.",
)
make_mlp.mistake(
    "inputs_normalized_too",
    (WHOLE, 'return nn.Sequential(*([nn.BatchNorm1d(sizes[0])] if norm == "batch" else []), *layers)'),
    cause="A batch norm stands in front of everything, on the inputs; only hidden layers get one.",
    look="the first layer.",
)
make_mlp.mistake(
    "nested",
    (WHOLE, "return nn.Sequential(nn.Sequential(*layers[:-1]), layers[-1])"),
    cause="The hidden layers are wrapped in a module of their own; a flat Sequential is asked for.",
    look="how the layers are put together.",
)
make_mlp.mistake(
    "other_momentum_or_eps",
    (
        NORM,
        'norm_layer = nn.BatchNorm1d(width, eps=1e-3, momentum=0.99) if norm == "batch" else nn.LayerNorm(width)',
    ),
    cause="Batch norm gets an eps or a momentum of its own, as if copied from Keras; torch's defaults are asked for.",
    look="the options given to batch norm.",
)
make_mlp.mistake(
    "instance_norm",
    (NORM, 'norm_layer = nn.InstanceNorm1d(width) if norm == "batch" else nn.LayerNorm(width)'),
    cause="Instance norm is used in place of batch norm.",
    look="the class of the norm.",
)


@make_mlp.accepts("a loop over all layers, the last one special")
def _(sizes, norm, placement, activation):
    layers = []
    for k in range(len(sizes) - 1):
        last = k == len(sizes) - 2
        layers.append(nn.Linear(sizes[k], sizes[k + 1], bias=last or norm != "batch" or placement != "before"))
        if last:
            break
        normal = _norms(norm, sizes[k + 1])
        act = [{"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[activation]()]
        layers.extend(normal + act if placement == "before" else act + normal)
    return nn.Sequential(*layers)


@make_mlp.accepts("lazy choice with match")
def _(sizes, norm, placement, activation):
    net = nn.Sequential()
    for fan_in, width in itertools.pairwise(sizes[:-1]):
        act = nn.ReLU(inplace=True) if activation == "relu" else nn.Sigmoid()
        match norm, placement:
            case "batch", "before":
                parts = [nn.Linear(fan_in, width, bias=False), nn.BatchNorm1d(width), act]
            case "batch", _:
                parts = [nn.Linear(fan_in, width), act, nn.BatchNorm1d(width)]
            case "layer", "before":
                parts = [nn.Linear(fan_in, width), nn.LayerNorm(width), act]
            case "layer", _:
                parts = [nn.Linear(fan_in, width), act, nn.LayerNorm(width)]
            case _:
                parts = [nn.Linear(fan_in, width), act]
        for part in parts:
            net.append(part)
    net.append(nn.Linear(sizes[-2], sizes[-1]))
    return net


@make_mlp.accepts("names of its own, one activation object")
def _(sizes, norm, placement, activation):
    named, act = {}, nn.ReLU() if activation == "relu" else nn.Sigmoid()
    for k, (fan_in, width) in enumerate(itertools.pairwise(sizes[:-1])):
        named[f"linear{k}"] = nn.Linear(fan_in, width, bias=norm != "batch" or placement == "after")
        behind = [(f"act{k}", act), *((f"norm{k}", made) for made in _norms(norm, width))]
        named |= dict(behind if placement == "after" else behind[::-1])
    named["logits"] = nn.Linear(*list(sizes)[-2:])
    return nn.Sequential(OrderedDict(named))


@make_mlp.accepts("names from a counter")
def _(sizes, norm, placement, activation):
    made = nn.Sequential()
    for fan_in, width in itertools.pairwise(sizes[:-1]):
        block = [nn.Linear(fan_in, width, bias=(norm, placement) != ("batch", "before")), nn.ReLU()]
        if activation == "sigmoid":
            block[1] = nn.Sigmoid()
        if norm != "none":
            block.insert(1 if placement == "before" else 2, _norms(norm, width)[0])
        for part in block:
            made.add_module(str(len(made)), part)
    made.add_module(str(len(made)), nn.Linear(*list(sizes)[-2:]))
    return made


# train_epoch


def manual_descent(model, batches, rate):
    """Gradients from torch.autograd.grad, steps by hand."""
    model.train()
    losses = []
    for x, y in batches:
        if x.shape[0] == 1:
            continue
        each = functional.cross_entropy(model(x), y, reduction="none")
        found = torch.autograd.grad(each.mean(), list(model.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), found):
                parameter -= rate * gradient
        losses.append(each.detach())
    return torch.cat(losses).mean().item()


train_epoch = Bank(
    training.train_epoch,
    parts=[
        Part(
            "steps and mean loss",
            2,
            ("one batch of six rows", "three batches of five rows", "batches of 7, 2 and 4 rows"),
        ),
        Part("rates, two epochs", 1, ("rates from 0.01 to 1", "two epochs")),
        Part(
            "what it finds: the mode, old gradients, single rows",
            1,
            ("a model in evaluation mode", "gradients left over from before", "a batch of one row"),
        ),
    ],
    oracle=manual_descent,
)
TRAIN = "    model.train()\n"
SKIP = "        if len(x) < 2:\n            continue\n"
LOSS = "loss = nn.functional.cross_entropy(model(x), y)"
ZERO, BACKWARD, STEP = (
    "        optimizer.zero_grad()\n",
    "        loss.backward()\n",
    "        optimizer.step()\n",
)
TOTAL, COUNT = "total += len(x) * loss.item()", "count += len(x)"
MEAN_LOSS = "mean_loss = total / count"
RETURN_LOSS = "return mean_loss"
OPTIMIZER = "optimizer = torch.optim.SGD(model.parameters(), lr=rate)"

train_epoch.mistake(
    "mode_not_set",
    (TRAIN, ""),
    cause="The mode is left as it was: a model that comes in evaluation mode is trained with frozen statistics.",
    look="the mode before the first batch.",
)
train_epoch.mistake(
    "trained_in_evaluation_mode",
    (TRAIN, "    model.eval()\n"),
    cause="The model is put into evaluation mode: it trains with running statistics that never follow.",
    look="the mode before the first batch.",
)
train_epoch.mistake(
    "left_in_evaluation_mode",
    (MEAN_LOSS, MEAN_LOSS + "\n    model.eval()"),
    cause="The model is left in evaluation mode; it should stay in training mode.",
    look="what is called on the model after the loop.",
)
train_epoch.mistake(
    "mode_restored",
    (TRAIN, "    before = model.training\n    model.train()\n"),
    (MEAN_LOSS, MEAN_LOSS + "\n    model.train(before)"),
    cause="The old mode is given back at the end; after this function the model is to be in training mode.",
    look="the mode after the loop, and what the text says about it.",
)
train_epoch.mistake(
    "gradients_never_cleared",
    (ZERO, ""),
    cause="Gradients are never cleared: each step adds those of all batches before.",
    look="the three calls of a training step: one of them is missing.",
)
train_epoch.mistake(
    "gradients_cleared_once",
    (ZERO, ""),
    (TRAIN, "    model.train()\n    optimizer.zero_grad()\n"),
    cause="Gradients are cleared once before the loop: from the second batch on, those of earlier batches are added.",
    look="where the gradients are cleared: once, or for each batch?",
)
train_epoch.mistake(
    "gradients_cleared_after_the_step_only",
    (ZERO, ""),
    (STEP, "        optimizer.step()\n        optimizer.zero_grad()\n"),
    cause="Gradients are cleared only after each step: what was left over before the call enters the first one.",
    look="the very first batch: which gradients are there before it?",
)
train_epoch.mistake(
    "no_step",
    (STEP, ""),
    cause="No weight moves: the step is missing, or comes where there is no gradient yet, or none any more.",
    look="the three calls of a training step, and their order.",
)
train_epoch.mistake(
    "one_step_for_the_epoch",
    (ZERO, ""),
    (STEP, ""),
    (TRAIN, "    model.train()\n    optimizer.zero_grad()\n"),
    (MEAN_LOSS, "optimizer.step()\n    mean_loss = total / count"),
    cause="Gradients of all batches are added up for one single step; each batch is to have its own.",
    look="how often a step is taken.",
)
train_epoch.mistake(
    "step_outside_the_loop",
    (STEP, ""),
    (MEAN_LOSS, "optimizer.step()\n    mean_loss = total / count"),
    cause="The step stands behind the loop: only the last batch's gradient is used.",
    look="the indentation of the step.",
)
train_epoch.mistake(
    "single_row_not_skipped",
    (SKIP, ""),
    cause="A batch of one row is given to the model, and batch norm refuses it.",
    look="what happens to a batch of one row.",
)
train_epoch.mistake(
    "stops_at_a_single_row",
    (SKIP, "        if len(x) < 2:\n            break\n"),
    cause="A batch of one row ends the epoch; only that batch is to be skipped.",
    look="the statement that deals with a single row.",
)
train_epoch.mistake(
    "single_row_counted",
    (SKIP, "        if len(x) < 2:\n            count += len(x)\n            continue\n"),
    cause="A skipped row is counted, so the mean loss is too small.",
    look="what is counted for a batch that is skipped.",
)
train_epoch.mistake(
    "single_row_trained_in_evaluation_mode",
    (SKIP, "        model.train(len(x) > 1)\n"),
    (MEAN_LOSS, "model.train()\n    mean_loss = total / count"),
    cause="A batch of one row is trained on in evaluation mode; it is to be skipped.",
    look="what happens to a batch of one row.",
)
train_epoch.mistake(
    "small_batches_skipped",
    (SKIP, "        if len(x) <= 2:\n            continue\n"),
    cause="Batches of two rows are skipped as well; two rows have a variance, and only single rows are to be skipped.",
    look="the number of rows below which a batch is skipped.",
)
train_epoch.mistake(
    "mean_over_batches",
    (TOTAL, "total += loss.item()"),
    (COUNT, "count += 1"),
    cause="The batches' mean losses are averaged with equal weights: rows of small batches count more.",
    look="what is added for each batch, and what it is divided by.",
)
train_epoch.mistake(
    "batch_means_divided_by_rows",
    (TOTAL, "total += loss.item()"),
    cause="The batches' *mean* losses are added, but their sum is divided by the number of rows.",
    look="what is added to the counter of the losses.",
)
train_epoch.mistake(
    "row_sums_divided_by_batches",
    (COUNT, "count += 1"),
    cause="The losses of all rows are added, but divided by the number of batches.",
    look="what is added to the second counter.",
)
train_epoch.mistake(
    "sum_not_mean",
    (MEAN_LOSS, "mean_loss = total"),
    cause="The sum of the losses is returned, not their mean.",
    look="the last line of your code.",
)
train_epoch.mistake(
    "last_loss",
    (MEAN_LOSS, "mean_loss = loss.item()"),
    cause="The loss of the last batch is returned; the mean is to be over all rows.",
    look="the last line of your code.",
)
train_epoch.mistake(
    "loss_after_the_step",
    (TOTAL, "total += len(x) * nn.functional.cross_entropy(model(x), y).item()"),
    cause="The loss is computed once more after the step, which also feeds the batch to the running statistics twice.",
    look="how often the model is called for each batch.",
)
train_epoch.mistake(
    "model_called_twice",
    (LOSS, "model(x)\n        loss = nn.functional.cross_entropy(model(x), y)"),
    cause="The model is called twice for each batch, so the running statistics take it in twice.",
    look="how often the model is called for each batch.",
)
train_epoch.mistake(
    "softmax_before_cross_entropy",
    (LOSS, "loss = nn.functional.cross_entropy(model(x).softmax(dim=1), y)"),
    cause="The softmax is applied twice: cross_entropy takes logits and has it built in.",
    look="what is given to cross_entropy.",
)
train_epoch.mistake(
    "summed_loss",
    (LOSS, 'loss = nn.functional.cross_entropy(model(x), y, reduction="sum")'),
    cause="The loss of a batch is summed over its rows: steps, and the returned loss, are too large by their number.",
    look="the reduction of the loss.",
)
train_epoch.mistake(
    "squared_error",
    (LOSS, "loss = ((model(x) - nn.functional.one_hot(y, 3)) ** 2).mean()"),
    cause="The loss is the mean squared error; cross-entropy is asked for.",
    look="the loss function.",
)
train_epoch.mistake(
    "rate_ignored",
    (OPTIMIZER, "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"),
    cause="The rate is fixed in the code; the argument has no influence.",
    look="where the argument `rate` enters.",
)
train_epoch.mistake(
    "another_optimizer",
    (OPTIMIZER, "optimizer = torch.optim.Adam(model.parameters(), lr=rate)"),
    cause="The steps are Adam's; plain gradient descent was given.",
    look="the line that makes the optimizer.",
)
train_epoch.mistake(
    "with_momentum",
    (OPTIMIZER, "optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)"),
    cause="The optimizer has a momentum; plain gradient descent was given.",
    look="the line that makes the optimizer.",
)
train_epoch.mistake(
    "with_weight_decay",
    (OPTIMIZER, "optimizer = torch.optim.SGD(model.parameters(), lr=rate, weight_decay=0.01)"),
    cause="The optimizer shrinks all weights, gamma and beta too; plain gradient descent was given.",
    look="the line that makes the optimizer.",
)
train_epoch.mistake(
    "only_the_first_batch",
    (COUNT, "count += len(x)\n        break"),
    cause="The loop ends after the first batch.",
    look="what ends the loop.",
)
train_epoch.mistake(
    "last_batch_left_out",
    ("for x, y in batches:", "for x, y in batches[:-1]:"),
    (MEAN_LOSS, "mean_loss = total / max(count, 1)"),
    cause="The last batch is always left out, however many rows it has; only single rows are to be skipped.",
    look="the batches that the loop runs over.",
)
train_epoch.mistake(
    "gamma_and_beta_frozen",
    (OPTIMIZER, "optimizer = torch.optim.SGD([p for p in model.parameters() if p.ndim > 1], lr=rate)"),
    cause="Only matrices are trained: gamma, beta and biases stay as they were.",
    look="which parameters the optimizer is given.",
)
train_epoch.mistake(
    "returns_nothing",
    (RETURN_LOSS, "return None"),
    cause="Nothing is returned; the mean loss is asked for.",
    look="the last line of the function.",
)


@train_epoch.accepts("losses in a list, gradients cleared by hand")
def _(model, batches, rate):
    model.train(True)
    measured, sizes = [], []
    for x, y in batches:
        if x.size(0) > 1:
            model.zero_grad()
            loss = nn.CrossEntropyLoss()(model(x), y)
            loss.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.sub_(parameter.grad, alpha=rate)
            measured.append(loss.item())
            sizes.append(len(x))
    return np.average(measured, weights=sizes)


@train_epoch.accepts("log-softmax written out, a tensor comes back")
def _(model, batches, rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    model.train()
    used = [(x, y) for x, y in batches if len(y) != 1]
    total = 0
    for x, y in used:
        optimizer.zero_grad(set_to_none=False)
        logits = model(x)
        each = torch.logsumexp(logits, dim=1) - logits[torch.arange(len(y)), y]
        each.mean().backward()
        optimizer.step()
        total = total + each.sum().detach()
    return total / sum(len(y) for _, y in used)


@train_epoch.accepts("cleared before and after")
def _(model, batches, rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    optimizer.zero_grad()
    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        if len(x) == 1:
            continue
        loss = functional.nll_loss(functional.log_softmax(model(x), dim=1), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total, count = total + float(loss) * len(x), count + len(x)
    return total / count


# evaluate


def all_rows_at_once(model, batches):
    """The same from all rows in one batch, on a copy of the model."""
    import copy

    x, y = (torch.cat(parts) for parts in zip(*batches))
    with torch.no_grad():
        logits = copy.deepcopy(model).eval()(x)
    return (logits.argmax(1) == y).double().mean().item(), functional.cross_entropy(logits, y).item()


evaluate = Bank(
    training.evaluate,
    parts=[
        Part("accuracy and loss", 1, ("one batch of nine rows",)),
        Part("every row counts the same", 1, ("batches of 7, 2 and 4 rows", "batches of one row")),
        Part("in evaluation mode", 1, ("a model in training mode", "a model with dropout")),
        Part(
            "the model afterwards is as it came",
            1,
            (
                "the model afterwards, came in training mode",
                "training that goes on afterwards",
                "the model afterwards, came in evaluation mode",
                "a part in another mode than the rest",
            ),
        ),
    ],
    oracle=all_rows_at_once,
)
NOTE = "    was_training = [(part, part.training) for part in model.modules()]\n"
EVAL = "    model.eval()\n"
LOGITS = "logits = model(x)"
RIGHT = "right += (logits.argmax(dim=1) == y).sum().item()"
SUM = 'total += nn.functional.cross_entropy(logits, y, reduction="sum").item()'
ROWS = "count += len(x)"
RESTORE = "    for part, mode in was_training:\n        part.training = mode\n"
BOTH = "accuracy, loss = right / count, total / count"

evaluate.mistake(
    "evaluated_in_training_mode",
    (EVAL, "    model.train()\n"),
    cause="The model is evaluated in training mode: answers depend on the batch, and running statistics are written.",
    look="the mode before the first batch.",
)
evaluate.mistake(
    "mode_not_set",
    (EVAL, ""),
    cause="The parts of the model stay in the mode in which they came: in training mode, batch norm uses the "
    "statistics of the batch.",
    look="the mode before the first batch, and whether it reaches all parts.",
)
evaluate.mistake(
    "left_in_evaluation",
    (RESTORE, ""),
    cause="The model is left in evaluation mode (or its mode is noted only after it was switched): the training that "
    "goes on afterwards would use frozen statistics.",
    look="the mode after the last batch, and when the old one is noted.",
)
evaluate.mistake(
    "always_back_to_training",
    (RESTORE, "    model.train()\n"),
    cause="The model is always put into training mode afterwards, also one that came in evaluation mode.",
    look="the mode after the last batch, and the mode in which the model came.",
)
evaluate.mistake(
    "mode_inverted",
    (RESTORE, "    for part, mode in was_training:\n        part.training = not mode\n"),
    cause="The model is left in the opposite of the mode in which it came.",
    look="the value that is given back.",
)
evaluate.mistake(
    "only_the_outermost_mode_restored",
    (RESTORE, "    model.training = was_training[0][1]\n"),
    cause="Only the model's own flag is set back; batch norm and dropout inside it stay in evaluation mode.",
    look="which modules the mode is given back to.",
)
evaluate.mistake(
    "all_parts_get_the_models_own_mode",
    (NOTE, "    was_training = model.training\n"),
    (RESTORE, "    model.train(was_training)\n"),
    cause="All parts end up in one mode, the model's own; a part that was frozen in evaluation mode trains again.",
    look="what is noted before the switch, and which parts `train` reaches: each part came in a mode of its own.",
)
evaluate.mistake(
    "only_the_parts_restored",
    (NOTE, "    was_training = [(part, part.training) for part in model.children()]\n"),
    cause="The parts get their modes back, but the model itself, which holds a mode of its own, does not.",
    look="the list of modules whose modes are noted: is the outermost one in it?",
)
evaluate.mistake(
    "parameters_frozen",
    (EVAL, EVAL + "    model.requires_grad_(False)\n"),
    cause="The parameters' gradients are switched off for good; the training that goes on afterwards has none.",
    look="how the graph is avoided, and whether that ends with this function.",
)
evaluate.mistake(
    "only_batch_norm_switched",
    (
        EVAL,
        "    for part in model.modules():\n        part.training = part.training and 'Norm' not in str(type(part))\n",
    ),
    cause="Only batch norm is put into evaluation mode; dropout goes on dropping.",
    look="which parts are switched.",
)
evaluate.mistake(
    "accuracy_averaged_over_batches",
    (RIGHT, "right += (logits.argmax(dim=1) == y).double().mean().item()"),
    (SUM, "total += nn.functional.cross_entropy(logits, y).item()"),
    (BOTH, "accuracy, loss = right / len(batches), total / len(batches)"),
    cause="Means of the batches are averaged with equal weights: rows of small batches count more.",
    look="what is added for each batch, and what it is divided by.",
)
evaluate.mistake(
    "loss_averaged_over_batches",
    (SUM, "total += nn.functional.cross_entropy(logits, y).item()"),
    (BOTH, "accuracy, loss = right / count, total / len(batches)"),
    cause="The accuracy is right, but the batches' mean losses are averaged with equal weights.",
    look="the reduction of the loss, and what it is divided by.",
)
evaluate.mistake(
    "mean_losses_divided_by_rows",
    (SUM, "total += nn.functional.cross_entropy(logits, y).item()"),
    cause="The batches' mean losses are added, but divided by the number of rows.",
    look="the reduction of the loss.",
)
evaluate.mistake(
    "only_accuracy_averaged_over_batches",
    (RIGHT, "right += (logits.argmax(dim=1) == y).double().mean().item()"),
    (BOTH, "accuracy, loss = right / len(batches), total / count"),
    cause="The loss is right, but the batches' accuracies are averaged with equal weights.",
    look="what is added to the counter of right answers, and what it is divided by.",
)
evaluate.mistake(
    "number_of_right_answers",
    (BOTH, "accuracy, loss = right, total / count"),
    cause="The number of right answers is returned; the share is asked for.",
    look="the last line of your code.",
)
evaluate.mistake(
    "percent",
    (BOTH, "accuracy, loss = 100 * right / count, total / count"),
    cause="The accuracy is given in percent; a share from 0 to 1 is asked for.",
    look="the last line of your code.",
)
evaluate.mistake(
    "error_rate",
    (RIGHT, "right += (logits.argmax(dim=1) != y).sum().item()"),
    cause="The wrong answers are counted: this is the error rate.",
    look="the comparison with the classes.",
)
evaluate.mistake(
    "smallest_logit",
    (RIGHT, "right += (logits.argmin(dim=1) == y).sum().item()"),
    cause="The class with the smallest logit is taken.",
    look="how the predicted class is found.",
)
evaluate.mistake(
    "argmax_over_rows",
    (
        RIGHT,
        "best = torch.zeros(len(y), dtype=torch.long)\n"
        "            best[: logits.shape[1]] = logits.argmax(dim=0)[: len(y)]\n"
        "            right += (best == y).sum().item()",
    ),
    cause="The largest logit is looked for down the rows; each row has its own largest among the classes.",
    look="the dimension of argmax.",
)
evaluate.mistake(
    "sum_of_losses",
    (BOTH, "accuracy, loss = right / count, total"),
    cause="The sum of the losses is returned, not their mean.",
    look="the last line of your code.",
)
evaluate.mistake(
    "softmax_before_cross_entropy",
    (LOGITS, "logits = model(x).softmax(dim=1)"),
    cause="The softmax is applied twice: cross_entropy takes logits and has it built in. (The accuracy is right.)",
    look="what is given to cross_entropy.",
)
evaluate.mistake(
    "loss_and_accuracy_swapped",
    (BOTH, "loss, accuracy = right / count, total / count"),
    cause="Loss and accuracy have changed places.",
    look="the order of the two values.",
)
evaluate.mistake(
    "last_batch_only",
    (RIGHT, "right = (logits.argmax(dim=1) == y).sum().item()"),
    (SUM, 'total = nn.functional.cross_entropy(logits, y, reduction="sum").item()'),
    (ROWS, "count = len(x)"),
    cause="Only the last batch counts: the counters are set anew for each batch.",
    look="whether the counters add up over the batches.",
)
evaluate.mistake(
    "single_rows_skipped",
    (LOGITS, "if len(x) < 2:\n                continue\n            logits = model(x)"),
    cause="Batches of a single row are skipped, as in training; in evaluation they are welcome.",
    look="what happens to a batch of one row.",
)
evaluate.mistake(
    "number_of_batches_as_rows",
    (ROWS, "count += 1"),
    cause="Sums over rows are divided by the number of batches.",
    look="what is added to the counter of the rows.",
)
evaluate.mistake(
    "returns_accuracy_only",
    ("return accuracy, loss", "return accuracy"),
    cause="Only the accuracy is returned; accuracy and loss are asked for.",
    look="what stands after `return`.",
)
evaluate.mistake(
    "running_statistics_reset",
    (EVAL, EVAL + "    for part in model.modules():\n        getattr(part, 'reset_running_stats', int)()\n"),
    cause="The running statistics are reset before evaluation, so batch norm divides by 1 and subtracts 0.",
    look="what is called on the model before the first batch.",
)
evaluate.mistake(
    "cumulative_size_wrong",
    (ROWS, "count = len(batches) * len(batches[0][0])"),
    cause="The number of rows is taken as batches times the size of the first one; batches may differ.",
    look="how the rows are counted.",
)


@evaluate.accepts("the parts that were training are noted")
def _(model, batches):
    awake = [part for part in model.modules() if part.training]
    model.eval()
    with torch.inference_mode():
        outs = [(model(x), y) for x, y in batches]
    for part in awake:
        part.training = True
    rows = sum(len(y) for _, y in outs)
    right = sum(int((out.max(dim=1).indices == y).sum()) for out, y in outs)
    return right / rows, sum(float(functional.cross_entropy(out, y)) * len(y) for out, y in outs) / rows


@evaluate.accepts("a copy is evaluated")
def _(model, batches):
    return all_rows_at_once(model, batches)


@evaluate.accepts("try and finally, tensors come back")
@torch.no_grad()
def _(model, batches):
    modes = {part: part.training for part in model.modules()}
    model.train(False)
    try:
        logits = torch.cat([model(x) for x, _ in batches])
    finally:
        for part, mode in modes.items():
            part.train(mode)
    y = torch.cat([y for _, y in batches])
    log_p = logits.log_softmax(dim=1)
    return (log_p.argmax(1) == y).float().mean(dtype=torch.float64), -log_p.gather(1, y[:, None]).mean()


@evaluate.accepts("row after row in plain Python")
def _(model, batches):
    modes = {name: part.training for name, part in model.named_modules()}
    model.train(mode=False)
    right, losses = [], []
    for x, y in batches:
        for row, label in zip(x, y.tolist()):
            logits = model(row[None])[0].tolist()
            right.append(logits.index(max(logits)) == label)
            losses.append(float(np.log(sum(np.exp(np.array(logits) - logits[label])))))
    for name, mode in modes.items():
        model.get_submodule(name).training = mode
    return np.mean(right), sum(losses) / len(losses)


# interval


def torch_interval(scores):
    # Student's factors by their definition, from the density: no table
    x = torch.as_tensor(np.asarray(scores, dtype=np.float64))
    n, s = len(x), x.std(correction=1)
    half = _student(n - 1) * s / n**0.5
    return x.mean().item(), (x.mean() - half).item(), (x.mean() + half).item()


def _student(degrees):
    """The factor that 95 % of Student's distribution lie within, to the table's three decimals."""
    grid = np.linspace(0, np.pi / 2, 200_001)  # t = √ν tan u turns the density into a power of a cosine
    density = np.cos(grid) ** (degrees - 1)
    mass = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    return round(float(np.sqrt(degrees) * np.tan(np.interp(0.95, mass / mass[-1], grid))), 3)


interval = Bank(
    training.interval,
    parts=[
        Part("the interval of 2 to 10 scores", 1, ("three scores", "two, five and ten scores")),
        Part(
            "differences, equal scores, whole numbers",
            1,
            ("differences of both signs", "equal scores", "whole numbers"),
        ),
    ],
    oracle=torch_interval,
)
MEAN = "mean = np.mean(scores)"
HALF = "half = T95[n] * np.std(scores, ddof=1) / np.sqrt(n)"
ENDS = "low, high = mean - half, mean + half"

interval.mistake(
    "biased_spread",
    (HALF, "half = T95[n] * np.std(scores) / np.sqrt(n)"),
    cause="The standard deviation comes from the biased variance, divided by n: the interval is too narrow.",
    look="what the squared distances are divided by.",
)
interval.mistake(
    "not_divided_by_the_root_of_n",
    (HALF, "half = T95[n] * np.std(scores, ddof=1)"),
    cause="The spread of single scores is used; the spread of their mean is smaller by the root of n.",
    look="the third ingredient of the half width.",
)
interval.mistake(
    "divided_by_n",
    (HALF, "half = T95[n] * np.std(scores, ddof=1) / n"),
    cause="The spread is divided by n instead of its root.",
    look="how n enters the half width.",
)
interval.mistake(
    "divided_by_the_root_of_n_minus_1",
    (HALF, "half = T95[n] * np.std(scores, ddof=1) / np.sqrt(n - 1)"),
    cause="The unbiased spread is divided by the root of n − 1 once more: n − 1 enters twice.",
    look="how n enters the half width.",
)
interval.mistake(
    "variance_in_place_of_the_spread",
    (HALF, "half = T95[n] * np.var(scores, ddof=1) / np.sqrt(n)"),
    cause="The variance is used where its root, the standard deviation, belongs.",
    look="the units of the half width: are they those of the scores?",
)
interval.mistake(
    "standard_error_only",
    (HALF, "half = np.std(scores, ddof=1) / np.sqrt(n)"),
    cause="Student's factor is missing: this is the standard error, which misses the truth far more often than 5 %.",
    look="the first ingredient of the half width.",
)
interval.mistake(
    "normal_factor",
    (HALF, "half = 1.96 * np.std(scores, ddof=1) / np.sqrt(n)"),
    cause="The factor 1.96 is that of very many scores; for few of them the table's is larger.",
    look="the factor, and the table.",
)
interval.mistake(
    "two_standard_errors",
    (HALF, "half = 2 * np.std(scores, ddof=1) / np.sqrt(n)"),
    cause="The factor 2 is a rule of thumb for many scores; for few of them the table's is larger.",
    look="the factor, and the table.",
)
interval.mistake(
    "factor_of_one_score_more",
    (HALF, "half = T95[min(n + 1, 10)] * np.std(scores, ddof=1) / np.sqrt(n)"),
    cause="The factor is that of one score more.",
    look="the key with which the table is read.",
)
interval.mistake(
    "factor_of_one_score_less",
    (HALF, "half = T95[max(n - 1, 2)] * np.std(scores, ddof=1) / np.sqrt(n)"),
    cause="The factor is that of one score less: the table's keys are numbers of scores, not degrees of freedom.",
    look="the key with which the table is read.",
)
interval.mistake(
    "always_three_scores",
    (HALF, "half = T95[3] * np.std(scores, ddof=1) / np.sqrt(n)"),
    cause="The factor is always that of three scores.",
    look="the key with which the table is read.",
)
interval.mistake(
    "smallest_and_largest",
    (ENDS, "low, high = np.min(scores), np.max(scores)"),
    cause="The smallest and the largest score are returned; for three seeds the truth is outside one time in four.",
    look="the ends of the interval.",
)
interval.mistake(
    "median",
    (MEAN, "mean = np.median(scores)"),
    cause="The middle is the median; the mean is asked for.",
    look="the middle of the interval.",
)
interval.mistake(
    "half_the_width",
    (ENDS, "low, high = mean - half / 2, mean + half / 2"),
    cause="The half width is halved once more.",
    look="how far the ends are from the mean.",
)
interval.mistake(
    "ends_swapped",
    (ENDS, "low, high = mean + half, mean - half"),
    cause="The lower and the upper end have changed places.",
    look="the signs of the two ends.",
)
interval.mistake(
    "ends_relative_to_the_mean",
    (ENDS, "low, high = -half, half"),
    cause="The ends are given as distances from the mean; the ends themselves are asked for.",
    look="the ends of the interval.",
)
interval.mistake(
    "clipped_at_zero",
    (ENDS, "low, high = max(mean - half, 0), mean + half"),
    cause="The lower end is not allowed below 0; differences of scores may be negative.",
    look="what happens to a negative end.",
)
interval.mistake(
    "clipped_at_100",
    (ENDS, "low, high = mean - half, min(mean + half, 100)"),
    cause="The upper end is not allowed above 100; the interval is asked for as the formula gives it.",
    look="what happens to a large upper end.",
)
interval.mistake(
    "half_returned",
    ("return mean, low, high", "return mean, half, half"),
    cause="The half width is returned twice, in place of the two ends.",
    look="the line with `return`.",
)
interval.mistake(
    "mean_last",
    ("return mean, low, high", "return low, high, mean"),
    cause="The three numbers come in another order: the mean first, then the ends.",
    look="the line with `return`.",
)


@interval.accepts("plain Python")
def _(scores):
    t = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
    values = [float(score) for score in scores]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    half = t[len(values) - 2] * (variance / len(values)) ** 0.5
    return mean, mean - half, mean + half


@interval.accepts("one array")
def _(scores):
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
    n = np.size(scores)
    half = t[n] * np.sqrt(np.var(scores, ddof=1) / n)
    return scores.mean() + half * np.array([0, -1, 1])


@interval.accepts("biased spread divided by the root of n - 1")
def _(scores):
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
    half = t[len(scores)] * np.std(scores) / np.sqrt(len(scores) - 1)
    return scores.mean(), scores.mean() - half, scores.mean() + half


# sweep


def whole_table(run, arms, rates, tuning_seeds, reporting_seeds):
    """All tuning scores in one array first."""
    if len({*tuning_seeds, *reporting_seeds}) < len(set(tuning_seeds)) + len(set(reporting_seeds)):
        raise ValueError
    if len(np.unique(reporting_seeds)) <= 2:
        raise ValueError
    table = np.array([[[run(arm, rate, seed) for seed in tuning_seeds] for rate in rates] for arm in arms])
    mean = torch.as_tensor(table).mean(dim=2).nan_to_num(nan=-1e300).numpy()
    best = np.asarray(rates)[np.array([np.flatnonzero(row == row.max())[0] for row in mean])]
    at_edge = (best == np.min(rates)) | (best == np.max(rates))
    return (
        best,
        at_edge,
        np.array([[run(arm, rate, s) for s in reporting_seeds] for arm, rate in zip(arms, best)]),
    )


sweep = Bank(
    training.sweep,
    parts=[
        Part(
            "each arm tuned by itself, on other seeds",
            2,
            ("arms with best rates of their own", "seeds that matter much", "one arm, one tuning seed"),
        ),
        Part("runs that diverge", 1, ("runs that diverge",)),
        Part("edges and ties", 1, ("rates in no order", "equally good rates")),
        Part("what it refuses, and what not", 1, ("seeds in both lists", "fewer than three seeds to report")),
    ],
    oracle=whole_table,
)
OVERLAP = (
    "    if set(tuning_seeds) & set(reporting_seeds):\n"
    '        raise ValueError("tuning and reporting seeds must not overlap")\n'
)
FEW = (
    "    if len(set(reporting_seeds)) < 3:\n"
    '        raise ValueError("at least three different reporting seeds are needed")\n'
)
MEANS = "means = np.array([np.mean([run(arm, rate, seed) for seed in tuning_seeds]) for rate in rates])"
NANS = "        means[np.isnan(means)] = -np.inf\n"
CHOSEN = "chosen = rates[int(np.argmax(means))]"
BEST = "best.append(chosen)"
EDGE = "at_edge.append(chosen in (min(rates), max(rates)))"
SCORES = "scores.append([run(arm, chosen, seed) for seed in reporting_seeds])"
ALL = "return np.array(best), np.array(at_edge), np.array(scores)"

sweep.mistake(
    "tuned_on_the_reporting_seeds",
    (MEANS, "means = np.array([np.mean([run(arm, rate, s) for s in reporting_seeds]) for rate in rates])"),
    cause="The rate is chosen on the seeds that are reported: the reported scores were selected for being high.",
    look="the seeds over which the rates are compared.",
)
sweep.mistake(
    "tuned_on_all_seeds",
    (
        MEANS,
        "means = np.array([np.mean([run(arm, rate, s) for s in [*tuning_seeds, *reporting_seeds]]) for rate in rates])",
    ),
    cause="The reporting seeds take part in the choice of the rate: the reported scores were selected for being high.",
    look="the seeds over which the rates are compared.",
)
sweep.mistake(
    "one_rate_from_the_first_arm",
    (
        MEANS,
        "means = np.array([np.mean([run(arms[0], rate, seed) for seed in tuning_seeds]) for rate in rates])",
    ),
    cause="All arms get the rate that suits the first one.",
    look="the arm for which the rates are compared.",
)
sweep.mistake(
    "one_rate_for_all_arms",
    (
        MEANS,
        "means = np.array([np.mean([run(each, rate, s) for each in arms for s in tuning_seeds]) for rate in rates])",
    ),
    cause="All arms get the rate that is best on average over arms; each arm is to have its own.",
    look="the arms over which the rates are compared.",
)
sweep.mistake(
    "diverged_seeds_left_out",
    (
        MEANS,
        "means = np.array([np.nanmean([run(arm, rate, seed) for seed in tuning_seeds]) for rate in rates])",
    ),
    cause="Diverged runs are left out of the mean, so a rate that diverges half of the time can win.",
    look="what happens to a rate at which *some* run gave nan.",
)
sweep.mistake(
    "diverged_seeds_count_as_zero",
    (
        MEANS,
        "means = np.array([np.mean(np.nan_to_num([run(arm, rate, seed) for seed in tuning_seeds])) for rate in rates])",
    ),
    cause="Diverged runs count as 0 in the mean; where scores are negative, that is better than any real one.",
    look="what happens to a rate at which *some* run gave nan.",
)
sweep.mistake(
    "rate_before_the_best",
    (CHOSEN, "chosen = rates[int(np.argmax(means)) - 1]"),
    cause="The rate that stands before the best one is chosen.",
    look="the index with which the rate is taken.",
)
sweep.mistake(
    "best_single_score",
    (MEANS, "means = np.array([max([run(arm, rate, seed) for seed in tuning_seeds]) for rate in rates])"),
    cause="The rate with the highest single score wins: one lucky seed decides.",
    look="how the tuning scores of a rate become one number.",
)
sweep.mistake(
    "worst_single_score",
    (MEANS, "means = np.array([min([run(arm, rate, seed) for seed in tuning_seeds]) for rate in rates])"),
    cause="The rate whose worst score is highest wins; the mean is asked for.",
    look="how the tuning scores of a rate become one number.",
)
sweep.mistake(
    "median_of_the_scores",
    (
        MEANS,
        "means = np.array([np.median([run(arm, rate, seed) for seed in tuning_seeds]) for rate in rates])",
    ),
    cause="The tuning scores are judged by their median; the mean is asked for.",
    look="how the tuning scores of a rate become one number.",
)
sweep.mistake(
    "first_tuning_seed_only",
    (MEANS, "means = np.array([run(arm, rate, tuning_seeds[0]) for rate in rates])"),
    cause="Only the first tuning seed is used.",
    look="the seeds over which the rates are compared.",
)
sweep.mistake(
    "last_tuning_seed_only",
    (MEANS, "means = np.array([[run(arm, rate, seed) for seed in tuning_seeds][-1] for rate in rates])"),
    cause="Only the last tuning seed counts: each score replaces the one before.",
    look="how the tuning scores of a rate become one number.",
)
sweep.mistake(
    "lowest_score_wins",
    (CHOSEN, "chosen = rates[int(np.argmin(np.where(np.isinf(means), np.inf, means)))]"),
    cause="The rate with the lowest mean score is chosen; larger is better here.",
    look="the direction of the choice.",
)
sweep.mistake(
    "nan_wins",
    (NANS, ""),
    cause="A rate that diverged is chosen: np.argmax takes nan for the largest value.",
    look="what nan does to the choice.",
)
sweep.mistake(
    "best_score_starts_at_zero",
    (CHOSEN, "chosen = rates[int(np.argmax(np.maximum(means, 0)))]"),
    cause="A rate wins only with a score above 0, as if the best so far had started at 0; scores may all be negative.",
    look="what the first rate's score is compared with.",
)
sweep.mistake(
    "best_of_the_arms_before",
    code="""
def sweep(run, arms, rates, tuning_seeds, reporting_seeds):
    if set(tuning_seeds) & set(reporting_seeds) or len(set(reporting_seeds)) < 3:
        raise ValueError("check the seeds")
    best, at_edge, scores = [], [], []
    top, chosen = -np.inf, rates[0]
    for arm in arms:
        for rate in rates:
            mean = np.mean([run(arm, rate, seed) for seed in tuning_seeds])
            if mean > top:
                top, chosen = mean, rate
        best.append(chosen)
        at_edge.append(chosen in (min(rates), max(rates)))
        scores.append([run(arm, chosen, seed) for seed in reporting_seeds])
    return np.array(best), np.array(at_edge), np.array(scores)
""",
    cause="The best score so far is not set back for the next arm: an arm that is worse keeps an earlier arm's rate.",
    look="where the best score so far is set: once, or for each arm?",
)
sweep.mistake(
    "index_in_place_of_the_rate",
    (BEST, "best.append(int(np.argmax(means)))"),
    cause="The number of the best rate in the grid is returned, not the rate.",
    look="what is kept as `best`.",
)
sweep.mistake(
    "best_mean_in_place_of_the_rate",
    (BEST, "best.append(np.max(means))"),
    cause="The highest mean score is returned in place of the rate that gave it.",
    look="what is kept as `best`.",
)
sweep.mistake(
    "last_of_equal_rates",
    (CHOSEN, "chosen = rates[len(means) - 1 - int(np.argmax(means[::-1]))]"),
    cause="Of equally good rates the last one is chosen; the first is asked for.",
    look="what happens when two means are equal.",
)
sweep.mistake(
    "smallest_of_equal_rates",
    (CHOSEN, "chosen = min(rate for rate, mean in zip(rates, means) if mean == means.max())"),
    cause="Of equally good rates the smallest is chosen, for instance since the rates are sorted first; the one that "
    "stands first in the list is asked for.",
    look="what happens when two means are equal.",
)
sweep.mistake(
    "rates_sorted_for_the_choice_only",
    (CHOSEN, "chosen = sorted(rates)[int(np.argmax(means))]"),
    cause="The means belong to the rates as given, but the rate is taken from the sorted ones.",
    look="the list from which the rate is taken.",
)
sweep.mistake(
    "edge_by_position",
    (EDGE, "at_edge.append(chosen in (rates[0], rates[-1]))"),
    cause="The edges are taken to be the first and the last rate of the list; it need not be sorted.",
    look="which rates are compared with the chosen one.",
)
sweep.mistake(
    "only_the_upper_edge",
    (EDGE, "at_edge.append(chosen == max(rates))"),
    cause="Only the largest rate counts as an edge.",
    look="the other end of the grid.",
)
sweep.mistake(
    "only_the_lower_edge",
    (EDGE, "at_edge.append(chosen == min(rates))"),
    cause="Only the smallest rate counts as an edge.",
    look="the other end of the grid.",
)
sweep.mistake(
    "edge_inverted",
    (EDGE, "at_edge.append(chosen not in (min(rates), max(rates)))"),
    cause="True and False are exchanged in `at_edge`.",
    look="the comparison with the edges.",
)
sweep.mistake(
    "edge_of_the_arms_best_rates",
    (
        ALL,
        "at_edge = [rate in (min(best), max(best)) for rate in best]\n"
        "    return np.array(best), np.array(at_edge), np.array(scores)",
    ),
    cause="The best rates are compared with one another; the edges are those of the grid.",
    look="the numbers whose smallest and largest are taken.",
)
sweep.mistake(
    "tuning_scores_reported",
    (SCORES, "scores.append([run(arm, chosen, seed) for seed in tuning_seeds])"),
    cause="The scores of the tuning seeds are reported; they were selected for being high.",
    look="the seeds of the reported scores.",
)
sweep.mistake(
    "reported_at_the_first_rate",
    (SCORES, "scores.append([run(arm, rates[0], seed) for seed in reporting_seeds])"),
    cause="The reports are made at the first rate of the grid, not at the chosen one.",
    look="the rate of the reported runs.",
)
sweep.mistake(
    "reported_at_the_last_rate",
    (SCORES, "scores.append([run(arm, rates[-1], seed) for seed in reporting_seeds])"),
    cause="The reports are made at the last rate of the grid, not at the chosen one.",
    look="the rate of the reported runs: does a loop variable live on?",
)
sweep.mistake(
    "reported_at_the_first_arms_rate",
    (SCORES, "scores.append([run(arm, best[0], seed) for seed in reporting_seeds])"),
    cause="All arms are reported at the first arm's best rate.",
    look="the rate of the reported runs.",
)
sweep.mistake(
    "first_arm_reported_for_all",
    (SCORES, "scores.append([run(arms[0], chosen, seed) for seed in reporting_seeds])"),
    cause="All reports are runs of the first arm.",
    look="the arm of the reported runs.",
)
sweep.mistake(
    "scores_transposed",
    (ALL, "return np.array(best), np.array(at_edge), np.array(scores).T"),
    cause="The scores have one row per seed; one row per arm is asked for.",
    look="the shape of the last result.",
)
sweep.mistake(
    "mean_score_reported",
    (SCORES, "scores.append(np.mean([run(arm, chosen, seed) for seed in reporting_seeds]))"),
    cause="Only the mean of the reported scores is kept; without the single scores there is no interval.",
    look="the shape of the last result.",
)
sweep.mistake(
    "best_reported_score_only",
    (SCORES, "scores.append([max(run(arm, chosen, seed) for seed in reporting_seeds)])"),
    cause="Only the best of the reported scores is kept.",
    look="the shape of the last result.",
)
sweep.mistake(
    "scores_sorted",
    (SCORES, "scores.append(sorted(run(arm, chosen, seed) for seed in reporting_seeds))"),
    cause="The scores are sorted; then they no longer belong to their seeds, and no pairs can be compared.",
    look="the order of the reported scores.",
)
sweep.mistake(
    "overlap_not_refused",
    (OVERLAP, ""),
    cause="Seeds that stand in both lists are not refused.",
    look="the first of the two errors in the text.",
)
sweep.mistake(
    "only_equal_lists_refused",
    (
        OVERLAP,
        OVERLAP.replace("set(tuning_seeds) & set(reporting_seeds)", "list(tuning_seeds) == list(reporting_seeds)"),
    ),
    cause="Only identical lists are refused; a single common seed is enough.",
    look="the condition of the first error.",
)
sweep.mistake(
    "few_seeds_not_refused",
    (FEW, ""),
    cause="Fewer than three reporting seeds are not refused.",
    look="the second of the two errors in the text.",
)
sweep.mistake(
    "repeated_seeds_counted",
    (FEW, FEW.replace("len(set(reporting_seeds))", "len(reporting_seeds)")),
    cause="A seed that is repeated counts several times; its runs are the same, so they say nothing about the spread.",
    look="how the seeds are counted.",
)
sweep.mistake(
    "three_seeds_refused",
    (FEW, FEW.replace("< 3", "<= 3")),
    cause="Three reporting seeds are refused; three are enough.",
    look="the comparison in the second error.",
)
sweep.mistake(
    "tuning_seeds_counted",
    (FEW, FEW.replace("set(reporting_seeds)", "set(tuning_seeds)")),
    cause="The tuning seeds are counted; it is the reporting seeds that have to be three.",
    look="which list the second error is about.",
)
sweep.mistake(
    "asserts_in_place_of_errors",
    (OVERLAP, "    assert not set(tuning_seeds) & set(reporting_seeds)\n"),
    (FEW, "    assert len(set(reporting_seeds)) >= 3\n"),
    cause="The refusals are assertions, so they raise an AssertionError; a ValueError is asked for.",
    look="the type of the errors.",
)


@sweep.accepts("loops and a dictionary")
def _(run, arms, rates, tuning_seeds, reporting_seeds):
    if any(seed in reporting_seeds for seed in tuning_seeds):
        raise ValueError("a seed is in both lists")
    if len(dict.fromkeys(reporting_seeds)) < 3:
        raise ValueError("too few")
    best, edges, scores = [], [], []
    for arm in arms:
        top_rate, top = None, -np.inf
        for rate in rates:
            total, diverged = 0.0, False
            for seed in tuning_seeds:
                score = run(arm, rate, seed)
                diverged |= bool(np.isnan(score))
                total += score
            if not diverged and total / len(tuning_seeds) > top:
                top_rate, top = rate, total / len(tuning_seeds)
        best.append(top_rate)
        edges.append(sum(rate < top_rate for rate in rates) in (0, len(rates) - 1))
        scores.append([run(arm, top_rate, seed) for seed in reporting_seeds])
    return np.array(best), np.array(edges), np.array(scores)


@sweep.accepts("max with a key")
def _(run, arms, rates, tuning_seeds, reporting_seeds):
    if not set(tuning_seeds).isdisjoint(reporting_seeds) or len(set(reporting_seeds)) < 3:
        raise ValueError("check the seeds")

    def judged(arm, rate):
        mean = sum(float(run(arm, rate, seed)) for seed in tuning_seeds) / len(tuning_seeds)
        return mean if mean == mean else float("-inf")

    best = [max(rates, key=lambda rate, arm=arm: judged(arm, rate)) for arm in arms]
    edges = [not min(rates) < rate < max(rates) for rate in best]
    scores = [[run(arm, rate, seed) for seed in reporting_seeds] for arm, rate in zip(arms, best)]
    return np.array(best), np.array(edges, dtype=int), np.array(scores, dtype=np.float64)


@sweep.accepts("one large array with nanargmax")
def _(run, arms, rates, tuning_seeds, reporting_seeds):
    if set(tuning_seeds).intersection(reporting_seeds) or len(set(reporting_seeds)) < 3:
        raise ValueError("check the seeds")
    means = np.zeros((len(arms), len(rates)))
    for i, arm in enumerate(arms):
        for j, rate in enumerate(rates):
            means[i, j] = np.mean([run(arm, rate, seed) for seed in tuning_seeds])
    best = np.array(rates)[np.nanargmax(means, axis=1)]
    scores = np.array([[run(arm, float(rate), seed) for seed in reporting_seeds] for arm, rate in zip(arms, best)])
    return torch.tensor(best), np.isin(best, [min(rates), max(rates)]), torch.tensor(scores)


# dropout_variance_ratio


def two_point_ratio(mean, var, keep):
    """The exact variance of a mixture: 0 with probability 1 - keep, else x / keep. Law of total variance."""
    within = keep * np.asarray(var, dtype=np.float64) / keep**2
    between = keep * (1 - keep) * (np.asarray(mean, dtype=np.float64) / keep) ** 2
    return (within + between) / var


dropout_variance_ratio = Bank(
    training.dropout_variance_ratio,
    parts=[
        Part("columns of any mean", 1, ("columns of mean 0", "columns of other means")),
        Part("keep from 0.1 to 1, whole numbers", 1, ("keep from 0.1 to 1", "whole numbers")),
    ],
    oracle=two_point_ratio,
)
SQUARES = "in_training = (mean**2 + var) / keep - mean**2"
RATIO = "ratio = in_training / var"

dropout_variance_ratio.mistake(
    "mean_ignored",
    (SQUARES, "in_training = var / keep"),
    cause="The ratio is 1/keep for all columns: the squared mean is missing, or cancels. That holds for mean 0 only, "
    "since dropout also scatters the mean.",
    look="a column of mean 3: how much do its values jump when some become 0?",
)
dropout_variance_ratio.mistake(
    "squared_mean_not_subtracted",
    (SQUARES, "in_training = (mean**2 + var) / keep"),
    cause="This is the mean of the squares; for the variance the squared mean has to be subtracted.",
    look="the second term of the formula for training.",
)
dropout_variance_ratio.mistake(
    "mean_in_place_of_its_square",
    (SQUARES, "in_training = (mean + var) / keep - mean"),
    cause="The mean is added where its square belongs.",
    look="the power of the mean.",
)
dropout_variance_ratio.mistake(
    "subtracted_mean_scaled",
    (SQUARES, "in_training = (mean**2 + var) / keep - (mean / keep) ** 2"),
    cause="The mean in training is taken to be mean/keep; since some values are 0, it is still the mean.",
    look="the mean of a column behind dropout.",
)
dropout_variance_ratio.mistake(
    "divided_by_keep_squared",
    (SQUARES, "in_training = (mean**2 + var) / keep**2 - mean**2"),
    cause="The squares are divided by keep twice; but only a share `keep` of them is left, which takes one back.",
    look="the power of keep.",
)
dropout_variance_ratio.mistake(
    "multiplied_by_keep",
    (SQUARES, "in_training = (mean**2 + var) * keep - (keep * mean) ** 2"),
    cause="This is dropout without the division by keep: there the values of evaluation are scaled instead.",
    look="what happens to the values that are kept.",
)
dropout_variance_ratio.mistake(
    "squares_multiplied_by_keep",
    (SQUARES, "in_training = (mean**2 + var) * keep - mean**2"),
    cause="The mean of the squares is multiplied by keep, not divided by it.",
    look="which way keep acts on the squares.",
)
dropout_variance_ratio.mistake(
    "drop_probability",
    (SQUARES, "in_training = (mean**2 + var) / (1 - keep + 1e-12) - mean**2"),
    cause="The probability of dropping is used in place of that of keeping.",
    look="what `keep` stands for.",
)
dropout_variance_ratio.mistake(
    "upside_down",
    (RATIO, "ratio = var / in_training"),
    cause="The ratio is upside down: evaluation divided by training.",
    look="which variance is divided by which.",
)
dropout_variance_ratio.mistake(
    "not_divided",
    (RATIO, "ratio = in_training"),
    cause="This is the variance in training; it still has to be divided by that in evaluation.",
    look="the last step.",
)
dropout_variance_ratio.mistake(
    "root_of_the_ratio",
    (RATIO, "ratio = np.sqrt(in_training / var)"),
    cause="This is the ratio of the standard deviations; that of the variances is asked for.",
    look="the root.",
)
dropout_variance_ratio.mistake(
    "difference",
    (RATIO, "ratio = in_training - var"),
    cause="The difference of the two variances is returned, not their ratio.",
    look="the last step.",
)
dropout_variance_ratio.mistake(
    "mean_over_the_columns",
    (RATIO, "ratio = np.mean(in_training / var)"),
    cause="One number over all columns is returned; each column has its own ratio.",
    look="the shape of the result.",
)
dropout_variance_ratio.mistake(
    "ratio_of_sums",
    (RATIO, "ratio = in_training / var.sum()"),
    cause="Each variance in training is divided by the sum of all variances, not by its own column's.",
    look="what stands below the fraction.",
)
dropout_variance_ratio.mistake(
    "var_squared",
    (SQUARES, "in_training = (mean**2 + var**2) / keep - mean**2"),
    cause="The variance is squared; it is a square already.",
    look="the power of the variance.",
)


@dropout_variance_ratio.accepts("expanded")
def _(mean, var, keep):
    return 1 / keep + (1 - keep) / keep * mean * mean / var


@dropout_variance_ratio.accepts("column by column")
def _(mean, var, keep):
    out = np.empty(len(mean))
    for j, (c, v) in enumerate(zip(mean.tolist(), var.tolist())):
        out[j] = ((c * c + v) / keep - c * c) / v
    return out


@dropout_variance_ratio.accepts("law of total variance")
def _(mean, var, keep):
    return two_point_ratio(mean, var, keep)


@dropout_variance_ratio.accepts("torch")
def _(mean, var, keep):
    mean, var = torch.as_tensor(mean).double(), torch.as_tensor(var).double()
    return ((mean.square() + var) / keep - mean.square()) / var
