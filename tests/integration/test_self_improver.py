"""STOP on its own problem: a real sandbox, the shipped evaluator, and every question answered through the engine."""

import asyncio

from evoengine.config import load_problem
from evoengine.engine import Engine
from evoengine.executors import InlineExecutor
from evoengine.recipes import make_recipe
from evoengine.replay import fold
from evoengine.sandbox import open_sandbox
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedLLM

LOADED = load_problem("self_improver")
SEED = LOADED.problem.seeds[0]["seed.py"]


def answer(request, proposal, step):
    """Fit expressions a little as the role ``task``; else rewrite the improver to ask half as often."""
    if request.role == "task":
        return ["```\nx**2 + x**3 - x\n```"] * request.n
    text = SEED.replace("min(model.samples, utility.budget)", f"min({3 - proposal}, utility.budget)")
    return [f"Less is enough.\n```python\n{text}```"] * request.n


def test_an_improver_improves_itself_and_every_question_is_in_the_log():
    store, recipe = MemoryStore(), make_recipe("stop", LOADED.problem)
    sandbox = open_sandbox(preload=LOADED.problem.preload)
    executor = InlineExecutor(LOADED.problem, LOADED.evaluator(), sandbox)
    header = {"seed": 1, "order": "proposal", "window": 2, "budget": {"candidates": 2}}
    engine = Engine(
        LOADED.problem,
        recipe,
        store,
        executor,
        header=header,
        clock=lambda: 0.0,
        llm=ScriptedLLM(answer),
    )
    assert asyncio.run(engine.run()) == "candidates"
    sandbox.close()
    first, second = (engine.library[f"{n}-0"] for n in range(2))
    assert second.candidate.parents == ("0-0",)
    assert "min(3, utility.budget)" in first.candidate.genome["seed.py"]
    assert "min(2, utility.budget)" in second.candidate.genome["seed.py"]
    assert "1 calls, 2 programs scored" in second.evaluation.feedback
    assert 0.0 < second.evaluation.fitness < 1.0
    asked = list(store.events(("answered",)))
    assert len(asked) == 3 * 3, "three programs, by each improver with another number of samples"
    assert (
        fold(store.events(), make_recipe("stop", LOADED.problem), store.text).digest()
        == engine.state.digest()
    )
