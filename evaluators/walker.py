"""Walkers of joints and muscles, as in Sodarace: the candidate designs one, the evaluator lets it walk."""

import math
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evaluators.gates import FloatArray, array, integer, items, length, number, table
from evoengine.evaluation import Invalid, Score, Trial

JOINTS, MUSCLES = 40, 200
"""A walker has at most so many of each, and at least three joints."""

SIZE = 10.0
"""The side in metres of the square that a walker must fit into."""

NEAREST = 0.1
"""Joints are at least so many metres apart."""

AMPLITUDE = 0.4
"""The largest share of its length by which a muscle stretches and shrinks."""

STEP = 1.0 / 120.0
"""Seconds of one step of the simulation."""

NUDGE = 0.001
"""Metres by which joints are moved, to tell walking from luck."""

SECONDS, SETTLING = 10.0, 2.0
"""A walker falls into place first, with slack muscles, and walks then."""

_FREQUENCY = 1.0
"""Of all muscles, in cycles a second; they come to their full amplitude within the first."""
_GRAVITY = 9.81
_FRICTION = 1.0
_STIFFNESS = 1500.0
"""The bound of a joint's stiffness over its mass, in 1/s^2. Twice that is the largest square of an angular
frequency, and such steps are stable while frequency times step is below 2; here it is 0.46."""
_DAMPING = 12.0
"""The bound of a joint's damping over its mass, in 1/s."""
_STRENGTH = 10.0
"""The bound of the force of a joint's muscles, in its own weight."""
_DRAG = 0.1
"""The rate in 1/s at which the air slows every joint."""
_FASTEST = 100.0
"""Metres a second that nothing sound can reach."""
_DIGITS = 9
"""Sines are rounded to these, so that all machines walk alike."""

Indices: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Creature:
    """A walker as it was designed: joints, shape (2, n), and for m muscles their ends, shape (2, m), and the rest, (m,)."""

    joints: FloatArray
    ends: Indices
    amplitudes: FloatArray
    phases: FloatArray


@dataclass(frozen=True, slots=True)
class Body:
    """What the simulation needs of a creature: for muscles lengths and the mass that each may pull, (m,); for joints masses, (n,)."""

    creature: Creature
    lengths: FloatArray
    shares: FloatArray
    masses: FloatArray


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the joints were when it began to walk and in the end, each of shape (2, n)."""

    start: FloatArray
    end: FloatArray


class Walker:
    """Scores a walker by how far it walks to the right in 10 s; higher is better.

    The candidate's ``walker()`` gives ``{"joints": [[x, y], ...], "muscles": [[i, j, amplitude, phase], ...]}``: places in
    metres, and for each muscle the numbers of the two joints that it connects, the share of its length by which
    it stretches and shrinks, and the phase in cycles::

        length(t) = length(0) (1 + amplitude sin(2 pi (t + phase)))

    Nothing else of a walker is the candidate's choice: a muscle weighs 1 kg a metre, half of it at either end, and
    its strength follows from the masses and numbers of muscles at its ends, so that the simulation is stable.

    The objective ``distance`` in metres is the lesser of two: how far the centre of mass came and how far the
    rear came, the joint furthest to the left. Falling forward moves the first and not the second.

    Notes
    -----
    After Sodarace, in the encoding of Lehman et al. (2022), "Evolution through Large Models", section on
    Sodarace (recalled, not re-checked); the simulator is our own, so distances do not compare. Joints are points in
    semi-implicit Euler steps of 1/120 s. The ground holds what would sink below it, without bouncing, with Coulomb
    friction of coefficient 1, as in the time stepping of Moreau (1988; recalled, not re-checked). Muscles pass through
    each other.

    Measures are ``height`` and ``width`` in metres and ``mass`` in kilograms, all as designed. Walks are chaotic: what a
    search has tuned to the last digit may be luck. So the walker walks once more with each joint up to 1 mm
    elsewhere; that distance is in the artifact ``held_out`` and nowhere else.

    Parameters
    ----------
    seed
        Of where the joints are nudged to.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def evaluate(self, trial: Trial) -> Score:
        """Score the candidate. Raises `Invalid` for what is no walker, or flies apart."""
        creature = read_creature(trial.call("walker"))
        body = build_body(creature)
        walk = simulate(body)
        distance, centre, rear = progress(body, walk)
        nudged = build_body(replace(creature, joints=creature.joints + self._nudge(creature)))
        luckless, _, _ = progress(nudged, simulate(nudged))
        width, height = np.ptp(creature.joints, axis=1).tolist()
        mass = float(body.lengths.sum())
        return Score(
            objectives={"distance": distance},
            measures={"height": height, "width": width, "mass": mass},
            feedback=(
                f"In {SECONDS:g} s the centre of mass came {centre:.3f} m and the rear {rear:.3f} m to the right. "
                f"The walker has {creature.joints.shape[1]} joints, {len(body.lengths)} muscles and {mass:.1f} kg; "
                f"of {height:.2f} m of height {np.ptp(walk.end[1]):.2f} m are left in the end."
            ),
            artifacts={"held_out": f"each joint up to {NUDGE:g} m elsewhere: distance {luckless:.3f} m"},
        )

    def _nudge(self, creature: Creature) -> FloatArray:
        nudge = np.random.default_rng(self._seed).uniform(-NUDGE, NUDGE, creature.joints.shape)
        return nudge - (creature.joints + nudge).min(axis=1, keepdims=True)


def read_creature(value: Any) -> Creature:
    """Check what a candidate returned. Raises `Invalid`."""
    found = table(value, "walker()", ("joints", "muscles"))
    joints = length(found["joints"], "joints", 3, JOINTS)
    places = array(found["joints"], "joints", (joints, 2), -1e6, 1e6).T.copy()
    places -= places.min(axis=1, keepdims=True)
    for axis, side in enumerate(("wide", "high")):
        if places[axis].max() > SIZE:
            raise Invalid(f"the walker is {places[axis].max():g} m {side}, more than {SIZE:g}")
    apart = np.sqrt(((places[:, :, None] - places[:, None, :]) ** 2).sum(axis=0)) + SIZE * np.eye(joints)
    if apart.min() < NEAREST:
        i, j = divmod(int(np.argmin(apart)), joints)
        raise Invalid(f"joints {i} and {j} are {apart.min():g} m apart, less than {NEAREST}")
    rows = items(found["muscles"], "muscles", 2, MUSCLES)
    muscles = [_read_muscle(row, f"muscles[{i}]", joints) for i, row in enumerate(rows)]
    ends = np.array([muscle[:2] for muscle in muscles], dtype=np.intp).T.copy()
    if len({frozenset(pair) for pair in ends.T.tolist()}) < len(rows):
        raise Invalid("two muscles connect the same joints")
    _require_one_piece(ends, joints)
    amplitudes, phases = np.array([muscle[2:] for muscle in muscles]).T.copy()
    return Creature(places, ends, amplitudes, phases)


def build_body(creature: Creature) -> Body:
    """Give lengths and masses.

    Of a joint of mass M with d muscles the share of each is M / d, and a muscle's is the smaller of those at its
    two ends. Stiffness, damping and strength are proportional to it, so that their sums over a joint are in proportion to
    its mass at most: by Gershgorin's theorem no mode is faster than the root of twice `_STIFFNESS`.
    """
    first, second = creature.ends
    count = creature.joints.shape[1]
    across = creature.joints[:, second] - creature.joints[:, first]
    lengths = np.sqrt(across[0] * across[0] + across[1] * across[1])
    both = creature.ends.ravel()
    masses = np.bincount(both, np.concatenate([lengths, lengths]) / 2.0, count).astype(np.float64)
    shares = masses / np.bincount(both, minlength=count)
    return Body(creature, lengths, np.minimum(shares[first], shares[second]), masses)


def simulate(body: Body) -> Walk:
    """Let a body settle and walk. Raises `Invalid` for one that flies apart."""
    state = np.concatenate([body.creature.joints, np.zeros_like(body.creature.joints)])
    for _ in range(round(SETTLING / STEP)):
        state = advance(body, state, body.lengths)
    start = state[:2]
    for rest in rest_lengths(body, round(SECONDS / STEP)):
        state = advance(body, state, rest)
    return Walk(start, state[:2])


def rest_lengths(body: Body, steps: int) -> FloatArray:
    """Give the lengths that the muscles strive for, shape (steps, m)."""
    creature = body.creature
    cycles = _FREQUENCY * STEP * np.arange(1.0, steps + 1.0)[:, None]
    waves = np.round(np.sin(2.0 * math.pi * (cycles + creature.phases)), _DIGITS)
    return body.lengths * (1.0 + np.minimum(1.0, cycles) * creature.amplitudes * waves)


def advance(body: Body, state: FloatArray, rest: FloatArray) -> FloatArray:
    """Make one step from places and speeds, stacked to the shape (4, n). Raises `Invalid` beyond any sound speed."""
    first, second = body.creature.ends
    count = state.shape[1]
    across = state[:, second] - state[:, first]
    lengths = np.sqrt(across[0] * across[0] + across[1] * across[1])
    # Two joints in one place pull nowhere.
    direction = across[:2] / np.maximum(lengths, 1e-9)
    parting = direction[0] * across[2] + direction[1] * across[3]
    pull = _STIFFNESS * (lengths - rest) + _DAMPING * parting
    limit = _STRENGTH * _GRAVITY
    forces = body.shares * np.minimum(np.maximum(pull, -limit), limit) * direction
    speeds = state[2:] * (1.0 - _DRAG * STEP)
    for axis in range(2):
        total = np.bincount(first, forces[axis], count) - np.bincount(second, forces[axis], count)
        speeds[axis] += STEP * total / body.masses
    speeds[1] -= STEP * _GRAVITY
    # The ground's push over the mass: just what keeps a joint from sinking below it.
    push = np.maximum(-state[1] / STEP - speeds[1], 0.0)
    speeds[1] += push
    grip = _FRICTION * push
    speeds[0] -= np.minimum(np.maximum(speeds[0], -grip), grip)
    if not np.abs(speeds).max() < _FASTEST:
        raise Invalid("the walker flies apart")
    return np.concatenate([state[:2] + STEP * speeds, speeds])


def progress(body: Body, walk: Walk) -> tuple[float, float, float]:
    """Give the distance, how far the centre of mass came, and how far the rear came, in metres."""
    shares = body.masses / body.masses.sum()
    centre = float(((walk.end[0] - walk.start[0]) * shares).sum())
    rear = float(walk.end[0].min() - walk.start[0].min())
    return min(centre, rear), centre, rear


def _read_muscle(row: Any, what: str, joints: int) -> tuple[int, int, float, float]:
    first, second, amplitude, phase = items(row, what, 4)
    ends = [integer(end, f"{what}[{place}]", 0, joints - 1) for place, end in enumerate((first, second))]
    if ends[0] == ends[1]:
        raise Invalid(f"{what} connects joint {ends[0]} with itself")
    return (
        ends[0],
        ends[1],
        number(amplitude, f"{what}[2]", -AMPLITUDE, AMPLITUDE),
        number(phase, f"{what}[3]", -1e6, 1e6),
    )


def _require_one_piece(ends: Indices, joints: int) -> None:
    """Refuse a walker with a joint that no chain of muscles connects with joint 0."""
    reached = np.zeros(joints, dtype=bool)
    reached[0] = True
    while (across := reached[ends[0]] != reached[ends[1]]).any():
        reached[ends[:, across].ravel()] = True
    if not reached.all():
        raise Invalid(f"joint {int(np.argmin(reached))} is not connected with joint 0")
