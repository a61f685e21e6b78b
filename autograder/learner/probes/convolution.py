"""Probes of lesson 07."""

import zlib

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise

count_batchnorm = Exercise(
    "count_batchnorm",
    arguments=("n", "channels", "height", "width"),
    returns=("learned", "running", "values"),
)
batchnorm2d_forward = Exercise(
    "batchnorm2d_forward",
    arguments=("x", "gamma", "beta", "eps"),
    returns=("out", "cache"),
    opaque=("cache",),
    forbidden=TORCH_NORMS,
)
batchnorm2d_backward = Exercise(
    "batchnorm2d_backward", arguments=("dout", "cache"), returns=("dx", "dgamma", "dbeta"), forbidden=TORCH_NORMS
)
ResidualBlock = Exercise("ResidualBlock", arguments=("in_channels", "out_channels", "stride"), returns=())
fold_conv_batchnorm = Exercise(
    "fold_conv_batchnorm",
    arguments=("weight", "bias", "gamma", "beta", "running_mean", "running_var", "eps"),
    returns=("folded_weight", "folded_bias"),
)
make_generator = Exercise("make_generator", arguments=("noise_size", "channels"), returns=())

MEANS = np.array([3.0, -1.0, 40.0, 0.0, 7.0, -20.0])
SPREADS = np.array([1.0, 0.3, 5.0, 0.2, 2.0, 0.7])


def _pictures(rng, n, c, h, w):
    """Pictures whose channels, samples and pixels all differ in level and spread. Shape (n, c, h, w)."""
    channel = np.arange(c)[:, None, None] % 6
    sample = rng.normal(size=(n, 1, 1, 1)) * 1.5
    pixel = rng.normal(size=(1, 1, h, w)) * 0.8
    return MEANS[channel] + SPREADS[channel] * (rng.normal(size=(n, c, h, w)) + sample + pixel)


def _affine(rng, c):
    """gamma of both signs, none 1; beta of both signs, none 0. Shapes (c,), (c,)."""
    signs = np.where(np.arange(c) % 2, -1.0, 1.0)
    return signs * rng.uniform(1.2, 2.5, size=c), -signs * rng.uniform(0.3, 4.0, size=c)


# count_batchnorm


@count_batchnorm.probe(
    "sizes that all differ",
    symptom="The counts are wrong for sizes that all differ: which of them does each depend on?",
)
def counts_plain(call, rng):
    n, c, h, w = rng.choice(np.arange(2, 40), size=4, replace=False).tolist()
    return call(n, c, h, w)


@count_batchnorm.probe("one picture of one pixel", symptom="The counts are wrong for one picture of a single pixel.")
def counts_single(call, rng):
    return call(1, int(rng.randint(2, 30)), 1, 1)


# batchnorm2d_forward


@batchnorm2d_forward.probe(
    "three pictures, four channels, 2 by 5 pixels, eps 0",
    symptom="The values are wrong on pictures whose four sizes all differ.",
)
def forward_plain(call, rng):
    return call(_pictures(rng, 3, 4, 2, 5), *_affine(rng, 4), eps=0.0)


@batchnorm2d_forward.probe(
    "as many channels as columns of pixels",
    symptom="The result is wrong where C = W: does gamma meet the channels there, or the last axis?",
)
def forward_channels_as_width(call, rng):
    return call(_pictures(rng, 2, 5, 3, 5), *_affine(rng, 5), 0.0)


@batchnorm2d_forward.probe(
    "all four sizes equal", symptom="The result is wrong where N = C = H = W: is one axis taken for another?"
)
def forward_cube(call, rng):
    return call(_pictures(rng, 3, 3, 3, 3), *_affine(rng, 3), eps=0.0)


@batchnorm2d_forward.probe(
    "eps from 0.1 to 1",
    symptom="The result is wrong for some eps from 0.1 to 1: is it passed on to where it counts?",
)
def forward_eps(call, rng):
    x, (gamma, beta) = _pictures(rng, 2, 4, 3, 5), _affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@batchnorm2d_forward.probe(
    "eps not given",
    symptom="The result is wrong when the call leaves eps out: which value does the signature give it?",
)
def forward_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 4, 3, 5)) * np.array([1.0, 0.1, 0.01, 0.003])[:, None, None]
    return call(x, *_affine(rng, 4))


@batchnorm2d_forward.probe(
    "a constant channel",
    symptom="A channel whose pixels are all equal goes wrong: x_hat should be 0 there, out beta.",
)
def forward_constant(call, rng):
    x, (gamma, beta) = _pictures(rng, 2, 4, 3, 5), _affine(rng, 4)
    x[:, 1] = 4.0
    return call(x, gamma, beta, 0.2)


@batchnorm2d_forward.probe(
    "one picture",
    symptom="The result is wrong for a batch of one picture, which still has H·W values per channel.",
)
def forward_one_picture(call, rng):
    return call(_pictures(rng, 1, 4, 3, 2), *_affine(rng, 4), eps=0.1)


@batchnorm2d_forward.probe(
    "pictures of one pixel",
    symptom="The result is wrong for H = W = 1, where it must be what the vector version gives for the rows.",
)
def forward_one_pixel(call, rng):
    return call(_pictures(rng, 6, 4, 1, 1), *_affine(rng, 4), eps=0.3)


@batchnorm2d_forward.probe(
    "whole numbers",
    symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?",
)
def forward_integers(call, rng):
    x = rng.randint(0, 10, size=(2, 3, 4, 5)) + np.array([0, 10, -50])[:, None, None]
    return call(x, *_affine(rng, 3), eps=0.0)


@batchnorm2d_forward.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def forward_float32(call, rng):
    gamma, beta = _affine(rng, 3)
    beta = np.sign(beta) * (7.0 + np.abs(beta))  # out stays away from 0, so that rounding does not matter
    x = (10000 + rng.randint(-1, 3, size=(2, 3, 2, 4))).astype(np.float32)
    return call(x, gamma.astype(np.float32), beta.astype(np.float32), eps=1e-5)


# batchnorm2d_backward


def _upstream_and_cache(rng, n, c, h, w):
    """A random upstream gradient of non-zero mean, and what the vector version kept for n*h*w rows."""
    dout = rng.normal(0.7, 1.0, size=(n, c, h, w)) * rng.uniform(0.5, 2.0, size=(n, 1, 1, 1))
    rows = rng.normal(size=(n * h * w, c)) ** 3  # any pixels do, as long as each channel is standardized
    x_hat = (rows - rows.mean(axis=0)) / (1e-12 + rows.std(axis=0)) * 0.97  # eps keeps the spread below 1
    return dout, {"x_hat": x_hat, "std": rng.uniform(0.3, 3.0, size=c), "gamma": _affine(rng, c)[0]}


@batchnorm2d_backward.probe(
    "three pictures, four channels, 2 by 5 pixels",
    symptom="The gradients are wrong on pictures whose four sizes all differ.",
)
def backward_plain(call, rng):
    return call(*_upstream_and_cache(rng, 3, 4, 2, 5))


@batchnorm2d_backward.probe(
    "as many channels as columns of pixels",
    symptom="The gradients are wrong where C = W: is one taken for the other?",
)
def backward_channels_as_width(call, rng):
    return call(*_upstream_and_cache(rng, 2, 5, 3, 5))


@batchnorm2d_backward.probe(
    "all four sizes equal",
    symptom="The gradients are wrong where N = C = H = W: is one axis taken for another?",
)
def backward_cube(call, rng):
    return call(*_upstream_and_cache(rng, 3, 3, 3, 3))


@batchnorm2d_backward.probe(
    "one picture",
    symptom="The gradients are wrong for one picture, whose H·W pixels still share their statistics.",
)
def backward_one_picture(call, rng):
    return call(*_upstream_and_cache(rng, 1, 4, 3, 2))


@batchnorm2d_backward.probe(
    "pictures of one pixel",
    symptom="The gradients are wrong for H = W = 1, where the vector version does it all.",
)
def backward_one_pixel(call, rng):
    return call(*_upstream_and_cache(rng, 6, 4, 1, 1))


@batchnorm2d_backward.probe(
    "twice with the same cache",
    symptom="A second call with the same cache differs from the first: is the cache changed?",
)
def backward_twice(call, rng):
    dout, cache = _upstream_and_cache(rng, 2, 3, 4, 2)
    first, second = call(dout, cache), call(-2 * dout, cache)
    return {f"{name} of call {number}": made[name] for number, made in enumerate((first, second), 1) for name in made}


# ResidualBlock and make_generator


def _with_numbers_of_its_own(net, rng, *, only=""):
    """Give each parameter and running statistic values that depend on its name only; no gamma is 0 or 1.

    With `only`, those alone whose name begins like one of these.
    """
    salt = rng.randint(2**31)
    net.double()
    state = net.state_dict()
    for name, old in ((name, old) for name, old in state.items() if name.startswith(only)):
        draw = np.random.RandomState((salt + zlib.crc32(name.encode())) % 2**32)
        if name.endswith("running_var"):
            state[name] = draw.uniform(0.3, 3.0, size=old.shape)
        elif old.ndim == 1:
            state[name] = draw.uniform(0.4, 1.6, size=old.shape) * np.where(np.arange(old.size) % 3 == 1, -1, 1)
        elif old.ndim > 1:
            state[name] = draw.normal(size=old.shape) / np.sqrt(old[0].size)
    net.load_state_dict(state)
    return net


def _structure(net, *convolutions):
    """How many numbers are learned and stored, and how many biases stand before a batch norm."""
    told = net.describe()
    sizes = {name: int(np.prod(shape)) for name, shape in told["parameters"].items()}
    return {
        "learned numbers": sum(sizes.values()),
        "convolutions with a bias that should have none": sum(f"{name}.bias" in sizes for name in convolutions),
        "running statistics": sum("running" in name for name in told["buffers"]),
    }


@ResidualBlock.probe(
    "as built, 4 to 4 channels",
    symptom="The new block is not built as asked: count its parameters, and look at gamma of `bn1` and `bn2`.",
)
def block_built(call, rng):
    block = call(4, 4)
    zeros = np.sum(block.attribute("conv2.weight") == 0)
    _with_numbers_of_its_own(block, rng, only=("conv", "shortcut.0"))  # their initial weights are random
    return {
        "gamma of bn1": block.attribute("bn1.weight"),
        "gamma of bn2": block.attribute("bn2.weight"),
        "weights of conv2 that are 0": zeros,
        "out of the new block": block(rng.normal(size=(2, 4, 3, 5))),
    } | _structure(block, "conv1", "conv2")


@ResidualBlock.probe(
    "as built, 3 to 5 channels, stride 2",
    symptom="The block with a projection is not built as asked: count its parameters and biases.",
)
def block_built_with_projection(call, rng):
    block = call(3, 5, 2)
    gamma = block.state_dict().get("shortcut.1.weight", np.array(0.0))
    return {
        "gamma of bn1": block.attribute("bn1.weight"),
        "gamma of bn2": block.attribute("bn2.weight"),
        "gamma in the shortcut": gamma if gamma.ndim == 1 else np.array(-1.0),  # -1: that is no batch norm
    } | _structure(block, "conv1", "conv2", "shortcut.0")


@ResidualBlock.probe(
    "training, 4 to 4 channels",
    symptom="The output in training is wrong where the shortcut is the input itself.",
)
def block_training(call, rng):
    block = _with_numbers_of_its_own(call(4, 4), rng)
    out = block(6 * rng.normal(0.5, 1.0, size=(2, 4, 3, 5)))  # large enough to tell a ReLU from a capped one
    return {"out": out, "running mean of bn1": block.attribute("bn1.running_mean")}


@ResidualBlock.probe(
    "training, 3 to 5 channels, stride 2", symptom="The output is wrong where channels and size change."
)
def block_training_with_projection(call, rng):
    block = _with_numbers_of_its_own(call(3, 5, stride=2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(2, 3, 5, 8)))}


@ResidualBlock.probe(
    "training, 3 to 5 channels, stride 1", symptom="The output is wrong where only the channels change."
)
def block_channels_change(call, rng):
    block = _with_numbers_of_its_own(call(3, 5), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(2, 3, 2, 4)))}


@ResidualBlock.probe("training, 4 to 4 channels, stride 2", symptom="The output is wrong where only the size changes.")
def block_size_changes(call, rng):
    block = _with_numbers_of_its_own(call(4, 4, 2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(3, 4, 6, 4)))}


@ResidualBlock.probe(
    "training, pictures of 2 by 1 pixels, stride 2",
    symptom="The output is wrong for pictures of 2 by 1 pixels and stride 2, which shrink to one pixel.",
)
def block_two_pixels(call, rng):
    block = _with_numbers_of_its_own(call(2, 3, 2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(4, 2, 2, 1)))}


@ResidualBlock.probe(
    "evaluation, one picture",
    symptom="The output in evaluation is wrong: there the running statistics count.",
)
def block_evaluation(call, rng):
    block = _with_numbers_of_its_own(call(3, 4), rng)
    block.eval()
    return {"out": block(6 * rng.normal(0.5, 1.0, size=(1, 3, 4, 3)))}


@ResidualBlock.probe(
    "gradients", symptom="A gradient is wrong though the output is right: is a part cut off from the graph?"
)
def block_gradients(call, rng):
    block = _with_numbers_of_its_own(call(2, 3), rng)
    found = block.gradients(rng.normal(0.5, 1.0, size=(2, 2, 3, 4)), rng.normal(0.3, 1.0, size=(2, 3, 3, 4)))
    return {name: found[name] for name in ("out", "x", "conv1.weight", "bn2.weight") if name in found}


def _three_layers(rng):
    """Channels of the noise and of each layer, all different."""
    return int(rng.randint(7, 11)), (*rng.choice(np.arange(3, 7), 2, replace=False).tolist(), 2)


@make_generator.probe(
    "as built, three layers",
    symptom="The layers, or the numbers in them, are not the ones asked for: list them in order.",
)
def generator_built(call, rng):
    net = call(*_three_layers(rng))
    kinds = net.describe()["modules"]
    return {
        "number of modules": len(kinds),
        "batch norms": kinds.count("BatchNorm2d"),
        "biases of the first and the last convolution": np.array(
            [name in net.describe()["parameters"] for name in ("0.bias", "6.bias")], dtype=float
        ),
    } | _structure(net, "0", "3")


@make_generator.probe(
    "training, three layers",
    symptom="The pictures are wrong for three layers: look at the order of the layers.",
)
def generator_training(call, rng):
    net = _with_numbers_of_its_own(call(6, (5, 3, 2)), rng)
    return {"pictures": net(rng.normal(size=(3, 6, 1, 1)))}


@make_generator.probe("training, two layers, a list", symptom="The pictures are wrong for two layers, given as a list.")
def generator_two_layers(call, rng):
    net = _with_numbers_of_its_own(call(3, [4, 1]), rng)
    return {"pictures": net(rng.normal(size=(4, 3, 1, 1)))}


@make_generator.probe(
    "three equal layers",
    symptom="The pictures are wrong where all layers have the same number of channels: which layer is the last?",
)
def generator_equal_layers(call, rng):
    net = _with_numbers_of_its_own(call(3, (2, 2, 2)), rng)
    return {"pictures": net(rng.normal(size=(3, 3, 1, 1)))}


@make_generator.probe(
    "a single layer",
    symptom="The result is wrong for a single layer, which is the first and the output layer at once.",
)
def generator_single_layer(call, rng):
    net = _with_numbers_of_its_own(call(3, (2,)), rng)
    return {"pictures": net(rng.normal(size=(2, 3, 1, 1)))}


@make_generator.probe(
    "evaluation, one picture",
    symptom="The picture in evaluation is wrong: there the running statistics count.",
)
def generator_evaluation(call, rng):
    noise_size, channels = _three_layers(rng)
    net = _with_numbers_of_its_own(call(noise_size, channels), rng)
    net.eval()
    return {"pictures": net(rng.normal(size=(1, noise_size, 1, 1)))}


# fold_conv_batchnorm


def _layer(rng, out_channels, in_channels, height, width):
    """Weights, bias, gamma, beta, running mean and running variance of a convolution with batch norm."""
    return [
        rng.normal(size=(out_channels, in_channels, height, width)),
        rng.normal(1.0, 2.0, size=out_channels),
        *_affine(rng, out_channels),
        rng.normal(0.5, 3.0, size=out_channels),
        rng.uniform(0.05, 6.0, size=out_channels),
    ]


@fold_conv_batchnorm.probe(
    "four filters of 3 by 2 by 5", symptom="The values are wrong for filters whose sizes all differ."
)
def fold_plain(call, rng):
    return call(*_layer(rng, 4, 3, 2, 5), 0.3)


@fold_conv_batchnorm.probe(
    "all sizes equal",
    symptom="The result is wrong where all sizes are equal: does each scale meet its own filter?",
)
def fold_cube(call, rng):
    return call(*_layer(rng, 3, 3, 3, 3), 0.2)


@fold_conv_batchnorm.probe("no bias", symptom="The result is wrong for a convolution without bias, where bias is None.")
def fold_without_bias(call, rng):
    weight, _, *rest = _layer(rng, 5, 2, 3, 3)
    return call(weight, None, *rest, eps=0.1)


@fold_conv_batchnorm.probe(
    "eps from 1e-5 to 1",
    symptom="The result is wrong for some eps from 1e-5 to 1: where does eps enter, and how?",
)
def fold_eps(call, rng):
    layer, found = _layer(rng, 3, 2, 2, 2), {}
    layer[-1] = np.array([1.0, 0.01, 0.0])
    for eps in (1e-5, 1e-3, 1.0):
        found |= {f"{name} with eps {eps:g}": value for name, value in call(*layer, eps=eps).items()}
    return found


@fold_conv_batchnorm.probe(
    "filters of one channel",
    symptom="The result is wrong for depthwise filters, which have one input channel each.",
)
def fold_depthwise(call, rng):
    return call(*_layer(rng, 6, 1, 3, 3), 0.5)
