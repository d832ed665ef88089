import sys

import pytest

from evoengine.errors import CandidateFailure
from evoengine.sandbox import LEVELS, Attempt, Report, client, describe, open_sandbox, probe
from evoengine.sandbox.process import LevelError

ALL = {
    "read a file": "ENOENT",
    "write a file": "EROFS",
    "use the network": "EPERM",
    "start a process": "EAGAIN",
    "start a program": "EAGAIN",
    "signal the host": "EPERM",
    "see the host's files": "ENOENT",
}


@pytest.mark.parametrize(
    ("let", "level"),
    [
        ({}, "full"),
        ({"see the host's files": "EACCES"}, "landlock"),
        ({"see the host's files": ""}, "landlock"),
        ({"see the host's files": "", "read a file": ""}, "seccomp"),
        ({"use the network": ""}, "subprocess"),
        ({"write a file": ""}, "subprocess"),
        ({"start a process": ""}, "subprocess"),
    ],
)
def test_the_level_is_what_was_refused(let, level):
    assert probe.judge(ALL | let) == level


def test_nothing_known_is_no_confinement():
    assert probe.judge({}) == "subprocess"
    assert "could not run: crash" in probe.missing({"run at all": "crash"}, "full")


def test_what_was_let_through_is_named():
    assert probe.missing(ALL | {"use the network": ""}, "seccomp") == "a candidate could use the network"
    assert "read a file" in probe.missing(ALL | {"read a file": ""}, "landlock")
    assert "see the host's files" in probe.missing(ALL | {"see the host's files": "EACCES"}, "full")


def test_a_self_test_that_cannot_run_says_so():
    class Broken:
        def open(self, genome, main, limits):
            raise CandidateFailure("crash", "at once")

    assert probe.refusals(Broken()) == {"run at all": "crash: at once"}


def test_the_subprocess_level_refuses_what_it_says():
    slot = open_sandbox(preload=(), level="subprocess")
    assert probe.judge(probe.refusals(slot)) == "subprocess"
    slot.close()


@pytest.mark.skipif(sys.platform != "linux", reason="confinement is for Linux")
def test_a_level_that_only_claims_to_hold_is_refused(monkeypatch):
    monkeypatch.setattr("evoengine.sandbox.probe.refusals", lambda slot: ALL | {"use the network": ""})
    best = describe(preload=())
    assert best.level == "subprocess"
    assert {attempt.step for attempt in best.attempts if not attempt.reached} >= {"the self-test"}
    assert "could use the network" in str(best)


def test_every_level_that_cannot_be_had_is_explained(monkeypatch):
    class Refusing(client.Slot):
        def __init__(self, preload, level):
            if level != "subprocess":
                raise LevelError(level, "namespaces", "EPERM Operation not permitted")
            super().__init__(preload, level)

    monkeypatch.setattr("evoengine.sandbox.Slot", Refusing)
    report = describe(preload=())
    assert [attempt.level for attempt in report.attempts] == list(reversed(LEVELS))
    assert all(attempt.cure for attempt in report.attempts if not attempt.reached)
    assert str(report).startswith("isolation: subprocess (full refused at namespaces: EPERM")


def test_the_report_reads_as_one_line():
    report = Report(
        "landlock", (Attempt("full", False, "namespaces", "EPERM", "do"), Attempt("landlock", True)), {}
    )
    assert (
        str(report) == f"isolation: landlock (full refused at namespaces: EPERM): {probe.OFFERS['landlock']}"
    )
    assert str(Report("full", (Attempt("full", True),), {})) == f"isolation: full: {probe.OFFERS['full']}"


def test_the_cure_names_the_switch_that_forbids(monkeypatch, tmp_path):
    monkeypatch.setattr(probe, "_settings", lambda: {"kernel.apparmor_restrict_unprivileged_userns": "1"})
    assert "kernel.apparmor_restrict_unprivileged_userns is 1, set it to 0" in probe.cure("namespaces")
    monkeypatch.setattr(probe, "_settings", lambda: {"user.max_user_namespaces": "0"})
    assert "user.max_user_namespaces is 0" in probe.cure("namespaces")
    monkeypatch.setattr(probe, "_settings", dict)
    assert "no sysctl forbids" in probe.cure("namespaces")
    assert "doctor" in probe.cure("a step of no name")


def test_the_facts_name_this_machine():
    facts = describe(preload=()).facts
    assert facts["python"] == sys.executable
    assert facts["system"]
    assert set(probe.OFFERS) == set(LEVELS)
