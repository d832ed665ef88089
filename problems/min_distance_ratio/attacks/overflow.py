# tries: a grid of 1e300: squares of its distances overflow, and infinity over infinity is NaN
# expect: true value 18.0

def place(points):
    return [[1e300 * (i // 4), 1e300 * (i % 4)] for i in range(points)]
