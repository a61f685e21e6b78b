# %% [markdown]
# # 06 · Training with batch norm
#
# You will train nets with batch norm, compare them fairly, and find out for each promise of batch norm when
# it holds, when it fails, and what it costs.
#
# **You will be able to** *build* a net without redundant parts; *train* and *evaluate* it in the right
# modes; *tune* each arm of a comparison by itself; *report* an interval; *judge* what batch norm is good
# for.
#
# **Needs** lessons 02, 03 and 05, and PyTorch's `Linear` and `Sequential`. **Time** 120 minutes, and 50
# seconds of computing on two cores. **Points** 28.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested.

# %% setup
import math
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from autograder.learner import checking, load_digits, needs, predict, quiz, score_so_far
from autograder.learner import split, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# A net with batch norm can be trained with larger learning rates and from worse initial weights. How much
# better it is depends on how fairly the other nets are treated: tuned by themselves, they come close. And
# there are places where batch norm loses: tiny batches, depth without shortcuts, dropout in front of it.
#
# ![Test accuracy against learning rate for three nets. Up to 0.03 batch and layer norm climb together, no
# norm a little below; no norm and layer norm peak between 0.1 and 0.3 and fall to 10 % at rate 3, batch norm
# stays at 97 %.](../../data/accuracy_by_rate.png)

# %% [markdown]
# ## 1 · Building the net
#
# A hidden layer is a `Linear`, a norm and an activation. The paper of 2015 puts batch norm *before* the
# activation; some put it *after* (section 8 compares). Two parts of such nets are often superfluous or
# harmful:
#
# - **A bias right before batch norm.** Batch norm subtracts each column's mean, and with it any constant
#   that was added to the column. The bias changes nothing and gets no gradient; beta does its work.
# - **Batch norm on the logits.** The last layer's output is the answer. With batch norm there, a row's
#   answer would depend on its companions once more, and all classes would start with the same spread.

# %% [markdown]
# Look at such a bias on the job: a net with batch norm behind a `Linear`, and one with layer norm. What
# gradient does the bias get?

# %%
x = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0], [2.0, 2.0]], dtype=torch.float64)
for norm in (nn.BatchNorm1d(3), nn.LayerNorm(3)):
    torch.manual_seed(0)
    linear = nn.Linear(2, 3).double()
    (norm.double()(linear(x)) ** 3).sum().backward()
    unused = bool(linear.bias.grad.abs().max() < 1e-9)
    print(f"{type(norm).__name__:<12} the bias has no gradient: {unused}")

# %% [markdown]
# Layer norm subtracts the mean over the features of a *row*. A bias shifts each feature by its own amount,
# and that survives. Likewise with batch norm *after* the activation: relu(z + bias) is not relu(z) + bias,
# so there the bias has work to do. Only a bias with batch norm *directly* behind it is redundant.

# %% [markdown]
# ### Exercise 1 · `make_mlp` (6 points)
#
# Return a flat `nn.Sequential`. `sizes` = (inputs, hidden widths …, outputs). For each hidden width:
# `nn.Linear`, then
#
# - `placement` `"before"`: the norm, then the activation; `"after"`: the activation, then the norm;
# - `norm` `"batch"`: `nn.BatchNorm1d`; `"layer"`: `nn.LayerNorm`; `"none"`: no norm layer at all;
# - `activation` `"relu"`: `nn.ReLU`; `"sigmoid"`: `nn.Sigmoid`.
#
# At the end one `nn.Linear` to the outputs, and nothing behind it. All `Linear` layers have a bias, except
# where batch norm follows directly. About ten lines.

# %% [markdown]
# **Tested:** the kinds of layers, how many linear layers and norms, which have a bias, and outputs in both
# modes after numbers of ours are loaded into yours (so the order counts); all norms and placements, both
# activations; up to three hidden layers; equal widths (each layer with numbers is a new one); `sizes` a tuple
# or a list; two sizes only, so no hidden layer. Initial weights and all options are left as torch makes them.


# %% exercise="make_mlp"
def make_mlp(sizes, norm, placement, activation):
    """Return a flat nn.Sequential: linear layers, with a norm and an activation behind each hidden one.

    Args:
        sizes: inputs, hidden widths, outputs; at least two numbers.
        norm: "batch", "layer" or "none".
        placement: of the norm, "before" or "after" the activation.
        activation: "relu" or "sigmoid".
    """
    layers = []
    for place in range(1, len(sizes) - 1):
        fan_in, width = sizes[place - 1], sizes[place]
        # Append the layers of one hidden width.
        ### BEGIN SOLUTION
        redundant = norm == "batch" and placement == "before"
        linear = nn.Linear(fan_in, width, bias=not redundant)
        act = nn.ReLU() if activation == "relu" else nn.Sigmoid()
        if norm == "none":
            layers += [linear, act]
        else:
            norm_layer = nn.BatchNorm1d(width) if norm == "batch" else nn.LayerNorm(width)
            layers += [linear, norm_layer, act] if placement == "before" else [linear, act, norm_layer]
        ### END SOLUTION
    # Append the last layer.
    ### BEGIN SOLUTION
    layers.append(nn.Linear(sizes[-2], sizes[-1]))
    ### END SOLUTION
    return nn.Sequential(*layers)


# %% check="make_mlp" points=1
with checking(make_mlp):
    net = make_mlp((4, 5, 3, 2), "batch", "before", "relu")
    assert isinstance(net, nn.Sequential), "a list of layers cannot be called yet; return an nn.Sequential of them."
    kinds = [type(layer).__name__ for layer in net]
    assert kinds.count("Linear") == 3, "from 4 to 5, from 5 to 3, and the last one from 3 to the 2 logits."
    assert kinds.count("BatchNorm1d") == 2, "one batch norm for each of the widths 5 and 3, none on the 2 logits."
    before = ["Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d", "ReLU", "Linear"]
    assert kinds == before, (
        "before: each norm stands between its Linear and its relu, and nothing behind the last Linear."
    )
    learned = sum(parameter.numel() for parameter in net.parameters())
    by_hand = "weights 4·5 + 5·3 + 3·2 = 41, gammas and betas 2·5 + 2·3 = 16, and 2 biases of the last layer."
    assert learned == 59, by_hand + f" That is 59; yours learns {learned} numbers."
    after = make_mlp((4, 5, 3, 2), "batch", "after", "relu")
    order = ["Linear", "ReLU", "BatchNorm1d", "Linear", "ReLU", "BatchNorm1d", "Linear"]
    assert [type(layer).__name__ for layer in after] == order, "after: each norm stands behind its relu."
    learned = sum(parameter.numel() for parameter in after.parameters())
    assert learned == 67, "with relu in between, both hidden layers keep their 5 + 3 biases: 59 + 8 = 67."
    plain = make_mlp((4, 5, 2), "none", "before", "sigmoid")
    assert [type(layer).__name__ for layer in plain] == ["Linear", "Sigmoid", "Linear"], (
        "no norm: none between the two."
    )
    assert net(torch.ones(2, 4)).shape == (2, 2), "two rows in, two rows of two logits out."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# One turn of the loop appends two or three layers. Three choices: which norm if any, which order, and
# whether the linear layer has a bias. The last gap is outside the loop.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `nn.Linear` takes `bias=True` or `bias=False`. Both norms take the width of what they normalize. Make
# every layer anew: an object appended twice is one layer.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# The bias is left out if the norm is batch *and* its place is before. Append linear, norm, activation or
# linear, activation, norm; for none only two. After the loop append a linear layer from the last but one
# size to the last.
# </details>

# %% hidden="make_mlp"
# %% [markdown]
# ## 2 · Training and evaluating
#
# Lesson 05 showed what a wrong mode does. In a program with several epochs the mode goes to and fro, and
# two slips are common. Training goes on in evaluation mode after the first evaluation, so that batch norm
# uses frozen statistics. Or a function that is only to *look* at a model leaves it in another mode: even in
# one mode for all parts, where somebody had frozen one of them on purpose.

# %% [markdown]
# ### Exercise 2 · `train_epoch` (5 points)
#
# Go once over the batches, with one step of gradient descent for each, and return the mean loss. The
# optimizer is given. About eight lines.
#
# - The model is put into training mode, and stays in it.
# - Loss: `nn.functional.cross_entropy` of the logits and the labels, as computed before the step.
# - A batch of a single row is skipped, and does not count: batch norm has no statistics for it. (In a
#   `DataLoader` `drop_last=True` avoids it; torch's layer would stop with an error at the end of the
#   epoch.)
# - The mean is over *rows*: a batch of 7 counts 7 times, one of 2 twice.

# %% [markdown]
# **Tested:** all weights, running statistics and modes afterwards, and the returned loss; one batch, equal
# and unequal batches, single rows among them; a model that comes in evaluation mode; gradients left over
# from earlier; rates from 0.01 to 1; two epochs in a row. The batches stay as they were.


# %% exercise="train_epoch"
def train_epoch(model, batches, rate):
    """Train on each batch once, by gradient descent on the cross-entropy.

    Args:
        model: maps x to logits; changed in place.
        batches: a list of pairs x, y: x of shape (n, D), y of shape (n,) with the classes.
        rate: the learning rate.

    Returns:
        loss: the mean loss of all rows that were used, a number.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    ### BEGIN SOLUTION
    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        if len(x) < 2:
            continue
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += len(x) * loss.item()
        count += len(x)
    mean_loss = total / count
    ### END SOLUTION
    return mean_loss


# %% check="train_epoch" points=1
with checking(train_epoch):
    model = nn.Linear(1, 2, bias=False).eval()
    model.weight.data.zero_()  # all logits 0: each class has probability 1/2
    single = torch.tensor([[100.0]]), torch.tensor([1])
    batch, zeros = [(torch.tensor(x), torch.tensor([0, 0])) for x in ([[4.0], [8.0]], [[0.0], [0.0]])]
    loss = train_epoch(model, [single, batch, zeros], rate=0.5)
    assert model.training, "after training the model is in training mode."
    assert np.isclose(torch.as_tensor(loss).detach(), np.log(2)), (
        "all logits are 0 before each step, so each of the four rows has loss ln 2; the single row is skipped."
    )
    told = "the gradient is the mean of x·(p - 1) = -4/2 and -8/2 for class 0, so -3, and 3 for class 1."
    told += " 0.5 · 3 = 1.5. The batch of zeros has gradient 0 and moves nothing."
    assert np.allclose(model.weight.detach()[:, 0], [1.5, -1.5]), told

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Before the loop: the mode, and two counters. In the loop: the single row, the loss, the three calls of
# every training step, the counters. After it: one division.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `zero_grad`, then `backward`, then `step`. `loss.item()` is a plain number without a graph; losses that
# keep their graph keep their batches in memory.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Switch to training. For each batch of at least two rows: the cross-entropy; clear the gradients; go
# backward; step; add the number of rows times the loss to one counter, the number of rows to the other. The
# mean loss is the first divided by the second.
# </details>

# %% hidden="train_epoch"
# %% [markdown]
# ### Exercise 3 · `evaluate` (5 points)
#
# Return accuracy (a share from 0 to 1) and mean loss over all rows. About ten lines.
#
# - It looks at the model in evaluation mode, all its parts, without a graph.
# - Afterwards each part is in the mode in which it came: a batch norm that was frozen in evaluation mode, in
#   a model that trains, is still frozen. Nothing else has changed.
# - Every row counts the same, in batches of any size; here a batch of one row is welcome.

# %% [markdown]
# **Tested:** both values; one batch, unequal batches, single rows; models that come in training mode, in
# evaluation mode, and with one part in the other mode; a model with dropout; modes, weights and running
# statistics afterwards, and that it can be trained on.


# %% exercise="evaluate"
def evaluate(model, batches):
    """Measure a model without changing it.

    Args:
        model: maps x to logits.
        batches: a list of pairs x, y: x of shape (n, D), y of shape (n,) with the classes.

    Returns:
        accuracy: the share of rows whose largest logit is that of their class.
        loss: the mean cross-entropy of all rows.
    """
    ### BEGIN SOLUTION
    was_training = [(part, part.training) for part in model.modules()]
    model.eval()
    right, total, count = 0, 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            logits = model(x)
            right += (logits.argmax(dim=1) == y).sum().item()
            total += nn.functional.cross_entropy(logits, y, reduction="sum").item()
            count += len(x)
    for part, mode in was_training:
        part.training = mode
    accuracy, loss = right / count, total / count
    ### END SOLUTION
    return accuracy, loss


# %% check="evaluate" points=1
with checking(evaluate):
    model = nn.Sequential(nn.Dropout(1.0), nn.Linear(1, 2, bias=False))  # in training mode this dropout leaves only 0
    model[1].weight.data.copy_(torch.tensor([[1.0], [0.0]]))  # logits x and 0
    batches = [
        (torch.tensor([[0.0]]), torch.tensor([1])),
        (torch.tensor([[9.0], [-9.0], [9.0]]), torch.tensor([0, 1, 0])),
    ]
    accuracy, loss = evaluate(model, batches)
    assert model.training, "the model came in training mode and leaves in training mode."
    assert model[0].training, "so does each part of it."
    assert np.isclose(accuracy, 3 / 4), (
        "row 0 has equal logits, so argmax says 0, which is wrong; the other three are right."
    )
    by_hand = "row 0 has loss ln 2, the others ln(1 + e⁻⁹); their sum divided by 4 rows."
    assert np.isclose(torch.as_tensor(loss).detach(), (np.log(2) + 3 * np.log1p(np.exp(-9))) / 4), by_hand
    model[0].eval()
    evaluate(model, batches)
    assert model.training and not model[0].training, (
        "only the dropout came in evaluation mode, so only it is left in it."
    )
    evaluate(model.eval(), batches)
    assert not model.training, "the model came in evaluation mode and leaves in it."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Note the modes and switch; count over the batches; give the modes back. What has to be counted so that
# unequal batches do not matter?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `model.modules()` lists the model and all its parts; each holds its mode in `training`. `argmax(dim=1)` is
# the predicted class. `cross_entropy` averages over a batch unless `reduction="sum"` is given.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Note each part's mode; switch to evaluation. Without gradients, for each batch: the logits; add the rows
# whose argmax is their class to one counter, the summed loss to another, the number of rows to a third. Set
# each part back. Divide the first two counters by the third.
# </details>

# %% hidden="evaluate"
# %% [markdown]
# ## 3 · A fair comparison
#
# "With batch norm 97 %, without 94 %" says little unless four questions have good answers:
#
# 1. **Was each arm tuned by itself?** One learning rate for all favours the arm that likes it.
# 2. **On which seeds was it tuned?** The best of many noisy scores is too good: it was partly luck. So tune
#    on some seeds and report on *others*.
# 3. **How many seeds?** One run says nothing about the spread; three are the least.
# 4. **Same start?** With equal seeds both arms see the same batches in the same order, and differences can
#    be taken pair by pair.

# %% [markdown]
# ### Exercise 4 · `interval` (3 points)
#
# From n scores of n seeds, return their mean and the 95 % interval for the mean of all seeds there could be:
#
# $$\text{mean} \pm t_n \cdot \frac{s}{\sqrt n}$$
#
# with s the standard deviation from the *unbiased* variance, and t_n Student's factor for n scores, given in
# the table `T95` (n − 1 degrees of freedom: 12.7 for 2 scores, 4.3 for 3, 2.3 for 10). About three lines.
#
# **Tested:** each number of scores from 2 to 10, as an array; of both signs; all equal; whole numbers.
# `scores` stays as it was.


# %% exercise="interval"
def interval(scores):
    """Return the mean of some scores and the ends of its 95 % interval.

    Args:
        scores: shape (n,), n from 2 to 10.

    Returns:
        mean, low, high: three numbers.
    """
    T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
    ### BEGIN SOLUTION
    n = len(scores)
    mean = np.mean(scores)
    half = T95[n] * np.std(scores, ddof=1) / np.sqrt(n)
    low, high = mean - half, mean + half
    ### END SOLUTION
    return mean, low, high


# %% check="interval" points=1
with checking(interval):
    mean, low, high = interval(np.array([0, 0, 0, 8]))
    assert np.isclose(mean, 2), "(0 + 0 + 0 + 8) / 4 = 2."
    by_hand = "the squared distances 4, 4, 4, 36 sum to 48; divided by 3 that is s² = 16, and s/√4 = 2."
    assert np.isclose(high - low, 2 * 3.182 * 2), by_hand + " Times 3.182 it is 6.364 to each side."
    assert np.isclose(low + high, 4), "the interval lies evenly around 2."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# One number for the middle, one for the half width. The half width has three ingredients: a factor from the
# table, the spread of the scores, the number of scores.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `np.std` divides by n unless `ddof` says otherwise. The table's keys are the number of scores itself.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# The half width is the table's factor for n, times the standard deviation with n minus one, divided by the
# root of n. Low is the mean minus it, high the mean plus it.
# </details>

# %% hidden="interval"
# %% [markdown]
# Does it do what it promises? The next cell draws 2000 experiments of three seeds each, from normal scores
# around 90 with spread 2, and counts how often the interval contains 90. Beside it, the popular "mean ±
# standard error".

# %%
with needs("interval"):
    rng = np.random.default_rng(0)
    inside, inside_error = 0, 0
    for scores in rng.normal(90, 2, size=(2000, 3)):
        mean, low, high = interval(scores)
        inside += low < 90 < high
        inside_error += abs(mean - 90) < scores.std(ddof=1) / np.sqrt(3)
    print(f"95 % interval of three seeds contains the truth: {inside / 2000:.0%}")
    print(f"mean ± standard error contains the truth:        {inside_error / 2000:.0%}")

# %% [markdown]
# With three seeds the bar that most plots show misses the truth nearly every other time. (Scores of real
# runs are not exactly normal, so take "95 %" as a good guide, not as a guarantee.)
#
# For two arms on the same seeds use `interval` on the *differences*: what a seed does to both arms drops out.

# %% [markdown]
# ### Exercise 5 · `sweep` (6 points)
#
# Tune every arm by itself, then measure it. `run(arm, rate, seed)` trains once and returns a score, larger
# is better, or nan if training diverged. Call it by position. For A arms and S reporting
# seeds, in the order given, return
#
# - `best`, shape (A,): each arm's rate with the highest *mean* score over the tuning seeds; of equal ones
#   the first in `rates`; a rate with a nan among its scores is out;
# - `at_edge`, shape (A,): True where `best` is the smallest or largest rate of the grid: not tuned yet, a
#   better rate may lie outside;
# - `scores`, shape (A, S): the scores at `best` on the reporting seeds.

# %% [markdown]
# Raise a `ValueError` if a seed stands in both lists, or if there are fewer than three *different*
# reporting seeds. About fifteen lines.
#
# **Tested:** one and six arms; arms with different best rates; seeds that matter much; a single tuning seed;
# rates that diverge for some seeds or all (never all rates); rates in no order; ties; both errors, and no
# error where all is well. Lists stay as they were; the results are arrays.


# %% exercise="sweep"
def sweep(run, arms, rates, tuning_seeds, reporting_seeds):
    """Find each arm's best rate on some seeds, and score it on others; refuse seeds that do not allow it.

    Args:
        run: a function of arm, rate and seed that returns a score, larger is better, or nan.
        arms, rates: A names; the grid of learning rates, all different, in any order.
        tuning_seeds, reporting_seeds: lists of whole numbers.

    Returns:
        best, at_edge: shape (A,), each arm's rate, and whether it is the smallest or largest of the grid.
        scores: shape (A, number of reporting seeds).
    """
    ### BEGIN SOLUTION
    if set(tuning_seeds) & set(reporting_seeds):
        raise ValueError("tuning and reporting seeds must not overlap")
    if len(set(reporting_seeds)) < 3:
        raise ValueError("at least three different reporting seeds are needed")
    best, at_edge, scores = [], [], []
    for arm in arms:
        means = np.array([np.mean([run(arm, rate, seed) for seed in tuning_seeds]) for rate in rates])
        means[np.isnan(means)] = -np.inf
        chosen = rates[int(np.argmax(means))]
        best.append(chosen)
        at_edge.append(chosen in (min(rates), max(rates)))
        scores.append([run(arm, chosen, seed) for seed in reporting_seeds])
    ### END SOLUTION
    return np.array(best), np.array(at_edge), np.array(scores)


# %% check="sweep" points=1
with checking(sweep):
    table = {"a": {1: [50, 90], 2: [80, 70], 4: [60, 60]}, "b": {1: [50, math.nan], 2: [10, 10], 4: [20, 22]}}
    told = []

    def run(arm, rate, seed):
        told.append((arm, rate, seed))
        return table[arm][rate][seed % 2]

    best, at_edge, scores = sweep(run, ["a", "b"], [1, 2, 4], [0, 1], [3, 5, 7])
    assert best[0] == 2, "arm a: the means over seeds 0 and 1 are 70, 75 and 60. The single score 90 does not count."
    assert best[1] == 4, "arm b: at rate 1 one run diverged, so it is out; of the means 10 and 21 the second is larger."
    assert at_edge.tolist() == [False, True], "of 1, 2, 4 the rate 2 is no edge, and 4 is the largest."
    by_hand = "arm a reports its odd seeds at rate 2: 70 each; arm b at rate 4: 22 each."
    assert scores.tolist() == [[70, 70, 70], [22, 22, 22]], by_hand
    assert set(told[-3:]) == {("b", 4, 3), ("b", 4, 5), ("b", 4, 7)}, "the last runs are arm b's reports."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# First the two refusals. Then one loop over arms; in it a mean for each rate, a choice, and the reports.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `set` and `&` find common seeds. A mean of scores with a nan is nan; `np.argmax` and `max` both stumble
# over it, so replace it by minus infinity. `min(rates)` and `max(rates)` are the edges, whatever the order.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# For each arm: for each rate, the mean of the runs over the tuning seeds, nan made minus infinity. Note the
# rate at the first largest mean; whether it equals the smallest or largest rate; and the runs at it over the
# reporting seeds.
# </details>

# %% hidden="sweep"
# %% [markdown]
# The tools of the experiments, on the digits. `start` gives every arm the *same* initial weights for a seed
# (He's or Xavier's, lesson 02); `train` drops the last batch of an epoch if it is not full. Why it must:
# with 64 rows a batch, 1347 digits leave a last batch of three rows. Its noisy statistics would enter the
# running ones with full weight, moments before the evaluation.


# %%
digits = load_digits()
x_train, x_test, y_train, y_test = map(torch.tensor, split(digits.x / 16, digits.y))
test_batches = [(x_test, y_test)]
HIDDEN = (64, 100, 100, 10)


def start(seed, norm, placement="before", activation="relu", sizes=HIDDEN, std=None):
    """A net whose weights depend on the seed only, not on the norm. `std`: of all weights, if not He's or Xavier's."""
    net, draw = make_mlp(sizes, norm, placement, activation).double(), torch.Generator().manual_seed(seed)
    for layer in net:
        if isinstance(layer, nn.Linear):
            spread = std or math.sqrt((2 if activation == "relu" else 1) / layer.in_features)
            layer.weight.data = spread * torch.randn(layer.weight.shape, generator=draw, dtype=torch.float64)
            if layer.bias is not None:
                layer.bias.data.zero_()
    return net


# %%
def batches_of(seed, size=64):
    """The training digits in an order of the seed's, in full batches."""
    order = torch.randperm(len(x_train), generator=torch.Generator().manual_seed(seed))
    return [(x_train[rows], y_train[rows]) for rows in order.split(size) if len(rows) == size]


def train(net, rate, seed, epochs=5):
    """Train and return the last mean loss; nan as soon as it is not finite."""
    for epoch in range(epochs):
        loss = train_epoch(net, batches_of(1000 * seed + epoch), rate)
        if not math.isfinite(loss):
            return math.nan
    return loss


def percent(net):
    """Test accuracy in percent."""
    return 100 * evaluate(net, test_batches)[0]


def told(scores):
    """Mean and 95 % interval of some scores, as text."""
    mean, low, high = interval(np.array(scores))
    return f"{mean:.0f} ({max(low, 0):.0f} to {min(high, 100):.0f})"


# %%
def draw_bands(places, tables, **axes):
    """For each name in a dict of tables (seeds, places) a line of means, with the range over the seeds."""
    for (name, table), style in zip(tables.items(), ("o-", "s--", "^-.")):
        plt.semilogx(places, table.mean(axis=0), style, label=name)
        plt.fill_between(places, table.min(axis=0), table.max(axis=0), alpha=0.2)
    plt.gca().set(**axes)
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


def draw_columns(scores, title, xlabel=""):
    """A column of dots, one for each seed, with their mean, for each name in a dict of scores."""
    for place, column in enumerate(scores.values()):
        plt.plot([place] * len(column), column, "C0o")
        plt.plot(place, np.mean(column), "k_", markersize=40)
    plt.gca().set(xlim=(-0.5, len(scores) - 0.5), ylabel="test accuracy, %", xlabel=xlabel, title=title)
    plt.xticks(range(len(scores)), scores)
    plt.show()


# %% [markdown]
# ## 4 · Learning rates
#
# "It enables the use of higher learning rates, leading to faster training", says an article, and two others
# agree. Three arms – no norm, batch norm, layer norm – with seven rates, each arm tuned by itself.

# %%
rate_guess = predict(
    "Batch norm against no norm, five epochs. How large is its lead at rate 3, and with each arm at its best rate?",
    {
        "a": "large at rate 3 (over 50 points), and as large at the best rates",
        "b": "large at rate 3 (over 50 points), below 15 points at the best rates",
        "c": "below 15 points both times",
        "d": "negative at the best rates",
    },
    choice="?",
)


# %%
arms, rates = ["none", "batch", "layer"], [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
tuning, reporting = [0, 1], [2, 3, 4]
known_scores = {}


def run(arm, rate, seed):
    """Percent right after five epochs, or nan. What was run once is remembered."""
    if (arm, rate, seed) not in known_scores:
        net = start(seed, arm)
        known_scores[arm, rate, seed] = percent(net) if math.isfinite(train(net, rate, seed)) else math.nan
    return known_scores[arm, rate, seed]


def draw_rates(best):
    tables = {
        f"{arm}, best at {chosen:g}": np.array([[run(arm, rate, seed) for rate in rates] for seed in tuning])
        for arm, chosen in zip(arms, best)
    }
    title = "Batch norm has the widest range of good rates"
    draw_bands(rates, tables, xlabel="learning rate", ylabel="test accuracy, %", ylim=(0, 102), title=title)


# %% experiment="rates" picture="accuracy_by_rate"
with needs("make_mlp", "train_epoch", "evaluate", "interval", "sweep"):
    best, at_edge, scores = sweep(run, arms, rates, tuning, reporting)
    draw_rates(best)
    for arm, rate, edge, row in zip(arms, best, at_edge, scores):
        note = "at the edge: extend the grid" if edge else "inside the grid"
        print(f"{arm:<5} best rate {rate:<4g} ({note}), {told(row)} %")
    at_three = interval(np.array([run("batch", 3.0, seed) - run("none", 3.0, seed) for seed in reporting]))
    at_best = interval(scores[1] - scores[0])
    outcome = "d" if at_best[0] < 0 else "c" if at_three[0] < 15 else "b" if at_best[0] < 15 else "a"
    measured = f"lead at rate 3: {at_three[0]:.0f} points; at the best rates {at_best[0]:.0f}"
    verdict(rate_guess, outcome, f"{measured}, interval {at_best[1]:.0f} to {at_best[2]:.0f}, three seeds.")

# %% [markdown]
# *The figure:* learning rate (0.003 to 3, logarithmic) against test accuracy after five epochs. Up to 0.03
# batch and layer norm climb together, from about 35 to 90 %, and no norm runs up to ten points below. No
# norm peaks near 91 % at 0.1 to 0.3 and falls to 10 % at 3; layer norm peaks at 96 % at 0.3 and falls as
# well; batch norm stays at 97 % from 0.3 to 3.

# %% [markdown]
# So "higher learning rates": **supported**. "Better": depends on how you compare. At rate 3 the lead is
# enormous, and mostly a statement about rate 3. With each arm at its own best rate a few points remain over
# no norm, and hardly any over layer norm.
#
# What about a small rate, at which nothing diverges? Five seeds:

# %%
with needs("make_mlp", "train_epoch", "evaluate", "interval", "sweep"):
    batch, none, layer = (np.array([run(arm, 0.01, seed) for seed in range(5)]) for arm in ("batch", "none", "layer"))
    for rival, their_scores in (("no norm", none), ("layer norm", layer)):
        _, low, high = interval(batch - their_scores)
        found = "ahead" if low > 0 else "behind" if high < 0 else "no difference found"
        print(f"rate 0.01, batch norm against {rival:<10}: {found}")

# %% [markdown]
# At the small rate *some* norm is faster than none, but batch norm shows no lead over layer norm. What sets it
# apart is the right half of the figure. [Bjorck et al. 2018](https://arxiv.org/abs/1806.02375)
# conclude from a ResNet: batch norm "primarily enables training with larger learning rates, which is the
# cause for faster convergence and better generalization".

# %% [markdown]
# ### The paper's own numbers
#
# [Ioffe and Szegedy 2015](https://arxiv.org/abs/1502.03167), figure 3, on ImageNet: Inception reached 72.2
# % after 31.0 million steps. With batch norm added and *nothing else changed*, the same accuracy took 13.3
# million. With five times the learning rate and other changes (no dropout, less weight decay, …; "BN-x5")
# it took 2.1 million, the "14 times fewer steps" of the abstract. So most of the famous factor comes from
# what batch norm *permits*.

# %% [markdown]
# ## 5 · Initial weights
#
# "Less sensitive to weight initialization" is the next promise. All weights of the net get the same
# standard deviation, from 0.001 to 10; at 0.1 it is near He's. The rate is 0.03 for all, one at which both
# arms are fine with He's weights.

# %%
init_guess = predict(
    "Weights of standard deviation 0.001, 0.01, 0.1, 1 and 10. Where is batch norm better by more than 5 points?",
    {
        "a": "for all five",
        "b": "for the small ones and for 10, but not for all: somewhere it is worse than no norm",
        "c": "only for 0.001 and 0.01",
        "d": "nowhere",
    },
    choice="?",
)


# %%
def trained_from(norm, std, seed):
    net = start(seed, norm, std=std)
    return percent(net) if math.isfinite(train(net, 0.03, seed)) else 10.0  # diverged: guessing


# %% experiment="initial_weights"
with needs("make_mlp", "train_epoch", "evaluate", "interval"):
    stds = [0.001, 0.01, 0.1, 1.0, 10.0]
    by_norm = {
        norm: np.array([[trained_from(norm, std, seed) for std in stds] for seed in range(3)])
        for norm in ("none", "batch")
    }  # Shape of a table: (3 seeds, 5 stds)
    draw_bands(
        stds,
        by_norm,
        xlabel="standard deviation of all initial weights",
        ylabel="test accuracy, %",
        ylim=(0, 102),
        title="Batch norm forgives tiny weights, and large ones only half",
    )
    leads = [interval(by_norm["batch"][:, k] - by_norm["none"][:, k]) for k in range(5)]
    for std, (mean, low, high) in zip(stds, leads):
        print(f"std {std:<5g}: batch norm minus no norm {mean:+.0f} points, interval {low:+.0f} to {high:+.0f}")
    better, worse = [mean > 5 for mean, _, _ in leads], any(high < 0 for _, _, high in leads)
    outcome = "a" if all(better) else "b" if worse and better[0] else "c" if better[0] else "d"
    measured = f"ahead by more than 5 points at {sum(better)} of 5; clearly behind somewhere: {worse}."
    verdict(init_guess, outcome, measured)

# %% [markdown]
# *The figure:* standard deviation of the initial weights (logarithmic) against test accuracy. No norm: a
# hill, 10 % at 0.001 and 0.01, 77 % at 0.1, 87 % at 1, 10 % at 10. Batch norm: 96 % for the two smallest,
# 93 % at 0.1, then a drop to 65 % at 1, where no norm is better, and 70 % at 10.

# %% [markdown]
# **Partly.** Tiny weights are harmless because batch norm divides by their size. Why are large ones not?
# The output does not depend on the weights' size, so the *gradient* shrinks as they grow, and a step of the
# same rate turns them less. With weights of 1 the hidden layers hardly learn. Section 10 makes this exact.
# %% [markdown]
# ## 6 · The sigmoid net of 2015
#
# The paper's first experiment: three hidden layers of 100 sigmoid units, here on our digits. Its picture
# shows one typical unit of the last hidden layer: the 15th, 50th and 85th percentile of what enters its
# sigmoid, over training. (There: MNIST, 50 000 steps of 60 images.)
#
# An arm is added that the paper does not have: no norm, but initial weights of 0.3 in place of Xavier's 0.1.

# %%
sigmoid_guess = predict(
    "3 × 100 sigmoid units, rate 1, 10 epochs. Which arms get beyond 80 %?",
    {
        "a": "batch norm only; nothing else can train such a net",
        "b": "all three",
        "c": "batch norm, and no norm with the larger weights",
        "d": "none",
    },
    choice="?",
)


# %%
def sigmoid_run(norm, std, seed, epochs=10):
    """Accuracy at the end, and by epoch the percentiles of what enters unit 0 of the last sigmoid layer."""
    net = start(seed, norm, activation="sigmoid", sizes=(64, 100, 100, 100, 10), std=std)
    percentiles = []
    for epoch in range(epochs):
        train_epoch(net, batches_of(1000 * seed + epoch), 1.0)
        with torch.no_grad():
            entering = net[:-2].eval()(x_test)[:, 0]  # all but the last sigmoid and the last Linear
        percentiles.append(np.percentile(entering.numpy(), [15, 50, 85]))
    return percent(net), np.array(percentiles)  # Shape: (epochs, 3)


def draw_percentiles(panels, runs):
    for panel, (name, made) in zip(panels, runs.items()):
        low, middle, high = made[0][1].T  # seed 0
        epochs = np.arange(1, len(low) + 1)
        panel.plot(epochs, middle, "o-", markersize=3)
        panel.fill_between(epochs, low, high, alpha=0.3)
        panel.set(title=name, xlabel="epoch", ylim=(-3.5, 3.5), xticks=[1, 5, 10])
    panels[0].set_ylabel("input of one sigmoid")


# %% experiment="sigmoid_net"
with needs("make_mlp", "train_epoch", "evaluate", "interval"):
    kinds = {"no norm": ("none", None), "no norm, weights 0.3": ("none", 0.3), "batch norm": ("batch", None)}
    runs = {name: [sigmoid_run(*kind, seed) for seed in range(3)] for name, kind in kinds.items()}
    figure, panels = plt.subplots(1, 3, figsize=(7, 2.8), sharey=True)
    figure.suptitle("A dead signal, a wide one, a normalized one", x=0.02, ha="left", size="medium")
    draw_percentiles(panels, runs)
    plt.show()
    reached = {name: np.array([score for score, _ in made]) for name, made in runs.items()}
    for name, scores in reached.items():
        print(f"{name:<21} {told(scores)} %")
    good = [scores.min() > 80 for scores in reached.values()]
    outcome = {(False, False, True): "a", (True, True, True): "b", (False, True, True): "c"}.get(tuple(good), "d")
    verdict(sigmoid_guess, outcome, f"all seeds beyond 80 %: {', '.join(n for n, g in zip(reached, good) if g)}.")

# %% [markdown]
# *The figure:* three panels, epoch (1 to 10) against the input of one sigmoid: its median with a band from
# the 15th to the 85th percentile over the test digits. Without a norm the band is a thin line that drifts:
# the unit gives nearly the same for all digits. With weights of 0.3 the band opens after some epochs, and
# moves. With batch norm it is wide from the first epoch on.

# %% [markdown]
# The paper shows pictures like the first and the third: with batch norm the distribution is more stable over
# training, and the net more accurate. That holds here. But a better size of the initial weights, three times
# Xavier's, does nearly as much: a sigmoid has slope 1/4 at 0, which Xavier's rule leaves out. Batch norm
# saves one from having to know that. It is not the only way.

# %% [markdown]
# ## 7 · Depth: does it prevent exploding gradients?
#
# "Prevents the vanishing or exploding gradient problem", says an article, and two others agree. Measure: 40 hidden
# relu layers of 100 units, He's weights, nothing trained. How fast does the squared norm of the gradient
# grow from layer to layer on the way back?
#
# [Yang et al. 2019](https://arxiv.org/abs/1902.08129) computed it for wide nets at the start of training.
# For relu and large batches it comes to a factor π/(π − 1) ≈ 1.467 per layer, whatever the weights' size.

# %%
depth_guess = predict(
    "Squared gradient, growth per layer on the way back, at the start of training, with batch norm and without?",
    {
        "a": "batch norm close to 1, no norm far from 1",
        "b": "both close to 1",
        "c": "batch norm close to 1.47, no norm close to 1",
        "d": "both close to 1.47",
    },
    choice="?",
)


# %%
def squared_gradients(norm, seed, depth=40):
    """By layer, the squared norm of the loss's derivative by the output of the linear layer."""
    net = start(seed, norm, sizes=(64, *[100] * depth, 10))
    [(x, y)] = batches_of(seed, size=256)[:1]
    outputs = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.Linear):
            x.retain_grad()
            outputs.append(x)
    nn.functional.cross_entropy(x, y).backward()
    return np.array([(out.grad**2).sum().item() for out in outputs[:-1]])


# %%
def draw_gradients(layers, squares):
    """Squared gradient by layer, relative to the last one; a table (seeds, layers) for each name."""
    for (norm, table), style in zip(squares.items(), ("o-", "s--")):
        relative = table / table[:, -1:]
        plt.semilogy(layers, np.median(relative, axis=0), style, markevery=4, label=norm)
        plt.fill_between(layers, relative.min(axis=0), relative.max(axis=0), alpha=0.2)
    plt.semilogy(layers, (np.pi / (np.pi - 1)) ** (40 - layers), "k:", label="π/(π − 1) per layer")
    plt.gca().set(xlabel="layer", ylabel="squared gradient, last = 1")
    plt.title("At the start batch norm makes gradients explode")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


# %% experiment="explosion"
with needs("make_mlp", "interval"):
    squares = {n: np.array([squared_gradients(n, seed) for seed in range(5)]) for n in ("none", "batch")}
    draw_gradients(np.arange(1, 41), squares)
    growth = {norm: (table[:, 4] / table[:, 34]) ** (1 / 30) for norm, table in squares.items()}
    for norm, factors in growth.items():
        mean, low, high = interval(factors)
        print(f"{norm:<5} grows by {mean:.2f} per layer, interval {low:.2f} to {high:.2f}")
    level = {norm: abs(factors.mean() - 1) < 0.08 for norm, factors in growth.items()}
    theory = abs(growth["batch"].mean() - np.pi / (np.pi - 1)) < 0.08
    outcome = "b" if level["batch"] and level["none"] else "c" if theory and level["none"] else "d"
    if level["batch"] and not level["none"]:
        outcome = "a"
    measured = f"batch norm {growth['batch'].mean():.2f}, no norm {growth['none'].mean():.2f}; theory 1.47."
    verdict(depth_guess, outcome, measured)

# %% [markdown]
# *The figure:* layer (1 to 40) against the squared gradient on a logarithmic scale, relative to the last
# hidden layer. No norm: a level line near 1. Batch norm: a straight line from 1 at layer 40 up to beyond a
# million at layer 1, right beside the dotted line of the theory.

# %% [markdown]
# **Refuted as stated, for the start of training:** here batch norm is the *cause* of the explosion. The way
# forward is steady; the way back is not. Where does π/(π − 1) come from? A unit z of mean 0, variance 1
# behind relu keeps half of the gradient (factor ½). Then comes the division by the standard deviation of
# the next linear layer's output, and relu(z) has variance ½ − 1/(2π): half over that is π/(π − 1).

# %% [markdown]
# Does it matter? Yang et al. also saw that after a single step of training the range of the gradients is far
# smaller. So train: 20 layers, two epochs, at a good rate and at a tiny one, batch norm against layer norm.


# %%
def percent_of_deep(norm, rate, seed):
    net = start(seed, norm, sizes=(64, *[50] * 20, 10))
    train(net, rate, seed, epochs=2)
    return percent(net)


# %%
with needs("make_mlp", "train_epoch", "evaluate"):
    for rate in (0.003, 0.1):
        batch, layer = (
            np.array([percent_of_deep(norm, rate, seed) for seed in range(3)]) for norm in ("batch", "layer")
        )
        print(f"20 layers, rate {rate}: batch norm is ahead in {sum(batch > layer)} of 3 seeds")

# %% [markdown]
# At rate 0.1 batch norm brings the net to about 55 %, and layer norm stays near 20 %. At 0.003 batch norm
# **loses**: layer norm has begun to learn, batch norm is hardly better than guessing. With skip connections the
# explosion goes away (lesson 07): that is how batch norm is used in nets of a hundred layers.

# %% [markdown]
# ## 8 · Before or after the activation?
#
# One article: "if Batch Normalization is applied after an activation function, it disrupts the scaling and
# shifting learned during training". Test it for relu and sigmoid at a small, a middle and a large rate.

# %%
place_guess = predict(
    "Batch norm before or after the activation, relu and sigmoid, rates 0.03, 0.3 and 3: six comparisons. Which wins?",
    {
        "a": "before, in all six",
        "b": "after, in all six",
        "c": "it depends: each wins at least one, clearly and by more than 5 points",
        "d": "no clear difference above 5 points anywhere",
    },
    choice="?",
)


# %%
def placed(placement, activation, rate, seed):
    net = start(seed, "batch", placement, activation, sizes=(64, 100, 100, 100, 10))
    return percent(net) if math.isfinite(train(net, rate, seed, epochs=3)) else 10.0


def draw_differences(differences, labels):
    """A column of dots for each comparison: circles for relu, squares for sigmoid."""
    plt.axhline(0, color="gray", linewidth=1)
    for place, seeds in enumerate(differences):
        plt.plot([place] * 3, seeds, "C0o" if place < 3 else "C1s", alpha=0.7)
    plt.gca().set(xlim=(-0.5, 5.5), xlabel="activation and learning rate", ylabel="after minus before, points")
    plt.xticks(range(6), labels, size="small")
    plt.title("Which place is better depends on rate and activation")
    plt.show()


# %% experiment="placement"
with needs("make_mlp", "train_epoch", "evaluate", "interval"):
    leads, labels, differences = [], [], []
    for activation in ("relu", "sigmoid"):
        for rate in (0.03, 0.3, 3.0):
            before, after = (np.array([placed(p, activation, rate, k) for k in range(3)]) for p in ("before", "after"))
            leads.append(interval(after - before))
            differences.append(after - before)
            labels.append(f"{activation} {rate:g}")
            mean, low, high = leads[-1]
            found = "after" if mean > 5 and low > 0 else "before" if mean < -5 and high < 0 else "neither"
            print(f"{activation:<7} rate {rate:<4g}: clearly ahead by more than 5 points: {found}")
    means, lows, highs = np.transpose(leads)
    draw_differences(differences, labels)
    after_wins, before_wins = ((means > 5) & (lows > 0)).any(), ((means < -5) & (highs < 0)).any()
    wins = bool(after_wins), bool(before_wins)
    outcome = {(True, True): "c", (True, False): "b", (False, True): "a"}.get(wins, "d")
    verdict(place_guess, outcome, f"after is clearly ahead somewhere: {wins[0]}, before is: {wins[1]}.")

# %% [markdown]
# *The figure:* six columns of three dots, one for each seed: accuracy after three epochs with batch norm
# after the activation minus before it. Relu: slightly above 0 at rate 0.03, at 0 for 0.3, scattered from 0
# to -80 at rate 3. Sigmoid: about +12 at 0.03, +1 at 0.3, and −79 at 3.

# %% [markdown]
# "Disrupts" is **refuted** as a law: gamma and beta follow the normalization in either place. For the
# sigmoid *after* is ahead at the small rate and useless at the large one. For relu at rate 3 three seeds
# decide nothing: some runs fail, and the interval says so. At a well-chosen rate it hardly matters.
# *Before* is the usual choice, and more robust here; it is not the only right place.

# %% [markdown]
# ## 9 · Dropout beside batch norm
#
# Dropout sets each value to 0 with probability 1 − keep and divides the others by keep; in evaluation it
# does nothing. The mean of a column is the same in both modes. The variance is not. For a column of mean c
# and variance v:
#
# $$\text{training: } \frac{c^2 + v}{\text{keep}} - c^2, \qquad \text{evaluation: } v$$
#
# since the mean of the squares is (c² + v)/keep after dropout. A batch norm behind it learns the running
# variance of training and is given the data of evaluation. [Li et al.
# 2018](https://arxiv.org/abs/1801.05134) call it *variance shift*.

# %% [markdown]
# ### Exercise 6 · `dropout_variance_ratio` (3 points)
#
# Return, for each column, its variance behind dropout in training divided by that in evaluation. About
# three lines.
#
# **Tested:** columns of mean 0, where it is 1/keep, and of other means; keep from 0.1 to 1; whole numbers.
# `mean` and `var` have shape (D,) and stay as they were; no variance is 0.


# %% exercise="dropout_variance_ratio"
def dropout_variance_ratio(mean, var, keep):
    """Return how many times larger a column's variance is behind dropout in training than in evaluation.

    Args:
        mean, var: shape (D,), of the columns before dropout.
        keep: the probability that a value is kept, above 0, at most 1.

    Returns:
        ratio: shape (D,).
    """
    ### BEGIN SOLUTION
    in_training = (mean**2 + var) / keep - mean**2
    ratio = in_training / var
    ### END SOLUTION
    return ratio


# %% check="dropout_variance_ratio" points=1
with checking(dropout_variance_ratio):
    ratio = dropout_variance_ratio(np.array([0, 3]), np.array([4, 1]), keep=0.25)
    assert np.shape(ratio) == (2,), "two columns have two ratios."
    assert np.isclose(ratio[0], 4), "mean 0: (0 + 4)/0.25 - 0 = 16 in training, 4 in evaluation, so 16/4 = 4."
    assert np.isclose(ratio[1], 31), "mean 3: (9 + 1)/0.25 - 9 = 31 in training, 1 in evaluation: the mean adds to it."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The two formulas stand above; c is `mean` and v is `var`.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# All operations act column by column. Mind which part is divided by keep: the mean of the squares, both its
# terms.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# The squared mean plus the variance, divided by keep, minus the squared mean; all of that divided by the
# variance.
# </details>

# %% hidden="dropout_variance_ratio"
# %% [markdown]
# Now the experiment: dropout with keep 0.2 in front of each batch norm, behind it, or nowhere. Each net is
# trained ten epochs and evaluated as usual; the first batch norm's running variance is compared with the
# variance of what enters it in evaluation.

# %%
dropout_guess = predict(
    "Dropout (keep 0.2) right before batch norm. Its running variance, over the variance that it meets in evaluation?",
    {
        "a": "1: dropout is off in evaluation, and the running variance knows that",
        "b": "about 5 = 1/keep",
        "c": "more than 5, since the columns' means are not 0",
        "d": "about 0.2 = keep",
    },
    choice="?",
)


# %%
def dropout_net(where, seed, keep=0.2):
    """Linear, relu, batch norm, with dropout before or behind each batch norm, or nowhere."""
    parts = []
    for layer in start(seed, "batch", "after"):
        with_dropout = isinstance(layer, nn.BatchNorm1d)
        parts += [nn.Dropout(1 - keep)] if with_dropout and where == "before" else []
        parts += [layer]
        parts += [nn.Dropout(1 - keep)] if with_dropout and where == "behind" else []
    return nn.Sequential(*parts)


# %%
def shift_of(net):
    """Running variance of the first batch norm over the variance it meets now, measured and by formula: medians."""
    with torch.no_grad():
        h = torch.relu(net[0](x_train)).numpy()
    mean, var = h.mean(axis=0), h.var(axis=0)
    norm = next(part for part in net if isinstance(part, nn.BatchNorm1d))
    alive = var > 1e-3  # a dead unit has no ratio
    measured = (
        norm.running_var.numpy()[alive] / var[alive],
        dropout_variance_ratio(mean[alive], var[alive], 0.2),
    )
    return [float(np.median(ratio)) for ratio in measured]


# %% experiment="variance_shift"
with needs("make_mlp", "train_epoch", "evaluate", "interval", "dropout_variance_ratio"):
    found, shifts = {}, {}
    for where in ("nowhere", "behind", "before"):
        found[where], shifts[where] = [], []
        for seed in range(3):
            torch.manual_seed(seed)  # of dropout's own random numbers
            net = dropout_net(where, seed)
            train(net, 0.1, seed, epochs=10)
            found[where].append(percent(net))
            shifts[where].append(shift_of(net))
        ratio, formula = np.mean(shifts[where], axis=0)
        told_formula = f", by the formula {formula:.0f}" if where == "before" else ""
        print(f"dropout {where:<8} running variance {ratio:.0f} times that of evaluation{told_formula}")
    worse = sum(before < behind < nowhere for nowhere, behind, before in zip(*found.values()))
    print(f"accuracy falls from nowhere to behind to before: in {worse} of 3 seeds")
    draw_columns(found, "Dropout right before batch norm costs most", "dropout, seen from batch norm")
    measured = np.mean(shifts["before"], axis=0)[0]
    outcome = "c" if measured > 5.5 else "b" if measured > 4.5 else "a" if measured > 0.7 else "d"
    verdict(dropout_guess, outcome, f"{measured:.0f} times, median over the units, mean of three seeds.")

# %% [markdown]
# *The figure:* dots for three seeds and a line for their mean. Test accuracy is near 97 % without dropout,
# 90 % with dropout behind batch norm, 78 % with dropout right before it.

# %% [markdown]
# Two effects are mixed here: strong dropout slows the training of so small a net anyway (column 2), and the
# variance shift comes on top (column 3). Batch norm "can sometimes be used as an alternative" to dropout, says
# an article; "in some cases eliminating the need for Dropout", says the paper. **Partly**: this net gains
# nothing from dropout. If you use both, put dropout behind the last batch norm, as Li et al. advise.

# %% [markdown]
# ## 10 · Weight decay is a learning rate
#
# The output of batch norm does not depend on the size of the weights before it: BN(aWx) = BN(Wx). So the
# loss is constant along the direction of W, and the gradient at aW is 1/a of that at W. A step of rate η
# turns the weights by an angle proportional to
#
# $$\text{effective rate} = \frac{\eta}{\lVert W\rVert^2}$$
#
# [van Laarhoven 2017](https://arxiv.org/abs/1706.05350) concluded: weight decay has no regularizing effect
# on such weights; it acts on their scale and thereby on the effective rate. Test both halves of it.

# %%
decay_guess = predict(
    "All hidden weights times 10. With which rate on them does training give the same losses, step by step?",
    {
        "a": "the same rate: the function is the same",
        "b": "10 times the rate",
        "c": "100 times the rate",
        "d": "1/10 of the rate",
    },
    choice="?",
)


# %%
def scaled_training(seed, scale=1.0, factor=1.0, decay=0.0, rate=0.1, epochs=3):
    """Losses and squared norms of the first weights by step. `factor` and `decay` act on the hidden weights only."""
    net = start(seed, "batch").train()
    hidden = [layer.weight for layer in net[:-1] if isinstance(layer, nn.Linear)]
    rest = [p for p in net.parameters() if not any(p is weight for weight in hidden)]
    for weight in hidden:
        weight.data *= scale
    groups = [{"params": hidden, "lr": rate * factor, "weight_decay": decay}, {"params": rest}]
    optimizer, losses, sizes = torch.optim.SGD(groups, lr=rate), [], []
    for x, y in (batch for epoch in range(epochs) for batch in batches_of(1000 * seed + epoch)):
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append((hidden[0] ** 2).sum().item())
    return np.array(losses), np.array(sizes)


# %% experiment="effective_rate"
with needs("make_mlp"):
    factors = {"a": 1, "b": 10, "c": 100, "d": 0.1}
    distance, plain = {}, [scaled_training(seed)[0] for seed in range(3)]
    for letter, factor in factors.items():
        scaled = [scaled_training(seed, 10, factor)[0] for seed in range(3)]
        distance[letter] = np.abs(np.array(plain) - scaled).max()
        close = "below 0.01" if distance[letter] < 0.01 else "above 0.1" if distance[letter] > 0.1 else "between"
        print(f"weights × 10, rate × {factor:<4}: largest difference of the losses in 63 steps, three seeds: {close}")
    for decay, style in ((0.0, "-"), (0.1, "--"), (0.3, "-.")):
        plt.semilogy(0.1 / scaled_training(0, decay=decay)[1], style, label=f"weight decay {decay:g}")
    plt.gca().set(xlabel="step", ylabel="effective rate η/‖W‖²")
    plt.title("Weight decay raises the effective rate")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    nearest = min(distance, key=distance.get)
    verdict(decay_guess, nearest, f"the losses are nearest with rate × {factors[nearest]}.")

# %% [markdown]
# *The figure:* step (0 to 63) against the effective rate of the first layer, logarithmic. Without decay the
# line is nearly level. (It falls a little: every step is at a right angle to W and makes it longer.) With
# decay 0.1 and 0.3 it rises, by a factor of about 3.5 and 40.

# %% [markdown]
# The other half: is decay *nothing but* a schedule? Train with decay 0.1. Then train without any, but set
# each hidden layer's rate at each step so that its effective rate is the one that decay would have had:
# η‖W‖²/((1 − ηλ)‖W_decay‖²).


# %%
def same_schedule(seed, decay=0.1, rate=0.1):
    """Losses with decay, with the schedule that imitates it, and with neither."""
    histories, losses = [], []
    for kind in ("decay", "schedule", "neither"):
        net, found, sizes = start(seed, "batch").train(), [], []
        hidden = [layer.weight for layer in net[:-1] if isinstance(layer, nn.Linear)]
        for t, (x, y) in enumerate(batch for epoch in range(3) for batch in batches_of(1000 * seed + epoch)):
            loss = nn.functional.cross_entropy(net(x), y)
            net.zero_grad()
            loss.backward()
            sizes.append([(weight**2).sum().item() for weight in hidden])
            with torch.no_grad():
                for parameter in net.parameters():
                    place = next((k for k, weight in enumerate(hidden) if weight is parameter), None)
                    if kind == "decay" and place is not None:
                        parameter *= 1 - rate * decay
                    scheduled = kind == "schedule" and place is not None
                    larger = sizes[t][place] / ((1 - rate * decay) * histories[0][t][place]) if scheduled else 1
                    parameter -= rate * larger * parameter.grad
            found.append(loss.item())
        histories.append(sizes)
        losses.append(found)
    return np.array(losses)  # Shape: (3 kinds, steps)


# %%
with needs("make_mlp"):
    for seed in range(3):
        with_decay, schedule, neither = same_schedule(seed)
        near, far = np.abs(with_decay - schedule).max() < 0.003, np.abs(with_decay - neither).max() > 0.03
        print(f"seed {seed}: the schedule gives decay's losses: {near}; training with neither differs: {far}")

# %% [markdown]
# So decay on weights before batch norm is a rate schedule in disguise: **supported**. (Decay on gamma, beta
# and the last layer acts as usual; many recipes exempt gamma and beta.) And section 5 is explained: weights
# of 1 in place of 0.1 mean 1/100 of the effective rate.

# %% [markdown]
# ## 11 · Is it the drift?
#
# The 2015 paper explains batch norm by "internal covariate shift": layers see inputs whose distribution
# moves, and batch norm holds it still. [Santurkar et al. 2018](https://arxiv.org/abs/1805.11604) tested it
# with *noisy* batch norm: behind each batch norm, noise whose mean and spread change at every step. If
# still inputs are what helps, that must undo the benefit. (Our noise is simpler than theirs: it moves a
# column as a whole.)
#
# Drift here: how far a column's mean moves from one step to the next, in units of its standard deviation,
# on the same 64 digits; the median over columns and steps.

# %%
drift_guess = predict(
    "Noisy batch norm, rate 0.3: its drift and its accuracy, compared with no norm?",
    {
        "a": "more drift, lower accuracy",
        "b": "more drift, higher accuracy all the same",
        "c": "less drift, higher accuracy",
        "d": "less drift, lower accuracy",
    },
    choice="?",
)


# %%
class Noise(nn.Module):
    """In training, rescale and shift every column by numbers that are drawn anew at each call."""

    def __init__(self, seed, strength=0.5):
        super().__init__()
        self.draw, self.strength = torch.Generator().manual_seed(seed), strength

    def forward(self, x):
        if not self.training:
            return x
        scale, shift = self.strength * torch.randn(2, x.shape[1], generator=self.draw, dtype=x.dtype)
        return (1 + scale) * x + shift


# %%
def drifting_run(arm, seed):
    """Percent right, and the drift of what enters the last relu."""
    net = start(seed, "none" if arm == "none" else "batch")
    if arm == "noisy batch":
        parts = [[layer, Noise(seed)] if isinstance(layer, nn.BatchNorm1d) else [layer] for layer in net]
        net = nn.Sequential(*(layer for part in parts for layer in part))
    fixed, means, spreads = batches_of(5)[0][0], [], []
    for batch in (batch for epoch in range(5) for batch in batches_of(1000 * seed + epoch)):
        train_epoch(net, [batch], 0.3)
        with torch.no_grad():
            entering = net[:-2](fixed)  # all but the last relu and the last Linear, in training mode
        means.append(entering.mean(dim=0))
        spreads.append(entering.std(dim=0))
    means, spreads = torch.stack(means), torch.stack(spreads)  # Shape: (steps, 100)
    return percent(net), ((means[1:] - means[:-1]).abs() / spreads[:-1]).median().item()


# %% experiment="noisy_batch_norm"
with needs("make_mlp", "train_epoch", "evaluate", "interval"):
    drifts = {arm: np.array([drifting_run(arm, seed) for seed in range(5)]) for arm in ("none", "batch", "noisy batch")}
    for (arm, table), marker in zip(drifts.items(), "os^"):  # Shape of a table: (5 seeds, 2)
        plt.plot(np.maximum(table[:, 1], 1e-3), table[:, 0], marker, markersize=8, label=arm)
        print(f"{arm:<12} drift {table[:, 1].mean():.2f}, accuracy {told(table[:, 0])} %")
    plt.gca().set(xscale="log", xlabel="drift, standard deviations per step", ylabel="test accuracy, %")
    plt.title("The most drift, and nearly the best accuracy")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    gain = interval(drifts["noisy batch"][:, 0] - drifts["none"][:, 0])
    more = drifts["noisy batch"][:, 1].min() > drifts["none"][:, 1].max()
    outcome = {(True, False): "a", (True, True): "b", (False, True): "c", (False, False): "d"}[more, gain[0] > 0]
    verdict(
        drift_guess,
        outcome,
        f"accuracy {gain[0]:+.0f} points, interval {gain[1]:+.0f} to {gain[2]:+.0f}, five seeds.",
    )

# %% [markdown]
# *The figure:* drift (logarithmic) against accuracy, five points for each arm. Batch norm: far left, no drift
# (0 is drawn at 0.001), 97 %. No norm: drift 0.15, 86 to 94 %. Noisy batch norm: far right, drift 0.5, about
# 96 %.

# %% [markdown]
# "It works because it reduces internal covariate shift": **refuted as the explanation.** It does hold the
# means still. But with three times the plain net's drift most of its gain is still there. (The noise does
# cost something: plain batch norm is better.)

# %% [markdown]
# ## 12 · Is it smoothness?
#
# "Smoother gradient flow", says an article. Santurkar et al. offer as the reason that batch norm makes the
# loss smoother, and show it in their figure 4: at a step of training, look ahead along the gradient at
# several lengths, and take the range of the losses found there. With batch norm it is smaller.
#
# Repeat it. Train with rate η; at every fourth step find the loss at ½, 1, 2 and 4 times η along the
# gradient, on the same batch. A third arm is batch norm once more, but where we look the hidden weights are
# multiplied by 0.1. That net gives the same answers (up to eps).

# %%
smooth_guess = predict(
    "Range of the loss at ½ to 4 times the rate: batch norm against no norm, at rate 0.01 and at rate 0.3?",
    {
        "a": "batch norm's is smaller at both rates",
        "b": "batch norm's is smaller at 0.3, larger at 0.01",
        "c": "batch norm's is smaller at 0.01, larger at 0.3",
        "d": "at one rate or both there is no clear difference",
    },
    choice="?",
)


# %%
def losses_ahead(net, x, y, rates, scale=1.0):
    """The loss here, and after a gradient step of each rate. `scale` multiplies the hidden weights first."""
    hidden = {f"{k}.weight" for k, layer in enumerate(net[:-1]) if isinstance(layer, nn.Linear)}
    here = {name: value.detach() * (scale if name in hidden else 1) for name, value in net.named_parameters()}

    def loss_at(point):
        return nn.functional.cross_entropy(torch.func.functional_call(net, point, x), y)

    slopes = torch.autograd.grad(loss_at({name: here[name].requires_grad_() for name in here}), [*here.values()])
    with torch.no_grad():
        ahead = ({name: here[name] - rate * slope for name, slope in zip(here, slopes)} for rate in (0, *rates))
        return [loss_at(point).item() for point in ahead]


# %%
def look_ahead(norm, rate, seed, scale=1.0):
    """Over two epochs, the median range of the loss, and how often it is lower at 4 times the rate than here."""
    net, found = start(seed, norm).train(), []
    for step, batch in enumerate(batch for epoch in range(2) for batch in batches_of(1000 * seed + epoch)):
        if step % 4 == 0:
            found.append(losses_ahead(net, *batch, [0.5 * rate, rate, 2 * rate, 4 * rate], scale))
        train_epoch(net, [batch], rate)
    found = np.array(found)  # Shape: (steps looked at, 5)
    return np.median(np.ptp(found[:, 1:], axis=1)), np.mean(found[:, 4] < found[:, 0])


# %% experiment="loss_along_the_gradient"
with needs("make_mlp", "train_epoch", "interval"):
    kinds = {"none": ("none", 1), "batch": ("batch", 1), "batch, W × 0.1": ("batch", 0.1)}
    steps, looked = [0.01, 0.03, 0.1, 0.3], {}
    for name, (norm, scale) in kinds.items():
        looked[name] = np.array([[look_ahead(norm, rate, seed, scale) for rate in steps] for seed in range(3)])
    ranges = {name: table[:, :, 0] for name, table in looked.items()}  # Shape of a table: (3 seeds, 4 rates)
    title = "Smoother for large steps, not for small ones"
    draw_bands(steps, ranges, xlabel="learning rate", ylabel="range of the loss", yscale="log", title=title)
    compared = {}
    for k, rate in enumerate(steps):
        _, low, high = interval(ranges["batch"][:, k] - ranges["none"][:, k])
        compared[rate] = "smaller" if high < 0 else "larger" if low > 0 else "no clear difference"
        print(f"rate {rate:<4g}: range with batch norm, against no norm: {compared[rate]}")
    for name, table in looked.items():
        falls = (table[:, :, 1] > 0.5).all(axis=0)  # Shape: (4 rates,)
        print(f"{name:<14} at 4 times the rate mostly lower than here: up to rate {np.max(np.array(steps)[falls]):g}")
    found = compared[0.01], compared[0.3]
    letters = {("smaller", "smaller"): "a", ("larger", "smaller"): "b", ("smaller", "larger"): "c"}
    rougher = sum(ranges["batch, W × 0.1"][:, 2] > 2 * ranges["none"][:, 2])
    measured = f"{found[0]} at 0.01, {found[1]} at 0.3; W × 0.1 more than doubles no norm's at 0.1: {rougher} of 3."
    verdict(smooth_guess, letters.get(found, "d"), measured)

# %% [markdown]
# *The figure:* learning rate (0.01 to 0.3) against the range of the loss along the gradient, both
# logarithmic. No norm climbs steeply, from 0.06 to 3. Batch norm stays between 0.13 and 0.27: above no norm
# at the small rates, far below it at 0.3. With weights × 0.1 it lies far above both at 0.01 and 0.1. (At
# 0.03 it dips: its four points happen to lie around the bottom of the valley, at equal heights.)

# %% [markdown]
# **Partly.** At rate 0.3 the claim holds, and by more than a factor of ten: without a norm the loss shoots
# up, with batch norm the gradient still points downhill at four times the rate. At 0.01 the range is
# *larger*, because the loss *falls* further. And the third arm, the same function, is many times rougher:
# its gradient is ten times larger (section 10).
#
# So smoothness in this sense belongs to a net *and the size of its weights*. The paper's theorem says so,
# too: its bound on the gradient has the factor γ²/σ², with σ the standard deviation that batch norm divides
# by.

# %% [markdown]
# What is it then? Facts: batch norm trains at rates at which other nets diverge, whatever the drift; and it
# makes a step's size relative to the weights. *Why* that helps as much as it does is still argued about.

# %% [markdown]
# ## 13 · Only gamma and beta
#
# How much can gamma and beta do alone? Freeze all weights at their random values and train only them, 1200
# numbers of this net's 113 410. [Frankle et al. 2021](https://arxiv.org/abs/2003.00152) did so with
# ResNets: up to 82 % on CIFAR-10, far more than with as many other parameters, chosen at random. Here the
# rivals are 1200 random weights, and the last layer alone (3010).

# %%
affine_guess = predict(
    "Only gamma and beta are trained, 6 epochs, rate 3, hidden layers of 300 random features. Test accuracy?",
    {
        "a": "below 50 %: random features are useless",
        "b": "50 to 85 %: better than nothing",
        "c": "above 85 %, and still less than the last layer alone",
        "d": "above 85 %, and no less than the last layer alone",
    },
    choice="?",
)


# %%
def partly_trained(what, seed):
    """Percent right when only a part of the net is trained."""
    net, draw = start(seed, "batch", sizes=(64, 300, 300, 10)), torch.Generator().manual_seed(seed)
    for parameter in net.parameters():
        parameter.requires_grad_(what in ("everything", "random weights"))
    if what == "gamma and beta":
        [p.requires_grad_() for part in net if isinstance(part, nn.BatchNorm1d) for p in part.parameters()]
    if what == "last layer":
        net[-1].requires_grad_()
    if what == "random weights":
        weights = [p for p in net.parameters() if p.ndim == 2]
        share = 1200 / sum(p.numel() for p in weights)
        for p in net.parameters():
            chosen = torch.rand(p.shape, generator=draw) < share if p.ndim == 2 else torch.zeros(p.shape)
            p.register_hook(lambda grad, chosen=chosen: grad * chosen)
    train(net, 3.0, seed, epochs=6)
    return percent(net)


# %% experiment="only_gamma_and_beta"
with needs("make_mlp", "train_epoch", "evaluate", "interval"):
    parts = {"gamma and beta": 1200, "random weights": 1200, "last layer": 3010, "everything": 113410}
    partly = {what: np.array([partly_trained(what, seed) for seed in range(3)]) for what in parts}
    for what, scores in partly.items():
        print(f"{what:<15} {told(scores)} %")
    by_size = {f"{what}\n{parts[what]} numbers": scores for what, scores in partly.items()}
    draw_columns(by_size, "Gamma and beta alone sort random features quite well", "what is trained")
    alone, others, last, _ = (scores.mean() for scores in partly.values())
    outcome = "a" if alone < 50 else "b" if alone < 85 else "c" if alone < last else "d"
    _, low, high = interval(partly["gamma and beta"] - partly["random weights"])
    clear = "open" if low < 0 < high else "clear"
    print(f"gamma and beta minus random weights: {low:+.0f} to {high:+.0f} points, so {clear}")
    measured = f"gamma and beta {alone:.0f} %, random weights {others:.0f} %, last layer {last:.0f} %."
    verdict(affine_guess, outcome, measured)

# %% [markdown]
# *The figure:* four columns of three dots with their means: gamma and beta 91 %, 1200 random weights 89 %,
# the last layer alone and everything near 97 %.

# %% [markdown]
# Impressive, and on this easy task no miracle: the last layer alone, on frozen random features, is better
# still, and the lead over 1200 random weights is within the noise of three seeds. What it does show: gamma
# and beta are no mere repair of the normalization. relu(γ x̂ + β) can switch a random feature off, and that
# selects: in the paper's nets about a third of the features ended up disabled.

# %% [markdown]
# ## 14 · A batch of two
#
# With two rows the normalized column is +1 and −1 or nearly so, whatever the numbers were (lesson 03). Use
# your `sweep` for the three arms once more, with batches of two and 250 steps.

# %%
two_guess = predict(
    "Batches of two rows, each arm tuned by itself. Batch norm against no norm?",
    {
        "a": "batch norm leads by more than 5 points",
        "b": "within 5 points",
        "c": "batch norm is 5 to 15 points behind",
        "d": "batch norm is more than 15 points behind",
    },
    choice="?",
)


# %%
def run_in_twos(arm, rate, seed):
    net = start(seed, arm)
    return percent(net) if math.isfinite(train_epoch(net, batches_of(seed, size=2)[:250], rate)) else math.nan


# %% experiment="batch_of_two"
with needs("make_mlp", "train_epoch", "evaluate", "interval", "sweep"):
    best_two, edge_two, scores_two = sweep(run_in_twos, arms, [0.01, 0.03, 0.1, 0.3], [0], [1, 2, 3])
    draw_columns(dict(zip(arms, scores_two)), "With batches of two batch norm loses", "norm")
    for arm, edge, row in zip(arms, edge_two, scores_two):
        print(f"{arm:<5} tuned inside the grid: {not edge}, beyond 75 % in {sum(row > 75)} of 3 seeds")
    mean = interval(scores_two[1] - scores_two[0])[0]
    outcome = "a" if mean > 5 else "b" if mean > -5 else "c" if mean > -15 else "d"
    behind = sum(scores_two[1] < scores_two[0] - 10)
    verdict(two_guess, outcome, f"more than 10 points behind in {behind} of 3 seeds.")

# %% [markdown]
# *The figure:* three dots and their mean for each arm. No norm stands near 85 %, layer norm near 87 %,
# batch norm between 30 and 65 %.

# %% [markdown]
# Here batch norm **loses**, and no rate of the grid saves it. Lesson 08 draws accuracy against batch size for
# it and its alternatives.

# %% [markdown]
# ## 15 · What it costs
#
# For the backward pass autograd keeps tensors: batch norm its input, relu its output, linear layers their
# input. PyTorch lets one watch: `saved_tensors_hooks` calls a function for each kept tensor. Count the
# numbers per row, each tensor once, without parameters and the data.


# %%
def kept_per_row(norm, rows):
    """How many numbers autograd keeps for a row of the batch, parameters and inputs not counted."""
    net, x, y, kept = start(0, norm), x_train[:rows], y_train[:rows], {}
    own = {tensor.data_ptr() for tensor in (*net.parameters(), *net.buffers(), x, y)}

    def note(tensor):
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = nn.functional.cross_entropy(net(x), y)
        return sum(tensor.numel() for tensor in kept.values()) / rows, loss


# %%
with needs("make_mlp"):
    for norm in ("none", "batch", "layer"):
        net = start(0, norm)
        learned, stored = (sum(t.numel() for t in found) for found in (net.parameters(), net.buffers()))
        kept = round(kept_per_row(norm, 512)[0], -1)
        print(f"{norm:<5} learns {learned} numbers, stores {stored} more, keeps about {kept:.0f} per row for backward")

# %% [markdown]
# Parameters hardly count. The *activations* do: about twice as many are kept, 200 more per row for 200
# hidden units. (A fused layer that recomputes can avoid most of it; in evaluation without a graph nothing
# is kept.) And time? It depends on the machine, so it is drawn, relative to no norm.


# %%
def seconds(work, repeats=60):
    """Processor time of a call: the shortest of many, so that other programs disturb least."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def costs(norm, rows=256):
    """Time of a training step and of a prediction."""
    net, x, y = start(0, norm), x_train[:rows], y_train[:rows]

    def predict_once():
        with torch.no_grad():
            net(x)

    step = seconds(lambda: nn.functional.cross_entropy(net.train()(x), y).backward())
    net.eval()
    return step, seconds(predict_once)


# %% experiment="costs"
with needs("make_mlp"):
    measured = np.array([costs(norm) for norm in ("none", "batch", "layer")])  # Shape: (3 arms, 2)
    for place, (norm, ratio, hatch) in enumerate(
        zip(("none", "batch", "layer"), measured / measured[0], ("", "//", ".."))
    ):
        plt.bar(np.arange(2) + 0.27 * (place - 1), ratio, 0.27, hatch=hatch, edgecolor="white", label=norm)
    plt.gca().set(xticks=range(2), ylabel="time, no norm = 1")
    plt.xticks(range(2), ["forward and backward", "prediction"])
    plt.title("A norm costs time in training and, unless folded, in use")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()

# %% [markdown]
# *The figure:* three bars each for a training step and a prediction of 256 rows, relative to the net
# without a norm. On most machines the norms add some ten percent up to a half and more; the smaller the
# layers, the larger the share. Batch norm's part in prediction goes to zero when it is folded (lesson 05);
# layer norm's does not.

# %% [markdown]
# ## 16 · What the articles say
#
# | an article says | you found |
# |---|---|
# | faster convergence, higher learning rates | supported: a wider range (4); each tuned, a few points |
# | less sensitive to initialization | partly: tiny weights yes, large ones half (5) |
# | prevents vanishing or exploding gradients | refuted at the start: growth by 1.47 a layer (7) |
# | place it before, after "disrupts" | depends on rate and activation (8) |
# | an alternative to dropout | partly; right before it is the worst place (9) |

# %% [markdown]
# | an article says | you found |
# |---|---|
# | reduces internal covariate shift | true, and refuted as the explanation (11) |
# | smoother gradient flow | for large steps; depends on the weights' size (12) |
# | small batches are a problem | supported at two rows (14) |
# | implicit regularization | not shown by any curve here: speed is not it; the noise hurts at two rows (14) |
# | extra computation and memory | supported, measured (15) |

# %% [markdown]
# ## Going deeper
#
# <details><summary>Why the bias before batch norm gets no gradient</summary>
#
# The gradient of a bias is the sum of the gradients that reach its column. Lesson 04: what comes back
# through batch norm sums to zero in every column, since adding a constant to a column changes nothing. So
# the bias never moves (weight decay aside), but costs memory and an optimizer's state.
# </details>

# %% [markdown]
# <details><summary>The gradient at aW, and the effective rate</summary>
#
# Let f(aW) = f(W) for all a > 0. Differentiate by W: a f′(aW) = f′(W). So f′(aW) = f′(W)/a. Differentiate
# by a at 1: the inner product of W and f′(W) is 0. A step −η f′ is at a right angle to W, makes it longer,
# and turns it by about η‖f′(W)‖/‖W‖, which for W = ‖W‖ · U is η‖f′(U)‖/‖W‖².
# </details>

# %% [markdown]
# <details><summary>Dropout further away from batch norm</summary>
#
# If a linear layer lies in between, z = Σ w_j h_j, the masks are independent, and the variance in training
# is Var(z) + (1/keep − 1) Σ w_j² E[h_j²]. The shift is weaker where Var(z) is large. Li et al. explain with
# the large feature dimension, which reduces the shift, why dropout does help in Wide ResNet.
# </details>

# %% [markdown]
# <details><summary>Same seeds, and what they share</summary>
#
# Equal seeds give equal initial weights and equal batches. At large rates runs still part after some steps,
# because training amplifies small differences. Pairing then helps less, but never harms. If the interval of
# the differences contains 0, say "no difference found", not "no difference".
# </details>
#
# <details><summary>Is it a regularizer?</summary>
#
# A row's output depends on who else is in the batch, and that is noise. Whether the noise helps on new data
# is a question about the gap between training and test accuracy at equal training loss, with weight decay
# and rate tuned for both arms. A curve that falls faster says nothing about it.
# </details>

# %% [markdown]
# ## Check yourself

# %% quiz="redundant_bias"
{
    "question": "Which of these Linear layers has a bias that changes nothing?",
    "choices": {
        "a": ("Linear, then relu, then batch norm", "The relu lies between: relu(z + b) is not relu(z) + b."),
        "b": ("Linear, then layer norm", "Layer norm subtracts the mean of a row, not of a column."),
        "c": ("the last Linear, behind a batch norm", "No norm follows it; its bias shifts the logits."),
        "d": (
            "Linear, then batch norm, then relu",
            "Batch norm subtracts the column's mean, bias and all; beta does its work.",
        ),
    },
    "right": "d",
}

# %% quiz="fair_comparison"
{
    "question": "A post: 'At rate 1 batch norm has 98 %, the plain net 81 %. So batch norm is 17 points better.' What is missing first?",
    "choices": {
        "a": (
            "The plain net at its own best rate.",
            "At rate 1 the plain net is past its range; tuned by itself it has about 92 %.",
        ),
        "b": ("More epochs.", "Perhaps, but they do not make rate 1 a good one for the plain net."),
        "c": ("A larger test set.", "17 points are far beyond the noise of 450 digits."),
        "d": (
            "The training accuracy.",
            "It would be interesting, but both arms would still be compared at one arm's rate.",
        ),
    },
    "right": "a",
}

# %% quiz="which_seeds"
{
    "question": "Why does sweep report on other seeds than it tunes on?",
    "choices": {
        "a": ("So that more runs are averaged.", "The same number of runs could be had with equal seeds."),
        "b": (
            "So that both arms get the same initial weights.",
            "They do with any seeds, as long as both arms use the same.",
        ),
        "c": (
            "Because the highest of several noisy means is too high on average.",
            "It was chosen for being high. New seeds have not been chosen.",
        ),
        "d": ("Because a net must not see a seed twice.", "Nothing is carried from one run to the next."),
    },
    "right": "c",
}

# %% quiz="left_in_eval"
{
    "question": "After the first evaluation, training goes on but the running statistics no longer change. Why?",
    "choices": {
        "a": ("The learning rate is too small.", "Running statistics follow the batches at any rate."),
        "b": (
            "The evaluation left the model in evaluation mode.",
            "Batch norm then uses the frozen statistics in training, too, and updates nothing.",
        ),
        "c": (
            "torch.no_grad() is still active.",
            "It ends with its block; and then no weight would move either.",
        ),
        "d": ("The momentum is 0.1.", "That is the usual value; statistics move with it."),
    },
    "right": "b",
}

# %% quiz="explosion"
{
    "question": "At the start of training, in a relu net of 40 layers with batch norm, the squared gradient …",
    "choices": {
        "a": (
            "is about the same in all layers, since all activations are normalized.",
            "The way forward is; on the way back each layer multiplies.",
        ),
        "b": (
            "vanishes towards the first layer.",
            "It grows: half passes relu, and the division by the spread more than doubles it.",
        ),
        "c": (
            "grows with the size of the weights.",
            "Batch norm takes their size out: the factor is the same for all.",
        ),
        "d": (
            "is about 1.47 times larger in each layer nearer to the input.",
            "That is π/(π − 1), over a million in 39 layers.",
        ),
    },
    "right": "d",
}

# %% quiz="decay"
{
    "question": "Weight decay on the weights before batch norm is turned off. What follows?",
    "choices": {
        "a": (
            "Weights grow, so the effective rate η/‖W‖² falls.",
            "Every step is at a right angle to W and makes it longer.",
        ),
        "b": ("The net can represent more functions.", "The weights' size never mattered for the function."),
        "c": (
            "The weights explode within a few steps.",
            "They grow slowly, and ever more slowly, since the gradient shrinks as they grow.",
        ),
        "d": ("Nothing.", "The function is free of the weights' size, the step is not."),
    },
    "right": "a",
}

# %% [markdown]
# ## To remember
#
# Batch norm widens the range of learning rates and initial weights that work; tune each arm by itself and
# much of its lead goes away. It fails on tiny batches and explodes in deep nets without shortcuts, and it
# costs memory and time.
#
# **Next:** lesson 07 takes batch norm to pictures and convolutions.

# %%
score_so_far("06_training")
