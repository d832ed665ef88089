# tries: circles of 1e-161 on one spot: squares of their distances underflow to 0
# expect: true value 0.0

def pack(circles):
    return [[1e-170 * i, 0.0, 0.0] for i in range(circles - 2)] + [[0.5, 0.5, 1e-161]] * 2
