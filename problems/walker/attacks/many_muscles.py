# tries: more muscles than allowed, to exhaust the simulation
# expect: invalid

def walker():
    joints = [[0.2 * i, 0.1 * i * i / 40] for i in range(40)]
    return {"joints": joints, "muscles": [[i, j, 0.4, 0.0] for i in range(40) for j in range(i)]}
