"""Probes of sweep."""

import zlib

import numpy as np

from autograder.learner.diagnosis.answer import AnswerError
from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise(
    "sweep",
    arguments=("run", "arms", "rates", "tuning_seeds", "reporting_seeds"),
    returns=("best", "at_edge", "scores"),
)


def _paper_case(arms, rates, tuning, reporting, run, *told):
    """Add a rung: a run that can be looked up."""

    @exercise.case_of(
        *told, f"arms = {arms}, rates = {rates}", f"tuning_seeds = {tuning}, reporting_seeds = {reporting}"
    )
    def play(call):
        return call(run, arms, rates, tuning, reporting)


def paper_runs(table):
    """A run that looks its score up by rate, whatever the arm, and adds the seed."""
    return lambda arm, rate, seed: float(table[rate] + seed)


def paper_runs_of_arms(arm, rate, seed):
    return float({"a": {1: 50, 2: 60, 4: 40, 8: 10}, "b": {1: 10, 2: 20, 4: 30, 8: 20}}[arm][rate] + seed)


def paper_lucky_run(arm, rate, seed):
    return float({1: [120, 0, 0], 2: [80, 40, 30], 4: [45, 45, 0], 8: [35, 35, 35]}[rate][seed % 3])


def paper_diverging_run(arm, rate, seed):
    return float({1: [-5, -7], 2: [-4, -4], 4: [-1, "nan"]}[rate][seed % 2])


UP, LOWER, UPPER = {1: 10, 2: 30, 4: 20}, {1: 30, 2: 20, 4: 10}, {1: 10, 2: 20, 4: 30}
TIE = {1: 20, 2: 40, 4: 40, 8: 10}
TOLD = "run(arm, rate, seed) = {} at rate {}, plus the seed, for every arm"


def _paper_table(table):
    rates = ", ".join(map(str, table))
    return paper_runs(table), TOLD.format(", ".join(map(str, table.values())), rates)


_paper_case(["a"], [1, 2, 4], [0], [1, 2, 3], *_paper_table(UP))
_paper_case(["a"], [1, 2, 4], [0], [1, 2, 3], *_paper_table(LOWER))
_paper_case(["a"], [1, 2, 4], [0], [3, 1, 2], *_paper_table(UPPER))
_paper_case(["a"], [4, 1, 2], [0], [1, 2, 3], *_paper_table(UP))
_paper_case(["a"], [1, 4, 2, 8], [0], [1, 2, 3], *_paper_table(TIE))
_paper_case(
    ["a", "b"],
    [1, 2, 4, 8],
    [0],
    [1, 2, 3, 4],
    paper_runs_of_arms,
    "run(arm, rate, seed) at rate 1, 2, 4, 8, plus the seed:",
    "50, 60, 40, 10 for arm 'a', 10, 20, 30, 20 for arm 'b'",
)
_paper_case(
    ["a"],
    [1, 2, 4, 8],
    [0, 1, 2],
    [3, 4, 6],
    paper_lucky_run,
    "run(arm, rate, seed) at rate 1, 2, 4, 8, by seed % 3:",
    "120, 80, 45, 35 for 0; 0, 40, 45, 35 for 1; 0, 30, 0, 35 for 2",
)
_paper_case(
    ["a"],
    [1, 2, 4],
    [0, 1],
    [2, 4, 6],
    paper_diverging_run,
    "run(arm, rate, seed) at rate 1, 2, 4:",
    "-5, -4, -1 for even seeds, -7, -4, nan for odd ones",
)


@exercise.case_of(
    "is there a ValueError? (run gives 0, arms = ['a'], rates = [1, 2])",
    "tuning_seeds = [0, 1], reporting_seeds = [1, 2, 3]; then tuning_seeds = [0], reporting_seeds = [1, 1, 1]",
)
def sweep_paper_refused(call):
    given, lists = (paper_runs({1: 0, 2: 0}), ["a"], [1, 2]), (([0, 1], [1, 2, 3]), ([0], [1, 1, 1]))
    return {f"ValueError for {mine} and {others}": _refuses(call, *given, mine, others) == 1 for mine, others in lists}


ARMS = ["plain", "batch", "layer", "group", "instance", "none"]


NOISE = np.random.RandomState()


def _noise(kind, arm, *what):
    """A normal number that depends on its arguments only."""
    if not isinstance(arm, str):
        raise TypeError(f"run(arm, rate, seed) takes the name of one arm, not {arm!r:.40}")
    NOISE.seed(zlib.crc32(" ".join(map(str, (kind, arm, *what))).encode()))
    return NOISE.normal()


def _peak(arm):
    return zlib.crc32(str(arm).encode()) % 5 - 3  # log2 of the arm's best rate


def smooth_run(arm, rate, seed):
    """Every arm has a best rate of its own; seeds matter little."""
    rate, seed = float(rate), int(seed)
    return 90.0 - 5.0 * (np.log2(rate) - _peak(arm)) ** 2 + 0.3 * _noise("smooth", arm, f"{rate:.4g}", seed)


def noisy_run(arm, rate, seed):
    """Seeds matter more than the rate, so that the choice depends on which seeds are looked at, and how."""
    rate, seed = float(rate), int(seed)
    skewed = np.exp(1.5 * _noise("skew", arm, f"{rate:.4g}", seed))
    return 60.0 + 4.0 * _noise("noisy", arm, f"{rate:.4g}", seed) + 2.0 * skewed


def diverging_run(arm, rate, seed):
    """Negative scores that rise with the rate until one seed in four diverges (nan), and then all."""
    rate, seed = float(rate), int(seed)
    limit = 2.0 ** (_peak(arm) + 0.5)
    if rate > 2 * limit or (rate > limit and seed % 4 == 3):
        return float("nan")
    return -40.0 + 3.0 * np.log2(rate) + 0.3 * _noise("diverging", arm, f"{rate:.4g}", seed)


def level_run(arm, rate, seed):
    """Two rates are exactly as good as each other and better than the rest."""
    return 80.0 + (10.0 if float(rate) in (0.25, 1.0) else 0.0) + int(seed) % 4


def _seeds(rng, tuning, reporting):
    drawn = rng.choice(1000, size=tuning + reporting, replace=False).tolist()
    return drawn[:tuning], drawn[tuning:]


RATES = [0.03125, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0]


@exercise.probe(
    "arms with best rates of their own",
    symptom="The result is wrong where each arm has a best rate of its own and seeds matter little.",
)
def sweep_smooth(call, rng):
    return call(smooth_run, ARMS, RATES, *_seeds(rng, 3, 4))


@exercise.probe(
    "seeds that matter much",
    symptom="It is wrong where seeds matter more than the rate. Which runs decide on a rate, and which are reported?",
)
def sweep_noisy(call, rng):
    return call(noisy_run, ARMS, RATES[:6], *_seeds(rng, 4, 3))


@exercise.probe(
    "one arm, one tuning seed",
    symptom="It is wrong for a single arm and a single tuning seed. Which shapes should the results have?",
)
def sweep_single(call, rng):
    return call(noisy_run, [ARMS[rng.randint(6)]], RATES[1:5], *_seeds(rng, 1, 5))


@exercise.probe(
    "runs that diverge",
    symptom="It is wrong where runs diverge and all scores are negative. What becomes of a rate with a nan?",
)
def sweep_diverging(call, rng):
    first, later = 4 * int(rng.randint(0, 200)), 4 * int(rng.randint(250, 450))
    rates = [0.0625, 0.03125, *RATES[2:6], 8.0, 16.0]
    tuning, reporting = [first + 3, first, first + 1, first + 7], [later + 1, later + 3, later + 5]
    return call(diverging_run, rng.permutation(ARMS).tolist(), rates, tuning, reporting)


@exercise.probe(
    "rates in no order",
    symptom="It is wrong for rates in no order. Which rates are the edges of the grid then?",
)
def sweep_unsorted(call, rng):
    return call(smooth_run, ARMS, rng.permutation(RATES[1:6]).tolist(), *_seeds(rng, 2, 3))


@exercise.probe(
    "equally good rates",
    symptom="It is wrong where two rates are exactly as good as each other. Which of them does the text ask for?",
)
def sweep_level(call, rng):
    grids = {"falling": [4.0, 1.0, 0.5, 0.25, 2.0], "rising": [0.125, 0.25, 0.5, 1.0, 2.0]}
    seeds = _seeds(rng, 2, 3)
    played = {word: call(level_run, ARMS[:2], grid, *seeds) for word, grid in grids.items()}
    return {f"{name}, {word} rates": value for word, made in played.items() for name, value in made.items()}


def _refuses(call, *args):
    """Whether a call raises a ValueError; other errors pass."""
    try:
        call(*args)
    except AnswerError as error:
        if error.kind != "ValueError":
            raise
        return True
    return False


def _arms_served(call, rng, tuning, reporting):
    """How many best rates there are for some arms; not which, for that is asked elsewhere."""
    return call(smooth_run, ARMS[: rng.randint(2, 7)], RATES, tuning, reporting)["best"].size


@exercise.probe(
    "seeds in both lists",
    symptom=(
        "Seeds that stand in both lists are not refused with a ValueError, or separate lists do not give a result."
    ),
)
def sweep_overlap(call, rng):
    tuning, reporting = _seeds(rng, 3, 4)
    return {
        "refused, one seed in both lists": _refuses(call, smooth_run, ARMS[:1], RATES, tuning, [*reporting, tuning[2]]),
        "refused, the same lists": _refuses(call, smooth_run, ARMS[:1], RATES, reporting, reporting),
        "arms with a best rate, separate lists": _arms_served(call, rng, tuning, reporting),
    }


@exercise.probe(
    "fewer than three seeds to report",
    symptom=(
        "Fewer than three different reporting seeds are not refused with a ValueError, or three do not give a result."
    ),
)
def sweep_few(call, rng):
    tuning, reporting = _seeds(rng, 2, 3)
    return {
        "refused, two seeds": _refuses(call, smooth_run, ARMS[:1], RATES, tuning, reporting[:2]),
        "refused, one seed three times": _refuses(call, smooth_run, ARMS[:1], RATES, tuning, reporting[:1] * 3),
        "arms with a best rate, three seeds": _arms_served(call, rng, tuning, reporting),
    }
