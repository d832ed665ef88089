"""A pool of served models, and what they are asked."""

import asyncio

from evoengine.budget import Budget
from evoengine.effects import Generate, Message
from evoengine.llm import ModelPool, ModelSpec, RetryPolicy
from evoengine.types import Usage

QUICK = RetryPolicy(base=0.01, cap=0.05, patience=2.0, first_patience=0.5)


def ask(number=0.5, **fields):
    return Generate((Message("system", "Give a number near mine."), Message("user", str(number))), **fields)


def pooled(specs, work, *, budget=None, spent=None, policy=QUICK, **options):
    """Do work with a started pool; give what it gives."""

    async def run():
        async with ModelPool(specs, policy=policy, **options) as pool:
            pool.begin(1, lambda: budget or Budget(), spent or Usage())
            return await work(pool)

    return asyncio.run(run())


def once(specs, request=None, **options):
    return pooled(specs, lambda pool: pool.generate(request or ask(), proposal=0, step=0), **options)


def many(specs, number, **options):
    async def work(pool):
        calls = (pool.generate(ask(n / 10), proposal=n, step=0) for n in range(number))
        return await asyncio.gather(*calls, return_exceptions=True)

    return pooled(specs, work, **options)


def spec(server, **fields):
    return ModelSpec(fields.pop("name", "small"), server.url, **fields)
