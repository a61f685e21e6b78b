"""Hidden tests of probe."""

import functools

import numpy as np

from autograder.exercises.bank import Bank, Part, bank_of
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.probes.backward.probe import checked_inputs, differ, exercise

#: Mistakes of batchnorm_backward that no input shows in the returned values.
NOT_IN_THE_VALUES = {"upstream_changed", "cache_changed", "gradients_pile_up"}
#: One that an eps of 1 hides, of which the text does not warn.
NOT_ASKED = {"eps_squared_in_the_spread"}


@functools.cache
def broken_backwards():
    """Name -> broken backward that some input tells from the right one."""
    whole = bank_of("batchnorm_backward")
    return {name: whole.wrong(name) for name in whole.mistakes if name not in NOT_IN_THE_VALUES | NOT_ASKED}


@functools.cache
def right_backwards():
    """Right backwards in other styles."""
    banks = map(bank_of, ("batchnorm_backward", "batchnorm_backward_compact"))
    return [bank.right(style) for bank in banks for style in bank.accepted]


def gradients_of(function, given):
    """What a backward returns on the given inputs, as arrays; None if it stops or returns something else."""
    x, gamma, dout, eps = given
    mean, var = x.mean(axis=0), x.var(axis=0)
    inv_std = (var + eps) ** -0.5
    cache = {"x": x.copy(), "mean": mean, "var": var, "inv_std": inv_std, "x_hat": (x - mean) * inv_std}
    try:
        found = function(dout.copy(), cache | {"gamma": gamma.copy(), "eps": eps})
        return [np.asarray(part, dtype=np.float64) for part in found]
    except Exception:
        return None


def told_apart(found, right):
    """Whether a gradient check that compares shapes and values would notice."""
    return (
        found is None
        or [np.shape(part) for part in found] != [np.shape(part) for part in right]
        or any(differ(mine, theirs) for mine, theirs in zip(found, right))
    )


def right_on(given):
    right = gradients_of(bank_of("batchnorm_backward").reference, given)
    if not all(np.isfinite(part).all() for part in right):
        raise BadReturn("batch norm's gradient is NaN on these inputs: a column is constant, and eps is 0")
    return right


def told_by(given):
    """For each broken backward, whether the inputs tell it from the right one."""
    right = right_on(given)
    return np.array([told_apart(gradients_of(wrong, given), right) for wrong in broken_backwards().values()])


HALF, MOST, ALL = "half of them", "nine in ten", "all of them"


SIGNAL, AGREE, RIGHT_ONES = "something comes through", "right answers agree", "right backwards agree"


bank = Bank(
    exercise,
    parts=[
        Part("tells half of the broken backwards from the right one", 1, (HALF,)),
        Part("tells nine in ten", 2, (MOST,)),
        Part("tells all", 1, (ALL,)),
        Part("what the visible check asks, for other seeds", 1, tuple(exercise.probes)),
        Part("right backwards in other styles agree on a dx that is not zero", 1, (SIGNAL, AGREE, RIGHT_ONES)),
    ],
)


def _threshold(name, share, symptom):
    @bank.probe(name, symptom=symptom)
    def play(call, rng):
        told = told_by(checked_inputs(call(int(rng.randint(1000)))))
        reached = told.mean() >= share
        return {"reached": bool(reached), "told": np.ones(len(told)) if reached else told.astype(float)}


_threshold(
    HALF,
    0.5,
    "It fails where at least half of the broken backwards have to show on your inputs. "
    "Which blind spots of the section are left?",
)


_threshold(
    MOST,
    0.9,
    "It fails where nine in ten of the broken backwards have to show on your inputs. "
    "Which blind spots of the section are left?",
)


_threshold(
    ALL,
    1.0,
    "It fails where all broken backwards have to show on your inputs. Go through the blind spots: what each path "
    "carries, gamma, eps, N and D, x beside x_hat, single columns.",
)


@bank.probe(
    RIGHT_ONES,
    symptom="It fails where right backwards in other styles have to agree to 1e-6 on your inputs. "
    "How many digits does each step lose?",
)
def right_ones(call, rng):
    given = checked_inputs(call(int(rng.randint(1000))))
    right, refused = right_on(given), 0
    for function in right_backwards():
        found = gradients_of(function, given)
        scales = [max(1.0, np.abs(part).max()) for part in right]
        refused += not all(np.allclose(a, b, rtol=0, atol=1e-6 * s) for a, b, s in zip(found, right, scales))
    return {"right ones refused": bool(refused)}
