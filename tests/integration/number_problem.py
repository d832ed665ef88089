"""A problem whose candidates give a number and whose evaluator does what they ask of it, and an executor at work on it."""

import asyncio
import json
import sys

import pytest

from evoengine.ports import Task

PROBLEM = """
name = "number"
evaluator = "./evaluate.py"
[genome]
files = ["main.py"]
[limits]
wall_seconds = 1.0
memory_mb = 256
"""

EVALUATOR = """
import os, signal, time
from pathlib import Path
from evoengine.evaluation import Score


def evaluate(trial):
    text = trial.text("main.py")
    marker = Path(__file__).with_name("died")
    if "the evaluator raises" in text:
        raise ValueError("of its own making")
    if "the evaluator hangs" in text:
        time.sleep(1000)
    if "the evaluator dies" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "the evaluator leaves once" in text and not marker.exists():
        marker.touch()
        os._exit(3)
    if "the evaluator tells its environment" in text:
        return Score(0.0, feedback=repr(dict(os.environ)))
    if "the evaluator says much" in text:
        print("out of the evaluator")
        return Score(0.0, artifacts={"log": "x" * 5_000_000})
    return float(trial.call("value"))
"""


@pytest.fixture
def problem(tmp_path):
    folder = tmp_path / "problem"
    folder.mkdir()
    (folder / "problem.toml").write_text(PROBLEM)
    (folder / "evaluate.py").write_text(EVALUATOR)
    (folder / "main.py").write_text("def value():\n    return 0\n")
    return folder


def command(spec):
    return [sys.executable, "-m", "evoengine.host", str(spec), json.dumps({}), ""]


def candidate(body="return 1", note=""):
    return Task({"main.py": f"# {note}\ndef value():\n    {body}\n"})


def use(executor, work):
    async def used():
        await executor.start()
        try:
            return await work()
        finally:
            await executor.close()

    return asyncio.run(used())
