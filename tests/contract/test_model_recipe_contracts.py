"""The recipes that ask a model keep the contract of all recipes."""

import re

import pytest

from evoengine.evaluation import as_evaluator, run_trial
from evoengine.problem import Problem
from evoengine.recipes import make_recipe
from evoengine.testing.inline import InlineSandbox
from evoengine.testing.recipes import RecipeContract
from evoengine.testing.replies import shifted_numbers
from evoengine.testing.scripted import ScriptedLLM

SETTINGS = {
    "best_of_n": ("best_of_n", {"operators": ["rewrite"]}),
    "refine from the best": ("sequential_refine", {}),
    "refine from the last": ("sequential_refine", {"start": "last", "operators": ["edit"]}),
    "alphaevolve": (
        "alphaevolve",
        {"islands": 2, "migrate_every": 20, "notes_every": 7, "instructions_every": 6},
    ),
    "alphaevolve with several operators": (
        "alphaevolve",
        {"operators": ["rewrite", "combine", "explore", "simplify", "reflect"]},
    ),
    "islands with arms and a judge": (
        "islands",
        {
            "islands": 2,
            "operators": ["rewrite(a)", "edit(b, 0.5)", "aim", "repair(a)"],
            "bandit": "ucb",
            "novelty": "judge",
        },
    ),
    "guided_evolution beyond its start": ("guided_evolution", {"initial": 6, "population": 8}),
    "levi beyond its start": ("levi", {"seeds": 2, "variants": 3, "cells": 5, "shift_every": 5}),
    "adaptive": ("adaptive", {"operators": ["edit", "combine", "repair"]}),
    "map_elites with both kinds": ("map_elites", {"operators": ["gaussian", "rewrite"]}),
}


def numbers(text):
    """Give a vector's own numbers as its embedding."""
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


@pytest.mark.parametrize("setting", SETTINGS, scope="class")
class TestModelRecipes(RecipeContract):
    candidates = 40

    @pytest.fixture(autouse=True)
    def _setting(self, setting):
        type(self).setting = setting

    def make(self, problem):
        name, params = SETTINGS[self.setting]
        return make_recipe(name, problem, params)

    def llm(self):
        return ScriptedLLM(shifted_numbers, vectors=numbers)


PROGRAM = Problem(
    "program",
    (
        {
            "main.py": "# EVOLVE-BLOCK-START\na = 0.5\n# EVOLVE-BLOCK-END\n\ndef value():\n    return -(a - 1) ** 2\n"
        },
    ),
    main="main.py",
    entry="value",
)


class TestRewriteThenTune(RecipeContract):
    """An operator that asks and evaluates in one conversation, on a program with a frozen part."""

    problem = PROGRAM
    candidates = 14

    def make(self, problem):
        return make_recipe("best_of_n", problem, {"operators": ["rewrite_then_tune"]})

    def evaluate(self, task):
        return run_trial(as_evaluator(lambda trial: trial.call("value")), PROGRAM, InlineSandbox(), task)

    def llm(self):
        return ScriptedLLM(shifted_numbers)
