"""Compare what was observed: with the right answer, and with the prints that known mistakes leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.learner.diagnosis.observe import Observation

#: Numbers this close to zero are rounding noise, whatever the scale of the rest.
NOISE = 1e-9
#: Known mistakes are recognised by outputs that agree to this relative tolerance.
SAME_MISTAKE = 1e-7
#: Numbers beyond this, which sums and norms would turn into infinity, count as infinite.
HUGE = 1e150
#: A probe with a larger tolerance is about rounding: wrong values there differ from machine to machine.
EXACT = 1e-6


@dataclass(frozen=True)
class Difference:
    """How an observation differs from the right one.

    Attributes:
        kind: raised, problem, missing, shape, values or changed.
        output: which returned value, or which argument for `changed`.
        got, want: the two arrays where there are any.
    """

    kind: str
    output: str = ""
    got: np.ndarray | None = None
    want: np.ndarray | None = None

    @property
    def is_about_values(self) -> bool:
        """Whether numbers came back and were compared."""
        return self.kind in ("shape", "values")


def difference(seen: Observation, want: dict[str, np.ndarray], rtol: float) -> Difference | None:
    """The most telling difference from the right answer, or None if there is none.

    Values may differ by `rtol`; any dtype of real numbers is fine.
    """
    if seen.raised:
        return Difference("raised")
    if seen.problem:
        return Difference("problem")
    for name, right in want.items():
        if name not in seen.outputs:
            return Difference("missing", name)
        got = seen.outputs[name]
        if got.shape != right.shape:
            return Difference("shape", name, got, right)
        if not values_agree(got, right, rtol):
            return Difference("values", name, got, right)
    if seen.changed:
        return Difference("changed", seen.changed[0])
    return None


def values_agree(got: np.ndarray, want: np.ndarray, rtol: float) -> bool:
    """Whether all values agree, to `rtol` of themselves or `rtol`/1000 of the largest."""
    finite = np.abs(want[np.isfinite(want)])
    scale = float(finite.max()) if finite.size else 0.0
    with np.errstate(all="ignore"):
        return bool(np.allclose(got, want, rtol=rtol, atol=max(NOISE, 1e-3 * rtol * scale), equal_nan=True))


def fingerprint(seen: Observation) -> dict:
    """A few numbers that stand for an observation, fit for JSON: enough to recognise it, too few to rebuild it."""
    if seen.raised:
        return {"raised": seen.raised}
    if seen.problem:
        return {"problem": seen.problem}
    print_ = {name: _array_print(array) for name, array in seen.outputs.items()}
    return {"outputs": print_, "changed": list(seen.changed)}


def matches(trace: dict, stored: dict, rtol: float) -> bool:
    """Whether the fingerprint of what was seen is a stored one.

    On a probe about rounding (`rtol` above EXACT), and where no numbers are stored, since they are rounding noise, any
    wrong values of the same shape match.
    """
    if "outputs" not in trace or "outputs" not in stored:
        return trace == stored
    mine, theirs = trace["outputs"], stored["outputs"]
    return (
        trace["changed"] == stored["changed"]
        and set(mine) == set(theirs)
        and all(_same_print(mine[name], theirs[name], rtol) for name in mine)
    )


def shapes_of(print_: dict) -> dict:
    """A fingerprint without its numbers, where these mean nothing."""
    if "outputs" not in print_:
        return print_
    return print_ | {"outputs": {name: {"shape": facts["shape"]} for name, facts in print_["outputs"].items()}}


def has_numbers(print_: dict) -> bool:
    """Whether a fingerprint holds numbers to compare."""
    return any("prints" in facts for facts in print_.get("outputs", {}).values())


def distance(one: dict, other: dict) -> float:
    """How far the numbers of two fingerprints of the same shapes lie apart, as a part of their size."""
    pairs = [(facts, other["outputs"][name]) for name, facts in one.get("outputs", {}).items()]
    return max((_apart(a, b) / max(a["norm"], b["norm"], NOISE / SAME_MISTAKE) for a, b in pairs), default=0.0)


def _apart(mine: dict, theirs: dict) -> float:
    return max(abs(a - b) for a, b in zip(mine["prints"], theirs["prints"], strict=True))


def _same_print(mine: dict, theirs: dict, rtol: float) -> bool:
    if rtol > EXACT or mine["shape"] != theirs["shape"] or "prints" not in theirs:
        return mine["shape"] == theirs["shape"]
    atol = max(NOISE, SAME_MISTAKE * theirs["norm"])
    return _apart(mine, theirs) <= atol


def _array_print(array: np.ndarray) -> dict:
    """Shape, norm and four projections: three of the finite values, one of where NaN and infinities are."""
    flat = np.asarray(array, dtype=np.float64).ravel()
    flat = np.where(np.abs(flat) > HUGE, np.copysign(np.inf, flat), flat)
    finite = np.where(np.isfinite(flat), flat, 0.0)
    special = np.isnan(flat) + 2.0 * np.isposinf(flat) + 3.0 * np.isneginf(flat)
    index = np.arange(1, flat.size + 1)
    waves = np.cos(np.outer(np.sqrt([2.0, 3.0, 5.0]), index))
    prints = [*(waves @ finite), np.cos(np.sqrt(7.0) * index) @ special]
    return {
        "shape": list(array.shape),
        "norm": float(f"{np.linalg.norm(finite):.12g}"),
        "prints": [float(f"{value:.12g}") for value in prints],
    }
