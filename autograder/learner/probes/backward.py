"""Probes of lesson 04."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import BadReturn

GRADIENTS = ("dx", "dgamma", "dbeta")

numerical_gradient = Exercise("numerical_gradient", arguments=("f", "x", "dout", "h"), returns=("dx",))
affine_backward = Exercise(
    "affine_backward",
    arguments=("dout", "cache"),
    returns=("dx_hat", "dgamma", "dbeta"),
    without=("numerical_gradient",),
)
variance_backward = Exercise(
    "variance_backward", arguments=("dx_hat", "cache"), returns=("dvar",), without=("numerical_gradient",)
)
mean_backward = Exercise(
    "mean_backward", arguments=("dx_hat", "dvar", "cache"), returns=("dmean",), without=("numerical_gradient",)
)
batchnorm_backward = Exercise(
    "batchnorm_backward", arguments=("dout", "cache"), returns=GRADIENTS, without=("numerical_gradient",)
)
batchnorm_backward_compact = Exercise(
    "batchnorm_backward_compact",
    arguments=("dout", "cache"),
    returns=GRADIENTS,
    without=("numerical_gradient", "batchnorm_backward"),
)
backward_invariants = Exercise("backward_invariants", arguments=("dx", "x_hat"), returns=("sums", "overlaps"))
probe = Exercise("probe", arguments=("seed",), returns=("x", "gamma", "dout", "eps"))

MEANS = np.array([3.0, -1.0, 100.0, 0.0, 7.0, -20.0])
SPREADS = np.array([1.0, 0.3, 5.0, 0.05, 2.0, 0.7])


def _columns(rng, n, d):
    """A batch whose columns differ in place and spread. Shape (n, d)."""
    return rng.normal(MEANS[:d], SPREADS[:d], size=(n, d))


def _gamma(rng, d):
    """Scales of both signs, none 1. Shape (d,)."""
    return np.where(np.arange(d) % 2, -1.0, 1.0) * rng.uniform(1.2, 2.5, size=d)


def _upstream(rng, n, d):
    """A gradient that comes from above, with a mean of its own in every column. Shape (n, d)."""
    return rng.normal(rng.uniform(0.3, 1.0, size=d), 1.0, size=(n, d))


def _remembered(x, gamma, eps):
    """The cache of the notebook's forward pass."""
    mean, var = np.mean(x, axis=0), np.var(x, axis=0)
    inv_std = np.power(var + eps, -0.5)
    kept = {"x": x, "mean": mean, "var": var, "inv_std": inv_std, "x_hat": np.multiply(x - mean, inv_std)}
    return kept | {"gamma": gamma, "eps": eps}


def _case(rng, n, d, eps):
    """An upstream gradient and a cache."""
    x, gamma = _columns(rng, n, d), _gamma(rng, d)
    return _upstream(rng, n, d), _remembered(x, gamma, eps)


def _constant_column(rng):
    x = _columns(rng, 6, 4)
    x[:, 1] = 4.0
    return _upstream(rng, 6, 4), _remembered(x, _gamma(rng, 4), 0.2)


def _narrow_columns(rng):
    x = rng.normal([2.0, 5.0, -3.0], [1.0, 0.01, 0.02], size=(8, 3))
    return _upstream(rng, 8, 3), _remembered(x, _gamma(rng, 3), 1e-3)


# numerical_gradient: functions to differentiate


def cubic(x):
    """Every entry by itself."""
    return x**3 - 2 * x


def neighbours(x):
    """Products of neighbours in a row: one column fewer than x."""
    return x[:, 1:] * x[:, :-1]


def column_shares(x):
    """Each entry as a share of its column's sum of squares: the rows depend on each other."""
    return x / (1 + (x**2).sum(axis=0))


def distance(x):
    """Has a corner at 0."""
    return np.abs(x)


def itself(x):
    """Hands its argument back, not a copy."""
    return x


def outer(x):
    """A table made of a single row of numbers."""
    return np.arange(1.0, 4.0)[:, None] * x**2


@numerical_gradient.probe(
    "each entry by itself", symptom="The values are wrong for a function that treats each entry by itself."
)
def numerical_plain(call, rng):
    return call(cubic, rng.normal(size=(3, 4)), rng.normal(1.0, 1.0, size=(3, 4)))


@numerical_gradient.probe(
    "rows that depend on each other",
    symptom="The result is wrong where one entry of x moves several rows of f(x), as in batch norm.",
)
def numerical_coupled(call, rng):
    return call(column_shares, rng.normal(size=(4, 3)), rng.normal(1.0, 1.0, size=(4, 3)))


@numerical_gradient.probe(
    "f(x) of another shape than x", symptom="The result is wrong where f(x) has another shape than x."
)
def numerical_other_shape(call, rng):
    return call(neighbours, rng.normal(size=(3, 4)), rng.normal(1.0, 1.0, size=(3, 3)))


@numerical_gradient.probe(
    "a step of 0.5 on a cubic",
    symptom="The result is wrong for a large step, where it matters which two points are compared.",
)
def numerical_large_step(call, rng):
    return call(cubic, rng.normal(1.0, 0.5, size=(2, 3)), rng.normal(1.0, 1.0, size=(2, 3)), 0.5)


@numerical_gradient.probe(
    "a corner", symptom="The result is wrong at a corner, where the slope on the left is not that on the right."
)
def numerical_corner(call, rng):
    x = rng.randint(-1, 2, size=(4, 3)).astype(float)
    x[1] = 0.0
    return call(distance, x, rng.normal(1.0, 1.0, size=(4, 3)), h=0.25)


@numerical_gradient.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: does a step of 0.00001 survive in there?"
)
def numerical_integers(call, rng):
    return call(cubic, rng.randint(-3, 4, size=(3, 2)), rng.normal(1.0, 1.0, size=(3, 2)))


@numerical_gradient.probe(
    "x with one axis", symptom="The result is wrong when x has a single axis, as gamma and beta have."
)
def numerical_one_axis(call, rng):
    return call(outer, rng.normal(size=4), rng.normal(1.0, 1.0, size=(3, 4)))


@numerical_gradient.probe(
    "f hands back its argument",
    symptom="The result is wrong when f(x) is x itself: is the array changed after f has handed it back?",
)
def numerical_itself(call, rng):
    return call(itself, rng.normal(size=(2, 3)), rng.normal(1.0, 1.0, size=(2, 3)))


# the rungs and the whole backward pass, on the same situations

TALL = "seven rows, five columns"
WIDE = "four rows, six columns"
SQUARE = "as many rows as columns"
BIG_EPS = "eps from 0.1 to 1"
CONSTANT = "a constant column"
NARROW = "a column of spread 0.01"
SINGLE = "a batch of one"
SYMPTOMS = {
    TALL: "The values are wrong on a plain batch of seven rows and five columns.",
    WIDE: "The result is wrong when the batch has fewer rows than columns.",
    SQUARE: "The result is wrong for as many rows as columns: is one of them taken for the other?",
    BIG_EPS: "The result is wrong for some eps from 0.1 to 1: where does eps enter?",
    CONSTANT: "A column whose values are all equal goes wrong: its variance is 0, eps is not.",
    NARROW: "A narrow column goes wrong: its variance of 0.0001 is smaller than eps.",
    SINGLE: "One row alone goes wrong: x − mean and x_hat are 0 there.",
}


def _situation(name, rng):
    """dout and cache of a named situation."""
    if name == CONSTANT:
        return _constant_column(rng)
    if name == NARROW:
        return _narrow_columns(rng)
    n, d, eps = {TALL: (7, 5, 1e-5), WIDE: (4, 6, 1e-5), SQUARE: (5, 5, 1e-5), SINGLE: (1, 4, 0.1)}[name]
    return _case(rng, n, d, eps)


# affine_backward


def _affine_probe(situation, output):
    def play(call, rng):
        return {output: call(*_situation(situation, rng))[output]}

    affine_backward.probe(f"{output}, {situation}", symptom=SYMPTOMS[situation])(play)


for _output in affine_backward.returns:
    for _name in (TALL, WIDE, SQUARE):
        _affine_probe(_name, _output)


# variance_backward and mean_backward


def _over_eps(play_one, rng, output):
    """The same output for three values of eps."""
    found = {}
    for eps in (0.1, 0.3, 1.0):
        dout, cache = _case(rng, 6, 4, eps)
        found[f"{output} with eps {eps:g}"] = play_one(rng, dout, cache)[output]
    return found


def _variance_probe(situation):
    def play(call, rng):
        if situation == BIG_EPS:
            return _over_eps(lambda _, dx_hat, cache: call(dx_hat, cache), rng, "dvar")
        return call(*_situation(situation, rng))

    variance_backward.probe(situation, symptom=SYMPTOMS[situation])(play)


def _mean_probe(situation):
    def one(call, rng, dx_hat, cache):
        return call(dx_hat, rng.normal(2.0, 1.0, size=dx_hat.shape[1]), cache)

    def play(call, rng):
        if situation == BIG_EPS:
            return _over_eps(lambda own, dx_hat, cache: one(call, own, dx_hat, cache), rng, "dmean")
        return one(call, rng, *_situation(situation, rng))

    mean_backward.probe(situation, symptom=SYMPTOMS[situation])(play)


for _name in (TALL, WIDE, SQUARE, BIG_EPS, CONSTANT, NARROW, SINGLE):
    _variance_probe(_name)
    _mean_probe(_name)


# batchnorm_backward and its compact form


def _whole_probe(exercise, situation, keys):
    """dx, dgamma and dbeta; the compact form gets a cache with no more in it than it needs."""

    def play(call, rng):
        def one(_, dout, cache):
            return call(dout, {key: cache[key] for key in keys} if keys else cache)

        if situation == BIG_EPS:
            return _over_eps(one, rng, "dx")
        return one(rng, *_situation(situation, rng))

    exercise.probe(situation, symptom=SYMPTOMS[situation])(play)


for _name in (TALL, WIDE, SQUARE, BIG_EPS, CONSTANT, NARROW, SINGLE):
    _whole_probe(batchnorm_backward, _name, ())
    _whole_probe(batchnorm_backward_compact, _name, ("x_hat", "inv_std", "gamma"))


@batchnorm_backward.probe(
    "called twice",
    symptom="The second call with the same dout and cache gives something else: what did the first one leave behind?",
)
def backward_twice(call, rng):
    dout, cache = _case(rng, 5, 3, 0.1)
    call(dout, cache)
    return call(dout, cache)


# backward_invariants


def _arrays(rng, n, d):
    return rng.normal(0.4, 1.0, size=(n, d)), rng.normal(0.2, 1.0, size=(n, d))


@backward_invariants.probe(TALL, symptom="The values are wrong on plain arrays of seven rows and five columns.")
def invariants_tall(call, rng):
    return call(*_arrays(rng, 7, 5))


@backward_invariants.probe(WIDE, symptom="The result is wrong when there are fewer rows than columns.")
def invariants_wide(call, rng):
    return call(*_arrays(rng, 4, 6))


@backward_invariants.probe(SQUARE, symptom="The result is wrong for as many rows as columns: are they mixed up?")
def invariants_square(call, rng):
    return call(*_arrays(rng, 4, 4))


@backward_invariants.probe(SINGLE, symptom="The result is wrong for one row alone: it still has D sums and D overlaps.")
def invariants_single(call, rng):
    return call(*_arrays(rng, 1, 5))


# probe: inputs of a gradient check

#: Two answers count as different if an entry differs by more than this plus this share of the right one.
TOLERANCE = 1e-4
MOST_NUMBERS = 2000


def checked_inputs(given):
    """x, gamma, dout and eps as float64 if they fit together.

    Raises:
        BadReturn: they do not; the message says why.
    """
    x, gamma, dout, eps = (np.asarray(given[name], dtype=np.float64) for name in ("x", "gamma", "dout", "eps"))
    if x.ndim != 2 or not x.size:
        raise BadReturn(f"x has shape {x.shape}; it is to be a batch of shape (N, D)")
    if gamma.shape != x.shape[1:]:
        raise BadReturn(f"gamma has shape {gamma.shape} for an x of shape {x.shape}; it is to have one number a column")
    if dout.shape != x.shape:
        raise BadReturn(f"dout has shape {dout.shape}; it is to have the shape of x, {x.shape}")
    if eps.ndim or not eps >= 0:
        raise BadReturn("eps is to be a single number, 0 or larger")
    if x.size > MOST_NUMBERS:
        raise BadReturn(f"x holds {x.size} numbers; a gradient check has to be quick, so at most {MOST_NUMBERS}")
    if not all(np.isfinite(array).all() for array in (x, gamma, dout, eps)):
        raise BadReturn("there is NaN or infinity in what it returned")
    return x, gamma, dout, float(eps)


def differ(one, other):
    """Whether a gradient check would tell the two apart."""
    return not np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


def _inside(var, eps):
    return np.sqrt(var + eps)


def _outside(var, eps):
    return np.sqrt(var) + eps


def _exact_dx(x, gamma, dout, eps, root=_inside):
    """dx from nothing but the forward formula, to the last digit: each row in turn is moved by an imaginary step."""
    dx = np.empty(x.shape)
    for row in range(len(x)):
        moved = x.astype(complex)
        moved[row] += 1e-30j
        centred = moved - moved.mean(axis=0)
        var = (centred**2).mean(axis=0)
        dx[row] = (dout * gamma * centred / root(var, eps)).sum(axis=0).imag / 1e-30
    return dx


class _Inputs:
    """What `probe` returned, and the exact gradient there."""

    def __init__(self, call, rng):
        self.x, self.gamma, self.dout, self.eps = checked_inputs(call(int(rng.randint(1000))))
        self.n, self.d = self.x.shape
        self.dx = _exact_dx(self.x, self.gamma, self.dout, self.eps)
        self.centred = self.x - self.x.mean(axis=0)
        self.spread = _inside(self.x.var(axis=0), self.eps)
        self.direct = self.dout * self.gamma / self.spread
        if not (self.spread > 0).all():
            raise BadReturn("batch norm's gradient is NaN on these inputs: a column is constant, and eps is 0")


def _unnoticed(given, **broken):
    """For each way to be wrong, 1 if the inputs do not show it; and why, if they hardly show anything."""
    found = {f"unnoticed ({what.replace('_', ' ')})": float(not seen) for what, seen in broken.items()}
    return found | {"number of the reason why dx is zero": _why_nothing_comes_through(given)}


def _why_nothing_comes_through(given):
    """A number for the reason why dx is as good as zero; 0 if it is not."""
    if differ(0 * given.dx, given.dx):
        return 0.0
    if not given.dout.any():
        return 1.0
    if given.n == 1:
        return 2.0
    if not given.centred.any():
        return 3.0
    if np.allclose(given.dout, given.dout[0]):
        return 4.0
    if given.n == 2:
        return 5.0
    explained = given.dout - given.dout.mean(axis=0)
    share = (given.centred * explained).sum(axis=0) / np.maximum((given.centred**2).sum(axis=0), 1e-300)
    if np.allclose(explained, share * given.centred, atol=1e-6 * np.abs(given.dout).max()):
        return 6.0
    return 7.0 if np.abs(given.direct).max() < 10 * TOLERANCE else 8.0


@probe.probe(
    "something comes through",
    symptom="dx itself is as good as zero on these inputs, so a backward that returns zeros looks right.",
)
def probe_signal(call, rng):
    given = _Inputs(call, rng)
    return _unnoticed(given, dx_is_zero=differ(0 * given.dx, given.dx))


@probe.probe(
    "every path counts",
    symptom="One of the three paths to x carries nothing on these inputs, so a backward without it looks right.",
)
def probe_paths(call, rng):
    given = _Inputs(call, rng)
    x_hat = given.centred / given.spread
    missing = _unnoticed(
        given,
        statistics_taken_as_constants=differ(given.direct, given.dx),
        path_through_the_mean_missing=differ(given.dx + given.direct.mean(axis=0), given.dx),
        path_through_the_variance_missing=differ(given.dx + x_hat * (given.direct * x_hat).mean(axis=0), given.dx),
    )
    return missing | {"x without spread": float(not given.centred.any())}


@probe.probe(
    "gamma counts",
    symptom="On these inputs a backward without gamma, or with another gamma, looks right.",
)
def probe_gamma(call, rng):
    given = _Inputs(call, rng)
    bare = _exact_dx(given.x, np.ones(given.d), given.dout, given.eps)
    return _unnoticed(
        given,
        gamma_missing=differ(bare, given.dx),
        sign_of_gamma_lost=differ(np.abs(given.gamma) * bare, given.dx),
        one_gamma_for_all=differ(given.gamma[0] * bare, given.dx),
    )


@probe.probe(
    "place and spread of x count",
    symptom="x looks so much like x_hat on these inputs that a backward which takes one for the other looks right.",
)
def probe_columns(call, rng):
    given = _Inputs(call, rng)
    dgamma = (given.dout * given.centred / given.spread).sum(axis=0)
    return _unnoticed(
        given,
        dgamma_from_x=differ((given.dout * given.x).sum(axis=0), dgamma),
        dgamma_from_x_minus_mean=differ((given.dout * given.centred).sum(axis=0), dgamma),
        spread_missing=differ(given.dx * given.spread, given.dx),
    )


@probe.probe(
    "eps counts", symptom="eps is so small beside the variances on these inputs that a backward without it looks right."
)
def probe_eps(call, rng):
    given = _Inputs(call, rng)
    return _unnoticed(
        given,
        eps_missing=differ(_exact_dx(given.x, given.gamma, given.dout, 0.0), given.dx),
        eps_outside_the_root=differ(_exact_dx(given.x, given.gamma, given.dout, given.eps, _outside), given.dx),
        eps_always_the_same=differ(_exact_dx(given.x, given.gamma, given.dout, 1e-5), given.dx),
    )


@probe.probe(
    "rows and columns differ",
    symptom="A backward that mixes up rows and columns, or sums over both, looks right on these inputs.",
)
def probe_shape(call, rng):
    given = _Inputs(call, rng)
    mean, total = given.direct.mean(axis=0), given.direct.sum(axis=0)
    return _unnoticed(
        given,
        D_taken_for_N=differ(given.dx + mean - total / given.d, given.dx),
        one_sum_over_all_columns=differ(given.dx + mean - total.sum() / given.n, given.dx),
    )


@probe.probe(
    "right answers agree",
    symptom="Rounding is so large on these inputs that two right backwards differ: x has too many digits in its mean.",
)
def probe_rounding(call, rng):
    given = _Inputs(call, rng)
    again = _exact_dx(given.x - given.x[0], given.gamma, given.dout, given.eps)
    scale = max(np.abs(again).max(), TOLERANCE)
    return {"right answers that differ": float(not np.allclose(given.dx, again, rtol=0, atol=1e-6 * scale))}
