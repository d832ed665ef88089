"""docs/command-line.md says what the command line does."""

from pathlib import Path

import pytest
from made_run import make_run
from test_cli_reading import call, read_json

from evoengine.budget import Budget
from evoengine.config import RunConfig
from evoengine.problem import Objective
from evoengine.report import STATES, Compared, Comparison

__all__ = ["call"]
TEXT = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "list",
        "show",
        "top",
        "lineage seed --down",
        "failures",
        "archive",
        "stats",
        "prompt 1-0",
        "models --model some",
        "verify",
        "recipes",
        "compare --replay toy-ab12 --recipes best_of_n",
    ],
)
def test_every_key_of_the_json_is_documented(call, tmp_path, command):
    make_run(tmp_path)
    body = read_json(call(*command.split(), "--json"))
    for key in body[0] if isinstance(body, list) else body:
        assert f"`{key}`" in TEXT, key


def test_every_key_of_a_comparison_is_documented():
    run = Compared("hill_climb", 0, "c/hill_climb-0", "done")
    body = Comparison("toy", Objective("fitness"), "c", Budget(), None, "hill_climb", [run]).to_json()
    for key in (*body, *body["recipes"][0], *body["runs"][0]):
        assert f"`{key}`" in TEXT, key


def test_every_setting_and_state_is_documented():
    for name in (*RunConfig.model_fields, *STATES):
        assert f"`{name}`" in TEXT, name
