"""Every recipe searches a real problem: the shipped evaluator, a real sandbox, a model that can only shift numbers."""

import asyncio
from functools import partial

import pytest

from evoengine.config import load_problem
from evoengine.engine import Engine
from evoengine.evaluation import run_trial
from evoengine.recipes import RECIPES, make_recipe
from evoengine.replay import fold
from evoengine.sandbox import open_sandbox
from evoengine.stores import MemoryStore
from evoengine.testing.replies import shifted_numbers
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM

EVALUATIONS = 12


@pytest.fixture(scope="module")
def evaluate():
    loaded = load_problem("circle_packing")
    evaluator, sandbox = loaded.evaluator(), open_sandbox(preload=loaded.problem.preload)
    yield lambda task: run_trial(evaluator, loaded.problem, sandbox, task)
    sandbox.close()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_packs_circles(name, evaluate):
    problem = load_problem("circle_packing").problem
    llm, store, recipe = (
        ScriptedLLM(partial(shifted_numbers, size=0.02)),
        MemoryStore(),
        make_recipe(name, problem),
    )
    header = {"seed": 1, "order": "proposal", "window": 4, "budget": {"evaluations": EVALUATIONS}}
    executor = ScriptedExecutor(evaluate)
    engine = Engine(problem, recipe, store, executor, header=header, clock=lambda: 0.0, llm=llm)
    assert asyncio.run(engine.run()) == "evaluations"
    state = engine.state
    assert state.statuses["ok"] >= 2, "hardly any offspring works"
    assert state.best.evaluation.fitness >= 0.9597642169962064, "the seed is never lost"
    assert recipe.best() == state.best.candidate.id
    assert (state.spent.calls > 0) == RECIPES[name].needs_model
    assert fold(store.events(), make_recipe(name, problem), store.text).digest() == state.digest()
