"""The loop, driven through scripted ports."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from evoengine.engine import FAULT_LIMIT, Engine
from evoengine.errors import EvaluatorError, ModelError, RecipeStalledError, SandboxError
from evoengine.ports import Task
from evoengine.replay import canonical, fold
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.testing.toy import PROBLEM, ToyRecipe, answer, evaluate, toy_engine
from evoengine.types import Draft, Evaluation, Job, Known, Problem, Verdict


def run(engine: Engine) -> str:
    return asyncio.run(engine.run())


def make(
    recipe: Any, store: MemoryStore, *, executor: Any = None, budget: Mapping[str, float] | None = None, **options: Any
) -> Engine:
    header = {"seed": 1, "order": "completion", "window": 4, "budget": budget or {"candidates": 10}} | options.pop(
        "header", {}
    )
    return Engine(
        PROBLEM, recipe, store, executor or ScriptedExecutor(evaluate), header=header, clock=lambda: 0.0, **options
    )


class Walk(ToyRecipe):
    """Always the same operator, one draft: x + 1."""

    def ask(self, view, rng):
        return Job(view.proposal, "walk", ("seed-0",))

    def vary(self, job, library, rng):
        yield from ()
        return [Draft({"x.txt": f"{rng.normal():.9f}"})]


@pytest.mark.parametrize("order", ["completion", "proposal"])
def test_runs_to_its_budget_and_the_fold_of_the_log_is_the_live_state(order):
    store = MemoryStore()
    engine = toy_engine(store, order=order, candidates=120, slots=3, seconds=0.0005)
    assert run(engine) == "candidates"
    assert engine.state.candidates >= 120
    told = [event.proposal for event in store.events(("told", "abandoned"))]
    asked = [event.proposal for event in store.events(("asked",))]
    assert sorted(told) == asked == list(range(len(told)))
    assert order == "completion" or told == sorted(told)
    folded = fold(store.events(), ToyRecipe(), store.text)
    assert folded.digest() == engine.state.digest() == next(store.events(("stopped",))).body["state"]
    assert folded.spent == engine.state.spent
    assert folded.best.candidate.id == engine.state.best.candidate.id == engine.recipe.best()


def test_proposal_order_gives_equal_logs_for_any_number_of_slots_and_any_latency():
    logs = []
    for slots, seconds in ((1, 0.0), (2, 0.001), (5, 0.0005), (1, 0.0005)):
        store = MemoryStore()
        run(toy_engine(store, order="proposal", candidates=80, slots=slots, seconds=seconds))
        logs.append(canonical(store.events()))
    assert logs[0] == logs[1] == logs[2] == logs[3]


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
        asyncio.get_running_loop().call_later(0.04, engine.stop)
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
        asyncio.get_running_loop().call_later(0.1, engine.abort)
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


def test_an_equal_program_reuses_the_recorded_evaluation():
    class Same(Walk):
        def vary(self, job, library, rng):
            yield from ()
            return [Draft({"x.txt": "0.25 "})]

    store, executor = MemoryStore(), ScriptedExecutor(evaluate)
    engine = make(Same(), store, executor=executor, header={"window": 1})
    run(engine)
    assert len(executor.tasks) == 2 + 1
    assert engine.state.candidates == 10
    assert engine.state.spent.evaluations == 3


def test_what_may_not_change_is_refused():
    problem = Problem("frozen", ({"a.txt": "1", "b.txt": "2"},), evolvable=("a.txt",))

    class Both(Walk):
        def seeds(self):
            return [Draft({"a.txt": "1", "b.txt": "2"})]

        def vary(self, job, library, rng):
            yield from ()
            return [Draft({"a.txt": f"{job.proposal}", "b.txt": f"{job.proposal % 2 + 1}"})]

        def tell(self, candidate, evaluation):
            return Verdict("new")

    store = MemoryStore()
    ok = ScriptedExecutor(lambda task: Evaluation("", "ok", 1.0))
    header = {"seed": 1, "budget": {"candidates": 10}}
    asyncio.run(Engine(problem, Both(), store, ok, header=header, clock=lambda: 0.0).run())
    genomes = {result["candidate"]["genome"]["b.txt"] for e in store.events(("told",)) for result in e.body["results"]}
    assert {store.text(digest) for digest in genomes} == {"2"}
    assert len(list(store.events(("abandoned",)))) >= 9


def test_a_recipe_that_waits_with_nothing_in_flight_is_an_error_not_a_hang():
    class Waits(Walk):
        def ask(self, view, rng):
            return None

    store = MemoryStore()
    with pytest.raises(RecipeStalledError, match="proposal 0"):
        run(make(Waits(), store))
    assert next(store.events(("stopped",))).body["reason"] == "RecipeStalledError"


def test_a_recipe_without_offspring_for_ever_is_an_error_not_a_hang():
    class Barren(Walk):
        def vary(self, job, library, rng):
            yield from ()
            return []

    with pytest.raises(RecipeStalledError, match="no offspring"):
        run(make(Barren(), MemoryStore()))


@pytest.mark.parametrize(("status", "error"), [("evaluator_error", EvaluatorError), ("sandbox_failure", SandboxError)])
def test_faults_of_the_evaluator_or_the_sandbox_stop_the_run_and_lose_nothing(status, error):
    def faulty(task: Task) -> Evaluation:
        return evaluate(task) if task.genome["x.txt"] in {"0.5", "-1.5"} else Evaluation("", status, feedback="boom")

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


def test_an_operator_that_needs_a_model_says_so_when_there_is_none():
    with pytest.raises(ModelError, match="'reply' asks for a model"):
        run(make(ToyRecipe(), MemoryStore()))


@pytest.mark.parametrize(
    ("budget", "reason"),
    [
        ({"candidates": 7}, "candidates"),
        ({"evaluations": 9}, "evaluations"),
        ({"target": 0.3, "candidates": 500}, "target"),
        ({"seconds": 5.0}, "seconds"),
    ],
)
def test_every_limit_ends_the_run_and_names_itself(budget, reason):
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.01
        return now

    store = MemoryStore()
    header = {"seed": 1, "window": 4, "budget": budget}
    engine = Engine(PROBLEM, Walk(), store, ScriptedExecutor(evaluate), header=header, clock=clock)
    assert run(engine) == reason
    if reason in {"candidates", "evaluations"}:
        assert len(list(store.events(("told",)))) == 7


def test_model_budgets_count_calls_and_tokens():
    for budget in ({"calls": 12}, {"tokens": 200}):
        engine = make(ToyRecipe(), MemoryStore(), llm=ScriptedLLM(answer), budget=budget)
        assert run(engine) == next(iter(budget))
        assert 12 <= engine.state.spent.calls <= 20 or 200 <= engine.state.spent.tokens_in * 2 <= 400


def test_steering_extends_a_finished_run_and_the_log_keeps_it():
    store = MemoryStore()
    run(make(Walk(), store))

    async def extended() -> str:
        engine = make(Walk(), store)
        engine.steer({"budget": {"candidates": 25}})
        return await engine.run()

    assert asyncio.run(extended()) == "candidates"
    assert fold(store.events(), Walk(), store.text).candidates == 25
    assert run(make(Walk(), store)) == "candidates"
    assert len(list(store.events(("told",)))) == 25


def test_observers_see_every_candidate_with_its_verdict():
    seen: list[tuple[Known, Verdict]] = []
    engine = make(Walk(), MemoryStore(), observers=[lambda known, verdict: seen.append((known, verdict))])
    run(engine)
    assert [known.candidate.id for known, _ in seen][:2] == ["seed-0", "seed-1"]
    assert len(seen) == 12
    assert seen[0][1].kind == "new"


def test_the_runs_clock_leaves_pauses_out():
    now = 100.0
    store = MemoryStore()
    header = {"seed": 1, "budget": {"candidates": 3}}

    def clock() -> float:
        nonlocal now
        now += 1.0
        return now

    run(Engine(PROBLEM, Walk(), store, ScriptedExecutor(evaluate), header=header, clock=clock))
    first = [event.at for event in store.events()][-1]
    now = 1_000_000.0
    engine = Engine(PROBLEM, Walk(), store, ScriptedExecutor(evaluate), header={}, clock=clock)
    assert engine.journal.seconds < first + 10
