"""Probes of losers."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import WHOLE

exercise = Exercise("losers", arguments=("scores", "margin"), returns=("behind", "lost"))

exercise.case(scores=[[90, 92], [60, 62]], margin=20)
exercise.case(scores=[[90, 92], [80, 82]], margin=20)
exercise.case(scores=[[90, 92], [40, 91]], margin=20)
exercise.case(scores=[[60, 62], [90, 92]], margin=20)
exercise.case(scores=[[50, 99], [80, 80], [40, 42]], margin=20)
exercise.case(scores=[[90, 92], [90, 40]], margin=20)
exercise.case(scores=[[90, 94], [70, 74]], margin=20)


@exercise.case_of("scores = [[90, 92], [74, 76], [78, 80]], margin not given")
def losers_paper_default(call):
    return call(np.array([[90.0, 92.0], [74.0, 76.0], [78.0, 80.0]]))


@exercise.case_of("scores of whole numbers (dtype int)", "scores = [[90, 93], [60, 61]], margin = 20")
def losers_paper_integers(call):
    return call(np.array([[90, 93], [60, 61]]), 20)


def draw_scores(rng, norms, seeds=3, spread=3.0):
    """One norm is the best whatever is compared; with a wide spread some of the others reach its lowest score."""
    offsets = np.linspace(-1, 1, seeds) if seeds > 1 else np.zeros(1)
    offsets = offsets + rng.uniform(-0.05, 0.05, size=(norms, seeds))
    scores = rng.uniform(40, 79, size=(norms, 1)) + spread * np.array([rng.permutation(row) for row in offsets])
    scores[rng.randint(norms)] = rng.permutation(np.linspace(86.0, 99.5, seeds))
    return scores


@exercise.probe("six norms, three seeds", symptom="It is wrong for six norms of three seeds each.")
def losers_plain(call, rng):
    return call(draw_scores(rng, 6), 20.0)


@exercise.probe(
    "seeds far apart",
    symptom="It is wrong where the seeds of a norm lie far apart. Which seed of the one is compared with which of the "
    "other?",
)
def losers_spread(call, rng):
    return call(draw_scores(rng, 40, spread=18.0), 20.0)


@exercise.probe(
    "one lucky seed",
    symptom="It is wrong where the norm with the best single seed is not the best on average. Which one is the best?",
)
def losers_lucky(call, rng):
    best_by = [
        [98, 97, 60, 96],
        [84, 84, 84, 84],
        [99.5, 30, 35, 40],
        [99, 99, 30, 99],
    ]  # mean, lowest, highest, median
    scores = np.concatenate([best_by, rng.uniform(40, 55, size=(20, 4))]) + rng.uniform(-0.2, 0.2, size=(24, 4))
    return call(rng.permutation(scores), 10.0)


@exercise.probe(
    "scores that touch",
    symptom="It is wrong where a norm reaches exactly the lowest score of the best, or lies behind by exactly margin.",
)
def losers_touching(call, rng):
    best, far = rng.randint(70, 90), rng.randint(1, 5)
    rows = [
        [best, best + 8, best + 10],
        [best, best - 60, best - 60],
        [best - 14, best - 14, best - 14],
        [best - far, best - 60, best - 60],
    ]
    return call(np.array(rows, dtype=float), 20.0)


@exercise.probe(
    "margins from 0 to 40",
    symptom="It is wrong for one margin or more from 0 to 40. Where does margin enter, and in which unit?",
)
def losers_margins(call, rng):
    scores = draw_scores(rng, 20)
    return {
        f"{name} with margin {margin}": value
        for margin in (0, 5, 25, 40)
        for name, value in call(scores, margin=margin).items()
    }


@exercise.probe(
    "margin not given", symptom="It is wrong when the call leaves margin out. Which value does it have then?"
)
def losers_default(call, rng):
    return call(95.0 - rng.permutation(np.arange(30))[:, None] + rng.uniform(-0.4, 0.4, size=(30, 3)))


@exercise.probe("as many seeds as norms", symptom="It is wrong where there are as many seeds as norms.")
def losers_equal(call, rng):
    return call(draw_scores(rng, 5, seeds=5), 20.0)


@exercise.probe("a single norm", symptom="It is wrong for a single norm. How far does the best lie behind itself?")
def losers_single(call, rng):
    return call(draw_scores(rng, 1), 15.0)


@exercise.probe("a single seed", symptom="It is wrong where each norm was trained with one seed.")
def losers_one_seed(call, rng):
    return call(draw_scores(rng, 12, seeds=1), 15.0)


@exercise.probe("whole numbers", symptom=WHOLE)
def losers_integers(call, rng):
    scores = draw_scores(rng, 20, seeds=4, spread=18.0)
    whole = 2 * (scores / 2).astype(int)
    whole[scores.mean(axis=1).argmax()] += 1  # odd, so that no other score is the same
    return call(whole, 20)
