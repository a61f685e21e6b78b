# %% [markdown]
# # 03 · Batch norm forward
#
# You will write batch norm's training forward pass, and see with your own numbers what it does to a column, a
# batch, and a network thirty layers deep.
#
# **You will be able to** *compute* batch norm on paper and in NumPy; *say* what eps, gamma and beta are for;
# *predict* what one row does to the others, and *write* the row that blinds them; *explain* which bias and scale it
# forgets; *measure* where it keeps a signal alive.
#
# **Needs** lessons 01 and 02, and NumPy broadcasting. **Time** 105 minutes, and 15 seconds of computing on two
# cores. **Points** 23.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested. Write the exercises in NumPy: they are graded where torch cannot be imported.
#
# **Derive first.** Before many results stands a question, some with a blank for a formula. What follows from its answer
# unfolds on the right one; `answer="show"` unfolds it, too.

# %% setup
import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import checking, closest, derive, explore, load_digits, needs
from autograder.learner import predict, quiz, score_so_far, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# Batch norm looks at one feature at a time: one column of the batch. It slides the column until its mean is 0 and
# stretches it until its spread (its standard deviation) is 1, with the mean and the variance of *these* rows. Then
# two learned numbers, gamma and beta, choose the spread and the place that the next layer gets to see.
#
# The next cell draws eight numbers that can be done on paper: mean 5, biased variance 4, so spread 2.

# %% folded
# Draws eight numbers: x, x_hat, and what gamma and beta make.
stages = {
    "x\nmean 5, spread 2": [2, 4, 4, 4, 5, 5, 7, 9],
    "x_hat\nmean 0, spread 1": [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2],
    "out\ngamma 3, beta −6": [-10.5, -7.5, -7.5, -7.5, -6, -6, -3, 0],
}
plt.plot(list(stages.values()), [2, 1, 0], color="grey", linewidth=0.6, zorder=1)
side_by_side = np.array([0, -0.1, 0, 0.1, -0.05, 0.05, 0, 0])  # tells equal values apart
for height, values, marker in zip([2, 1, 0], stages.values(), "os^"):
    plt.scatter(values, height + side_by_side, marker=marker, zorder=2)
plt.yticks([2, 1, 0], stages)
plt.xticks(range(-10, 11, 2))
plt.gca().set(xlabel="value")
plt.title("Batch norm slides and stretches a column; the pattern stays")
plt.show()

# %% [markdown]
# *The figure:* three dot plots, one under the other, with a thin line from each number to its next place. `x`
# runs from 2 to 9, `x_hat` from −1.5 to 2, `out` from −10.5 to 0. The lines never cross: order and relative
# distances stay, and the lone value on the right stays alone.

# %% [markdown]
# ## 1 · Statistics of the batch
#
# Lesson 01 standardized the *inputs*, once, with statistics of the training data. A hidden layer has no fixed
# data: its columns move whenever the weights before it move (lesson 02). Ioffe and Szegedy
# ([2015](https://arxiv.org/abs/1502.03167)) therefore standardize inside the network, with the statistics of
# the batch that is passing through.
#
# *Batch Normalization* (Kickstarters, Deep Dive) has it normalize "the inputs to each layer". More exactly: it stands
# where somebody puts it. In the paper that is between `x @ W` and the activation of hidden layers. Lesson 06 compares
# places.

# %% [markdown]
# The names, the same in prose, code and PyTorch:
#
# | name | shape | what it is |
# |---|---|---|
# | `x` | (N, D) | a batch: N rows (examples), D columns (features) |
# | `mean`, `var` | (D,) | of each column over its N rows; `var` is *biased* (divided by N) |
# | `x_hat` | (N, D) | the standardized batch |
# | `gamma`, `beta` | (D,) | learned scale and shift, one pair for each column |
# | `eps` | one number | a small constant added to `var` |

# %% [markdown]
# So there is no such thing as *the* mean of a batch: there are D of them. Every variance in this lesson is biased
# unless it says *unbiased*; "spread" means its root.

# %% [markdown]
# ### Exercise 1 · `batch_statistics` (3 points)
#
# Return the mean and the biased variance of every column, both of shape (D,), in about two lines:
#
# $$\mathrm{mean}_j = \frac1N \sum_{i=1}^N x_{ij} \qquad
# \mathrm{var}_j = \frac1N \sum_{i=1}^N (x_{ij} - \mathrm{mean}_j)^2$$
#
# Divide by N, not by N − 1: the aim is to give *these* N numbers spread 1, not to estimate a population.
#
# **Tested:** fresh batches with more, fewer and as many rows as columns; one row (variance 0); whole numbers;
# float32 values around 10 000, whose variance has to be right to 1 %; `x` stays as it was.


# %% exercise="batch_statistics"
def batch_statistics(x):
    """Return the mean and the biased variance of each column.

    Args:
        x: shape (N, D), floating-point or whole numbers.

    Returns:
        mean: shape (D,), floating point.
        var: shape (D,), floating point, the biased variance.
    """
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    var = ((x - mean) ** 2).mean(axis=0)
    ### END SOLUTION
    return mean, var


# %% check="batch_statistics" points=1
with checking(batch_statistics):
    x = np.array([[0, 1], [3, 1], [6, 10]])  # Shape: (3, 2)
    mean, var = batch_statistics(x)
    assert np.shape(mean) == np.shape(var) == (2,), (
        "two columns give two means and two variances: shape (2,)."
    )
    assert np.allclose(mean, [3, 4]), (
        "the columns 0, 3, 6 and 1, 1, 10 have the sums 9 and 12: means 3 and 4."
    )
    assert np.allclose(var, [6, 18]), (
        "the squared distances sum to 9+0+9 and 9+9+36; divided by 3: 6 and 18."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# N numbers become one, for each column by itself. Which axis of `x` counts the rows?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `mean` takes an `axis`. An array of shape (D,) can be subtracted from one of shape (N, D): NumPy repeats it
# down the rows.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# The column 0, 3, 6: its mean is 3, its differences −3, 0, 3, their squares 9, 0, 9. Which of these three steps takes
# the rows together, and which keeps them apart?
# </details>

# %% hidden="batch_statistics"
# %% [markdown]
# ### Why float32 values around 10 000?
#
# Many books offer a second formula: var = E[x²] − E[x]². Algebra says it is the same. And arithmetic? float32 keeps
# about seven digits. The experiment draws 50 columns of spread 1 around larger and larger means and compares both
# formulas in float32 with float64.

# %% predict="float_guess"
float_guess = {
    "question": "In float32, the columns around 10 000: by how much is the second formula typically off?",
    "options": {
        "digits": "by 0.00001 %",
        "small": "by 0.01 %",
        "all": "by more than 100 %",
        "percent": "by about 1 %",
    },
}

# %% experiment="two_formulas"
centres = np.array([10, 100, 1000, 10000])
with needs("batch_statistics"):
    rng = np.random.default_rng(0)
    errors = []
    for centre in centres:
        x32 = rng.normal(centre, 1.0, size=(64, 50)).astype(np.float32)
        exact = batch_statistics(x32.astype(np.float64))[1]
        short = (x32**2).mean(axis=0) - x32.mean(axis=0) ** 2
        found = (short, batch_statistics(x32)[1])
        errors.append([np.median(np.abs(var - exact) / exact) for var in found])
    labels = ("E[x²] − E[x]²", "your batch_statistics")
    for label, error, style in zip(labels, np.transpose(errors), ("o-", "s--")):
        plt.loglog(centres, error, style, label=label)
    plt.axhline(1, color="black", linewidth=0.8)
    plt.gca().set(xlabel="mean of the column (its spread is 1)", ylabel="relative error of var")
    plt.title("Error of two formulas for the variance, in float32")
    plt.legend()
    plt.show()
    short, yours = errors[-1]
    print("mean 10 000, typical error of yours below 0.01 %:", bool(yours < 1e-4))
    sizes = {"digits": 1e-7, "small": 1e-4, "percent": 0.01}
    outcome = "all" if short > 1 else closest(short, sizes, within=5)
    measured = "more than 100 %" if short > 1 else f"{short:.0e}"
    verdict(float_guess, outcome, f"a median error of {measured}.")

# %% [markdown]
# *The figure:* two lines on logarithmic axes, the column's mean from 10 to 10 000 against the relative error
# of its variance. The short formula climbs by a factor of 100 for each factor of 10 and passes 100 % at 10 000;
# the difference-first formula stays below 0.001 %.
#
# At 10 000 a square is 100 000 000, where neighbouring float32 numbers are 8 apart. A variance of 1 drowns in that. The
# short formula can even give a *negative* variance, whose root is NaN. This is not a beginner's slip: labml's annotated
# implementation uses it in float32, and so does Flax's batch norm unless `use_fast_variance` is turned off.

# %% [markdown]
# ## 2 · The forward pass
#
# The smallest example, on paper. One column, four rows: 3, 7, 7, 11, with eps = 1, gamma = 3, beta = 10.
#
# | step | numbers |
# |---|---|
# | mean | 28 / 4 = 7 |
# | x − mean | −4, 0, 0, 4 |
# | var (biased) | 32 / 4 = 8 |
# | √(var + eps) | √9 = 3 |
# | x_hat | −4/3, 0, 0, 4/3 |
# | gamma · x_hat + beta | 6, 10, 10, 14 |

# %% [markdown]
# The same for every column at once, as Algorithm 1 of the 2015 paper has it:
#
# $$\hat x_{ij} = \frac{x_{ij} - \mathrm{mean}_j}{\sqrt{\mathrm{var}_j + \varepsilon}} \qquad
# \mathrm{out}_{ij} = \gamma_j\, \hat x_{ij} + \beta_j$$
#
# NumPy lines shapes up from the right: (N, D) with (D,) repeats the D numbers down the rows, which is what the
# formula asks for. With (N,) it stops with an error – unless N = D, where it quietly mixes up rows and columns.

# %% [markdown]
# ### Exercise 2 · `batchnorm_forward` (8 points)
#
# Return `out` of shape (N, D) and a `cache`, in about four lines. The cache is your own business: it should hold
# what the backward pass of lesson 04 will want to look up. No test looks into it. Your `batch_statistics` may help.
#
# **Tested:** fresh batches with more, fewer and as many rows as columns, gamma of both signs, eps 0; eps from 0.1
# to 1, and 1e-5 where it is not given; a constant column (gives beta); a column of spread 0.01; float32 around
# 10 000, right to 1 %; a batch of one (gives beta); a value far out; whole numbers. All arguments stay as they were.
# For float32 input, `out` may be float32 or float64.


# %% exercise="batchnorm_forward"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Standardize each column with the batch's own statistics, then scale and shift it.

    Args:
        x: shape (N, D), floating-point or whole numbers.
        gamma: shape (D,), the scales.
        beta: shape (D,), the shifts.
        eps: a small number; 0 is allowed where no column is constant.

    Returns:
        out: shape (N, D), floating point.
        cache: whatever the backward pass will need.
    """
    ### BEGIN SOLUTION
    mean, var = batch_statistics(x)
    x_hat = (x - mean) / np.sqrt(var + eps)
    out = gamma * x_hat + beta
    cache = (x_hat, gamma, var, eps)
    ### END SOLUTION
    return out, cache


# %% check="batchnorm_forward" points=1
with checking(batchnorm_forward):
    x = np.array([[3, 0], [7, 0], [7, 0], [11, 4]])  # Shape: (4, 2)
    gamma, beta = np.array([3, -2]), np.array([10, 5])
    out, cache = batchnorm_forward(x, gamma, beta, eps=1)
    assert np.shape(out) == (4, 2), "out has the shape of x: (4, 2)."
    assert np.allclose(out[:, 0], [6, 10, 10, 14]), (
        "column 0 is the one done on paper above: 6, 10, 10, 14."
    )
    by_hand = (
        "column 1 has mean 1 and var 3; the root of 3 + 1 is 2: x_hat is -1/2 three "
        "times, then 3/2."
    )
    assert np.allclose(out[:, 1], [6, 6, 6, 2]), by_hand + " Times -2, plus 5: 6, 6, 6, 2."
    one_row, cache = batchnorm_forward(x[:1], gamma, beta)
    assert np.allclose(one_row, [[10, 5]]), (
        "a single row equals its mean, so x_hat is 0 and out is beta."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The formula has two lines, and so has the heart of the function. Only the first needs the statistics, which
# Exercise 1 already hands you, one per column.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `np.sqrt` takes the root of each number of an array. What does it have to be given: the variance alone, or the
# variance after something is added?
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Go through the table of this section line by line, with names in place of numbers: x − mean, then √(var + eps), then
# x_hat, then out. The cache may be a tuple of everything you computed.
# </details>

# %% hidden="batchnorm_forward"
# %% [markdown]
# Is it the same as what everybody uses? PyTorch computes the same function in training mode. (The import takes a
# second or two.)

# %% experiment="library"
with needs("batchnorm_forward"):
    import torch

    rng = np.random.default_rng(1)
    x, gamma, beta = rng.normal(3, 2, size=(32, 10)), rng.normal(size=10), rng.normal(size=10)
    mine, _ = batchnorm_forward(x, gamma, beta)
    x_t, gamma_t, beta_t = (torch.tensor(array) for array in (x, gamma, beta))
    theirs = torch.nn.functional.batch_norm(x_t, None, None, gamma_t, beta_t, training=True)
    print("the same as torch.nn.functional.batch_norm:", np.allclose(mine, theirs.numpy()))

# %% [markdown]
# ## 3 · What it does to a column
#
# **Geometry.** A column of N numbers is one point in N-dimensional space. Subtracting the mean drops the point onto
# the plane where the coordinates sum to 0. Dividing by the spread then moves it along its ray until its length is
# √N. Of N freedoms two are gone: the level and the length. What stays is a direction.
#
# With N = 3 the plane can be drawn. The next cell sends 300 different columns of three rows through your function.

# %% folded
# Sends 300 columns through your function, and draws their plane.
with needs("batchnorm_forward"):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3, 300)) * rng.uniform(0.4, 2.4, size=300)
    x += rng.uniform(-9, 9, size=300)
    x_hat, _ = batchnorm_forward(x, np.ones(300), np.zeros(300), eps=1e-9)
    plane = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])  # its two axes
    plt.figure(figsize=(6, 4))
    plt.plot(*(plane @ x), ".", alpha=0.4, label="x, seen from along (1, 1, 1)")
    plt.plot(*(plane @ x_hat), "^", markersize=4, label="x_hat")
    ticks = range(-6, 7, 2)
    plt.gca().set(xlabel="first axis of the plane", ylabel="second axis", aspect="equal")
    plt.gca().set(xticks=ticks, yticks=ticks)
    plt.title("Whatever the column, x_hat lies on one circle (N = 3)")
    plt.legend(loc="upper left", bbox_to_anchor=(1, 1))
    plt.show()
    print("every column of x_hat sums to 0:", np.allclose(x_hat.sum(axis=0), 0))
    lengths = np.linalg.norm(x_hat, axis=0)
    print("every column of x_hat has length √3:", np.allclose(lengths, np.sqrt(3)))

# %% [markdown]
# *The figure:* a scatter plot of the plane in which three coordinates sum to 0. The 300 columns of `x` make a round
# cloud reaching out to about 6; their `x_hat` all lie on the circle of radius √3 ≈ 1.73 around the middle, in every
# direction.
#
# For N rows the circle is a sphere of radius √N. With N = 2 it is two points: a batch of two keeps only which of
# the two rows was larger.

# %% [markdown]
# **Does it make anything normal?** *What is batch normalization?* by Stephen M. Walker II has it turn the outputs "to a
# standard distribution". But what can one subtraction and one division per column do to a shape? Three columns: a
# normal one, an exponential one, and one of zeros and ones. A measure of lopsidedness is the *skewness* (the mean of
# the cubed `x_hat`; 0 for anything symmetric):

# %% predict="skewness_guess"
skewness_guess = {
    "question": "The exponential column has skewness 1.9. What is the skewness of its x_hat?",
    "options": {
        "none": "0, as a normal column has",
        "same": "1.9, as before",
        "half": "about 1, half way to normal",
        "cubed": "about 7, the cube of 1.9",
    },
}


# %%
def skewness(x):
    mean, var = batch_statistics(x)
    return ((x - mean) ** 3).mean(axis=0) / var**1.5


# %% experiment="shape"
with needs("batch_statistics", "batchnorm_forward"):
    rng = np.random.default_rng(3)
    columns = [rng.normal(size=2000), rng.exponential(size=2000), rng.random(2000) < 0.1]
    x = np.stack(columns, axis=1) * 1.0
    x_hat, _ = batchnorm_forward(x, np.ones(3), np.zeros(3))
    names, before, after = ("normal", "exponential", "0 or 1"), skewness(x), skewness(x_hat)
    for name, *found in zip(names, before, after):
        print(f"{name:<12} skewness before {found[0]:5.2f}, after {found[1]:5.2f}")
    known = {"half": 1, "same": 1.9, "cubed": 7}
    outcome = "none" if abs(after[1]) < 0.1 else closest(after[1], known, within=1.3)
    verdict(skewness_guess, outcome, f"{before[1]:.2f} before, {after[1]:.2f} after.")

# %% [markdown]
# A column is slid and stretched as a whole; whatever is lopsided stays so.

# %% [markdown]
# ## 4 · What one row does to all others
#
# In an ordinary layer each row is computed by itself. Here all rows of a column share two statistics. So batch norm
# is a function of the *whole batch*: the next cell changes a single number and counts which outputs move.

# %%
with needs("batchnorm_forward"):
    x = np.random.default_rng(4).normal(size=(8, 3))
    changed = x.copy()
    changed[2, 1] += 1.0  # one number: row 2, column 1
    before, after = (batchnorm_forward(b, np.ones(3), np.zeros(3))[0] for b in (x, changed))
    moved = before != after
    for column in range(3):
        print(f"column {column}: {moved[:, column].sum()} of 8 rows moved")

# %% [markdown]
# All rows moved, in the one column that was touched. Rows talk to each other; columns never do.
#
# How strong can one row get? Guess before you run the experiment.

# %% predict="pull"
pull = {
    "question": "Eight rows. Row 0 is pulled a million units away from the others, which have spread 1. Its x_hat ends near:",
    "options": {"few": "2.65", "far": "1 000 000", "one": "1", "thousand": "1000"},
}

# %% folded experiment="pulled_row"
# Puts row 0 of eight in 162 places, and draws all eight x_hat.
with needs("batchnorm_forward"):
    places = np.array([*np.linspace(-20, 20, 161), 1e6])
    x = np.repeat(np.random.default_rng(5).normal(size=(8, 1)), len(places), axis=1)
    x[0] = places  # each column is the same batch with row 0 in another place. Shape: (8, 162)
    x_hat, _ = batchnorm_forward(x, np.ones(len(places)), np.zeros(len(places)))
    plt.plot(places[:-1], x_hat[1:, :-1].T, color="grey", linewidth=0.8)
    plt.plot(places[:-1], x_hat[0, :-1], linewidth=2.5)
    plt.annotate("row 0", (8, 1.85), color="C0")
    plt.annotate("the seven others", (8, -1.4), color="dimgrey")
    plt.gca().set(xlabel="where row 0 is put", ylabel="x_hat", ylim=(-3.2, 3.2))
    plt.title("x_hat of all eight rows, by the place of row 0")
    plt.show()
    end = x_hat[0, -1]
    outcome = closest(end, {"far": 1e6, "thousand": 1000, "few": 2.65, "one": 1}, within=1.2)
    verdict(pull, outcome, f"x_hat of row 0 is {end:.3f}.")

# %% [markdown]
# *The figure:* `x_hat` of eight rows against the place of row 0, from −20 to 20. Row 0 rises like an S and levels off
# at ±2.65. The other seven spread over more than three units while row 0 is among them, and draw together around
# ∓0.38 as it leaves.
#
# Where does this number come from? As row 0 leaves, the others look like one point.

# %% derive="farthest_row"
{
    "question": "N − 1 rows lie at 0, one at t > 0, and eps is 0. The mean is t/N. What is the *square* of the lone row's x_hat, in terms of `N`?",
    "blank": {
        "names": ["N"],
        "right": "N - 1",
        "wrong": {
            "N": "Nearly. The variance is the mean of the squares, t²/N, less the square of the mean, t²/N².",
            "(N - 1)**2": "Divide by the variance as well: the mean of the squares, t²/N, less the square of the mean, t²/N².",
            "(N - 1)**2 / N": "The variance is a little less than t²/N: take the square of the mean away, t²/N².",
            "1": "That is the mean of all N squares; the lone row lies far above it.",
        },
    },
    "then": "The lone row lies t(N − 1)/N above the mean; the variance is t²/N − t²/N² = t²(N − 1)/N². So the square of x_hat is "
    "N − 1, whatever t, and x_hat is √(N − 1): √7 ≈ 2.65 for eight rows.\n\nIn general |x_hat| ≤ √(N − 1): proved under *Going deeper*. "
    "An outlier cannot run away; it blinds the others.",
}

# %% [markdown]
# **Small batches are the extreme.** A row alone equals its own mean: `x_hat` is 0, `out` is beta, and nothing of
# the row is left. (PyTorch refuses: *Expected more than 1 value per channel when training*.) Of two rows only the
# order is left, however far apart they are:

# %%
with needs("batchnorm_forward"):
    two_rows = np.array([[0.0, 5.0, -300.0], [1.0, 4.0, 900.0]])
    x_hat, _ = batchnorm_forward(two_rows, np.ones(3), np.zeros(3))
    print("x_hat of two rows:", *np.round(x_hat, 2).tolist(), sep="\n")
    gamma, beta = np.array([2.0, -3.0, 4.0]), np.array([1.0, 5.0, -2.0])
    one_row, _ = batchnorm_forward(two_rows[:1], gamma, beta)
    print("out of one row, with beta 1, 5, -2:", one_row.tolist())

# %% [markdown]
# ## 5 · What eps is for
#
# That it prevents a division by zero is half of the answer. What does it do to a column that is *nearly* constant?

# %% derive="largest_stretch"
{
    "question": "A column of spread s is divided by √(s² + eps). By which factor is it stretched at most, over all s, in terms of `eps`?",
    "blank": {
        "names": ["eps"],
        "right": "eps**-0.5",
        "wrong": {
            "1 / eps": "That would be so with eps outside the root, √var + eps. What is √(s² + eps) for a very small s?",
            "eps**0.5": "That is the smallest number to divide by. And the factor?",
            "1": "1 is the spread that wide columns leave with. The factor for a narrow column is 1/√(s² + eps).",
        },
    },
    "then": "The factor is 1/√(s² + eps), largest for s → 0: 1/√eps, which is 316 for eps = 1e-5. So eps limits how much a column is "
    "*stretched*; a column of spread s leaves with the spread s/√(s² + eps), a little below 1 if s is large, far below if it is small.",
}

# %% [markdown]
# The next cell measures the factor for columns of many widths, and compares with eps put outside the root.

# %%
with needs("batchnorm_forward"):
    spreads = np.logspace(-7, 1, 33)
    x = np.array([[-1.0], [1.0], [-1.0], [1.0]]) * spreads  # Shape: (4, 33)
    x_hat, _ = batchnorm_forward(x, np.ones(33), np.zeros(33))
    stretch = x_hat.std(axis=0) / spreads
    plt.loglog(spreads, stretch, "o-", markersize=4, label="your function")
    plt.loglog(spreads, 1 / (spreads + 1e-5), "--", label="outside the root: √var + eps")
    plt.gca().set(xlabel="spread of the column before", ylabel="stretched by the factor")
    plt.title("By how much columns are stretched, eps = 1e-5")
    plt.legend()
    plt.show()
    print(f"largest stretch: {stretch.max():.0f}, and 1/√eps is {1e-5**-0.5:.0f}")

# %% [markdown]
# *The figure:* two falling lines on logarithmic axes, the column's spread before (1e-7 to 10) against the factor by
# which it is stretched. They agree on the right. To the left yours levels off at 316 = 1/√eps, from a spread of
# √eps ≈ 0.003 downwards; with eps outside the root the factor goes on to 100 000 = 1/eps.
#
# So a column that is nearly constant is not blown up into noise of spread 1. A second reason for the place inside
# shows only in the backward pass: see *Going deeper*.

# %% [markdown]
# ## 6 · What gamma and beta are for
#
# After batch norm a column has mean beta and spread |gamma| (times a factor just below 1, from eps). Before, its
# place depended on all weights of all earlier layers; now two numbers of its own set it.
#
# Do they only undo the normalization? They *can*: for a given batch there is a gamma and a beta that give back
# exactly `x`. So nothing is lost that the layer could represent. Which are they? Nobody tells you this time.

# %% [markdown]
# ### Exercise 3 · `identity_affine` (3 points)
#
# Return the `gamma` and the `beta`, both of shape (D,), for which
#
# `batchnorm_forward(x, gamma, beta, eps)[0]` equals `x`.
#
# Solve out = x for gamma and beta on paper first; the code is then about two lines.
#
# **Tested:** fresh batches with more, fewer and as many rows as columns; eps from 1e-5 to 1, also where it is
# larger than a column's variance; whole numbers. No column is constant. `x` stays as it was.


# %% exercise="identity_affine"
def identity_affine(x, eps):
    """Return the gamma and beta with which batch norm gives back this very batch.

    Args:
        x: shape (N, D), no column constant.
        eps: the eps that batch norm will use.

    Returns:
        gamma: shape (D,).
        beta: shape (D,).
    """
    ### BEGIN SOLUTION
    mean, var = batch_statistics(x)
    gamma = np.sqrt(var + eps)
    beta = mean
    ### END SOLUTION
    return gamma, beta


# %% check="identity_affine" points=1
with checking(identity_affine):
    x = np.array([[3, 0], [7, 0], [7, 0], [11, 4]])  # Shape: (4, 2), done on paper above
    gamma, beta = identity_affine(x, eps=1)
    assert np.shape(gamma) == np.shape(beta) == (2,), (
        "two columns need two gammas and two betas: shape (2,)."
    )
    assert np.allclose(gamma, [3, 2]), (
        "with variances 8 and 3 and eps 1, gamma is 3 and 2. Why?"
    )
    assert np.allclose(beta, [7, 1]), "with columns of mean 7 and 1, beta is 7 and 1. Why?"

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Batch norm did two things to each column: it took something away, and it divided by something. What brings each
# of them back, and in which order does `gamma * x_hat + beta` do it?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Write x_hat out in `gamma * x_hat + beta = x`. Which gamma makes the division disappear? What is left to be added?
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Someone took 7 away from a number and divided by 3. You multiply by something, then add something. By which numbers
# do you get the number back? And where did the 7 and the 3 come from?
# </details>

# %% hidden="identity_affine"
# %% [markdown]
# Stephen M. Walker II concludes: "This allows the model to recover the original distribution". So let the gamma and
# beta of one batch of 32 be used on itself, and on 200 other batches from the same source.

# %% predict="recover_guess"
recover_guess = {
    "question": "The batch itself comes back exactly. By how much, on average, do the numbers of the other batches miss?",
    "options": {
        "double": "by about 200 % of the spread",
        "exact": "not at all",
        "little": "by about 2 % of the spread",
        "fifth": "by about 20 % of the spread",
    },
}

# %% experiment="other_batches"
with needs("identity_affine", "batchnorm_forward"):
    rng = np.random.default_rng(6)
    first, *others = rng.normal(5, 3, size=(201, 32, 10))
    gamma, beta = identity_affine(first, 1e-5)
    back, _ = batchnorm_forward(first, gamma, beta)
    print("its own batch comes back exactly:", np.allclose(back, first))
    gaps = [np.abs(batchnorm_forward(x, gamma, beta)[0] - x).mean() / 3 for x in others]
    low, middle, high = np.quantile(gaps, [0.05, 0.5, 0.95])
    sizes = {"exact": 1e-9, "little": 0.02, "fifth": 0.2, "double": 2}
    measured = f"{100 * low:.0f} % to {100 * high:.0f} % of the spread (9 in 10 batches)."
    verdict(recover_guess, closest(middle, sizes, within=3), measured)

# %% [markdown]
# gamma and beta are fixed numbers, while the statistics change from batch to batch. What is recovered is one batch.

# %% [markdown]
# ## 7 · A layer with its bias, and without
#
# A layer computes `x @ weight + bias`, and its result goes into batch norm. The bias adds one number to a whole
# column. Follow it through the formula:

# %% derive="where_a_bias_goes"
{
    "question": "A column gets the same number b added in every row. Which of mean, var, x_hat and out change?",
    "choices": {
        "a": ("mean, x_hat and out", "x_hat is made of x − mean. By how much does each of the two grow?"),
        "b": ("mean only", "Both x and mean grow by b, so their difference stays; var is made of such differences."),
        "c": ("mean and var", "var is the mean of (x − mean)². Each of the two grows by b."),
        "d": ("all four", "The mean does. Then look at x − mean, of which all the rest is made."),
    },
    "right": "b",
    "then": "Batch norm takes the mean away, and the bias with it; the variance never saw it. What a bias is for, beta does, after the "
    "normalization. This is why you meet `nn.Linear(..., bias=False)` before a batch norm.",
}

# %% [markdown]
# Show with your own function what follows for a whole layer.

# %% [markdown]
# ### Exercise 4 · `redundant_bias` (3 points)
#
# Return batch norm's output for a layer with its bias, and for the same layer without it: two arrays of shape (N,
# M), in about two lines. Both use the same gamma, beta and eps.
#
# **Tested:** fresh layers of several shapes, also a square weight; eps from 0.1 to 1, and 1e-5 where it is not
# given; a bias as large as 1000. All arguments stay as they were.


# %% exercise="redundant_bias"
def redundant_bias(x, weight, bias, gamma, beta, eps=1e-5):
    """Return what batch norm makes of a linear layer with its bias, and without it.

    Args:
        x: shape (N, D), the layer's input.
        weight: shape (D, M).
        bias: shape (M,).
        gamma, beta: shape (M,).
        eps: as in batchnorm_forward.

    Returns:
        with_bias: shape (N, M), batch norm of x @ weight + bias.
        without_bias: shape (N, M), batch norm of x @ weight.
    """
    ### BEGIN SOLUTION
    with_bias, _ = batchnorm_forward(x @ weight + bias, gamma, beta, eps)
    without_bias, _ = batchnorm_forward(x @ weight, gamma, beta, eps)
    ### END SOLUTION
    return with_bias, without_bias


# %% check="redundant_bias" points=1
with checking(redundant_bias):
    x, weight, bias = np.array([[1], [3]]), np.array([[2]]), np.array([100])
    gamma, beta = np.array([3]), np.array([1])
    with_bias, without_bias = redundant_bias(x, weight, bias, gamma, beta, eps=5)
    by_hand = (
        "x @ weight is 2, 6: mean 4, var 4, and √(4 + 5) = 3. x_hat is -2/3, 2/3; times "
        "3, plus 1: -1, 3."
    )
    assert np.allclose(without_bias, [[-1], [3]]), by_hand
    assert np.allclose(with_bias, [[-1], [3]]), (
        "102, 106 has mean 104 and the same differences: again -1, 3."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Your `batchnorm_forward` does all the work; only what you hand it differs between the two calls.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `batchnorm_forward` gives back two things, and here only the first is asked for. Remember to pass all of gamma,
# beta and eps on.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# In the check, `x @ weight` is 2, 6 and the bias 100. Which two columns go into batch norm? Make these two first, each
# in a line, and look at them.
# </details>

# %% hidden="redundant_bias"
# %% [markdown]
# ## 8 · Which scale of the weights does it forget?
#
# All weights of a layer are multiplied by a number a, and so is each column that goes into batch norm. The 2015 paper
# writes BN(Wu) = BN((aW)u) "for a scalar a", and the textbook *Dive into Deep Learning* (section 8.5) states the like
# for layer norm and every a ≠ 0. Who is right?

# %% derive="forgotten_scales"
{
    "question": "The column becomes a · x. With eps = 0, for which numbers a is x_hat the same as before?",
    "choices": {
        "a": ("for every a", "With a = 0 the column is constant, and there is nothing to normalize. Then try a = −1 on the column 1, 3."),
        "b": ("for every a ≠ 0", "Try a = −1 on the column 1, 3: before, x_hat is −1, 1. And for −1, −3?"),
        "c": ("for a = 1 alone", "Try a = 5 on the column 1, 3: before, x_hat is −1, 1. And for 5, 15?"),
        "d": ("for every a > 0", "x − mean is multiplied by a, and the spread by |a|. What is left is the sign of a."),
    },
    "right": "d",
    "then": "Differences grow by a, the spread by |a|: $\\hat x(a\\,x) = \\frac{a}{|a|}\\,\\hat x(x)$. Every a > 0 is forgotten; for a < 0 "
    "all signs flip, BN(−Wu) = −BN(Wu). The textbook's a ≠ 0 should read a > 0, and so should the paper's \"scalar\".\n\nThis is one "
    "reason why a net with batch norm is less sensitive to the size of its initial weights. It holds for eps = 0; what does eps change?",
}

# %% [markdown]
# With eps > 0 the identity is no longer exact. Measure the gap.

# %% [markdown]
# ### Exercise 5 · `weight_scale_gap` (3 points)
#
# Return one number: the largest absolute difference between `x_hat` of `scale * (x @ weight)` and `x_hat` of `x @
# weight`, both with the given eps. There is no gamma or beta in it, so `ones` and `zeros` stand in for them. About
# three lines.
#
# **Tested:** fresh layers, also a square weight; scale 3 and −2 with eps 0; scales from 0.1 to 20 and −0.5 with eps
# from 0.2 to 1. All arguments stay as they were.


# %% exercise="weight_scale_gap"
def weight_scale_gap(x, weight, scale, eps):
    """Return how far x_hat moves, at most, when the layer's weights are multiplied by a number.

    Args:
        x: shape (N, D), the layer's input.
        weight: shape (D, M).
        scale: a number, positive or negative.
        eps: as in batchnorm_forward; 0 is allowed.

    Returns:
        one number: the largest absolute difference.
    """
    ones, zeros = np.ones(weight.shape[1]), np.zeros(weight.shape[1])
    ### BEGIN SOLUTION
    plain, _ = batchnorm_forward(x @ weight, ones, zeros, eps)
    scaled, _ = batchnorm_forward(scale * (x @ weight), ones, zeros, eps)
    gap = np.abs(scaled - plain).max()
    ### END SOLUTION
    return gap


# %% check="weight_scale_gap" points=1
with checking(weight_scale_gap):
    x, weight = np.array([[1], [3]]), np.array([[1]])  # x @ weight is 1, 3: mean 2, var 1
    assert np.isclose(weight_scale_gap(x, weight, 5, eps=0), 0), (
        "5, 15 gives x_hat -1, 1, just like 1, 3: gap 0."
    )
    assert np.isclose(weight_scale_gap(x, weight, -1, eps=0), 2), (
        "-1, -3 gives 1, -1 instead of -1, 1: gap 2."
    )
    by_hand = (
        "eps 15: x_hat is 1/√16 = 1/4 before; times 7 the variance is 49, so it is 7/√64 "
        "= 7/8: gap 5/8."
    )
    assert np.isclose(weight_scale_gap(x, weight, 7, eps=15), 0.625), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Two calls of `batchnorm_forward` that differ only in what is normalized. Where does the scale come in: before the
# normalization or after?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `np.abs` and the method `max` without an axis turn an array of differences into one number. The cache has to be
# left aside before you subtract.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# The third line of the check, on paper: 1, 3 with eps 15, then 7, 21 with eps 15. Two columns of x_hat, and the
# largest difference between them. Give each of the three a name.
# </details>

# %% hidden="weight_scale_gap"
# %% [markdown]
# The next cell prints the gap for several scales: once with eps = 0, once with PyTorch's 1e-5.

# %%
with needs("weight_scale_gap", "batchnorm_forward"):
    rng = np.random.default_rng(7)
    x, weight = rng.normal(size=(64, 20)), rng.normal(0, 0.2, size=(20, 10))
    for scale in (1000, 10, 0.1, 0.001, -1):
        exact, usual = (weight_scale_gap(x, weight, scale, eps) for eps in (0.0, 1e-5))
        print(f"scale {scale:>5}:  gap {exact:.3f} with eps 0,  {usual:.3f} with eps 1e-5")

# %% [markdown]
# With eps > 0 the scale is nearly forgotten while the variance stays far above eps. For weights a thousand times
# smaller eps is no longer small, and the invariance is gone.

# %% [markdown]
# ## 9 · Thirty layers
#
# Now lesson 02's picture again. 64 digits run through 30 layers of `x @ weight`, batch norm (or none), ReLU. The
# weights are He's (standard deviation √(2/fan_in)), or half that, or twice that. We follow the spread of all
# activations of a layer, for five seeds.

# %%
digits = load_digits().x / 16  # Shape: (1797, 64)


def activations(scale, normalize, seed, depth=30, width=64):
    """Send 64 digits through a ReLU net at initialization. Returns what leaves each layer."""
    rng = np.random.default_rng(seed)
    h, found = digits[rng.choice(len(digits), 64, replace=False)], []
    for _ in range(depth):
        weight = rng.normal(0, scale * np.sqrt(2 / h.shape[1]), size=(h.shape[1], width))
        h = h @ weight  # Shape: (64, width)
        if normalize:
            h, _ = batchnorm_forward(h, np.ones(width), np.zeros(width))
        h = np.maximum(h, 0)
        found.append(h)
    return found


def spread_by_depth(scale, normalize, seed):
    return [h.std() for h in activations(scale, normalize, seed)]


# %% predict="depth_guess"
depth_guess = {
    "question": "Weights of half, once and twice He's size. By which factor do the largest and the smallest spread differ after 30 layers?",
    "options": {
        "layer": "without batch norm 4, with it 1.00",
        "sum": "without batch norm 120, with it 4",
        "forgotten": "without batch norm 1e18, with it 1.00",
        "power": "without batch norm 1e18, with it 4",
    },
}


# %% folded
# Draws the spread by layer, without batch norm and with it.
def draw_depth(runs):
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True)
    figure.suptitle("Does the signal live through thirty layers?", x=0.02, ha="left")
    looks = {2: ("C0", "^", 2), 1: ("C1", "o", 3), 0.5: ("C2", "s", 4)}  # 2, 3, 4: first marks
    for (scale, normalize), spread in runs.items():
        panel, (color, marker, first) = panels[int(normalize)], looks[scale]
        low, middle, high = np.quantile(spread, [0, 0.5, 1], axis=0)
        look = {"color": color, "marker": marker, "markevery": (first, 3)}
        panel.semilogy(np.arange(1, 31), middle, "-", label=f"{scale:g} × He weights", **look)
        panel.fill_between(np.arange(1, 31), low, high, color=color, alpha=0.25)
    panels[0].set(title="no batch norm", xlabel="layer", ylabel="spread of the activations")
    panels[1].set(title="batch norm in every layer", xlabel="layer")
    panels[1].legend(loc="upper right")
    plt.show()


# %% experiment="depth" picture="signal_by_depth"
with needs("batchnorm_forward"):
    runs = {}  # (scale, with batch norm?) -> spreads of shape (seeds, layers)
    for scale in (2, 1, 0.5):
        for normalize in (False, True):
            nets = [spread_by_depth(scale, normalize, seed) for seed in range(5)]
            runs[scale, normalize] = np.array(nets)
    draw_depth(runs)
    for (scale, normalize), spread in runs.items():
        name = f"{scale:g} × He, {'with' if normalize else 'no'} batch norm"
        print(f"{name:<25} layer 30: {spread[:, -1].min():.1e} to {spread[:, -1].max():.1e}")
    large, small = ([runs[scale, norm][:, -1] for norm in (False, True)] for scale in (2, 0.5))
    ratios = [np.median(one / other) for one, other in zip(large, small)]
    without = closest(ratios[0], {"4": 4, "120": 120, "1e18": 1e18}, within=10)
    with_it = closest(ratios[1], {"1": 1, "4": 4}, within=1.01)
    known = {("4", "1"): "layer", ("120", "4"): "sum"}
    known |= {("1e18", "1"): "forgotten", ("1e18", "4"): "power"}
    measured = f"{ratios[0]:.1e} without batch norm, {ratios[1]:.4f} with it."
    verdict(depth_guess, known.get((without, with_it), ""), measured)

# %% [markdown]
# *The figure:* two panels with the same logarithmic axes, layer (1 to 30) against the spread of the activations;
# bands show all five seeds. Without batch norm three lines fan out: twice He climbs beyond 1e8, He stays between
# 0.09 and 0.7, half He sinks below 1e-9. With batch norm all three lie on one flat line at 0.6.
#
# The next cell looks inside, at half He's weights: all activations above 0 of four layers.

# %% folded
# Draws histograms of the activations above 0 of four layers.
with needs("batchnorm_forward"):
    figure, panels = plt.subplots(1, 2, figsize=(7, 3), sharex=True, sharey=True)
    for panel, normalize in zip(panels, (False, True)):
        found = activations(0.5, normalize, seed=0)
        for layer, line in zip((1, 10, 20, 30), ("-", "--", "-.", ":")):
            size = np.log10(found[layer - 1][found[layer - 1] > 0])
            bins, label = np.linspace(-12, 2, 71), f"layer {layer}"
            panel.hist(size, bins, histtype="step", linestyle=line, linewidth=1.6, label=label)
        panel.set(title="batch norm in every layer" if normalize else "no batch norm")
        panel.set(xlabel="activation", xticks=range(-12, 3, 4))
        panel.set(xticklabels=["10⁻¹²", "10⁻⁸", "10⁻⁴", "1"])
    panels[0].set(ylabel="activations")
    panels[1].legend(loc="upper left")
    plt.show()

# %% [markdown]
# *The figure:* two panels of histograms, the size of the activations (logarithmic) in layers 1, 10, 20 and 30. Without
# batch norm the heaps march to the left, by a factor of about a thousand every ten layers. With it all four lie on one
# another, around 1.
#
# Section 8 explains the overlap: batch norm forgets the scale of each layer's weights. The height can be worked out
# too: ReLU of a standard normal variable has the spread √((1 − 1/π)/2) ≈ 0.58. Measured 0.59 to 0.64: the columns
# are not quite normal.

# %% [markdown]
# **Where it ends.** eps sets a floor. Let v be the variance that enters a batch norm. What leaves has variance
# v/(v + eps); ReLU keeps about half of that as its mean square; and weights of `scale` × He make of it a variance of
# at most scale² · v/(v + eps) for the next layer.

# %% derive="smallest_scale"
{
    "question": "Up to which `scale` is the variance smaller after every layer, whatever v > 0 is, so that the signal dies? In terms of `eps`:",
    "blank": {
        "names": ["eps"],
        "right": "eps**0.5",
        "wrong": {
            "eps": "scale² · v/(v + eps) < v holds for all v if scale² is at most eps. And scale?",
            "eps**2": "Divide scale² · v/(v + eps) < v by v, and let v be as small as it may.",
            "1 / eps**0.5": "That is the largest stretch. The signal dies where weights are small.",
        },
    },
    "then": "scale² · v/(v + eps) < v means scale² < v + eps; for every v > 0 that holds if scale ≤ √eps, which is 0.0032 for eps = 1e-5.",
}

# %% [markdown]
# Try it, on both sides of that:

# %%
with needs("batchnorm_forward"):
    for scale in (1, 0.01, 0.003, 0.001):
        last = np.array([spread_by_depth(scale, True, seed)[-1] for seed in range(5)])
        print(f"{scale:>5} × He: layer 30 has spread {last.min():.1g} to {last.max():.1g}")

# %% [markdown]
# So that it keeps signals from vanishing has a condition: the weights must not be so small that eps rules. And this is
# the forward half only: what becomes of the *gradient* on its way back, lesson 04 measures.

# %% [markdown]
# ## 10 · How noisy is a batch?
#
# The statistics come from N rows, so they change from batch to batch. We measure by how much, for one hidden unit of
# the digits, with thousands of batches.

# %% predict="noise_guess"
noise_guess = {
    "question": "Batches of 256 rows instead of 4: how much less does a unit's batch mean jump from batch to batch?",
    "options": {
        "root": "8 times less",
        "none": "just as much",
        "ratio": "64 times less",
        "square": "4096 times less",
    },
}


# %%
def batch_noise(rows, seed, batches=2000):
    rng = np.random.default_rng(seed)
    unit = digits @ rng.normal(size=64)  # one hidden unit with random weights. Shape: (1797,)
    x = rng.choice(unit, size=(rows, batches))  # each column is one batch of this unit
    mean, _ = batch_statistics(x)
    x[0] = unit[0]  # now the same digit opens every batch
    x_hat, _ = batchnorm_forward(x, np.ones(batches), np.zeros(batches))
    return mean.std() / unit.std(), x_hat[0].std()


# %% folded experiment="batch_size"
# Draws how far the batch mean and one digit's x_hat jump.
with needs("batch_statistics", "batchnorm_forward"):
    rows = 2 ** np.arange(1, 10)
    # Shape: (5 seeds, 9 sizes, 2): jumps of the mean, jumps of one digit's x_hat
    noise = np.array([[batch_noise(size, seed) for size in rows] for seed in range(5)])
    looks = {"batch mean (in σ)": "o-", "x_hat of one and the same digit": "s--"}
    for index, (label, style) in enumerate(looks.items()):
        low, middle, high = np.quantile(noise[:, :, index], [0, 0.5, 1], axis=0)
        plt.loglog(rows, middle, style, base=2, label=label)
        plt.fill_between(rows, low, high, alpha=0.2)
    plt.gca().set(xlabel="rows in the batch, N", ylabel="spread over 2000 batches")
    plt.xticks(rows, rows)
    plt.yticks([1, 1 / 2, 1 / 4, 1 / 8, 1 / 16], ["1", "1/2", "1/4", "1/8", "1/16"])
    plt.title("How far batch statistics jump, by batch size")
    plt.legend()
    plt.show()
    slopes = [np.polyfit(np.log(rows), np.log(run[:, 0]), 1)[0] for run in noise]
    print(f"slope of the mean's line: {min(slopes):.2f} to {max(slopes):.2f} over five seeds")
    ratios = noise[:, rows == 4, 0] / noise[:, rows == 256, 0]
    sizes = {"none": 1, "root": 8, "ratio": 64, "square": 4096}
    measured = f"{ratios.min():.1f} to {ratios.max():.1f} times less."
    verdict(noise_guess, closest(ratios.mean(), sizes, within=2), measured)

# %% [markdown]
# *The figure:* batch size (2 to 512) against spread over batches, both axes logarithmic, bands over five seeds. The
# batch mean falls on a straight line of slope −½, from 0.7 σ at 2 rows to 0.04 σ at 512. The `x_hat` of one fixed
# digit jumps a little more: in training, what the next layer sees of a digit depends on the other digits in its
# batch.
#
# The mean of N independent values with spread σ has itself a spread (its *standard error*) of σ/√N: 64 times the rows,
# an eighth of the noise.
#
# Intuition: this jitter acts a little like noise added on purpose. Whether it regularizes is measured in lesson 06.

# %% [markdown]
# ## 11 · Make it lose
#
# Section 4 pulled one row away by hand. Now you choose the row: how far above the mean must it lie in each column, so
# that it squeezes the others together by a given factor? It changes both statistics of the longer batch. With the new
# row at mean + d, the mean moves to mean + d/(N + 1). And the variance?

# %% derive="longer_batch"
{
    "question": "N rows have biased variance `var`. One more row is put at the distance `d` from their mean. What is the biased variance "
    "of all N + 1 rows, in terms of `var`, `d` and `N`?",
    "blank": {
        "names": ["var", "d", "N"],
        "right": "N * var / (N + 1) + N * d**2 / (N + 1)**2",
        "wrong": {
            "(N * var + d**2) / (N + 1)": "That measures around the old mean. The new one lies d/(N + 1) from it: take its square away.",
            "var + N * d**2 / (N + 1)**2": "The old squares sum to N · var, and are now divided by N + 1.",
            "N * var / (N + 1)": "Where is the new row's own square?",
            "var + d**2 / (N + 1)": "The old squares sum to N · var; all is divided by N + 1; and the mean has moved by d/(N + 1).",
            "(N * var + d**2) / N": "There are N + 1 rows now, and their mean has moved.",
        },
    },
    "then": "Around the old mean the squares sum to N · var + d²; divided by N + 1, and less the square of what the mean has moved, "
    "d²/(N + 1)²:\n\n$$\\mathrm{var}_{N+1} = \\frac{N}{N+1}\\,\\mathrm{var} + \\frac{N}{(N+1)^2}\\,d^2$$\n\n"
    "Batch norm divides the old rows by the root of this, and no longer by √var.",
}

# %% [markdown]
# ### Exercise 6 · `blinding_row` (3 points)
#
# Return the row, of shape (D,), that makes the spread of the old rows' `x_hat` in every column `squeeze` times smaller
# once it is added to the batch (batch norm with eps = 0). Take the one above the mean. About four lines; solve for the
# distance on paper first.
#
# **Tested:** fresh batches with more, fewer and as many rows as columns; squeeze from 1 to 20; whole numbers; a
# constant column (there the row holds the column's own number). `x` stays as it was.


# %% exercise="blinding_row"
def blinding_row(x, squeeze):
    """Return the row that squeezes the x_hat of all others, once it is in their batch.

    Args:
        x: shape (N, D), the batch.
        squeeze: how many times smaller the spread of the others' x_hat becomes, at least 1.

    Returns:
        row: shape (D,), above the mean in every column.
    """
    ### BEGIN SOLUTION
    mean, var = batch_statistics(x)
    n = len(x)
    wanted = squeeze**2 * var
    distance = np.sqrt((wanted - n / (n + 1) * var) * (n + 1) ** 2 / n)
    row = mean + distance
    ### END SOLUTION
    return row


# %% check="blinding_row" points=1
with checking(blinding_row):
    x = np.array([[1, 0], [1, 0], [3, 8], [3, 8]])  # mean 2 and 4, spread 1 and 4
    row = blinding_row(x, squeeze=1.2)
    assert np.shape(row) == (2,), (
        "a row has one number for each of the two columns: shape (2,)."
    )
    by_hand = "1, 1, 3, 3 and 4 have mean 2.4 and var 1.44: the spread is 1.2 instead of 1."
    assert np.isclose(row[0], 4), by_hand
    assert np.isclose(row[1], 12), (
        "the second column is four times as wide: 8 above its mean 4, not 2."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Batch norm divides by the spread of the longer batch. If the old rows' x_hat shall be squeeze times narrower, how
# large must that spread be, beside the old one? And the variance?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# The variance that unfolds above is one number for each column, with d² in it. Set it equal to the variance that you
# want, and solve for d². Everything else is known.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# The first column of the check: N = 4, var = 1, squeeze 1.2. The variance wanted is 1.44; the old rows bring 4/5 of
# 1; what is missing, 0.64, has to be 4/25 of d². So d = 2. Do the same with names, a line for each number.
# </details>

# %% hidden="blinding_row"
# %% [markdown]
# Now the batch is 64 handwritten digits, 0 (paper) to 1 (ink) in 64 pixels, and the row is a picture, too.

# %% predict="blinding_guess"
blinding_guess = {
    "question": "One picture shall take nine tenths of the contrast (squeeze 10) from 64 others. How dark is its darkest pixel?",
    "options": {"one": "3 times ink", "tens": "35 times ink", "hundreds": "400 times ink", "thousands": "5000 times ink"},
}

# %% experiment="blinding"
with needs("blinding_row", "batchnorm_forward"):
    darkest, widths = [], []
    for seed in range(3):
        batch = digits[np.random.default_rng(seed).choice(len(digits), 64, replace=False)]
        row = blinding_row(batch, 10)
        both = [batch, np.vstack([batch, row])]  # without the row, and with it
        hats = [batchnorm_forward(b, np.ones(64), np.zeros(64), 1e-9)[0][:64] for b in both]
        darkest.append(row.max())
        before, after = (hat.std(axis=0).mean() for hat in hats)  # of the columns
        widths.append(before / after)
    print("times less spread in x_hat:", ", ".join(f"{width:.1f}" for width in widths))
    sizes = {"one": 3, "tens": 35, "hundreds": 400, "thousands": 5000}
    measured = f"{min(darkest):.0f} to {max(darkest):.0f} times ink, for three batches."
    verdict(blinding_guess, closest(np.median(darkest), sizes, within=2), measured)

# %% folded
# Draws six digits, their x_hat without and with the row, and it.
with needs("blinding_row", "batchnorm_forward"):
    row = blinding_row(batch, 10)
    figure, panels = plt.subplots(3, 7, figsize=(7, 3.4))
    names = ("x", "x_hat", "x_hat beside\nthe row")
    for line, (name, pictures) in enumerate(zip(names, (batch, *hats))):
        limits = (0, 1) if line == 0 else (-2, 2)
        for panel, picture in zip(panels[line, :6], pictures):
            panel.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=limits[0], vmax=limits[1])
        panels[line, 0].set_ylabel(name, fontsize="small", rotation=0, ha="right", va="center")
        panels[line, 6].axis("off")
    panels[0, 6].axis("on")
    panels[0, 6].imshow(row.reshape(8, 8), cmap="gray_r")
    panels[0, 6].set_title(f"the row\n(0 to {row.max():.0f})", fontsize="small")
    for panel in panels.ravel():
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(True)
        panel.grid(False)
    plt.show()

# %% [markdown]
# *The figure:* three lines of six handwritten digits. As they are, and as `x_hat` of a batch of 64, they can be read.
# Beside the row, in the same grey scale, they are evenly grey. The row stands at the right: a dark blot, darkest in the
# pixels that differ most from digit to digit, up to 34 times as dark as ink.
#
# Nothing was done to the six digits themselves. One broken picture in a batch, and for this step no other is seen.

# %% [markdown]
# ## 12 · Your own numbers
#
# The explorer sends one column through *your* function, with one far row in it. Where does batch norm lose? What stays
# when gamma changes its sign? What if the batch has 2 rows, or eps is 100? (Where nothing shows sliders, edit `start` and
# run the cell again.)


# %%
def draw_column(gamma, beta, eps, batch_size, far_row):
    """Draw a column, its first row raised by `far_row`, and what batch norm makes of it."""
    x = np.random.default_rng(8).exponential(1.0, size=(batch_size, 1))
    x[0] += far_row
    out, _ = batchnorm_forward(x, np.array([gamma]), np.array([beta]), eps)
    for height, (values, marker) in enumerate([(out, "^"), (x, "o")]):
        plt.plot(values[1:, 0], np.full(batch_size - 1, height), marker, alpha=0.5)
        plt.plot(values[0], [height], "k" + marker)
    plt.gca().set(yticks=[0, 1], yticklabels=["out", "x"], ylim=(-0.5, 1.5), xlim=(-12, 32))
    plt.title(f"out has mean {out.mean():.2f} and spread {out.std():.2f}; black: the far row")


with needs("batchnorm_forward"):
    explore(
        draw_column,
        gamma=(-3, 3, 0.5),
        beta=(-6, 6, 1),
        eps=[1e-5, 0.1, 1, 100],
        batch_size=[2, 4, 16, 64],
        far_row=[0, 3, 10, 30],
        start={"gamma": 1.5, "beta": -4, "eps": 1e-5, "batch_size": 16, "far_row": 10},
    )

# %% [markdown]
# *The figure:* two lines of points, `x` above and `out` below, each of 16 values. `x` piles up between 0 and 3, with one
# black point beyond 10. In `out` the far row lies 5.5 above the mean of −4 (at most gamma · √15 = 5.8), and the fifteen
# others have drawn together, to a spread of 0.5 where they would have 1.5 without it.

# %% [markdown]
# ## 13 · What the articles say
#
# Sentences of the introductions that this course reads, beside what you have seen on one column:
#
# | the article | it says | you found |
# |---|---|---|
# | *Batch Normalization* (Kickstarters, Deep Dive) | it normalizes "the inputs to each layer" | it acts where it is put, per column |
# | *What is batch normalization?* by Stephen M. Walker II | outputs get "a standard distribution" | mean and spread change, the shape stays (section 3) |
# | *Batch Normalization* (Kickstarters, Deep Dive) | inputs get "unit variance" | var/(var + eps), then gamma² (5, 6) |
# | *Batch Normalization* (Kickstarters, Deep Dive) | eps is there "to prevent division by zero" | it also caps the stretch at 1/√eps (5) |
# | *What is batch normalization?* by Stephen M. Walker II | gamma and beta "recover the original distribution" | exactly for one batch only (6) |

# %% [markdown]
# And on batches and depth:
#
# | the article | it says | you found |
# |---|---|---|
# | *Batch Normalization, unit 6.3.2* | layers' inputs "remain consistent across training iterations" | they jitter from batch to batch, like 1/√N (section 10) |
# | *Mastering Batch Normalization* | it prevents "the vanishing or exploding gradient problem" | the signal forward: yes, above the floor that eps sets (9); gradients: lesson 04 |
# | *Mastering Batch Normalization* | it reduces "the sensitivity of the network to the initialization of weights" | any scale a > 0 is forgotten while eps is small beside var (8) |
# | *What is batch normalization?* by Stephen M. Walker II | it works "for each pixel position" | for images one mean per *channel*, over N, H and W: lesson 07 |

# %% [markdown]
# ## Going deeper
#
# <details><summary>Why no row gets past √(N − 1)</summary>
#
# Let d₁ … d_N be a column's differences from its mean. They sum to 0, and their squares sum to N · var. So row k
# satisfies d_k = −(sum of the others), and by Cauchy–Schwarz
#
# $$d_k^2 \le (N-1) \sum_{i \ne k} d_i^2 = (N-1)\,(N\,\mathrm{var} - d_k^2),$$
#
# hence d_k² ≤ (N − 1) var, and |x_hat| ≤ √(N − 1) · √(var/(var + eps)). Equality, with eps = 0, exactly when all
# other rows are equal. Statisticians know it as Samuelson's inequality (1968); Laguerre had met it in 1880.
# </details>
#
# The next cell tries the bound on 5000 columns with wild outliers for each N.

# %%
with needs("batchnorm_forward"):
    rng = np.random.default_rng(9)
    for n in (2, 3, 8, 100):
        wild = rng.standard_cauchy(size=(n, 5000))
        x_hat, _ = batchnorm_forward(wild, np.ones(5000), np.zeros(5000), eps=0)
        share = 100 * np.abs(x_hat).max() / np.sqrt(n - 1)
        print(f"N = {n:>3}: the largest |x_hat| is {share:.1f} % of √(N − 1)")

# %% [markdown]
# <details><summary>Why eps inside the root: the slope</summary>
#
# Training needs derivatives. The slope of √(var + eps) at var = 0 is 1/(2√eps), about 158 for eps = 1e-5. The slope
# of √var + eps is 1/(2√var), which grows without limit as var goes to 0. In a constant column the backward pass
# then multiplies infinity by zero: the gradient is NaN. With eps inside, it is finite. (Both can be checked with
# autograd in a few lines.)
# </details>

# %% [markdown]
# <details><summary>Why the biased variance</summary>
#
# With 1/N, `x_hat` has a biased variance of exactly var/(var + eps), for any N, and a batch of one gives 0. With
# 1/(N − 1) a batch of one would be 0/0. The unbiased variance answers another question: what is the variance of the
# source that the batch was drawn from? The 2015 paper uses it for inference only (its Algorithm 2), and so does
# PyTorch: lesson 05.
# </details>

# %% [markdown]
# <details><summary>What scale invariance does to training</summary>
#
# If the loss does not change when W becomes aW (a > 0, eps = 0), its gradient has no part along W, and at aW it is
# 1/a times as large. So plain gradient steps are at right angles to W: its length can only grow, and the longer W
# gets, the less a step turns it. Weight decay then mostly sets an *effective learning rate*
# ([van Laarhoven 2017](https://arxiv.org/abs/1706.05350)): lesson 06.
# </details>

# %% [markdown]
# <details><summary>What the 2015 paper measured</summary>
#
# On ImageNet, the paper's Inception network needed 31.0 million steps to an accuracy of 72.2 %; with batch norm
# alone 13.3 million, and with a learning rate five times as high (and other changes) 2.1 million. The authors
# explained this by less "internal covariate shift"; [Santurkar et al. 2018](https://arxiv.org/abs/1805.11604) found
# nets with batch norm that train as well with more of it. Lesson 06 repeats their experiment.
# </details>

# %% [markdown]
# ## Check yourself

# %% quiz="which_axis"
{
    "question": "A batch has 64 rows, 10 columns. How many means does batch norm take, each over how many numbers?",
    "choices": {
        "a": (
            "One mean over 640 numbers.",
            "One mean for everything would leave the columns at different levels. Each column gets its own.",
        ),
        "b": (
            "64 means over 10 numbers each.",
            "That is one mean for each row: layer norm (lesson 08), which needs no batch.",
        ),
        "c": (
            "10 means over 64 numbers each.",
            "One for each column, over the rows. The same for the variances, and for gamma and beta.",
        ),
        "d": (
            "10 means over 63 numbers each, because one is lost.",
            "All 64 rows count. N − 1 belongs to the unbiased variance, and batch norm normalizes with the biased one.",
        ),
    },
    "right": "c",
}

# %% quiz="is_it_gaussian"
{
    "question": "A ReLU's outputs, many zeros and some positive values, pass batch norm. What does `x_hat` look like?",
    "choices": {
        "a": (
            "Still a heap and a tail.",
            "Each column is only shifted and stretched, so equal values stay equal and the tail stays a tail.",
        ),
        "b": (
            "Normal with mean 0 and variance 1.",
            "Mean 0 and variance 1 do not make a normal distribution: the skewness in section 3 did not move.",
        ),
        "c": (
            "Evenly between −1 and 1.",
            "Nothing limits x_hat to [−1, 1]; the limit is √(N − 1), and the shape stays as it was.",
        ),
        "d": (
            "As before, zeros included.",
            "The zeros move: subtracting the mean makes them negative. The shape stays, the place does not.",
        ),
    },
    "right": "a",
}

# %% quiz="gamma_beta"
{
    "question": "Why does batch norm have gamma and beta?",
    "choices": {
        "a": (
            "Without them the output would not have mean 0 and variance 1.",
            "x_hat has them already. gamma and beta move the column away from that again.",
        ),
        "b": (
            "To keep the division from failing where the variance is 0.",
            "That is the task of eps. gamma and beta come after the division.",
        ),
        "c": (
            "To remember the statistics of the training data for later.",
            "That is the task of the running statistics (lesson 05). gamma and beta are learned by gradient descent.",
        ),
        "d": (
            "So that training can choose each column's level and spread.",
            "And this choice does not depend on the weights of the layers before.",
        ),
    },
    "right": "d",
}

# %% quiz="one_row"
{
    "question": "In training, a batch of one row passes your `batchnorm_forward`. What is in the output?",
    "choices": {
        "a": (
            "NaN, because the variance is 0.",
            "eps stands under the root, so nothing is divided by zero: 0 divided by √eps is 0.",
        ),
        "b": (
            "beta, whatever the row was.",
            "The row equals its mean, x_hat is 0, and gamma times 0 plus beta is beta. PyTorch raises an error here.",
        ),
        "c": (
            "The row itself, times gamma, plus beta.",
            "The mean is subtracted first, and the mean of one row is that row.",
        ),
        "d": (
            "gamma plus beta.",
            "That would need x_hat = 1; it is 0 in every column.",
        ),
    },
    "right": "b",
}

# %% quiz="what_changes_nothing"
{
    "question": "`x @ weight + bias` goes into batch norm with eps = 0. Which change leaves the output as it is?",
    "choices": {
        "a": (
            "All weights are multiplied by −3.",
            "The 3 is forgotten but the sign is not: every x_hat changes its sign.",
        ),
        "b": (
            "Row 4 of the batch is replaced by another example.",
            "Its column statistics change, so all rows of the output move.",
        ),
        "c": (
            "The bias is multiplied by 100.",
            "The bias is the same for all rows, so the mean takes it along when it is subtracted.",
        ),
        "d": (
            "gamma is multiplied by 2.",
            "gamma acts after the normalization, where nothing cancels it any more.",
        ),
    },
    "right": "c",
}

# %% [markdown]
# ## To remember
#
# Per column of the batch: subtract the mean, divide by √(biased var + eps), times gamma, plus beta. The output
# depends on *all* rows; a bias and any scale a > 0 in front of it are forgotten; the shape of the column is not.
#
# **Next:** lesson 04 sends a gradient back through all this, and finds that mean and variance are not constants.

# %%
score_so_far("03_forward")
