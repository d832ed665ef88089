from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evoengine.archives.rows import Rows
from evoengine.archives.statistics import fitness_of, scores_on
from evoengine.archives.tree import KeepingArchive
from evoengine.archives.views import ReadOnly
from evoengine.types import Evaluation, Known, Verdict


@dataclass(slots=True)
class Cluster:
    """Candidates with equal scores on every case, and the lengths of their genomes in characters."""

    members: list[Known] = field(default_factory=list[Known])
    lengths: list[int] = field(default_factory=list[int])
    shortest: int = 0
    longest: int = 0

    def add(self, known: Known) -> None:
        """Add a member."""
        length = sum(map(len, known.candidate.genome.values()))
        self.shortest = min(self.shortest, length) if self.members else length
        self.longest = max(self.longest, length)
        self.members.append(known)
        self.lengths.append(length)


class ClusterArchive(KeepingArchive):
    """Keeps every valid candidate, clustered by its scores on the cases.

    An island's programs in FunSearch (Romera-Paredes et al. 2023, "Mathematical discoveries from program
    search with large language models", methods, "Programs database"), for `selection.cluster_softmax`.

    Parameters
    ----------
    cases
        Whose scores tell clusters apart, each of which every valid candidate must have; without any, the
        fitness does.
    """

    def __init__(self, cases: Sequence[str] = ()) -> None:
        super().__init__()
        self.cases = tuple(cases)
        self._clusters: list[Cluster] = []
        self._numbers: dict[tuple[float, ...], int] = {}
        self._scores = Rows(1)

    @property
    def clusters(self) -> Sequence[Cluster]:
        """The clusters, in the order of their first members, as a live view."""
        return ReadOnly(self._clusters)

    @property
    def scores(self) -> NDArray[np.float64]:
        """The fitness of each cluster's first member, shape ``(clusters,)``; valid until the next insert."""
        return self._scores.view[:, 0]

    def _check(self, evaluation: Evaluation) -> None:
        super()._check(evaluation)
        scores_on(evaluation, self.cases)

    def _judge(self, known: Known) -> Verdict:
        self._file(known)
        return super()._judge(known)

    def _judge_again(self, place: int, known: Known) -> Verdict:
        verdict = super()._judge_again(place, known)
        self._clusters.clear()
        self._numbers.clear()
        self._scores = Rows(1)
        for member in self._members:
            self._file(member)
        return verdict

    def _file(self, known: Known) -> None:
        fitness = fitness_of(known.evaluation)
        signature = tuple(scores_on(known.evaluation, self.cases).tolist()) or (fitness,)
        number = self._numbers.setdefault(signature, len(self._clusters))
        if number == len(self._clusters):
            self._clusters.append(Cluster())
            self._scores.append(fitness)
        self._clusters[number].add(known)
