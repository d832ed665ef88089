"""Search policies in the place of the one that made a run."""

import pytest
from made_run import make_run

from evoengine.config import load_problem
from evoengine.errors import ConfigError
from evoengine.report import Run, compare_policies, policies_table


@pytest.fixture
def recorded(tmp_path):
    """A hill climb made by hand: fitness 0, 2, 1, none, 3, none, none; each proposal from the best so far."""
    folder = make_run(tmp_path)
    return Run(folder), load_problem(tmp_path / "toy").problem


def test_the_recorded_policy_agrees_with_itself(recorded):
    (own,) = compare_policies(*recorded, ["hill_climb"])
    assert (own.recipe, own.recorded, own.proposals, own.waited) == ("hill_climb", True, 7, 0)
    assert (own.agreement, own.hits, own.lift, own.improvements) == (1.0, 1.0, 1.0, 2)
    assert own.parent_rank == 1.0, "always the fittest"
    # seed-0, 0-0 and 3-0 become parents, of four valid candidates.
    assert own.distinct == 0.75
    assert own.verdicts == {"rejected": 4, "improved": 2}
    assert (own.elites, own.coverage, own.qd_score) == (1, 1 / 8, 3.0)


def test_another_policy_is_asked_on_what_had_been_told_by_then(recorded):
    _, fixed, cells = compare_policies(*recorded, ["best_of_n", "map_elites"])
    # It varies the seed, always: right at the first proposal of seven, an improvement, and never again.
    assert fixed.agreement == pytest.approx(1 / 7)
    assert (fixed.hits, fixed.lift) == (0.5, pytest.approx(3.5))
    assert (fixed.parent_rank, fixed.distinct) == (0.0, 0.25)
    # The grid's cells of (0, a), (2, a), (1, b), (3, b) are all taken.
    assert (cells.elites, cells.coverage, cells.qd_score) == (4, 0.5, 6.0)
    assert cells.verdicts == {"new": 3, "rejected": 3}
    assert 1 / 7 < cells.agreement < 1.0
    assert cells.distinct == 1.0


def test_what_is_told_goes_to_the_island_that_the_policy_chose(recorded):
    _, islands = compare_policies(*recorded, ["islands"], {"islands": 3})
    # Proposal 3 is told to the first of three islands, which has the seed and 0-0 in other cells.
    assert islands.elites == 4
    assert (islands.waited, islands.verdicts["new"]) == (0, 3)


def test_a_policy_that_waits_is_told_all_the_same(recorded):
    run, problem = recorded
    _, chain = compare_policies(run, problem, ["sequential_refine"])
    # It waits for the attempt before, and here nothing is ever in flight when it is asked.
    assert (chain.proposals, chain.waited, chain.agreement) == (7, 0, 1.0)
    assert chain.verdicts == {"rejected": 4, "improved": 2}


def test_parameters_go_to_the_recipes_that_have_them(recorded):
    with pytest.raises(ConfigError, match=r"params.bins: none of the recipes hill_climb, map_elites has"):
        compare_policies(*recorded, ["map_elites"], {"bins": 3})
    with pytest.raises(ConfigError, match="no recipe is called 'nope'"):
        compare_policies(*recorded, ["nope"])


def test_the_table_marks_the_recorded_policy_and_shows_what_is_unknown(recorded):
    run, problem = recorded
    lines = policies_table(compare_policies(run, problem, ["best_of_n"])).splitlines()
    assert lines[0].split()[:3] == ["recipe", "parent", "rank"]
    assert " ".join(lines[1].split()) == "hill_climb (recorded) 1 0.75 1 1 1 33% 1 0.125 3"
    assert " ".join(lines[2].split()) == "best_of_n 0 0.25 0.14 0.5 3.5 33% 1 0.125 3"
