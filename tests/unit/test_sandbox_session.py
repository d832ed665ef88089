import signal
import time

import numpy as np
import pytest
from sessions import FILES, LIMITS, session, slot, status

from evoengine.errors import CandidateFailure, SandboxError
from evoengine.problem import Limits
from evoengine.sandbox import open_sandbox

__all__ = ["session", "slot"]


def test_plain_data_and_arrays_go_both_ways(session):
    assert session.call("add", [1, 2]) == 3
    value = session.call("double", [np.ones((2, 3))])
    assert np.array_equal(value["array"], np.full((2, 3), 2.0))
    assert np.array_equal(value["more"][0], [0, 1, 2])
    assert value["more"][1] == [1.5, None]


def test_large_arrays_go_both_ways(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=10.0, result_kb=40_000))
    array = np.arange(4_000_000, dtype=float)
    assert np.array_equal(session.call("add", [array, 1.0]), array + 1.0)
    session.finish()


def test_files_of_the_genome_are_modules(session):
    assert session.call("both", []) == ["helper", "inner", "leaf", "candidate"]


def test_state_lives_as_long_as_the_session(session, slot):
    assert [session.call("counted", []) for _ in range(3)] == [1, 2, 3]
    assert slot.open(FILES, "main.py", LIMITS).call("counted", []) == 1


def test_an_error_names_the_lines_of_the_candidates_own_source(session):
    with pytest.raises(CandidateFailure) as caught:
        session.call("remote", [])
    assert caught.value.status == "error"
    assert caught.value.feedback.splitlines() == [
        "ZeroDivisionError: division by zero",
        "  main.py, line 44 in remote: return helper.fail()",
        "  helper.py, line 3 in fail: return 1 / 0",
    ]


def test_an_error_leaves_the_session_usable(session):
    assert status(session.call, "fail", []) == "error"
    assert status(session.call, "nothing", []) == "error"
    assert session.call("add", [1, 1]) == 2


def test_an_errors_message_is_cut_and_harmless(session):
    with pytest.raises(CandidateFailure) as caught:
        session.call("fail", ["\x1b[31m" + "x" * 10_000])
    assert "\x1b" not in caught.value.feedback
    assert len(caught.value.feedback) < 3000


def test_map_is_one_round_trip_in_one_process(session):
    assert session.map("add", [[1, 2], [3, 4]]) == [3, 7]
    assert session.map("counted", [[], []]) == [1, 2]
    assert session.map("add", []) == []


def test_fresh_gives_each_input_a_clean_process(slot):
    session = slot.open(FILES, "main.py", LIMITS)
    assert session.map("counted", [[], [], []], fresh=True) == [1, 1, 1]
    usage = session.finish()
    assert usage.cpu_seconds > 0.0


def test_map_stops_at_the_first_failure(session):
    assert status(session.map, "add", [[1, 2], [1, "x"], [3, 4]]) == "error"


def test_arguments_must_be_plain_data(session):
    with pytest.raises(ValueError, match="plain data"):
        session.call("add", [object(), 1])
    assert session.call("add", [1, 1]) == 2


HARNESS = """
def simulate(candidate, start, steps):
    trace, level = [], start
    for _ in range(steps):
        level = candidate.add(level, 1)
        trace.append(level)
    return {"trace": trace, "marks": LIMIT}

LIMIT = 7
"""


def test_a_harness_runs_beside_the_candidate_and_its_trace_comes_back(session):
    for _ in range(2):
        assert session.simulate(HARNESS, [5, 3]) == {"trace": [6, 7, 8], "marks": 7}
    assert session.call("add", [1, 1]) == 2
    assert session.finish().wall_seconds > 0.0


def test_what_a_harness_raises_names_its_line_and_the_candidates(session):
    harness = "def simulate(candidate):\n    return candidate.fail('no')\n"
    with pytest.raises(CandidateFailure) as caught:
        session.simulate(harness, [])
    assert caught.value.status == "error"
    assert caught.value.feedback.splitlines() == [
        "ValueError: no",
        "  <harness>, line 2 in simulate: return candidate.fail('no')",
        "  main.py, line 24 in fail: raise ValueError(message)",
    ]


def test_a_simulation_has_limits_and_returns_plain_data(slot, session):
    assert status(session.simulate, "def simulate(candidate): return candidate", []) == "bad_result"
    assert status(session.simulate, "def simulate(c): return c.wait(60)", [], 0.1) == "timeout"


def test_the_clock_stands_still_between_calls(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=1.0))
    for _ in range(3):
        time.sleep(0.5)
        assert session.call("add", [1, 1]) == 2
    assert session.finish().wall_seconds < 1.0


def test_the_clock_runs_over_all_calls(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=0.4))
    session.call("wait", [0.25])
    start = time.monotonic()
    assert status(session.call, "wait", [5]) == "timeout"
    assert time.monotonic() - start < 4.0
    assert 0.4 <= session.finish().wall_seconds < 4.0


def test_a_call_may_have_a_deadline_of_its_own(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=5.0))
    with pytest.raises(CandidateFailure, match=r"after 0\.1 s") as caught:
        session.call("wait", [5], 0.1)
    assert caught.value.status == "timeout"


def test_a_timeout_while_arguments_are_being_sent(slot):
    source = "import os, time\ntime.sleep\ndef f(): pass\nimport threading\n"
    session = slot.open({"main.py": source + "def g(x): time.sleep(60)"}, "main.py", Limits(wall_seconds=0.3))
    assert status(session.map, "g", [["x" * 1_000_000]] * 3) == "timeout"


def test_after_a_fatal_failure_every_call_fails_alike(slot):
    session = slot.open({"main.py": "import os\ndef f(): os._exit(3)\ndef g(): return 1"}, "main.py", LIMITS)
    assert status(session.call, "f", []) == "exit"
    assert status(session.call, "g", []) == "exit"
    assert status(session.map, "g", [[]], fresh=True) == "exit"


def test_a_finished_session_is_of_no_more_use(session):
    assert session.finish() == session.finish()
    with pytest.raises(RuntimeError, match="finished"):
        session.call("add", [1, 2])


def test_opening_ends_the_session_before(slot, session):
    slot.open(FILES, "main.py", LIMITS).finish()
    with pytest.raises(RuntimeError, match="finished"):
        session.call("add", [1, 2])


def test_usage_is_measured_outside_the_candidate(slot):
    source = "def f():\n    x = bytearray(64 << 20)\n    t = 0\n    for n in range(2_000_000): t += n\n    print('done')\n    return t"
    session = slot.open({"main.py": source}, "main.py", LIMITS)
    session.call("f", [])
    usage = session.finish()
    assert usage.wall_seconds > 0.02
    assert usage.cpu_seconds > 0.02
    assert usage.memory_mb > 64.0
    assert usage.output == "done\n"


def test_output_is_captured_up_to_its_cap(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=5.0, output_kb=1))
    assert session.call("shout", [100_000]) == 100_000
    assert session.finish().output == "x" * 1024


def test_a_crash_loses_no_output(slot):
    source = "import os, sys\ndef f():\n    print('before', flush=True)\n    print('error', file=sys.stderr)\n    os.abort()"
    session = slot.open({"main.py": source}, "main.py", LIMITS)
    assert status(session.call, "f", []) == "crash"
    assert session.finish().output.startswith("before\nerror\n")


def test_too_large_an_answer(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=5.0, result_kb=10))
    assert status(session.call, "add", ["x" * 11_000, "y"]) == "output_limit"


def test_unseeded_randomness_repeats(slot):
    source = (
        "import random, numpy as np\ndef f(): return [random.random(), float(np.random.rand()), hash('x')]"
    )
    first, second = (slot.open({"main.py": source}, "main.py", LIMITS).call("f", []) for _ in range(2))
    other = open_sandbox(level="subprocess")
    third = other.open({"main.py": source}, "main.py", LIMITS).call("f", [])
    other.close()
    assert first == second == third


def test_the_environment_is_scrubbed(slot, monkeypatch):
    monkeypatch.setenv("EVOENGINE_SECRET", "x")
    source = "import os\ndef f(): return sorted(os.environ)"
    names = slot.open({"main.py": source}, "main.py", LIMITS).call("f", [])
    assert not [name for name in names if "SECRET" in name or "KEY" in name]
    assert "OMP_NUM_THREADS" in names


def test_the_source_can_be_inspected(slot):
    files = {
        "main.py": "import inspect, helper\ndef f(): return [inspect.getsource(f), inspect.getsource(helper.g)]",
        "helper.py": "def g(): return 2\n",
    }
    mine, helpers = slot.open(files, "main.py", LIMITS).call("f", [])
    assert mine.startswith("def f()")
    assert helpers == "def g(): return 2\n"


@pytest.mark.parametrize("source", ["def f(:", "\0", "x = '\ud800'", "(" * 300, "x" * (5 << 20)])
def test_what_is_no_source(slot, source):
    assert status(slot.open, {"main.py": source}, "main.py", LIMITS) == "invalid_source"


def test_a_syntax_error_names_its_line(slot):
    with pytest.raises(CandidateFailure, match=r"main\.py, line 2: def f"):
        slot.open({"main.py": "x = 1\ndef f(:\n"}, "main.py", LIMITS)


def test_main_must_be_a_file_of_the_genome(slot):
    with pytest.raises(SandboxError, match=r"no file 'x.py'") as caught:
        slot.open({"main.py": ""}, "x.py", LIMITS)
    assert "main.py" in caught.value.cure


def test_cpu_time_is_limited(slot):
    limits = Limits(wall_seconds=20.0, cpu_seconds=1.0)
    session = slot.open({"main.py": "def f():\n    while True: pass"}, "main.py", limits)
    assert status(session.call, "f", []) == "cpu_limit"


@pytest.mark.slow
def test_ignoring_the_cpu_signal_only_delays_the_end(slot):
    source = (
        f"import signal\nsignal.signal({int(signal.SIGXCPU)}, signal.SIG_IGN)\ndef f():\n    while True: pass"
    )
    session = slot.open({"main.py": source}, "main.py", Limits(wall_seconds=20.0, cpu_seconds=1.0))
    assert status(session.call, "f", []) == "cpu_limit"


def test_writing_too_much_to_a_file_is_a_disk_limit(slot):
    source = "import errno\ndef f(): raise OSError(errno.ENOSPC, 'full')"
    assert status(slot.open({"main.py": source}, "main.py", LIMITS).call, "f", []) == "disk_limit"


def test_the_signal_for_too_large_a_file(slot):
    source = "import os, signal\ndef f():\n    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n    os.kill(os.getpid(), signal.SIGXFSZ)"
    assert status(slot.open({"main.py": source}, "main.py", LIMITS).call, "f", []) == "disk_limit"


def test_an_unknown_signal_is_a_crash(slot):
    source = "import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGRTMIN + 3)"
    assert status(slot.open({"main.py": source}, "main.py", LIMITS).call, "f", []) == "crash"
