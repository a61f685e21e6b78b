"""Do other processors tell the same?

The libraries that compute can be told to do so as another processor would, in another order and with other rounding.
Under each such setting, what is stored must be current, and the audit must judge, name and give points as without.
Without one, `build --check` says whether what is stored is current.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from threadpoolctl import threadpool_info

from autograder import stored
from autograder.learner.diagnosis.compare import EXACT, has_numbers
from autograder.learner.diagnosis.exercise import find_exercise
from autograder.lessons import ROOT

#: Audited besides those with noise: one whose probes hide the noise, and some that torch computes, with matrix
#: products, convolutions and a loss.
ALSO = ("condition_number", "precise_statistics", "batchnorm2d_forward", "train_epoch")
#: What numpy calls the groups of instructions, by the start of their names.
AVX512, AVX2 = ("AVX512", "X86_V4"), ("X86_V3", "AVX2", "FMA3")


@dataclass(frozen=True)
class Setting:
    """How to compute as another processor.

    Attributes:
        name: of the processor's kind.
        environment: variables that the libraries read when they are loaded.
        runs: whether this processor has the instructions.
        is_own: this processor is of that kind, and computes so by itself.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    runs: bool = True
    is_own: bool = False


#: As this processor computes by itself.
PLAIN = Setting("this processor")


def settings() -> list[Setting]:
    """The processors that libraries for x86 tell apart."""
    known, offered = _numpy_features()
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    avx512, avx2 = (x86 and any(name.startswith(group) for name in known) for group in (AVX512, AVX2))
    newer = [name for name in offered if name.startswith(AVX512)]
    kinds = [
        Setting("AVX-512", _environment("SkylakeX", "avx512", "AVX512", "AVX512_CORE", ()), avx512),
        Setting("AVX2", _environment("Haswell", "avx2", "AVX2", "AVX2", newer), avx2),
        Setting("before AVX", _environment("Nehalem", "default", "SSE4_2", "SSE41", offered), x86),
    ]
    own = {library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"}
    return [replace(kind, is_own=own == {kind.environment["OPENBLAS_CORETYPE"]}) for kind in kinds]


def others() -> list[Setting]:
    """The settings that can be had, and that are not what this processor does by itself."""
    return [setting for setting in settings() if setting.runs and not setting.is_own]


def _numpy_features() -> tuple[list[str], list[str]]:
    """What this processor has, by numpy's names; and what of that numpy can do without."""
    multiarray = importlib.import_module("numpy._core._multiarray_umath")
    known = [name for name, there in multiarray.__cpu_features__.items() if there]
    return known, [name for name in multiarray.__cpu_dispatch__ if name in known]


def _environment(openblas: str, torch: str, mkl: str, onednn: str, without: Iterable[str]) -> dict[str, str]:
    return {
        "OPENBLAS_CORETYPE": openblas,
        "ATEN_CPU_CAPABILITY": torch,
        "MKL_ENABLE_INSTRUCTIONS": mkl,
        "ONEDNN_MAX_CPU_ISA": onednn,
        "NPY_DISABLE_CPU_FEATURES": " ".join(without),
    }


def sensitive() -> list[str]:
    """The exercises with mistakes that show rounding noise, as the stored files tell; and a few more."""
    noisy = [
        name
        for lesson in stored.lessons()
        for name, facts in stored.lesson(lesson)["exercises"].items()
        if any(_has_noise(name, probe, found["mistakes"]) for probe, found in facts["probes"].items())
    ]
    return list(dict.fromkeys((*noisy, *ALSO)))


def _has_noise(exercise: str, probe: str, prints: dict[str, dict]) -> bool:
    exact = find_exercise(exercise).probes[probe].rtol <= EXACT
    return exact and any(print_.get("outputs") and not has_numbers(print_) for print_ in prints.values())


def compare_processors(
    exercises: list[str], jobs: int = 1, run: Callable[[Setting, tuple[str, ...]], str] | None = None
) -> Iterator[tuple[Setting, list[str]]]:
    """What differs under each setting that can be had from what this processor does by itself, a line each.

    Args:
        exercises: those to audit.
        jobs: how many programs run at a time.
        run: runs a command of this program under a setting and returns what it printed.
    """
    run, able = run or run_command, others()
    # The sandbox adds nothing to arithmetic, and nearly doubles the time.
    audit, check = ("audit", *exercises, "--bank", "--in-process", "--json", "--jobs", "1"), ("build", "--check")
    with ThreadPoolExecutor(jobs) as pool:
        plain, *audits = [pool.submit(run, setting, audit) for setting in (PLAIN, *able)]
        builds = [pool.submit(run, setting, check) for setting in able]
        for setting, built, audited in zip(able, builds, audits):
            yield setting, _stale(built.result()) + _apart(_rows(plain.result()), _rows(audited.result()))


def run_command(setting: Setting, command: tuple[str, ...]) -> str:
    """Run a command of this program under a setting; what it printed, errors too if it printed no table."""
    ran = subprocess.run(
        [sys.executable, "-m", "autograder", *command],
        cwd=ROOT,
        env=os.environ | setting.environment,
        capture_output=True,
        text=True,
    )
    return ran.stdout if ran.stdout.startswith("{") or not ran.returncode else ran.stdout + ran.stderr


def _stale(told: str) -> list[str]:
    """The complaints of `build --check`."""
    return [line.removeprefix("autograder: ") for line in told.splitlines() if not line.endswith("is current.")]


def _rows(told: str) -> dict[tuple[str, str, str], dict]:
    """The rows of an audit, by exercise, kind and answer. What is no table counts as a row that says so."""
    if not told.startswith("{"):
        return {("the audit", "stopped", " ".join(told.split())[-200:]): {}}
    rows = json.loads(told)["rows"]
    return {(row["exercise"], row["kind"], row["answer"]): row for row in rows}


def _apart(plain: dict[tuple, dict], other: dict[tuple, dict]) -> list[str]:
    """Where two audits differ."""
    found = []
    for answer in dict.fromkeys((*plain, *other)):
        here, there = plain.get(answer, {}), other.get(answer, {})
        apart = [
            f"{what} {there.get(what)}, not {here.get(what)}"
            for what in {**here, **there}
            if here.get(what) != there.get(what)
        ]
        if apart or not (here and there):
            found.append(f"{', '.join(answer)}: {'; '.join(apart) or 'in both'}")
    return found
