import math

import numpy as np
import pytest

from evaluators.pendulum import HELD_OUT, STEPS, PendulumSwingUp
from evoengine.errors import CandidateFailure
from evoengine.evaluation import Invalid

CASES = [f"swing-{i}" for i in range(8)]


class Drives:
    """A trial whose candidate is this function."""

    def __init__(self, control, cases):
        self._control = control
        self.cases = tuple(cases)

    def drive(self, name):
        assert name == "control"
        return self._control


def score(control, cases=CASES, **settings):
    return PendulumSwingUp(**settings).evaluate(Drives(control, cases))


def nothing(angle, speed, step):
    return 0.0


def spring(angle, speed, step):
    return -10 * angle - 2 * speed


def energy_shaping(angle, speed, step):
    """Astrom and Furuta 2000: pump energy, and catch the pendulum near the top."""
    if abs(angle) < 0.4:
        return -20 * angle - 4 * speed
    return -2 * (speed**2 / 6 + 5 * (math.cos(angle) - 1)) * speed


@pytest.mark.parametrize(("control", "value"), [(spring, -987.5195), (energy_shaping, -195.6120)])
def test_known_controllers_are_worth_what_the_readme_says(control, value):
    assert score(control).objectives["return"] == pytest.approx(value, abs=1e-3)


def test_controllers_are_told_apart_on_many_episodes():
    """The returns known of Pendulum-v1: about -1200 for random torques, about -150 for good controllers."""
    many = [f"swing-{i}" for i in range(100)]
    rng = np.random.default_rng(0)
    returns = [
        score(control, many).objectives["return"]
        for control in (lambda *_: float(rng.uniform(-2, 2)), spring, energy_shaping)
    ]
    assert returns == pytest.approx([-1250, -930, -150], rel=0.06)


def reference(control, start):
    """Simulate one episode, readably, with the direction as a point on the circle."""
    x, y, speed, total = math.cos(start.angle), math.sin(start.angle), start.speed, 0.0
    for step in range(STEPS):
        angle = math.atan2(y, x)
        torque = float(np.clip(control(angle, speed, step), -2, 2))
        total -= angle**2 + 0.1 * speed**2 + 0.001 * torque**2
        inertia = start.mass * start.length**2 / 3
        acceleration = (start.mass * 10 * start.length / 2 * y + torque) / inertia
        speed = float(np.clip(speed + 0.05 * acceleration, -8, 8))
        turn = complex(x, y) * np.exp(0.05j * speed)
        x, y = turn.real, turn.imag
    return total


@pytest.mark.parametrize("control", [nothing, spring, energy_shaping])
def test_an_episode_is_that_of_a_readable_simulation(control):
    pendulum = PendulumSwingUp()
    for case in CASES[:4]:
        found = pendulum.evaluate(Drives(control, [case])).cases[case]
        assert found == pytest.approx(reference(control, pendulum.start(case)), rel=1e-6)


def test_a_rod_left_alone_gains_no_energy_but_by_rounding_steps():
    """Semi-implicit steps keep the energy within a band; the bottom is not left by itself."""
    seen = []

    def watch(angle, speed, step):
        seen.append(speed**2 / 6 + 5 * math.cos(angle))
        return 0.0

    score(watch, ["swing-3"], spread=0.0)
    energies = np.array(seen[:STEPS])
    assert np.ptp(energies) < 2.0
    assert abs(energies[-20:].mean() - energies[:20].mean()) < 0.5


def test_what_the_candidate_sees():
    seen = []

    def watch(angle, speed, step):
        seen.append((angle, speed, step))
        return 1e4 * speed

    result = score(watch, ["swing-0", "swing-1"])
    assert [step for *_, step in seen] == list(range(STEPS)) * 4
    assert all(type(angle) is type(speed) is float for angle, speed, _ in seen)
    assert all(-math.pi < angle <= math.pi and abs(speed) <= 8.0 for angle, speed, _ in seen)
    assert max(abs(speed) for _, speed, _ in seen) == 8.0
    assert 1.9 < result.measures["effort"] <= 2.0


def test_the_feedback_says_when_the_pendulum_stood():
    feedback = score(energy_shaping).feedback.splitlines()
    assert len(feedback) == len(CASES)
    assert all("upright from step" in line for line in feedback)
    assert "not upright in the end" in score(nothing, ["swing-3"]).feedback


def test_measures_tell_gentle_controllers_from_nervous_ones():
    nervous = score(lambda angle, speed, step: 2.0 * (-1) ** step)
    assert nervous.measures["effort"] == 2.0
    assert nervous.measures["switching"] == pytest.approx(1.0, abs=0.01)
    assert score(nothing).measures == {"effort": 0.0, "switching": 0.0}


def test_held_out_episodes_are_others_and_in_no_score():
    pendulum = PendulumSwingUp()
    starts = {pendulum.start(case, split) for case in CASES for split in (0, HELD_OUT)}
    assert len(starts) == 2 * len(CASES)
    for start in starts:
        assert 0.8 <= start.mass <= 1.2
        assert 0.8 <= start.length <= 1.2
        assert abs(start.speed) <= 1.0
    assert (
        pendulum.start("swing-0") == PendulumSwingUp().start("swing-0") != PendulumSwingUp(1).start("swing-0")
    )
    calls = []

    def worse_later(angle, speed, step):
        calls.append(step)
        return energy_shaping(angle, speed, step) if len(calls) <= 8 * STEPS else 0.0

    result = score(worse_later)
    assert result.objectives == score(energy_shaping).objectives
    assert float(result.artifacts["held_out"].split()[-1]) < -1000


@pytest.mark.parametrize("answer", [None, math.nan, math.inf, True, "1", [1.0], np.array(1j), 10**400, -2e6])
def test_what_is_no_torque_is_refused(answer):
    with pytest.raises(Invalid, match=r"control\(angle, speed, step\)"):
        score(lambda *_: answer)


def test_a_failure_of_the_candidate_passes_through():
    def fail(angle, speed, step):
        raise CandidateFailure("timeout", "too slow")

    with pytest.raises(CandidateFailure, match="timeout: too slow"):
        score(fail)
