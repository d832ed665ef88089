"""The trusted side of a slot: starts it, replaces it when it is lost, and opens sessions in it."""

from collections.abc import Mapping, Sequence

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.problem import Limits
from evoengine.sandbox import probe
from evoengine.sandbox.confine import LEVELS, NO_DEVICES
from evoengine.sandbox.devices import Devices
from evoengine.sandbox.lines import Ended, Lines
from evoengine.sandbox.process import LevelError, Process
from evoengine.sandbox.session import CandidateSession
from evoengine.types import Genome

_SOURCE_LIMIT = 4 << 20


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
    devices
        What candidates may open; at ``full``, and at ``subprocess``, where everything is open.
    """

    def __init__(
        self,
        preload: Sequence[str],
        level: str,
        *,
        processes: bool = False,
        devices: Devices = NO_DEVICES,
    ) -> None:
        self._preload = tuple(preload)
        self._level = level
        self.processes = processes
        self._devices = devices
        self._process: Process | None = None
        self._session: CandidateSession | None = None
        self._start()
        if level != "subprocess":
            self._test()

    @property
    def level(self) -> str:
        """What was really refused in the self-test, with the devices that are open: ``full+nvidia``."""
        return "+".join((self._level, *self._devices.names))

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
        if closed := probe.closed(self, self._devices.nodes):
            self.close()
            raise LevelError(self.level, "the devices", closed)

    def _start(self) -> None:
        self._process = Process(self._preload, self._level, self.processes, self._devices)

    def _replace(self) -> None:
        if self._process is not None:
            self._process.end(at_once=True)
            self._process = None
        self._start()


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
