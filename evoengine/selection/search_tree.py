"""A tree of candidates searched by upper confidence bounds."""

from dataclasses import dataclass, field
from math import inf, log, sqrt


@dataclass(slots=True)
class _Node:
    parent: str = ""
    children: list[str] = field(default_factory=list[str])
    tried: int = 0
    visits: int = 0
    top: float = -inf
    """The best fitness of the node and below."""


class SearchTree:
    """Candidates under their parents, with what UCT counts of each. A fold: `grow` changes it, `descend` reads.

    Kocsis and Szepesvari 2006, "Bandit based Monte-Carlo planning", with the maximum of the rewards in the
    place of their mean, as in the code of Li et al. 2025, "RethinkMCTS": what is sought is one best leaf. The reward is the best fitness of a node and
    below, scaled to [0, 1] by the least and the greatest seen so far.

    Parameters
    ----------
    width
        A node is grown so often, whatever came of it, before a descent goes on to its children.
    exploration
        At least 0: 0 is greedy.
    """

    def __init__(self, width: int, exploration: float) -> None:
        if width < 1 or not exploration >= 0.0:
            raise ValueError(
                f"width must be at least 1, and exploration at least 0, not {width}, {exploration}"
            )
        self._width = width
        self._exploration = exploration
        self._nodes = {"": _Node(tried=width)}
        """By id; the root has none, and is never grown by the descent."""
        self._low = inf

    def descend(self) -> list[str]:
        """Give the way to the node that is to grow, from below the root; empty while there is none.

        At each node the child with the highest bound is taken, of equals the earliest. A node whose every
        growth failed ends the way, too.
        """
        way: list[str] = []
        node = self._nodes[""]
        while node.tried >= self._width and node.children:
            way.append(max(node.children, key=self._bound))
            node = self._nodes[way[-1]]
        return way

    def grow(self, parent: str, name: str = "", fitness: float | None = None) -> None:
        """Count a growth of a node, with the child that came of it if that has a fitness.

        Every node up to the root counts a visit, and has the child's fitness backed up.
        """
        self._nodes[parent].tried += 1
        climb, reward = parent, -inf
        if fitness is not None:
            self._nodes[parent].children.append(name)
            self._nodes[name] = _Node(parent)
            self._low = min(self._low, fitness)
            climb, reward = name, fitness
        while True:
            node = self._nodes[climb]
            node.visits += 1
            node.top = max(node.top, reward)
            if not climb:
                return
            climb = node.parent

    def _bound(self, name: str) -> float:
        node = self._nodes[name]
        span = self._nodes[""].top - self._low
        reward = (node.top - self._low) / span if span > 0.0 else 1.0
        return reward + self._exploration * sqrt(log(self._nodes[node.parent].visits) / node.visits)
