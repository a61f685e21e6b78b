"""The zygote: imports what lessons need once, and forks a student's process, shut in on its own, when it is asked to.

It runs inside of the sandbox that `isolation.py` builds. `start` on its control socket, with the student's end of a
wire and the names of operators to refuse, ends the student's process that is there and starts a fresh one; `end` only
ends it. `branch` has it fork another zygote, which has a control socket and a student of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.sandbox.refused_operators import libraries, refuse
from autograder.sandbox.syscalls import deny

#: Words on the control socket.
READY, DONE, BRANCH = "ready", "done", "branch"
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 0x4000, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
FIRST_NOBODY = 1_000_000_000
#: The only folder that a student may write to; outside of the sandbox there is none of this name.
SCRATCH = "/scratch"
#: Files and folders that a student may make.
MAX_FILES = 20_000
#: Seconds between two looks at what a student's processes take.
LOOK = 0.1


@dataclass(frozen=True)
class Terms:
    """On what terms a student's process runs.

    Attributes:
        isolated: whether it gets namespaces of its own, and gives up all rights.
        own_user: whether, without namespaces, it gives up all rights and is a user of its own.
        limits: `isolation.LIMITS`, and those of what is served.
        refused: parts of the names of torch's operators that do not work there.
    """

    isolated: bool
    own_user: bool
    limits: dict
    refused: tuple[str, ...] = ()


def _system(name: str, *args) -> None:
    """Call the C library.

    Raises:
        OSError: it failed.
    """
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _mount_scratch(place: str, size: int) -> None:
    options = f"size={size},nr_inodes={MAX_FILES},mode=0777".encode()
    _system("mount", b"tmpfs", place.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options)


def _end_with_parent() -> None:
    _system("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _go_first() -> None:
    """If the machine runs out of memory, have the system end this process, and what it starts, before any other."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _enter_own_namespaces(privileged: bool, limits: dict, hidden: Path | None) -> None:
    """New namespaces, an empty scratch folder, no view of other processes, and nothing in one folder."""
    uid, gid = os.getuid(), os.getgid()
    own = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    _system("unshare", own if privileged else own | CLONE_NEWUSER)
    if not privileged:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _system("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    _mount_scratch(SCRATCH, limits["scratch"])
    for place in filter(None, ("/proc", hidden)):
        _mount_scratch(str(place), 4096)
    os.chdir(SCRATCH)


def _become(nobody: int) -> None:
    """Be a user whom nobody else is, for good: it takes the rights of root."""
    _system("setgroups", 0, None)
    _system("setresgid", nobody, nobody, nobody)
    _system("setresuid", nobody, nobody, nobody)


def _lock_in(nobody: int, limits: dict) -> None:
    """Give up every right that is left, and set the limits.

    Args:
        nobody: the number of the user to be; 0 where there are no rights of root to be given up.
    """
    import resource  # not on Windows, where this file is only read

    if nobody:
        _become(nobody)
    else:
        # In one more user namespace: what was mounted before is locked there, whoever one is.
        _system("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    _system("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for what, number in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["scratch"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        highest = resource.getrlimit(what)[1]  # nobody without rights can go beyond what is set outside
        number = number if highest == resource.RLIM_INFINITY else min(number, highest)
        resource.setrlimit(what, (number, number))
    deny()


def _work(serves: str) -> Callable[[socket.socket], None]:
    """What a student's process does with its end of the line, made ready; it does not return."""
    if serves == "kernel":
        from autograder.sandbox import kernel

        return kernel.main
    from autograder.learner.shell import make_shell
    from autograder.sandbox import student
    from autograder.sandbox.wire import Wire

    shell = make_shell()
    return lambda line: student.main(Wire(line), shell)


def _be_the_student(fd: int, tell: int, work: Callable, terms: Terms, nobody: int) -> None:
    """Never returns. What goes wrong before the student's own work begins is written to `tell`, then closed."""
    import fcntl  # not on Windows

    tell = fcntl.fcntl(tell, fcntl.F_DUPFD, 10)  # out of the way of what follows
    os.dup2(fd, 3)
    os.closerange(4, tell)
    os.closerange(tell + 1, 65536)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    if terms.isolated or terms.own_user:
        try:
            _lock_in(nobody, terms.limits)
            _end_with_parent()  # after that: whoever becomes another user outlives its parent again
        except (OSError, ValueError) as error:
            os.write(tell, f"! {error}\n".encode())
            os._exit(1)
    os.close(tell)
    # Process 1 of a namespace is deaf to the limits' signals, so the student is its child. When that ends, it ends,
    # and with process 1 everything in the namespace.
    student = os.fork()
    if student:
        os.close(3)
        os.waitpid(student, 0)
        os._exit(0)
    import numpy as np

    np.random.seed(int.from_bytes(os.urandom(4), "big"))
    if torch := sys.modules.get("torch"):
        torch.default_generator.manual_seed(int.from_bytes(os.urandom(4), "big"))
        if terms.refused:
            refuse(terms.refused)
    work(socket.socket(fileno=3))


def _start(fd: int, work: Callable, terms: Terms) -> tuple[int, int, int]:
    """Fork a guard, which enters the namespaces, and in them the student, who is process 1 there.

    Returns:
        the process numbers of the guard and of the student, as the zygote sees them, and the user's number or 0.

    Raises:
        OSError: the system refuses the namespaces; the text says which step.
    """
    told, tell = os.pipe()
    privileged = os.getuid() == 0
    # Nobody's number but this student's: the system counts processes by user.
    nobody = FIRST_NOBODY + int.from_bytes(os.urandom(3), "big") if privileged else 0
    guard = os.fork()
    if guard == 0:
        try:
            os.close(told)
            if terms.isolated:
                _end_with_parent()
                _system("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
                _go_first()
                processes = os.open("/proc", os.O_DIRECTORY)
                _enter_own_namespaces(privileged, terms.limits, libraries() if terms.refused else None)
            else:
                os.setsid()
            student = os.fork()
            if student == 0:
                _be_the_student(fd, tell, work, terms, nobody)
            os.write(tell, str(student).encode())
            os.close(tell)
            if terms.isolated:
                try:
                    _end_if_greedy(student, processes, terms.limits)
                finally:  # nobody runs unwatched, whatever ended the watch
                    os.kill(student, signal.SIGKILL)
            os.waitpid(student, 0)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(tell, f"! {error}".encode())
        finally:
            os._exit(0)
    os.close(tell)
    answer = b""
    while part := os.read(told, 4096):
        answer += part
    os.close(told)
    number, failed, why = answer.partition(b"!")
    if failed or not number:
        os.waitpid(guard, 0)
        raise OSError(why.decode().strip().partition("\n")[0] or "the guard ended")
    return guard, int(number), nobody


def _end_if_greedy(student: int, processes: int, limits: dict) -> None:
    """Until process 1 of a namespace ends: kill it if all processes there together take too much.

    Args:
        processes: the open folder /proc, as the zygote sees it.
        limits: "memory", in bytes, besides what they share with the zygote; "others_seconds".
    """
    shared = sum(_memory(processes, os.getppid()))
    ended = os.pidfd_open(student)
    while not select.select([ended], [], [], LOOK)[0]:
        numbers = _descendants(processes, student)
        held = sum(max(own - shared, 0) + common for own, common in (_memory(processes, number) for number in numbers))
        if held > limits["memory"] or _others_seconds(processes, numbers, student) > limits["others_seconds"]:
            os.kill(student, signal.SIGKILL)


def _descendants(processes: int, first: int) -> list[int]:
    """The numbers of a process and of all below it: of a namespace's first one, all in there."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir(processes)):
        with contextlib.suppress(OSError):  # it has just ended
            parent = int(_read(f"{name}/stat", processes).rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(name))
    found = [first]
    for number in found:
        found += children.get(number, ())
    return found


def _others_seconds(processes: int, numbers: list[int], first: int) -> float:
    """Processor time of all but the student's own process, which is the eldest child of the first one."""
    ticks, children = 0, []
    for number in numbers:
        with contextlib.suppress(OSError):  # it has just ended
            text = _read(f"{number}/stat", processes)
            facts = text.rpartition(")")[2].split()  # from its state on, the third in proc_pid_stat(5)
            own, of_ended_children = (sum(map(int, facts[i : i + 2])) for i in (11, 13))
            ticks += own + of_ended_children
            children += [(int(facts[19]), own)] if int(facts[1]) == first else []
    return (ticks - min(children, default=(0, 0))[1]) / os.sysconf("SC_CLK_TCK")


def _memory(processes: int, number: int) -> tuple[int, int]:
    """Bytes that a process holds by itself, and those that it may hold together with others; files aside."""
    with contextlib.suppress(OSError):  # it has just ended
        for thread in _listed(f"{number}/task", processes):  # one that has ended tells nothing, and others may live on
            text = _read(f"{number}/task/{thread}/status", processes)
            lines = dict(line.partition(":")[::2] for line in text.splitlines())
            if "RssAnon" in lines:
                own, common = (1024 * int(lines[name].split()[0]) for name in ("RssAnon", "RssShmem"))
                return own, common
    return 0, 0


def _read(path: str, above: int) -> str:
    """The text of a file about a process; its name in there may be any bytes that a student gave it."""
    with open(os.open(path, os.O_RDONLY, dir_fd=above), encoding="utf-8", errors="replace") as file:
        return file.read()


def _listed(folder: str, above: int) -> list[str]:
    opened = os.open(folder, os.O_DIRECTORY, dir_fd=above)
    try:
        return os.listdir(opened)
    finally:
        os.close(opened)


def _end(guard: int, first: int, nobody: int, terms: Terms) -> None:
    """Kill process 1 of a student's namespace, and so all in it; without a namespace, the group of processes.

    As a user of its own, what has left the group ends with all that is this user's.

    The guard ends when process 1 has ended, and that one last of all: whoever waits for the guard finds nothing left.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(first, signal.SIGKILL) if terms.isolated else os.killpg(guard, signal.SIGKILL)
    os.waitpid(guard, 0)
    if terms.own_user:
        _end_all_of(nobody)


def _end_all_of(nobody: int) -> None:
    """Kill all processes of a user, by one of its own: so it cannot be anybody else's."""
    killer = os.fork()
    if killer == 0:
        try:
            _become(nobody)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(killer, 0)


def main() -> None:
    """Serve the control socket, whose number is the first argument, until it is closed."""
    gc.disable()  # what is imported stays
    import autograder.learner
    from autograder.learner.eager import leave_compiler_out
    from autograder.learner.shell import load_when_used

    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    needs = settings["needs"]
    sys.modules |= dict.fromkeys(needs["hidden"])  # importing them says that they are not there
    if settings["serves"] == "wire":
        leave_compiler_out()
    for module in needs["imports"]:
        importlib.import_module(module)
    if torch := sys.modules.get("torch"):
        torch.backends.cpu.get_cpu_capability()  # asks /proc, which a student's process does not have
    autograder.learner.use_one_thread()
    work, terms = _work(settings["serves"]), Terms(**settings["terms"])
    for module in needs["lazy"]:
        load_when_used(module)
    if terms.isolated or terms.own_user:
        _system("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    gc.collect()
    gc.freeze()  # what is here now is not looked at again in students' processes, and so need not be copied into them
    gc.enable()
    _serve(control, work, terms)
    os._exit(0)  # nothing here wants to be tidied up


def _serve(control: socket.socket, work: Callable, terms: Terms) -> None:
    """Do what is asked for on a control socket until it is closed; then end the student's process that is there."""
    control.send(READY.encode())
    running = None
    while True:
        request, fds, _, _ = socket.recv_fds(control, 4096, 1)
        if not request:
            break
        command, *refused = request.decode().split()
        if command == BRANCH:
            if os.fork() == 0:
                control.close()
                return _serve(socket.socket(fileno=fds[0]), work, terms)
            os.close(fds[0])
            continue
        try:
            if running:
                _end(*running, terms)
                running = None
            if command == "start":
                running = _start(fds[0], work, replace(terms, refused=tuple(refused)))
            control.send(DONE.encode())
        except OSError as error:
            control.send(f"! {error}".encode()[:4096])
        finally:
            for fd in fds:
                os.close(fd)
    if running:
        _end(*running, terms)


if __name__ == "__main__":
    main()
