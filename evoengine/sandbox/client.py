"""The trusted side of a slot: starts it, replaces it when it is lost, and opens sessions in it."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.sandbox import probe, server, wire
from evoengine.sandbox.confine import LEVELS
from evoengine.sandbox.lines import Ended, Lines
from evoengine.sandbox.session import CandidateSession
from evoengine.types import Genome, Limits

_PROGRAM = Path(__file__).with_name("slot.py")
_START_SECONDS = 60.0
_GRACE_SECONDS = 2.0
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
    processes
        Candidates may start processes and programs; at the level ``full`` only.
    """

    def __init__(self, preload: Sequence[str], level: str, *, processes: bool = False) -> None:
        self._preload = tuple(preload)
        self._level = level
        self.processes = processes
        self._process: _Process | None = None
        self._session: CandidateSession | None = None
        self._start()
        if level != "subprocess":
            self._test()

    @property
    def level(self) -> str:
        """What was really refused in the self-test."""
        return self._level

    @property
    def pid(self) -> int:
        """The process behind this slot, 0 once it is closed; a lost one is replaced by another."""
        return 0 if self._process is None else self._process.pid

    @property
    def facts(self) -> Mapping[str, bool | int]:
        """What is in force: namespaces, scratch, the version of Landlock, seccomp."""
        return {} if self._process is None else self._process.facts

    def open(self, genome: Genome, main: str, limits: Limits) -> CandidateSession:
        """Load a candidate in a fresh child, or nothing where `main` is empty; ends the session before.

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
        if self._process is not None and self._process.owns(lines):
            self._process.notice(lines, seconds)

    def end(self, lines: Lines) -> Ended | None:
        """End the child whatever it is doing; None where the slot was lost with it."""
        process = self._process
        if process is None or not process.owns(lines):
            return None
        ended = process.kill(lines)
        if ended is None:
            self._replace()
        return ended

    def _test(self) -> None:
        """Hold the level against what a candidate is really refused. Raises `SandboxError`."""
        refused = probe.refusals(self)
        reached = probe.judge(refused, processes=self.processes)
        if LEVELS.index(reached) < LEVELS.index(self._level):
            self.close()
            raise LevelError(self._level, "the self-test", probe.missing(refused, self._level))

    def _start(self) -> None:
        self._process = _Process(self._preload, self._level, self.processes)

    def _replace(self) -> None:
        if self._process is not None:
            self._process.end(at_once=True)
            self._process = None
        self._start()


class LevelError(SandboxError):
    """A level that cannot be had, with the step that was refused and the cause."""

    def __init__(self, level: str, step: str, reason: str) -> None:
        super().__init__(f"isolation {level!r} cannot be had: {step}: {reason}", cure=probe.cure(step))
        self.step = step
        self.reason = reason


def _checked(genome: Genome, main: str) -> dict[str, str]:
    """Give the genome's files as plain text. Raises `CandidateFailure` for what is no source."""
    files = {name: genome[name] for name in genome}
    if main and main not in files:
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

    def __init__(self, preload: Sequence[str], level: str, processes: bool) -> None:
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-s", "-P", "-B", str(_PROGRAM), str(theirs.fileno())]
        # Not -I, which would ignore PYTHONHASHSEED too; the environment is all our own.
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        self._count = 0
        self._waiting: Lines | None = None
        self._children: dict[int, Lines] = {}
        self._buffer = bytearray()
        setup = {"preload": list(preload), "level": level, "processes": processes}
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
        lines, self._waiting = self._waiting, None
        if lines is not None and lines.ended is None:
            return lines
        return self._prepare()

    def owns(self, lines: Lines) -> bool:
        """Whether the child behind `lines` is one of this slot's, not of one that it replaced."""
        return self._children.get(lines.number) is lines

    def kill(self, lines: Lines) -> Ended | None:
        """End the child and give how it ended, None where the slot no longer says."""
        try:
            if lines.ended is None:
                self._control.sendall(server.COMMAND.pack(server.KILL, lines.number))
            # The next one is forked while the evaluator scores, and not while a candidate is being timed.
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
