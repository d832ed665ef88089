# tries: a float that compares and multiplies as it likes; only its plain value crosses
# expect: true value 0.5

class Liar(float):
    def __lt__(self, other):
        return False

    def __gt__(self, other):
        return False

    def __sub__(self, other):
        return 0.0

    __rsub__ = __mul__ = __rmul__ = __sub__


def heights():
    return [Liar(0.5)] * 20
