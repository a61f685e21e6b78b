"""What an exercise asks for, and the probes that look at an answer from several sides.

A *probe* calls the learner's function on inputs drawn from a random stream and returns what came out, by name.
The visible check plays each probe on one fixed stream, the hidden tests on fresh ones.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from autograder.learner import probes

PROBES = Path(probes.__path__[0])
#: The file of a topic that holds what its exercises' probes have in common.
INPUTS = "inputs"

#: Plays one probe: gets a caller of the learner's function and a random stream, returns named outputs.
Play = Callable[[Callable, np.random.RandomState], dict]


@dataclass(frozen=True)
class Probe:
    """One look at an answer.

    Attributes:
        name: what the learner reads: the situation, in a few words.
        play: calls the function and returns named outputs.
        symptom: one sentence on what is likely wrong if only this probe fails.
        rtol: relative tolerance; 1e-6 suits float64, 1e-2 and more a probe about rounding, of which only the
            shapes are kept as fingerprints.
    """

    name: str
    play: Play
    symptom: str
    rtol: float = 1e-6


@dataclass(frozen=True)
class Case:
    """A rung of an exercise's ladder: a case so small that it can be done on paper.

    Attributes:
        told: what is given, in lines as a learner would write them.
        play: calls the function and returns named outputs.
    """

    told: tuple[str, ...]
    play: Callable[[Callable], dict]


#: The norms that torch has ready, instance norm too, which calls batch norm.
TORCH_NORMS = ("batch_norm", "layer_norm", "group_norm")


@dataclass
class Exercise:
    """The public contract of one exercise.

    Attributes:
        name: of the function or class.
        arguments: its parameters, in order.
        returns: a name for each returned value, in order; a single name means one bare value; none, that the result
            is an object (of a class, or of a function that builds one), which probes look at by operations.
        opaque: those of `returns` whose content is the learner's own business, such as a cache.
        mutates: those of `arguments` that it is asked to change.
        tensors: whether it takes torch tensors; probes pass arrays all the same.
        without: the lesson's other exercises that it may not call, since they would leave nothing to do.
        forbidden: what may not be called, as parts of the names of torch's operators: TORCH_NORMS.
        ladder: cases for paper, the simplest first.
    """

    name: str
    arguments: tuple[str, ...]
    returns: tuple[str, ...]
    opaque: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    tensors: bool = False
    forbidden: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    probes: dict[str, Probe] = field(default_factory=dict)
    ladder: list[Case] = field(default_factory=list)

    def probe(self, name: str, *, symptom: str, rtol: float = 1e-6) -> Callable[[Play], Play]:
        """Register the decorated function as a probe."""
        return self.registering(self.probes, name, symptom, rtol)

    def registering(self, probes: dict[str, Probe], name: str, symptom: str, rtol: float) -> Callable[[Play], Play]:
        """A decorator that adds a function as a probe of this exercise to `probes`."""

        def register(play: Play) -> Play:
            if name in self.probes or name in probes:
                raise ValueError(f"{self.name} has two probes called {name!r}")
            if 1e-6 < rtol < 1e-2:
                raise ValueError(f"{self.name}, {name!r}: rtol is at most 1e-6, or at least 1e-2 for rounding")
            probes[name] = Probe(name, play, symptom, rtol)
            return play

        return register

    def case(self, **given) -> None:
        """Add a rung: one call with these arguments.

        Args:
            given: by name. A list stands for an array of float64; what is to be of another type is given as it is.
        """
        told = tuple(f"{name} = {_written(value)}" for name, value in given.items())
        arguments = {name: np.array(v, dtype=np.float64) if isinstance(v, list) else v for name, v in given.items()}
        self.ladder.append(Case(told, lambda call: call(**arguments)))

    def case_of(self, *told: str) -> Callable[[Callable[[Callable], dict]], Callable]:
        """Add the decorated function as a rung.

        Args:
            told: what it does, in lines as a learner would write them.
        """

        def add(play: Callable[[Callable], dict]) -> Callable:
            self.ladder.append(Case(told, play))
            return play

        return add


def _written(value) -> str:
    """An argument as one would type it."""
    return str(value.tolist()) if isinstance(value, np.ndarray) else repr(value)


def find_exercise(name: str) -> Exercise:
    """Look an exercise up by its function's name: the file of its probes is called like it.

    Raises:
        LookupError: no lesson has such an exercise.
    """
    if name not in _topics():
        raise LookupError(f"no exercise is called {name!r}; the exercises are {', '.join(exercise_names())}")
    return importlib.import_module(f"{probes.__name__}.{_topics()[name]}.{name}").exercise


def others_of_the_lesson(name: str) -> list[str]:
    """The other exercises of an exercise's lesson, sorted."""
    return sorted(other for other, topic in _topics().items() if topic == _topics()[name] and other != name)


def exercise_names() -> list[str]:
    """The names of all exercises, sorted."""
    return sorted(_topics())


@cache
def _topics() -> dict[str, str]:
    """Exercise -> the folder of its probes."""
    return {path.stem: path.parent.name for path in PROBES.glob("*/*.py") if path.stem != INPUTS}
