"""One model of a pool."""

from dataclasses import dataclass, replace

from evoengine.llm.calls import BadRequestError, Call, Client, Completion
from evoengine.llm.gate import Breaker, Gate
from evoengine.llm.specs import ModelSpec


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """How a model stands: calls under way, calls it may have at once, and what was wrong with it last.

    `rest` is the seconds for which other models stand in for it.
    """

    name: str
    in_flight: int
    limit: int
    rest: float
    trouble: str


@dataclass(slots=True)
class Member:
    """A model with what a pool has learnt of it.

    `single`: it gives one sample a call. `answered`: it has answered at least once.
    """

    spec: ModelSpec
    client: Client
    gate: Gate
    breaker: Breaker
    single: bool = False
    answered: bool = False
    trouble: str = ""

    async def complete(self, call: Call) -> Completion:
        """Ask for all samples at once, or for one where the endpoint refuses to give several.

        Raises `AttemptError`, `RefusedError` or `ModelError`.
        """
        try:
            return await self.client.complete(call)
        except BadRequestError:
            if call.n == 1:
                raise
        # If it is not `n` that the endpoint objects to, it will say so once more.
        completion = await self.client.complete(replace(call, n=1))
        self.single = True
        return completion

    def tempered(self, call: Call, position: float) -> Call:
        """Fill in the temperature: the one asked for, or the one at `position` in [0, 1) of the model's own."""
        choice = self.spec.temperatures
        if self.spec.reasoning:
            return replace(call, temperature=None)
        if call.temperature is not None or not choice:
            return call
        return replace(call, temperature=choice[int(position * len(choice))])

    def status(self) -> ModelStatus:
        """Give how it stands."""
        return ModelStatus(
            self.spec.name, self.gate.in_flight, int(self.gate.limit), self.breaker.wait, self.trouble
        )
