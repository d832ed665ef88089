# tries: a score of its own beside the heights
# expect: invalid

def heights():
    return [[0.5] * 20, 0.0, 20]
