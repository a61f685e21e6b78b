# %% [markdown]
# # 02 · Signal through depth
#
# You will follow a signal through thirty layers, find the weight size that keeps it alive, and measure how far the
# ground moves under a layer in one step of training.
#
# **You will be able to** *measure* spread, dead units and saturation by layer; *choose* the spread of initial
# weights; *predict* what happens a little beside it; *measure* "internal covariate shift"; *tell* what is known of it
# from what is believed.
#
# **Needs** lesson 01 and matrix products. **Time** 60 minutes, and 20 seconds of
# computing on two cores. **Points** 14.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested. Write the exercises in NumPy: they are graded where torch cannot be imported.

# %% setup
import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import checking, load_digits, needs, predict, quiz
from autograder.learner import score_so_far, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# A layer multiplies the size of whatever passes through it, and thirty layers multiply thirty times. If the factor
# is a little off, the signal fades to nothing or explodes, and the gradient with it. A good initial weight size sets
# the factor to 1, but on the first step only: then the weights move, and what each layer sees moves with them.
#
# ![Five lines of activation spread over thirty layers, on a logarithmic axis. The line for He weights stays level;
# those for 0.9 and 1.1 times He drift steadily down and up; those for half and twice He fall below 1e-9 and rise
# to nearly 1e9.](../../data/fan_of_scales.png)

# %% [markdown]
# ## 1 · A layer multiplies
#
# The nets of this lesson are plain: `h = act(h @ weight)`, again and again, without a bias. To begin with, leave the
# activation out. A unit adds up `fan_in` numbers, each times a random weight of mean 0 and standard deviation s. If
# the weights are independent, the variances add:
#
# $$\mathrm{E}[z^2] = \text{fan\_in} \cdot s^2 \cdot \mathrm{E}[h^2]$$
#
# So each layer multiplies the root mean square by √fan_in · s. What do thirty such factors make?

# %%
for factor in (0.5, 0.9, 0.99, 1, 1.01, 1.1, 2):
    print(f"{factor:>4} per layer:  {factor**30:.2g} after 30 layers")

# %% [markdown]
# It is compound interest. One percent is harmless, ten percent is a factor of 17 or 0.04, and half or double is a
# matter of a billion. Before we choose the factor, let us build the instrument that measures it.

# %% [markdown]
# ## 2 · The instrument
#
# Two ways for a unit to get stuck are measured as well, each counted in its own way:
#
# - A **dead** relu unit is 0 on *every* row of the batch. A unit that is 0 on some rows is merely off there; on the
#   others its weights still get a gradient. So *units* are counted.
# - A **saturated** tanh value lies beyond ±0.99. The slope there, 1 − h², is below 0.02, so hardly any gradient
#   passes for that row. So *entries* are counted: pairs of a row and a unit.

# %% [markdown]
# ### Exercise 1 · `activation_statistics` (6 points)
#
# Send `x` through L layers without bias, `h = act(h @ weight)`, and return three arrays of shape (L,), with one number
# for each layer's *output* (so `x` itself is not in them). Inside the function, `act` is ready for use. About 9 lines.
#
# - `mean`, `std`: over all entries of the layer, rows and units together; `std` is biased (divide by their number).
# - `stuck`: for `"relu"` the share of **units** that are 0 on all rows; for `"tanh"` the share of **entries** with
#   |h| > 0.99; for `"identity"` 0.

# %% [markdown]
# **Tested:** each activation, nets of one to three layers with equal and different widths; a single row; whole
# numbers; units that are 0 on some rows, on all, or nearly 0 on all (1e-14 is not 0); saturation on both sides.
# No value lies so close to 0.99 that rounding matters. `x` and `weights` stay as they were; what is handed back
# has to be arrays, not lists.


# %% exercise="activation_statistics"
def activation_statistics(x, weights, activation):
    """Follow a batch through layers without bias and describe what each layer puts out.

    Args:
        x: shape (N, D), the batch.
        weights: L matrices in a list or tuple; the first has shape (D, units), each next one fits the one before.
        activation: "relu", "tanh" or "identity", used in every layer.

    Returns:
        mean, std, stuck: three arrays of shape (L,).
    """
    act = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "identity": lambda z: z}[activation]
    ### BEGIN SOLUTION
    h, mean, std, stuck = x, [], [], []
    for weight in weights:
        h = act(h @ weight)  # Shape: (N, units)
        mean.append(h.mean())
        std.append(h.std())
        if activation == "relu":
            stuck.append((h == 0).all(axis=0).mean())
        elif activation == "tanh":
            stuck.append((np.abs(h) > 0.99).mean())
        else:
            stuck.append(0.0)
    ### END SOLUTION
    return np.array(mean), np.array(std), np.array(stuck)


# %% check="activation_statistics" points=1
with checking(activation_statistics):
    x = np.array([[1, 0], [1, 2]])
    first, second = np.array([[1, -1], [1, -2]]), np.array([[3, -1, 0], [5, 5, 5]])
    mean, std, stuck = activation_statistics(x, [first, second], "relu")
    by_hand = (
        "x @ first is [[1, -1], [3, -5]]; relu makes it [[1, 0], [3, 0]], and times second [[3, 0, 0], [9, 0, 0]]."
    )
    assert np.shape(mean) == np.shape(std) == np.shape(stuck) == (2,), "two layers give two numbers each: shape (2,)."
    assert np.allclose(mean, [1, 2]), by_hand + " The means of these four and six entries are 1 and 2."
    assert np.allclose(std**2, [1.5, 11]), by_hand + " Biased variances: 10/4 − 1 = 1.5 and 90/6 − 4 = 11."
    assert np.allclose(stuck, [1 / 2, 2 / 3]), by_hand + " Dead are 1 of 2 units, then 2 of 3."
    stuck = activation_statistics(np.array([[10], [-10], [0]]), [np.array([[1, 0]])], "tanh")[2]
    assert np.allclose(stuck, 1 / 3), "tanh(±10) is beyond ±0.99, tanh(0) is 0: 2 of 6 entries are saturated."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# One loop over the weights. In each turn the layer's output takes the place of its input, and three numbers are
# written down. What comes first?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `mean()` and `std()` without an axis take all entries of a layer. A comparison gives an array of True and False:
# `all(axis=0)` asks each column, and `mean()` of True and False is a share.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# h becomes act of h times the weight. Append h's mean and h's std. For relu, append the share of columns in which all
# entries equal 0; for tanh, the share of entries whose absolute value is above 0.99; else 0.
# </details>

# %% hidden="activation_statistics"
# %% [markdown]
# ### Weights by guess
#
# Now real data: 256 handwritten digits (64 grey values each, here 0 to 1), thirty layers of 100 units. Someone who
# has not thought about it would draw the weights with standard deviation 0.01, or 0.1, or 1. Watch the output of the
# last layer.

# %%
digits = load_digits()
pixels = digits.x / 16  # Shape: (1797, 64)


def draw_net(first_std, other_std, seed, depth=30, width=100):
    """256 digits, and random weights for `depth` layers; the first has 64 inputs, the others `width`."""
    rng = np.random.default_rng(seed)
    x = pixels[rng.choice(len(pixels), 256, replace=False)]
    weights = [rng.normal(0, first_std, size=(64, width))]
    weights += [rng.normal(0, other_std, size=(width, width)) for _ in range(depth - 1)]
    return x, weights


# %%
with needs("activation_statistics"):
    for activation in ("identity", "relu", "tanh"):
        for std in (0.01, 0.1, 1.0):
            last = [activation_statistics(*draw_net(std, std, seed), activation)[1][-1] for seed in range(3)]
            print(f"{activation:<9} weights of std {std:<5} spread at layer 30: {min(last):.0e} to {max(last):.0e}")

# %% [markdown]
# Of the six nets that do not squash, one stays near its start: identity with 0.1, by luck, because 0.1 · √100 is 1.
# For relu the same 0.1 is too small already. And tanh with 1.0 ends at a spread of 1: healthy? We shall see.

# %% [markdown]
# ## 3 · The right size
#
# **Identity, and tanh near 0** (where tanh z ≈ z): the factor √fan_in · s is 1 if s = 1/√fan_in. This is often called
# *Xavier* initialization. (Glorot and Bengio 2010 ask the same of the way back, where fan_out takes the place of
# fan_in, and settle on √(2/(fan_in + fan_out)): the same number in a square layer.)
#
# **ReLU** sets one half of a symmetric z to 0, so E[h²] is only half of E[z²]. The weights make up for it: s =
# √(2/fan_in), after He et al. 2015.

# %% [markdown]
# ### Exercise 2 · `init_std` (3 points)
#
# Return the standard deviation (one number, not the variance) that initial weights should have:
#
# $$\text{relu (He): } \sqrt{2/\text{fan\_in}} \qquad \text{tanh, identity (Xavier): } 1/\sqrt{\text{fan\_in}}$$
#
# About 2 lines.
#
# **Tested:** the three activations, with fan_in a whole number from 1 to 1000.


# %% exercise="init_std"
def init_std(fan_in, activation):
    """Return the standard deviation of initial weights that keeps the signal's size from layer to layer.

    Args:
        fan_in: how many inputs each unit of the layer has, a whole number of at least 1.
        activation: "relu", "tanh" or "identity", what follows the layer.

    Returns:
        one number.
    """
    ### BEGIN SOLUTION
    gain = 2 if activation == "relu" else 1
    return np.sqrt(gain / fan_in)
    ### END SOLUTION


# %% check="init_std" points=1
with checking(init_std):
    assert np.isclose(init_std(8, "relu"), 0.5), "2/8 is 1/4, and its root is 1/2."
    assert np.isclose(init_std(25, "tanh"), 0.2), "the root of 1/25 is 1/5."
    assert np.isclose(init_std(100, "identity"), 0.1), "100 inputs: the root of 1/100 is 1/10."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The two formulas differ in one number. Which of the three activations gets which?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# A comparison with `==` decides on the number; `np.sqrt` takes the root of a fraction.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Let the gain be 2 for relu and 1 otherwise. Return the root of gain divided by fan_in.
# </details>

# %% hidden="init_std"
# %% [markdown]
# Two things to note. The formula holds *on average* over random weights and for inputs that do not know the weights;
# one net of finite width wanders around it. And it says nothing about step 2 of training.

# %% [markdown]
# ## 4 · A little beside it
#
# How exact does it have to be? Weights of 0.5, 0.9, 1, 1.1 and 2 times `init_std`, relu, thirty layers, five seeds.

# %%
beside = predict(
    "ReLU, weights 10 % larger than He's. How much larger is the spread after 30 layers, on the same draws?",
    {
        "a": "10 %, because only the first layer's error counts",
        "b": "4 times (30 layers, 10 % each, added up)",
        "c": "17 times (1.1 to the power of 30)",
        "d": "it depends on the draws: anything between 2 and 100 times",
    },
    choice="?",
)


# %%
def scaled_net(scale, activation, seed):
    """A net whose weights are `scale` times what init_std says."""
    return draw_net(scale * init_std(64, activation), scale * init_std(100, activation), seed)


def draw_lines(panel, runs, title):
    """One line for each scale: the middle seed, and a band over all of them."""
    for index, (scale, values) in enumerate(runs.items()):
        layers, (low, middle, high) = np.arange(1, 31), np.quantile(values, [0, 0.5, 1], axis=0)
        panel.semilogy(layers, middle, marker="^Dosv"[index], markevery=(index, 5), markersize=5, label=f"{scale:g}")
        panel.fill_between(layers, low, high, alpha=0.25)
    panel.set(title=title, xlabel="layer")


# %% experiment="beside" picture="fan_of_scales"
with needs("activation_statistics", "init_std"):
    runs = {  # scale -> spreads of shape (seeds, layers)
        scale: np.array([activation_statistics(*scaled_net(scale, "relu", seed), "relu")[1] for seed in range(5)])
        for scale in (2, 1.1, 1, 0.9, 0.5)
    }
    figure, panel = plt.subplots()
    draw_lines(panel, runs, "Only at He's size does the signal keep its size")
    panel.set_ylabel("spread of the activations")
    panel.legend(title="times He", loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    for scale, spread in runs.items():
        print(f"{scale:>3} × He: layer 30 spread {spread[:, -1].min():.1e} to {spread[:, -1].max():.1e}")
    ratios = runs[1.1][:, -1] / runs[1][:, -1]
    known = {"a": 1.1, "b": 4, "c": 1.1**30}
    near = min(known, key=lambda letter: abs(np.log(ratios.mean() / known[letter])))
    outcome = near if ratios.max() < 1.5 * ratios.min() else "d"
    verdict(beside, outcome, f"{ratios.min():.1f} to {ratios.max():.1f} times, over five seeds.")

# %% [markdown]
# *The figure:* layer (1 to 30) against the spread of the activations, logarithmic, one line for each scale with a band
# over five seeds. He weights stay between 0.2 and 0.9; 0.9 and 1.1 times He end near 0.02 and 8; half He falls below
# 1e-9 and twice He rises to nearly 1e9. The lines are straight: a constant factor per layer.

# %% [markdown]
# The ratio is the same for every seed, for a reason: relu(a·z) = a·relu(z) for a > 0. So scaling the weights of a relu
# net without biases by a scales its output by exactly a³⁰. Nothing else about it changes. Keep that for section 6.
#
# tanh is not like that. It pushes back.

# %% [markdown]
# ## 5 · The way back
#
# Training needs gradients, and these travel through the same layers in the other direction: times the slope of the
# activation, then times the transposed weights. In words: what `h` did to the loss, passed on to the layer below.
# The slope can be read off the layer's output: for relu 1 where h > 0, for tanh 1 − h².


# %%
def gradient_spread(x, weights, activation, seed):
    """Send a random gradient of spread 1 back from the last layer; its spread at each layer's output."""
    act, slope = {
        "relu": (lambda z: np.maximum(z, 0), lambda h: h > 0),
        "tanh": (np.tanh, lambda h: 1 - h**2),
    }[activation]
    hidden = [x]
    for weight in weights:
        hidden.append(act(hidden[-1] @ weight))
    g = np.random.default_rng(seed).normal(size=hidden[-1].shape)  # Shape: (256, 100)
    spreads = []
    for weight, h in zip(weights[::-1], hidden[:0:-1]):
        spreads.append(g.std())
        g = (g * slope(h)) @ weight.T
    return np.array(spreads[::-1])


# %% [markdown]
# Now tanh with weights four times Xavier's. Its forward spread looks fine, because tanh cannot leave [−1, 1], but
# nearly half of all entries are saturated. "Saturation makes gradients vanish", says the textbook. Does it?

# %%
back = predict(
    "tanh, weights 4 × Xavier. A gradient of spread 1 enters at layer 30. Its spread at layer 1 is:",
    {
        "a": "below 0.001: saturated units let hardly anything through",
        "b": "between 0.001 and 1000",
        "c": "above 1000, saturation or not",
    },
    choice="?",
)


# %%
def measure(activation, scale, seeds=5):
    """Both directions at once: spreads, gradients and stuck shares, each of shape (seeds, 30)."""
    nets = [scaled_net(scale, activation, seed) for seed in range(seeds)]
    _, spreads, stuck = zip(*[activation_statistics(*net, activation) for net in nets])
    back = [gradient_spread(*net, activation, seed) for seed, net in enumerate(nets)]
    return np.array(spreads), np.array(back), np.array(stuck)


# %% experiment="way_back"
with needs("activation_statistics", "init_std"):
    found = {scale: measure("tanh", scale) for scale in (4, 2, 1, 0.5)}
    for scale, (forth, way_back, _) in found.items():
        last, first = forth[:, -1], way_back[:, 0]
        print(f"tanh, {scale:>3} × Xavier: spread at layer 30 {last.min():.0e} to {last.max():.0e},", end=" ")
        print(f"gradient at layer 1 {first.min():.0e} to {first.max():.0e}")
    first = found[4][1][:, 0]
    outcome = "a" if first.max() < 1e-3 else "c" if first.min() > 1000 else "b"
    verdict(back, outcome, f"{first.min():.0e} to {first.max():.0e} over five seeds.")

# %% [markdown]
# The next cell draws the spread on the way forth and the gradient on the way back, for tanh.

# %%
with needs("activation_statistics", "init_std"):
    found = {scale: measure("tanh", scale, seeds=3) for scale in (4, 2, 1, 0.5)}
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True)
    for way, what in enumerate(["activations, forth", "gradients, back"]):
        draw_lines(panels[way], {scale: measured[way] for scale, measured in found.items()}, what)
    panels[0].set_ylabel("spread")
    panels[1].legend(title="times Xavier", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle("tanh holds the signal in bounds, but not the gradient", x=0.02, ha="left", size="medium")
    plt.show()

# %% [markdown]
# *The figure:* two panels with the same logarithmic axis, layer 1 to 30. Left, activations: 4 and 2 times Xavier stay
# level below 1, once Xavier sinks slowly to about 0.1, half falls to 1e-9. Right, gradients (read from right to left,
# as they travel): 4 times Xavier grows to 3e5 at layer 1, twice to 100, once shrinks to a third, half to 1e-9.

# %% [markdown]
# So saturated tanh nets can *explode* backwards. What counts per layer is the product of both effects: weights s times
# Xavier multiply the gradient's mean square by s², the slopes multiply it by their mean square. Is that the whole
# explanation? The next cell predicts the growth per layer from the activations alone.

# %%
with needs("activation_statistics", "init_std"):
    for scale in (4, 2):
        x, weights = scaled_net(scale, "tanh", seed=0)
        growth = gradient_spread(x, weights, "tanh", seed=0)[0] ** (1 / 29)
        h, slopes = x, []
        for weight in weights:
            h = np.tanh(h @ weight)
            slopes.append(((1 - h**2) ** 2).mean())
        expected = scale * np.sqrt(np.mean(slopes[1:]))
        print(f"{scale} × Xavier: predicted growth {expected:.2f} per layer on the way back, measured {growth:.2f}")

# %% quiz="vanishing_gradient"
{
    "question": "Which of these tells you that gradients of a tanh net vanish on their way back?",
    "choices": {
        "a": (
            "The activations of all layers have a spread near 0.9.",
            "So they had with 4 × Xavier, where the gradient grew by a factor of 300 000.",
        ),
        "b": (
            "Weight scale times the root mean square slope is below 1.",
            "That is the factor per layer on the way back. Saturation lowers the slope, large weights raise the product.",
        ),
        "c": (
            "Nearly half of the entries are saturated.",
            "The other half, times large weights, was enough for the gradient to grow by 1.5 per layer.",
        ),
        "d": (
            "The slope of tanh is never above 1.",
            "True, but the weights multiply as well, and they can make up for it.",
        ),
    },
    "right": "b",
}

# %% [markdown]
# For relu the way back is a mirror of the way forth. Half of the slopes are 0, the factor 2 in He's formula makes up
# for it, and twice or half He again means about 2³⁰ or 2⁻³⁰. (In layers that are not square, fan_out decides on the way back.)

# %%
with needs("activation_statistics", "init_std"):
    for scale in (2, 1, 0.5):
        first = measure("relu", scale)[1][:, 0]
        print(f"relu, {scale:>3} × He: gradient at layer 1 {first.min():.0e} to {first.max():.0e}")

# %% [markdown]
# ## 6 · Dead and saturated
#
# You have the third number as well: the share of dead units. Half He made the signal a billion times smaller. Are more
# of its units dead?

# %%
dead_guess = predict(
    "ReLU, half He against twice He, same draws otherwise: where are more units dead in layer 30?",
    {
        "a": "at half He: the signal is nearly 0 there",
        "b": "at twice He: large negative sums switch units off for good",
        "c": "nowhere: exactly as many in both",
    },
    choice="?",
)

# %% experiment="dead_units"
with needs("activation_statistics", "init_std"):
    small, large = measure("relu", 0.5)[2], measure("relu", 2)[2]
    outcome = "c" if np.array_equal(small, large) else "a" if small[:, -1].mean() > large[:, -1].mean() else "b"
    layers = np.arange(1, 31)
    plt.plot(layers, 100 * np.median(small, axis=0), "o-", markevery=3, label="relu, any scale: dead")
    plt.fill_between(layers, 100 * small.min(axis=0), 100 * small.max(axis=0), alpha=0.2)
    for scale, style in ((4, "^--"), (2, "s-."), (1, "v:")):
        label = f"tanh, {scale} × Xavier: saturated"
        plt.plot(layers, 100 * measure("tanh", scale, seeds=3)[2].mean(axis=0), style, markevery=(1, 3), label=label)
    plt.gca().set(xlabel="layer", ylabel="% of units or entries", title="Depth kills relu units, scale saturates tanh")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    measured = f"layer 30, half He: {small[:, -1].min():.0%} to {small[:, -1].max():.0%} dead;"
    verdict(dead_guess, outcome, f"{measured} twice He: {large[:, -1].min():.0%} to {large[:, -1].max():.0%}.")

# %% [markdown]
# *The figure:* layer against percent. Dead relu units climb from 4 % in layer 1 to about 35 % in layer 30, with a wide
# band over five seeds (24 to 51 %), the same for every scale. Saturated tanh entries level off within five layers: at
# 45 % for 4 times Xavier, 7 % for twice, 0 for once.

# %% [markdown]
# So a faint signal is not a dead unit. *Whether* z is positive does not depend on the weights' scale. Why does depth
# kill? Relu layers make rows more and more alike. The next cell measures the cosine between the rows' activations:
# 1 means the same direction. If all rows point one way, a unit is on for all of them or off for all.

# %%
with needs("init_std"):
    x, weights = scaled_net(1, "relu", seed=0)
    h = x
    for layer, weight in enumerate(weights, 1):
        h = np.maximum(0, h @ weight)
        if layer in (1, 5, 15, 30):
            rows = h / np.linalg.norm(h, axis=1, keepdims=True)
            print(f"layer {layer:>2}: mean cosine between two digits {(rows @ rows.T).mean():.3f}")

# %% [markdown]
# At layer 30 all digits look nearly the same to the net. He's formula keeps the *size* of the signal; it cannot keep
# the *differences* between rows. (Dead is meant on this batch: other rows, or an update of earlier layers, may wake a
# unit.)

# %% quiz="dead_unit"
{
    "question": "A batch of 4, a relu layer of 3 units. Its output columns are (0, 0, 0, 0), (0, 0, 2, 0) and (1, 3, 2, 5). What share is dead?",
    "choices": {
        "a": (
            "7/12, because seven entries are 0",
            "That is the share of zero entries. An entry of 0 says that the unit is off on that row.",
        ),
        "b": (
            "2/3, because two units are off on at least one row",
            "The second unit is on for the third row, and learns from it.",
        ),
        "c": (
            "0, because no row is all zeros",
            "The question goes to the units, which are columns: the first is 0 on every row.",
        ),
        "d": (
            "1/3, because one unit is 0 on every row",
            "Only the first. On this batch no row gives its incoming weights any gradient.",
        ),
    },
    "right": "d",
}

# %% [markdown]
# ## 7 · A walk through the loss landscape
#
# What do these sizes mean for training? Take a relu net of ten layers with a softmax at its end, and its gradient on
# 256 digits. Then walk along the negative gradient, a step of length η, and look at the loss. The last step for which
# the loss has only ever been below the start is how far this gradient can be trusted.


# %%
def forward(x, weights):
    """All layers' values: x, the relu layers, and the logits (no activation there)."""
    values = [x]
    for weight in weights[:-1]:
        values.append(np.maximum(values[-1] @ weight, 0))
    return [*values, values[-1] @ weights[-1]]


def loss_of(logits, labels):
    """The mean cross-entropy of a softmax."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()


# %%
def loss_gradients(x, labels, weights):
    """The derivative of the loss by each weight matrix."""
    values, found = forward(x, weights), []
    p = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
    g = (p / p.sum(axis=1, keepdims=True) - np.eye(10)[labels]) / len(labels)
    for weight, h in zip(weights[::-1], values[-2::-1]):
        found.append(h.T @ g)
        g = (g @ weight.T) * (h > 0)
    return found[::-1]


def digit_net(scale, depth, seed, width=100):
    """Relu weights of `scale` times init_std for 64 pixels, `depth` - 1 hidden layers and 10 logits."""
    rng, hidden = np.random.default_rng(seed), [width] * (depth - 1)
    shapes = zip([64, *hidden], [*hidden, 10])
    return [rng.normal(0, scale * init_std(shape[0], "relu"), size=shape) for shape in shapes]


# %% [markdown]
# A gradient written by hand deserves a check before anything is built on it (lesson 04 makes an art of this): compare
# a few of its entries with the slope of the loss, measured by two tiny steps.

# %%
with needs("init_std"):
    weights, found = digit_net(1, 4, seed=0), []
    exact = loss_gradients(pixels[:32], digits.y[:32], weights)
    for layer in range(4):
        slopes = []
        for step in (1e-5, -1e-5):
            moved = [weight.copy() for weight in weights]
            moved[layer][20, 3] += step
            slopes.append(loss_of(forward(pixels[:32], moved)[-1], digits.y[:32]))
        found.append((slopes[0] - slopes[1]) / 2e-5)
    print(
        "hand-written and measured slopes agree:", np.allclose(found, [g[20, 3] for g in exact], rtol=1e-4, atol=1e-9)
    )

# %%
walk_guess = predict(
    "Ten layers, half He against twice He: how much longer is the longest step that still lowers the loss?",
    {
        "a": "about as long: a gradient step is a gradient step",
        "b": "4 to 100 times longer at half He",
        "c": "more than 10 000 times longer at half He",
        "d": "shorter at half He, because its gradients are small",
    },
    choice="?",
)


# %%
def walk(scale, seed, steps):
    """The loss at each step along the negative gradient, divided by the loss at the start."""
    rows = np.random.default_rng(seed).choice(len(pixels), 256, replace=False)
    x, labels, weights = pixels[rows], digits.y[rows], digit_net(scale, 10, seed)
    found = loss_gradients(x, labels, weights)
    there = [[weight - step * g for weight, g in zip(weights, found)] for step in [0, *steps]]
    losses = np.array([loss_of(forward(x, weights)[-1], labels) for weights in there])
    return losses[1:] / losses[0]


# %% experiment="loss_walk"
with needs("init_std"):
    steps = np.logspace(-6, 4, 41)
    longest = {}
    for scale, style in ((2, "^-"), (1, "o--"), (0.5, "s-.")):
        walks = np.array([walk(scale, seed, steps) for seed in range(5)])
        longest[scale] = np.array([steps[np.argmax(losses >= 1) - 1] for losses in walks])
        middle = np.median(walks, axis=0)
        plt.semilogx(steps, 100 * (middle - 1), style, markevery=2, markersize=4, label=f"{scale:g} × He")
        plt.fill_between(steps, 100 * (walks.min(axis=0) - 1), 100 * (walks.max(axis=0) - 1), alpha=0.2)
        print(
            f"{scale:>3} × He: the loss falls up to steps of {longest[scale].min():.0e} to {longest[scale].max():.0e}"
        )
    plt.axhline(0, color="black", linewidth=0.8)
    plt.gca().set(ylim=(-62, 20), xlabel="step along the negative gradient", ylabel="change of the loss, %")
    plt.title("Each weight scale has its own range of usable steps")
    plt.legend(loc="lower right")
    plt.show()
    ratios = longest[0.5] / longest[2]
    low, middle = ratios.min(), np.median(ratios)
    outcome = "c" if low > 1e4 else "d" if middle < 1 / 2 else "a" if middle < 4 else "b"
    verdict(walk_guess, outcome, f"{low:.0e} to {ratios.max():.0e} times longer, over five seeds.")

# %% [markdown]
# *The figure:* step length (1e-6 to 1e4, logarithmic) against the change of the loss in percent, with bands over five
# seeds. Each curve starts near 0, dips, and shoots up through the top. Twice He dips by 40 % (its loss is in the hundreds
# at the start) and is back at 0 near 0.0004; He dips by 6 % and is back near 1; half He hardly dips, until beyond 1000.

# %% [markdown]
# So there is no learning rate that suits all three. And the *small* net's long step does not make it fast: in all its
# range the loss falls by less than a percent, because its output hardly depends on its input.
#
# This is a slice along one line, at the start of training. It says where *plain* nets are fussy; lesson 06 takes the
# same walk with batch norm.

# %% [markdown]
# ## 8 · The ground moves
#
# Suppose the start is right. Then comes the first update. A layer in the middle gets its inputs from the layers before
# it, and these have moved: the next time it sees the same digit, it is given other numbers.
#
# Ioffe and Szegedy ([2015](https://arxiv.org/abs/1502.03167)) gave this a name, *internal covariate shift*: the change
# in the distribution of activations that is due to the change of the parameters during training. Whether it is there,
# and how large, can be measured.

# %% [markdown]
# ### Exercise 3 · `feature_drift` (5 points)
#
# `before` and `after`, both (N, D), are what a layer gets to see of N rows, before and after an update. The yardstick is
# the typical spread of a unit before:
#
# $$\text{scale} = \sqrt{\tfrac1D \sum_j \mathrm{var}_j(\text{before})}$$
#
# with the biased variance of each column. Return two numbers:
#
# $$\text{shift} = \frac{1}{D}\sum_j \frac{|\mathrm{mean}_j(\text{after}) - \mathrm{mean}_j(\text{before})|}{\text{scale}}
# \qquad
# \text{stretch} = \frac{1}{D}\sum_j \frac{|\mathrm{std}_j(\text{after}) - \mathrm{std}_j(\text{before})|}{\text{scale}}$$

# %% [markdown]
# Means and standard deviations (biased) are those of each column. If scale is 0, because no unit spreads at all, divide
# by 1 instead. About 5 lines.
#
# **Tested:** columns of different means and spreads, as many rows as columns or more; the same features a thousand times
# as large or as small; whole numbers; the same rows in another order (no drift); some columns constant, or all (they
# hold whole numbers); a single row. The arguments stay as they were.


# %% exercise="feature_drift"
def feature_drift(before, after):
    """Measure how far a distribution of features moved, in units of their typical spread.

    Args:
        before, after: shape (N, D), the same rows before and after an update.

    Returns:
        shift: one number, how far the columns' means moved on average.
        stretch: one number, how far the columns' standard deviations moved on average.
    """
    ### BEGIN SOLUTION
    scale = np.sqrt(before.var(axis=0).mean())
    if scale == 0:
        scale = 1.0
    shift = np.abs(after.mean(axis=0) - before.mean(axis=0)).mean() / scale
    stretch = np.abs(after.std(axis=0) - before.std(axis=0)).mean() / scale
    ### END SOLUTION
    return shift, stretch


# %% check="feature_drift" points=1
with checking(feature_drift):
    before, after = np.array([[-1, 3], [1, 17]]), np.array([[9, -12], [11, -8]])
    shift, stretch = feature_drift(before, after)
    by_hand = "before has the variances 1 and 49: their mean is 25, so scale is 5. The"
    assert np.isclose(shift, 3), (
        by_hand + " means 0, 10 become 10, −10: moved by 10 and 20, 15 on average, and 15/5 is 3."
    )
    assert np.isclose(stretch, 0.5), (
        by_hand + " stds 1, 7 become 1, 2: changed by 0 and 5, on average 2.5, and 2.5/5 is 1/2."
    )
    shift, stretch = feature_drift(np.array([[2, 5], [2, 5]]), np.array([[4, 4], [4, 6]]))
    assert np.isclose(shift, 1), "no unit spreads before, so divide by 1: the means move by 2 and 0, on average 1."
    assert np.isclose(stretch, 0.5), "divided by 1 as well: the stds 0, 0 become 0, 1, on average 1/2."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Everything starts from numbers per column: means, variances, standard deviations. Only then comes an average over the
# columns. In which order do difference, absolute value and average follow each other?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `mean`, `var` and `std` with `axis=0` give one number for each column; `np.abs` drops the sign, column by column; a
# further `mean()` averages over columns.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Scale is the root of the average of the column variances of before; if it is 0, it becomes 1. Shift is the average of
# the absolute differences of the column means, divided by scale. Stretch is the same with standard deviations.
# </details>

# %% hidden="feature_drift"
# %% [markdown]
# ### Experiment: does it grow with depth?
#
# A relu net of ten layers, He weights, one plain SGD update on a batch of 64 digits with learning rate 0.1. Then 1000
# *other* digits are sent through the old net and the new one. We compare what each layer from 2 to 10 gets to see. (Layer
# 1 sees the pixels, and those stay.)

# %%
depth_guess = predict(
    "One update. How far does the input of layer 10 shift, compared with the input of layer 2?",
    {
        "a": "less: the error is spread over more layers",
        "b": "about as far (within a factor of 2)",
        "c": "2 to 10 times as far",
        "d": "more than 10 times as far",
    },
    choice="?",
)


# %%
def drift_by_layer(rate, seed, depth=10):
    """One update; the drift of what layers 2 to `depth` see, and that between two batches without an update.

    Returns:
        shape (2, depth - 1): shifts by the update, shifts from one batch to the next.
    """
    order = np.random.default_rng(seed).permutation(len(pixels))
    batch, next_batch, others = order[:64], order[64:128], order[200:1200]
    weights = digit_net(1, depth, seed)
    found = loss_gradients(pixels[batch], digits.y[batch], weights)
    moved = [weight - rate * g for weight, g in zip(weights, found)]
    pairs = zip(forward(pixels[others], weights)[1:-1], forward(pixels[others], moved)[1:-1])
    by_update = [feature_drift(before, after)[0] for before, after in pairs]
    pairs = zip(forward(pixels[batch], weights)[1:-1], forward(pixels[next_batch], weights)[1:-1])
    return np.array([by_update, [feature_drift(one, other)[0] for one, other in pairs]])


def drift_by_rate():
    """Learning rate -> drift for ten seeds, shape (10, 2, 9)."""
    return {rate: np.array([drift_by_layer(rate, seed) for seed in range(10)]) for rate in (0.1, 0.01, 0.001)}


# %% experiment="drift_by_depth"
with needs("init_std", "feature_drift"):
    drift = drift_by_rate()
    for (rate, shifts), marker in zip(drift.items(), "^os"):
        low, middle, high = np.quantile(shifts[:, 0], [0, 0.5, 1], axis=0)
        plt.semilogy(range(2, 11), middle, marker=marker, label=f"update, rate {rate}")
        plt.fill_between(range(2, 11), low, high, alpha=0.2)
    between = drift[0.1][:, 1]
    plt.semilogy(range(2, 11), np.median(between, axis=0), "k--", label="next batch, no update")
    plt.gca().set(xlabel="layer", ylabel="shift of its inputs", title="One update moves deep layers' inputs the most")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    times = drift[0.1][:, 0, -1] / drift[0.1][:, 0, 0]
    middle = np.median(times)
    outcome = "a" if middle < 0.5 else "b" if middle < 2 else "c" if middle < 10 else "d"
    measured = f"{times.min():.0f} to {times.max():.0f} times as far, median {middle:.0f}, over ten seeds."
    verdict(depth_guess, outcome, measured)

# %% [markdown]
# *The figure:* layer (2 to 10) against the shift of its inputs, logarithmic, bands over ten seeds. Three rising lines, one
# for each learning rate, a factor of 10 apart: at 0.1 from 0.04 in layer 2 to 0.8 in layer 10. A dashed line, nearly level
# at 0.1, shows how far apart two batches of 64 are without any update.

# %% [markdown]
# So the phenomenon is a fact: in this net a single step at rate 0.1 moves what layer 10 sees by most of a spread, although
# layer 2's input hardly moved. Every layer adds its own change to the one that it inherits. The shift is proportional to
# the learning rate while it is small.

# %% [markdown]
# ### The next batch, or the update?
#
# One article explains batch norm by the wrong shift: layers "fit to the current distribution", and "the distribution
# changes substantially for the next batch". But a next batch of the same data differs by chance only, and does so without
# any training. The 2015 paper means the change that the *parameters* make. Which is larger?

# %%
which_guess = predict(
    "Input of layer 10, batches of 64, rates 0.001, 0.01 and 0.1: what shifts it more?",
    {
        "a": "the next batch, at all three rates",
        "b": "the update, at all three rates",
        "c": "that depends on the learning rate",
    },
    choice="?",
)

# %% experiment="batch_or_update"
with needs("init_std", "feature_drift"):
    larger = []
    for rate, seen in drift_by_rate().items():
        update, batch = seen[:, 0, -1], seen[:, 1, -1]
        larger.append(int((update > batch).sum()))
        ranges = f"update {update.min():.3f} to {update.max():.3f}, next batch {batch.min():.3f} to {batch.max():.3f}"
        print(f"rate {rate:<6} {ranges}; the update is larger in {larger[-1]} of 10 seeds")
    outcome = "a" if max(larger) <= 5 else "b" if min(larger) > 5 else "c"
    verdict(which_guess, outcome, f"the update is larger in {larger} of 10 seeds at rates 0.1, 0.01 and 0.001.")

# %% quiz="covariate_shift"
{
    "question": "What does *internal covariate shift* mean in the paper that introduced batch norm?",
    "choices": {
        "a": (
            "Training and test data come from different distributions.",
            "That is covariate shift without *internal*: a problem of the data, not of the layers.",
        ),
        "b": (
            "Each batch is a different sample, so that its mean and variance jump.",
            "That happens without any training, and shrinks like 1/√N. Batch norm even brings this jitter into the net (lesson 03).",
        ),
        "c": (
            "What a layer sees changes because the parameters of the layers before it change.",
            "That is what you measured with `feature_drift`: same rows, other weights.",
        ),
        "d": (
            "The activations have a mean that is not 0.",
            "A constant mean is no change. A shift in this sense compares two moments of training.",
        ),
    },
    "right": "c",
}

# %% [markdown]
# ## 9 · Fact or belief?
#
# All five introductions that this course puts to the test explain batch norm by this shift. (One adds that the reasons
# are still being discussed.) Step by step:
#
# | statement | status |
# |---|---|
# | Layers' inputs move when earlier layers learn, deep ones more | fact; you measured it, on this net |
# | This slows training down | a plausible intuition; moving *is* how earlier layers learn |
# | Batch norm reduces it | to be measured: lesson 06 |
# | That is *why* batch norm helps | disputed |

# %% [markdown]
# The dispute: [Santurkar et al. 2018](https://arxiv.org/abs/1805.11604) put random shifts and stretches *behind* batch norm,
# new ones in every step, so that the distributions moved more than in a plain net. Training was as good as with
# batch norm alone. They argue that a smoother loss landscape is the better explanation. Ioffe and Szegedy had offered the
# shift as their motivation, and showed that training got faster; this does not show the cause.
#
# And our measure is *one* measure. Another one gives other numbers; the 2018 paper also uses one on gradients.

# %% quiz="what_is_shown"
{
    "question": "You measure: in a plain net the shift grows with depth, and the net trains badly. What follows?",
    "choices": {
        "a": (
            "Nothing about the cause yet: one would have to change the shift alone.",
            "That is what the 2018 experiment did, in one direction: more shift, and training as good as before.",
        ),
        "b": (
            "The shift makes training slow.",
            "Two things that occur together need not be cause and effect. Step size and gradients changed with depth as well.",
        ),
        "c": (
            "Batch norm helps because it removes the shift.",
            "No batch norm took part in this measurement.",
        ),
        "d": (
            "Deep layers should have a smaller learning rate.",
            "Perhaps, but the measurement does not test it: what layer 10 sees is moved by layers 1 to 9.",
        ),
    },
    "right": "a",
}

# %% [markdown]
# ## 10 · Your own numbers
#
# Change a number and run the cell again. What does `scale` 0.41 do to relu (it is PyTorch's default for `nn.Linear`, see
# *Going deeper*)? Which scale gives tanh the most even spread over thirty layers?

# %%
activation, scale, seed = "relu", 0.41, 0
with needs("activation_statistics", "init_std"):
    mean, std, stuck = activation_statistics(*scaled_net(scale, activation, seed), activation)
    for layer in (1, 2, 5, 10, 20, 30):
        k = layer - 1
        print(f"layer {layer:>2}: mean {mean[k]:9.1e}  std {std[k]:8.1e}  dead or saturated {stuck[k]:4.0%}")

# %% [markdown]
# ## Going deeper
#
# <details><summary>The derivation of He's factor</summary>
#
# Let z = Σᵢ hᵢ wᵢ with independent weights of mean 0 and variance s², independent of h. Given h, z has mean 0 and variance
# s² Σ hᵢ². So over draws E[z²] = fan_in · s² · E[h²]. The weights' distribution is symmetric, so z is too, and relu keeps
# exactly half of the mean square: E[relu(z)²] = E[z²]/2. The factor is 1 for s² = 2/fan_in. Note that it is the *mean
# square* that is kept, not the variance: the mean of relu's output is not 0.
# </details>

# %% [markdown]
# <details><summary>Forth, back, and the compromise</summary>
#
# On the way back g @ weight.T adds up fan_out numbers, so s² = 1/fan_out would keep the gradient's size. A layer that is
# not square cannot have both. Glorot and Bengio (2010) take the harmonic mean, s² = 2/(fan_in + fan_out). He et al.
# ([2015](https://arxiv.org/abs/1502.01852)) note that either will do: for relu the product over all layers of fan_in/fan_out
# telescopes to the widths of the first and the last layer. In their paper a 30-layer net trained with √(2/fan_in) and stalled with
# √(1/fan_in): per layer a factor of √½, over 30 layers 3e-5.
# </details>

# %% [markdown]
# <details><summary>What PyTorch does by default</summary>
#
# `nn.Linear` draws its weights evenly from ±1/√fan_in. An even distribution from −b to b has the standard deviation b/√3, so
# this is 1/√(3 fan_in): 0.58 times Xavier, and 1/√6 ≈ 0.41 times He. Thirty relu layers without biases shrink the signal by 6⁻¹⁵ ≈
# 2e-12. Shallow nets do not notice. `nn.init.kaiming_normal_` and `xavier_normal_` do what this lesson does, the latter with
# (fan_in + fan_out)/2, and with a recommended gain of 5/3 for tanh: try scale 1.67.
# </details>

# %% [markdown]
# <details><summary>Order and chaos</summary>
#
# For wide random tanh nets [Poole et al. 2016](https://arxiv.org/abs/1606.05340) and
# [Schoenholz et al. 2017](https://arxiv.org/abs/1611.01232) work out both directions. Below a critical weight scale (1 × Xavier,
# without biases) rows grow alike and gradients vanish; above it, similar rows are driven apart, and gradients explode,
# saturated or not. At the border the signal neither fades nor explodes exponentially: tanh at 1 × Xavier only loses size
# slowly.
# </details>

# %% [markdown]
# <details><summary>Why one yardstick for all units</summary>
#
# `feature_drift` could divide each unit's shift by that unit's own spread. But a dead unit has spread 0, and a nearly dead one
# would outshout a hundred live ones. The pooled spread asks: how far, compared with what is typical for this layer? It needs a
# guard only where a whole layer is constant. Still it compares only means and standard deviations: a distribution can change
# its shape and keep both.
# </details>

# %% [markdown]
# ## To remember
#
# Depth compounds: only a factor of 1 per layer keeps signal (He √(2/fan_in), Xavier 1/√fan_in) *and* gradient alive, and only
# at the start. Every update moves what deeper layers see; that this is why batch norm helps is disputed.

# %%
score_so_far("02_signal")

# %% [markdown]
# **Next:** lesson 03 puts something into each layer that resets the factor in every step: batch norm.
