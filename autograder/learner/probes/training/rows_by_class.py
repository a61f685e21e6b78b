"""Probes of rows_by_class."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("rows_by_class", arguments=("y", "size"), returns=("rows",))


def _paper_case(labels, size):
    """Add a rung: labels and the rows in a batch."""

    @exercise.case_of(f"y = {labels}, size = {size}")
    def play(call):
        return call(np.array(labels), size)


_paper_case([0, 0], 2)
_paper_case([0, 1, 0, 1], 2)
_paper_case([1, 0, 1, 0], 2)
_paper_case([0, 0, 0, 0], 2)
_paper_case([0, 0, 0], 2)
_paper_case([0, 1, 0, 1, 0], 2)
_paper_case([0, 1, 1], 2)
_paper_case([5, 2, 5, 2], 2)
_paper_case([1, 0, 1], 1)


def _labels(rng, **counts):
    """Shuffled labels, so many of each."""
    return rng.permutation(np.repeat([int(name[1:]) for name in counts], list(counts.values())))


@exercise.probe(
    "classes that fill their batches",
    symptom="The rows are wrong for three classes that each fill their batches.",
)
def rows_full(call, rng):
    return call(_labels(rng, c0=8, c1=4, c2=8), 4)


@exercise.probe(
    "rows left over",
    symptom="It is wrong where rows of a class are left over. What becomes of those that fill no batch?",
)
def rows_left(call, rng):
    return call(_labels(rng, c0=7, c1=5, c2=11), 3)


@exercise.probe(
    "a class smaller than a batch",
    symptom="It is wrong where a class has fewer rows than a batch. How many batches does it fill?",
)
def rows_small(call, rng):
    return call(_labels(rng, c0=2, c1=9, c2=3, c3=5), 4)


@exercise.probe(
    "very unequal classes",
    symptom="It is wrong where one class is far more frequent than the others. What comes first in the result?",
)
def rows_unequal(call, rng):
    return call(_labels(rng, c0=5, c1=31, c2=10), 5)


@exercise.probe(
    "labels that are not 0, 1, 2",
    symptom="It is wrong for labels such as 3, 12 and 40. How do you learn which labels there are?",
)
def rows_labels(call, rng):
    return call(_labels(rng, c40=7, c3=6, c12=9), 3)


@exercise.probe(
    "batches of one, one class",
    symptom="It is wrong for batches of a single row, or where all rows have one class. Which shape has the result?",
)
def rows_one(call, rng):
    single, same = call(_labels(rng, c0=3, c1=4), 1), call(np.full(rng.randint(7, 10), 4), 3)
    return {"rows, batches of one": single["rows"], "rows, one class": same["rows"]}
