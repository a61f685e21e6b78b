"""What several exercises' probes of this lesson have in common."""

import numpy as np

from autograder.learner.probes.inputs import SPREADS

GRADIENTS = ("dx", "dgamma", "dbeta")


MEANS = np.array([3.0, -1.0, 100.0, 0.0, 7.0, -20.0])


def draw_columns(rng, n, d):
    """A batch whose columns differ in place and spread. Shape (n, d)."""
    return rng.normal(MEANS[:d], SPREADS[:d], size=(n, d))


def draw_gamma(rng, d):
    """Scales of both signs, none 1. Shape (d,)."""
    return np.where(np.arange(d) % 2, -1.0, 1.0) * rng.uniform(1.2, 2.5, size=d)


def draw_upstream(rng, n, d):
    """A gradient that comes from above, with a mean of its own in every column. Shape (n, d)."""
    return rng.normal(rng.uniform(0.3, 1.0, size=d), 1.0, size=(n, d))


def remembered(x, gamma, eps):
    """The cache of the notebook's forward pass."""
    mean, var = np.mean(x, axis=0), np.var(x, axis=0)
    inv_std = np.power(var + eps, -0.5)
    kept = {"x": x, "mean": mean, "var": var, "inv_std": inv_std, "x_hat": np.multiply(x - mean, inv_std)}
    return kept | {"gamma": gamma, "eps": eps}


def rung(exercise, x, gamma, eps, **given):
    """Add a case for paper: what is `given` beside the cache, as lists, and the cache of x, gamma and eps."""
    told = (f"cache of the forward pass for x = {x}", f"gamma = {gamma}", f"eps = {eps}")
    cache = remembered(np.array(x, dtype=np.float64), np.array(gamma, dtype=np.float64), eps)
    arrays = {name: np.array(value, dtype=np.float64) for name, value in given.items()}

    @exercise.case_of(*told, *(f"{name} = {value}" for name, value in given.items()))
    def play(call):
        return call(**arrays, cache=cache)


def case(rng, n, d, eps):
    """An upstream gradient and a cache."""
    x, gamma = draw_columns(rng, n, d), draw_gamma(rng, d)
    return draw_upstream(rng, n, d), remembered(x, gamma, eps)


def constant_column(rng):
    x = draw_columns(rng, 6, 4)
    x[:, 1] = 4.0
    return draw_upstream(rng, 6, 4), remembered(x, draw_gamma(rng, 4), 0.2)


def narrow_columns(rng):
    x = rng.normal([2.0, 5.0, -3.0], [1.0, 0.01, 0.02], size=(8, 3))
    return draw_upstream(rng, 8, 3), remembered(x, draw_gamma(rng, 3), 1e-3)


#: Situations that the rungs and the whole backward pass have in common.
TALL = "seven rows, five columns"


WIDE = "four rows, six columns"


SQUARE = "as many rows as columns"


BIG_EPS = "eps from 0.1 to 1"


CONSTANT = "a constant column"


NARROW = "a column of spread 0.01"


SINGLE = "a batch of one"


SITUATIONS = (TALL, WIDE, SQUARE, BIG_EPS, CONSTANT, NARROW, SINGLE)

SYMPTOMS = {
    TALL: "It is wrong on a plain batch of seven rows and five columns. Which numbers belong to one column?",
    WIDE: "It is wrong when the batch has fewer rows than columns. Which entry of a shape is N, which is D?",
    SQUARE: "It is wrong for a batch with as many rows as columns. Which axis counts the rows there?",
    BIG_EPS: "It is wrong for some eps from 0.1 to 1. Where did the forward pass have eps, and what holds it now?",
    CONSTANT: (
        "It is wrong for a batch with a column whose values are all equal. What are var, inv_std and x_hat there?"
    ),
    NARROW: (
        "It is wrong for narrow columns, whose variance is smaller than eps. What did the forward pass divide by there?"
    ),
    SINGLE: "It is wrong for a batch of one row. What are var, inv_std and x_hat of a single row?",
}


def draw_situation(name, rng):
    """dout and cache of a named situation."""
    if name == CONSTANT:
        return constant_column(rng)
    if name == NARROW:
        return narrow_columns(rng)
    n, d, eps = {TALL: (7, 5, 1e-5), WIDE: (4, 6, 1e-5), SQUARE: (5, 5, 1e-5), SINGLE: (1, 4, 0.1)}[name]
    return case(rng, n, d, eps)


def over_eps(play_one, rng, output):
    """The same output for three values of eps."""
    found = {}
    for eps in (0.1, 0.3, 1.0):
        dout, cache = case(rng, 6, 4, eps)
        found[f"{output} with eps {eps:g}"] = play_one(rng, dout, cache)[output]
    return found


def whole_probe(exercise, situation, keys):
    """dx, dgamma and dbeta; the compact form gets a cache with no more in it than it needs."""

    def play(call, rng):
        def one(_, dout, cache):
            return call(dout, {key: cache[key] for key in keys} if keys else cache)

        if situation == BIG_EPS:
            return over_eps(one, rng, "dx")
        return one(rng, *draw_situation(situation, rng))

    exercise.probe(situation, symptom=SYMPTOMS[situation])(play)
