"""Repeated evaluations: their arithmetic, and the conversations that ask for them."""

import math
from dataclasses import replace
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evoengine.effects import Evaluate, GaveUp
from evoengine.noise import interval, pooled, standard_error
from evoengine.operators.base import offer
from evoengine.operators.racing import Raced, Reevaluate
from evoengine.problem import Problem
from evoengine.types import Candidate, Draft, Evaluation, Known, Usage

PROBLEM = Problem("p", ({"x.json": "[1.0]"},), noisy=True, repeats=4)


def scored(fitness, repeats=1, deviation=0.0, **fields):
    return Evaluation(
        "",
        "ok",
        fitness,
        {"fitness": fitness},
        repeats=repeats,
        deviation=deviation,
        usage=Usage(1),
        **fields,
    )


def elite(fitness, repeats=4, deviation=1.0):
    return Known(Candidate("e", PROBLEM.seeds[0], "d"), scored(fitness, repeats, deviation))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12), st.integers(1, 11))
def test_pooling_in_any_grouping_gives_the_mean_and_the_sample_deviation_of_all(values, cut):
    cut = min(cut, len(values) - 1)
    found = pooled([pooled(list(map(scored, values[:cut]))), pooled(list(map(scored, values[cut:])))])
    assert found.repeats == len(values)
    assert found.usage.evaluations == len(values)
    assert found.fitness == pytest.approx(fmean(values), abs=1e-6)
    assert found.objectives["fitness"] == pytest.approx(fmean(values), abs=1e-6)
    assert found.deviation == pytest.approx(stdev(values), abs=1e-3)


def test_a_candidate_that_fails_now_and_then_has_failed():
    failed = Evaluation("", "timeout", feedback="slow", wall_seconds=2.0, usage=Usage(1))
    for order in ([scored(1.0, wall_seconds=1.0), failed], [failed, scored(1.0, wall_seconds=1.0)]):
        found = pooled(order)
        assert (found.status, found.fitness, found.feedback) == ("timeout", None, "slow")
        assert (found.wall_seconds, found.usage.evaluations) == (3.0, 2)
    with pytest.raises(ValueError, match="no evaluation"):
        pooled([])


def test_measures_and_cases_are_means_and_a_category_is_the_first_ones():
    found = pooled(
        [
            scored(1.0, measures={"a": 1.0, "kind": "x", "only": 2.0}, cases={"c": 0.0}),
            scored(1.0, measures={"a": 3.0, "kind": "y"}, cases={"c": 1.0}),
        ]
    )
    assert found.measures == {"a": 2.0, "kind": "x", "only": 2.0}
    assert found.cases == {"c": 0.5}


@pytest.mark.parametrize(
    ("repeats", "t"), [(2, 12.706), (5, 2.776), (16, 2.131), (31, 2.0423), (1001, 1.9623)]
)
def test_the_interval_is_students(repeats, t):
    low, high = interval(scored(1.0, repeats, 2.0))
    assert (high - low) / 2 == pytest.approx(t * 2.0 / math.sqrt(repeats), rel=1e-3)
    assert low + high == pytest.approx(2.0)


def test_nothing_is_said_of_what_was_not_repeated():
    assert interval(scored(1.0)) is None
    assert interval(Evaluation("", "error")) is None
    assert standard_error(scored(1.0)) == 0.0


def held(operator, parents, answer):
    """Hold a conversation; give the samples that it asked for and what it returned."""
    conversation, samples = operator(PROBLEM, parents, (), np.random.default_rng(0)), []
    try:
        effect = next(conversation)
        while True:
            assert isinstance(effect, Evaluate)
            samples.append(effect.sample)
            effect = conversation.send(answer(effect.sample))
    except StopIteration as stop:
        return samples, stop.value


class Offers:
    name = "offers"
    arity = 1

    def __init__(self, *drafts):
        self.drafts = drafts

    def __call__(self, problem, parents, inspirations, rng):
        return offer(*self.drafts)


DRAFT = Draft({"x.json": "[2.0]"})


def test_what_could_be_an_elite_gets_every_repeat():
    samples, (draft,) = held(Raced(Offers(DRAFT)), [elite(1.0)], lambda n: scored(1.0 + n % 2))
    assert samples == [1, 2, 3, 4]
    assert (draft.evaluation.repeats, draft.evaluation.fitness) == (4, 1.5)


def test_what_is_clearly_worse_costs_one_evaluation():
    samples, (draft,) = held(Raced(Offers(DRAFT)), [elite(1.0)], lambda n: scored(-1.0))
    assert samples == [1]
    assert draft.evaluation.fitness == -1.0


def test_a_race_ends_when_the_draft_falls_behind():
    samples, (draft,) = held(
        Raced(Offers(DRAFT)), [elite(1.0)], lambda n: scored([0.9, 0.8, 9.0, 9.0][n - 1])
    )
    assert samples == [1, 2]
    assert draft.evaluation.fitness == pytest.approx(0.85)


def test_a_draft_that_fails_is_not_repeated_and_no_draft_is_no_race():
    samples, (draft,) = held(Raced(Offers(DRAFT)), [elite(1.0)], lambda n: Evaluation("", "error"))
    assert (samples, draft.evaluation.status) == ([1], "error")

    class GivesUp(Offers):
        def __call__(self, *_):
            yield from ()
            return GaveUp("empty")

    assert held(Raced(GivesUp()), [elite(1.0)], None)[1].reason == "empty"
    assert (Raced(GivesUp()).name, Raced(GivesUp()).arity) == ("offers", 1)


def test_a_reevaluation_takes_the_next_sample_and_pools_it_with_what_is_known():
    samples, (draft,) = held(Reevaluate(), [elite(1.0, 4, 0.0)], lambda n: scored(6.0))
    assert samples == [5]
    assert (draft.evaluation.fitness, draft.evaluation.repeats) == (2.0, 5)
    assert draft.genome == PROBLEM.seeds[0]


def test_an_evaluation_with_repeats_survives_the_log():
    from evoengine.encoding import decode_evaluation, encode_evaluation

    texts = {}
    one = replace(scored(1.0, 3, 0.5), candidate="c")
    assert decode_evaluation(encode_evaluation(one, texts), "c", texts.__getitem__) == one
