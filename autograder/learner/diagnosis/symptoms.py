"""Describe an error that has no name yet: which simple relation holds between the numbers seen and the right ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.learner.diagnosis.compare import NOISE, Difference, values_agree
from autograder.learner.diagnosis.writing import fraction, written_apart

CLOSE = 1e-6
#: A factor that is closer to 1 explains nothing.
FACTOR = 1e-4


def symptoms(found: Difference, per_call: bool = False, example: bool = True) -> list[str]:
    """Sentences about a shape or value difference, most telling first.

    Args:
        per_call: the values are those of several calls, each of which gave one number.
        example: one of the numbers may be quoted where no simple relation holds.
    """
    assert found.got is not None and found.want is not None, "only numbers have symptoms"
    got, want = (np.asarray(a, dtype=np.float64) for a in (found.got, found.want))
    if got.shape != want.shape:
        return [*_of_shape(got, want, found.output)]
    lines = []
    if found.want.dtype.kind != "b" and not per_call:
        with np.errstate(all="ignore"):
            lines = list(_of_values(got, want, found.output))
    return lines or [
        _example(found.got, found.want, found.output, per_call)
        if example
        else f"{_told_of(found.output, 'it')} has wrong values."
    ]


def _example(got: np.ndarray, want: np.ndarray, name: str, per_call: bool) -> str:
    """Where the two are farthest apart; said when no simple relation holds."""
    with np.errstate(all="ignore"):
        apart = np.nan_to_num(np.abs(np.asarray(got, float) - np.asarray(want, float)), nan=np.inf)
    worst = np.unravel_index(np.argmax(apart), got.shape)
    if per_call:
        place = f"{name} in call {worst[0] + 1} of {len(got)}"
    elif worst and name.isidentifier():
        place = f"{name}[{', '.join(map(str, worst))}]"
    else:
        place = _told_of(name, f"entry {', '.join(map(str, worst))}" if worst else "it")
    values = got[worst], want[worst]
    told = written_apart(*(np.asarray(v, dtype=bool) if want.dtype.kind == "b" else v for v in values))
    return f"{place} is {told[0]}, expected {told[1]}."


def _told_of(name: str, what: str) -> str:
    """`what` of an output: by its name where that is one of the exercise's, after the situation otherwise."""
    return (name if what == "it" else f"{what} of {name}") if name.isidentifier() else f"{name}: {what}"


def _of_shape(got: np.ndarray, want: np.ndarray, name: str) -> Iterator[str]:
    told = f"{_told_of(name, 'it')} has shape {got.shape}; expected {want.shape}"
    if got.size == want.size and values_agree(got.reshape(want.shape), want, CLOSE):
        yield f"{told}. The numbers themselves are right: only the shape is not."
    elif got.ndim == want.ndim == 2 and got.T.shape == want.shape and values_agree(got.T, want, CLOSE):
        yield f"{told}. It is the right matrix, transposed."
    elif got.ndim == 0:
        yield f"{told}. It is one number."
    else:
        yield f"{told}."


def _of_values(got: np.ndarray, want: np.ndarray, name: str) -> Iterator[str]:
    every = _told_of(name, "every value")
    bad = ~np.isfinite(got) & np.isfinite(want)
    if bad.any():
        where = f" in column {_numbers(bad.any(axis=0))}" if got.ndim == 2 and not bad.any(axis=0).all() else ""
        told = f"{_told_of(name, 'it')} has NaN or infinite values{where}." if got.ndim else ""
        yield told or f"{_told_of(name, 'it')} is {got.item():g}."
        return
    if got.size < 2:
        return
    if not got.any():
        yield f"{every} is 0."
        return
    if np.abs(got).max() < NOISE * np.abs(want).max():
        yield f"{every} is 0 but for rounding ({np.abs(got).max():.1g})."
        return
    relation = _one_relation(got, want, every)
    if relation:
        yield relation
    if relation or got.ndim != 2:
        return
    columns = np.array([values_agree(got[:, j], want[:, j], CLOSE) for j in range(got.shape[1])])
    if columns.any():
        yield f"{_told_of(name, 'it')} is right in column {_numbers(columns)} and wrong in column {_numbers(~columns)}."
    if len(got) < 2:
        return
    if values_agree(got.mean(axis=0), want.mean(axis=0), CLOSE):
        if spread := _spread(got, want):
            yield f"{_told_of(name, 'it')} has the right column means, and not the right spread: {spread}."
    elif values_agree(got.std(axis=0), want.std(axis=0), CLOSE):
        yield f"{_told_of(name, 'it')} has the right spread in each column, and a wrong mean."
    rows = np.array([values_agree(got[i], want[i], CLOSE) for i in range(len(got))])
    if rows.any() and not columns.any():
        yield f"{_told_of(name, 'it')} is right in row {_numbers(rows)} only."


def _one_relation(got: np.ndarray, want: np.ndarray, every: str) -> str:
    """A single factor or a single offset between the two, or ""."""
    nonzero = np.abs(want) > CLOSE * np.abs(want).max()
    if nonzero.sum() > 1:
        factor = float((got[nonzero] / want[nonzero]).flat[0])
        if abs(factor - 1) > FACTOR and values_agree(got, want * factor, CLOSE):
            return f"{every} is {fraction(factor, CLOSE)} times what it should be."
    offset = (got - want).ravel()
    if np.allclose(offset, offset[0], rtol=CLOSE, atol=0):
        return f"{every} is too {'large' if offset[0] > 0 else 'small'} by the same {abs(offset[0]):.4g}."
    return ""


def _spread(got: np.ndarray, want: np.ndarray) -> str:
    """How the spreads of columns differ, or "" if no more can be said than that they do."""
    spread = want.std(axis=0)
    ratios = (got.std(axis=0) / spread)[spread > CLOSE * np.abs(want).max()]
    if not ratios.size:
        return "a constant column does not stay constant"
    if np.abs(ratios - 1).max() < FACTOR:
        return ""
    if np.allclose(ratios, ratios[0], rtol=CLOSE):
        return f"each is {fraction(float(ratios[0]), CLOSE)} times what it should be"
    return f"{ratios.min():.3g} to {ratios.max():.3g} times what it should be, depending on the column"


def _numbers(mask: np.ndarray) -> str:
    return ", ".join(str(index) for index in np.flatnonzero(mask))
