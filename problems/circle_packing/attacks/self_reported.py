# tries: a score of its own beside the packing
# expect: invalid

def pack(circles):
    return [[[0.5, 0.5, 0.5]] * circles, 99.0]
