"""Numbers about a class: how points are spread, how hard an exercise is, and whether it tells strong from weak."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import SupportsFloat

import numpy as np

#: With fewer students than these a correlation is not told: chance alone would make it look large.
FEWEST = 10
#: Steps of points that a histogram may have, and so many steps at the most.
STEPS, MOST_STEPS = (0.5, 1, 2, 5, 10, 20, 50, 100), 14
#: Of a normal distribution, between minus and plus this lie 95 of 100.
NORMAL_95 = 1.959964


def spread(values: Sequence[float]) -> dict:
    """Number, mean, standard deviation of a sample, and five points of order; quartiles are interpolated linearly."""
    if not values:
        return {"n": 0}
    names = ("min", "lower_quartile", "median", "upper_quartile", "max")
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"n": len(values), "mean": rounded(np.mean(values)), "sd": rounded(deviation)} | {
        name: rounded(value) for name, value in zip(names, np.percentile(values, [0, 25, 50, 75, 100]))
    }


def histogram(points: Sequence[float], most: float) -> list[dict]:
    """How many students have from so many points to below so many; who has all of them is counted apart, at the end."""
    if most <= 0:
        return []
    step = next((step for step in STEPS if most / step <= MOST_STEPS), most)
    begins = [number * step for number in range(math.ceil(most / step))]
    bars = [{"from": begin, "below": min(begin + step, most)} for begin in begins]
    counted = [sum(bar["from"] <= value < bar["below"] for value in points) for bar in bars]
    full = {"from": most, "below": None, "students": sum(value >= most for value in points)}
    return [*(bar | {"students": count} for bar, count in zip(bars, counted)), full]


def item(name: str, points: Sequence[float], totals: Sequence[float], most: float) -> dict:
    """An exercise, or a part of one: the share of its points that students have, and its discrimination."""
    share = rounded(np.mean(points) / most) if len(points) and most else None
    told = {"name": name, "max_points": most, "n": len(points), "share": share}
    return told | {"discrimination": discrimination(points, totals)}


def discrimination(points: Sequence[float], totals: Sequence[float]) -> dict:
    """The correlation of an item with the rest: with all points but its own, which would correlate with themselves.

    Args:
        points: of each student for the item.
        totals: of each student for all items.

    Returns:
        {"r", "low", "high", "why"}: with an approximate interval of 95 %, after Fisher; where there is no number, why.
    """
    rest = np.subtract(totals, points)
    if len(rest) < FEWEST:
        return _without(f"fewer than {FEWEST} students")
    if np.ptp(points) < 1e-9 or np.ptp(rest) < 1e-9:
        return _without("all have the same points")
    r = float(np.corrcoef(points, rest)[0, 1])
    middle, half = math.atanh(max(-1 + 1e-12, min(r, 1 - 1e-12))), NORMAL_95 / math.sqrt(len(rest) - 3)
    low, high = math.tanh(middle - half), math.tanh(middle + half)
    return {"r": rounded(r), "low": rounded(low), "high": rounded(high), "why": ""}


def _without(why: str) -> dict:
    return {"r": None, "low": None, "high": None, "why": why}


def rounded(value: SupportsFloat) -> float:
    """To four places: a report is read by people, and the same on every machine."""
    return round(float(value), 4) + 0.0
