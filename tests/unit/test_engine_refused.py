"""A call of a model that the budget refuses ends the run, and is made up for when there is more."""

import asyncio

import pytest

from evoengine.errors import BudgetReachedError
from evoengine.replay import canonical, fold
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedLLM
from evoengine.testing.toy import ToyRecipe, answer, toy_engine

CALLS = 12


class Metered(ScriptedLLM):
    async def generate(self, request, *, proposal, step):
        if len(self.requests) >= CALLS:
            raise BudgetReachedError("dollars")
        return await super().generate(request, proposal=proposal, step=step)


@pytest.mark.parametrize("order", ["completion", "proposal"])
def test_a_refused_call_stops_the_run_and_its_proposal_is_taken_up_again(order):
    store, whole = MemoryStore(), MemoryStore()
    asyncio.run(toy_engine(whole, order=order, candidates=60, slots=1, seconds=0.0).run())
    engine = toy_engine(store, order=order, candidates=60, slots=2, seconds=0.001)
    engine._conversations._llm = Metered(answer)
    assert asyncio.run(engine.run()) == "dollars"
    assert [event.body["reason"] for event in store.events(("stopped",))] == ["dollars"]
    assert sum("texts" in event.body for event in store.events(("replied",))) == CALLS
    assert fold(store.events(), ToyRecipe(), store.text).digest() == engine.state.digest()

    again = toy_engine(store, order=order, candidates=60, slots=2, seconds=0.001)
    again._conversations._llm = Metered(answer)
    again._conversations._llm.requests.extend([None] * CALLS)
    told = again.state.ended
    assert asyncio.run(again.run()) == "dollars", "resumed with no more than before, it stops at once"
    assert again.state.ended - told <= 6

    resumed = toy_engine(store, order=order, candidates=60, slots=2, seconds=0.0)
    assert resumed.state.pending
    assert asyncio.run(resumed.run()) == "candidates"
    told = [event.proposal for event in store.events(("told", "abandoned"))]
    assert sorted(told) == list(range(len(told)))
    if order == "proposal":
        assert canonical(store.events()) == canonical(whole.events())
