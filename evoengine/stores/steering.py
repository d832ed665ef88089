"""How other processes reach a run that one process writes."""

import json
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

from evoengine.stores.sqlite import explained

STEERING_NAME = "steering.db"


def _is_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(text, str) for text in cast("dict[str, Any]", value).values()
    )


FORMS: Mapping[str, Callable[[Any], bool]] = {
    "preference": lambda value: isinstance(value, dict),
    "hint": lambda value: isinstance(value, str),
    "inject": _is_texts,
}
"""What a run may be told, and the form of each."""


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
        """Give the rows after a number with their numbers, in order; none where there is no file.

        Of a row only what has one of the `FORMS` is given: nothing else may enter a log that has to be folded
        for ever. Raises `StoreError`.
        """
        if not self.path.exists():
            return []
        with self._open() as db:
            if not db.execute("select 1 from sqlite_schema where name = 'steering'").fetchone():
                return []
            rows = db.execute("select number, body from steering where number > ? order by number", (number,))
            return [(number, _well_formed(json.loads(body))) for number, body in rows]

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection, None, None]:
        """Hold one transaction."""
        with explained(self.path), closing(sqlite3.connect(self.path, timeout=5)) as db, db:
            yield db


def _well_formed(row: Any) -> Mapping[str, Any]:
    given = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    return {kind: given[kind] for kind, fits in FORMS.items() if kind in given and fits(given[kind])}
