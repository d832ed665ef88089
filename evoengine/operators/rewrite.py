"""Operators that ask a model once for an offspring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evoengine.effects import Conversation
from evoengine.errors import RecipeError
from evoengine.operators.model import Asking
from evoengine.prompts import render, show_cell
from evoengine.types import Known, Problem


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
        rng: np.random.Generator,  # noqa: ARG002 - the port's
    ) -> Conversation:
        task = render(self.template, self._values(problem), problem.prompts)
        messages = self._prompt(problem, task, parents, inspirations)
        return self._ask(problem, parents[0], messages)

    def _values(self, problem: Problem) -> Mapping[str, str]:  # noqa: ARG002 - a template may have none
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
class Aim(Rewrite):
    """Ask for an offspring whose measures fall into the job's cell. Raises `RecipeError` without one."""

    name = "aim"
    template = "aim"

    def _values(self, problem: Problem) -> Mapping[str, str]:
        if self.hints.cell is None:
            raise RecipeError("the operator 'aim' needs a job with a cell")
        return {"target": show_cell(problem.measures, self.hints.cell)}
