import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.qd_suite import Plateaus, Spiral, Trap, plateau_radius
from evoengine.archives import GridArchive
from evoengine.evaluation import Invalid
from evoengine.problem import Measure
from evoengine.types import Candidate, Evaluation

SADDLE = [7.3845, 12.5]
RADII = (0, 1, 2, 5, 8, 25, 42, 97, 152, 281, 410)


class Holds:
    """A trial whose genome is this text."""

    def __init__(self, text):
        self.genome = {"vector.json": text}


def measures(evaluator, vector):
    score = evaluator.evaluate(Holds(json.dumps(vector)))
    assert score.fitness == 1.0
    return score.measures


def test_neighbouring_turns_are_near_in_the_plane_and_far_along_the_spiral():
    inner = measures(Spiral(1.0), [36 * math.pi])
    outer = measures(Spiral(1.0), [38 * math.pi])
    assert math.dist((inner["x"], inner["y"]), (outer["x"], outer["y"])) == pytest.approx(0.02 * math.pi)
    assert outer["arc"] - inner["arc"] > 7.0


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 40 * math.pi))
def test_the_arc_is_the_length_of_the_spiral(angle):
    angles = np.linspace(0.0, angle, 20_001)
    x, y = 0.01 * angles * np.cos(angles), 0.01 * angles * np.sin(angles)
    found = measures(Spiral(1.0), [angle])
    assert found["arc"] == pytest.approx(np.hypot(np.diff(x), np.diff(y)).sum(), rel=1e-4, abs=1e-9)
    assert (found["x"], found["y"]) == pytest.approx((x[-1], y[-1]))


@pytest.mark.parametrize("ring", range(5))
def test_slopes_and_plateaus_take_turns(ring):
    slope, plateau, end = RADII[2 * ring : 2 * ring + 3]
    assert plateau - slope == end - plateau == 2 * ring**3 + 1
    for length in np.linspace(slope, plateau, 7, endpoint=False):
        assert plateau_radius(length) == length
    for length in np.linspace(plateau, end, 7, endpoint=False):
        assert plateau_radius(length) == plateau


def test_the_radius_is_that_of_the_whole_vector():
    assert measures(Plateaus(2, 1.0), [-1.2, 1.6]) == {"radius": pytest.approx(2.0)}
    assert measures(Plateaus(3, 10.0), [0.2, 0.1, 0.2]) == {"radius": pytest.approx(3.0)}
    assert measures(Plateaus(), [1e9, 1e9])["radius"] <= 10 * math.sqrt(2) * 1e9


def test_the_steep_hill_is_the_lower_one():
    steep, gentle, saddle = (measures(Trap(), point)["height"] for point in ([5, 12.5], [15, 12.5], SADDLE))
    assert (steep, gentle) == pytest.approx((0.7210, 1.0), abs=1e-4)
    line = [measures(Trap(), [x, 12.5])["height"] for x in np.linspace(5, 15, 201)]
    assert saddle == pytest.approx(min(line), abs=1e-4)


def reached(evaluator, archive, seed, sigma, evaluations=3000):
    """Fill an archive by normal steps from elites, as MAP-Elites does; give the elites' measures."""
    rng = np.random.default_rng(0)
    parent = np.array(seed)
    for number in range(evaluations):
        elites = archive.elites()
        if elites:
            parent = json.loads(elites[rng.integers(len(elites))].candidate.genome["vector.json"])
        text = json.dumps((parent + rng.normal(0.0, sigma if elites else 0.0, len(seed))).tolist())
        try:
            found = evaluator.evaluate(Holds(text)).measures
        except Invalid:
            continue
        archive.insert(
            Candidate(str(number), {"vector.json": text}, str(number)),
            Evaluation(str(number), "ok", 1.0, measures=found),
        )
    return [elite.evaluation.measures for elite in archive.elites()]


def test_a_coarse_grid_of_the_plane_stops_a_search_that_goes_on_along_the_arc():
    plane = GridArchive([Measure("x", -1.26, 1.26, 10), Measure("y", -1.26, 1.26, 10)])
    along = GridArchive([Measure("arc", 0.0, 79.0, 100)])
    in_plane = reached(Spiral(), plane, [2 * math.pi], 0.1)
    on_arc = reached(Spiral(), along, [2 * math.pi], 0.1)
    assert len(in_plane) < 88 / 3
    assert len({int(found["arc"]) for found in in_plane}) < len(on_arc) / 2


def test_steps_that_cross_one_plateau_are_too_short_for_the_next():
    furthest = [
        max(m["radius"] for m in reached(Plateaus(), radii, [0.0, 0.0], sigma))
        for sigma, radii in ((s, GridArchive([Measure("radius", 0.0, 281.0, 281)])) for s in (0.01, 0.1, 1.0))
    ]
    assert furthest[0] <= 1.0 < furthest[1] <= 25.0 < furthest[2] <= 97.0


def test_small_steps_lead_up_the_steep_hill_and_no_further():
    small, large = (
        [m["height"] for m in reached(Trap(), GridArchive([Measure("height", 0.0, 1.0, 100)]), SADDLE, sigma)]
        for sigma in (0.1, 1.0)
    )
    assert max(small) < 0.73
    assert len(small) > 60
    assert max(large) > 0.99


@pytest.mark.parametrize(
    ("evaluator", "text", "reason"),
    [
        (Spiral(), "[12.6]", "above"),
        (Spiral(), "[-0.1]", "below"),
        (Spiral(), "[1, 2]", "must have 1 items"),
        (Plateaus(), "[1, 1e10]", "above"),
        (Plateaus(), "[NaN, 1]", "must be finite"),
        (Trap(), "[true, 1]", "must be a number"),
        (Trap(), "nothing", "no JSON list"),
    ],
)
def test_what_is_no_such_vector_is_refused(evaluator, text, reason):
    with pytest.raises(Invalid, match=reason):
        evaluator.evaluate(Holds(text))
