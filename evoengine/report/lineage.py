"""What came of a candidate."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Descendant:
    """A candidate, and how many generations it is away from the one asked about."""

    candidate: str
    depth: int


def descendants(candidate: str, parents: Mapping[str, tuple[str, ...]]) -> list[Descendant]:
    """Give a candidate and its descendants, nearest first, each once, at its least depth.

    Parameters
    ----------
    parents
        Of every candidate by id, in the order told.
    """
    children: dict[str, list[str]] = {}
    for child, origin in parents.items():
        for parent in origin:
            children.setdefault(parent, []).append(child)
    found: dict[str, int] = {candidate: 0}
    level = [candidate]
    while level:
        depth = found[level[0]] + 1
        level = [
            c
            for c in dict.fromkeys(child for here in level for child in children.get(here, ()))
            if c not in found
        ]
        found |= dict.fromkeys(level, depth)
    return [Descendant(name, depth) for name, depth in found.items()]
