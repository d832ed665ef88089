"""Engines over scripted ports."""

import asyncio
from collections.abc import Mapping
from typing import Any

from evoengine.engine import Engine
from evoengine.stores import MemoryStore
from evoengine.testing.scripted import ScriptedExecutor
from evoengine.testing.toy import PROBLEM, ToyRecipe, evaluate
from evoengine.types import Draft, Job


def run(engine: Engine) -> str:
    return asyncio.run(engine.run())


def make(
    recipe: Any,
    store: MemoryStore,
    *,
    executor: Any = None,
    budget: Mapping[str, float] | None = None,
    **options: Any,
) -> Engine:
    header = {
        "seed": 1,
        "order": "completion",
        "window": 4,
        "budget": budget or {"candidates": 10},
    } | options.pop("header", {})
    return Engine(
        PROBLEM,
        recipe,
        store,
        executor or ScriptedExecutor(evaluate),
        header=header,
        clock=lambda: 0.0,
        **options,
    )


class Walk(ToyRecipe):
    """Always the same operator, one draft: x + 1."""

    def ask(self, view, rng):
        return Job(view.proposal, "walk", ("seed-0",))

    def vary(self, job, library, rng):
        yield from ()
        return [Draft({"x.txt": f"{rng.normal():.9f}"})]
