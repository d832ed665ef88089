"""The executors that ship keep the contract that others are held to, the local one with real processes."""

import json
import re
import sys
from dataclasses import replace
from functools import partial

from evoengine.evaluation import run_trial
from evoengine.executors import InlineExecutor, LocalExecutor, ThreadExecutor
from evoengine.sandbox import open_sandbox
from evoengine.testing.executors import ExecutorContract, write_problem
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.scripted import ScriptedExecutor


class TestInlineExecutor(ExecutorContract):
    slow_seconds = 0.1

    def make(self, folder):
        loaded = write_problem(folder)
        return InlineExecutor(loaded.problem, loaded.evaluator(), InlineSandbox())


class TestThreadExecutor(ExecutorContract):
    slots = 2

    def make(self, folder):
        loaded = write_problem(folder)
        return ThreadExecutor(
            loaded.problem, loaded.evaluator(), partial(open_sandbox, preload=()), slots=self.slots
        )


class TestLocalExecutor(ExecutorContract):
    slots = 2

    def make(self, folder):
        loaded = write_problem(folder)
        command = [sys.executable, "-m", "evoengine.host", loaded.spec, json.dumps({}), ""]
        return LocalExecutor(command, slots=self.slots, task_seconds=30.0)


class TestScriptedExecutor(ExecutorContract):
    asks = False
    slots = 3
    slow_seconds = 0.1

    def make(self, folder):
        loaded = write_problem(folder)
        evaluator, pause = loaded.evaluator(), re.compile(r"sleep\((.*)\)")

        def evaluate(task):
            text = pause.sub("sleep(0)", task.genome["main.py"])
            quick = replace(task, genome={"main.py": text})
            evaluation = run_trial(evaluator, loaded.problem, InlineSandbox(), quick)
            return replace(evaluation, artifacts=evaluation.artifacts and {"source": task.genome["main.py"]})

        return ScriptedExecutor(
            evaluate, slots=self.slots, delay=lambda task: float(pause.search(task.genome["main.py"])[1])
        )
