"""The trusted side of a slot: starts it, replaces it when it is lost, and opens sessions in it."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.sandbox import wire
from evoengine.sandbox.lines import Ended, Lines
from evoengine.sandbox.session import CandidateSession
from evoengine.types import Genome, Limits

_PROGRAM = Path(__file__).with_name("slot.py")
_START_SECONDS = 60.0
_GRACE_SECONDS = 5.0
_SOURCE_LIMIT = 4 << 20
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def _environment() -> dict[str, str]:
    """Everything a candidate sees of the environment."""
    fixed = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "PYTHONHASHSEED": "0"}
    return fixed | dict.fromkeys(_THREADS, "1")


class Slot:
    """One warm fork server and the sessions opened in it, one at a time. Not for several threads at once.

    Parameters
    ----------
    preload
        Modules imported once, before any candidate.
    level
        The isolation to set up.
    """

    def __init__(self, preload: Sequence[str], level: str) -> None:
        self._preload = tuple(preload)
        self._level = level
        self._process: _Process | None = None
        self._session: CandidateSession | None = None
        self._start()

    @property
    def level(self) -> str:
        """What was really refused in the self-test."""
        return self._level

    def open(self, genome: Genome, main: str, limits: Limits) -> CandidateSession:
        """Load a candidate in a fresh child; ends the session before.

        Raises `CandidateFailure` for its source, and `SandboxError` when no slot can be started.
        """
        files = _checked(genome, main)
        if self._session is not None:
            self._session.finish()
        self._session = CandidateSession(self, files, main, limits)
        try:
            self._session.load()
        except CandidateFailure as failure:
            if failure.status != "sandbox_failure":
                raise
            # Ours, so once more in a new slot.
            self._session.finish()
            self._replace()
            self._session = CandidateSession(self, files, main, limits)
            self._session.load()
        return self._session

    def close(self) -> None:
        """End the slot. May be called twice."""
        if self._process is not None:
            self._process.end()
            self._process = None

    # For the session.

    def take(self) -> Lines:
        """Give the lines to a child that is ready to load a candidate, in a new slot if this one is lost."""
        if self._process is None:
            self._start()
        assert self._process is not None
        try:
            return self._process.take()
        except OSError:
            self._replace()
            assert self._process is not None
            return self._process.take()

    def notice(self, lines: Lines, seconds: float) -> None:
        """Note in `lines` how the child ended, if the slot reports it in time."""
        if self._process is not None:
            lines.ended = self._process.ended(seconds)

    def end(self, lines: Lines) -> Ended | None:
        """End the child whatever it is doing; None where the slot was lost with it."""
        process = self._process
        if process is None:
            return None
        ended = process.kill(lines)
        if ended is None:
            self._replace()
        return ended

    def _start(self) -> None:
        self._process = _Process(self._preload, self._level)

    def _replace(self) -> None:
        self.close()
        self._start()


def _checked(genome: Genome, main: str) -> dict[str, str]:
    """Give the genome's files as plain text. Raises `CandidateFailure` for what is no source."""
    files = {name: genome[name] for name in genome}
    if main not in files:
        raise SandboxError(
            f"the genome has no file {main!r}", cure="set `main` to one of " + ", ".join(files)
        )
    size = 0
    for name, text in files.items():
        try:
            size += len(text.encode())
        except UnicodeEncodeError:
            raise CandidateFailure("invalid_source", f"{name} is no valid Unicode text") from None
        if name.endswith(".py") and "\0" in text:
            raise CandidateFailure("invalid_source", f"{name} contains a null byte")
    if size > _SOURCE_LIMIT:
        raise CandidateFailure("invalid_source", f"{size} bytes of source, more than {_SOURCE_LIMIT}")
    return files


class _Process:
    """A running slot: its process and its control socket."""

    def __init__(self, preload: Sequence[str], level: str) -> None:
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-B", str(_PROGRAM), str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command, env=_environment(), pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd="/"
            )
        self._waiting: Lines | None = None
        self._buffer = bytearray()
        setup = {"preload": list(preload), "level": level}
        self._control.sendall(wire.frame(b"S", json.dumps(setup).encode()))
        answer = self._message(_START_SECONDS)
        if answer is None or "error" in answer:
            self.end()
            reason = "it ended while starting" if answer is None else answer["error"]
            raise SandboxError(f"a sandbox slot did not start: {reason}", cure="run `evoengine doctor`")
        self._prepare()

    def take(self) -> Lines:
        """Give the child that waits. Raises `OSError` when the slot is gone."""
        if self._waiting is None:
            self._prepare()
        lines, self._waiting = self._waiting, None
        assert lines is not None
        if self._process.poll() is not None:
            lines.close()
            raise ConnectionError("the slot has ended")
        return lines

    def kill(self, lines: Lines) -> "Ended | None":
        """End the child, read how it ended, and have the next one forked."""
        try:
            if lines.ended is None:
                self._control.sendall(b"K")
                lines.ended = self.ended(_GRACE_SECONDS)
            if lines.ended is not None:
                self._prepare()
        except OSError:
            return None
        return lines.ended

    def ended(self, seconds: float) -> "Ended | None":
        """Wait for the report on the child; None where it does not come."""
        message = self._message(seconds)
        if message is None:
            return None
        return Ended(message["status"], message["cpu"], message["memory"] / 2**20)

    def end(self) -> None:
        """End the process and whatever it holds."""
        if self._waiting is not None:
            self._waiting.close()
        self._control.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _prepare(self) -> None:
        """Have a child forked, so that it is ready by the time it is wanted."""
        lines = Lines(self._control)
        try:
            socket.send_fds(self._control, [b"F"], lines.theirs)
        finally:
            lines.handed_over()
        self._waiting = lines

    def _message(self, seconds: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + seconds
        header = wire.HEADER.size
        buffer = self._buffer
        while len(buffer) < header or len(buffer) < header + wire.HEADER.unpack_from(buffer)[1]:
            self._control.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._control.recv(65536)
            except (TimeoutError, ConnectionError):
                return None
            if not data:
                return None
            buffer += data
        end = header + wire.HEADER.unpack_from(buffer)[1]
        body = json.loads(buffer[header:end])
        del buffer[:end]
        return body
