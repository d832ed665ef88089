# tries: negative radii that make room for others
# expect: invalid

def pack(circles):
    return [[0.5, 0.5, 0.5]] + [[0.5, 0.5, -0.5]] * (circles - 1)
