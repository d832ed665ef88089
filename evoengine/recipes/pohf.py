"""POHF: search by preferences alone, the next pair chosen by a dueling bandit."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from evoengine.archives import KeepingArchive
from evoengine.operators.preferring import Prefer
from evoengine.preferences import Preference
from evoengine.problem import Problem
from evoengine.recipes.base import ArchiveRecipe
from evoengine.selection import Duels
from evoengine.types import Candidate, Evaluation, Job, Known, Verdict, View


class POHF(ArchiveRecipe):
    """Learn from preferences what texts are worth; vary what is preferred of the pair that teaches most.

    Lin et al. 2024, section 3, where the candidates are given beforehand; here the preferred one of each pair
    is rewritten, and its offspring joins them. Preferences are a person's, by ``evoengine prefer``, or those
    of a model with the role ``judge``, who sees both orders. Fitness decides only between those of equal
    worth: so a problem's evaluator need do no more than refuse what is not valid.

    Parameters
    ----------
    judge
        Ask a model too; without it, only people are asked, and the search goes on by what they have said.
    exploration
        Of the bandit: see `Duels`.
    """

    summary: ClassVar[str] = (
        "no score, only preferences of a person or a judge; a dueling bandit chooses the pair"
    )
    source: ClassVar[str] = "Lin et al. 2024, 'Prompt optimization with human feedback', arXiv:2405.17346"
    needs_model: ClassVar[bool] = True

    def __init__(self, problem: Problem, *, judge: bool = True, exploration: float = 1.0) -> None:
        super().__init__(problem, KeepingArchive(), ("rewrite",))
        self.use(Prefer())
        self._judge = judge
        self._duels = Duels(exploration)

    def comparison(self, rng: np.random.Generator) -> Sequence[Known]:
        """Give the bandit's next pair."""
        members = self.archive.elites()
        return self._duels.pair(members, rng) if len(members) > 1 else ()

    def ask(self, view: View, rng: np.random.Generator) -> Job | None:
        """Have the next pair compared, or vary the one of it that is worth more."""
        pair = self.comparison(rng) or self.archive.elites()
        if not pair:
            return None
        ids = tuple(known.candidate.id for known in pair)
        if self._judge and len(ids) > 1:
            return Job(view.proposal, "prefer", ids)
        first, *rest = sorted(ids, key=self._duels.worth, reverse=True)
        return Job(view.proposal, "rewrite", (first,), tuple(rest))

    def tell(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Take in a candidate, and the preference in whose making it was made."""
        if candidate.operator == "prefer" and (preference := Preference.of_notes(candidate.notes)):
            self._duels.learn(preference)
        if evaluation.ok:
            self._duels.add(Known(candidate, evaluation))
        return super().tell(candidate, evaluation)

    def steer(self, body: Mapping[str, Any]) -> None:
        """Learn from a person's answer."""
        if preference := Preference.of_body(body):
            self._duels.learn(preference)

    def best(self) -> str | None:
        """Give the id of the candidate of highest worth among those compared, or of all; of equals the fittest."""
        return self._duels.best(self.archive.elites())

    def stats(self) -> Mapping[str, float]:
        """Give the archive's figures, and how many preferences there are."""
        return {**super().stats(), "preferences": float(len(self._duels))}
