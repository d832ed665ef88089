# tries: an integer that no float can hold
# expect: invalid

def walker():
    return {
        "joints": [[0, 0], [2, 0], [1, 10**400]],
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
