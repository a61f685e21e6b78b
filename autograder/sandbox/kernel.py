"""What a student's process runs to be a Jupyter kernel: ipykernel, on sockets that are handed to it.

Only the zygote starts it: run as a program, where nothing is shut in, this module does nothing.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.connect import port_names

from autograder.sandbox.wire import Wire


class HandedHeartbeat(Heartbeat):
    """ipykernel's heartbeat, on an open socket."""

    listener: int

    def _try_bind_socket(self) -> None:
        _listen_on(self.socket, self.listener)


class HandedKernelApp(IPKernelApp):
    """ipykernel, on open sockets: the paths at which clients find them are not to be seen in the sandbox."""

    name = "ipython-kernel"
    listeners: dict[int, int]

    def _try_bind_socket(self, s: zmq.Socket, port: int) -> int:
        _listen_on(s, self.listeners[port])
        return port

    def init_heartbeat(self) -> None:
        """As ipykernel's."""
        self.heartbeat = HandedHeartbeat(zmq.Context(), (self.transport, self.ip, self.hb_port))
        self.heartbeat.listener = self.listeners[self.hb_port]
        self.heartbeat.start()


def _listen_on(zmq_socket: zmq.Socket, listener: int) -> None:
    """Let ZeroMQ take its connections from a socket that listens already."""
    zmq_socket.setsockopt(zmq.USE_FD, listener)
    zmq_socket.bind("ipc://handed")  # any name: nothing is made there


def main(line: socket.socket) -> None:
    """Be the kernel that is described on the line, until it is shut down; then end with its outputs sent."""
    _, listeners, _, _ = socket.recv_fds(line, 1, len(port_names))
    told = Wire(line).receive()
    os.setsid()  # so that an interrupt reaches what a cell has started, too
    os.environ |= told["environment"]
    connection = Path(".connection.json").absolute()
    connection.write_text(json.dumps(told["connection"]), encoding="utf-8")
    app = HandedKernelApp.instance(connection_file=str(connection))
    app.listeners = dict(zip([told["connection"][name] for name in port_names], listeners))
    if "matplotlib" in sys.modules:
        app.matplotlib = "inline"
    try:
        app.initialize(["--HistoryManager.hist_file=:memory:", *told["arguments"]])
        app.start()
        app.close()
    finally:
        os._exit(0)
