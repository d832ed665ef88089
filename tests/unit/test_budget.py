"""What a run may spend."""

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.budget import Budget
from evoengine.types import Usage

SPENT = Usage(evaluations=5, calls=3, tokens_in=60, tokens_out=40, dollars=0.5)


def reached(budget, **state):
    state = {"candidates": 4, "in_flight": 2, "spent": SPENT, "seconds": 9.0, "best": 1.0} | state
    return budget.reached(**state)


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        ("candidates", 6),  # 4 told, 2 in flight
        ("evaluations", 7),  # 5 done, 2 in flight
        ("calls", 3),
        ("tokens", 100),
        ("dollars", 0.5),
        ("seconds", 9.0),
        ("target", 1.0),
    ],
)
def test_each_limit_is_reached_exactly_and_names_itself(name, amount):
    assert reached(Budget(**{name: amount})) == name
    beyond = amount * 1.001 if isinstance(amount, float) else amount + 1
    assert reached(Budget(**{name: beyond})) is None


def test_the_cases_above_are_of_every_limit():
    marks = test_each_limit_is_reached_exactly_and_names_itself.pytestmark[0].args[1]
    assert {name for name, _ in marks} == {field.name for field in fields(Budget)}


def test_no_limit_is_ever_reached_where_there_is_none():
    assert reached(Budget(), candidates=10**9, seconds=1e9, best=1e9) is None
    assert Budget().remaining(5, 5) is None


def test_a_limit_of_nothing_is_reached_at_once():
    for name in ("candidates", "evaluations", "calls", "tokens", "dollars", "seconds"):
        state = {"candidates": 0, "in_flight": 0, "spent": Usage(), "seconds": 0.0, "best": None}
        assert Budget(**{name: 0}).reached(**state) == name


def test_a_target_waits_for_a_valid_candidate_and_may_be_negative():
    assert reached(Budget(target=-5.0), best=None) is None
    assert reached(Budget(target=-5.0), best=-5.0) == "target"


def test_the_target_is_named_before_any_limit():
    assert reached(Budget(target=0.5, candidates=1)) == "target"


@settings(max_examples=60)
@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_what_remains_is_never_negative_and_nothing_exactly_when_the_limit_is_reached(limit, told, in_flight):
    budget = Budget(candidates=limit)
    remaining = budget.remaining(told, in_flight)
    assert remaining == max(0, limit - told - in_flight)
    at = budget.reached(candidates=told, in_flight=in_flight, spent=Usage(), seconds=0.0, best=None)
    assert (remaining == 0) == (at == "candidates")


@pytest.mark.parametrize("name", ["candidates", "evaluations", "calls", "tokens", "dollars", "seconds"])
def test_a_negative_limit_is_refused_by_name(name):
    with pytest.raises(ValueError, match=rf"budget {name} is -1"):
        Budget(**{name: -1})


@settings(max_examples=30)
@given(
    st.builds(
        Budget,
        candidates=st.none() | st.integers(0),
        seconds=st.none() | st.floats(0, 1e9),
        target=st.none() | st.floats(-5, 5),
    )
)
def test_a_budget_goes_through_the_log(budget):
    body = budget.to_body()
    assert None not in body.values()
    assert Budget.from_body(body) == budget


def test_usages_add_up_field_by_field():
    assert SPENT + Usage(1, 2, 3, 4, 0.25) == Usage(6, 5, 63, 44, 0.75)
    assert SPENT + Usage() == SPENT
