"""A candidate's evaluation by an evaluator, in this process."""

from evoengine.evaluation import as_evaluator, run_trial
from evoengine.ports import Task
from evoengine.problem import Problem
from evoengine.testing.inline import InlineSandbox

GENOME = {"main.py": "def value(x=1):\n    return x * 2\n\n\ndef broken():\n    raise KeyError('lost')\n"}
PLAIN = Problem("plain", (GENOME,), main="main.py")


def judged(evaluate, problem=PLAIN, sandbox=None, **task):
    return run_trial(as_evaluator(evaluate), problem, sandbox or InlineSandbox(), Task(GENOME, **task))
