"""The loop, driven through scripted ports."""

import asyncio

import pytest
from engines import Walk, make, run

from evoengine.effects import Evaluate
from evoengine.engine import Engine
from evoengine.errors import ModelError, RecipeStalledError
from evoengine.problem import Problem
from evoengine.replay import canonical, fold
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.testing.toy import PROBLEM, ToyRecipe, answer, evaluate, toy_engine
from evoengine.types import Draft, Evaluation, Known, Usage, Verdict


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


def test_an_operator_that_evaluates_what_is_known_pays_nothing_but_for_a_part_of_it():
    class Looks(Walk):
        def vary(self, job, library, rng):
            genome = library["seed-0"].candidate.genome
            known = yield Evaluate(genome)
            assert (known.fitness, known.usage) == (library["seed-0"].evaluation.fitness, Usage())
            first_stage = yield Evaluate(genome, stage=0)
            assert first_stage.usage == Usage(evaluations=1)
            return [Draft({"x.txt": f"{rng.normal():.9f}"})]

    store, executor = MemoryStore(), ScriptedExecutor(evaluate)
    engine = make(Looks(), store, executor=executor)
    assert run(engine) == "candidates"
    assert len(executor.tasks) == engine.state.spent.evaluations == 2 + 2 * 10
    assert [task.stage for task in executor.tasks].count(0) == 10


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
    genomes = {
        result["candidate"]["genome"]["b.txt"]
        for e in store.events(("told",))
        for result in e.body["results"]
    }
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


@pytest.mark.parametrize(
    ("budget", "calls"),
    # One proposal at a time: a call is 20 tokens, and two of three proposals make one.
    [
        ({"calls": 12}, 12),
        ({"calls": 0}, 0),
        ({"tokens": 200}, 10),
        ({"tokens": 201}, 11),
        ({"tokens": 220}, 11),
    ],
)
def test_model_budgets_count_calls_and_tokens(budget, calls):
    engine = make(ToyRecipe(), MemoryStore(), llm=ScriptedLLM(answer), budget=budget, header={"window": 1})
    assert run(engine) == next(iter(budget))
    spent = engine.state.spent
    assert (spent.calls, spent.tokens_in, spent.tokens_out) == (calls, 10 * calls, 10 * calls)


@pytest.mark.parametrize("limit", ["calls", "tokens"])
def test_a_budget_is_overshot_by_what_was_in_flight_at_most(limit):
    for window in (2, 5):
        budget = {"calls": 12} if limit == "calls" else {"tokens": 240}
        engine = make(
            ToyRecipe(), MemoryStore(), llm=ScriptedLLM(answer), budget=budget, header={"window": window}
        )
        assert run(engine) == limit
        assert 12 <= engine.state.spent.calls <= 12 + window - 1


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


def test_a_library_that_holds_little_at_hand_reads_the_rest_from_the_log(monkeypatch):
    logs = []
    for size in (2, 2048):
        monkeypatch.setattr("evoengine.conversation._LIBRARY_SIZE", size)
        store = MemoryStore()
        engine = toy_engine(store, order="proposal", candidates=60, slots=2, seconds=0.0)
        run(engine)
        assert len(engine.library._recent) <= size
        logs.append(canonical(store.events()))
    assert logs[0] == logs[1]
    with pytest.raises(KeyError):
        engine.library["999-9"]


def test_a_trials_seed_is_that_of_its_program():
    executor = ScriptedExecutor(evaluate)
    engine = make(Walk(), MemoryStore(), executor=executor)
    run(engine)
    seeds = {task.genome["x.txt"]: task.seed for task in executor.tasks}
    assert len(set(seeds.values())) == len(seeds)
    known = engine.library["seed-0"]
    assert asyncio.run(engine.evaluate(known.candidate)).fitness == known.evaluation.fitness
    assert executor.tasks[-1].seed == seeds["0.5"]


def test_an_offspring_that_its_own_conversation_has_evaluated_costs_nothing_more():
    class Looks(Walk):
        def vary(self, job, library, rng):
            genome = {"x.txt": f"{rng.normal():.9f}"}
            yield Evaluate(genome)
            yield Evaluate(genome)
            return [Draft(genome)]

    executor = ScriptedExecutor(evaluate)
    engine = make(Looks(), MemoryStore(), executor=executor, budget={"candidates": 5})
    run(engine)
    assert len(executor.tasks) == 2 + 5
    assert engine.state.spent.evaluations == 7
