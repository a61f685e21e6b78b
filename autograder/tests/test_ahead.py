"""Many things asked of an answer at once: what must not be there together, and that nothing else is different."""

import os
from dataclasses import dataclass, field

import pytest

from autograder.exercises.ahead import Looks, Overheard
from autograder.exercises.bank import bank_of
from autograder.grading.judge import judge_exercise
from autograder.grading.worker import zygote_for
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.exercise import Exercise
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import require
from autograder.sandbox.remote import RemoteImplementation, StudentProcess

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be run on Windows")
LESSON = load_lesson("01_standardize")
BANK = bank_of("standardize")
DOUBLE = Exercise("double", arguments=("x",), returns=("twice",))


@DOUBLE.probe("once", symptom="It is wrong.")
def once(call, rng):
    return call(float(rng.randint(100)))


@DOUBLE.probe("again", symptom="It is wrong.")
def again(call, rng):
    return call(float(100 + rng.randint(100)))


@DOUBLE.probe("on its own result", symptom="It is wrong.")
def on_its_own_result(call, rng):
    return call(float(call(float(200 + rng.randint(100)))["twice"]))


@dataclass
class Messages:
    """An implementation elsewhere; what it is sent, message by message."""

    sent: list = field(default_factory=list)

    def answering(self, exercise):
        return LocalImplementation(self.double).answering(exercise)

    def asked(self, exercise, requests):
        self.sent.append([args[0][0] for _, args in requests])
        return [LocalImplementation(lambda x: 2 * x).answering(exercise) for _ in requests]

    def double(self, x):
        self.sent.append([x])
        return 2 * x


def only_request(name, seed):
    overheard = Overheard(LocalImplementation(lambda x: 2 * x))
    Looks(DOUBLE, lambda *_: None)(DOUBLE, DOUBLE.probes[name], overheard, seed)
    return overheard.only_request


def test_within_a_draw_nothing_is_sent_before_what_comes_first_is_answered():
    elsewhere, look = Messages(), Looks(DOUBLE, only_request)
    look.ahead(elsewhere, [[(name, seed) for name in ("once", "on its own result", "again")] for seed in (1, 2)])
    first, *alone, last = elsewhere.sent
    assert len(first) == 2 and all(x < 100 for x in first)
    assert [len(message) for message in alone] == [1, 1, 1, 1] and all(x >= 200 for [x] in alone)
    assert len(last) == 2 and all(100 <= x < 200 for x in last)


def test_a_look_is_taken_once_and_shows_what_it_shows_alone():
    elsewhere, look = Messages(), Looks(DOUBLE, only_request)
    plays = [[(name, seed) for name in DOUBLE.probes] for seed in (1, 2, 3)]
    look.ahead(elsewhere, plays)
    sent = len(elsewhere.sent)
    for name, seed in (play for draw in plays for play in draw):
        probe = DOUBLE.probes[name]
        here = Looks(DOUBLE, only_request)(DOUBLE, probe, LocalImplementation(lambda x: 2 * x), seed)
        assert look(DOUBLE, probe, elsewhere, seed) == here
    assert len(elsewhere.sent) == sent


@pytest.fixture(scope="module")
def zygote():
    with zygote_for(LESSON, require(trusted=True)) as made:
        yield made


def verdict(zygote, source, together):
    process = StudentProcess(zygote, ["import numpy as np", source], together=together)
    try:
        return judge_exercise(BANK, RemoteImplementation(process, BANK.name), "a secret"), process
    finally:
        process.close()


ODD = {
    "right": "",
    "keeps what it was given by shape": "    if x.shape in kept: return kept[x.shape]\n",
    "changes its argument": "    x += 1\n",
    "prints and warns": "    print(x); np.log(0)\n",
    "is not done for few rows": "    if len(x) < 4: raise NotImplementedError\n",
    "ends its process on one row": "    if len(x) == 1: os._exit(0)\n",
    "never ends on one row": "    while len(x) == 1: pass\n",
    "returns nothing for large numbers": "    if np.abs(x).max() > 100: return None\n",
}


@pytest.mark.parametrize("line", ODD.values(), ids=ODD)
def test_a_verdict_is_the_same_whether_much_is_asked_at_once_or_not(zygote, line):
    body = BANK.solution.replace("def standardize", "def rightly", 1)
    source = f"import os\nkept = {{}}\n{body}\n\ndef standardize(x, *rest, **more):\n{line}    kept[x.shape] = "
    source += "rightly(x, *rest, **more)\n    return kept[x.shape]\n"
    at_once, _ = verdict(zygote, source, together=True)
    one_by_one, _ = verdict(zygote, source, together=False)
    assert at_once == one_by_one


def test_what_ends_its_process_is_asked_one_by_one_from_then_on_and_its_time_is_given_back(zygote):
    process = StudentProcess(zygote, ["import os"])
    assert process.request_together([["run", "1"], ["run", "2"]])
    waited = process.waited
    assert process.request_together([["run", "1"], ["run", "os._exit(0)"]]) == []
    assert process.waited == waited and process.request_together([["run", "1"]]) == []
    assert process.request("run", "1")["error"] is None and process.born == 2
    process.close()


def test_right_answers_take_few_messages(zygote, monkeypatch):
    names = []
    exchange = StudentProcess._exchange
    monkeypatch.setattr(StudentProcess, "_exchange", lambda *args: names.append(args[1]) or exchange(*args))
    found, _ = verdict(zygote, BANK.solution, together=True)
    assert found.is_full
    assert names.count("together") == 1 + max(len(part.probes) for part in BANK.parts) and "call" not in names
