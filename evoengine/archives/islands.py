from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nlargest
from typing import Literal

from evoengine.archives.statistics import fitness_of, summary, total
from evoengine.ports import Archive
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known, Verdict


class Islands:
    """Several archives of one kind that evolve apart and exchange their best now and then.

    ``candidate.island`` says which archive a candidate is inserted into; a seed (``operator == "seed"``)
    goes into all of them. Every `migrate_every` told candidates, whatever their status, each island's
    fittest are inserted into another island as well; all migrants are chosen before any is inserted.
    A migration that falls due on a candidate that is not ``ok`` waits for the next that is, so that a
    failed candidate changes nothing.

    Parameters
    ----------
    factory
        Makes one empty archive.
    islands
        How many, at least 1.
    migrate_every
        In told candidates, at least 1; 0: never.
    topology
        ``"ring"``: from island i to i + 1, the last to the first. ``"random"``: for each island another
        one, drawn from ``stream(seed, told, "migrate")``.
    migrants
        How many leave each island at a time, the fittest first, of equals the earliest.
    seed
        The run's seed, for the random topology.
    """

    def __init__(
        self,
        factory: Callable[[], Archive],
        islands: int,
        *,
        migrate_every: int,
        topology: Literal["ring", "random"] = "ring",
        migrants: int = 1,
        seed: int = 0,
    ) -> None:
        if islands < 1 or migrate_every < 0 or migrants < 1:
            raise ValueError(
                "islands and migrants must be at least 1, and migrate_every at least 0, "
                f"not {islands}, {migrants} and {migrate_every}"
            )
        if topology not in {"ring", "random"}:
            raise ValueError(f"the topology must be ring or random, not {topology!r}")
        self._islands = tuple(factory() for _ in range(islands))
        self.migrate_every = migrate_every
        self.topology = topology
        self.migrants = migrants
        self.seed = seed
        self._told = 0
        self._due = False
        self._migrations = 0
        self._best: Known | None = None

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert a candidate into its island, a seed into all, and migrate when it is time.

        Gives the verdict of the candidate's own island. Raises `ValueError` for an island that does not
        exist, and what the island itself raises; nothing has changed then.
        """
        own = self.island(candidate.island)
        verdict = own.insert(candidate, evaluation)
        if candidate.operator == "seed":
            for other in self._islands:
                if other is not own:
                    other.insert(candidate, evaluation)
        self._told += 1
        self._due |= self.migrate_every > 0 and self._told % self.migrate_every == 0
        if evaluation.ok:
            self._best = _fitter(self._best, own.best())
            if self._due:
                self._migrate()
        return verdict

    def island(self, index: int) -> Archive:
        """Give the archive of an island, counted from 0. Raises `ValueError`."""
        if not 0 <= index < self.count:
            raise ValueError(f"there is no island {index}: they are numbered 0 to {self.count - 1}")
        return self._islands[index]

    @property
    def count(self) -> int:
        """How many islands there are."""
        return len(self._islands)

    def elites(self) -> Sequence[Known]:
        """Give what the islands hold, island by island, each candidate once; takes linear time.

        Sample from ``island(i).elites()`` instead, which takes constant time.
        """
        held: dict[str, Known] = {}
        for archive in self._islands:
            for known in archive.elites():
                held.setdefault(known.candidate.id, known)
        return tuple(held.values())

    def best(self) -> Known | None:
        """Give the fittest candidate ever inserted, the earliest of equals; None before there is one."""
        return self._best

    def stats(self) -> Mapping[str, float]:
        """Give the figures of all islands together.

        ``num_elites`` and ``mean`` count a candidate that several islands hold once; ``best`` is that of
        `best`; ``islands`` and ``migrations`` are counts; every other figure of the islands' own, such
        as ``coverage``, is given as its mean over them.
        """
        figures = summary(self.elites())
        if self._best is not None:
            figures["best"] = fitness_of(self._best.evaluation)
        figures["islands"] = self.count
        figures["migrations"] = self._migrations
        own = [archive.stats() for archive in self._islands]
        for name in own[0]:
            if name not in {"num_elites", "best", "mean"}:
                figures[name] = total([stats[name] for stats in own]) / self.count
        return figures

    def __len__(self) -> int:
        return len(self.elites())

    def __iter__(self) -> Iterator[Known]:
        return iter(self.elites())

    def _migrate(self) -> None:
        self._due = False
        if self.count == 1:
            return
        self._migrations += 1
        leaving = [nlargest(self.migrants, archive.elites(), key=_fitness) for archive in self._islands]
        for target, travellers in zip(self._targets(), leaving, strict=True):
            for known in travellers:
                self._islands[target].insert(known.candidate, known.evaluation)

    def _targets(self) -> list[int]:
        if self.topology == "ring":
            steps = [1] * self.count
        else:
            rng = stream(self.seed, self._told, "migrate")
            steps = rng.integers(1, self.count, self.count).tolist()
        return [(i + step) % self.count for i, step in enumerate(steps)]


def _fitness(known: Known) -> float:
    return fitness_of(known.evaluation)


def _fitter(best: Known | None, new: Known | None) -> Known | None:
    if best is None or (new is not None and _fitness(new) > _fitness(best)):
        return new
    return best
