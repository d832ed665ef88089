"""Recipes that are told and asked by hand, and whole searches with a scripted model."""

import asyncio
import time

from evoengine.engine import Engine
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.stores import MemoryStore
from evoengine.testing.recipes import VECTOR, score_vector
from evoengine.testing.replies import shifted_numbers
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.types import Candidate, Evaluation, Known, View


def told(recipe, name, fitness, *, operator="seed", first=0.0, island=0, notes=""):
    """Tell a recipe of a candidate; no fitness: it failed."""
    status = "error" if fitness is None else "ok"
    evaluation = Evaluation(name, status, fitness, measures={"first": first, "half": "left"})
    candidate = Candidate(name, VECTOR.seeds[0], f"d{name}", operator=operator, island=island, notes=notes)
    recipe.tell(candidate, evaluation)
    return Known(candidate, evaluation)


def ask(recipe, proposal, in_flight=0):
    return recipe.ask(View(proposal, proposal, in_flight), stream(1, proposal, "ask"))


def searched(name, params, candidates=20, order="proposal"):
    """Run a whole search; give the recipe, the requests and the jobs."""
    llm, store = ScriptedLLM(shifted_numbers), MemoryStore()
    recipe = make_recipe(name, VECTOR, params)
    header = {"seed": 5, "order": order, "window": 3, "budget": {"candidates": candidates}}
    executor = ScriptedExecutor(score_vector, slots=2)
    engine = Engine(VECTOR, recipe, store, executor, header=header, clock=time.monotonic, llm=llm)
    assert asyncio.run(engine.run()) == "candidates"
    return engine, llm.requests, [event.body for event in store.events(("asked",))]
