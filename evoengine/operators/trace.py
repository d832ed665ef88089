"""Changing a candidate of several parts by what the feedback on its output means for each of them."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evoengine.effects import Conversation, GaveUp
from evoengine.operators.reflect import Thinking
from evoengine.problem import Problem
from evoengine.prompts import evolvable_names
from evoengine.text import parse
from evoengine.types import Genome, Known


@dataclass(frozen=True, slots=True)
class Update(Thinking):
    """Have the feedback on the output carried back to the parts that made it, then ask for a change of any of them.

    The optimiser of Cheng, Nie & Swaminathan 2024, "Trace is the next AutoDiff" (OptoPrime), sees the
    execution trace, which an evaluator gives as artifacts, with the feedback. What that means for each part is said
    first, as in the textual back-propagation of Hu et al. 2024, "Self-evolving multi-agent collaboration
    networks" (EvoMAC), by a model of the role ``reflect``; an artifact that has the name of a part is taken
    for it instead. Parts are the files that may change, or the functions and classes of a single Python file.
    """

    artifact_tokens: int = 4000
    name = "update"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        parts = parts_of(problem, parents[0].candidate.genome)
        artifacts = parents[0].evaluation.artifacts
        given = [f"{part}: {artifacts[part].strip()}" for part in parts if part in artifacts]
        missing = [part for part in parts if part not in artifacts]
        if missing:
            listed = ", ".join(f"`{part}`" for part in missing)
            said = yield from self._consider(problem, "backpropagate", parents, inspirations, parts=listed)
            if not said:
                return GaveUp("empty")
            given.append(said)
        feedback = "\n".join(given)
        return (
            yield from self._carry_out(
                problem, "update", parents, inspirations, feedback, variable="feedback"
            )
        )


def parts_of(problem: Problem, genome: Genome) -> tuple[str, ...]:
    """Give the names of the files that may change, or of the functions and classes of the only one, if it has any."""
    names = evolvable_names(problem, genome)
    tree = parse(genome[names[0]]) if len(names) == 1 and names[0].endswith(".py") else None
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    inner = tuple(node.name for node in tree.body if isinstance(node, kinds)) if tree else ()
    return inner or names
