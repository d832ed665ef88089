"""An archive in front of another."""

from collections.abc import Iterator, Mapping, Sequence

from evoengine.ports import Archive
from evoengine.types import Known


class Delegating:
    """Shows what another archive holds; a subclass says what is inserted there, and may exchange it.

    Parameters
    ----------
    held
        The archive that is shown.
    """

    def __init__(self, held: Archive) -> None:
        self._held = held

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Known]:
        return iter(self._held)

    def elites(self) -> Sequence[Known]:
        """Give the elites, in the order of the archive that holds them."""
        return self._held.elites()

    def best(self) -> Known | None:
        """Give the fittest candidate ever inserted, the earliest of equals."""
        return self._held.best()

    def stats(self) -> Mapping[str, float]:
        """Give the figures of the archive that holds the elites."""
        return self._held.stats()
