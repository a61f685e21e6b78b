"""The bench: what it compares is the same work, and its arithmetic is right."""

import subprocess
import sys

import pytest

from autograder.bench import peers
from autograder.bench.equal_work import minimal_class, plain_class, recorded_tests
from autograder.bench.grading import by_engine, engine_points
from autograder.bench.measure import BenchError, Cost, cost_of, in_turn, python, together, told
from autograder.bench.recorded_calls import agrees, passes
from autograder.bench.varied_class import DUE, KINDS, varied_class
from autograder.lessons import load_lesson

WELCOME, FORWARD = load_lesson("00_welcome"), load_lesson("03_forward")
SPIN = "import time\nwhile time.process_time() < 0.5: pass"


def deserved(samples, lesson):
    return {s.student: sum(sum(parts.values()) for parts in s.expected(lesson).values()) for s in samples}


# Equal work


@pytest.fixture(scope="module")
def samples():
    """Two right ones, three wrong ones, one half done and one not done."""
    return plain_class(FORWARD, 7)


@pytest.fixture(scope="module")
def points(samples):
    return deserved(samples, FORWARD)


def test_right_and_wrong_are_in_the_class(points):
    assert sorted(points.values()) == [0, 4, 5, 15, 20, 23, 23]


def test_pytest_gives_the_points_that_are_deserved(samples, points, tmp_path):
    cost = peers.by_pytest(FORWARD, samples, tmp_path / "work", jobs=2)
    assert peers.pytest_points(FORWARD, tmp_path / "work") == points
    assert cost.wall > 0 and cost.processor > 0


def test_the_recorded_calls_are_judged_in_a_process_as_by_pytest(samples, points):
    found = {}
    for sample in samples:
        namespace = FORWARD.define(sample.answers)
        lent = [{name: FORWARD.reference[name] for name in test.helpers} for test in recorded_tests(FORWARD)]
        found[sample.student] = sum(
            test.points
            for test, right in zip(recorded_tests(FORWARD), lent)
            if passes(namespace[test.exercise], right, test.calls)
        )
    assert found == points


@pytest.mark.slow
def test_nbgrader_gives_the_same_points_in_a_minimal_notebook_as_the_engine_in_the_lesson(tmp_path):
    whole, bare = plain_class(WELCOME, 3), minimal_class(WELCOME, 3)
    expected = deserved(whole, WELCOME)
    peers.by_nbgrader(WELCOME, bare, tmp_path / "nbgrader")
    by_engine(WELCOME, whole, tmp_path / "engine")
    assert peers.nbgrader_points(WELCOME, tmp_path / "nbgrader") == expected
    assert engine_points(tmp_path / "engine") == expected
    assert len(set(expected.values())) > 1


@pytest.mark.skipif(not peers.has_otter(), reason="otter-grader is not installed; OTTER_PYTHON names where it is")
def test_otter_gives_the_points_that_are_deserved(samples, points, tmp_path):
    peers.by_otter(FORWARD, samples, tmp_path / "work")
    assert peers.otter_points(tmp_path / "work") == points


def test_the_recording_has_every_test_and_all_points():
    tests = recorded_tests(FORWARD)
    assert sum(test.points for test in tests) == 23 and len({(t.exercise, t.name) for t in tests}) == len(tests)
    assert all(test.calls for test in tests)


@pytest.mark.parametrize(
    ("function", "agreed"),
    {
        lambda x: x + 1: True,
        lambda x: x + 1.001: False,
        lambda x: (x + 1)[:1]: False,
        lambda x: None: False,
        lambda x: x.fill(2) or x: False,
    }.items(),
)
def test_a_call_agrees_if_the_value_is_right_and_the_argument_left_alone(function, agreed):
    np = pytest.importorskip("numpy")
    assert agrees(function, (np.ones(3),), {}, [np.full(3, 2.0)], 1e-6, 0) is agreed


# Measuring


def test_the_time_of_processes_that_a_command_leaves_behind_counts():
    left = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {SPIN!r}])"
    cost = cost_of(python("-c", left))
    assert cost.processor >= 0.5


def test_other_children_of_this_process_are_left_alone():
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    cost_of(python("-c", "pass"))
    assert other.poll() is None
    other.communicate(b"\n")
    assert other.returncode == 0


def test_the_memory_of_all_processes_is_seen():
    hold = "import time; held = b'x' * 60_000_000; time.sleep(1)"
    command = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {hold!r}])"
    assert cost_of(python("-c", command)).megabytes > 60


def test_a_command_that_fails_is_told_with_what_it_said():
    with pytest.raises(BenchError, match="failed:\nno such class"):
        cost_of(python("-c", "raise SystemExit('no such ' + 'class')"))


def test_rounds_go_through_all_rows():
    order = []
    rows = {name: (lambda name=name: order.append(name) or Cost(1, 1)) for name in "ab"}
    assert [len(costs) for costs in in_turn(rows, 3).values()] == [3, 3] and "".join(order) == "ababab"


def test_the_median_is_told_with_the_least_and_the_most():
    assert told([3, 1, 200]) == "3.0 (1.0–200.0)" and told([1234], ",.0f") == "1,234 (1,234–1,234)"


def test_the_cost_of_two_commands_is_their_sum_and_their_memory_follows():
    both = together([Cost(2, 1, {1: 10}), Cost(3, 4, {1: 20})])
    assert (both.wall, both.processor, dict(both.memory), both.megabytes) == (5, 5, {1: 10, 3: 20}, 20)


# The large class


def test_a_large_class_is_the_same_each_time_and_its_first_students_do_not_depend_on_how_many_follow():
    assert list(varied_class(WELCOME, 5)) == list(varied_class(WELCOME, 9))[:5]


def test_a_large_class_has_all_kinds_in_time_and_late_and_no_two_the_same():
    found = list(varied_class(FORWARD, 150))
    assert {one.kind for one in found} == set(KINDS)
    assert 0 < sum(one.when > DUE for one in found) < 40
    own = [one.text for one in found if one.kind != "untouched"]
    assert len(set(own)) == len(own)
