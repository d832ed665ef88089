"""docs/recipes/NAME.md says of every recipe where it comes from, what it does and what it was made without."""

import json
import re
from pathlib import Path

import pytest

from evoengine.recipes import RECIPES, parameters

DOCS = Path(__file__).parent.parent.parent / "docs" / "recipes"


@pytest.fixture(params=list(RECIPES))
def name(request):
    return request.param


@pytest.fixture
def page(name):
    return (DOCS / f"{name}.md").read_text("utf-8")


def shown(default):
    """Give a default as a page shows it: as in a run.toml, and "none" for what may be left out."""
    if default is None:
        return "none"
    if isinstance(default, bool | str | tuple | list):
        return f"`{json.dumps(default)}`"
    return repr(default)


def documented(page):
    """Give the default of each parameter in the table of a page."""
    table = page.partition("| parameter | default | meaning |")[2]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", table, re.MULTILINE))


def test_every_page_belongs_to_a_recipe():
    assert {file.stem for file in DOCS.glob("*.md")} == {*RECIPES, "README"}


def test_a_page_names_the_source_says_the_algorithm_and_what_was_left_out(name, page):
    assert page.startswith(f"# {name}\n\n**Source.** ")
    assert "\n**Algorithm.** " in page
    assert re.search(r"\n\*\*(What was left out, and why|Left out)\.\*\* ", page)
    surname, year = re.search(r"([A-Z]\w+)[^;]*?(\d{4})", RECIPES[name].source).groups()
    source = page.partition("**Algorithm.**")[0]
    assert surname in source
    assert year in source


def test_a_page_lists_the_parameters_with_their_defaults(name, page):
    defaults = parameters(name)
    table = documented(page)
    assert list(table) == list(defaults)
    # An empty choice of operators is said in words.
    assert {key: text for key, text in table.items() if defaults[key] != ()} == {
        key: shown(default) for key, default in defaults.items() if default != ()
    }
