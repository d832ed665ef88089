"""What evaluators ask models: asked once, metered, in the log before it is used."""

import asyncio
import json

import pytest

from evoengine.effects import Generate, Generated, Message, Question
from evoengine.encoding import decode_question, encode_question, question_key
from evoengine.engine import Engine
from evoengine.errors import BudgetReachedError
from evoengine.evaluation import as_evaluator
from evoengine.executors import InlineExecutor
from evoengine.llm.recorded import RecordedLLM
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.replay import fold
from evoengine.report import LOG_NAME, Run, spending
from evoengine.stores import MemoryStore, SQLiteStore
from evoengine.testing.inline import InlineSandbox
from evoengine.types import Usage

PROBLEM = Problem("prompts", ({"x.json": "[0.5, 0.5]"},), worst_fitness=-10.0)


class Model:
    """Counts what it is asked, and ends its budget after so many calls."""

    def __init__(self, calls=10**9):
        self.asked = []
        self.calls = calls

    async def generate(self, request, *, proposal, step):
        self.asked.append(request.messages[0].content)
        number = len(self.asked)
        await asyncio.sleep(0.001)
        if number > self.calls:
            raise BudgetReachedError("calls")
        return Generated(
            (request.messages[0].content.upper(),), "m", Usage(calls=1, tokens_in=2, dollars=0.5)
        )


def evaluate(trial):
    """Ask the same question in every evaluation, and one that is this candidate's alone."""
    first = json.loads(trial.text("x.json"))[0]
    common, again, own = trial.complete("common", "common", f"own {first}")
    assert (common, again, own) == ("COMMON", "COMMON", f"OWN {first}")
    return -abs(first)


def engine(store, llm, candidates=6, problem=PROBLEM):
    recipe = make_recipe("hill_climb", problem, {"operators": ["gaussian"]})
    executor = InlineExecutor(problem, as_evaluator(evaluate), InlineSandbox())
    header = {"seed": 1, "order": "proposal", "window": 3, "budget": {"candidates": candidates}}
    return Engine(problem, recipe, store, executor, header=header, clock=lambda: 0.0, llm=llm)


def search(store, llm, **options):
    searching = engine(store, llm, **options)
    return asyncio.run(searching.run()), searching


def test_an_equal_question_is_asked_once_whoever_asks():
    store, llm = MemoryStore(), Model()
    reason, searching = search(store, llm)
    assert reason == "candidates"
    assert llm.asked.count("common") == 1
    assert len(llm.asked) == len(set(llm.asked)) == 8  # the common one, the seed's and six candidates'
    assert searching.state.spent == Usage(evaluations=7, calls=8, tokens_in=16, dollars=4.0)
    assert all(k.evaluation.usage.calls == 0 for k in searching.recipe.elites())


def test_the_log_folds_to_what_was_spent():
    store = MemoryStore()
    _, searching = search(store, Model())
    folded = fold(store.events(), make_recipe("hill_climb", PROBLEM, {"operators": ["gaussian"]}), store.text)
    assert folded.spent == searching.state.spent
    assert folded.digest() == searching.state.digest()


def test_an_evaluation_that_is_done_again_asks_for_nothing_that_was_paid():
    store, llm = MemoryStore(), Model(calls=4)
    reason, _ = search(store, llm)
    assert reason == "calls"
    paid = [body["key"] for body in (event.body for event in store.events(("answered",)))]
    assert len(paid) == 4
    more = Model()
    assert search(store, more)[0] == "candidates"
    assert not set(more.asked) & set(llm.asked[:4])
    assert len(more.asked) == 4


def test_repeats_of_a_noisy_problem_ask_anew():
    noisy = Problem("prompts", PROBLEM.seeds, noisy=True, repeats=3)
    llm = Model()
    search(MemoryStore(), llm, candidates=1, problem=noisy)
    assert llm.asked.count("common") == 3
    assert llm.asked.count("own 0.5") == 3


def test_a_recorded_run_answers_evaluators_too():
    store = MemoryStore()
    search(store, Model())
    replayed = MemoryStore()
    assert search(replayed, RecordedLLM(store))[0] == "candidates"
    assert [e.body for e in replayed.events(("told",))] == [e.body for e in store.events(("told",))]


def test_an_aborted_search_asks_for_nothing_any_more():
    class Slow(Model):
        def __init__(self):
            super().__init__()
            self.answering, self.stuck = 0, asyncio.Event()

        async def generate(self, request, *, proposal, step):
            self.answering += 1
            try:
                reply = await super().generate(request, proposal=proposal, step=step)
                if len(self.asked) > 2:
                    self.stuck.set()
                    await asyncio.sleep(3600)
            finally:
                self.answering -= 1
            return reply

    async def work():
        llm = Slow()
        searching = engine(MemoryStore(), llm)
        running = asyncio.ensure_future(searching.run())
        await llm.stuck.wait()
        searching.abort()
        return await running, llm.answering

    assert asyncio.run(work()) == ("interrupted", 0)


@pytest.mark.parametrize("make", [lambda path: MemoryStore(), lambda path: SQLiteStore(path / "run.db")])
def test_a_store_finds_an_answer_by_its_key(make, tmp_path):
    store = make(tmp_path)
    assert store.answer("k") is None
    store.append("answered", None, 0.0, {"key": "k", "texts": ["d"], "step": 0}, {"d": "yes"})
    assert store.answer("k") == {"key": "k", "texts": ["d"], "step": 0}
    assert store.answer("other") is None
    store.close()


def test_a_question_is_its_content_and_its_sample():
    request = Generate((Message("user", "q"),), temperature=0.5, role="judge", choices=("yes", "no"))
    question = Question(request, 3)
    assert decode_question(json.loads(json.dumps(encode_question(question)))) == question
    others = [
        Question(request),
        Question(Generate((Message("user", "q"),), temperature=0.5, role="judge"), 3),
    ]
    assert len({question_key(one) for one in (question, *others)}) == 3


def test_reports_count_what_evaluators_asked(tmp_path):
    store = SQLiteStore(tmp_path / LOG_NAME)
    _, searching = search(store, Model())
    store.close()
    run = Run(tmp_path)
    assert run.usage() == searching.state.spent
    spent = spending(run)
    assert {name: usage.calls for name, usage in spent.models.items()} == {"m": 8}
    assert {name: usage.calls for name, usage in spent.operators.items()} == {"seed": 2, "gaussian": 6}
    run.close()
