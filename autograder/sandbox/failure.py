"""Why the sandbox does not start: from the step that failed and what was said there, what that means and what to do.

What was said last is told in any case. What a cause can be read off, as a setting of the system, is read, not guessed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from autograder.sandbox.syscalls import MACHINES

#: The steps, one after another, as what is wrong when one fails.
BUBBLEWRAP_STARTS = "bubblewrap does not start"
BUBBLEWRAP_BUILDS = "bubblewrap could not build the sandbox"
PYTHON_STARTS = "Python does not start in the sandbox"
STUDENT_STARTS = "a process could not be shut in on its own"
STUDENT_ANSWERS = "a process was started in the sandbox and does not answer"
OUTSIDE, INSIDE = (BUBBLEWRAP_STARTS, BUBBLEWRAP_BUILDS), (PYTHON_STARTS, STUDENT_STARTS, STUDENT_ANSWERS)
ALL = (*OUTSIDE, *INSIDE)

#: Settings of the system that keep programs from making namespaces: the file, what it then holds, and what to do.
SETTINGS = (
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
    (
        "kernel/apparmor_restrict_unprivileged_userns", "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap an AppArmor profile with `userns`",
    ),
)  # fmt: skip
CONTAINER = "start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined"
SYSTEM = Path("/proc/sys")


def missing() -> str:
    """What this machine lacks before anything is tried, and what to do; an empty string if nothing is."""
    if sys.platform != "linux":
        return f"the sandbox needs Linux, and this is {sys.platform}"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
    if os.uname().machine not in MACHINES:
        return f"the sandbox knows the system calls of {' and '.join(MACHINES)}, and this is {os.uname().machine}"
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError) as error:
        return (
            f"the sandbox needs pidfd_open, which Linux has from 5.3 on; this is Linux {os.uname().release} ({error})"
        )
    return ""


def last_line(said: str) -> str:
    """The last line of what was said that is not empty."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")


def step_that_said(said: str) -> str:
    """Which step spoke last, if the sandbox ended before Python was ready in it."""
    if re.search(r"^bwrap: execvp ", last_line(said)):
        return PYTHON_STARTS
    spoke = last_line(said).startswith("bwrap: ") or "without a word" in said
    return BUBBLEWRAP_BUILDS if spoke else PYTHON_STARTS


def explain(step: str, said: str) -> str:
    """Say why a step failed, what to do about it, and what was said last.

    Args:
        step: one of the steps above.
        said: what was written to standard error there, or the error that was raised.
    """
    told = f"{step}: “{last_line(said)}”"
    for steps, pattern, cause in CAUSES:
        found = re.search(pattern, said, re.MULTILINE | re.IGNORECASE)
        if step in steps and found:
            return f"{cause(found)}. What happened: {told}"
    return f"{told}. This is none of the causes that are known here"


def _late(_: re.Match) -> str:
    return "the sandbox took too long, as on a machine that is very busy or whose disk is slow; try again"


def _old(found: re.Match) -> str:
    return f"this bubblewrap is too old: 0.5 or newer has {found[1]}, and this is {_version()}; install a newer one"


def _version() -> str:
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, timeout=5)
        return last_line(done.stdout)
    return "of unknown version"


def _unreadable(found: re.Match) -> str:
    return f"{found[1]} is not there, or may not be read by this user; let {_user()} read it and the folders above it"


def _user() -> str:
    return f"user {os.getuid()}"


def _proc(_: re.Match) -> str:
    more = "--security-opt systempaths=unconfined (podman: --security-opt unmask=ALL)"
    return f"the sandbox needs a /proc of its own, which containers refuse as a rule; start the container with {more}"


def _container_root(_: re.Match) -> str:
    return "root is here only the root of a container, without other users' numbers; run this as an ordinary user"


def _namespaces(_: re.Match) -> str:
    return f"this system lets no program of this user make namespaces: {'; '.join(_refusals())}"


def _refusals() -> Iterator[str]:
    """What keeps programs from making namespaces, as far as the system tells it, each with what to do."""
    found = False
    for name, refusing, remedy in SETTINGS:
        with suppress(OSError):
            if (SYSTEM / name).read_text().strip() == refusing:
                found = True
                yield f"{name.replace('/', '.')} is {refusing} (as root: {remedy})"
    if os.getuid() == 0 and not _may_administer():
        found = True
        yield "root lacks the right CAP_SYS_ADMIN here (run this as an ordinary user)"
    if _in_container():
        found = True
        yield f"this is a container, whose filter of system calls may refuse it ({CONTAINER})"
    if not found:
        yield "no setting that is known here says why (ask who administers it to let bwrap make user namespaces)"


def _in_container() -> bool:
    return any(map(os.path.exists, ("/.dockerenv", "/run/.containerenv"))) or "container" in os.environ


def _may_administer() -> bool:
    """Whether this process has CAP_SYS_ADMIN, number 21 in capabilities(7)."""
    with suppress(OSError, ValueError):
        status = Path("/proc/self/status").read_text()
        [granted] = re.findall(r"^CapEff:\s*(\w+)", status, re.MULTILINE)
        return bool(int(granted, 16) >> 21 & 1)
    return True


def _mounts(_: re.Match) -> str:
    advice = CONTAINER if _in_container() else "ask who administers it to let bwrap mount in namespaces of its own"
    return f"this system makes the namespaces and lets nothing be mounted in them; {advice}"


def _seccomp(_: re.Match) -> str:
    return (
        "this system takes no filter of system calls: its kernel lacks CONFIG_SECCOMP_FILTER, or a container forbids it"
    )


def _full(_: re.Match) -> str:
    return "a disk is full, or its user's share of it; make room there"


def _limits(_: re.Match) -> str:
    import resource  # not on Windows, where there is no sandbox

    names = {"RLIMIT_AS": "ulimit -v", "RLIMIT_NPROC": "ulimit -u", "RLIMIT_NOFILE": "ulimit -n"}
    low = {told: resource.getrlimit(getattr(resource, name))[0] for name, told in names.items()}
    set_here = [
        f"{told} is {value // 1024 if told == 'ulimit -v' else value}"
        for told, value in low.items()
        if value != resource.RLIM_INFINITY
    ]
    return f"memory, processes or open files have run out; raise the limits ({', '.join(set_here) or 'none is set'})"


def _no_python(found: re.Match) -> str:
    return f"{found[1]} is not there in the sandbox, or does not run there; use an environment that `make` has made"


def _no_module(found: re.Match) -> str:
    name = found[1].partition(".")[0]
    place = getattr(_found(name), "origin", None)
    if place:
        return (
            f"{name} lies in {place}, which the sandbox does not show; install it into the environment in {sys.prefix}"
        )
    return f"{sys.executable} has no module {name}; install the course there: pip install -c constraints.txt -e ."


def _found(name: str):
    with suppress(ImportError, ValueError):
        return importlib.util.find_spec(name)


def _no_library(found: re.Match) -> str:
    return (
        f"{sys.executable} needs {found[1]}, which the sandbox does not show; use an environment that `make` has made"
    )


def _not_run(_: re.Match) -> str:
    return f"{shutil.which('bwrap')} cannot be run; install bubblewrap anew (Debian, Ubuntu: apt install bubblewrap)"


def _killed(_: re.Match) -> str:
    return "the system killed it, as it does when the machine is out of memory; close other programs"


#: The steps at which something may be said, a pattern in it, and what it means; the first that fits counts.
CAUSES: tuple[tuple[tuple[str, ...], str, Callable[[re.Match], str]], ...] = (
    (ALL, r"no answer in|timed out|time ?up", _late),
    (
        ALL,
        r"temporarily unavailable|start new thread|cannot allocate|memoryerror|map segment|too many open files",
        _limits,
    ),
    (OUTSIDE, r"unknown option (\S+)", _old),
    (OUTSIDE, r"can't (?:find source path|get type of source|open|read) (/.*?):", _unreadable),
    (OUTSIDE, r"can't mount proc", _proc),
    ((STUDENT_STARTS,), r"setres[ug]id:|setgroups:", _container_root),
    # Too many namespaces are "no space left", too.
    (OUTSIDE, r"namespace|[ug]id[ _]map|setgroups|unshare|loopback|capabilit|capset|clone", _namespaces),
    ((STUDENT_STARTS,), r"unshare:|[ug]id_map|setgroups", _namespaces),
    ((STUDENT_STARTS,), r"seccomp", _seccomp),
    (ALL, r"no space left|quota exceeded", _full),
    ((BUBBLEWRAP_BUILDS, STUDENT_STARTS), r"mount|pivot_root|make / slave", _mounts),
    ((PYTHON_STARTS,), r"execvp (.*?): ", _no_python),
    ((PYTHON_STARTS,), r"no module named '(.+?)'", _no_module),
    ((PYTHON_STARTS,), r"loading shared libraries: (\S+):", _no_library),
    ((BUBBLEWRAP_STARTS,), r"denied: '(/.*?)'", _unreadable),
    ((BUBBLEWRAP_STARTS,), r"denied|format error|no such file", _not_run),
    (ALL, r"status (?:137|-9)\b", _killed),
)
