"""Operators that recombine texts in several steps of one reply, and one that takes its direction from past attempts."""

from dataclasses import dataclass

from evoengine.operators.reflect import Reflect
from evoengine.operators.rewrite import Rewrite


@dataclass(frozen=True, slots=True)
class CrossThenMutate(Rewrite):
    """Ask for a cross of two parents and a mutation of it, in one reply (Guo et al. 2024, "EvoPrompt", figure 1)."""

    name = "cross_then_mutate"
    arity = 2
    template = "cross_then_mutate"


@dataclass(frozen=True, slots=True)
class Differ(Rewrite):
    """Ask for differential evolution in words, in one reply (Guo et al. 2024, "EvoPrompt", figure 2).

    Parents are the member that is aimed at, two donors and the best: the parts in which the donors differ are
    mutated, combined with the best, and crossed over with the member.
    """

    name = "differ"
    arity = 4
    template = "differ"


@dataclass(frozen=True, slots=True)
class Steer(Reflect):
    """Have it said which way to move, by past attempts and their scores, then ask for that move.

    Nie et al. 2024, "The importance of directional feedback for LLM-based optimizers", section 4: the feedback is
    synthesised from the trace, where the problem gives none that has a direction.
    """

    name = "steer"
    question = "steer"


@dataclass(frozen=True, slots=True)
class Branch(Reflect):
    """Have failures sorted into patterns by importance, then a branch added or deepened for the first of them.

    The pattern recognition and branch adjustment of Yang et al. 2024, "AMPO", sections 3.2 and 3.3.
    """

    name = "branch"
    question = "patterns"
    task = "branch"
