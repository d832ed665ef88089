"""Prefix-cache hits of four servers of one model, by how prompts are shared out among them.

The servers speak vLLM's dialect without a model; their caches keep every prefix, in blocks of 16 characters.
"""

import asyncio
import random
from contextlib import ExitStack

from evoengine.budget import Budget
from evoengine.effects import Generate, Message
from evoengine.llm import ModelPool, ModelSpec
from evoengine.testing.model_server import Request
from evoengine.testing.vllm_server import VLLMServer
from evoengine.types import Usage

SERVERS, PARENTS, PROMPTS, IN_FLIGHT = 4, 24, 192, 16
SYSTEM, PARENT, REST = 2000, 3000, 300
"""Characters of a prompt: common to all, common to the offspring of a parent, its own."""


def answer(_request: Request, _index: int) -> str:
    return "x"


def main() -> None:
    rng = random.Random(1)

    def text(size: int) -> str:
        return "".join(rng.choices("abcdefgh \n", k=size))

    system, parents = text(SYSTEM), [text(PARENT) for _ in range(PARENTS)]
    prompts = [
        (Message("system", system), Message("user", parents[n * 7 % PARENTS] + text(REST)))
        for n in range(PROMPTS)
    ]
    for name, alike in (("drawn by weight", False), ("replicas", True)):
        with ExitStack() as stack:
            servers = [stack.enter_context(VLLMServer(answer, delay=0.01)) for _ in range(SERVERS)]
            # Endpoints whose settings differ are no replicas: each is drawn like a model of its own.
            specs = [
                ModelSpec("small", server.url, timeout=100.0 + (0 if alike else number))
                for number, server in enumerate(servers)
            ]
            asyncio.run(ask(specs, prompts))
            hits, queries = (sum(server.blocks[key] for server in servers) for key in ("hits", "queries"))
            spread = "/".join(str(len(server.requests)) for server in servers)
            print(f"{name:<16} {hits / queries:.3f} of the prompts' blocks hit; prompts a server {spread}")


async def ask(specs: list[ModelSpec], prompts: list[tuple[Message, ...]]) -> None:
    async with ModelPool(specs) as pool:
        pool.begin(1, Budget, Usage())
        turns = asyncio.Semaphore(IN_FLIGHT)

        async def one(number: int) -> None:
            async with turns:
                await pool.generate(Generate(prompts[number]), proposal=number, step=0)

        await asyncio.gather(*map(one, range(len(prompts))))


if __name__ == "__main__":
    main()
