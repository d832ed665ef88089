# tries: rows of different lengths
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0], [2.0], [1.0, 1.5, 3.0]],
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
