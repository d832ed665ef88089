"""Appending to the log in groups."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from evoengine.effects import Embed, Generate, Generated, Reply
from evoengine.encoding import Texts, encode_reply
from evoengine.errors import StoreError
from evoengine.ports import Clock, Store

GROUP_EVENTS = 64
GROUP_SECONDS = 0.05
"""A group commit holds at most so many events, for so long."""


class Journal:
    """Writes events with the run's own time, and commits them in groups.

    Parameters
    ----------
    at
        The run's own clock where the log ends, in seconds; pauses between sessions are left out.
    on_failure
        Told when a commit fails that nobody is waiting for.
    """

    def __init__(
        self, store: Store, clock: Clock, at: float, on_failure: Callable[[StoreError], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._at = at
        self._origin: float | None = None
        self._on_failure = on_failure
        self._uncommitted = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        """The run's own clock. It starts when it is first read, so that getting ready is not counted."""
        if self._origin is None:
            self._origin = self._clock() - self._at
        return self._clock() - self._origin

    def append(
        self, kind: str, proposal: int | None, body: Mapping[str, Any], texts: Mapping[str, str] | None = None
    ) -> None:
        """Append an event; it becomes durable with its group."""
        self._store.append(kind, proposal, self.seconds, body, texts or {})
        self._uncommitted += 1
        if self._uncommitted >= GROUP_EVENTS:
            self.commit()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GROUP_SECONDS, self._commit_later)

    def reply(self, proposal: int, step: int, reply: Reply, request: Generate | Embed | None = None) -> None:
        """Append what an effect was answered, and what was asked where that was a model."""
        texts: Texts = {}
        body = encode_reply(step, reply, texts, request)
        self.append("replied", proposal, body, texts)

    def answer(self, proposal: int | None, key: str, reply: Generated) -> Mapping[str, Any]:
        """Append what an evaluator's question was answered; give the event's body."""
        texts: Texts = {}
        body = {"key": key, **encode_reply(0, reply, texts)}
        self.append("answered", proposal, body, texts)
        return body

    def commit(self) -> None:
        """Make everything durable now. Raises `StoreError`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._uncommitted = 0
        self._store.commit()

    def _commit_later(self) -> None:
        self._timer = None
        try:
            self.commit()
        except StoreError as error:
            self._on_failure(error)
