# tries: a set of its own in place of a priority
# expect: invalid

import itertools

ALL = list(itertools.product((0, 1, 2), repeat=3))


def priority(element, n):
    return ALL
