from collections import Counter

import pytest

from evoengine.operators import Mix
from evoengine.rng import stream
from evoengine.types import Usage


def test_at_first_all_are_alike():
    assert Mix(["a", "b", "c", "d"]).probabilities() == dict.fromkeys("abcd", 0.25)


def test_what_is_expected_of_operators_decides_at_first_and_for_the_evenly_spread_share():
    mix = Mix(["a", "b", "c"], weights={"a": 2.0, "unknown": 9.0}, floor=0.4)
    assert mix.shares() == pytest.approx({"a": 0.5, "b": 0.25, "c": 0.25})
    for _ in range(500):
        for name in "abc":
            mix.credit(name, float(name == "b"), Usage(evaluations=1))
    shares = mix.shares()
    assert shares["b"] > 0.6
    assert shares["a"] > shares["c"] >= 0.4 * 0.25


def test_an_exponent_pursues_what_is_best_and_leaves_the_evenly_spread_share():
    def shares(exponent, floor=0.0):
        mix = Mix(["a", "b", "idle"], exponent=exponent, floor=floor)
        for _ in range(300):
            for name, gain in (("a", 1.0), ("b", 0.9), ("idle", 0.0)):
                mix.credit(name, gain, Usage(evaluations=1))
        return mix.shares()

    plain, cubed, floored = shares(1.0), shares(3.0), shares(3.0, floor=0.3)
    assert cubed["a"] / cubed["b"] == pytest.approx((plain["a"] / plain["b"]) ** 3)
    assert cubed["a"] > plain["a"] > plain["b"] > cubed["b"]
    assert floored["idle"] == pytest.approx(0.1 + 0.7 * cubed["idle"])
    assert sum(floored.values()) == pytest.approx(1.0)


def test_a_mix_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one operator"):
        Mix([])


def test_an_unknown_operator_cannot_be_credited():
    with pytest.raises(KeyError):
        Mix(["a"]).credit("b", 1.0, Usage(evaluations=1))


def test_gains_are_rewarded():
    mix = Mix(["good", "bad"])
    for _ in range(100):
        mix.credit("good", 1.0, Usage(evaluations=1))
        mix.credit("bad", 0.0, Usage(evaluations=1))
    shares = mix.shares()
    assert shares["good"] > 0.8
    assert shares["bad"] >= 0.1


def test_the_gain_counts_per_evaluation():
    mix = Mix(["cheap", "dear"], floor=0.0)
    for _ in range(100):
        mix.credit("cheap", 1.0, Usage(evaluations=1))
        mix.credit("dear", 1.0, Usage(evaluations=10))
    shares, chances = mix.shares(), mix.probabilities()
    assert shares["cheap"] / shares["dear"] == pytest.approx(10, rel=0.3)
    assert chances["cheap"] / chances["dear"] == pytest.approx(100, rel=0.4)


def test_equal_merit_means_equal_evaluations_not_equal_proposals():
    mix = Mix(["cheap", "dear"])
    for _ in range(100):
        for _ in range(10):
            mix.credit("cheap", 1.0, Usage(evaluations=1))
        mix.credit("dear", 0.0, Usage(evaluations=10))
    mix = Mix(["cheap", "dear"], floor=1.0)
    for _ in range(100):
        mix.credit("cheap", 1.0, Usage(evaluations=1))
        mix.credit("dear", 1.0, Usage(evaluations=10))
    assert mix.shares() == {"cheap": 0.5, "dear": 0.5}
    assert mix.probabilities()["cheap"] == pytest.approx(10 / 11, abs=0.02)


def test_empty_hands_cost_as_much_as_one_evaluation():
    idle, busy = Mix(["a", "b"]), Mix(["a", "b"])
    for _ in range(50):
        for mix, evaluations in ((idle, 0), (busy, 1)):
            mix.credit("a", 0.0, Usage(evaluations=evaluations))
            mix.credit("b", 1.0, Usage(evaluations=1))
    assert idle.state() == busy.state()
    assert idle.shares()["a"] < 0.3


def test_a_great_gain_counts_for_more_than_a_small_one():
    mix = Mix(["great", "small"])
    for _ in range(60):
        mix.credit("great", 1.0, Usage(evaluations=1))
        mix.credit("small", 1e-6, Usage(evaluations=1))
    assert mix.shares()["great"] > 0.7


def test_the_past_fades():
    mix = Mix(["early", "late"])
    for _ in range(500):
        mix.credit("early", 1.0, Usage(evaluations=1))
        mix.credit("late", 0.0, Usage(evaluations=1))
    for _ in range(3000):
        mix.credit("early", 0.0, Usage(evaluations=1))
        mix.credit("late", 1.0, Usage(evaluations=1))
    assert mix.shares()["late"] > 0.8


def test_an_operator_that_was_never_chosen_is_given_the_common_rate():
    mix = Mix(["tried", "untried"], floor=0.0)
    for _ in range(30):
        mix.credit("tried", 1.0, Usage(evaluations=1))
    assert mix.shares()["untried"] == pytest.approx(0.5)


def test_choosing_follows_the_probabilities():
    mix = Mix(["a", "b"])
    for _ in range(50):
        mix.credit("a", 1.0, Usage(evaluations=1))
        mix.credit("b", 0.0, Usage(evaluations=1))
    drawn = Counter(mix.choose(stream(0, proposal, "ask")) for proposal in range(500))
    assert drawn["a"] / 500 == pytest.approx(mix.probabilities()["a"], abs=0.06)


def test_the_state_shows_every_operator():
    mix = Mix(["a", "b"])
    mix.credit("a", 2.0, Usage(evaluations=4))
    state = mix.state()
    assert state["a"].keys() == {"share", "probability", "reward", "cost", "proposals"}
    assert (state["a"]["cost"], state["a"]["proposals"], state["b"]["cost"]) == (4, 1, 0)
    assert state["a"]["reward"] > 0


def test_only_what_is_able_is_drawn_from():
    mix = Mix(["a", "b", "c"])
    mix.credit("b", 1.0, Usage(evaluations=1))
    drawn = Counter(mix.choose(stream(0, n, "ask"), ["a", "c"]) for n in range(200))
    assert set(drawn) == {"a", "c"}
    assert min(drawn.values()) > 60
