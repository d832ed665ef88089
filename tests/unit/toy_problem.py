"""A folder with a small problem, to be changed by the tests of its configuration."""

import textwrap

import pytest

from evoengine.evaluation import Trial
from evoengine.ports import Task

TOML = """
name = "toy"
statement = "statement.md"
evaluator = "./evaluate.py"
"""
GENOME = """
[genome]
files = ["main.py"]
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "problems" / "toy"
    folder.mkdir(parents=True)
    write(folder, "problem.toml", TOML + GENOME)
    write(folder, "statement.md", "Make it large.\n")
    write(folder, "main.py", "def f():\n    return 1\n")
    write(folder, "evaluate.py", "def evaluate(trial):\n    return float(len(trial.text('main.py')))\n")
    return folder


def write(folder, name, text):
    (folder / name).write_text(textwrap.dedent(text), "utf-8")


def trial_of(problem):
    return Trial(problem, None, Task(problem.seeds[0]))
