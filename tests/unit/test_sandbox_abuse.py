"""Attacks that are late: which lateness is the machine's, and which the attack's."""

from dataclasses import replace

import pytest

from evoengine.sandbox import open_sandbox
from evoengine.sandbox.abuse import Ground
from evoengine.sandbox.attacks import case

QUICK = case("quick", "ok", "def f(): return 1")


class Clocked:
    """A slot that says of an attack's runs that they took so long, and of others what part of a processor they got."""

    def __init__(self, slot, share, attack, *seconds):
        self.level = slot.level
        self.runs = 0
        self._slot, self._share, self._attack, self._seconds = slot, share, attack, list(seconds)

    def open(self, genome, main, limits):
        session = self._slot.open(genome, main, limits)
        finish = session.finish
        if genome["main.py"] != self._attack.source:
            session.finish = lambda: replace(finish(), wall_seconds=1.0, cpu_seconds=self._share)
            return session
        self.runs += 1
        seconds = self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]
        session.finish = lambda: replace(finish(), wall_seconds=seconds)
        return session

    def close(self):
        """The slot goes on to the next test."""


@pytest.fixture(scope="module")
def slot():
    slot = open_sandbox(level="subprocess")
    yield slot
    slot.close()


def tried(slot, share, attack, *seconds):
    """Try an attack that takes so long; give what is wrong and how often it ran."""
    clocked = Clocked(slot, share, attack, *seconds)
    ground = Ground(clocked, lambda: slot.pid)
    wrong = ground.run(attack).wrong
    ground.close()
    return wrong, clocked.runs


def test_an_attack_in_time_runs_once(slot):
    assert tried(slot, 0.1, QUICK, 0.6) == ((), 1)


def test_an_attack_that_is_late_once_is_wrong_where_candidates_have_a_processor(slot):
    assert tried(slot, 0.9, QUICK, 0.9, 0.1) == (("it took 0.90 s",), 1)


def test_an_attack_that_is_late_on_a_busy_machine_is_tried_again(slot):
    assert tried(slot, 0.1, QUICK, 0.9, 5.0, 0.1) == ((), 3)


def test_an_attack_that_is_late_every_time_is_wrong_on_a_busy_machine_too(slot):
    wrong, runs = tried(slot, 0.1, QUICK, 0.9)
    assert wrong == ("it took 0.90 s",)
    assert runs > 3


def test_an_attack_that_succeeds_is_not_tried_again(slot):
    attack = case("got", "ok", "def f(): return {'got': True}")
    assert tried(slot, 0.1, attack, 0.9, 0.1) == (("the attack succeeded", "it took 0.90 s"), 1)


def test_another_end_than_expected_is_no_lateness(slot):
    attack = case("raises", "ok", "def f(): raise ValueError('no')")
    (wrong,), runs = tried(slot, 0.1, attack, 0.1)
    assert (wrong.partition(":")[0], runs) == ("error is not among ['ok']", 1)


def test_a_candidate_that_was_stopped_before_its_end_is_tried_again(slot):
    attack = case("hangs", "ok", "def f():\n    while True: pass")
    (wrong,), runs = tried(slot, 0.1, attack, 0.3)
    assert wrong.startswith("timeout is not among ['ok']")
    assert runs > 3
    assert tried(slot, 0.9, attack, 0.3)[1] == 1
