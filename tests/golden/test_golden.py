"""What released versions wrote still folds to the same, and can be gone on with.

``python tests/golden/record.py VERSION`` adds a log, once for each released version.
"""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from record import describe, folded, search

from evoengine.stores import SQLiteStore
from evoengine.types import EVENT_KINDS

LOGS = sorted(Path(__file__).parent.glob("*.db"))


@pytest.fixture(params=LOGS, ids=lambda path: path.stem)
def log(request, tmp_path):
    """A copy of a recorded log, since opening one writes beside it."""
    shutil.copy(request.param.with_suffix(".json"), tmp_path)
    return Path(shutil.copy(request.param, tmp_path))


def test_there_is_a_log_of_the_first_version():
    assert [path.stem for path in LOGS][:1] == ["v0.1.0"]


def test_a_recorded_log_is_sound_and_the_newest_holds_events_of_every_kind(log):
    store = SQLiteStore(log, read_only=True)
    kinds = {event.kind for event in store.events()}
    assert kinds <= set(EVENT_KINDS)
    assert kinds == set(EVENT_KINDS) or log.stem != LOGS[-1].stem
    assert store.check() == []
    store.close()


def test_a_recorded_log_folds_to_the_recorded_state(log):
    assert describe(folded(log)) == json.loads(log.with_suffix(".json").read_text())


def test_a_recorded_log_can_be_gone_on_with(log):
    before = folded(log)
    assert before.pending
    store = SQLiteStore(log)
    more = before.candidates + 10
    assert asyncio.run(search(store, candidates=more, drop_at=0)) == "candidates"
    store.close()
    after = folded(log)
    assert after.candidates >= more
    assert not after.pending
