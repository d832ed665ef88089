# tries: a float that compares as it likes; only its plain value crosses
# expect: true value 0.26

class Liar(float):
    def __lt__(self, other):
        return False

    def __gt__(self, other):
        return False

    def __add__(self, other):
        return 99.0

    __radd__ = __add__


def pack(circles):
    return [[(i + 0.5) / circles, 0.5, Liar(0.01)] for i in range(circles)]
