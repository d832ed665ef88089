"""The contract of an archive, for the tests of archives of your own.

::

    class TestMyArchive(ArchiveContract):
        def make(self) -> Archive:
            return MyArchive(...)
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from math import inf, isfinite, nan
from typing import Any

import pytest

from evoengine.ports import Archive
from evoengine.problem import Measure
from evoengine.rng import digest_texts, stream
from evoengine.types import STATUSES, Candidate, Evaluation, Known, Verdict


def scored(
    number: int,
    fitness: float | None,
    measures: Mapping[str, float | str] | None = None,
    *,
    status: str = "ok",
    text: str | None = None,
    operator: str = "rewrite",
    island: int = 0,
    parents: tuple[str, ...] = (),
    **more: Any,
) -> Known:
    """Make the first draft of proposal `number`, evaluated; equal `text` gives an equal digest.

    `more` are fields of the evaluation, such as `cases` and `objectives`.
    """
    genome = {"main.py": f"x = {number}" if text is None else text}
    name = f"{number}-0"
    candidate = Candidate(name, genome, digest_texts(genome), parents, operator, "", number, island)
    return Known(candidate, Evaluation(name, status, fitness, measures=measures or {}, **more))


def insert(archive: Archive, known: Known) -> Verdict:
    """Insert a candidate with its evaluation."""
    return archive.insert(known.candidate, known.evaluation)


def state(archive: Archive) -> tuple[Any, ...]:
    """Give all that an archive shows: its elites and its best, by id, and its figures."""
    best = archive.best()
    held = [known.candidate.id for known in archive.elites()]
    return held, best and best.candidate.id, dict(archive.stats())


class ArchiveContract(ABC):
    """What every archive keeps to. Subclass it in a test module under a name that starts with ``Test``.

    Attributes
    ----------
    measures
        What the archive asks of an evaluation; values are made for them, some out of range.
    """

    measures: Sequence[Measure] = ()

    @abstractmethod
    def make(self) -> Archive:
        """Make an empty archive that has room for at least two candidates, all made alike."""

    def known(self, number: int, fitness: float | None, status: str = "ok") -> Known:
        """Make a candidate with measures that depend on its number alone."""
        rng = stream(0, number, "measures")
        return scored(
            number, fitness, {m.name: _value(m, rng.random()) for m in self.measures}, status=status
        )

    def many(self, count: int = 200) -> list[Known]:
        """Make candidates with many ties among their fitness, some of them failed."""
        fitness = stream(0, 0, "fitness").integers(0, 12, count).tolist()
        return [
            self.known(i, None, "error") if i % 7 == 3 else self.known(i, float(value))
            for i, value in enumerate(fitness)
        ]

    def test_an_empty_archive_holds_nothing(self) -> None:
        archive = self.make()
        assert len(archive) == 0
        assert list(archive) == list(archive.elites()) == []
        assert archive.best() is None
        assert archive.stats()["num_elites"] == 0

    def test_the_first_valid_candidate_is_new(self) -> None:
        archive, first = self.make(), self.known(0, 1.0)
        verdict = insert(archive, first)
        assert verdict.kind == "new"
        assert verdict.accepted
        assert list(archive) == [first]
        assert archive.best() == first

    @pytest.mark.parametrize("status", [status for status in STATUSES if status != "ok"])
    def test_a_failed_candidate_is_rejected_and_changes_nothing(self, status: str) -> None:
        archive = self.make()
        insert(archive, self.known(0, 1.0))
        before = state(archive)
        assert insert(archive, self.known(1, None, status)) == Verdict("rejected")
        assert state(archive) == before

    @pytest.mark.parametrize("fitness", [nan, inf, -inf, None])
    def test_a_fitness_that_is_not_finite_raises_and_changes_nothing(self, fitness: float | None) -> None:
        archive = self.make()
        insert(archive, self.known(0, 1.0))
        before = state(archive)
        with pytest.raises(ValueError, match="1-0"):
            insert(archive, self.known(1, fitness))
        assert state(archive) == before

    def test_a_copy_of_what_is_held_is_a_duplicate(self) -> None:
        archive, first = self.make(), self.known(0, 1.0)
        insert(archive, first)
        held = list(archive)
        assert insert(archive, first).kind == "duplicate"
        assert list(archive) == held

    def test_the_best_is_the_fittest_and_of_equals_the_earliest(self) -> None:
        archive = self.make()
        fittest: Known | None = None
        for known in self.many():
            insert(archive, known)
            if known.evaluation.ok and (fittest is None or _fitness(known) > _fitness(fittest)):
                fittest = known
            assert archive.best() == fittest

    def test_a_verdict_says_what_is_held(self) -> None:
        archive = self.make()
        for known in self.many():
            before = {elite.candidate.id for elite in archive}
            verdict = insert(archive, known)
            held = {elite.candidate.id for elite in archive}
            assert verdict.accepted == (known.candidate.id in held)
            assert before.issuperset(verdict.evicted)
            assert verdict.accepted or not verdict.evicted

    def test_a_gain_is_never_negative(self) -> None:
        archive = self.make()
        verdicts = [insert(archive, known) for known in self.many()]
        assert all(verdict.gain >= 0.0 for verdict in verdicts)
        assert all(verdict.gain == 0.0 for verdict in verdicts if not verdict.accepted)

    def test_what_is_not_admitted_is_not_kept(self) -> None:
        archive = self.make()
        insert(archive, self.known(0, 1.0))
        failed = self.known(1, None, "timeout")
        references = sys.getrefcount(failed.candidate), sys.getrefcount(failed.evaluation)
        insert(archive, failed)
        assert references == (sys.getrefcount(failed.candidate), sys.getrefcount(failed.evaluation))

    def test_length_iteration_and_elites_agree(self) -> None:
        archive = self.make()
        for known in self.many():
            insert(archive, known)
            elites = archive.elites()
            assert list(archive) == list(elites) == [elites[i] for i in range(len(elites))]
            assert len(archive) == len(elites) == archive.stats()["num_elites"]
            assert len({elite.candidate.id for elite in elites}) == len(elites)

    def test_equal_sequences_give_equal_states_and_reading_changes_nothing(self) -> None:
        read, unread = self.make(), self.make()
        for known in self.many():
            insert(read, known)
            insert(unread, known)
            assert state(read) == state(read)
        assert state(read) == state(unread)

    def test_the_figures_are_finite(self) -> None:
        archive = self.make()
        for known in self.many():
            insert(archive, known)
        assert all(isfinite(value) for value in archive.stats().values())


def _fitness(known: Known) -> float:
    assert known.evaluation.fitness is not None
    return known.evaluation.fitness


def _value(measure: Measure, share: float) -> float | str:
    """Give a value of a measure: a fifth of those of a numeric one lie out of range."""
    if measure.categories:
        return measure.categories[int(share * len(measure.categories))]
    low, high = (measure.edges[0], measure.edges[-1]) if measure.edges else (measure.low, measure.high)
    return low + (1.25 * share - 0.125) * (high - low)
