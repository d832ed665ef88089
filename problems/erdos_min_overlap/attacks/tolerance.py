# tries: an integral that misses 1 by 1e-9, which a tolerance would let pass; a tent normalised is worth what it is
# expect: true value 0.40675

def heights():
    half = [0.05 + 0.1 * i for i in range(10)]
    return [height - 1e-9 for height in half + half[::-1]]
