"""Conversations of the operators that ask a model, held by the engine or by hand."""

import asyncio
import time
from collections import deque

import pytest
from prompt_samples import HELPER, MAIN, PARENT, PROBLEM

from evoengine.archives import PopulationArchive
from evoengine.effects import Embed, Embedded, Generated
from evoengine.engine import Engine
from evoengine.errors import RecipeStalledError
from evoengine.recipes.base import ArchiveRecipe
from evoengine.rng import stream
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.types import Draft, Evaluation, Job, Known

SEED = {"main.py": MAIN, "helper.py": HELPER}
GOOD = [f"Scale {n}.\n```python main.py\n{MAIN.replace('0.5', n)}```" for n in ("0.6", "0.7", "0.8")]
EDIT = "Up.\n<<<<<<< SEARCH\nSCALE = 0.5\n=======\nSCALE = 0.9\n>>>>>>> REPLACE"
BROKEN = f"Break.\n```python main.py\n{MAIN.replace('0.5', 'None')}```"


def main(scale):
    return MAIN.replace("0.5", scale)


class OneProposal(ArchiveRecipe):
    """Proposes once, from the seeds in order: first the operator's parents, then inspirations."""

    def __init__(self, operator, **job):
        super().__init__(PROBLEM, PopulationArchive(9), ["rewrite"])
        self._operators["it"] = operator
        self.job = job
        self.known = []

    def ask(self, view, rng):
        if view.proposal or not self.known:
            return None
        ids = [known.candidate.id for known in self.known]
        arity = self._operators["it"].arity
        return Job(0, "it", tuple(ids[:arity]), tuple(ids[arity:]), **self.job)

    def tell(self, candidate, evaluation):
        self.known.append(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)


def score(task):
    """The scale, or an error where it is no number."""
    scale = task.genome["main.py"].split("SCALE = ")[1].split("\n")[0].split(" ")[0]
    if scale == "None":
        return Evaluation("", "error", feedback="TypeError: the scale is None")
    return Evaluation(
        "", "ok", float(scale), {"length": -float(scale)}, {"spread": 0.1, "depth": 1.0, "style": "exact"}
    )


def hold(operator, *replies, seeds=(SEED,), evaluate=score, vectors=None, **job):
    """Hold the one conversation of an operator; give its candidates, the requests and the log."""
    script = deque(replies)

    def answer(request, proposal, step):
        reply = script.popleft()
        return reply if isinstance(reply, list) else [reply]

    recipe = OneProposal(operator, **job)
    recipe.seeds = lambda: [Draft(seed) for seed in seeds]
    llm, store = ScriptedLLM(answer, vectors=vectors), MemoryStore()
    executor = ScriptedExecutor(evaluate)
    engine = Engine(PROBLEM, recipe, store, executor, header={}, clock=time.monotonic, llm=llm)
    with pytest.raises(RecipeStalledError):
        asyncio.run(engine.run())
    assert not script, "not all replies were asked for"
    offspring = [known for known in recipe.known if known.candidate.operator != "seed"]
    abandoned = [event.body for event in store.events(("abandoned",))]
    return offspring, llm.requests, abandoned


def asked(request):
    """Give the task at the end of a prompt."""
    return request.messages[1].content.rpartition("# Your turn")[2]


def requests_of(operator, *replies):
    """Hold a conversation by hand; give what was asked."""
    conversation = operator(PROBLEM, [PARENT], [], stream(0, 0, "vary"))
    requests = [next(conversation)]
    for reply in replies:
        try:
            requests.append(conversation.send(Generated((reply,))))
        except StopIteration:
            return requests
        if isinstance(requests[-1], Embed):
            with pytest.raises(StopIteration):
                conversation.send(Embedded(()))
            return requests
    raise AssertionError("the conversation goes on")
