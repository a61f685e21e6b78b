# %% [markdown]
# # 05 · Running statistics and inference
#
# You will write the half of batch norm that shows only after training: the statistics that it remembers, the layer
# that keeps them, and what to do when one single row asks for a prediction.
#
# **You will be able to** *convert* momentum between libraries; *write* a layer that exchanges its saved state with
# PyTorch's; *evaluate* without leaking one row into another; *re-estimate* stale statistics; *fold* a batch norm away;
# *freeze* one for fine-tuning.
#
# **Needs** lesson 03, and what a `torch.nn.Module` is. **Time** 130 minutes, and 30 seconds of computing on two cores.
# **Points** 31.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested.

# %% setup
import copy
import time

import matplotlib.pyplot as plt
import numpy as np
import torch

from autograder.learner import checking, derive, explore, load_digits, needs, predict, quiz
from autograder.learner import score_so_far, split, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# In training, batch norm uses the mean and the variance of the batch. For a prediction there may be no batch, so it
# uses *running statistics*: averages over the batches of training that slowly forget. How slowly is set by
# `momentum`. What does that number change: the training, the predictions, or both? You will predict it, then measure.
#
# ![Batch number against mean. Grey points, the means of 120 batches, scatter around 3. Three lines start from 0: one
# reaches 3 at once and keeps jumping, one arrives after some 30 batches and is smoother, one is still on its way at
# the end.](../../data/running_mean.png)
#
# *The question:* three memories of the same batches. Which of them would you trust with a single row?

# %% [markdown]
# ## 1 · A prediction must not depend on its neighbours
#
# Lesson 03 showed that every row of a training batch moves all others, and that a row alone becomes beta. In training
# that is a price. In use it is a defect: the same digit would be a 3 in one company and an 8 in another. The next
# cell sends one row through PyTorch's layer, three times, in both modes.

# %%
layer = torch.nn.BatchNorm1d(1, momentum=0.5)
rows = torch.tensor([[4.0], [0.0], [2.0], [8.0], [11.0], [5.0]])
layer(rows)  # one step of training, so that the layer has seen something
for companions in ([1, 2], [3, 4], [1, 5]):
    batch = rows[[0, *companions]]
    training, evaluation = copy.deepcopy(layer).train()(batch), layer.eval()(batch)
    print(f"row 0 with {companions}: {training[0, 0].item():+.2f} in training mode,", end=" ")
    print(f"{evaluation[0, 0].item():+.2f} in evaluation mode")

# %% [markdown]
# Same row, same layer: three answers in one mode, one answer in the other. The two modes side by side:
#
# | | training mode | evaluation mode |
# |---|---|---|
# | mean and variance used | of this batch, variance *biased* | the running ones |
# | a row depends on | all rows of the batch | itself |
# | running statistics | one update per batch, variance *unbiased* | stay as they are |
# | gradient | flows through mean and variance | mean and variance are constants |
# | batch of one | refused | fine |

# %% [markdown]
# ## 2 · An average that forgets
#
# All batches of training could be averaged at the end. But the weights move all the time, so early batches describe
# a net that no longer exists. The usual answer is the *exponential moving average*: after every batch keep most of
# the old value and mix in a little of the new one.
#
# $$\text{running} \leftarrow (1 - m)\cdot\text{running} + m \cdot \text{new}$$
#
# Here m is the **weight of the new value**: PyTorch's meaning of `momentum`, and this course's. (It has nothing to
# do with the momentum of an optimizer.)

# %% [markdown]
# On paper, with m = 0.25, for a column 0, 3, 6 and running statistics that stand at mean 7, variance 1:
#
# | | old | of this batch | new |
# |---|---|---|---|
# | mean | 7 | 3 | ¾ · 7 + ¼ · 3 = 6 |
# | variance | 1 | (9 + 0 + 9) / 2 = 9, *unbiased* | ¾ · 1 + ¼ · 9 = 3 |

# %% [markdown]
# Why unbiased here, when the normalization divides by N? Because the aim has changed. To give *these* N numbers
# spread 1, their own biased variance is exact. To estimate the variance of *all the data*, it is too small on
# average, by (N − 1)/N.

# %% [markdown]
# ### Exercise 1 · `update_running` (4 points)
#
# Return the new running mean and the new running variance, both of shape (D,), in about four lines. `momentum` is the
# weight of the new value; the batch's variance is the unbiased one, divided by N − 1. Use NumPy, not torch's norms.
#
# **Tested:** fresh batches of two rows and more, with more, fewer and as many rows as columns; momentum from 0 to 1,
# both ends included; five updates in a row; a constant column and one of spread 0.01; whole numbers; float32 around
# 10 000, right to 1 %. All arguments stay as they were.


# %% exercise="update_running"
def update_running(running_mean, running_var, x, momentum):
    """Return running statistics that have taken in one more batch.

    Args:
        running_mean: shape (D,).
        running_var: shape (D,).
        x: the batch, shape (N, D), N at least 2.
        momentum: the weight of the new value, from 0 to 1.

    Returns:
        new_mean: shape (D,).
        new_var: shape (D,).
    """
    ### BEGIN SOLUTION
    batch_mean = x.mean(axis=0)
    batch_var = x.var(axis=0, ddof=1)
    new_mean = (1 - momentum) * running_mean + momentum * batch_mean
    new_var = (1 - momentum) * running_var + momentum * batch_var
    ### END SOLUTION
    return new_mean, new_var


# %% check="update_running" points=1
with checking(update_running):
    x = np.array([[0, 1], [3, 1], [6, 10]])  # Shape: (3, 2)
    new_mean, new_var = update_running(np.array([7, 0]), np.array([1, 3]), x, momentum=0.25)
    assert np.shape(new_mean) == np.shape(new_var) == (2,), (
        "two columns keep two means and two variances."
    )
    assert np.allclose(new_mean, [6, 1]), (
        "the batch has the means 3 and 4: ¾·7 + ¼·3 = 6 and ¾·0 + ¼·4 = 1."
    )
    by_hand = "the squared distances sum to 18 and 54; divided by N - 1 = 2 that is 9 and 27."
    assert np.allclose(new_var, [3, 9]), by_hand + " ¾·1 + ¼·9 = 3 and ¾·3 + ¼·27 = 9."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Two lines get the statistics of this batch, two lines mix each of them with its old value. The table above does it
# for one column.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# NumPy's `var` divides by N unless its argument `ddof` says otherwise. The weights of old and new sum to 1, and
# `momentum` is the one of the new.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# The new mean is one minus momentum, times the old running mean, plus momentum times the mean of each column. The
# new variance is the same mixture of the old running variance and the unbiased variance of each column.
# </details>

# %% hidden="update_running"
# %% [markdown]
# ### How slow, how noisy?
#
# The next cell draws 120 batches of 16 rows around a mean of 3 and lets three running means follow, all starting from
# 0. What do you gain and lose with a small momentum?

# %% picture="running_mean"
with needs("update_running"):
    rng = np.random.default_rng(0)
    batches = rng.normal(3.0, 2.0, size=(120, 16, 1))
    plt.plot(batches.mean(axis=(1, 2)), ".", color="grey", markersize=4, label="batch mean")
    for momentum, style in ((0.5, "-"), (0.1, "--"), (0.01, "-.")):
        mean, var, path = np.zeros(1), np.ones(1), []
        for batch in batches:
            mean, var = update_running(mean, var, batch, momentum)
            path.append(mean[0])
        plt.plot(path, style, linewidth=2, label=f"momentum {momentum}")
    plt.gca().set(
        xlabel="batch", ylabel="running mean", title="Three memories of the same batches"
    )
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()

# %% [markdown]
# *The figure:* batch number (0 to 120) against the running mean. Grey points, the batch means, scatter by ±1 around 3.
# Momentum 0.5 is there after five batches and keeps jumping by half a unit; 0.1 arrives after about 30 and hardly
# jumps; 0.01 climbs so slowly that after 120 batches it stands near 2.1.
#
# After t batches the weight (1 − m)^t is still on the starting value, which is 0 for the mean and 1 for the variance
# in all libraries of this lesson.

# %%
for momentum in (0.001, 0.01, 0.1, 0.5):
    left = [f"{100 * (1 - momentum) ** t:3.0f} % after {t}" for t in (10, 100, 1000)]
    print(f"momentum {momentum:<5} weight left on the start:", ", ".join(left))

# %% [markdown]
# ### Try it: the source moves
#
# In training the weights move, and with them what a layer sees. The next cell lets the true mean jump after 100
# batches and sends the batches through *your* `update_running`. Move momentum, the batch size and the jump.
#
# Where does it lose? Find (1) a momentum that never finds the new place in time, (2) one that is never still, and (3)
# two settings of batch size and jump that want different momenta.


# %% folded
# Draws batch means, the true mean, and the running mean that your update_running makes of them.
def draw_memory(momentum, batch_size, jump):
    rng = np.random.default_rng(0)
    truth = np.where(np.arange(200) < 100, 0.0, jump)
    running, path = (np.zeros(1), np.ones(1)), []
    means = []
    for place in truth:
        batch = rng.normal(place, 2.0, size=(batch_size, 1))
        running = update_running(*running, batch, momentum)
        means.append(batch.mean())
        path.append(float(running[0][0]))
    plt.plot(means, ".", color="grey", markersize=4, label="batch mean")
    plt.plot(truth, "--", color="C1", label="true mean")
    plt.plot(path, linewidth=2, color="C0", label="yours")
    off = np.sqrt(np.mean((np.array(path) - truth)[100:] ** 2))
    plt.gca().set(xlabel="batch", ylabel="mean", ylim=(-3, 7))
    plt.title(f"Off by {off:.2f} (root mean square) after the jump")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))


# %%
with needs("update_running"):
    explore(
        draw_memory,
        momentum=[0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
        batch_size=[2, 16, 64],
        jump=(0, 4, 1),
        start={"momentum": 0.03, "batch_size": 16, "jump": 3},
    )

# %% [markdown]
# *The figure:* 200 batches against their means (grey points), the true mean (dashed, a step at batch 100) and your
# running mean. At momentum 0.03, batches of 16 and a jump of 3 it climbs for some 100 batches after the step, off by
# 1.2. There 0.3 is best, off by 0.3, and 0.003 worst, off by 2.6. Without the jump 0.003 is best, off by 0.02.

# %% [markdown]
# ## 3 · Four conventions
#
# The word means opposite things in different libraries. The *convention card*, with all defaults:
#
# | | running value | momentum | eps | variance that is kept |
# |---|---|---|---|---|
# | paper, Algorithm 2 | plain average of batches after training | none | no number | unbiased |
# | PyTorch | (1 − m)·old + m·new | 0.1 | 1e-5 | unbiased |
# | Keras 3 | m·old + (1 − m)·new | 0.99 | 1e-3 | biased |
# | Flax | m·old + (1 − m)·new | 0.99 | 1e-5 | biased |
#
# All four *normalize* a training batch with the biased variance.

# %% [markdown]
# *Sources:* Ioffe and Szegedy [2015](https://arxiv.org/abs/1502.03167), section 3.1 and Algorithm 2;
# `torch.nn.BatchNorm1d`; [keras.layers.BatchNormalization](https://keras.io/api/layers/normalization_layers/batch_normalization/)
# and [flax.linen.BatchNorm](https://flax-linen.readthedocs.io/en/latest/api_reference/flax.linen/layers.html), and both
# libraries' source code for the variance. PyTorch's row can be checked here and now; a test of this course does it, too.

# %% experiment="convention_card"
fresh = torch.nn.BatchNorm1d(1)
x = torch.tensor([[0.0], [3.0], [6.0]])  # mean 3, variance 6 biased and 9 unbiased
out = fresh(x)
print("defaults:", "momentum", fresh.momentum, "and eps", fresh.eps)
print("after one batch: running mean", round(fresh.running_mean.item(), 6), "= 0.9·0 + 0.1·3")
print("running variance:", round(fresh.running_var.item(), 6), "= 0.9·1 + 0.1·9, so unbiased")
print("but the batch is divided by", round((3 / out[2]).item(), 3), "= √6, so biased")

# %% [markdown]
# ### What number belongs to the paper?
#
# The paper names no momentum. Its Algorithm 2 freezes the net, sends a number of batches through it, say k, and
# averages with equal weights. (One sentence adds that "moving averages" let one follow the accuracy during training.)
# So in this lesson the paper's number *is* k. Which m belongs to it?
#
# Find it yourself, in two steps. Let the batches be independent, and the variance of one batch's mean be 1.

# %% derive="settled_noise"
{
    "question": """How noisy is a running mean?

After each batch, running ← (1 − m)·running + m·(mean of the batch). The two parts are independent. Let V be the
variance of the running mean once it has settled: it is V before the update, and V again after it.

**What is V?** (A variance of a multiple has the *square* of the factor.)""",
    "blank": {
        "names": ["m"],
        "right": "m / (2 - m)",
        "wrong": {
            "m": "That is V = (1 − m)·V + m². The old part is multiplied by 1 − m, so its variance by the square.",
            "1 / (2 - m)": "That is V = (1 − m)²·V + m. The new part is multiplied by m, so its variance by m².",
            "1": "That is V = (1 − m)·V + m: both factors have to be squared.",
            "m**2": "That is what the newest batch adds. The old running mean keeps (1 − m)²·V of its variance.",
            "m / (2 + m)": "Nearly: check the sign when (1 − m)² is multiplied out and brought to the other side.",
        },
    },
    "then": r"""The two variances add up, and V stays what it is:

$$V = (1-m)^2\,V + m^2$$

$$V\,(2m - m^2) = m^2 \quad\Rightarrow\quad V = \frac{m}{2-m}$$

With m = 1 it is 1, the noise of the last batch; with m = 0.1 it is 1/19.""",
}

# %% derive="equal_noise"
{
    "question": """Which m is as good as k batches?

The plain average of k independent batches has variance 1/k. **Which m makes the running mean just as noisy?** Write it
with `k`.""",
    "blank": {
        "names": ["k"],
        "right": "2 / (k + 1)",
        "wrong": {
            "1 / k": "1/k is each batch's weight in a plain average. Here solve m/(2 − m) = 1/k for m.",
            "2 / k": "Multiply out: k·m = 2 − m. The m on the right goes to the left, too.",
            "1 / (k + 1)": "From k·m = 2 − m. Where has the 2 gone?",
            "2 / (k - 1)": "From k·m = 2 − m: when m changes sides, it changes its sign.",
            "2 / k - 1": "That is k for a given m, with the names exchanged. Asked is m for a given k.",
        },
    },
    "then": r"""From m/(2 − m) = 1/k:

$$m = \frac{2}{k + 1}, \qquad k = \frac2m - 1$$

The average *age* of the batches is then equal, too: *Going deeper*.""",
}

# %% [markdown]
# ### Exercise 2 · `convert_momentum` (3 points)
#
# Turn a number of one convention into that of another with the same effect. `source` and `target` are one of
# `"paper"`, `"pytorch"`, `"keras"`, `"flax"`. For `"paper"` the number is k, the batches averaged; for the others it
# is their `momentum`. About six lines, with what you found above.
#
# **Tested:** all 16 pairs, also from a convention to itself; k from 1 up, weights of the new value from 0.02 to 1.
# The result is one number.


# %% exercise="convert_momentum"
def convert_momentum(value, source, target):
    """Return the number that means in `target` what `value` means in `source`.

    Args:
        value: k, the number of batches averaged, for "paper"; else the momentum.
        source, target: "paper", "pytorch", "keras" or "flax".

    Returns:
        one number.
    """
    ### BEGIN SOLUTION
    of_new = {"paper": 2 / (value + 1), "pytorch": value, "keras": 1 - value, "flax": 1 - value}
    new_weight = of_new[source]
    if target == "paper":
        converted = 2 / new_weight - 1
    elif target == "pytorch":
        converted = new_weight
    else:
        converted = 1 - new_weight
    ### END SOLUTION
    return converted


# %% check="convert_momentum" points=1
with checking(convert_momentum):
    assert np.isclose(convert_momentum(0.75, "keras", "pytorch"), 0.25), (
        "keeping ¾ of the old takes ¼ of the new."
    )
    assert np.isclose(convert_momentum(0.1, "pytorch", "flax"), 0.9), (
        "0.1 of the new leaves 0.9 of the old."
    )
    assert np.isclose(convert_momentum(0.9, "flax", "keras"), 0.9), (
        "Keras and Flax mean the same."
    )
    assert np.isclose(convert_momentum(3, "paper", "pytorch"), 0.5), (
        "k = 3 batches: 2 / (3 + 1) = 0.5."
    )
    assert np.isclose(convert_momentum(0.75, "keras", "paper"), 7), (
        "m = ¼ in PyTorch's sense: k = 2 / ¼ - 1 = 7."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Sixteen pairs, but only one question: how much weight does the *new* value get? Go from the source to that weight,
# and from the weight to the target.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# For PyTorch the weight is the number itself. For Keras and Flax the number is the weight of the old value, and both
# weights sum to 1. For the paper, you have derived one direction above, and solving it for k gives the other.
# </details>
# <details><summary>Hint 3: numbers to try</summary>
#
# First write the weight for each source, and try it: Keras's 0.75 is a weight of 0.25, the paper's 3 a weight of 0.5.
# Then write each target from a weight, and try it backwards: 0.25 gives 0.75 for Flax, 0.5 gives 3 for the paper.
# </details>

# %% hidden="convert_momentum"
# %% [markdown]
# The next cell prints the libraries' defaults as a number of batches, and tries the formula: does the running mean
# jump as much as a plain average of k batches?

# %%
with needs("convert_momentum", "update_running"):
    for name, default in (("pytorch", 0.1), ("keras", 0.99), ("flax", 0.99)):
        k = convert_momentum(default, name, "paper")
        print(f"{name}'s {default} averages like k = {k:.0f} batches")
    rng = np.random.default_rng(1)
    running, path = (np.zeros(500), np.ones(500)), []
    for _ in range(600):
        running = update_running(*running, rng.normal(size=(8, 500)), momentum=0.1)
        path.append(running[0])
    plain = rng.normal(size=(19, 8, 10000)).mean(axis=(0, 1))
    print(f"spread of the running mean at momentum 0.1: {np.std(path[100:]):.3f}")
    print(f"spread of a plain average of 19 batches:    {plain.std():.3f}")

# %% [markdown]
# So 0.99 copied from Keras into PyTorch does not average over 199 batches but over 1.02: the statistics of the last
# batch, noise and all. The other way round, PyTorch's 0.1 in Keras does much the same (k = 1.2). Section 6 asks what
# that costs.

# %% [markdown]
# ## 4 · Inference
#
# With the running statistics in place of the batch's, nothing in the formula depends on other rows any more:
#
# $$\mathrm{out}_{ij} = \gamma_j\,
# \frac{x_{ij} - \text{running\_mean}_j}{\sqrt{\text{running\_var}_j + \varepsilon}} + \beta_j$$
#
# Per column that is a fixed multiplication and a fixed addition. (Keep that for section 9.)

# %% [markdown]
# ### Exercise 3 · `batchnorm_inference` (4 points)
#
# Return `out` of shape (N, D), in about two lines. No statistics are taken of `x`. Use NumPy, not torch's norms.
#
# **Tested:** fresh batches with more, fewer and as many rows as columns; rows one at a time; eps from 0.1 to 1, and 0,
# and 1e-5 where it is not given; a running variance of 0 or as small as eps; gamma of both signs; a value far out; whole
# numbers. All arguments stay as they were.


# %% exercise="batchnorm_inference"
def batchnorm_inference(x, running_mean, running_var, gamma, beta, eps=1e-5):
    """Normalize with fixed statistics, then scale and shift.

    Args:
        x: shape (N, D), N at least 1.
        running_mean, running_var: shape (D,).
        gamma, beta: shape (D,).
        eps: a small number.

    Returns:
        out: shape (N, D), floating point.
    """
    ### BEGIN SOLUTION
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    out = gamma * x_hat + beta
    ### END SOLUTION
    return out


# %% check="batchnorm_inference" points=1
with checking(batchnorm_inference):
    statistics = np.array([1, 4]), np.array([8, 3])  # running mean, running variance
    fixed = *statistics, np.array([3, -2]), np.array([10, 5])  # and gamma, beta
    x = np.array([[4, 0], [1, 6]])  # Shape: (2, 2)
    out = batchnorm_inference(x, *fixed, eps=1)
    assert np.shape(out) == (2, 2), "out has the shape of x: (2, 2)."
    assert np.allclose(out[:, 0], [13, 10]), (
        "√(8 + 1) = 3: x_hat is (4-1)/3 = 1 and 0; times 3, plus 10: 13, 10."
    )
    assert np.allclose(out[:, 1], [9, 3]), (
        "√(3 + 1) = 2: x_hat is (0-4)/2 = -2 and 1; times -2, plus 5: 9, 3."
    )
    alone = batchnorm_inference(x[:1], *fixed, eps=1)
    assert np.allclose(alone, [[13, 9]]), "a row alone gets what it gets in company: 13, 9."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# It is lesson 03's formula with two letters exchanged. Which two, and where do they come from now?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# All four vectors have shape (D,) and are repeated down the rows by NumPy. Only a root, a division, a product and a
# sum are needed; no `mean`, no `var`.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# x_hat is x minus running_mean, in parentheses, divided by the root of the sum of running_var and eps. out is gamma
# times x_hat, plus beta.
# </details>

# %% hidden="batchnorm_inference"
# %% [markdown]
# ## 5 · The layer
#
# Now a layer that carries all this along. It holds two kinds of tensors, and putting one in the wrong drawer is a
# frequent and costly mistake. The next cell puts the same tensor into three drawers and asks what PyTorch does with
# each.


# %%
class Drawers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.as_parameter = torch.nn.Parameter(torch.zeros(2))
        self.register_buffer("as_buffer", torch.zeros(2))
        self.as_attribute = torch.zeros(2)


drawers = Drawers().double()
trained = dict(drawers.named_parameters())
for name in ("as_parameter", "as_buffer", "as_attribute"):
    follows = getattr(drawers, name).dtype == torch.float64
    print(f"{name:<13} optimizer moves it: {name in trained!s:<6}", end=" ")
    print(f"saved: {name in drawers.state_dict()!s:<6} follows .double() and .to(): {follows}")

# %% [markdown]
# Weight and bias (PyTorch's names for gamma and beta) are *parameters*: the optimizer moves them. Running statistics
# are *buffers*: saved, moved to the GPU, never touched by an optimizer. A plain attribute is lost as soon as the model
# is saved: the loaded model predicts nonsense, and no error says why.
#
# Three more tools:
#
# | tool | what for |
# |---|---|
# | `self.training` | True after `.train()`, False after `.eval()`; torch sets it |
# | `with torch.no_grad():` | what is computed inside carries no graph |
# | `buffer.copy_(values)`, `buffer += 1` | change a tensor in place: it stays the same tensor |

# %% [markdown]
# ### Exercise 4 · `BatchNorm1d` (10 points)
#
# Write the layer: three gaps, about six lines each. May not be used: torch's own norms, whether as layers
# (`torch.nn.BatchNorm1d`) or as functions (`torch.nn.functional.batch_norm`). **Tested** (1), what it holds:
#
# - the constructor takes what torch's takes, in that order; `eps` and `momentum` are kept as attributes;
# - parameters `weight` (ones) and `bias` (zeros), buffers `running_mean` (zeros), `running_var` (ones),
#   `num_batches_tracked` (a whole zero without dimensions), and no others. What is switched off is None;
# - `state_dict` of yours loads into torch's layer and the other way round; two layers share nothing.

# %% [markdown]
# **Tested** (2), training. For `x` of shape (N, D), N at least 2, float64 or float32:
#
# - it normalizes with the batch's mean and *biased* variance; gradients flow through both;
# - once per batch, `num_batches_tracked` counts up by one and the running statistics are updated as in Exercise 1,
#   over several batches, the first one of a new layer like any other;
# - the mode alone decides, not whether gradients are recorded or asked for; N = D works, and a value far out.
#
# **Tested** (3), also in training:
#
# - updates are in place, without a graph, and keep the kinds of numbers (float32, int64 for the count). Nothing else of
#   a batch is kept, however many there are;
# - a batch of one raises a `ValueError` *before* anything is changed (torch's own layer counts it, then refuses);
# - the defaults are torch's; float32 around 10 000 is right to 1 %; `x` stays as it was.

# %% [markdown]
# **Tested** (4), evaluation: fresh rows, also one alone, use the running statistics, after training or straight after
# construction. Nothing is updated, with gradients or without. Gradients are right. Switching to and fro works.
#
# **Tested** (5), options:
#
# - `momentum=None`: the buffers are the *plain average* over all batches counted so far (weight 1 / count, counted
#   with this batch); goes on rightly from a loaded state. `momentum=0.0` leaves mean and variance as they are;
# - `affine=False`: no weight, no bias;
# - `track_running_stats=False`: no buffers; evaluation uses the batch, too, and refuses a batch of one.


# %% exercise="BatchNorm1d"
class BatchNorm1d(torch.nn.Module):
    """Batch norm over the rows of (N, D); constructor, names and saved state as in torch's."""

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True
    ):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.track_running_stats = track_running_stats
        ### BEGIN SOLUTION
        self.weight = torch.nn.Parameter(torch.ones(num_features)) if affine else None
        self.bias = torch.nn.Parameter(torch.zeros(num_features)) if affine else None
        tracked = track_running_stats
        self.register_buffer("running_mean", torch.zeros(num_features) if tracked else None)
        self.register_buffer("running_var", torch.ones(num_features) if tracked else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0) if tracked else None)
        ### END SOLUTION

    def update(self, x):
        """Count the batch x, shape (N, D); update the buffers in place and without a graph."""
        ### BEGIN SOLUTION
        with torch.no_grad():
            self.num_batches_tracked += 1
            weight = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
            new_mean = (1 - weight) * self.running_mean + weight * x.mean(dim=0)
            new_var = (1 - weight) * self.running_var + weight * x.var(dim=0, correction=1)
            self.running_mean.copy_(new_mean)
            self.running_var.copy_(new_var)
        ### END SOLUTION

    def forward(self, x):
        """Normalize x, shape (N, D), with the statistics of the mode; then scale and shift."""
        ### BEGIN SOLUTION
        if self.training or not self.track_running_stats:
            if len(x) < 2:
                raise ValueError(f"batch statistics need at least 2 rows, got {len(x)}")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            if self.track_running_stats:
                self.update(x)
        else:
            mean, var = self.running_mean, self.running_var
        out = (x - mean) / torch.sqrt(var + self.eps)
        if self.weight is not None:
            out = self.weight * out + self.bias
        ### END SOLUTION
        return out


# %% check="BatchNorm1d" points=1
with checking(BatchNorm1d):
    bn = BatchNorm1d(2, eps=3, momentum=0.25)
    assert list(dict(bn.named_parameters())) == ["weight", "bias"], (
        "weight and bias are what an optimizer may move."
    )
    buffers = ["num_batches_tracked", "running_mean", "running_var"]
    assert sorted(dict(bn.named_buffers())) == buffers, "three buffers."
    # means 3 and 7, biased variances 6 and 6
    x = torch.tensor([[0.0, 10.0], [3.0, 4.0], [6.0, 7.0]])
    out = bn(x).detach()
    assert torch.allclose(out, torch.tensor([[-1.0, 1], [0, -1], [1, 0]]), atol=1e-5), (
        "divided by √(6 + 3) = 3: -1, 0, 1."
    )
    told = "a quarter of the new means 3 and 7: 0.75 and 1.75."
    assert torch.allclose(bn.running_mean, torch.tensor([0.75, 1.75])), told
    assert torch.allclose(bn.running_var, torch.tensor([3.0, 3.0])), (
        "¾·1 + ¼·9 = 3: unbiased, 18/2 = 9, is kept."
    )
    assert bn.num_batches_tracked == 1, "one batch has passed."
    bn.running_var[:], bn.weight.data[:], bn.bias.data[:] = 1.0, 4.0, 5.0
    alone = bn.eval()(torch.tensor([[2.75, 1.75]])).detach()
    assert torch.allclose(alone, torch.tensor([[9.0, 5.0]]), atol=1e-5), (
        "(2.75 - 0.75) / √(1 + 3) = 1, and 1.75 - 1.75 = 0. "
        "With weight 4 and bias 5 that is 4·1 + 5 = 9 and 5."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Constructor: the table of drawers; `register_buffer` and attributes accept None. `update`: Exercise 1, written into
# the buffers. `forward`: first settle which mean and variance to use, then one formula for both modes.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `x.var` takes `correction`: 0 divides by N, 1 by N − 1 (its default). Batch statistics are used in training, and
# always if nothing is tracked. In `update`, everything stands in one `with torch.no_grad():`; in `forward`, nothing
# does.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Update: add one to the count; the weight is momentum, or one divided by the count if momentum is None; copy the two
# mixtures into the buffers. Forward: if batch statistics are to be used, refuse fewer than two rows, take them,
# and update if tracked; else take the buffers. Normalize; if there is a weight, multiply by it and add bias.
# </details>

# %% hidden="BatchNorm1d"
# %% [markdown]
# Yours and torch's side by side: both are trained on the same batches with the same optimizer, then evaluated, and
# then exchange their states.

# %% experiment="twins"
with needs("BatchNorm1d"):
    mine, theirs = (
        kind(5, eps=0.1, momentum=0.3).double() for kind in (BatchNorm1d, torch.nn.BatchNorm1d)
    )
    draw = torch.Generator().manual_seed(0)
    for _ in range(20):
        x, target = torch.randn(2, 8, 5, dtype=torch.float64, generator=draw) * 3 + 4
        for layer in (mine, theirs):
            ((layer(x) - target) ** 2).mean().backward()
            with torch.no_grad():
                for parameter in layer.parameters():
                    parameter -= 0.1 * parameter.grad
                    parameter.grad = None
    state = theirs.state_dict()
    same = [torch.allclose(mine.state_dict()[name], state[name]) for name in state]
    print("the same state:", all(same))
    print("the same output in evaluation:", torch.allclose(mine.eval()(x), theirs.eval()(x)))
    print("loads torch's state:", mine.load_state_dict(state))

# %% [markdown]
# **What a broken layer looks like.** Two errors do not show in the outputs at all, and both are in widely read code:
#
# - running statistics computed with the graph, as in [labml.ai's annotated
#   layer](https://nn.labml.ai/normalization/batch_norm/index.html): each batch's graph hangs on the last one's, and
#   memory grows with every step;
# - batch statistics computed *without* it in `forward`, as in [fast.ai's part 2 of 2019, notebook
#   07](https://github.com/fastai/course-v3/blob/master/nbs/dl2/07_batchnorm.ipynb): the outputs are right, but the
#   gradient misses two of its three paths (lesson 04).

# %% [markdown]
# ## 6 · Is momentum the strength of a regularizer?
#
# *Mastering Batch Normalization* says: "Higher momentum values introduce stronger regularization, while lower values
# reduce the regularization effect." Put it to the test: a net with four batch norms on the digits, five values of
# momentum, all else equal.

# %%
digits = load_digits()
x_train, x_test, y_train, y_test = map(torch.tensor, split(digits.x / 16, digits.y))


def make_net(seed, momentum, outputs=10):
    """Four times linear, batch norm, ReLU; then a linear layer."""
    torch.manual_seed(seed)
    layers, double = [], torch.float64  # float32 draws differ a little between processors
    for _ in range(4):
        layers.append(torch.nn.Linear(64, 64, bias=False, dtype=double))
        layers += [BatchNorm1d(64, momentum=momentum), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(64, outputs, dtype=double)).double()


# %%
def train_net(model, seed, steps, rate=0.2, x=x_train, y=y_train):
    """Train what has a gradient on `steps` batches of 32 rows, and return the losses."""
    draw, losses = torch.Generator().manual_seed(seed), []
    descent = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=rate)
    for _ in range(steps):
        rows = torch.randint(len(x), (32,), generator=draw)
        loss = torch.nn.functional.cross_entropy(model(x[rows]), y[rows])
        descent.zero_grad()
        loss.backward()
        descent.step()
        losses.append(loss.item())
    return losses


# %% folded
# Makes nets of several seeds, and counts what they classify rightly.
def train_nets(momentum, seeds=5):
    """Nets of several seeds after 50 steps, and their losses."""
    nets = [make_net(seed, momentum).train() for seed in range(seeds)]
    return nets, [train_net(net, seed, steps=50) for seed, net in enumerate(nets)]


everything = [torch.arange(len(x_test))]  # the test set as a single batch


def percent_right(model, batches, x=x_test, y=y_test):
    """Percent of rows classified rightly. `batches`: row numbers, one tensor for each batch."""
    with torch.no_grad():
        right = sum((model(x[rows]).argmax(dim=1) == y[rows]).sum().item() for rows in batches)
    return 100 * right / sum(map(len, batches))


# %% predict="momentum_guess"
momentum_guess = {
    "question": "Momentum goes from 0.001 to 1 (the weight of the new value), all else equal. What changes?",
    "options": {
        "both_much": "the losses of training, and the test accuracy by more than 20 points",
        "both_little": "the losses of training, and the test accuracy by less than 5 points",
        "test_much": "no loss of training, but the test accuracy by more than 20 points",
        "test_little": "no loss of training, and the test accuracy by less than 5 points",
    },
}


# %% folded
# Draws the training losses of three momenta, and test accuracy against momentum.
def draw_momentum(momenta, losses, scores):
    _, panels = plt.subplots(1, 2, figsize=(7, 3.2))
    for momentum, style, width in ((0.001, "-", 5), (0.1, "--", 3), (1.0, ":", 1.5)):
        label = f"momentum {momentum:g}"
        panels[0].plot(losses[momentum][0], style, linewidth=width, label=label)
    panels[0].set(
        xlabel="step", ylabel="training loss (seed 0)", title="Does training see momentum?"
    )
    panels[0].legend()
    low, middle, high = np.quantile(scores, [0, 0.5, 1], axis=0)
    panels[1].semilogx(momenta, middle, "o-")
    panels[1].fill_between(momenta, low, high, alpha=0.2)
    panels[1].set(xlabel="momentum", ylabel="test accuracy, %", ylim=(30, 100))
    panels[1].set(title="Does evaluation?")
    plt.show()


# %% experiment="momentum_sweep"
with needs("BatchNorm1d"):
    momenta, losses, scores = [0.001, 0.01, 0.1, 0.3, 1.0], {}, []
    for momentum in momenta:
        nets, losses[momentum] = train_nets(momentum)
        scores.append([percent_right(net.eval(), everything) for net in nets])
    scores = np.transpose(scores)  # Shape: (5 seeds, 5 momenta)
    draw_momentum(momenta, losses, scores)
    same = all(losses[momentum] == losses[0.1] for momentum in momenta)
    print("training losses equal in every bit for all five:", same)
    for momentum, score in zip(momenta, scores.T):
        print(f"momentum {momentum:<5}  test accuracy {score.min():.0f} to {score.max():.0f} %")
    gaps = scores.max(axis=1) - scores.min(axis=1)
    size = "much" if gaps.min() > 20 else "little" if gaps.max() < 5 else ""
    outcome = size and f"{'test' if same else 'both'}_{size}"
    measured = f"best minus worst: {gaps.min():.0f} to {gaps.max():.0f} points (five seeds)."
    verdict(momentum_guess, outcome, measured)

# %% [markdown]
# *The figure:* two panels. Left, the training loss of 50 steps for momentum 0.001, 0.1 and 1: one line on top of the
# other, falling from 2.4 to about 0.3. Right, momentum (logarithmic) against test accuracy in evaluation mode, with a
# band over five seeds: from about 50 % at 0.001 it climbs to about 94 % between 0.1 and 0.3, and falls off a little
# towards 1. The band is wide at 0.001 and 0.01.

# %% [markdown]
# The claim is **refuted**, for a plain reason: in training mode the running statistics are written and never read.
# What never enters the loss cannot regularize. Momentum only decides how well the buffers describe the trained net:
# too small, and they are still near 0 and 1; equal to 1, and they are one noisy batch.
#
# How far evaluation falls depends on how long one trains. Rate 0.2 and 50 steps were chosen because they show it
# plainly; with rates of 0.2 and 0.5 and 50, 75 or 100 steps the median of that gap, over 12 seeds, was between 22 and
# 52 points. The equal losses do not depend on that choice.
#
# (What does regularize is the noise of the *batch* statistics, and that depends on the batch size: lesson 06.)

# %% [markdown]
# ## 7 · Forgetting `eval()`
#
# A common mistake in use: the model stays in training mode. Nothing warns. Take the nets of momentum 0.1 and
# classify the test set in training mode, in batches of several sizes, shuffled; and once more in batches sorted by
# digit. (On copies, since training mode also writes the buffers.)

# %% predict="mode_guess"
mode_guess = {
    "question": "Test digits in training mode: 32 rows a batch, shuffled; or all rows of one digit as a batch.",
    "options": {
        "neither": "shuffled: within 10 points of evaluation mode; one digit: within 10 points, too",
        "sorted": "shuffled: within 10 points of evaluation mode; one digit: below 25 %",
        "shuffled": "shuffled: below 25 %; one digit: within 10 points of evaluation mode",
        "both": "shuffled: below 25 %; one digit: below 25 %, too",
    },
}


# %% folded
# Draws accuracy in training mode against the batch size, beside that of evaluation mode.
def draw_modes(sizes, shuffled, one_digit, correct):
    middle = np.median(shuffled, axis=0)
    plt.semilogx(sizes, middle, "o-", base=2, label="training mode, shuffled")
    plt.fill_between(sizes, shuffled.min(axis=0), shuffled.max(axis=0), alpha=0.2)
    plt.axhline(np.median(correct), color="C1", linestyle="--", label="evaluation, one row")
    label = "training mode, one digit a batch"
    plt.axhline(np.median(one_digit), color="C2", linestyle=":", linewidth=2.5, label=label)
    plt.gca().set(xlabel="rows in a batch", ylabel="test accuracy, %", ylim=(0, 102))
    plt.gca().set(
        xticks=sizes, xticklabels=sizes, title="Does the answer depend on the company?"
    )
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


# %% experiment="training_mode"
with needs("BatchNorm1d"):
    sizes, shuffled, one_digit, correct = [2, 4, 8, 16, 32, 64, 450], [], [], []
    by_digit = [torch.nonzero(y_test == digit)[:, 0] for digit in range(10)]
    nets = train_nets(0.1)[0]
    for seed, net in enumerate(nets):
        order = torch.randperm(len(x_test), generator=torch.Generator().manual_seed(seed))
        correct.append(percent_right(net.eval(), order.split(1)))  # one row at a time
        training = copy.deepcopy(net).train()
        shuffled.append([percent_right(training, order.split(size)) for size in sizes])
        one_digit.append(percent_right(training, by_digit))
    shuffled = np.array(shuffled)  # Shape: (5 seeds, 7 sizes)
    draw_modes(sizes, shuffled, one_digit, correct)
    for rows, scores in ((2, shuffled[:, 0]), (32, shuffled[:, 4])):
        print(f"shuffled, {rows} rows: {scores.min():.0f} to {scores.max():.0f} %")
    bounds = min(correct) - 10, 25
    close = [min(scores) > bounds[0] for scores in (shuffled[:, 4], one_digit)]
    low = [max(scores) < bounds[1] for scores in (shuffled[:, 4], one_digit)]
    found = {
        (True, True): "neither",
        (False, False): "both",
        (True, False): "sorted",
        (False, True): "shuffled",
    }
    outcome = found[tuple(close)] if all(np.logical_xor(close, low)) else ""
    measured = f"evaluation {min(correct):.0f} to {max(correct):.0f} %, one digit"
    verdict(mode_guess, outcome, f"{measured} {min(one_digit):.0f} to {max(one_digit):.0f} %.")

# %% [markdown]
# *The figure:* batch size (2 to 450, logarithmic) against test accuracy. Training mode, shuffled, climbs from about
# 38 % at two rows through 63 % at four to 90 % at 32, and from 64 on stays within two points of the dashed line of
# evaluation mode, 93 %. A dotted line far below, at 11 %, shows batches of one digit: hardly better than guessing.

# %% [markdown]
# Why do batches of one digit fail? Batch norm takes from each feature its mean over the batch. If all rows are threes,
# what they have in common, the "three", is just what is taken away.
#
# The next cell shows eight of the threes, with the answers of net 0: as part of that batch, and by themselves.

# %% folded
# Draws eight threes with two answers: in a batch of threes in training mode, and in evaluation.
with needs("BatchNorm1d"):
    threes = x_test[y_test == 3]
    with torch.no_grad():
        answers = (
            copy.deepcopy(nets[0]).train()(threes).argmax(dim=1),
            nets[0].eval()(threes).argmax(dim=1),
        )
    _, panels = plt.subplots(1, 8, figsize=(7, 1.5))
    for panel, picture, together, alone in zip(panels, threes, *answers):
        panel.imshow(picture.reshape(8, 8), cmap="Greys")
        panel.set_title(f"together {together}\nalone {alone}", fontsize="small", loc="center")
        panel.axis("off")
    plt.show()

# %% [markdown]
# *The figure:* eight handwritten threes of 8 by 8 pixels, dark ink on white, with two answers each. "Alone", in
# evaluation mode, most are taken for a 3; "together", in a batch of threes in training mode, they are taken for 0, 4, 6
# and 8, and hardly one for a 3.
#
# The upper end tempts: all 450 test rows at once are as good as evaluation mode. But then each answer uses the whole
# test set. That is a *leak*, and in use, where rows come one by one or sorted, the accuracy is not there.

# %% [markdown]
# ## 8 · Precise statistics
#
# A running average lags: it mixes in the batches of older weights. The cure is Algorithm 2's idea: hold the weights
# fixed and run over the training data once more. The definition graded here, for each batch norm layer:
#
# - The model is in training mode: each layer normalizes with the statistics of its batch, as it did in training.
# - Collect the rows that *enter* the layer, over all batches of the loader.
# - `running_mean` becomes the mean, `running_var` the *unbiased* variance of all these rows together.
#
# So every row counts the same, whatever the size of its batch.

# %% [markdown]
# Is the average of the batches' variances not the same? On paper, two batches of one column: 0, 2 and 10, 12.
#
# | | batch 1 | batch 2 | average | all four rows |
# |---|---|---|---|---|
# | mean | 1 | 11 | 6 | 6 |
# | unbiased variance | 2 | 2 | 2 | (36 + 16 + 16 + 36)/3 ≈ 34.7 |
#
# The average knows the spread *within* batches only; the spread *between* them is lost. For shuffled batches of many
# rows the difference is small; for sorted ones it is everything.

# %% [markdown]
# ### Exercise 5 · `precise_statistics` (4 points)
#
# Set the running mean and variance of every batch norm layer in `model` as defined above. What collects the rows is
# given: while the hooks are in place, `seen[layer]` gets a tensor of shape (n, D) at each forward pass. Two gaps,
# about four and three lines.
#
# **Tested:** two batch norms, one after the other, also inside of other parts; one batch, equal and unequal batches
# (2 rows at least); a model that comes in training or in evaluation mode and is left in the mode it came in; old running
# statistics have no influence; buffers carry no graph; weights and momentum stay, and can be trained on; no hooks are
# left on the model. `num_batches_tracked` and the returned value are not looked at.


# %% exercise="precise_statistics"
def precise_statistics(model, loader):
    """Replace a model's running statistics by those of all rows in `loader`; weights stay.

    Args:
        model: a module; its batch norm layers are changed in place.
        loader: an iterable of batches, each a tensor of shape (n, ...) that `model` accepts.
    """
    layers = [p for p in model.modules() if getattr(p, "running_mean", None) is not None]
    seen = {layer: [] for layer in layers}  # layer -> the batches that entered it

    def collect(layer, args):
        seen[layer].append(args[0])

    hooks = [layer.register_forward_pre_hook(collect) for layer in layers]
    # Send all batches through, in the right mode and without a graph.
    ### BEGIN SOLUTION
    was_training = model.training
    model.train()
    with torch.no_grad():
        for x in loader:
            model(x)
    model.train(was_training)
    ### END SOLUTION
    for hook in hooks:
        hook.remove()
    for layer, batches in seen.items():
        # Set layer.running_mean and layer.running_var.
        ### BEGIN SOLUTION
        rows = torch.cat(batches)
        layer.running_mean.copy_(rows.mean(dim=0))
        layer.running_var.copy_(rows.var(dim=0, correction=1))
        ### END SOLUTION


# %% check="precise_statistics" points=1
with checking(precise_statistics):
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(2)).eval()
    precise_statistics(
        model, [torch.tensor([[1.0, 7], [2, 7], [3, 7]]), torch.tensor([[8.0, 7], [11, 7]])]
    )
    mean, var = model[0].running_mean.tolist(), model[0].running_var.tolist()
    assert np.isclose(mean[0], 5), (
        "five rows, 1 + 2 + 3 + 8 + 11 = 25: mean 5. (The mean of the means 2 and 9.5 is not.)"
    )
    by_hand = "the squared distances from 5 are 16, 9, 4, 9, 36: 74, divided by 5 - 1 is 18.5."
    assert np.isclose(var[0], 18.5), by_hand
    assert np.allclose([mean[1], var[1]], [7, 0]), (
        "the second column is 7 throughout: mean 7, variance 0."
    )
    assert not model.training, "the model came in evaluation mode and goes in evaluation mode."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# First gap: four things in order – note the mode, set it, run, set it back. Second gap: a list of tensors has to become
# one tensor of all rows.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `model.train(mode)` takes True or False, and `model.training` holds the present one. `torch.cat` joins tensors along
# the rows. The results of `model(x)` are not needed.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Remember whether the model is training; put it into training mode; without gradients, call it on each batch; give
# the mode back. Then join the layer's batches and copy the mean and the unbiased variance of each column into its
# buffers.
# </details>

# %% hidden="precise_statistics"
# %% [markdown]
# How stale are running statistics? Train with momentum 0.01, which is Keras's and Flax's default, and stop after 10,
# 20, 40, … steps. Each time evaluate the net twice: as it is, and a copy with precise statistics from the training data.
# The weights are the same.

# %% predict="stale_guess"
stale_guess = {
    "question": "Test accuracy after 20 steps with momentum 0.01. Compared with running statistics, precise ones are:",
    "options": {
        "far_ahead": "better by 20 points or more",
        "ahead": "better by 3 to 20 points",
        "level": "equal within 3 points",
        "behind": "worse by 3 points or more",
    },
}


# %%
def follow(seed, momentum, stops):
    """Test accuracy at each stop, with running statistics and with precise ones."""
    net, running, precise = make_net(seed, momentum), [], []
    for before, stop in zip([0, *stops], stops):
        train_net(net.train(), 100 * seed + stop, steps=stop - before)
        running.append(percent_right(net.eval(), everything))
        fresh = copy.deepcopy(net)
        precise_statistics(fresh, x_train.split(32))
        precise.append(percent_right(fresh, everything))
    return running, precise


# %% folded
# Draws test accuracy against the steps of training, for running and for precise statistics.
def draw_stale(stops, followed):
    for (name, scores), style in zip(followed.items(), ("^-", "s--", "o-.")):
        plt.semilogx(stops, np.median(scores, axis=0), style, base=2, label=name)
        plt.fill_between(stops, np.min(scores, axis=0), np.max(scores, axis=0), alpha=0.2)
    plt.gca().set(xlabel="steps of training", ylabel="test accuracy, %")
    plt.gca().set(xticks=stops, xticklabels=stops, title="The same nets, with other statistics")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()


# %% experiment="stale"
with needs("BatchNorm1d", "precise_statistics"):
    stops = [10, 20, 40, 80, 160]
    slow, quick = (
        np.array([follow(seed, momentum, stops) for seed in range(3)])
        for momentum in (0.01, 0.1)
    )  # Shape of both: (3 seeds, running or precise, 5 stops)
    print("precise statistics without momentum:", np.array_equal(slow[:, 1], quick[:, 1]))
    arms = {"momentum 0.01": slow[:, 0], "momentum 0.1": quick[:, 0], "precise": slow[:, 1]}
    draw_stale(stops, arms)
    gaps = slow[:, 1] - slow[:, 0]  # precise minus running. Shape: (3 seeds, 5 stops)
    for stop, gap in zip(stops, gaps.T):
        print(f"after {stop:>3} steps: better by {gap.min():+.0f} to {gap.max():+.0f} points")
    names = ["behind", "level", "ahead", "far_ahead"]
    found = {names[place] for place in np.digitize(gaps[:, 1], [-3, 3, 20])}
    outcome = found.pop() if len(found) == 1 else ""  # none, where the seeds disagree
    low, high = gaps[:, 1].min(), gaps[:, 1].max()
    verdict(stale_guess, outcome, f"better by {low:.0f} to {high:.0f} points (three seeds).")

# %% [markdown]
# *The figure:* steps of training (10 to 160, logarithmic) against test accuracy, bands over three seeds. With precise
# statistics the net stands near 86 % after 10 steps and near 92 % after 20. The same nets with momentum 0.1 start near
# 30 % and have all but caught up by 40 steps; with 0.01 they start near 14 %, hardly better than guessing, are near 30 %
# after 20 steps, and still lag at 160.
#
# In long training the difference shrinks, since weights that hardly move are described by old batches, too. It comes
# back whenever weights change without training steps: averaged weights, or a loaded net on new data (lesson 09).

# %% [markdown]
# ## 9 · Folding: batch norm for nothing
#
# In evaluation, batch norm multiplies each column by a fixed number and adds another one. The linear layer before it
# does that anyway. So both are one linear layer, with other numbers. With which ones?

# %% derive="folded_bias"
{
    "question": """One input, one output.

A linear layer gives z = weight·x + bias. Batch norm in evaluation makes of it s·(z − mean) + beta, where s is gamma
divided by √(var + eps). As a function of x that is a straight line; its slope is s·weight. **What is its bias?** Write
it with `s`, `bias`, `mean`, `beta`.""",
    "blank": {
        "names": ["s", "bias", "mean", "beta"],
        "right": "s * (bias - mean) + beta",
        "wrong": {
            "s * bias - mean + beta": "The mean is subtracted before the multiplication by s, so it is scaled as well.",
            "bias - s * mean + beta": "The old bias stands in z, and all of z is multiplied by s.",
            "bias - mean + beta": "Put x = 0 into z: what is left goes through s·(z − mean) + beta.",
            "beta - s * mean": "Where is the old bias? Put x = 0 into z: bias is left, not 0.",
            "s * (bias - mean + beta)": "beta is added at the end, after the multiplication.",
            "s * (bias - mean)": "Batch norm's own shift, beta, is added at the end.",
            "s * (bias + mean) + beta": "Batch norm subtracts the mean.",
        },
    },
    "then": r"""At x = 0 the line has the value s·(bias − mean) + beta. With many inputs and outputs that holds for each output j
by itself:

$$s_j = \frac{\gamma_j}{\sqrt{\text{running\_var}_j + \varepsilon}}$$

$$W'_j = s_j\, W_j, \qquad b'_j = s_j\,(b_j - \text{running\_mean}_j) + \beta_j$$

where $W_j$ is row j of torch's `weight`, of shape (outputs, inputs).""",
}

# %% [markdown]
# ### Exercise 6 · `fold_batchnorm` (3 points)
#
# Return weight and bias of the one linear layer that computes `bn(x @ weight.T + bias)` in evaluation. About three
# lines. Where gamma, beta or the old bias is None, the given lines have put ones or zeros in its place.
#
# **Tested:** to 1e-6 in float64: weights with more, fewer and as many rows as columns; `bias` None; a batch norm with
# `affine=False`; variances as small as eps; a batch norm that stands in training mode (use its running statistics all
# the same). All arguments stay as they were, the batch norm, too.


# %% exercise="fold_batchnorm"
def fold_batchnorm(weight, bias, bn):
    """Return the linear layer that does the work of a linear layer and the batch norm after it.

    Args:
        weight: shape (M, D), as in torch.nn.Linear.
        bias: shape (M,), or None.
        bn: a batch norm layer over M features with running statistics.

    Returns:
        folded_weight: shape (M, D).
        folded_bias: shape (M,).
    """
    gamma = torch.ones_like(bn.running_mean) if bn.weight is None else bn.weight.detach()
    beta = torch.zeros_like(bn.running_mean) if bn.bias is None else bn.bias.detach()
    old_bias = torch.zeros_like(bn.running_mean) if bias is None else bias
    ### BEGIN SOLUTION
    scale = gamma / torch.sqrt(bn.running_var + bn.eps)
    folded_weight = scale[:, None] * weight
    folded_bias = scale * (old_bias - bn.running_mean) + beta
    ### END SOLUTION
    return folded_weight, folded_bias


# %% check="fold_batchnorm" points=1
with checking(fold_batchnorm):
    bn = torch.nn.BatchNorm1d(2, eps=1.0)
    for tensor, values in (
        (bn.running_mean, [1, 2]),
        (bn.running_var, [3, 8]),
        (bn.weight, [6, -3]),
        (bn.bias, [10, 20]),
    ):
        tensor.data.copy_(torch.tensor(values))
    weight, bias = torch.tensor([[1.0, 2, 0], [5, 0, 1]]), torch.tensor([4.0, 0.0])
    folded_weight, folded_bias = fold_batchnorm(weight, bias, bn)
    assert folded_weight.shape == (2, 3), "weight keeps its shape, (2, 3)."
    assert folded_bias.shape == (2,), "bias keeps its shape, (2,)."
    told = "the scales are 6/√(3 + 1) = 3 and -3/√(8 + 1) = -1, one for each row of weight."
    assert torch.allclose(folded_weight, torch.tensor([[3.0, 6, 0], [-5, 0, -1]])), told
    told = "3·(4 - 1) + 10 = 19 and -1·(0 - 2) + 20 = 22."
    assert torch.allclose(folded_bias, torch.tensor([19.0, 22.0])), told

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# What the derivation above unfolds has three equations, one for each line. The first gives one number per output.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Output j belongs to *row* j of `weight`. A vector of shape (M,) lines up with the columns; with one more dimension,
# shape (M, 1), it lines up with the rows.
# </details>
# <details><summary>Hint 3: two inputs that tell all</summary>
#
# Both ways must agree for each x. Put in x = 0: the folded layer gives its bias alone, the two layers give what batch
# norm makes of the old bias. Put in a row with a single 1: what is added to that is one column of the folded weight.
# </details>

# %% hidden="fold_batchnorm"
# %% [markdown]
# Fold all four batch norms of a trained net: the net goes from thirteen layers to nine. For comparison, torch's layer
# gets the state of yours, too. Is it the same function? And what is saved? Times depend on the machine, so they are
# drawn, not printed: the processor time of a pass, the shortest of 200, so that other programs disturb least.


# %% folded
# Folds a whole net, puts torch's layer in place of yours, and measures a forward pass.
def fold_net(net):
    """The same function without batch norm: each Linear takes in the batch norm after it."""
    folded = []
    for part in net:
        if hasattr(part, "running_mean"):
            linear = folded.pop()
            weight, bias = fold_batchnorm(linear.weight.detach(), linear.bias, part)
            part = torch.nn.Linear(linear.in_features, linear.out_features).double()
            part.load_state_dict({"weight": weight, "bias": bias})
        folded.append(part)
    return torch.nn.Sequential(*folded).eval()


def in_library(part):
    """A batch norm of yours becomes torch's; anything else is copied."""
    return torch.nn.BatchNorm1d(64) if hasattr(part, "running_mean") else copy.deepcopy(part)


def seconds(model, x, repeats=200):
    """Processor time of a forward pass."""
    times = []
    with torch.no_grad():
        for _ in range(repeats):
            begin = time.process_time()
            model(x)
            times.append(time.process_time() - begin)
    return min(times)


# %% experiment="folding"
with needs("BatchNorm1d", "fold_batchnorm"):
    net = train_nets(0.1, seeds=1)[0][0].eval()
    library = torch.nn.Sequential(*[in_library(part) for part in net])
    library.double().load_state_dict(net.state_dict())
    models = {"your layer": net, "torch's layer": library.eval(), "folded": fold_net(net)}
    with torch.no_grad():
        outs = [model(x_test) for model in models.values()]
    print("the same to 1e-6:", all(torch.allclose(out, outs[0], atol=1e-6) for out in outs))
    print("layers:", len(net), "before,", len(models["folded"]), "after")
    rows = [1, 16, 256]
    times = np.array([[seconds(model, x_test[:n]) for n in rows] for model in models.values()])
    for place, (name, ratio) in enumerate(zip(models, times / times[0])):
        hatch = ("", "..", "//")[place]
        at = np.arange(3) + 0.27 * (place - 1)
        plt.bar(at, ratio, 0.27, hatch=hatch, edgecolor="white", label=name)
    plt.gca().set(xlabel="rows in the batch", ylabel="processor time, yours = 1")
    plt.gca().set(xticks=range(3), xticklabels=rows, title="What does a forward pass cost?")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()

# %% [markdown]
# *The figure:* three bars each for batches of 1, 16 and 256 rows, the processor time of a forward pass relative to the
# net with your layer. Where this was written, torch's layer took 70 to 85 % of it and the folded net about half.
#
# Folding is for inference only. In training the statistics belong to the batch, and there is nothing fixed to fold.
# PyTorch's own is `torch.nn.utils.fusion.fuse_linear_bn_eval`.

# %% [markdown]
# ## 10 · Freezing: fine-tuning a net that has batch norm
#
# You load a net that somebody has trained, keep its body as it is, and train a new last layer on your own data. The
# usual way is `requires_grad = False` for every parameter of the body. Does the body then stay what it was?
#
# The test: nets trained on the digits 0 to 4. Their last layer, the old *head*, is put aside. A new head learns the
# digits 5 to 9 from inverted pictures, light ink on dark paper. Then the old head comes back. The picture shows what
# the body saw first, and what it sees now.

# %% folded
# Splits the digits into the old task (0 to 4) and the new one (5 to 9, inverted); draws both.
old, old_test = y_train < 5, y_test < 5
x_new, y_new = 1 - x_train[~old], y_train[~old] - 5
_, panels = plt.subplots(2, 8, figsize=(7, 2))
for row, pictures in zip(panels, (x_train[old], x_new)):
    for panel, picture in zip(row, pictures):
        panel.imshow(picture.reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
        panel.axis("off")
plt.show()

# %% [markdown]
# *The figure:* two rows of eight pictures of 8 by 8 pixels. Above, dark digits from 0 to 4 on white paper; below, white
# digits from 5 to 9 on dark paper.

# %% predict="freeze_guess"
freeze_guess = {
    "question": "No parameter of the body can change. The new head was trained in training mode. Old head, old digits:",
    "options": {
        "same": "its accuracy is the same as before, to the last digit",
        "little": "its accuracy is lower than before, but by 1 to 5 points only",
        "better": "its accuracy is higher than before by 1 point or more",
        "much": "its accuracy is lower than before by 15 points or more",
    },
}


# %% folded
# Trains a net on the old task, then a new head on the new one; first calls prepare(body).
def fine_tune(seed, prepare):
    """Percent right on the old task, before and after, and whether all parameters stayed."""
    net = make_net(seed, 0.1, outputs=5).train()
    train_net(net, seed, steps=100, x=x_train[old], y=y_train[old])
    task = [torch.arange(int(old_test.sum()))], x_test[old_test], y_test[old_test]
    before, body, head = percent_right(net.eval(), *task), net[:-1], net[-1]
    parameters = [parameter.detach().clone() for parameter in body.parameters()]
    body.train().requires_grad_(False)
    prepare(body)
    torch.manual_seed(seed)
    new_head = torch.nn.Linear(64, 5, dtype=torch.float64)
    train_net(torch.nn.Sequential(body, new_head), seed, steps=50, x=x_new, y=y_new)
    same = all(map(torch.equal, parameters, body.parameters()))
    return before, percent_right(torch.nn.Sequential(body, head).eval(), *task), same


# %% experiment="requires_grad"
with needs("BatchNorm1d"):
    trials = [fine_tune(seed, prepare=lambda body: None) for seed in range(5)]
    before, after, same = np.transpose(trials)
    print("every parameter of the body is what it was:", bool(same.all()))
    lost = before - after  # Shape: (5 seeds,)
    if lost.min() >= 15:
        outcome = "much"
    elif lost.min() >= 1 and lost.max() <= 5:
        outcome = "little"
    else:
        outcome = "same" if not lost.any() else "better" if lost.max() <= -1 else ""
    measured = f"{before.min():.0f} to {before.max():.0f} % before, {after.min():.0f} to"
    verdict(freeze_guess, outcome, f"{measured} {after.max():.0f} % after, over five seeds.")

# %% [markdown]
# Running statistics are no parameters. No gradient reaches them, so `requires_grad` does not touch them; the *mode*
# alone decides, and fifty batches of other pictures have overwritten them. (PyTorch's
# [issue 86590](https://github.com/pytorch/pytorch/issues/86590), opened in 2022, asks for a switch. In Keras
# `layer.trainable = False` [does both](https://keras.io/api/layers/normalization_layers/batch_normalization/).)
#
# `momentum = 0` does not do it, either: the buffers would stay, but training mode would go on normalizing with the
# batch, so that the new head learns on numbers that evaluation never gives.

# %% [markdown]
# ### Exercise 7 · `freeze_batchnorm` (3 points)
#
# Freeze every batch norm layer in `model`, in place, about four lines: it normalizes with its running statistics, whatever
# comes in; these stay; and its weight and bias, if it has any, ask for no gradient. Nothing else in the model changes:
# not its mode, not that of its other parts, not what may be trained. A batch norm layer is, as in Exercise 5, a part
# that has a `running_mean` which is not None.
#
# **Tested:** batch norms of torch, as parts of the model and of its parts, with and without weight and bias; a dropout and
# linear layers beside them; a model in training and in evaluation mode; training that goes on; a model that was
# frozen, set to training mode and frozen again; a model without batch norm. The returned value is not looked at.


# %% exercise="freeze_batchnorm"
def freeze_batchnorm(model):
    """Let every batch norm of a model stand still: its mode, its statistics, its parameters.

    Args:
        model: a module; its batch norm layers are changed in place.
    """
    ### BEGIN SOLUTION
    for part in model.modules():
        if getattr(part, "running_mean", None) is not None:
            part.eval()
            part.requires_grad_(False)
    ### END SOLUTION


# %% check="freeze_batchnorm" points=1
with checking(freeze_batchnorm):
    model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.BatchNorm1d(1, eps=3.0))
    freeze_batchnorm(model)
    linear, bn = model
    bn.running_var.fill_(6.0)
    out = bn(torch.tensor([[3.0], [9.0]])).detach()
    told = "with running mean 0 and variance 6: 3/√(6 + 3) = 1 and 9/3 = 3."
    assert torch.allclose(out, torch.tensor([[1.0], [3.0]])), told
    assert bn.running_mean.item() == 0, "the running mean was 0 and stays 0."
    assert not bn.weight.requires_grad and not bn.bias.requires_grad, (
        "gamma and beta stand still, too."
    )
    assert model.training and linear.training, "the rest of the model stays in training mode."
    assert linear.weight.requires_grad, "the linear layer goes on learning."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Two things of a layer can move in training, and each is stopped by something else: the table of modes in section 1 and
# the table of drawers in section 5.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `model.modules()` goes through all parts, and the parts of parts. `getattr(part, name, None)` gives None where there
# is no such attribute. Every module has `eval()` and `requires_grad_(...)`; call them on the right one.
# </details>
# <details><summary>Hint 3: questions to ask of your code</summary>
#
# After the call: is `model.training` what it was? Is a dropout still in training mode? Does a linear layer still get a
# gradient? Is a batch norm inside of an inner `Sequential` reached? And one with `affine=False`?
# </details>

# %% hidden="freeze_batchnorm"
# %% [markdown]
# Once more, with your function in its place. Mind *when* it is called: `model.train()` at the start of an epoch puts
# every part back into training mode, so call it after that, each time.

# %% experiment="frozen"
with needs("BatchNorm1d", "freeze_batchnorm"):
    trials = [fine_tune(seed, prepare=freeze_batchnorm) for seed in range(5)]
    before, after, same = np.transpose(trials)
    print("the old task, the same to the last digit:", np.array_equal(before, after))

# %% [markdown]
# When to freeze? Further training of *all* weights gives both answers (five seeds, each arm at the best of five rates
# from 0.0003 to 0.03, 100 steps). With batches of 2 of the digits that they know, nets of 92 to 96 % fall to 82 to 92 %;
# frozen, they end at 95 to 96 %. With batches of 16 of digits at half the contrast on grey paper, where they begin at 71
# to 81 %, it is the other way round: 97 % with moving statistics, 95 to 96 % frozen. Small batches speak for freezing,
# data unlike the old ones against it.

# %% [markdown]
# ## 11 · What the articles say
#
# | an article says | you found |
# |---|---|
# | *Mastering Batch Normalization*: "momentum" sets the amount of regularization | refuted: training is the same in every bit (section 6) |
# | the same: in evaluation statistics are "computed over the entire dataset or a moving average of the training data" | both exist (8, 2); never of the test rows |
# | the same: this "ensures consistent behavior" | per row yes (1, 7); as good as the buffers (6, 8, 10) |
# | *What is batch normalization?*: inference uses "a running average calculated during training" | yes, with four conventions (3) |
# | *Batch Normalization*: "increased computational cost" | in training; in inference it can be folded away (9) |

# %% [markdown]
# ## Going deeper
#
# <details><summary>m = 2/(k + 1) matches the age, too</summary>
#
# Unrolled, the running value is Σ m(1 − m)^a · (batch a steps ago) + (1 − m)^t · start. For batches of variance s² its
# variance tends to s² m² Σ (1 − m)^{2a} = s² m/(2 − m): the V of section 3, found in another way.
#
# The mean age of what it contains is Σ a m(1 − m)^a = (1 − m)/m; that of the last k batches is (k − 1)/2. Equal again
# for k = 2/m − 1. The two are matched in noise *and* in lag.
# </details>

# %% [markdown]
# <details><summary>The start is a bias, and nobody corrects it</summary>
#
# If all batches come from one source with mean μ, the expected running mean after t batches is (1 − (1 − m)^t) μ, since
# it starts from 0. Dividing by 1 − (1 − m)^t would repair it; the Adam optimizer does so with its averages. Batch norm
# layers do not: at momentum 0.1 the bias is below 1 % after 44 batches. `momentum=None` has no such bias.
# </details>

# %% [markdown]
# <details><summary>Biased here, unbiased there: does it matter?</summary>
#
# With N rows the expected biased variance is (N − 1)/N of the source's: half for N = 2, 97 % for N = 32. Keras 3 and
# Flax keep it, so with small batches their evaluation divides by too small a root. PyTorch's choice is the paper's. Neither
# makes the two modes agree exactly: training divides by √(biased variance + eps) batch by batch, and the mean of
# roots is not the root of the mean. That is also why one averages variances and not standard deviations.
# </details>

# %% [markdown]
# <details><summary>Law of total variance: putting batches together</summary>
#
# For batches of n_b rows with means μ_b and biased variances v_b, together N rows with mean μ:
#
# $$N \cdot \mathrm{var} = \sum_b n_b\, v_b + \sum_b n_b\,(\mu_b - \mu)^2$$
#
# within plus between; divide by N − 1 for the unbiased one. So a count, a mean and a variance per batch suffice, and no
# rows need be stored. Lesson 09 uses it across machines.
# </details>

# %% [markdown]
# The next cell checks the law on batches of 7, 2 and 40 rows around different places.

# %%
rng = np.random.default_rng(2)
groups = [rng.normal(place, 1.0, size=n) for place, n in ((0, 7), (5, 2), (-3, 40))]
together = np.concatenate(groups)
within = sum(len(group) * group.var() for group in groups)
between = sum(len(group) * (group.mean() - together.mean()) ** 2 for group in groups)
print("within + between = all:", np.isclose(within + between, len(together) * together.var()))
print(f"share of the variance between the batches: {between / (within + between):.0%}")

# %% [markdown]
# <details><summary>Averaged weights need new statistics</summary>
#
# Stochastic weight averaging ([Izmailov et al. 2018](https://arxiv.org/abs/1803.05407)) evaluates a net whose weights are
# the average over many steps. No batch ever passed through *that* net, so its running statistics describe others.
# `torch.optim.swa_utils.update_bn` makes new ones: it resets the buffers, sets `momentum=None`, and runs the data
# through. That is Algorithm 2, with equal weights for batches and no spread between them; yours counts rows.
# [Wu and Johnson 2021](https://arxiv.org/abs/2105.07576) compare such estimates.
# </details>
#
# <details><summary>Folding before 8-bit arithmetic</summary>
#
# [Jacob et al. 2018](https://arxiv.org/abs/1712.05877) fold batch norm before they round weights to 8 bits, and imitate
# the folding in training, so that the net gets used to the rounded *folded* weights. Folding after rounding would
# round the wrong numbers.
# </details>

# %% [markdown]
# ## Check yourself

# %% quiz="what_momentum_is"
{
    "question": "A colleague's Keras model has momentum=0.9. Which momentum does your PyTorch layer need?",
    "choices": {
        "a": (
            "0.9",
            "In Keras 0.9 is the weight of the old value; in PyTorch it would be that of the new.",
        ),
        "b": (
            "0.1",
            "Keras keeps 0.9 of the old value, so the new one gets 0.1, and that is PyTorch's number.",
        ),
        "c": (
            "0.09",
            "The two weights sum to 1; nothing is multiplied.",
        ),
        "d": (
            "19",
            "That is the number of batches whose plain average is as noisy: the paper's number, not a momentum.",
        ),
    },
    "right": "b",
}

# %% quiz="which_variance"
{
    "question": "Which variance does PyTorch's layer use where, in training mode?",
    "choices": {
        "a": (
            "Unbiased for normalizing, biased for the running variance.",
            "The other way round: these N rows get spread 1 by their own biased variance.",
        ),
        "b": (
            "Biased for both.",
            "That is Keras 3 and Flax. PyTorch keeps an estimate for all the data, and that one is unbiased.",
        ),
        "c": (
            "Unbiased for both.",
            "Then a batch would leave with a spread below 1; normalization divides by N.",
        ),
        "d": (
            "Biased for normalizing, unbiased for the running variance.",
            "Two aims, two variances: standardize these rows, and estimate the variance of all rows.",
        ),
    },
    "right": "d",
}

# %% quiz="regularizer"
{
    "question": "Your net overfits. Somebody advises a higher batch norm momentum. What happens to the trained weights?",
    "choices": {
        "a": (
            "Nothing: they come out the same in every bit.",
            "Running statistics do not enter the training loss, so momentum cannot change a weight.",
        ),
        "b": (
            "They are regularized more strongly, and come out smaller.",
            "Section 6: the losses of all steps are equal for momentum 0.001 to 1. What is equal is not regularized.",
        ),
        "c": (
            "They are regularized less.",
            "Neither more nor less: the buffers are written in training, but not read.",
        ),
        "d": (
            "They converge faster.",
            "The optimizer's momentum could do that. The two share a name and nothing else.",
        ),
    },
    "right": "a",
}

# %% quiz="buffer_or_parameter"
{
    "question": "Why is running_mean a buffer and not a torch.nn.Parameter?",
    "choices": {
        "a": (
            "Because parameters are not saved in the state_dict.",
            "They are, and so are buffers. It is plain attributes that are lost.",
        ),
        "b": (
            "Because parameters cannot be changed in place.",
            "They can, under torch.no_grad(): an optimizer does nothing else.",
        ),
        "c": (
            "Because an optimizer may move any parameter.",
            "By weight decay, for instance. A buffer is saved and moved with the model, but no optimizer sees it.",
        ),
        "d": (
            "Because it has no gradient in training.",
            "A parameter without a gradient is legal. But the next optimizer with weight decay may still shrink it.",
        ),
    },
    "right": "c",
}

# %% quiz="good_in_a_batch"
{
    "question": "A net has 95 % on the shuffled test set and 15 % on photos one folder (one class) at a time. What first?",
    "choices": {
        "a": (
            "Train longer: 15 % means that it has not learned these classes.",
            "It has 95 % on the same classes when they are mixed. What differs is the company.",
        ),
        "b": (
            "Look whether model.eval() was called.",
            "In training mode each batch is centred on itself; with a single class that takes away what tells it apart.",
        ),
        "c": (
            "Use a smaller batch size.",
            "In training mode that makes it worse (section 7); in evaluation mode it changes nothing.",
        ),
        "d": (
            "Lower the momentum.",
            "In training mode the running statistics are not read, so momentum has no effect on these outputs.",
        ),
    },
    "right": "b",
}

# %% quiz="when_stale"
{
    "question": "When are the running statistics of a net wrong, although momentum and code are right?",
    "choices": {
        "a": (
            "After its weights were averaged over the last epochs.",
            "No batch ever passed through the averaged net: run the training data through it once.",
        ),
        "b": (
            "After it was saved and loaded.",
            "Buffers are saved with the state_dict, so they come back as they were.",
        ),
        "c": (
            "After the test set was evaluated twice.",
            "In evaluation mode nothing is updated, however often it runs.",
        ),
        "d": (
            "After batch norm was folded into the linear layers before it.",
            "Then they are no longer needed: their numbers stand in weight and bias.",
        ),
    },
    "right": "a",
}

# %% [markdown]
# ## To remember
#
# Training uses the batch and writes the buffers; evaluation uses the buffers and writes nothing. Momentum is, in
# PyTorch, the weight of the new value: it changes no weight of the net, only how well the buffers describe it. What
# freezes a batch norm is its mode, not `requires_grad`.
#
# **Next:** lesson 06 trains with it, and asks when batch norm helps, when it does not, and what it costs.

# %%
score_so_far("05_running_statistics")
