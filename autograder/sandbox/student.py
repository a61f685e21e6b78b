"""The student's process: runs the student's cells, then answers the judge's calls. Nothing secret is in it.

Whatever it says of itself may be a lie; the judge believes only the values, and compares them.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import sys
import time
from collections.abc import Callable

from IPython.utils.capture import capture_output

from autograder.learner.diagnosis.answer import AnswerError, LocalAnswer, NotDone, names_used
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.plain_data import BadReturn, copied, mapped
from autograder.learner.shell import Shell
from autograder.sandbox.output import MAX_NAME, clipped, displayable
from autograder.sandbox.wire import Asked, Wire

#: Seconds for what is asked for together; then the judge hears what has been done by then.
MOMENT = 1


class AnswerServer:
    """One student's namespace and answers.

    Args:
        wire: the line to the judge.
        shell: runs the cells.
    """

    def __init__(self, wire: Wire, shell: Shell) -> None:
        self._wire, self._shell = wire, shell
        self._answers: dict[int, LocalAnswer] = {}
        self._contracts: dict[int, tuple[Exercise, dict[str, Callable]]] = {}

    def serve(self) -> None:
        """Do what the judge asks until it hangs up."""
        self._requests: dict[str, Callable] = {
            "run": self._run,
            "together": self._together,
            "names_used": lambda name: sorted(names_used(self._shell.user_ns[name])),
            "call": lambda number, contract, args, kwargs: self._answer(number, contract).call(args, kwargs),
            "call_each": lambda number, contract, calls: self._answer(number, contract).call_each(calls),
            "build": lambda number, contract, recipe: self._answer(number, contract).build(recipe),
            "perform": lambda number, contract, *rest: self._answer(number, contract).perform(*rest),
        }
        while True:
            name, cpu_seconds, args = self._wire.receive()
            _allow(cpu_seconds)
            self._wire.send(self._reply(name, self._here(args)))

    def _together(self, requests: list[list], cpu_seconds: float) -> list[dict]:
        """The replies to several requests, or to the first of them if they take long."""
        replies: list[dict] = []
        until = time.monotonic() + MOMENT
        for name, *args in requests:
            _allow(cpu_seconds)
            replies.append(self._reply(name, args))
            if time.monotonic() > until:
                break
        return replies

    def _reply(self, name: str, args: list) -> dict:
        try:
            with _quiet() if name != "run" else contextlib.nullcontext():
                return {"result": self._requests[name](*args)}
        except NotImplementedError as error:
            return {"not_done": [clipped(error), error.exercise if isinstance(error, NotDone) else ""]}
        except BadReturn as error:
            return {"bad": clipped(error)}
        except AnswerError as error:
            return {"raised": [clipped(error.kind, MAX_NAME), clipped(error.detail)]}
        except Exception as error:
            return {"raised": [clipped(type(error).__name__, MAX_NAME), clipped(error)]}

    def _run(self, source: str) -> dict:
        """Run a cell; tell what it put out, and the error that it stopped with."""
        with capture_output() as seen:
            done = self._shell.run_cell(source, store_history=False)
        error = done.error_before_exec or done.error_in_exec
        told = [clipped(type(error).__name__, MAX_NAME), clipped(error)] if error else None
        outputs = list(displayable(output.data or {} for output in seen.outputs))
        return {"text": clipped(seen.stdout), "stderr": clipped(seen.stderr), "outputs": outputs, "error": told}

    def _answer(self, number: int, contract: list | int | None) -> LocalAnswer:
        """The answer of a number; with a contract, made ready to be called.

        Args:
            contract: what its exercise is, and the judge's functions that stand in place of some of the student's; or
                the number of another answer that has the same.
        """
        if contract is not None:
            if isinstance(contract, list):
                facts, helpers = contract
                self._contracts[number] = Exercise(**facts), helpers
            exercise, helpers = self._contracts[number if isinstance(contract, list) else contract]
            if exercise.name not in self._shell.user_ns:
                raise BadReturn(f"there is no `{exercise.name}` in the notebook")
            names = self._shell.user_ns
            self._answers[number] = LocalAnswer(exercise, names[exercise.name], helpers, names)
        return self._answers[number]

    def _here(self, value):
        """Arguments in which the judge's functions can be called."""

        def here(entry):
            if isinstance(entry, Asked):
                return lambda *args, **kwargs: self._ask(entry.number, *args, **kwargs)
            return entry

        return mapped(here, value)

    def _ask(self, number: int, *args, **kwargs):
        """Call a function of the judge's. It gets arrays for tensors; who gave one gets tensors back."""
        given = [*args, *kwargs.values()]
        self._wire.send({"ask": [number, *mapped(_as_array, [args, kwargs])]})
        reply = self._wire.receive()
        if "raised" in reply:
            raise AnswerError(*reply["raised"])
        if "same" in reply:
            return given[reply["same"]]
        return copied(reply["value"], tensors=any(_as_array(value) is not value for value in given))


def _as_array(value):
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _allow(cpu_seconds: float) -> None:
    """Let this process use so much more processor time before it is stopped."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime + cpu_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


@contextlib.contextmanager
def _quiet():
    """Keep whatever is printed, by Python or below it, out of the way."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def main(wire: Wire, shell: Shell) -> None:
    """Serve until the judge hangs up; then end without running anybody's exit handlers."""
    try:
        AnswerServer(wire, shell).serve()
    except Exception as error:
        print(f"the student's process ends: {error!r}", file=sys.__stderr__)
    finally:
        os._exit(0)
