"""A class judged on the workers of a real Dask cluster gets what it gets here, whoever dies meanwhile.

`KILLS=10 python -m pytest -n0 autograder/tests/test_cluster.py -k dies` lets them die ten times.
"""

import contextlib
import copy
import gzip
import os
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import nbformat
import psutil
import pytest
import yaml

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import main
from autograder.grading import cluster, grade, sample_class
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder, regrade
from autograder.grading.pool import NobodyJudges
from autograder.lessons import ROOT, load_lesson

pytest.importorskip("distributed", reason="the package distributed is not installed")
dask_config = pytest.importorskip("dask.config")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be graded on Windows"),
]

NAME = "00_welcome"
LESSON = load_lesson(NAME)
ANSWERS = ["def center(x):\n    return x - x.mean(axis=0)", "def center(x):\n    return x - x.mean()"]
STUDENTS, WORKERS = 16, 2
REPEATS = int(os.environ.get("KILLS", "1"))


class Dask:
    """A cluster on this machine. What supervises it starts each worker again that ends, as systemd would."""

    def __init__(self, folder, protocol="tcp"):
        self._folder, self._supervisors = folder, []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.address = f"{protocol}://127.0.0.1:{self._port}"
        self.start_scheduler()

    def start_scheduler(self):
        self._scheduler = self._start("scheduler", "--port", self._port, "--protocol", self.address.split(":")[0])

    def stop_scheduler(self):
        self._scheduler.kill()
        self._scheduler.wait()

    def start_worker(self, *options, **env):
        """Start a worker, and another one whenever it ends."""
        command = f'while true; do {sys.executable} -m dask worker "$@"; sleep 0.2; done'
        given = [self.address, "--nthreads", "1", *(options or ["--no-nanny"])]
        started = self._start("worker", *given, begin=["/bin/sh", "-c", command, "sh"], **env)
        self._supervisors.append(started)
        return started

    def workers(self):
        """The workers' processes."""
        return [child for one in self._supervisors for child in psutil.Process(one.pid).children() if is_dask(child)]

    def _start(self, what, *options, begin=None, **env):
        begin = begin or [sys.executable, "-m", "dask", what]
        common = ["--no-dashboard", "--host", "127.0.0.1"]
        return subprocess.Popen(
            [*begin, *map(str, options), *common],
            cwd=self._folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def close(self):
        for process in (*self._supervisors, self._scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_dask(process):
    with contextlib.suppress(psutil.Error):
        return "dask" in process.cmdline()
    return False


@pytest.fixture
def empty(tmp_path):
    """A cluster without workers."""
    (tmp_path / "dask").mkdir()
    dask = Dask(tmp_path / "dask")
    yield dask
    dask.close()


@pytest.fixture
def dask(empty):
    for _ in range(WORKERS):
        empty.start_worker()
    return empty


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A class: right, wrong, right, wrong, one file packed, one cut off, and one that is a link."""
    released = release(LESSON, make_notebook(LESSON))
    folder = tmp_path_factory.mktemp("class")
    for number in range(STUDENTS):
        made = copy.deepcopy(sample_class.filled(released, {"center": ANSWERS[number % 2]}))
        made.cells.append(nbformat.v4.new_markdown_cell(f"I am {number}.", id="me"))
        write(folder, f"student{number:02}", nbformat.writes(made))
    write(folder, "packed", "").write_bytes(gzip.compress(nbformat.writes(made).encode()))
    write(folder, "cut", nbformat.writes(made)[:2000])
    write(folder, "link", "").unlink()
    (folder / "link" / NAME / f"{NAME}.ipynb").symlink_to(folder / "student00" / NAME / f"{NAME}.ipynb")
    return folder


@pytest.fixture
def with_a_slow_one(handed_in, tmp_path):
    """The class, and one more whose work is under way while everything else is finished."""
    folder = shutil.copytree(handed_in, tmp_path / "class", symlinks=True)
    answer = f"import time\n\ntime.sleep(8)\n\n\n{ANSWERS[0]}"
    made = sample_class.filled(release(LESSON, make_notebook(LESSON)), {"center": answer})
    write(folder, "zoe", nbformat.writes(made))
    return folder


def write(folder, student, text):
    path = folder / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def here(handed_in, tmp_path_factory):
    """What the class gets on this machine."""
    return grade_folder(NAME, handed_in, Classroom.apart(tmp_path_factory.mktemp("here")), jobs=2, trusted=True)


@pytest.fixture
def at(monkeypatch):
    """Have something done when grading has come so far."""

    def when(number, act):
        def say(line):
            said.append(line)
            if line.startswith(f"[{number}/"):
                act()

        monkeypatch.setattr(grade, "say_progress", say)
        monkeypatch.setattr(cluster, "say_progress", say)
        return said

    said = []
    return when


def test_a_class_gets_the_same_as_here_and_the_second_time_nothing_is_judged(dask, handed_in, here, tmp_path, at):
    said = at(0, None)
    room = Classroom.apart(tmp_path / "room")
    assert grade_folder(NAME, handed_in, room, trusted=True, cluster=dask.address) == here
    kept = {path: path.stat().st_mtime_ns for path in (room.root / "results").rglob("*.json")}
    again = regrade(NAME, room, trusted=True, cluster=dask.address)
    assert {row.student: row.points for row in again} == {r.student: r.points for r in here if r.points is not None}
    assert len(kept) == STUDENTS + 1 and all(path.stat().st_mtime_ns == changed for path, changed in kept.items())
    assert any("isolation: namespaces" in line or "isolation: none" in line for line in said)


def test_two_graders_share_a_cluster(dask, handed_in, here, tmp_path):
    def graded(place):
        return grade_folder(NAME, handed_in, Classroom.apart(tmp_path / place), trusted=True, cluster=dask.address)

    with ThreadPoolExecutor(2) as graders:
        assert list(graders.map(graded, ("one", "two"))) == [here, here]


def test_with_certificates_as_the_page_says_it_is_the_same(handed_in, here, tmp_path, monkeypatch):
    page = (ROOT / "autograder" / "grading" / "cluster.md").read_text(encoding="utf-8")
    for command in re.findall(r"\$ (openssl .*)", page):
        subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    settings = yaml.safe_load(re.search(r"```yaml\n(   distributed:(?:.|\n)*?)```", page)[1])
    text = yaml.safe_dump(settings).replace("/home/grader-batchnorm/tls", str(tmp_path))
    (tmp_path / "distributed.yaml").write_text(text)
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))
    dask = Dask(tmp_path, "tls")
    room = Classroom.apart(tmp_path / "room")
    with contextlib.closing(dask), dask_config.set(dask_config.merge(dask_config.config, yaml.safe_load(text))):
        dask.start_worker()
        assert grade_folder(NAME, handed_in, room, trusted=True, cluster=dask.address) == here


@pytest.mark.parametrize("number", range(REPEATS))
def test_a_worker_that_dies_costs_nobody_anything(dask, handed_in, here, tmp_path, at, number):
    def kill_one():
        victim = random.choice(dask.workers())
        started = victim.children(recursive=True)
        victim.kill()
        assert started and not psutil.wait_procs(started, timeout=30)[1], "something survives the worker"

    at(random.randrange(1, STUDENTS), kill_one)
    assert grade_folder(NAME, handed_in, Classroom.apart(tmp_path / "r"), trusted=True, cluster=dask.address) == here


def test_when_all_workers_die_grading_goes_on_with_those_that_come(dask, with_a_slow_one, here, tmp_path, at):
    def kill_all():
        for worker in dask.workers():
            worker.kill()

    at(8, kill_all)
    room = Classroom.apart(tmp_path / "r")
    *all_but_zoe, zoe = grade_folder(NAME, with_a_slow_one, room, trusted=True, cluster=dask.address)
    assert all_but_zoe == here and zoe.points == zoe.max_points


@pytest.mark.parametrize("number", range(REPEATS))
def test_a_scheduler_that_dies_and_comes_back_is_waited_for(dask, handed_in, here, tmp_path, at, number):
    def come_back():
        dask.stop_scheduler()
        time.sleep(random.random() * 3)
        dask.start_scheduler()

    said = at(random.randrange(1, STUDENTS), come_back)
    assert grade_folder(NAME, handed_in, Classroom.apart(tmp_path / "r"), trusted=True, cluster=dask.address) == here
    assert sum(line.startswith("[") for line in said) == len(here)


def test_a_scheduler_that_stays_away_ends_grading_with_a_word_and_what_was_finished_is_kept(
    dask, with_a_slow_one, here, tmp_path, at, monkeypatch
):
    monkeypatch.setattr(cluster, "PATIENCE", 5)
    monkeypatch.setattr(cluster, "ANSWER", 1)
    room = Classroom.apart(tmp_path / "room")
    said = at(8, dask.stop_scheduler)
    with pytest.raises(NobodyJudges, match=rf"{dask.address}: the scheduler has not answered for 5 seconds.*is kept"):
        grade_folder(NAME, with_a_slow_one, room, trusted=True, cluster=dask.address)
    assert any(line.startswith(f"The scheduler {dask.address} is lost. Waiting") for line in said)
    kept = {path: path.stat().st_mtime_ns for path in (room.root / "results").rglob("*.json")}
    assert len(kept) >= 6
    points = {row.student: row.points for row in grade_folder(NAME, with_a_slow_one, room, jobs=2, trusted=True)}
    assert points == {row.student: row.points for row in here} | {"zoe": points["student00"]}
    assert all(path.stat().st_mtime_ns == changed for path, changed in kept.items())


def test_a_worker_with_other_tests_is_named_and_gets_nothing(empty, handed_in, here, tmp_path, at):
    other = tmp_path / "other"
    left_out = shutil.ignore_patterns("classroom", "__pycache__", ".*", "*.egg-info", "*.zip")
    shutil.copytree(ROOT, other, ignore=left_out)
    with (other / "autograder" / "exercises" / "welcome" / "center" / "tests.py").open("a") as file:
        file.write("# changed\n")
    empty.start_worker(PYTHONPATH=str(other))
    with pytest.raises(NobodyJudges, match=r"no worker may judge(.|\n)*tcp://127.0.0.1:\d+: it would judge otherwise"):
        grade_folder(NAME, handed_in, Classroom.apart(tmp_path / "r"), trusted=True, cluster=empty.address)
    empty.start_worker()
    said = at(0, None)
    time.sleep(3)
    assert grade_folder(NAME, handed_in, Classroom.apart(tmp_path / "r"), trusted=True, cluster=empty.address) == here
    assert sum("it would judge otherwise: course is" in line for line in said) == 1


def test_a_worker_that_cannot_shut_submissions_in_is_refused_unless_they_are_trusted(empty, handed_in, here, tmp_path):
    empty.start_worker(PATH=str(tmp_path))
    given = NAME, handed_in, Classroom.apart(tmp_path / "r")
    with pytest.raises(NobodyJudges, match="IsolationError: strangers' code cannot be shut in here"):
        grade_folder(*given, cluster=empty.address)
    points = {row.student: row.points for row in grade_folder(*given, trusted=True, cluster=empty.address)}
    assert points == {row.student: row.points for row in here}


def test_a_worker_under_a_nanny_is_told_how_to_start(empty, handed_in, tmp_path):
    empty.start_worker("--nanny")
    with pytest.raises(NobodyJudges, match="dask worker --no-nanny"):
        grade_folder(NAME, handed_in, Classroom.apart(tmp_path / "r"), cluster=empty.address)


@pytest.mark.parametrize("address", ["nonsense://x:1", "tcp://", "127.0.0.1:1", "tls://127.0.0.1:1"])
def test_an_address_that_cannot_be_used_is_told(address, handed_in, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(Classroom, "of_the_course", classmethod(lambda cls: Classroom.apart(tmp_path)))
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    assert main(["grade", NAME, "--submissions", str(handed_in), "--cluster", address]) == 2
    assert address in capsys.readouterr().err


def test_a_missing_package_is_named_with_what_installs_it(handed_in, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(Classroom, "of_the_course", classmethod(lambda cls: Classroom.apart(tmp_path)))
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["grade", NAME, "--submissions", str(handed_in), "--cluster", "tcp://127.0.0.1:1"]) == 2
    assert "pip install -c constraints.txt distributed" in capsys.readouterr().err
