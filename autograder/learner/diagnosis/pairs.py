"""Two mistakes at once: which pair of known ones leaves exactly the traces that are seen.

Of a pair no more is stored than one number a probe, into which all that an answer shows there is folded.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograder.learner.diagnosis.compare import ENOUGH_BITS, EXACT, NOISE
from autograder.learner.diagnosis.diagnose import Played

#: Of a probe that is right; and of one that stopped: so large, and told apart by the error's type.
RIGHT, STOPPED = 0.0, 1e30
#: Two folded numbers are the same to this part of their size; they are stored in float32.
SAME, STORED_AS = 2e-7, np.dtype("<f4")


def foldable(probes: Iterable[Played]) -> list[Played]:
    """The probes whose results are folded: those about rounding show something else on each machine."""
    return [played for played in probes if played.probe.rtol <= EXACT]


def folded(played: Played) -> float:
    """All that one probe shows, as one number: how far it is from what is right, in some directions."""
    if not played.difference:
        return RIGHT
    if "outputs" not in played.trace:
        told = next(iter(played.trace.values()))
        return STOPPED * (1 + zlib.crc32(told.encode()) % 1000 / 1000)
    changed = zlib.crc32(" ".join(played.trace["changed"]).encode()) % 1000 / 1000
    return changed + sum(
        np.cos(place + 1.0) * _direction(facts, played.facts.right_prints.get(name))
        for place, (name, facts) in enumerate(played.trace["outputs"].items())
    )


def _direction(mine: dict, right: dict | None) -> float:
    prints, size = np.array(mine["prints"]), 1.0
    if right and right["shape"] == mine["shape"]:
        prints, size = prints - right["prints"], right["norm"] or 1.0
    else:
        prints = prints + zlib.crc32(str(mine["shape"]).encode()) % 1000 / 1000
    return float(prints @ [1.0, 0.7, 0.4, 0.9]) / size + 0.01 * np.log10(max(mine["norm"], NOISE))


def written(numbers: Sequence[float]) -> str:
    """Folded numbers as text."""
    return base64.b64encode(np.array(numbers, STORED_AS).tobytes()).decode()


class Pairs:
    """The pairs of mistakes of one exercise.

    Args:
        stored: later mistake -> earlier mistake -> their folded numbers, as text.
    """

    def __init__(self, stored: Mapping[str, Mapping[str, str]]) -> None:
        self._names = [(earlier, later) for later, others in stored.items() for earlier in others]
        texts = [base64.b64decode(text) for others in stored.values() for text in others.values()]
        whole = np.frombuffer(b"".join(texts), STORED_AS).astype(float)
        self._numbers = whole.reshape(len(texts), -1) if texts else whole

    def explaining(self, probes: Iterable[Played]) -> list[tuple[str, str]]:
        """The pairs that show just what is seen, on each probe."""
        played = foldable(probes)
        if not self._names or sum(one.bits for one in played if one.difference) < ENOUGH_BITS:
            return []
        seen = np.array([folded(one) for one in played])
        near = np.abs(self._numbers - seen) <= SAME * np.abs(seen)
        return [self._names[place] for place in np.flatnonzero(near.all(axis=1))]
