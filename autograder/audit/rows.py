"""What an audit found of one answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """How the checks judged one answer.

    Attributes:
        kind: mistake, accepted, reference, oracle, stub, or torch: right, but in torch, where the lesson does without;
            or generated: mutant, crash, pair or style.
        visible, hidden: the answer passed the visible check; it got the hidden tests' full points.
        visible_named, hidden_named: the mistake was among those named.
        hole: what is wrong with this judgement, or "".
        points: of the hidden tests.
        names: the mistakes that were named, by the visible check and then by the hidden tests.
        false_names: those of them that data drawn afresh do not bear out.
    """

    lesson: str
    exercise: str
    kind: str
    answer: str
    visible: bool
    hidden: bool
    visible_named: bool = False
    hidden_named: bool = False
    hole: str = ""
    points: float = 0.0
    names: tuple[str, ...] = ()
    false_names: tuple[str, ...] = ()
