"""CMA-ES and ES: generations drawn from a distribution over the numbers of a genome."""

import json
from dataclasses import replace

import numpy as np
import pytest
from searching import ask, searched

from evoengine.errors import ConfigError
from evoengine.operators.coordinates import Coordinates
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.rng import stream
from evoengine.types import Candidate, Evaluation, Job, Known, View

GOAL = np.array([1.0, -2.0, 3.0])
SPHERE = Problem("sphere", ({"x.json": "[0, 0, 0]"}, {"x.json": "[0.5, 0, 0]"}), worst_fitness=-100.0)


def sphere(trial):
    """Score a vector by minus its squared distance to the goal."""
    fitness = -float(((np.array(json.loads(trial.genome["x.json"])) - GOAL) ** 2).sum())
    return Evaluation("", "ok", fitness, {"fitness": fitness})


def unasked(request, proposal, step):
    raise AssertionError("no model is asked")


def told(recipe, name, vector, fitness, operator="gaussian"):
    genome = {"x.json": json.dumps(list(vector))}
    candidate = Candidate(name, genome, name, operator=operator)
    recipe.tell(candidate, Evaluation(name, "error" if fitness is None else "ok", fitness))
    return Known(candidate, Evaluation(name, "ok", fitness or 0.0))


def drafts(recipe, proposal, library):
    """Give the vectors of a proposal."""
    job = ask(recipe, proposal)
    conversation = recipe.vary(job, library, stream(1, proposal, "vary"))
    with pytest.raises(StopIteration) as end:
        next(conversation)
    return [np.array(json.loads(draft.genome["x.json"])) for draft in end.value.value]


@pytest.mark.parametrize(
    ("name", "params", "budget"),
    [("cma_es", {"sigma": 1.0}, 300), ("es", {"sigma": 0.1, "learning_rate": 0.3, "decay": 0.0}, 800)],
)
def test_they_find_the_optimum_of_a_sphere(name, params, budget):
    search = searched(name, params, unasked, budget, problem=SPHERE, evaluate=sphere)
    assert search.engine.state.best.evaluation.fitness > -1e-2
    assert {job.parents for job in search.jobs} == {("seed-1",)}, "it begins at the better seed"


def test_a_generation_is_drawn_whole_before_anything_is_learnt():
    recipe = make_recipe("cma_es", SPHERE, {"population": 4})
    assert ask(recipe, 0) is None
    library = {"seed-0": told(recipe, "seed-0", (0.0, 0.0, 0.0), -14.0, "seed")}
    assert ask(recipe, 0) == Job(0, "gaussian", ("seed-0",))
    assert ask(recipe, 3, told=0, in_flight=3)
    assert ask(recipe, 4, told=0, in_flight=4) is None
    before = drafts(recipe, 9, library)
    for n in range(3):
        told(recipe, f"{n}-0", (n, 0.0, 0.0), float(n))
        assert np.array_equal(drafts(recipe, 9, library), before)
    assert ask(recipe, 4, told=3, in_flight=1) is None
    told(recipe, "3-0", (3.0, 0.0, 0.0), 3.0)
    after = np.mean([drafts(recipe, n, library)[0] for n in range(300)], axis=0)
    assert 2.0 < after[0] < 3.0, "the mean has moved to the better half"
    assert abs(after[1]) < 0.3


def test_what_fails_is_worse_than_anything_else():
    recipe = make_recipe("cma_es", SPHERE, {"population": 4, "sigma": 1.0})
    library = {"seed-0": told(recipe, "seed-0", (0.0, 0.0, 0.0), -14.0, "seed")}
    for n, fitness in enumerate((None, -1e9, None, -1e9)):
        told(recipe, f"{n}-0", (n, 0.0, 0.0), fitness)
    after = np.mean([drafts(recipe, n, library)[0][0] for n in range(300)])
    assert 1.0 < after < 3.0


def test_es_draws_mirrored_pairs_and_climbs_by_rank():
    recipe = make_recipe("es", SPHERE, {"population": 4, "decay": 0.0, "learning_rate": 0.5})
    library = {"seed-0": told(recipe, "seed-0", (0.0, 0.0, 0.0), -14.0, "seed")}
    one, other = drafts(recipe, 0, library)
    assert np.allclose(one, -other)
    assert 0.0 < np.abs(one).max() < 0.2
    assert ask(recipe, 2, told=0, in_flight=2) is None
    for n, vector in enumerate(((0.01, 0.02, 0), (-0.01, -0.02, 0), (0.01, -0.02, 0), (-0.01, 0.02, 0))):
        told(recipe, f"{n}-0", vector, float(vector[0] > 0))
    mean = np.mean(drafts(recipe, 5, library), axis=0)
    assert mean == pytest.approx([0.5, 0.0, 0.0], abs=1e-3), "Adam's first step has the length of its rate"


def test_es_stays_where_all_are_alike_and_decays():
    for decay, expected in ((0.0, 1.0), (0.1, 0.99)):
        recipe = make_recipe("es", SPHERE, {"population": 2, "decay": decay})
        library = {"seed-0": told(recipe, "seed-0", (1.0, 1.0, 1.0), -14.0, "seed")}
        for n, vector in enumerate(((1.1, 1.1, 1.1), (0.9, 0.9, 0.9))):
            told(recipe, f"{n}-0", vector, None)
        assert np.mean(drafts(recipe, 5, library), axis=0) == pytest.approx([expected] * 3, abs=1e-6)


def test_candidates_that_it_did_not_draw_are_kept_but_not_learnt_from():
    recipe = make_recipe("es", SPHERE, {"population": 2})
    told(recipe, "seed-0", (0.0, 0.0, 0.0), -14.0, "seed")
    told(recipe, "0-0", (1.0, -2.0, 3.0), 0.0, "steered")
    assert recipe.best() == "0-0"
    assert ask(recipe, 1).parents == ("seed-0",)


# Coordinates

PROGRAM = Problem("program", ({"main.py": "A = 0.5\nN = 3\n\n\ndef f(x):\n    return x * -4.0 - 0.0\n"},))


def test_the_coordinates_of_a_program_are_its_decimal_numbers_relative_to_their_size():
    coordinates = Coordinates(PROGRAM, PROGRAM.seeds[0])
    assert coordinates.origin.tolist() == [1.0, -1.0, 0.0]
    genome = coordinates.write(np.array([3.0, 0.5, -2.5]))
    assert genome["main.py"] == "A = 1.5\nN = 3\n\n\ndef f(x):\n    return x * 2.0 - (-2.5)\n"
    assert coordinates.read(genome).tolist() == [3.0, 0.5, -2.5]


def test_numbers_stay_within_what_is_read_back():
    coordinates = Coordinates(PROGRAM, PROGRAM.seeds[0])
    assert np.isfinite(coordinates.read(coordinates.write(np.array([1e300, -1e300, 0.0])))).all()


def test_the_coordinates_of_vectors_are_their_numbers_file_by_file():
    problem = Problem("p", ({"a.json": "[1, 2.5]", "note.txt": "7.5", "b.json": "[-3]"},))
    coordinates = Coordinates(problem, problem.seeds[0])
    assert coordinates.origin.tolist() == [1.0, 2.5, -3.0]
    written = coordinates.write(np.array([0.25, 0.5, 0.75]))
    assert written == {"a.json": "[0.25, 0.5]", "note.txt": "7.5", "b.json": "[0.75]"}
    with pytest.raises(ValueError, match="2 numbers, not 3"):
        coordinates.read({**written, "b.json": "none"})


def test_a_genome_without_numbers_is_refused_before_anything_is_spent():
    poem = replace(SPHERE, seeds=({"poem.md": "An old pond."},))
    for name in ("cma_es", "es"):
        with pytest.raises(ConfigError, match="no numbers to move"):
            make_recipe(name, poem)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("cma_es", {"sigma": 0.0}),
        ("cma_es", {"population": 1}),
        ("es", {"population": 3}),
        ("es", {"learning_rate": 0.0}),
    ],
)
def test_wrong_parameters_are_refused(name, params):
    with pytest.raises(ConfigError, match="population"):
        make_recipe(name, SPHERE, params)


def test_one_number_is_enough():
    recipe = make_recipe("cma_es", Problem("one", ({"x.json": "[2.0]"},)))
    recipe.tell(Candidate("seed-0", {"x.json": "[2.0]"}, "d"), Evaluation("seed-0", "ok", 0.0))
    for n in range(8):
        assert recipe.ask(View(n, n, 0), stream(1, n, "ask"))
        recipe.tell(
            Candidate(f"{n}-0", {"x.json": f"[{n}]"}, f"d{n}", operator="gaussian"), Evaluation("", "ok", n)
        )
    assert recipe.best() == "7-0"
