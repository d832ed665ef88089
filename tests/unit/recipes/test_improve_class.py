"""ImprovEvolve: better moves for a driver, and the driver itself."""

import numpy as np
import pytest
from searching import PROBLEM, possible, program, searched, task, tell

from evaluators.hopping import BasinHopping, HoppingUnitSquare
from evoengine.errors import ConfigError
from evoengine.evaluation import Invalid, Score
from evoengine.recipes import make_recipe


def answer(request, proposal, step):
    return program(f"{11 * proposal}.5")


def test_better_moves_are_asked_for_of_any_elite_with_another_in_sight():
    search = searched("improve_class", {"edit_format": "rewrite"}, answer, 8)
    assert set(search.operators()) == {"moves"}
    assert all("a fixed driver makes a search of them" in task(request) for request in search.requests)
    assert search.recipe.stats()["num_elites"] >= 7
    assert any(job.inspirations for job in search.jobs)
    recipe = make_recipe("improve_class", PROBLEM)
    for n, fitness in enumerate((5.0, 55.0, 54.0)):
        tell(recipe, f"{n}-0", fitness, operator="moves")
    assert possible(recipe, 3) == {"0-0", "1-0"}


@pytest.mark.parametrize("params", [{"inspirations": -1}, {"edit_format": "words"}])
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="inspirations"):
        make_recipe("improve_class", PROBLEM, params)


# The driver


class Numbers:
    """A trial whose candidate moves on the line of numbers, and what it was asked for."""

    def __init__(self, step=1.0):
        self.calls, self.step = [], step

    def call(self, name, *args):
        self.calls.append((name, *args))
        if name == "generate":
            size, seed = args
            return float(size + seed)
        if name == "improve":
            return round(args[0])
        construction, intensity, _ = args
        return construction + self.step * intensity * 10


def judged(construction, what):
    if construction > 30:
        raise Invalid(f"{what} is too great")
    return Score(objectives={"x": float(construction)}, feedback="judged")


def test_the_driver_holds_what_is_better_and_perturbs_ever_less():
    trial = Numbers()
    score = BasinHopping(judged, 1.0, starts=1, hops=3).run(trial, 4)
    assert [call[0] for call in trial.calls] == ["generate", "improve"] + ["perturb", "improve"] * 3
    perturbed = [call for call in trial.calls if call[0] == "perturb"]
    assert [call[1] for call in perturbed] == [4, 14, 15]
    assert [call[2] for call in perturbed] == pytest.approx([1.0, 0.1, 0.01])
    assert len({call[3] for call in perturbed}) == 3, "each hop has a seed of its own"
    assert score.objectives == {"x": 15.0}
    assert score.feedback == "start 0: generated 4, improved to 4, then 2 of 3 hops led to 15\njudged"


def test_a_worse_construction_is_not_held_whatever_the_direction():
    assert BasinHopping(judged, 1.0, starts=1, hops=3).run(Numbers(-1.0), 4).objectives == {"x": 4.0}
    assert BasinHopping(judged, -1.0, starts=2, hops=3).run(Numbers(-1.0), 4).objectives == {"x": -7.0}


def test_the_best_of_several_starts_counts():
    score = BasinHopping(judged, 1.0, starts=3, hops=0).run(Numbers(), 4)
    assert score.objectives == {"x": 6.0}
    assert len(score.feedback.splitlines()) == 4


def test_an_invalid_hop_is_refused_and_an_invalid_start_is_the_candidates_fault():
    score = BasinHopping(judged, 1.0, starts=1, hops=2).run(Numbers(), 25)
    assert score.objectives == {"x": 25.0}
    assert "hops refused: 1, the first for: improve(perturb(...)) is too great" in score.feedback
    with pytest.raises(Invalid, match="generate"):
        BasinHopping(judged, 1.0, starts=1, hops=2).run(Numbers(), 31)


def test_it_needs_a_start():
    with pytest.raises(ValueError, match="start"):
        BasinHopping(judged, 1.0, starts=0, hops=2)


class Corner:
    """A trial whose candidate puts all circles into one corner, as points, but for one."""

    def call(self, name, *args):
        if name == "generate":
            rows = np.zeros((args[0], 3))
            rows[-1] = 0.5
            return rows
        return args[0]


def test_circles_are_judged_as_in_the_unit_square():
    score = HoppingUnitSquare(3, starts=1, hops=1).evaluate(Corner())
    assert score.exact
    assert score.objectives == {"sum_of_radii": 0.5}
