# tries: an array whose sums and maxima lie; only its plain numbers cross
# expect: true value 0.5

import numpy as np


class Liar(np.ndarray):
    def max(self, *args, **kwargs):
        return 0.0

    sum = max


def heights():
    return np.array([0.5] * 20).view(Liar)
