"""Swinging a pendulum up with a motor too weak to lift it: the candidate controls, the evaluator simulates."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from evaluators.gates import number
from evoengine.evaluation import Score, Trial

TRAIN, HELD_OUT = 0, 1

TORQUE, SPEED = 2.0, 8.0
"""The largest torque in newton metres and the largest speed in radians a second."""

STEPS = 200
_SECONDS = 0.05
"""Of one step."""
_GRAVITY = 10.0
_ABSURD = 1e6
"""A torque that is no slip of a gain any more, and refused."""
_UPRIGHT = 0.2
"""Radians from upright that the feedback still counts as upright."""


@dataclass(frozen=True, slots=True)
class Start:
    """An episode before it begins: the angle from upright, the speed, and the pendulum itself."""

    angle: float
    speed: float
    mass: float
    length: float


@dataclass(frozen=True, slots=True)
class _Episode:
    """What became of one start: its return, the mean torque, how often that changed its sign, and the end."""

    total: float
    effort: float
    switching: float
    upright_from: int | None


class PendulumSwingUp:
    """Scores a controller by its return over several episodes; higher is better, 0 is out of reach.

    The candidate's ``control(angle, speed, step)`` is called 200 times an episode, every 0.05 s, with the
    angle from upright in radians, in (-pi, pi] and growing anticlockwise, the speed in radians a second and the
    number of the step, and gives the torque in newton metres. What exceeds 2 either way is cut off. It
    sees one state at a time and never learns mass and length.

    Dynamics and reward are those of Gymnasium's ``Pendulum-v1`` (recalled, not re-checked), a uniform rod under
    gravity of 10 m/s^2::

        speed += (15 sin(angle) / length + 3 torque / (mass length^2)) 0.05, at most 8 either way
        angle += 0.05 speed
        return = - sum of angle^2 + 0.1 speed^2 + 0.001 torque^2, each before its step

    The cases are episodes, named ``swing-0``, ``swing-1`` and so on; a case's score is its return. The objective
    ``return`` is their mean.

    Parameters
    ----------
    seed
        Of all starts. The held-out ones come from streams of their own.
    spread
        Mass in kilograms and length in metres are uniform in [1 - spread, 1 + spread].

    Notes
    -----
    Measures are ``effort``, the mean torque either way, and ``switching``, the share of steps in which the torque
    changes its sign. Every case has a held-out twin, simulated afterwards; their mean return is in the artifact
    ``held_out`` and nowhere else, so that no search is steered by it.
    """

    def __init__(self, seed: int = 0, spread: float = 0.2) -> None:
        self._seed = seed
        self._spread = spread

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for a torque that is no number, or beyond 1e6."""
        control = trial.drive("control")
        episodes = {name: _simulate(control, self.start(name)) for name in trial.cases}
        held_out = [_simulate(control, self.start(name, HELD_OUT)) for name in trial.cases]
        return Score(
            objectives={"return": _mean_return(episodes.values())},
            measures={
                "effort": fmean(episode.effort for episode in episodes.values()),
                "switching": fmean(episode.switching for episode in episodes.values()),
            },
            cases={name: episode.total for name, episode in episodes.items()},
            feedback=_describe(episodes),
            artifacts={"held_out": f"mean return {_mean_return(held_out):.3f}"},
        )

    def start(self, case: str, split: int = TRAIN) -> Start:
        """Draw the start of a case: any angle, a speed of at most 1, and the pendulum."""
        rng = np.random.default_rng([self._seed, split, int(case.removeprefix("swing-"))])
        angle, speed = rng.uniform(-math.pi, math.pi), rng.uniform(-1.0, 1.0)
        mass, length = (1.0 + rng.uniform(-self._spread, self._spread, 2)).tolist()
        return Start(angle, speed, mass, length)


def _simulate(control: Callable[..., Any], start: Start) -> _Episode:
    angle, speed = start.angle, start.speed
    pull = 1.5 * _GRAVITY / start.length
    push = 3.0 / (start.mass * start.length**2)
    total, effort, switches, before = 0.0, 0.0, 0, 0.0
    upright_from: int | None = None
    for step in range(STEPS):
        asked = number(control(angle, speed, step), "control(angle, speed, step)", -_ABSURD, _ABSURD)
        torque = min(max(asked, -TORQUE), TORQUE)
        total -= angle**2 + 0.1 * speed**2 + 0.001 * torque**2
        effort += abs(torque)
        switches += torque * before < 0.0
        before = torque
        speed += (pull * math.sin(angle) + push * torque) * _SECONDS
        speed = min(max(speed, -SPEED), SPEED)
        angle = _wrap(angle + speed * _SECONDS)
        if abs(angle) > _UPRIGHT:
            upright_from = None
        elif upright_from is None:
            upright_from = step + 1
    return _Episode(total, effort / STEPS, switches / STEPS, upright_from)


def _wrap(angle: float) -> float:
    """Give the same direction in (-pi, pi]. A step is shorter than a turn."""
    if angle > math.pi:
        return angle - 2.0 * math.pi
    return angle + 2.0 * math.pi if angle <= -math.pi else angle


def _mean_return(episodes: Iterable[_Episode]) -> float:
    return fmean(episode.total for episode in episodes)


def _describe(episodes: Mapping[str, _Episode]) -> str:
    lines: list[str] = []
    for name, episode in episodes.items():
        since = episode.upright_from
        end = "not upright in the end" if since is None else f"upright from step {since} on"
        lines.append(f"{name}: return {episode.total:.1f}, {end}, mean torque {episode.effort:.2f}")
    return "\n".join(lines)
