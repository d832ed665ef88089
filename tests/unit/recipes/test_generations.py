"""Generations: who may be a parent, and when."""

import pytest

from evoengine.recipes.generations import Generations
from evoengine.testing.archives import scored
from evoengine.types import View


def proposals(generations, proposal, told=None):
    parents = generations.parents(View(proposal, proposal if told is None else told, 0))
    return parents if parents is None else [known.candidate.proposal for known in parents]


def test_generations_are_numbered_from_the_first_proposal():
    generations = Generations(3, keep=2, first=5)
    assert [generations.of(n) for n in (-1, 0, 4, 5, 7, 8)] == [-1, 0, 0, 1, 1, 2]
    assert [generations.start(n) for n in range(4)] == [0, 5, 8, 11]


def test_parents_are_the_fittest_of_the_generation_before():
    generations = Generations(3, keep=2)
    for n, fitness in enumerate((1.0, 3.0, 3.0)):
        generations.tell(scored(n, fitness))
    assert proposals(generations, 3) == [1, 2]
    generations.tell(scored(3, 9.0))
    assert proposals(generations, 4) == [1, 2]
    assert proposals(generations, 6, told=5) is None
    assert proposals(generations, 6) == [3]


def test_with_plus_parents_live_on_and_equals_count_once():
    generations = Generations(2, keep=3, plus=True)
    for n, fitness in enumerate((5.0, 1.0, 2.0)):
        generations.tell(scored(n, fitness))
    generations.tell(scored(3, 5.0, text="x = 0"))
    assert proposals(generations, 4) == [0, 2, 1]


def test_a_generation_that_failed_leaves_no_parents_and_one_that_vanished_changes_nothing():
    generations = Generations(1, keep=1)
    generations.tell(scored(0, 1.0))
    assert proposals(generations, 2) == [0], "proposal 1 was abandoned"
    generations.tell(scored(2, None, status="error"))
    assert proposals(generations, 3) == []


@pytest.mark.parametrize(("size", "keep", "first"), [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_impossible_sizes_are_refused(size, keep, first):
    with pytest.raises(ValueError, match="generation"):
        Generations(size, keep=keep, first=first)
