"""Methods of prompt search beside best-of-n, and the task model's calls that are saved: ``python -m benchmarks.prompts``.

All with the simulated model, which says nothing about models: what is compared is what methods make of equal help. Every
search has 300 evaluations, minibatches among them, and the same five seeds. It ends after 300 candidates too, since one
that is known already costs no evaluation. What was the fittest after 30 and after 100 evaluations is tested as well: at the
end most have all that the simulation gives.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean
from typing import Any

from evoengine.budget import Budget
from evoengine.config import LoadedProblem, load_problem
from evoengine.effects import UNSEEN, Generated, Question
from evoengine.encoding import decode_known, decode_usage
from evoengine.engine import Engine
from evoengine.evaluation import run_trial
from evoengine.executors import InlineExecutor
from evoengine.llm import ModelPool, parse_model
from evoengine.ports import Ask, Task
from evoengine.recipes import make_recipe
from evoengine.stores import MemoryStore
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.prompting import ask_simulated
from evoengine.types import Evaluation, Genome, Known, Usage

EVALUATIONS = 300
EARLY = (30, 100)
SEEDS = range(5)
PROBLEMS = ("prompt_counting", "prompt_tracking", "prompt_dialogue")
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
    early: Sequence[float]
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

    def test(genome: Genome) -> float:
        return (
            run_trial(evaluator, problem, InlineSandbox(), Task(genome, sample=UNSEEN), ask_simulated).fitness
            or 0.0
        )

    return Searched(
        best.evaluation.fitness or 0.0,
        test(best.candidate.genome),
        [test(fittest(store, evaluations)) for evaluations in EARLY],
        engine.state.spent.evaluations * whole(loaded),
        executor.asked,
        sum(1 for _ in store.events(("answered",))),
    )


def fittest(store: MemoryStore, evaluations: int) -> Genome:
    """Give the fittest of what was told within so many evaluations, seeds included."""
    best: Known | None = None
    spent = 0
    for event in store.events(("seeded", "told", "abandoned")):
        results: Sequence[Mapping[str, Any]] = event.body.get("results", ())
        told = [decode_known(result, store.text) for result in results]
        spent += sum(known.evaluation.usage.evaluations for known in told)
        spent += decode_usage(event.body["usage"]).evaluations if event.kind == "abandoned" else 0
        if best is not None and spent > evaluations:
            break
        for known in told:
            if best is None or (known.evaluation.fitness or 0.0) > (best.evaluation.fitness or 0.0):
                best = known
    assert best is not None
    return best.candidate.genome


def whole(loaded: LoadedProblem) -> int:
    """Give how many questions an evaluation asks that takes all cases, turn by turn."""
    counts: list[int] = []

    def ask(questions: Sequence[Question]) -> Sequence[Generated]:
        counts.append(len(questions))
        return ask_simulated(questions)

    run_trial(loaded.evaluator(), loaded.problem, InlineSandbox(), Task(loaded.problem.seeds[0]), ask)
    return sum(counts)


def halved(loaded: LoadedProblem) -> LoadedProblem:
    """Give the problem with a first stage that spares the rest for whatever is worse there than the seed."""
    problem = loaded.problem
    task = Task(problem.seeds[0], problem.cases[:FIRST])
    bar = run_trial(loaded.evaluator(), problem, InlineSandbox(), task, ask_simulated).fitness
    return load_problem(loaded.spec, overrides={"args": {"halving": [FIRST]}, "stages": [bar]})


def searched(job: tuple[str, bool, str, int]) -> Searched:
    """Make one search in a process of its own."""
    name, halving, recipe, seed = job
    loaded = load_problem(name)
    return asyncio.run(search(halved(loaded) if halving else loaded, recipe, seed))


def row(label: str, found: Sequence[Searched]) -> str:
    """Give the means over seeds as a row of the table."""
    early = " | ".join(f"{mean(one.early[n] for one in found):.2f}" for n in range(len(EARLY)))
    scores = f"{early} | {mean(one.test for one in found):.2f}"
    worst = f"{min(one.test for one in found):.2f} to {max(one.test for one in found):.2f}"
    everything, asked, paid = (
        mean(getattr(one, key) for one in found) for key in ("everything", "asked", "paid")
    )
    saved = f"{everything:,.0f} | {asked:,.0f} | {paid:,.0f} | {1.0 - paid / everything:.0%}"
    return f"| {label} | {mean(one.found for one in found):.2f} | {scores} | {worst} | {saved} |"


def main(names: Sequence[str]) -> None:
    """Print a table for each problem."""
    variants = [*((recipe, False) for recipe in RECIPES), ("evoprompt_ga", True)]
    with ProcessPoolExecutor() as pool:
        for name in names or PROBLEMS:
            loaded = load_problem(name)
            seed, tested = (
                run_trial(
                    loaded.evaluator(),
                    loaded.problem,
                    InlineSandbox(),
                    Task(loaded.problem.seeds[0], sample=n),
                    ask_simulated,
                ).fitness
                or 0.0
                for n in (0, UNSEEN)
            )
            jobs = [(name, halving, recipe, n) for recipe, halving in variants for n in SEEDS]
            results = list(pool.map(searched, jobs))
            print(f"\n{name}: {EVALUATIONS} evaluations, {len(SEEDS)} seeds, simulated model\n")
            tests = " | ".join(f"test at {n}" for n in (*EARLY, EVALUATIONS))
            print(
                f"| recipe | best | {tests} | worst and best | calls for everything | asked | paid | saved |"
            )
            print(f"|---|---|{'---|' * (len(EARLY) + 1)}---|---|---|---|---|")
            print(f"| the seed | {seed:.2f} |{' |' * len(EARLY)} {tested:.2f} | | | | | |")
            for recipe, halving in variants:
                found = [one for job, one in zip(jobs, results, strict=True) if job[1:3] == (halving, recipe)]
                print(row(f"{recipe}, {FIRST} cases first" if halving else recipe, found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
