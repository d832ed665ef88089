"""A worker, without the cluster around it: a real evaluator process, batches, questions and deaths."""

import json
import os
import signal
from dataclasses import replace

import pytest

from evoengine.config import load_problem
from evoengine.effects import Generated
from evoengine.encoding import encode_answer, encode_task
from evoengine.executors import worker
from evoengine.executors.worker import Worker
from evoengine.testing.executors import task, write_problem


@pytest.fixture
def made(tmp_path):
    found = make(write_problem(tmp_path))
    assert found.start()["ready"]
    yield found
    found.close()


def make(loaded, data=None, seconds=20.0):
    package = loaded.package()
    return Worker(package.data if data is None else data, replace(package, data=b""), "", "spare", seconds)


def batch(*values, seconds=0.0):
    return [(n, json.dumps(encode_task(task(value, seconds))).encode()) for n, value in enumerate(values)]


def told(reply):
    return {key: message and json.loads(message)["evaluation"].get("fitness") for key, message in reply.done}


def test_a_batch_is_answered_in_order_and_says_what_it_took(made):
    reply = made.work(batch(3, -1, 5))
    assert told(reply) == {0: 3.0, 1: None, 2: 5.0}
    assert (reply.back, reply.asking, reply.seconds > 0.0) == ((), None, True)
    assert made.versions() == worker.versions()


def test_the_rest_of_a_batch_that_takes_long_is_given_back(made, monkeypatch):
    monkeypatch.setattr(worker, "GIVE_BACK_SECONDS", 0.1)
    reply = made.work(batch(1, 2, 3, seconds=0.3))
    assert (told(reply), reply.back) == ({0: 1.0}, [1, 2])


def test_a_task_that_asks_holds_the_worker_until_it_is_answered(made):
    reply = made.work(batch(1, 42, 3))
    assert (told(reply), reply.back, reply.asking[0]) == ({0: 1.0}, [2], 1)
    assert made.work(batch(7, 8)).back == [0, 1]
    answers = {"answers": [encode_answer(Generated((text,))) for text in ("6", "7")]}
    assert told(made.answer(json.dumps(answers).encode())) == {1: 13.0}
    assert made.work(batch(42)).asking[0] == 0
    assert made.answer(None).done == ()
    assert told(made.work(batch(9))) == {0: 9.0}


def test_a_process_that_dies_or_is_stuck_costs_its_task_only(made):
    os.kill(made._host._process.pid, signal.SIGKILL)
    assert told(made.work(batch(1, 2))) == {0: None, 1: 2.0}
    made._task_seconds = 0.5
    os.kill(made._host._process.pid, signal.SIGSTOP)
    assert told(made.work(batch(1))) == {0: None}
    made._task_seconds = 20.0
    assert told(made.work(batch(4))) == {0: 4.0}


def test_a_process_that_cannot_be_replaced_is_no_candidates_fault(made):
    made._lose()
    made._command = ["/bin/false"]
    with pytest.raises(RuntimeError, match="before it was ready"):
        made.work(batch(1))


def test_what_keeps_a_worker_from_starting_is_said(tmp_path):
    loaded = write_problem(tmp_path)
    damaged = make(loaded, data=b"PK")
    assert damaged.start()["error"] == "ConfigError"
    damaged.close()
    (tmp_path / "evaluate.py").write_text("import absent_module\n")
    broken = make(load_problem(tmp_path))
    assert "absent_module" in broken.start()["message"]
    broken.close()
