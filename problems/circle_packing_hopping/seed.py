"""Moves for packing circles, which a fixed driver makes a search of."""

# EVOLVE-BLOCK-START
import numpy as np


class Moves:
    """A packing is an array with one row (x, y, radius) a circle."""

    def generate(self, circles, seed):
        """Give a valid packing: centres at random."""
        return self.fill(np.random.default_rng(seed).uniform(0.05, 0.95, (circles, 2)))

    def improve(self, packing):
        """Give a better packing: shift one circle at a time, in smaller and smaller steps."""
        best = self.fill(packing[:, :2])
        for step in (0.05, 0.02, 0.01, 0.005):
            for i in range(len(best)):
                for shift in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)):
                    centers = best[:, :2].copy()
                    centers[i] = np.clip(centers[i] + shift, 0.001, 0.999)
                    found = self.fill(centers)
                    if found[:, 2].sum() > best[:, 2].sum():
                        best = found
        return best

    def perturb(self, packing, intensity, seed):
        """Give a packing that lies apart: shift all centres at random."""
        shifts = np.random.default_rng(seed).normal(0.0, 0.1 * intensity, (len(packing), 2))
        return self.fill(np.clip(packing[:, :2] + shifts, 0.001, 0.999))

    def fill(self, centers):
        """Give each circle half the way to the nearest other one, or the way to the wall."""
        apart = np.hypot(*(centers[:, None] - centers).T)
        np.fill_diagonal(apart, np.inf)
        walls = np.minimum(centers, 1.0 - centers).min(axis=1)
        return np.column_stack([centers, np.minimum(walls, apart.min(axis=1) / 2.0)])


# EVOLVE-BLOCK-END


def generate(circles, seed):
    """Give a first packing."""
    return Moves().generate(circles, seed)


def improve(packing):
    """Give a better packing."""
    return Moves().improve(packing)


def perturb(packing, intensity, seed):
    """Give a packing that lies apart."""
    return Moves().perturb(packing, intensity, seed)
