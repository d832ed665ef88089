"""What runs in the forked process: the candidate, served over one socket.

Everything here shares a process with hostile code, so nothing it says is believed about anything but
the value it returns.
"""

import contextlib
import errno
import marshal
import math
import os
import random
import resource
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any, NoReturn

from evoengine.sandbox import affinity, columns, commands, wire
from evoengine.sandbox.genome import GenomeFinder, MainLoader

_CHUNK = 1 << 16
_NOTHING = wire.encode(None)
MODULE = "candidate"
"""The name of the module that the main file becomes."""
FILE_LIMIT = 16 << 20
"""Bytes of one file, captured output included."""


def set_limits(limits: dict[str, float], base: int, processes: int, descriptors: int) -> None:
    """Set the limits of this process for good.

    `base` is the address space in bytes that the slot itself takes up, 0 where address space is not to be
    bounded; `processes` bounds the threads of this user, 0 where that cannot be told from what else the user runs.
    """
    memory = int(limits["memory_mb"]) << 20
    cpu = max(1, math.ceil(limits["cpu_seconds"]))
    # One second between soft and hard: SIGXCPU names the cause, SIGKILL ends whoever ignores it.
    _limit(resource.RLIMIT_CPU, cpu, cpu + 1)
    _limit(resource.RLIMIT_DATA, memory)
    # DATA leaves out shared mappings; AS counts them, but also what the slot had mapped before.
    if base:
        _limit(resource.RLIMIT_AS, base + memory)
    _limit(resource.RLIMIT_FSIZE, FILE_LIMIT)
    _limit(resource.RLIMIT_NOFILE, descriptors)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_STACK, 8 << 20)
    if processes:  # void for root, which is why a slot of root's changes its user
        _limit(resource.RLIMIT_NPROC, processes)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_MEMLOCK, 0)
        _limit(resource.RLIMIT_MSGQUEUE, 0)
        _limit(resource.RLIMIT_SIGPENDING, 256)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, or leave it where it is lower already."""
    try:
        resource.setrlimit(which, (soft, soft if hard is None else hard))
    except (OSError, ValueError):
        ceiling = resource.getrlimit(which)[1]
        if ceiling != resource.RLIM_INFINITY and ceiling <= soft:
            resource.setrlimit(which, (ceiling, ceiling))
        # macOS and gVisor refuse some. Those that time and disk depend on must hold everywhere.
        elif which in {resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE}:
            raise


class Served:
    """One loaded candidate and the pipes it is called over; or none, and commands (`programs`) are run."""

    def __init__(self, requests: int, answers: int, *, programs: bool) -> None:
        self._programs = programs
        self._requests = requests
        self._answers = answers
        self._module = ModuleType(MODULE)
        self._driven: list[Callable[..., Any]] = []
        self._names: frozenset[str] = frozenset()

    def load(self, limit: Callable[[dict[str, float]], None]) -> None:
        """Wait for the candidate, set its limits, execute its main file, serve."""
        _, body = self._receive()
        request = marshal.loads(body)  # noqa: S302 - it comes from the trusted side
        files, main = request["files"], request["main"]
        limit(request["limits"])
        self._names = frozenset([*files, wire.HARNESS])
        # It draws a new seed in every forked process; unseeded randomness is to repeat.
        random.seed(0)
        if not main:
            self._send(wire.VALUE, _NOTHING)
            self.serve()
        try:
            code = compile(files[main], main, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            self._send(wire.BROKEN, wire.encode(self._describe(error)))
            _leave(1)
        if len(files) > 1:
            sys.meta_path.insert(0, GenomeFinder(files))
        self._module.__file__ = main
        self._module.__dict__["__loader__"] = MainLoader(files[main])
        sys.modules[MODULE] = self._module
        if self._guarded(self._execute, code):
            self.serve()

    def _execute(self, code: CodeType) -> None:
        exec(code, self._module.__dict__)  # noqa: S102 - running the candidate is this file's purpose
        self._flush()
        self._send(wire.VALUE, _NOTHING)

    def serve(self) -> NoReturn:
        """Answer until the other side closes."""
        answers: dict[bytes, Callable[[wire.Body], None]] = {
            wire.CALL: self._call,
            wire.MAP: self._map,
            wire.OPEN: self._open,
            wire.STEP: self._step,
            wire.BATCH: self._batch,
            wire.SIMULATE: self._simulate,
        }
        if self._programs:
            answers[wire.RUN] = self._run
        while True:
            kind, body = self._receive()
            self._guarded(answers[kind], body)

    def _call(self, body: wire.Body) -> None:
        name, args = wire.decode_trusted(body)
        self._reply(self._function(name)(*args))

    def _run(self, body: wire.Body) -> None:
        self._reply(commands.run(*wire.decode_trusted(body)))

    def _map(self, body: wire.Body) -> None:
        name, argument_list = wire.decode_trusted(body)
        function = self._function(name)
        for args in argument_list:
            self._reply(function(*args))

    def _simulate(self, body: wire.Body) -> None:
        text, args = wire.decode_trusted(body)
        harness = ModuleType("harness")
        code = compile(text, wire.HARNESS, "exec", dont_inherit=True)
        exec(code, harness.__dict__)  # noqa: S102 - the evaluator's own, which it checked
        self._reply(harness.simulate(self._module, *args))

    def _open(self, body: wire.Body) -> None:
        name, cpu = wire.decode_trusted(body)
        affinity.follow(cpu)
        self._driven.append(self._function(name))
        self._reply(None)

    def _step(self, body: wire.Body) -> None:
        function = self._driven[int.from_bytes(body[: wire.NUMBER], "little")]
        kind, rest = body[wire.NUMBER : wire.NUMBER + 1], body[wire.NUMBER + 1 :]
        value = function(*(wire.unpack(rest) if kind == wire.PACKED else wire.decode_trusted(rest)))
        packed = wire.pack((value,))
        if packed is None:
            self._reply(value)
        else:
            self._flush()
            self._send(wire.PACKED, packed)

    def _batch(self, body: wire.Body) -> None:
        function = self._driven[int.from_bytes(body[: wire.NUMBER], "little")]
        values = list(map(function, *columns.decode(body[wire.NUMBER :])))
        self._flush()
        packed = columns.pack([values])
        if packed is None:
            self._send(wire.VALUE, wire.encode(columns.values(values)))
        else:
            self._send(wire.COLUMN, packed)

    def _function(self, name: str) -> Callable[..., Any]:
        function = getattr(self._module, name, None)
        if not callable(function):
            raise NameError(f"the candidate defines no function {name!r}")  # noqa: TRY004 - absent or no function, all one
        return function

    def _reply(self, value: Any) -> None:
        message = wire.message(wire.VALUE, value)
        self._flush()
        self._put(message)

    def _guarded(self, answer: Callable[[Any], None], argument: Any) -> bool:
        """Answer, or say how the candidate failed; give whether it answered."""
        try:
            answer(argument)
        except SystemExit as error:
            self._flush()
            self._send(wire.LEFT, wire.encode(str(error.code)[:200]))
            _leave(1)
        except wire.WireError as error:
            self._send(wire.UNPLAIN, wire.encode(str(error)[:500]))
        except BaseException as error:  # noqa: BLE001 - the named boundary to the candidate
            self._flush()
            self._send(wire.RAISED, wire.encode(self._describe(error)))
        else:
            return True
        return False

    def _describe(self, error: BaseException) -> dict[str, Any]:
        """Say what was raised and where in the candidate's own files; the trusted side adds the lines."""
        try:
            message = str(error)
        except BaseException:  # noqa: BLE001 - a __str__ of the candidate's may do anything
            message = "(its message cannot be printed)"
        lines: list[list[Any]] = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename in self._names:
                lines.append([code.co_filename, trace.tb_lineno, code.co_name])
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename is not None:
            lines.append([str(error.filename), error.lineno or 0, ""])
        code = error.errno if isinstance(error, OSError) else None
        return {
            "type": type(error).__name__[:100],
            "message": message[:2000].encode("utf-8", "replace").decode(),
            "lines": lines[-8:],
            "memory": isinstance(error, MemoryError),
            "disk": code in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT},
        }

    def _flush(self) -> None:
        with contextlib.suppress(BaseException):  # the candidate may have put anything in its place
            sys.stdout.flush()

    def _send(self, kind: bytes, body: bytes) -> None:
        self._put(wire.frame(kind, body))

    def _put(self, message: bytes) -> None:
        sent = os.write(self._answers, message)
        while sent < len(message):
            sent += os.write(self._answers, memoryview(message)[sent:])

    def _receive(self) -> tuple[bytes, wire.Body]:
        """Read one request; the other side sends none before the last one is answered."""
        start = wire.HEADER.size
        data = os.read(self._requests, _CHUNK)
        while len(data) < start:
            data += self._more(_CHUNK)
        length = wire.HEADER.unpack_from(data)[1]
        if len(data) == start + length:
            return data[:1], data[start:]
        body = bytearray(length)
        have = len(data) - start
        body[:have] = data[start:]
        while have < length:
            count = os.readv(self._requests, [memoryview(body)[have:]])
            have += count or _leave(0)
        return data[:1], body

    def _more(self, count: int) -> bytes:
        return os.read(self._requests, count) or _leave(0)


def _leave(code: int) -> NoReturn:
    """End without running what the candidate left for the exit."""
    os._exit(code)
