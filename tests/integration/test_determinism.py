"""Equal logs from real evaluator processes, sandboxes and a kill, in proposal order."""

import signal
import subprocess
import sys

import pytest
from small import count

from evoengine.api import resume, search
from evoengine.replay import canonical
from evoengine.stores import SQLiteStore

SETTINGS = {
    "recipe": "islands",
    "params": {"islands": 2, "migrate_every": 5, "operators": ["perturb", "mutate", "crossover"]},
    "candidates": 40,
    "seed": 11,
    "order": "proposal",
}

KILLED = """
import os, signal, sys
from evoengine.api import search

def kill(known, verdict):
    if known.candidate.proposal == 12:
        os.kill(os.getpid(), signal.SIGKILL)

search("circle_packing", out=sys.argv[1], slots=2, observers=[kill], **{settings})
"""


def log(out):
    store = SQLiteStore(out / "run.db", read_only=True)
    try:
        return canonical(store.events())
    finally:
        store.close()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    run = search("circle_packing", out=out, slots=1, **SETTINGS)
    assert (run.stopped, run.statuses["ok"] > 10) == ("candidates", True)
    return log(out)


def test_two_fresh_runs_are_equal_whatever_the_number_of_slots(tmp_path, reference):
    search("circle_packing", out=tmp_path / "run", slots=2, **SETTINGS)
    assert log(tmp_path / "run") == reference


def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(tmp_path, reference):
    out = tmp_path / "run"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.replace("{settings}", repr(SETTINGS)), out], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert count(out, "told") <= 13
    assert count(out, "stopped") == 0
    assert resume(out).stopped == "candidates"
    assert log(out) == reference


def test_another_seed_gives_another_run(tmp_path, reference):
    search("circle_packing", out=tmp_path / "run", slots=2, **{**SETTINGS, "seed": 12, "candidates": 5})
    others, ours = (
        [results for kind, _, results in whole[:-1] if kind == "told"]
        for whole in (log(tmp_path / "run"), reference)
    )
    assert len(others) == 5
    assert not any(other in ours for other in others)
