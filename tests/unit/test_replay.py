"""The fold of a log."""

import asyncio
from dataclasses import replace

import pytest

from evoengine.budget import Budget
from evoengine.effects import Generated
from evoengine.encoding import encode_job, encode_known, encode_reply
from evoengine.replay import MEASURED, State, apply, canonical, fold
from evoengine.stores import MemoryStore
from evoengine.testing.toy import ToyRecipe, toy_engine
from evoengine.types import Candidate, Evaluation, Event, Job, Known, Usage

MEASURES = {"x": 0.5, "hue": "a"}


def known(name, fitness, *, status="ok", usage=None, x=0.5):
    evaluation = Evaluation(name, status, fitness, measures={**MEASURES, "x": x}, usage=usage or Usage(1))
    return Known(Candidate(name, {"x.txt": name}, f"d{name}"), evaluation)


def seeded_state():
    state = State(ToyRecipe())
    state.started({"seed": 1, "budget": {"candidates": 5}})
    state.seed(known("seed-0", 1.0))
    return state


def test_a_state_counts_seeds_proposals_and_candidates_apart():
    state = seeded_state()
    for proposal in range(3):
        state.ask(Job(proposal, "reply", ("seed-0",)))
    state.tell(0, [known("0-0", 0.5), known("0-1", None, status="error")])
    state.abandon(1, Usage(calls=2))
    assert (state.seeded, state.asked, state.ended, state.candidates, state.known) == (1, 3, 2, 2, 3)
    assert list(state.pending) == [2]
    assert state.statuses == {"ok": 2, "error": 1}
    assert state.spent == Usage(evaluations=3, calls=2)
    assert state.budget == Budget(candidates=5)


def test_the_best_is_the_fittest_and_of_equals_the_earliest():
    state = seeded_state()
    for proposal, fitness in enumerate((1.0, None, 2.0, 2.0, 1.5)):
        state.ask(Job(proposal, "reply"))
        state.tell(proposal, [known(f"{proposal}-0", fitness, status="ok" if fitness else "error")])
    assert state.best.candidate.id == "2-0"


def test_proposals_without_offspring_in_a_row_are_counted():
    state = seeded_state()
    for proposal in range(4):
        state.ask(Job(proposal, "reply"))
    state.abandon(0, Usage())
    state.abandon(1, Usage())
    assert state.fruitless == 2
    state.tell(2, [known("2-0", None, status="error")])
    assert state.fruitless == 0
    state.abandon(3, Usage())
    assert state.fruitless == 1


def test_a_pending_proposal_keeps_its_replies_and_what_was_known_before():
    state = seeded_state()
    pending = state.ask(Job(0, "reply"))
    state.ask(Job(1, "reply"))
    state.tell(1, [known("1-0", 0.5)])
    reply = Generated(("text",), "small", Usage(calls=1))
    state.reply(0, 3, reply)
    assert (pending.known_before, pending.replies) == (1, {3: reply})
    assert state.ask(Job(2, "reply")).known_before == 2


def test_steering_changes_the_budget_and_nothing_else():
    state = seeded_state()
    before = state.digest()
    state.steer({"budget": {"seconds": 60.0}})
    assert state.budget == Budget(seconds=60.0)
    state.steer({"note": "nothing that is known here"})
    assert state.budget == Budget(seconds=60.0)
    assert state.digest() == before


def test_asking_undoes_having_stopped():
    state = seeded_state()
    apply(state, Event(9, "stopped", None, 4.0, {"reason": "candidates"}), str)
    assert (state.stopped, state.at) == ("candidates", 4.0)
    state.ask(Job(0, "reply"))
    assert state.stopped is None


def digest_after(*changes):
    state = seeded_state()
    for change in changes:
        change(state)
    return state.digest()


def test_the_digest_tells_states_apart_and_equal_ones_not():
    def ask(proposal):
        return lambda state: state.ask(Job(proposal, "reply"))

    def tell(proposal, *results):
        return lambda state: state.tell(proposal, list(results))

    histories = [
        (),
        (ask(0),),
        (ask(0), tell(0, known("0-0", 2.0))),
        (ask(0), tell(0, known("0-0", 2.5))),
        (ask(0), tell(0, known("0-1", 2.5))),
        (ask(0), tell(0, known("0-0", 2.5, x=-1.5))),
        (ask(0), tell(0, known("0-0", None, status="error"))),
        (ask(0), tell(0, known("0-0", None, status="timeout"))),
        (ask(0), lambda state: state.abandon(0, Usage())),
        (lambda state: state.seed(known("seed-1", None, status="error")),),
    ]
    digests = [digest_after(*history) for history in histories]
    assert len(set(digests)) == len(histories)
    assert digests == [digest_after(*history) for history in histories]


def test_every_kind_of_event_takes_effect_through_the_fold():
    store, texts = MemoryStore(), {}
    job = Job(0, "reply", ("seed-0",))
    bodies = [
        ("run", None, {"seed": 4, "budget": {"candidates": 9}}),
        ("seeded", None, {"results": [encode_known(known("seed-0", 1.0), texts)]}),
        ("asked", 0, encode_job(job)),
        ("asked", 1, encode_job(Job(1, "reply"))),
        ("asked", 2, encode_job(Job(2, "reply"))),
        ("replied", 2, encode_reply(0, Generated(("hello",), "small"), texts)),
        ("told", 0, {"results": [encode_known(known("0-0", 3.0), texts)]}),
        ("abandoned", 1, {"usage": [0, 2, 0, 0, 0.0]}),
        ("steered", None, {"budget": {"candidates": 20}}),
        ("stopped", None, {"reason": "interrupted"}),
    ]
    for n, (kind, proposal, body) in enumerate(bodies):
        store.append(kind, proposal, float(n), body, texts)
    state = fold(store.events(), ToyRecipe(), store.text)
    assert (state.header["seed"], state.budget.candidates, state.at) == (4, 20, 9.0)
    assert (state.known, state.asked, state.ended, state.stopped) == (2, 3, 2, "interrupted")
    assert (state.best.candidate.id, dict(state.best.candidate.genome)) == ("0-0", {"x.txt": "0-0"})
    assert state.spent == Usage(evaluations=2, calls=2)
    assert state.pending[2].replies == {0: Generated(("hello",), "small")}


def test_an_event_of_an_unknown_kind_is_refused_by_name():
    with pytest.raises(ValueError, match="event 7 is of the unknown kind 'dreamt'"):
        fold([Event(7, "dreamt", None, 0.0, {})], ToyRecipe(), str)


def test_the_fold_reads_no_text_of_a_candidate():
    async def search(store):
        await toy_engine(store, order="proposal", candidates=30, slots=1, seconds=0.0).run()

    store, read = MemoryStore(), []
    asyncio.run(search(store))

    def fetch(digest):
        read.append(digest)
        return store.text(digest)

    fold(store.events(("run", "seeded", "asked", "told", "abandoned")), ToyRecipe(), fetch)
    assert read == []


def logged(*, wall=1.0, fitness=3.0, started="today", order=(0, 1)):
    """Make a small log whose measured and whose other parts can be chosen."""
    store, texts = MemoryStore(), {}
    result = known("0-0", fitness)
    result = Known(result.candidate, replace(result.evaluation, **dict.fromkeys(MEASURED, wall)))
    store.append("run", None, 0.0, {"seed": 4, "started": started}, {})
    for proposal in (0, 1):
        store.append("asked", proposal, wall, encode_job(Job(proposal, "reply")), {})
    for step in order:
        store.append("replied", 0, wall, encode_reply(step, Generated((f"{step}",)), texts), {})
    if wall > 1.0:
        store.append("replied", 0, wall, encode_reply(2, result.evaluation, texts), {})
        store.append("stopped", None, wall, {"reason": "interrupted"}, {})
    store.append("told", 0, wall, {"results": [encode_known(result, texts)]}, texts)
    return canonical(store.events())


def test_logs_are_compared_without_what_is_measured_and_without_the_order_of_replies():
    assert logged() == logged(wall=7.0, started="tomorrow", order=(1, 0))
    assert logged() != logged(fitness=4.0)
    assert logged() != logged(order=(0,))
