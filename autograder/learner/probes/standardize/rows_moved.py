"""Probes of rows_moved."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("rows_moved", arguments=("prepare", "x_train", "x_test"), returns=("moved",))


def _on_paper(told, prepare, x_train, x_test):
    """Add a rung: what prepare(a, b) returns, in words and as a function."""

    @exercise.case_of(f"prepare(a, b) = {told}", f"x_train = {x_train}", f"x_test = {x_test}")
    def play(call):
        return call(prepare, np.array(x_train, dtype=np.float64), np.array(x_test, dtype=np.float64))


_on_paper("(a, 2 * b)", lambda a, b: (a, 2 * b), [[1]], [[2]])
_on_paper("(a - b.mean(), b)", lambda a, b: (a - b.mean(), b), [[1]], [[2]])
_on_paper("(a + 1, b + 1)", lambda a, b: (a + 1, b + 1), [[1], [3]], [[2], [4]])
_on_paper("(a - b.mean(), b)", lambda a, b: (a - b.mean(), b), [[1], [3]], [[2], [4]])
_on_paper("(a, b - b.mean())", lambda a, b: (a, b - b.mean()), [[1], [3]], [[2], [4]])
_on_paper("(a - b[-1], b)", lambda a, b: (a - b[-1], b), [[1], [3]], [[2], [4]])
_on_paper("(a, b - b[0])", lambda a, b: (a, b - b[0]), [[1], [3]], [[2], [4], [6]])
_on_paper("(a, b), the very arrays it is given", lambda a, b: (a, b), [[1], [3]], [[2], [4]])


def by_training(a, b):
    """Both parts with mean and spread of the training rows."""
    return (a - a.mean(axis=0)) / a.std(axis=0), (b - a.mean(axis=0)) / a.std(axis=0)


def by_both(a, b):
    """Both parts with the mean of all rows."""
    mean = (a.sum(axis=0) + b.sum(axis=0)) / (len(a) + len(b))
    return a - mean, b - mean


def by_each_part(a, b):
    """Each part with its own mean."""
    return a - a.mean(axis=0), b - b.mean(axis=0)


def training_by_test(a, b):
    """The training rows with the mean of the test rows; the test rows as they are."""
    return a - b.mean(axis=0), b + 0.0


def by_smallest(a, b):
    """The test rows as multiples of the smallest test value in each column."""
    return a + 0.0, b / b.min(axis=0)


def training_by_smallest(a, b):
    """The training rows as multiples of the smallest test value in each column."""
    return a / b.min(axis=0), b + 0.0


def by_row(a, b):
    """Each row by itself, as a share of its sum, and its logarithm beside it."""
    return tuple(np.column_stack([c / c.sum(axis=1, keepdims=True), np.log(c)]) for c in (a, b))


def by_last(a, b):
    """The training rows less the last test row."""
    return a - b[-1], b + 0.0


def by_first(a, b):
    """The test rows less the first test row."""
    return a + 0.0, b - b[0]


def by_partner(a, b):
    """Each training row less one of the test rows, each test row less that at half its place."""
    return a - b[np.arange(len(a)) % len(b)], b - b[np.arange(len(b)) // 2] / 2


def one_column(a, b):
    """The same, in the last column only."""
    kept, changed = (a + 0.0, b + 0.0), by_partner(a, b)
    for part, whole in zip(kept, changed, strict=True):
        part[:, -1] = whole[:, -1]
    return kept


def as_given(a, b):
    """Hands its arguments back, not copies."""
    return a, b


def mean_of_training(a, b):
    """Only a mean of the training rows is used, and one column is left."""
    return (a - a.mean(axis=0)).sum(axis=1, keepdims=True), (b - a.mean(axis=0)).sum(axis=1, keepdims=True)


def _rows(rng, test=None, columns=3):
    """Positive numbers: the training and the test rows, how many of each being drawn, too."""
    train, test = rng.randint(5, 11), test or rng.randint(3, 8)
    return rng.uniform(1.0, 9.0, size=(train, columns)), rng.uniform(1.0, 9.0, size=(test, columns))


def _moved(call, rows, *ways):
    told = [found["moved"] for found in call.each((prepare, *rows) for prepare in ways)]
    return {f"moved, {prepare.__doc__.rstrip('.').lower()}": found for prepare, found in zip(ways, told, strict=True)}


@exercise.probe(
    "three ways to standardize",
    symptom="It is wrong for statistics of the training rows, of all rows, or of each part by itself. "
    "Which prepared rows may not move when one test row changes?",
)
def standardized_counts(call, rng):
    return _moved(call, _rows(rng), by_training, by_both, by_each_part)


@exercise.probe(
    "training rows only, test rows only",
    symptom="It is wrong where the leak reaches one of the two parts only. Are both compared?",
)
def one_part_counts(call, rng):
    return _moved(call, _rows(rng), training_by_test, by_each_part, by_row)


@exercise.probe(
    "the smallest, the last or the first row",
    symptom="It is wrong where a single test row leaks: the smallest, the last, or the first. Which rows are tried?",
)
def single_row_counts(call, rng):
    x_train, x_test = _rows(rng)
    x_test[2] = x_test.min(axis=0) / 2
    ways = training_by_smallest, by_smallest, by_last, by_first, by_row
    return _moved(call, (x_train, x_test), *ways)


@exercise.probe(
    "rows that move some of the others",
    symptom="It is wrong where each test row moves some of the other rows. Which of them does each row reach?",
)
def partner_moves(call, rng):
    return _moved(call, _rows(rng), by_partner, one_column)


@exercise.probe(
    "each row by itself",
    symptom="It is wrong where every row is prepared by itself, or handed back as it is. "
    "Whose result may change with a row?",
)
def row_wise_counts(call, rng):
    return _moved(call, _rows(rng), by_row, as_given, mean_of_training, by_both)


@exercise.probe(
    "a single test row",
    symptom="It is wrong where there is only one test row. What is left to be compared then?",
)
def one_row_counts(call, rng):
    return _moved(call, _rows(rng, test=1), by_training, training_by_test, by_each_part, by_last)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong where the rows hold whole numbers (an integer dtype). Does the change arrive?",
)
def whole_number_counts(call, rng):
    rows = tuple(rng.randint(1, 9, size=part.shape) for part in _rows(rng))
    return _moved(call, rows, by_partner, by_both, training_by_test, by_last)
