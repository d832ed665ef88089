"""Operators that ask a model once for an offspring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evoengine.effects import Conversation
from evoengine.errors import RecipeError
from evoengine.operators.expressions import pick
from evoengine.operators.model import Asking
from evoengine.problem import Problem
from evoengine.prompts import render, show_cell
from evoengine.types import Known


@dataclass(frozen=True, slots=True)
class Rewrite(Asking):
    """Ask for a better offspring of a parent, by default as whole files."""

    name = "rewrite"
    template = "rewrite"

    def __call__(
        self,
        problem: Problem,
        parents: Sequence[Known],
        inspirations: Sequence[Known],
        rng: np.random.Generator,
    ) -> Conversation:
        task = render(self.template, self._values(problem, parents, rng), problem.prompts)
        messages = self._prompt(problem, task, parents, inspirations)
        return self._ask(problem, parents[0], messages)

    def _values(
        self,
        problem: Problem,  # noqa: ARG002 - a template may have none
        parents: Sequence[Known],  # noqa: ARG002
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Mapping[str, str]:
        """Give the variables of the template."""
        return {}


@dataclass(frozen=True, slots=True)
class Edit(Rewrite):
    """Ask for a better offspring as SEARCH/REPLACE edits of the parent (Novikov et al. 2025, "AlphaEvolve")."""

    name = "edit"
    edit_format: Literal["rewrite", "edit"] = "edit"


@dataclass(frozen=True, slots=True)
class Combine(Rewrite):
    """Ask for an offspring that joins two parents; edits are of the first."""

    name = "combine"
    arity = 2
    template = "combine"


@dataclass(frozen=True, slots=True)
class Explore(Rewrite):
    """Ask for an approach that none of the candidates shown takes."""

    name = "explore"
    template = "explore"


@dataclass(frozen=True, slots=True)
class Simplify(Rewrite):
    """Ask for an offspring that does the same in less."""

    name = "simplify"
    template = "simplify"


@dataclass(frozen=True, slots=True)
class Modify(Rewrite):
    """Ask for another form of the parent's own approach (Liu et al. 2024, "Evolution of heuristics", prompt M1)."""

    name = "modify"
    template = "modify"


@dataclass(frozen=True, slots=True)
class Reparameterise(Rewrite):
    """Ask for other settings of the parent's main parameters (the same, prompt M2)."""

    name = "reparameterise"
    template = "reparameterise"


@dataclass(frozen=True, slots=True)
class CommonIdea(Rewrite):
    """Ask for what the parents have in common, and for something new made from it (the same, prompt E2)."""

    name = "common_idea"
    arity = 2
    template = "common_idea"


@dataclass(frozen=True, slots=True)
class Avoid(Rewrite):
    """Ask for a better offspring of the first parent, away from the second (`IterativeDecoding`)."""

    name = "avoid"
    arity = 2
    template = "avoid"


@dataclass(frozen=True, slots=True)
class Surpass(Rewrite):
    """Show two parents as examples with their scores, and ask for a program that reaches better scores.

    The target of each objective is the best value among the parents, raised by `gain` of its size, or
    lowered by `saving` of it where lower is better (Chen, Dohan & So 2023, "EvoPrompting", section 3.2:
    2 % more accuracy and 10 % fewer parameters; recalled, not re-checked).
    """

    gain: float = 0.02
    saving: float = 0.1
    name = "surpass"
    arity = 2
    template = "surpass"

    def _values(
        self,
        problem: Problem,
        parents: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002 - the base's
    ) -> Mapping[str, str]:
        lines: list[str] = []
        for objective in problem.objectives:
            values = [known.evaluation.objectives.get(objective.name) for known in parents]
            reached = [value for value in values if value is not None]
            if reached and objective.direction == "max":
                lines.append(f"- {objective.name}: {max(reached) + self.gain * abs(max(reached)):.6g}")
            elif reached:
                lines.append(f"- {objective.name}: {min(reached) - self.saving * abs(min(reached)):.6g}")
        return {"target": "\n".join(lines) or "- better than every example"}


@dataclass(frozen=True, slots=True)
class Commit(Edit):
    """Ask for the change that a commit message announces, the message drawn from a few.

    Lehman et al. 2022, "Evolution through large models", section 3: the model was trained on commits, and
    so the message says how far the change goes. Messages recalled, not re-checked.
    """

    messages: tuple[str, ...] = ("Change the algorithm", "Change the parameters", "Small change")
    name = "commit"
    template = "commit"

    def _values(
        self,
        problem: Problem,  # noqa: ARG002 - the base's
        parents: Sequence[Known],  # noqa: ARG002
        rng: np.random.Generator,
    ) -> Mapping[str, str]:
        return {"message": self.messages[int(rng.integers(len(self.messages)))]}


@dataclass(frozen=True, slots=True)
class CarryOver(Rewrite):
    """Show an elite and what it came of, the second and the third parent; have the first changed by what that teaches.

    The "evolution of thought" of Morris, Jurado & Zutty 2024, "LLM guided evolution", section 3.
    """

    name = "carry_over"
    arity = 3
    template = "carry_over"


@dataclass(frozen=True, slots=True)
class RolePlay(Rewrite):
    """Ask somebody in particular for some kind of change, both drawn from a few.

    The "character role play" of the same: personas who dare more or less keep offspring diverse. In words of ours.
    """

    personas: tuple[str, ...] = (
        "an expert of this field, who knows what has been published and why it works",
        "a mad scientist, who tries what nobody else would dare",
        "an old gentleman who sees badly and understands little, and stumbles upon what others overlook",
        "a programmer who does what is asked, in as few changes as possible",
    )
    changes: tuple[str, ...] = (
        "Make it more elaborate where that may pay.",
        "Change its parameters.",
        "Change its parameters in an unusual way.",
        "Make it smaller.",
        "Change it considerably.",
        "Change it in a way that nobody would expect.",
    )
    name = "role_play"
    template = "role_play"

    def _values(
        self,
        problem: Problem,  # noqa: ARG002 - the base's
        parents: Sequence[Known],  # noqa: ARG002
        rng: np.random.Generator,
    ) -> Mapping[str, str]:
        return {"persona": pick(self.personas, rng), "change": pick(self.changes, rng)}


@dataclass(frozen=True, slots=True)
class Moves(Edit):
    """Ask for better moves {generate, improve, perturb} of a candidate that a driver searches with (`ImproveClass`)."""

    name = "moves"
    template = "moves"


@dataclass(frozen=True, slots=True)
class NextVersion(Rewrite):
    """Show the parents as v0, v1, ... from the least to the most fit, and ask for the version after them.

    The best-shot prompt of Romera-Paredes et al. 2023 ("FunSearch", methods, "Prompt building").
    """

    ascending: bool = True
    name = "next_version"
    arity = 2
    template = "next_version"

    def _values(
        self,
        problem: Problem,  # noqa: ARG002 - the base's
        parents: Sequence[Known],
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Mapping[str, str]:
        return {"last": f"v{len(parents) - 1}", "next": f"v{len(parents)}"}


@dataclass(frozen=True, slots=True)
class Aim(Rewrite):
    """Ask for an offspring whose measures fall into the job's cell. Raises `RecipeError` without one."""

    name = "aim"
    template = "aim"

    def _values(
        self,
        problem: Problem,
        parents: Sequence[Known],  # noqa: ARG002 - the base's
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Mapping[str, str]:
        if self.hints.cell is None:
            raise RecipeError("the operator 'aim' needs a job with a cell")
        return {"target": show_cell(problem.measures, self.hints.cell)}
