# %% [markdown]
# # 04 · Batch norm backward
#
# You will derive batch norm's gradient one arrow at a time, collapse it to a single line, and learn to distrust a
# check that says it is right.
#
# **You will be able to** *derive* batch norm's gradient and write it in NumPy; *explain* its three paths and what they
# take out; *measure* what a missing path does to training; *break* a gradient check that cannot fail; *write* one
# that can.
#
# **Needs** lesson 03 and the chain rule. **Time** 150 minutes, and 20 seconds of computing on two cores. **Points**
# 34.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested. Write the exercises in NumPy: they are graded where torch cannot be imported.
#
# **Derive first.** Before most exercises stands a question with a blank. What follows from its answer unfolds on the
# right one; `answer="show"` unfolds it, too.

# %% setup
import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import checking, closest, derive, load_digits, needs, predict, quiz
from autograder.learner import score_so_far, split, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# Batch norm puts every column on a sphere: level 0, length √N (lesson 03). A gradient comes from above, as an arrow at
# a point of that sphere: "move this way, and the loss grows fastest". The backward pass decides what of it reaches x.
#
# With N = 3 that can be drawn. The next cell shows the plane in which three numbers sum to 0.

# %% folded
# Draws the circle of all x_hat, one point, and arrows from it.
outward, along = np.array([np.cos(0.6), np.sin(0.6)]), np.array([-np.sin(0.6), np.cos(0.6)])
radial, tangent = 1.1 * outward, 1.7 * along  # two vectors of the plane


def draw_circle(arrows, title):
    point, circle = np.sqrt(3) * outward, np.linspace(0, 2 * np.pi, 200)
    plt.figure(figsize=(6, 4.4))
    plt.plot(*np.sqrt(3) * np.stack([np.cos(circle), np.sin(circle)]), color="grey", lw=1)
    for label, (vector, color, line, gap) in arrows.items():
        style = {"arrowstyle": "-|>", "color": color, "linewidth": 2.2, "linestyle": line}
        plt.annotate("", point + vector, point, arrowprops=style | {"shrinkA": 0, "shrinkB": 0})
        plt.text(*(point + vector + gap), label, color=color)
    plt.plot(*point, "ko")
    plt.text(point[0] - 0.65, point[1] - 0.3, "x_hat")
    ticks = range(-2, 4)
    plt.gca().set(xlim=(-2.6, 4.2), ylim=(-2, 3.6), xticks=ticks, yticks=ticks, aspect="equal")
    plt.gca().set(xlabel="first axis of the plane", ylabel="second axis", title=title)
    plt.show()


from_above = {"what comes from above": (radial + tangent, "C0", "-", (-0.9, 0.15))}
draw_circle(from_above, "Which part of this arrow can reach x?")

# %% [markdown]
# *The figure:* a circle of radius √3 with the point `x_hat` on it. An arrow starts there and leads out of the circle,
# half straight away from the middle, half along the circle.

# %% predict="arrow_guess"
arrow_guess = {
    "question": "Batch norm's backward pass gets this arrow. Which part of it does dx contain?",
    "options": {
        "all": "all of it, divided by the spread",
        "outward": "the part that points away from the middle",
        "along": "the part that runs along the circle",
        "nothing": "neither of the two parts",
    },
}

# %% [markdown]
# Section 5 judges your guess with your own function.

# %% [markdown]
# ## 1 · What is given, what is asked
#
# The layers above hand down `dout`, of shape (N, D): how much the loss changes for a small change of each entry of
# `out`. It is called the *upstream gradient*. Asked for is the same for what batch norm was given:
#
# | name | shape | the loss's change per change of |
# |---|---|---|
# | `dout` | (N, D) | `out`, given |
# | `dx` | (N, D) | `x` |
# | `dgamma`, `dbeta` | (D,) | `gamma`, `beta` |
# | `dx_hat` | (N, D) | `x_hat`, on the way |
# | `dvar`, `dmean` | (D,) | the biased `var` and `mean`, on the way |

# %% [markdown]
# The loss itself never enters. All that batch norm sees of it is `dout`, so whatever the loss is, we may put
# `(out * dout).sum()` in its place: it has the same gradients.
#
# This lesson brings its own forward pass, so that nothing depends on your lesson 03. Its `cache` is a dict; each
# backward exercise gets one and may use any entry.


# %%
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Lesson 03's forward pass. x: (N, D); gamma, beta: (D,). Returns out and the cache."""
    mean, var = x.mean(axis=0), x.var(axis=0)  # var is biased. Shapes: (D,), (D,)
    inv_std = 1 / np.sqrt(var + eps)  # "one over the spread". Shape: (D,)
    x_hat = inv_std * (x - mean)  # Shape: (N, D)
    cache = {"x": x, "mean": mean, "var": var, "inv_std": inv_std, "x_hat": x_hat}
    return gamma * x_hat + beta, cache | {"gamma": gamma, "eps": eps}


# %% [markdown]
# **The example for paper** is the batch of lesson 03, with eps = 1, gamma = (3, −2). All first tests use it.
#
# | | column 0 | column 1 |
# |---|---|---|
# | x | 3, 7, 7, 11 | 0, 0, 0, 4 |
# | mean, biased var | 7, 8 | 1, 3 |
# | √(var + eps) | 3 | 2 |
# | x_hat | −4/3, 0, 0, 4/3 | −1/2, −1/2, −1/2, 3/2 |
# | **dout** | 0, 2, 1, 9 | 1, 2, 5, 8 |

# %% [markdown]
# ## 2 · Ask by trying
#
# Before any formula: a gradient can be measured. Move one entry of `x` up by a small step h, then down by h, and see
# how `(out * dout).sum()` changes, per unit of the way. This *central difference* is what we will hold every formula
# against.

# %% derive="central_difference"
{
    "question": "One entry of x is at 3. With h = 0.5 it is moved to 3.5 and to 2.5; there, two results are (8, 1) and (6, 4). "
    "Upstream stand dout = (2, 1). What is the central difference for this entry?",
    "choices": {
        "a": ("1", "The loss changes by 2 · 2 − 3 · 1 = 1, over a way of length 1."),
        "b": ("−1", "Each change is weighed by its own dout: 2 · 2 and 1 · (−3), not the plain sum 2 − 3."),
        "c": ("2", "Divide by the whole way from x − h to x + h, which is 2h, not by h."),
        "d": ("7", "The changes keep their signs: the second result fell by 3."),
    },
    "right": "a",
    "then": "The two results change by (2, −3) from 2.5 to 3.5; the loss by 2 · 2 + (−3) · 1 = 1; the way is 2h = 1. So 1.\n\n"
    "In general, with $e_{ij}$ = 1 at place (i, j) and 0 elsewhere, and $\\Delta = f(x + h\\,e_{ij}) - f(x - h\\,e_{ij})$:\n\n"
    "$$\\mathrm{dx}_{ij} \\approx \\frac{1}{2h} \\sum_{k,l} \\Delta_{kl}\\; \\mathrm{dout}_{kl}$$",
}

# %% [markdown]
# ### Exercise 1 · `numerical_gradient` (4 points)
#
# Return the central difference for every entry of `x`. `f` takes an array like `x` and returns an array in the shape
# of `dout`. About three lines inside the given loop.
#
# **Tested:** functions of each entry alone, and functions where one entry moves several results; f(x) in another
# shape than x; x with one axis or two; x of whole numbers; a step of 0.5 on a curve, a corner such as |x| at 0, also
# with h left at its default; a function that hands back its argument itself. `x` and `dout` stay as they were.


# %% exercise="numerical_gradient"
def numerical_gradient(f, x, dout, h=1e-5):
    """Return the gradient of (f(x) * dout).sum() with respect to x, by central differences.

    Args:
        f: a function of one array.
        x: any shape, float64 or whole numbers.
        dout: the shape of f(x).
        h: the step to either side.

    Returns:
        dx: the shape of x, float64.
    """
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):  # one entry after another; x[index] is a number
        ### BEGIN SOLUTION
        step = np.zeros(x.shape)
        step[index] = h
        change = f(x + step) - f(x - step)
        dx[index] = (change * dout).sum() / (2 * h)
        ### END SOLUTION
    return dx


# %% check="numerical_gradient" points=1
with checking(numerical_gradient):
    x = np.array([[1, 3]])
    by_hand = (
        "at 1 and 3, with h = 1: (4 - 0)/2 = 2 and (16 - 4)/2 = 6, the slopes of x² "
        "exactly."
    )
    slopes = numerical_gradient(np.square, x, np.array([[1, 1]]), h=1)
    assert np.allclose(slopes, [[2, 6]]), by_hand
    weighed = numerical_gradient(np.square, x, np.array([[10, -1]]), h=1)
    assert np.allclose(weighed, [[20, -6]]), "dout 10 and -1 weigh the slopes."
    both = numerical_gradient(lambda x: x.sum(axis=1), np.array([[5, 7]]), np.array([3]), h=1)
    assert np.allclose(both, [[3, 3]]), (
        "the sum of 5 and 7 moves by 1 with either of them; times dout = 3."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The loop hands you one place at a time. For that place you need two new versions of x: one with h added there, one
# with h taken off. x itself must not change.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# An array of zeros with h at one place can be added to x and subtracted from it; this also works for whole numbers.
# One entry may move many results, so all of the change counts, each entry weighed by dout.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Do the question above by hand, with names in place of its numbers: two calls of f, one difference, weighed by dout,
# summed, divided by the way between the two places. A line for each sentence is enough.
# </details>

# %% hidden="numerical_gradient"
# %% [markdown]
# Now the answer for the paper example is known before anything is derived. The next cell measures it.

# %%
paper_x = np.array([[3.0, 0.0], [7.0, 0.0], [7.0, 0.0], [11.0, 4.0]])  # Shape: (4, 2)
paper_dout = np.array([[0.0, 1.0], [2.0, 2.0], [1.0, 5.0], [9.0, 8.0]])
paper_gamma, no_shift = np.array([3.0, -2.0]), np.zeros(2)
with needs("numerical_gradient"):

    def paper(x=paper_x, gamma=paper_gamma, beta=no_shift):
        return batchnorm_forward(x, gamma, beta, eps=1)[0]

    dx = numerical_gradient(paper, paper_x, paper_dout)
    dgamma = numerical_gradient(lambda gamma: paper(gamma=gamma), paper_gamma, paper_dout)
    dbeta = numerical_gradient(lambda beta: paper(beta=beta), no_shift, paper_dout)
    print("dx:", *np.round(dx, 6).tolist(), sep="\n")
    print("dgamma:", np.round(dgamma, 6).tolist())
    print("dbeta: ", np.round(dbeta, 6).tolist())

# %% [markdown]
# Whole numbers: `dx` is (1, −1, −2, 2) in column 0 and (2, 1, −2, −1) in column 1. Remember them; you are about to
# compute them by hand.
#
# Why not stay with this? It calls the forward pass 2·N·D times. For one hidden layer of 256 units and a batch of 128
# that is 65 536 forward passes, where the backward pass needs the work of about two. And it is not exact. How inexact
# depends on h:

# %%
with needs("numerical_gradient"):
    rng = np.random.default_rng(0)
    x, dout = rng.normal(3, 2, size=(6, 3)), rng.normal(size=(6, 3))
    gamma = np.array([1.5, -2, 0.5])
    steps = 10.0 ** np.arange(-13, 1)

    def forward(x):
        return batchnorm_forward(x, gamma, np.zeros(3))[0]

    runs = np.array([numerical_gradient(forward, x, dout, step) for step in steps])
    # The yardstick: two steps, combined so that their h² errors cancel (Richardson)
    one, two = (numerical_gradient(forward, x, dout, step) for step in (1e-3, 2e-3))
    best = one * 4 / 3 - two / 3
    errors = np.abs(runs - best).max(axis=(1, 2)) / np.abs(best).max()
    plt.loglog(steps, errors, "o-")
    plt.axvline(1e-5, color="black", linewidth=0.8, linestyle="--")
    plt.gca().set(xlabel="step h", ylabel="largest error, relative")
    plt.title("Error of the central difference, by step")
    plt.show()
    print("error below 1e-7 for h = 1e-6, 1e-5, 1e-4:", bool((errors[7:10] < 1e-7).all()))

# %% [markdown]
# *The figure:* step h from 1e-13 to 1 against the relative error, both axes logarithmic: a V. From the right it falls
# by 100 for each factor of 10 (the central difference errs like h²) down to about 1e-10 near h = 1e-5; further left it
# rises again, as 1e-16 of rounding is divided by an ever smaller h.
#
# So a measured gradient in float64 is right to nine digits or so. In float32 it would be four at best: check gradients
# in float64.

# %% [markdown]
# ## 3 · Along the graph
#
# The chain rule needs two sentences. *A gradient goes back along every arrow of the forward computation, multiplied by
# the slope of that arrow. Where several arrows leave a place, what comes back along them is added.*
#
# Which arrows are there? The next cell draws them, in the direction of the way back.


# %% folded
# Draws the graph of batch norm, with arrows for the way back.
def draw_graph():
    places = {"out": (8, 0), "x_hat": (5.6, 0), "var": (3.4, 1.3), "mean": (2.2, -1.3)}
    places |= {"x": (0, 0), "gamma": (8, 1.3), "beta": (8, -1.3)}
    ways = {("out", end): ("black", "-") for end in ("gamma", "beta", "x_hat")}
    ways |= {("x_hat", "x"): ("C0", "-"), ("var", "mean"): ("grey", ":")}
    ways |= {("x_hat", "var"): ("C1", "--"), ("var", "x"): ("C1", "--")}
    ways |= {("x_hat", "mean"): ("C2", "-."), ("mean", "x"): ("C2", "-.")}
    for (start, end), (color, line) in ways.items():
        style = {"arrowstyle": "-|>", "color": color, "linestyle": line, "lw": 1.8}
        look = style | {"shrinkA": 21, "shrinkB": 21}
        plt.annotate("", places[end], places[start], arrowprops=look)
    labels = {"direct": (1.5, 0.15), "through var": (0.4, 0.9), "through mean": (-0.2, -1)}
    labels |= {"carries ?": (3.2, 0.45)}
    for label, color in zip(labels, ("C0", "C1", "C2", "grey")):
        plt.text(*labels[label], label, color=color, fontsize="small")
    for name, (x, y) in places.items():
        plt.text(x, y, f"{name}\nd{name}", ha="center", va="center", fontsize="small")
    plt.axis((-0.8, 8.8, -1.8, 1.9))
    plt.axis("off")


draw_graph()
plt.title("The arrows of the way back")
plt.show()

# %% [markdown]
# *The figure:* a graph without axes. From `out` arrows go to `gamma`, `beta` and `x_hat`. From `x_hat` three ways lead
# to `x`: directly (solid), through `var` (dashed), through `mean` (dash-dotted). A dotted arrow leads from `var` to
# `mean`; what it carries is asked below. Each place is labelled with its name and its gradient's name.
#
# Each entry of `x` moves `x_hat` in three ways: by itself, and as a part of the mean and of the variance. Let us climb
# down, one rung at a time.

# %% [markdown]
# ### The first rung: out = gamma · x_hat + beta
#
# `x_hat[i, j]` reaches the loss through `out[i, j]` only. How many arrows leave `gamma[j]`? Answer by trying:

# %% derive="back_to_gamma"
{
    "question": "One column of two rows: x_hat = (−1, 1), gamma = 3, dout = (2, 5). gamma is raised by a tiny δ. "
    "By how much does the loss change, per δ?",
    "choices": {
        "a": ("7", "That is what a change of beta would bring: both results move by δ. gamma moves row i by x_hat times δ."),
        "b": ("3", "Row 0 moves by −δ and row 1 by +δ; the loss by −2δ + 5δ."),
        "c": ("1.5", "Both rows change the loss, and what they bring is added, not averaged."),
        "d": ("(−2, 5)", "Those are the two parts. But there is one gamma, and one loss: how do the parts join?"),
    },
    "right": "b",
    "then": "The results move by (−δ, +δ), so the loss by −2 + 5 = 3 per δ. It is a pattern: *what is repeated on the way "
    "forward is summed on the way back.* gamma[j] was repeated down the N rows, in row i with slope x_hat[i, j], so its "
    "gradient is a sum over N rows; beta[j] was repeated with slope 1.\n\n"
    "Sum, not mean: a mean over the batch, if the loss has one, is already in dout.",
}

# %% [markdown]
# Shapes tell where to sum: a gradient has the shape of its thing. gamma is (D,), so dgamma is (D,), not (1, D). And
# x_hat, which is not repeated?

# %% [markdown]
# ### Exercise 2 · `affine_backward` (4 points)
#
# Return `dx_hat` of shape (N, D), `dgamma` and `dbeta` of shape (D,), in about three lines, one for each arrow that
# leaves `out`. `cache` is the dict of `batchnorm_forward`.
#
# **Tested,** each of the three by itself: fresh batches with more, fewer and as many rows as columns. In this and all
# exercises below everything is float64; `cache` and `dout` stay as they were, and shapes count: (1, D) is not (D,).
# Gradients are written as formulas: `numerical_gradient` is there to check them, and may not be called in them.


# %% exercise="affine_backward"
def affine_backward(dout, cache):
    """Send the upstream gradient back through out = gamma * x_hat + beta.

    Args:
        dout: shape (N, D), the upstream gradient.
        cache: dict with x, x_hat (N, D); mean, var, inv_std, gamma (D,); eps.

    Returns:
        dx_hat: shape (N, D).
        dgamma: shape (D,).
        dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    dx_hat = dout * cache["gamma"]
    dgamma = (dout * cache["x_hat"]).sum(axis=0)
    dbeta = dout.sum(axis=0)
    ### END SOLUTION
    return dx_hat, dgamma, dbeta


# %% check="affine_backward" points=1
with checking(affine_backward):
    x = np.array([[3.0, 0], [7, 0], [7, 0], [11, 4]])  # the example for paper, eps = 1
    cache = {"x": x, "mean": np.array([7.0, 1]), "var": np.array([8.0, 3])}
    cache |= {"inv_std": np.array([1 / 3, 1 / 2]), "x_hat": (x - [7, 1]) / [3, 2]}
    cache |= {"gamma": np.array([3.0, -2]), "eps": 1}
    dx_hat, dgamma, dbeta = affine_backward(np.array([[0.0, 1], [2, 2], [1, 5], [9, 8]]), cache)
    by_hand = "column 0: 0, 2, 1, 9 times gamma 3; column 1: 1, 2, 5, 8 times gamma -2."
    assert np.array_equal(dx_hat, [[0, -2], [6, -4], [3, -10], [27, -16]]), by_hand
    assert np.shape(dgamma) == np.shape(dbeta) == (2,), (
        "two columns have two gammas and two betas: shape (2,)."
    )
    assert np.allclose(dbeta, [12, 16]), (
        "the columns of dout sum to 0+2+1+9 = 12 and 1+2+5+8 = 16."
    )
    assert np.allclose(dgamma, [12, 8]), (
        "dout times x_hat: 9 · 4/3 = 12; and -(1+2+5)/2 + 8 · 3/2 = 8."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Take the three arrows that leave `out` in the picture, one line for each. What is the slope of each arrow? What you
# need besides dout is in the cache.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Everything is multiplied entry by entry; (N, D) with (D,) repeats down the rows. The rows disappear with `sum` along
# the axis that counts them.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# One column of two rows, out = gamma · x_hat + beta. Write both rows down. Which of the two results moves if x_hat of
# row 0 moves, and how fast? Which if gamma moves? Which if beta moves? The three answers are the three lines.
# </details>

# %% hidden="affine_backward"
# %% [markdown]
# ### The second rung: the variance
#
# `var[j]` scales all rows of column j:
#
# $$\hat x_{ij} = (x_{ij} - \mathrm{mean}_j)\,(\mathrm{var}_j + \varepsilon)^{-1/2}$$
#
# What is the slope of that, as a function of `var[j]` alone? (The slope of a power: bring the exponent down, lower it
# by one.) The cache holds `inv_std`, which is $(\mathrm{var}+\varepsilon)^{-1/2}$.

# %% derive="slope_of_variance"
{
    "question": "The slope of x_hat as var changes, mean and x held fixed, in terms of `x`, `mean` and `inv_std`:",
    "blank": {
        "names": ["x", "mean", "inv_std"],
        "right": "-(x - mean) * inv_std**3 / 2",
        "wrong": {
            "(x - mean) * inv_std**3 / 2": "The exponent that comes down is −1/2: a larger variance makes x_hat smaller.",
            "-(x - mean) * inv_std / 2": "The exponent has to go down by one, from −1/2 to −3/2. Which power of inv_std is that?",
            "-(x - mean) * inv_std**2 / 2": "−1/2 less one is −3/2. inv_std has the exponent −1/2, so its square only has −1.",
            "-(x - mean) * inv_std**3": "The exponent comes down as a factor: where is the ½?",
            "-inv_std**3 / 2": "The factor x − mean stays: it does not depend on var.",
            "-x * inv_std**3 / 2": "Not x but its distance from the mean is divided by the spread.",
        },
    },
    "then": "$$\\frac{\\partial \\hat x_{ij}}{\\partial\\, \\mathrm{var}_j} "
    "= -\\tfrac12\\,(x_{ij} - \\mathrm{mean}_j)\\,\\mathrm{inv\\_std}_j^3$$\n\n"
    "N arrows lead from var[j] to the rows, so N terms come back, each with its own dx_hat. On paper, column 0: dx_hat is "
    "(0, 6, 3, 27), x − mean is (−4, 0, 0, 4), inv_std is 1/3. Work out what comes back before you go on: it is a whole number.",
}

# %% [markdown]
# ### Exercise 3 · `variance_backward` (3 points)
#
# Return `dvar` of shape (D,), in one or two lines: the slope that you derived, and the rule for several arrows.
#
# **Tested:** any `dx_hat`; fresh batches with more, fewer and as many rows as columns; eps from 0.1 to 1; a constant
# column, a column narrower than √eps; a batch of one (there dvar is 0). `dx_hat` and `cache` stay as they were.


# %% exercise="variance_backward"
def variance_backward(dx_hat, cache):
    """Collect what comes back to the variance of each column.

    Args:
        dx_hat: shape (N, D), the gradient of x_hat.
        cache: dict with x, x_hat (N, D); mean, var, inv_std, gamma (D,); eps.

    Returns:
        dvar: shape (D,), the gradient of the biased variance.
    """
    ### BEGIN SOLUTION
    products = dx_hat * (cache["x"] - cache["mean"])
    dvar = -0.5 * cache["inv_std"] ** 3 * products.sum(axis=0)
    ### END SOLUTION
    return dvar


# %% check="variance_backward" points=1
with checking(variance_backward):
    x = np.array([[3.0, 0], [7, 0], [7, 0], [11, 4]])  # the example for paper, eps = 1
    cache = {"x": x, "mean": np.array([7.0, 1]), "var": np.array([8.0, 3])}
    cache |= {"inv_std": np.array([1 / 3, 1 / 2]), "x_hat": (x - [7, 1]) / [3, 2]}
    cache |= {"gamma": np.array([3.0, -2]), "eps": 1}
    dvar = variance_backward(np.array([[0.0, -2], [6, -4], [3, -10], [27, -16]]), cache)
    assert np.shape(dvar) == (2,), "two columns have two variances: shape (2,)."
    assert np.isclose(dvar[0], -2), "column 0 is the one done on paper above: -108/54 = -2."
    assert np.isclose(dvar[1], 2), (
        "column 1: 2+4+10-48 = -32; times -1/2, divided by 4^(3/2) = 8: 2."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Each row of dx_hat comes back along an arrow of its own, times the slope of that arrow. All arrows of a column end at
# one var.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# inv_std is (var + eps) to the power −1/2. Which power of inv_std is (var + eps) to the power −3/2?
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# The second column on paper: dx_hat is (−2, −4, −10, −16), x − mean is (−1, −1, −1, 3), inv_std is ½. What are the
# four slopes? The four products? Their sum is 2. Which part of the slope is the same for all rows, and can wait?
# </details>

# %% hidden="variance_backward"
# %% [markdown]
# ### The third rung: the mean
#
# Two kinds of arrows leave `mean[j]`. One kind goes to every `x_hat[i, j]`. The other goes to `var[j]`, because the
# variance is computed around the mean. What does the second bring?

# %% derive="mean_through_var"
{
    "question": "Column 0 on paper: x = (3, 7, 7, 11), mean 7, so var = (16 + 0 + 0 + 16)/4 = 8. Move the mean to 7 + δ and leave "
    "x where it is. By how much does this var change, to first order in δ?",
    "choices": {
        "a": ("−4δ", "(3 − 7 − δ)² grows by 8δ and (11 − 7 − δ)² falls by 8δ. What do they make together?"),
        "b": ("−2δ", "Each square has the slope −2(x − mean). Now add the four slopes: −2 · (−4 + 0 + 0 + 4)."),
        "c": ("0", "The four slopes are 8, 0, 0, −8, and sum to zero."),
        "d": ("4δ", "One far side falls as the other grows: 16 + 8δ and 16 − 8δ."),
    },
    "right": "c",
    "then": "$$\\frac{\\partial\\, \\mathrm{var}_j}{\\partial\\, \\mathrm{mean}_j} "
    "= \\frac1N \\sum_i -2\\,(x_{ij} - \\mathrm{mean}_j) = 0$$\n\n"
    "Always: differences from the mean sum to 0. The spread of a column is smallest when it is measured around the mean, and "
    "at a smallest place the slope is 0. So the term that comes back through var may be written down or left out; both are right.",
}

# %% [markdown]
# That leaves the arrows to `x_hat`. The mean moves *all* rows of its column: by how much, and which way? On paper,
# column 0, what comes back is −12.

# %% [markdown]
# ### Exercise 4 · `mean_backward` (3 points)
#
# Return `dmean` of shape (D,), in one to three lines.
#
# **Tested:** any `dx_hat` and `dvar`, with or without the term that is zero; fresh batches with more, fewer and as
# many rows as columns; eps from 0.1 to 1; a constant column, a column narrower than √eps; a batch of one. The
# arguments stay as they were.


# %% exercise="mean_backward"
def mean_backward(dx_hat, dvar, cache):
    """Collect what comes back to the mean of each column.

    Args:
        dx_hat: shape (N, D), the gradient of x_hat.
        dvar: shape (D,), the gradient of the biased variance.
        cache: dict with x, x_hat (N, D); mean, var, inv_std, gamma (D,); eps.

    Returns:
        dmean: shape (D,).
    """
    ### BEGIN SOLUTION
    through_x_hat = -cache["inv_std"] * dx_hat.sum(axis=0)
    through_var = dvar * (-2 * (cache["x"] - cache["mean"])).mean(axis=0)
    dmean = through_x_hat + through_var
    ### END SOLUTION
    return dmean


# %% check="mean_backward" points=1
with checking(mean_backward):
    x = np.array([[3.0, 0], [7, 0], [7, 0], [11, 4]])  # the example for paper, eps = 1
    cache = {"x": x, "mean": np.array([7.0, 1]), "var": np.array([8.0, 3])}
    cache |= {"inv_std": np.array([1 / 3, 1 / 2]), "x_hat": (x - [7, 1]) / [3, 2]}
    cache |= {"gamma": np.array([3.0, -2]), "eps": 1}
    dx_hat = np.array([[0.0, -2], [6, -4], [3, -10], [27, -16]])
    dmean = mean_backward(dx_hat, np.array([-2.0, 2]), cache)
    assert np.shape(dmean) == (2,), "two columns have two means: shape (2,)."
    assert np.isclose(dmean[0], -12), "column 0 is the one done on paper above: -36/3 = -12."
    assert np.isclose(dmean[1], 16), (
        "column 1: -2-4-10-16 = -32; minus that, divided by the spread 2: 16."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Only what comes back along the arrows to x_hat can be different from zero. It is one number for each column.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# What happens to every x_hat of a column if its mean grows by 1 and x stays? The slope is the same for all rows, so it
# can be taken once.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Column 0 on paper has spread 3 and dx_hat (0, 6, 3, 27). If the mean grows by 3, each x_hat falls by 1, and the loss
# by 0 + 6 + 3 + 27. And if the mean grows by 1?
# </details>

# %% hidden="mean_backward"
# %% [markdown]
# ## 4 · Three paths meet in x
#
# Three arrows leave `x[i, j]`: to `x_hat[i, j]`, to `var[j]` and to `mean[j]`. Two of their slopes can be read off the
# forward pass. The third, to var, while the mean is held fixed (it has an arrow of its own):

# %% derive="slope_to_var"
{
    "question": "var = ((x_0 − mean)² + … )/N. The slope of var as one entry `x` changes, `mean` held fixed, in terms of "
    "`x`, `mean` and `N`:",
    "blank": {
        "names": ["x", "mean", "N"],
        "right": "2 * (x - mean) / N",
        "wrong": {
            "2 * (x - mean)": "var is a mean of N squares; one entry has the share 1/N in it.",
            "(x - mean) / N": "The slope of a square is twice what is squared.",
            "-2 * (x - mean) / N": "That is the slope for the mean's side. If x lies above the mean and grows, var grows.",
            "2 * x / N": "What is squared is the distance from the mean.",
            "2 * (x - mean) / (N - 1)": "The biased variance divides by N.",
            "2 * (x - mean) * (1 - 1 / N) / N": "Here the mean is held fixed: its own arrow carries what it does.",
        },
    },
    "then": "Its slope is 2(x − mean)/N. The arrow to the mean has slope 1/N, the direct one inv_std. On paper, column 0, with "
    "N = 4, dvar = −2 and dmean = −12:\n\n"
    "| path | numbers |\n|---|---|\n| direct | 0, 2, 1, 9 |\n| through var | 4, 0, 0, −4 |\n| through mean | −3, −3, −3, −3 |\n"
    "| **dx** | **1, −1, −2, 2** |\n\nThese are the numbers that you measured in section 2. Which slope times what makes each row?",
}

# %% [markdown]
# ### Exercise 5 · `batchnorm_backward` (7 points)
#
# Return `dx` (N, D), `dgamma` and `dbeta` (D,). Your three rungs do most of it; about five lines. (If a rung of yours
# fails its own tests, this exercise is graded with a right one in its place.)
#
# **Tested:** fresh batches with more, fewer and as many rows as columns; eps from 1e-5 to 1; a constant column, a
# column narrower than √eps; a batch of one (there dx is 0); a second call with the same arguments. `dout` and `cache`
# stay as they were.


# %% exercise="batchnorm_backward"
def batchnorm_backward(dout, cache):
    """Send the upstream gradient back through batch norm, arrow by arrow.

    Args:
        dout: shape (N, D), the upstream gradient.
        cache: dict with x, x_hat (N, D); mean, var, inv_std, gamma (D,); eps.

    Returns:
        dx: shape (N, D).
        dgamma: shape (D,).
        dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    dx_hat, dgamma, dbeta = affine_backward(dout, cache)
    dvar = variance_backward(dx_hat, cache)
    dmean = mean_backward(dx_hat, dvar, cache)
    n = len(dout)
    direct = dx_hat * cache["inv_std"]
    through_var = dvar * 2 * (cache["x"] - cache["mean"]) / n
    through_mean = dmean / n
    dx = direct + through_var + through_mean
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% check="batchnorm_backward" points=1
with checking(batchnorm_backward):
    x = np.array([[3.0, 0], [7, 0], [7, 0], [11, 4]])  # the example for paper, eps = 1
    cache = {"x": x, "mean": np.array([7.0, 1]), "var": np.array([8.0, 3])}
    cache |= {"inv_std": np.array([1 / 3, 1 / 2]), "x_hat": (x - [7, 1]) / [3, 2]}
    cache |= {"gamma": np.array([3.0, -2]), "eps": 1}
    dx, dgamma, dbeta = batchnorm_backward(np.array([[0.0, 1], [2, 2], [1, 5], [9, 8]]), cache)
    assert np.shape(dx) == (4, 2), "dx has the shape of x: (4, 2)."
    assert np.allclose(dx[:, 0], [1, -1, -2, 2]), (
        "column 0 is done on paper above: 1, -1, -2, 2."
    )
    by_hand = (
        "column 1: direct -1, -2, -5, -8; through var 2·2/4·(-1, -1, -1, 3); through "
        "mean 16/4: 2, 1, -2, -1."
    )
    assert np.allclose(dx[:, 1], [2, 1, -2, -1]), by_hand
    assert np.allclose(dgamma, [12, 8]), "dgamma is that of the first rung: 12 and 8."
    assert np.allclose(dbeta, [12, 16]), "dbeta is that of the first rung: 12 and 16."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The picture of section 3 has three paths into x. What arrives at the start of each last arrow comes from a function
# that you have written.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# N is the number of rows of dout. All three terms are added; an array of shape (D,) is repeated down the rows by
# itself.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Make one path at a time and compare it with the table that unfolds above: first what arrives directly, 0, 2, 1, 9 in
# column 0; then 4, 0, 0, −4; then −3 four times. Each is a gradient that you have times a slope that you know.
# </details>

# %% hidden="batchnorm_backward"
# %% [markdown]
# Two witnesses that know nothing of your derivation: the numerical gradient, and PyTorch's autograd, which records the
# forward pass and walks it back. (The import takes a second or two.)

# %% experiment="witnesses"
with needs("numerical_gradient", "batchnorm_backward"):
    import torch

    rng = np.random.default_rng(1)
    x, dout = rng.normal(3, 2, size=(16, 10)), rng.normal(1, 1, (16, 10))
    gamma, beta = rng.normal(size=(2, 10))
    mine = batchnorm_backward(dout, batchnorm_forward(x, gamma, beta)[1])
    leaves = [torch.tensor(array, requires_grad=True) for array in (x, gamma, beta)]
    out = torch.nn.functional.batch_norm(leaves[0], None, None, *leaves[1:], training=True)
    out.backward(torch.tensor(dout))
    measured = numerical_gradient(lambda x: batchnorm_forward(x, gamma, beta)[0], x, dout)
    for name, gradient, leaf in zip(["dx", "dgamma", "dbeta"], mine, leaves):
        apart = np.abs(gradient - leaf.grad.numpy()).max()
        print(f"{name:<6} the same as autograd's to 1e-10:", bool(apart < 1e-10))
    apart = np.abs(mine[0] - measured).max()
    print("dx     the same as measured to 1e-7: ", bool(apart < 1e-7))

# %% [markdown]
# ## 5 · Collapsed to one line
#
# Five lines, three rungs. Put the rungs into them, and most of it cancels. Take the path through the variance: it is
# dvar · 2(x − mean)/N, and dvar holds a sum over the rows. Write `x - mean` as `x_hat / inv_std`, in both places.

# %% derive="var_path_collapsed"
{
    "question": "Let `m` be the mean over the rows of dx_hat · x_hat. What does the path through the variance bring to one entry of x, "
    "in terms of `inv_std`, `x_hat` and `m`?",
    "blank": {
        "names": ["inv_std", "x_hat", "m"],
        "right": "-inv_std * x_hat * m",
        "wrong": {
            "inv_std * x_hat * m": "dvar begins with −½: the sign stays.",
            "-inv_std**3 * x_hat * m": "Two factors x − mean = x_hat / inv_std take two of the three powers of inv_std away.",
            "-inv_std**2 * x_hat * m": "x − mean stands there twice: once in dvar's sum, once in the slope.",
            "-inv_std * x_hat * m / 2": "The ½ of dvar meets the 2 of the slope.",
            "-inv_std * m": "One x_hat is summed over, inside m; the other belongs to the entry that is asked for.",
            "-x_hat * m": "Three powers of inv_std, less two: one is left.",
        },
    },
    "then": "For row i (one column, j left out):\n\n"
    "$$\\begin{aligned} & -\\tfrac12\\,\\mathrm{inv\\_std}^3 \\sum_k \\frac{\\mathrm{dx\\_hat}_k\\,\\hat x_k}{\\mathrm{inv\\_std}} "
    "\\cdot \\frac2N \\cdot \\frac{\\hat x_i}{\\mathrm{inv\\_std}} \\\\ & = -\\,\\mathrm{inv\\_std}\\;\\hat x_i\\;m \\end{aligned}$$\n\n"
    "The ½ and the 2 cancel, and so do two of the three powers of inv_std. The path through the mean is, the same way, "
    "−inv_std times the mean of dx_hat. So all three paths share the factor inv_std.",
}

# %% [markdown]
# Two means over the rows are left, of dx_hat and of dx_hat · x_hat. And dx_hat = gamma · dout, where gamma is the same
# for all rows of the column. So these means need not be computed anew:

# %% derive="the_two_means"
{
    "question": "The mean of dx_hat, and the mean of dx_hat · x_hat, are gamma/N times two things that you have already. Which two?",
    "choices": {
        "a": ("dgamma and dbeta", "Those are the two, but in the other order: which sum has x_hat in it?"),
        "b": ("dmean and dvar", "Those have inv_std in them, and gamma already. Write dx_hat as gamma · dout and take gamma out of the sum."),
        "c": ("dbeta and dgamma", "The sum of dout, and the sum of dout · x_hat."),
        "d": ("dout and x_hat", "A mean over the rows has one number for each column; these have N."),
    },
    "right": "c",
    "then": "The mean of dx_hat is gamma/N times the sum of dout, dbeta; that of dx_hat · x_hat is gamma/N times the sum of "
    "dout · x_hat, dgamma. Put both in and take out all that is shared: what is left in the bracket is three terms. In words: *take "
    "the upstream gradient, take away its mean, take away its part along x_hat, divide by the spread, times gamma.*\n\n"
    "Column 0 on paper has gamma · inv_std = 1, dbeta = dgamma = 12 and N = 4. Your bracket, with N · dout in it, should be "
    "(4, −4, −8, 8), and dx a quarter of that.",
}

# %% [markdown]
# ### Exercise 6 · `batchnorm_backward_compact` (4 points)
#
# The same three results without `batchnorm_backward`, dx as one expression; about four lines. This time the tests hand
# over a cache that holds `x_hat`, `inv_std` and `gamma` only: that is all the formula needs, and all that has to be
# kept in memory.
#
# **Tested:** as in Exercise 5.


# %% exercise="batchnorm_backward_compact"
def batchnorm_backward_compact(dout, cache):
    """Send the upstream gradient back through batch norm in one expression.

    Args:
        dout: shape (N, D), the upstream gradient.
        cache: dict with x_hat (N, D), inv_std (D,), gamma (D,); there may be more in it.

    Returns:
        dx: shape (N, D).
        dgamma: shape (D,).
        dbeta: shape (D,).
    """
    ### BEGIN SOLUTION
    x_hat, inv_std, gamma, n = cache["x_hat"], cache["inv_std"], cache["gamma"], len(dout)
    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx = gamma * inv_std / n * (n * dout - dbeta - x_hat * dgamma)
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% check="batchnorm_backward_compact" points=1
with checking(batchnorm_backward_compact):
    x_hat = np.array([[-4, 0, 0, 4], [-1.5, -1.5, -1.5, 4.5]]).T / 3  # the example for paper
    cache = {"x_hat": x_hat, "inv_std": np.array([1 / 3, 1 / 2]), "gamma": np.array([3.0, -2])}
    dout = np.array([[0.0, 1], [2, 2], [1, 5], [9, 8]])
    dx, dgamma, dbeta = batchnorm_backward_compact(dout, cache)
    assert np.shape(dx) == (4, 2), "dx has the shape of x: (4, 2)."
    assert np.allclose(dx[:, 0], [1, -1, -2, 2]), (
        "column 0: the bracket is (4, -4, -8, 8); times gamma · inv_std / N."
    )
    by_hand = (
        "column 1: 4·(1, 2, 5, 8) - 16 - x_hat·8 is (-8, -4, 8, 4); gamma · inv_std / N "
        "= -1/4: 2, 1, -2, -1."
    )
    assert np.allclose(dx[:, 1], [2, 1, -2, -1]), by_hand
    assert np.allclose(dgamma, [12, 8]), "dgamma is 12 and 8, as before."
    assert np.allclose(dbeta, [12, 16]), "dbeta is 12 and 16, as before."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# dgamma and dbeta come first, as in the first rung. The two questions above turn the paths through mean and variance
# into them.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# In the bracket stand one array of shape (N, D), one of shape (D,), and a product of both kinds. All are repeated to
# (N, D) without any reshaping.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Row 0 of column 0 on paper: the direct path brings 0, that through var 4, that through mean −3. Multiply each by N:
# 0, 16, −12. Which of dout, dbeta and x_hat · dgamma (0, 12, −16) makes each of these, and with which sign?
# </details>

# %% hidden="batchnorm_backward_compact"
# %% [markdown]
# Two derivations, one result? And which part of the arrow of *In one minute* comes through your function? The next cell
# makes three numbers of it, sends them back, and draws what it gets.

# %% folded experiment="arrow" picture="backward_on_the_circle"
# Sends the arrow through your function, and draws what comes out.
with needs("batchnorm_backward_compact"):
    plane = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])  # its two axes
    point = np.sqrt(3) * (outward @ plane)[:, None]  # Shape: (3, 1)
    _, cache = batchnorm_forward(point, np.ones(1), np.zeros(1), eps=1e-12)
    upstream = ((radial + tangent) @ plane)[:, None]  # Shape: (3, 1)
    passed = plane @ batchnorm_backward_compact(upstream, cache)[0][:, 0]
    taken = {"removed": (radial + tangent - passed, "grey", "--", (0.1, 0))}
    taken |= {"passed on": (passed, "C1", "-", (-1.3, 0.1))}
    draw_circle(from_above | taken, "Batch norm's gradient on the circle of all x_hat")
    shares = [passed @ part / (part @ part) for part in (radial, tangent)]
    out, around = (round(float(share), 2) + 0.0 for share in shares)
    known = {(1, 1): "all", (1, 0): "outward", (0, 1): "along", (0, 0): "nothing"}
    parts = f"{100 * out:.0f} % of the part that points away, {100 * around:.0f} % of that"
    measured = f"{parts} along the circle."
    verdict(arrow_guess, known.get((out, around), ""), measured)

# %% [markdown]
# *The figure:* the circle and the arrow of the first picture. The arrow is split in two: a dashed part that points
# straight away from the middle, which is removed, and a part at a right angle to it, along the circle, which is passed
# on.
#
# A gradient that asks to lift the whole column, or to stretch it, asks for what batch norm will undo. The next cell
# shows the same for a column of twelve rows.

# %% folded
# Draws one column's gradient before and after, against x_hat.
with needs("batchnorm_backward", "batchnorm_backward_compact"):
    rng = np.random.default_rng(2)
    x, dout = np.sort(rng.normal(size=(12, 1)), axis=0), rng.normal(0.8, 1, size=(12, 1))
    dout += 0.9 * np.linspace(-1, 1, 12)[:, None]
    _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1))
    dx, dgamma, dbeta = batchnorm_backward_compact(dout, cache)
    print("both functions agree:", np.allclose(dx, batchnorm_backward(dout, cache)[0]))
    x_hat, kept = cache["x_hat"][:, 0], (dx / cache["inv_std"])[:, 0]
    plt.plot(x_hat, dout, "o", label="dout, from above")
    plt.plot(x_hat, dout[:, 0] - kept, "k--", linewidth=1, label="removed")
    plt.plot(x_hat, kept, "C1^", label="what is left: dx · spread")
    plt.vlines(x_hat, kept, dout[:, 0], color="grey", linewidth=0.6)
    plt.gca().set(xlabel="x_hat", ylabel="gradient")
    plt.title("What is removed lies on a straight line")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()

# %% [markdown]
# *The figure:* a scatter plot of one column's 12 rows, `x_hat` against gradient. The dots of `dout` lie around a rising
# dashed line; the triangles, what is left, lie around zero with no level and no slope.
#
# A statistician would say: `dx` times the spread is the *residual* of the least-squares line of `dout` on `x_hat`
# (exactly so for eps = 0). Level and slope are what a column cannot change about itself once batch norm has acted.

# %% quiz="three_from_dbeta"
{
    "question": "Column j of dout is (5, 5, 5, 5), gamma is 2, the spread is 1. What is column j of dx?",
    "choices": {
        "a": (
            "(10, 10, 10, 10)",
            "That is the direct path alone. The path through the mean brings −10 to every row.",
        ),
        "b": (
            "(0, 0, 0, 0), whatever x is.",
            "The mean is taken away first, and nothing is left: lifting all outputs of a column is beta's business.",
        ),
        "c": (
            "It depends on x_hat.",
            "Only through mean(dout · x_hat), which is 5 times the mean of x_hat: zero.",
        ),
        "d": (
            "(2.5, 2.5, 2.5, 2.5), as N = 4.",
            "dmean is shared out by 1/N, but N rows sum up in it first; the direct term stays whole.",
        ),
    },
    "right": "b",
}

# %% [markdown]
# ## 6 · Two sums
#
# Lift a whole column of x by a little: the mean takes it away, and `out` does not change. What does that say about dx,
# before any formula?

# %% derive="lifted_column"
{
    "question": "`out` stays as it is when all entries of a column of x grow by the same δ. What follows for that column of dx?",
    "choices": {
        "a": ("All its entries are equal.", "Take the example on paper: 1, −1, −2, 2. What do they have in common all the same?"),
        "b": ("Its entries sum to zero.", "The loss changes by δ times the sum of the entries, and it does not change."),
        "c": ("All its entries are zero.", "One entry alone, if it is moved, does change out."),
        "d": ("It has no part along dout.", "The direction that changes nothing is (1, 1, …, 1), not dout."),
    },
    "right": "b",
    "then": "Moving all entries by δ changes the loss by δ times the sum of dx over the rows; so *each column of dx sums to zero*, "
    "for every eps.\n\nFor eps = 0 *stretching* a column around its mean changes nothing, either. That moves the entries along x_hat: "
    "*the sum of x_hat · dx is zero*.",
}

# %% [markdown]
# Two checks that need no second implementation. But eps is not 0: how large is the second sum then? Multiply your
# one-line dx by x_hat and sum over the rows. The mean of $\hat x^2$ is var/(var + eps) = 1 − eps · inv_std².

# %% derive="overlap_with_eps"
{
    "question": "The sum over the rows of x_hat · dx, in terms of `eps`, `inv_std`, `gamma` and `dgamma`:",
    "blank": {
        "names": ["eps", "inv_std", "gamma", "dgamma"],
        "right": "eps * inv_std**3 * gamma * dgamma",
        "wrong": {
            "0 * eps": "That is so for eps = 0. With eps the mean of x_hat² is a little below 1, and a little is left.",
            "eps * inv_std**2 * gamma * dgamma": "dx itself has the factor inv_std, and the mean of x_hat² brings inv_std² more.",
            "gamma * inv_std * dgamma": "That is the first term of the bracket alone. The last takes most of it away.",
            "-eps * inv_std**3 * gamma * dgamma": "dgamma − (1 − eps · inv_std²) · dgamma: which sign is left?",
            "eps * inv_std**3 * dgamma": "The factor gamma in front of the bracket stays.",
        },
    },
    "then": "$$\\begin{aligned} \\sum_i \\hat x_i\\,\\mathrm{dx}_i & = \\gamma\\,\\mathrm{inv\\_std}\\,\\big(\\mathrm{dgamma} - 0 "
    "- (1 - \\varepsilon\\,\\mathrm{inv\\_std}^2)\\,\\mathrm{dgamma}\\big) \\\\ & = \\varepsilon\\,\\mathrm{inv\\_std}^3\\,\\gamma\\,"
    "\\mathrm{dgamma} \\end{aligned}$$\n\nSo it is exactly proportional to eps. On paper, column 0: 1 · 1/27 · 3 · 12 = 4/3; and indeed "
    "−4/3 · 1 + 4/3 · 2 = 4/3.",
}

# %% [markdown]
# ### Exercise 7 · `backward_invariants` (2 points)
#
# Return, for each column, the sum of `dx` and the sum of `x_hat * dx`: two arrays of shape (D,), two lines.
#
# **Tested:** any two arrays of equal shape, with more, fewer and as many rows as columns, and one row. The arguments
# stay as they were.


# %% exercise="backward_invariants"
def backward_invariants(dx, x_hat):
    """Return the two sums that a right dx makes zero (the second up to eps).

    Args:
        dx: shape (N, D), a gradient.
        x_hat: shape (N, D), the standardized batch.

    Returns:
        sums: shape (D,), the sum of each column of dx.
        overlaps: shape (D,), the sum of each column of x_hat times dx.
    """
    ### BEGIN SOLUTION
    sums = dx.sum(axis=0)
    overlaps = (x_hat * dx).sum(axis=0)
    ### END SOLUTION
    return sums, overlaps


# %% check="backward_invariants" points=1
with checking(backward_invariants):
    dx, x_hat = np.array([[1, 2], [3, 4], [5, 9]]), np.array([[1, 0], [0, 1], [2, -1]])
    sums, overlaps = backward_invariants(dx, x_hat)
    assert np.shape(sums) == np.shape(overlaps) == (2,), (
        "one number for each of the two columns: shape (2,)."
    )
    assert np.allclose(sums, [9, 15]), "the columns of dx sum to 1+3+5 = 9 and 2+4+9 = 15."
    assert np.allclose(overlaps, [11, -5]), (
        "column 0: 1·1 + 0·3 + 2·5 = 11; column 1: 0·2 + 1·4 - 1·9 = -5."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Both results have one number for each column; the rows are summed away. In the second, something happens before the
# sum.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `sum` with an axis; arrays of one shape are multiplied entry by entry.
# </details>
# <details><summary>Hint 3: a small case</summary>
#
# Take the first column of the check: dx is 1, 3, 5 and x_hat is 1, 0, 2. The second result is 11. Which numbers were
# multiplied, and which were added?
# </details>

# %% hidden="backward_invariants"
# %% [markdown]
# What do these sums find? The next cell spoils your own right `dx` in five ways. The helper `pull` is the direct path;
# a missing path is what it would have taken away, added back.


# %%
def pull(dout, cache):
    """The direct path alone: dout times the slope that x_hat and gamma give it."""
    return cache["inv_std"] * cache["gamma"] * dout


def overlap(gradient, cache):
    return (cache["x_hat"] * gradient).mean(axis=0)


SPOILED = {  # name -> what becomes of the right dx
    "right": lambda dx, dout, c: dx,
    "dx of zeros": lambda dx, dout, c: np.zeros_like(dx),
    "statistics as constants": lambda dx, dout, c: pull(dout, c),
    "no path through mean": lambda dx, dout, c: dx + pull(dout, c).mean(axis=0),
    "no path through var": lambda dx, dout, c: dx + c["x_hat"] * overlap(pull(dout, c), c),
    "gamma missing": lambda dx, dout, c: dx / c["gamma"],
}

# %% predict="sums_guess"
sums_guess = {
    "question": "A spoiled dx is found out if one of the two sums is not zero (eps = 0). How many of the five get away?",
    "options": {"two": "two", "three": "three", "one": "one", "none": "none"},
}

# %% experiment="two_sums"
with needs("batchnorm_backward", "backward_invariants"):
    rng = np.random.default_rng(3)
    x, dout = rng.normal(3, 2, size=(8, 5)), rng.normal(1, 1, size=(8, 5))
    gamma, unnoticed = np.array([2, -3, 0.5, -1.5, 4]), 0
    _, cache = batchnorm_forward(x, gamma, np.zeros(5), eps=0)
    right = batchnorm_backward(dout, cache)[0]
    for name, spoil in SPOILED.items():
        found = backward_invariants(spoil(right, dout, cache), cache["x_hat"])
        zero = [bool(np.abs(values).max() < 1e-9) for values in found]
        unnoticed += all(zero) and name != "right"
        words = ["are" if is_zero else "NOT" for is_zero in zero]
        print(f"{name:<24} sums {words[0]} 0, overlaps {words[1]} 0")
    outcome = {0: "none", 1: "one", 2: "two", 3: "three"}.get(unnoticed, "")
    verdict(sums_guess, outcome, f"{unnoticed} of the five spoiled dx pass both.")

# %% [markdown]
# The two sums point straight at the missing path: that is their worth. But a `dx` of zeros passes, and so does one with
# a wrong factor in every column. *Necessary* is not *sufficient*: a check that passes tells you about the mistakes it
# could have seen. Keep that for section 8.

# %% [markdown]
# ## 7 · Statistics treated as constants
#
# The shortest wrong answer is the direct path alone, `dout * gamma / spread`: mean and variance are taken for fixed
# numbers. So does the batch norm that fast.ai's course writes by hand
# ([2019](https://github.com/fastai/course-v3/blob/master/nbs/dl2/07_batchnorm.ipynb), and again in 2022), where they are
# taken under `torch.no_grad()`. It runs, it trains, and no error is raised. What does it cost?
#
# A net of three hidden layers of 64 units learns the digits in 120 steps: once with your gradient, then with the path
# through the mean left out, the path through the variance, and both.


# %%
def run_net(x, layers):
    """Forward: linear, batch norm, ReLU. Returns activations and what the way back needs."""
    kept = []
    for weight, bias, gamma, beta in layers:
        out, cache = batchnorm_forward(x @ weight + bias, gamma, beta)
        kept.append((x, out, cache))
        x = np.maximum(out, 0)
    return x, kept


# %%
def train_net(spoil, rate, seed, steps=120, width=64):
    """Train on the digits, return the test accuracy and the root mean square of the biases."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, np.sqrt(2 / 64), (3, 64, width))
    layers = [[weight, *np.outer([0, 1, 0], np.ones(width))] for weight in weights]
    top = rng.normal(0, np.sqrt(1 / width), (width, 10))
    for _ in range(steps):
        rows = rng.choice(len(data.x_train), size=64, replace=False)
        h, kept = run_net(data.x_train[rows], layers)
        scores = np.exp(h @ top - (h @ top).max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
        dscores = (scores - np.eye(10)[data.y_train[rows]]) / len(rows)
        dh, top = dscores @ top.T, top - rate * h.T @ dscores
        for layer, (x, out, cache) in zip(layers[::-1], kept[::-1]):
            dout = dh * (out > 0)
            dx, dgamma, dbeta = batchnorm_backward(dout, cache)
            dx = spoil(dx, dout, cache)
            dh = dx @ layer[0].T
            for part, gradient in zip(layer, (x.T @ dx, dx.sum(axis=0), dgamma, dbeta)):
                part -= rate * gradient
    hits = (run_net(data.x_test, layers)[0] @ top).argmax(axis=1) == data.y_test
    return hits.mean(), np.sqrt(np.mean([layer[1] ** 2 for layer in layers]))


# %%
digits = load_digits()
data = split(digits.x / 16, digits.y)
arms = ("right", "no path through var", "no path through mean", "statistics as constants")
rates = (0.01, 0.03, 0.1, 0.3, 1)
runs = {}  # arm -> accuracies and biases of shape (rates, seeds, 2)

# %% [markdown]
# Only dx is spoiled; dgamma and dbeta stay right. (The test digits are normalized as one batch here. Lesson 05 does
# that properly.) Record your guess, then run.

# %% predict="constants_guess"
constants_guess = {
    "question": "Learning rate 0.3. With right gradients about 97 % of the test digits are recognized. "
    "With statistics as constants it is:",
    "options": {
        "same": "near 97 %, as before",
        "half": "near 50 %",
        "fails": "near 10 %, as by chance",
        "less": "near 85 %",
    },
}

# %% folded experiment="statistics_as_constants"
# Trains with each gradient, and draws accuracy by learning rate.
with needs("batchnorm_backward"):
    for arm in arms:
        found = [[train_net(SPOILED[arm], rate, seed) for seed in range(3)] for rate in rates]
        runs[arm] = np.array(found)
    for (arm, found), style in zip(runs.items(), ("o-", "^--", "s-.", "v:")):
        low, middle, high = 100 * np.quantile(found[:, :, 0], [0, 0.5, 1], axis=1)
        plt.semilogx(rates, middle, style, label=arm)
        plt.fill_between(rates, low, high, alpha=0.15)
        print(f"{arm:<24}", " ".join(f"{a:3.0f}–{b:.0f} %" for a, b in zip(low, high)))
    plt.gca().set(xlabel="learning rate", ylabel="test accuracy, %")
    plt.xticks(rates, rates)
    plt.title("Test accuracy by learning rate, for four gradients")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    right, wrong = (runs[arm][3, :, 0] for arm in (arms[0], arms[3]))
    gap = 100 * (right - wrong)
    accuracies = {"fails": 0.1, "half": 0.5, "less": 0.85, "same": 0.97}
    outcome = "same" if gap.mean() < 3 else closest(wrong.mean(), accuracies, within=1.2)
    measured = f"{gap.min():.0f} to {gap.max():.0f} points less over three seeds."
    verdict(constants_guess, outcome, measured)

# %% [markdown]
# *The figure:* learning rate (0.01 to 1, logarithmic) against test accuracy, a line with a band over three seeds for
# each of four gradients. At 0.01 all four agree. Without the path through the variance the line stays on that of the
# right one, up to 97 %. Without the path through the mean, or without both, it falls behind, by about 11 points at rate
# 0.3. At rate 1 both come back to 96 %; only without the mean's path alone one seed of three stays at 82 %.

# %% [markdown]
# What to take from it, and what not:
#
# - **At rate 0.01 the bug is invisible,** and at rate 1 nearly so. Whoever tries one rate may see nothing.
# - **The mean is what hurts.** Leaving out the variance path alone cost nothing measurable here; on top of the mean it
#   did, at rates 0.03 and 0.1. That is a fact about this net and these data, not a law.
# - **It still trains.** An accuracy of 85 % looks like a mediocre model, not like a bug. That is why one needs a
#   gradient check.
#
# Next: what happens to the bias in front of batch norm?

# %%
for arm, found in runs.items():  # arm -> (rates, seeds, 2)
    size = found[3, :, 1]
    shown = "0" if size.max() < 1e-9 else f"{size.min():.2f} to {size.max():.2f}"
    print(f"{arm:<24} root mean square of all biases after training at rate 0.3: {shown}")
if not runs:
    print("This cell needs the experiment above: run that first.")

# %% [markdown]
# The right gradient of a bias in front of batch norm is zero: it is the column sum of dx, the first invariant. So it
# never moves from its start. With the mean path missing it is pushed about, batch after batch, by a force that does
# nothing: the output does not depend on it (lesson 03, section 7). A bias that grows before a batch norm is a symptom.
#
# The bias does no harm itself. *Intuition:* the harm is in the weights, whose gradient contains the same useless push,
# times the mean of their inputs; and the outputs of a ReLU never have mean 0.

# %% [markdown]
# ## 8 · Trust no check
#
# You have checked your backward against numerical gradients. Was that check any good? It depends on the inputs that it
# was run on. Here is a check as one finds it in many notebooks; only the inputs are left open.


# %%
def gradient_check(spoil, x, gamma, dout, eps):
    """Does a backward agree with numerical gradients to 1e-4 (absolute plus relative)?"""
    beta = np.zeros(len(gamma))
    _, cache = batchnorm_forward(x, gamma, beta, eps)
    claimed = spoil(batchnorm_backward(dout, cache)[0], dout, cache)
    measured = numerical_gradient(lambda x: batchnorm_forward(x, gamma, beta, eps)[0], x, dout)
    return np.allclose(claimed, measured, rtol=1e-4, atol=1e-4)


def three_checks(seed=0):
    """The inputs of three popular checks, and of one with a random upstream gradient."""
    rng = np.random.default_rng(seed)
    x, dout = rng.normal(1, 2, size=(8, 5)), rng.normal(1, 1, size=(8, 5))
    gamma = np.array([0.8, -1.2, 0.5, -0.7, 1.3])
    out, _ = batchnorm_forward(x, gamma, np.zeros(5))
    two_rows = np.array([[1.0, -2, 0, 3, 5], [4, 1, 2, -1, 2]])
    return {
        "loss = sum(out)": (x, gamma, np.ones((8, 5)), 1e-5),
        "loss = sum(out**2)": (x, gamma, 2 * out, 1e-5),
        "a batch of two": (two_rows, gamma, dout[:2], 1e-5),
        "random dout, 8 rows": (x, gamma, dout, 1e-5),
    }


# %% predict="trust_guess"
trust_guess = {
    "question": "The first three checks are run on a backward that returns dx = 0 for every input. How many of them pass it?",
    "options": {"three": "all three", "none": "none of them", "one": "one of them", "two": "two of them"},
}

# %% folded experiment="three_checks"
# Runs four checks on six backwards, and draws the table.
with needs("numerical_gradient", "batchnorm_backward"):
    checks = three_checks()
    found = [[gradient_check(spoil, *c) for c in checks.values()] for spoil in SPOILED.values()]
    passed = np.array(found)
    plt.figure(figsize=(7, 3.2))
    plt.imshow(passed, cmap="cividis", aspect="auto")
    for row, column in np.ndindex(passed.shape):
        word, color = ("passes", "black") if passed[row, column] else ("caught", "white")
        plt.text(column, row, word, ha="center", va="center", color=color)
    plt.xticks(range(4), [name.replace(" = ", " =\n").replace(", ", ",\n") for name in checks])
    plt.yticks(range(len(SPOILED)), SPOILED)
    plt.grid(False)
    plt.gca().set(xlabel="inputs of the check", ylabel="backward")
    plt.title("Which backward does which check catch?")
    plt.show()
    for name, (x, gamma, dout, eps) in checks.items():
        _, cache = batchnorm_forward(x, gamma, np.zeros(5), eps)
        largest = np.abs(batchnorm_backward(dout, cache)[0]).max()
        shown = f"{largest:.0e}" if largest > 1e-9 else "0"
        print(f"{name:<20} largest entry of the right dx: {shown}")
    count = int(passed[1, :3].sum())
    outcome = ("none", "one", "two", "three")[count]
    verdict(trust_guess, outcome, f"{count} of three pass a dx of zeros.")

# %% [markdown]
# *The figure:* a table of six backwards (rows) and four checks (columns), each field says *passes* or *caught*. The
# right one passes everywhere. A dx of zeros passes the first three, and so does one without gamma; a missing path
# through the mean passes sum(out²), one through the variance sum(out). Random dout on 8 rows catches all five.

# %% [markdown]
# Why? Look at the three losses themselves, as functions of x.

# %% derive="what_a_loss_can_see"
{
    "question": "loss = sum(out²), with beta = 0 and eps = 0, for one column of N rows. What is this loss, as a function of x?",
    "choices": {
        "a": ("gamma² times the sum of the x²", "out is gamma times x_hat, not gamma times x. What is the sum of x_hat²?"),
        "b": ("N · gamma² · var", "x is divided by its spread before it is squared, so its variance is gone."),
        "c": ("N · gamma², whatever x is", "x_hat has mean square 1. So there is nothing to differentiate."),
        "d": ("zero, whatever x is", "The sum of x_hat is zero, but the sum of its squares is not."),
    },
    "right": "c",
    "then": "A constant; its gradient is zero. In each of the three checks nothing is left of dout once its two parts are removed:\n\n"
    "- **loss = sum(out)**: dout is 1 everywhere: all level. The loss is N · sum(beta), a constant.\n"
    "- **loss = sum(out²)**: dout = 2 · out = 2 · gamma · x_hat: all along x_hat. The loss is N · gamma² · var/(var + eps), "
    "a constant but for eps.\n"
    "- **a batch of two**: two numbers have two freedoms, and both are removed. x_hat is ±1, whatever x is.\n\n"
    "The right dx is zero (or about eps), so every answer near zero is \"right\".",
}

# %% [markdown]
# All three are in use: `sum(out)` in [an issue](https://github.com/torch/nn/issues/744) of Torch, the sum of squares in
# the tests of the course dlsys, two rows in a notebook of CS231n. Measured in *relative* error the third looks different but is no better: noise divided
# by noise, so that a right backward may fail.

# %% [markdown]
# What else can hide? With gamma = 1, with N = D, with eps = 1e-5 beside a variance of 1, with an x that is already
# standardized: each of these makes some mistake invisible. Which one? Then choose inputs under which none can hide:

# %% [markdown]
# ### Exercise 8 · `probe` (7 points)
#
# Return the inputs of a gradient check, `x` (N, D), `gamma` (D,), `dout` (N, D) and `eps`, on which about seventy
# broken backwards differ from the right one. Four lines. At most 2000 numbers in x; everything finite, eps ≥ 0.
#
# **Tested:** for several seeds, how many of the broken backwards differ from the right one by more than
# 1e-4 + 1e-4 · |right value| somewhere in dx, dgamma or dbeta: half (1 point), nine in ten (2), all (1). They lack a
# path, misplace gamma, eps, N or the spread, take x for x_hat, rows for columns, sums for means. What the check below
# asks must hold for other seeds, too (1 point). And right backwards in other styles must agree on your inputs to 1e-6,
# on a dx that is not zero (1 point).


# %% exercise="probe"
def probe(seed):
    """Return inputs on which a broken batch norm backward differs from the right one.

    Args:
        seed: a whole number for the random numbers; another seed may give other inputs.

    Returns:
        x: shape (N, D), the batch.
        gamma: shape (D,), the scales.
        dout: shape (N, D), the upstream gradient.
        eps: one number.
    """
    rng = np.random.default_rng(seed)
    ### BEGIN SOLUTION
    x = rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(7, 3))
    gamma = np.array([1.5, -2.0, 0.7])
    dout = rng.normal([0.5, 1.0, -0.8], 1.0, size=x.shape)
    eps = 0.1
    ### END SOLUTION
    return x, gamma, dout, eps


# %% check="probe" points=1
with checking(probe):
    x, gamma, dout, eps = probe(seed=1)
    assert np.shape(x) == np.shape(dout) and np.ndim(x) == 2, (
        "x and dout have one shape, (N, D)."
    )
    assert np.shape(gamma) == np.shape(x)[1:], "gamma has one number for each column of x."
    assert not np.allclose(dout, 1), (
        "with dout = 1 everywhere the right dx is 0, and a dx of zeros passes."
    )
    assert len(x) != 2 or eps > 0.01, (
        "two rows: the right dx is about eps, and a dx of zeros passes."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Go through the blind spots of this section one after another: which of the four inputs makes each of them, and what
# must that input not be? The check says which kind of mistake still hides.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `rng.normal` takes a mean and a spread, also one per column, and a `size`. dout should be random with a mean that is
# not 0. How large must eps be, beside a variance of 1, to change the fourth digit?
# </details>
# <details><summary>Hint 3: a list to go through</summary>
#
# Could rows be taken for columns? Could two columns swap places, or a column be taken for its x_hat? Could gamma be
# left out, squared, or lose its sign? Is a mean of dout so small that nobody misses it? Is eps so small beside var that
# its place does not count? Where the answer is yes, change that input.
# </details>

# %% hidden="probe"
# %% [markdown]
# Now run the check of this section on *your* inputs. The right backward should pass, the five others should be caught,
# for every seed.

# %%
with needs("probe", "numerical_gradient", "batchnorm_backward"):
    for name, spoil in SPOILED.items():
        outcomes = [gradient_check(spoil, *probe(seed)) for seed in range(5)]
        print(f"{name:<24} passes on {sum(outcomes)} of 5 seeds")

# %% [markdown]
# PyTorch brings such a check along, `torch.autograd.gradcheck`. It compares every entry of the Jacobian, that is, one
# upstream gradient for each entry of out, so that nobody can choose a bad dout; x, gamma and eps are left to you. It
# wants float64. Its tolerances (1e-5 absolute, 1e-3 relative) are as coarse as ours: strong inputs matter more than a
# tight tolerance.

# %% quiz="what_a_check_sees"
{
    "question": "A gradient check uses x of shape (5, 5), gamma = 1, random dout and eps = 1e-5. Which bug does it catch?",
    "choices": {
        "a": (
            "The path through the mean is missing.",
            "A random dout has a mean, so that path carries something, and its absence shows.",
        ),
        "b": (
            "dx lacks the factor gamma.",
            "gamma is 1, so the factor changes nothing here.",
        ),
        "c": (
            "D is used where N belongs.",
            "Both are 5 here.",
        ),
        "d": (
            "inv_std is computed without adding eps.",
            "Beside a variance of about 1 that changes the fifth or sixth digit, below the usual tolerance.",
        ),
    },
    "right": "a",
}

# %% [markdown]
# ## 9 · Does batch norm keep gradients from exploding?
#
# *Batch Normalization* (Kickstarters, Deep Dive) says that it helps "to avoid the problem of vanishing or exploding
# gradients", *Mastering Batch Normalization* that it "prevents the vanishing or exploding gradient problem", and *Batch
# Normalization, unit 6.3.2* that it "helps gradients flow more smoothly through the network".
#
# Your backward can be asked. A random gradient of spread 1 enters a ReLU net of 30 layers at the top, at
# initialization; what reaches the bottom? The weights are He's, times ½, 1 and 2.

# %% predict="flow_guess"
flow_guess = {
    "question": "Width 64, batch norm in every layer. The spread of the gradient after 30 layers on the way back is about:",
    "options": {
        "one": "1, whatever the scale",
        "thousand": "1000, whatever the scale",
        "tiny": "1e-9, whatever the scale",
        "scale": "1e-9, 1, 1e9, by the scale",
    },
}


# %%
def gradients_by_layer(x, scale=1, normalize=True, seed=0, depth=30, width=64):
    """Send noise back through a ReLU net. Returns gradients: at x, above layer 1, layer 2, …"""
    rng = np.random.default_rng(seed)
    h, kept = x, []
    for _ in range(depth):
        weight = rng.normal(0, scale * np.sqrt(2 / h.shape[1]), size=(h.shape[1], width))
        h, cache = h @ weight, None
        if normalize:
            h, cache = batchnorm_forward(h, np.ones(width), np.zeros(width))
        kept.append((weight, h > 0, cache))
        h = np.maximum(h, 0)
    found = [rng.normal(size=h.shape)]
    for weight, alive, cache in kept[::-1]:
        gradient = found[-1] * alive
        gradient = batchnorm_backward(gradient, cache)[0] if normalize else gradient
        found.append(gradient @ weight.T)
    return found[::-1]


def spreads(x, seeds=range(3), **net):
    """Of the gradient at x and of that above layer 1, for each seed. Shape: (2, seeds)."""
    nets = [gradients_by_layer(x, seed=seed, **net) for seed in seeds]
    return np.array([[found[place].std() for found in nets] for place in (0, 1)])


# %% experiment="gradient_flow"
with needs("batchnorm_backward"):
    for normalize in (False, True):
        net, sizes = {"x": data.x_train[:64], "normalize": normalize}, []
        print("with batch norm:" if normalize else "no batch norm:")
        for scale in (0.5, 1, 2):
            size, _ = spreads(scale=scale, **net)
            print(f"  {scale:>3} × He weights: {size.min():.0e} to {size.max():.0e}")
            sizes.append(size)
    low, high = np.min(sizes), np.max(sizes)
    alike = closest(np.median(sizes), {"tiny": 1e-9, "one": 1, "thousand": 1000}, within=5)
    outcome = "scale" if high / low > 1e6 else alike
    verdict(flow_guess, outcome, f"{low:.0f} to {high:.0f} over three seeds and three scales.")

# %% [markdown]
# Two things at once. *Supported:* the scale of the weights no longer matters. Weights ten times as large make the
# spread ten times as large, dx is divided by that spread, and multiplying by the weights brings the ten back.
# *Refuted:* that it prevents exploding. With batch norm the gradient grew a thousandfold over 30 ReLU layers, whatever the
# scale; without it, the right scale kept it near 1. Layer by layer:

# %% folded
# Draws the sizes of the gradient's entries above four layers.
with needs("batchnorm_backward"):
    figure, panels = plt.subplots(1, 2, figsize=(7, 3), sharex=True, sharey=True)
    for panel, normalize in zip(panels, (False, True)):
        found = gradients_by_layer(data.x_train[:64], normalize=normalize)
        for layer, line in zip((30, 20, 10, 1), ("-", "--", "-.", ":")):
            size = np.log10(np.abs(found[layer].ravel()) + 1e-12)
            bins, label = np.linspace(-3, 5, 81), f"above layer {layer}"
            panel.hist(size, bins, histtype="step", linestyle=line, linewidth=1.6, label=label)
        panel.set(xlabel="size of an entry")
        panel.set(title="batch norm in every layer" if normalize else "no batch norm")
        panel.set(xticks=range(-3, 6, 2), xticklabels=["0.001", "0.1", "10", "1000", "10⁵"])
    panels[0].set(ylabel="entries")
    panels[0].legend(loc="upper right")
    plt.show()

# %% [markdown]
# *The figure:* two panels of histograms, the size of a gradient's entries (logarithmic) above layers 30, 20, 10 and 1,
# for He's weights. Without batch norm the four heaps lie nearly on one another, around 1. With it they march to the
# right by about a factor of seven for ten layers and keep their shape.

# %% [markdown]
# [Yang et al. 2019](https://arxiv.org/abs/1902.08129) computed this growth for wide nets and large batches: by
# π/(π − 1) ≈ 1.47 per layer in squared norm. Over 30 layers that is 1.47¹⁵ ≈ 320 in spread. Ours was about three times
# that. What makes the difference?

# %% predict="cause_guess"
cause_guess = {
    "question": "One thing at a time is changed in our net. Which change takes most of the extra growth away?",
    "options": {
        "width": "256 units in every layer, and not just 64",
        "rows": "512 rows in the batch, not 64",
        "inputs": "normal numbers for inputs, not pixels",
        "weights": "weights of half He's size",
    },
}

# %% experiment="cause_of_growth"
with needs("batchnorm_backward"):
    x, noise = data.x_train[:64], np.random.default_rng(10).normal(size=(64, 64))
    nets = {"as it was": spreads(x), "width": spreads(x, width=256)}
    nets |= {"rows": spreads(data.x_train[:512]), "inputs": spreads(noise)}
    nets |= {"weights": spreads(x, scale=0.5)}
    print("           at the bottom   above layer 1")
    for arm, sizes in nets.items():
        words = [f"{size.min():4.0f} to {size.max():4.0f}" for size in sizes]
        print(f"{arm:<9}  {words[0]:<14}  {words[1]}")
    middle = {arm: np.median(bottom) for arm, (bottom, _) in nets.items()}
    least = min(middle, key=middle.get)
    falls = middle["as it was"] / middle[least]
    measured = f"with the change {least!r} it is {falls:.1f} times less."
    verdict(cause_guess, least if falls > 2 else "", measured)

# %% [markdown]
# The extra growth comes from one layer, the first. Above it, 29 layers have made 304 to 369 of the spread of 1; wider
# layers change nothing, and with 512 rows it is 217 to 258, where the theory says 1.47^14.5 ≈ 260. The first layer then
# multiplies by 2.7, and not by 1.2 as the others do: pixels between 0 and 1 give columns of spread 0.38, and batch
# norm's backward divides by that. (With 256 units it multiplies by 5.4: their gradients are added at each pixel.)
#
# Lesson 06 measures what training makes of the growth.

# %% [markdown]
# ## Going deeper

# %% [markdown]
# <details><summary>The Jacobian is a projection</summary>
#
# Fix a column, eps = 0, gamma = 1. The formula of section 5 is linear in dout: dx = J dout with
#
# $$J = \mathrm{inv\_std}\;P, \qquad P = I - \tfrac1N \mathbf 1 \mathbf 1^\top - \tfrac1N \hat x \hat x^\top$$
#
# The vectors **1**/√N and x_hat/√N have length 1 and are at right angles (x_hat sums to 0). So P takes away the parts
# along two orthonormal vectors: P² = P, P is symmetric, and has the eigenvalues 0, 0 and N − 2 times 1. Hence
# ‖dx‖ ≤ |gamma| · inv_std · ‖dout‖ in every column. A symmetric J also says: row i pulls on row k exactly as row k
# pulls on row i.
#
# With eps > 0 the second zero becomes eps/(var + eps), which is where section 6's eps comes from.
# </details>
#
# The next cell builds the matrix for one column from your function, a unit vector at a time.

# %%
with needs("batchnorm_backward"):
    x = np.random.default_rng(4).normal(5, 3, size=(6, 1))
    for eps in (0.0, 1.0):
        _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), eps)
        columns = [batchnorm_backward(unit[:, None], cache)[0][:, 0] for unit in np.eye(6)]
        matrix = np.stack(columns, axis=1) / cache["inv_std"]  # Shape: (6, 6)
        symmetric = np.allclose(matrix, matrix.T)
        projects = np.allclose(matrix @ matrix, matrix)
        eigenvalues = np.sort(np.abs(np.linalg.eigvalsh((matrix + matrix.T) / 2)))
        share = float(eps / (cache["var"][0] + eps))
        print(f"eps {eps:g}: symmetric {symmetric}, P² = P {projects}, eigenvalues")
        print(f"  {np.round(eigenvalues, 3).tolist()}; eps/(var + eps) = {share:.3f}")

# %% [markdown]
# <details><summary>The paper's own formulas</summary>
#
# Section 3 of Ioffe and Szegedy ([2015](https://arxiv.org/abs/1502.03167)) prints six formulas, with m for N. They are
# your rungs, in the same order: ∂ℓ/∂x̂ is `dx_hat`; ∂ℓ/∂σ² is `dvar`, with the power −3/2; ∂ℓ/∂μ is `dmean`, printed
# with the term that is always zero; ∂ℓ/∂x is the sum of three paths; ∂ℓ/∂γ and ∂ℓ/∂β are `dgamma` and `dbeta`. The one
# line of section 5 is not in the paper; it follows by algebra.
#
# The paper also says why the statistics must not be treated as constants: section 2 describes a bias that grows without
# bound while the loss stays as it is, if the gradient ignores the normalization. You have seen it grow.
# </details>

# %% [markdown]
# <details><summary>What has to be remembered?</summary>
#
# Arrow by arrow, the cache holds `x` and `x_hat`: 2·N·D numbers. The compact form needs one of them: N·D, plus 3·D or
# so. One may even keep nothing of size N·D: `x_hat` can be recomputed from `out`, as (out − beta)/gamma, where gamma is
# not 0, and `out` is often kept anyway for the next layer. In-Place Activated BatchNorm
# ([Rota Bulò et al. 2018](https://arxiv.org/abs/1712.02616)) builds on that. So batch norm costs memory in training:
# one more array of the size of the activations for each batch norm, unless one recomputes.
# </details>

# %% [markdown]
# <details><summary>In evaluation mode the statistics are constants</summary>
#
# At inference batch norm uses stored statistics (lesson 05). Then mean and var do not depend on x, and
# `dout * gamma * inv_std` is the *right* gradient, for example when a layer is frozen in fine-tuning, or when one asks
# how the input should change to fool the net. The three-term formula is wrong there. The same line of code: a bug in
# one mode, the solution in the other.
# </details>

# %% [markdown]
# <details><summary>Second derivatives</summary>
#
# The Jacobian depends on x, through x_hat and inv_std: as a function of x, batch norm is curved, though for gamma and
# beta it is a straight line. One consequence is quick to see: for eps = 0, out(a·x) = out(x), so the gradient at a·x is 1/a of that at x. Wider
# columns get smaller gradients; with weights that only grow (lesson 03, *Going deeper*), the effective step shrinks by
# itself.
#
# Losses that contain a gradient, such as gradient penalties in GANs, differentiate the backward pass again. A backward
# that detaches the statistics is then wrong twice.
# </details>

# %% [markdown]
# <details><summary>Exact derivative of the wrong function</summary>
#
# Not every wrong backward has a slip in it. One may differentiate perfectly, but another forward: with the unbiased
# variance (N − 1), with eps outside the root, without the mean. Then numerical gradients of *that* forward agree, and
# the check passes. Check against an independent forward, as in section 4, not against your own two halves only.
# </details>

# %% [markdown]
# <details><summary>Two ways to be fooled by shapes</summary>
#
# `np.allclose(a, b)` broadcasts: a dgamma of shape (1, 6) "equals" one of shape (6,), and dmean of shape (6,) "equals" N
# equal rows of it. `cmp` in Andrej Karpathy's lecture on backpropagation
# ([nn-zero-to-hero](https://github.com/karpathy/nn-zero-to-hero), 2022) compares in such a way. Compare shapes first.
#
# And: `numerical_gradient` hands `f` a *new* array. A checker that changes x in place and calls `f = lambda _:
# forward(x)`, which ignores its argument, works too, until somebody copies the array.
# </details>

# %% [markdown]
# ## Check yourself

# %% quiz="why_sum"
{
    "question": "Why is dgamma a sum over the rows, and not a mean?",
    "choices": {
        "a": (
            "It makes no difference: the learning rate takes care of it.",
            "It makes one: batches of different size would be weighed differently, and dx would not fit dgamma.",
        ),
        "b": (
            "Because the sum of x_hat is zero.",
            "It is, but that concerns other terms; here each x_hat is weighed by its own dout.",
        ),
        "c": (
            "What comes back along N arrows is added.",
            "Each gamma acts on N entries of out. If the loss is a mean over the batch, the 1/N is already in dout.",
        ),
        "d": (
            "It is a mean in PyTorch and a sum in NumPy.",
            "Both sum; section 4 compared them.",
        ),
    },
    "right": "c",
}

# %% quiz="which_path"
{
    "question": "Your dx has overlaps of zero with x_hat (eps = 0), but its columns do not sum to zero. What do you suspect?",
    "choices": {
        "a": (
            "The path through the variance.",
            "Without it the overlaps would not be zero.",
        ),
        "b": (
            "gamma is missing.",
            "A factor per column leaves zero sums zero.",
        ),
        "c": (
            "Nothing: sums are zero only up to eps.",
            "It is the other invariant that depends on eps. The column sums are zero for every eps.",
        ),
        "d": (
            "The path through the mean.",
            "It is this path that takes the column's mean out of the gradient.",
        ),
    },
    "right": "d",
}

# %% quiz="zero_term"
{
    "question": "A colleague's dmean lacks the term that comes through dvar. What happens?",
    "choices": {
        "a": (
            "Nothing: that term is always zero.",
            "It is dvar times the sum of x − mean. Whoever blames its absence for a failing check has to look further.",
        ),
        "b": (
            "dx is wrong whenever dvar is not zero.",
            "dvar is multiplied by a sum that is zero for every column, so its size does not matter.",
        ),
        "c": (
            "Column sums of dx are no longer zero.",
            "They are: the sum of the variance path is zero by itself.",
        ),
        "d": (
            "It works for large batches only.",
            "Differences from the mean sum to zero for every N.",
        ),
    },
    "right": "a",
}

# %% quiz="smaller_weights"
{
    "question": "All weights in front of a batch norm are halved (eps = 0). What becomes of dx, at the entrance of batch norm?",
    "choices": {
        "a": (
            "It is halved as well.",
            "The other way round: one over the spread doubles.",
        ),
        "b": (
            "It stays, because out stays.",
            "out and dout stay, but dx says what a change of x by one unit does, and x is now half as wide.",
        ),
        "c": (
            "It doubles.",
            "The spread is halved, inv_std doubles, x_hat and dout stay. The layer below gets it times half the weights: as before.",
        ),
        "d": (
            "It is multiplied by 4, since the variance is in it.",
            "Two of the three powers of inv_std cancel; one is left.",
        ),
    },
    "right": "c",
}

# %% [markdown]
# ## To remember
#
# dx = gamma · inv_std · (dout − its mean − x_hat · its mean overlap with x_hat): batch norm's backward removes level and
# stretch, and divides by the spread. A gradient check is worth as much as its inputs: random dout, N ≠ D, gamma ≠ 1, an
# eps that counts.
#
# **Next:** lesson 05 asks where mean and variance come from when there is no batch.

# %%
score_so_far("04_backward")
