"""Shut strangers' code in: what this machine can do, and how the sandbox is built.

Around the zygote stands bubblewrap: a read-only system, the learner room, the data, no network, no other process, and
nothing else of the course or of the user. Inside of it each student's process gets namespaces, limits and a scratch
folder of its own (`zygote.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from autograder.errors import CourseError
from autograder.lessons import ROOT
from autograder.sandbox.failure import (
    BUBBLEWRAP_STARTS,
    PYTHON_STARTS,
    STUDENT_ANSWERS,
    STUDENT_STARTS,
    explain,
    last_line,
    missing,
    step_that_said,
)
from autograder.sandbox.syscalls import MACHINES
from autograder.sandbox.wire import Wire, WireError
from autograder.sandbox.zygote import SCRATCH

#: How students' processes are shut in. As another user they cannot read the tests, and see the system and its network.
NAMESPACES, OWN_USER, NONE = "namespaces", "own user", "none"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")
#: What of a folder with a Python in it belongs to that: such a folder may be a home, or hold the course.
PYTHON = ("bin", "lib", "lib64", "share", "pyvenv.cfg")
#: What of the course a student's process may see: of the package these, and the data.
PACKAGE = ("__init__.py", "console.py", "errors.py", "lesson_names.py", "learner", "sandbox")
COURSE = (*(f"autograder/{name}" for name in PACKAGE), "data")
#: What of the course no student's process may read where it is only another user.
CLOSED = ("autograder/exercises", "autograder/grading", "solutions", "gradescope.json")
#: Bytes of memory and of files, and numbers of open files and of seconds that a student's process may use.
LIMITS = {
    "memory": 4 * 2**30,
    "scratch": 200 * 2**20,
    "files": 256,
    "cpu_seconds": 300,
}
#: Processes and threads, and seconds of processor time of all further processes together, by what they serve: little,
#: since they take the processor from students beside. A kernel has a dozen threads of its own, and may work for hours.
LIMITS_OF = {
    "wire": {"processes": 16, "others_seconds": 30},
    "kernel": {"processes": 64, "others_seconds": 3600},
}
#: Variables by which libraries compute as another processor would; where they are set, students' processes do so too.
ARITHMETIC = (
    "OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA",
    "NPY_DISABLE_CPU_FEATURES",
)  # fmt: skip
#: Seconds for the zygote to import what lessons need.
WARM_UP = 120


class IsolationError(CourseError):
    """Strangers' code cannot be shut in here; the message says what to install or to pass."""


class StudentGone(RuntimeError):
    """A student's process could not be started.

    Attributes:
        step: at which step of starting it, of those in `failure.py`.
        said: all that was said there.
    """

    def __init__(self, said: str, step: str = STUDENT_STARTS) -> None:
        super().__init__(last_line(said))
        self.step, self.said = step, said


@dataclass(frozen=True)
class Level:
    """What isolation can be had.

    Attributes:
        name: NAMESPACES, OWN_USER or NONE.
        reason: why there is none, and what to do.
    """

    name: str
    reason: str = ""


def try_sandbox() -> Level:
    """Try the sandbox once and say what this machine can do."""
    if lacking := missing():
        return Level(NONE, lacking)
    try:
        with Zygote(imports=(), isolated=True) as zygote:
            wire = zygote.start()
            wire.send(["run", 10, ["1"]])
            wire.receive(30)
            wire.close()
    except StudentGone as error:
        return Level(NONE, explain(error.step, error.said))
    except (WireError, OSError) as error:
        return Level(NONE, explain(STUDENT_ANSWERS, str(error)))
    return Level(NAMESPACES)


def require(trusted: bool) -> Level:
    """The level to run at.

    Args:
        trusted: the instructor has said that the submissions may run unprotected.

    Raises:
        IsolationError: there is no isolation, and nobody has said so.
    """
    if not hasattr(os, "fork"):
        raise IsolationError("submissions can be run on Linux and macOS. On Windows, use WSL.")
    found = try_sandbox()
    if found.name == NONE and not trusted:
        raise IsolationError(
            f"strangers' code cannot be shut in here: {found.reason}. To run it all the same, with your own rights, "
            "pass --trust-submissions."
        )
    return Level(OWN_USER, found.reason) if found.name == NONE and _can_be_another_user() else found


def _can_be_another_user() -> bool:
    """Whether other users can read what a student's process needs, and no test: somebody has seen to that.

    In a container that may make no namespaces, this is what is left.
    """
    if sys.platform != "linux" or os.getuid() != 0 or os.uname().machine not in MACHINES:
        return False
    needed = [*_python(), *_packages(), *(ROOT / place for place in COURSE)]
    closed = [ROOT / place for place in CLOSED if (ROOT / place).exists()]
    return all(map(_is_open, needed)) and not any(map(_is_open, closed))


def _is_open(path: Path) -> bool:
    """Whether other users can read what is there."""
    way = all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
    return way and bool(path.stat().st_mode & 0o004)


class Zygote:
    """A warm Python that forks students' processes.

    Args:
        imports: modules that are loaded once, before any student.
        isolated: whether to build the sandbox.
        own_user: whether each process, if there is no sandbox, is another user's, which needs root's rights.
        hidden: top-level packages that students' processes cannot import.
        sees: files and folders of the course, besides COURSE, that can be read in the sandbox.
        serves: what the processes do with their line: answer the judge on a "wire", or be a Jupyter "kernel".
    """

    def __init__(
        self,
        imports: tuple[str, ...],
        isolated: bool,
        hidden: tuple[str, ...] = (),
        sees: tuple[str, ...] = (),
        serves: str = "wire",
        own_user: bool = False,
    ) -> None:
        self.level = NAMESPACES if isolated else OWN_USER if own_user else NONE
        here, there = socket.socketpair()
        self._control = here
        limits = LIMITS | LIMITS_OF[serves]
        terms = {"isolated": isolated, "own_user": own_user and not isolated, "limits": limits}
        settings = {"imports": imports, "hidden": hidden, "terms": terms, "serves": serves}
        command = [sys.executable, "-m", "autograder.sandbox.zygote", str(there.fileno()), json.dumps(settings)]
        self._folder = None if isolated else tempfile.TemporaryDirectory(prefix="batchnorm-course-")
        scratch = self._folder.name if self._folder else SCRATCH
        if self._folder and own_user:
            os.chmod(scratch, 0o777)
        environment = {
            "PATH": "/usr/bin:/bin",
            # This copy of the course, whether it is installed or not, and whichever other one is.
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *_packages()))),
            "LANG": "C.UTF-8",
            "MPLBACKEND": "agg",
            "HOME": scratch,
            "TMPDIR": scratch,
        }
        environment |= {name: os.environ[name] for name in ARITHMETIC if name in os.environ}
        try:
            if isolated:
                command = [*_bubblewrap(hidden, *sees), *command]
            self._process = subprocess.Popen(
                command,
                pass_fds=[there.fileno()],
                cwd="/" if isolated else scratch,
                env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            here.close()
            raise StudentGone(str(error), BUBBLEWRAP_STARTS) from error
        finally:
            there.close()
        self._stderr = cast(IO[bytes], self._process.stderr)
        try:
            self._expect("ready", WARM_UP)
        except StudentGone:
            self._process.kill()
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can start processes."""
        return self._process.poll() is None

    def start(self, refused: tuple[str, ...] = ()) -> Wire:
        """As `fork`; the line speaks the judge's language."""
        return Wire(self.fork(refused))

    def fork(self, refused: tuple[str, ...] = ()) -> socket.socket:
        """End the student's process that is there, start a fresh one, and return the line to it.

        Args:
            refused: parts of the names of torch's operators that do not work there.

        Raises:
            StudentGone: it could not be started.
        """
        here, there = socket.socketpair()
        try:
            socket.send_fds(self._control, [" ".join(["start", *refused]).encode()], [there.fileno()])
            self._expect("done", 60)
        except OSError as error:
            raise StudentGone(str(error)) from error
        finally:
            there.close()
        return here

    def end(self) -> None:
        """End the student's process that is there."""
        self._control.send(b"end")
        self._expect("done", 60)

    def close(self) -> None:
        """End all."""
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()
        if self._folder:
            self._folder.cleanup()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _expect(self, word: str, seconds: float) -> None:
        self._control.settimeout(seconds)
        step = PYTHON_STARTS if word == "ready" else STUDENT_STARTS
        try:
            reply = self._control.recv(4096).decode()
        except TimeoutError:
            reply = f"no answer in {seconds:g} seconds"
        except OSError as error:
            reply = str(error)
        if not reply:
            reply = self._last_words()
            step = step_that_said(reply) if word == "ready" else step
        if reply != word:
            raise StudentGone(reply.removeprefix("! "), step)

    def _last_words(self) -> str:
        """What it said before it ended, or, if that is nothing, how it ended."""
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
        os.set_blocking(self._stderr.fileno(), False)  # what it started may hold the other end
        said = (self._stderr.read() or b"").decode(errors="replace").strip()
        return said or f"it ended without a word, with status {self._process.wait()}"


def _bubblewrap(hidden: tuple[str, ...], *sees: str) -> list[str]:
    """The command that builds the sandbox around what follows it."""
    command = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    command += ["--cap-add", "ALL"] if os.getuid() == 0 else ["--unshare-user"]
    command += ["--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
    command += ["--dir", "/tmp", "--dir", SCRATCH, "--tmpfs", "/dev/shm"]
    system = [path for path in map(Path, SYSTEM) if path.exists()]
    seen = [*_python(), *_packages(), *(ROOT / place for place in (*COURSE, *sees))]
    links = [link for link in _links() if not any(link.is_relative_to(path) for path in (*system, *seen))]
    for parent in sorted({parent for path in (*seen, *links) for parent in path.parents if parent != Path("/")}):
        command += ["--perms", "0755", "--dir", str(parent)]
    for path in (*system, *seen, *links):
        # A link stays one: what is hidden in the folder that it leads to must be so under both names.
        link = path.is_symlink()
        command += ["--symlink", os.readlink(path), str(path)] if link else ["--ro-bind", str(path), str(path)]
    for folder in sorted({folder for package in hidden for folder in _installed(package)}):
        command += ["--tmpfs", str(folder)]
    # Nothing that one student writes may be there for the next: only the scratch folder, each one's own, is writable.
    for place in ("/dev/shm", "/dev", "/"):
        command += ["--remount-ro", place]
    return [*command, "--tmpfs", SCRATCH, "--chdir", SCRATCH, "--"]


def _python() -> list[Path]:
    """What makes up this Python and does not lie in the system's own; an outer one before those in it."""
    own = [path for path in _prefixes() if not path.is_relative_to("/usr") and path != Path("/")]
    return [path / part for path in own for part in PYTHON if (path / part).exists()]


def _prefixes() -> list[Path]:
    """Folders that this Python, or the one that it was made from, is installed in."""
    found = (sys.base_prefix, sys.prefix, Path(sys.executable).resolve().parent.parent)
    return sorted({Path(path).resolve() for path in found})


def _packages() -> list[Path]:
    """Folders of packages that this Python finds outside of what it is installed in, such as its user's own."""
    inside = [Path("/usr"), *(path for path in _prefixes() if path != Path("/"))]
    found = [Path(place).resolve() for place in sys.path if place.endswith("-packages") and Path(place).is_dir()]
    return [path for path in found if not any(path.is_relative_to(prefix) for prefix in inside)]


def _links() -> list[Path]:
    """Symbolic links on the ways to this Python, as to an environment that is linked to from the course's folder."""
    home = Path(getattr(sys, "_base_executable", None) or sys.executable)
    ways = [Path(sys.prefix), Path(sys.base_prefix), home, Path(sys.executable)]
    return list(dict.fromkeys(link for way in ways for link in _links_of(way)))


def _links_of(way: Path) -> Iterator[Path]:
    """The symbolic links that are followed, one after another, to where a path leads."""
    at, parts = Path(way.anchor), list(way.parts[1:])
    while parts:
        part = parts.pop(0)
        here = at.parent if part == ".." else at / part
        if here.is_symlink():
            yield here
            target = Path(os.readlink(here))
            at = Path(target.anchor) if target.is_absolute() else at
            parts = [*target.relative_to(target.anchor).parts, *parts]
        else:
            at = here


def _installed(package: str) -> Iterator[Path]:
    """Folders that hold a package, this Python's or that of another one which can be seen in the sandbox."""
    for prefix in (*_prefixes(), Path("/usr"), Path("/usr/local")):
        for found in prefix.glob(f"lib*/python3*/*-packages/{package}/"):
            yield found.resolve()
    yield from (folder / package for folder in _packages() if (folder / package).is_dir())
