"""Answers kept across runs, so that a repeated run pays nothing for them."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from evoengine.errors import ConfigError
from evoengine.llm.calls import Call, Completion
from evoengine.llm.specs import ModelSpec
from evoengine.rng import digest_text

_WAIT_SECONDS = 30.0

_SCHEMA = """create table if not exists answers(
    key text primary key, model text not null, text text not null) strict, without rowid"""

_LIKELIHOODS = """create table if not exists likelihoods(
    key text primary key, body text not null) strict, without rowid"""


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
            self._db.execute(_LIKELIHOODS)
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"the cache {path} cannot be used ({error})", cure="name another file, or do without a cache"
            ) from error

    def get(self, spec: ModelSpec, call: Call) -> Completion:
        """Give the samples that are known, from the first up to the first that is not."""
        texts: list[str] = []
        told: list[Mapping[str, float]] = []
        query = "select text, body from answers left join likelihoods using (key) where key = ?"
        for key in self._keys(spec, call):
            row = self._db.execute(query, (key,)).fetchone()
            if row is None:
                break
            texts.append(row[0])
            told += [json.loads(row[1])] if row[1] else []
        return Completion(tuple(texts), None, likelihoods=tuple(told) if len(told) == len(texts) else ())

    def put(self, spec: ModelSpec, call: Call, completion: Completion) -> None:
        """Keep the samples of a call, the first ones first; what is known already stays as it is."""
        keys = self._keys(spec, call)
        rows = [(key, spec.name, text) for key, text in zip(keys, completion.texts, strict=False)]
        told = [(key, json.dumps(each)) for key, each in zip(keys, completion.likelihoods, strict=False)]
        with closing(self._db.cursor()) as cursor:
            cursor.execute("begin immediate")
            cursor.executemany("insert or ignore into answers values (?, ?, ?)", rows)
            cursor.executemany("insert or ignore into likelihoods values (?, ?)", told)
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
        parts = [parameters, call.temperature, messages, sample]
        prefix = digest_text(json.dumps([*parts, call.choices] if call.choices else parts))
        return [f"{prefix}/{index}" for index in range(call.n)]
