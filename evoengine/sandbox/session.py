"""One candidate in one confined process, as the trusted side sees it. Implements `evoengine.ports.Session`."""

import marshal
import select
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.ports import Ran, Timing, TrialUsage
from evoengine.problem import Limits
from evoengine.sandbox import affinity, columns, commands, namespaces, verdict, wire
from evoengine.sandbox.drive import Drive
from evoengine.sandbox.lines import Ended, Lines, OverflowedError

_HANDSHAKE_SECONDS = 20.0
_DYING_SECONDS = 0.25


class Host(Protocol):
    """What a session asks of its slot."""

    processes: bool
    """Whether candidates may start processes and programs."""

    def take(self) -> Lines:
        """Give the lines to a child that is ready to load a candidate."""
        ...

    def notice(self, lines: Lines, seconds: float) -> None:
        """Note in `lines` how the child ended, if the slot reports it in time."""
        ...

    def end(self, lines: Lines) -> Ended | None:
        """End the child whatever it is doing; None where the slot was lost with it."""
        ...


class CandidateSession:
    """`Limits.wall_seconds` covers all calls of the session together.

    The clock runs while a call is outstanding, not while the evaluator thinks. An exception in the
    candidate leaves the session usable; after any other failure every further call fails alike.
    """

    def __init__(self, host: Host, files: Mapping[str, str], main: str, limits: Limits) -> None:
        self._host = host
        self._files = self._sources = files
        self._main = main
        self._limits = limits
        self._lines: Lines | None = None
        self._wall = self._cpu = self._memory = 0.0
        self._output = ""
        self._failure: CandidateFailure | None = None
        self._finished = False
        self._clean = False
        self._affinity: frozenset[int] = frozenset()
        self._driven = 0
        self._driven_lines: Lines | None = None

    def load(self) -> None:
        """Have a child load the candidate. Raises `CandidateFailure`."""
        self._lines = lines = self._host.take()
        limits = {"memory_mb": self._limits.memory_mb, "cpu_seconds": verdict.cpu_seconds(self._limits)}
        request = {"files": dict(self._files), "main": self._main, "limits": limits}
        message = wire.frame(wire.LOAD, marshal.dumps(request))
        try:
            lines.send(message, time.monotonic() + _HANDSHAKE_SECONDS)
            confined = lines.shake(_HANDSHAKE_SECONDS)
        except (ConnectionError, TimeoutError):
            confined = False
        if not confined:
            said = lines.printed(500) or "its process says nothing"
            raise self._fail(CandidateFailure("sandbox_failure", f"confinement not completed: {said}"))
        self._clean = True
        self._exchange(b"", None)

    def call(self, name: str, args: Sequence[Any], seconds: float | None = None) -> Any:
        """Call a function of the candidate; `seconds` bounds this call within what is left of the trial."""
        self._clean = False
        return self._exchange(wire.message(wire.CALL, [name, list(args)]), seconds)[0]

    def map(self, name: str, argument_list: Sequence[Sequence[Any]], *, fresh: bool = False) -> list[Any]:
        """Call a function once per tuple; `fresh` loads the candidate anew for each."""
        if not fresh:
            self._clean = False
            rows = [list(args) for args in argument_list]
            return self._exchange(wire.message(wire.MAP, [name, rows]), None, len(rows))
        values: list[Any] = []
        for args in argument_list:
            self._renew()
            values.append(self.call(name, args))
        return values

    def simulate(self, harness: str, args: Sequence[Any], seconds: float | None = None) -> Any:
        """Have a harness executed beside the candidate; its ``simulate(candidate, *args)`` gives the value."""
        self._clean = False
        self._sources = {**self._files, wire.HARNESS: harness}
        return self._exchange(wire.message(wire.SIMULATE, [harness, list(args)]), seconds)[0]

    def _renew(self) -> None:
        """Load the candidate anew unless nothing was called yet."""
        if not self._clean:
            self._require()
            self._collect()
            self.load()

    def time(self, name: str, args: Sequence[Any], repeats: int) -> Timing:
        """Measure single calls by this side's clock, with nothing but sending, the call and receiving in it.

        The candidate is loaded anew for each, outside the clock.
        """
        message = wire.message(wire.CALL, [name, list(args)])
        seconds: list[float] = []
        values: list[Any] = []
        for _ in range(repeats):
            self._renew()
            self._clean = False
            before = self._wall
            values += self._exchange(message, None)
            seconds.append(self._wall - before)
        return Timing.of(seconds, values)

    def run(self, command: Sequence[str], files: Mapping[str, str], stdin: str, seconds: float | None) -> Ran:
        """Run a command on the genome's files. Raises `SandboxError` where the slot allows no processes."""
        if not self._host.processes:
            raise SandboxError("this slot runs no commands", cure="open_sandbox(processes=True)")
        words = commands.fill_in(command, {**self._files, **files}, namespaces.SCRATCH)
        written = {**self._files, **files} if self._clean else dict(files)
        self._clean = False
        before = self._wall
        message = wire.message(wire.RUN, [words, written, stdin])
        match self._exchange(message, seconds)[0]:
            case [int(status), str(output), str(errors)]:
                return Ran(status, output, errors, self._wall - before)
            case _:
                raise self._fail(CandidateFailure("bad_result", "its answer is malformed"))

    def drive(self, name: str) -> Drive:
        """Give a fast, lock-step channel to an online heuristic."""
        return Drive(self, name)

    def finish(self) -> TrialUsage:
        """End the process, whatever state it is in, and say what it used. May be called twice."""
        self._finished = True
        self._collect()
        affinity.restore(self._affinity)
        self._affinity = frozenset()
        return TrialUsage(self._wall, self._cpu, self._memory, self._output)

    def open_step(self, name: str) -> tuple[Lines, int]:
        """Prepare to drive a function; give the child this holds for, and the function's number in it."""
        self._clean = False
        self._affinity = self._affinity or affinity.pin()
        self._exchange(wire.message(wire.OPEN, [name, affinity.here()]), None)
        lines = self._require()
        self._driven = self._driven + 1 if lines is self._driven_lines else 1
        self._driven_lines = lines
        return lines, self._driven - 1

    def step(self, message: bytes) -> Any:
        """Exchange one driven message as fast as can be."""
        if len(message) > select.PIPE_BUF:
            return self._exchange(message, None)[0]
        lines = self._require()
        start = time.monotonic()
        try:
            data = lines.exchange(message, start + self._limits.wall_seconds - self._wall)
        except OSError:
            data = b""
        values = wire.unpack_frame(data)
        self._wall += time.monotonic() - start
        if values is not None:
            return values[0]
        # Anything out of the ordinary takes the long way, which says what is wrong.
        lines.put_back(data)
        return self._exchange(b"", None)[0]

    def batch(self, message: bytes) -> Any:
        """Exchange one message with the columns of a batch."""
        return self._exchange(message, None)[0]

    def _exchange(self, message: bytes, seconds: float | None, answers: int = 1) -> list[Any]:
        """Send a request, read its answers. Raises `CandidateFailure`."""
        lines = self._require()
        start = time.monotonic()
        left = self._limits.wall_seconds - self._wall
        deadline = start + (left if seconds is None else min(left, seconds))
        limit = self._limits.result_kb << 10
        try:
            lines.send(message, deadline)
            values = [self._answer(*lines.receive(deadline, limit)) for _ in range(answers)]
            if lines.surplus:
                raise self._fail(CandidateFailure("bad_result", "it answered more than once"))
        except TimeoutError:
            allowed = self._limits.wall_seconds if seconds is None or left <= seconds else seconds
            raise self._fail(verdict.late(allowed)) from None
        except ConnectionError:
            raise self._fail(self._post_mortem(lines)) from None
        except OverflowedError:
            reason = f"it answered with more than {self._limits.result_kb} kB"
            raise self._fail(CandidateFailure("output_limit", reason)) from None
        finally:
            self._wall += time.monotonic() - start
        return values

    def _answer(self, kind: bytes, body: wire.Body) -> Any:
        """Give the value of an answer. Raises `CandidateFailure`."""
        try:
            if kind == wire.PACKED:
                [value] = wire.unpack(body)  # as many as there are answers, else a ValueError
                return value
            if kind == wire.COLUMN:
                return columns.unpack(body)
            value = wire.decode(body)
        except ValueError as error:
            raise CandidateFailure("bad_result", f"its answer is not plain data: {error}") from None
        if kind == wire.VALUE:
            return value
        if kind == wire.BROKEN and not self._clean:
            raise CandidateFailure("bad_result", "its answer is malformed")
        raise verdict.told(kind, value, self._sources, output_full=self._output_full())

    def _post_mortem(self, lines: Lines) -> CandidateFailure:
        """Say why the channel closed: the child ended by itself, or closed it and goes on."""
        if lines.ended is None:
            self._host.notice(lines, _DYING_SECONDS)
        if lines.ended is not None:
            return verdict.ended(lines.ended, self._limits, output_full=self._output_full())
        return verdict.silent(lost=self._host.end(lines) is None)

    def _output_full(self) -> bool:
        return self._lines is not None and self._lines.printed_bytes >= verdict.OUTPUT_FULL

    def _require(self) -> Lines:
        """Give the lines of a session that is still of use."""
        if self._failure is not None:
            raise self._failure
        if self._lines is None or self._finished:
            raise RuntimeError("this session is finished; open another one")
        return self._lines

    def _fail(self, failure: CandidateFailure) -> CandidateFailure:
        self._failure = failure
        self._collect()
        return failure

    def _collect(self) -> None:
        """End the child and add up what it used."""
        lines, self._lines = self._lines, None
        if lines is None:
            return
        ended = self._host.end(lines)
        self._output += lines.printed((self._limits.output_kb << 10) - len(self._output))
        lines.close()
        if ended is not None:
            self._cpu += ended.cpu_seconds
            self._memory = max(self._memory, ended.memory_mb)

    def holds(self, lines: Lines) -> bool:
        """Whether the child behind `lines` is still this session's."""
        return self._lines is lines
