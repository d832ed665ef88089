"""Three tasks on which archives of quality diversity fail in three different ways. No program runs.

After A. Salehi and S. Doncieux (2022), "Towards QD-suite: developing a set of benchmarks for Quality-Diversity
algorithms", arXiv:2205.03162. The constants are those of their implementation in QDax (`qdax.tasks.qd_suite`).
In all of them the fitness is 1 for every valid vector: what counts is how much of the measures is reached. Their
lengths and angles are given in units of `scale`, so that a step of 0.1 is one of 1 in theirs.
"""

import math

import numpy as np

from evaluators.gates import FloatArray, vector
from evoengine.evaluation import Score, Trial

_FAR = 1e9
"""Coordinates are at most this large; squares and cubes of them stay finite."""


class Spiral:
    """Places one number, an angle, on an Archimedean spiral: a measure whose distances mislead.

    The genome's only file is a JSON list of one number; times `scale` it is the angle ``a``, from 0 to 40 pi. The
    measures ``x`` and ``y`` are where that lies, ``0.01 a (cos a, sin a)``. Neighbouring turns are 0.063 apart
    there and up to 7.9 along the spiral. ``arc`` is the length of the spiral up to the point, the measure
    without that bias::

        arc = 0.005 (a sqrt(1 + a^2) + asinh a)

    Parameters
    ----------
    scale
        The angle in radians for a unit of the vector.
    """

    AMPLITUDE = 0.01
    LAST = 40.0 * math.pi

    def __init__(self, scale: float = 10.0) -> None:
        self.scale = scale

    def evaluate(self, trial: Trial) -> Score:
        """Place the vector. Raises `Invalid` for text that is no list of one number from 0 to 40 pi / scale."""
        (text,) = trial.genome.values()
        angle = float(vector(text, 1, 0.0, self.LAST / self.scale)[0]) * self.scale
        radius = self.AMPLITUDE * angle
        return Score(
            1.0,
            measures={
                "x": radius * math.cos(angle),
                "y": radius * math.sin(angle),
                "arc": self.AMPLITUDE / 2.0 * (angle * math.hypot(1.0, angle) + math.asinh(angle)),
            },
        )


class Plateaus:
    """Measures a vector by its length, but in rings of growing width the measure does not change.

    The genome's only file is a JSON list of `numbers` finite numbers. With the radii ``R0 = 0 < R1 < R2 < ...``
    the measure ``radius`` is the vector's length, times `scale`, where that is in ``[R2k, R2k+1)``, and ``R2k+1`` in
    ``[R2k+1, R2k+2)``, the plateau. Both the k-th slope and the k-th plateau are ``2 k^3 + 1`` wide: the radii are
    1, 2, 5, 8, 25, 42, 97, 152, 281 and so on. Steps that cross one plateau are too short for the next.

    Parameters
    ----------
    numbers
        How many there are.
    scale
        The length above for a unit of the vector.
    """

    def __init__(self, numbers: int = 2, scale: float = 10.0) -> None:
        self.numbers = numbers
        self.scale = scale

    def evaluate(self, trial: Trial) -> Score:
        """Measure the vector. Raises `Invalid` for text that is no list of numbers of at most 1e9."""
        (text,) = trial.genome.values()
        values = vector(text, self.numbers, -_FAR, _FAR) * self.scale
        return Score(1.0, measures={"radius": plateau_radius(math.sqrt(float(np.sum(values * values))))})


def plateau_radius(length: float) -> float:
    """Give the length, or that at which its plateau begins. The number of rings grows with its fourth root."""
    start, width, ring = 0.0, 1.0, 0
    while length >= start + 2.0 * width:
        start += 2.0 * width
        ring += 1
        width = 2.0 * ring**3 + 1.0
    return min(length, start + width)


class Trap:
    """Measures a point by the height of a landscape with a steep hill and a higher, gentler one.

    The genome's only file is a JSON list of two finite numbers, a point. The only measure, ``height``, is the
    sum of two normal densities in the plane, over the peak of the second::

        height(p) = (N(p; (50, 125), 70) + 20 N(p; (150, 125), 1000)) / (20 N(0; 0, 1000))

    where the last argument is the variance along each axis. From the saddle between them, where the search begins,
    small steps change the height far more on the first hill than on the second. A search that
    prefers what varies climbs the first, which ends at 0.721; the heights up to 1 are on the second.

    Parameters
    ----------
    scale
        The lengths above for a unit of the vector.
    """

    HILLS = ((1.0, (50.0, 125.0), 70.0), (20.0, (150.0, 125.0), 1000.0))

    def __init__(self, scale: float = 10.0) -> None:
        self.scale = scale

    def evaluate(self, trial: Trial) -> Score:
        """Measure the point. Raises `Invalid` for text that is no list of two numbers of at most 1e9."""
        (text,) = trial.genome.values()
        point = vector(text, 2, -_FAR, _FAR) * self.scale
        return Score(1.0, measures={"height": self._height(point)})

    def _height(self, point: FloatArray) -> float:
        total = 0.0
        for weight, center, variance in self.HILLS:
            square = float(np.sum((point - np.array(center)) ** 2))
            total += weight / variance * math.exp(-square / (2.0 * variance))
        weight, _, variance = self.HILLS[1]
        return total * variance / weight
