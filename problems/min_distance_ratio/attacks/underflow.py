# tries: a grid of 1e-161: squares of its distances underflow to 0
# expect: true value 18.0

def place(points):
    return [[1e-161 * (i // 4), 1e-161 * (i % 4)] for i in range(points)]
