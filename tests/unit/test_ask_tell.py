"""A search driven by hand."""

import json

import pytest

from evoengine import AskTell, Problem, Score
from evoengine.errors import RecipeStalledError
from evoengine.problem import Measure
from evoengine.stores import MemoryStore

PROBLEM = Problem("sphere", ({"vector.json": "[0.2, 0.9, 0.4]"},), worst_fitness=-3.0)


def score(genome):
    return -sum((value - 0.5) ** 2 for value in json.loads(genome["vector.json"]))


@pytest.mark.parametrize("recipe", ["hill_climb", "islands"])
def test_asking_and_telling_searches(recipe):
    with AskTell(PROBLEM, recipe=recipe, seed=1) as search:
        first = search.ask()
        assert dict(first) == dict(PROBLEM.seeds[0])
        search.tell(score(first))
        for _ in range(150):
            search.tell(score(search.ask()))
        search.ask()
        assert search.best.evaluation.fitness > score(first) / 4


def test_it_is_the_same_search_each_time_and_the_log_goes_on():
    def asked(turns, store):
        with AskTell(PROBLEM, seed=3, store=store) as search:
            genomes = []
            for _ in range(turns):
                genomes.append(dict(search.ask()))
                search.tell(score(genomes[-1]))
            genomes.append(dict(search.ask()))
            return genomes

    whole = asked(20, MemoryStore())
    store = MemoryStore()
    begun = asked(8, store)
    assert begun == whole[:9]
    # The genome that was asked for and never told is asked for again.
    assert asked(12, store) == whole[8:]


def test_measures_and_invalid_candidates_are_told_too():
    problem = Problem("measured", PROBLEM.seeds, measures=(Measure("x", 0.0, 1.0, 4),))
    with AskTell(problem) as search:
        for turn in range(20):
            genome = search.ask()
            x = json.loads(genome["vector.json"])[0]
            search.tell(
                None if turn % 3 == 2 else Score(score(genome), measures={"x": min(max(x, 0.0), 1.0)})
            )
        search.ask()
        assert search.recipe.stats()["coverage"] > 0
        assert search._engine.state.statuses["invalid"] > 0


def test_turns_out_of_order_and_a_search_that_cannot_go_on_say_so():
    with AskTell(PROBLEM) as search:
        with pytest.raises(RuntimeError, match="ask for a genome"):
            search.tell(1.0)
        search.ask()
        with pytest.raises(RuntimeError, match="tell the score"):
            search.ask()
        search.tell(None)
        with pytest.raises(RecipeStalledError):
            search.ask()
    search.close()
