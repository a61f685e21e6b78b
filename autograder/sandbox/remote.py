"""The judge's side of the wire: a student's process, and the answers in it, which tests call as if they were here."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.learner.diagnosis.answer import STOPPED, AnswerError, NotDone
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import Recipe, Ref
from autograder.learner.diagnosis.plain_data import BadReturn, mapped
from autograder.sandbox.isolation import StudentGone, Zygote
from autograder.sandbox.line import TimeUp, WireError
from autograder.sandbox.output import MAX_NAME, MAX_SAID, clipped, displayable
from autograder.sandbox.time_limit import time_limit
from autograder.sandbox.wire import Asked, Wire

#: Seconds of processor time for a cell and for a call. By the clock on the wall it is three times that, and some:
#: others may want the processor, too, with as many processes as they may have.
CELL_SECONDS, CALL_SECONDS, WALL = 30, 3, 20
#: Seconds that one student may make the judge wait, all together.
PATIENCE = 150
#: What a student's process may ask the judge's functions: numbers in one question, the length of a dimension, numbers
#: that broadcasting can make of them, seconds for an answer, questions during one call. What the course's own answers
#: ask has at most 3,168 numbers and a dimension of 432; work with the cube of a dimension is done in a moment.
MAX_NUMBERS, MAX_DIMENSION, MAX_TOGETHER = 50_000, 1_000, 1_000_000
QUESTION_SECONDS, MAX_QUESTIONS = 2, 20_000
#: Names of changed arguments that are kept of one call.
MAX_CHANGED = 100
#: By which answers are told apart in students' processes.
NUMBERS = itertools.count()
#: Characters that are kept of what all cells of one student put out.
MAX_SHOWN = 5_000_000


@dataclass(frozen=True)
class Ran:
    """What a cell put out: text, displayed things by MIME type, and the error that it stopped with, name and text."""

    text: str = ""
    stderr: str = ""
    outputs: tuple[dict, ...] = ()
    error: tuple[str, str] | None = None

    @property
    def size(self) -> int:
        """Characters."""
        displayed = [text for output in self.outputs for text in output.values()]
        return sum(map(len, (self.text, self.stderr, *displayed, *(self.error or ()))))


@dataclass
class StudentProcess:
    """One student's cells in a process of their own. If it dies it is started again, and the cells with it.

    Args:
        zygote: where processes come from.
        cells: sources, in order.
        refused: parts of the names of torch's operators that do not work there.
        patience: seconds that it may make the judge wait, all together.
        together: whether many things may be asked for at once; not after that has ended the process.
        ran: what each cell put out, the first time it was run.
    """

    zygote: Zygote
    cells: Sequence[str]
    refused: tuple[str, ...] = ()
    patience: float = PATIENCE
    together: bool = True
    ran: list[Ran] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._wire: Wire | None = None
        self._asked: set[Callable] = set()
        self.born = 0
        self._stopped_cells: set[int] = set()
        self.waited = 0.0
        self._start()

    def request(self, name: str, *args, functions: Sequence[Callable] = ()):
        """Have something done there.

        Args:
            functions: what may be asked meanwhile, and not after; `Asked(0)` stands for the first of them.

        Raises:
            AnswerError, BadReturn, NotImplementedError: as `autograder.learner.diagnosis.answer.Answer` raises them;
                the process was stopped, or stopped itself, is an AnswerError too.
        """
        self.revive()
        if self._wire is None:
            raise AnswerError(STOPPED, f"all cells and calls together have had their {self.patience:.0f} seconds")
        try:
            reply = self._exchange(name, args, CALL_SECONDS, functions)
        except WireError as error:
            self._stop()
            raise AnswerError(STOPPED, _why(error, CALL_SECONDS)) from error
        return _opened(reply)

    def request_together(self, requests: Sequence[list], functions: Sequence[Callable] = ()) -> list[dict]:
        """Have several things done by one message, for a moment: the replies to the first of them, or to all.

        If one of them ends the process, it is as if they had not been asked for: which one it was cannot be told, so
        from then on each has to be asked for by itself.
        """
        if not self.together or not self.revive() or self._wire is None:
            return []
        waited = self.waited
        try:
            replies = self._exchange("together", (list(requests), CALL_SECONDS), CALL_SECONDS, functions)["result"]
            if isinstance(replies, list) and all(isinstance(reply, dict) for reply in replies):
                return replies[: len(requests)]
        except (WireError, KeyError):
            pass
        self._stop()
        self.waited, self.together = waited, False
        return []

    def revive(self) -> int:
        """Start it again if it has ended and there is time left; tell how often it was started."""
        if self._wire is None:
            self._start()
        return self.born

    def run_instead(self, source: str, name: str) -> None:
        """Run a cell in place of the last one, without what that one has called by a name; all seconds begin anew.

        What else the last one has left behind stays, as where a learner runs a cell again: this is for known answers.
        """
        self.cells = [*self.cells[:-1], source]
        self._stopped_cells.discard(len(self.cells) - 1)
        self.waited, self.together = 0.0, True
        if self._wire is None:
            self._start()
        elif not self._run(f"globals().pop({name!r}, None)").error:
            self._run(source)

    def forget(self, solution: Callable) -> None:
        """End a process that has asked a function of the judge's, before that is what it is called for itself.

        The process may have kept what the function said.
        """
        if solution in self._asked:
            self._stop()
            self._asked.clear()

    def refuse(self, operators: tuple[str, ...]) -> None:
        """Have only processes in which torch's operators with such names do not work, and all others do."""
        if operators != self.refused:
            self._stop()
        self.refused = operators

    def close(self) -> None:
        """End the process and all that it started."""
        self._stop()
        with contextlib.suppress(StudentGone, OSError):
            self.zygote.end()

    def _start(self) -> None:
        """Run the cells in a fresh process. One that ends it is left out from then on, and all is begun again."""
        while self._wire is None and self._patience > 0:
            with self._waiting():
                self._wire = self.zygote.start(self.refused)
            self.born += 1
            for number, source in enumerate(self.cells):
                if number in self._stopped_cells:
                    continue
                ran = self._run(source)
                if len(self.ran) == number:
                    full = sum(ran.size for ran in self.ran) > MAX_SHOWN
                    self.ran.append(Ran(error=ran.error and (ran.error[0], "")) if full else ran)
                if self._wire is None:
                    self._stopped_cells.add(number)
                    break

    def _run(self, source: str) -> Ran:
        try:
            return _ran_as_told(_opened(self._exchange("run", (source,), CELL_SECONDS)))
        except WireError as stopped:
            self._stop()
            return Ran(error=(STOPPED, _why(stopped, CELL_SECONDS)))
        except Exception as odd:  # what it told of itself is not what student.py tells
            return Ran(error=(type(odd).__name__, clipped(odd, MAX_NAME)))

    def _exchange(self, name: str, args: tuple, cpu_seconds: float, functions: Sequence[Callable] = ()) -> dict:
        if self._wire is None:
            raise WireError("there is no process")
        until = time.monotonic() + min(WALL + 3 * cpu_seconds, self._patience)
        with self._waiting():
            self._wire.send([name, cpu_seconds, list(args)], until - time.monotonic())
            for _ in range(MAX_QUESTIONS):
                reply = self._wire.receive(until - time.monotonic())
                if not isinstance(reply, dict):
                    raise WireError("what came is not a reply")
                if "ask" not in reply:
                    return reply
                self._wire.send(self._answer_to(reply["ask"], functions), until - time.monotonic())
        raise WireError("too many questions")

    @property
    def _patience(self) -> float:
        """Seconds that are left of what the judge waits for one student."""
        return self.patience - self.waited

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.waited += time.monotonic() - start

    def _answer_to(self, ask: Any, functions: Sequence[Callable]) -> dict:
        try:
            number, args, kwargs = ask
            given = [*args, *kwargs.values()]
            self._asked.add(functions[number])
            if _is_costly(given):
                raise ValueError("the arguments are too large")
            with time_limit(QUESTION_SECONDS):
                value = functions[number](*args, **kwargs)
            handed_back = [place for place, argument in enumerate(given) if argument is value]
            # One that hands its argument back must do so there, too: what the student changes later changes both.
            return {"same": handed_back[0]} if handed_back else {"value": value}
        except Exception as error:
            return {"raised": [type(error).__name__, clipped(error, MAX_SAID)]}

    def _stop(self) -> None:
        if self._wire:
            self._wire.close()
        self._wire = None


class RemoteImplementation:
    """`autograder.learner.diagnosis.answer.Implementation`: a student's function or class, in the student's process.

    Args:
        process: where it lives.
        name: its name in the notebook.
        helpers: functions of the judge's that it finds in place of the student's own of those names.
    """

    def __init__(self, process: StudentProcess, name: str, helpers: Mapping[str, Callable] | None = None) -> None:
        self.process, self.__name__ = process, name
        self.helpers = helpers or {}
        self._helped: RemoteImplementation | None = None
        self._names_used: set[str] | None = None
        self._stopped = False

    def with_helpers(self, helpers: Mapping[str, Callable]) -> RemoteImplementation:
        """The same, calling other exercises of the judge's."""
        if self._helped is None:
            self._helped = RemoteImplementation(self.process, self.__name__, helpers)
        return self._helped

    def names_used(self) -> set[str]:
        """The global names that it reads, as its process tells."""
        if self._names_used is None:
            try:
                self._names_used = set(map(str, self.process.request("names_used", self.__name__)))
            except Exception:  # whatever is told instead of names
                return set()
        return self._names_used

    def answering(self, exercise: Exercise) -> RemoteAnswer:
        """An answer to call."""
        return RemoteAnswer(self, exercise)

    def asked(self, exercise: Exercise, requests: Sequence[tuple[str, tuple]]) -> list[RemoteAnswer]:
        """Answers to the first of some requests, or to all: methods of `Answer`, each with its arguments."""
        functions = [*self.helpers.values()]
        answers = [RemoteAnswer(self, exercise) for _ in requests]
        messages: list[list] = []
        for answer, (name, args) in zip(answers, requests, strict=True):
            message = answer.message(args, functions, like=answers[0] if messages else None)
            messages.append([name, *message])
        replies = [] if self._stopped else self.process.request_together(messages, functions)
        for answer, reply in zip(answers, replies):
            answer.reply = reply
        return answers[: len(replies)]

    def request(self, *args, functions: Sequence[Callable] = ()):
        """As `StudentProcess.request`; what had to be stopped once is not called again."""
        if self._stopped:
            raise AnswerError(STOPPED, "it had to be stopped before, and was not called again")
        try:
            return self.process.request(*args, functions=functions)
        except AnswerError as error:
            self._stopped = error.kind == STOPPED
            raise


class RemoteAnswer:
    """`autograder.learner.diagnosis.answer.Answer`: an answer in the student's process.

    Attributes:
        reply: what its process has said already to the first thing that will be asked.
    """

    def __init__(self, implementation: RemoteImplementation, exercise: Exercise) -> None:
        self._implementation, self._exercise = implementation, exercise
        self.reply: dict | None = None
        self._number: int | None = None
        self._born: int | None = None

    def call(self, args: tuple, kwargs: dict) -> tuple[dict | Ref | None, list[str]]:
        return self._request("call", args, kwargs)

    def call_each(self, calls: list[tuple]) -> tuple[list, list[str]]:
        return self._request("call_each", calls)

    def build(self, recipe: Recipe) -> tuple[Ref, list[str]]:
        return self._request("build", recipe)

    def perform(self, number: int, operation: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
        return self._request("perform", number, operation, args, kwargs)

    def _contract(self) -> list:
        """What opens the answer: what the student's process has to know of the exercise, and the functions lent."""
        facts = {name: value for name, value in vars(self._exercise).items() if name not in ("probes", "ladder")}
        return [facts, {name: Asked(number) for number, name in enumerate(self._implementation.helpers)}]

    def message(self, args: tuple, functions: list[Callable], like: RemoteAnswer | None = None) -> tuple:
        """What its process has to be sent; functions in it are added to those that may be asked.

        Args:
            like: another answer, whose contract is known there and is this one's, too.
        """
        contract: list | int | None = None
        if self._number is None:
            self._number, contract = next(NUMBERS), like._number if like else self._contract()
            self._born = self._implementation.process.revive()
        if self._implementation.process.born != self._born:
            raise AnswerError(STOPPED, "its process had to be stopped")
        sent = mapped(lambda entry: _standing_for(entry, functions) if callable(entry) else entry, args)
        return (self._number, contract, *sent)

    def _request(self, name: str, *args) -> tuple[Any, list[str]]:
        if self.reply is not None:
            reply, self.reply = self.reply, None
            result, changed = _opened(reply)
        else:
            functions = [*self._implementation.helpers.values()]
            message = self.message(args, functions)
            result, changed = self._implementation.request(name, *message, functions=functions)
        return result, [clipped(name, MAX_NAME) for name in changed[:MAX_CHANGED]]


def _standing_for(function: Callable, functions: list[Callable]) -> Asked:
    """Add a function to those that may be asked, and tell its number."""
    functions.append(function)
    return Asked(len(functions) - 1)


def _is_costly(given: list) -> bool:
    """Whether a function of the judge's could take long over arguments, or much memory."""
    shapes = [*_shapes(given)]
    axes = itertools.zip_longest(*map(reversed, shapes), fillvalue=1)
    return (
        sum(map(_weight, given)) > MAX_NUMBERS
        or max(itertools.chain(*shapes), default=0) > MAX_DIMENSION
        or math.prod(max(1, *axis) for axis in axes) > MAX_TOGETHER
    )


def _shapes(argument: Any) -> Iterator[tuple[int, ...]]:
    """The shapes of all arrays, and the lengths of all lists."""
    if isinstance(argument, dict | list | tuple):
        yield (len(argument),)
        for entry in argument.values() if isinstance(argument, dict) else argument:
            yield from _shapes(entry)
    elif np.ndim(argument):
        yield np.shape(argument)


def _weight(argument: Any) -> float:
    """How much work an argument can mean: so many numbers; whole numbers may themselves be sizes."""
    if isinstance(argument, dict):
        return sum(map(_weight, argument.values()))
    if isinstance(argument, list | tuple):
        return sum(map(_weight, argument))
    if isinstance(argument, int) or getattr(argument, "dtype", np.dtype(float)).kind in "iu":
        return _size(argument) + np.abs(np.asarray(argument, float)).sum()
    return _size(argument)


def _size(argument: Any) -> int:
    """How many numbers it has; a dimension without any counts as one, since the others stay to be worked on."""
    return math.prod(max(1, length) for length in np.shape(argument))


def _ran_as_told(told: dict) -> Ran:
    """What a cell put out, as its process tells it."""
    error = (clipped(told["error"][0], MAX_NAME), clipped(told["error"][1], MAX_SAID)) if told["error"] else None
    return Ran(clipped(told["text"]), clipped(told["stderr"]), displayable(told["outputs"]), error)


def _opened(reply: dict):
    if "result" in reply:
        return reply["result"]
    if "not_done" in reply and isinstance(reply["not_done"], list) and len(reply["not_done"]) == 2:
        detail, exercise = reply["not_done"]
        raise NotDone(clipped(detail, MAX_SAID), clipped(exercise, MAX_NAME))
    if "bad" in reply:
        raise BadReturn(clipped(reply["bad"], MAX_SAID))
    if "raised" in reply and isinstance(reply["raised"], list) and len(reply["raised"]) == 2:
        kind, detail = reply["raised"]
        raise AnswerError(clipped(kind, MAX_NAME).replace(STOPPED, "an error of that name"), clipped(detail, MAX_SAID))
    raise AnswerError(STOPPED, "what its process sent is no reply")


def _why(error: WireError, cpu_seconds: float) -> str:
    if isinstance(error, TimeUp):
        return f"it was still running after {WALL + 3 * cpu_seconds:g} seconds"
    return f"its process ended: a crash, too much memory, or more than {cpu_seconds:g} seconds of computing"
