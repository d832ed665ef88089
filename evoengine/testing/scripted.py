"""Parts with a script in place of a machine: for tests of recipes, operators and the engine."""

import asyncio
from collections.abc import Callable, Sequence

from evoengine.effects import Embed, Embedded, Generate, Generated
from evoengine.ports import Ask, Task
from evoengine.types import Evaluation, Usage


class ScriptedExecutor:
    """Evaluates by a function, after a delay in seconds that may depend on the task.

    `tasks` holds every task in the order in which they were started.
    """

    def __init__(
        self,
        evaluate: Callable[[Task], Evaluation],
        *,
        slots: int = 1,
        delay: Callable[[Task], float] | None = None,
    ) -> None:
        self._evaluate = evaluate
        self._delay = delay
        self._gate = asyncio.Semaphore(slots)
        self.slots = slots
        self.wanted = 2 * slots
        self.tasks: list[Task] = []

    async def start(self) -> None:
        """Do nothing."""

    async def evaluate(self, task: Task, ask: Ask | None = None) -> Evaluation:
        """Evaluate one task when a slot is free; a script asks nobody."""
        del ask
        async with self._gate:
            self.tasks.append(task)
            if self._delay is not None:
                await asyncio.sleep(self._delay(task))
            return self._evaluate(task)

    async def close(self) -> None:
        """Do nothing."""


class ScriptedLLM:
    """Answers by a function of the request, the proposal and the step, and counts its calls.

    `vectors` gives a text's vector; without it, no model embeds.
    """

    def __init__(
        self,
        answer: Callable[[Generate, int, int], Sequence[str]],
        *,
        delay: Callable[[], float] | None = None,
        vectors: Callable[[str], Sequence[float]] | None = None,
    ) -> None:
        self._vectors = vectors
        self._answer = answer
        self._delay = delay
        self.requests: list[Generate] = []

    async def generate(self, request: Generate, *, proposal: int, step: int) -> Generated:
        """Answer one request."""
        self.requests.append(request)
        if self._delay is not None:
            await asyncio.sleep(self._delay())
        texts = tuple(self._answer(request, proposal, step))
        return Generated(texts, "scripted", Usage(calls=1, tokens_in=10, tokens_out=10 * len(texts)))

    async def embed(self, request: Embed, *, proposal: int, step: int) -> Embedded:
        """Give the vectors of some texts."""
        del proposal, step
        if self._vectors is None:
            return Embedded(())
        vectors = tuple(tuple(self._vectors(text)) for text in request.texts)
        return Embedded(vectors, "scripted", Usage(calls=1, tokens_in=10 * len(vectors)))
