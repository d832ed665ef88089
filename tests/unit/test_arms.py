"""Bandits over operators, models and temperatures."""

from collections import Counter

import pytest

from evoengine.operators.arms import UCB1, Arm, Thompson, cost_of, make_arms
from evoengine.rng import stream
from evoengine.types import Usage

ARMS = make_arms(("rewrite", "edit"), ("small", "large"), (None, 0.5))
PAID = Usage(calls=1, tokens_in=100, tokens_out=20, dollars=0.01)
BANDITS = pytest.mark.parametrize("kind", [UCB1, Thompson])


def choices(bandit, count=300):
    return Counter(bandit.choose(stream(0, n, "ask")).name for n in range(count))


def test_arms_are_every_combination_each_with_a_name():
    assert len(ARMS) == 8
    assert [arm.name for arm in ARMS[:3]] == ["rewrite(small)", "rewrite(small, 0.5)", "rewrite(large)"]
    assert make_arms(("edit",)) == (Arm("edit"),)
    assert Arm("edit").name == "edit"
    assert Arm("edit", temperature=1.0).name == "edit(1)"


def test_an_arm_says_what_its_jobs_carry():
    assert Arm("edit").hints == {}
    assert Arm("edit", "small").hints == {"model": "small"}
    assert Arm("edit", "small", 0.0).hints == {"model": "small", "temperature": 0.0}


def test_costs_are_counted_in_the_unit_asked_for():
    assert cost_of(PAID, "dollars") == 0.01
    assert cost_of(PAID, "tokens") == 120
    assert cost_of(PAID, "calls") == 1


@BANDITS
def test_choosing_changes_nothing_but_the_generator(kind):
    bandit = kind(ARMS)
    bandit.credit(ARMS[0].name, 1.0, PAID)
    before = bandit.state()
    assert choices(bandit) == choices(bandit)
    assert bandit.state() == before


@BANDITS
def test_the_state_is_a_fold_of_what_was_credited(kind):
    one, two = kind(ARMS, discount=0.9), kind(ARMS, discount=0.9)
    for bandit in (one, two):
        for n, arm in enumerate(ARMS * 3):
            bandit.credit(arm.name, n % 3, PAID)
    assert one.state() == two.state()
    assert choices(one) == choices(two)


@BANDITS
def test_what_gains_is_chosen_more_often(kind):
    bandit = kind(make_arms(("good", "bad")))
    for n in range(200):
        bandit.credit("good", float(n % 2), PAID)
        bandit.credit("bad", 0.0, PAID)
    assert choices(bandit)["good"] > 290


@BANDITS
def test_of_equal_gains_the_cheaper_is_chosen_more_often(kind):
    bandit = kind(make_arms(("cheap", "dear")))
    for n in range(200):
        bandit.credit("cheap", float(n % 2), Usage(dollars=0.01))
        bandit.credit("dear", float(n % 2), Usage(dollars=0.1))
    assert choices(bandit)["cheap"] > 290
    costs = bandit.costs()
    assert costs["dear"] / costs["cheap"] == pytest.approx(10, rel=0.1)


@BANDITS
def test_the_scale_of_the_gains_does_not_matter(kind):
    bandits = [kind(ARMS), kind(ARMS)]
    for bandit, scale in zip(bandits, (1.0, 1e-9), strict=True):
        for n, arm in enumerate(ARMS * 5):
            bandit.credit(arm.name, scale * (n % 4), PAID)
    assert bandits[0].state() == bandits[1].state()


@BANDITS
def test_where_nothing_costs_anything_all_cost_the_same(kind):
    bandit = kind(ARMS)
    assert set(bandit.costs().values()) == {1.0}
    bandit.credit(ARMS[0].name, 1.0, Usage(calls=1))
    assert set(bandit.costs().values()) == {1.0}


def test_a_free_call_does_not_make_an_arm_free():
    bandit = UCB1(make_arms(("lucky", "paid")))
    bandit.credit("lucky", 0.0, Usage())
    bandit.credit("paid", 0.0, PAID)
    assert bandit.costs()["lucky"] > 0.2


def test_ucb1_tries_every_arm_first():
    bandit = UCB1(ARMS)
    for n in range(len(ARMS)):
        bandit.credit(bandit.choose(stream(1, n, "ask")).name, 0.0, PAID)
    assert all(account["pulls"] == 1 for account in bandit.state().values())


def test_ucb1_is_its_formula():
    bandit = UCB1(make_arms(("a", "b")), unit="calls")
    for _ in range(3):
        bandit.credit("a", 0.0, PAID)
    bandit.credit("b", 1.0, PAID)
    indices = bandit.indices(stream(0, 0, "ask"))
    assert indices["a"] == pytest.approx((2 * 1.3862943611 / 3) ** 0.5)
    assert indices["b"] == pytest.approx(1 + (2 * 1.3862943611) ** 0.5)


def test_a_discount_forgets():
    bandit = Thompson(make_arms(("old", "new")), discount=0.9)
    for _ in range(50):
        bandit.credit("old", 1.0, PAID)
    for _ in range(50):
        bandit.credit("new", 1.0, PAID)
    assert bandit.state()["old"]["reward"] < 0.1
    assert bandit.state()["new"]["reward"] > 9


@BANDITS
def test_what_no_bandit_can_be_is_refused(kind):
    for arms in ((), (Arm("a"), Arm("a"))):
        with pytest.raises(ValueError, match="all different"):
            kind(arms)
    for discount in (0.0, 1.5):
        with pytest.raises(ValueError, match="discount"):
            kind(ARMS, discount=discount)
    with pytest.raises(KeyError):
        kind(ARMS).credit("unknown", 1.0, PAID)
