"""The line between the judge and a student's process: messages of two pieces of bytes over a socket, with caps."""

from __future__ import annotations

import socket
import struct
import time

#: Bytes of a message's head and of its body.
MAX_HEAD, MAX_BODY = 2 * 2**20, 64 * 2**20
LENGTHS = struct.Struct("!IQ")


class WireError(Exception):
    """The other side is gone, or what it sent is not a message."""


class TimeUp(WireError):
    """The other side did not answer in time."""


class Line:
    """One end of it.

    Args:
        sock: a connected stream socket.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket, self._read_ahead = sock, bytearray()

    def send_bytes(self, head: bytes, body: bytes | bytearray, seconds: float | None = None) -> None:
        """Send a message.

        Args:
            seconds: how long the other side may take to read it.

        Raises:
            TimeUp: it did not read all of it in time.
            WireError: it is too large, or nobody listens any more.
        """
        _check_size(len(head), len(body))
        try:
            self._socket.settimeout(None if seconds is None else max(seconds, 0.001))
            self._socket.sendall(LENGTHS.pack(len(head), len(body)) + head + body)
        except TimeoutError:
            raise TimeUp("what was sent was not read in time") from None
        except OSError as error:
            raise WireError("the other process is gone") from error

    def receive_bytes(self, seconds: float | None = None) -> tuple[bytes, bytes]:
        """Wait for a message; its head and its body.

        Raises:
            TimeUp: none came in time.
            WireError: the other side is gone, or what comes is too large.
        """
        until = None if seconds is None else time.monotonic() + seconds
        head_size, body_size = LENGTHS.unpack(self._read(LENGTHS.size, until))
        _check_size(head_size, body_size)
        return self._read(head_size, until), self._read(body_size, until)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, size: int, until: float | None) -> bytes:
        while len(self._read_ahead) < size:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise TimeUp("no answer in time")
            try:
                self._socket.settimeout(left)
                part = self._socket.recv(2**20)
            except TimeoutError:
                raise TimeUp("no answer in time") from None
            except OSError as error:
                raise WireError("the other process is gone") from error
            if not part:
                raise WireError("the other process is gone")
            self._read_ahead += part
        found = bytes(self._read_ahead[:size])
        del self._read_ahead[:size]
        return found


def _check_size(head: int, body: int) -> None:
    if head > MAX_HEAD or body > MAX_BODY:
        raise WireError(f"a message of {(head + body) / 2**20:.0f} MB is too large")
