"""A planar arm with many joints: the standard check of quality-diversity archives. No program runs."""

import numpy as np

from evaluators.gates import vector
from evoengine.evaluation import Score, Trial


class PlanarArm:
    """Scores joint angles by their evenness; higher is better.

    The genome's only file is a JSON list of as many numbers in [0, 1] as there are joints. Each stands
    for an angle from -pi to pi relative to the link before, all links are equally long, and the arm is
    0.5 long in all, with its base in the middle of the unit square. With zeta the angles in [0, 1]::

        fitness = 1 - std(zeta)
        x = 0.5 + sum_i cos(alpha_1 + ... + alpha_i) / (2 n),  alpha_i = 2 pi zeta_i - pi
        y = 0.5 + sum_i sin(alpha_1 + ... + alpha_i) / (2 n)

    After the arm repertoire of Cully and Demiris (2018), "Quality and diversity optimization: a unifying
    modular framework", and Vassiliades and Mouret (2018), "Discovering the elite hypervolume by
    leveraging interspecies correlation"; implementations differ in using the variance or the standard
    deviation, and here it is shifted by 1, so that the fitness lies in [0.5, 1].

    Parameters
    ----------
    joints
        How many there are.
    """

    def __init__(self, joints: int = 12) -> None:
        self.joints = joints

    def evaluate(self, trial: Trial) -> Score:
        """Score the vector. Raises `Invalid` for text that is no list of numbers in [0, 1]."""
        (text,) = trial.genome.values()
        zeta = vector(text, self.joints, 0.0, 1.0)
        directions = np.cumsum(2.0 * np.pi * zeta - np.pi)
        reach = 0.5 / self.joints
        return Score(
            1.0 - float(zeta.std()),
            measures={
                "x": 0.5 + reach * float(np.cos(directions).sum()),
                "y": 0.5 + reach * float(np.sin(directions).sum()),
            },
        )
