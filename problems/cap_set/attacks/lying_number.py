# tries: a number that compares as it likes; only its plain value crosses
# expect: true value 256.0

class Liar(float):
    def __lt__(self, other):
        return False

    def __gt__(self, other):
        return False

    def __sub__(self, other):
        return 99.0

    __rsub__ = __mul__ = __rmul__ = __sub__


def priority(element, n):
    return Liar(-1.0 * element.count(0))
