"""Which known mistakes explain the parts that failed: one diagnosis for all of an exercise.

A name is a claim about data that it was not fitted to. What the visible check suspects must give the same numbers on
the hidden data; what is found in one draw of these must do so in another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograder.exercises.bank import Bank, Part
from autograder.learner.diagnosis.answer import Implementation
from autograder.learner.diagnosis.diagnose import Diagnosis, Fit, Played, describe, fit_of, named
from autograder.learner.message import in_one_paragraph

#: So many mistakes that cannot be told apart are looked at.
MOST_SUSPECTS = 4


@dataclass(frozen=True)
class Suspect:
    """Mistakes that may have been made.

    Attributes:
        mistakes: one; or two that come `together`.
    """

    mistakes: tuple[str, ...]

    @property
    def together(self) -> bool:
        return len(self.mistakes) > 1


@dataclass(frozen=True)
class Failed:
    """A part that failed.

    Attributes:
        tried: the answer, with right earlier exercises in place of its own if those were tried.
        found: what was played on the draw on which it failed.
        seed: of that draw.
        again: plays the part on another draw.
    """

    part: Part
    tried: Implementation
    found: Diagnosis
    seed: int
    again: Callable[[], tuple[Diagnosis, int]]


def names_of(bank: Bank, failed: Sequence[Failed], visible: Diagnosis) -> dict[str, list[Suspect]]:
    """Part -> the mistakes that explain it: those that cannot be told apart; none if nothing does.

    Args:
        visible: what the visible check has found.
    """
    suspects = suspects_of(bank, visible)
    fits = {
        suspect: {one.part.name: _fit(bank, suspect, one.found, one.seed) for one in failed} for suspect in suspects
    }
    seen = [s for s in suspects if any(fit.exact for fit in fits[s].values())]  # and it does not only stop likewise
    names = {}
    for one in failed:
        name = one.part.name
        known = [s for s in seen if _explains(fits[s][name], one)]
        names[name] = known or _found_in(bank, one)
    return names


def suspects_of(bank: Bank, visible: Diagnosis) -> list[Suspect]:
    """What the visible check suspects, as far as the bank still has it."""
    if not set(visible.mistakes) <= set(bank.mistakes):
        return []
    if visible.together:
        return [Suspect(visible.mistakes)]
    return [Suspect((mistake,)) for mistake in visible.mistakes[:MOST_SUSPECTS]]


def _explains(fit: Fit, failed: Failed) -> bool:
    return fit.explained == len(failed.found.findings) and not fit.elsewhere


def _found_in(bank: Bank, failed: Failed) -> list[Suspect]:
    """The single mistakes that explain a part on one draw and on another."""
    probes = tuple(
        Played(played.probe, bank.known(played.probe.name, failed.seed), played.seen, played.difference)
        for played in failed.found.probes
    )
    here = named(Diagnosis(probes))
    if not here.complete:
        return []
    there, seed = failed.again()
    if there.passed:
        return []
    suspects = [Suspect((mistake,)) for mistake in here.mistakes[:MOST_SUSPECTS]]
    fits = {suspect: _fit(bank, suspect, there, seed) for suspect in suspects}
    return [s for s, fit in fits.items() if fit.exact and fit.explained == len(there.findings) and not fit.elsewhere]


def _fit(bank: Bank, suspect: Suspect, found: Diagnosis, seed: int) -> Fit:
    return fit_of(lambda played: bank.shows(suspect.mistakes, played.probe.name, seed), found.probes)


def messages_of(bank: Bank, failed: Sequence[Failed], names: dict[str, list[Suspect]], told: Diagnosis | None) -> dict:
    """Part -> what is said about it. No paragraph is said twice.

    Args:
        told: what the visible check has told already, if it stands beside the parts.
    """
    plain = next(iter(bank.exercise.probes))
    plain_is_right = all(played.probe.name != plain for one in failed for played in one.found.findings)
    suspects = suspects_of(bank, told) if told else []
    known = {_cause(bank, suspects): "the visible check"} if suspects else {}
    messages = {}
    for one in failed:
        name = one.part.name
        if names[name]:
            text = _cause(bank, names[name])
        else:
            finding = one.found.findings[0]
            right = plain_is_right or finding.probe.name == plain
            text = describe(finding, plain_is_right=right, values=False)[0]
        messages[name] = f"The same as in {known[text]}." if text in known else text
        known.setdefault(text, f"“{name}”")
    return messages


def _cause(bank: Bank, suspects: Sequence[Suspect]) -> str:
    """What the mistakes are, and where to look."""
    if suspects[0].together:
        one, other = (bank.mistakes[name] for name in suspects[0].mistakes)
        cause = f"Two mistakes at once. {one.cause} And: {other.cause}"
        return in_one_paragraph(cause, f"{one.look} And: {other.look}")
    mistakes = [bank.mistakes[suspect.mistakes[0]] for suspect in suspects[:2]]
    return in_one_paragraph(" Or: ".join(mistake.cause for mistake in mistakes), mistakes[0].look)
