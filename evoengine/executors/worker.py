"""One evaluator process on another machine, and who speaks with it there: what an actor of a cluster holds."""

import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from evoengine.errors import EvoengineError
from evoengine.executors.local import CLOSE_SECONDS, START_SECONDS, environment
from evoengine.package import Package, unpack

GIVE_BACK_SECONDS = 1.0
"""A batch that has taken so long is answered as it is, and the rest of it is given back."""

_ASKS = b'{"ask":'
"""How a message of the evaluator process begins that is a question; others are not parsed on the way."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a batch.

    Attributes
    ----------
    done
        By key, the evaluator process's message, or None where that process was lost over it.
    back
        The keys of what was not begun.
    asking
        The key of the task that waits for `Worker.answer`, with the message that asks; None where none does.
    seconds
        How long `done` took.
    """

    done: Sequence[tuple[int, bytes | None]] = ()
    back: Sequence[int] = ()
    asking: tuple[int, bytes] | None = None
    seconds: float = 0.0


def versions() -> dict[str, str]:
    """Give what must be the same on every machine."""
    return {"Python": ".".join(platform.python_version_tuple()[:2]), "evoengine": version("evoengine")}


class Worker:
    """Evaluates batches of tasks, one task after another, on one evaluator process.

    Parameters
    ----------
    package
        The problem; its ``data`` comes apart, as the cluster carries it once to each machine.
    processor
        ``spare``: the evaluator process is to stay on a processor that nothing else there uses.
    task_seconds
        The longest that one task may take.
    """

    def __init__(
        self, data: bytes, package: Package, isolation: str, processor: str, task_seconds: float
    ) -> None:
        self._data = data
        self._package = package
        self._options = (isolation, *([processor] if processor else []))
        self._task_seconds = task_seconds
        self._host: _Host | None = None
        self._command: list[str] = []
        self._waiting: tuple[int, float] | None = None

    def versions(self) -> dict[str, str]:
        """Give the versions here."""
        return versions()

    def start(self) -> dict[str, Any]:
        """Start the evaluator process; give its first message, or what kept it from starting.

        That is an ``error`` with its `message` and `cure`, as from the process itself.
        """
        try:
            folder = unpack(self._data, self._package.digest)
        except (EvoengineError, OSError) as error:
            cure = error.cure if isinstance(error, EvoengineError) else "make room for temporary files there"
            return {"error": "ConfigError", "message": str(error), "cure": cure}
        self._data = b""
        spec, overrides = self._package.placed(folder)
        self._command = [sys.executable, "-m", "evoengine.host", spec, json.dumps(overrides), *self._options]
        self._host = _Host(self._command)
        return self._host.hello

    def work(self, batch: Sequence[tuple[int, bytes]]) -> Reply:
        """Evaluate tasks until all are done, one asks, or `GIVE_BACK_SECONDS` are over."""
        if self._waiting is not None:
            return Reply(back=[key for key, _ in batch])
        begun = time.monotonic()
        done: list[tuple[int, bytes | None]] = []
        for place, (key, message) in enumerate(batch):
            seconds = time.monotonic() - begun
            if done and seconds > GIVE_BACK_SECONDS:
                return Reply(done, [key for key, _ in batch[place:]], None, seconds)
            reply = self._exchange(message)
            if reply is not None and reply.startswith(_ASKS):
                self._waiting = (key, time.monotonic())
                return Reply(done, [key for key, _ in batch[place + 1 :]], (key, reply), seconds)
            done.append((key, reply))
        return Reply(done, seconds=time.monotonic() - begun)

    def answer(self, message: bytes | None) -> Reply:
        """Go on with the task that asked; None ends it, since nobody wants it any more."""
        assert self._waiting is not None
        key, begun = self._waiting
        self._waiting = None
        if message is None:
            self._lose()
            return Reply()
        reply = self._exchange(message)
        if reply is not None and reply.startswith(_ASKS):
            self._waiting = (key, begun)
            return Reply(asking=(key, reply))
        return Reply([(key, reply)], seconds=time.monotonic() - begun)

    def close(self) -> None:
        """End the evaluator process."""
        if self._host is not None:
            self._host.close()

    def _exchange(self, message: bytes) -> bytes | None:
        """Have one message answered; None when the process dies or is stuck over it.

        Raises `RuntimeError` when a process that was lost cannot be replaced: no candidate is to blame.
        """
        if self._host is None:
            self._host = _Host(self._command)
            if "error" in self._host.hello:
                raise RuntimeError(self._host.hello["message"])
        try:
            return self._host.exchange(message, self._task_seconds)
        except OSError:
            self._lose()
            return None

    def _lose(self) -> None:
        if self._host is not None:
            self._host.kill()
            self._host = None


class _Host:
    """An evaluator process with its control socket."""

    def __init__(self, command: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env=environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            self.hello: dict[str, Any] = json.loads(self._receive(START_SECONDS))
        except OSError:
            self.kill()
            self.hello = {
                "error": "EvaluatorError",
                "message": f"an evaluator process ended before it was ready (exit code {self._process.returncode})",
                "cure": "its message is in Ray's logs; `evoengine check` on that node runs it alone",
            }

    def exchange(self, message: bytes, seconds: float) -> bytes:
        """Send a message and give the next one. Raises `OSError` when the process is gone or stuck."""
        self._control.settimeout(seconds)
        self._control.sendall(struct.pack("<I", len(message)) + message)
        return self._receive(seconds)

    def _receive(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        (size,) = struct.unpack("<I", self._read(4, deadline))
        return self._read(size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            part = self._control.recv(min(size - len(data), 1 << 20))
            if not part:
                raise ConnectionError("the evaluator process has ended")
            data += part
        return bytes(data)

    def close(self) -> None:
        """Let the process end by itself for a moment, then kill it."""
        self._control.close()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the process and its group."""
        self._control.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
