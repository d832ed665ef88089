"""A small run on disk, made by hand: six candidates with two failures, of a problem with two measures."""

from pathlib import Path

from evoengine.config import RunConfig, load_problem, write_run_config
from evoengine.encoding import encode_job, encode_known, encode_usage
from evoengine.recipes import make_recipe
from evoengine.replay import fold
from evoengine.rng import digest_text
from evoengine.stores import SQLiteStore
from evoengine.text import genome_digest
from evoengine.types import Candidate, Evaluation, Job, Known, Usage

PROBLEM = """
name = "toy"
statement = "Make it large."
evaluator = "./evaluate.py"
entry = "f"
best_known = { value = 9.5, source = "a paper" }
[genome]
files = ["main.py"]
[[measures]]
name = "size"
low = 0
high = 4
bins = 4
[[measures]]
name = "kind"
categories = ["a", "b"]
"""
TRACEBACK = """Traceback (most recent call last):
  File "main.py", line 3, in helper
    x[7]
IndexError: list index out of range
"""


def make_problem(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "problem.toml").write_text(PROBLEM)
    (folder / "main.py").write_text("def f():\n    return 0\n")
    (folder / "evaluate.py").write_text(
        "def evaluate(trial):\n    from evoengine import Score\n"
        "    return Score(float(trial.call('f')), measures={'size': 1, 'kind': 'a'})\n"
    )
    return folder


def known(
    name, *, value=0, parents=(), proposal=-1, operator="seed", status="ok", feedback="", artifacts=None
):
    genome = {"main.py": f"def f():\n    return {value}\n"}
    fitness = float(value) if status == "ok" else None
    candidate = Candidate(
        name,
        genome,
        genome_digest(genome),
        tuple(parents),
        operator,
        proposal=proposal,
        notes="a note" if parents else "",
    )
    evaluation = Evaluation(
        name,
        status,
        fitness,
        {"fitness": fitness} if fitness is not None else {},
        {"size": value, "kind": "ab"[value % 2]} if status == "ok" else {},
        {"case1": 0.5} if status == "ok" else {},
        feedback=feedback,
        artifacts=artifacts or {},
        exact=value == 3,
        usage=Usage(evaluations=1),
        isolation="subprocess",
    )
    return Known(candidate, evaluation)


TOLD = (
    known("0-0", value=2, parents=["seed-0"], proposal=0, operator="tune"),
    known("1-0", value=1, parents=["0-0"], proposal=1, operator="tune", artifacts={"output": "hello"}),
    known("2-0", parents=["0-0"], proposal=2, operator="mutate", status="error", feedback=TRACEBACK),
    known("3-0", value=3, parents=["0-0", "1-0"], proposal=3, operator="crossover", feedback="good"),
    known("4-0", value=7, parents=["3-0"], proposal=4, operator="mutate", status="error", feedback=TRACEBACK),
    known(
        "5-0",
        value=8,
        parents=["3-0"],
        proposal=5,
        operator="mutate",
        status="invalid",
        feedback="f = 8.5 is above 4",
    ),
)


def make_run(root: Path, name: str = "toy-ab12", *, stopped: str | None = "candidates", told=TOLD) -> Path:
    """Make ``root/runs/NAME`` of the problem ``root/toy``; give its folder."""
    problem = root / "toy" if (root / "toy").exists() else make_problem(root / "toy")
    folder = root / "runs" / name
    folder.mkdir(parents=True)
    write_run_config(
        RunConfig(problem=str(problem / "problem.toml"), recipe="hill_climb", slots=1), folder / "run.toml"
    )
    store = SQLiteStore(folder / "run.db")
    header = {
        "problem": "toy",
        "recipe": "hill_climb",
        "params": {},
        "seed": 0,
        "order": "completion",
        "window": 2,
    }
    header |= {"budget": {"candidates": 6}, "started": "2026-01-02T03:04:05+00:00", "problem_digest": ""}
    store.append("run", None, 0.0, header, {})
    texts: dict[str, str] = {}
    store.append("seeded", None, 0.5, {"results": [encode_known(known("seed-0"), texts)]}, texts)
    for i, one in enumerate(told):
        job = Job(i, one.candidate.operator, one.candidate.parents)
        store.append("asked", i, 1.0 + i, encode_job(job), {})
        if i == 1:
            digest = digest_text("a reply")
            body = {"step": 0, "texts": [digest], "model": "m", "usage": [0] * 5}
            store.append("replied", i, 1.0, body, {digest: "a reply"})
        texts = {}
        store.append("told", i, 1.5 + i, {"results": [encode_known(one, texts)]}, texts)
    store.append("asked", len(told), 9.0, encode_job(Job(len(told), "tune", ("3-0",))), {})
    store.append("abandoned", len(told), 9.0, {"usage": encode_usage(Usage(evaluations=2))}, {})
    if stopped:
        recipe = make_recipe("hill_climb", load_problem(problem).problem)
        digest = fold(store.events(), recipe, store.text).digest()
        store.append("stopped", None, 9.5, {"reason": stopped, "state": digest}, {})
    store.close()
    return folder
