import itertools
import random

import numpy as np
import pytest

from evaluators.cap_set import CapSet
from evoengine.evaluation import Invalid

LARGEST = {1: 2, 2: 4, 3: 9, 4: 20, 5: 45}
"""The sizes of the largest cap sets, which are known up to dimension 6."""


class Maps:
    """A trial whose candidate is this function."""

    def __init__(self, priority):
        self._priority = priority

    def map(self, name, argument_list):
        assert name == "priority"
        return [self._priority(list(vector), n) for vector, n in argument_list]


def score(priority, dimensions=8):
    return CapSet(dimensions).evaluate(Maps(priority))


def members(result):
    return [tuple(map(int, line)) for line in result.artifacts["cap_set"].splitlines()]


def are_on_a_line(a, b, c):
    return all((x + y + z) % 3 == 0 for x, y, z in zip(a, b, c, strict=True))


def funsearch(element, n):
    """Romera-Paredes et al. 2024, the function that builds the 512-cap, restated."""
    zeros = element.count(0)
    first, second, third = (element[i] == element[-i] for i in (1, 2, 3))
    score = n * 0.5 ** (first + second) if zeros else (n + n**2) * 1.5 ** (first + second + third)
    seen = 0
    for entry in element:
        if entry:
            score += 1
            continue
        score *= n * 0.5 if seen == 0 else 0.5 if seen == zeros - 1 else n * 0.5**seen
        seen += 1
    return score * 1.5 ** (first + second)


def test_funsearch_s_function_builds_its_512_cap():
    result = score(funsearch)
    assert result.exact
    assert result.objectives == {"size": 512.0}
    assert "128 of weight 8" in result.feedback
    vectors = members(result)
    assert len(set(vectors)) == 512
    weights = [sum(entry != 0 for entry in vector) for vector in vectors]
    assert sorted((weights.count(w), w) for w in set(weights)) == [(128, 5), (128, 8), (256, 4)]
    assert result.measures["mean_weight"] == pytest.approx(sum(weights) / 8 / 512)


def test_the_512_cap_has_no_three_vectors_on_a_line():
    vectors = members(score(funsearch))
    present = set(vectors)
    for a, b in itertools.combinations(vectors, 2):
        third = tuple(-(x + y) % 3 for x, y in zip(a, b, strict=True))
        assert third not in present


def test_without_priorities_the_set_is_the_cube():
    result = score(lambda element, n: 0.0)
    assert result.objectives == {"size": 256.0}
    assert set(members(result)) == set(itertools.product((0, 1), repeat=8))
    assert result.measures == {"mean_weight": 0.5, "distinct": 0.0}


@pytest.mark.parametrize("dimensions", LARGEST)
def test_no_priorities_make_more_than_the_largest_cap_set(dimensions):
    draw = random.Random(dimensions)
    sizes = []
    for _ in range(20):
        result = score(lambda *_: draw.random(), dimensions)
        vectors = members(result)
        sizes.append(result.objectives["size"])
        assert sizes[-1] == len(set(vectors)) <= LARGEST[dimensions]
        if dimensions <= 3:
            assert not any(are_on_a_line(*triple) for triple in itertools.combinations(vectors, 3))
    assert max(sizes) == LARGEST[dimensions] or dimensions > 3


def test_equal_priorities_are_taken_in_lexicographic_order():
    result = score(lambda element, n: float(element == [2, 2]), 2)
    assert members(result)[:3] == [(2, 2), (0, 0), (0, 1)]


@pytest.mark.parametrize(
    "answer", [None, True, "1", float("nan"), float("inf"), 10**400, 1e101, [1.0], np.ones(2)]
)
def test_what_is_no_priority_is_refused(answer):
    with pytest.raises(Invalid, match=r"priority\(element, n\)\[0\] (must be|= 1e\+101 is above)"):
        score(lambda *_: answer, 2)


def test_a_set_with_a_line_would_not_pass():
    with pytest.raises(AssertionError, match="on a line"):
        CapSet(2)._verify(np.array([[0, 0], [1, 1], [2, 2]]))
    with pytest.raises(AssertionError, match="twice"):
        CapSet(2)._verify(np.array([[0, 1], [0, 1]]))
