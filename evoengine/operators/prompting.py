"""Operators that recombine texts in several steps of one reply, and one that takes its direction from past attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evoengine.operators.reflect import Reflect
from evoengine.operators.rewrite import Rewrite
from evoengine.problem import Problem
from evoengine.text.metrics import source_length
from evoengine.types import Known

Recomposition: TypeAlias = Literal[
    "mutate_definition", "cross_definition", "mutate_examples", "cross_examples"
]

_PARTS: Mapping[str, str] = {
    "definition": "the definition, which is what it says of the task",
    "examples": "the examples, of which there may be none yet",
}


@dataclass(frozen=True, slots=True)
class CrossThenMutate(Rewrite):
    """Ask for a cross of two parents and a mutation of it, in one reply.

    Guo et al. 2024, "EvoPrompt", figure 1 (number recalled); the steps are those of the authors' code,
    ``BBH/data/template_ga.py`` of beeevita/EvoPrompt.
    """

    name = "cross_then_mutate"
    arity = 2
    template = "cross_then_mutate"


@dataclass(frozen=True, slots=True)
class Differ(Rewrite):
    """Ask for differential evolution in words, in one reply.

    Guo et al. 2024, "EvoPrompt", figure 2 (number recalled); the steps are those of the authors' code,
    ``data/template_de.py`` of beeevita/EvoPrompt.
    Parents are the member that is aimed at, two donors and the best: the parts in which the donors differ are
    mutated, combined with the best, and crossed over with the member.
    """

    name = "differ"
    arity = 4
    template = "differ"


@dataclass(frozen=True, slots=True)
class Steer(Reflect):
    """Have it said which way to move, by past attempts and their scores, then ask for that move.

    Nie et al. 2024, "The importance of directional feedback for LLM-based optimizers", section 4
    (number recalled): as the abstract says, the feedback is
    synthesised from the trace, where the problem gives none that has a direction.
    """

    name = "steer"
    question = "steer"


@dataclass(frozen=True, slots=True)
class Branch(Reflect):
    """Have failures sorted into patterns by importance, then a branch added or deepened for the first of them.

    The pattern recognition and branch adjustment of Yang et al. 2024, "AMPO", sections 3.2 and 3.3
    (numbers recalled).
    """

    name = "branch"
    question = "patterns"
    task = "branch"


@dataclass(frozen=True, slots=True)
class Recompose(Rewrite):
    """Mutate the definition or the examples of an instruction, or cross those of two over, in sight of the objectives.

    The four operators of Yang & Li 2023, "InstOptima", section 2 (recalled, not re-checked: the authors' public code has
    other ones, which change a definition in six ways). Crossing takes two parents, and leaves the rest as it is in
    the first one.
    """

    kind: Recomposition = "mutate_definition"

    @property
    def name(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - a job names the kind
        """The kind."""
        return self.kind

    @property
    def template(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """By whether one varies or two are crossed over."""
        return "mutate_part" if self.kind.startswith("mutate") else "cross_parts"

    def _values(
        self,
        problem: Problem,
        parents: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the base's
    ) -> Mapping[str, str]:
        lengths = [f"{source_length(known.candidate.genome, problem):.0f}" for known in parents]
        return {"part": _PARTS[self.kind.partition("_")[2]], "lengths": " and ".join(lengths)}
