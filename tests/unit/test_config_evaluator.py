"""Finding and making the evaluator that a problem names."""

import pytest
from toy_problem import GENOME, folder, trial_of, write

from evoengine.config import load_problem
from evoengine.config import modules as modules_module
from evoengine.errors import ConfigError, EvaluatorError

__all__ = ["folder"]


def with_evaluator(folder, source, reference="./evaluate.py", args=""):
    write(folder, "evaluate.py", source)
    write(folder, "problem.toml", f'name = "toy"\nevaluator = "{reference}"\n{args}{GENOME}')
    return load_problem(folder)


def test_a_function_takes_args_too(folder):
    loaded = with_evaluator(
        folder, "def score(trial, k=1):\n    return k", "./evaluate.py:score", "args = { k = 5 }\n"
    )
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == 5


def test_what_an_annotation_of_pythons_own_means_is_not_checked_and_lists_may_be_tuples(folder):
    source = """
class Own: ...
class Evaluator:
    def __init__(self, own: Own, name: "int", pair: tuple[int, int]):
        self.given = own, name, pair
    def evaluate(self, trial):
        return self.given
"""
    loaded = with_evaluator(folder, source, args='args = { own = 1, name = "x", pair = [1, 2] }\n')
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == (1, "x", [1, 2])


def test_an_object_is_taken_as_it_is(folder):
    source = "class E:\n    def evaluate(self, trial):\n        return 4\ne = E()\n"
    loaded = with_evaluator(folder, source, "./evaluate.py:e")
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == 4


def test_an_evaluator_imports_the_files_beside_it_and_the_shared_ones(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(modules_module.evoengine, "__file__", str(tmp_path / "evoengine" / "__init__.py"))
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (tmp_path / "evaluators").mkdir()
    write(tmp_path, "evaluators/toy_gates.py", "LIMIT = 3\n")
    write(
        tmp_path,
        "evaluators/toy_shared.py",
        "from toy_gates import LIMIT\ndef evaluate(trial):\n    return LIMIT\n",
    )
    write(folder, "toy_helper.py", "from evaluators import toy_gates\nBASE = toy_gates.LIMIT\n")
    monkeypatch.delitem(__import__("sys").modules, "evaluators", raising=False)
    loaded = with_evaluator(
        folder, "from toy_helper import BASE\ndef evaluate(trial):\n    return BASE + 1\n"
    )
    monkeypatch.setattr("sys.path", [path for path in __import__("sys").path if not path.endswith("/main")])
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == 4
    shared = with_evaluator(folder, "", "toy_shared")
    assert shared.evaluator().evaluate(trial_of(loaded.problem)) == 3
    with pytest.raises(ConfigError) as caught:
        with_evaluator(folder, "", "toy_share:Name")
    assert caught.value.cure == "did you mean 'toy_shared'?"


@pytest.mark.parametrize(
    ("source", "reference", "args", "message", "cure"),
    [
        ("x = 1\n", "./evaluate.py", "", "neither evaluate nor Evaluator", "def evaluate"),
        ("class Packing: ...\n", "./evaluate.py:Paking", "", "no 'Paking'", "did you mean 'Packing'?"),
        ("class P: ...\n", "./evaluate.py:P", "", "not P", "def evaluate"),
        (
            "def evaluate(trial, k): ...\n",
            "./evaluate.py",
            "args = { kk = 1 }\n",
            "'args.kk'",
            "did you mean 'k'?",
        ),
        ("def evaluate(trial, k): ...\n", "./evaluate.py", "", "'args.k' is missing", "add 'k'"),
        (
            "def evaluate(trial, k: int): ...\n",
            "./evaluate.py",
            'args = { k = "2" }\n',
            "problem.toml: args.k = '2': input should be a valid integer",
            "mend 'args.k'",
        ),
    ],
)
def test_a_wrong_evaluator_is_a_config_error(folder, *, source, reference, args, message, cure):
    with pytest.raises(ConfigError, match=message) as caught:
        with_evaluator(folder, source, reference, args).evaluator()
    assert cure in caught.value.cure


@pytest.mark.parametrize(
    ("source", "args"),
    [
        ("raise ValueError('boom')\n", ""),
        (
            "class Evaluator:\n    def __init__(self, **options):\n        raise ValueError('boom')\n",
            "args = { k = 1 }\n",
        ),
    ],
)
def test_an_evaluator_that_raises_keeps_its_traceback(folder, source, args):
    with pytest.raises(EvaluatorError, match="ValueError: boom"):
        with_evaluator(folder, source, args=args).evaluator()


def test_an_edited_evaluator_is_read_anew(folder):
    loaded = load_problem(folder)
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == 22.0
    write(folder, "evaluate.py", "def evaluate(trial):\n    return 1234567.0\n")
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == 1234567.0
