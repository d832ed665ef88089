"""Recipes side by side with a simulated model: ``python -m benchmarks.recipes [--recipes A,B] [--seeds N] [PROBLEM ...]``.

Every recipe that asks models, or that can, gets the same blind one (`BlindModel`): it changes one to three
numbers of the program that it is shown, at random. So the table says what a method's selection, variation
and memory are worth without any insight, and nothing about how well it uses a model that has some.

Evaluations are the cost: each counts, those within a conversation too, and the best of the first 500 is
reported, told or not. Candidates run in this process, for no model wrote them, with a limit on time and
memory. One proposal is in flight, so that runs are repeatable. Printed is a table in Markdown.
"""

import argparse
import asyncio
import contextlib
import resource
import signal
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import FrameType

import numpy as np

from evoengine.config import load_problem, model_params
from evoengine.effects import Generate
from evoengine.engine import Engine
from evoengine.errors import CandidateFailure, RecipeStalledError
from evoengine.evaluation import Evaluator, run_trial
from evoengine.llm import parse_model
from evoengine.llm.blind import BlindModel
from evoengine.ports import Ask, Task
from evoengine.problem import Problem
from evoengine.recipes import RECIPES, make_recipe
from evoengine.stores import MemoryStore
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.scripted import ScriptedLLM
from evoengine.types import Evaluation

EVALUATIONS = 500
SEEDS = 20
PROBLEMS = (
    "circle_packing",
    "min_distance_ratio",
    "autocorrelation_2",
    "heilbronn_convex",
    "erdos_min_overlap",
)
"""Those with numbers in their seeds whose evaluations take a few milliseconds."""
SECONDS, BYTES = 3.0, 4 << 30

OTHERS = frozenset(
    (
        *(
            "gepa",
            "evoprompt_ga",
            "evoprompt_de",
            "promptbreeder",
            "evoke",
            "ampo",
            "directional",
            "instoptima",
            "tapo",
            "pid",
            "meta_spo",
        ),
        *("pohf", "qdhf", "qdaif"),
        *("evol_instruct", "auto_evol", "instruction_fusion", "genetic_instruct", "decoding_evolution"),
    )
)
"""Recipes for prompts, for preferences and for instructions, which are left out."""

WITHOUT_MODEL = ("hill_climb", "islands", "adaptive")
"""They are run without any model, too."""


class CountingExecutor:
    """Evaluates in this process, and remembers the fitness of every evaluation; None: it failed."""

    slots = wanted = 1

    def __init__(self, problem: Problem, evaluator: Evaluator) -> None:
        self._problem, self._evaluator = problem, evaluator
        self.fitness: list[float | None] = []

    async def start(self) -> None:
        """Do nothing."""

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task."""
        del ask
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            evaluation = run_trial(self._evaluator, self._problem, InlineSandbox(), task)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        self.fitness.append(evaluation.fitness)
        return evaluation

    async def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search to be made: with the blind model, or without any."""

    problem: str
    recipe: str
    seed: int
    blind: bool

    @property
    def row(self) -> str:
        """What it is a sample of."""
        return self.recipe if self.blind else f"{self.recipe}, no model"


def begin() -> None:
    """Limit what a worker's candidates may take."""
    signal.signal(signal.SIGALRM, _late)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")


def _late(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise CandidateFailure("timeout", f"it took more than {SECONDS:g} s")


def search(task: Search) -> tuple[Search, float, int]:
    """Make one search; give the best value in the objective's own direction, and the evaluations made."""
    loaded = load_problem(task.problem)
    spec = parse_model(f"blind:{task.seed}")
    model = BlindModel(task.seed)

    def answer(request: Generate, proposal: int, step: int) -> Sequence[str]:
        return model.answer(request.messages, request.n, proposal, step)

    params = model_params(task.recipe, [spec]) if task.blind else {}
    executor = CountingExecutor(loaded.problem, loaded.evaluator())
    engine = Engine(
        loaded.problem,
        make_recipe(task.recipe, loaded.problem, params),
        MemoryStore(),
        executor,
        header={"seed": task.seed, "window": 1, "budget": {"evaluations": EVALUATIONS}},
        clock=time.monotonic,
        llm=ScriptedLLM(answer) if task.blind else None,
    )
    with contextlib.suppress(RecipeStalledError):
        asyncio.run(engine.run())
    values = [value for value in executor.fitness[:EVALUATIONS] if value is not None]
    sign = 1.0 if loaded.problem.objectives[0].direction == "max" else -1.0
    return task, sign * max(values), min(EVALUATIONS, len(executor.fitness))


def table(samples: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Give the medians and quartiles by row and problem; the best of a problem bold, the second in italics."""
    given = list(next(iter(samples.values())))
    problems = {name: load_problem(name).problem for name in given}
    signs = {name: 1.0 if problems[name].objectives[0].direction == "max" else -1.0 for name in given}
    ranks = {
        name: sorted({signs[name] * float(np.median(row[name])) for row in samples.values()}, reverse=True)
        for name in given
    }
    lines = [
        f"| recipe | {' | '.join(given)} |",
        "|---|" + "---|" * len(given),
    ]
    for label, row in samples.items():
        cells: list[str] = []
        for name in given:
            low, middle, high = np.percentile(row[name], (25, 50, 75))
            place = ranks[name].index(signs[name] * float(middle))
            mark = ("**", "_")[place] if place < 2 else ""
            cells.append(f"{mark}{middle:.5g}{mark} ({low:.5g} .. {high:.5g})")
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Search with every recipe, or with those named, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("problems", nargs="*", default=PROBLEMS, metavar="PROBLEM")
    parser.add_argument("--recipes", type=lambda text: text.split(","), default=list(RECIPES), metavar="A,B")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N")
    given = parser.parse_args()
    variants = [(recipe, True) for recipe in given.recipes if recipe not in OTHERS] + [
        (recipe, False) for recipe in WITHOUT_MODEL if recipe in given.recipes
    ]
    tasks = [
        Search(name, recipe, seed, blind)
        for recipe, blind in variants
        for name in given.problems
        for seed in range(given.seeds)
    ]
    samples: dict[str, dict[str, list[float]]] = {}
    short: dict[str, int] = {}
    with ProcessPoolExecutor(initializer=begin) as pool:
        for task, best, evaluations in pool.map(search, tasks):
            samples.setdefault(task.row, {}).setdefault(task.problem, []).append(best)
            if evaluations < EVALUATIONS:
                short[f"{task.row} on {task.problem}"] = evaluations
            print(f"{task.row} {task.problem} {task.seed}: {best:.6g}", file=sys.stderr, flush=True)
    print(table(samples))
    for label, evaluations in short.items():
        print(f"{label} came to an end after {evaluations} evaluations")


if __name__ == "__main__":
    main()
