"""Answers kept across runs, so that a repeated run pays nothing for them."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from evoengine.errors import ConfigError
from evoengine.llm.calls import Call
from evoengine.llm.specs import ModelSpec
from evoengine.rng import digest_text

_WAIT_SECONDS = 30.0

_SCHEMA = """create table if not exists answers(
    key text primary key, model text not null, text text not null) strict, without rowid"""


class ReplyCache:
    """One SQLite file of answers, for any number of processes at once.

    An answer is kept under the model with its parameters, the messages, and which sample it is: the
    how-manieth of which proposal and step. A proposal therefore never receives the sample of another
    one with the same prompt, and a second run receives the samples of the first. At temperature 0
    all proposals share their samples.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"the cache {path} cannot be used ({error})", cure="name another file, or do without a cache"
            ) from error

    def get(self, spec: ModelSpec, call: Call) -> tuple[str, ...]:
        """Give the samples that are known, from the first up to the first that is not."""
        texts: list[str] = []
        for key in self._keys(spec, call):
            row = self._db.execute("select text from answers where key = ?", (key,)).fetchone()
            if row is None:
                break
            texts.append(row[0])
        return tuple(texts)

    def put(self, spec: ModelSpec, call: Call, texts: Sequence[str]) -> None:
        """Keep the samples of a call, the first ones first; what is known already stays as it is."""
        rows = [(key, spec.name, text) for key, text in zip(self._keys(spec, call), texts, strict=False)]
        with closing(self._db.cursor()) as cursor:
            cursor.execute("begin immediate")
            cursor.executemany("insert or ignore into answers values (?, ?, ?)", rows)
            cursor.execute("commit")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __len__(self) -> int:
        return self._db.execute("select count(*) from answers").fetchone()[0]

    def _keys(self, spec: ModelSpec, call: Call) -> list[str]:
        parameters = [
            spec.base_url,
            spec.name,
            spec.max_tokens,
            spec.reasoning,
            sorted(spec.extra_body.items()),
        ]
        messages = [[message.role, message.content] for message in call.messages]
        sample = [] if call.temperature == 0.0 else [call.proposal, call.step]
        prefix = digest_text(json.dumps([parameters, call.temperature, messages, sample]))
        return [f"{prefix}/{index}" for index in range(call.n)]
