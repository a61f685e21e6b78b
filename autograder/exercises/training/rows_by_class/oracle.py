"""The oracle of rows_by_class: a second right answer, independent of the solution."""

from collections import defaultdict

import numpy as np


def rows_by_class(y, size):
    """One walk over the rows: each class has a batch that is being filled."""
    filling, done = defaultdict(list), []
    for row, label in enumerate(y.tolist()):
        filling[label].append(row)
        if len(filling[label]) == size:
            done.append((label, filling.pop(label)))
    return np.array([rows for _, rows in sorted(done)])
