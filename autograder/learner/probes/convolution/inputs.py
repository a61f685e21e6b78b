"""What several exercises' probes of this lesson have in common."""

import zlib

import numpy as np


def with_numbers_of_its_own(net, rng, *, only=""):
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


def structure(net, *convolutions):
    """How many numbers are learned and stored, and how many biases stand before a batch norm."""
    told = net.describe()
    sizes = {name: int(np.prod(shape)) for name, shape in told["parameters"].items()}
    return {
        "learned numbers": sum(sizes.values()),
        "convolutions with a bias that should have none": sum(f"{name}.bias" in sizes for name in convolutions),
        "running statistics": sum("running" in name for name in told["buffers"]),
    }
