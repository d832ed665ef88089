"""Record the log that a version leaves behind: ``python tests/golden/record.py v0.1.0``.

It writes ``v0.1.0.db`` and ``v0.1.0.json`` beside this file. A recorded log is never recorded again: what a
released version wrote must fold to the same state for ever.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from evoengine.answers import Answers
from evoengine.effects import Generate, Message, Question
from evoengine.replay import State, fold
from evoengine.stores import SQLiteStore
from evoengine.testing.scripted import ScriptedLLM
from evoengine.testing.toy import ToyRecipe, answer, toy_engine


def describe(state: State) -> dict:
    """Give what a log must fold to."""
    return {
        "digest": state.digest(),
        "candidates": state.candidates,
        "asked": state.asked,
        "ended": state.ended,
        "statuses": dict(sorted(state.statuses.items())),
        "spent": asdict(state.spent),
        "seconds": state.at,
        "budget": state.budget.to_body(),
        "best": [state.best.candidate.id, state.best.evaluation.fitness],
        "elites": [known.candidate.id for known in state.recipe.elites()],
        "pending": {str(number): sorted(pending.replies) for number, pending in state.pending.items()},
        "stopped": state.stopped,
    }


def folded(path: Path) -> State:
    """Fold the log in a file."""
    store = SQLiteStore(path)
    try:
        return fold(store.events(), ToyRecipe(), store.text)
    finally:
        store.close()
        path.with_suffix(".lock").unlink()


async def look_again(store: SQLiteStore) -> None:
    """Have an evaluator's question answered, and the seed checked."""
    engine = toy_engine(store, order="completion", candidates=30, slots=3, seconds=0.001)
    ask = Answers(store, engine.journal, engine.state, ScriptedLLM(answer)).of(None)
    assert ask is not None
    await ask([Question(Generate((Message("user", "1.5"),), role="judge"))])
    await engine.check(["seed-0"], 2)


async def search(store: SQLiteStore, *, candidates: int, drop_at: int) -> str:
    """Search on to so many candidates; at `drop_at` of them drop what is in flight."""
    engine = toy_engine(store, order="completion", candidates=candidates, slots=3, seconds=0.001)
    if engine.state.budget.candidates != candidates:
        engine.steer({"budget": {"candidates": candidates}})

    def see(known: object, verdict: object) -> None:
        if 0 < drop_at <= engine.state.candidates:
            engine.abort()

    engine.observers = (see,)
    return await engine.run()


def record(version: str) -> None:
    """Record a search that is interrupted, resumed, extended, and interrupted again."""
    path = Path(__file__).with_name(f"{version}.db")
    store = SQLiteStore(path)
    reasons = [
        asyncio.run(search(store, candidates=candidates, drop_at=drop_at))
        for candidates, drop_at in ((30, 15), (30, 0), (60, 52))
    ]
    asyncio.run(look_again(store))
    reasons.append(asyncio.run(search(store, candidates=90, drop_at=82)))
    assert reasons == ["interrupted", "candidates", "interrupted", "interrupted"]
    store.close()
    path.with_suffix(".json").write_text(json.dumps(describe(folded(path)), indent=1) + "\n")


if __name__ == "__main__":
    record(sys.argv[1])
