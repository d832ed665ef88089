"""Searches for texts that a judge rates, beside best-of-n: ``python -m benchmarks.texts [PROBLEM ...]``.

All with the simulated model as writer, as judge and as task model, which says nothing about models: what is compared is
what methods make of equal help. Every search has 300 evaluations, repeats among them, and ends after 300 candidates too.

What a search calls best is judged anew, 20 times, by ratings that it has not seen. Its valid texts together, in the order
in which it had them, fill one archive on the problem's axes, whatever the recipe keeps itself.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from evoengine.archives import GridArchive
from evoengine.budget import Budget
from evoengine.config import load_problem
from evoengine.effects import UNSEEN
from evoengine.encoding import decode_known
from evoengine.engine import Engine
from evoengine.evaluation import Evaluator, run_trial
from evoengine.executors import InlineExecutor
from evoengine.llm import ModelPool, parse_model
from evoengine.ports import Task
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.stores import MemoryStore
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.prompting import ask_simulated
from evoengine.types import Genome, Known, Usage

EVALUATIONS = 300
SEEDS = range(5)
RATINGS = 20
REWRITE = {"operators": ["rewrite"]}
RECIPES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "qd_text": {
        "best_of_n": REWRITE,
        "map_elites": REWRITE,
        "qdaif": {},
        "qdhf": {},
        "novelty_search": REWRITE,
        "novelty_search, fitness = 0.5": {**REWRITE, "fitness": 0.5},
        "pohf": {},
    },
    "instructions": {
        "best_of_n": REWRITE,
        "evol_instruct": {},
        "auto_evol": {},
        "instruction_fusion": {},
        "genetic_instruct": {},
        "decoding_evolution": {},
    },
}
"""By problem and row: the recipe's name, and what is said after a comma."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the best judged anew, and what its archive and all of its texts come to."""

    best: float
    mean: float
    coverage: float
    score: float
    valid: int


def judged(problem: Problem, evaluator: Evaluator, genome: Genome) -> float:
    """Give the mean fitness over ratings that no search has seen."""
    tasks = [Task(genome, sample=UNSEEN + n) for n in range(RATINGS)]
    return fmean(
        run_trial(evaluator, problem, InlineSandbox(), task, ask_simulated).fitness or 0.0 for task in tasks
    )


def found(problem: Problem, best: float, texts: Sequence[Known]) -> Found:
    """Sum up texts in the order in which they were had."""
    archive = GridArchive(problem.measures, offset=problem.worst_fitness)
    for known in texts:
        archive.insert(known.candidate, known.evaluation)
    figures = archive.stats()
    mean = fmean(known.evaluation.fitness or 0.0 for known in texts)
    return Found(best, mean, figures["coverage"], figures["qd_score"], len(texts))


async def search(name: str, label: str, seed: int) -> tuple[Found, Found]:
    """Search to the end of the budget; give what the seeds are worth, and what was found."""
    loaded = load_problem(name)
    problem, evaluator, store = loaded.problem, loaded.evaluator(), MemoryStore()
    budget = {"evaluations": EVALUATIONS, "candidates": EVALUATIONS}
    header = {"seed": seed, "order": "proposal", "window": 4, "budget": budget}
    async with ModelPool([parse_model("simulated:")]) as pool:
        pool.begin(seed, Budget, Usage())
        engine = Engine(
            problem,
            make_recipe(label.partition(",")[0], problem, RECIPES[name][label]),
            store,
            InlineExecutor(problem, evaluator, InlineSandbox()),
            header=header,
            clock=time.monotonic,
            llm=pool,
        )
        await engine.run()
    told = [
        decode_known(result, store.text)
        for event in store.events(("seeded", "told"))
        for result in event.body["results"]
    ]
    valid = [known for known in told if known.evaluation.ok]
    seeds = [known for known in valid if known.candidate.operator == "seed"]
    best = engine.state.best
    assert best is not None
    worth = max(judged(problem, evaluator, known.candidate.genome) for known in seeds)
    after = judged(problem, evaluator, best.candidate.genome)
    return found(problem, worth, seeds), found(problem, after, valid)


def searched(job: tuple[str, str, int]) -> tuple[Found, Found]:
    """Make one search in a process of its own."""
    return asyncio.run(search(*job))


def row(label: str, of_seeds: Sequence[Found]) -> str:
    """Give the means over seeds as a row of the table."""
    best, mean, coverage, score, valid = (
        fmean(getattr(one, key) for one in of_seeds) for key in ("best", "mean", "coverage", "score", "valid")
    )
    spread = f"{min(one.best for one in of_seeds):.2f} to {max(one.best for one in of_seeds):.2f}"
    return f"| {label} | {best:.2f} | {spread} | {mean:.2f} | {coverage:.0%} | {score:.1f} | {valid:.0f} |"


def main(names: Sequence[str]) -> None:
    """Print a table for each problem."""
    with ProcessPoolExecutor() as pool:
        for name in names or RECIPES:
            jobs = [(name, label, seed) for label in RECIPES[name] for seed in SEEDS]
            results = list(pool.map(searched, jobs))
            print(f"\n{name}: {EVALUATIONS} evaluations, {len(SEEDS)} seeds, simulated model\n")
            print("| recipe | best | worst and best of it | mean of all | coverage | QD score | texts |")
            print("|---|---|---|---|---|---|---|")
            print(row("the best of the seeds", [seeds for seeds, _ in results]))
            for label in RECIPES[name]:
                ends = [end for job, (_, end) in zip(jobs, results, strict=True) if job[1] == label]
                print(row(label, ends), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
