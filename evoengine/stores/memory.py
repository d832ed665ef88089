"""The log in memory, for tests and throw-away searches."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evoengine.types import Event


class MemoryStore:
    """Behaves as the SQLite store does, bodies passed through JSON; gone with the process."""

    def __init__(self) -> None:
        self._events: list[tuple[str, int | None, float, str]] = []
        self._texts: dict[str, str] = {}
        self._first: dict[str, tuple[str, int]] = {}
        self._results: dict[str, str] = {}
        self._answers: dict[str, str] = {}

    def append(
        self, kind: str, proposal: int | None, at: float, body: Mapping[str, Any], texts: Mapping[str, str]
    ) -> int:
        """Append an event and the texts its body names; give its number."""
        self._texts.update(texts)
        self._events.append((kind, proposal, at, json.dumps(body)))
        if kind == "answered":
            self._answers[body["key"]] = json.dumps(body)
        if kind in {"seeded", "told"}:
            for result in body["results"]:
                candidate = result["candidate"]
                self._first.setdefault(candidate["digest"], (candidate["id"], len(self._results)))
                self._results[candidate["id"]] = json.dumps(result)
        return len(self._events)

    def commit(self) -> None:
        """Do nothing: memory is as durable as it gets."""

    def events(self, kinds: Sequence[str] = ()) -> Iterator[Event]:
        """Iterate over the log in order, over all kinds or some."""
        for seq, (kind, proposal, at, body) in enumerate(self._events, 1):
            if not kinds or kind in kinds:
                yield Event(seq, kind, proposal, at, json.loads(body))

    def text(self, digest: str) -> str:
        """Give a stored text. Raises `KeyError`."""
        return self._texts[digest]

    def find(self, digest: str) -> tuple[str, int] | None:
        """Give the id and ordinal (from 0) of the first candidate of a canonical form."""
        return self._first.get(digest)

    def result(self, candidate: str) -> Mapping[str, Any]:
        """Give the logged result of an id. Raises `KeyError`."""
        return json.loads(self._results[candidate])

    def answer(self, key: str) -> Mapping[str, Any] | None:
        """Give the body of the ``answered`` event of a question, or None."""
        body = self._answers.get(key)
        return None if body is None else json.loads(body)

    def close(self) -> None:
        """Do nothing."""
