# tries: a walker so large that its end is the finish
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0], [5000.0, 0.0], [1.0, 1.5]],
        "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
