# tries: circles beyond the square
# expect: invalid

def pack(circles):
    return [[float(i), 0.5, 0.5] for i in range(circles)]
