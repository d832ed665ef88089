# tries: more joints than allowed, to exhaust the simulation
# expect: invalid

def walker():
    joints = [[0.1 * i, 0.0] for i in range(100)]
    return {"joints": joints, "muscles": [[i, i + 1, 0.4, 0.0] for i in range(99)]}
