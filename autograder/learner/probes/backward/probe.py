"""Probes of probe."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.plain_data import BadReturn

exercise = Exercise("probe", arguments=("seed",), returns=("x", "gamma", "dout", "eps"))


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


@exercise.probe(
    "something comes through",
    symptom="dx itself is as good as zero on these inputs, so a backward that returns zeros looks right.",
)
def probe_signal(call, rng):
    given = _Inputs(call, rng)
    return _unnoticed(given, dx_is_zero=differ(0 * given.dx, given.dx))


@exercise.probe(
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


@exercise.probe(
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


@exercise.probe(
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


@exercise.probe(
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


@exercise.probe(
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


@exercise.probe(
    "right answers agree",
    symptom="Rounding is so large on these inputs that two right backwards differ: x has too many digits in its mean.",
)
def probe_rounding(call, rng):
    given = _Inputs(call, rng)
    again = _exact_dx(given.x - given.x[0], given.gamma, given.dout, given.eps)
    scale = max(np.abs(again).max(), TOLERANCE)
    return {"right answers that differ": float(not np.allclose(given.dx, again, rtol=0, atol=1e-6 * scale))}
