"""The page on problems names every key, every computed measure, and an example that works."""

import inspect
import re
from pathlib import Path

from evaluators.prompts import Prompts
from evoengine.api import search
from evoengine.config.checking import Table
from evoengine.config.problem import ProblemTable
from evoengine.text.metrics import COMPUTED

PAGE = (Path(__file__).parents[2] / "docs" / "problems.md").read_text("utf-8")


def keys(table, prefix=""):
    for name, field in table.model_fields.items():
        kind = field.annotation
        inner = next(
            (
                k
                for k in (kind, *getattr(kind, "__args__", ()))
                if isinstance(k, type) and issubclass(k, Table)
            ),
            None,
        )
        yield name
        if inner is not None:
            yield from keys(inner)


def test_every_key_is_on_the_page():
    assert not [key for key in keys(ProblemTable) if not re.search(rf"\b{key}\b", PAGE)]


def test_every_argument_of_the_evaluator_of_prompts_is_on_the_page():
    rows = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert set(inspect.signature(Prompts).parameters) - {"folder"} <= rows


def test_every_computed_measure_is_on_the_page():
    assert not [name for name in COMPUTED if name not in PAGE and not name.startswith("projection_")]
    assert [name for name in COMPUTED if name.startswith("projection_")] == [
        f"projection_{n}" for n in range(4)
    ]


def test_the_example_runs(tmp_path):
    toml, python = (re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[0] for kind in ("toml", "python"))
    (tmp_path / "problem.toml").write_text(toml)
    (tmp_path / "evaluate.py").write_text(python)
    (tmp_path / "statement.md").write_text("Approximate the square root.")
    (tmp_path / "root.py").write_text("def root(x):\n    return 0.4 + 0.6 * x\n")
    run = search(tmp_path, out=tmp_path / "run", candidates=20, slots=1, recipe="hill_climb")
    assert run.best.evaluation.fitness >= run.candidate("seed").evaluation.fitness
    assert "the errors are" in run.best.evaluation.feedback
