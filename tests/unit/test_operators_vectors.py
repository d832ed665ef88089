import json
import math

import numpy as np
import pytest

from evoengine.operators import OPERATORS, SYNTACTIC, VECTOR, Gaussian, IsoLineDD, default_operators
from evoengine.operators.vectors import read_vectors
from evoengine.problem import Problem
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Known


def offspring(operator, *genomes, seed=0, **kwargs):
    parents = [Known(Candidate("a", g, ""), Evaluation("a", "ok", 1.0)) for g in genomes]
    conversation = operator(Problem("p", (genomes[0],), **kwargs), parents, [], stream(seed, 0, "vary"))
    with pytest.raises(StopIteration) as stop:
        next(conversation)
    return stop.value.value


def vector(*values):
    return {"x.json": json.dumps(values)}


def many(operator, *genomes, count=400):
    drafts = [offspring(operator, *genomes, seed=seed) for seed in range(count)]
    return np.array([json.loads(draft.genome["x.json"]) for (draft,) in drafts])


def test_gaussian_is_isotropic_about_the_parent():
    x = many(Gaussian(sigma=0.5), vector(1.0, -2, 30))
    assert np.allclose(x.mean(0), [1, -2, 30], atol=0.1)
    assert np.allclose(x.std(0), 0.5, atol=0.06)


def test_iso_line_spreads_along_the_line_through_both_parents():
    x = many(IsoLineDD(), vector(0.0, 0.0), vector(10.0, 0.0))
    assert np.allclose(x.mean(0), 0, atol=0.3)
    assert np.allclose(x.std(0), [2.0, 0.01], rtol=0.15)


def test_iso_line_of_one_point_is_isotropic():
    x = many(IsoLineDD(sigma_iso=0.1), vector(1.0, 1.0), vector(1.0, 1.0))
    assert np.allclose(x.std(0), 0.1, atol=0.02)


@pytest.mark.parametrize("operator", [Gaussian(sigma=5.0, low=0.0, high=1.0), IsoLineDD(1.0, 5.0, 0.0, 1.0)])
def test_values_stay_within_the_bounds(operator):
    x = many(operator, vector(0.0, 0.5, 1.0), vector(1.0, 0.5, 0.0), count=50)
    assert x.min() == 0
    assert x.max() == 1


def test_one_bound_is_enough():
    assert many(Gaussian(sigma=5.0, low=0.0), vector(0.5), count=50).max() > 1


def test_every_vector_and_nothing_else_changes():
    genome = {"x.json": "[1.5]", "y.json": "[2.5]", "n.json": '{"a": 1}', "main.py": "x = 1.5"}
    (draft,) = offspring(Gaussian(), genome)
    assert {name for name in genome if draft.genome[name] != genome[name]} == {"x.json", "y.json"}
    (draft,) = offspring(Gaussian(), genome, evolvable=("x.json",))
    assert draft.genome["y.json"] == "[2.5]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "3",
        "[1, true]",
        "[1, null]",
        '[1, "2"]',
        "[[1], [2]]",
        "[1, NaN]",
        "[1, Infinity]",
        "[1, 1e999]",
        f"[{10**400}]",
        "[" * 100_000,
        "[1,]",
    ],
)
def test_what_is_no_vector(text):
    genome = {"x.json": text}
    assert read_vectors(Problem("p", (genome,)), genome) == {}
    assert offspring(Gaussian(), genome) == ()
    assert offspring(IsoLineDD(), genome, genome) == ()


def test_parents_of_different_length_have_no_offspring():
    assert offspring(IsoLineDD(), vector(1.0), vector(1.0, 2.0)) == ()


def test_a_vector_that_the_other_parent_lacks_is_varied_alone():
    (draft,) = offspring(IsoLineDD(), vector(1.0), {"y.json": "[1.0]"})
    assert math.isclose(json.loads(draft.genome["x.json"])[0], 1.0, abs_tol=0.1)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_answers_to_its_name_and_pickles_by_value(name):
    operator = OPERATORS[name]()
    assert operator.name == name
    assert operator.arity in (1, 2)
    assert operator == OPERATORS[name]()


def test_the_names_are_registered():
    assert {*SYNTACTIC, *VECTOR, "surrogate"} == set(OPERATORS)


@pytest.mark.parametrize(
    ("seed", "evolvable", "names"),
    [
        ({"main.py": "x = 1"}, (), SYNTACTIC),
        ({"main.py": "x = (", "x.json": "[1]"}, (), SYNTACTIC),
        ({"main.py": "x = 1", "x.json": "[1]"}, ("x.json",), VECTOR),
        ({"x.json": "[0.5, 1]"}, (), VECTOR),
        ({"x.json": "{}"}, (), ()),
        ({"prompt.md": "Think."}, (), ()),
    ],
)
def test_the_operators_that_suit_a_genome(seed, evolvable, names):
    assert default_operators(Problem("p", (seed,), evolvable=evolvable)) == names
