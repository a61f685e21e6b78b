"""Compare what was observed: with the right answer, and with the prints that known mistakes leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autograder.learner.diagnosis.observe import Observation

#: Numbers this close to zero are rounding noise, whatever the scale of the rest.
NOISE = 1e-9
#: Known mistakes are recognised by outputs that agree to this relative tolerance.
SAME_MISTAKE = 1e-7
#: Numbers beyond this, which sums and norms would turn into infinity, count as infinite.
HUGE = 1e150
#: Fingerprints are stored to this part of their size.
STORED_DIGITS = 1e-11
#: A name needs wrong results that tell so much.
ENOUGH_BITS = 16
#: What a number of many digits tells; that an answer gave back what cannot be compared, or changed an argument; a truth
#: value.
BITS_OF_MANY_DIGITS, BITS_OF_A_FACT, BITS_OF_A_TRUTH = 20, 16, 1
#: What was returned may be that something stopped, and with which error.
AN_ERROR = re.compile(r"\b\w+(Error|Exception)\b")
#: Numbers beyond this come of a division by almost nothing, whatever is wrong.
TOO_LARGE = 1e12
#: Multiples of one over a number below this are simple fractions.
LARGEST_DENOMINATOR = 65
#: A probe with a larger tolerance is about rounding: wrong values there differ from machine to machine.
EXACT = 1e-6
#: The largest part of a value that rounding in float32 may ever make out, and what may come out for 0.
SLACK, NOTHING = 1e-3, 1e-6


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


def difference(
    seen: Observation, want: dict[str, np.ndarray], rtol: float, slack: Mapping[str, float] | None = None
) -> Difference | None:
    """The most telling difference from the right answer, or None if there is none.

    Values may differ by `rtol`, and by the `slack` of their output; any dtype of real numbers is fine.
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
        if not values_agree(got, right, rtol, (slack or {}).get(name, 0.0)):
            return Difference("values", name, got, right)
    if seen.changed:
        return Difference("changed", seen.changed[0])
    return None


def noticed(
    seen: Observation, want: dict[str, np.ndarray], rtol: float, slack: Callable[[], Mapping[str, float]]
) -> Difference | None:
    """As `difference`; what arithmetic in float32 may do is asked for only where it matters.

    It takes long to be found, and most wrong results are farther off than it may ever lead.
    """
    found = difference(seen, want, rtol)
    if found is None or found.kind != "values":
        return found
    far_off = difference(seen, want, rtol, {name: _most_slack(right) for name, right in want.items()})
    if far_off and (far_off.kind, far_off.output) == (found.kind, found.output):
        return found
    return difference(seen, want, rtol, slack())


def _most_slack(right: np.ndarray) -> float:
    return 2 * max(NOTHING, SLACK * _largest(right.astype(float)))  # twice, since it may be rounded where it is stored


def values_agree(got: np.ndarray, want: np.ndarray, rtol: float, slack: float = 0.0) -> bool:
    """Whether all values agree, to `rtol` of themselves, `rtol`/1000 of the largest, or `slack`."""
    with np.errstate(all="ignore"):
        atol = max(NOISE, 1e-3 * rtol * _largest(want), slack)
        if got.dtype == want.dtype == np.float64 and np.isfinite(want).all():  # nearly always, and much faster
            return bool((np.abs(got - want) <= atol + rtol * np.abs(want)).all())
        return bool(np.allclose(got, want, rtol=rtol, atol=atol, equal_nan=True))


def _largest(array: np.ndarray) -> float:
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0


def fingerprint(seen: Observation) -> dict:
    """A few numbers that stand for an observation, fit for JSON: enough to recognise it, too few to rebuild it."""
    if seen.raised:
        return {"raised": seen.raised}
    if seen.problem:
        return {"problem": seen.problem}
    print_ = {name: _array_print(array) for name, array in seen.outputs.items()}
    return {"outputs": print_, "changed": list(seen.changed)}


def prints_of(outputs: dict[str, np.ndarray]) -> dict:
    """The prints of right outputs: what fingerprints of wrong ones are compared with."""
    return {name: _array_print(array) for name, array in outputs.items()}


def matches(trace: dict, stored: dict, rtol: float, right: dict) -> bool:
    """Whether the fingerprint of what was seen is a stored one.

    On a probe about rounding (`rtol` above EXACT), and where no numbers are stored, since they are rounding noise, any
    wrong values of the same shape match.

    Args:
        right: the prints of what is right. Numbers that are close to it must agree better: to a thousandth of how far
            they are from it.
    """
    if "outputs" not in trace or "outputs" not in stored:
        return trace == stored
    mine, theirs = trace["outputs"], stored["outputs"]
    return (
        trace["changed"] == stored["changed"]
        and set(mine) == set(theirs)
        and all(_same_print(mine[name], theirs[name], rtol, right.get(name)) for name in mine)
    )


def bits_told(seen: Observation, found: Difference, right: dict[str, np.ndarray], rtol: float) -> int:
    """How much an answer's wrong results tell of it.

    Many a wrong answer stops, or gives zeros, NaN, infinity or ones: that tells nothing. A whole number or a simple
    fraction tells little, a number of many digits much. That an argument was changed, or what else cannot be compared
    was returned, is itself the mistake.
    """
    if found.kind in ("changed", "problem"):
        return 0 if AN_ERROR.search(seen.problem) else BITS_OF_A_FACT
    if rtol > EXACT:
        return 0
    return sum(_bits(np.asarray(seen.outputs[name]), want) for name, want in right.items() if name in seen.outputs)


def _bits(got: np.ndarray, want: np.ndarray) -> int:
    if want.dtype.kind == "b":
        return BITS_OF_A_TRUTH * int((got != want).sum()) if got.shape == want.shape else 0
    with np.errstate(all="ignore"):
        got = got.astype(np.float64)
        wrong = got.ravel() if got.shape != want.shape else got[_is_off(got, want)]
        values, counts = np.unique(wrong[np.isfinite(wrong)].round(9)[:50], return_counts=True)
        shares = counts / counts.sum()
        pattern = float(counts.sum() * -(shares * np.log2(shares)).sum())
        values = values[~np.isin(values, [-1.0, 0.0, 1.0]) & (np.abs(values) < TOO_LARGE)]
        multiples = values[:, None] * np.arange(1, LARGEST_DENOMINATOR)
        whole = np.abs(multiples - multiples.round()) < NOISE
        simple = np.abs(np.take_along_axis(multiples, whole.argmax(axis=1)[:, None], axis=1))[:, 0]
        bits = np.where(whole.any(axis=1), np.log2(1 + simple), BITS_OF_MANY_DIGITS)
        return int(min(pattern, BITS_OF_MANY_DIGITS) + bits.clip(0, BITS_OF_MANY_DIGITS).sum())


def _is_off(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    return ~((np.abs(got - want) <= NOISE + EXACT * np.abs(want)) & np.isfinite(want))


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


def _same_print(mine: dict, theirs: dict, rtol: float, right: dict | None) -> bool:
    if rtol > EXACT or mine["shape"] != theirs["shape"] or "prints" not in theirs:
        return mine["shape"] == theirs["shape"]
    atol = max(NOISE, SAME_MISTAKE * theirs["norm"])
    if right and right["shape"] == theirs["shape"] and (off := _apart(theirs, right)) > 0:
        atol = min(atol, max(off / 1000, STORED_DIGITS * theirs["norm"], NOISE / 1000))
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
