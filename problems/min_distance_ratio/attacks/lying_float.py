# tries: a float that compares and subtracts as it likes; only its plain value crosses
# expect: true value 18.0

class Liar(float):
    def __lt__(self, other):
        return False

    def __gt__(self, other):
        return False

    def __sub__(self, other):
        return 0.0

    __rsub__ = __mul__ = __rmul__ = __sub__


def place(points):
    return [[Liar(float(i // 4)), Liar(float(i % 4))] for i in range(points)]
