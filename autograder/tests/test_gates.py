"""The gates that `make test` runs: in order, side by side, and stopped by the first that fails."""

import importlib.util
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.gates import ROOT, SPREAD, STAGES, Gate, run


def saying(word, *, status=0, waits=0):
    return Gate(
        f"says {word}.", ("-c", f"import time; time.sleep({waits}); print('{word}'); raise SystemExit({status})")
    )


def leaving(path, *, after=None):
    """Leaves a file, once there is another."""
    wait = f"while not pathlib.Path({str(after)!r}).exists(): time.sleep(0.01)\n" if after else ""
    return Gate(path.name, ("-c", f"import pathlib, time\n{wait}pathlib.Path({str(path)!r}).touch()"))


def test_each_gate_is_told_with_its_time_and_all_passing_is_no_error(capfd):
    assert run([[[saying("one")]], [[saying("two")], [saying("three")]]]) == 0
    told, errors = capfd.readouterr()
    assert told.index("one") < told.index("two") and not errors
    table = told[told.index("== Time") :]
    assert [table.count(f"0 s  says {word}.") for word in ("one", "two", "three")] == [1, 1, 1] and "in all" in table


def test_a_gate_that_fails_ends_all_and_is_told_last(capfd, tmp_path):
    stages = [
        [[saying("right"), saying("wrong", status=3), leaving(tmp_path / "same lane")]],
        [[leaving(tmp_path / "next")]],
    ]
    assert run(stages) == 1
    told, errors = capfd.readouterr()
    assert "right" in told and not list(tmp_path.iterdir())
    assert errors.startswith("FAILED: says wrong. To see it alone: python -c") and "says right" not in errors


def test_lanes_of_a_stage_run_side_by_side(tmp_path):
    first, second, third = (tmp_path / name for name in "abc")
    one_waits_for_the_other = [leaving(first), leaving(third, after=second)], [leaving(second, after=first)]
    assert run([one_waits_for_the_other]) == 0 and third.exists()


def test_what_runs_beside_a_gate_that_fails_is_stopped_with_all_it_started(capfd, tmp_path):
    begun, late = tmp_path / "begun", tmp_path / "late"
    inner = f"import time\nopen({str(begun)!r}, 'w')\ntime.sleep(3)\nopen({str(late)!r}, 'w')"
    outer = Gate("slow", ("-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"))
    wrong = Gate("wrong", ("-c", f"import os, time\nwhile not os.path.exists({str(begun)!r}): time.sleep(0.01)\nsys"))
    assert run([[[outer], [wrong]]]) == 1
    told, errors = capfd.readouterr()
    time.sleep(4)
    assert told.count("slow") == 1 and "slow" not in errors and not late.exists()


def test_what_gates_say_side_by_side_is_not_mixed(capfd):
    both = [
        Gate(word, ("-c", f"import time\nfor _ in range(9): print('{word}', flush=True); time.sleep(0.01)"))
        for word in "ab"
    ]
    assert run([[[gate] for gate in both]]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line in ("a", "b")]
    assert lines in (["a"] * 9 + ["b"] * 9, ["b"] * 9 + ["a"] * 9)


def test_a_gate_beside_one_that_shows_what_it_does_is_told_after_that(capfd, tmp_path):
    over = tmp_path / "over"
    waits = f"import os, time\nprint('begins', flush=True)\nwhile not os.path.exists({str(over)!r}): time.sleep(0.01)"
    shown = Gate("shown", ("-c", f"{waits}\ntime.sleep(1)\nprint('ends')"))
    assert run([[[shown], [saying("beside"), leaving(over)]]]) == 0
    told = capfd.readouterr().out
    assert re.findall("begins|ends|^beside|^== Time", told, re.MULTILINE) == ["begins", "ends", "beside", "== Time"]


def test_never_more_than_two_gates_run_side_by_side():
    assert all(1 <= len(lanes) <= 2 for lanes in STAGES)


@pytest.mark.parametrize(
    "gate", [gate for lanes in STAGES for lane in lanes for gate in lane], ids=lambda gate: gate.name
)
def test_every_gate_is_a_module_that_is_there(gate):
    assert gate.arguments[0] == "-m" and importlib.util.find_spec(gate.arguments[1])


def test_make_runs_the_gates():
    assert "$(PY) -m autograder.gates" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_longest_files_of_tests_are_begun_first_and_each_stays_in_one_process(tmp_path):
    here = Path(__file__).parent
    shutil.copy(here / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").touch()
    longest = [name for name in re.findall(r'"(test_\w+\.py)"', (here / "conftest.py").read_text(encoding="utf-8"))]
    assert len(longest) > 5 and all((here / name).is_file() for name in longest)
    for name in ("test_a.py", "test_b.py", *longest[:3]):
        (tmp_path / name).write_text("import pytest\n@pytest.mark.parametrize('n', range(3))\ndef test(n):\n    pass\n")
    command = [sys.executable, "-m", "pytest", *SPREAD.replace("logical", "2").split(), "-v"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    ran = re.findall(r"\[(gw\d)\].*PASSED (test_\w+\.py)::", told)
    assert len(ran) == 15 and len(set(ran)) == 5
    assert {name for _, name in ran[:2]} <= set(longest[:3])
