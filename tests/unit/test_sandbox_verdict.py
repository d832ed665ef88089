import signal

import pytest

from evoengine.errors import CandidateFailure
from evoengine.problem import Limits
from evoengine.sandbox import open_sandbox, verdict, wire
from evoengine.sandbox.lines import Ended, Lines
from evoengine.types import STATUSES

LIMITS = Limits(wall_seconds=2.0, cpu_seconds=1.5, memory_mb=100)
FILES = {"main.py": "first\n  second\x1b\n"}


@pytest.mark.parametrize(
    ("status", "cpu", "memory", "kind"),
    [
        (0, 0.0, 10.0, "exit"),
        (97 << 8, 0.0, 10.0, "exit"),
        (int(signal.SIGXCPU), 1.0, 10.0, "cpu_limit"),
        (int(signal.SIGKILL), 2.1, 10.0, "cpu_limit"),
        (int(signal.SIGKILL), 0.1, 90.0, "memory_limit"),
        (int(signal.SIGKILL), 0.1, 10.0, "crash"),
        (int(signal.SIGSYS), 0.1, 10.0, "forbidden"),
        (int(signal.SIGXFSZ), 0.1, 10.0, "disk_limit"),
        (int(signal.SIGSEGV), 0.1, 10.0, "crash"),
        (int(signal.SIGABRT), 0.1, 10.0, "crash"),
        (125, 0.1, 10.0, "crash"),
    ],
)
def test_the_kind_comes_from_the_wait_status_and_the_usage(status, cpu, memory, kind):
    failure = verdict.ended(Ended(status, cpu, memory), LIMITS)
    assert failure.status == kind
    assert kind in STATUSES
    assert failure.feedback


def test_a_full_output_is_told_from_a_full_disk():
    assert (
        verdict.ended(Ended(int(signal.SIGXFSZ), 0.0, 1.0), LIMITS, output_full=True).status == "output_limit"
    )
    body = {"type": "OSError", "message": "", "lines": [], "disk": True}
    assert verdict.told(wire.RAISED, body, FILES, output_full=True).status == "output_limit"
    assert verdict.told(wire.RAISED, body, FILES, output_full=False).status == "disk_limit"


def test_cpu_seconds_default_to_just_above_the_wall_limit():
    assert verdict.cpu_seconds(Limits(wall_seconds=2.5)) == 4
    assert verdict.cpu_seconds(LIMITS) == 2


def test_silence():
    assert verdict.silent(lost=True).status == "crash"
    assert verdict.silent(lost=False).status == "no_result"


def test_what_is_told_is_cut_and_cleaned():
    body = {
        "type": "T" * 500,
        "message": "a\x1b[31mb\n" + "m" * 5000,
        "lines": [
            ["main.py", 2, "f\x07"], ["main.py", 99, ""], ["other.py", 1, "f"], ["main.py", "1", "f"], "x", ["main.py", True, "f"],
        ],
    }  # fmt: skip
    failure = verdict.told(wire.RAISED, body, FILES, output_full=False)
    assert failure.status == "error"
    assert "\x1b" not in failure.feedback
    assert "\x07" not in failure.feedback
    assert "main.py, line 2 in f" in failure.feedback
    assert "other.py" not in failure.feedback
    assert len(failure.feedback) < 3000


@pytest.mark.parametrize(
    ("kind", "account", "status"),
    [
        (wire.LEFT, "3", "exit"),
        (wire.LEFT, {"a": 1}, "exit"),
        (wire.UNPLAIN, "an object", "bad_result"),
        (wire.RAISED, [1, 2], "bad_result"),
        (wire.RAISED, {}, "error"),
        (wire.RAISED, {"type": 5, "message": None, "lines": 7, "memory": 1, "disk": "yes"}, "error"),
        (wire.RAISED, {"memory": True}, "memory_limit"),
        (wire.BROKEN, {"type": "SyntaxError"}, "invalid_source"),
        (b"?", {}, "bad_result"),
        (wire.CALL, {}, "bad_result"),
    ],
)
def test_a_candidates_own_account_is_of_its_own_failure_only(kind, account, status):
    assert verdict.told(kind, account, FILES, output_full=False).status == status


def test_an_incomplete_confinement_is_ours_and_tried_once_more(monkeypatch):
    slot = open_sandbox(preload=(), level="subprocess")
    pid, shakes = slot.pid, iter([False, True])
    shake = Lines.shake
    monkeypatch.setattr(Lines, "shake", lambda lines, seconds: shake(lines, seconds) and next(shakes))
    session = slot.open({"main.py": "def f(): return 1"}, "main.py", LIMITS)
    assert session.call("f", []) == 1
    assert slot.pid != pid
    monkeypatch.setattr(Lines, "shake", lambda lines, seconds: False)
    with pytest.raises(CandidateFailure) as caught:
        slot.open({"main.py": "def f(): return 1"}, "main.py", LIMITS)
    assert caught.value.status == "sandbox_failure"
    slot.close()
