# tries: the same circle over and over
# expect: invalid

def pack(circles):
    return [[0.5, 0.5, 0.5]] * circles
