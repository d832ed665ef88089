"""The fast channel to one function of a candidate. Implements `evoengine.ports.Driven`."""

from typing import Any, Protocol

from evoengine.errors import CandidateFailure
from evoengine.sandbox import columns as tables
from evoengine.sandbox import wire
from evoengine.sandbox.lines import Lines


class Driver(Protocol):
    """What a channel asks of its session."""

    def open_step(self, name: str) -> tuple[Lines, int]:
        """Prepare to drive a function; give the child this holds for, and the function's number in it."""
        ...

    def holds(self, lines: Lines) -> bool:
        """Whether the child behind `lines` is still the session's."""
        ...

    def step(self, message: bytes) -> Any:
        """Exchange one message as fast as can be."""
        ...

    def batch(self, message: bytes) -> Any:
        """Exchange one message with the columns of a batch."""
        ...


class Drive:
    """A lock-step channel: the candidate sees one decision (or batch) at a time."""

    def __init__(self, session: Driver, name: str) -> None:
        self._session = session
        self._name = name
        self._open()

    def __call__(self, *args: Any) -> Any:
        """Call it once: about 10 microseconds for floats, ints, bools and 1-D float arrays."""
        if not self._session.holds(self._lines):
            self._open()
        packed = wire.pack(args)
        tail = wire.VALUE + wire.encode(list(args)) if packed is None else wire.PACKED + packed
        return self._session.step(wire.frame(wire.STEP, self._number + tail))

    def batch(self, *columns: Any) -> Any:
        """Call it once for each of many independent instances, in one round trip.

        A column for each argument: an array, whose first axis is the instance, or a sequence. Gives an array
        where all values are floats, all are ints, all are bools, or all are arrays of one shape, else a list.
        Raises `ValueError` for columns of different lengths.
        """
        if not self._session.holds(self._lines):
            self._open()
        body = tables.encode(columns)
        values = self._session.batch(wire.frame(wire.BATCH, self._number + body))
        count = tables.count(values)
        if count != len(columns[0]):
            reason = f"its answer to a batch has {count} values instead of {len(columns[0])}"
            raise CandidateFailure("bad_result", reason)
        return values

    def _open(self) -> None:
        self._lines, number = self._session.open_step(self._name)
        self._number = number.to_bytes(wire.NUMBER, "little")
