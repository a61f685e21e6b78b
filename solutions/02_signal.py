# %% [markdown]
# # 02 · Signal through depth
#
# You will follow a signal through thirty layers, derive the weight size that keeps it alive, and measure how far the
# ground moves under a layer in one step of training.
#
# **You will be able to** *measure* spread, dead units and saturation by layer; *derive* the spread of initial
# weights; *predict* what happens a little beside it; *measure* "internal covariate shift"; *tell* what is known of it
# from what is believed.
#
# **Needs** lesson 01 and matrix products. **Time** 75 minutes, and 20 seconds of
# computing on two cores. **Points** 18.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested. Write the exercises in NumPy: they are graded where torch cannot be imported.

# %% setup
import matplotlib.pyplot as plt
import numpy as np

from autograder.learner import checking, closest, derive, explore, load_digits, needs
from autograder.learner import predict, quiz, score_so_far, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# A net of thirty layers hands a signal on thirty times. With weights of an unlucky size nothing arrives at its end, or
# numbers beyond all bounds, and the gradient fares alike. There is a size that keeps both alive. It is good for the first
# step only: then the weights move, and what each layer sees moves with them.
#
# ![Six panels of histograms of activations at layers 1, 5, 15 and 30. With weights of standard deviation 0.01 the heaps of
# the deeper layers lie ever closer to zero, with 1 tanh piles up at −1 and 1 and relu runs to the right; with 0.1 the heaps
# narrow or drift slowly.](../../data/histograms_by_layer.png)

# %% [markdown]
# ## 1 · What enters, and what arrives
#
# The data of this lesson are 1797 handwritten digits of 8 × 8 grey values, here from 0 (paper) to 1 (ink). Twelve of them:

# %%
digits = load_digits()
pixels = digits.x / 16  # Shape: (1797, 64)

figure, panels = plt.subplots(1, 12, figsize=(7, 1))
for panel, image, label in zip(panels, digits.images, digits.y):
    panel.imshow(image, cmap="gray_r")
    panel.set_title(label, loc="center", size="small")
    panel.axis("off")
plt.show()

# %% [markdown]
# *The figure:* a row of twelve small grey pictures, the digits 0 to 9, then 0 and 1 again, each with its label above. They are
# coarse, and easy to read.

# %% [markdown]
# The nets are plain: `h = act(h @ weight)`, again and again, without a bias. What arrives at layer 30? Let us build the
# instrument that tells. It measures mean and spread, and two ways for a unit to get stuck, each counted in its own way:
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
        weights: L matrices in a list or tuple; the first has shape (D, units), each next one
            fits the one before.
        activation: "relu", "tanh" or "identity", used in every layer.

    Returns:
        mean, std, stuck: three arrays of shape (L,).
    """
    acts = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "identity": lambda z: z}
    act = acts[activation]
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
        "x @ first is [[1, -1], [3, -5]]; relu makes it [[1, 0], [3, 0]], "
        "and times second [[3, 0, 0], [9, 0, 0]]."
    )
    assert np.shape(mean) == np.shape(std) == np.shape(stuck) == (2,), (
        "two layers give two numbers each: shape (2,)."
    )
    assert np.allclose(mean, [1, 2]), (
        by_hand + " The means of these four and six entries are 1 and 2."
    )
    assert np.allclose(std**2, [1.5, 11]), (
        by_hand + " Biased variances: 10/4 − 1 = 1.5 and 90/6 − 4 = 11."
    )
    assert np.allclose(stuck, [1 / 2, 2 / 3]), by_hand + " Dead are 1 of 2 units, then 2 of 3."
    stuck = activation_statistics(np.array([[10], [-10], [0]]), [np.array([[1, 0]])], "tanh")[2]
    assert np.allclose(stuck, 1 / 3), (
        "tanh(±10) is beyond ±0.99, tanh(0) is 0: 2 of 6 entries are saturated."
    )

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
# Now 256 digits through thirty layers of 100 units. Someone who has not thought about it would draw the weights with
# standard deviation 0.01, or 0.1, or 1. Tanh and relu make of them what the opening picture shows; the first of these
# folded cells makes the nets, the second draws it.

# %% folded
# Draws random weights, and 256 digits to send through them.
def draw_net(first_std, other_std, seed, depth=30, width=100):
    """The first layer has 64 inputs and weights of first_std, the others `width`, other_std."""
    rng = np.random.default_rng(seed)
    x = pixels[rng.choice(len(pixels), 256, replace=False)]
    weights = [rng.normal(0, first_std, size=(64, width))]
    weights += [rng.normal(0, other_std, size=(width, width)) for _ in range(depth - 1)]
    return x, weights


# %% folded picture="histograms_by_layer"
# Draws histograms of four layers' outputs, for tanh and relu.
def histogram(panel, values, edges, layer, style):
    """The share of the entries in each bin, as a line."""
    share = np.histogram(values, edges)[0] / values.size
    panel.plot((edges[1:] + edges[:-1]) / 2, 100 * share, style, label=f"layer {layer}")


figure, panels = plt.subplots(2, 3, figsize=(7, 4), sharey="row", sharex="row")
for column, std in enumerate((0.01, 0.1, 1.0)):
    x, weights = draw_net(std, std, seed=0)
    tanh, relu = x, x
    for layer, weight in enumerate(weights, 1):
        tanh, relu = np.tanh(tanh @ weight), np.maximum(0, relu @ weight)
        style = {1: "-", 5: "--", 15: "-.", 30: ":"}.get(layer)
        if style:
            histogram(panels[0, column], tanh, np.linspace(-1, 1, 42), layer, style)
            histogram(
                panels[1, column], np.log10(relu[relu > 0]), np.arange(-40, 31), layer, style
            )
    panels[0, column].set_title(f"weights of std {std}", size="small")
    panels[0, column].set_xlabel("tanh's output", size="small")
    panels[1, column].set_xlabel("log10 of relu's output", size="small")
panels[0, 0].set(ylabel="% of the entries", ylim=(0, 60))
panels[1, 0].set_ylabel("% of the entries")
panels[0, 2].legend()
plt.show()

# %% [markdown]
# *The figure:* six panels, three weight sizes by two activations; in each a histogram of the outputs of layers 1, 5, 15 and
# 30. tanh: with 0.01 everything sits at 0 from layer 5 on; with 0.1 the heap around 0 narrows slowly; with 1 there are
# two peaks at −1 and 1 in all layers. relu, on a logarithmic axis and without the zeros: the heap lies
# farther left from layer to layer with 0.01, down to 1e-36, a little farther left with 0.1; with 1 it runs right, to 1e25.

# %% [markdown]
# Your instrument puts numbers on it. Watch the output of the last layer, for three draws of the weights each.

# %%
with needs("activation_statistics"):
    for act in ("identity", "relu", "tanh"):
        for std in (0.01, 0.1, 1.0):
            nets = [draw_net(std, std, seed) for seed in range(3)]
            last = [activation_statistics(*net, act)[1][-1] for net in nets]
            print(f"{act:<9} weights of std {std:<5} spread at layer 30:", end=" ")
            print(f"{min(last):.0e} to {max(last):.0e}")

# %% [markdown]
# Of the six nets that do not squash, one stays near its start: identity with 0.1. For relu the same 0.1 is too small
# already. And tanh with 1.0 ends at a spread of 1: healthy? We shall see. First: what is the right size?

# %% [markdown]
# ## 2 · The factor of one layer
#
# Think it out before you read on. A unit adds up `fan_in` numbers, $z = \sum_i h_i w_i$. The weights are independent of one
# another and of $h$, with mean 0 and standard deviation $s$. To begin with, there is no activation.

# %% derive="factor_of_a_layer"
{
    "question": (
        "By which factor does such a layer multiply the signal's size, the root mean square: "
        "√E[z²] as a multiple of √E[h²]? Write it with `fan_in` and `s`."
    ),
    "blank": {
        "names": ["fan_in", "s"],
        "right": "np.sqrt(fan_in) * s",
        "wrong": {
            "fan_in * s": "So it would be if all terms had the same sign. They have random signs, so many cancel: not the terms add up, but their mean squares.",
            "fan_in * s**2": "That is the factor of the mean square, E[z²] over E[h²]. The size is its root.",
            "s": "That is what one term does. How many are added up, and how does a sum of so many independent terms spread?",
            "np.sqrt(fan_in * s)": "The mean square of one term is s² · E[h²]: the variance of a weight is s², not s.",
            "s / np.sqrt(fan_in)": "More inputs make a larger sum. An average would shrink, but nothing is divided by here.",
        },
    },
    "then": (
        "Each term $h_i w_i$ has mean 0 and the mean square $s^2\\,\\mathrm{E}[h^2]$. The weights are independent, so the mixed "
        "terms of $z^2$ average to 0, and the squares add up:\n\n"
        "$$\\mathrm{E}[z^2] = \\text{fan\\_in} \\cdot s^2 \\cdot \\mathrm{E}[h^2]$$\n\n"
        "So the root mean square is multiplied by $\\sqrt{\\text{fan\\_in}} \\cdot s$. With 100 inputs and $s = 0.1$ this is 1: "
        "that is why identity with 0.1 stayed where it was. tanh near 0 does the same, since tanh z ≈ z there."
    ),
}

# %% [markdown]
# Now put relu behind it. With symmetric weights $z$ is as often negative as positive.

# %% derive="factor_of_a_relu_layer"
{
    "question": (
        "By which factor does a layer with relu multiply the root mean square, √E[relu(z)²] as a multiple of "
        "√E[h²]? Write it with `fan_in` and `s`."
    ),
    "blank": {
        "names": ["fan_in", "s"],
        "right": "np.sqrt(fan_in / 2) * s",
        "wrong": {
            "np.sqrt(fan_in) * s / 2": "Half of the *mean square* is lost, not half of its root.",
            "np.sqrt(fan_in) * s": "That is the factor without relu. What does relu do to the negative half of z?",
            "fan_in * s**2 / 2": "That is the factor of the mean square. The size is its root.",
            "np.sqrt(2 * fan_in) * s": "relu takes something away: the factor gets smaller than without it.",
        },
    },
    "then": (
        "relu sets the negative half of a symmetric $z$ to 0 and leaves the other half as it is, so exactly half of the mean "
        "square stays: $\\mathrm{E}[\\mathrm{relu}(z)^2] = \\tfrac12\\,\\mathrm{E}[z^2]$. The factor is "
        "$\\sqrt{\\text{fan\\_in}/2} \\cdot s$. (It is the *mean square* that is halved, not the variance: the mean of relu's output "
        "is not 0.)\n\nFor which $s$ is it 1? That is the next exercise."
    ),
}

# %% [markdown]
# ### Exercise 2 · `init_std` (3 points)
#
# Return the standard deviation (one number, not the variance) of initial weights for which one layer multiplies the root
# mean square by 1: for `"relu"`, and for `"identity"`. `"tanh"` gets what identity gets, because tanh z ≈ z near 0.
#
# About 2 lines. Take the two factors that you derived, and solve for s.
#
# **Tested:** the three activations, with fan_in a whole number from 1 to 1000.


# %% exercise="init_std"
def init_std(fan_in, activation):
    """Return the standard deviation of initial weights that keeps the signal's size.

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
    assert np.isclose(init_std(8, "relu"), 0.5), (
        "8 inputs, weights of 1/2: the sum's mean square is 8 · 1/4 = 2 times that of the "
        "input, and relu keeps half of it."
    )
    assert np.isclose(init_std(25, "tanh"), 0.2), "25 inputs, weights of 1/5: 25 · 1/25 is 1."
    assert np.isclose(init_std(100, "identity"), 0.1), (
        "100 inputs, weights of 1/10: 100 · 1/100 is 1."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The two questions of this section gave one factor without relu and one with it. Have you put both on paper? If not, answer
# them with "show".
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Set each factor to 1 and solve for s. Only one number under the root differs between the two; a comparison with `==` can
# choose it.
# </details>
# <details><summary>Hint 3: a case to try</summary>
#
# With 8 inputs relu needs weights of 1/2, identity of √(1/8). Does what you wrote give these? If the two have changed places,
# think again about which activation loses something that the weights have to make up for.
# </details>

# %% hidden="init_std"
# %% [markdown]
# Both sizes have a name. Without relu it is often called *Xavier* initialization. (Glorot and Bengio 2010 ask the same of
# the way back, where fan_out takes the place of fan_in, and settle on √(2/(fan_in + fan_out)): the same number in a
# square layer.) The one for relu is called *He* initialization, after He et al. 2015.

# %% [markdown]
# Two things to note. The factor is 1 *on average* over random weights and for inputs that do not know the weights;
# one net of finite width wanders around it. And it says nothing about step 2 of training.

# %% [markdown]
# ## 3 · A little beside it
#
# How exact does it have to be? Weights of 0.5, 0.9, 1, 1.1 and 2 times `init_std`, relu, thirty layers, five seeds.

# %% predict="beside"
beside = {
    "question": "ReLU, weights 10 % larger than He's. How much larger is the spread after 30 layers, on the same draws?",
    "options": {
        "once": "about 1.1 times",
        "compounded": "about 17 times",
        "draws": "2 to 100 times, by the draw",
        "added": "about 4 times",
    },
}

# %% folded
# Makes nets at `scale` times init_std, and draws lines with bands.
def scaled_net(scale, activation, seed, depth=30):
    """A net whose weights are `scale` times what init_std says."""
    first, others = init_std(64, activation), init_std(100, activation)
    return draw_net(scale * first, scale * others, seed, depth)


def draw_lines(panel, runs, title):
    """One line for each scale: the middle seed, and a band over all of them."""
    for index, (scale, values) in enumerate(runs.items()):
        layers = np.arange(1, 31)
        low, middle, high = np.quantile(values, [0, 0.5, 1], axis=0)
        style = {"marker": "^Dosv"[index], "markevery": (index, 5), "markersize": 5}
        panel.semilogy(layers, middle, label=f"{scale:g}", **style)
        panel.fill_between(layers, low, high, alpha=0.25)
    panel.set(title=title, xlabel="layer")


# %% experiment="beside"
with needs("activation_statistics", "init_std"):
    runs = {}  # scale -> spreads of shape (seeds, layers)
    for scale in (2, 1.1, 1, 0.9, 0.5):
        nets = [scaled_net(scale, "relu", seed) for seed in range(5)]
        runs[scale] = np.array([activation_statistics(*net, "relu")[1] for net in nets])
    figure, panel = plt.subplots()
    draw_lines(panel, runs, "Spread by depth, for five scales of the weights")
    panel.set_ylabel("spread of the activations")
    panel.legend(title="times He", loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    for scale, spread in runs.items():
        low, high = spread[:, -1].min(), spread[:, -1].max()
        print(f"{scale:>3} × He: layer 30 spread {low:.1e} to {high:.1e}")
    ratios = runs[1.1][:, -1] / runs[1][:, -1]
    known = {"once": 1.1, "added": 4, "compounded": 17.4}
    same = ratios.max() < 1.5 * ratios.min()
    outcome = closest(ratios.mean(), known, within=1.5) if same else "draws"
    measured = f"{ratios.min():.1f} to {ratios.max():.1f} times, over five seeds."
    verdict(beside, outcome, measured)

# %% [markdown]
# *The figure:* layer (1 to 30) against the spread of the activations, logarithmic, one line for each scale with a band
# over five seeds. He weights stay between 0.2 and 0.9; 0.9 and 1.1 times He end near 0.02 and 8; half He falls below
# 1e-9 and twice He rises to nearly 1e9. The lines are straight: a constant factor per layer.

# %% [markdown]
# It is compound interest: thirty layers multiply thirty times.

# %%
for factor in (0.5, 0.9, 0.99, 1, 1.01, 1.1, 2):
    print(f"{factor:>4} per layer:  {factor**30:.2g} after 30 layers")

# %% [markdown]
# One percent is harmless, ten percent is a factor of 17 or 0.04, and half or double is a matter of a billion. And the ratio
# was the same for every seed. Why? Keep the question for section 5.

# %% [markdown]
# ## 4 · The way back
#
# Training needs gradients, and these travel through the same layers in the other direction: times the slope of the
# activation, then times the transposed weights. In words: what `h` did to the loss, passed on to the layer below.
# The slope can be read off the layer's output: for relu 1 where h > 0, for tanh 1 − h².


# %%
def gradients_back(x, weights, activation, seed):
    """Send a random gradient of spread 1 back from the last layer; what arrives at each one."""
    act, slope = {
        "relu": (lambda z: np.maximum(z, 0), lambda h: h > 0),
        "tanh": (np.tanh, lambda h: 1 - h**2),
    }[activation]
    hidden = [x]
    for weight in weights:
        hidden.append(act(hidden[-1] @ weight))
    g = np.random.default_rng(seed).normal(size=hidden[-1].shape)  # Shape: (256, 100)
    found = []
    for weight, h in zip(weights[::-1], hidden[:0:-1]):
        found.append(g)
        g = (g * slope(h)) @ weight.T
    return found[::-1]


# %% [markdown]
# Take tanh with weights four times Xavier's. On the way forth the spread stays near 1, because tanh cannot leave
# [−1, 1]. Nearly half of all entries are saturated. What comes back?

# %% predict="back"
back = {
    "question": "tanh, weights 4 × Xavier. A gradient of spread 1 enters at layer 30. Its spread at layer 1 is:",
    "options": {
        "huge": "above 1000",
        "tiny": "below 0.001",
        "moderate": "between 0.001 and 1000",
    },
}

# %% folded
# Measures the spreads of activations and gradients, (seeds, 30).
def measure(activation, scale, seeds=5):
    nets = [scaled_net(scale, activation, seed) for seed in range(seeds)]
    forth = [activation_statistics(*net, activation)[1] for net in nets]
    ways = [gradients_back(*net, activation, seed) for seed, net in enumerate(nets)]
    return np.array(forth), np.array([[g.std() for g in way] for way in ways])


# %% experiment="way_back"
with needs("activation_statistics", "init_std"):
    found = {scale: measure("tanh", scale) for scale in (4, 2, 1, 0.5)}
    for scale, (forth, way_back) in found.items():
        last, first = forth[:, -1], way_back[:, 0]
        print(f"tanh, {scale:>3} × Xavier: spread at layer 30", end=" ")
        print(f"{last.min():.0e} to {last.max():.0e},", end=" ")
        print(f"gradient at layer 1 {first.min():.0e} to {first.max():.0e}")
    first = found[4][1][:, 0]
    low, high = first.min(), first.max()
    ranges = {"tiny": (0, 1e-3), "moderate": (1e-3, 1e3), "huge": (1e3, np.inf)}
    fits = [name for name, (least, most) in ranges.items() if least <= low and high <= most]
    outcome = "".join(fits)
    verdict(back, outcome, f"{low:.0e} to {high:.0e} over five seeds.")

# %% [markdown]
# Ioffe and Szegedy ([2015](https://arxiv.org/abs/1502.03167), section 2) speak, for the sigmoid, of "the saturation problem and the
# resulting vanishing gradients". Here saturation is there, and the gradient does not vanish. The next two cells draw the spread
# on both ways by layer, and how the entries of the gradient are distributed in layers 30, 15 and 1.

# %% folded
# Draws the spread of activations and gradients by layer, for tanh.
with needs("activation_statistics", "init_std"):
    found = {scale: measure("tanh", scale, seeds=3) for scale in (4, 2, 1, 0.5)}
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True)
    for way, what in enumerate(["activations, forth", "gradients, back"]):
        draw_lines(
            panels[way], {scale: measured[way] for scale, measured in found.items()}, what
        )
    panels[0].set_ylabel("spread")
    panels[1].legend(title="times Xavier", loc="center left", bbox_to_anchor=(1, 0.5))
    figure.suptitle(
        "tanh holds the signal in bounds, but not the gradient",
        x=0.02,
        ha="left",
        size="medium",
    )
    plt.show()

# %% [markdown]
# *The figure:* two panels with the same logarithmic axis, layer 1 to 30. Left, activations: 4 and 2 times Xavier stay
# level below 1, once Xavier sinks slowly to about 0.1, half falls to 1e-9. Right, gradients (read from right to left,
# as they travel): 4 times Xavier grows to 3e5 at layer 1, twice to 100, once shrinks to a third, half to 1e-9.

# %% folded
# Draws histograms of the gradient at layers 30, 15 and 1.
with needs("init_std"):
    figure, panels = plt.subplots(1, 3, figsize=(7, 2.6), sharey=True, sharex=True)
    for panel, scale in zip(panels, (4, 1, 0.5)):
        g = gradients_back(*scaled_net(scale, "tanh", seed=0), "tanh", seed=0)
        for layer, style in ((30, "-"), (15, "--"), (1, ":")):
            size = np.abs(g[layer - 1])
            histogram(panel, np.log10(size[size > 0]), np.arange(-14, 9, 0.5), layer, style)
        panel.set_title(f"{scale} × Xavier", size="small")
        panel.set_xlabel("log10 |gradient|")
    panels[0].set_ylabel("% of the entries")
    panels[0].legend()
    plt.show()

# %% [markdown]
# *The figure:* three panels, the logarithm of the gradient's entries from 1e-14 to 1e8. At layer 30 the same heap around 1 in all
# three. With 4 times Xavier the heaps of layers 15 and 1 lie to the right, around 1e2 and 1e5. Once Xavier all three nearly
# coincide; half Xavier those of layers 15 and 1 lie to the left, around 1e-5 and 1e-9.

# %% [markdown]
# So a saturated tanh net can *explode* backwards. What decides? Let the weights have `scale` times Xavier's size, in square
# layers, and let `slope2` be the mean square of the slopes, 1 − h², over all entries of a layer.

# %% derive="factor_back"
{
    "question": (
        "By which factor does one layer multiply the size (root mean square) of the gradient on its way back? "
        "Write it with `scale` and `slope2`."
    ),
    "blank": {
        "names": ["scale", "slope2"],
        "right": "scale * np.sqrt(slope2)",
        "wrong": {
            "scale * slope2": "slope2 is a mean *square*: the size is multiplied by its root.",
            "scale**2 * slope2": "That is the factor of the mean square. The size is its root.",
            "np.sqrt(slope2)": "The transposed weights multiply as well. At 1 × Xavier they keep the size; what at `scale` times Xavier?",
            "scale": "So it is without an activation. Each entry is also multiplied by its slope.",
            "np.sqrt(scale * slope2)": "The weights' standard deviation is multiplied by scale, so the mean square by scale².",
        },
    },
    "then": (
        "First each entry is multiplied by its slope: the mean square by slope2. Then a sum over fan_out of them, each times a "
        "weight, multiplies it by fan_out · s², which is scale² in a square layer, as on the way forth. Together "
        "$$\\text{scale} \\cdot \\sqrt{\\text{slope2}}.$$ Saturation lowers the slopes, large weights raise the product: the entries that "
        "are not saturated, times large weights, can be more than enough."
    ),
}

# %% [markdown]
# Is that the whole explanation? The next cell predicts the growth per layer from the activations alone.

# %%
with needs("activation_statistics", "init_std"):
    for scale in (4, 2):
        x, weights = scaled_net(scale, "tanh", seed=0)
        growth = gradients_back(x, weights, "tanh", seed=0)[0].std() ** (1 / 29)
        h, slopes = x, []
        for weight in weights:
            h = np.tanh(h @ weight)
            slopes.append(((1 - h**2) ** 2).mean())
        expected = scale * np.sqrt(np.mean(slopes[1:]))
        print(
            f"{scale} × Xavier: growth per layer on the way back predicted {expected:.2f},",
            end=" ",
        )
        print(f"measured {growth:.2f}")

# %% quiz="vanishing_gradient"
{
    "question": "Which of these tells you that gradients of a tanh net vanish on their way back?",
    "choices": {
        "a": (
            "The activations of all layers have a spread near 0.9 or even 1.",
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
        first = measure("relu", scale, seeds=3)[1][:, 0]
        print(f"relu, {scale:>3} × He: gradient at layer 1", end=" ")
        print(f"{first.min():.0e} to {first.max():.0e}")

# %% [markdown]
# ## 5 · Dead and saturated
#
# You have the third number as well: the share of dead units. Half He made the signal a billion times smaller, twice He a
# billion times larger. Where are more units dead?

# %% predict="dead_guess"
dead_guess = {
    "question": "ReLU, half He against twice He, same draws otherwise. Dead units in layer 30, over five seeds:",
    "options": {
        "same": "exactly as many in both",
        "small": "more of them at half He",
        "large": "more of them at twice He",
    },
}

# %% experiment="dead_units"
def stuck_by_layer(activation, scale, seeds=5):
    """The third number of your instrument, shape (seeds, 30)."""
    nets = [scaled_net(scale, activation, seed) for seed in range(seeds)]
    return np.array([activation_statistics(*net, activation)[2] for net in nets])


with needs("activation_statistics", "init_std"):
    small, large = stuck_by_layer("relu", 0.5), stuck_by_layer("relu", 2)
    if np.array_equal(small, large):
        outcome = "same"
    elif (small > large)[:, -1].all():
        outcome = "small"
    else:
        outcome = "large" if (small < large)[:, -1].all() else ""
    layers = np.arange(1, 31)
    for share, style, scale in ((small, "o-", "half"), (large, "x", "twice")):
        middle = 100 * np.median(share, axis=0)
        plt.plot(layers, middle, style, markevery=3, label=f"relu, {scale} He: dead")
    plt.fill_between(layers, 100 * small.min(axis=0), 100 * small.max(axis=0), alpha=0.2)
    for scale, style in ((4, "^--"), (2, "s-."), (1, "v:")):
        share = 100 * stuck_by_layer("tanh", scale, seeds=3).mean(axis=0)
        label = f"tanh, {scale} × Xavier: saturated"
        plt.plot(layers, share, style, markevery=(1, 3), label=label)
    plt.gca().set(xlabel="layer", ylabel="% of units or entries")
    plt.title("Dead relu units, and saturated tanh entries, by depth")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    last = [100 * share[:, -1] for share in (small, large)]
    ranges = [f"{share.min():.0f} to {share.max():.0f} %" for share in last]
    measured = f"half He: {ranges[0]} dead in layer 30; twice He: {ranges[1]}."
    verdict(dead_guess, outcome, measured)

# %% [markdown]
# *The figure:* layer against percent. Dead relu units climb from 4 % in layer 1 to about 35 % in layer 30, with a wide
# band over five seeds (24 to 51 %); the crosses of twice He lie on the dots of half He. Saturated tanh entries level off
# within five layers: at 45 % for 4 times Xavier, 7 % for twice, 0 for once.

# %% [markdown]
# To the last unit the same. And in section 3 the ratio of two spreads was the same for every seed. One property of relu
# explains both.

# %% derive="positive_factor"
{
    "question": "relu(a · z), for a > 0, is which multiple of relu(z)? Write it with `a` and `relu_z`.",
    "blank": {
        "names": ["a", "relu_z"],
        "right": "a * relu_z",
        "wrong": {
            "relu_z": "Try z = 2 and a = 3: relu(6) is 6, and relu(2) is 2.",
            "a**30 * relu_z": "That comes after thirty layers. Here it is one relu.",
            "np.sqrt(a) * relu_z": "Try z = 2 and a = 4: relu(8) is 8, and relu(2) is 2.",
        },
    },
    "then": (
        "relu(a · z) = a · relu(z) for a > 0: a positive factor passes through relu as it is, since it does not change the sign of "
        "z. So scaling all weights of a relu net without biases by a scales its output after 30 layers by exactly $a^{30}$, whatever "
        "the draw; and *whether* an entry is 0 does not depend on the scale at all. tanh is not like that: it pushes back."
    ),
}

# %% [markdown]
# So a faint signal is not a dead unit. Why then does depth kill? Relu layers make rows more and more alike. The next cell
# measures the cosine between the rows' activations: 1 means the same direction. If all rows point one way, a unit is on
# for all of them or off for all.

# %%
def likeness(h):
    """The mean cosine between two rows."""
    rows = h / np.maximum(np.linalg.norm(h, axis=1, keepdims=True), 1e-300)
    return (rows @ rows.T).mean()


with needs("init_std"):
    h, weights = scaled_net(1, "relu", seed=0)
    for layer, weight in enumerate(weights, 1):
        h = np.maximum(0, h @ weight)
        if layer in (1, 5, 15, 30):
            print(f"layer {layer:>2}: mean cosine between two digits {likeness(h):.3f}")

# %% [markdown]
# At layer 30 all digits look nearly the same to the net. He's weights keep the *size* of the signal; they cannot keep
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
# ### Your own net
#
# Move the sliders (arrow keys do as well). Everything drawn comes from your `init_std` and your `activation_statistics`.
# Three things to find out:
#
# 1. relu at scale 1, 60 layers: which of the three panels do He's weights keep level, and which not?
# 2. relu at scale 0.4: that is about what PyTorch's `nn.Linear` draws by default (0.41, see *Going deeper*). What is left
#    after 5 layers, and after 30?
# 3. tanh: from which scale on is the spread even, and what becomes of likeness and saturation as it grows further?

# %% folded
# Draws spread, stuck share and likeness by layer, with sliders.
def draw_depth(scale, depth, activation):
    x, weights = scaled_net(scale, activation, seed=0, depth=depth)
    _, spread, stuck = activation_statistics(x, weights, activation)
    act, h, alike = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation], x, []
    for weight in weights:
        h = act(h @ weight)
        alike.append(likeness(h))
    _, panels = plt.subplots(1, 3, figsize=(7, 2.6))
    what = {"relu": "dead units, %", "tanh": "saturated entries, %"}[activation]
    layers = np.arange(1, depth + 1)
    panels[0].semilogy(layers, spread, "o-", markersize=3)
    panels[1].plot(layers, 100 * stuck, "s-", markersize=3)
    panels[2].plot(layers, alike, "^-", markersize=3)
    floor = max(spread.min() / 2, 1e-60)
    panels[0].set(ylabel="spread", ylim=(min(1e-3, floor), max(10, 2 * spread.max())))
    panels[1].set(ylabel=what, ylim=(-3, 103))
    panels[2].set(ylabel="cosine between rows", ylim=(-0.03, 1.03))
    for panel in panels:
        panel.set_xlabel("layer")


with needs("activation_statistics", "init_std"):
    explore(
        draw_depth,
        scale=(0.2, 4.0, 0.1),
        depth=[5, 10, 30, 60],
        activation=["relu", "tanh"],
        start=dict(scale=1.0, depth=30, activation="relu"),
    )

# %% [markdown]
# *The figure* (scale 1, 30 layers, relu): three small panels over the layers. The spread stays between 0.2 and 0.5. The
# share of dead units climbs to about a third. The cosine between rows climbs from 0.75 to 0.98.

# %% [markdown]
# <details><summary>What three seeds gave</summary>
#
# 1. The spread stays within a factor of 2 to 3 over 60 layers. Dead units climb to 38 to 48 %, and the cosine to 1.00: the
#    signal has its size, and says hardly anything about the digit any more.
# 2. A spread of 0.004 after 5 layers, of 3e-13 to 6e-13 after 30. Shallow nets do not notice.
# 3. From 1.2 on the largest spread of 30 layers is at most 1.3 times the smallest. But rows that enter with a cosine of 0.7
#    leave layer 30 at 0.4 to 0.7 with scale 1.2, at 0.02 to 0.06 with 2 (7 % saturated), and below 0.01 with 4 (46 %): small
#    differences between digits grow until nothing of their likeness is left. No scale keeps everything.
# </details>

# %% [markdown]
# ## 6 · A walk through the loss landscape
#
# What do these sizes mean for training? Take a relu net of ten layers with a softmax at its end, and its gradient on
# 256 digits. Then walk along the negative gradient, try steps of many lengths, and look at the loss. How far can this
# gradient be trusted? You write the rule that decides.

# %% [markdown]
# ### Exercise 3 · `usable_step` (4 points)
#
# `steps` (K,) are step lengths above 0 in ascending order; `losses` (K,) is the loss after one step of each length, divided
# by that at the start. Return one number, the longest of the steps up to which *every* loss is below 1.
#
# - If already the first loss is not below 1, no step can be trusted: return 0.
# - A loss that falls below 1 again farther out does not count: by then the walk has crossed a wall.
# - A loss of exactly 1 is not below 1, nor is `nan` (a loss that is no number any more).
#
# About 3 lines. **Tested:** all of this; walks that never come back up to 1; a single step. The arguments stay as they were.


# %% exercise="usable_step"
def usable_step(steps, losses):
    """Find the longest step up to which every loss is below that of the start.

    Args:
        steps: shape (K,), step lengths in ascending order.
        losses: shape (K,), the loss after each step, divided by the loss at the start.

    Returns:
        one of the steps, or 0 if the first one is too long already.
    """
    ### BEGIN SOLUTION
    trusted = np.logical_and.accumulate(losses < 1)  # Shape: (K,), True up to the first wall
    return steps[trusted][-1] if trusted.any() else 0.0
    ### END SOLUTION


# %% check="usable_step" points=1
with checking(usable_step):
    steps = np.array([1.0, 2.0, 4.0, 8.0])
    assert usable_step(steps, np.array([0.9, 0.8, 1.3, 7.0])) == 2, (
        "the losses after steps of 1 and 2 are below 1, that after 4 is not."
    )
    assert usable_step(steps, np.array([0.9, 1.2, 0.7, 5.0])) == 1, (
        "after a step of 2 the loss was above the start: what it is at 4 does not count."
    )
    assert usable_step(steps, np.array([1.5, 2.0, 3.0, 9.0])) == 0, (
        "not even the step of 1 can be trusted."
    )
    assert usable_step(steps, np.array([0.9, 0.8, 0.7, 0.6])) == 8, (
        "no loss reaches 1: the longest step tried."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Which comparison gives True for a loss that is fine, and False for one that is too high and for nan? And where in the
# row of True and False does the part end that counts?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# A loop over the pairs of step and loss that stops at the first bad one will do. Without a loop, look at
# `np.logical_and.accumulate`, or at `np.argmin` of True and False. What does the latter give if all are True?
# </details>
# <details><summary>Hint 3: cases to try</summary>
#
# Four walks tell most mistakes apart: good to the end, bad from the start, bad in the middle only, `nan` in the middle.
# </details>

# %% hidden="usable_step"

# %% folded
# Computes all layers' values of the net with softmax, and its loss.
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


# %% folded
# Computes that loss's gradients by hand, and makes nets.
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
    """Relu weights of `scale` times init_std: 64 pixels, hidden layers, 10 logits."""
    rng, hidden = np.random.default_rng(seed), [width] * (depth - 1)
    shapes = zip([64, *hidden], [*hidden, 10])
    return [rng.normal(0, scale * init_std(shape[0], "relu"), size=shape) for shape in shapes]


# %% [markdown]
# The net and its gradient stand in the two folded cells above. A gradient written by hand deserves a check before anything
# is built on it (lesson 04 makes an art of this): the next one compares a few of its entries with the slope of the loss,
# measured by two tiny steps.

# %% folded
# Compares entries of the written gradient with measured slopes.
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
    agree = np.allclose(found, [g[20, 3] for g in exact], rtol=1e-4, atol=1e-9)
    print("hand-written and measured slopes agree:", agree)

# %% predict="walk_guess"
walk_guess = {
    "question": "Ten layers, half He against twice He: your `usable_step` at half He, compared with twice He, is:",
    "options": {
        "shorter": "shorter at half He",
        "equal": "as long, within a factor of 4",
        "vast": "over 10 000 times as long",
        "longer": "from 4 to 1000 times as long",
    },
}


# %% folded
# Walks along the negative gradient, and looks at the loss.
def walk(scale, seed, steps):
    rows = np.random.default_rng(seed).choice(len(pixels), 256, replace=False)
    x, labels, weights = pixels[rows], digits.y[rows], digit_net(scale, 10, seed)
    found = loss_gradients(x, labels, weights)
    there = [[weight - step * g for weight, g in zip(weights, found)] for step in [0, *steps]]
    losses = np.array([loss_of(forward(x, weights)[-1], labels) for weights in there])
    return losses[1:] / losses[0]


# %% experiment="loss_walk"
with needs("init_std", "usable_step"):
    steps, longest = np.logspace(-6, 4, 41), {}
    for scale, style in ((2, "^-"), (1, "o--"), (0.5, "s-.")):
        walks = np.array([walk(scale, seed, steps) for seed in range(5)])
        longest[scale] = np.array([usable_step(steps, losses) for losses in walks])
        low, middle, high = 100 * (np.quantile(walks, [0, 0.5, 1], axis=0) - 1)
        plt.semilogx(steps, middle, style, markevery=2, markersize=4, label=f"{scale:g} × He")
        plt.fill_between(steps, low, high, alpha=0.2)
        print(f"{scale:>3} × He: the loss falls up to steps of", end=" ")
        print(f"{longest[scale].min():.0e} to {longest[scale].max():.0e}")
    plt.axhline(0, color="black", linewidth=0.8)
    plt.ylim(-62, 20)
    plt.gca().set(xlabel="step along the negative gradient", ylabel="change of the loss, %")
    plt.title("The loss after one step, for three scales of the weights")
    plt.legend(loc="lower right")
    plt.show()
    ratios = longest[0.5] / longest[2]
    low, high = ratios.min(), ratios.max()
    ranges = {"shorter": (0, 0.25), "equal": (0.25, 4), "longer": (4, 1e3)}
    ranges["vast"] = (1e4, np.inf)
    fits = [name for name, (least, most) in ranges.items() if least <= low and high <= most]
    outcome = "".join(fits)
    verdict(walk_guess, outcome, f"{low:.0e} to {high:.0e} times as long, over five seeds.")

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
# ## 7 · The ground moves
#
# Suppose the start is right. Then comes the first update. A layer in the middle gets its inputs from the layers before
# it, and these have moved: the next time it sees the same digit, it is given other numbers.
#
# Ioffe and Szegedy ([2015](https://arxiv.org/abs/1502.03167)) gave this a name, *internal covariate shift*: "the change in the
# distribution of network activations due to the change in network parameters during training". Whether it is there,
# and how large, can be measured. With which number?

# %% derive="measure_of_drift"
{
    "question": (
        "Two units, two rows, before an update and after: unit 1 goes from (−1, 1) to (9, 11), unit 2 from (3, 17) to (−12, −8). "
        "Wanted is one number for how far the *distribution* of what the layer sees has moved: the same rows in another order are "
        "no drift, features in another unit of measurement drift as far, and opposite moves must not cancel. Which one serves?"
    ),
    "choices": {
        "a": (
            "The mean of |after − before| over all entries, divided by the typical spread of a unit",
            "The same rows in another order would count as a drift: it compares entries, not distributions.",
        ),
        "b": (
            "The mean over the units of |mean after − mean before|, divided by the typical spread of a unit",
            "Means per unit do not care about order, the absolute value is taken before units are averaged, and the spread takes the unit of measurement out.",
        ),
        "c": (
            "The |mean of all entries after − mean of all entries before|, divided by the typical spread of a unit",
            "Unit 1 moves up by 10 and unit 2 down by 20: averaged with their signs, part of it cancels.",
        ),
        "d": (
            "The mean over the units of |mean after − mean before|, as it is",
            "Features a thousand times as large would drift a thousand times as far.",
        ),
    },
    "right": "b",
    "then": (
        "Here the means move by 10 and 20, on average 15. And the typical spread? Each unit's own would not do as a yardstick: a "
        "dead unit has spread 0, and a nearly dead one would outshout a hundred live ones. One yardstick for the layer, the root of "
        "the mean variance, asks: how far, compared with what is typical here? The variances before are 1 and 49, so it is 5, and "
        "the drift is 15/5 = 3. Standard deviations can be compared in the same way. (A distribution can change its shape and keep both.)"
    ),
}

# %% [markdown]
# ### Exercise 4 · `feature_drift` (5 points)
#
# `before` and `after`, both (N, D), are what a layer gets to see of N rows, before and after an update. The yardstick is
# the typical spread of a unit before:
#
# $$\text{scale} = \sqrt{\tfrac1D \sum_j \mathrm{var}_j(\text{before})}$$
#
# with the biased variance of each column. Return two numbers:
#
# $$\begin{aligned}
# \text{shift} &= \frac{1}{D}\sum_j \frac{|\mathrm{mean}_j(\text{after}) - \mathrm{mean}_j(\text{before})|}{\text{scale}} \\
# \text{stretch} &= \frac{1}{D}\sum_j \frac{|\mathrm{std}_j(\text{after}) - \mathrm{std}_j(\text{before})|}{\text{scale}}
# \end{aligned}$$

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
        by_hand
        + " means 0, 10 become 10, −10: moved by 10 and 20, 15 on average, and 15/5 is 3."
    )
    assert np.isclose(stretch, 0.5), (
        by_hand
        + " stds 1, 7 become 1, 2: changed by 0 and 5, on average 2.5, and 2.5/5 is 1/2."
    )
    shift, stretch = feature_drift(np.array([[2, 5], [2, 5]]), np.array([[4, 4], [4, 6]]))
    assert np.isclose(shift, 1), (
        "no unit spreads before, so divide by 1: the means move by 2 and 0, on average 1."
    )
    assert np.isclose(stretch, 0.5), (
        "divided by 1 as well: the stds 0, 0 become 0, 1, on average 1/2."
    )

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

# %% predict="depth_guess"
depth_guess = {
    "question": "One update. How far does the input of layer 10 shift, compared with the input of layer 2 (median of ten seeds)?",
    "options": {
        "less": "less than half as far",
        "many": "more than 10 times as far",
        "same": "as far, within a factor of 2",
        "few": "2 to 10 times as far",
    },
}

# %% folded
# Measures the drift by one update, and from batch to batch.
def drift_by_layer(rate, seed, depth=10):
    """Returns shape (2, depth - 1): shifts by the update, shifts from one batch to the next."""
    order = np.random.default_rng(seed).permutation(len(pixels))
    batch, next_batch, others = order[:64], order[64:128], order[200:1200]
    weights = digit_net(1, depth, seed)
    found = loss_gradients(pixels[batch], digits.y[batch], weights)
    moved = [weight - rate * g for weight, g in zip(weights, found)]
    pairs = zip(forward(pixels[others], weights)[1:-1], forward(pixels[others], moved)[1:-1])
    by_update = [feature_drift(before, after)[0] for before, after in pairs]
    one, other = forward(pixels[batch], weights), forward(pixels[next_batch], weights)
    by_batch = [feature_drift(*pair)[0] for pair in zip(one[1:-1], other[1:-1])]
    return np.array([by_update, by_batch])


def drift_by_rate():
    """Learning rate -> drift for ten seeds, shape (10, 2, 9)."""
    rates = (0.1, 0.01, 0.001)
    return {
        rate: np.array([drift_by_layer(rate, seed) for seed in range(10)]) for rate in rates
    }


def draw_drift(panel, drift):
    """The shift by the update in each layer, a line for each rate, bands over the seeds."""
    for (rate, shifts), marker in zip(drift.items(), "^os"):
        low, middle, high = np.quantile(shifts[:, 0], [0, 0.5, 1], axis=0)
        panel.semilogy(range(2, 11), middle, marker=marker, label=f"update, rate {rate}")
        panel.fill_between(range(2, 11), low, high, alpha=0.2)
    panel.set(xlabel="layer", ylabel="shift of its inputs")


# %% experiment="drift_by_depth"
with needs("init_std", "feature_drift"):
    drift = drift_by_rate()
    figure, panel = plt.subplots()
    draw_drift(panel, drift)
    panel.set_title("How far one update shifts the inputs of each layer")
    panel.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    times = drift[0.1][:, 0, -1] / drift[0.1][:, 0, 0]
    middle = np.median(times)
    edges = {"less": (0, 0.5), "same": (0.5, 2), "few": (2, 10), "many": (10, np.inf)}
    outcome = next((name for name, (low, high) in edges.items() if low <= middle < high), "")
    measured = f"{times.min():.0f} to {times.max():.0f} times as far, median {middle:.0f}."
    verdict(depth_guess, outcome, measured)

# %% [markdown]
# *The figure:* layer (2 to 10) against the shift of its inputs, logarithmic, bands over ten seeds. Three rising lines, one
# for each learning rate, a factor of 10 apart: at 0.1 from 0.04 in layer 2 to 0.8 in layer 10.

# %% [markdown]
# So the phenomenon is a fact: in this net a single step at rate 0.1 moves what layer 10 sees by most of a spread, although
# layer 2's input hardly moved. Every layer adds its own change to the one that it inherits. The shift is proportional to
# the learning rate while it is small.

# %% [markdown]
# ### The next batch, or the update?
#
# *The tutorial on batch and layer normalization* of 28 Feb 2024 has another shift in mind: "Now that the network has learned to
# fit to the current distribution, if the distribution changes substantially for the next batch, it now has to update the
# parameters to fit to the new distribution." Two batches of the same data differ, too, without any update. The 2015 paper
# means the change that the *parameters* make. Which is larger?

# %% predict="which_guess"
which_guess = {
    "question": "Input of layer 10, batches of 64, update with rate 0.001, 0.01 or 0.1: in most of ten seeds the larger shift is by",
    "options": {
        "batch": "the next batch, at all of the three rates",
        "update": "the update, at all of the three rates",
        "rate": "the batch at 0.001, the update at 0.1",
    },
}

# %% experiment="batch_or_update"
with needs("init_std", "feature_drift"):
    drift, larger = drift_by_rate(), {}
    for rate, seen in drift.items():
        update, batch = seen[:, 0, -1], seen[:, 1, -1]
        larger[rate] = int((update > batch).sum())
        print(f"rate {rate:<6} update {update.min():.3f} to {update.max():.3f},", end=" ")
        print(f"next batch {batch.min():.3f} to {batch.max():.3f};", end=" ")
        print(f"the update is larger in {larger[rate]} of 10 seeds")
    figure, panel = plt.subplots()
    draw_drift(panel, drift)
    between = np.median(drift[0.1][:, 1], axis=0)
    panel.semilogy(range(2, 11), between, "k--", label="next batch, no update")
    panel.set_title("Shift of the inputs by an update, and by the next batch")
    panel.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    if max(larger.values()) < 5:
        outcome = "batch"
    elif min(larger.values()) > 5:
        outcome = "update"
    else:
        outcome = "rate" if larger[0.001] < 5 < larger[0.1] else ""
    counts = f"{larger[0.1]}, {larger[0.01]} and {larger[0.001]} of 10 seeds"
    measured = f"the update is larger in {counts} at rates 0.1, 0.01 and 0.001."
    verdict(which_guess, outcome, measured)

# %% [markdown]
# *The figure:* the three rising lines of before, and a dashed line, nearly level at 0.1: how far apart two batches of 64 are
# without any update. The line of rate 0.1 crosses it in layer 3, that of 0.01 reaches it in layer 9, that of 0.001 stays far below.

# %% [markdown]
# The jump from batch to batch is there, but it does not grow with training: it is chance, and shrinks with the size of the
# batch. The change by the update is what the paper calls internal covariate shift.

# %% quiz="covariate_shift"
{
    "question": "What does *internal covariate shift* mean in the paper that introduced batch norm?",
    "choices": {
        "a": (
            "Training and test data come from different distributions.",
            "That is covariate shift without *internal*: a problem of the data, not of the layers.",
        ),
        "b": (
            "Each batch is a different sample of the data, so that its mean and variance jump.",
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
# ## 8 · Fact or belief?
#
# Three of the five articles that this course puts to the test name this shift as what batch norm is there for: *Mastering
# Batch Normalization*, *What is batch normalization?* and *Batch Normalization, unit 6.3.2*; *Batch Normalization*
# (Kickstarters, Deep Dive) describes it without the name. *What is batch normalization?* adds that "the exact reasons behind its
# effectiveness are still under discussion". Step by step:
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
            "Nothing about the cause, before the shift alone is changed.",
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
            "Deep layers should be given a smaller learning rate than the others.",
            "Perhaps, but the measurement does not test it: what layer 10 sees is moved by layers 1 to 9.",
        ),
    },
    "right": "a",
}

# %% [markdown]
# ## Going deeper
#
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
# (fan_in + fan_out)/2, and with a recommended gain of 5/3 for tanh: try 1.7 in the
# explorer of section 5.
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
# ## To remember
#
# Depth compounds: only a factor of 1 per layer keeps signal (He √(2/fan_in), Xavier 1/√fan_in) *and* gradient alive, and only
# at the start. Every update moves what deeper layers see; that this is why batch norm helps is disputed.

# %%
score_so_far("02_signal")

# %% [markdown]
# **Next:** lesson 03 puts something into each layer that resets the factor in every step: batch norm.
