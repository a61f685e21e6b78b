# %% [markdown]
# # 07 · Convolutions
#
# You will carry batch norm over to pictures, build the block that ResNet is made of, and make batch norm disappear
# from a trained network.
#
# **You will be able to** *compute* batch norm of pictures, forward and backward, through the vector version; *count*
# what it learns and stores; *build* a residual block that starts as the identity; *fold* batch norm into a
# convolution; *say* where a GAN leaves it out.
#
# **Needs** lessons 03 to 05, and what a convolution does. **Time** 105 minutes, and 30 seconds of computing on two
# cores. **Points** 27.
#
# **Hidden tests.** Each exercise is also graded on data you do not see; the text above it states all that is
# tested.

# %% setup
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from autograder.learner import checking, derive, load_digits, load_mnist, needs, predict
from autograder.learner import quiz, score_so_far, split, use_course_style, verdict

use_course_style()

# %% [markdown]
# ## In one minute
#
# A convolution slides one filter over all places of all pictures, so all the values of one channel come from the
# same weights. Batch norm treats them alike: one mean, one variance, one gamma and one beta for each *channel*, over
# all pictures and all pixels. Lay every pixel out as a row, and it is the batch norm you know.
#
# The next cell draws three pictures of three channels. Same colour and same letter: same statistics.

# %% folded
# Draws three pictures of three channels; what shares a mean has the same colour and letter.
figure, panel = plt.subplots(figsize=(6, 3.4))
for picture in range(3):
    for channel, (color, letter) in enumerate(zip(["C0", "C1", "C2"], "abc")):
        for pixel in range(8):  # each map is 2 pixels high and 4 wide
            place = (channel * 5.2 + pixel % 4, -picture * 2.8 - pixel // 4)
            panel.add_patch(plt.Rectangle(place, 0.92, 0.92, color=color, alpha=0.45))
            panel.text(place[0] + 0.46, place[1] + 0.46, letter, ha="center", va="center")
panel.set(xlim=(-0.3, 15), ylim=(-7, 1.3))
panel.set_title("All pixels of a channel, in all pictures, share one mean")
panel.set_xticks([2, 7.2, 12.4], ["channel 0", "channel 1", "channel 2"])
panel.set_yticks([0, -2.8, -5.6], ["picture 0", "picture 1", "picture 2"])
panel.grid(False)
plt.show()

# %% [markdown]
# *The figure:* a grid of nine small maps, one row for each picture and one column for each channel, each map 2 by 4
# pixels. All 24 squares of a column have the same colour and letter: channel 0 is a, channel 1 is b, channel 2 is c.
# So there are three means, each over 24 values.

# %% [markdown]
# ## 1 · The channel is the unit
#
# Pictures come as an array of shape (N, C, H, W): N pictures, C channels, H rows and W columns of pixels. This order
# is called *NCHW*; PyTorch uses it. (Keras' default is NHWC, channels last.)
#
# Why one mean for each channel, and not for each pixel of each channel? Ioffe and Szegedy
# ([2015](https://arxiv.org/abs/1502.03167), section 3.2) want the normalization to obey what makes a convolution a
# convolution: *different elements of the same feature map, at different locations, are normalized in the same way*.

# %% [markdown]
# Here is what enters in this lesson: the first ten of 1,797 handwritten digits, one channel of 8 by 8 pixels each. Of
# the mean per pixel one could say: at the edge there is always paper, so why not take that into account?


# %% folded
# Draws rows of pictures of one size, dark where they are large.
def draw_pictures(*rows, titles=None, limits=(0, 1)):
    size = (7, 0.3 + 0.85 * len(rows))
    _, panels = plt.subplots(len(rows), len(rows[0]), figsize=size, squeeze=False)
    for line, pictures in zip(panels, rows):
        for panel, picture in zip(line, pictures):
            panel.imshow(np.squeeze(picture), cmap="Greys", vmin=limits[0], vmax=limits[1])
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set(visible=True, color="grey", linewidth=0.5)
            panel.grid(False)
    for line, title in zip(panels, titles or []):
        line[0].set_ylabel(title, rotation=0, ha="right", va="center", fontsize="small")
    plt.show()


# %%
images = load_digits().images[:, None] / 16  # Shape: (1797, 1, 8, 8)
draw_pictures(images[:10])

# %% [markdown]
# *The figure:* ten coarse grey pictures in a row, the digits 0 to 9, dark ink on white paper.
#
# With one mean for each pixel, a stroke would be treated differently at the left and at the right edge. Measure it:
# a convolution commutes with shifting a picture. Does it still do so with batch norm after it? The digits are
# padded with paper, so that nothing falls off the edge; the statistics come from a batch of 200.

# %%
padding = ((0, 0), (0, 0), (4, 4), (4, 4))
padded = torch.tensor(np.pad(images[:200], padding))  # Shape: (200, 1, 16, 16)
torch.manual_seed(0)
maps = nn.functional.conv2d(padded, torch.randn(4, 1, 3, 3, dtype=torch.float64), padding=1)
for name, axes in {"one mean per channel": (0, 2, 3), "one mean per pixel": (0,)}.items():
    mean, var = maps.mean(axes, keepdim=True), maps.var(axes, correction=0, keepdim=True)
    shifted_first = (maps[:1].roll(2, dims=3) - mean) / (var + 1e-5).sqrt()  # var is biased
    shifted_last = ((maps[:1] - mean) / (var + 1e-5).sqrt()).roll(2, dims=3)
    same = torch.allclose(shifted_first, shifted_last)
    print(f"{name:<21} shift first or last, the same result:", same)

# %% [markdown]
# ### What it learns, stores and averages
#
# Per channel two numbers are learned by gradient descent (gamma and beta), and two are stored for evaluation
# (running mean and running variance, lesson 05). PyTorch also keeps one counter for each layer,
# `num_batches_tracked`; leave it out here.

# %% [markdown]
# ### Exercise 1 · `count_batchnorm` (2 points)
#
# For a batch of shape (n, channels, height, width), return three whole numbers: how many numbers batch norm *learns*,
# how many *running statistics* it stores, and over how many *values* each of its batch means is taken. About three
# lines.
#
# **Tested:** sizes from 1 to 40, all different or some equal.


# %% exercise="count_batchnorm"
def count_batchnorm(n, channels, height, width):
    """Count what batch norm learns and stores for pictures, and the values behind a statistic.

    Args:
        n, channels, height, width: the shape of the batch.

    Returns:
        learned: how many numbers gamma and beta hold together.
        running: how many numbers running_mean and running_var hold together.
        values: over how many values each batch mean is taken.
    """
    ### BEGIN SOLUTION
    learned = 2 * channels
    running = 2 * channels
    values = n * height * width
    ### END SOLUTION
    return learned, running, values


# %% check="count_batchnorm" points=1
with checking(count_batchnorm):
    learned, running, values = count_batchnorm(10, 3, 4, 5)
    assert learned == 6, "three channels have a gamma and a beta each: 6 numbers."
    assert running == 6, (
        "three channels have a running mean and a running variance each: 6 numbers."
    )
    assert values == 200, "a channel has 4 · 5 = 20 pixels in each of 10 pictures: 200 values."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Look at the picture above: 3 pictures, 3 channels, 2 by 4 pixels. How many colours are there, and how many squares
# of one colour?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Two of the answers depend on one of the four sizes only; the third is a product of the other three sizes.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Learned is twice the number of channels, and so is running. Values is the number of pictures times the height times
# the width.
# </details>

# %% hidden="count_batchnorm"
# %% [markdown]
# ResNet-50 has 53 batch norms. The next cell adds up their channels and compares with its 25 557 032 parameters
# (torchvision's count).

# %%
stages = {64: 3, 128: 4, 256: 6, 512: 3}  # width of a stage: number of its blocks
channels = [64]  # the first convolution
for width, blocks in stages.items():
    # three in each block, and one in the stage's first shortcut
    channels += blocks * [width, width, 4 * width] + [4 * width]
with needs("count_batchnorm"):
    learned = sum(count_batchnorm(256, width, 1, 1)[0] for width in channels)
    share = 100 * learned / 25557032
    print(f"{len(channels)} batch norms learn {learned} numbers: {share:.1f} % of the network")
    print("values per statistic, 32 maps of 7 by 7 pixels:", count_batchnorm(32, 512, 7, 7)[2])

# %% [markdown]
# So batch norm adds almost nothing to a network's size. (The price is time and memory for activations: section 6.)
# And even in the smallest maps a statistic rests on 1568 values, not on 32. They are not independent, since
# neighbouring pixels are alike. So convolutional nets bear smaller batches (intuition), but not any batch: in
# [Wu and He 2018](https://arxiv.org/abs/1803.08494) ResNet-50's error rises from 23.6 to 34.7 % when the 32 pictures
# per GPU become 2.

# %% [markdown]
# ## 2 · Through the vector version
#
# The plan: make each *pixel* a row and each *channel* a column, call the batch norm of lesson 03 on the N·H·W rows,
# and put the result back. The danger is in the first step. Two pictures of two channels, one by three pixels each:
# channel 0 holds the ones, channel 1 the tens.

# %%
small = np.array([[[[1, 2, 3]], [[10, 20, 30]]], [[[4, 5, 6]], [[40, 50, 60]]]])
print("shape (N, C, H, W):", small.shape)
print("picture 0:", small[0].tolist(), " picture 1:", small[1].tolist())

# %% derive="pixels_to_rows"
{
    "question": """Six rows, two columns.

Each row is to be a pixel, with the one of channel 0 in column 0 and that of channel 1 in column 1. Which of these gives
it for `small`? Work out the first two rows of each on paper: `reshape` reads the numbers in their order in memory, the
last axis fastest, and cuts them anew.""",
    "choices": {
        "a": (
            "`small.reshape(-1, 2)`",
            "Its rows begin [1, 2], [3, 10]: two pixels of one channel side by side. The shape is right, and nothing else.",
        ),
        "b": (
            "`small.transpose(1, 0, 2, 3).reshape(-1, 2)`",
            "The channels come first, so it reads 1, 2, 3, 4, 5, 6, 10, …: the rows begin [1, 2], [3, 4].",
        ),
        "c": (
            "`small.transpose(0, 2, 3, 1).reshape(-1, 2)`",
            "The channels run fastest now: it reads 1, 10, 2, 20, …, and the rows begin [1, 10], [2, 20].",
        ),
        "d": (
            "`small.transpose(3, 2, 1, 0).reshape(-1, 2)`",
            "The *pictures* come last here: the rows begin [1, 4], [10, 40].",
        ),
    },
    "right": "c",
    "then": """`reshape` never reorders anything. So first the channel axis has to go *last*, and only then may the other
three be merged. On the way back the same in reverse: cut first, then move the channels to where they were.""",
}

# %% [markdown]
# ### Exercise 2 · `batchnorm2d_forward` (6 points)
#
# Batch norm of pictures, about four lines. The cell gives you lesson 03's `batchnorm_forward` for rows. Return
# `out`, in the shape of `x`, and as `cache` what `batchnorm_forward` hands you. Use NumPy, not a library's batch norm.
#
# **Tested:** pictures whose channels, samples and pixels differ in level; N, C, H, W all different, C = W, all equal;
# eps 0, 0.1 to 1, and 1e-5 where it is not given; a constant channel; one picture; pictures of one pixel; a value far
# out; whole numbers; float32 around 10 000, right to 1 %. All arguments stay as they were. No test looks into the
# cache here.


# %% exercise="batchnorm2d_forward"
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """The vector version, given. x: (N, D); gamma, beta: (D,). Returns out and a cache."""
    std = np.sqrt(x.var(axis=0) + eps)  # from the biased variance. Shape: (D,)
    x_hat = (x - x.mean(axis=0)) / std
    return gamma * x_hat + beta, {"x_hat": x_hat, "std": std, "gamma": gamma}


def batchnorm2d_forward(x, gamma, beta, eps=1e-5):
    """Standardize each channel over all pictures and pixels, then scale and shift it.

    Args:
        x: shape (N, C, H, W), floating-point or whole numbers.
        gamma, beta: shape (C,).
        eps: as in batchnorm_forward.

    Returns:
        out: shape (N, C, H, W), floating point.
        cache: the cache of batchnorm_forward.
    """
    ### BEGIN SOLUTION
    n, c, h, w = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, c)  # Shape: (N*H*W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, eps)
    out = out.reshape(n, h, w, c).transpose(0, 3, 1, 2)
    ### END SOLUTION
    return out, cache


# %% check="batchnorm2d_forward" points=1
with checking(batchnorm2d_forward):
    x = np.array([[[[3, 7]], [[0, 0]]], [[[7, 11]], [[0, 4]]]])  # Shape: (2, 2, 1, 2)
    out, cache = batchnorm2d_forward(x, gamma=np.array([3, -2]), beta=np.array([10, 5]), eps=1)
    assert np.shape(out) == (2, 2, 1, 2), (
        "out has the shape of x: 2 pictures, 2 channels, 1 by 2 pixels."
    )
    by_hand = (
        "channel 0 holds 3, 7 and 7, 11: mean 7, var 8, and √(8 + 1) = 3. Times 3, plus 10:"
    )
    assert np.allclose(out[:, 0], [[[6, 10]], [[10, 14]]]), by_hand + " 6, 10 and 10, 14."
    by_hand = (
        "channel 1 holds 0, 0 and 0, 4: mean 1, var 3, and √(3 + 1) = 2. Times -2, plus 5:"
    )
    assert np.allclose(out[:, 1], [[[6, 6]], [[6, 2]]]), by_hand + " 6, 6 and 6, 2."

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Three steps: pixels to rows, the given function, rows back. In the middle the shape has to be (N·H·W, C), one channel
# in each column.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `transpose` with four numbers says for each new axis which old one it is. `reshape` merges neighbouring axes, or
# cuts one up. The last transpose undoes the first.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Take the four sizes from the shape. Reorder x to N, H, W, C and merge the first three axes into rows. Call the vector
# version with gamma, beta and eps. Cut its output into N, H, W, C and move the last axis to place 1.
# </details>

# %% hidden="batchnorm2d_forward"
# %% [markdown]
# Is it what PyTorch computes? `nn.BatchNorm2d` in training mode, in float64, with a gamma and beta of its own:

# %%
with needs("batchnorm2d_forward"):
    rng = np.random.default_rng(0)
    batch = rng.normal(3, 2, size=(5, 4, 6, 7)) + 3 * rng.normal(size=(5, 4, 1, 1))
    gamma, beta = rng.normal(size=4), rng.normal(size=4)
    library = nn.BatchNorm2d(4).double()
    state = {"weight": torch.tensor(gamma), "bias": torch.tensor(beta)}
    library.load_state_dict(state, strict=False)
    out, theirs = batchnorm2d_forward(batch, gamma, beta)[0], library(torch.tensor(batch))
    print("the same as nn.BatchNorm2d:", np.allclose(out, theirs.detach().numpy()))

# %% [markdown]
# ### A test that proves nothing
#
# Stanford's CS231n (assignment 2, [2017](http://cs231n.github.io/assignments2017/assignment2/) and later) checks the
# forward pass by printing each channel's mean and spread: 0 and 1, so all is well? The next cell prints them for
# your function, and for *instance norm*, which takes a mean for each channel of *each picture*. (It is another layer:
# lesson 08.)

# %%
with needs("batchnorm2d_forward"):
    by_picture = nn.functional.instance_norm(torch.tensor(batch)).numpy()
    for name, out in {
        "yours": batchnorm2d_forward(batch, np.ones(4), np.zeros(4))[0],
        "instance norm": by_picture,
    }.items():
        centred = np.allclose(out.mean(axis=(0, 2, 3)), 0)
        scaled = np.allclose(out.std(axis=(0, 2, 3)), 1)
        apart = np.ptp(out.mean(axis=(2, 3)), axis=0).min() > 0.5
        print(f"{name:<14} means 0: {centred}, spreads 1: {scaled}, pictures differ: {apart}")

# %% [markdown]
# Both have mean 0 and spread 1, exactly. But instance norm has wiped out how bright each picture was, compared with
# the others. Only a comparison with known numbers, on pictures of different brightness, tells the two apart. That
# is what the probes here do.

# %% [markdown]
# ## 3 · The way back
#
# Backward takes the same road: `dout` to rows, the vector version's backward (lesson 04), `dx` back to pictures.
# A pixel's gradient now depends on all pixels of its channel in all pictures, and the sums for dgamma and dbeta run
# over N·H·W terms.
#
# Nothing new has to be derived: moving numbers to other places has the derivative of moving gradients to the same
# places.

# %% [markdown]
# ### Exercise 3 · `batchnorm2d_backward` (5 points)
#
# About four lines; lesson 04's `batchnorm_backward` for rows is given. The cache is the one from Exercise 2: a dict
# with `x_hat` of shape (N·H·W, C), its rows in the order picture, row, column of pixels, and `std` = √(var + eps) and
# `gamma`, both (C,).
#
# **Tested:** fresh upstream gradients of several levels with caches in this form, for N, C, H, W all different, C = W,
# all equal, one picture, and pictures of one pixel; two calls with the same cache. `dout` and cache stay as they
# were.


# %% exercise="batchnorm2d_backward"
def batchnorm_backward(dout, cache):
    """The vector version, given. dout: (N, D). Returns dx (N, D), dgamma (D,), dbeta (D,)."""
    x_hat, scale = cache["x_hat"], cache["gamma"] / cache["std"]
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    return scale * (dout - (dbeta + x_hat * dgamma) / len(dout)), dgamma, dbeta


def batchnorm2d_backward(dout, cache):
    """Send a gradient back through batch norm of pictures.

    Args:
        dout: shape (N, C, H, W), the upstream gradient.
        cache: dict of x_hat (N*H*W, C), std (C,) and gamma (C,).

    Returns:
        dx: shape (N, C, H, W).
        dgamma: shape (C,).
        dbeta: shape (C,).
    """
    ### BEGIN SOLUTION
    n, c, h, w = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, c)  # Shape: (N*H*W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    dx = dx.reshape(n, h, w, c).transpose(0, 3, 1, 2)
    ### END SOLUTION
    return dx, dgamma, dbeta


# %% check="batchnorm2d_backward" points=1
with checking(batchnorm2d_backward):
    x_hat = np.array(
        [[-4 / 3, -1 / 2], [0, -1 / 2], [0, -1 / 2], [4 / 3, 3 / 2]]
    )  # of the pictures in Exercise 2
    cache = {"x_hat": x_hat, "std": np.array([3, 2]), "gamma": np.array([3, -2])}
    dout = np.array([[[[0, 2]], [[1, 2]]], [[[1, 9]], [[5, 8]]]])  # Shape: (2, 2, 1, 2)
    dx, dgamma, dbeta = batchnorm2d_backward(dout, cache)
    assert np.shape(dx) == (2, 2, 1, 2), "dx has the shape of dout."
    assert np.allclose(dbeta, [12, 16]), "dbeta sums each channel: 0+2+1+9 and 1+2+5+8."
    assert np.allclose(dgamma, [12, 8]), (
        "dgamma sums dout · x_hat: 9 · 4/3 = 12, and (−1−2−5)/2 + 8 · 3/2 = 8."
    )
    by_hand = "channel 0 is 1 · (dout − 12/4 − x_hat · 12/4): 1, -1 and -2, 2."
    assert np.allclose(dx[:, 0], [[[1, -1]], [[-2, 2]]]), by_hand
    by_hand = "channel 1 is −1 · (dout − 16/4 − x_hat · 8/4): 2, 1 and -2, -1."
    assert np.allclose(dx[:, 1], [[[2, 1]], [[-2, -1]]]), by_hand

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Your Exercise 2 has all the moves. Which array takes the place of x, and which that of out?
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# Only dx has pixels to put back. dgamma and dbeta come out of the vector version in the shape in which they are asked
# for.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Reorder dout to N, H, W, C and merge the first three axes. Call the vector backward with it and the cache. Cut the
# resulting dx into N, H, W, C and move the last axis to place 1.
# </details>

# %% hidden="batchnorm2d_backward"
# %% [markdown]
# Autograd is the judge: it differentiates PyTorch's own layer and knows nothing of your code. (The cell joins your two
# functions, so Exercise 2 has to hand on the cache as described.)

# %%
with needs("batchnorm2d_forward", "batchnorm2d_backward"):
    dout = rng.normal(0.5, 1, size=batch.shape)
    mine = batchnorm2d_backward(dout, batchnorm2d_forward(batch, gamma, beta)[1])
    x_t = torch.tensor(batch, requires_grad=True)
    library(x_t).backward(torch.tensor(dout))
    by_autograd = x_t.grad, library.weight.grad, library.bias.grad
    for name, own, theirs in zip(("dx", "dgamma", "dbeta"), mine, by_autograd):
        print(f"{name:<7} the same as autograd's:", np.allclose(own, theirs.numpy()))

# %% [markdown]
# ## 4 · The residual block
#
# ResNet ([He et al. 2015](https://arxiv.org/abs/1512.03385)) adds a detour around every pair of convolutions. The
# *branch* computes a correction; the *shortcut* carries the input along:
#
# | branch | shortcut |
# |---|---|
# | conv 3×3 → batch norm → ReLU → conv 3×3 → batch norm | the input itself |
#
# Then both are added, and a ReLU follows. The paper's rule: batch norm *right after each convolution and before
# activation*.

# %% [markdown]
# Three details, each with a reason you know:
#
# - **No bias** in a convolution that batch norm follows: its mean takes the bias away again (lesson 03).
# - **Last gamma 0.** A new block's branch then gives 0, so the block starts as the identity (for inputs that are not
#   negative). [Goyal et al. 2017](https://arxiv.org/abs/1706.02677) found that this eases optimization at the start.
# - **Projection.** Where stride or channels change the shape, the input cannot be added as it is; a 1×1 convolution
#   with the same stride and a batch norm bring it into shape.

# %% [markdown]
# ### Exercise 4 · `ResidualBlock` (6 points)
#
# Write the block, about 10 lines. PyTorch's layers are allowed here; leave their settings at the defaults apart from
# what is said. Attributes: `conv1` (3×3, padding 1, with the stride), `bn1`, `conv2` (3×3, padding 1, stride 1),
# `bn2`, and `shortcut`: an `nn.Sequential`, empty if the shape stays, else a 1×1 convolution with the stride, then a
# batch norm. No biases in convolutions; gamma of `bn2` starts at 0, every other gamma at 1.
#
# **Tested:** the new block's parameters and output; equal and changing channels, stride 1 and 2, H ≠ W, odd sizes,
# with random numbers in place of all parameters; training, with gradients recorded or not, and evaluation; gradients;
# nothing that grows with the calls. The input stays as it was.


# %% exercise="ResidualBlock"
class ResidualBlock(nn.Module):
    """Two convolutions with batch norm, a shortcut around them, and a ReLU after the sum.

    in_channels and out_channels belong to the block, stride to conv1 and the shortcut.
    """

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        nn.init.zeros_(self.bn2.weight)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False))
            self.shortcut.append(nn.BatchNorm2d(out_channels))
        ### END SOLUTION

    def forward(self, x):
        """Map x, (N, in_channels, H, W), to (N, out_channels, about H / stride, W / stride)."""
        ### BEGIN SOLUTION
        h = torch.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return torch.relu(h + self.shortcut(x))
        ### END SOLUTION


# %% check="ResidualBlock" points=1
with checking(ResidualBlock):
    block, x = (
        ResidualBlock(2, 2),
        torch.tensor([[[[3.0, -1, 4]], [[-2, 5, 0]]]]),
    )  # Shape: (1, 2, 1, 3)
    out = block(x)
    assert out.shape == x.shape, "stride 1 and equal channels keep the shape (1, 2, 1, 3)."
    by_hand = (
        "gamma of bn2 is 0, so the branch gives 0, and out is relu(0 + x): 3, 0, 4 and 0, 5, 0."
    )
    assert torch.allclose(out, torch.tensor([[[[3.0, 0, 4]], [[0, 5, 0]]]])), by_hand
    assert block.bn1.weight.tolist() == [1, 1], (
        "only the last gamma starts at 0; that of bn1 starts at 1."
    )
    changing = ResidualBlock(2, 3, stride=2)
    assert changing(torch.ones(4, 2, 6, 10)).shape == (4, 3, 3, 5), (
        "stride 2 halves 6 by 10; 2 channels become 3."
    )
    count = sum(parameter.numel() for parameter in changing.parameters())
    assert count == 159, (
        "weights 3·2·9 + 3·3·9 + 3·2·1, and gamma and beta for 3 channels three times: 159."
    )
    shapes = [
        tuple(ResidualBlock(*sizes)(torch.ones(4, 2, 6, 10)).shape)
        for sizes in ((2, 2, 2), (2, 3, 1))
    ]
    assert shapes == [(4, 2, 3, 5), (4, 3, 6, 10)], (
        "the stride alone changes the shape, and so do other channels alone."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `__init__` makes the parts and `forward` connects them. Ask of each convolution: how many channels come in, how many
# go out, which stride? Only two parts get the stride.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `nn.Conv2d` and `nn.BatchNorm2d` with keyword arguments; `nn.init.zeros_` fills a parameter; an empty
# `nn.Sequential()` hands its input on unchanged; `torch.relu` leaves its argument as it is.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# Forward: the ReLU of bn1 of conv1 of x; then bn2 of conv2 of that, without a ReLU; add the shortcut of x; and take
# the ReLU of the sum. The shortcut gets its two layers when the stride is not 1 or the channels differ.
# </details>

# %% hidden="ResidualBlock"
# %% [markdown]
# ### How large does the signal grow?
#
# Ten blocks of 16 channels, weights as He proposes (lesson 02), and an input of mean square 1. Three arms: batch norm
# taken out; batch norm with all gammas 1; and your block as it is, with the last gamma 0. What is the mean square of
# the signal after ten blocks?

# %% predict="growth"
growth = {
    "question": "Mean square of the signal after ten residual blocks, starting from 1:",
    "options": {
        "level": "about 1 without batch norm; about 1 with gamma 1; 1 with the last gamma 0",
        "adding": "over 100 without batch norm; 5 to 50 with gamma 1; 1 with the last gamma 0",
        "held": "over 100 without batch norm; about 1 with gamma 1; 1 with the last gamma 0",
        "both": "over 100 without batch norm; over 100 with gamma 1; 1 with the last gamma 0",
    },
}


# %%
def mean_squares(arm, seed, depth=10, channels=16):
    torch.manual_seed(seed)
    x = torch.relu(torch.randn(32, channels, 8, 8, dtype=torch.float64))
    x, found = x / x.square().mean().sqrt(), [1.0]
    for _ in range(depth):
        block = ResidualBlock(channels, channels).double()
        for conv in (block.conv1, block.conv2):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        if arm == "no batch norm":
            block.bn1 = block.bn2 = nn.Identity()
        elif arm == "gamma 1":
            nn.init.ones_(block.bn2.weight)
        with torch.no_grad():
            x = block(x)
        found.append(x.square().mean().item())
    return found


# %% experiment="growth"
with needs("ResidualBlock"):
    arms = ("no batch norm", "gamma 1", "last gamma 0")
    squares = {arm: np.array([mean_squares(arm, seed) for seed in range(5)]) for arm in arms}
    for arm, style in zip(arms, ("o-", "s--", "^-.")):
        low, middle, high = np.quantile(squares[arm], [0, 0.5, 1], axis=0)
        plt.semilogy(range(11), middle, style, label=arm)
        plt.fill_between(range(11), low, high, alpha=0.25)
    plt.gca().set(xlabel="residual blocks passed", xticks=range(0, 11, 2))
    plt.gca().set(ylabel="mean square", title="How large is the signal?")
    plt.legend()
    plt.show()
    plain, ones, zeros = (squares[arm][:, -1] for arm in arms)
    outcome = ""
    if np.allclose(zeros, 1) and plain.max() < 3 and ones.max() < 3:
        outcome = "level"
    elif np.allclose(zeros, 1) and plain.min() > 100:
        kinds = {"held": ones.max() < 3, "adding": ones.min() > 5 and ones.max() < 50}
        outcome = next((name for name, so in kinds.items() if so), "")
        outcome = "both" if ones.min() > 100 else outcome
    low, high = round(plain.min(), -2), round(plain.max(), -2)
    measured = f"{low:.0f} to {high:.0f} without, {ones.min():.1f} to {ones.max():.1f} with"
    measured += f" gamma 1, {zeros.max():.1f} with the last gamma 0 (five seeds)."
    verdict(growth, outcome, measured)

# %% [markdown]
# *The figure:* blocks passed (0 to 10) against the mean square, logarithmic, bands over five seeds. Without batch
# norm a nearly straight line climbs to 900, the seeds from 400 to 20 000. With gamma 1 the line bends over and ends
# near 9. With the last gamma 0 it lies flat at 1.

# %% [markdown]
# Why? Without batch norm the branch is proportional to its input: each block multiplies. With it the branch has
# variance 1 whatever comes in: each block *adds* at most about 1, so the branch of block k is only about 1/k of
# the signal's mean square. [De and Smith 2020](https://arxiv.org/abs/2002.10444) call this a bias *towards the
# identity function* and see in it a main reason why very deep residual nets train with batch norm.
#
# If that is the reason, something simpler should do. Set `conv2` to zero and leave batch norm out:

# %%
with needs("ResidualBlock"):
    torch.manual_seed(0)
    x, block = torch.rand(4, 16, 8, 8), ResidualBlock(16, 16)
    block.bn1 = block.bn2 = nn.Identity()
    nn.init.zeros_(block.conv2.weight)
    print("last convolution 0, no batch norm: it is the identity:", torch.equal(block(x), x))

# %% [markdown]
# Methods built on this idea (Fixup, [Zhang et al. 2019](https://arxiv.org/abs/1901.09321); SkipInit in the paper of De
# and Smith) do train very deep residual nets without any normalization. So at initialization the *size of the
# branch* is what counts; batch norm is one way to set it.

# %% [markdown]
# ## 5 · A small network on MNIST
#
# Now training. Three convolutions and a linear layer, on 28 by 28 digits of MNIST: once with batch norm (no bias in
# front of it), once without (biases, He weights). Twenty steps of SGD with batches of 64. To be fair, each arm tries the
# same six learning rates, with three seeds each, and is judged at its own best: 400 validation digits choose it, 500
# test digits give the score.

# %%
mnist = load_mnist()
learn, x_test, learn_y, y_test = split(mnist.images[:, None] / 255, mnist.y)
x_train, x_valid, y_train, y_valid = split(learn, learn_y, seed=1)
x_train, y_train = torch.tensor(x_train), torch.tensor(y_train)  # Shape: (2250, 1, 28, 28)
x_valid, y_valid = torch.tensor(x_valid[:400]), torch.tensor(y_valid[:400])
x_test, y_test = torch.tensor(x_test[:500]), torch.tensor(y_test[:500])
draw_pictures(x_train[:10])

# %% [markdown]
# *The figure:* ten finer handwritten digits in a row, dark ink on white.


# %%
def make_cnn(norm):
    layers, double = [], torch.float64  # float32 draws differ a little between processors
    for c_in, c_out in ((1, 8), (8, 16), (16, 16)):  # 28 by 28 pixels become 14, 7 and 4
        conv = nn.Conv2d(c_in, c_out, 3, stride=2, padding=1, bias=not norm, dtype=double)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        layers += [conv, nn.BatchNorm2d(c_out), nn.ReLU()] if norm else [conv, nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 10, dtype=double)).double()


def train_cnn(norm, rate, seed, optimizer=torch.optim.SGD, steps=60):
    torch.manual_seed(seed)
    net = make_cnn(norm)
    descent = optimizer(net.parameters(), lr=rate)
    for _ in range(steps):
        rows = torch.randint(len(x_train), (64,))
        loss = nn.functional.cross_entropy(net(x_train[rows]), y_train[rows])
        descent.zero_grad()
        loss.backward()
        descent.step()
    return net


# %% folded
# Trains both arms at all rates and seeds, chooses each arm's rate, and draws accuracy by rate.
def percent_right(net, x, y):
    net.eval()
    with torch.no_grad():
        return 100 * (net(x).argmax(dim=1) == y).double().mean().item()


def compare(rates, optimizer, steps=20, seeds=3):
    """Test accuracy in percent, shape (2 arms, rates, seeds), and that at each best rate."""
    table = np.zeros((2, 2, len(rates), seeds))  # validation and test, arm, rate, seed
    for arm, column, seed in np.ndindex(2, len(rates), seeds):
        net = train_cnn(bool(arm), rates[column], seed, optimizer, steps)
        scores = percent_right(net, x_valid, y_valid), percent_right(net, x_test, y_test)
        table[:, arm, column, seed] = scores
    chosen = table[0].mean(axis=2).argmax(axis=1)  # on validation digits
    edge = bool(np.any((chosen == 0) | (chosen == len(rates) - 1)))
    print("a best rate at an edge of the grid:", edge)
    return table[1], table[1][[0, 1], chosen]


def draw_rates(rates, arms):
    for arm, label, style in zip(arms, ("no batch norm", "batch norm"), ("o--", "s-")):
        plt.semilogx(rates, arm.mean(axis=1), style, label=label)
        plt.fill_between(rates, arm.min(axis=1), arm.max(axis=1), alpha=0.25)
    plt.gca().set(xlabel="learning rate", ylabel="test accuracy in %", ylim=(0, 100))
    plt.title("Test accuracy after 20 steps of SGD")
    plt.legend(loc="upper left")
    plt.show()


def ranges(plain, normed):
    ends = [f"{best.min():.0f} to {best.max():.0f} %" for best in (plain, normed)]
    return f"{ends[0]} without, {ends[1]} with batch norm (three seeds, at the best rates)."


# %% predict="helps"
helps = {
    "question": "At each arm's best learning rate, after 20 steps of SGD, the test accuracy with batch norm is:",
    "options": {
        "far": "higher than without it by 15 points or more",
        "some": "higher than without it by 2 to 15 points",
        "level": "the same as without it, or different by less than 2 points",
        "lower": "lower than without it by 2 points or more",
    },
}

# %% experiment="small_cnn"
rates = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
sgd, (plain, normed) = compare(rates, torch.optim.SGD)
draw_rates(rates, sgd)
sgd_lead = normed.mean() - plain.mean()
outcome = ("lower", "level", "some", "far")[int(np.digitize(sgd_lead, [-2, 2, 15]))]
verdict(helps, outcome, ranges(plain, normed))

# %% [markdown]
# *The figure:* learning rate (0.01 to 3, logarithmic) against test accuracy after 20 steps, bands over three seeds. The
# line with batch norm lies far above the other from 0.01 to 1. Both peak at 0.3, near 80 and 60 %. At rate 1 it is still
# near 77 %, where the net without batch norm has fallen to about 20 %; at 3 both end at 10 %, like guessing.

# %% [markdown]
# "Faster", "higher learning rates": confirmed, for this net, this optimizer, twenty steps. Is it a law? SGD takes
# equally large steps in all directions. Adam scales the step of each weight by itself, which repairs part of the same
# trouble. Let both arms use Adam, again each with its own best rate of five.

# %% predict="adam_guess"
adam_guess = {
    "question": "With Adam in place of SGD, the lead of batch norm at the best rates is:",
    "options": {
        "more": "larger than it was with SGD",
        "kept": "between half of it and all of it",
        "less": "less than half of it, but above 1 point",
        "gone": "gone or turned around, with 1 point at most",
    },
}

# %% experiment="adam"
_, (plain, normed) = compare((0.001, 0.003, 0.01, 0.03, 0.1), torch.optim.Adam)
lead = normed.mean() - plain.mean()
names = ("gone", "less", "kept", "more")
ends = [1, max(1, sgd_lead / 2), max(1, sgd_lead)]
outcome = names[int(np.digitize(lead, ends))] if sgd_lead > 2 else ""
verdict(adam_guess, outcome, ranges(plain, normed))

# %% [markdown]
# So a better-suited optimizer takes most of the advantage away: the lead is about 20 points with SGD, about 5 with Adam. So
# does patience: with `steps=120` SGD reached 87 against 91 % (means of three seeds, each arm at the best of four rates).
# The sign stays, the size does not.
#
# Other pictures tell the same: on the 8 by 8 digits of section 1, a net of this kind had 71 to 74 % without and 91 to 93 %
# with batch norm after twenty steps of SGD. What an experiment says about batch norm depends on what it is compared with; a
# net without it deserves its own learning rate, a good initialization and enough steps.

# %% [markdown]
# ### What the net sees
#
# A trained net's first layer, with *your* batch norm in it: the next cell sends a batch through the first convolution, then
# through your `batchnorm2d_forward` with the gamma and beta that were learned, then through ReLU, and draws what becomes of
# one digit in each of the eight channels.

# %%
with needs("batchnorm2d_forward"):
    conv, norm = train_cnn(True, 0.3, seed=0)[:2]
    learned = norm.weight.detach().numpy(), norm.bias.detach().numpy()  # gamma, beta
    maps = conv(x_test[:64]).detach().numpy()  # Shape: (64, 8, 14, 14)
    normed_maps = batchnorm2d_forward(maps, *learned)[0]
    means, spreads = (take(normed_maps, axis=(0, 2, 3)) for take in (np.mean, np.std))
    print("mean beta and spread |gamma| in each channel:", end=" ")
    print(np.allclose(means, learned[1]) and np.allclose(spreads, abs(learned[0]), rtol=0.01))
    stages = maps[0], normed_maps[0], np.maximum(normed_maps[0], 0)
    draw_pictures(*stages, titles=["convolution", "batch norm", "ReLU"], limits=(-2, 2))

# %% [markdown]
# *The figure:* three rows of eight small pictures of the same digit, one column for each channel; 0 is grey, what lies above
# it dark, what lies below light. Behind the convolution some are faint. Behind batch norm all have about the same
# contrast, and some show the digit dark, some light. ReLU turns what was light into grey: of some channels the strokes
# stay, of others only edges or the paper around.

# %% [markdown]
# ## 6 · Folding
#
# In evaluation batch norm is a fixed scale and shift per channel (lesson 05). A convolution is linear in its filter. So
# the two are one convolution: the scale goes into the filters, the shift into the bias. But which scale into which filter?

# %% derive="which_axis"
{
    "question": """Two channels in, two out.

A 1×1 convolution with `weight` [[1, 2], [3, 4]] (rows: channels out, columns: channels in) and no bias; behind it a batch
norm whose scales γ/√(v + ε) are 10 for channel 0 and −1 for channel 1, with mean 0 and beta 0. **Which weight has the one
convolution that does both?** Put in a pixel (1, 0), then (0, 1), and follow them.""",
    "choices": {
        "a": (
            "[[10, 20], [−3, −4]]",
            "The pixel (1, 0) becomes (1, 3), then (10, −3): the first column. (0, 1) gives (20, −4).",
        ),
        "b": (
            "[[10, −2], [30, −4]]",
            "That scales what comes *in*: it is a batch norm in front of the convolution.",
        ),
        "c": (
            "[[10, −2], [−3, 40]]",
            "The pixel (0, 1) becomes (2, 4), and batch norm multiplies the first of these by 10, not by −1.",
        ),
        "d": (
            "[[9, 18], [27, 36]]",
            "That multiplies everything by the sum of the scales. Each channel that comes out has its own.",
        ),
    },
    "right": "a",
    "then": r"""A scale belongs to a channel that comes *out*, and so to a whole filter. With the bias, found as in lesson 05, for
output channel k with running mean μ and running variance v:

$$s_k = \frac{\gamma_k}{\sqrt{v_k + \varepsilon}}$$

$$W'_k = s_k W_k, \qquad b'_k = \beta_k + s_k\,(b_k - \mu_k)$$""",
}

# %% [markdown]
# ### Exercise 5 · `fold_conv_batchnorm` (4 points)
#
# Return the folded weight and bias as NumPy arrays, about four lines. `weight` has shape (C_out, C_in, height, width)
# as in `nn.Conv2d`; gamma and the running statistics belong to the output channels. `bias` may be `None`, which
# means 0.
#
# **Tested:** filters whose sizes all differ, or are all equal; no bias; eps from 1e-5 to 1, with a running variance of
# 0; filters of one input channel. Results are compared to 1e-6. All arguments stay as they were.


# %% exercise="fold_conv_batchnorm"
def fold_conv_batchnorm(weight, bias, gamma, beta, running_mean, running_var, eps):
    """Merge a batch norm in evaluation mode into the convolution before it.

    Args:
        weight: shape (C_out, C_in, height, width).
        bias: shape (C_out,), or None.
        gamma, beta, running_mean, running_var: shape (C_out,).
        eps: of the batch norm.

    Returns:
        folded_weight: the shape of weight.
        folded_bias: shape (C_out,).
    """
    ### BEGIN SOLUTION
    if bias is None:
        bias = np.zeros(len(weight))
    scale = gamma / np.sqrt(running_var + eps)  # Shape: (C_out,)
    folded_weight = weight * scale[:, None, None, None]
    folded_bias = beta + (bias - running_mean) * scale
    ### END SOLUTION
    return folded_weight, folded_bias


# %% check="fold_conv_batchnorm" points=1
with checking(fold_conv_batchnorm):
    weight, bias = np.array([6, 5]).reshape(2, 1, 1, 1), np.array([1, 2])
    rest = dict(gamma=np.array([6, -2]), beta=np.array([10, 5]), running_mean=np.array([4, 1]))
    w, b = fold_conv_batchnorm(weight, bias, **rest, running_var=np.array([8, 3]), eps=1)
    assert np.shape(w) == (2, 1, 1, 1) and np.shape(b) == (2,), (
        "weight and bias keep their shapes."
    )
    told = "the scales are 6/√(8 + 1) = 2 and -2/√(3 + 1) = -1: 12 and -5."
    assert np.allclose(np.ravel(w), [12, -5]), told
    assert np.allclose(b, [4, 4]), "10 + 2 · (1 − 4) = 4 and 5 − 1 · (2 − 1) = 4."
    w, b = fold_conv_batchnorm(weight, None, **rest, running_var=np.array([8, 3]), eps=1)
    told = "without a bias: 10 + 2 · (0 − 4) = 2 and 5 − 1 · (0 − 1) = 6."
    assert np.allclose(b, [2, 6]), told

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# What the step above unfolds are three lines. Two things need care: a bias of None, and that each *output* channel's
# scale meets its own filter.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# An array of shape (C_out,) has to become (C_out, 1, 1, 1) before it multiplies the weight: index it with `None`, or
# reshape it.
# </details>
# <details><summary>Hint 3: a picture that tells all</summary>
#
# Think of a picture of zeros: the convolution gives its old bias (0 if it has none) at every pixel, and what batch norm
# makes of *that* is the new bias. Then of a picture with a single 1: what is added to it is a filter, times its scale.
# </details>

# %% hidden="fold_conv_batchnorm"
# %% [markdown]
# Fold the whole network: each convolution with its batch norm becomes one convolution *with* bias. How many of the
# test digits get another answer? And what is saved? The figure shows the processor time of a pass in float32, the
# shortest of 60, so that other programs disturb least.


# %% folded
# Folds a whole net, and measures the processor time of a forward pass.
def fold_net(net):
    """The same function: each convolution takes in the batch norm after it."""
    kept = []
    for layer in net:
        if isinstance(layer, nn.BatchNorm2d):
            conv = kept.pop()
            state = [conv.weight, conv.bias, layer.weight, layer.bias]
            state += [layer.running_mean, layer.running_var]
            arrays = [None if value is None else value.detach().numpy() for value in state]
            weight, bias = map(torch.tensor, fold_conv_batchnorm(*arrays, layer.eps))
            channels = conv.in_channels, conv.out_channels
            layer = nn.Conv2d(*channels, 3, conv.stride, padding=1).double()
            layer.load_state_dict({"weight": weight, "bias": bias})
        kept.append(layer)
    return nn.Sequential(*kept).eval()


def seconds(net, x, repeats=60):
    """Processor time of a forward pass, the shortest of many."""
    times = []
    with torch.no_grad():
        for _ in range(repeats):
            begin = time.process_time()
            net(x)
            times.append(time.process_time() - begin)
    return min(times)


# %% experiment="folding"
with needs("fold_conv_batchnorm"):
    nets = [train_cnn(True, 0.3, seed).eval() for seed in range(3)]
    folded = [fold_net(net) for net in nets]
    with torch.no_grad():
        outs = [(net(x_test), short(x_test)) for net, short in zip(nets, folded)]
    changed = [int((one.argmax(dim=1) != other.argmax(dim=1)).sum()) for one, other in outs]
    print("layers before:", len(nets[0]), "and after:", len(folded[0]))
    print("outputs agree to 1e-6:", all(torch.allclose(*pair, atol=1e-6) for pair in outs))
    print("predictions that change, three nets:", changed)
    sizes, models = [1, 20, 400], (nets[0].float(), folded[0].float())
    times = [[seconds(model, x_test[:n].float()) for n in sizes] for model in models]
    ratio = np.array(times[1]) / times[0]
    plt.bar(np.arange(3) - 0.2, np.ones(3), 0.38, edgecolor="white", label="with batch norm")
    plt.bar(np.arange(3) + 0.2, ratio, 0.38, hatch="//", edgecolor="white", label="folded")
    plt.gca().set(xticks=range(3), xticklabels=sizes, xlabel="pictures in the batch")
    plt.gca().set(ylabel="processor time", title="What does a forward pass cost, folded?")
    plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    for model in models:
        model.double()

# %% [markdown]
# *The figure:* two bars each for batches of 1, 20 and 400 pictures, the time of the net with batch norm set to 1. Where
# this was written, the folded net took 60 % of it for one picture and about 80 % for many. How much is saved depends on
# the layer: the cheaper the convolution, the larger batch norm's share.
#
# That gap is what batch norm costs in evaluation. In training it costs more (statistics, a longer backward pass, and
# x_hat kept in memory), and there it cannot be folded: the statistics change with each batch.

# %% [markdown]
# ### The other order
#
# Some networks have the batch norm in *front* of the convolution. That is a fixed scale and shift, too, so fold again:
# the scale goes into the weights of each channel that comes in, and the shift, sent through the filter, adds a constant to
# the bias. The convolution is 3×3 and pads with zeros, as is usual. Is the folded one the same?

# %% predict="other_order"
other_order = {
    "question": "Batch norm, then a 3×3 convolution with zero padding, on maps of 8 by 8. The folded convolution agrees:",
    "options": {
        "everywhere": "at all 64 pixels of a map, up to rounding",
        "nowhere": "at none of the 64 pixels of a map",
        "edge": "at the 28 pixels of the edge, and not at the 36 inside",
        "inside": "at the 36 pixels inside, and not at the 28 of the edge",
    },
}


# %%
def fold_in_front(norm, conv):
    """The convolution that takes in the batch norm of one channel in front of it."""
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    shift = norm.bias - scale * norm.running_mean
    bias = conv.bias + (conv.weight * shift[:, None, None]).sum(dim=(1, 2, 3))
    merged = nn.Conv2d(1, conv.out_channels, 3, padding=1).double()
    merged.load_state_dict({"weight": conv.weight * scale[:, None, None], "bias": bias})
    return merged


# %% experiment="other_order"
pictures, gaps = torch.tensor(images[:200]), []
for seed in range(5):
    torch.manual_seed(seed)
    norm, conv = (
        nn.BatchNorm2d(1, momentum=1.0).double(),
        nn.Conv2d(1, 4, 3, padding=1).double(),
    )
    norm(pictures)  # the running statistics are now those of these pictures
    with torch.no_grad():
        gap = conv(norm.eval()(pictures)) - fold_in_front(norm, conv)(pictures)
    gaps.append(gap.abs().amax(dim=(0, 1)).numpy())  # the largest at each pixel. Shape: (8, 8)
draw_pictures(gaps, limits=(0, 0.5), titles=["largest gap"])
agree = np.array(gaps) < 1e-9  # Shape: (5, 8, 8)
inner = np.zeros((8, 8), bool)
inner[1:-1, 1:-1] = True
known = {"everywhere": agree.all(), "nowhere": not agree.any()}
known |= {"inside": np.all(agree == inner), "edge": np.all(agree == ~inner)}
outcome = next((name for name, found in known.items() if found), "")
counts = agree.sum(axis=(1, 2)).tolist()
verdict(other_order, outcome, f"{counts} of 64 pixels agree, in five draws of the weights.")

# %% [markdown]
# *The figure:* five maps of 8 by 8 pixels, one for each draw of the weights, dark where the outputs of the two differ.
# Each is white inside and has a frame, one pixel wide, grey to black.

# %% [markdown]
# The shift moves every pixel, but the zeros of the padding come after it and are not moved. So a pixel at the edge would
# need another bias. In this order folding is right only without padding, or where one pads *before* batch norm.
#
# And in both orders it needs the *running* statistics: fold in evaluation, after training, and with nothing between the
# two layers.

# %% [markdown]
# ## 7 · Where a GAN leaves it out
#
# In a generative adversarial network a *generator* turns noise into pictures, and a *discriminator* tries to tell them
# from real ones. DCGAN ([Radford et al. 2015](https://arxiv.org/abs/1511.06434)) uses batch norm in both, but not
# everywhere: applied to all layers it *resulted in sample oscillation and model instability*, which was avoided by
# *not applying batchnorm to the generator output layer and the discriminator input layer*.

# %% [markdown]
# The paper reports that and gives no proof. A reason can be measured, though. Suppose the generator's pictures are the
# real digits at half the contrast, on grey paper: x becomes 0.5·x + 0.3. Anybody can see that:

# %%
faint = 0.5 * images + 0.3
draw_pictures(images[:8], faint[:8], titles=["real", "generated"])

# %% [markdown]
# *The figure:* two rows of the same eight digits, above in black on white, below in dark grey on light grey.
#
# What does a discriminator see of it that *begins* with batch norm? A usual training loop hands it a batch of real
# pictures, then a batch of generated ones, each with its own statistics. Or both could come as one joint batch.

# %% predict="blind"
blind = {
    "question": "Behind batch norm, the largest difference between a real picture and its faint copy is:",
    "options": {
        "both": "over 0.5 if they come in separate batches; over 0.5 in a joint batch",
        "joint": "under 0.01 if they come in separate batches; over 0.5 in a joint batch",
        "separate": "over 0.5 if they come in separate batches; under 0.01 in a joint batch",
        "neither": "under 0.01 if they come in separate batches; under 0.01 in a joint batch",
    },
}

# %% experiment="blind_discriminator"
with needs("batchnorm2d_forward"):
    separate, joint = [], []
    for seed in range(5):
        rows = np.random.default_rng(seed).choice(len(images), 64, replace=False)
        batches = images[rows], faint[rows]  # Shape of both: (64, 1, 8, 8)
        apart = [batchnorm2d_forward(batch, np.ones(1), np.zeros(1))[0] for batch in batches]
        both = batchnorm2d_forward(np.concatenate(batches), np.ones(1), np.zeros(1))[0]
        separate.append(np.abs(apart[0] - apart[1]).max())
        joint.append(np.abs(both[:64] - both[64:]).max())
    draw_pictures(apart[0][:8], apart[1][:8], titles=["real", "generated"], limits=(-1, 2))
    seen = [max(found) < 0.01 for found in (separate, joint)]
    clear = [min(found) > 0.5 for found in (separate, joint)]
    names = {(True, False): "joint", (False, True): "separate", (True, True): "neither"}
    outcome = names.get(tuple(seen), "both") if all(np.logical_xor(seen, clear)) else ""
    measured = f"separate {max(separate):.4f} at most, joint {min(joint):.1f} at least"
    verdict(blind, outcome, f"{measured}, over five batches of 64.")

# %% [markdown]
# *The figure:* the same eight digits behind batch norm, in separate batches. Both rows are the same black on white.

# %% [markdown]
# In separate batches a discriminator that starts this way is blind to the batch's brightness and contrast, so the generator
# gets no gradient that would correct them. On the generator's side the mirror image: with batch norm on the output layer every
# batch of pictures is forced to the same mean and spread, beta and |gamma|, whether it holds thin ones or fat
# eights. (That this is *the* cause of the oscillation is our intuition, not the paper's finding.)

# %% [markdown]
# ### Exercise 6 · `make_generator` (4 points)
#
# Return a flat `nn.Sequential` in the style of DCGAN, about eight lines. One transposed convolution
# (`nn.ConvTranspose2d`, kernel 4) for each entry of `channels`, which says how many channels go out. The first makes 4
# by 4 pixels of one (stride 1, padding 0), each further one doubles height and width (stride 2, padding 1).
#
# After every one but the last: batch norm, then ReLU. After the last: `nn.Tanh()` only. A convolution has a bias
# exactly when no batch norm follows it.
#
# **Tested:** one to three layers, of equal or different `channels`, as tuple or list; layers and parameters; pictures in training and in
# evaluation, with random numbers in place of all parameters.


# %% exercise="make_generator"
def make_generator(noise_size, channels):
    """Build a generator: noise, shape (N, noise_size, 1, 1), becomes pictures from -1 to 1.

    Args:
        noise_size: channels of the noise.
        channels: output channels of each layer, the last those of the pictures.

    Returns:
        an nn.Sequential without nesting.
    """
    ### BEGIN SOLUTION
    layers, c_in = [], noise_size
    for index, c_out in enumerate(channels):
        last = index == len(channels) - 1
        stride, padding = (1, 0) if index == 0 else (2, 1)
        layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding, bias=last))
        layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out), nn.ReLU()]
        c_in = c_out
    return nn.Sequential(*layers)
    ### END SOLUTION


# %% check="make_generator" points=1
with checking(make_generator):
    generator = make_generator(5, (6, 1))
    shape = generator(torch.ones(2, 5, 1, 1)).shape
    assert shape == (2, 1, 8, 8), (
        "1 pixel becomes 4 by 4, then 8 by 8; the last entry of channels is 1."
    )
    kinds = [type(layer).__name__ for layer in generator]
    assert kinds.count("BatchNorm2d") == 1, (
        "two convolutions, and batch norm after all but the last: one."
    )
    assert kinds[1:3] == ["BatchNorm2d", "ReLU"], (
        "behind the first convolution: batch norm, then ReLU."
    )
    assert kinds[3:] == ["ConvTranspose2d", "Tanh"], (
        "then the last convolution, and Tanh alone behind it."
    )
    count = sum(parameter.numel() for parameter in generator.parameters())
    assert count == 589, (
        "5·6·16 weights; gamma and beta of 6 channels; 6·1·16 weights, 1 bias: 480 + 12 + 97."
    )

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# A loop over `channels`. In each turn you need three things: how many channels come in, whether it is the first layer,
# and whether it is the last. With one entry it is both.
# </details>
# <details><summary>Hint 2: which operation</summary>
#
# `enumerate` counts along. A list of layers grows with `append` or `+=`, and `nn.Sequential(*layers)` unpacks it. The
# argument `bias` takes True or False.
# </details>
# <details><summary>Hint 3: the lines in words</summary>
#
# For each entry: add a transposed convolution from the current channels to the entry, with bias only if it is the last.
# If it is the last, add Tanh, else batch norm and ReLU. Then the entry becomes the current channels.
# </details>

# %% hidden="make_generator"
# %% [markdown]
# One consequence stays even in DCGAN: in training mode a generated picture depends on the *other* noise vectors in its
# batch. The next cell keeps one noise vector and changes its companions 200 times.

# %%
with needs("make_generator"):
    torch.manual_seed(0)
    generator = make_generator(10, (32, 1)).double()
    noise, moved = torch.randn(1, 10, 1, 1, dtype=torch.float64), {}
    for size in (2, 8, 32, 128):
        others = torch.randn(200, size - 1, 10, 1, 1).double()
        with torch.no_grad():
            pictures = torch.stack([generator(torch.cat([noise, each]))[0] for each in others])
        moved[size] = (pictures.std(dim=0).mean() / pictures.mean(dim=0).std()).item()
    for size, share in moved.items():
        print(
            f"batch of {size:>3}: one noise, pictures vary by {100 * share:.0f} % of contrast"
        )

# %% [markdown]
# The larger the batch, the less: from 8 on each fourfold batch about halves it, like 1/√N in lesson 03. The variety is
# noise that no input controls. Later GANs drew conclusions: WGAN-GP ([Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028)) leaves batch norm out of its
# critic altogether, since its penalty is on the gradient for *each input by itself*, which is not valid when outputs
# depend on the whole batch.

# %% [markdown]
# ## 8 · How famous networks use it
#
# | network | where | details |
# |---|---|---|
# | Inception with BN (2015) | between convolution and ReLU | the first; statistics per channel |
# | Inception-v3 ([Szegedy et al. 2015](https://arxiv.org/abs/1512.00567)) | also on the dense layer of the auxiliary classifier | with that step top-1 error 21.6 → 21.2 % |
# | Inception-ResNet ([2016](https://arxiv.org/abs/1602.07261)) | not on top of the sums | to save memory |
# | ResNet (He et al. 2015) | after each convolution, before ReLU | no dropout |
# | ResNet, pre-activation ([2016](https://arxiv.org/abs/1603.05027)) | BN → ReLU → convolution | the shortcut stays free |
# | EfficientNet ([Tan & Le 2019](https://arxiv.org/abs/1905.11946)) | after the convolutions of a block, depthwise too, but not in squeeze-and-excitation | momentum 0.99, eps 1e-3 |

# %% [markdown]
# EfficientNet's 0.99 is the weight of the *old* value, TensorFlow's convention; in PyTorch's (weight of the **new**
# value) it is 0.01, a tenth of the default. (eps is from the authors' published code.) Its last convolution in a block is followed by batch norm but by
# no activation.
#
# *Batch Normalization, unit 6.3.2* says: "In deep architectures like ResNet or Inception, Batch Normalization can
# stabilize training effectively." What the networks show is that it was used. How much it contributed, only a comparison
# shows: like that step of Inception-v3's, or yours in section 5.

# %% [markdown]
# | an article says | you found |
# |---|---|
# | *What is batch normalization?*: it is "widely used in Convolutional Neural Networks" | yes, with one mean per *channel* (section 1) |
# | the same: there "it can accelerate training and improve performance" | yes; more with SGD than with Adam, more early than late (5) |
# | the same: for "very deep networks with many layers" it "can be crucial" | it keeps branches small; a zero last layer does so too (4) |
# | the same: it "can be applied to both the generator and discriminator networks" | not on the generator's output or the discriminator's input (7) |
# | *Batch Normalization*: "increased computational cost" | in evaluation none, once folded (6) |

# %% [markdown]
# ## Going deeper
#
# <details><summary>Which arrays can be merged by reshape</summary>
#
# `reshape(-1, C)` after `transpose` has to copy, because the rows are not contiguous in memory; that is part of batch
# norm's cost in NCHW, and why libraries compute with strides instead. The axes version needs no copy: mean and biased
# variance over `axis=(0, 2, 3)`, with gamma and beta given the shape (C, 1, 1). Both are accepted in the exercises.
# </details>

# %% [markdown]
# <details><summary>The variance of a batch is not the mean of the pictures' variances</summary>
#
# For a channel, with mean m_i and biased variance v_i in picture i: var = mean(v_i) + variance(m_i). Averaging the
# variances of the pictures, as one might when a batch is spread over several devices, drops the second part. This is
# also the difference between instance norm and batch norm, and it returns in lesson 09 (synchronized batch norm).
# </details>

# %% [markdown]
# <details><summary>Unbiased running variance in pictures</summary>
#
# PyTorch's running variance is unbiased (lesson 05). Here the correction is M/(M − 1) with M = N·H·W, not N/(N − 1).
# For 32 pictures of 8 by 8 that is 1.0005 instead of 1.03. The normalization itself uses the biased variance, as
# always.
# </details>

# %% [markdown]
# <details><summary>How much does each block add? A bound</summary>
#
# Let h be the input of a block and z the branch's output, both per value. Before the last ReLU the mean square is
# E[(h + z)²] = E[h²] + 2 E[hz] + E[z²]. Batch norm with gamma 1 and beta 0 makes E[z²] ≤ 1; random weights make
# E[hz] small. The ReLU can only lower the mean square. So it grows by at most about 1 per block, to about 11 after
# ten. Without batch norm He's weights give E[z²] = 2 E[h²] (the last ReLU, which would halve it, comes only after the
# sum): up to a factor of 3 per block before the ReLU.
# </details>

# %% [markdown]
# <details><summary>Folding a transposed convolution</summary>
#
# `nn.ConvTranspose2d` stores its weight as (C_in, C_out, height, width). The scale then belongs to the *second* axis.
# The same formulas hold otherwise. Depthwise convolutions have one input channel per filter and need nothing new.
# </details>

# %% [markdown]
# ## Check yourself

# %% quiz="how_many_means"
{
    "question": "A batch of 16 pictures, 32 channels, 10 by 10 pixels. How many means, each over how many values?",
    "choices": {
        "a": (
            "3200 means over 16 values each.",
            "That is one mean per pixel and channel. A filter is the same at all places, and so should its batch norm be.",
        ),
        "b": (
            "32 means over 1600 values each.",
            "One per channel, over 16 · 10 · 10 values.",
        ),
        "c": (
            "512 means, each over 100 values alone.",
            "That is one per channel of each picture: instance norm. It wipes out how pictures differ in brightness.",
        ),
        "d": (
            "16 means over 3200 values each.",
            "That is one per picture, over all its channels: layer norm (lesson 08).",
        ),
    },
    "right": "b",
}

# %% quiz="reshape"
{
    "question": "`x` has shape (8, 3, 5, 5). What is wrong with normalizing the columns of `x.reshape(-1, 3)`?",
    "choices": {
        "a": (
            "The shape: it has too few rows.",
            "It has 200 rows, as it should. The shape is right; the contents are not.",
        ),
        "b": (
            "Nothing, as long as the result is reshaped to (8, 3, 5, 5) afterwards.",
            "Every number comes back to its place, but it was standardized together with those of other channels.",
        ),
        "c": (
            "The copy: it changes x.",
            "reshape does not change x. The trouble is which numbers stand in one column.",
        ),
        "d": (
            "Each column holds every third number in memory, from all channels.",
            "reshape cuts without reordering, and in NCHW neighbours in memory are pixels of one channel.",
        ),
    },
    "right": "d",
}

# %% quiz="zero_gamma"
{
    "question": "The last gamma of a residual block starts at 0. Does anything in its branch learn?",
    "choices": {
        "a": (
            "Gamma at once; the convolutions when it has moved.",
            "dgamma sums dout · x_hat, which is not 0. What passes further back is multiplied by gamma, so it waits a step.",
        ),
        "b": (
            "No: the branch is 0 and stays 0.",
            "The gradient of gamma does not contain gamma. It moves in the first step.",
        ),
        "c": (
            "Yes: everything in it, as usual, from the very first step.",
            "The gradient for what lies before gamma is multiplied by gamma, and that is 0 at first.",
        ),
        "d": (
            "Only beta learns.",
            "beta does, but gamma does too: its gradient sums dout · x_hat.",
        ),
    },
    "right": "a",
}

# %% quiz="which_bias"
{
    "question": "Which convolution should keep its bias?",
    "choices": {
        "a": (
            "One followed by batch norm.",
            "The mean takes it away again, so it would be learned for nothing.",
        ),
        "b": (
            "None in a network that uses batch norm somewhere.",
            "Where no batch norm follows directly, the bias is the only shift there is.",
        ),
        "c": (
            "The generator's last, which has no batch norm after it.",
            "Nothing takes it away there. A folded convolution has one for the same reason.",
        ),
        "d": (
            "The 1×1 convolution in a shortcut that ends in batch norm.",
            "Batch norm follows there too, so its bias would be taken away.",
        ),
    },
    "right": "c",
}

# %% quiz="when_to_fold"
{
    "question": "When may batch norm be folded into the convolution before it?",
    "choices": {
        "a": (
            "At any time, in training as well, since it is only algebra.",
            "In training the statistics come from the batch, so there is no fixed scale and shift to put into weights.",
        ),
        "b": (
            "Only if gamma is positive.",
            "A negative gamma turns the filter's sign, which is allowed.",
        ),
        "c": (
            "Only if the convolution has no bias.",
            "An old bias is scaled and becomes a part of the new one.",
        ),
        "d": (
            "For evaluation, when nothing stands between the two.",
            "Then it is a fixed scale and shift per channel, and an activation in between would spoil it.",
        ),
    },
    "right": "d",
}

# %% [markdown]
# ## To remember
#
# For pictures: one mean, variance, gamma, beta per *channel*, over N·H·W values; transpose before you reshape. Batch norm
# keeps residual branches small, vanishes into the convolution for evaluation, and stays away from a GAN's output.
#
# **Next:** lesson 08 changes the axes: layer, instance, group norm, and when each of them wins.

# %%
score_so_far("07_convolution")
