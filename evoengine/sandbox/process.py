"""A running slot as the trusted side sees it: its process, its control socket, and the children it has."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from evoengine.errors import SandboxError
from evoengine.sandbox import affinity, devices, probe, server, wire
from evoengine.sandbox.devices import Devices
from evoengine.sandbox.lines import Ended, Lines

_PROGRAM = Path(__file__).with_name("slot.py")
_START_SECONDS = 60.0
_GRACE_SECONDS = 2.0
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def _environment(names: Sequence[str]) -> dict[str, str]:
    """Everything that a candidate with these devices sees of the environment."""
    fixed = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "PYTHONHASHSEED": "0"}
    return fixed | dict.fromkeys(_THREADS, "1") | devices.environment(names)


class LevelError(SandboxError):
    """A level that cannot be had, with the step that was refused and the cause."""

    def __init__(self, level: str, step: str, reason: str) -> None:
        super().__init__(f"isolation {level!r} cannot be had: {step}: {reason}", cure=probe.cure(step))
        self.step = step
        self.reason = reason


class Process:
    """A running slot: its process and its control socket."""

    def __init__(self, preload: Sequence[str], level: str, processes: bool, opened: Devices) -> None:
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-s", "-P", "-B", str(_PROGRAM), str(theirs.fileno())]
        # Not -I, which would ignore PYTHONHASHSEED too; the environment is all our own.
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=_environment(opened.names),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        self._count = 0
        # Where a candidate may start processes, the next one would be ended with them; where it has a device,
        # they could see one another in /proc.
        self._ahead = not processes and not opened.names
        self._waiting: Lines | None = None
        self._children: dict[int, Lines] = {}
        self._buffer = bytearray()
        setup = {"preload": list(preload), "level": level, "processes": processes}
        setup |= {"devices": astuple(opened)}
        self._control.sendall(wire.frame(b"S", json.dumps(setup).encode()))
        ready = self._message(time.monotonic() + _START_SECONDS)
        answer = None if ready is None else json.loads(ready)
        if answer is None or "step" in answer:
            self.end()
            step, reason = (answer["step"], answer["reason"]) if answer else ("its start", "it ended")
            raise LevelError(level, step, reason)
        self.facts: Mapping[str, bool | int] = answer
        self._waiting = self._prepare()

    @property
    def pid(self) -> int:
        """The process that was started, outside any namespace."""
        return self._process.pid

    def take(self) -> Lines:
        """Give the child that waits. Raises `OSError` when the slot is gone."""
        lines = self._waiting
        if lines is not None and lines.ended is not None:
            self._children.pop(lines.number)
            lines.close()
            lines = None
        lines = self._waiting = lines or self._prepare()
        # On another processor the next one is forked and confined while this one runs.
        self._waiting = self._prepare() if self._ahead and affinity.count() > 1 else None
        return lines

    def owns(self, lines: Lines) -> bool:
        """Whether the child behind `lines` is one of this slot's, not of one that it replaced."""
        return self._children.get(lines.number) is lines

    def kill(self, lines: Lines) -> Ended | None:
        """End the child and give how it ended, None where the slot no longer says."""
        try:
            if lines.ended is None:
                self._control.sendall(server.COMMAND.pack(server.KILL, lines.number))
            # With a processor to itself a candidate is timed, so only now is the next one forked.
            self._waiting = self._waiting or self._prepare()
            self.notice(lines, _GRACE_SECONDS)
        except OSError:
            return None
        self._children.pop(lines.number, None)
        return lines.ended

    def notice(self, lines: Lines, seconds: float) -> None:
        """Read reports until there is one on this child, or the time is over."""
        deadline = time.monotonic() + seconds
        while lines.ended is None:
            message = self._message(deadline)
            if message is None:
                return
            self._note(message)

    def end(self, *, at_once: bool = False) -> None:
        """End the process and whatever it holds; `at_once` when it no longer answers."""
        if self._waiting is not None:
            self._waiting.close()
        self._control.close()
        if at_once:
            self._process.kill()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _prepare(self) -> Lines:
        """Have a child forked and confined, so that it is ready by the time it is wanted."""
        self._count += 1
        lines = Lines(self._count, self._control.fileno(), self._heed)
        try:
            command = server.COMMAND.pack(server.FORK, lines.number)
            socket.send_fds(self._control, [command], lines.theirs)
        except OSError:
            lines.close()
            raise
        finally:
            lines.handed_over()
        self._children[lines.number] = lines
        return lines

    def _heed(self) -> None:
        message = self._message(time.monotonic() + _GRACE_SECONDS)
        if message is None:
            raise ConnectionError("the slot has ended")
        self._note(message)

    def _note(self, report: bytes) -> None:
        number, status, cpu, memory = server.ENDED.unpack(report)
        lines = self._children.get(number)
        if lines is not None:
            lines.ended = Ended(status, cpu, memory / 2**20)

    def _message(self, deadline: float) -> bytes | None:
        """Read one message's body from the slot; None when there is none by the deadline or the slot is gone."""
        header = wire.HEADER.size
        buffer = self._buffer
        while len(buffer) < header or len(buffer) < header + wire.HEADER.unpack_from(buffer)[1]:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._control.recv(65536)
            except OSError:
                return None
            if not data:
                return None
            buffer += data
        end = header + wire.HEADER.unpack_from(buffer)[1]
        body = bytes(buffer[header:end])
        del buffer[:end]
        return body
