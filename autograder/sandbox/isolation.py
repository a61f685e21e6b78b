"""Shut strangers' code in: what this machine can do, and how the sandbox is built.

Around the zygote stands bubblewrap: a read-only system, the learner room, the data, no network, no other process, and
nothing else of the course or of the user. Inside of it each student's process gets namespaces, limits and a scratch
folder of its own (`zygote.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from autograder.errors import CourseError
from autograder.lessons import ROOT, Lesson
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
from autograder.sandbox.line import Line, WireError
from autograder.sandbox.syscalls import MACHINES
from autograder.sandbox.zygote import BRANCH, DONE, READY, SCRATCH

if TYPE_CHECKING:
    from autograder.sandbox.wire import Wire

#: How students' processes are shut in. As another user they cannot read the tests, and see the system and its network.
NAMESPACES, OWN_USER, NONE = "namespaces", "own user", "none"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")
#: What of a folder with a Python in it belongs to that: such a folder may be a home, or hold the course.
PYTHON = ("bin", "lib", "lib64", "share", "pyvenv.cfg")
#: What of the course a student's process may see: of the package these, and the data.
PACKAGE = ("__init__.py", "console.py", "errors.py", "lesson_names.py", "stored.py", "learner", "sandbox")
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
#: What draws pictures.
PICTURES = ("matplotlib.pyplot",)
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


@dataclass(frozen=True)
class Needs:
    """What students' processes find.

    Attributes:
        imports: modules that are loaded once, before any student.
        hidden: top-level packages that cannot be imported.
        lazy: modules that look imported, and are loaded by the process that uses them.
    """

    imports: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    lazy: tuple[str, ...] = ()


class Opening:
    """A zygote that starts while its caller goes on; its first process tells whether strangers' code is shut in there.

    Args:
        needs: what it loads.
    """

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._zygote: OwnZygote | None = None
        self._lacking = missing()
        if not self._lacking:
            with self._noting():
                self._zygote = OwnZygote(needs, isolated=True)

    def try_it(self) -> Level:
        """Wait for the zygote, have it start a process, and say what this machine can do."""
        if self._zygote:
            try:
                with self._noting(), contextlib.closing(Line(self._zygote.fork())) as line:
                    line.send_bytes(json.dumps(["run", 10, ["1"]]).encode(), b"")
                    line.receive_bytes(30)
            except WireError as error:
                self._lacking = explain(STUDENT_ANSWERS, str(error))
        if self._lacking:
            self.close()
        return Level(NONE, self._lacking) if self._lacking else Level(NAMESPACES)

    def zygote(self, trusted: bool) -> OwnZygote:
        """The zygote, or one at a lower level.

        Args:
            trusted: as for `require`.

        Raises:
            IsolationError: there is no isolation, and nobody has said that there need be none.
            StudentGone: it could not be started without any either.
        """
        level = _agreed(self.try_it(), trusted)
        if not self._zygote:
            self._zygote = OwnZygote(self._needs, isolated=False, own_user=level.name == OWN_USER)
        return self._zygote

    def close(self) -> None:
        """End all that it has started."""
        if self._zygote:
            self._zygote.close()
        self._zygote = None

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        """Note why the sandbox does not start."""
        try:
            yield
        except StudentGone as error:
            self._lacking = explain(error.step, error.said)
        except OSError as error:
            self._lacking = explain(STUDENT_ANSWERS, str(error))

    def __enter__(self) -> Opening:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def needs_of(lesson: Lesson, *, torch: bool | None = None, alone: bool = False) -> Needs:
    """What a lesson's answers need; torch is loaded, or not there, as in the lesson or as told.

    Args:
        alone: for one, who as a rule draws no picture; a class had better not load that for each student.
    """
    torch = lesson.uses_torch if torch is None else torch
    imports, hidden = (("numpy", "torch"), ()) if torch else (("numpy",), ("torch",))
    return Needs(imports, hidden, PICTURES) if alone else Needs(imports + PICTURES, hidden)


def zygote_for(lesson: Lesson, level: Level, *, torch: bool | None = None) -> OwnZygote:
    """Where processes for a lesson's answers come from, where it is known what can be had; see `needs_of`."""
    return OwnZygote(needs_of(lesson, torch=torch), level.name == NAMESPACES, own_user=level.name == OWN_USER)


def try_sandbox() -> Level:
    """Try the sandbox once and say what this machine can do."""
    with Opening(Needs()) as opening:
        return opening.try_it()


def require(trusted: bool) -> Level:
    """The level to run at.

    Args:
        trusted: the instructor has said that the submissions may run unprotected.

    Raises:
        IsolationError: there is no isolation, and nobody has said so.
    """
    return _agreed(try_sandbox(), trusted)


def _agreed(found: Level, trusted: bool) -> Level:
    if not hasattr(os, "fork"):
        raise IsolationError("submissions can be run on Linux and macOS. On Windows, use WSL.")
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
    """What starts students' processes when it is told to on a control socket.

    Args:
        control: the socket.
        level: how the processes are shut in.
    """

    def __init__(self, control: socket.socket, level: str) -> None:
        self._control, self.level = control, level

    @property
    def alive(self) -> bool:
        """Whether it lives."""
        poller = select.poll()
        poller.register(self._control, 0)  # that the other end is closed is told in any case
        return not poller.poll(0)

    def ready(self) -> None:
        """Wait until it has started."""

    def start(self, refused: tuple[str, ...] = ()) -> Wire:
        """As `fork`; the line speaks the judge's language."""
        from autograder.sandbox.wire import Wire  # imports NumPy, which only who judges needs

        return Wire(self.fork(refused))

    def fork(self, refused: tuple[str, ...] = ()) -> socket.socket:
        """End the student's process that is there, start a fresh one, and return the line to it.

        Args:
            refused: parts of the names of torch's operators that do not work there.

        Raises:
            StudentGone: it could not be started.
        """
        self.ready()
        here, there = socket.socketpair()
        try:
            socket.send_fds(self._control, [" ".join(["start", *refused]).encode()], [there.fileno()])
            self._expect(DONE, 60)
        except OSError as error:
            raise StudentGone(str(error)) from error
        finally:
            there.close()
        return here

    def end(self) -> None:
        """End the student's process that is there."""
        self.ready()
        self._control.send(b"end")
        self._expect(DONE, 60)

    def shared(self) -> Zygote | None:
        """The same for another process, to branch from; None where processes had a folder in common that is this one's.

        It can be handed to processes of `multiprocessing` when they are started.
        """
        self.ready()
        return Zygote(self._control, self.level) if self.level == NAMESPACES else None

    def branch(self) -> Zygote:
        """Another one that shares the memory of this one; it ends with it, or when it is closed.

        Many processes may ask for one at once: each is answered on a socket of its own.

        Raises:
            StudentGone: it could not be started.
        """
        self.ready()
        here, there = socket.socketpair()
        branch = Zygote(here, self.level)
        with there:
            try:
                socket.send_fds(self._control, [BRANCH.encode()], [there.fileno()])
            except OSError as error:
                branch.close()
                raise StudentGone(str(error)) from error
        branch._expect(READY, 60)
        return branch

    def close(self) -> None:
        """End all."""
        self._control.close()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _expect(self, word: str, seconds: float) -> None:
        self._control.settimeout(seconds)
        step = PYTHON_STARTS if word == READY else STUDENT_STARTS
        try:
            reply = self._control.recv(4096).decode()
        except TimeoutError:
            reply = f"no answer in {seconds:g} seconds"
        except OSError as error:
            reply = str(error)
        if not reply:
            reply = self._last_words()
            step = step_that_said(reply) if word == READY else step
        if reply != word:
            raise StudentGone(reply.removeprefix("! "), step)

    def _last_words(self) -> str:
        """What it said before it ended."""
        return "it ended"


class OwnZygote(Zygote):
    """A warm Python that forks students' processes. It starts while its maker goes on.

    Args:
        needs: what it loads.
        isolated: whether to build the sandbox.
        own_user: whether each process, if there is no sandbox, is another user's, which needs root's rights.
        sees: files and folders of the course, besides COURSE, that can be read in the sandbox.
        serves: what the processes do with their line: answer the judge on a "wire", or be a Jupyter "kernel".
    """

    def __init__(
        self,
        needs: Needs,
        isolated: bool,
        sees: tuple[str, ...] = (),
        serves: str = "wire",
        own_user: bool = False,
    ) -> None:
        here, there = socket.socketpair()
        super().__init__(here, NAMESPACES if isolated else OWN_USER if own_user else NONE)
        self._is_ready = False
        limits = LIMITS | LIMITS_OF[serves]
        terms = {"isolated": isolated, "own_user": own_user and not isolated, "limits": limits}
        settings = {"needs": vars(needs), "terms": terms, "serves": serves}
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
                command = [*_bubblewrap(needs.hidden, *sees), *command]
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

    def ready(self) -> None:
        """Wait until it has started.

        Raises:
            StudentGone: it has not.
        """
        if not self._is_ready:
            try:
                self._expect(READY, WARM_UP)
            except StudentGone:
                self._process.kill()
                raise
            self._is_ready = True

    @property
    def alive(self) -> bool:
        """Whether it lives."""
        return self._process.poll() is None

    def close(self) -> None:
        """End all."""
        super().close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()
        if self._folder:
            self._folder.cleanup()

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
