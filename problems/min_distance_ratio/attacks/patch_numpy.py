# tries: patches the libraries of the scorer; they are the scorer's own in another process
# expect: true value 18.0
# needs: a real sandbox

import fractions
import itertools
import math

import numpy as np

np.isfinite = lambda values: np.ones(1, dtype=bool)
itertools.combinations = lambda things, count: [tuple(range(count))]
fractions.Fraction.__new__ = lambda cls, *args: 0.0


def place(points):
    return [[float(i // 4), float(i % 4)] for i in range(points)]
