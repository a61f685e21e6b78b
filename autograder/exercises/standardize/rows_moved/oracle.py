"""The oracle of rows_moved: a second right answer, independent of the solution."""

import numpy as np


def rows_moved(prepare, x_train, x_test):
    """A table of who moves whom, whose diagonal does not count."""
    train, test = (np.asarray(part, dtype=np.float64) for part in prepare(x_train, x_test))
    count = len(x_test)
    others = np.zeros((count, count), dtype=bool)
    training = np.zeros((count, len(train)), dtype=bool)
    for row in range(count):
        factor = np.where(np.arange(count) == row, 10, 1)[:, None]
        new_train, new_test = prepare(x_train, x_test * factor)
        training[row] = np.abs(new_train - train).max(axis=1) > 0
        others[row] = np.abs(new_test - test).max(axis=1) > 0
    return training.sum(axis=1) + (others & ~np.eye(count, dtype=bool)).sum(axis=1)
