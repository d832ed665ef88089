# tries: an array whose sums and maxima lie; only its plain numbers cross
# expect: true value 0.6666666666666666

import numpy as np


class Liar(np.ndarray):
    def max(self, *args, **kwargs):
        return 1.0

    sum = max


def heights():
    return np.array([1.0] * 20).view(Liar)
