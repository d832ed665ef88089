"""Bandits over operators, models and temperatures."""

from collections import Counter

import pytest

from evoengine.operators.arms import Arm
from evoengine.operators.bandits import UCB1, Thompson
from evoengine.rng import stream
from evoengine.types import Usage

ARMS = [
    Arm(operator, model, degrees)
    for operator in ("rewrite", "edit")
    for model in ("small", "large")
    for degrees in (None, 0.5)
]
NAMES = [arm.name for arm in ARMS]
PAID = Usage(calls=1, tokens_in=100, tokens_out=20, dollars=0.01)
BANDITS = pytest.mark.parametrize("kind", [UCB1, Thompson])


def choices(bandit, count=300):
    return Counter(bandit.choose(stream(0, n, "ask")) for n in range(count))


def test_an_arm_has_a_name_that_says_all_of_it():
    assert NAMES[:3] == ["rewrite(small)", "rewrite(small, 0.5)", "rewrite(large)"]
    assert Arm("edit").name == "edit"
    assert Arm("edit", temperature=1.0).name == "edit(1)"
    assert Arm("edit", "small", 0.5, "12-0").name == "edit(small, 0.5, by 12-0)"


@pytest.mark.parametrize("model", ["", "small", "Org/Name-0.5B (v2)", "a, b", "(x)"])
@pytest.mark.parametrize("temperature", [None, 0.0, 0.75, 1.0])
@pytest.mark.parametrize("instructions", ["", "12-0"])
def test_a_name_is_read_back(model, temperature, instructions):
    arm = Arm("edit", model, temperature, instructions)
    assert Arm.parse(arm.name) == arm


def test_an_arm_says_what_its_jobs_carry():
    assert Arm("edit").hints == {}
    assert Arm("edit", "small").hints == {"model": "small"}
    assert Arm("edit", "small", 0.0).hints == {"model": "small", "temperature": 0.0}
    assert Arm("edit", instructions="3-0").hints == {"instructions": "3-0"}


def test_costs_are_counted_in_the_first_unit_that_every_arm_tried_has_spent():
    bandit = UCB1(["a", "b"])
    assert bandit.unit == "evaluations"
    bandit.credit("a", 0.0, PAID)
    assert bandit.unit == "dollars"
    bandit.credit("b", 0.0, Usage(calls=1, tokens_in=5))
    assert bandit.unit == "tokens"
    bandit = UCB1(["asks", "asks nobody"], discount=1.0)
    bandit.credit("asks", 0.0, PAID)
    bandit.credit("asks nobody", 0.0, Usage(evaluations=7))
    assert bandit.unit == "evaluations"
    costs = bandit.costs()
    assert costs["asks nobody"] / costs["asks"] == pytest.approx((7 + 4) / (1 + 4))


@BANDITS
def test_choosing_changes_nothing_but_the_generator(kind):
    bandit = kind(NAMES)
    bandit.credit(NAMES[0], 1.0, PAID)
    before = bandit.state()
    assert choices(bandit) == choices(bandit)
    assert bandit.state() == before


@BANDITS
def test_the_state_is_a_fold_of_what_was_credited(kind):
    one, two = kind(NAMES, discount=0.9), kind(NAMES, discount=0.9)
    for bandit in (one, two):
        for n, name in enumerate(NAMES * 3):
            bandit.credit(name, n % 3, PAID)
    assert one.state() == two.state()
    assert choices(one) == choices(two)


@BANDITS
def test_what_gains_is_chosen_more_often(kind):
    bandit = kind(["good", "bad"])
    for n in range(200):
        bandit.credit("good", float(n % 2), PAID)
        bandit.credit("bad", 0.0, PAID)
    assert choices(bandit)["good"] > 290


@BANDITS
def test_of_equal_gains_the_cheaper_is_chosen_more_often(kind):
    bandit = kind(["cheap", "dear"])
    for n in range(200):
        bandit.credit("cheap", float(n % 2), Usage(calls=1, dollars=0.01))
        bandit.credit("dear", float(n % 2), Usage(calls=1, dollars=0.1))
    assert choices(bandit)["cheap"] > 290
    costs = bandit.costs()
    assert costs["dear"] / costs["cheap"] == pytest.approx(10, rel=0.1)


@BANDITS
def test_the_scale_of_the_gains_does_not_matter(kind):
    bandits = [kind(NAMES), kind(NAMES)]
    for bandit, scale in zip(bandits, (1.0, 1e-9), strict=True):
        for n, name in enumerate(NAMES * 5):
            bandit.credit(name, scale * (n % 4), PAID)
    assert bandits[0].state() == bandits[1].state()


@BANDITS
def test_where_nothing_was_tried_all_cost_the_same(kind):
    assert set(kind(NAMES).costs().values()) == {1.0}


@BANDITS
def test_only_what_is_able_is_chosen(kind):
    bandit = kind(NAMES)
    assert {bandit.choose(stream(0, n, "ask"), NAMES[2:4]) for n in range(50)} == set(NAMES[2:4])


def test_an_answer_from_the_cache_does_not_make_an_arm_free():
    bandit = UCB1(["lucky", "paid"])
    for dollars in (0.0001, 0.01):
        bandit.credit("lucky", 0.0, Usage(calls=1, dollars=dollars))
        bandit.credit("paid", 0.0, PAID)
    assert bandit.unit == "dollars"
    assert bandit.costs()["lucky"] > 0.2


def test_ucb1_tries_every_arm_first():
    bandit = UCB1(NAMES)
    for n in range(len(NAMES)):
        bandit.credit(bandit.choose(stream(1, n, "ask")), 0.0, PAID)
    assert all(account["proposals"] > 0.9 for account in bandit.state().values())


def test_ucb1_is_its_formula():
    bandit = UCB1(["a", "b"], discount=1.0)
    for _ in range(3):
        bandit.credit("a", 0.0, PAID)
    bandit.credit("b", 1.0, PAID)
    indices = bandit.indices(stream(0, 0, "ask"))
    assert indices["a"] == pytest.approx((2 * 1.3862943611 / 3) ** 0.5)
    assert indices["b"] == pytest.approx(1 + (2 * 1.3862943611) ** 0.5)


def test_a_discount_forgets():
    bandit = Thompson(["old", "new"], discount=0.9)
    for _ in range(50):
        bandit.credit("old", 1.0, PAID)
    for _ in range(50):
        bandit.credit("new", 1.0, PAID)
    assert bandit.state()["old"]["reward"] < 0.1
    assert bandit.state()["new"]["reward"] > 9


@BANDITS
def test_what_no_bandit_can_be_is_refused(kind):
    for names in ((), ("a", "a")):
        with pytest.raises(ValueError, match="all different"):
            kind(names)
    for discount in (0.0, 1.5):
        with pytest.raises(ValueError, match="discount"):
            kind(NAMES, discount=discount)
    with pytest.raises(KeyError):
        kind(NAMES).credit("unknown", 1.0, PAID)
