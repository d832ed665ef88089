import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.ports import Sandbox, Session
from evoengine.problem import Limits
from evoengine.sandbox import LEVELS, describe, open_sandbox

LIMITS = Limits(wall_seconds=5.0)
SOURCE = {"main.py": "def f(x): return x + 1"}


@pytest.fixture
def slot():
    slot = open_sandbox(preload=(), level="subprocess")
    yield slot
    slot.close()


def answers(slot) -> bool:
    session = slot.open(SOURCE, "main.py", LIMITS)
    value = session.call("f", [1])
    session.finish()
    return value == 2


def gone(pid: int) -> bool:
    for _ in range(300):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_it_is_a_sandbox(slot):
    sandbox: Sandbox = slot
    session: Session = sandbox.open(SOURCE, "main.py", LIMITS)
    assert session.call("f", [1]) == 2
    assert sandbox.level == "subprocess"


def test_a_slot_that_died_between_sessions_is_replaced(slot):
    pid = slot.pid
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert answers(slot)
    assert slot.pid != pid


def test_a_slot_that_dies_with_its_candidate_is_replaced(slot):
    source = {"main.py": "import os, time\ndef f():\n    os.kill(os.getppid(), 9)\n    time.sleep(60)"}
    session = slot.open(source, "main.py", LIMITS)
    with pytest.raises(CandidateFailure) as caught:
        session.call("f", [])
    assert caught.value.status == "crash"
    assert answers(slot)


def test_a_slot_that_is_stuck_is_replaced(slot):
    source = {"main.py": "import os, time\ndef f():\n    os.kill(os.getppid(), 19)\n    time.sleep(60)"}
    session = slot.open(source, "main.py", Limits(wall_seconds=0.2))
    with pytest.raises(CandidateFailure) as caught:
        session.call("f", [])
    assert caught.value.status == "timeout"
    assert answers(slot)


def test_a_slot_stuck_before_it_is_used_costs_a_retry(slot, monkeypatch):
    monkeypatch.setattr("evoengine.sandbox.session._HANDSHAKE_SECONDS", 0.3)
    assert answers(slot)
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    assert str(slot.pid) in children
    os.kill(slot.pid, signal.SIGSTOP)
    slot.open(SOURCE, "main.py", LIMITS).finish()
    assert answers(slot)


def test_closing_twice_and_using_it_again(slot):
    session = slot.open(SOURCE, "main.py", LIMITS)
    pid = slot.pid
    slot.close()
    slot.close()
    assert slot.pid == 0
    assert gone(pid)
    assert session.finish().wall_seconds > 0.0
    assert answers(slot)


@pytest.mark.skipif(sys.platform != "linux", reason="it is read in /proc")
def test_a_waiting_child_that_ended_is_replaced_without_a_trace(slot):
    answers(slot)
    before = _descriptors()
    for _ in range(3):
        [waiting] = _below(slot.pid)
        os.kill(waiting, signal.SIGKILL)
        assert gone(waiting)
        slot.open(SOURCE, "main.py", LIMITS).finish()
        assert answers(slot)
    assert _descriptors() == before


@pytest.mark.skipif(sys.platform != "linux", reason="affinity")
def test_the_next_child_is_forked_ahead_only_where_another_processor_can(slot):
    mine = os.sched_getaffinity(0)
    for processors in (mine, {min(mine)}):
        os.sched_setaffinity(0, processors)
        try:
            answers(slot)
            session = slot.open(SOURCE, "main.py", LIMITS)
            session.call("f", [1])
            until = time.monotonic() + 5.0
            while len(_below(slot.pid)) == 1 and len(processors) > 1 and time.monotonic() < until:
                time.sleep(0.01)
            beside = len(_below(slot.pid)) - 1
            session.finish()
        finally:
            os.sched_setaffinity(0, mine)
        assert beside == (len(processors) > 1)


def _descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_descriptors_are_given_back(slot):
    answers(slot)
    before = _descriptors()
    for _ in range(20):
        answers(slot)
    assert _descriptors() == before


def test_a_slot_outlives_the_thread_that_started_it():
    started = []
    thread = threading.Thread(target=lambda: started.append(open_sandbox(preload=(), level="subprocess")))
    thread.start()
    thread.join()
    [slot] = started
    pid = slot.pid
    time.sleep(0.05)
    assert answers(slot)
    assert slot.pid == pid
    slot.close()


@pytest.mark.parametrize("level", ["subprocess", None])
def test_no_slot_outlives_its_host(level):
    program = (
        "import os, sys\nfrom evoengine.sandbox import open_sandbox\nfrom evoengine.problem import Limits\n"
        f"slot = open_sandbox(preload=(), level={level!r})\n"
        "session = slot.open({'main.py': 'def f():\\n    while True: pass'}, 'main.py', Limits(wall_seconds=60.0))\n"
        "print(slot.pid, flush=True)\nsession.call('f', [])"
    )
    host = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    pid = int(host.stdout.readline())
    time.sleep(0.1)
    family = [pid, *_below(pid)]
    assert len(family) >= 2
    host.kill()
    host.wait()
    host.stdout.close()
    assert all(map(gone, family))


def _below(pid: int) -> list[int]:
    found = []
    for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        found += [child, *_below(child)]
    return found


def test_a_preload_that_is_not_there():
    with pytest.raises(SandboxError, match="not_there") as caught:
        open_sandbox(preload=("not_there",), level="subprocess")
    assert caught.value.cure


def test_an_unknown_level():
    with pytest.raises(SandboxError, match="no isolation level 'armour'") as caught:
        open_sandbox(level="armour")
    assert "full" in caught.value.cure


def test_the_best_level_is_taken():
    slot = open_sandbox(preload=())
    try:
        assert slot.level == describe(preload=()).level
        assert slot.level in LEVELS
        assert answers(slot)
    finally:
        slot.close()


@pytest.mark.skipif(sys.platform != "linux", reason="confinement is for Linux")
def test_scratch_is_writable_and_emptied_where_there_is_one():
    slot = open_sandbox(preload=())
    source = {
        "main.py": "import os\ndef f():\n    open('x', 'w').write('y')\n    return [os.getcwd(), os.listdir('.')]"
    }
    try:
        if slot.level != "full":
            pytest.skip("no scratch below the level full")
        for _ in range(3):
            session = slot.open(source, "main.py", LIMITS)
            assert session.call("f", []) == ["/scratch/own", ["x"]]
            session.finish()
    finally:
        slot.close()


def test_an_abort_is_told_from_a_segmentation_fault():
    slot = open_sandbox(preload=())
    session = slot.open({"main.py": "import os\ndef f(): os.abort()"}, "main.py", LIMITS)
    with pytest.raises(CandidateFailure, match="SIGABRT"):
        session.call("f", [])
    slot.close()
