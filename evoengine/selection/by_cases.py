"""Choosing by the scores of single cases: lexicase, frontier frequency, clusters of equal scores."""

from collections.abc import Sequence
from math import exp
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from evoengine.selection.drawing import Floats, draw, draw_softmax, median, require
from evoengine.types import Known

Item = TypeVar("Item")


def case_scores(elites: Sequence[Known], cases: Sequence[str]) -> Floats:
    """Give the table of scores, shape ``(len(elites), len(cases))``, higher is better.

    Raises `ValueError`, naming both, for a candidate that lacks a case.
    """
    table = np.empty((len(elites), len(cases)))
    for row, known in zip(table, elites, strict=True):
        scores = known.evaluation.cases
        missing = [case for case in cases if case not in scores]
        if missing:
            raise ValueError(f"candidate {known.candidate.id!r} has no score on the case {missing[0]!r}")
        row[:] = [scores[case] for case in cases]
    return table


def lexicase(
    elites: Sequence[Item], scores: Floats, rng: np.random.Generator, *, epsilon: float | None = None
) -> Item:
    """Choose one that is nearly the best on each case in turn, the cases in random order.

    Epsilon-lexicase (La Cava, Spector and Danai 2016, "Epsilon-lexicase selection for regression", section
    3): case after case, only those stay that score no less than the best of those left, minus epsilon. By
    default epsilon is the median absolute deviation of the case's scores over all candidates. Whoever is
    left when one or no case remains is drawn from uniformly. With ``epsilon=0`` it is plain lexicase selection (Spector 2012).

    Parameters
    ----------
    scores
        Shape ``(len(elites), cases)``, finite, higher is better: an archive's own table, or `case_scores`.
        Only the cases that are needed to leave one candidate are looked at.
    epsilon
        At least 0, the same for every case; None: each case's own.
    """
    require(elites)
    if len(scores) != len(elites):
        raise ValueError(f"there are {len(scores)} rows of scores for {len(elites)} candidates")
    if epsilon is not None and not epsilon >= 0.0:
        raise ValueError(f"epsilon must be at least 0, not {epsilon}")
    left = np.arange(len(elites))
    for case in rng.permutation(scores.shape[1]):
        if len(left) == 1:
            break
        column = scores[:, case]
        slack = _deviation(column) if epsilon is None else epsilon
        of_left = column[left]
        left = left[of_left >= of_left.max() - slack]
    return elites[int(left[rng.integers(len(left))])]


def frontier_frequency(
    front: Sequence[Item], frequencies: NDArray[np.integer], rng: np.random.Generator
) -> Item:
    """Choose one with probability proportional to the number of cases on which it is the best.

    Agrawal et al. 2025, "GEPA: Reflective prompt evolution can outperform reinforcement learning",
    algorithm 2. `front` and `frequencies` are those of a per-case front (`archives.CaseFront`), from which
    the dominated are gone.
    """
    require(front)
    return front[draw(frequencies.astype(np.float64), rng)]


class Cluster(Protocol):
    """Candidates with equal scores on every case, at least one, and the lengths of their genomes in characters."""

    @property
    def members(self) -> Sequence[Known]:
        """The candidates."""
        ...

    @property
    def lengths(self) -> Sequence[int]:
        """The length of each."""
        ...

    @property
    def shortest(self) -> int:
        """The least of the lengths."""
        ...

    @property
    def longest(self) -> int:
        """The greatest of the lengths."""
        ...


def cluster_softmax(
    clusters: Sequence[Cluster], scores: Floats, temperature: float, rng: np.random.Generator
) -> Known:
    """Choose a cluster by the softmax of its score, then one of its members, the short ones rather.

    FunSearch (Romera-Paredes et al. 2023, methods, "Programs database"): the cluster with probability
    proportional to ``exp(score / temperature)``; within it, with probability proportional to ``exp(-l)``,
    where ``l = (length - shortest) / (longest + 1e-6)``. Takes time linear in the number of clusters, and
    constant in that of their members.

    Parameters
    ----------
    scores
        Shape ``(len(clusters),)``: the fitness of each.
    temperature
        Above 0, in units of fitness; see `cooled`.
    """
    require(clusters)
    cluster = clusters[draw_softmax(scores, temperature, rng)]
    # Rejection: a member that is drawn uniformly stays with probability exp(-l), which is at least 1/e.
    while True:
        member = int(rng.integers(len(cluster.members)))
        excess = (cluster.lengths[member] - cluster.shortest) / (cluster.longest + 1e-6)
        if rng.random() < exp(-excess):
            return cluster.members[member]


def _deviation(column: Floats) -> float:
    """Give the median absolute deviation from the median; infinite where it exceeds the largest float."""
    # Scaled, so that no difference exceeds the largest float.
    scaled = column / 4.0
    return 4.0 * median(np.abs(scaled - median(scaled)))
