"""Right answers to rows_moved in other styles."""

import numpy as np


def deleted_rows(prepare, x_train, x_test):
    train, test = prepare(x_train, x_test)
    found = []
    for row in range(len(x_test)):
        changed = np.array(x_test)
        changed[row] = changed[row] * 10
        new_train, new_test = prepare(x_train, changed)
        before = np.vstack([train, np.delete(test, row, axis=0)])
        after = np.vstack([new_train, np.delete(new_test, row, axis=0)])
        found.append(int(np.any(before != after, axis=1).sum()))
    return np.array(found)


def one_less_for_its_own(prepare, x_train, x_test):
    before = np.concatenate(prepare(x_train, x_test))

    def count(row):
        changed = np.concatenate([x_test[:row], 10 * x_test[row : row + 1], x_test[row + 1 :]])
        after = np.concatenate(prepare(x_train, changed))
        same = np.isclose(before, after).all(axis=1)
        same[len(x_train) + row] = True
        return np.count_nonzero(~same)

    return np.array([count(row) for row in range(len(x_test))])


def row_against_row(prepare, x_train, x_test):
    moved = np.zeros(len(x_test))
    for row in range(x_test.shape[0]):
        factors = np.ones((len(x_test), 1))
        factors[row] = 10
        (train, test), (new_train, new_test) = prepare(x_train, x_test * 1.0), prepare(x_train, x_test * factors)
        for other in range(len(train)):
            moved[row] += (np.abs(train[other] - new_train[other]) > 1e-9).any()
        for other in range(len(test)):
            moved[row] += other != row and (np.abs(test[other] - new_test[other]) > 1e-9).any()
    return moved


def a_list_of_copies(prepare, x_train, x_test):
    copies = [np.array([10 * v if i == row else v for i, v in enumerate(x_test)]) for row in range(len(x_test))]
    train, test = prepare(x_train, x_test)
    told = [prepare(x_train, changed) for changed in copies]
    counts = [
        sum(not np.array_equal(a, b) for a, b in zip(train, new_train))
        + sum(not np.array_equal(test[i], new_test[i]) for i in range(len(test)) if i != row)
        for row, (new_train, new_test) in enumerate(told)
    ]
    return np.array(counts)
