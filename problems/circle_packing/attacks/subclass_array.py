# tries: an array whose sum and shape lie; only its plain numbers cross
# expect: true value 0.26

import numpy as np


class Liar(np.ndarray):
    def sum(self, *args, **kwargs):
        return 99.0


def pack(circles):
    rows = [[(i + 0.5) / circles, 0.5, 0.01] for i in range(circles)]
    return np.array(rows).view(Liar)
