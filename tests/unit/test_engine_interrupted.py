"""Runs that are stopped, aborted, cancelled or that fail, and are gone on with."""

import asyncio
from collections.abc import Callable

import pytest
from engines import Walk, make, run

from evoengine.engine import FAULT_LIMIT, Engine
from evoengine.errors import BudgetReachedError, EvaluatorError, SandboxError, StoreFullError
from evoengine.ports import Observer, Task
from evoengine.replay import canonical, fold
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.testing.toy import ToyRecipe, answer, evaluate, toy_engine
from evoengine.types import Evaluation, Known, Verdict


def at(told: int, act: Callable[[], None]) -> Observer:
    """Make an observer that acts once so many candidates were told."""
    seen: list[Known] = []

    def see(known: Known, verdict: Verdict) -> None:
        seen.append(known)
        if len(seen) == told:
            act()

    return see


def test_a_reply_is_in_the_log_before_it_is_used():
    store = MemoryStore()
    committed: list[int] = []

    class Watching(MemoryStore):
        def commit(self):
            committed.append(len(list(self.events(("replied",)))))

    store = Watching()

    class Asking(ToyRecipe):
        def vary(self, job, library, rng):
            inner = super().vary(job, library, rng)
            try:
                effect = next(inner)
                while True:
                    reply = yield effect
                    replied = [e for e in store.events(("replied",)) if e.proposal == job.proposal]
                    assert replied, "used before it was logged"
                    if hasattr(reply, "texts"):
                        assert committed[-1] >= len(replied), "used before it was committed"
                    effect = inner.send(reply)
            except StopIteration as stop:
                return stop.value

    engine = make(Asking(), store, llm=ScriptedLLM(answer), budget={"candidates": 30})
    assert run(engine) == "candidates"


@pytest.mark.parametrize("order", ["completion", "proposal"])
def test_stopping_finishes_what_is_in_flight_and_resuming_goes_on(order):
    store = MemoryStore()
    whole = MemoryStore()
    run(toy_engine(whole, order=order, candidates=60, slots=2, seconds=0.0005))

    async def interrupted() -> str:
        engine = toy_engine(store, order=order, candidates=60, slots=2, seconds=0.002)
        engine.observers = (at(12, engine.stop),)
        return await engine.run()

    assert asyncio.run(interrupted()) == "interrupted"
    before = len(list(store.events(("told",))))
    assert 0 < before < 60
    assert run(toy_engine(store, order=order, candidates=60, slots=2, seconds=0.0)) == "candidates"
    told = [event.proposal for event in store.events(("told", "abandoned"))]
    assert sorted(told) == list(range(len(told)))
    if order == "proposal":
        assert canonical(store.events()) == canonical(whole.events())


def test_aborting_drops_what_is_in_flight_and_a_resumed_run_pays_no_reply_twice():
    store = MemoryStore()

    async def aborted() -> tuple[str, int]:
        engine = toy_engine(store, order="completion", candidates=60, slots=1, seconds=0.01)
        engine.observers = (at(12, engine.abort),)
        reason = await engine.run()
        return reason, len(engine._conversations._llm.requests)

    reason, asked_before = asyncio.run(aborted())
    assert reason == "interrupted"
    replied = sum("texts" in event.body for event in store.events(("replied",)))
    assert asked_before - replied <= 6
    engine = toy_engine(store, order="completion", candidates=60, slots=1, seconds=0.0)
    open_with_reply = [p.job.proposal for p in engine.state.pending.values() if 0 in p.replies]
    run(engine)
    after = [event for event in store.events(("replied",)) if event.proposal in open_with_reply]
    steps = [(event.proposal, event.body["step"]) for event in after]
    assert len(steps) == len(set(steps))


@pytest.mark.parametrize(
    ("status", "error"), [("evaluator_error", EvaluatorError), ("sandbox_failure", SandboxError)]
)
def test_faults_of_the_evaluator_or_the_sandbox_stop_the_run_and_lose_nothing(status, error):
    def faulty(task: Task) -> Evaluation:
        return (
            evaluate(task)
            if task.genome["x.txt"] in {"0.5", "-1.5"}
            else Evaluation("", status, feedback="boom")
        )

    store = MemoryStore()
    with pytest.raises(error, match="boom"):
        run(make(Walk(), store, executor=ScriptedExecutor(faulty)))
    assert len(list(store.events(("told",)))) >= FAULT_LIMIT
    assert run(make(Walk(), store, executor=ScriptedExecutor(evaluate))) == "candidates"


def test_an_exception_of_the_executor_ends_the_run_and_a_new_engine_goes_on():
    calls = 0

    def dies(task: Task) -> Evaluation:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise EvaluatorError("it died", cure="mend it")
        return evaluate(task)

    store = MemoryStore()
    with pytest.raises(EvaluatorError, match="it died"):
        run(make(Walk(), store, executor=ScriptedExecutor(dies)))
    assert run(make(Walk(), store)) == "candidates"
    told = [event.proposal for event in store.events(("told",))]
    assert sorted(told) == list(range(10))


def test_a_commit_that_fails_in_the_background_ends_the_run_and_a_healed_log_is_gone_on_with():
    class Filling(MemoryStore):
        full = False

        def commit(self):
            if self.full:
                raise StoreFullError("the disk is full", cure="free space")

    store = Filling()

    def slow(task: Task) -> float:
        store.full = len(list(store.events())) > 8
        return 0.01

    engine = make(Walk(), store, executor=ScriptedExecutor(evaluate, delay=slow), budget={"candidates": 200})
    with pytest.raises(StoreFullError, match="disk is full"):
        run(engine)
    assert engine.state.candidates < 200
    assert list(store.events(("stopped",))) == []
    store.full = False
    assert run(make(Walk(), store, executor=ScriptedExecutor(evaluate))) == "candidates"
    assert fold(store.events(), Walk(), store.text).candidates == 200


def test_a_cancelled_run_drops_what_is_in_flight_and_is_gone_on_with():
    store = MemoryStore()

    async def cancelled() -> Engine:
        enough = asyncio.Event()
        executor = ScriptedExecutor(evaluate, delay=lambda _: 0.005)
        engine = make(Walk(), store, executor=executor, observers=[at(5, enough.set)])
        task = asyncio.ensure_future(engine.run())
        await enough.wait()
        assert 0 < engine.in_flight <= 4
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return engine

    engine = asyncio.run(cancelled())
    assert engine.state.pending
    assert list(store.events(("stopped",))) == []
    assert run(make(Walk(), store)) == "candidates"


def test_aborting_before_the_seeds_are_told_stops_after_them():
    store = MemoryStore()

    async def aborted() -> str:
        engine = make(Walk(), store, executor=ScriptedExecutor(evaluate, delay=lambda _: 0.01))
        asyncio.get_running_loop().call_soon(engine.abort, "enough")
        return await engine.run()

    assert asyncio.run(aborted()) == "enough"
    assert len(list(store.events(("seeded",)))) == 2
    assert list(store.events(("asked",))) == []


def test_seeds_that_were_told_are_not_evaluated_again():
    store = MemoryStore()

    async def interrupted() -> None:
        executor = ScriptedExecutor(
            evaluate, delay=lambda task: 0.0 if task.genome["x.txt"] == "0.5" else 60.0, slots=2
        )
        engine = make(Walk(), store, executor=executor)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.run(), 0.1)

    asyncio.run(interrupted())
    assert len(list(store.events(("seeded",)))) == 1
    executor = ScriptedExecutor(evaluate)
    run(make(Walk(), store, executor=executor))
    assert executor.tasks[0].genome == {"x.txt": "-1.5"}
    assert [result["candidate"]["id"] for e in store.events(("seeded",)) for result in e.body["results"]] == [
        "seed-0",
        "seed-1",
    ]


def test_a_model_that_may_not_be_paid_any_more_stops_the_run_and_leaves_its_proposal_open():
    class Poor(ScriptedLLM):
        async def generate(self, request, *, proposal, step):
            if len(self.requests) == 8:
                raise BudgetReachedError("dollars")
            return await super().generate(request, proposal=proposal, step=step)

    store = MemoryStore()
    engine = make(ToyRecipe(), store, llm=Poor(answer), budget={"candidates": 40})
    assert run(engine) == "dollars"
    assert engine.state.pending
    assert len(list(store.events(("replied",)))) >= 8
    rich = make(ToyRecipe(), store, llm=ScriptedLLM(answer), budget={"candidates": 40})
    assert run(rich) == "candidates"
    told = [event.proposal for event in store.events(("told", "abandoned"))]
    assert sorted(told) == list(range(len(told)))
