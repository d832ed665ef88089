# tries: nearly everything on one step of many, for a small sum of squares
# expect: invalid

def heights():
    return [1.0] + [0.0] * 3999
