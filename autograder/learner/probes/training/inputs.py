"""What several exercises' probes of this lesson have in common."""

import numpy as np

from autograder.learner.diagnosis.objects import recipe

NAMES = ("0.weight", "1.weight", "1.bias", "3.weight", "3.bias")


def build_model(call, rng, training=True, dropout=False):
    """Linear without bias, batch norm, relu or dropout, Linear: 4 inputs, 5 hidden units, 3 classes."""
    signs = np.array([1.0, -1, 1, -1, 1])
    state = {
        "0.weight": rng.normal(size=(5, 4)),
        "1.weight": signs * rng.uniform(1.2, 2.5, size=5),
        "1.bias": rng.uniform(0.3, 1.0, size=5),
        "1.running_mean": rng.normal(2.0, 1.0, size=5),
        "1.running_var": rng.uniform(2.0, 9.0, size=5),
        "3.weight": rng.normal(size=(3, 5)),
        "3.bias": rng.normal(size=3),
    }
    return call.build(
        recipe(
            "Sequential",
            recipe("Linear", 4, 5, bias=False),
            recipe("BatchNorm1d", 5, eps=0.1, momentum=0.3),
            recipe("Dropout", 0.5) if dropout else recipe("ReLU"),
            recipe("Linear", 5, 3),
            state=state,
            training=training,
        )
    )


def draw_batches(rng, *sizes):
    """Batches of these sizes around places of their own: inputs (n, 4), labels (n,) from 0 to 2."""
    return [(rng.normal(rng.uniform(-2, 2, size=4), 1.5, size=(n, 4)), rng.randint(0, 3, size=n)) for n in sizes]


def state_after(model):
    """All numbers of the model, and the modes of its parts."""
    state = model.state_dict()
    told = {name: state[name] for name in (*NAMES, "1.running_mean", "1.running_var", "1.num_batches_tracked")}
    return told | modes_of(model)


def modes_of(model):
    """The mode of the model and of each of its four parts."""
    modes = [model.attribute(f"{part}training") for part in ("", "0.", "1.", "2.", "3.")]
    return {"training modes": np.array(modes, dtype=bool)}
