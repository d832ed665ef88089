"""ELM: commit messages on a grid."""

import re

import pytest
from searching import PROBLEM, ask, possible, program, searched, task, tell

from evoengine.errors import ConfigError
from evoengine.recipes import make_recipe


def edit(request, proposal, step):
    old = re.findall(r"X = (\S+)", request.messages[1].content)[0]
    return f"Up.\n<<<<<<< SEARCH main.py\nX = {old}\n=======\nX = {proposal * 7}.5\n>>>>>>> REPLACE"


def test_elm_edits_as_a_commit_message_says():
    search = searched("elm", {"messages": ["Raise it.", "Small change."]}, edit, 12)
    assert set(search.operators()) == {"commit"}
    messages = {re.search(r"and no other:\n\n(.*)\n", task(request))[1] for request in search.requests}
    assert messages == {"Raise it.", "Small change."}
    assert all("<<<<<<< SEARCH" in request.messages[0].content for request in search.requests)
    assert search.recipe.stats()["num_elites"] >= 8


def test_elm_varies_any_elite_of_the_grid():
    recipe = make_recipe("elm", PROBLEM)
    for n, fitness in enumerate((5.0, 55.0, 54.0)):
        tell(recipe, f"{n}-0", fitness, operator="commit")
    assert possible(recipe, 3) == {"0-0", "1-0"}


def test_elm_can_ask_for_whole_files():
    search = searched("elm", {"edit_format": "rewrite"}, lambda r, proposal, s: program(f"{proposal}.5"), 3)
    assert search.recipe.best() == "2-0"
    assert ask(search.recipe, 9).operator == "commit"


@pytest.mark.parametrize("params", [{"messages": []}, {"edit_format": "words"}])
def test_elm_refuses_what_it_cannot_do(params):
    with pytest.raises(ConfigError, match="messages"):
        make_recipe("elm", PROBLEM, params)
