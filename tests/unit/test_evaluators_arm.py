import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.arm import PlanarArm
from evoengine.evaluation import Invalid


class Holds:
    """A trial whose genome is this text."""

    def __init__(self, text):
        self.genome = {"vector.json": text}


def score(vector):
    return PlanarArm(len(vector)).evaluate(Holds(json.dumps(vector)))


def reference(vector):
    """Walk the arm link by link in the complex plane."""
    place, direction = 0.5 + 0.5j, 0.0
    for zeta in vector:
        direction += 2 * np.pi * zeta - np.pi
        place += np.exp(1j * direction) / (2 * len(vector))
    return place


def test_the_straight_arm():
    result = score([0.5] * 12)
    assert result.fitness == 1.0
    assert result.measures == {"x": pytest.approx(1.0), "y": pytest.approx(0.5)}


def test_the_most_uneven_vector_is_worth_one_half():
    assert score([0.0, 1.0] * 6).fitness == 0.5


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_the_arm_ends_where_its_links_lead(vector):
    result = score(vector)
    place = reference(vector)
    assert result.measures["x"] == pytest.approx(place.real, abs=1e-12)
    assert result.measures["y"] == pytest.approx(place.imag, abs=1e-12)
    assert result.fitness == pytest.approx(1 - np.std(vector))
    assert 0.5 <= result.fitness <= 1.0
    assert abs(place - (0.5 + 0.5j)) <= 0.5 + 1e-12


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON list"),
        ("[" * 199, "no JSON list"),
        ("[0.5, NaN]", "must be finite"),
        ("[0.5, 1e999]", "must be finite"),
        ("[0.5, true]", "must be a number"),
        ("[0.5]", "must have 2 items"),
        ("[0.5, 1.01]", "is above 1.0"),
        ("[-0.01, 1]", "is below 0.0"),
        ('{"0": 0.5, "1": 0.5}', "must be an array"),
        ("[0." + "5" * 200 + ", 0.5]", "has 209 characters, more than 200"),
    ],
)
def test_what_is_no_vector_is_refused(text, reason):
    with pytest.raises(Invalid, match=reason):
        PlanarArm(2).evaluate(Holds(text))


def test_nesting_that_the_parser_cannot_follow_is_refused():
    with pytest.raises(Invalid, match="no JSON list"):
        PlanarArm(2_000).evaluate(Holds("[" * 100_000))
