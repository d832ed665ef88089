"""A whole search in a few lines, without a model or a sandbox, to crash and resume.

``python -m evoengine.testing.toy FILE ORDER CANDIDATES SLOTS`` runs it, or goes on with it.
"""

import asyncio
import math
import random
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evoengine import selection
from evoengine.archives import GridArchive
from evoengine.effects import Conversation, Evaluate, Generate, Generated, Message
from evoengine.engine import Engine
from evoengine.ports import Library, Store, Task
from evoengine.problem import Measure, Problem
from evoengine.stores import SQLiteStore
from evoengine.testing.scripted import ScriptedExecutor, ScriptedLLM
from evoengine.types import Candidate, Draft, Evaluation, Job, Known, Usage, Verdict, View

PROBLEM = Problem(
    "toy", ({"x.txt": "0.5"},), measures=(Measure("x", -3.0, 3.0, 20), Measure("hue", categories=("a", "b")))
)


def evaluate(task: Task) -> Evaluation:
    """Score a number: a bumpy function of it, or an error where it is no number."""
    try:
        x = float(task.genome["x.txt"])
    except ValueError:
        return Evaluation("", "error", feedback="not a number")
    fitness = math.sin(5.0 * x) - x * x
    hue = "a" if x > 0.0 else "b"
    measures = {"x": x, "hue": hue}
    measured = random.random()  # noqa: S311 - differs between runs, as wall seconds do
    return Evaluation("", "ok", fitness, {"fitness": fitness}, measures, wall_seconds=measured)


def answer(request: Generate, proposal: int, step: int) -> Sequence[str]:
    """Answer with a number near the one in the prompt, the same for the same proposal and step."""
    rng = np.random.default_rng([proposal, step])
    if rng.random() < 0.05:
        return ["sorry"]
    return [f"{float(request.messages[-1].content) + rng.normal():.6f}" for _ in range(request.n)]


class ToyRecipe:
    """MAP-Elites with three operators: a model's reply, a look before the leap, and several at once."""

    def __init__(self) -> None:
        self.archive = GridArchive(PROBLEM.measures, offset=-10.0)

    def seeds(self) -> Sequence[Draft]:
        """Give two seeds."""
        return [Draft(PROBLEM.seeds[0]), Draft({"x.txt": "-1.5"})]

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Choose any elite; every ninth proposal waits until nothing is in flight."""
        if not len(self.archive) or (view.proposal % 9 == 8 and view.in_flight):
            return None
        parent = selection.uniform(self.archive.elites(), rng)
        return Job(view.proposal, ("reply", "look", "many")[view.proposal % 3], (parent.candidate.id,))

    def vary(self, job: Job, library: Library, rng: np.random.Generator) -> Conversation:
        """Talk to the model, look at what came of it, or propose several."""
        text = library[job.parents[0]].candidate.genome["x.txt"]
        if job.operator == "many":
            return [Draft({"x.txt": f"{float(text) + step:.6f}"}) for step in rng.normal(size=2)]
        reply = yield Generate((Message("user", text),))
        assert isinstance(reply, Generated)
        if job.operator == "look":
            seen = yield Evaluate({"x.txt": reply.texts[0]})
            if not (isinstance(seen, Evaluation) and seen.ok):
                return []
        return [Draft({"x.txt": reply.texts[0]})]

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert."""
        return self.archive.insert(candidate, evaluation)

    def steer(self, body: Mapping[str, Any]) -> None:
        """Have no use for it."""

    def abandon(self, job: Job, usage: Usage) -> None:
        """Learn nothing."""

    def best(self) -> str | None:
        """Give the fittest."""
        best = self.archive.best()
        return None if best is None else best.candidate.id

    def elites(self) -> Iterable[Known]:
        """Iterate over the grid."""
        return iter(self.archive)

    def stats(self) -> Mapping[str, float]:
        """Give the grid's figures."""
        return self.archive.stats()


def toy_engine(store: Store, *, order: str, candidates: int, slots: int, seconds: float = 0.002) -> Engine:
    """Make an engine for the toy search; `seconds` is the mean delay of an evaluation and of a reply."""

    def delay(_: object = None) -> float:
        return random.expovariate(1.0 / seconds) if seconds else 0.0

    header = {"seed": 7, "order": order, "window": 6, "budget": {"candidates": candidates}}
    executor = ScriptedExecutor(evaluate, slots=slots, delay=delay)
    return Engine(
        PROBLEM,
        ToyRecipe(),
        store,
        executor,
        header=header,
        clock=time.monotonic,
        llm=ScriptedLLM(answer, delay=delay),
    )


def main() -> None:
    """Run the search of the command line to its end."""
    path, order, candidates, slots = sys.argv[1:]
    store = SQLiteStore(Path(path))
    asyncio.run(toy_engine(store, order=order, candidates=int(candidates), slots=int(slots)).run())
    store.close()


if __name__ == "__main__":
    main()
