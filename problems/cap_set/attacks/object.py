# tries: an object with methods of its own
# expect: failure

class Priority:
    def __float__(self):
        return 1.0


def priority(element, n):
    return Priority()
