"""Bank of lesson 07."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import convolution


def tensor(array):
    return torch.as_tensor(np.asarray(array, dtype=np.float64))


# count_batchnorm


def torch_count(n, channels, height, width):
    layer = nn.BatchNorm2d(channels)
    stored = sum(buffer.numel() for name, buffer in layer.named_buffers() if name.startswith("running"))
    return sum(map(torch.numel, layer.parameters())), stored, torch.ones(n, 1, height, width).numel()


count_batchnorm = Bank(
    convolution.count_batchnorm,
    parts=[Part("the three counts", 1, ("sizes that all differ", "one picture of one pixel"))],
    oracle=torch_count,
)
LEARNED, RUNNING, VALUES = "learned = 2 * channels", "running = 2 * channels", "values = n * height * width"

count_batchnorm.mistake(
    "one_pair_per_pixel",
    (LEARNED, "learned = 2 * channels * height * width"),
    (RUNNING, "running = 2 * channels * height * width"),
    (VALUES, "values = n"),
    cause="Each pixel of a channel is counted with numbers of its own; all pixels of a channel share theirs.",
    look="what shares one statistic: a pixel's place, or the whole channel.",
)
count_batchnorm.mistake(
    "parameters_per_pixel",
    (LEARNED, "learned = 2 * channels * height * width"),
    cause="gamma and beta are counted once for each pixel; there is one pair per channel.",
    look="the first result, and which of the four sizes gamma depends on.",
)
count_batchnorm.mistake(
    "running_statistics_per_pixel",
    (RUNNING, "running = 2 * channels * height * width"),
    cause="The running statistics are counted once for each pixel; there is one pair per channel.",
    look="the second result, and which of the four sizes a running mean depends on.",
)
count_batchnorm.mistake(
    "one_number_per_channel",
    (LEARNED, "learned = channels"),
    (RUNNING, "running = channels"),
    cause="One number per channel is counted in both places; each place holds a pair per channel.",
    look="the two names in each pair: gamma and beta; running mean and running variance.",
)
count_batchnorm.mistake(
    "only_gamma_counted",
    (LEARNED, "learned = channels"),
    cause="Only one learned number per channel is counted; there is a scale and a shift.",
    look="the first result: which two things does gradient descent change?",
)
count_batchnorm.mistake(
    "only_the_running_mean_counted",
    (RUNNING, "running = channels"),
    cause="Only one stored number per channel is counted; there is a running mean and a running variance.",
    look="the second result.",
)
count_batchnorm.mistake(
    "counter_included",
    (RUNNING, "running = 2 * channels + 1"),
    cause="One more number is stored than asked for: PyTorch's counter of batches is to be left out here.",
    look="the second result, and the sentence on the counter above the exercise.",
)
count_batchnorm.mistake(
    "learned_and_stored_together",
    (LEARNED, "learned = 4 * channels"),
    cause="The running statistics are counted as learned; gradient descent changes only gamma and beta.",
    look="the first result: which numbers have a gradient?",
)
count_batchnorm.mistake(
    "gamma_for_all_channels_together",
    (LEARNED, "learned = 2"),
    (RUNNING, "running = 2"),
    cause="One pair for all channels together is counted; each channel has its own.",
    look="how many colours the first picture of the lesson has.",
)
count_batchnorm.mistake(
    "values_of_one_picture",
    (VALUES, "values = height * width"),
    cause="The values of one picture are counted; a mean is taken over all pictures of the batch.",
    look="the third result: over which axes of (N, C, H, W) is the mean taken?",
)
count_batchnorm.mistake(
    "pictures_only",
    (VALUES, "values = n"),
    cause="One value per picture is counted; a channel has H·W values in each picture.",
    look="the third result: over which axes of (N, C, H, W) is the mean taken?",
)
count_batchnorm.mistake(
    "channels_among_the_values",
    (VALUES, "values = n * channels * height * width"),
    cause="All numbers of the batch are counted; a mean belongs to one channel, so the channels do not multiply.",
    look="the third result, and the one axis over which no mean is taken.",
)
count_batchnorm.mistake(
    "height_taken_for_the_width",
    (VALUES, "values = n * height * height"),
    cause="The height is multiplied by itself; pictures need not be square.",
    look="the last factor of the third result.",
)
count_batchnorm.mistake(
    "values_less_one",
    (VALUES, "values = n * height * width - 1"),
    cause="One is subtracted from the number of values; that belongs to the unbiased variance, not to a mean.",
    look="what is subtracted in the third result.",
)
count_batchnorm.mistake(
    "values_before_running",
    ("return learned, running, values", "return learned, values, running"),
    cause="The second and the third result have changed places.",
    look="the order in which the results are returned.",
)


@count_batchnorm.accepts("measured on arrays")
def _(n, channels, height, width):
    gamma, beta = np.ones(channels), np.zeros(channels)
    return (
        gamma.size + beta.size,
        np.array([gamma, beta]).size,
        np.zeros((n, channels, height, width))[:, 0].size,
    )


@count_batchnorm.accepts("one array of floats")
def _(n, channels, height, width):
    return np.array([channels + channels, channels + channels, n * (height * width)], dtype=float)


# batchnorm2d_forward


def torch_forward2d(x, gamma, beta, eps=1e-5):
    # below torch.nn.functional, which refuses eps 0
    out = torch.batch_norm(tensor(x), tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return out.numpy(), None


batchnorm2d_forward = Bank(
    convolution.batchnorm2d_forward,
    parts=[
        Part(
            "the right values together: sizes all different, C = W, all equal",
            3,
            (
                "three pictures, four channels, 2 by 5 pixels, eps 0",
                "as many channels as columns of pixels",
                "all four sizes equal",
            ),
        ),
        Part(
            "one picture, one pixel, eps, a constant channel",
            1,
            (
                "one picture",
                "pictures of one pixel",
                "eps from 0.1 to 1",
                "eps not given",
                "a constant channel",
            ),
        ),
        Part("whole numbers, and float32 far from zero", 1, ("whole numbers", "float32 far from zero")),
    ],
    oracle=torch_forward2d,
)
ROWS = "rows = x.transpose(0, 2, 3, 1).reshape(-1, c)  # Shape: (N*H*W, C)"
CALL = "out, cache = batchnorm_forward(rows, gamma, beta, eps)"
BACK = "out = out.reshape(n, h, w, c).transpose(0, 3, 1, 2)"

batchnorm2d_forward.mistake(
    "reshaped_without_transposing",
    (ROWS, "rows = x.reshape(-1, c)"),
    (BACK, "out = out.reshape(n, c, h, w)"),
    cause="The numbers are cut into rows in their order in memory, so each column mixes pixels of all channels.",
    look="what stands before the reshape: the channel axis has to be the last one by then.",
)
batchnorm2d_forward.mistake(
    "all_axes_reversed",
    (ROWS, "rows = x.T.reshape(-1, c)"),
    (BACK, "out = out.reshape(w, h, c, n).T"),
    cause="`.T` of four axes reverses them all, to W, H, C, N: the channels are not last, so rows mix them.",
    look="the shape of `x.T`.",
)
batchnorm2d_forward.mistake(
    "transposed_back_only",
    (ROWS, "rows = x.reshape(-1, c)"),
    cause="The way back moves the channel axis, but on the way there it was never moved.",
    look="the first reshape, and what has to happen before it.",
)
batchnorm2d_forward.mistake(
    "transposed_there_only",
    (BACK, "out = out.reshape(n, c, h, w)"),
    cause="The rows are right, but the result is cut into N, C, H, W while its channels still stand last in memory.",
    look="the way back: which axis runs fastest in the rows?",
)
batchnorm2d_forward.mistake(
    "channels_left_last",
    (BACK, "out = out.reshape(n, h, w, c)"),
    cause="The values are right but the channels stand last, shape (N, H, W, C); x has them second.",
    look="the last step of the way back.",
)
batchnorm2d_forward.mistake(
    "rows_returned",
    (BACK, ""),
    cause="The matrix of rows, (N·H·W, C), is returned; out has to have the shape of x.",
    look="what is missing after the call of the vector version.",
)
batchnorm2d_forward.mistake(
    "height_and_width_swapped_at_the_end",
    (BACK, "out = out.reshape(n, h, w, c).transpose(0, 3, 2, 1)"),
    cause="The way back turns every picture on its side: the last two axes come out as W, H.",
    look="the order of the four numbers in the last transpose.",
)
batchnorm2d_forward.mistake(
    "height_and_width_confused_on_the_way_back",
    (BACK, "out = out.reshape(n, w, h, c).transpose(0, 3, 2, 1)"),
    cause="The rows were made in the order picture, row, column of pixels, but are cut up as picture, column, row.",
    look="the order of h and w in the second reshape.",
)
batchnorm2d_forward.mistake(
    "width_before_height_on_the_way_there",
    (ROWS, "rows = x.transpose(0, 3, 2, 1).reshape(-1, c)"),
    cause="The rows are made in the order picture, column, row of pixels, but are put back as picture, row, column.",
    look="the order of the four numbers in the first transpose.",
)
batchnorm2d_forward.mistake(
    "pictures_last_on_the_way_there",
    (ROWS, "rows = x.transpose(2, 3, 0, 1).reshape(-1, c)"),
    cause="The rows run through the pictures fastest, but are put back as if the pictures ran slowest.",
    look="the order of the first three axes before they are merged.",
)
batchnorm2d_forward.mistake(
    "pixels_as_columns",
    (ROWS, "rows = x.transpose(0, 2, 3, 1).reshape(c, -1).T"),
    cause="The channels have moved last, but the reshape then asks for them first, which mixes all channels.",
    look="the two numbers in the first reshape.",
)
batchnorm2d_forward.mistake(
    "reshaped_to_channels_first",
    (ROWS, "rows = x.reshape(c, -1).T"),
    (BACK, "out = out.T.reshape(n, c, h, w)"),
    cause="The numbers are cut into C pieces in memory order; the pictures come first there, so each piece mixes "
    "channels.",
    look="the first reshape: is the channel axis the first axis by then?",
)
batchnorm2d_forward.mistake(
    "same_transpose_again",
    (BACK, "out = out.reshape(n, h, w, c).transpose(0, 2, 3, 1)"),
    cause="The way back applies the transpose of the way there once more; that does not undo it.",
    look="the four numbers in the last transpose: where do the channels stand by then, and where do they belong?",
)
batchnorm2d_forward.mistake(
    "channels_put_third",
    (BACK, "out = out.reshape(n, h, w, c).transpose(0, 1, 3, 2)"),
    cause="On the way back the channels end up third, shape (N, H, C, W); they belong second.",
    look="the order of the four numbers in the last transpose.",
)
batchnorm2d_forward.mistake(
    "eps_not_passed_on",
    (CALL, "out, cache = batchnorm_forward(rows, gamma, beta)"),
    cause="eps is not handed to the vector version, which then uses 1e-5 whatever the caller asked for.",
    look="the arguments in the call of the vector version.",
)
batchnorm2d_forward.mistake(
    "gamma_not_used",
    (CALL, "out, cache = batchnorm_forward(rows, 1.0, beta, eps)"),
    cause="The scale is not applied: gamma has no influence on the result.",
    look="where gamma goes.",
)
batchnorm2d_forward.mistake(
    "beta_not_used",
    (CALL, "out, cache = batchnorm_forward(rows, gamma, 0.0, eps)"),
    cause="The shift is not applied: beta has no influence on the result.",
    look="where beta goes.",
)
batchnorm2d_forward.mistake(
    "gamma_and_beta_swapped",
    (CALL, "out, cache = batchnorm_forward(rows, beta, gamma, eps)"),
    cause="gamma and beta have changed places: gamma scales, beta shifts.",
    look="the order of the arguments in the call of the vector version.",
)
batchnorm2d_forward.mistake(
    "other_default_eps",
    (
        "def batchnorm2d_forward(x, gamma, beta, eps=1e-5)",
        "def batchnorm2d_forward(x, gamma, beta, eps=1e-3)",
    ),
    cause="Where eps is not given, 1e-3 is used (Keras' default); here it is 1e-5.",
    look="the default in the signature.",
)
batchnorm2d_forward.mistake(
    "one_picture_after_another",
    (
        CALL,
        "out = np.concatenate([batchnorm_forward(part, gamma, beta, eps)[0] for part in np.split(rows, n)])",
    ),
    ("return out, cache", "return out, None"),
    cause="Each picture is normalized with its own statistics: that is instance norm. Here all pictures share them.",
    look="what the mean is taken over: are the pictures, axis 0, among it?",
)
batchnorm2d_forward.mistake(
    "cache_first",
    ("return out, cache", "return cache, out"),
    cause="The cache comes first and out second; the order is the other way round.",
    look="the order of the two values that are returned.",
)
batchnorm2d_forward.mistake(
    "cache_not_returned",
    ("return out, cache", "return out"),
    cause="Only out is returned; asked for are out and the cache.",
    look="what stands after `return`.",
)

AXES = """
def batchnorm2d_forward(x, gamma, beta, eps=1e-5):
    axes = (0, 2, 3)
    scale, shift = gamma[:, None, None], beta[:, None, None]
    mean = x.mean(axis=axes, keepdims=True)
    var = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
    out = scale * (x - mean) / np.sqrt(var + eps) + shift
    return out, None
"""
OUT = "out = scale * (x - mean) / np.sqrt(var + eps) + shift"
SQUARES = "var = ((x - mean) ** 2).mean(axis=axes, keepdims=True)"


def _axes_mistake(name, *edits, cause, look):
    batchnorm2d_forward.mistake(name, *edits, cause=cause, look=look, code=AXES)


_axes_mistake(
    "one_mean_per_pixel",
    ("(0, 2, 3)", "(0,)"),
    cause="Each pixel of a channel has statistics of its own, over the pictures only; all pixels share theirs.",
    look="the axes over which the mean is taken.",
)
_axes_mistake(
    "layer_norm",
    ("(0, 2, 3)", "(1, 2, 3)"),
    cause="Each picture is normalized over all its channels and pixels: that is layer norm.",
    look="the axes: the channel axis must not be among them, the pictures must.",
)
_axes_mistake(
    "one_mean_across_the_channels",
    ("(0, 2, 3)", "(1,)"),
    cause="The mean is taken over the channels of each pixel; it belongs to one channel, over everything else.",
    look="the axes: all but the channel axis.",
)
_axes_mistake(
    "pictures_and_channels_averaged",
    ("(0, 2, 3)", "(0, 1)"),
    cause="The mean is taken over pictures and channels for each pixel; it belongs to a channel, over everything else.",
    look="the axes: all but the channel axis.",
)
_axes_mistake(
    "height_left_out",
    ("(0, 2, 3)", "(0, 3)"),
    cause="Each row of pixels has statistics of its own; all rows of a channel share theirs.",
    look="the axes: one is missing.",
)
_axes_mistake(
    "width_left_out",
    ("(0, 2, 3)", "(0, 2)"),
    cause="Each column of pixels has statistics of its own; all columns of a channel share theirs.",
    look="the axes: one is missing.",
)
_axes_mistake(
    "one_mean_for_everything",
    ("(0, 2, 3)", "(0, 1, 2, 3)"),
    cause="One mean and one variance of the whole batch are taken; each channel needs its own.",
    look="the axes: the channel axis must not be among them.",
)
_axes_mistake(
    "channels_taken_to_be_last",
    ("(0, 2, 3)", "(0, 1, 2)"),
    ("gamma[:, None, None], beta[:, None, None]", "gamma, beta"),
    cause="The last axis is taken for the channels, as in NHWC; here they come second, (N, C, H, W).",
    look="which axis the channels are, in the statistics and for gamma.",
)
_axes_mistake(
    "gamma_along_the_width",
    ("gamma[:, None, None], beta[:, None, None]", "gamma, beta"),
    cause="NumPy lines gamma and beta up with the last axis, the width; they belong to the channels.",
    look="the shape that gamma and beta need so that they meet axis 1.",
)
_axes_mistake(
    "gamma_along_the_height",
    ("gamma[:, None, None], beta[:, None, None]", "gamma[:, None], beta[:, None]"),
    cause="gamma and beta are lined up with the height; they belong to the channels.",
    look="the shape that gamma and beta need so that they meet axis 1.",
)
_axes_mistake(
    "gamma_along_the_pictures",
    ("gamma[:, None, None], beta[:, None, None]", "gamma[:, None, None, None], beta[:, None, None, None]"),
    cause="gamma and beta are lined up with the pictures, axis 0; they belong to the channels, axis 1.",
    look="the shape that gamma and beta need so that they meet axis 1.",
)
_axes_mistake(
    "variances_of_pictures_averaged",
    (SQUARES, "var = x.var(axis=(2, 3), keepdims=True).mean(axis=0, keepdims=True)"),
    cause="The variances of the single pictures are averaged; that leaves out how the pictures' means differ.",
    look="how the variance comes about: one step over all axes, or two?",
)
_axes_mistake(
    "mean_of_the_batch_variance_of_the_picture",
    (SQUARES, "var = x.var(axis=(2, 3), keepdims=True)"),
    cause="The mean is that of the batch, but the variance is that of each picture by itself.",
    look="the axes of the variance.",
)
_axes_mistake(
    "unbiased_variance",
    (SQUARES, "var = x.var(axis=axes, ddof=1, keepdims=True)"),
    cause="The variance is divided by one less than the number of values; batch norm normalizes with the biased one.",
    look="the default or `ddof` of the function that takes the variance.",
)
_axes_mistake(
    "divided_by_the_pictures_only",
    (SQUARES, "var = ((x - mean) ** 2).sum(axis=axes, keepdims=True) / len(x)"),
    cause="The squared differences are divided by N; a channel has N·H·W values.",
    look="what the sum of squares is divided by.",
)
_axes_mistake(
    "eps_outside_the_root",
    (OUT, "out = scale * (x - mean) / (np.sqrt(var) + eps) + shift"),
    cause="eps is added to the root; it belongs inside, to the variance.",
    look="what the root is taken of.",
)
_axes_mistake(
    "eps_missing",
    (OUT, "out = scale * (x - mean) / np.sqrt(var) + shift"),
    cause="eps has no influence on the result, and a constant channel divides by zero.",
    look="what the root is taken of.",
)
_axes_mistake(
    "divided_by_the_variance",
    (OUT, "out = scale * (x - mean) / (var + eps) + shift"),
    cause="The differences are divided by the variance instead of its root.",
    look="the power of what is divided by.",
)
_axes_mistake(
    "beta_inside_the_scale",
    (OUT, "out = scale * ((x - mean) / np.sqrt(var + eps) + shift)"),
    cause="beta is multiplied by gamma: it is added before the scaling, and belongs after it.",
    look="the parentheses of the last formula.",
)
_axes_mistake(
    "input_changed",
    ("mean = x.mean(axis=axes, keepdims=True)", "mean = 0.0\n    x -= x.mean(axis=axes, keepdims=True)"),
    cause="The mean is subtracted in place, so the caller's array changes.",
    look="operators such as `-=` on x.",
)
_axes_mistake(
    "mean_of_squares_minus_square_of_mean",
    (SQUARES, "var = (x**2).mean(axis=axes, keepdims=True) - mean**2"),
    cause="The variance is the mean of the squares minus the square of the mean: right on paper, but in float32 "
    "two huge numbers are subtracted and nearly all digits are lost.",
    look="the order of squaring and subtracting.",
)
_axes_mistake(
    "integers_truncated",
    (OUT, "out = np.zeros_like(x)\n    out[:] = scale * (x - mean) / np.sqrt(var + eps) + shift"),
    cause="The result is written into an array of the same type as x; for whole numbers that cuts off all decimals.",
    look="the line that makes the array for the result, and its dtype.",
)
_axes_mistake(
    "only_centred",
    (OUT, "out = scale * (x - mean) + shift"),
    cause="The mean is subtracted, but nothing is divided by the spread.",
    look="the denominator of x_hat.",
)


@batchnorm2d_forward.accepts("mean and variance over three axes")
def _(x, gamma, beta, eps=1e-5):
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    shape = (1, -1, 1, 1)
    x_hat = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
    return gamma.reshape(shape) * x_hat + beta.reshape(shape), x_hat


@batchnorm2d_forward.accepts("one channel after another")
def _(x, gamma, beta, eps=1e-5):
    out = np.empty(x.shape)
    for k, (scale, shift) in enumerate(zip(gamma, beta)):
        channel = x[:, k].astype(np.float64)
        out[:, k] = scale * (channel - channel.mean()) / np.sqrt(channel.var() + eps) + shift
    return out, None


@batchnorm2d_forward.accepts("loops in plain Python")
def _(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    out, places = np.zeros((n, c, h, w)), list(np.ndindex(n, h, w))
    for k in range(c):
        values = [float(x[i, k, row, column]) for i, row, column in places]
        mean = sum(values) / len(values)
        std = (sum((value - mean) ** 2 for value in values) / len(values) + eps) ** 0.5
        for (i, row, column), value in zip(places, values):
            out[i, k, row, column] = gamma[k] * (value - mean) / std + beta[k]
    return out, None


@batchnorm2d_forward.accepts("channels moved first, one row each")
def _(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    flat = np.swapaxes(x, 0, 1).reshape(c, -1).astype(np.float64)
    flat = (flat - flat.mean(axis=1, keepdims=True)) / np.sqrt(flat.var(axis=1, keepdims=True) + eps)
    flat = gamma[:, None] * flat + beta[:, None]
    return flat.reshape(c, n, h, w).swapaxes(0, 1), flat


@batchnorm2d_forward.accepts("columns of pixels before rows, both ways")
def _(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    rows = np.moveaxis(x, 1, -1).swapaxes(1, 2).reshape(-1, c) * 1.0
    rows = gamma * (rows - rows.mean(0)) / np.sqrt(rows.var(0) + eps) + beta
    return np.moveaxis(rows.reshape(n, w, h, c).swapaxes(1, 2), -1, 1), rows


@batchnorm2d_forward.accepts("einsum")
def _(x, gamma, beta, eps=1e-5):
    count = x.size / x.shape[1]
    centred = x - np.einsum("nchw->c", x * 1.0)[:, None, None] / count
    centred = centred - np.einsum("nchw->c", centred)[:, None, None] / count
    scale = gamma * (np.einsum("nchw,nchw->c", centred, centred) / count + eps) ** -0.5
    return np.einsum("c,nchw->nchw", scale, centred) + beta[:, None, None], scale


@batchnorm2d_forward.accepts("torch, and a tensor comes back")
def _(x, gamma, beta, eps=1e-5):
    x, gamma, beta = tensor(x), tensor(gamma), tensor(beta)
    var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)
    return gamma.view(-1, 1, 1) * (x - mean) * torch.rsqrt(var + eps) + beta.view(-1, 1, 1), (x, mean)


@batchnorm2d_forward.accepts("in place on a copy, one scale and one shift per channel")
def _(x, gamma, beta, eps=1e-5):
    out = np.array(x, dtype=np.float64)
    scale = gamma / np.sqrt(out.var(axis=(0, 2, 3)) + eps)
    shift = beta - out.mean(axis=(0, 2, 3)) * scale
    out *= scale[:, None, None]
    out += shift[:, None, None]
    return out, (scale, shift)


# batchnorm2d_backward


def torch_backward2d(dout, cache):
    n, c, h, w = dout.shape
    # any x with this x_hat will do: mean 0, and the variance that leaves room for eps in std
    x_hat, std = tensor(cache["x_hat"]), tensor(cache["std"])
    x = (x_hat * std).reshape(n, h, w, c).permute(0, 3, 1, 2).clone().requires_grad_()
    gamma, beta = (
        tensor(cache["gamma"]).requires_grad_(),
        torch.zeros(c, dtype=torch.float64).requires_grad_(),
    )
    var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
    eps = (std**2 - var).detach()
    shape = (1, -1, 1, 1)
    out = (x - mean.view(shape)) / (var + eps).sqrt().view(shape) * gamma.view(shape) + beta.view(shape)
    return tuple(grad.numpy() for grad in torch.autograd.grad(out, (x, gamma, beta), tensor(dout)))


batchnorm2d_backward = Bank(
    convolution.batchnorm2d_backward,
    parts=[
        Part(
            "gradients: sizes all different, C = W, all equal",
            3,
            (
                "three pictures, four channels, 2 by 5 pixels",
                "as many channels as columns of pixels",
                "all four sizes equal",
            ),
        ),
        Part(
            "one picture, one pixel, and a second call",
            1,
            ("one picture", "pictures of one pixel", "twice with the same cache"),
        ),
    ],
    oracle=torch_backward2d,
)
DROWS = "rows = dout.transpose(0, 2, 3, 1).reshape(-1, c)  # Shape: (N*H*W, C)"
DCALL = "dx, dgamma, dbeta = batchnorm_backward(rows, cache)"
DBACK = "dx = dx.reshape(n, h, w, c).transpose(0, 3, 1, 2)"

batchnorm2d_backward.mistake(
    "reshaped_without_transposing",
    (DROWS, "rows = dout.reshape(-1, c)"),
    (DBACK, "dx = dx.reshape(n, c, h, w)"),
    cause="dout is cut into rows in its order in memory, so each column mixes pixels of all channels.",
    look="what stands before the reshape: the channel axis has to be the last one by then.",
)
batchnorm2d_backward.mistake(
    "gamma_applied_twice",
    (DROWS, "rows = (dout * cache['gamma'][:, None, None]).transpose(0, 2, 3, 1).reshape(-1, c)"),
    cause="dout is multiplied by gamma before the vector version, which does that itself.",
    look="what the given function does with cache['gamma'].",
)
batchnorm2d_backward.mistake(
    "transposed_back_only",
    (DROWS, "rows = dout.reshape(-1, c)"),
    cause="The way back moves the channel axis, but on the way there it was never moved.",
    look="the first reshape, and what has to happen before it.",
)
batchnorm2d_backward.mistake(
    "transposed_there_only",
    (DBACK, "dx = dx.reshape(n, c, h, w)"),
    cause="dgamma and dbeta are right, but dx is cut into N, C, H, W while its channels still stand last in memory.",
    look="the way back: which axis runs fastest in the rows?",
)
batchnorm2d_backward.mistake(
    "channels_left_last",
    (DBACK, "dx = dx.reshape(n, h, w, c)"),
    cause="The values of dx are right but its channels stand last, shape (N, H, W, C); dout has them second.",
    look="the last step of the way back.",
)
batchnorm2d_backward.mistake(
    "rows_returned",
    (DBACK, ""),
    cause="dx is the matrix of rows, (N·H·W, C); it has to have the shape of dout.",
    look="what is missing after the call of the vector version.",
)
batchnorm2d_backward.mistake(
    "height_and_width_swapped_at_the_end",
    (DBACK, "dx = dx.reshape(n, h, w, c).transpose(0, 3, 2, 1)"),
    cause="The way back turns every picture on its side: the last two axes of dx come out as W, H.",
    look="the order of the four numbers in the last transpose.",
)
batchnorm2d_backward.mistake(
    "height_and_width_confused_on_the_way_back",
    (DBACK, "dx = dx.reshape(n, w, h, c).transpose(0, 3, 2, 1)"),
    cause="The rows were made in the order picture, row, column of pixels, but are cut up as picture, column, row.",
    look="the order of h and w in the second reshape.",
)
batchnorm2d_backward.mistake(
    "width_before_height_on_the_way_there",
    (DROWS, "rows = dout.transpose(0, 3, 2, 1).reshape(-1, c)"),
    cause="dout's rows are in the order picture, column, row of pixels, but those of x_hat are picture, row, column.",
    look="the order of the four numbers in the first transpose.",
)
batchnorm2d_backward.mistake(
    "same_other_order_there_and_back",
    (DROWS, "rows = dout.transpose(0, 3, 2, 1).reshape(-1, c)"),
    (DBACK, "dx = dx.reshape(n, w, h, c).transpose(0, 3, 2, 1)"),
    cause="dout's rows run through the columns of pixels first, there and back; but the rows of x_hat in the cache do "
    "not, so dout and x_hat do not belong together.",
    look="the order of the rows that the exercise gives for x_hat.",
)
batchnorm2d_backward.mistake(
    "channels_first_there_and_back",
    (DROWS, "rows = dout.transpose(2, 3, 0, 1).reshape(-1, c)"),
    (DBACK, "dx = dx.reshape(h, w, n, c).transpose(2, 3, 0, 1)"),
    cause="dout's rows run through the pictures fastest, there and back; those of x_hat in the cache run through them "
    "slowest, so dout and x_hat do not belong together.",
    look="the order of the rows that the exercise gives for x_hat.",
)
batchnorm2d_backward.mistake(
    "same_transpose_again",
    (DBACK, "dx = dx.reshape(n, h, w, c).transpose(0, 2, 3, 1)"),
    cause="The way back applies the transpose of the way there once more; that does not undo it.",
    look="the four numbers in the last transpose: where do the channels stand by then, and where do they belong?",
)
batchnorm2d_backward.mistake(
    "pictures_handed_on_as_they_are",
    (DROWS, "rows = dout"),
    cause="dout is handed to the vector version with its four axes; that one takes rows, shape (N·H·W, C).",
    look="what the vector version is called with.",
)
batchnorm2d_backward.mistake(
    "dx_doubled",
    (DBACK, "dx = 2 * dx.reshape(n, h, w, c).transpose(0, 3, 1, 2)"),
    cause="dx is twice as large as it should be: something is counted twice.",
    look="factors of 2, and gradients that are added more than once.",
)
batchnorm2d_backward.mistake(
    "dgamma_and_dbeta_swapped",
    ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),
    cause="dgamma and dbeta have changed places.",
    look="the order of the three values that are returned.",
)
batchnorm2d_backward.mistake(
    "only_dx_returned",
    ("return dx, dgamma, dbeta", "return dx"),
    cause="Only dx is returned; asked for are dx, dgamma and dbeta.",
    look="what stands after `return`.",
)
batchnorm2d_backward.mistake(
    "gradients_averaged",
    ("return dx, dgamma, dbeta", "return dx, dgamma / len(rows), dbeta / len(rows)"),
    cause="dgamma and dbeta are averaged over the pixels; a parameter that is used N·H·W times gets the sum.",
    look="what is done to dgamma and dbeta after the sums.",
)
batchnorm2d_backward.mistake(
    "gradients_averaged_over_pictures",
    ("return dx, dgamma, dbeta", "return dx, dgamma / n, dbeta / n"),
    cause="dgamma and dbeta are divided by the number of pictures; they are sums over all pixels of all pictures.",
    look="what is done to dgamma and dbeta after the sums.",
)
batchnorm2d_backward.mistake(
    "kept_dimensions",
    ("return dx, dgamma, dbeta", "return dx, dgamma.reshape(1, c, 1, 1), dbeta.reshape(1, c, 1, 1)"),
    cause="The numbers are right, but dgamma and dbeta have shape (1, C, 1, 1); they have that of gamma, (C,).",
    look="the shape of the last two results.",
)
batchnorm2d_backward.mistake(
    "upstream_changed",
    (DROWS, "dout *= cache['gamma'][:, None, None]\n    rows = dout.transpose(0, 2, 3, 1).reshape(-1, c)"),
    (DCALL, "dx, dgamma, dbeta = batchnorm_backward(rows, {**cache, 'gamma': np.ones(c)})"),
    (
        DBACK,
        "dx = dx.reshape(n, h, w, c).transpose(0, 3, 1, 2)\n"
        "    dgamma, dbeta = (g / cache['gamma'] for g in (dgamma, dbeta))",
    ),
    cause="dout is multiplied in place, so the caller's array changes.",
    look="operators such as `*=` on dout.",
)
batchnorm2d_backward.mistake(
    "cache_changed",
    (DCALL, "dx, dgamma, dbeta = batchnorm_backward(rows, cache)\n    cache['gamma'] /= cache['std']"),
    cause="An array in the cache is changed in place, so a second backward pass would get other numbers.",
    look="operators such as `/=` on what the cache holds.",
)
batchnorm2d_backward.mistake(
    "one_picture_after_another",
    (
        DCALL,
        "parts = [batchnorm_backward(d, {**cache, 'x_hat': v}) for d, v in "
        "zip(np.split(rows, n), np.split(cache['x_hat'], n))]\n"
        "    dx, dgamma, dbeta = (np.concatenate(s) if i == 0 else sum(s) for i, s in enumerate(zip(*parts)))",
    ),
    cause="The gradient of each picture is sent back by itself; all pictures share the statistics, so the sums for dx "
    "run over all of them.",
    look="over how many rows the vector version is called at once.",
)

DAXES = """
def batchnorm2d_backward(dout, cache):
    n, c, h, w = dout.shape
    x_hat = np.moveaxis(cache["x_hat"].reshape(n, h, w, c), -1, 1)
    std, gamma = cache["std"][:, None, None], cache["gamma"][:, None, None]
    axes, count = (0, 2, 3), n * h * w
    dx_hat = dout * gamma
    level = dx_hat.sum(axis=axes, keepdims=True) / count
    tilt = (dx_hat * x_hat).sum(axis=axes, keepdims=True) / count
    dx = (dx_hat - level - x_hat * tilt) / std
    return dx, (dout * x_hat).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
"""
DX = "dx = (dx_hat - level - x_hat * tilt) / std"


def _daxes_mistake(name, *edits, cause, look):
    batchnorm2d_backward.mistake(name, *edits, cause=cause, look=look, code=DAXES)


_daxes_mistake(
    "divided_by_the_pictures_only",
    ("n * h * w", "n"),
    cause="The two sums in dx are divided by N; they run over N·H·W values.",
    look="what the sums are divided by.",
)
_daxes_mistake(
    "divided_by_the_pixels_only",
    ("n * h * w", "h * w"),
    cause="The two sums in dx are divided by H·W; they run over N·H·W values.",
    look="what the sums are divided by.",
)
_daxes_mistake(
    "divided_by_the_channels_too",
    ("n * h * w", "dout.size"),
    cause="The two sums in dx are divided by the size of dout; a channel has N·H·W values only.",
    look="what the sums are divided by.",
)
_daxes_mistake(
    "sums_over_pictures_only",
    ("axes, count = (0, 2, 3), n * h * w", "axes, count = (0,), n"),
    cause="dx is computed as if every pixel had statistics of its own; all pixels of a channel share theirs.",
    look="the axes of the sums in dx.",
)
_daxes_mistake(
    "layer_norm_backward",
    ("axes, count = (0, 2, 3), n * h * w", "axes, count = (1, 2, 3), c * h * w"),
    cause="The sums in dx run over the channels of each picture: that is layer norm's gradient.",
    look="the axes of the sums in dx.",
)
_daxes_mistake(
    "statistics_as_constants",
    (DX, "dx = dx_hat / std"),
    cause="Mean and variance are treated as constants; each pixel also acts through both of them.",
    look="dx: two of its three terms are missing.",
)
_daxes_mistake(
    "no_path_through_the_mean",
    (DX, "dx = (dx_hat - x_hat * tilt) / std"),
    cause="The path through the mean is missing, so dx does not sum to 0 in a channel.",
    look="the three terms of dx.",
)
_daxes_mistake(
    "no_path_through_the_variance",
    (DX, "dx = (dx_hat - level) / std"),
    cause="The path through the variance is missing from dx.",
    look="the three terms of dx.",
)
_daxes_mistake(
    "gamma_missing_in_dx",
    ("dx_hat = dout * gamma", "dx_hat = dout"),
    cause="gamma has no influence on dx, though out is gamma times x_hat.",
    look="the step from dout to the gradient of x_hat.",
)
_daxes_mistake(
    "std_missing_in_dx",
    (DX, "dx = dx_hat - level - x_hat * tilt"),
    cause="dx is not divided by std, though x_hat is (x − mean) / std.",
    look="the last step of dx.",
)
_daxes_mistake(
    "std_multiplied",
    (DX, "dx = (dx_hat - level - x_hat * tilt) * std"),
    cause="dx is multiplied by std where it has to be divided.",
    look="the last step of dx.",
)
_daxes_mistake(
    "root_of_std",
    (DX, "dx = (dx_hat - level - x_hat * tilt) / np.sqrt(std)"),
    cause="The root of std is taken; std in the cache is a root already.",
    look="what dx is divided by.",
)
_daxes_mistake(
    "divided_by_std_squared",
    (DX, "dx = (dx_hat - level - x_hat * tilt) / std**2"),
    cause="dx is divided by the square of std; once is enough.",
    look="what dx is divided by.",
)
_daxes_mistake(
    "gamma_gradients_per_picture",
    (".sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))", ".sum(axis=(2, 3)), dout.sum(axis=(2, 3))"),
    cause="dgamma and dbeta are summed over the pixels of each picture, not over the pictures.",
    look="the axes of the last two sums.",
)
_daxes_mistake(
    "gamma_gradients_per_pixel",
    (".sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))", ".sum(axis=(0,)), dout.sum(axis=(0,))"),
    cause="dgamma and dbeta are summed over the pictures only; each channel has one gamma for all its pixels.",
    look="the axes of the last two sums.",
)
_daxes_mistake(
    "dgamma_from_out",
    ("return dx, (dout * x_hat)", "return dx, (dout * gamma * x_hat)"),
    cause="dgamma is multiplied by gamma; it is the sum of dout times x_hat.",
    look="what is multiplied by dout in dgamma.",
)
_daxes_mistake(
    "x_hat_cut_without_transposing",
    ('np.moveaxis(cache["x_hat"].reshape(n, h, w, c), -1, 1)', 'cache["x_hat"].reshape(n, c, h, w)'),
    cause="x_hat from the cache is cut into N, C, H, W, but its channels stand last, in columns.",
    look="how x_hat is brought into the shape of dout.",
)


@batchnorm2d_backward.accepts("sums over three axes")
def _(dout, cache):
    n, c, h, w = dout.shape
    x_hat = cache["x_hat"].reshape(n, h, w, c).transpose(0, 3, 1, 2)
    dbeta, dgamma = dout.sum((0, 2, 3)), np.sum(dout * x_hat, (0, 2, 3))
    shape, size = (c, 1, 1), n * h * w
    pulled = size * dout - dbeta.reshape(shape) - x_hat * dgamma.reshape(shape)
    return (cache["gamma"] / cache["std"]).reshape(shape) / size * pulled, dgamma, dbeta


@batchnorm2d_backward.accepts("one channel after another")
def _(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(c), np.zeros(c)
    for k in range(c):
        d, v = dout[:, k].ravel(), cache["x_hat"][:, k]
        dgamma[k], dbeta[k] = d @ v, d.sum()
        inner = d - d.mean() - v * (d @ v) / d.size
        dx[:, k] = (cache["gamma"][k] / cache["std"][k] * inner).reshape(n, h, w)
    return dx, dgamma, dbeta


@batchnorm2d_backward.accepts("einsum")
def _(dout, cache):
    n, c, h, w = dout.shape
    x_hat = np.einsum("nhwc->nchw", cache["x_hat"].reshape(n, h, w, c))
    dgamma, dbeta = np.einsum("nchw,nchw->c", dout, x_hat), np.einsum("nchw->c", dout)
    inner = dout - np.einsum("c,nchw->nchw", dgamma, x_hat) / (n * h * w) - dbeta[:, None, None] / (n * h * w)
    return np.einsum("c,nchw->nchw", cache["gamma"] / cache["std"], inner), dgamma, dbeta


@batchnorm2d_backward.accepts("torch, and tensors come back")
def _(dout, cache):
    n, c, h, w = dout.shape
    rows, x_hat = tensor(dout).permute(0, 2, 3, 1).reshape(-1, c), tensor(cache["x_hat"])
    dgamma, dbeta = (rows * x_hat).sum(0), rows.sum(0)
    dx = tensor(cache["gamma"] / cache["std"]) * (rows - rows.mean(0) - x_hat * (rows * x_hat).mean(0))
    return dx.view(n, h, w, c).permute(0, 3, 1, 2), dgamma, dbeta


@batchnorm2d_backward.accepts("centred once more, which changes nothing")
def _(dout, cache):
    n, c, h, w = dout.shape
    rows = np.moveaxis(dout, 1, 3).reshape(n * h * w, c)
    dx_hat, x_hat = rows * cache["gamma"], cache["x_hat"]
    dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / cache["std"]
    dx = dx - dx.mean(axis=0)
    return np.moveaxis(dx.reshape(n, h, w, c), 3, 1), np.einsum("ij,ij->j", rows, x_hat), rows.sum(axis=0)


@batchnorm2d_backward.accepts("step by step through dvar and dmean")
def _(dout, cache):
    n, c, h, w = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, c)
    dx_hat, std, centred = rows * cache["gamma"], cache["std"], cache["x_hat"] * cache["std"]
    dvar = (dx_hat * centred).sum(axis=0) * -0.5 * std**-3.0
    dmean = -dx_hat.sum(axis=0) / std
    dx = dx_hat / std + 2 * dvar * centred / len(rows) + dmean / len(rows)
    dx = dx.reshape(n, h, w, c).swapaxes(2, 3).swapaxes(1, 2)
    return [dx, (rows * cache["x_hat"]).sum(axis=0), rows.sum(axis=0)]


# ResidualBlock


class FunctionalBlock(nn.Module):
    """The block from functions; its parts only hold the parameters."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.stride, changes = stride, (in_channels, 1) != (out_channels, stride)
        shortcut = [nn.Conv2d(in_channels, out_channels, (1, 1), bias=False), nn.BatchNorm2d(out_channels)]
        self.shortcut = nn.Sequential(*shortcut[: 2 * changes])
        self.bn1, self.bn2 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, (3, 3), bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, (3, 3), bias=False)
        self.bn2.weight.data *= 0

    def norm(self, h, bn):
        arguments = (bn.weight, bn.bias, self.training, bn.momentum, bn.eps)
        return functional.batch_norm(h, bn.running_mean, bn.running_var, *arguments)

    def forward(self, x):
        h = functional.conv2d(x, self.conv1.weight, stride=self.stride, padding=1)
        h = self.norm(h, self.bn1).clamp(min=0)
        h = self.norm(functional.conv2d(h, self.conv2.weight, padding=1), self.bn2)
        if len(self.shortcut):
            conv, bn = self.shortcut
            x = self.norm(functional.conv2d(x, conv.weight, stride=self.stride), bn)
        return (x + h).clamp(min=0)


ResidualBlock = Bank(
    convolution.ResidualBlock,
    parts=[
        Part(
            "built as asked: parameters, biases, gammas",
            2,
            ("as built, 4 to 4 channels", "as built, 3 to 5 channels, stride 2"),
            2,
        ),
        Part(
            "the output in training, shape kept or changed",
            2,
            (
                "training, 4 to 4 channels",
                "training, 3 to 5 channels, stride 2",
                "training, 3 to 5 channels, stride 1",
                "training, 4 to 4 channels, stride 2",
                "training, pictures of 2 by 1 pixels, stride 2",
            ),
            2,
        ),
        Part("evaluation and gradients", 1, ("evaluation, one picture", "gradients"), 2),
    ],
    oracle=FunctionalBlock,
)
CONV1 = "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)"
BN1 = "self.bn1 = nn.BatchNorm2d(out_channels)"
CONV2 = "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)"
BN2 = "self.bn2 = nn.BatchNorm2d(out_channels)"
ZERO = "nn.init.zeros_(self.bn2.weight)"
WHEN = "if stride != 1 or in_channels != out_channels:"
PROJECT = "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False))"
PROJECTED = "self.shortcut.append(nn.BatchNorm2d(out_channels))"
FIRST = "h = torch.relu(self.bn1(self.conv1(x)))"
SECOND = "h = self.bn2(self.conv2(h))"
SUM = "return torch.relu(h + self.shortcut(x))"

ResidualBlock.mistake(
    "bias_kept_in_the_branch",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)"),
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)"),
    cause="Both convolutions of the branch have a bias, which the batch norm behind them takes away again.",
    look="the argument of `nn.Conv2d` that decides on the bias; its default is True.",
)
ResidualBlock.mistake(
    "bias_kept_everywhere",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)"),
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)"),
    (PROJECT, "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride))"),
    cause="All convolutions have a bias, which the batch norm behind each takes away again.",
    look="the argument of `nn.Conv2d` that decides on the bias; its default is True.",
)
ResidualBlock.mistake(
    "bias_kept_in_conv1",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)"),
    cause="`conv1` has a bias, which the batch norm behind it takes away again.",
    look="the arguments of `conv1`; the default of `bias` is True.",
)
ResidualBlock.mistake(
    "bias_kept_in_conv2",
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)"),
    cause="`conv2` has a bias, which the batch norm behind it takes away again.",
    look="the arguments of `conv2`; the default of `bias` is True.",
)
ResidualBlock.mistake(
    "bias_kept_in_the_shortcut",
    (PROJECT, "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride))"),
    cause="The convolution in the shortcut has a bias, which the batch norm behind it takes away again.",
    look="the arguments of the 1×1 convolution; the default of `bias` is True.",
)
ResidualBlock.mistake(
    "last_gamma_left_at_one",
    (ZERO, "pass"),
    cause="gamma of `bn2` starts at 1; it has to start at 0, so that a new block is the identity.",
    look="what `bn2` holds right after it is made.",
)
ResidualBlock.mistake(
    "first_gamma_zeroed",
    (ZERO, "nn.init.zeros_(self.bn1.weight)"),
    cause="gamma of `bn1` is set to 0 where that of `bn2`, the last one, is meant.",
    look="which of the two batch norms is the last of the branch.",
)
ResidualBlock.mistake(
    "both_gammas_zeroed",
    (ZERO, "nn.init.zeros_(self.bn2.weight)\n        nn.init.zeros_(self.bn1.weight)"),
    cause="Both gammas start at 0; then `bn1` hands on 0 as well, and no gradient reaches either of them.",
    look="which of the gammas has to start at 0.",
)
ResidualBlock.mistake(
    "gamma_of_the_shortcut_zeroed",
    (
        PROJECTED,
        "self.shortcut.append(nn.BatchNorm2d(out_channels))\n            nn.init.zeros_(self.shortcut[1].weight)",
    ),
    cause="gamma in the shortcut starts at 0 as well, so a new block with projection gives 0 for every input.",
    look="the gamma of the batch norm in the shortcut.",
)
ResidualBlock.mistake(
    "convolution_zeroed_in_place_of_gamma",
    (ZERO, "nn.init.zeros_(self.conv2.weight)"),
    cause="The weights of `conv2` are set to 0; asked for is gamma of `bn2`. Behind a batch norm, zero weights would "
    "also leave eps to rule.",
    look="which part is set to 0.",
)
ResidualBlock.mistake(
    "last_gamma_small",
    (ZERO, "nn.init.constant_(self.bn2.weight, 1e-3)"),
    cause="gamma of `bn2` starts at a small number; it has to be 0.",
    look="the value that gamma of `bn2` gets.",
)
ResidualBlock.mistake(
    "relu_before_the_sum",
    (SECOND, "h = torch.relu(self.bn2(self.conv2(h)))"),
    (SUM, "return h + self.shortcut(x)"),
    cause="The ReLU comes before the sum, so the branch can only add; it belongs after the sum.",
    look="the order of sum and ReLU at the end of `forward`.",
)
ResidualBlock.mistake(
    "relu_before_and_after_the_sum",
    (SECOND, "h = torch.relu(self.bn2(self.conv2(h)))"),
    cause="There is a ReLU before the sum as well as after it, so the branch can only add, never take away.",
    look="what happens between `bn2` and the sum.",
)
ResidualBlock.mistake(
    "no_relu_at_the_end",
    (SUM, "return h + self.shortcut(x)"),
    cause="The sum is returned as it is; a ReLU comes after it.",
    look="the last line of `forward`.",
)
ResidualBlock.mistake(
    "no_relu_in_the_branch",
    (FIRST, "h = self.bn1(self.conv1(x))"),
    cause="There is no ReLU between the two convolutions.",
    look="what follows `bn1`.",
)
ResidualBlock.mistake(
    "relu_before_the_first_norm",
    (FIRST, "h = self.bn1(torch.relu(self.conv1(x)))"),
    cause="The first ReLU comes before `bn1`; here batch norm comes right after the convolution, then the ReLU.",
    look="the order of `bn1` and ReLU.",
)
ResidualBlock.mistake(
    "other_activation",
    (FIRST, "h = nn.functional.gelu(self.bn1(self.conv1(x)))"),
    (SUM, "return nn.functional.gelu(h + self.shortcut(x))"),
    cause="The activation is GELU; asked for is ReLU.",
    look="the function that is applied after `bn1` and after the sum.",
)
ResidualBlock.mistake(
    "leaky_relu",
    (FIRST, "h = nn.functional.leaky_relu(self.bn1(self.conv1(x)))"),
    (SUM, "return nn.functional.leaky_relu(h + self.shortcut(x))"),
    cause="The activation is a leaky ReLU, which lets a part of negative values through; asked for is ReLU.",
    look="the function that is applied after `bn1` and after the sum.",
)
ResidualBlock.mistake(
    "capped_relu",
    (SUM, "return nn.functional.relu6(h + self.shortcut(x))"),
    cause="The last activation cuts values above 6 off; a plain ReLU has no upper limit.",
    look="the function that is applied to the sum.",
)
ResidualBlock.mistake(
    "no_shortcut",
    (SUM, "return torch.relu(h)"),
    cause="The shortcut is not added, so this is a plain pair of convolutions.",
    look="what is added to the branch before the last ReLU.",
)
ResidualBlock.mistake(
    "input_added_unprojected",
    (SUM, "return torch.relu(h + x)"),
    cause="The input itself is added, also where its shape differs from that of the branch.",
    look="what is added to the branch before the last ReLU.",
)
ResidualBlock.mistake(
    "shortcut_of_the_hidden_layer",
    (SUM, "return torch.relu(self.bn2(self.conv2(hidden)) + hidden)"),
    (FIRST, "hidden = h = torch.relu(self.bn1(self.conv1(x)))"),
    (SECOND, ""),
    cause="The shortcut begins after the first convolution; it goes around both.",
    look="where what is added comes from.",
)
ResidualBlock.mistake(
    "sum_before_the_last_norm",
    (SECOND, ""),
    (SUM, "return torch.relu(self.bn2(self.conv2(h) + self.shortcut(x)))"),
    cause="The shortcut is added before `bn2`, which then normalizes it too; it has to pass untouched.",
    look="the order of `bn2` and the sum.",
)
ResidualBlock.mistake(
    "shortcut_subtracted",
    (SUM, "return torch.relu(h - self.shortcut(x))"),
    cause="The shortcut is subtracted; it is added.",
    look="the sign in front of the shortcut.",
)
ResidualBlock.mistake(
    "shortcut_multiplied",
    (SUM, "return torch.relu(h * self.shortcut(x))"),
    cause="Branch and shortcut are multiplied; they are added.",
    look="how branch and shortcut come together.",
)
ResidualBlock.mistake(
    "shortcut_concatenated",
    (SUM, "return torch.relu(torch.cat([h, self.shortcut(x)], dim=1))"),
    cause="Branch and shortcut are put side by side, which doubles the channels; they are added.",
    look="how branch and shortcut come together.",
)
ResidualBlock.mistake(
    "sum_halved",
    (SUM, "return torch.relu((h + self.shortcut(x)) / 2)"),
    cause="The mean of branch and shortcut is taken; they are added.",
    look="what is done with the sum.",
)
ResidualBlock.mistake(
    "projection_only_when_channels_change",
    (WHEN, "if in_channels != out_channels:"),
    cause="With stride 2 and equal channels there is no projection, so the shapes do not fit.",
    look="the condition: which two things can change the shape?",
)
ResidualBlock.mistake(
    "projection_only_when_the_stride_is_not_one",
    (WHEN, "if stride != 1:"),
    cause="With stride 1 and other channels there is no projection, so the shapes do not fit.",
    look="the condition: which two things can change the shape?",
)
ResidualBlock.mistake(
    "projection_needs_both",
    (WHEN, "if stride != 1 and in_channels != out_channels:"),
    cause="There is a projection only if stride *and* channels change the shape; one of the two is enough.",
    look="the word between the two conditions.",
)
ResidualBlock.mistake(
    "always_projected",
    (WHEN, "if True:"),
    cause="The shortcut has a convolution even where the shape stays, so a new block is not the identity.",
    look="when the shortcut gets its layers.",
)
ResidualBlock.mistake(
    "shortcut_without_stride",
    (PROJECT, "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, bias=False))"),
    cause="The shortcut keeps the size of the picture while the branch, with its stride, makes it smaller.",
    look="the arguments of the 1×1 convolution.",
)
ResidualBlock.mistake(
    "shortcut_without_norm",
    (PROJECTED, "pass"),
    cause="The shortcut has its convolution but no batch norm after it.",
    look="the layers of the shortcut.",
)
ResidualBlock.mistake(
    "shortcut_norm_before_the_convolution",
    (PROJECT, "self.shortcut.append(nn.BatchNorm2d(in_channels))"),
    (PROJECTED, "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False))"),
    cause="In the shortcut batch norm comes first and the convolution second; the order is the other way round.",
    look="the order of the layers in the shortcut.",
)
ResidualBlock.mistake(
    "shortcut_of_three_by_three",
    (
        PROJECT,
        "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False))",
    ),
    cause="The shortcut has a 3×3 convolution; a 1×1 convolution is enough to change the channels.",
    look="the kernel size in the shortcut.",
)
ResidualBlock.mistake(
    "relu_in_the_shortcut",
    (
        PROJECTED,
        "self.shortcut.append(nn.BatchNorm2d(out_channels))\n            self.shortcut.append(nn.ReLU())",
    ),
    cause="The shortcut ends in a ReLU; only the sum gets one.",
    look="the layers of the shortcut.",
)
ResidualBlock.mistake(
    "stride_in_the_second_convolution",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)"),
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride=stride, padding=1, bias=False)"),
    cause="The second convolution has the stride; the first is asked to have it.",
    look="which convolution is told the stride.",
)
ResidualBlock.mistake(
    "stride_in_both_convolutions",
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride=stride, padding=1, bias=False)"),
    cause="Both convolutions have the stride, so the branch shrinks twice.",
    look="which convolutions are told the stride.",
)
ResidualBlock.mistake(
    "stride_not_used",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)"),
    (PROJECT, "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, bias=False))"),
    cause="The stride has no influence: the picture keeps its size.",
    look="which two convolutions have to be told the stride.",
)
ResidualBlock.mistake(
    "no_padding",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, bias=False)"),
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, bias=False)"),
    cause="Without padding each 3×3 convolution cuts off the edge, and the sum no longer fits.",
    look="the argument `padding` of both convolutions.",
)
ResidualBlock.mistake(
    "second_convolution_takes_the_input_channels",
    (CONV2, "self.conv2 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)"),
    cause="`conv2` is made for the channels of the block's input; it gets those that `conv1` puts out.",
    look="the first argument of `conv2`.",
)
ResidualBlock.mistake(
    "norm_of_the_input_channels",
    (BN1, "self.bn1 = nn.BatchNorm2d(in_channels)"),
    cause="`bn1` is made for the channels of the block's input; it gets those that `conv1` puts out.",
    look="the argument of `bn1`.",
)
ResidualBlock.mistake(
    "bias_kept_and_last_gamma_one",
    (CONV1, "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)"),
    (CONV2, "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)"),
    (ZERO, "pass"),
    (PROJECT, "self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride=stride))"),
    cause="The layers are left as PyTorch makes them: the convolutions have biases, and gamma of `bn2` starts at 1.",
    look="two things that the exercise asks for beside the layers: about biases, and about `bn2`.",
)
ResidualBlock.mistake(
    "replicated_padding",
    (
        CONV1,
        "self.conv1 = nn.Conv2d(\n            in_channels, out_channels, 3, stride=stride, padding=1, bias=False, "
        "padding_mode='replicate'\n        )",
    ),
    cause="The edge is padded with copies of the outermost pixels; the default, zeros, is asked for.",
    look="the arguments of `conv1` that the exercise does not mention.",
)
ResidualBlock.mistake(
    "one_norm_for_both",
    (SECOND, "h = self.bn1(self.conv2(h))"),
    cause="`bn1` is used twice and `bn2` never, so two different layers share statistics, gamma and beta.",
    look="which batch norm follows which convolution.",
)
ResidualBlock.mistake(
    "one_norm_under_two_names",
    (BN2, "self.bn2 = self.bn1"),
    cause="`bn1` and `bn2` are one and the same object, so two layers share statistics, gamma and beta.",
    look="how `bn2` is made.",
)
ResidualBlock.mistake(
    "first_norm_not_used",
    (FIRST, "h = torch.relu(self.conv1(x))"),
    cause="`bn1` exists, but `forward` never calls it.",
    look="what follows `conv1` in `forward`.",
)
ResidualBlock.mistake(
    "last_norm_not_used",
    (SECOND, "h = self.conv2(h)"),
    cause="`bn2` exists, but `forward` never calls it.",
    look="what follows `conv2` in `forward`.",
)
ResidualBlock.mistake(
    "norms_swapped",
    (FIRST, "h = torch.relu(self.bn2(self.conv1(x)))"),
    (SECOND, "h = self.bn1(self.conv2(h))"),
    cause="`bn2` follows the first convolution and `bn1` the second.",
    look="which batch norm follows which convolution.",
)
ResidualBlock.mistake(
    "norm_after_the_sum",
    (SECOND, "h = self.conv2(h)"),
    (SUM, "return torch.relu(self.bn2(h) + self.bn2(self.shortcut(x)))"),
    cause="`bn2` is applied to the shortcut as well, which has to pass untouched.",
    look="what `bn2` is applied to.",
)
ResidualBlock.mistake(
    "keras_settings",
    (BN1, "self.bn1 = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)"),
    (BN2, "self.bn2 = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)"),
    cause="Other settings of batch norm than PyTorch's defaults are used: eps 1e-3, momentum 0.01.",
    look="the arguments of `nn.BatchNorm2d`.",
)
ResidualBlock.mistake(
    "no_gamma_and_beta",
    (BN1, "self.bn1 = nn.BatchNorm2d(out_channels, affine=False)"),
    cause="`bn1` has no gamma and beta.",
    look="the arguments of `bn1`.",
)
ResidualBlock.mistake(
    "no_running_statistics",
    (BN1, "self.bn1 = nn.BatchNorm2d(out_channels, track_running_stats=False)"),
    (BN2, "self.bn2 = nn.BatchNorm2d(out_channels, track_running_stats=False)"),
    cause="No running statistics are kept, so evaluation would depend on the batch.",
    look="the arguments of `nn.BatchNorm2d`.",
)
ResidualBlock.mistake(
    "instance_norm",
    (BN1, "self.bn1 = nn.InstanceNorm2d(out_channels, affine=True, track_running_stats=True)"),
    (BN2, "self.bn2 = nn.InstanceNorm2d(out_channels, affine=True, track_running_stats=True)"),
    cause="Each picture is normalized by itself (instance norm); batch norm is asked for.",
    look="the class of `bn1` and `bn2`.",
)
ResidualBlock.mistake(
    "input_changed",
    (SUM, "x.relu_()\n        return torch.relu(h + self.shortcut(x))"),
    cause="A function whose name ends in an underscore works in place, so the caller's input changes.",
    look="functions with a trailing underscore, or `inplace=True`.",
)
ResidualBlock.mistake(
    "shortcut_without_gradient",
    (SUM, "return torch.relu(h + self.shortcut(x).detach())"),
    cause="The shortcut is cut off from the graph, so no gradient passes through it.",
    look="`detach` or `no_grad` in `forward`.",
)
ResidualBlock.mistake(
    "branch_without_gradient",
    (FIRST, "h = torch.relu(self.bn1(self.conv1(x.detach())))"),
    cause="The branch is cut off from the input's graph, so its gradient does not reach x.",
    look="`detach` or `no_grad` in `forward`.",
)
ResidualBlock.mistake(
    "branch_computed_twice",
    (FIRST, "self.bn1(self.conv1(x))\n        h = torch.relu(self.bn1(self.conv1(x)))"),
    cause="The first batch norm is called twice in one pass, so its running statistics move twice.",
    look="how often each part is called in `forward`.",
)
ResidualBlock.mistake(
    "always_training",
    (FIRST, "self.bn1.train()\n        h = torch.relu(self.bn1(self.conv1(x)))"),
    cause="`bn1` is put into training mode in every pass, so it uses batch statistics in evaluation too.",
    look="who switches the mode: `forward` should not.",
)


@ResidualBlock.accepts("a helper method, layers from torch.nn, keyword arguments")
class _(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        settings = {"kernel_size": 3, "padding": "same" if stride == 1 else 1, "bias": False}
        self.conv1 = nn.Conv2d(in_channels, out_channels, stride=(stride, stride), **settings)
        self.bn1 = nn.BatchNorm2d(num_features=out_channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=(3, 3), padding=(1, 1), bias=False)
        self.bn2 = nn.BatchNorm2d(num_features=out_channels)
        with torch.no_grad():
            self.bn2.weight.zero_()
        needs_projection = stride > 1 or in_channels != out_channels
        self.shortcut = self.projection(in_channels, out_channels, stride) if needs_projection else nn.Sequential()

    @staticmethod
    def projection(in_channels, out_channels, stride):
        conv = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.shortcut(identity)
        return self.relu(out)


@ResidualBlock.accepts("the shortcut made first, an identity where the shape stays, in-place ReLU on own tensors")
class _(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        if stride == 1 and in_channels == out_channels:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.bn2.weight = nn.Parameter(torch.zeros(out_channels))
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)

    def forward(self, x):
        h = nn.functional.relu(self.bn1(self.conv1(x)), inplace=True)
        h = self.bn2(self.conv2(h))
        h += self.shortcut(x)
        return h.relu_()


@ResidualBlock.accepts("maximum with zero, all positions of the branch in one expression")
class _(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=None)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=None)
        self.bn1, self.bn2 = (nn.BatchNorm2d(out_channels) for _ in range(2))
        nn.init.constant_(self.bn2.weight, 0.0)
        layers = [nn.Conv2d(in_channels, out_channels, 1, stride, bias=None), nn.BatchNorm2d(out_channels)]
        self.shortcut = nn.Sequential(*(layers if (in_channels, 1) != (out_channels, stride) else []))

    def forward(self, x):
        zero = torch.zeros((), dtype=x.dtype)
        branch = self.bn2(self.conv2(torch.maximum(self.bn1(self.conv1(x)), zero)))
        return torch.maximum(torch.add(self.shortcut(x), branch), zero)


# fold_conv_batchnorm


def torch_fold(weight, bias, gamma, beta, running_mean, running_var, eps):
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    bias = None if bias is None else tensor(bias)
    statistics = (tensor(running_mean), tensor(running_var), eps, tensor(gamma), tensor(beta))
    return tuple(made.detach().numpy() for made in fuse_conv_bn_weights(tensor(weight), bias, *statistics))


fold_conv_batchnorm = Bank(
    convolution.fold_conv_batchnorm,
    parts=[
        Part(
            "folded weight and bias",
            2,
            ("four filters of 3 by 2 by 5", "all sizes equal", "filters of one channel"),
        ),
        Part("no bias, and eps from 1e-5 to 1", 1, ("no bias", "eps from 1e-5 to 1")),
    ],
    oracle=torch_fold,
)
NONE = "bias = np.zeros(len(weight))"
SCALE = "scale = gamma / np.sqrt(running_var + eps)  # Shape: (C_out,)"
WEIGHT = "folded_weight = weight * scale[:, None, None, None]"
BIAS = "folded_bias = beta + (bias - running_mean) * scale"

fold_conv_batchnorm.mistake(
    "root_missing",
    (SCALE, "scale = gamma / (running_var + eps)"),
    cause="The scale divides by the variance; it has to be its root.",
    look="the denominator of the scale.",
)
fold_conv_batchnorm.mistake(
    "eps_missing",
    (SCALE, "scale = gamma / np.sqrt(running_var)"),
    cause="eps has no influence, and a running variance of 0 divides by zero.",
    look="what the root is taken of.",
)
fold_conv_batchnorm.mistake(
    "eps_outside_the_root",
    (SCALE, "scale = gamma / (np.sqrt(running_var) + eps)"),
    cause="eps is added to the root; it belongs inside, to the running variance.",
    look="what the root is taken of.",
)
fold_conv_batchnorm.mistake(
    "eps_fixed",
    (SCALE, "scale = gamma / np.sqrt(running_var + 1e-5)"),
    cause="eps is always 1e-5, whatever the caller gives.",
    look="where the argument eps is used.",
)
fold_conv_batchnorm.mistake(
    "multiplied_by_the_root",
    (SCALE, "scale = gamma * np.sqrt(running_var + eps)"),
    cause="The scale is multiplied by the root; batch norm divides by it.",
    look="the operator between gamma and the root.",
)
fold_conv_batchnorm.mistake(
    "gamma_missing",
    (SCALE, "scale = 1 / np.sqrt(running_var + eps)"),
    cause="gamma has no influence on the result.",
    look="the numerator of the scale.",
)
fold_conv_batchnorm.mistake(
    "gamma_missing_in_the_weight",
    (WEIGHT, "folded_weight = weight * (scale / gamma)[:, None, None, None]"),
    cause="The weight is divided by the root but not multiplied by gamma. (The bias is.)",
    look="what the weight is multiplied by.",
)
fold_conv_batchnorm.mistake(
    "gamma_missing_in_the_bias",
    (BIAS, "folded_bias = beta + (bias - running_mean) * scale / gamma"),
    cause="The bias is divided by the root but not multiplied by gamma. (The weight is.)",
    look="what the bias is multiplied by.",
)
fold_conv_batchnorm.mistake(
    "gamma_and_beta_swapped",
    (SCALE, "scale = beta / np.sqrt(running_var + eps)"),
    (BIAS, "folded_bias = gamma + (bias - running_mean) * scale"),
    cause="gamma and beta have changed places: gamma scales, beta shifts.",
    look="which of the two stands in the scale.",
)
fold_conv_batchnorm.mistake(
    "mean_and_variance_swapped",
    (SCALE, "scale = gamma / np.sqrt(np.abs(running_mean) + eps)"),
    (BIAS, "folded_bias = beta + (bias - running_var) * scale"),
    cause="Running mean and running variance have changed places.",
    look="which of the two stands under the root.",
)
fold_conv_batchnorm.mistake(
    "old_bias_dropped",
    (BIAS, "folded_bias = beta - running_mean * scale"),
    cause="The convolution's old bias is lost; batch norm scales it like everything that comes in.",
    look="where `bias` appears in the new bias.",
)
fold_conv_batchnorm.mistake(
    "old_bias_not_scaled",
    (BIAS, "folded_bias = beta + bias - running_mean * scale"),
    cause="The old bias is added as it is; it passes through batch norm, so it is scaled.",
    look="the parentheses in the new bias.",
)
fold_conv_batchnorm.mistake(
    "mean_not_scaled",
    (BIAS, "folded_bias = beta + bias * scale - running_mean"),
    cause="The running mean is subtracted as it is; it is subtracted before the scaling, so it is scaled too.",
    look="the parentheses in the new bias.",
)
fold_conv_batchnorm.mistake(
    "nothing_scaled_in_the_bias",
    (BIAS, "folded_bias = beta + bias - running_mean"),
    cause="Old bias and running mean come in without the scale.",
    look="where the scale appears in the new bias.",
)
fold_conv_batchnorm.mistake(
    "mean_added",
    (BIAS, "folded_bias = beta + (bias + running_mean) * scale"),
    cause="The running mean is added; batch norm subtracts it.",
    look="the sign of the running mean.",
)
fold_conv_batchnorm.mistake(
    "sign_of_the_shift_turned",
    (BIAS, "folded_bias = beta + (running_mean - bias) * scale"),
    cause="The difference is taken the wrong way round: batch norm subtracts the mean from what comes in.",
    look="the order of the difference in the new bias.",
)
fold_conv_batchnorm.mistake(
    "mean_dropped",
    (BIAS, "folded_bias = beta + bias * scale"),
    cause="The running mean has no influence on the result.",
    look="what batch norm does before it scales.",
)
fold_conv_batchnorm.mistake(
    "beta_dropped",
    (BIAS, "folded_bias = (bias - running_mean) * scale"),
    cause="beta has no influence on the result.",
    look="what batch norm does after it scales.",
)
fold_conv_batchnorm.mistake(
    "beta_scaled",
    (BIAS, "folded_bias = (beta + bias - running_mean) * scale"),
    cause="beta is scaled too; it is added after the scaling.",
    look="the parentheses in the new bias.",
)
fold_conv_batchnorm.mistake(
    "bias_not_changed",
    (BIAS, "folded_bias = bias"),
    cause="The bias is handed back as it came; mean, scale and beta all change it.",
    look="the formula of the new bias.",
)
fold_conv_batchnorm.mistake(
    "weight_not_changed",
    (WEIGHT, "folded_weight = weight * 1.0"),
    cause="The weight is handed back as it came; batch norm scales what it produces.",
    look="the formula of the new weight.",
)
fold_conv_batchnorm.mistake(
    "scaled_along_the_input_channels",
    (WEIGHT, "folded_weight = weight * scale[:, None, None]"),
    cause="The scale is lined up with axis 1, the input channels; it belongs to the output channels, axis 0.",
    look="the shape of the scale when it meets the weight.",
)
fold_conv_batchnorm.mistake(
    "scaled_along_the_height",
    (WEIGHT, "folded_weight = weight * scale[:, None]"),
    cause="The scale is lined up with axis 2, the height of the filters; it belongs to the output channels, axis 0.",
    look="the shape of the scale when it meets the weight.",
)
fold_conv_batchnorm.mistake(
    "scaled_along_the_width",
    (WEIGHT, "folded_weight = weight * scale"),
    cause="NumPy lines the scale up with the last axis, the width of the filters; it belongs to axis 0.",
    look="the shape of the scale when it meets the weight.",
)
fold_conv_batchnorm.mistake(
    "weight_divided_by_the_scale",
    (WEIGHT, "folded_weight = weight / scale[:, None, None, None]"),
    cause="The weight is divided by the scale; the scale holds the division by the root already, so it multiplies.",
    look="the operator between weight and scale.",
)
fold_conv_batchnorm.mistake(
    "truth_of_an_array_asked",
    ("if bias is None:", "if not bias:"),
    cause="The condition asks whether a whole array is true, which NumPy refuses; the question is whether it is None.",
    look="the condition on `bias`.",
)
fold_conv_batchnorm.mistake(
    "one_scale_for_all",
    (WEIGHT, "folded_weight = weight * scale.mean()"),
    cause="All filters get the same scale, the mean of all; each has its own.",
    look="what the weight is multiplied by.",
)
fold_conv_batchnorm.mistake(
    "root_of_the_scale",
    (SCALE, "scale = np.sqrt(np.abs(gamma) / (running_var + eps))"),
    cause="gamma stands under the root too, and loses its sign; only the variance and eps belong there.",
    look="what the root is taken of.",
)
fold_conv_batchnorm.mistake(
    "sign_of_gamma_lost",
    (SCALE, "scale = np.abs(gamma) / np.sqrt(running_var + eps)"),
    cause="The sign of gamma is lost; a negative gamma turns the filter's sign.",
    look="functions such as `abs` in the scale.",
)
fold_conv_batchnorm.mistake(
    "statistics_of_the_weight",
    (SCALE, "scale = gamma / np.sqrt(weight.var(axis=(1, 2, 3)) + eps)"),
    cause="The variance of the filter's own weights is used; what counts is the running variance of its outputs.",
    look="where the variance under the root comes from.",
)
fold_conv_batchnorm.mistake(
    "missing_bias_stays_missing",
    (NONE, "return weight * (gamma / np.sqrt(running_var + eps))[:, None, None, None], None"),
    cause="Without an old bias none is returned; but mean and beta make one, so there is always a new bias.",
    look="what happens when `bias` is None.",
)
fold_conv_batchnorm.mistake(
    "missing_bias_taken_as_one",
    (NONE, "bias = np.ones(len(weight))"),
    cause="A missing bias is taken to be 1; it is 0.",
    look="what happens when `bias` is None.",
)
fold_conv_batchnorm.mistake(
    "missing_bias_taken_as_the_mean",
    (NONE, "bias = running_mean"),
    cause="A missing bias is taken to be the running mean, so the mean drops out; a missing bias is 0.",
    look="what happens when `bias` is None.",
)
fold_conv_batchnorm.mistake(
    "missing_bias_not_expected",
    ("if bias is None:", "if False:"),
    cause="The function stops when `bias` is None; that means a bias of 0.",
    look="what happens when `bias` is None.",
)
fold_conv_batchnorm.mistake(
    "bias_in_four_dimensions",
    (BIAS, "folded_bias = (beta + (bias - running_mean) * scale)[:, None, None, None]"),
    cause="The numbers are right, but the bias has four axes; a convolution's bias has shape (C_out,).",
    look="the shape of the second result.",
)
fold_conv_batchnorm.mistake(
    "results_swapped",
    ("return folded_weight, folded_bias", "return folded_bias, folded_weight"),
    cause="The bias comes first and the weight second; the order is the other way round.",
    look="the order of the two values that are returned.",
)
fold_conv_batchnorm.mistake(
    "weight_changed",
    (WEIGHT, "weight *= scale[:, None, None, None]\n    folded_weight = weight"),
    cause="The weight is multiplied in place, so the caller's array changes.",
    look="operators such as `*=` on the arguments.",
)
fold_conv_batchnorm.mistake(
    "bias_changed",
    (BIAS, "bias -= running_mean\n    folded_bias = beta + bias * scale"),
    cause="The running mean is subtracted in place, so the caller's bias changes.",
    look="operators such as `-=` on the arguments.",
)
fold_conv_batchnorm.mistake(
    "running_variance_changed",
    (SCALE, "running_var += eps\n    scale = gamma / np.sqrt(running_var)"),
    cause="eps is added to the running variance in place, so the caller's array changes.",
    look="operators such as `+=` on the arguments.",
)


@fold_conv_batchnorm.accepts("one filter after another")
def _(weight, bias, gamma, beta, running_mean, running_var, eps):
    new_weight, new_bias = np.zeros(weight.shape), np.zeros(len(weight))
    for k in range(len(weight)):
        std = (running_var[k] + eps) ** 0.5
        new_weight[k] = weight[k] * gamma[k] / std
        old = 0.0 if bias is None else bias[k]
        new_bias[k] = gamma[k] * (old - running_mean[k]) / std + beta[k]
    return new_weight, new_bias


@fold_conv_batchnorm.accepts("a diagonal matrix times the flattened filters")
def _(weight, bias, gamma, beta, running_mean, running_var, eps):
    diagonal = np.diag(gamma) @ np.diag((running_var + eps) ** -0.5)
    shift = -running_mean if bias is None else bias - running_mean
    return (diagonal @ weight.reshape(len(weight), -1)).reshape(weight.shape), diagonal @ shift + beta


@fold_conv_batchnorm.accepts("einsum, bias last")
def _(weight, bias, gamma, beta, running_mean, running_var, eps):
    scale = gamma * np.reciprocal(np.sqrt(running_var + eps))
    shift = beta - running_mean * scale
    return np.einsum("o,oihw->oihw", scale, weight), shift if bias is None else shift + bias * scale


@fold_conv_batchnorm.accepts("batch norm of the bias, and of a bias of zero")
def _(weight, bias, gamma, beta, running_mean, running_var, eps):
    def norm(value):
        return gamma * (value - running_mean) / np.sqrt(running_var + eps) + beta

    slope = norm(1.0 + running_mean) - norm(running_mean)
    return (weight.T * slope).T, norm(0.0 if bias is None else bias)


@fold_conv_batchnorm.accepts("torch, and tensors come back")
def _(weight, bias, gamma, beta, running_mean, running_var, eps):
    scale = tensor(gamma) * torch.rsqrt(tensor(running_var) + eps)
    bias = torch.zeros_like(scale) if bias is None else tensor(bias)
    return tensor(weight) * scale.view(-1, 1, 1, 1), torch.addcmul(tensor(beta), bias - tensor(running_mean), scale)


# make_generator


def torch_generator(noise_size, channels):
    sizes = [noise_size, *channels]
    strides = [(1, 0)] + [(2, 1)] * (len(channels) - 1)
    net = nn.Sequential()
    for c_in, c_out, (stride, padding) in zip(sizes[:-1], sizes[1:], strides):
        net.append(nn.ConvTranspose2d(c_in, c_out, (4, 4), (stride, stride), (padding, padding), bias=False))
        net.append(nn.BatchNorm2d(c_out))
        net.append(nn.ReLU())
    net[-3] = nn.ConvTranspose2d(sizes[-2], sizes[-1], 4, *strides[-1])
    net[-2] = nn.Tanh()
    return net[:-1]


make_generator = Bank(
    convolution.make_generator,
    parts=[
        Part("layers and parameters", 1, ("as built, three layers",), 2),
        Part(
            "pictures in training",
            1,
            ("training, three layers", "training, two layers, a list", "three equal layers", "a single layer"),
            2,
        ),
        Part("pictures in evaluation", 1, ("evaluation, one picture",), 2),
    ],
    oracle=torch_generator,
)
LAST = "last = index == len(channels) - 1"
STRIDE = "stride, padding = (1, 0) if index == 0 else (2, 1)"
CONV = "layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding, bias=last))"
AFTER = "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out), nn.ReLU()]"
NET = "return nn.Sequential(*layers)"

make_generator.mistake(
    "norm_on_the_output",
    (AFTER, "layers += [nn.BatchNorm2d(c_out), nn.Tanh() if last else nn.ReLU()]"),
    cause="Batch norm also follows the output layer, where DCGAN leaves it out.",
    look="what is added after the last convolution.",
)
make_generator.mistake(
    "norm_on_the_output_and_no_bias",
    (AFTER, "layers += [nn.BatchNorm2d(c_out), nn.Tanh() if last else nn.ReLU()]"),
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding, bias=False))"),
    cause="Batch norm also follows the output layer, where DCGAN leaves it out; so that layer has no bias either.",
    look="what is added after the last convolution.",
)
make_generator.mistake(
    "no_norm_at_all",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.ReLU()]"),
    cause="There is no batch norm; it follows every layer but the last.",
    look="what is added after the convolutions before the last.",
)
make_generator.mistake(
    "no_norm_after_the_first",
    (
        AFTER,
        "layers += [nn.Tanh()] if last else [nn.ReLU()] if index == 0 else [nn.BatchNorm2d(c_out), nn.ReLU()]",
    ),
    cause="The first layer has no batch norm; in the generator only the last goes without. (In the discriminator it "
    "is the first.)",
    look="which layer goes without batch norm.",
)
make_generator.mistake(
    "norm_after_the_activation",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.ReLU(), nn.BatchNorm2d(c_out)]"),
    cause="The ReLU comes before batch norm; asked for is batch norm, then ReLU.",
    look="the order of the two layers after a convolution.",
)
make_generator.mistake(
    "bias_everywhere",
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding))"),
    cause="Convolutions in front of a batch norm have a bias, which its mean takes away again.",
    look="the argument `bias`; its default is True.",
)
make_generator.mistake(
    "bias_nowhere",
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding, bias=False))"),
    cause="The last convolution has no bias, though no batch norm follows that could shift its output.",
    look="the argument `bias` of the last convolution.",
)
make_generator.mistake(
    "bias_the_wrong_way_round",
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding, bias=not last))"),
    cause="The layers with batch norm have a bias and the one without has none; it is the other way round.",
    look="the argument `bias`.",
)
make_generator.mistake(
    "bias_only_in_the_first",
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, 4, stride, padding, bias=index == 0))"),
    cause="Only the first convolution has a bias; only the last needs one.",
    look="the argument `bias`.",
)
make_generator.mistake(
    "no_activation_at_the_end",
    (AFTER, "layers += [] if last else [nn.BatchNorm2d(c_out), nn.ReLU()]"),
    cause="Nothing follows the last convolution, so the pictures are not bounded.",
    look="what is added after the last convolution.",
)
make_generator.mistake(
    "relu_at_the_end",
    (AFTER, "layers += [nn.ReLU()] if last else [nn.BatchNorm2d(c_out), nn.ReLU()]"),
    cause="The last activation is ReLU; asked for is Tanh, which gives values from −1 to 1.",
    look="what is added after the last convolution.",
)
make_generator.mistake(
    "sigmoid_at_the_end",
    (AFTER, "layers += [nn.Sigmoid()] if last else [nn.BatchNorm2d(c_out), nn.ReLU()]"),
    cause="The last activation is a sigmoid, with values from 0 to 1; asked for is Tanh, from −1 to 1.",
    look="what is added after the last convolution.",
)
make_generator.mistake(
    "relu_before_tanh",
    (AFTER, "layers += [nn.ReLU(), nn.Tanh()] if last else [nn.BatchNorm2d(c_out), nn.ReLU()]"),
    cause="A ReLU stands before Tanh, so no pixel can be below 0.",
    look="what is added after the last convolution.",
)
make_generator.mistake(
    "tanh_everywhere",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out), nn.Tanh()]"),
    cause="All activations are Tanh; before the last layer it is ReLU.",
    look="the activation that follows batch norm.",
)
make_generator.mistake(
    "leaky_relu",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out), nn.LeakyReLU(0.2)]"),
    cause="The activation is a leaky ReLU, DCGAN's choice for the discriminator; the generator has ReLU.",
    look="the activation that follows batch norm.",
)
make_generator.mistake(
    "no_activation_inside",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out)]"),
    cause="No ReLU follows batch norm.",
    look="what is added after batch norm.",
)
make_generator.mistake(
    "first_layer_doubles",
    (STRIDE, "stride, padding = 2, 1"),
    cause="The first layer has stride 2 and padding 1 like the others, so it makes 2 by 2 pixels of one, not 4 by 4.",
    look="stride and padding of the first layer.",
)
make_generator.mistake(
    "no_layer_doubles",
    (STRIDE, "stride, padding = 1, 0"),
    cause="All layers have stride 1 and padding 0; from the second on each doubles height and width.",
    look="stride and padding of the later layers.",
)
make_generator.mistake(
    "stride_of_the_last_not_doubled",
    (STRIDE, "stride, padding = (1, 0) if index == 0 or last else (2, 1)"),
    cause="The last layer is built like the first; it doubles height and width like those between.",
    look="stride and padding of the last layer.",
)
make_generator.mistake(
    "no_padding",
    (STRIDE, "stride, padding = (1, 0) if index == 0 else (2, 0)"),
    cause="Without padding a layer makes 10 by 10 pixels of 4 by 4, not 8 by 8.",
    look="the padding of the later layers.",
)
make_generator.mistake(
    "kernel_of_three",
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, 3, stride, padding, bias=last))"),
    cause="The kernel is 3; asked for is 4.",
    look="the kernel size.",
)
make_generator.mistake(
    "kernel_and_stride_swapped",
    (CONV, "layers.append(nn.ConvTranspose2d(c_in, c_out, max(stride, 1), 4, 0, bias=last))"),
    cause="Kernel size and stride have changed places.",
    look="the order of the arguments of the convolution.",
)
make_generator.mistake(
    "ordinary_convolution",
    (CONV, "layers.append(nn.Conv2d(c_in, c_out, 4, stride, padding=3 if index == 0 else 1, bias=last))"),
    cause="Ordinary convolutions make pictures smaller or keep them; a generator needs transposed ones.",
    look="the class of the convolutions.",
)
make_generator.mistake(
    "channels_not_carried_on",
    ("c_in = c_out", "pass"),
    cause="Every layer expects the channels of the noise; each gets those of the layer before it.",
    look="what the next turn of the loop has to know.",
)
make_generator.mistake(
    "norm_of_the_incoming_channels",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_in), nn.ReLU()]"),
    cause="Batch norm is made for the channels that go into the convolution; it gets those that come out.",
    look="the argument of batch norm.",
)
make_generator.mistake(
    "nested",
    (NET, "return nn.Sequential(nn.Sequential(*layers))"),
    cause="An `nn.Sequential` stands inside of another one; asked for is a flat one.",
    look="how the layers are put together at the end.",
)
make_generator.mistake(
    "channels_backwards",
    ("enumerate(channels)", "enumerate(channels[::-1])"),
    cause="The channels are used from the last to the first; the last entry is that of the pictures.",
    look="the order in which the loop goes through `channels`.",
)
make_generator.mistake(
    "last_entry_left_out",
    ("enumerate(channels)", "enumerate(channels[:-1])"),
    cause="There is one layer too few: the last entry of `channels` gets none.",
    look="over what the loop runs.",
)
make_generator.mistake(
    "last_taken_for_the_one_before",
    (LAST, "last = index == len(channels) - 2"),
    cause="The last layer is found one turn too early.",
    look="the number of the last turn: counting starts at 0.",
)
make_generator.mistake(
    "never_the_last",
    (LAST, "last = index == len(channels)"),
    cause="No layer is ever found to be the last, since counting starts at 0.",
    look="the number of the last turn.",
)
make_generator.mistake(
    "last_found_by_its_value",
    (LAST, "last = c_out == channels[-1]"),
    cause="The last layer is found by its number of channels, so an earlier one of the same size is taken for it.",
    look="how a layer knows that it is the last: its place counts, not its size.",
)
make_generator.mistake(
    "first_taken_for_the_last",
    (LAST, "last = index == 0"),
    cause="The first layer is treated as the output layer.",
    look="the condition that finds the last layer.",
)
make_generator.mistake(
    "norm_for_rows",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm1d(c_out), nn.ReLU()]"),
    cause="`BatchNorm1d` is for rows and sequences; pictures need the one for two axes of pixels.",
    look="the class of the batch norms.",
)
make_generator.mistake(
    "instance_norm",
    (
        AFTER,
        "norm = nn.InstanceNorm2d(c_out, affine=True, track_running_stats=True)\n"
        "        layers += [nn.Tanh()] if last else [norm, nn.ReLU()]",
    ),
    cause="Each picture is normalized by itself (instance norm); batch norm is asked for.",
    look="the class of the norms.",
)
make_generator.mistake(
    "list_returned",
    (NET, "return layers"),
    cause="A list of layers is returned; asked for is an `nn.Sequential` of them.",
    look="what is done with the list at the end.",
)
make_generator.mistake(
    "dropout_added",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out), nn.ReLU(), nn.Dropout(0.0)]"),
    cause="There are more layers than asked for.",
    look="what is added after batch norm and ReLU.",
)
make_generator.mistake(
    "other_settings_of_the_norm",
    (AFTER, "layers += [nn.Tanh()] if last else [nn.BatchNorm2d(c_out, eps=0.8), nn.ReLU()]"),
    cause="Batch norm gets 0.8 as eps (widely copied; it was meant as Keras' momentum); its defaults are asked for.",
    look="the arguments of batch norm.",
)


@make_generator.accepts("the last layer after the loop")
def _(noise_size, channels):
    sizes, layers = [noise_size, *channels], []
    for index in range(len(channels) - 1):
        shape = {"stride": 2, "padding": 1} if index else {}
        layers.append(nn.ConvTranspose2d(sizes[index], sizes[index + 1], kernel_size=4, bias=False, **shape))
        layers.append(nn.BatchNorm2d(sizes[index + 1]))
        layers.append(nn.ReLU(inplace=True))
    shape = {"stride": 2, "padding": 1} if len(channels) > 1 else {}
    layers.append(nn.ConvTranspose2d(sizes[-2], sizes[-1], kernel_size=4, **shape))
    return nn.Sequential(*layers, nn.Tanh())


@make_generator.accepts("pairs of sizes, stride computed from the index")
def _(noise_size, channels):
    channels = list(channels)
    pairs = list(zip([noise_size, *channels[:-1]], channels))
    net = nn.Sequential()
    for k, (c_in, c_out) in enumerate(pairs):
        net.append(nn.ConvTranspose2d(c_in, c_out, 4, min(k, 1) + 1, min(k, 1), bias=k + 1 == len(pairs)))
        if k + 1 < len(pairs):
            net.extend([nn.BatchNorm2d(c_out), nn.ReLU()])
    return net.append(nn.Tanh())


@make_generator.accepts("too much built, then taken away")
def _(noise_size, channels):
    layers = []
    for index, c_out in enumerate(channels):
        c_in = channels[index - 1] if index else noise_size
        layers += [nn.ConvTranspose2d(c_in, c_out, 4, 1 + (index > 0), int(index > 0), bias=False)]
        layers += [nn.BatchNorm2d(c_out), nn.ReLU()]
    del layers[-2:]
    layers[-1].bias = nn.Parameter(torch.zeros(channels[-1]))
    return nn.Sequential(*layers, nn.Tanh())
