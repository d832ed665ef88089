# tries: a second walker, to be counted for the first
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5], [8.0, 0.0], [9.0, 0.0]],
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0], [3, 4, 0.0, 0.0]],
    }
