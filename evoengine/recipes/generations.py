"""Generations, for the recipes whose methods have them."""

from collections.abc import Sequence

from evoengine.types import Known, View


class Generations:
    """Proposals in generations: when one begins, and who its parents are. A fold over told candidates.

    Generation 0 has `first` proposals, every later one `size`; seeds come before all. A generation
    begins when every proposal before it has ended, so that its parents do not depend on timing.

    Parameters
    ----------
    size
        Proposals in a generation.
    keep
        At most so many parents: the fittest, of equals the earliest.
    first
        Proposals in generation 0; 0: `size`.
    plus
        Parents come from the generation before together with its own parents, (mu + lambda); else from
        the generation before alone, (mu, lambda). Of candidates with one digest the first counts.
    """

    def __init__(self, size: int, *, keep: int, first: int = 0, plus: bool = False) -> None:
        if min(size, keep) < 1 or first < 0:
            raise ValueError(f"a generation and its parents must be at least 1, not {size} and {keep}")
        self._size = size
        self._first = first or size
        self._keep = keep
        self._plus = plus
        self._latest = -1
        self._parents: tuple[Known, ...] = ()
        self._members: list[Known] = []

    def of(self, proposal: int) -> int:
        """Give the generation of a proposal; -1 for the seeds."""
        if proposal < self._first:
            return min(proposal, 0)
        return 1 + (proposal - self._first) // self._size

    def start(self, generation: int) -> int:
        """Give the first proposal of a generation."""
        return self._first + (generation - 1) * self._size if generation > 0 else 0

    def tell(self, known: Known) -> None:
        """Fold in a candidate. One that is not ``ok`` is no parent."""
        generation = self.of(known.candidate.proposal)
        if generation > self._latest:
            self._latest, self._parents, self._members = generation, self._selected(), []
        if known.evaluation.ok:
            self._members.append(known)

    def parents(self, view: View) -> Sequence[Known] | None:
        """Give the parents of the proposal that is asked for, the fittest first; None: wait.

        Empty where the generation before has no scored candidate.
        """
        generation = self.of(view.proposal)
        if view.told < self.start(generation):
            return None
        return self._selected() if generation > self._latest else self._parents

    def _selected(self) -> tuple[Known, ...]:
        pool: dict[str, Known] = {}
        for known in (*self._parents, *self._members) if self._plus else self._members:
            pool.setdefault(known.candidate.digest, known)
        return tuple(sorted(pool.values(), key=_unfitness)[: self._keep])


def _unfitness(known: Known) -> float:
    return -(known.evaluation.fitness or 0.0)
