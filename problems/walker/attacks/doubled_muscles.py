# tries: the same muscle many times, for more strength
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]] * 5,
    }
