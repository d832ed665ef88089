"""A whole search that asks a served model for each candidate, to kill, to resume and to time.

``python -m evoengine.testing.served URL FILE CANDIDATES`` runs it, or goes on with it.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evoengine import selection
from evoengine.engine import Engine
from evoengine.llm import ModelPool, ModelSpec
from evoengine.ports import Observer, Store, Task
from evoengine.stores import SQLiteStore
from evoengine.testing.model_server import ModelServer
from evoengine.testing.scripted import ScriptedExecutor
from evoengine.testing.toy import PROBLEM, ToyRecipe, evaluate
from evoengine.types import Job, View

CONCURRENCY = 8


class AskingRecipe(ToyRecipe):
    """The toy search with one call of a model and one evaluation for each candidate."""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Choose any elite."""
        if not len(self.archive):
            return None
        parent = selection.uniform(self.archive.elites(), rng)
        return Job(view.proposal, "reply", (parent.candidate.id,))


def served_engine(
    store: Store,
    pool: ModelPool,
    *,
    candidates: int,
    slots: int = 2,
    delay: Callable[[Task], float] | None = None,
    observers: Sequence[Observer] = (),
) -> Engine:
    """Make an engine whose window keeps every call and every slot busy, and begin the pool."""
    header = {"seed": 7, "window": pool.concurrency + 2 * slots, "budget": {"candidates": candidates}}
    engine = Engine(
        PROBLEM,
        AskingRecipe(),
        store,
        ScriptedExecutor(evaluate, slots=slots, delay=delay),
        header=header,
        clock=time.monotonic,
        llm=pool,
        observers=observers,
    )
    state = engine.state
    pool.begin(engine.run_seed, lambda: state.budget, state.paid)
    return engine


async def search(url: str, path: Path, candidates: int) -> None:
    """Search from wherever the log ends."""
    store = SQLiteStore(path)
    async with ModelPool([ModelSpec("small", url, concurrency=CONCURRENCY)]) as pool:
        await served_engine(store, pool, candidates=candidates).run()
    store.close()


@dataclass(frozen=True, slots=True)
class Kills:
    """What a search came to that was killed again and again: calls paid and not logged, over all its lives.

    `worst` is the most that one kill lost.
    """

    kills: int
    requests: int
    replies: int
    worst: int


def kill_and_resume(folder: Path, kills: int, candidates: int, rng: random.Random) -> Kills:
    """Kill a search with SIGKILL at random moments, then let it end; count what was paid for nothing."""
    path = folder / "run.db"
    worst = 0
    with ModelServer(delay=0.02) as server:
        command = [sys.executable, "-m", __spec__.name, server.url, str(path), str(candidates)]
        for _ in range(kills):
            before = len(server.requests) - _replies(path)
            answered = len(server.requests)
            process = subprocess.Popen(command)
            while len(server.requests) == answered and process.poll() is None:
                time.sleep(0.002)
            time.sleep(rng.uniform(0.0, 0.4))
            process.kill()
            process.wait()
            # What the dead process had sent may still be on its way in.
            time.sleep(0.05)
            worst = max(worst, len(server.requests) - _replies(path) - before)
        subprocess.run(command, check=True)
        return Kills(kills, len(server.requests), _replies(path), worst)


def _replies(path: Path) -> int:
    if not path.exists():
        return 0
    store = SQLiteStore(path, read_only=True)
    replies = [(event.proposal, event.body["step"]) for event in store.events(("replied",))]
    store.close()
    assert len(replies) == len(set(replies)), "a reply was paid twice"
    return len(replies)


def main() -> None:
    """Run the search of the command line to its end."""
    url, path, candidates = sys.argv[1:]
    asyncio.run(search(url, Path(path), int(candidates)))


if __name__ == "__main__":
    main()
