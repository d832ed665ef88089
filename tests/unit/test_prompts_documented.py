"""docs/prompts.md says what is there."""

import re
from pathlib import Path

from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.operators.replies import FAULTS
from evoengine.prompts import packaged, variables

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "prompts.md").read_text("utf-8")


def rows(text):
    """Give the cells of each table row, and the words in backticks of the first."""
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`(\w+)`", row[0]), row) for row in cells]


def test_every_template_is_documented_with_its_variables():
    documented = {}
    for names, row in rows(PAGE.partition("## Operators")[0]):
        groups = row[1].split(";") if ";" in row[1] else [row[1]] * len(names)
        documented |= {
            name: frozenset(re.findall(r"`(\w+)`", group)) for name, group in zip(names, groups, strict=True)
        }
    assert documented == {name: variables(text) for name, text in packaged().items()}


def test_every_operator_and_every_fault_is_documented():
    tables = rows(PAGE.partition("## Operators")[2])
    assert {name for names, _ in tables for name in names} == set(MODEL_OPERATORS)
    for names, row in tables:
        assert all(MODEL_OPERATORS[name]().arity == int(re.search(r"\d", row[1])[0]) for name in names)
    assert all(f"`{fault}`" in PAGE for fault in FAULTS)
