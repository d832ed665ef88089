"""Looking things up before an offspring is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.reflect import Thinking
from evoengine.problem import Problem
from evoengine.prompts import untrusted
from evoengine.text.passages import passages
from evoengine.types import Known


@dataclass(frozen=True, slots=True)
class Research(Thinking):
    """Plan questions, look them up in the problem's documents, propose an idea, and write it.

    The planning, searching, writing and coding of Liu et al. 2025, "DeepEvolve", section 3. The idea
    becomes the draft's notes.

    Parameters
    ----------
    lookup
        Gives the passages of documents, by name, that a text asks for. Pure: a resumed proposal must find
        the same. By default BM25 over the paragraphs.
    """

    lookup: Callable[[str, Mapping[str, str]], Sequence[str]] = passages
    name = "research"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        plan = yield from self._consider(problem, "plan", parents, inspirations)
        if not plan:
            return GaveUp("empty")
        found = "\n\n".join(self.lookup(plan, problem.documents))
        values = {"plan": plan, "found": untrusted(found) if found else "Nothing was found."}
        idea = yield from self._consider(problem, "propose", parents, inspirations, **values)
        if not idea:
            return GaveUp("empty")
        return (yield from self._carry_out(problem, "follow", parents, inspirations, idea))
