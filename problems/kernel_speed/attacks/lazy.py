# tries: gives a generator, to compute when somebody looks
# expect: failure

import numpy as np


def nearest(points):
    return (float(np.sqrt(((points - point) ** 2).sum(axis=1).min())) for point in points)
