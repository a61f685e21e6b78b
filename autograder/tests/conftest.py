"""In which order processes take the tests, the PostgreSQL server that they share, and tables printed after the run."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from autograder.learner import record

#: Where Debian's package `postgresql` has its programs; the newest version's come last.
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
#: Files that take longest, the longest first. Begun last, one of them would keep one process alone at work.
LONGEST = (
    "test_conformance.py", "test_threats.py", "test_grading.py", "test_stock_nbgrader.py", "test_gradescope.py",
    "test_sandbox.py", "test_build.py", "test_new.py", "test_environment.py", "test_attempt.py",
    "test_readiness.py", "test_audit.py", "test_standing_in.py", "test_provisioner.py", "test_keys.py",
)  # fmt: skip


def pytest_collection_modifyitems(config, items):
    """Where this is one of several processes: with `--dist loadfile`, files are begun in this order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_terminal_summary(terminalreporter):
    """Print what tests record as a table, whichever process ran them."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in report.user_properties:
            if name == "table" and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(text)


@pytest.fixture(autouse=True, scope="session")
def record_of_nobody(tmp_path_factory):
    """What kernels of tests note about their learners stays among the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(record.VARIABLE, str(tmp_path_factory.mktemp("record") / "record.jsonl"))
        yield


class Server:
    """A PostgreSQL server in a folder of its own, which only its socket leads to.

    Attributes:
        folder: its data and its socket.
        password: its only user's, `grader`.
    """

    #: Its clock is nobody's here, and it cuts off who keeps a transaction open without need, as many servers do.
    SETTINGS = ("listen_addresses=", "fsync=off", "timezone=Asia/Tokyo", "idle_in_transaction_session_timeout=2s")

    def __init__(self, folder):
        self.folder, self.password = folder, secrets.token_hex(8)
        (folder / "password").write_text(self.password)
        options = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
        who = ("--username=grader", f"--pwfile={folder / 'password'}")
        self._as_nobody("initdb", "--pgdata", folder / "data", *who, *options).wait()

    def start(self):
        options = [part for setting in self.SETTINGS for part in ("-c", setting)]
        self._running = self._as_nobody("postgres", "-D", self.folder / "data", "-k", self.folder, *options)
        deadline = time.monotonic() + 60
        while self._as_nobody("pg_isready", "--quiet", "--host", self.folder).wait():
            assert self._running.poll() is None and time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)

    def stop(self):
        """End it at once, whoever is connected."""
        self._running.send_signal(signal.SIGQUIT)
        self._running.wait()

    def url(self, database, password=""):
        return f"postgresql://grader:{password or self.password}@/{database}?host={self.folder}"

    def make(self, *options):
        """Make a database with a name of its own; its address."""
        name = f"gradebook_{secrets.token_hex(4)}"
        made = self._as_nobody("createdb", "--host", self.folder, "--username=grader", *options, name)
        assert made.wait() == 0
        return self.url(name)

    def _as_nobody(self, program, *arguments):
        """Start one of its programs; the server refuses to run as root."""
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.Popen(
            [POSTGRESQL[-1] / program, *map(str, arguments)],
            cwd=self.folder,
            env=os.environ | {"PGPASSWORD": self.password},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **who,
        )


@contextlib.contextmanager
def running_server():
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path may have 107 characters
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql():
    """A server that runs; each test makes databases of its own in it."""
    if not POSTGRESQL:
        pytest.skip("there is no /usr/lib/postgresql: apt install postgresql")
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_gradebook(request, tmp_path):
    """Address of a new gradebook: once a file, once on a server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gradebook.db"
    return request.getfixturevalue("postgresql").make()
