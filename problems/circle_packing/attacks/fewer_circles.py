# tries: fewer circles than asked for
# expect: invalid

def pack(circles):
    return [[0.5, 0.5, 0.5]]
