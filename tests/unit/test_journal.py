"""Group commits."""

import asyncio

import pytest

from evoengine.effects import Generated
from evoengine.errors import StoreError, StoreFullError
from evoengine.journal import GROUP_EVENTS, GROUP_SECONDS, Journal
from evoengine.stores import MemoryStore
from evoengine.types import Evaluation


class Committing(MemoryStore):
    """Counts the events at each commit, or fails."""

    def __init__(self, fault=None):
        super().__init__()
        self.commits = []
        self.fault = fault

    def commit(self):
        if self.fault is not None:
            raise self.fault
        self.commits.append(len(list(self.events())))


def with_journal(work, store, *, at=0.0, clock=lambda: 100.0):
    """Do work with a journal inside a loop; give the failures that it told of."""
    failures = []

    async def run():
        await work(Journal(store, clock, at, failures.append))

    asyncio.run(run())
    return failures


def test_a_full_group_is_committed_at_once():
    store = Committing()

    async def work(journal):
        for n in range(2 * GROUP_EVENTS + 3):
            journal.append("asked", n, {})

    assert with_journal(work, store) == []
    assert store.commits == [GROUP_EVENTS, 2 * GROUP_EVENTS]


def test_a_group_that_is_not_full_is_committed_after_a_while():
    store = Committing()

    async def work(journal):
        journal.append("asked", 0, {})
        journal.append("asked", 1, {})
        assert store.commits == []
        await asyncio.sleep(GROUP_SECONDS * 2)
        assert store.commits == [2]
        journal.append("asked", 2, {})
        await asyncio.sleep(GROUP_SECONDS * 3)

    assert with_journal(work, store) == []
    assert store.commits == [2, 3]


def test_a_commit_by_hand_ends_the_group():
    store = Committing()

    async def work(journal):
        for n in range(GROUP_EVENTS - 1):
            journal.append("asked", n, {})
        journal.commit()
        journal.append("asked", 98, {})
        journal.commit()
        await asyncio.sleep(GROUP_SECONDS * 3)

    assert with_journal(work, store) == []
    assert store.commits == [GROUP_EVENTS - 1, GROUP_EVENTS]


def test_a_failure_that_nobody_waits_for_is_told():
    fault = StoreFullError("the disk is full", cure="free space")

    async def work(journal):
        journal.append("asked", 0, {})
        await asyncio.sleep(GROUP_SECONDS * 3)

    assert with_journal(work, Committing(fault)) == [fault]


def test_a_failure_that_somebody_waits_for_is_raised():
    fault = StoreFullError("the disk is full", cure="free space")

    async def work(journal):
        for n in range(GROUP_EVENTS - 1):
            journal.append("asked", n, {})
        with pytest.raises(StoreError, match="disk is full"):
            journal.append("asked", 99, {})
        with pytest.raises(StoreError, match="disk is full"):
            journal.commit()

    assert with_journal(work, Committing(fault)) == []


def test_events_carry_the_runs_own_time_and_pauses_are_left_out():
    now = 1000.0
    store = MemoryStore()

    async def work(journal):
        nonlocal now
        assert journal.seconds == 40.0
        now += 2.5
        journal.append("asked", 0, {})

    with_journal(work, store, at=40.0, clock=lambda: now)
    assert [event.at for event in store.events()] == [42.5]


def test_replies_are_kept_with_their_texts():
    store = MemoryStore()

    async def work(journal):
        journal.reply(4, 0, Generated(("one", "two"), "small"))
        journal.reply(4, 1, Evaluation("", "ok", 2.0, artifacts={"log": "three"}))

    with_journal(work, store)
    generated, evaluated = store.events(("replied",))
    assert (generated.proposal, generated.body["step"], generated.body["model"]) == (4, 0, "small")
    assert [store.text(digest) for digest in generated.body["texts"]] == ["one", "two"]
    assert (evaluated.body["step"], evaluated.body["evaluation"]["fitness"]) == (1, 2.0)
    assert store.text(evaluated.body["evaluation"]["artifacts"]["log"]) == "three"
