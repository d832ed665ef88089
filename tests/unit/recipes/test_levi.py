"""LEVI: a diverse start, cells fitted to it, and rounds with a change of paradigm."""

from collections import Counter

import pytest
from searching import PROBLEM, ask, searched, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe
from evoengine.types import Job, Usage

SMALL = {"seeds": 2, "variants": 2, "cells": 3, "shift_every": 5, "weak": "mini", "strong": "maxi"}


def answer(request, proposal, step):
    loops = "".join(f"\nfor i in range({proposal}):\n    pass" for _ in range(proposal % 4))
    return f"Try.\n```python main.py\nX = {proposal}.5{loops}\n```"


def test_it_begins_with_approaches_and_variants_of_each():
    search = searched("levi", SMALL, answer, 7)
    start = search.jobs[:6]
    assert [job.operator for job in start] == ["explore"] * 2 + ["rewrite"] * 4
    assert start[0] == Job(0, "explore", ("seed-0",), (), args={"model": "maxi"})
    assert start[1] == Job(1, "explore", ("0-0",), ("0-0",), args={"model": "maxi"})
    assert Counter(job.parents for job in start[2:]) == {("0-0",): 2, ("1-0",): 2}
    assert {job.args["model"] for job in start[2:]} == {"mini"}
    assert [request.model for request in search.requests[:3]] == ["maxi", "maxi", "mini"]


def test_a_round_changes_the_paradigm_once_and_varies_what_came_of_it():
    search = searched("levi", SMALL, answer, 26, window=1)
    for start in (6, 11, 16, 21):
        shift, rewrite, *variants = search.jobs[start : start + 5]
        assert (shift.operator, shift.args) == ("explore", {"model": "maxi"})
        assert len({shift.parents[0], *shift.inspirations}) == 1 + len(shift.inspirations)
        assert rewrite.operator == "rewrite"
        assert rewrite.args["model"] == "mini"
        assert len(rewrite.inspirations) == 1
        assert {(job.operator, *job.parents) for job in variants} == {("reparameterise", f"{start}-0")}
    assert search.recipe.stats()["num_elites"] == 3
    elites = {known.evaluation.measures["loop_count"] for known in search.recipe.elites()}
    assert len(elites) > 1, "cells are told apart by the shape of programs"


def test_the_cells_wait_for_the_whole_start_though_some_of_it_comes_to_nothing():
    recipe = make_recipe("levi", PROBLEM, SMALL)
    assert ask(recipe, 0) is None
    tell(recipe, "seed-0", 0.0)
    assert ask(recipe, 1, told=0) is None, "the second approach is to be unlike the first"
    assert ask(recipe, 2, told=1) is None
    recipe.abandon(Job(0, "explore"), Usage())
    tell(recipe, "1-0", None, operator="explore")
    assert ask(recipe, 2) == Job(2, "rewrite", ("seed-0",), args={"model": "mini"})
    for n in range(2, 5):
        tell(recipe, f"{n}-0", float(n), operator="rewrite")
        assert ask(recipe, 6, told=n + 1) is None
    tell(recipe, "5-0", 5.0, operator="rewrite")
    shift = ask(recipe, 6)
    assert (shift.operator, shift.parents, shift.args) == ("explore", ("5-0",), {"model": "maxi"})
    assert ask(recipe, 10).operator == "rewrite", "there was no change of paradigm yet"
    recipe.abandon(Job(6, "explore"), Usage())
    tell(recipe, "11-0", 1.0, operator="explore")
    assert ask(recipe, 13) == Job(13, "reparameterise", ("11-0",), args={"model": "mini"})


def test_without_named_models_the_pool_chooses():
    recipe = make_recipe("levi", PROBLEM)
    tell(recipe, "seed-0", 0.0)
    assert ask(recipe, 0).args == {}


@pytest.mark.parametrize(
    "params", [{"seeds": 0}, {"variants": -1}, {"cells": 0}, {"shift_every": 3}, {"temperatures": []}]
)
def test_wrong_parameters_are_refused(params):
    with pytest.raises(ConfigError, match="levi"):
        make_recipe("levi", PROBLEM, params)
