"""The contract of a recipe, for the tests of recipes of your own.

::

    class TestMyRecipe(RecipeContract):
        def make(self, problem: Problem) -> Recipe:
            return MyRecipe(problem)
"""

import asyncio
import inspect
import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evoengine.engine import Engine
from evoengine.ports import LLM, Observer, Recipe, Task
from evoengine.problem import Measure, Problem
from evoengine.replay import canonical, fold
from evoengine.rng import stream
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor
from evoengine.types import Evaluation, Job, Known, Verdict, View

MOST_PARAMETERS = 8
MOST_LINES = 80

OWN = ("order", "share")
"""The parameters of the contract's own tests; any other is the subclass's and says what is tested."""

VECTOR = Problem(
    "vector",
    ({"x.json": "[0.4, -0.3, 0.2]"}, {"x.json": "[-0.2, 0.1, 0.5]"}),
    measures=(Measure("first", -1.0, 1.0, 10), Measure("half", categories=("left", "right"))),
    worst_fitness=-100.0,
)
"""A vector of three numbers, to be brought near 1."""


def score_vector(task: Task) -> Evaluation:
    """Score a genome of `VECTOR`: minus its squared distance from 1, bumpy; an error beyond 3."""
    x: list[float] = json.loads(task.genome["x.json"])
    if max(map(abs, x)) > 3.0:
        return Evaluation("", "error", feedback="too far out")
    fitness = sum(math.cos(9.0 * (v - 1.0)) / 10.0 - (v - 1.0) ** 2 for v in x)
    measures = {"first": x[0], "half": "left" if x[1] < x[2] else "right"}
    return Evaluation("", "ok", fitness, {"fitness": fitness}, measures)


class RecipeContract(ABC):
    """What every recipe keeps to. Subclass it in a test module under a name that starts with ``Test``.

    Attributes
    ----------
    problem
        What is searched; at least one of its seeds is valid.
    candidates
        The budget of one search.
    """

    problem: Problem = VECTOR
    candidates: ClassVar[int] = 60

    _shared: ClassVar[tuple[Any, dict[tuple[str, int], tuple[Engine, MemoryStore]]]] = None, {}
    """What is being tested, and the searches made of it so far by their order and slots."""

    @pytest.fixture(autouse=True)
    def _sharing(self, request: pytest.FixtureRequest) -> None:
        """Let tests of the same class and parameters that follow one another share their searches."""
        spec = getattr(request.node, "callspec", None)
        chosen = {name: id(value) for name, value in spec.params.items() if name not in OWN} if spec else {}
        if RecipeContract._shared[0] != (type(self), chosen):
            RecipeContract._shared = (type(self), chosen), {}

    @abstractmethod
    def make(self, problem: Problem) -> Recipe:
        """Make a fresh recipe for a problem, all made alike."""

    def evaluate(self, task: Task) -> Evaluation:
        """Score a genome of the problem, the same way every time."""
        return score_vector(task)

    def llm(self) -> LLM | None:
        """Make the model that the operators ask, if they do: the same reply for the same proposal and step."""
        return None

    def engine(
        self,
        store: MemoryStore,
        *,
        order: str,
        slots: int = 2,
        evaluate: Callable[[Task], Evaluation] | None = None,
        observers: Sequence[Observer] = (),
    ) -> Engine:
        """Make an engine that searches from wherever the log ends."""
        header = {"seed": 3, "order": order, "window": 5, "budget": {"candidates": self.candidates}}
        return Engine(
            self.problem,
            self.make(self.problem),
            store,
            ScriptedExecutor(evaluate or self.evaluate, slots=slots),
            header=header,
            clock=time.monotonic,
            llm=self.llm(),
            observers=observers,
        )

    def searched(self, order: str = "proposal", *, slots: int = 4) -> tuple[Engine, MemoryStore]:
        """Search to the end of the budget, once for all tests; they only read it."""
        searches = RecipeContract._shared[1]
        if (order, slots) not in searches:
            store = MemoryStore()
            engine = self.engine(store, order=order, slots=slots)
            assert asyncio.run(engine.run()) == "candidates"
            searches[order, slots] = engine, store
        return searches[order, slots]

    def test_it_starts_from_seeds_of_the_problems_files(self) -> None:
        seeds = self.make(self.problem).seeds()
        assert seeds
        assert {tuple(sorted(draft.genome)) for draft in seeds} == {tuple(sorted(self.problem.seeds[0]))}
        assert list(seeds) == list(self.make(self.problem).seeds())

    def test_before_any_seed_was_told_it_waits_and_holds_nothing(self) -> None:
        recipe = self.make(self.problem)
        assert recipe.ask(View(0, 0, 0), stream(0, 0, "ask")) is None
        assert recipe.best() is None
        assert list(recipe.elites()) == []

    def test_asking_is_a_function_of_the_view_and_the_stream_and_changes_nothing(self) -> None:
        recipe = self.searched()[0].recipe
        before = _shown(recipe)
        for proposal in range(self.candidates, self.candidates + 30):
            view = View(proposal, proposal, 0, 10)
            first = recipe.ask(view, stream(3, proposal, "ask"))
            assert first == recipe.ask(view, stream(3, proposal, "ask"))
            assert first is None or first.proposal == proposal
        assert _shown(recipe) == before

    def test_varying_is_a_function_of_the_job_and_the_stream_and_changes_nothing(self) -> None:
        engine, _ = self.searched()
        recipe, before, jobs = engine.recipe, _shown(engine.recipe), 0
        for proposal in range(self.candidates, self.candidates + 30):
            job = recipe.ask(View(proposal, proposal, 0, 10), stream(3, proposal, "ask"))
            if job is not None:
                jobs += 1
                first, second = (_opening(engine, job) for _ in range(2))
                assert first == second
        assert jobs, "it only ever waits"
        assert _shown(recipe) == before

    @pytest.mark.parametrize("order", ["completion", "proposal"])
    def test_the_fold_of_the_log_equals_the_live_state(self, order: str) -> None:
        engine, store = self.searched(order)
        folded = fold(store.events(), self.make(self.problem), store.text)
        assert _shown(folded.recipe) == _shown(engine.recipe)
        assert folded.digest() == engine.state.digest()
        assert engine.state.candidates >= self.candidates

    def test_what_somebody_told_the_run_is_folded_and_what_was_injected_is_not_lost(self) -> None:
        store, genome, seen = MemoryStore(), dict(self.problem.seeds[-1]), 0

        def steer(known: Known, verdict: Verdict) -> None:
            nonlocal seen
            del known, verdict
            seen += 1
            if seen == self.candidates // 4:
                engine.steer({"of a later version": 1, "hint": "Mind the first."})
                engine.steer({"inject": genome})

        engine = self.engine(store, order="proposal", observers=[steer])
        assert asyncio.run(engine.run()) == "candidates"
        told = [result for event in store.events(("told",)) for result in event.body["results"]]
        injected = [result for result in told if result["candidate"]["operator"] == "inject"]
        folded = fold(store.events(), self.make(self.problem), store.text)
        assert _shown(folded.recipe) == _shown(engine.recipe)
        assert folded.hint == "Mind the first."
        assert len(injected) + len(folded.injected) == 1, "it waits only where nothing more was asked"

    @pytest.mark.parametrize("order", ["completion", "proposal"])
    def test_every_parent_and_inspiration_was_told_before(self, order: str) -> None:
        told: set[str] = set()
        jobs = 0
        for event in self.searched(order)[1].events(("seeded", "asked", "told")):
            if event.kind == "asked":
                jobs += 1
                assert told.issuperset(event.body["parents"] + event.body.get("inspirations", []))
            else:
                told.update(result["candidate"]["id"] for result in event.body["results"])
        assert jobs

    def test_the_best_is_the_fittest_told_and_of_equals_the_earliest(self) -> None:
        engine, store = self.searched()
        results = [r for event in store.events(("seeded", "told")) for r in event.body["results"]]
        fittest = max(results, key=lambda result: result["evaluation"].get("fitness", -math.inf))
        assert engine.recipe.best() == fittest["candidate"]["id"]

    def test_the_number_of_slots_changes_nothing_in_proposal_order(self) -> None:
        assert canonical(self.searched(slots=1)[1].events()) == canonical(self.searched()[1].events())

    @pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
    def test_a_stopped_and_resumed_search_equals_an_uninterrupted_one(self, share: float) -> None:
        store, told = MemoryStore(), 0

        def stop(known: Known, verdict: Verdict) -> None:
            nonlocal told
            del verdict
            told += known.candidate.proposal >= 0
            if told > share * self.candidates:
                engine.stop()

        engine = self.engine(store, order="proposal", observers=[stop])
        assert asyncio.run(engine.run()) == "interrupted"
        assert len(list(store.events(("told",)))) < self.candidates
        assert asyncio.run(self.engine(store, order="proposal").run()) == "candidates"
        assert canonical(store.events()) == canonical(self.searched()[1].events())

    def test_it_goes_on_when_every_offspring_fails(self) -> None:
        seeds = [dict(draft.genome) for draft in self.make(self.problem).seeds()]

        def evaluate(task: Task) -> Evaluation:
            return self.evaluate(task) if dict(task.genome) in seeds else Evaluation("", "timeout")

        engine = self.engine(MemoryStore(), order="completion", evaluate=evaluate)
        assert asyncio.run(engine.run()) == "candidates"
        assert engine.state.statuses["timeout"] > 0
        assert str(engine.recipe.best()).startswith("seed-")

    def test_it_has_few_parameters_each_with_a_name_and_a_default(self) -> None:
        given = inspect.signature(type(self.make(self.problem))).parameters.values()
        own = [parameter for parameter in given if parameter.name != "problem"]
        assert len(own) <= MOST_PARAMETERS
        assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in own)
        assert all(parameter.default is not parameter.empty for parameter in own)

    def test_its_module_is_short(self) -> None:
        source = Path(inspect.getfile(type(self.make(self.problem))))
        assert len(source.read_text("utf-8").splitlines()) <= MOST_LINES, source


def _shown(recipe: Recipe) -> tuple[Any, ...]:
    """Give all that a recipe shows: its best, its elites and its figures."""
    elites = [(known.candidate.id, known.evaluation.fitness) for known in recipe.elites()]
    return recipe.best(), elites, dict(recipe.stats())


def _opening(engine: Engine, job: Job) -> Any:
    """Give the first effect of a job's conversation, or what it returns where it has none."""
    conversation = engine.recipe.vary(job, engine.library, stream(3, job.proposal, "vary"))
    try:
        return next(conversation)
    except StopIteration as stop:
        return list(stop.value)
    finally:
        conversation.close()
