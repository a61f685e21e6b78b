"""Does a name rest on numbers that every processor gives, and on no rounding noise?"""

import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.audit.processors import PLAIN, compare_processors, others, sensitive, settings
from autograder.exercises.bank import bank_of
from autograder.exercises.hidden import grade_parts
from autograder.exercises.mistakes import Mistake
from autograder.grading.worker import zygote_for
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.compare import fingerprint, has_numbers, shapes_of
from autograder.learner.diagnosis.diagnose import Known, diagnose
from autograder.learner.diagnosis.observe import observe
from autograder.learner.diagnosis.steadiness import Moved, moving_by, nudged
from autograder.learner.stored import VISIBLE_SEED
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import try_sandbox
from autograder.sandbox.remote import StudentProcess

NOISE = """
def center(x):
    direction = (x - x.mean(axis=0)).sum(axis=0)
    return x - x.mean(axis=0) + direction / np.abs(direction + 1e-300)
"""
STEADY = "def center(x):\n    return x - x.mean()\n"


@pytest.fixture
def bank():
    """A copy of lesson 00's bank with two mistakes: one shows the sign of rounding noise, one steady numbers."""
    own = bank_of("center")
    made = {name: Mistake(name, "cause", "look", code=code) for name, code in (("noise", NOISE), ("steady", STEADY))}
    return dataclasses.replace(own, mistakes=made)


def known(bank):
    return {probe: bank.known(probe, VISIBLE_SEED) for probe in bank.exercise.probes}


def test_what_is_noise_is_kept_as_a_shape_and_what_holds_as_it_is(bank):
    facts = known(bank)["four rows, three columns"]
    assert facts.print_of("noise") == shapes_of(facts.mistakes["noise"])
    assert facts.print_of("steady") == facts.mistakes["steady"]
    assert facts.print_of("never heard of") is None


def test_noise_alone_names_nothing(bank):
    assert any(has_numbers(facts.print_of("steady")) for facts in known(bank).values())
    found = diagnose(bank.exercise, LocalImplementation(bank.wrong("steady")), known(bank), VISIBLE_SEED)
    assert "steady" in found.mistakes
    only = {"four rows, three columns": known(bank)["four rows, three columns"]}
    found = diagnose(bank.exercise, LocalImplementation(bank.wrong("noise")), only, VISIBLE_SEED)
    assert found.findings and not found.mistakes
    assert {part.mistake for part in grade_parts(bank, LocalImplementation(bank.wrong("steady")))} == {"steady"}


def test_a_shape_helps_a_mistake_that_shows_its_numbers_elsewhere():
    """The smallest eigenvalue of as many rows as columns is noise; who divides by it is named by other probes."""
    bank = bank_of("largest_stable_step")
    assert not has_numbers(known(bank)["as many rows as columns"].print_of("smallest_eigenvalue"))
    found = diagnose(bank.exercise, LocalImplementation(bank.wrong("smallest_eigenvalue")), known(bank), VISIBLE_SEED)
    assert found.mistakes == ("smallest_eigenvalue",) and found.complete


def test_a_shape_that_others_show_too_is_no_name():
    bank, probe = bank_of("center"), "four rows, three columns"
    right = bank.known(probe, VISIBLE_SEED, mistakes=False).right
    seen = observe(
        bank.exercise,
        bank.exercise.probes[probe],
        LocalImplementation(bank.wrong(next(iter(bank.mistakes)))),
        VISIBLE_SEED,
    )
    facts = {probe: Known(right, {"one of that shape": shapes_of(fingerprint(seen))})}
    assert not diagnose(bank.exercise, LocalImplementation(lambda x: x * 2.0), facts, VISIBLE_SEED).mistakes


def test_nudged_numbers_move_in_the_last_place_equal_ones_alike_and_short_ones_not():
    x = np.array([[0.1, -0.1, 0.1], [1e4 / 3, np.nan, np.inf], [4.0, -0.5, 0.0]])
    for nudge in (1, 2, 3):
        for dtype in (np.float64, np.float32):
            given = x.astype(dtype)
            moved = nudged(given, nudge)
            assert moved.dtype == given.dtype
            steps = np.abs(moved[:2, 0] - given[:2, 0]) / np.spacing(given[:2, 0])
            assert ((steps >= 1) & (steps <= 4)).all()
            assert moved[0, 0] == -moved[0, 1] == moved[0, 2]
            np.testing.assert_array_equal(moved[1:, 1:], given[1:, 1:])
            assert moved[2, 0] == 4.0
    assert nudged("text", 1) == "text" and nudged(np.array([1, 2]), 1).tolist() == [1, 2]


def test_the_right_answer_is_right_on_nudged_inputs_everywhere():
    bank = bank_of("BatchNorm1d")
    for probe in bank.exercise.probes.values():
        seen = observe(bank.exercise, probe, Moved(LocalImplementation(bank.reference), moving_by(1)), VISIBLE_SEED)
        assert not (seen.raised or seen.problem or seen.changed), probe.name


def able():
    return [pytest.param(setting, id=setting.name) for setting in settings() if setting.runs]


#: Tells which instructions torch, OpenBLAS and numpy use. The sandbox has no /proc, where threadpoolctl would look.
TELL = """
import ctypes, glob, numpy, torch
[openblas] = glob.glob(numpy.__path__[0] + ".libs/libscipy_openblas*")
core = ctypes.CDLL(openblas).scipy_openblas_get_corename64_
core.restype = ctypes.c_char_p
features = numpy._core._multiarray_umath.__cpu_features__
print(torch.backends.cpu.get_cpu_capability().lower(), core().decode(), features["X86_V3"] + features["X86_V4"])
"""


@pytest.mark.parametrize("setting", able())
def test_a_setting_reaches_students_processes(setting, monkeypatch):
    for name, value in setting.environment.items():
        monkeypatch.setenv(name, value)
    with zygote_for(load_lesson("03_forward"), try_sandbox(), torch=True) as zygote:
        process = StudentProcess(zygote, [TELL])
        told = process.ran[0]
        process.close()
    torch, openblas = setting.environment["ATEN_CPU_CAPABILITY"], setting.environment["OPENBLAS_CORETYPE"]
    groups = {"AVX-512": "2", "AVX2": "1", "before AVX": "0"}[setting.name]
    assert told.text.split() == [torch, openblas, groups], told


def noise_under(setting):
    code = (
        "import json\n"
        "from autograder.exercises.bank import bank_of\n"
        "facts = bank_of('largest_stable_step').known('as many rows as columns', 0)\n"
        "name = 'smallest_eigenvalue'\n"
        "print(json.dumps([facts.mistakes[name], facts.print_of(name)]))"
    )
    environment = os.environ | setting.environment
    return json.loads(subprocess.run([sys.executable, "-c", code], env=environment, stdout=-1, check=True).stdout)


@pytest.mark.skipif(len(able()) < 2, reason="this processor can show no other")
def test_settings_do_show_other_noise_and_what_is_kept_is_the_same():
    seen = [noise_under(setting) for setting in settings() if setting.runs]
    assert any(numbers != seen[0][0] for numbers, _ in seen)
    assert all(kept == seen[0][1] for _, kept in seen)


ROW = {"exercise": "center", "kind": "mistake", "answer": "noise", "hidden": False, "points": 0.0, "names": ["noise"]}


def told_by(table, built="9 lessons: all that is built is current.\n"):
    """A stand-in that runs commands: under all settings the same but the first."""
    first = others()[0]

    def run(setting, command):
        if command[0] == "build":
            return built if setting == first else "9 lessons: all that is built is current.\n"
        rows = table if setting == first else [ROW]
        return rows if isinstance(rows, str) else json.dumps({"rows": rows})

    return dict((setting.name, found) for setting, found in compare_processors(["center"], run=run))


@pytest.mark.skipif(not others(), reason="this processor can show no other")
@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([{**ROW, "names": []}], "center, mistake, noise: names [], not ['noise']"),
        ([{**ROW, "points": 3.0}], "center, mistake, noise: points 3.0, not 0.0"),
        ([], "center, mistake, noise"),
        ("Traceback: out of memory", "out of memory"),
    ],
)
def test_the_gate_says_which_setting_differs_on_what(table, words):
    first, *others = told_by(table).values()
    assert any(words in line for line in first) and not any(others)


@pytest.mark.skipif(not others(), reason="this processor can show no other")
def test_the_gate_tells_of_stored_files_that_another_processor_would_write_otherwise():
    stale = "autograder: autograder/learner/lessons/01_standardize.json is not what solutions/01_standardize.py gives."
    first, *others = told_by([ROW], stale + "\n").values()
    assert first == [stale.removeprefix("autograder: ")] and not any(others)


def test_the_gate_audits_what_has_noise():
    assert "largest_stable_step" in sensitive() and "center" not in sensitive()


def test_what_this_processor_does_by_itself_is_not_looked_at_twice():
    own = [setting for setting in settings() if setting.is_own]
    assert len(own) <= 1 and not any(setting in others() for setting in own)
    for setting in own:
        assert noise_under(setting) == noise_under(PLAIN)


def test_without_a_setting_nothing_is_set():
    assert not PLAIN.environment
