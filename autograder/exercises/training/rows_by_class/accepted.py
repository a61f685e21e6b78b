"""Right answers to rows_by_class in other styles."""

import numpy as np
import torch


def cut_and_reshaped(y, size):
    pieces = []
    for label in np.unique(y):
        places = np.where(y == label)[0]
        full = len(places) // size
        pieces.append(places[: full * size].reshape(full, size))
    return np.concatenate(pieces)


def a_stable_sort(y, size):
    order = np.argsort(y, kind="stable")
    _, counts = np.unique(y, return_counts=True)
    batches, begin = [], 0
    for count in counts:
        for k in range(count // size):
            batches.append(order[begin + k * size : begin + (k + 1) * size])
        begin += count
    return np.stack(batches)


def lists(y, size):
    found = []
    for label in sorted(set(y.tolist())):
        rows = [row for row in range(len(y)) if y[row] == label]
        while len(rows) >= size:
            found.append(rows[:size])
            rows = rows[size:]
    return np.array(found)


def a_dictionary_of_classes(y, size):
    classes = {}
    for row, label in enumerate(y):
        classes.setdefault(int(label), []).append(row)
    found = [rows[k : k + size] for _, rows in sorted(classes.items()) for k in range(0, len(rows), size)]
    return np.array([rows for rows in found if len(rows) == size])


def tensors(y, size):
    labels = torch.as_tensor(y)
    pieces = (torch.nonzero(labels == label)[:, 0].split(size) for label in labels.unique())
    return torch.stack([piece for found in pieces for piece in found if len(piece) == size])
