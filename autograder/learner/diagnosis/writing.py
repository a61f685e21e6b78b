"""Numbers as learners read them: as many digits as tell two apart, words for truth values, factors as fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

#: Digits that are shown if they tell two numbers apart, and at most.
DIGITS, MOST_DIGITS = 6, 17
#: A factor is written as a fraction if that is one of small whole numbers.
LARGEST_DENOMINATOR = 64


def written_apart(got: np.ndarray, want: np.ndarray) -> tuple[str, str]:
    """Two arrays, or two numbers, as text, with as many digits as show that they differ."""
    digits = next((d for d in range(DIGITS, MOST_DIGITS) if written(got, d) != written(want, d)), MOST_DIGITS)
    return written(got, digits), written(want, digits)


def written(array: np.ndarray, digits: int = DIGITS) -> str:
    """An array as nested lists. Truth values are words."""

    def nested(value) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(nested, value))}]"
        return str(value) if isinstance(value, bool) else f"{value + 0.0:.{digits}g}"  # no minus before 0

    return nested(np.asarray(array).tolist())


def fraction(value: float, tolerance: float) -> str:
    """A factor: as a fraction of small whole numbers, the root of one, or a decimal number."""
    for text, number in (("{}", value), ("√({})", value * value)):
        near = Fraction(number).limit_denominator(LARGEST_DENOMINATOR)
        if (
            near.numerator
            and abs(near.numerator) <= LARGEST_DENOMINATOR
            and np.isclose(number, float(near), rtol=tolerance)
        ):
            root = text if text == "{}" or near.denominator > 1 else "√{}"
            return ("-" if value < 0 and text != "{}" else "") + root.format(near)
    return f"{value:.4g}"
