"""A Jupyter kernel provisioner: the grader's warm, sandboxed process as a kernel, for nbgrader, nbval and nbclient.

In stock nbgrader the hidden tests run in the student's process, and the solutions can be read there. So this protects
the machine and the gradebook from strangers' notebooks, not the tests: `python -m autograder grade` protects both.

A kernel shares no folder with the machine. Its sockets are made here, where only this user can enter, and are handed
to it open: it can neither fill that place nor plant anything there.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import select
import signal
import socket
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo, port_names
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import List, Unicode

from autograder.sandbox.isolation import IsolationError, Needs, OwnZygote, StudentGone, Zygote, try_sandbox
from autograder.sandbox.line import WireError
from autograder.sandbox.wire import Wire

#: A debugger's server would need a network; without it, kernels say that they have none.
ABSENT = ("debugpy",)


class WarmZygotes:
    """This process's zygotes: each has one kernel at a time, and one of each kind is kept for the next."""

    def __init__(self) -> None:
        self._idle: dict[tuple, Zygote] = {}
        self._lock = threading.Lock()
        # The system ends a sandbox together with the thread that made it: one thread, which lasts, makes them all.
        self._maker = ThreadPoolExecutor(1)
        atexit.register(self.close)

    async def take(self, imports: tuple[str, ...], sees: tuple[str, ...]) -> Zygote:
        """A zygote that nobody uses.

        Raises:
            IsolationError: strangers' code cannot be shut in here.
        """
        return await asyncio.wrap_future(self._maker.submit(self._take, imports, sees))

    def _take(self, imports: tuple[str, ...], sees: tuple[str, ...]) -> Zygote:
        with self._lock:
            idle = self._idle.pop((imports, sees), None)
        if idle and idle.alive:
            return idle
        try:
            zygote = OwnZygote(Needs(imports, ABSENT), isolated=True, sees=sees, serves="kernel")
            zygote.ready()
            return zygote
        except (OSError, ValueError, StudentGone) as error:  # ValueError: Windows
            raise IsolationError(
                f"this kernel does not start: strangers' code cannot be shut in here: {try_sandbox().reason or error}."
            ) from error

    def give_back(self, zygote: Zygote, imports: tuple[str, ...], sees: tuple[str, ...]) -> None:
        """End what the zygote has started, and keep it for the next kernel."""
        try:
            zygote.end()
        except (OSError, StudentGone):
            return zygote.close()
        with self._lock:
            kept = self._idle.setdefault((imports, sees), zygote)
        if kept is not zygote:
            zygote.close()

    def close(self) -> None:
        """End those that are kept."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for zygote in idle.values():
            zygote.close()


@functools.cache
def warm_zygotes(process: int) -> WarmZygotes:
    """Those that a process has made: one that is forked from it makes its own."""
    return WarmZygotes()


class SandboxProvisioner(KernelProvisionerBase):
    """Starts kernels in the sandbox. The kernelspec beside this file chooses it, and sets what follows."""

    imports = List(Unicode(), ["numpy", "matplotlib.pyplot", "torch"], help="Modules that are loaded once for all.")
    sees = List(
        Unicode(),
        ["autograder/exercises", "autograder/lessons.py", "solutions"],
        help="Files and folders of the course that can be read, besides what learners have: what hidden tests need.",
    )

    _zygote: Zygote | None = None
    _line: socket.socket | None = None
    _folder: tempfile.TemporaryDirectory | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started, and nobody has waited for its end yet."""
        return self._line is not None

    async def pre_launch(self, **kwargs) -> dict:
        """Make the addresses at which clients find the kernel; a restarted one keeps them."""
        command = [*self.kernel_spec.argv, *kwargs.pop("extra_arguments", [])]
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="batchnorm-course-")
            _move(self.parent, Path(self._folder.name))
        manager: Any = self.parent
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        return await super().pre_launch(cmd=command, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs) -> KernelConnectionInfo:
        """Start the kernel, with the arguments in `cmd`, and of the environment only nbgrader's own variables.

        Raises:
            IsolationError: strangers' code cannot be shut in here.
            StudentGone: the kernel could not be started.
        """
        environment = {name: value for name, value in kwargs["env"].items() if name.startswith("NBGRADER_")}
        connection: dict[str, Any] = dict(self.connection_info)
        told = {
            "connection": connection | {"key": connection["key"].decode()},
            "arguments": cmd[len(self.kernel_spec.argv) :],
            "environment": environment,
        }
        try:
            self._zygote = await warm_zygotes(os.getpid()).take(*self._kind)
            self._line = self._zygote.fork()
            _hand_over(self._line, told)
        except BaseException as error:
            await self.cleanup()
            if isinstance(error, OSError | WireError):
                raise StudentGone(f"the kernel could not be started: {error}") from error
            raise
        return self.connection_info

    async def poll(self) -> int | None:
        """None while anything of the kernel runs: the guard over its namespace holds its line until all is gone."""
        return None if self._line is not None and _is_open(self._line) else 0

    async def wait(self) -> int | None:
        """Wait for the kernel's end."""
        while await self.poll() is None:
            await asyncio.sleep(0.02)
        if self._line is not None:
            self._line.close()
            self._line = None
        return 0

    async def send_signal(self, signum: int) -> None:
        """End the kernel, if that is what the signal is for. Interrupts come as messages."""
        if signum in (signal.SIGTERM, signal.SIGKILL):
            await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it has started."""
        if self._zygote:
            with suppress(OSError, StudentGone):
                self._zygote.end()

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Leave nothing of the kernel, but its addresses if it is started again."""
        if self._zygote:
            warm_zygotes(os.getpid()).give_back(self._zygote, *self._kind)
            self._zygote = None
            await self.wait()
        if self._folder and not restart:
            self._folder.cleanup()
            self._folder = None

    @property
    def _kind(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(self.imports), tuple(self.sees)


def _move(manager, folder: Path) -> None:
    """Have a manager, and the clients that it makes, look for its kernel's sockets in a folder."""
    manager.connection_file = str(folder / "connection.json")
    manager.transport, manager.ip = "ipc", str(folder / "kernel")
    for number, name in enumerate(port_names, start=1):
        setattr(manager, name, number)


def _hand_over(line: socket.socket, told: dict) -> None:
    """Tell a kernel what to be, and hand it sockets on which its clients can connect."""
    listeners = []
    try:
        for name in port_names:
            place = Path(f"{told['connection']['ip']}-{told['connection'][name]}")
            place.unlink(missing_ok=True)
            listeners.append(socket.socket(socket.AF_UNIX))
            listeners[-1].bind(str(place))
            listeners[-1].listen(100)
        socket.send_fds(line, [b"!"], [listener.fileno() for listener in listeners])
        Wire(line).send(told)
    finally:
        for listener in listeners:
            listener.close()


def _is_open(line: socket.socket) -> bool:
    poller = select.poll()
    poller.register(line, 0)  # a closed other end is told in any case
    return not poller.poll(0)
