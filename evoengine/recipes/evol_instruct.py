"""Evol-Instruct: every instruction of a data set is evolved again and again, in depth or in breadth."""

from typing import ClassVar

import numpy as np

from evoengine.archives import KeepingArchive
from evoengine.operators.evolving import Broaden, Deepen
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.types import Candidate, Evaluation, Job, Verdict, View


class EvolInstruct(ArchiveRecipe):
    """Take the lines of descent in turn; make the last of each harder, or begin a new line beside it.

    Xu et al. 2023, section 3. In depth an instruction is made harder by one of five methods, and its offspring
    goes on in its place; in breadth a new one of the same domain begins a line of its own. A judge eliminates
    offspring that ask for the same; an instruction whose offspring fails stays, and is tried again in its
    turn. All that was valid is the data set.

    Parameters
    ----------
    breadth
        The probability of evolving in breadth; the paper draws one of six methods, one of them in breadth.
    """

    summary: ClassVar[str] = (
        "instructions evolved in depth and in breadth, with a judge that eliminates; all are kept"
    )
    source: ClassVar[str] = "Xu et al. 2023, 'WizardLM: empowering large language models', arXiv:2304.12244"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, breadth: float = 0.167) -> None:
        if not 0.0 <= breadth <= 1.0:
            raise ValueError(f"breadth must be a probability, not {breadth}")
        super().__init__(problem, KeepingArchive(), ("rewrite",))
        self.use(Deepen(), Broaden())
        self._breadth = breadth
        self._heads: list[str] = []
        """The last candidate of each line of descent."""

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Evolve the line whose turn it is."""
        if not self._heads:
            return None
        operator = "broaden" if rng.random() < self._breadth else "deepen"
        return Job(view.proposal, operator, (self._heads[view.proposal % len(self._heads)],))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Go on with a line, or begin one; what comes of a head that has been passed begins one too."""
        verdict = super().tell(candidate, evaluation)
        if verdict.accepted:
            parent = candidate.parents[0] if candidate.parents else ""
            if candidate.operator == "deepen" and parent in self._heads:
                self._heads[self._heads.index(parent)] = candidate.id
            else:
                self._heads.append(candidate.id)
        return verdict
