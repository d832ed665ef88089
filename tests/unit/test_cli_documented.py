"""docs/command-line.md says what the command line does."""

from pathlib import Path

import pytest
from made_run import make_run
from test_cli_reading import call, read_json

from evoengine.config import RunConfig
from evoengine.report import STATES

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
    ],
)
def test_every_key_of_the_json_is_documented(call, tmp_path, command):
    make_run(tmp_path)
    body = read_json(call(*command.split(), "--json"))
    for key in body[0] if isinstance(body, list) else body:
        assert f"`{key}`" in TEXT, key


def test_every_setting_and_state_is_documented():
    for name in (*RunConfig.model_fields, *STATES):
        assert f"`{name}`" in TEXT, name
