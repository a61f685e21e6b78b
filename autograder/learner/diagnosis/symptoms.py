"""Describe an error that has no name yet: which simple relation holds between the numbers seen and the right ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.learner.diagnosis.compare import NOISE, Difference, values_agree

CLOSE = 1e-6


def symptoms(found: Difference) -> list[str]:
    """Sentences about a shape or value difference, most telling first."""
    got, want = (np.asarray(a, dtype=np.float64) for a in (found.got, found.want))
    with np.errstate(all="ignore"):
        lines = list(
            _of_shape(got, want, found.output) if got.shape != want.shape else _of_values(got, want, found.output)
        )
    return lines or [_example(got, want, found.output)]


def _example(got: np.ndarray, want: np.ndarray, name: str) -> str:
    """Where the two are farthest apart; said when no simple relation holds."""
    worst = np.unravel_index(np.argmax(np.abs(got - want)), got.shape)
    place = f"{name}[{', '.join(map(str, worst))}]" if worst else name
    return f"{place} is {got[worst]:.6g}, expected {want[worst]:.6g}."


def _of_shape(got: np.ndarray, want: np.ndarray, name: str) -> Iterator[str]:
    told = f"{name} has shape {got.shape}; expected {want.shape}"
    if got.size == want.size and values_agree(got.reshape(want.shape), want, CLOSE):
        yield f"{told}. The numbers themselves are right: only the shape is not."
    elif got.ndim == want.ndim == 2 and got.T.shape == want.shape and values_agree(got.T, want, CLOSE):
        yield f"{told}. It is the right matrix, transposed."
    elif want.ndim == 1 and got.ndim == 1:
        yield f"{told}. Is the work done along the other axis?"
    elif got.ndim == 0:
        yield f"{told}. Is one number taken over the whole array, where one per column is needed?"
    else:
        yield f"{told}."


def _of_values(got: np.ndarray, want: np.ndarray, name: str) -> Iterator[str]:
    bad = ~np.isfinite(got) & np.isfinite(want)
    if bad.any():
        where = f" in column {_numbers(bad.any(axis=0))}" if got.ndim == 2 and not bad.any(axis=0).all() else ""
        yield f"{name} has NaN or infinite values{where}. What is divided by zero, or is the root of a negative number?"
        return
    if not got.any():
        yield f"{name} is all zeros."
        return
    if np.abs(got).max() < NOISE * np.abs(want).max():
        yield f"{name} is zero but for rounding ({np.abs(got).max():.1g})."
        return
    relation = _one_relation(got, want, name) if got.size > 1 else ""
    if relation:
        yield relation
    if relation or got.ndim != 2:
        return
    columns = np.array([values_agree(got[:, j], want[:, j], CLOSE) for j in range(got.shape[1])])
    if columns.any():
        yield f"{name} is right in column {_numbers(columns)} and wrong in column {_numbers(~columns)}."
    if len(got) < 2:
        return
    if values_agree(got.mean(axis=0), want.mean(axis=0), CLOSE):
        yield f"the column means of {name} are right, the spread is not: {_spread(got, want)}."
    elif values_agree(got.std(axis=0), want.std(axis=0), CLOSE):
        yield f"each column of {name} has the right spread but a wrong mean: look at what is added or subtracted."
    rows = np.array([values_agree(got[i], want[i], CLOSE) for i in range(len(got))])
    if rows.any() and not columns.any():
        yield f"{name} is right in row {_numbers(rows)} only."


def _one_relation(got: np.ndarray, want: np.ndarray, name: str) -> str:
    """A single factor or a single offset between the two, or ""."""
    nonzero = np.abs(want) > CLOSE * np.abs(want).max()
    if nonzero.any():
        factor = (got[nonzero] / want[nonzero]).flat[0]
        if values_agree(got, want * factor, CLOSE):
            return f"every value of {name} is {_factor(factor, len(got) if got.ndim else 0)} times what it should be."
    offset = (got - want).ravel()
    if offset.size > 1 and np.allclose(offset, offset[0], rtol=CLOSE, atol=0):
        return f"every value of {name} is too {'large' if offset[0] > 0 else 'small'} by the same {abs(offset[0]):.4g}."
    return ""


def _spread(got: np.ndarray, want: np.ndarray) -> str:
    spread = want.std(axis=0)
    ratios = (got.std(axis=0) / spread)[spread > 0]
    if ratios.size and np.allclose(ratios, ratios[0], rtol=CLOSE):
        return f"each is {_factor(ratios[0], len(got))} times what it should be"
    if not ratios.size:
        return "a constant column does not stay constant"
    digits = 3 if np.abs(ratios - 1).max() > 0.005 else 7
    return f"{ratios.min():.{digits}g} to {ratios.max():.{digits}g} times what it should be, depending on the column"


def _factor(value: float, n: int) -> str:
    known = {"-1": -1.0, "2": 2.0, "1/2": 0.5}
    if n > 2:
        known |= {
            f"√({n - 1}/{n})": np.sqrt((n - 1) / n),
            f"√({n}/{n - 1})": np.sqrt(n / (n - 1)),
            f"{n}/{n - 1}": n / (n - 1),
            f"{n - 1}/{n}": (n - 1) / n,
            f"√{n} (N = {n})": np.sqrt(n),
            f"1/√{n} (N = {n})": 1 / np.sqrt(n),
            f"{n} (N = {n})": n,
            f"1/{n} (N = {n})": 1 / n,
        }
    exact = [text for text, number in known.items() if np.isclose(value, number, rtol=CLOSE)]
    return exact[0] if exact else f"{value:.4g}"


def _numbers(mask: np.ndarray) -> str:
    return ", ".join(str(index) for index in np.flatnonzero(mask))
