"""Prompt problems from the command line, as a new user meets them."""

import json

from command import call
from test_cli import place

__all__ = ["place"]


def test_a_new_prompt_problem_is_checked_searched_and_tested(place):
    code, _, err = call("new", "sums", "--template", "prompt")
    assert code == 0
    assert "evoengine check ./sums --model MODEL" in err
    code, out, _ = call("check", "./sums", "--model", "simulated:")
    assert code == 0
    assert out.startswith("ok   seed 0: ok, fitness ")
    code, out, err = call("run", "./sums", "--model", "simulated:", "--recipe", "reevo", "--candidates", "30")
    assert code == 0, err
    assert "a simulation, no model" in err
    models = json.loads(call("show", "best", "--json")[1])
    assert "simulated" in models["model"]
    code, out, err = call("rescore", "--top", "1", "--repeats", "1")
    assert code == 0
    assert "test accuracy 0." in err
    assert "(Wilson), 12 cases" in err
    assert call("verify")[0] == 0


def test_without_a_model_the_cure_is_named(place):
    for command in (["check", "prompt_counting"], ["run", "prompt_counting", "--candidates", "2"]):
        code, _, err = call(*command)
        assert code != 0
        assert " model" in err
        assert "give --model" in err
