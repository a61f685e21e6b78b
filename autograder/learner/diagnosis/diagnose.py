"""From observations to a diagnosis: which known mistake leaves exactly these traces."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from autograder.learner.diagnosis.answer import STOPPED, Implementation
from autograder.learner.diagnosis.compare import (
    ENOUGH_BITS,
    Difference,
    bits_told,
    fingerprint,
    has_numbers,
    matches,
    noticed,
    prints_of,
)
from autograder.learner.diagnosis.exercise import Exercise, Probe
from autograder.learner.diagnosis.observe import Look, Observation, observe
from autograder.learner.diagnosis.symptoms import symptoms

#: Errors whose names say nothing about the data.
ERRORS = {name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, Exception)}
ERRORS |= {"AxisError", "LinAlgError"}


@dataclass(frozen=True)
class Known:
    """What is known about one probe on one seed.

    Attributes:
        right: the right outputs.
        mistakes: mistake -> fingerprint of what it shows here; one that goes unnoticed here is left out.
        lasting: tells what of a mistake's fingerprint holds on every machine, and None if nothing does. Without it,
            all does.
        slack: gives, for each output, how far arithmetic in float32 may take it; asked for where it matters.
    """

    right: dict[str, np.ndarray]
    mistakes: Mapping[str, dict]
    lasting: Callable[[str], dict | None] | None = None
    slack: Callable[[], Mapping[str, float]] = dict

    def print_of(self, mistake: str) -> dict | None:
        """What of a mistake's fingerprint holds; None if it shows nothing that does."""
        return self.lasting(mistake) if self.lasting and mistake in self.mistakes else self.mistakes.get(mistake)

    @cached_property
    def right_prints(self) -> dict:
        """What fingerprints are compared with."""
        return prints_of(self.right)


@dataclass(frozen=True)
class Played:
    """One probe that was played.

    Attributes:
        facts: what is known about it.
        difference: from what is right; None if there is none.
    """

    probe: Probe
    facts: Known
    seen: Observation
    difference: Difference | None

    @cached_property
    def trace(self) -> dict:
        """The fingerprint of what was seen."""
        return fingerprint(self.seen)

    @cached_property
    def bits(self) -> int:
        """How much the wrong numbers tell."""
        found = self.difference
        return bits_told(self.seen, found, self.facts.right, self.probe.rtol) if found else 0

    @property
    def kind(self) -> str:
        """Of the difference, or "" if there is none."""
        return self.difference.kind if self.difference else ""

    def shows(self, stored: dict) -> bool:
        """Whether it shows what a mistake shows."""
        return matches(self.trace, stored, self.probe.rtol, self.facts.right_prints)

    def is_told_by(self, stored: dict) -> bool:
        """Whether to show the same is evidence: not of a kind that comes from anything."""
        return self.bits > 0 and (has_numbers(stored) or "problem" in stored)


@dataclass(frozen=True)
class Fit:
    """How well a mistake explains what was seen.

    Attributes:
        explained: on how many of the failed probes it shows the same.
        exact: on how many of these by numbers that tell something.
        bits: how much they tell.
        elsewhere: it would show on a probe that did not fail.
    """

    explained: int = 0
    exact: int = 0
    bits: int = 0
    elsewhere: bool = False

    @property
    def is_enough(self) -> bool:
        """Whether this is more than chance."""
        return self.bits >= ENOUGH_BITS and not self.elsewhere


@dataclass(frozen=True)
class Diagnosis:
    """What playing the probes told.

    Attributes:
        probes: what was played.
        mistakes: names of the known mistakes that fit best; several if they cannot be told apart, or come together.
        complete: they explain every failed probe, and would show nowhere else. Otherwise more than half of them, by
            their exact numbers.
        together: it takes all of `mistakes` to explain what is seen.
        explained: how many of the failed probes they explain.
    """

    probes: tuple[Played, ...]
    mistakes: tuple[str, ...] = ()
    complete: bool = False
    together: bool = False
    explained: int = 0

    @property
    def played(self) -> int:
        """How many probes were played."""
        return len(self.probes)

    @property
    def findings(self) -> tuple[Played, ...]:
        """The failed ones."""
        return tuple(played for played in self.probes if played.difference)

    @property
    def passed(self) -> bool:
        return not self.findings

    @property
    def plain_is_right(self) -> bool:
        """Whether the first probe, which is the plainest, did not fail: then what is special about others may count."""
        return bool(self.probes) and not self.probes[0].difference


def diagnose(
    exercise: Exercise, implementation: Implementation, known: Mapping[str, Known], seed: int, look: Look = observe
) -> Diagnosis:
    """Play the probes in `known` and compare with what is known about each.

    Args:
        look: gives what a probe sees.

    Raises:
        NotImplementedError: the exercise is not done yet.
    """
    return named(play(exercise, implementation, known, seed, look))


def play(
    exercise: Exercise, implementation: Implementation, known: Mapping[str, Known], seed: int, look: Look = observe
) -> Diagnosis:
    """Play the probes in `known` without looking for mistakes.

    Args:
        look: gives what a probe sees.

    Raises:
        NotImplementedError: the exercise is not done yet.
    """
    probes = []
    for name, facts in known.items():
        probe = exercise.probes[name]
        seen = look(exercise, probe, implementation, seed)
        probes.append(Played(probe, facts, seen, noticed(seen, facts.right, probe.rtol, facts.slack)))
    return Diagnosis(tuple(probes))


def named(found: Diagnosis) -> Diagnosis:
    """The same, with the mistakes that explain best what failed."""
    fits = {mistake: _fit_of_known(mistake, found.probes) for mistake in _candidates(found.findings)}
    fits = {mistake: fit for mistake, fit in fits.items() if fit.is_enough}
    failed = len(found.findings)
    if full := [mistake for mistake, fit in fits.items() if fit.explained == failed]:
        return replace(found, mistakes=tuple(full), complete=True, explained=failed)
    most = max((fit.exact for fit in fits.values()), default=0)
    best = [m for m, fit in fits.items() if fit.exact == most and most > 1 and 2 * fit.explained > failed]
    return replace(found, mistakes=tuple(best), explained=fits[best[0]].explained if best else 0)


def fit_of(shown: Callable[[Played], dict | None], probes: Iterable[Played]) -> Fit:
    """How well a mistake explains what was seen.

    Args:
        shown: gives what the mistake shows on a probe.
    """
    explained = exact = bits = 0
    elsewhere = False
    for played in probes:
        stored = shown(played)
        if not played.difference:
            elsewhere |= stored is not None
        elif stored is not None and played.shows(stored):
            explained += 1
            if played.is_told_by(stored):
                exact, bits = exact + 1, bits + played.bits
    return Fit(explained, exact, bits, elsewhere)


def _fit_of_known(mistake: str, probes: Iterable[Played]) -> Fit:
    return fit_of(lambda played: played.facts.print_of(mistake), probes)


def _candidates(failed: Iterable[Played]) -> list[str]:
    """The mistakes that show the same as one probe at least, by its numbers."""
    same = (
        mistake
        for played in failed
        for mistake, stored in played.facts.mistakes.items()
        if played.is_told_by(stored) and played.shows(stored)
    )
    return list(dict.fromkeys(same))


def describe(finding: Played, *, plain_is_right: bool, values: bool = True, example: bool = True) -> list[str]:
    """Sentences on a failed probe, most telling first.

    With `values=False` none gives hidden inputs away: then no word in them is the answer's own, which has seen them.

    Args:
        plain_is_right: what is special about the probe may be the reason.
        example: one of its numbers may be quoted where no simple relation holds.
    """
    seen, found = finding.seen, finding.difference
    assert found, "only a failed probe can be described"
    kind = found.kind
    if seen.raised == STOPPED:
        return [f"{seen.detail}."]
    if not values:
        return [_discreet(finding, plain_is_right)]
    if kind == "raised":
        detail = f": {seen.detail}" if seen.detail else ""
        return [f"it stopped with {seen.raised}{detail}."]
    if kind == "problem":
        return [seen.problem + "."]
    if kind == "missing":
        return [f"{found.output} is missing."]
    if kind == "changed":
        return [f"it changed its argument `{found.output}`: the caller's array is not what it was before."]
    per_call = found.output in seen.single and found.got is not None and found.got.ndim == 1
    return symptoms(found, per_call, example)


#: What `BadReturn` may say of hidden data's results: nothing in it is the answer's own.
SAID_OF_RETURNS = re.compile(
    r"it returned nothing \(None\); its last line has to `return` the result"
    r"|there is no `\w{1,40}` in the notebook"
    r"|it calls `\w{1,40}`; this exercise asks you to write it without that"
    r"|it returned (an? )?(array|tuple|list|dict|str|int|float|bool|Tensor|None|\d values); expected \d values: [\w, ]+"
    r"|\w{1,20} is (an? )?(tuple|list|dict|str|set|None); return a (tensor|NumPy array)"
)

#: What is said of a hidden probe where plain ones fail, too: what is special about it need not be the reason.
ALSO_PLAIN = "The results differ from the right ones here as on plain data: put that right first."


def _discreet(finding: Played, plain_is_right: bool) -> str:
    """What can be said about hidden data."""
    kind, raised, probe = finding.kind, finding.seen.raised, finding.probe
    if kind == "raised":
        told = raised if raised in ERRORS else "an error of its own"
        return f"It stopped with {told}, on this: {probe.name}."
    if kind == "problem":
        said = finding.seen.problem
        known = SAID_OF_RETURNS.fullmatch(said)
        return f"What it returned cannot be compared, on this: {probe.name}{f' ({said})' if known else ''}."
    if kind == "changed":
        return "It changed one of its arguments: the caller's array is not what it was before."
    return probe.symptom if plain_is_right else ALSO_PLAIN
