# %% [markdown]
# # 00 · Welcome
#
# In ten minutes you will have solved one small exercise and seen every tool that this course has for you.
#
# **You will be able to** run the notebooks, write an answer, read what a check tells you, unfold a hint, and tell a visible check
# from a hidden test.
#
# **Needs** a little Python and NumPy. **Time** 10 minutes, and 2 seconds of computing. **Points** 3.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is tested.
# Write the exercises in NumPy: they are graded where torch cannot be imported.

# %% [markdown]
# The next cell loads what this notebook uses. Click into it and press Shift+Enter. If it stops with `ModuleNotFoundError`, the
# notebook runs in a Python that does not have the course: close it and start it with `make lab`.

# %% setup
import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import CheckFailed, check, check_setup, checking
from autograder.learner import needs, quiz, score_so_far, use_course_style

use_course_style()

# %% [markdown]
# This cell looks whether all is in place. Each line should begin with ✓; a line with ✗ says what to do.

# %%
check_setup()

# %% [markdown]
# ## In one minute
#
# A network sees its data as a table: one *row* for each example of a batch, one *column* for each feature. Every column has a level
# and a spread of its own, and training suffers from that. Batch normalization gives all columns the same level and the same spread,
# batch by batch, inside the network.
#
# You will build it from nothing. Here is a table of 8 rows and 5 columns, as dots: one colour and one marker for each column.

# %%
rng = np.random.default_rng(0)
x = rng.normal(loc=[3, -2, 8, 0, 5], scale=[1, 0.3, 2, 0.6, 1.5], size=(8, 5))  # Shape: (8, 5)


def draw(table, title):
    for column, marker in enumerate("os^Dv"):
        plt.plot(table[:, column], [column] * len(table), marker, alpha=0.7)
    plt.yticks(range(5), [f"column {column}" for column in range(5)])
    plt.gca().set(xlabel="value", title=title)
    plt.axvline(0, color="black", linewidth=1)
    plt.xlim(-5, 11)
    plt.show()


draw(x, "Each column has a level and a spread of its own")

# %% [markdown]
# *The figure:* a row of eight dots for each of five columns, values on the horizontal axis from −5 to 11. Column 1 sits at −2 in a
# heap less than one unit wide; column 2 lies around 7, spread over more than six units. No two columns share their middle.

# %% [markdown]
# ## The exercise: give all columns the same level
#
# *Centring* a column means to subtract its mean $\mu_j$, so that what is left has mean zero:
#
# $$\mathrm{out}_{ij} = x_{ij} - \mu_j, \qquad \mu_j = \frac{1}{N} \sum_{i=1}^{N} x_{ij}$$
#
# Write `center(x)`. It takes `x` of shape (N, D), floating-point or whole numbers, any N and D from 1 on, and returns a *new*
# floating-point array of the same shape. The caller's `x` stays as it is. One line is enough.
#
# Replace the line that begins with `raise`, then run the cell, and the one below it.

# %% exercise="center"
def center(x):
    """Subtract from each column its mean.

    Args:
        x: shape (N, D), floating-point or whole numbers.

    Returns:
        a new floating-point array of shape (N, D).
    """
    ### BEGIN SOLUTION
    return x - x.mean(axis=0)
    ### END SOLUTION

# %% [markdown]
# **The visible check.** It begins with a case that you can do on paper, then looks at your function from several sides. Wrong is
# fine: read what it says, change your line, run both cells again, as often as you like.

# %% check="center" points=1
with checking(center):
    out = center(np.array([[1.0, 10.0], [3.0, 30.0]]))
    assert np.allclose(out, [[-1.0, -10.0], [1.0, 10.0]]), (
        "the column means are 2 and 20: [[-1, -10], [1, 10]] is left."
    )

# %% [markdown]
# **Hints** unfold one at a time. Try with as few as you can.
#
# <details><summary>Hint 1: where to look</summary>
#
# The mean is taken over the rows: N numbers become one. Which axis of `x` counts the rows?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# An array's method `mean` takes an `axis`. NumPy subtracts an array of shape (D,) from each row of an array of shape (N, D).
# </details>
# <details><summary>Hint 3: the line in words</summary>
#
# Return x minus the mean of x along the axis that counts the rows.
# </details>

# %% [markdown]
# **The hidden tests.** The next cell is graded when you hand the notebook in. Here it does nothing: the tests are taken out of your
# copy. Its first lines say which parts there are and what each is worth; a part that fails takes no points from the others.

# %% hidden="center"
# %% [markdown]
# If your function is right, this picture shows all five heaps around zero. They still differ in width: that is for lesson 01.

# %%
with needs("center"):
    centred = center(x)
    draw(centred, "After centring, all columns share one level")

# %% [markdown]
# *The figure:* the same dots on the same axis, each column moved as a whole so that its mean lies on the line at zero. The widths are
# unchanged: less than one unit for column 1, more than six for column 2.

# %% [markdown]
# ## The check names the mistake
#
# Here is an answer that is wrong on purpose. Before you run the cell, guess: what does it do instead of centring the columns?

# %%
def center_wrongly(x):
    level = np.array([sum(row) / len(row) for row in x])  # Shape: (N,)
    return x - level[:, None]


try:
    check(center_wrongly, "center")
except CheckFailed as message:
    print(message)

# %% [markdown]
# Three lines matter. *Seen* is what was observed. *Cause* names the known mistake that gives exactly this. *Look at* is where
# to look, never what to type. A mistake that nobody has filed gets the simple relations found between your numbers and the right ones.
#
# Try it: break your own `center` on purpose, in a way of your own, and run its check.

# %% quiz="what_hidden_means"
{
    "question": "Your visible check passes. What can the hidden tests still find?",
    "choices": {
        "a": (
            "Rules that you cannot know, since the text never mentions them.",
            "Hidden means hidden data, not hidden rules: the text above each exercise states all that is tested.",
        ),
        "b": (
            "An answer that is right on the visible data only.",
            "The hidden tests draw fresh data, so a function that fits only the numbers it was shown fails.",
        ),
        "c": (
            "Nothing: both use the same data.",
            "They look at the same properties, but the hidden tests draw data of their own.",
        ),
    },
    "right": "b",
}

# %% [markdown]
# ## What to remember
#
# A batch is a table: rows are examples, columns are features, and a statistic *per column* runs over axis 0.
# A check says what was seen, which mistake causes it, and where to look; a hidden test grades the same rules on fresh data.

# %%
score_so_far("00_welcome")

# %% [markdown]
# **Next:** `01_standardize` gives all columns the same spread as well, on real data, and measures what that is worth.
