# tries: a long tail that it draws in, in place of walking
# expect: true value -1.0932346100317873

def walker():
    return {"joints": [[0.0, 0.0], [9.0, 0.0], [10.0, 0.0], [9.5, 1.0]],
            "muscles": [[0, 1, -0.4, 0.25], [1, 2, 0.0, 0.0], [1, 3, 0.0, 0.0], [2, 3, 0.0, 0.0]]}
