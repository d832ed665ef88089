"""How other processes reach a run that one process writes."""

import json
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from evoengine.stores.sqlite import explained

STEERING_NAME = "steering.db"


class Steering:
    """Rows for a run to take up, in a small SQLite file of their own beside its log.

    Whoever steers only adds rows, and the run's process only reads them: it makes of each an event of its
    log, which names the row's number. The event alone counts. A row that was read and whose event was
    lost in a crash is read again; one whose event is in the log is not. Every call opens the file and
    closes it, so that nobody waits for anybody.

    Parameters
    ----------
    path
        The file; it is made with the first row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, body: Mapping[str, Any]) -> int:
        """Add a row, durably; give its number, from 1. Raises `StoreError`."""
        with self._open() as db:
            db.execute("create table if not exists steering(number integer primary key, body text not null)")
            cursor = db.execute("insert into steering(body) values (?)", (json.dumps(body),))
            return cursor.lastrowid or 0

    def after(self, number: int) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Give the rows after a number with their numbers, in order; none where there is no file. Raises `StoreError`."""
        if not self.path.exists():
            return []
        with self._open() as db:
            if not db.execute("select 1 from sqlite_schema where name = 'steering'").fetchone():
                return []
            rows = db.execute("select number, body from steering where number > ? order by number", (number,))
            return [(number, json.loads(body)) for number, body in rows]

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection, None, None]:
        """Hold one transaction."""
        with explained(self.path), closing(sqlite3.connect(self.path, timeout=5)) as db, db:
            yield db
