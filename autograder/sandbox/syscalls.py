"""A filter of system calls: what no lesson needs, and no other wall of the sandbox stands around.

It denies memory that belongs to no process and so to no limit, keyrings, and the interfaces of the kernel in which ways
out of namespaces have been found.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

#: Name -> its number on x86_64 and on aarch64 (linux/arch/x86/entry/syscalls/syscall_64.tbl, scripts/syscall.tbl).
DENIED = {
    # memory outside of processes
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "vmsplice": (278, 75),
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    # keyrings: that of the user's session holds the user's keys
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # new namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "mount_setattr": (442, 442),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    # other processes, and the kernel's own machinery
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "open_by_handle_at": (304, 265),
}  # fmt: skip
#: Threads and processes, too, are made with these; with one of the flags, in namespaces of their own.
CLONE, CLONE3, NEW_NAMESPACES = (56, 220), (435, 435), 0x7E020000
#: Machine -> the kernel's number for it (linux/audit.h), and the place in DENIED.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
#: On x86_64, numbers from here on are the same calls again, for programs with short pointers.
X32 = 0x40000000

LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, DENY, UNKNOWN, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x80000000
NUMBER_AT, MACHINE_AT, FLAGS_AT = 0, 4, 16
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def deny() -> None:
    """Have this process, and all that it starts, get EPERM for what is denied; it must have no way to new rights.

    Raises:
        OSError: the numbers of this machine's calls are not known here, or the system takes no filter.
    """
    machine = os.uname().machine
    if machine not in MACHINES:
        raise OSError(f"the numbers of the system calls of {machine} are not known; known are {', '.join(MACHINES)}")
    steps = _steps(*MACHINES[machine])
    program = Program(len(steps), b"".join(steps))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")


def _steps(machine: int, place: int) -> list[bytes]:
    """The filter as the kernel reads it: a call in another machine's numbers kills; the rest is a list."""
    numbers = sorted(found[place] for found in DENIED.values())
    last = [
        _step(JUMP_IF_EQUAL, CLONE3[place], yes=4),  # its flags cannot be seen; the C library does without it
        _step(JUMP_IF_EQUAL, CLONE[place], no=2),
        _step(LOAD, FLAGS_AT),
        _step(JUMP_IF_ANY, NEW_NAMESPACES, yes=2),
        _step(RETURN, ALLOW),
        _step(RETURN, UNKNOWN),
        _step(RETURN, DENY),
    ]
    first = [
        _step(LOAD, MACHINE_AT),
        _step(JUMP_IF_EQUAL, machine, yes=1),
        _step(RETURN, KILL),
        _step(LOAD, NUMBER_AT),
        _step(JUMP_IF_AT_LEAST, X32, yes=len(numbers) + len(last) - 1),
    ]
    denied = [
        _step(JUMP_IF_EQUAL, number, yes=left + len(last) - 1)
        for left, number in zip(range(len(numbers) - 1, -1, -1), numbers)
    ]
    return [*first, *denied, *last]


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    """An instruction: what to do, with which number, and how many to leave out after a yes and after a no."""
    return struct.pack("=HBBI", code, yes, no, value)
