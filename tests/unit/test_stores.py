"""The log in a real SQLite file; what every store keeps to is in tests/contract."""

import os
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from evoengine.errors import (
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreVersionError,
)
from evoengine.stores import SQLiteStore

RESULT = {
    "candidate": {
        "id": "0-0",
        "genome": {"main.py": "aa"},
        "digest": "d0",
        "operator": "perturb",
        "parents": ["seed-0"],
    },
    "evaluation": {"status": "ok", "fitness": 1.5, "usage": [1, 0, 0, 0, 0.0]},
}


def test_appended_events_are_visible_before_they_are_durable(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")
    store.append("run", None, 0.0, {}, {"aa": "text"})
    assert store.text("aa") == "text"
    reader = SQLiteStore(tmp_path / "run.db", read_only=True)
    assert list(reader.events()) == []
    store.commit()
    assert [e.kind for e in reader.events()] == ["run"]
    reader.close()
    store.close()
    store.close()


def test_views_for_people(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")
    for n, fitness in enumerate((1.0, 0.5, 2.0, None)):
        evaluation = {"status": "error" if fitness is None else "ok", "usage": [1, 0, 0, 0, 0.0]}
        result = {
            "candidate": {**RESULT["candidate"], "id": f"{n}-0", "digest": f"d{n}"},
            "evaluation": evaluation if fitness is None else {**evaluation, "fitness": fitness},
        }
        store.append("told", n, float(n), {"results": [result]}, {})
    assert [row["id"] for row in store.rows("select id from improvements order by ordinal")] == ["0-0", "2-0"]
    assert dict(store.rows("select * from operators")[0]) == {
        "operator": "perturb",
        "candidates": 4,
        "ok": 3,
        "best": 2.0,
    }
    assert {row["status"]: row["candidates"] for row in store.rows("select * from statuses")} == {
        "ok": 3,
        "error": 1,
    }
    assert store.check() == []
    store.close()


def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")
    with pytest.raises(StoreLockedError, match="another process"):
        SQLiteStore(tmp_path / "run.db")
    store.close()
    SQLiteStore(tmp_path / "run.db").close()


def test_a_killed_writers_lock_goes_with_it(tmp_path):
    path = tmp_path / "run.db"
    script = f"""
import os, signal
from pathlib import Path
from evoengine.stores import SQLiteStore
store = SQLiteStore(Path({str(path)!r}))
store.append("run", None, 0.0, {{}}, {{}})
store.commit()
store.append("asked", 0, 0.0, {{}}, {{}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    store = SQLiteStore(path)
    assert [e.kind for e in store.events()] == ["run"]
    store.close()


@pytest.mark.parametrize(
    "content", [b"this is no database, whatever its name says" * 50, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_a_file_that_is_no_log_is_named_and_left_alone(tmp_path, content):
    path = tmp_path / "run.db"
    path.write_bytes(content)
    for read_only in (True, False):
        with pytest.raises(StoreDamagedError, match=r"run\.db"):
            SQLiteStore(path, read_only=read_only)
    assert path.read_bytes() == content


def test_a_torn_page_is_found_before_anything_is_written(tmp_path):
    path = tmp_path / "run.db"
    store = SQLiteStore(path)
    for n in range(400):
        store.append(
            "asked", n, 0.0, {"operator": "x" * 200, "parents": []}, {f"t{n}": os.urandom(200).hex()}
        )
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(6, 20):
        data[page * 4096 + 8 : page * 4096 + 200] = os.urandom(192)
    path.write_bytes(data)
    with pytest.raises(StoreDamagedError, match=r"run\.db"):
        SQLiteStore(path)
    assert path.read_bytes() == data


def test_a_log_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "run.db"
    SQLiteStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    db.close()
    for read_only in (True, False):
        with pytest.raises(StoreVersionError, match="newer") as raised:
            SQLiteStore(path, read_only=read_only)
        assert "pip install" in raised.value.cure


def test_a_full_disk_keeps_what_was_committed(tmp_path):
    path = tmp_path / "run.db"
    store = SQLiteStore(path)
    store.append("run", None, 0.0, {"seed": 1}, {})
    store.commit()
    # The same error code as a full disk, without filling one.
    store._db.execute(f"pragma max_page_count = {store._db.execute('pragma page_count').fetchone()[0]}")
    texts = {f"t{n}": os.urandom(4000).hex() for n in range(1000)}
    with pytest.raises(StoreFullError, match="full") as raised:
        store.append("asked", 0, 0.0, {}, texts)
    assert "resume" in raised.value.cure
    store.close()
    again = SQLiteStore(path)
    assert [e.kind for e in again.events()][:1] == ["run"]
    again.append("asked", 0, 0.0, {}, {})
    again.close()


def test_a_missing_or_unwritable_place_is_named(tmp_path):
    with pytest.raises(StoreFullError, match="absent"):
        SQLiteStore(tmp_path / "absent" / "run.db")
    with pytest.raises(StoreError, match=r"absent\.db"):
        SQLiteStore(tmp_path / "absent.db", read_only=True)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    # Root may write anywhere, so the check runs as nobody.
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    script = f"""
import os
from pathlib import Path
from evoengine.stores import SQLiteStore
from evoengine.errors import StoreFullError
if os.getuid() == 0:
    os.setuid(65534)
try:
    SQLiteStore(Path({str(folder)!r}) / "run.db")
except StoreFullError as error:
    print("refused:", error.cure)
"""
    for parent in [tmp_path, *tmp_path.parents][:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "refused: " in done.stdout, done.stderr
    assert list(Path(folder).iterdir()) == []


def test_a_locked_file_is_an_error_not_a_hang(tmp_path, monkeypatch):
    path = tmp_path / "run.db"
    store = SQLiteStore(path)
    store._db.execute("pragma busy_timeout = 50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreLockedError, match="locked"):
        store.append("run", None, 0.0, {}, {})
    other.execute("rollback")
    other.close()
    store.append("run", None, 0.0, {}, {})
    store.close()


def test_half_a_surrogate_pair_is_read_by_people_too(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")
    result = {
        "candidate": {**RESULT["candidate"], "operator": "per\ud800turb"},
        "evaluation": {"status": "error", "feedback": "it said \udfff", "usage": [1, 0, 0, 0, 0.0]},
    }
    store.append("told", 0, 0.0, {"results": [result]}, {})
    assert store.rows("select operator from operators")[0]["operator"] == "per\ud800turb"
    assert store.result("0-0") == result
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "update texts set data = x'00010203'",
        f"update texts set data = x'{zlib.compress(bytes([255])).hex()}'",
        "update events set body = '{\"results\": ['",
        "update events set body = cast(x'ff7b7d' as text)",
    ],
)
def test_damaged_content_is_named_where_the_file_is_sound(tmp_path, damage):
    store = SQLiteStore(tmp_path / "run.db")
    store.append("asked", 0, 0.0, {}, {"aa": "text"})
    store.commit()
    store._db.execute(damage)
    with pytest.raises(StoreDamagedError, match=r"run\.db") as raised:
        [list(store.events()), store.text("aa")]
    assert raised.value.cure
    store.close()


def test_a_wrong_query_is_the_programmers_mistake(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")
    with pytest.raises(sqlite3.ProgrammingError):
        store.rows("select ?", (1, 2))
    store.close()


def test_an_empty_file_is_a_log_to_be_written_and_none_to_be_read(tmp_path):
    path = tmp_path / "run.db"
    path.touch()
    with pytest.raises(StoreDamagedError, match="holds no log"):
        SQLiteStore(path, read_only=True)
    SQLiteStore(path).close()
    reader = SQLiteStore(path, read_only=True)
    assert list(reader.events()) == []
    reader.close()


def test_many_texts_are_kept_once_each(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")
    for start in (0, 2500, 0):
        texts = {f"t{n}": f"text {n}" for n in range(start, start + 2500)}
        store.append("replied", 0, 0.0, {}, texts)
    assert store.rows("select count(*) as n from texts")[0]["n"] == 5000
    assert store.text("t4999") == "text 4999"
    store.close()


def test_a_killed_writers_log_is_read_at_once(tmp_path):
    # Killed in the middle of a transaction, over and over: now and then the write-ahead log needs recovery.
    script = """
import os, signal, sys
from pathlib import Path
from evoengine.stores import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
for n in range(200):
    store.append("asked", n, 0.0, {}, {f"t{n}": "x" * n})
    if n % 7 == 0:
        store.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""
    for n in range(3):
        path = tmp_path / f"{n}.db"
        subprocess.run([sys.executable, "-c", script, str(path)], check=False)
        # What a crash of the whole machine leaves: a log without its index.
        path.with_name(f"{n}.db-shm").unlink()
        reader = SQLiteStore(path, read_only=True)
        assert len(list(reader.events())) == 197
        reader.close()
