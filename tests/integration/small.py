"""A small problem on disk, and a search of it in a process of its own."""

import subprocess
import sys
import time

from evoengine.errors import StoreError
from evoengine.stores import SQLiteStore

PROBLEM = """
name = "parabola"
evaluator = "./evaluate.py"
worst_fitness = -1000.0
[genome]
files = ["main.py"]
[limits]
wall_seconds = 5
"""

EVALUATOR = '''
import time


def evaluate(trial):
    """Score a number: the nearer to 3, the better. A program that says so is judged slowly."""
    x = trial.call("value")
    time.sleep({seconds} if x != 0.5 else 0.0)
    return -((x - 3.0) ** 2)
'''

SEED = "def value():\n    return 0.5\n"

SEARCH = """
import sys
from evoengine.api import search
problem, out, candidates, order = sys.argv[1:]
run = search(problem, out=out, candidates=int(candidates), order=order, recipe="hill_climb", slots=1,
             params={"operators": ["perturb"]})
print(run.stopped)
"""


def write_problem(folder, *, seconds=0.0, seed=SEED, evaluator=EVALUATOR):
    """Write the problem; an offspring takes its evaluator so many seconds."""
    folder.mkdir(exist_ok=True)
    (folder / "problem.toml").write_text(PROBLEM)
    (folder / "evaluate.py").write_text(evaluator.replace("{seconds}", str(seconds)))
    (folder / "main.py").write_text(seed)
    return folder


def start(problem, out, *, candidates=100_000, order="completion"):
    """Search in a process of its own; its output is the reason of the stop."""
    command = [sys.executable, "-c", SEARCH, str(problem), str(out), str(candidates), order]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def count(out, kind):
    """Count the events of a kind that are committed."""
    try:
        store = SQLiteStore(out / "run.db", read_only=True)
    except StoreError:
        return 0
    try:
        return len(list(store.events((kind,))))
    finally:
        store.close()


def wait_for(process, out, kind, events):
    """Wait until so many events of a kind are committed."""
    deadline = time.monotonic() + 60.0
    while count(out, kind) < events:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
