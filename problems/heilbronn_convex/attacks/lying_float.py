# tries: a float that compares and subtracts as it likes; only its plain value crosses
# expect: true value 0.017622149899506168

import math


class Liar(float):
    def __lt__(self, other):
        return False

    def __gt__(self, other):
        return False

    def __sub__(self, other):
        return 99.0

    __rsub__ = __mul__ = __rmul__ = __sub__


def place(points):
    return [[Liar(math.cos(2 * math.pi * i / points)), Liar(math.sin(2 * math.pi * i / points))] for i in range(points)]
