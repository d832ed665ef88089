"""Choices from tokens."""

from math import log

import pytest

from evoengine.llm.likelihoods import read_likelihoods


def token(text, probability, **others):
    top = [{"token": name, "logprob": log(p)} for name, p in {text: probability, **others}.items()]
    return {"token": text, "logprob": log(probability), "top_logprobs": top}


def test_one_token_decides_and_the_rest_is_not_read():
    content = [token("yes", 0.6, no=0.2, perhaps=0.2), {"token": "broken"}]
    assert read_likelihoods({"content": content}, ("yes", "no")) == pytest.approx({"yes": 0.75, "no": 0.25})


def test_blanks_before_the_answer_say_nothing():
    content = [token("\n", 0.5, yes=0.25, no=0.25), token(" no", 1.0)]
    assert read_likelihoods({"content": content}, ("yes", "no")) == pytest.approx({"yes": 0.25, "no": 0.75})


def test_choices_that_begin_alike_are_told_apart_later():
    content = [token("exc", 0.8, bad=0.2), token("ited", 0.25, ellent=0.75)]
    told = read_likelihoods({"content": content}, ("excellent", "excited", "bad"))
    assert told == pytest.approx({"excellent": 0.6, "excited": 0.2, "bad": 0.2})


def test_a_choice_that_another_one_begins_with_is_complete_when_the_text_ends_or_goes_on_otherwise():
    ended = [token("1", 1.0), token("<end>", 0.7, **{"0": 0.3})]
    assert read_likelihoods({"content": ended}, ("1", "10")) == pytest.approx({"1": 0.7, "10": 0.3})
    silent = [token("1", 0.5, **{"2": 0.5})]
    assert read_likelihoods({"content": silent}, ("1", "10", "2")) == pytest.approx(
        {"1": 0.5, "10": 0.0, "2": 0.5}
    )
    assert read_likelihoods({"content": [token("1.", 1.0)]}, ("1", "10")) == {"1": 1.0, "10": 0.0}


def test_an_alternative_that_leads_to_several_is_shared():
    content = [token("7", 0.5, **{"1": 0.5})]
    assert read_likelihoods({"content": content}, ("1", "10", "7")) == {"1": 0.25, "10": 0.25, "7": 0.5}


@pytest.mark.parametrize(
    "content", [None, [], "text", [{}], [{"token": "yes"}], [token("maybe", 1.0)], [token(" ", 1.0)]]
)
def test_an_endpoint_that_says_nothing_of_the_choices_gives_nothing(content):
    assert read_likelihoods({"content": content}, ("yes", "no")) == {}
    assert read_likelihoods(content, ("yes", "no")) == {}
