import pytest
from toy_problem import GENOME, TOML, folder, trial_of, write

from evoengine.config import load_problem, shipped_problems
from evoengine.config import modules as modules_module
from evoengine.errors import ConfigError, EvaluatorError
from evoengine.problem import BestKnown, Limits, Measure, Objective

__all__ = ["folder"]


def test_a_small_problem_has_the_defaults(folder):
    loaded = load_problem(folder)
    problem = loaded.problem
    assert problem.name == "toy"
    assert problem.statement == "Make it large.\n"
    assert problem.seeds == ({"main.py": "def f():\n    return 1\n"},)
    assert problem.evolvable == ("main.py",)
    assert problem.main == "main.py"
    assert problem.objectives == (Objective("fitness"),)
    assert problem.limits == Limits()
    assert problem.preload == ("numpy",)
    assert loaded.folder == folder
    assert loaded.spec == str(folder / "problem.toml")
    assert loaded.evaluator().evaluate(trial_of(problem)) == 22.0


def test_every_key_arrives(folder):
    write(folder, "other.py", "def f():\n    return 2\n")
    write(folder, "note.txt", "n")
    write(
        folder,
        "problem.toml",
        """
        name = "toy"
        statement = "Two words."
        evaluator = "./evaluate.py:Scorer"
        args = { size = 3 }
        entry = "f"
        worst_fitness = -1
        preload = ["math"]
        baseline = 1.5
        best_known = { value = 2.5, source = "a paper" }
        stages = [0.1, 0.2]
        cases = ["a", "b"]
        noisy = true
        [genome]
        files = ["main.py", "note.txt"]
        evolvable = ["main.py"]
        seeds = [["other.py", "note.txt"]]
        [[objectives]]
        name = "length"
        direction = "min"
        unit = "m"
        [[measures]]
        name = "m1"
        low = 0
        high = 2
        bins = 4
        [[measures]]
        name = "m2"
        edges = [0, 1, 5]
        [[measures]]
        name = "m3"
        categories = ["x", "y"]
        [limits]
        wall_seconds = 2
        memory_mb = 64
        """,
    )
    write(
        folder,
        "evaluate.py",
        """
        class Scorer:
            def __init__(self, size=1):
                self.size = size
            def evaluate(self, trial):
                return float(self.size)
        """,
    )
    loaded = load_problem(folder / "problem.toml")
    problem = loaded.problem
    assert problem.statement == "Two words."
    assert problem.seeds[1] == {"main.py": "def f():\n    return 2\n", "note.txt": "n"}
    assert problem.evolvable == ("main.py",)
    assert (problem.entry, problem.worst_fitness, problem.baseline, problem.noisy) == ("f", -1, 1.5, True)
    assert problem.best_known == BestKnown(2.5, "a paper")
    assert (problem.stages, problem.cases, problem.preload) == ((0.1, 0.2), ("a", "b"), ("math",))
    assert problem.objectives == (Objective("length", "min", "m"),)
    assert problem.measures == (
        Measure("m1", 0, 2, bins=4),
        Measure("m2", 0, 5, edges=(0, 1, 5)),
        Measure("m3", categories=("x", "y")),
    )
    assert problem.limits == Limits(wall_seconds=2, memory_mb=64)
    assert loaded.evaluator().evaluate(trial_of(problem)) == 3.0


@pytest.mark.parametrize(
    ("line", "message", "cure"),
    [
        ("evalutor = 'x'", "unknown key 'evalutor'", "did you mean 'evaluator'?"),
        ("cases = [1]", "cases[0] = 1: input should be a valid string", "mend 'cases[0]'"),
        ("noisy = 'yes'", "noisy = 'yes': input should be a valid boolean", "mend 'noisy'"),
        ("cases = ['a', 'a']", "cases: the name 'a' is given twice", ""),
        ("limits = { wall_second = 1 }", "unknown key 'limits.wall_second'", "did you mean 'wall_seconds'?"),
        ("limits = { memory_mb = 0 }", "limits.memory_mb = 0: input should be greater than 0", ""),
        ("best_known = { value = 1 }", "the key 'best_known.source' is missing", "add 'best_known.source'"),
        ("best_known = { valu = 1, source = 'x' }", "unknown key 'best_known.valu'", "did you mean 'value'?"),
        ("objectives = []", "objectives = []", ""),
        ("objectives = [{ nam = 'x' }]", "unknown key 'objectives[0].nam'", "did you mean 'name'?"),
        ("measures = [{ name = 'm' }]", "give exactly one of bins", ""),
        ("measures = [{ name = 'm', bins = 3 }]", "bins need low < high", ""),
        ("measures = [{ name = 'm', edges = [0, 1], low = 0 }]", "low and high belong to bins", ""),
        ("measures = [{ name = 'm', edges = [0, 0] }]", "edges must ascend strictly", ""),
        ("stages = [inf]", "stages[0] = inf: input should be a finite number", ""),
        ("statement = 'gone.md'", "statement names 'gone.md', which cannot be read: No such file", ""),
        ("evaluator = './gone.py'", "there is no ./gone.py in", "create "),
        (f"entry = ['{'x' * 90}']", "...", "mend 'entry'"),
    ],
)
def test_a_mistake_names_file_key_value_and_cure(folder, line, message, cure):
    keys = [kept for kept in TOML.strip().splitlines() if kept.split()[0] != line.split()[0]]
    write(folder, "problem.toml", "\n".join([*keys, line, GENOME]))
    with pytest.raises(ConfigError) as caught:
        load_problem(folder)
    assert str(folder / "problem.toml") in str(caught.value)
    assert message in str(caught.value)
    assert cure in caught.value.cure


@pytest.mark.parametrize(
    ("genome", "message"),
    [
        ("[genome]", "'genome.files' is missing"),
        ("[genome]\nfiles = ['main.py']\nevolvable = ['x']", "evolvable file 'x' is not one of files"),
        ("[genome]\nfiles = ['main.py']\nseeds = [[]]", "must name 1 files"),
        ("[genome]\nfiles = ['gone.py']", "genome.files names 'gone.py'"),
        ("[genome]\nfiles = ['main.py']\nseeds = [['gone.py']]", "genome.seeds names 'gone.py'"),
        ("", "'genome' is missing"),
    ],
)
def test_a_wrong_genome_is_explained(folder, genome, message):
    write(folder, "problem.toml", TOML + genome)
    with pytest.raises(ConfigError, match=r"problem\.toml") as caught:
        load_problem(folder)
    assert message in str(caught.value)


def test_a_seed_that_is_no_text_is_named(folder):
    (folder / "main.py").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load_problem(folder)


def test_overrides_lie_over_the_file_and_are_named_in_errors(folder):
    loaded = load_problem(folder, overrides={"limits": {"memory_mb": 64}})
    assert loaded.problem.limits == Limits(memory_mb=64)
    with pytest.raises(ConfigError, match=r"overrides of .*unknown key 'limits.memory'"):
        load_problem(folder, overrides={"limits": {"memory": 64}})


def test_the_digest_follows_every_file_but_not_what_runs_leave(folder):
    before = load_problem(folder).digest
    load_problem(folder).evaluator()
    (folder / "runs").mkdir()
    write(folder, "runs/x.toml", "")
    write(folder, ".hidden", "")
    assert load_problem(folder).digest == before
    write(folder, "evaluate.py", "def evaluate(trial):\n    return 2.0\n")
    assert load_problem(folder).digest != before


# Finding a problem


def test_documents_are_read_by_name(folder):
    (folder / "documents").mkdir()
    write(folder, "documents/b.txt", "Later.")
    write(folder, "documents/a.md", "First.")
    write(folder, "documents/c.pdf", "?")
    assert load_problem(folder).problem.documents == {"a.md": "First.", "b.txt": "Later."}


def test_a_shipped_name_a_folder_and_a_file_are_found(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(modules_module.evoengine, "__file__", str(tmp_path / "evoengine" / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    assert shipped_problems() == ["toy"]
    assert load_problem("toy").folder == folder
    (tmp_path / "toy").mkdir()
    assert load_problem("toy").folder == folder
    with pytest.raises(ConfigError, match=r"no problem is called 'toi'") as caught:
        load_problem("toi")
    assert caught.value.cure == "did you mean 'toy'?"


def test_the_wheel_holds_the_shipped_problems(monkeypatch, tmp_path):
    package = tmp_path / "site" / "evoengine"
    (package / "_shipped" / "problems").mkdir(parents=True)
    monkeypatch.setattr(modules_module.evoengine, "__file__", str(package / "__init__.py"))
    assert modules_module.shipped_folder("problems") == package / "_shipped" / "problems"
    with pytest.raises(ConfigError) as caught:
        load_problem("toy")
    assert caught.value.cure == "known: none"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("./gone", "no such file or folder"),
        ("gone.toml", "no such file or folder"),
        ("empty", "no problem.toml in this folder"),
        ("notes.md", "a problem is a folder"),
    ],
)
def test_a_problem_that_is_not_there_is_explained(tmp_path, monkeypatch, spec, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write(tmp_path, "notes.md", "x")
    with pytest.raises(ConfigError, match=message):
        load_problem(spec)


# One Python file

MODULE = """
from evoengine.problem import Problem

problem = Problem("one", ({"main.py": "x = 1"},), evolvable=("main.py",), main="main.py")
"""


def test_a_problem_may_be_one_python_file(tmp_path):
    write(
        tmp_path,
        "one.py",
        MODULE + "\nclass Evaluator:\n    def evaluate(self, trial):\n        return 7.0\n",
    )
    loaded = load_problem(tmp_path / "one.py")
    assert loaded.problem.name == "one"
    assert loaded.evaluator().evaluate(trial_of(loaded.problem)) == 7.0
    assert load_problem(loaded.spec).digest == loaded.digest


def test_a_python_file_without_a_problem_or_that_raises_is_explained(tmp_path):
    write(tmp_path, "none.py", "x = 1\n")
    with pytest.raises(ConfigError, match="no `problem = Problem"):
        load_problem(tmp_path / "none.py")
    write(tmp_path, "raises.py", "raise ValueError('boom')\n")
    with pytest.raises(EvaluatorError, match="boom"):
        load_problem(tmp_path / "raises.py")
    with pytest.raises(ConfigError, match="overrides"):
        load_problem(tmp_path / "none.py", overrides={"entry": "f"})
