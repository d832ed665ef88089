# tries: a score of its own beside the heights
# expect: invalid

def heights():
    return [[1.0] * 20, 0.0, 20]
