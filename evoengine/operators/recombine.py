"""A model in the place of the recombination of an evolution strategy."""

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evoengine.effects import Conversation, Effect, Message, Reply
from evoengine.operators.base import generate
from evoengine.operators.coordinates import Coordinates, Floats
from evoengine.operators.model import NO_HINTS, Hinted, Hints
from evoengine.ports import Operator
from evoengine.problem import Problem
from evoengine.prompts import fenced, render
from evoengine.types import Draft, Known

_LIST = re.compile(r"[^\d-]*(\d+(?:\s*,\s*\d+)*)\W*")


@dataclass(frozen=True, slots=True)
class NextMean(Hinted):
    """Ask for the mean of the next generation, and give it with samples around it.

    Lange, Tian & Tang 2024, "Large language models as evolution strategies", section 3. The first parent is
    the last generation's mean, the second one the seed, whose numbers (`Coordinates`) lie in the middle of
    what can be reached; the inspirations are members of the last generations, told apart by their
    proposals. Numbers are shown as whole ones, a block of coordinates in each request. A reply that is not
    as many whole numbers in range keeps that block of the mean. Without inspirations nothing is asked.

    Parameters
    ----------
    population
        Drafts: the mean, and samples.
    sigma
        Standard deviation of the samples, in units of the coordinates.
    reach
        How far from the seed's a number may lie.
    resolution
        The greatest of the whole numbers.
    block
        Coordinates in a request; 0: all.
    """

    population: int = 5
    sigma: float = 0.2
    reach: float = 3.0
    resolution: int = 1000
    block: int = 4
    hints: Hints = NO_HINTS
    name = "next_mean"
    arity = 2

    def with_hints(self, hints: Hints) -> Operator:
        return replace(self, hints=hints)

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        coordinates = Coordinates(problem, parents[-1].candidate.genome)
        mean, low = coordinates.read(parents[0].candidate.genome), coordinates.origin - self.reach
        members = _ascending(inspirations)
        points = [coordinates.read(known.candidate.genome) for known in members]
        size = self.block or len(mean)
        for start in range(0, len(mean) if members else 0, size):
            part = slice(start, start + size)
            shown = [self._whole(point - low)[part] for point in points]
            asked = yield from self._ask(problem, members, shown)
            if asked is not None:
                mean[part] = low[part] + asked * (2.0 * self.reach / self.resolution)
        noise = rng.normal(0.0, self.sigma, (self.population - 1, len(mean)))
        samples = np.clip(mean + noise, low, low + 2.0 * self.reach)
        return [Draft(coordinates.write(vector)) for vector in (mean, *samples)]

    def _whole(self, vector: Floats) -> Floats:
        return np.clip(np.rint(vector * (self.resolution / (2.0 * self.reach))), 0, self.resolution)

    def _ask(
        self, problem: Problem, members: Sequence[Known], shown: Sequence[Floats]
    ) -> Generator[Effect, Reply, Floats | None]:
        """Ask for a block of the mean; None where the reply is not one."""
        fitness = [_fitness(known) for known in members]
        lines = [f"{_listed(numbers)}; {value:.6g}" for numbers, value in zip(shown, fitness, strict=True)]
        # As far above the best as that lies above the mean.
        target = 2.0 * max(fitness) - sum(fitness) / len(fitness)
        form = {"count": str(len(shown[0])), "resolution": str(self.resolution)}
        system = Message("system", render("next_mean", form, problem.prompts))
        values = {"members": fenced("\n".join(lines), "text"), "target": f"{target:.6g}"}
        user = Message("user", render("generations", values, problem.prompts))
        hints = self.hints
        reply = yield from generate(system, user, temperature=hints.temperature, model=hints.model)
        found = _LIST.fullmatch(reply.texts[0].strip().rpartition("\n")[2]) if reply.texts else None
        numbers = [int(number) for number in found[1].split(",")] if found else []
        if len(numbers) != len(shown[0]) or max(numbers) > self.resolution:
            return None
        return np.array(numbers, np.float64)


def _ascending(members: Iterable[Known]) -> list[Known]:
    """Order members by generation, and within it, from the least to the most fit; those that failed are left out."""
    scored = [known for known in members if known.evaluation.ok]
    tops: dict[int, float] = {}
    for known in scored:
        generation = known.candidate.proposal
        tops[generation] = max(tops.get(generation, -np.inf), _fitness(known))
    return sorted(scored, key=lambda k: (tops[k.candidate.proposal], k.candidate.proposal, _fitness(k)))


def _fitness(known: Known) -> float:
    return known.evaluation.fitness or 0.0


def _listed(numbers: Floats) -> str:
    return ", ".join(f"{number:.0f}" for number in numbers.tolist())
