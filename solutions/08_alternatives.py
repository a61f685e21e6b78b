# %% [markdown]
# # 08 · Alternatives
#
# You will write one operator of three lines, get the whole family of norms out of it, and measure where each wins and
# where it loses. You write the test that decides who has lost, too.
#
# **You will be able to** *name* the numbers that share a mean in each norm; *write* the family forward and backward
# as PyTorch does; *predict* what a norm makes a network blind to; *choose* one for a small batch, a sequence or an
# image.
#
# **Needs** lessons 03 and 04; a little of 05 and 07 helps. **Time** 150 minutes, and half a minute of computing.
# **Points** 42.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested. Write the exercises in NumPy: they are graded where torch cannot be imported.

# %% setup
from functools import partial
from itertools import product

import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import checking, closest, derive, explore, load_digits, load_mnist
from autograder.learner import needs, predict, quiz, score_so_far, split
from autograder.learner import use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# Every norm of this lesson does the same three things: take a set of numbers, subtract their mean, divide by their
# spread. They differ in *which numbers share* a mean. Batch norm takes a column, so rows depend on each other; layer
# norm takes a row, so they do not, and nothing has to be remembered for inference.
#
# The next cell colours a batch of 4 rows and 6 features: same colour, same statistics.

# %% folded
# Draws which numbers of a batch share a mean: in batch norm, and in layer norm
columns, rows = np.tile(np.arange(6), (4, 1)), np.tile(np.arange(4)[:, None], (1, 6))
figure, panels = plt.subplots(1, 2, figsize=(7, 2.8))
names = "batch norm: 6 sets of 4", "layer norm: 4 sets of 6"
for panel, sets, name in zip(panels, (columns, rows), names):
    panel.imshow(sets, cmap="viridis", alpha=0.6)
    for (row, column), number in np.ndenumerate(sets):
        panel.text(column, row, number, ha="center", va="center")
    panel.grid(False)
    panel.set(title=name, xlabel="feature", ylabel="row of the batch")
    panel.set(xticks=range(6), yticks=range(4))
title = "Same colour and number, same mean and spread"
figure.suptitle(title, x=0.02, y=1.07, ha="left", size="medium")
plt.show()

# %% [markdown]
# *The figure:* two grids of 4 rows and 6 columns. Under batch norm each column has one colour and one number, 0 to 5:
# six sets of four values. Under layer norm each row has its own, 0 to 3: four sets of six values.

# %% [markdown]
# ## 1 · One operator
#
# NumPy has a word for "which numbers share a mean": the `axis` that `mean` runs over. So the whole family is one
# function with an argument `axes`. For images, `x` has the shape (N, C, H, W): N pictures, C channels, H × W positions.
# Choose the axes for a purpose first; what the choice is called comes after it.

# %% derive="axes_for_a_purpose"
{
    "question": "A net shall paint a photograph in the style of a painting. How dark the photograph is, and how strong its contrast, should not matter; that holds for *each channel*, and whatever else is in the batch. Over which axes of (N, C, H, W) does the mean run?",
    "choices": {
        "a": (
            "over N, H and W: `(0, 2, 3)`",
            "One mean for each channel, over all pictures: a dark picture among bright ones stays dark.",
        ),
        "b": (
            "over H and W: `(2, 3)`",
            "Each channel of each picture is a set of its own, so neither its level nor its contrast is left.",
        ),
        "c": (
            "over C, H and W: `(1, 2, 3)`",
            "All channels of a picture together have mean 0; one channel may still be darker than another.",
        ),
        "d": (
            "over C alone: `1`",
            "Every position becomes a set of its own: what is lost is how bright each pixel is, so the picture itself.",
        ),
    },
    "right": "b",
    "then": """That is **instance norm**, and style transfer is what it was made for. All four choices have a name:

| the mean runs over | name | number of means |
|---|---|---|
| N, H, W | batch norm | C |
| C, H, W | layer norm of a whole picture | N |
| H, W | instance norm | N · C |
| H, W and C/G neighbouring channels | group norm, G groups | N · G |
| C | layer norm of positions | N · H · W |
| D, for tokens of shape (N, T, D) | layer norm of tokens | N · T |""",
}

# %% [markdown]
# Once per set of numbers, the formula is lesson 03's:
#
# $$\hat x = \frac{x - \mathrm{mean}}{\sqrt{\mathrm{var} + \varepsilon}}$$
#
# with the **biased** variance (divided by the number of values in the set) and eps **inside** the root, in all of them
# and in PyTorch. One member, RMS norm, leaves the mean alone. It divides by √(mean(x²) + eps); we switch that on
# with `center=False`.

# %% [markdown]
# ### Exercise 1 · `normalize` (4 points)
#
# Return `x_hat`, of the shape of `x`. All values that differ only in their indices along `axes` share one mean and one
# biased variance. With `center=False` nothing is subtracted, and the mean of the squares stands where the variance
# was. About three lines.
#
# **Tested:** arrays of two, three and four axes, all lengths different and all equal; one axis, several, all; `axes`
# as a number, a tuple, a negative number; `center=False` around means far from 0; eps from 0.1 to 1, and 1e-5 where
# it is not given; a constant set (gives 0); a set of one value; a value far out; whole numbers; float32 around
# 10 000, right to 1 %. `x` stays as it was.


# %% exercise="normalize"
def normalize(x, axes, eps=1e-5, center=True):
    """Give every set of numbers that differ only along `axes` mean 0 and spread close to 1.

    Args:
        x: any shape, floating-point or whole numbers.
        axes: a number or a tuple of numbers, the axes that are averaged over; may be negative.
        eps: a small number, added to the biased variance.
        center: False to leave the mean alone and divide by the root of the mean square.

    Returns:
        x_hat: shape of x, floating point.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=axes, keepdims=True) if center else 0
    power = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    x_hat = (x - mean) / np.sqrt(power + eps)
    ### END SOLUTION
    return x_hat


# %% check="normalize" points=1
with checking(normalize):
    x = np.array([[1, 9], [5, 5]])
    rows = normalize(x, axes=1, eps=9)
    assert np.shape(rows) == (2, 2), "x_hat has the shape of x: (2, 2)."
    by_hand = (
        "row 1, 9 has mean 5 and var 16; the root of 16 + 9 is 5: -4/5, 4/5. Row 5, 5 is "
        "constant: 0, 0."
    )
    assert np.allclose(rows, [[-0.8, 0.8], [0, 0]]), by_hand
    by_hand = (
        "columns 1, 5 and 9, 5 both have var 4; the root of 4 + 12 is 4: -1/2, 1/2 and 1/2, "
        "-1/2."
    )
    assert np.allclose(normalize(x, axes=0, eps=12), [[-0.5, 0.5], [0.5, -0.5]]), by_hand
    together = normalize(np.array([[0, 2], [4, 6]]), axes=(0, 1), eps=4)
    by_hand = (
        "0, 2, 4, 6 together have mean 3 and var 20/4 = 5; the root of 5 + 4 is 3: -1, -1/3, "
        "1/3, 1."
    )
    assert np.allclose(together, [[-1, -1 / 3], [1 / 3, 1]]), by_hand
    by_hand = (
        "not centred, 1 and 7 have the mean square (1 + 49)/2 = 25; the root of 25 + 11 is 6: "
        "1/6, 7/6."
    )
    assert np.allclose(
        normalize(np.array([[1, 7]]), 1, eps=11, center=False), [[1 / 6, 7 / 6]]
    ), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# A mean over some axes has fewer axes than x. For the subtraction, x and the mean have to line up again, whichever axes
# were averaged.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `mean` accepts a tuple of axes, and `keepdims=True` leaves a length of 1 in the place of each averaged axis, so that
# the result broadcasts against x.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Take the mean over the axes, or 0 if nothing is to be centred. Take the mean over the same axes of the squared
# difference from it. Divide the difference by the root of that plus eps.
# </details>

# %% hidden="normalize"
# %% [markdown]
# Batch norm should now fall out. The next cell compares with PyTorch's, in training mode, for rows and for images.

# %%
import torch
from torch import nn
from torch.nn import functional as F

with needs("normalize"):
    rng = np.random.default_rng(0)
    table, images = rng.normal(3, 2, size=(32, 10)), rng.normal(3, 2, size=(8, 6, 5, 4))
    for x, where in ((table, 0), (images, (0, 2, 3))):
        theirs = F.batch_norm(torch.tensor(x), None, None, training=True).numpy()
        same = np.allclose(normalize(x, where), theirs)
        print(f"{x.ndim} axes, mean over {where}: equals batch norm:", same)

# %% [markdown]
# ## 2 · Layer norm
#
# [Ba, Kiros and Hinton (2016)](https://arxiv.org/abs/1607.06450) turned batch norm by 90 degrees: the statistics come
# from all units of one layer, on a single example. So a batch of one is fine, training and inference compute the same
# thing, and there is nothing to store but gamma and beta.
#
# In a transformer `x` is (N, T, D): N sequences of T tokens with D features. Each *token* is normalized by itself,
# over D alone.

# %% [markdown]
# ### Exercise 2 · `layer_norm` (3 points)
#
# `x` has shape (..., D): (N, D) or (N, T, D). Normalize over the **last axis**, then scale and shift. `gamma` and
# `beta` have shape (D,): one pair for each feature, the same for all rows and tokens. This is
# `torch.nn.LayerNorm(D)`. One line.
#
# **Tested:** two and three axes, N, T and D all different and all equal; gamma of both signs; eps from 0.1 to 1, and 1e-5
# where it is not given; rows with offsets of their own; a single row; a constant row (gives beta); a value far out; whole
# numbers. The arguments stay as they were.


# %% exercise="layer_norm"
def layer_norm(x, gamma, beta, eps=1e-5):
    """Standardize each row (or token) over its own features, then scale and shift each feature.

    Args:
        x: shape (..., D), floating-point or whole numbers.
        gamma, beta: shape (D,).
        eps: a small number, added to the biased variance.

    Returns:
        out: shape of x, floating point.
    """
    ### BEGIN SOLUTION
    out = gamma * normalize(x, -1, eps) + beta
    ### END SOLUTION
    return out


# %% check="layer_norm" points=1
with checking(layer_norm):
    x, gamma, beta = np.array([[1, 9], [5, 5], [10, 18]]), np.array([5, -10]), np.array([1, 2])
    out = layer_norm(x, gamma, beta, eps=9)
    assert np.shape(out) == (3, 2), "out has the shape of x: (3, 2)."
    by_hand = (
        "row 1, 9 has x_hat -0.8, 0.8. Feature 0: 5 times -0.8, plus 1, is -3; feature 1: -8 "
        "plus 2 is -6."
    )
    assert np.allclose(out[0], [-3, -6]), by_hand
    assert np.allclose(out[1], [1, 2]), (
        "row 5, 5 is constant: x_hat is 0 and beta is left, 1 and 2."
    )
    assert np.allclose(out[2], [-3, -6]), (
        "row 10, 18 is row 1, 9 plus 9: the same x_hat, the same result."
    )
    tokens = layer_norm(x[None], gamma, beta, eps=9)  # Shape: (1, 3, 2)
    assert np.allclose(tokens, out), "as three tokens of one sequence the rows give the same."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Your `normalize` does all but the last step. Which axis holds the features, and how can it be named when there may be
# two or three axes?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# −1 is the last axis, however many there are. gamma and beta of shape (D,) line up with the last axis by themselves.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# out is gamma times the normalized x, plus beta; eps has to be passed on.
# </details>

# %% hidden="layer_norm"
# %% [markdown]
# What does it forget? For each row by itself: its level and its scale. The next cell feeds a row, the row times 100
# plus 7, and the negative row.
#
# The textbook *Dive into Deep Learning* (section 8.5) says that LN(αx) ≈ LN(x) for any α ≠ 0. Look at the third line.

# %%
with needs("layer_norm"):
    row, ones, zeros = np.random.default_rng(1).normal(size=(1, 50)), np.ones(50), np.zeros(50)
    plain = layer_norm(row, ones, zeros)
    larger, negative = layer_norm(100 * row + 7, ones, zeros), layer_norm(-row, ones, zeros)
    print("100 x + 7 gives the same as x:", np.allclose(larger, plain, atol=1e-4))
    print("-x gives the same as x:       ", np.allclose(negative, plain))
    print("-x gives the negative:        ", np.allclose(negative, -plain))

# %% [markdown]
# So α > 0 is meant. In the vocabulary of lesson 03: batch norm forgets the scale of each *feature*, and of the weights
# in front of it; layer norm forgets the scale of each *example*. Both forget the scale of the weight matrix as a whole.
#
# Is forgetting good? That depends on what you want to know; section 11 puts it to the test.

# %% [markdown]
# ## 3 · RMS norm
#
# Is the subtraction of the mean needed? [Zhang and Sennrich (2019)](https://arxiv.org/abs/1910.07467) dropped it:
# divide by the root mean square. They report results comparable to layer norm's and 7 to 64 % less running time.
# Many of today's large language models use it.
#
# It has a gamma and no beta. Their formula has no eps at all. PyTorch adds it inside the root, and its default is not
# 1e-5 but the machine epsilon of x's type, so we always pass it.

# %% [markdown]
# ### Exercise 3 · `rms_norm` (3 points)
#
# `x` has shape (..., D), `gamma` (D,); there is no beta:
#
# $$\mathrm{out}_j = \gamma_j \frac{x_j}{\sqrt{\frac1D \sum_i x_i^2 + \varepsilon}}$$
#
# The default of eps is 1e-5 here, as everywhere in this lesson. One line.
#
# **Tested:** two and three axes, all different and all equal; means far from 0; gamma of both signs; eps from 0.1 to 1,
# and not given; a row of zeros (gives 0); a single row; a value far out; whole numbers. The arguments stay as they were.


# %% exercise="rms_norm"
def rms_norm(x, gamma, eps=1e-5):
    """Divide each row (or token) by its root mean square, then scale each feature.

    Args:
        x: shape (..., D), floating-point or whole numbers.
        gamma: shape (D,).
        eps: a small number, added to the mean square.

    Returns:
        out: shape of x, floating point.
    """
    ### BEGIN SOLUTION
    out = gamma * normalize(x, -1, eps, center=False)
    ### END SOLUTION
    return out


# %% check="rms_norm" points=1
with checking(rms_norm):
    x, gamma = np.array([[1, 7], [0, 0]]), np.array([6, -12])
    out = rms_norm(x, gamma, eps=11)
    assert np.shape(out) == (2, 2), "out has the shape of x: (2, 2)."
    by_hand = (
        "1 and 7 have the mean square 50/2 = 25; the root of 25 + 11 is 6. 1/6 times 6 is 1, "
        "7/6 times -12 is -14."
    )
    assert np.allclose(out[0], [1, -14]), by_hand
    assert np.allclose(out[1], [0, 0]), "a row of zeros stays 0: nothing is added afterwards."
    assert np.allclose(rms_norm(x[None], gamma, eps=11), out), (
        "as two tokens of one sequence the rows give the same."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Exercise 1 has a switch for exactly this.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# One call with the last axis, eps and the switch; one multiplication.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# out is gamma times x normalized over the last axis without centring, with the given eps.
# </details>

# %% hidden="rms_norm"
# %% [markdown]
# Where does it differ from layer norm? The experiment gives every row of 256 features the spread 1 and a common offset,
# and measures the spread that is left afterwards. Guess first.

# %% predict="offset_guess"
offset_guess = {
    "question": "Rows of spread 1 around an offset of 10. Layer norm leaves them with spread 1. RMS norm leaves about:",
    "options": {
        "one": "a spread of 1, as layer norm does",
        "hundredth": "a spread of 0.01",
        "tenth": "a spread of 0.1",
        "third": "a spread of 0.3",
    },
}

# %% experiment="offset"
scores = {}  # situation -> norm -> a number per seed, 100 is best: section 12 reads it
offsets, ones = np.array([0.3, 1, 3, 10, 30, 100]), np.ones(256)


def spreads_left():
    """Norm -> the spread that it leaves. Shape: (5 seeds, 6 offsets)."""
    draws = [np.random.default_rng(seed).normal(size=(8, 256)) for seed in range(5)]
    draws = [(x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True) for x in draws]
    norms = {"LN": lambda x: layer_norm(x, ones, 0 * ones), "RMS": lambda x: rms_norm(x, ones)}
    left = {
        name: [[norm(x + shift).std(axis=1).mean() for shift in offsets] for x in draws]
        for name, norm in norms.items()
    }
    return {name: np.array(found) for name, found in left.items()}


with needs("layer_norm", "rms_norm"):
    at_ten = {name: found[:, 3] for name, found in spreads_left().items()}
    scores["rows with an offset of 10"] = {name: 100 * found for name, found in at_ten.items()}
    known, rms = {"one": 1, "hundredth": 0.01, "tenth": 0.1, "third": 0.3}, at_ten["RMS"]
    outcome = closest(rms.mean(), known, within=1.5)
    verdict(offset_guess, outcome, f"{rms.min():.2f} to {rms.max():.2f} over five seeds.")

# %% folded
# Draws the spread that is left against the offset
with needs("layer_norm", "rms_norm"):
    names = {"LN": "layer norm", "RMS": "RMS norm"}
    for (name, found), style in zip(spreads_left().items(), ("o-", "s--")):
        plt.loglog(offsets, found.mean(axis=0), style, label=names[name])
    plt.gca().set(xlabel="offset of the row (its spread is 1)", ylabel="spread afterwards")
    plt.title("RMS norm spends its budget on the offset")
    plt.legend()
    plt.show()

# %% [markdown]
# *The figure:* the row's offset (0.3 to 100) against the spread that is left, both logarithmic. Layer norm is flat at 1.
# RMS norm starts close to 1 and falls like 1/offset: 0.1 at 10, 0.01 at 100.

# %% derive="spread_behind_rms"
{
    "question": "In general: a row has mean `m` and spread `s`, eps is 0 and gamma 1. Which spread does RMS norm leave? Write it in `m` and `s`; a root is `np.sqrt(...)`.",
    "blank": {
        "names": ["m", "s"],
        "right": "s / np.sqrt(m**2 + s**2)",
        "wrong": {
            "s / m": "Nearly, for large m. But a row with mean 0 would be divided by 0; what is the mean of its squares?",
            "s / (m + s)": "The mean of the squares is not the square of m + s: the mixed term averages to 0.",
            "s / np.sqrt(m**2 + s)": "s is the spread; the mean of the squares holds the variance.",
            "1 / np.sqrt(m**2 + s**2)": "That is the factor. What does it do to a spread of s?",
            "1": "That is what layer norm leaves.",
        },
        "told": "With m = 10 and s = 1 that is 0.0995.",
    },
    "then": """The mean of the squares is mean² + var: that is the variance, solved for its first term. So RMS norm rests on the
hope that means stay small beside spreads. Its authors state it as a hypothesis, not a theorem; that it works in
language models speaks for it.""",
}

# %% [markdown]
# ## 4 · Images: instance norm and group norm
#
# **Instance norm** ([Ulyanov et al. 2016](https://arxiv.org/abs/1607.08022)): every channel of every picture by itself.
# Made for style transfer, where the contrast of the content picture should not matter.
#
# **Group norm** ([Wu and He 2018](https://arxiv.org/abs/1803.08494)): in each picture, G groups of *neighbouring*
# channels. Channels 0 to C/G − 1 are group 0, the next C/G are group 1, and so on. What it is for the smallest and for
# the largest G, you will say yourself.

# %% [markdown]
# A trap hides in the affine part. In PyTorch, `InstanceNorm2d` and `GroupNorm` have one gamma and one beta for each
# **channel**, shape (C,): not one for each group, not one for each pixel. `LayerNorm([C, H, W])` has them for each
# pixel of each channel, shape (C, H, W).

# %% [markdown]
# ### Exercise 4 · `instance_norm` (3 points)
#
# `x` is (N, C, H, W); `gamma` and `beta` are (C,). Each of the N · C pictures of H × W values gets mean 0 and spread
# close to 1 (biased variance, eps inside the root); then channel c is scaled by gamma[c] and shifted by beta[c]. As
# `torch.nn.InstanceNorm2d(C, affine=True)`, whose affine part is off by default. About two lines.

# %% [markdown]
# **Tested:** N, C, H, W all different, all equal; channels and pictures with offsets and scales of their own; gamma of
# both signs; eps from 0.1 to 1, and 1e-5 where it is not given; a constant picture, and H = W = 1 (both give beta); a
# value far out; whole numbers. The arguments stay as they were.


# %% exercise="instance_norm"
def instance_norm(x, gamma, beta, eps=1e-5):
    """Standardize each channel of each picture by itself, then scale and shift each channel.

    Args:
        x: shape (N, C, H, W), floating-point or whole numbers.
        gamma, beta: shape (C,).
        eps: a small number, added to the biased variance.

    Returns:
        out: shape (N, C, H, W), floating point.
    """
    ### BEGIN SOLUTION
    x_hat = normalize(x, (2, 3), eps)
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    ### END SOLUTION
    return out


# %% check="instance_norm" points=1
with checking(instance_norm):
    x = np.array([[1, 9], [5, 5], [10, 18], [20, 28]]).reshape(
        2, 2, 1, 2
    )  # 2 pictures, 2 channels
    out = instance_norm(x, gamma=np.array([5, -10]), beta=np.array([1, 2]), eps=9)
    assert np.shape(out) == (2, 2, 1, 2), "out has the shape of x: (2, 2, 1, 2)."
    by_hand = "picture 0, channel 0 holds 1, 9: x_hat is -0.8, 0.8; times 5, plus 1: -3, 5."
    assert np.allclose(out[0, 0, 0], [-3, 5]), by_hand
    assert np.allclose(out[0, 1, 0], [2, 2]), (
        "picture 0, channel 1 is constant: x_hat is 0, beta 2 is left."
    )
    assert np.allclose(out[1, 0, 0], [-3, 5]), (
        "picture 1, channel 0 holds 10, 18: the same x_hat, so -3, 5 again."
    )
    assert np.allclose(out[1, 1, 0], [10, -6]), (
        "picture 1, channel 1: again -0.8, 0.8; times -10, plus 2: 10, -6."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The table that the question of section 1 unfolds says which axes share a mean. The rest is to line up (C,) with
# (N, C, H, W).
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# NumPy lines shapes up from the right, where H and W are. Indexing gamma with `None` twice, after a full slice, adds
# two axes of length 1 at its end.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Normalize over the two last axes with eps. Multiply by gamma of shape (C, 1, 1) and add beta of that shape.
# </details>

# %% hidden="instance_norm"
# %% derive="values_of_a_group"
{
    "question": "Group norm of (N, C, H, W) with G groups. How many numbers share one mean?",
    "blank": {
        "names": ["N", "C", "H", "W", "G"],
        "right": "C / G * H * W",
        "wrong": {
            "C * H * W": "That is the whole picture: G = 1.",
            "H * W": "That is one channel: G = C, instance norm.",
            "C / G": "The positions of these channels are in the set as well.",
            "G * H * W": "G is the number of groups in a picture, not of channels in a group.",
            "N * C / G * H * W": "Pictures are never mixed here.",
            "N * G": "That is how many means there are.",
        },
        "told": "And there are N · G such sets.",
    },
    "then": """With G = 1 a set is C · H · W numbers, layer norm of a whole picture; with G = C it is H · W, instance norm.
(`GroupNorm(1, C)` and `LayerNorm([C, H, W])` share their statistics; they differ in the shape of gamma and beta.)
In memory the numbers of a set lie side by side: channels of a group are neighbours, and so are the positions of a
channel. So a reshape alone makes each set one axis of an array.""",
}

# %% [markdown]
# ### Exercise 5 · `group_norm` (5 points)
#
# `x` is (N, C, H, W); `groups` is G; `gamma` and `beta` are (C,). A set is C/G neighbouring channels of one picture,
# all positions. If C is not divisible by G, raise a `ValueError`. As `torch.nn.GroupNorm(G, C)`. About five lines.

# %% [markdown]
# **Tested:** N, C, H, W all different, G neither 1 nor C, nor the square root of C; G = 1; G = C; N = C = H = W; channels
# and pictures with offsets and scales of their own; gamma of both signs; eps from 0.1 to 1, and 1e-5 where it is not
# given; a constant group (gives beta); a value far out; whole numbers; the `ValueError`, also where H · W is divisible by
# G. The arguments stay as they were.


# %% exercise="group_norm"
def group_norm(x, groups, gamma, beta, eps=1e-5):
    """Standardize groups of neighbouring channels, then scale and shift each channel.

    Args:
        x: shape (N, C, H, W), floating-point or whole numbers.
        groups: G, the number of groups.
        gamma, beta: shape (C,).
        eps: a small number, added to the biased variance.

    Returns:
        out: shape (N, C, H, W), floating point.

    Raises:
        ValueError: C is not divisible by G.
    """
    n, c, h, w = x.shape
    ### BEGIN SOLUTION
    if c % groups:
        raise ValueError(f"{c} channels cannot be divided into {groups} groups")
    sets = x.reshape(n, groups, c // groups * h * w)
    x_hat = normalize(sets, 2, eps).reshape(x.shape)
    out = gamma[:, None, None] * x_hat + beta[:, None, None]
    ### END SOLUTION
    return out


# %% check="group_norm" points=1
with checking(group_norm):
    x = np.array([0, 3, 6, 10, 13, 16]).reshape(
        1, 6, 1, 1
    )  # one picture of one pixel, 6 channels
    out = group_norm(x, 2, gamma=np.array([5, 2, -10, 1, -2, 3]), beta=np.arange(6), eps=3)
    assert np.shape(out) == (1, 6, 1, 1), "out has the shape of x: (1, 6, 1, 1)."
    by_hand = (
        "groups 0, 3, 6 and 10, 13, 16 have var 6; the root of 6 + 3 is 3: x_hat is -1, 0, 1 "
        "in both. "
    )
    by_hand += "Times 5, 2, -10, 1, -2, 3, plus 0, 1, 2, 3, 4, 5: -5, 1, -8, 2, 4, 8."
    assert np.allclose(out.ravel(), [-5, 1, -8, 2, 4, 8]), by_hand
    try:
        refused = group_norm(x, 4, gamma=np.ones(6), beta=np.zeros(6)) is None
    except ValueError:
        refused = True
    except AssertionError:
        refused = False
    assert refused, "6 channels cannot be divided into 4 groups: raise a ValueError."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Neighbouring channels lie next to each other in memory. So the axis of length C can be split into two, (G, C/G), by
# a reshape alone; no transpose is needed.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Reshape to three axes: pictures, groups, everything in a group. Now a set is one axis, and `normalize` knows what
# to do. The remainder of C divided by G tells whether the split is possible.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Raise if there is a remainder. Reshape, normalize over the last axis with eps, reshape back to four axes. Scale and
# shift each channel as in Exercise 4.
# </details>

# %% hidden="group_norm"
# %% [markdown]
# **Same colour, same statistics.** Now your functions draw the picture of this family. Nothing in the two cells knows the
# axes: one number of `x` is changed, and the outputs that move get one colour. Here 2 pictures, 4 channels, 3 positions.


# %% folded
# Finds which values share their statistics: changes one, and looks which outputs move
def shared_sets(norm, shape=(2, 4, 1, 3)):
    """Number the sets of values that move together when one of them is changed."""
    x = np.random.default_rng(0).normal(size=shape)
    sets, before = np.full(shape, -1), norm(x)
    for place in np.ndindex(shape):
        if sets[place] < 0:
            changed = x.copy()
            changed[place] += 1
            sets[np.abs(norm(changed) - before) > 1e-9] = sets.max() + 1
    return sets


# %% folded picture="same_colour_same_statistics"
# Draws the sets of five norms, as your functions have them
with needs("normalize", "instance_norm", "group_norm"):
    one, zero = np.ones(4), np.zeros(4)
    family = {
        "batch norm": lambda x: normalize(x, (0, 2, 3)),
        "layer norm\n(picture)": lambda x: group_norm(x, 1, one, zero),
        "group norm\n(2 groups)": lambda x: group_norm(x, 2, one, zero),
        "instance norm": lambda x: instance_norm(x, one, zero),
        "layer norm\n(position)": lambda x: normalize(x, 1),
    }
    sets = {
        name: shared_sets(norm).transpose(0, 3, 1, 2).reshape(6, 4)
        for name, norm in family.items()
    }
    figure, panels = plt.subplots(1, 5, figsize=(9, 3.2), sharey=True)
    for panel, (name, colours) in zip(panels, sets.items()):
        panel.imshow(colours, cmap="viridis", alpha=0.6, aspect="auto")
        for (row, column), number in np.ndenumerate(colours):
            panel.text(column, row, number, ha="center", va="center", size="small")
        panel.axhline(2.5, color="black", linewidth=2)
        panel.grid(False)
        panel.set(title=name, xlabel="channel", xticks=range(4))
    panels[0].set(ylabel="picture and position", yticks=range(6))
    panels[0].set_yticklabels(
        [f"{picture}, {position}" for picture, position in np.ndindex(2, 3)]
    )
    figure.suptitle(
        "Same colour and number, same statistics: only batch norm crosses the black line"
    )
    plt.show()
    print(
        {name.replace("\n", " "): f"{colours.max() + 1} sets" for name, colours in sets.items()}
    )

# %% [markdown]
# *The figure:* five grids; columns are 4 channels, rows the 3 positions of picture 0, a black line, those of
# picture 1. Batch norm: 4 sets, each a column through both pictures. Layer norm of a picture: 2 sets, one per picture.
# Group norm: 4 sets, two neighbouring columns of a picture. Instance norm: 8, one column of a picture. Layer norm per
# position: 6, one row each.

# %% [markdown]
# Everything else follows from the black line. If sets stay on one side of it, a picture's output does not depend on the
# other pictures: no batch size, no running statistics, no difference between training and inference.
#
# The smallest sets are a warning: with H = W = 1 an instance norm's set has one member, whose x_hat is 0 whatever it
# was.

# %% [markdown]
# ## 5 · The way back
#
# In lesson 04 you found that mean and variance are not constants: each has a path of its own back to `x`. Nothing of
# that derivation asked what the numbers of a set *are*. Use it on a row. Pencil and paper: four features, eps = 0,
# x = 0, 0, 4, 4, gamma = 2, 1, 1, 1, and the gradient that arrives is dout = 8, 0, 0, 0.

# %% derive="dx_of_a_row"
{
    "question": "Layer norm of the row 0, 0, 4, 4 with gamma 2, 1, 1, 1 and eps 0. The gradient 8, 0, 0, 0 arrives. Which dx goes on?",
    "choices": {
        "a": (
            "8, 0, 0, 0",
            "That is dx_hat divided by the spread, as if mean and spread were constants: x_0 moves them both.",
        ),
        "b": (
            "6, −2, −2, −2",
            "The path through the mean is there, the one through the spread is missing: this still stretches the row.",
        ),
        "c": (
            "2, −2, 0, 0",
            "Both paths are there. But x_hat was multiplied by gamma, which is 2 in the first feature.",
        ),
        "d": (
            "4, −4, 0, 0",
            "It sums to 0, and so does its product with x_hat: the level and the scale of a row get no gradient.",
        ),
    },
    "right": "d",
    "then": """The mean is 2 and the spread s is 2, so x_hat = −1, −1, 1, 1, and dx_hat = dout · gamma = 16, 0, 0, 0. Its mean is
4; the mean of dx_hat · x_hat is −4. Lesson 04's formula, with means over the numbers of *one set*, is true of every
norm that subtracts a mean:

$$dx = \\frac{1}{s}\\left(dx\\_hat - \\mathrm{mean}(dx\\_hat) - \\hat x \\cdot \\mathrm{mean}(dx\\_hat \\cdot \\hat x)\\right)$$

Here: (16 − 4 − 4)/2 = 4, (0 − 4 − 4)/2 = −4, (0 − 4 + 4)/2 = 0 and 0 again.""",
}

# %% derive="two_axes"
{
    "question": "Layer norm of tokens, x of shape (N, T, D) and gamma of shape (D,). Over which axes run the two means inside dx, and over which the sum of dgamma = Σ dout · x_hat?",
    "choices": {
        "a": (
            "means over the last axis, sum over the first two",
            "A token's statistics come from its own features; gamma[j] acts on feature j of *every* token.",
        ),
        "b": (
            "means over the first two axes, sum over the first two",
            "That is batch norm over all tokens, where both directions are the same.",
        ),
        "c": (
            "means over the last axis, sum over the last axis",
            "Then dgamma would have the shape (N, T): one number per token. How many entries has gamma?",
        ),
        "d": (
            "means over the first two axes, sum over the last axis",
            "The other way round: which numbers share a mean, and which share a gamma?",
        ),
    },
    "right": "a",
    "then": """In batch norm both directions were the same; here they are not, and mixing them up is the classic mistake. dx has
means *inside a row*; dgamma and dbeta have sums *over rows and tokens*.""",
}

# %% derive="rms_backward"
{
    "question": "RMS norm divides by r = √(mean(x²) + eps) and subtracts nothing; x_hat is x/r. Which dx does it have?",
    "choices": {
        "a": (
            "dx_hat / r",
            "That takes r for a constant. But r grows with every |x_i|: there is a path through it.",
        ),
        "b": (
            "(dx_hat − mean(dx_hat)) / r",
            "That is the path through a mean, which RMS norm does not have.",
        ),
        "c": (
            "(dx_hat − x_hat · mean(dx_hat · x_hat)) / r",
            "One path, through the size; without a mean there is no path through one.",
        ),
        "d": (
            "(dx_hat − mean(dx_hat) − x_hat · mean(dx_hat · x_hat)) / r",
            "That is layer norm's. Which of the two paths is there when no mean is subtracted?",
        ),
    },
    "right": "c",
    "then": "The derivative of r by x_i is x_i/(D · r) = x_hat_i/D; the rest is the chain rule. A cell below compares it with autograd.",
}

# %% [markdown]
# ### Exercise 6 · `layer_norm_backward` (5 points)
#
# For `out = layer_norm(x, gamma, beta, eps)` and the upstream gradient `dout` (the shape of x), return `dx`, `dgamma`,
# `dbeta`. A real layer would keep a cache; to be graded by itself, this function gets `x` again. About nine lines.
#
# **Tested:** (N, D) and (N, T, D), all lengths different and all equal; a single row; upstream gradients whose mean is not
# 0; gamma of both signs; eps from 0.1 to 1, and 1e-5 where it is not given; a constant row; rows with offsets of their own;
# the three results by themselves. `dgamma` and `dbeta` have shape (D,). The arguments stay as they were.


# %% exercise="layer_norm_backward"
def layer_norm_backward(dout, x, gamma, eps=1e-5):
    """Send a gradient back through layer norm.

    Args:
        dout: shape of x, the gradient of the loss by layer norm's output.
        x: shape (..., D), layer norm's input.
        gamma: shape (D,).
        eps: as in layer_norm.

    Returns:
        dx: shape of x.
        dgamma: shape (D,).
        dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    rows = tuple(range(x.ndim - 1))
    x_hat = normalize(x, -1, eps)
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    dx_hat = dout * gamma
    through_mean = dx_hat.mean(axis=-1, keepdims=True)
    through_var = x_hat * (dx_hat * x_hat).mean(axis=-1, keepdims=True)
    dx = (dx_hat - through_mean - through_var) / std
    dgamma = (dout * x_hat).sum(axis=rows)
    dbeta = dout.sum(axis=rows)
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% check="layer_norm_backward" points=1
with checking(layer_norm_backward):
    x, dout = np.array([[0, 0, 4, 4], [1, 1, 5, 5]]), np.array([[8, 0, 0, 0], [0, 0, 0, 2]])
    dx, dgamma, dbeta = layer_norm_backward(dout, x, gamma=np.array([2, 1, 1, 1]), eps=0)
    assert np.shape(dx) == (2, 4), "dx has the shape of x: (2, 4)."
    assert np.shape(dgamma) == np.shape(dbeta) == (4,), (
        "gamma and beta have 4 entries, so have their gradients."
    )
    assert np.allclose(dbeta, [8, 0, 0, 2]), (
        "beta is added to every row: its gradient is the sum of dout's rows."
    )
    assert np.allclose(dgamma, [-8, 0, 0, 2]), (
        "x_hat is -1, -1, 1, 1 in both rows; times dout, summed over rows."
    )
    assert np.allclose(dx[0], [4, -4, 0, 0]), (
        "row 0 is the one done on paper above: 4, -4, 0, 0."
    )
    by_hand = "row 1: dx_hat is 0, 0, 0, 2, its mean 1/2, the mean of dx_hat * x_hat 1/2: "
    assert np.allclose(dx[1], [0, 0, -0.5, 0.5]), by_hand + "0, 0, -1, 1, divided by 2."
    of_tokens = layer_norm_backward(dout[None], x[None], gamma=np.array([2, 1, 1, 1]), eps=0)[1]
    by_hand = "as two tokens of one sequence, (1, 2, 4): there is still one gamma per feature."
    assert np.shape(of_tokens) == (4,), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Two directions: means inside a row, over its D features, for dx; sums over all rows and tokens for dgamma and dbeta.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `keepdims=True` for everything that is a mean inside a row. A tuple of all axes but the last for the two sums:
# `range` up to the number of axes less one.
# </details>
# <details><summary>Hint 3: a case to follow</summary>
#
# Do the row 0, 0, 4, 4 of the question above with your code, and print each step: x_hat, s, dx_hat, both means. The
# first that differs from the numbers there is the line to look at. Then two equal rows: dx must be the same in both,
# and dgamma twice as large.
# </details>

# %% hidden="layer_norm_backward"
# %% [markdown]
# ### Exercise 7 · `group_norm_backward` (4 points)
#
# The same for `out = group_norm(x, groups, gamma, beta, eps)`, with `x` and `dout` of shape (N, C, H, W). Return `dx`,
# `dgamma`, `dbeta`. gamma[c] acts on every picture and position of channel c. About eight lines; after a reshape, a
# group is a row, and your `layer_norm_backward` may do the hard part.

# %% [markdown]
# **Tested:** N, C, H, W all different, G neither 1 nor C; G = 1; G = C; N = C = H = W; upstream gradients whose mean is not 0;
# gamma of both signs, different within a group; eps from 0.1 to 1, and 1e-5 where it is not given; channels and pictures
# with offsets of their own; the three results by themselves. `dgamma`, `dbeta`: (C,). The arguments stay as they were.


# %% exercise="group_norm_backward"
def group_norm_backward(dout, x, groups, gamma, eps=1e-5):
    """Send a gradient back through group norm.

    Args:
        dout: shape (N, C, H, W), the gradient of the loss by group norm's output.
        x: shape (N, C, H, W), group norm's input.
        groups: G, a divisor of C.
        gamma: shape (C,).
        eps: as in group_norm.

    Returns:
        dx: shape (N, C, H, W).
        dgamma: shape (C,).
        dbeta: shape (C,).
    """
    n, c, h, w = x.shape
    ### BEGIN SOLUTION
    sets = x.reshape(n * groups, c // groups * h * w)
    dx_hat = (dout * gamma[:, None, None]).reshape(sets.shape)
    dx, _, _ = layer_norm_backward(dx_hat, sets, np.ones(sets.shape[1]), eps)
    dx = dx.reshape(x.shape)
    x_hat = normalize(sets, 1, eps).reshape(x.shape)
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3))
    dbeta = dout.sum(axis=(0, 2, 3))
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% check="group_norm_backward" points=1
with checking(group_norm_backward):
    x = np.array([[0, 0], [4, 4], [1, 1], [5, 5]]).reshape(
        1, 4, 1, 2
    )  # group 0 is channels 0 and 1
    dout = np.array([[8, 0], [0, 0], [0, 0], [0, 2]]).reshape(1, 4, 1, 2)
    dx, dgamma, dbeta = group_norm_backward(dout, x, 2, gamma=np.array([2, 1, 1, 1]), eps=0)
    assert np.shape(dx) == (1, 4, 1, 2), "dx has the shape of x: (1, 4, 1, 2)."
    assert np.shape(dgamma) == np.shape(dbeta) == (4,), (
        "one gamma and one beta per channel: shape (4,)."
    )
    assert np.allclose(dbeta, [8, 0, 0, 2]), (
        "beta[c] is added to all of channel c: sum dout over it."
    )
    assert np.allclose(dgamma, [-8, 0, 0, 2]), (
        "x_hat is -1 in channels 0 and 2, 1 in 1 and 3; times dout, summed."
    )
    by_hand = (
        "group 0 holds 0, 0, 4, 4 and group 1 holds 1, 1, 5, 5: the two rows of Exercise 6."
    )
    assert np.allclose(dx.reshape(2, 4), [[4, -4, 0, 0], [0, 0, -0.5, 0.5]]), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Make each group of each picture a row of a matrix: (N · G, C/G · H · W). What layer norm does to that matrix is what
# group norm does to x, but for gamma.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# gamma belongs to channels, so multiply dout by it, as (C, 1, 1), before the reshape. For layer norm's backward the
# gamma is then all ones.
# </details>
# <details><summary>Hint 3: what belongs where</summary>
#
# Three results, two shapes. dx lives in the sets: it comes back from the matrix of groups and is reshaped. dgamma and
# dbeta live in the channels: for them x_hat needs its four axes again. Which of the four does a channel not have?
# </details>

# %% hidden="group_norm_backward"
# %% [markdown]
# **The whole family against PyTorch, in value and gradient.** For layer and group norm your own backward is compared with
# autograd. The other layers have no backward of yours, so the cell measures a slope of *your* forward in a random
# direction and compares it with autograd's.


# %% folded
# Compares one of your layers with PyTorch's, in value and in the slope along a random direction
def measured_slope(f, x, dout, direction, step=1e-6):
    return np.sum(dout * (f(x + step * direction) - f(x - step * direction))) / (2 * step)


def compare(name, mine, theirs, x):
    """Value and slope of one of your layers beside PyTorch's."""
    dout, direction = np.random.default_rng(7).normal(1, 1, size=(2, *x.shape))
    given = torch.tensor(x, requires_grad=True)
    out = theirs(given)
    out.backward(torch.tensor(dout))
    theirs_slope = np.sum(given.grad.numpy() * direction)
    slope = np.isclose(measured_slope(mine, x, dout, direction), theirs_slope, rtol=1e-5)
    value = np.allclose(mine(x), out.detach().numpy())
    print(f"{name:<22} same value: {value}, same slope: {bool(slope)}")


# %% folded
# Four of your layers beside PyTorch's
rng = np.random.default_rng(8)
tokens, images = rng.normal(2, 3, size=(4, 5, 6)), rng.normal(2, 3, size=(3, 6, 5, 4))
gamma, beta = rng.normal(size=(2, 6))
g, b = torch.tensor(gamma, requires_grad=True), torch.tensor(beta)
layers_of_both = {  # name -> yours, PyTorch's, an input
    "LayerNorm": (
        partial(layer_norm, gamma=gamma, beta=beta),
        lambda x: F.layer_norm(x, (6,), g, b),
        tokens,
    ),
    "RMSNorm, eps 1e-5": (
        partial(rms_norm, gamma=gamma),
        lambda x: F.rms_norm(x, (6,), g, 1e-5),
        tokens,
    ),
    "InstanceNorm2d": (
        partial(instance_norm, gamma=gamma, beta=beta),
        lambda x: F.instance_norm(x, None, None, g, b),
        images,
    ),
    "GroupNorm, 3 groups": (
        partial(group_norm, groups=3, gamma=gamma, beta=beta),
        lambda x: F.group_norm(x, 3, g, b),
        images,
    ),
}
with needs("layer_norm", "rms_norm", "instance_norm", "group_norm"):
    for name, (mine, theirs, x) in layers_of_both.items():
        compare(name, mine, theirs, x)

# %% [markdown]
# And the way back, each output by itself: your two backwards, and the formula of RMS norm that you chose above.


# %% folded
# Compares three ways back with autograd
def rms_norm_backward(dout, x, gamma, eps=1e-5):
    dx_hat, r = dout * gamma, np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
    through_r = x / r * (dx_hat * x / r).mean(axis=-1, keepdims=True)
    return (dx_hat - through_r) / r, (dout * x / r).sum(axis=(0, 1))


with needs("layer_norm_backward", "group_norm_backward"):
    for name, x, mine, theirs in (
        ("layer norm", tokens, layer_norm_backward, lambda x: F.layer_norm(x, (6,), g, b)),
        ("RMS norm", tokens, rms_norm_backward, lambda x: F.rms_norm(x, (6,), g, 1e-5)),
        (
            "group norm",
            images,
            lambda dout, x, gamma: group_norm_backward(dout, x, 3, gamma),
            lambda x: F.group_norm(x, 3, g, b),
        ),
    ):
        given, dout = torch.tensor(x, requires_grad=True), rng.normal(1, 1, size=x.shape)
        wanted = torch.autograd.grad(theirs(given), (given, g), torch.tensor(dout))
        dx, dgamma = mine(dout, x, gamma)[:2]
        same = np.allclose(dx, wanted[0].numpy()), np.allclose(dgamma, wanted[1].numpy())
        print(f"{name} backward: dx as autograd {same[0]}, dgamma as autograd {same[1]}")

# %% [markdown]
# ## 6 · Normalize the weights instead
#
# **Weight standardization** ([Qiao et al. 2019](https://arxiv.org/abs/1903.10520)) does not look at activations at all: in
# every forward pass, each *filter* (all weights that lead to one output channel) gets mean 0 and spread 1. It is used
# together with group norm, for very small batches.
#
# Conventions differ. The paper's later version (2020) has a biased variance with eps inside the root, and so do we. Its
# first version had eps outside, and the
# [authors' own code](https://github.com/joe-siyuan-qiao/WeightStandardization/issues/1) an unbiased `std` besides. The
# code of Hugging Face's post *The Annotated Diffusion Model* multiplied by the root instead of dividing, until
# [November 2024](https://github.com/huggingface/blog/pull/2484).

# %% [markdown]
# ### Exercise 8 · `weight_standardize` (3 points)
#
# `weight` has shape (O, I, K, L) for a convolution, (O, I) for a linear layer, with the **output** channel first, as in
# PyTorch. Each of the O filters gets mean 0 and spread close to 1: biased variance, eps inside the root. No gamma, no
# beta. One line.
#
# **Tested:** four, three and two axes, all lengths different and all equal; filters with offsets and scales of their own;
# input channels and kernel positions, too; eps from 0.1 to 1, and 1e-5 where it is not given; a constant filter (gives
# 0); a value far out; whole numbers. `weight` stays as it was.


# %% exercise="weight_standardize"
def weight_standardize(weight, eps=1e-5):
    """Standardize each filter, that is all weights that lead to one output channel.

    Args:
        weight: shape (O, ...), the output channel first.
        eps: a small number, added to the biased variance.

    Returns:
        standardized: shape of weight, floating point.
    """
    ### BEGIN SOLUTION
    standardized = normalize(weight, tuple(range(1, weight.ndim)), eps)
    ### END SOLUTION
    return standardized


# %% check="weight_standardize" points=1
with checking(weight_standardize):
    weight = np.array([[1, 9], [5, 5], [10, 18]])  # a linear layer: 3 outputs, 2 inputs
    by_hand = (
        "filters 1, 9 and 10, 18 have var 16; the root of 16 + 9 is 5: -0.8, 0.8. Filter 5, 5 "
        "gives 0, 0."
    )
    assert np.allclose(weight_standardize(weight, eps=9), [[-0.8, 0.8], [0, 0], [-0.8, 0.8]]), (
        by_hand
    )
    kernel = np.array([0, 2, 4, 6, 10, 12, 14, 16]).reshape(
        2, 2, 1, 2
    )  # 2 filters of 2 channels of 1 x 2
    found = weight_standardize(kernel, eps=4)
    assert np.shape(found) == (2, 2, 1, 2), "the weights keep their shape: (2, 2, 1, 2)."
    by_hand = (
        "0, 2, 4, 6 have mean 3, var 5; the root of 5 + 4 is 3: -1, -1/3, 1/3, 1. The other "
        "filter is 10 higher."
    )
    assert np.allclose(found.reshape(2, 4), [[-1, -1 / 3, 1 / 3, 1]] * 2), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# A filter is everything behind one index of the first axis. Which axes are averaged then?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Your `normalize`, with a tuple of all axes but the first. `range` can start at 1.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# Normalize weight over the axes from 1 to the last, with the given eps.
# </details>

# %% hidden="weight_standardize"
# %% [markdown]
# **It needs a norm behind it.** A filter of spread 1 with I inputs makes its output √I times as large as a typical input.
# The next cell counts: ten layers of 64 units, standardized weights and ReLU, once alone and once with layer norm.

# %%
with needs("weight_standardize", "layer_norm"):
    for name in ("weights standardized, no norm", "weights standardized, layer norm"):
        ends = []
        for seed in range(3):
            rng = np.random.default_rng(seed)
            h = rng.normal(size=(32, 64))
            for _ in range(10):
                h = h @ weight_standardize(rng.normal(size=(64, 64))).T
                h = np.maximum(
                    h if name.endswith("no norm") else layer_norm(h, np.ones(64), np.zeros(64)),
                    0,
                )
            ends.append(h.std())
        print(f"{name:<33} spread after ten layers: {min(ends):.0e} to {max(ends):.0e}")

# %% [markdown]
# ## 7 · Local response normalization
#
# The oldest of the list, from AlexNet
# ([Krizhevsky et al. 2012](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks)):
# divide each activation by a power of what its neighbours in the *channel* direction do at the same position. No mean is
# subtracted, no gamma, nothing learned:
#
# $$\mathrm{out}_c = \frac{x_c}{\left(k + \frac{\alpha}{n} \sum_{j} x_j^2\right)^{\beta}}$$
#
# Conventions differ here as well. PyTorch (and Caffe) divide alpha by the window size n; the paper and TensorFlow do
# not. We follow `torch.nn.LocalResponseNorm`.

# %% [markdown]
# ### Exercise 9 · `local_response_norm` (4 points)
#
# `x` is (N, C, H, W). The window of channel c runs from c − n//2 to c + (n − 1)//2, both included: n channels, c in the middle for
# odd n, one more *below* for even n. Channels that do not exist count as 0, but alpha is divided by n all the same. Defaults:
# alpha = 1e-4, beta = 0.75, k = 1. About six lines.

# %% [markdown]
# **Tested:** odd and even `size`, size 1, a size larger than C; N, C, H, W all different and all equal; negative values;
# alpha from 0.5 to 3, beta from 0.3 to 1, k from 0.5 to 2; arguments not given; a single channel; whole numbers. `x` stays as
# it was.


# %% exercise="local_response_norm"
def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide each value by a power of its neighbours' mean square in the channel direction.

    Args:
        x: shape (N, C, H, W), floating-point or whole numbers.
        size: n, the number of channels in a window; those outside of x count as 0.
        alpha, beta, k: factor (it is divided by n), exponent and constant.

    Returns:
        out: shape (N, C, H, W), floating point.
    """
    channels = x.shape[1]
    ### BEGIN SOLUTION
    total = np.zeros(x.shape)
    for c in range(channels):
        low, high = max(0, c - size // 2), min(channels, c + (size - 1) // 2 + 1)
        total[:, c] = (x[:, low:high] ** 2).sum(axis=1)
    out = x / (k + alpha * total / size) ** beta
    ### END SOLUTION
    return out


# %% check="local_response_norm" points=1
with checking(local_response_norm):
    x = np.array([1, 2, 0, -2]).reshape(1, 4, 1, 1)  # 4 channels of one pixel
    out = local_response_norm(x, size=3, alpha=3, beta=1)
    assert np.shape(out) == (1, 4, 1, 1), "out has the shape of x: (1, 4, 1, 1)."
    by_hand = (
        "sums of squares: 1+4, 1+4+0, 4+0+4, 0+4. alpha/size is 1, k is 1: 1/6, 2/6, 0, -2/5."
    )
    assert np.allclose(out.ravel(), [1 / 6, 1 / 3, 0, -2 / 5]), by_hand
    by_hand = (
        "size 2 looks one channel down and none up: sums 1, 1+4, 4+0, 0+4; with alpha/size 1: "
        "1/2, 2/6, 0, -2/5."
    )
    assert np.allclose(
        local_response_norm(x, 2, alpha=2, beta=1).ravel(), [1 / 2, 1 / 3, 0, -2 / 5]
    ), by_hand
    by_hand = (
        "size 1 sees only itself: 1, 4, 0, 4; with k 3, alpha 4 and beta 1/2 the -2 is "
        "divided by √19."
    )
    assert np.isclose(
        local_response_norm(x, 1, alpha=4, beta=0.5, k=3)[0, 3, 0, 0], -2 / 19**0.5
    ), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The only work is the sum of squares over a window that slides along the channels and is cut off at both ends.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# A loop over channels with a slice of x is fine. `max` and `min` keep its ends inside; remember that a slice stops one
# before its end.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# For each channel sum the squares of the channels in its window into an array of zeros. Multiply by alpha, divide by
# size, add k, raise to beta; divide x by that.
# </details>

# %% hidden="local_response_norm"
# %% [markdown]
# Compare with PyTorch once more, in value and gradient. Then see what it does to the *size* of a signal: the next cell
# multiplies x by factors from 0.01 to 10 000, with AlexNet's settings (size 5, alpha 1e-4 undivided, beta 0.75, k 2).

# %%
with needs("local_response_norm", "layer_norm"):
    x = np.random.default_rng(9).normal(size=(3, 6, 5, 4))
    settings = {"alpha": 2.0, "beta": 0.6, "k": 1.5}
    for size in (3, 4):
        mine, theirs = (
            partial(f, size=size, **settings)
            for f in (local_response_norm, F.local_response_norm)
        )
        compare(f"LocalResponseNorm({size})", mine, theirs, x)
    factors = np.logspace(-2, 4, 25)
    sizes = [local_response_norm(factor * x, 5, alpha=5e-4, k=2).std() for factor in factors]
    plt.loglog(factors, sizes, "o-", markersize=4, label="local response norm")
    flat = [
        layer_norm(factor * x.reshape(-1, 120), np.ones(120), np.zeros(120)).std()
        for factor in factors
    ]
    plt.loglog(factors, flat, "--", label="layer norm")
    plt.gca().set(xlabel="spread of x", ylabel="spread of the output")
    plt.title("Local response norm dampens large values; it does not set a scale")
    plt.legend()
    plt.show()
    kept = bool(np.ptp(sizes[:11] / factors[:11]) < 0.02)
    print("spread 0.01 to 10 leaves it as it was but for one factor:", kept)

# %% [markdown]
# *The figure:* spread of x (0.01 to 10 000) against spread of the output, both logarithmic. Layer norm is flat at 1
# (bending down a little at 0.01, where eps counts). Local response norm rises in proportion up to about 20, has its
# top near 100 and falls beyond: it dampens, and even reverses the order of sizes, but normalizes nothing.

# %% [markdown]
# AlexNet's authors report that it lowered their top-1 and top-5 errors by 1.4 and 1.2 points. Two years later the VGG
# paper ([Simonyan and Zisserman 2014](https://arxiv.org/abs/1409.1556)) found no gain from it on ImageNet's data of 2012,
# but more memory and time. Batch norm came five months after that, and replaced it.
#
# *What is batch normalization?* compares the two by their "directions" and says that batch norm has only one, "for each
# pixel position". Your picture in section 4 says otherwise: all positions of a channel share *one* mean.

# %% [markdown]
# ## 8 · Experiment: how large is your batch?
#
# Nets with two hidden layers of 48 units on the digits; gradient descent whose rate falls linearly to 0, in batches of 2, 8 or
# 64. Norms: none, batch, layer, group (8 groups of units), and group with standardized weights.
#
# A fair contest has two rules. *Each norm at each batch size* brings the learning rate that suits it: 337 validation rows
# choose it from a grid with steps of a factor 2, 450 test rows, which had no say in that, give the score. And everybody
# trains long enough: what a net reaches after a few steps is its speed.

# %% [markdown]
# That is 5 or 6 rates times 3 seeds. To train these nets in the time of one, they stand side by side: the first axis of
# every array counts nets, and no number passes from one net to another. All norms and rates start from the same three sets
# of weights and see the same rows.
#
# The operator is your `normalize` once more, in PyTorch: its `layer_norm` standardizes the last axes of an array, so the
# axes of a set are moved to the end, and back. Batch norm is PyTorch's own, with running statistics.

# %% folded
# Loads the digits: rows to train with, rows that choose the rate, rows that give the score
digits, seeds = load_digits(), 3
parts = split(digits.x / 16, digits.y, seed=0)
inner = split(parts.x_train, parts.y_train, seed=1)  # divides the training part once more
data = {
    name: (torch.tensor(x, dtype=torch.float32), torch.tensor(y))
    for name, x, y in (
        ("train", inner.x_train, inner.y_train),
        ("validation", inner.x_test, inner.y_test),
        ("test", parts.x_test, parts.y_test),
    )
}
print({name: len(y) for name, (x, y) in data.items()})


# %%
def standardize(x, axes):
    """Your `normalize`: layer norm over the axes of a set, moved to the end, and back."""
    ends = tuple(range(-len(axes), 0))
    moved = x.movedim(axes, ends)
    return F.layer_norm(moved, moved.shape[-len(axes) :]).movedim(ends, axes)


def normalized(x, kind, groups=8):
    """x_hat of the norms without memory. Axes of x: nets, examples, channels, places."""
    places = tuple(range(3, x.ndim))
    if kind in ("LN", "IN"):
        return standardize(x, (2, *places) if kind == "LN" else places)
    if kind in ("GN", "GN+WS"):
        grouped = x.unflatten(2, (groups, -1))
        return standardize(grouped, tuple(range(3, grouped.ndim))).flatten(2, 3)
    if kind == "LRN":
        return F.local_response_norm(x.flatten(0, 1), 5, alpha=1.0).view_as(x)
    return x


# %% folded
# Makes a layer's norm in all nets, with a gamma and a beta for each unit or channel
class Norm(nn.Module):
    def __init__(self, kind, nets, *shape, groups=8):
        super().__init__()
        self.kind, self.groups, shape = kind, groups, (nets, 1, *shape)
        self.gamma = nn.Parameter(torch.ones(shape))
        self.beta = nn.Parameter(torch.zeros(shape))
        self.mean, self.var = torch.zeros(self.gamma.numel()), torch.ones(self.gamma.numel())

    def batch_norm(self, x):
        flat = x.transpose(0, 1).flatten(1, 2)  # Shape: (N, nets * channels, places)
        flat = F.batch_norm(flat, self.mean, self.var, training=self.training)
        return flat.unflatten(1, (len(x), -1)).transpose(0, 1)

    def forward(self, x):
        batch = self.kind == "BN"
        x_hat = self.batch_norm(x) if batch else normalized(x, self.kind, self.groups)
        return torch.addcmul(self.beta, self.gamma, x_hat)


# %% folded
# Makes nets 64-48-48-10 side by side; the weights are the same for every rate
def start(nets, *shape, gain=2.0):
    draws = torch.randn(seeds, *shape) * (gain / np.prod(shape[1:])) ** 0.5
    return nn.Parameter(draws.repeat(nets // seeds, *[1] * len(shape)))


class DenseNets(nn.Module):
    def __init__(self, kind, nets):
        super().__init__()
        self.kind = kind
        self.first, self.second = start(nets, 48, 64), start(nets, 48, 48)
        self.last, self.bias = start(nets, 10, 48), nn.Parameter(torch.zeros(nets, 1, 10))
        self.norms = nn.ModuleList(Norm(kind, nets, 48) for _ in range(2))

    def forward(self, x):  # Shape: (nets, N, 64)
        for weight, norm in zip((self.first, self.second), self.norms):
            weight = standardize(weight, (2,)) if self.kind == "GN+WS" else weight
            x = torch.relu(norm(x @ weight.mT))
        return x @ self.last.mT + self.bias


# %% folded
# Trains nets with gradient descent or Adam, each with its own rate, which fades to 0
def train(nets, rates, rows, steps, x, y, adam=False):
    rng, parameters = np.random.default_rng(0), list(nets.parameters())
    rate = torch.tensor(rates).repeat_interleave(seeds)
    scales = [rate.view(-1, *[1] * (p.ndim - 1)) for p in parameters]
    first, second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    drawn = torch.tensor(rng.integers(0, len(x), (steps, seeds, rows))).repeat(1, len(rates), 1)
    for step, chosen in enumerate(drawn, 1):
        wrong = F.cross_entropy(
            nets(x[chosen]).flatten(0, 1), y[chosen].flatten(), reduction="sum"
        )
        moves = torch.autograd.grad(wrong / rows, parameters)
        with torch.no_grad():
            for p, move, scale, m, v in zip(parameters, moves, scales, first, second):
                if adam:  # its usual 0.9 and 0.999
                    m.lerp_(move, 0.1), v.lerp_(move**2, 0.001)
                    move = m / (1 - 0.9**step) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
                p.addcmul_(scale, move, value=(step - 1) / steps - 1)
    return nets.eval()


# %% folded
# Scores nets, and finds the rate with the best mean on validation rows
def accuracy(nets, x, y):
    """Percent right. Shape: (rates, seeds)."""
    with torch.no_grad():
        right = nets(x.expand(len(nets.bias), -1, -1)).argmax(dim=2) == y
    return 100 * right.float().mean(dim=1).reshape(-1, seeds).numpy()


def tuned(make, kind, rates, rows, steps, data=data, adam=False):
    """Train with all rates. Return the nets, and the place of the best rate."""
    torch.manual_seed(0)
    nets = make(kind, len(rates) * seeds)
    train(nets, rates, rows, steps, *data["train"], adam)
    return nets, int(accuracy(nets, *data["validation"]).mean(axis=1).argmax())


# %% predict="small_guess"
small_guess = {
    "question": "Batches of 2, then of 64; each norm at its own best rate, and trained long enough. Which of batch norm and layer norm tests better?",
    "options": {
        "swap": "layer norm by over 10 points at 2, batch norm by over 10 at 64",
        "left": "layer norm by over 10 points at 2; at 64 they are within 10",
        "layer": "layer norm by over 10 points at 2, and at 64 as well",
        "even": "within 10 points at 2, and at 64 as well: tuning evens it out",
    },
}

# %% experiment="batch_of_two"
kinds, dense, inside = ("none", "BN", "LN", "GN", "GN+WS"), {}, []


def contest(rows, passes, rates, kinds=kinds):
    """Test accuracy of each norm at its best rate, three seeds."""
    for kind in kinds:
        nets, best = tuned(DenseNets, kind, rates, rows, passes * len(data["train"][1]) // rows)
        dense[kind, rows, passes] = accuracy(nets, *data["test"])[best]
        inside.append(0 < best < len(rates) - 1)


contest(2, passes=2, rates=(0.0125, 0.025, 0.05, 0.1, 0.2, 0.4))  # 1010 steps
print("every chosen rate lies inside the grid:", all(inside))

# %% experiment="batch_size"
contest(8, passes=4, rates=(0.0625, 0.125, 0.25, 0.5, 1.0))  # 505 steps
contest(64, passes=4, rates=(0.25, 0.5, 1.0, 2.0, 4.0))  # 63 steps
print("every chosen rate lies inside the grid:", all(inside))
runs = {2: 2, 8: 4, 64: 4}  # rows -> passes
for rows in (2, 64):
    scores[f"batch of {rows}"] = {kind: dense[kind, rows, runs[rows]] for kind in kinds}
ahead = [
    np.mean(dense["LN", rows, runs[rows]]) - np.mean(dense["BN", rows, runs[rows]])
    for rows in (2, 64)
]
if ahead[0] > 10:
    outcome = "layer" if ahead[1] > 10 else "swap" if ahead[1] < -10 else "left"
else:
    outcome = "even" if np.abs(ahead).max() <= 10 else ""
far = min(dense["LN", 2, 2]) > max(dense["BN", 2, 2]) + 20
near = min(dense["BN", 64, 4]) > max(dense["LN", 64, 4])
told = f"at 2 every seed of LN is over 20 points above every seed of BN: {bool(far)}; "
told += f"at 64 every seed of BN is above every seed of LN: {bool(near)}."
verdict(small_guess, outcome, told)

# %% folded
# Draws accuracy against batch size
for index, kind in enumerate(kinds):
    found = np.array([dense[kind, rows, passes] for rows, passes in runs.items()])
    places = np.array(list(runs)) * 1.06 ** (index - 2)  # side by side, to tell the bars apart
    bars = np.abs([found.min(axis=1), found.max(axis=1)] - found.mean(axis=1))
    style = {
        "marker": "Dos^v"[index],
        "linestyle": ["-", "-", "--", "-.", ":"][index],
        "label": kind,
    }
    plt.errorbar(places, found.mean(axis=1), bars, capsize=2, markersize=5, **style)
plt.gca().set(xscale="log", xlabel="rows in the batch", ylabel="test accuracy, %")
plt.gca().set(xticks=list(runs), xticklabels=list(runs))
plt.title("Each norm at its best rate, by the size of the batch")
plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.minorticks_off()
plt.show()

# %% [markdown]
# *The figure:* batch size (2 to 64, logarithmic) against test accuracy; bars from the worst to the best of three seeds. At 2
# rows batch norm lies near 52 %, all others near 95 %, the net *without* norm too. At 8 rows all are close together, near 95 %.
# At 64 rows batch norm is near 97 %, GN+WS 94, layer and group norm 92, no norm 91 %.

# %% [markdown]
# At 2 rows a batch-normalized unit sees only *which row was larger* (lesson 03), and its running statistics describe another
# function than the one that was trained. No learning rate mends that, nor does time: after four passes and with ten seeds
# batch norm is at 56 %, all others at 95 to 96. (Images soften it: a convolution has H · W values per picture and channel.)
# And layer norm does not *win* there: no norm does as well.
#
# At 64 rows batch norm leads. But is that a better net, or a faster one? The next cells compare three of them after 1, 4 and 8
# passes: 15, 63 and 126 steps.

# %% experiment="short_race"
race = (1, 4, 8)
for passes in (1, 8):  # 4 passes are known already
    contest(64, passes, (0.25, 0.5, 1.0, 2.0, 4.0), kinds=("none", "BN", "LN"))
lead = {
    passes: np.mean(dense["BN", 64, passes]) - np.mean(dense["LN", 64, passes])
    for passes in race
}
print("after one pass batch norm leads layer norm by over 10 points:", bool(lead[1] > 10))
print("after eight passes by less than 4:", bool(lead[8] < 4))

# %% folded
# Draws accuracy at 64 rows against the number of passes
for kind, style in (("none", "D-"), ("BN", "o--"), ("LN", "s:")):
    found = np.array([dense[kind, 64, passes] for passes in race])
    bars = np.abs([found.min(axis=1), found.max(axis=1)] - found.mean(axis=1))
    plt.errorbar(
        race, found.mean(axis=1), bars, fmt=style, capsize=2, markersize=5, label=kind
    )
plt.gca().set(xscale="log", xlabel="passes over the training rows", ylabel="test accuracy, %")
plt.gca().set(xticks=race, xticklabels=race)
plt.title("Batches of 64: a short race shows speed")
plt.legend()
plt.minorticks_off()
plt.show()

# %% [markdown]
# *The figure:* passes (1, 4, 8) against test accuracy; bars over three seeds. Batch norm rises from 93 to 97 %, layer norm from
# 77 to 95, no norm from 73 to 94 %: batch norm's lead over layer norm melts from 16 points to 2.
#
# So after 15 steps you would have written "layer norm loses at 64 rows". What you had measured was speed: batch norm is best
# at a rate of 2, where no norm has diverged; at 4 layer and group norm have, too. After 16 passes, with ten seeds each, batch norm is at 97.2 %, GN+WS
# at 96.2, layer norm at 95.9, no norm and group norm near 95.5: a lead of 1.3 points over layer norm is left.

# %% [markdown]
# The literature agrees on the left end. ResNet-50 on ImageNet, validation error in percent
# ([Wu and He 2018](https://arxiv.org/abs/1803.08494)):
#
# | images per GPU | 32 | 16 | 8 | 4 | 2 |
# |---|---|---|---|---|---|
# | batch norm | 23.6 | 23.7 | 24.8 | 27.3 | 34.7 |
# | group norm | 24.1 | 24.2 | 24.0 | 24.2 | 24.1 |

# %% [markdown]
# Qiao et al. report that with weight standardization (and, in the later version of their paper, a norm of batch *and*
# channels) training on one or two images per GPU can match or outperform batch norm with large batches. Here group norm with
# standardized weights comes second at 64 rows, and is as good as the others at 2.

# %% [markdown]
# ## 9 · Experiment: padding
#
# Sequences have different lengths, tensors do not: short ones are padded with zeros. Four sequences of length 9, 3,
# 2 and 2 make a block of 4 × 9 places, of which 16 are real. In every feature the real values have mean 3 and
# spread 1. What does a batch norm over N and T see?

# %% predict="padding_guess"
padding_guess = {
    "question": "Real tokens have mean 3, the padding is 0. Which mean does batch norm take over the padded block?",
    "options": {
        "real": "3.00",
        "lengths": "2.25",
        "share": "1.33",
        "rows": "0.33",
    },
}


# %% folded
# Makes sequences of real tokens (mean 3, spread 1) that are padded with zeros, and their mask
def padded_block(lengths, places, seed, features=8):
    mask = np.arange(places) < np.array(lengths)[:, None]  # Shape: (N, T)
    real = np.random.default_rng(seed).normal(size=(mask.sum(), features))
    block = np.zeros((*mask.shape, features))  # Shape: (N, T, D)
    block[mask] = 3 + (real - real.mean(axis=0)) / real.std(axis=0)
    return block, mask


# %% experiment="padding"
lengths = (9, 3, 2, 2)
means = [padded_block(lengths, 9, seed)[0].mean(axis=(0, 1)) for seed in range(5)]
outcome = closest(
    np.mean(means), {"real": 3, "lengths": 2.25, "share": 4 / 3, "rows": 1 / 3}, within=1.1
)
told = f"{np.min(means):.2f} to {np.max(means):.2f} in all features and five seeds."
verdict(padding_guess, outcome, told)

# %% [markdown]
# 16 of 36 places are real, and 3 · 16/36 = 1.33. The spread is wrong as well: it now measures mostly how far real
# tokens are from zero. And both depend on how much padding there happens to be. Write the repair.

# %% [markdown]
# ### Exercise 10 · `masked_batch_norm` (3 points)
#
# `x` is (N, T, D), `mask` is (N, T) and True where a token is real. Every feature gets mean 0 and spread close to 1 *over
# the real tokens* of all sequences and times (biased variance, eps inside the root). Padded places are 0 in the result,
# whatever `x` holds there. No gamma, no beta. Two or three lines.
#
# **Tested:** N, T, D all different and all equal; padding of zeros and of other numbers, behind the real tokens and between
# them; no padding; a single real token (gives 0); eps from 0.1 to 1, and 1e-5 where it is not given; a value far out; whole
# numbers. The arguments stay as they were.


# %% exercise="masked_batch_norm"
def masked_batch_norm(x, mask, eps=1e-5):
    """Batch norm with the statistics of the real tokens alone.

    Args:
        x: shape (N, T, D), floating-point or whole numbers.
        mask: shape (N, T), True where a token is real.
        eps: a small number, added to the biased variance.

    Returns:
        out: shape (N, T, D), floating point; 0 where the mask is False.
    """
    ### BEGIN SOLUTION
    out = np.zeros(x.shape)
    out[mask] = normalize(x[mask], 0, eps)
    ### END SOLUTION
    return out


# %% check="masked_batch_norm" points=1
with checking(masked_batch_norm):
    x = np.array([[[1], [9], [7]], [[5], [3], [0]]])  # 2 sequences of 3 tokens, one feature
    mask = np.array([[True, True, False], [True, False, False]])
    out = masked_batch_norm(x, mask, eps=0)
    assert np.shape(out) == (2, 3, 1), "out has the shape of x: (2, 3, 1)."
    by_hand = "the real tokens 1, 9, 5 have mean 5 and variance 32/3: their spread is 3.27."
    assert np.allclose(out[mask].ravel(), [-1.2247449, 1.2247449, 0]), by_hand
    assert np.allclose(out[~mask], 0), "7, 3 and 0 stand in the padding: all of them give 0."
    by_hand = "with eps 16/3 the root of 32/3 + 16/3 is 4: -1, 1, 0."
    assert np.allclose(masked_batch_norm(x, mask, eps=16 / 3)[mask].ravel(), [-1, 1, 0]), (
        by_hand
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Which norm is it once the padding is gone? Put the real tokens below each other, as rows of one matrix.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# An array can be indexed by a mask of its first axes: `x[mask]` has one row for each True. The same expression on the left
# of `=` writes to these places.
# </details>
# <details><summary>Hint 3: a case to follow</summary>
#
# Take one sequence with the tokens 1, 3 and a padded 100, eps 0. Print the matrix of real tokens: it has the shape (2, 1).
# Its normalized rows are −1 and 1. The result holds −1, 1, 0: so it was zeros first, and two of its places were written.
# </details>

# %% hidden="masked_batch_norm"
# %% [markdown]
# Now three arms on blocks with more and more blanks that nobody reads: batch norm over all places, your masked one, and
# layer norm. The next cell measures how far the first token's output moves.

# %% experiment="padding_drift"
blocks = range(9, 46, 4)


def outputs_of_token_0():
    """Norm -> the first token's mean output. Shape: (5 seeds, 10 blocks)."""
    ways = {
        "BN": lambda block, mask: normalize(block, (0, 1)),
        "BN masked": lambda block, mask: masked_batch_norm(block, mask),
        "LN": lambda block, mask: layer_norm(block, ones[:8], 0 * ones[:8]),
    }
    made = [[padded_block(lengths, places, seed) for places in blocks] for seed in range(5)]
    return {
        name: np.array([[norm(*block)[0, 0].mean() for block in row] for row in made])
        for name, norm in ways.items()
    }


with needs("normalize", "layer_norm", "masked_batch_norm"):
    outputs, kept = outputs_of_token_0(), {}
    for name, found in outputs.items():
        far = np.abs(found - found[:, :1]).max(axis=1)
        print(f"{name:<10} moves the first token by up to {far.max():.1f}")
        kept[name] = 100.0 * (far < 1e-9)
    scores["padded sequences"] = kept

# %% folded
# Draws how far the first token's output moves with the padding
with needs("normalize", "layer_norm", "masked_batch_norm"):
    for (name, found), style in zip(outputs_of_token_0().items(), ("o-", "s--", "^:")):
        moved = (found - found[:, :1]).mean(axis=0)
        plt.plot(blocks, moved, style, markersize=5, label=name)
    plt.gca().set(xlabel="places in the block (16 tokens are real)")
    plt.gca().set(ylabel="change of token 0's output")
    plt.title("Blanks that nobody reads move batch norm's output")
    plt.legend()
    plt.show()

# %% [markdown]
# *The figure:* places in the block (9 to 45) against the change of the first token's mean output, averaged over five seeds.
# Batch norm over all places climbs from 0 to about 2; masked batch norm and layer norm stay at 0.

# %% [markdown]
# One warning for layer norm: tokens may share statistics along the wrong axis there, too. A norm over (T, D) of each sequence
# mixes padding in again; the token version, over D alone, does not. And a padded token itself comes out as beta, not as
# 0: the mask is still needed where tokens are averaged or attended to.

# %% [markdown]
# ## 10 · Experiment: a recurrent network
#
# Batch norm "is less suited for sequence models", says *the tutorial on batch and layer normalization* of February 2024.
# Test it: a GRU that reads a digit row by row, eight steps of eight pixels. The norm acts on both sums that enter the gates.
# Batch norm uses the batch's statistics in each step, and one set of running statistics for all steps. Batches of 32 (125
# steps) and of 2 (300 steps); again each norm at its own best rate.


# %% folded
# Makes gated recurrent units side by side; input sum and hidden sum are each normalized
class RecurrentNets(nn.Module):
    def __init__(self, kind, nets, hidden=24):
        super().__init__()
        self.kind, self.hidden, width = kind, hidden, 3 * hidden
        self.read = start(nets, width, 8, gain=1)
        self.carry = start(nets, width, hidden, gain=1)
        self.norms = nn.ModuleList(Norm(kind, nets, width) for _ in range(2))
        self.last = start(nets, 10, hidden, gain=1)
        self.bias = nn.Parameter(torch.zeros(nets, 1, 10))

    def forward(self, x):  # Shape: (nets, N, 64)
        h, sizes = x.new_zeros(*x.shape[:2], self.hidden), [2 * self.hidden, self.hidden]
        weights = self.read, self.carry
        read, carry = (standardize(w, (2,)) if self.kind == "GN+WS" else w for w in weights)
        for row in x.split(8, dim=2):
            from_x, from_h = self.norms[0](row @ read.mT), self.norms[1](h @ carry.mT)
            (x_gates, x_new), (h_gates, h_new) = from_x.split(sizes, 2), from_h.split(sizes, 2)
            reset, update = torch.sigmoid(x_gates + h_gates).chunk(2, dim=2)
            h = torch.lerp(torch.tanh(x_new + reset * h_new), h, update)  # update 1 keeps h
        return h @ self.last.mT + self.bias


# %% predict="recurrent_guess"
recurrent_guess = {
    "question": "A GRU on digits: batch norm against layer norm, each at its best rate, in batches of 32 and of 2.",
    "options": {
        "small": "within 10 points in 32; batch norm over 10 behind in 2",
        "behind": "batch norm is over 10 points behind in both",
        "even": "within 10 points in both; the size of the batch hardly matters",
        "ahead": "batch norm is over 10 points ahead in both",
    },
}

# %% experiment="recurrent_32"
sequences = {}  # rows -> norm -> test accuracy of three seeds


def read_rows(rows, steps, rates, kinds):
    """Train GRUs with each norm, and keep the scores at its best rate."""
    sequences[rows] = {}
    for kind in kinds:
        nets, best = tuned(RecurrentNets, kind, rates, rows, steps)
        sequences[rows][kind] = accuracy(nets, *data["test"])[best]
    scores[f"recurrent, batch of {rows}"] = sequences[rows]


read_rows(32, 125, (0.8, 1.6, 3.2, 6.4), ("none", "BN", "LN"))
print("batches of 32: trained", ", ".join(sequences[32]))

# %% experiment="recurrent"
read_rows(2, 300, (0.2, 0.4, 0.8, 1.6), ("none", "BN", "LN", "GN+WS"))
ahead = [np.mean(sequences[rows]["LN"]) - np.mean(sequences[rows]["BN"]) for rows in (32, 2)]
signs = tuple(int(np.sign(gap)) * (abs(gap) > 10) for gap in ahead)
outcome = {(1, 1): "behind", (0, 1): "small", (0, 0): "even", (-1, -1): "ahead"}.get(signs, "")
apart = min(sequences[2]["LN"]) > max(sequences[2]["BN"]) + 20
told = f"within 5 points at 32: {bool(abs(ahead[0]) < 5)}; "
told += f"at 2 every seed of LN over 20 points above every seed of BN: {bool(apart)}."
verdict(recurrent_guess, outcome, told)

# %% folded
# Draws the accuracy of each norm, in batches of 32 and of 2
for group, arms in enumerate(sequences.values()):
    for index, (kind, values) in enumerate(arms.items()):
        place = group + 0.2 * (index - 1.5)
        style = {"color": f"C{index}", "hatch": ["", "//", "..", "xx"][index]}
        plt.bar(place, np.mean(values), 0.18, label=kind * group, **style)
        plt.plot([place] * 3, values, "k_", markersize=10)
        told = f"{min(values):.0f}–{max(values):.0f}"
        box = {"color": "white", "pad": 1}
        plt.text(place, 6, told, ha="center", size="x-small", bbox=box)
plt.gca().set(xticks=[0, 1], xticklabels=["batches of 32", "batches of 2"])
plt.gca().set(ylabel="test accuracy, %", ylim=(0, 100))
plt.title("In a GRU batch norm keeps up at 32 rows and breaks down at 2")
plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *The figure:* two groups of bars, test accuracy; black ticks are three seeds. At 32 rows no norm, batch norm and layer norm
# lie near 92 %. At 2 rows no norm is near 82 %, layer norm and group norm with standardized weights near 84, and batch norm
# near 45 %.
#
# So the tutorial's sentence is too general. *Recurrence* is no obstacle: with equal lengths and a decent batch, batch norm
# trains this GRU as well as layer norm, or no norm. What hurts are small batches and, from section 9, unequal lengths. (*What
# is batch normalization?* adds that "the batch size changes every time step". With unequal lengths it does: fewer and fewer
# sequences are still running.)

# %% [markdown]
# ## 11 · Experiment: what a picture's own statistics throw away
#
# Three questions to a small convolutional net on the digits of 8 × 8, trained with Adam, each norm again at its own best rate:
#
# 1. **digit**: which digit is it?
# 2. **digit, faint**: the same net on test pictures of 0.3 times the contrast.
# 3. **contrast**: pictures are multiplied by 0.5 or 1.5; which of the two was it? (A net of its own.)
#
# The next cell draws what goes in.

# %% folded
# Draws four digits with contrasts of 1, 0.3, 0.5 and 1.5
figure, panels = plt.subplots(4, 4, figsize=(5, 5))
for row, contrast in zip(panels, (1, 0.3, 0.5, 1.5)):
    for panel, picture in zip(row, digits.x[:4].reshape(-1, 8, 8) / 16):
        panel.imshow(contrast * picture, cmap="gray", vmin=0, vmax=1.5)
        panel.set(xticks=[], yticks=[])
        panel.grid(False)
    row[0].set_ylabel(f"× {contrast}", rotation=0, labelpad=20)
figure.suptitle(
    "What enters: rows 1 and 2 ask for the digit, 3 and 4 for the contrast", size="medium"
)
plt.show()

# %% [markdown]
# *The figure:* four rows of the same four digits, 0 to 3, of 8 × 8 pixels, light on black, on one scale of grey. The first
# row is clear, the second hardly visible (contrast 0.3); the third is dim (0.5) and the last bright (1.5).


# %% folded
# Makes nets of two convolutions with a norm each, the mean over all places and one linear layer
class PictureNets(nn.Module):
    def __init__(self, kind, nets, classes=10, channels=12):
        super().__init__()
        self.first = start(nets, channels, 1, 3, 3)
        self.second = start(nets, channels, channels, 3, 3)
        self.norms = nn.ModuleList(Norm(kind, nets, channels, 1, 1, groups=3) for _ in range(2))
        self.last = start(nets, classes, channels)
        self.bias = nn.Parameter(torch.zeros(nets, 1, classes))

    def forward(self, x):  # Shape: (nets, N, 64)
        x = x.unflatten(2, (1, 8, 8))  # Shape: (nets, N, channels, height, width)
        for weight, norm in zip((self.first, self.second), self.norms):
            x = x.transpose(0, 1).flatten(1, 2)
            x = F.conv2d(x, weight.flatten(0, 1), groups=len(weight))
            x = torch.relu(norm(x.unflatten(1, (len(weight), -1)).transpose(0, 1)))
        return x.mean(dim=(3, 4)) @ self.last.mT + self.bias


# %% predict="blind_guess"
blind_guess = {
    "question": "Question 3: contrast 0.5 or 1.5? Coin tossing gives 50 %. Which norms end between 43 and 57 %, whatever the rate?",
    "options": {
        "nobody": "none of them: the net can count the ink",
        "batch": "batch norm, and no other",
        "instance": "instance norm, and no other",
        "own": "layer, group and instance norm",
    },
}

# %% experiment="contrast"
rng, inked = np.random.default_rng(0), {}
for name, (x, y) in data.items():
    strong = torch.tensor(rng.integers(0, 2, len(y)))
    inked[name] = (x * (0.5 + strong[:, None]), strong)
contrast, coin, rates = {}, set(), (0.003, 0.02, 0.1)
for kind in ("none", "LRN", "BN", "LN", "GN", "IN"):
    make = partial(PictureNets, classes=2)
    nets, best = tuned(make, kind, rates, 16, 60, inked, adam=True)
    contrast[kind] = accuracy(nets, *inked["test"])[best]
    if np.abs(accuracy(nets, *inked["test"]) - 50).max() < 7:  # all rates, all seeds
        coin.add(kind)
scores["the label is the contrast"] = contrast
sets = {"nobody": set(), "own": {"LN", "GN", "IN"}, "batch": {"BN"}, "instance": {"IN"}}
outcome = next((name for name, kinds_of_it in sets.items() if coin == kinds_of_it), "")
seeing = min(min(contrast["BN"]), min(contrast["none"])) > 80
told = f"at a coin's level: {', '.join(sorted(coin))}; "
verdict(blind_guess, outcome, told + f"batch norm and no norm above 80 %: {bool(seeing)}.")

# %% [markdown]
# A convolution without bias of a · x is a times the convolution of x, and the norm of the picture divides a out again: the
# two classes look *identical* from the first norm on. No learning rate helps. (With a bias in front, a trace would be left.)
#
# See it. Your own norms act on three pictures of MNIST: a 3, the same 3 with another contrast, and an 8, each as four
# channels (the picture, its vertical and horizontal edges, and an edge filter on top of the picture). Choose what shares a
# mean, and the contrast of the second picture. Where can you tell it from the first? What else gets lost?


# %% folded
# Draws what your norm makes of three pictures (rows) of four channels (columns)
def gallery(contrast):
    three, eight = (mnist.images[mnist.y == digit][0] / 255 for digit in (3, 8))
    pictures = np.stack([three, contrast * three, eight])
    edges = [np.diff(pictures, axis=axis, prepend=0) for axis in (2, 1)]
    return np.stack(
        [pictures, *edges, pictures + 2 * edges[0]], axis=1
    )  # Shape: (3, 4, 28, 28)


def draw_norm(shared, groups, contrast):
    axes = {
        "N, H, W": (0, 2, 3),
        "C, H, W": (1, 2, 3),
        "H, W": (2, 3),
        "C": 1,
        "N, C, H, W": (0, 1, 2, 3),
    }
    x, one = gallery(contrast), np.ones(4)
    by_group = shared == "groups of channels"
    out = group_norm(x, groups, one, 0 * one) if by_group else normalize(x, axes[shared])
    figure, panels = plt.subplots(3, 4, figsize=(6, 4.6))
    for place, panel in np.ndenumerate(panels):
        panel.imshow(out[place], cmap="gray", vmin=-1, vmax=3)
        panel.set(xticks=[], yticks=[])
        panel.grid(False)
    for panel, name in zip(panels[:, 0], ("a 3", f"the 3,\n× {contrast:.1f}", "an 8")):
        panel.set_ylabel(name, rotation=0, labelpad=24, va="center")
    named = f"{groups} groups of channels" if by_group else f"the axes {shared}"
    figure.suptitle(f"After your norm: {named} share a mean", size="medium")
    plt.show()
    ratio = out[1].std() / out[0].std()
    print(f"Spread of the second picture by the first: {ratio:.2f} (before: {contrast:.2f})")


mnist = load_mnist()
with needs("normalize", "group_norm"):
    explore(
        draw_norm,
        start={"shared": "H, W", "groups": 2, "contrast": 0.3},
        shared=["N, H, W", "C, H, W", "H, W", "groups of channels", "C", "N, C, H, W"],
        groups=[1, 2, 4],
        contrast=(0.1, 1.5, 0.1),
    )

# %% [markdown]
# *The figure:* three rows of four pictures, as instance norm leaves them (the axes H, W). The rows of the 3 and of the faint
# 3 are the same; the third row shows an 8. With N, H, W the second row is fainter than the first; with C, H, W and with
# groups it is not. With C alone the strokes are flat and grey, in all rows: what is left at a pixel is which channel is larger.

# %% [markdown]
# Now the digits. Instance norm takes the level and the spread from every channel of a picture: how much does that cost a
# classifier? First a short run with one rate for all (130 steps of Adam at 0.02).

# %% experiment="common_rate"
common = {}
for kind in ("BN", "LN", "IN"):
    nets, _ = tuned(PictureNets, kind, (0.02,), 32, 130, adam=True)
    common[kind] = accuracy(nets, *data["test"])[0]
gap = np.mean(common["BN"]) - np.mean(common["IN"])
print("130 steps at a rate of 0.02: instance norm is over 25 points behind:", bool(gap > 25))

# %% predict="digit_guess"
digit_guess = {
    "question": "Question 1, with twice the steps and each norm at its own best rate. How far is instance norm behind batch norm?",
    "options": {
        "level": "less than 1 point, or it is ahead",
        "near": "1 to 10 points",
        "half": "10 to 25 points",
        "far": "over 25 points: what is forgotten stays forgotten",
    },
}

# %% experiment="instance_norm_classifier"
rates, right, faint = (0.02, 0.04, 0.08, 0.16), {}, {}
for kind in ("BN", "LN", "IN"):
    nets, best = tuned(PictureNets, kind, rates, 32, 260, adam=True)
    x, y = data["test"]
    right[kind], faint[kind] = accuracy(nets, x, y)[best], accuracy(nets, 0.3 * x, y)[best]
scores |= {"digits, convolutional": right, "digits, fainter at test time": faint}
gap = np.mean(right["BN"]) - np.mean(right["IN"])
outcome = "far" if gap > 25 else "half" if gap > 10 else "near" if gap > 1 else "level"
same = all(np.allclose(faint[kind], right[kind], atol=2) for kind in ("LN", "IN"))
told = f"over 10 points: {bool(gap > 10)}, over 1: {bool(gap > 1)}; on faint pictures "
told += f"LN and IN lose nothing: {same}, BN falls below 50 %: {bool(max(faint['BN']) < 50)}."
verdict(digit_guess, outcome, told)

# %% folded
# Draws the accuracy of three norms on the three questions
tables = {"digit, short": common, "digit": right, "digit, faint": faint, "contrast": contrast}
for index, (name, values) in enumerate(tables.items()):
    for k, kind in enumerate(right):
        place, hatch = k + 0.2 * (index - 1.5), ["", "//", "..", "xx"][index]
        style = {"color": f"C{index}", "hatch": hatch, "label": name * (not k)}
        plt.bar(place, np.mean(values[kind]), 0.19, **style)
        plt.plot([place] * 3, values[kind], "k_", markersize=6)
plt.gca().set(xticks=range(3), xticklabels=right, ylabel="test accuracy, %", ylim=(0, 105))
plt.title("What a norm forgets helps one question and ruins another")
plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *The figure:* three groups of four bars, test accuracy; ticks are three seeds. *Digit, short* (130 steps, one rate): batch
# norm near 95 %, layer norm 85, instance norm 53 %. *Digit* (260 steps, best rates): batch norm 97 %, layer and instance norm
# near 93 %. *Faint*: batch norm drops to 10 to 24 %, the other two keep theirs. *Contrast*: batch norm 100 %, the other two
# near 50 %.

# %% [markdown]
# Had you compared in a short run at one rate, as is often done, you would have reported that instance norm halves the
# accuracy. It does not: it learns more slowly at that rate. (Why? The last layer reads the *mean* over all places, and before
# the ReLU that mean is beta for every picture; only the shape of a map is left to tell digits apart. That is intuition.)
#
# What no tuning repairs is question 3. And batch norm's collapse on faint pictures: its running statistics describe strong
# ones (lesson 09 repairs it).

# %% quiz="which_is_blind"
{
    "question": "A net has to tell *loud* from *quiet* recordings. Its first layer is a convolution without bias. Which norm behind it makes that impossible?",
    "choices": {
        "a": (
            "Layer norm over each recording.",
            "Loud and quiet copies of a sound become the same numbers, up to eps. Nothing behind it can tell them apart.",
        ),
        "b": (
            "Batch norm, over all recordings of a batch.",
            "Its statistics come from loud and quiet recordings together, so the difference between them stays.",
        ),
        "c": (
            "Local response norm.",
            "It dampens loud values, but loud stays louder over a wide range: it sets no scale.",
        ),
        "d": (
            "Weight standardization.",
            "It touches the weights; a louder input still gives a larger output.",
        ),
    },
    "right": "a",
}

# %% [markdown]
# ## 12 · Which norm when?
#
# A guide made of your own numbers: every experiment has put its results into `scores`, one row for each situation. What is
# missing is the rule that says who has *lost*. A gap of a few points between three seeds and three seeds may be luck.

# %% derive="luck_of_three"
{
    "question": "Two norms are equally good. Each is trained with three seeds. How likely is it that *all three* scores of the first lie below *all three* of the second?",
    "choices": {
        "a": (
            "1 in 8",
            "That is three coins. But it would compare each score with one partner; here each is compared with three.",
        ),
        "b": (
            "1 in 9",
            "There are nine comparisons, but they are not nine cases of which one is meant.",
        ),
        "c": (
            "1 in 20",
            "There are 20 ways to choose which 3 of the 6 ranks are the first norm's, all equally likely.",
        ),
        "d": (
            "1 in 512",
            "Nine comparisons won by coin tossing, 2⁹. But they hang together: they share their six scores.",
        ),
    },
    "right": "c",
    "then": """So "no overlap" is rare by luck, not very rare: among the pairs of a table with thirty fields some will show
it. And it says nothing about *how much* was lost. A rule for this table asks for both: no overlap, and a gap that
matters.""",
}

# %% [markdown]
# ### Exercise 11 · `losers` (3 points)
#
# `scores` is (K, S): K norms, S seeds each, larger is better. The *best* norm is that with the highest mean. Return two
# arrays of shape (K,): `behind`, how far the mean of each norm lies below the mean of the best; and `lost`, True where
# **every** score of a norm is strictly below **every** score of the best, *and* `behind` is more than `margin`. About five
# lines.
#
# **Tested:** one norm and many; one seed and many, as many seeds as norms; seeds close together and far apart; a norm whose
# single best seed beats all; scores that touch the lowest of the best, gaps of exactly `margin`; margins from 0 to 40, and 15
# where it is not given; whole numbers. `scores` stays as it was. (No two norms share the highest mean.)


# %% exercise="losers"
def losers(scores, margin=15):
    """Tell which norms have lost against the best of them.

    Args:
        scores: shape (K, S), S seeds of K norms, floating-point or whole numbers.
        margin: the gap of the means that has to be exceeded.

    Returns:
        behind: shape (K,), how far each mean lies below the highest mean.
        lost: shape (K,), True for those that have lost.
    """
    ### BEGIN SOLUTION
    means = scores.mean(axis=1)
    best = means.argmax()
    behind = means[best] - means
    lost = (scores.max(axis=1) < scores[best].min()) & (behind > margin)
    ### END SOLUTION
    return behind, lost


# %% check="losers" points=1
with checking(losers):
    table = np.array([[90, 94], [60, 64], [88, 92], [50, 91]])  # 4 norms, 2 seeds
    behind, lost = losers(table, margin=20)
    assert np.shape(behind) == np.shape(lost) == (4,), (
        "one number and one truth value for each norm."
    )
    by_hand = "the means are 92, 62, 90 and 70.5; the highest is 92."
    assert np.allclose(behind, [0, 30, 2, 21.5]), by_hand
    assert lost[1], "60 and 64 lie below 90 and 94, and 30 points behind: lost."
    assert not lost[0] and not lost[2], (
        "the best cannot lose, and 2 points are no more than 20."
    )
    assert not lost[3], "its second seed has 91, more than the 90 of the best: no clear loss."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# "Every score of a below every score of b": you need not compare all pairs. Which score of a is the hardest to get below b,
# and which of b is the lowest bar?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Means and extremes over the axis of seeds give one number for each norm. `argmax` gives the place of the best. Two arrays of
# truth values are joined by `&`, each in parentheses.
# </details>
# <details><summary>Hint 3: a case to follow</summary>
#
# Take the rows 90, 94 and 50, 91. The second has the higher spread, so look at its best seed: 91 is not below 90, and it
# has not lost, although its mean is 21.5 behind. Now 50, 89: below, and 22.5 behind. Your two conditions have to tell these
# rows apart.
# </details>

# %% hidden="losers"
# %% [markdown]
# The next cell applies *your* rule to each row of `scores`, and draws a cross where a norm has lost. For *offset* the number
# is the spread that is left; for *padding*, how often a token keeps its output.

# %% experiment="guide"
columns = ["none", "BN", "LN", "GN", "IN", "GN+WS", "RMS", "LRN", "BN masked"]


def who_lost():
    """(situation, norm) -> whether it has lost, by your rule."""
    lost = {}
    for situation, row in scores.items():
        for kind, told in zip(row, losers(np.array(list(row.values())))[1]):
            lost[situation, kind] = bool(told)
    return lost


with needs("losers"):
    lost = who_lost()
    for kind in columns[1:7]:
        tried = [situation for situation, its in lost if its == kind]
        told = [situation for situation in tried if lost[situation, kind]]
        print(f"{kind} has lost in {len(told)} of {len(tried)}: {'; '.join(told) or 'none'}")

# %% folded
# Draws the guide: a number for each situation and norm, and a cross where it has lost
with needs("losers"):
    lost, table = who_lost(), np.full((len(scores), len(columns)), np.nan)
    panel = plt.figure(figsize=(8, 0.42 * len(scores) + 1)).add_subplot()
    for (i, situation), (j, kind) in product(enumerate(scores), enumerate(columns)):
        if kind in scores[situation]:
            table[i, j] = np.mean(scores[situation][kind])
            told = f"{table[i, j]:.0f}" + " ×" * lost[situation, kind]
            panel.text(j, i, told, ha="center", va="center")
    panel.imshow(table, cmap="viridis", alpha=0.5, aspect="auto", vmin=0, vmax=100)
    panel.grid(False)
    panel.set(xticks=range(len(columns)), xticklabels=columns)
    panel.set(yticks=range(len(scores)), yticklabels=scores)
    panel.set_title("Crosses: who has lost, by your rule")
    plt.show()

# %% [markdown]
# *The figure:* a table of situations and norms with a number from 0 to 100 in each measured field, dark to light, and a
# cross where a norm has lost. Batch norm has its crosses at both batches of 2, padding and faint pictures; layer, group and
# instance norm where the contrast is the label; RMS norm at the offset. The row *batch of 64* has none.
#
# A field without a number is no victory: standardized weights were not asked about the contrast.

# %% [markdown]
# Change the rule: with `margin=2` in `who_lost`, what becomes of the row *batch of 64*? And is that a loss, or slowness?
# A guide is only as good as the rule and the length of the runs behind it.

# %% [markdown]
# In words, and with what others have measured:
#
# | your situation | start with | because |
# |---|---|---|
# | pictures, 16 or more per device | batch norm | ahead by some points, faster (8, 11); can be folded away (lesson 07) |
# | pictures, few per device | group norm, with weight standardization | Wu and He's table; section 8 |
# | sequences, transformers | layer norm or RMS norm | no padding trouble, same at inference (9, 10) |
# | style transfer, generation | instance norm | contrast should be forgotten (11) |
# | the size of the input *is* the question | batch norm or none | section 11 |
#
# It is a start, not a law. Give each candidate its own learning rate, and enough steps, on *your* data.

# %% [markdown]
# ## 13 · What the articles say
#
# | an article says | you found |
# |---|---|
# | *What is batch normalization?*: batch norm is "dependent on batch size" | yes: its sets cross examples (4, 8) |
# | *What is batch normalization?*: layer norm "is independent of the batch size" | yes; as good as any at 2, slower at 64 (8) |
# | *What is batch normalization?*: "Group normalization performs particularly well in small batch scenarios" | as well as layer norm, and as no norm (8) |
# | *What is batch normalization?*: for "complex layers such as LSTM, GRU" try "Group Normalization with Weight Standardization" | as good as layer norm at 2 rows, hardly better than none (10) |
# | *The tutorial on batch and layer normalization*: batch norm "is less suited for sequence models" | small batches and padding hurt it; recurrence does not (9, 10) |

# %% [markdown]
# | an article says | you found |
# |---|---|
# | *What is batch normalization?*: group norm "doesn't have any restrictions regarding batch size" | right; it asks that G divides C (4) |
# | *What is batch normalization?*: batch norm has "only one way of being carried out", local response norm "multiple directions" | local response norm sets no mean and no scale at all (7) |
# | *What is batch normalization?*: layer norm "performs the same set of operations at both training and inference times" | yes: no set crosses examples (2, 4) |
# | *What is batch normalization?*: batch norm works "for each pixel position" | one mean per channel, over N, H and W (4) |
# | *Batch Normalization* (Kickstarters): it makes a network "less sensitive to changes in the input distribution" | on faint pictures it collapsed; layer and instance norm did not (11) |

# %% [markdown]
# ## 14 · Stretch: ghost batch norm
#
# Batch norm on 64 rows and on 4096 rows are two different layers: the noise of the statistics (lesson 03) is gone at 4096.
# [Hoffer, Hubara and Soudry (2017)](https://arxiv.org/abs/1705.08741) split a large batch into small *ghost batches* and
# normalize each by itself. They report a significant decrease of the *generalization gap* of large batches.

# %% [markdown]
# ### Exercise 12 · `ghost_batch_norm` (2 points)
#
# `x` is (N, D); `gamma`, `beta` are (D,). Rows 0 to size − 1 are the first ghost batch, the next `size` rows the second,
# and so on; N is divisible by `size`. Batch norm within each, with the same gamma and beta for all. About two lines.
#
# **Tested:** N/size, size and D all different and all equal; size = N (batch norm); size = 1 (gives beta); ghost batches
# and features with offsets of their own; gamma of both signs; eps from 0.1 to 1, and 1e-5 where it is not given; a value
# far out; whole numbers. The arguments stay as they were.


# %% exercise="ghost_batch_norm"
def ghost_batch_norm(x, gamma, beta, size, eps=1e-5):
    """Batch norm within successive parts of the batch.

    Args:
        x: shape (N, D), floating-point or whole numbers.
        gamma, beta: shape (D,).
        size: the number of rows in a part; it divides N.
        eps: a small number, added to the biased variance.

    Returns:
        out: shape (N, D), floating point.
    """
    ### BEGIN SOLUTION
    x_hat = normalize(x.reshape(-1, size, x.shape[1]), 1, eps)
    out = gamma * x_hat.reshape(x.shape) + beta
    ### END SOLUTION
    return out


# %% check="ghost_batch_norm" points=1
with checking(ghost_batch_norm):
    x = np.array(
        [[1, 5], [9, 5], [10, 8], [18, 0], [5, 2], [5, 10]]
    )  # three ghost batches of two rows
    out = ghost_batch_norm(x, gamma=np.array([5, -10]), beta=np.array([1, 2]), size=2, eps=9)
    assert np.shape(out) == (6, 2), "out has the shape of x: (6, 2)."
    by_hand = (
        "feature 0: x_hat is -0.8, 0.8 for 1, 9 and for 10, 18, and 0 for 5, 5; times 5, plus "
        "1."
    )
    assert np.allclose(out[:, 0], [-3, 5, -3, 5, 1, 1]), (
        by_hand + " That is -3, 5, -3, 5, 1, 1."
    )
    by_hand = (
        "feature 1: x_hat is 0 for 5, 5, then 0.8, -0.8 for 8, 0 and -0.8, 0.8 for 2, 10; "
        "times -10, plus 2."
    )
    assert np.allclose(out[:, 1], [2, 2, -6, 10, 10, -6]), (
        by_hand + " That is 2, 2, -6, 10, 10, -6."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# It is the trick of group norm, turned by 90 degrees: split the axis of rows into two.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Reshape to parts, rows of a part, features. A set is one feature of one part: which axis is averaged then?
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Reshape x to three axes, normalize over the middle one with eps, reshape back; times gamma, plus beta.
# </details>

# %% hidden="ghost_batch_norm"
# %% [markdown]
# ## Going deeper
#
# <details><summary>Batch renormalization: train what you will use</summary>
#
# Batch norm trains with the batch's mean m and spread s, and infers with running ones, M and S.
# [Ioffe (2017)](https://arxiv.org/abs/1702.03275) notes that x can be normalized with M and S *through* the batch's:
# (x − M)/S = x_hat · r + d with r = s/S and d = (m − M)/S. In training r and d are treated as constants (no gradient)
# and clipped, so that they change nothing at first and little later: the paper relaxes the limits to 3 for r and 5 for
# d. Unclipped, training output and inference output are the same numbers. The next cell shows it.
# </details>

# %%
with needs("normalize"):
    x = np.random.default_rng(10).normal(4, 3, size=(6, 5))
    running_mean, running_std = np.full(5, 3.5), np.full(5, 2.0)
    r, d = x.std(axis=0) / running_std, (x.mean(axis=0) - running_mean) / running_std
    for limit_r, limit_d in ((np.inf, np.inf), (1.0, 0.0), (1.1, 0.1)):
        clipped_r, clipped_d = np.clip(r, 1 / limit_r, limit_r), np.clip(d, -limit_d, limit_d)
        train_out = normalize(x, 0, eps=0) * clipped_r + clipped_d
        gap = np.abs(train_out - (x - running_mean) / running_std).max()
        told = f"r up to {limit_r}, d up to {limit_d}"
        print(f"{told}: training and inference differ by at most {gap:.2f}")

# %% [markdown]
# With r = 1 and d = 0 (the second line) it is plain batch norm; without limits the gap is gone. Does this train with running
# statistics for constants, which made lesson 04's experiment run away? No: r and d are constants, but x_hat is not, and its
# gradient still goes through m and s. So dx keeps lesson 04's two properties, which the next cell checks. The limits are for
# the beginning, when M and S are still far from what they describe.

# %%
x = torch.tensor(x, requires_grad=True)
x_hat = (x - x.mean(dim=0)) / x.std(dim=0, correction=0)
out = x_hat * torch.tensor(r) + torch.tensor(d)  # r and d as they are: no limits, no gradient
dx = torch.autograd.grad(out, x, torch.tensor(np.random.default_rng(12).normal(size=(6, 5))))[0]
print("every column of dx sums to 0:           ", bool(dx.sum(dim=0).abs().max() < 1e-9))
print(
    "every column of dx is at 90° to x_hat:  ", bool((dx * x_hat).sum(dim=0).abs().max() < 1e-9)
)

# %% [markdown]
# <details><summary>No statistics at all: dynamic tanh and normalizer-free nets</summary>
#
# [Zhu et al. (2025)](https://arxiv.org/abs/2503.10622) saw that trained layer norms in transformers often map input to
# output along an S-shaped curve, and replaced them by gamma · tanh(alpha · x) + beta with *one* learned alpha per layer
# (0.5 at the start). They report that such transformers match or exceed their normalized counterparts, mostly
# without tuning. It sets no mean and no spread; it only keeps extremes in bounds.
#
# [Brock et al. (2021)](https://arxiv.org/abs/2102.06171) trained image classifiers without normalization, with scaled
# weight standardization and clipped gradients, to 86.5 % top-1 on ImageNet, then the state of the art. So
# normalization is a very good way to trainability, not the only one.
# </details>

# %% [markdown]
# <details><summary>Why weight standardization resembles batch norm in front of it</summary>
#
# If the I inputs of a filter have a common mean μ and are otherwise uncorrelated with variance v, its output has mean
# μ · Σw and variance v · Σ(w²). Standardized weights have Σw = 0 and Σ(w²) = I: every output channel has mean 0 and the
# same variance v · I, without a look at the data. The assumption is idealized; the paper's own argument is about the
# smoothness of the loss.
# </details>

# %% [markdown]
# <details><summary>Layer norm's geometry, and what its gradient forgets</summary>
#
# As in lesson 03, x_hat lies on a sphere: here each *row* of D numbers has sum 0 and length √D (for eps = 0). So dx of
# every row is at right angles to the constant vector and to x_hat: its sum is 0, and so is the sum of dx · x_hat up to
# eps. RMS norm keeps the second and gives up the first. The next cell checks it with your backward.
# </details>

# %%
with needs("layer_norm_backward", "normalize"):
    rng = np.random.default_rng(11)
    x, dout, gamma = (
        rng.normal(3, 2, size=(20, 7)),
        rng.normal(1, 1, size=(20, 7)),
        rng.normal(size=7),
    )
    dx, _, _ = layer_norm_backward(dout, x, gamma, eps=0)
    print("each row of dx sums to 0:        ", np.allclose(dx.sum(axis=1), 0))
    print(
        "each row of dx is at 90° to x_hat:",
        np.allclose((dx * normalize(x, 1, eps=0)).sum(axis=1), 0),
    )

# %% [markdown]
# <details><summary>What the eps defaults are</summary>
#
# PyTorch: 1e-5 for batch, layer, instance and group norm; the machine epsilon for RMS norm (1.2e-7 in float32).
# Keras: 1e-3 for batch norm and for layer norm. Language models often set 1e-6. All add it inside the root. A port
# between libraries that leaves eps at its default runs, and gives slightly different numbers. The next cell asks the
# PyTorch that is installed here.
# </details>

# %%
made = (
    nn.BatchNorm2d(4),
    nn.LayerNorm(4),
    nn.InstanceNorm2d(4),
    nn.GroupNorm(2, 4),
    nn.RMSNorm(4),
)
for layer in made:
    affine = {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}
    print(f"{type(layer).__name__:<15} eps {layer.eps}, learned: {affine}")

# %% [markdown]
# ## Check yourself

# %% quiz="who_depends_on_whom"
{
    "question": "A batch of 8 pictures. You replace picture 5 by another one. Whose normalized values change for picture 0?",
    "choices": {
        "a": (
            "Those of instance norm.",
            "Its sets are one channel of one picture; picture 5 is in none of picture 0's sets.",
        ),
        "b": (
            "Those of group norm, if G is 1.",
            "G = 1 puts all channels of one picture together, still of one picture.",
        ),
        "c": (
            "Those of batch norm.",
            "Its sets cross the line between pictures; all others stay on one side.",
        ),
        "d": (
            "All of them.",
            "Then inference would need a batch everywhere. Only batch norm's sets hold several pictures.",
        ),
    },
    "right": "c",
}

# %% quiz="rms_or_layer"
{
    "question": "For which rows do RMS norm and layer norm (gamma 1, beta 0, eps 0) give the same output?",
    "choices": {
        "a": (
            "For rows with mean 0.",
            "Then mean square and variance are the same number, and there is nothing to subtract.",
        ),
        "b": (
            "For rows with spread 1.",
            "A row around 10 with spread 1 has a root mean square of about 10: section 3.",
        ),
        "c": (
            "For all rows, after training.",
            "gamma can rescale features, but it cannot take a different mean off each row.",
        ),
        "d": (
            "For none.",
            "Subtracting a mean of 0 changes nothing: there they agree.",
        ),
    },
    "right": "a",
}

# %% quiz="affine_shape"
{
    "question": "Group norm on (16, 32, 7, 7) with G = 8. How many numbers are in gamma, as in PyTorch?",
    "choices": {
        "a": (
            "8, one per group",
            "Statistics are per group, gamma is not: channels of one group may need different scales.",
        ),
        "b": (
            "128, one per group and picture",
            "That is the number of means. gamma is learned and cannot depend on the picture.",
        ),
        "c": (
            "1568, one per value of a picture",
            "That is LayerNorm([32, 7, 7]).",
        ),
        "d": (
            "32, one per channel",
            "In batch, instance and group norm alike.",
        ),
    },
    "right": "d",
}

# %% quiz="padding_and_norms"
{
    "question": "Sequences are padded with zeros to equal length. Which layer gives a real token the same output however much padding there is?",
    "choices": {
        "a": (
            "Batch norm over sequences and time.",
            "Zeros pull its mean from 3 to 1.33 in section 9, and more padding pulls further.",
        ),
        "b": (
            "Layer norm over the features of each token.",
            "A token's set holds nothing but that token.",
        ),
        "c": (
            "A norm over time and features of each sequence.",
            "The padding of that sequence is in the set.",
        ),
        "d": (
            "Any of them, once the loss is masked.",
            "A masked loss ignores padded outputs. The statistics have already mixed padding into the real ones.",
        ),
    },
    "right": "b",
}

# %% [markdown]
# ## To remember
#
# One operator, and one question: *which numbers share a mean?* Sets that cross examples need batches and running
# statistics; sets inside an example do not, and forget that example's own level and scale.
#
# **Next:** lesson 09 puts ten broken programs on the table, and you find what is wrong with their norms.

# %%
score_so_far("08_alternatives")
