# tries: a joint counted from the end
# expect: invalid

def walker():
    return {
        "joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
        "muscles": [[-3, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]],
    }
