# tries: a list in place of the dict
# expect: invalid

def walker():
    return [[[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]], [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]]]
