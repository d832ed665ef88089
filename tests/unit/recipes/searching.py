"""Whole searches with a scripted model, on a program that is one number: the higher, the better."""

import asyncio
import re
from dataclasses import dataclass

from evoengine.engine import Engine
from evoengine.problem import Measure, Objective, Problem
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.types import Candidate, Evaluation, Job, Known, View

PROBLEM = Problem(
    "number",
    ({"main.py": "X = -1.0\n"},),
    statement="Find a great number.",
    objectives=(Objective("x"),),
    measures=(Measure("tens", 0.0, 100.0, 10),),
    main="main.py",
    worst_fitness=-1000.0,
)


def number(genome):
    found = re.search(r"X = (-?[\d.]+)", genome["main.py"])
    return float(found[1]) if found else None


def program(x):
    """Give a reply that holds this number as a program."""
    return f"Try {x}.\n```python main.py\nX = {x}\n```"


def score(task):
    x = number(task.genome)
    if x is None:
        return Evaluation("", "error", feedback="X is no number")
    return Evaluation("", "ok", x, {"x": x}, {"tens": x}, feedback=f"It is {x}.")


@dataclass
class Search:
    """A search that has ended: its engine, what was asked of the model, and its jobs."""

    engine: Engine
    requests: list
    jobs: list[Job]

    @property
    def recipe(self):
        return self.engine.recipe

    def operators(self):
        return [job.operator for job in self.jobs]

    def told(self, name):
        return self.engine.library[name]

    def asked(self, part):
        """Give the requests whose task holds these words."""
        return [request for request in self.requests if part in task(request)]


def task(request):
    """Give the task at the end of a prompt."""
    return request.messages[1].content.rpartition("# Your turn")[2]


def prompt(request):
    return request.messages[1].content


def searched(name, params, answer, candidates, *, window=4, problem=PROBLEM, evaluate=score):
    """Run a whole search in order; `answer` gives the one reply to a request of a proposal at a step."""

    def reply(request, proposal, step):
        said = answer(request, proposal, step)
        return [said] if isinstance(said, str) else said

    llm, store = ScriptedLLM(reply), MemoryStore()
    recipe = make_recipe(name, problem, params)
    header = {"seed": 5, "order": "proposal", "window": window, "budget": {"candidates": candidates}}
    executor = ScriptedExecutor(evaluate, slots=2)
    engine = Engine(problem, recipe, store, executor, header=header, clock=lambda: 0.0, llm=llm)
    assert asyncio.run(engine.run()) == "candidates"
    jobs = [
        Job(
            event.proposal,
            event.body["operator"],
            tuple(event.body["parents"]),
            tuple(event.body.get("inspirations", ())),
            island=event.body.get("island", 0),
            args=event.body.get("args", {}),
        )
        for event in store.events(("asked",))
    ]
    return Search(engine, llm.requests, jobs)


def tell(recipe, name, fitness, **origin):
    """Tell a recipe of a candidate; no fitness: it failed."""
    status = "error" if fitness is None else "ok"
    proposal = -1 if name.startswith("seed") else int(name.split("-")[0])
    genome = {"main.py": f"X = {fitness}"}
    candidate = Candidate(name, genome, f"digest {name}", proposal=proposal, **origin)
    evaluation = Evaluation(name, status, fitness, {"x": fitness or 0.0}, {"tens": fitness or 0.0})
    recipe.tell(candidate, evaluation)
    return Known(candidate, evaluation)


def ask(recipe, proposal, *, told=None, in_flight=0, seed=1):
    view = View(proposal, proposal if told is None else told, in_flight)
    return recipe.ask(view, stream(seed, proposal, "ask"))


def possible(recipe, proposal, **view):
    """Give the parents that a proposal may have: those that it has with many streams."""
    return {name for seed in range(40) for name in ask(recipe, proposal, seed=seed, **view).parents}
