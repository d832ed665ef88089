# tries: all joints in one place
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0]] * 3,
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
