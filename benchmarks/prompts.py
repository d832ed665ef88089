"""Methods of prompt search beside best-of-n, and the task model's calls that are saved: ``python -m benchmarks.prompts``.

All with the simulated model, which says nothing about models: what is compared is what methods make of equal help. Every
search has 300 evaluations, minibatches among them, and the same five seeds. It ends after 300 candidates too, since one
that is known already costs no evaluation.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from evoengine.budget import Budget
from evoengine.config import LoadedProblem, load_problem
from evoengine.effects import UNSEEN, Generated, Question
from evoengine.engine import Engine
from evoengine.evaluation import run_trial
from evoengine.executors import InlineExecutor
from evoengine.llm import ModelPool, parse_model
from evoengine.ports import Ask, Task
from evoengine.recipes import make_recipe
from evoengine.stores import MemoryStore
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.prompting import ask_simulated
from evoengine.types import Evaluation, Usage

EVALUATIONS = 300
SEEDS = range(5)
PROBLEMS = ("prompt_counting", "prompt_tracking")
RECIPES: Mapping[str, Mapping[str, Any]] = {
    "best_of_n": {"operators": ["rewrite"]},
    "gepa": {},
    "evoprompt_ga": {},
    "evoprompt_de": {},
    "promptbreeder": {},
    "evoke": {},
    "ampo": {},
    "directional": {},
    "instoptima": {},
    "tapo": {},
    "pid": {},
    "meta_spo": {},
}
FIRST = 8
"""Cases of the first stage, where halving is asked for; its bar is the seed's accuracy on these."""


class Counting(InlineExecutor):
    """Counts the questions that evaluations ask, whether or not their answers are known."""

    asked = 0

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task."""
        assert ask is not None
        paid = ask

        async def counted(questions: Sequence[Question]) -> Sequence[Generated]:
            self.asked += len(questions)
            return await paid(questions)

        return await super().evaluate(task, counted)


@dataclass(frozen=True)
class Searched:
    """What one search found and what it asked the task model."""

    found: float
    test: float
    everything: int
    asked: int
    paid: int


async def search(loaded: LoadedProblem, recipe: str, seed: int) -> Searched:
    """Search to the end of the budget, and test the best."""
    problem, evaluator, store = loaded.problem, loaded.evaluator(), MemoryStore()
    executor = Counting(problem, evaluator, InlineSandbox())
    budget = {"evaluations": EVALUATIONS, "candidates": EVALUATIONS}
    header = {"seed": seed, "order": "proposal", "window": 4, "budget": budget}
    async with ModelPool([parse_model("simulated:")]) as pool:
        pool.begin(seed, Budget, Usage())
        made = make_recipe(recipe, problem, RECIPES[recipe])
        engine = Engine(problem, made, store, executor, header=header, clock=time.monotonic, llm=pool)
        await engine.run()
    best = engine.state.best
    assert best is not None
    task = Task(best.candidate.genome, sample=UNSEEN)
    tested = run_trial(evaluator, problem, InlineSandbox(), task, ask_simulated)
    return Searched(
        best.evaluation.fitness or 0.0,
        tested.fitness or 0.0,
        engine.state.spent.evaluations * len(problem.cases),
        executor.asked,
        sum(1 for _ in store.events(("answered",))),
    )


def halved(loaded: LoadedProblem) -> LoadedProblem:
    """Give the problem with a first stage that spares the rest for whatever is worse there than the seed."""
    problem = loaded.problem
    task = Task(problem.seeds[0], problem.cases[:FIRST])
    bar = run_trial(loaded.evaluator(), problem, InlineSandbox(), task, ask_simulated).fitness
    return load_problem(loaded.spec, overrides={"args": {"halving": [FIRST]}, "stages": [bar]})


def row(name: str, loaded: LoadedProblem, recipe: str) -> None:
    """Search with all seeds, and print the means."""
    found = [asyncio.run(search(loaded, recipe, seed)) for seed in SEEDS]
    scores = f"{mean(one.found for one in found):.2f} | {mean(one.test for one in found):.2f}"
    worst = f"{min(one.test for one in found):.2f} to {max(one.test for one in found):.2f}"
    everything, asked, paid = (
        mean(getattr(one, key) for one in found) for key in ("everything", "asked", "paid")
    )
    saved = f"{everything:,.0f} | {asked:,.0f} | {paid:,.0f} | {1.0 - paid / everything:.0%}"
    print(f"| {name} | {scores} | {worst} | {saved} |", flush=True)


def main(names: Sequence[str]) -> None:
    """Print a table for each problem."""
    for name in names or PROBLEMS:
        loaded = load_problem(name)
        genome = loaded.problem.seeds[0]
        seed, tested = (
            run_trial(
                loaded.evaluator(), loaded.problem, InlineSandbox(), Task(genome, sample=n), ask_simulated
            ).fitness
            or 0.0
            for n in (0, UNSEEN)
        )
        print(f"\n{name}: {EVALUATIONS} evaluations, {len(SEEDS)} seeds, simulated model\n")
        print("| recipe | best | test | worst and best test | calls for everything | asked | paid | saved |")
        print("|---|---|---|---|---|---|---|---|")
        print(f"| the seed | {seed:.2f} | {tested:.2f} | | | | | |")
        for recipe in RECIPES:
            row(recipe, loaded, recipe)
        row(f"evoprompt_ga, {FIRST} cases first", halved(loaded), "evoprompt_ga")


if __name__ == "__main__":
    main(sys.argv[1:])
