"""The zygote: imports what lessons need once, and forks a student's process, shut in on its own, when it is asked to.

It runs inside of the sandbox that `isolation.py` builds. `start` on its control socket, with the student's end of a
wire, ends the student's process that is there and starts a fresh one; `kill` only ends it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 2, 4, 0x4000, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
#: keyctl's number among the system's calls, which the C library has no function for.
KEYCTL = {"x86_64": 250, "aarch64": 219}
KEYCTL_JOIN_SESSION_KEYRING = 1
FIRST_NOBODY = 1_000_000_000
#: The only folder that a student may write to; outside of the sandbox there is none of this name.
SCRATCH = "/scratch"


def _system(name: str, *args) -> None:
    """Call the C library.

    Raises:
        OSError: it failed.
    """
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _mount_scratch(place: str, size: int) -> None:
    options = f"size={size},mode=0777".encode()
    _system("mount", b"tmpfs", place.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options)


def _go_first() -> None:
    """If the machine runs out of memory, have the system end this process, and what it starts, before any other."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _leave_keyring() -> None:
    """Take an empty keyring: that of the user's session holds the user's keys, and what is put there stays.

    Raises:
        OSError: the system has keyrings and gives none.
    """
    if number := KEYCTL.get(os.uname().machine):
        try:
            _system("syscall", number, KEYCTL_JOIN_SESSION_KEYRING, None)
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EPERM):  # none here, or nobody in here may use them
                raise


def _enter_own_namespaces(privileged: bool, limits: dict) -> None:
    """New namespaces, an empty scratch folder, and no view of other processes."""
    uid, gid = os.getuid(), os.getgid()
    own = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    _system("unshare", own if privileged else own | CLONE_NEWUSER)
    if not privileged:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _system("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    _mount_scratch(SCRATCH, limits["scratch"])
    _mount_scratch("/proc", 4096)
    os.chdir(SCRATCH)


def _lock_in(privileged: bool, limits: dict) -> None:
    """Give up every right that is left, and set the limits."""
    import resource  # not on Windows, where this file is only read

    if privileged:
        # Nobody's number but this student's: the system counts processes by user.
        nobody = FIRST_NOBODY + int.from_bytes(os.urandom(3), "big")
        os.setgroups([])
        os.setresgid(nobody, nobody, nobody)
        os.setresuid(nobody, nobody, nobody)
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
        resource.setrlimit(what, (number, number))


def _work(serves: str) -> Callable[[socket.socket], None]:
    """What a student's process does with its end of the line, made ready; it does not return."""
    if serves == "kernel":
        from autograder.sandbox.kernel import main

        return main
    from autograder.sandbox.student import main, make_shell
    from autograder.sandbox.wire import Wire

    shell = make_shell()
    return lambda line: main(Wire(line), shell)


def _be_the_student(fd: int, work: Callable, isolated: bool, privileged: bool, limits: dict) -> None:
    """Never returns."""
    os.dup2(fd, 3)
    os.closerange(4, 65536)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    if isolated:
        _lock_in(privileged, limits)
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
        torch.manual_seed(int.from_bytes(os.urandom(4), "big"))
    work(socket.socket(fileno=3))


def _start(fd: int, work: Callable, isolated: bool, limits: dict) -> tuple[int, int]:
    """Fork a guard, which enters the namespaces, and in them the student, who is process 1 there.

    Returns:
        the process numbers of the guard and of the student, as the zygote sees them.

    Raises:
        OSError: the system refuses the namespaces; the text says which step.
    """
    told, tell = os.pipe()
    privileged = os.getuid() == 0
    guard = os.fork()
    if guard == 0:
        try:
            os.close(told)
            if isolated:
                _system("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
                _system("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
                _go_first()
                _leave_keyring()
                _enter_own_namespaces(privileged, limits)
            else:
                os.setsid()
            student = os.fork()
            if student == 0:
                _be_the_student(fd, work, isolated, privileged, limits)
            os.write(tell, str(student).encode())
            os.close(tell)
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
    if not answer or answer.startswith(b"!"):
        os.waitpid(guard, 0)
        raise OSError(answer.decode()[2:] or "the guard ended")
    return guard, int(answer)


def _end(guard: int, first: int, isolated: bool) -> None:
    """Kill process 1 of a student's namespace, and so all in it; without a namespace, the group of processes.

    The guard ends when process 1 has ended, and that one last of all: whoever waits for the guard finds nothing left.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(first, signal.SIGKILL) if isolated else os.killpg(guard, signal.SIGKILL)
    os.waitpid(guard, 0)


def main() -> None:
    """Serve the control socket, whose number is the first argument, until it is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    sys.modules |= dict.fromkeys(settings["hidden"])  # importing them says that they are not there
    for module in settings["imports"]:
        importlib.import_module(module)
    if torch := sys.modules.get("torch"):
        torch.backends.cpu.get_cpu_capability()  # asks /proc, which a student's process does not have
    import autograder.learner

    autograder.learner.use_one_thread()
    work = _work(settings["serves"])
    if settings["isolated"]:
        _system("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    control.send(b"ready")
    running = None
    while True:
        command, fds, _, _ = socket.recv_fds(control, 64, 1)
        if not command:
            break
        try:
            if running:
                _end(*running, settings["isolated"])
                running = None
            if command == b"start":
                running = _start(fds[0], work, settings["isolated"], settings["limits"])
            control.send(b"done")
        except OSError as error:
            control.send(f"! {error}".encode()[:4096])
        finally:
            for fd in fds:
                os.close(fd)
    if running:
        _end(*running, settings["isolated"])


if __name__ == "__main__":
    main()
