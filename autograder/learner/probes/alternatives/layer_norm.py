"""Probes of layer_norm."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, draw_affine, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("layer_norm", arguments=("x", "gamma", "beta", "eps"), returns=("out",))


@exercise.probe("seven rows, five features, eps 0", symptom="The values are wrong for seven rows of five features.")
def layer_plain(call, rng):
    return call(uneven(rng, 7, 5), *draw_affine(rng, 5), 0.0)


@exercise.probe(
    "three sequences of four tokens, five features",
    symptom="The result is wrong for (N, T, D): each token is normalized by itself, over its D features.",
)
def layer_tokens(call, rng):
    return call(uneven(rng, 3, 4, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def layer_equal(call, rng):
    (gamma, beta), x = draw_affine(rng, 4), uneven(rng, 4, 4, 4)
    return {
        "out for (4, 4)": call(x[0], gamma, beta, 0.0)["out"],
        "out for (4, 4, 4)": call(x, gamma, beta, 0.0)["out"],
    }


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def layer_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(5, 6)), draw_affine(rng, 6)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def layer_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]], *draw_affine(rng, 6))


@exercise.probe("a single row", symptom="One row alone goes wrong; layer norm needs no other rows.")
def layer_single(call, rng):
    return call(uneven(rng, 1, 6), *draw_affine(rng, 6), eps=0.1)


@exercise.probe("a constant row", symptom="A row of equal values goes wrong: x_hat is 0 there and out is beta.")
def layer_constant(call, rng):
    x = uneven(rng, 5, 4)
    x[2] = 4.0
    return call(x, *draw_affine(rng, 4), eps=0.2)


@exercise.probe("whole numbers", symptom=WHOLE)
def layer_integers(call, rng):
    return call(whole_numbers(rng, 5, 6), *draw_affine(rng, 6), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def layer_far_out(call, rng):
    return call(draw_far_out(rng).T, *draw_affine(rng, 120), eps=0.0)
