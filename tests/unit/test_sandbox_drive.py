"""Candidates that are driven, call by call and in batches."""

import sys

import numpy as np
import pytest
from sessions import FILES, LIMITS, session, slot, status

from evoengine.problem import Limits

__all__ = ["session", "slot"]


@pytest.mark.skipif(sys.platform != "linux", reason="affinity")
def test_driving_keeps_the_affinity_only_while_it_lasts(slot):
    import os

    before = os.sched_getaffinity(0)
    session = slot.open(FILES, "main.py", LIMITS)
    session.drive("add")
    assert len(os.sched_getaffinity(0)) == 1
    session.finish()
    assert os.sched_getaffinity(0) == before


def test_driven_calls(session):
    step, other = session.drive("add"), session.drive("state")
    assert step(1, 2) == 3
    assert step(1.5, True) == 2.5
    assert step(2**70, 1) == 2**70 + 1
    assert step("a", "b") == "ab"
    assert np.array_equal(step(np.ones(4), 1.0), np.full(4, 2.0))
    assert np.array_equal(step(np.ones((2, 2)), 1), np.full((2, 2), 2.0))
    assert other(5) == {"x": 5}
    assert session.call("add", [1, 1]) == 2


def test_many_driven_calls(session):
    step = session.drive("add")
    assert [step(n, 1) for n in range(2000)] == list(range(1, 2001))


def test_driven_batches(session):
    step = session.drive("add")
    floats = step.batch(np.arange(100.0), [1.0] * 100)
    assert (floats.dtype.str, floats.tolist()) == ("<f8", [n + 1.0 for n in range(100)])
    ints = step.batch([2**40, 2], np.array([1, 2]))
    assert (ints.dtype.str, ints.tolist()) == ("<i8", [2**40 + 1, 4])
    bools = session.drive("same").batch([True, False])
    assert (bools.dtype.str, bools.tolist()) == ("|b1", [True, False])


def test_batches_of_what_is_no_column_of_numbers(session):
    step, same = session.drive("add"), session.drive("same")
    assert step.batch(["a", 1], ["b", 2]) == ["ab", 3]
    assert step.batch([], []) == []
    assert step.batch([2**70, 1], [1, 1]) == [2**70 + 1, 2]
    assert same.batch([1, 2.5, True]) == [1, 2.5, True]
    rows = step.batch(np.arange(6.0).reshape(2, 3), [1.0, 2.0])
    assert rows.tolist() == [[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]]
    assert [list(value) for value in same.batch([np.arange(2), np.arange(3)])] == [[0, 1], [0, 1, 2]]
    assert session.drive("scalar").batch([1.0, 2.0]).tolist() == [0.5, 1.0]


def test_columns_of_a_batch_have_one_length(session):
    step = session.drive("add")
    for columns in ([1.0], []), (np.ones(2), [1, 2, 3]), ():
        with pytest.raises(ValueError, match="columns"):
            step.batch(*columns)


def test_a_driven_error_is_told_and_survived(session):
    step, fail = session.drive("add"), session.drive("fail")
    assert status(fail) == "error"
    assert status(step, 1, "x") == "error"
    assert status(step.batch, [1, 1], [2, "x"]) == "error"
    assert step(1, 2) == 3
    assert status(session.drive, "nothing") == "error"


def test_a_driven_function_is_found_again_in_a_fresh_process(session):
    step = session.drive("counted")
    assert [step(), step()] == [1, 2]
    session.map("add", [[1, 2]], fresh=True)
    assert step() == 1
    session.map("add", [[1, 2]], fresh=True)
    assert session.drive("same").batch([7]).tolist() == [7]
    assert step() == 1


def test_a_large_driven_value_takes_the_long_way(session):
    step = session.drive("add")
    array = np.arange(100_000.0)
    assert np.array_equal(step(array, 1.0), array + 1.0)
    text = "x" * 200_000
    assert step(text, text) == text + text


def test_a_driven_call_that_hangs_is_stopped(slot):
    session = slot.open(FILES, "main.py", Limits(wall_seconds=0.2))
    step = session.drive("wait")
    assert status(step, 30) == "timeout"
    assert status(step, 0) == "timeout"


def test_a_driven_call_that_crashes(slot):
    session = slot.open({"main.py": "import ctypes\ndef f(x): ctypes.string_at(x)"}, "main.py", LIMITS)
    assert status(session.drive("f"), 0) == "crash"


@pytest.mark.parametrize(
    "answer",
    [
        "put(b'P', b'\\1x' + b'0' * 8)",
        "put(b'V', b'')",
        "put(b'V', bytes(4) + b'x' * 4)",
        "put(b'?', b'')",
        "put(b'P', b'\\0')",
    ],
)
def test_a_forged_driven_answer_is_refused(slot, answer):
    source = f"import os, struct\ndef put(kind, body): os.write(4, struct.pack('<cI', kind, len(body)) + body)\ndef f():\n    {answer}\n    os._exit(0)"
    session = slot.open({"main.py": source}, "main.py", LIMITS)
    assert status(session.drive("f")) == "bad_result"


@pytest.mark.parametrize(
    "answer",
    [
        "put(b'V', struct.pack('<I', 3) + b'[1]')",
        "put(b'V', struct.pack('<I', 1) + b'7')",
        "put(b'A', struct.pack('<IB', 1, 1) + b'd' + bytes(8))",
        "put(b'A', struct.pack('<IB', 2, 1) + b'd' + bytes(8))",
        "put(b'A', struct.pack('<IB', 2, 2) + b'dd' + bytes(32))",
        "put(b'A', struct.pack('<IB', 2, 1) + b'O' + bytes(16))",
        "put(b'A', struct.pack('<IB', 2, 9) + b'd')",
        "put(b'A', b'')",
    ],
)
def test_a_forged_batch_is_refused(slot, answer):
    source = f"import os, struct\ndef put(kind, body): os.write(4, struct.pack('<cI', kind, len(body)) + body)\ndef f(x):\n    {answer}\n    os._exit(0)"
    session = slot.open({"main.py": source}, "main.py", LIMITS)
    assert status(session.drive("f").batch, [1, 2]) == "bad_result"


def test_a_forged_column_of_bools_holds_bools(slot):
    source = "import os, struct\ndef f(x):\n    body = struct.pack('<IB', 2, 1) + b'?' + b'\\2\\0'\n    os.write(4, struct.pack('<cI', b'A', len(body)) + body)\n    os._exit(0)"
    session = slot.open({"main.py": source}, "main.py", LIMITS)
    assert session.drive("f").batch([1, 2]).tolist() == [True, False]
