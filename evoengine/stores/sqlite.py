"""The log in one SQLite file: one writer, any number of readers while it writes."""

import fcntl
import json
import os
import sqlite3
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evoengine.errors import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreVersionError,
)
from evoengine.types import Event

SCHEMA_VERSION = 3
"""The number of migrations, kept in the file's ``user_version``."""

_RECENT = 4096
_COMPRESSION = 3


class SQLiteStore:
    """The log of one run.

    Appending happens inside one open transaction, which this connection sees at once and `commit`
    makes durable: a process killed at any moment loses at most what was not committed.

    Parameters
    ----------
    path
        The file. With `read_only` it must exist, and nothing is ever written, created or locked.

    Raises
    ------
    StoreError
        One of its kinds, with the file's name, the cause and the cure; the file is left as it was.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._recent: dict[str, None] = {}
        self._closed = False
        self._lock = None if read_only else _lock(path)
        try:
            with explained(path):
                self._db = _connect(path, read_only=read_only)
        except StoreError:
            self._unlock()
            raise
        try:
            with explained(path):
                self._open(read_only=read_only)
        except StoreError:
            self._db.close()
            self._unlock()
            raise

    def _open(self, *, read_only: bool) -> None:
        _check_version(self._db, self.path)
        if not read_only:
            self._prepare()
        elif not self._db.execute("select 1 from sqlite_schema where name = 'events'").fetchone():
            raise StoreDamagedError(f"{self.path}: holds no log", cure="resume the run, or begin it anew")

    def _prepare(self) -> None:
        # Imported here because readers need no migrations, and it costs a tenth of a second.
        from sqlite_utils import Database  # noqa: PLC0415

        from evoengine.stores.migrations import migrations  # noqa: PLC0415

        fault = self._db.execute("pragma quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise StoreDamagedError(f"{self.path}: {fault}", cure="restore a copy; readers may still open it")
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        # Digests arrive in random order: their index has to stay in memory for writing to stay fast.
        self._db.execute("pragma cache_size = -65536")
        migrations.apply(Database(self._db))
        self._db.execute(f"pragma user_version = {SCHEMA_VERSION}")

    def append(
        self, kind: str, proposal: int | None, at: float, body: Mapping[str, Any], texts: Mapping[str, str]
    ) -> int:
        """Append an event and the texts its body names; give its number."""
        with explained(self.path):
            if not self._db.in_transaction:
                self._db.execute("begin immediate")
            for digest, text in texts.items():
                self._put(digest, text)
            cursor = self._db.execute(
                "insert into events(kind, proposal, at, body) values (?, ?, ?, ?)",
                (kind, proposal, at, json.dumps(body, separators=(",", ":"))),
            )
            return cursor.lastrowid or 0

    def _put(self, digest: str, text: str) -> None:
        if digest in self._recent:
            return
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[digest] = None
        if self._db.execute("select 1 from texts where digest = ?", (digest,)).fetchone() is None:
            data = zlib.compress(text.encode("utf-8", "surrogatepass"), _COMPRESSION)
            self._db.execute("insert into texts(digest, data) values (?, ?)", (digest, data))

    def commit(self) -> None:
        """Make everything appended durable."""
        if self._db.in_transaction:
            with explained(self.path):
                self._db.execute("commit")

    def events(self, kinds: Sequence[str] = ()) -> Iterator[Event]:
        """Iterate over the log in order, over all kinds or some."""
        marks = f" where kind in ({','.join('?' * len(kinds))})" if kinds else ""
        query = f"select seq, kind, proposal, at, body from events{marks} order by seq"  # noqa: S608 - marks only
        with explained(self.path):
            for seq, kind, proposal, at, body in self._db.execute(query, tuple(kinds)):
                yield Event(seq, kind, proposal, at, json.loads(body))

    def text(self, digest: str) -> str:
        """Give a stored text. Raises `KeyError`."""
        with explained(self.path):
            row = self._db.execute("select data from texts where digest = ?", (digest,)).fetchone()
            if row is None:
                raise KeyError(digest)
            return zlib.decompress(row[0]).decode("utf-8", "surrogatepass")

    def find(self, digest: str) -> tuple[str, int] | None:
        """Give the id and ordinal (from 0) of the first candidate of a canonical form."""
        query = "select id, ordinal - 1 from candidates where digest = ? order by ordinal limit 1"
        with explained(self.path):
            return self._db.execute(query, (digest,)).fetchone()

    def result(self, candidate: str) -> Mapping[str, Any]:
        """Give the logged result of an id. Raises `KeyError`."""
        query = """select r.value from candidates c, events e, json_each(e.body, '$.results') r
            where c.id = ? and e.seq = c.seq and r.value ->> '$.candidate.id' = c.id"""
        with explained(self.path):
            row = self._db.execute(query, (candidate,)).fetchone()
            if row is None:
                raise KeyError(candidate)
            return json.loads(row[0])

    def answer(self, key: str) -> Mapping[str, Any] | None:
        """Give the body of the ``answered`` event of a question, or None."""
        query = "select body from events where kind = 'answered' and body ->> '$.key' = ?"
        with explained(self.path):
            row = self._db.execute(query, (key,)).fetchone()
            return None if row is None else json.loads(row[0])

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Run a reading query for people's views; columns by name."""
        with explained(self.path):
            cursor = self._db.cursor()
            cursor.row_factory = sqlite3.Row
            return cursor.execute(query, tuple(parameters)).fetchall()

    def check(self) -> list[str]:
        """Give the faults of the file that SQLite itself finds; none is the empty list."""
        with explained(self.path):
            return [row[0] for row in self._db.execute("pragma integrity_check(20)") if row[0] != "ok"]

    def close(self) -> None:
        """Commit and let go of the run. May be called twice."""
        if not self._closed:
            self._closed = True
            try:
                self.commit()
            finally:
                self._db.close()
                self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if not read_only:
        return _open(path, "rwc")
    try:
        return _open(path, "ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
    # The writer was killed, and SQLite must first make its index of the write-ahead log anew.
    db = _open(path, "rw")
    db.execute("pragma query_only = on")
    return db


def _open(path: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=5,
        check_same_thread=False,
    )
    db.text_factory = _text
    try:
        db.execute("select count(*) from sqlite_schema").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db


def _text(data: bytes) -> str:
    # SQLite writes half a surrogate pair out of a JSON body as it stands.
    return data.decode("utf-8", "surrogatepass")


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    db.execute("select count(*) from sqlite_schema").fetchone()
    version = db.execute("pragma user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StoreVersionError(
            f"{path}: written by a newer evoengine (log version {version}, this one reads up to {SCHEMA_VERSION})",
            cure="pip install --upgrade evoengine",
        )


def _lock(path: Path) -> int:
    """Hold the run for this process; the kernel lets go when the process dies, however it dies."""
    try:
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreFullError(
            f"{path.parent}: cannot be written ({error.strerror})",
            cure="free or choose another folder with --out",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreLockedError(
            f"{path}: another process is running this search",
            cure="wait for it, or stop it with Ctrl-C there",
        ) from error
    return descriptor


@contextmanager
def explained(path: Path) -> Generator[None, None, None]:
    """Turn SQLite's errors into ours, by code, with the file and the cure."""
    damaged = "check the path, or restore a copy of the file"
    try:
        yield
    except (zlib.error, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StoreDamagedError(f"{path}: {error}", cure=damaged) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        message = f"{path}: {error}"
        if code in {
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_IOERR,
        }:
            cure = "free space or make the folder writable, then: evoengine resume"
            raise StoreFullError(message, cure=cure) from error
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StoreLockedError(message, cure="close the program that holds the file") from error
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT} or isinstance(
            error, sqlite3.OperationalError
        ):
            raise StoreDamagedError(message, cure=damaged) from error
        raise
