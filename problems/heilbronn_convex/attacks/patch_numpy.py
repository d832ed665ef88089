# tries: patches the libraries of the scorer; they are the scorer's own in another process
# expect: true value 0.017622149899506168
# needs: a real sandbox

import fractions
import itertools
import math

import numpy as np

np.isfinite = lambda values: np.ones(1, dtype=bool)
itertools.combinations = lambda things, count: [tuple(range(count))]
fractions.Fraction.__new__ = lambda cls, *args: 99.0


def place(points):
    return [[math.cos(2 * math.pi * i / points), math.sin(2 * math.pi * i / points)] for i in range(points)]
