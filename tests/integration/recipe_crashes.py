"""Kill a search of each recipe at a random moment and resume it: ``python recipe_crashes.py [RECIPE ...]``.

One process forks a child for each search, since starting an interpreter takes longer than the search.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from evoengine.engine import Engine
from evoengine.errors import StoreDamagedError
from evoengine.recipes import RECIPES, make_recipe
from evoengine.replay import canonical, fold
from evoengine.stores import SQLiteStore
from evoengine.testing.crash import broken_promises
from evoengine.testing.recipes import VECTOR, score_vector
from evoengine.testing.replies import shifted_numbers
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM

CANDIDATES = 40
SECONDS = 0.003
"""What an evaluation and a reply take, so that a kill finds several in flight."""


def search(path, name):
    """Search, or go on, to the end of the budget."""
    store = SQLiteStore(path)
    engine = Engine(
        VECTOR,
        make_recipe(name, VECTOR),
        store,
        ScriptedExecutor(score_vector, slots=3, delay=lambda _: random.uniform(0.0, SECONDS)),
        header={"seed": 4, "order": "proposal", "window": 5, "budget": {"candidates": CANDIDATES}},
        clock=time.monotonic,
        llm=ScriptedLLM(shifted_numbers, delay=lambda: random.uniform(0.0, SECONDS)),
    )
    asyncio.run(engine.run())
    store.close()


def killed(path, name, seconds):
    """Search in a child that is killed after so long; give the events that its log holds then."""
    child = os.fork()
    if not child:
        search(path, name)
        os._exit(0)
    while not path.exists():  # until there is a log there is nothing to kill
        time.sleep(0.001)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        return len(read(path))
    except StoreDamagedError:
        return 0


def read(path):
    store = SQLiteStore(path, read_only=True)
    events = list(store.events())
    store.close()
    return events


def tried(name, folder, rng):
    """Give how many of three kills fell into a running search, and what was wrong with the end."""
    whole, path = folder / f"{name}-whole.db", folder / f"{name}.db"
    started = time.monotonic()
    search(whole, name)
    took = time.monotonic() - started
    left = [killed(path, name, rng.uniform(0.1, 0.7) * took) for _ in range(3)]
    search(path, name)
    store = SQLiteStore(path, read_only=True)
    state = fold(store.events(), make_recipe(name, VECTOR), store.text)
    faults = broken_promises(read(path), state.digest())
    store.close()
    if canonical(read(path)) != canonical(read(whole)):
        faults.append("the resumed log differs from the uninterrupted one")
    return sum(0 < events < len(read(whole)) for events in left), faults


def main():
    rng = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or RECIPES:
            within, faults = tried(name, Path(folder), rng)
            sys.stdout.write("\t".join([name, str(within), *faults]) + "\n")


if __name__ == "__main__":
    main()
