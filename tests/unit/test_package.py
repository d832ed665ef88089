"""What another machine needs of a problem, and that it arrives."""

import pytest

from evoengine.config import load_problem
from evoengine.errors import ConfigError
from evoengine.package import unpack
from evoengine.testing.executors import write_problem

EVALUATE = "from beside import VALUE\n\n\ndef evaluate(trial):\n    return VALUE\n"
PROBLEM = 'name = "n"\nevaluator = "%s"\n[genome]\nfiles = ["main.py"]\n'


def moved(loaded, above):
    """Load a problem again from what was packed of it."""
    package = loaded.package()
    spec, overrides = package.placed(unpack(package.data, package.digest, above))
    again = load_problem(spec, overrides=overrides)
    assert str(above) in again.spec
    assert again.digest == loaded.digest == package.content
    return again


def test_a_folder_arrives_whole_without_what_running_it_has_left(tmp_path):
    (tmp_path / "here" / "data").mkdir(parents=True)
    (tmp_path / "here" / "__pycache__").mkdir()
    (tmp_path / "here" / "__pycache__" / "left.pyc").touch()
    (tmp_path / "here" / "data" / "table.bin").write_bytes(bytes(range(256)))
    again = moved(write_problem(tmp_path / "here"), tmp_path / "there")
    assert (again.folder / "data" / "table.bin").read_bytes() == bytes(range(256))
    assert not (again.folder / "__pycache__").exists()


def test_an_evaluator_outside_the_folder_comes_with_what_lies_beside_it(tmp_path):
    problem, evaluators = tmp_path / "problems" / "n", tmp_path / "evaluators"
    problem.mkdir(parents=True)
    evaluators.mkdir()
    (problem / "problem.toml").write_text(PROBLEM % "mine")
    (problem / "main.py").touch()
    (evaluators / "mine.py").write_text(EVALUATE)
    (evaluators / "beside.py").write_text("VALUE = 7.0\n")
    again = moved(load_problem(problem), tmp_path / "there")
    assert again.evaluator().evaluate(None) == 7.0


def test_a_shipped_evaluator_is_there_already(tmp_path):
    again = moved(load_problem("circle_packing"), tmp_path)
    assert not list(tmp_path.rglob("packing.py"))
    assert again.problem == load_problem("circle_packing").problem


def test_a_python_file_and_a_foreign_evaluator_arrive(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    (here / "beside_it.py").write_text("VALUE = 8.0\n")
    (here / "p.py").write_text(
        "from evoengine import Problem\nproblem = Problem('p', ({'a.py': ''},))\n"
        + EVALUATE.replace("beside", "beside_it")
    )
    assert moved(load_problem(here / "p.py"), tmp_path / "a").evaluator().evaluate(None) == 8.0
    (here / "seed.py").write_text("x = 1\n")
    (tmp_path / "judge.py").write_text("def evaluate(program_path):\n    return {'combined_score': 1.0}\n")
    foreign = load_problem(here / "seed.py", overrides={"evaluator": str(tmp_path / "judge.py")})
    again = moved(foreign, tmp_path / "b")
    assert str(tmp_path / "b") in again.overrides["evaluator"]


def test_an_archive_is_unpacked_once_and_only_where_it_is_whole_and_ours(tmp_path, monkeypatch):
    package = write_problem(tmp_path).package()
    assert package == load_problem(tmp_path).package(), "equal files make equal packages"
    folder = unpack(package.data, package.digest, tmp_path / "there")
    (folder / "main.py").write_text("changed")
    assert unpack(package.data, package.digest, tmp_path / "there") == folder
    assert (folder / "main.py").read_text() == "changed"
    with pytest.raises(ConfigError, match="arrived damaged"):
        unpack(package.data + b"x", package.digest, tmp_path / "there")
    monkeypatch.setattr("os.getuid", lambda: 12345)
    with pytest.raises(ConfigError, match="belongs to another user"):
        unpack(package.data, package.digest, tmp_path / "there")
