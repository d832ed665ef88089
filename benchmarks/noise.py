"""What repeats are worth on a noisy problem: ``python -m benchmarks.noise``."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from evoengine.engine import Engine
from evoengine.ports import Task
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.stores import MemoryStore
from evoengine.testing.recipes import VECTOR, score_vector
from evoengine.testing.scripted import ScriptedExecutor
from evoengine.types import Evaluation

DEVIATION = 0.5
EVALUATIONS = 600
SEEDS = 12

WAYS: Mapping[str, tuple[bool, Mapping[str, Any]]] = {
    "ignored": (False, {}),
    "raced": (True, {}),
    "raced, confidence = 1": (True, {"confidence": 1.0}),
}


def noisy_score(task: Task) -> Evaluation:
    """Score a vector with noise of the trial's own randomness."""
    scored = score_vector(task)
    if scored.fitness is None:
        return scored
    return replace(scored, fitness=scored.fitness + np.random.default_rng(task.seed).normal(0.0, DEVIATION))


def searched(problem: Problem, recipe: str, params: Mapping[str, Any], seed: int) -> tuple[float, float]:
    """Search; give the true and the claimed fitness of the best."""
    budget = {"evaluations": EVALUATIONS}
    header = {"seed": seed, "order": "proposal", "window": 2, "budget": budget}
    method = make_recipe(recipe, problem, {"operators": ["gaussian"], **params})
    executor = ScriptedExecutor(noisy_score)
    engine = Engine(problem, method, MemoryStore(), executor, header=header, clock=time.monotonic)
    asyncio.run(engine.run())
    best = engine.library[str(method.best())]
    true, claimed = score_vector(Task(best.candidate.genome)).fitness, best.evaluation.fitness
    assert true is not None
    assert claimed is not None
    return true, claimed


def main() -> None:
    """Print the medians over the seeds for each recipe and way."""
    deep = ("raced, confidence = 1, depth = 3", (True, {"confidence": 1.0, "depth": 3}))
    for recipe, ways in {"hill_climb": WAYS, "map_elites": {**WAYS, deep[0]: deep[1]}}.items():
        for way, (repeated, params) in ways.items():
            problem = replace(VECTOR, noisy=repeated)
            results = [searched(problem, recipe, params, seed) for seed in range(SEEDS)]
            true, claimed = (median(column) for column in zip(*results, strict=True))
            print(f"{recipe:<11} {way:<33} true {true:7.3f}   claimed {claimed:7.3f}", flush=True)


if __name__ == "__main__":
    main()
