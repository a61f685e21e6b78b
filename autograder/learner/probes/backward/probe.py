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

    def __init__(self, call, seed):
        self.x, self.gamma, self.dout, self.eps = checked_inputs(call(seed))
        self.n, self.d = self.x.shape
        self.dx = _exact_dx(self.x, self.gamma, self.dout, self.eps)
        self.centred = self.x - self.x.mean(axis=0)
        self.spread = _inside(self.x.var(axis=0), self.eps)
        self.direct = self.dout * self.gamma / self.spread
        if not (self.spread > 0).all():
            raise BadReturn("batch norm's gradient is NaN on these inputs: a column is constant, and eps is 0")


def _drawn(call, rng):
    return _Inputs(call, int(rng.randint(1000)))


def _mean_missing(given):
    return given.dx + given.direct.mean(axis=0)


def _variance_missing(given):
    x_hat = given.centred / given.spread
    return given.dx + x_hat * (given.direct * x_hat).mean(axis=0)


def _with_gamma(given, gamma):
    return gamma * _exact_dx(given.x, np.ones(given.d), given.dout, given.eps)


def _with_eps(given, eps, root=_inside):
    return _exact_dx(given.x, given.gamma, given.dout, eps, root)


def _with_level(given, level):
    return given.dx + given.direct.mean(axis=0) - level


def _dgamma(given, x):
    return (given.dout * x).sum(axis=0)


#: What is wrong in a backward -> what it gives for dx; for dgamma in the second table.
WRONG_DX = {
    "dx is zero": lambda given: 0 * given.dx,
    "statistics taken as constants": lambda given: given.direct,
    "path through the mean missing": _mean_missing,
    "path through the variance missing": _variance_missing,
    "gamma missing": lambda given: _with_gamma(given, 1.0),
    "sign of gamma lost": lambda given: _with_gamma(given, np.abs(given.gamma)),
    "one gamma for all": lambda given: _with_gamma(given, given.gamma[0]),
    "spread missing": lambda given: given.dx * given.spread,
    "eps missing": lambda given: _with_eps(given, 0.0),
    "eps outside the root": lambda given: _with_eps(given, given.eps, _outside),
    "eps always the same": lambda given: _with_eps(given, 1e-5),
    "D taken for N": lambda given: _with_level(given, given.direct.sum(axis=0) / given.d),
    "one sum over all columns": lambda given: _with_level(given, given.direct.sum() / given.n),
}
WRONG_DGAMMA = {
    "dgamma from x": lambda given: _dgamma(given, given.x),
    "dgamma from x minus mean": lambda given: _dgamma(given, given.centred),
}


def _shows(given, wrong):
    """Whether the inputs tell a backward with this mistake from a right one."""
    if wrong in WRONG_DX:
        return differ(WRONG_DX[wrong](given), given.dx)
    return differ(WRONG_DGAMMA[wrong](given), _dgamma(given, given.centred / given.spread))


def _unnoticed(given, *wrong):
    """For each way to be wrong, 1 if the inputs do not show it; and why, if they hardly show anything."""
    found = {f"unnoticed ({what})": not _shows(given, what) for what in wrong}
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


def _right_answers_agree(given):
    again = _exact_dx(given.x - given.x[0], given.gamma, given.dout, given.eps)
    scale = max(np.abs(again).max(), TOLERANCE)
    return np.allclose(given.dx, again, rtol=0, atol=1e-6 * scale)


@exercise.case_of("seed = 1", "Do x (N, D), gamma (D,), dout (N, D) and eps fit together?")
def inputs_that_fit(call):
    return {"they fit": checked_inputs(call(1)) is not None}


def _caught(*wrong):
    """Add a rung: backwards with one mistake each, that a gradient check has to catch on the inputs."""

    @exercise.case_of("seed = 1", f"Does a gradient check on your inputs catch these mistakes? {'; '.join(wrong)}")
    def rung(call):
        given = _Inputs(call, 1)
        return {f"caught ({what})": _shows(given, what) for what in wrong}


_caught("dx is zero")
_caught("path through the mean missing")
_caught("path through the variance missing")
_caught("gamma missing", "sign of gamma lost", "one gamma for all")
_caught("dgamma from x", "dgamma from x minus mean", "spread missing")
_caught("eps missing", "eps outside the root", "eps always the same")
_caught("D taken for N", "one sum over all columns")


@exercise.case_of("seed = 1", "Do two right backwards, which round in different ways, agree on your inputs?")
def right_backwards_agree(call):
    return {"they agree": _right_answers_agree(_Inputs(call, 1))}


@exercise.probe(
    "something comes through",
    symptom="It fails where a backward that returns zeros has to show on your inputs. How large is the right dx there?",
)
def probe_signal(call, rng):
    return _unnoticed(_drawn(call, rng), "dx is zero")


@exercise.probe(
    "every path counts",
    symptom="It fails where a backward that lacks one of the three paths to x has to show. "
    "What does each path carry on "
    "your inputs?",
)
def probe_paths(call, rng):
    given = _drawn(call, rng)
    missing = _unnoticed(
        given,
        "statistics taken as constants",
        "path through the mean missing",
        "path through the variance missing",
    )
    return missing | {"x without spread": not given.centred.any()}


@exercise.probe(
    "gamma counts",
    symptom="It fails where a backward without gamma, or with another gamma, has to show. "
    "Which gammas are in your inputs?",
)
def probe_gamma(call, rng):
    return _unnoticed(_drawn(call, rng), "gamma missing", "sign of gamma lost", "one gamma for all")


@exercise.probe(
    "place and spread of x count",
    symptom="It fails where a backward that takes x for x_hat, or leaves the spread out, has to show. "
    "How do x and x_hat "
    "differ on your inputs?",
)
def probe_columns(call, rng):
    return _unnoticed(_drawn(call, rng), "dgamma from x", "dgamma from x minus mean", "spread missing")


@exercise.probe(
    "eps counts",
    symptom="It fails where a backward with a wrong eps, or with none, has to show. How large is your eps beside the "
    "variances?",
)
def probe_eps(call, rng):
    return _unnoticed(_drawn(call, rng), "eps missing", "eps outside the root", "eps always the same")


@exercise.probe(
    "rows and columns differ",
    symptom="It fails where a backward that mixes up rows and columns, or sums over both, has to show. "
    "Which shape does "
    "your x have?",
)
def probe_shape(call, rng):
    return _unnoticed(_drawn(call, rng), "D taken for N", "one sum over all columns")


@exercise.probe(
    "right answers agree",
    symptom="It fails where right backwards that round in different ways have to agree. "
    "How many digits do your numbers "
    "need?",
)
def probe_rounding(call, rng):
    return {"right answers that differ": not _right_answers_agree(_drawn(call, rng))}
