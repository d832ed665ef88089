from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from math import inf
from typing import Literal

from evoengine.archives.statistics import best_now, confidence_checked, lower_bound, summary, total
from evoengine.ports import Archive
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known, Verdict


class Islands:
    """Several archives of one kind that evolve apart and exchange their best now and then.

    ``candidate.island`` says which archive a candidate is inserted into; a seed (``operator == "seed"``)
    goes into all of them. Every `migrate_every` told candidates, whatever their status, each island's
    fittest are inserted into another island as well; all migrants are chosen before any is inserted.
    A migration that falls due on a candidate that is not ``ok`` waits for the next that is, so that a
    failed candidate changes nothing. A reset waits likewise, and comes after a migration that is due with it.

    At a reset, the worse half of the islands (rounded down, by their best; of equals the later island is
    worse) is emptied, and each founded anew on the best of one of the others, drawn from
    ``stream(seed, told, "reset")``: FunSearch's (Romera-Paredes et al. 2023, "Mathematical discoveries from
    program search with large language models", methods, "Evolutionary method"), by candidates told, not by time.

    A re-evaluation of a candidate that came to several islands reaches all of them.

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
        The run's seed, for the random topology and for resets.
    reset_every
        In told candidates, at least 1; 0: never.
    confidence
        That of the islands' archives.
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
        reset_every: int = 0,
        confidence: float = 0.0,
    ) -> None:
        if islands < 1 or migrants < 1:
            raise ValueError(f"islands and migrants must be at least 1, not {islands} and {migrants}")
        if migrate_every < 0 or reset_every < 0:
            raise ValueError(
                f"migrate_every and reset_every must be at least 0, not {migrate_every} and {reset_every}"
            )
        if topology not in {"ring", "random"}:
            raise ValueError(f"the topology must be ring or random, not {topology!r}")
        self._factory = factory
        self._islands = [factory() for _ in range(islands)]
        self.migrate_every = migrate_every
        self.topology = topology
        self.migrants = migrants
        self.seed = seed
        self.reset_every = reset_every
        self.confidence = confidence_checked(confidence)
        self._told = 0
        self._due = False
        self._reset_due = False
        self._migrations = 0
        self._resets = 0
        self._shared: dict[str, set[int]] = {}
        """The islands that a candidate came to, by digest, where that is more than its own."""
        self._best: Known | None = None

    def insert(self, candidate: Candidate, evaluation: Evaluation) -> Verdict:
        """Insert a candidate into its island, a seed into all, and migrate and reset when it is time.

        Gives the verdict of the candidate's own island. Raises `ValueError` for an island that does not
        exist, and what the island itself raises; nothing has changed then.
        """
        own = self.island(candidate.island)
        verdict = own.insert(candidate, evaluation)
        known = Known(candidate, evaluation)
        if candidate.operator == "seed":
            self._spread(known, range(self.count))
        elif evaluation.repeats > 1:
            self._spread(known, sorted(self._shared.get(candidate.digest, ())))
        self._told += 1
        self._due |= self.migrate_every > 0 and self._told % self.migrate_every == 0
        self._reset_due |= self.reset_every > 0 and self._told % self.reset_every == 0
        if evaluation.ok:
            if verdict.kind != "duplicate":
                bests = (best for best in (archive.best() for archive in self._islands) if best)
                self._best = best_now(self._best, known, self.confidence, bests)
            if self._due:
                self._migrate()
            if self._reset_due:
                self._reset()
        return verdict

    def add(self, founders: Sequence[Known] = ()) -> int:
        """Add an island that begins with these candidates; give its number.

        An action of the fold: a recipe calls it in `tell`, never in `ask`.
        """
        self._islands.append(self._factory())
        for known in founders:
            self._send(known, self.count - 1)
        return self.count - 1

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
        `best`; ``islands``, ``migrations`` and ``resets`` are counts; every other figure of the islands' own, such
        as ``coverage``, is given as its mean over them.
        """
        figures = summary(self.elites(), self._best)
        figures["islands"] = self.count
        figures["migrations"] = self._migrations
        figures["resets"] = self._resets
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
        leaving = [nlargest(self.migrants, archive.elites(), key=self._worth) for archive in self._islands]
        for target, travellers in zip(self._targets(), leaving, strict=True):
            for known in travellers:
                self._send(known, target)

    def _reset(self) -> None:
        self._reset_due = False
        if self.count == 1:
            return

        def standing(island: int) -> tuple[float, int]:
            best = self._islands[island].best()
            return (-inf if best is None else self._worth(best), -island)

        ranked = sorted(range(self.count), key=standing)
        survivors = sorted(ranked[self.count // 2 :])
        founders = [best for best in (self._islands[i].best() for i in survivors) if best]
        rng = stream(self.seed, self._told, "reset")
        for island in sorted(ranked[: self.count // 2]):
            self._islands[island] = self._factory()
            self._send(founders[int(rng.integers(len(founders)))], island)
        self._resets += 1

    def _spread(self, known: Known, islands: Iterable[int]) -> None:
        for island in islands:
            if island != known.candidate.island:
                self._send(known, island)

    def _send(self, known: Known, island: int) -> None:
        verdict = self._islands[island].insert(known.candidate, known.evaluation)
        if verdict.accepted:
            self._shared.setdefault(known.candidate.digest, {known.candidate.island}).add(island)

    def _targets(self) -> list[int]:
        if self.topology == "ring":
            steps = [1] * self.count
        else:
            rng = stream(self.seed, self._told, "migrate")
            steps = rng.integers(1, self.count, self.count).tolist()
        return [(i + step) % self.count for i, step in enumerate(steps)]

    def _worth(self, known: Known) -> float:
        return lower_bound(known.evaluation, self.confidence)
