"""What joins the trusted side to one child: two pipes, a handshake, and a file for what it prints."""

import math
import os
import select
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from evoengine.sandbox import wire

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its wait status, CPU seconds and peak memory in MiB."""

    status: int
    cpu_seconds: float
    memory_mb: float


class OverflowedError(Exception):
    """A frame longer than it may be."""


class Lines:
    """The trusted ends to one child; `theirs` are the child's, to be handed over in this order.

    `heed` reads what the slot has to report on its `control` socket; it raises `ConnectionError` when the
    slot is lost.
    """

    def __init__(self, number: int, control: int, heed: Callable[[], None]) -> None:
        self.number = number
        self.ended: Ended | None = None
        self._control = control
        self._heed = heed
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._handshake, handshake = os.pipe()
        self._output = _capture_file()
        self.theirs = (self._output, requests, answers, handshake)
        self._ours = [self._requests, self._answers, self._handshake, self._output]
        os.set_blocking(self._requests, False)
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)
        self._poll.register(self._control, select.POLLIN)
        self._rest = b""

    def handed_over(self) -> None:
        """Close what now is the child's alone."""
        for descriptor in self.theirs[1:]:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of the descriptors. May be called twice."""
        while self._ours:
            os.close(self._ours.pop())

    def shake(self, seconds: float) -> bool:
        """Wait for the byte that says that the confinement is complete; only the slot's code can send it."""
        poll = select.poll()
        poll.register(self._handshake, select.POLLIN)
        return bool(poll.poll(seconds * 1000)) and os.read(self._handshake, 1) == b"k"

    def send(self, message: bytes, deadline: float) -> None:
        """Send everything by the deadline. Raises `TimeoutError` or `ConnectionError`."""
        view = memoryview(message)
        while view:
            try:
                view = view[os.write(self._requests, view) :]
            except BlockingIOError:
                writable = select.poll()
                writable.register(self._requests, select.POLLOUT)
                if not writable.poll(_milliseconds(deadline)):
                    raise TimeoutError from None

    def receive(self, deadline: float, limit: int) -> tuple[bytes, wire.Body]:
        """Read one frame's kind and body, of at most `limit` bytes.

        Raises `TimeoutError`, `ConnectionError` when the child has ended or closed its end, and
        `OverflowedError`.
        """
        data, start = self._rest, wire.HEADER.size
        while len(data) < start:
            self._wait(deadline)
            data += os.read(self._answers, _CHUNK) or _closed()
        length = wire.HEADER.unpack_from(data)[1]
        if length > limit:
            raise OverflowedError
        self._rest = data[start + length :]
        if len(data) >= start + length:
            return data[:1], data[start : start + length]
        body = bytearray(length)
        have = len(data) - start
        body[:have] = data[start:]
        while have < length:
            self._wait(deadline)
            have += os.readv(self._answers, [memoryview(body)[have:]]) or _closed()
        return data[:1], body

    def exchange(self, message: bytes, deadline: float) -> bytes:
        """Send a message of at most PIPE_BUF bytes and give the first bytes of the answer, in a hurry.

        Raises `OSError`.
        """
        os.write(self._requests, message)
        self._wait(deadline)
        return os.read(self._answers, _CHUNK)

    def put_back(self, data: bytes) -> None:
        """Have `receive` start with these bytes."""
        self._rest = data

    @property
    def surplus(self) -> bool:
        """Whether more has come than was read."""
        return bool(self._rest)

    def printed(self, limit: int) -> str:
        """Give the first `limit` bytes of what the child printed."""
        return os.pread(self._output, max(0, limit), 0).decode("utf-8", "replace")

    @property
    def printed_bytes(self) -> int:
        """How much it printed."""
        return os.fstat(self._output).st_size

    def _wait(self, deadline: float) -> None:
        """Wait until there is an answer to read, or none to come."""
        while self.ended is None:
            ready = self._poll.poll(_milliseconds(deadline))
            if not ready:
                raise TimeoutError
            if len(ready) > 1 or ready[0][0] != self._control:
                return
            self._heed()


def _closed() -> NoReturn:
    raise ConnectionError


def _milliseconds(deadline: float) -> int:
    return max(0, math.ceil((deadline - time.monotonic()) * 1000))


def _capture_file() -> int:
    """Open a nameless file: unlike a pipe it needs no draining, so no flood can stall a call."""
    if sys.platform == "linux":
        return os.memfd_create("output", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
