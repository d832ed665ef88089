# tries: more circles than asked for: a grid of 36
# expect: invalid

def pack(circles):
    return [[(2 * i + 1) / 12, (2 * j + 1) / 12, 1 / 12] for i in range(6) for j in range(6)]
