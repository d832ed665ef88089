# tries: patches the libraries of the scorer; they are the scorer's own in another process
# expect: true value 0.5
# needs: a real sandbox

import fractions

import numpy as np

np.rint = np.isfinite = lambda values: np.zeros(20)
fractions.Fraction.__new__ = lambda cls, *args: 0.0


def heights():
    return [0.5] * 20
