"""Every recipe that ships keeps the contract that others are held to."""

from dataclasses import replace

import numpy as np
import pytest

from evoengine.evaluation import as_evaluator, run_trial
from evoengine.problem import Problem
from evoengine.recipes import RECIPES, make_recipe
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.recipes import VECTOR, RecipeContract, score_vector
from evoengine.testing.replies import shifted_numbers
from evoengine.testing.scripted import ScriptedLLM
from evoengine.testing.toy import PROBLEM, ToyRecipe, answer, evaluate


class Shipped(RecipeContract):
    @pytest.fixture(autouse=True)
    def _name(self, name):
        type(self).name = name

    def make(self, problem):
        return make_recipe(self.name, problem)

    def llm(self):
        return ScriptedLLM(shifted_numbers)


@pytest.mark.parametrize("name", RECIPES, scope="class")
class TestShippedRecipes(Shipped):
    """On vectors, with measures."""


PROGRAM = Problem(
    "program",
    (
        {
            "main.py": "def value():\n    a = 0.5\n    b = -1.25\n    return (a - 1.0) * (1.0 - a) + (b - 1.0) * (1.0 - b)\n"
        },
    ),
    main="main.py",
)


@pytest.mark.parametrize("name", RECIPES, scope="class")
class TestShippedRecipesOnPrograms(Shipped):
    """With operators that evaluate on their own, give up, and take two parents."""

    problem = PROGRAM
    candidates = 20

    def evaluate(self, task):
        return run_trial(as_evaluator(lambda trial: trial.call("value")), PROGRAM, InlineSandbox(), task)


@pytest.mark.parametrize("name", ["hill_climb", "map_elites", "islands"], scope="class")
class TestRecipesOnNoise(Shipped):
    """Drafts are raced and elites are evaluated again; the fold, the order and the resume stay exact."""

    problem = replace(VECTOR, noisy=True, repeats=3)
    candidates = 40
    # The fittest told may have been lucky, and sunk when it was evaluated again.
    test_the_best_is_the_fittest_told_and_of_equals_the_earliest = None

    def evaluate(self, task):
        scored = score_vector(task)
        if scored.fitness is None:
            return scored
        return replace(scored, fitness=scored.fitness + np.random.default_rng(task.seed).normal(0.0, 0.3))


class TestToyRecipe(RecipeContract):
    """A recipe with a model and with effects, and none of the shipped parts but a grid."""

    problem = PROBLEM
    test_its_module_is_short = None  # it lies in one file with the whole search

    def make(self, problem):
        return ToyRecipe()

    def evaluate(self, task):
        return evaluate(task)

    def llm(self):
        return ScriptedLLM(answer)
