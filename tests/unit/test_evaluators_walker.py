import copy
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.walker import (
    STEP,
    Walker,
    advance,
    build_body,
    progress,
    read_creature,
    rest_lengths,
    simulate,
)
from evoengine.evaluation import Invalid

TRIANGLE = {
    "joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
    "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
}
RUNNER = json.loads((Path(__file__).parents[1] / "data" / "walker_runner.json").read_text("utf-8"))
STIFFNESS, STRENGTH, GRAVITY = 1500.0, 98.1, 9.81


class Returns:
    """A trial whose candidate gives this walker."""

    def __init__(self, value):
        self._value = value

    def call(self, name):
        assert name == "walker"
        return self._value


def score(value):
    return Walker().evaluate(Returns(value))


def body(value):
    return build_body(read_creature(value))


def above(metres):
    return np.array([[0.0], [metres]])


def changed(**parts):
    return {**copy.deepcopy(TRIANGLE), **parts}


@st.composite
def creatures(draw, amplitude=0.0):
    """Draw walkers in one piece, joint by joint, each hung on one or two before it."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    count = draw(st.integers(3, 10))
    places = rng.permutation(100)[:count]
    joints = (np.column_stack([places % 10, places // 10]) + rng.uniform(-0.4, 0.4, (count, 2))) / 1.5
    pairs = {(int(rng.integers(i)), i) for i in range(1, count) for _ in range(2)}
    muscles = [[i, j, rng.uniform(-amplitude, amplitude), rng.uniform()] for i, j in sorted(pairs)]
    return {"joints": joints.tolist(), "muscles": muscles}


def energy(creature, state):
    """Add up the energy of motion, height and muscles; those of muscles grow linearly once they give way."""
    first, second = creature.creature.ends
    lengths = np.hypot(*(state[:2, second] - state[:2, first]))
    stretch = np.abs(lengths - creature.lengths)
    bend = STRENGTH / STIFFNESS
    elastic = np.where(stretch < bend, STIFFNESS * stretch**2 / 2, STRENGTH * (stretch - bend / 2))
    moving = creature.masses * (state[2:] ** 2).sum(axis=0) / 2
    return float((creature.shares * elastic).sum() + (moving + GRAVITY * creature.masses * state[1]).sum())


@settings(max_examples=15, deadline=None)
@given(creatures())
def test_a_body_without_muscles_at_work_only_loses_energy(drawn):
    passive = body(drawn)
    state = np.concatenate([passive.creature.joints + above(1.0), np.zeros_like(passive.creature.joints)])
    start = energy(passive, state)
    for _ in range(240):
        state = advance(passive, state, passive.lengths)
        assert energy(passive, state) <= start * 1.02 + 0.01
        assert state[1].min() >= -1e-9
    assert energy(passive, state) < start


@settings(max_examples=25, deadline=None)
@given(creatures())
def test_no_mode_is_too_fast_for_the_step(drawn):
    passive = body(drawn)
    first, second = passive.creature.ends
    count = len(passive.masses)
    matrix = np.zeros((2 * count, 2 * count))
    for k, (i, j) in enumerate(zip(first, second, strict=True)):
        along = np.zeros(2 * count)
        direction = (passive.creature.joints[:, j] - passive.creature.joints[:, i]) / passive.lengths[k]
        along[[i, count + i]], along[[j, count + j]] = -direction, direction
        matrix += STIFFNESS * passive.shares[k] * np.outer(along, along)
    root = np.sqrt(np.tile(passive.masses, 2))
    fastest = math.sqrt(np.linalg.eigvalsh(matrix / np.outer(root, root)).max())
    assert fastest <= math.sqrt(2 * STIFFNESS) * (1 + 1e-9)
    assert fastest * STEP < 0.5


@settings(max_examples=10, deadline=None)
@given(creatures(0.4))
def test_in_the_air_muscles_do_not_move_the_centre_of_mass(drawn):
    flying = body(drawn)
    state = np.concatenate([flying.creature.joints + above(50.0), np.zeros_like(flying.creature.joints)])
    before = (flying.masses * state[:2]).sum(axis=1) / flying.masses.sum()
    for rest in rest_lengths(flying, 120):
        state = advance(flying, state, rest)
    after = (flying.masses * state[:2]).sum(axis=1) / flying.masses.sum()
    assert after[0] == pytest.approx(before[0], abs=1e-6)
    assert after[1] - before[1] == pytest.approx(-GRAVITY / 2, rel=0.05)


@settings(max_examples=6, deadline=None)
@given(creatures(0.4))
def test_any_walker_is_worth_something_finite(drawn):
    result = score(drawn)
    assert abs(result.objectives["distance"]) < 100.0


def test_a_walker_with_slack_muscles_stays_where_it_is():
    for muscle in (still := copy.deepcopy(RUNNER))["muscles"]:
        muscle[2] = 0.0
    assert score(still).objectives["distance"] == pytest.approx(0.0, abs=0.1)


def test_muscles_are_what_the_statement_says():
    moving = body(TRIANGLE)
    lengths = rest_lengths(moving, 240)
    seconds = STEP * np.arange(1, 241)
    expected = 2.0 * (1 + np.minimum(1, seconds) * 0.3 * np.sin(2 * np.pi * seconds))
    assert lengths[:, 0] == pytest.approx(expected, abs=1e-6)
    assert (lengths[:, 2] == moving.lengths[2]).all()
    assert moving.masses.sum() == pytest.approx(moving.lengths.sum())


def test_falling_forward_pays_little():
    tower = {
        "joints": [[0.0, 0.0], [0.6, 0.0], [0.0, 9.0], [0.6, 9.0]],
        "muscles": [
            [0, 1, 0, 0],
            [0, 2, 0.02, 0],
            [1, 3, -0.02, 0],
            [2, 3, 0, 0],
            [0, 3, 0, 0],
            [1, 2, 0, 0],
        ],
    }
    fallen = body(tower)
    distance, centre, rear = progress(fallen, simulate(fallen))
    assert centre > 4.0
    assert distance == rear < 1.0


def test_a_runner_found_by_search_runs():
    result = score(RUNNER)
    assert result.objectives["distance"] == pytest.approx(26.288808782398, abs=1e-6)
    assert result.measures == pytest.approx({"height": 4.997, "width": 2.841, "mass": 26.837906})
    assert "centre of mass came" in result.feedback
    assert result.artifacts == {"held_out": "each joint up to 0.001 m elsewhere: distance 17.024 m"}
    assert score(RUNNER) == result


@pytest.mark.parametrize("shift", [[-1000.0, 500.0], [7.0, -3.0]])
def test_where_it_is_designed_does_not_matter(shift):
    moved = changed(joints=(np.array(TRIANGLE["joints"]) + shift).tolist())
    assert score(moved).objectives["distance"] == pytest.approx(
        score(TRIANGLE).objectives["distance"], abs=1e-3
    )


def test_joints_may_be_an_array():
    assert score(changed(joints=np.array(TRIANGLE["joints"]))).objectives == score(TRIANGLE).objectives


def test_what_flies_apart_is_refused():
    moving = body(TRIANGLE)
    state = np.concatenate([moving.creature.joints, np.full((2, 3), 99.99)])
    with pytest.raises(Invalid, match="flies apart"):
        advance(moving, state, moving.lengths * 50.0)
    with pytest.raises(Invalid, match="flies apart"):
        advance(moving, state * np.nan, moving.lengths)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, r"walker\(\) must be a dict, not None"),
        ({"joints": []}, r"walker\(\) lacks 'muscles'"),
        (changed(mass=1), "has 'mass', which is none of joints, muscles"),
        (changed(joints=[]), "the number of joints = 0 is below 3"),
        (changed(joints=[[0.0, 0.0]] * 41), "the number of joints = 41 is above 40"),
        (changed(joints=np.array(1.0)), "joints must be a list, not a single number"),
        (changed(joints="abc"), "joints must be a list, not str"),
        (changed(joints=[[0, 0], [1, 0], [1, math.nan]]), "must be finite"),
        (changed(joints=[[0, 0], [11, 0], [1, 1]]), "11 m wide, more than 10"),
        (changed(joints=[[0, 0], [1, 0], [1, 10.5]]), "10.5 m high, more than 10"),
        (changed(joints=[[0, 0], [1, 0], [1, 0.05]]), "joints 1 and 2 are 0.05 m apart"),
        (changed(muscles=[]), "muscles must have 2 to 200 items, not 0"),
        (changed(muscles=[[0, 1, 0, 0]] * 201), "muscles must have 2 to 200 items, not 201"),
        (changed(muscles=[[0, 1, 0, 0], [0, 1, 0, 0]]), "two muscles connect the same joints"),
        (changed(muscles=[[0, 1, 0, 0], [1, 0, 0, 0]]), "two muscles connect the same joints"),
        (changed(muscles=[[0, 0, 0, 0], [0, 1, 0, 0]]), "connects joint 0 with itself"),
        (changed(muscles=[[0, 3, 0, 0], [0, 1, 0, 0]]), r"muscles\[0\]\[1\] = 3 is above 2"),
        (changed(muscles=[[0, 1.0, 0, 0], [0, 2, 0, 0]]), r"muscles\[0\]\[1\] must be an integer"),
        (changed(muscles=[[0, 1, 0.5, 0], [0, 2, 0, 0]]), r"muscles\[0\]\[2\] = 0.5 is above 0.4"),
        (changed(muscles=[[0, 1, 0, math.inf], [0, 2, 0, 0]]), r"muscles\[0\]\[3\] must be finite"),
        (changed(muscles=[[0, 1, 0], [0, 2, 0, 0]]), r"muscles\[0\] must have 4 items, not 3"),
        (
            changed(joints=[[0, 0], [1, 0], [5, 0], [6, 0]], muscles=[[0, 1, 0, 0], [2, 3, 0, 0]]),
            "joint 2 is not connected with joint 0",
        ),
    ],
)
def test_what_is_no_walker_is_refused(value, reason):
    with pytest.raises(Invalid, match=reason):
        score(value)
