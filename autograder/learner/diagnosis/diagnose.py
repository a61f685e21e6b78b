"""From observations to a diagnosis: which known mistake leaves exactly these traces."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autograder.learner.diagnosis.answer import STOPPED, Implementation
from autograder.learner.diagnosis.compare import EXACT, Difference, difference, fingerprint, has_numbers, matches
from autograder.learner.diagnosis.exercise import Exercise, Probe
from autograder.learner.diagnosis.observe import Observation, observe
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
    """

    right: dict[str, np.ndarray]
    mistakes: Mapping[str, dict]
    lasting: Callable[[str], dict | None] | None = None

    def print_of(self, mistake: str) -> dict | None:
        """What of a mistake's fingerprint holds; None if it shows nothing that does."""
        return self.lasting(mistake) if self.lasting and mistake in self.mistakes else self.mistakes.get(mistake)


@dataclass(frozen=True)
class Finding:
    """One failed probe."""

    probe: Probe
    seen: Observation
    difference: Difference


@dataclass(frozen=True)
class Diagnosis:
    """What playing the probes told.

    Attributes:
        played: how many probes were played.
        findings: the failed ones.
        mistakes: names of the known mistakes that fit best; several if they cannot be told apart. They explain
            every finding, or at least half of them, one by its exact numbers.
        complete: they explain every finding, and would show nowhere else.
    """

    played: int
    findings: tuple[Finding, ...]
    mistakes: tuple[str, ...]
    complete: bool

    @property
    def passed(self) -> bool:
        return not self.findings


def diagnose(exercise: Exercise, implementation: Implementation, known: Mapping[str, Known], seed: int) -> Diagnosis:
    """Play the probes in `known` and compare with what is known about each.

    Raises:
        NotImplementedError: the exercise is not done yet.
    """
    findings: list[Finding] = []
    failed: list[tuple[Known, Probe, dict]] = []
    passed: list[Known] = []
    for name, facts in known.items():
        probe = exercise.probes[name]
        seen = observe(exercise, probe, implementation, seed)
        found = difference(seen, facts.right, probe.rtol)
        if found is None:
            passed.append(facts)
            continue
        findings.append(Finding(probe, seen, found))
        failed.append((facts, probe, fingerprint(seen)))
    mistakes, complete = _named(failed, passed)
    return Diagnosis(len(known), tuple(findings), mistakes, complete)


def _named(failed: list[tuple[Known, Probe, dict]], passed: list[Known]) -> tuple[tuple[str, ...], bool]:
    """The mistakes that explain best what failed, and whether they explain all and would show nowhere else."""
    explained: dict[str, int] = {}
    telling: set[str] = set()
    named: set[str] = set()
    for mistake in _candidates(failed):
        for facts, probe, trace in failed:
            stored = facts.print_of(mistake)
            if stored is None or not matches(trace, stored, probe.rtol):
                continue
            explained[mistake] = explained.get(mistake, 0) + 1
            exact = probe.rtol <= EXACT and has_numbers(stored)
            telling |= {mistake} if exact else set()
            named |= {mistake} if exact or probe.rtol > EXACT or "outputs" not in stored else set()
    most = max((explained[mistake] for mistake in named), default=0)
    best = [mistake for mistake in explained if mistake in named and explained[mistake] == most]
    if most == len(failed) and (full := [m for m in best if all(facts.print_of(m) is None for facts in passed)]):
        return tuple(full), True
    return tuple(mistake for mistake in best if mistake in telling and 2 * most >= len(failed)), False


def _candidates(failed: list[tuple[Known, Probe, dict]]) -> list[str]:
    """The mistakes that show the same as one probe at least."""
    same = (
        mistake
        for facts, probe, trace in failed
        for mistake, stored in facts.mistakes.items()
        if matches(trace, stored, probe.rtol)
    )
    return list(dict.fromkeys(same))


def describe(finding: Finding, *, values: bool = True) -> list[str]:
    """Sentences on a failed probe, most telling first.

    With `values=False` none gives hidden inputs away: then no word in them is the answer's own, which has seen them.
    """
    kind, seen = finding.difference.kind, finding.seen
    if seen.raised == STOPPED:
        return [f"{seen.detail}."]
    if not values:
        return [_discreet(finding)]
    if kind == "raised":
        detail = f": {seen.detail}" if seen.detail else ""
        return [f"it stopped with {seen.raised}{detail}."]
    if kind == "problem":
        return [seen.problem + "."]
    if kind == "missing":
        return [f"{finding.difference.output} is missing."]
    if kind == "changed":
        return [f"it changed its argument `{finding.difference.output}`: the caller's array is not what it was before."]
    return symptoms(finding.difference)


def _discreet(finding: Finding) -> str:
    """What can be said about hidden data."""
    kind, raised, symptom = finding.difference.kind, finding.seen.raised, finding.probe.symptom
    if kind == "raised":
        return f"it stopped with {raised if raised in ERRORS else 'an error of its own'}."
    if kind == "problem":
        return f"what it returned cannot be compared. {symptom}"
    if kind == "changed":
        return "it changed one of its arguments: the caller's array is not what it was before."
    return symptom
