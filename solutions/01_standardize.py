# %% [markdown]
# # 01 · Standardize the inputs
#
# You write the two usual ways to bring features to one scale, and measure on real wines what they buy, what
# they leave as it was, and how test data slips into training.
#
# *You will be able to*
# - **scale** new data with what the training data alone tell,
# - **standardize** in the form that batch normalization uses, and say what `eps` does to a constant feature,
# - **derive** the largest stable step of a least-squares problem, and compute it and the condition number,
# - **detect** a leak from the test set with a test that needs no look at the code,
# - **name** a case in which standardizing changes nothing, and one in which it harms.
#
# Needs: NumPy, lesson 00. Time: about 75 minutes. Computing: 10 seconds on two cores. Points: 22.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested. Write the exercises in NumPy: they are graded where torch cannot be imported.

# %% setup
import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import checking, derive, needs, predict, quiz, score_so_far
from autograder.learner import use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# Features on different scales give gradient descent a long, narrow valley to walk down. Subtracting each
# feature's mean and dividing by its standard deviation makes the valley rounder, so that fewer steps reach
# the bottom. Mean and standard deviation come from the training data alone; batch normalization does the same
# inside a network.
#
# ![Two contour maps with the path of gradient descent from the same start. In the long valley on the left the
# path zig-zags and is still far from the bottom after 12 steps; in the rounder bowl on the right it is there
# after four.](../../data/valley_and_bowl.png)

# %% [markdown]
# ## 1 · One wine, thirteen scales
#
# Each of 178 wines was analysed for 13 things: alcohol, malic acid, magnesium, hue and so on, each on a scale of its
# own. The label is one of three cultivars. Before we look at a single number, a quarter of the wines is put aside
# as the test part. All that we fit will be fitted on the rest.

# %%
from autograder.learner import load_wine, split

wine = load_wine()
x_train, x_test, y_train, y_test = split(wine.x, wine.y, test_fraction=0.25, seed=0)
print(
    f"{len(x_train)} wines to train on, {len(x_test)} to test on, {x_train.shape[1]} features"
)

# %% [markdown]
# How different are the scales? The next picture shows each feature's standard deviation over the training
# wines (biased: the squares are divided by N).

# %%
spread = x_train.std(axis=0)  # Shape: (13,)
order = np.argsort(spread)
plt.figure(figsize=(6, 3.6))
plt.plot(spread[order], np.array(wine.feature_names)[order], "o")
plt.xscale("log")
plt.xlabel("standard deviation, each as it was measured (log scale)")
plt.tick_params(axis="y", labelsize=8)
factor = spread.max() / spread.min()
plt.title(f"The spreads of the 13 features differ by a factor of {factor:.0f}")
plt.show()

# %% [markdown]
# *The picture in words:* one dot for each feature on a logarithmic axis. Most standard deviations lie between
# 0.1 and 4; magnesium stands near 14 and proline above 300, thousands of times the smallest.

# %% [markdown]
# ## 2 · Min-max scaling
#
# The first cure is a ruler for each feature: 0 at the smallest training value, 1 at the largest. *The
# tutorial on batch and layer normalization* of 28 Feb 2024 calls this *normalization*: "map to 0-1". In *batch
# normalization* the word means something else: the standardization of the next section.

# %% [markdown]
# ### Exercise 1 · `min_max_scale` (4 points)
#
# With $\text{low}_j$ and $\text{high}_j$, the smallest and largest value of feature $j$ in `x_train`, return
#
# $$\frac{x_{ij} - \text{low}_j}{\text{high}_j - \text{low}_j}$$
#
# - `x_train` (N, D) and `x` (M, D), whole or floating-point numbers; M may be 1. Returns (M, D), floating
#   point.
# - `low` and `high` come from `x_train` alone.
# - A value of `x` outside the training range lands below 0 or above 1; it is not clipped.
# - A feature that is constant in `x_train` is divided by 1: what is left is $x_{ij} - \text{low}_j$.
# - The arguments stay as they are.
#
# About 3 lines.


# %% exercise="min_max_scale"
def min_max_scale(x_train, x):
    """Map the training range of each feature to [0, 1], and x with it.

    Args:
        x_train: shape (N, D), the rows that the range is taken from.
        x: shape (M, D), the rows to scale.

    Returns:
        a new array of shape (M, D), floating point.
    """
    ### BEGIN SOLUTION
    low, high = x_train.min(axis=0), x_train.max(axis=0)  # Shape: (D,)
    width = np.where(high > low, high - low, 1.0)
    return (x - low) / width
    ### END SOLUTION


# %% check="min_max_scale" points=1
with checking(min_max_scale):
    inside, outside = min_max_scale(np.array([[0, 10], [4, 30]]), np.array([[1, 20], [6, 0]]))
    assert np.allclose(inside, [0.25, 0.5]), (
        "1 is a quarter of the way from 0 to 4, and 20 is half the way from 10 to 30."
    )
    assert np.allclose(outside, [1.5, -0.5]), (
        "6 is 1.5 ranges above the 0 where training starts, and 0 is half a range below 10."
    )
    constant = min_max_scale(np.array([[5], [5]]), np.array([[5], [7]]))
    assert np.allclose(constant, [[0], [2]]), (
        "training holds 5 only: divided by 1, the values 5 and 7 become 0 and 2."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `x.min` and `x.max` take an `axis`. Axis 0 runs down the rows and leaves one number for each column.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Subtract one (D,) array from `x` and divide by another: NumPy stretches both over the rows. `np.where`
# chooses, feature by feature, between two numbers.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# The width of a feature is high minus low where high is above low, and 1 elsewhere. The result is x minus
# low, divided by the width.
# </details>

# %% hidden="min_max_scale"

# %% [markdown]
# One odd wine can set the ruler. The next cell adds a single wine with ten times the largest proline to the
# training part and looks at where the others end up.

# %%
with needs("min_max_scale"):
    proline = x_train[:, [12]]
    with_outlier = np.vstack([proline, [[10 * proline.max()]]])
    without, with_it = min_max_scale(proline, proline), min_max_scale(with_outlier, proline)
    print(f"median proline without the odd wine: {np.median(without):.2f}")
    print(f"median proline with it:              {np.median(with_it):.2f}")

# %% [markdown]
# ## 3 · Standardization
#
# The second cure uses all the rows: subtract the mean, divide by the standard deviation. It comes in two
# functions, because it happens at two times: **fit** once, on the training data; **apply** to whatever comes,
# as often as needed.

# %% [markdown]
# ### Exercise 2 · `fit_standardizer` (3 points)
#
# For each feature: the mean, and the **biased** standard deviation (divide the sum of squares by N, not by N
# − 1):
#
# $$\text{mean}_j = \frac1N\sum_i x_{ij}\qquad \text{std}_j = \sqrt{\frac1N\sum_i (x_{ij} - \text{mean}_j)^2}$$
#
# - `x` (N, D), whole or floating-point numbers, stays as it is; N may be 1. Returns two arrays of shape (D,),
#   floating point.
# - The std of a constant feature, and of a single row, is 0. (It is `standardize` that takes care of zeros.)
# - std is right to 1 % even where the mean is a hundred million times as large.
#
# About 1 to 3 lines.


# %% exercise="fit_standardizer"
def fit_standardizer(x):
    """Measure the mean and the biased standard deviation of each feature.

    Args:
        x: shape (N, D), the training rows.

    Returns:
        (mean, std), two arrays of shape (D,), floating point.
    """
    ### BEGIN SOLUTION
    return x.mean(axis=0), x.std(axis=0)
    ### END SOLUTION


# %% check="fit_standardizer" points=1
with checking(fit_standardizer):
    mean, std = fit_standardizer(np.array([[1, 10], [3, 10], [5, 10], [7, 10], [9, 10]]))
    assert np.allclose(mean, [5, 10]), (
        "(1 + 3 + 5 + 7 + 9) / 5 is 5; the mean of five tens is 10."
    )
    assert np.isclose(std[0] ** 2, 8), (
        "the squared deviations are 16, 4, 0, 4 and 16: 40 / 5 gives a biased variance of 8."
    )
    assert std[1] == 0, "a constant feature does not spread: its std is 0."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# NumPy arrays have a method for each of the two numbers. Read what their `axis` and `ddof` do, and what the
# default of `ddof` is.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# One reduction down the rows for the mean, one for the std. If you build the std yourself, start from the
# deviations.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# Return two things, separated by a comma: the mean over axis 0, and the standard deviation over axis 0.
# </details>

# %% hidden="fit_standardizer"

# %% [markdown]
# Why biased? A factor of $\sqrt{(N-1)/N}$, the same for all features, would change nothing that matters here.
# We divide by N because batch normalization does, in lesson 03: there N is the size of a batch, and may be
# small. The unbiased variance will have its place in lesson 05.

# %% [markdown]
# ### Exercise 3 · `standardize` (4 points)
#
# Apply what was fitted. A small `eps` is added to the **variance**, inside the root:
#
# $$\hat x_{ij} = \frac{x_{ij} - \text{mean}_j}{\sqrt{\text{std}_j^2 + \text{eps}}}$$
#
# - `x` (M, D), whole or floating-point numbers, M may be 1; `mean` and `std` (D,), used as they are given;
#   `eps` ≥ 0. Returns (M, D), floating point. The arguments stay as they are.
# - Where std is 0 the same formula holds: the divisor is √eps. A row that equals the mean becomes 0, any
#   other does not.
# - Tested with eps from 0 to 1 and left at its default, also for values far out, which are not cut off; never
#   with eps = 0 and a std of 0 together.
#
# About 1 line.


# %% exercise="standardize"
def standardize(x, mean, std, eps=1e-5):
    """Subtract the mean and divide by the root of the variance plus eps.

    Args:
        x: shape (M, D), the rows to standardize.
        mean, std: shape (D,), as fitted on the training rows.
        eps: added to the variance std**2, inside the root.

    Returns:
        x_hat, a new array of shape (M, D), floating point.
    """
    ### BEGIN SOLUTION
    return (x - mean) / np.sqrt(std**2 + eps)
    ### END SOLUTION


# %% check="standardize" points=1
with checking(standardize):
    x_hat = standardize(np.array([[8, 10], [2, 11]]), np.array([5, 10]), np.array([4, 0]), 9)
    assert np.allclose(x_hat[:, 0], [0.6, -0.6]), (
        "√(4² + 9) is 5, so 8 − 5 gives 3/5 and 2 − 5 gives −3/5."
    )
    assert np.allclose(x_hat[:, 1], [0, 1 / 3]), (
        "where std is 0 the divisor is √9 = 3: 10 − 10 gives 0 and 11 − 10 gives 1/3."
    )
    plain = standardize(np.array([[8, 10]]), np.array([5, 10]), np.array([4, 2]), 0)
    assert np.allclose(plain, [[0.75, 0]]), (
        "with eps = 0 the divisor is the std: (8 − 5) / 4 is 0.75."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The formula above has one subtraction, one square, one sum, one root, one division. In which order?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `mean` and `std` have shape (D,), so NumPy applies them to every row of `x` without a loop. `np.sqrt` takes
# the root.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# The difference of x and mean, in brackets, divided by the root of: std squared plus eps.
# </details>

# %% hidden="standardize"

# %% [markdown]
# Now on the wines. The training part will have mean 0 and standard deviation 1. What do you expect of the
# test part, which was not asked?

# %%
with needs("fit_standardizer", "standardize"):
    mean, std = fit_standardizer(x_train)
    for name, x in [("training", x_train), ("test", x_test)]:
        means, stds = fit_standardizer(standardize(x, mean, std))
        low, high = np.round([means.min(), means.max()], 2) + 0  # "+ 0" turns −0 into 0
        print(f"{name:>8}: means {low:5.2f} to {high:5.2f},", end=" ")
        print(f"stds {stds.min():.2f} to {stds.max():.2f}")

# %% [markdown]
# The test part is near 0 and 1, not exactly there. That is right: it is measured with the ruler of the
# training part, as every wine of the future will be.

# %% quiz="constant_feature"
{
    "question": (
        "A sensor is stuck: in all training rows a feature is 20, so its std is 0. In use, one row reads 21. "
        "What is its $\\hat x$ for that feature, with `eps` = 1e-5?"
    ),
    "choices": {
        "a": (
            "0, because the feature carries no information",
            "Only rows that equal the mean give 0; here x − mean is 1.",
        ),
        "b": (
            "NaN, because it divides by zero",
            "That is what happens without eps. Here the divisor is √(0 + 1e-5), which is not 0.",
        ),
        "c": (
            "1, because the feature is left unscaled",
            "So it is in `min_max_scale` above, and in scikit-learn. Our formula divides by √eps here.",
        ),
        "d": (
            "about 316, because 1 is divided by √eps",
            "1 / √1e-5 is 316: eps saves the division, and leaves a feature that can shout. Drop such features, or choose eps knowingly.",
        ),
    },
    "right": "d",
}

# %% [markdown]
# ### The shape stays
#
# *What is batch normalization?* by Stephen M. Walker II speaks of "normalizing the outputs to a standard distribution".
# Mean 0 and variance 1: yes. Gaussian: only if it was before. Malic acid is skewed to the right; skewness, the mean of $\hat x^3$,
# measures that. The next cell compares it before and after.

# %%
def skewness(x):
    """The mean of x_hat³ for each feature."""
    return (((x - x.mean(axis=0)) / x.std(axis=0)) ** 3).mean(axis=0)


with needs("fit_standardizer", "standardize"):
    x_hat = standardize(x_train, *fit_standardizer(x_train))
    figure, panels = plt.subplots(1, 2, sharey=True)
    for panel, x, label in zip(
        panels, (x_train, x_hat), ("as measured", "standardized"), strict=True
    ):
        panel.hist(x[:, 1], bins=np.linspace(x[:, 1].min(), x[:, 1].max(), 16))
        panel.set_xlabel(f"malic acid, {label}")
    panels[0].set_ylabel("wines")
    title = "Standardizing renames the axis; the shape stays skewed"
    figure.suptitle(title, x=0.02, ha="left", size="medium")
    plt.show()
    before, after = skewness(x_train), skewness(x_hat)
    print(f"skewness of malic acid: {before[1]:.2f} before, {after[1]:.2f} after")
    same = np.allclose(before, after, rtol=0, atol=1e-9)
    print(f"the same for all 13 features, to 9 digits: {same}")

# %% [markdown]
# *The picture in words:* two histograms of malic acid with the same bars, a tall peak on the left and a long
# tail to the right; only the numbers on the horizontal axis differ. Skewness is 1.02 in both. A straight-line
# map cannot bend.

# %% quiz="what_standardizing_does"
{
    "question": "A feature has two separate peaks, at 10 and at 50. What does it look like after standardization?",
    "choices": {
        "a": (
            "One peak at 0 in the shape of a bell",
            "Mean 0 and variance 1 do not make a bell: shifting and stretching cannot merge two peaks.",
        ),
        "b": (
            "Two peaks, both within 0 to 1",
            "That is min-max scaling. Standardized values go below 0, and may lie far beyond 1.",
        ),
        "c": (
            "Two peaks, one below 0 and one above",
            "The map is a straight line: order and shape stay, mean and spread change.",
        ),
        "d": (
            "Two peaks at −1 and 1, whatever their sizes",
            "So it would be for two equally large, very narrow peaks. In general the places depend on sizes and widths.",
        ),
    },
    "right": "c",
}

# %% [markdown]
# ## 4 · Why it matters: the valley
#
# Take the smallest model, a straight line through all features with a bias, trained on the mean squared
# error. With a column of ones appended, $A = [x, 1]$ and
#
# $$L(w) = \frac1{2N}\sum_i (a_i\cdot w - y_i)^2\qquad H = \frac1N A^\top A$$
#
# The Hessian $H$, the second derivatives of $L$, is the shape of the bowl. It knows neither $w$ nor the
# labels: the features alone make it.

# %% [markdown]
# How long a step may be, you can work out. In the direction of an eigenvector of $H$ with eigenvalue $\lambda$ the loss is
# $\frac12\lambda d^2$ plus a constant, where $d$ is how far from the bottom you are.

# %% derive="one_step"
{
    "question": (
        "One step of gradient descent with step size η (`eta`), along an eigenvector with eigenvalue λ (`lam`): "
        "by which factor does it multiply the distance d to the bottom?"
    ),
    "blank": {
        "names": ["eta", "lam"],
        "right": "1 - eta * lam",
        "wrong": {
            "1 + eta * lam": "That walks uphill: a step goes against the gradient.",
            "eta * lam": "That is how long the step is, as a part of d. Where do you stand after it?",
            "-eta * lam": "That is the step. Where do you stand after it: what of the old distance is still there?",
            "1 - eta * lam / 2": "The slope of λd²/2 is λd: the 2 of the square cancels the half.",
            "1 - eta": "The slope also knows how steep the bowl is: it is λd, not d.",
        },
    },
    "then": (
        "The slope of $\\frac12\\lambda d^2$ is $\\lambda d$, and a step goes $\\eta$ times the slope downhill: "
        "$d - \\eta\\lambda d = (1 - \\eta\\lambda)\\,d$. After $k$ steps $(1 - \\eta\\lambda)^k\\,d$ is left. Each eigenvector "
        "has a factor of its own, and one $\\eta$ has to do for all."
    ),
}

# %% derive="largest_step"
{
    "question": (
        "The eigenvalues of H lie between λ_min (`lam_min`) and λ_max (`lam_max`), all above 0. Up to which step size "
        "does no direction grow?"
    ),
    "blank": {
        "names": ["lam_max", "lam_min"],
        "right": "2 / lam_max",
        "wrong": {
            "1 / lam_max": "There the steepest direction lands on the bottom in one step: its factor is 0. A longer step overshoots, and may still end nearer than it began.",
            "2 / lam_min": "That is the limit of the flattest direction. What does such a step do along the steepest?",
            "1 / lam_min": "There the flattest direction lands on the bottom in one step. What does such a step do along the steepest?",
            "2 / (lam_max + lam_min)": "That is the step size that is best in the worst case. A somewhat longer one still shrinks every distance.",
        },
    },
    "then": (
        "A direction shrinks while its factor lies between −1 and 1: while $\\eta\\lambda < 2$. The steepest direction is the first "
        "to break this, so descent is stable only while $\\eta < 2/\\lambda_{\\max}$, the **largest stable step**.\n\n"
        "With such a step the flattest direction keeps at least $1 - 2/\\kappa$ of its distance in each step, where "
        "$\\kappa = \\lambda_{\\max}/\\lambda_{\\min}$ is the **condition number**. A large $\\kappa$ means many steps."
    ),
}

# %% [markdown]
# The next cell draws the opening picture: two bowls with $H = \text{diag}(25, 1)$ and $\text{diag}(2, 1)$,
# and 12 steps in each, with the step size that is best for it, $2/(\lambda_\max + \lambda_\min)$.

# %% folded picture="valley_and_bowl"
# Draws two bowls, and the path of twelve steps in each.
figure, panels = plt.subplots(1, 2, sharey=True)
for panel, steep in zip(panels, (25, 2), strict=True):
    path = [np.array([1.0, 1.0])]
    for _ in range(12):
        path.append(path[-1] * (1 - 2 / (steep + 1) * np.array([steep, 1])))
    u, v = np.meshgrid(np.linspace(-1.3, 1.3, 80), np.linspace(-0.7, 1.3, 80))
    panel.contour(u, v, np.sqrt(steep * u**2 + v**2), levels=8, cmap="viridis", linewidths=0.7)
    panel.plot(*np.transpose(path), "o-", color="black", markersize=3, linewidth=1)
    panel.set_xlabel("weight 1")
    left = np.linalg.norm(path[-1]) / np.sqrt(2)
    panel.set_title(f"κ = {steep}: {100 * left:.0f} % of the way left", size="small")
panels[0].set_ylabel("weight 2")
title = "With its best step, descent zig-zags down a valley and drops into a bowl"
figure.suptitle(title, x=0.02, ha="left", size="medium")
plt.show()

# %% [markdown]
# *The picture in words:* two contour maps and the path of gradient descent from the same start. In the valley
# on the left ($\kappa = 25$) the path bounces from wall to wall, and 38 % of the way is left after 12 steps;
# in the bowl on the right ($\kappa = 2$) nothing visible is left after four.

# %% [markdown]
# ### Exercise 4 · `condition_number` (4 points)
#
# The condition number of the Hessian above:
#
# $$A = [x, 1]\qquad H = \frac1N A^\top A\qquad \kappa = \frac{\lambda_\max(H)}{\lambda_\min(H)}$$
#
# - `x` (N, D), whole or floating-point numbers, used as it is: not centred, not scaled. Returns one number.
# - The column of ones (the bias) belongs to $A$, so $H$ has D + 1 rows and columns.
# - If $\lambda_\min \le 10^{-12}\,\lambda_\max$, the bowl is flat in some direction: return `np.inf`. That
#   happens with a constant feature, a feature given twice, or N < D + 1. (Computed, such a $\lambda_\min$ is
#   rarely 0: it is rounding noise, and may be negative.)
#
# About 4 lines; `np.linalg.eigvalsh` gives the eigenvalues of a symmetric matrix in ascending order.


# %% exercise="condition_number"
def condition_number(x):
    """Divide the largest by the smallest eigenvalue of the least-squares Hessian, with bias.

    Args:
        x: shape (N, D).

    Returns:
        a number of at least 1; np.inf if the smallest eigenvalue
        is at most 1e-12 times the largest.
    """
    ### BEGIN SOLUTION
    a = np.column_stack([x, np.ones(len(x))])  # Shape: (N, D + 1)
    eigenvalues = np.linalg.eigvalsh(a.T @ a / len(a))
    smallest, largest = eigenvalues[0], eigenvalues[-1]
    return largest / smallest if smallest > 1e-12 * largest else np.inf
    ### END SOLUTION


# %% check="condition_number" points=1
with checking(condition_number):
    x = np.array([[2, 1], [2, -1], [-2, 1], [-2, -1]])
    assert np.isclose(condition_number(x), 4), (
        "with the ones, AᵀA / 4 is diag(4, 1, 1); 4 / 1 is 4."
    )
    assert np.isclose(condition_number(10 * x), 400), (
        "ten times x gives diag(400, 100, 1): the 1 of the bias stays."
    )
    assert condition_number(x + 10) > 1000, (
        "the same points far from 0 lie in a valley: features and bias do nearly the same."
    )
    assert np.isinf(condition_number(np.array([[3], [3]]))), (
        "a constant feature repeats the bias: flat, so the answer is np.inf."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Start with the shapes: A is (N, D + 1), H is (D + 1, D + 1). `np.column_stack` puts arrays side by side.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# A transposed times A sums over the rows. `eigvalsh` sorts in ascending order, so first and last are the two
# you need. Compare before you divide.
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# If the first eigenvalue is above 1e-12 times the last, return the last divided by the first; else return
# infinity.
# </details>

# %% hidden="condition_number"

# %% [markdown]
# ### Exercise 5 · `largest_stable_step` (3 points)
#
# The step size that you derived, for the same loss and the same $H$: the largest one up to which gradient descent grows
# in no direction.
#
# - `x` (N, D), whole or floating-point numbers, used as it is; N may be 1. Returns one number.
# - A flat direction (constant feature, N < D + 1) does not matter here: along it nothing moves.
#
# About 2 lines.


# %% exercise="largest_stable_step"
def largest_stable_step(x):
    """Divide 2 by the largest eigenvalue of the least-squares Hessian, bias included.

    Args:
        x: shape (N, D).

    Returns:
        a number above 0: gradient descent is stable for every step size below it.
    """
    ### BEGIN SOLUTION
    a = np.column_stack([x, np.ones(len(x))])  # Shape: (N, D + 1)
    return 2 / np.linalg.eigvalsh(a.T @ a / len(a))[-1]
    ### END SOLUTION


# %% check="largest_stable_step" points=1
with checking(largest_stable_step):
    x = np.array([[2, 1], [2, -1], [-2, 1], [-2, -1]])
    assert np.isclose(largest_stable_step(x), 0.5), (
        "AᵀA / 4 is diag(4, 1, 1), so the limit is 2 / 4."
    )
    assert np.isclose(largest_stable_step(np.array([[0.1], [-0.1]])), 2), (
        "H is diag(0.01, 1): the bias is the steepest, 2 / 1."
    )
    assert np.isclose(largest_stable_step(np.array([[3], [3]])), 0.2), (
        "H is [[9, 3], [3, 1]] with eigenvalues 10 and 0: 2 / 10."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# It is the same H as in `condition_number`; only one of its eigenvalues is needed.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# The steepest direction sets the limit, and a factor 1 − ηλ of −1 is where descent stops shrinking.
# </details>
# <details><summary>Hint 3: a case to try</summary>
#
# For the single feature 0.1, −0.1 the matrix H is diag(0.01, 1), and the answer is 2. If yours is 200, another direction
# set the limit; if it is 1, think about where the distance begins to grow, not where it vanishes.
# </details>

# %% hidden="largest_stable_step"

# %% [markdown]
# ## 5 · Experiment: how sharp is the limit?
#
# `descend` is gradient descent from zero weights on three targets at once, one for each cultivar: 1 for wines
# of that cultivar, 0 for others. It returns the weights and the loss at each step; `lowest_loss` is the
# bottom. Put your letter in place of "?" before you run the experiment.


# %%
def descend(x, targets, step, steps):
    """Walk down the mean squared error; x (N, D), targets (N, K)."""
    design = np.hstack([x, np.ones((len(x), 1))])  # Shape: (N, D + 1)
    weights, losses = np.zeros((design.shape[1], targets.shape[1])), []
    for _ in range(steps):
        error = design @ weights - targets  # Shape: (N, K)
        losses.append((error**2).sum() / (2 * len(x)))
        weights -= step * design.T @ error / len(x)
    return weights, np.array(losses)


def lowest_loss(x, targets):
    """The loss at the bottom, from an exact solver."""
    design = np.hstack([x, np.ones((len(x), 1))])
    error = design @ np.linalg.lstsq(design, targets)[0] - targets
    return (error**2).sum() / (2 * len(x))


# %% predict="step_guess"
step_guess = {
    "question": "The step size is 1 % above the limit. The loss after 2000 steps, compared with that of the start, is:",
    "options": {
        "lower": "lower, but higher than below the limit",
        "similar": "about the same: it bounces up and down",
        "thousand": "higher, by less than 1000 times",
        "million": "higher, by more than a million times",
    },
}

# %% experiment="step_limit"
with needs("fit_standardizer", "standardize", "largest_stable_step"):
    targets = np.eye(3)[y_train]  # Shape: (133, 3)
    growth = {}
    standardized = standardize(x_train, *fit_standardizer(x_train))
    for name, x in [("raw", x_train), ("standardized", standardized)]:
        limit = largest_stable_step(x)
        for part in (0.99, 1.01):
            losses = descend(x, targets, part * limit, 2000)[1]
            growth[name, part] = losses[-1] / losses[0]
            print(f"{name:>12}: {part} of the limit {limit:.1e}:", end=" ")
            print(f"last loss / first loss = {growth[name, part]:.0e}")
    above = [ratio for (_, part), ratio in growth.items() if part > 1]
    ranges = {
        "lower": (0, 0.5),
        "similar": (0.5, 2),
        "thousand": (2, 1e3),
        "million": (1e6, np.inf),
    }
    fits = [
        name for name, (low, high) in ranges.items() if low < min(above) and max(above) < high
    ]
    measured = (
        f"1 % above the limit the loss was {min(above):.0e} times that of the start, or more."
    )
    verdict(step_guess, "".join(fits), measured)

# %% [markdown]
# The limit is a wall. And the raw wines allow steps of three millionths only: large inputs are one reason why
# a network "explodes" at a step size that was fine elsewhere. (Exact for this linear model; for a deep
# network, where the Hessian changes as it trains, take it as an intuition.)

# %% [markdown]
# ## 6 · Experiment: five versions of the same wines
#
# Raw; only centred; only divided by the standard deviation; min-max scaled; standardized. Each walks 3000
# steps at half of *its own* largest stable step, on five different splits. *Arrived* means: within 0.1 % of
# the way from the starting loss to the lowest possible one. Guess first.

# %% predict="arrival_guess"
arrival_guess = {
    "question": "How many of the five versions arrive within 3000 steps, on all five splits?",
    "options": {"all": "all five", "some": "two or three", "four": "four", "one": "one, or none at all"},
}


# %% [markdown]
# `versions` makes the five from the training part alone.


# %%
def versions(x):
    """The five versions of the training rows, by name."""
    mean, std = fit_standardizer(x)
    zero, one = np.zeros_like(mean), np.ones_like(std)
    return {
        "raw": x,
        "centred only": standardize(x, mean, one, eps=0),
        "scaled only": standardize(x, zero, std),
        "min-max": min_max_scale(x, x),
        "standardized": standardize(x, mean, std),
    }


# %% [markdown]
# `steps_needed` computes the moment of arrival from the eigenvalues, so that we know it even where nobody
# would walk that far (how: *Going deeper*).


# %% folded
# Computes when a walk arrives, and writes 449213 as 450,000.
def steps_needed(x, targets, step, goal=1e-3):
    """Steps until the excess loss is below `goal` of its start, found by bisection."""
    design = np.hstack([x, np.ones((len(x), 1))]) / np.sqrt(len(x))
    _, singular, directions = np.linalg.svd(design, full_matrices=False)
    eigenvalues = singular**2  # of the Hessian
    bottom = np.linalg.lstsq(design, targets / np.sqrt(len(x)))[0]
    distance = directions @ bottom  # from zero weights
    excess = eigenvalues * (distance**2).sum(axis=1)
    few, many = 0, 2**40
    while many - few > 1:
        half = (few + many) // 2
        left = excess @ (1 - step * eigenvalues) ** (2 * half)
        few, many = (half, many) if left > goal * excess.sum() else (few, half)
    return many


def short(number):
    """Two digits and zeros: 449213 becomes "450,000"."""
    return f"{float(f'{number:.2g}'):,.0f}"


# %% [markdown]
# Now the walk, on each version of each split. The table shows the condition number and the steps needed.

# %% experiment="wine_descent"
scaling = ("min_max_scale", "fit_standardizer", "standardize")
with needs(*scaling, "condition_number", "largest_stable_step"):
    kappa, walked, needed = {}, {}, {}
    for seed in range(5):
        part = split(wine.x, wine.y, test_fraction=0.25, seed=seed)
        targets = np.eye(3)[part.y_train]
        for name, x in versions(part.x_train).items():
            step = largest_stable_step(x) / 2
            excess = descend(x, targets, step, 3000)[1] - lowest_loss(x, targets)
            kappa.setdefault(name, []).append(condition_number(x))
            walked.setdefault(name, []).append((excess > 1e-3 * excess[0]).sum())
            needed.setdefault(name, []).append(steps_needed(x, targets, step))
    print("version       condition number   steps needed: median (lowest to highest)")
    for name, steps in needed.items():
        condition, middle = short(np.median(kappa[name])), short(np.median(steps))
        print(f"{name:<12} {condition:>13}      {middle:>13}", end="   ")
        print(f"({short(min(steps))} to {short(max(steps))})")
    arrived = [name for name, steps in walked.items() if max(steps) < 3000]
    agree = all(walked[name] == needed[name] for name in arrived)
    print(f"steps walked and steps computed agree: {agree}")
    outcome = ("one", "one", "some", "some", "four", "all")[len(arrived)]
    measured = f"{', '.join(arrived) or 'none'} arrived within 3000 steps."
    verdict(arrival_guess, outcome, measured)

# %% [markdown]
# Centring alone divides the condition number by about 40, scaling alone by more than 1000; both together, by
# nearly nine million. What they do to $H$: scaling evens out its diagonal; centring removes the entries that
# tie every feature to the bias.

# %% [markdown]
# The next picture shows the five walks on the first split: how much of the excess loss (loss minus the lowest
# possible one) is left after each step.

# %% folded
# Draws the excess loss that is left after each step, by version.
with needs("min_max_scale", "fit_standardizer", "standardize", "largest_stable_step"):
    targets = np.eye(3)[y_train]
    for (name, x), style in zip(
        versions(x_train).items(), (":", "-.", "--", "-", "o-"), strict=True
    ):
        losses = descend(x, targets, largest_stable_step(x) / 2, 3000)[1]
        excess = losses - lowest_loss(x, targets)
        places = {"markevery": (0.05, 0.15), "markersize": 4}
        plt.loglog(np.arange(1, 3001), excess / excess[0], style, label=name, **places)
    plt.axhline(1e-3, color="black", linewidth=0.6, label="0.1 %: arrived")
    plt.ylim(3e-6, 3)
    plt.xlabel("step of gradient descent (log scale)")
    plt.ylabel("excess loss left")
    plt.legend(ncols=2, loc="lower left")
    plt.title("Two of five versions arrive, and the standardized one first")
    plt.show()

# %% [markdown]
# *The picture in words:* five falling curves on logarithmic axes. The standardized one crosses the line of
# 0.1 % after 57 steps, min-max after 709. The other three are above it after 3000 steps: scaled only at 3 %,
# raw at 37 %, and centred only at 62 %: its tiny steps have not even learned the bias yet.

# %% [markdown]
# Is half of the limit unfair to the raw wines? Let each version have the best of 19 step sizes, from 5 % to
# 95 % of its own limit.

# %%
with needs("min_max_scale", "fit_standardizer", "standardize", "largest_stable_step"):
    for name, x in versions(x_train).items():
        tried = np.linspace(0.05, 0.95, 19)
        best = min(steps_needed(x, targets, part * largest_stable_step(x)) for part in tried)
        print(f"{name:<12} {short(best):>13} steps with the best of {len(tried)} step sizes")

# %% [markdown]
# No step size rescues the raw wines: the steepest direction forbids the steps that the flattest one needs.
#
# And what did scaling **not** change? The bottom. With a bias in the model, the lowest loss is the same for
# all five versions: the weights can undo any shift and stretch.

# %%
with needs("min_max_scale", "fit_standardizer", "standardize"):
    lowest = [lowest_loss(x, targets) for x in versions(x_train).values()]
    same = np.allclose(lowest, lowest[0], rtol=1e-4)
    print(f"lowest loss on the first split: {lowest[0]:.4f}")
    print(f"the same for all five versions: {same}")

# %% quiz="other_units"
{
    "question": (
        "A colleague stores proline in another unit, in which its numbers are 1000 times smaller. "
        "What changes for your gradient descent?"
    ),
    "choices": {
        "a": (
            "κ of the raw wines; for the standardized ones nothing",
            "Standardizing divides the unit out: x − mean and std shrink by the same factor. (Only eps does not shrink with them.)",
        ),
        "b": (
            "κ of the standardized wines as well, by a factor of about 1000",
            "x − mean and std shrink by the same factor, so their quotient stays, up to eps.",
        ),
        "c": (
            "The lowest loss that can be reached",
            "A weight 1000 times larger gives the same predictions: the bottom stays.",
        ),
        "d": (
            "Nothing, neither raw nor standardized",
            "For raw features it matters: proline's entries in H shrink by 1000, the one on the diagonal by a million.",
        ),
    },
    "right": "a",
}

# %% [markdown]
# ## 7 · Split first, then fit
#
# A test set stands for data that do not exist yet. If anything fitted has seen it, the test is no longer a
# test: that is a **leak**. Here are three ways to prepare the data.


# %%
def fit_on_training(x_train, x_test):
    mean, std = fit_standardizer(x_train)
    return standardize(x_train, mean, std), standardize(x_test, mean, std)


def fit_on_all(x_train, x_test):
    mean, std = fit_standardizer(np.vstack([x_train, x_test]))
    return standardize(x_train, mean, std), standardize(x_test, mean, std)


def fit_each_part(x_train, x_test):
    train = standardize(x_train, *fit_standardizer(x_train))
    return train, standardize(x_test, *fit_standardizer(x_test))


# %% [markdown]
# Whether there is a leak can be tested without understanding the code: change one test row, and see whether anything
# *else* moves. You write that test.

# %% [markdown]
# ### Exercise 6 · `rows_moved` (4 points)
#
# `prepare(x_train, x_test)` is a function like the three above: it returns the prepared training rows and the
# prepared test rows, one for each that it was given. Return an array of shape (M,): for each test row, how many *other*
# prepared rows, of both parts together, are no longer what they were when this row alone is multiplied by 10. A single
# number above 0 says that something leaks.
#
# - Take each test row in turn; all others stay as they are in `x_test`. Its own prepared row is not counted.
# - A prepared row has changed if any of its numbers has.
# - Give `prepare` the training rows as they are, and a changed copy of the test rows: the arguments stay as they were.

# %% [markdown]
# `x_train` (N, D) and `x_test` (M, D) hold numbers above 0, whole or floating point; M may be 1. About 9 lines.
#
# **Tested:** ways to prepare in which all test rows take part, or only the smallest or the last; in which the leak reaches
# training rows only, test rows only, or one column; in which each row is prepared by itself; that return other columns than
# they were given, or the very arrays.


# %% exercise="rows_moved"
def rows_moved(prepare, x_train, x_test):
    """Count which prepared rows each test row moves, other than its own.

    Args:
        prepare: called as prepare(x_train, x_test), returns prepared training and test rows.
        x_train: shape (N, D).
        x_test: shape (M, D).

    Returns:
        shape (M,): how many other prepared rows change when that test row is multiplied by 10.
    """
    ### BEGIN SOLUTION
    train, test = prepare(x_train, x_test)
    moved = np.zeros(len(x_test), dtype=int)
    for row in range(len(x_test)):
        changed = x_test.copy()
        changed[row] *= 10
        train_again, test_again = prepare(x_train, changed)
        moves = (test_again != test).any(axis=1)  # Shape: (M,)
        moves[row] = False
        moved[row] = (train_again != train).any(axis=1).sum() + moves.sum()
    return moved
    ### END SOLUTION


# %% check="rows_moved" points=1
with checking(rows_moved):
    train, test = np.array([[1.0], [3.0], [8.0]]), np.array([[2.0], [4.0]])
    moved = rows_moved(lambda a, b: (a - a.mean(), b - a.mean()), train, test)
    assert np.array_equal(moved, [0, 0]), (
        "only the training mean is used: each test row changes itself, and nothing else."
    )
    moved = rows_moved(lambda a, b: (a - b.mean(), b), train, test)
    assert np.array_equal(moved, [3, 3]), (
        "each test row moves the mean that the 3 training rows lose."
    )
    moved = rows_moved(lambda a, b: (a, b - b.mean()), train, test)
    assert np.array_equal(moved, [1, 1]), (
        "each test row moves the mean that the other one loses."
    )
    moved = rows_moved(lambda a, b: (a - b[-1], b), train, test)
    assert np.array_equal(moved, [0, 3]), (
        "only the last test row is subtracted from the 3 training rows."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# What has to be known before the first row is changed? And what has to be made anew for each row, so that an earlier change
# does not stay?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `x_test.copy()` gives rows that may be changed. `!=` compares two arrays entry by entry, and `any(axis=1)` asks each row.
# The sum of True and False is a number of rows; the changed row's own place can be set to False before.
# </details>
# <details><summary>Hint 3: cases to try</summary>
#
# Three ways to prepare tell most mistakes apart: `fit_on_training` gives zeros, `fit_on_all` everything but the row itself,
# `fit_each_part` one less than the test rows. If the first gives ones, look at what becomes of the changed row's own place; if it
# gives rising numbers, at where the copy is made.
# </details>

# %% hidden="rows_moved"

# %%
with needs("fit_standardizer", "standardize", "rows_moved"):
    for prepare in (fit_on_training, fit_on_all, fit_each_part):
        moved = rows_moved(prepare, x_train, x_test)
        print(
            f"{prepare.__name__:<16} a test row moves {moved.min()} to {moved.max()}", end=" "
        )
        print("of the 177 others")

# %% [markdown]
# ### Experiment: how much does the leak flatter?
#
# We need a classifier that scale matters to: the nearest training wine lends its label. Each measurement
# splits the 178 wines 300 times, and compares `fit_on_all` with `fit_on_training` on the same splits, with
# many or few training wines.


# %% folded
# Finds the nearest label, and what a way to prepare gains.
def nearest(x_train, y_train, x):
    """Give each row of x the label of the nearest training row."""
    rows = [((x_train - row) ** 2).sum(axis=1).argmin() for row in x]
    return y_train[rows]


def gain_in_points(prepare, test_fraction, splits=300):
    """Test accuracy minus that of `fit_on_training`: mean, 95 % half-width, training rows."""
    gains = []
    for seed in range(splits):
        part = split(wine.x, wine.y, test_fraction, seed)
        right = []
        for scale in (fit_on_training, prepare):
            train, test = scale(part.x_train, part.x_test)
            right.append((nearest(train, part.y_train, test) == part.y_test).mean())
        gains.append(100 * (right[1] - right[0]))
    return np.mean(gains), 1.96 * np.std(gains, ddof=1) / np.sqrt(splits), len(part.y_train)


# %% predict="leak_guess"
leak_guess = {
    "question": "How many points of test accuracy does fitting the scaler on all 178 wines seem to gain?",
    "options": {
        "always": "over 2, with 133 training wines as with 3",
        "few": "below 0.5 with 133 wines, over 2 with 3",
        "never": "below 0.5, with 133 training wines as with 3",
        "many": "over 2 with 133 wines, below 0.5 with 3",
    },
}

# %% experiment="leaky_scaler"
with needs("fit_standardizer", "standardize"):
    fractions = (0.25, 0.8, 0.9, 0.95, 0.98)
    gains = np.array([gain_in_points(fit_on_all, part) for part in fractions]).round(1) + 0
    for gain, width, rows in gains:
        print(f"{rows:4.0f} training wines: {gain:5.1f} ± {width:.1f} points")
    plt.errorbar(gains[:, 2], gains[:, 0], gains[:, 1], fmt="o-", capsize=3)
    plt.axhline(0, color="gray", linewidth=0.8)
    plt.xscale("log")
    plt.xticks(gains[:, 2], [f"{rows:.0f}" for rows in gains[:, 2]])
    plt.minorticks_off()
    plt.xlabel("wines to train on (log scale)")
    plt.ylabel("gain, points")
    plt.title("What fitting on all wines gains, by the number of training wines")
    plt.show()
    sizes = []
    for gain, width, _ in (gains[0], gains[-1]):
        sizes.append(
            "small" if gain + width < 0.5 else "large" if gain - width > 2 else "between"
        )
    outcomes = {
        ("large", "large"): "always",
        ("small", "large"): "few",
        ("small", "small"): "never",
        ("large", "small"): "many",
    }
    measured = [
        f"{gain:.1f} ± {width:.1f} points with {rows:.0f}" for gain, width, rows in gains
    ]
    verdict(leak_guess, outcomes.get(tuple(sizes), ""), f"{measured[0]}, {measured[-1]} wines.")

# %% [markdown]
# *The picture in words:* points with error bars over the number of training wines. With 133 the leak gains
# nothing (a tenth of a point, the wrong way), with 18 about 0.4 points, with 3 nearly 7. (The intervals speak
# of other splits of these wines, not of other wines.)

# %% [markdown]
# So be honest about its size: with plenty of data this leak flatters nobody. The habit of fitting after the
# split is still right: it costs nothing, and not every step is as modest as two numbers for each feature. Two more
# measurements.

# %% [markdown]
# **Test rows scaled by themselves.** `fit_each_part` looks harmless while the test part is large and mixed.
# In use, wines arrive in other company: a crate of one cultivar, or a single bottle.

# %%
with needs("fit_standardizer", "standardize"):
    right = {"all 45 together": [], "each cultivar by itself": [], "one wine at a time": []}
    for seed in range(10):
        part = split(wine.x, wine.y, test_fraction=0.25, seed=seed)
        groups = (np.zeros(45), part.y_test, np.arange(45))
        for name, group in zip(right, groups, strict=True):
            for label in np.unique(group):
                train, test = fit_each_part(part.x_train, part.x_test[group == label])
                guess = nearest(train, part.y_train, test)
                right[name].append(guess == part.y_test[group == label])
    for name, hits in right.items():
        share = 100 * np.concatenate(hits).mean()
        print(f"test wines standardized {name:<24} {share:.0f} % right")

# %% [markdown]
# A wine minus its own mean is zero, so all single wines look alike, and a crate of one cultivar looks like a
# mixture. Keep this in mind: batch normalization *does* standardize by the batch while it trains. What it
# does in use is lesson 05.

# %% [markdown]
# **Selection before the split.** Now pure noise: 100 rows of 2000 random features, and labels that have
# nothing to do with them. Nothing can be learned: an honest test accuracy is 50 %. We keep the 10 features
# that differ most between the two labels, judged on *all* rows or on the training rows.

# %% predict="noise_guess"
noise_guess = {
    "question": "Features chosen on all rows, then the split: what is the test accuracy on pure noise?",
    "options": {"half": "below 55 %", "some": "55 to 65 %", "most": "65 to 90 %", "all": "above 90 %"},
}


# %% experiment="selection_before_split"
def most_different(x, y, count=10):
    """The columns whose means differ most between the labels 0 and 1."""
    return np.argsort(-np.abs(x[y == 0].mean(axis=0) - x[y == 1].mean(axis=0)))[:count]


accuracy = []
for seed in range(30):
    noise, labels = np.random.RandomState(seed).normal(size=(100, 2000)), np.repeat([0, 1], 50)
    part = split(noise, labels, seed=seed)
    for rows in ((noise, labels), (part.x_train, part.y_train)):
        chosen = most_different(*rows)
        guess = nearest(part.x_train[:, chosen], part.y_train, part.x_test[:, chosen])
        accuracy.append(100 * (guess == part.y_test).mean())
accuracy = np.reshape(accuracy, (30, 2))
(leaky, honest), spread = accuracy.mean(axis=0), accuracy.std(axis=0, ddof=1)
width = 1.96 * spread / np.sqrt(30)
print(f"chosen on all rows:           {leaky:.0f} ± {width[0]:.0f} %")
print(f"chosen on the training rows:  {honest:.0f} ± {width[1]:.0f} %")
ranges = {"half": (0, 55), "some": (55, 65), "most": (65, 90), "all": (90, 100)}
fits = [
    name
    for name, (low, high) in ranges.items()
    if low < leaky - width[0] and leaky + width[0] < high
]
measured = f"{leaky:.0f} ± {width[0]:.0f} % on labels that nothing predicts."
verdict(noise_guess, "".join(fits), measured)

# %% quiz="split_first"
{
    "question": "Which of these leaks from the test set?",
    "choices": {
        "a": (
            "Standardizing the test rows with the mean and std of the training rows",
            "That is the rule: the test rows are changed by numbers they had no part in.",
        ),
        "b": (
            "Filling gaps with the median of the whole table, then splitting",
            "The median saw the test rows. How much it flatters is another question; your `rows_moved` would find it.",
        ),
        "c": (
            "Standardizing inside each fold of a cross-validation, on that fold's training rows",
            "Each fold fits on its own training rows: nothing of the held-out rows gets in.",
        ),
        "d": (
            "Test values that come out below 0 after min-max scaling",
            "A test value below the training minimum is no leak but the opposite: the ruler did not know it.",
        ),
    },
    "right": "b",
}

# %% [markdown]
# ## 8 · When not to standardize
#
# It is no law. A decision tree asks only whether a value is above a threshold, so no scale matters to it. And
# where all features share one unit, their spreads are information: in pictures of digits, a pixel at the
# border is almost always white, and dividing by its tiny spread makes it shout. Six digits, as they are and standardized:

# %%
from autograder.learner import load_digits

digits = load_digits()

# %% folded
# Draws six digits as they are, and standardized.
with needs("fit_standardizer", "standardize"):
    x_hat = standardize(digits.x, *fit_standardizer(digits.x))
    figure, panels = plt.subplots(2, 6, figsize=(6, 2.5))
    for digit in range(6):
        number = np.argmax(np.where(digits.y == digit, x_hat.max(axis=1), 0))
        above, below = panels[:, digit]
        above.imshow(digits.images[number], cmap="gray_r", vmin=0, vmax=16)
        below.imshow(x_hat[number].reshape(8, 8), cmap="gray_r", vmin=-10, vmax=30)
        below.set_xlabel(f"largest {x_hat[number].max():.0f}", size="small")
    for panel in panels.flat:
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(True)
        panel.grid(False)
    panels[0, 0].set_ylabel("as they are", size="small")
    panels[1, 0].set_ylabel("standardized", size="small")
    plt.show()

# %% [markdown]
# *The picture in words:* two rows of six pictures of 8 × 8 pixels, for each digit from 0 to 5 the one that holds the largest
# standardized value. Above they can be read. Below the strokes are a faint grey, and on all but the 0 one to three pixels
# near the border stand out, the largest of them 42, while strokes are around 1.

# %% [markdown]
# The same nearest neighbour, on digits:

# %%
with needs("fit_standardizer", "standardize"):
    right = {"raw grey values": [], "standardized": []}
    for seed in range(3):
        part = split(digits.x, digits.y, test_fraction=0.25, seed=seed)
        ways = part[:2], fit_on_training(*part[:2])
        for name, (train, test) in zip(right, ways, strict=True):
            right[name].append(100 * (nearest(train, part.y_train, test) == part.y_test).mean())
    for name, values in right.items():
        print(f"{name:<16} {np.mean(values):.1f} % right", end=" ")
        print(f"({min(values):.1f} to {max(values):.1f} on three splits)")

# %% [markdown]
# Standardizing costs about a point here. (Three pixels or more are constant in training: without `eps` they
# would have been NaN, and with them every distance.)

# %% [markdown]
# ## 9 · Going deeper

# %% [markdown]
# <details><summary>How the steps were computed without walking</summary>
#
# Write the distance to the bottom in eigenvectors of $H$: $w - w^* = \sum_j c_j v_j$. The gradient is $H(w -
# w^*)$, so one step turns $c_j$ into $(1-\eta\lambda_j)\,c_j$, and the excess loss is $\frac12\sum_j\lambda_j
# c_j^2(1-\eta\lambda_j)^{2k}$ after $k$ steps. Below the limit each term falls with $k$, so bisection finds
# the first $k$ that is small enough. The step size that is best in the worst case makes the steepest and the
# flattest direction equally slow: $\eta = 2/(\lambda_\max + \lambda_\min)$, with the factor
# $(\kappa-1)/(\kappa+1)$ for both.
# </details>

# %% [markdown]
# <details><summary>Why centring helps, in blocks</summary>
#
# With feature means $\mu$ and biased covariance $\Sigma$,
# $$H = \begin{pmatrix}\Sigma + \mu\mu^\top & \mu\\ \mu^\top & 1\end{pmatrix}.$$
# Centring leaves $\text{diag}(\Sigma, 1)$; dividing by the stds leaves $\text{diag}(R, 1)$ with the
# correlation matrix $R$ (up to `eps`). The eigenvalues of $R$ average 1, so the bias is neither the steepest
# nor the flattest direction, and $\kappa(H) = \kappa(R)$: what is left, about 50 for the wines, is
# correlation between features. Whitening would remove that too ($\kappa = 1$), at the price of a matrix for
# each data set.
# </details>

# %% [markdown]
# <details><summary>Where this comes from</summary>
#
# LeCun, Kanter and Solla (*Physical Review Letters* 66, 2396, 1991) computed the eigenvalues of this Hessian,
# and derived from them why inputs should be centred. LeCun, Bottou, Orr and Müller (*Efficient BackProp*,
# 1998, "Normalizing the Inputs") made recipes of it: mean 0, equal spread, and uncorrelated inputs if
# possible. Ioffe and Szegedy (2015) start from there: if whitened inputs help the first layer, why not the
# inputs of every layer? Their section 3 drops the decorrelation, and keeps mean and variance, for each
# feature and each batch.
# </details>

# %% [markdown]
# <details><summary>The same in scikit-learn, and a muddle of names</summary>
#
# `MinMaxScaler` and `StandardScaler` have `fit` and `transform` for the same two moments. `StandardScaler`
# uses the biased variance, as we do; it has no eps, and divides constant features by 1. `Normalizer` is a
# third thing: it scales each *row* to length 1. So "normalization" can mean min-max scaling, standardization
# (as in *batch normalization*), or rows of length 1. Ask which.
# </details>

# %% [markdown]
# ## What to remember
#
# - Fit on the training part, apply everywhere: (x − mean) / √(std² + eps).
# - Mean 0 and variance 1 make the valley rounder (κ from 440 million to 51 on the wines); they make nothing
#   Gaussian.

# %%
score_so_far("01_standardize")

# %% [markdown]
# **Next:** lesson 02, *Signal through depth*, looks at what a stack of layers does to inputs that started out so
# well scaled.
